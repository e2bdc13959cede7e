/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LANTIAN_EXAMPLES_PLAN_CAUSES_H
#define LANTIAN_EXAMPLES_PLAN_CAUSES_H

#include "plan_options.h"

/* To what the last year's change and the totals' variance are due. Tables are NULL where they were not asked for. */
typedef struct plan_causes {
    ltn_attribution_options how;
    ltn_attribution_summary summary;
    ltn_table *parts;    /* by measure, task, region and pollutant: as attribution.csv has them */
    ltn_table *measures; /* by measure and pollutant: as they are printed */
    ltn_table *indices;  /* NULL, too, where nothing is uncertain */
} plan_causes;

/* Divides the book's run, telling on a terminal how far it is. */
ltn_status plan_causes_run(const plan_options *o, const ltn_offset_book *book, plan_causes *out);
void plan_causes_free(plan_causes *c);

/* The measures of each pollutant, those of the largest change first, and the total change. */
ltn_status print_attribution(const plan_causes *c, const ltn_projection *run, ltn_language language);

/* Of each pollutant the largest total indices with their intervals. */
ltn_status print_sensitivity(const plan_options *o, const plan_causes *c, const ltn_projection *run,
                             ltn_language language);

#endif
