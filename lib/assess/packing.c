/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "assess/packing.h"

#include <glpk.h>
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

/* GLPK keeps an environment a thread, prints, and aborts. It is therefore given a thread of its own: nothing of
 * the caller's is touched, and whatever happens, the environment is freed with the thread. */
typedef struct solver {
    const ltn_packing *problem;
    bool gain_only;
    double *x, *gain_price, *cost_price;
    glp_prob *lp;
    int32_t *tight;  /* of each column: the row it fills in the first answer */
    uint8_t *in;     /* of each column: it is in the program */
    int32_t *column; /* of each column of the program, from 1: which it is */
    size_t column_capacity, kinds;
    double *price;  /* of each row, and of the gain that must be kept */
    uint8_t *crowd; /* of each kind: columns taken in in this round */
    int *indices;   /* room for a column */
    double *values;
    jmp_buf aborted;
    ltn_status status;
    ltn_error error; /* of the solver's thread */
} solver;

/* How far from optimal a column may be that is left out, as a share of the largest gain or cost. */
static const double pricing_tolerance = 1e-9;

/* So many of a group are taken in at once, and of a kind: what is best for one group is so for many, who cannot all
 * have it. */
enum { BEST_OF_GROUP = 8, MOST_OF_KIND = 4 };

static void on_abort(void *info)
{
    solver *s = info;
    longjmp(s->aborted, 1);
}

/* Before it calls the hook, GLPK turns the terminal on and says what went wrong. */
static int swallow(void *info, const char *text)
{
    (void)info, (void)text;
    return 1;
}

/* ---- a first answer ---- */

/* What a column is in it. */
enum { NOT_TAKEN = -1, AT_MOST = -2 };

typedef struct bid {
    size_t column;
    double price;
} bid;

static int by_price(const void *left, const void *right)
{
    const bid *a = left, *b = right;
    if (a->price != b->price) return a->price < b->price ? -1 : 1;
    return (a->column > b->column) - (a->column < b->column);
}

/* What can be taken of a column yet, and the row that allows no more; AT_MOST: the column itself. */
static double room_for(const ltn_packing *p, const double *left, size_t column, int32_t *tight)
{
    double room = p->most[column];
    *tight = AT_MOST;
    for (size_t e = p->first[column]; e < p->first[column + 1]; e++) {
        if (!(left[p->row[e]] < room * p->weight[e])) continue;
        room = left[p->row[e]] / p->weight[e];
        *tight = p->row[e];
    }
    return room;
}

static void take(const ltn_packing *p, double *left, size_t column, double amount, int32_t tight)
{
    for (size_t e = p->first[column]; e < p->first[column + 1]; e++)
        left[p->row[e]] = fmax(0, left[p->row[e]] - amount * p->weight[e]);
    if (tight >= 0) left[tight] = 0;
}

/* A group takes what is cheapest for its gain. `tight` says of each column which row it fills: no column after it has
 * that row, so that together they are a basis of the program, and a triangular one. */
static void serve_group(const ltn_packing *p, size_t group, bid *bids, double *left, int32_t *tight)
{
    size_t count = 0;
    int32_t row;
    for (size_t j = p->group[group]; j < p->group[group + 1]; j++)
        if (room_for(p, left, j, &row) > 0) bids[count++] = (bid){j, p->cost[j] / p->gain[j]};
    if (count) qsort(bids, count, sizeof *bids, by_price);
    for (size_t i = 0; i < count; i++) {
        double amount = room_for(p, left, bids[i].column, &row);
        if (!(amount > 0)) continue;
        tight[bids[i].column] = row;
        take(p, left, bids[i].column, amount, row);
    }
}

static ltn_status find_first_answer(const ltn_packing *p, int32_t *tight)
{
    bid *bids = ltn_alloc(p->columns, sizeof *bids);
    double *left = ltn_alloc(p->rows, sizeof *left);
    ltn_status status = bids && left ? LTN_OK : LTN_ENOMEM;
    for (size_t r = 0; !status && r < p->rows; r++) left[r] = p->limit[r];
    for (size_t j = 0; j < p->columns; j++) tight[j] = NOT_TAKEN;
    for (size_t g = 0; !status && g < p->groups; g++) serve_group(p, g, bids, left, tight);
    free(bids);
    free(left);
    return status;
}

/* ---- the program ---- */

