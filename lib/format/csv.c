/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "format/csv.h"

#include "base/text.h"

#include <errno.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>

/* ---- records ---- */

static bool add_field(ltn_csv_cursor *c, const char *text, size_t length, const char *start)
{
    if (ltn_reserve(&c->fields, &c->capacity, c->count + 1, sizeof *c->fields)) {
        c->out_of_memory = true;
        return false;
    }
    c->fields[c->count++] = (ltn_csv_field){text, length, start};
    return true;
}

static void set_fault(ltn_csv_cursor *c, const char *at, const char *what, bool quote)
{
    if (c->fault) return;
    c->fault = what;
    c->fault_at = at;
    c->quote_fault = quote;
}

static bool ends_field(char c)
{
    return c == ',' || c == '\n' || c == '\r';
}

static void add_plain_field(ltn_csv_cursor *c)
{
    const char *start = c->at, *p = start, *end = c->end;
    while (p < end && !ends_field(*p) && *p != '"') p++;
    if (p < end && *p == '"') {
        set_fault(
            c, p,
            "a quote stands inside an unquoted field; expected the whole field in quotes, and quotes inside it doubled",
            true);
        while (p < end && !ends_field(*p)) p++;
    }
    c->at = p;
    while (start < p && *start == ' ') start++;
    while (start < p && p[-1] == ' ') p--;
    add_field(c, start, (size_t)(p - start), start);
}

/* The text between quotes; doubled quotes are undoubled in the scratch memory, which is made once and
 * large enough for any record, so that fields never move. */
static const char *undouble(ltn_csv_cursor *c, const char *text, size_t *length)
{
    if (!c->scratch && !(c->scratch = malloc(LTN_CSV_RECORD_MAX + 1))) {
        c->out_of_memory = true;
        return text;
    }
    char *out = c->scratch + c->scratch_used;
    size_t used = 0;
    for (size_t i = 0; i < *length; i++) {
        out[used++] = text[i];
        if (text[i] == '"') i++;
    }
    c->scratch_used += used;
    *length = used;
    return out;
}

static void add_quoted_field(ltn_csv_cursor *c)
{
    const char *start = c->at, *p = start + 1;
    bool doubled = false;
    for (; p < c->end; p++) {
        if (*p == '\n') c->line++;
        if (*p != '"') continue;
        if (p + 1 < c->end && p[1] == '"') {
            doubled = true;
            p++;
        } else {
            break;
        }
    }
    if (p >= c->end) {
        set_fault(c, start, "the quote that opens here is never closed", true);
        c->at = c->end;
        return;
    }
    const char *text = start + 1;
    size_t length = (size_t)(p - text);
    /* A record that is too long is refused anyway: the scratch memory holds any that is not. */
    if (doubled && (size_t)(p - c->record) <= LTN_CSV_RECORD_MAX) text = undouble(c, text, &length);
    add_field(c, text, length, start);
    p++;
    while (p < c->end && *p == ' ') p++;
    if (p < c->end && !ends_field(*p)) {
        set_fault(c, p, "text follows a closing quote; expected a comma or the end of the line", true);
        while (p < c->end && !ends_field(*p)) p++;
    }
    c->at = p;
}

static void end_line(ltn_csv_cursor *c)
{
    if (c->at < c->end && *c->at == '\r') c->at++;
    if (c->at < c->end && *c->at == '\n') c->at++;
    c->line++;
}

static bool is_blank_line(const ltn_csv_cursor *c)
{
    return *c->at == '\n' || *c->at == '\r';
}

bool ltn_csv_next(ltn_csv_cursor *c)
{
    while (c->at < c->end && is_blank_line(c)) end_line(c);
    if (c->at >= c->end) return false;
    c->record = c->at;
    c->record_line = c->line;
    c->count = c->scratch_used = 0;
    c->fault = NULL;
    c->quote_fault = false;
    for (;;) {
        if (c->at < c->end && *c->at == '"')
            add_quoted_field(c);
        else
            add_plain_field(c);
        if (c->out_of_memory) return false;
        if ((size_t)(c->at - c->record) > LTN_CSV_RECORD_MAX)
            set_fault(c, c->record, "the row is longer than 1 MiB", false);
        if (c->at >= c->end || *c->at != ',') break;
        c->at++;
        if (c->fault && c->count > 4096) c->count = 0; /* a row that is refused anyway need not be kept */
    }
    end_line(c);
    return true;
}

