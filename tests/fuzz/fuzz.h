/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every fuzz target uses: files that are only in memory, checks that keep the input, and the fixed inventory
 * that scenarios, selectors and tables are held against. */
#ifndef LTN_TESTS_FUZZ_H
#define LTN_TESTS_FUZZ_H

#include <lantian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ---- checks ---- */

/* A promise of the library that the input breaks. Aborts, so that libFuzzer keeps the input; where the environment has
 * LANTIAN_FUZZ_SOFT (a folder), goes on, and puts the first three inputs of every check there. */
#define CHECK(good, ...)                                                                                               \
    do {                                                                                                               \
        if (!(good)) fuzz_broken(__FILE__, __LINE__, __VA_ARGS__);                                                     \
    } while (0)
void fuzz_broken(const char *file, int line, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* To be called first: what fuzz_broken() keeps. */
void fuzz_input(const uint8_t *data, size_t size);

/* A failed call left NULL and said why, under the same code; a successful one left something. Returns `status`. */
ltn_status fuzz_outcome(ltn_status status, const void *out, const char *what);

/* ---- files ---- */

/* Bytes under a name: ltn_file_read() finds them, in a block of exactly their size. NULL `data` removes the name. Of
 * other files only the work folder's and /proc/self/fd's are there, so that no input can `include: /dev/zero`. */
void fuzz_file(const char *name, const void *data, size_t size);

/* A path in a folder of this process, in memory where the system has one. Kept until the next 8 calls. */
const char *fuzz_path(const char *name);

/* The bytes as a file that can be mapped; the path is good until the next call. */
const char *fuzz_mapped(const void *data, size_t size);

/* A whole file of the work folder; the caller frees it. */
char *fuzz_read_whole(const char *path, size_t *size);

/* ---- comparing ---- */

/* Same columns by name, same texts, numbers the same to `tolerance` (relative; 0: to the bit). */
void fuzz_same_inventories(const ltn_inventory *a, const ltn_inventory *b, double tolerance, const char *what);

/* Touches every word and number. */
void fuzz_walk_table(const ltn_table *table);
void fuzz_sink(size_t sum); /* makes what was touched matter */

/* ---- what is fixed ---- */

ltn_tree *fuzz_regions(void);        /* owned by the caller */
ltn_tree *fuzz_sectors(void);        /* owned by the caller */
ltn_inventory *fuzz_inventory(void); /* made at the first call, a view; it has no base year */

#endif
