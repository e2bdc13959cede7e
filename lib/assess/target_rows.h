/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Targets as sums of emission rows, for whoever reckons them many times. */
#ifndef LTN_ASSESS_TARGET_ROWS_H
#define LTN_ASSESS_TARGET_ROWS_H

#include "projection/projection.h"

#include <lantian/targets.h>

/* A target of emissions whose year is projected. */
typedef struct ltn_target_rows {
    size_t target; /* its number */
    bool is_cap, judged;
    double value; /* % of a cut, t/yr of a cap */
    int year;
    int32_t *base, *projected; /* the program's rows that count */
    size_t base_count, projected_count;
} ltn_target_rows;

/* Owned by the caller: ltn_target_rows_free(), also after a failure. */
ltn_status ltn_targets_rows(const ltn_targets *targets, const ltn_projection *run, ltn_target_rows **out,
                            size_t *count);
void ltn_target_rows_free(ltn_target_rows *rows, size_t count);

/* Whether it is met by these sums. */
bool ltn_target_met(const ltn_target_rows *target, double base, double projected);

#endif