void ltn_csv_cursor_free(ltn_csv_cursor *cursor)
{
    free(cursor->fields);
    free(cursor->scratch);
}

/* ---- places ---- */

ltn_place ltn_csv_place(const char *path, const char *from, int line, const char *at)
{
    const char *line_start = from;
    for (const char *p = from; (p = memchr(p, '\n', (size_t)(at - p))) != NULL; p++) {
        line++;
        line_start = p + 1;
    }
    /* Old Macintosh files end lines with a carriage return alone. */
    for (const char *p = from; (p = memchr(p, '\r', (size_t)(at - p))) != NULL; p++) {
        if (p + 1 < at && p[1] == '\n') continue;
        if (p + 1 == at && *at == '\n') continue;
        line++;
        if (p + 1 > line_start) line_start = p + 1;
    }
    return (ltn_place){path, line, (int)ltn_text_characters(line_start, (size_t)(at - line_start)) + 1};
}

/* ---- encodings ---- */

size_t ltn_csv_bad_byte(const char *data, size_t size)
{
    const char *nul = memchr(data, '\0', size);
    return ltn_text_invalid_utf8(data, nul ? (size_t)(nul - data) : size);
}

static ltn_status convert(const char *data, size_t size, char **out, size_t *out_size)
{
    iconv_t converter = iconv_open("UTF-8", "GB18030");
    if (converter == (iconv_t)-1) return ltn_fail(LTN_EIO, NULL, "the system cannot convert from GB18030");
    /* Two bytes become at most three; four stay four. */
    size_t room = size + size / 2 + 16, left = size, free_room = room;
    char *text = malloc(room), *in = (char *)data, *into = text;
    ltn_status status = text ? LTN_OK : ltn_fail_memory();
    if (!status && iconv(converter, &in, &left, &into, &free_room) == (size_t)-1)
        status = ltn_fail(LTN_EINPUT, NULL, "the bytes are not GB18030");
    iconv_close(converter);
    if (status) {
        free(text);
        return status;
    }
    *out = text;
    *out_size = room - free_room;
    return LTN_OK;
}

static bool decodes_as_gb18030(const char *data, size_t size)
{
    char *text = NULL;
    size_t length;
    ltn_error kept = *ltn_last_error();
    bool good = convert(data, size, &text, &length) == LTN_OK;
    free(text);
    (void)ltn_fail_again(&kept);
    return good;
}

static void complain_encoding(const ltn_csv *csv, size_t bad, ltn_diagnostics *list)
{
    ltn_place at = ltn_csv_place(csv->path, csv->data, 1, csv->data + bad);
    unsigned char byte = (unsigned char)csv->data[bad];
    if (!byte)
        ltn_complain(list, LTN_ERROR, &at, "a NUL byte stands here; expected text in UTF-8");
    else if (decodes_as_gb18030(csv->data, csv->size))
        ltn_complain(list, LTN_ERROR, &at,
                     "byte 0x%02X is not UTF-8, but the file decodes as GB18030, as spreadsheets save it; read it with "
                     "encoding gb18030",
                     byte);
    else
        ltn_complain(list, LTN_ERROR, &at, "byte 0x%02X is not UTF-8; expected text in UTF-8 or GB18030", byte);
}

ltn_status ltn_csv_encoding(const char *encoding, bool *gb18030)
{
    *gb18030 = encoding && ltn_same_word(encoding, "gb18030", sizeof "gb18030");
    if (!encoding || *gb18030 || ltn_same_word(encoding, "utf-8", sizeof "utf-8")) return LTN_OK;
    return ltn_fail(LTN_EARGUMENT, NULL, "encoding '%s' is not known; expected utf-8 or gb18030", encoding);
}

