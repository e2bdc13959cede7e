/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What ltn_projection_attribute() works with, whatever the method. */
#ifndef LTN_ASSESS_ATTRIBUTION_H
#define LTN_ASSESS_ATTRIBUTION_H

#include "base/sum.h"
#include "projection/measure_groups.h"
#include "projection/projection.h"

#include <lantian/attribution.h>

/* What a player has of a group's change; parts of the same player and group are added up in the end. */
typedef struct ltn_part {
    int32_t player, group;
    size_t order; /* in which it was found: parts are added in this order */
    ltn_sum delta;
    double variance; /* of an estimate */
} ltn_part;

typedef struct ltn_attribution {
    const ltn_projection *run;
    const ltn_attribution_options *options;
    ltn_attribution_summary summary;
    size_t year; /* index in the run's years */
    ltn_groups groups;
    ltn_measure_groups players;
    ltn_part *parts;
    size_t count, capacity;
} ltn_attribution;

/* Adds a part; one of 0 is left out. */
ltn_status ltn_attribution_add(ltn_attribution *a, size_t player, size_t group, ltn_sum delta, double variance);

/* The steps of the run, told one after another: the ledger's parts, or LMDI-I's. */
ltn_status ltn_attribute_by_steps(ltn_attribution *a);

/* Games, one for all rows that hang on the same players. */
ltn_status ltn_attribute_by_games(ltn_attribution *a);

#endif
