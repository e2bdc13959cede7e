/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FF10 in and out, inventories recognised by content, gzip. Expected numbers are short tons of the files times
 * 0.90718474 (2000 lb of 0.45359237 kg each), worked out in the comments or by the C compiler. */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <zlib.h>

static const double T = 0.90718474; /* tonnes in a short ton */

typedef struct outcome {
    ltn_inventory *inventory;
    ltn_diagnostics *list;
} outcome;

static outcome read_with(const char *path, ltn_inventory_options *options, ltn_status expected)
{
    outcome o = {0};
    assert_ok(ltn_diagnostics_create(&o.list));
    options->diagnostics = o.list;
    assert_status(ltn_inventory_read(path, options, &o.inventory), expected);
    if (expected) assert_null(o.inventory);
    return o;
}

static outcome read_file_at(const char *path)
{
    ltn_inventory_options options;
    ltn_inventory_options_init(&options);
    return read_with(path, &options, LTN_OK);
}

static outcome read_text(const char *text)
{
    return read_file_at(write_file("text.csv", text));
}

static void forget(outcome *o)
{
    ltn_inventory_free(o->inventory);
    ltn_diagnostics_free(o->list);
}

static void assert_same(const ltn_inventory *a, const ltn_inventory *b)
{
    assert_same_tables(ltn_inventory_sources(a), ltn_inventory_sources(b));
    assert_same_tables(ltn_inventory_emissions(a), ltn_inventory_emissions(b));
    assert_int_equal(ltn_inventory_base_year(a), ltn_inventory_base_year(b));
    assert_string_equal(ltn_inventory_baseline(a), ltn_inventory_baseline(b));
}

static const char *emission_text(const ltn_inventory *inventory, const char *source, const char *pollutant,
                                 const char *column)
{
    const ltn_table *emissions = ltn_inventory_emissions(inventory);
    int c = ltn_table_find(emissions, column);
    assert_true(c >= 0);
    return ltn_table_text(emissions, emission_row(inventory, source, pollutant), (size_t)c);
}

/* ---- the four kinds ---- */

static void test_points(void **state)
{
    (void)state;
    outcome o = read_file_at(data_path("ff10/point.csv"));
    const ltn_inventory *i = o.inventory;
    static const char id[] = "37001|P1|U1|R1|PR1|10100201";
    assert_int_equal(ltn_diagnostics_count(o.list), 0);
    assert_int_equal(ltn_table_rows(ltn_inventory_sources(i)), 3);
    assert_int_equal(ltn_table_rows(ltn_inventory_emissions(i)), 4);
    assert_string_equal(source_text(i, id, "region"), "37001");
    assert_string_equal(source_text(i, id, "sector"), "10100201");
    assert_same_bits(emission_number(i, id, "NOX", "emission_t"), 1250.5 * T);
    assert_same_bits(emission_number(i, id, "SO2", "emission_t"), 830.125 * T);
    assert_same_bits(emission_number(i, id, "NOX", "removal"), 0.355);
    assert_same_bits(emission_number(i, id, "SO2", "removal"), 0.925);
    assert_same_bits(emission_number(i, id, "NOX", "jan_t"), 100.25 * T);
    assert_true(isnan(emission_number(i, id, "SO2", "jan_t")));
    assert_string_equal(emission_text(i, id, "NOX", "control_ids"), "139;128");
    assert_string_equal(emission_text(i, id, "NOX", "emission_comment"), "best guess");
    static const struct {
        const char *column, *text;
    } texts[] = {{"facility", "Duke, Energy"}, {"sic", "4911"},       {"naics", "221112"},  {"capacity_unit", "MW"},
                 {"facility_id", "P1"},        {"unit_id", "U1"},     {"zipcode", "27215"}, {"erptype", "2"},
                 {"rel_point_id", "R1"},       {"process_id", "PR1"}, {"country_cd", "US"}};
    for (size_t k = 0; k < COUNT(texts); k++) assert_string_equal(source_text(i, id, texts[k].column), texts[k].text);
    static const struct {
        const char *column;
        double value;
    } numbers[] = {{"lon", -79.4331},       {"lat", 36.0957},       {"capacity", 600},
                   {"stkhgt_ft", 150.5},    {"stkdiam_ft", 12.25},  {"stktemp_degF", 300},
                   {"stkflow_ft3_s", 4500}, {"stkvel_ft_s", 38.25}, {"annual_avg_hours_per_year", 7000}};
    for (size_t k = 0; k < COUNT(numbers); k++)
        assert_same_bits(source_number(i, id, numbers[k].column), numbers[k].value);
    forget(&o);
}

/* A FIPS code without its zero, -9 for nothing, single quotes, a comment; a unit that is no capacity's; a MACT code. */
static void test_points_with_gaps(void **state)
{
    (void)state;
    outcome o = read_file_at(data_path("ff10/point.csv"));
    const ltn_inventory *i = o.inventory;
    static const char bare[] = "01003|P2|||PR2|20200252", kiln[] = "37003|P3|U3|R3|PR3|30500606";
    assert_string_equal(source_text(i, bare, "region"), "01003");
    assert_null(source_text(i, bare, "rel_point_id"));
    assert_string_equal(source_text(i, bare, "facility"), "O\"Brien");
    assert_true(isnan(emission_number(i, bare, "VOC", "removal")));
    assert_same_bits(emission_number(i, bare, "VOC", "emission_t"), 2.385 * T);
    assert_true(isnan(source_number(i, kiln, "capacity")));
    assert_same_bits(source_number(i, kiln, "design_capacity"), 12.5);
    assert_string_equal(source_text(i, kiln, "design_capacity_units"), "E6BTU/HR");
    assert_string_equal(source_text(i, kiln, "mact"), "0105-1");
    assert_null(source_text(i, kiln, "sic"));
    assert_same_bits(emission_number(i, kiln, "PM25-PRI", "removal"), 0);
    forget(&o);
}

