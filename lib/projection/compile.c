/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/sum.h"
#include "base/unit.h"
#include "projection/packets.h"
#include "projection/parameters.h"
#include "projection/row_inputs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One measure on its way to a step. */
typedef struct compiler {
    ltn_program *program;
    ltn_step *step;
    const ltn_measure *measure;
    size_t index;
} compiler;

const char *ltn_program_source_id(const ltn_program *p, int32_t source)
{
    size_t at;
    const ltn_inventory *inventory = ltn_program_source(p, source, &at);
    return ltn_source_text(inventory, at, LTN_SOURCE);
}

static ltn_status note(const compiler *c, ltn_note_code code, int32_t source, double value, const char *unit,
                       const char *detail)
{
    return ltn_notes_add(&c->program->notes, &(ltn_note){code, 0, (int32_t)c->index, source, value, unit, detail});
}

static double activity_of(const ltn_program *p, int32_t source)
{
    size_t at;
    const ltn_inventory *inventory = ltn_program_source(p, source, &at);
    return ltn_source_column_of(inventory, LTN_ACTIVITY)->numbers[at];
}

static const char *activity_unit_of(const ltn_program *p, int32_t source)
{
    size_t at;
    const ltn_inventory *inventory = ltn_program_source(p, source, &at);
    return ltn_source_text(inventory, at, LTN_ACTIVITY_UNIT);
}

static const char *pollutant_of(const ltn_program *p, int32_t row)
{
    size_t at;
    const ltn_inventory *inventory = ltn_program_row(p, row, &at);
    return ltn_table_text(inventory->emissions, at, LTN_POLLUTANT);
}

/* ---- selecting ---- */

/* A selector's answer for the base and, after it, for the rows derived so far. */
typedef struct choice {
    ltn_selection parts[2];
    size_t count; /* of all sources, or rows, taken */
} choice;

static void free_choice(choice *chosen)
{
    ltn_selection_free(&chosen->parts[0]);
    ltn_selection_free(&chosen->parts[1]);
}

static ltn_status choose(const ltn_program *p, const ltn_selector *selector, choice *out)
{
    *out = (choice){0};
    ltn_status status = ltn_select(selector, p->base, p->derived, &out->parts[0]);
    if (!status) status = ltn_select(selector, p->derived, p->base, &out->parts[1]);
    if (status) {
        free_choice(out);
        return status;
    }
    for (size_t part = 0; part < 2; part++)
        for (size_t i = 0; i < out->parts[part].rows; i++) out->count += out->parts[part].taken[i];
    return LTN_OK;
}

static ltn_status list_chosen(const choice *chosen, int32_t **list, size_t *count)
{
    if (!(*list = ltn_alloc(chosen->count, sizeof **list))) return LTN_ENOMEM;
    *count = 0;
    for (size_t part = 0, start = 0; part < 2; start += chosen->parts[part++].rows)
        for (size_t i = 0; i < chosen->parts[part].rows; i++)
            if (chosen->parts[part].taken[i]) (*list)[(*count)++] = (int32_t)(start + i);
    return LTN_OK;
}

static ltn_status note_choice(const compiler *c, const choice *chosen)
{
    ltn_status status = chosen->count ? LTN_OK : note(c, LTN_NOTE_SELECTS_NOTHING, -1, 0, NULL, NULL);
    const ltn_selection *base = &chosen->parts[0];
    for (size_t i = 0; !status && i < base->absent_count; i++)
        if (base->absent[i].count)
            status = note(c, LTN_NOTE_MISSING_VALUE, -1, (double)base->absent[i].count,
                          base->by_emission ? "rows" : "sources", base->absent[i].column);
    return status;
}

/* The emission rows of all chosen sources. */
static ltn_status list_rows_of_sources(const ltn_program *p, ltn_step *step)
{
    size_t count = 0;
    int32_t from, to;
    for (size_t i = 0; i < step->source_count; i++) {
        ltn_program_rows(p, step->sources[i], &from, &to);
        count += (size_t)(to - from);
    }
    if (!(step->rows = ltn_alloc(count, sizeof *step->rows))) return LTN_ENOMEM;
    for (size_t i = 0; i < step->source_count; i++) {
        ltn_program_rows(p, step->sources[i], &from, &to);
        for (int32_t row = from; row < to; row++) step->rows[step->row_count++] = row;
    }
    return LTN_OK;
}

/* Steps that control single emissions need rows whatever the selector chose. */
static ltn_status select_for(compiler *c)
{
    ltn_step *step = c->step;
    choice chosen;
    ltn_status status = choose(c->program, c->measure->where, &chosen);
    if (status) return status;
    step->by_emission = chosen.parts[0].by_emission;
    status = note_choice(c, &chosen);
    if (!status && step->by_emission) status = list_chosen(&chosen, &step->rows, &step->row_count);
    if (!status && !step->by_emission) status = list_chosen(&chosen, &step->sources, &step->source_count);
    free_choice(&chosen);
    bool wants_rows = c->measure->action == LTN_CONTROL || c->measure->action == LTN_LIMIT;
    if (!status && wants_rows && !step->by_emission) status = list_rows_of_sources(c->program, step);
    if (wants_rows) {
        free(step->sources);
        step->sources = NULL;
        step->source_count = 0;
    }
    return status;
}

/* ---- replacements ---- */

/* The unit of a new activity: the denominator of ncv_new. */
static const char *denominator(const char *unit)
{
    const char *slash = strchr(unit, '/');
    return slash ? slash + 1 : unit;
}

