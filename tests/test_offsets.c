/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The offset book, by hand: what is a credit, who may claim it, and what comes of it. */
#include "book.h"

static const double CLOSE = 1e-12;

#define HEAD "scenario: test\nbase_year: 2015\nyears: [2015, 2020]\nmeasures:\n"
#define SOURCES "source,region,sector,pollutant,emission_t\n"
#define CUT(id, sector, share, phase)                                                                                  \
    "  - {id: " id ", where: {sector: " sector "}, retire: {share: " share "}, phase: " phase "}\n"
#define NEW(source, region, from, tonnes)                                                                              \
    "  - {id: new-" source ", add: {source: " source ", region: " region ", sector: works, from: " from                \
    ", emissions: {VOC: " tonnes " t/yr}}, offset: {pollutant: VOC, rule: r}}\n"
#define RULE(terms) "offset_rules:\n  r: {" terms "}\n"
#define TWO_PLACES RULE("ratio: 2, within: [county, city]")

typedef struct claim {
    const char *project, *measure, *source;
    double tonnes, ratio;
} claim;

static void check_claims(const book_made *b, const claim *expected, size_t count)
{
    for (size_t i = 0; i < ltn_table_rows(b->claims) && i < count; i++) {
        const claim *e = &expected[i];
        if (strcmp(text_at(b->claims, i, "project"), e->project) != 0 ||
            strcmp(text_at(b->claims, i, "credit_measure"), e->measure) != 0 ||
            strcmp(text_at(b->claims, i, "credit_source"), e->source) != 0)
            fail_msg("claim %zu is %s on %s of %s; by hand %s on %s of %s", i, text_at(b->claims, i, "project"),
                     text_at(b->claims, i, "credit_measure"), text_at(b->claims, i, "credit_source"), e->project,
                     e->measure, e->source);
        assert_close(number_at(b->claims, i, "claimed_t"), e->tonnes, 1e-11, 0);
        assert_close(number_at(b->claims, i, "ratio"), e->ratio, CLOSE, 0);
    }
    assert_int_equal(ltn_table_rows(b->claims), count);
}

#define assert_claims(b, ...)                                                                                          \
    check_claims(b, (const claim[]){__VA_ARGS__}, sizeof((const claim[]){__VA_ARGS__}) / sizeof(claim))

static double of_credit(const book_made *b, const char *measure, const char *source, const char *column)
{
    return number_at(b->credits, find_row(b->credits, "measure", measure, "source", source), column);
}

/* ---- places ---- */

/* 100 t, half of it retired from 2017 on: 50 t of credit. 20 new tonnes owe 2 · 20 = 40; 10 t stay. Net 20 - 40. */
static void a_project_is_met_in_its_county(void **state)
{
    (void)state;
    book_made b = book_of(&(book_case){REGIONS, SOURCES "S,A,a,VOC,100\n",
                                       HEAD CUT("cut", "a", "50 %", "{2016: 0, 2017: 1}") NEW("P", "A", "2018", "20")
                                           TWO_PLACES});
    assert_claims(&b, {"P", "cut", "S", 40, 2});
    assert_close(of_project(&b, "P", "owed_t"), 40, CLOSE, 0);
    assert_close(of_project(&b, "P", "covered_t"), 20, CLOSE, 0);
    assert_close(of_project(&b, "P", "unmet_t"), 0, 0, 0);
    assert_close(of_project(&b, "P", "net_t"), -20, CLOSE, 0);
    assert_string_equal(state_of(&b, "P"), "met");
    assert_close(of_credit(&b, "cut", "S", "credit_t"), 50, CLOSE, 0);
    assert_close(of_credit(&b, "cut", "S", "left_t"), 10, CLOSE, 0);
    assert_string_equal(text_at(b.credits, 0, "since"), "2017-01-01");
    assert_int_equal(number_at(b.claims, 0, "credit_year"), 2017);
    assert_int_equal(number_at(b.claims, 0, "year"), 2018);
    book_free(&b);
}

/* 30 new tonnes owe 60: the county's 50 first, though the other county's 20 are two years older; then 10 of these.
 * City X is out of bounds. */
static void the_county_comes_before_the_city(void **state)
{
    (void)state;
    book_made b = book_of(
        &(book_case){REGIONS, SOURCES "S,A,a,VOC,100\nT,B,b,VOC,80\nU,D,c,VOC,1000\n",
                     HEAD CUT("far", "b", "25 %", "{2015: 0, 2016: 1}") CUT("out", "c", "50 %", "{2015: 0, 2016: 1}")
                         CUT("near", "a", "50 %", "{2017: 0, 2018: 1}") NEW("P", "A", "2018", "30") TWO_PLACES});
    assert_claims(&b, {"P", "near", "S", 50, 2}, {"P", "far", "T", 10, 2});
    assert_string_equal(reason_of(&b, "P", "out", "U"), "elsewhere");
    book_free(&b);
}

/* A zone of the county counts as the county, for the source and for the project. */
static void a_zone_lies_in_its_county(void **state)
{
    (void)state;
    book_made b = book_of(
        &(book_case){REGIONS, SOURCES "S,Z,a,VOC,100\nT,A,b,VOC,80\nV,B,c,VOC,100\n",
                     HEAD CUT("m1", "c", "30 %", "{2015: 0, 2016: 1}") CUT("m2", "a", "30 %", "{2016: 0, 2017: 1}")
                         CUT("m3", "b", "25 %", "{2017: 0, 2018: 1}") NEW("P", "Z", "2018", "26") TWO_PLACES});
    assert_claims(&b, {"P", "m2", "S", 30, 2}, {"P", "m3", "T", 20, 2}, {"P", "m1", "V", 2, 2});
    book_free(&b);
}

/* Without a table of regions there is no kind: the project's own region is where to look. */
static void without_a_table_the_own_region_is_the_place(void **state)
{
    (void)state;
    book_made b =
        book_of(&(book_case){NULL, SOURCES "S,A,a,VOC,100\nT,B,b,VOC,80\n",
                             HEAD CUT("m1", "a", "10 %", "{2015: 0, 2016: 1}")
                                 CUT("m2", "b", "90 %", "{2015: 0, 2016: 1}") NEW("P", "A", "2018", "20") TWO_PLACES});
    assert_claims(&b, {"P", "m1", "S", 10, 2}, {"P", "unmet", "", 30, 2});
    assert_int_equal(book_notes(&b, "offset_place_unknown", "P", NULL), 1);
    book_free(&b);
}

static void a_kind_that_nobody_has_is_an_error(void **state)
{
    (void)state;
    book_made b;
    book_inputs(&(book_case){REGIONS, SOURCES "S,A,a,VOC,100\n",
                             HEAD NEW("P", "A", "2018", "20") RULE("ratio: 2, within: [county, provinz]")},
                &b);
    assert_status(book_create(&b), LTN_EINPUT);
    assert_null(b.book);
    assert_contains(ltn_last_error()->message, "'provinz'");
    assert_string_equal(ltn_last_error()->source, "plan.yaml");
    assert_int_equal(ltn_last_error()->line, 7);
    book_free(&b);
}

/* A project straight under the city is in no county: the city is its first place. */
static void a_project_in_no_county_looks_in_the_city(void **state)
{
    (void)state;
    book_made b =
        book_of(&(book_case){REGIONS, SOURCES "S,A,a,VOC,100\n",
                             HEAD CUT("m", "a", "50 %", "{2016: 0, 2017: 1}") NEW("P", "W", "2018", "20") TWO_PLACES});
    assert_claims(&b, {"P", "m", "S", 40, 2});
    book_free(&b);
}

/* ---- order and time ---- */

/* Q stands first in the file and starts later, so P is served first: 40 of the 50, and 10 of Q's 20 are unmet. */
static void two_projects_compete(void **state)
{
    (void)state;
    book_made b =
        book_of(&(book_case){REGIONS, SOURCES "S,A,a,VOC,100\n",
                             HEAD CUT("m", "a", "50 %", "{2016: 0, 2017: 1}") NEW("Q", "A", "2018-06-02", "10")
                                 NEW("P", "A", "2018-06-01", "20") TWO_PLACES});
    assert_claims(&b, {"P", "m", "S", 40, 2}, {"Q", "m", "S", 10, 2}, {"Q", "unmet", "", 10, 2});
    assert_close(of_project(&b, "Q", "covered_t"), 5, CLOSE, 0);
    assert_close(of_project(&b, "Q", "net_t"), 0, 0, 1e-12);
    assert_string_equal(state_of(&b, "Q"), "unmet");
    double value = 0;
    assert_int_equal(book_notes(&b, "offset_unmet", "Q", &value), 1);
    assert_close(value, 10, CLOSE, 0);
    book_free(&b);
}

