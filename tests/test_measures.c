/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stands around an action: from: and months:, bans, distances, and scenarios laid over each other. Expected
 * values are by hand, with the arithmetic beside them. */
#include "plan.h"

#include <stdio.h>
#include <sys/stat.h>

#define CLOSE 1e-13 /* relative: a handful of roundings */

/* Scenarios here begin alike; measures start in line 5. */
#define HEAD "scenario: test\nbase_year: 2015\nyears: [2015, 2020]\nmeasures:\n"

/* 1000 t of coal at 10 g/kg: 10 t of SO2. */
static const char boiler[] = "source,region,sector,pollutant,fuel,activity,activity_unit,factor,factor_unit,removal\n"
                             "S,r,combustion.boiler,SO2,coal,1000,t,10,g/kg,0\n";

static bool has_complaint(const ltn_diagnostics *list, const char *source, int line, int column, const char *words)
{
    for (size_t i = 0; i < ltn_diagnostics_count(list); i++) {
        const ltn_diagnostic *d = ltn_diagnostics_get(list, i);
        if (strcmp(d->source, source) == 0 && d->line == line && d->column == column && strstr(d->message, words))
            return true;
    }
    return false;
}

static void show_list(const ltn_diagnostics *list)
{
    for (size_t i = 0; i < ltn_diagnostics_count(list); i++) {
        const ltn_diagnostic *d = ltn_diagnostics_get(list, i);
        print_error("  %s:%d:%d: %s\n", d->source, d->line, d->column, d->message);
    }
}

/* The scenario has one error, where the § stands, with these words. */
#define assert_bad(marked, words) check_bad(marked, words, __FILE__, __LINE__)
static void check_bad(const char *marked, const char *words, const char *file, int line)
{
    text_buffer yaml = {0};
    mark marks[MARKS_MAX];
    ltn_read_options options;
    ltn_scenario *scenario = NULL;
    assert_int_equal(take_marks(marked, &yaml, marks), 1);
    ltn_diagnostics *list = new_list(&options);
    check_status(ltn_scenario_parse(yaml.data, yaml.size, "bad.yaml", &options, &scenario), LTN_EINPUT, marked, file,
                 line);
    if (ltn_diagnostics_errors(list) != 1 || !has_complaint(list, "bad.yaml", marks[0].line, marks[0].column, words)) {
        print_error("%s\nexpected %d:%d: %s\nfound:\n", marked, marks[0].line, marks[0].column, words);
        show_list(list);
        _fail(file, line);
    }
    ltn_diagnostics_free(list);
    free(yaml.data);
}

/* Emissions of S in 2018, 2019 and 2020 under one measure. */
#define assert_years(csv, yaml, e2018, e2019, e2020) check_years(csv, yaml, e2018, e2019, e2020, __LINE__)
static void check_years(const char *csv, const char *yaml, double e2018, double e2019, double e2020, int line)
{
    const double expected[] = {e2018, e2019, e2020};
    plan p = plan_of(csv, yaml);
    for (int i = 0; i < 3; i++) {
        double got = emission(p.run, 2018 + i, "S", "SO2");
        if (!(fabs(got - expected[i]) <= CLOSE * fabs(expected[i])))
            fail_msg("line %d: S emits %.15g in %d; by hand %.15g", line, got, 2018 + i, expected[i]);
    }
    plan_free(&p);
}

/* ---- from: ---- */

static void half_a_year_counts_half(void **state)
{
    (void)state;
    /* From 1 July: 6 of 12 months of 2019, nothing before, all after. */
    assert_years(boiler, HEAD "  - {id: m, from: 2019-07-01, control: {SO2: {efficiency: 80 %}}}\n", 10,
                 10 * (1 - 0.8 * 0.5), 2);
    assert_years(boiler, HEAD "  - {id: m, from: 2019-07-01, retire: {share: 100 %}}\n", 10, 5, 0);
    assert_years(boiler, HEAD "  - {id: m, from: 2019-07-01, limit: {SO2: 4 t/yr}}\n", 10, 10 - 0.5 * 6, 4);
    /* The level falls from 1000 t to 600 t by way of 800 t. */
    assert_years(boiler, HEAD "  - {id: m, from: 2019-07-01, cap: {activity: 600 t}}\n", 10, 8, 6);
    assert_years(boiler,
                 HEAD "  - id: m\n    from: 2019-07-01\n    switch: {share: 40 %, fuel: gas, ncv_old: 20 MJ/kg, "
                      "efficiency_old: 0.5, ncv_new: 40 MJ/m3, efficiency_new: 1, factors: {SO2: 1 g/m3}}\n",
                 10, 10 * (1 - 0.4 * 0.5), 6);
}

static void half_a_year_of_a_switch_burns_half_the_gas(void **state)
{
    (void)state;
    plan p =
        plan_of(boiler, HEAD "  - id: m\n    from: 2019-07-01\n    switch: {share: 40 %, fuel: gas, ncv_old: 20 MJ/kg, "
                             "efficiency_old: 0.5, ncv_new: 40 MJ/m3, efficiency_new: 1, factors: {SO2: 1 g/m3}}\n");
    /* 400,000 kg · 20 · 0.5 / (40 · 1) = 100,000 m3: 0.1 t, and half of it in 2019 */
    assert_close(emission(p.run, 2018, "S~m", "SO2"), 0, 0, 0);
    assert_close(emission(p.run, 2019, "S~m", "SO2"), 0.05, CLOSE, 0);
    assert_close(emission(p.run, 2020, "S~m", "SO2"), 0.1, CLOSE, 0);
    plan_free(&p);
}

static void from_multiplies_the_phase(void **state)
{
    (void)state;
    /* 2019: 0.8 · 6/12 = 0.4 of 50 %; 2020: 1 of 50 % */
    assert_years(boiler, HEAD "  - {id: m, from: 2019-07-01, phase: {2018: 0.6, 2020: 1}, retire: {share: 50 %}}\n", 10,
                 10 * (1 - 0.5 * 0.8 * 0.5), 5);
    /* A phase that ends before the day leaves nothing. */
    assert_years(boiler, HEAD "  - {id: m, from: 2020-07-01, phase: {2017: 1, 2020: 0}, retire: {share: 50 %}}\n", 10,
                 10, 10);
}

static void days_of_a_month_count_pro_rata(void **state)
{
    (void)state;
    /* 15 February: 14 of 28 days are over, so 10.5 months are left; of 29 days in 2020, 11 − 14/29 months */
    assert_years(boiler, HEAD "  - {id: m, from: 2019-02-15, retire: {share: 100 %}}\n", 10, 10 * (1 - 10.5 / 12), 0);
    assert_years(boiler, HEAD "  - {id: m, from: 2020-02-15, retire: {share: 100 %}}\n", 10, 10,
                 10 * (1 - (11 - 14 / 29.0) / 12));
    /* the 29th of a leap year: 10 months and 1 day of 29; 31 December: 1 day of 31 */
    assert_years(boiler, HEAD "  - {id: m, from: 2020-02-29, retire: {share: 100 %}}\n", 10, 10,
                 10 * (1 - (10 + 1 / 29.0) / 12));
    assert_years(boiler, HEAD "  - {id: m, from: 2019-12-31, retire: {share: 100 %}}\n", 10, 10 * (1 - 1 / 31.0 / 12),
                 0);
    /* a year is its first day */
    assert_years(boiler, HEAD "  - {id: m, from: 2019, retire: {share: 100 %}}\n", 10, 0, 0);
    assert_years(boiler, HEAD "  - {id: m, from: 2019-01-01, retire: {share: 100 %}}\n", 10, 0, 0);
}

static void before_the_base_year_is_always(void **state)
{
    (void)state;
    plan p = plan_of(boiler, HEAD "  - {id: m, from: 2010-07-01, retire: {share: 50 %}}\n");
    assert_same_bits(emission(p.run, 2015, "S", "SO2"), 10); /* the base year stays the base */
    assert_close(emission(p.run, 2016, "S", "SO2"), 5, CLOSE, 0);
    plan_free(&p);
    p = plan_of(boiler, HEAD "  - {id: m, from: 2030-07-01, retire: {share: 50 %}}\n");
    assert_same_bits(emission(p.run, 2020, "S", "SO2"), 10);
    plan_free(&p);
}

static void new_source_in_part_of_a_year(void **state)
{
    (void)state;
    plan p =
        plan_of(boiler, HEAD "  - {id: m, add: {source: N, region: r, sector: process, from: 2019-10-01, emissions: "
                             "{VOC: 120 t/yr}}}\n"
                             "  - {id: l, add: {source: L, region: r, sector: process, from: 2020-02-15, emissions: "
                             "{VOC: 348 t/yr}}}\n");
    assert_close(emission(p.run, 2018, "N", "VOC"), 0, 0, 0);
    assert_close(emission(p.run, 2019, "N", "VOC"), 30, CLOSE, 0); /* 3 of 12 months */
    assert_close(emission(p.run, 2020, "N", "VOC"), 120, CLOSE, 0);
    assert_close(emission(p.run, 2020, "L", "VOC"), 305, CLOSE, 0); /* 348 · (11 − 14/29)/12 = 348 · 305/348 */
    plan_free(&p);
}

