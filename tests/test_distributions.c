/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Quantiles and moments of distributions. */
#include "support.h"

#include "base/distribution.h"
#include "base/exponential.h"
#include "base/normal.h"
#include "base/random.h"

#include <float.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_integration.h>
#include <math.h>

/* Ascending, with a tie. */
static const double measured[] = {.31, .44, .44, .72, 1.05, 1.9, 2.385};

/* One of each kind, skewed to both sides, wide and narrow, and cut in the centre and in both tails. */
static const ltn_distribution laws[] = {
    {LTN_NORMAL, {3.2, .45}},
    {LTN_NORMAL, {-120, 17}},
    {LTN_LOGNORMAL, {2.27227278208583, .24622067706924}},
    {LTN_LOGNORMAL, {-1.5, 1.1}},
    {LTN_TRIANGULAR, {.7, .9, .95}},
    {LTN_TRIANGULAR, {0, 0, 2.5}},
    {LTN_TRIANGULAR, {1, 3, 3}},
    {LTN_UNIFORM, {-.25, 1.75}},
    {LTN_TRUNCATED_NORMAL, {.9, .2, 0, 1}},
    {LTN_TRUNCATED_NORMAL, {2.5, .5, 1, 40}},
    {LTN_TRUNCATED_NORMAL, {0, 1, 4, 7}},
    {LTN_TRUNCATED_NORMAL, {0, 1, -5.5, -3}},
    {LTN_BETA, {2.5, 4.75, 0, 1}},
    {LTN_BETA, {8, 2, .5, .9}},
    {LTN_BETA, {.7, .6, -1, 1}},
    {LTN_EMPIRICAL, {0}, measured, COUNT(measured)},
};

/* ---- the normal ---- */

/* mpmath 1.2.1, 40 digits, of the doubles written. METHODS.md has the first two, to 17. */
static void test_normal_quantiles(void **state)
{
    (void)state;
    static const struct {
        double u, z;
    } known[] = {
        {.975, 1.9599639845400538556},  {1e-10, -6.3613409024040561991},  {1e-300, -37.047096299361199237},
        {.001, -3.0902323061678135354}, {.07499, -1.4396021182393162092}, {.0751, -1.4388253927525399824},
        {.3, -.52440051270804081597},   {.999999, 4.7534243088170877657}, {.5, 0},
    };
    for (size_t i = 0; i < COUNT(known); i++) {
        double z;
        ltn_normal_quantiles(&known[i].u, 1, &z);
        assert_close(z, known[i].z, 4 * DBL_EPSILON, 0);
    }
    double ends[] = {0, 1, -.1, 1.1, NAN}, z[5];
    ltn_normal_quantiles(ends, 5, z);
    assert_same_bits(z[0], -INFINITY);
    assert_same_bits(z[1], INFINITY);
    for (int i = 2; i < 5; i++) assert_true(isnan(z[i]));
}

static void test_normal_probabilities(void **state)
{
    (void)state;
    enum { N = 2000 };
    double z[N], u[N];
    for (int i = 0; i < N; i++) z[i] = -37 + i * .0237;
    ltn_normal_probabilities(z, N, u);
    for (int i = 0; i < N; i++) {
        assert_close(u[i], gsl_cdf_ugaussian_P(z[i]), 1e-12, 0);
        assert_true(u[i] > 0 && u[i] < 1);
    }
    double far[] = {-40, 9, INFINITY, -INFINITY, 0};
    ltn_normal_probabilities(far, 5, far);
    assert_same_bits(far[0], DBL_MIN);
    assert_same_bits(far[1], 1 - 0x1p-53);
    assert_same_bits(far[2], 1 - 0x1p-53);
    assert_same_bits(far[3], DBL_MIN);
    assert_same_bits(far[4], .5);
}

/* ---- the exponential ---- */

