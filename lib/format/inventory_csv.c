/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inventory's long CSV form, read in parallel blocks of a mapped file straight into columns. */
#include "base/text.h"
#include "format/blocks.h"
#include "format/device_lookup.h"
#include "format/inventory_file.h"

#include <lantian/factors.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What to do with a field of the file. */
typedef struct field_rule {
    int column;      /* of the builder */
    int unit_column; /* of the builder, where a number may carry its unit; or -1 */
    bool percent;    /* a number that may be written '80 %' */
    const char *name;
} field_rule;

typedef struct reading {
    ltn_csv csv;
    ltn_inventory_builder *builder;
    field_rule *rules;
    ltn_blocks blocks;
    atomic_bool quote_fault; /* where rows begin is in doubt */
    ltn_device_lookup devices;
} reading;

/* ---- the header's columns ---- */

static const char *unit_column_of(const char *name)
{
    for (int c = 0; c < LTN_SOURCE_COLUMNS; c++)
        if (strcmp(ltn_source_forms[c].name, name) == 0)
            return ltn_source_forms[c].unit < 0 ? NULL : ltn_source_forms[ltn_source_forms[c].unit].name;
    for (int c = 0; c < LTN_EMISSION_COLUMNS; c++)
        if (strcmp(ltn_emission_forms[c].name, name) == 0)
            return ltn_emission_forms[c].unit < 0 ? NULL : ltn_emission_forms[ltn_emission_forms[c].unit].name;
    return NULL;
}

static ltn_status make_rules(reading *r)
{
    if (!(r->rules = ltn_alloc(r->csv.columns, sizeof *r->rules))) return LTN_ENOMEM;
    for (size_t c = 0; c < r->csv.columns; c++) {
        const char *name = r->csv.names[c], *unit = unit_column_of(name);
        field_rule *rule = &r->rules[c];
        rule->name = name;
        rule->column = ltn_builder_column_of(r->builder, name, strlen(name), LTN_TEXT);
        rule->unit_column = unit ? ltn_builder_column_of(r->builder, unit, strlen(unit), LTN_TEXT) : -1;
        if (rule->column < 0 || (unit && rule->unit_column < 0)) return LTN_ENOMEM;
        rule->percent = strcmp(name, "removal") == 0 || strcmp(name, "running") == 0;
        ltn_builder_column *column = &r->builder->columns[rule->column];
        column->inferred = column->level == LTN_OF_SOURCE && column->target >= LTN_SOURCE_COLUMNS;
    }
    return LTN_OK;
}

/* ---- one block ---- */

typedef struct block_reader {
    reading *r;
    ltn_block *b;
    ltn_csv_cursor cursor;
    size_t offset_capacity;
    size_t kept;           /* good rows; the table has been made longer beforehand */
    ltn_csv_field *before; /* the row before's fields: rows of one source repeat them */
    int32_t *before_codes;
    bool good; /* the row so far */
} block_reader;

