/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who pays for whom at the least cost, all projects at once. */
#include "assess/offsets.h"
#include "assess/packing.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A credit that may pay for a project. */
typedef struct arc {
    int32_t debit, credit;
    double ratio;
} arc;

/* The rows of the program: what each project lacks; then what each supply has left for those that have started by
 * a year, where that is less than later; then what each target can give. */
typedef struct matcher {
    ltn_offset_book *book;
    bool every_rule; /* all debits, whatever their order; costs do not count */
    arc *arcs;       /* by debit */
    size_t arc_count, arc_capacity;
    int32_t *credit_row, *holding_row; /* of each year and supply; -1: none */
    int32_t *headroom_row;
    ltn_packing problem;
    size_t entries, entry_capacity, row_capacity, limit_capacity, group_capacity;
} matcher;

static bool takes_part(const matcher *m, const ltn_debit *d)
{
    return m->every_rule || (d->rule->order == LTN_OFFSET_CHEAPEST && !d->excluded);
}

/* ---- arcs ---- */

static ltn_status add_arc(matcher *m, size_t debit, size_t credit, double ratio)
{
    if (ltn_reserve(&m->arcs, &m->arc_capacity, m->arc_count + 1, sizeof *m->arcs)) return LTN_ENOMEM;
    m->arcs[m->arc_count++] = (arc){(int32_t)debit, (int32_t)credit, ratio};
    return LTN_OK;
}

static ltn_status list_arcs(matcher *m)
{
    const ltn_offset_book *book = m->book;
    for (size_t i = 0; i < book->debit_count; i++) {
        const ltn_debit *d = &book->debits[i];
        for (size_t c = 0; takes_part(m, d) && c < book->credit_count; c++) {
            size_t place;
            if (book->credits[c].pollutant != d->pollutant || ltn_book_admit(book, d, &book->credits[c], &place))
                continue;
            if (ltn_book_available(book, d, &book->credits[c]) > 0 && add_arc(m, i, c, d->ratios[place]))
                return LTN_ENOMEM;
        }
    }
    return LTN_OK;
}

/* ---- rows ---- */

static ltn_status add_row(matcher *m, double limit, int32_t *row)
{
    ltn_packing *p = &m->problem;
    if (ltn_reserve(&p->limit, &m->limit_capacity, p->rows + 1, sizeof *p->limit)) return LTN_ENOMEM;
    p->limit[p->rows] = fmax(0, limit);
    *row = (int32_t)p->rows++;
    return LTN_OK;
}

/* A year's row is needed where less is left than in the years after: they include its claims. Where nothing is, no
 * project that has started may have any. */
static ltn_status add_supply_rows(matcher *m, const ltn_supply *supply, size_t count, size_t at, int32_t *rows)
{
    double after = HUGE_VAL;
    ltn_status status = LTN_OK;
    for (size_t y = m->book->run->year_count; !status && y-- > 0;) {
        rows[y * count + at] = -1;
        if (!(supply->left[y] < after) || !(supply->left[y] > 0)) continue;
        after = supply->left[y];
        status = add_row(m, after, &rows[y * count + at]);
    }
    return status;
}

/* A credit that is all there is of its fall needs no limits of its own. */
static bool is_whole(const ltn_offset_book *book, const ltn_credit *c)
{
    const ltn_supply *of_family = &book->holdings[c->holding].supply;
    size_t y = 0;
    while (y < book->run->year_count && c->supply.left[y] >= of_family->left[y]) y++;
    return y == book->run->year_count;
}

