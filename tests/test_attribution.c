/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parts of a change: in order, Shapley against all orders written out, LMDI-I with its limits. */
#include "support.h"

#include "assess/shapley.h"

#include <math.h>

/* ---- games ---- */

/* 100 t, of which each measure leaves 1 − η: 0.5, 0.6, 0.8. Output 1 is another place, 40 t and other measures. */
static ltn_status removed(void *context, const uint64_t *sets, size_t count, double *values)
{
    static const double left[2][3] = {{0.5, 0.6, 0.8}, {1, 0.25, 0.5}};
    static const double tonnes[2] = {100, 40};
    size_t outputs = *(const size_t *)context;
    for (size_t o = 0; o < outputs; o++)
        for (size_t i = 0; i < count; i++) {
            double rest = 1;
            for (int k = 0; k < 3; k++)
                if (sets[i] >> k & 1) rest *= left[o][k];
            values[o * count + i] = tonnes[o] * (1 - rest);
        }
    return LTN_OK;
}

static void three_measures(void **state)
{
    (void)state;
    size_t outputs = 2;
    ltn_game game = {3, outputs, removed, &outputs};
    double parts[6], errors[6];
    ltn_shapley_summary summary;
    assert_ok(ltn_game_in_order(&game, (int32_t[]){0, 1, 2}, parts));
    for (int k = 0; k < 3; k++) assert_close(parts[k], ((double[]){50, 20, 6})[k], 1e-14, 0);
    assert_ok(ltn_game_in_order(&game, (int32_t[]){2, 1, 0}, parts));
    for (int k = 0; k < 3; k++) assert_close(parts[k], ((double[]){24, 32, 20})[k], 1e-14, 0);
    /* the second place, in the reverse order: 40 · 0.5, then 20 · 0.75, then nothing */
    for (int k = 0; k < 3; k++) assert_close(parts[3 + k], ((double[]){0, 15, 20})[k], 1e-14, 1e-13);
    assert_ok(ltn_game_shapley(&game, NULL, parts, errors, &summary));
    /* (50 + 50 + 30 + 24 + 40 + 24)/6 = 109/3 and so on, METHODS; of the second place (30 + 15)/2 and (20 + 5)/2 */
    for (int k = 0; k < 6; k++)
        assert_close(parts[k], ((double[]){109 / 3.0, 82 / 3.0, 37 / 3.0, 0, 22.5, 12.5})[k], 1e-14, 1e-13);
    for (int k = 0; k < 6; k++) assert_same_bits(errors[k], 0);
    assert_int_equal(summary.exact, 1);
    assert_int_equal(summary.coalitions, 8);
    assert_int_equal(summary.orders, 0);
}

/* Littlechild and Owen 1973: the runway costs what its largest plane needs. 8, 11, 13, 18: 8/4, + 3/3, + 2/2, + 5. */
static ltn_status runway(void *context, const uint64_t *sets, size_t count, double *values)
{
    const double *needs = context;
    for (size_t i = 0; i < count; i++) {
        values[i] = 0;
        for (int k = 0; k < 64 && sets[i] >> k; k++)
            if (sets[i] >> k & 1) values[i] = fmax(values[i], needs[k]);
    }
    return LTN_OK;
}

static void airport(void **state)
{
    (void)state;
    double needs[] = {8, 11, 13, 18}, parts[4];
    ltn_game game = {4, 1, runway, needs};
    assert_ok(ltn_game_shapley(&game, NULL, parts, NULL, NULL));
    for (int k = 0; k < 4; k++) assert_close(parts[k], ((double[]){2, 3, 4, 9})[k], 1e-14, 0);
}

/* The cost shares of a large airport, in closed form: each step of the runway is shared by those who need it. */
static void large_airport(size_t planes, const double *needs, double *shares)
{
    double paid = 0;
    for (size_t k = 0; k < planes; k++) {
        paid += (needs[k] - (k ? needs[k - 1] : 0)) / (double)(planes - k);
        shares[k] = paid;
    }
}