/* On one day, the order of the file decides. */
static void on_one_day_the_file_decides(void **state)
{
    (void)state;
    book_made b = book_of(&(book_case){REGIONS, SOURCES "S,A,a,VOC,100\n",
                                       HEAD CUT("m", "a", "50 %", "{2016: 0, 2017: 1}") NEW("Q", "A", "2018", "10")
                                           NEW("P", "A", "2018", "20") TWO_PLACES});
    assert_claims(&b, {"Q", "m", "S", 20, 2}, {"P", "m", "S", 30, 2}, {"P", "unmet", "", 10, 2});
    book_free(&b);
}

/* The oldest first; of one day the measure that stands first, then the source's id. m2 is of 2016; m1 and m3 of 2017.
 * P owes 50: 6 of m2, 10 and 15 of m1 (R before S), 19 of m3. */
static void credits_are_taken_by_age_measure_and_id(void **state)
{
    (void)state;
    book_made b = book_of(
        &(book_case){REGIONS, SOURCES "S,A,a,VOC,30\nU,A,c,VOC,40\nT,A,b,VOC,12\nR,A,a,VOC,20\n",
                     HEAD CUT("m1", "a", "50 %", "{2016: 0, 2017: 1}") CUT("m2", "b", "50 %", "{2015: 0, 2016: 1}")
                         CUT("m3", "c", "50 %", "{2016: 0, 2017: 1}") NEW("P", "A", "2018", "25") TWO_PLACES});
    assert_claims(&b, {"P", "m2", "T", 6, 2}, {"P", "m1", "R", 10, 2}, {"P", "m1", "S", 15, 2},
                  {"P", "m3", "U", 19, 2});
    book_free(&b);
}

/* In force from 2019 on, a year after P; Q, which starts in 2019, has it all. */
static void a_credit_comes_a_year_late(void **state)
{
    (void)state;
    book_made b = book_of(&(book_case){REGIONS, SOURCES "S,A,a,VOC,100\n",
                                       HEAD CUT("m", "a", "50 %", "{2018: 0, 2019: 1}") NEW("P", "A", "2018", "20")
                                           NEW("Q", "A", "2019", "20") TWO_PLACES});
    assert_claims(&b, {"P", "unmet", "", 40, 2}, {"Q", "m", "S", 40, 2});
    assert_string_equal(reason_of(&b, "P", "m", "S"), "late");
    assert_string_equal(reason_of(&b, "Q", "m", "S"), "");
    book_free(&b);
}

/* Closed from 1 July 2018 on. P starts the day before. Q starts on that day, and of all years from its start on the
 * fall is smallest in 2018, where 6/12 of the year are left: 50 t. R, of 2019, has what is left of 100: 50. */
static void a_day_within_the_year_counts(void **state)
{
    (void)state;
    book_made b = book_of(&(book_case){
        REGIONS, SOURCES "S,A,a,VOC,100\n",
        HEAD "  - {id: m, where: {sector: a}, from: 2018-07-01, retire: {share: 100 %}}\n" NEW(
            "P", "A", "2018-06-30", "20") NEW("Q", "A", "2018-07-01", "40") NEW("R", "A", "2019", "40") TWO_PLACES});
    assert_claims(&b, {"P", "unmet", "", 40, 2}, {"Q", "m", "S", 50, 2}, {"Q", "unmet", "", 30, 2},
                  {"R", "m", "S", 50, 2}, {"R", "unmet", "", 30, 2});
    assert_string_equal(text_at(b.credits, 0, "since"), "2018-07-01");
    assert_string_equal(reason_of(&b, "P", "m", "S"), "late");
    book_free(&b);
}

/* A project of 2021 is in no year of the run: it owes nothing here, and that is said. */
static void a_project_after_the_run_is_named(void **state)
{
    (void)state;
    book_made b =
        book_of(&(book_case){REGIONS, SOURCES "S,A,a,VOC,100\n", HEAD NEW("P", "A", "2021", "20") TWO_PLACES});
    assert_int_equal(ltn_table_rows(b.projects), 0);
    assert_int_equal(book_notes(&b, "offset_not_started", "P", NULL), 1);
    book_free(&b);
}

/* P is in the middle: S is 1 degree of longitude away, T 2, U has no coordinates. */
static void the_nearest_is_taken_first(void **state)
{
    (void)state;
    book_made b = book_of(&(book_case){
        REGIONS,
        "source,region,sector,pollutant,emission_t,lon,lat\nU,A,c,VOC,100,,\nT,A,b,VOC,100,118,28\nS,A,a,VOC,100,121,"
        "28\n"
        "V,B,d,VOC,100,120.1,28\n",
        HEAD CUT("m1", "[b, c, d]", "10 %", "{2015: 0, 2016: 1}")
            CUT("m2", "a", "10 %", "{2016: 0, 2017: 1}") "  - {id: n, add: {source: P, region: A, sector: works, from: "
                                                         "2018, lon: 120, lat: 28, emissions: {VOC: 18 "
                                                         "t/yr}}, offset: {pollutant: VOC, rule: r}}\n" RULE(
                                                             "ratio: 2, within: [county, city], order: nearest")});
    assert_claims(&b, {"P", "m2", "S", 10, 2}, {"P", "m1", "T", 10, 2}, {"P", "m1", "U", 10, 2},
                  {"P", "m1", "V", 6, 2});
    book_free(&b);
}

/* ---- how much a credit is ---- */

/* 100 t growing to 130 in 2020 along a line (106, 112, ...), halved from 2017 on: 2020 stands at 65, the most of all
 * years from 2018 on. The fall is 35 t, of the measure's 65. */
static void growth_eats_a_reduction(void **state)
{
    (void)state;
    book_made b =
        book_of(&(book_case){REGIONS, SOURCES "S,A,a,VOC,100\n",
                             HEAD "  - {id: g, where: {sector: a}, grow: {index: {2015: 1, 2020: 1.3}}}\n" CUT(
                                 "m", "a", "50 %", "{2016: 0, 2017: 1}") NEW("P", "A", "2018", "20") TWO_PLACES});
    assert_claims(&b, {"P", "m", "S", 35, 2}, {"P", "unmet", "", 5, 2});
    assert_close(of_credit(&b, "m", "S", "reduced_t"), 65, CLOSE, 0);
    assert_close(of_credit(&b, "m", "S", "credit_t"), 35, CLOSE, 0);
    book_free(&b);
}

/* A source that grows by half and is cut by a third is where it was: no credit. */
static void growth_may_eat_all_of_it(void **state)
{
    (void)state;
    book_made b =
        book_of(&(book_case){REGIONS, SOURCES "S,A,a,VOC,100\n",
                             HEAD "  - {id: g, where: {sector: a}, grow: {index: {2015: 1, 2020: 1.5}}}\n" CUT(
                                 "m", "a", "0.25", "{2016: 0, 2017: 1}") NEW("P", "A", "2018", "20") TWO_PLACES});
    assert_claims(&b, {"P", "unmet", "", 40, 2});
    assert_string_equal(reason_of(&b, "P", "m", "S"), "no_fall");
    book_free(&b);
}

/* A quarter is retired from 2016 to 2019, and 10 % in 2020: from 2017 on, 10 t last. */
static void only_what_lasts_is_a_credit(void **state)
{
    (void)state;
    book_made b = book_of(&(book_case){REGIONS, SOURCES "S,A,a,VOC,100\n",
                                       HEAD CUT("m", "a", "100 %", "{2015: 0, 2016: 0.25, 2019: 0.25, 2020: 0.1}")
                                           NEW("P", "A", "2017", "20") TWO_PLACES});
    assert_claims(&b, {"P", "m", "S", 10, 2}, {"P", "unmet", "", 30, 2});
    book_free(&b);
}

/* The base grows to 120 from 2016 on; half is retired (60 t), the rest controlled by 40 % (24 t): 36 are left, a fall of
 * 64 t, which the two share as 60 : 24. */
static void two_measures_share_the_fall(void **state)
{
    (void)state;
    book_made b = book_of(&(book_case){
        REGIONS, SOURCES "S,A,a,VOC,100\n",
        HEAD "  - {id: g, where: {sector: a}, grow: {index: {2015: 1, 2016: 1.2, 2020: 1.2}}}\n" CUT(
            "m1", "a", "50 %", "{2015: 0, 2016: 1}") "  - {id: m2, where: {sector: a}, control: {VOC: {efficiency: 40 "
                                                     "%}}, phase: {2015: 0, 2016: 1}}\n" NEW("P", "A", "2018", "40")
                                                         TWO_PLACES});
    assert_claims(&b, {"P", "m1", "S", 64.0 * 60 / 84, 2}, {"P", "m2", "S", 64.0 * 24 / 84, 2},
                  {"P", "unmet", "", 16, 2});
    book_free(&b);
}

/* A cap is no permanent reduction, and its share of the fall is nobody's. 100 t at 1000 t of activity; the retirement
 * takes 50 t; the cap at 400 t of activity a further 10 t: the fall is 60, and 50 of it a credit. */
