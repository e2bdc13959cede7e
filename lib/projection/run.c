/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs a compiled scenario for one year, on all lanes. Each action is one pass over what it acts on. */
#include "projection/packets.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Vectors of lanes that a run works in. */
enum {
    PHASE,
    BY,
    MOVED,
    AFTER,
    EXCHANGE,
    CEILING,
    EXCESS,
    KEEP,
    LEVEL,
    DRAWN,
    SCRATCH = DRAWN + LTN_REPLACE_PARAMETERS
};

typedef struct runner {
    const ltn_frame *frame;
    const ltn_batch *batch;
    const ltn_start *start;
    const ltn_go *go;
    ltn_state *state;
    const ltn_step *step;
    size_t lanes;
    double *phase; /* of the measure, on each lane */
} runner;

/* ---- lanes ---- */

ltn_status ltn_batch_create(const ltn_program *p, const ltn_lanes *lanes, size_t years, ltn_batch *out)
{
    size_t count = lanes->count;
    *out = (ltn_batch){
        .lanes = *lanes,
        .values = ltn_alloc(p->parameter_count * count, sizeof(double)),
        .scratch = ltn_alloc(SCRATCH * count, sizeof(double)),
        .totals = ltn_alloc(years * p->total_count * count, sizeof(ltn_sum)),
    };
    if (!out->values || !out->scratch || !out->totals) {
        ltn_batch_free(out);
        return LTN_ENOMEM;
    }
    for (size_t i = 0; i < p->step_count; i++)
        for (size_t k = 0; k < p->steps[i].parameter_count; k++) {
            const ltn_parameter *q = &p->steps[i].parameters[k];
            double *values = out->values + (p->steps[i].first_parameter + k) * count;
            for (size_t l = 0; l < count; l++) values[l] = q->mean;
            if (lanes->draw && q->input >= 0) lanes->draw(lanes->context, q->input, values);
        }
    return LTN_OK;
}

void ltn_batch_free(ltn_batch *batch)
{
    free(batch->values);
    free(batch->scratch);
    free(batch->totals);
    *batch = (ltn_batch){0};
}

static double *scratch(const runner *r, int which)
{
    return r->batch->scratch + (size_t)which * r->lanes;
}

static bool is_random(const runner *r, size_t which)
{
    const ltn_parameter *q = &r->step->parameters[which];
    return r->batch->lanes.draw && (q->input >= 0 || q->each);
}

/* A parameter's values for an item of the step; `slot` tells which scratch vector takes those of one source. */
static const double *parameter(const runner *r, size_t which, size_t item, int slot)
{
    const ltn_parameter *q = &r->step->parameters[which];
    if (!q->each || !r->batch->lanes.draw) return r->batch->values + (r->step->first_parameter + which) * r->lanes;
    double *out = scratch(r, DRAWN + slot);
    r->batch->lanes.draw(r->batch->lanes.context, q->each[item], out);
    return out;
}

/* Whether the measure is in force on a lane. */
static double in_force(const runner *r, size_t lane)
{
    const double *in_force = r->batch->lanes.in_force;
    return in_force ? in_force[r->step->index * r->lanes + lane] : 1;
}

static bool set_phase(const runner *r, double phase)
{
    double most = 0;
    for (size_t l = 0; l < r->lanes; l++) {
        r->phase[l] = phase * in_force(r, l);
        if (r->phase[l] > most) most = r->phase[l];
    }
    return most > 0;
}

/* ---- state ---- */

static ltn_status create_state(const ltn_frame *f, size_t lanes, bool removal, bool scaled, ltn_state *out)
{
    bool left = f->program->has_packets;
    *out = (ltn_state){
        .activity = ltn_alloc(f->sources * lanes, sizeof(double)),
        .emission = ltn_alloc(f->rows * lanes, sizeof(double)),
        .removal = removal ? ltn_alloc(f->rows * lanes, sizeof(double)) : NULL,
        .scaled = scaled ? ltn_alloc(f->rows * lanes, sizeof(double)) : NULL,
        .left = left ? ltn_alloc(f->rows * lanes, sizeof(double)) : NULL,
        .present = ltn_alloc(f->sources, 1),
    };
    bool good = out->activity && out->emission && out->present && (out->removal || !removal) &&
                (out->scaled || !scaled) && (out->left || !left);
    if (!good) ltn_state_free(out);
    return good ? LTN_OK : LTN_ENOMEM;
}

