/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "projection/simulate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* With its lanes, the state of so many rows fits the second-level cache beside what it starts from. */
enum { TILE_ROWS = 128 };

/* Inputs that several rows share are drawn once for all tiles, so many at most: a fixed share of memory. */
enum { SHARED_MAX = 1 << 14 };

/* A run of the base's sources with all that measures make out of them. */
typedef struct tile {
    ltn_frame frame;
    size_t first_source, first_row;         /* of the base */
    int32_t *derived_rows;                  /* of each derived row: its number in the program */
    int32_t *first;                         /* of the frame */
    double *per_activity, *activity;        /* of the frame; of its derived sources */
    int32_t *factor_input, *distance_input; /* of the derived rows */
    ltn_step *steps;
    size_t step_count, step_capacity;
} tile;

struct ltn_simulation {
    const ltn_program *program;
    const ltn_outputs *outputs;
    const uint8_t *keep; /* of each source, while it is cut; NULL: all are in */
    int *years;
    size_t year_count, tile_rows;
    tile *tiles;
    size_t tile_count;
    int32_t *tile_of, *local_of; /* of each source of the program; the tile of one that is left out is -1 */
    int32_t *shared;             /* of each input: its slot, or -1 */
    size_t shared_count;
    size_t most_sources, most_rows; /* of a tile */
};

/* ---- cutting the inventory ---- */

static size_t rows_of(const ltn_program *p, size_t source)
{
    return (size_t)(p->first[source + 1] - p->first[source]);
}

static bool is_kept(const ltn_simulation *s, size_t source)
{
    return !s->keep || s->keep[source];
}

/* Tiles are runs of the base's sources whose families have few rows together; new sources go to the last. Where a
 * source is left out, a run ends. */
static void number_tiles(ltn_simulation *s, const size_t *weight)
{
    const ltn_program *p = s->program;
    size_t filled = 0;
    bool any = false, broken = false;
    s->tile_count = 1;
    for (size_t i = 0; i < p->base_sources; i++) {
        bool kept = is_kept(s, i);
        s->tile_of[i] = -1;
        if (kept && any && (broken || (filled && filled + weight[i] > s->tile_rows))) s->tile_count++, filled = 0;
        broken = !kept;
        if (!kept) continue;
        any = true;
        filled += weight[i];
        s->tile_of[i] = (int32_t)s->tile_count - 1;
    }
    for (size_t i = p->base_sources; i < p->sources; i++) {
        int32_t root = ltn_program_root(p, (int32_t)i);
        s->tile_of[i] = root >= 0 ? s->tile_of[root] : is_kept(s, i) ? (int32_t)s->tile_count - 1 : -1;
    }
}

static ltn_status assign_tiles(ltn_simulation *s)
{
    const ltn_program *p = s->program;
    size_t *weight = ltn_alloc(p->base_sources + 1, sizeof *weight);
    s->tile_of = ltn_alloc(p->sources, sizeof *s->tile_of);
    s->local_of = ltn_alloc(p->sources, sizeof *s->local_of);
    if (!weight || !s->tile_of || !s->local_of) {
        free(weight);
        return LTN_ENOMEM;
    }
    for (size_t i = 0; i < p->base_sources; i++) weight[i] = rows_of(p, i);
    for (size_t i = p->base_sources; i < p->sources; i++) {
        int32_t root = ltn_program_root(p, (int32_t)i);
        if (root >= 0) weight[root] += rows_of(p, i);
    }
    number_tiles(s, weight);
    free(weight);
    return (s->tiles = ltn_alloc(s->tile_count, sizeof *s->tiles)) ? LTN_OK : LTN_ENOMEM;
}