static void bad_dates_have_their_place(void **state)
{
    (void)state;
    static const char *const bad[] = {"2019-02-29", "2019-13-01", "2019-00-10", "2019-04-31", "2019-7-1",  "1 July",
                                      "2019-07",    "2019/07/01", "2019-07-1x", "07-01-2019", "0000-01-01"};
    char yaml[400], words[40];
    for (size_t i = 0; i < COUNT(bad); i++) {
        snprintf(yaml, sizeof yaml, HEAD "  - id: m\n    from: §%s\n    retire: {share: 1}\n", bad[i]);
        snprintf(words, sizeof words, "'%s'", bad[i]);
        assert_bad(yaml, words);
        snprintf(yaml, sizeof yaml,
                 HEAD "  - id: m\n    add: {source: N, region: r, sector: s, from: §%s, emissions: {VOC: 1 t/yr}}\n",
                 bad[i]);
        assert_bad(yaml, words);
    }
    assert_bad(HEAD "  - id: m\n    from: §[2019]\n    retire: {share: 1}\n", "date");
    ltn_scenario_free(scenario_of(HEAD "  - {id: m, from: 2020-02-29, retire: {share: 1}}\n"));
    ltn_scenario_free(scenario_of(HEAD "  - {id: m, from: 2000-02-29, retire: {share: 1}}\n"));
    assert_bad(HEAD "  - {id: m, from: §1900-02-29, retire: {share: 1}}\n", "1900"); /* no leap year */
}

/* ---- months: ---- */

static void months_are_their_share_of_the_year(void **state)
{
    (void)state;
    assert_years(boiler, HEAD "  - {id: m, months: [11, 12, 1], retire: {share: 100 %}}\n", 7.5, 7.5, 7.5);
    assert_years(boiler, HEAD "  - {id: m, months: [11, 11, 11, 11], control: {SO2: {efficiency: 60 %}}}\n",
                 10 * (1 - 0.6 / 12), 10 * (1 - 0.6 / 12), 10 * (1 - 0.6 / 12));
    assert_years(boiler, HEAD "  - {id: m, months: 7, retire: {share: 60 %}}\n", 9.5, 9.5, 9.5);
    assert_years(boiler, HEAD "  - {id: m, months: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], retire: {share: 60 %}}\n",
                 4, 4, 4);
    /* with a phase and a day: 0.5 · 3/12 · 6/12 in 2019, 0.5 · 3/12 in 2020 */
    assert_years(
        boiler, HEAD "  - {id: m, months: [11, 12, 1], from: 2019-07-01, phase: {2015: 0.5}, retire: {share: 100 %}}\n",
        10, 10 * (1 - 0.5 * 0.25 * 0.5), 10 * (1 - 0.5 * 0.25));
}

static void bad_months_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"0", "13", "1.5", "-1", "November", "1e1x"};
    char yaml[300], words[40];
    for (size_t i = 0; i < COUNT(bad); i++) {
        snprintf(yaml, sizeof yaml, HEAD "  - id: m\n    months: §[11, %s]\n    retire: {share: 1}\n", bad[i]);
        snprintf(words, sizeof words, "'%s' is no month", bad[i]);
        assert_bad(yaml, words);
    }
    assert_bad(HEAD "  - id: m\n    months: §[]\n    retire: {share: 1}\n", "empty");
    assert_bad(HEAD "  - id: m\n    months: §{11: 1}\n    retire: {share: 1}\n", "a mapping");
}

static void own_years_exclude_from_and_months(void **state)
{
    (void)state;
    static const char *const actions[] = {
        "grow: {rate: 1 %}",
        "turnover: {stage: stage, retire: {III: {2015: 0, 2020: 1}}, to: VI, factors: {VI: {NOx: 1 g/km}}}",
        "add: {source: N, region: r, sector: s, from: 2019, emissions: {VOC: 1 t/yr}}"};
    char yaml[400];
    for (size_t i = 0; i < COUNT(actions); i++) {
        snprintf(yaml, sizeof yaml, HEAD "  - id: m\n    from: §2019-07-01\n    %s\n", actions[i]);
        assert_bad(yaml, "carries its own years");
        snprintf(yaml, sizeof yaml, HEAD "  - id: m\n    months: §[11, 12]\n    %s\n", actions[i]);
        assert_bad(yaml, "carries its own years");
    }
}

/* ---- ban ---- */

/* 10 t and 4 t of SO2 with activity, 3 t without. */
static const char three_boilers[] =
    "source,region,sector,pollutant,fuel,activity,activity_unit,factor,factor_unit,removal,emission_t\n"
    "S,r,combustion.boiler,SO2,coal,1000,t,10,g/kg,0,\n"
    "G,r,combustion.boiler,SO2,gas,4000,t,1,g/kg,0,\n"
    "E,r,combustion.boiler,SO2,coal,,,,,,3\n";

#define GROW "  - {id: g, grow: {index: {2015: 1, 2020: 1.5}}}\n"
#define ADD                                                                                                            \
    "  - {id: a, add: {source: N, region: r, sector: combustion.boiler, fuel: coal, from: 2017-07-01, emissions: "     \
    "{SO2: 8 t/yr}}}\n"
#define BANNED "  - {id: b, where: {fuel: coal}, "

static void ban_cuts_growth_back(void **state)
{
    (void)state;
    plan p = plan_of(three_boilers, HEAD GROW BANNED "ban: {growth: true}}\n");
    assert_close(emission(p.run, 2020, "S", "SO2"), 10, CLOSE, 0);
    assert_close(emission(p.run, 2017, "S", "SO2"), 10, CLOSE, 0);
    assert_close(projected(p.run, 2020, "S", NULL, "activity"), 1000, CLOSE, 0);
    assert_close(emission(p.run, 2020, "G", "SO2"), 6, CLOSE, 0); /* not selected: 4 · 1.5 */
    /* no activity, so it cannot be judged: it grows, and is noted */
    assert_close(emission(p.run, 2020, "E", "SO2"), 4.5, CLOSE, 0);
    assert_close(one_note(p.run, "ban_skipped", "b", 0), 1, 0, 0);
    plan_free(&p);
    ltn_projection_options strict;
    ltn_projection_options_init(&strict);
    strict.strict = 1;
    ltn_inventory *base = inventory_of(three_boilers);
    ltn_scenario *scenario = scenario_of(HEAD GROW BANNED "ban: {}}\n");
    ltn_projection *run = NULL;
    assert_status(ltn_projection_run(base, scenario, &strict, &run), LTN_EREFUSED);
    assert_contains(ltn_last_error()->message, "E");
    ltn_scenario_free(scenario);
    ltn_inventory_free(base);
}

static void ban_leaves_what_has_not_grown(void **state)
{
    (void)state;
    /* half has retired and the rest grew by a half: 750 t are less than 1000 t */
    plan p = plan_of(three_boilers, HEAD "  - {id: r, retire: {share: 50 %}}\n" GROW BANNED "ban: {}}\n");
    assert_close(emission(p.run, 2020, "S", "SO2"), 7.5, CLOSE, 0);
    plan_free(&p);
    /* a control stays: 1500 t at 2 g/kg go back to 1000 t at 2 g/kg */
    p = plan_of(three_boilers, HEAD GROW "  - {id: c, control: {SO2: {efficiency: 80 %}}}\n" BANNED "ban: {}}\n");
    assert_close(emission(p.run, 2020, "S", "SO2"), 2, CLOSE, 0);
    plan_free(&p);
}

static void ban_keeps_new_sources_out(void **state)
{
    (void)state;
    plan p = plan_of(three_boilers, HEAD ADD BANNED "ban: {new: true}}\n");
    for (int year = 2016; year <= 2020; year++) assert_close(emission(p.run, year, "N", "SO2"), 0, 0, 0);
    plan_free(&p);
    /* in half force, half is let in: 4 t of 8 t in 2018; in 2017, half of the half year */
    p = plan_of(three_boilers, HEAD ADD BANNED "phase: {2016: 0.5, 2018: 0.5, 2020: 1}, ban: {}}\n");
    assert_close(emission(p.run, 2017, "N", "SO2"), 2, CLOSE, 0);
    assert_close(emission(p.run, 2018, "N", "SO2"), 4, CLOSE, 0);
    assert_close(emission(p.run, 2020, "N", "SO2"), 0, 0, 0);
    plan_free(&p);
    /* a ban before the source is there has nothing to act on: measures act in their order */
    p = plan_of(three_boilers, HEAD BANNED "ban: {}}\n" ADD);
    assert_close(emission(p.run, 2020, "N", "SO2"), 8, CLOSE, 0);
    plan_free(&p);
}