ltn_status ltn_state_create(const ltn_program *p, ltn_state *out)
{
    return create_state(&p->whole, 1, true, p->scales_emissions, out);
}

ltn_status ltn_frame_state(const ltn_frame *f, size_t lanes, ltn_state *out)
{
    const ltn_program *p = f->program;
    return create_state(f, lanes, p->reads_removal, ltn_program_scales(p), out);
}

void ltn_state_free(ltn_state *state)
{
    free(state->activity);
    free(state->emission);
    free(state->removal);
    free(state->scaled);
    free(state->left);
    free(state->present);
    *state = (ltn_state){0};
}

/* One lane is worth no call. */
static void copy(double *to, const double *from, size_t count)
{
    if (count == 1)
        *to = *from;
    else if (count)
        memcpy(to, from, count * sizeof *to);
}

static void fill(double *to, double value, size_t count)
{
    for (size_t i = 0; i < count; i++) to[i] = value;
}

/* Derived sources are not there yet: their activity and emission are 0, and their factors are what they emit. */
static void start_year(const runner *r)
{
    const ltn_frame *f = r->frame;
    ltn_state *s = r->state;
    size_t lanes = r->lanes, base_rows = f->base_rows * lanes, rows = f->rows * lanes;
    copy(s->activity, r->start->activity, f->base_sources * lanes);
    for (size_t source = f->base_sources; source < f->sources; source++)
        fill(s->activity + source * lanes, f->derived_activity[source - f->base_sources], lanes);
    copy(s->emission, r->start->emission, base_rows);
    fill(s->emission + base_rows, 0, rows - base_rows);
    if (s->removal) copy(s->removal, r->start->removal, base_rows);
    if (s->removal) fill(s->removal + base_rows, 0, rows - base_rows);
    if (s->scaled && r->start->scaled)
        copy(s->scaled, r->start->scaled, rows);
    else if (s->scaled)
        fill(s->scaled, 1, rows);
    if (s->left) fill(s->left, 1, rows);
    memset(s->present, 1, f->base_sources);
    memset(s->present + f->base_sources, 0, f->sources - f->base_sources);
}

/* ---- changing rows ---- */

/* A sink hears of one lane. */
static void tell(const runner *r, int32_t row, double before)
{
    const ltn_sink *sink = r->go->sink;
    if (sink) sink->take(sink->context, r->state, r->step->index, r->phase[0], row, before);
}

static int32_t source_of_row(const runner *r, int32_t row, int32_t guess)
{
    while (row >= r->frame->first[guess + 1]) guess++;
    return guess;
}

static void multiply(double *restrict values, const double *restrict by, size_t count)
{
    for (size_t i = 0; i < count; i++) values[i] *= by[i];
}

/* Multiplies a source's activity and, with it, all it emits. */
static void scale_source(const runner *r, int32_t source, const double *by)
{
    const int32_t *first = r->frame->first;
    multiply(r->state->activity + (size_t)source * r->lanes, by, r->lanes);
    for (int32_t row = first[source]; row < first[source + 1]; row++) {
        double *emission = r->state->emission + (size_t)row * r->lanes, before = *emission;
        multiply(emission, by, r->lanes);
        tell(r, row, before);
    }
}

/* The factor stays and the removal follows: R = 1 − E/(A·EF); without A or EF, 1 − (1 − R)·E_after/E_before. */
static double follow_removal(double removal, double uncontrolled, double before, double after)
{
    if (after == before) return removal;
    double now =
        uncontrolled > 0 ? 1 - after / uncontrolled : 1 - (1 - (isnan(removal) ? 0 : removal)) * after / before;
    return now < 0 ? 0 : now;
}

static void set_controlled(const runner *r, int32_t row, int32_t source, const double *after)
{
    const ltn_state *s = r->state;
    size_t at = (size_t)row * r->lanes;
    double *emission = s->emission + at, before = *emission, factor = r->frame->per_activity[row];
    const double *activity = s->activity + (size_t)source * r->lanes;
    for (size_t l = 0; s->removal && l < r->lanes; l++) {
        double uncontrolled = activity[l] * factor * (s->scaled ? s->scaled[at + l] : 1);
        s->removal[at + l] = follow_removal(s->removal[at + l], uncontrolled, emission[l], after[l]);
    }
    copy(emission, after, r->lanes);
    tell(r, row, before);
}

