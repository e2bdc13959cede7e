/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "projection/own_means.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

ltn_status ltn_note_uncertain(ltn_program *p, ltn_note_code code, const ltn_uncertain *entry, int quantity,
                              double value, const char *unit)
{
    char text[512];
    const char *name = quantity < 0 ? "" : ltn_uncertain_names[quantity];
    const ltn_place *at = quantity < 0 ? &entry->place : &entry->quantity[quantity].place;
    snprintf(text, sizeof text, quantity < 0 ? "%s%.400s:%d" : "%s (%.400s:%d)", name, at->source, at->line);
    const char *kept = ltn_arena_text(&p->texts, text, strlen(text));
    return kept ? ltn_notes_add(&p->notes, &(ltn_note){code, 0, -1, -1, value, unit, kept}) : LTN_ENOMEM;
}

/* ---- a base of our own ---- */

static ltn_status gather_all(const ltn_table *from, ltn_table **out)
{
    int32_t *rows = ltn_alloc(from->rows, sizeof *rows);
    if (!rows) return LTN_ENOMEM;
    for (size_t i = 0; i < from->rows; i++) rows[i] = (int32_t)i;
    ltn_table_free(*out);
    *out = NULL;
    ltn_status status = ltn_table_gather(from, rows, from->rows, out);
    free(rows);
    return status;
}

static ltn_status copy_inventory(const ltn_inventory *from, ltn_inventory *made)
{
    size_t sources = from->sources->rows, rows = from->emissions->rows;
    ltn_status status = gather_all(from->sources, &made->sources);
    if (!status) status = gather_all(from->emissions, &made->emissions);
    free(made->first);
    free(made->assumed);
    made->first = ltn_alloc(sources + 1, sizeof *made->first);
    made->assumed = ltn_alloc(rows, sizeof *made->assumed);
    if (!status && !(made->first && made->assumed)) status = LTN_ENOMEM;
    if (status) return status;
    memcpy(made->first, from->first, (sources + 1) * sizeof *made->first);
    if (rows) memcpy(made->assumed, from->assumed, rows);
    made->assumed_count = from->assumed_count;
    return ltn_inventory_copy_metadata(made, from);
}

/* Others may be reading the inventory that was given. */
static ltn_status make_private(ltn_program *p)
{
    if (p->base != p->given) return LTN_OK;
    ltn_inventory *made = ltn_inventory_create(p->given->regions, p->given->sectors);
    if (!made) return LTN_ENOMEM;
    ltn_status status = copy_inventory(p->given, made);
    if (status) {
        ltn_inventory_free(made);
        return status;
    }
    ltn_inventory_free(p->base);
    p->base = made;
    return LTN_OK;
}

/* ---- one quantity ---- */

/* What is done for one quantity, with the counts of each entry. */
typedef struct replacement {
    ltn_program *program;
    int quantity;
    double *mean;              /* of each entry; NaN where it has none of its own */
    size_t *replaced, *passed; /* of each entry: values that were, or could not be, replaced */
    int months[LTN_MONTHS];
    size_t month_count;
    int32_t last_unit, last_entry; /* whose scale is known */
    double last_scale;
} replacement;

static ltn_status scale_row(replacement *r, int32_t entry, size_t source, size_t row, double ratio)
{
    ltn_table *emissions = r->program->base->emissions;
    double *emission = &emissions->columns[LTN_EMISSION].numbers[row], before = *emission;
    *emission *= ratio;
    ltn_scale_months(emissions, r->months, r->month_count, row, ratio);
    if (isfinite(*emission)) return LTN_OK;
    const ltn_quantity *q = &r->program->scenario->uncertainty[entry].quantity[r->quantity];
    return ltn_fail(LTN_EINPUT, &q->place, "the mean makes %g times the %g t of source '%s': larger than any number",
                    ratio, before, ltn_source_text(r->program->given, source, LTN_SOURCE));
}

/* How many of the inventory's unit one of the distribution's is. An activity is a year's: '12 Mt' is '12 Mt/yr'. */
static ltn_status find_scale(replacement *r, int32_t entry, const ltn_column *units, size_t at, size_t source)
{
    const ltn_quantity *q = &r->program->scenario->uncertainty[entry].quantity[r->quantity];
    int32_t code = units->codes[at];
    const char *unit = code < 0 ? "" : units->words->words[code];
    if (r->last_entry == entry && r->last_unit == code) return LTN_OK;
    double scale = NAN;
    if (strcmp(unit, q->unit) == 0)
        scale = 1;
    else if (!*unit || !*q->unit) /* a bare number is none of 'g/kg', though UDUNITS would have it 1000 of them */
        scale = NAN;
    else if (r->quantity == LTN_UNCERTAIN_ACTIVITY)
        scale = ltn_amount_scale(q->unit, unit);
    else if (ltn_unit_scale(q->unit, unit, &scale))
        scale = NAN;
    if (isnan(scale)) {
        const char *what = ltn_uncertain_names[r->quantity];
        return ltn_fail(LTN_EUNIT, &q->place, "a mean in '%s' does not go with the %s of source '%s' in '%s'%s",
                        q->unit, what, ltn_source_text(r->program->given, source, LTN_SOURCE), unit,
                        *q->unit ? "" : "; expected a unit, or a distribution without a mean");
    }
    r->last_entry = entry;
    r->last_unit = code;
    r->last_scale = scale;
    return LTN_OK;
}

