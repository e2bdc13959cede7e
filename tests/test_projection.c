/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The projection and the targets: each action on rows small enough to reckon by hand, with the arithmetic
 * beside it; the hand-worked cases of tests/cases/; what is refused, and where. */
#include "plan.h"

#include <dirent.h>
#include <stdio.h>

#define CLOSE 1e-13 /* relative: a handful of roundings */

/* Scenarios here begin alike; measures start in line 5. */
#define HEAD "scenario: test\nbase_year: 2015\nyears: [2015, 2020]\nmeasures:\n"

/* ---- the hand-worked cases ---- */

enum { FIELDS_MAX = 8 };

/* Splits a line of an unquoted CSV file in place; returns the start of the next line, or NULL. */
static char *split_line(char *line, char *fields[FIELDS_MAX])
{
    char *next = strchr(line, '\n');
    if (next) *next++ = '\0';
    for (size_t f = 0; f < FIELDS_MAX; f++) {
        fields[f] = line;
        line += strcspn(line, ",");
        if (*line) *line++ = '\0';
    }
    return next && *next ? next : NULL;
}

static size_t compare_emissions(const ltn_projection *run, char *csv)
{
    char *f[FIELDS_MAX], *line = split_line(csv, f);
    size_t count = 0;
    for (; line; count++) {
        line = split_line(line, f);
        double got = emission(run, atoi(f[0]), f[1], f[2]), wanted = atof(f[3]);
        if (!(fabs(got - wanted) <= 1e-12 * fabs(wanted)))
            fail_msg("%s of %s in %s is %.15g; by hand %s", f[2], f[1], f[0], got, f[3]);
    }
    return count;
}

static bool note_is(const ltn_table *notes, size_t row, char *const f[FIELDS_MAX])
{
    double year = number_at(notes, row, "year"), value = number_at(notes, row, "value"), wanted = atof(f[4]);
    return (*f[0] ? year == atof(f[0]) : isnan(year)) && strcmp(text_at(notes, row, "measure"), f[1]) == 0 &&
           strcmp(text_at(notes, row, "source"), f[2]) == 0 && strcmp(text_at(notes, row, "code"), f[3]) == 0 &&
           fabs(value - wanted) <= 1e-12 * wanted && strcmp(text_at(notes, row, "unit"), f[5]) == 0;
}

/* Every expected note is there, and no other. */
static void compare_notes(const ltn_projection *run, char *csv)
{
    ltn_table *notes = NULL;
    assert_ok(ltn_projection_notes(run, LTN_ENGLISH, &notes));
    char *f[FIELDS_MAX], *line = split_line(csv, f);
    size_t expected = 0;
    for (; line; expected++) {
        line = split_line(line, f);
        size_t row = 0;
        while (row < ltn_table_rows(notes) && !note_is(notes, row, f)) row++;
        if (row == ltn_table_rows(notes))
            fail_msg("there is no note %s,%s,%s,%s,%s,%s", f[0], f[1], f[2], f[3], f[4], f[5]);
    }
    assert_int_equal(ltn_table_rows(notes), expected);
    ltn_table_free(notes);
}

static char *case_file(const char *name, const char *file)
{
    char path[512];
    snprintf(path, sizeof path, "../cases/%s/%s", name, file);
    return read_whole(data_path(path), NULL);
}

static void run_case(const char *name)
{
    print_message("case %s\n", name);
    char *inventory = case_file(name, "inventory.csv"), *yaml = case_file(name, "plan.yaml"),
         *expected = case_file(name, "expected.csv"), *notes = case_file(name, "expected-notes.csv"),
         *arithmetic = case_file(name, "arithmetic.md");
    plan p = plan_of(inventory, yaml);
    size_t years, compared = compare_emissions(p.run, expected);
    ltn_projection_years(p.run, &years);
    size_t rows = ltn_table_rows(ltn_inventory_emissions(p.base)) +
                  ltn_table_rows(ltn_inventory_emissions(ltn_projection_derived(p.run)));
    assert_int_equal(compared, years * rows); /* nothing is left out of expected.csv */
    compare_notes(p.run, notes);
    plan_free(&p);
    free(inventory), free(yaml), free(expected), free(notes), free(arithmetic);
}

static void cases_are_as_by_hand(void **state)
{
    (void)state;
    DIR *folder = opendir(data_path("../cases"));
    assert_non_null(folder);
    size_t count = 0;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        if (*entry->d_name == '.') continue;
        run_case(entry->d_name);
        count++;
    }
    closedir(folder);
    assert_true(count >= 3);
}

/* ---- the ledger ---- */

/* Sum of the ledger over a year's rows of a measure, source and pollutant; NULL takes all. */
static double delta(const ltn_projection *run, int year, const char *measure, const char *source, const char *pollutant)
{
    ltn_table *ledger = NULL;
    ltn_grouping all;
    double sum = 0;
    ltn_grouping_init(&all, LTN_BY_YEAR | LTN_BY_MEASURE | LTN_BY_SOURCE | LTN_BY_POLLUTANT);
    assert_ok(ltn_projection_ledger(run, &all, &ledger));
    for (size_t row = 0; row < ltn_table_rows(ledger); row++) {
        bool wanted = number_at(ledger, row, "year") == year &&
                      (!measure || strcmp(text_at(ledger, row, "measure"), measure) == 0) &&
                      (!source || strcmp(text_at(ledger, row, "source"), source) == 0) &&
                      (!pollutant || strcmp(text_at(ledger, row, "pollutant"), pollutant) == 0);
        if (wanted) sum += number_at(ledger, row, "delta_t");
    }
    ltn_table_free(ledger);
    return sum;
}

/* ---- METHODS.md ---- */

static const char one_source[] = "source,region,sector,pollutant,emission_t\n"
                                 "S,r,process,VOC,250\n";

static void growth_and_control_of_methods(void **state)
{
    (void)state;
    /* 250 · 1.03^10 · (1 − 0.8·0.9·0.6) = 190.836125866865 */
    plan p =
        plan_of(one_source, "scenario: test\nbase_year: 2010\nyears: [2010, 2020]\nmeasures:\n"
                            "  - id: g\n    grow: {rate: 3 %}\n"
                            "  - id: c\n    control: {VOC: {efficiency: 0.8, effectiveness: 0.9, penetration: 0.6}}\n");
    assert_close(emission(p.run, 2020, "S", "VOC"), 190.836125866865, 1e-14, 0);
    assert_close(delta(p.run, 2020, "g", NULL, NULL), 250 * (pow(1.03, 10) - 1), CLOSE, 0);
    assert_close(emission(p.run, 2011, "S", "VOC"), 250 * 1.03 * 0.568, CLOSE, 0);
    assert_same_bits(emission(p.run, 2010, "S", "VOC"), 250);
    plan_free(&p);
}

static void controls_in_series_multiply(void **state)
{
    (void)state;
    /* what remains multiplies: 0.5 · 0.6 = 0.3, and not 1 − 0.5 − 0.4 */
    plan p = plan_of(one_source, HEAD "  - id: a\n    control: {VOC: {efficiency: 50 %}, mode: add}\n"
                                      "  - id: b\n    control: {VOC: {efficiency: 40 %}}\n");
    assert_close(emission(p.run, 2020, "S", "VOC"), 75, CLOSE, 0);
    assert_close(delta(p.run, 2020, "a", "S", "VOC"), -125, CLOSE, 0);
    assert_close(delta(p.run, 2020, "b", "S", "VOC"), -50, CLOSE, 0);
    plan_free(&p);
}

static void replacing_control_of_methods(void **state)
{
    (void)state;
    /* existing 0.6·0.8·1 = 0.48, new 0.9·1·0.8 = 0.72: 100 · 0.28/0.52 = 53.8461538462, a cut of 46.1538461538 */
    plan p = plan_of("source,region,sector,pollutant,emission_t,removal\nS,r,process,VOC,100,0.48\n",
                     HEAD "  - id: c\n    control: {VOC: {efficiency: 0.9, effectiveness: 0.8}, mode: replace}\n");
    assert_close(emission(p.run, 2020, "S", "VOC"), 100 * 0.28 / 0.52, CLOSE, 0);
    assert_close(emission(p.run, 2020, "S", "VOC"), 53.8461538462, 1e-11, 0);
    assert_close(delta(p.run, 2020, NULL, NULL, NULL), -46.1538461538, 1e-11, 0);
    assert_close(projected(p.run, 2020, "S", "VOC", "removal"), 0.72, CLOSE, 0);
    plan_free(&p);
}

static void index_is_linear_between_knots(void **state)
{
    (void)state;
    /* 100, 98, 40, 12, 10, 10 at 2015 .. 2040 by 5: 98.8 at 2018 */
    plan p = plan_of("source,region,sector,pollutant,emission_t\nS,r,process,VOC,100\n",
                     "scenario: test\nbase_year: 2015\nyears: [2015, 2040]\n"
                     "drivers: {d: {2015: 1, 2020: 0.98, 2025: 0.4, 2030: 0.12, 2035: 0.1, 2040: 0.1}}\n"
                     "measures:\n  - id: g\n    grow: {driver: d}\n");
    assert_close(emission(p.run, 2018, "S", "VOC"), 98.8, CLOSE, 0);
    assert_close(emission(p.run, 2023, "S", "VOC"), 63.2, CLOSE, 0); /* 98 − 3/5·58 */
    assert_close(emission(p.run, 2038, "S", "VOC"), 10, CLOSE, 0);
    plan_free(&p);
}

/* ---- grow ---- */

static const char two_pollutants[] =
    "source,region,sector,pollutant,activity,activity_unit,factor,factor_unit,removal\n"
    "S,r,process,VOC,4000,t,5,g/kg,0.25\n"   /* 15 t */
    "S,r,process,NOx,4000,t,2.385,g/kg,0\n"; /* 9.54 t */

