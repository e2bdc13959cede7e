/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A projection as tables: sums by group, the ledger, the notes, one source explained. */
#include "base/parallel.h"
#include "base/sum.h"
#include "inventory/groups.h"
#include "projection/measure_groups.h"
#include "projection/packets.h"
#include "projection/projection.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The years a table shows: all, or the last. */
static size_t first_year(const ltn_projection *run, unsigned by)
{
    return by & LTN_BY_YEAR ? 0 : run->year_count - 1;
}

static ltn_status finish(ltn_table *table, ltn_status status, ltn_table **out)
{
    if (status)
        ltn_table_free(table);
    else
        *out = table;
    return status;
}

ltn_status ltn_projection_scope(const ltn_projection *run, const char *name, uint8_t **out)
{
    const ltn_program *p = &run->program;
    const ltn_selector *scope = ltn_scenario_scope(p->scenario, name);
    *out = NULL;
    if (!scope) return ltn_fail(LTN_ENOTFOUND, NULL, "scope '%s' is not among the scenario's scopes", name);
    uint8_t *taken = ltn_alloc(p->rows, 1);
    ltn_status status = taken ? ltn_select_rows(scope, p->base, p->derived, taken) : LTN_ENOMEM;
    if (!status) status = ltn_select_rows(scope, p->derived, p->base, taken + p->base_rows);
    if (status)
        free(taken);
    else
        *out = taken;
    return status;
}

/* `only`, a byte a row, leaves out the others; NULL leaves out none. */
static ltn_status create_groups(const ltn_projection *run, const ltn_grouping *grouping, const uint8_t *only,
                                ltn_groups *out)
{
    uint8_t *keep = NULL;
    ltn_status status = grouping->scope ? ltn_projection_scope(run, grouping->scope, &keep) : LTN_OK;
    for (size_t row = 0; keep && only && row < run->program.rows; row++) keep[row] &= only[row];
    if (!status) status = ltn_groups_create(run->program.base, run->program.derived, grouping, keep ? keep : only, out);
    free(keep);
    return status;
}

ltn_status ltn_projection_groups(const ltn_projection *run, const ltn_grouping *grouping, ltn_groups *out)
{
    return create_groups(run, grouping, NULL, out);
}

/* ---- sums ---- */

typedef struct summing {
    const ltn_projection *run;
    const ltn_groups *groups;
    size_t first, year_column, value_column;
    ltn_table *table;
    const double *emission; /* of all rows, in place of a year's; or NULL */
} summing;

static ltn_status sum_year(void *context, size_t index)
{
    const summing *s = context;
    const ltn_groups *g = s->groups;
    ltn_sum *sums = ltn_alloc(g->count, sizeof *sums);
    if (!sums) return LTN_ENOMEM;
    const double *emission = s->emission ? s->emission : s->run->emissions[s->first + index];
    for (size_t row = 0; row < g->rows; row++)
        if (g->of_row[row] >= 0) ltn_sum_add(&sums[g->of_row[row]], emission[row]);
    for (size_t group = 0; group < g->count; group++) {
        size_t row = index * g->count + group;
        if (s->year_column != SIZE_MAX)
            s->table->columns[s->year_column].numbers[row] = s->run->years[s->first + index];
        ltn_groups_name_row(g, group, s->table, row, s->value_column - g->key_count);
        s->table->columns[s->value_column].numbers[row] = ltn_sum_value(&sums[group]);
    }
    free(sums);
    return LTN_OK;
}

static ltn_status summarise(const ltn_projection *run, unsigned by, const ltn_groups *groups, const double *emission,
                            ltn_table *table)
{
    summing s = {run, groups, first_year(run, by), SIZE_MAX, groups->key_count, table, emission};
    size_t years = run->year_count - s.first;
    ltn_status status = LTN_OK;
    if (by & LTN_BY_YEAR) {
        s.year_column = 0;
        s.value_column++;
        status = ltn_table_add_column(table, "year", LTN_NUMBER, NULL);
    }
    if (!status) status = ltn_groups_add_columns(groups, table);
    if (!status) status = ltn_table_add_column(table, "emission_t", LTN_NUMBER, NULL);
    if (!status) status = ltn_table_resize(table, years * groups->count);
    return status ? status : ltn_parallel(years, run->threads, sum_year, &s);
}

