/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an ensemble's store holds, by name; docs/formats.md describes it. */
#ifndef LTN_OUTPUT_ENSEMBLE_STORE_H
#define LTN_OUTPUT_ENSEMBLE_STORE_H

#include "assess/ensemble.h"
#include "format/hdf5_store.h"

#define LTN_ENSEMBLE_CONTENT "ensemble"

#define LTN_ENSEMBLE_SUMS "sums"                     /* table: the grouping's columns and emission_t */
#define LTN_ENSEMBLE_TARGETS "targets"               /* table: what ltn_targets_check() says */
#define LTN_ENSEMBLE_TARGET_COUNTS "target_counts"   /* table */
#define LTN_ENSEMBLE_PROJECTS "projects"             /* table: what ltn_offset_book_projects() says */
#define LTN_ENSEMBLE_PROJECT_COUNTS "project_counts" /* table */
#define LTN_ENSEMBLE_CENTRAL "central"
#define LTN_ENSEMBLE_DRAWS "draws"
#define LTN_ENSEMBLE_SCALE "scale"
#define LTN_ENSEMBLE_MOMENTS "moments"
#define LTN_ENSEMBLE_SKETCH "sketch"

#define LTN_ENSEMBLE_A_SAMPLING "sampling"
#define LTN_ENSEMBLE_A_BASELINE "baseline"
#define LTN_ENSEMBLE_A_STREAMS "streams" /* in decimal, a space between them */

/* Of whole numbers that are attributes of the file: their names, and where they are in an ensemble. */
typedef struct ltn_ensemble_number {
    const char *name;
    size_t at;
} ltn_ensemble_number;
enum { LTN_ENSEMBLE_NUMBERS = 7 };
extern const ltn_ensemble_number ltn_ensemble_numbers[LTN_ENSEMBLE_NUMBERS];

enum { LTN_ENSEMBLE_SAMPLINGS = 3 };
extern const char *const ltn_ensemble_samplings[LTN_ENSEMBLE_SAMPLINGS];

/* Columns of the counts. */
enum { LTN_TARGET_COLUMNS = 5, LTN_PROJECT_COLUMNS = 3, LTN_MOMENT_COLUMNS = 6 };
extern const char *const ltn_target_columns[LTN_TARGET_COLUMNS], *const ltn_project_columns[LTN_PROJECT_COLUMNS];

#endif
