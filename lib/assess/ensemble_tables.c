/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An ensemble as tables, and ensembles together: merged, and one against another. */
#include "assess/ensemble.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "base/text.h"
#include "inventory/inventory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- tables ---- */

static ltn_status check_probabilities(const double *probabilities, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!(probabilities[i] >= 0 && probabilities[i] <= 1))
            return ltn_fail(LTN_EARGUMENT, NULL, "probability %g is outside [0, 1]", probabilities[i]);
    return LTN_OK;
}

static ltn_status add_numbers(ltn_table *table, const char *const *names, size_t count)
{
    ltn_status status = LTN_OK;
    for (size_t i = 0; !status && i < count; i++) status = ltn_table_add_column(table, names[i], LTN_NUMBER, NULL);
    return status;
}

static ltn_status add_quantile_columns(ltn_table *table, const double *probabilities, size_t count)
{
    ltn_status status = LTN_OK;
    for (size_t i = 0; !status && i < count; i++) {
        char name[48];
        ltn_print(name, sizeof name, "p%.10g_t", 100 * probabilities[i]);
        status = ltn_table_add_column(table, name, LTN_NUMBER, NULL);
    }
    return status;
}

static ltn_status copy_columns(const ltn_table *from, size_t columns, const size_t *rows, size_t count, ltn_table *to)
{
    ltn_status status = LTN_OK;
    for (size_t c = 0; !status && c < columns; c++) {
        const ltn_column *column = &from->columns[c];
        status = ltn_table_add_column(to, column->name, column->type, column->words);
    }
    if (!status) status = ltn_table_resize(to, count);
    for (size_t c = 0; !status && c < columns; c++)
        for (size_t i = 0; i < count; i++) {
            size_t row = rows ? rows[i] : i;
            if (from->columns[c].type == LTN_TEXT)
                to->columns[c].codes[i] = from->columns[c].codes[row];
            else
                to->columns[c].numbers[i] = from->columns[c].numbers[row];
        }
    return status;
}

static ltn_status finish(ltn_table *table, ltn_status status, ltn_table **out)
{
    *out = status ? NULL : table;
    if (status) ltn_table_free(table);
    return status;
}

typedef struct filling {
    const ltn_ensemble *ensemble;
    const double *probabilities;
    size_t count;
    ltn_table *table;
    size_t first_column;
} filling;

static ltn_status fill_row(void *context, size_t row)
{
    const filling *f = context;
    ltn_column *c = f->table->columns + f->first_column;
    ltn_row_moments m = ltn_ensemble_moments(f->ensemble, row);
    double *quantiles = ltn_alloc(f->count, sizeof *quantiles);
    ltn_status status =
        quantiles ? ltn_ensemble_quantiles(f->ensemble, row, f->probabilities, f->count, quantiles) : LTN_ENOMEM;
    const double numbers[] = {m.mean, m.sd / sqrt((double)f->ensemble->count), m.sd, m.skewness};
    for (size_t i = 0; i < 4; i++) c[i].numbers[row] = numbers[i];
    for (size_t i = 0; !status && i < f->count; i++) c[4 + i].numbers[row] = quantiles[i];
    free(quantiles);
    return status;
}

ltn_status ltn_ensemble_summary(const ltn_ensemble *e, const double *probabilities, size_t count, ltn_table **out)
{
    static const char *const names[] = {"mean_t", "mean_error_t", "sd_t", "skewness"};
    *out = NULL;
    ltn_status status = check_probabilities(probabilities, count);
    if (status) return status;
    ltn_table *table = ltn_table_create();
    if (!table) return LTN_ENOMEM;
    status = copy_columns(e->groups, e->groups->column_count, NULL, e->group_rows, table);
    if (!status) status = add_numbers(table, names, 4);
    if (!status) status = add_quantile_columns(table, probabilities, count);
    filling f = {e, probabilities, count, table, e->groups->column_count};
    if (!status) status = ltn_parallel(e->group_rows, 0, fill_row, &f);
    return finish(table, status, out);
}

const double *ltn_ensemble_draws(const ltn_ensemble *e, size_t row)
{
    return e->values && row < e->group_rows ? e->values + row * e->capacity : NULL;
}

