/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "output/results.h"

#include <lantian/accounts.h>

bool ltn_results_owe(const ltn_results *results)
{
    return results->book && results->book->debit_count > 0;
}

bool ltn_results_keep_book(const ltn_results *r)
{
    return r->book && (r->book->bank || ltn_scenario_offsets(r->run->program.scenario));
}

ltn_status ltn_results_notes(const ltn_results *r, ltn_table **out)
{
    return r->book ? ltn_offset_book_notes(r->book, r->options.language, out)
                   : ltn_projection_notes(r->run, r->options.language, out);
}

ltn_status ltn_results_accounts(const ltn_results *r, ltn_table **out)
{
    return ltn_results_owe(r) ? ltn_offset_book_accounts(r->book, NULL, -1, out)
                              : ltn_projection_accounts(r->run, NULL, -1, out);
}

ltn_status ltn_results_targets(const ltn_results *r, ltn_table **out)
{
    return r->book ? ltn_offset_book_targets(r->book, r->targets, out) : ltn_targets_check(r->targets, r->run, out);
}