/* A game by its table of values, outputs x 2^n. */
typedef struct listed {
    size_t n, m;
    double *v;
    size_t calls, largest, valued;
} listed;

static ltn_status look_up(void *context, const uint64_t *sets, size_t count, double *values)
{
    listed *l = context;
    l->calls++;
    l->valued += count;
    if (count > l->largest) l->largest = count;
    for (size_t o = 0; o < l->m; o++)
        for (size_t i = 0; i < count; i++) values[o * count + i] = l->v[(o << l->n) + sets[i]];
    return LTN_OK;
}

static listed random_game(size_t n, size_t m, uint64_t *seed)
{
    listed l = {n, m, calloc(m << n, sizeof *l.v), 0, 0, 0};
    for (size_t i = 0; i < m << n; i++) l.v[i] = random_uniform(seed, -3, 8);
    return l;
}

/* Walks all orders (Heap 1963) and adds what each player adds; n! in return. */
static double walk(const listed *l, size_t output, int *order, size_t k, double *parts)
{
    double orders = 0;
    if (k == 1) {
        uint64_t set = 0;
        const double *v = l->v + (output << l->n);
        for (size_t i = 0; i < l->n; i++) {
            uint64_t next = set | UINT64_C(1) << order[i];
            parts[order[i]] += v[next] - v[set];
            set = next;
        }
        return 1;
    }
    for (size_t i = 0; i < k; i++) {
        orders += walk(l, output, order, k - 1, parts);
        size_t with = k % 2 ? 0 : i;
        int kept = order[with];
        order[with] = order[k - 1];
        order[k - 1] = kept;
    }
    return orders;
}

static void random_games_against_all_orders(void **state)
{
    (void)state;
    uint64_t seed = 20181;
    for (size_t n = 1; n <= 7; n++) {
        listed l = random_game(n, 3, &seed);
        ltn_game game = {n, 3, look_up, &l};
        double parts[21];
        assert_ok(ltn_game_shapley(&game, NULL, parts, NULL, NULL));
        for (size_t o = 0; o < 3; o++) {
            double wanted[7] = {0}, whole = l.v[(o << n) + (1u << n) - 1] - l.v[o << n], sum = 0;
            int order[7] = {0, 1, 2, 3, 4, 5, 6};
            double orders = walk(&l, o, order, n, wanted);
            for (size_t k = 0; k < n; k++) {
                assert_close(parts[o * n + k], wanted[k] / orders, 1e-12, 1e-13);
                sum += parts[o * n + k];
            }
            assert_close(sum, whole, 0, 1e-13); /* efficiency */
        }
        free(l.v);
    }
}

/* Player 2 adds 1.75 to whoever it joins; players 1 and 3 do the same to everybody. */
static void axioms(void **state)
{
    (void)state;
    enum { N = 6 };
    uint64_t seed = 77;
    listed l = random_game(N, 1, &seed);
    for (uint64_t s = 0; s < 1 << N; s++) {
        if (s >> 2 & 1) l.v[s] = l.v[s & ~UINT64_C(4)] + 1.75;
        if ((s >> 3 & 1) && !(s >> 1 & 1)) l.v[s] = l.v[(s & ~UINT64_C(8)) | 2];
    }
    for (uint64_t s = 0; s < 1 << N; s++) /* the second rule may have broken the first */
        if (s >> 2 & 1) l.v[s] = l.v[s & ~UINT64_C(4)] + 1.75;
    ltn_game game = {N, 1, look_up, &l};
    double parts[N], shifted[N];
    assert_ok(ltn_game_shapley(&game, NULL, parts, NULL, NULL));
    assert_close(parts[2], 1.75, 1e-13, 0);     /* dummy */
    assert_close(parts[1], parts[3], 1e-13, 0); /* symmetry */
    assert_true(fabs(parts[1] - parts[0]) > 0.01);
    /* what stands before anyone comes changes nothing, be it large */
    for (uint64_t s = 0; s < 1 << N; s++) l.v[s] += 0x1p30;
    assert_ok(ltn_game_shapley(&game, NULL, shifted, NULL, NULL));
    for (int k = 0; k < N; k++) assert_close(shifted[k], parts[k], 0, 1e-6);
    free(l.v);
}

