/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The measures of a scenario in groups: one by one, by task, by bureau, by class, or by several of these. */
#ifndef LTN_PROJECTION_MEASURE_GROUPS_H
#define LTN_PROJECTION_MEASURE_GROUPS_H

#include "base/table.h"
#include "scenario/scenario.h"

enum { LTN_BY_MEASURES = LTN_BY_MEASURE | LTN_BY_TASK | LTN_BY_BUREAU | LTN_BY_CLASS };

/* Groups are numbered in the order of their first measures. Measures that have no task, or no bureau, are a group. */
typedef struct ltn_measure_groups {
    const ltn_scenario *scenario;
    unsigned by;
    int32_t *of_measure;
    int32_t *first_measure; /* of each group: where its names are read */
    size_t count;
} ltn_measure_groups;

/* Only the flags of LTN_BY_MEASURES are looked at; without one, all are one group. */
ltn_status ltn_measure_groups_create(const ltn_scenario *scenario, unsigned by, ltn_measure_groups *out);
void ltn_measure_groups_free(ltn_measure_groups *groups);

/* The flags as columns of a result, in the order of ltn_by: `measure, task, bureau, class`. */
ltn_status ltn_measure_groups_add_columns(const ltn_measure_groups *groups, ltn_table *table);

/* Names a row from `*column` on, and moves it behind. */
ltn_status ltn_measure_groups_name_row(const ltn_measure_groups *groups, size_t group, ltn_table *table, size_t row,
                                       size_t *column);

#endif
