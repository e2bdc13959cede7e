/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "assess/law_moments.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_integration.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <string.h>

/* ---- quantiles by normal score: the probability below is Φ(z) ---- */

/* The parent's tail that is farther from 1 is used, where doubles are dense. */
static double truncated_quantile(const double *p, double below, double above)
{
    double a = (p[2] - p[0]) / p[1], b = (p[3] - p[0]) / p[1], z;
    if (a + b <= 0) {
        double from = gsl_cdf_ugaussian_P(a);
        z = gsl_cdf_ugaussian_Pinv(from + below * (gsl_cdf_ugaussian_P(b) - from));
    } else {
        double from = gsl_cdf_ugaussian_Q(b);
        z = gsl_cdf_ugaussian_Qinv(from + above * (gsl_cdf_ugaussian_Q(a) - from));
    }
    return fmin(p[3], fmax(p[2], p[0] + p[1] * z));
}

static double triangular_quantile(const double *p, double below, double above)
{
    double width = p[2] - p[0];
    if (below * width <= p[1] - p[0]) return p[0] + sqrt(below * width * (p[1] - p[0]));
    return p[2] - sqrt(above * width * (p[2] - p[1]));
}

/* By halving: GSL's own inverse calls an error handler that may abort. */
static double beta_quantile(const double *p, double below, double above)
{
    double low = 0, high = 1;
    for (int i = 0; i < 50; i++) {
        double x = (low + high) / 2;
        bool right = below <= 0.5 ? gsl_cdf_beta_P(x, p[0], p[1]) < below : gsl_cdf_beta_Q(x, p[0], p[1]) > above;
        if (right)
            low = x;
        else
            high = x;
    }
    return p[2] + (p[3] - p[2]) * (low + high) / 2;
}

static double quantile(const ltn_distribution *d, double z)
{
    const double *p = d->parameter;
    double below = gsl_cdf_ugaussian_P(z), above = gsl_cdf_ugaussian_Q(z);
    switch (d->kind) {
    case LTN_CONSTANT:
        return p[0];
    case LTN_NORMAL:
        return p[0] + p[1] * z;
    case LTN_TRUNCATED_NORMAL:
        return truncated_quantile(p, below, above);
    case LTN_LOGNORMAL:
        return exp(p[0] + p[1] * z);
    case LTN_TRIANGULAR:
        return triangular_quantile(p, below, above);
    case LTN_UNIFORM:
        return z < 0 ? p[0] + below * (p[1] - p[0]) : p[1] - above * (p[1] - p[0]);
    case LTN_BETA:
        return beta_quantile(p, below, above);
    case LTN_EMPIRICAL:
        return ltn_distribution_quantile(d, below);
    }
    return NAN;
}

/* ---- quadrature ---- */

/* (q_a − from_a)·(q_b − from_b), or the first factor alone where there is no b. */
typedef struct integrand {
    const ltn_law *a, *b;
    double from_a, from_b;
} integrand;

static double draw(const ltn_law *law, double z)
{
    return fmin(law->high, fmax(law->low, quantile(&law->value, z)));
}

static double integrate_point(double z, void *context)
{
    const integrand *f = context;
    double value = draw(f->a, z) - f->from_a;
    if (f->b) value *= draw(f->b, z) - f->from_b;
    return value * gsl_ran_ugaussian_pdf(z);
}

/* Gauss and Kronrod's 21 points, halved where they do not agree: at the bends of triangles and bounds. GSL's adaptive
 * integrators are not used since their error handler may abort; this rule has none. */
static double integrate(const gsl_function *f, double from, double to, int depth)
{
    double result, error, size, spread, middle = (from + to) / 2;
    gsl_integration_qk21(f, from, to, &result, &error, &size, &spread);
    if (error <= 1e-12 * size || depth == 0) return result;
    return integrate(f, from, middle, depth - 1) + integrate(f, middle, to, depth - 1);
}

/* Beyond 38 the density of the normal is no double. */
static double expect(integrand f)
{
    enum { END = 38, DEPTH = 30 };
    gsl_function function = {integrate_point, &f};
    double sum = 0;
    for (int z = -END; z < END; z++) sum += integrate(&function, z, z + 1, DEPTH);
    return sum;
}

/* ---- closed forms ---- */

/* What the bounds cut off of it counts for nothing in a double. */
static bool is_free(const ltn_law *law)
{
    return ltn_distribution_outside(&law->value, law->low, law->high) < 1e-18;
}