static void test_header_records(void **state)
{
    (void)state;
    outcome o = read_file_at(data_path("ff10/point.csv"));
    static const struct {
        const char *key, *value;
    } records[] = {{"format", "FF10_POINT"},  {"country", "US"},
                   {"base_year", "2017"},     {"desc", "Hand-made points: a LIST of CEM units"},
                   {"desc.2", "second line"}, {"export_date", "Mon Jan 02 2023"},
                   {"remark", "a remark"}};
    for (size_t k = 0; k < COUNT(records); k++)
        assert_string_equal(ltn_inventory_metadata(o.inventory, records[k].key), records[k].value);
    assert_int_equal(ltn_inventory_base_year(o.inventory), 2017);
    forget(&o);
}

static void test_nonpoint(void **state)
{
    (void)state;
    outcome o = read_file_at(data_path("ff10/nonpoint.csv"));
    const ltn_inventory *i = o.inventory;
    static const char id[] = "37001|2102004001";
    static const char *const months[] = {"jan_t", "feb_t", "mar_t", "apr_t", "may_t", "jun_t",
                                         "jul_t", "aug_t", "sep_t", "oct_t", "nov_t", "dec_t"};
    static const double tons[] = {2, 1.5, 1, 1, 1, 0.5, 0.5, 0.5, 0.5, 1, 1.5, 1.5};
    assert_int_equal(ltn_table_rows(ltn_inventory_sources(i)), 2);
    for (size_t m = 0; m < COUNT(months); m++) assert_same_bits(emission_number(i, id, "NOX", months[m]), tons[m] * T);
    /* Of area sources SMOKE ignores the reduction: it is kept and is no removal. */
    assert_same_bits(emission_number(i, id, "NOX", "ann_pct_red"), 40);
    assert_true(isnan(emission_number(i, id, "NOX", "removal")));
    assert_string_equal(source_text(i, "37003|2801500000|66", "shape_id"), "66");
    /* 3.75 + 1.25 short tons in two rows. */
    assert_close(emission_number(i, id, "SO2", "emission_t"), 5 * T, 1e-15, 0);
    assert_int_equal(ltn_diagnostics_count(o.list), 1);
    assert_int_equal(ltn_diagnostics_errors(o.list), 0);
    assert_complaint(o.list, 11, 25, "source '37001|2102004001' has SO2 already, in line 6; the rows are added");
    forget(&o);
}

static void test_nonroad_year_from_months(void **state)
{
    (void)state;
    outcome o = read_file_at(data_path("ff10/nonroad.csv"));
    assert_close(emission_number(o.inventory, "37001|2270002000", "NOX", "emission_t"), 12 * T, 1e-15, 0);
    assert_complaint(o.list, 0, 0, "1 rows give no ANN_VALUE: it is the sum of their months");
    forget(&o);
}

/* Parted by semicolons, as SMOKE allows; the emission type is a part of the id. */
static void test_onroad(void **state)
{
    (void)state;
    outcome o = read_file_at(data_path("ff10/onroad.csv"));
    assert_same_bits(emission_number(o.inventory, "37001|2201210080|RPD", "NOX", "emission_t"), 45.5 * T);
    assert_same_bits(emission_number(o.inventory, "37001|2201210080|RPV", "NOX", "emission_t"), 5.5 * T);
    assert_same_bits(emission_number(o.inventory, "37001|2201210080", "NOX", "emission_t"), 0.5 * T);
    assert_string_equal(source_text(o.inventory, "37001|2201210080|RPD", "emis_type"), "RPD");
    forget(&o);
}

/* ---- rows ---- */

#define NONPOINT "#FORMAT=FF10_NONPOINT\n#YEAR=2017\n"
#define POINT "#FORMAT=FF10_POINT\n#YEAR=2017\n"

static void test_ways_to_write_a_row(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "US,37001,,,,2102004001,,NOX,12.5",
        "US,37001,,,,2102004001,,NOX,12.5\r",
        "\"US\",\"37001\",\"\",\"\",,\"2102004001\",,\"NOX\",\"12.5\"",
        "'US','37001',,,,'2102004001',,'NOX',12.5",
        " US , 37001 ,,,, 2102004001 ,, NOX , 12.5 ",
        "US;37001;;;;2102004001;;NOX;1.25e1",
        "US\t37001\t\t\t\t2102004001\t\tNOX\t12.5",
        "US,37001,,,,2102004001,,NOX,12.5 ! the rest, a comment",
        "US,37001,-9,,-9,2102004001,-9,NOX,12.5,-9,,,,,,-9,,,,,-9,-9.0",
        "\"US\", \"37001 \",,,,\"2102004001\",,\"NOX\",12.5",
        "US,37001,,,,2102004001,,NOX,12.5,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,",
    };
    for (size_t k = 0; k < COUNT(rows); k++) {
        text_buffer t = {0};
        text_add(&t, NONPOINT "%s\n", rows[k]);
        outcome o = read_text(t.data);
        assert_same_bits(emission_number(o.inventory, "37001|2102004001", "NOX", "emission_t"), 12.5 * T);
        assert_int_equal(ltn_diagnostics_count(o.list), 0);
        assert_int_equal(ltn_table_rows(ltn_inventory_emissions(o.inventory)), 1);
        forget(&o);
        free(t.data);
    }
}