static void growths_multiply_and_move_activity(void **state)
{
    (void)state;
    plan p = plan_of(two_pollutants, HEAD "  - id: a\n    grow: {index: {2015: 1, 2020: 1.16}}\n"
                                          "  - id: b\n    grow: {rate: -2 %}\n");
    double index = 1.16 * pow(0.98, 5);
    assert_close(emission(p.run, 2020, "S", "VOC"), 15 * index, CLOSE, 0);
    assert_close(emission(p.run, 2020, "S", "NOx"), 9.54 * index, CLOSE, 0);
    assert_close(projected(p.run, 2020, "S", NULL, "activity"), 4000 * index, CLOSE, 0);
    assert_close(projected(p.run, 2020, "S", "VOC", "factor"), 5, 0, 0);
    plan_free(&p);
}

static void growth_of_one_pollutant_leaves_activity(void **state)
{
    (void)state;
    plan p =
        plan_of(two_pollutants, HEAD "  - id: a\n    where: {pollutant: VOC}\n    grow: {index: {2015: 1, 2020: 1.5}}\n"
                                     "  - id: c\n    control: {VOC: {efficiency: 0.5}}\n");
    assert_close(emission(p.run, 2020, "S", "VOC"), 15 * 1.5 * 0.5, CLOSE, 0);
    assert_same_bits(emission(p.run, 2020, "S", "NOx"), emission(p.run, 2015, "S", "NOx"));
    assert_same_bits(projected(p.run, 2020, "S", NULL, "activity"), 4000);
    /* E = A · EF · (1 − R) still holds: the factor grew, and R = 1 − 0.75 · 0.5 */
    assert_close(projected(p.run, 2020, "S", "VOC", "factor"), 7.5, CLOSE, 0);
    assert_close(projected(p.run, 2020, "S", "VOC", "removal"), 0.625, CLOSE, 0);
    plan_free(&p);
}

/* ---- phases ---- */

static void phases_run_as_written(void **state)
{
    (void)state;
    plan p = plan_of(
        "source,region,sector,pollutant,emission_t\nS,r,process,A,1\nS,r,process,B,1\nS,r,process,C,1\nS,r,process,D,"
        "1\n",
        "scenario: test\nbase_year: 2015\nyears: [2015, 2020]\nphases: {late: {2018: 0.5, 2019: 1}}\nmeasures:\n"
        "  - {id: a, where: {pollutant: A}, control: {A: {efficiency: 1}}}\n" /* in force from the first year after the base */
        "  - {id: b, where: {pollutant: B}, control: {B: {efficiency: 1}}, phase: late}\n"
        "  - {id: c, where: {pollutant: C}, control: {C: {efficiency: 1}}, phase: {2016: 0.8, 2018: 0.2}}\n"
        "  - {id: d, where: {pollutant: D}, control: {D: {efficiency: 1}}, phase: {2015: 0.4}}\n");
    static const struct {
        const char *pollutant;
        double left[6]; /* 2015 .. 2020: 1 − φ */
    } expected[] = {
        {"A", {1, 0, 0, 0, 0, 0}},
        {"B", {1, 1, 1, 0.5, 0, 0}},           /* 0 before the first knot, constant after the last */
        {"C", {1, 0.2, 0.5, 0.8, 0.8, 0.8}},   /* each year starts from the base: a share may fall again */
        {"D", {0.6, 0.6, 0.6, 0.6, 0.6, 0.6}}, /* a phase may cover the base year too */
    };
    for (size_t i = 0; i < COUNT(expected); i++)
        for (int year = 2015; year <= 2020; year++)
            assert_close(emission(p.run, year, "S", expected[i].pollutant), expected[i].left[year - 2015], CLOSE,
                         1e-15);
    plan_free(&p);
}

/* ---- retire, replace, switch ---- */

static const char stoves[] = "source,region,sector,pollutant,fuel,activity,activity_unit,factor,factor_unit,removal,"
                             "capacity,capacity_unit,district\n"
                             "H,330303,residential,NOx,coal,1000,t,2,g/kg,0,5,t/h,north\n" /* 2 t */
                             "H,330303,residential,SO2,coal,1000,t,8,g/kg,0,5,t/h,north\n" /* 8 t */
                             "W,330303,residential,NOx,wood,1000,t,1.5,g/kg,0,,,\n";       /* 1.5 t */

static void retirement_is_in_the_ledger(void **state)
{
    (void)state;
    plan p = plan_of(stoves, HEAD "  - id: close\n    task: 22\n    where: {fuel: coal}\n    retire: {share: 30 %}\n   "
                                  " phase: {2015: 0, 2020: 1}\n");
    assert_close(emission(p.run, 2018, "H", "SO2"), 8 * (1 - 0.3 * 0.6), CLOSE, 0);
    assert_close(delta(p.run, 2020, "close", "H", "SO2"), -2.4, CLOSE, 0);
    assert_close(delta(p.run, 2020, "close", "H", "NOx"), -0.6, CLOSE, 0);
    assert_close(delta(p.run, 2020, NULL, "W", NULL), 0, 0, 0);
    assert_close(projected(p.run, 2020, "H", NULL, "activity"), 700, CLOSE, 0);
    assert_int_equal(ltn_table_rows(ltn_inventory_sources(ltn_projection_derived(p.run))), 0);
    plan_free(&p);
}

static void switch_moves_energy_for_energy(void **state)
{
    (void)state;
    plan p = plan_of(
        stoves, HEAD
        "  - id: gas\n    where: {fuel: coal}\n"
        "    switch: {share: 40 %, fuel: natural_gas, ncv_old: 20.9 MJ/kg, efficiency_old: 0.5, ncv_new: 38.9 MJ/m3,\n"
        "             efficiency_new: 0.9, factors: {NOx: 1.3 g/m3}, other: none}\n    phase: {2015: 0, 2020: 1}\n");
    /* 400 t of coal: 400 000 · 20.9·0.5/(38.9·0.9) = 119 394.458726078 m3, times 1.3 g/m3 = 0.155212796343902 t */
    double gas = 400000 * (20.9 * 0.5) / (38.9 * 0.9);
    assert_close(gas, 119394.458726078, 1e-14, 0);
    assert_close(emission(p.run, 2020, "H", "SO2"), 4.8, CLOSE, 0);
    assert_close(emission(p.run, 2020, "H", "NOx"), 1.2, CLOSE, 0);
    assert_close(emission(p.run, 2020, "H~gas", "NOx"), 0.155212796343902, 1e-14, 0);
    assert_close(emission(p.run, 2016, "H~gas", "NOx"), 0.155212796343902 / 5, 1e-13, 0);
    assert_true(isnan(emission(p.run, 2020, "H~gas", "SO2"))); /* other: none */
    assert_close(delta(p.run, 2020, "gas", "H~gas", "NOx"), gas * 1.3e-6, CLOSE, 0);
    assert_close(projected(p.run, 2020, "H~gas", NULL, "activity"), gas, CLOSE, 0);
    plan_free(&p);
}

/* Everything is inherited but fuel, activity and capacity; the row says where it came from. */
static void replacement_inherits(void **state)
{
    (void)state;
    plan p = plan_of(stoves, HEAD "  - id: gas\n    where: {fuel: coal}\n"
                                  "    retire: {share: 1, replace: {fuel: natural_gas, ncv_old: 20.9 MJ/kg, "
                                  "efficiency_old: 0.5, ncv_new: 38.9 MJ/m3,\n"
                                  "             efficiency_new: 0.9, factors: {NOx: 1.3 g/m3, SO2: 0.01 g/m3}}}\n    "
                                  "phase: {2019: 0, 2020: 1}\n");
    ltn_inventory *made = NULL;
    assert_ok(ltn_projection_inventory(p.run, 2020, &made));
    const ltn_table *sources = ltn_inventory_sources(made);
    int32_t s = ltn_inventory_find(made, "H~gas");
    assert_true(s >= 0);
    assert_string_equal(text_at(sources, (size_t)s, "region"), "330303");
    assert_string_equal(text_at(sources, (size_t)s, "sector"), "residential");
    assert_string_equal(text_at(sources, (size_t)s, "fuel"), "natural_gas");
    assert_string_equal(text_at(sources, (size_t)s, "activity_unit"), "m3");
    assert_string_equal(text_at(sources, (size_t)s, "district"), "north");
    assert_string_equal(text_at(sources, (size_t)s, "origin"), "H");
    assert_string_equal(text_at(sources, (size_t)s, "measure"), "gas");
    assert_true(isnan(number_at(sources, (size_t)s, "capacity")));
    assert_string_equal(text_at(sources, (size_t)s, "capacity_unit"), "");
    assert_close(number_at(ltn_inventory_emissions(made), (size_t)row_in(made, "H~gas", "SO2"), "factor"), 0.01, 0, 0);
    assert_string_equal(text_at(ltn_inventory_emissions(made), (size_t)row_in(made, "H~gas", "SO2"), "factor_unit"),
                        "g/m3");
    assert_string_equal(text_at(sources, (size_t)ltn_inventory_find(made, "H"), "origin"), "");
    ltn_inventory_free(made);
    assert_ok(ltn_projection_inventory(p.run, 2019, &made)); /* not in force: no row */
    assert_int_equal(ltn_inventory_find(made, "H~gas"), -1);
    assert_int_equal(ltn_table_rows(ltn_inventory_sources(made)), 2);
    ltn_inventory_free(made);
    plan_free(&p);
}

static void forgotten_pollutant_is_refused(void **state)
{
    (void)state;
    assert_refused(stoves,
                   HEAD "  - id: gas\n    where: {fuel: coal}\n"
                        "    switch: {share: 1, fuel: gas, ncv_old: 20.9 MJ/kg, efficiency_old: 0.5, ncv_new: 38.9 "
                        "MJ/m3, efficiency_new: 0.9, factors: {NOx: 1.3 g/m3}}\n",
                   NULL, LTN_EINPUT, 7, 128, "SO2");
    /* a solid fuel measured by volume does not burn by the kilogram */
    assert_refused("source,region,sector,pollutant,fuel,activity,activity_unit,factor,factor_unit,removal\nG,r,s,NOx,"
                   "gas,10,m3,2,g/m3,0\n",
                   HEAD "  - id: gas\n    switch: {share: 1, fuel: gas, ncv_old: 20.9 MJ/kg, efficiency_old: 0.5, "
                        "ncv_new: 38.9 MJ/m3, efficiency_new: 0.9, factors: {NOx: 1.3 g/m3}}\n",
                   NULL, LTN_EUNIT, 6, 44, "m3");
    /* kilogrammes of pollutant per kilogram do not go with an activity in m3 */
    assert_refused(stoves,
                   HEAD "  - id: gas\n    where: {fuel: coal}\n"
                        "    switch: {share: 1, fuel: gas, ncv_old: 20.9 MJ/kg, efficiency_old: 0.5, ncv_new: 38.9 "
                        "MJ/m3, efficiency_new: 0.9, factors: {NOx: 1.3 g/kg}, other: none}\n",
                   NULL, LTN_EUNIT, 7, 134, "g/kg");
}

