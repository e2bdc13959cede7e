/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What each measure of a projection did: against hand arithmetic, against all orders of projections with measures left
 * out of the file, and on the Wenzhou case. */
#include "plan.h"

static const char head[] = "scenario: Attribution\nbase_year: 2015\nyears: [2015, 2017]\nmeasures:\n";

/* 100 t in one place. */
static const char one_source[] = "# base_year: 2015\nsource,region,sector,pollutant,fuel,activity,activity_unit,"
                                 "emission_t\nA,1,boiler,NOx,coal,10,t,100\n";

/* And half of that in another. */
static const char two_sources[] = "# base_year: 2015\nsource,region,sector,pollutant,fuel,activity,activity_unit,"
                                  "emission_t\nA,1,boiler,NOx,coal,10,t,100\nB,2,kiln,NOx,coal,5,t,50\n";

typedef struct asked {
    ltn_attribution_options options;
    ltn_grouping grouping;
    ltn_attribution_summary summary;
    ltn_table *table;
} asked;

static void ask(const ltn_projection *run, int method, unsigned by, asked *a)
{
    ltn_attribution_options_init(&a->options);
    ltn_grouping_init(&a->grouping, by);
    a->options.method = method;
    a->options.grouping = &a->grouping;
    assert_ok(ltn_projection_attribute(run, &a->options, &a->table, &a->summary));
}

/* The part of a player, by its name in a column, and of a group, by its name in another; 0 where there is none. */
static double part(const ltn_table *table, const char *player_column, const char *player, const char *group_column,
                   const char *group)
{
    double sum = 0;
    for (size_t row = 0; row < ltn_table_rows(table); row++)
        if (strcmp(text_at(table, row, player_column), player) == 0 &&
            (!group || strcmp(text_at(table, row, group_column), group) == 0))
            sum += number_at(table, row, "delta_t");
    return sum;
}

static double part_of(const ltn_table *table, const char *measure)
{
    return part(table, "measure", measure, NULL, NULL);
}

static double part_at(const ltn_table *table, const char *measure, const char *source)
{
    return part(table, "measure", measure, "source", source);
}

static plan plan_with(const char *csv, const char *measures)
{
    text_buffer yaml = {0};
    text_add_bytes(&yaml, head, strlen(head));
    text_add_bytes(&yaml, measures, strlen(measures));
    plan p = plan_of(csv, yaml.data);
    free(yaml.data);
    return p;
}

/* ---- hand arithmetic ---- */

#define CONTROL(id, removal) "  - {id: " id ", control: {NOx: {efficiency: " removal "}}}\n"

/* METHODS: 0.5, 0.4 and 0.2 of 100 t. In order 50, 20, 6 and reversed 24, 32, 20; Shapley 109/3, 82/3, 37/3; LMDI-I
 * L(24, 100)·ln 0.5 and so on. */
static void three_measures(void **state)
{
    (void)state;
    static const char *const files[2] = {CONTROL("a", "0.5") CONTROL("b", "0.4") CONTROL("c", "0.2"),
                                         CONTROL("c", "0.2") CONTROL("b", "0.4") CONTROL("a", "0.5")};
    static const double in_order[2][3] = {{50, 20, 6}, {24, 32, 20}};
    static const double shapley[3] = {109 / 3.0, 82 / 3.0, 37 / 3.0};
    static const double lmdi[3] = {36.9130278091, 27.2036314718, 11.8833407191};
    static const char *const ids[3] = {"a", "b", "c"};
    for (int f = 0; f < 2; f++) {
        plan p = plan_with(one_source, files[f]);
        for (int method = 0; method < 3; method++) {
            asked a;
            ask(p.run, method, LTN_BY_MEASURE, &a);
            assert_int_equal(ltn_table_rows(a.table), 3);
            for (int k = 0; k < 3; k++) {
                const double *expected = method == 0 ? in_order[f] : method == 1 ? shapley : lmdi;
                assert_close(part_of(a.table, ids[k]), -expected[k], method == 2 ? 1e-11 : 1e-14, 0);
                assert_same_bits(number_at(a.table, (size_t)k, "error_t"), 0);
            }
            assert_int_equal(a.summary.exact, 1);
            assert_int_equal(a.summary.games, method == 1);
            assert_int_equal(a.summary.coalitions, method == 1 ? 8 : 0);
            ltn_table_free(a.table);
        }
        plan_free(&p);
    }
}

