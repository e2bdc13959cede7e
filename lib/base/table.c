/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void release(ltn_column *column)
{
    if (column->mapped)
        munmap(column->codes, column->mapped);
    else
        free(column->codes); /* one union: numbers and codes are one pointer */
}

ltn_table *ltn_table_create(void)
{
    return ltn_alloc(1, sizeof(ltn_table));
}

void ltn_table_free(ltn_table *table)
{
    if (!table) return;
    for (size_t c = 0; c < table->column_count; c++) {
        release(&table->columns[c]);
        ltn_dictionary_free(table->columns[c].words);
    }
    free(table->columns);
    free(table->lines);
    free(table->places);
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

/* ---- columns of one value ---- */

enum { SHEET = 1 << 21, SHEETS_LEAST = 2, SHEETS_MOST = 4096 };

/* A small file of one code; bytes 0xFF are the code -1 and, as a number, NaN. -1 where the system has none. */
static int make_sheet(int32_t code)
{
    int fd = memfd_create("lantian-absent", MFD_CLOEXEC);
    if (fd < 0) return -1;
    int32_t *codes = ftruncate(fd, SHEET) ? MAP_FAILED : mmap(NULL, SHEET, PROT_WRITE, MAP_SHARED, fd, 0);
    if (codes == MAP_FAILED) {
        close(fd);
        return -1;
    }
    for (size_t i = 0; i < SHEET / sizeof *codes; i++) codes[i] = code;
    munmap(codes, SHEET);
    return fd;
}

/* The file mapped again and again: pages that are read are shared, those that are written become the column's own. */
static void *map_sheets(int fd, size_t count)
{
    char *all = mmap(NULL, count * SHEET, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (all == MAP_FAILED) return NULL;
    for (size_t i = 0; i < count; i++)
        if (mmap(all + i * SHEET, SHEET, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, fd, 0) == MAP_FAILED) {
            munmap(all, count * SHEET);
            return NULL;
        }
    return all;
}

/* Gives the bare columns of a table without rows their memory; where that cannot be had, they are made as any other. */
static void map_bare(ltn_table *table, size_t rows)
{
    int fd = -1;
    for (size_t c = 0; c < table->column_count; c++) {
        ltn_column *column = &table->columns[c];
        size_t sheets = (rows * cell_size(column->type) + SHEET - 1) / SHEET;
        if (!column->bare || sheets < SHEETS_LEAST || sheets > SHEETS_MOST) continue;
        if (fd < 0 && (fd = make_sheet(-1)) < 0) return;
        void *memory = map_sheets(fd, sheets);
        if (!memory) break;
        release(column);
        column->codes = memory;
        column->mapped = sheets * SHEET;
    }
    if (fd >= 0) close(fd);
}

/* Memory of malloc's for a column that is to grow. */
static ltn_status unmap(ltn_column *column, size_t rows)
{
    void *copy = malloc(rows * cell_size(column->type) + 1);
    if (!copy) return ltn_fail_memory();
    memcpy(copy, column->codes, rows * cell_size(column->type));
    release(column);
    column->codes = copy;
    column->mapped = 0;
    return LTN_OK;
}

static ltn_status reserve(ltn_table *table, size_t rows)
{
    size_t capacity = table->capacity;
    if (!table->capacity) map_bare(table, rows);
    for (size_t c = 0; c < table->column_count; c++) {
        capacity = table->capacity;
        if (table->columns[c].mapped) {
            if (!table->capacity) continue;
            if (unmap(&table->columns[c], table->capacity)) return LTN_ENOMEM;
        }
        if (ltn_reserve(&table->columns[c].codes, &capacity, rows, cell_size(table->columns[c].type)))
            return LTN_ENOMEM;
    }
    if (rows > capacity) capacity = rows; /* no column yet */
    for (size_t c = 0; c < table->column_count; c++) {
        size_t room = table->columns[c].mapped / cell_size(table->columns[c].type);
        if (room && room < capacity) capacity = room;
    }
    table->capacity = capacity;
    return LTN_OK;
}

/* A column without memory yet. */
static ltn_status start_column(ltn_table *table, const char *name, ltn_column_type type, ltn_dictionary *words,
                               ltn_column *out)
{
    if (ltn_reserve(&table->columns, &table->column_capacity, table->column_count + 1, sizeof *table->columns))
        return LTN_ENOMEM;
    *out = (ltn_column){.type = type, .name = ltn_arena_text(&table->arena, name, strlen(name))};
    if (!out->name) return LTN_ENOMEM;
    if (type == LTN_TEXT) out->words = words ? ltn_dictionary_share(words) : ltn_dictionary_create();
    return type == LTN_TEXT && !out->words ? LTN_ENOMEM : LTN_OK;
}

ltn_status ltn_table_add_column(ltn_table *table, const char *name, ltn_column_type type, ltn_dictionary *words)
{
    ltn_column column;
    ltn_status status = start_column(table, name, type, words, &column);
    if (status) return status;
    if (!(column.codes = ltn_alloc(table->capacity, cell_size(type)))) {
        ltn_dictionary_free(column.words);
        return LTN_ENOMEM;
    }
    make_absent(&column, 0, table->rows);
    table->columns[table->column_count++] = column;
    return LTN_OK;
}

/* Memory in which every code is `code`, as a mapping; NULL where it is not worth it or cannot be had. */
static void *map_code(size_t rows, int32_t code, size_t *mapped)
{
    size_t sheets = (rows * sizeof code + SHEET - 1) / SHEET;
    int fd = sheets >= SHEETS_LEAST && sheets <= SHEETS_MOST ? make_sheet(code) : -1;
    void *memory = fd >= 0 ? map_sheets(fd, sheets) : NULL;
    if (fd >= 0) close(fd);
    *mapped = memory ? sheets * SHEET : 0;
    return memory;
}

ltn_status ltn_table_add_constant(ltn_table *table, const char *name, ltn_dictionary *words, int32_t code)
{
    ltn_column column;
    ltn_status status = start_column(table, name, LTN_TEXT, words, &column);
    if (status) return status;
    if (!(column.codes = map_code(table->capacity, code, &column.mapped)) &&
        !(column.codes = ltn_alloc(table->capacity, sizeof code))) {
        ltn_dictionary_free(column.words);
        return LTN_ENOMEM;
    }
    for (size_t row = 0; !column.mapped && row < table->rows; row++) column.codes[row] = code;
    table->columns[table->column_count++] = column;
    return LTN_OK;
}

ltn_status ltn_table_resize(ltn_table *table, size_t rows)
{
    if (rows > table->capacity && reserve(table, rows)) return LTN_ENOMEM;
    for (size_t c = 0; c < table->column_count; c++)
        if (!(table->columns[c].mapped && table->columns[c].bare)) make_absent(&table->columns[c], table->rows, rows);
    table->rows = rows;
    return LTN_OK;
}

ltn_status ltn_table_resize_bare(ltn_table *table, size_t rows)
{
    if (rows > table->capacity && reserve(table, rows)) return LTN_ENOMEM;
    for (size_t c = 0; c < table->column_count; c++)
        if (table->columns[c].bare && !table->columns[c].mapped) make_absent(&table->columns[c], table->rows, rows);
    table->rows = rows;
    return LTN_OK;
}

void ltn_table_make_absent(ltn_table *table, size_t column)
{
    make_absent(&table->columns[column], 0, table->rows);
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

int ltn_table_place(const ltn_table *table, size_t row, size_t column, int *line, int *character)
{
    if (!table->lines || row >= table->rows) return 0;
    *line = table->lines[row];
    *character = column < table->column_count ? table->places[row * table->column_count + column] : 1;
    return 1;
}

const char *ltn_table_text(const ltn_table *table, size_t row, size_t column)
{
    const ltn_column *c = column_of(table, column, LTN_TEXT);
    return c && row < table->rows ? ltn_table_word(table, column, c->codes[row]) : NULL;
}