ltn_status ltn_csv_decode(ltn_csv *csv, const char *encoding, ltn_diagnostics *list)
{
    bool gb18030;
    ltn_status status = ltn_csv_encoding(encoding, &gb18030);
    if (status) return status;
    csv->data = csv->file.data ? csv->file.data : "";
    csv->size = csv->file.size;
    size_t bad = ltn_csv_bad_byte(csv->data, csv->size);
    if (bad < csv->size && gb18030) {
        status = convert(csv->data, csv->size, &csv->converted, &csv->size);
        if (status == LTN_EINPUT)
            ltn_complain(list, LTN_ERROR, &(ltn_place){csv->path, 1, 1}, "%s", ltn_last_error()->message);
        if (status) return status;
        csv->data = csv->converted;
        bad = ltn_csv_bad_byte(csv->data, csv->size);
    }
    if (bad == csv->size) return LTN_OK;
    complain_encoding(csv, bad, list);
    return LTN_EINPUT;
}

/* ---- metadata and header ---- */

static const char *trim(const char *from, const char *to, size_t *length)
{
    while (from < to && (unsigned char)*from <= ' ') from++;
    while (from < to && ((unsigned char)to[-1] <= ' ' || to[-1] == ',')) to--;
    *length = (size_t)(to - from);
    return from;
}

/* One `# key: value` line; a line without a colon is a remark. */
static ltn_status read_metadata(ltn_csv *csv, const char *from, const char *to, ltn_csv_metadata metadata,
                                void *context)
{
    const char *colon = memchr(from, ':', (size_t)(to - from));
    if (!colon || !metadata) return LTN_OK;
    size_t key_length, value_length;
    const char *key = trim(from + 1, colon, &key_length), *value = trim(colon + 1, to, &value_length);
    for (size_t i = 0; i < key_length; i++)
        if ((unsigned char)key[i] <= ' ') return LTN_OK;
    char *kept = ltn_arena_text(&csv->arena, value, value_length);
    key = ltn_arena_text(&csv->arena, key, key_length);
    /* Control characters are blanks, as they are written. */
    for (char *c = kept; c && *c; c++)
        if ((unsigned char)*c < ' ') *c = ' ';
    return key && kept ? metadata(context, key, kept) : LTN_ENOMEM;
}

static ltn_status read_head(ltn_csv *csv, ltn_csv_cursor *cursor, ltn_csv_metadata metadata, void *context,
                            ltn_diagnostics *list)
{
    while (cursor->at < cursor->end && (*cursor->at == '#' || is_blank_line(cursor))) {
        const char *line_end = cursor->at;
        while (line_end < cursor->end && *line_end != '\n' && *line_end != '\r') line_end++;
        ltn_status status = *cursor->at == '#' ? read_metadata(csv, cursor->at, line_end, metadata, context) : LTN_OK;
        if (status == LTN_EARGUMENT) {
            ltn_place at = {csv->path, cursor->line, 1};
            ltn_complain(list, LTN_ERROR, &at, "%s", ltn_last_error()->message);
        } else if (status) {
            return status;
        }
        cursor->at = line_end;
        end_line(cursor);
    }
    return LTN_OK;
}

static ltn_status read_header(ltn_csv *csv, ltn_csv_cursor *cursor, ltn_diagnostics *list)
{
    if (!ltn_csv_next(cursor)) {
        if (cursor->out_of_memory) return LTN_ENOMEM;
        ltn_complain(list, LTN_ERROR, &(ltn_place){csv->path, cursor->line, 1},
                     "the file is empty; expected a header row");
        return LTN_EINPUT;
    }
    if (cursor->fault) {
        ltn_place at = ltn_csv_place(csv->path, cursor->record, cursor->record_line, cursor->fault_at);
        ltn_complain(list, LTN_ERROR, &at, "%s", cursor->fault);
        return LTN_EINPUT;
    }
    if (!(csv->names = ltn_arena_alloc(&csv->arena, (cursor->count + 1) * sizeof *csv->names))) return LTN_ENOMEM;
    csv->header_line = (size_t)cursor->record_line;
    for (size_t c = 0; c < cursor->count; c++) {
        const ltn_csv_field *field = &cursor->fields[c];
        ltn_place at = ltn_csv_place(csv->path, cursor->record, cursor->record_line, field->start);
        if (!(csv->names[c] = ltn_arena_text(&csv->arena, field->text, field->length))) return LTN_ENOMEM;
        if (!field->length)
            ltn_complain(list, LTN_ERROR, &at, "column %zu has no name; expected a name in the header", c + 1);
        else if (ltn_csv_column(csv, csv->names[c]) >= 0)
            ltn_complain(list, LTN_ERROR, &at, "column '%s' is there twice", csv->names[c]);
        csv->columns = c + 1;
    }
    csv->body = cursor->at;
    csv->body_line = cursor->line;
    return LTN_OK;
}