/* Numbers are strtod's, whatever their length. */
static void test_numbers_are_exact(void **state)
{
    (void)state;
    static const char *const numbers[] = {"0.1", "1e-7", "123456789.123456789", "3.4028234663852886e38",
                                          ".5",  "7.",   "0.30000000000000004", "2.2250738585072014e-308",
                                          "1E5", "+3"};
    for (size_t k = 0; k < COUNT(numbers); k++) {
        text_buffer t = {0};
        text_add(&t, NONPOINT "US,37001,,,,1,,NOX,%s\n", numbers[k]);
        outcome o = read_text(t.data);
        assert_same_bits(emission_number(o.inventory, "37001|1", "NOX", "emission_t"), strtod(numbers[k], NULL) * T);
        forget(&o);
        free(t.data);
    }
}

/* 10 t of what was 20 and 30 t of what was 40: of 60 t uncontrolled 40 are left, so 1/3 was removed. */
static void test_removal_of_added_rows(void **state)
{
    (void)state;
    outcome o = read_text(POINT "US,37001,,P,U,R,X,,,,,101,NOX,10,50\nUS,37001,,P,U,R,X,,,,,101,NOX,30,25\n"
                                "US,37001,,P,U,R,X,,,,,101,SO2,10,50\nUS,37001,,P,U,R,X,,,,,101,SO2,30\n"
                                "US,37001,,P,U,R,X,,,,,101,NOX,0,90\n");
    static const char id[] = "37001|P|U|R|X|101";
    assert_close(emission_number(o.inventory, id, "NOX", "emission_t"), 40 * T, 1e-15, 0);
    assert_close(emission_number(o.inventory, id, "NOX", "removal"), 1. / 3, 1e-14, 0);
    assert_true(isnan(emission_number(o.inventory, id, "SO2", "removal"))); /* of one it is unknown */
    assert_int_equal(ltn_table_rows(ltn_inventory_emissions(o.inventory)), 2);
    assert_int_equal(ltn_diagnostics_warnings(o.list), 3);
    assert_complaint(o.list, 7, 27, "has NOX already, in line 3; the rows are added");
    forget(&o);
}

static void test_first_value_of_a_source_stands(void **state)
{
    (void)state;
    outcome o =
        read_text(POINT "US,37001,,P,U,R,X,,,,,101,NOX,10,,Mill,,150\nUS,37001,,P,U,R,X,,,,,101,SO2,10,,,,160\n");
    assert_same_bits(source_number(o.inventory, "37001|P|U|R|X|101", "stkhgt_ft"), 150);
    assert_int_equal(ltn_diagnostics_warnings(o.list), 1);
    assert_complaint(o.list, 4, 37, "stkhgt_ft 160 differs from 150 in the source's first row");
    forget(&o);
}

static void test_things_said_once(void **state)
{
    (void)state;
    outcome o = read_text("#FORMAT FF10_POINT\n#YEAR 1899\n"
                          "US,37001,,A_facility_id_of_32_characters_,U,R,X,,,,,101,NOX,10\n");
    assert_complaint(o.list, 2, 1, "the year 1899 is outside 1971 to 2050");
    assert_complaint(o.list, 0, 0, "1 codes of FACILITY_ID are longer than the 25 characters SMOKE reads");
    assert_non_null(source_text(o.inventory, "37001|A_facility_id_of_32_characters_|U|R|X|101", "source"));
    forget(&o);
    o = read_text(NONPOINT "US,37001,,,,1,,NOX,12,,,,,,,,,,,,1,1,1,1,1,1,1,1,1,1,1,2\n");
    assert_complaint(o.list, 0, 0, "the months of 1 rows add up to something else than ANN_VALUE");
    forget(&o);
}

/* ---- what is refused ---- */