static void test_exponentials(void **state)
{
    (void)state;
    enum { N = 4096 };
    double x[N], out[N], worst = 0;
    for (uint64_t round = 0; round < 50; round++) {
        double reach = round % 2 ? 10 : 699;
        ltn_random_uniforms((ltn_random_key){9, round}, 1, 0, N, x);
        for (int i = 0; i < N; i++) x[i] = (2 * x[i] - 1) * reach;
        ltn_exponentials(x, N, out);
        for (int i = 0; i < N; i++) {
            long double exact = expl(x[i]);
            worst = fmax(worst, fabs((double)((out[i] - exact) / (nextafter(out[i], INFINITY) - out[i]))));
        }
    }
    assert_true(worst < 1.2); /* units in the last place; expl has 64 bits */
    double limits[] = {0, 709.9, -746, INFINITY, -INFINITY, NAN, 709.5, -740};
    ltn_exponentials(limits, COUNT(limits), out);
    assert_same_bits(out[0], 1);
    assert_same_bits(out[1], INFINITY);
    assert_same_bits(out[2], 0);
    assert_same_bits(out[3], INFINITY);
    assert_same_bits(out[4], 0);
    assert_true(isnan(out[5]));
    assert_close(out[6], exp(709.5), 1e-15, 0);
    assert_close(out[7], exp(-740), 0, 5e-324); /* no more than a few bits are left there */
}

/* ---- quantiles ---- */

static double quantile(const ltn_distribution *d, double u)
{
    return ltn_distribution_quantile(d, u);
}

/* METHODS.md "Distributions" (30 digits there), and closed forms. */
static void test_known_quantiles(void **state)
{
    (void)state;
    const ltn_distribution lognormal = ltn_lognormal_mean_cv(10, .25), interval = ltn_lognormal_ci95(5, 20);
    const ltn_distribution triangle = {LTN_TRIANGULAR, {.7, .9, .95}}, constant = {LTN_CONSTANT, {4.5}};
    assert_close(lognormal.parameter[0], 2.27227278208583, 1e-14, 0);
    assert_close(lognormal.parameter[1], .24622067706924, 1e-13, 0);
    assert_close(quantile(&lognormal, .025), 5.98759077145161, 1e-14, 0);
    assert_close(quantile(&lognormal, .975), 15.7187841740237, 1e-14, 0);
    assert_close(interval.parameter[0], log(10), 1e-15, 0);
    assert_close(interval.parameter[1], .353653019151067, 1e-14, 0);
    assert_close(quantile(&interval, .025), 5, 1e-14, 0);
    assert_close(quantile(&interval, .975), 20, 1e-14, 0);
    assert_close(quantile(&triangle, .025), .735355339059327, 1e-14, 0);
    assert_close(quantile(&triangle, .8), .9, 1e-15, 0); /* the mode: (.9 − .7)/(.95 − .7) */
    assert_same_bits(quantile(&constant, .123), 4.5);
    /* An arcsine law: sin²(pi u/2). Powers: u^(1/a) and 1 − (1 − u)^(1/b). The fourth by mpmath. */
    const ltn_distribution arcsine = {LTN_BETA, {.5, .5, 0, 1}}, power = {LTN_BETA, {.05, 1, 0, 1}},
                           other = {LTN_BETA, {1, 6.5, 2, 4}}, bent = {LTN_BETA, {2.5, 4.75, 0, 1}};
    assert_close(quantile(&arcsine, .125), .0380602337443566, 1e-13, 0);
    assert_close(quantile(&arcsine, 1e-9), pow(sin(acos(-1) / 2 * 1e-9), 2), 1e-12, 0);
    assert_close(quantile(&power, .25), pow(.25, 20), 1e-12, 0);
    assert_close(quantile(&other, .9), 4 - 2 * pow(.1, 1 / 6.5), 1e-14, 0);
    assert_close(quantile(&bent, .1), .137321924429143699, 1e-13, 0);
    assert_close(quantile(&bent, .9), .574314213178354976, 1e-13, 0);
}

