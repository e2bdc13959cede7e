/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "assess/ensemble.h"

#include "assess/drawer.h"
#include "assess/request.h"
#include "base/parallel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    CHECKPOINT = 1024, /* draws between looks at the standard error */
    CHUNK = 4096,      /* draws whose moments are summed together where draws are not kept */
    BATCH = 16         /* chunks whose moments are held at once */
};

void ltn_ensemble_options_init(ltn_ensemble_options *options)
{
    *options = (ltn_ensemble_options){.struct_size = sizeof *options,
                                      .draws = 1000,
                                      .seed = 1,
                                      .designed = LTN_SOBOL_DIMENSIONS,
                                      .memory = (size_t)1 << 30};
}

size_t ltn_projection_inputs(const ltn_projection *run)
{
    return run->program.inputs.count;
}

/* ---- one block of draws ---- */

typedef struct draw_loop {
    ltn_ensemble *ensemble;
    const ltn_ensemble_options *options;
    const ltn_request *request;
    const ltn_simulation *simulation;
    const ltn_drawer *drawer;
    size_t start, stop, piece; /* draws of the part that are run, and how many are one piece of work */
    ltn_power_sums *moments;   /* of each piece and row; NULL where draws are kept */
    atomic_size_t *met, *covered;
    size_t asked; /* draws of the part, of which an early stop may spare some */
    ltn_watch watch;
} draw_loop;

typedef struct block {
    const draw_loop *loop;
    size_t first, lanes; /* draws of the part */
    const double *sums;
    ltn_power_sums *moments;
} block;

typedef struct draw_context {
    const ltn_drawer *drawer;
    size_t first, count;
} draw_context;

static void draw(void *context, int32_t input, double *out)
{
    const draw_context *c = context;
    ltn_drawer_draw(c->drawer, 0, input, c->first, c->count, out);
}

static const double *sum_of(const block *b, size_t year, size_t output)
{
    return b->sums + (year * b->loop->request->outputs.count + output) * b->lanes;
}

/* Keeps a row's values, or counts them. */
static void take(const block *b, size_t row, const double *values)
{
    ltn_ensemble *e = b->loop->ensemble;
    if (e->values) {
        memcpy(e->values + row * e->capacity + b->first, values, b->lanes * sizeof *values);
        return;
    }
    for (size_t l = 0; l < b->lanes; l++) {
        double x = values[l] - e->central[row];
        ltn_sum_add(&b->moments[row].power[0], x);
        ltn_sum_add(&b->moments[row].power[1], x * x);
        ltn_sum_add(&b->moments[row].power[2], x * x * x);
        atomic_uint *bins = e->sketch + row * LTN_SKETCH_BINS;
        atomic_fetch_add_explicit(&bins[ltn_sketch_bin(values[l], e->scale[row])], 1, memory_order_relaxed);
    }
}

static void take_groups(const block *b)
{
    const ltn_request *r = b->loop->request;
    for (size_t y = 0; y < r->group_years; y++)
        for (size_t g = 0; g < r->group_count; g++)
            take(b, y * r->group_count + g, sum_of(b, r->first_group_year + y, g));
}

static void take_targets(const block *b)
{
    const ltn_request *r = b->loop->request;
    for (size_t i = 0; i < r->target_count; i++) {
        const ltn_target_rows *t = &r->targets[i];
        const ltn_ensemble_target *into = &b->loop->ensemble->targets[i];
        size_t output = r->first_target_output + 2 * i, met = 0;
        const double *base = sum_of(b, 0, output), *projected = sum_of(b, ltn_request_year(r, t->year), output + 1);
        take(b, into->base, base);
        take(b, into->projected, projected);
        for (size_t l = 0; l < b->lanes; l++) met += ltn_target_met(t, base[l], projected[l]);
        atomic_fetch_add(&b->loop->met[i], met);
    }
}

/* The fall of a claim's source: the smallest from the project's start on. */
static double fall_on(const block *b, const ltn_claimed_fall *f, size_t lane)
{
    double fall = HUGE_VAL, base = sum_of(b, 0, f->output)[lane];
    for (size_t y = f->from; y < b->loop->request->year_count; y++)
        fall = fmin(fall, base - sum_of(b, y, f->output)[lane]);
    return fmax(fall, 0);
}

