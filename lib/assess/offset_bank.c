/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bank: credits, and settled claims, that go from one book to the next. */
#include "assess/offsets.h"
#include "base/text.h"
#include "format/csv.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- reading ---- */

static const char *keep(ltn_offset_bank *bank, const char *text, bool *failed)
{
    const char *kept = text ? ltn_arena_text(&bank->arena, text, strlen(text)) : NULL;
    *failed |= text && !kept;
    return kept;
}

static double read_amount(const ltn_csv_table *csv, size_t row, const char *column, double low, double high,
                          bool required, ltn_diagnostics *list)
{
    const char *text = ltn_csv_text(csv, row, column);
    ltn_place at = ltn_csv_cell_place(csv, row, column);
    double value = NAN;
    if (!text && required) ltn_complain(list, LTN_ERROR, &at, "%s is blank; expected a number", column);
    if (!text) return NAN;
    if (ltn_text_number(text, strlen(text), &value) != strlen(text) || !isfinite(value))
        ltn_complain(list, LTN_ERROR, &at, "%s '%s' is not a number", column, text);
    else if (value < low || value > high)
        ltn_complain(list, LTN_ERROR, &at, "%s is %g; expected a number from %g to %g", column, value, low, high);
    return value;
}

static ltn_date read_day(const ltn_csv_table *csv, size_t row, const char *column, bool required, ltn_diagnostics *list)
{
    const char *text = ltn_csv_text(csv, row, column);
    ltn_place at = ltn_csv_cell_place(csv, row, column);
    ltn_date day = {0};
    if (text ? !ltn_text_date(text, &day.year, &day.month, &day.day) : required)
        ltn_complain(list, LTN_ERROR, &at, "%s '%s' is no day; expected for example 2019-07-01", column,
                     text ? text : "");
    return day;
}

static const char *read_word(ltn_offset_bank *bank, const ltn_csv_table *csv, size_t row, const char *column,
                             bool required, ltn_diagnostics *list)
{
    const char *text = ltn_csv_text(csv, row, column);
    ltn_place at = ltn_csv_cell_place(csv, row, column);
    bool failed = false;
    if (!text && required) ltn_complain(list, LTN_ERROR, &at, "%s is blank; expected a name", column);
    const char *kept = keep(bank, text, &failed);
    if (failed) list->out_of_memory = true;
    return kept;
}

static void check_days(const ltn_csv_table *csv, size_t row, const ltn_banked *b, ltn_diagnostics *list)
{
    ltn_place at = ltn_csv_cell_place(csv, row, "expires");
    if (b->issued.year && b->expires.year && ltn_date_is_after(b->issued, b->expires))
        ltn_complain(list, LTN_ERROR, &at, "the credit expires on %04d-%02d-%02d, before it is issued", b->expires.year,
                     b->expires.month, b->expires.day);
}

static void read_row(ltn_offset_bank *bank, const ltn_csv_table *csv, size_t row, ltn_diagnostics *list)
{
    ltn_banked *b = &bank->rows[bank->count++];
    b->place = ltn_csv_cell_place(csv, row, "balance_t");
    b->region_place = ltn_csv_cell_place(csv, row, "region");
    b->permit = read_word(bank, csv, row, "permit", false, list);
    b->source = read_word(bank, csv, row, "source", true, list);
    b->region = read_word(bank, csv, row, "region", true, list);
    b->pollutant = read_word(bank, csv, row, "pollutant", true, list);
    b->measure = read_word(bank, csv, row, "measure", false, list);
    b->project = read_word(bank, csv, row, "project", false, list);
    b->issued = read_day(csv, row, "issued", true, list);
    b->expires = read_day(csv, row, "expires", false, list);
    check_days(csv, row, b, list);
    b->balance_t = read_amount(csv, row, "balance_t", 0, HUGE_VAL, true, list);
    b->ratio = read_amount(csv, row, "ratio", 1e-6, HUGE_VAL, false, list);
    b->cost_yuan_kg = read_amount(csv, row, "cost", 0, HUGE_VAL, false, list);
    b->lon = read_amount(csv, row, "lon", -180, 180, false, list);
    b->lat = read_amount(csv, row, "lat", -90, 90, false, list);
    if (isnan(b->balance_t)) b->balance_t = 0;
}

