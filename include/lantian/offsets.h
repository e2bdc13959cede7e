/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file offsets.h
 *  The offset book: which reductions of existing sources pay for each new tonne.
 *
 *  A new source of e t/yr owes ratio · e of reductions (`offset:` beside `add:`, a rule of `offset_rules:`).
 *  A credit is the fall of a base source below its own base emission, net of every row derived from it, the
 *  smallest of all years from the new source's start on,
 *
 *      C_s(Y) = min_{y ≥ Y} max(0, E_s(base) − E_s(y))
 *
 *  divided over the measures that cut the source by their share of the ledger. Of them count those that are
 *  permanent (retire, switch, control, limit), in force on the day the new source starts, in the right place,
 *  and not claimed by another. A claim of x t covers x/ratio t of the new source; a new source that is
 *  covered in full changes the region's emission by −(ratio − 1) · e.
 */
#ifndef LANTIAN_OFFSETS_H
#define LANTIAN_OFFSETS_H

#include <lantian/targets.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ltn_offset_book ltn_offset_book;
typedef struct ltn_offset_bank ltn_offset_bank;

/** Reads a bank: credits of earlier books, a row each. Columns `permit, source, region, pollutant, issued,
 *  balance_t` are required; `measure`, `expires` (the last day on which it pays; as in `issued`, a year alone is its
 *  1 January), `project, ratio, cost` [yuan/kg], `lon, lat` are optional. A row with a `project` is a claim that an
 *  earlier book settled, at its `ratio`: it serves that project and no other. A row of a source and measure of this
 *  run stands for that much of the run's own credit, which is not credited twice.
 *  @param options NULL for defaults.
 *  @return #LTN_OK; #LTN_EINPUT; #LTN_EIO; #LTN_ENOMEM. Owned by the caller. */
LTN_API LTN_CHECKED ltn_status ltn_offset_bank_read_csv(const char *path, const ltn_read_options *options,
                                                        ltn_offset_bank **out);

/** Frees a bank; NULL is allowed. */
LTN_API void ltn_offset_bank_free(ltn_offset_bank *bank);

/** Options of ltn_offset_book_create(). */
typedef struct ltn_offset_options {
    size_t struct_size;          /**< set by ltn_offset_options_init() */
    const ltn_targets *targets;  /**< what `surplus: true` leaves to the targets, and `attains:` asks; or NULL */
    const ltn_offset_bank *bank; /**< credits and claims of earlier books; or NULL */
} ltn_offset_options;

/** Sets every option to its default. */
LTN_API void ltn_offset_options_init(ltn_offset_options *options);

/** Number of measures of a scenario that owe an offset. */
LTN_API size_t ltn_scenario_offsets(const ltn_scenario *scenario);

/** Matches what new sources owe to the reductions of a run.
 *  `earliest` and `nearest` serve the projects in the order of their start and of the file; `cheapest` finds, of all
 *  matchings that cover the most new tonnes, one of least cost. The book is the same for any number of
 *  threads and any order of the inventory's rows.
 *  Projects that are not covered are kept, scaled down or left out, as their rule says; in the latter cases
 *  the projection is repeated.
 *  @param run borrowed until the book is freed; the options for the call only.
 *  @param options NULL for defaults.
 *  @return #LTN_OK; #LTN_EINPUT (a kind of region nobody has, a ratio for no case, a bank of another place;
 *  with their places); what ltn_projection_run() and ltn_targets_check() return; #LTN_ENOMEM. Owned by the
 *  caller. */
LTN_API LTN_CHECKED ltn_status ltn_offset_book_create(const ltn_projection *run, const ltn_offset_options *options,
                                                      ltn_offset_book **out);

/** Frees a book; NULL is allowed. */
LTN_API void ltn_offset_book_free(ltn_offset_book *book);

/** The run the book is about: the one it was made from or, where projects were scaled or left out, its
 *  repetition. A view. */
LTN_API const ltn_projection *ltn_offset_book_projection(const ltn_offset_book *book);

