/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an ensemble sums in each draw: the groups asked for, the rows of targets, and what an offset book claims. */
#ifndef LTN_ASSESS_REQUEST_H
#define LTN_ASSESS_REQUEST_H

#include "assess/offsets.h"
#include "assess/target_rows.h"
#include "inventory/groups.h"
#include "projection/simulate.h"

#include <lantian/ensemble.h>

/* A claim on a fall of this run: it is worth tonnes · fall/fall at the means. */
typedef struct ltn_claimed_fall {
    size_t project, output; /* the output: the source's emission with all that was made out of it */
    size_t from;            /* index of the year from which on the fall counts */
    double tonnes, fall;
} ltn_claimed_fall;

typedef struct ltn_request {
    const ltn_projection *run;
    int *years; /* the first is LTN_BEFORE_MEASURES */
    size_t year_count;
    ltn_outputs outputs;
    size_t *first; /* of the outputs */
    int32_t *item;
    size_t group_count, group_years, first_group_year; /* the groups are the first outputs */
    ltn_target_rows *targets;                          /* each has two: its base's and its projection's */
    size_t target_count, first_target_output;
    ltn_claimed_fall *falls;
    size_t fall_count, fall_capacity;
    double *owed, *certain; /* of each project: at the means; claimed of what is no fall of this run */
    double *emitted;        /* of each project: at the means in the last year; 0: it owes for no new source */
    size_t *project_output; /* of each project: its new source's emission */
    size_t project_count;
} ltn_request;

ltn_status ltn_request_create(const ltn_projection *run, const ltn_ensemble_options *options,
                              const ltn_grouping *grouping, ltn_request *out);
void ltn_request_free(ltn_request *request);

/* Index of a projected year among the request's. */
size_t ltn_request_year(const ltn_request *request, int year);

/* A row's emission at the means in a year of the request. */
double ltn_request_emission(const ltn_request *request, size_t year, int32_t row);

#endif