static void blocks_are_bounded_and_all_alike(void **state)
{
    (void)state;
    uint64_t seed = 5;
    double parts[2][20], errors[2][20];
    listed l = random_game(10, 2, &seed);
    ltn_game game = {10, 2, look_up, &l};
    ltn_shapley_options options;
    ltn_shapley_options_init(&options);
    options.block = 100;
    assert_ok(ltn_game_shapley(&game, &options, parts[0], NULL, NULL));
    assert_int_equal(l.largest, 100);
    assert_int_equal(l.valued, 1024);
    options.block = 1;
    assert_ok(ltn_game_shapley(&game, &options, parts[1], NULL, NULL));
    for (int c = 0; c < 20; c++) assert_close(parts[1][c], parts[0][c], 1e-12, 1e-13);
    /* drawn: the block changes no bit */
    options.budget = 1000, options.block = 100, l.largest = l.valued = 0;
    assert_ok(ltn_game_shapley(&game, &options, parts[0], errors[0], NULL));
    assert_int_equal(l.largest, 90);
    assert_int_equal(l.valued, 2 + 55 * 18);
    options.block = 18 * 17;
    assert_ok(ltn_game_shapley(&game, &options, parts[1], errors[1], NULL));
    for (int c = 0; c < 20; c++) {
        assert_same_bits(parts[1][c], parts[0][c]);
        assert_same_bits(errors[1][c], errors[0][c]);
    }
    options.seed = 2;
    assert_ok(ltn_game_shapley(&game, &options, parts[1], NULL, NULL));
    assert_true(parts[1][3] != parts[0][3]);
    free(l.v);
}

/* Of 64 seeds and 8 players: within 4 standard errors of the exact value all but never (6e-5 each, of normal errors),
 * within 1 in about 68 %; and each sample sums to the whole. */
static void samples_are_near(void **state)
{
    (void)state;
    enum { N = 8, SEEDS = 64 };
    uint64_t seed = 99;
    listed l = random_game(N, 1, &seed);
    ltn_game game = {N, 1, look_up, &l};
    double exact[N], parts[N], errors[N], whole = l.v[(1 << N) - 1] - l.v[0];
    ltn_shapley_options options;
    ltn_shapley_summary summary;
    int within = 0;
    assert_ok(ltn_game_shapley(&game, NULL, exact, NULL, NULL));
    ltn_shapley_options_init(&options);
    options.budget = 255; /* one less than all: 18 pairs */
    assert_ok(ltn_game_shapley(&game, &options, parts, errors, &summary));
    assert_int_equal(summary.exact, 0);
    assert_int_equal(summary.orders, 36);
    assert_int_equal(summary.coalitions, 2 + 36 * 7);
    for (int s = 0; s < SEEDS; s++) {
        options.seed = (uint64_t)s;
        assert_ok(ltn_game_shapley(&game, &options, parts, errors, NULL));
        double sum = 0;
        for (int k = 0; k < N; k++) {
            assert_true(errors[k] > 0);
            assert_true(fabs(parts[k] - exact[k]) < 5 * errors[k]);
            within += fabs(parts[k] - exact[k]) < errors[k];
            sum += parts[k];
        }
        assert_close(sum, whole, 0, 1e-12);
    }
    assert_true(within > SEEDS * N * 0.60 && within < SEEDS * N * 0.76);
    free(l.v);
}

