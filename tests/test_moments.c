/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Exact mean and variance of totals, against closed forms, all pairs of rows, and expectations over all nodes. */
#include "support.h"

#include "assess/law_moments.h"
#include "assess/product_moments.h"

#include <math.h>

/* ---- laws ---- */

static ltn_law law(ltn_distribution_kind kind, double a, double b, double c, double d)
{
    ltn_law l = {.value = {kind, {a, b, c, d}}, .low = -INFINITY, .high = INFINITY};
    l.mean = ltn_distribution_mean(&l.value);
    return l;
}

static ltn_law lognormal(double mean, double cv)
{
    ltn_law l = {.value = ltn_lognormal_mean_cv(mean, cv), .mean = mean, .low = 0, .high = INFINITY};
    return l;
}

static ltn_law within(ltn_law l, double low, double high)
{
    l.low = low, l.high = high;
    return l;
}

/* Φ(σ/√2) − 1/2 of a uniform number and a lognormal of mean 1 and CV 0.25. Quadratures of 30 digits are mpmath's. */
static void laws_have_their_moments(void **state)
{
    (void)state;
    const struct {
        ltn_law law;
        double mean, variance;
    } cases[] = {
        {law(LTN_CONSTANT, 2.5, 0, 0, 0), 2.5, 0},
        {within(law(LTN_CONSTANT, 2.5, 0, 0, 0), 0, 1), 1, 0},
        {law(LTN_NORMAL, 0.9, 0.2, 0, 0), 0.9, 0.04},
        {lognormal(10, 0.25), 10, 6.25},
        /* METHODS: mean and sd */
        {law(LTN_TRUNCATED_NORMAL, 0.9, 0.2, 0, 1), 0.7981720360451024, 0.1394404753613752 * 0.1394404753613752},
        {law(LTN_TRIANGULAR, 0.7, 0.9, 0.95, 0), 0.85, 0.00291666666666667},
        {law(LTN_TRIANGULAR, 0, 0, 3, 0), 1, 0.5}, /* (b − a)²/18 */
        {law(LTN_UNIFORM, 0.6, 0.9, 0, 0), 0.75, 0.0075},
        {law(LTN_BETA, 2, 1, 0, 3), 2, 0.5}, /* 9 · 2/(9 · 4) */
        /* the bounds take what is beyond them: quadrature with mpmath */
        {within(law(LTN_NORMAL, 0.9, 0.2, 0, 0), 0, 1), 0.86044082736214792, 0.022137378298049818},
        /* uniform on [0, 1], set to at most 1/2: mean 3/8, E[x²] = 1/24 + 1/8 */
        {within(law(LTN_UNIFORM, 0, 1, 0, 0), 0, 0.5), 0.375, 1 / 6.0 - 9 / 64.0},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_close(ltn_law_mean(&cases[i].law), cases[i].mean, 1e-12, 0);
        assert_close(ltn_law_covariance(&cases[i].law, &cases[i].law), cases[i].variance, 4e-12, 0);
    }
    ltn_law relative = lognormal(10, 0.25); /* a multiplier around 1 */
    relative.relative = true;
    assert_close(ltn_law_mean(&relative), 1, 1e-15, 0);
    assert_close(ltn_law_covariance(&relative, &relative), 0.0625, 1e-14, 0);
}

