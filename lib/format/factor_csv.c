/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tables of factors and of devices. */
#include "base/text.h"
#include "factor/factor.h"
#include "format/csv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- what both have ---- */

/* A table being read. */
typedef struct reading {
    ltn_csv_table csv;
    ltn_arena *arena; /* of the result */
    ltn_diagnostics *list;
    ltn_dictionary *keys; /* what rows are for */
    int *lines;           /* of the first row of each key */
    size_t line_capacity;
    bool out_of_memory;
} reading;

static ltn_place place_of(const reading *r, size_t row, const char *column)
{
    return ltn_csv_cell_place(&r->csv, row, column);
}

/* A cell, kept with the result; empty where it is blank. */
static const char *keep_cell(reading *r, size_t row, const char *column)
{
    const char *text = ltn_csv_text(&r->csv, row, column);
    const char *kept = text ? ltn_arena_text(r->arena, text, strlen(text)) : "";
    if (!kept) r->out_of_memory = true;
    return kept ? kept : "";
}

static const char *keep_required(reading *r, size_t row, const char *column, const char *example)
{
    ltn_place at = place_of(r, row, column);
    if (!ltn_csv_text(&r->csv, row, column))
        ltn_complain(r->list, LTN_ERROR, &at, "%s is blank; expected for example %s", column, example);
    return keep_cell(r, row, column);
}

/* Index of a cell's word among those allowed; `blank` where the cell is. */
static int read_word(reading *r, size_t row, const char *column, const char *const *words, size_t count, int blank)
{
    const char *text = ltn_csv_text(&r->csv, row, column);
    ltn_place at = place_of(r, row, column);
    if (!text) return blank;
    for (size_t i = 0; i < count; i++)
        if (strcmp(text, words[i]) == 0) return (int)i;
    char list[128] = "";
    for (size_t i = 0; i < count; i++) strcat(strcat(list, i ? ", " : ""), words[i]);
    ltn_complain(r->list, LTN_ERROR, &at, "%s '%s' is not known; expected one of %s", column, text, list);
    return blank;
}

static int read_yes(reading *r, size_t row, const char *column)
{
    static const char *const words[] = {"no", "yes"};
    return read_word(r, row, column, words, 2, 0);
}

static ltn_trust read_trust(reading *r, size_t row)
{
    (void)keep_required(r, row, "status", "sourced");
    return (ltn_trust)read_word(r, row, "status", ltn_trust_names, LTN_TRUSTS, LTN_TRUST_UNVERIFIED);
}

static int read_year(reading *r, size_t row)
{
    const char *text = ltn_csv_text(&r->csv, row, "year");
    ltn_place at = place_of(r, row, "year");
    if (text && !ltn_text_year(text))
        ltn_complain(r->list, LTN_ERROR, &at, "year '%s' is not a year; expected for example 2024", text);
    return text ? ltn_text_year(text) : 0;
}

/* Complains of a second row with the key, whose parts end at NULL. */
static void check_new(reading *r, size_t row, const char *column, const char *const *parts)
{
    size_t size = 1, known = r->keys->count;
    for (size_t i = 0; parts[i]; i++) size += strlen(parts[i]) + 1;
    char *key = ltn_alloc(size, 1);
    for (size_t i = 0; key && parts[i]; i++) strcat(strcat(key, parts[i]), "\n");
    int32_t code = key ? ltn_dictionary_add(r->keys, key, size - 1) : -1;
    free(key);
    if (code < 0 || ltn_reserve(&r->lines, &r->line_capacity, r->keys->count, sizeof *r->lines)) {
        r->out_of_memory = true;
        return;
    }
    ltn_place at = place_of(r, row, column);
    if ((size_t)code == known)
        r->lines[code] = r->csv.lines[row];
    else
        ltn_complain(r->list, LTN_ERROR, &at, "line %d is for the same; expected one row", r->lines[code]);
}

