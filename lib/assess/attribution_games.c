/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Shapley value of a projection. v(S) is a sum over emission rows, each a function of S ∩ K with K the few players it
 * hangs on (assess/dependence.h). Rows of the same K are one game, of 2^|K| coalitions and no more, and the Shapley
 * value of the sum is the sum of the games' (linearity; a player outside K is a dummy in a game, and gets 0). */
#include "assess/attribution.h"
#include "assess/dependence.h"
#include "assess/shapley.h"
#include "base/parallel.h"
#include "base/random.h"
#include "projection/simulate.h"

#include <stdlib.h>
#include <string.h>

enum {
    GAME_GROUPS = 1024, /* groups that are valued together: what a block of coalitions comes to stays small */
    GAME_BLOCK = 1024   /* coalitions valued together, the same whatever the number of threads */
};

/* A row that hangs on somebody, by whom: sorted, the rows of a game stand together, by group. */
typedef struct row_key {
    const uint64_t *players;
    size_t words;
    int32_t group, row;
} row_key;

typedef struct games {
    ltn_attribution *attribution;
    ltn_dependence dependence;
    size_t words;      /* of a set of players */
    uint64_t *players; /* of each row */
    row_key *keys;
    size_t count;
    double work, done; /* coalitions times rows */
} games;

/* A game, or as much of it as is valued together. */
typedef struct game {
    games *all;
    const row_key *keys; /* its rows */
    size_t count, outputs;
    size_t players;
    int32_t *player; /* of each seat: which one */
    int32_t *seat;   /* of each player: its bit in the game, or -1 */
    ltn_simulation *simulation;
    const uint64_t *sets; /* of the call at hand */
    size_t set_count;
    double *values;
    double work;
} game;

/* ---- rows by the players they hang on ---- */

static int by_players(const void *left, const void *right)
{
    const row_key *a = left, *b = right;
    for (size_t w = 0; w < a->words; w++)
        if (a->players[w] != b->players[w]) return a->players[w] < b->players[w] ? -1 : 1;
    if (a->group != b->group) return a->group < b->group ? -1 : 1;
    return (a->row > b->row) - (a->row < b->row);
}

static bool same_players(const row_key *a, const row_key *b)
{
    return memcmp(a->players, b->players, a->words * sizeof *a->players) == 0;
}

/* The players of a row's measures; true where there are any. */
static bool set_players(const games *g, int32_t row)
{
    const ltn_dependence *d = &g->dependence;
    const uint64_t *measures = d->of_row + (size_t)row * d->words;
    bool any = false;
    for (size_t w = 0; w < d->words; w++)
        for (uint64_t left = measures[w]; left; left &= left - 1, any = true) {
            size_t m = 64 * w + (size_t)__builtin_ctzll(left);
            ltn_set_add(g->players + (size_t)row * g->words, (size_t)g->attribution->players.of_measure[m]);
        }
    return any;
}

static ltn_status sort_rows(games *g)
{
    const ltn_attribution *a = g->attribution;
    size_t rows = a->groups.rows;
    g->words = a->players.count / 64 + 1;
    g->players = ltn_alloc(rows, g->words * sizeof *g->players);
    g->keys = ltn_alloc(rows, sizeof *g->keys);
    if (!g->players || !g->keys) return LTN_ENOMEM;
    for (int32_t row = 0; (size_t)row < rows; row++)
        if (a->groups.of_row[row] >= 0 && set_players(g, row))
            g->keys[g->count++] = (row_key){g->players + (size_t)row * g->words, g->words, a->groups.of_row[row], row};
    if (g->count) qsort(g->keys, g->count, sizeof *g->keys, by_players);
    return LTN_OK;
}

/* ---- valuing coalitions ---- */

static void fill_lanes(const game *g, const uint64_t *sets, size_t lanes, double *in_force)
{
    const ltn_measure_groups *players = &g->all->attribution->players;
    for (size_t m = 0; m < players->scenario->measure_count; m++) {
        int32_t seat = g->seat[players->of_measure[m]];
        for (size_t l = 0; l < lanes; l++) in_force[m * lanes + l] = seat >= 0 ? (double)(sets[l] >> seat & 1) : 0;
    }
}