static ltn_status note(const runner *r, ltn_note_code code, double value, const char *unit)
{
    if (!r->go->notes || !(value > 0)) return LTN_OK;
    return ltn_notes_add(r->go->notes, &(ltn_note){.code = code,
                                                   .year = r->go->year,
                                                   .measure = (int32_t)r->step->index,
                                                   .source = -1,
                                                   .value = value,
                                                   .unit = unit});
}

/* ---- actions ---- */

/* A ← A·index(y); a selector of emissions scales those and leaves activity alone. */
static ltn_status run_grow(const runner *r)
{
    const ltn_grow *grow = &r->step->measure->grow;
    int base_year = r->frame->program->scenario->base_year;
    const ltn_state *s = r->state;
    for (size_t i = 0; i < r->step->source_count + r->step->row_count; i++) {
        bool by_source = i < r->step->source_count;
        if (i == 0 || r->step->parameters[LTN_GROWTH_RATE].each) {
            const double *rate = parameter(r, LTN_GROWTH_RATE, i, 0);
            for (size_t l = 0; l < r->lanes; l++)
                r->phase[l] = in_force(r, l) > 0 ? ltn_grow_index(grow, rate[l], base_year, r->go->year) : 1;
        }
        if (by_source) {
            scale_source(r, r->step->sources[i], r->phase);
            continue;
        }
        int32_t row = r->step->rows[i - r->step->source_count];
        double *emission = s->emission + (size_t)row * r->lanes, before = *emission;
        multiply(emission, r->phase, r->lanes);
        multiply(s->scaled + (size_t)row * r->lanes, r->phase, r->lanes);
        tell(r, row, before);
    }
    return LTN_OK;
}

/* Hands activity to the derived source, whose emissions follow from its factors. */
static void hand_over(const runner *r, int32_t derived, const double *activity)
{
    const ltn_state *s = r->state;
    const int32_t *first = r->frame->first;
    s->present[derived] = 1;
    for (size_t l = 0; l < r->lanes; l++) s->activity[(size_t)derived * r->lanes + l] += activity[l];
    for (int32_t row = first[derived]; row < first[derived + 1]; row++) {
        size_t at = (size_t)row * r->lanes;
        double before = s->emission[at], factor = r->frame->per_activity[row];
        for (size_t l = 0; l < r->lanes; l++)
            s->emission[at + l] += activity[l] * factor * (s->scaled ? s->scaled[at + l] : 1);
        tell(r, row, before);
    }
}

/* How much more than its mean a random parameter is. */
static double over_mean(const runner *r, size_t which, const double *values, size_t lane)
{
    double mean = r->step->parameters[which].mean;
    return is_random(r, which) && mean > 0 ? values[lane] / mean : 1;
}

/* New activity per old one: ncv_old · efficiency_old / (ncv_new · efficiency_new). */
static const double *exchange_of(const runner *r, size_t i)
{
    double *out = scratch(r, EXCHANGE);
    fill(out, r->step->exchange[i], r->lanes);
    for (size_t which = LTN_NCV_OLD; which <= LTN_EFFICIENCY_NEW; which++) {
        if (!is_random(r, which)) continue;
        const double *values = parameter(r, which, i, (int)which);
        for (size_t l = 0; l < r->lanes; l++) {
            double by = over_mean(r, which, values, l);
            out[l] = which <= LTN_EFFICIENCY_OLD ? out[l] * by : out[l] / by;
        }
    }
    return out;
}

/* A ← A·(1 − share·φ); what is lost goes to the derived source, energy for energy. */
static ltn_status run_retire(const runner *r)
{
    double *by = scratch(r, BY), *moved = scratch(r, MOVED);
    for (size_t i = 0; i < r->step->source_count; i++) {
        int32_t source = r->step->sources[i], derived = r->step->derived ? r->step->derived[i] : -1;
        const double *share = parameter(r, LTN_SHARE, i, LTN_SHARE), *activity = r->state->activity;
        double most = 0;
        for (size_t l = 0; l < r->lanes; l++) {
            double part = share[l] * r->phase[l];
            moved[l] = activity[(size_t)source * r->lanes + l] * part;
            by[l] = 1 - part;
            if (part > most) most = part;
        }
        scale_source(r, source, by);
        if (derived < 0 || !(most > 0)) continue;
        multiply(moved, exchange_of(r, i), r->lanes);
        hand_over(r, derived, moved);
    }
    return LTN_OK;
}

