/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A scenario compiled against an inventory: who each measure acts on, and with what numbers. Compiled once,
 * it runs any year, and any draw of its random numbers, by plain loops over arrays.
 *
 * Sources and emission rows are numbered through: the base inventory's first, then the derived ones'. */
#ifndef LTN_PROJECTION_PROGRAM_H
#define LTN_PROJECTION_PROGRAM_H

#include "base/sum.h"
#include "projection/inputs.h"
#include "projection/notes.h"
#include "scenario/scenario.h"

/* Tiers of a cap: the highest number is cut last. */
enum { LTN_TIER_PROTECTED = -1 };

/* A number of a measure that may be random. */
typedef struct ltn_parameter {
    double mean;
    int32_t input; /* -1: it is the same on every lane, or has an input for each source */
    int32_t *each; /* of each item of the step, its input; NULL where there is one for the measure */
} ltn_parameter;

/* Which parameter is which, by action. Of control, limit and cap of energy there are some for each item. */
enum { LTN_GROWTH_RATE, LTN_GROW_PARAMETERS };
enum { LTN_SHARE, LTN_NCV_OLD, LTN_EFFICIENCY_OLD, LTN_NCV_NEW, LTN_EFFICIENCY_NEW, LTN_REPLACE_PARAMETERS };
enum { LTN_CAPTURED, LTN_EFFICIENCY, LTN_EFFECTIVENESS, LTN_PENETRATION, LTN_CONTROL_PARAMETERS };
enum { LTN_CEILING, LTN_FLUE_GAS, LTN_OXYGEN, LTN_LIMIT_PARAMETERS };
enum { LTN_CAP_LEVEL, LTN_HEATING_VALUES };

/* Sums over the whole selection of a cap: of the protected activity, of each tier's, of the base year's, and where the
 * cap is a share of energy, of all energy now and in the base year. */
enum { LTN_TOTAL_PROTECTED, LTN_TOTAL_TIERS, LTN_TOTALS_AFTER_TIERS = 3 };

typedef struct ltn_step {
    const ltn_measure *measure;
    size_t index;              /* of the measure */
    ltn_parameter *parameters; /* by the action's names above */
    size_t parameter_count, first_parameter;
    size_t total_count, first_total; /* of a cap, or a limit over a group: sums over the whole selection */
    bool by_emission;                /* the selector chooses single emissions */
    /* The sources acted on, ascending; absent for steps that act on rows. */
    int32_t *sources;
    size_t source_count;
    /* The emission rows acted on, ascending; for control, limit, and growth by emission. */
    int32_t *rows;
    size_t row_count;
    int32_t *item;        /* of each row: the device, ceiling or packet's row; of each source: the retired stage,
                             * whether it is new, or the heating value that its energy is reckoned with (-1: none) */
    double *per_activity; /* of each row of a limit: the ceiling [t] per activity; NaN where it is absolute */
    double *absolute;     /* of each item of a limit: the ceiling [t/yr]; NaN where it is per activity */
    int32_t *derived;     /* of each source: the source that takes over its activity, or -1; of a turnover one
                             for each stage sold, together */
    double *model_year;   /* of each source of a turnover by survival */
    double *exchange;     /* of each source: new activity per activity taken over */
    int32_t *tier;        /* of each source of a cap */
    int32_t tiers;
    double *to_unit;       /* of each source of a cap: its activity in the cap's unit */
    const char *unit;      /* of a cap */
    int32_t *among;        /* of a cap of energy: the sources whose energy is the whole */
    double *among_to_unit; /* of each of them */
    int32_t *among_item;   /* of each of them: its heating value, or -1 */
    size_t among_count;
    int32_t added; /* of add: the new source */
    double share;  /* of add: what of it is let in */
} ltn_step;

/* Sources and rows that a run goes over, numbered from 0: the base's first, then the derived ones'. The whole
 * program's, or a tile's. */
typedef struct ltn_frame {
    const struct ltn_program *program;
    size_t base_sources, base_rows, sources, rows;
    const int32_t *first;                        /* sources + 1: where each source's rows start */
    const double *activity, *emission, *removal; /* of the base's sources and rows, as the inventory has them */
    const double *derived_activity;              /* of the derived sources: 0, or NaN where they have none */
    const double *per_activity;                  /* of each row: uncontrolled emission [t] per activity; NaN: unknown */
    const int32_t *activity_input, *factor_input; /* of the base's sources and rows; NULL where none is random */
    const int32_t *removal_input;
    const int32_t *derived_factor, *derived_distance; /* of the derived rows; NULL where none is random */
    const ltn_step *steps;                            /* in order; a tile's leave out those that have nothing in it */
    size_t step_count;
} ltn_frame;

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
    bool reads_removal; /* some measure's effect depends on the removal in force */
    ltn_inputs inputs;
    int32_t *derived_factor, *derived_distance; /* of each derived row: the inputs of its factor, or -1 */
    size_t derived_factor_capacity, derived_distance_capacity;
    bool has_random_rows; /* some of them are not -1 */
    int32_t *origin;      /* of each derived source: the one it was made out of, or -1 */
    size_t origin_capacity;
    size_t parameter_count, total_count; /* of all steps */
    int32_t *first;                      /* sources + 1 */
    ltn_frame whole;
    ltn_notes notes; /* what was found while compiling */
    ltn_arena texts; /* of the notes */
} ltn_program;