/* A column nearly called as one that has a meaning would be overlooked: that is no remark. */
static void check_columns(reading *r, const char *const *known, size_t count)
{
    for (size_t c = 0; c < r->csv.table->column_count; c++) {
        const char *name = r->csv.table->columns[c].name, *near = ltn_text_nearest(name, known, count);
        if (near && strcmp(near, name) != 0)
            ltn_complain(r->list, LTN_ERROR, &(ltn_place){r->csv.path, 1, 1},
                         "column '%s' is not known; the nearest is '%s'", name, near);
    }
}

/* The file named, or the one installed, or, before anything is installed, the one it will be made of. */
static ltn_status find_path(const char *path, const char *installed, const char *source, const char **out)
{
    *out = path ? path : installed;
    if (!path && installed && source && access(installed, R_OK) != 0 && access(source, R_OK) == 0) *out = source;
    if (*out) return LTN_OK;
    return ltn_fail(LTN_EUNSUPPORTED, NULL, "the library was built without a place for its tables; expected a path");
}

#ifdef LTN_DATA_DIR
#define INSTALLED(name) LTN_DATA_DIR "/" name
#else
#define INSTALLED(name) NULL
#endif
#ifdef LTN_DATA_SOURCE
#define SOURCE(name) LTN_DATA_SOURCE "/" name
#else
#define SOURCE(name) NULL
#endif

typedef void (*row_reader)(reading *r, size_t row, void *table);

/* Reads all rows; `columns` begins with the `required` ones. */
static ltn_status read_rows(const char *path, const ltn_read_options *options, const char *const *columns, size_t count,
                            size_t required, ltn_arena *arena, row_reader read_row, void *table)
{
    ltn_diagnostics own = {0};
    reading r = {.arena = arena, .list = options && options->diagnostics ? options->diagnostics : &own};
    size_t errors_before = r.list->errors, kept_before = r.list->count;
    const char *encoding = options ? options->encoding : NULL;
    ltn_status status = (r.keys = ltn_dictionary_create()) ? LTN_OK : LTN_ENOMEM;
    if (!status) status = ltn_csv_read_table(path, encoding, columns, required, r.list, &r.csv);
    if (!status) check_columns(&r, columns, count);
    for (size_t row = 0; !status && row < r.csv.table->rows; row++) {
        read_row(&r, row, table);
        if (r.out_of_memory) status = LTN_ENOMEM;
    }
    ltn_diagnostics_sort(r.list, kept_before);
    if (!status) status = ltn_diagnostics_verdict(r.list, errors_before);
    ltn_csv_table_free(&r.csv);
    ltn_dictionary_free(r.keys);
    free(r.lines);
    ltn_diagnostics_clear(&own);
    return status;
}

/* ---- factors ---- */

static double read_factor(reading *r, size_t row)
{
    const char *text = ltn_csv_text(&r->csv, row, "factor");
    ltn_place at = place_of(r, row, "factor");
    double value = NAN;
    size_t length = text ? strlen(text) : 0, read = text ? ltn_text_number(text, length, &value) : 0;
    if (!text)
        ltn_complain(r->list, LTN_ERROR, &at, "factor is blank; expected a number of at least 0");
    else if (read != length || !isfinite(value) || value < 0)
        ltn_complain(r->list, LTN_ERROR, &at, "factor '%s' is no number of at least 0", text);
    return value;
}

static const char *read_unit(reading *r, size_t row)
{
    const char *unit = keep_required(r, row, "unit", "g/kg");
    ltn_place at = place_of(r, row, "unit");
    if (*unit && !ltn_unit_known(unit))
        ltn_complain(r->list, LTN_ERROR, &at, "unit '%s' is not known; expected for example g/kg", unit);
    return unit;
}

