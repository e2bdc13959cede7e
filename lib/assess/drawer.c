/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "assess/drawer.h"

#include "base/normal.h"
#include "base/rank_correlation.h"
#include "projection/simulate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DESIGNED_MAX = LTN_SOBOL_DIMENSIONS };

struct ltn_drawer {
    const ltn_program *program;
    ltn_random_key key;
    size_t draws;
    uint64_t streams[DESIGNED_MAX];  /* of the design's columns */
    double *reordered[DESIGNED_MAX]; /* columns whose ranks were correlated; else NULL */
    size_t columns;
    ltn_design *design;
    int8_t *column_of; /* of each input: its column, or -1; NULL where there is no design */
};

/* ---- what carries variance ---- */

static const ltn_law *law_of(const ltn_program *p, int32_t input)
{
    return &p->inputs.laws[p->inputs.items[input].law];
}

/* Of a row's emission, relative: sd/mean of a multiplier; of a removal sd/(1 − mean). */
static double spread_of(const ltn_program *p, int32_t input)
{
    const ltn_law *law = law_of(p, input);
    double sd = sqrt(ltn_distribution_variance(&law->value));
    double size = p->inputs.items[input].kind == LTN_INPUT_REMOVAL ? 1 - law->mean : fabs(law->mean);
    return size > 0 ? sd / size : 0;
}

static void weigh(const int32_t *inputs, size_t at, double share, const double *spread, ltn_input_weight *weights)
{
    if (inputs && inputs[at] >= 0) weights[inputs[at]].score += share * spread[inputs[at]];
}

/* Σ over the rows of an input of (share of the pollutant's total) · (relative spread). */
static void weigh_rows(const ltn_program *p, const double *emission, const double *totals, const double *spread,
                       ltn_input_weight *weights)
{
    const ltn_frame *f = &p->whole;
    const int32_t *pollutants = ltn_emission_column_of(p->base, LTN_POLLUTANT)->codes;
    for (size_t s = 0; s < p->base_sources; s++)
        for (int32_t row = f->first[s]; row < f->first[s + 1]; row++) {
            double total = totals[pollutants[row]], share = total > 0 ? emission[row] / total : 0;
            weigh(f->activity_input, s, share, spread, weights);
            weigh(f->factor_input, (size_t)row, share, spread, weights);
            weigh(f->removal_input, (size_t)row, share, spread, weights);
        }
}

/* Lane 0 is at the means; in each other one a parameter is one standard deviation up. */
typedef struct one_up {
    const ltn_program *program;
    const int32_t *inputs;
    size_t count;
} one_up;

static double mean_of(const ltn_law *law)
{
    return law->relative ? 1 : law->mean;
}

static void draw_one_up(void *context, int32_t input, double *out)
{
    const one_up *up = context;
    const ltn_law *law = law_of(up->program, input);
    double mean = mean_of(law), sd = sqrt(ltn_distribution_variance(&law->value)) / (law->relative ? law->mean : 1);
    for (size_t l = 0; l <= up->count; l++) {
        bool raised = l > 0 && up->inputs[l - 1] == input;
        out[l] = raised ? fmin(fmax(mean + sd, law->low), law->high) : mean;
    }
}

/* The change of the last year's totals, relative, of a few parameters. */
static ltn_status weigh_some(const ltn_simulation *simulation, one_up *up, size_t pollutants, ltn_input_weight *weights)
{
    double sums[LTN_LANES_MAX * 64];
    size_t lanes = up->count + 1;
    double *all = pollutants <= 64 ? sums : ltn_alloc(pollutants * lanes, sizeof *all);
    ltn_status status = all ? ltn_simulate(simulation, &(ltn_lanes){lanes, draw_one_up, up, NULL}, all) : LTN_ENOMEM;
    for (size_t k = 0; !status && k < pollutants; k++)
        for (size_t l = 1; l < lanes; l++)
            if (all[k * lanes] > 0) weights[up->inputs[l - 1]].score += fabs(all[k * lanes + l] / all[k * lanes] - 1);
    if (all != sums) free(all);
    return status;
}

