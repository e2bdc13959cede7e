/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A source and every row derived from it, taken together. */
#ifndef LTN_ASSESS_FAMILIES_H
#define LTN_ASSESS_FAMILIES_H

#include "projection/projection.h"

/* Of each source of the program, the source it came from in the end: itself for the base's and for added ones.
 * Owned by the caller. */
ltn_status ltn_families(const ltn_projection *run, int32_t **out);

/* Change of each family's emission of a pollutant against the base [t/yr], by year of the run and source of the
 * program; 0 for what is no root. Owned by the caller. */
ltn_status ltn_family_changes(const ltn_projection *run, const int32_t *root, int32_t pollutant, double **out);

/* What a measure did to a family in a year. */
typedef struct ltn_family_delta {
    int32_t root, measure, pollutant;
    uint32_t year; /* index in the run's years */
    double tonnes;
} ltn_family_delta;

/* The ledger by family: what measures took off, of the pollutants that are marked (a byte a word). Owned by
 * the caller. */
ltn_status ltn_family_cuts(const ltn_projection *run, const int32_t *root, const uint8_t *pollutants,
                           ltn_family_delta **out, size_t *count);

#endif