static ltn_status summarise_rows(const ltn_projection *run, const ltn_grouping *grouping, const double *emission,
                                 ltn_table **out)
{
    *out = NULL;
    if (grouping->by & LTN_BY_MEASURES)
        return ltn_fail(LTN_EARGUMENT, NULL, "emissions have no measures to group by; the ledger has");
    ltn_groups groups;
    ltn_status status = create_groups(run, grouping, NULL, &groups);
    if (status) return status;
    ltn_table *table = ltn_table_create();
    status = table ? summarise(run, grouping->by, &groups, emission, table) : LTN_ENOMEM;
    ltn_groups_free(&groups);
    return finish(table, status, out);
}

ltn_status ltn_projection_summarise_at(const ltn_projection *run, const ltn_grouping *grouping, ltn_table **out)
{
    return summarise_rows(run, grouping, NULL, out);
}

ltn_status ltn_projection_summarise_base(const ltn_projection *run, const ltn_grouping *grouping, ltn_table **out)
{
    const ltn_program *p = &run->program;
    double *emission = ltn_alloc(p->rows, sizeof *emission);
    *out = NULL;
    if (!emission) return LTN_ENOMEM;
    if (p->base_rows)
        memcpy(emission, ltn_emission_column_of(p->base, LTN_EMISSION)->numbers, p->base_rows * sizeof *emission);
    ltn_status status = summarise_rows(run, grouping, emission, out);
    free(emission);
    return status;
}

ltn_status ltn_projection_summarise(const ltn_projection *run, unsigned by, ltn_table **out)
{
    ltn_grouping grouping;
    ltn_grouping_init(&grouping, by);
    return ltn_projection_summarise_at(run, &grouping, out);
}

/* ---- ledger ---- */

/* A sum that is not empty: which group of measures, which group of rows. */
typedef struct entry {
    int32_t measures, rows;
    size_t order; /* in which it was made: steps of one group merge in this order */
    ltn_sum sum;
} entry;

typedef struct year_ledger {
    entry *entries;
    size_t count, capacity;
    int32_t *entry_of;       /* of each group of rows: its entry of the step at hand, or -1 */
    size_t step, step_start; /* the step at hand, and its first entry */
    bool out_of_memory;
} year_ledger;

typedef struct ledger_loop {
    const ltn_projection *run;
    const ltn_groups *groups;
    const ltn_measure_groups *measures;
    size_t first;
    year_ledger *years;
} ledger_loop;

typedef struct ledger_sink {
    const ledger_loop *loop;
    year_ledger *year;
} ledger_sink;

static void next_step(year_ledger *y, size_t step)
{
    for (size_t i = y->step_start; i < y->count; i++) y->entry_of[y->entries[i].rows] = -1;
    y->step = step;
    y->step_start = y->count;
}

static void take_delta(void *context, const ltn_state *state, size_t step, double phase, int32_t row, double before)
{
    (void)phase;
    const ledger_sink *sink = context;
    year_ledger *y = sink->year;
    double delta = state->emission[row] - before;
    int32_t group = sink->loop->groups->of_row[row];
    if (delta == 0 || group < 0) return;
    if (step != y->step) next_step(y, step);
    if (y->entry_of[group] < 0) {
        if (ltn_reserve(&y->entries, &y->capacity, y->count + 1, sizeof *y->entries)) {
            y->out_of_memory = true;
            return;
        }
        y->entry_of[group] = (int32_t)y->count;
        y->entries[y->count++] = (entry){sink->loop->measures->of_measure[step], group, step, {0}};
    }
    ltn_sum_add(&y->entries[y->entry_of[group]].sum, delta);
}

static bool same_key(const entry *a, const entry *b)
{
    return a->measures == b->measures && a->rows == b->rows;
}

static int by_key(const void *left, const void *right)
{
    const entry *a = left, *b = right;
    if (a->measures != b->measures) return a->measures < b->measures ? -1 : 1;
    if (a->rows != b->rows) return a->rows < b->rows ? -1 : 1;
    return (a->order > b->order) - (a->order < b->order);
}

/* Steps of one group of measures become one entry. */
static void merge_entries(year_ledger *y)
{
    size_t kept = 0;
    if (y->count) qsort(y->entries, y->count, sizeof *y->entries, by_key);
    for (size_t i = 0; i < y->count; i++) {
        if (!kept || !same_key(&y->entries[kept - 1], &y->entries[i])) {
            y->entries[kept++] = y->entries[i];
        } else {
            ltn_sum_add(&y->entries[kept - 1].sum, y->entries[i].sum.total);
            ltn_sum_add(&y->entries[kept - 1].sum, y->entries[i].sum.lost);
        }
    }
    y->count = kept;
}