/* New activity per old activity, energy for energy. */
static ltn_status exchange_of(const ltn_replace *r, const char *activity_unit, double *out)
{
    const char *old[] = {activity_unit, r->ncv_old.unit}, *new[] = {denominator(r->ncv_new.unit), r->ncv_new.unit};
    double heat_old, heat_new;
    if (ltn_unit_product_scale(old, 2, "MJ", &heat_old))
        return ltn_fail(LTN_EUNIT, &r->ncv_old.place, "ncv_old in '%s' does not go with an activity in '%s'",
                        r->ncv_old.unit, activity_unit);
    if (ltn_unit_product_scale(new, 2, "MJ", &heat_new))
        return ltn_fail(LTN_EUNIT, &r->ncv_new.place, "ncv_new in '%s' is no energy per amount", r->ncv_new.unit);
    *out = heat_old * ltn_quantity_mean(&r->ncv_old) * ltn_quantity_mean(&r->efficiency_old) /
           (heat_new * ltn_quantity_mean(&r->ncv_new) * ltn_quantity_mean(&r->efficiency_new));
    return LTN_OK;
}

/* Tonnes per new activity of each factor. */
static ltn_status tonnes_of(const ltn_factors *factors, const char *activity_unit, double **out)
{
    if (!(*out = ltn_alloc(factors->count, sizeof **out))) return LTN_ENOMEM;
    for (size_t i = 0; i < factors->count; i++) {
        const ltn_quantity *value = &factors->items[i].value;
        const char *units[] = {activity_unit, value->unit};
        (*out)[i] =
            ltn_quantity_mean(value) * (activity_unit ? ltn_tonnes_per(units, 2) : ltn_tonnes_per(&value->unit, 1));
        if (!isnan((*out)[i])) continue;
        if (!activity_unit)
            return ltn_fail(LTN_EUNIT, &value->place, "'%s' is no mass a year; expected for example 't/yr'",
                            value->unit);
        return ltn_fail(LTN_EUNIT, &value->place, "factor in '%s' times an activity in '%s' is no mass", value->unit,
                        activity_unit);
    }
    return LTN_OK;
}

static bool names_pollutant(const ltn_factors *factors, const char *pollutant)
{
    for (size_t i = 0; i < factors->count; i++)
        if (strcmp(factors->items[i].pollutant.name, pollutant) == 0) return true;
    return false;
}

/* Every pollutant of the old row must be named, so that none is lost by forgetting it. */
static ltn_status check_pollutants(const compiler *c, int32_t source, const ltn_factors *factors)
{
    int32_t from, to;
    ltn_program_rows(c->program, source, &from, &to);
    for (int32_t row = from; row < to; row++) {
        const char *pollutant = pollutant_of(c->program, row);
        if (names_pollutant(factors, pollutant)) continue;
        bool fleet = c->measure->action == LTN_TURNOVER;
        return ltn_fail(LTN_EINPUT, &factors->place,
                        "source '%s' emits %s, which factors: does not name; give it a factor%s",
                        ltn_program_source_id(c->program, source), pollutant, fleet ? "" : ", or say other: none");
    }
    return LTN_OK;
}

static ltn_status alloc_derived(ltn_step *step, size_t each)
{
    step->derived = ltn_alloc(step->source_count * each, sizeof *step->derived);
    step->exchange = ltn_alloc(step->source_count, sizeof *step->exchange);
    return step->derived && step->exchange ? LTN_OK : LTN_ENOMEM;
}

static ltn_status compile_replace(compiler *c, const ltn_replace *r)
{
    if (!r->given) return LTN_OK;
    ltn_step *step = c->step;
    double *tonnes = NULL;
    const char *unit = denominator(r->ncv_new.unit), *last_unit = NULL;
    double last_exchange = 0;
    ltn_status status = alloc_derived(step, 1);
    if (!status) status = tonnes_of(&r->factors, unit, &tonnes);
    ltn_derivation d = {.measure = c->measure->id,
                        .number = (int32_t)c->index,
                        .given = &r->factors,
                        .fuel = r->fuel,
                        .sector = r->sector,
                        .activity_unit = unit,
                        .factors = &r->factors,
                        .per_activity = tonnes,
                        .place = r->place};
    for (size_t i = 0; !status && i < step->source_count; i++) {
        int32_t source = step->sources[i];
        const char *old_unit = activity_unit_of(c->program, source);
        step->derived[i] = -1;
        if (isnan(activity_of(c->program, source)) || !old_unit) {
            status = note(c, LTN_NOTE_REPLACE_SKIPPED, source, 1, "source", NULL);
            continue;
        }
        if (!r->other) status = check_pollutants(c, source, &r->factors);
        /* Units are few and rows of one unit stand together. */
        if (!status && (!last_unit || strcmp(last_unit, old_unit) != 0))
            status = exchange_of(r, old_unit, &last_exchange);
        last_unit = old_unit;
        step->exchange[i] = last_exchange;
        d.origin = source;
        if (!status) status = ltn_derive_source(c->program, &d, &step->derived[i]);
    }
    free(tonnes);
    return status;
}

/* ---- turnover ---- */

static int32_t find_stage(const ltn_turnover *t, const char *stage)
{
    for (size_t i = 0; stage && i < t->retire_count; i++)
        if (strcmp(t->retire[i].stage.name, stage) == 0) return (int32_t)i;
    return -1;
}

static bool is_sold(const ltn_turnover *t, const char *stage)
{
    for (size_t k = 0; stage && k < t->to_count; k++)
        if (strcmp(t->to[k].stage.name, stage) == 0) return true;
    return false;
}

/* The columns a turnover reads, of the type it needs; `age` -1 where it needs none. */
static ltn_status find_fleet_columns(const compiler *c, const ltn_turnover *t, int *stage, int *age)
{
    const ltn_table *sources = c->program->base->sources;
    *stage = ltn_table_find(sources, t->stage);
    *age = t->age ? ltn_table_find(sources, t->age) : -1;
    if (*stage < 0 || ltn_table_type(sources, (size_t)*stage) != LTN_TEXT)
        return ltn_fail(LTN_EINPUT, &t->stage_place,
                        "the inventory has no text column '%s' that could hold the emission stage", t->stage);
    if (t->age && (*age < 0 || ltn_table_type(sources, (size_t)*age) != LTN_NUMBER))
        return ltn_fail(LTN_EINPUT, &t->age_place,
                        "the inventory has no column of numbers '%s' that could hold the model year", t->age);
    return LTN_OK;
}

