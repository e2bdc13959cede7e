/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A row is affine in each of its streams, q = E[q] + (q − E[q]). Multiplied out, the total is a sum over sets U of streams
 *
 *     T = Σ_U Σ_{rows that have U} w · Π_{f ∈ U} slope_f·(q_f − E[q_f]) · Π_{f ∉ U} (offset_f + slope_f·E[q_f])
 *
 * whose terms are uncorrelated (Hoeffding 1948, Ann. Math. Stat. 19; Sobol' 1993): Var[T] = Σ_{U ≠ ∅} Var[T_U]. Of each U
 * the rows that have the same laws are one weight, so the work is that of the rows and of their sets, not of their pairs;
 * and as all is added, nothing cancels. A set with a stream that no other row has is that row's alone: those are not
 * laid out but summed in closed form. */
#include "assess/product_moments.h"

#include "assess/law_moments.h"
#include "base/memory.h"
#include "base/sum.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A set of shared streams, with the laws that its rows draw of them. */
typedef struct term {
    size_t at;      /* its streams and, behind them, its laws: in `keys` */
    int32_t length; /* how many of each */
    uint64_t hash;
    ltn_sum weight; /* of its rows */
} term;

/* The covariance of two different laws. */
typedef struct pair {
    int32_t a, b;
    double covariance;
} pair;

typedef struct work {
    const ltn_product_rows *rows;
    int32_t *stream; /* of each factor: its number from 0 */
    int32_t *uses;   /* of each stream: factors that have it */
    double *mean;    /* of each law */
    double *variance;
    ltn_sum total, variance_total;
    term *terms;
    size_t count, capacity;
    int32_t *keys;
    size_t key_count, key_capacity;
    int32_t *slots; /* hash table of terms, -1 empty */
    size_t slot_count;
    pair *pairs; /* hash table; a = -1 empty */
    size_t pair_count, pair_slots;
} work;

/* ---- streams ---- */

typedef struct use {
    uint64_t stream;
    size_t factor;
} use;

static int by_stream(const void *left, const void *right)
{
    const use *a = left, *b = right;
    if (a->stream != b->stream) return a->stream < b->stream ? -1 : 1;
    return (a->factor > b->factor) - (a->factor < b->factor);
}

static ltn_status number_streams(work *w)
{
    size_t count = w->rows->first[w->rows->count];
    use *uses = ltn_alloc(count, sizeof *uses);
    w->stream = ltn_alloc(count, sizeof *w->stream);
    w->uses = ltn_alloc(count, sizeof *w->uses);
    if (!uses || !w->stream || !w->uses) {
        free(uses);
        return LTN_ENOMEM;
    }
    for (size_t i = 0; i < count; i++) uses[i] = (use){w->rows->factors[i].stream, i};
    if (count) qsort(uses, count, sizeof *uses, by_stream);
    int32_t number = -1;
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || uses[i].stream != uses[i - 1].stream) number++;
        w->stream[uses[i].factor] = number;
        w->uses[number]++;
    }
    free(uses);
    return LTN_OK;
}

static ltn_status find_laws(work *w)
{
    const ltn_product_rows *r = w->rows;
    w->mean = ltn_alloc(r->law_count, sizeof *w->mean);
    w->variance = ltn_alloc(r->law_count, sizeof *w->variance);
    if (!w->mean || !w->variance) return LTN_ENOMEM;
    for (size_t l = 0; l < r->law_count; l++) {
        w->mean[l] = ltn_law_mean(&r->laws[l]);
        w->variance[l] = ltn_law_covariance(&r->laws[l], &r->laws[l]);
    }
    return LTN_OK;
}

/* ---- sets of shared streams ---- */

static ltn_status enlarge(work *w)
{
    size_t count = w->slot_count ? 2 * w->slot_count : 256;
    int32_t *slots = ltn_alloc(count, sizeof *slots);
    if (!slots) return LTN_ENOMEM;
    memset(slots, 0xFF, count * sizeof *slots); /* -1 */
    for (size_t i = 0; i < w->count; i++) {
        size_t at = w->terms[i].hash & (count - 1);
        while (slots[at] >= 0) at = (at + 1) & (count - 1);
        slots[at] = (int32_t)i;
    }
    free(w->slots);
    w->slots = slots;
    w->slot_count = count;
    return LTN_OK;
}

