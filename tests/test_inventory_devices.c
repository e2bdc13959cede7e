/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inventories whose rows name their control devices. The figures are T/CSES 144-2024, table A.1: LNB with SCR 64 %,
 * activated carbon 15 %, RTO 94 %, wet desulphurisation 80 %; hood 40 %, closed 95 %. */
#include "support.h"

#include <math.h>
#include <stdio.h>

#define HEAD "source,region,sector,pollutant,activity,factor,removal,device,capture,running,emission_t\n"

/* Ten tonnes uncontrolled a row: 1000 t at 10 kg/t. */
#define TEN ",1000 t,10 kg/t,"
static const char named[] = HEAD "H,r,solvent.shoes,VOC" TEN ",activated_carbon,hood,,\n"
                                 "C,r,solvent.print,VOC" TEN ",rto,closed,,\n"
                                 "N,r,combustion.power,NOx" TEN ",lnb;scr,,,\n"
                                 "W,r,solvent.print,VOC" TEN ",rto,closed,0.9,\n"
                                 "P,r,solvent.print,VOC" TEN ", rto ,85 %,90 %,\n"
                                 "S,r,combustion.power,SO2" TEN ",fgd_wet,,,\n"
                                 "G,r,combustion.power,SO2" TEN "0.97,fgd_wet,0.5,,\n"
                                 "E,r,combustion.power,SO2,,,,fgd_wet,,,123.5\n"
                                 "U,r,combustion.power,SO2" TEN ",,,,\n";

static const struct {
    const char *source, *pollutant;
    double removal;
} expected[] = {
    {"H", "VOC", 0.40 * 0.15},       /* 6.0 % */
    {"C", "VOC", 0.95 * 0.94},       /* 89.3 % */
    {"N", "NOx", 0.64},              /* the table's combination, and not 1 - 0.78 * 0.58 = 0.548 */
    {"W", "VOC", 0.95 * 0.94 * 0.9}, /* 80.37 % */
    {"P", "VOC", 0.85 * 0.94 * 0.9}, /* 71.91 % */
    {"S", "SO2", 0.80},              /* flue gas: all of it */
    {"G", "SO2", 0.97},              /* given: it stands */
};

static ltn_inventory *read_text(const char *text, const ltn_inventory_options *options)
{
    ltn_inventory *inventory;
    assert_ok(ltn_inventory_read_csv(write_file("devices.csv", text), options, &inventory));
    return inventory;
}

static const char *emission_text(const ltn_inventory *inventory, const char *source, const char *pollutant,
                                 const char *column)
{
    const ltn_table *emissions = ltn_inventory_emissions(inventory);
    return ltn_table_text(emissions, emission_row(inventory, source, pollutant),
                          (size_t)ltn_table_find(emissions, column));
}

static void assert_expected(const ltn_inventory *inventory)
{
    for (size_t i = 0; i < COUNT(expected); i++) {
        const char *source = expected[i].source, *pollutant = expected[i].pollutant;
        assert_close(emission_number(inventory, source, pollutant, "removal"), expected[i].removal, 1e-12, 0);
        assert_close(emission_number(inventory, source, pollutant, "emission_t"), 10 * (1 - expected[i].removal), 1e-12,
                     0);
    }
    assert_close(emission_number(inventory, "E", "SO2", "removal"), 0.8, 1e-12, 0);
    assert_close(emission_number(inventory, "E", "SO2", "emission_t"), 123.5, 0, 0);
    assert_true(isnan(emission_number(inventory, "U", "SO2", "removal")));
    assert_int_equal(ltn_inventory_removal_assumed(inventory), 1);
    assert_int_equal(ltn_inventory_removal_defaulted(inventory), 7); /* all but G and U */
}

static void test_removals_come_from_the_table(void **state)
{
    (void)state;
    ltn_inventory *inventory = read_text(named, NULL);
    assert_expected(inventory);
    assert_string_equal(emission_text(inventory, "N", "NOx", "removal_key"), "default:T/CSES 144-2024 A.1 lnb;scr");
    assert_null(emission_text(inventory, "G", "SO2", "removal_key"));
    assert_int_equal(ltn_table_find(ltn_inventory_sources(inventory), "device"), -1); /* no attribute of the source */
    ltn_inventory_free(inventory);
}

/* Figures of two sources are both told. */
static void test_sources_of_figures_are_named(void **state)
{
    (void)state;
    ltn_inventory *inventory = read_text(HEAD "S,r,x,SO2" TEN ",fgd_wet_utility;wet_scrubber,,,\n", NULL);
    assert_close(emission_number(inventory, "S", "SO2", "removal"), 1 - 0.05 * 0.80, 1e-12, 0);
    assert_string_equal(emission_text(inventory, "S", "SO2", "removal_key"),
                        "default:stack monitors of power plants + T/CSES 144-2024 A.1 fgd_wet_utility;wet_scrubber");
    ltn_inventory_free(inventory);
}

