/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads SMOKE's growth and control packets. What the columns hold is the SMOKE user's guide's (section "GCNTL"),
 * how its files are taken apart that of its list-directed files. */
#include "scenario/packets.h"

#include "base/dictionary.h"
#include "base/text.h"
#include "format/csv.h"
#include "scenario/scenario.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* SMOKE's own limits; what is longer it cuts without a word. */
enum { FIELDS_MAX = 17, LINE_MAX_BYTES = 300, FIELD_MAX_BYTES = 32 };

/* ---- codes ---- */

size_t ltn_code_pad(const char *text, size_t length, size_t width, char out[LTN_CODE_MAX])
{
    while (length && *text == '0') text++, length--;
    size_t zeros = length < width ? width - length : 0;
    if (!length || zeros + length >= LTN_CODE_MAX) return 0;
    memset(out, '0', zeros);
    memcpy(out + zeros, text, length);
    out[zeros + length] = '\0';
    return zeros + length;
}

size_t ltn_code_pad_sic(const char *text, size_t length, char out[LTN_CODE_MAX])
{
    if (length != 2) return ltn_code_pad(text, length, LTN_CODE_SIC, out);
    const char group[] = {text[0], text[1], '0', '0'};
    return ltn_code_pad(group, sizeof group, LTN_CODE_SIC, out);
}

/* ---- what the packets hold ---- */

/* Fields that are texts, in the order in which they make a row's key, and the others. */
enum {
    REGION,
    SCC,
    POLLUTANT,
    SIC,
    MACT,
    SOURCE_TYPE,
    PLANT,
    UNIT,
    RELEASE,
    PROCESS,
    CHAR4,
    CHAR5,
    TEXTS,
    NUMBER = TEXTS,
    APPLY,
    ACTION,
    IDLE
};
enum { NUMBERS_MAX = 4 };

/* No factor or emission [short tons/day] is larger; what is would end in infinities. */
#define LARGE 1e9

typedef struct column {
    const char *name;
    int kind;
    int number;  /* which of the row's numbers */
    double high; /* a number lies in [0, high] */
    enum { MUST, MAY, ALL } need;
} column;

/* A number that MAY be blank is not defined then; one that is ALL is 100 %, which is told. */
#define PERCENT(name, number, need)                                                                                    \
    {                                                                                                                  \
        name, NUMBER, number, 100, need                                                                                \
    }
#define PLANT_COLUMNS                                                                                                  \
    {"plant", PLANT}, {"char1", UNIT}, {"char2", RELEASE}, {"char3", PROCESS}, {"char4", CHAR4},                       \
    {                                                                                                                  \
        "char5", CHAR5                                                                                                 \
    }
static const column projection_columns[] = {
    {"region", REGION}, {"SCC", SCC}, {"factor", NUMBER, 0, LARGE, MUST}, {"pollutant", POLLUTANT}, {"SIC", SIC},
    {"MACT", MACT},     PLANT_COLUMNS};
static const column mact_columns[] = {{"MACT", MACT},
                                      {"SCC", SCC},
                                      {"source type", SOURCE_TYPE},
                                      {"apply flag", APPLY},
                                      {"pollutant", POLLUTANT},
                                      PERCENT("control efficiency of existing sources", 0, MUST),
                                      PERCENT("control efficiency of new sources", 1, MUST),
                                      PERCENT("share of new sources", 2, MUST)};
static const column control_columns[] = {{"region", REGION},
                                         {"SCC", SCC},
                                         {"pollutant", POLLUTANT},
                                         {"equipment code", IDLE},
                                         PERCENT("control efficiency", 0, MUST),
                                         PERCENT("rule effectiveness", 1, ALL),
                                         PERCENT("rule penetration", 2, ALL),
                                         {"SIC", SIC},
                                         {"MACT", MACT},
                                         {"apply flag", APPLY},
                                         {"action", ACTION},
                                         PLANT_COLUMNS};
static const column ctg_columns[] = {{"region", REGION},
                                     {"SCC", SCC},
                                     {"pollutant", POLLUTANT},
                                     {"CTG factor", NUMBER, 0, 1, MUST},
                                     {"cutoff", NUMBER, 1, LARGE, MUST},
                                     {"MACT factor", NUMBER, 2, 1, MAY},
                                     {"RACT factor", NUMBER, 3, 1, MAY}};
