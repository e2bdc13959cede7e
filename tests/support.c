/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support.h"

#include <ftw.h>
#include <math.h>
#include <stdio.h>
#include <unistd.h>

/* HDF5 1.10.8 forgets the object header of a record that it then finds damaged. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libhdf5\n";
}

void check_close(double a, double b, double rtol, double atol, const char *what, const char *file, int line)
{
    if (a == b || fabs(a - b) <= atol + rtol * fabs(b)) return;
    print_error("%s is %.17g; expected %.17g within rtol %g, atol %g\n", what, a, b, rtol, atol);
    _fail(file, line);
}

void check_same_bits(double a, double b, const char *what, const char *file, int line)
{
    if (memcmp(&a, &b, sizeof a) == 0 || (isnan(a) && isnan(b))) return;
    print_error("%s is %a; expected %a\n", what, a, b);
    _fail(file, line);
}

void check_status(ltn_status got, ltn_status expected, const char *what, const char *file, int line)
{
    const ltn_error *error = ltn_last_error();
    bool described = got == LTN_OK || (error->code == got && error->message[0]);
    if (got == expected && described) return;
    print_error("%s\n  returned %d (%s); expected %d (%s)\n", what, got, ltn_status_text(got), expected,
                ltn_status_text(expected));
    if (got || !described)
        print_error("  the error is %d, %s:%d:%d: %s\n", error->code, error->source, error->line, error->column,
                    error->message);
    _fail(file, line);
}

void check_contains(const char *whole, const char *part, const char *file, int line)
{
    if (whole && strstr(whole, part)) return;
    print_error("'%s' is not in '%s'\n", part, whole ? whole : "(none)");
    _fail(file, line);
}

void check_complaint(const ltn_diagnostics *list, int line, int column, const char *part, const char *file, int at_line)
{
    for (size_t i = 0; i < ltn_diagnostics_count(list); i++) {
        const ltn_diagnostic *item = ltn_diagnostics_get(list, i);
        if (item->line == line && item->column == column && strstr(item->message, part)) return;
    }
    print_error("no complaint at %d:%d holds '%s'; there are:\n", line, column, part);
    for (size_t i = 0; i < ltn_diagnostics_count(list) && i < 10; i++) {
        const ltn_diagnostic *item = ltn_diagnostics_get(list, i);
        print_error("  %s:%d:%d: %s\n", item->source, item->line, item->column, item->message);
    }
    _fail(file, at_line);
}

/* ---- files ---- */

static char folder[4096];

const char *temporary_folder(void)
{
    if (folder[0]) return folder;
    const char *base = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/lantian-test-XXXXXX", base && *base ? base : "/tmp");
    if (!mkdtemp(folder)) fail_msg("cannot make the folder %s", folder);
    return folder;
}

static const char *keep_path(const char *parent, const char *name)
{
    static char paths[16][4608];
    static size_t next;
    char *path = paths[next++ % COUNT(paths)];
    snprintf(path, sizeof *paths, "%s/%s", parent, name);
    return path;
}

const char *temporary_path(const char *name)
{
    return keep_path(temporary_folder(), name);
}

const char *data_path(const char *name)
{
    const char *data = getenv("LANTIAN_TEST_DATA");
    return keep_path(data ? data : "tests/data", name);
}

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *walk)
{
    (void)info, (void)type, (void)walk;
    return remove(path);
}

int remove_temporary_folder(void **state)
{
    (void)state;
    if (folder[0]) nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    folder[0] = '\0';
    return 0;
}

const char *write_bytes(const char *name, const void *data, size_t size)
{
    const char *path = temporary_path(name);
    FILE *stream = fopen(path, "wb");
    assert_non_null(stream);
    assert_int_equal(fwrite(data, 1, size, stream), size);
    assert_int_equal(fclose(stream), 0);
    return path;
}

const char *write_file(const char *name, const char *contents)
{
    return write_bytes(name, contents, strlen(contents));
}

char *read_whole(const char *path, size_t *size)
{
    FILE *stream = fopen(path, "rb");
    if (!stream) fail_msg("cannot open %s", path);
    text_buffer all = {0};
    char part[4096];
    for (size_t got; (got = fread(part, 1, sizeof part, stream)) > 0;) text_add_bytes(&all, part, got);
    fclose(stream);
    text_add_bytes(&all, "", 0);
    if (size) *size = all.size;
    return all.data;
}