static void ban_of_one_kind_leaves_the_other(void **state)
{
    (void)state;
    plan p = plan_of(three_boilers, HEAD GROW ADD BANNED "ban: {growth: false}}\n");
    assert_close(emission(p.run, 2020, "S", "SO2"), 15, CLOSE, 0);
    assert_close(emission(p.run, 2020, "N", "SO2"), 0, 0, 0);
    assert_int_equal(count_notes(p.run, "ban_skipped"), 0); /* growth is not asked of anyone */
    plan_free(&p);
    p = plan_of(three_boilers, HEAD GROW ADD BANNED "ban: {new: false}}\n");
    assert_close(emission(p.run, 2020, "S", "SO2"), 10, CLOSE, 0);
    assert_close(emission(p.run, 2020, "N", "SO2"), 8, CLOSE, 0);
    plan_free(&p);
    assert_bad(HEAD "  - {id: b, ban: §{growth: false, new: false}}\n", "forbids nothing");
    assert_bad(HEAD "  - {id: b, ban: {growth: §yes}}\n", "neither true nor false");
    assert_bad(HEAD "  - {id: b, ban: {§grow: true}}\n", "'growth'");
    assert_bad(HEAD "  - {id: b, where: §{pollutant: SO2}, ban: {}}\n", "acts on activity");
}

static void ban_phases_in(void **state)
{
    (void)state;
    /* index 1.3 in 2018, 1.4 in 2019: 1300 − 0.5 · 300 = 1150 t, 1400 − 0.75 · 400 = 1100 t */
    assert_years(three_boilers, HEAD GROW BANNED "phase: {2018: 0.5, 2020: 1}, ban: {}}\n", 11.5, 11, 10);
    /* half of 2019: 1400 − 0.5 · 400 */
    assert_years(three_boilers, HEAD GROW BANNED "from: 2019-07-01, ban: {}}\n", 13, 12, 10);
}

static void ban_leaves_replacements_alone(void **state)
{
    (void)state;
    static const char with_replacement[] = HEAD GROW
        "  - id: r\n    where: {id: S}\n    retire:\n      share: 100 %\n      replace: {fuel: coal, ncv_old: 20 "
        "MJ/kg, "
        "efficiency_old: 0.5, ncv_new: 20 MJ/kg, efficiency_new: 1, factors: {SO2: 2 g/kg}}\n" BANNED "ban: {}}\n";
    plan p = plan_of(three_boilers, with_replacement);
    /* 1500 t become 750 t at 2 g/kg, more than the row's base of 0 and yet not banned */
    assert_close(emission(p.run, 2020, "S~r", "SO2"), 1.5, CLOSE, 0);
    assert_close(emission(p.run, 2020, "S", "SO2"), 0, 0, 0);
    plan_free(&p);
}

/* ---- within ---- */

/* Which sources of sector b lie so far from those of sector p; sources in the order of the file. */
static void check_near(const char *csv, double km, const char *expected, int line)
{
    char text[120], got[32] = "";
    uint8_t keep[32];
    ltn_inventory *inventory = inventory_of(csv);
    ltn_selector *selector = NULL;
    snprintf(text, sizeof text, "{sector: b, within: {km: %.9g, of: {sector: p}}}", km);
    assert_ok(ltn_selector_parse(text, &selector));
    assert_ok(ltn_selector_match(selector, inventory, keep));
    const ltn_table *sources = ltn_inventory_sources(inventory);
    for (size_t s = 0; s < ltn_table_rows(sources); s++)
        if (keep[s]) strcat(got, text_at(sources, s, "source"));
    if (strcmp(got, expected) != 0) fail_msg("line %d: within %.9g km are '%s', not '%s'", line, km, got, expected);
    ltn_selector_free(selector);
    ltn_inventory_free(inventory);
}
#define assert_near(csv, km, expected) check_near(csv, km, expected, __LINE__)
#define POINTS "source,region,sector,pollutant,emission_t,lon,lat\n"

/* Geodesics of WGS84 as they are published and as Vincenty (1975) gives them: a degree of the equator is 6378137 m ·
 * pi/180 = 111.319490793 km, the first degree of a meridian 110.574388558 km. */
static void distances_are_geodesic(void **state)
{
    (void)state;
    static const char degrees[] = POINTS "P,r,p,SO2,1,0,0\nE,r,b,SO2,1,1,0\nN,r,b,SO2,1,0,1\nS,r,b,SO2,1,0,-1\n";
    assert_near(degrees, 110.574388, "");
    assert_near(degrees, 110.574389, "NS");
    assert_near(degrees, 111.319490, "NS");
    assert_near(degrees, 111.319491, "ENS");
    /* At 28 N, 120 E: 0.1524° and 0.1526° east are 14.990348 and 15.010020 km; 0.1353° and 0.1354° north are
     * 14.994019 and 15.005102 km. On a sphere of 6371 km the last two would be 15.0446 and 15.0558 km. */
    static const char here[] = POINTS "P,r,p,SO2,1,120,28\nE,r,b,SO2,1,120.1524,28\nF,r,b,SO2,1,120.1526,28\n"
                                      "N,r,b,SO2,1,120,28.1353\nO,r,b,SO2,1,120,28.1354\n";
    assert_near(here, 15, "EN");
    assert_near(here, 14.9904, "E");
    assert_near(here, 14.99, "");
    assert_near(here, 15.0051, "EN");
    assert_near(here, 15.0052, "ENO");
    assert_near(here, 15.0101, "EFNO");
    /* far apart, and not on a meridian: 51.4934 N 0 to 48 N 2 E, 414.383941 km */
    static const char far[] = POINTS "P,r,p,SO2,1,0,51.4934\nF,r,b,SO2,1,2,48\n";
    assert_near(far, 414.38394, "");
    assert_near(far, 414.38395, "F");
}

static void distances_cross_the_date_line(void **state)
{
    (void)state;
    /* 0.1° at 28 N, as 0.1° elsewhere: 9.836187 km; from 180 to −180 it is no way at all */
    static const char line[] = POINTS "P,r,p,SO2,1,179.95,28\nW,r,b,SO2,1,-179.95,28\nF,r,b,SO2,1,-179.8,28\n";
    assert_near(line, 9.8361, "");
    assert_near(line, 9.8362, "W");
    static const char same[] = POINTS "P,r,p,SO2,1,180,28\nW,r,b,SO2,1,-180,28\n";
    assert_near(same, 0.000001, "W");
    /* over the pole: 0.1° down either side, 22.3388 km */
    static const char pole[] = POINTS "P,r,p,SO2,1,0,89.9\nA,r,b,SO2,1,180,89.9\n";
    assert_near(pole, 22.33, "");
    assert_near(pole, 22.35, "A");
    /* a place is within 0 km of itself */
    static const char here[] = POINTS "P,r,p,SO2,1,120,28\nA,r,b,SO2,1,120,28\nB,r,b,SO2,1,120.001,28\n";
    assert_near(here, 0, "A");
}

static void many_points_are_searched_right(void **state)
{
    (void)state;
    /* Against the same question asked of every pair alone. */
    uint64_t random = 3;
    text_buffer csv = {0};
    enum { PLANTS = 30, BOILERS = 60 };
    double at[PLANTS + BOILERS][2];
    text_add(&csv, POINTS);
    for (size_t i = 0; i < PLANTS + BOILERS; i++) {
        at[i][0] = random_uniform(&random, 119, 122);
        at[i][1] = random_uniform(&random, 27, 29);
        text_add(&csv, "%c%zu,r,%c,SO2,1,%.6f,%.6f\n", i < PLANTS ? 'P' : 'B', i, i < PLANTS ? 'p' : 'b', at[i][0],
                 at[i][1]);
    }
    ltn_inventory *inventory = inventory_of(csv.data);
    ltn_selector *selector = NULL;
    uint8_t keep[PLANTS + BOILERS];
    assert_ok(ltn_selector_parse("{sector: b, within: {km: 15, of: {sector: p}}}", &selector));
    assert_ok(ltn_selector_match(selector, inventory, keep));
    size_t near = 0;
    for (size_t b = PLANTS; b < PLANTS + BOILERS; b++) {
        bool expected = false;
        /* 15 km is 0.1354° of latitude; a pair within 1 % of it would need the geodesic, and there is none */
        for (size_t p = 0; p < PLANTS; p++) {
            double dy = (at[b][1] - at[p][1]) * 110.82,
                   dx = (at[b][0] - at[p][0]) * 111.32 * cos((at[b][1] + at[p][1]) / 2 * 0.0174532925199433);
            double distance = sqrt(dx * dx + dy * dy);
            assert_true(fabs(distance - 15) > 0.02);
            expected |= distance < 15;
        }
        assert_int_equal(keep[b], expected);
        near += expected;
    }
    assert_true(near > 10 && near < BOILERS);
    ltn_selector_free(selector);
    ltn_inventory_free(inventory);
    free(csv.data);
}

