/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The scenario reader and the selectors. Complaints are held against their exact place: in the texts below a
 * § stands, and is taken out again, where one must point. */
#include "plan.h"

#include <stdio.h>

#define HEAD "scenario: s\nbase_year: 2015\nyears: [2015, 2020]\n"
#define MEASURE HEAD "measures:\n  - id: m\n"

/* ---- reading what is bad ---- */

/* The text has exactly one error a §, in their order, and the i-th says words[i]. */
static void check_bad(const char *marked, const char *const *words, const char *file, int line)
{
    text_buffer yaml = {0};
    mark marks[MARKS_MAX];
    text_add_bytes(&yaml, "", 0);
    size_t count = take_marks(marked, &yaml, marks);
    ltn_read_options options;
    ltn_diagnostics *list = new_list(&options);
    ltn_scenario *scenario = (ltn_scenario *)&yaml; /* must be set to NULL */
    check_status(ltn_scenario_parse(yaml.data, yaml.size, "bad.yaml", &options, &scenario), LTN_EINPUT, marked, file,
                 line);
    bool good = !scenario && ltn_diagnostics_errors(list) == count;
    for (size_t i = 0; i < count && good; i++) {
        good = false;
        for (size_t d = 0; d < ltn_diagnostics_count(list); d++) {
            const ltn_diagnostic *item = ltn_diagnostics_get(list, d);
            good |= item->line == marks[i].line && item->column == marks[i].column && strstr(item->message, words[i]) &&
                    strcmp(item->source, "bad.yaml") == 0;
        }
    }
    if (!good) {
        print_error("%s\nexpected:\n", marked);
        for (size_t i = 0; i < count; i++) print_error("  %d:%d: %s\n", marks[i].line, marks[i].column, words[i]);
        print_error("found:\n");
        for (size_t d = 0; d < ltn_diagnostics_count(list); d++)
            print_error("  %d:%d: %s\n", ltn_diagnostics_get(list, d)->line, ltn_diagnostics_get(list, d)->column,
                        ltn_diagnostics_get(list, d)->message);
        _fail(file, line);
    }
    /* without a list the first complaint is the error */
    assert_int_equal(ltn_scenario_parse(yaml.data, yaml.size, "bad.yaml", NULL, &scenario), LTN_EINPUT);
    assert_true(ltn_last_error()->line == ltn_diagnostics_get(list, 0)->line &&
                ltn_last_error()->column == ltn_diagnostics_get(list, 0)->column);
    ltn_diagnostics_free(list);
    free(yaml.data);
}

#define assert_bad(marked, ...) check_bad(marked, (const char *const[]){__VA_ARGS__}, __FILE__, __LINE__)

static void assert_good(const char *yaml)
{
    ltn_scenario *scenario = scenario_of(yaml);
    ltn_scenario_free(scenario);
}

/* ---- what is good ---- */

/* The example of the language's description, as it stands there. */
static void example_is_read(void **state)
{
    (void)state;
    ltn_scenario *scenario = NULL;
    assert_ok(ltn_scenario_read_yaml(data_path("good/example.yaml"), &scenario));
    assert_string_equal(ltn_scenario_name(scenario, LTN_ENGLISH), "Blue-sky plan");
    assert_string_equal(ltn_scenario_name(scenario, LTN_CHINESE), "打赢蓝天保卫战");
    assert_string_equal(ltn_scenario_document(scenario, LTN_CHINESE), "draft for comment");
    assert_int_equal(ltn_scenario_base_year(scenario), 2015);
    assert_int_equal(ltn_scenario_last_year(scenario), 2020);
    static const char *const ids[] = {"growth-industry", "small-boilers", "chp-radius", "ultra-low",    "shoes-rto",
                                      "coal-to-gas",     "old-trucks",    "coal-cap",   "new-petrochem"};
    assert_int_equal(ltn_scenario_measures(scenario), COUNT(ids));
    for (size_t i = 0; i < COUNT(ids); i++) assert_string_equal(ltn_scenario_measure_id(scenario, i), ids[i]);
    assert_null(ltn_scenario_measure_id(scenario, COUNT(ids)));
    assert_string_equal(ltn_scenario_measure_name(scenario, 1, LTN_CHINESE), "10蒸吨及以下锅炉淘汰");
    assert_string_equal(ltn_scenario_measure_name(scenario, 0, LTN_CHINESE), "growth-industry"); /* no name: its id */
    assert_non_null(ltn_scenario_scope(scenario, "county"));
    assert_null(ltn_scenario_scope(scenario, "city"));
    ltn_scenario_free(scenario);
}

static void example_is_run(void **state)
{
    (void)state;
    ltn_scenario *scenario = NULL;
    ltn_projection *run = NULL;
    ltn_inventory *base = inventory_of("source,region,sector,pollutant,fuel,emission_t,lon,lat,stage\nS,330305,"
                                       "combustion.boiler,SO2,coal,1,120.6,28,III\n");
    assert_ok(ltn_scenario_read_yaml(data_path("good/example.yaml"), &scenario));
    assert_int_equal(ltn_scenario_offsets(scenario), 1);
    assert_ok(ltn_projection_run(base, scenario, NULL, &run));
    ltn_projection_free(run);
    ltn_scenario_free(scenario);
    ltn_inventory_free(base);
}