/* Whether the survival table tells what is left of a model year. */
static bool survival_tells(const compiler *c, const ltn_turnover *t, double model_year)
{
    int base_year = c->program->scenario->base_year;
    return model_year <= base_year && ltn_survival_at(&t->survival, base_year - model_year) > 0;
}

/* Keeps the sources whose stage is one of those that retire; under survival, those that are of no stage sold and
 * whose age is known, the rest noted. */
static ltn_status keep_retiring(compiler *c, const ltn_turnover *t)
{
    ltn_step *step = c->step;
    int column, age;
    if (!step->source_count) return LTN_OK;
    ltn_status status = find_fleet_columns(c, t, &column, &age);
    if (status) return status;
    step->item = ltn_alloc(step->source_count, sizeof *step->item);
    step->model_year = ltn_alloc(step->source_count, sizeof *step->model_year);
    if (!step->item || !step->model_year) return LTN_ENOMEM;
    size_t kept = 0;
    for (size_t i = 0; !status && i < step->source_count; i++) {
        size_t at;
        int32_t source = step->sources[i];
        const ltn_inventory *inventory = ltn_program_source(c->program, source, &at);
        const char *stage = ltn_table_text(inventory->sources, at, (size_t)column);
        int32_t item = find_stage(t, stage);
        double model_year = age < 0 ? NAN : ltn_table_number(inventory->sources, at, (size_t)age);
        if (t->age ? is_sold(t, stage) : item < 0) continue;
        if (t->age && !survival_tells(c, t, model_year)) {
            status = note(c, LTN_NOTE_TURNOVER_SKIPPED, source, 1, "source", t->age);
            continue;
        }
        step->sources[kept] = source;
        step->model_year[kept] = model_year;
        step->item[kept++] = item;
    }
    step->source_count = kept;
    return status;
}

/* EF' = EF · VKT [g/km · km/vehicle = g/vehicle], so that the new row's factor goes with its activity. */
static void multiply_by_vkt(ltn_quantity *factor, const ltn_quantity *vkt)
{
    static const char *const per_vehicle[] = {"g/vehicle", "g/vehicle/yr"};
    const char *units[] = {factor->unit, vkt->unit};
    double scale;
    for (size_t i = 0; i < 2; i++) {
        if (ltn_unit_product_scale(units, 2, per_vehicle[i], &scale)) continue;
        double value = ltn_quantity_mean(factor) * ltn_quantity_mean(vkt) * scale;
        factor->value = (ltn_distribution){LTN_CONSTANT, {value}};
        factor->unit = per_vehicle[i];
        return;
    }
}

/* A sold stage's factors for one activity unit. */
typedef struct fleet_stage {
    ltn_factors factors;
    double *tonnes;
} fleet_stage;

static void free_stages(fleet_stage *stages, size_t count)
{
    for (size_t k = 0; stages && k < count; k++) {
        free(stages[k].factors.items);
        free(stages[k].tonnes);
        stages[k] = (fleet_stage){0};
    }
}

/* Factors per distance go with vehicles through vkt. */
static ltn_status reckon_stage(const ltn_turnover *t, const ltn_factors *given, const char *activity_unit,
                               fleet_stage *out)
{
    out->factors = *given;
    if (!(out->factors.items = ltn_alloc(given->count, sizeof *given->items))) return LTN_ENOMEM;
    for (size_t i = 0; i < given->count; i++) {
        out->factors.items[i] = given->items[i];
        ltn_quantity *factor = &out->factors.items[i].value;
        const char *alone[] = {activity_unit, factor->unit},
                   *driven[] = {activity_unit, t->vkt.given ? t->vkt.unit : "km/vehicle", factor->unit};
        if (!isnan(ltn_tonnes_per(alone, 2)) || isnan(ltn_tonnes_per(driven, 3))) continue;
        if (!t->vkt.given)
            return ltn_fail(LTN_EUNIT, &factor->place,
                            "factor in '%s' times an activity in '%s' is no mass; give the distance a vehicle drives "
                            "in a year, for example vkt: 60000 km/vehicle",
                            factor->unit, activity_unit);
        multiply_by_vkt(factor, &t->vkt);
    }
    return tonnes_of(&out->factors, activity_unit, &out->tonnes);
}

static ltn_status reckon_stages(const ltn_turnover *t, const char *activity_unit, fleet_stage *stages)
{
    ltn_status status = LTN_OK;
    free_stages(stages, t->to_count);
    for (size_t k = 0; !status && k < t->to_count; k++)
        status = reckon_stage(t, &t->to[k].factors, activity_unit, &stages[k]);
    return status;
}

/* A new row for each stage sold. Its vehicles are of many model years, so that column stays empty. */
static ltn_status derive_stages(compiler *c, size_t i, const fleet_stage *stages)
{
    const ltn_turnover *t = &c->measure->turnover;
    ltn_status status = LTN_OK;
    for (size_t k = 0; !status && k < t->to_count; k++) {
        const char *stage = t->to[k].stage.name;
        ltn_derivation d = {.origin = c->step->sources[i],
                            .number = (int32_t)c->index,
                            .given = &t->to[k].factors,
                            .vkt = t->vkt.given ? &t->vkt : NULL,
                            .suffix = t->to_count > 1 ? stage : NULL,
                            .measure = c->measure->id,
                            .column = t->stage,
                            .value = stage,
                            .blank = t->age,
                            .factors = &stages[k].factors,
                            .per_activity = stages[k].tonnes,
                            .place = t->place};
        status = ltn_derive_source(c->program, &d, &c->step->derived[i * t->to_count + k]);
    }
    return status;
}

