/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finding a factor: of the rows that fit a source, the most specific one, if there is such a one. */
#include "factor/factor.h"

#include "base/text.h"
#include "factor/method.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const ltn_trust_names[LTN_TRUSTS] = {
    [LTN_TRUST_SOURCED] = "sourced",       [LTN_TRUST_UNVERIFIED] = "unverified",
    [LTN_TRUST_SUSPICIOUS] = "suspicious", [LTN_TRUST_ERRATUM] = "erratum-corrected",
    [LTN_TRUST_DERIVED] = "derived",
};

void ltn_factor_table_free(ltn_factor_table *table)
{
    if (!table) return;
    ltn_arena_free(&table->arena);
    free(table->rows);
    free(table);
}

size_t ltn_factor_table_count(const ltn_factor_table *table)
{
    return table->count;
}

ltn_status ltn_factor_table_get(const ltn_factor_table *table, size_t index, ltn_factor *out)
{
    *out = (ltn_factor){0};
    if (index >= table->count)
        return ltn_fail(LTN_EARGUMENT, NULL, "row %zu is past the end; the table has %zu", index, table->count);
    *out = table->rows[index].factor;
    return LTN_OK;
}

void ltn_factor_query_init(ltn_factor_query *query)
{
    *query = (ltn_factor_query){.struct_size = sizeof *query, .size = NAN, .sulphur = NAN};
}

/* ---- sizes ---- */

bool ltn_size_end_read(const char *text, bool is_high, ltn_capacity_kind *kind, ltn_size_end *out)
{
    *out = (ltn_size_end){is_high ? INFINITY : -INFINITY, true};
    if (!*text) return true;
    bool sign = *text == (is_high ? '<' : '>'), equal = sign && text[1] == '=';
    text += sign + equal;
    text += strspn(text, " ");
    double number, scale;
    size_t read = ltn_text_number(text, strlen(text), &number);
    if (!read || !isfinite(number) || number < 0) return false;
    ltn_capacity_kind own = ltn_capacity_unit(text + read, &scale);
    if (own == LTN_CAPACITY_NONE || (*kind != LTN_CAPACITY_NONE && *kind != own)) return false;
    *kind = own;
    *out = (ltn_size_end){number * scale, sign ? equal : !is_high};
    return true;
}

static bool holds_size(const ltn_factor_row *row, ltn_capacity_kind kind, double size)
{
    if (row->size_kind == LTN_CAPACITY_NONE) return true;
    if (row->size_kind != kind) return false;
    bool above = row->low.within ? size >= row->low.limit : size > row->low.limit;
    bool below = row->high.within ? size <= row->high.limit : size < row->high.limit;
    return above && below;
}

/* True where the sizes of `a` lie within those of `b`. Both hold the size that is looked for, so kinds agree. */
static bool lies_in(const ltn_factor_row *a, const ltn_factor_row *b)
{
    if (b->size_kind == LTN_CAPACITY_NONE) return true;
    if (a->size_kind == LTN_CAPACITY_NONE) return false;
    bool low = a->low.limit > b->low.limit || (a->low.limit == b->low.limit && a->low.within <= b->low.within);
    bool high = a->high.limit < b->high.limit || (a->high.limit == b->high.limit && a->high.within <= b->high.within);
    return low && high;
}

/* ---- which rows fit ---- */

/* A query, with its size in the units that rows have. */
typedef struct asked {
    const ltn_factor_query *query;
    const char *fuel, *technology;
    ltn_capacity_kind size_kind;
    double size;
} asked;

/* What keeps a row from fitting. */
enum { MISS_CLASS = 1, MISS_SOURCE = 2, MISS_FUEL = 4, MISS_TECHNOLOGY = 8, MISS_SIZE = 16 };

static bool lies_below(const char *sector, const char *above)
{
    size_t length = strlen(above);
    return strncmp(sector, above, length) == 0 && (sector[length] == '\0' || sector[length] == '.');
}

