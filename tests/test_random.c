/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random numbers, designs and rank correlations. */
#include "support.h"

#include "base/design.h"
#include "base/distribution.h"
#include "base/normal.h"
#include "base/random.h"
#include "base/rank_correlation.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_qrng.h>
#include <math.h>

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double *numbers(size_t count)
{
    double *out = calloc(count, sizeof *out);
    assert_non_null(out);
    return out;
}

/* ---- Philox ---- */

static void test_philox(void **state)
{
    (void)state;
    /* The known answer of Random123's own kat_vectors, "philox4x64 10" with a key and a counter of zeros. */
    static const uint64_t zeros[] = {0x16554d9eca36314c, 0xdb20fe9d672d0fdc, 0xd7e772cee186176b, 0x7e68b68aec7ba23b};
    /* NumPy 1.24.2: Philox(key=[2018, 7], counter=[2, 0x404da9e3b74078c2, 0, 0]).random_raw(4); it counts up first. */
    static const uint64_t numpy[] = {0xd372b4bc4e81678e, 0x9f6cbdd448a7afc0, 0xb292c7e6e12e3fa5, 0x35f6c2d704d1f244};
    double u[4];
    for (uint64_t i = 0; i < 4; i++) {
        assert_true(ltn_random_bits((ltn_random_key){0, 0}, 0, i) == zeros[i]);
        assert_true(ltn_random_bits((ltn_random_key){2018, 7}, 0x404da9e3b74078c2, 12 + i) == numpy[i]);
    }
    /* METHODS.md: the uniforms of the first two words. */
    ltn_random_uniforms((ltn_random_key){0, 0}, 0, 0, 4, u);
    assert_close(u[0], .0872391235991124, 1e-14, 0);
    assert_close(u[1], .85597220747802205, 1e-15, 0);
    for (int i = 0; i < 4; i++) assert_same_bits(u[i], ((double)(zeros[i] >> 11) + .5) * 0x1p-53);
}

static void test_uniforms_lie_inside(void **state)
{
    (void)state;
    assert_same_bits(ltn_uniform(0), 0x1p-54);
    assert_same_bits(ltn_uniform(UINT64_MAX), 1 - 0x1p-53); /* (2^53 − 1/2)·2^-53 would round to 1 */
    assert_same_bits(ltn_uniform((uint64_t)1 << 63), .5);   /* 2^52 + 1/2 rounds to even */
}

/* FNV-1a's published answers for "", "a" and "foobar" (cbf29ce484222325, af63dc4c8601ec8c, 85944171f73967e8), then
 * splitmix64's finaliser, computed in Python with integers. */
static void test_streams_of_names(void **state)
{
    (void)state;
    assert_true(ltn_stream("") == 0xf52a15e9a9b5e89b);
    assert_true(ltn_stream("a") == 0x2c0bdbf481420f8);
    assert_true(ltn_stream("foobar") == 0x404da9e3b74078c2);
    assert_true(ltn_stream("源:activity") == 0x1bc88ba4de3fa49);
}

static void test_uniforms_do_not_depend_on_the_cut(void **state)
{
    (void)state;
    enum { COUNT_ALL = 3001 };
    const ltn_random_key key = {2018, 3};
    const uint64_t first = UINT64_C(0x100000001) * 4 + 3, stream = ltn_stream("factor:1A4");
    double *whole = numbers(COUNT_ALL), *piece = numbers(COUNT_ALL);
    ltn_random_uniforms(key, stream, first, COUNT_ALL, whole);
    for (size_t i = 0; i < COUNT_ALL; i++)
        assert_same_bits(whole[i], ltn_uniform(ltn_random_bits(key, stream, first + i)));
    for (size_t cut = 1; cut <= 37; cut++) {
        for (size_t i = 0; i < COUNT_ALL; i += cut)
            ltn_random_uniforms(key, stream, first + i, COUNT_ALL - i < cut ? COUNT_ALL - i : cut, piece + i);
        assert_memory_equal(whole, piece, COUNT_ALL * sizeof *whole);
    }
    piece[0] = -1;
    ltn_random_uniforms(key, stream, first, 0, piece);
    assert_same_bits(piece[0], -1);
    free(whole);
    free(piece);
}