static void claim_on(const block *b, size_t project, double *owed, double *claimed)
{
    const ltn_request *r = b->loop->request;
    const double *emitted = sum_of(b, r->year_count - 1, r->project_output[project]);
    for (size_t l = 0; l < b->lanes; l++) {
        double by = r->emitted[project] > 0 ? emitted[l] / r->emitted[project] : 1;
        owed[l] = r->owed[project] * by;
        claimed[l] = r->certain[project];
    }
    for (size_t i = 0; i < r->fall_count; i++) {
        const ltn_claimed_fall *f = &r->falls[i];
        for (size_t l = 0; f->project == project && f->fall > 0 && l < b->lanes; l++)
            claimed[l] += f->tonnes * fall_on(b, f, l) / f->fall;
    }
}

static void take_projects(const block *b)
{
    const ltn_ensemble *e = b->loop->ensemble;
    double owed[LTN_LANES_MAX], claimed[LTN_LANES_MAX];
    for (size_t i = 0; i < e->project_count; i++) {
        size_t covered = 0;
        claim_on(b, i, owed, claimed);
        take(b, e->projects[i].owed, owed);
        take(b, e->projects[i].claimed, claimed);
        for (size_t l = 0; l < b->lanes; l++) covered += claimed[l] >= owed[l] * (1 - 1e-9);
        atomic_fetch_add(&b->loop->covered[i], covered);
    }
}

/* A draw near 0 of what is divided by ends in an error, not in empty results. */
static ltn_status check_finite(const block *b)
{
    const ltn_request *r = b->loop->request;
    size_t sums = r->year_count * r->outputs.count, at = 0;
    while (at < sums * b->lanes && isfinite(b->sums[at])) at++;
    if (at == sums * b->lanes) return LTN_OK;
    return ltn_fail(LTN_EINPUT, &r->run->program.scenario->place,
                    "an emission of draw %zu is larger than any number; what is divided by (efficiency_new, ncv_new) "
                    "must stay away from 0, and every spread within reason",
                    b->loop->ensemble->first + b->first + at % b->lanes);
}

static ltn_status run_block(const draw_loop *loop, size_t first, size_t lanes, ltn_power_sums *moments, double *sums)
{
    draw_context context = {loop->drawer, loop->ensemble->first + first, lanes};
    const block b = {loop, first, lanes, sums, moments};
    ltn_status status = ltn_simulate(loop->simulation, &(ltn_lanes){lanes, draw, &context, NULL}, sums);
    if (!status) status = check_finite(&b);
    if (status) return status;
    take_groups(&b);
    take_targets(&b);
    take_projects(&b);
    return LTN_OK;
}

/* ---- all draws ---- */

static ltn_status run_piece(void *context, size_t index)
{
    draw_loop *loop = context;
    size_t first = loop->start + index * loop->piece,
           stop = first + loop->piece < loop->stop ? first + loop->piece : loop->stop;
    const ltn_request *r = loop->request;
    ltn_power_sums *moments = loop->moments ? loop->moments + index * loop->ensemble->rows : NULL;
    double *sums = ltn_alloc(r->year_count * r->outputs.count * LTN_LANES_MAX, sizeof *sums);
    ltn_status status = sums ? LTN_OK : LTN_ENOMEM;
    for (size_t at = first; !status && at < stop; at += LTN_LANES_MAX) {
        size_t lanes = stop - at < LTN_LANES_MAX ? stop - at : LTN_LANES_MAX;
        status = ltn_watch_check(&loop->watch);
        if (!status) status = run_block(loop, at, lanes, moments, sums);
        if (!status) ltn_watch_add(&loop->watch, lanes, loop->asked);
    }
    free(sums);
    return status;
}

static void add_moments(ltn_power_sums *to, const ltn_power_sums *from)
{
    for (size_t k = 0; k < 3; k++) {
        ltn_sum_add(&to->power[k], from->power[k].total);
        ltn_sum_add(&to->power[k], from->power[k].lost);
    }
}

/* Runs some draws, cut in pieces that are the same whatever the number of threads. */
static ltn_status run_draws(draw_loop *loop, size_t start, size_t stop)
{
    ltn_ensemble *e = loop->ensemble;
    loop->start = start;
    loop->stop = stop;
    loop->piece = e->values ? LTN_LANES_MAX : CHUNK;
    size_t pieces = (stop - start + loop->piece - 1) / loop->piece;
    loop->moments = e->values ? NULL : ltn_alloc(pieces * e->rows, sizeof *loop->moments);
    ltn_status status = e->values || loop->moments ? LTN_OK : LTN_ENOMEM;
    if (!status) status = ltn_parallel(pieces, loop->options->threads, run_piece, loop);
    for (size_t i = 0; !status && loop->moments && i < pieces; i++)
        for (size_t row = 0; row < e->rows; row++) add_moments(&e->moments[row], &loop->moments[i * e->rows + row]);
    free(loop->moments);
    if (!status) status = ltn_watch_check(&loop->watch);
    return status;
}