static bool is_for(const ltn_factor_row *row, const ltn_factor_query *query)
{
    return strcmp(row->factor.pollutant, query->pollutant) == 0 &&
           lies_below(query->sector_class, row->factor.sector_class);
}

static bool cell_fits(const char *cell, const char *known)
{
    return !*cell || strcmp(cell, known) == 0;
}

static unsigned misses(const ltn_factor_row *row, const asked *a)
{
    const ltn_factor *f = &row->factor;
    const char *source = a->query->source;
    return (is_for(row, a->query) ? 0u : MISS_CLASS) |
           ((source ? strcmp(f->source, source) == 0 : !f->alternative) ? 0u : MISS_SOURCE) |
           (cell_fits(f->fuel, a->fuel) ? 0u : MISS_FUEL) |
           (cell_fits(f->technology, a->technology) ? 0u : MISS_TECHNOLOGY) |
           (holds_size(row, a->size_kind, a->size) ? 0u : MISS_SIZE);
}

/* True where `a` is as specific as `b` in everything; both fit. */
static bool is_as_specific(const ltn_factor_row *a, const ltn_factor_row *b)
{
    const ltn_factor *x = &a->factor, *y = &b->factor;
    return strlen(x->sector_class) >= strlen(y->sector_class) && (*x->fuel || !*y->fuel) &&
           (*x->technology || !*y->technology) && lies_in(a, b);
}

/* ---- what to say where none does ---- */

enum { LIST_MAX = 160 };

static bool lists_word(const char *list, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = list; (at = strstr(at, word)); at++)
        if ((at == list || at[-1] == ' ') && (at[length] == ',' || !at[length])) return true;
    return false;
}

static void list_word(char list[LIST_MAX], const char *word)
{
    size_t used = strlen(list);
    if (used + strlen(word) + 3 > LIST_MAX || lists_word(list, word)) return;
    snprintf(list + used, LIST_MAX - used, "%s%s", used ? ", " : "", word);
}

static void list_cell(char list[LIST_MAX], const ltn_factor *f, unsigned missed)
{
    char range[64];
    if (missed != MISS_SIZE) {
        list_word(list, missed == MISS_FUEL ? f->fuel : missed == MISS_TECHNOLOGY ? f->technology : f->source);
        return;
    }
    snprintf(range, sizeof range, "%s%s%s", f->size_low, *f->size_low && *f->size_high ? " to " : "", f->size_high);
    list_word(list, range);
}

/* Names what the rows that nearly fit would ask for. */
static ltn_status fail_not_found(const ltn_factor_table *table, const asked *a)
{
    static const struct {
        unsigned missed;
        const char *name;
    } cells[] = {{MISS_TECHNOLOGY, "technology"}, {MISS_SIZE, "size"}, {MISS_FUEL, "fuel"}, {MISS_SOURCE, "source"}};
    const ltn_factor_query *q = a->query;
    for (size_t c = 0; c < sizeof cells / sizeof *cells; c++) {
        char list[LIST_MAX] = "";
        for (size_t i = 0; i < table->count; i++)
            if (misses(&table->rows[i], a) == cells[c].missed) list_cell(list, &table->rows[i].factor, cells[c].missed);
        if (*list)
            return ltn_fail(LTN_ENOTFOUND, NULL, "no factor of %s fits sector '%s'; expected a %s among: %s",
                            q->pollutant, q->sector_class, cells[c].name, list);
    }
    return ltn_fail(LTN_ENOTFOUND, NULL, "no factor of %s fits sector '%s', fuel '%s', technology '%s'", q->pollutant,
                    q->sector_class, a->fuel, a->technology);
}

/* ---- look-up ---- */