static ltn_status take_in(solver *s, size_t column, bool keep_gain)
{
    const ltn_packing *p = s->problem;
    int at = glp_add_cols(s->lp, 1), count = 0;
    if (ltn_reserve(&s->column, &s->column_capacity, (size_t)at + 1, sizeof *s->column)) return LTN_ENOMEM;
    s->column[at] = (int32_t)column;
    s->in[column] = 1;
    for (size_t e = p->first[column]; e < p->first[column + 1]; e++) {
        s->indices[++count] = p->row[e] + 1;
        s->values[count] = p->weight[e];
    }
    if (keep_gain) {
        s->indices[++count] = (int)p->rows + 1;
        s->values[count] = p->gain[column];
    }
    glp_set_mat_col(s->lp, at, count, s->indices, s->values);
    if (isinf(p->most[column]))
        glp_set_col_bnds(s->lp, at, GLP_LO, 0, 0);
    else if (p->most[column] > 0)
        glp_set_col_bnds(s->lp, at, GLP_DB, 0, p->most[column]);
    else
        glp_set_col_bnds(s->lp, at, GLP_FX, 0, 0);
    glp_set_obj_coef(s->lp, at, keep_gain ? -p->cost[column] : p->gain[column]);
    return LTN_OK;
}

/* The simplex goes on from the first answer: its columns are in the basis in place of the rows they fill. */
static ltn_status enter_first_answer(solver *s)
{
    for (size_t j = 0; j < s->problem->columns; j++) {
        int32_t tight = s->tight[j];
        if (tight == NOT_TAKEN) continue;
        if (take_in(s, j, false)) return LTN_ENOMEM;
        glp_set_col_stat(s->lp, glp_get_num_cols(s->lp), tight == AT_MOST ? GLP_NU : GLP_BS);
        if (tight >= 0) glp_set_row_stat(s->lp, tight + 1, GLP_NU);
    }
    return LTN_OK;
}

static ltn_status start(solver *s)
{
    const ltn_packing *p = s->problem;
    s->lp = glp_create_prob();
    glp_set_obj_dir(s->lp, GLP_MAX);
    if (p->rows) glp_add_rows(s->lp, (int)p->rows);
    for (size_t r = 0; r < p->rows; r++) glp_set_row_bnds(s->lp, (int)r + 1, GLP_UP, 0, p->limit[r]);
    return enter_first_answer(s);
}

static ltn_status run_simplex(solver *s)
{
    glp_smcp how;
    glp_init_smcp(&how);
    how.msg_lev = GLP_MSG_OFF;
    how.meth = GLP_PRIMAL;
    int failed = glp_simplex(s->lp, &how);
    if (failed == GLP_ESING || failed == GLP_ECOND) { /* of the basis it began with: from nothing, then */
        glp_std_basis(s->lp);
        failed = glp_simplex(s->lp, &how);
    }
    if (failed || glp_get_status(s->lp) != GLP_OPT)
        return ltn_fail(LTN_ESOLVER, NULL, "the linear program of the offsets was not solved (GLPK says %d)",
                        failed ? failed : glp_get_status(s->lp));
    return LTN_OK;
}

/* ---- columns that are not in yet ---- */

/* What a unit of a column would add to the objective at the prices of the limits. */
static double worth(const solver *s, size_t column, bool keep_gain)
{
    const ltn_packing *p = s->problem;
    double value = keep_gain ? -p->cost[column] - s->price[p->rows] * p->gain[column] : p->gain[column];
    for (size_t e = p->first[column]; e < p->first[column + 1]; e++) value -= s->price[p->row[e]] * p->weight[e];
    return value;
}

typedef struct best {
    size_t column[BEST_OF_GROUP];
    double worth[BEST_OF_GROUP];
    int count;
} best;

/* Keeps the best few, the earlier column where two are as good. */
static void consider(best *b, size_t column, double value)
{
    int at = b->count < BEST_OF_GROUP ? b->count++ : BEST_OF_GROUP;
    while (at > 0 && b->worth[at - 1] < value) {
        if (at < BEST_OF_GROUP) b->worth[at] = b->worth[at - 1], b->column[at] = b->column[at - 1];
        at--;
    }
    if (at < BEST_OF_GROUP) b->worth[at] = value, b->column[at] = column;
}

/* Takes in the best columns of each group that would better the answer. */
static ltn_status price_in(solver *s, bool keep_gain, double least, size_t *taken)
{
    const ltn_packing *p = s->problem;
    for (size_t r = 0; r < p->rows + keep_gain; r++) s->price[r] = glp_get_row_dual(s->lp, (int)r + 1);
    *taken = 0;
    memset(s->crowd, 0, s->kinds);
    for (size_t g = 0; g < p->groups; g++) {
        best b = {.count = 0};
        for (size_t j = p->group[g]; j < p->group[g + 1]; j++) {
            bool out = s->in[j] || !(p->most[j] > 0) || s->crowd[p->kind[j]] >= MOST_OF_KIND;
            double value = out ? 0 : worth(s, j, keep_gain);
            if (value > least) consider(&b, j, value);
        }
        for (int i = 0; i < b.count; i++) {
            s->crowd[p->kind[b.column[i]]]++;
            if (take_in(s, b.column[i], keep_gain)) return LTN_ENOMEM;
        }
        *taken += (size_t)b.count;
    }
    return LTN_OK;
}

