/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parts of a cooperative game's value: in a given order, and the Shapley value (Shapley 1953, Contributions to the
 * Theory of Games II, 307-317), exact or from orders drawn in pairs (Castro, Gómez, Tejada 2009, Computers & Operations
 * Research 36, 1726-1730; reversed orders: Mitchell, Cooper, Frank, Holmes 2022, JMLR 23(43)). */
#include "assess/shapley.h"

#include "base/memory.h"
#include "base/sum.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

void ltn_shapley_options_init(ltn_shapley_options *options)
{
    *options =
        (ltn_shapley_options){.struct_size = sizeof *options, .budget = UINT64_C(1) << 20, .seed = 1, .block = 1024};
}

/* A game that is being valued. */
typedef struct table {
    const ltn_game *game;
    const ltn_shapley_options *options;
    size_t n, m;
    size_t room;    /* coalitions a call, at most */
    uint64_t *sets; /* of a call */
    double *values; /* m x count of them */
    double *none;   /* of each output: v of the empty coalition */
    double *all;    /* of each output: v of the grand coalition */
    uint64_t valued;
} table;

static uint64_t everybody(size_t n)
{
    return n == 64 ? UINT64_MAX : (UINT64_C(1) << n) - 1;
}

static ltn_status check_game(const ltn_game *game)
{
    if (game->players == 0 || game->players > LTN_PLAYERS_MAX)
        return ltn_fail(LTN_EARGUMENT, NULL, "the game has %zu players; expected 1 to %d", game->players,
                        LTN_PLAYERS_MAX);
    if (game->outputs == 0) return ltn_fail(LTN_EARGUMENT, NULL, "the game has no output; expected at least one");
    if (!game->values) return ltn_fail(LTN_EARGUMENT, NULL, "the game has no value function");
    return LTN_OK;
}

/* A value function that is not ours cannot say why it failed. */
static ltn_status translate(ltn_status status)
{
    if (status > 0 || strcmp(ltn_status_text(status), "unknown status") == 0)
        return ltn_fail(LTN_EARGUMENT, NULL, "the value function of the game returned %d, which is no status", status);
    if (ltn_last_error()->code == status) return status;
    return ltn_fail(status, NULL, "the value function of the game failed: %s", ltn_status_text(status));
}

/* Values the coalitions in `sets`. */
static ltn_status value(table *t, size_t count)
{
    ltn_status status = t->game->values(t->game->context, t->sets, count, t->values);
    if (status) return translate(status);
    for (size_t i = 0; i < t->m * count; i++)
        if (!isfinite(t->values[i]))
            return ltn_fail(LTN_EARGUMENT, NULL,
                            "the value of coalition 0x%llx, output %zu, is %.10g; expected a finite number",
                            (unsigned long long)t->sets[i % count], i / count, t->values[i]);
    t->valued += count;
    return LTN_OK;
}

static ltn_status open_table(table *t, const ltn_game *game, const ltn_shapley_options *options, size_t room)
{
    *t = (table){.game = game, .options = options, .n = game->players, .m = game->outputs, .room = room};
    t->sets = ltn_alloc(room, sizeof *t->sets);
    t->values = room <= SIZE_MAX / t->m ? ltn_alloc(t->m * room, sizeof *t->values) : NULL;
    t->none = ltn_alloc(t->m, sizeof *t->none);
    t->all = ltn_alloc(t->m, sizeof *t->all);
    return t->sets && t->values && t->none && t->all ? LTN_OK : ltn_fail_memory();
}

static void close_table(table *t)
{
    free(t->sets);
    free(t->values);
    free(t->none);
    free(t->all);
}

static ltn_status report(const table *t, double done)
{
    const ltn_shapley_options *o = t->options;
    if (!o->progress || o->progress(o->progress_data, done) == 0) return LTN_OK;
    return ltn_fail(LTN_ECANCELLED, NULL, "cancelled after %llu coalitions", (unsigned long long)t->valued);
}

static void make_absent(double *out, size_t count)
{
    for (size_t i = 0; out && i < count; i++) out[i] = NAN;
}

/* ---- in order ---- */

static ltn_status check_order(const int32_t *order, size_t n)
{
    uint64_t seen = 0;
    for (size_t i = 0; i < n; i++) {
        if (order[i] < 0 || (size_t)order[i] >= n || seen >> order[i] & 1)
            return ltn_fail(LTN_EARGUMENT, NULL, "order[%zu] is %d; expected each player of 0 to %zu once", i, order[i],
                            n - 1);
        seen |= UINT64_C(1) << order[i];
    }
    return LTN_OK;
}