static void test_a_written_inventory_reads_again(void **state)
{
    (void)state;
    ltn_inventory *inventory = read_text(named, NULL), *again;
    const char *path = temporary_path("written.csv");
    assert_ok(ltn_inventory_write_csv(inventory, path));
    assert_ok(ltn_inventory_read_csv(path, NULL, &again));
    assert_expected(again);
    const ltn_table *a = ltn_inventory_emissions(inventory), *b = ltn_inventory_emissions(again);
    for (size_t c = 0; c < ltn_table_columns(a); c++)
        for (size_t row = 0; row < ltn_table_rows(a); row++) {
            if (ltn_table_type(a, c) == LTN_NUMBER)
                assert_same_bits(ltn_table_number(a, row, c), ltn_table_number(b, row, c));
            else if (ltn_table_text(a, row, c))
                assert_string_equal(ltn_table_text(a, row, c), ltn_table_text(b, row, c));
            else
                assert_null(ltn_table_text(b, row, c));
        }
    ltn_inventory_free(again);
    ltn_inventory_free(inventory);
}

static void test_filter_and_concatenate_keep_devices(void **state)
{
    (void)state;
    ltn_inventory *inventory = read_text(named, NULL), *parts[2], *joined;
    uint8_t keep[2][9] = {{1, 0, 1, 0, 1, 0, 1, 0, 1}, {0, 1, 0, 1, 0, 1, 0, 1, 0}};
    for (size_t i = 0; i < 2; i++) assert_ok(ltn_inventory_filter(inventory, keep[i], &parts[i]));
    assert_int_equal(ltn_inventory_removal_defaulted(parts[0]), 3); /* H, N, P */
    assert_ok(ltn_inventory_concatenate((const ltn_inventory *const *)parts, 2, &joined));
    assert_expected(joined);
    assert_string_equal(emission_text(joined, "P", "VOC", "capture"), "85 %");
    assert_string_equal(emission_text(joined, "C", "VOC", "device"), "rto");
    assert_close(emission_number(joined, "W", "VOC", "running"), 0.9, 0, 0);
    ltn_inventory_free(joined);
    for (size_t i = 0; i < 2; i++) ltn_inventory_free(parts[i]);
    ltn_inventory_free(inventory);
}

/* ---- bad rows ---- */

static void test_every_bad_row_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *row;
        int column;
        const char *part;
    } cases[] = {
        {"A,r,x,VOC" TEN ",rtoo,closed,,\n", 27, "device 'rtoo' is not in the table; the nearest is 'rto'"},
        {"B,r,x,NOx" TEN ",rto,,,\n", 27, "device 'rto' has no figure for NOx in the table; it has one for VOC"},
        {"C,r,x,NOx" TEN ",lnb;sncr;scr,,,\n", 27, "expected the one that is meant, by its own id"},
        {"D,r,x,NOx" TEN ",scr;scr,,,\n", 27, "count the same device twice"},
        {"E,r,x,VOC" TEN ",rto,,,\n", 31,
         "capture is blank; expected the share of VOC that reaches the device, such as '90 %', or one of closed, hood, "
         "none"},
        {"F,r,x,VOC" TEN ",rto,hoood,,\n", 31, "capture 'hoood' is not known; expected the share of VOC"},
        {"G,r,x,VOC" TEN ",rto,1.2,,\n", 31, "capture 1.2 is outside [0, 1]"},
        {"H,r,x,VOC" TEN ",rto,-5 %,,\n", 31, "capture -5 % is outside [0, 1]"},
        {"I,r,x,VOC" TEN ",rto,closed,90,\n", 38, "running 90 is outside [0, 1]"},
        {"J,r,x,VOC" TEN ",rto,closed,often,\n", 38, "running 'often' is not a finite number"},
        {"K,r,x,VOC" TEN ",,hood,,\n", 28, "capture is given where neither device nor removal is"},
        {"L,r,x,VOC" TEN ",,,0.9,\n", 29, "running is given where neither device nor removal is"},
        {"M,r,x,VOC" TEN ",;,hood,,\n", 27, "device ';' names none"},
        {"N,r,x,SO2" TEN ",fgd_wet,closed,,\n", 35, "capture 'closed' is not known"},
        {"O,r,x,VOC" TEN "0.5,rto,7,,\n", 34, "capture 7 is outside [0, 1]"},
        /* 1000 t x 10 kg/t x 0.2 is 2 t. */
        {"P,r,x,SO2" TEN ",fgd_wet,,,3\n", 37, "= 2 t by more than 0.5 %, with the table's removal of the device"},
    };
    text_buffer csv = {0};
    text_add(&csv, "%s", HEAD);
    for (size_t i = 0; i < COUNT(cases); i++) text_add(&csv, "%s", cases[i].row);
    ltn_inventory_options options;
    ltn_inventory_options_init(&options);
    assert_ok(ltn_diagnostics_create(&options.diagnostics));
    ltn_inventory *inventory;
    assert_status(ltn_inventory_read_csv(write_file("bad.csv", csv.data), &options, &inventory), LTN_EINPUT);
    assert_null(inventory);
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_complaint(options.diagnostics, (int)i + 2, cases[i].column, cases[i].part);
    assert_int_equal(ltn_diagnostics_errors(options.diagnostics), COUNT(cases));
    ltn_diagnostics_free(options.diagnostics);
    free(csv.data);
}

