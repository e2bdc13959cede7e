/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An inventory as FF10: back to short tons, and a list of what the form has no field for. */
#include "base/diagnostics.h"
#include "base/text.h"
#include "format/ff10.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct written_field {
    const ltn_column *column, *other; /* `other` where a row has no value in `column`; either may be NULL */
    bool of_emission, other_of_emission;
} written_field;

/* A piece of a source's id, not closed by a NUL. */
typedef struct part {
    const char *text;
    size_t length;
} part;

typedef struct writing {
    const ltn_inventory *inventory;
    const ltn_ff10_layout *layout;
    ltn_ff10_kind kind;
    const char *path;
    ltn_diagnostics *list;
    FILE *stream;
    written_field fields[LTN_FF10_FIELDS];
    size_t renamed, double_rules; /* sources that read back under another id; that have an SIC and a MACT code */
    size_t renamed_example;
} writing;

/* ---- which column goes where ---- */

static const ltn_column *find_column(const ltn_inventory *inventory, const char *name, bool *of_emission)
{
    int c = ltn_table_find(inventory->emissions, name);
    *of_emission = c >= 0;
    if (c >= 0) return &inventory->emissions->columns[c];
    c = ltn_table_find(inventory->sources, name);
    return c < 0 ? NULL : &inventory->sources->columns[c];
}

static void choose_columns(writing *w)
{
    for (size_t f = 0; f < w->layout->count; f++) {
        const char *name = w->layout->fields[f].column;
        const char *other = NULL;
        if (w->layout->fields[f].form == LTN_FF10_RULES) other = "mact";
        if ((int)f == w->layout->capacity) other = "capacity";
        if ((int)f == w->layout->capacity_unit) other = "capacity_unit";
        written_field *field = &w->fields[f];
        field->column = find_column(w->inventory, name, &field->of_emission);
        if (other) field->other = find_column(w->inventory, other, &field->other_of_emission);
    }
}

static bool has_value(const ltn_column *column, size_t row)
{
    return column->type == LTN_TEXT ? column->codes[row] >= 0 : !isnan(column->numbers[row]);
}

static size_t count_values(const ltn_column *column, size_t rows)
{
    size_t count = 0;
    for (size_t row = 0; row < rows; row++) count += has_value(column, row);
    return count;
}

static bool is_written(const writing *w, const ltn_column *column)
{
    for (size_t f = 0; f < w->layout->count; f++)
        if (w->fields[f].column == column || w->fields[f].other == column) return true;
    return column == ltn_source_column_of(w->inventory, LTN_SOURCE);
}

static void warn_of_columns(writing *w, const ltn_table *table)
{
    for (size_t c = 0; c < table->column_count; c++) {
        const ltn_column *column = &table->columns[c];
        size_t values = is_written(w, column) ? 0 : count_values(column, table->rows);
        if (values)
            ltn_complain(w->list, LTN_WARNING, &(ltn_place){w->path, 0, 0},
                         "%s has no field for the column '%s': its %zu values are not written",
                         ltn_ff10_kind_name(w->kind), column->name, values);
    }
}

/* ---- values ---- */

/* A field that SMOKE, too, reads as one: in quotes wherever something in it would part it. A '|' parts the keys of an
 * id, so none may hold one. */
static void put_text(FILE *stream, const char *text, size_t length, bool key)
{
    bool parted = false;
    for (size_t i = 0; i < length; i++) parted |= strchr(" \t,;!'\"#", text[i]) || (unsigned char)text[i] < ' ';
    bool doubles = memchr(text, '"', length), singles = memchr(text, '\'', length);
    char quote = doubles && !singles ? '\'' : '"';
    if (parted) putc(quote, stream);
    for (size_t i = 0; i < length; i++) {
        if (parted && text[i] == quote) putc(quote, stream);
        putc((unsigned char)text[i] < ' ' ? ' ' : key && text[i] == '|' ? '_' : text[i], stream);
    }
    if (parted) putc(quote, stream);
}

static double number_for(ltn_ff10_form form, double value)
{
    return form == LTN_FF10_NUMBER ? value : value / ltn_ff10_value(form, 1);
}

static bool reads_back(const char *text, ltn_ff10_form form, double value)
{
    double number;
    size_t length = strlen(text);
    return ltn_text_number(text, length, &number) == length && ltn_ff10_value(form, number) == value;
}

/* The shortest number that the reader turns into the same bits; where none does, the nearest. */
static void put_number(FILE *stream, ltn_ff10_form form, double value)
{
    enum { NUMBER_MAX = 32 };
    char text[NUMBER_MAX];
    double number = number_for(form, value);
    double around[] = {number, nextafter(number, INFINITY), nextafter(number, -INFINITY)};
    for (int digits = 15; digits <= 17; digits++)
        for (size_t i = 0; i < sizeof around / sizeof *around; i++) {
            snprintf(text, sizeof text, "%.*g", digits, around[i]);
            if (reads_back(text, form, value)) {
                fputs(text, stream);
                return;
            }
        }
    snprintf(text, sizeof text, "%.17g", number);
    fputs(text, stream);
}