static void count_sources(ltn_simulation *s)
{
    const ltn_program *p = s->program;
    for (size_t i = 0; i < p->sources; i++) {
        if (s->tile_of[i] < 0) continue;
        tile *t = &s->tiles[s->tile_of[i]];
        ltn_frame *f = &t->frame;
        if (i < p->base_sources && !f->base_sources++) t->first_source = i, t->first_row = (size_t)p->first[i];
        s->local_of[i] = (int32_t)f->sources++;
        f->rows += rows_of(p, i);
        if (i < p->base_sources) f->base_rows += rows_of(p, i);
    }
}

static ltn_status alloc_tile(tile *t)
{
    const ltn_frame *f = &t->frame;
    size_t sources = f->sources - f->base_sources, rows = f->rows - f->base_rows;
    t->first = ltn_alloc(f->sources + 1, sizeof *t->first);
    t->per_activity = ltn_alloc(f->rows, sizeof *t->per_activity);
    t->activity = ltn_alloc(sources, sizeof *t->activity);
    t->derived_rows = ltn_alloc(rows, sizeof *t->derived_rows);
    t->factor_input = ltn_alloc(rows, sizeof *t->factor_input);
    t->distance_input = ltn_alloc(rows, sizeof *t->distance_input);
    bool good = t->first && t->per_activity && t->activity && t->derived_rows && t->factor_input && t->distance_input;
    return good ? LTN_OK : LTN_ENOMEM;
}

/* Copies of the columns are made for what is not one run in the program: what has to do with derived sources. */
static void point_frame(const ltn_program *p, tile *t)
{
    ltn_frame *f = &t->frame;
    const ltn_inputs *inputs = &p->inputs;
    f->program = p;
    f->first = t->first;
    f->activity = p->whole.activity + t->first_source;
    f->emission = p->whole.emission + t->first_row;
    f->removal = p->whole.removal + t->first_row;
    f->derived_activity = t->activity;
    f->per_activity = t->per_activity;
    f->activity_input = inputs->activity ? inputs->activity + t->first_source : NULL;
    f->factor_input = inputs->factor ? inputs->factor + t->first_row : NULL;
    f->removal_input = inputs->removal ? inputs->removal + t->first_row : NULL;
    f->derived_factor = p->has_random_rows ? t->factor_input : NULL;
    f->derived_distance = p->has_random_rows ? t->distance_input : NULL;
}

static void fill_tiles(ltn_simulation *s)
{
    const ltn_program *p = s->program;
    for (size_t i = 0; i < p->sources; i++) {
        if (s->tile_of[i] < 0) continue;
        tile *t = &s->tiles[s->tile_of[i]];
        size_t local = (size_t)s->local_of[i], at = (size_t)t->first[local];
        t->first[local + 1] = (int32_t)(at + rows_of(p, i));
        for (int32_t row = p->first[i]; row < p->first[i + 1]; row++, at++) {
            t->per_activity[at] = p->per_activity[row];
            if (i < p->base_sources) continue;
            size_t derived_row = (size_t)row - p->base_rows, to = at - t->frame.base_rows;
            t->derived_rows[to] = row;
            t->factor_input[to] = p->derived_factor[derived_row];
            t->distance_input[to] = p->derived_distance[derived_row];
        }
        if (i >= p->base_sources)
            t->activity[local - t->frame.base_sources] = p->whole.derived_activity[i - p->base_sources];
    }
}

static ltn_status cut_inventory(ltn_simulation *s)
{
    ltn_status status = assign_tiles(s);
    if (status) return status;
    count_sources(s);
    for (size_t i = 0; !status && i < s->tile_count; i++) {
        const ltn_frame *f = &s->tiles[i].frame;
        status = alloc_tile(&s->tiles[i]);
        point_frame(s->program, &s->tiles[i]);
        if (f->sources > s->most_sources) s->most_sources = f->sources;
        if (f->rows > s->most_rows) s->most_rows = f->rows;
    }
    if (!status) fill_tiles(s);
    return status;
}

/* ---- cutting a step ---- */

/* What of a step is in each tile, and how far it has been filled. */
typedef struct share {
    size_t sources, rows, among;
} share;

