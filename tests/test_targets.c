/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Indicators: supplied, or computed from activity, with their status and gap, by hand. */
#include "plan.h"

#define COLUMNS                                                                                                        \
    "region,pollutant,kind,value,unit,base_year,target_year,state,scope,base_scope,bound,supplied,computed\n"

/* In 2015: 800 t of coal in a boiler of region 11 and 1.2e6 kg in a power plant of region 12, which is 2000 t and 60 %
 * of it power's; 5000 m3 of gas and 40 t/yr that no activity stands behind. Region 13 is empty. */
static const char csv[] = "source,region,sector,pollutant,fuel,activity,activity_unit,factor,factor_unit,emission_t\n"
                          "B,11,boiler,SO2,coal,800,t,10,g/kg,\n"
                          "B,11,boiler,NOx,coal,800,t,4,g/kg,\n"
                          "P,12,power,SO2,coal,1200000,kg,2,g/kg,\n"
                          "G,11,boiler,NOx,gas,5000,m3,2,g/m3,\n"
                          "K,11,kiln,SO2,coal,,,,,40\n";

static const char regions[] = "region,parent\n1,\n11,1\n12,1\n13,1\n";

/* In 2020: a quarter of the boiler is closed and power falls by 1 %: 600 + 1188 = 1788 t of coal. Gas grows to
 * 6500 m3. In 2019 the boiler is as in 2015 and growth has gone four fifths of its way: 800 + 1190.4 = 1990.4 t. */
static const char yaml[] =
    "scenario: test\nbase_year: 2015\nyears: [2015, 2020]\n"
    "scopes: {coal: {fuel: coal}, gas: {fuel: gas}, power: {sector: power}, peat: {fuel: peat}}\n"
    "measures:\n"
    "  - {id: g, where: {fuel: gas}, grow: {index: {2015: 1, 2020: 1.3}}}\n"
    "  - {id: p, where: {sector: power}, grow: {index: {2015: 1, 2020: 0.99}}}\n"
    "  - {id: b, where: {sector: boiler, fuel: coal}, retire: {share: 25 %}, phase: {2019: 0, 2020: 1}}\n";

static plan run_plan(ltn_tree **tree)
{
    plan p = {0};
    assert_ok(ltn_regions_read_csv(write_file("regions.csv", regions), NULL, tree));
    p.base = inventory_in(csv, *tree);
    p.scenario = scenario_of(yaml);
    assert_ok(ltn_projection_run(p.base, p.scenario, NULL, &p.run));
    return p;
}

typedef struct indicator {
    const char *row;
    double base, projected, gap;
    const char *met;
} indicator;

