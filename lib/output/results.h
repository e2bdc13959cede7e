/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LTN_OUTPUT_RESULTS_H
#define LTN_OUTPUT_RESULTS_H

#include "assess/offsets.h"

#include <lantian/output.h>

/* What is to be written; without a book, what its run alone has to say. */
typedef struct ltn_results {
    const ltn_projection *run;
    const ltn_offset_book *book;
    const ltn_targets *targets;
    ltn_output_options options;
    const char *folder; /* of tables */
} ltn_results;

/* Whether something owes an offset. */
bool ltn_results_owe(const ltn_results *results);

/* Whether the book's files are written: a bank goes on where nothing owes this time. */
bool ltn_results_keep_book(const ltn_results *results);

ltn_status ltn_results_notes(const ltn_results *results, ltn_table **out);
ltn_status ltn_results_accounts(const ltn_results *results, ltn_table **out);
ltn_status ltn_results_targets(const ltn_results *results, ltn_table **out);

ltn_status ltn_results_write_netcdf(const ltn_results *results, const char *path);

#endif