static void test_keys_and_streams_differ(void **state)
{
    (void)state;
    enum { N = 100000 };
    static const ltn_random_key keys[] = {{1, 0}, {0, 1}, {1, 0}, {2, 0}};
    const uint64_t streams[] = {5, 5, 6, 5};
    double *columns[4];
    for (size_t k = 0; k < 4; k++) ltn_random_uniforms(keys[k], streams[k], 0, N, columns[k] = numbers(N));
    for (size_t a = 0; a < 4; a++)
        for (size_t b = 0; b < a; b++) {
            double sum = 0;
            for (size_t i = 0; i < N; i++) sum += (columns[a][i] - .5) * (columns[b][i] - .5);
            assert_close(sum * 12 / N, 0, 0, 4 / sqrt(N)); /* a correlation's standard error is 1/sqrt(N) */
        }
    for (size_t k = 0; k < 4; k++) free(columns[k]);
}

static void test_uniforms_are_uniform(void **state)
{
    (void)state;
    enum { N = 1000000, CELLS = 1000 };
    static size_t cells[CELLS];
    double *u = numbers(N), chi2 = 0, distance = 0;
    memset(cells, 0, sizeof cells);
    ltn_random_uniforms((ltn_random_key){20180101, 0}, ltn_stream("test"), 0, N, u);
    for (size_t i = 0; i < N; i++) cells[(size_t)(u[i] * CELLS)]++;
    for (size_t i = 0; i < CELLS; i++) {
        double off = (double)cells[i] - (double)N / CELLS;
        chi2 += off * off / ((double)N / CELLS);
    }
    double p = gsl_cdf_chisq_Q(chi2, CELLS - 1);
    assert_true(p > .001 && p < .999);
    qsort(u, N, sizeof *u, ascending);
    for (size_t i = 0; i < N; i++) distance = fmax(distance, fmax(u[i] - (double)i / N, (double)(i + 1) / N - u[i]));
    assert_true(distance * sqrt(N) < 1.95); /* Kolmogorov's quantile for p = 0.001 is 1.949 */
    free(u);
}

/* ---- designs ---- */

static ltn_design *design(ltn_design_kind kind, size_t dimensions, size_t draws)
{
    ltn_design *out;
    assert_ok(ltn_design_create(kind, (ltn_random_key){11, 2}, NULL, dimensions, draws, &out));
    return out;
}

static void test_latin_hypercube_has_one_draw_in_each_interval(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 2, 7, 1000, 49999};
    for (size_t s = 0; s < COUNT(sizes); s++) {
        size_t n = sizes[s];
        double *u = numbers(n);
        ltn_design *latin = design(LTN_DESIGN_LATIN, 5, n);
        for (size_t k = 0; k < 5; k++) {
            char *met = calloc(n, 1);
            assert_non_null(met);
            ltn_design_uniforms(latin, k, 0, n, u);
            for (size_t i = 0; i < n; i++) {
                assert_true(u[i] > 0 && u[i] < 1);
                size_t interval = (size_t)(u[i] * (double)n);
                assert_int_equal(met[interval]++, 0);
            }
            free(met);
        }
        ltn_design_free(latin);
        free(u);
    }
}