/* What of a cohort has left, on each lane; true where something has. A random rate differs from lane to lane. */
static bool set_left_of(const runner *r, size_t i, ltn_cohort *cohort)
{
    bool scrappage = cohort->stage && !cohort->stage->share.count;
    const double *rate = scrappage ? parameter(r, (size_t)r->step->item[i], i, 0) : NULL;
    double most = 0;
    for (size_t l = 0; l < r->lanes; l++) {
        if (rate) cohort->rate = rate[l];
        bool same = l > 0 && (!rate || !is_random(r, (size_t)r->step->item[i]));
        r->phase[l] = same ? r->phase[0] : ltn_cohort_left(cohort, r->go->year);
        if (r->phase[l] > most) most = r->phase[l];
    }
    return most > 0;
}

/* What a stage sold has taken over of it, of the activity there was. */
static bool take_over(const runner *r, size_t i, size_t stage, ltn_cohort *cohort, double *activity)
{
    size_t item = cohort->stage ? (size_t)r->step->item[i] : 0;
    bool random = cohort->stage && !cohort->stage->share.count && is_random(r, item);
    const double *rate = random ? parameter(r, item, i, 0) : NULL;
    double part = 0, most = 0;
    for (size_t l = 0; l < r->lanes; l++) {
        if (rate) cohort->rate = rate[l];
        if (l == 0 || rate) part = ltn_cohort_taken(cohort, stage, r->go->year);
        double taken = part * in_force(r, l);
        if (taken > most) most = taken;
        activity[l] *= taken;
    }
    return most > 0;
}

/* A ← A·(1 − share); each stage sold takes over its part, unit for unit. */
static void turn_over(const runner *r, size_t i, ltn_cohort *cohort)
{
    size_t stages = cohort->turnover->to_count;
    double *there = scratch(r, MOVED), *part = scratch(r, AFTER), *by = scratch(r, BY);
    copy(there, r->state->activity + (size_t)r->step->sources[i] * r->lanes, r->lanes);
    for (size_t l = 0; l < r->lanes; l++) by[l] = 1 - (r->phase[l] *= in_force(r, l));
    scale_source(r, r->step->sources[i], by);
    for (size_t k = 0; k < stages; k++) {
        int32_t derived = r->step->derived[i * stages + k];
        copy(part, there, r->lanes);
        if (derived >= 0 && take_over(r, i, k, cohort, part)) hand_over(r, derived, part);
    }
}

static ltn_status run_turnover(const runner *r)
{
    const ltn_turnover *turnover = &r->step->measure->turnover;
    ltn_cohort cohort = {.turnover = turnover, .base_year = r->frame->program->scenario->base_year};
    for (size_t i = 0; i < r->step->source_count; i++) {
        int32_t stage = r->step->item[i];
        cohort.stage = turnover->survival.count ? NULL : &turnover->retire[stage];
        cohort.rate = cohort.stage ? r->step->parameters[stage].mean : 0;
        cohort.model_year = r->step->model_year[i];
        if (set_left_of(r, i, &cohort)) turn_over(r, i, &cohort);
    }
    return LTN_OK;
}

/* r = capture · efficiency · effectiveness on the share p, for each row; instead of what is there where the control
 * replaces it: then the existing one is backed out, never weakened. */
static ltn_status run_control(const runner *r)
{
    bool replaces = r->step->measure->control.mode != LTN_CONTROL_ADD;
    size_t not_stronger = 0, assumed = 0;
    int32_t source = 0;
    double *after = scratch(r, AFTER);
    for (size_t i = 0; i < r->step->row_count; i++) {
        int32_t row = r->step->rows[i];
        const double *values[LTN_CONTROL_PARAMETERS], *emission = r->state->emission + (size_t)row * r->lanes;
        for (size_t k = 0; k < LTN_CONTROL_PARAMETERS; k++)
            values[k] = parameter(r, (size_t)r->step->item[i] * LTN_CONTROL_PARAMETERS + k, i, (int)k);
        source = source_of_row(r, row, source);
        for (size_t l = 0; l < r->lanes; l++) {
            double removal = values[LTN_CAPTURED][l] * values[LTN_EFFICIENCY][l] * values[LTN_EFFECTIVENESS][l];
            double share = r->phase[l] * values[LTN_PENETRATION][l];
            if (replaces) {
                double existing = r->state->removal[(size_t)row * r->lanes + l];
                assumed += isnan(existing);
                if (isnan(existing)) existing = 0;
                bool stronger = existing < 1 && removal > existing;
                not_stronger += !stronger;
                removal = stronger ? 1 - (1 - removal) / (1 - existing) : 0;
            }
            after[l] = emission[l] * (1 - share * removal);
        }
        set_controlled(r, row, source, after);
    }
    ltn_status status = note(r, LTN_NOTE_CONTROL_NOT_STRONGER, (double)not_stronger, "rows");
    return status ? status : note(r, LTN_NOTE_CONTROL_REMOVAL_ASSUMED, (double)assumed, "rows");
}