static const column allowable_columns[] = {{"region", REGION},
                                           {"SCC", SCC},
                                           {"pollutant", POLLUTANT},
                                           {"control factor", IDLE},
                                           {"cap", NUMBER, 0, LARGE, MAY},
                                           {"replacement", NUMBER, 1, LARGE, MAY},
                                           {"SIC", SIC},
                                           PLANT_COLUMNS};

#define COLUMNS(list) list, sizeof list / sizeof *list
static const struct {
    const char *name, *id;
    const column *columns;
    size_t count;
    int accounting;
    ltn_label label;
} kinds[LTN_PACKET_KINDS] = {
    [LTN_PACKET_PROJECTION] = {"PROJECTION",
                               "projection",
                               COLUMNS(projection_columns),
                               LTN_CLASS_GROWTH,
                               {"Growth (/PROJECTION/)", "增长（/PROJECTION/）"}},
    [LTN_PACKET_MACT] = {"MACT",
                         "mact",
                         COLUMNS(mact_columns),
                         LTN_CLASS_ENGINEERING,
                         {"Hazardous-air controls (/MACT/)", "有害污染物控制（/MACT/）"}},
    [LTN_PACKET_CONTROL] = {"CONTROL",
                            "control",
                            COLUMNS(control_columns),
                            LTN_CLASS_ENGINEERING,
                            {"Controls (/CONTROL/)", "治理设施（/CONTROL/）"}},
    [LTN_PACKET_CTG] = {"CTG",
                        "ctg",
                        COLUMNS(ctg_columns),
                        LTN_CLASS_ENGINEERING,
                        {"Technique guidelines (/CTG/)", "控制技术指南（/CTG/）"}},
    [LTN_PACKET_ALLOWABLE] = {"ALLOWABLE",
                              "allowable",
                              COLUMNS(allowable_columns),
                              LTN_CLASS_ENGINEERING,
                              {"Allowable emissions (/ALLOWABLE/)", "许可排放量（/ALLOWABLE/）"}},
};
static const char *const unsupported[] = {"REACTIVITY", "EMS_CONTROL"};

/* ---- reading ---- */

typedef struct field {
    const char *text;
    size_t length;
} field;

typedef struct row_text {
    const char *texts[TEXTS];
    double numbers[NUMBERS_MAX]; /* NaN: not defined */
    bool applies, replaces;
} row_text;

typedef struct reader {
    struct ltn_scenario *scenario;
    ltn_diagnostics *list;
    const char *line; /* where it begins */
    int number;       /* of the line */
    field fields[FIELDS_MAX];
    size_t count;
    ltn_packet *packets; /* as they stand in the file */
    size_t packet_count, packet_capacity;
    ltn_packet *open; /* or NULL */
    bool passing;     /* over the rows of a packet that is not read */
    ltn_dictionary *keys;
    int *key_lines; /* of each key, the row's line */
    size_t key_capacity;
    size_t refused; /* packets that are not supported */
    ltn_place refused_at;
} reader;

static ltn_place place_of(const reader *r, const char *at)
{
    size_t before = at ? ltn_text_characters(r->line, (size_t)(at - r->line)) : 0;
    return (ltn_place){r->scenario->source, r->number, (int)before + 1};
}

