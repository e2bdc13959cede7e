/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "projection/row_inputs.h"

#include "base/text.h"
#include "projection/own_means.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What holds for a source or row where it is no entry: nothing, or the column of coefficients of variation. */
enum { CERTAIN = -1, COLUMN = -2 };

/* ---- names of streams ---- */

#define SEPARATOR "\x1f"

typedef struct name {
    char *text;
    size_t used, capacity;
} name;

static ltn_status add_text(name *n, const char *text)
{
    size_t length = strlen(text);
    if (ltn_reserve(&n->text, &n->capacity, n->used + length + 1, 1)) return LTN_ENOMEM;
    memcpy(n->text + n->used, text, length + 1);
    n->used += length;
    return LTN_OK;
}

static ltn_status add_part(name *n, const char *text)
{
    ltn_status status = n->used ? add_text(n, SEPARATOR) : LTN_OK;
    return status ? status : add_text(n, text);
}

/* ---- entries ---- */

/* A column of `shared_by`. */
typedef struct shared_column {
    const ltn_column *column;
    bool of_emission;
} shared_column;

/* What is found out about a quantity of an entry while its rows are walked. */
typedef struct entry_rows {
    size_t outside; /* rows with too much probability outside [0, 1] */
    size_t first;   /* the first such row */
    double first_outside;
    size_t certain; /* rows left out, for their removal is unknown or 1 */
    double shift;   /* of the mean by truncation [%], the largest */
} entry_rows;

typedef struct compiler {
    ltn_program *program;
    const ltn_inventory *given;
    const ltn_scenario *scenario;
    int32_t *entry[LTN_UNCERTAIN_QUANTITIES]; /* of each source or row: what holds for it */
    shared_column **shared;                   /* of each entry: its columns */
    name name, key;
    ltn_dictionary **keys; /* of each correlation: the keys of its copulas */
    int32_t **copula_of;   /* of each correlation: by key, which copula it is */
    size_t *copula_room;
} compiler;

static const ltn_uncertain *entry_at(const compiler *c, int32_t entry)
{
    return &c->scenario->uncertainty[entry];
}

/* ---- who ---- */

static size_t rows_of(const compiler *c, int quantity)
{
    return quantity == LTN_UNCERTAIN_ACTIVITY ? c->given->sources->rows : c->given->emissions->rows;
}

static ltn_status start_quantity(compiler *c, int quantity)
{
    if (c->entry[quantity]) return LTN_OK;
    size_t count = rows_of(c, quantity);
    if (!(c->entry[quantity] = ltn_alloc(count, sizeof **c->entry))) return LTN_ENOMEM;
    memset(c->entry[quantity], 0xFF, count * sizeof **c->entry); /* CERTAIN */
    return LTN_OK;
}

/* The columns activity_cv and factor_cv hold where no entry does. */
static ltn_status mark_column(compiler *c, int quantity, const double *cv)
{
    ltn_status status = LTN_OK;
    for (size_t i = 0, count = rows_of(c, quantity); !status && i < count; i++) {
        if (!(cv[i] > 0)) continue;
        status = start_quantity(c, quantity);
        if (!status) c->entry[quantity][i] = COLUMN;
    }
    return status;
}

static void mark_sources(const compiler *c, const ltn_selection *chosen, int32_t *held, int32_t entry)
{
    for (size_t s = 0; s < c->given->sources->rows; s++)
        if (chosen->taken[s]) held[s] = entry;
}

static void mark_rows(const compiler *c, const ltn_selection *chosen, int32_t *held, int32_t entry)
{
    const int32_t *first = c->given->first;
    for (size_t s = 0; s < c->given->sources->rows; s++)
        for (int32_t row = first[s]; row < first[s + 1]; row++)
            if (chosen->taken[chosen->by_emission ? (size_t)row : s]) held[row] = entry;
}

static ltn_status note_choice(compiler *c, const ltn_uncertain *entry, const ltn_selection *chosen)
{
    size_t count = 0;
    for (size_t i = 0; i < chosen->rows; i++) count += chosen->taken[i];
    ltn_status status = count ? LTN_OK : ltn_note_uncertain(c->program, LTN_NOTE_UNCERTAIN_NOTHING, entry, -1, 0, NULL);
    for (size_t i = 0; !status && i < chosen->absent_count; i++)
        if (chosen->absent[i].count)
            status = ltn_notes_add(&c->program->notes,
                                   &(ltn_note){LTN_NOTE_MISSING_VALUE, 0, -1, -1, (double)chosen->absent[i].count,
                                               chosen->by_emission ? "rows" : "sources", chosen->absent[i].column});
    return status;
}