/* Columns in random order are uncorrelated within 4/sqrt(N), and places in the intervals are uniform. */
static void test_latin_hypercube_is_random(void **state)
{
    (void)state;
    enum { N = 10000 };
    double *a = numbers(N), *b = numbers(N), product = 0, place = 0;
    ltn_design *latin = design(LTN_DESIGN_LATIN, 2, N);
    ltn_design_uniforms(latin, 0, 0, N, a);
    ltn_design_uniforms(latin, 1, 0, N, b);
    for (size_t i = 0; i < N; i++) {
        product += (a[i] - .5) * (b[i] - .5);
        place += a[i] * N - floor(a[i] * N) - .5;
    }
    assert_close(product * 12 / N, 0, 0, 4 / sqrt(N));
    assert_close(place / N, 0, 0, 4 / sqrt(12. * N));
    ltn_design_free(latin);
    free(a);
    free(b);
}

static void test_sobol_is_gsls_shifted(void **state)
{
    (void)state;
    enum { N = 1023 };
    double *u = numbers(N), point[LTN_SOBOL_DIMENSIONS];
    ltn_design *sobol = design(LTN_DESIGN_SOBOL, LTN_SOBOL_DIMENSIONS, N);
    for (size_t k = 0; k < LTN_SOBOL_DIMENSIONS; k++) {
        gsl_qrng *generator = gsl_qrng_alloc(gsl_qrng_sobol, LTN_SOBOL_DIMENSIONS);
        char name[32];
        snprintf(name, sizeof name, "design:%zu:shift", k);
        double shift = (double)(ltn_random_bits((ltn_random_key){11, 2}, ltn_stream(name), 0) >> 11) * 0x1p-53;
        ltn_design_uniforms(sobol, k, 0, N, u);
        for (size_t i = 0; i < N; i++) {
            gsl_qrng_get(generator, point);
            assert_close(u[i], fmod(point[k] + shift, 1), 0, 1e-15);
            assert_true(u[i] > 0 && u[i] < 1);
        }
        gsl_qrng_free(generator);
        /* The first 1023 and the zero that GSL leaves out are the multiples of 1/1024, in each dimension. */
        qsort(u, N, sizeof *u, ascending);
        for (size_t i = 1; i < N; i++) assert_true(u[i] - u[i - 1] > (1 - 1e-9) / 1024);
    }
    ltn_design_free(sobol);
    free(u);
}

/* The integral of the product of 10 factors 1 + c(u − 1/2), each of integral 1. */
static double product_integral(ltn_design_kind kind, size_t draws)
{
    enum { DIMENSIONS = 10 };
    double *u = numbers(draws), *product = numbers(draws), sum = 0;
    ltn_design *points = design(kind, DIMENSIONS, draws);
    for (size_t i = 0; i < draws; i++) product[i] = 1;
    for (size_t k = 0; k < DIMENSIONS; k++) {
        ltn_design_uniforms(points, k, 0, draws, u);
        for (size_t i = 0; i < draws; i++) product[i] *= 1 + .8 * (u[i] - .5);
    }
    for (size_t i = 0; i < draws; i++) sum += product[i];
    ltn_design_free(points);
    free(product);
    free(u);
    return sum / (double)draws;
}

/* One factor's variance is .64/12, the product's (1 + .64/12)^10 − 1 = .6814 (Goodman 1960). The sum of the factors'
 * own parts, .5333 of it, is nearly gone in a Latin hypercube: what is left has the sd sqrt(.6814 − .5333) = .385. */
static void test_designs_integrate(void **state)
{
    (void)state;
    enum { N = 16384 };
    assert_close(product_integral(LTN_DESIGN_RANDOM, N), 1, 0, 4 * .8255 / 128);
    assert_close(product_integral(LTN_DESIGN_LATIN, N), 1, 0, 4 * .385 / 128);
    assert_close(product_integral(LTN_DESIGN_SOBOL, N), 1, 0, .002); /* a third of one standard error of random draws */
}