static ltn_status check_stages(const compiler *c, int32_t source)
{
    const ltn_turnover *t = &c->measure->turnover;
    ltn_status status = LTN_OK;
    for (size_t k = 0; !status && k < t->to_count; k++) status = check_pollutants(c, source, &t->to[k].factors);
    return status;
}

/* The new stages' rows have the old one's activity unit and their own factors; units differ rarely, so the
 * tonnes are reckoned anew where they do. */
static ltn_status compile_turnover(compiler *c)
{
    const ltn_turnover *t = &c->measure->turnover;
    ltn_step *step = c->step;
    ltn_status status = keep_retiring(c, t);
    if (!status) status = alloc_derived(step, t->to_count);
    fleet_stage *stages = ltn_alloc(t->to_count, sizeof *stages);
    if (!stages) status = LTN_ENOMEM;
    const char *last_unit = NULL;
    for (size_t i = 0; !status && i < step->source_count; i++) {
        int32_t source = step->sources[i];
        const char *unit = activity_unit_of(c->program, source);
        for (size_t k = 0; k < t->to_count; k++) step->derived[i * t->to_count + k] = -1;
        if (isnan(activity_of(c->program, source)) || !unit) {
            status = note(c, LTN_NOTE_REPLACE_SKIPPED, source, 1, "source", NULL);
            continue;
        }
        status = check_stages(c, source);
        if (!status && (!last_unit || strcmp(last_unit, unit) != 0)) status = reckon_stages(t, unit, stages);
        last_unit = unit;
        if (!status) status = derive_stages(c, i, stages);
    }
    free_stages(stages, t->to_count);
    free(stages);
    return status;
}

/* ---- add ---- */

static ltn_status compile_add(compiler *c)
{
    const ltn_add *add = &c->measure->add;
    double *tonnes = NULL;
    ltn_status status = tonnes_of(&add->emissions, NULL, &tonnes);
    ltn_derivation d = {.origin = -1,
                        .id = add->source,
                        .number = (int32_t)c->index,
                        .given = &add->emissions,
                        .measure = c->measure->id,
                        .fuel = add->fuel,
                        .region = add->region,
                        .sector = add->sector,
                        .name = add->name,
                        .owner = add->owner,
                        .facility = add->facility,
                        .placed = add,
                        .factors = &add->emissions,
                        .per_activity = tonnes,
                        .tonnes = true,
                        .place = add->place};
    if (!status) status = ltn_derive_source(c->program, &d, &c->step->added);
    free(tonnes);
    return status;
}

/* ---- ban ---- */

/* Keeps what a ban can act on: sources of the base that may grow, and new sources. Rows that other measures made
 * out of the base's are neither. */
static ltn_status compile_ban(compiler *c)
{
    const ltn_ban *ban = &c->measure->ban;
    ltn_step *step = c->step;
    int origin = ltn_table_find(c->program->derived->sources, "origin");
    if (!(step->item = ltn_alloc(step->source_count, sizeof *step->item))) return LTN_ENOMEM;
    size_t kept = 0;
    ltn_status status = LTN_OK;
    for (size_t i = 0; !status && i < step->source_count; i++) {
        int32_t source = step->sources[i];
        bool derived = (size_t)source >= c->program->base_sources;
        size_t at = (size_t)source - c->program->base_sources;
        bool added = derived && !ltn_table_text(c->program->derived->sources, at, (size_t)origin);
        if (derived ? !(added && ban->added) : !ban->growth) continue;
        if (!derived && isnan(activity_of(c->program, source))) {
            status = note(c, LTN_NOTE_BAN_SKIPPED, source, 1, "source", NULL);
            continue;
        }
        step->sources[kept] = source;
        step->item[kept++] = added;
    }
    step->source_count = kept;
    return status;
}

/* ---- cap ---- */

/* Marks the chosen sources that a list of selectors takes and that have no tier yet. */
static ltn_status mark_tier(compiler *c, const ltn_selector *selector, int32_t tier, int32_t unset)
{
    choice chosen;
    ltn_status status = choose(c->program, selector, &chosen);
    if (status) return status;
    for (size_t i = 0; i < c->step->source_count; i++) {
        size_t at, part = (size_t)c->step->sources[i] >= c->program->base_sources;
        ltn_program_source(c->program, c->step->sources[i], &at);
        if (c->step->tier[i] == unset && chosen.parts[part].taken[at]) c->step->tier[i] = tier;
    }
    free_choice(&chosen);
    return LTN_OK;
}

static ltn_status set_tiers(compiler *c)
{
    enum { UNSET = -2 };
    const ltn_cap *cap = &c->measure->cap;
    ltn_step *step = c->step;
    for (size_t i = 0; i < step->source_count; i++) step->tier[i] = UNSET;
    ltn_status status = LTN_OK;
    for (size_t s = 0; !status && s < cap->protect.count; s++)
        status = mark_tier(c, cap->protect.items[s], LTN_TIER_PROTECTED, UNSET);
    for (size_t s = 0; !status && s < cap->cut_first.count; s++)
        status = mark_tier(c, cap->cut_first.items[s], (int32_t)s, UNSET);
    step->tiers = (int32_t)cap->cut_first.count + 1;
    for (size_t i = 0; i < step->source_count; i++)
        if (step->tier[i] == UNSET) step->tier[i] = step->tiers - 1;
    return status;
}

double ltn_amount_scale(const char *from, const char *to)
{
    double scale;
    const char *a_year[] = {from, "yr-1"}, *for_a_year[] = {from, "yr"};
    if (ltn_unit_scale(from, to, &scale) == LTN_OK) return scale;
    if (ltn_unit_product_scale(a_year, 2, to, &scale) == LTN_OK) return scale;
    return ltn_unit_product_scale(for_a_year, 2, to, &scale) == LTN_OK ? scale : NAN;
}

