/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The standard normal and its inverse, for whole arrays. Each number's result has the same bits however the array is
 * cut; the array that is written may be the one that is read. */
#ifndef LTN_BASE_NORMAL_H
#define LTN_BASE_NORMAL_H

#include <stddef.h>

/* z = Phi⁻¹(u): algorithm AS 241, PPND16 (Wichura 1988, Applied Statistics 37, 477-484), relative accuracy 1e-16.
 * −∞ at 0, ∞ at 1, NaN outside. */
void ltn_normal_quantiles(const double *u, size_t count, double *z);

/* u = Phi(z), kept within [2^-1022, 1 − 2^-53], so that it is the probability of a finite quantile. */
void ltn_normal_probabilities(const double *z, size_t count, double *u);

#endif