/* Entries act in order, so that the last one holds. */
static ltn_status mark_entry(compiler *c, int32_t entry)
{
    const ltn_uncertain *u = entry_at(c, entry);
    ltn_selection chosen;
    ltn_status status = ltn_select(u->where, c->given, NULL, &chosen);
    if (status) return status;
    status = note_choice(c, u, &chosen);
    for (int q = 0; !status && q < LTN_UNCERTAIN_QUANTITIES; q++) {
        if (!u->quantity[q].given) continue;
        status = start_quantity(c, q);
        if (!status && q == LTN_UNCERTAIN_ACTIVITY) mark_sources(c, &chosen, c->entry[q], entry);
        if (!status && q != LTN_UNCERTAIN_ACTIVITY) mark_rows(c, &chosen, c->entry[q], entry);
    }
    ltn_selection_free(&chosen);
    return status;
}

/* ---- shared_by ---- */

static bool is_emission_column(const char *column)
{
    for (size_t i = 0; i < LTN_EMISSION_COLUMNS; i++)
        if (strcmp(ltn_emission_forms[i].name, column) == 0) return true;
    return ltn_emission_attribute(column) != NULL;
}

static ltn_status locate_shared(const compiler *c, const ltn_uncertain *u, const char *column, shared_column *out)
{
    const char *called = strcmp(column, "id") == 0 ? "source" : column;
    out->of_emission = is_emission_column(called);
    const ltn_table *table = out->of_emission ? c->given->emissions : c->given->sources;
    int found = ltn_table_find(table, called);
    if (found >= 0 && out->of_emission && u->quantity[LTN_UNCERTAIN_ACTIVITY].given)
        return ltn_fail(LTN_EINPUT, &u->shared_place,
                        "activity belongs to the source and cannot be shared by '%s'; give it an entry of its own",
                        column);
    if (found >= 0) {
        out->column = &table->columns[found];
        return LTN_OK;
    }
    const char *names[256];
    size_t count = 0;
    for (; count < table->column_count && count < 256; count++) names[count] = table->columns[count].name;
    const char *near = ltn_text_nearest(called, names, count);
    return ltn_fail(LTN_EINPUT, &u->shared_place, "the inventory has no column '%s'%s%s%s", column,
                    near ? "; the nearest is '" : "", near ? near : "", near ? "'" : "");
}

static ltn_status locate_all_shared(compiler *c)
{
    ltn_status status = LTN_OK;
    if (!(c->shared = ltn_alloc(c->scenario->uncertain_count, sizeof *c->shared))) return LTN_ENOMEM;
    for (size_t i = 0; !status && i < c->scenario->uncertain_count; i++) {
        const ltn_uncertain *u = &c->scenario->uncertainty[i];
        if (!(c->shared[i] = ltn_alloc(u->shared_by.count, sizeof **c->shared))) return LTN_ENOMEM;
        for (size_t k = 0; !status && k < u->shared_by.count; k++)
            status = locate_shared(c, u, u->shared_by.items[k], &c->shared[i][k]);
    }
    return status;
}

/* ---- keys ---- */

/* A source, or a row of it. */
typedef struct row_at {
    size_t source, row;
    bool is_source;
} row_at;

/* The key of a draw of its own: the source, and the pollutant of a row. */
static ltn_status make_own_key(compiler *c, row_at at)
{
    c->key.used = 0;
    ltn_status status = add_part(&c->key, ltn_source_text(c->given, at.source, LTN_SOURCE));
    if (status || at.is_source) return status;
    return add_part(&c->key, ltn_table_text(c->given->emissions, at.row, LTN_POLLUTANT));
}

/* The values of the columns of shared_by; `lacks` where one is absent. */
static ltn_status make_shared_key(compiler *c, int32_t entry, row_at at, bool *lacks)
{
    ltn_status status = LTN_OK;
    *lacks = false;
    c->key.used = 0;
    for (size_t k = 0; !status && k < entry_at(c, entry)->shared_by.count; k++) {
        const ltn_column *column = c->shared[entry][k].column;
        size_t row = c->shared[entry][k].of_emission ? at.row : at.source;
        char number[32];
        const char *value = number;
        if (column->type == LTN_TEXT)
            value = column->codes[row] < 0 ? NULL : column->words->words[column->codes[row]];
        else if (isnan(column->numbers[row]))
            value = NULL;
        else
            ltn_print(number, sizeof number, "%.17g", column->numbers[row]);
        *lacks |= !value;
        status = add_part(&c->key, value ? value : "");
    }
    return status;
}