/* Where the removal is given the device is on record only, and any word will do. */
static void test_devices_on_record_are_not_looked_up(void **state)
{
    (void)state;
    ltn_inventory *inventory = read_text(HEAD "A,r,x,VOC" TEN "0.5,fabric filter,bag house,,\n", NULL);
    assert_close(emission_number(inventory, "A", "VOC", "emission_t"), 5, 1e-12, 0);
    assert_int_equal(ltn_inventory_removal_defaulted(inventory), 0);
    ltn_inventory_free(inventory);
}

static void test_no_defaults_refuses_the_table(void **state)
{
    (void)state;
    ltn_inventory_options options;
    ltn_inventory_options_init(&options);
    assert_ok(ltn_diagnostics_create(&options.diagnostics));
    options.no_defaults = 1;
    ltn_inventory *inventory;
    assert_status(ltn_inventory_read_csv(write_file("devices.csv", named), &options, &inventory), LTN_EINPUT);
    assert_complaint(options.diagnostics, 3, 38,
                     "removal is blank and no default is allowed; by the table, device "
                     "'rto' removes 0.893");
    assert_int_equal(ltn_diagnostics_errors(options.diagnostics), 8); /* all but G */
    ltn_diagnostics_free(options.diagnostics);
}

/* ---- a table of one's own ---- */

static void test_a_table_of_ones_own(void **state)
{
    (void)state;
    static const char table[] = "kind,device,pollutant,efficiency,status,source\n"
                                "removal,bag,PM10,0.99,sourced,mine\n"
                                "capture,booth,PM10,0.7,sourced,mine\n"
                                "removal,rto,VOC,0.98,sourced,mine\n";
    ltn_devices *devices;
    assert_ok(ltn_devices_read_csv(write_file("own.csv", table), NULL, &devices));
    ltn_inventory_options options;
    ltn_inventory_options_init(&options);
    options.devices = devices;
    ltn_inventory *inventory = read_text(HEAD "A,r,x,PM10" TEN ",bag,booth,,\nB,r,x,VOC" TEN ",rto,1,,\n", &options);
    assert_close(emission_number(inventory, "A", "PM10", "removal"), 0.7 * 0.99, 1e-12, 0);
    assert_close(emission_number(inventory, "B", "VOC", "removal"), 0.98, 1e-12, 0);
    ltn_inventory_free(inventory);
    /* A pollutant that has to be caught: blank is no answer, whether the table has kinds of capture for it or not. */
    static const struct {
        const char *row, *part;
    } blank[] = {{"A,r,x,PM10" TEN ",bag,,,\n", "such as '90 %', or one of booth"},
                 {"A,r,x,VOC" TEN ",rto,,,\n", "capture is blank"}};
    for (size_t i = 0; i < COUNT(blank); i++) {
        char csv[256];
        snprintf(csv, sizeof csv, HEAD "%s", blank[i].row);
        assert_status(ltn_inventory_read_csv(write_file("blank.csv", csv), &options, &inventory), LTN_EINPUT);
        assert_contains(ltn_last_error()->message, blank[i].part);
    }
    ltn_devices_free(devices);
}

