/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ensembles: against closed forms, cut in parts, on threads, in a sketch; what is refused, and memory that runs out.
 * That a draw is a projection is test_ensemble_draws.c's. Linked with --wrap, as test_memory.c is. */
#include "assess/ensemble.h"
#include "book.h"
#include "projection/projection.h"

#include <stdatomic.h>

/* ---- allocations that fail ---- */

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

static struct {
    atomic_long until; /* allocations before the one that fails; negative: none fails */
    atomic_long failed;
} faults = {.until = -1};

static bool fails(void)
{
    if (atomic_load(&faults.until) < 0 || atomic_fetch_sub(&faults.until, 1) != 0) return false;
    atomic_fetch_add(&faults.failed, 1);
    return true;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return fails() ? NULL : __real_realloc(old, size);
}

/* ---- helpers ---- */

#define HEAD "scenario: test\nbase_year: 2015\nyears: [2015, 2018]\nmeasures:\n"
#define IDLE "  - {id: idle, where: {sector: none}, retire: {share: 0}}\n"
#define COLUMNS                                                                                                        \
    "source,region,sector,pollutant,activity,activity_unit,factor,factor_unit,emission_t,activity_cv,factor_cv,"       \
    "factor_key\n"

/* A region of coal and solvents, with measures of every kind that couples sources, targets, and a project that owes. */
static const char town_csv[] =
    "source,region,sector,fuel,pollutant,activity,activity_unit,factor,factor_unit,removal,emission_t,activity_cv,"
    "factor_cv,factor_key\n"
    "B1,A,boiler,coal,SO2,1000,t,8,kg/t,0.3,,0.1,0.3,\nB1,A,boiler,coal,NOx,1000,t,2,kg/t,0,,0.1,0.2,k\n"
    "K1,B,kiln,coal,SO2,3000,t,3,kg/t,0.5,,0.15,,\nK1,B,kiln,coal,NOx,3000,t,1.5,kg/t,,,0.15,0.4,k\n"
    "S1,A,solvent,,VOC,,,,,,100,0.2,,\nS2,B,solvent,,VOC,,,,,,40,,0.5,\n";
static const char town_yaml[] = HEAD
    "  - {id: growth, where: {fuel: coal}, grow: {rate: {normal: {mean: 3 %, sd: 1 %}}}}\n"
    "  - {id: shut, where: {sector: solvent}, retire: {share: {triangular: [0.3, 0.4, 0.5]}}, phase: {2015: 0, "
    "2016: 1}}\n"
    "  - {id: gas, where: {sector: boiler}, switch: {share: {uniform: [0.2, 0.4]}, fuel: gas, ncv_old: 20.9 MJ/kg, "
    "efficiency_old: 0.6, ncv_new: 38.9 MJ/m3, efficiency_new: 0.9, factors: {NOx: {lognormal: {mean: 1.3 g/m3, "
    "cv: 0.4}}}, other: none}}\n"
    "  - {id: scrub, where: {fuel: coal}, control: {SO2: {efficiency: {uniform: [0.3, 0.7], per: source}}, mode: "
    "replace}}\n"
    "  - {id: cap, where: {fuel: coal}, cap: {activity: {triangular: [70 %, 80 %, 95 %]}, cut_first: [{sector: "
    "kiln}]}}\n"
    "  - {id: group, where: {fuel: coal}, limit: {over: group, NOx: {lognormal: {mean: 4 t/yr, cv: 0.2}}}}\n"
    "  - {id: new, add: {source: P, region: A, sector: works, from: 2017, emissions: {VOC: {lognormal: {mean: 10 "
    "t/yr, cv: 0.3}}}}, offset: {pollutant: VOC, rule: r}}\n"
    "offset_rules:\n  r: {ratio: 2, within: [county, city]}\n"
    "uncertainty:\n  - {where: {sector: kiln}, removal: {truncated_normal: {sd: 0.1, low: 0, high: 1}}}\n"
    "  - {where: {sector: boiler}, factor: {lognormal: {cv: 0.5}}, shared_by: [pollutant]}\n";
static const char town_targets[] =
    "region,pollutant,kind,value,unit,base_year,target_year,state,scope\n"
    "A,SO2,cut,45,%,2015,2018,value,\nW,VOC,cap,95,t/yr,2015,2018,value,\nW,NOx,cut,18,%,2015,2018,city_wide,\n";

static book_made town(void)
{
    return book_of(&(book_case){REGIONS, town_csv, town_yaml, .targets = town_targets, .threads = 1});
}

static ltn_ensemble_options options_of(size_t draws)
{
    ltn_ensemble_options o;
    ltn_ensemble_options_init(&o);
    o.draws = draws;
    return o;
}

static ltn_ensemble_options town_options(const book_made *b, size_t draws)
{
    ltn_ensemble_options o = options_of(draws);
    o.targets = b->targets;
    o.book = b->book;
    return o;
}

static ltn_ensemble *run(const ltn_projection *of, const ltn_ensemble_options *o)
{
    ltn_ensemble *e = NULL;
    assert_ok(ltn_ensemble_run(of, o, &e));
    return e;
}

static ltn_table *summary(const ltn_ensemble *e)
{
    static const double probabilities[] = {0, 0.025, 0.5, 0.975, 1};
    ltn_table *t = NULL;
    assert_ok(ltn_ensemble_summary(e, probabilities, COUNT(probabilities), &t));
    return t;
}

/* One number of a group of the default grouping. */
static double value(const ltn_ensemble *e, int year, const char *region, const char *pollutant, const char *column)
{
    ltn_table *t = summary(e);
    double found = NAN;
    for (size_t row = 0; row < ltn_table_rows(t); row++)
        if (number_at(t, row, "year") == year && strcmp(text_at(t, row, "region"), region) == 0 &&
            strcmp(text_at(t, row, "pollutant"), pollutant) == 0)
            found = number_at(t, row, column);
    ltn_table_free(t);
    return found;
}

static double phi(double z)
{
    return erfc(-z / sqrt(2)) / 2;
}

/* Within four standard errors. */
static void near(double got, double expected, double error)
{
    if (!(fabs(got - expected) <= 4 * error)) fail_msg("%.17g; expected %.17g +- 4 * %g", got, expected, error);
}

/* The same tables and draws. */
static void assert_same_ensembles(const ltn_ensemble *a, const ltn_ensemble *b)
{
    ltn_table *left = summary(a), *right = summary(b);
    assert_same_tables(left, right);
    assert_int_equal(ltn_ensemble_draw_count(a), ltn_ensemble_draw_count(b));
    for (size_t row = 0; row < ltn_table_rows(left) && ltn_ensemble_draws(a, row); row++)
        assert_memory_equal(ltn_ensemble_draws(a, row), ltn_ensemble_draws(b, row),
                            ltn_ensemble_draw_count(a) * sizeof(double));
    ltn_table_free(left), ltn_table_free(right);
    static ltn_status (*const asked[])(const ltn_ensemble *, ltn_table **) = {ltn_ensemble_targets,
                                                                              ltn_ensemble_projects};
    for (size_t i = 0; i < COUNT(asked); i++) {
        ltn_status of_a = asked[i](a, &left), of_b = asked[i](b, &right);
        assert_int_equal(of_a, of_b);
        if (!of_a) assert_same_tables(left, right);
        ltn_table_free(left), ltn_table_free(right);
    }
}

/* ---- closed forms ---- */

/* 1000 t (cv .05) at 2.5 MJ (cv .2) of which each gives .2 kg (cv .5): a product of independent factors has 1 + CV² =
 * Π(1 + CVi²) (Goodman 1960): mean 500, sd 275.340698045167 (METHODS.md). A product of lognormals is lognormal, with
 * s = Σ ln(1 + CVi²): skewness (e^s + 2)√(e^s − 1), kurtosis e^4s + 2e^3s + 3e^2s − 3, quantiles exp(μ + z√s). */