/* 64 players: more than can be listed. */
static void many_players(void **state)
{
    (void)state;
    enum { N = 64 };
    double needs[N], wanted[N], parts[N], errors[N], sum = 0;
    for (int k = 0; k < N; k++) needs[k] = 1.5 + 0.25 * k;
    large_airport(N, needs, wanted);
    ltn_game game = {N, 1, runway, needs};
    ltn_shapley_options options;
    ltn_shapley_summary summary;
    ltn_shapley_options_init(&options);
    options.budget = 2 + 126 * 4000;
    assert_ok(ltn_game_shapley(&game, &options, parts, errors, &summary));
    assert_int_equal(summary.orders, 8000);
    for (int k = 0; k < N; k++) {
        assert_true(fabs(parts[k] - wanted[k]) < 4 * errors[k]);
        sum += parts[k];
    }
    assert_close(sum, needs[N - 1], 1e-12, 0);
    int32_t order[N];
    for (int k = 0; k < N; k++) order[k] = N - 1 - k;
    assert_ok(ltn_game_in_order(&game, order, parts));
    assert_close(parts[N - 1], needs[N - 1], 0, 0);
    assert_close(parts[0], 0, 0, 0);
}

/* ---- games that cannot be ---- */

static ltn_status broken(void *context, const uint64_t *sets, size_t count, double *values)
{
    (void)sets;
    for (size_t i = 0; i < count; i++) values[i] = NAN;
    return *(const ltn_status *)context;
}

static int stop(void *data, double done)
{
    *(double *)data = done;
    return 1;
}

static void failures(void **state)
{
    (void)state;
    ltn_status answer = LTN_OK;
    double needs[] = {8, 11, 13}, parts[3] = {0}, errors[3] = {0}, done = 0;
    ltn_game game = {3, 1, runway, needs}, bad = {3, 1, broken, &answer};
    ltn_shapley_options options;
    ltn_shapley_options_init(&options);
    assert_status(ltn_game_shapley(&bad, NULL, parts, errors, NULL), LTN_EARGUMENT);
    assert_contains(ltn_last_error()->message, "the value of coalition 0x0, output 0, is nan");
    assert_true(isnan(parts[0]) && isnan(errors[2]));
    answer = LTN_EREFUSED;
    assert_status(ltn_game_in_order(&bad, (int32_t[]){0, 1, 2}, parts), LTN_EREFUSED);
    assert_contains(ltn_last_error()->message, "the value function of the game failed");
    answer = (ltn_status)7;
    assert_status(ltn_game_shapley(&bad, NULL, parts, NULL, NULL), LTN_EARGUMENT);
    assert_contains(ltn_last_error()->message, "returned 7, which is no status");
    assert_status(ltn_game_in_order(&game, (int32_t[]){0, 2, 2}, parts), LTN_EARGUMENT);
    assert_contains(ltn_last_error()->message, "order[2] is 2; expected each player of 0 to 2 once");
    assert_status(ltn_game_in_order(&game, (int32_t[]){0, 3, 2}, parts), LTN_EARGUMENT);
    assert_status(ltn_game_in_order(&game, (int32_t[]){-1, 0, 2}, parts), LTN_EARGUMENT);
    options.budget = 7; /* of 8 coalitions; two pairs need 2 + 8 */
    assert_status(ltn_game_shapley(&game, &options, parts, NULL, NULL), LTN_EARGUMENT);
    assert_contains(ltn_last_error()->message, "expected 2^3, or at least 10");
    options.budget = 1;
    assert_status(ltn_game_shapley(&game, &options, parts, NULL, NULL), LTN_EARGUMENT);
    ltn_shapley_options_init(&options);
    options.block = 0;
    assert_status(ltn_game_shapley(&game, &options, parts, NULL, NULL), LTN_EARGUMENT);
    ltn_shapley_options_init(&options);
    options.block = 2, options.progress = stop, options.progress_data = &done;
    assert_status(ltn_game_shapley(&game, &options, parts, NULL, NULL), LTN_ECANCELLED);
    assert_close(done, 0.25, 0, 0);
    static const struct {
        size_t players, outputs;
    } none[] = {{0, 1}, {65, 1}, {3, 0}};
    for (size_t i = 0; i < COUNT(none); i++) {
        ltn_game odd = {none[i].players, none[i].outputs, runway, needs};
        assert_status(ltn_game_shapley(&odd, NULL, parts, NULL, NULL), LTN_EARGUMENT);
    }
    game.values = NULL;
    assert_status(ltn_game_shapley(&game, NULL, parts, NULL, NULL), LTN_EARGUMENT);
}