ltn_status ltn_game_in_order(const ltn_game *game, const int32_t *order, double *parts)
{
    table t = {0};
    size_t n = game->players, count = n + 1;
    ltn_status status = check_game(game);
    if (status) return status;
    status = check_order(order, n);
    if (!status) status = open_table(&t, game, NULL, count);
    for (size_t i = 0; !status && i < n; i++) t.sets[i + 1] = t.sets[i] | UINT64_C(1) << order[i];
    if (!status) status = value(&t, count);
    for (size_t o = 0; !status && o < t.m; o++)
        for (size_t i = 0; i < n; i++)
            parts[o * n + (size_t)order[i]] = t.values[o * count + i + 1] - t.values[o * count + i];
    if (status) make_absent(parts, game->outputs * n);
    close_table(&t);
    return status;
}

/* ---- all coalitions ---- */

/* w[s] = s!·(n − s − 1)!/n!, the share of orders in which a player comes right behind a certain coalition of s. */
static void fill_weights(size_t n, double *w)
{
    w[0] = 1 / (double)n;
    for (size_t s = 1; s < n; s++) w[s] = w[s - 1] * (double)s / (double)(n - s);
}

/* Sorted by coalition, the sum over the orders of player i is Σ_S c_i(S)·v(S), where c_i(S) = w[|S| − 1] if i is in S and
 * −w[|S|] if not. */
static void fill_coefficients(const table *t, const double *w, size_t count, double *coefficients)
{
    for (size_t j = 0; j < count; j++) {
        size_t size = (size_t)__builtin_popcountll(t->sets[j]);
        for (size_t i = 0; i < t->n; i++) coefficients[i * count + j] = t->sets[j] >> i & 1 ? w[size - 1] : -w[size];
    }
}

