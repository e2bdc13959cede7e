/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LTN_ASSESS_ENSEMBLE_H
#define LTN_ASSESS_ENSEMBLE_H

#include "base/sum.h"

#include <lantian/ensemble.h>
#include <stdatomic.h>
#include <stdbool.h>

/* Sums of x − c, its square and its cube, c the sum at the means: shifted so that no digits cancel. */
typedef struct ltn_power_sums {
    ltn_sum power[3];
} ltn_power_sums;

/* Counts of draws by the logarithm of draw/scale, from 1/3600 to 3600: the quantile sketch of Masson, Rim and Lee 2019,
 * "DDSketch", PVLDB 12, doi:10.14778/3352063.3352135, of relative error LTN_SKETCH_ERROR. Counts can be added in any
 * order. */
#define LTN_SKETCH_ERROR 0.001
enum { LTN_SKETCH_HALF = 4096, LTN_SKETCH_BINS = 2 * LTN_SKETCH_HALF + 1 };

/* What became of a target, or of a project, over the draws. */
typedef struct ltn_ensemble_target {
    size_t target, base, projected; /* rows of the ensemble's sums */
    bool judged;
    size_t met;
} ltn_ensemble_target;

typedef struct ltn_ensemble_project {
    size_t owed, claimed; /* rows of the ensemble's sums */
    size_t covered;
} ltn_ensemble_project;

struct ltn_ensemble {
    uint64_t seed;
    size_t draws, first, count; /* of the run; first of this part; of this part */
    int sampling;
    size_t designed;
    size_t inputs;      /* random ones */
    bool reconstructed; /* the base inventory was */
    char *baseline;     /* the run's; "" where none is named */
    uint64_t *streams;  /* that follow the design, in its order */
    size_t stream_count;
    uint64_t fingerprint; /* of its inputs */
    /* Sums: first those of the grouping (`groups` has their columns and `emission_t`), then targets' and projects'. */
    ltn_table *groups;
    size_t group_rows, rows;
    double *central;         /* of each row: every input at its mean */
    double *scale;           /* of each row: the middle of its sketch; NULL where draws were kept */
    double *values;          /* of each row, each draw; NULL where they were not kept */
    size_t capacity;         /* draws that a row of `values` has room for */
    ltn_power_sums *moments; /* of each row, where draws were not kept */
    atomic_uint *sketch;     /* likewise LTN_SKETCH_BINS */
    ltn_table *judged;       /* what ltn_targets_check() says; or NULL */
    ltn_ensemble_target *targets;
    ltn_table *matched; /* what ltn_offset_book_projects() says; or NULL */
    ltn_ensemble_project *projects;
    size_t target_count, project_count;
};

/* Mean, standard deviation (n − 1) and skewness. */
typedef struct ltn_row_moments {
    double mean, sd, skewness;
} ltn_row_moments;

/* Of a row of an ensemble, and of draws. */
ltn_row_moments ltn_ensemble_moments(const ltn_ensemble *ensemble, size_t row);
ltn_row_moments ltn_moments_of_draws(const double *draws, size_t count);

/* Quantiles, likewise. */
ltn_status ltn_ensemble_quantiles(const ltn_ensemble *ensemble, size_t row, const double *probabilities, size_t count,
                                  double *out);
ltn_status ltn_quantiles_of_draws(const double *draws, size_t count, const double *probabilities, size_t wanted,
                                  double *out);

/* The bin of a draw in a sketch around `scale`. The last one holds what is too large for it. */
size_t ltn_sketch_bin(double value, double scale);

/* Keeps a copy of the label of an ensemble that has none yet. */
ltn_status ltn_ensemble_set_baseline(ltn_ensemble *ensemble, const char *baseline);

#endif
