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
 *
 *  ltn_projection_attribute() divides what a projection changed among its measures; the functions before it divide
 *  what any other model says.
 */
#ifndef LANTIAN_ATTRIBUTION_H
#define LANTIAN_ATTRIBUTION_H

#include <lantian/projection.h>

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
 *  function returned; #LTN_ENOMEM. On failure @p parts is NaN (as it was where the game is none). */
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
 *  @p parts and @p errors are NaN (as they were where the game is none).
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

/* ---- a projection ---- */

/** How a change is divided among measures. */
typedef enum ltn_attribution_method {
    LTN_ATTRIBUTION_IN_ORDER = 0, /**< as the ledger: what each takes of what those before it left */
    LTN_ATTRIBUTION_SHAPLEY = 1,  /**< the mean of that over all orders in which measures are put in force */
    LTN_ATTRIBUTION_LMDI = 2      /**< by the logarithm of what each leaves of a row's emission */
} ltn_attribution_method;

/** Options of ltn_projection_attribute(). */
typedef struct ltn_attribution_options {
    size_t struct_size;           /**< set by ltn_attribution_options_init() */
    int method;                   /**< #ltn_attribution_method; default #LTN_ATTRIBUTION_SHAPLEY */
    int year;                     /**< whose emissions are compared with the base's; 0: the last */
    const ltn_grouping *grouping; /**< borrowed; its flags of measures say among whom, the others of what; NULL: by
                                   *   measure and pollutant */
    uint64_t budget;              /**< Shapley: coalitions valued at most for each game; 1048576, exact up to 20 */
    uint64_t seed;                /**< Shapley: of the orders that are drawn; 1 */
    int threads;                  /**< 0: as many as the machine has */
    ltn_progress progress;        /**< or NULL */
    void *progress_data;          /**< handed to progress */
} ltn_attribution_options;

/** How ltn_projection_attribute() came to its answer. Of the methods that are no games all is 0 but `exact`. */
typedef struct ltn_attribution_summary {
    int exact;           /**< 1: no order was drawn, and all errors are 0 */
    size_t games;        /**< into which the projection fell apart */
    size_t sampled;      /**< those of them in which orders were drawn */
    size_t most_players; /**< of a game */
    uint64_t coalitions; /**< valued in all games */
} ltn_attribution_summary;

/** Sets every option to its default. */
LTN_API void ltn_attribution_options_init(ltn_attribution_options *options);

/** Which measure did how much: divides the change of each group's emission from the base to a year among measures, or
 *  among tasks, bureaus or classes.
 *
 *      Σ_players delta_t = E_year − E_base                  of each group, within 1e-12 of its gross sum
 *
 *  The players are the groups of measures that the ledger has: measures without a task (or bureau) are one player, whose
 *  name is absent; a measure belongs to its first lead bureau.
 *
 *  *Shapley.* v(S) is the projection with the measures of S in force and the others left out, each at its place in the
 *  file. Most rows hang on few measures, so the projection is a sum of small games, one for all rows that hang on the
 *  same players; as the Shapley value is linear, each is solved by itself. A row hangs on the measures that act on it or
 *  on the activity behind it; one under a cap, or a limit over a group, also on those that came to bear on its sum.
 *  Exact where all games are within the budget; beyond it a game's orders are drawn, and errors of games, drawn
 *  independently, add up in squares.
 *
 *  *LMDI-I.* Of an emission row, each measure's factor is what it leaves, E_after/E_before at its step, and
 *  delta = L(E_year, E_base)·ln(factor), L the logarithmic mean. A row that a measure made, or brought to 0, is due to that
 *  measure alone (the limit of ltn_lmdi()). Parts of finer groups add up to those of coarser ones.
 *
 *  @param options NULL for defaults
 *  @param[out] out a row for each player and group whose delta or error is not 0: the flags' columns as in the ledger,
 *  then `delta_t` and `error_t`, its standard error, 0 where exact [t/yr]. Owned by the caller.
 *  @param[out] summary or NULL
 *  @return #LTN_OK; #LTN_EARGUMENT (no such method, a grouping without a flag of measures or with #LTN_BY_YEAR, a budget
 *  too small to draw two pairs of orders, an attribute of numbers); #LTN_ENOTFOUND (a year that is not projected, no such
 *  attribute or scope); #LTN_ELIMIT (a row hangs on more than #LTN_PLAYERS_MAX players); #LTN_ECANCELLED; #LTN_ENOMEM.
 *  Results are the same bits for any number of threads.
 *  @cite shapley1953, @cite ang2005, @cite ang2007. */
LTN_API LTN_CHECKED ltn_status ltn_projection_attribute(const ltn_projection *run,
                                                        const ltn_attribution_options *options, ltn_table **out,
                                                        ltn_attribution_summary *summary);

#ifdef __cplusplus
}
#endif
#endif
