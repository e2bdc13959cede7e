/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The official accounts: on a small case by hand, and on Wenzhou's, where every row must add up. */
#include "plan.h"

#include <lantian/accounts.h>

#define CLOSE 1e-13 /* relative: a handful of roundings */

/* Scenarios here begin alike; measures start in line 6. */
#define HEAD                                                                                                           \
    "scenario: test\nbase_year: 2015\nyears: [2015, 2020]\n"                                                           \
    "scopes: {power: {sector: power}, rest: {not: {sector: power}}, gas: {pollutant: NOx}, none: {fuel: peat}}\n"      \
    "measures:\n"

static const char *const changes[] = {"growth_t", "new_t", "structural_t", "engineering_t", "management_t"};

/* ---- the small case ---- */

static const char csv[] = "source,region,sector,pollutant,activity,activity_unit,factor,factor_unit,removal\n"
                          "P,a,power,SO2,1000,t,100,g/kg,0\n" /* 100 t */
                          "P,a,power,NOx,1000,t,50,g/kg,0\n"  /* 50 t */
                          "B,a,boiler,SO2,1000,t,20,g/kg,0\n" /* 20 t */
                          "K,b,kiln,SO2,1000,t,10,g/kg,0\n";  /* 10 t */

/* In 2020, region a: SO2 100 + 20 grow by a half to 180; P is halved to 75, B closes a fifth to 24; half of P's 75
 * is removed, 37.5; management takes a tenth of all, 3.75 and 2.4. NOx 50 grows to 75, and is halved to 37.5; a tenth
 * of the rest goes. Region b: 10 grow to 15, and a tenth goes. Region c: N brings 7 t of NOx, a tenth off. */
static const char yaml[] =
    HEAD "  - {id: g, grow: {index: {2015: 1, 2020: 1.5}}}\n"
         "  - {id: p, where: {sector: power}, retire: {share: 50 %}}\n"
         "  - {id: b, where: {sector: boiler}, retire: {share: 20 %}}\n"
         "  - {id: c, where: {sector: power}, control: {SO2: {efficiency: 50 %}}}\n"
         "  - {id: n, add: {source: N, region: c, sector: works, from: 2018, emissions: {NOx: 7 t/yr}}}\n"
         "  - {id: m, class: management, retire: {share: 10 %}}\n";

typedef struct account {
    const char *region, *pollutant;
    double base, change[5], projected; /* in the order of `changes` */
} account;

static void check_accounts(const ltn_projection *run, const char *scope, const account *expected, size_t count)
{
    ltn_table *table = NULL;
    assert_ok(ltn_projection_accounts(run, scope, -1, &table));
    assert_int_equal(ltn_table_rows(table), count);
    for (size_t i = 0; i < count; i++) {
        size_t row = 0;
        while (row < count && (strcmp(text_at(table, row, "region"), expected[i].region) != 0 ||
                               strcmp(text_at(table, row, "pollutant"), expected[i].pollutant) != 0))
            row++;
        if (row == count) fail_msg("no account of %s in %s", expected[i].pollutant, expected[i].region);
        assert_close(number_at(table, row, "base_t"), expected[i].base, CLOSE, 0);
        for (size_t c = 0; c < COUNT(changes); c++)
            assert_close(number_at(table, row, changes[c]), expected[i].change[c], CLOSE, 0);
        assert_close(number_at(table, row, "projected_t"), expected[i].projected, CLOSE, 0);
    }
    ltn_table_free(table);
}

/* Reductions count only where the base has the source (遵循基数、算清增量、核实减量): what the last
 * measure takes off the new works is part of what is new. */