static void test_bad_rows(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int line, column;
        const char *message;
    } cases[] = {
        {NONPOINT "US,37001,,,,1,,NOX,x1\n", 3, 20, "ANN_VALUE 'x1' is not a finite number"},
        {NONPOINT "US,37001,,,,1,,NOX,12 t\n", 3, 20, "ANN_VALUE '12 t' is not a finite number"},
        {NONPOINT "US,37001,,,,1,,NOX,nan\n", 3, 20, "ANN_VALUE 'nan' is not a finite number"},
        {NONPOINT "US,37001,,,,1,,NOX,1e999\n", 3, 20, "ANN_VALUE '1e999' is not a finite number"},
        {NONPOINT "US,37001,,,,1,,NOX,-3\n", 3, 20, "ANN_VALUE -3 is negative; expected at least 0"},
        {NONPOINT "US,37001,,,,1,,NOX,\n", 3, 1, "ANN_VALUE is blank, and 0 of 12 months are given"},
        {NONPOINT "US,37001,,,,1,,NOX,-9\n", 3, 1, "ANN_VALUE is blank"},
        {NONPOINT "US,37001,,,,1,,NOX,1,130\n", 3, 22, "ANN_PCT_RED 130 is outside [0, 100]"},
        {NONPOINT "US,37001,,,,1,,,1\n", 3, 1, "POLL is blank"},
        {NONPOINT "US,37001,,,,,,NOX,1\n", 3, 1, "SCC is blank"},
        {NONPOINT "US,,,,,1,,NOX,1\n", 3, 1, "REGION_CD is blank"},
        {NONPOINT "US,37001,,,,1,,NOX,1\nUS,37O01,,,,1,,NOX,1\n", 4, 4, "REGION_CD '37O01' is no FIPS code"},
        {NONPOINT "US,37O01,,,,1,,NOX,1\n", 3, 4, "REGION_CD '37O01' is no FIPS code"},
        {NONPOINT "US,37001,,,,1,,NOX\n", 3, 1, "the row has 8 fields; expected the 45 of FF10_NONPOINT"},
        {NONPOINT "US,37001,,,,1,,NOX,1,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,\n", 3, 1, "the row has 46 fields"},
        {NONPOINT "US,37001,,,a|b,1,,NOX,1\n", 3, 12, "SHAPE_ID 'a|b' holds a '|'"},
        {NONPOINT "US,37001,,,,1,,\"NOX,1\n", 3, 16, "the quote that opens here is not closed in its line"},
        {NONPOINT "US,37001,,,,1,,\"NOX\"x,1\n", 3, 21, "text follows a closing quote"},
        {NONPOINT "US,37001,,,,1,,N\"OX,1\n", 3, 17, "a quote stands inside an unquoted field"},
        {NONPOINT "US,37001,,,,1,,N\xFFX,1\n", 3, 17, "the byte here is not UTF-8"},
        {NONPOINT "#remark\n", 4, 1, "the file has header records but no rows"},
        {POINT "US,37001,,P,U,R,X,,,,,101,NOX,10,101\n", 3, 34, "ANN_PCT_RED 101 is outside [0, 100]"},
        {POINT "US,37001,,P,U,R,X,,,,,101,NOX,10,,,,,,,,,,200,10\n", 3, 43, "LONGITUDE 200 is outside [-180, 180]"},
        {"#FORMAT=FF10_ACTIVITY\nUS,37001\n", 1, 1, "format 'FF10_ACTIVITY' is not read; expected FF10_POINT"},
        {"#FORMAT=ORL NONPOINT\n37,1\n", 1, 1, "format 'ORL NONPOINT' is not read"},
        {"#LIST\na.csv\n", 1, 1, "the file is a list of inventories"},
        {"#FORMAT=FF10_ONROAD\n#TYPE=Activity of vehicles\nUS,37001,,,,1,,NOX,1\n", 2, 1, "the file holds activities"},
        {"#FORMAT=FF10_ONROAD\n#YEAR=soon\nUS,37001,,,,1,,NOX,1\n", 2, 1, "base_year 'soon' is not a year"},
        {NONPOINT "country_cd,region_cd,scc\nUS,37001,,,,1,,NOX,1\n", 3, 22,
         "column 3 is called scc; FF10_NONPOINT has TRIBAL_CODE there"},
    };
    for (size_t k = 0; k < COUNT(cases); k++) {
        ltn_inventory_options options;
        ltn_inventory_options_init(&options);
        outcome o = read_with(write_file("bad.csv", cases[k].text), &options, LTN_EINPUT);
        assert_complaint(o.list, cases[k].line, cases[k].column, cases[k].message);
        assert_int_equal(ltn_diagnostics_errors(o.list), 1);
        forget(&o);
    }
}

static void test_all_bad_rows_are_told(void **state)
{
    (void)state;
    ltn_inventory_options options;
    ltn_inventory_options_init(&options);
    outcome o = read_with(write_file("bad.csv", NONPOINT "US,37001,,,,1,,NOX,x\nUS,37001,,,,1,,SO2,2\n# no row\n"
                                                         "US,37001,,,,1,,VOC,-1,150\nUS,37001,,,,1,,\n"),
                          &options, LTN_EINPUT);
    assert_int_equal(ltn_diagnostics_errors(o.list), 4);
    assert_complaint(o.list, 3, 20, "'x' is not a finite number");
    assert_complaint(o.list, 6, 20, "is negative");
    assert_complaint(o.list, 6, 23, "is outside [0, 100]");
    assert_complaint(o.list, 7, 1, "the row has 8 fields");
    forget(&o);
    static const char nul[] = NONPOINT "US,37001,,,,1,,N\0X,1\n";
    o = read_with(write_bytes("nul.csv", nul, sizeof nul - 1), &options, LTN_EINPUT);
    assert_complaint(o.list, 3, 17, "a NUL byte stands here");
    forget(&o);
    assert_status(ltn_inventory_read(temporary_path("none.csv"), &options, &o.inventory), LTN_EIO);
}

/* With trees given, codes are held against them; places are those of the file. */
static void test_unknown_region(void **state)
{
    (void)state;
    ltn_inventory_options options;
    ltn_inventory_options_init(&options);
    assert_ok(ltn_tree_create(&options.regions));
    assert_ok(ltn_tree_add(options.regions, "37001", NULL, "Alamance", NULL));
    outcome o =
        read_with(write_file("bad.csv", NONPOINT "US,37001,,,,1,,NOX,2\nUS,37011,,,,1,,NOX,2\n"), &options, LTN_EINPUT);
    assert_complaint(o.list, 4, 4, "region '37011' is not in the table of regions; the nearest is '37001'");
    ltn_tree_free(options.regions);
    forget(&o);
}