static void a_product_of_independent_factors(void **state)
{
    (void)state;
    enum { DRAWS = 20000 };
    plan p = plan_of(COLUMNS "S,A,x,CO,1000,t,,,0,0.05,,\n", HEAD
                     "  - {id: m, retire: {share: 100 %, replace: {fuel: gas, ncv_old: {lognormal: {mean: 2.5 MJ/kg, "
                     "cv: 0.2}}, efficiency_old: 1, ncv_new: 1 MJ/kg, efficiency_new: 1, factors: {CO: {lognormal: "
                     "{mean: 0.2 kg/kg, cv: 0.5}}}}}}\n");
    ltn_ensemble_options o = options_of(DRAWS);
    ltn_ensemble *e = run(p.run, &o);
    assert_int_equal(ltn_projection_inputs(p.run), 3);
    double sd = 275.340698045167, s = log(1.0025) + log(1.04) + log(1.25), root = sqrt(s);
    double kurtosis = exp(4 * s) + 2 * exp(3 * s) + 3 * exp(2 * s) - 3, n = DRAWS;
    near(value(e, 2018, "A", "CO", "mean_t"), 500, sd / sqrt(n));
    near(value(e, 2018, "A", "CO", "sd_t"), sd, sd * sqrt((kurtosis - 1) / (4 * n)));
    assert_close(value(e, 2018, "A", "CO", "emission_t"), 500, 1e-12, 0);
    assert_close(value(e, 2018, "A", "CO", "mean_error_t"), value(e, 2018, "A", "CO", "sd_t") / sqrt(n), 1e-14, 0);
    assert_close(value(e, 2018, "A", "CO", "skewness"), (exp(s) + 2) * sqrt(expm1(s)), 0.25, 0); /* of heavy tails */
    const double z[] = {0, 1.9599639845400542}, p_of[] = {0.5, 0.975};
    const char *const columns[] = {"p50_t", "p97.5_t"};
    for (int i = 0; i < 2; i++) { /* the error of a quantile: √(p(1 − p)/n) over the density, φ(z)/(x·√s) */
        double x = exp(log(500) - s / 2 + z[i] * root), density = exp(-z[i] * z[i] / 2) / sqrt(2 * M_PI) / (x * root);
        near(value(e, 2018, "A", "CO", columns[i]), x, sqrt(p_of[i] * (1 - p_of[i]) / n) / density);
    }
    ltn_ensemble_free(e);
    plan_free(&p);
}

/* Of heating values between 0 and 2 MJ/kg, 1 at the mean, 0.05 % are below a thousandth of the mean. */
static void a_divisor_stays_away_from_0(void **state)
{
    (void)state;
    ltn_inventory *base = inventory_of(COLUMNS "S,A,x,CO,1000,t,,,0,,,\n");
    ltn_scenario *scenario =
        scenario_of(HEAD "  - {id: m, retire: {share: 100 %, replace: {fuel: gas, ncv_old: 1 MJ/kg, efficiency_old: 1, "
                         "ncv_new: {uniform: [0 MJ/kg, 2 MJ/kg]}, efficiency_new: 1, factors: {CO: 0.2 kg/kg}}}}\n");
    ltn_projection *p = NULL;
    assert_status(ltn_projection_run(base, scenario, NULL, &p), LTN_EINPUT);
    assert_null(p);
    assert_non_null(strstr(ltn_last_error()->message, "thousandth of its mean with probability 0.0005;"));
    ltn_scenario_free(scenario);
    ltn_inventory_free(base);
}

static double sd_of_two(const char *keys[2])
{
    text_buffer csv = {0};
    text_add(&csv, COLUMNS "S,A,x,CO,,,,,100,,0.5,%s\nT,A,x,CO,,,,,200,,0.5,%s\n", keys[0], keys[1]);
    plan p = plan_of(csv.data, HEAD IDLE);
    ltn_ensemble_options o = options_of(20000);
    ltn_ensemble *e = run(p.run, &o);
    double sd = value(e, 2018, "A", "CO", "sd_t");
    ltn_ensemble_free(e);
    plan_free(&p);
    free(csv.data);
    return sd;
}

/* Of two, 100 and 200 t with cv .5: independent √(50² + 100²) = 111.803, with one factor .5 · 300 = 150. The error of an
 * sd is sd·√((κ − 1)/4n), κ of one lognormal 8.035 (cv .5): the sum's is not larger. */
static void shared_factors_widen(void **state)
{
    (void)state;
    double error = sqrt(7.035 / 80000);
    near(sd_of_two((const char *[]){"", ""}), 111.80339887498949, 111.8 * error);
    near(sd_of_two((const char *[]){"k", "k"}), 150, 150 * error);
}

/* Normal(.9, .2) cut to [0, 1]: mean .7981720360451024, sd .1394404753613752 (METHODS.md). */
static void a_truncated_normal(void **state)
{
    (void)state;
    plan p = plan_of(COLUMNS "S,A,x,CO,,,,,100,,,\n", HEAD "  - {id: m, retire: {share: {truncated_normal: {mean: 0.9, "
                                                           "sd: 0.2, low: 0, high: 1}}}}\n");
    ltn_ensemble_options o = options_of(10000);
    ltn_ensemble *e = run(p.run, &o);
    assert_close(value(e, 2018, "A", "CO", "emission_t"), 100 * (1 - .7981720360451024), 1e-12, 0);
    near(value(e, 2018, "A", "CO", "mean_t"), 100 * (1 - .7981720360451024), 13.94404753613752 / 100);
    near(value(e, 2018, "A", "CO", "sd_t"), 13.94404753613752, 13.944 / sqrt(10000)); /* kurtosis below 5 */
    ltn_ensemble_free(e);
    plan_free(&p);
}

/* ---- targets and projects ---- */

/* A cap of 100 t on 90 t with cv .3: P = Φ((ln(100/90) + s/2)/√s), s = ln 1.09. A cut by a certain control is met or not
 * in every draw, for the base is the draw's own: 60 % of 50 % leave 70 %. Nothing is said of a base of 0. */
static void targets_in_closed_form(void **state)
{
    (void)state;
    enum { DRAWS = 10000 };
    book_made b;
    book_inputs(&(book_case){"region,parent\nA,\n", COLUMNS "S,A,x,CO,,,,,90,,0.3,\nT,A,x,SO2,,,,,50,0.3,,\n",
                             HEAD "  - {id: m, control: {SO2: {efficiency: 50 %, penetration: 60 %}}}\n",
                             .targets = "region,pollutant,kind,value,unit,base_year,target_year,state,scope\n"
                                        "A,CO,cap,100,t/yr,2015,2018,value,\nA,SO2,cut,30,%,2015,2018,value,\n"
                                        "A,SO2,cut,31,%,2015,2018,value,\nA,CO,cut,0.001,%,2015,2018,city_wide,\n"},
                &b);
    ltn_ensemble_options o = options_of(DRAWS);
    o.targets = b.targets;
    ltn_ensemble *e = run(b.p.run, &o);
    ltn_table *t = NULL;
    assert_ok(ltn_ensemble_targets(e, &t));
    double s = log(1.09), expected = phi((log(100.0 / 90) + s / 2) / sqrt(s)), got = number_at(t, 0, "p_met");
    near(got, expected, sqrt(expected * (1 - expected) / DRAWS));
    assert_close(number_at(t, 0, "p_met_error"), sqrt(got * (1 - got) / DRAWS), 1e-12, 0);
    assert_close(number_at(t, 1, "p_met"), 1, 0, 0);
    assert_close(number_at(t, 2, "p_met"), 0, 0, 0);
    assert_close(number_at(t, 2, "p_met_error"), 0, 0, 0);
    assert_true(isnan(number_at(t, 3, "p_met")));
    for (size_t i = 0; i < 3; i++) {
        static const char *const cuts[] = {"cut_mean_pct", "cut_p2.5_pct", "cut_p97.5_pct"};
        assert_close(number_at(t, 1, cuts[i]), 30, 1e-12, 0);
        assert_close(number_at(t, 3, cuts[i]), 0, 0, 1e-12);
    }
    ltn_table_free(t);
    ltn_ensemble_free(e);
    book_free(&b);
}

/* A control of 40 % that is half in force in the base year takes 100 t to 60: the base is 100 t and not the 80 t of 2015,
 * in a draw as in the table. The fall that a project claims is of 100 t too: 40 t, of which 20 are owed. */
static void the_base_is_before_all_measures(void **state)
{
    (void)state;
    book_made b = book_of(&(book_case){
        REGIONS, COLUMNS "S,A,x,VOC,,,,,100,0.2,,\n",
        HEAD "  - {id: m, where: {sector: x}, control: {VOC: {efficiency: 40 %}}, phase: {2015: 0.5, 2016: 1}}\n"
             "  - {id: n, add: {source: P, region: A, sector: y, from: 2018, emissions: {VOC: 10 "
             "t/yr}}, offset: {pollutant: VOC, rule: r}}\noffset_rules:\n  r: {ratio: 2, within: "
             "[county, city]}\nscopes: {old: {sector: x}}\n",
        .targets = "region,pollutant,kind,value,unit,base_year,target_year,state,scope\n"
                   "A,VOC,cut,40,%,2015,2018,value,old\n"});
    ltn_ensemble_options o = town_options(&b, 100);
    ltn_ensemble *e = run(b.p.run, &o);
    ltn_table *t = NULL;
    assert_ok(ltn_ensemble_targets(e, &t));
    assert_close(number_at(t, 0, "base_t"), 100, 1e-12, 0);
    assert_string_equal(text_at(t, 0, "met"), "yes");
    assert_close(number_at(t, 0, "p_met"), 1, 0, 0);
    assert_close(number_at(t, 0, "cut_mean_pct"), 40, 1e-12, 0);
    ltn_table_free(t);
    assert_ok(ltn_ensemble_projects(e, &t));
    assert_close(number_at(t, 0, "owed_mean_t"), 20, 1e-12, 0);
    assert_close(number_at(t, 0, "claimed_t"), 20, 1e-12, 0);
    /* 20 · fall/40 in each draw, the fall 40 % of the draw's base */
    double base = value(e, 2015, "A", "VOC", "mean_t") / 0.8;
    assert_close(number_at(t, 0, "claimed_mean_t"), 20 * base / 100, 1e-12, 0);
    ltn_table_free(t);
    ltn_ensemble_free(e);
    book_free(&b);
}