/* Two that do the same get the same; those that choose nothing, come later, or grow by nothing are in no game. */
static void twins_and_dummies(void **state)
{
    (void)state;
    plan p = plan_with(
        two_sources,
        "  - {id: flat, grow: {index: {2015: 1, 2017: 1}}}\n"
        "  - {id: late, control: {NOx: {efficiency: 0.9}}, phase: {2017: 0, 2018: 1}}\n"
        "  - {id: later, add: {source: N, region: 1, sector: boiler, from: 2018, emissions: {NOx: 1 t/yr}}}\n" CONTROL(
            "one", "0.37") "  - {id: nobody, where: {sector: steel}, retire: {share: 50 %}}\n" CONTROL("two", "0.37"));
    asked a;
    ask(p.run, LTN_ATTRIBUTION_SHAPLEY, LTN_BY_MEASURE | LTN_BY_SOURCE, &a);
    assert_int_equal(ltn_table_rows(a.table), 4);
    assert_int_equal(a.summary.most_players, 2);
    assert_same_bits(part_at(a.table, "one", "A"), part_at(a.table, "two", "A"));
    /* 100·(1 − 0.63²)/2 */
    assert_close(part_at(a.table, "one", "A"), -30.155, 1e-14, 0);
    assert_close(part_at(a.table, "two", "B"), -15.0775, 1e-14, 0);
    ltn_table_free(a.table);
    plan_free(&p);
}

/* Retiring 40 % brings 100 t to 60, under a cap of 80 % that alone would bring it to 80. The ledger has nothing for the
 * cap. Shapley: (−40 − 20)/2 for the one, (−20 + 0)/2 for the other. */
static void cap_that_does_not_bind(void **state)
{
    (void)state;
    plan p = plan_with(one_source, "  - {id: shut, retire: {share: 40 %}}\n"
                                   "  - {id: cap, cap: {activity: 80 %, of: base}}\n");
    asked a;
    ask(p.run, LTN_ATTRIBUTION_IN_ORDER, LTN_BY_MEASURE, &a);
    assert_int_equal(ltn_table_rows(a.table), 1);
    assert_close(part_of(a.table, "shut"), -40, 1e-14, 0);
    ltn_table_free(a.table);
    ask(p.run, LTN_ATTRIBUTION_SHAPLEY, LTN_BY_MEASURE, &a);
    assert_close(part_of(a.table, "shut"), -30, 1e-14, 0);
    assert_close(part_of(a.table, "cap"), -10, 1e-14, 0);
    ltn_table_free(a.table);
    plan_free(&p);
}

/* A grows from 10 t of coal to 12, B stays at 5; together they are cut to 90 % of 15. In force together each keeps
 * 13.5/17. The growth is of A only, and takes from B what the cap cuts there. */
static void cap_that_binds(void **state)
{
    (void)state;
    plan p = plan_with(two_sources, "  - {id: grow, where: {id: A}, grow: {index: {2015: 1, 2017: 1.2}}}\n"
                                    "  - {id: cap, cap: {activity: 90 %, of: base}}\n");
    double both_a = 120 * 13.5 / 17, both_b = 50 * 13.5 / 17;
    asked a;
    ask(p.run, LTN_ATTRIBUTION_SHAPLEY, LTN_BY_MEASURE | LTN_BY_SOURCE, &a);
    assert_close(part_at(a.table, "grow", "A"), (20 + both_a - 90) / 2, 1e-13, 0);
    assert_close(part_at(a.table, "cap", "A"), (-10 + both_a - 120) / 2, 1e-13, 0);
    assert_close(part_at(a.table, "grow", "B"), (0 + both_b - 45) / 2, 1e-13, 0);
    assert_close(part_at(a.table, "cap", "B"), (-5 + both_b - 50) / 2, 1e-13, 0);
    assert_int_equal(a.summary.games, 1);
    ltn_table_free(a.table);
    ask(p.run, LTN_ATTRIBUTION_SHAPLEY, LTN_BY_MEASURE, &a);
    /* (20 + 0)/2 and (−15 − 35)/2 */
    assert_close(part_of(a.table, "grow"), 10, 1e-13, 0);
    assert_close(part_of(a.table, "cap"), -25, 1e-13, 0);
    ltn_table_free(a.table);
    plan_free(&p);
}