ltn_status ltn_offset_bank_read_csv(const char *path, const ltn_read_options *options, ltn_offset_bank **out)
{
    static const char *const required[] = {"permit", "source", "region", "pollutant", "issued", "balance_t"};
    *out = NULL;
    ltn_diagnostics own = {0}, *list = options && options->diagnostics ? options->diagnostics : &own;
    size_t errors_before = list->errors, kept_before = list->count;
    ltn_csv_table csv = {0};
    ltn_offset_bank *bank = ltn_alloc(1, sizeof *bank);
    if (!bank) return LTN_ENOMEM;
    const char *kept = ltn_arena_text(&bank->arena, path, strlen(path));
    ltn_status status = kept ? ltn_csv_read_table(kept, options ? options->encoding : NULL, required,
                                                  sizeof required / sizeof *required, list, &csv)
                             : LTN_ENOMEM;
    if (!status && !(bank->rows = ltn_alloc(csv.table->rows, sizeof *bank->rows))) status = LTN_ENOMEM;
    for (size_t row = 0; !status && row < csv.table->rows; row++) read_row(bank, &csv, row, list);
    ltn_diagnostics_sort(list, kept_before);
    if (!status) status = ltn_diagnostics_verdict(list, errors_before);
    ltn_diagnostics_clear(&own);
    ltn_csv_table_free(&csv);
    if (status)
        ltn_offset_bank_free(bank);
    else
        *out = bank;
    return status;
}

void ltn_offset_bank_free(ltn_offset_bank *bank)
{
    if (!bank) return;
    free(bank->rows);
    ltn_arena_free(&bank->arena);
    free(bank);
}

/* A copy that lives as long as the book. */
ltn_status ltn_offset_bank_copy(const ltn_offset_bank *bank, ltn_offset_bank **out)
{
    *out = NULL;
    ltn_offset_bank *copy = ltn_alloc(1, sizeof *copy);
    bool failed = !copy || !(copy->rows = ltn_alloc(bank->count, sizeof *copy->rows));
    for (size_t i = 0; !failed && i < bank->count; i++) {
        ltn_banked *b = &copy->rows[copy->count++];
        *b = bank->rows[i];
        const char **texts[] = {&b->permit,  &b->source,  &b->region,       &b->pollutant,
                                &b->measure, &b->project, &b->place.source, &b->region_place.source};
        for (size_t t = 0; t < sizeof texts / sizeof *texts; t++) *texts[t] = keep(copy, *texts[t], &failed);
    }
    if (failed) {
        ltn_offset_bank_free(copy);
        return LTN_ENOMEM;
    }
    *out = copy;
    return LTN_OK;
}

/* ---- the closing balance ---- */

enum {
    PERMIT,
    SOURCE,
    REGION,
    POLLUTANT,
    MEASURE,
    ISSUED,
    EXPIRES,
    PROJECT,
    LAST_TEXT = PROJECT,
    RATIO,
    BALANCE,
    COST,
    LON,
    LAT,
    COLUMNS
};

static ltn_status set_day(ltn_table *table, size_t row, size_t column, ltn_date day)
{
    char text[32];
    snprintf(text, sizeof text, "%04d-%02d-%02d", day.year, day.month, day.day);
    return day.year ? ltn_table_set_text(table, row, column, text) : LTN_OK;
}

/* A row of a credit: what a project has of it, or what is left. */
static ltn_status put_row(const ltn_offset_book *book, const ltn_credit *c, const char *project, double tonnes,
                          double ratio, ltn_table *table)
{
    const ltn_program *p = &book->run->program;
    const ltn_banked *b = c->banked >= 0 ? &book->bank->rows[c->banked] : NULL;
    const ltn_dictionary *words = p->derived->emissions->columns[LTN_POLLUTANT].words;
    size_t row = table->rows;
    ltn_status status = ltn_table_resize(table, row + 1);
    if (status) return status;
    table->columns[RATIO].numbers[row] = ratio;
    table->columns[BALANCE].numbers[row] = tonnes;
    table->columns[COST].numbers[row] = c->cost_yuan_t / 1000;
    table->columns[LON].numbers[row] = c->lon;
    table->columns[LAT].numbers[row] = c->lat;
    if (b) status = ltn_table_set_text(table, row, PERMIT, b->permit);
    if (!status) status = ltn_table_set_text(table, row, SOURCE, c->id);
    if (!status) status = ltn_table_set_text(table, row, REGION, ltn_tree_code(p->derived->regions, c->region));
    if (!status) status = ltn_table_set_text(table, row, POLLUTANT, words->words[c->pollutant]);
    if (!status) status = ltn_table_set_text(table, row, MEASURE, c->measure_id);
    if (!status) status = set_day(table, row, ISSUED, c->since);
    if (!status) status = set_day(table, row, EXPIRES, c->expires);
    return status ? status : ltn_table_set_text(table, row, PROJECT, project);
}