/* Every mean's standard error is small enough; a sum that is 0 in all draws has none. */
static bool is_sure(const ltn_ensemble *e, double standard_error)
{
    for (size_t row = 0; row < e->group_rows; row++) {
        ltn_row_moments m = ltn_ensemble_moments(e, row);
        if (m.sd / sqrt((double)e->count) > standard_error * fabs(m.mean)) return false;
    }
    return true;
}

static void settle_counts(const draw_loop *loop)
{
    ltn_ensemble *e = loop->ensemble;
    for (size_t i = 0; i < e->target_count; i++) e->targets[i].met = atomic_load(&loop->met[i]);
    for (size_t i = 0; i < e->project_count; i++) e->projects[i].covered = atomic_load(&loop->covered[i]);
}

static ltn_status run_all(draw_loop *loop)
{
    ltn_ensemble *e = loop->ensemble;
    size_t all = e->count, step = loop->options->standard_error > 0 ? CHECKPOINT : e->values ? all : CHUNK * BATCH;
    if (!e->values && loop->options->standard_error > 0) step = CHUNK;
    ltn_status status = LTN_OK;
    for (size_t at = 0; !status && at < all; at += step) {
        size_t stop = at + step < all ? at + step : all;
        status = run_draws(loop, at, stop);
        if (status || !(loop->options->standard_error > 0)) continue;
        e->count = stop;
        if (is_sure(e, loop->options->standard_error)) break;
    }
    if (!status) settle_counts(loop);
    return status;
}

/* ---- what it is made of ---- */

static double sum_rows(const ltn_request *r, size_t year, const int32_t *rows, size_t count)
{
    ltn_sum sum = {0};
    for (size_t i = 0; i < count; i++) ltn_sum_add(&sum, ltn_request_emission(r, year, rows[i]));
    return ltn_sum_value(&sum);
}

static ltn_status set_central(ltn_ensemble *e, const ltn_request *r)
{
    if (!(e->central = ltn_alloc(e->rows, sizeof *e->central))) return LTN_ENOMEM;
    const double *emission = ltn_table_numbers(e->groups, (size_t)ltn_table_find(e->groups, "emission_t"));
    if (e->group_rows) memcpy(e->central, emission, e->group_rows * sizeof *emission);
    for (size_t i = 0; i < e->target_count; i++) {
        const ltn_target_rows *t = &r->targets[i];
        e->central[e->targets[i].base] = sum_rows(r, 0, t->base, t->base_count);
        e->central[e->targets[i].projected] =
            sum_rows(r, ltn_request_year(r, t->year), t->projected, t->projected_count);
    }
    for (size_t i = 0; i < e->project_count; i++) {
        e->central[e->projects[i].owed] = r->owed[i];
        e->central[e->projects[i].claimed] = r->certain[i];
    }
    for (size_t i = 0; i < r->fall_count; i++)
        if (r->falls[i].fall > 0) e->central[e->projects[r->falls[i].project].claimed] += r->falls[i].tonnes;
    return LTN_OK;
}

/* The largest emission of each group at the means, of all years: what a cap takes away in one, it has in another. */
static ltn_status scale_groups(ltn_ensemble *e, const ltn_request *r, const ltn_grouping *grouping)
{
    ltn_grouping every_year = *grouping;
    ltn_table *table = NULL;
    every_year.by |= LTN_BY_YEAR;
    ltn_status status = ltn_projection_summarise_at(r->run, &every_year, &table);
    if (status) return status;
    const double *emission = ltn_table_numbers(table, (size_t)ltn_table_find(table, "emission_t"));
    for (size_t row = 0; row < e->group_rows; row++)
        for (size_t i = row % r->group_count; i < ltn_table_rows(table); i += r->group_count)
            e->scale[row] = fmax(e->scale[row], emission[i]);
    ltn_table_free(table);
    return LTN_OK;
}

static void scale_pair(ltn_ensemble *e, size_t a, size_t b)
{
    e->scale[a] = e->scale[b] = fmax(e->central[a], e->central[b]);
}