/* √(p(1 − p)/n) */
static double share_error(double share, size_t count)
{
    return sqrt(share * (1 - share) / (double)count);
}

/* 100 · (1 − projected/base) [%], of each draw; absent without draws. */
static ltn_status put_cuts(const ltn_ensemble *e, const ltn_ensemble_target *t, ltn_table *table, size_t column)
{
    static const double ends[] = {0.025, 0.975};
    if (!e->values) return LTN_OK;
    double *cuts = ltn_alloc(e->count, sizeof *cuts), quantiles[2];
    if (!cuts) return LTN_ENOMEM;
    const double *base = e->values + t->base * e->capacity, *projected = e->values + t->projected * e->capacity;
    bool known = true;
    for (size_t i = 0; i < e->count; i++) {
        known = known && base[i] > 0;
        cuts[i] = 100 * (1 - projected[i] / base[i]);
    }
    ltn_status status = known ? ltn_quantiles_of_draws(cuts, e->count, ends, 2, quantiles) : LTN_OK;
    if (known && !status) {
        table->columns[column].numbers[t->target] = ltn_moments_of_draws(cuts, e->count).mean;
        for (size_t i = 0; i < 2; i++) table->columns[column + 1 + i].numbers[t->target] = quantiles[i];
    }
    free(cuts);
    return status;
}

ltn_status ltn_ensemble_targets(const ltn_ensemble *e, ltn_table **out)
{
    static const char *const names[] = {"p_met_error", "cut_mean_pct", "cut_p2.5_pct", "cut_p97.5_pct"};
    *out = NULL;
    if (!e->judged) return ltn_fail(LTN_EARGUMENT, NULL, "the ensemble was run without targets");
    ltn_table *table = ltn_table_create();
    if (!table) return LTN_ENOMEM;
    size_t columns = e->judged->column_count;
    ltn_status status = copy_columns(e->judged, columns, NULL, e->judged->rows, table);
    if (!status) status = add_numbers(table, names, 4);
    size_t p_met = status ? 0 : (size_t)ltn_table_find(table, "p_met"),
           met = status ? 0 : (size_t)ltn_table_find(table, "met");
    for (size_t i = 0; !status && i < e->target_count; i++) {
        const ltn_ensemble_target *t = &e->targets[i];
        double share = (double)t->met / (double)e->count;
        if (t->judged && ltn_table_text(table, t->target, met)) {
            table->columns[p_met].numbers[t->target] = share;
            table->columns[columns].numbers[t->target] = share_error(share, e->count);
        }
        status = put_cuts(e, t, table, columns + 1);
    }
    return finish(table, status, out);
}

ltn_status ltn_ensemble_projects(const ltn_ensemble *e, ltn_table **out)
{
    static const char *const numbers[] = {"owed_t",         "claimed_t", "owed_mean_t",
                                          "claimed_mean_t", "p_covered", "p_covered_error"};
    *out = NULL;
    if (!e->matched) return ltn_fail(LTN_EARGUMENT, NULL, "the ensemble was run without an offset book");
    ltn_table *table = ltn_table_create();
    if (!table) return LTN_ENOMEM;
    const ltn_table *from = e->matched;
    size_t project = (size_t)ltn_table_find(from, "project"), pollutant = (size_t)ltn_table_find(from, "pollutant");
    ltn_status status = ltn_table_add_column(table, "project", LTN_TEXT, NULL);
    if (!status) status = ltn_table_add_column(table, "pollutant", LTN_TEXT, NULL);
    if (!status) status = add_numbers(table, numbers, 6);
    if (!status) status = ltn_table_resize(table, e->project_count);
    for (size_t i = 0; !status && i < e->project_count; i++) {
        const ltn_ensemble_project *p = &e->projects[i];
        double share = (double)p->covered / (double)e->count;
        const double values[] = {e->central[p->owed],
                                 e->central[p->claimed],
                                 ltn_ensemble_moments(e, p->owed).mean,
                                 ltn_ensemble_moments(e, p->claimed).mean,
                                 share,
                                 share_error(share, e->count)};
        status = ltn_table_set_text(table, i, 0, ltn_table_text(from, i, project));
        if (!status) status = ltn_table_set_text(table, i, 1, ltn_table_text(from, i, pollutant));
        for (size_t k = 0; k < 6; k++) table->columns[2 + k].numbers[i] = values[k];
    }
    return finish(table, status, out);
}

