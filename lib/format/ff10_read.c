/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FF10 files, read in parallel blocks of the mapped file straight into columns. */
#include "base/text.h"
#include "format/blocks.h"
#include "format/ff10_head.h"
#include "format/ff10_row.h"

#include <ctype.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { ID_MAX = 1 << 16, SMOKE_FIELD = 25, FIPS = 5 };

/* Fields that the row as a whole is made of. */
typedef enum field_part { NO_PART, POLLUTANT, ANNUAL, MONTH, CAPACITY, CAPACITY_UNIT } field_part;

typedef struct field_rule {
    int column; /* of the builder */
    int other;  /* of REG_CODES: the column of MACT codes */
    double low, high;
    ltn_ff10_form form;
    field_part part;
    bool text, key;
} field_rule;

typedef struct reading {
    const char *path;
    ltn_csv text; /* the file, decoded where it is not UTF-8 */
    ltn_ff10_head head;
    ltn_inventory_builder *builder;
    field_rule rules[LTN_FF10_FIELDS];
    int source, capacity, capacity_unit; /* columns of the builder */
    ltn_dictionary *wanted;              /* pollutants; NULL: all */
    ltn_blocks blocks;
    pthread_mutex_t adopting; /* guards what is adopted, and the builder's words */
    atomic_size_t dropped;    /* rows of pollutants that are not wanted */
    atomic_size_t summed;     /* rows whose year is the sum of their months */
    atomic_size_t unequal;    /* rows whose months add up to something else */
} reading;

/* ---- the columns ---- */

static int column_of(reading *r, const char *name, ltn_column_type type)
{
    int c = ltn_builder_column_of(r->builder, name, strlen(name), type);
    if (c >= 0) r->builder->columns[c].optional = true;
    return c;
}

static void set_domain(field_rule *rule, const ltn_ff10_field *field)
{
    const ltn_column_form *form = ltn_emission_attribute(field->column);
    rule->low = field->form == LTN_FF10_TONS || field->form == LTN_FF10_PERCENT ? 0 : -INFINITY;
    rule->high = field->form == LTN_FF10_PERCENT ? 100 : INFINITY;
    for (int c = 0; c < LTN_SOURCE_COLUMNS && !form; c++)
        if (strcmp(ltn_source_forms[c].name, field->column) == 0) form = &ltn_source_forms[c];
    if (!form || form->type != LTN_NUMBER) return;
    rule->low = form->low;
    rule->high = form->high;
}

static field_part part_of(const ltn_ff10_layout *layout, int f)
{
    if (f == layout->pollutant) return POLLUTANT;
    if (f == layout->annual) return ANNUAL;
    if (f >= layout->january && f < layout->january + LTN_MONTHS) return MONTH;
    if (f == layout->capacity) return CAPACITY;
    return f == layout->capacity_unit ? CAPACITY_UNIT : NO_PART;
}

static ltn_status make_rules(reading *r)
{
    const ltn_ff10_layout *layout = r->head.layout;
    for (size_t f = 0; f < layout->count; f++) {
        const ltn_ff10_field *field = &layout->fields[f];
        field_rule *rule = &r->rules[f];
        rule->form = field->form;
        rule->part = part_of(layout, (int)f);
        rule->text = field->form == LTN_FF10_TEXT || field->form == LTN_FF10_REGION || field->form == LTN_FF10_RULES;
        rule->column = column_of(r, field->column, rule->text ? LTN_TEXT : LTN_NUMBER);
        rule->other = field->form == LTN_FF10_RULES ? column_of(r, "mact", LTN_TEXT) : 0;
        if (rule->column < 0 || rule->other < 0) return LTN_ENOMEM;
        set_domain(rule, field);
    }
    for (size_t k = 0; k < layout->key_count; k++) r->rules[layout->keys[k]].key = true;
    r->source = column_of(r, "source", LTN_TEXT);
    r->capacity = column_of(r, "capacity", LTN_NUMBER);
    r->capacity_unit = column_of(r, "capacity_unit", LTN_TEXT);
    return r->source < 0 || r->capacity < 0 || r->capacity_unit < 0 ? LTN_ENOMEM : LTN_OK;
}

