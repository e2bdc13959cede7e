/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory that runs out: every call is made again and again with its first, second, third, ... allocation
 * failing, until it gets by. Each time it says so, hands out nothing, and (under valgrind or the address
 * sanitizer) leaks nothing. Linked with --wrap, so the library's own calls of malloc come here. */
#include "support.h"

#include <stdatomic.h>
#include <stdio.h>
#include <zlib.h>

/* ---- allocations that fail ---- */

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

static struct {
    atomic_long until;    /* allocations before the one that fails; negative: none fails */
    atomic_long failed;   /* how many have failed */
    atomic_bool for_good; /* all later ones fail too */
} faults = {.until = -1};

static bool fails(void)
{
    if (atomic_load(&faults.until) < 0 && !(atomic_load(&faults.for_good) && atomic_load(&faults.failed))) return false;
    long left = atomic_fetch_sub(&faults.until, 1);
    if (left > 0) return false;
    if (left < 0 && !atomic_load(&faults.for_good)) return false;
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

static void arm(long number, bool for_good)
{
    atomic_store(&faults.failed, 0);
    atomic_store(&faults.for_good, for_good);
    atomic_store(&faults.until, number);
}

static long disarm(void)
{
    atomic_store(&faults.for_good, false);
    atomic_store(&faults.until, -1);
    return atomic_load(&faults.failed);
}

/* ---- what is swept ---- */

static const char *regions_csv, *sectors_csv, *inventory_csv, *gb18030_csv, *bad_csv, *devices_csv, *targets_csv,
    *plan_yaml, *packets_txt, *out_csv, *point_csv, *nonpoint_gz;

static struct {
    ltn_tree *regions, *sectors;
    ltn_inventory *inventory, *half, *rest;
    ltn_scenario *scenario, *packets;
    ltn_targets *targets;
    ltn_projection *run;
    ltn_selector *selector;
    ltn_scenario *owing;
    ltn_projection *owing_run, *base_run; /* the latter of the base year, before random measures */
    ltn_offset_bank *bank;
    ltn_offset_book *book;
    ltn_ensemble *ensembles[2];
    int threads;
} have;

static const char inventory_text[] =
    "# base_year: 2015\n# baseline: 环统2015\n"
    "source,region,sector,pollutant,fuel,capacity,activity,activity_unit,factor,factor_unit,removal,emission_t,stack_m,"
    "stage,name\n"
    "B1,330303,combustion.boiler,SO2,coal,12 t/h,2.385,万吨,7.3,kg/t,0.35,,45.5,,\"the \"\"old\"\" one\"\n"
    "B1,,,NOx,,,,,3.1,g/kg,0,,,,\n"
    "B2,330305,combustion.boiler,SO2,coal,40 t/h,3.75,万吨,6.1,kg/t,80 %,,60,,\n"
    "P1,330305,combustion.power,SO2,coal,600 MW,,,,,,1234.5,,,\n"
    "R1,330300,mobile.road,NOx,diesel,,47.3,万辆.km,5.1,g/vehicle/km,,,,IV,\n"
    /* More digits than strtod's copy on the stack holds. */
    "S1,330371,solvent.shoes,VOC,,,,,,,,88."
    "2512345678901234567890123456789012345678901234567890123456789012345678901234,,,\n";

static const char devices_text[] = "source,region,sector,pollutant,device,capture,running,emission_t\n"
                                   "A,1,x,VOC,activated_carbon;rto,closed,0.9,2.385\nB,1,x,NOx,lnb;scr,,,3.75\n";

static const char plan_text[] =
    "scenario: {en: Plan, zh: 计划}\nbase_year: 2015\nyears: [2015, 2018]\nbaseline: 环统2015\n"
    "scopes:\n  county: {not: {sector: combustion.power}}\n"
    "drivers:\n  output: {2015: 1.0, 2018: 1.2}\n"
    "phases:\n  late: {2016: 0, 2018: 1}\n"
    "measures:\n"
    "  - {id: growth, where: {sector: [combustion.boiler, solvent]}, grow: {driver: output}}\n"
    "  - id: small\n    name: {en: Small boilers, zh: 小锅炉}\n    task: 22\n    bureau: [市发改委, 市生态环境局]\n"
    "    where: {sector: combustion.boiler, fuel: coal, capacity: {max: 35 t/h}}\n"
    "    retire:\n      share: 100 %\n"
    "      replace: {fuel: natural_gas, sector: combustion.boiler.gas, ncv_old: 20.9 MJ/kg, efficiency_old: 0.65, "
    "ncv_new: 38.9 MJ/m3, efficiency_new: 0.92,\n"
    "                factors: {NOx: 1.6 g/m3, SO2: 0 g/m3}}\n    phase: late\n"
    "  - {id: scrubber, where: {fuel: coal}, control: {SO2: {capture: 95 %, efficiency: {triangular: [0.85, 0.94, "
    "0.97]}, penetration: 60 %}, mode: replace}, phase: late}\n"
    "  - {id: fleet, where: {sector: mobile}, turnover: {stage: stage, scrappage: {IV: 5 %}, to: {V: 2015, VI: "
    "2017-07-01}, factors: {V: {NOx: 2.1 g/vehicle/km}, VI: {NOx: 0.7 g/vehicle/km}}}}\n"
    "  - {id: aged, where: {region: 330305}, turnover: {stage: stage, survival: {0: 1, 9: 0.5, 2000: 0.1}, age: "
    "stack_m, "
    "to: VI, vkt: 60000 km/vehicle, factors: {VI: {SO2: 1 g/kg}}}}\n"
    "  - {id: ceiling, where: {sector: combustion.power}, limit: {SO2: 700 t/yr}}\n"
    "  - {id: coal-cap, where: {sector: combustion.boiler, fuel: coal}, cap: {activity: 95 %, of: base}}\n"
    "  - {id: new, add: {source: N1, region: 330305, sector: process.petrochemical, from: 2017, emissions: {VOC: 120 "
    "t/yr}}}\n"
    "uncertainty:\n"
    "  - {id: coal, where: {fuel: coal}, factor: {lognormal: {cv: 10 %}}, shared_by: [sector, pollutant]}\n"
    "  - {id: shoes, where: {sector: solvent}, factor: {normal: {sd: 20 %}}, shared_by: [sector, pollutant]}\n"
    "  - {where: {id: B1}, activity: {uniform: [20000 t, 27700 t]}, removal: {empirical: [0.3, 0.4]}}\n"
    "  - {where: {id: B2}, removal: {truncated_normal: {sd: 0.1, low: 0, high: 1}}}\n"
    "correlations: [{of: [coal, shoes], rank: [[1, 0.5], [0.5, 1]]}]\n";

static const char targets_text[] = "region,pollutant,kind,value,unit,base_year,target_year,state,scope,base_scope\n"
                                   "330303,SO2,cut,20,%,2015,2018,value,county,\n330305,SO2,cap,900,t/"
                                   "yr,2015,2018,value,,\n330300,VOC,cut,18,%,2015,2018,city_wide,,\n";

/* Projects of each order and of each way to deal with what is unmet; growth that owes; a surplus. */
#define OWING(source, from, pollutant, rule)                                                                           \
    "  - {id: new-" source ", add: {source: " source ", region: 330303, sector: works, from: " from                    \
    ", emissions: {" pollutant ": 90 t/yr}}, offset: {pollutant: " pollutant ", rule: " rule "}}\n"
static const char owing_text[] =
    "scenario: Offsets\nbase_year: 2015\nyears: [2015, 2018]\n"
    "scopes:\n  county: {not: {sector: combustion.power}}\n"
    "uncertainty: [{activity: {lognormal: {cv: 0.2}}}, {factor: {normal: {cv: 0.1}}, shared_by: [sector, pollutant]}]\n"
    "measures:\n"
    "  - {id: growth, where: {sector: mobile}, grow: {index: {2015: 1, 2018: 1.1}}}\n"
    "  - {id: shut, where: {sector: combustion}, retire: {share: 40 %}, phase: {2015: 0, 2016: 1}, cost: {annual: 3 "
    "yuan/kg}}\n"
    "  - {id: scrub, where: {sector: combustion.power}, control: {SO2: {efficiency: {triangular: [20 %, 30 %, 40 "
    "%]}}}, cost: {annual: 9e6 "
    "yuan/yr}}\n"
    "  - {id: summer, where: {sector: solvent}, retire: {share: 40 %}, months: [6, 7]}\n" OWING(
        "N1", "2017", "SO2", "a") OWING("N2", "2017", "SO2", "b") OWING("N3", "2018", "NOx", "c")
        OWING("N4", "2018", "VOC", "d") "offset_rules:\n"
                                        "  a: {ratio: [{place: city, ratio: 3}, {attains: PM2.5, ratio: 1}, {ratio: "
                                        "2}], within: [county, city], order: "
                                        "cheapest, surplus: true, unmet: scale}\n"
                                        "  b: {ratio: 2, within: [county, city], credits_from: {where: {sector: "
                                        "combustion}}, order: earliest}\n"
                                        "  c: {ratio: 2, within: [county, city], growth_owes: true, unmet: flag}\n"
                                        "  d: {ratio: 2, within: [county, city], order: nearest, unmet: exclude}\n";

static const char bank_text[] = "permit,source,region,pollutant,measure,issued,expires,balance_t,project,ratio,cost\n"
                                "b1,OLD,330303,SO2,,2012-01-01,2020-01-01,20,,,0.5\n"
                                "b2,P1,330305,SO2,shut,2016-01-01,,30,N2,2,\nb3,X,330305,CO,,2016-01-01,,30,,,\n";

typedef ltn_status (*call)(void **out);

static ltn_inventory_options inventory_options(void)
{
    ltn_inventory_options options;
    ltn_inventory_options_init(&options);
    options.threads = have.threads;
    options.regions = have.regions;
    return options;
}

static ltn_status read_regions(void **out)
{
    return ltn_regions_read_csv(regions_csv, NULL, (ltn_tree **)out);
}

static ltn_status read_sectors(void **out)
{
    return ltn_sectors_read_csv(sectors_csv, NULL, (ltn_tree **)out);
}

static ltn_status make_tree(void **out)
{
    ltn_tree *tree;
    ltn_status status = ltn_tree_create(&tree);
    if (!status) status = ltn_tree_add(tree, "330300", NULL, "Wenzhou", "温州市");
    if (!status) status = ltn_tree_add(tree, "330303", "330300", "Longwan", NULL);
    if (status && tree) ltn_tree_free(tree), tree = NULL;
    *out = tree;
    return status;
}

static ltn_status read_inventory(void **out)
{
    ltn_inventory_options options = inventory_options();
    return ltn_inventory_read_csv(inventory_csv, &options, (ltn_inventory **)out);
}

static ltn_status read_inventory_without_trees(void **out)
{
    ltn_inventory_options options = inventory_options();
    options.regions = NULL;
    return ltn_inventory_read_csv(inventory_csv, &options, (ltn_inventory **)out);
}

static ltn_status read_gb18030(void **out)
{
    ltn_inventory_options options = inventory_options();
    options.encoding = "gb18030";
    return ltn_inventory_read_csv(gb18030_csv, &options, (ltn_inventory **)out);
}

/* The installed table of devices is read on the way. */
static ltn_status read_devices(void **out)
{
    ltn_inventory_options options = inventory_options();
    options.regions = NULL;
    return ltn_inventory_read_csv(devices_csv, &options, (ltn_inventory **)out);
}

/* Quotes, a comment, a capacity, attributes; then months, added rows, gzip. */
static ltn_status read_points(void **out)
{
    ltn_inventory_options options = inventory_options();
    options.regions = NULL;
    return ltn_inventory_read(point_csv, &options, (ltn_inventory **)out);
}

static ltn_status read_compressed(void **out)
{
    static const char *const kept[] = {"SO2", "NOX"};
    ltn_inventory_options options = inventory_options();
    options.regions = NULL;
    options.keep_pollutants = kept;
    options.keep_pollutant_count = COUNT(kept);
    return ltn_inventory_read(nonpoint_gz, &options, (ltn_inventory **)out);
}

static ltn_status write_points(void **out)
{
    *out = NULL;
    return ltn_inventory_write_ff10(have.inventory, LTN_FF10_POINT, out_csv, NULL);
}

static ltn_status build_inventory(void **out)
{
    *out = NULL;
    ltn_inventory_builder *b;
    ltn_inventory_options options;
    ltn_inventory_options_init(&options);
    options.threads = have.threads;
    ltn_status status = ltn_inventory_builder_create(&options, &b);
    if (!status) status = ltn_inventory_builder_metadata(b, "baseline", "x");
    for (int i = 0; !status && i < 20; i++) {
        char source[16];
        snprintf(source, sizeof source, "S%d", i / 2);
        status = ltn_inventory_builder_row(b);
        if (!status) status = ltn_inventory_builder_text(b, "source", source);
        if (!status) status = ltn_inventory_builder_text(b, "region", "330303");
        if (!status) status = ltn_inventory_builder_text(b, "sector", "a.b.c");
        if (!status) status = ltn_inventory_builder_text(b, "pollutant", i % 2 ? "SO2" : "NOx");
        if (!status) status = ltn_inventory_builder_number(b, "emission_t", 2.385);
        if (!status) status = ltn_inventory_builder_number(b, "stack_m", 45.5);
        if (!status) status = ltn_inventory_builder_text(b, "mine", "x");
    }
    if (!status) status = ltn_inventory_builder_finish(b, (ltn_inventory **)out);
    ltn_inventory_builder_free(b);
    return status;
}

static ltn_status filter(void **out)
{
    static const uint8_t keep[] = {1, 0, 1, 1, 0, 1};
    return ltn_inventory_filter(have.inventory, keep, (ltn_inventory **)out);
}

static ltn_status concatenate(void **out)
{
    const ltn_inventory *parts[] = {have.half, have.rest};
    return ltn_inventory_concatenate(parts, 2, (ltn_inventory **)out);
}

static ltn_grouping all_of_inventory(void)
{
    ltn_grouping g;
    ltn_grouping_init(&g, LTN_BY_REGION | LTN_BY_SECTOR | LTN_BY_SOURCE | LTN_BY_FUEL | LTN_BY_POLLUTANT);
    g.region_depth = g.sector_depth = 1;
    g.attribute = "name";
    return g;
}

static ltn_status summarise_inventory(void **out)
{
    ltn_grouping g = all_of_inventory();
    return ltn_inventory_summarise(have.inventory, &g, (ltn_table **)out);
}

static ltn_status compare(void **out)
{
    ltn_grouping g = all_of_inventory();
    return ltn_inventory_compare(have.inventory, have.half, &g, (ltn_table **)out);
}

static ltn_status write_inventory(void **out)
{
    *out = NULL;
    return ltn_inventory_write_csv(have.inventory, out_csv);
}

static ltn_status read_scenario(void **out)
{
    return ltn_scenario_read_yaml(plan_yaml, (ltn_scenario **)out);
}

/* All kinds of packets, on every level of their hierarchy. */
static const char packets_text[] = "/PROJECTION 2015 2018/\n330303 0 1.2 SO2\n0 0 1.1 PM\n330305 0 1 0 0 0 F1\n/END/\n"
                                   "/MACT/\n0105 0 1 Y SO2 50 60 10\n/END/\n"
                                   "/CONTROL/\n0 0 -9 0 50 100 100 2011 0 Y R\n0 0 NOx 0 40 100 100 0 0 Y A\n/END/\n"
                                   "/CTG/\n0 0 0 .5 .1\n/END/\n/ALLOWABLE/\n330300 0 0 0 1\n/END/\n";

static ltn_status read_packets(void **out)
{
    return ltn_scenario_read_packets(packets_txt, NULL, NULL, (ltn_scenario **)out);
}

static ltn_status scenario_keys(void **out)
{
    return ltn_scenario_keys((ltn_table **)out);
}

static ltn_status parse_selector(void **out)
{
    return ltn_selector_parse("{sector: [combustion.boiler, solvent], not: {fuel: gas}, capacity: {max: 35 t/h}}",
                              (ltn_selector **)out);
}

static ltn_status match_selector(void **out)
{
    uint8_t keep[6];
    *out = NULL;
    return ltn_selector_match(have.selector, have.inventory, keep);
}

static ltn_status project(void **out)
{
    ltn_projection_options options;
    ltn_projection_options_init(&options);
    options.threads = have.threads;
    return ltn_projection_run(have.inventory, have.scenario, &options, (ltn_projection **)out);
}

static ltn_status project_packets(void **out)
{
    ltn_projection_options options;
    ltn_projection_options_init(&options);
    options.threads = have.threads;
    return ltn_projection_run(have.inventory, have.packets, &options, (ltn_projection **)out);
}

static ltn_status summarise_projection(void **out)
{
    return ltn_projection_summarise(
        have.run, LTN_BY_YEAR | LTN_BY_REGION | LTN_BY_SECTOR | LTN_BY_SOURCE | LTN_BY_POLLUTANT, (ltn_table **)out);
}

static ltn_status ledger(void **out)
{
    ltn_grouping g;
    ltn_grouping_init(&g, LTN_BY_YEAR | LTN_BY_MEASURE | LTN_BY_TASK | LTN_BY_BUREAU | LTN_BY_CLASS | LTN_BY_REGION |
                              LTN_BY_SOURCE | LTN_BY_POLLUTANT);
    return ltn_projection_ledger(have.run, &g, (ltn_table **)out);
}

static ltn_status notes(void **out)
{
    return ltn_projection_notes(have.run, LTN_CHINESE, (ltn_table **)out);
}

static ltn_status explain(void **out)
{
    return ltn_projection_explain(have.run, "B1", (ltn_table **)out);
}

static ltn_status projected_inventory(void **out)
{
    return ltn_projection_inventory(have.run, 2018, (ltn_inventory **)out);
}

static ltn_status write_projection(void **out)
{
    *out = NULL;
    return ltn_projection_write(have.run, have.targets, NULL, temporary_path("run"));
}

static ltn_status read_targets(void **out)
{
    return ltn_targets_read_csv(targets_csv, NULL, (ltn_targets **)out);
}

static ltn_status check_targets(void **out)
{
    return ltn_targets_check(have.targets, have.run, (ltn_table **)out);
}

static ltn_status read_bank(void **out)
{
    return ltn_offset_bank_read_csv(temporary_path("bank.csv"), NULL, (ltn_offset_bank **)out);
}

static ltn_status make_book(void **out)
{
    ltn_offset_options options;
    ltn_offset_options_init(&options);
    options.bank = have.bank;
    options.targets = have.targets;
    return ltn_offset_book_create(have.owing_run, &options, (ltn_offset_book **)out);
}

static ltn_status book_projects(void **out)
{
    return ltn_offset_book_projects(have.book, (ltn_table **)out);
}

static ltn_status book_claims(void **out)
{
    return ltn_offset_book_claims(have.book, (ltn_table **)out);
}

static ltn_status book_credits(void **out)
{
    return ltn_offset_book_credits(have.book, (ltn_table **)out);
}

static ltn_status book_refusals(void **out)
{
    return ltn_offset_book_refusals(have.book, "N1", LTN_CHINESE, (ltn_table **)out);
}

static ltn_status book_bank(void **out)
{
    return ltn_offset_book_bank(have.book, (ltn_table **)out);
}

static ltn_status book_notes(void **out)
{
    return ltn_offset_book_notes(have.book, LTN_ENGLISH, (ltn_table **)out);
}

static ltn_status book_accounts(void **out)
{
    return ltn_offset_book_accounts(have.book, NULL, 1, (ltn_table **)out);
}

static ltn_status book_targets(void **out)
{
    return ltn_offset_book_targets(have.book, have.targets, (ltn_table **)out);
}

static ltn_status worksheet(void **out)
{
    static const ltn_ipcc_row rows[] = {{"boilers", "SO2", 100, 120, 2, 5, 1, 0},
                                        {"kilns", "NOx", 50, 40, 3, 10, 1, 0}};
    ltn_ipcc_totals totals;
    return ltn_ipcc_approach1(rows, COUNT(rows), NULL, &totals, (ltn_table **)out);
}

static ltn_status largest(void *context, const uint64_t *sets, size_t count, double *values)
{
    (void)context;
    for (size_t i = 0; i < count; i++) values[i] = (double)sets[i];
    return LTN_OK;
}

static ltn_status play(void **out)
{
    double parts[4], errors[4];
    ltn_game game = {4, 1, largest, NULL};
    *out = NULL;
    ltn_status status = ltn_game_shapley(&game, NULL, parts, errors, NULL);
    if (!status) status = ltn_game_in_order(&game, (int32_t[]){0, 2, 1, 3}, parts);
    return status;
}

static ltn_status play_some(void **out)
{
    double parts[4], errors[4];
    ltn_game game = {4, 1, largest, NULL};
    ltn_shapley_options options;
    ltn_shapley_options_init(&options);
    options.budget = 15;
    *out = NULL;
    return ltn_game_shapley(&game, &options, parts, errors, NULL);
}

static ltn_status decompose(void **out)
{
    double effects[2];
    *out = NULL;
    return ltn_lmdi(1, 2, (double[]){0, 5}, (double[]){3, 4}, effects, NULL);
}

static ltn_status attribute(int method, uint64_t budget, void **out)
{
    ltn_attribution_options options;
    ltn_grouping grouping;
    ltn_attribution_options_init(&options);
    ltn_grouping_init(&grouping, LTN_BY_TASK | LTN_BY_BUREAU | LTN_BY_MEASURE | LTN_BY_SOURCE | LTN_BY_POLLUTANT);
    options.grouping = &grouping;
    options.method = method;
    options.budget = budget;
    options.threads = have.threads;
    return ltn_projection_attribute(have.run, &options, (ltn_table **)out, NULL);
}

static ltn_status attribute_all(void **out)
{
    return attribute(LTN_ATTRIBUTION_SHAPLEY, 1 << 20, out);
}

static ltn_status attribute_some(void **out)
{
    return attribute(LTN_ATTRIBUTION_SHAPLEY, 30, out);
}

static ltn_status attribute_logarithms(void **out)
{
    return attribute(LTN_ATTRIBUTION_LMDI, 1, out);
}

/* Shared by all, by two CVs; enough combinations for tables to grow. */
static ltn_status find_moments(void **out)
{
    enum { ROWS = 200 };
    double emission[ROWS], cv[2 * ROWS];
    size_t first[ROWS + 1] = {0};
    int64_t factor[2 * ROWS];
    ltn_moments moments;
    *out = NULL;
    for (int i = 0; i < ROWS; i++) {
        emission[i] = 2.385;
        first[i + 1] = first[i] + 2;
        factor[2 * i] = -1, cv[2 * i] = 0.001 * i;
        factor[2 * i + 1] = i / 2, cv[2 * i + 1] = 0.2;
    }
    return ltn_total_moments(ROWS, emission, first, factor, cv, &moments);
}

static ltn_status study_by(int by, void **out)
{
    ltn_sensitivity_options options;
    ltn_sensitivity_options_init(&options);
    options.draws = 3;
    options.resamples = 2;
    options.threads = have.threads;
    options.by = by;
    return ltn_sensitivity_run(have.owing_run, &options, (ltn_table **)out);
}

static ltn_status study_kinds(void **out)
{
    return study_by(LTN_SENSITIVITY_BY_KIND, out);
}

static ltn_status study_inputs(void **out)
{
    return study_by(LTN_SENSITIVITY_BY_INPUT, out);
}

static ltn_status find_exact(void **out)
{
    return ltn_ensemble_exact(have.base_run, NULL, (ltn_table **)out);
}

static ltn_status regroup_ensemble(void **out)
{
    return ltn_ensemble_regroup(have.ensembles[0], (const char *const[]){"year", "pollutant"}, 2, (ltn_ensemble **)out);
}

static ltn_status write_draws(void **out)
{
    (void)out;
    return ltn_ensemble_write_hdf5(have.ensembles[0], NULL, temporary_path("draws.h5"));
}

static ltn_status write_counts(void **out)
{
    (void)out;
    return ltn_ensemble_write_hdf5(have.ensembles[1], NULL, temporary_path("counts.h5"));
}

static ltn_status read_ensemble(const char *name, void **out)
{
    ltn_ensemble_read_options options;
    ltn_ensemble_read_options_init(&options);
    options.threads = have.threads;
    return ltn_ensemble_read_hdf5(temporary_path(name), &options, (ltn_ensemble **)out);
}

static ltn_status read_draws(void **out)
{
    return read_ensemble("draws.h5", out);
}

static ltn_status read_counts(void **out)
{
    return read_ensemble("counts.h5", out);
}

static void free_ensemble(void *out)
{
    ltn_ensemble_free(out);
}

static void free_bank(void *out)
{
    ltn_offset_bank_free(out);
}

static void free_book(void *out)
{
    ltn_offset_book_free(out);
}

static void free_tree(void *out)
{
    ltn_tree_free(out);
}

static void free_inventory(void *out)
{
    ltn_inventory_free(out);
}

static void free_table(void *out)
{
    ltn_table_free(out);
}

static void free_scenario(void *out)
{
    ltn_scenario_free(out);
}

static void free_selector(void *out)
{
    ltn_selector_free(out);
}

static void free_projection(void *out)
{
    ltn_projection_free(out);
}

static void free_targets(void *out)
{
    ltn_targets_free(out);
}

/* ---- the sweep ---- */

typedef struct subject {
    const char *name;
    call run;
    void (*give_back)(void *); /* NULL: the call makes nothing */
    bool threaded;             /* it takes as many threads as there are, and may go on with fewer */
} subject;

static void check_failure(const subject *s, long number, ltn_status status, const void *out)
{
    const ltn_error *error = ltn_last_error();
    if (status != LTN_ENOMEM || error->code != LTN_ENOMEM || !error->message[0])
        fail_msg("%s, allocation %ld failing: status %d, error %d: %s:%d: %s", s->name, number, status, error->code,
                 error->source, error->line, error->message);
    if (out) fail_msg("%s, allocation %ld failing: something was handed out", s->name, number);
}

/* A failure may only be got over where the work can be done without (a loop on fewer threads). Under valgrind every
 * eleventh allocation is failed, beginning at another one for each subject. */
static void sweep(const subject *s, bool for_good)
{
    static long begin;
    long step = is_slow() ? 11 : 1;
    for (long number = is_slow() ? 1 + begin++ % step : 0;; number += step) {
        assert_in_range(number, 0, 100000);
        void *out = s->give_back ? (void *)s : NULL; /* to be overwritten */
        arm(number, for_good);
        ltn_status status = s->run(&out);
        bool failed = disarm() > 0;
        if (status) check_failure(s, number, status, out);
        if (status == LTN_OK && s->give_back) {
            assert_non_null(out);
            s->give_back(out);
        }
        if (!failed) {
            assert_ok(status);
            assert_true(number > 0 || is_slow());
            return;
        }
        if (status == LTN_OK && have.threads == 1 && !s->threaded)
            fail_msg("%s got by although allocation %ld failed", s->name, number);
    }
}

static void sweep_all(const subject *subjects, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (int for_good = 0; for_good < 2; for_good++)
            for (have.threads = 1; have.threads <= 2; have.threads++) sweep(&subjects[i], for_good);
    have.threads = 1;
}

static void test_trees(void **state)
{
    (void)state;
    static const subject subjects[] = {
        {"ltn_regions_read_csv", read_regions, free_tree},
        {"ltn_sectors_read_csv", read_sectors, free_tree},
        {"ltn_tree_add", make_tree, free_tree},
    };
    sweep_all(subjects, COUNT(subjects));
}

static void test_reading_inventories(void **state)
{
    (void)state;
    static const subject subjects[] = {
        {"ltn_inventory_read_csv", read_inventory, free_inventory},
        {"ltn_inventory_read_csv without trees", read_inventory_without_trees, free_inventory},
        {"ltn_inventory_read_csv from GB18030", read_gb18030, free_inventory},
        {"ltn_inventory_read_csv with devices", read_devices, free_inventory},
        {"ltn_inventory_read of points", read_points, free_inventory},
        {"ltn_inventory_read of gzip", read_compressed, free_inventory},
    };
    sweep_all(subjects, COUNT(subjects));
}

static void test_making_inventories(void **state)
{
    (void)state;
    static const subject subjects[] = {
        {"ltn_inventory_builder", build_inventory, free_inventory},
        {"ltn_inventory_filter", filter, free_inventory},
        {"ltn_inventory_concatenate", concatenate, free_inventory},
    };
    sweep_all(subjects, COUNT(subjects));
}

static void test_asking_inventories(void **state)
{
    (void)state;
    static const subject subjects[] = {
        {"ltn_inventory_summarise", summarise_inventory, free_table},
        {"ltn_inventory_compare", compare, free_table},
        {"ltn_inventory_write_csv", write_inventory, NULL},
        {"ltn_inventory_write_ff10", write_points, NULL},
    };
    sweep_all(subjects, COUNT(subjects));
}

static void test_scenarios(void **state)
{
    (void)state;
    static const subject subjects[] = {
        {"ltn_scenario_read_yaml", read_scenario, free_scenario},
        {"ltn_scenario_read_packets", read_packets, free_scenario},
        {"ltn_scenario_keys", scenario_keys, free_table},
        {"ltn_selector_parse", parse_selector, free_selector},
        {"ltn_selector_match", match_selector, NULL},
    };
    sweep_all(subjects, COUNT(subjects));
}

static void test_projections(void **state)
{
    (void)state;
    static const subject subjects[] = {
        {"ltn_projection_run", project, free_projection},
        {"ltn_projection_run, packets", project_packets, free_projection},
        {"ltn_projection_summarise", summarise_projection, free_table},
        {"ltn_projection_ledger", ledger, free_table},
        {"ltn_projection_notes", notes, free_table},
        {"ltn_projection_explain", explain, free_table},
        {"ltn_projection_inventory", projected_inventory, free_inventory},
    };
    sweep_all(subjects, COUNT(subjects));
}

static void test_targets(void **state)
{
    (void)state;
    static const subject subjects[] = {
        {"ltn_targets_read_csv", read_targets, free_targets},
        {"ltn_targets_check", check_targets, free_table},
        {"ltn_projection_write", write_projection, NULL},
    };
    sweep_all(subjects, COUNT(subjects));
}

static void test_uncertainty(void **state)
{
    (void)state;
    static const subject subjects[] = {
        {"ltn_ipcc_approach1", worksheet, free_table},
        {"ltn_game_shapley", play, NULL},
        {"ltn_game_shapley, drawn", play_some, NULL},
        {"ltn_lmdi", decompose, NULL},
        {"ltn_total_moments", find_moments, NULL},
        {"ltn_sensitivity_run", study_kinds, free_table},
        {"ltn_sensitivity_run, by input", study_inputs, free_table},
        {"ltn_ensemble_exact", find_exact, free_table},
        {"ltn_projection_attribute", attribute_all, free_table},
        {"ltn_projection_attribute, drawn", attribute_some, free_table},
        {"ltn_projection_attribute by logarithms", attribute_logarithms, free_table},
    };
    sweep_all(subjects, COUNT(subjects));
}

static void test_offsets(void **state)
{
    (void)state;
    static const subject subjects[] = {
        {"ltn_offset_bank_read_csv", read_bank, free_bank},
        {"ltn_offset_book_create", make_book, free_book},
        {"ltn_offset_book_projects", book_projects, free_table},
        {"ltn_offset_book_claims", book_claims, free_table},
        {"ltn_offset_book_credits", book_credits, free_table},
        {"ltn_offset_book_refusals", book_refusals, free_table},
        {"ltn_offset_book_bank", book_bank, free_table},
        {"ltn_offset_book_notes", book_notes, free_table},
        {"ltn_offset_book_accounts", book_accounts, free_table},
        {"ltn_offset_book_targets", book_targets, free_table},
    };
    sweep_all(subjects, COUNT(subjects));
}

/* With draws, and without. */
static void make_ensembles(void)
{
    ltn_ensemble_options options;
    ltn_ensemble_options_init(&options);
    options.draws = 30;
    options.targets = have.targets;
    options.book = have.book;
    for (size_t i = 0; i < 2; i++) {
        if (i) options.memory = 0;
        assert_ok(ltn_ensemble_run(ltn_offset_book_projection(have.book), &options, &have.ensembles[i]));
    }
}

static void test_ensembles(void **state)
{
    (void)state;
    static const subject subjects[] = {
        {"ltn_ensemble_regroup", regroup_ensemble, free_ensemble, true},
        {"ltn_ensemble_write_hdf5, draws", write_draws, NULL, true},
        {"ltn_ensemble_write_hdf5, counts", write_counts, NULL, true},
        {"ltn_ensemble_read_hdf5, draws", read_draws, free_ensemble},
        {"ltn_ensemble_read_hdf5, counts", read_counts, free_ensemble},
    };
    make_ensembles();
    sweep_all(subjects, COUNT(subjects));
    for (size_t i = 0; i < 2; i++) ltn_ensemble_free(have.ensembles[i]);
}

/* A file that is bad may be called bad or end in want of memory; it is never read. */
static void test_bad_files(void **state)
{
    (void)state;
    for (long number = 0, failed = 1; failed; number++) {
        ltn_diagnostics *list;
        assert_ok(ltn_diagnostics_create(&list));
        ltn_inventory_options options = inventory_options();
        options.diagnostics = list;
        ltn_inventory *inventory = (ltn_inventory *)1;
        arm(number, false);
        ltn_status status = ltn_inventory_read_csv(bad_csv, &options, &inventory);
        failed = disarm();
        assert_true(status == LTN_EINPUT || (failed && status == LTN_ENOMEM));
        assert_int_equal(ltn_last_error()->code, status);
        assert_null(inventory);
        ltn_diagnostics_free(list);
    }
}

static void compress_file(const char *from, const char *to)
{
    size_t size;
    char *text = read_whole(from, &size);
    gzFile out = gzopen(to, "wb");
    assert_non_null(out);
    assert_int_equal(gzwrite(out, text, (unsigned)size), size);
    assert_int_equal(gzclose(out), Z_OK);
    free(text);
}

static int prepare(void **state)
{
    (void)state;
    regions_csv = strdup(data_path("good/regions.csv"));
    sectors_csv = strdup(data_path("good/sectors.csv"));
    gb18030_csv = strdup(data_path("good/gb18030.csv"));
    bad_csv = strdup(data_path("bad/everything.csv"));
    inventory_csv = strdup(write_file("inventory.csv", inventory_text));
    devices_csv = strdup(write_file("devices.csv", devices_text));
    point_csv = strdup(data_path("ff10/point.csv"));
    nonpoint_gz = strdup(temporary_path("nonpoint.gz"));
    compress_file(data_path("ff10/nonpoint.csv"), nonpoint_gz);
    plan_yaml = strdup(write_file("plan.yaml", plan_text));
    packets_txt = strdup(write_file("packets.txt", packets_text));
    targets_csv = strdup(write_file("targets.csv", targets_text));
    out_csv = strdup(temporary_path("out.csv"));
    have.threads = 1;
    assert_ok(read_regions((void **)&have.regions));
    assert_ok(read_inventory((void **)&have.inventory));
    assert_ok(filter((void **)&have.half));
    assert_ok(ltn_inventory_filter(have.inventory, (const uint8_t[]){0, 0, 0, 0, 1, 0}, &have.rest));
    assert_ok(read_scenario((void **)&have.scenario));
    assert_ok(read_packets((void **)&have.packets));
    assert_ok(read_targets((void **)&have.targets));
    assert_ok(parse_selector((void **)&have.selector));
    assert_ok(project((void **)&have.run));
    write_file("bank.csv", bank_text);
    assert_ok(read_bank((void **)&have.bank));
    assert_ok(ltn_scenario_parse(owing_text, strlen(owing_text), "owing.yaml", NULL, &have.owing));
    ltn_projection_options one_thread;
    ltn_projection_options_init(&one_thread);
    one_thread.threads = 1;
    assert_ok(ltn_projection_run(have.inventory, have.owing, &one_thread, &have.owing_run));
    one_thread.first_year = one_thread.last_year = 2015;
    assert_ok(ltn_projection_run(have.inventory, have.owing, &one_thread, &have.base_run));
    assert_ok(make_book((void **)&have.book));
    return 0;
}

static int clean_up(void **state)
{
    const char *paths[] = {regions_csv, sectors_csv, gb18030_csv, bad_csv, inventory_csv, devices_csv,
                           plan_yaml,   packets_txt, targets_csv, out_csv, point_csv,     nonpoint_gz};
    for (size_t i = 0; i < COUNT(paths); i++) free((void *)paths[i]);
    ltn_offset_book_free(have.book);
    ltn_offset_bank_free(have.bank);
    ltn_projection_free(have.owing_run);
    ltn_projection_free(have.base_run);
    ltn_scenario_free(have.owing);
    ltn_projection_free(have.run);
    ltn_selector_free(have.selector);
    ltn_targets_free(have.targets);
    ltn_scenario_free(have.scenario);
    ltn_scenario_free(have.packets);
    ltn_inventory_free(have.half);
    ltn_inventory_free(have.rest);
    ltn_inventory_free(have.inventory);
    ltn_tree_free(have.regions);
    return remove_temporary_folder(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trees),
        cmocka_unit_test(test_reading_inventories),
        cmocka_unit_test(test_making_inventories),
        cmocka_unit_test(test_asking_inventories),
        cmocka_unit_test(test_scenarios),
        cmocka_unit_test(test_projections),
        cmocka_unit_test(test_targets),
        cmocka_unit_test(test_offsets),
        cmocka_unit_test(test_uncertainty),
        cmocka_unit_test(test_ensembles),
        cmocka_unit_test(test_bad_files),
    };
    obey_test_filter();
    return cmocka_run_group_tests_name("memory", tests, prepare, clean_up);
}
