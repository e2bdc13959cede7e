/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The offset book: makes it, and repeats the run where projects are scaled down or left out. */
#include "assess/offsets.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void ltn_offset_options_init(ltn_offset_options *options)
{
    *options = (ltn_offset_options){.struct_size = sizeof *options};
}

size_t ltn_scenario_offsets(const ltn_scenario *scenario)
{
    size_t count = 0;
    for (size_t i = 0; i < scenario->measure_count; i++) count += scenario->measures[i].offset.given;
    return count;
}

/* ---- sums for the targets ---- */

double ltn_debit_tonnes(const ltn_offset_book *book, const ltn_debit *d, const uint8_t *rows, int year)
{
    const ltn_program *p = &book->run->program;
    const double *emission = ltn_projection_emissions(book->run, year);
    double tonnes = 0;
    int32_t from, to;
    ltn_program_rows(p, d->source, &from, &to);
    for (int32_t row = from; emission && row < to; row++) {
        size_t at;
        const ltn_inventory *inventory = ltn_program_row(p, row, &at);
        if (rows[row] && ltn_emission_column_of(inventory, LTN_POLLUTANT)->codes[at] == d->pollutant)
            tonnes += emission[row];
    }
    return tonnes;
}

double ltn_book_new_tonnes(const ltn_offset_book *book, int32_t pollutant, const uint8_t *rows, const uint8_t *regions,
                           int year)
{
    double tonnes = 0;
    for (size_t i = 0; i < book->debit_count; i++) {
        const ltn_debit *d = &book->debits[i];
        if (d->source >= 0 && d->pollutant == pollutant && regions[d->region])
            tonnes += ltn_debit_tonnes(book, d, rows, year);
    }
    return tonnes;
}

double ltn_book_claimed_tonnes(const ltn_offset_book *book, int32_t pollutant, const uint8_t *rows,
                               const uint8_t *regions, int year)
{
    double tonnes = 0;
    for (size_t i = 0; i < book->claim_count; i++) {
        const ltn_credit *c = &book->credits[book->claims[i].credit];
        /* What pays for growth is left in, as the growth is. */
        const ltn_debit *d = &book->debits[book->claims[i].debit];
        bool started = d->source >= 0 && d->start.year <= year;
        if (started && c->of_run && c->pollutant == pollutant && rows[c->row] && regions[c->region])
            tonnes += book->claims[i].tonnes;
    }
    return tonnes;
}

/* ---- making the book ---- */

static void clear(ltn_offset_book *book)
{
    for (size_t i = 0; i < book->headroom_count; i++) {
        free(book->headrooms[i].rows);
        free(book->headrooms[i].regions);
    }
    for (size_t i = 0; book->taken && i < book->run->program.scenario->rule_count; i++) free(book->taken[i]);
    free(book->taken);
    free(book->headrooms);
    ltn_table_free(book->judged);
    book->judged = NULL;
    book->taken = NULL;
    book->headrooms = NULL;
    book->debit_count = book->credit_count = book->holding_count = book->claim_count = book->headroom_count = 0;
    book->settled_count = book->note_count = 0;
    ltn_arena_free(&book->arena);
}

static bool asks_surplus(const ltn_offset_book *book)
{
    bool asked = false;
    for (size_t i = 0; i < book->debit_count; i++) asked |= book->debits[i].rule->surplus;
    return asked;
}

/* What the targets need is no surplus. */
static ltn_status find_headrooms(ltn_offset_book *book)
{
    if (!asks_surplus(book)) return LTN_OK;
    if (!book->targets) return ltn_book_note_add(book, LTN_GAP_NO_TARGETS, NULL, NULL, NAN);
    return ltn_targets_headrooms(book->targets, book, &book->headrooms, &book->headroom_count);
}