static void read_sizes(reading *r, size_t row, ltn_factor_row *into)
{
    into->factor.size_low = keep_cell(r, row, "size_low");
    into->factor.size_high = keep_cell(r, row, "size_high");
    ltn_place low_at = place_of(r, row, "size_low"), high_at = place_of(r, row, "size_high");
    bool low = ltn_size_end_read(into->factor.size_low, false, &into->size_kind, &into->low);
    bool high = ltn_size_end_read(into->factor.size_high, true, &into->size_kind, &into->high);
    if (!low)
        ltn_complain(r->list, LTN_ERROR, &low_at,
                     "size_low '%s' is no size; expected for example '300 MW' or '> 100 MW'", into->factor.size_low);
    else if (!high)
        ltn_complain(r->list, LTN_ERROR, &high_at,
                     "size_high '%s' is no size of that kind; expected for example '35 t/h' or '<= 100 MW'",
                     into->factor.size_high);
    else if (into->low.limit > into->high.limit)
        ltn_complain(r->list, LTN_ERROR, &high_at, "size_high '%s' is below size_low '%s'", into->factor.size_high,
                     into->factor.size_low);
}

/* Where a source is asked for by name, all its rows are looked at; else those that are no alternatives. */
static void check_factor_is_new(reading *r, size_t row, const ltn_factor *f)
{
    size_t errors = r->list->errors;
    const char *by_source[] = {f->sector_class, f->fuel,      f->technology, f->size_low,
                               f->size_high,    f->pollutant, f->source,     NULL};
    check_new(r, row, "sector_class", by_source);
    by_source[6] = "(default)";
    if (!f->alternative && r->list->errors == errors) check_new(r, row, "sector_class", by_source);
}

static void read_factor_row(reading *r, size_t row, void *into)
{
    static const char *const times[] = {"sulphur_pct"};
    ltn_factor_table *table = into;
    if (ltn_reserve(&table->rows, &table->capacity, row + 1, sizeof *table->rows)) {
        r->out_of_memory = true;
        return;
    }
    table->count = row + 1;
    ltn_factor_row *made = &table->rows[row];
    *made = (ltn_factor_row){.factor = {
                                 .sector_class = keep_required(r, row, "sector_class", "combustion.boiler"),
                                 .fuel = keep_cell(r, row, "fuel"),
                                 .technology = keep_cell(r, row, "technology"),
                                 .pollutant = keep_required(r, row, "pollutant", "SO2"),
                                 .value = read_factor(r, row),
                                 .unit = read_unit(r, row),
                                 .per_sulphur_pct = read_word(r, row, "times", times, 1, -1) == 0,
                                 .removal_free = read_yes(r, row, "removal_free"),
                                 .alternative = read_yes(r, row, "alternative"),
                                 .trust = read_trust(r, row),
                                 .source = keep_required(r, row, "source", "T/CSES 144-2024"),
                                 .table = keep_cell(r, row, "table"),
                                 .year = read_year(r, row),
                                 .note = keep_cell(r, row, "note"),
                                 .line = r->csv.lines[row],
                             }};
    read_sizes(r, row, made);
    check_factor_is_new(r, row, &made->factor);
}

ltn_status ltn_factor_table_read_csv(const char *path, const ltn_read_options *options, ltn_factor_table **out)
{
    static const char *const columns[] = {
        "sector_class", "pollutant", "factor", "unit",         "status",      "source", "fuel", "technology",
        "size_low",     "size_high", "times",  "removal_free", "alternative", "table",  "year", "note"};
    *out = NULL;
    ltn_status status = find_path(path, INSTALLED("factors.csv"), SOURCE("factors.csv"), &path);
    if (status) return status;
    ltn_factor_table *table = ltn_alloc(1, sizeof *table);
    if (!table) return LTN_ENOMEM;
    status = (table->path = ltn_arena_text(&table->arena, path, strlen(path))) ? LTN_OK : LTN_ENOMEM;
    if (!status)
        status = read_rows(table->path, options, columns, sizeof columns / sizeof *columns, 6, &table->arena,
                           read_factor_row, table);
    if (status)
        ltn_factor_table_free(table);
    else
        *out = table;
    return status;
}

/* ---- devices ---- */

static double read_efficiency(reading *r, size_t row)
{
    const char *text = ltn_csv_text(&r->csv, row, "efficiency");
    ltn_place at = place_of(r, row, "efficiency");
    double value = NAN;
    if (!text) {
        ltn_complain(r->list, LTN_ERROR, &at, "efficiency is blank; expected a share such as 0.8 or '80 %%'");
        return value;
    }
    if (!ltn_text_share(text, &value) || !(value >= 0 && value <= 1))
        ltn_complain(r->list, LTN_ERROR, &at, "efficiency '%s' is no share; expected a number in [0, 1] or '80 %%'",
                     text);
    return value;
}