/* Sources without an activity are left out, each noted. */
static ltn_status drop_inactive(compiler *c)
{
    ltn_step *step = c->step;
    size_t kept = 0;
    ltn_status status = LTN_OK;
    for (size_t i = 0; !status && i < step->source_count; i++) {
        if (isnan(activity_of(c->program, step->sources[i])) || !activity_unit_of(c->program, step->sources[i]))
            status = note(c, LTN_NOTE_CAP_SKIPPED, step->sources[i], 1, "source", NULL);
        else
            step->sources[kept++] = step->sources[i];
    }
    step->source_count = kept;
    return status;
}

/* Megajoules in one activity of a source: by its fuel's heating value (its number through `item`), or by its unit
 * (then -1); NaN where neither tells. */
static double energy_scale(const compiler *c, int32_t source, int32_t *item)
{
    size_t at;
    const ltn_inventory *inventory = ltn_program_source(c->program, source, &at);
    const char *fuel = ltn_source_text(inventory, at, LTN_FUEL), *unit = activity_unit_of(c->program, source);
    const ltn_factors *ncv = &c->measure->cap.ncv;
    double scale;
    *item = -1;
    for (size_t i = 0; fuel && i < ncv->count; i++) {
        if (strcmp(ncv->items[i].pollutant.name, fuel) != 0) continue;
        *item = (int32_t)i;
        const char *units[] = {unit, ncv->items[i].value.unit};
        return ltn_unit_product_scale(units, 2, "MJ", &scale) ? NAN : scale * ltn_quantity_mean(&ncv->items[i].value);
    }
    return ltn_unit_scale(unit, "MJ", &scale) ? NAN : scale;
}

static ltn_status unlike_units(const compiler *c, int32_t source)
{
    return ltn_fail(LTN_EUNIT, &c->measure->place,
                    "the cap '%s' sums activities of different dimension: source '%s' is in '%s', others in '%s'",
                    c->measure->id, ltn_program_source_id(c->program, source), activity_unit_of(c->program, source),
                    c->step->unit);
}

static ltn_status set_cap_units(compiler *c)
{
    const ltn_cap *cap = &c->measure->cap;
    ltn_step *step = c->step;
    bool energy = cap->of == LTN_CAP_OF_ENERGY;
    step->unit = energy                ? "MJ"
                 : *cap->activity.unit ? cap->activity.unit
                 : step->source_count  ? activity_unit_of(c->program, step->sources[0])
                                       : "";
    const char *last = NULL;
    double scale = 1;
    for (size_t i = 0; i < step->source_count; i++) {
        const char *unit = activity_unit_of(c->program, step->sources[i]);
        step->item[i] = -1;
        if (energy)
            scale = energy_scale(c, step->sources[i], &step->item[i]);
        else if (!last || strcmp(last, unit) != 0)
            scale = ltn_amount_scale(unit, step->unit);
        last = unit;
        if (isnan(scale)) return unlike_units(c, step->sources[i]);
        step->to_unit[i] = scale;
    }
    return LTN_OK;
}

/* The sources whose energy is the whole; those that tell no energy are left out, each noted. */
static ltn_status list_among(compiler *c)
{
    ltn_step *step = c->step;
    choice chosen;
    ltn_status status = choose(c->program, c->measure->cap.among, &chosen);
    if (status) return status;
    if (chosen.parts[0].by_emission)
        status = ltn_fail(LTN_EINPUT, &c->measure->place, "among: chooses sources; it cannot choose pollutants");
    if (!status) status = list_chosen(&chosen, &step->among, &step->among_count);
    step->among_to_unit = ltn_alloc(step->among_count, sizeof *step->among_to_unit);
    step->among_item = ltn_alloc(step->among_count, sizeof *step->among_item);
    if (!step->among_to_unit || !step->among_item) status = LTN_ENOMEM;
    size_t kept = 0;
    for (size_t i = 0; !status && i < step->among_count; i++) {
        int32_t source = step->among[i];
        bool active = !isnan(activity_of(c->program, source)) && activity_unit_of(c->program, source);
        double scale = active ? energy_scale(c, source, &step->among_item[kept]) : NAN;
        if (isnan(scale)) {
            status = note(c, LTN_NOTE_CAP_SKIPPED, source, 1, "source", NULL);
            continue;
        }
        step->among[kept] = source;
        step->among_to_unit[kept++] = scale;
    }
    step->among_count = kept;
    free_choice(&chosen);
    return status;
}

static ltn_status compile_cap(compiler *c)
{
    ltn_step *step = c->step;
    ltn_status status = drop_inactive(c);
    step->tier = ltn_alloc(step->source_count, sizeof *step->tier);
    step->item = ltn_alloc(step->source_count, sizeof *step->item);
    step->to_unit = ltn_alloc(step->source_count, sizeof *step->to_unit);
    if (!step->tier || !step->item || !step->to_unit) return LTN_ENOMEM;
    if (!status) status = set_tiers(c);
    if (!status) status = set_cap_units(c);
    step->total_count = LTN_TOTAL_TIERS + (size_t)step->tiers + LTN_TOTALS_AFTER_TIERS;
    return status || c->measure->cap.of != LTN_CAP_OF_ENERGY ? status : list_among(c);
}

/* ---- control and limit ---- */

