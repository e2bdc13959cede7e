/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "projection/projection.h"

#include "base/parallel.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void ltn_projection_options_init(ltn_projection_options *options)
{
    *options = (ltn_projection_options){.struct_size = sizeof *options};
}

/* ---- running all years ---- */

typedef struct year_loop {
    ltn_projection *run;
    const ltn_projection_options *options;
    ltn_notes *notes; /* of each year */
    ltn_watch watch;
} year_loop;

/* Growth without bound ends in an error, not in an infinite emission. */
static ltn_status check_finite(const ltn_projection *run, int year, const double *emission)
{
    const ltn_program *p = &run->program;
    size_t row = 0;
    while (row < p->rows && isfinite(emission[row])) row++;
    if (row == p->rows) return LTN_OK;
    return ltn_fail(LTN_EINPUT, &p->scenario->place, "the emission of source '%s' in %d is larger than any number",
                    ltn_program_source_id(p, ltn_program_source_of_row(p, (int32_t)row, 0)), year);
}

static ltn_status run_year(void *context, size_t index)
{
    year_loop *loop = context;
    ltn_projection *run = loop->run;
    ltn_state state;
    ltn_status status = ltn_watch_check(&loop->watch);
    if (!status) status = ltn_state_create(&run->program, &state);
    if (status) return status;
    status = ltn_program_run(&run->program, run->years[index], &state, NULL, &loop->notes[index]);
    if (!status) status = check_finite(run, run->years[index], state.emission);
    run->emissions[index] = state.emission;
    state.emission = NULL;
    ltn_state_free(&state);
    ltn_watch_add(&loop->watch, 1, run->year_count);
    return status;
}

static ltn_status run_years(ltn_projection *run, const ltn_projection_options *options)
{
    year_loop loop = {.run = run, .options = options};
    ltn_watch_start(&loop.watch, options->progress, options->progress_data, "the projection");
    loop.notes = ltn_alloc(run->year_count, sizeof *loop.notes);
    run->emissions = ltn_alloc(run->year_count, sizeof *run->emissions);
    if (!loop.notes || !run->emissions) {
        free(loop.notes);
        return LTN_ENOMEM;
    }
    ltn_status status = ltn_parallel(run->year_count, options->threads, run_year, &loop);
    if (!status) status = ltn_watch_check(&loop.watch);
    if (!status) status = ltn_notes_append(&run->notes, &run->program.notes);
    for (size_t i = 0; i < run->year_count; i++) {
        if (!status) status = ltn_notes_append(&run->notes, &loop.notes[i]);
        ltn_notes_free(&loop.notes[i]);
    }
    free(loop.notes);
    return status;
}

/* The base year, then every year from the first to the last. */
static ltn_status set_years(ltn_projection *run, const ltn_projection_options *options)
{
    const ltn_scenario *s = run->program.scenario;
    int first = options->first_year ? options->first_year : s->years[0],
        last = options->last_year ? options->last_year : s->years[1];
    if (first < s->base_year || last < first || last > s->years[1])
        return ltn_fail(LTN_EARGUMENT, NULL, "years %d to %d are not within the scenario's %d to %d", first, last,
                        s->base_year, s->years[1]);
    if (s->of_packets && (first != s->years[0] || last != s->years[0]))
        return ltn_fail(LTN_EARGUMENT, NULL,
                        "SMOKE's packets lead to %d and tell of no other year; years %d to %d were asked for",
                        s->years[0], first, last);
    if (!(run->years = ltn_alloc((size_t)(last - first) + 2, sizeof *run->years))) return LTN_ENOMEM;
    run->years[run->year_count++] = s->base_year;
    for (int year = first > s->base_year ? first : s->base_year + 1; year <= last; year++)
        run->years[run->year_count++] = year;
    return LTN_OK;
}

static ltn_status refuse_forbidden(const ltn_projection *run, const ltn_projection_options *options)
{
    const ltn_note *note = ltn_notes_forbidden(&run->notes, options->strict, options->no_defaults);
    if (!note) return LTN_OK;
    const ltn_scenario *s = run->program.scenario;
    char text[256];
    ltn_note_text(note, LTN_ENGLISH, text, sizeof text);
    const ltn_place *at = note->measure >= 0 ? &s->measures[note->measure].place : &s->place;
    return ltn_fail(LTN_EREFUSED, at, "%s%s%s: %s", note->measure >= 0 ? s->measures[note->measure].id : "inventory",
                    note->source >= 0 ? ", source " : "",
                    note->source >= 0 ? ltn_program_source_id(&run->program, note->source) : "", text);
}

