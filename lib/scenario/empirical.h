/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LTN_SCENARIO_EMPIRICAL_H
#define LTN_SCENARIO_EMPIRICAL_H

#include "scenario/form.h"

extern const ltn_form ltn_empirical_form;

/* Reads `[1.2, 3.4]`, or `{file: x.csv, column: v, unit: g/kg}` with a path from the scenario's folder. The values live
 * in the reader's arena, ascending. False after a complaint. */
bool ltn_read_empirical(ltn_reader *reader, const ltn_node *node, const ltn_quantity_rule *rule, ltn_distribution *out,
                        const char **unit);

#endif
