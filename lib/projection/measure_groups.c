/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "projection/measure_groups.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *bureau_of(const ltn_measure *m)
{
    return m->bureau.count ? m->bureau.items[0] : NULL;
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_group(const ltn_measure *a, const ltn_measure *b, unsigned by)
{
    return (!(by & LTN_BY_MEASURE) || a == b) && (!(by & LTN_BY_TASK) || a->task == b->task) &&
           (!(by & LTN_BY_BUREAU) || same_text(bureau_of(a), bureau_of(b))) &&
           (!(by & LTN_BY_CLASS) || a->accounting == b->accounting);
}

ltn_status ltn_measure_groups_create(const ltn_scenario *s, unsigned by, ltn_measure_groups *out)
{
    *out = (ltn_measure_groups){s, by, ltn_alloc(s->measure_count, sizeof(int32_t)),
                                ltn_alloc(s->measure_count, sizeof(int32_t)), 0};
    if (!out->of_measure || !out->first_measure) {
        ltn_measure_groups_free(out);
        return LTN_ENOMEM;
    }
    for (size_t m = 0; m < s->measure_count; m++) {
        size_t g = 0;
        while (g < out->count && !same_group(&s->measures[out->first_measure[g]], &s->measures[m], by)) g++;
        if (g == out->count) out->first_measure[out->count++] = (int32_t)m;
        out->of_measure[m] = (int32_t)g;
    }
    return LTN_OK;
}

void ltn_measure_groups_free(ltn_measure_groups *groups)
{
    free(groups->of_measure);
    free(groups->first_measure);
    *groups = (ltn_measure_groups){0};
}

ltn_status ltn_measure_groups_add_columns(const ltn_measure_groups *groups, ltn_table *table)
{
    ltn_status status = LTN_OK;
    if (groups->by & LTN_BY_MEASURE) status = ltn_table_add_column(table, "measure", LTN_TEXT, NULL);
    if (!status && groups->by & LTN_BY_TASK) status = ltn_table_add_column(table, "task", LTN_NUMBER, NULL);
    if (!status && groups->by & LTN_BY_BUREAU) status = ltn_table_add_column(table, "bureau", LTN_TEXT, NULL);
    if (!status && groups->by & LTN_BY_CLASS) status = ltn_table_add_column(table, "class", LTN_TEXT, NULL);
    return status;
}

ltn_status ltn_measure_groups_name_row(const ltn_measure_groups *groups, size_t group, ltn_table *table, size_t row,
                                       size_t *column)
{
    const ltn_measure *m = &groups->scenario->measures[groups->first_measure[group]];
    unsigned by = groups->by;
    size_t c = *column;
    ltn_status status = LTN_OK;
    if (by & LTN_BY_MEASURE) status = ltn_table_set_text(table, row, c++, m->id);
    if (by & LTN_BY_TASK) table->columns[c++].numbers[row] = m->task ? m->task : NAN;
    if (!status && by & LTN_BY_BUREAU) status = ltn_table_set_text(table, row, c++, bureau_of(m));
    if (!status && by & LTN_BY_CLASS) status = ltn_table_set_text(table, row, c++, ltn_class_names[m->accounting]);
    *column = c;
    return status;
}