/* ---- limit ---- */

/* 7200 t of coal at 10.29 m3/kg are 74 088 000 m3 of flue gas: 35 mg/m3 are 2.59308 t, 50 mg/m3 3.7044 t. */
static const char boilers[] = "source,region,sector,pollutant,fuel,capacity,capacity_unit,activity,activity_unit,"
                              "factor,factor_unit,removal,emission_t\n"
                              "B,r,combustion.boiler,SO2,coal,10,t/h,7200,t,13.6,g/kg,0.5,\n"
                              "B,r,combustion.boiler,NOx,coal,10,t/h,7200,t,4,g/kg,0,\n"
                              "C,r,combustion.boiler,SO2,coal,10,t/h,1200,t,1,g/kg,0.5,\n" /* 0.6 t */
                              "E,r,combustion.boiler,SO2,coal,10,t/h,,,,,,50\n";

static void limit_by_concentration(void **state)
{
    (void)state;
    plan p = plan_of(boilers, HEAD "  - id: l\n    limit: {flue_gas: 10.29 m3/kg, oxygen: 9 %, SO2: 35 mg/m3, NOx: 50 "
                                   "mg/m3}\n    phase: {2018: 0, 2019: 0.5, 2020: 1}\n");
    assert_close(emission(p.run, 2020, "B", "SO2"), 2.59308, CLOSE, 0);
    assert_close(emission(p.run, 2020, "B", "NOx"), 3.7044, CLOSE, 0);
    assert_close(emission(p.run, 2019, "B", "SO2"), 48.96 - 0.5 * (48.96 - 2.59308), CLOSE, 0);
    /* C: its ceiling is 1200/7200 · 2.59308 = 0.43218 < 0.6 */
    assert_close(emission(p.run, 2020, "C", "SO2"), 0.43218, CLOSE, 0);
    /* the factor stays and R = 1 − E/(A·EF) = 1 − 2.59308/97.92 */
    assert_close(projected(p.run, 2020, "B", "SO2", "factor"), 13.6, 0, 0);
    assert_close(projected(p.run, 2020, "B", "SO2", "removal"), 1 - 2.59308 / 97.92, CLOSE, 0);
    /* E gives no activity: left as it is, and counted */
    assert_same_bits(emission(p.run, 2020, "E", "SO2"), 50);
    assert_close(one_note(p.run, "limit_skipped", "l", 0), 1, 0, 0);
    plan_free(&p);
}

static void limit_at_no_oxygen_is_diluted(void **state)
{
    (void)state;
    plan p = plan_of(boilers, HEAD "  - id: l\n    limit: {flue_gas_0: 5.86 m3/kg, oxygen: 9 %, SO2: 35 mg/m3}\n");
    /* 5.86 · 20.9/(20.9 − 9) = 10.2919327731092 m3/kg */
    assert_close(emission(p.run, 2020, "B", "SO2"), 7200e3 * 10.2919327731092 * 35e-9, 1e-13, 0);
    plan_free(&p);
}

static void limit_follows_the_years_activity(void **state)
{
    (void)state;
    plan p = plan_of(
        boilers, HEAD
        "  - id: g\n    grow: {index: {2015: 1, 2020: 1.5}}\n  - id: l\n    limit: {NOx: 0.9 kg/t, SO2: 0.7 kg/t}\n");
    assert_close(emission(p.run, 2020, "B", "NOx"), 7200 * 1.5 * 0.9e-3, CLOSE, 0); /* 9.72 */
    assert_close(emission(p.run, 2018, "B", "NOx"), 7200 * 1.3 * 0.9e-3, CLOSE, 0);
    assert_close(emission(p.run, 2020, "C", "SO2"), 0.9, CLOSE,
                 0); /* 0.6 · 1.5 is below 1200·1.5·0.7e-3 = 1.26: never raised */
    assert_close(delta(p.run, 2020, "l", "C", NULL), 0, 0, 0);
    plan_free(&p);
}

static void limit_in_tonnes(void **state)
{
    (void)state;
    plan p = plan_of(boilers, HEAD "  - id: l\n    limit: {SO2: 30 t/yr, NOx: 120 t/yr}\n");
    assert_close(emission(p.run, 2020, "B", "SO2"), 30, CLOSE, 0);
    assert_close(emission(p.run, 2020, "E", "SO2"), 30, CLOSE, 0); /* needs no activity */
    assert_close(emission(p.run, 2020, "B", "NOx"), 28.8, CLOSE, 0);
    assert_int_equal(count_notes(p.run, "limit_skipped"), 0);
    plan_free(&p);
    p = plan_of(boilers, HEAD "  - id: l\n    limit: {SO2: 0.5 Gg/yr}\n"); /* any unit of mass a year */
    assert_close(emission(p.run, 2020, "E", "SO2"), 50, CLOSE, 0);
    plan_free(&p);
}

static void limit_over_a_group(void **state)
{
    (void)state;
    /* SO2 is 48.96 + 0.6 + 50 = 99.56; 40 t pro rata keep 40/99.56 of each */
    plan p =
        plan_of(boilers, HEAD "  - id: l\n    limit: {SO2: 40 t/yr, over: group}\n    phase: {2018: 0, 2020: 1}\n");
    double keep = 40 / 99.56;
    assert_close(emission(p.run, 2020, "B", "SO2"), 48.96 * keep, CLOSE, 0);
    assert_close(emission(p.run, 2020, "C", "SO2"), 0.6 * keep, CLOSE, 0);
    assert_close(emission(p.run, 2020, "E", "SO2"), 50 * keep, CLOSE, 0);
    assert_close(delta(p.run, 2020, "l", NULL, "SO2"), -59.56, CLOSE, 0);
    assert_close(delta(p.run, 2019, "l", NULL, "SO2"), -29.78, CLOSE, 0); /* half of it */
    plan_free(&p);
    /* the group's ceiling per activity: (7200 + 1200) · 2e-3 = 16.8 of 49.56; E has no activity */
    p = plan_of(boilers, HEAD "  - id: l\n    limit: {SO2: 2 kg/t, over: group}\n");
    assert_close(emission(p.run, 2020, "B", "SO2"), 48.96 * 16.8 / 49.56, CLOSE, 0);
    assert_close(emission(p.run, 2020, "C", "SO2"), 0.6 * 16.8 / 49.56, CLOSE, 0);
    assert_same_bits(emission(p.run, 2020, "E", "SO2"), 50);
    plan_free(&p);
}

static void limit_by_volume_of_gas(void **state)
{
    (void)state;
    /* 2e6 m3 of gas at 11 m3/m3 and 30 mg/m3: 0.66 t; it emits 2e6 · 1.6e-6 = 3.2 t */
    static const char gas[] = "source,region,sector,pollutant,activity,activity_unit,factor,factor_unit,removal\n"
                              "G,r,combustion,NOx,2e6,m3,1.6,g/m3,0\n";
    plan p = plan_of(gas, HEAD "  - id: l\n    limit: {flue_gas: 11 m3/m3, NOx: 30 mg/m3}\n");
    assert_close(emission(p.run, 2020, "G", "NOx"), 0.66, CLOSE, 0);
    plan_free(&p);
    assert_refused(gas, HEAD "  - id: l\n    limit: {flue_gas: 11 m3/kg, NOx: 30 mg/m3}\n", NULL, LTN_EUNIT, 6, 38,
                   "m3/kg");
    assert_refused(boilers, HEAD "  - id: l\n    limit: {SO2: 35 mg/m3}\n", NULL, LTN_EUNIT, 6, 18, "flue_gas");
    assert_refused(boilers, HEAD "  - id: l\n    limit: {SO2: 35 g/km}\n", NULL, LTN_EUNIT, 6, 18, "g/km");
}

/* ---- cap ---- */

static const char coal[] = "source,region,sector,pollutant,fuel,activity,activity_unit,factor,factor_unit,removal\n"
                           "A,r,combustion.power,SO2,coal,6e6,t,1,g/kg,0\n"
                           "B,r,combustion.boiler,SO2,coal,3e6,t,2,g/kg,0\n"
                           "C,r,process,SO2,coal,1e9,kg,3,g/kg,0\n"
                           "G,r,process,SO2,gas,1e9,m3,0.1,g/m3,0\n";

static void cap_at_an_amount(void **state)
{
    (void)state;
    /* 6 + 3 + 1 = 10 Mt capped at 8 Mt, without tiers: everything keeps 0.8 */
    static const char *const amounts[] = {"8 Mt", "8e6 t", "8 Mt/yr", "800 万吨", "8e9 kg"};
    for (size_t i = 0; i < COUNT(amounts); i++) {
        char yaml[256];
        snprintf(yaml, sizeof yaml, HEAD "  - id: c\n    where: {fuel: coal}\n    cap: {activity: %s}\n", amounts[i]);
        plan p = plan_of(coal, yaml);
        assert_close(emission(p.run, 2020, "A", "SO2"), 4800, CLOSE, 0);
        assert_close(emission(p.run, 2020, "B", "SO2"), 4800, CLOSE, 0);
        assert_close(emission(p.run, 2020, "C", "SO2"), 2400, CLOSE, 0);
        assert_same_bits(emission(p.run, 2020, "G", "SO2"), emission(p.run, 2015, "G", "SO2"));
        assert_int_equal(count_notes(p.run, "cap_shortfall"), 0);
        plan_free(&p);
    }
}

