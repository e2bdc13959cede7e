/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "projection/parameters.h"

#include "base/unit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- one input ---- */

/* The name of a stream: `measure:<id>:<what>[:<pollutant>][:<source>]`. Owned by the caller; NULL without memory. */
static char *name_stream(const char *measure, const char *what, const char *pollutant, const char *source)
{
    size_t size = strlen(measure) + strlen(what) + (pollutant ? strlen(pollutant) : 0) + (source ? strlen(source) : 0) +
                  sizeof "measure::::";
    char *name = ltn_alloc(size, 1);
    if (name)
        snprintf(name, size, "measure:%s:%s%s%s%s%s", measure, what, pollutant ? ":" : "", pollutant ? pollutant : "",
                 source ? ":" : "", source ? source : "");
    return name;
}

static bool is_random(const ltn_quantity *q)
{
    return q->given && q->value.kind != LTN_CONSTANT;
}

/* The input of a number, for one source or (NULL) for all; -1 without memory. */
static int32_t add_input(ltn_program *p, int32_t measure, const char *what, const char *pollutant, const char *source,
                         const ltn_law *law)
{
    char *name = name_stream(p->scenario->measures[measure].id, what, pollutant, source);
    int32_t input = name ? ltn_inputs_add(&p->inputs, LTN_INPUT_PARAMETER, name, law, measure) : -1;
    free(name);
    return input;
}

/* ---- parameters ---- */

typedef struct writer {
    ltn_program *program;
    ltn_step *step;
    bool summed; /* the step acts on sums over all its sources: nothing in it can differ by source */
} writer;

/* An input for each item; those of one row after another are of one source or of the next. */
static ltn_status add_each(const writer *w, const char *what, const char *pollutant, const ltn_law *law,
                           ltn_parameter *out)
{
    const ltn_step *step = w->step;
    size_t count = step->source_count + step->row_count;
    int32_t of_row = 0;
    if (!(out->each = ltn_alloc(count, sizeof *out->each))) return LTN_ENOMEM;
    for (size_t i = 0; i < count; i++) {
        bool by_source = i < step->source_count;
        if (!by_source) of_row = ltn_program_source_of_row(w->program, step->rows[i - step->source_count], of_row);
        const char *id = ltn_program_source_id(w->program, by_source ? step->sources[i] : of_row);
        out->each[i] = add_input(w->program, (int32_t)step->index, what, pollutant, id, law);
        if (out->each[i] < 0) return ltn_last_error()->code;
    }
    return LTN_OK;
}

/* The next parameter: a quantity in [low, high], `absent` where it is not given. */
static ltn_status add(writer *w, const ltn_quantity *q, const char *what, const char *pollutant, double absent,
                      double low, double high)
{
    ltn_parameter *out = &w->step->parameters[w->step->parameter_count++];
    *out = (ltn_parameter){.mean = q->given ? ltn_quantity_mean(q) : absent, .input = -1};
    if (!is_random(q)) return LTN_OK;
    ltn_law law = {.value = q->value, .mean = out->mean, .low = low, .high = high};
    if (q->per_source && w->summed)
        return ltn_fail(LTN_EINPUT, &q->place, "%s acts on the sum over all sources; it cannot be drawn per: source",
                        what);
    if (q->per_source) return add_each(w, what, pollutant, &law, out);
    out->input = add_input(w->program, (int32_t)w->step->index, what, pollutant, NULL, &law);
    return out->input < 0 ? ltn_last_error()->code : LTN_OK;
}

static ltn_status add_amount(writer *w, const ltn_quantity *q, const char *what, const char *pollutant)
{
    return add(w, q, what, pollutant, 0, 0, HUGE_VAL);
}

static ltn_status add_share(writer *w, const ltn_quantity *q, const char *what, const char *pollutant)
{
    return add(w, q, what, pollutant, 1, 0, 1);
}

