/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "output/results.h"

#include "assess/ensemble.h"
#include "base/table.h"

#include <lantian/accounts.h>

bool ltn_results_owe(const ltn_results *results)
{
    return results->book && results->book->debit_count > 0;
}

bool ltn_results_keep_book(const ltn_results *r)
{
    return r->book && (r->book->bank || ltn_scenario_offsets(r->run->program.scenario));
}

/* Gives a table that has just been made out, or frees it. */
static ltn_status hand_out(ltn_status status, ltn_table **out)
{
    if (!status) return LTN_OK;
    ltn_table_free(*out);
    *out = NULL;
    return status;
}

ltn_status ltn_results_notes(const ltn_results *r, ltn_table **out)
{
    ltn_status status = r->book ? ltn_offset_book_notes(r->book, r->options.language, out)
                                : ltn_projection_notes(r->run, r->options.language, out);
    if (status || !r->options.ensemble) return status;
    return hand_out(ltn_results_note_ensemble(r, *out), out);
}

ltn_status ltn_results_accounts(const ltn_results *r, ltn_table **out)
{
    return ltn_results_owe(r) ? ltn_offset_book_accounts(r->book, NULL, -1, out)
                              : ltn_projection_accounts(r->run, NULL, -1, out);
}

/* The targets' probabilities, which the ensemble knows. */
static ltn_status take_p_met(const ltn_ensemble *e, ltn_table *targets)
{
    ltn_table *with = NULL;
    ltn_status status = ltn_ensemble_targets(e, &with);
    if (status) return status;
    const double *from = with->columns[ltn_table_find(with, "p_met")].numbers;
    double *to = targets->columns[ltn_table_find(targets, "p_met")].numbers;
    for (size_t row = 0; row < targets->rows && row < with->rows; row++) to[row] = from[row];
    ltn_table_free(with);
    return LTN_OK;
}

ltn_status ltn_results_targets(const ltn_results *r, ltn_table **out)
{
    const ltn_ensemble *e = ltn_results_ensemble(r);
    ltn_status status =
        r->book ? ltn_offset_book_targets(r->book, r->targets, out) : ltn_targets_check(r->targets, r->run, out);
    if (status || !e || !e->judged) return status;
    return hand_out(take_p_met(e, *out), out);
}
