/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Points in the unit cube at which a model is run, as columns of uniform numbers: one column a dimension, one row a
 * draw. */
#ifndef LTN_BASE_DESIGN_H
#define LTN_BASE_DESIGN_H

#include "base/random.h"
#include "base/status.h"

typedef enum ltn_design_kind {
    LTN_DESIGN_RANDOM, /* independent draws */
    LTN_DESIGN_LATIN,  /* Latin hypercube: in each dimension one draw in each of the N intervals of length 1/N */
    LTN_DESIGN_SOBOL   /* Sobol's sequence, shifted at random modulo 1 */
} ltn_design_kind;

enum { LTN_SOBOL_DIMENSIONS = 40 }; /* GSL's limit; beyond it GSL returns success and zeros */

typedef struct ltn_design ltn_design;

/* Makes a design of `draws` points in `dimensions` dimensions. Dimension k takes its numbers from streams of its own,
 * "design:k" (all kinds), "design:k:order" (Latin hypercube) and "design:k:shift" (Sobol), k in decimal from 0: a column
 * does not depend on how many there are. Where `streams` are given, one a dimension, they stand in place of "design:k",
 * and the others are theirs xor the number of ":order" or ":shift": a column then goes with its name, not its place. Needs 4 bytes a point and dimension, a random one none. Owned by the caller;
 * immutable, so threads may share it. Fails with LTN_EARGUMENT (no dimension, no draw), LTN_ELIMIT (Sobol in more than
 * 40 dimensions or with 2^30 draws, Latin hypercube with more than 2^32 − 1) or LTN_ENOMEM. */
ltn_status ltn_design_create(ltn_design_kind kind, ltn_random_key key, const uint64_t *streams, size_t dimensions,
                             size_t draws, ltn_design **out);

/* Column `dimension` of the draws first .. first + count − 1; each number is in (0, 1). */
void ltn_design_uniforms(const ltn_design *design, size_t dimension, size_t first, size_t count, double *out);

void ltn_design_free(ltn_design *design);

#endif