static void every_form_is_read(void **state)
{
    (void)state;
    static const char *const measures[] = {
        "grow: {driver: d}",
        "grow: {rate: 3 %}",
        "grow: {rate: -0.5}",
        "grow: {index: {2010: 0.5, 2015: 1, 2020: 2}}",
        "cap: {activity: 95 %}",
        "cap: {activity: 1.2 万吨, of: base, cut_first: {fuel: coal}, protect: [{fuel: gas}, {owner: province}]}",
        "retire: {share: 1}",
        "retire: {share: {uniform: [0.2, 0.3]}}",
        "switch: {share: 0.4, fuel: gas, sector: a.b, ncv_old: 20.9 MJ/kg, efficiency_old: 0.5, ncv_new: 38.9 MJ/m3, "
        "efficiency_new: 0.9, factors: {}, other: none}",
        "control: {VOC: {capture: 95 %, efficiency: {triangular: [0.85, 0.94, 0.97]}, penetration: 60 %, "
        "effectiveness: 0.9}, SO2: {efficiency: 1}, mode: replace}",
        "control: {NO: {efficiency: 0.5}}", /* NO is a pollutant and no truth value */
        "limit: {flue_gas: 10.29 m3/kg, oxygen: 9 %, SO2: 35 mg/m3, NOx: 50 mg/m3}",
        "limit: {NOx: 0.9 kg/t}",
        "limit: {NOx: 120 t/yr, over: group}",
        "limit: {flue_gas_0: 8 m3/m3, oxygen: 0.035, NOx: {normal: {mean: 30 mg/m3, cv: 0.1}}}",
        "turnover: {stage: s, retire: {III: {2018: 0, 2020: 1}, IV: {2020: 10 %}}, to: VI, factors: {VI: {NOx: 0.4 "
        "g/km}}}",
        "turnover: {stage: s, scrappage: {III: 12 %, IV: {triangular: [5 %, 6 %, 8 %]}}, to: VI, factors: {VI: {NOx: "
        "{normal: {mean: 0.4 g/km, cv: 0.01}}}}, vkt: 6 万公里/辆}",
        "turnover: {stage: s, survival: {0: 1, 2.5: 1, 5: 90 %, 15: 0}, age: year, to: {V: 2015, VI: 2019-07-01}, "
        "factors: {VI: {NOx: 0.4 g/km}, V: {NOx: 2 g/km}}, vkt: {uniform: [5e4 km/vehicle/yr, 6e4 km/vehicle/yr]}}",
        "turnover: {stage: s, retire: {III: {2015: 0, 2020: 1}}, to: {VI: 2016-01-01}, factors: {VI: {NOx: 2 g/km}}}",
        "add: {source: N, region: r, sector: s, from: 2019, emissions: {VOC: 120 t/yr, NOx: 3 kg/d}, lon: -120.5, lat: "
        "28, capacity: 35 t/h, fuel: gas, owner: o, facility: f, name: n}",
    };
    for (size_t i = 0; i < COUNT(measures); i++) {
        char yaml[1024];
        snprintf(yaml, sizeof yaml,
                 HEAD "drivers: {d: {2015: 1, 2020: 1.2}}\nphases: {p: {2016: 0, 2018: 30 %%}}\nmeasures:\n"
                      "  - id: \"m 1\"\n    name: {zh: 措施}\n    task: 22\n    bureau: [甲, 乙]\n    class: "
                      "management\n    cost: {annual: 18 yuan/kg}\n    %s\n",
                 measures[i]);
        assert_good(yaml);
    }
    assert_good("{\"scenario\": \"json\", \"base_year\": 2015, \"years\": [2015, 2015]}"); /* JSON is YAML */
    assert_good("# a comment\n---\n" HEAD "...\n");
    assert_good("scenario: s\r\nbase_year: 2015\r\nyears: [2015, 2020]\r\n");
    assert_good(HEAD "phases:\n  a: &a {2015: 0, 2020: 1}\n  b: *a\n"); /* an anchor and its alias */
    assert_good(HEAD "scopes: {x: {region: 06037, scc: \"2102*\", tags: [a, b], capacity: {min: 1 t/h, below: 3 "
                     "MW_th}, n: {is: 3}, not: [{fuel: a}, {fuel: b}], any: {fuel: c}}}\n");
    assert_good(HEAD "offset_rules:\n  r: {ratio: 2, within: [county, city], credits_from: {where: {sector: a}}, "
                     "order: nearest, surplus: true, unmet: scale, growth_owes: true}\n");
}

/* As Windows' editor saves it. */
static void byte_order_mark_is_passed_over(void **state)
{
    (void)state;
    assert_good("\xEF\xBB\xBF" HEAD);
    assert_bad("\xEF\xBB\xBFscenario: s\nbase_year: §15\nyears: [2015, 2020]\n", "15");
}

static void codes_stay_text(void **state)
{
    (void)state;
    ltn_selector *selector = NULL;
    uint8_t keep[2];
    ltn_inventory *inventory =
        inventory_of("source,region,sector,pollutant,emission_t\nA,06037,s,NO,1\nB,6037,s,NOx,1\n");
    assert_ok(ltn_selector_parse("{region: 06037}", &selector));
    assert_ok(ltn_selector_match(selector, inventory, keep));
    assert_true(keep[0] && !keep[1]);
    ltn_selector_free(selector);
    assert_ok(ltn_selector_parse("{pollutant: NO}", &selector));
    assert_ok(ltn_selector_match(selector, inventory, keep));
    assert_true(keep[0] && !keep[1]);
    ltn_selector_free(selector);
    ltn_inventory_free(inventory);
}

/* ---- what is bad ---- */

static void unknown_keys_offer_the_nearest(void **state)
{
    (void)state;
    assert_bad(HEAD "§measurse: []\n", "'measures'");
    assert_bad(MEASURE "    §wher: {}\n    retire: {share: 1}\n", "'where'");
    assert_bad(MEASURE "    retire: {share: 1, §replcae: {}}\n", "'replace'");
    assert_bad(MEASURE "    control: {VOC: {§eficiency: 0.9}}\n", "'efficiency'");
    assert_bad(MEASURE "    grow: {§rates: 3 %}\n", "'rate'");
    assert_bad(MEASURE "    name: {en: x, §ch: 中文}\n    retire: {share: 1}\n", "ch");
    assert_bad(HEAD "offset_rules: {r: {ratio: 2, within: county, §ordr: earliest}}\n", "'order'");
    assert_bad(HEAD "uncertainty: [{§activty: {lognormal: {cv: 0.1}}}]\n", "'activity'");
    assert_bad(HEAD "scopes: {a: {within: {km: 3, of: {}, §too: 1}}}\n", "too");
    assert_bad(HEAD "§xyzzy_plugh: 1\n", "xyzzy_plugh"); /* nothing is near */
    /* columns count characters and not bytes */
    assert_bad(HEAD "measures:\n  - {id: 措施一, name: 名称名称, §wher: {}, retire: {share: 1}}\n", "'where'");
}

static void units_and_domains_are_checked(void **state)
{
    (void)state;
    assert_bad(MEASURE "    limit: {flue_gas: §10.29 mg, NOx: 50 mg/m3}\n", "dimension");
    assert_bad(MEASURE "    switch: {share: 1, fuel: g, ncv_old: §20.9 kg, efficiency_old: 1, ncv_new: 38.9 MJ/m3, "
                       "efficiency_new: 1, factors: {}}\n",
               "dimension");
    assert_bad(MEASURE "    switch: {share: 1, fuel: g, ncv_old: §20.9, efficiency_old: 1, ncv_new: 38.9 MJ/m3, "
                       "efficiency_new: 1, factors: {}}\n",
               "no unit");
    assert_bad(MEASURE "    switch: {share: 1, fuel: g, ncv_old: §20.9 MJ/kgg, efficiency_old: 1, ncv_new: 38.9 MJ/m3, "
                       "efficiency_new: 1, factors: {}}\n",
               "MJ/kgg");
    assert_bad(MEASURE "    limit: {NOx: §50}\n", "no unit");
    assert_bad(MEASURE "    limit: {NOx: §fifty mg/m3}\n", "not a number");
    assert_bad(MEASURE "    limit: {NOx: §-1 t/yr}\n", "at least 0");
    assert_bad(MEASURE "    limit: {flue_gas: 8 m3/kg, oxygen: §21 m3, NOx: 5 mg/m3}\n", "unit");
    assert_bad(MEASURE "    limit: §{flue_gas_0: 8 m3/kg, oxygen: 21 %, NOx: 5 mg/m3}\n", "20.9");
    assert_bad(MEASURE "    limit: §{flue_gas_0: 8 m3/kg, NOx: 5 mg/m3}\n", "oxygen");
    assert_bad(MEASURE "    limit: §{flue_gas: 8 m3/kg, flue_gas_0: 8 m3/kg, oxygen: 9 %, NOx: 5 mg/m3}\n", "both");
    assert_bad(MEASURE "    retire: {share: §100}\n", "[0, 1]");
    assert_bad(MEASURE "    retire: {share: §1.2}\n", "[0, 1]");
    assert_bad(MEASURE "    retire: {share: §120 %}\n", "[0, 1]");
    assert_bad(MEASURE "    retire: {share: §-0.1}\n", "[0, 1]");
    assert_bad(MEASURE "    retire: {share: §0.5 t}\n", "unit");
    assert_bad(MEASURE "    control: {VOC: {efficiency: §95}}\n", "[0, 1]");
    assert_bad(MEASURE "    retire: {share: 1}\n    phase: {2015: 0, 2020: §1.5}\n", "[0, 1]");
    assert_bad(MEASURE "    grow: {rate: §-101 %}\n", "-1");
    assert_bad(MEASURE "    cap: {activity: §0.95}\n", "no unit");
    assert_bad(MEASURE "    retire: {share: §nan}\n", "not a number");
    assert_bad(MEASURE "    retire: {share: §1e999}\n", "not a number");
    assert_bad(MEASURE "    cost: {annual: §18 kg}\n    retire: {share: 1}\n", "yuan");
    assert_bad(HEAD "scopes: {a: {capacity: {min: §10}}}\n", "t/h");
    assert_bad(HEAD "scopes: {a: {capacity: {min: §10 kg}}}\n", "t/h");
    assert_bad(HEAD "scopes: {a: {capacity: {§least: 10 t/h}}}\n", "min");
    assert_bad(HEAD "scopes: {a: {units: {min: §ten}}}\n", "not a number");
    assert_bad(MEASURE "    add: {source: N, region: r, sector: s, from: 2019, emissions: {VOC: 1 t/yr}, lon: §200}\n",
               "180");
    assert_bad(MEASURE "    add: {source: N, region: r, sector: s, from: 2019, emissions: {VOC: 1 t/yr}, lat: §91}\n",
               "90");
}