static const indicator indicators[] = {
    /* activity, in the unit asked for */
    {"1,coal_use,indicator,1.8,Gg,,2020,value,coal,,max,,activity\n", 2.0, 1.788, -0.012, "yes"},
    {"1,gas_use,indicator,7000,m3/yr,,2020,value,gas,,min,,activity\n", 5000, 6500, 500, "no"},
    {"12,coal_use,indicator,,t/yr,,2020,value,coal,,max,,activity\n", 1200, 1188, NAN, ""},
    {"1,coal_use,indicator,1900,t,,2019,value,coal,,max,,activity\n", 2000, 1990.4, 90.4, "no"},
    /* share: 1200/2000 and 1188/1788; of everything where no whole is named, in region 12 all coal */
    {"1,power_share,indicator,66,%,,2020,value,power,coal,min,,share\n", 60, 118800.0 / 1788, 66 - 118800.0 / 1788,
     "yes"},
    {"12,power_share,indicator,99,%,,2020,value,power,,max,,share\n", 100, 100, 1, "no"},
    {"1,power_share,indicator,1,%,,2020,value,power,peat,min,,share\n", NAN, NAN, NAN, ""},
    /* cut: 1 - 1788/2000 = 10.6 %, where the rest of two sums must not fail by its last digit; 1 % in region 12 */
    {"1,coal_cut,indicator,10.6,%,2015,2020,value,coal,,min,,cut\n", NAN, 10.6, 0, "yes"},
    {"12,coal_cut,indicator,5,%,2015,2020,value,coal,,min,,cut\n", NAN, 1, 4, "no"},
    {"11,gas_cut,indicator,5,%,2015,2020,value,gas,,min,,cut\n", NAN, -30, 35, "no"},
    {"13,coal_cut,indicator,5,%,2015,2020,value,coal,,min,,cut\n", NAN, NAN, NAN, ""},
    /* increase: 6500/5000 - 1; from power in 2015 to all coal in 2020, 1788/1200 - 1 */
    {"1,gas_rise,indicator,25,%,2015,2020,value,gas,,min,,increase\n", NAN, 30, -5, "yes"},
    {"1,odd_rise,indicator,50,%,2015,2020,value,coal,power,min,,increase\n", NAN, 49, 1, "no"},
    {"12,gas_rise,indicator,25,%,2015,2020,value,gas,,min,,increase\n", NAN, NAN, NAN, ""},
    /* supplied, against any base year, or missing */
    {"1,PM2.5,indicator,35,ug/m3,,2020,value,,,max,31.5,\n", NAN, 31.5, -3.5, "yes"},
    {"1,good_days,indicator,93,%,,2020,value,,,min,92.3,\n", NAN, 92.3, 0.7, "no"},
    {"1,complaints,indicator,30,%,2017,2020,value,,,min,30,\n", NAN, 30, 0, "yes"},
    {"1,complaints,indicator,30,%,2017,2020,value,,,min,,\n", NAN, NAN, NAN, ""},
    {"1,days,indicator,7,d,,2020,value,,,,7,\n", NAN, 7, NAN, ""},
    {"1,days,indicator,7,d,,2020,not_assessed,,,min,5,\n", NAN, 5, NAN, ""},
    {"1,non_fossil,indicator,,%,,2020,value,,,min,22,\n", NAN, 22, NAN, ""},
};

static ltn_targets *read_rows(const char *rows)
{
    text_buffer text = {0};
    ltn_targets *targets = NULL;
    text_add(&text, "%s%s", COLUMNS, rows);
    assert_ok(ltn_targets_read_csv(write_file("targets.csv", text.data), NULL, &targets));
    free(text.data);
    return targets;
}

static void check_number(const ltn_table *table, size_t row, const char *column, double wanted)
{
    double got = number_at(table, row, column);
    if (!(isnan(wanted) ? isnan(got) : fabs(got - wanted) <= 1e-11))
        fail_msg("%s of indicator %zu is %.15g; by hand %.15g", column, row, got, wanted);
}

static void indicators_are_as_by_hand(void **state)
{
    (void)state;
    ltn_tree *tree = NULL;
    plan p = run_plan(&tree);
    text_buffer rows = {0};
    for (size_t i = 0; i < COUNT(indicators); i++) text_add(&rows, "%s", indicators[i].row);
    ltn_targets *targets = read_rows(rows.data);
    ltn_table *table = NULL;
    assert_ok(ltn_targets_check(targets, p.run, &table));
    assert_int_equal(ltn_table_rows(table), COUNT(indicators));
    for (size_t i = 0; i < COUNT(indicators); i++) {
        check_number(table, i, "base_t", indicators[i].base);
        check_number(table, i, "projected_t", indicators[i].projected);
        check_number(table, i, "gap_t", indicators[i].gap);
        if (strcmp(text_at(table, i, "met"), indicators[i].met) != 0)
            fail_msg("indicator %zu: met is '%s'", i, text_at(table, i, "met"));
        assert_true(isnan(number_at(table, i, "cut_pct")) && isnan(number_at(table, i, "required_cut_pct")));
    }
    ltn_table_free(table);
    ltn_targets_free(targets);
    free(rows.data);
    plan_free(&p);
    ltn_tree_free(tree);
}

