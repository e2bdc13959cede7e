/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/normal.h"

#include "base/vector.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { BLOCK = 256 };

/* a[0] + a[1] x + ... + a[7] x⁷ */
static inline double polynomial(const double a[8], double x)
{
    return ((((((a[7] * x + a[6]) * x + a[5]) * x + a[4]) * x + a[3]) * x + a[2]) * x + a[1]) * x + a[0];
}

/* Wichura's coefficients: numerators and denominators for |u − 1/2| <= 0.425, and, with r = sqrt(−ln p) of the smaller
 * tail p, for r <= 5 (p >= 1.4e-11) and beyond. */
static const double centre[2][8] = {
    {3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
     4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3},
    {1, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3, 2.1213794301586595867e4,
     3.9307895800092710610e4, 2.8729085735721942674e4, 5.2264952788528545610e3}};
static const double near_tail[2][8] = {
    {1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0, 3.64784832476320460504e0,
     1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4},
    {1, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1, 1.48103976427480074590e-1,
     1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9}};
static const double far_tail[2][8] = {
    {6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0, 2.96560571828504891230e-1,
     2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7},
    {1, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2, 7.86869131145613259100e-4,
     1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15}};

static inline double ratio(const double a[2][8], double x)
{
    return polynomial(a[0], x) / polynomial(a[1], x);
}

/* −Phi⁻¹(p) of tails p = min(u, 1 − u), in loops without branches, and then the rare ones from the far tail; p is used
 * up. */
LTN_VECTOR static void tail_quantiles(double *p, size_t count, double *z)
{
    for (size_t i = 0; i < count; i++) p[i] = -log(p[i]);
    for (size_t i = 0; i < count; i++) {
        p[i] = sqrt(p[i]);
        z[i] = ratio(near_tail, p[i] - 1.6);
    }
    for (size_t i = 0; i < count; i++)
        if (p[i] > 5) z[i] = isinf(p[i]) ? INFINITY : ratio(far_tail, p[i] - 5);
}

/* All as if they were central, in a loop without branches; then the 15 % that are not. */
LTN_VECTOR static void quantiles_of_block(const double *u, size_t count, double *z)
{
    unsigned at[BLOCK];
    double p[BLOCK], far[BLOCK];
    size_t tails = 0;
    for (size_t i = 0; i < count; i++) {
        double q = u[i] - .5;
        z[i] = q * ratio(centre, .180625 - q * q);
    }
    for (size_t i = 0; i < count; i++) {
        at[tails] = (unsigned)i;
        tails += !(fabs(u[i] - .5) <= .425);
    }
    for (size_t i = 0; i < tails; i++) {
        double lower = u[at[i]], upper = 1 - lower;
        p[i] = lower < upper ? lower : upper;
    }
    tail_quantiles(p, tails, far);
    for (size_t i = 0; i < tails; i++) z[at[i]] = copysign(far[i], u[at[i]] - .5);
}

void ltn_normal_quantiles(const double *u, size_t count, double *z)
{
    double copy[BLOCK];
    for (size_t start = 0; start < count; start += BLOCK) {
        size_t part = count - start < BLOCK ? count - start : BLOCK;
        memcpy(copy, u + start, part * sizeof *copy);
        quantiles_of_block(copy, part, z + start);
    }
}

void ltn_normal_probabilities(const double *z, size_t count, double *u)
{
    static const double largest = 1 - 0x1p-53;
    for (size_t i = 0; i < count; i++) {
        double p = erfc(-z[i] * M_SQRT1_2) / 2;
        u[i] = p > largest ? largest : p < DBL_MIN ? DBL_MIN : p;
    }
}