static void complain(reader *r, ltn_severity severity, const char *at, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static void complain(reader *r, ltn_severity severity, const char *at, const char *format, ...)
{
    char text[sizeof((ltn_error *)0)->message];
    va_list args;
    va_start(args, format);
    ltn_format_text(text, sizeof text, format, args);
    va_end(args);
    ltn_place place = place_of(r, at);
    ltn_complain(r->list, severity, &place, "%s", text);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_delimiter(char c)
{
    return is_blank(c) || c == ',' || c == ';';
}

/* One field from `*at`, which is not blank; quotes keep delimiters and remarks. False after a complaint. */
static bool take_field(reader *r, const char **at, const char *end, field *out)
{
    const char *p = *at;
    if (*p == '"' || *p == '\'') {
        const char *close = memchr(p + 1, *p, (size_t)(end - p - 1));
        if (!close) complain(r, LTN_ERROR, p, "the quote %c is not closed; expected another at the field's end", *p);
        if (close && close + 1 < end && !is_delimiter(close[1]) && close[1] != '!') {
            complain(r, LTN_ERROR, close + 1, "there is text behind the closing quote; expected a delimiter");
            close = NULL;
        }
        if (!close) return false;
        *out = (field){p + 1, (size_t)(close - p - 1)};
        *at = close + 1;
        return true;
    }
    while (p < end && !is_delimiter(*p) && *p != '!') p++;
    *out = (field){*at, (size_t)(p - *at)};
    *at = p;
    return true;
}

/* Takes a line apart: blanks in a row are one delimiter, and belong to the comma or semicolon they stand beside; two
 * of these have an empty field between them. False after a complaint. */
static bool take_line(reader *r, const char *end)
{
    r->count = 0;
    for (const char *p = r->line;;) {
        while (p < end && is_blank(*p)) p++;
        if (p == end || *p == '!') return true;
        field *f = &r->fields[r->count];
        if (r->count == FIELDS_MAX) {
            complain(r, LTN_ERROR, p, "the row has more than the %d fields that SMOKE reads", FIELDS_MAX);
            return false;
        }
        *f = (field){p, 0};
        if (!is_delimiter(*p) && !take_field(r, &p, end, f)) return false;
        r->count++;
        if (p - r->line > LINE_MAX_BYTES) {
            complain(r, LTN_ERROR, f->text, "the line is longer than the %d bytes that SMOKE reads", LINE_MAX_BYTES);
            return false;
        }
        if (f->length > FIELD_MAX_BYTES) {
            complain(r, LTN_ERROR, f->text, "the field is %zu bytes long; SMOKE reads %d", f->length, FIELD_MAX_BYTES);
            return false;
        }
        while (p < end && is_blank(*p)) p++;
        if (p < end && (*p == ',' || *p == ';')) p++;
    }
}

/* ---- fields ---- */

/* Blank, 0 and -9 mean any. */
static bool is_any(const field *f)
{
    double number;
    if (!f->length) return true;
    if (ltn_text_number(f->text, f->length, &number) == f->length && number == -9) return true;
    return f->length == 1 && *f->text == '0';
}

static const char *keep_text(reader *r, const field *f, int kind)
{
    static const size_t widths[TEXTS] = {
        [REGION] = LTN_CODE_REGION, [SCC] = LTN_CODE_SCC, [MACT] = LTN_CODE_MACT, [SOURCE_TYPE] = LTN_CODE_SOURCE_TYPE};
    char code[LTN_CODE_MAX];
    const char *text = f->text;
    size_t length = f->length;
    if (is_any(f)) return NULL;
    if (kind == SIC)
        length = ltn_code_pad_sic(f->text, f->length, code);
    else if (widths[kind])
        length = ltn_code_pad(f->text, f->length, widths[kind], code);
    if (kind == SIC || widths[kind]) text = code;
    if (!length) return NULL; /* a code of zeros is any, too */
    const char *kept = ltn_arena_text(&r->scenario->arena, text, length);
    if (!kept) r->list->out_of_memory = true;
    return kept;
}

/* Fortran writes exponents with D too. */
static bool read_number(const field *f, double *out)
{
    char text[FIELD_MAX_BYTES + 1];
    snprintf(text, sizeof text, "%.*s", (int)f->length, f->text);
    for (char *p = text; *p; p++)
        if (*p == 'd' || *p == 'D') *p = 'E';
    return ltn_text_number(text, f->length, out) == f->length;
}

static void take_number(reader *r, const column *c, const field *f, double *out)
{
    double value = NAN;
    *out = NAN;
    bool given = f->length > 0;
    if (given && !read_number(f, &value)) {
        complain(r, LTN_ERROR, f->text, "%s '%.*s' is no number", c->name, (int)f->length, f->text);
        return;
    }
    if (given && value != -9 && !(value >= 0 && value <= c->high)) {
        complain(r, LTN_ERROR, f->text, "%s %g is not in [0, %g]", c->name, value, c->high);
        return;
    }
    if (given && value != -9) {
        *out = value;
    } else if (c->need == MUST) {
        complain(r, LTN_ERROR, f->text, "%s is missing; expected a number", c->name);
    } else if (c->need == ALL) {
        complain(r, LTN_WARNING, f->text, "%s is missing; 100 %% is taken", c->name);
        *out = 100;
    }
}

/* Y or N. What is blank, SMOKE leaves out. */
static bool take_flag(reader *r, const field *f)
{
    char letter = f->length == 1 ? *f->text : '\0';
    if (letter == 'Y' || letter == 'y') return true;
    if (!f->length)
        complain(r, LTN_WARNING, f->text, "the apply flag is blank, so the row is left out; expected Y or N");
    else if (letter != 'N' && letter != 'n')
        complain(r, LTN_ERROR, f->text, "the apply flag is '%.*s'; expected Y or N", (int)f->length, f->text);
    return false;
}

/* A or R; what is blank adds. */
static bool take_action(reader *r, const field *f)
{
    char letter = f->length ? *f->text : '\0';
    if (letter == 'R' || letter == 'r') return true;
    if (!f->length)
        complain(r, LTN_WARNING, f->text, "the action is blank; A (add) is taken");
    else if (letter != 'A' && letter != 'a')
        complain(r, LTN_ERROR, f->text, "the action is '%.*s'; expected A (add) or R (replace)", (int)f->length,
                 f->text);
    return false;
}

static void take_column(reader *r, const column *c, const field *f, row_text *row)
{
    if (c->kind < TEXTS)
        row->texts[c->kind] = keep_text(r, f, c->kind);
    else if (c->kind == NUMBER)
        take_number(r, c, f, &row->numbers[c->number]);
    else if (c->kind == APPLY)
        row->applies = take_flag(r, f);
    else if (c->kind == ACTION)
        row->replaces = take_action(r, f);
}

/* ---- rows ---- */

static const field *field_of(const reader *r, const column *columns, size_t count, int kind)
{
    for (size_t c = 0; c < count && c < r->count; c++)
        if (columns[c].kind == kind) return &r->fields[c];
    return &r->fields[0];
}

/* True where the row is on a level of the hierarchy, which has none for some of what can be written. */
static bool has_level(reader *r, row_text *row)
{
    const column *columns = kinds[r->open->kind].columns;
    size_t count = kinds[r->open->kind].count;
    const char **t = row->texts;
    bool deep = t[UNIT] || t[RELEASE] || t[PROCESS];
    const char *sic = field_of(r, columns, count, SIC)->text, *plant = field_of(r, columns, count, PLANT)->text;
    size_t region = t[REGION] ? strlen(t[REGION]) : 0;
    bool county = region >= 3 && strcmp(t[REGION] + region - 3, "000") != 0;
    if (t[SIC] && (t[PLANT] || t[MACT] || t[SCC])) {
        complain(r, LTN_WARNING, sic, "the SIC is not used beside %s",
                 t[PLANT]  ? "a plant"
                 : t[MACT] ? "a MACT code"
                           : "an SCC");
        t[SIC] = NULL;
    }
    if ((t[CHAR4] || t[CHAR5] || deep) && !t[PLANT])
        complain(r, LTN_WARNING, plant, "the row names parts of a plant and no plant; it applies to nothing");
    else if (t[PLANT] && !county)
        complain(r, LTN_WARNING, plant, "the row names a plant and no county; it applies to nothing");
    else if (t[CHAR4] || t[CHAR5])
        complain(r, LTN_WARNING, plant, "sources have no char4 or char5; the row applies to nothing");
    else if (t[PLANT] && t[MACT] && (deep || t[SCC]))
        complain(r, LTN_WARNING, plant, "a MACT code goes with a plant alone; the row applies to nothing");
    else
        return true;
    return false;
}

/* A row whose key another row of the packet has already: SMOKE warns, too. */
static bool is_new_key(reader *r, const row_text *row)
{
    char key[TEXTS * (LTN_CODE_MAX + 1) + 1];
    size_t used = 0;
    for (int i = 0; i < TEXTS; i++)
        used += (size_t)snprintf(key + used, sizeof key - used, "%s\n", row->texts[i] ? row->texts[i] : "");
    size_t before = r->keys->count;
    int32_t code = ltn_dictionary_add(r->keys, key, used);
    if (code < 0 || ltn_reserve(&r->key_lines, &r->key_capacity, r->keys->count, sizeof *r->key_lines)) {
        r->list->out_of_memory = true;
        return false;
    }
    if ((size_t)code == before) {
        r->key_lines[code] = r->number;
        return true;
    }
    complain(r, LTN_WARNING, NULL, "the row is for the same sources as line %d of this packet, which holds",
             r->key_lines[code]);
    return false;
}

/* Not defined where it is 0. */
static double defined(double number)
{
    return number > 0 ? number : NAN;
}

static ltn_packet_row make_row(const reader *r, const row_text *from)
{
    const char *const *t = from->texts;
    const double *n = from->numbers;
    ltn_packet_row row = {r->number,      t[REGION], t[SCC],  t[POLLUTANT], t[SIC],     t[MACT],
                          t[SOURCE_TYPE], t[PLANT],  t[UNIT], t[RELEASE],   t[PROCESS], {{0}}};
    switch (r->open->kind) {
    case LTN_PACKET_PROJECTION:
        row.projection.factor = n[0];
        break;
    case LTN_PACKET_MACT:
        row.mact.existing = n[0] / 100;
        row.mact.new_sources = n[1] / 100;
        row.mact.new_share = n[2] / 100;
        break;
    case LTN_PACKET_CONTROL:
        row.control.removal = n[0] / 100 * (n[1] / 100) * (n[2] / 100);
        row.control.replaces = from->replaces;
        break;
    case LTN_PACKET_CTG:
        row.ctg.factor = n[0];
        row.ctg.cutoff = n[1];
        row.ctg.mact = defined(n[2]);
        row.ctg.ract = defined(n[3]);
        break;
    default:
        row.allowable.cap = defined(n[0]);
        row.allowable.replacement = defined(n[1]);
    }
    return row;
}

static void check_row(reader *r, const row_text *row)
{
    if (r->open->kind == LTN_PACKET_MACT && !row->texts[MACT])
        complain(r, LTN_ERROR, NULL, "the MACT code is missing; expected one");
    if (r->open->kind == LTN_PACKET_ALLOWABLE && !(row->numbers[0] > 0) && !(row->numbers[1] > 0))
        complain(r, LTN_ERROR, NULL, "neither the cap nor the replacement is defined; expected one above 0");
}

static void take_row(reader *r)
{
    ltn_packet *p = r->open;
    row_text row = {.applies = true};
    for (size_t i = 0; i < NUMBERS_MAX; i++) row.numbers[i] = NAN;
    size_t errors = r->list->errors;
    const field *last = &r->fields[r->count - 1];
    for (size_t c = 0; c < kinds[p->kind].count; c++)
        take_column(r, &kinds[p->kind].columns[c],
                    c < r->count ? &r->fields[c] : &(field){last->text + last->length, 0}, &row);
    for (size_t c = kinds[p->kind].count; c < r->count; c++)
        if (!is_any(&r->fields[c])) {
            complain(r, LTN_WARNING, r->fields[c].text, "/%s/ has no column %zu; the field is not used",
                     kinds[p->kind].name, c + 1);
            break;
        }
    if (r->list->errors == errors) check_row(r, &row);
    if (r->list->errors > errors || !row.applies) return;
    if (!has_level(r, &row) || !is_new_key(r, &row)) return;
    if (ltn_reserve(&p->rows, &p->capacity, p->count + 1, sizeof *p->rows))
        r->list->out_of_memory = true;
    else
        p->rows[p->count++] = make_row(r, &row);
}

/* ---- packets ---- */

static int kind_of(const char *name, size_t length)
{
    for (int k = 0; k < LTN_PACKET_KINDS; k++)
        if (strlen(kinds[k].name) == length && ltn_same_word(kinds[k].name, name, length)) return k;
    return -1;
}

static bool is_unsupported(const char *name, size_t length)
{
    for (size_t i = 0; i < sizeof unsupported / sizeof *unsupported; i++)
        if (strlen(unsupported[i]) == length && ltn_same_word(unsupported[i], name, length)) return true;
    return false;
}

/* The years of `/PROJECTION yyyy1 yyyy2/`. */
static void take_years(reader *r, const char *at, const char *end, ltn_packet *p)
{
    int *years[] = {&p->from_year, &p->to_year};
    for (size_t i = 0; i < 2; i++) {
        char text[8];
        while (at < end && is_delimiter(*at)) at++;
        const char *from = at;
        while (at < end && !is_delimiter(*at)) at++;
        snprintf(text, sizeof text, "%.*s", (int)(at - from), from);
        if (!(*years[i] = ltn_text_year(text)) || at - from != 4) {
            complain(r, LTN_ERROR, from, "a year is missing; expected /PROJECTION yyyy1 yyyy2/");
            return;
        }
    }
    while (at < end && is_delimiter(*at)) at++;
    if (at < end) complain(r, LTN_ERROR, at, "there is more than two years; expected /PROJECTION yyyy1 yyyy2/");
}

/* One packet of a kind, but of projections one from each year. */
static void check_repeated(reader *r, const ltn_packet *p)
{
    for (size_t i = 0; i < r->packet_count; i++)
        if (r->packets[i].kind == p->kind && r->packets[i].from_year == p->from_year)
            complain(r, LTN_ERROR, NULL, "a second packet /%s/%s; the first is in line %d", kinds[p->kind].name,
                     p->kind == LTN_PACKET_PROJECTION ? " from the same year" : "", r->packets[i].place.line);
}

static void open_packet(reader *r, ltn_packet_kind kind, const char *at, const char *end)
{
    ltn_packet p = {.kind = kind, .place = place_of(r, NULL)};
    if (kind == LTN_PACKET_PROJECTION) take_years(r, at, end, &p);
    check_repeated(r, &p);
    ltn_dictionary_free(r->keys);
    r->keys = ltn_dictionary_create();
    if (!r->keys || ltn_reserve(&r->packets, &r->packet_capacity, r->packet_count + 1, sizeof p)) {
        r->list->out_of_memory = true;
        r->passing = true;
        return;
    }
    r->packets[r->packet_count] = p;
    r->open = &r->packets[r->packet_count++];
}

static void refuse_packet(reader *r, const char *name, size_t length)
{
    bool known = is_unsupported(name, length);
    const char *names[LTN_PACKET_KINDS];
    for (int k = 0; k < LTN_PACKET_KINDS; k++) names[k] = kinds[k].name;
    char text[FIELD_MAX_BYTES + 1];
    snprintf(text, sizeof text, "%.*s", (int)(length < FIELD_MAX_BYTES ? length : 0), name);
    const char *near = ltn_text_nearest(text, names, LTN_PACKET_KINDS);
    r->passing = true;
    if (known) {
        r->refused_at = place_of(r, NULL);
        r->refused++;
        complain(r, LTN_ERROR, NULL, "the packet /%s/ is not supported by this version; take it out to run the others",
                 text);
    } else {
        complain(r, LTN_ERROR, NULL,
                 "there is no packet /%s/%s%s%s; expected PROJECTION, MACT, CONTROL, CTG or ALLOWABLE", text,
                 near ? "; the nearest is /" : "", near ? near : "", near ? "/" : "");
    }
}

/* A line `/NAME .../`; /END/ closes. */
static void take_header(reader *r, const char *at, const char *end)
{
    const char *close = memchr(at + 1, '/', (size_t)(end - at - 1)), *name = at + 1;
    if (!close) {
        complain(r, LTN_ERROR, at, "the packet's first line has no second slash; expected for example /CONTROL/");
        close = end;
    }
    while (name < close && is_blank(*name)) name++;
    const char *behind = name;
    while (behind < close && !is_delimiter(*behind)) behind++;
    size_t length = (size_t)(behind - name);
    bool is_end = length == 3 && ltn_same_word(name, "END", 3), was_open = r->open || r->passing;
    if (is_end && !was_open) complain(r, LTN_ERROR, at, "/END/ ends nothing; expected a packet before it");
    if (!is_end && was_open) complain(r, LTN_ERROR, at, "the packet before has no /END/");
    r->open = NULL;
    r->passing = false;
    if (is_end) return;
    int kind = kind_of(name, length);
    if (kind < 0)
        refuse_packet(r, name, length);
    else
        open_packet(r, (ltn_packet_kind)kind, behind, close);
}

static void take_text_line(reader *r, const char *end)
{
    if (end > r->line && end[-1] == '\r') end--;
    if (*r->line == '#' && r->line < end) return;
    const char *p = r->line;
    while (p < end && is_blank(*p)) p++;
    if (p == end || *p == '!') return;
    if (*p == '/') {
        take_header(r, p, end);
        return;
    }
    if (r->passing) return;
    if (!r->open) {
        complain(r, LTN_ERROR, p, "the row stands in no packet; expected for example /CONTROL/ above it");
        r->passing = true; /* once is enough */
        return;
    }
    if (take_line(r, end) && r->count) take_row(r);
}

/* The next line's end; `*next` is where the one after it begins. */
static const char *line_end(const char *at, const char *end, const char **next)
{
    const char *stop = memchr(at, '\n', (size_t)(end - at));
    *next = stop ? stop + 1 : end;
    return stop ? stop : end;
}

static const char *skip_mark(const char *text, size_t length)
{
    return length >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? text + 3 : text;
}

bool ltn_packets_begin(const char *text, size_t length)
{
    const char *end = text + length, *next;
    for (const char *at = skip_mark(text, length); at < end; at = next) {
        const char *stop = line_end(at, end, &next);
        if (*at == '#') continue;
        while (at < stop && (is_blank(*at) || *at == '\r')) at++;
        if (at < stop) return *at == '/' && at + 1 < stop && memchr(at + 1, '/', (size_t)(stop - at - 1)) != NULL;
    }
    return false;
}

/* ---- the scenario ---- */

/* The projection that starts from a year; of year 0, the first there is. */
static const ltn_packet *projection_from(const reader *r, int year)
{
    for (size_t i = 0; i < r->packet_count; i++)
        if (r->packets[i].kind == LTN_PACKET_PROJECTION && (!year || r->packets[i].from_year == year))
            return &r->packets[i];
    return NULL;
}

/* The year that the packets lead to: that of the projection which is used, or the one asked for. */
static int target_year(reader *r, const ltn_packet_options *options, int base_year)
{
    const ltn_packet *used = projection_from(r, base_year), *any = projection_from(r, 0);
    if (used && options->year && options->year != used->to_year)
        ltn_complain(r->list, LTN_ERROR, &used->place, "/PROJECTION/ leads to %d, but the year asked for is %d",
                     used->to_year, options->year);
    return used ? used->to_year : options->year ? options->year : any ? any->to_year : 0;
}

static void set_years(reader *r, const ltn_packet_options *options)
{
    ltn_scenario *s = r->scenario;
    const ltn_packet *first = projection_from(r, 0);
    s->base_year = options->base_year ? options->base_year : first ? first->from_year : 0;
    s->years[0] = s->years[1] = target_year(r, options, s->base_year);
    if (!s->base_year)
        ltn_complain(r->list, LTN_ERROR, &s->place,
                     "nothing tells the inventory's year; expected an inventory with a base_year");
    if (!s->years[1])
        ltn_complain(r->list, LTN_ERROR, &s->place,
                     "nothing tells the year that the packets lead to; expected /PROJECTION yyyy1 yyyy2/, or the year "
                     "as an option");
    else if (s->base_year && s->years[1] <= s->base_year)
        ltn_complain(
            r->list, LTN_ERROR, &s->place,
            "the packets lead to %d, which is not after the inventory's year %d; this version looks ahead only",
            s->years[1], s->base_year);
}

/* Moves a packet's rows into the scenario's own memory. */
static ltn_status keep_packet(reader *r, const ltn_packet *from, ltn_measure *m)
{
    ltn_arena *arena = &r->scenario->arena;
    ltn_packet *kept = ltn_arena_alloc(arena, sizeof *kept);
    ltn_packet_row *rows = ltn_arena_alloc(arena, (from->count + 1) * sizeof *rows);
    char id[32];
    snprintf(id, sizeof id, "%s", kinds[from->kind].id);
    if (from->kind == LTN_PACKET_PROJECTION && from->from_year != r->scenario->base_year)
        snprintf(id, sizeof id, "%s-%d", kinds[from->kind].id, from->from_year);
    if (!kept || !rows || !(m->id = ltn_arena_text(arena, id, strlen(id)))) return LTN_ENOMEM;
    if (from->count) memcpy(rows, from->rows, from->count * sizeof *rows);
    *kept = *from;
    kept->rows = rows;
    m->packet = kept;
    m->action = LTN_PACKET;
    m->accounting = kinds[from->kind].accounting;
    m->name = kinds[from->kind].label;
    m->place = from->place;
    return LTN_OK;
}

/* One measure a packet, in the order in which they act. */
static ltn_status make_measures(reader *r)
{
    ltn_scenario *s = r->scenario;
    s->measures = ltn_arena_alloc(&s->arena, (r->packet_count + 1) * sizeof *s->measures);
    ltn_status status = s->measures ? LTN_OK : LTN_ENOMEM;
    for (int kind = 0; kind < LTN_PACKET_KINDS; kind++)
        for (size_t i = 0; !status && i < r->packet_count; i++)
            if ((int)r->packets[i].kind == kind)
                status = keep_packet(r, &r->packets[i], &s->measures[s->measure_count++]);
    return status;
}

static ltn_status name_scenario(ltn_scenario *s)
{
    const char *slash = strrchr(s->source, '/'), *file = slash ? slash + 1 : s->source;
    return (s->name.en = s->name.zh = ltn_arena_text(&s->arena, file, strlen(file))) ? LTN_OK : LTN_ENOMEM;
}

static void read_lines(reader *r, const char *text, size_t length)
{
    const char *end = text + length, *next;
    r->number = 1;
    for (r->line = skip_mark(text, length); r->line < end; r->line = next, r->number++)
        take_text_line(r, line_end(r->line, end, &next));
    r->line = end;
    if (r->open || r->passing) complain(r, LTN_ERROR, NULL, "the file ends inside a packet; expected /END/");
}

static void free_reader(reader *r)
{
    for (size_t i = 0; i < r->packet_count; i++) free(r->packets[i].rows);
    free(r->packets);
    free(r->key_lines);
    ltn_dictionary_free(r->keys);
}

static void complain_bytes(reader *r, const char *text, size_t bad)
{
    ltn_place at = ltn_csv_place(r->scenario->source, text, 1, text + bad);
    ltn_complain(r->list, LTN_ERROR, &at, "byte 0x%02X is not text in UTF-8", (unsigned char)text[bad]);
}

ltn_status ltn_packets_parse(const char *text, size_t length, const ltn_packet_options *options,
                             struct ltn_scenario *scenario, ltn_diagnostics *list)
{
    reader r = {.scenario = scenario, .list = list};
    size_t errors = list->errors, first = list->count, bad = ltn_csv_bad_byte(text, length);
    scenario->of_packets = true;
    scenario->place = (ltn_place){scenario->source, 1, 1};
    ltn_packet_options_init(&scenario->packets);
    if (options)
        memcpy(&scenario->packets, options,
               options->struct_size < sizeof scenario->packets ? options->struct_size : sizeof scenario->packets);
    ltn_status status = name_scenario(scenario);
    if (bad < length)
        complain_bytes(&r, text, bad);
    else
        read_lines(&r, text, length);
    if (list->errors == errors && !list->out_of_memory) set_years(&r, &scenario->packets);
    if (!status && list->errors == errors && !list->out_of_memory) status = make_measures(&r);
    ltn_diagnostics_sort(list, first);
    if (!status) status = ltn_diagnostics_verdict(list, errors);
    if (status == LTN_EINPUT && r.refused && list->errors - errors == r.refused)
        status = ltn_fail(LTN_EUNSUPPORTED, &r.refused_at, "%s", ltn_last_error()->message);
    free_reader(&r);
    return status;
}

void ltn_packet_options_init(ltn_packet_options *options)
{
    *options = (ltn_packet_options){.struct_size = sizeof *options};
}