static void the_share_of_a_cap_is_nobodys(void **state)
{
    (void)state;
    book_made b = book_of(&(book_case){
        REGIONS,
        "source,region,sector,pollutant,activity,activity_unit,factor,factor_unit\nS,A,a,VOC,1000,t,100,kg/t\n",
        HEAD CUT("m1", "a", "50 %", "{2015: 0, 2016: 1}") "  - {id: m2, where: {sector: a}, cap: {activity: 400 t}, "
                                                          "phase: {2015: 0, 2016: 1}}\n" NEW("P", "A", "2018", "40")
                                                              TWO_PLACES});
    assert_claims(&b, {"P", "m1", "S", 50, 2}, {"P", "unmet", "", 30, 2});
    assert_string_equal(reason_of(&b, "P", "m2", "S"), "not_permanent");
    book_free(&b);
}

/* 1000 t of coal at 4 kg/t of VOC are 4 t; the gas that replaces it, 1e6 kg · (20 · 0.6)/(40 · 0.9) = 333 333 m3 at 3 g,
 * emits 1 t: a fall of 3 t. */
static void what_replaces_it_is_netted(void **state)
{
    (void)state;
    book_made b = book_of(&(book_case){
        REGIONS,
        "source,region,sector,pollutant,fuel,activity,activity_unit,factor,factor_unit\nS,A,a,VOC,coal,1000,t,4,kg/t\n",
        HEAD "  - {id: m, where: {sector: a}, retire: {share: 100 %, replace: {fuel: natural_gas, ncv_old: 20 MJ/kg, "
             "efficiency_old: 0.6, ncv_new: 40 MJ/m3, efficiency_new: 0.9, factors: {VOC: 3 g/m3}}}, phase: {2015: 0, "
             "2016: 1}}\n" NEW("P", "A", "2018", "2") TWO_PLACES});
    assert_claims(&b, {"P", "m", "S", 3, 2}, {"P", "unmet", "", 1, 2});
    book_free(&b);
}

/* ---- refusals ---- */

static const char vehicles[] = "source,region,sector,pollutant,activity,activity_unit,factor,factor_unit,stage,"
                               "emission_t\n"
                               "S,A,a,VOC,1000,t,100,kg/t,,\n"
                               "T,A,b,VOC,,,,,,100\n"
                               "V,A,road,VOC,10000,万辆.km,5,g/vehicle/km,III,\n"
                               "U,D,c,VOC,,,,,,100\n"
                               "Y,A,e,VOC,,,,,,100\n"
                               "L,A,f,VOC,,,,,,100\n"
                               "N,A,h,NOx,,,,,,100\n";

/* Each is refused for its own reason; what P gets is the 10 t of T. */
static void every_reason_is_given(void **state)
{
    (void)state;
    static const struct {
        const char *measure, *source, *reason;
    } refused[] = {
        {"cap", "S", "not_permanent"},
        {"ban", "S", "not_permanent"},
        {"season", "T", "seasonal"},
        {"fleet", "V", "not_permanent"},
        {"again", "Q", "not_in_base"},
        {"far", "U", "elsewhere"},
        {"other", "Y", "not_selected"},
        {"late", "L", "late"},
        {"ok", "T", ""},
        {"nox", "N", ""},
    };
    book_made b = book_of(&(book_case){
        REGIONS, vehicles,
        HEAD
        "  - {id: g, where: {sector: a}, grow: {index: {2015: 1, 2020: 1.1}}}\n"
        "  - {id: ban, where: {sector: a}, ban: {growth: true}}\n"
        "  - {id: cap, where: {sector: a}, cap: {activity: 40 %, of: base}}\n" CUT(
            "ok", "b", "10 %",
            "{2015: 0, 2016: 1}") "  - {id: season, where: {sector: b}, retire: {share: 50 %}, months: [11, 12, 1]}\n"
                                  "  - {id: fleet, where: {sector: road}, turnover: {stage: stage, retire: {III: "
                                  "{2015: 0, 2016: 1}}, to: VI, "
                                  "factors: {VI: {VOC: 1 g/vehicle/km}}}}\n" CUT("far", "c", "50 %",
                                                                                 "{2015: 0, 2016: 1}")
                                      CUT("other", "e", "50 %", "{2015: 0, 2016: 1}")
                                          CUT("late", "f", "50 %", "{2018: 0, 2019: 1}")
                                              CUT("nox", "h", "50 %",
                                                  "{2015: 0, 2016: 1}") "  - {id: q, add: {source: Q, region: A, "
                                                                        "sector: g, from: 2016, emissions: {VOC: 50 "
                                                                        "t/yr}}}\n" CUT("again", "g", "50 %",
                                                                                        "{2016: 0, 2017: 1}")
                                                                            NEW("P", "A", "2018", "40")
                                                                                RULE("ratio: 1, within: [county, "
                                                                                     "city], credits_from: {where: "
                                                                                     "{not: {sector: e}}}")});
    for (size_t i = 0; i < COUNT(refused); i++)
        if (strcmp(reason_of(&b, "P", refused[i].measure, refused[i].source), refused[i].reason) != 0)
            fail_msg("%s on %s is refused as '%s'; expected '%s'", refused[i].measure, refused[i].source,
                     reason_of(&b, "P", refused[i].measure, refused[i].source), refused[i].reason);
    assert_close(of_project(&b, "P", "claimed_t") + of_project(&b, "P", "unmet_t"), 40, CLOSE, 0);
    assert_int_equal(ltn_table_rows(b.claims), 2); /* T, and what is unmet */
    assert_string_equal(text_at(b.claims, 0, "credit_measure"), "ok");
    book_free(&b);
}

/* Every reason comes with a sentence, in both languages. */
static void reasons_are_sentences(void **state)
{
    (void)state;
    book_made b =
        book_of(&(book_case){REGIONS, SOURCES "S,D,a,VOC,100\n",
                             HEAD CUT("m", "a", "50 %", "{2016: 0, 2017: 1}") NEW("P", "A", "2018", "20") TWO_PLACES});
    static const char *const words[] = {"lies outside the places", "不在规则规定的区域内"};
    for (int language = LTN_ENGLISH; language <= LTN_CHINESE; language++) {
        ltn_table *t = NULL;
        assert_ok(ltn_offset_book_refusals(b.book, "P", (ltn_language)language, &t));
        assert_int_equal(ltn_table_rows(t), 1);
        assert_contains(text_at(t, 0, "text"), words[language]);
        assert_close(number_at(t, 0, "tonnes"), 50, CLOSE, 0);
        ltn_table_free(t);
    }
    ltn_table *t = (ltn_table *)&b; /* must be set to NULL */
    assert_status(ltn_offset_book_refusals(b.book, "Q", LTN_ENGLISH, &t), LTN_ENOTFOUND);
    assert_null(t);
    char *text = (char *)&b;
    assert_status(ltn_offset_book_annex(b.book, "Q", LTN_ENGLISH, &text), LTN_ENOTFOUND);
    assert_null(text);
    book_free(&b);
}

/* What another has claimed is named as that. */
static void what_is_claimed_is_refused_as_claimed(void **state)
{
    (void)state;
    book_made b = book_of(&(book_case){REGIONS, SOURCES "S,A,a,VOC,100\n",
                                       HEAD CUT("m", "a", "50 %", "{2016: 0, 2017: 1}") NEW("P", "A", "2018", "25")
                                           NEW("Q", "A", "2019", "1") TWO_PLACES});
    assert_string_equal(reason_of(&b, "Q", "m", "S"), "claimed");
    book_free(&b);
}

/* ---- ratios ---- */

#define TWO_CREDITS SOURCES "S,A,a,VOC,100\nT,B,b,VOC,80\n"
#define TWO_CUTS CUT("m1", "a", "30 %", "{2015: 0, 2016: 1}") CUT("m2", "b", "50 %", "{2015: 0, 2016: 1}")

/* 20 new tonnes: 30 t of the county at 1.5 cover 20 - 0; of 25, 30 t cover 20 and the rest, 5, takes 3 · 5 of the city. */
static void the_ratio_may_depend_on_the_place(void **state)
{
    (void)state;
    book_made b =
        book_of(&(book_case){REGIONS, TWO_CREDITS,
                             HEAD TWO_CUTS NEW("P", "A", "2018", "25")
                                 RULE("ratio: [{place: city, ratio: 3}, {ratio: 1.5}], within: [county, city]")});
    assert_claims(&b, {"P", "m1", "S", 30, 1.5}, {"P", "m2", "T", 15, 3});
    assert_close(of_project(&b, "P", "owed_t"), 45, CLOSE, 0);
    assert_close(of_project(&b, "P", "covered_t"), 25, CLOSE, 0);
    book_free(&b);
}

