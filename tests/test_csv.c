/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CSV: records, encodings, region and sector tables, inventories; every bad row with its place. */
#include "support.h"

#include "format/csv.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* ---- records ---- */

/* Reads all records of a text and shows them as [field|field]...; a fault as !. */
static void show_records(const char *csv, char *out, size_t size)
{
    ltn_csv_cursor cursor = {.at = csv, .end = csv + strlen(csv), .line = 1};
    size_t used = 0;
    out[0] = '\0';
    while (ltn_csv_next(&cursor)) {
        used += (size_t)snprintf(out + used, size - used, "%d%s[", cursor.record_line, cursor.fault ? "!" : "");
        for (size_t f = 0; f < cursor.count; f++)
            used += (size_t)snprintf(out + used, size - used, "%s%.*s", f ? "|" : "", (int)cursor.fields[f].length,
                                     cursor.fields[f].text);
        used += (size_t)snprintf(out + used, size - used, "]");
    }
    ltn_csv_cursor_free(&cursor);
}

static void test_records(void **state)
{
    (void)state;
    /* RFC 4180, section 2, and what spreadsheets make of it. */
    static const struct {
        const char *csv, *records;
    } cases[] = {
        {"", ""},
        {"\n\r\n\n", ""},
        {"a", "1[a]"},
        {"a,b\nc,d\n", "1[a|b]2[c|d]"},
        {"a,b\r\nc,d\r\n", "1[a|b]2[c|d]"},
        {"a\n\n\nb", "1[a]4[b]"},
        {"a,\n,b\n", "1[a|]2[|b]"},
        {",", "1[|]"},
        {"\"a\",\"b,c\"\n", "1[a|b,c]"},
        {"\"a\nb\",c\nd,e", "1[a\nb|c]3[d|e]"},
        {"\"a\r\nb\",c\nd,e", "1[a\r\nb|c]3[d|e]"},
        {"\"say \"\"no\"\"\",\"\"\"\",\"\"\n", "1[say \"no\"|\"|]"},
        {"  a b  ,c \n", "1[a b|c]"},
        {"\" a \" ,b\n", "1[ a |b]"},
        {"\xE6\xB8\xA9,\xE5\xB7\x9E\n", "1[\xE6\xB8\xA9|\xE5\xB7\x9E]"},
        {"a\"b,c\nd", "1![a\"b|c]2[d]"},
        {"\"a\"b,c\nd", "1![a|c]2[d]"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char got[256];
        show_records(cases[i].csv, got, sizeof got);
        assert_string_equal(got, cases[i].records);
    }
}

/* ---- bad inventories ---- */

typedef struct trees {
    ltn_tree *regions, *sectors;
} trees;

static int read_trees(void **state)
{
    trees *t = calloc(1, sizeof *t);
    assert_ok(ltn_regions_read_csv(data_path("good/regions.csv"), NULL, &t->regions));
    assert_ok(ltn_sectors_read_csv(data_path("good/sectors.csv"), NULL, &t->sectors));
    *state = t;
    return 0;
}

static int free_trees(void **state)
{
    trees *t = *state;
    ltn_tree_free(t->regions);
    ltn_tree_free(t->sectors);
    free(t);
    return remove_temporary_folder(state);
}

static ltn_inventory_options strict_options(const trees *t, ltn_diagnostics *list)
{
    ltn_inventory_options options;
    ltn_inventory_options_init(&options);
    options.diagnostics = list;
    options.regions = t->regions;
    options.sectors = t->sectors;
    return options;
}

/* Holds the complaints against the lines `line:column: part of the message` of the file beside it. */
static void compare_complaints(const char *name, const char *path, const ltn_diagnostics *list)
{
    char expect_name[300];
    snprintf(expect_name, sizeof expect_name, "bad/%.*s.expect", (int)(strlen(name) - strlen(".csv")), name);
    char *expected = read_whole(data_path(expect_name), NULL), *rest = expected;
    size_t count = 0;
    for (char *line; (line = strsep(&rest, "\n")) && *line; count++) {
        const ltn_diagnostic *item = ltn_diagnostics_get(list, count);
        if (!item) fail_msg("%s: nobody complains '%s'", name, line);
        int wanted_line = 0, wanted_column = 0, read = 0;
        assert_int_equal(sscanf(line, "%d:%d: %n", &wanted_line, &wanted_column, &read), 2);
        if (item->line != wanted_line || item->column != wanted_column || !strstr(item->message, line + read))
            fail_msg("%s: %d:%d: %s\n  expected %s", name, item->line, item->column, item->message, line);
        assert_string_equal(item->source, path);
        assert_int_equal(item->severity, LTN_ERROR);
        if (count) continue;
        assert_contains(ltn_last_error()->message, line + read);
        assert_int_equal(ltn_last_error()->line, wanted_line);
        assert_int_equal(ltn_last_error()->column, wanted_column);
    }
    const ltn_diagnostic *more = ltn_diagnostics_get(list, count);
    if (more) fail_msg("%s: not expected: %d:%d: %s", name, more->line, more->column, more->message);
    assert_int_equal(ltn_diagnostics_errors(list), count);
    free(expected);
}

static void check_bad_file(const trees *t, const char *name)
{
    char file[300];
    snprintf(file, sizeof file, "bad/%s", name);
    const char *path = data_path(file);
    ltn_diagnostics *list;
    assert_ok(ltn_diagnostics_create(&list));
    ltn_inventory_options options = strict_options(t, list);
    ltn_inventory *inventory = (ltn_inventory *)1;
    ltn_status status = ltn_inventory_read_csv(path, &options, &inventory);
    if (status == LTN_OK) fail_msg("%s was read", name);
    assert_status(status, LTN_EINPUT);
    assert_null(inventory);
    assert_string_equal(ltn_last_error()->source, path);
    compare_complaints(name, path, list);
    ltn_diagnostics_free(list);

    /* Without a list, the first complaint comes back alone. */
    options.diagnostics = NULL;
    assert_status(ltn_inventory_read_csv(path, &options, &inventory), LTN_EINPUT);
    assert_null(inventory);
}

static void test_bad_files(void **state)
{
    DIR *folder = opendir(data_path("bad"));
    assert_non_null(folder);
    size_t checked = 0;
    for (struct dirent *entry; (entry = readdir(folder));) {
        size_t length = strlen(entry->d_name);
        if (length < 5 || strcmp(entry->d_name + length - 4, ".csv")) continue;
        check_bad_file(*state, entry->d_name);
        checked++;
    }
    closedir(folder);
    assert_true(checked >= 25);
}

static void test_files_that_cannot_be_read(void **state)
{
    (void)state;
    ltn_inventory *inventory = (ltn_inventory *)1;
    ltn_tree *tree = (ltn_tree *)1;
    assert_status(ltn_inventory_read_csv(temporary_path("missing.csv"), NULL, &inventory), LTN_EIO);
    assert_null(inventory);
    assert_string_equal(ltn_last_error()->source, temporary_path("missing.csv"));
    assert_status(ltn_inventory_read_csv(temporary_folder(), NULL, &inventory), LTN_EIO);
    assert_null(inventory);
    assert_status(ltn_regions_read_csv(temporary_path("missing.csv"), NULL, &tree), LTN_EIO);
    assert_null(tree);
    ltn_inventory_options options;
    ltn_inventory_options_init(&options);
    options.encoding = "latin-1";
    assert_status(ltn_inventory_read_csv(data_path("good/small.csv"), &options, &inventory), LTN_EARGUMENT);
    assert_null(inventory);
}

/* A warning or an error of an earlier file neither fails nor is named by the next. */
static void test_a_list_may_be_used_again(void **state)
{
    const trees *t = *state;
    ltn_diagnostics *list;
    assert_ok(ltn_diagnostics_create(&list));
    ltn_inventory_options options = strict_options(t, list);
    ltn_inventory *inventory;
    assert_status(ltn_inventory_read_csv(data_path("bad/removal.csv"), &options, &inventory), LTN_EINPUT);
    assert_ok(ltn_inventory_read_csv(data_path("good/small.csv"), &options, &inventory));
    ltn_inventory_free(inventory);
    assert_status(ltn_inventory_read_csv(data_path("bad/duplicate.csv"), &options, &inventory), LTN_EINPUT);
    assert_contains(ltn_last_error()->message, "has SO2 already");
    assert_contains(ltn_last_error()->message, "and 1 more error");
    ltn_diagnostics_free(list);
}

static void test_complaints_are_capped(void **state)
{
    text_buffer csv = {0};
    text_add(&csv, "source,region,sector,pollutant,emission_t\n");
    for (int i = 0; i < 3000; i++) text_add(&csv, "S%d,330303,combustion,SO2,%s\n", i, i % 2 ? "-1" : "x");
    const char *path = write_bytes("capped.csv", csv.data, csv.size);
    free(csv.data);
    ltn_diagnostics *list;
    assert_ok(ltn_diagnostics_create(&list));
    ltn_inventory_options options = strict_options(*state, list);
    ltn_inventory *inventory;
    assert_status(ltn_inventory_read_csv(path, &options, &inventory), LTN_EINPUT);
    assert_int_equal(ltn_diagnostics_count(list), 1000);
    assert_int_equal(ltn_diagnostics_errors(list), 3000);
    assert_contains(ltn_last_error()->message, "and 2999 more errors");
    for (size_t i = 1; i < 1000; i++)
        assert_true(ltn_diagnostics_get(list, i - 1)->line < ltn_diagnostics_get(list, i)->line);
    ltn_diagnostics_free(list);
}

/* ---- good inventories ---- */

static ltn_inventory *read_good(const trees *t, const char *name, const char *encoding)
{
    ltn_inventory_options options = strict_options(t, NULL);
    options.encoding = encoding;
    ltn_inventory *inventory;
    assert_ok(ltn_inventory_read_csv(data_path(name), &options, &inventory));
    return inventory;
}

static void test_small_inventory(void **state)
{
    ltn_inventory *inventory = read_good(*state, "good/small.csv", NULL);
    assert_int_equal(ltn_table_rows(ltn_inventory_sources(inventory)), 4);
    assert_int_equal(ltn_table_rows(ltn_inventory_emissions(inventory)), 6);
    assert_int_equal(ltn_inventory_first(inventory)[4], 6);
    assert_int_equal(ltn_inventory_base_year(inventory), 2015);
    assert_string_equal(ltn_inventory_baseline(inventory), "环统2015");
    assert_string_equal(ltn_inventory_metadata(inventory, "title"), "a small inventory: four sources");
    assert_null(ltn_inventory_metadata(inventory, "just a remark"));
    assert_int_equal(ltn_inventory_find(inventory, "nobody"), -1);

    /* E = A · EF · (1 − R), by hand: 2.385e4 t x 7.3 kg/t x 0.65; 2.385e4 t x 3.1 g/kg;
     * 47.3e4 vehicle km x 5.1 g. */
    assert_close(emission_number(inventory, "B1", "SO2", "emission_t"), 113.16825, 1e-14, 0);
    assert_close(emission_number(inventory, "B1", "SO2", "removal"), 0.35, 1e-15, 0);
    assert_close(emission_number(inventory, "B1", "NOx", "emission_t"), 73.935, 1e-14, 0);
    assert_close(emission_number(inventory, "R1", "NOx", "emission_t"), 2.4123, 1e-14, 0);
    assert_true(isnan(emission_number(inventory, "R1", "NOx", "removal")));
    assert_true(emission_number(inventory, "P1", "SO2", "emission_t") == 1234.5);
    assert_true(emission_number(inventory, "S1", "VOC", "emission_t") == 88.25);
    assert_int_equal(ltn_inventory_removal_assumed(inventory), 1); /* R1 */
    ltn_inventory_free(inventory);
}

static void test_attributes(void **state)
{
    ltn_inventory *inventory = read_good(*state, "good/small.csv", NULL);
    assert_string_equal(source_text(inventory, "P1", "name"), "Plant \"One\", unit 1");
    assert_string_equal(source_text(inventory, "B1", "name"), "龙湾锅炉一号");
    assert_string_equal(source_text(inventory, "B1", "tags"), "key;old");
    assert_null(source_text(inventory, "P1", "tags"));
    assert_true(source_number(inventory, "P1", "capacity") == 600); /* written '600 MW' */
    assert_string_equal(source_text(inventory, "P1", "capacity_unit"), "MW");
    assert_string_equal(source_text(inventory, "B1", "capacity_unit"), "t/h");
    assert_true(isnan(source_number(inventory, "S1", "capacity")));
    /* The user's columns: numbers where all values are, but a leading zero makes a code, and so does `stage`. */
    assert_true(source_number(inventory, "P1", "stack_m") == 210);
    assert_true(isnan(source_number(inventory, "S1", "stack_m")));
    assert_string_equal(source_text(inventory, "B1", "postcode"), "032500");
    assert_string_equal(source_text(inventory, "P1", "postcode"), "325700");
    assert_string_equal(source_text(inventory, "R1", "stage"), "IV");
    ltn_inventory_free(inventory);
}

static void test_types_of_attributes(void **state)
{
    (void)state;
    const char *path =
        write_file("types.csv", "source,region,sector,pollutant,emission_t,age,zip,mixed,stage,zero,blank,big\n"
                                "A,r,s,SO2,1,7,0325,12,4,0,,1e999\n"
                                "B,r,s,SO2,1,-2.5e1,325000,twelve,5,0.5,,2\n"
                                "C,r,s,SO2,1,,,,,,,\n");
    static const ltn_column_type types[] = {LTN_NUMBER, LTN_TEXT, LTN_TEXT, LTN_TEXT, LTN_NUMBER, LTN_TEXT, LTN_TEXT};
    ltn_inventory *inventory;
    assert_ok(ltn_inventory_read_csv(path, NULL, &inventory));
    const ltn_table *sources = ltn_inventory_sources(inventory);
    size_t c = (size_t)ltn_table_find(sources, "age");
    for (size_t i = 0; i < COUNT(types); i++) assert_int_equal(ltn_table_type(sources, c + i), types[i]);
    assert_true(source_number(inventory, "B", "age") == -25);
    assert_true(isnan(source_number(inventory, "C", "age")));
    ltn_inventory_free(inventory);
}

/* Two ways to write one number are one value. */
static void test_equal_numbers_do_not_conflict(void **state)
{
    (void)state;
    const char *path = write_file("equal.csv", "source,region,sector,pollutant,emission_t,lon,stack_m\n"
                                               "A,r,s,SO2,1,120.50,45.50\nA,r,s,NOx,1,1.205e2,45.5\n");
    ltn_inventory *inventory;
    assert_ok(ltn_inventory_read_csv(path, NULL, &inventory));
    assert_true(source_number(inventory, "A", "stack_m") == 45.5);
    ltn_inventory_free(inventory);
}

static void test_byte_order_mark_and_crlf(void **state)
{
    ltn_inventory *inventory = read_good(*state, "good/bom_crlf.csv", "UTF-8");
    assert_int_equal(ltn_inventory_base_year(inventory), 2015);
    assert_string_equal(ltn_inventory_baseline(inventory), "");
    assert_int_equal(ltn_table_rows(ltn_inventory_sources(inventory)), 2);
    assert_string_equal(source_text(inventory, "A", "remark"), "two\r\nlines");
    assert_string_equal(source_text(inventory, "B", "remark"), "say \"no\"");
    assert_string_equal(source_text(inventory, "B", "region"), "330305");
    assert_true(emission_number(inventory, "B", "NOx", "emission_t") == 7.1);
    ltn_inventory_free(inventory);
}

static void test_gb18030(void **state)
{
    ltn_inventory *inventory = read_good(*state, "good/gb18030.csv", "GB18030");
    assert_string_equal(ltn_inventory_baseline(inventory), "环统2015");
    assert_string_equal(source_text(inventory, "甲", "name"), "龙湾镕锅炉");
    ltn_inventory_free(inventory);
    const char *path = write_bytes("bad-gb.csv", "source,region,sector,pollutant,emission_t\n\xFF\xFF,r,s,SO2,1\n", 56);
    ltn_inventory_options options = strict_options(*state, NULL);
    options.encoding = "gb18030";
    assert_status(ltn_inventory_read_csv(path, &options, &inventory), LTN_EINPUT);
    assert_contains(ltn_last_error()->message, "not GB18030");
    assert_null(inventory);
}

/* Rows of Chinese text are longer in UTF-8 than in the file: what is told about the file must not be
 * told by offsets into the converted text. */
static void test_a_long_gb18030_file_leaves_other_memory_alone(void **state)
{
    enum { ROWS = 20000, CANARIES = 64, CANARY = 1 << 20 };
    text_buffer csv = {0};
    text_add(&csv, "source,region,sector,pollutant,emission_t,name\n");
    for (int i = 0; i < ROWS; i++)
        text_add(&csv, "S%d,330303,combustion,SO2,1.5,", i),
            text_add(
                &csv, "%s\n",
                "\xC1\xFA\xCD\xE5\xB9\xF8\xC2\xAF\xC1\xFA\xCD\xE5\xB9\xF8\xC2\xAF\xC1\xFA\xCD\xE5\xB9\xF8\xC2\xAF");
    const char *path = write_bytes("long-gb.csv", csv.data, csv.size);
    free(csv.data);
    unsigned char *canaries[CANARIES]; /* large blocks, mapped next to what the reader maps */
    for (size_t i = 0; i < CANARIES; i++) memset(canaries[i] = malloc(CANARY), 0xA5, CANARY);
    ltn_inventory_options options = strict_options(*state, NULL);
    options.encoding = "gb18030";
    ltn_inventory *inventory;
    assert_ok(ltn_inventory_read_csv(path, &options, &inventory));
    for (size_t i = 0; i < CANARIES; i++) {
        for (size_t k = 0; k < CANARY; k += 512)
            if (canaries[i][k] != 0xA5) fail_msg("byte %zu of block %zu has become 0x%02X", k, i, canaries[i][k]);
        free(canaries[i]);
    }
    assert_int_equal(ltn_table_rows(ltn_inventory_sources(inventory)), ROWS);
    assert_string_equal(source_text(inventory, "S19999", "name"), "龙湾锅炉龙湾锅炉龙湾锅炉");
    ltn_inventory_free(inventory);
}

static void test_no_defaults(void **state)
{
    ltn_diagnostics *list;
    assert_ok(ltn_diagnostics_create(&list));
    ltn_inventory_options options = strict_options(*state, list);
    options.no_defaults = 1;
    ltn_inventory *inventory;
    assert_status(ltn_inventory_read_csv(data_path("good/small.csv"), &options, &inventory), LTN_EINPUT);
    assert_null(inventory);
    assert_complaint(list, 10, 87, "removal is blank and no default is allowed");
    assert_int_equal(ltn_diagnostics_count(list), 1);
    ltn_diagnostics_free(list);
}

/* ---- large rows and files ---- */

static void expect_long_row(const trees *t, const char *path, int line)
{
    ltn_diagnostics *list;
    assert_ok(ltn_diagnostics_create(&list));
    ltn_inventory_options options = strict_options(t, list);
    ltn_inventory *inventory;
    ltn_status status = ltn_inventory_read_csv(path, &options, &inventory);
    assert_true(status == LTN_EINPUT || status == LTN_ELIMIT);
    assert_null(inventory);
    assert_complaint(list, line, 1, "the row is longer than 1 MiB");
    ltn_diagnostics_free(list);
}

static const char header[] = "source,region,sector,pollutant,emission_t,name\n";

static const char *write_long_row(const char *name, const char *piece, size_t times)
{
    text_buffer csv = {0};
    text_add(&csv, "%sA,330303,combustion,SO2,1,", header);
    for (size_t i = 0; i < times; i++) text_add_bytes(&csv, piece, strlen(piece));
    text_add(&csv, "\nB,330303,combustion,SO2,1,x\n");
    const char *path = write_bytes(name, csv.data, csv.size);
    free(csv.data);
    return path;
}

static void test_long_rows(void **state)
{
    expect_long_row(*state, write_long_row("long-plain.csv", "name", 3 << 18), 2);
    expect_long_row(*state, write_long_row("long-commas.csv", ",", 3 << 20), 2);
    expect_long_row(*state, write_long_row("long-quoted.csv", "\"quoted\",", 3 << 17), 2);
}

/* Quotes that are doubled are undoubled into memory that is made once. */
static void test_long_rows_of_doubled_quotes(void **state)
{
    expect_long_row(*state, write_long_row("long-doubled.csv", "\"a\"\"bcdefgh\",", 3 << 18), 2);
    text_buffer field = {0};
    text_add(&field, "\"\"\"");
    for (int i = 0; i < 15 << 16; i++) text_add_bytes(&field, "x", 1);
    text_add(&field, "\",");
    expect_long_row(*state, write_long_row("long-fields.csv", field.data, 3), 2);
    free(field.data);
}

static void test_a_row_just_short_enough(void **state)
{
    text_buffer csv = {0};
    text_add(&csv, "%sA,330303,combustion,SO2,2.385,\"\"\"", header);
    for (int i = 0; i < 1000000; i++) text_add_bytes(&csv, "x", 1);
    text_add(&csv, "\"\n");
    const char *path = write_bytes("just.csv", csv.data, csv.size);
    free(csv.data);
    ltn_inventory_options options = strict_options(*state, NULL);
    ltn_inventory *inventory;
    assert_ok(ltn_inventory_read_csv(path, &options, &inventory));
    const char *name = source_text(inventory, "A", "name");
    assert_int_equal(strlen(name), 1000001);
    assert_true(name[0] == '"' && name[1] == 'x' && name[1000000] == 'x');
    ltn_inventory_free(inventory);
}

/* A text of several blocks in which quotes, commas and line ends stand everywhere. `bad`: some rows are. */
static const char *write_blocks(const char *name, bool bad, const char *tail)
{
    uint64_t random = bad ? 330371 : 330303;
    text_buffer csv = {0};
    text_add(&csv, "# base_year: 2015\n%s", header);
    for (int row = 0; csv.size < 5u << 20; row++) {
        const char *value = bad && random_bits(&random) % 5000 == 0 ? (row % 2 ? "-3" : "x") : "0.25";
        const char *region = bad && random_bits(&random) % 9000 == 0 ? "330399" : "330303";
        text_add(&csv, "S%d,%s,combustion,%s,%s,\"", row / 3, region, (const char *[]){"SO2", "NOx", "VOC"}[row % 3],
                 value);
        for (size_t k = random_bits(&random) % 60; row % 3 == 0 && k > 0; k--)
            text_add(&csv, "%s", (const char *[]){"a", ",", "\n", "\"\"", "温", "\r\n", "1"}[random_bits(&random) % 7]);
        text_add(&csv, "\"%s", row % 7 ? "\n" : "\r\n");
    }
    text_add(&csv, "%s", tail);
    const char *path = write_bytes(name, csv.data, csv.size);
    free(csv.data);
    return path;
}

static void test_blocks_give_one_inventory(void **state)
{
    const char *path = write_blocks("blocks.csv", false, "");
    ltn_inventory_options options = strict_options(*state, NULL);
    ltn_inventory *alone, *together;
    options.threads = 1;
    assert_ok(ltn_inventory_read_csv(path, &options, &alone));
    for (int threads = 2; threads <= 8; threads *= 4) {
        options.threads = threads;
        assert_ok(ltn_inventory_read_csv(path, &options, &together));
        assert_same_tables(ltn_inventory_sources(alone), ltn_inventory_sources(together));
        assert_same_tables(ltn_inventory_emissions(alone), ltn_inventory_emissions(together));
        ltn_inventory_free(together);
    }
    ltn_inventory_free(alone);
}

static ltn_diagnostics *complaints_about(const trees *t, const char *path, int threads)
{
    ltn_diagnostics *list;
    assert_ok(ltn_diagnostics_create(&list));
    ltn_inventory_options options = strict_options(t, list);
    options.threads = threads;
    ltn_inventory *inventory;
    assert_status(ltn_inventory_read_csv(path, &options, &inventory), LTN_EINPUT);
    assert_null(inventory);
    return list;
}

static void assert_same_complaints(const trees *t, const char *path, size_t at_least)
{
    ltn_diagnostics *alone = complaints_about(t, path, 1);
    assert_true(ltn_diagnostics_errors(alone) >= at_least);
    for (int threads = 2; threads <= 8; threads *= 4) {
        ltn_diagnostics *together = complaints_about(t, path, threads);
        assert_int_equal(ltn_diagnostics_errors(alone), ltn_diagnostics_errors(together));
        assert_int_equal(ltn_diagnostics_count(alone), ltn_diagnostics_count(together));
        for (size_t i = 0; i < ltn_diagnostics_count(alone); i++) {
            const ltn_diagnostic *a = ltn_diagnostics_get(alone, i), *b = ltn_diagnostics_get(together, i);
            assert_string_equal(a->message, b->message);
            assert_int_equal(a->line, b->line);
            assert_int_equal(a->column, b->column);
        }
        ltn_diagnostics_free(together);
    }
    ltn_diagnostics_free(alone);
}

static void test_blocks_give_the_same_complaints(void **state)
{
    assert_same_complaints(*state, write_blocks("bad-blocks.csv", true, ""), 10);
    /* Where a quote is wrong, where rows begin is in doubt for every block behind it. */
    assert_same_complaints(*state, write_blocks("open.csv", true, "Z,330303,combustion,SO2,1,\"never closed\n"), 10);
    assert_same_complaints(*state, write_blocks("stray.csv", false, "Z,330303,combustion,SO2,1,st\"ray\n"), 1);
}

/* A complaint of a row at the file's end has the line that grep -n counts. */
static void test_lines_are_counted_across_blocks(void **state)
{
    const char *path = write_blocks("lines.csv", false, "Z,330303,combustion,SO2,-1,last\n");
    size_t size, lines = 0;
    char *whole = read_whole(path, &size);
    for (size_t i = 0; i < size; i++) lines += whole[i] == '\n';
    free(whole);
    for (int threads = 1; threads <= 8; threads *= 2) {
        ltn_diagnostics *list = complaints_about(*state, path, threads);
        assert_complaint(list, (int)lines, 25, "emission_t -1 is negative");
        ltn_diagnostics_free(list);
    }
}

/* Every row but the first is a duplicate; were the file read again for each twin's line, this would not end. */
static void test_many_duplicates_are_all_found(void **state)
{
    text_buffer csv = {0};
    text_add(&csv, "%s", header);
    size_t rows = is_slow() ? 5000 : 100000;
    for (size_t i = 0; i < rows; i++) text_add(&csv, "A,330303,combustion,SO2,1,\n");
    const char *path = write_bytes("twins.csv", csv.data, csv.size);
    free(csv.data);
    ltn_diagnostics *list = complaints_about(*state, path, 1);
    assert_int_equal(ltn_diagnostics_errors(list), rows - 1);
    ltn_diagnostics_free(list);
}

static void test_lone_carriage_returns(void **state)
{
    /* Old Macintosh line ends: what begins a row also begins a line, in every complaint. */
    const char *path = write_file("mac.csv", "source,region,sector,pollutant,emission_t\rA,330303,combustion,SO2,1\r"
                                             "B,330303,combustion,SO2,-1\rC,330303,combustion,SO2,x\r");
    ltn_diagnostics *list = complaints_about(*state, path, 1);
    assert_complaint(list, 3, 25, "emission_t -1 is negative");
    assert_complaint(list, 4, 25, "emission_t 'x' is not a finite number");
    ltn_diagnostics_free(list);
}

/* A unit that is none is an error also where the emission is given and nothing is reckoned: what is read
 * as the unit may be the rest of a number. */
static void test_units_of_what_is_not_reckoned(void **state)
{
    static const char *const cells[] = {"\"12,345.6\",", "1.2.3,", "12abc,", "7,nonsense"};
    for (size_t i = 0; i < COUNT(cells); i++) {
        char csv[256];
        snprintf(csv, sizeof csv,
                 "source,region,sector,pollutant,emission_t,activity,activity_unit\n"
                 "A,330303,combustion,SO2,1,%s\n",
                 cells[i]);
        ltn_diagnostics *list = complaints_about(*state, write_file("unit.csv", csv), 1);
        assert_int_equal(ltn_diagnostics_count(list), 1);
        assert_complaint(list, 2, 27, "activity");
        ltn_diagnostics_free(list);
    }
}

/* Spreadsheets fill remarks up with commas. */
static void test_metadata_from_a_spreadsheet(void **state)
{
    ltn_inventory_options options = strict_options(*state, NULL);
    ltn_inventory *inventory;
    const char *path =
        write_file("sheet.csv", "# base_year: 2015,,,,\r\n#baseline:  环统2015 ,,,,\r\n"
                                "source,region,sector,pollutant,emission_t\r\nA,330303,combustion,SO2,1\r\n");
    assert_ok(ltn_inventory_read_csv(path, &options, &inventory));
    assert_int_equal(ltn_inventory_base_year(inventory), 2015);
    assert_string_equal(ltn_inventory_baseline(inventory), "环统2015");
    ltn_inventory_free(inventory);
}

/* ---- tables of regions and sectors ---- */

static void test_regions_in_any_order(void **state)
{
    const trees *t = *state;
    const ltn_tree *tree = t->regions;
    assert_int_equal(ltn_tree_count(tree), 5);
    int32_t zone = ltn_tree_find(tree, "330371"), county = ltn_tree_find(tree, "330303"),
            city = ltn_tree_find(tree, "330300"), other = ltn_tree_find(tree, "330305");
    assert_int_equal(ltn_tree_parent(tree, zone), county);
    assert_int_equal(ltn_tree_parent(tree, county), city);
    assert_int_equal(ltn_tree_parent(tree, city), -1);
    assert_int_equal(ltn_tree_depth(tree, zone), 2);
    assert_int_equal(ltn_tree_ancestor(tree, zone, 1), county);
    assert_int_equal(ltn_tree_ancestor(tree, zone, 0), city);
    assert_int_equal(ltn_tree_ancestor(tree, zone, 5), zone);
    assert_true(ltn_tree_contains(tree, county, zone));
    assert_true(ltn_tree_contains(tree, city, zone));
    assert_true(ltn_tree_contains(tree, zone, zone));
    assert_false(ltn_tree_contains(tree, other, zone));
    assert_false(ltn_tree_contains(tree, zone, county));
    assert_string_equal(ltn_tree_name(tree, county, LTN_CHINESE), "龙湾区");
    assert_string_equal(ltn_tree_name(tree, county, LTN_ENGLISH), "Longwan");
    const ltn_table *table = ltn_tree_table(tree);
    assert_string_equal(ltn_table_text(table, (size_t)zone, (size_t)ltn_table_find(table, "kind")), "zone");
    assert_string_equal(ltn_table_text(table, (size_t)zone, (size_t)ltn_table_find(table, "area_km2")), "134");
    assert_int_equal(ltn_tree_find(tree, "999999"), -1);
    assert_null(ltn_tree_code(tree, 5));
    assert_null(ltn_tree_code(tree, -1));
}

static void test_sectors_imply_their_parents(void **state)
{
    const trees *t = *state;
    const ltn_tree *tree = t->sectors;
    int32_t wood = ltn_tree_find(tree, "solvent.coating.wood"), solvent = ltn_tree_find(tree, "solvent");
    assert_int_equal(ltn_tree_count(tree), 10); /* six rows; solvent, solvent.coating, mobile, mobile.road */
    assert_int_equal(ltn_tree_parent(tree, ltn_tree_find(tree, "solvent.coating")), solvent);
    assert_int_equal(ltn_tree_ancestor(tree, wood, 0), solvent);
    assert_int_equal(ltn_tree_depth(tree, wood), 2);
    assert_string_equal(ltn_tree_name(tree, wood, LTN_CHINESE), "木器涂装");
    assert_string_equal(ltn_tree_name(tree, solvent, LTN_CHINESE), "solvent"); /* implied: no name */
    const ltn_table *table = ltn_tree_table(tree);
    assert_string_equal(ltn_table_text(table, (size_t)wood, (size_t)ltn_table_find(table, "scc")), "2401020000");
}

static void expect_bad_tree(bool sectors, const char *csv, int line, int column, const char *message)
{
    ltn_diagnostics *list;
    assert_ok(ltn_diagnostics_create(&list));
    ltn_read_options options;
    ltn_read_options_init(&options);
    options.diagnostics = list;
    ltn_tree *tree = (ltn_tree *)1;
    const char *path = write_file("tree.csv", csv);
    assert_status((sectors ? ltn_sectors_read_csv : ltn_regions_read_csv)(path, &options, &tree), LTN_EINPUT);
    assert_null(tree);
    assert_complaint(list, line, column, message);
    ltn_diagnostics_free(list);
}

static void test_bad_trees(void **state)
{
    (void)state;
    expect_bad_tree(false, "region,parent\nA,\n温,AA\n", 3, 3,
                    "parent 'AA' of region '温' is not in the table; the nearest is 'A'");
    expect_bad_tree(false, "region,parent\nA,C\nB,A\nC,B\nD,\n", 1, 1, "lies inside itself");
    expect_bad_tree(false, "region,parent\nA,A\n", 1, 1, "region 'A' lies inside itself");
    expect_bad_tree(false, "parent,region\n,A\nA,B\n,A\n", 4, 2, "region 'A' is in the table twice");
    expect_bad_tree(false, "region,parent\n,A\nA,\n", 2, 1, "region is blank");
    expect_bad_tree(false, "code,parent\nA,\n", 1, 1, "the required column 'region' is missing");
    expect_bad_tree(false, "region,parent\nA\n", 2, 1, "the row has 1 columns; the header has 2");
    expect_bad_tree(false, "region,parent\nA,\"\n", 2, 3, "the quote that opens here is never closed");
    expect_bad_tree(false, "", 1, 1, "the file is empty");
    expect_bad_tree(true, "sector\na.b\na.b\n", 3, 1, "sector 'a.b' is in the table twice");
}

/* Dots that stand for no name. */
static void test_sectors_with_empty_parts(void **state)
{
    (void)state;
    expect_bad_tree(true, "sector\na..b\n", 2, 1, "a..b");
    expect_bad_tree(true, "sector\n.a\n", 2, 1, ".a");
    expect_bad_tree(true, "sector\na.\n", 2, 1, "a.");
}

static void test_a_parent_may_be_named_before_its_row(void **state)
{
    (void)state;
    ltn_tree *tree;
    assert_ok(ltn_sectors_read_csv(write_file("s.csv", "sector,name\na.b.c,C\na.b,B\na,\n"), NULL, &tree));
    assert_int_equal(ltn_tree_count(tree), 3);
    assert_string_equal(ltn_tree_name(tree, ltn_tree_find(tree, "a.b"), LTN_ENGLISH), "B");
    ltn_tree_free(tree);
}

/* A user's column may be called as one of ours is inside. */
static void test_a_column_called_code(void **state)
{
    (void)state;
    ltn_tree *tree;
    assert_ok(ltn_regions_read_csv(write_file("code.csv", "region,parent,code\nA,,x1\nB,A,x2\n"), NULL, &tree));
    assert_int_equal(ltn_tree_count(tree), 2);
    assert_int_equal(ltn_tree_find(tree, "x2"), -1);
    assert_string_equal(ltn_tree_code(tree, 1), "B");
    assert_string_equal(ltn_table_text(ltn_tree_table(tree), 1, 0), "B");
    ltn_tree_free(tree);
}

static void test_deep_trees_are_checked_in_good_time(void **state)
{
    (void)state;
    text_buffer csv = {0};
    text_add(&csv, "region,parent\nR0,\n");
    int nodes = is_slow() ? 1000 : 20000;
    for (int i = 1; i < nodes; i++) text_add(&csv, "R%d,R%d\n", i, i - 1);
    ltn_tree *tree;
    assert_ok(ltn_regions_read_csv(write_bytes("deep.csv", csv.data, csv.size), NULL, &tree));
    free(csv.data);
    assert_int_equal(ltn_tree_depth(tree, nodes - 1), nodes - 1);
    ltn_tree_free(tree);
}

/* Lines and characters counted by hand: `# x` is line 1, and the second cell of the first row spans lines 3 and 4. */
static void test_places_of_a_table(void **state)
{
    (void)state;
    static const char csv[] = "# x\na,b,c\n\xE5\x8E\x82,\"two\nlines\",1\n\n , 2,\"\"\n";
    static const struct {
        size_t row, column;
        int line, character;
    } cells[] = {{0, 0, 3, 1}, {0, 1, 3, 3}, {0, 3, 3, 1}, {1, 1, 6, 4}, {1, 2, 6, 6}, {1, (size_t)-1, 6, 1}};
    ltn_table *table;
    int line = -1, character = -1;
    assert_ok(ltn_table_read_csv(write_bytes("places.csv", csv, sizeof csv - 1), NULL, &table));
    assert_false(ltn_table_place(table, 2, 0, &line, &character));
    assert_int_equal(line, -1);
    for (size_t i = 0; i < COUNT(cells); i++) {
        assert_true(ltn_table_place(table, cells[i].row, cells[i].column, &line, &character));
        assert_int_equal(line, cells[i].line);
        assert_int_equal(character, cells[i].character);
    }
    ltn_table_free(table);
    assert_non_null(table = ltn_table_create());
    assert_ok(ltn_table_resize(table, 1));
    assert_false(ltn_table_place(table, 0, 0, &line, &character)); /* of no file */
    ltn_table_free(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_records),
        cmocka_unit_test(test_bad_files),
        cmocka_unit_test(test_files_that_cannot_be_read),
        cmocka_unit_test(test_a_list_may_be_used_again),
        cmocka_unit_test(test_complaints_are_capped),
        cmocka_unit_test(test_small_inventory),
        cmocka_unit_test(test_attributes),
        cmocka_unit_test(test_types_of_attributes),
        cmocka_unit_test(test_equal_numbers_do_not_conflict),
        cmocka_unit_test(test_byte_order_mark_and_crlf),
        cmocka_unit_test(test_gb18030),
        cmocka_unit_test(test_a_long_gb18030_file_leaves_other_memory_alone),
        cmocka_unit_test(test_no_defaults),
        cmocka_unit_test(test_long_rows),
        cmocka_unit_test(test_long_rows_of_doubled_quotes),
        cmocka_unit_test(test_a_row_just_short_enough),
        cmocka_unit_test(test_blocks_give_one_inventory),
        cmocka_unit_test(test_blocks_give_the_same_complaints),
        cmocka_unit_test(test_lines_are_counted_across_blocks),
        cmocka_unit_test(test_many_duplicates_are_all_found),
        cmocka_unit_test(test_lone_carriage_returns),
        cmocka_unit_test(test_units_of_what_is_not_reckoned),
        cmocka_unit_test(test_metadata_from_a_spreadsheet),
        cmocka_unit_test(test_regions_in_any_order),
        cmocka_unit_test(test_sectors_imply_their_parents),
        cmocka_unit_test(test_bad_trees),
        cmocka_unit_test(test_sectors_with_empty_parts),
        cmocka_unit_test(test_a_parent_may_be_named_before_its_row),
        cmocka_unit_test(test_a_column_called_code),
        cmocka_unit_test(test_deep_trees_are_checked_in_good_time),
        cmocka_unit_test(test_places_of_a_table),
    };
    obey_test_filter();
    return cmocka_run_group_tests_name("csv", tests, read_trees, free_trees);
}