static void accounts_are_as_by_hand(void **state)
{
    (void)state;
    static const account all[] = {
        {"a", "SO2", 120, {60, 0, -75 - 6, -37.5, -3.75 - 2.4}, 33.75 + 21.6},
        {"a", "NOx", 50, {25, 0, -37.5, 0, -3.75}, 33.75},
        {"b", "SO2", 10, {5, 0, 0, 0, -1.5}, 13.5},
        {"c", "NOx", 0, {0, 7 - 0.7, 0, 0, 0}, 6.3},
    };
    static const account power[] = {{"a", "SO2", 100, {50, 0, -75, -37.5, -3.75}, 33.75},
                                    {"a", "NOx", 50, {25, 0, -37.5, 0, -3.75}, 33.75}};
    static const account rest[] = {{"a", "SO2", 20, {10, 0, -6, 0, -2.4}, 21.6},
                                   {"b", "SO2", 10, {5, 0, 0, 0, -1.5}, 13.5},
                                   {"c", "NOx", 0, {0, 7 - 0.7, 0, 0, 0}, 6.3}};
    static const account gas[] = {{"a", "NOx", 50, {25, 0, -37.5, 0, -3.75}, 33.75},
                                  {"c", "NOx", 0, {0, 7 - 0.7, 0, 0, 0}, 6.3}};
    plan p = plan_of(csv, yaml);
    check_accounts(p.run, NULL, all, COUNT(all));
    check_accounts(p.run, "power", power, COUNT(power));
    check_accounts(p.run, "rest", rest, COUNT(rest));
    check_accounts(p.run, "gas", gas, COUNT(gas));
    check_accounts(p.run, "none", NULL, 0);
    plan_free(&p);
}

static void columns_are_as_documented(void **state)
{
    (void)state;
    static const char *const names[] = {"region",       "pollutant",     "base_t",       "growth_t",   "new_t",
                                        "structural_t", "engineering_t", "management_t", "projected_t"};
    plan p = plan_of(csv, yaml);
    ltn_table *table = NULL;
    assert_ok(ltn_projection_accounts(p.run, NULL, -1, &table));
    assert_int_equal(ltn_table_columns(table), COUNT(names));
    for (size_t c = 0; c < COUNT(names); c++) assert_string_equal(ltn_table_name(table, c), names[c]);
    ltn_table_free(table);
    plan_free(&p);
}

static void an_unknown_scope_is_named(void **state)
{
    (void)state;
    plan p = plan_of(csv, yaml);
    ltn_table *table = (ltn_table *)&p; /* must be set to NULL */
    assert_status(ltn_projection_accounts(p.run, "powr", -1, &table), LTN_ENOTFOUND);
    assert_null(table);
    assert_contains(ltn_last_error()->message, "powr");
    plan_free(&p);
}

/* A class that says otherwise moves the tonnes and nothing else. */
static void the_class_may_be_changed(void **state)
{
    (void)state;
    static const account moved[] = {{"r", "VOC", 10, {0, -3, 0, 2, 0}, 9}};
    plan p = plan_of("source,region,sector,pollutant,emission_t\nS,r,x,VOC,10\n",
                     HEAD "  - {id: a, class: engineering, grow: {index: {2015: 1, 2020: 1.2}}}\n"
                          "  - {id: b, class: new, retire: {share: 0.25}}\n");
    check_accounts(p.run, NULL, moved, COUNT(moved));
    plan_free(&p);
}

/* The base year alone is a projection too: nothing has changed, so base = projected. */
static void the_base_year_alone_adds_up(void **state)
{
    (void)state;
    ltn_inventory *base = inventory_of(csv);
    ltn_scenario *scenario = scenario_of(yaml);
    ltn_projection_options options;
    ltn_projection *run = NULL;
    ltn_table *table = NULL;
    ltn_projection_options_init(&options);
    options.first_year = options.last_year = 2015;
    assert_ok(ltn_projection_run(base, scenario, &options, &run));
    assert_ok(ltn_projection_accounts(run, NULL, -1, &table));
    for (size_t row = 0; row < ltn_table_rows(table); row++)
        assert_close(number_at(table, row, "projected_t"), number_at(table, row, "base_t"), 0, 0);
    ltn_table_free(table);
    ltn_projection_free(run);
    ltn_scenario_free(scenario);
    ltn_inventory_free(base);
}

/* A measure that is in force in the base year already changes no base: what stands in the inventory is the base, and
 * the row adds up. */
static void the_base_is_the_inventorys(void **state)
{
    (void)state;
    static const account retired[] = {{"r", "VOC", 10, {0, 0, -5, 0, 0}, 5}};
    static const account added[] = {{"r", "VOC", 10, {0, 8, 0, 0, 0}, 18}};
    static const char one[] = "source,region,sector,pollutant,emission_t\nS,r,x,VOC,10\n";
    plan p = plan_of(one, HEAD "  - {id: a, retire: {share: 50 %}, phase: {2015: 1}}\n");
    check_accounts(p.run, NULL, retired, COUNT(retired));
    plan_free(&p);
    p = plan_of(one, HEAD "  - {id: n, add: {source: N, region: r, sector: x, from: 2015-07-01, emissions: "
                          "{VOC: 8 t/yr}}}\n");
    check_accounts(p.run, NULL, added, COUNT(added));
    plan_free(&p);
}

