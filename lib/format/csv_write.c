/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/file.h"
#include "base/table.h"
#include "base/text.h"
#include "inventory/inventory.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBER_MAX = 32 };

/* The shortest of 15, 16 or 17 digits that reads back to the same bits. */
static void format_number(char out[NUMBER_MAX], double value)
{
    for (int digits = 15; digits <= 17; digits++) {
        double back;
        int length = snprintf(out, NUMBER_MAX, "%.*g", digits, value);
        if (ltn_text_number(out, (size_t)length, &back) == (size_t)length && back == value) return;
    }
}

static void put_text(FILE *stream, const char *text)
{
    bool blank_ends = *text == ' ' || (*text && text[strlen(text) - 1] == ' ');
    if (!blank_ends && !strpbrk(text, ",\"\r\n")) {
        fputs(text, stream);
        return;
    }
    putc('"', stream);
    for (; *text; text++) {
        if (*text == '"') putc('"', stream);
        putc(*text, stream);
    }
    putc('"', stream);
}

static void put_cell(FILE *stream, const ltn_column *column, size_t row)
{
    char number[NUMBER_MAX];
    if (column->type == LTN_TEXT) {
        if (column->codes[row] >= 0) put_text(stream, column->words->words[column->codes[row]]);
    } else if (!isnan(column->numbers[row])) {
        format_number(number, column->numbers[row]);
        fputs(number, stream);
    }
}

static void put_table(FILE *stream, const ltn_table *table)
{
    for (size_t c = 0; c < table->column_count; c++) {
        if (c) putc(',', stream);
        put_text(stream, table->columns[c].name);
    }
    putc('\n', stream);
    for (size_t row = 0; row < table->rows; row++) {
        for (size_t c = 0; c < table->column_count; c++) {
            if (c) putc(',', stream);
            put_cell(stream, &table->columns[c], row);
        }
        putc('\n', stream);
    }
}

ltn_status ltn_table_write_csv(const ltn_table *table, const char *path)
{
    ltn_writer writer;
    ltn_status status = ltn_writer_open(&writer, path);
    if (status) return status;
    ltn_c_locale locale = ltn_c_locale_enter();
    put_table(writer.stream, table);
    ltn_c_locale_leave(locale);
    return ltn_writer_close(&writer, LTN_OK);
}

/* ---- inventories ---- */

typedef struct written_column {
    const ltn_column *column;
    bool of_emission;
} written_column;

/* The order of the CSV form; the user's columns follow. */
static const struct {
    bool of_emission;
    int column;
    bool always;
} csv_order[] = {
    {false, LTN_SOURCE, true},         {false, LTN_REGION, true},         {false, LTN_SECTOR, true},
    {true, LTN_POLLUTANT, true},       {false, LTN_NAME, false},          {false, LTN_FUEL, false},
    {false, LTN_OWNER, false},         {false, LTN_FACILITY, false},      {false, LTN_CAPACITY, false},
    {false, LTN_CAPACITY_UNIT, false}, {false, LTN_LON, false},           {false, LTN_LAT, false},
    {false, LTN_ACTIVITY, false},      {false, LTN_ACTIVITY_UNIT, false}, {true, LTN_FACTOR, false},
    {true, LTN_FACTOR_UNIT, false},    {true, LTN_REMOVAL, false},        {true, LTN_DEVICE, false},
    {true, LTN_CAPTURE, false},        {true, LTN_RUNNING, false},        {true, LTN_EMISSION, true},
    {false, LTN_ACTIVITY_CV, false},   {true, LTN_FACTOR_CV, false},      {true, LTN_FACTOR_KEY, false},
    {true, LTN_REMOVAL_KEY, false},    {false, LTN_TAGS, false},
};
enum { ORDERED = sizeof csv_order / sizeof *csv_order };

static bool has_values(const ltn_column *column, size_t rows)
{
    if (column->type == LTN_TEXT && !column->words->count) return false;
    for (size_t row = 0; row < rows; row++)
        if (column->type == LTN_TEXT ? column->codes[row] >= 0 : !isnan(column->numbers[row])) return true;
    return false;
}

static size_t choose_columns(const ltn_inventory *inventory, written_column *chosen)
{
    size_t count = 0;
    for (size_t i = 0; i < ORDERED; i++) {
        const ltn_table *table = csv_order[i].of_emission ? inventory->emissions : inventory->sources;
        const ltn_column *column = &table->columns[csv_order[i].column];
        if (csv_order[i].always || has_values(column, table->rows))
            chosen[count++] = (written_column){column, csv_order[i].of_emission};
    }
    for (size_t c = LTN_SOURCE_COLUMNS; c < inventory->sources->column_count; c++)
        chosen[count++] = (written_column){&inventory->sources->columns[c], false};
    for (size_t c = LTN_EMISSION_COLUMNS; c < inventory->emissions->column_count; c++)
        if (has_values(&inventory->emissions->columns[c], inventory->emissions->rows))
            chosen[count++] = (written_column){&inventory->emissions->columns[c], true};
    return count;
}

static void put_emission_row(FILE *stream, const ltn_inventory *inventory, const written_column *columns, size_t count,
                             size_t source, size_t row)
{
    const ltn_column *emission = ltn_emission_column_of(inventory, LTN_EMISSION);
    for (size_t c = 0; c < count; c++) {
        if (c) putc(',', stream);
        /* A value reckoned with an assumed removal stays blank: the reader reckons and flags it again. */
        if (columns[c].column == emission && inventory->assumed[row]) continue;
        put_cell(stream, columns[c].column, columns[c].of_emission ? row : source);
    }
    putc('\n', stream);
}

/* Metadata stands in one line each, whatever the text holds. */
static void put_one_line(FILE *stream, const char *text)
{
    for (; *text; text++) putc((unsigned char)*text < ' ' ? ' ' : *text, stream);
}

static void put_inventory(FILE *stream, const ltn_inventory *inventory, const written_column *columns, size_t count)
{
    for (size_t i = 0; i < inventory->metadata_count; i++) {
        fputs("# ", stream);
        put_one_line(stream, inventory->metadata[i].key);
        fputs(": ", stream);
        put_one_line(stream, inventory->metadata[i].value);
        putc('\n', stream);
    }
    for (size_t c = 0; c < count; c++) {
        if (c) putc(',', stream);
        put_text(stream, columns[c].column->name);
    }
    putc('\n', stream);
    for (size_t s = 0; s < inventory->sources->rows; s++)
        for (int32_t e = inventory->first[s]; e < inventory->first[s + 1]; e++)
            put_emission_row(stream, inventory, columns, count, s, (size_t)e);
}

ltn_status ltn_inventory_write_csv(const ltn_inventory *inventory, const char *path)
{
    size_t most = ORDERED + inventory->sources->column_count + inventory->emissions->column_count;
    written_column *columns = ltn_alloc(most, sizeof *columns);
    if (!columns) return LTN_ENOMEM;
    size_t count = choose_columns(inventory, columns);
    ltn_writer writer;
    ltn_status status = ltn_writer_open(&writer, path);
    if (!status) {
        ltn_c_locale locale = ltn_c_locale_enter();
        put_inventory(writer.stream, inventory, columns, count);
        ltn_c_locale_leave(locale);
        status = ltn_writer_close(&writer, LTN_OK);
    }
    free(columns);
    return status;
}