/* Sizes are converted only where a row asks for one. */
static bool asks_for_size(const ltn_factor_table *table, const ltn_factor_query *query)
{
    for (size_t i = 0; i < table->count; i++)
        if (table->rows[i].size_kind != LTN_CAPACITY_NONE && is_for(&table->rows[i], query)) return true;
    return false;
}

static ltn_status prepare(const ltn_factor_table *table, const ltn_factor_query *query, asked *a)
{
    *a = (asked){.query = query,
                 .fuel = query->fuel ? query->fuel : "",
                 .technology = query->technology ? query->technology : ""};
    if (!query->sector_class || !*query->sector_class || !query->pollutant || !*query->pollutant)
        return ltn_fail(LTN_EARGUMENT, NULL, "the query lacks a sector or a pollutant; expected both");
    if (!isnan(query->sulphur) && ltn_domain_check(LTN_DOMAIN_SULPHUR, "sulphur", query->sulphur, -1))
        return LTN_EARGUMENT;
    if (isnan(query->size)) return LTN_OK;
    if (ltn_domain_check(LTN_DOMAIN_AMOUNT, "size", query->size, -1)) return LTN_EARGUMENT;
    if (!asks_for_size(table, query)) return LTN_OK;
    const char *unit = query->size_unit ? query->size_unit : "";
    double scale;
    a->size_kind = ltn_capacity_unit(unit, &scale);
    a->size = query->size * scale;
    if (a->size_kind != LTN_CAPACITY_NONE) return LTN_OK;
    return ltn_fail(LTN_EUNIT, NULL, "size_unit '%s' is no unit of capacity; expected for example 't/h' or 'MW'", unit);
}

static ltn_status pick(const ltn_factor_table *table, const asked *a, const ltn_factor_row **out)
{
    const ltn_factor_row *best = NULL;
    for (size_t i = 0; i < table->count; i++) {
        const ltn_factor_row *row = &table->rows[i];
        if (!misses(row, a) && (!best || is_as_specific(row, best))) best = row;
    }
    if (!best) return fail_not_found(table, a);
    for (size_t i = 0; i < table->count; i++) {
        const ltn_factor_row *row = &table->rows[i];
        if (row == best || misses(row, a) || (is_as_specific(best, row) && !is_as_specific(row, best))) continue;
        return ltn_fail(
            LTN_EINPUT, &(ltn_place){table->path, row->factor.line, 1},
            "two factors of %s fit sector '%s': %g %s (line %d) and %g %s (line %d); expected one to be the "
            "more specific",
            best->factor.pollutant, a->query->sector_class, best->factor.value, best->factor.unit, best->factor.line,
            row->factor.value, row->factor.unit, row->factor.line);
    }
    *out = best;
    return LTN_OK;
}

ltn_status ltn_factor_table_find(const ltn_factor_table *table, const ltn_factor_query *query, ltn_factor *out)
{
    *out = (ltn_factor){0};
    asked a;
    const ltn_factor_row *row = NULL;
    ltn_status status = prepare(table, query, &a);
    if (!status) status = pick(table, &a, &row);
    if (status) return status;
    const ltn_factor *f = &row->factor;
    if (f->trust == LTN_TRUST_SUSPICIOUS && !query->accept_suspicious)
        return ltn_fail(LTN_EREFUSED, &(ltn_place){table->path, f->line, 1},
                        "the factor of %s for sector '%s', fuel '%s', is suspicious in %s, table %s (%g %s): %s",
                        f->pollutant, query->sector_class, f->fuel, f->source, f->table, f->value, f->unit, f->note);
    if (f->per_sulphur_pct && isnan(query->sulphur))
        return ltn_fail(
            LTN_EARGUMENT, NULL,
            "the factor of %s for sector '%s' is %g %s for each percent of sulphur; expected the sulphur of "
            "the fuel",
            f->pollutant, query->sector_class, f->value, f->unit);
    *out = *f;
    if (f->per_sulphur_pct) out->value *= 100 * query->sulphur;
    return LTN_OK;
}