static void put_value(FILE *stream, const ltn_column *column, size_t row, ltn_ff10_form form)
{
    if (column->type == LTN_NUMBER) {
        put_number(stream, form, column->numbers[row]);
        return;
    }
    const char *word = column->words->words[column->codes[row]];
    put_text(stream, word, strlen(word), false);
}

/* ---- ids ---- */

static bool equals(part p, const char *text)
{
    return text && strlen(text) == p.length && memcmp(p.text, text, p.length) == 0;
}

static size_t split_id(const char *id, part parts[LTN_FF10_KEYS + 1])
{
    size_t count = 0;
    for (const char *p = id; count <= LTN_FF10_KEYS; p++) {
        parts[count] = (part){p, strcspn(p, "|")};
        p += parts[count++].length;
        if (!*p) break;
    }
    return count;
}

static part text_of(const writing *w, size_t source, size_t field)
{
    const written_field *f = &w->fields[field];
    bool there = f->column && !f->of_emission && f->column->type == LTN_TEXT && f->column->codes[source] >= 0;
    const char *text = there ? f->column->words->words[f->column->codes[source]] : "";
    return (part){text, strlen(text)};
}

/* The keys between region and sector: from the columns that hold them, else from an id that is made as FF10's are, else
 * the whole id in the first of them, so that sources stay apart. */
static void find_keys(const writing *w, size_t source, part keys[LTN_FF10_KEYS])
{
    const ltn_ff10_layout *layout = w->layout;
    const char *id = ltn_source_text(w->inventory, source, LTN_SOURCE);
    part parts[LTN_FF10_KEYS + 1];
    size_t count = split_id(id, parts), sector = layout->skips_blank_keys ? 1 : layout->key_count - 1;
    bool given = false,
         whole = layout->skips_blank_keys ? count >= 2 && count <= layout->key_count : count == layout->key_count;
    for (size_t k = 0; k < layout->key_count; k++) {
        keys[k] = text_of(w, source, (size_t)layout->keys[k]);
        given |= k && k != sector && keys[k].length;
    }
    if (given) return;
    whole = whole && equals(parts[0], ltn_source_text(w->inventory, source, LTN_REGION)) &&
            equals(parts[sector], ltn_source_text(w->inventory, source, LTN_SECTOR));
    if (whole)
        memcpy(keys, parts, count * sizeof *keys);
    else
        keys[layout->skips_blank_keys ? 2 : 1] = (part){id, strlen(id)};
}

/* Whether the reader makes the same id of the keys. */
static bool same_id(const writing *w, size_t source, const part keys[LTN_FF10_KEYS])
{
    const char *p = ltn_source_text(w->inventory, source, LTN_SOURCE);
    for (size_t k = 0; k < w->layout->key_count; k++) {
        if (!keys[k].length && w->layout->skips_blank_keys) continue;
        if (k && *p++ != '|') return false;
        if (memchr(keys[k].text, '|', keys[k].length) || strncmp(p, keys[k].text, keys[k].length) != 0) return false;
        p += keys[k].length;
    }
    return !*p;
}

/* ---- rows ---- */

static int key_index(const ltn_ff10_layout *layout, size_t field)
{
    for (size_t k = 0; k < layout->key_count; k++)
        if (layout->keys[k] == (int)field) return (int)k;
    return -1;
}

static void put_row(const writing *w, size_t source, size_t emission, const part keys[LTN_FF10_KEYS])
{
    for (size_t f = 0; f < w->layout->count; f++) {
        const written_field *field = &w->fields[f];
        if (f) putc(',', w->stream);
        int key = key_index(w->layout, f);
        if (key >= 0) {
            put_text(w->stream, keys[key].text, keys[key].length, true);
            continue;
        }
        size_t row = field->of_emission ? emission : source, other = field->other_of_emission ? emission : source;
        if (field->column && has_value(field->column, row))
            put_value(w->stream, field->column, row, w->layout->fields[f].form);
        else if (field->other && has_value(field->other, other))
            put_value(w->stream, field->other, other, w->layout->fields[f].form);
    }
    putc('\n', w->stream);
}

static void put_source(writing *w, size_t source)
{
    part keys[LTN_FF10_KEYS];
    find_keys(w, source, keys);
    if (!same_id(w, source, keys) && !w->renamed++) w->renamed_example = source;
    const written_field *rules = &w->fields[w->kind == LTN_FF10_POINT ? 29 : 15];
    w->double_rules +=
        rules->column && rules->other && has_value(rules->column, source) && has_value(rules->other, source);
    for (int32_t e = w->inventory->first[source]; e < w->inventory->first[source + 1]; e++)
        put_row(w, source, (size_t)e, keys);
}

/* ---- the head ---- */

static bool is_key(const char *key, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (!ltn_is_letter(key[i]) && !isdigit((unsigned char)key[i]) && key[i] != '_') return false;
    return length > 0;
}

static void put_one_line(FILE *stream, const char *text)
{
    for (; *text; text++) putc((unsigned char)*text < ' ' ? ' ' : *text, stream);
}

