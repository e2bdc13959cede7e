/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/distribution.h"

#include "base/exponential.h"
#include "base/normal.h"
#include "base/vector.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <math.h>

enum { BLOCK = 256 };

/* NaN outside [0, 1]. */
static inline double valid(double u)
{
    return u >= 0 ? (u <= 1 ? u : NAN) : NAN;
}

static double clamp(double x, double low, double high)
{
    return x < low ? low : x > high ? high : x;
}

/* ---- the kinds: quantiles of a block; `out` may be `u` ---- */

static void normal(const double *p, const double *u, size_t count, double *out)
{
    ltn_normal_quantiles(u, count, out);
    for (size_t i = 0; i < count; i++) out[i] = p[0] + p[1] * out[i];
}

static void lognormal(const double *p, const double *u, size_t count, double *out)
{
    normal(p, u, count, out);
    ltn_exponentials(out, count, out);
}

/* By inversion: Phi(z) = Phi(a) + u (Phi(b) − Phi(a)), from whichever end of the normal is the nearer, so that nothing
 * cancels in a tail. */
static void truncated(const double *p, const double *u, size_t count, double *out)
{
    double a = (p[2] - p[0]) / p[1], b = (p[3] - p[0]) / p[1], tail[BLOCK], side[BLOCK];
    double below = gsl_cdf_ugaussian_P(a), above = gsl_cdf_ugaussian_Q(b);
    double mass = a > 0 ? gsl_cdf_ugaussian_Q(a) - above : gsl_cdf_ugaussian_P(b) - below;
    for (size_t i = 0; i < count; i++) {
        double lower = below + u[i] * mass, upper = above + (1 - u[i]) * mass;
        tail[i] = lower < upper ? lower : upper;
        side[i] = lower < upper ? p[1] : -p[1];
        out[i] = valid(u[i]);
    }
    ltn_normal_quantiles(tail, count, tail);
    for (size_t i = 0; i < count; i++)
        if (!isnan(out[i])) out[i] = clamp(p[0] + side[i] * tail[i], p[2], p[3]);
}

/* With the mode at the share f = (mode − low)/(high − low): low + sqrt(u (high − low)(mode − low)) where u < f, and
 * high − sqrt((1 − u)(high − low)(high − mode)) above. */
LTN_VECTOR static void triangular(const double *p, const double *u, size_t count, double *out)
{
    double low = p[0], high = p[2], width = high - low, f = (p[1] - low) / width;
    double rise = width * (p[1] - low), fall = width * (high - p[1]);
    for (size_t i = 0; i < count; i++) {
        double v = valid(u[i]), root = sqrt(v < f ? v * rise : (1 - v) * fall);
        out[i] = v < f ? low + root : high - root;
    }
}

LTN_VECTOR static void uniform(const double *p, const double *u, size_t count, double *out)
{
    double low = p[0], width = p[1] - p[0];
    for (size_t i = 0; i < count; i++) out[i] = low + valid(u[i]) * width;
}

/* P(X <= x) = u <= 1/2 of the beta on [0, 1], by Newton's method on ln P as a function of y = ln(x/(1 − x)). y's density
 * is log-concave and so is P (Bagnoli and Bergstrom 2005, Economic Theory 26, 445-469): after the first step y ascends
 * to the root from wherever it starts. GSL's own inverse calls the error handler where it does not converge, which
 * ends the program. */
static double beta_lower_quantile(double a, double b, double u)
{
    double y = log(a / b), x = 0;
    for (int i = 0; i < 100; i++) {
        x = 1 / (1 + exp(-y));
        double p = gsl_cdf_beta_P(x, a, b), slope = gsl_ran_beta_pdf(x, a, b) * x * (1 - x);
        if (!(p > 0) || !(slope > 0)) break; /* x is 0 or 1 to the last bit */
        double step = p / slope * log(p / u);
        y -= step;
        if (fabs(step) <= 1e-15 * fmax(1, fabs(y))) break;
    }
    return x;
}

static double beta_quantile(const double *p, double u)
{
    double width = p[3] - p[2];
    if (!(u > 0 && u < 1)) return p[2] + width * valid(u);
    double x = u <= .5 ? p[2] + width * beta_lower_quantile(p[0], p[1], u)
                       : p[3] - width * beta_lower_quantile(p[1], p[0], 1 - u);
    return clamp(x, p[2], p[3]);
}

static double empirical_quantile(const ltn_distribution *d, double u)
{
    if (!(u >= 0 && u <= 1)) return NAN;
    size_t i = (size_t)(u * (double)d->count);
    return d->values[i < d->count ? i : d->count - 1];
}

static void quantiles_of_block(const ltn_distribution *d, const double *u, size_t count, double *out)
{
    const double *p = d->parameter;
    switch (d->kind) {
    case LTN_CONSTANT:
        for (size_t i = 0; i < count; i++) out[i] = p[0] + 0 * valid(u[i]);
        break;
    case LTN_NORMAL:
        normal(p, u, count, out);
        break;
    case LTN_TRUNCATED_NORMAL:
        truncated(p, u, count, out);
        break;
    case LTN_LOGNORMAL:
        lognormal(p, u, count, out);
        break;
    case LTN_TRIANGULAR:
        triangular(p, u, count, out);
        break;
    case LTN_UNIFORM:
        uniform(p, u, count, out);
        break;
    case LTN_BETA:
        for (size_t i = 0; i < count; i++) out[i] = beta_quantile(p, u[i]);
        break;
    case LTN_EMPIRICAL:
        for (size_t i = 0; i < count; i++) out[i] = empirical_quantile(d, u[i]);
        break;
    }
}

void ltn_distribution_quantiles(const ltn_distribution *d, const double *u, size_t count, double *out)
{
    for (size_t start = 0; start < count; start += BLOCK)
        quantiles_of_block(d, u + start, count - start < BLOCK ? count - start : BLOCK, out + start);
}

double ltn_distribution_quantile(const ltn_distribution *d, double u)
{
    double x;
    ltn_distribution_quantiles(d, &u, 1, &x);
    return x;
}
