/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/rank_correlation.h"

#include "base/memory.h"
#include "base/normal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

double ltn_rank_to_normal(double r)
{
    return 2 * sin(M_PI * r / 6);
}

double ltn_normal_to_rank(double rho)
{
    return 6 / M_PI * asin(rho / 2);
}

/* ---- factors ---- */

/* Cholesky by rows, in place of the lower triangle of a symmetric matrix; zeros go above it. Returns the first row
 * whose leading minor is not positive, or `size`. GSL's calls the error handler there, which ends the program. */
static size_t factor_rows(double *m, size_t size)
{
    static const double least = 1e-12; /* a smaller pivot is rounding */
    for (size_t i = 0; i < size; i++) {
        double pivot = m[i * size + i];
        for (size_t j = 0; j < i; j++) {
            double sum = m[i * size + j];
            for (size_t k = 0; k < j; k++) sum -= m[i * size + k] * m[j * size + k];
            m[i * size + j] = sum /= m[j * size + j];
            pivot -= sum * sum;
        }
        if (!(pivot > least)) return i;
        m[i * size + i] = sqrt(pivot);
        for (size_t j = i + 1; j < size; j++) m[i * size + j] = 0;
    }
    return size;
}

static const char *check_entry(const double *rank, size_t size, size_t i, size_t j)
{
    double r = rank[i * size + j];
    if (!(r >= -1 && r <= 1)) return "a correlation lies between -1 and 1";
    if (i == j) return r == 1 ? NULL : "the correlation of anything with itself is 1";
    return r == rank[j * size + i] ? NULL : "the matrix must be symmetric";
}

/* The row before `row` with the largest correlation with it. */
static size_t partner(const double *rank, size_t size, size_t row)
{
    size_t best = 0;
    for (size_t j = 1; j < row; j++)
        if (fabs(rank[row * size + j]) > fabs(rank[row * size + best])) best = j;
    return best;
}

const char *ltn_rank_cholesky(const double *rank, size_t size, double *factor, size_t pair[2])
{
    for (size_t i = 0; i < size; i++)
        for (size_t j = 0; j <= i; j++) {
            const char *wrong = check_entry(rank, size, i, j);
            pair[0] = i;
            pair[1] = j;
            if (wrong) return wrong;
            factor[i * size + j] = i == j ? 1 : ltn_rank_to_normal(rank[i * size + j]);
        }
    size_t row = factor_rows(factor, size);
    if (row == size) return NULL;
    pair[0] = row;
    pair[1] = partner(rank, size, row);
    return "the correlations cannot all hold together";
}

/* From the last column to the first, so that each reads the ones before it as they were. */
void ltn_correlate_normals(const double *factor, size_t size, size_t draws, double *const *columns)
{
    for (size_t k = size; k-- > 0;) {
        double *out = columns[k], own = factor[k * size + k];
        for (size_t i = 0; i < draws; i++) out[i] *= own;
        for (size_t j = 0; j < k; j++) {
            const double *z = columns[j], share = factor[k * size + j];
            for (size_t i = 0; i < draws; i++) out[i] += share * z[i];
        }
    }
}

/* ---- Iman and Conover ---- */

typedef struct ranked {
    double value;
    size_t at;
} ranked;