/* By the project's region (a zone is in its county) and by pollutant; the first case that fits. */
static void the_ratio_may_depend_on_region_and_pollutant(void **state)
{
    (void)state;
    book_made b = book_of(&(book_case){
        REGIONS, SOURCES "S,A,a,VOC,100\nS,A,a,NOx,100\nT,B,b,VOC,80\n",
        HEAD TWO_CUTS NEW("P", "Z", "2018", "4")
            NEW("Q", "B", "2018", "4") "  - {id: x, add: {source: X, region: B, sector: works, from: 2018, emissions: "
                                       "{NOx: 4 t/yr}}, offset: "
                                       "{pollutant: NOx, rule: r}}\n" RULE(
                                           "ratio: [{region: A, ratio: 3}, {pollutant: [SO2, NOx], ratio: 1.2}, "
                                           "{ratio: 2}], within: [county, city]")});
    assert_claims(&b, {"P", "m1", "S", 12, 3}, {"Q", "m2", "T", 8, 2}, {"X", "m1", "S", 4.8, 1.2});
    book_free(&b);
}

#define TARGETS                                                                                                        \
    "region,pollutant,kind,value,unit,base_year,target_year,state,scope,base_scope,bound,supplied,computed\n"
#define ATTAINS RULE("ratio: [{attains: PM2.5, ratio: 1}, {ratio: 2}], within: [county, city]")

/* The limit is 35. City W, around A, stands at what the case says. */
static void the_ratio_may_depend_on_attainment(void **state)
{
    (void)state;
    static const struct {
        const char *targets;
        double ratio;
        size_t notes;
    } cases[] = {
        {TARGETS "W,PM2.5,indicator,35,ug/m3,,2020,value,,,max,34.5,\n", 1, 0},
        {TARGETS "W,PM2.5,indicator,35,ug/m3,,2020,value,,,max,35.5,\n", 2, 0},
        /* the county's own comes first */
        {TARGETS
         "W,PM2.5,indicator,35,ug/m3,,2020,value,,,max,35.5,\nA,PM2.5,indicator,35,ug/m3,,2020,value,,,max,30,\n",
         1, 0},
        {TARGETS "W,PM2.5,indicator,35,ug/m3,,2020,value,,,max,,\n", 2, 1},
        {TARGETS "X,PM2.5,indicator,35,ug/m3,,2020,value,,,max,20,\n", 2, 1},
        {NULL, 2, 1},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        book_made b = book_of(
            &(book_case){REGIONS, TWO_CREDITS, HEAD TWO_CUTS NEW("P", "A", "2018", "10") ATTAINS, cases[i].targets});
        assert_claims(&b, {"P", "m1", "S", 10 * cases[i].ratio, cases[i].ratio});
        assert_int_equal(book_notes(&b, "offset_attainment_unknown", "P", NULL), cases[i].notes);
        book_free(&b);
    }
}

static void a_ratio_for_no_case_is_an_error(void **state)
{
    (void)state;
    book_made b;
    book_inputs(&(book_case){REGIONS, TWO_CREDITS,
                             HEAD TWO_CUTS NEW("P", "A", "2018", "10")
                                 RULE("ratio: [{place: city, ratio: 3}], within: [county, city]")},
                &b);
    assert_status(book_create(&b), LTN_EINPUT);
    assert_null(b.book);
    assert_contains(ltn_last_error()->message, "no ratio for 'P'");
    assert_int_equal(ltn_last_error()->line, 9);
    book_free(&b);
}

/* As in a selector: where there is a table of regions, a region that is not in it is an error at its case. */
static void a_ratio_for_no_region_is_an_error(void **state)
{
    (void)state;
    static const char yaml[] = HEAD TWO_CUTS NEW("P", "A", "2018", "10")
        RULE("ratio: [{place: city, ratio: 3}, {region: [A, nowhere], ratio: 2}, {ratio: 1}], within: [county, city]");
    book_made b;
    book_inputs(&(book_case){REGIONS, TWO_CREDITS, yaml}, &b);
    assert_status(book_create(&b), LTN_EINPUT);
    assert_null(b.book);
    assert_string_equal(ltn_last_error()->message, "region 'nowhere' is not in the table of regions");
    assert_int_equal(ltn_last_error()->line, 9);
    assert_int_equal(ltn_last_error()->column, 40);
    book_free(&b);
    /* Without a table nothing says what regions there are. P takes its 2 · 10 of its own region. */
    b = book_of(&(book_case){NULL, TWO_CREDITS, yaml});
    assert_claims(&b, {"P", "m1", "S", 20, 2});
    book_free(&b);
}

/* ---- surplus ---- */

/* Base 180. The plan cuts 30 + 40 = 70 t to 110 (and P adds 25). A cut of 25 % allows 135: 25 t are more than is needed. */
static void only_the_surplus_counts(void **state)
{
    (void)state;
    book_case c = {
        REGIONS, TWO_CREDITS,
        HEAD TWO_CUTS NEW("P", "A", "2018", "25") RULE("ratio: 2, within: [county, city], surplus: true"),
        "region,pollutant,kind,value,unit,base_year,target_year,state,scope\nW,VOC,cut,25,%,2015,2020,value,\n"};
    book_made b = book_of(&c);
    assert_claims(&b, {"P", "m1", "S", 25, 2}, {"P", "unmet", "", 25, 2});
    assert_string_equal(reason_of(&b, "P", "m2", "T"), "needed");
    ltn_table *t = NULL;
    /* Projected 110 + 25 = 135: a cut of 25 % on the nose; without P and its tonnes 110 + 25 claimed = 135 too. */
    assert_ok(ltn_offset_book_targets(b.book, b.targets, &t));
    assert_close(number_at(t, 0, "projected_t"), 135, CLOSE, 0);
    assert_close(number_at(t, 0, "cut_pct"), 25, 1e-11, 0);
    assert_close(number_at(t, 0, "cut_plan_pct"), 25, 1e-11, 0);
    assert_string_equal(text_at(t, 0, "met"), "yes");
    ltn_table_free(t);
    book_free(&b);
    c.targets = NULL;
    b = book_of(&c);
    assert_claims(&b, {"P", "m1", "S", 30, 2}, {"P", "m2", "T", 20, 2});
    assert_int_equal(book_notes(&b, "offset_surplus_unknown", NULL, NULL), 1);
    book_free(&b);
}

/* A target of one county leaves the other's alone: A may keep 75, and stands at 70: 5 t of S. */
static void each_region_keeps_its_own_surplus(void **state)
{
    (void)state;
    book_made b = book_of(&(book_case){
        REGIONS, TWO_CREDITS,
        HEAD TWO_CUTS NEW("P", "A", "2018", "10") RULE("ratio: 2, within: [county, city], surplus: true"),
        "region,pollutant,kind,value,unit,base_year,target_year,state,scope\nA,VOC,cap,75,t/yr,2015,2020,value,\n"});
    assert_claims(&b, {"P", "m1", "S", 5, 2}, {"P", "m2", "T", 15, 2});
    book_free(&b);
}

/* ---- consequences ---- */

/* Base 180, reductions 70, new 25 that owes 50. cut_pct: 1 - (180 - 70 + 25)/180 = 25 %; without the project and
 * the 50 t it claims: 1 - (180 - 70 + 50)/180. A: base 100, -30, +25; B: base 80, -40, of which 20 are claimed. */
static void targets_and_accounts_show_the_offset(void **state)
{
    (void)state;
    book_made b = book_of(&(book_case){
        REGIONS, TWO_CREDITS, HEAD TWO_CUTS NEW("P", "A", "2018", "25") TWO_PLACES,
        "region,pollutant,kind,value,unit,base_year,target_year,state,scope\nW,VOC,cut,30,%,2015,2020,value,\n"
        "W,VOC,cut,30,%,2015,2017,value,\n"});
    ltn_table *t = NULL, *accounts = NULL;
    assert_ok(ltn_offset_book_targets(b.book, b.targets, &t));
    assert_close(number_at(t, 0, "cut_pct"), 25, 1e-11, 0);
    assert_close(number_at(t, 0, "cut_plan_pct"), 100.0 * 20 / 180, 1e-11, 0);
    /* In 2017 the project has not started: 70/180 both ways. */
    assert_close(number_at(t, 1, "cut_pct"), 7000.0 / 180, 1e-11, 0);
    assert_close(number_at(t, 1, "cut_plan_pct"), 7000.0 / 180, 1e-11, 0);
    assert_ok(ltn_offset_book_accounts(b.book, NULL, -1, &accounts));
    size_t in_a = find_row(accounts, "region", "A", NULL, NULL), in_b = find_row(accounts, "region", "B", NULL, NULL);
    assert_close(number_at(accounts, in_a, "offset_new_t"), 25, CLOSE, 0);
    assert_close(number_at(accounts, in_a, "offset_claimed_t"), -30, CLOSE, 0);
    assert_close(number_at(accounts, in_b, "offset_new_t"), 0, 0, 0);
    assert_close(number_at(accounts, in_b, "offset_claimed_t"), -20, CLOSE, 0);
    assert_close(number_at(accounts, in_a, "new_t"), 25, CLOSE, 0);
    assert_close(number_at(accounts, in_b, "projected_t"), 40, CLOSE, 0);
    ltn_table_free(t);
    ltn_table_free(accounts);
    book_free(&b);
}