/* Keeps the rows whose pollutant has an item (a device, a ceiling), and notes which. */
static ltn_status match_items(compiler *c, const ltn_named *const *names, size_t count)
{
    ltn_step *step = c->step;
    const ltn_dictionary *pollutants = c->program->derived->emissions->columns[LTN_POLLUTANT].words;
    int32_t *item_of = ltn_alloc(pollutants->count, sizeof *item_of);
    step->item = ltn_alloc(step->row_count, sizeof *step->item);
    if (!item_of || !step->item) {
        free(item_of);
        return LTN_ENOMEM;
    }
    for (size_t w = 0; w < pollutants->count; w++) item_of[w] = -1;
    for (size_t i = 0; i < count; i++) {
        int32_t code = ltn_dictionary_find(pollutants, names[i]->name, strlen(names[i]->name));
        if (code >= 0) item_of[code] = (int32_t)i;
    }
    size_t kept = 0;
    for (size_t i = 0; i < step->row_count; i++) {
        size_t at;
        const ltn_inventory *inventory = ltn_program_row(c->program, step->rows[i], &at);
        int32_t item = item_of[ltn_emission_column_of(inventory, LTN_POLLUTANT)->codes[at]];
        if (item < 0) continue;
        step->rows[kept] = step->rows[i];
        step->item[kept++] = item;
    }
    step->row_count = kept;
    free(item_of);
    ltn_status status = LTN_OK;
    for (size_t i = 0; !status && i < count; i++) {
        size_t row = 0;
        while (row < kept && step->item[row] != (int32_t)i) row++;
        if (row == kept) status = note(c, LTN_NOTE_NO_SUCH_POLLUTANT, -1, 0, "rows", names[i]->name);
    }
    return status;
}

static ltn_status compile_control(compiler *c)
{
    const ltn_control *control = &c->measure->control;
    const ltn_named **names = ltn_alloc(control->count, sizeof *names);
    if (!names) return LTN_ENOMEM;
    for (size_t i = 0; i < control->count; i++) names[i] = &control->devices[i].pollutant;
    ltn_status status = match_items(c, names, control->count);
    free(names);
    return status;
}

/* Flue gas at the reference oxygen; a volume at 0 % O2 is diluted by 20.9/(20.9 − O2). */
static double flue_gas_of(const ltn_limit *limit, const char **unit)
{
    static const double oxygen_of_air = 0.209;
    const ltn_quantity *q = limit->flue_gas_0.given ? &limit->flue_gas_0 : &limit->flue_gas;
    *unit = q->unit;
    double dilution = limit->flue_gas_0.given ? oxygen_of_air / (oxygen_of_air - ltn_quantity_mean(&limit->oxygen)) : 1;
    return ltn_quantity_mean(q) * dilution;
}

/* A ceiling in tonnes per activity of a unit. */
static ltn_status ceiling_per_activity(const ltn_limit *limit, const ltn_quantity *value, const char *activity_unit,
                                       double *out)
{
    double scale;
    bool gas = limit->flue_gas.given || limit->flue_gas_0.given,
         concentration = ltn_unit_scale(value->unit, "mg/m3", &scale) == LTN_OK;
    const char *flue_unit = NULL;
    double flue = gas ? flue_gas_of(limit, &flue_unit) : 1;
    const char *with_gas[] = {activity_unit, flue_unit, value->unit}, *without[] = {activity_unit, value->unit};
    bool through_gas = gas && concentration;
    *out = ltn_quantity_mean(value) * (through_gas ? flue * ltn_tonnes_per(with_gas, 3) : ltn_tonnes_per(without, 2));
    if (!isnan(*out)) return LTN_OK;
    if (concentration && !gas)
        return ltn_fail(LTN_EUNIT, &value->place, "a limit in '%s' needs flue_gas:, the volume per activity in '%s'",
                        value->unit, activity_unit);
    if (through_gas)
        return ltn_fail(LTN_EUNIT, &value->place, "flue_gas in '%s' does not go with an activity in '%s'", flue_unit,
                        activity_unit);
    return ltn_fail(LTN_EUNIT, &value->place, "a limit in '%s' times an activity in '%s' is no mass", value->unit,
                    activity_unit);
}

static ltn_status set_absolute(compiler *c, const ltn_limit *limit)
{
    if (!(c->step->absolute = ltn_alloc(limit->ceilings.count, sizeof(double)))) return LTN_ENOMEM;
    for (size_t i = 0; i < limit->ceilings.count; i++) {
        const ltn_quantity *value = &limit->ceilings.items[i].value;
        c->step->absolute[i] = ltn_quantity_mean(value) * ltn_tonnes_per(&value->unit, 1);
    }
    return LTN_OK;
}

/* The ceiling per activity that was last reckoned for each item: units come in runs. */
typedef struct known_ceiling {
    const char *unit;
    double value;
} known_ceiling;

static ltn_status reckon_ceiling(const compiler *c, const ltn_limit *limit, int32_t source, int32_t item,
                                 known_ceiling *known, double *out)
{
    const char *unit = activity_unit_of(c->program, source);
    *out = NAN;
    if (isnan(activity_of(c->program, source)) || !unit)
        return note(c, LTN_NOTE_LIMIT_SKIPPED, source, 1, "row", limit->ceilings.items[item].pollutant.name);
    known_ceiling *k = &known[item];
    ltn_status status = LTN_OK;
    if (!k->unit || strcmp(k->unit, unit) != 0)
        status = ceiling_per_activity(limit, &limit->ceilings.items[item].value, unit, &k->value);
    k->unit = unit;
    *out = k->value;
    return status;
}

/* Rows whose ceiling needs an activity that is not known are left out. */
static ltn_status set_ceilings(compiler *c, const ltn_limit *limit)
{
    ltn_step *step = c->step;
    known_ceiling *known = ltn_alloc(limit->ceilings.count, sizeof *known);
    step->per_activity = ltn_alloc(step->row_count, sizeof *step->per_activity);
    ltn_status status = known && step->per_activity ? LTN_OK : LTN_ENOMEM;
    size_t kept = 0;
    int32_t source = 0;
    for (size_t i = 0; !status && i < step->row_count; i++) {
        int32_t row = step->rows[i], item = step->item[i];
        bool absolute = !isnan(step->absolute[item]);
        double ceiling = NAN;
        source = ltn_program_source_of_row(c->program, row, source);
        if (!absolute) status = reckon_ceiling(c, limit, source, item, known, &ceiling);
        if (!absolute && isnan(ceiling)) continue;
        step->rows[kept] = row;
        step->item[kept] = item;
        step->per_activity[kept++] = ceiling;
    }
    step->row_count = kept;
    free(known);
    return status;
}

