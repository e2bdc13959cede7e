/* SPDX-License-Identifier: GPL-3.0-or-later */
/* First-order and total indices of Sobol' from a model's values: what share of the variance a group of its inputs
 * brings by itself, and with all it does together with others. */
#ifndef LTN_ASSESS_INDICES_H
#define LTN_ASSESS_INDICES_H

#include "base/status.h"

#include <stdint.h>

/* Values of the model at N points A and N independent points B, and of each group at AB_i: A's points with the group's
 * inputs taken from B. All borrowed. */
typedef struct ltn_variants {
    size_t draws;
    const double *a, *b, *ab; /* ab: group after group, `stride` numbers apart */
    size_t groups, stride;
} ltn_variants;

typedef struct ltn_interval {
    double value, low, high;
} ltn_interval;

typedef struct ltn_index {
    ltn_interval first, total;
} ltn_index;

/* How sure the indices are: the bounds that (1 − confidence)/2 of the resamples lie below and above. */
typedef struct ltn_resampling {
    uint64_t seed;
    size_t resamples; /* 0: no bounds, NaN */
    double confidence;
} ltn_resampling;

/* The indices of each group, and the variance. NaN where nothing varies; rounding, a share of 1e-12, is no variance.
 * Fails with LTN_ENOMEM. */
ltn_status ltn_sobol_indices(const ltn_variants *variants, const ltn_resampling *how, ltn_index *out, double *variance);

#endif