/* The stream of an entry's key, named in c->name. */
static ltn_status name_entry_stream(compiler *c, const ltn_uncertain *u, int quantity)
{
    c->name.used = 0;
    ltn_status status = add_part(&c->name, "uncertainty");
    if (!status) status = add_part(&c->name, u->name);
    if (!status) status = add_part(&c->name, ltn_uncertain_names[quantity]);
    return status ? status : add_part(&c->name, c->key.text);
}

static ltn_status name_own_stream(compiler *c, int quantity, row_at at)
{
    ltn_status status = make_own_key(c, at);
    c->name.used = 0;
    if (!status) status = add_part(&c->name, ltn_uncertain_names[quantity]);
    return status ? status : add_part(&c->name, c->key.text);
}

static ltn_status name_column_stream(compiler *c, int quantity, row_at at)
{
    const char *key = at.is_source ? NULL : ltn_table_text(c->given->emissions, at.row, LTN_FACTOR_KEY);
    if (!key) return name_own_stream(c, quantity, at);
    c->name.used = 0;
    ltn_status status = add_part(&c->name, "factor-key");
    return status ? status : add_part(&c->name, key);
}

/* ---- correlations ---- */

static ltn_status add_copula(compiler *c, int correlation)
{
    ltn_inputs *in = &c->program->inputs;
    const ltn_correlation *r = &c->scenario->correlations[correlation];
    if (ltn_reserve(&in->copulas, &in->copula_capacity, in->copula_count + 1, sizeof *in->copulas)) return LTN_ENOMEM;
    ltn_copula made = {.size = (int32_t)r->size, .factor = in->factors[correlation]};
    if (!(made.streams = ltn_alloc(r->size, sizeof *made.streams))) return LTN_ENOMEM;
    in->copulas[in->copula_count++] = made;
    for (size_t k = 0; k < r->size; k++) {
        int quantity = 0;
        while (!r->of[k]->quantity[quantity].given) quantity++;
        if (name_entry_stream(c, r->of[k], quantity)) return LTN_ENOMEM;
        made.streams[k] = ltn_stream(c->name.text);
    }
    return LTN_OK;
}

/* The copula of a correlation's key, made if new. */
static ltn_status find_copula(compiler *c, int correlation, int32_t *out)
{
    ltn_dictionary *keys = c->keys[correlation];
    int32_t known = (int32_t)keys->count, code = ltn_dictionary_add(keys, c->key.text, c->key.used);
    if (code < 0) return LTN_ENOMEM;
    if (code == known) {
        if (ltn_reserve(&c->copula_of[correlation], &c->copula_room[correlation], (size_t)code + 1, sizeof(int32_t)))
            return LTN_ENOMEM;
        c->copula_of[correlation][code] = (int32_t)c->program->inputs.copula_count;
        if (add_copula(c, correlation)) return LTN_ENOMEM;
    }
    *out = c->copula_of[correlation][code];
    return LTN_OK;
}

static ltn_status start_correlations(compiler *c)
{
    ltn_inputs *in = &c->program->inputs;
    size_t count = c->scenario->correlation_count;
    c->keys = ltn_alloc(count, sizeof *c->keys);
    c->copula_of = ltn_alloc(count, sizeof *c->copula_of);
    c->copula_room = ltn_alloc(count, sizeof *c->copula_room);
    if (!c->keys || !c->copula_of || !c->copula_room) return LTN_ENOMEM;
    for (size_t i = 0; i < count; i++) {
        size_t cells = c->scenario->correlations[i].size * c->scenario->correlations[i].size;
        if (!(c->keys[i] = ltn_dictionary_create())) return LTN_ENOMEM;
        if (ltn_reserve(&in->factors, &in->factor_capacity, i + 1, sizeof *in->factors)) return LTN_ENOMEM;
        if (!(in->factors[i] = ltn_alloc(cells, sizeof **in->factors))) return LTN_ENOMEM;
        memcpy(in->factors[i], c->scenario->correlations[i].factor, cells * sizeof **in->factors);
        in->factor_count++;
    }
    return LTN_OK;
}