/* Puts the mean in the place of a value that multiplies the rows from..to. */
static ltn_status replace_product(replacement *r, int32_t *entry, const ltn_column *units, double *value, size_t at,
                                  size_t source, int32_t from, int32_t to)
{
    if (!(*value > 0)) { /* 0 too: what it emits tells nothing of what it would at another value */
        r->passed[*entry]++;
        *entry = -1;
        return LTN_OK;
    }
    ltn_status status = find_scale(r, *entry, units, at, source);
    if (status) return status;
    double mean = r->mean[*entry] * r->last_scale;
    for (int32_t row = from; !status && row < to; row++)
        status = scale_row(r, *entry, source, (size_t)row, mean / *value);
    *value = mean;
    r->replaced[*entry]++;
    return status;
}

static ltn_status replace_activities(replacement *r, int32_t *entry)
{
    ltn_inventory *base = r->program->base;
    const ltn_column *units = ltn_source_column_of(base, LTN_ACTIVITY_UNIT);
    double *values = ltn_source_column_of(base, LTN_ACTIVITY)->numbers;
    ltn_status status = LTN_OK;
    for (size_t s = 0; !status && s < base->sources->rows; s++)
        if (entry[s] >= 0 && !isnan(r->mean[entry[s]]))
            status = replace_product(r, &entry[s], units, &values[s], s, s, base->first[s], base->first[s + 1]);
    return status;
}

static ltn_status replace_factors(replacement *r, int32_t *entry)
{
    ltn_inventory *base = r->program->base;
    const ltn_column *units = ltn_emission_column_of(base, LTN_FACTOR_UNIT);
    double *values = ltn_emission_column_of(base, LTN_FACTOR)->numbers;
    ltn_status status = LTN_OK;
    for (size_t s = 0; s < base->sources->rows; s++)
        for (int32_t row = base->first[s]; !status && row < base->first[s + 1]; row++)
            if (entry[row] >= 0 && !isnan(r->mean[entry[row]]))
                status = replace_product(r, &entry[row], units, &values[row], (size_t)row, s, row, row + 1);
    return status;
}

static ltn_status replace_removal(replacement *r, int32_t *entry, size_t source, size_t row)
{
    ltn_inventory *base = r->program->base;
    double *value = &ltn_emission_column_of(base, LTN_REMOVAL)->numbers[row], mean = r->mean[*entry];
    double removal = base->assumed[row] ? 0 : *value;
    if (!(removal < 1)) { /* unknown, or nothing is left to tell what was there */
        r->passed[*entry]++;
        *entry = -1;
        return LTN_OK;
    }
    *value = mean;
    base->assumed_count -= base->assumed[row];
    base->assumed[row] = 0;
    r->replaced[*entry]++;
    return scale_row(r, *entry, source, row, (1 - mean) / (1 - removal));
}

static ltn_status replace_removals(replacement *r, int32_t *entry)
{
    ltn_inventory *base = r->program->base;
    ltn_status status = LTN_OK;
    for (size_t s = 0; s < base->sources->rows; s++)
        for (int32_t row = base->first[s]; !status && row < base->first[s + 1]; row++)
            if (entry[row] >= 0 && !isnan(r->mean[entry[row]]))
                status = replace_removal(r, &entry[row], s, (size_t)row);
    return status;
}

static ltn_status note_replaced(const replacement *r)
{
    ltn_status status = LTN_OK;
    const ltn_scenario *s = r->program->scenario;
    const char *unit = r->quantity == LTN_UNCERTAIN_ACTIVITY ? "sources" : "rows";
    for (size_t i = 0; !status && i < s->uncertain_count; i++) {
        if (r->replaced[i])
            status = ltn_note_uncertain(r->program, LTN_NOTE_MEAN_REPLACES, &s->uncertainty[i], r->quantity,
                                        (double)r->replaced[i], unit);
        if (!status && r->passed[i])
            status = ltn_note_uncertain(r->program, LTN_NOTE_MEAN_NOT_PLACED, &s->uncertainty[i], r->quantity,
                                        (double)r->passed[i], unit);
    }
    return status;
}

/* True where an entry gives the quantity a mean of its own. */
static bool find_means(replacement *r)
{
    bool any = false;
    const ltn_scenario *s = r->program->scenario;
    for (size_t i = 0; i < s->uncertain_count; i++) {
        const ltn_quantity *q = &s->uncertainty[i].quantity[r->quantity];
        r->mean[i] = q->given && !q->relative ? ltn_quantity_mean(q) : NAN;
        any |= !isnan(r->mean[i]);
    }
    return any;
}

static ltn_status replace(replacement *r, int32_t *entry)
{
    static ltn_status (*const replace_all[])(replacement *, int32_t *) = {
        [LTN_UNCERTAIN_ACTIVITY] = replace_activities,
        [LTN_UNCERTAIN_FACTOR] = replace_factors,
        [LTN_UNCERTAIN_REMOVAL] = replace_removals,
    };
    if (!find_means(r)) return LTN_OK;
    ltn_status status = make_private(r->program);
    if (status) return status;
    r->month_count = ltn_month_columns(r->program->base->emissions, r->months);
    r->last_entry = -1;
    status = replace_all[r->quantity](r, entry);
    return status ? status : note_replaced(r);
}

ltn_status ltn_own_means(ltn_program *p, int32_t *const entry[LTN_UNCERTAIN_QUANTITIES])
{
    ltn_status status = LTN_OK;
    size_t count = p->scenario->uncertain_count;
    for (int q = 0; !status && q < LTN_UNCERTAIN_QUANTITIES; q++) {
        replacement r = {.program = p, .quantity = q};
        if (!entry[q]) continue;
        r.mean = ltn_alloc(count, sizeof *r.mean);
        r.replaced = ltn_alloc(count, sizeof *r.replaced);
        r.passed = ltn_alloc(count, sizeof *r.passed);
        status = r.mean && r.replaced && r.passed ? replace(&r, entry[q]) : LTN_ENOMEM;
        free(r.mean);
        free(r.replaced);
        free(r.passed);
    }
    return status;
}