/** The projects, a row each, in the order in which they are served: `project, name, rule, region,
 *  pollutant, start` (day), `asked_t` (as the scenario has it), `new_t` (as the book lets it in), `owed_t, claimed_t,
 *  covered_t, unmet_t` (of what is owed), `net_t` (new − claimed), `state`: `met`, `unmet`, `scaled` or `excluded`.
 *  With `growth_owes`, the growth of existing sources is in rows of its own, a row a place and year.
 *  @return #LTN_OK or #LTN_ENOMEM. Owned by the caller. */
LTN_API LTN_CHECKED ltn_status ltn_offset_book_projects(const ltn_offset_book *book, ltn_table **out);

/** The claims, a row each: `project, region, pollutant, year, new_t, ratio, owed_t, claimed_t, credit_measure,
 *  credit_source, credit_region, credit_year`. An unmet remainder is a row with the word `unmet` in
 *  credit_measure and no credit_source.
 *  @return #LTN_OK or #LTN_ENOMEM. Owned by the caller. */
LTN_API LTN_CHECKED ltn_status ltn_offset_book_claims(const ltn_offset_book *book, ltn_table **out);

/** The credits, a row a source and measure (or a row of the bank): `measure, source, region, pollutant, since` (day), `expires`,
 *  `reduced_t` (the measure's cut in the last year), `credit_t` (what of it is a credit at the end), `claimed_t, left_t`,
 *  `cost_yuan_t`, and of `cheapest` the shadow prices: what one more tonne of it saves, `worth_yuan_t`, and
 *  the new tonnes it would cover besides, `worth_new_t`.
 *  @return #LTN_OK or #LTN_ENOMEM. Owned by the caller. */
LTN_API LTN_CHECKED ltn_status ltn_offset_book_credits(const ltn_offset_book *book, ltn_table **out);

/** Why reductions were not accepted for a project, a row a reduction: `project, measure, source, region,
 *  tonnes, reason` (a word), `text` (a sentence).
 *  @param project id of a project. @return #LTN_OK; #LTN_ENOTFOUND; #LTN_ENOMEM. Owned by the caller. */
LTN_API LTN_CHECKED ltn_status ltn_offset_book_refusals(const ltn_offset_book *book, const char *project,
                                                        ltn_language language, ltn_table **out);

/** The closing balance, in the form ltn_offset_bank_read_csv() reads: what is left of every credit, and the
 *  claims, which name their project. A book made of the same run and this bank is the same book.
 *  @return #LTN_OK or #LTN_ENOMEM. Owned by the caller. */
LTN_API LTN_CHECKED ltn_status ltn_offset_book_bank(const ltn_offset_book *book, ltn_table **out);

/** What the run and its book have to say, in the form of ltn_projection_notes(): projects that are not
 *  covered, what was refused, and why.
 *  @return #LTN_OK or #LTN_ENOMEM. Owned by the caller. */
LTN_API LTN_CHECKED ltn_status ltn_offset_book_notes(const ltn_offset_book *book, ltn_language language,
                                                     ltn_table **out);

/** The annex to a project's permit, as text: what it may emit, what it owes, and source by source who gives
 *  how much from which day on.
 *  @param[out] text freed by the caller with ltn_text_free().
 *  @return #LTN_OK; #LTN_ENOTFOUND (no such project); #LTN_ENOMEM. */
LTN_API LTN_CHECKED ltn_status ltn_offset_book_annex(const ltn_offset_book *book, const char *project,
                                                     ltn_language language, char **text);

/** Frees a text; NULL is allowed. */
LTN_API void ltn_text_free(char *text);

/** ltn_projection_accounts() of the book's run, with two columns more: `offset_new_t`, the part of new_t
 *  that owes, and `offset_claimed_t`, the part of the reductions that pays for it (negative).
 *  @return as ltn_projection_accounts(). Owned by the caller. */
LTN_API LTN_CHECKED ltn_status ltn_offset_book_accounts(const ltn_offset_book *book, const char *scope,
                                                        int region_depth, ltn_table **out);

/** ltn_targets_check() of the book's run. `cut_pct` counts every new source and every reduction once;
 *  `cut_plan_pct` leaves out the projects that owe and the tonnes they claimed.
 *  @return as ltn_targets_check(). Owned by the caller. */
LTN_API LTN_CHECKED ltn_status ltn_offset_book_targets(const ltn_offset_book *book, const ltn_targets *targets,
                                                       ltn_table **out);

#ifdef __cplusplus
}
#endif
#endif