/* ---- limits ---- */

/* The ceiling of a row [t/yr], from the year's activity; random parts in proportion. A volume of flue gas at 0 % O2 is
 * diluted by 20.9/(20.9 − O2). */
static const double *ceiling_of(const runner *r, size_t i, int32_t source)
{
    static const double oxygen_of_air = 0.209;
    size_t item = (size_t)r->step->item[i], first = item * LTN_LIMIT_PARAMETERS;
    double absolute = r->step->absolute[item], *out = scratch(r, CEILING);
    const double *activity = r->state->activity + (size_t)source * r->lanes;
    for (size_t l = 0; l < r->lanes; l++) out[l] = isnan(absolute) ? activity[l] * r->step->per_activity[i] : absolute;
    for (size_t k = 0; k < LTN_LIMIT_PARAMETERS; k++) {
        if (!is_random(r, first + k)) continue;
        const double *values = parameter(r, first + k, i, (int)k);
        double mean = r->step->parameters[first + k].mean;
        for (size_t l = 0; l < r->lanes; l++)
            out[l] *= k == LTN_OXYGEN ? (oxygen_of_air - mean) / (oxygen_of_air - values[l])
                                      : over_mean(r, first + k, values, l);
    }
    return out;
}

/* E − φ·max(0, E − ceiling), for each source. */
static ltn_status limit_each(const runner *r)
{
    int32_t source = 0;
    double *after = scratch(r, AFTER);
    for (size_t i = 0; i < r->step->row_count; i++) {
        int32_t row = r->step->rows[i];
        source = source_of_row(r, row, source);
        const double *emission = r->state->emission + (size_t)row * r->lanes, *ceiling = ceiling_of(r, i, source);
        for (size_t l = 0; l < r->lanes; l++) {
            /* Written so that in full force the ceiling comes out to the last bit. */
            double limited = (1 - r->phase[l]) * emission[l] + r->phase[l] * ceiling[l];
            after[l] = emission[l] > ceiling[l] ? limited : emission[l];
        }
        set_controlled(r, row, source, after);
    }
    return LTN_OK;
}

/* A step's sum over its whole selection, on each lane. */
static ltn_sum *total_of(const runner *r, size_t which)
{
    size_t all = r->frame->program->total_count;
    return r->batch->totals + (r->go->year_index * all + r->step->first_total + which) * r->lanes;
}

static void add_to(ltn_sum *total, const double *values, double scale, size_t lanes)
{
    for (size_t l = 0; l < lanes; l++) ltn_sum_add(&total[l], values[l] * scale);
}

/* Of a limit over a group: the emission of each item, then its ceiling. */
static void sum_limit(const runner *r)
{
    int32_t source = 0;
    for (size_t i = 0; i < r->step->row_count; i++) {
        size_t item = (size_t)r->step->item[i];
        source = source_of_row(r, r->step->rows[i], source);
        add_to(total_of(r, 2 * item), r->state->emission + (size_t)r->step->rows[i] * r->lanes, 1, r->lanes);
        if (isnan(r->step->absolute[item])) add_to(total_of(r, 2 * item + 1), ceiling_of(r, i, source), 1, r->lanes);
    }
}

/* What is kept of an item's emissions, pro rata. */
static void keep_of_group(const runner *r, size_t item, double *keep)
{
    const ltn_sum *emission = total_of(r, 2 * item), *ceiling = total_of(r, 2 * item + 1);
    size_t which = item * LTN_LIMIT_PARAMETERS;
    const double *values = parameter(r, which, 0, 0);
    double absolute = r->step->absolute[item];
    for (size_t l = 0; l < r->lanes; l++) {
        double total = ltn_sum_value(&emission[l]);
        double most = isnan(absolute) ? ltn_sum_value(&ceiling[l]) : absolute * over_mean(r, which, values, l);
        keep[l] = total > most ? 1 - r->phase[l] * (1 - most / total) : 1;
    }
}