static ltn_status set_scale(ltn_ensemble *e, const ltn_request *r, const ltn_grouping *grouping)
{
    if (!(e->scale = ltn_alloc(e->rows, sizeof *e->scale))) return LTN_ENOMEM;
    for (size_t i = 0; i < e->target_count; i++) scale_pair(e, e->targets[i].base, e->targets[i].projected);
    for (size_t i = 0; i < e->project_count; i++) scale_pair(e, e->projects[i].owed, e->projects[i].claimed);
    return scale_groups(e, r, grouping);
}

static ltn_status number_rows(ltn_ensemble *e, const ltn_request *r)
{
    e->group_rows = e->rows = r->group_years * r->group_count;
    e->target_count = r->target_count;
    e->project_count = r->project_count;
    e->targets = ltn_alloc(e->target_count, sizeof *e->targets);
    e->projects = ltn_alloc(e->project_count, sizeof *e->projects);
    if (!e->targets || !e->projects) return LTN_ENOMEM;
    for (size_t i = 0; i < e->target_count; i++, e->rows += 2)
        e->targets[i] = (ltn_ensemble_target){r->targets[i].target, e->rows, e->rows + 1, r->targets[i].judged, 0};
    for (size_t i = 0; i < e->project_count; i++, e->rows += 2)
        e->projects[i] = (ltn_ensemble_project){e->rows, e->rows + 1, 0};
    return set_central(e, r);
}

/* Draws are kept where those of the whole run fit, so that all its parts do alike. */
static ltn_status make_room(ltn_ensemble *e, size_t memory)
{
    size_t room = memory / sizeof(double);
    if (!e->rows || e->draws <= room / e->rows) {
        e->capacity = e->count;
        return (e->values = ltn_alloc(e->rows * e->count, sizeof *e->values)) ? LTN_OK : LTN_ENOMEM;
    }
    e->moments = ltn_alloc(e->rows, sizeof *e->moments);
    e->sketch = ltn_alloc(e->rows * LTN_SKETCH_BINS, sizeof *e->sketch);
    return e->moments && e->sketch ? LTN_OK : LTN_ENOMEM;
}

static ltn_status set_part(ltn_ensemble *e, const ltn_ensemble_options *o)
{
    size_t rest = o->first_draw < o->draws ? o->draws - o->first_draw : 0;
    if (!rest || o->draw_count > rest)
        return ltn_fail(LTN_EARGUMENT, NULL, "draws %zu to %zu are not within the run's %zu", o->first_draw,
                        o->first_draw + o->draw_count, o->draws);
    if (o->sampling < LTN_SAMPLING_RANDOM || o->sampling > LTN_SAMPLING_SOBOL)
        return ltn_fail(LTN_EARGUMENT, NULL, "sampling %d is not known", o->sampling);
    e->seed = o->seed;
    e->draws = o->draws;
    e->first = o->first_draw;
    e->count = o->draw_count ? o->draw_count : rest;
    e->sampling = o->sampling;
    e->designed = o->designed;
    return LTN_OK;
}

ltn_status ltn_ensemble_set_baseline(ltn_ensemble *e, const char *baseline)
{
    size_t size = strlen(baseline) + 1;
    if (!(e->baseline = ltn_alloc(size, 1))) return LTN_ENOMEM;
    memcpy(e->baseline, baseline, size);
    return LTN_OK;
}

static ltn_status tabulate(ltn_ensemble *e, const ltn_projection *run, const ltn_ensemble_options *o,
                           const ltn_grouping *grouping)
{
    if (o->book && ltn_offset_book_projection(o->book) != run)
        return ltn_fail(LTN_EARGUMENT, NULL, "the offset book is of another run");
    e->inputs = ltn_projection_inputs(run);
    e->reconstructed = ltn_inventory_reconstructed(run->program.base);
    ltn_status status = ltn_ensemble_set_baseline(e, ltn_program_baseline(&run->program));
    if (!status) status = ltn_projection_summarise_at(run, grouping, &e->groups);
    if (!status && o->targets)
        status = o->book ? ltn_offset_book_targets(o->book, o->targets, &e->judged)
                         : ltn_targets_check(o->targets, run, &e->judged);
    return status || !o->book ? status : ltn_offset_book_projects(o->book, &e->matched);
}

