/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "assess/attribution.h"

#include <stdlib.h>
#include <string.h>

void ltn_attribution_options_init(ltn_attribution_options *options)
{
    *options = (ltn_attribution_options){
        .struct_size = sizeof *options, .method = LTN_ATTRIBUTION_SHAPLEY, .budget = UINT64_C(1) << 20, .seed = 1};
}

ltn_status ltn_attribution_add(ltn_attribution *a, size_t player, size_t group, ltn_sum delta, double variance)
{
    if (ltn_sum_value(&delta) == 0 && variance == 0) return LTN_OK;
    ltn_status status = ltn_reserve(&a->parts, &a->capacity, a->count + 1, sizeof *a->parts);
    if (status) return status;
    a->parts[a->count] = (ltn_part){(int32_t)player, (int32_t)group, a->count, delta, variance};
    a->count++;
    return LTN_OK;
}

/* ---- parts that belong together ---- */

static int by_key(const void *left, const void *right)
{
    const ltn_part *a = left, *b = right;
    if (a->player != b->player) return a->player < b->player ? -1 : 1;
    if (a->group != b->group) return a->group < b->group ? -1 : 1;
    return (a->order > b->order) - (a->order < b->order);
}

static void join(ltn_part *to, const ltn_part *from)
{
    ltn_sum_add(&to->delta, from->delta.total);
    ltn_sum_add(&to->delta, from->delta.lost);
    to->variance += from->variance;
}

/* One part for each player and group; those that come to nothing are left out. */
static void merge_parts(ltn_attribution *a)
{
    size_t merged = 0, kept = 0;
    if (a->count) qsort(a->parts, a->count, sizeof *a->parts, by_key);
    for (size_t i = 0; i < a->count; i++) {
        const ltn_part *last = merged ? &a->parts[merged - 1] : NULL;
        if (last && last->player == a->parts[i].player && last->group == a->parts[i].group)
            join(&a->parts[merged - 1], &a->parts[i]);
        else
            a->parts[merged++] = a->parts[i];
    }
    for (size_t i = 0; i < merged; i++)
        if (ltn_sum_value(&a->parts[i].delta) != 0 || a->parts[i].variance != 0) a->parts[kept++] = a->parts[i];
    a->count = kept;
}

/* ---- table ---- */

static ltn_status put_part(const ltn_attribution *a, ltn_table *table, size_t row)
{
    const ltn_part *part = &a->parts[row];
    size_t c = 0;
    ltn_status status = ltn_measure_groups_name_row(&a->players, (size_t)part->player, table, row, &c);
    if (status) return status;
    ltn_groups_name_row(&a->groups, (size_t)part->group, table, row, c);
    c += a->groups.key_count;
    table->columns[c].numbers[row] = ltn_sum_value(&part->delta);
    table->columns[c + 1].numbers[row] = sqrt(part->variance);
    return LTN_OK;
}

static ltn_status tabulate(const ltn_attribution *a, ltn_table **out)
{
    ltn_table *table = ltn_table_create();
    ltn_status status = table ? ltn_measure_groups_add_columns(&a->players, table) : LTN_ENOMEM;
    if (!status) status = ltn_groups_add_columns(&a->groups, table);
    if (!status) status = ltn_table_add_column(table, "delta_t", LTN_NUMBER, NULL);
    if (!status) status = ltn_table_add_column(table, "error_t", LTN_NUMBER, NULL);
    if (!status) status = ltn_table_resize(table, a->count);
    for (size_t row = 0; !status && row < a->count; row++) status = put_part(a, table, row);
    if (status)
        ltn_table_free(table);
    else
        *out = table;
    return status;
}

/* ---- the whole ---- */

static ltn_status check_options(const ltn_attribution_options *o)
{
    if (o->method < LTN_ATTRIBUTION_IN_ORDER || o->method > LTN_ATTRIBUTION_LMDI)
        return ltn_fail(LTN_EARGUMENT, NULL,
                        "attribution method %d is not known; expected 0 (in order), 1 (Shapley) "
                        "or 2 (LMDI)",
                        o->method);
    if (!(o->grouping->by & LTN_BY_MEASURES))
        return ltn_fail(LTN_EARGUMENT, NULL,
                        "the grouping does not say among whom; expected measures, tasks, bureaus or classes");
    if (o->grouping->by & LTN_BY_YEAR)
        return ltn_fail(LTN_EARGUMENT, NULL, "the grouping is by year; expected one year, which `year` names");
    return LTN_OK;
}

static ltn_status find_year(ltn_attribution *a)
{
    int year = a->options->year, at = year ? ltn_projection_find_year(a->run, year) : (int)a->run->year_count - 1;
    if (at < 0) return ltn_fail(LTN_ENOTFOUND, NULL, "%d is not among the projected years", year);
    a->year = (size_t)at;
    return LTN_OK;
}

static ltn_status attribute(ltn_attribution *a, ltn_table **out)
{
    const ltn_attribution_options *o = a->options;
    ltn_status status = find_year(a);
    if (!status) status = ltn_projection_groups(a->run, o->grouping, &a->groups);
    if (status) return status;
    status = ltn_measure_groups_create(a->run->program.scenario, o->grouping->by, &a->players);
    if (!status) status = o->method == LTN_ATTRIBUTION_SHAPLEY ? ltn_attribute_by_games(a) : ltn_attribute_by_steps(a);
    if (!status) merge_parts(a);
    if (!status) status = tabulate(a, out);
    ltn_groups_free(&a->groups);
    ltn_measure_groups_free(&a->players);
    free(a->parts);
    return status;
}

ltn_status ltn_projection_attribute(const ltn_projection *run, const ltn_attribution_options *options, ltn_table **out,
                                    ltn_attribution_summary *summary)
{
    ltn_attribution_options o;
    ltn_grouping usual;
    ltn_attribution_options_init(&o);
    if (options) memcpy(&o, options, options->struct_size < sizeof o ? options->struct_size : sizeof o);
    ltn_grouping_init(&usual, LTN_BY_MEASURE | LTN_BY_POLLUTANT);
    if (!o.grouping) o.grouping = &usual;
    ltn_attribution a = {.run = run, .options = &o, .summary = {.exact = 1}};
    *out = NULL;
    ltn_status status = check_options(&o);
    if (!status) status = attribute(&a, out);
    if (summary) *summary = status ? (ltn_attribution_summary){0} : a.summary;
    return status;
}
