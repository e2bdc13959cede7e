/* SPDX-License-Identifier: GPL-3.0-or-later */
/* With V the variance and m the mean of all f_A and f_B, over the draws
 *
 *     S_i  = mean of (f_B − m)·(f_ABi − f_A) / V          Saltelli et al. 2010, Comput. Phys. Commun. 181, Table 2 (b)
 *     ST_i = mean of (f_A − f_ABi)² / 2 / V               Jansen 1999, Comput. Phys. Commun. 117; the same, Table 2 (f)
 *
 * m changes no expectation, as f_ABi and f_A have one mean; without it a sum with a small coefficient of variation would
 * be lost in the noise of mean·(f_ABi − f_A). */
#include "assess/indices.h"

#include "base/memory.h"
#include "base/random.h"
#include "base/sum.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

/* Runs 0 and 1 of the key are the points A and B. */
enum { RUN_OF_RESAMPLES = 2 };

/* Which draws are looked at: `chosen` of them, or each once where it is NULL. */
typedef struct sample {
    const ltn_variants *variants;
    const size_t *chosen;
    double shift, mean, variance; /* values are taken less `shift`, so that no digits cancel */
} sample;

static size_t at(const sample *s, size_t k)
{
    return s->chosen ? s->chosen[k] : k;
}

static void find_variance(sample *s)
{
    const ltn_variants *v = s->variants;
    ltn_sum sum = {0}, squares = {0};
    double n = 2 * (double)v->draws;
    for (size_t k = 0; k < v->draws; k++) {
        ltn_sum_add(&sum, v->a[at(s, k)] - s->shift);
        ltn_sum_add(&sum, v->b[at(s, k)] - s->shift);
    }
    s->mean = ltn_sum_value(&sum) / n;
    for (size_t k = 0; k < v->draws; k++) {
        double a = v->a[at(s, k)] - s->shift - s->mean, b = v->b[at(s, k)] - s->shift - s->mean;
        ltn_sum_add(&squares, a * a + b * b);
    }
    s->variance = ltn_sum_value(&squares) / n;
}

static bool varies(const sample *s)
{
    static const double rounding = 1e-12;
    double size = fabs(s->shift + s->mean) * rounding;
    return s->variance > size * size;
}

static void find_indices(const sample *s, size_t group, double *first, double *total)
{
    const ltn_variants *v = s->variants;
    const double *ab = v->ab + group * v->stride;
    ltn_sum product = {0}, squares = {0};
    for (size_t k = 0; k < v->draws; k++) {
        size_t i = at(s, k);
        double change = ab[i] - v->a[i];
        ltn_sum_add(&product, (v->b[i] - s->shift - s->mean) * change);
        ltn_sum_add(&squares, change * change);
    }
    *first = ltn_sum_value(&product) / (double)v->draws / s->variance;
    *total = ltn_sum_value(&squares) / (double)v->draws / 2 / s->variance;
}

/* ---- resampling ---- */

/* N draws with replacement. Every sum of a run is resampled alike. */
static void choose(const ltn_resampling *how, size_t resample, size_t draws, size_t *chosen)
{
    enum { BLOCK = 1024 };
    double u[BLOCK];
    uint64_t stream = ltn_stream("sensitivity:resample"), first = (uint64_t)resample * draws;
    for (size_t start = 0; start < draws; start += BLOCK) {
        size_t count = draws - start < BLOCK ? draws - start : BLOCK;
        ltn_random_uniforms((ltn_random_key){how->seed, RUN_OF_RESAMPLES}, stream, first + start, count, u);
        for (size_t k = 0; k < count; k++) {
            size_t i = (size_t)(u[k] * (double)draws);
            chosen[start + k] = i < draws ? i : draws - 1;
        }
    }
}

/* Percentile bounds (Efron 1979, Ann. Stat. 7). */
static void bound(double *values, size_t count, double confidence, ltn_interval *out)
{
    out->low = out->high = NAN;
    if (!count) return;
    gsl_sort(values, 1, count);
    out->low = gsl_stats_quantile_from_sorted_data(values, 1, count, (1 - confidence) / 2);
    out->high = gsl_stats_quantile_from_sorted_data(values, 1, count, (1 + confidence) / 2);
}

/* Resamples in which nothing varies say nothing. */
static ltn_status find_bounds(const ltn_variants *v, const ltn_resampling *how, double shift, ltn_index *out)
{
    size_t *chosen = ltn_alloc(v->draws, sizeof *chosen), kept = 0;
    double *values = ltn_alloc(2 * v->groups * how->resamples, sizeof *values);
    ltn_status status = chosen && values ? LTN_OK : LTN_ENOMEM;
    for (size_t r = 0; !status && r < how->resamples; r++) {
        sample s = {.variants = v, .chosen = chosen, .shift = shift};
        choose(how, r, v->draws, chosen);
        find_variance(&s);
        if (!varies(&s)) continue;
        for (size_t g = 0; g < v->groups; g++) {
            double *first = values + 2 * g * how->resamples + kept;
            find_indices(&s, g, first, first + how->resamples);
        }
        kept++;
    }
    for (size_t g = 0; !status && g < v->groups; g++) {
        double *first = values + 2 * g * how->resamples;
        bound(first, kept, how->confidence, &out[g].first);
        bound(first + how->resamples, kept, how->confidence, &out[g].total);
    }
    free(chosen);
    free(values);
    return status;
}

ltn_status ltn_sobol_indices(const ltn_variants *v, const ltn_resampling *how, ltn_index *out, double *variance)
{
    static const ltn_interval unknown = {NAN, NAN, NAN};
    sample s = {.variants = v, .shift = v->a[0]};
    find_variance(&s);
    bool varied = varies(&s);
    *variance = varied ? s.variance : 0;
    for (size_t g = 0; g < v->groups; g++) {
        out[g] = (ltn_index){unknown, unknown};
        if (varied) find_indices(&s, g, &out[g].first.value, &out[g].total.value);
    }
    return varied && how->resamples ? find_bounds(v, how, s.shift, out) : LTN_OK;
}
