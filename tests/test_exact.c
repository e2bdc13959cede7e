/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Exact moments of a projection, against closed forms by hand and against draws; and what they refuse. */
#include "plan.h"

#include "projection/projection.h"

#include <math.h>

#define META "# base_year: 2015\n# baseline: a\n"
#define HEAD "scenario: test\nbase_year: 2015\nyears: [2015, 2020]\n"

static ltn_table *exact(const plan *p, unsigned by)
{
    ltn_table *t = NULL;
    ltn_grouping grouping;
    ltn_grouping_init(&grouping, by);
    grouping.region_depth = 0;
    assert_ok(ltn_ensemble_exact(p->run, &grouping, &t));
    return t;
}

static void assert_row(const ltn_table *t, size_t row, double mean, double variance)
{
    assert_close(number_at(t, row, "emission_t"), mean, 1e-12, 0);
    assert_close(number_at(t, row, "mean_t"), mean, 1e-12, 0);
    assert_close(number_at(t, row, "sd_t"), sqrt(variance), 1e-12, 1e-12);
    assert_close(number_at(t, row, "cv"), sqrt(variance) / mean, 1e-12, 1e-14);
}

/* ---- closed forms ---- */

/* Activity of CV 0.2, factor of CV 0.5, and 1 − R of mean 0.4 and variance 0.04/12:
 * 1 + CV² = 1.04 · 1.25 · (1 + 0.04/12/0.16) (Goodman 1960). 100 t grow to 100 · 1.03⁵. */
static void a_row_is_a_product(void **state)
{
    (void)state;
    plan p = plan_of(
        META "source,region,sector,pollutant,activity,activity_unit,factor,factor_unit,removal,activity_cv,factor_cv\n"
             "A,town,combustion.boiler,SO2,100000,t,2.5,g/kg,0.6,0.2,0.5\n",
        HEAD "uncertainty: [{removal: {uniform: [0.5, 0.7]}}]\nmeasures: [{id: g, grow: {rate: 3 %}}]\n");
    double cv2 = 1.04 * 1.25 * (1 + 0.04 / 12 / 0.16) - 1;
    ltn_table *t = exact(&p, LTN_BY_POLLUTANT | LTN_BY_YEAR);
    assert_int_equal(ltn_table_rows(t), 6);
    for (size_t y = 0; y < 6; y++) {
        double mean = 100 * pow(1.03, (double)y);
        assert_int_equal((int)number_at(t, y, "year"), 2015 + (int)y);
        assert_row(t, y, mean, mean * mean * cv2);
        /* the lognormal's quantiles exp(μ ± 1.96 σ), σ² = ln(1 + CV²), μ = ln mean − σ²/2 */
        double s = sqrt(log1p(cv2)), mu = log(mean) - s * s / 2;
        assert_close(number_at(t, y, "lognormal_p2.5_t"), exp(mu - 1.9599639845400542 * s), 1e-12, 0);
        assert_close(number_at(t, y, "lognormal_p97.5_t"), exp(mu + 1.9599639845400542 * s), 1e-12, 0);
    }
    ltn_table_free(t);
    t = NULL;
    assert_ok(ltn_ensemble_exact(p.run, NULL, &t)); /* by region, pollutant and year */
    assert_int_equal(ltn_table_rows(t), 6);
    ltn_table_free(t);
    plan_free(&p);
}

/* A and B share a factor of CV 0.3; A's activity has CV 0.1: V = 200² · 0.09 + 100² · 0.01 · 1.09. VOC is certain. */
static const char shared_csv[] = META "source,region,sector,pollutant,emission_t,activity_cv,factor_cv,factor_key\n"
                                      "A,town,combustion.boiler,SO2,100,0.1,0.3,coal\n"
                                      "B,village,combustion.kiln,SO2,100,,0.3,coal\n"
                                      "D,town,solvent,VOC,10,,,\n";