static int32_t tile_of_row(const ltn_simulation *s, int32_t row, int32_t *source)
{
    *source = ltn_program_source_of_row(s->program, row, *source);
    return s->tile_of[*source];
}

static int32_t local_row(const ltn_simulation *s, int32_t row, int32_t source)
{
    const tile *t = &s->tiles[s->tile_of[source]];
    return t->first[s->local_of[source]] + row - s->program->first[source];
}

/* `shares[-1]` takes what is left out. */
static void count_step(const ltn_simulation *s, const ltn_step *step, share *shares)
{
    int32_t source = 0;
    memset(shares, 0, s->tile_count * sizeof *shares);
    for (size_t i = 0; i < step->source_count; i++) shares[s->tile_of[step->sources[i]]].sources++;
    for (size_t i = 0; i < step->row_count; i++) shares[tile_of_row(s, step->rows[i], &source)].rows++;
    for (size_t i = 0; i < step->among_count; i++) shares[s->tile_of[step->among[i]]].among++;
}

/* An array of the step that a tile has its own part of. */
static ltn_status take_part(const void *all, size_t count, size_t size, void *part)
{
    void *made = all ? ltn_alloc(count, size) : NULL;
    memcpy(part, &made, sizeof made);
    return made || !all ? LTN_OK : LTN_ENOMEM;
}

static size_t derived_each(const ltn_step *step)
{
    return step->measure->action == LTN_TURNOVER ? step->measure->turnover.to_count : 1;
}

/* Parameters that differ by source are the tile's own too; `each` of the others stays NULL. */
static ltn_status take_parameters(const ltn_step *step, size_t items, ltn_step *out)
{
    out->parameters = ltn_alloc(step->parameter_count, sizeof *out->parameters);
    if (!out->parameters) return LTN_ENOMEM;
    ltn_status status = LTN_OK;
    for (size_t k = 0; k < step->parameter_count; k++) {
        out->parameters[k] = step->parameters[k];
        out->parameters[k].each = NULL;
        if (!status && step->parameters[k].each)
            status = take_part(step->parameters[k].each, items, sizeof(int32_t), &out->parameters[k].each);
    }
    return status;
}

static ltn_status open_step(const ltn_step *step, const share *has, tile *t)
{
    size_t items = has->sources + has->rows;
    ltn_status status = ltn_reserve(&t->steps, &t->step_capacity, t->step_count + 1, sizeof *t->steps);
    if (status) return status;
    ltn_step *out = &t->steps[t->step_count++];
    *out = *step;
    out->sources = out->rows = out->item = out->derived = out->tier = out->among = out->among_item = NULL;
    out->per_activity = out->exchange = out->to_unit = out->model_year = out->among_to_unit = NULL;
    out->source_count = out->row_count = out->among_count = 0; /* grow as they are filled */
    status = take_parameters(step, items, out);
    if (!status) status = take_part(step->sources, has->sources, sizeof(int32_t), &out->sources);
    if (!status) status = take_part(step->rows, has->rows, sizeof(int32_t), &out->rows);
    if (!status) status = take_part(step->item, items, sizeof(int32_t), &out->item);
    if (!status) status = take_part(step->per_activity, has->rows, sizeof(double), &out->per_activity);
    if (!status) status = take_part(step->derived, has->sources * derived_each(step), sizeof(int32_t), &out->derived);
    if (!status) status = take_part(step->exchange, has->sources, sizeof(double), &out->exchange);
    if (!status) status = take_part(step->tier, has->sources, sizeof(int32_t), &out->tier);
    if (!status) status = take_part(step->to_unit, has->sources, sizeof(double), &out->to_unit);
    if (!status) status = take_part(step->model_year, has->sources, sizeof(double), &out->model_year);
    if (!status) status = take_part(step->among, has->among, sizeof(int32_t), &out->among);
    if (!status) status = take_part(step->among_to_unit, has->among, sizeof(double), &out->among_to_unit);
    return status ? status : take_part(step->among_item, has->among, sizeof(int32_t), &out->among_item);
}

