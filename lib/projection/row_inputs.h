/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LTN_PROJECTION_ROW_INPUTS_H
#define LTN_PROJECTION_ROW_INPUTS_H

#include "projection/program.h"

/* Compiles what the inventory's columns `activity_cv` and `factor_cv` and the scenario's `uncertainty:` leave uncertain
 * into program->inputs: activity [base_sources], factor and removal [base_rows]. Selectors see the inventory as it was
 * given; where a law has a mean of its own, program->base becomes a copy that holds it, so this comes before anything
 * is made of the base.
 *
 * Streams are named, with U+001F between the parts:
 *
 *   activity, source                            a row's own draw, of a column or of an entry without shared_by
 *   factor, source, pollutant
 *   removal, source, pollutant
 *   factor-key, key                             of factor_cv, where the row has a factor_key
 *   uncertainty, entry, quantity, values ...    of an entry with shared_by: the values of its columns
 *   uncertainty, entry, quantity, row           of an entry without it that is in a correlation
 *
 * An entry is called `#id`, or without an id `where` with the text of its selector. A row that lacks a value of
 * `shared_by` has a draw of its own.
 *
 * Fails with LTN_EINPUT or LTN_EUNIT at the entry's place, LTN_ELIMIT, or LTN_ENOMEM. */
ltn_status ltn_inputs_of_rows(ltn_program *program);

#endif