/* A limit of 120 t over both: what a control takes off A (50 t) spares B its share of the cut (10 t). */
static void limit_over_a_group(void **state)
{
    (void)state;
    plan p = plan_with(two_sources, "  - {id: scr, where: {id: A}, control: {NOx: {efficiency: 0.5}}}\n"
                                    "  - {id: both, limit: {over: group, NOx: 120 t/yr}}\n");
    asked a;
    ask(p.run, LTN_ATTRIBUTION_SHAPLEY, LTN_BY_MEASURE | LTN_BY_REGION, &a);
    assert_close(part(a.table, "measure", "scr", "region", "1"), (-50 - 30) / 2.0, 1e-13, 0);
    assert_close(part(a.table, "measure", "both", "region", "1"), (-20 + 0) / 2.0, 1e-13, 0);
    assert_close(part(a.table, "measure", "scr", "region", "2"), (0 + 10) / 2.0, 1e-13, 0);
    assert_close(part(a.table, "measure", "both", "region", "2"), (-10 + 0) / 2.0, 1e-13, 0);
    ltn_table_free(a.table);
    plan_free(&p);
}

/* 0.5 and 0.4 are task 7's and leave 30 %; 0.2 and 0.1 have no task and leave 72 %: 100, 30, 72 and 21.6 t. */
static void merged_players(void **state)
{
    (void)state;
    plan p = plan_with(
        one_source,
        "  - {id: a, task: 7, bureau: [X, Y], control: {NOx: {efficiency: 0.5}}}\n" CONTROL(
            "b", "0.2") "  - {id: c, task: 7, bureau: [X], control: {NOx: {efficiency: 0.4}}}\n" CONTROL("d", "0.1"));
    asked a;
    ask(p.run, LTN_ATTRIBUTION_SHAPLEY, LTN_BY_TASK, &a);
    assert_int_equal(ltn_table_rows(a.table), 2);
    assert_close(number_at(a.table, 0, "task"), 7, 0, 0);
    assert_close(number_at(a.table, 0, "delta_t"), (-70 - 50.4) / 2, 1e-14, 0);
    assert_true(isnan(number_at(a.table, 1, "task")));
    assert_close(number_at(a.table, 1, "delta_t"), (-28 - 8.4) / 2, 1e-14, 0);
    assert_int_equal(a.summary.most_players, 2);
    ltn_table_free(a.table);
    ask(p.run, LTN_ATTRIBUTION_SHAPLEY, LTN_BY_BUREAU, &a);
    assert_close(part(a.table, "bureau", "X", NULL, NULL), (-70 - 50.4) / 2, 1e-14, 0);
    ltn_table_free(a.table);
    ask(p.run, LTN_ATTRIBUTION_SHAPLEY, LTN_BY_CLASS, &a);
    assert_close(part(a.table, "class", "engineering", NULL, NULL), -78.4, 1e-14, 0);
    ltn_table_free(a.table);
    /* L(21.6, 100)·ln 0.3: merged players have what their measures have */
    ask(p.run, LTN_ATTRIBUTION_LMDI, LTN_BY_TASK, &a);
    assert_close(number_at(a.table, 0, "delta_t"), 78.4 / log(100 / 21.6) * log(0.3), 1e-13, 0);
    ltn_table_free(a.table);
    plan_free(&p);
}

/* ---- LMDI-I and zeros ---- */

/* B, 50 t of 5 t of coal, is shut and replaced: the row goes to 0 and a row of gas appears, of which a burner takes half.
 * 5 t·20 MJ/kg·0.5/(40 MJ/m3·1) = 1250 m3 at 8 g/m3 are 0.01 t, and 0.005 after the burner. What is shut and what is made
 * is due to who did so, net; growth, and the burner on what was made, have nothing there. */
static void lmdi_of_what_comes_and_goes(void **state)
{
    (void)state;
    plan p = plan_with(
        two_sources,
        "  - {id: grow, grow: {index: {2015: 1, 2017: 1.5}}}\n"
        "  - {id: gas, where: {id: B}, retire: {share: 100 %, replace: {fuel: gas, sector: boiler.gas, ncv_old: 20 "
        "MJ/kg, efficiency_old: 0.5, ncv_new: 40 MJ/m3, efficiency_new: 1, factors: {NOx: 8 g/m3}}}}\n"
        "  - {id: burner, where: {fuel: gas}, control: {NOx: {efficiency: 0.5}}}\n"
        "  - {id: new, add: {source: N, region: 2, sector: boiler.gas, from: 2017, emissions: {NOx: 4 t/yr}}}\n"
        "  - {id: scr, where: {id: N}, control: {NOx: {efficiency: 0.25}}}\n");
    asked a;
    ask(p.run, LTN_ATTRIBUTION_LMDI, LTN_BY_MEASURE | LTN_BY_SOURCE, &a);
    assert_close(part_at(a.table, "grow", "A"), 50, 1e-13, 0);
    assert_close(part_at(a.table, "gas", "B"), -50, 0, 0);
    assert_close(part_at(a.table, "gas", "B~gas"), 1.5 * 1250 * 8e-6 / 2, 1e-13, 0);
    assert_close(part_at(a.table, "new", "N"), 3, 1e-13, 0);
    assert_int_equal(ltn_table_rows(a.table), 4);
    ltn_table_free(a.table);
    plan_free(&p);
}

