/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "assess/drawer.h"
#include "assess/indices.h"
#include "assess/input_groups.h"
#include "assess/request.h"
#include "base/parallel.h"

#include <stdlib.h>
#include <string.h>

/* The points A and B are runs 0 and 1 of the drawer; AB of group g is variant g + 2. */
enum { VARIANT_A, VARIANT_B, VARIANTS };

enum { INPUTS_MAX = 1000 }; /* by themselves */

void ltn_sensitivity_options_init(ltn_sensitivity_options *options)
{
    *options = (ltn_sensitivity_options){.struct_size = sizeof *options,
                                         .draws = 1000,
                                         .seed = 1,
                                         .inputs = 10,
                                         .confidence = 0.95,
                                         .resamples = 100,
                                         .memory = (size_t)1 << 30};
}

static ltn_status check(const ltn_sensitivity_options *o)
{
    if (o->draws < 2) return ltn_fail(LTN_EARGUMENT, NULL, "%zu draws have no variance; expected at least 2", o->draws);
    if (o->by < LTN_SENSITIVITY_BY_KIND || o->by > LTN_SENSITIVITY_BY_INPUT)
        return ltn_fail(LTN_EARGUMENT, NULL, "inputs cannot be grouped by %d; expected one of ltn_sensitivity_by",
                        o->by);
    if (o->depth < -1) return ltn_fail(LTN_EARGUMENT, NULL, "depth is %d; expected -1 or more", o->depth);
    if (o->inputs < 1 || o->inputs > INPUTS_MAX)
        return ltn_fail(LTN_EARGUMENT, NULL, "%zu inputs by themselves; expected 1 to %d", o->inputs, INPUTS_MAX);
    if (!(o->confidence > 0 && o->confidence < 1))
        return ltn_fail(LTN_EARGUMENT, NULL, "confidence is %g; expected a number between 0 and 1", o->confidence);
    return LTN_OK;
}

/* ---- drawing ---- */

typedef struct study {
    const ltn_sensitivity_options *options;
    ltn_request request;
    ltn_input_groups groups;
    size_t rows;    /* sums */
    double *values; /* of each variant, row and draw */
    ltn_index *indices;
    double *variances; /* of each row */
    const ltn_simulation *simulation;
    const ltn_drawer *drawer;
    ltn_watch watch;
} study;

typedef struct draw_context {
    const study *study;
    size_t variant, first, count;
} draw_context;

static void draw(void *context, int32_t input, double *out)
{
    const draw_context *c = context;
    size_t group = (size_t)c->study->groups.of_input[input];
    bool of_b = c->variant == VARIANT_B || c->variant == VARIANTS + group;
    ltn_drawer_draw(c->study->drawer, of_b, input, c->first, c->count, out);
}

static size_t blocks_of(const study *s)
{
    return (s->options->draws + LTN_LANES_MAX - 1) / LTN_LANES_MAX;
}

static size_t variants_of(const study *s)
{
    return s->groups.count + VARIANTS;
}

static void keep(study *s, const draw_context *c, const double *sums)
{
    const ltn_request *r = &s->request;
    for (size_t row = 0; row < s->rows; row++) {
        size_t year = r->first_group_year + row / r->group_count, output = row % r->group_count;
        memcpy(s->values + (c->variant * s->rows + row) * s->options->draws + c->first,
               sums + (year * r->outputs.count + output) * c->count, c->count * sizeof *sums);
    }
}

/* A block of draws of a variant. */
static ltn_status run_block(void *context, size_t item)
{
    study *s = context;
    draw_context c = {s, item / blocks_of(s), item % blocks_of(s) * LTN_LANES_MAX, LTN_LANES_MAX};
    if (s->options->draws - c.first < c.count) c.count = s->options->draws - c.first;
    ltn_status status = ltn_watch_check(&s->watch);
    if (status) return status;
    double *sums = ltn_alloc(s->request.year_count * s->request.outputs.count * c.count, sizeof *sums);
    if (!sums) status = LTN_ENOMEM;
    if (!status) status = ltn_simulate(s->simulation, &(ltn_lanes){c.count, draw, &c, NULL}, sums);
    if (!status) keep(s, &c, sums);
    if (!status) ltn_watch_add(&s->watch, 1, variants_of(s) * blocks_of(s));
    free(sums);
    return status;
}

static ltn_status make_room(study *s)
{
    size_t draws = s->options->draws, variants = variants_of(s), most = s->options->memory / sizeof(double);
    if (s->rows && draws > most / s->rows / variants)
        return ltn_fail(LTN_ELIMIT, NULL,
                        "%zu draws of %zu sums, for A, B and %zu groups, take %.3g bytes; %zu are allowed: expected "
                        "fewer draws, sums or groups, or more memory",
                        draws, s->rows, s->groups.count,
                        (double)draws * (double)s->rows * (double)variants * sizeof(double), s->options->memory);
    s->values = ltn_alloc(variants * s->rows * draws, sizeof *s->values);
    s->indices = ltn_alloc(s->rows * s->groups.count, sizeof *s->indices);
    s->variances = ltn_alloc(s->rows, sizeof *s->variances);
    return s->values && s->indices && s->variances ? LTN_OK : LTN_ENOMEM;
}