static ltn_status make_wanted(reading *r)
{
    const ltn_inventory_options *options = &r->builder->options;
    if (!options->keep_pollutants) return LTN_OK;
    if (!(r->wanted = ltn_dictionary_create())) return LTN_ENOMEM;
    for (size_t i = 0; i < options->keep_pollutant_count; i++)
        if (ltn_dictionary_add(r->wanted, options->keep_pollutants[i], strlen(options->keep_pollutants[i])) < 0)
            return LTN_ENOMEM;
    return LTN_OK;
}

/* ---- one block ---- */

/* A word a field had before: rows of one source repeat most of theirs. */
typedef struct seen_word {
    const char *text; /* in the file */
    uint32_t length;  /* 0: none */
    int32_t code;
    uint64_t bytes; /* the first eight, zeros behind shorter words */
    int column;     /* of the builder */
} seen_word;

/* Pollutants change from row to row and come back: each has its place among these. */
enum { POLLUTANT_SLOTS = 256 };

typedef struct block_reader {
    reading *r;
    ltn_block *b;
    ltn_ff10_row row;
    const char *at; /* the row */
    int line;       /* from 0 */
    size_t capacity, kept;
    ltn_column *columns; /* of the block's rows */
    size_t *filled;      /* of each column: rows that have been written */
    seen_word seen[LTN_FF10_FIELDS], pollutants[POLLUTANT_SLOTS];
    int32_t codes[LTN_FF10_FIELDS]; /* of the row's key fields; -1 where blank */
    int32_t key_before[LTN_FF10_KEYS];
    int32_t source;
    double annual, months, capacity_value;
    int month_count;
    int32_t capacity_unit;
    int8_t *unit_kinds; /* of each word of DESIGN_CAPACITY_UNITS: 0 not looked up, 1 a capacity, -1 none */
    size_t unit_kinds_capacity, unit_kinds_count;
    char *id;
    size_t dropped, summed, unequal; /* as of the whole file */
    bool good;                       /* the row so far */
} block_reader;