static void cap_above_what_is_there_does_nothing(void **state)
{
    (void)state;
    plan p = plan_of(coal, HEAD "  - id: c\n    where: {fuel: coal}\n    cap: {activity: 100 %}\n");
    assert_close(delta(p.run, 2020, NULL, NULL, NULL), 0, 0, 0);
    plan_free(&p);
    /* growth above the base year is cut back to it: 10 · 1.2 to 10 */
    p = plan_of(coal, HEAD "  - id: g\n    grow: {index: {2015: 1, 2020: 1.2}}\n  - id: c\n    where: {fuel: coal}\n   "
                           " cap: {activity: 100 %}\n");
    assert_close(emission(p.run, 2020, "A", "SO2"), 6000, CLOSE, 0);
    assert_close(delta(p.run, 2020, "c", "A", NULL), -1200, CLOSE, 0);
    plan_free(&p);
}

static void cap_of_two_dimensions_is_refused(void **state)
{
    (void)state;
    assert_refused(coal, HEAD "  - id: c\n    cap: {activity: 95 %}\n", NULL, LTN_EUNIT, 5, 5, "m3");
    assert_refused(coal, HEAD "  - id: c\n    where: {fuel: coal}\n    cap: {activity: 95 GWh}\n", NULL, LTN_EUNIT, 5,
                   5, "GWh");
}

/* A distribution of a share stands for its mean: (0.85 + 0.9 + 0.95)/3 = 0.9 of 10 Mt. */
static void cap_share_may_be_random(void **state)
{
    (void)state;
    plan p = plan_of(coal, HEAD
                     "  - id: c\n    where: {fuel: coal}\n    cap: {activity: {triangular: [85 %, 90 %, 95 %]}}\n");
    assert_close(emission(p.run, 2020, "A", "SO2"), 5400, CLOSE, 0);
    plan_free(&p);
}

/* ---- add and turnover ---- */

static void new_source_from_its_year_on(void **state)
{
    (void)state;
    plan p = plan_of(one_source, HEAD
                     "  - id: petro\n    task: 59\n    add: {source: NEW, region: r2, sector: process.petrochemical, "
                     "from: 2019, name: 石化,\n"
                     "          capacity: 20 t/h, lon: 120.6, lat: 28, emissions: {VOC: 120 t/yr, NOx: 3000 kg/yr}}\n"
                     "  - id: rto\n    where: {sector: process.petrochemical}\n    control: {VOC: {efficiency: 50 %}}\n"
                     "  - id: late\n    where: {id: NEW}\n    grow: {index: {2015: 1, 2020: 2}}\n");
    assert_close(emission(p.run, 2018, "NEW", "VOC"), 0, 0, 0);
    assert_close(emission(p.run, 2019, "NEW", "VOC"), 60 * 1.8, CLOSE, 0); /* later measures see it */
    assert_close(emission(p.run, 2020, "NEW", "VOC"), 120, CLOSE, 0);
    assert_close(emission(p.run, 2020, "NEW", "NOx"), 6, CLOSE, 0);
    assert_close(delta(p.run, 2020, "petro", "NEW", "VOC"), 120, CLOSE, 0);
    assert_close(delta(p.run, 2018, "petro", NULL, NULL), 0, 0, 0);
    ltn_inventory *made = NULL;
    assert_ok(ltn_projection_inventory(p.run, 2018, &made));
    assert_int_equal(ltn_inventory_find(made, "NEW"), -1);
    ltn_inventory_free(made);
    assert_ok(ltn_projection_inventory(p.run, 2019, &made));
    const ltn_table *sources = ltn_inventory_sources(made);
    size_t s = (size_t)ltn_inventory_find(made, "NEW");
    assert_string_equal(text_at(sources, s, "region"), "r2");
    assert_string_equal(text_at(sources, s, "name"), "石化");
    assert_string_equal(text_at(sources, s, "measure"), "petro");
    assert_string_equal(text_at(sources, s, "origin"), "");
    assert_close(number_at(sources, s, "capacity"), 20, 0, 0);
    assert_close(number_at(sources, s, "lon"), 120.6, 0, 0);
    ltn_inventory_free(made);
    plan_free(&p);
    assert_refused(one_source,
                   HEAD
                   "  - id: petro\n    add: {source: S, region: r, sector: s, from: 2019, emissions: {VOC: 1 t/yr}}\n",
                   NULL, LTN_EINPUT, 6, 10, "'S'");
    assert_refused(one_source,
                   HEAD
                   "  - id: petro\n    add: {source: N, region: r, sector: s, from: 2019, emissions: {VOC: 1 g/kg}}\n",
                   NULL, LTN_EUNIT, 6, 73, "g/kg");
}

static void new_source_must_stand_in_a_known_region(void **state)
{
    (void)state;
    ltn_tree *regions = NULL;
    assert_ok(ltn_regions_read_csv(
        write_file("regions.csv", "region,parent,kind,name,name_zh\nr,,city,R,\nr1,r,county,R1,\n"), NULL, &regions));
    ltn_inventory *base = inventory_in(one_source, regions);
    ltn_scenario *scenario = scenario_of(
        HEAD "  - id: petro\n    add: {source: N, region: r9, sector: s, from: 2019, emissions: {VOC: 1 t/yr}}\n");
    ltn_projection *run = NULL;
    assert_status(ltn_projection_run(base, scenario, NULL, &run), LTN_EINPUT);
    assert_null(run);
    assert_int_equal(ltn_last_error()->line, 6);
    assert_contains(ltn_last_error()->message, "r9");
    ltn_scenario_free(scenario);
    scenario = scenario_of(HEAD "  - id: c\n    where: {region: r9}\n    control: {VOC: {efficiency: 1}}\n");
    assert_status(ltn_projection_run(base, scenario, NULL, &run), LTN_EINPUT);
    assert_int_equal(ltn_last_error()->line, 6);
    assert_int_equal(ltn_last_error()->column, 13);
    assert_contains(ltn_last_error()->message, "r9");
    ltn_scenario_free(scenario);
    ltn_inventory_free(base);
    ltn_tree_free(regions);
}

static void fleet_turns_over(void **state)
{
    (void)state;
    static const char fleet[] =
        "source,region,sector,pollutant,activity,activity_unit,factor,factor_unit,removal,stage,emission_t\n"
        "T3,r,mobile.truck,NOx,1e8,km,7.5,g/km,0,III,\n" /* 750 t */
        "T4,r,mobile.truck,NOx,2e8,km,5,g/km,0,IV,\n"    /* 1000 t */
        "T5,r,mobile.truck,NOx,1e8,km,3,g/km,0,V,\n"     /* 300 t */
        "X3,r,mobile.truck,NOx,,,,,,III,40\n";
    plan p = plan_of(fleet, HEAD "  - id: old\n    task: 36\n    where: {sector: mobile}\n"
                                 "    turnover: {stage: stage, retire: {III: {2018: 0, 2019: 0.5, 2020: 0.9}, IV: "
                                 "{2019: 0, 2020: 0.1}}, to: VI, factors: {VI: {NOx: 0.4 g/km}}}\n");
    assert_close(emission(p.run, 2018, "T3", "NOx"), 750, CLOSE, 0);
    assert_close(emission(p.run, 2019, "T3", "NOx"), 375, CLOSE, 0);
    assert_close(emission(p.run, 2020, "T3", "NOx"), 75, CLOSE, 0);               /* shares are cumulative */
    assert_close(emission(p.run, 2019, "T3~old", "NOx"), 5e7 * 0.4e-6, CLOSE, 0); /* 20 t */
    assert_close(emission(p.run, 2020, "T3~old", "NOx"), 9e7 * 0.4e-6, CLOSE, 0); /* 36 t */
    assert_close(emission(p.run, 2020, "T4", "NOx"), 900, CLOSE, 0);
    assert_close(emission(p.run, 2020, "T4~old", "NOx"), 2e7 * 0.4e-6, CLOSE, 0); /* 8 t */
    assert_close(emission(p.run, 2020, "T5", "NOx"), 300, CLOSE, 0);
    assert_close(emission(p.run, 2020, "X3", "NOx"), 4, CLOSE, 0); /* in proportion; no kilometres to hand over */
    assert_close(one_note(p.run, "replacement_skipped", "old", 0), 1, 0, 0);
    assert_close(projected(p.run, 2020, "T3~old", NULL, "activity"), 9e7, CLOSE, 0); /* kilometres are kept */
    ltn_inventory *made = NULL;
    assert_ok(ltn_projection_inventory(p.run, 2020, &made));
    assert_string_equal(text_at(ltn_inventory_sources(made), (size_t)ltn_inventory_find(made, "T3~old"), "stage"),
                        "VI");
    ltn_inventory_free(made);
    plan_free(&p);
    assert_refused(
        fleet,
        HEAD
        "  - id: old\n    turnover: {stage: euro, retire: {III: {2020: 1}}, to: VI, factors: {VI: {NOx: 0.4 g/km}}}\n",
        NULL, LTN_EINPUT, 6, 15, "euro");
    assert_refused(
        fleet,
        HEAD
        "  - id: old\n    turnover: {stage: stage, retire: {III: {2020: 1}}, to: VI, factors: {VI: {PM: 0.4 g/km}}}\n",
        NULL, LTN_EINPUT, 6, 78, "NOx");
}

/* ---- rows that give only an emission ---- */

static const char emission_only[] = "source,region,sector,pollutant,fuel,emission_t\nS,r,process,NOx,coal,8\n";
#define GAS                                                                                                            \
    "fuel: gas, ncv_old: 20.9 MJ/kg, efficiency_old: 0.5, ncv_new: 38.9 MJ/m3, efficiency_new: 0.9, factors: {NOx: 1 " \
    "g/m3}"