static void put_each(const ltn_step *step, size_t from, ltn_step *out, size_t to)
{
    for (size_t k = 0; k < step->parameter_count; k++)
        if (step->parameters[k].each) out->parameters[k].each[to] = step->parameters[k].each[from];
}

static void put_source(const ltn_simulation *s, const ltn_step *step, size_t i, ltn_step *out)
{
    if (!out) return;
    size_t to = out->source_count++, each = derived_each(step);
    out->sources[to] = s->local_of[step->sources[i]];
    if (out->item) out->item[to] = step->item[i];
    if (out->exchange) out->exchange[to] = step->exchange[i];
    if (out->tier) out->tier[to] = step->tier[i];
    if (out->to_unit) out->to_unit[to] = step->to_unit[i];
    if (out->model_year) out->model_year[to] = step->model_year[i];
    for (size_t k = 0; out->derived && k < each; k++) {
        int32_t derived = step->derived[i * each + k];
        out->derived[to * each + k] = derived >= 0 ? s->local_of[derived] : -1;
    }
    put_each(step, i, out, to);
}

static void put_row(const ltn_simulation *s, const ltn_step *step, size_t i, int32_t source, ltn_step *out)
{
    if (!out) return;
    size_t to = out->row_count++;
    out->rows[to] = local_row(s, step->rows[i], source);
    if (out->item) out->item[to] = step->item[i];
    if (out->per_activity) out->per_activity[to] = step->per_activity[i];
    put_each(step, i, out, to);
}

static void put_among(const ltn_simulation *s, const ltn_step *step, size_t i, ltn_step *out)
{
    if (!out) return;
    size_t to = out->among_count++;
    out->among[to] = s->local_of[step->among[i]];
    out->among_to_unit[to] = step->among_to_unit[i];
    out->among_item[to] = step->among_item[i];
}

/* The step that was opened last in a tile; NULL where the source is left out. */
static ltn_step *last_step(const ltn_simulation *s, int32_t which)
{
    const tile *t = &s->tiles[which < 0 ? 0 : which];
    return which < 0 ? NULL : &t->steps[t->step_count - 1];
}

static ltn_status cut_step(ltn_simulation *s, const ltn_step *step, share *shares)
{
    ltn_status status = LTN_OK;
    int32_t source = 0, added = step->added >= 0 ? s->tile_of[step->added] : -1;
    count_step(s, step, shares);
    for (size_t t = 0; !status && t < s->tile_count; t++)
        if (shares[t].sources || shares[t].rows || shares[t].among || added == (int32_t)t)
            status = open_step(step, &shares[t], &s->tiles[t]);
    if (status) return status;
    for (size_t i = 0; i < step->source_count; i++) put_source(s, step, i, last_step(s, s->tile_of[step->sources[i]]));
    for (size_t i = 0; i < step->row_count; i++) {
        int32_t which = tile_of_row(s, step->rows[i], &source);
        put_row(s, step, i, source, last_step(s, which));
    }
    for (size_t i = 0; i < step->among_count; i++) put_among(s, step, i, last_step(s, s->tile_of[step->among[i]]));
    if (added >= 0) last_step(s, added)->added = s->local_of[step->added];
    return LTN_OK;
}

static ltn_status cut_steps(ltn_simulation *s)
{
    share *shares = ltn_alloc(s->tile_count + 1, sizeof *shares);
    ltn_status status = shares ? LTN_OK : LTN_ENOMEM;
    for (size_t i = 0; !status && i < s->program->step_count; i++)
        status = cut_step(s, &s->program->steps[i], shares + 1);
    for (size_t t = 0; t < s->tile_count; t++) {
        s->tiles[t].frame.steps = s->tiles[t].steps;
        s->tiles[t].frame.step_count = s->tiles[t].step_count;
    }
    free(shares);
    return status;
}