/* ---- LMDI-I ---- */

/* L(x, 1) in 30 digits (mpmath). The last: 1 + d/2 − d²/12 + d³/24 of d = 2^-40. */
static void logarithmic_means(void **state)
{
    (void)state;
    assert_close(ltn_logarithmic_mean(2, 1), 1 / log(2), 1e-15, 0);
    assert_close(ltn_logarithmic_mean(1.1, 1), 1.04920586872570700, 1e-15, 0);
    assert_close(ltn_logarithmic_mean(1.12, 1), 1.05886695566020627, 1e-15, 0);
    assert_same_bits(ltn_logarithmic_mean(7.3, 7.3), 7.3);
    assert_close(ltn_logarithmic_mean(1 + 0x1p-40, 1), 1 + 0x1p-41, 2e-16, 0);
    assert_close(ltn_logarithmic_mean(3e307, 1e308), ltn_logarithmic_mean(3, 10) * 1e307, 1e-14, 0);
    assert_close(ltn_logarithmic_mean(4e-300, 5e-300), ltn_logarithmic_mean(4, 5) * 1e-300, 1e-14, 0);
    assert_close(ltn_logarithmic_mean(1e300, 1e-300), 1e300 / (600 * log(10)), 1e-14, 0);
    assert_same_bits(ltn_logarithmic_mean(0, 5), 0);
    assert_same_bits(ltn_logarithmic_mean(5, 0), 0);
    assert_true(isnan(ltn_logarithmic_mean(-1, 5)) && isnan(ltn_logarithmic_mean(5, INFINITY)));
}

/* METHODS: three measures on 100 t leave 24; the tonnes themselves do not change. */
static void lmdi_of_three_measures(void **state)
{
    (void)state;
    double effects[4], before[] = {100, 1, 1, 1}, after[] = {100, 0.5, 0.6, 0.8};
    assert_ok(ltn_lmdi(1, 4, before, after, effects, NULL));
    for (int k = 0; k < 4; k++)
        assert_close(effects[k], ((double[]){0, -36.9130278091, -27.2036314718, -11.8833407191})[k], 2e-12, 0);
}

/* Each row by hand: which factors are 0, and in which of the years. */
static void lmdi_of_zeros(void **state)
{
    (void)state;
    static const struct {
        double before[2], after[2], wanted[2];
    } cases[] = {
        {{0, 5}, {3, 4}, {12, 0}},  /* METHODS: appears by its first factor */
        {{3, 4}, {0, 5}, {-12, 0}}, /* the same backwards */
        {{0, 0}, {3, 4}, {6, 6}},   /* by both: ln(3/δ)/ln(12/δ²) is 1/2 in the limit */
        {{0, 5}, {0, 4}, {0, 0}},   /* nothing before and after */
        {{0, 5}, {3, 0}, {0, 0}},   /* one comes, the other goes: L(δ·3, δ·5)·ln(3/δ) is 0 in the limit */
        {{0, 0}, {3, 0}, {0, 0}},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        double effects[2];
        assert_ok(ltn_lmdi(1, 2, cases[i].before, cases[i].after, effects, NULL));
        for (int k = 0; k < 2; k++) assert_close(effects[k], cases[i].wanted[k], 0, 0);
    }
}

/* By hand: item 0 goes from 2·3 to 4·3, so 6 is due to factor 0; item 1 from 5·0 to 5·2, so 10 to factor 1. */
static void lmdi_adds_items(void **state)
{
    (void)state;
    double effects[2], items[4], before[] = {2, 3, 5, 0}, after[] = {4, 3, 5, 2};
    assert_ok(ltn_lmdi(2, 2, before, after, effects, items));
    for (int i = 0; i < 4; i++) assert_close(items[i], ((double[]){6, 0, 0, 10})[i], 1e-15, 0);
    for (int k = 0; k < 2; k++) assert_close(effects[k], ((double[]){6, 10})[k], 1e-15, 0);
}

