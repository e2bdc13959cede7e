/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Draws of a program's inputs. */
#ifndef LTN_ASSESS_DRAWER_H
#define LTN_ASSESS_DRAWER_H

#include "base/design.h"
#include "projection/projection.h"

typedef struct ltn_drawer ltn_drawer;

/* An input and how much of the totals its standard deviation is. */
typedef struct ltn_input_weight {
    double score;
    int32_t input;
} ltn_input_weight;

/* All inputs of a program, the heaviest first, by the emissions of the base's rows in some year; `weights` has room for
 * them. */
ltn_status ltn_weigh_inputs(const ltn_program *program, const double *emission, ltn_input_weight *weights);

/* Of `draws` draws in all, the inputs that carry most variance (at most `designed`) follow a design, the others are
 * random. The program is borrowed as long as the drawer lives. */
ltn_status ltn_drawer_create(const ltn_program *program, uint64_t seed, size_t draws, ltn_design_kind kind,
                             size_t designed, ltn_drawer **out);
void ltn_drawer_free(ltn_drawer *drawer);

/* The streams that follow the design, in its order: two drawers of one seed share their numbers where these are the
 * same. A view. */
const uint64_t *ltn_drawer_design(const ltn_drawer *drawer, size_t *count);

/* Values of an input in the draws first .. first + count − 1, at most LTN_LANES_MAX, as ltn_lanes.draw gives them. Runs
 * of one drawer are independent of each other; a design is run 0's. */
void ltn_drawer_draw(const ltn_drawer *drawer, uint64_t run, int32_t input, size_t first, size_t count, double *out);

#endif
