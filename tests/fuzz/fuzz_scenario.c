/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The input is a scenario's YAML. What parses is projected over the fixed inventory by one thread and by two, and every
 * question a run answers is asked. `include: plan.yaml` and `include: base.yaml` find something. */
#include "fuzz.h"

#include <math.h>

static const char base_plan[] =
    "scenario: base\nbase_year: 2015\nyears: [2015, 2018]\nphases: {p: {2015: 0, 2018: 1}}\nmeasures:\n"
    "  - {id: a, where: {fuel: coal}, retire: {share: 10 %}, phase: p}\n  - {id: b, grow: {rate: 2 %}}\n";

/* Longer runs tell nothing more. */
enum { YEARS_MAX = 40 };

static ltn_projection *project(const ltn_scenario *scenario, int threads, int strict, int no_defaults, ltn_status *out)
{
    ltn_projection *run = NULL;
    ltn_projection_options options;
    ltn_projection_options_init(&options);
    options.threads = threads;
    options.strict = strict;
    options.no_defaults = no_defaults;
    int most = ltn_scenario_base_year(scenario) + YEARS_MAX;
    if (ltn_scenario_last_year(scenario) > most) options.first_year = ltn_scenario_base_year(scenario);
    if (ltn_scenario_last_year(scenario) > most) options.last_year = most;
    *out = fuzz_outcome(ltn_projection_run(fuzz_inventory(), scenario, &options, &run), run, "ltn_projection_run");
    return run;
}

/* ---- questions ---- */

static size_t rows_of(const ltn_projection *run)
{
    return ltn_table_rows(ltn_inventory_emissions(fuzz_inventory())) +
           ltn_table_rows(ltn_inventory_emissions(ltn_projection_derived(run)));
}

static bool is_finite(const ltn_projection *run)
{
    size_t count;
    const int *years = ltn_projection_years(run, &count);
    for (size_t y = 0; y < count; y++)
        for (size_t row = 0; row < rows_of(run); row++)
            if (!isfinite(ltn_projection_emissions(run, years[y])[row])) return false;
    return true;
}

static double column_sum(const ltn_table *table, const char *name, double *gross)
{
    double sum = 0;
    int c = ltn_table_find(table, name);
    CHECK(c >= 0, "no column '%s'", name);
    for (size_t row = 0; c >= 0 && row < ltn_table_rows(table); row++) {
        double value = ltn_table_number(table, row, (size_t)c);
        sum += value;
        *gross += fabs(value);
    }
    return sum;
}

/* Base and changes make the last year, however they are grouped. */
static void ask_ledger(const ltn_projection *run, bool finite)
{
    static const unsigned groups[] = {0, LTN_BY_MEASURE, LTN_BY_TASK | LTN_BY_BUREAU | LTN_BY_CLASS,
                                      LTN_BY_REGION | LTN_BY_SECTOR | LTN_BY_POLLUTANT, 2047 & ~(unsigned)LTN_BY_YEAR};
    size_t count, base_rows = ltn_table_rows(ltn_inventory_emissions(fuzz_inventory()));
    const int *years = ltn_projection_years(run, &count);
    const double *before = ltn_projection_emissions(run, years[0]),
                 *after = ltn_projection_emissions(run, years[count - 1]);
    double base = 0, last = 0;
    const ltn_table *emissions = ltn_inventory_emissions(fuzz_inventory());
    size_t emission = (size_t)ltn_table_find(emissions, "emission_t");
    for (size_t row = 0; row < base_rows; row++) base += ltn_table_number(emissions, row, emission);
    for (size_t row = 0; row < rows_of(run); row++) last += after[row];
    for (size_t row = 0; row < rows_of(run); row++)
        CHECK(!finite || (before[row] >= 0 && after[row] >= 0), "row %zu emits %g, then %g t", row, before[row],
              after[row]);
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        ltn_grouping grouping;
        ltn_grouping_init(&grouping, groups[i]);
        grouping.attribute = i == 4 ? "stage" : NULL;
        ltn_table *table = NULL;
        if (!fuzz_outcome(ltn_projection_ledger(run, &grouping, &table), table, "ltn_projection_ledger")) {
            double gross = base + last, delta = column_sum(table, "delta_t", &gross);
            CHECK(!finite || fabs(base + delta - last) <= 1e-9 * gross || !isfinite(gross),
                  "base %.17g and ledger %.17g are not %.17g (grouping %zu)", base, delta, last, i);
            fuzz_walk_table(table);
        }
        ltn_table_free(table);
    }
    ltn_grouping all;
    ltn_grouping_init(&all, 2047);
    ltn_table *table = NULL;
    if (!fuzz_outcome(ltn_projection_ledger(run, &all, &table), table, "ltn_projection_ledger")) fuzz_walk_table(table);
    ltn_table_free(table);
}

