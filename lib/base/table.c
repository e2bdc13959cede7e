/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

ltn_table *ltn_table_create(void)
{
    return ltn_alloc(1, sizeof(ltn_table));
}

void ltn_table_free(ltn_table *table)
{
    if (!table) return;
    for (size_t c = 0; c < table->column_count; c++) {
        free(table->columns[c].codes); /* one union: numbers and codes are one pointer */
        ltn_dictionary_free(table->columns[c].words);
    }
    free(table->columns);
    ltn_arena_free(&table->arena);
    free(table);
}

static size_t cell_size(ltn_column_type type)
{
    return type == LTN_TEXT ? sizeof(int32_t) : sizeof(double);
}

static void make_absent(ltn_column *column, size_t from, size_t to)
{
    if (from >= to) return;
    if (column->type == LTN_TEXT)
        memset(column->codes + from, 0xFF, (to - from) * sizeof *column->codes); /* -1 */
    else
        for (size_t row = from; row < to; row++) column->numbers[row] = NAN;
}

static ltn_status reserve(ltn_table *table, size_t rows)
{
    size_t capacity = table->capacity;
    for (size_t c = 0; c < table->column_count; c++) {
        capacity = table->capacity;
        if (ltn_reserve(&table->columns[c].codes, &capacity, rows, cell_size(table->columns[c].type)))
            return LTN_ENOMEM;
    }
    if (rows > capacity) capacity = rows; /* no column yet */
    table->capacity = capacity;
    return LTN_OK;
}

ltn_status ltn_table_add_column(ltn_table *table, const char *name, ltn_column_type type, ltn_dictionary *words)
{
    if (ltn_reserve(&table->columns, &table->column_capacity, table->column_count + 1, sizeof *table->columns))
        return LTN_ENOMEM;
    ltn_column column = {.type = type, .name = ltn_arena_text(&table->arena, name, strlen(name))};
    if (!column.name) return LTN_ENOMEM;
    if (!(column.codes = ltn_alloc(table->capacity, cell_size(type)))) return LTN_ENOMEM;
    if (type == LTN_TEXT) column.words = words ? ltn_dictionary_share(words) : ltn_dictionary_create();
    if (type == LTN_TEXT && !column.words) {
        free(column.codes);
        return LTN_ENOMEM;
    }
    make_absent(&column, 0, table->rows);
    table->columns[table->column_count++] = column;
    return LTN_OK;
}

ltn_status ltn_table_resize(ltn_table *table, size_t rows)
{
    if (rows > table->capacity && reserve(table, rows)) return LTN_ENOMEM;
    for (size_t c = 0; c < table->column_count; c++) make_absent(&table->columns[c], table->rows, rows);
    table->rows = rows;
    return LTN_OK;
}

ltn_status ltn_table_set_text(ltn_table *table, size_t row, size_t column, const char *text)
{
    int32_t code = text ? ltn_dictionary_add(table->columns[column].words, text, strlen(text)) : -1;
    if (text && code < 0) return LTN_ENOMEM;
    table->columns[column].codes[row] = code;
    return LTN_OK;
}

ltn_status ltn_table_gather(const ltn_table *table, const int32_t *rows, size_t count, ltn_table **out)
{
    *out = NULL;
    ltn_table *taken = ltn_table_create();
    ltn_status status = taken ? ltn_table_resize(taken, count) : LTN_ENOMEM;
    for (size_t c = 0; !status && c < table->column_count; c++) {
        const ltn_column *from = &table->columns[c];
        status = ltn_table_add_column(taken, from->name, from->type, from->words);
        if (status) break;
        ltn_column *to = &taken->columns[c];
        if (from->type == LTN_TEXT)
            for (size_t i = 0; i < count; i++) to->codes[i] = from->codes[rows[i]];
        else
            for (size_t i = 0; i < count; i++) to->numbers[i] = from->numbers[rows[i]];
    }
    if (status)
        ltn_table_free(taken);
    else
        *out = taken;
    return status;
}