static ltn_status run_all(study *s, const ltn_program *program)
{
    const ltn_sensitivity_options *o = s->options;
    ltn_simulation *simulation = NULL;
    ltn_drawer *drawer = NULL;
    ltn_status status = ltn_drawer_create(program, o->seed, o->draws, LTN_DESIGN_RANDOM, 0, &drawer);
    if (!status)
        status = ltn_simulation_create(program, s->request.years, s->request.year_count, &s->request.outputs, 0,
                                       &simulation);
    s->drawer = drawer;
    s->simulation = simulation;
    if (!status) status = ltn_parallel(variants_of(s) * blocks_of(s), o->threads, run_block, s);
    if (!status) status = ltn_watch_check(&s->watch);
    ltn_simulation_free(simulation);
    ltn_drawer_free(drawer);
    return status;
}

/* ---- the answer ---- */

static ltn_status estimate_row(void *context, size_t row)
{
    study *s = context;
    size_t draws = s->options->draws, stride = s->rows * draws;
    const double *a = s->values + row * draws;
    const ltn_variants variants = {draws, a, a + stride, a + VARIANTS * stride, s->groups.count, stride};
    const ltn_resampling how = {s->options->seed, s->options->resamples, s->options->confidence};
    return ltn_sobol_indices(&variants, &how, s->indices + row * s->groups.count, &s->variances[row]);
}

static ltn_status open_table(const study *s, const ltn_table *keys, size_t key_count, ltn_table *table)
{
    static const char *const names[] = {"first",     "first_low",  "first_high", "total",
                                        "total_low", "total_high", "variance_t2"};
    ltn_status status = ltn_table_add_column(table, "group", LTN_TEXT, NULL);
    for (size_t c = 0; !status && c < key_count; c++)
        status = ltn_table_add_column(table, keys->columns[c].name, keys->columns[c].type, keys->columns[c].words);
    for (size_t i = 0; !status && i < sizeof names / sizeof *names; i++)
        status = ltn_table_add_column(table, names[i], LTN_NUMBER, NULL);
    return status ? status : ltn_table_resize(table, s->rows * s->groups.count);
}

static void fill_row(const study *s, const ltn_table *keys, size_t key_count, size_t group, size_t sum,
                     ltn_table *table)
{
    const ltn_index *index = &s->indices[sum * s->groups.count + group];
    const double numbers[] = {index->first.value, index->first.low,  index->first.high, index->total.value,
                              index->total.low,   index->total.high, s->variances[sum]};
    size_t row = group * s->rows + sum;
    for (size_t c = 0; c < key_count; c++) {
        if (keys->columns[c].type == LTN_TEXT)
            table->columns[1 + c].codes[row] = keys->columns[c].codes[sum];
        else
            table->columns[1 + c].numbers[row] = keys->columns[c].numbers[sum];
    }
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        table->columns[1 + key_count + i].numbers[row] = numbers[i];
}

static ltn_status tabulate(const study *s, const ltn_table *keys, ltn_table **out)
{
    size_t key_count = (size_t)ltn_table_find(keys, "emission_t");
    ltn_table *table = ltn_table_create();
    ltn_status status = table ? open_table(s, keys, key_count, table) : LTN_ENOMEM;
    for (size_t g = 0; !status && g < s->groups.count; g++)
        for (size_t sum = 0; !status && sum < s->rows; sum++) {
            fill_row(s, keys, key_count, g, sum, table);
            status = ltn_table_set_text(table, g * s->rows + sum, 0, s->groups.names[g]);
        }
    if (status)
        ltn_table_free(table);
    else
        *out = table;
    return status;
}

static ltn_status study_sums(study *s, const ltn_projection *run, const ltn_grouping *grouping, ltn_table **out)
{
    ltn_ensemble_options none;
    ltn_ensemble_options_init(&none);
    ltn_table *keys = NULL;
    ltn_status status = ltn_projection_summarise_at(run, grouping, &keys);
    if (!status) status = ltn_request_create(run, &none, grouping, &s->request);
    s->rows = s->request.group_years * s->request.group_count;
    if (!status) status = ltn_input_groups_create(run, s->options, &s->groups);
    if (!status) status = make_room(s);
    if (!status && s->groups.count) status = run_all(s, &run->program);
    if (!status && s->groups.count) status = ltn_parallel(s->rows, s->options->threads, estimate_row, s);
    if (!status) status = tabulate(s, keys, out);
    ltn_table_free(keys);
    return status;
}

ltn_status ltn_sensitivity_run(const ltn_projection *run, const ltn_sensitivity_options *options, ltn_table **out)
{
    *out = NULL;
    ltn_sensitivity_options o;
    ltn_grouping usual;
    ltn_sensitivity_options_init(&o);
    if (options) memcpy(&o, options, options->struct_size < sizeof o ? options->struct_size : sizeof o);
    ltn_grouping_init(&usual, LTN_BY_REGION | LTN_BY_POLLUTANT);
    usual.region_depth = 0;
    ltn_status status = check(&o);
    if (status) return status;
    study s = {.options = &o};
    ltn_watch_start(&s.watch, o.progress, o.progress_data, "the sensitivity study");
    status = study_sums(&s, run, o.grouping ? o.grouping : &usual, out);
    ltn_request_free(&s.request);
    ltn_input_groups_free(&s.groups);
    free(s.values);
    free(s.indices);
    free(s.variances);
    return status;
}
