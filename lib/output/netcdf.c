/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Results as a netCDF-4 file after the CF conventions 1.8 (https://cfconventions.org). */
#include "output/netcdf.h"

#include "base/file.h"
#include "output/cube.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const size_t dense_cells_usual = 50000000; /* 400 MB before they are compressed */

/* Everything that is reckoned before HDF5's lock is taken. */
typedef struct content {
    const ltn_results *results;
    ltn_dictionary *measures;
    ltn_cube emission, base, delta, account;
    ltn_table *notes, *targets, *projects, *claims, *credits;
    ltn_nc_ensemble ensemble;
    char *inputs;
} content;

/* ---- arrays ---- */

static const ltn_dictionary *pollutants_of(const ltn_projection *run)
{
    return run->program.derived->emissions->columns[LTN_POLLUTANT].words;
}

/* Makes a cube of a table that has just been made, and frees it. */
static ltn_status take_cube(const ltn_projection *run, ltn_status made, ltn_table *table, const ltn_cube_form *form,
                            ltn_cube *out)
{
    if (made) return made;
    ltn_status status = ltn_cube_create(table, form, run->years, run->year_count, out);
    ltn_table_free(table);
    return status;
}

static ltn_status gather_emissions(content *c)
{
    const ltn_projection *run = c->results->run;
    const ltn_inventory *derived = run->program.derived;
    ltn_cube_form form = {.keys = {{"region", ltn_tree_codes(derived->regions)},
                                   {"sector", ltn_tree_codes(derived->sectors)},
                                   {"pollutant", pollutants_of(run)}},
                          .columns = {"emission_t"}};
    ltn_table *table = NULL;
    ltn_grouping grouping;
    ltn_grouping_init(&grouping, LTN_BY_REGION | LTN_BY_SECTOR | LTN_BY_POLLUTANT);
    ltn_status status = ltn_projection_summarise_base(run, &grouping, &table);
    status = take_cube(run, status, table, &form, &c->base);
    if (status) return status;
    form.by_year = true;
    status = ltn_projection_summarise(run, grouping.by | LTN_BY_YEAR, &table);
    return take_cube(run, status, table, &form, &c->emission);
}

static ltn_status gather_changes(content *c)
{
    const ltn_projection *run = c->results->run;
    const ltn_scenario *s = run->program.scenario;
    ltn_grouping grouping;
    ltn_table *table = NULL;
    ltn_status status = (c->measures = ltn_dictionary_create()) ? LTN_OK : LTN_ENOMEM;
    for (size_t i = 0; !status && i < s->measure_count; i++)
        if (ltn_dictionary_add(c->measures, s->measures[i].id, strlen(s->measures[i].id)) < 0) status = LTN_ENOMEM;
    ltn_grouping_init(&grouping, LTN_BY_YEAR | LTN_BY_MEASURE | LTN_BY_REGION | LTN_BY_POLLUTANT);
    if (!status) status = ltn_projection_ledger(run, &grouping, &table);
    ltn_cube_form form = {.keys = {{"measure", c->measures},
                                   {"region", ltn_tree_codes(run->program.derived->regions)},
                                   {"pollutant", pollutants_of(run)}},
                          .by_year = true,
                          .columns = {"delta_t"}};
    return take_cube(run, status, table, &form, &c->delta);
}

static ltn_status gather_accounts(content *c)
{
    const ltn_projection *run = c->results->run;
    ltn_table *table = NULL;
    ltn_status status = ltn_results_accounts(c->results, &table);
    ltn_cube_form form = {.keys = {{"region", ltn_tree_codes(run->program.derived->regions)},
                                   {NULL, NULL},
                                   {"pollutant", pollutants_of(run)}},
                          .columns = {"base_t", "growth_t", "new_t", "structural_t", "engineering_t", "management_t",
                                      "projected_t", "offset_new_t", "offset_claimed_t"}};
    if (!ltn_results_owe(c->results)) form.columns[7] = NULL;
    return take_cube(run, status, table, &form, &c->account);
}

static size_t most_cells(const content *c)
{
    return c->results->options.dense_cells ? c->results->options.dense_cells : dense_cells_usual;
}

static const char in_own_region[] =
    "each source counts in its own region and sector only: no region holds those inside it, no sector those below it, "
    "and sums along region and sector count every source once; absent where no source is; yr is a calendar year";

static void write_arrays(ltn_nc *nc, const content *c, ltn_nc_axes *a)
{
    static const ltn_nc_form emission = {"emission",
                                         "t yr-1",
                                         "emission",
                                         "排放量",
                                         "year: mean region: sum sector: sum",
                                         in_own_region,
                                         LTN_NC_VALUE},
                             base = {"base_emission",
                                     "t yr-1",
                                     "emission of the base inventory",
                                     "基准清单排放量",
                                     "region: sum sector: sum",
                                     in_own_region,
                                     LTN_NC_VALUE},
                             delta = {"delta",
                                      "t yr-1",
                                      "change by a measure against the base year",
                                      "措施引起的增减量（相对基准年）",
                                      "year: mean region: sum",
                                      "each change stands under the measure that made it, measures acting in the order "
                                      "of the scenario; base_emission summed over sector, plus delta summed over "
                                      "measure, is emission summed over sector; absent where there is no change",
                                      LTN_NC_VALUE};
    size_t most = most_cells(c);
    ltn_cube_write(nc, &c->base, &base, "base_row", (ltn_nc_dimension *[]){NULL, &a->region, &a->sector, &a->pollutant},
                   most);
    ltn_cube_write(nc, &c->emission, &emission, "emission_row",
                   (ltn_nc_dimension *[]){&a->year, &a->region, &a->sector, &a->pollutant}, most);
    if (a->measure.length)
        ltn_cube_write(nc, &c->delta, &delta, "delta_row",
                       (ltn_nc_dimension *[]){&a->year, &a->measure, &a->region, &a->pollutant}, most);
    if (!ltn_cube_is_dense(&c->emission, most) || !ltn_cube_is_dense(&c->delta, most))
        ltn_nc_text(nc, LTN_NC_GLOBAL, "rows",
                    "an array over all combinations would be too large: along a dimension <name>_row stand those that "
                    "there are, and the variables <name>_row_<dimension> say where, counted from 0");
}

static void write_accounts(ltn_nc *nc, const content *c, ltn_nc_axes *a)
{
#define ACCOUNT(name, english, chinese)                                                                                \
    {                                                                                                                  \
        "account_" name, "t yr-1", english ", last year", chinese "（末年）", "region: sum", NULL, LTN_NC_VALUE        \
    }
    static const ltn_nc_form forms[] = {
        ACCOUNT("base", "account: base emission", "账目：基准排放量"),
        ACCOUNT("growth", "account: growth", "账目：增长"),
        ACCOUNT("new", "account: new sources", "账目：新增"),
        ACCOUNT("structural", "account: structural reduction, negative", "账目：结构减排（负值）"),
        ACCOUNT("engineering", "account: engineering reduction, negative", "账目：工程减排（负值）"),
        ACCOUNT("management", "account: management reduction, negative", "账目：管理减排（负值）"),
        ACCOUNT("projected", "account: projected emission", "账目：预测排放量"),
        ACCOUNT("offset_new", "account: part of the new sources that owes an offset", "账目：新增中需替代的部分"),
        ACCOUNT("offset_claimed", "account: part of the reductions that offsets new sources, negative",
                "账目：用于替代的减排量（负值）"),
    };
#undef ACCOUNT
    size_t most = most_cells(c);
    ltn_cube_write(nc, &c->account, forms, "account_row", (ltn_nc_dimension *[]){NULL, &a->region, NULL, &a->pollutant},
                   most);
}

/* ---- all ---- */

static ltn_status gather_offsets(content *c)
{
    const ltn_offset_book *book = c->results->book;
    if (!ltn_results_owe(c->results)) return LTN_OK;
    ltn_status status = ltn_offset_book_projects(book, &c->projects);
    if (!status) status = ltn_offset_book_claims(book, &c->claims);
    return status ? status : ltn_offset_book_credits(book, &c->credits);
}

static ltn_status gather(content *c)
{
    ltn_status status = ltn_results_check_ensemble(c->results);
    if (!status) status = ltn_netcdf_hash_inputs(&c->results->options, &c->inputs);
    if (!status) status = ltn_netcdf_gather_ensemble(c->results, &c->ensemble);
    if (!status) status = gather_emissions(c);
    if (!status) status = gather_changes(c);
    if (!status) status = gather_accounts(c);
    if (!status) status = ltn_results_notes(c->results, &c->notes);
    if (!status && c->results->targets) status = ltn_results_targets(c->results, &c->targets);
    return status ? status : gather_offsets(c);
}

static void content_free(content *c)
{
    ltn_dictionary_free(c->measures);
    ltn_cube *cubes[] = {&c->emission, &c->base, &c->delta, &c->account};
    for (size_t i = 0; i < sizeof cubes / sizeof *cubes; i++) ltn_cube_free(cubes[i]);
    ltn_table *tables[] = {c->notes, c->targets, c->projects, c->claims, c->credits};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) ltn_table_free(tables[i]);
    ltn_netcdf_free_ensemble(&c->ensemble);
    free(c->inputs);
}

