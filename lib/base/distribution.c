/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/distribution.h"

#include "base/sum.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
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
        return p[2] < p[3] ? NULL : "low must be below high";
    case LTN_EMPIRICAL:
        for (size_t i = 0; i < d->count; i++) {
            if (!isfinite(d->values[i])) return "every value must be finite";
            if (i && d->values[i] < d->values[i - 1]) return "values must ascend";
        }
        return d->count ? NULL : "there must be at least one value";
    }
    return "the kind is not known";
}

/* Mean of a normal cut to [low, high]: mu + sd (pdf(a) − pdf(b)) / (cdf(b) − cdf(a)),
 * a = (low − mu)/sd, b = (high − mu)/sd (Johnson, Kotz, Balakrishnan 1994, vol. 1, eq. 13.134). */
static double truncated_mean(const double *p)
{
    double a = (p[2] - p[0]) / p[1], b = (p[3] - p[0]) / p[1];
    double mass =
        a > 0 ? gsl_cdf_ugaussian_Q(a) - gsl_cdf_ugaussian_Q(b) : gsl_cdf_ugaussian_P(b) - gsl_cdf_ugaussian_P(a);
    return p[0] + p[1] * (gsl_ran_ugaussian_pdf(a) - gsl_ran_ugaussian_pdf(b)) / mass;
}

double ltn_distribution_mean(const ltn_distribution *d)
{
    const double *p = d->parameter;
    switch (d->kind) {
    case LTN_CONSTANT:
    case LTN_NORMAL:
        return p[0];
    case LTN_TRUNCATED_NORMAL:
        return truncated_mean(p);
    case LTN_LOGNORMAL:
        return exp(p[0] + p[1] * p[1] / 2);
    case LTN_TRIANGULAR:
        return (p[0] + p[1] + p[2]) / 3;
    case LTN_UNIFORM:
        return (p[0] + p[1]) / 2;
    case LTN_BETA:
        return p[2] + (p[3] - p[2]) * p[0] / (p[0] + p[1]);
    case LTN_EMPIRICAL: {
        ltn_sum sum = {0};
        for (size_t i = 0; i < d->count; i++) ltn_sum_add(&sum, d->values[i]);
        return ltn_sum_value(&sum) / (double)d->count;
    }
    }
    return NAN;
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
    case LTN_EMPIRICAL: {
        size_t outside = 0;
        for (size_t i = 0; i < d->count; i++) outside += d->values[i] < low || d->values[i] > high;
        return (double)outside / (double)d->count;
    }
    }
    return 1;
}