/* ---- the whole ---- */

static ltn_status find_shared(ltn_simulation *s)
{
    const ltn_inputs *inputs = &s->program->inputs;
    if (!(s->shared = ltn_alloc(inputs->count, sizeof *s->shared))) return LTN_ENOMEM;
    for (size_t i = 0; i < inputs->count; i++) {
        bool many = inputs->items[i].uses > 1 && inputs->items[i].kind != LTN_INPUT_PARAMETER;
        s->shared[i] = many && s->shared_count < SHARED_MAX ? (int32_t)s->shared_count++ : -1;
    }
    return LTN_OK;
}

ltn_status ltn_simulation_create(const ltn_program *program, const int *years, size_t year_count,
                                 const ltn_outputs *outputs, size_t tile_rows, ltn_simulation **out)
{
    return ltn_simulation_create_of(program, years, year_count, outputs, tile_rows, NULL, out);
}

ltn_status ltn_simulation_create_of(const ltn_program *program, const int *years, size_t year_count,
                                    const ltn_outputs *outputs, size_t tile_rows, const uint8_t *keep,
                                    ltn_simulation **out)
{
    ltn_simulation *s = *out = NULL;
    if (!(s = ltn_alloc(1, sizeof *s))) return LTN_ENOMEM;
    s->program = program;
    s->outputs = outputs;
    s->keep = keep;
    s->year_count = year_count;
    s->tile_rows = tile_rows ? tile_rows : TILE_ROWS;
    ltn_status status = (s->years = ltn_alloc(year_count, sizeof *s->years)) ? LTN_OK : LTN_ENOMEM;
    if (!status && year_count) memcpy(s->years, years, year_count * sizeof *years);
    if (!status) status = cut_inventory(s);
    if (!status) status = cut_steps(s);
    if (!status) status = find_shared(s);
    s->keep = NULL;
    if (status)
        ltn_simulation_free(s);
    else
        *out = s;
    return status;
}

static void free_step(ltn_step *step)
{
    void *owned[] = {step->sources,    step->rows,     step->item,          step->per_activity,
                     step->derived,    step->exchange, step->tier,          step->to_unit,
                     step->model_year, step->among,    step->among_to_unit, step->among_item};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) free(owned[i]);
    for (size_t k = 0; step->parameters && k < step->parameter_count; k++) free(step->parameters[k].each);
    free(step->parameters);
}

static void free_tile(tile *t)
{
    for (size_t i = 0; i < t->step_count; i++) free_step(&t->steps[i]);
    free(t->steps);
    free(t->first);
    free(t->per_activity);
    free(t->activity);
    free(t->derived_rows);
    free(t->factor_input);
    free(t->distance_input);
}

void ltn_simulation_free(ltn_simulation *s)
{
    if (!s) return;
    for (size_t i = 0; s->tiles && i < s->tile_count; i++) free_tile(&s->tiles[i]);
    free(s->tiles);
    free(s->tile_of);
    free(s->local_of);
    free(s->shared);
    free(s->years);
    free(s);
}

/* ---- simulating ---- */

typedef struct worker {
    const ltn_simulation *simulation;
    ltn_batch batch;
    size_t lanes;
    ltn_state state;
    double *activity, *emission, *removal, *scaled; /* what a tile starts from; as in ltn_start */
    double *shared;                                 /* of each shared input */
    uint8_t *drawn;                                 /* of each: it is there */
    double *own[3];                                 /* of a source's and a row's inputs */
    double *sums;
} worker;