static ltn_status compile_limit(compiler *c)
{
    const ltn_limit *limit = &c->measure->limit;
    const ltn_named **names = ltn_alloc(limit->ceilings.count, sizeof *names);
    if (!names) return LTN_ENOMEM;
    for (size_t i = 0; i < limit->ceilings.count; i++) names[i] = &limit->ceilings.items[i].pollutant;
    ltn_status status = match_items(c, names, limit->ceilings.count);
    free(names);
    if (limit->over) c->step->total_count = 2 * limit->ceilings.count;
    if (!status) status = set_absolute(c, limit);
    return status ? status : set_ceilings(c, limit);
}

/* ---- the whole ---- */

static ltn_status compile_measure(compiler *c)
{
    const ltn_measure *m = c->measure;
    if (m->action == LTN_ADD) return compile_add(c);
    if (m->action == LTN_PACKET) return ltn_packet_compile(c->program, c->step, (int32_t)c->index);
    ltn_status status = select_for(c);
    if (status) return status;
    switch (m->action) {
    case LTN_CAP:
        return compile_cap(c);
    case LTN_RETIRE:
        return compile_replace(c, &m->retire.replace);
    case LTN_SWITCH:
        return compile_replace(c, &m->swap);
    case LTN_TURNOVER:
        return compile_turnover(c);
    case LTN_BAN:
        return compile_ban(c);
    case LTN_CONTROL:
        c->program->reads_removal |= m->control.mode == LTN_CONTROL_REPLACE;
        return compile_control(c);
    case LTN_LIMIT:
        return compile_limit(c);
    default:
        c->program->scales_emissions |= c->step->by_emission;
        return LTN_OK;
    }
}

/* Uncontrolled emission per activity of the base's rows. */
static ltn_status set_base_factors(ltn_program *p)
{
    if (ltn_reserve(&p->per_activity, &p->per_activity_capacity, p->base_rows, sizeof *p->per_activity))
        return LTN_ENOMEM;
    const double *factor = ltn_emission_column_of(p->base, LTN_FACTOR)->numbers;
    const int32_t *units = ltn_emission_column_of(p->base, LTN_FACTOR_UNIT)->codes;
    ltn_scale_cache cache;
    ltn_scale_cache_init(&cache, p->base);
    for (size_t s = 0; s < p->base_sources; s++) {
        int32_t unit = ltn_source_column_of(p->base, LTN_ACTIVITY_UNIT)->codes[s];
        for (int32_t row = p->base->first[s]; row < p->base->first[s + 1]; row++)
            p->per_activity[row] = isnan(factor[row]) ? NAN : factor[row] * ltn_scale_tonnes(&cache, unit, units[row]);
    }
    return LTN_OK;
}

static ltn_status check_base(ltn_program *p)
{
    const ltn_inventory *base = p->base;
    const ltn_scenario *s = p->scenario;
    if (base->base_year && base->base_year != s->base_year)
        return ltn_fail(LTN_EINPUT, &s->place, "the scenario's base year is %d; the inventory's is %d", s->base_year,
                        base->base_year);
    if (s->baseline && *base->baseline && strcmp(s->baseline, base->baseline) != 0)
        return ltn_fail(LTN_EBASELINE, &s->baseline_place, "the scenario is for baseline '%s'; the inventory's is '%s'",
                        s->baseline, base->baseline);
    return LTN_OK;
}

/* How many rows of each pollutant have an assumed removal. */
static ltn_status note_assumed(ltn_program *p)
{
    const ltn_column *pollutant = ltn_emission_column_of(p->base, LTN_POLLUTANT);
    size_t *counts = p->base->assumed_count ? ltn_alloc(pollutant->words->count, sizeof *counts) : NULL;
    if (!p->base->assumed_count) return LTN_OK;
    if (!counts) return LTN_ENOMEM;
    ltn_status status = LTN_OK;
    for (size_t row = 0; row < p->base_rows; row++) counts[pollutant->codes[row]] += p->base->assumed[row];
    for (size_t w = 0; !status && w < pollutant->words->count; w++)
        if (counts[w])
            status = ltn_notes_add(&p->notes, &(ltn_note){LTN_NOTE_REMOVAL_ASSUMED, 0, -1, -1, (double)counts[w],
                                                          "rows", pollutant->words->words[w]});
    free(counts);
    return status;
}

/* How many rows take their factor (removal) from each row of a table (from each device). */
static ltn_status note_defaulted(ltn_program *p, ltn_emission_column key_column, ltn_note_code code)
{
    const ltn_column *keys = ltn_emission_column_of(p->base, key_column);
    if (!ltn_inventory_count_defaults(p->base, key_column)) return LTN_OK;
    size_t *counts = ltn_alloc(keys->words->count, sizeof *counts);
    ltn_status status = counts ? LTN_OK : LTN_ENOMEM;
    for (size_t row = 0; !status && row < p->base_rows; row++)
        if (keys->codes[row] >= 0) counts[keys->codes[row]]++;
    for (size_t w = 0; !status && w < keys->words->count; w++) {
        const char *key = keys->words->words[w];
        ltn_note n = {code, 0, -1, -1, 0, "rows", key + sizeof LTN_DEFAULT_KEY - 1};
        if (!counts[w] || !ltn_is_default_key(key)) continue;
        n.value = (double)counts[w];
        status = ltn_notes_add(&p->notes, &n);
    }
    free(counts);
    return status;
}