/* 10 new tonnes, cv .3, owe 20; 20 of the 40 t of S are claimed, cv .2. Both lognormal: covered where the fall has come
 * out above the need, P = Φ((s_n − s_f)/2/√(s_n + s_f)), s = ln(1 + cv²). */
static void projects_in_closed_form(void **state)
{
    (void)state;
    enum { DRAWS = 10000 };
    book_made b =
        book_of(&(book_case){REGIONS, COLUMNS "S,A,x,VOC,,,,,100,0.2,,\n",
                             HEAD "  - {id: m, retire: {share: 40 %}, phase: {2015: 0, 2016: 1}}\n"
                                  "  - {id: n, add: {source: P, region: A, sector: y, from: 2018, emissions: {VOC: "
                                  "{lognormal: {mean: 10 t/yr, cv: 0.3}}}}, offset: {pollutant: VOC, rule: r}}\n"
                                  "offset_rules:\n  r: {ratio: 2, within: [county, city]}\n"});
    ltn_ensemble_options o = options_of(DRAWS);
    o.book = b.book;
    ltn_ensemble *e = run(b.p.run, &o);
    ltn_table *t = NULL;
    assert_ok(ltn_ensemble_projects(e, &t));
    assert_int_equal(ltn_table_rows(t), 1);
    assert_string_equal(text_at(t, 0, "project"), "P");
    double need = log(1.09), fall = log(1.04), p = phi((need - fall) / 2 / sqrt(need + fall));
    near(number_at(t, 0, "p_covered"), p, sqrt(p * (1 - p) / DRAWS));
    near(number_at(t, 0, "owed_mean_t"), 20, 6 / sqrt(DRAWS));
    near(number_at(t, 0, "claimed_mean_t"), 20, 4 / sqrt(DRAWS));
    assert_close(number_at(t, 0, "owed_t"), 20, 1e-12, 0);
    assert_close(number_at(t, 0, "claimed_t"), 20, 1e-12, 0);
    ltn_table_free(t);
    ltn_ensemble_free(e);
    book_free(&b);
}

/* Projects of each order and of each way to deal with what is unmet, growth that owes, a bank, months. */
static const char works_csv[] =
    COLUMNS "C1,A,boiler,SO2,,,,,120,,,\nC2,B,boiler,SO2,,,,,80,,,\nC3,A,kiln,NOx,,,,,60,,,\n"
            "C4,B,solvent,VOC,,,,,90,,,\nC5,A,traffic,NOx,,,,,50,,,\n";
#define WORKS(source, from, pollutant, rule)                                                                           \
    "  - {id: new-" source ", add: {source: " source ", region: A, sector: works, from: " from                         \
    ", emissions: {" pollutant ": 20 t/yr}}, offset: {pollutant: " pollutant ", rule: " rule "}}\n"
static const char works_yaml[] = HEAD
    "  - {id: growth, where: {sector: traffic}, grow: {index: {2015: 1, 2018: 1.1}}}\n"
    "  - {id: shut, where: {sector: [boiler, kiln]}, retire: {share: 40 %}, phase: {2015: 0.1, 2016: 1}, cost: "
    "{annual: 3 yuan/kg}}\n"
    "  - {id: scrub, where: {sector: boiler}, control: {SO2: {efficiency: 30 %}}, cost: {annual: 9e6 yuan/yr}}\n"
    "  - {id: rto, where: {sector: solvent}, retire: {share: 30 %}}\n" WORKS("N1", "2017", "SO2", "a")
        WORKS("N2", "2017", "SO2", "b") WORKS("N3", "2018", "NOx", "c") WORKS(
            "N4", "2018", "VOC",
            "d") "offset_rules:\n"
                 "  a: {ratio: 2, within: [county, city], order: cheapest, unmet: scale}\n"
                 "  b: {ratio: 2, within: [county, city], credits_from: {where: {sector: boiler}}, order: earliest}\n"
                 "  c: {ratio: 2, within: [county, city], growth_owes: true, unmet: flag}\n"
                 "  d: {ratio: 2, within: [county, city], order: nearest, unmet: exclude}\n";

/* Where nothing is uncertain, what is owed and claimed is what was matched, and covered is what is met. */
static void a_certain_book_is_as_matched(void **state)
{
    (void)state;
    book_made b = book_of(&(book_case){REGIONS, works_csv, works_yaml,
                                       .bank = "permit,source,region,pollutant,measure,issued,expires,balance_t\n"
                                               "b1,OLD,A,SO2,,2012-01-01,2020-01-01,20\n"});
    ltn_ensemble_options o = options_of(70);
    size_t covered = 0, short_of = 0;
    o.book = b.book;
    ltn_ensemble *e = run(ltn_offset_book_projection(b.book), &o);
    ltn_table *t = NULL;
    assert_ok(ltn_ensemble_projects(e, &t));
    assert_int_equal(ltn_table_rows(t), ltn_table_rows(b.projects));
    for (size_t i = 0; i < ltn_table_rows(t); i++) {
        double owed = number_at(b.projects, i, "owed_t"), claimed = number_at(b.projects, i, "claimed_t");
        bool met = claimed >= owed * (1 - 1e-9);
        assert_close(number_at(t, i, "owed_mean_t"), owed, 1e-11, 0);
        assert_close(number_at(t, i, "claimed_mean_t"), claimed, 1e-11, 0);
        assert_close(number_at(t, i, "claimed_t"), claimed, 1e-11, 0);
        assert_close(number_at(t, i, "p_covered"), met, 0, 0);
        covered += met && claimed > 0;
        short_of += !met;
    }
    assert_true(covered >= 2 && short_of >= 1);
    ltn_table_free(t);
    ltn_ensemble_free(e);
    book_free(&b);
}

/* A grouping without years is of the last; what is asked of other years besides changes nothing. */
static void the_last_year_alone(void **state)
{
    (void)state;
    book_made b = town();
    ltn_grouping last;
    ltn_grouping_init(&last, LTN_BY_REGION | LTN_BY_POLLUTANT);
    for (int i = 0; i < 3; i++) {
        ltn_ensemble_options o = options_of(100), all = o;
        if (i) o.targets = b.targets;
        if (i == 2) o.book = b.book;
        o.grouping = &last;
        ltn_ensemble *e = run(b.p.run, &o), *years = run(b.p.run, &all);
        ltn_table *t = summary(e), *u = summary(years);
        size_t groups = ltn_table_rows(t);
        assert_int_equal(ltn_table_rows(u), 4 * groups);
        for (size_t row = 0; row < groups; row++)
            assert_memory_equal(ltn_ensemble_draws(e, row), ltn_ensemble_draws(years, 3 * groups + row),
                                100 * sizeof(double));
        ltn_table_free(t), ltn_table_free(u);
        ltn_ensemble_free(e), ltn_ensemble_free(years);
    }
    book_free(&b);
}

/* ---- the same numbers ---- */

static void threads_change_no_bit(void **state)
{
    (void)state;
    static const int threads[] = {2, 8};
    book_made b = town();
    for (int sketch = 0; sketch < 2; sketch++) {
        ltn_ensemble_options o = town_options(&b, sketch ? 20000 : 1500);
        if (is_slow()) o.draws /= 10;
        o.memory = sketch ? 0 : o.memory;
        o.threads = 1;
        ltn_ensemble *one = run(b.p.run, &o);
        for (size_t i = 0; i < COUNT(threads); i++) {
            o.threads = threads[i];
            ltn_ensemble *e = run(b.p.run, &o);
            assert_same_ensembles(one, e);
            ltn_ensemble_free(e);
        }
        ltn_ensemble_free(one);
    }
    book_free(&b);
}

enum { CUTS = 4 };

