/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Additive LMDI-I (Ang 2005, Energy Policy 33, 867-871) with the analytic limits of zeros (Wood and Lenzen 2006, Energy
 * Policy 34, 1326-1331; Ang and Liu 2007, Energy Policy 35, 238-246). */
#include "assess/lmdi.h"

#include "base/memory.h"
#include "base/sum.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

double ltn_log_ratio(double a, double b)
{
    if (fabs(a - b) <= b / 2) return log1p((a - b) / b);
    return isnormal(a / b) ? log(a / b) : log(a) - log(b);
}

/* L = √(ab)·sinh(x)/x with x = ln(a/b)/2. Where a and b are close, (a − b)/ln(a/b) loses what they share; the series of
 * sinh(x)/x ends below 2^-53 with x^8/9! for |x| <= 0.06. */
double ltn_logarithmic_mean(double a, double b)
{
    if (!(a >= 0 && b >= 0 && isfinite(a) && isfinite(b))) return NAN;
    if (a == 0 || b == 0) return 0;
    double x = ltn_log_ratio(a, b) / 2, square = x * x;
    if (fabs(x) > 0.06) return (a - b) / (2 * x);
    double series = 1 + square / 6 * (1 + square / 20 * (1 + square / 42 * (1 + square / 72)));
    return sqrt(a) * sqrt(b) * series;
}

/* ---- what goes in ---- */

static ltn_status check_values(size_t items, size_t factors, const double *x, const char *name)
{
    for (size_t i = 0; i < items * factors; i++)
        if (!(x[i] >= 0 && isfinite(x[i])))
            return ltn_fail(LTN_EARGUMENT, NULL,
                            "%s[%zu] (item %zu, factor %zu) is %.10g; expected a finite number of at least 0", name, i,
                            i / factors, i % factors, x[i]);
    return LTN_OK;
}

/* Π x: 0 only where a factor is. */
static ltn_status multiply(const double *x, size_t factors, size_t item, const char *name, double *out)
{
    int zero = 0;
    double product = 1;
    for (size_t k = 0; k < factors; k++) {
        product *= x[k];
        zero |= x[k] == 0;
    }
    *out = zero ? 0 : product;
    if (zero || (product >= DBL_MIN && isfinite(product))) return LTN_OK;
    return ltn_fail(LTN_EARGUMENT, NULL, "the product of item %zu in %s is %s than a number can be", item, name,
                    product > 1 ? "larger" : "smaller");
}

/* ---- the terms of an item ---- */

/* Of an item that is 0 in one year. Replaced by δ, the factors that are 0 there have ln(x^1/x^0) = ∓ln δ + O(1), and so
 * many times that is ln(V^1/V^0): in the limit each has an equal part of ΔV, and the bounded logarithms of the others
 * have none. */
static void share_zeros(const double *x, size_t factors, double change, double *terms)
{
    size_t zeros = 0;
    for (size_t k = 0; k < factors; k++) zeros += x[k] == 0;
    for (size_t k = 0; k < factors; k++) terms[k] = x[k] == 0 ? change / (double)zeros : 0;
}

static ltn_status decompose(size_t item, size_t factors, const double *before, const double *after, double *terms)
{
    double v0, v1;
    if (multiply(before, factors, item, "before", &v0) || multiply(after, factors, item, "after", &v1))
        return LTN_EARGUMENT;
    if (v0 == 0 || v1 == 0) {
        share_zeros(v0 == 0 ? before : after, factors, v1 - v0, terms);
        return LTN_OK;
    }
    double mean = ltn_logarithmic_mean(v1, v0);
    for (size_t k = 0; k < factors; k++) terms[k] = mean * ltn_log_ratio(after[k], before[k]);
    return LTN_OK;
}

/* ---- all items ---- */

static void make_absent(double *out, size_t count)
{
    for (size_t i = 0; out && i < count; i++) out[i] = NAN;
}

/* `terms` is room for an item's terms, used where they are not kept. */
static ltn_status decompose_all(size_t items, size_t factors, const double *before, const double *after, ltn_sum *sums,
                                double *terms, double *of_items)
{
    for (size_t i = 0; i < items; i++) {
        if (of_items) terms = of_items + i * factors;
        if (decompose(i, factors, before + i * factors, after + i * factors, terms)) return LTN_EARGUMENT;
        for (size_t k = 0; k < factors; k++) ltn_sum_add(&sums[k], terms[k]);
    }
    return LTN_OK;
}

ltn_status ltn_lmdi(size_t items, size_t factors, const double *before, const double *after, double *effects,
                    double *of_items)
{
    if (items == 0 || factors == 0)
        return ltn_fail(LTN_EARGUMENT, NULL, "there are %zu items of %zu factors; expected at least one of each", items,
                        factors);
    ltn_sum *sums = ltn_alloc(factors, sizeof *sums);
    double *terms = ltn_alloc(factors, sizeof *terms);
    ltn_status status = sums && terms ? LTN_OK : LTN_ENOMEM;
    if (!status) status = check_values(items, factors, before, "before");
    if (!status) status = check_values(items, factors, after, "after");
    if (!status) status = decompose_all(items, factors, before, after, sums, terms, of_items);
    for (size_t k = 0; !status && k < factors; k++) effects[k] = ltn_sum_value(&sums[k]);
    if (status) {
        make_absent(effects, factors);
        make_absent(of_items, items * factors);
    }
    free(sums);
    free(terms);
    return status;
}