static void complain_at(block_reader *br, const char *at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void complain_at(block_reader *br, const char *at, const char *format, ...)
{
    char text[sizeof((ltn_error *)0)->message];
    va_list args;
    va_start(args, format);
    ltn_format_text(text, sizeof text, format, args);
    va_end(args);
    ltn_place place = {br->r->path, br->line, (int)ltn_text_characters(br->at, (size_t)(at - br->at)) + 1};
    ltn_complain(&br->b->list, LTN_ERROR, &place, "%s", text);
    br->good = false;
}

static const char *name_of(const block_reader *br, int field)
{
    return br->r->head.layout->fields[field].name;
}

static int shown(const ltn_ff10_piece *piece)
{
    return piece->length < 60 ? (int)piece->length : 60;
}

/* Rows of a column that have not been written are absent. */
static void fill_absent(block_reader *br, size_t c, size_t to)
{
    ltn_column *column = &br->columns[c];
    if (column->type == LTN_TEXT)
        while (br->filled[c] < to) column->codes[br->filled[c]++] = -1;
    else
        while (br->filled[c] < to) column->numbers[br->filled[c]++] = NAN;
}

/* Memory for a column that has had none: most columns of most files stay without any. */
static ltn_status give_memory(block_reader *br, int c)
{
    ltn_column *column = &br->columns[c];
    bool text = column->type == LTN_TEXT;
    column->codes = malloc(br->capacity * (text ? sizeof *column->codes : sizeof *column->numbers));
    if (!column->codes) return ltn_fail_memory();
    for (size_t row = 0; text && row < br->filled[c]; row++) column->codes[row] = column->every;
    return LTN_OK;
}

/* A word that every row of the block has needs no memory but its code. */
static ltn_status put_new_code(block_reader *br, int c, int32_t code)
{
    ltn_column *column = &br->columns[c];
    if (!column->codes) {
        if (!br->kept && c != br->r->source) column->every = code;
        if (column->every == code && br->filled[c] >= br->kept) {
            br->filled[c] = br->kept + 1;
            return LTN_OK;
        }
        if (give_memory(br, c)) return LTN_ENOMEM;
    }
    fill_absent(br, (size_t)c, br->kept);
    br->filled[c] = br->kept + 1;
    column->codes[br->kept] = code;
    return LTN_OK;
}

static inline ltn_status put_code(block_reader *br, int c, int32_t code)
{
    ltn_column *column = &br->columns[c];
    if (br->filled[c] != br->kept || (!column->codes && column->every != code)) return put_new_code(br, c, code);
    br->filled[c]++;
    if (column->codes) column->codes[br->kept] = code;
    return LTN_OK;
}

static inline ltn_status put_value(block_reader *br, int c, double value)
{
    ltn_column *column = &br->columns[c];
    if (!column->numbers && give_memory(br, c)) return LTN_ENOMEM;
    if (br->filled[c] != br->kept) fill_absent(br, (size_t)c, br->kept);
    br->filled[c] = br->kept + 1;
    column->numbers[br->kept] = value;
    return LTN_OK;
}

static ltn_status grow(block_reader *br)
{
    size_t wanted = br->capacity * 2;
    ltn_table *rows = br->b->rows;
    uint32_t *offsets = realloc(br->b->offsets, wanted * sizeof *offsets);
    if (!offsets) return ltn_fail_memory();
    br->b->offsets = offsets;
    for (size_t c = 0; c < rows->column_count; c++) {
        ltn_column *column = &rows->columns[c];
        size_t size = column->type == LTN_TEXT ? sizeof *column->codes : sizeof *column->numbers;
        void *grown = column->codes ? realloc(column->codes, wanted * size) : NULL;
        if (column->codes && !grown) return ltn_fail_memory();
        column->codes = grown;
    }
    br->capacity = wanted;
    return LTN_OK;
}

/* ---- the fields of a row ---- */

static bool is_missing(const ltn_ff10_piece *piece)
{
    return piece->length == 2 && piece->text[0] == '-' && piece->text[1] == '9';
}

/* A FIPS code that a spreadsheet has taken the zeros from gets them back. */
static int32_t add_region(block_reader *br, ltn_dictionary *words, const ltn_ff10_piece *piece)
{
    char padded[FIPS];
    for (uint32_t i = 0; i < piece->length; i++)
        if (!isdigit((unsigned char)piece->text[i])) {
            complain_at(br, piece->at, "REGION_CD '%.*s' is no FIPS code; expected digits only", shown(piece),
                        piece->text);
            return 0;
        }
    if (piece->length >= FIPS) return ltn_dictionary_add(words, piece->text, piece->length);
    memset(padded, '0', FIPS);
    memcpy(padded + FIPS - piece->length, piece->text, piece->length);
    return ltn_dictionary_add(words, padded, FIPS);
}

static int32_t add_word(block_reader *br, const ltn_ff10_piece *piece, int column)
{
    int f = piece->field;
    ltn_dictionary *words = br->columns[column].words;
    if (br->r->rules[f].form == LTN_FF10_REGION) return add_region(br, words, piece);
    if (br->r->rules[f].key && memchr(piece->text, '|', piece->length)) {
        complain_at(br, piece->at, "%s '%.*s' holds a '|', which parts the keys of a source's id", name_of(br, f),
                    shown(piece), piece->text);
        return 0;
    }
    return ltn_dictionary_add(words, piece->text, piece->length);
}

static bool in_scratch(const block_reader *br, const char *text)
{
    return br->row.scratch && text >= br->row.scratch && text < br->row.scratch + br->row.scratch_capacity;
}

static bool all_digits(const ltn_ff10_piece *piece)
{
    for (uint32_t i = 0; i < piece->length; i++)
        if (!isdigit((unsigned char)piece->text[i])) return false;
    return true;
}

static inline uint64_t first_bytes(const block_reader *br, const ltn_ff10_piece *piece)
{
    uint64_t bytes = 0;
    size_t length = piece->length < sizeof bytes ? piece->length : sizeof bytes;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    /* One load and a mask, where eight bytes are left in the block; a field of the scratch memory is not there. */
    if (piece->text >= br->b->from && piece->text + sizeof bytes <= br->b->to) {
        memcpy(&bytes, piece->text, sizeof bytes);
        return bytes & (~UINT64_C(0) >> (64 - 8 * length));
    }
#endif
    memcpy(&bytes, piece->text, length);
    return bytes;
}

static inline bool is_seen(const seen_word *seen, const ltn_ff10_piece *piece, uint64_t bytes)
{
    if (seen->length != piece->length || seen->bytes != bytes) return false;
    return piece->length <= sizeof bytes ||
           memcmp(seen->text + sizeof bytes, piece->text + sizeof bytes, piece->length - sizeof bytes) == 0;
}

static ltn_status put_text(block_reader *br, const ltn_ff10_piece *piece, const field_rule *rule)
{
    uint64_t bytes = first_bytes(br, piece);
    seen_word *seen = rule->part == POLLUTANT
                          ? &br->pollutants[bytes * 0x9E3779B97F4A7C15u >> 32 & (POLLUTANT_SLOTS - 1)]
                          : &br->seen[piece->field];
    if (!is_seen(seen, piece, bytes)) {
        if (is_missing(piece)) return LTN_OK;
        int column = rule->other && !all_digits(piece) ? rule->other : rule->column;
        int32_t code = add_word(br, piece, column);
        if (code < 0) return LTN_ENOMEM;
        if (!br->good) return LTN_OK;
        /* What is in the scratch memory will be overwritten. */
        *seen = (seen_word){piece->text, in_scratch(br, piece->text) ? 0 : piece->length, code, bytes, column};
    }
    br->codes[piece->field] = seen->code;
    if (rule->part != CAPACITY_UNIT) return put_code(br, seen->column, seen->code);
    br->capacity_unit = seen->code;
    return LTN_OK;
}

static void complain_domain(block_reader *br, const ltn_ff10_piece *piece)
{
    const field_rule *rule = &br->r->rules[piece->field];
    if (isinf(rule->high))
        complain_at(br, piece->at, "%s %.*s is negative; expected at least 0", name_of(br, piece->field), shown(piece),
                    piece->text);
    else
        complain_at(br, piece->at, "%s %.*s is outside [%g, %g]", name_of(br, piece->field), shown(piece), piece->text,
                    rule->low, rule->high);
}

static ltn_status put_number(block_reader *br, const ltn_ff10_piece *piece, const field_rule *rule)
{
    double number;
    if (ltn_text_number(piece->text, piece->length, &number) != piece->length || !isfinite(number)) {
        complain_at(br, piece->at, "%s '%.*s' is not a finite number", name_of(br, piece->field), shown(piece),
                    piece->text);
        return LTN_OK;
    }
    if (number == -9) return LTN_OK;
    if (number < rule->low || number > rule->high) {
        complain_domain(br, piece);
        return LTN_OK;
    }
    double value = ltn_ff10_value(rule->form, number);
    if (rule->part == ANNUAL) br->annual = value;
    if (rule->part == MONTH) {
        br->months += value;
        br->month_count++;
    }
    if (rule->part != CAPACITY) return put_value(br, rule->column, value);
    br->capacity_value = value;
    return LTN_OK;
}

static inline ltn_status put_piece(block_reader *br, const ltn_ff10_piece *piece)
{
    const field_rule *rule = &br->r->rules[piece->field];
    return rule->text ? put_text(br, piece, rule) : put_number(br, piece, rule);
}

/* ---- the row as a whole ---- */

/* Whether a unit of DESIGN_CAPACITY_UNITS is one of capacity; looked up once a word. */
static ltn_status find_kind(block_reader *br, int32_t unit, bool *capacity)
{
    size_t known = br->unit_kinds_count, wanted = (size_t)unit + 1;
    const ltn_column *column = &br->columns[br->r->rules[br->r->head.layout->capacity_unit].column];
    double scale;
    if (known < wanted) {
        if (ltn_reserve(&br->unit_kinds, &br->unit_kinds_capacity, wanted, 1)) return LTN_ENOMEM;
        memset(br->unit_kinds + known, 0, wanted - known);
        br->unit_kinds_count = wanted;
    }
    if (!br->unit_kinds[unit])
        br->unit_kinds[unit] = ltn_capacity_unit(column->words->words[unit], &scale) == LTN_CAPACITY_NONE ? -1 : 1;
    *capacity = br->unit_kinds[unit] > 0;
    return LTN_OK;
}

/* A design capacity is the source's capacity where its unit is one; else both are attributes. */
static ltn_status put_capacity(block_reader *br)
{
    const ltn_ff10_layout *layout = br->r->head.layout;
    int column = br->r->rules[layout->capacity].column, unit_column = br->r->rules[layout->capacity_unit].column;
    int32_t unit = br->capacity_unit;
    bool capacity = false;
    ltn_status status = LTN_OK;
    if (unit >= 0 && br->capacity_value >= 0) status = find_kind(br, unit, &capacity);
    if (!status && capacity) {
        const char *word = br->columns[unit_column].words->words[unit];
        unit_column = br->r->capacity_unit;
        column = br->r->capacity;
        unit = ltn_dictionary_add(br->columns[unit_column].words, word, strlen(word));
        if (unit < 0) return LTN_ENOMEM;
    }
    if (!status && !isnan(br->capacity_value)) status = put_value(br, column, br->capacity_value);
    if (!status && unit >= 0) status = put_code(br, unit_column, unit);
    return status;
}

/* `37001|P1|U1|R1|PR1|10100201`: the words of the key fields. */
static ltn_status put_source(block_reader *br)
{
    const ltn_ff10_layout *layout = br->r->head.layout;
    bool same = br->source >= 0;
    size_t length = 0;
    for (size_t k = 0; k < layout->key_count; k++) same = same && br->key_before[k] == br->codes[layout->keys[k]];
    if (same) return put_code(br, br->r->source, br->source);
    for (size_t k = 0; k < layout->key_count; k++) {
        int f = layout->keys[k];
        int32_t code = br->key_before[k] = br->codes[f];
        if (code < 0 && layout->skips_blank_keys) continue;
        const char *word = code < 0 ? "" : br->columns[br->r->rules[f].column].words->words[code];
        size_t part = strlen(word);
        if (length + part + 2 > ID_MAX) {
            complain_at(br, br->at, "the keys of the source are longer than %d bytes", ID_MAX);
            br->source = -1;
            return LTN_OK;
        }
        if (k) br->id[length++] = '|';
        memcpy(br->id + length, word, part);
        length += part;
    }
    br->source = ltn_dictionary_add(br->columns[br->r->source].words, br->id, length);
    return br->source < 0 ? LTN_ENOMEM : put_code(br, br->r->source, br->source);
}

/* The year: as given, else the sum of all twelve months. */
static ltn_status put_annual(block_reader *br)
{
    static const double agree = 0.005; /* as of a given emission and its factor */
    const ltn_ff10_layout *layout = br->r->head.layout;
    if (isnan(br->annual)) {
        if (br->month_count < LTN_MONTHS) {
            complain_at(br, br->at, "ANN_VALUE is blank, and %d of 12 months are given; expected short tons a year",
                        br->month_count);
            return LTN_OK;
        }
        br->summed++;
        return put_value(br, br->r->rules[layout->annual].column, br->months);
    }
    br->unequal += br->month_count == LTN_MONTHS && fabs(br->months - br->annual) > agree * br->annual;
    return LTN_OK;
}

static void check_required(block_reader *br)
{
    const ltn_ff10_layout *layout = br->r->head.layout;
    int required[] = {layout->region, layout->keys[layout->skips_blank_keys ? 1 : layout->key_count - 1],
                      layout->pollutant};
    for (size_t i = 0; i < sizeof required / sizeof *required; i++)
        if (br->codes[required[i]] < 0)
            complain_at(br, br->at, "%s is blank; every row needs it", name_of(br, required[i]));
}

static bool refuse_row(block_reader *br)
{
    const ltn_ff10_layout *layout = br->r->head.layout;
    const ltn_ff10_row *row = &br->row;
    if (row->fault)
        complain_at(br, row->fault_at, "%s", row->fault);
    else if (row->fields > layout->count || row->fields < layout->least)
        complain_at(br, br->at,
                    "the row has %zu fields; expected the %zu of %s, of which those behind the %zuth may be "
                    "left out",
                    row->fields, layout->count, ltn_ff10_kind_name(br->r->head.kind), layout->least);
    return !br->good;
}

static bool is_unwanted(const block_reader *br)
{
    const ltn_ff10_row *row = &br->row;
    for (size_t i = 0; br->r->wanted && i < row->count; i++)
        if (row->pieces[i].field == br->r->head.layout->pollutant)
            return ltn_dictionary_find(br->r->wanted, row->pieces[i].text, row->pieces[i].length) < 0;
    return false;
}

/* Takes back what a refused row has written. */
static void forget_row(block_reader *br)
{
    for (size_t c = 0; c < br->b->rows->column_count; c++)
        if (br->filled[c] > br->kept) br->filled[c] = br->kept;
}

static ltn_status put_row(block_reader *br)
{
    const ltn_ff10_layout *layout = br->r->head.layout;
    br->good = true;
    if (refuse_row(br)) return LTN_OK;
    if (is_unwanted(br)) {
        br->dropped++;
        return LTN_OK;
    }
    if (br->kept == br->capacity && grow(br)) return LTN_ENOMEM;
    for (size_t k = 0; k < layout->key_count; k++) br->codes[layout->keys[k]] = -1;
    br->codes[layout->pollutant] = br->capacity_unit = -1;
    br->annual = br->capacity_value = NAN;
    br->months = 0;
    br->month_count = 0;
    ltn_status status = LTN_OK;
    for (size_t i = 0; !status && i < br->row.count; i++) status = put_piece(br, &br->row.pieces[i]);
    if (!status && br->good) check_required(br);
    if (!status && br->good && layout->capacity >= 0) status = put_capacity(br);
    if (!status && br->good) status = put_annual(br);
    if (!status && br->good) status = put_source(br);
    if (status) return status;
    if (!br->good) {
        forget_row(br);
        return LTN_OK;
    }
    br->b->offsets[br->kept++] = (uint32_t)(br->at - br->b->from);
    return LTN_OK;
}

/* Rows the block will have, from the length of its first ones; wrong guesses only cost a realloc. */
static size_t guess_rows(const ltn_block *b)
{
    enum { SAMPLE = 1 << 14, SPARE = 16 };
    size_t size = (size_t)(b->to - b->from), sample = size < SAMPLE ? size : SAMPLE, lines = 1;
    for (size_t i = 0; i < sample; i++) lines += b->from[i] == '\n';
    return size / (sample / lines + 1) * 9 / 8 + SPARE;
}

static ltn_status start_block(block_reader *br)
{
    ltn_block *b = br->b;
    br->capacity = guess_rows(b);
    br->source = -1;
    br->row.delimiter = br->r->head.delimiter;
    if (!(b->rows = ltn_table_create())) return LTN_ENOMEM;
    if (ltn_builder_chunk_columns(br->r->builder, b->rows)) return LTN_ENOMEM;
    br->columns = b->rows->columns;
    for (size_t c = 0; c < b->rows->column_count; c++) {
        free(br->columns[c].codes);
        br->columns[c].codes = NULL;
        br->columns[c].every = -1;
    }
    br->id = ltn_alloc(ID_MAX, 1);
    br->filled = ltn_alloc(b->rows->column_count, sizeof *br->filled);
    if (!(b->offsets = malloc(br->capacity * sizeof *b->offsets))) return ltn_fail_memory();
    return br->id && br->filled ? LTN_OK : LTN_ENOMEM;
}

static ltn_status end_block(block_reader *br)
{
    ltn_table *rows = br->b->rows;
    for (size_t c = 0; c < rows->column_count; c++) {
        ltn_column *column = &rows->columns[c];
        bool gaps = !column->codes && column->every >= 0 && br->filled[c] < br->kept;
        if (gaps && give_memory(br, (int)c)) return LTN_ENOMEM;
        if (column->codes) fill_absent(br, c, br->kept);
    }
    rows->rows = br->kept;
    rows->capacity = br->capacity;
    return LTN_OK;
}

static ltn_status read_lines(block_reader *br)
{
    ltn_status status = LTN_OK;
    for (const char *at = br->b->from; !status && at < br->b->to; br->line++) {
        br->at = at;
        if (*at == '#') {
            const char *newline = memchr(at, '\n', (size_t)(br->b->to - at));
            at = newline ? newline + 1 : br->b->to;
            continue;
        }
        status = ltn_ff10_row_read(&br->row, at, br->b->to);
        if (!status && (br->row.fields || br->row.fault)) status = put_row(br);
        at = br->row.next;
    }
    br->b->lines = br->line;
    return status;
}

static ltn_status read_block(void *context, size_t index)
{
    reading *r = context;
    ltn_block *b = &r->blocks.items[index];
    block_reader br = {.r = r, .b = b};
    if ((size_t)(b->to - b->from) > UINT32_MAX)
        return ltn_fail(LTN_ELIMIT, &(ltn_place){.source = r->path}, "a line is longer than 4 GiB");
    ltn_block_expect(&r->blocks, b);
    ltn_status status = start_block(&br);
    if (!status) status = read_lines(&br);
    if (!status) status = end_block(&br);
    ltn_ff10_row_free(&br.row);
    free(br.id);
    free(br.filled);
    free(br.unit_kinds);
    ltn_block_forget(&r->blocks, b);
    r->dropped += br.dropped;
    r->summed += br.summed;
    r->unequal += br.unequal;
    if (status) return status;
    atomic_store(&b->read, true);
    if (pthread_mutex_trylock(&r->adopting)) return LTN_OK; /* another thread is at it, or the last one will be */
    status = ltn_blocks_adopt(&r->blocks, r->builder);
    pthread_mutex_unlock(&r->adopting);
    return status;
}

/* ---- all blocks ---- */

static const char *next_line(const char *from, const char *wanted, const char *end)
{
    (void)from;
    const char *newline = memchr(wanted, '\n', (size_t)(end - wanted));
    return newline ? newline + 1 : end;
}

/* Where a value stands: the row's offset leads to its line, the line to the field. */
static ltn_place locate(void *context, size_t chunk, size_t row, const char *column)
{
    const reading *r = context;
    const ltn_block *b = &r->blocks.items[chunk];
    const char *line = b->from + b->offsets[row];
    ltn_place at = {r->path, b->first_line, 1};
    ltn_ff10_row pieces = {.delimiter = r->head.delimiter};
    for (const char *p = b->from; (p = memchr(p, '\n', (size_t)(line - p))) != NULL; p++) at.line++;
    ltn_status status = ltn_ff10_row_read(&pieces, line, b->to);
    for (size_t i = 0; !status && i < pieces.count; i++)
        if (strcmp(r->head.layout->fields[pieces.pieces[i].field].column, column) == 0)
            at.column = (int)ltn_text_characters(line, (size_t)(pieces.pieces[i].at - line)) + 1;
    ltn_ff10_row_free(&pieces);
    return at;
}

/* What is said once for a file, and not for every row. */
static void summarise_rows(const reading *r, ltn_diagnostics *list)
{
    size_t dropped = r->dropped, summed = r->summed, unequal = r->unequal;
    ltn_place file = {r->path, 0, 0};
    if (dropped)
        ltn_complain(list, LTN_WARNING, &file, "%zu rows of pollutants that are not to be kept were passed over",
                     dropped);
    if (summed)
        ltn_complain(list, LTN_WARNING, &file, "%zu rows give no ANN_VALUE: it is the sum of their months", summed);
    if (unequal)
        ltn_complain(list, LTN_WARNING, &file,
                     "the months of %zu rows add up to something else than ANN_VALUE, by more than 0.5 %%", unequal);
}

static void warn_of_long_keys(const reading *r, ltn_diagnostics *list)
{
    const ltn_ff10_layout *layout = r->head.layout;
    for (size_t k = 0; k < layout->key_count; k++) {
        const ltn_dictionary *words = r->builder->columns[r->rules[layout->keys[k]].column].words;
        size_t count = 0, example = 0;
        for (size_t w = 0; w < words->count; w++)
            if (ltn_text_characters(words->words[w], strlen(words->words[w])) > SMOKE_FIELD && !count++) example = w;
        if (count)
            ltn_complain(
                list, LTN_WARNING, &(ltn_place){r->path, 0, 0},
                "%zu codes of %s are longer than the %d characters SMOKE reads, such as '%.60s'; they are whole "
                "here",
                count, layout->fields[layout->keys[k]].name, SMOKE_FIELD, words->words[example]);
    }
}

static ltn_status read_blocks(reading *r, ltn_diagnostics *list)
{
    int threads = ltn_parallel_threads(r->builder->options.threads);
    r->blocks = (ltn_blocks){.text = &r->text, .body = r->head.body, .next_line = r->head.body_line};
    size_t body = (size_t)(r->text.data + r->text.size - r->head.body);
    ltn_status status = ltn_blocks_cut(&r->blocks, ltn_blocks_size(body, threads), next_line);
    if (status) return status;
    pthread_mutex_init(&r->adopting, NULL);
    status = ltn_parallel(r->blocks.count, threads, read_block, r);
    if (!status) status = ltn_blocks_adopt(&r->blocks, r->builder);
    pthread_mutex_destroy(&r->adopting);
    if (status) return status;
    size_t rows = ltn_blocks_join(&r->blocks, list) + r->dropped;
    if (!rows)
        ltn_complain(list, LTN_ERROR, &(ltn_place){r->path, r->head.body_line, 1},
                     "the file has header records but no rows");
    summarise_rows(r, list);
    warn_of_long_keys(r, list);
    return LTN_OK;
}

static ltn_status read_rows(reading *r, ltn_diagnostics *list, ltn_inventory **out)
{
    size_t errors_before = list->errors, kept_before = list->count;
    ltn_status status = make_rules(r);
    if (!status) status = make_wanted(r);
    if (!status) status = read_blocks(r, list);
    if (status) return status;
    r->builder->locate = locate;
    r->builder->locate_context = r;
    r->builder->tolerant = true;
    size_t lexical = list->errors - errors_before;
    status = ltn_inventory_builder_finish(r->builder, out);
    if (!lexical || (status && status != LTN_EINPUT)) return status;
    /* Rows that could not be read are missing: whatever was made is not the file. */
    ltn_inventory_free(*out);
    *out = NULL;
    ltn_diagnostics_sort(list, kept_before);
    return ltn_diagnostics_verdict(list, errors_before);
}

/* The rows are checked for UTF-8 as they are read; another encoding is turned into it first. */
static ltn_status decode(reading *r, ltn_diagnostics *list)
{
    bool gb18030;
    const char *encoding = r->builder->options.encoding;
    ltn_status status = ltn_csv_encoding(encoding, &gb18030);
    if (status) return status;
    if (gb18030) return ltn_csv_decode(&r->text, encoding, list);
    r->text.data = r->text.file.data ? r->text.file.data : "";
    r->text.size = r->text.file.size;
    return LTN_OK;
}

static void close_reading(reading *r)
{
    ltn_blocks_free(&r->blocks);
    ltn_dictionary_free(r->wanted);
    ltn_csv_close(&r->text);
    ltn_inventory_builder_free(r->builder);
}

ltn_status ltn_ff10_read(const char *path, ltn_file *file, const ltn_inventory_options *options, ltn_inventory **out)
{
    *out = NULL;
    ltn_diagnostics own = {0};
    reading r = {.path = path, .text = {.path = path, .file = *file}};
    *file = (ltn_file){0};
    ltn_status status = ltn_inventory_builder_create(options, &r.builder);
    if (!status) {
        if (!r.builder->options.diagnostics) r.builder->options.diagnostics = &own;
        ltn_diagnostics *list = r.builder->options.diagnostics;
        size_t errors_before = list->errors;
        status = decode(&r, list);
        if (!status) status = ltn_ff10_head_read(path, r.text.data, r.text.size, r.builder, list, &r.head);
        if (!status || status == LTN_EINPUT) {
            ltn_status verdict = ltn_diagnostics_verdict(list, errors_before);
            if (verdict) status = verdict;
        }
        if (!status) status = read_rows(&r, list, out);
    }
    close_reading(&r);
    ltn_diagnostics_clear(&own);
    return status;
}
