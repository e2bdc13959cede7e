/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LTN_PROJECTION_PROJECTION_H
#define LTN_PROJECTION_PROJECTION_H

#include "inventory/groups.h"
#include "projection/program.h"

#include <lantian/projection.h>

struct ltn_projection {
    ltn_program program;
    int *years;
    size_t year_count;
    double **emissions; /* of each year, each row */
    ltn_notes notes;    /* of the compilation and of all years */
    int threads;
};

/* Index of a year, or -1. */
int ltn_projection_find_year(const ltn_projection *run, int year);

/* The same run with only a share of each measure's added source let in. */
ltn_status ltn_projection_repeat(const ltn_projection *run, const double *shares, ltn_projection **out);

/* Sums of the inventory itself, by the groups of a projection (derived rows are 0 in it). */
ltn_status ltn_projection_summarise_base(const ltn_projection *run, const ltn_grouping *grouping, ltn_table **out);

/* The ledger of the rows that are marked: a byte each, the base's and then the derived ones'; NULL: of all. */
ltn_status ltn_projection_ledger_of(const ltn_projection *run, const ltn_grouping *grouping, const uint8_t *only,
                                    ltn_table **out);

/* Groups of its rows, the base's and then the derived ones', in the order in which ltn_projection_summarise_at() has
 * them; rows outside the grouping's scope are left out. */
ltn_status ltn_projection_groups(const ltn_projection *run, const ltn_grouping *grouping, ltn_groups *out);

/* The rows of a scope: a byte each, the base's and then the derived ones'. Owned by the caller. */
ltn_status ltn_projection_scope(const ltn_projection *run, const char *name, uint8_t **out);

#endif