static void laws_of_one_stream_move_together(void **state)
{
    (void)state;
    ltn_law uniform = law(LTN_UNIFORM, 0, 1, 0, 0), other = law(LTN_UNIFORM, 2, 2.5, 0, 0);
    ltn_law triangular = law(LTN_TRIANGULAR, 0.7, 0.9, 0.95, 0), falling = law(LTN_TRIANGULAR, 0, 0, 1, 0);
    ltn_law beta = law(LTN_BETA, 2, 1, 0, 1), normal = law(LTN_NORMAL, 5, 2, 0, 0), wide = lognormal(1, 0.25);
    ltn_law truncated = law(LTN_TRUNCATED_NORMAL, 0.9, 0.2, 0, 1), fixed = law(LTN_CONSTANT, 3, 0, 0, 0);
    ltn_law bounded = within(law(LTN_NORMAL, 0.9, 0.2, 0, 0), 0, 1), more = lognormal(3, 0.7);
    double sigma = sqrt(log(1.0625)), sigma_more = sqrt(log(1.49));
    const struct {
        const ltn_law *a, *b;
        double covariance;
    } cases[] = {
        {&uniform, &other, 0.5 / 12},
        {&uniform, &falling, 1 / 15.0}, /* q = 1 − √(1 − u): 1/2 − B(2, 3/2) − 1/6 */
        {&uniform, &beta, 1 / 15.0},    /* q = √u: 2/5 − 1/3 */
        {&uniform, &triangular, 0.0153333333333333333},
        {&uniform, &wide, 0.0691082571449243201},
        {&truncated, &triangular, 0.00748431869005958575},
        {&beta, &normal, 2 * 0.229367107559447235},
        {&bounded, &wide, 0.0318371804180162285},
        {&normal, &wide, 2 * sigma},                       /* Stein */
        {&more, &wide, 3 * (exp(sigma * sigma_more) - 1)}, /* exp(σ·σ) − 1 */
        {&fixed, &wide, 0},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_close(ltn_law_covariance(cases[i].a, cases[i].b), cases[i].covariance, 1e-11, 0);
        assert_close(ltn_law_covariance(cases[i].b, cases[i].a), cases[i].covariance, 1e-11, 0);
    }
}

/* e^(20·38) is no double: the quadrature has no value, and says so at once instead of halving on. */
static void a_law_too_wide_for_the_quadrature(void **state)
{
    (void)state;
    ltn_law wide = law(LTN_LOGNORMAL, 0, 20, 0, 0), flat = law(LTN_UNIFORM, 0, 1, 0, 0);
    assert_false(isfinite(ltn_law_covariance(&flat, &wide)));
}

/* ---- by coefficients of variation ---- */

/* Goodman 1960: 1000 · 2.5 · 0.2 with sd 50, 0.5, 0.1: CV 0.05, 0.2, 0.5 on 500; METHODS has the sd. */
static void goodman(void **state)
{
    (void)state;
    ltn_moments m;
    assert_ok(
        ltn_total_moments(1, (double[]){500}, (size_t[]){0, 3}, (int64_t[]){1, 2, 3}, (double[]){0.05, 0.2, 0.5}, &m));
    assert_close(m.mean, 500, 1e-15, 0);
    assert_close(m.sd, 275.340698045167, 1e-14, 0);
    assert_close(m.variance, m.sd * m.sd, 1e-15, 0);
    assert_close(m.cv, 275.340698045167 / 500, 1e-14, 0);
}

/* 300 and 200 t with one factor of CV 0.6 and an activity of their own of CV 0.1 and 0.2:
 *   shared: 500² · 0.36 = 90000; own: 300² · 0.01 · 1.36 + 200² · 0.04 · 1.36 = 1224 + 2176; together 93400.
 * With a factor each, 130000 · 0.36 = 46800 take the place of the 90000. */
static void two_rows(void **state)
{
    (void)state;
    ltn_moments shared, apart;
    double emission[] = {300, 200}, cv[] = {0.6, 0.1, 0.6, 0.2};
    size_t first[] = {0, 2, 4};
    assert_ok(ltn_total_moments(2, emission, first, (int64_t[]){7, 1, 7, 2}, cv, &shared));
    assert_close(shared.mean, 500, 1e-15, 0);
    assert_close(shared.variance, 93400, 1e-14, 0);
    assert_ok(ltn_total_moments(2, emission, first, (int64_t[]){7, 1, 8, 2}, cv, &apart));
    assert_close(apart.variance, 50200, 1e-14, 0);
    assert_true(shared.variance > apart.variance);
    /* all is shared, activity as well, with CVs that differ: of the pair (1 + 0.36) · exp(σ1·σ2) − 1 */
    assert_ok(ltn_total_moments(2, emission, first, (int64_t[]){7, 1, 7, 1}, cv, &shared));
    double both = exp(sqrt(log(1.01) * log(1.04)));
    assert_close(shared.variance, 9e4 * (1.36 * 1.01 - 1) + 4e4 * (1.36 * 1.04 - 1) + 12e4 * (1.36 * both - 1), 1e-13,
                 0);
    /* a trend: what both years share falls out. (−300 + 300) · X + own: 300² · 0.01 · 1.36 · 2 */
    assert_ok(ltn_total_moments(2, (double[]){-300, 300}, first, (int64_t[]){7, 1, 7, 2},
                                (double[]){0.6, 0.1, 0.6, 0.1}, &shared));
    assert_close(shared.variance, 2448, 1e-13, 0);
    assert_true(shared.mean == 0 && isnan(shared.cv));
}

