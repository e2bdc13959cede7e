/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "assess/families.h"

#include "base/parallel.h"

#include <stdlib.h>
#include <string.h>

ltn_status ltn_families(const ltn_projection *run, int32_t **out)
{
    const ltn_program *p = &run->program;
    int column = ltn_table_find(p->derived->sources, "origin");
    int32_t *root = *out = ltn_alloc(p->sources, sizeof *root);
    if (!root) return LTN_ENOMEM;
    for (size_t s = 0; s < p->sources; s++) root[s] = (int32_t)s;
    /* The derived come after their origins. */
    for (size_t d = 0; d < p->derived->sources->rows; d++) {
        const char *origin = ltn_table_text(p->derived->sources, d, (size_t)column);
        int32_t at = origin ? ltn_inventory_find(p->base, origin) : -1;
        if (origin && at < 0) {
            at = ltn_inventory_find(p->derived, origin);
            if (at >= 0) at += (int32_t)p->base_sources;
        }
        if (at >= 0) root[p->base_sources + d] = root[at];
    }
    return LTN_OK;
}

/* ---- change of a family ---- */

static bool is_pollutant(const ltn_program *p, int32_t row, int32_t pollutant)
{
    size_t at;
    const ltn_inventory *inventory = ltn_program_row(p, row, &at);
    return ltn_emission_column_of(inventory, LTN_POLLUTANT)->codes[at] == pollutant;
}

ltn_status ltn_family_changes(const ltn_projection *run, const int32_t *root, int32_t pollutant, double **out)
{
    const ltn_program *p = &run->program;
    const double *base = ltn_emission_column_of(p->base, LTN_EMISSION)->numbers;
    double *changes = *out = ltn_alloc(run->year_count * p->sources, sizeof *changes);
    if (!changes) return LTN_ENOMEM;
    for (int32_t s = 0; (size_t)s < p->sources; s++) {
        int32_t from, to;
        ltn_program_rows(p, s, &from, &to);
        for (int32_t row = from; row < to; row++)
            for (size_t y = 0; is_pollutant(p, row, pollutant) && y < run->year_count; y++)
                changes[y * p->sources + (size_t)root[s]] +=
                    run->emissions[y][row] - ((size_t)row < p->base_rows ? base[row] : 0);
    }
    return LTN_OK;
}

/* ---- cuts by measure ---- */

/* One year's cuts as the steps of the run tell them. */
typedef struct year_cuts {
    ltn_family_delta *items;
    size_t count, capacity;
    bool out_of_memory;
} year_cuts;

typedef struct cut_loop {
    const ltn_projection *run;
    const int32_t *root;
    const int32_t *slot; /* of each pollutant, among those that are asked for; -1: not asked for */
    size_t slots;
    const int32_t *source_of_row;
    year_cuts *years;
} cut_loop;

/* The step at hand: its sum for each family and pollutant it has touched. */
typedef struct cut_sink {
    const cut_loop *loop;
    year_cuts *year;
    uint32_t year_index;
    size_t step, first; /* and its first item */
    int32_t *items;     /* of each family and pollutant: its item, or -1 */
} cut_sink;

static int32_t *item_of(const cut_sink *sink, int32_t root, int32_t pollutant)
{
    return &sink->items[(size_t)root * sink->loop->slots + (size_t)sink->loop->slot[pollutant]];
}

/* Leaves of a finished step what took something off. */
static void close_step(cut_sink *sink)
{
    year_cuts *y = sink->year;
    size_t kept = sink->first;
    for (size_t i = sink->first; i < y->count; i++) {
        *item_of(sink, y->items[i].root, y->items[i].pollutant) = -1;
        if (y->items[i].tonnes < 0) y->items[kept++] = y->items[i];
    }
    sink->first = y->count = kept;
}