/* Runs that differ in an input alone can have the same means. */
static uint64_t fingerprint_of(const ltn_inputs *inputs)
{
    uint64_t hash = 0xcbf29ce484222325; /* FNV-1a, a word at a time */
    for (size_t i = 0; i < inputs->count; i++) {
        const ltn_law *law = &inputs->laws[inputs->items[i].law];
        uint64_t words[6] = {inputs->items[i].stream};
        memcpy(&words[1], law->value.parameter, 4 * sizeof *words);
        memcpy(&words[5], &law->mean, sizeof *words);
        for (size_t k = 0; k < 6; k++) hash = (hash ^ words[k] ^ (uint64_t)law->value.kind) * 0x100000001b3;
    }
    return hash;
}

static ltn_status keep_design(ltn_ensemble *e, const ltn_drawer *drawer)
{
    const uint64_t *streams = ltn_drawer_design(drawer, &e->stream_count);
    if (!(e->streams = ltn_alloc(e->stream_count, sizeof *e->streams))) return LTN_ENOMEM;
    if (e->stream_count) memcpy(e->streams, streams, e->stream_count * sizeof *e->streams);
    return LTN_OK;
}

static ltn_status simulate(ltn_ensemble *e, const ltn_request *r, const ltn_ensemble_options *o)
{
    static const ltn_design_kind kinds[] = {LTN_DESIGN_RANDOM, LTN_DESIGN_LATIN, LTN_DESIGN_SOBOL};
    const ltn_program *program = &r->run->program;
    ltn_simulation *simulation = NULL;
    ltn_drawer *drawer = NULL;
    draw_loop loop = {.ensemble = e, .options = o, .request = r, .asked = e->count};
    ltn_watch_start(&loop.watch, o->progress, o->progress_data, "the ensemble");
    loop.met = ltn_alloc(e->target_count, sizeof *loop.met);
    loop.covered = ltn_alloc(e->project_count, sizeof *loop.covered);
    ltn_status status = loop.met && loop.covered ? LTN_OK : LTN_ENOMEM;
    if (!status) status = ltn_drawer_create(program, e->seed, e->draws, kinds[e->sampling], e->designed, &drawer);
    e->fingerprint = fingerprint_of(&program->inputs);
    if (!status) status = keep_design(e, drawer);
    if (!status) status = ltn_simulation_create(program, r->years, r->year_count, &r->outputs, 0, &simulation);
    loop.drawer = drawer;
    loop.simulation = simulation;
    if (!status) status = run_all(&loop);
    ltn_simulation_free(simulation);
    ltn_drawer_free(drawer);
    free(loop.met);
    free(loop.covered);
    return status;
}

ltn_status ltn_ensemble_run(const ltn_projection *run, const ltn_ensemble_options *options, ltn_ensemble **out)
{
    *out = NULL;
    ltn_ensemble_options o;
    ltn_grouping usual;
    ltn_ensemble_options_init(&o);
    if (options) memcpy(&o, options, options->struct_size < sizeof o ? options->struct_size : sizeof o);
    ltn_grouping_init(&usual, LTN_BY_REGION | LTN_BY_POLLUTANT | LTN_BY_YEAR);
    const ltn_grouping *grouping = o.grouping ? o.grouping : &usual;
    ltn_ensemble *e = ltn_alloc(1, sizeof *e);
    if (!e) return LTN_ENOMEM;
    ltn_request request = {0};
    ltn_status status = set_part(e, &o);
    if (!status) status = tabulate(e, run, &o, grouping);
    if (!status) status = ltn_request_create(run, &o, grouping, &request);
    if (!status) status = number_rows(e, &request);
    if (!status) status = make_room(e, o.memory);
    if (!status && !e->values) status = set_scale(e, &request, grouping);
    if (!status) status = simulate(e, &request, &o);
    ltn_request_free(&request);
    if (status)
        ltn_ensemble_free(e);
    else
        *out = e;
    return status;
}

void ltn_ensemble_free(ltn_ensemble *e)
{
    if (!e) return;
    ltn_table_free(e->groups);
    ltn_table_free(e->judged);
    ltn_table_free(e->matched);
    free(e->baseline);
    free(e->central);
    free(e->scale);
    free(e->streams);
    free(e->values);
    free(e->moments);
    free(e->sketch);
    free(e->targets);
    free(e->projects);
    free(e);
}

size_t ltn_ensemble_draw_count(const ltn_ensemble *ensemble)
{
    return ensemble->count;
}