static void indicators_that_cannot_be_computed(void **state)
{
    (void)state;
    static const struct {
        const char *row;
        ltn_status status;
        const char *words;
    } bad[] = {
        {"1,x,indicator,5,t,,2020,value,gas,,max,,activity\n", LTN_EUNIT, "source 'G' has its activity in 'm3'"},
        {"1,x,indicator,5,%,,2020,value,coal,,max,,share\n", LTN_EUNIT, "source 'G' has its activity in 'm3'"},
        {"1,x,indicator,5,%,,2020,value,gas,coal,max,,share\n", LTN_EUNIT, "source 'G'"},
        {"1,x,indicator,5,%,2015,2020,value,,,min,,cut\n", LTN_EUNIT, "source 'G'"},
        {"11,x,indicator,5,%,2015,2020,value,gas,coal,min,,increase\n", LTN_EUNIT, "source 'G'"},
        {"1,x,indicator,5,%,2014,2020,value,coal,,min,,cut\n", LTN_EINPUT, "2014"},
        {"1,x,indicator,5,%,2017,2021,value,,,min,,\n", LTN_EINPUT, "2021"},
        {"1,x,indicator,5,%,,2020,value,cole,,min,,share\n", LTN_EINPUT, "cole"},
        {"1,x,indicator,5,%,,2020,value,coal,cole,min,,share\n", LTN_EINPUT, "cole"},
        {"1,x,indicator,5,%,,2020,value,cole,,min,4,\n", LTN_EINPUT, "cole"},
    };
    ltn_tree *tree = NULL;
    plan p = run_plan(&tree);
    for (size_t i = 0; i < COUNT(bad); i++) {
        ltn_targets *targets = read_rows(bad[i].row);
        ltn_table *table = (ltn_table *)&p; /* must be set to NULL */
        assert_status(ltn_targets_check(targets, p.run, &table), bad[i].status);
        assert_null(table);
        assert_int_equal(ltn_last_error()->line, 2);
        assert_contains(ltn_last_error()->message, bad[i].words);
        ltn_targets_free(targets);
    }
    plan_free(&p);
    ltn_tree_free(tree);
}

static void bad_indicators_are_all_named(void **state)
{
    (void)state;
    ltn_read_options options;
    ltn_diagnostics *list = new_list(&options);
    ltn_targets *targets = (ltn_targets *)&list; /* must be set to NULL */
    const char *path = write_file("targets.csv", COLUMNS "1,x,indicator,5,t/yr,2015,2020,value,coal,,min,,cut\n"
                                                         "1,x,indicator,5,,2015,2020,value,coal,,min,,share\n"
                                                         "1,x,indicator,5,%,2015,2020,value,coal,,min,,fall\n"
                                                         "1,SO2,cut,5,%,2015,2020,value,coal,,,,cut\n"
                                                         "1,x,indicator,5,%,2015,2020,value,coal,,least,,\n"
                                                         "1,x,indicator,5,%,2015,2020,value,coal,,min,4 %,\n"
                                                         "1,x,indicator,5,%,2015,2020,value,coal,,min,4,increase\n");
    assert_status(ltn_targets_read_csv(path, &options, &targets), LTN_EINPUT);
    assert_null(targets);
    assert_complaint(list, 2, 17, "unit 't/yr' does not fit computed 'cut'; expected '%'");
    assert_complaint(list, 3, 17, "unit '' does not fit computed 'share'; expected '%'");
    assert_complaint(list, 4, 46,
                     "computed 'fall' is not known; expected one of blank, activity, share, cut, increase");
    assert_complaint(list, 5, 39, "computed 'cut' stands beside a cut; expected it beside an indicator");
    assert_complaint(list, 6, 41, "bound 'least' is not known");
    assert_complaint(list, 7, 45, "supplied '4 %' is not a number");
    assert_complaint(list, 8, 47, "computed 'increase' stands beside a supplied value; expected one of them");
    ltn_diagnostics_free(list);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(indicators_are_as_by_hand),
        cmocka_unit_test(indicators_that_cannot_be_computed),
        cmocka_unit_test(bad_indicators_are_all_named),
    };
    obey_test_filter();
    return cmocka_run_group_tests(tests, NULL, remove_temporary_folder);
}