/* What is divided by is never 0, be it as rare as it may: it ends at a thousandth of its mean. What is there more often
 * than bounds allow for is no number to divide by. */
static ltn_status add_divisor(writer *w, const ltn_quantity *q, const char *what, double high)
{
    static const double tolerated = 1e-6;
    double low = q->given ? ltn_quantity_mean(q) / 1000 : 0, near_0 = 0;
    if (is_random(q)) near_0 = ltn_distribution_outside(&q->value, low, HUGE_VAL);
    if (near_0 > tolerated)
        return ltn_fail(
            LTN_EINPUT, &q->place,
            "%s, by which heat is divided, lies below a thousandth of its mean with probability %.2g; use a "
            "distribution that stays away from 0",
            what, near_0);
    return add(w, q, what, NULL, 1, low, high);
}

/* ---- of each action ---- */

static ltn_status of_replace(writer *w, const ltn_quantity *share, const ltn_replace *r)
{
    ltn_status status = add_share(w, share, "share", NULL);
    if (!status) status = add_amount(w, &r->ncv_old, "ncv_old", NULL);
    if (!status) status = add_share(w, &r->efficiency_old, "efficiency_old", NULL);
    if (!status) status = add_divisor(w, &r->ncv_new, "ncv_new", HUGE_VAL);
    return status ? status : add_divisor(w, &r->efficiency_new, "efficiency_new", 1);
}

static ltn_status of_control(writer *w, const ltn_control *control)
{
    ltn_status status = LTN_OK;
    for (size_t i = 0; !status && i < control->count; i++) {
        const ltn_control_device *device = &control->devices[i];
        const char *pollutant = device->pollutant.name;
        status = add_share(w, &device->capture, "capture", pollutant);
        if (!status) status = add_share(w, &device->efficiency, "efficiency", pollutant);
        if (!status) status = add_share(w, &device->effectiveness, "effectiveness", pollutant);
        if (!status) status = add_share(w, &device->penetration, "penetration", pollutant);
    }
    return status;
}

/* A ceiling reckoned from a concentration moves with the volume of flue gas too. */
static ltn_status of_limit(writer *w, const ltn_limit *limit)
{
    static const double oxygen_of_air = 0.209;
    static const ltn_quantity none = {.unit = ""};
    const ltn_quantity *gas = limit->flue_gas_0.given ? &limit->flue_gas_0 : &limit->flue_gas;
    ltn_status status = LTN_OK;
    for (size_t i = 0; !status && i < limit->ceilings.count; i++) {
        const ltn_pollutant_quantity *ceiling = &limit->ceilings.items[i];
        double scale;
        bool through_gas = gas->given && ltn_unit_scale(ceiling->value.unit, "mg/m3", &scale) == LTN_OK;
        bool dilutes = through_gas && limit->flue_gas_0.given;
        status = add_amount(w, &ceiling->value, "ceiling", ceiling->pollutant.name);
        if (!status) status = add_amount(w, through_gas ? gas : &none, "flue_gas", NULL);
        /* Nothing is reckoned of gas that is all air. */
        if (!status) status = add(w, dilutes ? &limit->oxygen : &none, "oxygen", NULL, 0, 0, oxygen_of_air * 0.999);
    }
    return status;
}

static ltn_status of_cap(writer *w, const ltn_cap *cap)
{
    ltn_status status = add_amount(w, &cap->activity, "activity", NULL);
    for (size_t i = 0; !status && i < cap->ncv.count; i++)
        status = add_amount(w, &cap->ncv.items[i].value, "ncv", cap->ncv.items[i].pollutant.name);
    return status;
}

static ltn_status of_turnover(writer *w, const ltn_turnover *turnover)
{
    ltn_status status = LTN_OK;
    for (size_t i = 0; !status && i < turnover->retire_count; i++)
        status = add(w, &turnover->retire[i].rate, "scrappage", turnover->retire[i].stage.name, 0, 0, 1);
    return status;
}

