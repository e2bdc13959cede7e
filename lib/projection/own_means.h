/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LTN_PROJECTION_OWN_MEANS_H
#define LTN_PROJECTION_OWN_MEANS_H

#include "projection/program.h"

/* Puts the means of uncertain values that have one of their own into a copy of the base:
 *
 *   activity, of each source:  A → A', and of all it emits  E → E · A'/A
 *   factor, of each row:       EF → EF',  E → E · EF'/EF
 *   removal, of each row:      R → R',  E → E · (1 − R')/(1 − R), with R = 0 where it was assumed
 *
 * `entry` is, for each quantity, which entry of `uncertainty:` holds for each source or row, or a negative number; one
 * that cannot be carried out (there is no value, or one that leaves nothing to multiply) becomes -1 and is noted. What
 * was done is noted too. Fails with LTN_EUNIT at the distribution where its unit does not convert. */
ltn_status ltn_own_means(ltn_program *program, int32_t *const entry[LTN_UNCERTAIN_QUANTITIES]);

/* Adds a note about an entry's quantity, with its place: `activity (plan.yaml:12)`. */
ltn_status ltn_note_uncertain(ltn_program *program, ltn_note_code code, const ltn_uncertain *entry, int quantity,
                              double value, const char *unit);

#endif