static ltn_ensemble *run_in_parts(const ltn_projection *of, ltn_ensemble_options o, const size_t cuts[CUTS])
{
    ltn_ensemble *parts[CUTS], *merged = NULL;
    for (size_t i = 0; i < CUTS; i++) {
        o.first_draw = i ? cuts[i - 1] : 0;
        o.draw_count = cuts[i] - o.first_draw;
        parts[i] = run(of, &o);
        assert_int_equal(ltn_ensemble_draw_count(parts[i]), o.draw_count);
    }
    assert_ok(ltn_ensemble_merge((const ltn_ensemble *const *)parts, CUTS, &merged));
    for (size_t i = 0; i < CUTS; i++) ltn_ensemble_free(parts[i]);
    return merged;
}

/* Kept draws: every bit, whatever the sampling. */
static void parts_make_the_whole(void **state)
{
    (void)state;
    book_made b = town();
    for (int sampling = LTN_SAMPLING_RANDOM; sampling <= LTN_SAMPLING_SOBOL; sampling++) {
        ltn_ensemble_options o = town_options(&b, 1100);
        o.sampling = sampling;
        ltn_ensemble *whole = run(b.p.run, &o),
                     *merged = run_in_parts(b.p.run, o, (const size_t[]){37, 64, 1000, 1100});
        assert_same_ensembles(whole, merged);
        ltn_ensemble_free(whole), ltn_ensemble_free(merged);
    }
    book_free(&b);
}

/* In a sketch: quantiles and probabilities to the bit, moments to the last digits, cut anywhere. A part's draws would fit
 * the memory where the whole run's do not: the parts do as the whole does. */
static void parts_of_a_sketch(void **state)
{
    (void)state;
    static const size_t cuts[][CUTS] = {{37, 64, 1000, 10000}, {4096, 4096 + 1, 8192, 10000}};
    book_made b = town();
    ltn_ensemble_options o = town_options(&b, 10000);
    o.memory = 200000;
    ltn_ensemble *whole = run(b.p.run, &o);
    assert_null(ltn_ensemble_draws(whole, 0));
    ltn_table *t = summary(whole), *projects = NULL, *others = NULL;
    for (size_t i = 0; i < COUNT(cuts) && !(is_slow() && i); i++) {
        ltn_ensemble *merged = run_in_parts(b.p.run, o, cuts[i]);
        ltn_table *u = summary(merged);
        for (size_t c = 0; c < ltn_table_columns(t); c++)
            for (size_t row = 0; row < ltn_table_rows(t); row++) {
                const char *name = ltn_table_name(t, c);
                bool moment = strcmp(name, "mean_t") == 0 || strcmp(name, "mean_error_t") == 0 ||
                              strcmp(name, "sd_t") == 0 || strcmp(name, "skewness") == 0;
                if (ltn_table_type(t, c) != LTN_NUMBER) continue;
                double one = ltn_table_number(t, row, c), other = ltn_table_number(u, row, c);
                if (moment && !isnan(one))
                    assert_close(other, one, 1e-14, 0);
                else
                    assert_same_bits(other, one);
            }
        assert_ok(ltn_ensemble_projects(whole, &projects));
        assert_ok(ltn_ensemble_projects(merged, &others));
        assert_same_bits(number_at(others, 0, "p_covered"), number_at(projects, 0, "p_covered"));
        ltn_table_free(projects), ltn_table_free(others);
        ltn_table_free(u);
        ltn_ensemble_free(merged);
    }
    ltn_table_free(t);
    ltn_ensemble_free(whole);
    book_free(&b);
}

/* By source, so that a source's draws can be told. */
static ltn_ensemble *by_source(plan *p, const char *csv, const char *yaml)
{
    static ltn_grouping grouping;
    ltn_grouping_init(&grouping, LTN_BY_SOURCE | LTN_BY_POLLUTANT);
    ltn_ensemble_options o = options_of(200);
    o.grouping = &grouping;
    *p = plan_of(csv, yaml);
    return run(p->run, &o);
}

static const double *draws_of(const ltn_ensemble *e, const char *source)
{
    ltn_table *t = summary(e);
    size_t row = find_row(t, "source", source, NULL, NULL);
    ltn_table_free(t);
    return ltn_ensemble_draws(e, row);
}

/* Another source, and another entry, change no draw of those that were there. */
static void inputs_are_independent_of_each_other(void **state)
{
    (void)state;
    static const char few[] = COLUMNS "S,A,x,CO,,,,,100,0.3,,\nT,B,y,CO,7,t,3,kg/t,,,0.5,k\n";
    static const char more[] = COLUMNS "R,A,x,CO,,,,,5,0.3,0.2,j\nS,A,x,CO,,,,,100,0.3,,\nU,B,z,CO,,,,,5,,0.2,j\n"
                                       "T,B,y,CO,7,t,3,kg/t,,,0.5,k\n";
    static const char plain[] = HEAD "  - {id: m, where: {sector: y}, retire: {share: {uniform: [0, 1]}}}\n";
    static const char entries[] = HEAD
        "  - {id: l, where: {sector: x}, grow: {rate: {normal: {mean: 0 %, sd: 1 %}}}}\n"
        "  - {id: m, where: {sector: y}, retire: {share: {uniform: [0, 1]}}}\n"
        "uncertainty: [{where: {id: R}, activity: {lognormal: {cv: 0.7}}}, {where: {sector: z}, factor: {lognormal: "
        "{cv: 0.7}}, shared_by: [region]}]\n";
    plan p[3];
    ltn_ensemble *e[3] = {by_source(&p[0], few, plain), by_source(&p[1], more, plain), by_source(&p[2], more, entries)};
    for (size_t i = 1; i < 3; i++) assert_memory_equal(draws_of(e[i], "T"), draws_of(e[0], "T"), 200 * sizeof(double));
    assert_memory_equal(draws_of(e[1], "S"), draws_of(e[0], "S"), 200 * sizeof(double));
    for (size_t i = 0; i < 3; i++) ltn_ensemble_free(e[i]), plan_free(&p[i]);
}

/* A scenario less itself is 0; one that retires 10 t of 100 in every draw differs by them times the draw's multiplier. */
static void scenarios_share_their_draws(void **state)
{
    (void)state;
    static const double half[] = {0.5};
    static const char csv[] = COLUMNS "S,A,x,CO,,,,,100,0.3,,\nT,A,x,CO,,,,,50,0.9,,\n";
    plan p = plan_of(csv, HEAD IDLE), q = plan_of(csv, HEAD IDLE),
         cut = plan_of(csv, HEAD "  - {id: m, where: {id: S}, retire: {share: 10 %}}\n");
    ltn_ensemble_options o = options_of(500);
    ltn_ensemble *a = run(p.run, &o), *b = run(q.run, &o), *c = run(cut.run, &o);
    ltn_table *t = NULL;
    assert_ok(ltn_ensemble_difference(a, b, half, 1, &t));
    assert_int_equal(ltn_table_rows(t), 4);
    for (size_t row = 0; row < 4; row++) {
        assert_same_bits(number_at(t, row, "mean_t"), 0);
        assert_same_bits(number_at(t, row, "sd_t"), 0);
        assert_same_bits(number_at(t, row, "p50_t"), 0);
        assert_same_bits(number_at(t, row, "p_less"), 0);
    }
    ltn_table_free(t);
    assert_ok(ltn_ensemble_difference(a, c, half, 1, &t));
    size_t last = ltn_table_rows(t) - 1;
    assert_close(number_at(t, last, "difference_t"), -10, 1e-12, 0);
    assert_close(number_at(t, last, "p_less"), 1, 0, 0);
    near(number_at(t, last, "mean_t"), -10, 3 / sqrt(500)); /* sd .3 · 10, nothing of the other source's */
    assert_true(number_at(t, last, "sd_t") < 4);
    ltn_table_free(t);
    ltn_ensemble_free(a), ltn_ensemble_free(b), ltn_ensemble_free(c);
    plan_free(&p), plan_free(&q), plan_free(&cut);
}

/* Designs give their columns to the inputs of most variance. Where another scenario gives them to others, what both
 * share does not cancel: this is no difference. */
static void designs_that_differ_are_refused(void **state)
{
    (void)state;
    static const char csv[] = COLUMNS "S,A,x,CO,,,,,100,0.3,,\nT,A,x,CO,,,,,50,0.9,,\n";
    plan p = plan_of(csv, HEAD IDLE),
         q = plan_of(csv, HEAD "  - {id: m, grow: {rate: {normal: {mean: 0 %, sd: 20 %}}}}\n");
    ltn_ensemble_options o = options_of(100);
    ltn_table *t = (ltn_table *)&o;
    o.sampling = LTN_SAMPLING_LATIN_HYPERCUBE;
    ltn_ensemble *a = run(p.run, &o), *b = run(q.run, &o), *same = run(p.run, &o);
    assert_status(ltn_ensemble_difference(a, b, NULL, 0, &t), LTN_EARGUMENT);
    assert_null(t);
    assert_ok(ltn_ensemble_difference(a, same, NULL, 0, &t));
    ltn_table_free(t);
    ltn_ensemble_free(a), ltn_ensemble_free(b), ltn_ensemble_free(same);
    plan_free(&p), plan_free(&q);
}

