/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LTN_BASE_DISTRIBUTION_H
#define LTN_BASE_DISTRIBUTION_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

/* A number that may be random. Parameters by kind:
 *   constant          value
 *   normal            mean, sd
 *   truncated normal  the parent's mean and sd, low, high
 *   lognormal         mu, sigma of the logarithm
 *   triangular        low, mode, high (end points)
 *   uniform           low, high
 *   beta              a, b, low, high
 *   empirical         none: `values`, ascending, each with the probability 1/count */
typedef enum ltn_distribution_kind {
    LTN_CONSTANT,
    LTN_NORMAL,
    LTN_TRUNCATED_NORMAL,
    LTN_LOGNORMAL,
    LTN_TRIANGULAR,
    LTN_UNIFORM,
    LTN_BETA,
    LTN_EMPIRICAL
} ltn_distribution_kind;

typedef struct ltn_distribution {
    ltn_distribution_kind kind;
    double parameter[4];
    const double *values; /* borrowed; of an empirical one only */
    size_t count;
} ltn_distribution;

/* Makes a distribution, checking the parameters. On failure returns the reason as a static sentence
 * part ("sd must be positive"), NULL where all is well. */
const char *ltn_distribution_check(const ltn_distribution *d);

/* Lognormal with a given mean and coefficient of variation: sigma² = ln(1 + cv²), mu = ln mean − sigma²/2. */
ltn_distribution ltn_lognormal_mean_cv(double mean, double cv);

/* Lognormal whose central 95 % lies between low and high. */
ltn_distribution ltn_lognormal_ci95(double low, double high);

/* Expected value; for the truncated normal that of the truncated one. */
double ltn_distribution_mean(const ltn_distribution *d);

/* Probability of a value below `low` or above `high` (which may be infinite). */
double ltn_distribution_outside(const ltn_distribution *d, double low, double high);

#endif