static ltn_status weigh_parameters(const ltn_program *p, ltn_input_weight *weights)
{
    size_t pollutants = ltn_emission_column_of(p->derived, LTN_POLLUTANT)->words->count;
    size_t *first = ltn_alloc(p->rows + 1, sizeof *first);
    int32_t *item = ltn_alloc(p->rows, sizeof *item);
    ltn_simulation *simulation = NULL;
    ltn_status status = first && item ? LTN_OK : LTN_ENOMEM;
    for (size_t row = 0; !status && row < p->rows; row++) {
        size_t at;
        const ltn_inventory *inventory = ltn_program_row(p, (int32_t)row, &at);
        first[row + 1] = row + 1;
        item[row] = ltn_emission_column_of(inventory, LTN_POLLUTANT)->codes[at];
    }
    const ltn_outputs outputs = {pollutants, first, item};
    if (!status) status = ltn_simulation_create(p, &p->scenario->years[1], 1, &outputs, 0, &simulation);
    int32_t few[LTN_LANES_MAX - 1];
    one_up up = {p, few, 0};
    for (size_t i = 0; !status && i < p->inputs.count; i++) {
        if (p->inputs.items[i].kind == LTN_INPUT_PARAMETER) few[up.count++] = (int32_t)i;
        bool full = up.count == LTN_LANES_MAX - 1 || (up.count && i + 1 == p->inputs.count);
        if (full) status = weigh_some(simulation, &up, pollutants, weights);
        if (full) up.count = 0;
    }
    ltn_simulation_free(simulation);
    free(first);
    free(item);
    return status;
}

/* The heaviest first; of equals the first made. */
static int by_weight(const void *left, const void *right)
{
    const ltn_input_weight *a = left, *b = right;
    if (a->score != b->score) return a->score > b->score ? -1 : 1;
    return (a->input > b->input) - (a->input < b->input);
}

ltn_status ltn_weigh_inputs(const ltn_program *p, const double *emission, ltn_input_weight *weights)
{
    const ltn_column *pollutant = ltn_emission_column_of(p->base, LTN_POLLUTANT);
    double *totals = ltn_alloc(pollutant->words->count, sizeof *totals),
           *spread = ltn_alloc(p->inputs.count, sizeof *spread);
    bool parameters = false;
    ltn_status status = totals && spread ? LTN_OK : LTN_ENOMEM;
    for (size_t i = 0; !status && i < p->inputs.count; i++) {
        weights[i] = (ltn_input_weight){0, (int32_t)i};
        spread[i] = spread_of(p, (int32_t)i);
        parameters |= p->inputs.items[i].kind == LTN_INPUT_PARAMETER;
    }
    for (size_t row = 0; !status && row < p->base_rows; row++) totals[pollutant->codes[row]] += emission[row];
    if (!status) weigh_rows(p, emission, totals, spread, weights);
    if (!status && parameters) status = weigh_parameters(p, weights);
    free(totals);
    free(spread);
    if (!status) qsort(weights, p->inputs.count, sizeof *weights, by_weight);
    return status;
}

/* ---- the design ---- */

static int find_column(const ltn_drawer *d, uint64_t stream)
{
    for (size_t k = 0; k < d->columns; k++)
        if (d->streams[k] == stream) return (int)k;
    return -1;
}

/* Takes the stream of an input, and all that are correlated with it, as columns where there is room. */
static void take_streams(ltn_drawer *d, const ltn_input *input, size_t most)
{
    const ltn_inputs *inputs = &d->program->inputs;
    if (find_column(d, input->stream) >= 0) return;
    if (input->copula < 0) {
        if (d->columns < most) d->streams[d->columns++] = input->stream;
        return;
    }
    const ltn_copula *copula = &inputs->copulas[input->copula];
    if (d->columns + (size_t)copula->size > most) return;
    for (int32_t k = 0; k < copula->size; k++) d->streams[d->columns++] = copula->streams[k];
}

static ltn_status choose_columns(ltn_drawer *d, size_t designed)
{
    const ltn_inputs *inputs = &d->program->inputs;
    ltn_input_weight *weights = ltn_alloc(inputs->count, sizeof *weights);
    ltn_status status = weights ? ltn_weigh_inputs(d->program, d->program->whole.emission, weights) : LTN_ENOMEM;
    for (size_t i = 0; !status && i < inputs->count && d->columns < designed; i++)
        if (weights[i].score > 0) take_streams(d, &inputs->items[weights[i].input], designed);
    free(weights);
    if (status || !d->columns) return status;
    if (!(d->column_of = ltn_alloc(inputs->count, 1))) return LTN_ENOMEM;
    for (size_t i = 0; i < inputs->count; i++) d->column_of[i] = (int8_t)find_column(d, inputs->items[i].stream);
    return LTN_OK;
}

/* Gives columns that are correlated their ranks; each keeps its values, and so its strata. The order comes from a key of
 * the copula's own: with one for all, copulas would move together. */