/* ---- sampling ---- */

static double error_of_mean(const ltn_projection *of, int sampling, double exact)
{
    enum { SEEDS = 20 };
    double squares = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        ltn_ensemble_options o = options_of(256);
        o.seed = seed;
        o.sampling = sampling;
        ltn_ensemble *e = run(of, &o);
        double error = value(e, 2018, "A", "CO", "mean_t") - exact;
        squares += error * error / SEEDS;
        ltn_ensemble_free(e);
    }
    return sqrt(squares);
}

/* A sum of six lognormals, whose mean is Σ E: a Latin hypercube, and Sobol's sequence, integrate a sum of functions of one
 * input each far better than chance, whose error is √(ΣE²cv²)/√n. */
static void designs_come_nearer_the_mean(void **state)
{
    (void)state;
    plan p = plan_of(COLUMNS "S1,A,x,CO,,,,,100,0.3,,\nS2,A,x,CO,,,,,80,0.4,,\nS3,A,x,CO,,,,,60,,0.5,\n"
                             "S4,A,x,CO,,,,,40,,0.6,\nS5,A,x,CO,,,,,20,0.7,,\nS6,A,x,CO,,,,,10,0.8,,\n",
                     HEAD IDLE);
    double exact = 310, squares = 30.0 * 30 + 32 * 32 + 30 * 30 + 24 * 24 + 14 * 14 + 8 * 8,
           chance = error_of_mean(p.run, LTN_SAMPLING_RANDOM, exact);
    near(chance, sqrt(squares / 256), sqrt(squares / 256) / sqrt(40)); /* of 20 seeds */
    assert_true(error_of_mean(p.run, LTN_SAMPLING_LATIN_HYPERCUBE, exact) < chance / 5);
    assert_true(error_of_mean(p.run, LTN_SAMPLING_SOBOL, exact) < chance / 5);
    plan_free(&p);
}

/* Correlation of the logarithms of two groups' draws. */
static double log_correlation(const ltn_ensemble *e, size_t a, size_t b)
{
    const double *x = ltn_ensemble_draws(e, a), *y = ltn_ensemble_draws(e, b);
    double n = (double)ltn_ensemble_draw_count(e), sx = 0, sy = 0, xx = 0, yy = 0, xy = 0;
    for (size_t i = 0; i < ltn_ensemble_draw_count(e); i++) {
        double u = log(x[i]), v = log(y[i]);
        sx += u, sy += v, xx += u * u, yy += v * v, xy += u * v;
    }
    return (xy - sx * sy / n) / sqrt((xx - sx * sx / n) * (yy - sy * sy / n));
}

/* In each of two regions two factors are correlated: Spearman's .5 is 2 sin(π/12) = .517638090205041 of the normal
 * scores (METHODS.md), which of lognormals are the logarithms. The regions are independent of each other, however they
 * are sampled. The error of a correlation is (1 − r²)/√n. */
static void copulas_are_independent_of_each_other(void **state)
{
    (void)state;
    enum { DRAWS = 2000 };
    static const double rho = .517638090205041;
    ltn_inventory *base = inventory_of(COLUMNS "S1,A,x,CO,,,,,100,,,\nS2,B,x,CO,,,,,100,,,\nS3,A,y,SO2,,,,,100,,,\n"
                                               "S4,B,y,SO2,,,,,100,,,\n");
    ltn_scenario *scenario = scenario_of(
        HEAD IDLE "uncertainty:\n  - {id: a, where: {sector: x}, factor: {lognormal: {cv: 0.3}}, shared_by: [region]}\n"
                  "  - {id: b, where: {sector: y}, factor: {lognormal: {cv: 0.5}}, shared_by: [region]}\n"
                  "correlations: [{of: [a, b], rank: [[1, 0.5], [0.5, 1]]}]\n");
    plan p = {base, scenario, NULL};
    assert_ok(ltn_projection_run(base, scenario, NULL, &p.run));
    ltn_grouping grouping;
    ltn_grouping_init(&grouping, LTN_BY_REGION | LTN_BY_POLLUTANT); /* A CO, A SO2, B CO, B SO2 */
    for (int sampling = LTN_SAMPLING_RANDOM; sampling <= LTN_SAMPLING_SOBOL; sampling++) {
        ltn_ensemble_options o = options_of(DRAWS);
        o.sampling = sampling;
        o.grouping = &grouping;
        ltn_ensemble *e = run(p.run, &o);
        near(log_correlation(e, 0, 1), rho, (1 - rho * rho) / sqrt(DRAWS));
        near(log_correlation(e, 2, 3), rho, (1 - rho * rho) / sqrt(DRAWS));
        near(log_correlation(e, 0, 2), 0, 1 / sqrt(DRAWS));
        near(log_correlation(e, 1, 3), 0, 1 / sqrt(DRAWS));
        near(log_correlation(e, 0, 3), 0, 1 / sqrt(DRAWS));
        ltn_ensemble_free(e);
    }
    plan_free(&p);
}

/* ---- the sketch ---- */

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The sketch's quantile is within 0.001 of the order statistic ⌊p(n − 1)⌋ of the draws themselves. */
static void check_sketch(const ltn_ensemble *kept, const ltn_ensemble *sketched, size_t row)
{
    static const double probabilities[] = {0, 0.01, 0.025, 0.25, 0.5, 0.75, 0.975, 0.99, 1};
    size_t n = ltn_ensemble_draw_count(kept);
    double *sorted = malloc(n * sizeof *sorted), got[COUNT(probabilities)];
    assert_non_null(sorted);
    memcpy(sorted, ltn_ensemble_draws(kept, row), n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, ascending);
    assert_ok(ltn_ensemble_quantiles(sketched, row, probabilities, COUNT(probabilities), got));
    for (size_t i = 0; i < COUNT(probabilities); i++) {
        double exact = sorted[(size_t)(probabilities[i] * (double)(n - 1))];
        assert_close(got[i], exact, LTN_SKETCH_ERROR * (1 + 1e-9), 0);
    }
    free(sorted);
}

static void a_sketch_is_near_the_draws(void **state)
{
    (void)state;
    book_made b = town();
    ltn_ensemble_options o = town_options(&b, is_slow() ? 500 : 10000);
    ltn_ensemble *kept = run(b.p.run, &o);
    o.memory = 0;
    ltn_ensemble *sketched = run(b.p.run, &o);
    ltn_table *t = summary(kept), *u = summary(sketched);
    for (size_t row = 0; row < ltn_table_rows(t); row++) {
        static const char *const columns[] = {"emission_t", "mean_t", "sd_t", "mean_error_t"};
        for (size_t c = 0; c < COUNT(columns); c++)
            assert_close(number_at(u, row, columns[c]), number_at(t, row, columns[c]), 1e-12, 0);
        if (isnan(number_at(t, row, "skewness")))
            assert_true(isnan(number_at(u, row, "skewness")));
        else
            assert_close(number_at(u, row, "skewness"), number_at(t, row, "skewness"), 1e-9, 1e-12);
        check_sketch(kept, sketched, row);
    }
    ltn_table_free(t), ltn_table_free(u);
    assert_ok(ltn_ensemble_targets(kept, &t));
    assert_ok(ltn_ensemble_targets(sketched, &u));
    for (size_t row = 0; row < ltn_table_rows(t); row++) {
        assert_same_bits(number_at(u, row, "p_met"), number_at(t, row, "p_met"));
        assert_true(isnan(number_at(u, row, "cut_mean_pct")));
    }
    ltn_table_free(t), ltn_table_free(u);
    ltn_ensemble_free(kept), ltn_ensemble_free(sketched);
    book_free(&b);
}

/* At the means the cap, 9e6 of 1.09e8 t, takes all of the kiln's 1e8 t; in a draw in which it is at up to 1.8e7 t it
 * leaves up to 9e6 t, at 1 kg/kg as many of CO. The middle of the sketch is what the group emits in its highest year. */