/* MACT takes all of 1000 t; a CONTROL that replaces what is there leaves 500 in its place. LMDI-I: the second undid the
 * first, and has the whole factor of 0.5. Shapley: 1000, 0, 500 and 500 t, so (−1000 + 0)/2 and (−500 + 500)/2. */
static void what_is_taken_back(void **state)
{
    (void)state;
    ltn_packet_options options;
    ltn_packet_options_init(&options);
    options.base_year = 2005;
    options.year = 2020;
    plan p = {inventory_of("source,region,sector,pollutant,emission_t,removal,mact,source_type\n"
                           "37001|2102004001,37001,2102004001,NOX,1000,0.4,0105,01\n"),
              NULL, NULL};
    const char *packets = "/MACT/\n0105 0 0 Y NOX 100 100 0\n/END/\n/CONTROL/\n0 0 NOX 0 70 100 100 0 0 Y R\n/END/\n";
    assert_ok(ltn_scenario_read_packets(write_file("packets.txt", packets), &options, NULL, &p.scenario));
    assert_ok(ltn_projection_run(p.base, p.scenario, NULL, &p.run));
    for (int method = LTN_ATTRIBUTION_SHAPLEY; method <= LTN_ATTRIBUTION_LMDI; method++) {
        asked a;
        size_t acts = method == LTN_ATTRIBUTION_LMDI;
        ask(p.run, method, LTN_BY_MEASURE, &a);
        assert_close(part_of(a.table, ltn_scenario_measure_id(p.scenario, acts)), -500, 1e-13, 0);
        assert_close(part_of(a.table, ltn_scenario_measure_id(p.scenario, !acts)), 0, 0, 1e-10);
        ltn_table_free(a.table);
    }
    plan_free(&p);
}

/* ---- against all orders ---- */

static const char three_sources[] =
    "# base_year: 2015\nsource,region,sector,pollutant,fuel,activity,activity_unit,factor,factor_unit,removal\n"
    "A,1,boiler,NOx,coal,2385,t,3.1,kg/t,0\nA,,,SO2,,,,7.3,kg/t,40 %\nB,2,boiler,NOx,coal,975,t,2.9,kg/t,0\n"
    "B,,,SO2,,,,6.1,kg/t,20 %\nC,1,kiln,SO2,coal,612,t,9.7,kg/t,0\n";

enum { FIVE = 5 };

/* They act on each other: growth and shutting on a cap's sum, a removal in force on a control, all on a shared ceiling. */
static const char *const five[FIVE] = {
    "  - {id: grow, where: {sector: boiler}, grow: {index: {2015: 1, 2017: 1.37}}}\n",
    "  - {id: gas, where: {id: B}, retire: {share: 60 %, replace: {fuel: gas, sector: boiler.gas, ncv_old: 20.9 MJ/kg, "
    "efficiency_old: 0.65, ncv_new: 38.9 MJ/m3, efficiency_new: 0.92, factors: {NOx: 1.6 g/m3, SO2: 0.2 g/m3}}}}\n",
    "  - {id: scrub, where: {sector: [boiler, kiln]}, control: {SO2: {capture: 95 %, efficiency: 0.8, penetration: 70 "
    "%}, "
    "mode: replace}}\n",
    "  - {id: cap, where: {fuel: coal}, cap: {activity: 93 %, of: base, cut_first: [{sector: kiln}]}}\n",
    "  - {id: ceiling, where: {sector: boiler}, limit: {over: group, SO2: 6 t/yr, NOx: 8.5 t/yr}}\n"};

static const char *const sources_of_five[] = {"A", "B", "C", "B~gas"};

/* v of each coalition, a projection of a file with those measures only: of each source, SO2 and NOx together. */
static void value_all(double v[COUNT(sources_of_five)][1 << FIVE])
{
    for (unsigned set = 0; set < 1 << FIVE; set++) {
        text_buffer measures = {0};
        text_add(&measures, "%s", set ? "" : "  []\n");
        for (int m = 0; m < FIVE; m++)
            if (set >> m & 1) text_add(&measures, "%s", five[m]);
        plan p = plan_with(three_sources, measures.data);
        for (size_t s = 0; s < COUNT(sources_of_five); s++) {
            double so2 = emission(p.run, 2017, sources_of_five[s], "SO2"),
                   nox = emission(p.run, 2017, sources_of_five[s], "NOx");
            v[s][set] = (isnan(so2) ? 0 : so2) + (isnan(nox) ? 0 : nox);
        }
        plan_free(&p);
        free(measures.data);
    }
}