ltn_status ltn_csv_open_file(const char *path, ltn_file *file, const char *encoding, ltn_diagnostics *list,
                             ltn_csv_metadata metadata, void *context, ltn_csv *out)
{
    *out = (ltn_csv){.path = path, .file = *file};
    *file = (ltn_file){0};
    size_t errors_before = list->errors;
    ltn_status status = ltn_csv_decode(out, encoding, list);
    size_t bom = !status && out->size >= 3 && memcmp(out->data, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    ltn_csv_cursor cursor = {.at = out->data + bom, .end = out->data + out->size, .line = 1};
    if (!status) status = read_head(out, &cursor, metadata, context, list);
    if (!status) status = read_header(out, &cursor, list);
    ltn_csv_cursor_free(&cursor);
    if (!status || status == LTN_EINPUT) {
        ltn_status verdict = ltn_diagnostics_verdict(list, errors_before);
        if (verdict) status = verdict;
    }
    if (status) ltn_csv_close(out);
    return status;
}

ltn_status ltn_csv_open(const char *path, const char *encoding, ltn_diagnostics *list, ltn_csv_metadata metadata,
                        void *context, ltn_csv *out)
{
    ltn_file file;
    bool gb18030;
    *out = (ltn_csv){0};
    ltn_status status = ltn_csv_encoding(encoding, &gb18030);
    if (!status) status = ltn_file_read(path, SIZE_MAX / 4, &file);
    return status ? status : ltn_csv_open_file(path, &file, encoding, list, metadata, context, out);
}

void ltn_csv_close(ltn_csv *csv)
{
    ltn_file_close(&csv->file);
    free(csv->converted);
    ltn_arena_free(&csv->arena);
    *csv = (ltn_csv){0};
}

int ltn_csv_column(const ltn_csv *csv, const char *name)
{
    for (size_t c = 0; c < csv->columns; c++)
        if (strcmp(csv->names[c], name) == 0) return (int)c;
    return -1;
}

void ltn_csv_require(const ltn_csv *csv, const char *const *names, size_t count, ltn_diagnostics *list)
{
    ltn_place at = {csv->path, (int)csv->header_line, 1};
    for (size_t i = 0; i < count; i++) {
        if (ltn_csv_column(csv, names[i]) >= 0) continue;
        const char *near = ltn_text_nearest(names[i], csv->names, csv->columns);
        ltn_complain(list, LTN_ERROR, &at, "the required column '%s' is missing%s%s%s", names[i],
                     near ? "; the nearest is '" : "", near ? near : "", near ? "'" : "");
    }
}

/* ---- small tables ---- */

/* What is wrong with a record as a whole, if anything. */
static bool refuse_record(const ltn_csv *csv, const ltn_csv_cursor *cursor, ltn_diagnostics *list)
{
    ltn_place at = {csv->path, cursor->record_line, 1};
    if (cursor->fault) at = ltn_csv_place(csv->path, cursor->record, cursor->record_line, cursor->fault_at);
    if (cursor->fault)
        ltn_complain(list, LTN_ERROR, &at, "%s", cursor->fault);
    else if (cursor->count != csv->columns)
        ltn_complain(list, LTN_ERROR, &at, "the row has %zu columns; the header has %zu", cursor->count, csv->columns);
    return cursor->fault || cursor->count != csv->columns;
}

typedef struct row_room {
    size_t lines, places;
} row_room;

static ltn_status add_row(ltn_csv_table *out, const ltn_csv *csv, const ltn_csv_cursor *cursor, row_room *room,
                          ltn_diagnostics *list)
{
    if (refuse_record(csv, cursor, list)) return LTN_OK;
    size_t row = out->table->rows, cells = (row + 1) * csv->columns;
    if (ltn_reserve(&out->lines, &room->lines, row + 1, sizeof *out->lines)) return LTN_ENOMEM;
    if (ltn_reserve(&out->places, &room->places, cells, sizeof *out->places)) return LTN_ENOMEM;
    if (ltn_table_resize(out->table, row + 1)) return LTN_ENOMEM;
    out->lines[row] = cursor->record_line;
    for (size_t c = 0; c < csv->columns; c++) {
        const ltn_csv_field *field = &cursor->fields[c];
        ltn_column *column = &out->table->columns[c];
        out->places[row * csv->columns + c] = ltn_csv_place(csv->path, cursor->record, 0, field->start).column;
        if (!field->length) continue;
        column->codes[row] = ltn_dictionary_add(column->words, field->text, field->length);
        if (column->codes[row] < 0) return LTN_ENOMEM;
    }
    return LTN_OK;
}

static ltn_status read_rows(const ltn_csv *csv, ltn_diagnostics *list, ltn_csv_table *out)
{
    ltn_status status = (out->table = ltn_table_create()) ? LTN_OK : LTN_ENOMEM;
    for (size_t c = 0; !status && c < csv->columns; c++)
        status = ltn_table_add_column(out->table, csv->names[c], LTN_TEXT, NULL);
    ltn_csv_cursor cursor = {.at = csv->body, .end = csv->data + csv->size, .line = csv->body_line};
    row_room room = {0};
    while (!status && ltn_csv_next(&cursor)) status = add_row(out, csv, &cursor, &room, list);
    if (cursor.out_of_memory) status = LTN_ENOMEM;
    ltn_csv_cursor_free(&cursor);
    return status;
}

ltn_status ltn_csv_read_table(const char *path, const char *encoding, const char *const *required,
                              size_t required_count, ltn_diagnostics *list, ltn_csv_table *out)
{
    *out = (ltn_csv_table){.path = path};
    size_t errors_before = list->errors;
    ltn_csv csv;
    ltn_status status = ltn_csv_open(path, encoding, list, NULL, NULL, &csv);
    if (status) return status;
    ltn_csv_require(&csv, required, required_count, list);
    status = ltn_diagnostics_verdict(list, errors_before);
    if (!status) status = read_rows(&csv, list, out);
    ltn_csv_close(&csv);
    if (status) ltn_csv_table_free(out);
    return status;
}

void ltn_csv_table_free(ltn_csv_table *table)
{
    ltn_table_free(table->table);
    free(table->lines);
    free(table->places);
    table->table = NULL;
    table->lines = table->places = NULL;
}

const char *ltn_csv_text(const ltn_csv_table *table, size_t row, const char *column)
{
    int c = ltn_table_find(table->table, column);
    return c < 0 ? NULL : ltn_table_text(table->table, row, (size_t)c);
}

ltn_place ltn_csv_cell_place(const ltn_csv_table *table, size_t row, const char *column)
{
    int c = ltn_table_find(table->table, column);
    int place = c < 0 ? 1 : table->places[row * table->table->column_count + (size_t)c];
    return (ltn_place){table->path, table->lines[row], place};
}

ltn_status ltn_table_read_csv(const char *path, const ltn_read_options *options, ltn_table **out)
{
    *out = NULL;
    ltn_diagnostics own = {0}, *list = options && options->diagnostics ? options->diagnostics : &own;
    size_t errors_before = list->errors;
    ltn_csv_table csv;
    ltn_status status = ltn_csv_read_table(path, options ? options->encoding : NULL, NULL, 0, list, &csv);
    if (!status) status = ltn_diagnostics_verdict(list, errors_before);
    if (!status) {
        *out = csv.table;
        (*out)->lines = csv.lines;
        (*out)->places = csv.places;
        csv = (ltn_csv_table){0};
    }
    ltn_csv_table_free(&csv);
    ltn_diagnostics_clear(&own);
    return status;
}