static void a_sketch_of_what_is_0_at_the_means(void **state)
{
    (void)state;
    ltn_grouping grouping;
    ltn_grouping_init(&grouping, LTN_BY_YEAR | LTN_BY_SECTOR | LTN_BY_POLLUTANT);
    plan p =
        plan_of("source,region,sector,fuel,pollutant,activity,activity_unit,factor,factor_unit\n"
                "K,A,kiln,coal,CO,1e8,t,1,kg/kg\nB,A,boiler,coal,CO,9e6,t,1,kg/t\n",
                HEAD "  - {id: m, where: {fuel: coal}, cap: {activity: {triangular: [0 t, 9e6 t, 1.8e7 t]}, cut_first: "
                     "[{sector: kiln}]}}\n");
    ltn_ensemble_options o = options_of(2000);
    o.grouping = &grouping;
    ltn_ensemble *kept = run(p.run, &o);
    o.memory = 0;
    ltn_ensemble *sketched = run(p.run, &o);
    ltn_table *t = summary(kept);
    size_t row = ltn_table_rows(t) - 1;
    while (strcmp(text_at(t, row, "sector"), "kiln") != 0) row--;
    assert_close(number_at(t, row, "emission_t"), 0, 0, 0);
    assert_true(number_at(t, row, "p100_t") > 7e6); /* 9e6 but for the last draws' distance from the end */
    double got[2], probabilities[] = {0.25, 0.975};
    assert_ok(ltn_ensemble_quantiles(sketched, row, probabilities, 2, got));
    assert_same_bits(got[0], 0);
    assert_close(got[1], number_at(t, row, "p97.5_t"), 0.003, 0); /* and the distance of two order statistics */
    ltn_table_free(t);
    ltn_ensemble_free(kept), ltn_ensemble_free(sketched);
    plan_free(&p);
}

/* ---- stopping ---- */

typedef struct told {
    size_t calls, until; /* 0: for ever */
    double last;
} told;

static int tell(void *data, double done)
{
    told *t = data;
    assert_true(done > t->last && done <= 1);
    t->last = done;
    return ++t->calls == t->until;
}

/* 100 t with cv .5: .5/√n < .01 from n = 2500 on, looked at every 1024 draws: 3072, or where draws are not kept every
 * 4096. */
static void it_stops_when_it_is_sure(void **state)
{
    (void)state;
    plan p = plan_of(COLUMNS "S,A,x,CO,,,,,100,0.5,,\n", HEAD IDLE);
    for (int sketch = 0; sketch < 2; sketch++) {
        ltn_ensemble_options o = options_of(20000);
        told heard = {0};
        o.standard_error = 0.01;
        o.memory = sketch ? 0 : o.memory;
        o.progress = tell;
        o.progress_data = &heard;
        o.threads = 1;
        ltn_ensemble *e = run(p.run, &o);
        assert_int_equal(ltn_ensemble_draw_count(e), sketch ? 4096 : 3072);
        assert_true(heard.last < 0.25); /* of the 20000 asked for */
        o.threads = 8;
        heard = (told){0};
        ltn_ensemble *again = run(p.run, &o);
        assert_same_ensembles(e, again);
        ltn_ensemble_free(e), ltn_ensemble_free(again);
    }
    plan_free(&p);
}

static void it_can_be_cancelled(void **state)
{
    (void)state;
    static const int threads[] = {1, 2};
    book_made b = town();
    for (size_t i = 0; i < COUNT(threads); i++) {
        told heard = {.until = 2};
        ltn_ensemble *e = (ltn_ensemble *)&heard;
        ltn_ensemble_options o = town_options(&b, 100000);
        o.threads = threads[i];
        o.progress = tell;
        o.progress_data = &heard;
        assert_status(ltn_ensemble_run(b.p.run, &o, &e), LTN_ECANCELLED);
        assert_null(e);
        assert_int_equal(heard.calls, 2);
    }
    told heard = {.until = 4}; /* the last call is of the last block */
    ltn_ensemble *e = (ltn_ensemble *)&heard;
    ltn_ensemble_options o = town_options(&b, 256);
    o.threads = 1;
    o.progress = tell;
    o.progress_data = &heard;
    assert_status(ltn_ensemble_run(b.p.run, &o, &e), LTN_ECANCELLED);
    assert_null(e);
    assert_close(heard.last, 1, 0, 0);
    book_free(&b);
}

/* ---- what is refused ---- */

static void assert_run_refused(const ltn_projection *of, const ltn_ensemble_options *o, ltn_status status)
{
    ltn_ensemble *e = (ltn_ensemble *)o;
    assert_status(ltn_ensemble_run(of, o, &e), status);
    assert_null(e);
}

static void bad_options(void **state)
{
    (void)state;
    book_made b = town(), other = town();
    const ltn_ensemble_options good = options_of(100);
    ltn_ensemble_options o;
    ltn_grouping grouping;
    o = good, o.draws = 0;
    assert_run_refused(b.p.run, &o, LTN_EARGUMENT);
    o = good, o.first_draw = 100;
    assert_run_refused(b.p.run, &o, LTN_EARGUMENT);
    o = good, o.first_draw = 60, o.draw_count = 41;
    assert_run_refused(b.p.run, &o, LTN_EARGUMENT);
    o = good, o.first_draw = 1, o.draw_count = SIZE_MAX;
    assert_run_refused(b.p.run, &o, LTN_EARGUMENT);
    o = good, o.sampling = 3;
    assert_run_refused(b.p.run, &o, LTN_EARGUMENT);
    o = good, o.sampling = -1;
    assert_run_refused(b.p.run, &o, LTN_EARGUMENT);
    o = good, o.book = other.book;
    assert_run_refused(b.p.run, &o, LTN_EARGUMENT);
    ltn_grouping_init(&grouping, LTN_BY_MEASURE);
    o = good, o.grouping = &grouping;
    assert_run_refused(b.p.run, &o, LTN_EARGUMENT);
    ltn_grouping_init(&grouping, LTN_BY_REGION);
    grouping.attribute = "nothing";
    assert_run_refused(b.p.run, &o, LTN_ENOTFOUND);
    grouping.attribute = NULL;
    grouping.scope = "nowhere";
    assert_run_refused(b.p.run, &o, LTN_ENOTFOUND);
    o = good, o.draws = (size_t)1 << 30, o.draw_count = 1, o.memory = 0, o.sampling = LTN_SAMPLING_SOBOL;
    assert_run_refused(b.p.run, &o, LTN_ELIMIT);
    book_free(&b), book_free(&other);
}

static void bad_targets(void **state)
{
    (void)state;
    static const char *const rows[] = {"Q,SO2,cut,20,%,2015,2018,value,\n", "A,SO2,cut,20,%,2015,2018,value,nowhere\n",
                                       "A,SO2,cut,20,%,2015,2031,value,\n"};
    book_made b = town();
    for (size_t i = 0; i < COUNT(rows); i++) {
        text_buffer text = {0};
        ltn_targets *targets = NULL;
        text_add(&text, "region,pollutant,kind,value,unit,base_year,target_year,state,scope\n%s", rows[i]);
        assert_ok(ltn_targets_read_csv(write_file("bad.csv", text.data), NULL, &targets));
        ltn_ensemble_options o = options_of(10);
        o.targets = targets;
        assert_run_refused(b.p.run, &o, LTN_EINPUT);
        ltn_targets_free(targets);
        free(text.data);
    }
    book_free(&b);
}

static void bad_questions(void **state)
{
    (void)state;
    static const double outside[] = {-0.1, 1.5, NAN};
    plan p = plan_of(town_csv, HEAD IDLE);
    ltn_ensemble_options o = options_of(64);
    ltn_ensemble *e = run(p.run, &o);
    ltn_table *t;
    for (size_t i = 0; i < COUNT(outside); i++) {
        t = (ltn_table *)e;
        assert_status(ltn_ensemble_summary(e, &outside[i], 1, &t), LTN_EARGUMENT);
        assert_null(t);
        t = (ltn_table *)e;
        assert_status(ltn_ensemble_difference(e, e, &outside[i], 1, &t), LTN_EARGUMENT);
        assert_null(t);
    }
    t = (ltn_table *)e;
    assert_status(ltn_ensemble_targets(e, &t), LTN_EARGUMENT);
    assert_null(t);
    t = (ltn_table *)e;
    assert_status(ltn_ensemble_projects(e, &t), LTN_EARGUMENT);
    assert_null(t);
    assert_null(ltn_ensemble_draws(e, 1000000));
    ltn_ensemble_free(e);
    ltn_ensemble_free(NULL);
    plan_free(&p);
}

static void assert_not_merged(const ltn_ensemble *a, const ltn_ensemble *b)
{
    ltn_ensemble *merged = (ltn_ensemble *)&a;
    assert_status(ltn_ensemble_merge((const ltn_ensemble *const[]){a, b}, 2, &merged), LTN_EARGUMENT);
    assert_null(merged);
}

static void assert_no_difference(const ltn_ensemble *a, const ltn_ensemble *b)
{
    ltn_table *t = (ltn_table *)&a;
    assert_status(ltn_ensemble_difference(a, b, NULL, 0, &t), LTN_EARGUMENT);
    assert_null(t);
}

static ltn_ensemble *part(const ltn_projection *of, size_t first, size_t count, uint64_t seed, size_t memory)
{
    ltn_ensemble_options o = options_of(100);
    o.first_draw = first;
    o.draw_count = count;
    o.seed = seed;
    o.memory = memory;
    return run(of, &o);
}