/* 30 t pay for 15 of 25 (and 10 in 2019 get nothing). */
#define ONE_CREDIT SOURCES "S,A,a,VOC,100\n"
#define ONE_CUT CUT("m1", "a", "30 %", "{2015: 0, 2016: 1}")

static void unmet_is_flagged_scaled_or_excluded(void **state)
{
    (void)state;
    book_made b = book_of(&(book_case){REGIONS, ONE_CREDIT,
                                       HEAD ONE_CUT NEW("P", "A", "2018", "25") NEW("Q", "A", "2019", "10")
                                           RULE("ratio: 2, within: county, unmet: flag")});
    assert_claims(&b, {"P", "m1", "S", 30, 2}, {"P", "unmet", "", 20, 2}, {"Q", "unmet", "", 20, 2});
    assert_close(emission(ltn_offset_book_projection(b.book), 2020, "P", "VOC"), 25, CLOSE, 0);
    assert_ptr_equal(ltn_offset_book_projection(b.book), b.p.run);
    book_free(&b);

    b = book_of(&(book_case){REGIONS, ONE_CREDIT,
                             HEAD ONE_CUT NEW("P", "A", "2018", "25") NEW("Q", "A", "2019", "10")
                                 RULE("ratio: 2, within: county, unmet: scale")});
    const ltn_projection *run = ltn_offset_book_projection(b.book);
    assert_close(emission(run, 2020, "P", "VOC"), 15, CLOSE, 0);
    assert_close(emission(run, 2018, "P", "VOC"), 15, CLOSE, 0);
    double q = emission(run, 2020, "Q", "VOC");
    assert_true(q == 0 || isnan(q));
    assert_close(of_project(&b, "P", "asked_t"), 25, CLOSE, 0);
    assert_close(of_project(&b, "P", "new_t"), 15, CLOSE, 0);
    assert_close(of_project(&b, "P", "net_t"), -15, CLOSE, 0);
    assert_string_equal(state_of(&b, "P"), "scaled");
    assert_int_equal(book_notes(&b, "offset_scaled", "P", NULL), 1);
    assert_close(emission(b.p.run, 2020, "P", "VOC"), 25, CLOSE, 0); /* the run that was given is as it was */
    book_free(&b);

    /* P cannot be covered and goes; its credit then covers Q. */
    b = book_of(&(book_case){REGIONS, ONE_CREDIT,
                             HEAD ONE_CUT NEW("P", "A", "2018", "25") NEW("Q", "A", "2019", "10")
                                 RULE("ratio: 2, within: county, unmet: exclude")});
    run = ltn_offset_book_projection(b.book);
    double p = emission(run, 2020, "P", "VOC");
    assert_true(p == 0 || isnan(p));
    assert_close(emission(run, 2020, "Q", "VOC"), 10, CLOSE, 0);
    assert_string_equal(state_of(&b, "P"), "excluded");
    assert_string_equal(state_of(&b, "Q"), "met");
    assert_close(of_project(&b, "P", "net_t"), 0, 0, 0);
    assert_claims(&b, {"P", "unmet", "", 50, 2}, {"Q", "m1", "S", 20, 2});
    assert_int_equal(book_notes(&b, "offset_excluded", "P", NULL), 1);
    book_free(&b);
}

/* ---- growth that owes ---- */

/* S grows by 2 t a year from 2016 on, to 110 in 2020; T gives 40 t. Each year's 2 t owe 4 from 1 January of that year, and
 * P, of the first day of 2018, owes 30; of one day, what stands in the file goes before growth. In order: 4 of 2016, 4 of
 * 2017, 30 of P, and of the 4 of 2018 the 2 that are left; 2019 and 2020 get nothing. */
static void growth_may_owe(void **state)
{
    (void)state;
    book_made b =
        book_of(&(book_case){REGIONS, SOURCES "S,A,a,VOC,100\nT,B,b,VOC,80\n",
                             HEAD "  - {id: g, where: {sector: a}, grow: {index: {2015: 1, 2020: 1.1}}}\n" CUT(
                                 "m", "b", "50 %", "{2015: 0, 2016: 1}") NEW("P", "A", "2018", "15")
                                 RULE("ratio: 2, within: [county, city], growth_owes: true")});
    assert_int_equal(ltn_table_rows(b.projects), 6);
    for (size_t row = 0; row < 6; row++) {
        bool project = strcmp(text_at(b.projects, row, "project"), "P") == 0;
        assert_int_equal(project, row == 2);
        assert_close(number_at(b.projects, row, "owed_t"), project ? 30 : 4, 1e-11, 0);
    }
    static const double claimed[] = {4, 4, 30, 2, 0, 0};
    for (size_t row = 0; row < 6; row++)
        assert_close(number_at(b.projects, row, "claimed_t"), claimed[row], 1e-9, 1e-9);
    book_free(&b);
}

/* ---- cheapest ---- */

#define COSTLY(id, sector, share, cost)                                                                                \
    "  - {id: " id ", where: {sector: " sector "}, retire: {share: " share                                             \
    "}, phase: {2015: 0, 2016: 1}, cost: {annual: " cost "}}\n"

/* S gives 30 t at 9 yuan/kg in the county, T 40 t at 2 yuan/kg in the city. P, of 25 t, owes 50: all 40 of T and 10 of S.
 * One more tonne of T saves 9000 - 2000 yuan, one more of S nothing. U costs nothing that is known. */
static void the_cheapest_pays_first(void **state)
{
    (void)state;
    book_made b =
        book_of(&(book_case){REGIONS, TWO_CREDITS "U,A,c,VOC,100\n",
                             HEAD COSTLY("m1", "a", "30 %", "9 yuan/kg") COSTLY("m2", "b", "50 %", "2 yuan/kg")
                                 CUT("m3", "c", "50 %", "{2015: 0, 2016: 1}") NEW("P", "A", "2018", "25")
                                     RULE("ratio: 2, within: [county, city], order: cheapest")});
    assert_claims(&b, {"P", "m1", "S", 10, 2}, {"P", "m2", "T", 40, 2});
    assert_close(of_credit(&b, "m2", "T", "claimed_t"), 40, 1e-9, 0);
    assert_close(of_credit(&b, "m2", "T", "cost_yuan_t"), 2000, CLOSE, 0);
    assert_close(of_credit(&b, "m2", "T", "worth_yuan_t"), 7000, 1e-9, 0);
    assert_close(of_credit(&b, "m1", "S", "worth_yuan_t"), 0, 0, 1e-9);
    assert_close(of_credit(&b, "m1", "S", "worth_new_t"), 0, 0, 1e-9);
    assert_string_equal(reason_of(&b, "P", "m3", "U"), "no_cost");
    book_free(&b);
}

/* P may look in the whole city, at S (30 t at 9 yuan/kg) and T (40 t at 2), Q in its county, at T alone. P owes 30 and Q
 * 40. T would serve P at less, and leave Q 30 t short; so P takes S and Q takes T. */
static void cover_comes_before_cost(void **state)
{
    (void)state;
    book_made b = book_of(&(book_case){
        REGIONS, TWO_CREDITS,
        HEAD COSTLY("m1", "a", "30 %", "9 yuan/kg") COSTLY(
            "m2", "b", "50 %", "2 yuan/kg") "  - {id: n, add: {source: P, region: A, sector: works, from: 2018, "
                                            "emissions: {VOC: 15 t/yr}}, offset: "
                                            "{pollutant: VOC, rule: w}}\n" NEW(
                                                "Q", "B", "2019",
                                                "20") "offset_rules:\n  w: {ratio: 2, within: city, order: cheapest}\n"
                                                      "  r: {ratio: 2, within: county, order: cheapest}\n"});
    assert_claims(&b, {"P", "m1", "S", 30, 2}, {"Q", "m2", "T", 40, 2});
    book_free(&b);
}

/* 50 t are lacking: one more tonne of either covers half a new one, and costs are not looked at to choose. */
static void a_want_has_its_price(void **state)
{
    (void)state;
    book_made b = book_of(&(book_case){REGIONS, TWO_CREDITS,
                                       HEAD COSTLY("m1", "a", "30 %", "9 yuan/kg")
                                           COSTLY("m2", "b", "50 %", "2 yuan/kg") NEW("P", "A", "2018", "60")
                                               RULE("ratio: 2, within: [county, city], order: cheapest")});
    assert_close(of_project(&b, "P", "claimed_t"), 70, 1e-9, 0);
    assert_close(of_project(&b, "P", "unmet_t"), 50, 1e-9, 0);
    assert_close(of_credit(&b, "m1", "S", "worth_new_t"), 0.5, 1e-9, 0);
    assert_close(of_credit(&b, "m2", "T", "worth_new_t"), 0.5, 1e-9, 0);
    book_free(&b);
}