/* Four sums side by side, which the processor can add at once. */
static double multiply(const double *a, const double *b, size_t count)
{
    double sums[4] = {0};
    size_t i = 0;
    for (; i + 4 <= count; i += 4)
        for (size_t k = 0; k < 4; k++) sums[k] += a[i + k] * b[i + k];
    for (; i < count; i++) sums[0] += a[i] * b[i];
    return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

/* The coefficients sum to 0, so values may be counted from that of nobody: the parts of a small change of a large
 * emission keep their digits. */
static void add_block(table *t, size_t count, const double *coefficients, ltn_sum *sums)
{
    for (size_t o = 0; o < t->m; o++) {
        double *v = t->values + o * count;
        for (size_t j = 0; j < count; j++) v[j] -= t->none[o];
        for (size_t i = 0; i < t->n; i++)
            ltn_sum_add(&sums[o * t->n + i], multiply(coefficients + i * count, v, count));
    }
}

static ltn_status walk_all(table *t, ltn_sum *sums, double *coefficients)
{
    double w[LTN_PLAYERS_MAX + 1] = {0}; /* w[n] is no share, and never used: nobody is outside all */
    uint64_t end = UINT64_C(1) << t->n;
    ltn_status status = LTN_OK;
    fill_weights(t->n, w);
    for (uint64_t start = 0; !status && start < end; start += t->room) {
        size_t count = end - start < t->room ? (size_t)(end - start) : t->room;
        for (size_t j = 0; j < count; j++) t->sets[j] = start + j;
        status = value(t, count);
        if (status) break;
        for (size_t o = 0; start == 0 && o < t->m; o++) t->none[o] = t->values[o * count];
        fill_coefficients(t, w, count, coefficients);
        add_block(t, count, coefficients, sums);
        status = report(t, (double)(start + count) / (double)end);
    }
    return status;
}

static ltn_status shapley_exact(table *t, double *parts, double *errors)
{
    size_t cells = t->m * t->n;
    ltn_sum *sums = ltn_alloc(cells, sizeof *sums);
    double *coefficients = ltn_alloc(t->n * t->room, sizeof *coefficients);
    ltn_status status = sums && coefficients ? walk_all(t, sums, coefficients) : ltn_fail_memory();
    for (size_t c = 0; !status && c < cells; c++) parts[c] = ltn_sum_value(&sums[c]);
    if (!status && errors) memset(errors, 0, cells * sizeof *errors);
    free(sums);
    free(coefficients);
    return status;
}

/* ---- orders that are drawn ---- */

typedef struct sample {
    ltn_order_draws draws;
    void *context;
    uint8_t *orders; /* of the pairs of a call, n each */
    double *uniform; /* n − 1 */
    double *pair;    /* of each player: its part in the pair at hand */
    double *mean;    /* outputs x players, over the pairs so far */
    double *squares; /* of the deviations from it (Welford 1962, Technometrics 4) */
} sample;

static ltn_status open_sample(sample *s, const table *t, size_t pairs)
{
    s->orders = ltn_alloc(pairs * t->n, sizeof *s->orders);
    s->uniform = ltn_alloc(t->n, sizeof *s->uniform);
    s->pair = ltn_alloc(t->n, sizeof *s->pair);
    s->mean = ltn_alloc(t->m * t->n, sizeof *s->mean);
    s->squares = ltn_alloc(t->m * t->n, sizeof *s->squares);
    return s->orders && s->uniform && s->pair && s->mean && s->squares ? LTN_OK : ltn_fail_memory();
}

static void close_sample(sample *s)
{
    free(s->orders);
    free(s->uniform);
    free(s->pair);
    free(s->mean);
    free(s->squares);
}

static ltn_status value_ends(table *t)
{
    t->sets[0] = 0;
    t->sets[1] = everybody(t->n);
    ltn_status status = value(t, 2);
    for (size_t o = 0; !status && o < t->m; o++) t->none[o] = t->values[2 * o], t->all[o] = t->values[2 * o + 1];
    return status;
}

/* Every order is as likely as any other (Fisher and Yates; Durstenfeld 1964, CACM 7, algorithm 235). */
static void draw_order(const sample *s, uint64_t pair, size_t n, uint8_t *order)
{
    s->draws(s->context, pair, n - 1, s->uniform);
    for (size_t i = 0; i < n; i++) order[i] = (uint8_t)i;
    for (size_t i = n - 1; i > 0; i--) {
        size_t k = (size_t)(s->uniform[i - 1] * (double)(i + 1));
        if (k > i) k = i;
        uint8_t kept = order[i];
        order[i] = order[k];
        order[k] = kept;
    }
}

/* The coalitions that grow up along an order and along its reverse: 1, 2, ... n − 1 players each. */
static void lay_out(const uint8_t *order, size_t n, uint64_t *sets)
{
    uint64_t there = 0, back = 0;
    for (size_t i = 0; i + 1 < n; i++) {
        there |= UINT64_C(1) << order[i];
        back |= UINT64_C(1) << order[n - 1 - i];
        sets[i] = there;
        sets[n - 1 + i] = back;
    }
}

/* What the players of a pair of orders add, the mean of both ways; v are the values of lay_out()'s coalitions. */
static void find_parts(const uint8_t *order, size_t n, const double *v, double none, double all, double *parts)
{
    for (size_t i = 0; i < n; i++) {
        const double *w = v + n - 1;
        size_t j = n - 1 - i; /* its place in the reverse */
        double there = (i + 1 < n ? v[i] : all) - (i > 0 ? v[i - 1] : none);
        double back = (j + 1 < n ? w[j] : all) - (j > 0 ? w[j - 1] : none);
        parts[order[i]] = (there + back) / 2;
    }
}

static void enter_pair(sample *s, const double *parts, size_t output, size_t n, uint64_t pair)
{
    for (size_t i = 0; i < n; i++) {
        double *mean = &s->mean[output * n + i], off = parts[i] - *mean;
        *mean += off / (double)(pair + 1);
        s->squares[output * n + i] += off * (parts[i] - *mean);
    }
}

/* Pairs `first` to `first + count − 1`, valued in one call. */
static ltn_status sample_pairs(table *t, sample *s, uint64_t first, size_t count)
{
    size_t n = t->n, length = 2 * (n - 1), sets = count * length;
    for (size_t p = 0; p < count; p++) {
        draw_order(s, first + p, n, s->orders + p * n);
        lay_out(s->orders + p * n, n, t->sets + p * length);
    }
    ltn_status status = value(t, sets);
    for (size_t o = 0; !status && o < t->m; o++)
        for (size_t p = 0; p < count; p++) {
            const double *v = t->values + o * sets + p * length;
            find_parts(s->orders + p * n, n, v, t->none[o], t->all[o], s->pair);
            enter_pair(s, s->pair, o, n, first + p);
        }
    return status;
}

static ltn_status shapley_sampled(table *t, sample *s, uint64_t pairs, double *parts, double *errors)
{
    size_t cells = t->m * t->n, at_once = t->room / (2 * (t->n - 1));
    ltn_status status = open_sample(s, t, at_once);
    if (!status) status = value_ends(t);
    for (uint64_t first = 0; !status && first < pairs; first += at_once) {
        size_t count = pairs - first < at_once ? (size_t)(pairs - first) : at_once;
        status = sample_pairs(t, s, first, count);
        if (!status) status = report(t, (double)(first + count) / (double)pairs);
    }
    for (size_t c = 0; !status && c < cells; c++) {
        parts[c] = s->mean[c];
        if (errors) errors[c] = sqrt(s->squares[c] / ((double)(pairs - 1) * (double)pairs));
    }
    return status;
}

/* ---- either ---- */

static ltn_status check_options(const ltn_shapley_options *o)
{
    if (o->budget < 2)
        return ltn_fail(LTN_EARGUMENT, NULL, "the budget is %llu coalitions; expected at least 2",
                        (unsigned long long)o->budget);
    if (o->block == 0) return ltn_fail(LTN_EARGUMENT, NULL, "the block is 0 coalitions; expected at least 1");
    return LTN_OK;
}

/* Whole pairs a call, and one at least. */
static size_t pairs_at_once(size_t n, size_t block)
{
    size_t pairs = block / (2 * (n - 1));
    return pairs ? pairs : 1;
}

static ltn_status solve(const ltn_game *game, const ltn_shapley_options *o, sample *s, double *parts, double *errors,
                        ltn_shapley_summary *summary)
{
    size_t n = game->players;
    bool exact = n < 64 && UINT64_C(1) << n <= o->budget;
    uint64_t pairs = exact ? 0 : (o->budget - 2) / (2 * (n - 1));
    size_t room = exact ? o->block : pairs_at_once(n, o->block) * 2 * (n - 1);
    table t = {0};
    if (exact && UINT64_C(1) << n < room) room = (size_t)1 << n;
    if (!exact && pairs < 2)
        return ltn_fail(
            LTN_EARGUMENT, NULL,
            "the budget of %llu coalitions is too small for %zu players; expected 2^%zu, or at least %zu to "
            "draw two pairs of orders",
            (unsigned long long)o->budget, n, n, 2 + 4 * (n - 1));
    ltn_status status = open_table(&t, game, o, room);
    if (!status) status = exact ? shapley_exact(&t, parts, errors) : shapley_sampled(&t, s, pairs, parts, errors);
    if (!status && summary) *summary = (ltn_shapley_summary){exact, t.valued, 2 * pairs};
    close_table(&t);
    close_sample(s);
    return status;
}

ltn_status ltn_shapley_with(const ltn_game *game, const ltn_shapley_options *options, ltn_order_draws draws,
                            void *context, double *parts, double *errors, ltn_shapley_summary *summary)
{
    sample s = {.draws = draws, .context = context};
    ltn_status status = check_game(game);
    if (summary) *summary = (ltn_shapley_summary){0};
    if (status) return status;
    status = check_options(options);
    if (!status) status = solve(game, options, &s, parts, errors, summary);
    if (status) {
        make_absent(parts, game->outputs * game->players);
        make_absent(errors, game->outputs * game->players);
    }
    return status;
}

/* Stands in for base/random.h: ltn_random_uniforms((ltn_random_key){seed, 0}, ltn_stream("shapley"), pair·count, count,
 * out). Mixes seed, pair and place (the finaliser of splitmix64; Steele, Lea, Flood 2014). */
static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

static void draw(void *context, uint64_t pair, size_t count, double *out)
{
    uint64_t seed = *(const uint64_t *)context;
    for (size_t i = 0; i < count; i++) {
        uint64_t at = pair * count + i + 1;
        out[i] = ((double)(mix(mix(seed) + at * UINT64_C(0x9e3779b97f4a7c15)) >> 12) + 0.5) * 0x1p-52;
    }
}

ltn_status ltn_game_shapley(const ltn_game *game, const ltn_shapley_options *options, double *parts, double *errors,
                            ltn_shapley_summary *summary)
{
    ltn_shapley_options all;
    ltn_shapley_options_init(&all);
    if (options) memcpy(&all, options, options->struct_size < sizeof all ? options->struct_size : sizeof all);
    return ltn_shapley_with(game, &all, draw, &all.seed, parts, errors, summary);
}
