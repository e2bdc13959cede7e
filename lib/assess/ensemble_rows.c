/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a row's draws say: moments and quantiles, of the draws themselves or of what was kept in their place. */
#include "assess/ensemble.h"

#include "base/memory.h"

#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- moments ---- */

static ltn_sum add_powers(const double *values, size_t count, double centre, int power)
{
    enum { BLOCK = 4096 };
    ltn_sum all = {0};
    for (size_t start = 0; start < count; start += BLOCK) {
        ltn_sum block = {0};
        size_t end = count - start < BLOCK ? count : start + BLOCK;
        for (size_t i = start; i < end; i++) {
            double x = values[i] - centre;
            ltn_sum_add(&block, power == 1 ? x : power == 2 ? x * x : x * x * x);
        }
        ltn_sum_add(&all, block.total);
        ltn_sum_add(&all, block.lost);
    }
    return all;
}

ltn_row_moments ltn_moments_of_draws(const double *values, size_t count)
{
    ltn_sum first = add_powers(values, count, values[0], 1);
    double n = (double)count, mean = values[0] + ltn_sum_value(&first) / n;
    ltn_sum second = add_powers(values, count, mean, 2), third = add_powers(values, count, mean, 3);
    double m2 = ltn_sum_value(&second) / n, m3 = ltn_sum_value(&third) / n;
    return (ltn_row_moments){mean, count > 1 ? sqrt(m2 * n / (n - 1)) : NAN, m2 > 0 ? m3 / pow(m2, 1.5) : NAN};
}

/* From sums of x − c, c the sum at the means. */
static ltn_row_moments moments_of_sums(const ltn_power_sums *m, double centre, size_t count)
{
    double n = (double)count, a = ltn_sum_value(&m->power[0]) / n, b = ltn_sum_value(&m->power[1]) / n,
           c = ltn_sum_value(&m->power[2]) / n;
    double m2 = fmax(b - a * a, 0), m3 = c - 3 * a * b + 2 * a * a * a;
    return (ltn_row_moments){centre + a, count > 1 ? sqrt(m2 * n / (n - 1)) : NAN, m2 > 0 ? m3 / pow(m2, 1.5) : NAN};
}

ltn_row_moments ltn_ensemble_moments(const ltn_ensemble *e, size_t row)
{
    return e->values ? ltn_moments_of_draws(e->values + row * e->capacity, e->count)
                     : moments_of_sums(&e->moments[row], e->central[row], e->count);
}

/* ---- quantiles ---- */

/* Bins' borders are powers of gamma around the scale: a value in a bin is within the error of the bin's middle. The
 * first bin holds what is not positive. */
static double bin_width(void)
{
    return log((1 + LTN_SKETCH_ERROR) / (1 - LTN_SKETCH_ERROR));
}

size_t ltn_sketch_bin(double value, double scale)
{
    if (!(value > 0)) return 0;
    double at = LTN_SKETCH_HALF + ceil(log(value / (scale > 0 ? scale : 1)) / bin_width());
    return at < 1 ? 1 : at > LTN_SKETCH_BINS - 1 ? LTN_SKETCH_BINS - 1 : (size_t)at;
}

/* NaN in the last bin, whose values may be of any size. */
static double bin_value(size_t bin, double scale)
{
    double gamma = exp(bin_width());
    if (!bin || bin == LTN_SKETCH_BINS - 1) return bin ? NAN : 0;
    return (scale > 0 ? scale : 1) * 2 * exp(((double)bin - LTN_SKETCH_HALF) * bin_width()) / (gamma + 1);
}

static double sketch_quantile(const atomic_uint *bins, double scale, size_t count, double probability)
{
    double rank = probability * (double)(count - 1), passed = 0;
    for (size_t bin = 0; bin < LTN_SKETCH_BINS; bin++) {
        passed += atomic_load_explicit(&bins[bin], memory_order_relaxed);
        if (passed > rank) return bin_value(bin, scale);
    }
    return NAN;
}

/* Order statistics by selection, type 7 of Hyndman and Fan 1996: x = x_(k) + (h − k)(x_(k+1) − x_(k)), h = (n − 1)p. */
static double exact_quantile(double *values, size_t count, double probability)
{
    double h = probability * (double)(count - 1), k = floor(h), low = gsl_stats_select(values, 1, count, (size_t)k);
    if (!(h > k)) return low;
    double high = gsl_stats_select(values, 1, count, (size_t)k + 1);
    return low + (h - k) * (high - low);
}

ltn_status ltn_quantiles_of_draws(const double *values, size_t count, const double *probabilities, size_t wanted,
                                  double *out)
{
    double *copy = wanted ? ltn_alloc(count, sizeof *copy) : NULL;
    if (wanted && !copy) return LTN_ENOMEM;
    if (wanted) memcpy(copy, values, count * sizeof *copy);
    for (size_t i = 0; i < wanted; i++) out[i] = exact_quantile(copy, count, probabilities[i]);
    free(copy);
    return LTN_OK;
}

ltn_status ltn_ensemble_quantiles(const ltn_ensemble *e, size_t row, const double *probabilities, size_t count,
                                  double *out)
{
    if (e->values) return ltn_quantiles_of_draws(e->values + row * e->capacity, e->count, probabilities, count, out);
    for (size_t i = 0; i < count; i++)
        out[i] = sketch_quantile(e->sketch + row * LTN_SKETCH_BINS, e->scale[row], e->count, probabilities[i]);
    return LTN_OK;
}