/* Copies a text column to rows from `start` on, translating codes. */
static ltn_status append_texts(ltn_column *to, const ltn_column *from, size_t start, size_t rows)
{
    int32_t *code_of = ltn_alloc(from->words->count, sizeof *code_of);
    if (!code_of) return LTN_ENOMEM;
    for (size_t w = 0; w < from->words->count; w++) code_of[w] = -1;
    ltn_status status = LTN_OK;
    for (size_t row = 0; !status && row < rows; row++) {
        int32_t code = from->codes[row];
        if (code >= 0 && code_of[code] < 0) {
            const char *word = from->words->words[code];
            code_of[code] = ltn_dictionary_add(to->words, word, strlen(word));
            if (code_of[code] < 0) status = LTN_ENOMEM;
        }
        to->codes[start + row] = code < 0 ? -1 : code_of[code];
    }
    free(code_of);
    return status;
}

ltn_status ltn_table_append(ltn_table *table, const ltn_table *from)
{
    size_t start = table->rows;
    ltn_status status = ltn_table_resize(table, start + from->rows);
    for (size_t c = 0; !status && c < from->column_count; c++) {
        const ltn_column *column = &from->columns[c];
        int at = ltn_table_find(table, column->name);
        if (at < 0) {
            at = (int)table->column_count;
            if ((status = ltn_table_add_column(table, column->name, column->type, NULL))) break;
        }
        ltn_column *to = &table->columns[at];
        if (to->type != column->type)
            status = ltn_fail(LTN_EINPUT, NULL, "column '%s' holds numbers in one inventory and text in another",
                              column->name);
        else if (column->type == LTN_TEXT)
            status = append_texts(to, column, start, from->rows);
        else if (from->rows)
            memcpy(to->numbers + start, column->numbers, from->rows * sizeof *to->numbers);
    }
    return status;
}

size_t ltn_table_rows(const ltn_table *table)
{
    return table->rows;
}

size_t ltn_table_columns(const ltn_table *table)
{
    return table->column_count;
}

static const ltn_column *column_of(const ltn_table *table, size_t column, ltn_column_type type)
{
    if (column >= table->column_count || table->columns[column].type != type) return NULL;
    return &table->columns[column];
}

const char *ltn_table_name(const ltn_table *table, size_t column)
{
    return column < table->column_count ? table->columns[column].name : NULL;
}

ltn_column_type ltn_table_type(const ltn_table *table, size_t column)
{
    return column < table->column_count ? table->columns[column].type : LTN_NUMBER;
}

int ltn_table_find(const ltn_table *table, const char *name)
{
    for (size_t c = 0; c < table->column_count; c++)
        if (strcmp(table->columns[c].name, name) == 0) return (int)c;
    return -1;
}

const double *ltn_table_numbers(const ltn_table *table, size_t column)
{
    const ltn_column *c = column_of(table, column, LTN_NUMBER);
    return c ? c->numbers : NULL;
}

const int32_t *ltn_table_codes(const ltn_table *table, size_t column)
{
    const ltn_column *c = column_of(table, column, LTN_TEXT);
    return c ? c->codes : NULL;
}

size_t ltn_table_words(const ltn_table *table, size_t column)
{
    const ltn_column *c = column_of(table, column, LTN_TEXT);
    return c ? c->words->count : 0;
}

const char *ltn_table_word(const ltn_table *table, size_t column, int32_t code)
{
    const ltn_column *c = column_of(table, column, LTN_TEXT);
    return c && code >= 0 && (size_t)code < c->words->count ? c->words->words[code] : NULL;
}

double ltn_table_number(const ltn_table *table, size_t row, size_t column)
{
    const ltn_column *c = column_of(table, column, LTN_NUMBER);
    return c && row < table->rows ? c->numbers[row] : NAN;
}

const char *ltn_table_text(const ltn_table *table, size_t row, size_t column)
{
    const ltn_column *c = column_of(table, column, LTN_TEXT);
    return c && row < table->rows ? ltn_table_word(table, column, c->codes[row]) : NULL;
}
