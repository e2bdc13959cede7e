/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who pays for whom, project by project: the oldest credits first, or the nearest. */
#include "assess/offsets.h"
#include "scenario/near.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A credit that may pay for the project at hand. */
typedef struct candidate {
    int32_t credit;
    size_t place;
    double km;
} candidate;

/* The first place before the next; in it the nearest, then, as the credits stand, the oldest. */
static int by_place(const void *left, const void *right)
{
    const candidate *a = left, *b = right;
    if (a->place != b->place) return a->place < b->place ? -1 : 1;
    if (a->km != b->km) return a->km < b->km ? -1 : 1;
    return (a->credit > b->credit) - (a->credit < b->credit);
}

/* What has no coordinates is farther than anything. */
static double distance(const ltn_debit *d, const ltn_credit *c)
{
    bool known = !isnan(d->lon) && !isnan(d->lat) && !isnan(c->lon) && !isnan(c->lat);
    if (d->rule->order != LTN_OFFSET_NEAREST) return 0;
    return known ? ltn_geodesic_km(d->lon, d->lat, c->lon, c->lat) : HUGE_VAL;
}

static size_t list_candidates(const ltn_offset_book *book, const ltn_debit *d, candidate *out)
{
    size_t count = 0;
    for (size_t i = 0; i < book->credit_count; i++) {
        const ltn_credit *c = &book->credits[i];
        candidate one = {.credit = (int32_t)i};
        if (c->pollutant != d->pollutant || ltn_book_admit(book, d, c, &one.place)) continue;
        one.km = distance(d, c);
        out[count++] = one;
    }
    if (count) qsort(out, count, sizeof *out, by_place);
    return count;
}

static bool is_covered(const ltn_debit *d)
{
    return d->new_t - d->covered_t <= fmax(LTN_DUST_T, 1e-12 * d->new_t);
}

/* Claims what the project still lacks, in the rule's order. */
static ltn_status serve(ltn_offset_book *book, size_t debit, candidate *candidates)
{
    ltn_debit *d = &book->debits[debit];
    size_t count = list_candidates(book, d, candidates);
    ltn_status status = LTN_OK;
    for (size_t i = 0; !status && i < count && !is_covered(d); i++) {
        double ratio = d->ratios[candidates[i].place], lacking = (d->new_t - d->covered_t) * ratio;
        double there = ltn_book_available(book, d, &book->credits[candidates[i].credit]);
        if (there > 0) status = ltn_book_claim(book, (int32_t)debit, candidates[i].credit, fmin(there, lacking), ratio);
    }
    return status;
}

/* What earlier books settled stands: a claim of the bank serves its project before anything else. */
static ltn_status settle(ltn_offset_book *book)
{
    ltn_status status = LTN_OK;
    for (size_t i = 0; !status && i < book->credit_count; i++) {
        const ltn_credit *c = &book->credits[i];
        const char *project = c->banked >= 0 ? book->bank->rows[c->banked].project : NULL;
        for (size_t d = 0; project && !status && d < book->debit_count; d++) {
            ltn_debit *debit = &book->debits[d];
            if (debit->pollutant != c->pollutant || debit->excluded || strcmp(debit->id, project) != 0) continue;
            double given = book->bank->rows[c->banked].ratio;
            double ratio = isnan(given) ? debit->ratios[0] : given;
            double lacking = fmax(0, debit->new_t - debit->covered_t) * ratio;
            double tonnes = fmin(lacking, ltn_supply_for(book, &c->supply, debit->year));
            if (tonnes > LTN_DUST_T) status = ltn_book_claim(book, (int32_t)d, (int32_t)i, tonnes, ratio);
        }
    }
    return status;
}

/* Serves one project; one that must be covered in full or left out gives back what it claimed. */
static ltn_status serve_or_exclude(ltn_offset_book *book, size_t debit, candidate *candidates)
{
    ltn_debit *d = &book->debits[debit];
    size_t claims = book->claim_count;
    ltn_status status = serve(book, debit, candidates);
    if (status || is_covered(d) || d->rule->unmet != LTN_UNMET_EXCLUDE || d->measure < 0) return status;
    ltn_book_claim_back(book, claims);
    d->excluded = true;
    return LTN_OK;
}

static bool has_cheapest(const ltn_offset_book *book)
{
    bool found = false;
    for (size_t i = 0; !found && i < book->debit_count; i++) found = book->debits[i].rule->order == LTN_OFFSET_CHEAPEST;
    return found;
}

/* Of the cheapest, the first project that must be covered in full or left out, and is not. */
static ltn_debit *first_to_exclude(ltn_offset_book *book)
{
    for (size_t i = 0; i < book->debit_count; i++) {
        ltn_debit *d = &book->debits[i];
        if (d->rule->order == LTN_OFFSET_CHEAPEST && d->rule->unmet == LTN_UNMET_EXCLUDE && d->measure >= 0 &&
            !d->excluded && !is_covered(d))
            return d;
    }
    return NULL;
}

/* The solver works to a tolerance: what it left within that is claimed one project after the other. */
static ltn_status match_cheapest(ltn_offset_book *book, candidate *candidates)
{
    size_t claims = book->claim_count;
    for (;;) {
        ltn_status status = ltn_book_match_cheapest(book);
        for (size_t i = 0; !status && i < book->debit_count; i++)
            if (book->debits[i].rule->order == LTN_OFFSET_CHEAPEST && !book->debits[i].excluded)
                status = serve(book, i, candidates);
        ltn_debit *out = status ? NULL : first_to_exclude(book);
        if (!out) return status;
        ltn_book_claim_back(book, claims);
        out->excluded = true;
    }
}

ltn_status ltn_book_match(ltn_offset_book *book)
{
    candidate *candidates = ltn_alloc(book->credit_count, sizeof *candidates);
    if (!candidates) return LTN_ENOMEM;
    ltn_status status = settle(book);
    book->settled_count = book->claim_count;
    for (size_t i = 0; !status && i < book->debit_count; i++)
        if (book->debits[i].rule->order != LTN_OFFSET_CHEAPEST && !book->debits[i].excluded)
            status = serve_or_exclude(book, i, candidates);
    if (!status && has_cheapest(book)) status = match_cheapest(book, candidates);
    free(candidates);
    return status;
}