static ltn_status limit_group(const runner *r)
{
    double *after = scratch(r, AFTER), *keep = scratch(r, KEEP);
    for (size_t item = 0; item < r->step->measure->limit.ceilings.count; item++) {
        int32_t source = 0;
        keep_of_group(r, item, keep);
        for (size_t i = 0; i < r->step->row_count; i++) {
            int32_t row = r->step->rows[i];
            if (r->step->item[i] != (int32_t)item) continue;
            source = source_of_row(r, row, source);
            copy(after, r->state->emission + (size_t)row * r->lanes, r->lanes);
            multiply(after, keep, r->lanes);
            set_controlled(r, row, source, after);
        }
    }
    return LTN_OK;
}

/* ---- caps ---- */

/* Where the totals of a cap that follow its tiers begin. */
static size_t total_of_base(const ltn_step *step)
{
    return LTN_TOTAL_TIERS + (size_t)step->tiers;
}

/* Adds an activity in the cap's unit; a random heating value in proportion. */
static void add_activity(const runner *r, size_t which, const double *activity, double scale, int32_t heating)
{
    ltn_sum *total = total_of(r, which);
    size_t parameter_of = LTN_HEATING_VALUES + (size_t)(heating > 0 ? heating : 0);
    if (heating < 0 || !is_random(r, parameter_of)) {
        add_to(total, activity, scale, r->lanes);
        return;
    }
    const double *values = parameter(r, parameter_of, 0, 0);
    for (size_t l = 0; l < r->lanes; l++)
        ltn_sum_add(&total[l], activity[l] * scale * over_mean(r, parameter_of, values, l));
}

static void sum_cap(const runner *r)
{
    const ltn_step *step = r->step;
    size_t base_sources = r->frame->base_sources, base = total_of_base(step);
    for (size_t i = 0; i < step->source_count; i++) {
        size_t source = (size_t)step->sources[i], at = source * r->lanes;
        int32_t heating = step->item ? step->item[i] : -1;
        add_activity(r, (size_t)(LTN_TOTAL_TIERS + step->tier[i]), r->state->activity + at, step->to_unit[i], heating);
        if (source < base_sources) add_activity(r, base, r->start->activity + at, step->to_unit[i], heating);
    }
    for (size_t i = 0; i < step->among_count; i++) {
        size_t source = (size_t)step->among[i], at = source * r->lanes;
        double scale = step->among_to_unit[i];
        add_activity(r, base + 1, r->state->activity + at, scale, step->among_item[i]);
        if (source < base_sources) add_activity(r, base + 2, r->start->activity + at, scale, step->among_item[i]);
    }
}

/* What the selection's share of the year's energy must lose: (S − x) = s·(T − x), for what is cut leaves the
 * whole too. The share in force is s = b + φ·(final − b), b that of the base year. */
static double energy_excess(const runner *r, size_t lane, double selected, double final)
{
    const ltn_sum *base = total_of(r, total_of_base(r->step)) + lane;
    double all = ltn_sum_value(base + r->lanes), all_base = ltn_sum_value(base + 2 * r->lanes);
    double share_base = all_base > 0 ? ltn_sum_value(base) / all_base : 0,
           share = share_base + r->phase[lane] * (final - share_base);
    return share < 1 ? (selected - share * all) / (1 - share) : 0;
}

/* ΣA ≤ L = B + φ·(X − B) */
static double excess_of(const runner *r, size_t lane, double final)
{
    const ltn_cap *cap = &r->step->measure->cap;
    double base = ltn_sum_value(total_of(r, total_of_base(r->step)) + lane), total = 0;
    for (int32_t tier = LTN_TIER_PROTECTED; tier < r->step->tiers; tier++)
        total += ltn_sum_value(total_of(r, (size_t)(LTN_TOTAL_TIERS + tier)) + lane);
    bool of_base = cap->of == LTN_CAP_OF_BASE && !*cap->activity.unit;
    double level = base + r->phase[lane] * ((of_base ? final * base : final) - base);
    double excess = cap->of == LTN_CAP_OF_ENERGY ? energy_excess(r, lane, total, final) : total - level;
    /* What rounding leaves is no excess. */
    return r->phase[lane] > 0 && excess > 1e-12 * total ? excess : 0;
}

