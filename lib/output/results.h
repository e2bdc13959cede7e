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

/* The ensemble, where there is one and something is uncertain; else NULL. */
const ltn_ensemble *ltn_results_ensemble(const ltn_results *results);

/* Whether the ensemble's totals over all regions can be told: its draws were kept, by year and pollutant. */
bool ltn_results_know_totals(const ltn_results *results);

/* Whether there is a table of indices, and something in it. */
bool ltn_results_know_sensitivity(const ltn_results *results);

/* Fails with LTN_EARGUMENT or LTN_ENOTFOUND where the attribution's method or year is none. */
ltn_status ltn_results_check_attribution(const ltn_results *results);

/* The attribution's files and the table of indices, where there are any. */
ltn_status ltn_results_write_causes(const ltn_results *results);

/* Fails with LTN_EARGUMENT where the ensemble is of another run. */
ltn_status ltn_results_check_ensemble(const ltn_results *results);

/* Quantiles that are written: 2.5, 5, 25, 50, 75, 95 and 97.5 %. */
enum { LTN_QUANTILES = 7 };
extern const double ltn_quantiles[LTN_QUANTILES];

/* The distributions of the ensemble's sums, and of their totals by year and pollutant. */
ltn_status ltn_results_distributions(const ltn_results *results, ltn_table **out);
ltn_status ltn_results_totals(const ltn_results *results, ltn_table **out);

/* Says how the ensemble was drawn, in rows of the table of notes. */
ltn_status ltn_results_note_ensemble(const ltn_results *results, ltn_table *notes);

/* The ensemble's files. */
ltn_status ltn_results_write_ensemble(const ltn_results *results);

ltn_status ltn_results_write_netcdf(const ltn_results *results, const char *path);

#endif