/* ---- Wenzhou ---- */

static const char *wenzhou(const char *name)
{
    static char paths[8][512];
    static size_t used;
    const char *root = getenv("LANTIAN_SOURCE");
    char *path = paths[used++ % COUNT(paths)];
    snprintf(path, sizeof paths[0], "%s/examples/wenzhou/%s", root ? root : ".", name);
    return path;
}

static plan wenzhou_plan(const char *scenario)
{
    plan p = {0};
    ltn_tree *regions = NULL, *sectors = NULL;
    ltn_inventory_options options;
    assert_ok(ltn_regions_read_csv(wenzhou("regions.csv"), NULL, &regions));
    assert_ok(ltn_sectors_read_csv(wenzhou("sectors.csv"), NULL, &sectors));
    ltn_inventory_options_init(&options);
    options.regions = regions;
    options.sectors = sectors;
    assert_ok(ltn_inventory_read_csv(wenzhou("baseline-2015.csv"), &options, &p.base));
    assert_ok(ltn_scenario_read_yaml(wenzhou(scenario), &p.scenario));
    assert_ok(ltn_projection_run(p.base, p.scenario, NULL, &p.run));
    ltn_tree_free(regions);
    ltn_tree_free(sectors);
    return p;
}

static double gross(const ltn_table *t, size_t row)
{
    double sum = fabs(number_at(t, row, "base_t")) + fabs(number_at(t, row, "projected_t"));
    for (size_t c = 0; c < COUNT(changes); c++) sum += fabs(number_at(t, row, changes[c]));
    return sum;
}

static void check_rows_add_up(const ltn_table *t)
{
    assert_true(ltn_table_rows(t) > 0);
    for (size_t row = 0; row < ltn_table_rows(t); row++) {
        double sum = number_at(t, row, "base_t");
        for (size_t c = 0; c < COUNT(changes); c++) sum += number_at(t, row, changes[c]);
        double off = fabs(sum - number_at(t, row, "projected_t"));
        if (!(off <= 1e-12 * gross(t, row)))
            fail_msg("%s in %s is off by %g t", text_at(t, row, "pollutant"), text_at(t, row, "region"), off);
        assert_true(number_at(t, row, "new_t") >= 0);
    }
}

static void wenzhou_adds_up(void **state)
{
    (void)state;
    static const char *const scenarios[] = {"blue-sky-2020.yaml", "growth-only.yaml", "full-ambition.yaml",
                                            "ban-polluting-fuels.yaml"};
    static const char *const scopes[] = {NULL, "county", "key_industries", "all"};
    for (size_t i = 0; i < (is_slow() ? 1 : COUNT(scenarios)); i++) {
        plan p = wenzhou_plan(scenarios[i]);
        for (size_t s = 0; s < COUNT(scopes); s++)
            for (int depth = -1; depth <= 3; depth++) {
                ltn_table *accounts = NULL;
                assert_ok(ltn_projection_accounts(p.run, scopes[s], depth, &accounts));
                check_rows_add_up(accounts);
                ltn_table_free(accounts);
            }
        plan_free(&p);
    }
}

static double total(const ltn_table *t, const char *column, const char *region, const char *pollutant)
{
    double sum = 0;
    for (size_t row = 0; row < ltn_table_rows(t); row++)
        if (strcmp(text_at(t, row, "pollutant"), pollutant) == 0 &&
            (!region || strcmp(text_at(t, row, "region"), region) == 0))
            sum += number_at(t, row, column);
    return sum;
}

