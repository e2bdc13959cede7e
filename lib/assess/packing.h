/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Packing: what to take of many things so that limits hold and the gain is greatest, at the least cost.
 *
 *     maximise Σ gain_j x_j   subject to   Σ_j weight_rj x_j ≤ limit_r,  0 ≤ x_j ≤ most_j
 *     then, of all that gain as much, minimise Σ cost_j x_j
 *
 * Offsets are such a problem: things are pairs of a credit and a project, limits what a project lacks and what a
 * credit has, gains the new tonnes that are covered. With limits of one kind on either side it is the
 * transportation problem (Hitchcock 1941, J. Math. Phys. 20). */
#ifndef LTN_ASSESS_PACKING_H
#define LTN_ASSESS_PACKING_H

#include "base/memory.h"

#include <stdbool.h>

typedef struct ltn_packing {
    size_t rows, columns, groups;
    double *limit;       /* of each row, at least 0 */
    size_t *first;       /* of each column, and one more: its first entry */
    int32_t *row;        /* of each entry */
    double *weight;      /* of each entry */
    double *gain, *cost; /* of each column */
    double *most;        /* of each column; HUGE_VAL: as the rows allow */
    int32_t *kind;       /* of each column, from 0: columns of one kind are rivals */
    size_t *group;       /* columns come in groups; the first of each, and one more */
} ltn_packing;

/* Answers in `x` (of each column) and, where they are not NULL, the shadow prices of the rows: gain_price, what one
 * more unit of the limit would gain; cost_price, what it would save at the same gain. With `gain_only` the cost
 * is left alone and cost_price is not set. Solved with GLPK (simplex, from a
 * greedy answer, columns generated as they are priced in). The same problem has the same answer, bit for bit. */
ltn_status ltn_packing_solve(const ltn_packing *problem, bool gain_only, double *x, double *gain_price,
                             double *cost_price);

#endif