static void missing_coordinates_are_counted(void **state)
{
    (void)state;
    static const char csv[] = POINTS "P,r,p,SO2,10,120,28\nA,r,b,SO2,10,120.1,28\nB,r,b,SO2,10,,\n"
                                     "C,r,b,SO2,10,120.1,\nD,r,q,SO2,10,,\nF,r,b,SO2,10,121,28\n";
    plan p =
        plan_of(csv, HEAD "  - {id: m, where: {sector: b, within: {km: 15, of: {sector: p}}}, retire: {share: 1}}\n");
    assert_close(emission(p.run, 2020, "A", "SO2"), 0, 0, 0);
    assert_close(emission(p.run, 2020, "B", "SO2"), 10, 0, 0);
    assert_close(emission(p.run, 2020, "C", "SO2"), 10, 0, 0);
    assert_close(emission(p.run, 2020, "F", "SO2"), 10, 0, 0);
    assert_close(one_note(p.run, "missing_value", "m", 0), 2, 0, 0); /* B and C; D's sector decides */
    plan_free(&p);
}

static void nothing_to_be_near_to(void **state)
{
    (void)state;
    static const char csv[] = POINTS "P,r,p,SO2,10,,\nA,r,b,SO2,10,120.1,28\n";
    plan p =
        plan_of(csv, HEAD "  - {id: m, where: {within: {km: 15, of: {sector: q}}}, retire: {share: 1}}\n"
                          "  - {id: n, where: {sector: b, within: {km: 15, of: {sector: p}}}, retire: {share: 1}}\n");
    assert_close(emission(p.run, 2020, "A", "SO2"), 10, 0, 0);
    assert_int_equal(find_notes(p.run, "selects_nothing", "m", 0, NULL), 1);
    assert_int_equal(find_notes(p.run, "selects_nothing", "n", 0, NULL), 1); /* the plant has no coordinates */
    plan_free(&p);
    assert_refused(csv, HEAD "  - {id: m, where: {within: {km: 15, of: {pollutant: SO2}}}, retire: {share: 1}}\n", NULL,
                   LTN_EINPUT, 5, 42, "within measures from sources");
}

/* ---- scenarios on scenarios ---- */

/* Line by line, for the places of complaints. */
static const char under[] = "scenario: under\n"                                              /* 1 */
                            "base_year: 2015\n"                                              /* 2 */
                            "years: [2015, 2020]\n"                                          /* 3 */
                            "drivers: {out: {2015: 1, 2020: 1.5}, km: {2015: 1, 2020: 2}}\n" /* 4 */
                            "phases: {late: {2019: 0, 2020: 1}, soon: {2016: 1}}\n"          /* 5 */
                            "measures:\n"                                                    /* 6 */
                            "  - {id: growth-a, grow: {driver: out}}\n"                      /* 7 */
                            "  - {id: growth-b, grow: {driver: km}}\n"                       /* 8 */
                            "  - {id: half, retire: {share: 50 %}, phase: late}\n";          /* 9 */

static ltn_scenario *scenario_over(const char *yaml)
{
    ltn_scenario *scenario = NULL;
    write_file("under.yaml", under);
    assert_ok(ltn_scenario_read_yaml(write_file("over.yaml", yaml), &scenario));
    return scenario;
}

static double over_gives(const char *yaml, int year)
{
    ltn_inventory *base = inventory_of(boiler);
    ltn_scenario *scenario = scenario_over(yaml);
    ltn_projection *run = NULL;
    assert_ok(ltn_projection_run(base, scenario, NULL, &run));
    double value = emission(run, year, "S", "SO2");
    ltn_projection_free(run);
    ltn_scenario_free(scenario);
    ltn_inventory_free(base);
    return value;
}

/* The scenario over under.yaml has one error, of this file, at this place. */
static void check_over_bad(const char *yaml, const char *in, int line, int column, const char *words, int at_line)
{
    char path[512];
    ltn_read_options options;
    ltn_scenario *scenario = NULL;
    write_file("under.yaml", under);
    snprintf(path, sizeof path, "%s", temporary_path(in));
    ltn_diagnostics *list = new_list(&options);
    check_status(ltn_scenario_read(write_file("over.yaml", yaml), &options, &scenario), LTN_EINPUT, yaml, __FILE__,
                 at_line);
    if (ltn_diagnostics_errors(list) != 1 || !has_complaint(list, path, line, column, words)) {
        print_error("%s\nexpected %s:%d:%d: %s\nfound:\n", yaml, path, line, column, words);
        show_list(list);
        _fail(__FILE__, at_line);
    }
    ltn_diagnostics_free(list);
}
#define assert_over_bad(yaml, in, line, column, words) check_over_bad(yaml, in, line, column, words, __LINE__)

static void included_scenario_is_the_start(void **state)
{
    (void)state;
    /* 10 t · 1.5 · 2 · 0.5 */
    assert_close(over_gives("include: under.yaml\n", 2020), 15, CLOSE, 0);
    assert_close(over_gives("include: under.yaml\n", 2019), 10 * 1.4 * 1.8, CLOSE, 0);
    ltn_scenario *scenario = scenario_over("include: under.yaml\nscenario: {en: over, zh: 上}\nyears: [2015, 2018]\n");
    assert_string_equal(ltn_scenario_name(scenario, LTN_CHINESE), "上");
    assert_int_equal(ltn_scenario_last_year(scenario), 2018);
    assert_int_equal(ltn_scenario_base_year(scenario), 2015);
    assert_int_equal(ltn_scenario_measures(scenario), 3);
    ltn_scenario_free(scenario);
}

static void measures_come_after_the_included(void **state)
{
    (void)state;
    ltn_scenario *scenario = scenario_over("include: under.yaml\nmeasures:\n  - {id: last, retire: {share: 10 %}}\n");
    static const char *const ids[] = {"growth-a", "growth-b", "half", "last"};
    assert_int_equal(ltn_scenario_measures(scenario), COUNT(ids));
    for (size_t i = 0; i < COUNT(ids); i++) assert_string_equal(ltn_scenario_measure_id(scenario, i), ids[i]);
    ltn_scenario_free(scenario);
    assert_close(over_gives("include: under.yaml\nmeasures:\n  - {id: last, retire: {share: 10 %}}\n", 2020), 13.5,
                 CLOSE, 0);
    assert_over_bad("include: under.yaml\nmeasures:\n  - {id: half, retire: {share: 10 %}}\n", "over.yaml", 3, 5,
                    "'half' is there twice");
}

static void named_things_join_by_name(void **state)
{
    (void)state;
    /* the driver km falls away for one of its name; out stays; 10 · 1.5 · 4 · 0.5 */
    assert_close(over_gives("include: under.yaml\ndrivers: {km: {2015: 1, 2020: 4}}\n", 2020), 30, CLOSE, 0);
    /* the phase is replaced whole, and one more is there to be used */
    assert_close(over_gives("include: under.yaml\nphases: {late: {2020: 0.5}, third: {2015: 0.2}}\nmeasures:\n"
                            "  - {id: last, retire: {share: 50 %}, phase: third}\n",
                            2020),
                 30 * 0.75 * 0.9, CLOSE, 0);
}

static void overrides_replace_keys(void **state)
{
    (void)state;
    assert_close(over_gives("include: under.yaml\noverride: {half: {retire: {share: 20 %}}}\n", 2020), 24, CLOSE, 0);
    assert_close(
        over_gives("include: under.yaml\noverride: {half: {phase: soon}, growth-a: {grow: {rate: 0 %}}}\n", 2019),
        10 * 1.8 * 0.5, CLOSE, 0);
    /* of measures of its own too */
    assert_close(over_gives("include: under.yaml\nmeasures: [{id: x, retire: {share: 1}}]\n"
                            "override: {x: {retire: {share: 0.5}}}\n",
                            2020),
                 7.5, CLOSE, 0);
    assert_over_bad("include: under.yaml\noverride:\n  halv: {phase: soon}\n", "over.yaml", 3, 3,
                    "the nearest is 'half'");
    assert_over_bad("include: under.yaml\noverride:\n  half: {phas: soon}\n", "over.yaml", 3, 10, "'phase'");
    assert_over_bad("include: under.yaml\noverride:\n  half: soon\n", "over.yaml", 3, 9, "expected a mapping");
    assert_over_bad("include: under.yaml\noverride: [half]\n", "over.yaml", 2, 11, "expected a mapping");
    /* a phase that is not there is the overriding file's mistake */
    assert_over_bad("include: under.yaml\noverride: {half: {phase: son}}\n", "over.yaml", 2, 26, "'soon'");
}