static ltn_status note_base(ltn_program *p)
{
    ltn_status status = ltn_inventory_reconstructed(p->base)
                            ? ltn_notes_add(&p->notes, &(ltn_note){LTN_NOTE_RECONSTRUCTED, 0, -1, -1, NAN, NULL, NULL})
                            : LTN_OK;
    if (!status && !*p->base->baseline && p->scenario->baseline)
        status =
            ltn_notes_add(&p->notes, &(ltn_note){LTN_NOTE_BASELINE_TAKEN, 0, -1, -1, NAN, NULL, p->scenario->baseline});
    if (!status) status = note_defaulted(p, LTN_FACTOR_KEY, LTN_NOTE_FACTOR_DEFAULTED);
    if (!status) status = note_defaulted(p, LTN_REMOVAL_KEY, LTN_NOTE_REMOVAL_DEFAULTED);
    return status ? status : note_assumed(p);
}

/* A scope that cannot be evaluated is the scenario's mistake: it is told now, not when a table is asked for. */
static ltn_status try_scopes(const ltn_program *p)
{
    ltn_status status = LTN_OK;
    for (size_t i = 0; !status && i < p->scenario->scope_count; i++) {
        choice chosen;
        status = choose(p, p->scenario->scopes[i].selector, &chosen);
        if (!status) free_choice(&chosen);
    }
    return status;
}

bool ltn_program_scales(const ltn_program *p)
{
    return p->scales_emissions || p->inputs.factor || p->has_random_rows;
}

const char *ltn_program_baseline(const ltn_program *p)
{
    return *p->base->baseline ? p->base->baseline : p->scenario->baseline ? p->scenario->baseline : "";
}

/* The frame that is all of the program. */
static ltn_status frame_whole(ltn_program *p)
{
    const int32_t *derived = p->derived->first;
    if (!(p->first = ltn_alloc(p->sources + 1, sizeof *p->first))) return LTN_ENOMEM;
    memcpy(p->first, p->base->first, (p->base_sources + 1) * sizeof *p->first);
    for (size_t s = p->base_sources; s <= p->sources; s++)
        p->first[s] = (int32_t)p->base_rows + derived[s - p->base_sources];
    p->whole = (ltn_frame){
        .program = p,
        .base_sources = p->base_sources,
        .base_rows = p->base_rows,
        .sources = p->sources,
        .rows = p->rows,
        .first = p->first,
        .activity = ltn_source_column_of(p->base, LTN_ACTIVITY)->numbers,
        .emission = ltn_emission_column_of(p->base, LTN_EMISSION)->numbers,
        .removal = ltn_emission_column_of(p->base, LTN_REMOVAL)->numbers,
        .derived_activity = ltn_source_column_of(p->derived, LTN_ACTIVITY)->numbers,
        .per_activity = p->per_activity,
        .activity_input = p->inputs.activity,
        .factor_input = p->inputs.factor,
        .removal_input = p->inputs.removal,
        .derived_factor = p->has_random_rows ? p->derived_factor : NULL,
        .derived_distance = p->has_random_rows ? p->derived_distance : NULL,
        .steps = p->steps,
        .step_count = p->step_count,
    };
    return LTN_OK;
}

static ltn_status compile(const ltn_inventory *base, const ltn_scenario *scenario, const ltn_stream_names *asked,
                          ltn_program *out)
{
    *out = (ltn_program){
        .given = ltn_inventory_share(base),
        .base = ltn_inventory_share(base),
        .scenario = ltn_scenario_share(scenario),
        .step_count = scenario->measure_count,
        .sources = base->sources->rows,
        .base_sources = base->sources->rows,
        .rows = base->emissions->rows,
        .base_rows = base->emissions->rows,
        .inputs.asked = asked,
    };
    ltn_status status = check_base(out);
    if (!status && !(out->steps = ltn_alloc(out->step_count, sizeof *out->steps))) status = LTN_ENOMEM;
    if (!status) status = ltn_inputs_of_rows(out);
    if (!status) status = ltn_derive_start(out);
    if (!status) status = set_base_factors(out);
    if (!status) status = note_base(out);
    for (size_t i = 0; !status && i < out->step_count; i++) {
        out->steps[i].measure = &scenario->measures[i];
        out->steps[i].index = i;
        out->steps[i].added = -1;
        out->steps[i].share = 1;
        compiler c = {out, &out->steps[i], &scenario->measures[i], i};
        status = compile_measure(&c);
        if (!status) status = ltn_parameters_of_step(out, &out->steps[i]);
    }
    if (!status) status = frame_whole(out);
    if (!status) status = try_scopes(out);
    out->inputs.asked = NULL;
    if (status) ltn_program_free(out);
    return status;
}

ltn_status ltn_program_compile(const ltn_inventory *base, const ltn_scenario *scenario, ltn_program *out)
{
    return compile(base, scenario, NULL, out);
}

ltn_status ltn_program_name_streams(const ltn_program *p, const uint64_t *streams, size_t count, char **names)
{
    const ltn_stream_names asked = {streams, names, count};
    ltn_program again;
    ltn_status status = compile(p->given, p->scenario, &asked, &again);
    if (!status) ltn_program_free(&again);
    return status;
}

void ltn_program_free(ltn_program *p)
{
    for (size_t i = 0; p->steps && i < p->step_count; i++) {
        ltn_step *s = &p->steps[i];
        void *owned[] = {s->sources, s->rows,    s->item,  s->per_activity,  s->absolute,   s->derived,   s->exchange,
                         s->tier,    s->to_unit, s->among, s->among_to_unit, s->model_year, s->among_item};
        for (size_t k = 0; k < sizeof owned / sizeof *owned; k++) free(owned[k]);
        for (size_t k = 0; k < s->parameter_count; k++) free(s->parameters[k].each);
        free(s->parameters);
    }
    free(p->steps);
    free(p->per_activity);
    free(p->first);
    free(p->origin);
    free(p->derived_factor);
    free(p->derived_distance);
    ltn_inputs_free(&p->inputs);
    ltn_notes_free(&p->notes);
    ltn_arena_free(&p->texts);
    ltn_inventory_free(p->derived);
    ltn_inventory_free(p->given);
    ltn_inventory_free(p->base);
    ltn_scenario_free(p->scenario);
    *p = (ltn_program){0};
}
