/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Exact mean and variance of Σ_i w_i · Π_f (offset_if + slope_if · q_f), where q_f is the draw of a law on a stream: what
 * rows of one stream share. It is what lantian/moments.h does for any law, and for factors that are a share of
 * something: 1 − R, or 1 − p·r of a device. */
#ifndef LTN_ASSESS_PRODUCT_MOMENTS_H
#define LTN_ASSESS_PRODUCT_MOMENTS_H

#include "projection/inputs.h"

#include <lantian/moments.h>

/* A factor of a row. Of a relative law (offset 0, slope 1) it is the multiplier; of a removal that takes R's place
 * where 1 − R is in the weight, offset 1/(1 − R), slope −1/(1 − R). */
typedef struct ltn_row_factor {
    uint64_t stream;
    int32_t law;
    double offset, slope;
} ltn_row_factor;

/* All borrowed. Streams are independent of each other (a copula's are not: leave those to the ensemble). */
typedef struct ltn_product_rows {
    size_t count;
    const double *weight; /* of each row */
    const size_t *first;  /* rows + 1: its factors */
    const ltn_row_factor *factors;
    const ltn_law *laws;
    size_t law_count;
} ltn_product_rows;

/* Fails with LTN_EARGUMENT where a row has a stream twice (it is then no product of independent factors) or a result is
 * no number, LTN_ELIMIT where it has more than LTN_SHARED_FACTORS_MAX streams that other rows have too. */
ltn_status ltn_product_moments(const ltn_product_rows *rows, ltn_moments *out);

#endif