static void rows_share_factors(void **state)
{
    (void)state;
    plan p = plan_of(shared_csv, HEAD "measures: [{id: g, grow: {rate: 0 %}}]\n");
    ltn_table *t = exact(&p, LTN_BY_POLLUTANT);
    assert_int_equal(ltn_table_rows(t), 2);
    assert_row(t, 0, 200, 3600 + 100 * 1.09);
    assert_row(t, 1, 10, 0);
    assert_close(number_at(t, 1, "lognormal_p2.5_t"), 10, 1e-15, 0);
    ltn_table_free(t);
    plan_free(&p);
}

/* A boiler of 1000 t of coal, 10 kg/t, CV 0.2, to gas from 2016 on: half of it, 1000·0.5·20·0.8/(32·0.8) = 312.5 m3 of
 * 2 g/m3, whose factor has the CV 0.4 (lognormal) and is the measure's. Coal 5 t, gas 0.000625 t, moved by one activity.
 * An SCR takes 0.5 of both. Numbers in kg to be seen: the gas factor is 2 kg/m3, so 0.625 t. */
static const char boiler_csv[] =
    META "source,region,sector,pollutant,fuel,activity,activity_unit,factor,factor_unit,activity_cv,factor_cv\n"
         "A,town,combustion.boiler,NOx,coal,1000,t,10,kg/t,0.2,0.3\n";

static void what_is_made_of_a_source_moves_with_it(void **state)
{
    (void)state;
    plan p = plan_of(boiler_csv,
                     HEAD "measures:\n"
                          "  - {id: gas, retire: {share: 0.5, replace: {fuel: natural_gas, ncv_old: 20 MJ/kg, "
                          "efficiency_old: 0.8, ncv_new: 32 MJ/m3, efficiency_new: 0.8, factors: {NOx: {lognormal: "
                          "{mean: 2 kg/m3, cv: 0.4}}}}}}\n"
                          "  - {id: scr, control: {NOx: {efficiency: 0.5}}}\n");
    ltn_table *t = exact(&p, LTN_BY_POLLUTANT);
    double gas = 500 * 1000 * 20 / 32.0 * 2 / 1000 / 2; /* t: 312500 m3 of 2 kg, half of it left */
    /* Var = e_c² (1.04 · 1.09 − 1) + e_g² (1.04 · 1.16 − 1) + 2 e_c e_g 0.04 */
    assert_row(t, 0, 2.5 + gas, 6.25 * (1.04 * 1.09 - 1) + gas * gas * (1.04 * 1.16 - 1) + 2 * 2.5 * gas * 0.04);
    ltn_table_free(t);
    plan_free(&p);
}

/* A new source's emission has the CV 0.4; half a year of it counts in 2018. */
static void new_sources_have_their_own_factor(void **state)
{
    (void)state;
    plan p =
        plan_of(boiler_csv, HEAD "measures: [{id: new, add: {source: N, region: town, sector: combustion.kiln, from: "
                                 "2018-01-01, emissions: {NOx: {lognormal: {mean: 20 t/yr, cv: 0.4}}}}}]\n");
    ltn_table *t = exact(&p, LTN_BY_POLLUTANT);
    assert_row(t, 0, 30, 100 * (1.04 * 1.09 - 1) + 400 * 0.16);
    ltn_table_free(t);
    plan_free(&p);
}

/* Bounds that cut something off: a normal of CV 0.5 set to at least 0 has a mean above 1: with φ(2) = 0.0539909665 and
 * Φ(−2) = 0.0227501319, the mean of max(0, 1 + z/2) is Φ(2) + φ(2)/2, its square's Φ(2)·1.25 + φ(2)/2. */
