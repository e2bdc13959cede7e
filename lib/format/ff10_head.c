/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The records at the head of an FF10 file: `#KEY value` or `#KEY=value`. */
#include "format/ff10_head.h"

#include "base/text.h"
#include "format/ff10_row.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A file's history can be thousands of records: more than these are counted only. */
enum { RECORDS_KEPT = 1000, KEY_MAX = 64 };

typedef struct record {
    const char *key, *value;
    size_t key_length, value_length; /* no key: a remark */
} record;

static const char *skip_bom(const char *data, size_t size)
{
    return size >= 3 && memcmp(data, "\xEF\xBB\xBF", 3) == 0 ? data + 3 : data;
}

static bool is_key_letter(char c)
{
    return ltn_is_letter(c) || isdigit((unsigned char)c) || c == '_' || c == '.';
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* `from` is behind the '#'. */
static record take_record(const char *from, const char *to)
{
    record r = {.key = from};
    while (to > from && is_blank(to[-1])) to--;
    const char *p = from;
    while (p < to && is_key_letter(*p)) p++;
    if (p == to || is_blank(*p) || *p == '=') r.key_length = (size_t)(p - from);
    if (r.key_length)
        while (p < to && (is_blank(*p) || *p == '=')) p++;
    else
        for (p = from; p < to && is_blank(*p);) p++;
    r.value = p;
    r.value_length = (size_t)(to - p);
    return r;
}

static bool has_key(const record *r, const char *key)
{
    return r->key_length == strlen(key) && ltn_same_word(r->key, key, r->key_length);
}

static const char *line_end(const char *p, const char *end)
{
    const char *newline = memchr(p, '\n', (size_t)(end - p));
    return newline ? newline : end;
}

/* A line before the first row: a record, or blank. */
static bool is_head_line(const char *p, const char *end)
{
    if (*p == '#') return true;
    const char *stop = line_end(p, end);
    while (p < stop && is_blank(*p)) p++;
    return p == stop;
}

bool ltn_ff10_recognised(const char *data, size_t size)
{
    const char *p = skip_bom(data, size), *end = data + size;
    for (; p < end && is_head_line(p, end); p = line_end(p, end) + 1) {
        record r = {0};
        if (*p == '#') r = take_record(p + 1, line_end(p, end));
        if (has_key(&r, "FORMAT") || (has_key(&r, "LIST") && !r.value_length)) return true;
        if (line_end(p, end) == end) break;
    }
    return false;
}

/* ---- one record ---- */

typedef struct head {
    ltn_inventory_builder *builder;
    ltn_diagnostics *list;
    ltn_place at;
    size_t records, dropped;
    bool said_format;
    ltn_ff10_head *out;
} head;

static bool holds(const record *r, const char *word)
{
    size_t length = strlen(word);
    for (size_t i = 0; i + length <= r->value_length; i++)
        if (ltn_same_word(r->value + i, word, length)) return true;
    return false;
}

static void take_format(head *h, const record *r)
{
    size_t length = 0; /* of the first word */
    while (length < r->value_length && !is_blank(r->value[length])) length++;
    h->said_format = true;
    for (int kind = LTN_FF10_POINT; kind <= LTN_FF10_ONROAD; kind++) {
        const char *name = ltn_ff10_kind_name((ltn_ff10_kind)kind);
        if (length != strlen(name) || !ltn_same_word(r->value, name, length)) continue;
        h->out->kind = (ltn_ff10_kind)kind;
        h->out->layout = ltn_ff10_layout_of(h->out->kind);
        return;
    }
    ltn_complain(h->list, LTN_ERROR, &h->at,
                 "format '%.*s' is not read; expected FF10_POINT, FF10_NONPOINT, FF10_NONROAD or FF10_ONROAD",
                 (int)(r->value_length < 40 ? r->value_length : 40), r->value);
}

static void check_record(head *h, const record *r)
{
    if (has_key(r, "FORMAT")) take_format(h, r);
    if (has_key(r, "TYPE") && holds(r, "ACTIVITY"))
        ltn_complain(h->list, LTN_ERROR, &h->at, "the file holds activities; expected emissions");
    if (!has_key(r, "LIST") || r->value_length) return;
    h->said_format = true;
    ltn_complain(h->list, LTN_ERROR, &h->at,
                 "the file is a list of inventories; read each of them, and concatenate them");
}

/* SMOKE warns of the same years. */
static void check_year(head *h)
{
    int year = h->builder->made->base_year;
    if (year < 1971 || year > 2050)
        ltn_complain(h->list, LTN_WARNING, &h->at, "the year %d is outside 1971 to 2050", year);
}

/* Keys are told in lower case; a second `desc` is `desc.2`. */
static ltn_status keep_record(head *h, const record *r)
{
    char key[KEY_MAX + 32], number[24];
    size_t length = r->key_length < KEY_MAX ? r->key_length : KEY_MAX;
    for (size_t i = 0; i < length; i++) key[i] = ltn_lower(r->key[i]);
    key[length] = '\0';
    if (!length) strcpy(key, "remark");
    bool year = has_key(r, "YEAR");
    if (year) strcpy(key, "base_year");
    length = strlen(key);
    for (int n = 2; ltn_inventory_metadata(h->builder->made, key); n++) {
        snprintf(number, sizeof number, ".%d", n);
        strcpy(key + length, number);
    }
    char *value = ltn_arena_text(&h->builder->arena, r->value, r->value_length);
    if (!value) return LTN_ENOMEM;
    ltn_status status = ltn_inventory_builder_metadata(h->builder, key, value);
    if (status == LTN_EARGUMENT) {
        ltn_complain(h->list, LTN_ERROR, &h->at, "%s", ltn_last_error()->message);
        return LTN_OK;
    }
    if (!status && year) check_year(h);
    return status;
}

static ltn_status take_head_line(head *h, const char *from, const char *to)
{
    const char *nul = memchr(from, '\0', (size_t)(to - from));
    if (nul || ltn_text_invalid_utf8(from, (size_t)(to - from)) < (size_t)(to - from)) {
        ltn_complain(h->list, LTN_ERROR, &h->at,
                     "the record holds bytes that are no text in UTF-8; expected UTF-8, or the encoding gb18030 in the "
                     "options");
        return LTN_OK;
    }
    record r = take_record(from, to);
    check_record(h, &r);
    if (!r.key_length && !r.value_length) return LTN_OK;
    if (h->records++ < RECORDS_KEPT) return keep_record(h, &r);
    h->dropped++;
    return LTN_OK;
}

/* ---- what follows the records ---- */

/* The first row tells by what its fields are parted. */
static char find_delimiter(const char *p, const char *end)
{
    size_t length = (size_t)(line_end(p, end) - p);
    return memchr(p, ',', length) ? ',' : memchr(p, ';', length) ? ';' : '\t';
}

static bool is_integer(const ltn_ff10_piece *piece)
{
    for (size_t i = 0; i < piece->length; i++)
        if (!isdigit((unsigned char)piece->text[i])) return false;
    return true;
}

/* As in SMOKE, a line whose second field is no integer is that of the column names; here some name must be known too. */
static bool is_names(const ltn_ff10_row *row, const ltn_ff10_layout *layout)
{
    bool second = false, known = false;
    for (size_t i = 0; i < row->count; i++) {
        const ltn_ff10_piece *piece = &row->pieces[i];
        if (piece->field == 1) second = !is_integer(piece);
        known |= ltn_ff10_find_field(layout, piece->text, piece->length) >= 0;
    }
    return second && known;
}

/* Fields are told by their place: a known name at another field's place would be read as something else. */
static void check_names(head *h, const ltn_ff10_row *row, const char *from)
{
    const ltn_ff10_layout *layout = h->out->layout;
    for (size_t i = 0; i < row->count; i++) {
        const ltn_ff10_piece *piece = &row->pieces[i];
        int named = ltn_ff10_find_field(layout, piece->text, piece->length);
        if (named < 0 || named == piece->field) continue;
        ltn_place at = {h->at.source, h->at.line, (int)ltn_text_characters(from, (size_t)(piece->at - from)) + 1};
        ltn_complain(h->list, LTN_ERROR, &at, "column %d is called %.*s; %s has %s there", piece->field + 1,
                     (int)piece->length, piece->text, ltn_ff10_kind_name(h->out->kind),
                     (size_t)piece->field < layout->count ? layout->fields[piece->field].name : "no column");
    }
}

static ltn_status take_names(head *h, const char **p, const char *end)
{
    ltn_ff10_row row = {.delimiter = h->out->delimiter};
    ltn_status status = ltn_ff10_row_read(&row, *p, end);
    if (!status && !row.fault && is_names(&row, h->out->layout)) {
        check_names(h, &row, *p);
        *p = row.next;
        h->at.line++;
    }
    ltn_ff10_row_free(&row);
    return status;
}

ltn_status ltn_ff10_head_read(const char *path, const char *data, size_t size, ltn_inventory_builder *builder,
                              ltn_diagnostics *list, ltn_ff10_head *out)
{
    *out = (ltn_ff10_head){.delimiter = ','};
    head h = {.builder = builder, .list = list, .at = {path, 1, 1}, .out = out};
    const char *p = skip_bom(data, size), *end = data + size;
    ltn_status status = LTN_OK;
    for (; !status && p < end && is_head_line(p, end); h.at.line++) {
        const char *stop = line_end(p, end);
        if (*p == '#') status = take_head_line(&h, p + 1, stop);
        p = stop < end ? stop + 1 : end;
    }
    if (status) return status;
    if (h.dropped)
        ltn_complain(list, LTN_WARNING, &(ltn_place){path, 0, 0},
                     "of the header's records %zu are kept and %zu are not", (size_t)RECORDS_KEPT, h.dropped);
    if (!h.said_format)
        ltn_complain(list, LTN_ERROR, &(ltn_place){path, 1, 1},
                     "the header has no #FORMAT record; expected for example '#FORMAT=FF10_POINT'");
    if (p < end) out->delimiter = find_delimiter(p, end);
    if (p < end && out->layout) status = take_names(&h, &p, end);
    out->body = p;
    out->body_line = h.at.line;
    return status;
}