/* What is kept of a tier, which takes as much of the excess as it has; true where something is cut. */
static bool cut_tier(const runner *r, int32_t tier, double *excess, double *keep)
{
    const ltn_sum *total = total_of(r, (size_t)(LTN_TOTAL_TIERS + tier));
    bool any = false;
    for (size_t l = 0; l < r->lanes; l++) {
        double there = ltn_sum_value(&total[l]), cut = excess[l] < there ? excess[l] : there;
        bool cuts = excess[l] > 0 && there > 0;
        keep[l] = !cuts ? 1 : cut == there ? 0 : 1 - cut / there;
        excess[l] -= cuts ? cut : 0;
        any |= cuts;
    }
    return any;
}

/* The excess is cut tier by tier, pro rata inside a tier. */
static ltn_status run_cap(const runner *r)
{
    double *excess = scratch(r, EXCESS), *keep = scratch(r, KEEP);
    const double *final = parameter(r, LTN_CAP_LEVEL, 0, 0);
    for (size_t l = 0; l < r->lanes; l++) excess[l] = excess_of(r, l, final[l]);
    for (int32_t tier = 0; tier < r->step->tiers; tier++) {
        if (!cut_tier(r, tier, excess, keep)) continue;
        for (size_t i = 0; i < r->step->source_count; i++)
            if (r->step->tier[i] == tier) scale_source(r, r->step->sources[i], keep);
    }
    return note(r, LTN_NOTE_CAP_SHORTFALL, excess[0], r->step->unit);
}

/* ---- bans, new sources, packets ---- */

/* A ← A − φ·max(0, A − A_base); a new source keeps 1 − φ of what it would emit. */
static ltn_status run_ban(const runner *r)
{
    double *by = scratch(r, BY);
    for (size_t i = 0; i < r->step->source_count; i++) {
        size_t source = (size_t)r->step->sources[i], at = source * r->lanes;
        bool acts = r->step->item[i];
        for (size_t l = 0; l < r->lanes; l++) {
            double base = r->step->item[i] ? 0 : r->start->activity[at + l], activity = r->state->activity[at + l];
            bool grown = r->step->item[i] || activity > base;
            by[l] = !grown ? 1 : r->step->item[i] ? 1 - r->phase[l] : 1 - r->phase[l] * (1 - base / activity);
            acts |= grown;
        }
        if (acts) scale_source(r, (int32_t)source, by);
    }
    return LTN_OK;
}

static ltn_status run_add(const runner *r)
{
    const ltn_step *step = r->step;
    const ltn_state *s = r->state;
    if (step->added < 0 || !set_phase(r, step->share * ltn_date_share(step->measure->add.from, r->go->year)))
        return LTN_OK;
    s->present[step->added] = 1;
    for (int32_t row = r->frame->first[step->added]; row < r->frame->first[step->added + 1]; row++) {
        size_t at = (size_t)row * r->lanes;
        double before = s->emission[at], tonnes = r->frame->per_activity[row];
        for (size_t l = 0; l < r->lanes; l++)
            s->emission[at + l] += r->phase[l] * tonnes * (s->scaled ? s->scaled[at + l] : 1);
        tell(r, row, before);
    }
    return LTN_OK;
}

/* How much an emission has grown by itself: what its factor started from is not growth. */
static double growth_of(const runner *r, size_t at)
{
    if (!r->state->scaled) return 1;
    double start = r->start->scaled ? r->start->scaled[at] : 1;
    return start > 0 ? r->state->scaled[at] / start : 1;
}

/* The emission of a row is E0·growth·F, the removal 1 − (1 − R)·F. */
static void set_left(const runner *r, size_t at, double left)
{
    ltn_state *s = r->state;
    double removal = r->start->removal[at];
    s->left[at] = left;
    s->emission[at] = r->start->emission[at] * growth_of(r, at) * left;
    if (!s->removal) return;
    if (!isnan(removal) || left != 1) s->removal[at] = 1 - (1 - (isnan(removal) ? 0 : removal)) * left;
    if (s->removal[at] < 0) s->removal[at] = 0;
}

/* E ← E·factor; activity is left alone, for a row of the packet may be for one pollutant. */
static void project_packet(const runner *r, const ltn_packet *packet)
{
    ltn_state *s = r->state;
    for (size_t i = 0; i < r->step->row_count; i++) {
        int32_t row = r->step->rows[i];
        size_t at = (size_t)row * r->lanes;
        double before = s->emission[at], factor = packet->rows[r->step->item[i]].projection.factor;
        for (size_t l = 0; l < r->lanes; l++) {
            r->phase[l] = in_force(r, l) > 0 ? factor : 1;
            s->emission[at + l] *= r->phase[l];
            s->scaled[at + l] *= r->phase[l];
        }
        tell(r, row, before);
    }
}