/* Walks all orders and adds what each measure adds to those before it. */
static size_t walk(const double *v, unsigned set, double *parts)
{
    static const size_t orders_of_rest[FIVE + 1] = {120, 24, 6, 2, 1, 1};
    size_t orders = 0, size = (size_t)__builtin_popcount(set);
    if (size == FIVE) return 1;
    for (int m = 0; m < FIVE; m++) {
        if (set >> m & 1) continue;
        parts[m] += (v[set | 1u << m] - v[set]) * (double)orders_of_rest[size + 1];
        orders += walk(v, set | 1u << m, parts);
    }
    return orders;
}

static void five_measures_against_all_orders(void **state)
{
    (void)state;
    static double v[COUNT(sources_of_five)][1 << FIVE];
    static const char *const ids[FIVE] = {"grow", "gas", "scrub", "cap", "ceiling"};
    text_buffer measures = {0};
    for (int m = 0; m < FIVE; m++) text_add(&measures, "%s", five[m]);
    value_all(v);
    plan p = plan_with(three_sources, measures.data);
    asked a;
    ask(p.run, LTN_ATTRIBUTION_SHAPLEY, LTN_BY_MEASURE | LTN_BY_SOURCE, &a);
    for (size_t s = 0; s < COUNT(sources_of_five); s++) {
        double parts[FIVE] = {0};
        assert_int_equal(walk(v[s], 0, parts), 120);
        for (int m = 0; m < FIVE; m++)
            assert_close(part_at(a.table, ids[m], sources_of_five[s]), parts[m] / 120, 1e-11, 1e-12);
    }
    ltn_table_free(a.table);
    plan_free(&p);
    free(measures.data);
}

/* ---- orders that are drawn ---- */

/* Ten controls on A, of which one is on B too. */
static plan many_controls(void)
{
    text_buffer measures = {0};
    for (int k = 0; k < 10; k++)
        text_add(&measures, "  - {id: m%d, %scontrol: {NOx: {efficiency: %.2f}}}\n", k, k ? "where: {id: A}, " : "",
                 0.05 + 0.04 * k);
    plan p = plan_with(two_sources, measures.data);
    free(measures.data);
    return p;
}

static void drawn_orders_are_near(void **state)
{
    (void)state;
    plan p = many_controls();
    asked exact, drawn;
    ask(p.run, LTN_ATTRIBUTION_SHAPLEY, LTN_BY_MEASURE | LTN_BY_SOURCE, &exact);
    assert_int_equal(exact.summary.coalitions, 1024 + 2);
    ask(p.run, LTN_ATTRIBUTION_IN_ORDER, LTN_BY_MEASURE | LTN_BY_SOURCE, &drawn);
    ltn_table_free(drawn.table);
    drawn.options.method = LTN_ATTRIBUTION_SHAPLEY;
    drawn.options.budget = 1000; /* 55 pairs of 18 coalitions, and both ends */
    assert_ok(ltn_projection_attribute(p.run, &drawn.options, &drawn.table, &drawn.summary));
    assert_int_equal(drawn.summary.exact, 0);
    assert_int_equal(drawn.summary.games, 2);
    assert_int_equal(drawn.summary.sampled, 1);
    assert_int_equal(drawn.summary.coalitions, 2 + 55 * 18 + 2);
    double sum = 0;
    for (size_t row = 0; row < ltn_table_rows(drawn.table); row++) {
        const char *measure = text_at(drawn.table, row, "measure"), *source = text_at(drawn.table, row, "source");
        double error = number_at(drawn.table, row, "error_t"),
               off = part_at(drawn.table, measure, source) - part_at(exact.table, measure, source);
        assert_true(strcmp(source, "B") == 0 ? error == 0 && off == 0 : error > 0 && fabs(off) <= 4 * error);
        sum += number_at(drawn.table, row, "delta_t");
    }
    assert_close(sum, emission(p.run, 2017, "A", "NOx") + emission(p.run, 2017, "B", "NOx") - 150, 1e-13, 0);
    ltn_table_free(exact.table);
    ltn_table_free(drawn.table);
    plan_free(&p);
}

