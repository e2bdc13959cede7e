/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file targets.h
 *  What a plan demands of each region, and whether a projection meets it.
 */
#ifndef LANTIAN_TARGETS_H
#define LANTIAN_TARGETS_H

#include <lantian/projection.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ltn_targets ltn_targets;

/** Reads a targets table: `region, pollutant, kind, value, unit, base_year, target_year, state, scope`,
 *  optional `base_scope`, and of indicators `bound` (`max` or `min`), `supplied` and `computed` (`activity`, or in %
 *  `share`, `cut` or `increase`). kind: `cut` [%], `cap` [t/yr] or `indicator`; state: `value`, `not_assessed` or
 *  `city_wide`. @param options NULL for defaults.
 *  @return #LTN_OK; #LTN_EINPUT; #LTN_EIO; #LTN_ENOMEM. Owned by the caller. */
LTN_API LTN_CHECKED ltn_status ltn_targets_read_csv(const char *path, const ltn_read_options *options,
                                                    ltn_targets **out);

/** Frees targets; NULL is allowed. */
LTN_API void ltn_targets_free(ltn_targets *targets);

/** Number of targets. */
LTN_API size_t ltn_targets_count(const ltn_targets *targets);

/** Holds a projection against the targets, a row a target: `region, pollutant, scope, state, base_t,
 *  projected_t, required_cut_pct, cut_pct, cut_plan_pct, gap_t, met, p_met`.
 *
 *      cut = 100 · (1 − projected/base)      gap = projected − base · (1 − required/100)
 *
 *  gap_t > 0 is lacking. An indicator's value is supplied in the table (of whatever base year) or computed from the
 *  activity A of the sources in `scope`, or for B in `base_scope`:
 *
 *      activity  A, in the indicator's unit        share     100 · A/B [%], B everything where base_scope is blank
 *      cut       100 · (1 − A/B_base) [%]          increase  100 · (A/B_base − 1) [%]
 *
 *  A and B of the target year, B_base of the base year; a percentage of 0 is absent. base_t (for activity and share),
 *  projected_t and gap_t of its row are in the indicator's unit; gap is value − bound, or bound − value where the bound
 *  is `min`. `met` is yes, no, or absent for a target that is not judged (`not_assessed`, `city_wide`, indicators
 *  without a value or a bound, a base of 0, a pollutant the inventory does not have). p_met is absent without an
 *  ensemble.
 *  @return #LTN_OK; #LTN_EINPUT (unknown region, scope or year; the place is the targets file's);
 *  #LTN_EUNIT (an activity that is not in an indicator's unit, or of another dimension than those it is added to or
 *  compared with); #LTN_ENOMEM. Owned by the caller. */
LTN_API LTN_CHECKED ltn_status ltn_targets_check(const ltn_targets *targets, const ltn_projection *run,
                                                 ltn_table **out);

#ifdef __cplusplus
}
#endif
#endif