/* Correlations none of whose copulas has two of its places taken. */
static ltn_status note_idle_correlations(compiler *c)
{
    ltn_inputs *in = &c->program->inputs;
    int16_t *place = ltn_alloc(in->copula_count, sizeof *place); /* 0: none, -1: several, else the one and 1 */
    if (!place) return LTN_ENOMEM;
    for (size_t i = 0; i < in->count; i++) {
        if (in->items[i].copula < 0) continue;
        int16_t *at = &place[in->items[i].copula], mine = (int16_t)(in->items[i].place + 1);
        *at = *at == 0 || *at == mine ? mine : -1;
    }
    ltn_status status = LTN_OK;
    for (size_t r = 0; !status && r < c->scenario->correlation_count; r++) {
        bool joins = false;
        for (size_t i = 0; i < in->copula_count; i++) joins |= in->copulas[i].factor == in->factors[r] && place[i] < 0;
        const ltn_uncertain at = {.place = c->scenario->correlations[r].place};
        if (!joins) status = ltn_note_uncertain(c->program, LTN_NOTE_CORRELATES_NOTHING, &at, -1, 0, NULL);
    }
    free(place);
    return status;
}

/* ---- laws ---- */

/* A multiplier: whatever the distribution's unit, a draw over its mean. */
static ltn_law multiplier(ltn_distribution value)
{
    return (ltn_law){value, ltn_distribution_mean(&value), true, 0, HUGE_VAL};
}

/* The distribution of an entry around a removal. */
static ltn_distribution around(const ltn_quantity *q, double removal)
{
    const double *p = q->value.parameter;
    if (q->value.kind == LTN_LOGNORMAL) /* relative: mean 1, sigma² = ln(1 + cv²) */
        return removal > 0 ? ltn_lognormal_mean_cv(removal, sqrt(expm1(p[1] * p[1])))
                           : (ltn_distribution){LTN_CONSTANT, {0}};
    double sd = q->by_sd ? p[1] : p[1] * removal;
    if (!(sd > 0)) return (ltn_distribution){LTN_CONSTANT, {removal}};
    return (ltn_distribution){q->value.kind, {removal, sd, p[2], p[3]}};
}

/* The law of a row's removal; `outside` is its probability outside [0, 1], or 1 where it cannot be. */
static ltn_law law_of_removal(const ltn_quantity *q, double removal, double *outside)
{
    ltn_distribution value = q->relative ? around(q, removal) : q->value;
    bool sound = !ltn_distribution_check(&value);
    *outside = sound ? ltn_distribution_outside(&value, 0, 1) : 1;
    return (ltn_law){value, sound ? ltn_distribution_mean(&value) : NAN, false, 0, 1};
}

/* By how much truncation moves the mean [%]; 0 where it is nothing to speak of. */
static double shift_of(const ltn_law *law)
{
    static const double tolerated = 0.001;
    if (law->value.kind != LTN_TRUNCATED_NORMAL) return 0;
    double parent = law->value.parameter[0], shift = law->mean / parent - 1;
    return parent != 0 && fabs(shift) > tolerated ? 100 * shift : 0;
}

/* ---- inputs ---- */

static ltn_status add_input(compiler *c, int quantity, int32_t entry, row_at at, const ltn_law *law, int32_t *out)
{
    static const ltn_input_kind kinds[] = {LTN_INPUT_ACTIVITY, LTN_INPUT_FACTOR, LTN_INPUT_REMOVAL};
    ltn_inputs *in = &c->program->inputs;
    const ltn_uncertain *u = entry < 0 ? NULL : entry_at(c, entry);
    bool correlated = u && u->correlation >= 0, lacks = !u || !u->shared_by.count;
    ltn_status status = lacks ? LTN_OK : make_shared_key(c, entry, at, &lacks);
    if (!status && lacks && correlated && !u->shared_by.count) {
        status = make_own_key(c, at);
        lacks = false;
    }
    int32_t copula = -1;
    if (!status && correlated && !lacks) status = find_copula(c, u->correlation, &copula);
    if (!status)
        status = !u      ? name_column_stream(c, quantity, at)
                 : lacks ? name_own_stream(c, quantity, at)
                         : name_entry_stream(c, u, quantity);
    if (status) return status;
    *out = ltn_inputs_add(in, kinds[quantity], c->name.text, law, (int32_t)(at.is_source ? at.source : at.row));
    if (*out < 0) return ltn_last_error()->code;
    in->items[*out].copula = copula;
    in->items[*out].place = u ? (uint8_t)u->member : 0;
    return LTN_OK;
}