static void complain_field(block_reader *br, const ltn_csv_field *field, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void complain_field(block_reader *br, const ltn_csv_field *field, const char *format, ...)
{
    char text[sizeof((ltn_error *)0)->message];
    va_list args;
    va_start(args, format);
    ltn_format_text(text, sizeof text, format, args);
    va_end(args);
    ltn_place at = ltn_csv_place(br->r->csv.path, br->cursor.record, br->cursor.record_line, field->start);
    ltn_complain(&br->b->list, LTN_ERROR, &at, "%s", text);
    br->good = false;
}

static ltn_status put_text(block_reader *br, size_t c, size_t row)
{
    const ltn_csv_field *field = &br->cursor.fields[c], *before = &br->before[c];
    ltn_column *column = &br->b->rows->columns[br->r->rules[c].column];
    bool same =
        before->text && before->length == field->length && memcmp(before->text, field->text, field->length) == 0;
    int32_t code = same ? br->before_codes[c] : ltn_dictionary_add(column->words, field->text, field->length);
    if (code < 0) return LTN_ENOMEM;
    br->before_codes[c] = code;
    /* A field in the cursor's scratch will be overwritten: compare with the dictionary's copy. */
    br->before[c] = (ltn_csv_field){column->words->words[code], field->length, field->start};
    column->codes[row] = code;
    return LTN_OK;
}

/* A unit after a number ("12 t/h") goes to the unit's column; the two must not contradict each other. */
static ltn_status put_unit(block_reader *br, size_t c, size_t row, const char *unit, size_t length)
{
    const field_rule *rule = &br->r->rules[c];
    ltn_column *column = &br->b->rows->columns[rule->unit_column];
    int32_t code = ltn_dictionary_add(column->words, unit, length);
    if (code < 0) return LTN_ENOMEM;
    if (column->codes[row] >= 0 && column->codes[row] != code)
        complain_field(br, &br->cursor.fields[c], "%s '%.*s' carries another unit than its unit column", rule->name,
                       (int)br->cursor.fields[c].length, br->cursor.fields[c].text);
    column->codes[row] = code;
    return LTN_OK;
}

static ltn_status put_number(block_reader *br, size_t c, size_t row)
{
    const field_rule *rule = &br->r->rules[c];
    const ltn_csv_field *field = &br->cursor.fields[c];
    double value;
    size_t read = ltn_text_number(field->text, field->length, &value), rest = read;
    while (rest < field->length && field->text[rest] == ' ') rest++;
    bool percent = rule->percent && field->length - rest == 1 && field->text[rest] == '%';
    /* What goes on like a number ("12,345.6") is no unit. */
    bool unit = rule->unit_column >= 0 && rest < field->length && !strchr("0123456789.,+-", field->text[rest]);
    if (!read || !isfinite(value) || (rest < field->length && !percent && !unit)) {
        complain_field(br, field, "%s '%.*s' is not a finite number", rule->name, (int)field->length, field->text);
        return LTN_OK;
    }
    br->b->rows->columns[rule->column].numbers[row] = percent ? value / 100 : value;
    return unit ? put_unit(br, c, row, field->text + rest, field->length - rest) : LTN_OK;
}

static bool refuse_record(block_reader *br)
{
    const ltn_csv_cursor *cursor = &br->cursor;
    if (cursor->fault) {
        ltn_place at = ltn_csv_place(br->r->csv.path, cursor->record, cursor->record_line, cursor->fault_at);
        ltn_complain(&br->b->list, LTN_ERROR, &at, "%s", cursor->fault);
        if (cursor->quote_fault) br->r->quote_fault = true;
        return true;
    }
    if (cursor->count == br->r->csv.columns) return false;
    ltn_place at = {br->r->csv.path, cursor->record_line, 1};
    ltn_complain(&br->b->list, LTN_ERROR, &at, "the row has %zu columns; the header has %zu", cursor->count,
                 br->r->csv.columns);
    return true;
}

/* Takes back what a refused row has written. */
static void forget_record(block_reader *br)
{
    for (size_t c = 0; c < br->b->rows->column_count; c++) {
        ltn_column *column = &br->b->rows->columns[c];
        if (column->type == LTN_TEXT)
            column->codes[br->kept] = -1;
        else
            column->numbers[br->kept] = NAN;
    }
}

static ltn_status put_record(block_reader *br)
{
    enum { ROWS_AT_ONCE = 1024 };
    if (refuse_record(br)) return LTN_OK;
    ltn_block *b = br->b;
    size_t row = br->kept;
    if ((row == b->rows->rows && ltn_table_resize(b->rows, row + ROWS_AT_ONCE)) ||
        ltn_reserve(&b->offsets, &br->offset_capacity, row + 1, sizeof *b->offsets))
        return LTN_ENOMEM;
    b->offsets[row] = (uint32_t)(br->cursor.record - b->from);
    br->good = true;
    ltn_status status = LTN_OK;
    /* Text first: a unit inside a number is then held against the unit's own column. */
    for (size_t c = 0; !status && c < br->cursor.count; c++)
        if (br->cursor.fields[c].length && b->rows->columns[br->r->rules[c].column].type == LTN_TEXT)
            status = put_text(br, c, row);
    for (size_t c = 0; !status && c < br->cursor.count; c++)
        if (br->cursor.fields[c].length && b->rows->columns[br->r->rules[c].column].type == LTN_NUMBER)
            status = put_number(br, c, row);
    if (br->good)
        br->kept++;
    else
        forget_record(br);
    return status;
}

static ltn_status read_block(void *context, size_t index)
{
    reading *r = context;
    ltn_block *b = &r->blocks.items[index];
    block_reader br = {.r = r, .b = b, .cursor = {.at = b->from, .end = b->to}};
    br.before = ltn_alloc(r->csv.columns, sizeof *br.before);
    br.before_codes = ltn_alloc(r->csv.columns, sizeof *br.before_codes);
    b->rows = ltn_table_create();
    ltn_status status = br.before && br.before_codes && b->rows ? LTN_OK : LTN_ENOMEM;
    if (!status) status = ltn_builder_chunk_columns(r->builder, b->rows);
    while (!status && ltn_csv_next(&br.cursor)) status = put_record(&br);
    if (br.cursor.out_of_memory) status = LTN_ENOMEM;
    if (!status) status = ltn_table_resize(b->rows, br.kept);
    b->lines = br.cursor.line;
    ltn_csv_cursor_free(&br.cursor);
    free(br.before);
    free(br.before_codes);
    ltn_block_forget(&r->blocks, b);
    atomic_store(&b->read, !status);
    return status;
}

/* ---- cutting the file into blocks ---- */

/* Past a line end that is outside quotes, as `from` is; quotes come in pairs, so each one turns it over. */
static const char *row_start(const char *from, const char *wanted, const char *end)
{
    const char *p = from;
    bool outside = true;
    while (p < end) {
        const char *quote = memchr(p, '"', (size_t)(end - p)), *stop = quote ? quote : end;
        if (outside && stop > wanted) {
            const char *search = p > wanted ? p : wanted;
            const char *line_end = memchr(search, '\n', (size_t)(stop - search));
            if (line_end) return line_end + 1;
        }
        if (!quote) break;
        outside = !outside;
        p = quote + 1;
    }
    return end;
}

static ltn_status read_in_pieces(reading *r, size_t size, int threads)
{
    r->blocks = (ltn_blocks){.text = &r->csv, .body = r->csv.body, .next_line = r->csv.body_line};
    ltn_status status = ltn_blocks_cut(&r->blocks, size, row_start);
    return status ? status : ltn_parallel(r->blocks.count, threads, read_block, r);
}

static ltn_status read_blocks(reading *r)
{
    int threads = ltn_parallel_threads(r->builder->options.threads);
    size_t body = (size_t)(r->csv.data + r->csv.size - r->csv.body);
    ltn_status status = read_in_pieces(r, ltn_blocks_size(body, threads), threads);
    if (status || !r->quote_fault || r->blocks.count == 1 || body > UINT32_MAX) return status;
    /* A stray quote: where rows begin was guessed, so the complaints would mislead. Read in one piece. */
    ltn_blocks_free(&r->blocks);
    return read_in_pieces(r, body, 1);
}

/* ---- putting it together ---- */

/* Where a value stands: the row's offset leads to its record, the record to the field. */
static ltn_place locate(void *context, size_t chunk, size_t row, const char *column)
{
    const reading *r = context;
    const ltn_block *b = &r->blocks.items[chunk];
    const char *record = b->from + b->offsets[row];
    ltn_place at = ltn_csv_place(r->csv.path, b->from, b->first_line, record);
    int c = ltn_csv_column(&r->csv, column);
    ltn_csv_cursor cursor = {.at = record, .end = b->to, .line = at.line};
    if (ltn_csv_next(&cursor) && c >= 0 && (size_t)c < cursor.count)
        at = ltn_csv_place(r->csv.path, record, at.line, cursor.fields[c].start);
    else
        at.column = 1;
    ltn_csv_cursor_free(&cursor);
    return at;
}

static ltn_status adopt_blocks(reading *r, ltn_diagnostics *list)
{
    ltn_status status = ltn_blocks_adopt(&r->blocks, r->builder);
    if (status) return status;
    size_t rows = ltn_blocks_join(&r->blocks, list);
    if (!rows)
        ltn_complain(list, LTN_ERROR, &(ltn_place){r->csv.path, r->csv.body_line, 1},
                     "the file has a header but no rows");
    return LTN_OK;
}

static ltn_status set_metadata(void *context, const char *key, const char *value)
{
    return ltn_inventory_builder_metadata(context, key, value);
}

static void check_header(reading *r, ltn_diagnostics *list)
{
    static const char *const required[] = {"source", "region", "sector", "pollutant"};
    ltn_csv_require(&r->csv, required, sizeof required / sizeof *required, list);
    bool calculated = ltn_csv_column(&r->csv, "activity") >= 0 &&
                      (ltn_csv_column(&r->csv, "factor") >= 0 || r->builder->options.factors);
    if (ltn_csv_column(&r->csv, "emission_t") < 0 && !calculated)
        ltn_complain(list, LTN_ERROR, &(ltn_place){r->csv.path, (int)r->csv.header_line, 1},
                     "the header has neither 'emission_t' nor both 'activity' and 'factor'; expected one or the other");
}

/* ---- factors from a table ---- */

static const char *attribute_text(const ltn_inventory *made, size_t source, const char *name)
{
    int c = ltn_table_find(made->sources, name);
    return c < 0 ? NULL : ltn_table_text(made->sources, source, (size_t)c);
}

static double attribute_number(const ltn_inventory *made, size_t source, const char *name)
{
    int c = ltn_table_find(made->sources, name);
    return c < 0 ? NAN : ltn_table_number(made->sources, source, (size_t)c);
}

static ltn_status find_factor(const void *table, const ltn_inventory *made, size_t source, const char *pollutant,
                              ltn_default_factor *out)
{
    ltn_factor_query query;
    ltn_factor found;
    ltn_factor_query_init(&query);
    query.sector_class = ltn_source_text(made, source, LTN_SECTOR);
    query.pollutant = pollutant;
    query.fuel = ltn_source_text(made, source, LTN_FUEL);
    query.technology = attribute_text(made, source, "technology");
    query.size = ltn_source_column_of(made, LTN_CAPACITY)->numbers[source];
    query.size_unit = ltn_source_text(made, source, LTN_CAPACITY_UNIT);
    if (!query.size_unit) query.size = NAN;
    query.sulphur = attribute_number(made, source, "sulphur_pct") / 100;
    ltn_status status = ltn_factor_table_find(table, &query, &found);
    if (status) return status;
    out->value = found.value;
    out->unit = found.unit;
    snprintf(out->key, sizeof out->key, LTN_DEFAULT_KEY "%s %s line %d", found.source, found.table, found.line);
    return LTN_OK;
}

static ltn_status read_file(reading *r, ltn_diagnostics *list, ltn_inventory **out)
{
    size_t errors_before = list->errors, kept_before = list->count;
    check_header(r, list);
    ltn_status status = ltn_diagnostics_verdict(list, errors_before);
    if (!status) status = make_rules(r);
    if (!status) status = read_blocks(r);
    if (!status) status = adopt_blocks(r, list);
    if (status) return status;
    r->builder->locate = locate;
    r->builder->locate_context = r;
    if (r->builder->options.factors) r->builder->find_factor = find_factor;
    r->builder->find_factor_context = r->builder->options.factors;
    r->devices.devices = r->builder->options.devices;
    r->builder->find_removal = ltn_device_lookup_removal;
    r->builder->find_removal_context = &r->devices;
    size_t lexical = list->errors - errors_before;
    status = ltn_inventory_builder_finish(r->builder, out);
    if (!lexical || (status && status != LTN_EINPUT)) return status;
    /* Rows that could not be read are missing: whatever was made is not the file. */
    ltn_inventory_free(*out);
    *out = NULL;
    ltn_diagnostics_sort(list, kept_before);
    return ltn_diagnostics_verdict(list, errors_before);
}

/* Leaves the rows of the pollutants that the options name. */
static ltn_status keep_pollutants(const ltn_inventory_options *options, ltn_diagnostics *list, const char *path,
                                  ltn_inventory **inventory)
{
    const ltn_table *emissions = (*inventory)->emissions;
    uint8_t *keep = ltn_alloc(emissions->rows, 1);
    ltn_inventory *chosen = NULL;
    size_t dropped = emissions->rows;
    if (!keep) return LTN_ENOMEM;
    for (size_t e = 0; e < emissions->rows; e++) {
        for (size_t i = 0; i < options->keep_pollutant_count; i++)
            keep[e] |= strcmp(options->keep_pollutants[i], ltn_table_text(emissions, e, LTN_POLLUTANT)) == 0;
        dropped -= keep[e];
    }
    ltn_status status = ltn_inventory_filter(*inventory, keep, &chosen);
    free(keep);
    if (dropped)
        ltn_complain(list, LTN_WARNING, &(ltn_place){path, 0, 0},
                     "%zu rows of pollutants that are not to be kept were passed over", dropped);
    ltn_inventory_free(*inventory);
    *inventory = chosen;
    return status;
}

ltn_status ltn_inventory_read_csv_file(const char *path, ltn_file *file, const ltn_inventory_options *options,
                                       ltn_inventory **out)
{
    *out = NULL;
    ltn_diagnostics own = {0};
    reading r = {0};
    ltn_status status = ltn_inventory_builder_create(options, &r.builder);
    if (status) return status;
    if (!r.builder->options.diagnostics) r.builder->options.diagnostics = &own;
    ltn_diagnostics *list = r.builder->options.diagnostics;
    status = ltn_csv_open_file(path, file, r.builder->options.encoding, list, set_metadata, r.builder, &r.csv);
    if (!status) status = read_file(&r, list, out);
    if (!status && r.builder->options.keep_pollutants) status = keep_pollutants(&r.builder->options, list, path, out);
    ltn_blocks_free(&r.blocks);
    ltn_device_lookup_free(&r.devices);
    free(r.rules);
    ltn_csv_close(&r.csv);
    ltn_inventory_builder_free(r.builder);
    ltn_diagnostics_clear(&own);
    return status;
}

ltn_status ltn_inventory_read_csv(const char *path, const ltn_inventory_options *options, ltn_inventory **out)
{
    *out = NULL;
    ltn_file file;
    ltn_status status = ltn_file_read(path, SIZE_MAX / 4, &file);
    if (status) return status;
    status = ltn_inventory_read_csv_file(path, &file, options, out);
    ltn_file_close(&file);
    return status;
}