/* Whatever the size of the numbers, the effects sum to the change, and time reversed changes their sign. */
static void lmdi_closes(void **state)
{
    (void)state;
    enum { ITEMS = 9, FACTORS = 4 };
    uint64_t seed = 31;
    for (int round = 0; round < 300; round++) {
        double x0[ITEMS * FACTORS], x1[ITEMS * FACTORS], there[FACTORS], back[FACTORS], of_items[ITEMS * FACTORS];
        double scale = pow(10, random_uniform(&seed, -60, 60)), change = 0, gross = 0, sum = 0;
        for (int i = 0; i < ITEMS; i++) {
            double v0 = 1, v1 = 1;
            for (int k = i * FACTORS; k < (i + 1) * FACTORS; k++) {
                x0[k] = scale * exp(random_uniform(&seed, -5, 5));
                x1[k] =
                    round % 3 ? x0[k] * exp(random_uniform(&seed, -3, 3)) : x0[k] * random_uniform(&seed, 1, 1.0001);
                if (random_uniform(&seed, 0, 1) < 0.05) x0[k] = 0;
                if (random_uniform(&seed, 0, 1) < 0.05) x1[k] = 0;
                v0 *= x0[k], v1 *= x1[k];
            }
            change += v1 - v0, gross += v0 + v1;
        }
        assert_ok(ltn_lmdi(ITEMS, FACTORS, x0, x1, there, of_items));
        assert_ok(ltn_lmdi(ITEMS, FACTORS, x1, x0, back, NULL));
        for (int i = 0; i < ITEMS * FACTORS; i++) gross += fabs(of_items[i]);
        for (int k = 0; k < FACTORS; k++) {
            sum += there[k];
            assert_close(back[k], -there[k], 0, 1e-13 * gross);
        }
        assert_close(sum, change, 0, 1e-13 * gross);
    }
}

static void lmdi_refuses(void **state)
{
    (void)state;
    double effects[2] = {0}, items[4] = {0}, good[] = {2, 3, 5, 1}, negative[] = {2, 3, -5, 1};
    assert_status(ltn_lmdi(2, 2, good, negative, effects, items), LTN_EARGUMENT);
    assert_contains(ltn_last_error()->message,
                    "after[2] (item 1, factor 0) is -5; expected a finite number of at least 0");
    assert_true(isnan(effects[0]) && isnan(items[3]));
    assert_status(ltn_lmdi(2, 2, (double[]){2, NAN, 5, 1}, good, effects, NULL), LTN_EARGUMENT);
    assert_contains(ltn_last_error()->message, "before[1] (item 0, factor 1) is nan");
    assert_status(ltn_lmdi(1, 2, (double[]){1e200, 1e200}, good, effects, NULL), LTN_EARGUMENT);
    assert_contains(ltn_last_error()->message, "the product of item 0 in before is larger than a number can be");
    assert_status(ltn_lmdi(1, 2, good, (double[]){1e-200, 1e-200}, effects, NULL), LTN_EARGUMENT);
    assert_contains(ltn_last_error()->message, "smaller than a number can be");
    assert_status(ltn_lmdi(0, 2, good, good, effects, NULL), LTN_EARGUMENT);
    assert_status(ltn_lmdi(1, 0, good, good, effects, NULL), LTN_EARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_measures),
        cmocka_unit_test(airport),
        cmocka_unit_test(random_games_against_all_orders),
        cmocka_unit_test(axioms),
        cmocka_unit_test(blocks_are_bounded_and_all_alike),
        cmocka_unit_test(samples_are_near),
        cmocka_unit_test(many_players),
        cmocka_unit_test(failures),
        cmocka_unit_test(logarithmic_means),
        cmocka_unit_test(lmdi_of_three_measures),
        cmocka_unit_test(lmdi_of_zeros),
        cmocka_unit_test(lmdi_adds_items),
        cmocka_unit_test(lmdi_closes),
        cmocka_unit_test(lmdi_refuses),
    };
    obey_test_filter();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
