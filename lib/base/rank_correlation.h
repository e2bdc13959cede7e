/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random numbers that are correlated by their ranks (Spearman), whatever their distributions: by a Gaussian copula
 * while they are drawn, or by reordering columns that were drawn (Iman and Conover). */
#ifndef LTN_BASE_RANK_CORRELATION_H
#define LTN_BASE_RANK_CORRELATION_H

#include "base/random.h"
#include "base/status.h"

/* The correlation of two normals whose rank correlation is r: 2 sin(pi r/6) (Pearson 1907, "On further methods of
 * determining correlation", Drapers' Company Research Memoirs, Biometric Series IV). */
double ltn_rank_to_normal(double r);

/* Its inverse: the rank correlation of two normals with the correlation rho, (6/pi) asin(rho/2). */
double ltn_normal_to_rank(double rho);

/* Factors a matrix of rank correlations (size × size, row-major): factor · factorᵀ is the matrix of the normals'
 * correlations, factor lower triangular, zeros above the diagonal. Returns NULL, or why it cannot be as a static
 * sentence part, the entry at fault in `pair` (row, column): an entry outside [−1, 1], a diagonal other than 1, not
 * symmetric, or not positive definite. In the last case `pair` is the first row that does not go with those before it
 * and the one of them it is most strongly correlated with. `factor` may not be `rank`. */
const char *ltn_rank_cholesky(const double *rank, size_t size, double *factor, size_t pair[2]);

/* z(draw, k) = Σ factor(k, j) · z(draw, j): correlates `size` columns of independent normals, each of `draws` numbers,
 * in place. */
void ltn_correlate_normals(const double *factor, size_t size, size_t draws, double *const *columns);

/* Reorders each of `dimensions` columns (one behind the other, each of `draws` numbers) so that their rank correlations
 * come near those that `factor` was made of (ltn_rank_cholesky); each column keeps its values. Iman and Conover 1982,
 * "A distribution-free approach to inducing rank correlation among input variables", Communications in Statistics B11,
 * 311-334, with van der Waerden scores and with the scores' own correlation taken out. Permutations are of the streams
 * "iman-conover:k", k in decimal from 0. Fails with LTN_EARGUMENT where there are too few draws for so many
 * columns, or with LTN_ENOMEM, the columns as they were. */
ltn_status ltn_iman_conover(double *columns, size_t draws, size_t dimensions, const double *factor, ltn_random_key key);

#endif