/* Base and projection are those of the summary, and the changes those of the ledger, region by region. */
static void wenzhou_equals_summary_and_ledger(void **state)
{
    (void)state;
    plan p = wenzhou_plan("blue-sky-2020.yaml");
    ltn_table *accounts = NULL, *sums = NULL, *ledger = NULL;
    assert_ok(ltn_projection_accounts(p.run, NULL, -1, &accounts));
    assert_ok(ltn_projection_summarise(p.run, LTN_BY_YEAR | LTN_BY_REGION | LTN_BY_POLLUTANT, &sums));
    size_t matched = 0;
    for (size_t row = 0; row < ltn_table_rows(sums); row++) {
        int year = (int)number_at(sums, row, "year");
        if (year != 2015 && year != 2020) continue;
        double expected = total(accounts, year == 2015 ? "base_t" : "projected_t", text_at(sums, row, "region"),
                                text_at(sums, row, "pollutant"));
        assert_same_bits(expected, number_at(sums, row, "emission_t"));
        matched++;
    }
    assert_int_equal(matched, 2 * ltn_table_rows(accounts));
    ltn_grouping by_class;
    ltn_grouping_init(&by_class, LTN_BY_CLASS | LTN_BY_POLLUTANT);
    assert_ok(ltn_projection_ledger(p.run, &by_class, &ledger));
    for (size_t row = 0; row < ltn_table_rows(ledger); row++) {
        char column[32];
        snprintf(column, sizeof column, "%s_t", text_at(ledger, row, "class"));
        assert_close(total(accounts, column, NULL, text_at(ledger, row, "pollutant")),
                     number_at(ledger, row, "delta_t"), 1e-11, 1e-9);
    }
    ltn_table_free(ledger);
    ltn_table_free(sums);
    ltn_table_free(accounts);
    plan_free(&p);
}

/* The city, the counties with their zones, and each source's own region: the same tonnes, in 1, 11 and 12 rows. */
static void depth_gathers_regions(void **state)
{
    (void)state;
    static const int depths[] = {0, 1, 2, -1};
    static const size_t regions[] = {1, 11, 12, 12};
    plan p = wenzhou_plan("blue-sky-2020.yaml");
    double first = 0;
    for (size_t d = 0; d < COUNT(depths); d++) {
        ltn_table *accounts = NULL;
        assert_ok(ltn_projection_accounts(p.run, NULL, depths[d], &accounts));
        assert_int_equal(ltn_table_rows(accounts), 3 * regions[d]); /* SO2, NOx, VOC */
        double sum = total(accounts, "engineering_t", NULL, "SO2");
        if (d == 0) first = sum;
        assert_close(sum, first, 1e-12, 0);
        if (depths[d] == 0) assert_string_equal(text_at(accounts, 0, "region"), "330300");
        if (depths[d] == 1) assert_true(total(accounts, "base_t", "330371", "SO2") == 0);
        ltn_table_free(accounts);
    }
    plan_free(&p);
}

/* The scope without provincial plants is everything less them. */
static void provincial_plants_in_and_out(void **state)
{
    (void)state;
    plan p = wenzhou_plan("blue-sky-2020.yaml");
    ltn_table *all = NULL, *county = NULL;
    assert_ok(ltn_projection_accounts(p.run, NULL, -1, &all));
    assert_ok(ltn_projection_accounts(p.run, "county", -1, &county));
    const ltn_table *sources = ltn_inventory_sources(p.base), *emissions = ltn_inventory_emissions(p.base);
    const int32_t *first = ltn_inventory_first(p.base);
    double plants = 0;
    for (size_t s = 0; s < ltn_table_rows(sources); s++)
        for (int32_t e = first[s]; e < first[s + 1]; e++)
            if (strcmp(text_at(sources, s, "owner"), "province") == 0 &&
                strcmp(text_at(sources, s, "sector"), "combustion.power") == 0 &&
                strcmp(text_at(emissions, (size_t)e, "pollutant"), "SO2") == 0)
                plants += number_at(emissions, (size_t)e, "emission_t");
    assert_true(plants > 0);
    assert_close(total(all, "base_t", NULL, "SO2") - total(county, "base_t", NULL, "SO2"), plants, 1e-9, 0);
    ltn_table_free(all);
    ltn_table_free(county);
    plan_free(&p);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(accounts_are_as_by_hand),
        cmocka_unit_test(columns_are_as_documented),
        cmocka_unit_test(an_unknown_scope_is_named),
        cmocka_unit_test(the_class_may_be_changed),
        cmocka_unit_test(the_base_year_alone_adds_up),
        cmocka_unit_test(the_base_is_the_inventorys),
        cmocka_unit_test(wenzhou_adds_up),
        cmocka_unit_test(wenzhou_equals_summary_and_ledger),
        cmocka_unit_test(depth_gathers_regions),
        cmocka_unit_test(provincial_plants_in_and_out),
    };
    return cmocka_run_group_tests(tests, NULL, remove_temporary_folder);
}