static void emission_only_rows_go_in_proportion(void **state)
{
    (void)state;
    plan p = plan_of(emission_only,
                     HEAD "  - {id: g, grow: {index: {2015: 1, 2020: 1.5}}}\n"                      /* 12 */
                          "  - {id: r, retire: {share: 0.25}}\n"                                    /* 9 */
                          "  - {id: s, switch: {share: 0.5, " GAS "}}\n"                            /* 4.5 */
                          "  - {id: p, retire: {share: 0.2, replace: {" GAS "}}}\n"                 /* 3.6 */
                          "  - {id: c, cap: {activity: 50 %}}\n  - {id: l, limit: {NOx: 1 g/kg}}\n" /* skipped */
                          "  - {id: d, control: {NOx: {efficiency: 0.5}}}\n");                      /* 1.8 */
    assert_close(emission(p.run, 2020, "S", "NOx"), 1.8, CLOSE, 0);
    assert_close(projected(p.run, 2020, "S", "NOx", "removal"), 0.5, CLOSE,
                 0); /* 1 − (1 − R)·E_after/E_before, R unknown taken as 0 */
    assert_int_equal(ltn_table_rows(ltn_inventory_sources(ltn_projection_derived(p.run))), 0);
    assert_close(one_note(p.run, "replacement_skipped", "s", 0), 1, 0, 0);
    assert_close(one_note(p.run, "replacement_skipped", "p", 0), 1, 0, 0);
    assert_close(one_note(p.run, "cap_skipped", "c", 0), 1, 0, 0);
    assert_close(one_note(p.run, "limit_skipped", "l", 0), 1, 0, 0);
    plan_free(&p);
}

static void strict_refuses_to_skip(void **state)
{
    (void)state;
    static const char *const measures[] = {"switch: {share: 0.5, " GAS "}", "retire: {share: 0.2, replace: {" GAS "}}",
                                           "cap: {activity: 50 %}", "limit: {NOx: 1 g/kg}"};
    ltn_projection_options options;
    ltn_projection_options_init(&options);
    options.strict = 1;
    for (size_t i = 0; i < COUNT(measures); i++) {
        char yaml[512];
        snprintf(yaml, sizeof yaml, HEAD "  - id: g\n    grow: {rate: 0}\n  - id: the-measure\n    %s\n", measures[i]);
        assert_refused(emission_only, yaml, &options, LTN_EREFUSED, 7, 5, "the-measure");
    }
    plan p = {inventory_of(emission_only),
              scenario_of(HEAD "  - {id: r, retire: {share: 0.25}}\n  - {id: d, control: {NOx: {efficiency: 0.5}}}\n"),
              NULL};
    assert_ok(ltn_projection_run(p.base, p.scenario, &options, &p.run)); /* nothing is skipped */
    plan_free(&p);
}

static void no_defaults_refuses_what_is_assumed(void **state)
{
    (void)state;
    ltn_projection_options options;
    ltn_projection_options_init(&options);
    options.no_defaults = 1;
    /* the inventory's removal */
    assert_refused("source,region,sector,pollutant,activity,activity_unit,factor,factor_unit\nS,r,s,NOx,8,t,1,g/kg\n",
                   HEAD "  - {id: r, retire: {share: 0.25}}\n", &options, LTN_EREFUSED, 1, 1, "removal");
    /* a removal that only the replacing control needs to know */
    assert_refused(emission_only, HEAD "  - {id: c, control: {NOx: {efficiency: 0.5}, mode: replace}}\n", &options,
                   LTN_EREFUSED, 5, 5, "removal");
    /* the baseline */
    assert_refused(emission_only, "scenario: test\nbase_year: 2015\nyears: [2015, 2020]\nbaseline: 环统2015\n",
                   &options, LTN_EREFUSED, 1, 1, "环统2015");
    plan p = {inventory_of(emission_only),
              scenario_of(HEAD "  - {id: d, control: {NOx: {efficiency: 0.5}, mode: add}}\n"), NULL};
    assert_ok(ltn_projection_run(p.base, p.scenario, &options, &p.run));
    plan_free(&p);
}

/* ---- classes, tasks, bureaus ---- */

static void ledger_by_class_task_and_bureau(void **state)
{
    (void)state;
    static const char fleet[] =
        "source,region,sector,pollutant,fuel,activity,activity_unit,factor,factor_unit,removal,stage\n"
        "A,r,a,NOx,coal,1000,t,4,g/kg,0,III\n"
        "B,r,b,NOx,diesel,1e6,km,4,g/km,0,III\n";
    plan p = plan_of(
        fleet, HEAD
        "  - {id: 1-grow, task: 1, where: {sector: a}, grow: {index: {2015: 1, 2020: 2}}}\n"
        "  - {id: 2-cap, task: 2, where: {sector: a}, cap: {activity: 150 %}}\n"
        "  - {id: 3-retire, task: 3, where: {sector: a}, retire: {share: 0.1}}\n"
        "  - {id: 4-switch, task: 4, bureau: [发改委, 生态环境局], where: {sector: a, fuel: coal}, switch: {share: "
        "0.1, " GAS "}}\n"
        "  - {id: 5-control, task: 5, bureau: 经信局, where: {sector: a}, control: {NOx: {efficiency: 0.1}}}\n"
        "  - {id: 6-limit, task: 6, where: {sector: a, fuel: coal}, limit: {NOx: 3 g/kg}}\n"
        "  - {id: 7-turnover, task: 7, where: {sector: b}, turnover: {stage: stage, retire: {III: {2020: 0.5}}, to: "
        "VI, factors: {VI: {NOx: 1 g/km}}}}\n"
        "  - {id: 8-add, task: 8, add: {source: N, region: r, sector: c, from: 2020, emissions: {NOx: 1 t/yr}}}\n"
        "  - {id: 9-control, task: 9, class: management, where: {sector: b}, control: {NOx: {efficiency: 0.1}}}\n");
    static const char *const classes[] = {"growth",      "structural", "structural", "structural", "engineering",
                                          "engineering", "structural", "new",        "management"};
    ltn_table *ledger = NULL;
    ltn_grouping by;
    ltn_grouping_init(&by, LTN_BY_MEASURE | LTN_BY_TASK | LTN_BY_BUREAU | LTN_BY_CLASS);
    assert_ok(ltn_projection_ledger(p.run, &by, &ledger));
    assert_int_equal(ltn_table_rows(ledger), COUNT(classes));
    for (size_t row = 0; row < COUNT(classes); row++) {
        assert_int_equal(*text_at(ledger, row, "measure") - '0', row + 1);
        assert_close(number_at(ledger, row, "task"), (double)row + 1, 0, 0);
        assert_string_equal(text_at(ledger, row, "class"), classes[row]);
    }
    assert_string_equal(text_at(ledger, 3, "bureau"), "发改委"); /* the lead */
    assert_string_equal(text_at(ledger, 4, "bureau"), "经信局");
    ltn_table_free(ledger);
    ltn_grouping_init(&by, LTN_BY_CLASS); /* without the year: the last one */
    assert_ok(ltn_projection_ledger(p.run, &by, &ledger));
    assert_int_equal(ltn_table_rows(ledger), 5);
    ltn_table_free(ledger);
    plan_free(&p);
}

static void emissions_have_no_measures_to_group_by(void **state)
{
    (void)state;
    plan p = plan_of(one_source, HEAD "  - {id: g, grow: {rate: 1 %}}\n");
    ltn_table *table = (ltn_table *)&p;
    assert_status(ltn_projection_summarise(p.run, LTN_BY_MEASURE, &table), LTN_EARGUMENT);
    assert_null(table);
    ltn_grouping by;
    ltn_grouping_init(&by, LTN_BY_YEAR);
    by.attribute = "no-such-column";
    table = (ltn_table *)&p;
    assert_status(ltn_projection_ledger(p.run, &by, &table), LTN_ENOTFOUND);
    assert_null(table);
    plan_free(&p);
}

/* ---- notes ---- */

static void what_is_assumed_is_noted(void **state)
{
    (void)state;
    plan p = plan_of(
        "# reconstructed: yes\nsource,region,sector,pollutant,fuel,activity,activity_unit,factor,factor_unit,removal\n"
        "A,r,s,NOx,coal,8,t,1,g/kg,\nA,r,s,SO2,coal,8,t,1,g/kg,0.5\nB,r,s,NOx,,8,t,1,g/kg,\n",
        "scenario: test\nbase_year: 2015\nyears: [2015, 2020]\nbaseline: 环统2015\nmeasures:\n"
        "  - {id: none, where: {fuel: peat}, retire: {share: 1}}\n"
        "  - {id: not, where: {not: {fuel: peat}}, retire: {share: 0.5}}\n");
    assert_int_equal(count_notes(p.run, "reconstructed"), 1);
    assert_int_equal(count_notes(p.run, "baseline_taken"), 1);
    assert_close(one_note(p.run, "removal_assumed", NULL, 0), 2, 0, 0);
    assert_int_equal(find_notes(p.run, "selects_nothing", "none", 0, NULL), 1);
    assert_int_equal(find_notes(p.run, "selects_nothing", "not", 0, NULL), 0);
    assert_close(one_note(p.run, "missing_value", "none", 0), 1, 0, 0); /* B has no fuel */
    assert_close(one_note(p.run, "missing_value", "not", 0), 1, 0, 0);
    assert_close(emission(p.run, 2020, "B", "NOx"), 0.004, CLOSE, 0); /* the condition is false, its not: true */
    ltn_table *notes = NULL;
    static const char *const columns[] = {"year", "measure", "source", "code", "value", "unit", "text"};
    for (int language = LTN_ENGLISH; language <= LTN_CHINESE; language++) {
        assert_ok(ltn_projection_notes(p.run, (ltn_language)language, &notes));
        assert_int_equal(ltn_table_columns(notes), COUNT(columns));
        for (size_t c = 0; c < COUNT(columns); c++) assert_string_equal(ltn_table_name(notes, c), columns[c]);
        for (size_t row = 0; row < ltn_table_rows(notes); row++) assert_true(*text_at(notes, row, "text"));
        ltn_table_free(notes);
    }
    plan_free(&p);
}

/* ---- explain ---- */

