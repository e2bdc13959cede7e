/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "assess/product_form.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* How a measure breaks the form. What is broken is measure · REASONS + reason. */
enum { RANDOM, CAPS, LIMITS, REPLACES, CONTROLS, REASONS };

static const char *const reasons[REASONS] = {
    [RANDOM] = "has a random number of its own",
    [CAPS] = "caps a sum of uncertain activities",
    [LIMITS] = "sets uncertain emissions a limit that does not move with them",
    [REPLACES] = "replaces a removal that is uncertain",
    [CONTROLS] = "controls emissions that are uncertain",
};

/* ---- what rows move with ---- */

static int32_t input_of(const int32_t *inputs, size_t at)
{
    return inputs ? inputs[at] : -1;
}

static ltn_row_inputs inputs_of(const ltn_program *p, int32_t source, size_t row)
{
    int32_t root = ltn_program_root(p, source);
    bool derived = row >= p->base_rows;
    size_t at = derived ? row - p->base_rows : row;
    const ltn_frame *f = &p->whole;
    return (ltn_row_inputs){{
        [LTN_OF_ACTIVITY] = root < 0 ? -1 : input_of(f->activity_input, (size_t)root),
        [LTN_OF_FACTOR] = input_of(derived ? f->derived_factor : f->factor_input, at),
        [LTN_OF_REMOVAL] = derived ? -1 : input_of(f->removal_input, at),
        [LTN_OF_DISTANCE] = derived ? input_of(f->derived_distance, at) : -1,
    }};
}

ltn_status ltn_product_form_create(const ltn_program *p, ltn_product_form *out)
{
    *out = (ltn_product_form){
        .program = p,
        .source = ltn_alloc(p->rows, sizeof *out->source),
        .rows = ltn_alloc(p->rows, sizeof *out->rows),
        .source_broken = ltn_alloc(p->sources, sizeof *out->source_broken),
        .row_broken = ltn_alloc(p->rows, sizeof *out->row_broken),
    };
    if (!out->source || !out->rows || !out->source_broken || !out->row_broken) {
        ltn_product_form_free(out);
        return LTN_ENOMEM;
    }
    for (int32_t s = 0; (size_t)s < p->sources; s++)
        for (int32_t row = p->first[s]; row < p->first[s + 1]; row++) {
            out->source[row] = s;
            out->rows[row] = inputs_of(p, s, (size_t)row);
        }
    return LTN_OK;
}

void ltn_product_form_free(ltn_product_form *form)
{
    free(form->source);
    free(form->rows);
    free(form->source_broken);
    free(form->row_broken);
    *form = (ltn_product_form){0};
}

/* ---- one measure ---- */

typedef struct judge {
    const ltn_product_form *form;
    const ltn_step *step;
    int year;
} judge;

static void spoil(const judge *j, int32_t *broken, int reason)
{
    if (*broken < 0) *broken = (int32_t)j->step->index * REASONS + reason;
}

static bool activity_varies(const judge *j, int32_t source)
{
    int32_t root = ltn_program_root(j->form->program, source);
    return j->form->source_broken[source] >= 0 ||
           (root >= 0 && input_of(j->form->program->whole.activity_input, (size_t)root) >= 0);
}

/* Otherwise than with its activity. */
static bool rate_varies(const judge *j, int32_t row)
{
    const int32_t *input = j->form->rows[row].input;
    return j->form->row_broken[row] >= 0 || input[LTN_OF_FACTOR] >= 0 || input[LTN_OF_REMOVAL] >= 0 ||
           input[LTN_OF_DISTANCE] >= 0;
}

static bool row_varies(const judge *j, int32_t row)
{
    return rate_varies(j, row) || activity_varies(j, j->form->source[row]);
}

/* The parameters of an item of a step: some actions have a set for each device, ceiling or stage. */
static bool is_random(const ltn_step *step, size_t item)
{
    size_t first = 0, count = step->parameter_count, which = step->item ? (size_t)step->item[item] : 0;
    if (step->measure->action == LTN_CONTROL) first = which * LTN_CONTROL_PARAMETERS, count = LTN_CONTROL_PARAMETERS;
    if (step->measure->action == LTN_LIMIT) first = which * LTN_LIMIT_PARAMETERS, count = LTN_LIMIT_PARAMETERS;
    if (step->measure->action == LTN_TURNOVER && count) first = which, count = 1;
    for (size_t k = first; k < first + count; k++)
        if (step->parameters[k].input >= 0 || step->parameters[k].each) return true;
    return false;
}

static void judge_parameters(const judge *j)
{
    const ltn_step *step = j->step;
    for (size_t i = 0; i < step->source_count + step->row_count; i++) {
        bool by_source = i < step->source_count;
        if (!is_random(step, i)) continue;
        spoil(j,
              by_source ? &j->form->source_broken[step->sources[i]]
                        : &j->form->row_broken[step->rows[i - step->source_count]],
              RANDOM);
    }
}

/* Sources made out of one are what their origin's activity is. */
static void hand_down(const judge *j)
{
    const ltn_step *step = j->step;
    size_t each = step->measure->action == LTN_TURNOVER ? step->measure->turnover.to_count : 1;
    for (size_t i = 0; step->derived && i < step->source_count * each; i++) {
        int32_t broken = j->form->source_broken[step->sources[i / each]], derived = step->derived[i];
        if (derived >= 0 && broken >= 0 && j->form->source_broken[derived] < 0)
            j->form->source_broken[derived] = broken;
    }
}

