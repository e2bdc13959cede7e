/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `empirical:`: values as measured, in a list or in a column of a CSV file. */
#include "scenario/empirical.h"

#include "format/csv.h"
#include "scenario/include.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The values so far, all in the unit of the first. */
typedef struct sample {
    double *values;
    size_t count;
    const char *unit;
} sample;

static int ascending(const void *left, const void *right)
{
    const double *a = left, *b = right;
    return (*a > *b) - (*a < *b);
}

static void add_value(ltn_reader *reader, const ltn_node *node, const ltn_quantity_rule *rule, sample *s)
{
    ltn_plain value;
    if (!ltn_read_plain(reader, node, rule, &value)) return;
    if (s->unit && strcmp(s->unit, value.unit) != 0)
        ltn_refuse(reader, node, "'%s' has another unit than the value before it", node->text);
    s->unit = value.unit;
    s->values[s->count++] = value.value;
}

/* ---- a column of a file ---- */

typedef struct column_of_file {
    const char *file, *column, *unit;
} column_of_file;

static const ltn_key file_keys[] = {
    {"file", LTN_VALUE_TEXT, offsetof(column_of_file, file), .required = true,
     .meaning = "a CSV file; its path from this file's folder"},
    {"column", LTN_VALUE_TEXT, offsetof(column_of_file, column), .required = true, .meaning = "the column of values"},
    {"unit", LTN_VALUE_TEXT, offsetof(column_of_file, unit), .fallback = "as written beside each value",
     .meaning = "unit of the values"},
};
const ltn_form ltn_empirical_form = {"empirical", file_keys, sizeof file_keys / sizeof *file_keys, NULL};

/* Checks the unit of the whole column where it is named. */
static bool read_unit(ltn_reader *reader, const ltn_node *node, const ltn_quantity_rule *rule, const char *unit)
{
    ltn_node one = *ltn_node_find(node, "unit");
    size_t size = strlen(unit) + sizeof "1 ";
    char *text = ltn_reader_alloc(reader, size, 1);
    ltn_plain value;
    if (!text) return false;
    snprintf(text, size, "1 %s", unit);
    one.text = text;
    return ltn_read_plain(reader, &one, rule, &value);
}

static void read_cells(ltn_reader *reader, const ltn_csv_table *csv, const char *column, const ltn_quantity_rule *rule,
                       sample *s)
{
    size_t rows = csv->table->rows;
    if (!(s->values = ltn_reader_alloc(reader, rows, sizeof *s->values))) return;
    for (size_t row = 0; row < rows; row++) {
        const char *text = ltn_csv_text(csv, row, column);
        ltn_place at = ltn_csv_cell_place(csv, row, column);
        if (!text) {
            ltn_complain(reader->list, LTN_ERROR, &at, "%s is blank; expected a number", column);
            continue;
        }
        ltn_node cell = {LTN_SCALAR, .line = at.line, .column = at.column, .source = at.source};
        if (!(cell.text = ltn_arena_text(reader->arena, text, strlen(text)))) reader->list->out_of_memory = true;
        if (cell.text) add_value(reader, &cell, rule, s);
    }
}

static void read_file(ltn_reader *reader, const ltn_node *node, const ltn_quantity_rule *rule, sample *s)
{
    column_of_file from = {0};
    size_t complaints = reader->list->errors;
    ltn_read_form(reader, node, &ltn_empirical_form, &from);
    if (reader->list->errors > complaints) return;
    char *path = ltn_path_beside(reader, node->source, from.file);
    if (!path || (from.unit && !read_unit(reader, node, rule, from.unit))) return;
    bool percent = from.unit && rule->share && strcmp(from.unit, "%") == 0;
    ltn_quantity_rule plain = *rule;
    plain.unit = NULL;
    plain.share = false; /* a '%' beside a value would be a second unit */
    ltn_csv_table csv = {0};
    ltn_file file = {0};
    ltn_status status = ltn_file_read(path, LTN_YAML_BYTES, &file); /* no larger than what people write */
    ltn_file_close(&file);
    if (!status) status = ltn_csv_read_table(path, NULL, &from.column, 1, reader->list, &csv);
    if (status == LTN_ENOMEM) reader->list->out_of_memory = true;
    if (status && reader->list->errors == complaints)
        ltn_refuse(reader, ltn_node_find(node, "file"), "'%s' cannot be read: %s", path, ltn_last_error()->message);
    if (!status) read_cells(reader, &csv, from.column, from.unit ? &plain : rule, s);
    if (!status) ltn_csv_table_free(&csv);
    for (size_t i = 0; percent && i < s->count; i++) s->values[i] /= 100;
    if (from.unit) s->unit = percent ? "" : from.unit;
}

/* ---- any ---- */

bool ltn_read_empirical(ltn_reader *reader, const ltn_node *node, const ltn_quantity_rule *rule, ltn_distribution *out,
                        const char **unit)
{
    sample s = {0};
    size_t complaints = reader->list->errors;
    if (node->kind == LTN_MAPPING) {
        read_file(reader, node, rule, &s);
    } else if (node->kind != LTN_SEQUENCE) {
        ltn_refuse(reader, node, "empirical is %s; expected a list of numbers, or {file: ..., column: ...}",
                   ltn_node_kind_text(node));
    } else if ((s.values = ltn_reader_alloc(reader, node->count, sizeof *s.values))) {
        for (size_t i = 0; i < node->count; i++) add_value(reader, node->items[i], rule, &s);
    }
    if (reader->list->errors > complaints || !s.values) return false;
    if (s.count) qsort(s.values, s.count, sizeof *s.values, ascending);
    *out = (ltn_distribution){LTN_EMPIRICAL, .values = s.values, .count = s.count};
    *unit = s.unit ? s.unit : "";
    return true;
}