/* A total of 60 000 yuan a year for a measure that takes 30 t off is 2000 yuan/t. */
static void a_cost_in_all_is_divided(void **state)
{
    (void)state;
    book_made b = book_of(&(book_case){REGIONS, ONE_CREDIT,
                                       HEAD COSTLY("m1", "a", "30 %", "60000 yuan/yr") NEW("P", "A", "2018", "5")
                                           RULE("ratio: 2, within: [county, city], order: cheapest")});
    assert_close(of_credit(&b, "m1", "S", "cost_yuan_t"), 2000, CLOSE, 0);
    assert_claims(&b, {"P", "m1", "S", 10, 2});
    book_free(&b);
}

/* Earliest lets P, which may look everywhere in W, take T (the older) and leaves Q, whose county is B, with nothing; any
 * other order covers Q's 10 more. */
static void what_the_order_costs_is_said(void **state)
{
    (void)state;
    book_made b = book_of(&(book_case){
        REGIONS, SOURCES "S,A,a,VOC,100\nT,B,b,VOC,80\n",
        HEAD CUT("m2", "b", "25 %", "{2015: 0, 2016: 1}")
            CUT("m1", "a", "30 %", "{2016: 0, 2017: 1}") "  - {id: n, add: {source: P, region: W, sector: works, from: "
                                                         "2018, emissions: {VOC: 10 t/yr}}, offset: "
                                                         "{pollutant: VOC, rule: w}}\n" NEW(
                                                             "Q", "B", "2019",
                                                             "10") "offset_rules:\n  w: {ratio: 2, within: city}\n  r: "
                                                                   "{ratio: 2, within: county}\n"});
    assert_claims(&b, {"P", "m2", "T", 20, 2}, {"Q", "unmet", "", 20, 2});
    double value = 0;
    assert_int_equal(book_notes(&b, "offset_order_limits", NULL, &value), 1);
    assert_close(value, 10, 1e-9, 0);
    book_free(&b);
}

/* ---- the bank ---- */

#define BANK "permit,source,region,pollutant,measure,issued,expires,balance_t,project,ratio,cost\n"

/* Banked: 12 t of 2010 in the county; one that expired the day before; one of the day itself; one issued the day
 * after; NOx; the wrong city. P starts on 2018-03-15 and owes 40. */
static void banked_credits_are_used(void **state)
{
    (void)state;
    book_made b =
        book_of(&(book_case){REGIONS, ONE_CREDIT, HEAD ONE_CUT NEW("P", "A", "2018-03-15", "20") TWO_PLACES, NULL,
                             BANK "b1,OLD1,A,VOC,,2010-05-01,,12,,,\n"
                                  "b2,OLD2,A,VOC,,2011-05-01,2018-03-14,100,,,\n"
                                  "b3,OLD3,A,VOC,,2012-05-01,2018-03-15,5,,,\n"
                                  "b4,OLD4,A,VOC,,2018-03-16,,100,,,\n"
                                  "b5,OLD5,A,NOx,,2010-05-01,,100,,,\n"
                                  "b6,OLD6,D,VOC,,2010-05-01,,100,,,\n"});
    assert_claims(&b, {"P", "b1", "OLD1", 12, 2}, {"P", "b3", "OLD3", 5, 2}, {"P", "m1", "S", 23, 2});
    assert_string_equal(reason_of(&b, "P", "b2", "OLD2"), "expired");
    assert_string_equal(reason_of(&b, "P", "b4", "OLD4"), "late");
    assert_string_equal(reason_of(&b, "P", "b6", "OLD6"), "elsewhere");
    char *closing = closing_bank(&b);
    assert_contains(closing, "b2,OLD2,A,VOC,,2011-05-01,2018-03-14,,,100");
    assert_contains(closing, "b5,OLD5,A,NOx,,2010-05-01,,,,100");
    assert_contains(closing, "b1,OLD1,A,VOC,,2010-05-01,,P,2,12");
    assert_contains(closing, ",S,A,VOC,m1,2016-01-01,,P,2,23");
    assert_contains(closing, ",S,A,VOC,m1,2016-01-01,,,,7");
    free(closing);
    book_free(&b);
}

/* A year alone is its 1 January: it pays for a project of that day, and for none of the next. */
static void a_credit_that_expires_in_a_year_ends_with_its_first_day(void **state)
{
    (void)state;
    static const struct {
        const char *yaml, *reason;
    } cases[] = {{HEAD ONE_CUT NEW("P", "A", "2018-01-01", "2") TWO_PLACES, ""},
                 {HEAD ONE_CUT NEW("P", "A", "2018-01-02", "2") TWO_PLACES, "expired"}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        book_made b =
            book_of(&(book_case){REGIONS, ONE_CREDIT, cases[i].yaml, NULL, BANK "b1,OLD1,A,VOC,,2010,2018,12,,,\n"});
        assert_string_equal(reason_of(&b, "P", "b1", "OLD1"), cases[i].reason);
        char *closing = closing_bank(&b);
        assert_contains(closing, "b1,OLD1,A,VOC,,2010-01-01,2018-01-01,");
        free(closing);
        book_free(&b);
    }
}

/* A banked source is no source of the base, so accounts and targets of this run do not know its tonnes: the plan's cut
 * leaves out the project's 10 t and the 8 t of S, not the 12 t of 2010. Base 100; 1 - (70 + 8)/100 = 22 %. */
static void banked_tonnes_are_not_this_plans(void **state)
{
    (void)state;
    book_made b = book_of(&(book_case){
        REGIONS, ONE_CREDIT, HEAD ONE_CUT NEW("P", "A", "2018", "10") TWO_PLACES,
        "region,pollutant,kind,value,unit,base_year,target_year,state,scope\nW,VOC,cut,30,%,2015,2020,value,\n",
        BANK "b1,OLD1,A,VOC,,2010-05-01,,12,,,\n"});
    ltn_table *t = NULL;
    assert_ok(ltn_offset_book_targets(b.book, b.targets, &t));
    assert_close(number_at(t, 0, "cut_plan_pct"), 22, 1e-11, 0);
    assert_close(number_at(t, 0, "cut_pct"), 20, 1e-11, 0);
    ltn_table_free(t);
    assert_ok(ltn_offset_book_accounts(b.book, NULL, -1, &t));
    assert_close(number_at(t, 0, "offset_claimed_t"), -8, CLOSE, 0);
    ltn_table_free(t);
    book_free(&b);
}

/* An earlier book gave 10 of S's 30 t to P at 1.5, and 7 to a project that is not in this plan. P asks for 20: 10/1.5 are
 * covered; of the rest, 40/3, 2 · 40/3 are owed; 30 - 10 - 7 = 13 are there. */
static void settled_claims_stand(void **state)
{
    (void)state;
    book_made b = book_of(&(book_case){
        REGIONS, ONE_CREDIT, HEAD ONE_CUT NEW("Q", "A", "2017", "1") NEW("P", "A", "2018", "20") TWO_PLACES, NULL,
        BANK "p1,S,A,VOC,m1,2016-01-01,,10,P,1.5,\np2,S,A,VOC,m1,2016-01-01,,7,GONE,2,\n"});
    assert_claims(&b, {"Q", "m1", "S", 2, 2}, {"P", "m1", "S", 10, 1.5}, {"P", "m1", "S", 11, 2},
                  {"P", "unmet", "", 2 * (40.0 / 3 - 5.5), 2});
    assert_string_equal(reason_of(&b, "Q", "m1", "S"), "settled");
    char *closing = closing_bank(&b);
    assert_contains(closing, "p2,S,A,VOC,m1,2016-01-01,,GONE,2,7");
    free(closing);
    book_free(&b);
}