static ltn_status open_term(work *w, const int32_t *key, int32_t length, uint64_t hash, size_t slot)
{
    if (w->count == INT32_MAX)
        return ltn_fail(LTN_ELIMIT, NULL, "rows share factors in more than %d combinations", INT32_MAX);
    size_t words = 2 * (size_t)length;
    if (ltn_reserve(&w->terms, &w->capacity, w->count + 1, sizeof *w->terms) ||
        ltn_reserve(&w->keys, &w->key_capacity, w->key_count + words, sizeof *w->keys))
        return LTN_ENOMEM;
    memcpy(w->keys + w->key_count, key, words * sizeof *key);
    w->terms[w->count] = (term){.at = w->key_count, .length = length, .hash = hash};
    w->key_count += words;
    w->slots[slot] = (int32_t)w->count++;
    return LTN_OK;
}

static ltn_status add_to_term(work *w, const int32_t *key, int32_t length, double weight)
{
    uint64_t hash = (uint64_t)length;
    size_t bytes = 2 * (size_t)length * sizeof *key;
    if (2 * (w->count + 1) > w->slot_count && enlarge(w)) return LTN_ENOMEM;
    for (int32_t i = 0; i < 2 * length; i++) hash = ltn_mix(hash ^ ltn_mix((uint64_t)key[i] + 1));
    size_t slot = hash & (w->slot_count - 1);
    for (; w->slots[slot] >= 0; slot = (slot + 1) & (w->slot_count - 1)) {
        term *t = &w->terms[w->slots[slot]];
        if (t->hash != hash || t->length != length || memcmp(w->keys + t->at, key, bytes) != 0) continue;
        ltn_sum_add(&t->weight, weight);
        return LTN_OK;
    }
    if (open_term(w, key, length, hash, slot)) return ltn_last_error()->code;
    ltn_sum_add(&w->terms[w->count - 1].weight, weight);
    return LTN_OK;
}

/* ---- a row ---- */

typedef struct shared {
    int32_t stream, law;
    double mean, slope;
} shared;

/* What the row is by its streams. */
typedef struct row_state {
    shared shared[LTN_SHARED_FACTORS_MAX];
    size_t count;
    double mean, spread; /* of the product of its own factors: mean, variance */
} row_state;

static int by_number(const void *left, const void *right)
{
    const shared *a = left, *b = right;
    return (a->stream > b->stream) - (a->stream < b->stream);
}

/* Var[XY] = Var[X]·E[Y²] + E[X]²·Var[Y] (Goodman 1960): nothing cancels. */
static void take_own(row_state *s, double mean, double variance)
{
    s->spread = s->spread * (mean * mean + variance) + s->mean * s->mean * variance;
    s->mean *= mean;
}

static ltn_status take_factors(const work *w, size_t row, row_state *s)
{
    const ltn_product_rows *r = w->rows;
    *s = (row_state){.mean = 1};
    for (size_t f = r->first[row]; f < r->first[row + 1]; f++) {
        const ltn_row_factor *factor = &r->factors[f];
        double mean = factor->offset + factor->slope * w->mean[factor->law];
        for (size_t g = r->first[row]; g < f; g++)
            if (w->stream[g] == w->stream[f])
                return ltn_fail(LTN_EARGUMENT, NULL, "row %zu has one random factor twice; expected it once", row);
        if (w->uses[w->stream[f]] == 1) {
            take_own(s, mean, factor->slope * factor->slope * w->variance[factor->law]);
            continue;
        }
        if (s->count == LTN_SHARED_FACTORS_MAX)
            return ltn_fail(LTN_ELIMIT, NULL, "row %zu shares more than %d random factors with other rows", row,
                            LTN_SHARED_FACTORS_MAX);
        s->shared[s->count++] = (shared){w->stream[f], factor->law, mean, factor->slope};
    }
    if (s->count) qsort(s->shared, s->count, sizeof *s->shared, by_number);
    return LTN_OK;
}

/* Its part of every set of the streams it shares. */
static ltn_status lay_out_sets(work *w, const row_state *s, double weight)
{
    ltn_status status = LTN_OK;
    for (uint32_t set = 1; !status && set < 1u << s->count; set++) {
        int32_t key[2 * LTN_SHARED_FACTORS_MAX], length = __builtin_popcount(set), at = 0;
        double part = weight * s->mean;
        for (size_t i = 0; i < s->count; i++) {
            bool in = set >> i & 1;
            part *= in ? s->shared[i].slope : s->shared[i].mean;
            if (!in) continue;
            key[at] = s->shared[i].stream;
            key[length + at++] = s->shared[i].law;
        }
        status = add_to_term(w, key, length, part);
    }
    return status;
}