/* Without a file there is no table: the one who builds looks up. */
static void test_the_builder_looks_nothing_up(void **state)
{
    (void)state;
    for (int given = 0; given < 2; given++) {
        ltn_inventory_builder *builder;
        ltn_inventory *inventory;
        assert_ok(ltn_inventory_builder_create(NULL, &builder));
        assert_ok(ltn_inventory_builder_row(builder));
        assert_ok(ltn_inventory_builder_text(builder, "source", "A"));
        assert_ok(ltn_inventory_builder_text(builder, "region", "r"));
        assert_ok(ltn_inventory_builder_text(builder, "sector", "x"));
        assert_ok(ltn_inventory_builder_text(builder, "pollutant", "VOC"));
        assert_ok(ltn_inventory_builder_text(builder, "device", "rto"));
        assert_ok(ltn_inventory_builder_number(builder, "emission_t", 7.25));
        if (given) assert_ok(ltn_inventory_builder_number(builder, "removal", 0.893));
        assert_status(ltn_inventory_builder_finish(builder, &inventory), given ? LTN_OK : LTN_EINPUT);
        if (!given) assert_contains(ltn_last_error()->message, "device 'rto' is looked up in files only");
        ltn_inventory_free(inventory);
        ltn_inventory_builder_free(builder);
    }
}

/* ---- in a projection ---- */

/* The run of a scenario, or NULL where another status is wanted. */
static ltn_projection *project(const ltn_inventory *base, const char *yaml, int no_defaults, ltn_status wanted)
{
    ltn_scenario *scenario;
    ltn_projection *run;
    ltn_projection_options options;
    ltn_projection_options_init(&options);
    options.no_defaults = no_defaults;
    assert_ok(ltn_scenario_read_yaml(write_file("plan.yaml", yaml), &scenario));
    assert_status(ltn_projection_run(base, scenario, &options, &run), wanted);
    ltn_scenario_free(scenario);
    return run;
}

static const char plan[] = "scenario: Plan\nbase_year: 2015\nyears: [2015, 2016]\nmeasures:\n"
                           "  - {id: half, where: {device: rto}, control: {VOC: {efficiency: 50 %}}}\n"
                           "  - {id: caught, where: {capture: hood}, control: {VOC: {efficiency: 20 %}}}\n"
                           "  - {id: idle, where: {running: {below: 1}}, control: {VOC: {efficiency: 10 %}}}\n"
                           "  - {id: burner, where: {device: lnb}, control: {NOx: {efficiency: 30 %}}}\n"
                           "  - {id: all, where: {source: G}, control: {SO2: {efficiency: 100 %}}}\n";

static void test_selectors_take_devices(void **state)
{
    (void)state;
    ltn_inventory *base = read_text(named, NULL), *later, *again;
    ltn_projection *run = project(base, plan, 0, LTN_OK);
    assert_ok(ltn_projection_inventory(run, 2016, &later));
    static const struct {
        const char *source, *pollutant;
        double emission;
    } rows[] = {
        {"H", "VOC", 10 * (1 - 0.06) * 0.8},
        {"C", "VOC", 10 * (1 - 0.893) * 0.5},
        {"W", "VOC", 10 * (1 - 0.8037) * 0.5 * 0.9},
        {"N", "NOx", 10 * (1 - 0.64) * 0.7}, /* one of two devices */
        {"S", "SO2", 2},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_close(emission_number(later, rows[i].source, rows[i].pollutant, "emission_t"), rows[i].emission, 1e-9,
                     0);
    /* What is written reads again, marks and all. */
    const char *path = temporary_path("later.csv");
    assert_ok(ltn_inventory_write_csv(later, path));
    assert_ok(ltn_inventory_read_csv(path, NULL, &again));
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *source = rows[i].source, *pollutant = rows[i].pollutant;
        assert_close(emission_number(again, source, pollutant, "emission_t"), rows[i].emission, 1e-9, 0);
        assert_same_bits(emission_number(again, source, pollutant, "removal"),
                         emission_number(later, source, pollutant, "removal"));
    }
    assert_string_equal(emission_text(again, "H", "VOC", "device"), "activated_carbon");
    assert_int_equal(ltn_inventory_removal_defaulted(again), 7);
    ltn_inventory_free(again);
    ltn_inventory_free(later);
    ltn_projection_free(run);
    ltn_inventory_free(base);
}

/* A device chooses emissions and not sources, as a removal does. */
static void test_devices_do_not_choose_sources(void **state)
{
    (void)state;
    ltn_scenario *scenario;
    const char *path = write_file("plan.yaml", "scenario: Plan\nbase_year: 2015\nyears: [2015, 2016]\nmeasures:\n"
                                               "  - {id: end, where: {device: rto}, retire: {share: 100 %}}\n");
    assert_status(ltn_scenario_read_yaml(path, &scenario), LTN_EINPUT);
    assert_contains(ltn_last_error()->message, "retire acts on activity");
}