/* ---- growing texts ---- */

void text_add_bytes(text_buffer *t, const void *data, size_t size)
{
    if (t->size + size + 1 > t->capacity) {
        t->capacity = 2 * (t->size + size + 1);
        t->data = realloc(t->data, t->capacity);
        assert_non_null(t->data);
    }
    memcpy(t->data + t->size, data, size);
    t->size += size;
    t->data[t->size] = '\0';
}

void text_add(text_buffer *t, const char *format, ...)
{
    char part[2048];
    va_list args;
    va_start(args, format);
    int length = vsnprintf(part, sizeof part, format, args);
    va_end(args);
    assert_in_range(length, 0, sizeof part - 1);
    text_add_bytes(t, part, (size_t)length);
}

/* ---- inventories ---- */

const char *source_text(const ltn_inventory *inventory, const char *source, const char *column)
{
    const ltn_table *table = ltn_inventory_sources(inventory);
    int32_t row = ltn_inventory_find(inventory, source);
    int c = ltn_table_find(table, column);
    assert_true(row >= 0 && c >= 0);
    assert_int_equal(ltn_table_type(table, (size_t)c), LTN_TEXT);
    return ltn_table_text(table, (size_t)row, (size_t)c);
}

double source_number(const ltn_inventory *inventory, const char *source, const char *column)
{
    const ltn_table *table = ltn_inventory_sources(inventory);
    int32_t row = ltn_inventory_find(inventory, source);
    int c = ltn_table_find(table, column);
    assert_true(row >= 0 && c >= 0);
    assert_int_equal(ltn_table_type(table, (size_t)c), LTN_NUMBER);
    return ltn_table_number(table, (size_t)row, (size_t)c);
}

size_t emission_row(const ltn_inventory *inventory, const char *source, const char *pollutant)
{
    const ltn_table *table = ltn_inventory_emissions(inventory);
    const int32_t *first = ltn_inventory_first(inventory);
    int32_t s = ltn_inventory_find(inventory, source);
    size_t c = (size_t)ltn_table_find(table, "pollutant");
    assert_true(s >= 0);
    for (int32_t e = first[s]; e < first[s + 1]; e++)
        if (strcmp(ltn_table_text(table, (size_t)e, c), pollutant) == 0) return (size_t)e;
    fail_msg("%s has no %s", source, pollutant);
    return 0;
}

double emission_number(const ltn_inventory *inventory, const char *source, const char *pollutant, const char *column)
{
    const ltn_table *table = ltn_inventory_emissions(inventory);
    return ltn_table_number(table, emission_row(inventory, source, pollutant), (size_t)ltn_table_find(table, column));
}

void assert_same_tables(const ltn_table *a, const ltn_table *b)
{
    assert_int_equal(ltn_table_rows(a), ltn_table_rows(b));
    assert_int_equal(ltn_table_columns(a), ltn_table_columns(b));
    size_t rows = ltn_table_rows(a);
    for (size_t c = 0; c < ltn_table_columns(a); c++) {
        assert_string_equal(ltn_table_name(a, c), ltn_table_name(b, c));
        assert_int_equal(ltn_table_type(a, c), ltn_table_type(b, c));
        if (ltn_table_type(a, c) == LTN_NUMBER) {
            for (size_t row = 0; row < rows; row++)
                assert_same_bits(ltn_table_numbers(a, c)[row], ltn_table_numbers(b, c)[row]);
            continue;
        }
        assert_memory_equal(ltn_table_codes(a, c), ltn_table_codes(b, c), rows * sizeof(int32_t));
        assert_int_equal(ltn_table_words(a, c), ltn_table_words(b, c));
        for (size_t w = 0; w < ltn_table_words(a, c); w++)
            assert_string_equal(ltn_table_word(a, c, (int32_t)w), ltn_table_word(b, c, (int32_t)w));
    }
}

/* ---- random numbers ---- */

uint64_t random_bits(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(0x2545F4914F6CDD1D);
}

double random_uniform(uint64_t *state, double low, double high)
{
    return low + (high - low) * ((double)(random_bits(state) >> 11) * 0x1p-53);
}

void obey_test_filter(void)
{
    const char *only = getenv("LANTIAN_TEST_ONLY");
    if (only) cmocka_set_test_filter(only);
}

bool is_slow(void)
{
    return getenv("LANTIAN_TEST_SLOW") != NULL;
}