static void one_source_is_explained(void **state)
{
    (void)state;
    plan p =
        plan_of(stoves, "scenario: test\nbase_year: 2015\nyears: [2015, 2016]\nmeasures:\n"
                        "  - {id: g, grow: {rate: 10 %}}\n  - {id: s, where: {fuel: coal}, switch: {share: 0.5, " GAS
                        ", other: none}}\n");
    ltn_table *steps = NULL;
    assert_ok(ltn_projection_explain(p.run, "H", &steps));
    static const char *const columns[] = {"year",          "measure", "source",   "pollutant", "phase", "activity",
                                          "activity_unit", "removal", "before_t", "after_t",   "line"};
    assert_int_equal(ltn_table_columns(steps), COUNT(columns));
    for (size_t c = 0; c < COUNT(columns); c++) assert_string_equal(ltn_table_name(steps, c), columns[c]);
    /* 2016: the start, 10 % more coal, half of it to gas, and the row of the gas */
    double gas = 550000 * (20.9 * 0.5) / (38.9 * 0.9);
    static const struct {
        const char *measure, *source, *pollutant;
        double before, after;
    } expected[] = {
        {"", "H", "NOx", 2, 2},    {"", "H", "SO2", 8, 8},      {"g", "H", "NOx", 2, 2.2},
        {"g", "H", "SO2", 8, 8.8}, {"s", "H", "NOx", 2.2, 1.1}, {"s", "H", "SO2", 8.8, 4.4},
    };
    size_t row = 0;
    while (number_at(steps, row, "year") < 2016) row++;
    for (size_t i = 0; i < COUNT(expected); i++, row++) {
        assert_string_equal(text_at(steps, row, "measure"), expected[i].measure);
        assert_string_equal(text_at(steps, row, "source"), expected[i].source);
        assert_string_equal(text_at(steps, row, "pollutant"), expected[i].pollutant);
        assert_close(number_at(steps, row, "before_t"), expected[i].before, CLOSE, 0);
        assert_close(number_at(steps, row, "after_t"), expected[i].after, CLOSE, 0);
    }
    assert_string_equal(text_at(steps, row, "source"), "H~s");
    assert_close(number_at(steps, row, "after_t"), gas * 1e-6, CLOSE, 0);
    assert_close(number_at(steps, row, "activity"), gas, CLOSE, 0);
    assert_int_equal(ltn_table_rows(steps), row + 1);
    ltn_table_free(steps);
    assert_ok(ltn_projection_explain(p.run, "H~s", &steps)); /* a derived row by itself */
    assert_int_equal(ltn_table_rows(steps), 1);
    ltn_table_free(steps);
    steps = (ltn_table *)&p;
    assert_status(ltn_projection_explain(p.run, "HH", &steps), LTN_ENOTFOUND);
    assert_null(steps);
    assert_contains(ltn_last_error()->message, "'H'");
    plan_free(&p);
}

/* ---- the projected inventory ---- */

static void projected_inventory_is_an_inventory(void **state)
{
    (void)state;
    text_buffer csv = {0};
    text_add(&csv, "# base_year: 2015\n# baseline: 环统2015\n# note: kept\n%s", stoves);
    plan p = plan_of(
        csv.data,
        "scenario: {en: Clean stoves, zh: 清洁炉灶}\nbase_year: 2015\nyears: [2015, 2020]\nbaseline: "
        "环统2015\nmeasures:\n"
        "  - {id: gas, where: {fuel: coal}, switch: {share: 0.5, " GAS ", other: none}}\n"
        "  - {id: filter, where: {fuel: wood}, control: {NOx: {efficiency: 0.3}}}\n"
        "  - {id: shop, add: {source: N, region: '330303', sector: process, from: 2018, emissions: {VOC: 7 t/yr}}}\n");
    ltn_inventory *made = NULL, *back = NULL;
    assert_ok(ltn_projection_inventory(p.run, 2018, &made));
    assert_int_equal(ltn_inventory_base_year(made), 2018);
    assert_string_equal(ltn_inventory_baseline(made), "环统2015+Clean stoves");
    const char *path = temporary_path("inventory-2018.csv");
    assert_ok(ltn_inventory_write_csv(made, path));
    assert_ok(ltn_inventory_read_csv(path, NULL, &back));
    assert_int_equal(ltn_inventory_base_year(back), 2018);
    assert_string_equal(ltn_inventory_baseline(back), "环统2015+Clean stoves");
    assert_string_equal(ltn_inventory_metadata(back, "note"), "kept");
    assert_same_bits(number_at(ltn_inventory_emissions(back), (size_t)row_in(back, "H~gas", "NOx"), "emission_t"),
                     emission(p.run, 2018, "H~gas", "NOx"));
    assert_same_bits(number_at(ltn_inventory_emissions(back), (size_t)row_in(back, "N", "VOC"), "emission_t"), 7);
    /* ... and projects again, from its own year */
    ltn_scenario *next = scenario_of("scenario: after\nbase_year: 2018\nyears: [2018, 2025]\nmeasures:\n"
                                     "  - {id: g, where: {origin: H}, grow: {index: {2018: 1, 2025: 3}}}\n"
                                     "  - {id: more, where: {fuel: coal}, switch: {share: 1, " GAS ", other: none}}\n");
    ltn_projection *again = NULL;
    assert_ok(ltn_projection_run(back, next, NULL, &again));
    assert_close(emission(again, 2025, "H~gas", "NOx"), 3 * emission(p.run, 2018, "H~gas", "NOx"), CLOSE, 0);
    assert_close(emission(again, 2025, "H~more", "NOx"), emission(p.run, 2018, "H~gas", "NOx"), CLOSE,
                 0); /* the other half */
    ltn_inventory_free(back);
    assert_ok(ltn_projection_inventory(again, 2025, &back));
    assert_string_equal(ltn_inventory_baseline(back), "环统2015+Clean stoves+after");
    ltn_table *table = NULL;
    ltn_grouping by;
    ltn_grouping_init(&by, LTN_BY_POLLUTANT);
    assert_ok(ltn_inventory_compare(made, back, &by, &table)); /* of one basis */
    ltn_table_free(table);
    ltn_inventory_free(back);
    ltn_inventory_free(made);
    ltn_projection_free(again);
    ltn_scenario_free(next);
    plan_free(&p);
    free(csv.data);
}

/* 99.9995 % three times over leaves 1.25e-16 of 1e6 t: 1 - R has no digit left to tell it by, and the file reads
 * back all the same. */
static void tiny_remainders_read_back(void **state)
{
    (void)state;
    plan p = plan_of("source,region,sector,pollutant,activity,activity_unit,factor,factor_unit,removal\n"
                     "S,r,s,SO2,1e9,t,1,kg/t,0\n",
                     HEAD "  - {id: a, control: {SO2: {efficiency: 99.9995 %}}}\n"
                          "  - {id: b, control: {SO2: {efficiency: 99.9995 %}}}\n"
                          "  - {id: c, control: {SO2: {efficiency: 99.9995 %}}}\n");
    ltn_inventory *made = NULL, *back = NULL;
    assert_close(emission(p.run, 2020, "S", "SO2"), 1.25e-10, 1e-9, 0);
    assert_ok(ltn_projection_inventory(p.run, 2020, &made));
    const char *path = temporary_path("tiny.csv");
    assert_ok(ltn_inventory_write_csv(made, path));
    assert_ok(ltn_inventory_read_csv(path, NULL, &back));
    assert_same_bits(number_at(ltn_inventory_emissions(back), 0, "emission_t"), emission(p.run, 2020, "S", "SO2"));
    ltn_inventory_free(back);
    ltn_inventory_free(made);
    plan_free(&p);
}

/* A user's own column may be called as one of ours, and hold numbers. */
static void columns_called_origin_and_measure(void **state)
{
    (void)state;
    ltn_inventory_builder *builder = NULL;
    ltn_inventory *base = NULL, *made = NULL;
    assert_ok(ltn_inventory_builder_create(NULL, &builder));
    assert_ok(ltn_inventory_builder_row(builder));
    static const char *const texts[][2] = {{"source", "S"},      {"region", "r"},        {"sector", "s"},
                                           {"pollutant", "NOx"}, {"activity_unit", "t"}, {"factor_unit", "g/kg"}};
    for (size_t i = 0; i < COUNT(texts); i++) assert_ok(ltn_inventory_builder_text(builder, texts[i][0], texts[i][1]));
    static const char *const numbers[] = {"activity", "factor", "origin", "measure"};
    for (size_t i = 0; i < COUNT(numbers); i++) assert_ok(ltn_inventory_builder_number(builder, numbers[i], 22));
    assert_ok(ltn_inventory_builder_finish(builder, &base));
    ltn_inventory_builder_free(builder);
    ltn_scenario *scenario = scenario_of(HEAD "  - {id: s, switch: {share: 0.5, " GAS "}}\n");
    ltn_projection *run = NULL;
    ltn_status status = ltn_projection_run(base, scenario, NULL, &run); /* done or refused, but not undefined */
    if (!status) {
        status = ltn_projection_inventory(run, 2020, &made);
        ltn_table *steps = NULL;
        if (!status) status = ltn_projection_explain(run, "S", &steps);
        ltn_table_free(steps);
    }
    assert_true(status == LTN_OK || status == LTN_EINPUT);
    ltn_inventory_free(made);
    ltn_projection_free(run);
    ltn_scenario_free(scenario);
    ltn_inventory_free(base);
}

/* ---- runs ---- */

static void years_may_be_chosen(void **state)
{
    (void)state;
    ltn_inventory *base = inventory_of(one_source);
    ltn_scenario *scenario = scenario_of(HEAD "  - {id: g, grow: {rate: 3 %}}\n");
    static const struct {
        int first, last, count, second;
    } choices[] = {
        {0, 0, 6, 2016}, {2018, 2019, 3, 2018}, {2020, 2020, 2, 2020}, {2015, 2016, 2, 2016}, {0, 2017, 3, 2016}};
    for (size_t i = 0; i < COUNT(choices); i++) {
        ltn_projection *run = NULL;
        ltn_projection_options options;
        ltn_projection_options_init(&options);
        options.first_year = choices[i].first;
        options.last_year = choices[i].last;
        assert_ok(ltn_projection_run(base, scenario, &options, &run));
        size_t count;
        const int *years = ltn_projection_years(run, &count);
        assert_int_equal(count, choices[i].count);
        assert_int_equal(years[0], 2015); /* the base year always */
        assert_int_equal(years[1], choices[i].second);
        assert_close(emission(run, years[count - 1], "S", "VOC"), 250 * pow(1.03, years[count - 1] - 2015), CLOSE, 0);
        assert_null(ltn_projection_emissions(run, 2031));
        ltn_inventory *made = (ltn_inventory *)&run;
        assert_status(ltn_projection_inventory(run, 2031, &made), LTN_ENOTFOUND);
        assert_null(made);
        ltn_projection_free(run);
    }
    static const int bad[][2] = {{2010, 2020}, {2018, 2017}, {2016, 2021}};
    for (size_t i = 0; i < COUNT(bad); i++) {
        ltn_projection *run = (ltn_projection *)&base;
        ltn_projection_options options;
        ltn_projection_options_init(&options);
        options.first_year = bad[i][0];
        options.last_year = bad[i][1];
        assert_status(ltn_projection_run(base, scenario, &options, &run), LTN_EARGUMENT);
        assert_null(run);
    }
    ltn_scenario_free(scenario);
    ltn_inventory_free(base);
}