/* ---- merging ---- */

static ltn_status copy_table(const ltn_table *from, ltn_table **out)
{
    *out = NULL;
    if (!from) return LTN_OK;
    ltn_table *table = ltn_table_create();
    ltn_status status = table ? copy_columns(from, from->column_count, NULL, from->rows, table) : LTN_ENOMEM;
    return finish(table, status, out);
}

static void *copy_array(const void *from, size_t count, size_t size)
{
    void *copy = ltn_alloc(count, size);
    if (copy && count) memcpy(copy, from, count * size);
    return copy;
}

static bool same_table(const ltn_table *a, const ltn_table *b)
{
    if (!a || !b) return a == b;
    bool same = a->rows == b->rows && a->column_count == b->column_count;
    for (size_t c = 0; same && c < a->column_count; c++) {
        same = strcmp(a->columns[c].name, b->columns[c].name) == 0 && a->columns[c].type == b->columns[c].type;
        for (size_t row = 0; same && row < a->rows; row++) {
            const char *left = a->columns[c].type == LTN_TEXT ? ltn_table_text(a, row, c) : NULL,
                       *right = a->columns[c].type == LTN_TEXT ? ltn_table_text(b, row, c) : NULL;
            same = a->columns[c].type == LTN_TEXT
                       ? left == right || (left && right && strcmp(left, right) == 0)
                       : memcmp(&a->columns[c].numbers[row], &b->columns[c].numbers[row], sizeof(double)) == 0;
        }
    }
    return same;
}

/* The same inputs follow the design, in the same order. */
static bool same_design(const ltn_ensemble *a, const ltn_ensemble *b)
{
    return a->sampling == b->sampling && a->stream_count == b->stream_count &&
           memcmp(a->streams, b->streams, a->stream_count * sizeof *a->streams) == 0;
}

static bool same_run(const ltn_ensemble *a, const ltn_ensemble *b)
{
    return a->fingerprint == b->fingerprint && a->seed == b->seed && a->draws == b->draws && same_design(a, b) &&
           strcmp(a->baseline, b->baseline) == 0 && a->inputs == b->inputs && a->reconstructed == b->reconstructed &&
           a->rows == b->rows && a->target_count == b->target_count && a->project_count == b->project_count &&
           !a->values == !b->values && same_table(a->groups, b->groups) && same_table(a->judged, b->judged) &&
           same_table(a->matched, b->matched);
}

/* Everything but the draws. */
static ltn_status copy_frame(const ltn_ensemble *from, ltn_ensemble *e)
{
    *e = *from;
    e->groups = e->judged = e->matched = NULL;
    e->baseline = NULL;
    e->values = NULL;
    e->moments = NULL;
    e->sketch = NULL;
    e->central = copy_array(from->central, from->rows, sizeof *e->central);
    e->scale = from->scale ? copy_array(from->scale, from->rows, sizeof *e->scale) : NULL;
    e->streams = copy_array(from->streams, from->stream_count, sizeof *e->streams);
    e->targets = copy_array(from->targets, from->target_count, sizeof *e->targets);
    e->projects = copy_array(from->projects, from->project_count, sizeof *e->projects);
    bool good = e->central && (e->scale || !from->scale) && e->streams && e->targets && e->projects;
    ltn_status status = good ? LTN_OK : LTN_ENOMEM;
    if (!status) status = ltn_ensemble_set_baseline(e, from->baseline);
    if (!status) status = copy_table(from->groups, &e->groups);
    if (!status) status = copy_table(from->judged, &e->judged);
    return status ? status : copy_table(from->matched, &e->matched);
}

static ltn_status make_room(const ltn_ensemble *from, ltn_ensemble *e)
{
    e->capacity = e->count;
    if (from->values) {
        e->values = ltn_alloc(e->rows * e->count, sizeof *e->values);
        return e->values ? LTN_OK : LTN_ENOMEM;
    }
    e->moments = ltn_alloc(e->rows, sizeof *e->moments);
    e->sketch = ltn_alloc(e->rows * LTN_SKETCH_BINS, sizeof *e->sketch);
    return e->moments && e->sketch ? LTN_OK : LTN_ENOMEM;
}