/* UDUNITS converts m3/kg to its reciprocal kg/m3; a dimension upside down is a wrong one all the same. */
static void reciprocal_units_do_not_fit(void **state)
{
    (void)state;
    double out = 0;
    assert_status(ltn_unit_convert(10.29, "mg/m3", "m3/kg", &out), LTN_EUNIT);
    assert_true(isnan(out));
    assert_bad(MEASURE "    limit: {flue_gas: §10.29 mg/m3, NOx: 50 mg/m3}\n", "dimension");
    assert_bad(HEAD "scopes: {a: {capacity: {min: §10 h/t}}}\n", "t/h");
}

static void measures_have_one_action_that_fits(void **state)
{
    (void)state;
    assert_bad(MEASURE "    retire: {share: 1}\n    §grow: {rate: 1 %}\n", "more than one action");
    assert_bad(HEAD "measures:\n  - §id: m\n    where: {}\n", "no action");
    assert_bad(MEASURE "    grow: {rate: 1 %}\n    phase: §{2016: 1}\n", "phase");
    assert_bad(MEASURE "    add: {source: N, region: r, sector: s, from: 2019, emissions: {VOC: 1 t/yr}}\n    phase: "
                       "§p\nphases: {p: {2016: 1}}\n",
               "phase");
    assert_bad(MEASURE "    turnover: {stage: s, retire: {III: {2020: 1}}, to: VI, factors: {VI: {NOx: 0.4 g/km}}}\n   "
                       " phase: §{2016: 1}\n",
               "phase");
    static const char *const actions[] = {
        "cap: {activity: 95 %}", "retire: {share: 1}",
        ("switch: {share: 1, fuel: g, ncv_old: 1 MJ/kg, efficiency_old: 1, ncv_new: 1 MJ/m3, efficiency_new: 1, "
         "factors: {}, other: none}"),
        "turnover: {stage: s, retire: {III: {2020: 1}}, to: VI, factors: {VI: {NOx: 0.4 g/km}}}"};
    for (size_t i = 0; i < COUNT(actions); i++) {
        char yaml[1024];
        snprintf(yaml, sizeof yaml, MEASURE "    where: §{fuel: coal, pollutant: SO2}\n    %s\n", actions[i]);
        assert_bad(yaml, "pollutant");
        snprintf(yaml, sizeof yaml, MEASURE "    where: §{not: {any: [{fuel: coal}, {pollutant: SO2}]}}\n    %s\n",
                 actions[i]);
        assert_bad(yaml, "pollutant");
    }
    assert_bad(MEASURE "    retire: {share: 1}\n    offset: §{pollutant: VOC, rule: r}\noffset_rules: {r: {ratio: 2, "
                       "within: county}}\n",
               "offset");
    assert_bad(
        MEASURE
        "    where: §{fuel: coal}\n    add: {source: N, region: r, sector: s, from: 2019, emissions: {VOC: 1 t/yr}}\n",
        "where");
    assert_bad(MEASURE "    grow: §{rate: 1 %, index: {2015: 1, 2020: 2}}\n", "one of");
    assert_bad(MEASURE "    grow: §{}\n", "one of");
    assert_bad(MEASURE "    control: §{mode: add}\n", "no pollutant");
    assert_bad(MEASURE "    limit: §{oxygen: 9 %}\n", "no pollutant");
    assert_bad(MEASURE "    control: {VOC: §{}}\n", "VOC");
    assert_bad(MEASURE "    control: {mode: §replac, VOC: {efficiency: 1}}\n", "replace");
    assert_bad(MEASURE "    retire: §{}\n", "share");
    assert_bad(MEASURE "    retire: §1\n", "mapping");
    assert_bad(MEASURE "    class: §enginering\n    retire: {share: 1}\n", "engineering");
    assert_bad(MEASURE "    task: §22b\n    retire: {share: 1}\n", "22b");
    assert_bad(MEASURE "    turnover: {stage: s, retire: {III: {2020: 1}}, to: VI, factors: {§V: {NOx: 0.4 g/km}}}\n",
               "'VI'");
    assert_bad(MEASURE "    cap: {activity: 95 %, of: §today}\n", "base");
    assert_bad(HEAD "measures:\n  - §retire: {share: 1}\n", "'id'");
    assert_bad(HEAD "measures:\n  - §just text\n", "mapping");
    assert_bad(HEAD "measures: §{id: m}\n", "list");
    assert_bad(HEAD "measures:\n  - {id: §'', retire: {share: 1}}\n", "empty");
}

static void names_are_found_and_unique(void **state)
{
    (void)state;
    assert_bad(HEAD "measures:\n  - {id: a, retire: {share: 1}}\n  - {id: b, retire: {share: 1}}\n  - §{id: a, retire: "
                    "{share: 1}}\n",
               "'a'");
    assert_bad(HEAD "§scenario: again\n", "twice");
    assert_bad(MEASURE "    retire: {share: 1, §share: 0.5}\n", "twice");
    assert_bad(HEAD "phases: {p: {2015: 0, §2015: 1}}\n", "twice");
    assert_bad(
        HEAD
        "phases: {by_2019: {2015: 0, 2019: 1}}\nmeasures:\n  - id: m\n    retire: {share: 1}\n    phase: §by_2018\n",
        "'by_2019'");
    assert_bad(MEASURE "    retire: {share: 1}\n    phase: §by_2018\n", "by_2018");
    assert_bad(HEAD "drivers: {industry: {2015: 1, 2020: 2}}\nmeasures:\n  - id: m\n    grow: §{driver: industri}\n",
               "'industry'");
    assert_bad(MEASURE "    add: {source: N, region: r, sector: s, from: 2019, emissions: {VOC: 1 t/yr}}\n    offset: "
                       "§{pollutant: VOC, rule: no-such}\n",
               "no-such");
    /* a scope, a driver and a phase may share a name */
    assert_good(HEAD "scopes: {a: {}}\ndrivers: {a: {2015: 1, 2020: 1}}\nphases: {a: {2015: 0}}\n");
}