static ltn_status ledger_of_year(void *context, size_t index)
{
    const ledger_loop *loop = context;
    year_ledger *y = &loop->years[index];
    ltn_state state;
    ltn_status status = ltn_state_create(&loop->run->program, &state);
    if (status) return status;
    y->step = SIZE_MAX;
    y->entry_of = malloc((loop->groups->count ? loop->groups->count : 1) * sizeof *y->entry_of);
    if (y->entry_of) {
        memset(y->entry_of, 0xFF, loop->groups->count * sizeof *y->entry_of);
        ledger_sink sink = {loop, y};
        status = ltn_program_run(&loop->run->program, loop->run->years[loop->first + index], &state,
                                 &(ltn_sink){take_delta, &sink}, NULL);
    }
    ltn_state_free(&state);
    if (!y->entry_of || y->out_of_memory) return ltn_fail_memory();
    free(y->entry_of);
    y->entry_of = NULL;
    merge_entries(y);
    return status;
}

static ltn_status add_ledger_columns(const ledger_loop *loop, ltn_table *table)
{
    ltn_status status = LTN_OK;
    if (loop->measures->by & LTN_BY_YEAR) status = ltn_table_add_column(table, "year", LTN_NUMBER, NULL);
    if (!status) status = ltn_measure_groups_add_columns(loop->measures, table);
    if (!status) status = ltn_groups_add_columns(loop->groups, table);
    return status ? status : ltn_table_add_column(table, "delta_t", LTN_NUMBER, NULL);
}

static ltn_status put_entry(const ledger_loop *loop, size_t year, const entry *e, ltn_table *table, size_t row)
{
    size_t c = 0;
    if (loop->measures->by & LTN_BY_YEAR) table->columns[c++].numbers[row] = loop->run->years[loop->first + year];
    ltn_status status = ltn_measure_groups_name_row(loop->measures, (size_t)e->measures, table, row, &c);
    if (status) return status;
    ltn_groups_name_row(loop->groups, (size_t)e->rows, table, row, c);
    table->columns[c + loop->groups->key_count].numbers[row] = ltn_sum_value(&e->sum);
    return LTN_OK;
}

static ltn_status put_ledger(const ledger_loop *loop, size_t years, ltn_table *table)
{
    size_t rows = 0, row = 0;
    for (size_t y = 0; y < years; y++) rows += loop->years[y].count;
    ltn_status status = add_ledger_columns(loop, table);
    if (!status) status = ltn_table_resize(table, rows);
    for (size_t y = 0; y < years; y++)
        for (size_t i = 0; !status && i < loop->years[y].count; i++)
            status = put_entry(loop, y, &loop->years[y].entries[i], table, row++);
    return status;
}

ltn_status ltn_projection_ledger(const ltn_projection *run, const ltn_grouping *grouping, ltn_table **out)
{
    return ltn_projection_ledger_of(run, grouping, NULL, out);
}

ltn_status ltn_projection_ledger_of(const ltn_projection *run, const ltn_grouping *grouping, const uint8_t *only,
                                    ltn_table **out)
{
    *out = NULL;
    ltn_groups groups;
    ltn_measure_groups measures = {0};
    ltn_status status = create_groups(run, grouping, only, &groups);
    if (status) return status;
    status = ltn_measure_groups_create(run->program.scenario, grouping->by, &measures);
    ledger_loop loop = {run, &groups, &measures, first_year(run, grouping->by), NULL};
    size_t years = run->year_count - loop.first;
    ltn_table *table = NULL;
    if (!status && !(loop.years = ltn_alloc(years, sizeof *loop.years))) status = LTN_ENOMEM;
    if (!status) status = ltn_parallel(years, run->threads, ledger_of_year, &loop);
    if (!status && !(table = ltn_table_create())) status = LTN_ENOMEM;
    if (!status) status = put_ledger(&loop, years, table);
    for (size_t y = 0; loop.years && y < years; y++) {
        free(loop.years[y].entries);
        free(loop.years[y].entry_of);
    }
    free(loop.years);
    ltn_measure_groups_free(&measures);
    ltn_groups_free(&groups);
    return finish(table, status, out);
}