static void bounds_move_the_mean(void **state)
{
    (void)state;
    plan p = plan_of(META "source,region,sector,pollutant,emission_t\nA,town,combustion,SO2,100\n",
                     HEAD "uncertainty: [{activity: {normal: {cv: 0.21}}}]\nmeasures: [{id: g, grow: {rate: 0 %}}]\n");
    p.run->program.inputs.laws[0].value.parameter[1] = 0.5 * p.run->program.inputs.laws[0].mean;
    ltn_table *t = exact(&p, LTN_BY_POLLUTANT);
    double density = 0.05399096651318806, above = 0.9772498680518208;
    double mean = above + density / 2, square = above * 1.25 + density / 2;
    assert_close(number_at(t, 0, "emission_t"), 100, 1e-15, 0);
    assert_close(number_at(t, 0, "mean_t"), 100 * mean, 1e-10, 0);
    assert_close(number_at(t, 0, "sd_t"), 100 * sqrt(square - mean * mean), 1e-10, 0);
    ltn_table_free(t);
    plan_free(&p);
}

/* ---- what keeps the form, and what does not ---- */

#define SOURCES                                                                                                        \
    META "source,region,sector,pollutant,fuel,activity,activity_unit,factor,factor_unit,removal,activity_cv,factor_"   \
         "cv\n"

/* A is uncertain in activity and factor, B in activity, C in neither. */
static const char three_csv[] = SOURCES "A,town,combustion.boiler,NOx,coal,1000,t,10,kg/t,0.5,0.2,0.3\n"
                                        "B,town,combustion.kiln,NOx,coal,1000,t,10,kg/t,0.5,0.2,\n"
                                        "C,town,process.glass,NOx,coal,1000,t,10,kg/t,0.5,,\n"
                                        "C,town,process.glass,SO2,coal,1000,t,10,kg/t,0.5,,0.3\n";

/* Against draws: mean and sd within 4 standard errors (of the sd, by the fourth moment), in every row. */
static void assert_like_draws(const plan *p, const ltn_grouping *grouping, size_t draws)
{
    ltn_ensemble_options o;
    ltn_ensemble *e = NULL;
    ltn_table *t = NULL;
    ltn_ensemble_options_init(&o);
    o.draws = draws;
    o.grouping = grouping;
    assert_ok(ltn_ensemble_run(p->run, &o, &e));
    assert_ok(ltn_ensemble_exact(p->run, grouping, &t));
    for (size_t row = 0; row < ltn_table_rows(t); row++) {
        const double *x = ltn_ensemble_draws(e, row);
        double n = (double)draws, mean = 0, m2 = 0, m4 = 0, sd = number_at(t, row, "sd_t");
        for (size_t k = 0; k < draws; k++) mean += x[k] / n;
        for (size_t k = 0; k < draws; k++) m2 += pow(x[k] - mean, 2) / n, m4 += pow(x[k] - mean, 4) / n;
        assert_close(mean, number_at(t, row, "mean_t"), 1e-9, 4 * sd / sqrt(n));
        assert_close(m2, sd * sd, 1e-9, 4 * sqrt(fmax(m4 - m2 * m2, 0) / n) + 1e-24 * mean * mean);
    }
    ltn_ensemble_free(e);
    ltn_table_free(t);
}

static ltn_grouping by_source(void)
{
    ltn_grouping g;
    ltn_grouping_init(&g, LTN_BY_SOURCE | LTN_BY_POLLUTANT | LTN_BY_YEAR);
    return g;
}

static void assert_kept(const char *measure)
{
    text_buffer yaml = {0};
    text_add(&yaml, HEAD "measures:\n  - {id: g, grow: {rate: 2 %%}}\n  - %s\n", measure);
    plan p = plan_of(three_csv, yaml.data);
    ltn_grouping g = by_source();
    assert_like_draws(&p, &g, is_slow() ? 100 : 2000);
    free(yaml.data);
    plan_free(&p);
}