static void years_are_checked(void **state)
{
    (void)state;
    assert_bad("scenario: s\nbase_year: 2015\nyears: §[2020, 2015]\n", "2020");
    assert_bad("scenario: s\nbase_year: §15\nyears: [2015, 2020]\n", "'15'");
    assert_bad("scenario: s\nbase_year: §20155\nyears: [2015, 2020]\n", "20155");
    assert_bad("scenario: s\nbase_year: 2015\nyears: §2015\n", "first and the last");
    assert_bad("§scenario: s\nbase_year: 2015\nyears: [2014, 2020]\n", "2014");
    assert_bad(HEAD "drivers: {d: §{2015: 1.1, 2020: 2}}\n", "1.1");
    assert_bad(HEAD "drivers: {d: §{2014: 1, 2016: 1.5, 2020: 2}}\n", "1.25"); /* between its knots too */
    assert_bad(HEAD "drivers: {d: §{2015: 1, 2019: 2}}\n", "2020");
    assert_bad(HEAD "drivers: {d: §{2016: 1, 2020: 2}}\n", "2015");
    assert_bad(HEAD "drivers: {d: §{}}\n", "no years");
    assert_bad(MEASURE "    grow: {index: §{2015: 1, 2018: 2}}\n", "2020");
    assert_bad(HEAD "drivers: {d: {2015: 1, §soon: 2}}\n", "soon");
    assert_bad(HEAD "drivers: {d: {2015: 1, 2020: §-2}}\n", "at least 0");
    assert_bad(MEASURE "    add: {source: N, region: r, sector: s, from: §once, emissions: {VOC: 1 t/yr}}\n", "once");
    assert_bad("§§scenario: s\n", "base_year", "years");
    /* 1 in the base year between knots, within rounding */
    assert_good(HEAD "drivers: {a: {2014: 0.9, 2024: 1.9}, b: {2010: 0.7, 2020: 1.3}, c: {2012: 0.94, 2017: 1.04, "
                     "2020: 2}, d: {2008: 0.3, 2018: 1.3, 2020: 2}}\n");
}

/* What follows from an error is not complained of again. */
static void one_error_begets_no_other(void **state)
{
    (void)state;
    assert_bad("scenario: s\nbase_year: 2015\nyears: [2015, §later]\n", "later");
    assert_bad("scenario: s\nbase_year: 2015\nyears: [§early, 2020]\n", "early");
    assert_bad("scenario: s\nbase_year: 2015\nyears: [2015, §x]\ndrivers: {d: {2015: 1, 2020: 2}}\n", "x");
    assert_bad("scenario: s\nbase_year: §x\nyears: [2015, 2020]\ndrivers: {d: {2015: 1, 2020: 2}}\n", "x");
    assert_bad(HEAD "phases: {p: {2015: §x}}\nmeasures:\n  - {id: m, retire: {share: 1}, phase: p}\n", "x");
    assert_bad(HEAD "drivers: {d: {2015: §x, 2020: 1}}\nmeasures:\n  - {id: m, grow: {driver: d}}\n", "x");
    assert_bad(MEASURE "    switch: {share: 1, fuel: g, ncv_old: 1 MJ/kg, efficiency_old: 1, ncv_new: §0 kg, "
                       "efficiency_new: 1, factors: {}}\n",
               "ncv_new");
    assert_bad(MEASURE "    limit: {flue_gas_0: 8 m3/kg, oxygen: §21 m3, NOx: 5 mg/m3}\n", "unit");
}

static void distributions_are_checked(void **state)
{
    (void)state;
    static const struct {
        const char *share, *words;
    } bad[] = {
        {"{normal: §{sd: 0.1}}", "mean"},
        {"{normal: §{mean: 0.5}}", "sd or cv"},
        {"{normal: §{mean: 0.5, sd: 0.1, cv: 0.1}}", "sd or cv"},
        {"{normal: §{mean: 0.5, sd: 0}}", "positive"},
        {"{normal: §{mean: 0.5, sd: -0.1}}", ""},
        {"{normal: {mean: 0.5, §low: 0, sd: 0.01}}", "low"},
        {"{truncated_normal: §{mean: 0.5, sd: 0.1, low: 0}}", "high"},
        {"{truncated_normal: §{mean: 0.5, sd: 0.1, low: 0.6, high: 0.4}}", "low must be below high"},
        {"{truncated_normal: §{mean: 0.1, sd: 0.001, low: 0.9, high: 1}}", "nothing"},
        {"{truncated_normal: §{mean: 0.5, low: 0, high: 1}}", "sd"},
        {"{lognormal: §{mean: 0.2}}", "cv"},
        {"{lognormal: §{cv: 0.2}}", "mean"},
        {"{lognormal: §{mean: 0, cv: 0.1}}", "positive"},
        {"{lognormal: §{mean: 0.2, cv: 0}}", "positive"},
        {"{lognormal: §{ci95: [0.3, 0.2]}}", "ascend"},
        {"{lognormal: §{ci95: [0, 0.2]}}", "positive"},
        {"{lognormal: {ci95: §[0.2]}}", "2 numbers"},
        {"{lognormal: §{mean: 0.3, cv: 0.1, ci95: [0.2, 0.3]}}", "ci95"},
        {"{triangular: §[0.5, 0.6]}", "3 numbers"},
        {"{triangular: §[0.6, 0.5, 0.7]}", "ascend"},
        {"{triangular: §[0.5, 0.5, 0.5]}", "ascend"},
        {"{triangular: §{low: 0, mode: 1, high: 2}}", "3 numbers"},
        {"{uniform: §[0.7, 0.5]}", "low must be below high"},
        {"{uniform: §[0.5, 0.5]}", "low must be below high"},
        {"{beta: §{a: 0, b: 1, low: 0, high: 1}}", "positive"},
        {"{beta: §{a: 2, b: 1, low: 1, high: 0}}", "low must be below high"},
        {"{beta: §{a: 2, low: 0, high: 1}}", "b"},
        {"{beta: {a: §two, b: 1, low: 0, high: 1}}", "two"},
        {"{uniform: [0.1, 0.2], §normal: {mean: 0.1, sd: 0.01}}", "normal"},
        {"{uniform: [0.1, 0.2], per: §row}", "source"},
        {"§{per: source}", "no distribution"},
        {"§{}", "no distribution"},
        {"§[0.1, 0.2]", "list"},
        {"{triangular: [0.5, §0.6 t, 0.7]}", "unit"},
        /* too much of it outside [0, 1]: the words name a bounded form */
        {"§{normal: {mean: 0.9, sd: 0.2}}", "truncated_normal"},
        {"§{lognormal: {mean: 0.7, cv: 0.5}}", "truncated_normal"},
        {"§{uniform: [0.5, 1.1]}", "bounded"},
        {"§{triangular: [-0.1, 0.5, 0.9]}", "bounded"},
        {"§{beta: {a: 2, b: 2, low: 0, high: 2}}", "bounded"},
        {"§{truncated_normal: {mean: 0.5, sd: 0.2, low: -1, high: 2}}", "bounded"},
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        char yaml[512];
        snprintf(yaml, sizeof yaml, MEASURE "    retire: {share: %s}\n", bad[i].share);
        assert_bad(yaml, bad[i].words);
    }
    assert_bad(MEASURE "    retire: {share: {§gaussian: {mean: 1}}}\n", "gaussian");
    /* more than 1e-6 outside: 2·P(z > 4.8916) is 1e-6, so it begins at sd = 0.5/4.8916 = 0.10222 */
    assert_good(MEASURE "    retire: {share: {normal: {mean: 0.5, sd: 0.1022}}}\n");
    assert_bad(MEASURE "    retire: {share: §{normal: {mean: 0.5, sd: 0.1023}}}\n", "truncated_normal");
    /* factors and activities are at least 0 */
    assert_bad(MEASURE "    limit: {NOx: §{normal: {mean: 1 t/yr, cv: 0.5}}}\n", "truncated_normal");
    assert_good(MEASURE "    limit: {NOx: {normal: {mean: 1 t/yr, cv: 0.2}}}\n"); /* P(z < -5) = 2.9e-7 */
    assert_bad(MEASURE "    limit: {NOx: {triangular: [1 t/yr, 2 t/yr, §3 kg/yr]}}\n", "unit");
    assert_bad(HEAD "uncertainty: [{activity: §{normal: {cv: 30 %}}}]\n", "truncated_normal");
    assert_good(HEAD "uncertainty: [{activity: {lognormal: {cv: 30 %}}, factor: {normal: {cv: 0.1}}, removal: {beta: "
                     "{a: 2, b: 2, low: 0.1, high: 0.3}}, shared_by: [sector, pollutant]}]\n");
    /* years and knots cannot be random */
    assert_bad(HEAD "phases: {p: {2015: 0, 2020: §{uniform: [0.8, 1]}}}\n", "random");
    assert_bad(HEAD "drivers: {d: {2015: 1, 2020: §{uniform: [1, 2]}}}\n", "random");
    assert_bad("scenario: s\nbase_year: §{uniform: [2015, 2016]}\nyears: [2015, 2020]\n", "year");
}