/* ---- options ---- */

static void test_keep_pollutants(void **state)
{
    (void)state;
    static const char *const kept[] = {"SO2", "VOC"};
    static const char *const texts[] = {
        NONPOINT "US,37001,,,,1,,NOX,x\nUS,37001,,,,1,,SO2,2.5\nUS,37003,,,,1,,NOX,3\n",
        "source,region,sector,pollutant,emission_t\nA,37001,a,SO2,2.268\nB,37003,a,NOX,1\nC,37003,a,CO,1\n"};
    for (size_t k = 0; k < COUNT(texts); k++) {
        ltn_inventory_options options;
        ltn_inventory_options_init(&options);
        options.keep_pollutants = kept;
        options.keep_pollutant_count = COUNT(kept);
        outcome o = read_with(write_file("keep.csv", texts[k]), &options, LTN_OK);
        assert_int_equal(ltn_table_rows(ltn_inventory_emissions(o.inventory)), 1);
        assert_int_equal(ltn_table_rows(ltn_inventory_sources(o.inventory)), 1);
        assert_complaint(o.list, 0, 0, "2 rows of pollutants that are not to be kept were passed over");
        forget(&o);
    }
}

static void test_gb18030(void **state)
{
    (void)state;
    /* 钢厂 in GB18030: B8 D6 B3 A7. */
    static const char text[] = POINT "US,37001,,P,U,R,X,,,,,101,NOX,10,,\xB8\xD6\xB3\xA7\n";
    ltn_inventory_options options;
    ltn_inventory_options_init(&options);
    outcome o = read_with(write_file("gb.csv", text), &options, LTN_EINPUT);
    assert_complaint(o.list, 3, 35, "the byte here is not UTF-8");
    forget(&o);
    options.encoding = "gb18030";
    o = read_with(write_file("gb.csv", text), &options, LTN_OK);
    assert_string_equal(source_text(o.inventory, "37001|P|U|R|X|101", "facility"), "钢厂");
    forget(&o);
    options.encoding = "latin1";
    o = read_with(write_file("gb.csv", text), &options, LTN_EARGUMENT);
    forget(&o);
}

/* ---- many rows ---- */

static char *many_rows(bool quoted, const char *ending)
{
    text_buffer t = {0};
    uint64_t seed = 2385;
    text_add(&t, "#FORMAT=FF10_NONPOINT%s", ending);
    for (int row = 0; row < 12000; row++) {
        const char *form = quoted ? "\"US\",\"%05d\",,,,\"21020040%02d\",,\"%s\",%.9g,,,,,,,,8,\"2017\"%s"
                                  : "US,%05d,,,,21020040%02d,,%s,%.9g,,,,,,,,8,2017%s";
        text_add(&t, form, 1001 + row / 60, row / 3 % 20,
                 row % 3 == 0   ? "NOX"
                 : row % 3 == 1 ? "SO2"
                                : "VOC",
                 random_uniform(&seed, 0, 1e4), ending);
    }
    return t.data;
}

/* Threads, quotes, line ends and comments change nothing: the fast way and the slow way agree. */
static void test_blocks_and_ways_agree(void **state)
{
    (void)state;
    static const struct {
        bool quoted;
        const char *ending;
        int threads;
    } cases[] = {{false, "\n", 2},  {false, "\n", 8},           {true, "\n", 2},
                 {true, "\r\n", 1}, {false, " ! says he\n", 2}, {true, ",'2017'\n", 2}};
    char *text = many_rows(false, "\n");
    ltn_inventory_options options;
    ltn_inventory_options_init(&options);
    options.threads = 1;
    outcome plain = read_with(write_file("many.csv", text), &options, LTN_OK);
    free(text);
    assert_int_equal(ltn_table_rows(ltn_inventory_emissions(plain.inventory)), 12000);
    for (size_t k = 0; k < COUNT(cases) - 1; k++) {
        text = many_rows(cases[k].quoted, cases[k].ending);
        options.threads = cases[k].threads;
        outcome other = read_with(write_file("many.csv", text), &options, LTN_OK);
        assert_same(plain.inventory, other.inventory);
        forget(&other);
        free(text);
    }
    forget(&plain);
}

/* ---- gzip ---- */

static void deflate_into(text_buffer *out, const void *data, size_t size)
{
    z_stream z = {0};
    unsigned char room[1 << 16];
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (Bytef *)data;
    z.avail_in = (uInt)size;
    int code = Z_OK;
    while (code == Z_OK) {
        z.next_out = room;
        z.avail_out = sizeof room;
        code = deflate(&z, Z_FINISH);
        text_add_bytes(out, room, sizeof room - z.avail_out);
    }
    assert_int_equal(code, Z_STREAM_END);
    deflateEnd(&z);
}