/* E[Π X_i X_j] of lognormals by the factors that two rows have in common. */
static long double pair_moment(const size_t *first, const int64_t *factor, const double *cv, size_t i, size_t j)
{
    long double product = 1;
    for (size_t f = first[i]; f < first[i + 1]; f++)
        for (size_t g = first[j]; g < first[j + 1]; g++)
            if (factor[f] == factor[g])
                product *= expl(sqrtl(log1pl((long double)cv[f] * cv[f]) * log1pl((long double)cv[g] * cv[g])));
    return product;
}

/* Random rows of up to 5 of 8 factors, with 3 CVs: all pairs of rows, in long double. More sharing, more spread. */
static void random_rows_against_all_pairs(void **state)
{
    (void)state;
    enum { ROWS = 40 };
    static const double cvs[] = {0, 0.1, 0.45, 1.3};
    uint64_t seed = 4711;
    for (int round = 0; round < 30; round++) {
        double emission[ROWS], cv[ROWS * 5];
        size_t first[ROWS + 1] = {0};
        int64_t factor[ROWS * 5], apart[ROWS * 5];
        for (size_t i = 0; i < ROWS; i++) {
            size_t count = random_bits(&seed) % 6, from = random_bits(&seed) % 8;
            emission[i] = random_uniform(&seed, 0.1, 90);
            first[i + 1] = first[i] + count;
            for (size_t f = first[i]; f < first[i + 1]; f++) {
                factor[f] = (int64_t)(from + 3 * (f - first[i])) % 8 - 4;
                apart[f] = random_bits(&seed) % 4 ? factor[f] : (int64_t)(1000 + f);
                cv[f] = cvs[random_bits(&seed) % 4];
            }
        }
        long double variance = 0, mean = 0;
        for (size_t i = 0; i < ROWS; i++) {
            mean += emission[i];
            for (size_t j = 0; j < ROWS; j++)
                variance += (long double)emission[i] * emission[j] * (pair_moment(first, factor, cv, i, j) - 1);
        }
        ltn_moments m, less;
        assert_ok(ltn_total_moments(ROWS, emission, first, factor, cv, &m));
        assert_close(m.mean, (double)mean, 1e-14, 0);
        assert_close(m.variance, (double)variance, 1e-12, 0);
        assert_ok(ltn_total_moments(ROWS, emission, first, apart, cv, &less));
        assert_true(less.variance < m.variance);
    }
}

/* Var = f²·(Σe)² + a²·(1 + f²)·Σe², with CV f of the factor that all share and a of their own activities; in a run time
 * that all pairs, 9e10, would not have. */
static void many_rows(void **state)
{
    (void)state;
    size_t rows = is_slow() ? 3000 : 300000;
    double *emission = calloc(rows, sizeof *emission), *cv = calloc(2 * rows, sizeof *cv);
    size_t *first = calloc(rows + 1, sizeof *first);
    int64_t *factor = calloc(2 * rows, sizeof *factor);
    uint64_t seed = 8;
    long double sum = 0, squares = 0;
    for (size_t i = 0; i < rows; i++) {
        emission[i] = random_uniform(&seed, 0, 5);
        sum += emission[i], squares += (long double)emission[i] * emission[i];
        first[i + 1] = 2 * (i + 1);
        factor[2 * i] = -1, cv[2 * i] = 1e-5;
        factor[2 * i + 1] = (int64_t)i, cv[2 * i + 1] = 0.3;
    }
    ltn_moments m;
    assert_ok(ltn_total_moments(rows, emission, first, factor, cv, &m));
    assert_close(m.mean, (double)sum, 1e-14, 0);
    assert_close(m.variance, (double)(1e-10L * sum * sum + 0.09L * (1 + 1e-10L) * squares), 1e-12, 0);
    free(emission);
    free(cv);
    free(first);
    free(factor);
}