/* Of a normal cut to [low, high] (Johnson, Kotz, Balakrishnan 1994, vol. 1, eq. 13.135). */
static double truncated_variance(const double *p)
{
    double a = (p[2] - p[0]) / p[1], b = (p[3] - p[0]) / p[1];
    double mass =
        a > 0 ? gsl_cdf_ugaussian_Q(a) - gsl_cdf_ugaussian_Q(b) : gsl_cdf_ugaussian_P(b) - gsl_cdf_ugaussian_P(a);
    double at_a = gsl_ran_ugaussian_pdf(a) / mass, at_b = gsl_ran_ugaussian_pdf(b) / mass;
    return p[1] * p[1] * (1 + a * at_a - b * at_b - (at_a - at_b) * (at_a - at_b));
}

static double free_variance(const ltn_distribution *d)
{
    const double *p = d->parameter;
    double mean = ltn_distribution_mean(d), width;
    switch (d->kind) {
    case LTN_CONSTANT:
        return 0;
    case LTN_NORMAL:
        return p[1] * p[1];
    case LTN_TRUNCATED_NORMAL:
        return truncated_variance(p);
    case LTN_LOGNORMAL:
        return mean * mean * expm1(p[1] * p[1]);
    case LTN_TRIANGULAR: /* (a² + b² + c² − ab − ac − bc)/18, of the differences */
        width = p[2] - p[0];
        return (width * width - (p[1] - p[0]) * (p[2] - p[1])) / 18;
    case LTN_UNIFORM:
        return (p[1] - p[0]) * (p[1] - p[0]) / 12;
    case LTN_BETA:
        width = (p[3] - p[2]) / (p[0] + p[1]);
        return width * width * p[0] * p[1] / (p[0] + p[1] + 1);
    case LTN_EMPIRICAL:
        return ltn_distribution_variance(d);
    }
    return NAN;
}

/* σ of the normal or lognormal in units of the mean: Z and exp(σZ − σ²/2) have the covariance σ (Stein's lemma). */
static bool find_free_covariance(const ltn_distribution *a, const ltn_distribution *b, double *out)
{
    if (a->kind == LTN_LOGNORMAL && b->kind == LTN_NORMAL) return find_free_covariance(b, a, out);
    if (b->kind == LTN_LOGNORMAL && a->kind == LTN_LOGNORMAL)
        *out = ltn_distribution_mean(a) * ltn_distribution_mean(b) * expm1(a->parameter[1] * b->parameter[1]);
    else if (a->kind == LTN_NORMAL && b->kind == LTN_NORMAL)
        *out = a->parameter[1] * b->parameter[1];
    else if (a->kind == LTN_NORMAL && b->kind == LTN_LOGNORMAL)
        *out = a->parameter[1] * ltn_distribution_mean(b) * b->parameter[1];
    else
        return false;
    return true;
}

/* ---- both ---- */

static double value_mean(const ltn_law *law)
{
    if (is_free(law)) return ltn_distribution_mean(&law->value);
    if (law->value.kind == LTN_CONSTANT) return draw(law, 0);
    return expect((integrand){law, NULL, law->mean, 0}) + law->mean;
}

static bool is_same(const ltn_law *a, const ltn_law *b)
{
    return a == b || (a->value.kind == b->value.kind && a->low == b->low && a->high == b->high &&
                      memcmp(a->value.parameter, b->value.parameter, sizeof a->value.parameter) == 0 &&
                      a->value.values == b->value.values && a->value.count == b->value.count);
}

static double value_covariance(const ltn_law *a, const ltn_law *b)
{
    double found;
    bool closed = is_free(a) && is_free(b);
    if (a->value.kind == LTN_CONSTANT || b->value.kind == LTN_CONSTANT) return 0;
    if (closed && is_same(a, b)) return free_variance(&a->value);
    if (closed && find_free_covariance(&a->value, &b->value, &found)) return found;
    return expect((integrand){a, b, value_mean(a), value_mean(b)});
}

static double unit(const ltn_law *law)
{
    return law->relative ? law->mean : 1;
}

double ltn_law_mean(const ltn_law *law)
{
    return value_mean(law) / unit(law);
}

double ltn_law_covariance(const ltn_law *a, const ltn_law *b)
{
    return value_covariance(a, b) / (unit(a) * unit(b));
}
