/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs a compiled scenario for one year. Each action is one pass over what it acts on. */
#include "base/sum.h"
#include "projection/packets.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct runner {
    const ltn_program *program;
    ltn_state *state;
    const ltn_sink *sink;
    ltn_notes *notes;
    int year;
    size_t index; /* of the step */
    const ltn_step *step;
    double phase;
} runner;

/* ---- state ---- */

ltn_status ltn_state_create(const ltn_program *p, ltn_state *out)
{
    *out = (ltn_state){
        .activity = ltn_alloc(p->sources, sizeof(double)),
        .emission = ltn_alloc(p->rows, sizeof(double)),
        .removal = ltn_alloc(p->rows, sizeof(double)),
        .scaled = p->scales_emissions ? ltn_alloc(p->rows, sizeof(double)) : NULL,
        .left = p->has_packets ? ltn_alloc(p->rows, sizeof(double)) : NULL,
        .present = ltn_alloc(p->sources, 1),
    };
    bool good = out->activity && out->emission && out->removal && out->present &&
                (out->scaled || !p->scales_emissions) && (out->left || !p->has_packets);
    if (!good) ltn_state_free(out);
    return good ? LTN_OK : LTN_ENOMEM;
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

static void copy(double *to, const double *from, size_t count)
{
    if (count) memcpy(to, from, count * sizeof *to);
}

/* The base year; derived sources are not there yet: their activity and emission are 0. */
static void start_year(const ltn_program *p, ltn_state *s)
{
    copy(s->activity, ltn_source_column_of(p->base, LTN_ACTIVITY)->numbers, p->base_sources);
    copy(s->emission, ltn_emission_column_of(p->base, LTN_EMISSION)->numbers, p->base_rows);
    copy(s->removal, ltn_emission_column_of(p->base, LTN_REMOVAL)->numbers, p->base_rows);
    copy(s->activity + p->base_sources, ltn_source_column_of(p->derived, LTN_ACTIVITY)->numbers,
         p->sources - p->base_sources);
    copy(s->emission + p->base_rows, ltn_emission_column_of(p->derived, LTN_EMISSION)->numbers, p->rows - p->base_rows);
    copy(s->removal + p->base_rows, ltn_emission_column_of(p->derived, LTN_REMOVAL)->numbers, p->rows - p->base_rows);
    for (size_t row = 0; s->scaled && row < p->rows; row++) s->scaled[row] = 1;
    for (size_t row = 0; s->left && row < p->rows; row++) s->left[row] = 1;
    memset(s->present, 1, p->base_sources);
    memset(s->present + p->base_sources, 0, p->sources - p->base_sources);
}

/* ---- changing rows ---- */

static void tell(const runner *r, int32_t row, double before)
{
    if (r->sink) r->sink->take(r->sink->context, r->state, r->index, r->phase, row, before);
}

/* Multiplies a source's activity and, with it, all it emits. */
static void scale_source(const runner *r, int32_t source, double by)
{
    int32_t from, to;
    ltn_program_rows(r->program, source, &from, &to);
    r->state->activity[source] *= by;
    for (int32_t row = from; row < to; row++) {
        double before = r->state->emission[row];
        r->state->emission[row] = before * by;
        tell(r, row, before);
    }
}

/* The factor stays and the removal follows: R = 1 − E/(A·EF); without A or EF, 1 − (1 − R)·E_after/E_before. */
static void set_controlled(const runner *r, int32_t row, int32_t source, double after)
{
    ltn_state *s = r->state;
    double before = s->emission[row], removal = isnan(s->removal[row]) ? 0 : s->removal[row];
    double uncontrolled = s->activity[source] * r->program->per_activity[row] * (s->scaled ? s->scaled[row] : 1);
    s->emission[row] = after;
    if (after != before) {
        double now = uncontrolled > 0 ? 1 - after / uncontrolled : 1 - (1 - removal) * after / before;
        s->removal[row] = now < 0 ? 0 : now;
    }
    tell(r, row, before);
}

static ltn_status note(const runner *r, ltn_note_code code, double value, const char *unit)
{
    if (!r->notes || !(value > 0)) return LTN_OK;
    return ltn_notes_add(
        r->notes,
        &(ltn_note){
            .code = code, .year = r->year, .measure = (int32_t)r->index, .source = -1, .value = value, .unit = unit});
}

/* ---- actions ---- */

/* A ← A·index(y); a selector of emissions scales those and leaves activity alone. */
static ltn_status run_grow(runner *r)
{
    double index = ltn_grow_index(&r->step->measure->grow, r->program->scenario->base_year, r->year);
    ltn_state *s = r->state;
    r->phase = index;
    for (size_t i = 0; i < r->step->source_count; i++) scale_source(r, r->step->sources[i], index);
    for (size_t i = 0; i < r->step->row_count; i++) {
        int32_t row = r->step->rows[i];
        double before = s->emission[row];
        s->emission[row] = before * index;
        s->scaled[row] *= index;
        tell(r, row, before);
    }
    return LTN_OK;
}

/* Hands activity to the derived source, whose emissions follow from its factors. */
static void hand_over(const runner *r, int32_t derived, double activity)
{
    ltn_state *s = r->state;
    int32_t from, to;
    ltn_program_rows(r->program, derived, &from, &to);
    s->present[derived] = 1;
    s->activity[derived] += activity;
    for (int32_t row = from; row < to; row++) {
        double before = s->emission[row];
        s->emission[row] = before + activity * r->program->per_activity[row];
        tell(r, row, before);
    }
}

/* A ← A·(1 − share); what is lost goes to the derived source, energy for energy. */
static void move_share(const runner *r, size_t i, double share)
{
    int32_t source = r->step->sources[i], derived = r->step->derived ? r->step->derived[i] : -1;
    double moved = r->state->activity[source] * share;
    scale_source(r, source, 1 - share);
    if (derived >= 0 && share > 0) hand_over(r, derived, moved * r->step->exchange[i]);
}

static ltn_status run_retire(runner *r)
{
    const ltn_measure *m = r->step->measure;
    double share = ltn_quantity_mean(m->action == LTN_SWITCH ? &m->swap.share : &m->retire.share) * r->phase;
    for (size_t i = 0; i < r->step->source_count; i++) move_share(r, i, share);
    return LTN_OK;
}

/* A ← A·(1 − share); each stage sold takes over its part, unit for unit. */
static void turn_over(const runner *r, size_t i, const ltn_cohort *cohort)
{
    size_t stages = cohort->turnover->to_count;
    double there = r->state->activity[r->step->sources[i]];
    scale_source(r, r->step->sources[i], 1 - r->phase);
    for (size_t k = 0; k < stages; k++) {
        int32_t derived = r->step->derived[i * stages + k];
        double part = ltn_cohort_taken(cohort, k, r->year);
        if (derived >= 0 && part > 0) hand_over(r, derived, there * part);
    }
}

static ltn_status run_turnover(runner *r)
{
    const ltn_turnover *turnover = &r->step->measure->turnover;
    ltn_cohort cohort = {.turnover = turnover, .base_year = r->program->scenario->base_year};
    for (size_t i = 0; i < r->step->source_count; i++) {
        int32_t stage = r->step->item[i];
        cohort.stage = turnover->survival.count ? NULL : &turnover->retire[stage];
        cohort.model_year = r->step->model_year[i];
        r->phase = ltn_cohort_left(&cohort, r->year);
        if (r->phase > 0) turn_over(r, i, &cohort);
    }
    return LTN_OK;
}

/* r = capture · efficiency · effectiveness, each 1 where it is not given. */
static double share_or_one(const ltn_quantity *q)
{
    return q->given ? ltn_quantity_mean(q) : 1;
}

static ltn_status run_control(runner *r)
{
    const ltn_control *control = &r->step->measure->control;
    const ltn_state *s = r->state;
    size_t not_stronger = 0, assumed = 0;
    int32_t source = 0;
    for (size_t i = 0; i < r->step->row_count; i++) {
        int32_t row = r->step->rows[i];
        const ltn_control_device *device = &control->devices[r->step->item[i]];
        double removal =
            share_or_one(&device->capture) * share_or_one(&device->efficiency) * share_or_one(&device->effectiveness);
        double share = r->phase * share_or_one(&device->penetration);
        source = ltn_program_source_of_row(r->program, row, source);
        if (control->mode == LTN_CONTROL_ADD) {
            set_controlled(r, row, source, s->emission[row] * (1 - share * removal));
            continue;
        }
        /* Instead of what is there: the existing control is backed out, never weakened. */
        double existing = s->removal[row];
        assumed += isnan(existing);
        if (isnan(existing)) existing = 0;
        bool stronger = existing < 1 && removal > existing;
        not_stronger += !stronger;
        double cut = stronger ? 1 - (1 - removal) / (1 - existing) : 0;
        set_controlled(r, row, source, s->emission[row] * (1 - share * cut));
    }
    ltn_status status = note(r, LTN_NOTE_CONTROL_NOT_STRONGER, (double)not_stronger, "rows");
    return status ? status : note(r, LTN_NOTE_CONTROL_REMOVAL_ASSUMED, (double)assumed, "rows");
}

/* The ceiling of a row [t/yr], from the year's activity. */
static double ceiling_of(const runner *r, size_t i, int32_t source)
{
    double absolute = r->step->absolute[r->step->item[i]];
    return isnan(absolute) ? r->state->activity[source] * r->step->per_activity[i] : absolute;
}

/* E − φ·max(0, E − ceiling), for each source. */
static void limit_each(const runner *r)
{
    int32_t source = 0;
    for (size_t i = 0; i < r->step->row_count; i++) {
        int32_t row = r->step->rows[i];
        source = ltn_program_source_of_row(r->program, row, source);
        double emission = r->state->emission[row], ceiling = ceiling_of(r, i, source);
        /* Written so that in full force the ceiling comes out to the last bit. */
        double limited = (1 - r->phase) * emission + r->phase * ceiling;
        set_controlled(r, row, source, emission > ceiling ? limited : emission);
    }
}

/* The same over the whole selection, pro rata. */
static void limit_group(const runner *r, int32_t item)
{
    ltn_sum emission = {0}, ceiling = {0};
    int32_t source = 0;
    for (size_t i = 0; i < r->step->row_count; i++) {
        if (r->step->item[i] != item) continue;
        source = ltn_program_source_of_row(r->program, r->step->rows[i], source);
        ltn_sum_add(&emission, r->state->emission[r->step->rows[i]]);
        if (isnan(r->step->absolute[item])) ltn_sum_add(&ceiling, ceiling_of(r, i, source));
    }
    double total = ltn_sum_value(&emission);
    double most = isnan(r->step->absolute[item]) ? ltn_sum_value(&ceiling) : r->step->absolute[item];
    double keep = total > most ? 1 - r->phase * (1 - most / total) : 1;
    source = 0;
    for (size_t i = 0; i < r->step->row_count; i++) {
        if (r->step->item[i] != item) continue;
        int32_t row = r->step->rows[i];
        source = ltn_program_source_of_row(r->program, row, source);
        set_controlled(r, row, source, r->state->emission[row] * keep);
    }
}

static ltn_status run_limit(runner *r)
{
    const ltn_limit *limit = &r->step->measure->limit;
    if (!limit->over) {
        limit_each(r);
        return LTN_OK;
    }
    for (size_t item = 0; item < limit->ceilings.count; item++) limit_group(r, (int32_t)item);
    return LTN_OK;
}

static double tier_activity(const runner *r, int32_t tier)
{
    ltn_sum sum = {0};
    for (size_t i = 0; i < r->step->source_count; i++)
        if (r->step->tier[i] == tier) ltn_sum_add(&sum, r->state->activity[r->step->sources[i]] * r->step->to_unit[i]);
    return ltn_sum_value(&sum);
}

/* Energy of the whole, from given activities. */
static double energy_of_all(const runner *r, const double *activity, size_t sources)
{
    ltn_sum sum = {0};
    for (size_t i = 0; i < r->step->among_count; i++)
        if ((size_t)r->step->among[i] < sources)
            ltn_sum_add(&sum, activity[r->step->among[i]] * r->step->among_to_unit[i]);
    return ltn_sum_value(&sum);
}

/* What the selection's share of the year's energy must lose: (S − x) = s·(T − x), for what is cut leaves the
 * whole too. The share in force is s = b + φ·(final − b), b that of the base year. */
static double energy_excess(const runner *r, double selected, double final)
{
    const double *base = ltn_source_column_of(r->program->base, LTN_ACTIVITY)->numbers;
    double all = energy_of_all(r, r->state->activity, r->program->sources);
    double all_base = energy_of_all(r, base, r->program->base_sources);
    double share_base = all_base > 0 ? r->step->base_activity / all_base : 0,
           share = share_base + r->phase * (final - share_base);
    return share < 1 ? (selected - share * all) / (1 - share) : 0;
}

/* ΣA ≤ L = B + φ·(X − B): the excess is cut tier by tier, pro rata inside a tier. */
static ltn_status run_cap(runner *r)
{
    const ltn_cap *cap = &r->step->measure->cap;
    double base = r->step->base_activity, final = ltn_quantity_mean(&cap->activity),
           total = tier_activity(r, LTN_TIER_PROTECTED);
    for (int32_t tier = 0; tier < r->step->tiers; tier++) total += tier_activity(r, tier);
    bool of_base = cap->of == LTN_CAP_OF_BASE && !*cap->activity.unit;
    double level = base + r->phase * ((of_base ? final * base : final) - base);
    double excess = cap->of == LTN_CAP_OF_ENERGY ? energy_excess(r, total, final) : total - level;
    /* What rounding leaves is no excess. */
    if (!(excess > 1e-12 * total)) excess = 0;
    for (int32_t tier = 0; tier < r->step->tiers && excess > 0; tier++) {
        double there = tier_activity(r, tier), cut = excess < there ? excess : there;
        if (!(there > 0)) continue;
        for (size_t i = 0; i < r->step->source_count; i++)
            if (r->step->tier[i] == tier) scale_source(r, r->step->sources[i], cut == there ? 0 : 1 - cut / there);
        excess -= cut;
    }
    return note(r, LTN_NOTE_CAP_SHORTFALL, excess, r->step->unit);
}

/* A ← A − φ·max(0, A − A_base); a new source keeps 1 − φ of what it would emit. */
static ltn_status run_ban(runner *r)
{
    const double *base = ltn_source_column_of(r->program->base, LTN_ACTIVITY)->numbers;
    for (size_t i = 0; i < r->step->source_count; i++) {
        int32_t source = r->step->sources[i];
        double activity = r->state->activity[source];
        if (r->step->item[i])
            scale_source(r, source, 1 - r->phase);
        else if (activity > base[source])
            scale_source(r, source, 1 - r->phase * (1 - base[source] / activity));
    }
    return LTN_OK;
}

static ltn_status run_add(runner *r)
{
    double share = r->step->share * ltn_date_share(r->step->measure->add.from, r->year);
    if (!(share > 0)) return LTN_OK;
    r->phase = share;
    int32_t from, to;
    ltn_program_rows(r->program, r->step->added, &from, &to);
    r->state->present[r->step->added] = 1;
    for (int32_t row = from; row < to; row++) {
        double before = r->state->emission[row];
        r->state->emission[row] = before + share * r->program->per_activity[row];
        tell(r, row, before);
    }
    return LTN_OK;
}

/* The emission of a row is E0·growth·F, the removal 1 − (1 − R)·F. */
static void set_left(const runner *r, int32_t row, double left)
{
    ltn_state *s = r->state;
    double before = s->emission[row], base = ltn_emission_column_of(r->program->base, LTN_EMISSION)->numbers[row],
           removal = ltn_emission_column_of(r->program->base, LTN_REMOVAL)->numbers[row];
    s->left[row] = left;
    s->emission[row] = base * (s->scaled ? s->scaled[row] : 1) * left;
    if (!isnan(removal) || left != 1) s->removal[row] = 1 - (1 - (isnan(removal) ? 0 : removal)) * left;
    if (s->removal[row] < 0) s->removal[row] = 0;
    tell(r, row, before);
}

/* E ← E·factor; activity is left alone, for a row of the packet may be for one pollutant. */
static void project_packet(runner *r, const ltn_packet *packet)
{
    ltn_state *s = r->state;
    for (size_t i = 0; i < r->step->row_count; i++) {
        int32_t row = r->step->rows[i];
        double before = s->emission[row];
        r->phase = packet->rows[r->step->item[i]].projection.factor;
        s->emission[row] = before * r->phase;
        s->scaled[row] *= r->phase;
        tell(r, row, before);
    }
}

static ltn_status run_packet(runner *r)
{
    const ltn_packet *packet = r->step->measure->packet;
    const ltn_inventory *base = r->program->base;
    const double *emissions = ltn_emission_column_of(base, LTN_EMISSION)->numbers,
                 *removals = ltn_emission_column_of(base, LTN_REMOVAL)->numbers;
    size_t weaker = 0, assumed = 0;
    if (packet->kind == LTN_PACKET_PROJECTION) {
        project_packet(r, packet);
        return LTN_OK;
    }
    ltn_packet_emission e = {.per_day = ltn_packet_per_day(r->program->scenario->base_year)};
    for (size_t i = 0; i < r->step->row_count; i++) {
        int32_t row = r->step->rows[i];
        const ltn_packet_row *from = &packet->rows[r->step->item[i]];
        e.base = emissions[row];
        e.removal = isnan(removals[row]) ? 0 : removals[row];
        e.factor = r->state->left[row];
        assumed += isnan(removals[row]) && ltn_packet_backs_out(packet, from);
        set_left(r, row, ltn_packet_factor(packet, from, &r->program->scenario->packets, &e, &weaker));
    }
    ltn_status status = note(r, LTN_NOTE_CONTROL_NOT_STRONGER, (double)weaker, "rows");
    return status ? status : note(r, LTN_NOTE_CONTROL_REMOVAL_ASSUMED, (double)assumed, "rows");
}

static ltn_status run_step(runner *r)
{
    ltn_action action = r->step->measure->action;
    r->phase = 1;
    if (action == LTN_GROW) return run_grow(r);
    if (action == LTN_ADD) return run_add(r);
    if (action == LTN_TURNOVER) return run_turnover(r);
    r->phase = ltn_measure_phase(r->step->measure, r->program->scenario->base_year, r->year);
    if (!(r->phase > 0)) return LTN_OK;
    switch (action) {
    case LTN_CONTROL:
        return run_control(r);
    case LTN_LIMIT:
        return run_limit(r);
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

ltn_status ltn_program_run(const ltn_program *program, int year, ltn_state *state, const ltn_sink *sink,
                           ltn_notes *notes)
{
    runner r = {.program = program, .state = state, .sink = sink, .notes = notes, .year = year};
    ltn_status status = LTN_OK;
    start_year(program, state);
    for (r.index = 0; !status && r.index < program->step_count; r.index++) {
        r.step = &program->steps[r.index];
        status = run_step(&r);
    }
    return status;
}