/* ---- any laws, and shares ---- */

enum { STREAMS = 6, LAWS = 4, ROWS = 12, MOST = 4 };

typedef struct random_rows {
    double weight[ROWS];
    size_t first[ROWS + 1];
    ltn_row_factor factors[ROWS * MOST];
    ltn_law laws[LAWS];
} random_rows;

/* Uniform laws: of them a total is affine in each u, its square quadratic, which two nodes integrate exactly. */
static random_rows make_rows(uint64_t *seed)
{
    random_rows r = {.first = {0}};
    for (int l = 0; l < LAWS; l++)
        r.laws[l] = law(LTN_UNIFORM, random_uniform(seed, -1, 1), random_uniform(seed, 1, 2), 0, 0);
    for (size_t i = 0; i < ROWS; i++) {
        size_t count = random_bits(seed) % (MOST + 1), from = random_bits(seed) % STREAMS;
        r.weight[i] = random_uniform(seed, -3, 9);
        r.first[i + 1] = r.first[i] + count;
        for (size_t f = 0; f < count; f++)
            r.factors[r.first[i] + f] =
                (ltn_row_factor){UINT64_MAX - (from + 5 * f) % STREAMS, (int32_t)(random_bits(seed) % LAWS),
                                 random_uniform(seed, -1, 2), random_uniform(seed, -2, 2)};
    }
    return r;
}

static double total_at(const random_rows *r, unsigned node)
{
    double total = 0;
    for (size_t i = 0; i < ROWS; i++) {
        double product = r->weight[i];
        for (size_t f = r->first[i]; f < r->first[i + 1]; f++) {
            const ltn_row_factor *x = &r->factors[f];
            const double *ends = r->laws[x->law].value.parameter;
            double u = 0.5 + (node >> (UINT64_MAX - x->stream) & 1 ? 0.5 : -0.5) / sqrt(3);
            product *= x->offset + x->slope * (ends[0] + u * (ends[1] - ends[0]));
        }
        total += product;
    }
    return total;
}

static void shares_against_all_nodes(void **state)
{
    (void)state;
    uint64_t seed = 2015;
    for (int round = 0; round < 50; round++) {
        random_rows r = make_rows(&seed);
        double mean = 0, variance = 0;
        for (unsigned node = 0; node < 1 << STREAMS; node++) mean += total_at(&r, node) / (1 << STREAMS);
        for (unsigned node = 0; node < 1 << STREAMS; node++)
            variance += pow(total_at(&r, node) - mean, 2) / (1 << STREAMS);
        ltn_product_rows rows = {ROWS, r.weight, r.first, r.factors, r.laws, LAWS};
        ltn_moments m;
        assert_ok(ltn_product_moments(&rows, &m));
        assert_close(m.mean, mean, 1e-12, 1e-12);
        assert_close(m.variance, variance, 1e-11, 1e-12);
    }
}

/* By hand: 40 t at R 0.8 are (1 − R)/0.2 times 40. R uniform on [0.7, 0.9] on both rows: E 40 + 10, sd of R 0.2/√12, so
 * that of the total (40 + 10)/0.2 · 0.2/√12 = 50/√12. */
static void a_removal_takes_its_place(void **state)
{
    (void)state;
    ltn_law removal = law(LTN_UNIFORM, 0.7, 0.9, 0, 0);
    ltn_row_factor factors[] = {{5, 0, 1 / 0.2, -1 / 0.2}, {5, 0, 1 / 0.2, -1 / 0.2}};
    ltn_product_rows rows = {2, (double[]){40, 10}, (size_t[]){0, 1, 2}, factors, &removal, 1};
    ltn_moments m;
    assert_ok(ltn_product_moments(&rows, &m));
    assert_close(m.mean, 50, 1e-14, 0);
    assert_close(m.sd, 50 / sqrt(12), 1e-14, 0);
    /* where one removes and the other rests on what the first lets through, they make up for each other */
    factors[1] = (ltn_row_factor){5, 0, 0, 40 / 0.8 / 10};
    rows.weight = (double[]){40, 40};
    assert_ok(ltn_product_moments(&rows, &m));
    assert_close(m.mean, 40 + 40 * 5 * 0.8, 1e-14, 0);
    assert_close(m.variance, 0, 0, 1e-24);
}

