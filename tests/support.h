/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every test program uses: cmocka with what its header needs, comparisons of our own, files in a
 * folder that goes when the program ends, and reproducible random numbers. */
#ifndef LTN_TESTS_SUPPORT_H
#define LTN_TESTS_SUPPORT_H

/* cmocka.h wants these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <lantian.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* |a − b| <= atol + rtol·|b|, in double: cmocka 1.1.5 compares floats. NaN is close to nothing. */
#define assert_close(a, b, rtol, atol) check_close(a, b, rtol, atol, #a, __FILE__, __LINE__)
void check_close(double a, double b, double rtol, double atol, const char *what, const char *file, int line);

/* The same bits; NaN equals NaN. */
#define assert_same_bits(a, b) check_same_bits(a, b, #a, __FILE__, __LINE__)
void check_same_bits(double a, double b, const char *what, const char *file, int line);

/* A call returned `expected`. A failure must be described under the same code, in words. */
#define assert_status(call, expected) check_status(call, expected, #call, __FILE__, __LINE__)
void check_status(ltn_status got, ltn_status expected, const char *what, const char *file, int line);
#define assert_ok(call) assert_status(call, LTN_OK)

/* `text` holds `part`. */
#define assert_contains(text, part) check_contains(text, part, __FILE__, __LINE__)
void check_contains(const char *text, const char *part, const char *file, int line);

/* `list` has an error or warning at line:column whose message holds `part`. */
#define assert_complaint(list, line, column, part) check_complaint(list, line, column, part, __FILE__, __LINE__)
void check_complaint(const ltn_diagnostics *list, int line, int column, const char *part, const char *file,
                     int at_line);

/* A folder of this program's own, made at the first call, and a path in it (kept until the next 16 calls). */
const char *temporary_folder(void);
const char *temporary_path(const char *name);
int remove_temporary_folder(void **state); /* a group teardown */

/* Writes a file into the temporary folder; returns its path. */
const char *write_file(const char *name, const char *text);
const char *write_bytes(const char *name, const void *data, size_t size);

/* A file's bytes with a NUL behind; the caller frees them. */
char *read_whole(const char *path, size_t *size);

/* A file of tests/data, as a path kept like temporary_path()'s. */
const char *data_path(const char *name);

/* A text that grows; zero-initialise, free `data`. */
typedef struct text_buffer {
    char *data;
    size_t size, capacity;
} text_buffer;
void text_add(text_buffer *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_add_bytes(text_buffer *t, const void *data, size_t size);

/* One value of a source, and of a source's emission of a pollutant; fails where there is no such row or column. */
const char *source_text(const ltn_inventory *inventory, const char *source, const char *column);
double source_number(const ltn_inventory *inventory, const char *source, const char *column);
size_t emission_row(const ltn_inventory *inventory, const char *source, const char *pollutant);
double emission_number(const ltn_inventory *inventory, const char *source, const char *pollutant, const char *column);

/* Same columns, dictionaries, codes, and bits. */
void assert_same_tables(const ltn_table *a, const ltn_table *b);

/* xorshift64*; any state but 0. */
uint64_t random_bits(uint64_t *state);
double random_uniform(uint64_t *state, double low, double high);

/* Runs only the tests whose names match LANTIAN_TEST_ONLY (`*` and `?` glob), where that is set. */
void obey_test_filter(void);

/* True under valgrind, where loops are made shorter. */
bool is_slow(void);

#endif