static ltn_status run_packet(const runner *r)
{
    const ltn_packet *packet = r->step->measure->packet;
    const ltn_scenario *scenario = r->frame->program->scenario;
    size_t weaker = 0, assumed = 0;
    if (packet->kind == LTN_PACKET_PROJECTION) {
        project_packet(r, packet);
        return LTN_OK;
    }
    ltn_packet_emission e = {.per_day = ltn_packet_per_day(scenario->base_year)};
    for (size_t i = 0; i < r->step->row_count; i++) {
        int32_t row = r->step->rows[i];
        const ltn_packet_row *from = &packet->rows[r->step->item[i]];
        double before = r->state->emission[(size_t)row * r->lanes];
        for (size_t l = 0; l < r->lanes; l++) {
            size_t at = (size_t)row * r->lanes + l;
            if (!(in_force(r, l) > 0)) continue;
            double removal = r->start->removal[at];
            e.base = r->start->emission[at];
            e.removal = isnan(removal) ? 0 : removal;
            e.factor = r->state->left[at];
            assumed += isnan(removal) && ltn_packet_backs_out(packet, from);
            set_left(r, at, ltn_packet_factor(packet, from, &scenario->packets, &e, &weaker));
        }
        tell(r, row, before);
    }
    ltn_status status = note(r, LTN_NOTE_CONTROL_NOT_STRONGER, (double)weaker, "rows");
    return status ? status : note(r, LTN_NOTE_CONTROL_REMOVAL_ASSUMED, (double)assumed, "rows");
}

/* ---- the whole ---- */

static void sum_step(const runner *r)
{
    if (r->step->measure->action == LTN_CAP)
        sum_cap(r);
    else
        sum_limit(r);
}

static ltn_status act(const runner *r)
{
    switch (r->step->measure->action) {
    case LTN_CONTROL:
        return run_control(r);
    case LTN_LIMIT:
        return r->step->measure->limit.over ? limit_group(r) : limit_each(r);
    case LTN_CAP:
        return run_cap(r);
    case LTN_BAN:
        return run_ban(r);
    case LTN_PACKET:
        return run_packet(r);
    default:
        return run_retire(r);
    }
}

static ltn_status run_step(const runner *r)
{
    const ltn_measure *measure = r->step->measure;
    set_phase(r, 1);
    if (measure->action == LTN_GROW) return run_grow(r);
    if (measure->action == LTN_ADD) return run_add(r);
    if (measure->action == LTN_TURNOVER) return run_turnover(r);
    double phase = ltn_measure_phase(measure, r->frame->program->scenario->base_year, r->go->year);
    if (!set_phase(r, phase)) return LTN_OK;
    if (r->step->total_count && !r->go->totals_known) {
        memset(total_of(r, 0), 0, r->step->total_count * r->lanes * sizeof(ltn_sum));
        sum_step(r);
    }
    return act(r);
}

ltn_status ltn_frame_run(const ltn_frame *frame, const ltn_batch *batch, const ltn_start *start, const ltn_go *go,
                         ltn_state *state)
{
    runner r = {.frame = frame,
                .batch = batch,
                .start = start,
                .go = go,
                .state = state,
                .lanes = batch->lanes.count,
                .phase = batch->scratch + PHASE * batch->lanes.count};
    ltn_status status = LTN_OK;
    start_year(&r);
    for (size_t i = 0; !status && i < frame->step_count && frame->steps[i].index < go->until; i++) {
        r.step = &frame->steps[i];
        status = run_step(&r);
    }
    for (size_t i = 0; !status && i < frame->step_count; i++) {
        r.step = &frame->steps[i];
        if (r.step->index == go->until) sum_step(&r);
    }
    return status;
}

ltn_status ltn_program_run(const ltn_program *p, int year, ltn_state *state, const ltn_sink *sink, ltn_notes *notes)
{
    const ltn_frame *f = &p->whole;
    const ltn_lanes lanes = {.count = 1};
    const ltn_start start = {f->activity, f->emission, f->removal, NULL};
    const ltn_go go = {.year = year, .until = SIZE_MAX, .sink = sink, .notes = notes};
    ltn_batch batch;
    ltn_status status = ltn_batch_create(p, &lanes, 1, &batch);
    if (!status) status = ltn_frame_run(f, &batch, &start, &go, state);
    ltn_batch_free(&batch);
    return status;
}