static void test_notes_count_rows_by_device(void **state)
{
    (void)state;
    ltn_inventory *base = read_text(named, NULL);
    ltn_projection *run = project(base, plan, 0, LTN_OK);
    static const struct {
        const char *english, *chinese;
        double rows;
    } wanted[] = {
        {"rows whose removal rests on the mean of T/CSES 144-2024 A.1 rto: 3",
         "3行的去除率按T/CSES 144-2024 A.1 rto的平均值推算", 3},
        {"rows whose removal rests on the mean of T/CSES 144-2024 A.1 fgd_wet: 2",
         "2行的去除率按T/CSES 144-2024 A.1 fgd_wet的平均值推算", 2},
    };
    for (int zh = 0; zh < 2; zh++) {
        ltn_table *notes;
        assert_ok(ltn_projection_notes(run, zh ? LTN_CHINESE : LTN_ENGLISH, &notes));
        size_t code = (size_t)ltn_table_find(notes, "code"), text = (size_t)ltn_table_find(notes, "text"), found = 0,
               of_code = 0;
        for (size_t row = 0; row < ltn_table_rows(notes); row++) {
            if (strcmp(ltn_table_text(notes, row, code), "removal_defaulted") != 0) continue;
            of_code++;
            for (size_t i = 0; i < COUNT(wanted); i++)
                found += strcmp(ltn_table_text(notes, row, text), zh ? wanted[i].chinese : wanted[i].english) == 0;
        }
        assert_int_equal(found, COUNT(wanted));
        assert_int_equal(of_code, 4); /* activated_carbon, rto, lnb;scr, fgd_wet */
        ltn_table_free(notes);
    }
    ltn_projection_free(run);
    ltn_inventory_free(base);
}

/* A file may hold what was filled earlier: the run refuses it then. */
static void test_no_defaults_refuses_a_marked_base(void **state)
{
    (void)state;
    ltn_inventory *base = read_text("source,region,sector,pollutant,activity,factor,removal,device,removal_key\n"
                                    "C,r,solvent.print,VOC" TEN "0.893,rto,default:T/CSES 144-2024 A.1 rto\n",
                                    NULL);
    assert_null(project(base, plan, 1, LTN_EREFUSED));
    assert_contains(ltn_last_error()->message, "rto");
    ltn_inventory_free(base);
}

/* R = 1 - E/(A EF) rounds to 1: the written row has its emission alone, and no device to reckon from again. */
static void test_a_removal_that_is_forgotten_stays_so(void **state)
{
    (void)state;
    ltn_inventory *base = read_text(HEAD "S,r,x,SO2" TEN ",fgd_wet,,,\n", NULL), *later, *again;
    ltn_projection *run = project(base,
                                  "scenario: Plan\nbase_year: 2015\nyears: [2015, 2016]\nmeasures:\n"
                                  "  - {id: ceiling, limit: {SO2: 1e-18 t/yr}}\n",
                                  0, LTN_OK);
    assert_ok(ltn_projection_inventory(run, 2016, &later));
    const char *path = temporary_path("ceiling.csv");
    assert_ok(ltn_inventory_write_csv(later, path));
    assert_ok(ltn_inventory_read_csv(path, NULL, &again));
    assert_close(emission_number(again, "S", "SO2", "emission_t"), 1e-18, 1e-12, 0);
    assert_true(isnan(emission_number(again, "S", "SO2", "removal")));
    assert_int_equal(ltn_inventory_removal_defaulted(again), 0);
    ltn_inventory_free(again);
    ltn_inventory_free(later);
    ltn_projection_free(run);
    ltn_inventory_free(base);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_removals_come_from_the_table),
        cmocka_unit_test(test_sources_of_figures_are_named),
        cmocka_unit_test(test_a_written_inventory_reads_again),
        cmocka_unit_test(test_filter_and_concatenate_keep_devices),
        cmocka_unit_test(test_every_bad_row_is_named),
        cmocka_unit_test(test_devices_on_record_are_not_looked_up),
        cmocka_unit_test(test_no_defaults_refuses_the_table),
        cmocka_unit_test(test_a_table_of_ones_own),
        cmocka_unit_test(test_the_builder_looks_nothing_up),
        cmocka_unit_test(test_selectors_take_devices),
        cmocka_unit_test(test_devices_do_not_choose_sources),
        cmocka_unit_test(test_notes_count_rows_by_device),
        cmocka_unit_test(test_no_defaults_refuses_a_marked_base),
        cmocka_unit_test(test_a_removal_that_is_forgotten_stays_so),
    };
    obey_test_filter();
    return cmocka_run_group_tests_name("inventory_devices", tests, NULL, remove_temporary_folder);
}
