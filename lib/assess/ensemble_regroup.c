/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sums of an ensemble's sums, draw by draw. */
#include "assess/ensemble.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "base/table.h"

#include <stdlib.h>
#include <string.h>

/* Which of the finer ensemble's rows go where. */
typedef struct regrouping {
    const ltn_ensemble *from;
    ltn_ensemble *to;
    size_t *columns, column_count; /* of the grouping, that are kept */
    size_t *group;                 /* of each row */
    size_t *first;                 /* of each group its first row */
} regrouping;

static bool same_key(const regrouping *r, size_t row, size_t other)
{
    for (size_t c = 0; c < r->column_count; c++) {
        const ltn_column *column = &r->from->groups->columns[r->columns[c]];
        bool same = column->type == LTN_TEXT
                        ? column->codes[row] == column->codes[other]
                        : memcmp(&column->numbers[row], &column->numbers[other], sizeof(double)) == 0;
        if (!same) return false;
    }
    return true;
}

/* Rows of one group often stand at equal distances: the search begins after the last one found. */
static void find_groups(regrouping *r)
{
    size_t count = 0, guess = 0;
    for (size_t row = 0; row < r->from->group_rows; row++) {
        size_t tried = 0;
        while (tried < count && !same_key(r, row, r->first[(guess + tried) % count])) tried++;
        size_t group = tried < count ? (guess + tried) % count : count;
        if (group == count) r->first[count++] = row;
        r->group[row] = group;
        guess = group + 1;
    }
    r->to->rows = r->to->group_rows = count;
}

static ltn_status find_columns(regrouping *r, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int column = ltn_table_find(r->from->groups, names[i]);
        if (column < 0 || (size_t)column + 1 == r->from->groups->column_count)
            return ltn_fail(LTN_ENOTFOUND, NULL, "the ensemble is not grouped by '%s'", names[i]);
        r->columns[r->column_count++] = (size_t)column;
    }
    return LTN_OK;
}

static ltn_status make_table(const regrouping *r)
{
    const ltn_table *from = r->from->groups;
    ltn_table *table = r->to->groups = ltn_table_create();
    ltn_status status = table ? LTN_OK : LTN_ENOMEM;
    for (size_t c = 0; !status && c < r->column_count; c++) {
        const ltn_column *column = &from->columns[r->columns[c]];
        status = ltn_table_add_column(table, column->name, column->type, column->words);
    }
    if (!status) status = ltn_table_add_column(table, "emission_t", LTN_NUMBER, NULL);
    if (!status) status = ltn_table_resize(table, r->to->rows);
    for (size_t c = 0; !status && c < r->column_count; c++)
        for (size_t i = 0; i < r->to->rows; i++) {
            const ltn_column *column = &from->columns[r->columns[c]];
            if (column->type == LTN_TEXT)
                table->columns[c].codes[i] = column->codes[r->first[i]];
            else
                table->columns[c].numbers[i] = column->numbers[r->first[i]];
        }
    return status;
}

static ltn_status add_group(void *context, size_t group)
{
    const regrouping *r = context;
    ltn_ensemble *to = r->to;
    ltn_sum central = {0}, *sums = ltn_alloc(to->count, sizeof *sums);
    if (!sums) return LTN_ENOMEM;
    for (size_t row = r->first[group]; row < r->from->group_rows; row++) {
        if (r->group[row] != group) continue;
        const double *values = r->from->values + row * r->from->capacity;
        ltn_sum_add(&central, r->from->central[row]);
        for (size_t i = 0; i < to->count; i++) ltn_sum_add(&sums[i], values[i]);
    }
    to->central[group] = ltn_sum_value(&central);
    to->groups->columns[r->column_count].numbers[group] = to->central[group];
    for (size_t i = 0; i < to->count; i++) to->values[group * to->capacity + i] = ltn_sum_value(&sums[i]);
    free(sums);
    return LTN_OK;
}

static ltn_status regroup(regrouping *r, const char *const *names, size_t count)
{
    ltn_ensemble *to = r->to;
    r->columns = ltn_alloc(count, sizeof *r->columns);
    r->group = ltn_alloc(r->from->group_rows, sizeof *r->group);
    r->first = ltn_alloc(r->from->group_rows, sizeof *r->first);
    ltn_status status = r->columns && r->group && r->first ? find_columns(r, names, count) : LTN_ENOMEM;
    if (status) return status;
    find_groups(r);
    status = make_table(r);
    if (status) return status;
    to->central = ltn_alloc(to->rows, sizeof *to->central);
    to->values = ltn_alloc(to->rows * to->count, sizeof *to->values);
    to->streams = ltn_alloc(to->stream_count, sizeof *to->streams);
    to->targets = ltn_alloc(0, sizeof *to->targets);
    to->projects = ltn_alloc(0, sizeof *to->projects);
    if (!to->central || !to->values || !to->streams || !to->targets || !to->projects) return LTN_ENOMEM;
    if (to->stream_count) memcpy(to->streams, r->from->streams, to->stream_count * sizeof *to->streams);
    return ltn_parallel(to->rows, 0, add_group, r);
}

ltn_status ltn_ensemble_regroup(const ltn_ensemble *e, const char *const *columns, size_t count, ltn_ensemble **out)
{
    *out = NULL;
    if (!e->values) return ltn_fail(LTN_EARGUMENT, NULL, "the draws were not kept; give the ensemble more memory");
    ltn_ensemble *to = ltn_alloc(1, sizeof *to);
    if (!to) return LTN_ENOMEM;
    *to = (ltn_ensemble){.seed = e->seed,
                         .draws = e->draws,
                         .first = e->first,
                         .count = e->count,
                         .capacity = e->count,
                         .sampling = e->sampling,
                         .designed = e->designed,
                         .inputs = e->inputs,
                         .stream_count = e->stream_count,
                         .fingerprint = e->fingerprint,
                         .reconstructed = e->reconstructed};
    regrouping r = {.from = e, .to = to};
    ltn_status status = ltn_ensemble_set_baseline(to, e->baseline);
    if (!status) status = regroup(&r, columns, count);
    free(r.columns);
    free(r.group);
    free(r.first);
    if (status)
        ltn_ensemble_free(to);
    else
        *out = to;
    return status;
}