static void test_empirical_quantiles(void **state)
{
    (void)state;
    const ltn_distribution d = {LTN_EMPIRICAL, {0}, measured, COUNT(measured)};
    assert_null(ltn_distribution_check(&d));
    for (size_t i = 0; i < COUNT(measured); i++)
        assert_same_bits(quantile(&d, ((double)i + .5) / COUNT(measured)), measured[i]);
    assert_same_bits(quantile(&d, 0x1p-54), .31);
    assert_same_bits(quantile(&d, 1 - 0x1p-53), 2.385);
    assert_same_bits(quantile(&d, 1), 2.385);
    /* .31 + 2·.44 + .72 + 1.05 + 1.9 + 2.385 = 7.245; 2 of 7 above 1.5, 1 of 7 below .4 */
    assert_close(ltn_distribution_mean(&d), 1.035, 1e-15, 0);
    assert_close(ltn_distribution_outside(&d, .4, 1.5), 3. / 7, 1e-15, 0);
    assert_same_bits(ltn_distribution_outside(&d, .31, 2.385), 0);
    /* Squares off the mean: .525625 + 2·.354025 + .099225 + .000225 + .748225 + 1.8225 = 3.90385 */
    assert_close(ltn_distribution_variance(&d), 3.90385 / 7, 1e-14, 0);
    /* Cubes: −.381078125 − 2·.210644875 − .031255875 + .000003375 + .647214625 + 2.460375 = 2.27396925 */
    assert_close(ltn_distribution_third_moment(&d), 2.27396925 / 7, 1e-14, 0);
}

/* P(X <= x) where u <= 1/2, P(X > x) above: from GSL, or a closed form. */
static double tail_of(const ltn_distribution *d, double x, bool upper)
{
    const double *p = d->parameter;
    double width = p[2] - p[0], a, b;
    switch (d->kind) {
    case LTN_NORMAL:
        return upper ? gsl_cdf_gaussian_Q(x - p[0], p[1]) : gsl_cdf_gaussian_P(x - p[0], p[1]);
    case LTN_LOGNORMAL:
        return upper ? gsl_cdf_lognormal_Q(x, p[0], p[1]) : gsl_cdf_lognormal_P(x, p[0], p[1]);
    case LTN_UNIFORM:
        return upper ? gsl_cdf_flat_Q(x, p[0], p[1]) : gsl_cdf_flat_P(x, p[0], p[1]);
    case LTN_BETA:
        x = (x - p[2]) / (p[3] - p[2]);
        return upper ? gsl_cdf_beta_Q(x, p[0], p[1]) : gsl_cdf_beta_P(x, p[0], p[1]);
    case LTN_TRIANGULAR:
        a = x < p[1] ? (x - p[0]) * (x - p[0]) / (width * (p[1] - p[0])) : NAN;
        b = x > p[1] ? (p[2] - x) * (p[2] - x) / (width * (p[2] - p[1])) : NAN;
        return upper ? (isnan(b) ? 1 - a : b) : (isnan(a) ? 1 - b : a);
    case LTN_TRUNCATED_NORMAL: {
        double z = (x - p[0]) / p[1], low = (p[2] - p[0]) / p[1], high = (p[3] - p[0]) / p[1];
        /* Differences of the smaller tail keep their digits. */
        double mass = low > 0 ? gsl_cdf_ugaussian_Q(low) - gsl_cdf_ugaussian_Q(high)
                              : gsl_cdf_ugaussian_P(high) - gsl_cdf_ugaussian_P(low);
        double (*cdf)(double) = z > 0 ? gsl_cdf_ugaussian_Q : gsl_cdf_ugaussian_P;
        return fabs(cdf(upper ? high : low) - cdf(z)) / mass;
    }
    default:
        return NAN;
    }
}