/* The same orders whatever the groups: by source or together. Another seed draws others. */
static void draws_are_of_the_seed(void **state)
{
    (void)state;
    plan p = many_controls();
    asked a[3];
    for (int i = 0; i < 3; i++) {
        ask(p.run, LTN_ATTRIBUTION_SHAPLEY, i == 1 ? LTN_BY_MEASURE : LTN_BY_MEASURE | LTN_BY_SOURCE, &a[i]);
        ltn_table_free(a[i].table);
        a[i].options.budget = 200;
        a[i].options.seed = i == 2 ? 2 : 1;
        assert_ok(ltn_projection_attribute(p.run, &a[i].options, &a[i].table, NULL));
    }
    assert_close(part_of(a[1].table, "m0"), part_of(a[0].table, "m0"), 1e-13, 0);
    assert_close(part_of(a[1].table, "m9"), part_of(a[0].table, "m9"), 1e-13, 0);
    assert_true(part_of(a[2].table, "m9") != part_of(a[0].table, "m9"));
    for (int i = 0; i < 3; i++) ltn_table_free(a[i].table);
    plan_free(&p);
}

/* ---- threads, progress ---- */

static void same_bits_for_all_threads(void **state)
{
    (void)state;
    plan p = many_controls();
    static const uint64_t budgets[] = {1024, 200}; /* exact and drawn */
    for (size_t b = 0; b < COUNT(budgets); b++) {
        asked a;
        ltn_table *other = NULL;
        ask(p.run, LTN_ATTRIBUTION_SHAPLEY, LTN_BY_MEASURE | LTN_BY_SOURCE, &a);
        ltn_table_free(a.table);
        a.options.budget = budgets[b];
        a.options.threads = 1;
        assert_ok(ltn_projection_attribute(p.run, &a.options, &a.table, NULL));
        for (int threads = 2; threads <= 8; threads += 6) {
            a.options.threads = threads;
            assert_ok(ltn_projection_attribute(p.run, &a.options, &other, NULL));
            assert_same_tables(a.table, other);
            ltn_table_free(other);
        }
        ltn_table_free(a.table);
    }
    plan_free(&p);
}

typedef struct watch {
    int calls, stop; /* cancels at this call; 0: never */
    double last;
} watch;

static int look(void *data, double done)
{
    watch *w = data;
    assert_true(done > w->last && done <= 1);
    w->last = done;
    return ++w->calls == w->stop;
}

static void progress_and_cancel(void **state)
{
    (void)state;
    plan p = many_controls();
    for (int method = 0; method < 3; method++) {
        watch w = {0};
        asked a;
        ltn_table *table = (ltn_table *)&w;
        ask(p.run, method, LTN_BY_MEASURE, &a);
        ltn_table_free(a.table);
        a.options.progress = look;
        a.options.progress_data = &w;
        assert_ok(ltn_projection_attribute(p.run, &a.options, &table, NULL));
        ltn_table_free(table);
        assert_close(w.last, 1, 1e-15, 0);
        for (int stop = w.calls; stop > 0; stop--) {
            w = (watch){.stop = stop};
            table = (ltn_table *)&w;
            assert_status(ltn_projection_attribute(p.run, &a.options, &table, &a.summary), LTN_ECANCELLED);
            assert_null(table);
            assert_int_equal(a.summary.exact, 0);
        }
    }
    plan_free(&p);
}

/* ---- arguments ---- */

static void check_refusal(const plan *p, const ltn_attribution_options *options, ltn_status status, const char *words)
{
    ltn_table *table = (ltn_table *)&status;
    ltn_attribution_summary summary;
    assert_status(ltn_projection_attribute(p->run, options, &table, &summary), status);
    assert_null(table);
    assert_contains(ltn_last_error()->message, words);
}

static void bad_arguments(void **state)
{
    (void)state;
    plan p = many_controls();
    ltn_attribution_options good, bad;
    ltn_grouping grouping;
    ltn_attribution_options_init(&good);
    ltn_grouping_init(&grouping, LTN_BY_MEASURE);
    good.grouping = &grouping;
    bad = good;
    bad.method = 3;
    check_refusal(&p, &bad, LTN_EARGUMENT, "method 3 is not known");
    bad = good;
    bad.method = -1;
    check_refusal(&p, &bad, LTN_EARGUMENT, "method -1 is not known");
    bad = good;
    bad.year = 2014;
    check_refusal(&p, &bad, LTN_ENOTFOUND, "2014 is not among");
    bad = good;
    bad.budget = 37; /* both ends and two pairs of 18 are 38 */
    check_refusal(&p, &bad, LTN_EARGUMENT, "budget of 37 coalitions is too small for 10 players");
    bad = good;
    bad.budget = 0;
    check_refusal(&p, &bad, LTN_EARGUMENT, "budget is 0");
    grouping.by = LTN_BY_REGION;
    check_refusal(&p, &good, LTN_EARGUMENT, "does not say among whom");
    grouping.by = LTN_BY_MEASURE | LTN_BY_YEAR;
    check_refusal(&p, &good, LTN_EARGUMENT, "expected one year");
    grouping.by = LTN_BY_MEASURE;
    grouping.scope = "nowhere";
    check_refusal(&p, &good, LTN_ENOTFOUND, "nowhere");
    grouping.scope = NULL;
    grouping.attribute = "nothing";
    check_refusal(&p, &good, LTN_ENOTFOUND, "nothing");
    plan_free(&p);
}