static void test_designs_do_not_depend_on_the_cut_or_the_other_columns(void **state)
{
    (void)state;
    enum { N = 777, CUT = 100 };
    double whole[N], piece[N], few[N];
    for (int kind = LTN_DESIGN_RANDOM; kind <= LTN_DESIGN_SOBOL; kind++) {
        ltn_design *wide = design((ltn_design_kind)kind, 9, N), *narrow = design((ltn_design_kind)kind, 4, N);
        ltn_design_uniforms(wide, 3, 0, N, whole);
        ltn_design_uniforms(narrow, 3, 0, N, few);
        assert_memory_equal(whole, few, sizeof whole);
        for (size_t i = 0; i < N; i += CUT) ltn_design_uniforms(wide, 3, i, N - i < CUT ? N - i : CUT, piece + i);
        assert_memory_equal(whole, piece, sizeof whole);
        ltn_design_free(wide);
        ltn_design_free(narrow);
    }
}

static void test_designs_that_cannot_be(void **state)
{
    (void)state;
    static const struct {
        ltn_design_kind kind;
        size_t dimensions, draws;
        ltn_status status;
        const char *part;
    } bad[] = {
        {LTN_DESIGN_SOBOL, 41, 100, LTN_ELIMIT, "a Sobol sequence in 41 dimensions; expected at most 40"},
        {LTN_DESIGN_SOBOL, 1, (size_t)1 << 30, LTN_ELIMIT, "expected fewer than 2^30"},
        {LTN_DESIGN_LATIN, 1, (size_t)1 << 32, LTN_ELIMIT, "expected at most 2^32 - 1"},
        {LTN_DESIGN_RANDOM, 0, 100, LTN_EARGUMENT, "0 dimensions"},
        {LTN_DESIGN_LATIN, 3, 0, LTN_EARGUMENT, "0 draws"},
        {LTN_DESIGN_LATIN, SIZE_MAX / 2, 1000, LTN_ENOMEM, "memory"},
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        ltn_design *out = (ltn_design *)&bad;
        assert_status(
            ltn_design_create(bad[i].kind, (ltn_random_key){1, 1}, NULL, bad[i].dimensions, bad[i].draws, &out),
            bad[i].status);
        assert_null(out);
        assert_contains(ltn_last_error()->message, bad[i].part);
    }
    ltn_design_free(NULL);
}

/* ---- rank correlations ---- */

typedef struct ranked {
    double value;
    size_t at;
} ranked;

static int by_value(const void *a, const void *b)
{
    return ascending(&((const ranked *)a)->value, &((const ranked *)b)->value);
}

static double *ranks(const double *column, size_t count)
{
    ranked *sorted = calloc(count, sizeof *sorted);
    double *out = numbers(count);
    assert_non_null(sorted);
    for (size_t i = 0; i < count; i++) sorted[i] = (ranked){column[i], i};
    qsort(sorted, count, sizeof *sorted, by_value);
    for (size_t i = 0; i < count; i++) out[sorted[i].at] = (double)i;
    free(sorted);
    return out;
}

/* 1 − 6 Σd²/(n (n² − 1)), of columns without ties. */
static double spearman(const double *x, const double *y, size_t count)
{
    double *a = ranks(x, count), *b = ranks(y, count), sum = 0, n = (double)count;
    for (size_t i = 0; i < count; i++) sum += (a[i] - b[i]) * (a[i] - b[i]);
    free(a);
    free(b);
    return 1 - 6 * sum / (n * (n * n - 1));
}

static void test_ranks_and_normals(void **state)
{
    (void)state;
    assert_close(ltn_normal_to_rank(.5), .482583739530997, 1e-14, 0); /* METHODS.md */
    assert_close(ltn_rank_to_normal(.5), .517638090205041, 1e-14, 0);
    assert_close(ltn_rank_to_normal(.482583739530997), .5, 1e-14, 0);
    assert_close(ltn_rank_to_normal(1), 1, 1e-15, 0);
    assert_close(ltn_rank_to_normal(-1), -1, 1e-15, 0);
    assert_same_bits(ltn_rank_to_normal(0), 0);
}