/* As many coalitions as there are lanes. */
static ltn_status value_lanes(void *context, size_t index)
{
    const game *g = context;
    size_t from = index * LTN_LANES_MAX, rest = g->set_count - from,
           lanes = rest < LTN_LANES_MAX ? rest : (size_t)LTN_LANES_MAX;
    size_t measures = g->all->attribution->players.scenario->measure_count;
    double *in_force = ltn_alloc(measures * lanes, sizeof *in_force),
           *sums = ltn_alloc(g->outputs * lanes, sizeof *sums);
    ltn_status status = in_force && sums ? LTN_OK : LTN_ENOMEM;
    if (!status) fill_lanes(g, g->sets + from, lanes, in_force);
    if (!status) status = ltn_simulate(g->simulation, &(ltn_lanes){.count = lanes, .in_force = in_force}, sums);
    for (size_t o = 0; !status && o < g->outputs; o++)
        memcpy(g->values + o * g->set_count + from, sums + o * lanes, lanes * sizeof *sums);
    free(in_force);
    free(sums);
    return status;
}

static ltn_status value_coalitions(void *context, const uint64_t *sets, size_t count, double *values)
{
    game *g = context;
    g->sets = sets;
    g->set_count = count;
    g->values = values;
    return ltn_parallel((count + LTN_LANES_MAX - 1) / LTN_LANES_MAX, g->all->attribution->options->threads, value_lanes,
                        g);
}

/* ---- a game ---- */

static void find_seats(game *g)
{
    g->players = 0;
    for (size_t p = 0; p < g->all->attribution->players.count; p++) {
        bool plays = ltn_set_has(g->keys->players, p);
        g->seat[p] = plays ? (int32_t)g->players : -1;
        if (plays) g->player[g->players++] = (int32_t)p;
    }
}

/* The sources to be simulated: the families of the rows, and those that share a sum with them. */
static ltn_status mark_sources(const game *g, uint8_t *keep)
{
    const ltn_dependence *d = &g->all->dependence;
    uint64_t *measures = ltn_alloc(d->words, sizeof *measures);
    if (!measures) return LTN_ENOMEM;
    for (size_t i = 0; i < g->count; i++) {
        keep[d->root[d->source_of_row[g->keys[i].row]]] = 1;
        ltn_set_join(measures, d->of_row + (size_t)g->keys[i].row * d->words, d->words);
    }
    ltn_dependence_add_sums(d, measures, keep);
    for (size_t s = 0; s < d->program->sources; s++) keep[s] = keep[d->root[s]];
    free(measures);
    return LTN_OK;
}

/* Row by row, the groups counted from 0. Keys are in the order of groups. */
static void list_outputs(game *g, size_t rows, size_t *first, int32_t *item)
{
    for (size_t i = 0; i < g->count; i++) first[g->keys[i].row + 1] = 1;
    for (size_t row = 0; row < rows; row++) first[row + 1] += first[row];
    g->outputs = 0;
    for (size_t i = 0; i < g->count; i++) {
        g->outputs += i == 0 || g->keys[i].group != g->keys[i - 1].group;
        item[first[g->keys[i].row]] = (int32_t)g->outputs - 1;
    }
}

static int report(void *context, double done)
{
    const game *g = context;
    const ltn_attribution_options *o = g->all->attribution->options;
    return o->progress ? o->progress(o->progress_data, (g->all->done + done * g->work) / g->all->work) : 0;
}

/* Draws that depend on the players alone, so that finer groups add up to coarser ones. */
static uint64_t seed_of(const game *g)
{
    uint64_t seed = g->all->attribution->options->seed;
    for (size_t w = 0; w < g->all->words; w++)
        seed = ltn_random_bits((ltn_random_key){seed, w}, g->keys->players[w], 0);
    return seed;
}

static ltn_status add_parts(const game *g, const double *parts, const double *errors)
{
    ltn_status status = LTN_OK;
    for (size_t i = 0, o = 0; !status && i < g->count; i++) {
        if (i > 0 && g->keys[i].group == g->keys[i - 1].group) continue;
        for (size_t p = 0; !status && p < g->players; p++) {
            double error = errors[o * g->players + p];
            status = ltn_attribution_add(g->all->attribution, (size_t)g->player[p], (size_t)g->keys[i].group,
                                         (ltn_sum){parts[o * g->players + p], 0}, error * error);
        }
        o++;
    }
    return status;
}

static void count_game(ltn_attribution_summary *all, const game *g, const ltn_shapley_summary *one)
{
    all->exact &= one->exact;
    all->games++;
    all->sampled += !one->exact;
    all->coalitions += one->coalitions;
    if (g->players > all->most_players) all->most_players = g->players;
}