/* The same means with another spread are another run. */
static void parts_that_do_not_belong_together(void **state)
{
    (void)state;
    static const char narrow[] = COLUMNS "S,A,x,CO,,,,,100,0.5,,\n", wide[] = COLUMNS "S,A,x,CO,,,,,100,0.9,,\n";
    plan p = plan_of(narrow, HEAD IDLE), q = plan_of(wide, HEAD IDLE);
    const size_t room = (size_t)1 << 30;
    ltn_ensemble *first = part(p.run, 0, 50, 1, room), *second = part(p.run, 50, 50, 1, room),
                 *gap = part(p.run, 51, 49, 1, room), *seed = part(p.run, 50, 50, 2, room),
                 *sketch = part(p.run, 50, 50, 1, 0), *other = part(q.run, 50, 50, 1, room), *merged = NULL;
    const ltn_ensemble *wrong[] = {gap, seed, sketch, other, first};
    for (size_t i = 0; i < COUNT(wrong); i++) assert_not_merged(first, wrong[i]);
    assert_not_merged(second, first);
    merged = first;
    assert_status(ltn_ensemble_merge(NULL, 0, &merged), LTN_EARGUMENT);
    assert_null(merged);
    assert_ok(ltn_ensemble_merge((const ltn_ensemble *const[]){first, second}, 2, &merged));
    assert_int_equal(ltn_ensemble_draw_count(merged), 100);
    assert_no_difference(first, second);
    assert_no_difference(second, seed);
    assert_no_difference(second, sketch);
    assert_no_difference(sketch, sketch);
    assert_no_difference(first, merged);
    ltn_grouping grouping;
    ltn_grouping_init(&grouping, LTN_BY_SOURCE);
    ltn_ensemble_options o = options_of(100);
    o.grouping = &grouping;
    ltn_ensemble *grouped = run(p.run, &o);
    assert_no_difference(merged, grouped);
    ltn_ensemble *all[] = {first, second, gap, seed, sketch, other, merged, grouped};
    for (size_t i = 0; i < COUNT(all); i++) ltn_ensemble_free(all[i]);
    plan_free(&p), plan_free(&q);
}

/* DESIGN.md: inventories of different baselines are never subtracted. What follows a + names scenarios laid on one. */
static void baselines_are_not_mixed(void **state)
{
    (void)state;
    static const char *const labels[] = {"# baseline: census2017\n", "# baseline: census2017+plan\n",
                                         "# baseline: tj2015\n", ""};
    plan p[4];
    ltn_ensemble *e[4], *coarse = NULL;
    for (size_t i = 0; i < 4; i++) {
        text_buffer csv = {0};
        text_add(&csv, "%s" COLUMNS "S,A,x,CO,,,,,100,0.5,,\n", labels[i]);
        p[i] = plan_of(csv.data, HEAD IDLE);
        e[i] = part(p[i].run, 0, 100, 1, (size_t)1 << 30);
        free(csv.data);
    }
    assert_ok(ltn_ensemble_regroup(e[0], (const char *const[]){"pollutant"}, 1, &coarse));
    for (size_t i = 0; i < 4; i++) {
        ltn_table *t = (ltn_table *)&p;
        assert_status(ltn_ensemble_difference(e[0], e[i], NULL, 0, &t), i < 2 ? LTN_OK : LTN_EBASELINE);
        assert_true(!t == (i >= 2));
        ltn_table_free(t);
    }
    assert_non_null(strstr(ltn_last_error()->message, "('census2017' and 'not said')"));
    assert_string_equal(coarse->baseline, "census2017");
    ltn_ensemble_free(coarse);
    for (size_t i = 0; i < 4; i++) ltn_ensemble_free(e[i]), plan_free(&p[i]);
}

/* ---- limits ---- */

/* Options as an older caller knows them: what its struct lacks has its default. */
static void an_older_struct(void **state)
{
    (void)state;
    book_made b = town();
    ltn_ensemble_options o = options_of(130);
    o.standard_error = 1e9, o.memory = 0;
    o.struct_size = offsetof(ltn_ensemble_options, standard_error);
    ltn_ensemble *e = run(b.p.run, &o), *none = run(b.p.run, NULL);
    assert_int_equal(ltn_ensemble_draw_count(e), 130);
    assert_non_null(ltn_ensemble_draws(e, 0));
    assert_int_equal(ltn_ensemble_draw_count(none), 1000);
    ltn_ensemble_free(e), ltn_ensemble_free(none);
    book_free(&b);
}

/* Nothing uncertain: every draw is the projection, and no shape can be told of it. */
static void nothing_uncertain(void **state)
{
    (void)state;
    text_buffer csv = {0};
    text_add(&csv, COLUMNS "U,B,x,CO,,,,,0,,,\n");
    for (int i = 1; i <= 60; i++) text_add(&csv, "S%d,A,x,P%d,,,,,%.17g,,,\n", i, i % 4, i * i / 3.0 + 1e3 / i);
    plan p = plan_of(csv.data, HEAD "  - {id: m, retire: {share: 0.3}}\n");
    assert_int_equal(ltn_projection_inputs(p.run), 0);
    for (int sketch = 0; sketch < 2; sketch++)
        for (int sampling = LTN_SAMPLING_RANDOM; sampling <= LTN_SAMPLING_SOBOL; sampling++) {
            ltn_ensemble_options o = options_of(sampling ? 97 : 4099); /* n·x/n need not be x */
            o.memory = sketch ? 0 : o.memory;
            o.sampling = sampling;
            ltn_ensemble *e = run(p.run, &o);
            ltn_table *t = summary(e);
            for (size_t row = 0; row < ltn_table_rows(t); row++) {
                assert_close(number_at(t, row, "mean_t"), number_at(t, row, "emission_t"), 1e-15, 0);
                assert_close(number_at(t, row, "sd_t"), 0, 0, 0);
                assert_close(number_at(t, row, "p97.5_t"), number_at(t, row, "emission_t"),
                             LTN_SKETCH_ERROR * (1 + 1e-9), 0);
                assert_true(isnan(number_at(t, row, "skewness")));
            }
            ltn_table_free(t);
            ltn_ensemble_free(e);
        }
    plan_free(&p);
    free(csv.data);
}

/* One draw has a mean and no deviation; 65 are a block and one. */
static void few_draws(void **state)
{
    (void)state;
    static const size_t counts[] = {1, 2, 63, 65};
    book_made b = town();
    for (size_t i = 0; i < COUNT(counts); i++)
        for (int sketch = 0; sketch < 2; sketch++)
            for (int sampling = LTN_SAMPLING_RANDOM; sampling <= LTN_SAMPLING_SOBOL; sampling++) {
                ltn_ensemble_options o = town_options(&b, counts[i]);
                o.memory = sketch ? 0 : o.memory;
                o.sampling = sampling;
                ltn_ensemble *e = run(b.p.run, &o);
                ltn_table *t = summary(e);
                assert_int_equal(ltn_ensemble_draw_count(e), counts[i]);
                size_t last = ltn_table_rows(t) - 1;
                assert_true(isfinite(number_at(t, last, "mean_t")) && isfinite(number_at(t, last, "p50_t")));
                assert_true(isnan(number_at(t, last, "sd_t")) == (counts[i] == 1));
                if (counts[i] == 1 && !sketch)
                    assert_same_bits(number_at(t, last, "mean_t"), number_at(t, last, "p97.5_t"));
                ltn_table_free(t);
                ltn_ensemble_free(e);
            }
    book_free(&b);
}

static void an_inventory_without_rows(void **state)
{
    (void)state;
    static const uint8_t none[16] = {0};
    ltn_inventory *all = inventory_of(town_csv), *empty = NULL;
    ltn_scenario *scenario = scenario_of(HEAD IDLE);
    ltn_projection *projection = NULL;
    assert_ok(ltn_inventory_filter(all, none, &empty));
    assert_ok(ltn_projection_run(empty, scenario, NULL, &projection));
    for (int sampling = LTN_SAMPLING_RANDOM; sampling <= LTN_SAMPLING_SOBOL; sampling++) {
        ltn_ensemble_options o = options_of(100);
        o.sampling = sampling;
        o.memory = 0;
        o.standard_error = 0.1;
        ltn_ensemble *e = run(projection, &o);
        ltn_table *t = summary(e);
        assert_int_equal(ltn_table_rows(t), 0);
        ltn_table_free(t);
        assert_ok(ltn_ensemble_difference(e, e, NULL, 0, &t));
        assert_int_equal(ltn_table_rows(t), 0);
        ltn_table_free(t);
        assert_null(ltn_ensemble_draws(e, 0));
        ltn_ensemble_free(e);
    }
    ltn_projection_free(projection);
    ltn_scenario_free(scenario);
    ltn_inventory_free(empty), ltn_inventory_free(all);
}