static void read_device_row(reading *r, size_t row, void *into)
{
    static const char *const kinds[] = {"removal", "capture"};
    ltn_devices *devices = into;
    if (ltn_reserve(&devices->rows, &devices->capacity, row + 1, sizeof *devices->rows)) {
        r->out_of_memory = true;
        return;
    }
    devices->count = row + 1;
    ltn_device_row *made = &devices->rows[row];
    (void)keep_required(r, row, "kind", "removal");
    *made = (ltn_device_row){.device =
                                 {
                                     .device = keep_required(r, row, "device", "scr"),
                                     .parts = keep_cell(r, row, "parts"),
                                     .name = keep_cell(r, row, "name"),
                                     .name_zh = keep_cell(r, row, "name_zh"),
                                     .pollutant = keep_required(r, row, "pollutant", "NOx"),
                                     .efficiency = read_efficiency(r, row),
                                     .trust = read_trust(r, row),
                                     .source = keep_required(r, row, "source", "T/CSES 144-2024"),
                                     .table = keep_cell(r, row, "table"),
                                     .year = read_year(r, row),
                                     .note = keep_cell(r, row, "note"),
                                     .line = r->csv.lines[row],
                                 },
                             .capture = read_word(r, row, "kind", kinds, 2, 0) == 1};
    check_new(r, row, "device",
              (const char *const[]){kinds[made->capture], made->device.device, made->device.pollutant, NULL});
}

/* The parts of a combination are devices on the same pollutant that are no combinations, two or more. */
static void check_parts(const ltn_devices *devices, const ltn_device_row *row, ltn_diagnostics *list)
{
    const ltn_device *d = &row->device;
    ltn_place at = {devices->path, d->line, 1};
    size_t count = 0, length;
    for (const char *rest = d->parts, *part; (part = ltn_device_next_part(&rest, &length)); count++) {
        const ltn_device_row *found = ltn_device_row_find(devices, false, part, length, d->pollutant);
        if (!found || *found->device.parts)
            ltn_complain(list, LTN_ERROR, &at,
                         "part '%.*s' of '%s' is no single device on %s in the table; expected one", (int)length, part,
                         d->device, d->pollutant);
    }
    if (count == 1 || (count && row->capture))
        ltn_complain(list, LTN_ERROR, &at, "'%s' has parts '%s'; expected two devices or more, and none of a capture",
                     d->device, d->parts);
}

ltn_status ltn_devices_read_csv(const char *path, const ltn_read_options *options, ltn_devices **out)
{
    static const char *const columns[] = {"kind",  "device", "pollutant", "efficiency", "status", "source",
                                          "parts", "name",   "name_zh",   "table",      "year",   "note"};
    *out = NULL;
    ltn_status status = find_path(path, INSTALLED("devices.csv"), SOURCE("devices.csv"), &path);
    if (status) return status;
    ltn_devices *devices = ltn_alloc(1, sizeof *devices);
    if (!devices) return LTN_ENOMEM;
    ltn_diagnostics own = {0}, *list = options && options->diagnostics ? options->diagnostics : &own;
    status = (devices->path = ltn_arena_text(&devices->arena, path, strlen(path))) ? LTN_OK : LTN_ENOMEM;
    if (!status)
        status = read_rows(devices->path, options, columns, sizeof columns / sizeof *columns, 6, &devices->arena,
                           read_device_row, devices);
    size_t errors_before = list->errors;
    for (size_t i = 0; !status && i < devices->count; i++) check_parts(devices, &devices->rows[i], list);
    if (!status) status = ltn_diagnostics_verdict(list, errors_before);
    ltn_diagnostics_clear(&own);
    if (status)
        ltn_devices_free(devices);
    else
        *out = devices;
    return status;
}