/* A source's activity, or a row's factor: `held` becomes its input. */
static ltn_status add_multiplier(compiler *c, int quantity, row_at at, const double *cv, int32_t *held)
{
    ltn_law law;
    int32_t entry = *held;
    if (entry == COLUMN)
        law = multiplier(ltn_lognormal_mean_cv(1, *cv));
    else
        law = multiplier(entry_at(c, entry)->quantity[quantity].value);
    if (ltn_distribution_check(&law.value))
        return ltn_fail(LTN_EINPUT, NULL, "%s_cv %g of source '%s' is larger than a lognormal can have",
                        ltn_uncertain_names[quantity], *cv, ltn_source_text(c->given, at.source, LTN_SOURCE));
    if (law.value.kind == LTN_CONSTANT || !(law.mean > 0)) { /* measured values that are all 0 */
        *held = CERTAIN;
        return LTN_OK;
    }
    return add_input(c, quantity, entry, at, &law, held);
}

static ltn_status add_activities(compiler *c)
{
    int32_t *held = c->entry[LTN_UNCERTAIN_ACTIVITY];
    const double *cv = ltn_source_column_of(c->given, LTN_ACTIVITY_CV)->numbers;
    ltn_status status = LTN_OK;
    for (size_t s = 0; held && !status && s < c->given->sources->rows; s++)
        if (held[s] != CERTAIN)
            status = add_multiplier(c, LTN_UNCERTAIN_ACTIVITY, (row_at){s, 0, true}, &cv[s], &held[s]);
    return status;
}

static ltn_status add_factors(compiler *c)
{
    int32_t *held = c->entry[LTN_UNCERTAIN_FACTOR];
    const double *cv = ltn_emission_column_of(c->given, LTN_FACTOR_CV)->numbers;
    ltn_status status = LTN_OK;
    for (size_t s = 0; held && s < c->given->sources->rows; s++)
        for (int32_t row = c->given->first[s]; !status && row < c->given->first[s + 1]; row++)
            if (held[row] != CERTAIN)
                status = add_multiplier(c, LTN_UNCERTAIN_FACTOR, (row_at){s, (size_t)row, false}, &cv[row], &held[row]);
    return status;
}

/* ---- removals ---- */

/* More than this outside the domain is a mistake in the file; rarer draws are set to the bound. */
static const double tolerated_outside = 1e-6;

static ltn_status add_removal(compiler *c, row_at at, entry_rows *seen, int32_t *held)
{
    const ltn_quantity *q = &entry_at(c, *held)->quantity[LTN_UNCERTAIN_REMOVAL];
    double removal = ltn_emission_column_of(c->program->base, LTN_REMOVAL)->numbers[at.row], outside;
    entry_rows *e = &seen[*held];
    if (!(removal < 1)) {
        e->certain++;
        *held = CERTAIN;
        return LTN_OK;
    }
    ltn_law law = law_of_removal(q, removal, &outside);
    if (outside > tolerated_outside) {
        if (!e->outside++) e->first = at.row, e->first_outside = outside;
        *held = CERTAIN;
        return LTN_OK;
    }
    double shift = shift_of(&law);
    if (fabs(shift) > fabs(e->shift)) e->shift = shift;
    if (law.value.kind == LTN_CONSTANT) {
        *held = CERTAIN;
        return LTN_OK;
    }
    return add_input(c, LTN_UNCERTAIN_REMOVAL, *held, at, &law, held);
}