static void write_content(ltn_nc *nc, const content *c)
{
    ltn_nc_axes axes;
    nc->base_year = c->results->run->years[0];
    ltn_netcdf_provenance(nc, c->results, c->inputs);
    ltn_netcdf_axes(nc, c->results, &axes);
    if (nc->status) return;
    write_arrays(nc, c, &axes);
    write_accounts(nc, c, &axes);
    ltn_netcdf_ensemble(nc, &c->ensemble, &axes, most_cells(c));
    ltn_netcdf_notes(nc, c->notes);
    ltn_netcdf_targets(nc, c->results->targets, c->targets, c->ensemble.targets);
    ltn_netcdf_projects(nc, c->projects, c->ensemble.projects);
    ltn_netcdf_claims(nc, c->claims);
    ltn_netcdf_credits(nc, c->credits);
}

static ltn_status write_bytes(const char *path, const void *bytes, size_t size)
{
    ltn_writer writer;
    ltn_status status = ltn_writer_open(&writer, path);
    if (status) return status;
    fwrite(bytes, 1, size, writer.stream); /* the writer looks for failures at the end */
    return ltn_writer_close(&writer, LTN_OK);
}

ltn_status ltn_results_write_netcdf(const ltn_results *results, const char *path)
{
    content c = {.results = results};
    ltn_nc nc;
    void *bytes = NULL;
    size_t size;
    ltn_status status = gather(&c);
    if (!status) {
        ltn_nc_open(&nc, path);
        write_content(&nc, &c);
        status = ltn_nc_close(&nc, &bytes, &size);
    }
    content_free(&c);
    if (!status) status = write_bytes(path, bytes, size);
    free(bytes);
    return status;
}