static ltn_status add_rows(matcher *m)
{
    ltn_offset_book *book = m->book;
    size_t years = book->run->year_count;
    uint8_t *used = ltn_alloc(book->credit_count, 1), *held = ltn_alloc(book->holding_count, 1);
    m->credit_row = ltn_alloc(years * book->credit_count, sizeof *m->credit_row);
    m->holding_row = ltn_alloc(years * book->holding_count, sizeof *m->holding_row);
    m->headroom_row = ltn_alloc(book->headroom_count, sizeof *m->headroom_row);
    ltn_status status = used && held && m->credit_row && m->holding_row && m->headroom_row ? LTN_OK : LTN_ENOMEM;
    int32_t ignored;
    for (size_t i = 0; !status && i < book->debit_count; i++)
        status = add_row(m, book->debits[i].new_t - book->debits[i].covered_t, &ignored);
    for (size_t i = 0; !status && i < m->arc_count; i++) {
        size_t c = (size_t)m->arcs[i].credit, h = (size_t)book->credits[c].holding;
        bool whole = is_whole(book, &book->credits[c]);
        for (size_t y = 0; whole && y < years; y++) m->credit_row[y * book->credit_count + c] = -1;
        if (!used[c] && !whole)
            status = add_supply_rows(m, &book->credits[c].supply, book->credit_count, c, m->credit_row);
        if (!status && !held[h])
            status = add_supply_rows(m, &book->holdings[h].supply, book->holding_count, h, m->holding_row);
        used[c] = held[h] = 1;
    }
    for (size_t i = 0; !status && i < book->headroom_count; i++)
        status = add_row(m, book->headrooms[i].left, &m->headroom_row[i]);
    free(used);
    free(held);
    return status;
}

/* ---- columns ---- */

static ltn_status add_entry(matcher *m, int32_t row, double weight)
{
    ltn_packing *p = &m->problem;
    if (row < 0) return LTN_OK;
    if (ltn_reserve(&p->row, &m->row_capacity, m->entries + 1, sizeof *p->row) ||
        ltn_reserve(&p->weight, &m->entry_capacity, m->entries + 1, sizeof *p->weight))
        return LTN_ENOMEM;
    p->row[m->entries] = row;
    p->weight[m->entries++] = weight;
    return LTN_OK;
}

static ltn_status add_column(matcher *m, size_t at)
{
    const ltn_offset_book *book = m->book;
    const arc *a = &m->arcs[at];
    const ltn_debit *d = &book->debits[a->debit];
    const ltn_credit *c = &book->credits[a->credit];
    ltn_packing *p = &m->problem;
    p->first[at] = m->entries;
    p->kind[at] = a->credit;
    p->gain[at] = 1 / a->ratio;
    p->cost[at] = m->every_rule ? 0 : c->cost_yuan_t;
    p->most[at] = ltn_supply_for(book, &c->supply, d->year);
    ltn_status status = add_entry(m, a->debit, 1 / a->ratio);
    size_t supplies = m->entries;
    for (size_t y = d->year; !status && y < book->run->year_count; y++) {
        status = add_entry(m, m->credit_row[y * book->credit_count + (size_t)a->credit], 1);
        if (!status) status = add_entry(m, m->holding_row[y * book->holding_count + (size_t)c->holding], 1);
    }
    /* A limit said twice would have its price on either. */
    for (size_t e = supplies; !status && e < m->entries; e++)
        if (p->limit[p->row[e]] <= p->most[at]) p->most[at] = HUGE_VAL;
    for (size_t i = 0; !status && i < book->headroom_count; i++)
        if (d->rule->surplus && ltn_headroom_counts(&book->headrooms[i], c))
            status = add_entry(m, m->headroom_row[i], 1);
    p->first[at + 1] = m->entries;
    return status;
}

static ltn_status add_columns(matcher *m)
{
    ltn_packing *p = &m->problem;
    size_t n = p->columns = m->arc_count;
    p->first = ltn_alloc(n + 1, sizeof *p->first);
    p->gain = ltn_alloc(n, sizeof *p->gain);
    p->cost = ltn_alloc(n, sizeof *p->cost);
    p->most = ltn_alloc(n, sizeof *p->most);
    p->kind = ltn_alloc(n, sizeof *p->kind);
    p->group = ltn_alloc(m->book->debit_count + 1, sizeof *p->group);
    ltn_status status = p->first && p->gain && p->cost && p->most && p->kind && p->group ? LTN_OK : LTN_ENOMEM;
    for (size_t i = 0; !status && i < n; i++) {
        if (!i || m->arcs[i].debit != m->arcs[i - 1].debit) p->group[p->groups++] = i;
        status = add_column(m, i);
    }
    if (status) return status;
    p->group[p->groups] = n;
    return LTN_OK;
}

