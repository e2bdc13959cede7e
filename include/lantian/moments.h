/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file moments.h
 *  Exact mean and variance of a total of products of random factors, without drawing any.
 */
#ifndef LANTIAN_MOMENTS_H
#define LANTIAN_MOMENTS_H

#include <lantian/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Mean and spread of a total. */
typedef struct ltn_moments {
    double mean;     /**< E[T] */
    double variance; /**< E[(T − E[T])²] */
    double sd;       /**< its root, in the unit of the mean */
    double cv;       /**< sd/|mean|; NaN where the mean is 0 */
} ltn_moments;

/** The most factors of one row that other rows share. */
#define LTN_SHARED_FACTORS_MAX 16

/** Mean and variance of a total whose rows are uncertain by factors, some of them shared.
 *
 *      T = Σ_i e_i · Π_{f ∈ F_i} X_f                E[T] = Σ_i e_i
 *      Var[T] = Σ_i Σ_j e_i·e_j·(Π_{f ∈ F_i ∩ F_j} (1 + c_ij(f)) − 1)
 *
 *  X_f has mean 1 and is independent of every other. Rows that name the same factor share its draw. c is its squared
 *  coefficient of variation where both rows give it the same, whatever its law (@cite goodman1960); where they differ,
 *  both are lognormal on one normal score, `c_ij = exp(σ_i·σ_j) − 1` with `σ² = ln(1 + cv²)`.
 *
 *  It is worked out as Σ_U over sets U of shared factors (@cite hoeffding1948), so the work is O(rows), however many of
 *  them share a factor, and no digits are lost to small coefficients of variation.
 *
 *  @param rows at least one
 *  @param emission_t e [t/yr], of each row, finite; negative where a row is subtracted, as in a trend
 *  @param first rows + 1: row i has the factors `first[i]` to `first[i + 1] − 1`; `first[0]` is 0
 *  @param factor of each, any number; a row names a factor once
 *  @param cv of each, coefficient of variation, at least 0
 *  @param[out] out NaN on failure
 *  @return #LTN_OK; #LTN_EARGUMENT (a value outside its domain, a factor twice in a row, a result that no double holds);
 *  #LTN_ELIMIT (a row with more than #LTN_SHARED_FACTORS_MAX shared factors); #LTN_ENOMEM. */
LTN_API LTN_CHECKED ltn_status ltn_total_moments(size_t rows, const double *emission_t, const size_t *first,
                                                 const int64_t *factor, const double *cv, ltn_moments *out);

#ifdef __cplusplus
}
#endif
#endif