static void only_and_without_choose(void **state)
{
    (void)state;
    assert_close(over_gives("include: under.yaml\nonly: [growth-*]\n", 2020), 30, CLOSE, 0);
    assert_close(over_gives("include: under.yaml\nonly: half\n", 2020), 5, CLOSE, 0);
    assert_close(over_gives("include: under.yaml\nonly: [growth-?, half]\nwithout: growth-b\n", 2020), 7.5, CLOSE, 0);
    assert_close(over_gives("include: under.yaml\nwithout: [half, growth-a]\n", 2020), 20, CLOSE, 0);
    assert_close(over_gives("include: under.yaml\nwithout: '*'\n", 2020), 10, 0, 0);
    assert_over_bad("include: under.yaml\nonly: [growth-a, hal]\n", "over.yaml", 2, 7, "the nearest is 'half'");
    assert_over_bad("include: under.yaml\nwithout: zzz*\n", "over.yaml", 2, 10, "there is no measure 'zzz*'");
    assert_over_bad("include: under.yaml\nonly: []\n", "over.yaml", 2, 7, "empty");
    /* they need no include */
    plan p = plan_of(boiler, HEAD "  - {id: a, retire: {share: 0.5}}\n  - {id: b, retire: {share: 0.5}}\nwithout: a\n");
    assert_close(emission(p.run, 2020, "S", "SO2"), 5, CLOSE, 0);
    plan_free(&p);
}

static void complaints_name_the_included_file(void **state)
{
    (void)state;
    write_file("bad.yaml",
               "scenario: bad\nbase_year: 2015\nyears: [2015, 2020]\nmeasures:\n  - {id: m, retir: {share: 1}}\n");
    char path[512];
    snprintf(path, sizeof path, "%s", temporary_path("bad.yaml"));
    ltn_read_options options;
    ltn_diagnostics *list = new_list(&options);
    ltn_scenario *scenario = NULL;
    assert_status(ltn_scenario_read(write_file("over.yaml", "include: bad.yaml\nyear: 1\n"), &options, &scenario),
                  LTN_EINPUT);
    assert_true(has_complaint(list, path, 5, 13, "'retire'"));
    assert_true(has_complaint(list, temporary_path("over.yaml"), 2, 1, "'years'"));
    ltn_diagnostics_free(list);
    /* what only the inventory can tell has the included file's place too */
    write_file("under.yaml", HEAD "  - {id: m, where: {colour: red}, retire: {share: 1}}\n");
    assert_ok(ltn_scenario_read_yaml(write_file("over.yaml", "include: under.yaml\n"), &scenario));
    ltn_inventory *base = inventory_of(boiler);
    ltn_projection *run = NULL;
    assert_status(ltn_projection_run(base, scenario, NULL, &run), LTN_EINPUT);
    assert_string_equal(ltn_last_error()->source, temporary_path("under.yaml"));
    assert_int_equal(ltn_last_error()->line, 5);
    ltn_inventory_free(base);
    ltn_scenario_free(scenario);
    /* text that is no YAML at all */
    write_file("torn.yaml", "scenario: {\n");
    list = new_list(&options);
    assert_status(ltn_scenario_read(write_file("over.yaml", "include: torn.yaml\n"), &options, &scenario), LTN_EINPUT);
    assert_string_equal(ltn_diagnostics_get(list, 0)->source, temporary_path("torn.yaml"));
    ltn_diagnostics_free(list);
}

static void includes_that_do_not_end(void **state)
{
    (void)state;
    ltn_scenario *scenario = NULL;
    assert_status(ltn_scenario_read_yaml(write_file("over.yaml", "include: over.yaml\n"), &scenario), LTN_EINPUT);
    assert_contains(ltn_last_error()->message, "include each other");
    write_file("b.yaml", "include: a.yaml\n");
    assert_status(ltn_scenario_read_yaml(write_file("a.yaml", "include: b.yaml\n"), &scenario), LTN_EINPUT);
    assert_contains(ltn_last_error()->message, "include each other");
    assert_null(scenario);
    /* eight deep is the most */
    char name[16], text[40];
    write_file("f0.yaml", under);
    for (int i = 1; i <= 9; i++) {
        snprintf(name, sizeof name, "f%d.yaml", i);
        snprintf(text, sizeof text, "include: f%d.yaml\n", i - 1);
        write_file(name, text);
    }
    assert_ok(ltn_scenario_read_yaml(temporary_path("f8.yaml"), &scenario));
    assert_int_equal(ltn_scenario_measures(scenario), 3);
    ltn_scenario_free(scenario);
    assert_status(ltn_scenario_read_yaml(temporary_path("f9.yaml"), &scenario), LTN_EINPUT);
}

static void an_include_that_is_not_there(void **state)
{
    (void)state;
    assert_over_bad("scenario: x\ninclude: no such.yaml\n", "over.yaml", 2, 10, "no such.yaml");
    assert_over_bad("include: .\n", "over.yaml", 1, 10, "cannot be included");
    assert_over_bad("include: [a.yaml]\n", "over.yaml", 1, 10, "expected text");
    assert_over_bad("include:\n", "over.yaml", 1, 9, "empty");
}

static void included_from_other_folders(void **state)
{
    (void)state;
    assert_int_equal(mkdir(temporary_path("my 方案"), 0777), 0);
    assert_int_equal(mkdir(temporary_path("my 方案/蓝天 2020"), 0777), 0);
    write_file("my 方案/基础 情景.yaml", under);
    write_file("my 方案/蓝天 2020/中 间.yaml", "include: ../基础 情景.yaml\nwithout: half\n");
    ltn_scenario *scenario = NULL;
    assert_ok(ltn_scenario_read_yaml(write_file("over.yaml", "include: my 方案/蓝天 2020/中 间.yaml\nscenario: 上\n"),
                                     &scenario));
    assert_int_equal(ltn_scenario_measures(scenario), 2);
    ltn_scenario_free(scenario);
    /* an absolute path */
    text_buffer yaml = {0};
    text_add(&yaml, "include: %s\n", temporary_path("my 方案/基础 情景.yaml"));
    assert_ok(ltn_scenario_read_yaml(write_file("over.yaml", yaml.data), &scenario));
    assert_int_equal(ltn_scenario_measures(scenario), 3);
    ltn_scenario_free(scenario);
    free(yaml.data);
}

static void layers_keep_their_own_choices(void **state)
{
    (void)state;
    /* The middle leaves `half` out; the top may bring it back as its own, and cannot override what is gone. */
    write_file("middle.yaml", "include: under.yaml\nwithout: half\noverride: {growth-b: {grow: {rate: 0 %}}}\n");
    assert_close(over_gives("include: middle.yaml\n", 2020), 15, CLOSE, 0);
    assert_close(over_gives("include: middle.yaml\nmeasures: [{id: half, retire: {share: 0.2}}]\n", 2020), 12, CLOSE,
                 0);
    assert_close(over_gives("include: middle.yaml\noverride: {growth-b: {grow: {driver: km}}}\n", 2020), 30, CLOSE, 0);
    assert_over_bad("include: middle.yaml\noverride: {half: {phase: soon}}\n", "over.yaml", 2, 12, "'half'");
}

/* ---- caps of energy ---- */

static const char energy_users[] =
    "source,region,sector,pollutant,fuel,activity,activity_unit,factor,factor_unit,removal\n"
    "C,r,boiler,SO2,coal,600,t,10,g/kg,0\n"
    "P,r,power,SO2,coal,400,t,10,g/kg,0\n"
    "G,r,boiler,SO2,natural_gas,500,m3,0,g/m3,0\n"
    "D,r,mobile,SO2,diesel,100,t,1,g/kg,0\n"
    "E,r,rail,SO2,electricity,1000000,kWh,0,kg/kWh,0\n";
#define NCV "ncv: {coal: 20 MJ/kg, natural_gas: 40 MJ/m3, diesel: 42 MJ/kg}"

/* S = 1000 t x 20 MJ/kg = 2e7 MJ of coal; T = 2e7 + 500 x 40 + 1e5 x 42 + 3.6e6 = 27 820 000 MJ. To 60 %:
 * x = (S - 0.6 T)/(1 - 0.6) = (2e7 - 16 692 000)/0.4 = 8 270 000 MJ = 413.5 t of coal, all from the boiler. */