static ltn_status solve(game *g)
{
    ltn_attribution *a = g->all->attribution;
    size_t cells = g->outputs * g->players;
    double *parts = ltn_alloc(cells, sizeof *parts), *errors = ltn_alloc(cells, sizeof *errors);
    ltn_shapley_options o;
    ltn_shapley_summary summary;
    ltn_shapley_options_init(&o);
    o.budget = a->options->budget;
    o.seed = seed_of(g);
    o.block = GAME_BLOCK;
    o.progress = report;
    o.progress_data = g;
    const ltn_game as_game = {g->players, g->outputs, value_coalitions, g};
    ltn_status status = parts && errors ? ltn_game_shapley(&as_game, &o, parts, errors, &summary) : LTN_ENOMEM;
    if (!status) status = add_parts(g, parts, errors);
    if (!status) count_game(&a->summary, g, &summary);
    free(parts);
    free(errors);
    return status;
}

static ltn_status simulate(game *g)
{
    const ltn_attribution *a = g->all->attribution;
    const ltn_program *p = &a->run->program;
    size_t *first = ltn_alloc(p->rows + 1, sizeof *first);
    int32_t *item = ltn_alloc(p->rows, sizeof *item);
    uint8_t *keep = ltn_alloc(p->sources, 1);
    ltn_status status = first && item && keep ? mark_sources(g, keep) : LTN_ENOMEM;
    if (!status) list_outputs(g, p->rows, first, item);
    const ltn_outputs outputs = {g->outputs, first, item};
    if (!status) status = ltn_simulation_create_of(p, &a->run->years[a->year], 1, &outputs, 0, keep, &g->simulation);
    if (!status) status = solve(g);
    ltn_simulation_free(g->simulation);
    g->simulation = NULL;
    free(first);
    free(item);
    free(keep);
    return status;
}

/* ---- all games ---- */

/* The rows from one on that are valued together: of the same players, and not too many groups. */
static size_t end_of_game(const games *g, size_t from)
{
    size_t to = from + 1, groups = 1;
    while (to < g->count && same_players(&g->keys[to], &g->keys[from])) {
        groups += g->keys[to].group != g->keys[to - 1].group;
        if (groups > GAME_GROUPS) break;
        to++;
    }
    return to;
}

static double work_of(const game *g)
{
    double budget = (double)g->all->attribution->options->budget, all = ldexp(1, (int)g->players);
    return (all < budget ? all : budget) * (double)g->count;
}

static void open_game(games *all, size_t from, size_t to, game *g)
{
    g->all = all;
    g->keys = all->keys + from;
    g->count = to - from;
    find_seats(g);
    g->work = work_of(g);
}

static ltn_status check_game(const game *g)
{
    if (g->players <= LTN_PLAYERS_MAX) return LTN_OK;
    return ltn_fail(LTN_ELIMIT, NULL,
                    "an emission hangs on %zu measures or groups of them; the Shapley value is for at most %d: group "
                    "measures by task, bureau or class",
                    g->players, LTN_PLAYERS_MAX);
}

/* What there is to do is known before it is done: progress is told of the whole. */
static ltn_status play_all(games *all, game *g)
{
    ltn_status status = LTN_OK;
    for (size_t from = 0, to; !status && from < all->count; from = to) {
        open_game(all, from, to = end_of_game(all, from), g);
        all->work += g->work;
        status = check_game(g);
    }
    for (size_t from = 0, to; !status && from < all->count; from = to) {
        open_game(all, from, to = end_of_game(all, from), g);
        status = simulate(g);
        all->done += g->work;
    }
    return status;
}

ltn_status ltn_attribute_by_games(ltn_attribution *a)
{
    games all = {.attribution = a};
    game g = {0};
    ltn_status status = ltn_dependence_create(&a->run->program, a->run->years[a->year], &all.dependence);
    if (!status) status = sort_rows(&all);
    g.player = ltn_alloc(a->players.count, sizeof *g.player);
    g.seat = ltn_alloc(a->players.count, sizeof *g.seat);
    if (!status && (!g.player || !g.seat)) status = LTN_ENOMEM;
    if (!status) status = play_all(&all, &g);
    ltn_dependence_free(&all.dependence);
    free(all.players);
    free(all.keys);
    free(g.player);
    free(g.seat);
    return status;
}