static void too_many_players(void **state)
{
    (void)state;
    text_buffer measures = {0};
    for (int k = 0; k < 65; k++) text_add(&measures, "  - {id: m%d, control: {NOx: {efficiency: 0.01}}}\n", k);
    plan p = plan_with(one_source, measures.data);
    ltn_attribution_options options;
    ltn_grouping grouping;
    ltn_attribution_options_init(&options);
    check_refusal(&p, &options, LTN_ELIMIT, "hangs on 65 measures");
    ltn_grouping_init(&grouping, LTN_BY_CLASS);
    options.grouping = &grouping;
    ltn_table *table = NULL;
    assert_ok(ltn_projection_attribute(p.run, &options, &table, NULL));
    /* 100·(1 − 0.99^65) */
    assert_close(number_at(table, 0, "delta_t"), 100 * (pow(0.99, 65) - 1), 1e-13, 0);
    ltn_table_free(table);
    plan_free(&p);
    free(measures.data);
}

/* No measure, or the base year: nothing to divide. An earlier year is divided as it is. */
static void years(void **state)
{
    (void)state;
    plan none = plan_with(one_source, "  []\n"),
         some = plan_with(one_source,
                          "  - {id: a, control: {NOx: {efficiency: 0.5}}, phase: {2015: 0, 2016: 0.4, 2017: 1}}\n");
    for (int method = 0; method < 3; method++) {
        asked a;
        ask(none.run, method, LTN_BY_MEASURE, &a);
        assert_int_equal(ltn_table_rows(a.table), 0);
        assert_int_equal(a.summary.exact, 1);
        ltn_table_free(a.table);
        ask(some.run, method, LTN_BY_MEASURE, &a);
        ltn_table_free(a.table);
        a.options.year = 2016;
        assert_ok(ltn_projection_attribute(some.run, &a.options, &a.table, NULL));
        assert_close(part_of(a.table, "a"), -20, 1e-14, 0);
        ltn_table_free(a.table);
        a.options.year = 2015;
        assert_ok(ltn_projection_attribute(some.run, &a.options, &a.table, NULL));
        assert_int_equal(ltn_table_rows(a.table), 0);
        ltn_table_free(a.table);
    }
    plan_free(&none);
    plan_free(&some);
}

/* ---- Wenzhou ---- */

static const char *example(const char *name)
{
    static char paths[4][512];
    static int next;
    const char *source = getenv("LANTIAN_SOURCE");
    char *path = paths[next++ % 4];
    snprintf(path, sizeof *paths, "%s/examples/wenzhou/%s", source ? source : ".", name);
    return path;
}

static plan wenzhou(void)
{
    plan p = {0};
    ltn_tree *regions = NULL;
    ltn_inventory_options options;
    ltn_inventory_options_init(&options);
    assert_ok(ltn_regions_read_csv(example("regions.csv"), NULL, &regions));
    options.regions = regions;
    assert_ok(ltn_inventory_read_csv(example("baseline-2015.csv"), &options, &p.base));
    ltn_tree_free(regions);
    assert_ok(ltn_scenario_read_yaml(example("blue-sky-2020.yaml"), &p.scenario));
    assert_ok(ltn_projection_run(p.base, p.scenario, NULL, &p.run));
    return p;
}

/* The emissions of a county and pollutant; 0 where there are none. */
static double county_sum(const ltn_table *sums, const char *region, const char *pollutant)
{
    for (size_t row = 0; row < ltn_table_rows(sums); row++)
        if (strcmp(text_at(sums, row, "region"), region) == 0 &&
            strcmp(text_at(sums, row, "pollutant"), pollutant) == 0)
            return number_at(sums, row, "emission_t");
    return 0;
}

