/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LANTIAN_EXAMPLES_PLAN_ENSEMBLE_H
#define LANTIAN_EXAMPLES_PLAN_ENSEMBLE_H

#include "plan_options.h"

/* What was drawn of a run. Tables are NULL where there is nothing of their kind. */
typedef struct plan_ensemble {
    ltn_ensemble *ensemble; /* NULL: none was asked for */
    size_t inputs;          /* 0: nothing is uncertain, and nothing was drawn */
    ltn_table *totals, *targets, *projects;
} plan_ensemble;

/* Draws the book's run, telling on a terminal how far it is. `targets` may be NULL. */
ltn_status plan_ensemble_run(const plan_options *o, const ltn_offset_book *book, const ltn_targets *targets,
                             plan_ensemble *out);
void plan_ensemble_free(plan_ensemble *e);

/* Says how it was drawn, and the totals by pollutant of the base year and the last. */
void print_ensemble(const plan_options *o, const plan_ensemble *e, const ltn_projection *run, ltn_language language);

/* `0.870 ± 0.003` of a row of targets, or of projects; empty where it is absent. What happened in all n draws, or in
 * none, is not thereby certain: then the bound that holds at 95 %, 1 − 3/n or 3/n. */
void chance_text(const plan_ensemble *e, const ltn_table *table, size_t row, const char *share, char *out, size_t size);

#endif
