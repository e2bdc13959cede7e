/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An ensemble's distributions as arrays. */
#include "output/netcdf.h"

#include "assess/ensemble.h"
#include "output/cube.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOMENTS = 3 };
static const char *const moment_columns[MOMENTS] = {"mean_t", "mean_error_t", "sd_t"};

/* ---- gathering ---- */

/* An array has a dimension for each column of the grouping, of which no others are known. */
static bool has_dimensions(const ltn_table *table)
{
    static const char *const known[] = {"year", "region", "sector", "pollutant"};
    for (size_t c = 0; c < table->column_count && strcmp(table->columns[c].name, "emission_t") != 0; c++) {
        size_t k = 0;
        while (k < sizeof known / sizeof *known && strcmp(known[k], table->columns[c].name) != 0) k++;
        if (k == sizeof known / sizeof *known) return false;
    }
    return true;
}

static ltn_cube_form form_of(const ltn_projection *run, const ltn_table *table)
{
    const ltn_inventory *derived = run->program.derived;
    const ltn_cube_key keys[LTN_CUBE_KEYS] = {{"region", ltn_tree_codes(derived->regions)},
                                              {"sector", ltn_tree_codes(derived->sectors)},
                                              {"pollutant", derived->emissions->columns[LTN_POLLUTANT].words}};
    ltn_cube_form form = {.by_year = ltn_table_find(table, "year") >= 0};
    for (size_t k = 0; k < LTN_CUBE_KEYS; k++)
        if (ltn_table_find(table, keys[k].column) >= 0) form.keys[k] = keys[k];
    return form;
}

/* The summary's table, which is freed, as two cubes. */
static ltn_status take_cubes(const ltn_projection *run, ltn_table *table, ltn_nc_distribution *out)
{
    ltn_cube_form form = form_of(run, table);
    size_t first = table->column_count - LTN_QUANTILES;
    for (size_t i = 0; i < MOMENTS; i++) form.columns[i] = moment_columns[i];
    ltn_status status = ltn_cube_create(table, &form, run->years, run->year_count, &out->moments);
    for (size_t i = 0; i < LTN_QUANTILES; i++) form.columns[i] = table->columns[first + i].name;
    if (!status) status = ltn_cube_create(table, &form, run->years, run->year_count, &out->quantiles);
    /* The names are the table's. */
    for (size_t i = 0; i < LTN_QUANTILES; i++) out->quantiles.form.columns[i] = "";
    ltn_table_free(table);
    out->known = !status;
    return status;
}

ltn_status ltn_netcdf_gather_ensemble(const ltn_results *results, ltn_nc_ensemble *out)
{
    const ltn_ensemble *e = ltn_results_ensemble(results);
    ltn_table *table = NULL;
    *out = (ltn_nc_ensemble){.ensemble = e};
    if (!e) return LTN_OK;
    ltn_status status = LTN_OK;
    if (has_dimensions(e->groups)) {
        status = ltn_results_distributions(results, &table);
        if (!status) status = take_cubes(results->run, table, &out->sums);
    }
    if (!status && ltn_results_know_totals(results)) {
        status = ltn_results_totals(results, &table);
        if (!status) status = take_cubes(results->run, table, &out->totals);
    }
    if (!status && e->judged) status = ltn_ensemble_targets(e, &out->targets);
    return status || !e->matched ? status : ltn_ensemble_projects(e, &out->projects);
}

void ltn_netcdf_free_ensemble(ltn_nc_ensemble *e)
{
    ltn_cube *cubes[] = {&e->sums.moments, &e->sums.quantiles, &e->totals.moments, &e->totals.quantiles};
    for (size_t i = 0; i < sizeof cubes / sizeof *cubes; i++) ltn_cube_free(cubes[i]);
    ltn_table_free(e->targets);
    ltn_table_free(e->projects);
}

/* ---- writing ---- */

static ltn_nc_dimension write_probabilities(ltn_nc *nc)
{
    static const ltn_nc_form form = {"quantile", "1",        "probability of the quantile", "分位数的概率", NULL,
                                     NULL,       LTN_NC_AXIS};
    ltn_nc_dimension quantile = ltn_nc_dimension_of(nc, "quantile", LTN_QUANTILES);
    ltn_nc_numbers(nc, &form, &quantile, ltn_quantiles);
    return quantile;
}

/* What the arrays of sums are, and those of the totals, which have no region. */
typedef struct distribution_forms {
    ltn_nc_form moments[MOMENTS], quantiles;
    const char *rows_name;
} distribution_forms;

#define OVER_DRAWS "over the draws of the ensemble"
#define TYPE_7 "quantiles interpolate linearly between order statistics (Hyndman and Fan 1996, type 7)"