static void refusals(void **state)
{
    (void)state;
    ltn_moments m;
    double emission[] = {1.5, 2}, cv[20] = {0.1, 0.2};
    size_t first[] = {0, 1, 2};
    int64_t factor[] = {1, 1};
    assert_status(ltn_total_moments(0, emission, first, factor, cv, &m), LTN_EARGUMENT);
    assert_true(isnan(m.mean) && isnan(m.variance) && isnan(m.sd) && isnan(m.cv));
    assert_status(ltn_total_moments(2, (double[]){1.5, NAN}, first, factor, cv, &m), LTN_EARGUMENT);
    assert_contains(ltn_last_error()->message, "emission_t[1] is nan; expected a finite number");
    assert_status(ltn_total_moments(2, emission, first, factor, (double[]){0.1, -0.2}, &m), LTN_EARGUMENT);
    assert_contains(ltn_last_error()->message, "cv[1] is -0.2; expected a finite number of at least 0");
    assert_status(ltn_total_moments(2, emission, (size_t[]){1, 1, 2}, factor, cv, &m), LTN_EARGUMENT);
    assert_status(ltn_total_moments(2, emission, (size_t[]){0, 2, 1}, factor, cv, &m), LTN_EARGUMENT);
    assert_contains(ltn_last_error()->message, "first[2] is 1, below the 2 before it");
    assert_status(ltn_total_moments(1, emission, (size_t[]){0, 2}, factor, cv, &m), LTN_EARGUMENT);
    assert_contains(ltn_last_error()->message, "row 0 has one random factor twice");
    assert_status(ltn_total_moments(2, emission, first, factor, (double[]){0.1, 1e200}, &m), LTN_EARGUMENT);
    assert_contains(ltn_last_error()->message, "larger than a number can be");
    int64_t many[34];
    double cvs[34];
    for (int i = 0; i < 34; i++) many[i] = i % 17, cvs[i] = 0.1;
    assert_status(ltn_total_moments(2, emission, (size_t[]){0, 17, 34}, many, cvs, &m), LTN_ELIMIT);
    assert_contains(ltn_last_error()->message, "row 0 shares more than 16 random factors");
    /* 16 are no limit: Var = (3.5)²·(1.01^16 − 1); of a row's own there may be any number */
    assert_ok(ltn_total_moments(2, emission, (size_t[]){0, 16, 32},
                                (int64_t[]){0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
                                            0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
                                cvs, &m));
    assert_close(m.variance, 12.25 * (pow(1.01, 16) - 1), 1e-12, 0);
    assert_ok(ltn_total_moments(1, emission, (size_t[]){0, 17}, many, cvs, &m));
    assert_close(m.variance, 2.25 * (pow(1.01, 17) - 1), 1e-13, 0);
    assert_ok(ltn_total_moments(2, emission, (size_t[]){0, 0, 0}, NULL, NULL, &m)); /* nothing is uncertain */
    assert_close(m.mean, 3.5, 0, 0);
    assert_same_bits(m.variance, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(laws_have_their_moments),
        cmocka_unit_test(laws_of_one_stream_move_together),
        cmocka_unit_test(goodman),
        cmocka_unit_test(two_rows),
        cmocka_unit_test(random_rows_against_all_pairs),
        cmocka_unit_test(many_rows),
        cmocka_unit_test(shares_against_all_nodes),
        cmocka_unit_test(a_law_too_wide_for_the_quadrature),
        cmocka_unit_test(a_removal_takes_its_place),
        cmocka_unit_test(refusals),
    };
    obey_test_filter();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