/* The same book from the bank that it closed with: the same claims, and the same bank again. */
static void check_feeding_back(const book_case *given)
{
    book_case c = *given;
    book_made first = book_of(&c);
    char *closing = closing_bank(&first);
    c.bank = closing;
    book_made second = book_of(&c);
    char *again = closing_bank(&second);
    size_t rows = ltn_table_rows(first.claims);
    assert_int_equal(ltn_table_rows(second.claims), rows);
    for (size_t row = 0; row < rows; row++)
        for (size_t k = 0; k < ltn_table_columns(first.claims); k++) {
            const char *name = ltn_table_name(first.claims, k);
            if (ltn_table_type(first.claims, k) == LTN_TEXT)
                assert_string_equal(text_at(first.claims, row, name), text_at(second.claims, row, name));
            else if (!isnan(number_at(first.claims, row, name)) || !isnan(number_at(second.claims, row, name)))
                assert_close(number_at(second.claims, row, name), number_at(first.claims, row, name), 1e-9, 1e-9);
        }
    assert_string_equal(again, closing);
    for (size_t i = 0; i < ltn_table_rows(first.projects); i++) {
        ltn_table *a = NULL, *z = NULL;
        const char *project = text_at(first.projects, i, "project");
        assert_ok(ltn_offset_book_refusals(first.book, project, LTN_ENGLISH, &a));
        assert_ok(ltn_offset_book_refusals(second.book, project, LTN_ENGLISH, &z));
        for (size_t row = 0; row < ltn_table_rows(z); row++)
            if (strcmp(text_at(z, row, "reason"), "no_fall") == 0)
                find_row(a, "source", text_at(z, row, "source"), "reason", "no_fall");
        ltn_table_free(a);
        ltn_table_free(z);
    }
    book_free(&first);
    book_free(&second);
    free(closing);
    free(again);
}

static void a_bank_that_is_fed_back_changes_nothing(void **state)
{
    (void)state;
    static const char *const terms[] = {RULE("ratio: 2, within: [county, city], unmet: flag"),
                                        RULE("ratio: 2, within: [county, city], unmet: scale"),
                                        RULE("ratio: 2, within: [county, city], unmet: exclude"),
                                        RULE("ratio: 1.7, within: [county, city], order: cheapest, surplus: true")};
    for (size_t i = 0; i < COUNT(terms); i++) {
        text_buffer yaml = {0};
        text_add(&yaml, "%s%s",
                 HEAD COSTLY("m1", "a", "30 %", "9 yuan/kg") COSTLY("m2", "b", "50 %", "2 yuan/kg")
                     NEW("P", "A", "2018", "21") NEW("Q", "B", "2018-07-01", "9") NEW("R", "A", "2020", "13"),
                 terms[i]);
        check_feeding_back(&(book_case){REGIONS, TWO_CREDITS, yaml.data});
        check_feeding_back(&(book_case){REGIONS, TWO_CREDITS, yaml.data, NULL,
                                        BANK
                                        "b1,OLD1,A,VOC,,2010-05-01,,12,,,3\nb2,OLD2,A,VOC,,2011-05-01,2018-03-14,100,,,"
                                        "1\nb5,OLD5,A,NOx,,2010-05-01,,100,,,\n"});
        free(yaml.data);
    }
}

/* S falls by 60 t from 2016 on, all by the control; from 2019 on nine tenths of it are closed first, which leaves the control
 * 6 t of the fall of 96. P, of 2016, claims the 60 and goes on doing so: of the 90 that the closure has from 2019 on,
 * 36 are left, and Q, which asks for 90, gets these. A bank that closes on this must not make more of it. */
#define SWINGING                                                                                                       \
    HEAD CUT("close", "a", "90 %", "{2018: 0, 2019: 1}") "  - {id: control, where: {sector: a}, control: {VOC: "       \
                                                         "{efficiency: 60 %}}, phase: {2015: 0, 2016: 1}}\n"

static void a_fall_whose_shares_swing_is_given_once(void **state)
{
    (void)state;
    book_case c = {REGIONS, SOURCES "S,A,a,VOC,100\n",
                   SWINGING NEW("P", "A", "2016", "60") NEW("Q", "A", "2020", "90") RULE("ratio: 1, within: county")};
    book_made b = book_of(&c);
    assert_claims(&b, {"P", "control", "S", 60, 1}, {"Q", "close", "S", 36, 1}, {"Q", "unmet", "", 54, 1});
    book_free(&b);
    check_feeding_back(&c);
}

/* As above, but P and O share the control's 60 between 2016 and 2017. */
static void claims_of_several_years_feed_back(void **state)
{
    (void)state;
    check_feeding_back(&(book_case){REGIONS, SOURCES "S,A,a,VOC,100\n",
                                    SWINGING NEW("P", "A", "2016", "20") NEW("O", "A", "2017", "30")
                                        NEW("Q", "A", "2020", "90") RULE("ratio: 1, within: county")});
    check_feeding_back(&(book_case){
        REGIONS, SOURCES "S,A,a,VOC,100\n",
        HEAD CUT(
            "close", "a", "90 %",
            "{2016: 0, 2019: 1}") "  - {id: control, where: {sector: a}, control: {VOC: {efficiency: 60 %}}, phase: "
                                  "{2015: 0, 2016: 1}}\n" NEW("P", "A", "2016", "30") NEW("O", "A", "2017", "20")
                                      NEW("Q", "A", "2020", "90") RULE("ratio: 1, within: county")});
}

/* Q, of 2020, has been given 60 of the 100 that fall from 2016 on by an earlier book. N, new and of 2016, may have 40. */
static void a_later_claim_of_an_earlier_book_binds(void **state)
{
    (void)state;
    book_made b = book_of(&(book_case){REGIONS, SOURCES "S,A,a,VOC,200\n",
                                       HEAD CUT("m1", "a", "25 %", "{2015: 0, 2016: 1}")
                                           CUT("m2", "a", "100 %", "{2015: 0, 2016: 0.5, 2019: 0.5, 2020: 1}")
                                               NEW("N", "A", "2016", "200") NEW("Q", "A", "2020", "60")
                                                   RULE("ratio: 1, within: county"),
                                       NULL, BANK "q,S,A,VOC,m2,2016-01-01,,60,Q,1,\n"});
    /* Fall: 50 + 75 = 125 from 2016 on, 200 in 2020. Q holds 60 of m2; N has m1's 50 and what m2 has left of 75. */
    assert_claims(&b, {"N", "m1", "S", 50, 1}, {"N", "m2", "S", 15, 1}, {"N", "unmet", "", 135, 1},
                  {"Q", "m2", "S", 60, 1});
    book_free(&b);
}

/* ---- bad banks ---- */

static void bad_banks_are_placed(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "b,§,A,VOC,,2010-05-01,,12,,,\n",      "b,O,§,VOC,,2010-05-01,,12,,,\n",
        "b,O,A,§,,2010-05-01,,12,,,\n",        "b,O,A,VOC,,§,,12,,,\n",
        "b,O,A,VOC,,§2010-13-01,,12,,,\n",     "b,O,A,VOC,,2010-05-01,§never,12,,,\n",
        "b,O,A,VOC,,2010-05-01,,§,,,\n",       "b,O,A,VOC,,2010-05-01,,§-3,,,\n",
        "b,O,A,VOC,,2010-05-01,,§12 t,,,\n",   "b,O,A,VOC,,2010-05-01,,12,P,§0,\n",
        "b,O,A,VOC,,2010-05-01,,12,P,§two,\n", "b,O,A,VOC,,2010-05-01,,12,,,§-1\n",
        "b,O,A,VOC,,2010-05-01,,§nan,,,\n",    "b,O,A,VOC,,2010-05-01,,§inf,,,\n",
        "b,O,A,VOC,,§2010-02-30,,12,,,\n",     "b,O,A,VOC,,2010-05-01,§2009-05-01,12,,,\n",
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        text_buffer whole = {0}, text = {0};
        mark marks[MARKS_MAX];
        text_add(&whole, "%sok,O,A,VOC,,2010-05-01,,12,,,\n%s", BANK, bad[i]);
        assert_int_equal(take_marks(whole.data, &text, marks), 1);
        ltn_read_options options;
        ltn_diagnostics *list = new_list(&options);
        ltn_offset_bank *bank = (ltn_offset_bank *)&options; /* must be set to NULL */
        ltn_status status = ltn_offset_bank_read_csv(write_file("bank.csv", text.data), &options, &bank);
        if (status != LTN_EINPUT) fail_msg("bad bank %zu (%s) is read with status %d", i, bad[i], status);
        assert_null(bank);
        assert_int_equal(ltn_diagnostics_count(list), 1);
        assert_complaint(list, marks[0].line, marks[0].column, "");
        ltn_diagnostics_free(list);
        free(whole.data);
        free(text.data);
    }
}

static void all_bad_rows_are_told(void **state)
{
    (void)state;
    ltn_read_options options;
    ltn_diagnostics *list = new_list(&options);
    ltn_offset_bank *bank = NULL;
    assert_status(
        ltn_offset_bank_read_csv(write_file("bank.csv", BANK "b,,A,VOC,,x,,12,,,\nb,O,A,VOC,,2010-05-01,,y,,,\n"),
                                 &options, &bank),
        LTN_EINPUT);
    assert_int_equal(ltn_diagnostics_count(list), 3);
    ltn_diagnostics_free(list);
    assert_status(ltn_offset_bank_read_csv(write_file("bank.csv", "permit,source\nb,S\n"), NULL, &bank), LTN_EINPUT);
    assert_contains(ltn_last_error()->message, "region");
    assert_status(ltn_offset_bank_read_csv(temporary_path("absent.csv"), NULL, &bank), LTN_EIO);
}