ltn_status ltn_program_compile(const ltn_inventory *base, const ltn_scenario *scenario, ltn_program *out);

/* Names of some of a program's streams, owned by the caller; found by compiling it again, as a name for each input would
 * be as large as the inventory. */
ltn_status ltn_program_name_streams(const ltn_program *program, const uint64_t *streams, size_t count, char **names);

/* Whether rows' factors change from what they are: some growth acts on emissions, or a factor is random. */
bool ltn_program_scales(const ltn_program *program);
void ltn_program_free(ltn_program *program);

/* The base's source that a derived one goes back to; itself where it is the base's, -1 where it is new. */
static inline int32_t ltn_program_root(const ltn_program *p, int32_t source)
{
    while (source >= (int32_t)p->base_sources) source = p->origin[source - (int32_t)p->base_sources];
    return source;
}

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

/* The statistical basis: the inventory's, or where it names none the scenario's; "" where neither does. */
const char *ltn_program_baseline(const ltn_program *p);

/* Id of a source. */
const char *ltn_program_source_id(const ltn_program *p, int32_t source);

/* ---- running ---- */

/* Variants of a run that are run together. A lane is one: a draw of the random inputs, a set of measures in force, or
 * both. */
typedef struct ltn_lanes {
    size_t count;
    /* Values of an input (index in program->inputs.items), one a lane; a relative law's are multipliers around 1, and
     * bounds are kept. NULL: every input stands for its mean. Called from the thread that runs. */
    void (*draw)(void *context, int32_t input, double *out);
    void *context;
    const double
        *in_force; /* of each measure and lane: 1, or 0 where the measure is left out; NULL: all are in force */
} ltn_lanes;

/* What the rows are in a year, after the measures so far; of each, a value a lane, together. */
typedef struct ltn_state {
    double *activity; /* of each source; NaN where unknown */
    double *emission; /* of each row [t/yr] */
    double *removal;  /* of each row; NaN where unknown; NULL in a simulation in which no measure reads it */
    double *scaled;   /* of each row: what its factor is multiplied by; NULL where it stays */
    double *left;     /* of each row: what packets' controls leave of it; NULL where there are no packets */
    uint8_t *present; /* of each source: it exists in this year */
} ltn_state;

/* How the base's sources and rows start on each lane; `scaled` of all rows, or NULL. */
typedef struct ltn_start {
    const double *activity, *emission, *removal, *scaled;
} ltn_start;

/* What lanes have in common for all frames and years. */
typedef struct ltn_batch {
    ltn_lanes lanes;
    double *values;  /* of each parameter of the program */
    double *scratch; /* vectors of a run's own */
    ltn_sum *totals; /* of each year and total of the program */
} ltn_batch;

/* Draws the parameters. `years` is how many years' totals are kept. */
ltn_status ltn_batch_create(const ltn_program *program, const ltn_lanes *lanes, size_t years, ltn_batch *out);
void ltn_batch_free(ltn_batch *batch);

ltn_status ltn_frame_state(const ltn_frame *frame, size_t lanes, ltn_state *out);
ltn_status ltn_state_create(const ltn_program *program, ltn_state *out); /* of the whole, one lane */
void ltn_state_free(ltn_state *state);

/* Called for every row a measure in force acts on, changed or not, when the row is as the measure leaves it. */
typedef struct ltn_sink {
    void (*take)(void *context, const ltn_state *state, size_t step, double phase, int32_t row, double before);
    void *context;
} ltn_sink;

/* Measures that act on sums over their whole selection take two goes where a frame is a part: one that adds up, tile
 * after tile, and one that acts. */
typedef struct ltn_go {
    int year;
    size_t year_index;    /* of the batch's totals */
    size_t until;         /* measure to stop before: its sums are added to, and nothing is done */
    bool totals_known;    /* the sums of all measures are there; else each is made on the way (of the whole) */
    const ltn_sink *sink; /* of one lane, or NULL */
    ltn_notes *notes;     /* of one lane, or NULL */
} ltn_go;

/* Brings `state` to a year: the start, then every measure in order. */
ltn_status ltn_frame_run(const ltn_frame *frame, const ltn_batch *batch, const ltn_start *start, const ltn_go *go,
                         ltn_state *state);

/* The whole, one lane, every input at its mean. `sink` and `notes` may be NULL. */
ltn_status ltn_program_run(const ltn_program *program, int year, ltn_state *state, const ltn_sink *sink,
                           ltn_notes *notes);

#endif