static void a_cap_of_energy_cuts_what_the_share_asks(void **state)
{
    (void)state;
    plan p = plan_of(energy_users, HEAD "  - {id: cap, where: {fuel: coal}, cap: {activity: 60 %, of: energy, " NCV
                                        ", protect: {sector: power}}}\n");
    assert_close(emission(p.run, 2020, "C", "SO2"), (600 - 413.5) * 0.01, CLOSE, 0);
    assert_close(emission(p.run, 2020, "P", "SO2"), 4, 0, 0);
    assert_close(emission(p.run, 2020, "D", "SO2"), 0.1, 0, 0);
    plan_free(&p);
    /* among the fuels alone T = 24 220 000 MJ: x = (2e7 - 14 532 000)/0.4 = 13 670 000 MJ = 683.5 t, of which the
     * boiler has 600 and, unprotected, the plant gives the rest: 83.5 of 400 t */
    p = plan_of(energy_users, HEAD "  - {id: cap, where: {fuel: coal}, cap: {activity: 60 %, of: energy, " NCV
                                   ", among: {not: {fuel: electricity}}, cut_first: [{sector: boiler}]}}\n");
    assert_close(emission(p.run, 2020, "C", "SO2"), 0, 0, 1e-12);
    assert_close(emission(p.run, 2020, "P", "SO2"), (400 - 83.5) * 0.01, CLOSE, 0);
    plan_free(&p);
    /* half way: the base share is 2e7/27.82e6, the share in force half way to 60 % */
    double base = 2e7 / 27.82e6, share = base + 0.5 * (0.6 - base),
           cut_t = (2e7 - share * 27.82e6) / (1 - share) / 20e3;
    p = plan_of(energy_users, HEAD "  - {id: cap, where: {fuel: coal}, cap: {activity: 60 %, of: energy, " NCV
                                   ", protect: {sector: power}}, phase: {2015: 0.5}}\n");
    assert_close(emission(p.run, 2020, "C", "SO2"), (600 - cut_t) * 0.01, CLOSE, 0);
    plan_free(&p);
}

/* ---- named devices ---- */

static double after_control(const char *pollutant, const char *control)
{
    char csv[512], yaml[512];
    snprintf(csv, sizeof csv, "source,region,sector,pollutant,emission_t\nS,r,s,%s,100\n", pollutant);
    snprintf(yaml, sizeof yaml, HEAD "  - {id: m, control: {%s: %s}}\n", pollutant, control);
    plan p = plan_of(csv, yaml);
    double left = emission(p.run, 2020, "S", pollutant);
    plan_free(&p);
    return left;
}

/* T/CSES 144-2024 table A.1: hood 40 %, carbon 15 %, closed 95 %, RTO 94 %, LNB 22 %, LNB + SCR 64 % (not 54.8). */
static void devices_are_taken_from_the_table(void **state)
{
    (void)state;
    assert_close(after_control("VOC", "{device: activated_carbon, capture: hood}"), 94, CLOSE, 0);
    assert_close(after_control("VOC", "{device: rto, capture: closed}"), 100 - 89.3, CLOSE, 0);
    assert_close(after_control("VOC", "{device: rto, capture: 50 %, penetration: 50 %}"), 100 - 23.5, CLOSE, 0);
    assert_close(after_control("NOx", "{device: [lnb, scr]}"), 36, CLOSE, 0);
    assert_close(after_control("NOx", "{device: lnb, effectiveness: 0.5}"), 89, CLOSE, 0);
}