static void ask_accounts(const ltn_projection *run, const char *scope, bool finite)
{
    static const char *const changes[] = {"base_t",       "growth_t",      "new_t",
                                          "structural_t", "engineering_t", "management_t"};
    for (int depth = -1; depth < 2; depth++) {
        ltn_table *table = NULL;
        if (!fuzz_outcome(ltn_projection_accounts(run, scope, depth, &table), table, "ltn_projection_accounts")) {
            int projected = ltn_table_find(table, "projected_t");
            for (size_t row = 0; finite && row < ltn_table_rows(table); row++) {
                double sum = 0, gross = 0, end = ltn_table_number(table, row, (size_t)projected);
                for (size_t c = 0; c < sizeof changes / sizeof *changes; c++) {
                    double value = ltn_table_number(table, row, (size_t)ltn_table_find(table, changes[c]));
                    sum += value;
                    gross += fabs(value);
                }
                CHECK(fabs(sum - end) <= 1e-9 * (gross + fabs(end)) || !isfinite(gross),
                      "accounts of row %zu: %g, not %g", row, sum, end);
            }
            fuzz_walk_table(table);
        }
        ltn_table_free(table);
        table = NULL;
        ltn_grouping grouping;
        ltn_grouping_init(&grouping, LTN_BY_YEAR | LTN_BY_REGION | LTN_BY_SECTOR | LTN_BY_POLLUTANT);
        grouping.region_depth = grouping.sector_depth = depth;
        grouping.scope = scope;
        ltn_status status = ltn_projection_summarise_at(run, &grouping, &table);
        if (!fuzz_outcome(status, table, "ltn_projection_summarise_at")) fuzz_walk_table(table);
        ltn_table_free(table);
    }
}

static void ask_sources(const ltn_projection *run)
{
    const ltn_inventory *both[] = {fuzz_inventory(), ltn_projection_derived(run)};
    for (size_t i = 0; i < 2; i++) {
        const ltn_table *sources = ltn_inventory_sources(both[i]);
        for (size_t s = 0; s < ltn_table_rows(sources) && s < 24; s++) {
            ltn_table *table = NULL;
            const char *id = ltn_table_text(sources, s, 0);
            ltn_status status = ltn_projection_explain(run, id, &table);
            CHECK(!status, "source '%s' cannot be explained: %s", id, ltn_last_error()->message);
            if (!status) fuzz_walk_table(table);
            ltn_table_free(table);
        }
    }
    ltn_table *table = NULL;
    CHECK(ltn_projection_explain(run, "no such source", &table) == LTN_ENOTFOUND && !table, "a source is made up");
}

static void ask_notes(const ltn_projection *run)
{
    for (int language = 0; language < 2; language++) {
        ltn_table *table = NULL;
        if (!fuzz_outcome(ltn_projection_notes(run, (ltn_language)language, &table), table, "ltn_projection_notes"))
            fuzz_walk_table(table);
        ltn_table_free(table);
    }
}

/* The projected inventory emits what the run says, and can be written and read. */
static void ask_inventory(const ltn_projection *run, int year, bool write, bool finite)
{
    ltn_inventory *made = NULL, *again = NULL;
    ltn_status status = ltn_projection_inventory(run, year, &made);
    CHECK(!status, "no inventory of %d: %s", year, ltn_last_error()->message);
    if (status) return;
    const double *emissions = ltn_projection_emissions(run, year);
    double sum = 0, gross = 0, there = 0;
    for (size_t row = 0; row < rows_of(run); row++) sum += emissions[row];
    there = column_sum(ltn_inventory_emissions(made), "emission_t", &gross);
    CHECK(!finite || fabs(sum - there) <= 1e-9 * gross || !isfinite(gross), "%d emits %g t, its inventory %g", year,
          sum, there);
    CHECK(ltn_inventory_base_year(made) == year, "the inventory of %d says %d", year, ltn_inventory_base_year(made));
    fuzz_walk_table(ltn_inventory_sources(made));
    fuzz_walk_table(ltn_inventory_emissions(made));
    if (write && finite) {
        ltn_inventory_options options;
        ltn_inventory_options_init(&options);
        options.threads = 1;
        status = ltn_inventory_write_csv(made, fuzz_path("projected.csv"));
        CHECK(!status, "the inventory of %d cannot be written: %s", year, ltn_last_error()->message);
        if (!status) status = ltn_inventory_read_csv(fuzz_path("projected.csv"), &options, &again);
        CHECK(!status, "the inventory of %d cannot be read: %d:%d: %s", year, ltn_last_error()->line,
              ltn_last_error()->column, ltn_last_error()->message);
        if (!status) fuzz_same_inventories(made, again, 1e-9, "projected, written and read");
    }
    ltn_inventory_free(again);
    ltn_inventory_free(made);
}