/* A mean that stands in the file is the mean. */
static void lognormal_mean_beside_ci95_counts(void **state)
{
    (void)state;
    static const char yaml[] = MEASURE "    add: {source: N, region: r, sector: s, from: 2016, emissions: {VOC: "
                                       "{lognormal: {mean: 2.4 t/yr, ci95: [1.2 t/yr, 4.5 t/yr]}}}}\n";
    ltn_scenario *scenario = NULL;
    ltn_projection *run = NULL;
    ltn_status status = ltn_scenario_parse(yaml, strlen(yaml), "plan.yaml", NULL, &scenario);
    if (status) { /* refused because the two do not agree: no number is dropped in silence */
        assert_status(status, LTN_EINPUT);
        return;
    }
    ltn_inventory *base = inventory_of("source,region,sector,pollutant,emission_t\nS,r,s,VOC,1\n");
    assert_ok(ltn_projection_run(base, scenario, NULL, &run));
    assert_close(emission(run, 2020, "N", "VOC"), 2.4, 1e-12, 0);
    ltn_projection_free(run);
    ltn_scenario_free(scenario);
    ltn_inventory_free(base);
}

static void all_errors_are_told_at_once(void **state)
{
    (void)state;
    assert_bad("scenario: s\n"
               "base_year: 2015\n"
               "years: §[2020, 2015]\n"
               "§baselin: x\n"
               "measures:\n"
               "  - id: a\n"
               "    retire: {share: §2}\n"
               "  - id: b\n"
               "    control: {名称: {efficiency: 1}, VOC: {efficiency: §x}}\n"
               "    phase: §nowhere\n"
               "  - §id: a\n"
               "    grow: {rate: 1 %}\n"
               "    §where_: {}\n",
               "2020", "'baseline'", "[0, 1]", "not a number", "nowhere", "twice", "'where'");
}

/* ---- what is no YAML, or too much of it ---- */

static void broken_yaml_is_placed(void **state)
{
    (void)state;
    assert_bad("§", "empty");
    assert_bad("§# nothing\n", "empty");
    assert_bad("§just text\n", "mapping");
    assert_bad(HEAD "measures:\n  - id: a\n   §retire: {share: 1}\n", "not YAML");
    assert_bad(HEAD "measures:\n§\t- id: a\n", "not YAML");
    assert_bad(HEAD "scopes: {a: §*nothing}\n", "nothing");
    assert_bad(HEAD "scopes: &a {b: §*a}\n", "'*a'");
    assert_bad(HEAD "§---\nscenario: second\n", "second document");
    assert_bad(HEAD "? §[a, b]\n: c\n", "plain text");
    assert_bad(HEAD "§<<: {a: b}\n", "<<");
}

static ltn_status parse_status(const char *text, size_t length)
{
    ltn_scenario *scenario = (ltn_scenario *)&length;
    ltn_status status = ltn_scenario_parse(text, length, "bad.yaml", NULL, &scenario);
    assert_status(status, status); /* and described */
    assert_null(scenario);
    return status;
}