/* A scope in which nothing lies has no groups. A base that is 0 in some draw gives no cut. */
static void empty_groups(void **state)
{
    (void)state;
    plan p = plan_of(town_csv, HEAD IDLE "scopes: {moon: {sector: moon}}\n");
    ltn_grouping grouping;
    ltn_grouping_init(&grouping, LTN_BY_YEAR | LTN_BY_REGION);
    grouping.scope = "moon";
    for (int sketch = 0; sketch < 2; sketch++) {
        ltn_ensemble_options o = options_of(100);
        o.grouping = &grouping;
        o.memory = sketch ? 0 : o.memory;
        ltn_ensemble *e = run(p.run, &o);
        ltn_table *t = summary(e);
        assert_int_equal(ltn_table_rows(t), 0);
        ltn_table_free(t);
        ltn_ensemble_free(e);
    }
    plan_free(&p);
}

/* 70 pollutants, a random parameter, a design: the weights of parameters are of many sums. */
static void many_pollutants(void **state)
{
    (void)state;
    enum { MANY = 70 };
    text_buffer csv = {0};
    text_add(&csv, COLUMNS);
    for (int i = 0; i < MANY; i++) text_add(&csv, "S,A,x,P%d,,,,,%d,0.2,0.1,\n", i, i + 1);
    plan p = plan_of(csv.data, HEAD "  - {id: m, grow: {rate: {normal: {mean: 3 %, sd: 2 %}}}}\n");
    ltn_ensemble_options o = options_of(1000);
    o.sampling = LTN_SAMPLING_LATIN_HYPERCUBE;
    ltn_ensemble *e = run(p.run, &o);
    /* (1 + g)³ with g ~ N(.03, .02): 1.03³ + 3 · 1.03 · .02²; of relative sd √(.2² + .1² + .06²) */
    double mean = 70 * (1.03 * 1.03 * 1.03 + 3 * 1.03 * 0.0004);
    near(value(e, 2018, "A", "P69", "mean_t"), mean, 0.25 * mean / sqrt(1000));
    ltn_ensemble_free(e);
    plan_free(&p);
    free(csv.data);
}

/* ---- memory that runs out ---- */

static struct {
    book_made town;
    ltn_ensemble *parts[2], *whole; /* `whole` is what run_ensemble() makes */
    int sampling;
    size_t memory;
} have;

static ltn_status run_ensemble(void **out)
{
    ltn_ensemble_options o = town_options(&have.town, 70);
    o.threads = 1;
    o.sampling = have.sampling;
    o.memory = have.memory;
    return ltn_ensemble_run(have.town.p.run, &o, (ltn_ensemble **)out);
}

static ltn_status ask_summary(void **out)
{
    static const double probabilities[] = {0.5, 0.975};
    return ltn_ensemble_summary(have.parts[0], probabilities, 2, (ltn_table **)out);
}

static ltn_status ask_targets(void **out)
{
    return ltn_ensemble_targets(have.parts[0], (ltn_table **)out);
}

static ltn_status ask_projects(void **out)
{
    return ltn_ensemble_projects(have.parts[0], (ltn_table **)out);
}

static ltn_status ask_difference(void **out)
{
    static const double probabilities[] = {0.5, 0.975};
    return ltn_ensemble_difference(have.parts[0], have.parts[0], probabilities, 2, (ltn_table **)out);
}

static ltn_status merge(void **out)
{
    return ltn_ensemble_merge((const ltn_ensemble *const *)have.parts, 2, (ltn_ensemble **)out);
}

static void free_ensemble(void *out)
{
    ltn_ensemble_free(out);
}

/* What was got by changes nothing. */
static void check_and_free(void *out)
{
    assert_same_ensembles(out, have.whole);
    ltn_ensemble_free(out);
}

static void free_table(void *out)
{
    ltn_table_free(out);
}

typedef struct subject {
    const char *name;
    ltn_status (*call)(void **out);
    void (*give_back)(void *);
    bool gets_by; /* a loop that may do with fewer threads, or an array that may stay too large */
} subject;

/* The first, second, third, ... allocation fails, until there are no more; under valgrind every eleventh. */
static void sweep(const subject *s)
{
    static long begin;
    long step = is_slow() ? 11 : 1;
    for (long number = is_slow() ? begin++ % step : 0;; number += step) {
        void *out = (void *)s;
        assert_in_range(number, 0, 20000);
        atomic_store(&faults.failed, 0);
        atomic_store(&faults.until, number);
        ltn_status status = s->call(&out);
        atomic_store(&faults.until, -1);
        bool failed = atomic_load(&faults.failed) > 0;
        if (status) {
            const ltn_error *error = ltn_last_error();
            if (!failed || status != LTN_ENOMEM || error->code != LTN_ENOMEM || !error->message[0] || out)
                fail_msg("%s, allocation %ld failing: status %d, error %d: %s", s->name, number, status, error->code,
                         error->message);
            continue;
        }
        assert_non_null(out);
        s->give_back(out);
        if (!failed) return;
        if (!s->gets_by) fail_msg("%s got by although allocation %ld failed", s->name, number);
    }
}

static void memory_runs_out(void **state)
{
    (void)state;
    static const subject making = {"ltn_ensemble_run", run_ensemble, check_and_free, true},
                         asking[] = {{"ltn_ensemble_summary", ask_summary, free_table, true},
                                     {"ltn_ensemble_targets", ask_targets, free_table, false},
                                     {"ltn_ensemble_projects", ask_projects, free_table, false},
                                     {"ltn_ensemble_merge", merge, free_ensemble, false},
                                     {"ltn_ensemble_difference", ask_difference, free_table, false}};
    have.town = town();
    for (int sketch = 0; sketch < 2; sketch++) {
        have.memory = sketch ? 0 : (size_t)1 << 30;
        for (have.sampling = LTN_SAMPLING_RANDOM; have.sampling <= LTN_SAMPLING_SOBOL; have.sampling++) {
            assert_ok(run_ensemble((void **)&have.whole));
            sweep(&making);
            ltn_ensemble_free(have.whole);
        }
        ltn_ensemble_options o = town_options(&have.town, 100);
        o.memory = have.memory;
        for (size_t i = 0; i < 2; i++) {
            o.first_draw = 50 * i, o.draw_count = 50;
            have.parts[i] = run(have.town.p.run, &o);
        }
        for (size_t i = 0; i < COUNT(asking) - (size_t)sketch; i++) sweep(&asking[i]); /* no difference of sketches */
        ltn_ensemble_free(have.parts[0]), ltn_ensemble_free(have.parts[1]);
    }
    book_free(&have.town);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_product_of_independent_factors),
        cmocka_unit_test(a_divisor_stays_away_from_0),
        cmocka_unit_test(shared_factors_widen),
        cmocka_unit_test(a_truncated_normal),
        cmocka_unit_test(targets_in_closed_form),
        cmocka_unit_test(the_base_is_before_all_measures),
        cmocka_unit_test(projects_in_closed_form),
        cmocka_unit_test(a_certain_book_is_as_matched),
        cmocka_unit_test(the_last_year_alone),
        cmocka_unit_test(threads_change_no_bit),
        cmocka_unit_test(parts_make_the_whole),
        cmocka_unit_test(parts_of_a_sketch),
        cmocka_unit_test(inputs_are_independent_of_each_other),
        cmocka_unit_test(scenarios_share_their_draws),
        cmocka_unit_test(designs_that_differ_are_refused),
        cmocka_unit_test(designs_come_nearer_the_mean),
        cmocka_unit_test(copulas_are_independent_of_each_other),
        cmocka_unit_test(a_sketch_is_near_the_draws),
        cmocka_unit_test(a_sketch_of_what_is_0_at_the_means),
        cmocka_unit_test(it_stops_when_it_is_sure),
        cmocka_unit_test(it_can_be_cancelled),
        cmocka_unit_test(bad_options),
        cmocka_unit_test(bad_targets),
        cmocka_unit_test(bad_questions),
        cmocka_unit_test(parts_that_do_not_belong_together),
        cmocka_unit_test(baselines_are_not_mixed),
        cmocka_unit_test(an_older_struct),
        cmocka_unit_test(nothing_uncertain),
        cmocka_unit_test(few_draws),
        cmocka_unit_test(an_inventory_without_rows),
        cmocka_unit_test(empty_groups),
        cmocka_unit_test(many_pollutants),
        cmocka_unit_test(memory_runs_out),
    };
    obey_test_filter();
    return cmocka_run_group_tests_name("ensemble", tests, NULL, remove_temporary_folder);
}