/* Values of an input, or NULL where there is none or it stands for its mean. */
static const double *draw(worker *w, const int32_t *inputs, size_t at, double *own)
{
    int32_t input = inputs ? inputs[at] : -1;
    if (input < 0 || !w->batch.lanes.draw) return NULL;
    int32_t slot = w->simulation->shared[input];
    double *out = slot < 0 ? own : w->shared + (size_t)slot * w->lanes;
    if (slot < 0 || !w->drawn[slot]) w->batch.lanes.draw(w->batch.lanes.context, input, out);
    if (slot >= 0) w->drawn[slot] = 1;
    return out;
}

static void spread(double *restrict out, double value, const double *restrict by, size_t lanes)
{
    for (size_t l = 0; l < lanes; l++) out[l] = by ? value * by[l] : value;
}

static void multiply(double *restrict values, const double *restrict by, size_t lanes)
{
    for (size_t l = 0; by && l < lanes; l++) values[l] *= by[l];
}

/* E·(1 − R')/(1 − R); where nothing was left, what the factor gives: A·EF·(1 − R'). */
static void recontrol(const worker *w, const ltn_frame *f, size_t row, const double *activity, const double *factor,
                      const double *removal)
{
    double *emission = w->emission + row * w->lanes, before = f->removal[row];
    if (isnan(before)) before = 0;
    for (size_t l = 0; l < w->lanes; l++) {
        double uncontrolled = activity[l] * f->per_activity[row] * (factor ? factor[l] : 1);
        if (before < 1)
            emission[l] *= (1 - removal[l]) / (1 - before);
        else if (uncontrolled > 0)
            emission[l] = uncontrolled * (1 - removal[l]);
    }
}

static void start_row(worker *w, const ltn_frame *f, size_t row, const double *activity, const double *by)
{
    const double *factor = draw(w, f->factor_input, row, w->own[1]),
                 *removal = draw(w, f->removal_input, row, w->own[2]);
    double *emission = w->emission + row * w->lanes;
    spread(emission, f->emission[row], by, w->lanes);
    multiply(emission, factor, w->lanes);
    if (removal) recontrol(w, f, row, activity, factor, removal);
    if (w->removal) spread(w->removal + row * w->lanes, removal ? 1 : f->removal[row], removal, w->lanes);
    if (w->scaled) spread(w->scaled + row * w->lanes, 1, factor, w->lanes);
}

/* What the base is on each lane. */
static void start_tile(worker *w, const ltn_frame *f)
{
    for (size_t s = 0; s < f->base_sources; s++) {
        const double *by = draw(w, f->activity_input, s, w->own[0]);
        double *activity = w->activity + s * w->lanes;
        spread(activity, f->activity[s], by, w->lanes);
        for (int32_t row = f->first[s]; row < f->first[s + 1]; row++) start_row(w, f, (size_t)row, activity, by);
    }
    for (size_t row = f->base_rows; w->scaled && row < f->rows; row++) {
        const double *factor = draw(w, f->derived_factor, row - f->base_rows, w->own[1]),
                     *distance = draw(w, f->derived_distance, row - f->base_rows, w->own[2]);
        spread(w->scaled + row * w->lanes, 1, factor, w->lanes);
        multiply(w->scaled + row * w->lanes, distance, w->lanes);
    }
}

static void add_outputs(const worker *w, const tile *t, size_t year, const double *emissions, size_t rows)
{
    const ltn_outputs *outputs = w->simulation->outputs;
    size_t base_rows = t->frame.base_rows;
    for (size_t row = 0; row < rows; row++) {
        size_t in_program = row < base_rows ? t->first_row + row : (size_t)t->derived_rows[row - base_rows];
        const double *restrict emission = emissions + row * w->lanes;
        for (size_t i = outputs->first[in_program]; i < outputs->first[in_program + 1]; i++) {
            double *restrict sum = w->sums + (year * outputs->count + (size_t)outputs->item[i]) * w->lanes;
            for (size_t l = 0; l < w->lanes; l++) sum[l] += emission[l];
        }
    }
}

static bool has_step(const ltn_frame *f, size_t measure)
{
    size_t i = 0;
    while (i < f->step_count && f->steps[i].index < measure) i++;
    return i < f->step_count && f->steps[i].index == measure;
}

