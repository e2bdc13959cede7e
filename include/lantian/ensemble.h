/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file ensemble.h
 *  A projection as random variables: the inventory's and the scenario's uncertain numbers are drawn, and every sum of
 *  emissions becomes a distribution.
 *
 *  In draw k each uncertain input i takes the value x_i = F_i⁻¹(u_ik); measures, caps and limits then act as in the
 *  projection itself, by the same code. An input is named by a text, such as `measure:<id>:<what>` (manual:
 *  uncertainty.md, "What is uncertain"), and u_ik depends on the seed, that name and k alone, so that
 *  adding an input changes no other's draws, two scenarios share theirs, and any part of a run can be computed anywhere:
 *  Philox4x64-10, key (seed, 0), counter (k/4, name, 0, 0). Inputs that follow a design (#ltn_sampling) are its columns
 *  in the order of their variance: of them this holds where both runs have the same ones in the same order.
 *
 *  Results are the same bits for any number of threads, and for a run that was cut in parts and merged. Where draws are
 *  not kept, the parts' sums are rounded apart: means, deviations and skewness then agree to the last digits, quantiles
 *  and probabilities to the bit.
 */
#ifndef LANTIAN_ENSEMBLE_H
#define LANTIAN_ENSEMBLE_H

#include <lantian/offsets.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ltn_ensemble ltn_ensemble;

/** How the inputs that carry most of the variance are drawn. All others are drawn at random. */
typedef enum ltn_sampling {
    LTN_SAMPLING_RANDOM = 0,
    LTN_SAMPLING_LATIN_HYPERCUBE = 1, /**< one draw in each of N equally likely intervals (McKay et al. 1979) */
    LTN_SAMPLING_SOBOL = 2            /**< Sobol's sequence with a random shift */
} ltn_sampling;

/** Options of ltn_ensemble_run(). */
typedef struct ltn_ensemble_options {
    size_t struct_size; /**< set by ltn_ensemble_options_init() */
    size_t draws;       /**< of the whole run; default 1000 */
    size_t first_draw;  /**< first draw of the part that is computed; default 0 */
    size_t draw_count;  /**< how many are computed; 0: to the end */
    uint64_t seed;      /**< default 1 */
    int threads;        /**< 0: as many as the machine has */
    int sampling;       /**< #ltn_sampling; default #LTN_SAMPLING_RANDOM */
    size_t designed;    /**< inputs that are sampled so, at most 40, those of most variance first; default 40 */
    const ltn_grouping *grouping; /**< borrowed; which sums; NULL: by region, pollutant and year */
    const ltn_targets *targets;   /**< borrowed; whose probabilities are asked for; or NULL */
    const ltn_offset_book *book;  /**< borrowed; a book of this run, whose projects' cover is revalued; or NULL */
    double standard_error;        /**< stop when every mean's, relative to the mean, is below it (looked at every 1024
                                      *   draws, or 4096 where they are not kept); 0: never */
    size_t memory;                /**< bytes that the draws of the whole run may be kept in; default 2^30. Beyond,
                                      *   quantiles come from a sketch: of relative error 0.001, or if larger of 1/3600
                                      *   of what the group emits in its highest year at the means; absent above 3600
                                      *   times that */
    ltn_progress progress;        /**< or NULL */
    void *progress_data;          /**< handed to progress */
} ltn_ensemble_options;

/** Sets every option to its default. */
LTN_API void ltn_ensemble_options_init(ltn_ensemble_options *options);

/** Number of uncertain inputs of a projection. */
LTN_API size_t ltn_projection_inputs(const ltn_projection *run);

/** Draws a projection. Nothing of @p run is needed afterwards.
 *  @param options NULL for defaults.
 *  @return #LTN_OK; #LTN_EARGUMENT (no draw, a part outside the run, a book of another run, a grouping of measures);
 *  #LTN_ENOTFOUND (an attribute or scope); #LTN_EINPUT (a target's region, scope or year); #LTN_ELIMIT; #LTN_ECANCELLED;
 *  #LTN_ENOMEM. Owned by the caller. */
LTN_API LTN_CHECKED ltn_status ltn_ensemble_run(const ltn_projection *run, const ltn_ensemble_options *options,
                                                ltn_ensemble **out);

/** Frees an ensemble; NULL is allowed. */
LTN_API void ltn_ensemble_free(ltn_ensemble *ensemble);

/** Draws that were made, which are fewer than asked for where the standard error was reached. */
LTN_API size_t ltn_ensemble_draw_count(const ltn_ensemble *ensemble);

/** Puts parts of one run together: the same seed, draws, sampling and sums, one part beginning where the one before it
 *  ends.
 *  @return #LTN_OK; #LTN_EARGUMENT (parts of different runs, or a gap between them); #LTN_ENOMEM. Owned by the caller. */
LTN_API LTN_CHECKED ltn_status ltn_ensemble_merge(const ltn_ensemble *const *parts, size_t count, ltn_ensemble **out);

/** The distributions, a row a sum: the grouping's columns, `emission_t` (every input at its mean), `mean_t`,
 *  `mean_error_t` = sd/√n, `sd_t` (n − 1 in the divisor), `skewness` = m3/m2^(3/2) (absent where all draws are the same), and
 *  a column `p<100·probability>_t` for each probability, e.g. `p2.5_t`. Quantiles interpolate linearly between order
 *  statistics (Hyndman & Fan 1996, type 7).
 *  @param probabilities in [0, 1], of @p count.
 *  @return #LTN_OK; #LTN_EARGUMENT (a probability outside [0, 1]); #LTN_ENOMEM. Owned by the caller. */
LTN_API LTN_CHECKED ltn_status ltn_ensemble_summary(const ltn_ensemble *ensemble, const double *probabilities,
                                                    size_t count, ltn_table **out);

/** The draws of a row of ltn_ensemble_summary() [t/yr], in order, a view; NULL where they were not kept. */
LTN_API const double *ltn_ensemble_draws(const ltn_ensemble *ensemble, size_t row);

/** What ltn_targets_check() says, with `p_met`, the share of draws in which the target is met, and after it
 *  `p_met_error` = √(p(1 − p)/n), and of the cut achieved `cut_mean_pct, cut_p2.5_pct, cut_p97.5_pct`. In a draw the base
 *  is that draw's own. p_met is absent for targets that are not judged, and for indicators.
 *  @return #LTN_OK; #LTN_EARGUMENT (the ensemble was run without targets); #LTN_ENOMEM. Owned by the caller. */
LTN_API LTN_CHECKED ltn_status ltn_ensemble_targets(const ltn_ensemble *ensemble, ltn_table **out);

/** How surely each project is covered, a row a project of the book: `project, pollutant, owed_t, claimed_t` (as matched,
 *  on means), `owed_mean_t, claimed_mean_t` (over the draws), `p_covered, p_covered_error`. In a draw a project owes in
 *  proportion to what it emits there, and a claim is worth in proportion to the fall of its source.
 *  @return #LTN_OK; #LTN_EARGUMENT (the ensemble was run without a book); #LTN_ENOMEM. Owned by the caller. */
LTN_API LTN_CHECKED ltn_status ltn_ensemble_projects(const ltn_ensemble *ensemble, ltn_table **out);

/** A coarser ensemble: its sums are those of @p ensemble added up, draw by draw, over what is not named. The interval of
 *  a city is not to be had from the intervals of its counties; from their draws it is.
 *  @param columns names of the grouping's columns that are kept, of @p count.
 *  @return #LTN_OK; #LTN_ENOTFOUND (the ensemble is not grouped by such a column); #LTN_EARGUMENT (draws that were not
 *  kept); #LTN_ENOMEM. It has neither targets nor a book. Owned by the caller. */
LTN_API LTN_CHECKED ltn_status ltn_ensemble_regroup(const ltn_ensemble *ensemble, const char *const *columns,
                                                    size_t count, ltn_ensemble **out);

/** The difference of two ensembles draw by draw, b − a: of their common random numbers, what both share cancels. A row
 *  for each row of @p a that @p b has too: the grouping's columns, `difference_t` (at the means), `mean_t, mean_error_t,
 *  sd_t`, the quantiles as in ltn_ensemble_summary(), and `p_less`, the share of draws in which b is less than a.
 *  @return #LTN_OK; #LTN_EARGUMENT (another seed, sampling, design or number of draws, another grouping, or draws that
 *  were not kept); #LTN_EBASELINE (the statistical bases differ: the part of the label before `+`); #LTN_ENOMEM. Owned by
 *  the caller. */
LTN_API LTN_CHECKED ltn_status ltn_ensemble_difference(const ltn_ensemble *a, const ltn_ensemble *b,
                                                       const double *probabilities, size_t count, ltn_table **out);

/** Exact mean and spread of a projection's sums, without drawing any: a row a sum, the grouping's columns, `emission_t`
 *  (every input at its mean), `mean_t, sd_t, cv`, which are exact, and `lognormal_p2.5_t, lognormal_p97.5_t`, quantiles of
 *  the lognormal of this mean and cv: an approximation, absent without a positive mean.
 *
 *      E_i = e_i · a_s · f_i · (1 − R'_i)/(1 − R_i)          T = Σ_i E_i
 *
 *  where e_i is the row's projected emission at the means, a_s the multiplier of its source's activity (of a derived row:
 *  of the source it goes back to), f_i that of its factor and R' its removal (@cite goodman1960, manual: uncertainty.md).
 *  Growth, retirement, switches, turnover, bans, added controls and new sources keep this form. It is lost where a number
 *  of a measure is random (other than the factors of rows it makes), a cap is set on uncertain activities, a limit on
 *  emissions that it does not move with, an uncertain removal is replaced, a SMOKE packet controls uncertain emissions, or
 *  `correlations:` joins inputs.
 *
 *  @param grouping NULL: by region, pollutant and year
 *  @return #LTN_OK; #LTN_EUNSUPPORTED (a measure by which a row of the grouping loses the form in a year of it, with its
 *  place, or a correlation); #LTN_EARGUMENT (a grouping of measures, a mean or variance that no double holds);
 *  #LTN_ENOTFOUND (an attribute or scope); #LTN_ENOMEM. Owned by the caller. */
LTN_API LTN_CHECKED ltn_status ltn_ensemble_exact(const ltn_projection *run, const ltn_grouping *grouping,
                                                  ltn_table **out);

#ifdef __cplusplus
}
#endif
#endif