static void test_factor_of_a_matrix(void **state)
{
    (void)state;
    static const double rank[] = {1, .7, -.3, .7, 1, .2, -.3, .2, 1};
    double factor[9];
    size_t pair[2];
    assert_null(ltn_rank_cholesky(rank, 3, factor, pair));
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < 3; j++) {
            double sum = 0;
            for (size_t k = 0; k < 3; k++) sum += factor[i * 3 + k] * factor[j * 3 + k];
            assert_close(sum, i == j ? 1 : 2 * sin(acos(-1) * rank[i * 3 + j] / 6), 1e-14, 0);
            if (j > i) assert_same_bits(factor[i * 3 + j], 0);
        }
}

static void test_matrices_that_cannot_be(void **state)
{
    (void)state;
    static const struct {
        double rank[9];
        size_t row, column;
        const char *why;
    } bad[] = {
        {{1, .5, 0, .5, 1, 1.2, 0, 1.2, 1}, 2, 1, "lies between"},
        {{1, NAN, 0, NAN, 1, 0, 0, 0, 1}, 1, 0, "lies between"},
        {{1, .5, 0, .5, .9, 0, 0, 0, 1}, 1, 1, "itself is 1"},
        {{1, .5, 0, .5, 1, .1, .3, .1, 1}, 2, 0, "symmetric"},
        /* 1 + 2·.9·(−.9)·.95 − .9² − .9² − .95² = −3.06 */
        {{1, .9, -.9, .9, 1, .95, -.9, .95, 1}, 2, 1, "hold together"},
        {{1, 1, 0, 1, 1, 0, 0, 0, 1}, 1, 0, "hold together"},
        /* Positive definite as it is, 1 − 2·.49³ − 3·.49² = .044; of the normals, with 2 sin(.49 pi/6) = .5074, not:
         * 1 − 2·.5074³ − 3·.5074² = −.034. */
        {{1, -.49, -.49, -.49, 1, -.49, -.49, -.49, 1}, 2, 0, "hold together"},
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        double factor[9];
        size_t pair[2] = {9, 9};
        const char *why = ltn_rank_cholesky(bad[i].rank, 3, factor, pair);
        assert_non_null(why);
        assert_contains(why, bad[i].why);
        assert_int_equal(pair[0], bad[i].row);
        assert_int_equal(pair[1], bad[i].column);
    }
}

/* A Gaussian copula of a lognormal, a triangular and a uniform: Spearman's coefficients are those asked for, with a
 * standard error below 1/sqrt(N − 1). */
static void test_copula_has_the_ranks(void **state)
{
    (void)state;
    enum { N = 200000 };
    static const double rank[] = {1, .482583739530997, -.3, .482583739530997, 1, .1, -.3, .1, 1};
    static const ltn_distribution laws[] = {
        {LTN_LOGNORMAL, {1, .8}}, {LTN_TRIANGULAR, {.7, .9, .95}}, {LTN_UNIFORM, {2, 5}}};
    double factor[9], *columns[3];
    size_t pair[2];
    assert_null(ltn_rank_cholesky(rank, 3, factor, pair));
    assert_close(factor[3], .5, 1e-14, 0);
    for (size_t k = 0; k < 3; k++) {
        columns[k] = numbers(N);
        ltn_random_uniforms((ltn_random_key){3, 0}, k, 0, N, columns[k]);
        ltn_normal_quantiles(columns[k], N, columns[k]);
    }
    ltn_correlate_normals(factor, 3, N, columns);
    for (size_t k = 0; k < 3; k++) {
        ltn_normal_probabilities(columns[k], N, columns[k]);
        ltn_distribution_quantiles(&laws[k], columns[k], N, columns[k]);
    }
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < i; j++)
            assert_close(spearman(columns[i], columns[j], N), rank[i * 3 + j], 0, 4 / sqrt(N));
    for (size_t k = 0; k < 3; k++) free(columns[k]);
}