static void test_quantiles_undo_the_probability(void **state)
{
    (void)state;
    static const double us[] = {1e-9, 1e-4, .0123, .074, .076, .25, .4999, .5, .51, .79, .81, .924, .926, .99, .999999};
    for (size_t k = 0; k < COUNT(laws); k++) {
        if (laws[k].kind == LTN_EMPIRICAL) continue;
        assert_null(ltn_distribution_check(&laws[k]));
        for (size_t i = 0; i < COUNT(us); i++) {
            double u = us[i], x = quantile(&laws[k], u), nearer = fmin(u, 1 - u);
            double off = tail_of(&laws[k], x, u > .5) - nearer;
            /* What half a unit in the last place of x, at its end point's size, is worth. */
            double step = 4 * DBL_EPSILON * fmax(fabs(x), 1);
            double worth = fabs(tail_of(&laws[k], x + step, u > .5) - tail_of(&laws[k], x, u > .5));
            if (!(fabs(off) <= 1e-12 * nearer + (isnan(worth) ? 0 : worth)))
                fail_msg("law %zu at u = %g: %g is off by %g", k, u, x, off / nearer);
        }
    }
}

static void test_quantiles_at_the_ends(void **state)
{
    (void)state;
    static const ltn_distribution cut = {LTN_TRUNCATED_NORMAL, {.9, .2, 0, 1}}, beta = {LTN_BETA, {2, 3, .5, 4}},
                                  triangle = {LTN_TRIANGULAR, {.7, .9, .95}};
    static const ltn_distribution *const bounded[] = {&cut, &beta, &triangle};
    static const double ends[][2] = {{0, 1}, {.5, 4}, {.7, .95}};
    for (size_t i = 0; i < COUNT(bounded); i++) {
        assert_close(quantile(bounded[i], 0), ends[i][0], 0, 1e-15);
        assert_close(quantile(bounded[i], 1), ends[i][1], 0, 1e-15);
    }
    for (size_t k = 0; k < COUNT(laws); k++)
        assert_true(isnan(quantile(&laws[k], -.1)) && isnan(quantile(&laws[k], 1.1)) && isnan(quantile(&laws[k], NAN)));
    /* The last number before 1 stays a finite draw, also of one that is cut 75 sd away. */
    for (size_t k = 0; k < COUNT(laws); k++) assert_true(isfinite(quantile(&laws[k], 1 - 0x1p-53)));
    assert_true(quantile(&(ltn_distribution){LTN_TRUNCATED_NORMAL, {2.5, .5, 1, 40}}, 1 - 0x1p-53) < 2.5 + .5 * 8.3);
}

static void test_quantiles_do_not_depend_on_the_cut(void **state)
{
    (void)state;
    enum { N = 1500 };
    double u[N], whole[N], piece[N];
    ltn_random_uniforms((ltn_random_key){4, 0}, 2, 0, N, u);
    for (size_t k = 0; k < COUNT(laws); k++) {
        ltn_distribution_quantiles(&laws[k], u, N, whole);
        for (size_t i = 0; i < N; i++) assert_same_bits(quantile(&laws[k], u[i]), whole[i]);
        for (size_t cut = 2; cut < 20; cut++) {
            memcpy(piece, u, sizeof u); /* in place */
            for (size_t i = 0; i < N; i += cut)
                ltn_distribution_quantiles(&laws[k], piece + i, N - i < cut ? N - i : cut, piece + i);
            assert_memory_equal(whole, piece, sizeof whole);
        }
    }
}

/* ---- moments ---- */

typedef struct about {
    const ltn_distribution *law;
    double centre;
    int power;
} about;

static double power_of_draw(double u, void *context)
{
    const about *a = context;
    double x = quantile(a->law, u) - a->centre, out = 1;
    for (int i = 0; i < a->power; i++) out *= x;
    return out;
}

static double integral(const ltn_distribution *law, double centre, int power)
{
    about a = {law, centre, power};
    double out, error;
    gsl_integration_workspace *space = gsl_integration_workspace_alloc(1000);
    gsl_integration_qags(&(gsl_function){power_of_draw, &a}, 0, 1, 1e-15, 1e-10, 1000, space, &out, &error);
    gsl_integration_workspace_free(space);
    return out;
}