static ltn_status add_row(work *w, size_t row)
{
    row_state s;
    double weight = w->rows->weight[row], mean = weight, square = weight * weight;
    ltn_status status = take_factors(w, row, &s);
    if (status) return status;
    for (size_t i = 0; i < s.count; i++) {
        const shared *f = &s.shared[i];
        mean *= f->mean;
        square *= f->mean * f->mean + f->slope * f->slope * w->variance[f->law];
    }
    ltn_sum_add(&w->total, mean * s.mean);
    ltn_sum_add(&w->variance_total, square * s.spread);
    return lay_out_sets(w, &s, weight);
}

/* ---- variances of the sets ---- */

static int by_key(const void *left, const void *right, void *keys)
{
    const term *a = left, *b = right;
    const int32_t *all = keys;
    if (a->length != b->length) return a->length < b->length ? -1 : 1;
    for (int32_t i = 0; i < 2 * a->length; i++) {
        int32_t x = all[a->at + (size_t)i], y = all[b->at + (size_t)i];
        if (x != y) return x < y ? -1 : 1;
    }
    return 0;
}

static ltn_status enlarge_pairs(work *w)
{
    size_t count = w->pair_slots ? 2 * w->pair_slots : 64;
    pair *pairs = ltn_alloc(count, sizeof *pairs);
    if (!pairs) return LTN_ENOMEM;
    for (size_t i = 0; i < count; i++) pairs[i].a = -1;
    for (size_t i = 0; i < w->pair_slots; i++) {
        const pair *p = &w->pairs[i];
        if (p->a < 0) continue;
        size_t at = ltn_mix((uint64_t)p->a << 32 | (uint32_t)p->b) & (count - 1);
        while (pairs[at].a >= 0) at = (at + 1) & (count - 1);
        pairs[at] = *p;
    }
    free(w->pairs);
    w->pairs = pairs;
    w->pair_slots = count;
    return LTN_OK;
}

/* Of two laws on one stream; kept, as a quadrature may be behind it. */
static ltn_status find_covariance(work *w, int32_t a, int32_t b, double *out)
{
    *out = w->variance[a];
    if (a == b) return LTN_OK;
    if (2 * (w->pair_count + 1) > w->pair_slots && enlarge_pairs(w)) return LTN_ENOMEM;
    if (a > b) {
        int32_t kept = a;
        a = b;
        b = kept;
    }
    size_t at = ltn_mix((uint64_t)a << 32 | (uint32_t)b) & (w->pair_slots - 1);
    while (w->pairs[at].a >= 0 && (w->pairs[at].a != a || w->pairs[at].b != b)) at = (at + 1) & (w->pair_slots - 1);
    if (w->pairs[at].a < 0) {
        w->pairs[at] = (pair){a, b, ltn_law_covariance(&w->rows->laws[a], &w->rows->laws[b])};
        w->pair_count++;
    }
    *out = w->pairs[at].covariance;
    return LTN_OK;
}

static ltn_status add_product(work *w, const term *a, const term *b)
{
    double product = ltn_sum_value(&a->weight) * ltn_sum_value(&b->weight) * (a == b ? 1 : 2);
    const int32_t *of_a = w->keys + a->at + a->length, *of_b = w->keys + b->at + b->length;
    for (int32_t i = 0; i < a->length; i++) {
        double covariance;
        if (find_covariance(w, of_a[i], of_b[i], &covariance)) return LTN_ENOMEM;
        product *= covariance;
    }
    ltn_sum_add(&w->variance_total, product);
    return LTN_OK;
}

static bool same_streams(const work *w, const term *a, const term *b)
{
    return a->length == b->length && memcmp(w->keys + a->at, w->keys + b->at, (size_t)a->length * sizeof *w->keys) == 0;
}

/* Terms of the same streams stand together; their laws differ. */
static ltn_status add_sets(work *w)
{
    ltn_status status = LTN_OK;
    if (w->count) qsort_r(w->terms, w->count, sizeof *w->terms, by_key, w->keys);
    for (size_t i = 0; !status && i < w->count; i++)
        for (size_t j = i; !status && j < w->count && same_streams(w, &w->terms[i], &w->terms[j]); j++)
            status = add_product(w, &w->terms[i], &w->terms[j]);
    return status;
}

/* ---- the total ---- */

static ltn_status answer(const work *w, ltn_moments *out)
{
    double mean = ltn_sum_value(&w->total), variance = ltn_sum_value(&w->variance_total);
    if (!isfinite(mean) || !isfinite(variance))
        return ltn_fail(LTN_EARGUMENT, NULL,
                        "mean or variance is larger than a number can be; expected smaller values");
    if (variance < 0) variance = 0; /* the rest of rows that cancel each other */
    *out = (ltn_moments){mean, variance, sqrt(variance), mean == 0 ? NAN : sqrt(variance) / fabs(mean)};
    return LTN_OK;
}