static void judge_cap(const judge *j)
{
    const ltn_step *step = j->step;
    bool varies = false;
    for (size_t i = 0; i < step->source_count; i++) varies |= activity_varies(j, step->sources[i]);
    for (size_t i = 0; i < step->among_count; i++) varies |= activity_varies(j, step->among[i]);
    for (size_t i = 0; varies && i < step->source_count; i++)
        if (step->tier[i] != LTN_TIER_PROTECTED) spoil(j, &j->form->source_broken[step->sources[i]], CAPS);
}

/* A ceiling per activity moves with the activity, as the emission does. */
static void judge_limits(const judge *j)
{
    for (size_t i = 0; i < j->step->row_count; i++) {
        int32_t row = j->step->rows[i];
        bool moves = isnan(j->step->absolute[j->step->item[i]]);
        if (moves ? rate_varies(j, row) : row_varies(j, row)) spoil(j, &j->form->row_broken[row], LIMITS);
    }
}

/* One ceiling for all: each row is what the others leave of it. */
static void judge_group(const judge *j)
{
    const ltn_step *step = j->step;
    for (size_t item = 0; item < step->measure->limit.ceilings.count; item++) {
        bool varies = false;
        for (size_t i = 0; i < step->row_count; i++)
            varies |= step->item[i] == (int32_t)item && (row_varies(j, step->rows[i]) || is_random(step, i));
        for (size_t i = 0; varies && i < step->row_count; i++)
            if (step->item[i] == (int32_t)item) spoil(j, &j->form->row_broken[step->rows[i]], LIMITS);
    }
}

static void judge_control(const judge *j)
{
    if (j->step->measure->control.mode == LTN_CONTROL_ADD) return;
    for (size_t i = 0; i < j->step->row_count; i++) {
        int32_t row = j->step->rows[i];
        if (j->form->rows[row].input[LTN_OF_REMOVAL] >= 0) spoil(j, &j->form->row_broken[row], REPLACES);
    }
}

static void judge_packet(const judge *j)
{
    if (j->step->measure->packet->kind == LTN_PACKET_PROJECTION) return;
    for (size_t i = 0; i < j->step->row_count; i++)
        if (row_varies(j, j->step->rows[i])) spoil(j, &j->form->row_broken[j->step->rows[i]], CONTROLS);
}

/* Growth whose index is another at another rate. */
static bool is_in_force(const judge *j)
{
    const ltn_measure *m = j->step->measure;
    int base_year = j->form->program->scenario->base_year;
    if (m->action == LTN_GROW)
        return ltn_grow_index(&m->grow, 0.25, base_year, j->year) != ltn_grow_index(&m->grow, 0.5, base_year, j->year);
    if (m->action == LTN_TURNOVER) return j->year != base_year;
    return m->action != LTN_ADD && ltn_measure_phase(m, base_year, j->year) > 0;
}

static void judge_step(const judge *j)
{
    if (!is_in_force(j)) return;
    judge_parameters(j);
    hand_down(j);
    switch (j->step->measure->action) {
    case LTN_CAP:
        judge_cap(j);
        break;
    case LTN_LIMIT:
        (j->step->measure->limit.over ? judge_group : judge_limits)(j);
        break;
    case LTN_CONTROL:
        judge_control(j);
        break;
    case LTN_PACKET:
        judge_packet(j);
        break;
    default:
        break;
    }
}

/* ---- all ---- */

void ltn_product_form_judge(ltn_product_form *form, int year)
{
    const ltn_program *p = form->program;
    for (size_t i = 0; i < p->sources; i++) form->source_broken[i] = -1;
    for (size_t i = 0; i < p->rows; i++) form->row_broken[i] = -1;
    for (size_t i = 0; i < p->step_count; i++) judge_step(&(judge){form, &p->steps[i], year});
}

static ltn_status refuse_correlation(const ltn_program *p, int32_t copula)
{
    const ltn_scenario *scenario = p->scenario;
    size_t r = 0;
    while (p->inputs.copulas[copula].factor != p->inputs.factors[r]) r++;
    return ltn_fail(LTN_EUNSUPPORTED, &scenario->correlations[r].place,
                    "a correlation joins inputs; exact moments are those of independent ones: expected none, or the "
                    "ensemble");
}

ltn_status ltn_product_form_check(const ltn_product_form *form, size_t row, int year)
{
    const ltn_program *p = form->program;
    int32_t broken = form->row_broken[row];
    if (broken < 0) broken = form->source_broken[form->source[row]];
    if (broken >= 0) {
        const ltn_measure *m = &p->scenario->measures[broken / REASONS];
        return ltn_fail(LTN_EUNSUPPORTED, &m->place,
                        "measure '%s' %s, so in %d source '%s' emits no constant times random factors; exact moments "
                        "expect that: use the ensemble, or leave the measure or the source out",
                        m->id, reasons[broken % REASONS], year, ltn_program_source_id(p, form->source[row]));
    }
    for (int k = 0; k < LTN_ROW_INPUTS; k++) {
        int32_t input = form->rows[row].input[k];
        if (input >= 0 && p->inputs.items[input].copula >= 0)
            return refuse_correlation(p, p->inputs.items[input].copula);
    }
    return LTN_OK;
}