/* E f(X) = ∫ f(quantile(u)) du. The lognormals' third moments lie beyond what a double u reaches in the upper tail. */
static void test_moments_by_integration(void **state)
{
    (void)state;
    gsl_error_handler_t *handler = gsl_set_error_handler_off();
    for (size_t k = 0; k < COUNT(laws); k++) {
        const ltn_distribution *d = &laws[k];
        if (d->kind == LTN_EMPIRICAL) continue;
        double mean = ltn_distribution_mean(d), variance = ltn_distribution_variance(d), sd = sqrt(variance);
        assert_close(integral(d, 0, 1), mean, 1e-9, 1e-9 * sd);
        assert_close(integral(d, mean, 2), variance, 1e-7, 0);
        if (d->kind != LTN_LOGNORMAL || d->parameter[1] < 1)
            assert_close(integral(d, mean, 3), ltn_distribution_third_moment(d), 1e-6, 1e-6 * sd * sd * sd);
    }
    gsl_set_error_handler(handler);
}

static void test_known_moments(void **state)
{
    (void)state;
    const ltn_distribution triangle = {LTN_TRIANGULAR, {.7, .9, .95}}, lognormal = ltn_lognormal_mean_cv(10, .25);
    const ltn_distribution interval = ltn_lognormal_ci95(5, 20), beta = {LTN_BETA, {2, 3, 0, 10}};
    assert_close(ltn_distribution_mean(&triangle), .85, 1e-15, 0); /* METHODS.md */
    assert_close(ltn_distribution_variance(&triangle), .00291666666666667, 1e-14, 0);
    /* (a + b − 2c)(2a − b − c)(a − 2b + c)/270, a = .7, b = .95, c = .9: −.15 · −.45 · −.3 / 270 */
    assert_close(ltn_distribution_third_moment(&triangle), -.02025 / 270, 1e-13, 0);
    assert_close(ltn_distribution_variance(&lognormal), 6.25, 1e-14, 0); /* (10 · .25)² */
    /* sd³ (cv³ + 3 cv) */
    assert_close(ltn_distribution_third_moment(&lognormal), 15.625 * (.015625 + .75), 1e-14, 0);
    assert_close(ltn_distribution_mean(&interval), 10.6453196062959, 1e-14, 0);
    /* ab/((a + b)² (a + b + 1)) = .04; skewness 2 (b − a) sqrt(6)/(7 sqrt(6)) = 2/7, times sd³ = .008 */
    assert_close(ltn_distribution_variance(&beta), 4, 1e-14, 0);
    assert_close(ltn_distribution_third_moment(&beta), 2. / 7 * 8, 1e-14, 0);
    const ltn_distribution certain = {LTN_CONSTANT, {4.5}};
    assert_same_bits(ltn_distribution_variance(&certain), 0);
    assert_same_bits(ltn_distribution_third_moment(&certain), 0);
}

/* mpmath, 40 digits, by integration; the first pair is also METHODS.md's. */
static void test_truncated_moments(void **state)
{
    (void)state;
    static const struct {
        double p[4], mean, variance, third;
    } known[] = {
        {{.9, .2, 0, 1}, .798172036045102394, .019443646169006298, -.00216525003598223865},
        {{0, 1, 6, 14}, 6.15848260454459892, .0239876367891667709, .00695353749916431185},
        {{0, 1, .3, .3 + 0x1p-30}, .300000000465661276, 7.22801448323669623e-20, 1.88079096423565426e-39},
        {{2.5, .5, 1, 40}, 2.50221891952106283, .246666697114564798, .00446001710957130882},
    };
    for (size_t i = 0; i < COUNT(known); i++) {
        const double *p = known[i].p;
        const ltn_distribution d = {LTN_TRUNCATED_NORMAL, {p[0], p[1], p[2], p[3]}};
        assert_close(ltn_distribution_mean(&d), known[i].mean, 1e-14, 0);
        assert_close(ltn_distribution_variance(&d), known[i].variance, i == 2 ? 1e-6 : 1e-13, 0);
        if (i != 2) assert_close(ltn_distribution_third_moment(&d), known[i].third, 1e-12, 0);
    }
    const ltn_distribution methods = {LTN_TRUNCATED_NORMAL, {.9, .2, 0, 1}};
    assert_close(ltn_distribution_mean(&methods), .7981720360451024, 1e-15, 0);
    assert_close(sqrt(ltn_distribution_variance(&methods)), .1394404753613752, 1e-14, 0);
}