/* `desc.2` is a second `#DESC`. */
static void put_record(writing *w, const ltn_metadata *record)
{
    const char *dot = strchr(record->key, '.'), *key = record->key;
    size_t length = dot && strspn(dot + 1, "0123456789") == strlen(dot + 1) ? (size_t)(dot - key) : strlen(key);
    if (length == 6 && strncmp(key, "format", length) == 0) return;
    if (!is_key(key, length)) {
        ltn_complain(w->list, LTN_WARNING, &(ltn_place){w->path, 0, 0},
                     "the metadata '%s' are not written: keys of FF10 are of letters, digits and underlines", key);
        return;
    }
    bool remark = length == 6 && strncmp(key, "remark", length) == 0;
    if (remark) {
        fputs("# ", w->stream);
    } else if (length == 9 && strncmp(key, "base_year", length) == 0) {
        fputs("#YEAR=", w->stream);
    } else {
        putc('#', w->stream);
        for (size_t i = 0; i < length; i++) putc(ltn_upper(key[i]), w->stream);
        putc('=', w->stream);
    }
    put_one_line(w->stream, record->value);
    putc('\n', w->stream);
}

static void put_head(writing *w)
{
    fprintf(w->stream, "#FORMAT=%s\n", ltn_ff10_kind_name(w->kind));
    for (size_t i = 0; i < w->inventory->metadata_count; i++) put_record(w, &w->inventory->metadata[i]);
    for (size_t f = 0; f < w->layout->count; f++) fprintf(w->stream, "%s%s", f ? "," : "", w->layout->fields[f].name);
    putc('\n', w->stream);
}

/* ---- all of it ---- */

/* A row whose region is no number would be read as a line of column names. */
static ltn_status check_regions(const writing *w)
{
    const ltn_tree *regions = w->inventory->regions;
    const int32_t *codes = ltn_source_column_of(w->inventory, LTN_REGION)->codes;
    uint8_t *used = ltn_alloc(ltn_tree_count(regions), 1);
    size_t errors_before = w->list->errors;
    if (!used) return LTN_ENOMEM;
    for (size_t s = 0; s < w->inventory->sources->rows; s++) used[codes[s]] = 1;
    for (size_t n = 0; n < ltn_tree_count(regions); n++) {
        const char *code = ltn_tree_code(regions, (int32_t)n);
        if (used[n] && strspn(code, "0123456789") != strlen(code))
            ltn_complain(w->list, LTN_ERROR, &(ltn_place){w->path, 0, 0},
                         "region '%s' cannot be written: REGION_CD holds digits only", code);
    }
    free(used);
    return ltn_diagnostics_verdict(w->list, errors_before);
}

static void warn_of_sources(const writing *w)
{
    ltn_place at = {w->path, 0, 0};
    if (w->renamed)
        ltn_complain(w->list, LTN_WARNING, &at,
                     "%zu sources get another id when the file is read, such as '%s': FF10 makes ids of its key fields",
                     w->renamed, ltn_source_text(w->inventory, w->renamed_example, LTN_SOURCE));
    if (w->double_rules)
        ltn_complain(w->list, LTN_WARNING, &at,
                     "%zu sources have an SIC and a MACT code: REG_CODES holds one, so the MACT code is not written",
                     w->double_rules);
    if (w->inventory->assumed_count)
        ltn_complain(w->list, LTN_WARNING, &at,
                     "%zu emissions that were reckoned with an unknown removal are written as if they had been given",
                     w->inventory->assumed_count);
}

/* Writes everything, and then what could not be written to the list. */
static ltn_status put_all(writing *w)
{
    size_t errors_before = w->list->errors;
    ltn_c_locale locale = ltn_c_locale_enter();
    put_head(w);
    for (size_t s = 0; s < w->inventory->sources->rows; s++) put_source(w, s);
    ltn_c_locale_leave(locale);
    warn_of_columns(w, w->inventory->sources);
    warn_of_columns(w, w->inventory->emissions);
    warn_of_sources(w);
    return ltn_diagnostics_verdict(w->list, errors_before);
}

ltn_status ltn_inventory_write_ff10(const ltn_inventory *inventory, ltn_ff10_kind kind, const char *path,
                                    ltn_diagnostics *diagnostics)
{
    ltn_diagnostics own = {0};
    if ((int)kind < LTN_FF10_POINT || kind > LTN_FF10_ONROAD)
        return ltn_fail(LTN_EARGUMENT, NULL, "%d is no kind of FF10 file", (int)kind);
    writing w = {.inventory = inventory, .layout = ltn_ff10_layout_of(kind), .kind = kind, .path = path};
    w.list = diagnostics ? diagnostics : &own;
    choose_columns(&w);
    ltn_writer writer = {0};
    ltn_status status = check_regions(&w);
    if (!status) status = ltn_writer_open(&writer, path);
    if (!status) {
        w.stream = writer.stream;
        status = ltn_writer_close(&writer, put_all(&w));
    }
    ltn_diagnostics_clear(&own);
    return status;
}