ltn_status ltn_product_moments(const ltn_product_rows *rows, ltn_moments *out)
{
    work w = {.rows = rows};
    *out = (ltn_moments){NAN, NAN, NAN, NAN};
    ltn_status status = number_streams(&w);
    if (!status) status = find_laws(&w);
    for (size_t row = 0; !status && row < rows->count; row++) status = add_row(&w, row);
    if (!status) status = add_sets(&w);
    if (!status) status = answer(&w, out);
    void *owned[] = {w.stream, w.uses, w.mean, w.variance, w.terms, w.keys, w.slots, w.pairs};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) free(owned[i]);
    return status;
}

/* ---- lognormals by their coefficients of variation ---- */

static ltn_status check_rows(size_t rows, const double *emission_t, const size_t *first)
{
    if (rows == 0) return ltn_fail(LTN_EARGUMENT, NULL, "there is no row; expected at least one");
    if (first[0] != 0) return ltn_fail(LTN_EARGUMENT, NULL, "first[0] is %zu; expected 0", first[0]);
    for (size_t i = 0; i < rows; i++) {
        if (!isfinite(emission_t[i]))
            return ltn_fail(LTN_EARGUMENT, NULL, "emission_t[%zu] is %.10g; expected a finite number", i,
                            emission_t[i]);
        if (first[i + 1] < first[i])
            return ltn_fail(LTN_EARGUMENT, NULL, "first[%zu] is %zu, below the %zu before it; expected it to ascend",
                            i + 1, first[i + 1], first[i]);
    }
    return LTN_OK;
}

static ltn_status check_cv(size_t count, const double *cv)
{
    for (size_t f = 0; f < count; f++)
        if (!(cv[f] >= 0 && isfinite(cv[f])))
            return ltn_fail(LTN_EARGUMENT, NULL, "cv[%zu] is %.10g; expected a finite number of at least 0", f, cv[f]);
    if (count > INT32_MAX) return ltn_fail(LTN_ELIMIT, NULL, "there are more than %d factors", INT32_MAX);
    return LTN_OK;
}

typedef struct spread {
    double cv;
    size_t factor;
} spread;

static int by_cv(const void *left, const void *right)
{
    const spread *a = left, *b = right;
    if (a->cv != b->cv) return a->cv < b->cv ? -1 : 1;
    return (a->factor > b->factor) - (a->factor < b->factor);
}

static ltn_law law_of(double cv)
{
    ltn_distribution value = {LTN_CONSTANT, {1}};
    if (cv > 0) value = ltn_lognormal_mean_cv(1, cv);
    return (ltn_law){.value = value, .mean = 1, .relative = true, .low = 0, .high = INFINITY};
}

/* A law for each coefficient of variation that is met. `factors` and `laws` have room for `count`. */
static ltn_status fill_laws(size_t count, const int64_t *factor, const double *cv, ltn_row_factor *factors,
                            ltn_law *laws, size_t *law_count)
{
    spread *all = ltn_alloc(count, sizeof *all);
    *law_count = 0;
    if (!all) return LTN_ENOMEM;
    for (size_t f = 0; f < count; f++) all[f] = (spread){cv[f], f};
    if (count) qsort(all, count, sizeof *all, by_cv);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || all[i].cv != all[i - 1].cv) laws[(*law_count)++] = law_of(all[i].cv);
        size_t f = all[i].factor;
        factors[f] = (ltn_row_factor){(uint64_t)factor[f], (int32_t)(*law_count - 1), 0, 1};
    }
    free(all);
    return LTN_OK;
}

ltn_status ltn_total_moments(size_t rows, const double *emission_t, const size_t *first, const int64_t *factor,
                             const double *cv, ltn_moments *out)
{
    *out = (ltn_moments){NAN, NAN, NAN, NAN};
    ltn_status status = check_rows(rows, emission_t, first);
    if (status) return status;
    size_t count = first[rows];
    status = check_cv(count, cv);
    if (status) return status;
    ltn_row_factor *factors = ltn_alloc(count, sizeof *factors);
    ltn_law *laws = ltn_alloc(count, sizeof *laws);
    ltn_product_rows all = {rows, emission_t, first, factors, laws, 0};
    status = factors && laws ? fill_laws(count, factor, cv, factors, laws, &all.law_count) : LTN_ENOMEM;
    if (!status) status = ltn_product_moments(&all, out);
    free(factors);
    free(laws);
    return status;
}
