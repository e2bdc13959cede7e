/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows that measures make: replacements, fleets' new stages, new sources. */
#ifndef LTN_PROJECTION_DERIVE_H
#define LTN_PROJECTION_DERIVE_H

#include "projection/program.h"

/* An inventory without rows, with the columns of the base and `origin` and `measure`. */
ltn_status ltn_derive_start(ltn_program *program);

/* What a derived source is made of. Texts may be NULL: inherited from the origin, absent without one. */
typedef struct ltn_derivation {
    int32_t origin;     /* numbered through; -1 for a new source */
    const char *id;     /* of a new source; else <origin>~<measure> */
    const char *suffix; /* <origin>~<measure>~<suffix>, or NULL */
    int32_t number;     /* of the measure */
    const char *measure, *fuel, *region, *sector, *name, *owner, *facility;
    const char *activity_unit;  /* NULL: the origin's */
    const char *column, *value; /* one more column to set: the stage */
    const char *blank;          /* a column of numbers that is not inherited, or NULL */
    const ltn_add *placed;      /* coordinates and capacity of a new source, or NULL */
    const ltn_factors *factors; /* a row each */
    const double *per_activity; /* tonnes per activity (or a year), of each factor */
    const ltn_factors *given;   /* the same factors as the scenario has them: what of them is random */
    const ltn_quantity *vkt;    /* a distance that some of them were multiplied by, or NULL */
    bool tonnes;                /* the factors are tonnes a year: no factor columns */
    ltn_place place;
} ltn_derivation;

/* Adds a derived source; its number through `out`. */
ltn_status ltn_derive_source(ltn_program *program, const ltn_derivation *d, int32_t *out);

#endif