/* ---- what can and cannot be ---- */

static void test_lognormal_from_mean_and_quantile(void **state)
{
    (void)state;
    ltn_distribution d = {LTN_CONSTANT, {3}};
    /* sigma = z − sqrt(z² − 2 ln 2.5), mu = ln 10 − sigma²/2, by mpmath; the other root, 3.377, is not meant. */
    assert_true(ltn_lognormal_mean_q975(10, 25, &d));
    assert_close(d.parameter[1], .542615277641919083, 1e-14, 0);
    assert_close(d.parameter[0], 2.15536942322883722, 1e-14, 0);
    assert_close(ltn_distribution_mean(&d), 10, 1e-14, 0);
    assert_close(quantile(&d, .975), 25, 1e-14, 0);
    assert_true(ltn_lognormal_mean_q975(10, 10.001, &d));
    assert_close(d.parameter[1], .0000510194588342726054, 1e-11, 0); /* the quotient's own digits are what limits it */
    assert_true(ltn_lognormal_mean_q975(1, 6.8259355, &d));          /* METHODS.md: none above 6.825935562 */
    d = (ltn_distribution){LTN_CONSTANT, {3}};
    assert_false(ltn_lognormal_mean_q975(1, 6.8259357, &d));
    assert_false(ltn_lognormal_mean_q975(1, 1, &d));
    assert_false(ltn_lognormal_mean_q975(1, .9, &d));
    assert_false(ltn_lognormal_mean_q975(-1, -2, &d));
    assert_false(ltn_lognormal_mean_q975(0, 2, &d));
    assert_false(ltn_lognormal_mean_q975(NAN, 2, &d));
    assert_false(ltn_lognormal_mean_q975(1, INFINITY, &d));
    assert_int_equal(d.kind, LTN_CONSTANT);
    assert_same_bits(d.parameter[0], 3);
}

static void test_columns_that_cannot_be(void **state)
{
    (void)state;
    static const double infinite[] = {1, INFINITY}, missing[] = {1, NAN, 2}, falling[] = {1, 3, 2}, one[] = {7.5};
    const ltn_distribution bad[] = {
        {LTN_EMPIRICAL, {0}, one, 0},     {LTN_EMPIRICAL, {0}, NULL, 3},    {LTN_EMPIRICAL, {0}, infinite, 2},
        {LTN_EMPIRICAL, {0}, missing, 3}, {LTN_EMPIRICAL, {0}, falling, 3},
    };
    static const char *const why[] = {"at least one value", "at least one value", "finite", "finite", "ascend"};
    for (size_t i = 0; i < COUNT(bad); i++) assert_contains(ltn_distribution_check(&bad[i]), why[i]);
    const ltn_distribution single = {LTN_EMPIRICAL, {0}, one, 1};
    assert_null(ltn_distribution_check(&single));
    assert_same_bits(quantile(&single, .999), 7.5);
    assert_same_bits(ltn_distribution_variance(&single), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_normal_quantiles),       cmocka_unit_test(test_normal_probabilities),
        cmocka_unit_test(test_exponentials),           cmocka_unit_test(test_known_quantiles),
        cmocka_unit_test(test_empirical_quantiles),    cmocka_unit_test(test_quantiles_undo_the_probability),
        cmocka_unit_test(test_quantiles_at_the_ends),  cmocka_unit_test(test_quantiles_do_not_depend_on_the_cut),
        cmocka_unit_test(test_moments_by_integration), cmocka_unit_test(test_known_moments),
        cmocka_unit_test(test_truncated_moments),      cmocka_unit_test(test_lognormal_from_mean_and_quantile),
        cmocka_unit_test(test_columns_that_cannot_be),
    };
    obey_test_filter();
    return cmocka_run_group_tests_name("distributions", tests, NULL, remove_temporary_folder);
}