/* Where a rule's order left something unmet, says how much more any order could cover. */
static ltn_status look_for_better(ltn_offset_book *book)
{
    double unmet = 0, greatest;
    bool all_cheapest = true;
    for (size_t i = 0; i < book->debit_count; i++) {
        const ltn_debit *d = &book->debits[i];
        if (!d->excluded) unmet += fmax(0, d->new_t - d->covered_t);
        all_cheapest &= d->rule->order == LTN_OFFSET_CHEAPEST && !d->excluded;
    }
    if (!(unmet > LTN_DUST_T) || all_cheapest || book->claim_count == book->settled_count) return LTN_OK;
    size_t count = book->claim_count, settled = book->settled_count;
    ltn_claim *made = ltn_alloc(count, sizeof *made);
    if (!made) return LTN_ENOMEM;
    memcpy(made, book->claims, count * sizeof *made);
    double covered = 0;
    for (size_t i = settled; i < count; i++) covered += made[i].tonnes / made[i].ratio;
    ltn_book_claim_back(book, settled);
    ltn_status status = ltn_book_greatest_cover(book, &greatest);
    for (size_t i = settled; !status && i < count; i++)
        status = ltn_book_claim(book, made[i].debit, made[i].credit, made[i].tonnes, made[i].ratio);
    free(made);
    if (!status && greatest > covered * (1 + 1e-6) + LTN_DUST_T)
        status = ltn_book_note_add(book, LTN_GAP_BETTER_MATCH, NULL, NULL, greatest - covered);
    return status;
}

static ltn_status make_book(ltn_offset_book *book)
{
    clear(book);
    ltn_status status = ltn_book_find_debits(book);
    if (status || !book->debit_count) return status;
    status = ltn_book_find_credits(book);
    if (!status) status = find_headrooms(book);
    if (!status) status = ltn_book_match(book);
    return status ? status : look_for_better(book);
}

/* ---- repeating the run ---- */

/* What of each project is let in, by its rule; true where that is less than it was. */
static bool shrink(ltn_offset_book *book)
{
    bool changed = false;
    for (size_t i = 0; i < book->debit_count; i++) {
        const ltn_debit *d = &book->debits[i];
        if (d->measure < 0 || !(d->asked_t > 0)) continue;
        double share = book->shares[d->measure], lacking = d->new_t - d->covered_t;
        if (d->excluded)
            share = 0;
        else if (d->rule->unmet == LTN_UNMET_SCALE && lacking > fmax(LTN_DUST_T, 1e-9 * d->new_t))
            share = d->covered_t / d->asked_t;
        changed |= share < book->shares[d->measure];
        book->shares[d->measure] = share;
    }
    return changed;
}

static ltn_status repeat(ltn_offset_book *book)
{
    ltn_projection *again;
    ltn_status status = ltn_projection_repeat(book->run, book->shares, &again);
    if (status) return status;
    clear(book);
    ltn_projection_free(book->own);
    book->run = book->own = again;
    return LTN_OK;
}

ltn_status ltn_offset_book_create(const ltn_projection *run, const ltn_offset_options *options, ltn_offset_book **out)
{
    *out = NULL;
    ltn_offset_options all;
    ltn_offset_options_init(&all);
    if (options) memcpy(&all, options, options->struct_size < sizeof all ? options->struct_size : sizeof all);
    size_t measures = run->program.scenario->measure_count;
    ltn_offset_book *book = ltn_alloc(1, sizeof *book);
    if (!book) return LTN_ENOMEM;
    book->run = run;
    book->targets = all.targets;
    ltn_status status = (book->shares = ltn_alloc(measures, sizeof *book->shares)) ? LTN_OK : LTN_ENOMEM;
    for (size_t i = 0; !status && i < measures; i++) book->shares[i] = 1;
    if (!status && all.bank) status = ltn_offset_bank_copy(all.bank, &book->bank);
    if (!status) status = make_book(book);
    /* What is let in can only become less, so this ends. */
    while (!status && shrink(book)) {
        status = repeat(book);
        if (!status) status = make_book(book);
    }
    book->targets = NULL;
    if (status)
        ltn_offset_book_free(book);
    else
        *out = book;
    return status;
}

void ltn_offset_book_free(ltn_offset_book *book)
{
    if (!book) return;
    clear(book);
    free(book->debits);
    free(book->credits);
    free(book->holdings);
    free(book->claims);
    free(book->notes);
    free(book->shares);
    ltn_offset_bank_free(book->bank);
    ltn_projection_free(book->own);
    free(book);
}

const ltn_projection *ltn_offset_book_projection(const ltn_offset_book *book)
{
    return book->run;
}