ltn_status ltn_projection_run(const ltn_inventory *base, const ltn_scenario *scenario,
                              const ltn_projection_options *options, ltn_projection **out)
{
    *out = NULL;
    ltn_projection_options all;
    ltn_projection_options_init(&all);
    if (options) memcpy(&all, options, options->struct_size < sizeof all ? options->struct_size : sizeof all);
    ltn_projection *run = ltn_alloc(1, sizeof *run);
    if (!run) return LTN_ENOMEM;
    run->threads = all.threads;
    ltn_status status = ltn_program_compile(base, scenario, &run->program);
    if (!status) status = set_years(run, &all);
    if (!status) status = run_years(run, &all);
    if (!status) status = refuse_forbidden(run, &all);
    if (status)
        ltn_projection_free(run);
    else
        *out = run;
    return status;
}

ltn_status ltn_projection_repeat(const ltn_projection *run, const double *shares, ltn_projection **out)
{
    *out = NULL;
    ltn_projection_options options;
    ltn_projection_options_init(&options);
    options.threads = run->threads;
    ltn_projection *again = ltn_alloc(1, sizeof *again);
    if (!again) return LTN_ENOMEM;
    again->threads = run->threads;
    ltn_status status = ltn_program_compile(run->program.given, run->program.scenario, &again->program);
    for (size_t i = 0; !status && i < again->program.step_count; i++) again->program.steps[i].share = shares[i];
    if (!status && !(again->years = ltn_alloc(run->year_count, sizeof *again->years))) status = LTN_ENOMEM;
    if (!status) {
        again->year_count = run->year_count;
        memcpy(again->years, run->years, run->year_count * sizeof *again->years);
        status = run_years(again, &options);
    }
    if (status)
        ltn_projection_free(again);
    else
        *out = again;
    return status;
}

void ltn_projection_free(ltn_projection *run)
{
    if (!run) return;
    for (size_t i = 0; run->emissions && i < run->year_count; i++) free(run->emissions[i]);
    free(run->emissions);
    free(run->years);
    ltn_notes_free(&run->notes);
    ltn_program_free(&run->program);
    free(run);
}

/* ---- reading from it ---- */

const ltn_inventory *ltn_projection_base(const ltn_projection *run)
{
    return run->program.base;
}

const ltn_scenario *ltn_projection_scenario(const ltn_projection *run)
{
    return run->program.scenario;
}

const ltn_inventory *ltn_projection_derived(const ltn_projection *run)
{
    return run->program.derived;
}

const int *ltn_projection_years(const ltn_projection *run, size_t *count)
{
    *count = run->year_count;
    return run->years;
}

int ltn_projection_find_year(const ltn_projection *run, int year)
{
    for (size_t i = 0; i < run->year_count; i++)
        if (run->years[i] == year) return (int)i;
    return -1;
}

const double *ltn_projection_emissions(const ltn_projection *run, int year)
{
    int index = ltn_projection_find_year(run, year);
    return index < 0 ? NULL : run->emissions[index];
}

/* ---- the projected inventory ---- */

/* Base rows, and the derived rows that are in force: keep is a byte an emission row of the derived. */
static ltn_status join(const ltn_program *p, const ltn_state *state, ltn_inventory **out)
{
    ltn_inventory *in_force = NULL;
    uint8_t *keep = ltn_alloc(p->derived->emissions->rows, 1);
    if (!keep) return LTN_ENOMEM;
    for (size_t s = 0; s < p->derived->sources->rows; s++)
        for (int32_t row = p->derived->first[s]; row < p->derived->first[s + 1]; row++)
            keep[row] = state->present[p->base_sources + s];
    ltn_status status = ltn_inventory_filter(p->derived, keep, &in_force);
    free(keep);
    /* The derived rows stand on the base's basis. */
    if (!status) status = ltn_inventory_copy_metadata(in_force, p->base);
    const ltn_inventory *parts[] = {p->base, in_force};
    if (!status) status = ltn_inventory_concatenate(parts, 2, out);
    ltn_inventory_free(in_force);
    return status;
}