static int stop_at_once(void *data, double done)
{
    assert_true(done >= 0 && done <= 1);
    ++*(int *)data;
    return 1;
}

static int go_on(void *data, double done)
{
    assert_true(done >= *(double *)data && done <= 1);
    *(double *)data = done;
    return 0;
}

static void progress_may_cancel(void **state)
{
    (void)state;
    ltn_inventory *base = inventory_of(one_source);
    ltn_scenario *scenario = scenario_of(HEAD "  - {id: g, grow: {rate: 3 %}}\n");
    ltn_projection_options options;
    ltn_projection_options_init(&options);
    int calls = 0;
    double done = 0;
    options.threads = 1;
    options.progress = stop_at_once;
    options.progress_data = &calls;
    ltn_projection *run = (ltn_projection *)&base;
    assert_status(ltn_projection_run(base, scenario, &options, &run), LTN_ECANCELLED);
    assert_null(run);
    assert_int_equal(calls, 1);
    options.progress = go_on;
    options.progress_data = &done;
    assert_ok(ltn_projection_run(base, scenario, &options, &run));
    assert_close(done, 1, 0, 0);
    ltn_projection_free(run);
    ltn_scenario_free(scenario);
    ltn_inventory_free(base);
}

static void bits_do_not_depend_on_threads(void **state)
{
    (void)state;
    static const int threads[] = {1, 2, 8};
    ltn_inventory *base = inventory_of(coal);
    ltn_scenario *scenario =
        scenario_of(HEAD "  - {id: g, where: {fuel: coal}, grow: {rate: 3.7 %}}\n  - {id: c, where: {fuel: coal}, cap: "
                         "{activity: 83 %}, phase: {2015: 0, 2020: 1}}\n");
    ltn_projection *runs[COUNT(threads)];
    for (size_t i = 0; i < COUNT(threads); i++) {
        ltn_projection_options options;
        ltn_projection_options_init(&options);
        options.threads = threads[i];
        assert_ok(ltn_projection_run(base, scenario, &options, &runs[i]));
        for (int year = 2015; year <= 2020; year++)
            assert_memory_equal(ltn_projection_emissions(runs[i], year), ltn_projection_emissions(runs[0], year),
                                4 * sizeof(double));
    }
    for (size_t i = 0; i < COUNT(threads); i++) ltn_projection_free(runs[i]);
    ltn_scenario_free(scenario);
    ltn_inventory_free(base);
}

/* A projection keeps what it was made from. */
static void projection_outlives_its_inputs(void **state)
{
    (void)state;
    plan p = plan_of(one_source, HEAD "  - {id: g, grow: {rate: 3 %}}\n");
    ltn_inventory_free(p.base);
    ltn_scenario_free(p.scenario);
    p.base = NULL;
    p.scenario = NULL;
    assert_close(emission(p.run, 2016, "S", "VOC"), 257.5, CLOSE, 0);
    assert_string_equal(ltn_scenario_name(ltn_projection_scenario(p.run), LTN_CHINESE), "test");
    plan_free(&p);
}

static void inventory_and_scenario_must_fit(void **state)
{
    (void)state;
    static const char labelled[] =
        "# base_year: 2017\n# baseline: census2017\nsource,region,sector,pollutant,emission_t\nS,r,process,VOC,250\n";
    assert_refused(labelled, "scenario: test\nbase_year: 2015\nyears: [2015, 2020]\n", NULL, LTN_EINPUT, 1, 1, "2017");
    assert_refused(labelled, "scenario: test\nbase_year: 2017\nyears: [2017, 2020]\nbaseline: 环统2015\n", NULL,
                   LTN_EBASELINE, 4, 11, "census2017");
    plan p = plan_of(labelled, "scenario: test\nbase_year: 2017\nyears: [2017, 2020]\nbaseline: census2017\n");
    assert_int_equal(count_notes(p.run, "baseline_taken"), 0);
    plan_free(&p);
}

/* An uncertainty around the row's own value changes no mean; one with a mean of its own takes the value's place: the
 * removal 0.5 becomes 0.15. */
static void uncertainties_stand_for_their_means(void **state)
{
    (void)state;
    static const char head[] = "scenario: test\nbase_year: 2015\nyears: [2015, 2020]\nuncertainty:\n  - ";
    static const char csv[] = "source,region,sector,pollutant,activity,activity_unit,factor,factor_unit,removal\n"
                              "S,r,process,VOC,1000,t,500,g/kg,0.5\n";
    char yaml[256];
    snprintf(yaml, sizeof yaml, "%s{where: {sector: process}, activity: {lognormal: {cv: 10 %%}}}\n", head);
    plan p = plan_of(csv, yaml);
    assert_same_bits(emission(p.run, 2020, "S", "VOC"), 250);
    plan_free(&p);
    /* 250 · (1 − 0.15)/(1 − 0.5) */
    snprintf(yaml, sizeof yaml, "%s{where: {sector: process}, removal: {uniform: [0.1, 0.2]}}\n", head);
    p = plan_of(csv, yaml);
    assert_close(emission(p.run, 2015, "S", "VOC"), 425, 1e-14, 0);
    assert_close(emission(p.run, 2020, "S", "VOC"), 425, 1e-14, 0);
    assert_close(one_note(p.run, "uncertainty_mean_replaces", NULL, 0), 1, 0, 0);
    plan_free(&p);
}

/* Distributions stand for their means. */
static void distributions_stand_for_their_means(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double mean;
    } efficiencies[] = {
        {"{triangular: [0.7, 0.9, 0.95]}", 0.85},                                          /* METHODS.md */
        {"{truncated_normal: {mean: 0.9, sd: 0.2, low: 0, high: 1}}", 0.7981720360451024}, /* METHODS.md */
        {"{uniform: [60 %, 85 %]}", 0.725},
        {"{beta: {a: 2, b: 3, low: 0.5, high: 1}}", 0.7}, /* 0.5 + 0.5·2/5 */
        {"{normal: {mean: 0.5, cv: 0.1}}", 0.5},
        {"{normal: {mean: 0.5, sd: 5 %}, per: source}", 0.5},
        {"{lognormal: {mean: 0.2, cv: 0.1}}", 0.2},
    };
    for (size_t i = 0; i < COUNT(efficiencies); i++) {
        char yaml[512];
        snprintf(yaml, sizeof yaml, HEAD "  - id: c\n    control: {VOC: {efficiency: %s}}\n", efficiencies[i].text);
        plan p = plan_of(one_source, yaml);
        assert_close(emission(p.run, 2020, "S", "VOC"), 250 * (1 - efficiencies[i].mean), 1e-12, 0);
        plan_free(&p);
    }
    /* Lognormal with CI95 (5, 20): mean 10.6453196062959 (METHODS.md) */
    plan p = plan_of(one_source, HEAD "  - {id: a, add: {source: N, region: r, sector: s, from: 2019, emissions: {VOC: "
                                      "{lognormal: {ci95: [5 t/yr, 20 t/yr]}}}}}\n");
    assert_close(emission(p.run, 2020, "N", "VOC"), 10.6453196062959, 1e-14, 0);
    plan_free(&p);
}

/* ---- targets ---- */

static const char city[] = "region,parent,kind,name,name_zh\n1,,city,City,\n11,1,county,One,\n12,1,county,Two,\n111,11,"
                           "zone,Zone,\n13,1,county,Three,\n";
static const char city_rows[] = "source,region,sector,pollutant,owner,emission_t\n"
                                "P,11,combustion.power,SO2,province,1000\n"
                                "A,11,process,SO2,,100\n"
                                "Z,111,process,SO2,,60\n"
                                "B,12,process,SO2,,40\n"
                                "V,12,process,VOC,,200\n";
#define CITY_PLAN                                                                                                      \
    "scenario: test\nbase_year: 2015\nyears: [2015, 2020]\n"                                                           \
    "scopes:\n  county: {not: {owner: province, sector: combustion.power}}\n  all: {}\n"                               \
    "measures:\n  - {id: c, where: {sector: process}, control: {SO2: {efficiency: 25 %}, VOC: {efficiency: 10 %}}}\n"  \
    "  - {id: n, add: {source: N, region: '12', sector: process, from: 2020, emissions: {SO2: 10 t/yr}}}\n"

typedef struct city_run {
    plan p;
    ltn_tree *regions;
} city_run;

static city_run run_city(void)
{
    city_run c = {0};
    assert_ok(ltn_regions_read_csv(write_file("regions.csv", city), NULL, &c.regions));
    c.p.base = inventory_in(city_rows, c.regions);
    c.p.scenario = scenario_of(CITY_PLAN);
    assert_ok(ltn_projection_run(c.p.base, c.p.scenario, NULL, &c.p.run));
    return c;
}

static void free_city(city_run *c)
{
    plan_free(&c->p);
    ltn_tree_free(c->regions);
}

#define TARGET_COLUMNS "region,pollutant,kind,value,unit,base_year,target_year,state,scope,base_scope\n"