static void add_part(ltn_ensemble *e, const ltn_ensemble *part)
{
    for (size_t row = 0; row < e->rows; row++) {
        if (e->values) {
            memcpy(e->values + row * e->capacity + (part->first - e->first), part->values + row * part->capacity,
                   part->count * sizeof *e->values);
            continue;
        }
        for (size_t k = 0; k < 3; k++) {
            ltn_sum_add(&e->moments[row].power[k], part->moments[row].power[k].total);
            ltn_sum_add(&e->moments[row].power[k], part->moments[row].power[k].lost);
        }
        for (size_t bin = row * LTN_SKETCH_BINS; bin < (row + 1) * LTN_SKETCH_BINS; bin++)
            e->sketch[bin] += part->sketch[bin];
    }
    for (size_t i = 0; i < e->target_count; i++) e->targets[i].met += part->targets[i].met;
    for (size_t i = 0; i < e->project_count; i++) e->projects[i].covered += part->projects[i].covered;
}

static ltn_status check_parts(const ltn_ensemble *const *parts, size_t count, size_t *draws)
{
    if (!count) return ltn_fail(LTN_EARGUMENT, NULL, "there is nothing to merge");
    *draws = 0;
    for (size_t i = 0; i < count; i++) {
        if (!same_run(parts[0], parts[i]))
            return ltn_fail(LTN_EARGUMENT, NULL, "part %zu is of another run than the first", i + 1);
        if (parts[i]->first != parts[0]->first + *draws)
            return ltn_fail(LTN_EARGUMENT, NULL,
                            "part %zu begins with draw %zu; expected %zu, where the one before it ends", i + 1,
                            parts[i]->first, parts[0]->first + *draws);
        *draws += parts[i]->count;
    }
    return LTN_OK;
}

ltn_status ltn_ensemble_merge(const ltn_ensemble *const *parts, size_t count, ltn_ensemble **out)
{
    *out = NULL;
    size_t draws = 0;
    ltn_status status = check_parts(parts, count, &draws);
    if (status) return status;
    ltn_ensemble *e = ltn_alloc(1, sizeof *e);
    if (!e) return LTN_ENOMEM;
    status = copy_frame(parts[0], e);
    e->count = draws;
    if (!status) status = make_room(parts[0], e);
    for (size_t i = 0; !status && i < e->target_count; i++) e->targets[i].met = 0;
    for (size_t i = 0; !status && i < e->project_count; i++) e->projects[i].covered = 0;
    for (size_t i = 0; !status && i < count; i++) add_part(e, parts[i]);
    if (status)
        ltn_ensemble_free(e);
    else
        *out = e;
    return status;
}

/* ---- one against another ---- */

static size_t key_columns(const ltn_ensemble *e)
{
    return e->groups->column_count - 1; /* but emission_t */
}

static bool same_key(const ltn_ensemble *a, size_t row, const ltn_ensemble *b, size_t other)
{
    for (size_t c = 0; c < key_columns(a); c++) {
        if (a->groups->columns[c].type == LTN_NUMBER) {
            if (a->groups->columns[c].numbers[row] != b->groups->columns[c].numbers[other]) return false;
            continue;
        }
        const char *left = ltn_table_text(a->groups, row, c), *right = ltn_table_text(b->groups, other, c);
        if (left != right && (!left || !right || strcmp(left, right) != 0)) return false;
    }
    return true;
}

/* The rows that both have. Groups of like inventories stand in like order: the search begins where the last ended. */
static size_t pair_rows(const ltn_ensemble *a, const ltn_ensemble *b, size_t *of_a, size_t *of_b)
{
    size_t count = 0, guess = 0;
    for (size_t row = 0; row < a->group_rows; row++)
        for (size_t tried = 0; tried < b->group_rows; tried++) {
            size_t other = (guess + tried) % b->group_rows;
            if (!same_key(a, row, b, other)) continue;
            of_a[count] = row;
            of_b[count++] = other;
            guess = other + 1;
            break;
        }
    return count;
}

