/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "assess/dependence.h"

#include <stdlib.h>
#include <string.h>

typedef struct building {
    ltn_dependence *out;
    uint64_t *of_family; /* of each source that is a root */
    uint64_t *step;      /* what the step at hand brings to what it acts on */
} building;

static uint64_t *family(const building *b, int32_t source)
{
    return b->of_family + (size_t)b->out->root[source] * b->out->words;
}

static uint64_t *row_set(const building *b, int32_t row)
{
    return b->out->of_row + (size_t)row * b->out->words;
}

/* Whether a step can change anything in a year. */
static bool acts(const ltn_step *step, int base_year, int year)
{
    const ltn_measure *m = step->measure;
    switch (m->action) {
    case LTN_GROW:
        return ltn_grow_index(&m->grow, step->parameters[LTN_GROWTH_RATE].mean, base_year, year) != 1;
    case LTN_ADD:
        return step->added >= 0 && step->share * ltn_date_share(m->add.from, year) > 0;
    case LTN_TURNOVER:
        return true;
    default:
        return ltn_measure_phase(m, base_year, year) > 0;
    }
}

/* A cap sums activity, which steps that act on rows leave alone. */
static void join_cap(const building *b, const ltn_step *step)
{
    for (size_t i = 0; i < step->source_count; i++) ltn_set_join(b->step, family(b, step->sources[i]), b->out->words);
    for (size_t i = 0; i < step->among_count; i++) ltn_set_join(b->step, family(b, step->among[i]), b->out->words);
}

/* A limit over a group sums emissions. */
static void join_limit(const building *b, const ltn_step *step)
{
    for (size_t i = 0; i < step->row_count; i++) {
        ltn_set_join(b->step, family(b, b->out->source_of_row[step->rows[i]]), b->out->words);
        ltn_set_join(b->step, row_set(b, step->rows[i]), b->out->words);
    }
}

/* Steps come in order, so sets hold what came before. */
static void enter_step(const building *b, const ltn_step *step)
{
    size_t words = b->out->words;
    memset(b->step, 0, words * sizeof *b->step);
    if (step->total_count && step->measure->action == LTN_CAP) join_cap(b, step);
    if (step->total_count && step->measure->action != LTN_CAP) join_limit(b, step);
    ltn_set_add(b->step, step->index);
    for (size_t i = 0; i < step->source_count; i++) ltn_set_join(family(b, step->sources[i]), b->step, words);
    for (size_t i = 0; i < step->row_count; i++) ltn_set_join(row_set(b, step->rows[i]), b->step, words);
    if (step->added >= 0) ltn_set_join(family(b, step->added), b->step, words);
}

/* The derived come after their origins. */
static void find_roots(const ltn_program *p, ltn_dependence *out)
{
    for (size_t s = 0; s < p->sources; s++) {
        int32_t origin = s < p->base_sources ? -1 : p->origin[s - p->base_sources];
        out->root[s] = origin < 0 ? (int32_t)s : out->root[origin];
        for (int32_t row = p->first[s]; row < p->first[s + 1]; row++) out->source_of_row[row] = (int32_t)s;
    }
}

static void fill(const building *b, int year)
{
    const ltn_program *p = b->out->program;
    find_roots(p, b->out);
    for (size_t i = 0; i < p->step_count; i++)
        if (acts(&p->steps[i], p->scenario->base_year, year)) enter_step(b, &p->steps[i]);
    for (int32_t row = 0; (size_t)row < p->rows; row++)
        ltn_set_join(row_set(b, row), family(b, b->out->source_of_row[row]), b->out->words);
}

ltn_status ltn_dependence_create(const ltn_program *p, int year, ltn_dependence *out)
{
    size_t words = p->step_count / 64 + 1;
    *out = (ltn_dependence){.program = p,
                            .words = words,
                            .root = ltn_alloc(p->sources, sizeof *out->root),
                            .source_of_row = ltn_alloc(p->rows, sizeof *out->source_of_row),
                            .of_row = ltn_alloc(p->rows, words * sizeof *out->of_row)};
    building b = {out, ltn_alloc(p->sources, words * sizeof *b.of_family), ltn_alloc(words, sizeof *b.step)};
    bool good = out->root && out->source_of_row && out->of_row && b.of_family && b.step;
    if (good) fill(&b, year);
    free(b.of_family);
    free(b.step);
    if (!good) ltn_dependence_free(out);
    return good ? LTN_OK : LTN_ENOMEM;
}

void ltn_dependence_free(ltn_dependence *d)
{
    free(d->root);
    free(d->source_of_row);
    free(d->of_row);
    *d = (ltn_dependence){0};
}

void ltn_dependence_add_sums(const ltn_dependence *d, const uint64_t *measures, uint8_t *keep)
{
    const ltn_program *p = d->program;
    for (size_t i = 0; i < p->step_count; i++) {
        const ltn_step *step = &p->steps[i];
        if (!step->total_count || !ltn_set_has(measures, step->index)) continue;
        for (size_t k = 0; k < step->source_count; k++) keep[d->root[step->sources[k]]] = 1;
        for (size_t k = 0; k < step->among_count; k++) keep[d->root[step->among[k]]] = 1;
        for (size_t k = 0; k < step->row_count; k++) keep[d->root[d->source_of_row[step->rows[k]]]] = 1;
    }
}
