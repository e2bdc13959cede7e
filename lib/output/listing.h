/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LTN_OUTPUT_LISTING_H
#define LTN_OUTPUT_LISTING_H

#include "output/results.h"

#include "base/memory.h"

#include <stdio.h>

typedef struct ltn_listed {
    const char *name, *meaning;
} ltn_listed;

/* The files that a run writes into its folder, but for README.txt, which lists them. */
typedef struct ltn_listing {
    ltn_arena arena;
    ltn_listed *files;
    size_t count, capacity;
} ltn_listing;

/* Fails with LTN_ENOTFOUND where an inventory is asked for of a year that is not projected. On failure, too, the
 * listing is to be freed. */
ltn_status ltn_listing_make(const ltn_results *results, ltn_listing *out);
void ltn_listing_free(ltn_listing *listing);

/* Fails with LTN_EARGUMENT where a file that will be written is an input of the run. */
ltn_status ltn_listing_spares_inputs(const ltn_listing *listing, const ltn_results *results);

/* The list as README.txt has it. */
void ltn_listing_print(const ltn_listing *listing, FILE *stream);

/* Removes the files that the README.txt of an earlier run lists and this run does not write; inputs of this run
 * stay. */
ltn_status ltn_listing_clear(const ltn_listing *listing, const ltn_results *results);

/* Name of the annex to a project's permit, owned by the caller; NULL with the error set. */
char *ltn_annex_name(const ltn_offset_book *book, const ltn_debit *debit);

#endif