static void test_gzip(void **state)
{
    (void)state;
    static const char *const names[] = {"ff10/point.csv", "ff10/nonpoint.csv", "good/small.csv"};
    for (size_t k = 0; k < COUNT(names); k++) {
        size_t size;
        char *text = read_whole(data_path(names[k]), &size);
        text_buffer packed = {0}, two = {0};
        deflate_into(&packed, text, size);
        deflate_into(&two, text, size / 2); /* two members after one another */
        deflate_into(&two, text + size / 2, size - size / 2);
        outcome plain = read_file_at(data_path(names[k]));
        outcome one = read_file_at(write_bytes("packed", packed.data, packed.size));
        outcome both = read_file_at(write_bytes("two", two.data, two.size));
        assert_same(plain.inventory, one.inventory);
        assert_same(plain.inventory, both.inventory);
        forget(&plain);
        forget(&one);
        forget(&both);
        free(packed.data);
        free(two.data);
        free(text);
    }
}

static void test_damaged_gzip(void **state)
{
    (void)state;
    size_t size;
    char *text = read_whole(data_path("ff10/nonpoint.csv"), &size);
    text_buffer packed = {0};
    deflate_into(&packed, text, size);
    ltn_inventory_options options;
    ltn_inventory_options_init(&options);
    for (size_t cut = 2; cut < packed.size; cut += 7) {
        outcome o = read_with(write_bytes("cut.gz", packed.data, cut), &options, LTN_EINPUT);
        assert_contains(ltn_last_error()->message, "the gzip data are damaged: they end too early");
        forget(&o);
    }
    packed.data[packed.size - 6] ^= 1; /* of the check sum */
    outcome o = read_with(write_bytes("sum.gz", packed.data, packed.size), &options, LTN_EINPUT);
    assert_contains(ltn_last_error()->message, "the gzip data are damaged: incorrect data check");
    forget(&o);
    packed.data[packed.size - 6] ^= 1;
    text_add_bytes(&packed, "tail", 4);
    o = read_with(write_bytes("tail.gz", packed.data, packed.size), &options, LTN_EINPUT);
    assert_contains(ltn_last_error()->message, "the gzip data are damaged: incorrect header check");
    forget(&o);
    free(packed.data);
    free(text);
}

/* 72 MB of one letter shrink by a factor of a thousand: more than any table does. */
static void test_gzip_that_expands_beyond_measure(void **state)
{
    (void)state;
    size_t size = 72000000;
    char *text = malloc(size);
    assert_non_null(text);
    memset(text, 'a', size);
    text_buffer packed = {0};
    deflate_into(&packed, text, size);
    free(text);
    ltn_inventory_options options;
    ltn_inventory_options_init(&options);
    outcome o = read_with(write_bytes("bomb.gz", packed.data, packed.size), &options, LTN_ELIMIT);
    assert_contains(ltn_last_error()->message, "holds more than 67108864 bytes");
    forget(&o);
    free(packed.data);
}

/* ---- writing ---- */

static const struct {
    const char *name;
    ltn_ff10_kind kind;
} files[] = {{"ff10/point.csv", LTN_FF10_POINT},
             {"ff10/nonpoint.csv", LTN_FF10_NONPOINT},
             {"ff10/nonroad.csv", LTN_FF10_NONROAD},
             {"ff10/onroad.csv", LTN_FF10_ONROAD}};

static void test_round_trip(void **state)
{
    (void)state;
    for (size_t k = 0; k < COUNT(files); k++) {
        outcome before = read_file_at(data_path(files[k].name));
        const char *path = temporary_path("written.csv");
        ltn_diagnostics *list;
        assert_ok(ltn_diagnostics_create(&list));
        assert_ok(ltn_inventory_write_ff10(before.inventory, files[k].kind, path, list));
        assert_int_equal(ltn_diagnostics_count(list), 0);
        outcome after = read_file_at(path);
        assert_same(before.inventory, after.inventory);
        assert_int_equal(ltn_diagnostics_count(after.list), 0);
        assert_ok(ltn_inventory_write_csv(before.inventory, path));
        outcome csv = read_file_at(path);
        assert_int_equal(ltn_table_rows(ltn_inventory_emissions(csv.inventory)),
                         ltn_table_rows(ltn_inventory_emissions(before.inventory)));
        assert_ok(ltn_inventory_write_ff10(csv.inventory, files[k].kind, path, list));
        outcome again = read_file_at(path);
        assert_same(before.inventory, again.inventory);
        forget(&before);
        forget(&after);
        forget(&csv);
        forget(&again);
        ltn_diagnostics_free(list);
    }
}

/* Short tons of the file come back as they were, and so do the bits of tonnes that no file gave. */
static void test_numbers_round_trip(void **state)
{
    (void)state;
    uint64_t seed = 77;
    ltn_inventory_builder *builder;
    ltn_inventory *made;
    assert_ok(ltn_inventory_builder_create(NULL, &builder));
    for (int row = 0; row < 400; row++) {
        char id[32];
        snprintf(id, sizeof id, "37001|%d", row);
        assert_ok(ltn_inventory_builder_row(builder));
        assert_ok(ltn_inventory_builder_text(builder, "source", id));
        assert_ok(ltn_inventory_builder_text(builder, "region", "37001"));
        assert_ok(ltn_inventory_builder_text(builder, "sector", id + 6));
        assert_ok(ltn_inventory_builder_text(builder, "pollutant", "NOX"));
        /* Of any binade: the spacing of doubles around E and E/0.907 may differ by 2, so a few may lie between. */
        assert_ok(
            ltn_inventory_builder_number(builder, "emission_t", ldexp(random_uniform(&seed, 1, 2), row % 60 - 30)));
    }
    assert_ok(ltn_inventory_builder_finish(builder, &made));
    ltn_inventory_builder_free(builder);
    const char *path = temporary_path("written.csv");
    assert_ok(ltn_inventory_write_ff10(made, LTN_FF10_NONPOINT, path, NULL));
    outcome read = read_file_at(path);
    for (int row = 0; row < 400; row++) {
        char id[32];
        snprintf(id, sizeof id, "37001|%d", row);
        assert_close(emission_number(read.inventory, id, "NOX", "emission_t"),
                     emission_number(made, id, "NOX", "emission_t"), 2.3e-16, 0);
    }
    assert_ok(ltn_inventory_write_ff10(read.inventory, LTN_FF10_NONPOINT, path, NULL));
    outcome again = read_file_at(path);
    assert_same(read.inventory, again.inventory);
    forget(&again);
    forget(&read);
    ltn_inventory_free(made);
}