static void a_bank_of_another_place_is_refused(void **state)
{
    (void)state;
    book_made b;
    book_inputs(&(book_case){REGIONS, ONE_CREDIT, HEAD ONE_CUT NEW("P", "A", "2018", "20") TWO_PLACES, NULL,
                             BANK "b1,OLD1,QQ,VOC,,2010-05-01,,12,,,\n"},
                &b);
    assert_status(book_create(&b), LTN_EINPUT);
    assert_null(b.book);
    assert_contains(ltn_last_error()->source, "bank.csv");
    assert_int_equal(ltn_last_error()->line, 2);
    assert_int_equal(ltn_last_error()->column, 9);
    book_free(&b);
}

/* A row that the run itself credits, under no measure, a misspelt one, or in another place, would pay twice. */
static void a_bank_may_not_credit_twice(void **state)
{
    (void)state;
    static const struct {
        const char *row, *says;
    } cases[] = {{"b,S,A,VOC,,2016-01-01,,50,,,\n", "names no measure"},
                 {"b,S,A,VOC,m1x,2016-01-01,,50,,,\n", "the nearest is 'm1'"},
                 {"b,S,B,VOC,m1,2016-01-01,,50,,,\n", "lies in 'A'"}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        text_buffer bank = {0};
        text_add(&bank, "%s%s", BANK, cases[i].row);
        book_made b;
        book_inputs(
            &(book_case){REGIONS, ONE_CREDIT, HEAD ONE_CUT NEW("P", "A", "2018", "20") TWO_PLACES, NULL, bank.data},
            &b);
        assert_status(book_create(&b), LTN_EINPUT);
        assert_null(b.book);
        assert_contains(ltn_last_error()->message, cases[i].says);
        assert_int_equal(ltn_last_error()->line, 2);
        book_free(&b);
        free(bank.data);
    }
}

/* ---- bad rules ---- */

static void bad_rules_are_placed(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "r: {ratio: §0, within: county}",
        "r: {ratio: §-1, within: county}",
        "r: {ratio: §1e-9, within: county}",
        "r: {ratio: §1e308, within: county}",
        "r: {ratio: §[], within: county}",
        "r: {ratio: [§{place: city}], within: county}",
        "r: {ratio: 2, within: §[]}",
        "r: {ratio: 2, within: county, order: §latest}",
        "r: {ratio: 2, within: county, unmet: §drop}",
        "r: {ratio: [§{place: citty, ratio: 3}, {ratio: 2}], within: [county, city]}",
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        text_buffer whole = {0}, text = {0};
        mark marks[MARKS_MAX];
        text_add(&whole, "%soffset_rules:\n  %s\n", HEAD NEW("P", "A", "2018", "20"), bad[i]);
        assert_int_equal(take_marks(whole.data, &text, marks), 1);
        ltn_scenario *scenario = (ltn_scenario *)&whole; /* must be set to NULL */
        ltn_status status = ltn_scenario_parse(text.data, text.size, "plan.yaml", NULL, &scenario);
        const ltn_error *e = ltn_last_error();
        if (status != LTN_EINPUT || e->line != marks[0].line || e->column != marks[0].column)
            fail_msg("bad rule %zu (%s): status %d, %d:%d: %s", i, bad[i], status, e->line, e->column,
                     status ? e->message : "");
        assert_null(scenario);
        free(whole.data);
        free(text.data);
    }
}

/* ---- the annex ---- */

static void the_annex_says_who_pays(void **state)
{
    (void)state;
    book_made b = book_of(&(book_case){
        REGIONS, TWO_CREDITS, HEAD TWO_CUTS NEW("P", "A", "2018-03-15", "25") NEW("Q", "A", "2019", "30") TWO_PLACES});
    char *text = NULL;
    assert_ok(ltn_offset_book_annex(b.book, "P", LTN_ENGLISH, &text));
    /* How it is laid out is tests/test_permit.py's. */
    assert_contains(text, "25.000 t/yr");
    assert_contains(text, "50.000 t/yr");
    assert_contains(text, "2018-03-15");
    assert_contains(text, "1  S ");
    assert_contains(text, " 30.000 ");
    assert_contains(text, "2  T ");
    assert_contains(text, " 20.000 ");
    assert_null(strstr(text, "NOT COVERED"));
    ltn_text_free(text);
    assert_ok(ltn_offset_book_annex(b.book, "Q", LTN_CHINESE, &text));
    assert_contains(text, "允许新增排放量");
    assert_contains(text, "未落实替代量");
    assert_contains(text, "40.000 吨/年");
    ltn_text_free(text);
    ltn_text_free(NULL);
    book_free(&b);
}

/* ---- nothing owed ---- */

static void a_plan_that_owes_nothing_has_an_empty_book(void **state)
{
    (void)state;
    book_made b =
        book_of(&(book_case){REGIONS, ONE_CREDIT, HEAD ONE_CUT, NULL, BANK "b1,O,A,VOC,,2010-05-01,,12,,,\n"});
    assert_int_equal(ltn_table_rows(b.projects) + ltn_table_rows(b.claims), 0);
    char *closing = closing_bank(&b);
    assert_contains(closing, "b1,O,A,VOC,,2010-05-01,,,,12");
    free(closing);
    book_free(&b);
    ltn_offset_book_free(NULL);
    ltn_offset_bank_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_project_is_met_in_its_county),
        cmocka_unit_test(the_county_comes_before_the_city),
        cmocka_unit_test(a_zone_lies_in_its_county),
        cmocka_unit_test(without_a_table_the_own_region_is_the_place),
        cmocka_unit_test(a_kind_that_nobody_has_is_an_error),
        cmocka_unit_test(a_project_in_no_county_looks_in_the_city),
        cmocka_unit_test(two_projects_compete),
        cmocka_unit_test(on_one_day_the_file_decides),
        cmocka_unit_test(credits_are_taken_by_age_measure_and_id),
        cmocka_unit_test(a_credit_comes_a_year_late),
        cmocka_unit_test(a_day_within_the_year_counts),
        cmocka_unit_test(a_project_after_the_run_is_named),
        cmocka_unit_test(the_nearest_is_taken_first),
        cmocka_unit_test(growth_eats_a_reduction),
        cmocka_unit_test(growth_may_eat_all_of_it),
        cmocka_unit_test(only_what_lasts_is_a_credit),
        cmocka_unit_test(two_measures_share_the_fall),
        cmocka_unit_test(the_share_of_a_cap_is_nobodys),
        cmocka_unit_test(what_replaces_it_is_netted),
        cmocka_unit_test(every_reason_is_given),
        cmocka_unit_test(reasons_are_sentences),
        cmocka_unit_test(what_is_claimed_is_refused_as_claimed),
        cmocka_unit_test(the_ratio_may_depend_on_the_place),
        cmocka_unit_test(the_ratio_may_depend_on_region_and_pollutant),
        cmocka_unit_test(the_ratio_may_depend_on_attainment),
        cmocka_unit_test(a_ratio_for_no_case_is_an_error),
        cmocka_unit_test(a_ratio_for_no_region_is_an_error),
        cmocka_unit_test(only_the_surplus_counts),
        cmocka_unit_test(each_region_keeps_its_own_surplus),
        cmocka_unit_test(targets_and_accounts_show_the_offset),
        cmocka_unit_test(unmet_is_flagged_scaled_or_excluded),
        cmocka_unit_test(growth_may_owe),
        cmocka_unit_test(the_cheapest_pays_first),
        cmocka_unit_test(cover_comes_before_cost),
        cmocka_unit_test(a_want_has_its_price),
        cmocka_unit_test(a_cost_in_all_is_divided),
        cmocka_unit_test(what_the_order_costs_is_said),
        cmocka_unit_test(banked_credits_are_used),
        cmocka_unit_test(a_credit_that_expires_in_a_year_ends_with_its_first_day),
        cmocka_unit_test(banked_tonnes_are_not_this_plans),
        cmocka_unit_test(settled_claims_stand),
        cmocka_unit_test(a_bank_that_is_fed_back_changes_nothing),
        cmocka_unit_test(a_fall_whose_shares_swing_is_given_once),
        cmocka_unit_test(claims_of_several_years_feed_back),
        cmocka_unit_test(a_later_claim_of_an_earlier_book_binds),
        cmocka_unit_test(bad_banks_are_placed),
        cmocka_unit_test(all_bad_rows_are_told),
        cmocka_unit_test(a_bank_of_another_place_is_refused),
        cmocka_unit_test(a_bank_may_not_credit_twice),
        cmocka_unit_test(bad_rules_are_placed),
        cmocka_unit_test(the_annex_says_who_pays),
        cmocka_unit_test(a_plan_that_owes_nothing_has_an_empty_book),
    };
    obey_test_filter();
    return cmocka_run_group_tests_name("offsets", tests, NULL, remove_temporary_folder);
}