/* A row of the bank as it came. */
static ltn_status put_unused(const ltn_banked *b, ltn_table *table)
{
    const char *texts[] = {[PERMIT] = b->permit,       [SOURCE] = b->source,   [REGION] = b->region,
                           [POLLUTANT] = b->pollutant, [MEASURE] = b->measure, [PROJECT] = b->project};
    size_t row = table->rows;
    ltn_status status = ltn_table_resize(table, row + 1);
    if (status) return status;
    table->columns[RATIO].numbers[row] = b->ratio;
    table->columns[BALANCE].numbers[row] = b->balance_t;
    table->columns[COST].numbers[row] = b->cost_yuan_kg;
    table->columns[LON].numbers[row] = b->lon;
    table->columns[LAT].numbers[row] = b->lat;
    for (size_t c = 0; !status && c < sizeof texts / sizeof *texts; c++)
        if (texts[c]) status = ltn_table_set_text(table, row, c, texts[c]);
    if (!status) status = set_day(table, row, ISSUED, b->issued);
    return status ? status : set_day(table, row, EXPIRES, b->expires);
}

static ltn_status put_claims(const ltn_offset_book *book, size_t credit, ltn_table *table)
{
    ltn_status status = LTN_OK;
    for (size_t i = 0; !status && i < book->claim_count; i++) {
        const ltn_claim *claim = &book->claims[i];
        if (claim->credit == (int32_t)credit)
            status = put_row(book, &book->credits[credit], book->debits[claim->debit].id, claim->tonnes, claim->ratio,
                             table);
    }
    return status;
}

/* The bank holds what a project of this book could have asked for. */
static bool some_rule_takes(const ltn_offset_book *book, const ltn_credit *c)
{
    const ltn_offset_rule *rules = book->run->program.scenario->offset_rules;
    bool taken = false;
    for (size_t i = 0; !taken && i < book->debit_count; i++) {
        const uint8_t *rows = book->taken[book->debits[i].rule - rules];
        taken = book->debits[i].pollutant == c->pollutant && (!rows || (c->row >= 0 && rows[c->row]));
    }
    return taken;
}

/* The claims on a credit, then what it has left at the end; `given` is what its fall has already been told to
 * have left. A settled row whose project is not in this book stays as it is. */
static ltn_status put_credit(const ltn_offset_book *book, size_t credit, double *given, ltn_table *table)
{
    const ltn_credit *c = &book->credits[credit];
    const ltn_banked *b = c->banked >= 0 ? &book->bank->rows[c->banked] : NULL;
    if (b && b->project && !(c->claimed_t > 0)) return put_unused(b, table);
    ltn_status status = c->claimed_t > 0 ? put_claims(book, credit, table) : LTN_OK;
    double left =
        fmin(ltn_book_left(book, &c->supply), ltn_book_left(book, &book->holdings[c->holding].supply) - *given);
    bool can_be_given = (!c->flaw && (b || some_rule_takes(book, c))) || c->flaw == LTN_REFUSED_SETTLED;
    if (status || !can_be_given || !(left > LTN_DUST_T)) return status;
    *given += left;
    /* What a settled claim has over stays its project's. */
    const char *project = b ? b->project : NULL;
    return put_row(book, c, project, left, project ? b->ratio : NAN, table);
}

static ltn_status put_all(const ltn_offset_book *book, ltn_table *table)
{
    double *given = ltn_alloc(book->holding_count, sizeof *given);
    uint8_t *used = ltn_alloc(book->bank ? book->bank->count : 0, 1);
    ltn_status status = given && used ? LTN_OK : LTN_ENOMEM;
    for (size_t i = 0; !status && i < book->credit_count; i++) {
        const ltn_credit *c = &book->credits[i];
        if (c->banked >= 0) used[c->banked] = 1;
        status = put_credit(book, i, &given[c->holding], table);
    }
    for (size_t i = 0; !status && book->bank && i < book->bank->count; i++)
        if (!used[i]) status = put_unused(&book->bank->rows[i], table);
    free(given);
    free(used);
    return status;
}

ltn_status ltn_offset_book_bank(const ltn_offset_book *book, ltn_table **out)
{
    static const char *const names[COLUMNS] = {"permit", "source",  "region",  "pollutant", "measure",
                                               "issued", "expires", "project", "ratio",     "balance_t",
                                               "cost",   "lon",     "lat"};
    *out = NULL;
    ltn_table *table = ltn_table_create();
    ltn_status status = table ? LTN_OK : LTN_ENOMEM;
    for (size_t c = 0; !status && c < COLUMNS; c++)
        status = ltn_table_add_column(table, names[c], c <= LAST_TEXT ? LTN_TEXT : LTN_NUMBER, NULL);
    if (!status) status = put_all(book, table);
    if (status)
        ltn_table_free(table);
    else
        *out = table;
    return status;
}
