/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Attribution by what each step does to each row, as the run tells it: the ledger, and LMDI-I (Ang 2005, Energy Policy
 * 33, 867-871) with the limits of zeros (Ang and Liu 2007, Energy Policy 35, 238-246). */
#include "assess/attribution.h"
#include "assess/lmdi.h"

#include <stdlib.h>

typedef struct pass {
    ltn_attribution *attribution;
    const double *base, *end; /* of each row; base: of the base's rows only */
    size_t base_rows;
    bool lmdi;
    ltn_sum *sums;    /* of the step at hand, of each group */
    uint8_t *touched; /* of each group */
    int32_t *list;    /* the groups it has touched */
    size_t step, listed;
    int32_t *crossing; /* of each row: the step that last took it to 0 or from there, or -1 */
    double *held;      /* of each row that was taken to 0: what it had been */
    ltn_status status;
} pass;

static double base_of(const pass *p, int32_t row)
{
    return (size_t)row < p->base_rows ? p->base[row] : 0;
}

static void close_step(pass *p)
{
    const int32_t *player = p->attribution->players.of_measure;
    for (size_t i = 0; i < p->listed; i++) {
        int32_t group = p->list[i];
        if (!p->status)
            p->status = ltn_attribution_add(p->attribution, (size_t)player[p->step], (size_t)group, p->sums[group], 0);
        p->sums[group] = (ltn_sum){0};
        p->touched[group] = 0;
    }
    p->listed = 0;
}

static void add(pass *p, size_t step, int32_t group, double amount)
{
    if (amount == 0) return;
    if (step != p->step) close_step(p);
    p->step = step;
    if (!p->touched[group]) p->list[p->listed++] = group;
    p->touched[group] = 1;
    ltn_sum_add(&p->sums[group], amount);
}

/* L(E_year, E_base)·ln(E_after/E_before) where there is something at both ends. A row that was at 0 on the way and came
 * back has come there from what it was: what undid the one measure and did the other is one factor, the other's. */
static double of_logarithms(pass *p, size_t step, int32_t row, double before, double after)
{
    double mean = ltn_logarithmic_mean(p->end[row], base_of(p, row));
    if (before == after) return 0;
    if (after == 0) p->held[row] = before;
    if (after == 0 || before == 0) p->crossing[row] = (int32_t)step;
    if (after == 0 || mean == 0) return 0;
    return mean * ltn_log_ratio(after, before > 0 ? before : p->held[row]);
}

static void take(void *context, const ltn_state *state, size_t step, double phase, int32_t row, double before)
{
    (void)phase;
    pass *p = context;
    int32_t group = p->attribution->groups.of_row[row];
    double after = state->emission[row];
    if (group >= 0) add(p, step, group, p->lmdi ? of_logarithms(p, step, row, before, after) : after - before);
}

/* A row that is 0 at one end is due to the step that took it there, or from there. */
static void add_crossings(pass *p)
{
    ltn_attribution *a = p->attribution;
    for (int32_t row = 0; !p->status && (size_t)row < a->groups.rows; row++) {
        double base = base_of(p, row), end = p->end[row];
        if (a->groups.of_row[row] < 0 || p->crossing[row] < 0 || (base == 0) == (end == 0)) continue;
        p->status = ltn_attribution_add(a, (size_t)a->players.of_measure[p->crossing[row]],
                                        (size_t)a->groups.of_row[row], (ltn_sum){end - base, 0}, 0);
    }
}

static ltn_status open_pass(ltn_attribution *a, pass *p)
{
    const ltn_program *program = &a->run->program;
    *p = (pass){.attribution = a,
                .base = ltn_emission_column_of(program->base, LTN_EMISSION)->numbers,
                .end = a->run->emissions[a->year],
                .base_rows = program->base_rows,
                .lmdi = a->options->method == LTN_ATTRIBUTION_LMDI,
                .sums = ltn_alloc(a->groups.count, sizeof *p->sums),
                .touched = ltn_alloc(a->groups.count, 1),
                .list = ltn_alloc(a->groups.count, sizeof *p->list),
                .crossing = ltn_alloc(program->rows, sizeof *p->crossing),
                .held = ltn_alloc(program->rows, sizeof *p->held)};
    for (size_t row = 0; p->crossing && row < program->rows; row++) p->crossing[row] = -1;
    return p->sums && p->touched && p->list && p->crossing && p->held ? LTN_OK : LTN_ENOMEM;
}

static void free_pass(pass *p)
{
    free(p->sums);
    free(p->touched);
    free(p->list);
    free(p->crossing);
    free(p->held);
}

ltn_status ltn_attribute_by_steps(ltn_attribution *a)
{
    const ltn_attribution_options *o = a->options;
    const ltn_program *program = &a->run->program;
    ltn_state state = {0};
    pass p;
    ltn_status status = open_pass(a, &p);
    if (!status) status = ltn_state_create(program, &state);
    if (!status) status = ltn_program_run(program, a->run->years[a->year], &state, &(ltn_sink){take, &p}, NULL);
    if (!status) close_step(&p);
    if (!status && p.lmdi) add_crossings(&p);
    if (!status) status = p.status;
    ltn_state_free(&state);
    free_pass(&p);
    if (!status && o->progress && o->progress(o->progress_data, 1))
        status = ltn_fail(LTN_ECANCELLED, NULL, "the attribution was cancelled");
    return status;
}
