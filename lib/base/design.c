/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/design.h"

#include "base/memory.h"

#include <gsl/gsl_qrng.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ltn_design {
    ltn_design_kind kind;
    ltn_random_key key;
    size_t dimensions, draws;
    uint64_t *streams; /* of the dimensions that were given theirs; or NULL */
    uint32_t *cells;   /* a column a dimension: the Latin hypercube's intervals, or Sobol's numbers times 2^31 */
};

/* "design:3", "design:3:order"; or what was given, and made another by the name of the part. */
static uint64_t stream_of(const ltn_design *design, size_t dimension, const char *part)
{
    char name[64];
    if (design->streams) return design->streams[dimension] ^ (*part ? ltn_stream(part) : 0);
    snprintf(name, sizeof name, "design:%zu%s", dimension, part);
    return ltn_stream(name);
}

/* A random order of the intervals (Fisher and Yates 1938; Knuth 1997, vol. 2, sec. 3.4.2, algorithm P). */
static void shuffle(const ltn_design *design, size_t dimension)
{
    enum { BLOCK = 512 };
    double u[BLOCK];
    size_t n = design->draws, drawn = 0;
    uint64_t stream = stream_of(design, dimension, ":order");
    uint32_t *cells = design->cells + dimension * n;
    for (size_t i = 0; i < n; i++) cells[i] = (uint32_t)i;
    for (size_t last = n - 1; last > 0; last--, drawn++) {
        if (drawn % BLOCK == 0) ltn_random_uniforms(design->key, stream, drawn, BLOCK, u);
        size_t other = (size_t)(u[drawn % BLOCK] * (double)(last + 1));
        uint32_t cell = cells[last];
        cells[last] = cells[other];
        cells[other] = cell;
    }
}

/* The generator's own functions, on memory of ours: gsl_qrng_alloc() ends the program where memory runs out. */
static ltn_status fill_sobol(ltn_design *design)
{
    const gsl_qrng_type *sobol = gsl_qrng_sobol;
    unsigned dimensions = (unsigned)design->dimensions;
    double point[LTN_SOBOL_DIMENSIONS];
    void *state = ltn_alloc(1, sobol->state_size(dimensions));
    if (!state) return LTN_ENOMEM;
    int failed = sobol->init_state(state, dimensions);
    for (size_t i = 0; i < design->draws && !failed; i++) {
        failed = sobol->get(state, dimensions, point);
        for (size_t k = 0; k < dimensions; k++) design->cells[k * design->draws + i] = (uint32_t)(point[k] * 0x1p31);
    }
    free(state);
    return failed ? ltn_fail(LTN_ELIMIT, NULL, "GSL's Sobol sequence ended before %zu draws", design->draws) : LTN_OK;
}

static ltn_status check(ltn_design_kind kind, size_t dimensions, size_t draws)
{
    size_t most =
        gsl_qrng_sobol->max_dimension < LTN_SOBOL_DIMENSIONS ? gsl_qrng_sobol->max_dimension : LTN_SOBOL_DIMENSIONS;
    if (dimensions == 0 || draws == 0)
        return ltn_fail(LTN_EARGUMENT, NULL, "a design of %zu dimensions and %zu draws; expected at least one of each",
                        dimensions, draws);
    if (kind == LTN_DESIGN_SOBOL && dimensions > most)
        return ltn_fail(LTN_ELIMIT, NULL, "a Sobol sequence in %zu dimensions; expected at most %zu", dimensions, most);
    if (kind == LTN_DESIGN_SOBOL && draws >= (size_t)1 << 30)
        return ltn_fail(LTN_ELIMIT, NULL, "a Sobol sequence of %zu draws; expected fewer than 2^30", draws);
    if (kind == LTN_DESIGN_LATIN && draws > UINT32_MAX)
        return ltn_fail(LTN_ELIMIT, NULL, "a Latin hypercube of %zu draws; expected at most 2^32 - 1", draws);
    if (kind != LTN_DESIGN_RANDOM && dimensions > SIZE_MAX / draws) return ltn_fail_memory();
    return LTN_OK;
}

static ltn_status fill(ltn_design *design, const uint64_t *streams)
{
    if (streams && !(design->streams = ltn_alloc(design->dimensions, sizeof *streams))) return LTN_ENOMEM;
    if (streams) memcpy(design->streams, streams, design->dimensions * sizeof *streams);
    if (design->kind == LTN_DESIGN_RANDOM) return LTN_OK;
    design->cells = ltn_alloc(design->dimensions * design->draws, sizeof *design->cells);
    if (!design->cells) return LTN_ENOMEM;
    if (design->kind == LTN_DESIGN_SOBOL) return fill_sobol(design);
    for (size_t k = 0; k < design->dimensions; k++) shuffle(design, k);
    return LTN_OK;
}

ltn_status ltn_design_create(ltn_design_kind kind, ltn_random_key key, const uint64_t *streams, size_t dimensions,
                             size_t draws, ltn_design **out)
{
    *out = NULL;
    ltn_status status = check(kind, dimensions, draws);
    if (status) return status;
    ltn_design *design = ltn_alloc(1, sizeof *design);
    if (!design) return LTN_ENOMEM;
    *design = (ltn_design){.kind = kind, .key = key, .dimensions = dimensions, .draws = draws};
    status = fill(design, streams);
    if (status)
        ltn_design_free(design);
    else
        *out = design;
    return status;
}

/* (cell + v)/N, kept inside its interval where rounding would carry it to the next. */
static void place_in_cells(const uint32_t *cells, size_t draws, size_t count, double *out)
{
    double n = (double)draws;
    for (size_t i = 0; i < count; i++) {
        double u = ((double)cells[i] + out[i]) / n;
        while (u * n >= (double)cells[i] + 1) u = nextafter(u, 0);
        while (u * n < (double)cells[i]) u = nextafter(u, 1);
        out[i] = u;
    }
}

void ltn_design_uniforms(const ltn_design *design, size_t dimension, size_t first, size_t count, double *out)
{
    const uint32_t *cells = design->cells ? design->cells + dimension * design->draws + first : NULL;
    if (design->kind == LTN_DESIGN_SOBOL) {
        /* A shift modulo 1 (Cranley and Patterson 1976, SIAM J. Numer. Anal. 13, 904-914), in integers. */
        uint64_t shift = ltn_random_bits(design->key, stream_of(design, dimension, ":shift"), 0);
        for (size_t i = 0; i < count; i++) out[i] = ltn_uniform(((uint64_t)cells[i] << 33) + shift);
        return;
    }
    ltn_random_uniforms(design->key, stream_of(design, dimension, ""), first, count, out);
    if (design->kind == LTN_DESIGN_LATIN) place_in_cells(cells, design->draws, count, out);
}

void ltn_design_free(ltn_design *design)
{
    if (!design) return;
    free(design->streams);
    free(design->cells);
    free(design);
}