static void test_what_cannot_be_written(void **state)
{
    (void)state;
    outcome o = read_text("# title: A town\n# 标题: 城\nsource,region,sector,pollutant,fuel,sic,mact,activity,factor,"
                          "emission_t,name\n"
                          "B1,330302,combustion.boiler,SO2,coal,4911,0105-1,100 t,2 kg/t,,Boiler\n"
                          "B|2,330303,combustion.boiler,NOx,,,,,,2.385,\n");
    const char *path = temporary_path("written.csv");
    ltn_diagnostics *list;
    assert_ok(ltn_diagnostics_create(&list));
    assert_ok(ltn_inventory_write_ff10(o.inventory, LTN_FF10_POINT, path, list));
    static const char *const said[] = {
        "FF10_POINT has no field for the column 'fuel': its 1 values are not written",
        "for the column 'activity': its 1",
        "for the column 'activity_unit': its 1",
        "for the column 'factor': its 1",
        "for the column 'factor_unit': its 1",
        "for the column 'name': its 1",
        "the metadata '标题' are not written",
        "2 sources get another id when the file is read, such as 'B1'",
        "1 sources have an SIC and a MACT code",
        "1 emissions that were reckoned with an unknown removal",
    };
    for (size_t k = 0; k < COUNT(said); k++) assert_complaint(list, 0, 0, said[k]);
    assert_int_equal(ltn_diagnostics_count(list), COUNT(said));
    outcome read = read_file_at(path);
    /* 100 t of 2 kg/t: 0.2 t. */
    assert_close(emission_number(read.inventory, "330302|B1||||combustion.boiler", "SO2", "emission_t"), 0.2, 1e-15, 0);
    assert_string_equal(source_text(read.inventory, "330303|B_2||||combustion.boiler", "facility_id"), "B_2");
    assert_string_equal(ltn_inventory_metadata(read.inventory, "title"), "A town");
    forget(&read);
    forget(&o);
    ltn_diagnostics_free(list);
}

static void test_refuses_to_write(void **state)
{
    (void)state;
    outcome o = read_text("source,region,sector,pollutant,emission_t\nA,hill,a,SO2,1\nB,330302,a,SO2,1\n");
    const char *path = temporary_path("refused.csv");
    ltn_diagnostics *list;
    assert_ok(ltn_diagnostics_create(&list));
    assert_status(ltn_inventory_write_ff10(o.inventory, LTN_FF10_POINT, path, list), LTN_EINPUT);
    assert_complaint(list, 0, 0, "region 'hill' cannot be written: REGION_CD holds digits only");
    FILE *file = fopen(path, "r");
    assert_null(file);
    assert_status(ltn_inventory_write_ff10(o.inventory, (ltn_ff10_kind)9, path, list), LTN_EARGUMENT);
    ltn_diagnostics_free(list);
    forget(&o);
}

/* Text that would part a field, or end one. */
static void test_texts_round_trip(void **state)
{
    (void)state;
    static const char *const texts[] = {"a,b", "it's", "say \"ah\"", "both ' and \"", "stop!",
                                        "#1",  "a;b",  "钢厂",       "two  blanks"};
    for (size_t k = 0; k < COUNT(texts); k++) {
        ltn_inventory_builder *builder;
        ltn_inventory *made;
        assert_ok(ltn_inventory_builder_create(NULL, &builder));
        assert_ok(ltn_inventory_builder_row(builder));
        const char *pairs[] = {"source", "37001|P|U|R|X|101", "region", "37001",      "sector", "101", "pollutant",
                               "NOX",    "facility",          texts[k], "country_cd", texts[k]};
        for (size_t p = 0; p < COUNT(pairs); p += 2)
            assert_ok(ltn_inventory_builder_text(builder, pairs[p], pairs[p + 1]));
        assert_ok(ltn_inventory_builder_number(builder, "emission_t", 1));
        assert_ok(ltn_inventory_builder_finish(builder, &made));
        const char *path = temporary_path("written.csv");
        assert_ok(ltn_inventory_write_ff10(made, LTN_FF10_POINT, path, NULL));
        outcome read = read_file_at(path);
        assert_string_equal(source_text(read.inventory, "37001|P|U|R|X|101", "facility"), texts[k]);
        assert_string_equal(source_text(read.inventory, "37001|P|U|R|X|101", "country_cd"), texts[k]);
        forget(&read);
        ltn_inventory_free(made);
        ltn_inventory_builder_free(builder);
    }
}