static void test_iman_conover_reaches_the_ranks(void **state)
{
    (void)state;
    enum { N = 10000, K = 4 };
    static const double rank[K * K] = {1, .8, -.3, 0, .8, 1, -.1, .15, -.3, -.1, 1, -.4, 0, .15, -.4, 1};
    static const ltn_distribution laws[K] = {
        {LTN_LOGNORMAL, {1, .8}}, {LTN_TRIANGULAR, {.7, .9, .95}}, {LTN_NORMAL, {2, 5}}, {LTN_BETA, {2, 3, 0, 1}}};
    double factor[K * K], *columns = numbers((size_t)N * K), *before = numbers((size_t)N * K);
    size_t pair[2];
    ltn_design *latin = design(LTN_DESIGN_LATIN, K, N);
    assert_null(ltn_rank_cholesky(rank, K, factor, pair));
    for (size_t k = 0; k < K; k++) {
        ltn_design_uniforms(latin, k, 0, N, columns + k * N);
        ltn_distribution_quantiles(&laws[k], columns + k * N, N, columns + k * N);
    }
    memcpy(before, columns, (size_t)N * K * sizeof *columns);
    assert_ok(ltn_iman_conover(columns, N, K, factor, (ltn_random_key){5, 0}));
    for (size_t i = 0; i < K; i++)
        for (size_t j = 0; j < i; j++)
            assert_close(spearman(columns + i * N, columns + j * N, N), rank[i * K + j], 0, .01);
    for (size_t k = 0; k < K; k++) {
        assert_memory_not_equal(columns + k * N, before + k * N, N * sizeof *columns);
        qsort(columns + k * N, N, sizeof *columns, ascending);
        qsort(before + k * N, N, sizeof *columns, ascending);
    }
    assert_memory_equal(columns, before, (size_t)N * K * sizeof *columns);
    ltn_design_free(latin);
    free(columns);
    free(before);
}

static void test_iman_conover_with_too_few_draws(void **state)
{
    (void)state;
    static const double rank[] = {1, .5, .5, .5, 1, .5, .5, .5, 1};
    double factor[9], columns[] = {1, 2, 3, 4, 5, 6, 7, 8, 9}, before[9];
    size_t pair[2];
    assert_null(ltn_rank_cholesky(rank, 3, factor, pair));
    memcpy(before, columns, sizeof columns);
    assert_status(ltn_iman_conover(columns, 3, 3, factor, (ltn_random_key){1, 1}), LTN_EARGUMENT);
    assert_contains(ltn_last_error()->message, "3 draws are too few to correlate 3 columns of a design; expected more");
    assert_memory_equal(columns, before, sizeof columns);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_philox),
        cmocka_unit_test(test_uniforms_lie_inside),
        cmocka_unit_test(test_streams_of_names),
        cmocka_unit_test(test_uniforms_do_not_depend_on_the_cut),
        cmocka_unit_test(test_keys_and_streams_differ),
        cmocka_unit_test(test_uniforms_are_uniform),
        cmocka_unit_test(test_latin_hypercube_has_one_draw_in_each_interval),
        cmocka_unit_test(test_latin_hypercube_is_random),
        cmocka_unit_test(test_sobol_is_gsls_shifted),
        cmocka_unit_test(test_designs_integrate),
        cmocka_unit_test(test_designs_do_not_depend_on_the_cut_or_the_other_columns),
        cmocka_unit_test(test_designs_that_cannot_be),
        cmocka_unit_test(test_ranks_and_normals),
        cmocka_unit_test(test_factor_of_a_matrix),
        cmocka_unit_test(test_matrices_that_cannot_be),
        cmocka_unit_test(test_copula_has_the_ranks),
        cmocka_unit_test(test_iman_conover_reaches_the_ranks),
        cmocka_unit_test(test_iman_conover_with_too_few_draws),
    };
    obey_test_filter();
    return cmocka_run_group_tests_name("random", tests, NULL, remove_temporary_folder);
}
