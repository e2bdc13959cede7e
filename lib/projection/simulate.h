/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Many variants of a run at once, for sums of emissions alone. A *lane* is one variant: a draw of the random inputs,
 * a set of measures in force, or both. The inventory is cut into tiles whose state fits the cache; every tile runs
 * all measures and years for all lanes before the next. Memory is O(sources), whatever the number of draws. */
#ifndef LTN_PROJECTION_SIMULATE_H
#define LTN_PROJECTION_SIMULATE_H

#include "projection/program.h"

typedef struct ltn_lanes {
    size_t count;
    /* Values of an input (index in program->inputs.items), one a lane; a relative law's are multipliers around 1, and
     * bounds are kept. NULL: every input stands for its mean. Called from the thread that simulates. */
    void (*draw)(void *context, int32_t input, double *out);
    void *context;
    const double *in_force; /* of each measure and lane: 1, or 0 where the measure is left out; NULL: all are in force */
} ltn_lanes;

/* The sums that are asked for: row r adds to the outputs item[first[r]] .. item[first[r + 1] - 1]. Borrowed. */
typedef struct ltn_outputs {
    size_t count;
    const size_t *first; /* rows + 1 */
    const int32_t *item;
} ltn_outputs;

typedef struct ltn_simulation ltn_simulation;

/* Cuts a program for years and outputs. Program and outputs are borrowed as long as it lives. */
ltn_status ltn_simulation_create(const ltn_program *program, const int *years, size_t year_count,
                                 const ltn_outputs *outputs, ltn_simulation **out);
void ltn_simulation_free(ltn_simulation *simulation);

/* sums[(year · outputs + output) · lanes + lane], tonnes a year. Threads may simulate at once. */
ltn_status ltn_simulate(const ltn_simulation *simulation, const ltn_lanes *lanes, double *sums);

#endif