/* What a row's factor is multiplied by so that A·EF·(1 − R) gives the year's emission. Growth of the emission
 * alone is growth of its factor; and a base emission that its own factor did not give keeps the ratio. */
static double factor_change(const ltn_program *p, const ltn_state *s, int32_t source, int32_t row)
{
    static const double agree = 0.005; /* as the reader asks of a given emission */
    double scaled = s->scaled ? s->scaled[row] : 1;
    double reckoned = s->activity[source] * p->per_activity[row] * scaled * (1 - s->removal[row]);
    bool differs = reckoned > 0 && fabs(reckoned - s->emission[row]) > agree * s->emission[row];
    return differs ? scaled * s->emission[row] / reckoned : scaled;
}

/* Leaves the emission alone, and no device for a reader to reckon a removal from. */
static void forget_removal(ltn_column *emissions, size_t row)
{
    static const ltn_emission_column numbers[] = {LTN_FACTOR, LTN_REMOVAL, LTN_RUNNING},
                                     texts[] = {LTN_DEVICE, LTN_CAPTURE, LTN_REMOVAL_KEY};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) emissions[numbers[i]].numbers[row] = NAN;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) emissions[texts[i]].codes[row] = -1;
}

static void put_state(const ltn_program *p, const ltn_state *s, ltn_inventory *made)
{
    ltn_column *sources = made->sources->columns, *emissions = made->emissions->columns;
    int months[LTN_MONTHS];
    size_t month_count = ltn_month_columns(made->emissions, months), row_made = 0;
    int32_t source_made = 0;
    for (int32_t source = 0; (size_t)source < p->sources; source++) {
        int32_t from, to;
        ltn_program_rows(p, source, &from, &to);
        if (!s->present[source] || from == to) continue; /* what emits nothing is no row of an inventory */
        sources[LTN_ACTIVITY].numbers[source_made++] = s->activity[source];
        for (int32_t row = from; row < to; row++, row_made++) {
            double base = emissions[LTN_EMISSION].numbers[row_made];
            if (base > 0) ltn_scale_months(made->emissions, months, month_count, row_made, s->emission[row] / base);
            emissions[LTN_EMISSION].numbers[row_made] = s->emission[row];
            emissions[LTN_REMOVAL].numbers[row_made] = s->removal[row];
            emissions[LTN_FACTOR].numbers[row_made] *= factor_change(p, s, source, row);
            /* Where 1 − R has no digits left, the emission is all that can be told. */
            if (s->removal[row] >= 1 && s->emission[row] > 0) forget_removal(emissions, row_made);
            made->assumed_count -= made->assumed[row_made] && !isnan(s->removal[row]);
            made->assumed[row_made] = made->assumed[row_made] && isnan(s->removal[row]);
        }
    }
}

static ltn_status label(const ltn_program *p, int year, ltn_inventory *made)
{
    char text[512], number[16];
    snprintf(text, sizeof text, "%s+%s", ltn_program_baseline(p), ltn_scenario_name(p->scenario, LTN_ENGLISH));
    snprintf(number, sizeof number, "%d", year);
    ltn_status status = ltn_inventory_set_metadata(made, "base_year", number);
    for (int zh = 0; !status && zh < 2; zh++) {
        char title[512];
        const char *key = zh ? "title_zh" : "title";
        snprintf(title, sizeof title, "%s, %d", ltn_scenario_name(p->scenario, zh ? LTN_CHINESE : LTN_ENGLISH), year);
        if (ltn_inventory_metadata(made, key)) status = ltn_inventory_set_metadata(made, key, title);
    }
    return status ? status : ltn_inventory_set_metadata(made, "baseline", text);
}

ltn_status ltn_projection_inventory(const ltn_projection *run, int year, ltn_inventory **out)
{
    *out = NULL;
    if (ltn_projection_find_year(run, year) < 0) return ltn_fail(LTN_ENOTFOUND, NULL, "year %d is not projected", year);
    ltn_state state;
    ltn_inventory *made = NULL;
    ltn_status status = ltn_state_create(&run->program, &state);
    if (status) return status;
    status = ltn_program_run(&run->program, year, &state, NULL, NULL);
    if (!status) status = join(&run->program, &state, &made);
    if (!status) put_state(&run->program, &state, made);
    if (!status) status = label(&run->program, year, made);
    ltn_state_free(&state);
    if (status)
        ltn_inventory_free(made);
    else
        *out = made;
    return status;
}