static ltn_status put_difference(const ltn_ensemble *a, size_t row, const ltn_ensemble *b, size_t other,
                                 const double *probabilities, size_t count, ltn_table *table, size_t at)
{
    double *difference = ltn_alloc(a->count, sizeof *difference), *quantiles = ltn_alloc(count, sizeof *quantiles);
    const double *before = ltn_ensemble_draws(a, row), *after = ltn_ensemble_draws(b, other);
    ltn_status status = difference && quantiles ? LTN_OK : LTN_ENOMEM;
    size_t less = 0;
    for (size_t i = 0; !status && i < a->count; i++) {
        difference[i] = after[i] - before[i];
        less += difference[i] < 0;
    }
    if (!status) status = ltn_quantiles_of_draws(difference, a->count, probabilities, count, quantiles);
    if (!status) {
        ltn_column *c = table->columns + key_columns(a);
        ltn_row_moments m = ltn_moments_of_draws(difference, a->count);
        const double numbers[] = {b->central[other] - a->central[row], m.mean, m.sd / sqrt((double)a->count), m.sd};
        for (size_t i = 0; i < 4; i++) c[i].numbers[at] = numbers[i];
        for (size_t i = 0; i < count; i++) c[4 + i].numbers[at] = quantiles[i];
        c[4 + count].numbers[at] = (double)less / (double)a->count;
    }
    free(difference);
    free(quantiles);
    return status;
}

/* Sums of different statistical bases are never subtracted. */
static ltn_status check_baselines(const char *a, const char *b)
{
    size_t length = ltn_baseline_length(a);
    if (length == ltn_baseline_length(b) && strncmp(a, b, length) == 0) return LTN_OK;
    return ltn_fail(LTN_EBASELINE, NULL,
                    "the ensembles rest on different statistical bases ('%s' and '%s'); their difference is no change "
                    "of emissions",
                    *a ? a : "not said", *b ? b : "not said");
}

static ltn_status check_pair(const ltn_ensemble *a, const ltn_ensemble *b)
{
    if (!a->values || !b->values)
        return ltn_fail(LTN_EARGUMENT, NULL, "the draws were not kept; the ensembles need more memory to be compared");
    if (a->seed != b->seed || a->draws != b->draws || a->first != b->first || a->count != b->count ||
        !same_design(a, b))
        return ltn_fail(LTN_EARGUMENT, NULL,
                        "the ensembles do not share their random numbers: seed, sampling and draws "
                        "must be the same");
    bool same = key_columns(a) == key_columns(b);
    for (size_t c = 0; same && c < key_columns(a); c++)
        same = strcmp(a->groups->columns[c].name, b->groups->columns[c].name) == 0 &&
               a->groups->columns[c].type == b->groups->columns[c].type;
    return same ? LTN_OK : ltn_fail(LTN_EARGUMENT, NULL, "the ensembles are grouped differently");
}

ltn_status ltn_ensemble_difference(const ltn_ensemble *a, const ltn_ensemble *b, const double *probabilities,
                                   size_t count, ltn_table **out)
{
    static const char *const names[] = {"difference_t", "mean_t", "mean_error_t", "sd_t"}, *const less[] = {"p_less"};
    *out = NULL;
    ltn_status status = check_pair(a, b);
    if (!status) status = check_baselines(a->baseline, b->baseline);
    if (!status) status = check_probabilities(probabilities, count);
    if (status) return status;
    size_t *of_a = ltn_alloc(a->group_rows, sizeof *of_a), *of_b = ltn_alloc(a->group_rows, sizeof *of_b), pairs = 0;
    ltn_table *table = ltn_table_create();
    if (!of_a || !of_b || !table) status = LTN_ENOMEM;
    if (!status) pairs = pair_rows(a, b, of_a, of_b);
    if (!status) status = copy_columns(a->groups, key_columns(a), of_a, pairs, table);
    if (!status) status = add_numbers(table, names, 4);
    if (!status) status = add_quantile_columns(table, probabilities, count);
    if (!status) status = add_numbers(table, less, 1);
    for (size_t i = 0; !status && i < pairs; i++)
        status = put_difference(a, of_a[i], b, of_b[i], probabilities, count, table, i);
    free(of_a);
    free(of_b);
    return finish(table, status, out);
}