/* Of each county and pollutant, the parts of all players add up to the change, within 1e-12 of the gross. */
static void check_counties(const ltn_table *base, const ltn_table *year, const ltn_table *parts)
{
    for (size_t row = 0; row < ltn_table_rows(year); row++) {
        const char *region = text_at(year, row, "region"), *pollutant = text_at(year, row, "pollutant");
        double before = county_sum(base, region, pollutant), after = number_at(year, row, "emission_t");
        double sum = 0, gross = before + after;
        for (size_t i = 0; i < ltn_table_rows(parts); i++)
            if (strcmp(text_at(parts, i, "region"), region) == 0 &&
                strcmp(text_at(parts, i, "pollutant"), pollutant) == 0) {
                sum += number_at(parts, i, "delta_t");
                gross += fabs(number_at(parts, i, "delta_t"));
            }
        assert_close(sum, after - before, 0, 1e-12 * gross);
    }
}

static void wenzhou_adds_up(void **state)
{
    (void)state;
    static const unsigned players[] = {LTN_BY_MEASURE, LTN_BY_TASK, LTN_BY_BUREAU, LTN_BY_CLASS};
    plan p = wenzhou();
    ltn_grouping counties;
    ltn_table *base = NULL, *year = NULL;
    ltn_grouping_init(&counties, LTN_BY_REGION | LTN_BY_POLLUTANT);
    counties.region_depth = 1;
    assert_ok(ltn_inventory_summarise(p.base, &counties, &base));
    assert_ok(ltn_projection_summarise_at(p.run, &counties, &year));
    for (size_t i = 0; i < COUNT(players); i++)
        for (int method = 0; method < 3; method++) {
            asked a;
            if (is_slow() && players[i] == LTN_BY_MEASURE && method == LTN_ATTRIBUTION_SHAPLEY) continue;
            ltn_attribution_options_init(&a.options);
            a.grouping = counties;
            a.grouping.by |= players[i];
            a.options.grouping = &a.grouping;
            a.options.method = method;
            assert_ok(ltn_projection_attribute(p.run, &a.options, &a.table, &a.summary));
            assert_int_equal(a.summary.exact, 1);
            check_counties(base, year, a.table);
            ltn_table_free(a.table);
        }
    ltn_table_free(base);
    ltn_table_free(year);
    plan_free(&p);
}

/* In order, it is the ledger to the last bit. */
static void in_order_is_the_ledger(void **state)
{
    (void)state;
    plan p = wenzhou();
    asked a;
    ltn_table *ledger = NULL;
    ask(p.run, LTN_ATTRIBUTION_IN_ORDER, LTN_BY_BUREAU | LTN_BY_REGION | LTN_BY_SECTOR | LTN_BY_POLLUTANT, &a);
    assert_ok(ltn_projection_ledger(p.run, &a.grouping, &ledger));
    size_t last = column_of(ledger, "delta_t"), at = 0;
    assert_int_equal(column_of(a.table, "delta_t"), last);
    for (size_t row = 0; row < ltn_table_rows(a.table); row++, at++) {
        while (ltn_table_number(ledger, at, last) == 0) at++; /* changes that cancel */
        for (size_t c = 0; c < last; c++)
            assert_string_equal(ltn_table_text(a.table, row, c) ? ltn_table_text(a.table, row, c) : "",
                                ltn_table_text(ledger, at, c) ? ltn_table_text(ledger, at, c) : "");
        assert_same_bits(ltn_table_number(a.table, row, last), ltn_table_number(ledger, at, last));
    }
    ltn_table_free(ledger);
    ltn_table_free(a.table);
    plan_free(&p);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_measures),
        cmocka_unit_test(twins_and_dummies),
        cmocka_unit_test(cap_that_does_not_bind),
        cmocka_unit_test(cap_that_binds),
        cmocka_unit_test(limit_over_a_group),
        cmocka_unit_test(merged_players),
        cmocka_unit_test(lmdi_of_what_comes_and_goes),
        cmocka_unit_test(what_is_taken_back),
        cmocka_unit_test(five_measures_against_all_orders),
        cmocka_unit_test(drawn_orders_are_near),
        cmocka_unit_test(draws_are_of_the_seed),
        cmocka_unit_test(same_bits_for_all_threads),
        cmocka_unit_test(progress_and_cancel),
        cmocka_unit_test(bad_arguments),
        cmocka_unit_test(too_many_players),
        cmocka_unit_test(years),
        cmocka_unit_test(wenzhou_adds_up),
        cmocka_unit_test(in_order_is_the_ledger),
    };
    obey_test_filter();
    return cmocka_run_group_tests(tests, NULL, remove_temporary_folder);
}