/* By value; equal ones in the order they stood in. */
static int compare_ranked(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    if (x->value != y->value) return x->value < y->value ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

static void sort_column(const double *column, size_t draws, ranked *out)
{
    for (size_t i = 0; i < draws; i++) out[i] = (ranked){column[i], i};
    qsort(out, draws, sizeof *out, compare_ranked);
}

/* Phi⁻¹(i/(n + 1)), i = 1 .. n, in a random order that is the stream's. */
static void draw_scores(ltn_random_key key, size_t dimension, size_t draws, ranked *work, double *scores)
{
    char name[64];
    snprintf(name, sizeof name, "iman-conover:%zu", dimension);
    ltn_random_uniforms(key, ltn_stream(name), 0, draws, scores);
    sort_column(scores, draws, work);
    for (size_t i = 0; i < draws; i++) scores[work[i].at] = (double)(i + 1) / (double)(draws + 1);
    ltn_normal_quantiles(scores, draws, scores);
}

/* Correlations of the score columns, whose means are 0 and whose variances are equal. */
static void correlate_scores(const double *scores, size_t draws, size_t dimensions, double *out)
{
    for (size_t i = 0; i < dimensions; i++)
        for (size_t j = 0; j <= i; j++) {
            const double *x = scores + i * draws, *y = scores + j * draws;
            double xy = 0, xx = 0;
            for (size_t k = 0; k < draws; k++) xy += x[k] * y[k], xx += x[k] * x[k];
            out[i * dimensions + j] = i == j ? 1 : xy / xx;
        }
}

/* S = P Q⁻¹, of lower triangular P and Q: the scores' own correlation Q Qᵀ taken out, the one asked for put in. */
static void divide_factors(const double *p, const double *q, size_t size, double *out)
{
    memset(out, 0, size * size * sizeof *out);
    for (size_t i = 0; i < size; i++)
        for (size_t j = i + 1; j-- > 0;) {
            double sum = p[i * size + j];
            for (size_t k = j + 1; k <= i; k++) sum -= out[i * size + k] * q[k * size + j];
            out[i * size + j] = sum / q[j * size + j];
        }
}

/* Gives the column the ranks of the scores. */
static void reorder(double *column, const double *scores, size_t draws, ranked *work, ranked *values)
{
    sort_column(column, draws, values);
    sort_column(scores, draws, work);
    for (size_t i = 0; i < draws; i++) column[work[i].at] = values[i].value;
}

/* What one reordering needs; freed together. */
typedef struct reordering {
    double *scores, **columns, *own, *share;
    ranked *work, *values;
} reordering;

static ltn_status reordering_create(reordering *r, size_t draws, size_t dimensions)
{
    r->scores = ltn_alloc(draws, dimensions * sizeof *r->scores);
    r->columns = ltn_alloc(dimensions, sizeof *r->columns);
    r->own = ltn_alloc(dimensions, dimensions * sizeof *r->own);
    r->share = ltn_alloc(dimensions, dimensions * sizeof *r->share);
    r->work = ltn_alloc(draws, sizeof *r->work);
    r->values = ltn_alloc(draws, sizeof *r->values);
    return r->scores && r->columns && r->own && r->share && r->work && r->values ? LTN_OK : LTN_ENOMEM;
}

static void reordering_free(reordering *r)
{
    free(r->scores);
    free(r->columns);
    free(r->own);
    free(r->share);
    free(r->work);
    free(r->values);
}

/* Scores that are correlated as asked. */
static ltn_status correlated_scores(reordering *r, size_t draws, size_t dimensions, const double *factor,
                                    ltn_random_key key)
{
    for (size_t k = 0; k < dimensions; k++) {
        r->columns[k] = r->scores + k * draws;
        draw_scores(key, k, draws, r->work, r->columns[k]);
    }
    correlate_scores(r->scores, draws, dimensions, r->own);
    if (factor_rows(r->own, dimensions) < dimensions)
        return ltn_fail(LTN_EARGUMENT, NULL,
                        "%zu draws are too few to correlate %zu columns of a design; expected more, or random sampling",
                        draws, dimensions);
    divide_factors(factor, r->own, dimensions, r->share);
    ltn_correlate_normals(r->share, dimensions, draws, r->columns);
    return LTN_OK;
}

ltn_status ltn_iman_conover(double *columns, size_t draws, size_t dimensions, const double *factor, ltn_random_key key)
{
    if (draws <= dimensions)
        return ltn_fail(LTN_EARGUMENT, NULL,
                        "%zu draws are too few to correlate %zu columns of a design; expected more, or random sampling",
                        draws, dimensions);
    reordering r = {0};
    ltn_status status = reordering_create(&r, draws, dimensions);
    if (!status) status = correlated_scores(&r, draws, dimensions, factor, key);
    for (size_t k = 0; k < dimensions && !status; k++)
        reorder(columns + k * draws, r.columns[k], draws, r.work, r.values);
    reordering_free(&r);
    return status;
}