/* ---- notes ---- */

static ltn_status put_note(const ltn_projection *run, const ltn_note *note, ltn_language language, ltn_table *table)
{
    enum { YEAR, MEASURE, SOURCE, CODE, VALUE, UNIT, SENTENCE };
    size_t row = table->rows;
    char text[512];
    ltn_note_text(note, language, text, sizeof text);
    ltn_status status = ltn_table_resize(table, row + 1);
    if (status) return status;
    table->columns[YEAR].numbers[row] = note->year ? note->year : NAN;
    table->columns[VALUE].numbers[row] = note->value;
    if (note->measure >= 0)
        status = ltn_table_set_text(table, row, MEASURE, run->program.scenario->measures[note->measure].id);
    if (!status && note->source >= 0)
        status = ltn_table_set_text(table, row, SOURCE, ltn_program_source_id(&run->program, note->source));
    if (!status) status = ltn_table_set_text(table, row, CODE, ltn_note_name(note->code));
    if (!status) status = ltn_table_set_text(table, row, UNIT, note->unit);
    return status ? status : ltn_table_set_text(table, row, SENTENCE, text);
}

ltn_status ltn_projection_notes(const ltn_projection *run, ltn_language language, ltn_table **out)
{
    static const struct {
        const char *name;
        ltn_column_type type;
    } columns[] = {{"year", LTN_NUMBER},  {"measure", LTN_TEXT}, {"source", LTN_TEXT}, {"code", LTN_TEXT},
                   {"value", LTN_NUMBER}, {"unit", LTN_TEXT},    {"text", LTN_TEXT}};
    *out = NULL;
    ltn_table *table = ltn_table_create();
    ltn_status status = table ? LTN_OK : LTN_ENOMEM;
    for (size_t c = 0; !status && c < sizeof columns / sizeof *columns; c++)
        status = ltn_table_add_column(table, columns[c].name, columns[c].type, NULL);
    for (size_t i = 0; !status && i < run->notes.count; i++)
        status = put_note(run, &run->notes.items[i], language, table);
    return finish(table, status, out);
}

/* ---- one source explained ---- */

typedef struct explanation {
    const ltn_projection *run;
    const uint8_t *wanted; /* of each source: it, or derived from it */
    int32_t *source_of_row;
    int year;
    ltn_table *table;
    ltn_status status;
} explanation;

enum {
    X_YEAR,
    X_MEASURE,
    X_SOURCE,
    X_POLLUTANT,
    X_PHASE,
    X_ACTIVITY,
    X_ACTIVITY_UNIT,
    X_REMOVAL,
    X_BEFORE,
    X_AFTER,
    X_LINE
};

static void explain_row(explanation *x, const ltn_state *state, const ltn_step *step, double phase, int32_t row,
                        double before)
{
    const ltn_program *p = &x->run->program;
    int32_t source = x->source_of_row[row];
    if (x->status || !x->wanted[source]) return;
    size_t at = x->table->rows, in_row, in_source;
    const ltn_inventory *inventory = ltn_program_row(p, row, &in_row);
    ltn_program_source(p, source, &in_source);
    ltn_status status = ltn_table_resize(x->table, at + 1);
    if (!status) status = ltn_table_set_text(x->table, at, X_MEASURE, step ? step->measure->id : NULL);
    if (!status) status = ltn_table_set_text(x->table, at, X_SOURCE, ltn_program_source_id(p, source));
    if (!status)
        status =
            ltn_table_set_text(x->table, at, X_POLLUTANT, ltn_table_text(inventory->emissions, in_row, LTN_POLLUTANT));
    if (!status)
        status =
            ltn_table_set_text(x->table, at, X_ACTIVITY_UNIT, ltn_source_text(inventory, in_source, LTN_ACTIVITY_UNIT));
    if (!status) {
        ltn_column *c = x->table->columns;
        c[X_YEAR].numbers[at] = x->year;
        c[X_PHASE].numbers[at] = phase;
        c[X_ACTIVITY].numbers[at] = state->activity[source];
        c[X_REMOVAL].numbers[at] = state->removal[row];
        c[X_BEFORE].numbers[at] = before;
        c[X_AFTER].numbers[at] = state->emission[row];
        int line = step ? ltn_packet_line(step, row) : 0;
        c[X_LINE].numbers[at] = line ? line : NAN;
    }
    x->status = status;
}