/* ---- months and what becomes of them ---- */

static double january(const ltn_inventory *inventory)
{
    return emission_number(inventory, "37001|2102004001", "NOX", "jan_t");
}

static void test_months_are_carried(void **state)
{
    (void)state;
    outcome o = read_file_at(data_path("ff10/nonpoint.csv"));
    outcome other = read_text("#FORMAT=FF10_NONPOINT\n#YEAR=2017\nUS,99001,,,,1,,NOX,12\n");
    size_t rows = ltn_table_rows(ltn_inventory_emissions(o.inventory));
    uint8_t keep[8] = {1, 1, 1};
    assert_in_range(rows, 1, COUNT(keep));
    ltn_inventory *filtered, *whole;
    assert_ok(ltn_inventory_filter(o.inventory, keep, &filtered));
    assert_same_bits(january(filtered), 2 * T);
    const ltn_inventory *parts[] = {other.inventory, filtered};
    assert_ok(ltn_inventory_concatenate(parts, 2, &whole));
    assert_same_bits(january(whole), 2 * T);
    assert_true(isnan(emission_number(whole, "99001|1", "NOX", "jan_t")));
    ltn_inventory_free(filtered);
    ltn_inventory_free(whole);
    forget(&other);
    forget(&o);
}

static void test_months_follow_the_region(void **state)
{
    (void)state;
    outcome o = read_file_at(data_path("ff10/nonpoint.csv"));
    ltn_crosswalk *crosswalk;
    ltn_inventory *moved;
    assert_ok(ltn_crosswalk_read_csv(write_file("c.csv", "old,new,share\n37001,37901,0.75\n37001,37902,0.25\n"), NULL,
                                     &crosswalk));
    assert_ok(ltn_inventory_recode(o.inventory, crosswalk, 2017, NULL, NULL, &moved));
    assert_close(emission_number(moved, "37001|2102004001@37902", "NOX", "jan_t"), 0.5 * T, 1e-15, 0);
    ltn_inventory_free(moved);
    ltn_crosswalk_free(crosswalk);
    forget(&o);
}

/* 20 % growth and a device of 50 %: 12.5 short tons become 7.5, and January's 2 become 1.2. */
static void test_months_are_projected(void **state)
{
    (void)state;
    outcome o = read_file_at(data_path("ff10/nonpoint.csv"));
    ltn_scenario *plan;
    ltn_projection *run;
    ltn_inventory *projected;
    assert_ok(ltn_scenario_read_yaml(
        write_file("plan.yaml",
                   "scenario: P\nbase_year: 2017\nyears: [2017, 2018]\nmeasures:\n"
                   "  - {id: g, where: {sector: \"2102*\", pollutant: NOX}, grow: {index: {2017: 1, 2018: 1.2}}}\n"
                   "  - {id: c, where: {sector: \"2102*\"}, control: {NOX: {efficiency: 0.5}}}\n"),
        &plan));
    assert_ok(ltn_projection_run(o.inventory, plan, NULL, &run));
    assert_ok(ltn_projection_inventory(run, 2018, &projected));
    assert_close(emission_number(projected, "37001|2102004001", "NOX", "emission_t"), 7.5 * T, 1e-14, 0);
    assert_close(january(projected), 1.2 * T, 1e-14, 0);
    const char *path = temporary_path("2018.csv");
    assert_ok(ltn_inventory_write_ff10(projected, LTN_FF10_NONPOINT, path, NULL));
    outcome read = read_file_at(path);
    assert_close(january(read.inventory), 1.2 * T, 1e-14, 0);
    assert_int_equal(ltn_inventory_base_year(read.inventory), 2018);
    forget(&read);
    ltn_inventory_free(projected);
    ltn_projection_free(run);
    ltn_scenario_free(plan);
    forget(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_points),
        cmocka_unit_test(test_points_with_gaps),
        cmocka_unit_test(test_header_records),
        cmocka_unit_test(test_nonpoint),
        cmocka_unit_test(test_nonroad_year_from_months),
        cmocka_unit_test(test_onroad),
        cmocka_unit_test(test_ways_to_write_a_row),
        cmocka_unit_test(test_numbers_are_exact),
        cmocka_unit_test(test_removal_of_added_rows),
        cmocka_unit_test(test_first_value_of_a_source_stands),
        cmocka_unit_test(test_things_said_once),
        cmocka_unit_test(test_bad_rows),
        cmocka_unit_test(test_all_bad_rows_are_told),
        cmocka_unit_test(test_unknown_region),
        cmocka_unit_test(test_keep_pollutants),
        cmocka_unit_test(test_gb18030),
        cmocka_unit_test(test_blocks_and_ways_agree),
        cmocka_unit_test(test_gzip),
        cmocka_unit_test(test_damaged_gzip),
        cmocka_unit_test(test_gzip_that_expands_beyond_measure),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_numbers_round_trip),
        cmocka_unit_test(test_what_cannot_be_written),
        cmocka_unit_test(test_refuses_to_write),
        cmocka_unit_test(test_texts_round_trip),
        cmocka_unit_test(test_months_are_carried),
        cmocka_unit_test(test_months_follow_the_region),
        cmocka_unit_test(test_months_are_projected),
    };
    obey_test_filter();
    return cmocka_run_group_tests(tests, NULL, remove_temporary_folder);
}