static void constants_keep_the_form(void **state)
{
    (void)state;
    static const char *const measures[] = {
        "{id: m, retire: {share: 0.4}}",
        "{id: m, ban: {growth: true}}",
        "{id: m, control: {NOx: {efficiency: 0.3}}}",
        "{id: m, control: {NOx: {efficiency: 0.7}, mode: replace}}",
        "{id: m, where: {pollutant: NOx}, grow: {rate: -1 %}}",
        /* per activity, on what moves with its activity alone: ceilings of 3 kg/t on 5 kg/t */
        "{id: m, where: {id: [B, C], pollutant: NOx}, limit: {NOx: 3 kg/t}}",
        /* absolute, over a group, and a cap, on what is certain */
        "{id: m, where: {id: C, pollutant: NOx}, limit: {NOx: 3 t/yr}}",
        "{id: m, where: {id: C, pollutant: NOx}, limit: {NOx: 3 t/yr, over: group}}",
        "{id: m, where: {id: C}, cap: {activity: 500 t}}",
        /* random, but nothing is selected */
        "{id: m, where: {id: Z}, control: {NOx: {efficiency: {uniform: [0.3, 0.5]}}}}",
    };
    for (size_t i = 0; i < COUNT(measures); i++) assert_kept(measures[i]);
}

/* In 2020, measure m, which stands in line 6; in the base year all is well, and where only certain sources are summed. */
static void assert_broken(const char *measure, const char *words)
{
    text_buffer yaml = {0};
    ltn_table *t = NULL;
    text_add(&yaml,
             HEAD "scopes: {c: {id: C, pollutant: NOx}}\nmeasures:\n  - {id: m, phase: {2018: 0, 2020: 1}, %s}\n",
             measure);
    if (strstr(measure, "grow:") || strstr(measure, "turnover:")) {
        free(yaml.data);
        yaml = (text_buffer){0};
        text_add(&yaml, HEAD "scopes: {c: {id: C, pollutant: NOx}}\nmeasures:\n  - {id: m, %s}\n", measure);
    }
    plan p = plan_of(three_csv, yaml.data);
    ltn_grouping g = by_source();
    t = (ltn_table *)&g;
    assert_status(ltn_ensemble_exact(p.run, &g, &t), LTN_EUNSUPPORTED);
    assert_null(t);
    assert_contains(ltn_last_error()->message, words);
    assert_contains(ltn_last_error()->message, "measure 'm'");
    assert_string_equal(ltn_last_error()->source, "plan.yaml");
    assert_int_equal(ltn_last_error()->line, 6);
    g.by &= ~(unsigned)LTN_BY_YEAR; /* 2020 alone, of what the measure does not reach */
    g.scope = "c";
    assert_ok(ltn_ensemble_exact(p.run, &g, &t));
    ltn_table_free(t);
    free(yaml.data);
    plan_free(&p);
}

static void measures_break_the_form(void **state)
{
    (void)state;
    assert_broken("where: {id: A}, retire: {share: {uniform: [0.2, 0.4]}}", "has a random number of its own");
    assert_broken("where: {id: A}, control: {NOx: {efficiency: {uniform: [0.2, 0.4]}}}", "has a random number");
    assert_broken("where: {id: A}, grow: {rate: {uniform: [1 %, 3 %]}}", "has a random number");
    assert_broken("where: {id: [A, B]}, cap: {activity: 500 t}", "caps a sum of uncertain activities");
    assert_broken("where: {id: A}, limit: {NOx: 3 kg/t}", "does not move with them, so in 2019 source 'A'");
    assert_broken("where: {id: B}, limit: {NOx: 3 t/yr}", "does not move with them");
    assert_broken("where: {id: [A, B]}, limit: {NOx: 3 kg/t, over: group}", "does not move with them");
    /* Only SO2 is uncertain of C, and only it is spoilt. */
    assert_broken("where: {id: C}, limit: {SO2: 3 kg/t, NOx: 3 kg/t}", "source 'C'");
    assert_broken("where: {id: C}, control: {SO2: {efficiency: {uniform: [0.2, 0.4]}}, NOx: {efficiency: 0.1}}",
                  "has a random number");
}