static void targets_are_judged(void **state)
{
    (void)state;
    city_run c = run_city();
    ltn_targets *targets = NULL;
    ltn_table *table = NULL;
    assert_ok(
        ltn_targets_read_csv(write_file("targets.csv", TARGET_COLUMNS
                                        "11,SO2,cut,25,%,2015,2020,value,county,\n"   /* 0: 160 to 120: a tie */
                                        "12,SO2,cut,11,%,2015,2020,value,county,\n"   /* 1: 40 to 30 + 10 */
                                        "1,SO2,cut,15,%,2015,2020,value,county,\n"    /* 2: 200 to 160, the zone once */
                                        "1,SO2,cut,15,%,2015,2020,value,,\n"          /* 3: 1200 to 1160 */
                                        "1,SO2,cut,80,%,2015,2020,value,county,all\n" /* 4: 1200 to 160 */
                                        "12,VOC,cut,,%,2015,2020,city_wide,,\n"       /* 5: 200 to 180, not judged */
                                        "11,VOC,cut,,%,2015,2020,not_assessed,,\n"    /* 6: base 0 */
                                        "13,SO2,cut,10,%,2015,2020,value,,\n"         /* 7: base 0, would be judged */
                                        "111,SO2,cap,50,t/yr,2015,2020,value,,\n"     /* 8: 45 <= 50 */
                                        "1,SO2,cap,0.1,Gg/yr,,2020,value,county,\n"   /* 9: 160 > 100 */
                                        "1,PM2.5,indicator,35,ug/m3,,2020,value,,\n"  /* 10 */
                                        "12,VOC,cut,10,%,2015,2020,not_assessed,,\n"), /* 11: shown, not judged */
                             NULL, &targets));
    assert_int_equal(ltn_targets_count(targets), 12);
    assert_ok(ltn_targets_check(targets, c.p.run, &table));
    static const char *const columns[] = {
        "region",           "pollutant", "scope",        "state", "base_t", "projected_t",
        "required_cut_pct", "cut_pct",   "cut_plan_pct", "gap_t", "met",    "p_met"};
    assert_int_equal(ltn_table_columns(table), COUNT(columns));
    for (size_t i = 0; i < COUNT(columns); i++) assert_string_equal(ltn_table_name(table, i), columns[i]);
    static const struct {
        double base, projected, required, cut, gap;
        const char *met;
    } expected[] = {
        {160, 120, 25, 25, 0, "yes"},
        {40, 40, 11, 0, 4.4, "no"},
        {200, 160, 15, 20, -10, "yes"},
        {1200, 1160, 15, 100.0 / 30, 140, "no"},
        {1200, 160, 80, 260.0 / 3, -80, "yes"},
        {200, 180, NAN, 10, NAN, ""},
        {0, 0, NAN, NAN, NAN, ""},
        {0, 0, NAN, NAN, NAN, ""},
        {60, 45, NAN, 25, -5, "yes"},
        {200, 160, NAN, 20, 60, "no"},
        {NAN, NAN, NAN, NAN, NAN, ""},
        {200, 180, NAN, 10, NAN, ""},
    };
    for (size_t row = 0; row < COUNT(expected); row++) {
        const double wanted[] = {expected[row].base, expected[row].projected, expected[row].required, expected[row].cut,
                                 expected[row].gap};
        static const char *const names[] = {"base_t", "projected_t", "required_cut_pct", "cut_pct", "gap_t"};
        for (size_t i = 0; i < COUNT(names); i++) {
            double got = number_at(table, row, names[i]);
            if (!(isnan(wanted[i]) ? isnan(got) : fabs(got - wanted[i]) <= 1e-12 * (1 + fabs(wanted[i]))))
                fail_msg("%s of target %zu is %.15g; by hand %.15g", names[i], row, got, wanted[i]);
        }
        if (strcmp(text_at(table, row, "met"), expected[row].met) != 0)
            fail_msg("target %zu: met is '%s'", row, text_at(table, row, "met"));
        assert_true(isnan(number_at(table, row, "p_met")));
        assert_same_bits(number_at(table, row, "cut_plan_pct"), number_at(table, row, "cut_pct")); /* no offsets */
    }
    assert_string_equal(text_at(table, 5, "state"), "city_wide");
    assert_string_equal(text_at(table, 0, "scope"), "county");
    ltn_table_free(table);
    ltn_targets_free(targets);
    free_city(&c);
}

static void targets_name_what_they_do_not_find(void **state)
{
    (void)state;
    static const struct {
        const char *row, *words;
    } bad[] = {
        {"99,SO2,cut,11,%,2015,2020,value,,\n", "99"},
        {"11,SO2,cut,11,%,2015,2020,value,contry,\n", "contry"},
        {"11,SO2,cut,11,%,2015,2020,value,,contry\n", "contry"},
        {"11,SO2,cut,11,%,2015,2021,value,,\n", "2021"},
        {"11,SO2,cut,11,%,2014,2020,value,,\n", "2014"},
    };
    city_run c = run_city();
    for (size_t i = 0; i < COUNT(bad); i++) {
        char csv[512];
        ltn_targets *targets = NULL;
        ltn_table *table = (ltn_table *)&c;
        snprintf(csv, sizeof csv, TARGET_COLUMNS "11,SO2,cut,11,%%,2015,2020,value,,\n%s", bad[i].row);
        const char *path = write_file("targets.csv", csv);
        assert_ok(ltn_targets_read_csv(path, NULL, &targets));
        assert_status(ltn_targets_check(targets, c.p.run, &table), LTN_EINPUT);
        assert_null(table);
        assert_int_equal(ltn_last_error()->line, 3);
        assert_string_equal(ltn_last_error()->source, path);
        assert_contains(ltn_last_error()->message, bad[i].words);
        ltn_targets_free(targets);
    }
    free_city(&c);
}

static void bad_targets_are_all_named(void **state)
{
    (void)state;
    ltn_diagnostics *list = NULL;
    ltn_read_options options;
    ltn_targets *targets = (ltn_targets *)&list;
    assert_ok(ltn_diagnostics_create(&list));
    ltn_read_options_init(&options);
    options.diagnostics = list;
    const char *path = write_file("targets.csv", TARGET_COLUMNS ",SO2,cut,11,%,2015,2020,value,,\n"
                                                                "11,,cut,11,%,2015,2020,value,,\n"
                                                                "11,SO2,cutt,11,%,2015,2020,value,,\n"
                                                                "11,SO2,cut,11,%,2015,2020,assessed,,\n"
                                                                "11,SO2,cut,eleven,%,2015,2020,value,,\n"
                                                                "11,SO2,cut,11,t/yr,2015,2020,value,,\n"
                                                                "11,SO2,cut,11,%,,2020,value,,\n"
                                                                "11,SO2,cut,11,%,2015,20,value,,\n"
                                                                "11,SO2,cut,,%,2015,2020,value,,\n"
                                                                "11,SO2,cut,101,%,2015,2020,value,,\n"
                                                                "11,SO2,cap,-1,t/yr,2015,2020,value,,\n");
    static const char *const words[] = {"region",    "pollutant",   "cutt",  "assessed", "eleven", "t/yr",
                                        "base_year", "target_year", "value", "101",      "-1"};
    assert_status(ltn_targets_read_csv(path, &options, &targets), LTN_EINPUT);
    assert_null(targets);
    for (size_t i = 0; i < COUNT(words); i++) {
        bool found = false;
        for (size_t d = 0; d < ltn_diagnostics_count(list); d++)
            found |= ltn_diagnostics_get(list, d)->line == (int)i + 2 &&
                     strstr(ltn_diagnostics_get(list, d)->message, words[i]);
        if (!found) fail_msg("line %zu: nothing says '%s'", i + 2, words[i]);
    }
    ltn_diagnostics_free(list);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(cases_are_as_by_hand),
        cmocka_unit_test(growth_and_control_of_methods),
        cmocka_unit_test(controls_in_series_multiply),
        cmocka_unit_test(replacing_control_of_methods),
        cmocka_unit_test(index_is_linear_between_knots),
        cmocka_unit_test(growths_multiply_and_move_activity),
        cmocka_unit_test(growth_of_one_pollutant_leaves_activity),
        cmocka_unit_test(phases_run_as_written),
        cmocka_unit_test(retirement_is_in_the_ledger),
        cmocka_unit_test(switch_moves_energy_for_energy),
        cmocka_unit_test(replacement_inherits),
        cmocka_unit_test(forgotten_pollutant_is_refused),
        cmocka_unit_test(limit_by_concentration),
        cmocka_unit_test(limit_at_no_oxygen_is_diluted),
        cmocka_unit_test(limit_follows_the_years_activity),
        cmocka_unit_test(limit_in_tonnes),
        cmocka_unit_test(limit_over_a_group),
        cmocka_unit_test(limit_by_volume_of_gas),
        cmocka_unit_test(cap_at_an_amount),
        cmocka_unit_test(cap_above_what_is_there_does_nothing),
        cmocka_unit_test(cap_of_two_dimensions_is_refused),
        cmocka_unit_test(cap_share_may_be_random),
        cmocka_unit_test(new_source_from_its_year_on),
        cmocka_unit_test(new_source_must_stand_in_a_known_region),
        cmocka_unit_test(fleet_turns_over),
        cmocka_unit_test(emission_only_rows_go_in_proportion),
        cmocka_unit_test(strict_refuses_to_skip),
        cmocka_unit_test(no_defaults_refuses_what_is_assumed),
        cmocka_unit_test(ledger_by_class_task_and_bureau),
        cmocka_unit_test(emissions_have_no_measures_to_group_by),
        cmocka_unit_test(what_is_assumed_is_noted),
        cmocka_unit_test(one_source_is_explained),
        cmocka_unit_test(projected_inventory_is_an_inventory),
        cmocka_unit_test(tiny_remainders_read_back),
        cmocka_unit_test(columns_called_origin_and_measure),
        cmocka_unit_test(years_may_be_chosen),
        cmocka_unit_test(progress_may_cancel),
        cmocka_unit_test(bits_do_not_depend_on_threads),
        cmocka_unit_test(projection_outlives_its_inputs),
        cmocka_unit_test(inventory_and_scenario_must_fit),
        cmocka_unit_test(uncertainties_stand_for_their_means),
        cmocka_unit_test(distributions_stand_for_their_means),
        cmocka_unit_test(targets_are_judged),
        cmocka_unit_test(targets_name_what_they_do_not_find),
        cmocka_unit_test(bad_targets_are_all_named),
    };
    return cmocka_run_group_tests(tests, NULL, remove_temporary_folder);
}