static size_t source_of_row(const ltn_inventory *inventory, size_t row)
{
    size_t low = 0, high = inventory->sources->rows;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if ((size_t)inventory->first[middle] <= row)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static ltn_status refuse_outside(const compiler *c, const ltn_quantity *q, const entry_rows *e)
{
    double removal = ltn_emission_column_of(c->program->base, LTN_REMOVAL)->numbers[e->first];
    return ltn_fail(LTN_EINPUT, &q->place,
                    "around the removal %g of source '%s' it lies outside [0, 1] with probability %.2g, and so for %zu "
                    "row%s in all; use truncated_normal with low and high inside [0, 1] and something of it between",
                    removal, ltn_source_text(c->given, source_of_row(c->given, e->first), LTN_SOURCE), e->first_outside,
                    e->outside, e->outside == 1 ? "" : "s");
}

static ltn_status judge_removals(compiler *c, const entry_rows *seen)
{
    ltn_status status = LTN_OK;
    for (size_t i = 0; !status && i < c->scenario->uncertain_count; i++) {
        const ltn_uncertain *u = entry_at(c, (int32_t)i);
        const ltn_quantity *q = &u->quantity[LTN_UNCERTAIN_REMOVAL];
        if (seen[i].outside) return refuse_outside(c, q, &seen[i]);
        if (seen[i].certain)
            status = ltn_note_uncertain(c->program, LTN_NOTE_REMOVAL_CERTAIN, u, LTN_UNCERTAIN_REMOVAL,
                                        (double)seen[i].certain, "rows");
        if (!status && seen[i].shift != 0)
            status = ltn_note_uncertain(c->program, LTN_NOTE_TRUNCATION_SHIFTS, u, LTN_UNCERTAIN_REMOVAL, seen[i].shift,
                                        "%");
    }
    return status;
}

static ltn_status add_removals(compiler *c)
{
    int32_t *held = c->entry[LTN_UNCERTAIN_REMOVAL];
    if (!held) return LTN_OK;
    entry_rows *seen = ltn_alloc(c->scenario->uncertain_count, sizeof *seen);
    ltn_status status = seen ? LTN_OK : LTN_ENOMEM;
    for (size_t s = 0; s < c->given->sources->rows; s++)
        for (int32_t row = c->given->first[s]; !status && row < c->given->first[s + 1]; row++)
            if (held[row] != CERTAIN) status = add_removal(c, (row_at){s, (size_t)row, false}, seen, &held[row]);
    if (!status) status = judge_removals(c, seen);
    free(seen);
    return status;
}

/* What truncation does to the means of activities and factors; of removals it depends on the row. */
static ltn_status note_shifts(compiler *c)
{
    ltn_status status = LTN_OK;
    for (size_t i = 0; i < c->scenario->uncertain_count; i++)
        for (int q = LTN_UNCERTAIN_ACTIVITY; !status && q <= LTN_UNCERTAIN_FACTOR; q++) {
            const ltn_uncertain *u = entry_at(c, (int32_t)i);
            ltn_law law = multiplier(u->quantity[q].value);
            double shift = u->quantity[q].given ? shift_of(&law) : 0;
            if (shift != 0) status = ltn_note_uncertain(c->program, LTN_NOTE_TRUNCATION_SHIFTS, u, q, shift, "%");
        }
    return status;
}

/* ---- the whole ---- */

static ltn_status mark(compiler *c)
{
    ltn_status status =
        mark_column(c, LTN_UNCERTAIN_ACTIVITY, ltn_source_column_of(c->given, LTN_ACTIVITY_CV)->numbers);
    if (!status)
        status = mark_column(c, LTN_UNCERTAIN_FACTOR, ltn_emission_column_of(c->given, LTN_FACTOR_CV)->numbers);
    for (size_t i = 0; !status && i < c->scenario->uncertain_count; i++) status = mark_entry(c, (int32_t)i);
    return status;
}

/* The arrays of entries have become arrays of inputs; one without any is dropped. */
static void hand_over(compiler *c)
{
    ltn_inputs *in = &c->program->inputs;
    int32_t **arrays[] = {&in->activity, &in->factor, &in->removal};
    for (int q = 0; q < LTN_UNCERTAIN_QUANTITIES; q++) {
        bool any = false;
        for (size_t i = 0, count = c->entry[q] ? rows_of(c, q) : 0; i < count && !any; i++) any = c->entry[q][i] >= 0;
        if (!any) continue;
        *arrays[q] = c->entry[q];
        c->entry[q] = NULL;
    }
}

static void free_compiler(compiler *c)
{
    for (size_t i = 0; c->shared && i < c->scenario->uncertain_count; i++) free(c->shared[i]);
    for (size_t i = 0; i < c->scenario->correlation_count; i++) {
        if (c->keys) ltn_dictionary_free(c->keys[i]);
        if (c->copula_of) free(c->copula_of[i]);
    }
    void *owned[] = {c->entry[0], c->entry[1], c->entry[2],  c->shared,     c->name.text,
                     c->key.text, c->keys,     c->copula_of, c->copula_room};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) free(owned[i]);
}

ltn_status ltn_inputs_of_rows(ltn_program *program)
{
    compiler c = {.program = program, .given = program->given, .scenario = program->scenario};
    ltn_status status = locate_all_shared(&c);
    if (!status) status = start_correlations(&c);
    if (!status) status = mark(&c);
    if (!status) status = ltn_own_means(program, c.entry);
    if (!status) status = note_shifts(&c);
    if (!status) status = add_activities(&c);
    if (!status) status = add_factors(&c);
    if (!status) status = add_removals(&c);
    if (!status) status = note_idle_correlations(&c);
    if (!status) hand_over(&c);
    free_compiler(&c);
    return status;
}
