/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Many variants of a run at once, for sums of emissions alone. A *lane* is one variant: a draw of the random inputs,
 * a set of measures in force, or both. The inventory is cut into tiles whose state fits the cache; every tile runs
 * all measures and years for all lanes before the next. Memory is O(sources), whatever the number of draws. */
#ifndef LTN_PROJECTION_SIMULATE_H
#define LTN_PROJECTION_SIMULATE_H

#include "projection/program.h"

/* So many lanes at most are simulated together. */
enum { LTN_LANES_MAX = 64 };

/* The sums that are asked for: row r adds to the outputs item[first[r]] .. item[first[r + 1] - 1]. Borrowed. */
typedef struct ltn_outputs {
    size_t count;
    const size_t *first; /* rows + 1 */
    const int32_t *item;
} ltn_outputs;

typedef struct ltn_simulation ltn_simulation;

/* In place of a year: the base itself, before any measure acts. */
enum { LTN_BEFORE_MEASURES = 0 };

/* Cuts a program for years and outputs, both borrowed as long as it lives, into tiles of about so many rows (0: as
 * many as the cache holds). */
ltn_status ltn_simulation_create(const ltn_program *program, const int *years, size_t year_count,
                                 const ltn_outputs *outputs, size_t tile_rows, ltn_simulation **out);

/* The same of a part of the sources: a byte each, the same for a source and all that is derived from it; borrowed for
 * the call. Outputs of rows that are left out are 0. The part must have all that a cap or a limit over a group sums, if
 * it has one of its sources and the measure is in force. */
ltn_status ltn_simulation_create_of(const ltn_program *program, const int *years, size_t year_count,
                                    const ltn_outputs *outputs, size_t tile_rows, const uint8_t *keep,
                                    ltn_simulation **out);
void ltn_simulation_free(ltn_simulation *simulation);

/* sums[(year · outputs + output) · lanes + lane], tonnes a year. Threads may simulate at once. */
ltn_status ltn_simulate(const ltn_simulation *simulation, const ltn_lanes *lanes, double *sums);

#endif