/* What is made out of a source whose activity lost the form has lost it too. */
static void broken_activity_is_handed_down(void **state)
{
    (void)state;
    plan p = plan_of(boiler_csv,
                     HEAD "scopes: {gas: {fuel: natural_gas}}\nmeasures:\n  - {id: m, grow: {rate: {uniform: [1 %, 3 "
                          "%]}}}\n  - {id: gas, retire: {share: 1, replace: {fuel: natural_gas, ncv_old: 20 MJ/kg, "
                          "efficiency_old: 0.8, ncv_new: 32 MJ/m3, efficiency_new: 0.8, factors: {NOx: 2 g/m3}}}}\n");
    ltn_grouping g = by_source();
    ltn_table *t = NULL;
    g.scope = "gas";
    assert_status(ltn_ensemble_exact(p.run, &g, &t), LTN_EUNSUPPORTED);
    assert_contains(ltn_last_error()->message, "measure 'm' has a random number of its own, so in 2016 source 'A~gas'");
    plan_free(&p);
}

static void uncertain_removals_and_correlations(void **state)
{
    (void)state;
    plan p = plan_of(three_csv, HEAD "uncertainty: [{where: {id: A}, removal: {uniform: [0.4, 0.6]}}]\nmeasures:\n"
                                     "  - {id: m, control: {mode: replace, NOx: {efficiency: 0.55}}}\n");
    ltn_grouping g = by_source();
    ltn_table *t = NULL;
    assert_status(ltn_ensemble_exact(p.run, &g, &t), LTN_EUNSUPPORTED);
    assert_contains(ltn_last_error()->message, "measure 'm' replaces a removal that is uncertain");
    plan_free(&p);
    p = plan_of(shared_csv, HEAD "measures: [{id: g, grow: {rate: 0 %}}]\n");
    ltn_inputs *in = &p.run->program.inputs;
    ltn_correlation place = {.place = {"plan.yaml", 7, 3}};
    double *factor = ltn_alloc(1, sizeof *factor);
    in->factors = ltn_alloc(1, sizeof *in->factors);
    in->copulas = ltn_alloc(1, sizeof *in->copulas);
    in->copulas[0] = (ltn_copula){1, in->factors[0] = factor, ltn_alloc(1, sizeof(uint64_t))};
    in->factor_count = in->copula_count = 1;
    in->items[0].copula = 0;
    p.scenario->correlations = &place;
    assert_status(ltn_ensemble_exact(p.run, &g, &t), LTN_EUNSUPPORTED);
    assert_contains(ltn_last_error()->message, "a correlation joins inputs");
    assert_int_equal(ltn_last_error()->line, 7);
    p.scenario->correlations = NULL;
    plan_free(&p);
}

/* A packet that only projects multiplies; one that controls may ask what there is. */
static void packets_that_control_break_the_form(void **state)
{
    (void)state;
    static const char csv[] = META "source,region,sector,pollutant,emission_t,removal,activity_cv\n"
                                   "A,06037,2102001000,NOX,100,0.5,0.2\n";
    static const struct {
        const char *text;
        ltn_status status;
    } cases[] = {
        {"/PROJECTION 2015 2020/\n0 2102001000 1.5 NOX\n/END/\n", LTN_OK},
        {"/CONTROL/\n0 2102001000 NOX 0 80 100 100 0 0 Y R\n/END/\n", LTN_EUNSUPPORTED},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        plan p = {inventory_of(csv), NULL, NULL};
        ltn_packet_options o;
        ltn_table *t = NULL;
        ltn_packet_options_init(&o);
        o.base_year = 2015;
        o.year = 2020;
        assert_ok(ltn_scenario_read_packets(write_file("packets.txt", cases[i].text), &o, NULL, &p.scenario));
        assert_ok(ltn_projection_run(p.base, p.scenario, NULL, &p.run));
        assert_status(ltn_ensemble_exact(p.run, NULL, &t), cases[i].status);
        if (cases[i].status) assert_contains(ltn_last_error()->message, "controls emissions that are uncertain");
        ltn_table_free(t);
        plan_free(&p);
    }
}