static ltn_status optimise(solver *s, bool keep_gain)
{
    const ltn_packing *p = s->problem;
    double largest = 0;
    for (size_t j = 0; j < p->columns; j++) largest = fmax(largest, keep_gain ? fabs(p->cost[j]) : p->gain[j]);
    for (size_t taken = 1; taken;) {
        ltn_status status = run_simplex(s);
        if (!status) status = price_in(s, keep_gain, pricing_tolerance * largest, &taken);
        if (status) return status;
    }
    return LTN_OK;
}

/* ---- both stages ---- */

/* Goes on from the greatest gain: it must be kept, and costs are what counts. */
static void turn_to_cost(solver *s)
{
    const ltn_packing *p = s->problem;
    double gain = glp_get_obj_val(s->lp);
    int count = glp_get_num_cols(s->lp), row = glp_add_rows(s->lp, 1);
    for (int j = 1; j <= count; j++) {
        int entries = glp_get_mat_col(s->lp, j, s->indices, s->values);
        s->indices[++entries] = row;
        s->values[entries] = p->gain[s->column[j]];
        glp_set_mat_col(s->lp, j, entries, s->indices, s->values);
        glp_set_obj_coef(s->lp, j, -p->cost[s->column[j]]);
    }
    glp_set_row_bnds(s->lp, row, GLP_LO, gain, 0);
}

static ltn_status solve_stages(solver *s)
{
    const ltn_packing *p = s->problem;
    ltn_status status = start(s);
    if (!status) status = optimise(s, false);
    for (size_t r = 0; !status && s->gain_price && r < p->rows; r++) s->gain_price[r] = fmax(0, s->price[r]);
    if (!status && !s->gain_only) {
        turn_to_cost(s);
        status = optimise(s, true);
        for (size_t r = 0; !status && s->cost_price && r < p->rows; r++) s->cost_price[r] = fmax(0, s->price[r]);
    }
    for (int j = 1; !status && j <= glp_get_num_cols(s->lp); j++) s->x[s->column[j]] = glp_get_col_prim(s->lp, j);
    return status;
}

static void *solve_thread(void *context)
{
    solver *s = context;
    /* Asked for by any other call, an environment that cannot be made aborts the program. */
    if (glp_init_env() != 0) {
        s->status = ltn_fail_memory();
        s->error = *ltn_last_error();
        return NULL;
    }
    glp_term_out(GLP_OFF);
    glp_term_hook(swallow, NULL);
    glp_error_hook(on_abort, s);
    if (setjmp(s->aborted) == 0)
        s->status = solve_stages(s);
    else
        s->status = ltn_fail(LTN_ESOLVER, NULL, "GLPK gave up on the linear program of the offsets");
    glp_free_env();
    if (s->status) s->error = *ltn_last_error();
    return NULL;
}

static size_t longest_column(const ltn_packing *p)
{
    size_t longest = 0;
    for (size_t j = 0; j < p->columns; j++)
        if (p->first[j + 1] - p->first[j] > longest) longest = p->first[j + 1] - p->first[j];
    return longest;
}

static size_t count_kinds(const ltn_packing *p)
{
    size_t kinds = 0;
    for (size_t j = 0; j < p->columns; j++)
        if ((size_t)p->kind[j] >= kinds) kinds = (size_t)p->kind[j] + 1;
    return kinds;
}

ltn_status ltn_packing_solve(const ltn_packing *p, bool gain_only, double *x, double *gain_price, double *cost_price)
{
    size_t room = longest_column(p) + 3;
    solver s = {.problem = p, .gain_only = gain_only, .x = x, .gain_price = gain_price, .cost_price = cost_price};
    s.in = ltn_alloc(p->columns, 1);
    s.tight = ltn_alloc(p->columns, sizeof *s.tight);
    s.kinds = count_kinds(p);
    s.crowd = ltn_alloc(s.kinds, 1);
    s.price = ltn_alloc(p->rows + 1, sizeof *s.price);
    s.indices = ltn_alloc(room, sizeof *s.indices);
    s.values = ltn_alloc(room, sizeof *s.values);
    memset(x, 0, p->columns * sizeof *x);
    bool there = s.in && s.tight && s.crowd && s.price && s.indices && s.values;
    ltn_status status = there ? find_first_answer(p, s.tight) : LTN_ENOMEM;
    pthread_t thread;
    if (!status && pthread_create(&thread, NULL, solve_thread, &s) != 0)
        status = ltn_fail(LTN_ENOMEM, NULL, "no thread could be started for the solver");
    if (!status) {
        pthread_join(thread, NULL);
        status = s.status ? ltn_fail_again(&s.error) : LTN_OK;
    }
    free(s.in);
    free(s.tight);
    free(s.crowd);
    free(s.price);
    free(s.column);
    free(s.indices);
    free(s.values);
    return status;
}
