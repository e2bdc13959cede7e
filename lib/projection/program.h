/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A scenario compiled against an inventory: who each measure acts on, and with what numbers. Compiled once,
 * it runs any year, and any draw of its random numbers, by plain loops over arrays.
 *
 * Sources and emission rows are numbered through: the base inventory's first, then the derived ones'. */
#ifndef LTN_PROJECTION_PROGRAM_H
#define LTN_PROJECTION_PROGRAM_H

#include "projection/inputs.h"
#include "projection/notes.h"
#include "scenario/scenario.h"

/* Tiers of a cap: the highest number is cut last. */
enum { LTN_TIER_PROTECTED = -1 };

typedef struct ltn_step {
    const ltn_measure *measure;
    bool by_emission; /* the selector chooses single emissions */
    /* The sources acted on, ascending; absent for steps that act on rows. */
    int32_t *sources;
    size_t source_count;
    /* The emission rows acted on, ascending; for control, limit, and growth by emission. */
    int32_t *rows;
    size_t row_count;
    int32_t *item;        /* of each row: the device, ceiling or packet's row; of each source: the retired stage,
                             * or whether it is new */
    double *per_activity; /* of each row of a limit: the ceiling [t] per activity; NaN where it is absolute */
    double *absolute;     /* of each item of a limit: the ceiling [t/yr]; NaN where it is per activity */
    int32_t *derived;     /* of each source: the source that takes over its activity, or -1; of a turnover one
                             for each stage sold, together */
    double *model_year;   /* of each source of a turnover by survival */
    double *exchange;     /* of each source: new activity per activity taken over */
    int32_t *tier;        /* of each source of a cap */
    int32_t tiers;
    double *to_unit;       /* of each source of a cap: its activity in the cap's unit */
    double base_activity;  /* of a cap: B */
    const char *unit;      /* of a cap */
    int32_t *among;        /* of a cap of energy: the sources whose energy is the whole */
    double *among_to_unit; /* of each of them */
    size_t among_count;
    int32_t added; /* of add: the new source */
    double share;  /* of add: what of it is let in */
} ltn_step;

typedef struct ltn_program {
    ltn_inventory *given; /* the inventory as it came */
    ltn_inventory *base;  /* the same, or a copy in which the means of uncertain values stand */
    ltn_inventory *derived;
    ltn_scenario *scenario;
    ltn_step *steps; /* one a measure */
    size_t step_count;
    size_t base_sources, base_rows, sources, rows;
    double *per_activity; /* of each row: uncontrolled emission [t] per activity; NaN where unknown */
    size_t per_activity_capacity;
    size_t first_capacity; /* of derived->first */
    bool derived_is_private;
    bool scales_emissions; /* some growth acts on emissions and not on activity */
    bool has_packets;
    ltn_inputs inputs;
    ltn_notes notes; /* what was found while compiling */
    ltn_arena texts; /* of the notes */
} ltn_program;

ltn_status ltn_program_compile(const ltn_inventory *base, const ltn_scenario *scenario, ltn_program *out);
void ltn_program_free(ltn_program *program);

/* The emission rows of a source. */
static inline void ltn_program_rows(const ltn_program *p, int32_t source, int32_t *from, int32_t *to)
{
    if ((size_t)source < p->base_sources) {
        *from = p->base->first[source];
        *to = p->base->first[source + 1];
    } else {
        const int32_t *first = p->derived->first + (source - (int32_t)p->base_sources);
        *from = first[0] + (int32_t)p->base_rows;
        *to = first[1] + (int32_t)p->base_rows;
    }
}

/* The source of a row, searched from `guess` on: rows are walked in ascending order. */
static inline int32_t ltn_program_source_of_row(const ltn_program *p, int32_t row, int32_t guess)
{
    int32_t from, to;
    ltn_program_rows(p, guess, &from, &to);
    while (row >= to) ltn_program_rows(p, ++guess, &from, &to);
    return guess;
}

/* The inventory a source or an emission row stands in, and its number there. */
static inline const ltn_inventory *ltn_program_source(const ltn_program *p, int32_t source, size_t *at)
{
    bool derived = (size_t)source >= p->base_sources;
    *at = (size_t)source - (derived ? p->base_sources : 0);
    return derived ? p->derived : p->base;
}

static inline const ltn_inventory *ltn_program_row(const ltn_program *p, int32_t row, size_t *at)
{
    bool derived = (size_t)row >= p->base_rows;
    *at = (size_t)row - (derived ? p->base_rows : 0);
    return derived ? p->derived : p->base;
}

/* How many `to` one `from` is, for a year's amount: '12 Mt/yr' and '12 Mt' are the same. NaN where it is neither. */
double ltn_amount_scale(const char *from, const char *to);

/* Id of a source. */
const char *ltn_program_source_id(const ltn_program *p, int32_t source);

/* ---- running ---- */

/* What the rows are in a year, after the measures so far. */
typedef struct ltn_state {
    double *activity; /* of each source; NaN where unknown */
    double *emission; /* of each row [t/yr] */
    double *removal;  /* of each row; NaN where unknown */
    double *scaled;   /* of each row: growth of its emission alone; NULL where no measure does that */
    double *left;     /* of each row: what packets' controls leave of it; NULL where there are no packets */
    uint8_t *present; /* of each source: it exists in this year */
} ltn_state;

ltn_status ltn_state_create(const ltn_program *program, ltn_state *out);
void ltn_state_free(ltn_state *state);

/* Called for every row a measure in force acts on, changed or not, when the row is as the measure leaves it. */
typedef struct ltn_sink {
    void (*take)(void *context, const ltn_state *state, size_t step, double phase, int32_t row, double before);
    void *context;
} ltn_sink;

/* Brings `state` to a year: the base, then every measure in order. `sink` and `notes` may be NULL. */
ltn_status ltn_program_run(const ltn_program *program, int year, ltn_state *state, const ltn_sink *sink,
                           ltn_notes *notes);

#endif
