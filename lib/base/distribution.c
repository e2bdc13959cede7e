/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/distribution.h"

#include "base/sum.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

ltn_distribution ltn_lognormal_mean_cv(double mean, double cv)
{
    double variance = log1p(cv * cv);
    return (ltn_distribution){LTN_LOGNORMAL, {log(mean) - variance / 2, sqrt(variance)}};
}

ltn_distribution ltn_lognormal_ci95(double low, double high)
{
    static const double z975 = 1.9599639845400542; /* 97.5 % quantile of the standard normal */
    return (ltn_distribution){LTN_LOGNORMAL, {(log(low) + log(high)) / 2, (log(high) - log(low)) / (2 * z975)}};
}

bool ltn_lognormal_mean_q975(double mean, double q975, ltn_distribution *out)
{
    static const double z975 = 1.9599639845400542;
    double gap = 2 * log(q975 / mean); /* sigma² − 2 z sigma + gap = 0 */
    if (!(mean > 0) || !(gap > 0) || !(gap <= z975 * z975)) return false;
    double sigma = gap / (z975 + sqrt(z975 * z975 - gap)); /* the smaller root, nothing cancelling */
    *out = (ltn_distribution){LTN_LOGNORMAL, {log(mean) - sigma * sigma / 2, sigma}};
    return true;
}

static const char *check_values(const double *values, size_t count)
{
    if (!values || count == 0) return "there must be at least one value";
    for (size_t i = 0; i < count; i++)
        if (!isfinite(values[i])) return "every value must be finite";
    for (size_t i = 1; i < count; i++)
        if (values[i] < values[i - 1]) return "the values must ascend";
    return NULL;
}

const char *ltn_distribution_check(const ltn_distribution *d)
{
    const double *p = d->parameter;
    for (int i = 0; i < 4; i++)
        if (!isfinite(p[i])) return "every parameter must be finite";
    switch (d->kind) {
    case LTN_CONSTANT:
        return NULL;
    case LTN_NORMAL:
        return p[1] > 0 ? NULL : "sd must be positive";
    case LTN_TRUNCATED_NORMAL:
        if (!(p[1] > 0)) return "sd must be positive";
        if (!(p[2] < p[3])) return "low must be below high";
        return ltn_distribution_outside(&(ltn_distribution){LTN_NORMAL, {p[0], p[1]}}, p[2], p[3]) < 1 - 1e-12
                   ? NULL
                   : "nothing of the normal lies between low and high";
    case LTN_LOGNORMAL:
        return p[1] > 0 ? NULL : "the spread must be positive";
    case LTN_TRIANGULAR:
        return p[0] <= p[1] && p[1] <= p[2] && p[0] < p[2] ? NULL : "low, mode and high must ascend";
    case LTN_UNIFORM:
        return p[0] < p[1] ? NULL : "low must be below high";
    case LTN_BETA:
        if (!(p[0] > 0) || !(p[1] > 0)) return "a and b must be positive";
        if (!isfinite(p[0] + p[1])) return "a and b are too large";
        return p[2] < p[3] ? NULL : "low must be below high";
    case LTN_EMPIRICAL:
        return check_values(d->values, d->count);
    }
    return "the kind is not known";
}

/* ---- moments ---- */

typedef struct moments {
    double mean, variance, third; /* the last two central */
} moments;

/* Adds ∫ (z − about)^k exp(−z²/2) dz, k = 0 .. 3, over [from, to]: Gauss-Legendre with 8 points (Abramowitz and Stegun
 * 1964, table 25.4). */
static void add_panel(double from, double to, double about, double power[4])
{
    static const double node[4] = {.1834346424956498, .5255324099163290, .7966664774136267, .9602898564975363};
    static const double weight[4] = {.3626837833783620, .3137066458778873, .2223810344533745, .1012285362903763};
    double middle = (from + to) / 2, half = (to - from) / 2;
    for (int i = 0; i < 8; i++) {
        double offset = (i % 2 ? half : -half) * node[i / 2];
        double z = middle + offset, x = middle - about + offset, w = weight[i / 2] * half * exp(-z * z / 2);
        power[0] += w;
        power[1] += w * x;
        power[2] += w * x * x;
        power[3] += w * x * x * x;
    }
}

static void integrate(double a, double b, double about, double power[4])
{
    int panels = (int)ceil((b - a) * 2); /* of half a standard deviation: an error below 1e-14 */
    double width = (b - a) / panels;
    for (int k = 0; k < 4; k++) power[k] = 0;
    for (int i = 0; i < panels; i++) add_panel(a + i * width, i + 1 < panels ? a + (i + 1) * width : b, about, power);
}

/* Moments of a normal cut to [low, high], by integration: the closed forms (Johnson, Kotz, Balakrishnan 1994, vol. 1,
 * sec. 13.10.1) are differences that cancel where the range is narrow or lies in a tail. What is cut holds at least
 * 1e-12 of the normal (ltn_distribution_check), of which what lies beyond 13 standard deviations is no part. */
static moments truncated_moments(const double *p)
{
    double a = fmax((p[2] - p[0]) / p[1], -13), b = fmin((p[3] - p[0]) / p[1], 13), sd = p[1], power[4];
    integrate(a, b, a, power);
    double mean = power[1] / power[0];
    integrate(a, b, a + mean, power);
    return (moments){p[0] + sd * (a + mean), sd * sd * power[2] / power[0], sd * sd * sd * power[3] / power[0]};
}

