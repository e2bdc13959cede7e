/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an inventory and a scenario leave uncertain, as random inputs.
 *
 * A *stream* is the random numbers of one independent cause, named by a text, so that adding a cause never changes
 * another's numbers. A *law* is what is made of a number in (0, 1). An input is a law on a stream: two rows of one
 * stream move together, each by its own law. */
#ifndef LTN_PROJECTION_INPUTS_H
#define LTN_PROJECTION_INPUTS_H

#include "base/distribution.h"
#include "base/random.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct ltn_law {
    ltn_distribution value;
    double mean;      /* of `value`; a relative law gives draw/mean */
    bool relative;    /* it multiplies what it is on; else it takes its place */
    double low, high; /* domain: rarer draws are set to the bound */
} ltn_law;

typedef enum ltn_input_kind {
    LTN_INPUT_ACTIVITY,
    LTN_INPUT_FACTOR,
    LTN_INPUT_REMOVAL,
    LTN_INPUT_PARAMETER /* of a measure */
} ltn_input_kind;

typedef struct ltn_input {
    uint64_t stream;
    int32_t law;
    int32_t of;     /* the source (activity), row (factor, removal) or measure it was first met on */
    int32_t uses;   /* sources, rows or parameters it is on */
    int32_t copula; /* -1, or which of `copulas` its stream is in */
    uint8_t place;  /* in the copula */
    uint8_t kind;   /* ltn_input_kind */
} ltn_input;

/* Streams whose normal scores are correlated: z = factor · independent normals (Cholesky, row-major, lower). */
typedef struct ltn_copula {
    int32_t size;
    const double *factor; /* size × size; shared by the copulas of one `correlations:` entry */
    uint64_t *streams;    /* of its places */
} ltn_copula;

/* Streams whose names are asked for: numbers are all that is kept of the others. */
typedef struct ltn_stream_names {
    const uint64_t *streams;
    char **names; /* of each; owned by the caller, NULL where it was not met */
    size_t count;
} ltn_stream_names;

typedef struct ltn_inputs {
    ltn_law *laws;
    size_t law_count, law_capacity;
    ltn_input *items;
    size_t count, capacity;
    /* Inputs by what they are on, -1 where there is none; NULL where there is none anywhere. */
    int32_t *activity; /* of each source: multiplies its activity and all it emits */
    int32_t *factor;   /* of each row of the base: multiplies its factor and its emission */
    int32_t *removal;  /* of each row of the base: takes the place of R */
    ltn_copula *copulas;
    size_t copula_count, copula_capacity;
    double **factors; /* of the copulas, owned */
    size_t factor_count, factor_capacity;
    int32_t *slots; /* hash table that finds an input by stream and law */
    size_t slot_count;
    int32_t *law_slots; /* likewise a law */
    size_t law_slot_count;
    const ltn_stream_names *asked; /* borrowed while inputs are added; or NULL */
} ltn_inputs;

void ltn_inputs_free(ltn_inputs *inputs);

/* The input of a stream and a law, made if new, with one more use; -1 with the error set where memory runs out. `of` is
 * kept of the first. */
int32_t ltn_inputs_add(ltn_inputs *inputs, ltn_input_kind kind, const char *stream_name, const ltn_law *law,
                       int32_t of);
int32_t ltn_inputs_add_stream(ltn_inputs *inputs, ltn_input_kind kind, uint64_t stream, const ltn_law *law, int32_t of);

#endif
