/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LTN_BASE_SUM_H
#define LTN_BASE_SUM_H

#include <math.h>
#include <stddef.h>

/* A compensated sum (Neumaier 1974, "Rundungsfehleranalyse einiger Verfahren zur Summation endlicher
 * Summen", ZAMM 54). Zero-initialise, add, read. 1, 1e100, 1, -1e100 gives 2. */
typedef struct ltn_sum {
    double total, lost;
} ltn_sum;

static inline void ltn_sum_add(ltn_sum *sum, double value)
{
    double next = sum->total + value;
    sum->lost += fabs(sum->total) >= fabs(value) ? (sum->total - next) + value : (value - next) + sum->total;
    sum->total = next;
}

static inline double ltn_sum_value(const ltn_sum *sum)
{
    return sum->total + sum->lost;
}

/* Sum of an array, in blocks of 4096 that are compensated inside and merged in order, so that the
 * result does not depend on how the blocks were shared out. */
double ltn_sum_array(const double *values, size_t count);

#endif