static const distribution_forms sum_forms = {
    {{"emission_mean", "t yr-1", "mean emission " OVER_DRAWS, "排放量均值（集合模拟）",
      "year: mean region: sum realization: mean", NULL, LTN_NC_VALUE, "emission_mean_error emission_sd"},
     {"emission_mean_error", "t yr-1", "standard error of emission_mean", "排放量均值的标准误差", NULL,
      "emission_sd divided by the root of the number of draws", LTN_NC_VALUE},
     {"emission_sd", "t yr-1", "standard deviation of emission " OVER_DRAWS, "排放量标准差（集合模拟）",
      "year: mean region: sum realization: standard_deviation", NULL, LTN_NC_VALUE}},
    {"emission_quantile", "t yr-1", "quantiles of emission " OVER_DRAWS, "排放量分位数（集合模拟）",
     "year: mean region: sum", TYPE_7 "; quantiles of regions do not add up to those of their sum", LTN_NC_VALUE},
    "emission_draw_row"};

static const distribution_forms total_forms = {
    {{"total_emission_mean", "t yr-1", "mean emission of all regions " OVER_DRAWS, "全部地区排放量均值（集合模拟）",
      "year: mean realization: mean", NULL, LTN_NC_VALUE, "total_emission_mean_error total_emission_sd"},
     {"total_emission_mean_error", "t yr-1", "standard error of total_emission_mean", "全部地区排放量均值的标准误差",
      NULL, "total_emission_sd divided by the root of the number of draws", LTN_NC_VALUE},
     {"total_emission_sd", "t yr-1", "standard deviation of the emission of all regions " OVER_DRAWS,
      "全部地区排放量标准差（集合模拟）", "year: mean realization: standard_deviation", NULL, LTN_NC_VALUE}},
    {"total_emission_quantile", "t yr-1", "quantiles of the emission of all regions " OVER_DRAWS,
     "全部地区排放量分位数（集合模拟）", "year: mean", TYPE_7, LTN_NC_VALUE},
    "total_emission_draw_row"};

/* Methods speak of dimensions that the array has. */
static ltn_nc_form fitted(ltn_nc_form form, const ltn_cube *cube)
{
    if (!cube->form.by_year || (form.methods && strstr(form.methods, "region") && !cube->form.keys[0].column))
        form.methods = NULL;
    return form;
}

static void write_distribution(ltn_nc *nc, const ltn_nc_distribution *d, const distribution_forms *forms,
                               ltn_nc_axes *a, ltn_nc_dimension *quantile, size_t most)
{
    if (!d->known) return;
    const ltn_cube_key *keys = d->moments.form.keys;
    ltn_nc_dimension *dimensions[] = {d->moments.form.by_year ? &a->year : NULL, keys[0].column ? &a->region : NULL,
                                      keys[1].column ? &a->sector : NULL, keys[2].column ? &a->pollutant : NULL};
    ltn_nc_form moments[MOMENTS], quantiles = fitted(forms->quantiles, &d->quantiles);
    for (size_t i = 0; i < MOMENTS; i++) moments[i] = fitted(forms->moments[i], &d->moments);
    /* Both are dense, or neither: they then share their rows. */
    ltn_nc_dimension rows = ltn_cube_write(nc, &d->moments, moments, forms->rows_name, dimensions, most);
    ltn_cube_write_stacked(nc, &d->quantiles, &quantiles, quantile, &rows, dimensions, most);
}

static void write_size(ltn_nc *nc, const char *name, uint64_t value)
{
    char text[32];
    snprintf(text, sizeof text, "%" PRIu64, value);
    if (value <= INT_MAX)
        ltn_nc_integer(nc, LTN_NC_GLOBAL, name, (int)value);
    else
        ltn_nc_text(nc, LTN_NC_GLOBAL, name, text);
}

static void write_origin(ltn_nc *nc, const ltn_ensemble *e)
{
    static const char *const samplings[] = {"random", "latin hypercube", "Sobol sequence"};
    char seed[32];
    snprintf(seed, sizeof seed, "%" PRIu64, e->seed);
    ltn_nc_text(nc, LTN_NC_GLOBAL, "ensemble_seed", seed);
    write_size(nc, "ensemble_draws", e->count);
    write_size(nc, "ensemble_inputs", e->inputs);
    ltn_nc_text(nc, LTN_NC_GLOBAL, "ensemble_sampling", samplings[e->sampling]);
    if (!e->values)
        ltn_nc_text(nc, LTN_NC_GLOBAL, "ensemble_quantiles",
                    "of a sketch of relative error 0.001: draws were not kept");
}

void ltn_netcdf_ensemble(ltn_nc *nc, const ltn_nc_ensemble *e, ltn_nc_axes *axes, size_t dense_cells)
{
    if (!e->ensemble) return;
    write_origin(nc, e->ensemble);
    if (!e->sums.known && !e->totals.known) return;
    ltn_nc_dimension quantile = write_probabilities(nc);
    write_distribution(nc, &e->sums, &sum_forms, axes, &quantile, dense_cells);
    write_distribution(nc, &e->totals, &total_forms, axes, &quantile, dense_cells);
}