static void too_much_yaml_ends_in_an_error(void **state)
{
    (void)state;
    text_buffer deep = {0};
    text_add(&deep, HEAD "scopes: ");
    for (int i = 0; i < 10000; i++) text_add(&deep, "[");
    for (int i = 0; i < 10000; i++) text_add(&deep, "]");
    assert_int_equal(parse_status(deep.data, deep.size), LTN_EINPUT);
    assert_int_equal(ltn_last_error()->line, 4);
    assert_in_range(ltn_last_error()->column, 9, 9 + 65);
    assert_contains(ltn_last_error()->message, "64");
    free(deep.data);
    /* a billion nodes from a few hundred bytes */
    text_buffer bomb = {0};
    text_add(&bomb, HEAD "phases:\n  a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 10; i++)
        text_add(&bomb, "  a%d: &a%d [*a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d]\n", i, i, i - 1,
                 i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
    assert_int_equal(parse_status(bomb.data, bomb.size), LTN_EINPUT);
    assert_int_equal(ltn_last_error()->line, 10); /* 10^6 of them are reached with a5 */
    assert_contains(ltn_last_error()->message, "million");
    free(bomb.data);
    /* 64 levels and 16 MiB are allowed */
    text_buffer edge = {0};
    text_add(&edge, HEAD "scopes: {a: ");
    for (int i = 0; i < 60; i++) text_add(&edge, "{not: ");
    text_add(&edge, "{}");
    for (int i = 0; i < 61; i++) text_add(&edge, "}");
    assert_good(edge.data);
    free(edge.data);
    size_t size = (16 << 20) + 1;
    char *large = malloc(size + 1);
    assert_non_null(large);
    memset(large, ' ', size);
    large[size] = '\0';
    memcpy(large, HEAD, strlen(HEAD));
    for (size_t i = 200; i < size; i += 200) large[i] = '\n';
    large[size - 1] = '\n';
    ltn_scenario *scenario = NULL;
    assert_status(ltn_scenario_read_yaml(write_bytes("large.yaml", large, size), &scenario), LTN_ELIMIT);
    assert_null(scenario);
    assert_int_equal(parse_status(large, size), LTN_ELIMIT);
    if (!is_slow()) {
        assert_ok(ltn_scenario_parse(large, size - 1, "large.yaml", NULL, &scenario));
        ltn_scenario_free(scenario);
    }
    free(large);
}

static void bytes_that_are_no_text(void **state)
{
    (void)state;
    static const char nul[] = HEAD "baseline: a\0b\n", quoted[] = HEAD "baseline: \"a\\0b\"\n";
    assert_int_equal(parse_status(nul, sizeof nul - 1), LTN_EINPUT);
    assert_int_equal(ltn_last_error()->line, 4);
    assert_int_equal(parse_status(quoted, sizeof quoted - 1), LTN_EINPUT);
    assert_int_equal(ltn_last_error()->line, 4);
    assert_int_equal(ltn_last_error()->column, 11);
    assert_contains(ltn_last_error()->message, "NUL");
    /* 温州 as GB18030 */
    static const char gb[] = HEAD "baseline: \xCE\xC2\xD6\xDD\n";
    assert_int_equal(parse_status(gb, sizeof gb - 1), LTN_EINPUT);
    assert_int_equal(ltn_last_error()->line, 4);
    assert_contains(ltn_last_error()->message, "UTF-8");
    /* every byte there is, alone and in a scalar: an error or a scenario, never more */
    for (int byte = 0; byte < 256; byte++) {
        char text[sizeof HEAD + 16];
        int length = snprintf(text, sizeof text, HEAD "document: x");
        text[length] = (char)byte;
        ltn_scenario *scenario = NULL;
        ltn_status status = ltn_scenario_parse(text, (size_t)length + 1, "bytes.yaml", NULL, &scenario);
        assert_true(status == LTN_OK || status == LTN_EINPUT);
        ltn_scenario_free(scenario);
    }
}

static void files_that_are_not_there(void **state)
{
    (void)state;
    ltn_scenario *scenario = (ltn_scenario *)&scenario;
    assert_status(ltn_scenario_read_yaml(temporary_path("no such.yaml"), &scenario), LTN_EIO);
    assert_null(scenario);
    assert_contains(ltn_last_error()->source, "no such.yaml");
    assert_status(ltn_scenario_read_yaml(temporary_folder(), &scenario), LTN_EIO);
    assert_status(ltn_scenario_read_yaml(write_file("empty.yaml", ""), &scenario), LTN_EINPUT);
    assert_contains(ltn_last_error()->message, "empty");
}

/* Any cut of the example is an error or a scenario, and nothing worse. */
static void cut_short_anywhere(void **state)
{
    (void)state;
    size_t size, step = is_slow() ? 211 : 7;
    char *whole = read_whole(data_path("good/example.yaml"), &size);
    for (size_t length = 0; length < size; length += step) {
        ltn_scenario *scenario = NULL;
        ltn_status status = ltn_scenario_parse(whole, length, "cut.yaml", NULL, &scenario);
        assert_true(status == LTN_OK || status == LTN_EINPUT);
        assert_true((status == LTN_OK) == (scenario != NULL));
        ltn_scenario_free(scenario);
    }
    free(whole);
}

/* ---- the reference of keys ---- */

static char *trim(char *cell)
{
    while (*cell == ' ') cell++;
    char *end = cell + strlen(cell);
    while (end > cell && end[-1] == ' ') *--end = '\0';
    if (*cell == '`' && end > cell + 1 && end[-1] == '`' && !strchr(cell + 1, '`')[1]) {
        end[-1] = '\0';
        cell++;
    }
    return cell;
}

/* Cells of `| a | b |`; `\|` is a bar inside one. Returns how many. */
static size_t split_cells(char *line, char **cells, size_t most)
{
    size_t count = 0;
    char *out = ++line;
    char *start = line;
    for (; *line; line++) {
        if (*line == '\\' && line[1] == '|') {
            *out++ = *++line;
        } else if (*line == '|') {
            *out = '\0';
            if (count < most) cells[count] = trim(start);
            count++;
            start = out = line + 1;
        } else {
            *out++ = *line;
        }
    }
    return count;
}

static void keys_are_documented(void **state)
{
    (void)state;
    enum { COLUMNS = 6 };
    static const char *const columns[COLUMNS] = {"where", "key", "type", "unit", "default", "meaning"};
    const char *root = getenv("LANTIAN_SOURCE");
    char path[4096];
    snprintf(path, sizeof path, "%s/docs/scenario.md", root ? root : "..");
    FILE *there = fopen(path, "rb");
    if (!there) skip();
    fclose(there);
    ltn_table *keys = NULL;
    assert_ok(ltn_scenario_keys(&keys));
    assert_int_equal(ltn_table_columns(keys), COLUMNS);
    for (size_t c = 0; c < COLUMNS; c++) assert_string_equal(ltn_table_name(keys, c), columns[c]);
    char *document = read_whole(path, NULL),
         *line = strstr(document, "\n| where | key | type | unit | default | meaning |\n");
    if (!line) {
        free(document);
        ltn_table_free(keys);
        skip();
    }
    line = strchr(strchr(line + 1, '\n') + 1, '\n') + 1; /* past the head and its rule */
    size_t row = 0;
    for (; *line == '|'; row++) {
        char *cells[COLUMNS], *end = strchr(line, '\n');
        *end = '\0';
        if (row == ltn_table_rows(keys)) fail_msg("docs/scenario.md has a key that the reader has not: %s", line);
        assert_int_equal(split_cells(line, cells, COLUMNS), COLUMNS);
        for (size_t c = 0; c < COLUMNS; c++) {
            const char *known = ltn_table_text(keys, row, c);
            if (strcmp(cells[c], known ? known : "") != 0)
                fail_msg("row %zu, %s: docs/scenario.md has '%s', the reader '%s'", row + 1, columns[c], cells[c],
                         known ? known : "");
        }
        line = end + 1;
    }
    if (row < ltn_table_rows(keys))
        fail_msg("docs/scenario.md lacks '%s' of %s", ltn_table_text(keys, row, 1), ltn_table_text(keys, row, 0));
    free(document);
    ltn_table_free(keys);
}

/* ---- selectors ---- */

static const char region_table[] =
    "region,parent,kind,name,name_zh\n330300,,city,Wenzhou,温州市\n330302,330300,county,Lucheng,鹿城区\n"
    "330303,330300,county,Longwan,龙湾区\n330371,330303,zone,Zone,经开区\n330399,330300,county,Empty,\n";

/* A letter a row, by which the masks below name it. */
static const char rows[] =
    "source,region,sector,pollutant,fuel,owner,capacity,capacity_unit,tags,activity,activity_unit,removal,emission_t,"
    "workers,district,stage,code\n"
    "a,330303,combustion.boiler.coal,SO2,coal,city,10,t/h,key;old boiler,5000,t,0.8,1,120,东区,III,007\n" /* A */
    "a,330303,combustion.boiler.coal,NOx,coal,city,10,t/h,key;old boiler,5000,t,0,1,120,东区,III,007\n"   /* B */
    "b,330371,combustion.boiler,SO2,coal,,7,MW_th,,2,万吨,,1,35,西区,IV,7\n"                              /* C */
    "c,330302,combustion.boilers,SO2,oil,province,300,MW,keystone,,,0.5,1,,东区,,\n"                      /* D */
    "d,330302,2102004001,NOx,,,35,t/h,key,90,m3,1,1,35.5,,V,7a\n"                                         /* E */
    "e,330303,process.kiln,VOC,,,,,,100,kg,0.95,1,0,,,\n"                                                 /* F */
    "f,330303,combustion,SO2,wood,city,10.5,t/h,,7000000,kg,,1,12,西区,III,\n";                           /* G */

static const struct {
    const char *selector, *mask;
} selections[] = {
    {"{}", "ABCDEFG"},
    /* text */
    {"{fuel: coal}", "ABC"},
    {"{fuel: [coal, wood]}", "ABCG"},
    {"{fuel: peat}", ""},
    {"{fuel: \"*o*\"}", "ABCDG"},
    {"{fuel: \"?oal\"}", "ABC"},
    {"{fuel: oal}", ""},
    {"{id: a}", "AB"},
    {"{source: [a, e]}", "ABF"},
    {"{id: \"[a]\"}", ""}, /* no character classes */
    {"{pollutant: SO2}", "ACDG"},
    {"{pollutant: \"?Ox\"}", "BE"},
    {"{owner: city, fuel: coal}", "AB"},
    {"{district: 东区}", "ABD"},
    {"{district: \"*区\"}", "ABCDG"},
    {"{stage: [III, V]}", "ABEG"},
    {"{code: \"007\"}", "AB"},
    {"{code: 7}", "C"},
    /* trees */
    {"{region: 330300}", "ABCDEFG"},
    {"{region: 330303}", "ABCFG"}, /* the zone lies inside */
    {"{region: 330371}", "C"},
    {"{region: [330302, 330371]}", "CDE"},
    {"{region: 330399}", ""},
    {"{region: \"33030?\"}", "ABCDEFG"}, /* 330300 is among them */
    {"{sector: combustion}", "ABCDG"},
    {"{sector: combustion.boiler}", "ABC"}, /* and not combustion.boilers */
    {"{sector: combustion.boiler.coal}", "AB"},
    {"{sector: combustion.b}", ""},
    {"{sector: \"combustion.*\"}", "ABCD"},
    {"{sector: \"2102*\"}", "E"},
    {"{sector: [process, \"2102*\"]}", "EF"},
    /* tags: any of a row's */
    {"{tags: key}", "ABE"},
    {"{tags: \"old boiler\"}", "AB"},
    {"{tags: \"key*\"}", "ABDE"},
    {"{tags: [keystone, none]}", "D"},
    /* numbers */
    {"{workers: {min: 35}}", "ABCE"},
    {"{workers: {above: 35}}", "ABE"},
    {"{workers: {max: 35}}", "CFG"},
    {"{workers: {below: 35}}", "FG"},
    {"{workers: {is: 35}}", "C"},
    {"{workers: 35}", "C"},
    {"{workers: [0, 120]}", "ABF"},
    {"{workers: {min: 12, below: 120}}", "CEG"},
    {"{removal: {min: 80 %}}", "AEF"},
    {"{removal: {is: 1}}", "E"},
    {"{removal: {below: 0.5}}", "B"},
    {"{activity: {min: 5000 t}}", "ABCG"},
    {"{activity: {above: 5000 t}}", "CG"},
    {"{activity: {is: 7e6 kg}}", "G"},
    {"{activity: {max: 100 m3}}", "E"},
    {"{lon: {min: 0}}", ""},
    /* capacity: 0.7 MW of heat a t/h; electric capacity never compares */
    {"{capacity: {max: 10 t/h}}", "ABC"},
    {"{capacity: {is: 10 t/h}}", "ABC"},
    {"{capacity: {min: 10 t/h}}", "ABCEG"},
    {"{capacity: {above: 10 t/h}}", "EG"},
    {"{capacity: {below: 10 t/h}}", ""},
    {"{capacity: {max: 7 MW_th}}", "ABC"},
    {"{capacity: {min: 7 MW_th}}", "ABCEG"},
    {"{capacity: {is: 24.5 MW_th}}", "E"},
    {"{capacity: {min: 10000 kg/h, max: 7350 kW_th}}", "ABCG"},
    {"{capacity: {min: 100 MW}}", "D"},
    {"{capacity: {max: 1 GW}}", "D"},
    {"{capacity: {below: 300 MW}}", ""},
    /* not, any, nested */
    {"{not: {fuel: coal}}", "DEFG"}, /* absent: the condition is false, its not: true */
    {"{not: {fuel: \"*\"}}", "EF"},
    {"{not: {capacity: {max: 10 t/h}}}", "DEFG"},
    {"{not: [{fuel: coal}, {sector: process}]}", "DEG"}, /* none of them */
    {"{not: {fuel: coal, pollutant: NOx}}", "ACDEFG"},   /* not both */
    {"{not: {not: {fuel: coal}}}", "ABC"},
    {"{any: [{fuel: oil}, {sector: process}]}", "DF"},
    {"{any: {fuel: oil}}", "D"},
    {"{any: [{fuel: coal}, {fuel: wood}], pollutant: SO2}", "ACG"},
    {"{any: [{fuel: coal}, {fuel: oil}], not: {region: 330303}}", "D"},
    {"{not: {any: [{region: 330303}, {not: {pollutant: NOx}}]}}", "E"},
    {"{not: {owner: province, sector: combustion.boilers}}", "ABCEFG"},
};

static void selectors_take_what_is_by_hand(void **state)
{
    (void)state;
    ltn_tree *regions = NULL;
    assert_ok(ltn_regions_read_csv(write_file("regions.csv", region_table), NULL, &regions));
    ltn_inventory *inventory = inventory_in(rows, regions);
    for (size_t i = 0; i < COUNT(selections); i++) {
        ltn_selector *selector = NULL;
        uint8_t keep[7];
        char mask[8] = "";
        check_status(ltn_selector_parse(selections[i].selector, &selector), LTN_OK, selections[i].selector, __FILE__,
                     __LINE__);
        check_status(ltn_selector_match(selector, inventory, keep), LTN_OK, selections[i].selector, __FILE__, __LINE__);
        for (size_t row = 0; row < COUNT(keep); row++) {
            assert_true(keep[row] <= 1);
            if (keep[row]) mask[strlen(mask)] = (char)('A' + row);
        }
        if (strcmp(mask, selections[i].mask) != 0)
            fail_msg("%s takes '%s'; expected '%s'", selections[i].selector, mask, selections[i].mask);
        ltn_selector_free(selector);
    }
    ltn_inventory_free(inventory);
    ltn_tree_free(regions);
}

/* The same answer through a filter: what is kept is what was selected. */
static void selected_rows_may_be_kept(void **state)
{
    (void)state;
    ltn_inventory *inventory = inventory_of(rows), *kept = NULL;
    ltn_selector *selector = NULL;
    uint8_t keep[7];
    assert_ok(ltn_selector_parse("{pollutant: SO2, not: {fuel: oil}}", &selector));
    assert_ok(ltn_selector_match(selector, inventory, keep));
    assert_ok(ltn_inventory_filter(inventory, keep, &kept));
    assert_int_equal(ltn_table_rows(ltn_inventory_emissions(kept)), 3);
    assert_int_equal(ltn_table_rows(ltn_inventory_sources(kept)), 3);
    assert_true(row_in(kept, "a", "SO2") >= 0 && row_in(kept, "b", "SO2") >= 0 && row_in(kept, "f", "SO2") >= 0);
    ltn_selector_free(selector);
    ltn_inventory_free(kept);
    ltn_inventory_free(inventory);
}

/* Sources within a distance of others: along the equator of WGS84 a degree is 111.319490793 km (the radius
 * 6378137 m times pi/180), so 0.1 degrees are 11.13 km and 0.2 are 22.26. */
static void selectors_know_distance(void **state)
{
    (void)state;
    static const char points[] = "source,region,sector,pollutant,emission_t,lon,lat\n"
                                 "P,r,chp,SO2,1,0,0\n"
                                 "A,r,boiler,SO2,1,0.1,0\n"
                                 "B,r,boiler,SO2,1,-0.2,0\n"
                                 "C,r,boiler,SO2,1,179.9,0\n"
                                 "D,r,boiler,SO2,1,,\n";
    static const struct {
        const char *selector;
        uint8_t keep[5];
    } near[] = {
        {"{sector: boiler, within: {km: 11, of: {sector: chp}}}", {0, 0, 0, 0, 0}},
        {"{sector: boiler, within: {km: 11.2, of: {sector: chp}}}", {0, 1, 0, 0, 0}},
        {"{sector: boiler, within: {km: 22.3, of: {sector: chp}}}", {0, 1, 1, 0, 0}},
        {"{not: {within: {km: 11.2, of: {sector: chp}}}}", {0, 0, 1, 1, 1}}, /* no coordinates: false, its not: true */
        {"{within: {km: 100, of: {sector: nothing}}}", {0, 0, 0, 0, 0}},
    };
    ltn_inventory *inventory = inventory_of(points);
    for (size_t i = 0; i < COUNT(near); i++) {
        ltn_selector *selector = NULL;
        uint8_t keep[5];
        assert_ok(ltn_selector_parse(near[i].selector, &selector));
        assert_ok(ltn_selector_match(selector, inventory, keep));
        for (size_t row = 0; row < COUNT(keep); row++)
            if (keep[row] != near[i].keep[row]) fail_msg("%s: row %zu is %d", near[i].selector, row, keep[row]);
        ltn_selector_free(selector);
    }
    ltn_inventory_free(inventory);
}

static void selectors_that_do_not_fit(void **state)
{
    (void)state;
    static const struct {
        const char *selector;
        ltn_status status;
        int column;
        const char *words;
    } bad[] = {
        {"{fule: coal}", LTN_EINPUT, 2, "'fuel'"},
        {"{region: 330304}", LTN_EINPUT, 2, "330304"},
        {"{workers: many}", LTN_EINPUT, 2, "many"},
        {"{fuel: {min: 3}}", LTN_EINPUT, 2, "text"},
        {"{workers: {min: 3 t}}", LTN_EUNIT, 17, "no unit"},
        {"{activity: {min: 3}}", LTN_EUNIT, 18, "no unit"},
        {"{capacity: {min: 3 t/h, max: 3 MW}}", LTN_EUNIT, 30, "do not compare"},
        {"{activity: {min: 3 t, max: 3 m3}}", LTN_EUNIT, 28, "do not compare"},
    };
    ltn_tree *regions = NULL;
    assert_ok(ltn_regions_read_csv(write_file("regions.csv", region_table), NULL, &regions));
    ltn_inventory *inventory = inventory_in(rows, regions);
    for (size_t i = 0; i < COUNT(bad); i++) {
        ltn_selector *selector = NULL;
        uint8_t keep[7];
        check_status(ltn_selector_parse(bad[i].selector, &selector), LTN_OK, bad[i].selector, __FILE__, __LINE__);
        check_status(ltn_selector_match(selector, inventory, keep), bad[i].status, bad[i].selector, __FILE__, __LINE__);
        assert_int_equal(ltn_last_error()->line, 1);
        assert_int_equal(ltn_last_error()->column, bad[i].column);
        assert_contains(ltn_last_error()->message, bad[i].words);
        ltn_selector_free(selector);
    }
    static const struct {
        const char *selector;
        int column;
    } unread[] = {{"{fuel: []}", 8},
                  {"[fuel]", 1},
                  {"coal", 1},
                  {"{fuel: ''}", 8},
                  {"{not: coal}", 7},
                  {"{any: []}", 7},
                  {"{within: {km: 3}}", 10},
                  {"{within: 3}", 10},
                  {"{within: {km: -3, of: {}}}", 15},
                  {"{within: {km: 3 t, of: {}}}", 15},
                  {"{capacity: {}}", 12},
                  {"{fuel: coal", 1},
                  {"", 1}};
    for (size_t i = 0; i < COUNT(unread); i++) {
        ltn_selector *selector = (ltn_selector *)&regions;
        check_status(ltn_selector_parse(unread[i].selector, &selector), LTN_EINPUT, unread[i].selector, __FILE__,
                     __LINE__);
        assert_null(selector);
        if (strcmp(unread[i].selector, "{fuel: coal") != 0)
            assert_int_equal(ltn_last_error()->column, unread[i].column);
    }
    ltn_inventory_free(inventory);
    ltn_tree_free(regions);
}

/* Absent values are counted in notes, each measure and column, where they decide. */
static void absent_values_are_counted(void **state)
{
    (void)state;
    plan p = plan_of(
        rows, HEAD
        "measures:\n"
        "  - {id: fuel, where: {fuel: coal}, retire: {share: 0}}\n"                  /* d, e */
        "  - {id: small, where: {capacity: {max: 10 t/h}}, retire: {share: 0}}\n"    /* c in MW, e without */
        "  - {id: electric, where: {capacity: {min: 1 MW}}, retire: {share: 0}}\n"   /* all but c */
        "  - {id: both, where: {sector: process, fuel: coal}, retire: {share: 0}}\n" /* d's sector decides already */
        "  - {id: removal, where: {removal: {min: 0}}, control: {SO2: {efficiency: 0}}}\n" /* C and G */
        "  - {id: none, where: {pollutant: SO2}, control: {SO2: {efficiency: 0}}}\n");
    assert_close(one_note(p.run, "missing_value", "fuel", 0), 2, 0, 0);
    assert_close(one_note(p.run, "missing_value", "small", 0), 2, 0, 0);
    assert_close(one_note(p.run, "missing_value", "electric", 0), 5, 0, 0);
    assert_close(one_note(p.run, "missing_value", "both", 0), 1, 0, 0);
    assert_close(one_note(p.run, "missing_value", "removal", 0), 2, 0, 0);
    assert_int_equal(find_notes(p.run, "missing_value", "none", 0, NULL), 0);
    plan_free(&p);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(example_is_read),
        cmocka_unit_test(example_is_run),
        cmocka_unit_test(every_form_is_read),
        cmocka_unit_test(byte_order_mark_is_passed_over),
        cmocka_unit_test(codes_stay_text),
        cmocka_unit_test(unknown_keys_offer_the_nearest),
        cmocka_unit_test(units_and_domains_are_checked),
        cmocka_unit_test(reciprocal_units_do_not_fit),
        cmocka_unit_test(measures_have_one_action_that_fits),
        cmocka_unit_test(names_are_found_and_unique),
        cmocka_unit_test(years_are_checked),
        cmocka_unit_test(one_error_begets_no_other),
        cmocka_unit_test(distributions_are_checked),
        cmocka_unit_test(lognormal_mean_beside_ci95_counts),
        cmocka_unit_test(all_errors_are_told_at_once),
        cmocka_unit_test(broken_yaml_is_placed),
        cmocka_unit_test(too_much_yaml_ends_in_an_error),
        cmocka_unit_test(bytes_that_are_no_text),
        cmocka_unit_test(files_that_are_not_there),
        cmocka_unit_test(cut_short_anywhere),
        cmocka_unit_test(keys_are_documented),
        cmocka_unit_test(selectors_take_what_is_by_hand),
        cmocka_unit_test(selected_rows_may_be_kept),
        cmocka_unit_test(selectors_know_distance),
        cmocka_unit_test(selectors_that_do_not_fit),
        cmocka_unit_test(absent_values_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, remove_temporary_folder);
}
