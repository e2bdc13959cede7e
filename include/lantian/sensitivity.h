/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file sensitivity.h
 *  Which uncertain inputs a sum of emissions owes its variance to.
 *
 *  The inputs are divided into groups: by what they are, by measure, region or sector, or one by one. Of each sum f and
 *  each group i two shares of the variance V are found (@cite sobol2001):
 *
 *      first  S_i  = Var[E(f | i)] / V         what V would lose if the inputs of i alone became certain
 *      total  ST_i = E[Var(f | all but i)] / V         what would be left of V if they alone stayed uncertain
 *
 *  with i's part in what it does together with others in the second only. S_i ≤ ST_i, and ΣS_i ≤ 1 ≤ ΣST_i.
 */
#ifndef LANTIAN_SENSITIVITY_H
#define LANTIAN_SENSITIVITY_H

#include <lantian/projection.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What makes a group of inputs, and what it is called. Inputs that share draws, or whose draws `correlations:` joins,
 *  cannot be told apart by variance; where they would fall into several groups, they are in one of their own, called
 *  `(shared)`. */
typedef enum ltn_sensitivity_by {
    LTN_SENSITIVITY_BY_KIND = 0,    /**< `activity`, `factor`, `removal`, and `measures` for all their numbers */
    LTN_SENSITIVITY_BY_MEASURE = 1, /**< the id of the measure whose numbers they are; else `(inventory)` */
    LTN_SENSITIVITY_BY_REGION = 2,  /**< the code of the region, at a depth, of the sources they are on; of measures'
                                     *   numbers `(measures)` */
    LTN_SENSITIVITY_BY_SECTOR = 3,  /**< likewise of the sector */
    LTN_SENSITIVITY_BY_INPUT = 4    /**< the few of most weight in the last year by themselves, by name, with ` + n`
                                     *   where n others are correlated with it; all others are `(rest)` */
} ltn_sensitivity_by;

/** Options of ltn_sensitivity_run(). */
typedef struct ltn_sensitivity_options {
    size_t struct_size; /**< set by ltn_sensitivity_options_init() */
    size_t draws;       /**< N, at least 2; default 1000. The projection is drawn (groups + 2)·N times */
    uint64_t seed;      /**< default 1 */
    int threads;        /**< 0: as many as the machine has */
    int by;             /**< #ltn_sensitivity_by; default #LTN_SENSITIVITY_BY_KIND */
    int depth;          /**< of regions or sectors: 0 roots, 1 below them, ...; -1 each source's own. Default 0 */
    size_t inputs;      /**< how many by themselves, 1 to 1000; default 10 */
    const ltn_grouping *grouping; /**< borrowed; which sums; NULL: by pollutant and root region, of the last year */
    double confidence;            /**< of the bounds, in (0, 1); default 0.95 */
    size_t resamples;             /**< of the bootstrap; 0: no bounds; default 100 */
    size_t memory;                /**< bytes that all draws may be kept in; default 2^30 */
    ltn_progress progress;        /**< or NULL */
    void *progress_data;          /**< handed to progress */
} ltn_sensitivity_options;

/** Sets every option to its default. */
LTN_API void ltn_sensitivity_options_init(ltn_sensitivity_options *options);

/** First-order and total indices of sums of a projection by groups of its inputs, a row a group and sum: `group`, the
 *  grouping's columns, `first, first_low, first_high, total, total_low, total_high, variance_t2` [(t/yr)²].
 *
 *  From N points A, N independent points B, and AB_i, A with the inputs of i taken from B:
 *
 *      S_i = mean of (f_B − m)·(f_ABi − f_A) / V          ST_i = mean of (f_A − f_ABi)² / 2 / V
 *
 *  (@cite saltelli2010, @cite jansen1999), m and V the mean and variance of all f_A and f_B. Where nothing varies they are
 *  absent. As estimates they may lie outside [0, 1] by their error. The bounds are the percentiles of resamples of the
 *  draws (@cite efron1979). A is the run of an ensemble with the same seed that is drawn at random. Results are the same
 *  bits for any number of threads.
 *
 *  @param options NULL for defaults.
 *  @return #LTN_OK; #LTN_EARGUMENT (an option outside its domain, a grouping of measures); #LTN_ENOTFOUND (an attribute or
 *  scope); #LTN_ELIMIT (the draws do not fit in memory); #LTN_ECANCELLED; #LTN_ENOMEM. Owned by the caller; without
 *  rows where nothing is uncertain. */
LTN_API LTN_CHECKED ltn_status ltn_sensitivity_run(const ltn_projection *run, const ltn_sensitivity_options *options,
                                                   ltn_table **out);

#ifdef __cplusplus
}
#endif
#endif