static void bad_groupings_are_refused(void **state)
{
    (void)state;
    plan p = plan_of(shared_csv, HEAD "measures: [{id: g, grow: {rate: 0 %}}]\n");
    ltn_grouping g;
    ltn_table *t = (ltn_table *)&g;
    ltn_grouping_init(&g, LTN_BY_MEASURE);
    assert_status(ltn_ensemble_exact(p.run, &g, &t), LTN_EARGUMENT);
    assert_null(t);
    ltn_grouping_init(&g, LTN_BY_POLLUTANT);
    g.attribute = "nothing";
    assert_status(ltn_ensemble_exact(p.run, &g, &t), LTN_ENOTFOUND);
    plan_free(&p);
}

/* ---- Wenzhou ---- */

static const char *example(const char *name)
{
    static char path[1024];
    const char *source = getenv("LANTIAN_SOURCE");
    snprintf(path, sizeof path, "%s/examples/wenzhou/%s", source ? source : "..", name);
    return path;
}

static plan wenzhou(const char *scenario, int last_year)
{
    plan p = {0};
    ltn_projection_options o;
    ltn_inventory_options with;
    ltn_projection_options_init(&o);
    ltn_inventory_options_init(&with);
    ltn_tree *regions = NULL;
    assert_ok(ltn_regions_read_csv(example("regions.csv"), NULL, &regions));
    with.regions = regions;
    assert_ok(ltn_inventory_read_csv(example("baseline-2015.csv"), &with, &p.base));
    assert_ok(ltn_scenario_read_yaml(example(scenario), &p.scenario));
    o.last_year = last_year;
    assert_ok(ltn_projection_run(p.base, p.scenario, &o, &p.run));
    ltn_tree_free(regions);
    return p;
}

static void wenzhou_is_as_it_is_drawn(void **state)
{
    (void)state;
    static const char *const scenarios[] = {"growth-only.yaml", "blue-sky-2020.yaml"};
    static const int last_years[] = {2020, 2015}; /* growth, and the plan's base year */
    for (size_t i = 0; i < COUNT(scenarios); i++) {
        plan p = wenzhou(scenarios[i], last_years[i]);
        ltn_grouping g;
        ltn_grouping_init(&g, LTN_BY_REGION | LTN_BY_POLLUTANT);
        assert_true(ltn_projection_inputs(p.run) > 100);
        assert_like_draws(&p, &g, is_slow() ? 50 : 2000);
        g.region_depth = 0;
        assert_like_draws(&p, &g, is_slow() ? 50 : 2000);
        plan_free(&p);
    }
}

/* The plan caps coal, and replaces by numbers of its own: it says so. */
static void the_plan_itself_is_refused(void **state)
{
    (void)state;
    plan p = wenzhou("blue-sky-2020.yaml", 0);
    ltn_table *t = NULL;
    assert_status(ltn_ensemble_exact(p.run, NULL, &t), LTN_EUNSUPPORTED);
    assert_contains(ltn_last_error()->source, "blue-sky-2020.yaml");
    assert_true(ltn_last_error()->line > 1);
    plan_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_is_a_product),
        cmocka_unit_test(rows_share_factors),
        cmocka_unit_test(what_is_made_of_a_source_moves_with_it),
        cmocka_unit_test(new_sources_have_their_own_factor),
        cmocka_unit_test(bounds_move_the_mean),
        cmocka_unit_test(constants_keep_the_form),
        cmocka_unit_test(measures_break_the_form),
        cmocka_unit_test(broken_activity_is_handed_down),
        cmocka_unit_test(uncertain_removals_and_correlations),
        cmocka_unit_test(packets_that_control_break_the_form),
        cmocka_unit_test(bad_groupings_are_refused),
        cmocka_unit_test(wenzhou_is_as_it_is_drawn),
        cmocka_unit_test(the_plan_itself_is_refused),
    };
    obey_test_filter();
    return cmocka_run_group_tests_name("exact", tests, NULL, remove_temporary_folder);
}