static void devices_that_are_not_there(void **state)
{
    (void)state;
    static const struct {
        const char *control, *words;
    } cases[] = {
        {"{VOC: {device: rtoo}}", "rtoo"},
        {"{VOC: {device: scr}}", "VOC"},
        {"{VOC: {device: rto, capture: shut}}", "shut"},
        {"{VOC: {device: rto, efficiency: 90 %}}", "both"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char yaml[512];
        snprintf(yaml, sizeof yaml, HEAD "  - {id: m, control: %s}\n", cases[i].control);
        ltn_scenario *scenario = NULL;
        assert_status(ltn_scenario_parse(yaml, strlen(yaml), "plan.yaml", NULL, &scenario), LTN_EINPUT);
        assert_int_equal(ltn_last_error()->line, 5);
        assert_contains(ltn_last_error()->message, cases[i].words);
    }
}

/* ---- turnover ---- */

/* 20 million km at 7.934 g/km: 158.68 t. The worked numbers of docs/scenario.md. */
static const char trucks[] =
    "source,region,sector,pollutant,activity,activity_unit,factor,factor_unit,removal,stage,year\n"
    "S,r,mobile.truck,NOx,20000000,km,7.934,g/km,0,III,2008\n";
#define FLEET(ways) HEAD "  - id: m\n    turnover: {stage: stage, " ways "}\n"
#define TO_VI "to: VI, factors: {VI: {NOx: 0.944 g/km}}"
#define TO_V_AND_VI "to: {V: 2015, VI: 2019-07-01}, factors: {V: {NOx: 4.721 g/km}, VI: {NOx: 0.944 g/km}}"

static void a_fleet_is_scrapped_at_a_rate(void **state)
{
    (void)state;
    plan p = plan_of(trucks, FLEET("scrappage: {III: 12 %, IV: 5 %}, " TO_VI));
    /* 0.88^5 = 0.5277319168; 0.88 in the first year, all of it in the base year */
    assert_close(emission(p.run, 2015, "S", "NOx"), 158.68, CLOSE, 0);
    assert_close(emission(p.run, 2015, "S~m", "NOx"), 0, 0, 0);
    assert_close(emission(p.run, 2016, "S", "NOx"), 158.68 * 0.88, CLOSE, 0);
    assert_close(emission(p.run, 2016, "S~m", "NOx"), 20 * 0.12 * 0.944, CLOSE, 0);
    assert_close(emission(p.run, 2020, "S", "NOx"), 158.68 * 0.5277319168, CLOSE, 0);
    assert_close(emission(p.run, 2020, "S~m", "NOx"), 20 * (1 - 0.5277319168) * 0.944, CLOSE, 0);
    assert_close(emission(p.run, 2020, "S", "NOx") + emission(p.run, 2020, "S~m", "NOx"), 92.657, 0, 0.0005);
    assert_close(projected(p.run, 2020, "S~m", NULL, "activity"), 2e7 * (1 - 0.5277319168), CLOSE, 0);
    plan_free(&p);
    /* the triangle's mean is 12 % */
    p = plan_of(trucks, FLEET("scrappage: {III: {triangular: [9 %, 12 %, 15 %]}}, " TO_VI));
    assert_close(emission(p.run, 2020, "S", "NOx"), 158.68 * 0.5277319168, CLOSE, 0);
    plan_free(&p);
    /* nothing goes, or all of it at once */
    p = plan_of(trucks, FLEET("scrappage: {III: 0}, " TO_VI));
    assert_close(emission(p.run, 2020, "S", "NOx"), 158.68, CLOSE, 0);
    plan_free(&p);
    p = plan_of(trucks, FLEET("scrappage: {III: 1}, " TO_VI));
    assert_close(emission(p.run, 2015, "S", "NOx"), 158.68, CLOSE, 0);
    assert_same_bits(emission(p.run, 2016, "S", "NOx"), 0);
    assert_close(emission(p.run, 2016, "S~m", "NOx"), 20 * 0.944, CLOSE, 0);
    plan_free(&p);
}

/* Only 1999 is too old to be judged, 2016 too young, and nothing is known of ?; VI is new already. */
static const char ages[] =
    "source,region,sector,pollutant,activity,activity_unit,factor,factor_unit,removal,stage,year\n"
    "S,r,mobile.truck,NOx,20000000,km,7.934,g/km,0,III,2008\n"
    "N,r,mobile.truck,NOx,20000000,km,7.934,g/km,0,,2015\n"
    "O,r,mobile.truck,NOx,20000000,km,7.934,g/km,0,I,1999\n"
    "Y,r,mobile.truck,NOx,20000000,km,7.934,g/km,0,V,2016\n"
    "?,r,mobile.truck,NOx,20000000,km,7.934,g/km,0,IV,\n"
    "G,r,mobile.truck,NOx,20000000,km,0.944,g/km,0,VI,2008\n";
#define SURVIVAL "survival: {0: 1, 5: 0.9, 10: 0.5, 15: 0}, age: year, "

static void a_fleet_survives_by_its_age(void **state)
{
    (void)state;
    plan p = plan_of(ages, FLEET(SURVIVAL TO_VI));
    /* 7 years old in 2015, S = 0.74; 9 in 2017, 0.58; 12 in 2020, 0.3 */
    assert_close(emission(p.run, 2015, "S", "NOx"), 158.68, CLOSE, 0);
    assert_close(emission(p.run, 2017, "S", "NOx"), 158.68 * 0.58 / 0.74, CLOSE, 0);
    assert_close(emission(p.run, 2020, "S", "NOx"), 158.68 * 0.3 / 0.74, CLOSE, 0);
    assert_close(emission(p.run, 2020, "S~m", "NOx"), 20 * 0.44 / 0.74 * 0.944, CLOSE, 0);
    assert_close(emission(p.run, 2020, "S", "NOx") + emission(p.run, 2020, "S~m", "NOx"), 75.556, 0, 0.0005);
    /* new in the base year, whatever its stage: S(5)/S(0) */
    assert_close(emission(p.run, 2018, "N", "NOx"), 158.68 * 0.94, CLOSE, 0);
    assert_close(emission(p.run, 2020, "N", "NOx"), 158.68 * 0.9, CLOSE, 0);
    /* left alone, three of them counted */
    static const char *const left[] = {"O", "Y", "?"};
    for (size_t i = 0; i < COUNT(left); i++) assert_close(emission(p.run, 2020, left[i], "NOx"), 158.68, CLOSE, 0);
    assert_close(emission(p.run, 2020, "G", "NOx"), 18.88, CLOSE, 0);
    assert_int_equal(count_notes(p.run, "turnover_skipped"), 3);
    assert_int_equal(ltn_table_rows(ltn_inventory_sources(ltn_projection_derived(p.run))), 2);
    assert_true(isnan(projected(p.run, 2020, "S~m", NULL, "year")));
    assert_close(projected(p.run, 2020, "S", NULL, "year"), 2008, 0, 0);
    plan_free(&p);
    ltn_projection_options strict;
    ltn_projection_options_init(&strict);
    strict.strict = 1;
    assert_refused(ages, FLEET(SURVIVAL TO_VI), &strict, LTN_EREFUSED, 5, 5, "year");
}

static void survival_is_constant_after_the_last_age(void **state)
{
    (void)state;
    /* S(16) = 0.4 in 2015 and ever after: the oldest are kept */
    plan p = plan_of(ages, FLEET("survival: {0: 1, 10: 0.4}, age: year, " TO_VI));
    assert_close(emission(p.run, 2020, "O", "NOx"), 158.68, CLOSE, 0);
    assert_int_equal(count_notes(p.run, "turnover_skipped"), 2);
    /* S(7) = 0.58, S(12) = 0.4 */
    assert_close(emission(p.run, 2020, "S", "NOx"), 158.68 * 0.4 / 0.58, CLOSE, 0);
    plan_free(&p);
}

static void age_needs_its_column(void **state)
{
    (void)state;
    assert_refused(ages, FLEET("survival: {0: 1, 9: 0}, age: born, " TO_VI), NULL, LTN_EINPUT, 6, 59, "born");
    assert_refused(ages, FLEET("survival: {0: 1, 9: 0}, age: stage, " TO_VI), NULL, LTN_EINPUT, 6, 59, "numbers");
}

static void stages_are_sold_by_day(void **state)
{
    (void)state;
    plan p = plan_of(trucks, FLEET("retire: {III: {2018: 0, 2020: 0.4}}, " TO_V_AND_VI));
    /* r: 0, 0.2, 0.4; half of 2019's belongs to V */
    assert_close(emission(p.run, 2018, "S~m~V", "NOx"), 0, 0, 0);
    assert_close(emission(p.run, 2019, "S", "NOx"), 158.68 * 0.8, CLOSE, 0);
    assert_close(emission(p.run, 2019, "S~m~V", "NOx"), 2 * 4.721, CLOSE, 0);
    assert_close(emission(p.run, 2019, "S~m~VI", "NOx"), 2 * 0.944, CLOSE, 0);
    assert_close(emission(p.run, 2020, "S", "NOx"), 95.208, CLOSE, 0);
    assert_close(emission(p.run, 2020, "S~m~V", "NOx"), 9.442, CLOSE, 0);
    assert_close(emission(p.run, 2020, "S~m~VI", "NOx"), 5.664, CLOSE, 0);
    assert_true(isnan(emission(p.run, 2020, "S~m", "NOx")));
    ltn_inventory *made = NULL;
    assert_ok(ltn_projection_inventory(p.run, 2020, &made));
    assert_string_equal(text_at(ltn_inventory_sources(made), (size_t)ltn_inventory_find(made, "S~m~V"), "stage"), "V");
    assert_string_equal(text_at(ltn_inventory_sources(made), (size_t)ltn_inventory_find(made, "S~m~VI"), "stage"),
                        "VI");
    ltn_inventory_free(made);
    /* VI is not there before its day */
    assert_ok(ltn_projection_inventory(p.run, 2018, &made));
    assert_int_equal(ltn_inventory_find(made, "S~m~V"), -1);
    ltn_inventory_free(made);
    plan_free(&p);
}

static void stages_by_day_go_with_every_way_out(void **state)
{
    (void)state;
    /* left by the end of 2018: 1 − 0.9^3 = 0.271; of 2019: 0.3439; on 15 February 2019, 1.5 of 12 months are over */
    static const double half_way = 0.271 + 0.0729 * 0.125;
    plan p = plan_of(trucks, FLEET("scrappage: {III: 10 %}, to: {V: 2015-03-02, VI: 2019-02-15}, factors: {V: {NOx: "
                                   "4.721 g/km}, VI: {NOx: 0.944 g/km}}"));
    assert_close(emission(p.run, 2018, "S~m~V", "NOx"), 20 * 0.271 * 4.721, CLOSE, 0);
    assert_close(emission(p.run, 2018, "S~m~VI", "NOx"), 0, 0, 0);
    assert_close(emission(p.run, 2019, "S~m~V", "NOx"), 20 * half_way * 4.721, CLOSE, 0);
    assert_close(emission(p.run, 2019, "S~m~VI", "NOx"), 20 * (0.3439 - half_way) * 0.944, 1e-12, 0);
    assert_close(emission(p.run, 2020, "S~m~V", "NOx"), 20 * half_way * 4.721, CLOSE, 0);
    assert_close(emission(p.run, 2020, "S~m~VI", "NOx"), 20 * (1 - 0.59049 - half_way) * 0.944, 1e-12, 0);
    plan_free(&p);
    /* three stages, two of them within a year: r(2017) = 1 − 0.58/0.74, r(2018) = 1 − 0.5/0.74; a quarter of 2018's
     * before April, and a half between April and October */
    p = plan_of(trucks, FLEET(SURVIVAL "to: {IV: 2010, V: 2018-04-01, VI: 2018-10-01}, factors: {IV: {NOx: 1 g/km}, V: "
                                       "{NOx: 1 g/km}, VI: {NOx: 1 g/km}}"));
    assert_close(emission(p.run, 2017, "S~m~IV", "NOx"), 20 * 0.16 / 0.74, CLOSE, 0);
    assert_close(emission(p.run, 2018, "S~m~IV", "NOx"), 20 * 0.18 / 0.74, CLOSE, 0);
    assert_close(emission(p.run, 2018, "S~m~V", "NOx"), 20 * 0.04 / 0.74, 1e-12, 0);
    assert_close(emission(p.run, 2018, "S~m~VI", "NOx"), 20 * 0.02 / 0.74, 1e-12, 0);
    assert_close(emission(p.run, 2020, "S~m~VI", "NOx"), 20 * 0.22 / 0.74, 1e-12, 0);
    plan_free(&p);
    /* a single stage with its day takes all, under the plain name */
    p = plan_of(trucks, FLEET("scrappage: {III: 10 %}, to: {VI: 2016-01-01}, factors: {VI: {NOx: 1 g/km}}"));
    assert_close(emission(p.run, 2018, "S~m", "NOx"), 20 * 0.271, CLOSE, 0);
    plan_free(&p);
}

static void nothing_leaves_before_a_stage_is_sold(void **state)
{
    (void)state;
#define SOLD(from) "to: {§VI: " from "}, factors: {VI: {NOx: 1 g/km}}"
    /* a half of the first year's 12 % */
    assert_bad(FLEET("scrappage: {III: 12 %}, " SOLD("2016-07-01")), "6 % of stage 'III' leaves before");
    assert_bad(FLEET("scrappage: {IV: 0, III: 12 %}, " SOLD("2016-07-01")), "'VI', is sold on 2016-07-01");
    assert_bad(FLEET("retire: {III: {2018: 0, 2020: 0.4}}, " SOLD("2019-07-01")), "10 % of stage 'III'");
    assert_bad(FLEET("retire: {III: {2010: 0, 2020: 0.5}}, " SOLD("2015")), "20 % of stage 'III'");
    assert_bad(FLEET(SURVIVAL SOLD("2016-01-02")), "2016-01-02");
    ltn_scenario_free(scenario_of(FLEET("retire: {III: {2018: 0, 2020: 0.4}}, to: {VI: 2019}, factors: {VI: {}}")));
    ltn_scenario_free(scenario_of(FLEET(SURVIVAL "to: {VI: 2016-01-01}, factors: {VI: {}}")));
    assert_bad(FLEET("retire: {III: §{2016: 0, 2018: 0.4, 2020: 0.3}}, to: {VI: 2015}, factors: {VI: {}}"), "falls");
}

static void bad_turnovers_have_their_place(void **state)
{
    (void)state;
#define BAD_FLEET(ways) HEAD "  - id: m\n    turnover: §{stage: stage, " ways "}\n"
    assert_bad(BAD_FLEET(TO_VI), "0 of retire, scrappage and survival");
    assert_bad(BAD_FLEET("retire: {III: {2020: 1}}, scrappage: {III: 1 %}, " TO_VI), "exactly one");
    assert_bad(BAD_FLEET("scrappage: {III: 1 %}, age: year, " TO_VI), "survival:");
    assert_bad(BAD_FLEET("survival: {0: 1}, " TO_VI), "age:");
    assert_bad(BAD_FLEET("scrappage: {V: 1 %}, " TO_V_AND_VI), "'V' cannot be retired to itself");
    assert_bad(FLEET("scrappage: {III: §12}, " TO_VI), "[0, 1]");
    assert_bad(FLEET("scrappage: {III: §{normal: {mean: 0.5, cv: 1}}}, " TO_VI), "probability");
    assert_bad(FLEET("scrappage: §5 %, " TO_VI), "mapping");
    assert_bad(FLEET("survival: §{}, age: year, " TO_VI), "no ages");
    assert_bad(FLEET("survival: {§1: 1, 9: 0}, age: year, " TO_VI), "age 0");
    assert_bad(FLEET("survival: {§0: 0.9, 9: 0}, age: year, " TO_VI), "0.9");
    assert_bad(FLEET("survival: {0: 1, §old: 0.5, 9: 0.1}, age: year, " TO_VI), "'old'");
    assert_bad(FLEET("survival: {0: 1, §-1: 0.5}, age: year, " TO_VI), "'-1'");
    assert_bad(FLEET("survival: {0: 1, 9: 0.5, §5: 0.5}, age: year, " TO_VI), "ascend");
    assert_bad(FLEET("survival: {0: 1, 5: 0.5, 9: §0.6}, age: year, " TO_VI), "rises");
    assert_bad(FLEET("survival: {0: 1, 5: §1.5}, age: year, " TO_VI), "[0, 1]");
    assert_bad(FLEET("survival: {0: 1, 5: §{uniform: [0.4, 0.6]}}, age: year, " TO_VI), "random");
    assert_bad(FLEET("scrappage: {III: 1 %}, to: §[V, VI], factors: {V: {}}"), "list");
    assert_bad(FLEET("scrappage: {III: 1 %}, to: §{}, factors: {}"), "no stage");
    assert_bad(FLEET("scrappage: {III: 1 %}, to: {V: 2015, VI: §soon}, factors: {V: {}, VI: {}}"), "no date");
    assert_bad(FLEET("scrappage: {III: 1 %}, to: {V: 2015, VI: §2015-01-01}, factors: {V: {}, VI: {}}"), "ascend");
    assert_bad(FLEET("scrappage: {III: 1 %}, to: {V: 2015, §VI: 2019}, factors: {V: {}}"),
               "'VI' of to: has no factors");
    assert_bad(FLEET("scrappage: {III: 1 %}, to: {VI: 2015}, factors: {§V: {}, VI: {}}"), "'V'");
    assert_bad(FLEET("scrappage: {III: 1 %}, to: VI, factors: §{V: {}, VI: {}}"), "2 stages");
    assert_bad(FLEET("scrappage: {III: 1 %}, vkt: §60000 km, " TO_VI), "km/vehicle");
    assert_bad(FLEET("scrappage: {III: 1 %}, §vtk: 60000 km/vehicle, " TO_VI), "'vkt'");
}

/* 300 trucks of 60,000 km at 7.934 g/km: 476.04 kg each, 142.812 t. */
static const char vehicles[] =
    "source,region,sector,pollutant,activity,activity_unit,factor,factor_unit,removal,stage\n"
    "S,r,mobile.truck,NOx,300,vehicle,476.04,kg/vehicle,0,III\n"
    "W,r,mobile.truck,NOx,3,万辆,476.04,kg/vehicle,0,III\n"
    "K,r,mobile.truck,NOx,20000000,km,7.934,g/km,0,III\n";
#define FORTY "retire: {III: {2018: 0, 2020: 0.4}}, "

static void vehicles_drive_their_distance(void **state)
{
    (void)state;
    static const char *const distances[] = {"60000 km/vehicle", "6 万公里/辆", "60000 km/vehicle/yr",
                                            "{uniform: [5e4 km/vehicle, 7e4 km/vehicle]}"};
    for (size_t i = 0; i < COUNT(distances); i++) {
        char yaml[400];
        snprintf(yaml, sizeof yaml, FLEET(FORTY "vkt: %s, " TO_VI), distances[i]);
        plan p = plan_of(vehicles, yaml);
        assert_close(emission(p.run, 2020, "S", "NOx"), 85.6872, CLOSE, 0);
        assert_close(emission(p.run, 2020, "S~m", "NOx"), 6.7968, CLOSE, 0); /* 120 · 60,000 · 0.944 g */
        assert_close(emission(p.run, 2020, "W~m", "NOx"), 679.68, CLOSE, 0); /* 30,000 vehicles and not 300 */
        assert_close(emission(p.run, 2020, "K~m", "NOx"), 7.552, CLOSE, 0);  /* counted in km: as before */
        /* the row's factor is of a vehicle, so that the inventory can be read again */
        assert_close(projected(p.run, 2020, "S~m", NULL, "activity"), 120, CLOSE, 0);
        assert_close(projected(p.run, 2020, "S~m", "NOx", "factor"), 60000 * 0.944, CLOSE, 0);
        assert_close(projected(p.run, 2020, "K~m", "NOx", "factor"), 0.944, CLOSE, 0);
        plan_free(&p);
    }
    /* a factor of a vehicle needs no distance, and is not multiplied */
    plan p = plan_of(vehicles, HEAD "  - id: m\n    where: {id: S}\n    turnover: {stage: stage, " FORTY
                                    "vkt: 1 km/vehicle, to: VI, factors: {VI: {NOx: 56.64 kg/vehicle}}}\n");
    assert_close(emission(p.run, 2020, "S~m", "NOx"), 6.7968, CLOSE, 0);
    plan_free(&p);
    assert_refused(vehicles, FLEET(FORTY TO_VI), NULL, LTN_EUNIT, 6, 95, "vkt: 60000 km/vehicle");
    assert_refused(vehicles, FLEET(FORTY "vkt: 60000 km/vehicle, to: VI, factors: {VI: {NOx: 1 g/kg}}"), NULL,
                   LTN_EUNIT, 6, 118, "no mass");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(half_a_year_counts_half),
        cmocka_unit_test(half_a_year_of_a_switch_burns_half_the_gas),
        cmocka_unit_test(from_multiplies_the_phase),
        cmocka_unit_test(days_of_a_month_count_pro_rata),
        cmocka_unit_test(before_the_base_year_is_always),
        cmocka_unit_test(new_source_in_part_of_a_year),
        cmocka_unit_test(bad_dates_have_their_place),
        cmocka_unit_test(months_are_their_share_of_the_year),
        cmocka_unit_test(bad_months_are_refused),
        cmocka_unit_test(own_years_exclude_from_and_months),
        cmocka_unit_test(ban_cuts_growth_back),
        cmocka_unit_test(ban_leaves_what_has_not_grown),
        cmocka_unit_test(ban_keeps_new_sources_out),
        cmocka_unit_test(ban_of_one_kind_leaves_the_other),
        cmocka_unit_test(ban_phases_in),
        cmocka_unit_test(ban_leaves_replacements_alone),
        cmocka_unit_test(distances_are_geodesic),
        cmocka_unit_test(distances_cross_the_date_line),
        cmocka_unit_test(many_points_are_searched_right),
        cmocka_unit_test(missing_coordinates_are_counted),
        cmocka_unit_test(nothing_to_be_near_to),
        cmocka_unit_test(included_scenario_is_the_start),
        cmocka_unit_test(measures_come_after_the_included),
        cmocka_unit_test(named_things_join_by_name),
        cmocka_unit_test(overrides_replace_keys),
        cmocka_unit_test(only_and_without_choose),
        cmocka_unit_test(complaints_name_the_included_file),
        cmocka_unit_test(includes_that_do_not_end),
        cmocka_unit_test(an_include_that_is_not_there),
        cmocka_unit_test(included_from_other_folders),
        cmocka_unit_test(layers_keep_their_own_choices),
        cmocka_unit_test(a_cap_of_energy_cuts_what_the_share_asks),
        cmocka_unit_test(devices_are_taken_from_the_table),
        cmocka_unit_test(devices_that_are_not_there),
        cmocka_unit_test(a_fleet_is_scrapped_at_a_rate),
        cmocka_unit_test(a_fleet_survives_by_its_age),
        cmocka_unit_test(survival_is_constant_after_the_last_age),
        cmocka_unit_test(age_needs_its_column),
        cmocka_unit_test(stages_are_sold_by_day),
        cmocka_unit_test(stages_by_day_go_with_every_way_out),
        cmocka_unit_test(nothing_leaves_before_a_stage_is_sold),
        cmocka_unit_test(bad_turnovers_have_their_place),
        cmocka_unit_test(vehicles_drive_their_distance),
    };
    return cmocka_run_group_tests(tests, NULL, remove_temporary_folder);
}