static ltn_status correlate(ltn_drawer *d, const ltn_copula *copula)
{
    size_t size = (size_t)copula->size, n = d->draws;
    int first = find_column(d, copula->streams[0]);
    if (first < 0) return LTN_OK;
    const ltn_random_key key = {d->key.seed, copula->streams[0]};
    double *columns = ltn_alloc(size * n, sizeof *columns);
    if (!columns) return LTN_ENOMEM;
    for (size_t k = 0; k < size; k++) ltn_design_uniforms(d->design, (size_t)first + k, 0, n, columns + k * n);
    ltn_status status = ltn_iman_conover(columns, n, size, copula->factor, key);
    for (size_t k = 0; !status && k < size; k++) {
        d->reordered[(size_t)first + k] = ltn_alloc(n, sizeof(double));
        if (!d->reordered[(size_t)first + k]) status = LTN_ENOMEM;
        if (!status) memcpy(d->reordered[(size_t)first + k], columns + k * n, n * sizeof(double));
    }
    free(columns);
    return status;
}

ltn_status ltn_drawer_create(const ltn_program *program, uint64_t seed, size_t draws, ltn_design_kind kind,
                             size_t designed, ltn_drawer **out)
{
    *out = NULL;
    ltn_drawer *d = ltn_alloc(1, sizeof *d);
    if (!d) return LTN_ENOMEM;
    d->program = program;
    d->key = (ltn_random_key){seed, 0};
    d->draws = draws;
    ltn_status status = LTN_OK;
    if (kind != LTN_DESIGN_RANDOM) status = choose_columns(d, designed < DESIGNED_MAX ? designed : DESIGNED_MAX);
    if (!status && d->columns) status = ltn_design_create(kind, d->key, d->streams, d->columns, draws, &d->design);
    for (size_t i = 0; !status && d->design && i < program->inputs.copula_count; i++)
        status = correlate(d, &program->inputs.copulas[i]);
    if (status)
        ltn_drawer_free(d);
    else
        *out = d;
    return status;
}

void ltn_drawer_free(ltn_drawer *d)
{
    if (!d) return;
    for (size_t k = 0; k < d->columns; k++) free(d->reordered[k]);
    ltn_design_free(d->design);
    free(d->column_of);
    free(d);
}

const uint64_t *ltn_drawer_design(const ltn_drawer *d, size_t *count)
{
    *count = d->columns;
    return d->streams;
}

/* ---- drawing ---- */

/* u = Φ(Σ_k factor(place, k) · Φ⁻¹(u_k)) */
static void draw_correlated(const ltn_copula *copula, size_t place, ltn_random_key key, size_t first, size_t count,
                            double *out)
{
    double z[LTN_LANES_MAX], sum[LTN_LANES_MAX] = {0};
    for (size_t k = 0; k <= place; k++) {
        double by = copula->factor[place * (size_t)copula->size + k];
        if (by == 0) continue;
        ltn_random_uniforms(key, copula->streams[k], first, count, z);
        ltn_normal_quantiles(z, count, z);
        for (size_t i = 0; i < count; i++) sum[i] += by * z[i];
    }
    ltn_normal_probabilities(sum, count, out);
}

static void draw_uniforms(const ltn_drawer *d, uint64_t run, int32_t input, size_t first, size_t count, double *out)
{
    const ltn_input *in = &d->program->inputs.items[input];
    ltn_random_key key = {d->key.seed, run};
    int column = d->column_of && run == 0 ? d->column_of[input] : -1;
    if (column >= 0 && d->reordered[column])
        memcpy(out, d->reordered[column] + first, count * sizeof *out);
    else if (column >= 0)
        ltn_design_uniforms(d->design, (size_t)column, first, count, out);
    else if (in->copula >= 0)
        draw_correlated(&d->program->inputs.copulas[in->copula], in->place, key, first, count, out);
    else
        ltn_random_uniforms(key, in->stream, first, count, out);
}

void ltn_drawer_draw(const ltn_drawer *d, uint64_t run, int32_t input, size_t first, size_t count, double *out)
{
    const ltn_law *law = law_of(d->program, input);
    double scale = law->relative ? 1 / law->mean : 1, low = law->low * scale, high = law->high * scale;
    draw_uniforms(d, run, input, first, count, out);
    ltn_distribution_quantiles(&law->value, out, count, out);
    for (size_t i = 0; i < count; i++) {
        double value = out[i] * scale;
        out[i] = value < low ? low : value > high ? high : value;
    }
}