static size_t count_of(const ltn_measure *m)
{
    switch (m->action) {
    case LTN_GROW:
        return LTN_GROW_PARAMETERS;
    case LTN_RETIRE:
    case LTN_SWITCH:
        return LTN_REPLACE_PARAMETERS;
    case LTN_CONTROL:
        return m->control.count * LTN_CONTROL_PARAMETERS;
    case LTN_LIMIT:
        return m->limit.ceilings.count * LTN_LIMIT_PARAMETERS;
    case LTN_CAP:
        return LTN_HEATING_VALUES + m->cap.ncv.count;
    case LTN_TURNOVER:
        return m->turnover.retire_count;
    default:
        return 0;
    }
}

ltn_status ltn_parameters_of_step(ltn_program *p, ltn_step *step)
{
    const ltn_measure *m = step->measure;
    writer w = {p, step, step->total_count > 0};
    size_t count = count_of(m);
    if (!(step->parameters = ltn_alloc(count, sizeof *step->parameters))) return LTN_ENOMEM;
    step->first_parameter = p->parameter_count;
    step->first_total = p->total_count;
    p->parameter_count += count;
    p->total_count += step->total_count;
    switch (m->action) {
    case LTN_GROW:
        return add(&w, &m->grow.rate, "rate", NULL, 0, -1, HUGE_VAL);
    case LTN_RETIRE:
        return of_replace(&w, &m->retire.share, &m->retire.replace);
    case LTN_SWITCH:
        return of_replace(&w, &m->swap.share, &m->swap);
    case LTN_CONTROL:
        return of_control(&w, &m->control);
    case LTN_LIMIT:
        return of_limit(&w, &m->limit);
    case LTN_CAP:
        return of_cap(&w, &m->cap);
    case LTN_TURNOVER:
        return of_turnover(&w, &m->turnover);
    default:
        return LTN_OK;
    }
}

/* ---- rows that measures make ---- */

static ltn_status input_of_row(ltn_program *p, const ltn_quantity *q, const char *what, const char *pollutant,
                               int32_t measure, int32_t source, int32_t *out)
{
    *out = -1;
    if (!q || !is_random(q)) return LTN_OK;
    ltn_law law = {.value = q->value, .mean = ltn_quantity_mean(q), .relative = true, .low = 0, .high = HUGE_VAL};
    if (!(law.mean > 0)) return ltn_fail(LTN_EINPUT, &q->place, "the mean of a random %s must be positive", what);
    const char *id = q->per_source ? ltn_program_source_id(p, source) : NULL;
    *out = add_input(p, measure, what, pollutant, id, &law);
    return *out < 0 ? ltn_last_error()->code : LTN_OK;
}

ltn_status ltn_parameters_of_rows(ltn_program *p, const ltn_derivation *d, int32_t source)
{
    size_t count = d->factors->count, rows = p->derived->emissions->rows, first = rows - count;
    ltn_status status = ltn_reserve(&p->derived_factor, &p->derived_factor_capacity, rows, sizeof *p->derived_factor);
    if (!status)
        status = ltn_reserve(&p->derived_distance, &p->derived_distance_capacity, rows, sizeof *p->derived_distance);
    for (size_t i = 0; !status && i < count; i++) {
        const ltn_pollutant_quantity *given = &d->given->items[i];
        bool driven = d->vkt && strcmp(given->value.unit, d->factors->items[i].value.unit) != 0;
        char what[128];
        snprintf(what, sizeof what, "factor%s%s", d->suffix ? ":" : "", d->suffix ? d->suffix : "");
        status = input_of_row(p, &given->value, what, given->pollutant.name, d->number, source,
                              &p->derived_factor[first + i]);
        if (!status)
            status = input_of_row(p, driven ? d->vkt : NULL, "vkt", NULL, d->number, source,
                                  &p->derived_distance[first + i]);
        p->has_random_rows |= p->derived_factor[first + i] >= 0 || p->derived_distance[first + i] >= 0;
    }
    return status;
}