static ltn_status prepare(matcher *m)
{
    ltn_status status = list_arcs(m);
    if (!status) status = add_rows(m);
    return status ? status : add_columns(m);
}

static void free_matcher(matcher *m)
{
    ltn_packing *p = &m->problem;
    void *owned[] = {m->arcs,   m->credit_row, m->holding_row, m->headroom_row, p->limit, p->first, p->row,
                     p->weight, p->gain,       p->cost,        p->most,         p->kind,  p->group};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) free(owned[i]);
}

/* ---- answers ---- */

/* The solver keeps limits to a tolerance; claims keep them exactly. */
static ltn_status claim_all(matcher *m, const double *x)
{
    ltn_status status = LTN_OK;
    for (size_t i = 0; !status && i < m->arc_count; i++) {
        const arc *a = &m->arcs[i];
        const ltn_debit *d = &m->book->debits[a->debit];
        double tonnes = fmin(x[i], ltn_book_available(m->book, d, &m->book->credits[a->credit]));
        tonnes = fmin(tonnes, (d->new_t - d->covered_t) * a->ratio);
        if (tonnes > LTN_DUST_T) status = ltn_book_claim(m->book, a->debit, a->credit, tonnes, a->ratio);
    }
    return status;
}

/* One more tonne of a credit loosens its own limits and those of the fall that it is a part of. */
static void set_worth(matcher *m, const double *gain_price, const double *cost_price)
{
    ltn_offset_book *book = m->book;
    for (size_t i = 0; i < m->arc_count; i++) {
        ltn_credit *c = &book->credits[m->arcs[i].credit];
        c->worth_new_t = c->worth_yuan_t = 0;
        for (size_t y = 0; y < book->run->year_count; y++) {
            int32_t rows[] = {m->credit_row[y * book->credit_count + (size_t)m->arcs[i].credit],
                              m->holding_row[y * book->holding_count + (size_t)c->holding]};
            for (size_t r = 0; r < 2; r++) {
                c->worth_new_t += rows[r] < 0 ? 0 : gain_price[rows[r]];
                c->worth_yuan_t += rows[r] < 0 ? 0 : cost_price[rows[r]];
            }
        }
    }
}

ltn_status ltn_book_match_cheapest(ltn_offset_book *book)
{
    matcher m = {.book = book};
    ltn_status status = prepare(&m);
    double *x = ltn_alloc(m.arc_count, sizeof *x), *gain_price = ltn_alloc(m.problem.rows, sizeof *gain_price),
           *cost_price = ltn_alloc(m.problem.rows, sizeof *cost_price);
    if (!status && !(x && gain_price && cost_price)) status = LTN_ENOMEM;
    if (!status && m.arc_count) {
        status = ltn_packing_solve(&m.problem, false, x, gain_price, cost_price);
        if (!status) set_worth(&m, gain_price, cost_price);
        if (!status) status = claim_all(&m, x);
    }
    free(x);
    free(gain_price);
    free(cost_price);
    free_matcher(&m);
    return status;
}

ltn_status ltn_book_greatest_cover(ltn_offset_book *book, double *out)
{
    matcher m = {.book = book, .every_rule = true};
    ltn_status status = prepare(&m);
    double *x = ltn_alloc(m.arc_count, sizeof *x);
    *out = 0;
    if (!status && !x) status = LTN_ENOMEM;
    if (!status && m.arc_count) status = ltn_packing_solve(&m.problem, true, x, NULL, NULL);
    for (size_t i = 0; !status && i < m.arc_count; i++) *out += x[i] * m.problem.gain[i];
    free(x);
    free_matcher(&m);
    return status;
}