/* Runs a tile through all years, up to a measure (whose sums are added to) or to the end (where outputs are). */
static ltn_status run_tile(worker *w, const tile *t, size_t until)
{
    const ltn_simulation *s = w->simulation;
    const ltn_start start = {w->activity, w->emission, w->removal, w->scaled};
    ltn_status status = LTN_OK;
    start_tile(w, &t->frame);
    for (size_t year = 0; !status && year < s->year_count; year++) {
        const ltn_go go = {.year = s->years[year], .year_index = year, .until = until, .totals_known = true};
        /* Where no measure acts, the start is the end; what measures make is not there yet. */
        bool acts = t->frame.step_count && go.year != LTN_BEFORE_MEASURES;
        if (acts) status = ltn_frame_run(&t->frame, &w->batch, &start, &go, &w->state);
        if (!status && until == SIZE_MAX)
            add_outputs(w, t, year, acts ? w->state.emission : w->emission, acts ? t->frame.rows : t->frame.base_rows);
    }
    return status;
}

static ltn_status run_tiles(worker *w)
{
    const ltn_simulation *s = w->simulation;
    ltn_status status = LTN_OK;
    for (size_t i = 0; i < s->program->step_count; i++)
        for (size_t t = 0; !status && s->program->steps[i].total_count && t < s->tile_count; t++)
            if (has_step(&s->tiles[t].frame, i)) status = run_tile(w, &s->tiles[t], i);
    for (size_t t = 0; !status && t < s->tile_count; t++) status = run_tile(w, &s->tiles[t], SIZE_MAX);
    return status;
}

static void close_worker(worker *w)
{
    ltn_batch_free(&w->batch);
    ltn_state_free(&w->state);
    double *owned[] = {w->activity, w->emission, w->removal, w->scaled, w->shared, w->own[0], w->own[1], w->own[2]};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) free(owned[i]);
    free(w->drawn);
}

static ltn_status open_worker(const ltn_simulation *s, const ltn_lanes *lanes, worker *w)
{
    const ltn_program *p = s->program;
    size_t rows = s->most_rows * lanes->count;
    bool removal = p->reads_removal, scaled = ltn_program_scales(p);
    ltn_frame largest = {.program = p, .sources = s->most_sources, .rows = s->most_rows};
    ltn_status status = ltn_batch_create(p, lanes, s->year_count, &w->batch);
    if (!status) status = ltn_frame_state(&largest, lanes->count, &w->state);
    w->activity = ltn_alloc(s->most_sources * lanes->count, sizeof(double));
    w->emission = ltn_alloc(rows, sizeof(double));
    w->removal = removal ? ltn_alloc(rows, sizeof(double)) : NULL;
    w->scaled = scaled ? ltn_alloc(rows, sizeof(double)) : NULL;
    w->shared = ltn_alloc(s->shared_count * lanes->count, sizeof(double));
    w->drawn = ltn_alloc(s->shared_count, 1);
    for (size_t i = 0; i < 3; i++)
        if (!(w->own[i] = ltn_alloc(lanes->count, sizeof(double)))) status = LTN_ENOMEM;
    bool good =
        w->activity && w->emission && (w->removal || !removal) && (w->scaled || !scaled) && w->shared && w->drawn;
    return good ? status : LTN_ENOMEM;
}

ltn_status ltn_simulate(const ltn_simulation *simulation, const ltn_lanes *lanes, double *sums)
{
    worker w = {.simulation = simulation, .lanes = lanes->count, .sums = sums};
    size_t count = simulation->year_count * simulation->outputs->count * lanes->count;
    for (size_t i = 0; i < count; i++) sums[i] = 0;
    ltn_status status = open_worker(simulation, lanes, &w);
    if (!status) status = run_tiles(&w);
    close_worker(&w);
    return status;
}
