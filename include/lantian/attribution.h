/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file attribution.h
 *  Which of several causes a change is due to, where they act on each other: in order, Shapley, LMDI-I.
 *
 *  Three measures that remove 0.5, 0.4 and 0.2 of 100 t leave 24 t. Of the 76 t that go, each method gives every
 *  measure a part, and the parts add up to the whole:
 *
 *      in order    50, 20, 6                       what each takes of what those before it left
 *      Shapley     109/3, 82/3, 37/3               the mean of that over all orders
 *      LMDI-I      36.913, 27.204, 11.883          by the logarithms of what they leave
 */
#ifndef LANTIAN_ATTRIBUTION_H
#define LANTIAN_ATTRIBUTION_H

#include <lantian/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- games: in order, and Shapley ---- */

/** The most players a game can have. */
#define LTN_PLAYERS_MAX 64

/** Values coalitions. A coalition is a set of players: bit i of its word is player i.
 *  @param context the game's
 *  @param sets @p count coalitions
 *  @param[out] values outputs x count: `values[output · count + i]` is that of coalition i
 *  @return #LTN_OK; any other status ends the call that asked, which returns it. */
typedef ltn_status (*ltn_coalition_values)(void *context, const uint64_t *sets, size_t count, double *values);

/** A cooperative game: what every set of players (measures, say) comes to, in one or more outputs (regions and
 *  pollutants, say) at once. */
typedef struct ltn_game {
    size_t players;              /**< n, 1 to #LTN_PLAYERS_MAX */
    size_t outputs;              /**< m, at least 1 */
    ltn_coalition_values values; /**< v; called from the thread that made the call */
    void *context;               /**< handed to it */
} ltn_game;

/** Gives each player what it adds to those before it.
 *
 *      part_i = v(before i ∪ {i}) − v(before i)            Σ part = v(all) − v(none)
 *
 *  @param order the players from 0, each once, as they come in
 *  @param[out] parts outputs x players: `parts[output · n + player]`
 *  @return #LTN_OK; #LTN_EARGUMENT (a game or an order that is none, a value that is no finite number); what the value
 *  function returned; #LTN_ENOMEM. On failure @p parts is NaN. */
LTN_API LTN_CHECKED ltn_status ltn_game_in_order(const ltn_game *game, const int32_t *order, double *parts);

/** Options of ltn_game_shapley(). */
typedef struct ltn_shapley_options {
    size_t struct_size;    /**< set by ltn_shapley_options_init() */
    uint64_t budget;       /**< coalitions to be valued at most, at least 2; 1048576 */
    uint64_t seed;         /**< of the orders that are drawn; 1 */
    size_t block;          /**< coalitions valued at once, at most (but a pair of orders, 2(n − 1), is); 1024 */
    ltn_progress progress; /**< or NULL */
    void *progress_data;   /**< handed to progress */
} ltn_shapley_options;

/** How ltn_game_shapley() came to its answer. */
typedef struct ltn_shapley_summary {
    int exact;           /**< 1: from all coalitions; 0: from orders that were drawn */
    uint64_t coalitions; /**< how many were valued */
    uint64_t orders;     /**< how many were drawn: twice the number of pairs; 0 where exact */
} ltn_shapley_summary;

/** Sets every option to its default. */
LTN_API void ltn_shapley_options_init(ltn_shapley_options *options);

/** The Shapley value: what a player adds to those before it, on average over all n! orders.
 *
 *      part_i = Σ_{S ∌ i} |S|!·(n − |S| − 1)!/n! · [v(S ∪ {i}) − v(S)]            Σ part = v(all) − v(none)
 *
 *  Exact where the 2^n coalitions are within the budget. Beyond it, orders are drawn in pairs, one and its reverse, as
 *  many as the budget allows; the standard error is that of the mean over pairs, sd/√pairs. Each order's parts add up
 *  to the whole, and so do their means. What is drawn depends on the seed alone: results are the same bits for any
 *  block. Memory is O(m·n + m·block + n·block).
 *
 *  @param options NULL for defaults
 *  @param[out] parts outputs x players
 *  @param[out] errors standard errors of them, 0 where exact; or NULL
 *  @param[out] summary or NULL
 *  @return #LTN_OK; #LTN_EARGUMENT (a game that is none, a budget that does not allow two pairs of orders, a block of 0,
 *  a value that is no finite number); what the value function returned; #LTN_ECANCELLED; #LTN_ENOMEM. On failure
 *  @p parts and @p errors are NaN.
 *  @cite shapley1953. Sampling: @cite castro2009; pairs: @cite mitchell2022. */
LTN_API LTN_CHECKED ltn_status ltn_game_shapley(const ltn_game *game, const ltn_shapley_options *options, double *parts,
                                                double *errors, ltn_shapley_summary *summary);

/* ---- LMDI-I ---- */

/** The logarithmic mean, `(a − b)/ln(a/b)`; a where a = b, 0 where one of them is 0.
 *  @param a, b finite, at least 0; else NaN comes out */
LTN_API double ltn_logarithmic_mean(double a, double b);

/** Decomposes the change of a sum of products into what is due to each factor: additive LMDI-I.
 *
 *      V = Σ_i V_i,  V_i = Π_k x_ik            ΔV_k = Σ_i L(V_i^1, V_i^0) · ln(x_ik^1/x_ik^0)            Σ_k ΔV_k = ΔV
 *
 *  L is the logarithmic mean. Where a factor is 0 before or after, the limit is taken that its replacement by δ has
 *  for δ → 0, the same δ for all: of an item that appears or vanishes, its whole change is due to the factors that are 0
 *  in one of the years, in equal parts; the other factors get 0. An item that is 0 in both years changes nothing.
 *  ΔV_k adds up to ΔV within 1e-12 of Σ_i (V_i^0 + V_i^1) and of Σ|ΔV_ik|.
 *
 *  @param items, factors at least one of each
 *  @param before, after items x factors: `before[item · factors + k]`, at least 0
 *  @param[out] effects of each factor
 *  @param[out] of_items items x factors, the terms of the sum; or NULL
 *  @return #LTN_OK; #LTN_EARGUMENT (a value that is negative or no finite number, a product that no double holds; the
 *  message names its place, from 0). On failure the outputs are NaN.
 *  @cite ang2005. Zeros: @cite wood2006, @cite ang2007. */
LTN_API LTN_CHECKED ltn_status ltn_lmdi(size_t items, size_t factors, const double *before, const double *after,
                                        double *effects, double *of_items);

#ifdef __cplusplus
}
#endif
#endif