static void take_cut(void *context, const ltn_state *state, size_t step, double phase, int32_t row, double before)
{
    (void)phase;
    cut_sink *sink = context;
    year_cuts *y = sink->year;
    const cut_loop *loop = sink->loop;
    double delta = state->emission[row] - before;
    size_t at;
    const ltn_inventory *inventory = ltn_program_row(&loop->run->program, row, &at);
    int32_t pollutant = ltn_emission_column_of(inventory, LTN_POLLUTANT)->codes[at];
    if (delta == 0 || loop->slot[pollutant] < 0) return;
    if (step != sink->step) close_step(sink);
    sink->step = step;
    int32_t root = loop->root[loop->source_of_row[row]], *item = item_of(sink, root, pollutant);
    if (*item < 0) {
        if (ltn_reserve(&y->items, &y->capacity, y->count + 1, sizeof *y->items)) {
            y->out_of_memory = true;
            return;
        }
        *item = (int32_t)y->count;
        y->items[y->count++] = (ltn_family_delta){root, (int32_t)step, pollutant, sink->year_index, 0};
    }
    y->items[*item].tonnes += delta;
}

static ltn_status cuts_of_year(void *context, size_t index)
{
    const cut_loop *loop = context;
    const ltn_program *p = &loop->run->program;
    size_t cells = p->sources * loop->slots;
    cut_sink sink = {loop, &loop->years[index], (uint32_t)index, SIZE_MAX, 0, ltn_alloc(cells, sizeof(int32_t))};
    ltn_state state = {0};
    ltn_status status = sink.items ? ltn_state_create(p, &state) : LTN_ENOMEM;
    if (!status) {
        memset(sink.items, 0xFF, cells * sizeof *sink.items);
        status = ltn_program_run(p, loop->run->years[index], &state, &(ltn_sink){take_cut, &sink}, NULL);
        close_step(&sink);
    }
    if (!status && sink.year->out_of_memory) status = ltn_fail_memory();
    ltn_state_free(&state);
    free(sink.items);
    return status;
}

static ltn_status join_years(const cut_loop *loop, ltn_family_delta **out, size_t *count)
{
    size_t total = 0, at = 0;
    for (size_t y = 0; y < loop->run->year_count; y++) total += loop->years[y].count;
    ltn_family_delta *all = ltn_alloc(total, sizeof *all);
    if (!all) return LTN_ENOMEM;
    for (size_t y = 0; y < loop->run->year_count; y++) {
        if (loop->years[y].count) memcpy(all + at, loop->years[y].items, loop->years[y].count * sizeof *all);
        at += loop->years[y].count;
    }
    *out = all;
    *count = total;
    return LTN_OK;
}

ltn_status ltn_family_cuts(const ltn_projection *run, const int32_t *root, const uint8_t *pollutants,
                           ltn_family_delta **out, size_t *count)
{
    const ltn_program *p = &run->program;
    size_t words = p->derived->emissions->columns[LTN_POLLUTANT].words->count;
    int32_t *source_of_row = ltn_alloc(p->rows, sizeof *source_of_row), *slot = ltn_alloc(words, sizeof *slot);
    cut_loop loop = {run, root, slot, 0, source_of_row, ltn_alloc(run->year_count, sizeof(year_cuts))};
    *out = NULL;
    *count = 0;
    ltn_status status = source_of_row && slot && loop.years ? LTN_OK : LTN_ENOMEM;
    for (size_t w = 0; !status && w < words; w++) slot[w] = pollutants[w] ? (int32_t)loop.slots++ : -1;
    for (int32_t s = 0; !status && (size_t)s < p->sources; s++) {
        int32_t from, to;
        ltn_program_rows(p, s, &from, &to);
        for (int32_t row = from; row < to; row++) source_of_row[row] = s;
    }
    if (!status) status = ltn_parallel(run->year_count, run->threads, cuts_of_year, &loop);
    if (!status) status = join_years(&loop, out, count);
    for (size_t y = 0; loop.years && y < run->year_count; y++) free(loop.years[y].items);
    free(loop.years);
    free(source_of_row);
    free(slot);
    return status;
}