static void ask(const ltn_projection *run, const ltn_projection *other)
{
    size_t count, other_count;
    const int *years = ltn_projection_years(run, &count);
    (void)ltn_projection_years(other, &other_count);
    CHECK(count == other_count && rows_of(run) == rows_of(other), "two threads project other years or rows");
    for (size_t y = 0; y < count && y < other_count && rows_of(run) == rows_of(other); y++)
        CHECK(memcmp(ltn_projection_emissions(run, years[y]), ltn_projection_emissions(other, years[y]),
                     rows_of(run) * sizeof(double)) == 0,
              "two threads get another %d", years[y]);
    bool finite = is_finite(run);
    CHECK(finite, "emissions are not finite");
    ask_ledger(run, finite);
    ask_accounts(run, NULL, finite);
    ask_accounts(run, "county", finite);
    ask_sources(run);
    ask_notes(run);
    ask_inventory(run, years[0], false, finite);
    ask_inventory(run, years[count / 2], false, finite);
    ask_inventory(run, years[count - 1], true, finite);
    fuzz_walk_table(ltn_inventory_sources(ltn_projection_derived(run)));
}

/* ---- the scenario ---- */

static void ask_scenario(const ltn_scenario *s)
{
    size_t sum = 0;
    for (int language = 0; language < 2; language++) {
        sum += strlen(ltn_scenario_name(s, (ltn_language)language));
        sum += strlen(ltn_scenario_document(s, (ltn_language)language));
        for (size_t m = 0; m < ltn_scenario_measures(s); m++)
            sum += strlen(ltn_scenario_measure_name(s, m, (ltn_language)language));
    }
    for (size_t m = 0; m < ltn_scenario_measures(s); m++) {
        sum += strlen(ltn_scenario_measure_id(s, m)) + (size_t)ltn_scenario_measure_task(s, m);
        CHECK(ltn_scenario_measure_class(s, m), "measure %zu has no class", m);
    }
    CHECK(!ltn_scenario_measure_id(s, ltn_scenario_measures(s)), "there is a measure past the end");
    CHECK(ltn_scenario_base_year(s) > 0 && ltn_scenario_last_year(s) >= ltn_scenario_base_year(s), "years %d to %d",
          ltn_scenario_base_year(s), ltn_scenario_last_year(s));
    fuzz_sink(sum);
    const ltn_selector *scope = ltn_scenario_scope(s, "county");
    uint8_t *keep = malloc(ltn_table_rows(ltn_inventory_emissions(fuzz_inventory())));
    if (scope && keep) {
        ltn_status status = ltn_selector_match(scope, fuzz_inventory(), keep);
        fuzz_outcome(status, status ? NULL : keep, "ltn_selector_match");
    }
    free(keep);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_input(data, size);
    (void)fuzz_inventory();
    fuzz_file("plan.yaml", data ? (const void *)data : "", size);
    fuzz_file("base.yaml", base_plan, sizeof base_plan - 1);
    ltn_scenario *scenario = NULL, *bare = NULL;
    ltn_read_options options;
    ltn_read_options_init(&options);
    if (ltn_diagnostics_create(&options.diagnostics)) abort();
    ltn_status status = ltn_scenario_read("plan.yaml", &options, &scenario);
    fuzz_outcome(status, scenario, "ltn_scenario_read");
    CHECK(status || !ltn_diagnostics_errors(options.diagnostics), "the scenario is read with errors");
    CHECK(status != LTN_EINPUT || ltn_diagnostics_errors(options.diagnostics), "it is refused without a complaint");
    CHECK(ltn_scenario_parse((const char *)data, size, "plan.yaml", NULL, &bare) == status,
          "without diagnostics it is read otherwise");
    ltn_scenario_free(bare);
    ltn_diagnostics_free(options.diagnostics);
    if (status) return 0;
    ask_scenario(scenario);
    ltn_status run_status, other_status;
    ltn_projection *run = project(scenario, 1, 0, 0, &run_status), *other = project(scenario, 2, 0, 0, &other_status);
    CHECK(run_status == other_status, "one thread: %d; two: %d", run_status, other_status);
    ltn_projection_free(project(scenario, 1, 1, 1, &other_status));
    CHECK(!run_status || other_status, "it runs only where it is strict");
    ltn_scenario_free(scenario); /* the runs keep it */
    if (run && other) ask(run, other);
    ltn_projection_free(run);
    ltn_projection_free(other);
    return 0;
}