static moments empirical_moments(const double *values, size_t count)
{
    double n = (double)count, mean = ltn_sum_array(values, count) / n;
    ltn_sum second = {0}, third = {0};
    for (size_t i = 0; i < count; i++) {
        double x = values[i] - mean;
        ltn_sum_add(&second, x * x);
        ltn_sum_add(&third, x * x * x);
    }
    return (moments){mean, ltn_sum_value(&second) / n, ltn_sum_value(&third) / n};
}

static moments lognormal_moments(double mu, double sigma)
{
    double s2 = sigma * sigma, mean = exp(mu + s2 / 2), e = expm1(s2);
    return (moments){mean, mean * mean * e, mean * mean * mean * e * e * (e + 3)};
}

static moments triangular_moments(const double *p)
{
    double w = p[2] - p[0], m = p[1] - p[0];
    return (moments){(p[0] + p[1] + p[2]) / 3, (w * (w - m) + m * m) / 18, (w - 2 * m) * (w + m) * (2 * w - m) / 270};
}

static moments beta_moments(double a, double b, double low, double width)
{
    double s = a + b, v = a * b / (s * s * (s + 1)) * width * width;
    return (moments){low + width * a / s, v, v * 2 * (b - a) / (s * (s + 2)) * width};
}

static moments moments_of(const ltn_distribution *d)
{
    const double *p = d->parameter;
    switch (d->kind) {
    case LTN_CONSTANT:
        return (moments){p[0], 0, 0};
    case LTN_NORMAL:
        return (moments){p[0], p[1] * p[1], 0};
    case LTN_TRUNCATED_NORMAL:
        return truncated_moments(p);
    case LTN_LOGNORMAL:
        return lognormal_moments(p[0], p[1]);
    case LTN_TRIANGULAR:
        return triangular_moments(p);
    case LTN_UNIFORM:
        return (moments){(p[0] + p[1]) / 2, (p[1] - p[0]) * (p[1] - p[0]) / 12, 0};
    case LTN_BETA:
        return beta_moments(p[0], p[1], p[2], p[3] - p[2]);
    case LTN_EMPIRICAL:
        return empirical_moments(d->values, d->count);
    }
    return (moments){NAN, NAN, NAN};
}

double ltn_distribution_mean(const ltn_distribution *d)
{
    return moments_of(d).mean;
}

double ltn_distribution_variance(const ltn_distribution *d)
{
    return moments_of(d).variance;
}

double ltn_distribution_third_moment(const ltn_distribution *d)
{
    return moments_of(d).third;
}

/* ---- outside a range ---- */

static double values_outside(const double *values, size_t count, double low, double high)
{
    size_t outside = 0;
    for (size_t i = 0; i < count; i++) outside += values[i] < low || values[i] > high;
    return (double)outside / (double)count;
}

/* P(X < low) + P(X > high) of a variable that lies in [from, to] and reaches its end points. */
static double outside_range(double from, double to, double low, double high, double below, double above)
{
    return (low > from ? below : 0) + (high < to ? above : 0);
}

double ltn_distribution_outside(const ltn_distribution *d, double low, double high)
{
    const double *p = d->parameter;
    switch (d->kind) {
    case LTN_CONSTANT:
        return p[0] < low || p[0] > high;
    case LTN_NORMAL:
        return gsl_cdf_gaussian_P(low - p[0], p[1]) + gsl_cdf_gaussian_Q(high - p[0], p[1]);
    case LTN_TRUNCATED_NORMAL: /* bounded: what sticks out of the bounds asked for is a mistake */
        return p[2] < low || p[3] > high;
    case LTN_LOGNORMAL:
        return (low > 0 ? gsl_cdf_lognormal_P(low, p[0], p[1]) : 0) +
               (isfinite(high) ? (high > 0 ? gsl_cdf_lognormal_Q(high, p[0], p[1]) : 1) : 0);
    case LTN_TRIANGULAR: {
        double width = p[2] - p[0];
        double below = low >= p[2]   ? 1
                       : low <= p[1] ? (low - p[0]) * (low - p[0]) / (width * (p[1] - p[0]))
                                     : 1 - (p[2] - low) * (p[2] - low) / (width * (p[2] - p[1]));
        double above = high <= p[0]   ? 1
                       : high >= p[1] ? (p[2] - high) * (p[2] - high) / (width * (p[2] - p[1]))
                                      : 1 - (high - p[0]) * (high - p[0]) / (width * (p[1] - p[0]));
        return outside_range(p[0], p[2], low, high, below, above);
    }
    case LTN_UNIFORM:
        return outside_range(p[0], p[1], low, high, fmin(1, (low - p[0]) / (p[1] - p[0])),
                             fmin(1, (p[1] - high) / (p[1] - p[0])));
    case LTN_BETA:
        return outside_range(p[2], p[3], low, high, gsl_cdf_beta_P(fmin(1, (low - p[2]) / (p[3] - p[2])), p[0], p[1]),
                             gsl_cdf_beta_Q(fmax(0, (high - p[2]) / (p[3] - p[2])), p[0], p[1]));
    case LTN_EMPIRICAL:
        return values_outside(d->values, d->count, low, high);
    }
    return 1;
}
