/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "assess/law_moments.h"

#include "base/normal.h"

#include <gsl/gsl_integration.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <string.h>

/* ---- quantiles by normal score: the probability below is Φ(z) ---- */

static double quantile(const ltn_distribution *d, double z)
{
    const double *p = d->parameter;
    if (d->kind == LTN_NORMAL) return p[0] + p[1] * z;
    if (d->kind == LTN_LOGNORMAL) return exp(p[0] + p[1] * z);
    double below;
    ltn_normal_probabilities(&z, 1, &below);
    return ltn_distribution_quantile(d, below);
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
    if (!(error > 1e-12 * size) || depth == 0) return result; /* what is no number stays none, halved or not */
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
    if (closed && is_same(a, b)) return ltn_distribution_variance(&a->value);
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