static void take_step(void *context, const ltn_state *state, size_t step, double phase, int32_t row, double before)
{
    explanation *x = context;
    explain_row(x, state, &x->run->program.steps[step], phase, row, before);
}

static int32_t find_source(const ltn_program *p, const char *id)
{
    int32_t base = ltn_inventory_find(p->base, id);
    if (base >= 0) return base;
    int32_t derived = ltn_inventory_find(p->derived, id);
    return derived >= 0 ? derived + (int32_t)p->base_sources : -1;
}

/* Marks a source and, since the derived come after their origins, all that comes from it. */
static void mark_family(const ltn_program *p, int32_t source, uint8_t *wanted)
{
    int column = ltn_table_find(p->derived->sources, "origin");
    wanted[source] = 1;
    for (size_t d = 0; d < p->derived->sources->rows; d++) {
        const char *origin = ltn_table_text(p->derived->sources, d, (size_t)column);
        int32_t number = origin ? find_source(p, origin) : -1;
        if (number >= 0 && wanted[number]) wanted[p->base_sources + d] = 1;
    }
}

/* The year's start: what the base has. */
static void explain_start(explanation *x)
{
    const ltn_program *p = &x->run->program;
    ltn_state base = {
        .activity = ltn_source_column_of(p->base, LTN_ACTIVITY)->numbers,
        .emission = ltn_emission_column_of(p->base, LTN_EMISSION)->numbers,
        .removal = ltn_emission_column_of(p->base, LTN_REMOVAL)->numbers,
    };
    for (int32_t row = 0; (size_t)row < p->base_rows; row++) explain_row(x, &base, NULL, NAN, row, base.emission[row]);
}

static ltn_status explain_years(explanation *x)
{
    ltn_state state;
    ltn_status status = ltn_state_create(&x->run->program, &state);
    for (size_t y = 0; !status && y < x->run->year_count; y++) {
        x->year = x->run->years[y];
        explain_start(x);
        status = ltn_program_run(&x->run->program, x->year, &state, &(ltn_sink){take_step, x}, NULL);
        if (!status) status = x->status;
    }
    ltn_state_free(&state);
    return status;
}

static ltn_status add_explanation_columns(ltn_table *table)
{
    static const struct {
        const char *name;
        ltn_column_type type;
    } columns[] = {{"year", LTN_NUMBER},        {"measure", LTN_TEXT},   {"source", LTN_TEXT},
                   {"pollutant", LTN_TEXT},     {"phase", LTN_NUMBER},   {"activity", LTN_NUMBER},
                   {"activity_unit", LTN_TEXT}, {"removal", LTN_NUMBER}, {"before_t", LTN_NUMBER},
                   {"after_t", LTN_NUMBER},     {"line", LTN_NUMBER}};
    ltn_status status = LTN_OK;
    for (size_t c = 0; !status && c < sizeof columns / sizeof *columns; c++)
        status = ltn_table_add_column(table, columns[c].name, columns[c].type, NULL);
    return status;
}

ltn_status ltn_projection_explain(const ltn_projection *run, const char *source, ltn_table **out)
{
    *out = NULL;
    const ltn_program *p = &run->program;
    int32_t number = find_source(p, source);
    if (number < 0) {
        const char *near = ltn_dictionary_nearest(ltn_source_column_of(p->base, LTN_SOURCE)->words, source);
        return ltn_fail(LTN_ENOTFOUND, NULL, "there is no source '%s'%s%s%s", source, near ? "; the nearest is '" : "",
                        near ? near : "", near ? "'" : "");
    }
    uint8_t *wanted = ltn_alloc(p->sources, 1);
    explanation x = {.run = run,
                     .wanted = wanted,
                     .source_of_row = ltn_alloc(p->rows, sizeof(int32_t)),
                     .table = ltn_table_create()};
    ltn_status status = wanted && x.source_of_row && x.table ? add_explanation_columns(x.table) : LTN_ENOMEM;
    for (int32_t s = 0; !status && (size_t)s < p->sources; s++) {
        int32_t from, to;
        ltn_program_rows(p, s, &from, &to);
        for (int32_t row = from; row < to; row++) x.source_of_row[row] = s;
    }
    if (!status) {
        mark_family(p, number, wanted);
        status = explain_years(&x);
    }
    free(wanted);
    free(x.source_of_row);
    return finish(x.table, status, out);
}
