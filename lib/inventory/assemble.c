/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From rows to an inventory: group by source, check everything, reckon what was not given. */
#include "inventory/builder.h"

#include "base/parallel.h"
#include "base/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SOURCES_PER_BLOCK = 8192 };
enum { GOOD_ROW, DOUBTFUL_ROW, MERGED_ROW };
enum { NOWHERE = -1 }; /* the target of a column that is not moved */

typedef struct assembly {
    ltn_inventory_builder *builder;
    ltn_inventory *made;
    size_t *start;     /* first row of each chunk, and the total */
    int32_t *position; /* row -> row of the emissions table; -1 for a row without a source. NULL: as they come */
    int32_t *row_of;   /* the other way */
    ltn_capacity_scale *capacity_units;
    uint8_t *known_units;                           /* of each word of activity_unit */
    atomic_uchar *doubtful_rows, *doubtful_sources; /* a number was refused: what follows from it is not judged */
    bool has_capacity, has_activity;                /* some row gives one */
    atomic_size_t merged;                           /* rows added to another of the same source and pollutant */
    ltn_diagnostics *parts;                         /* one a column or block, so that threads do not meet */
} assembly;

static int32_t position_of(const assembly *a, size_t row)
{
    return a->position ? a->position[row] : (int32_t)row;
}

static size_t row_of(const assembly *a, int32_t e)
{
    return a->row_of ? (size_t)a->row_of[e] : (size_t)e;
}

/* ---- places ---- */

static ltn_place place_of(const assembly *a, size_t row, const char *column)
{
    size_t chunk = 0;
    while (row >= a->start[chunk + 1]) chunk++;
    const ltn_inventory_builder *b = a->builder;
    if (b->locate) return b->locate(b->locate_context, chunk, row - a->start[chunk], column);
    return (ltn_place){"row", (int)row + 1, 0};
}

static void complain(const assembly *a, ltn_diagnostics *list, ltn_severity severity, size_t row, const char *column,
                     const char *format, va_list args)
{
    char text[sizeof((ltn_error *)0)->message];
    ltn_format_text(text, sizeof text, format, args);
    /* Finding a place may mean reading the file again: only for complaints that will be kept. */
    ltn_place at = list->count < LTN_DIAGNOSTICS_KEPT ? place_of(a, row, column) : (ltn_place){0};
    ltn_complain(list, severity, &at, "%s", text);
}

static void complain_row(const assembly *a, ltn_diagnostics *list, size_t row, const char *column, const char *format,
                         ...) __attribute__((format(printf, 5, 6)));

static void complain_row(const assembly *a, ltn_diagnostics *list, size_t row, const char *column, const char *format,
                         ...)
{
    va_list args;
    va_start(args, format);
    complain(a, list, LTN_ERROR, row, column, format, args);
    va_end(args);
}

/* What a tolerant reader only warns of. */
static void complain_mildly(const assembly *a, ltn_diagnostics *list, size_t row, const char *column,
                            const char *format, ...) __attribute__((format(printf, 5, 6)));

static void complain_mildly(const assembly *a, ltn_diagnostics *list, size_t row, const char *column,
                            const char *format, ...)
{
    va_list args;
    va_start(args, format);
    complain(a, list, a->builder->tolerant ? LTN_WARNING : LTN_ERROR, row, column, format, args);
    va_end(args);
}

/* A source without rows is one whose only row was refused; the reader has said so. */
static bool has_rows(const assembly *a, size_t source)
{
    return a->made->first[source] < a->made->first[source + 1];
}

static size_t first_row(const assembly *a, size_t source)
{
    return row_of(a, a->made->first[source]);
}

/* ---- grouping by source ---- */

static ltn_status count_rows(assembly *a)
{
    const ltn_inventory_builder *b = a->builder;
    if (!(a->start = ltn_alloc(b->chunk_count + 1, sizeof *a->start))) return LTN_ENOMEM;
    for (size_t i = 0; i < b->chunk_count; i++) a->start[i + 1] = a->start[i] + b->chunks[i]->rows;
    if (a->start[b->chunk_count] > INT32_MAX)
        return ltn_fail(LTN_ELIMIT, NULL, "an inventory holds at most 2^31 - 1 rows");
    return LTN_OK;
}

static bool is_attribute(const ltn_builder_column *column)
{
    return column->target >= (column->level == LTN_OF_SOURCE ? (int)LTN_SOURCE_COLUMNS : (int)LTN_EMISSION_COLUMNS);
}

static bool has_values(const ltn_column *column)
{
    return column->codes || (column->type == LTN_TEXT && column->every >= 0);
}

static bool has_any(const ltn_inventory_builder *b, size_t c)
{
    for (size_t i = 0; i < b->chunk_count; i++)
        if (c < b->chunks[i]->column_count && has_values(&b->chunks[i]->columns[c])) return true;
    return false;
}

/* Whether some row may have a value in a column. */
static bool is_given(const assembly *a, const char *name)
{
    int c = ltn_builder_find(a->builder, name);
    return c >= 0 && has_any(a->builder, (size_t)c);
}

/* Tells the tables which of their columns will stay absent, and the checks what they need not look at. */
static void mark_bare(assembly *a)
{
    a->has_activity = is_given(a, "activity");
    a->has_capacity = is_given(a, "capacity");
    for (size_t c = 0; c < LTN_SOURCE_COLUMNS; c++)
        a->made->sources->columns[c].bare = !is_given(a, ltn_source_forms[c].name);
    for (size_t c = 0; c < LTN_EMISSION_COLUMNS; c++)
        a->made->emissions->columns[c].bare = !is_given(a, ltn_emission_forms[c].name);
}

static int32_t source_of(const assembly *a, int column, size_t chunk, size_t row)
{
    const ltn_table *table = a->builder->chunks[chunk];
    bool there = column >= 0 && (size_t)column < table->column_count && table->columns[column].codes;
    return there ? table->columns[column].codes[row] : -1;
}

/* Counts each source's rows. `ordered` where they stand together already, as in most files. */
static size_t count_by_source(assembly *a, int column, bool *ordered, ltn_diagnostics *list)
{
    const ltn_inventory_builder *b = a->builder;
    int32_t *first = a->made->first, before = 0;
    size_t placed = 0;
    *ordered = true;
    for (size_t chunk = 0; chunk < b->chunk_count; chunk++)
        for (size_t row = 0; row < b->chunks[chunk]->rows; row++) {
            int32_t source = source_of(a, column, chunk, row);
            *ordered &= source >= before;
            before = source;
            if (source >= 0)
                first[source + 1]++, placed++;
            else
                complain_row(a, list, a->start[chunk] + row, "source",
                             "source is blank; expected the id of the emitting unit");
        }
    return placed;
}

/* Gives every row its place: a counting sort, stable. */
static ltn_status sort_rows(assembly *a, int column, size_t sources)
{
    const ltn_inventory_builder *b = a->builder;
    size_t rows = a->start[b->chunk_count];
    int32_t *next = ltn_alloc(sources + 1, sizeof *next);
    a->position = ltn_alloc(rows, sizeof *a->position);
    a->row_of = ltn_alloc(rows, sizeof *a->row_of);
    if (!next || !a->position || !a->row_of) {
        free(next);
        return LTN_ENOMEM;
    }
    memcpy(next, a->made->first, (sources + 1) * sizeof *next);
    for (size_t chunk = 0; chunk < b->chunk_count; chunk++)
        for (size_t row = 0; row < b->chunks[chunk]->rows; row++) {
            int32_t source = source_of(a, column, chunk, row), at = source >= 0 ? next[source]++ : -1;
            a->position[a->start[chunk] + row] = at;
            if (at >= 0) a->row_of[at] = (int32_t)(a->start[chunk] + row);
        }
    free(next);
    return LTN_OK;
}

static ltn_status place_rows(assembly *a, ltn_diagnostics *list)
{
    const ltn_inventory_builder *b = a->builder;
    int column = ltn_builder_find(b, "source");
    size_t sources = column >= 0 ? b->columns[column].words->count : 0;
    int32_t *first = a->made->first = ltn_alloc(sources + 1, sizeof *first);
    bool ordered;
    if (!first) return LTN_ENOMEM;
    size_t placed = count_by_source(a, column, &ordered, list);
    for (size_t s = 0; s < sources; s++) first[s + 1] += first[s];
    if (!ordered && sort_rows(a, column, sources)) return LTN_ENOMEM;
    mark_bare(a);
    /* Columns that are not bare are move_column()'s, one a thread. */
    if (ltn_table_resize_bare(a->made->sources, sources) || ltn_table_resize_bare(a->made->emissions, placed))
        return LTN_ENOMEM;
    a->made->assumed = ltn_alloc(placed, 1);
    a->doubtful_rows = ltn_alloc(placed, sizeof *a->doubtful_rows);
    a->doubtful_sources = ltn_alloc(sources, sizeof *a->doubtful_sources);
    return a->made->assumed && a->doubtful_rows && a->doubtful_sources ? LTN_OK : LTN_ENOMEM;
}

/* ---- columns ---- */

static ltn_table *table_of(const assembly *a, const ltn_builder_column *column)
{
    return column->level == LTN_OF_SOURCE ? a->made->sources : a->made->emissions;
}

/* The code that all rows of all chunks have in an attribute of emissions, or -1. */
static int32_t common_code(const assembly *a, size_t c)
{
    const ltn_inventory_builder *b = a->builder;
    const ltn_builder_column *column = &b->columns[c];
    if (column->level != LTN_OF_EMISSION || column->type != LTN_TEXT || a->position) return -1;
    for (size_t i = 0; i < b->chunk_count; i++) {
        const ltn_table *chunk = b->chunks[i];
        if (c >= chunk->column_count || chunk->columns[c].codes || chunk->columns[c].every < 0 ||
            chunk->columns[c].every != b->chunks[0]->columns[c].every)
            return -1;
    }
    return b->chunk_count ? b->chunks[0]->columns[c].every : -1;
}

static ltn_status add_attribute(const assembly *a, size_t c, ltn_table *table)
{
    ltn_builder_column *column = &a->builder->columns[c];
    int32_t code = common_code(a, c);
    if (code < 0) return ltn_table_add_column(table, column->name, column->type, column->words);
    column->target = NOWHERE; /* there is nothing left to move */
    return ltn_table_add_constant(table, column->name, column->words, code);
}

/* Attributes get their columns; standard text columns take the builder's dictionary. */
static ltn_status prepare_columns(assembly *a)
{
    for (size_t c = 0; c < a->builder->column_count; c++) {
        ltn_builder_column *column = &a->builder->columns[c];
        ltn_table *table = table_of(a, column);
        if (column->optional && is_attribute(column) && !has_any(a->builder, c)) {
            column->target = NOWHERE;
            continue;
        }
        column->form = column->level == LTN_OF_SOURCE ? is_attribute(column) ? NULL : &ltn_source_forms[column->target]
                       : is_attribute(column) ? ltn_emission_attribute(column->name)
                                                      : &ltn_emission_forms[column->target];
        if (is_attribute(column)) column->target = (int)table->column_count;
        bool tree = column->level == LTN_OF_SOURCE && (column->target == LTN_REGION || column->target == LTN_SECTOR);
        if ((size_t)column->target == table->column_count) {
            if (add_attribute(a, c, table)) return LTN_ENOMEM;
        } else if (column->type == LTN_TEXT && !tree) {
            ltn_dictionary_free(table->columns[column->target].words);
            table->columns[column->target].words = ltn_dictionary_share(column->words);
        }
    }
    return LTN_OK;
}

/* Complains where a number is outside the column's domain; such a value is treated as absent. */
static bool in_domain(const assembly *a, ltn_diagnostics *list, const ltn_builder_column *column, size_t row,
                      double value)
{
    if (!column->form) {
        if (isfinite(value)) return true;
        complain_row(a, list, row, column->name, "%s is not finite; expected a number", column->name);
        return false;
    }
    const ltn_column_form *form = column->form;
    if (isfinite(value) && value >= form->low && value <= form->high) return true;
    if (!isfinite(value))
        complain_row(a, list, row, form->name, "%s is not finite; expected a number", form->name);
    else if (form->high == 1)
        complain_row(a, list, row, form->name, "%s %g is outside [0, 1]; expected a share such as 0.8, or '80 %%'",
                     form->name, value);
    else if (form->high == LTN_CV_MOST && value > 0)
        complain_row(a, list, row, form->name, "%s %g is %g %%; expected a share such as 0.3, at most %d", form->name,
                     value, 100 * value, LTN_CV_MOST);
    else if (isinf(form->high) || form->high == LTN_CV_MOST)
        complain_row(a, list, row, form->name, "%s %g is negative; expected a number of at least 0", form->name, value);
    else if (form->high == 100)
        complain_row(a, list, row, form->name, "%s %g is outside [0, 100]; expected a percentage", form->name, value);
    else
        complain_row(a, list, row, form->name, "%s %g is outside [%g, %g] degrees", form->name, value, form->low,
                     form->high);
    return false;
}

static void take_number(const assembly *a, ltn_diagnostics *list, const ltn_builder_column *column, size_t at,
                        size_t row, double value)
{
    bool of_source = column->level == LTN_OF_SOURCE;
    double *target = &table_of(a, column)->columns[column->target].numbers[at];
    if (isnan(value)) return;
    if (!in_domain(a, list, column, row, value)) {
        atomic_store_explicit(of_source ? &a->doubtful_sources[at] : &a->doubtful_rows[at], 1, memory_order_relaxed);
        return;
    }
    if (isnan(*target) || !of_source)
        *target = value;
    else if (*target != value)
        complain_mildly(a, list, row, column->name,
                        "%s %.10g differs from %.10g in the source's first row; a source has one value", column->name,
                        value, *target);
}

static bool reads_as_number(const char *word, double *value)
{
    size_t length = strlen(word);
    bool leading_zero = word[0] == '0' && length > 1 && word[1] != '.';
    return !leading_zero && ltn_text_number(word, length, value) == length && isfinite(*value);
}

/* '45.5' and '45.50' are one value of a column that may turn out to hold numbers. */
static bool same_value(const ltn_builder_column *column, int32_t a, int32_t b)
{
    double x, y;
    const char *const *words = column->words->words;
    return a == b || (column->inferred && reads_as_number(words[a], &x) && reads_as_number(words[b], &y) && x == y);
}

static void take_text(const assembly *a, ltn_diagnostics *list, const ltn_builder_column *column, int32_t *target,
                      size_t row, int32_t code)
{
    if (code < 0) return;
    if (*target < 0)
        *target = code;
    else if (!same_value(column, *target, code))
        complain_mildly(a, list, row, column->name,
                        "%s '%s' differs from '%s' in the source's first row; a source has one value", column->name,
                        column->words->words[code], column->words->words[*target]);
}

/* The texts of emissions: there is nothing to hold them against. */
static void move_texts(const assembly *a, int32_t *target, size_t chunk, const ltn_column *from)
{
    size_t start = a->start[chunk], rows = a->builder->chunks[chunk]->rows;
    for (size_t row = 0; row < rows; row++) {
        int32_t at = position_of(a, start + row);
        if (at >= 0) target[at] = from->codes ? from->codes[row] : from->every;
    }
}

/* The texts of sources: nearly all rows repeat what the source has already. */
static void move_source_texts(const assembly *a, ltn_diagnostics *list, const ltn_builder_column *column, size_t chunk,
                              const int32_t *sources, const ltn_column *from)
{
    int32_t *target = table_of(a, column)->columns[column->target].codes;
    size_t rows = a->builder->chunks[chunk]->rows;
    for (size_t row = 0; row < rows; row++) {
        int32_t code = from->codes ? from->codes[row] : from->every;
        if (sources[row] < 0 || target[sources[row]] == code) continue;
        take_text(a, list, column, &target[sources[row]], a->start[chunk] + row, code);
    }
}

static void move_values(const assembly *a, ltn_diagnostics *list, const ltn_builder_column *column, size_t chunk,
                        const ltn_column *from)
{
    ltn_inventory_builder *b = a->builder;
    int source_column = ltn_builder_find(b, "source");
    bool placed = source_column >= 0 && (size_t)source_column < b->chunks[chunk]->column_count;
    const int32_t *sources = placed ? b->chunks[chunk]->columns[source_column].codes : NULL;
    if (sources && column->type == LTN_TEXT) {
        move_source_texts(a, list, column, chunk, sources, from);
        return;
    }
    for (size_t row = 0; sources && row < b->chunks[chunk]->rows; row++) {
        size_t r = a->start[chunk] + row;
        int32_t position = position_of(a, r);
        if (position < 0) continue;
        size_t at = column->level == LTN_OF_EMISSION ? (size_t)position : (size_t)sources[row];
        take_number(a, list, column, at, r, from->numbers[row]);
    }
}

/* Moves one column from the chunks to its table; the chunks' memory goes as it is used up. */
static ltn_status move_column(void *context, size_t c)
{
    assembly *a = context;
    ltn_inventory_builder *b = a->builder;
    const ltn_builder_column *column = &b->columns[c];
    if (column->target == NOWHERE) return LTN_OK;
    ltn_column *target = &table_of(a, column)->columns[column->target];
    int source_column = ltn_builder_find(b, "source");
    if (!target->bare && !is_attribute(column)) ltn_table_make_absent(table_of(a, column), (size_t)column->target);
    for (size_t chunk = 0; chunk < b->chunk_count; chunk++) {
        if (c >= b->chunks[chunk]->column_count || !has_values(&b->chunks[chunk]->columns[c])) continue;
        ltn_column *from = &b->chunks[chunk]->columns[c];
        if (column->level == LTN_OF_EMISSION && column->type == LTN_TEXT)
            move_texts(a, target->codes, chunk, from);
        else
            move_values(a, &a->parts[c], column, chunk, from);
        if ((int)c == source_column) continue; /* the others still need it */
        free(from->codes);
        from->codes = NULL;
        from->every = -1;
    }
    return LTN_OK;
}

/* ---- trees ---- */

/* Turns the words of the region or sector column into nodes; unknown ones are complained of at each row. */
static ltn_status resolve_tree(assembly *a, ltn_source_column which, ltn_tree *tree, bool closed, ltn_diagnostics *list)
{
    const char *name = ltn_source_forms[which].name;
    int c = ltn_builder_find(a->builder, name);
    ltn_column *column = &a->made->sources->columns[which];
    const ltn_dictionary *words = c >= 0 ? a->builder->columns[c].words : NULL;
    int32_t *nodes = ltn_alloc(words ? words->count : 0, sizeof *nodes);
    ltn_status status = nodes ? LTN_OK : LTN_ENOMEM;
    for (size_t w = 0; !status && words && w < words->count; w++) {
        bool odd = which == LTN_SECTOR && !ltn_tree_is_path(words->words[w]);
        nodes[w] = closed || odd         ? ltn_tree_find(tree, words->words[w])
                   : which == LTN_REGION ? ltn_tree_add_root(tree, words->words[w])
                                         : ltn_tree_add_path(tree, words->words[w]);
        if (!closed && !odd && nodes[w] < 0) status = LTN_ENOMEM;
    }
    for (size_t s = 0; !status && s < a->made->sources->rows; s++) {
        int32_t word = column->codes[s];
        column->codes[s] = word < 0 ? -1 : nodes[word];
        if (column->codes[s] >= 0 || !has_rows(a, s)) continue;
        const char *near = word >= 0 ? ltn_dictionary_nearest(ltn_tree_codes(tree), words->words[word]) : NULL;
        if (word < 0)
            complain_row(a, list, first_row(a, s), name, "%s is blank; expected a code", name);
        else
            for (int32_t e = a->made->first[s]; e < a->made->first[s + 1]; e++)
                complain_row(a, list, row_of(a, e), name, "%s '%s' is not in the table of %ss%s%s%s", name,
                             words->words[word], name, near ? "; the nearest is '" : "", near ? near : "",
                             near ? "'" : "");
    }
    free(nodes);
    return status;
}

/* ---- attributes that are numbers ---- */

/* Codes look like numbers but are not: a leading zero, or a column that is a code by its name. */
static bool is_code_column(const char *name)
{
    static const char *const codes[] = {"sic",
                                        "naics",
                                        "mact",
                                        "scc",
                                        "nfr",
                                        "gnfr",
                                        "stage",
                                        "origin",
                                        "measure",
                                        "country_cd",
                                        "tribal_code",
                                        "census_tract_cd",
                                        "shape_id",
                                        "emis_type",
                                        "facility_id",
                                        "unit_id",
                                        "rel_point_id",
                                        "process_id",
                                        "agy_facility_id",
                                        "agy_unit_id",
                                        "agy_rel_point_id",
                                        "agy_process_id",
                                        "erptype",
                                        "ll_datum",
                                        "horiz_coll_mthd",
                                        "design_capacity_units",
                                        "fac_source_type",
                                        "unit_type_code",
                                        "submitter_fac_id",
                                        "facil_category_code",
                                        "oris_facility_code",
                                        "oris_boiler_id",
                                        "ipm_yn",
                                        "zipcode"};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (strcmp(name, codes[i]) == 0) return true;
    return false;
}

/* Turns an attribute read as text into numbers where every value it has is one. */
static ltn_status infer_type(assembly *a, const ltn_builder_column *attribute)
{
    ltn_column *column = &a->made->sources->columns[attribute->target];
    double *values = ltn_alloc(column->words->count, sizeof *values);
    if (!values) return LTN_ENOMEM;
    bool numeric = column->words->count > 0;
    for (size_t w = 0; numeric && w < column->words->count; w++)
        numeric = reads_as_number(column->words->words[w], &values[w]);
    double *numbers = numeric ? ltn_alloc(a->made->sources->capacity, sizeof *numbers) : NULL;
    ltn_status status = numeric && !numbers ? LTN_ENOMEM : LTN_OK;
    if (numbers) {
        for (size_t s = 0; s < a->made->sources->rows; s++)
            numbers[s] = column->codes[s] < 0 ? NAN : values[column->codes[s]];
        free(column->codes);
        ltn_dictionary_free(column->words);
        *column = (ltn_column){.name = column->name, .type = LTN_NUMBER, .numbers = numbers};
    }
    free(values);
    return status;
}

static ltn_status infer_types(assembly *a)
{
    ltn_status status = LTN_OK;
    for (size_t c = 0; !status && c < a->builder->column_count; c++) {
        const ltn_builder_column *column = &a->builder->columns[c];
        if (column->inferred && !is_code_column(column->name)) status = infer_type(a, column);
    }
    return status;
}

/* ---- values that belong together ---- */

/* An activity in a unit that nobody knows cannot be summed, capped or replaced, whatever else is given. */
static void check_activity(const assembly *a, ltn_diagnostics *list, size_t source)
{
    const ltn_column *sources = a->made->sources->columns;
    int32_t unit = sources[LTN_ACTIVITY_UNIT].codes[source];
    if (isnan(sources[LTN_ACTIVITY].numbers[source]) || unit < 0 || a->known_units[unit]) return;
    complain_row(a, list, first_row(a, source), "activity",
                 "activity '%g %s' has no unit that is known; expected for example '100 t'",
                 sources[LTN_ACTIVITY].numbers[source], sources[LTN_ACTIVITY_UNIT].words->words[unit]);
    atomic_store_explicit(&a->doubtful_sources[source], 1, memory_order_relaxed);
}

static void check_capacity(const assembly *a, ltn_diagnostics *list, size_t source)
{
    const ltn_column *sources = a->made->sources->columns;
    double capacity = sources[LTN_CAPACITY].numbers[source];
    int32_t unit = sources[LTN_CAPACITY_UNIT].codes[source];
    if (isnan(capacity) || (unit >= 0 && a->capacity_units[unit].kind != LTN_CAPACITY_NONE)) return;
    size_t row = first_row(a, source);
    if (unit < 0)
        complain_row(a, list, row, "capacity", "capacity %g has no unit; expected for example '12 t/h'", capacity);
    else
        complain_row(a, list, row, "capacity",
                     "capacity '%g %s' has no unit of mass per time or power; expected for example '12 t/h'", capacity,
                     sources[LTN_CAPACITY_UNIT].words->words[unit]);
}

typedef struct row_values {
    double activity, factor, removal, scale, given;
    const char *activity_unit, *factor_unit;
} row_values;

/* Complains of what makes A · EF no mass. */
static void complain_scale(const assembly *a, ltn_diagnostics *list, size_t row, const row_values *v)
{
    if (!v->activity_unit)
        complain_row(a, list, row, "activity", "activity %g has no activity_unit; expected for example 't'",
                     v->activity);
    else if (!v->factor_unit)
        complain_row(a, list, row, "factor", "factor %g has no factor_unit; expected for example 'g/kg'", v->factor);
    else
        complain_row(a, list, row, "factor",
                     "factor_unit '%s' times activity_unit '%s' is no mass; expected for example 'g/kg' with 't'",
                     v->factor_unit, v->activity_unit);
}

/* E = A · EF · (1 − R); see the head of lantian/inventory.h. */
static void reckon_row(const assembly *a, ltn_diagnostics *list, int32_t e, const row_values *v)
{
    ltn_inventory *made = a->made;
    size_t row = row_of(a, e);
    bool calculable = !isnan(v->activity) && !isnan(v->factor);
    if (!calculable) {
        if (isnan(v->given))
            complain_row(a, list, row, "emission_t",
                         "emission_t is blank and %s is not given; expected emission_t, or activity and factor",
                         isnan(v->activity) ? "activity" : "factor");
        return;
    }
    if (isnan(v->scale)) {
        complain_scale(a, list, row, v);
        return;
    }
    double reckoned = v->activity * v->factor * v->scale * (1 - (isnan(v->removal) ? 0 : v->removal));
    if (!isfinite(reckoned)) {
        complain_row(a, list, row, "factor", "activity %g times factor %g is larger than any number", v->activity,
                     v->factor);
        return;
    }
    static const double agree = 0.005; /* of the given emission: rounding in printed tables */
    if (isnan(v->given)) {
        made->emissions->columns[LTN_EMISSION].numbers[e] = reckoned;
        made->assumed[e] = isnan(v->removal);
        if (made->assumed[e] && a->builder->options.no_defaults)
            complain_row(a, list, row, "removal",
                         "removal is blank and no default is allowed; expected a share in [0, 1]");
    } else if (!isnan(v->removal) && fabs(reckoned - v->given) > agree * v->given) {
        const char *key = ltn_table_text(made->emissions, (size_t)e, LTN_REMOVAL_KEY);
        complain_row(a, list, row, "emission_t",
                     "emission_t %g differs from activity x factor x (1 - removal) = %g t by more than 0.5 %%%s",
                     v->given, reckoned,
                     key && ltn_is_default_key(key) ? ", with the table's removal of the device; expected its own"
                                                    : "");
    }
}

/* Adds a row to an earlier one. The removal of the two is what left their sum:
 * R = 1 − ΣE / Σ(E/(1 − R)), unknown where one of them is unknown or has removed everything. */
static void merge_rows(assembly *a, int32_t into, int32_t e)
{
    static const double agree = 1e-12; /* rounding of the formula */
    ltn_column *columns = a->made->emissions->columns;
    double *emission = columns[LTN_EMISSION].numbers, *removal = columns[LTN_REMOVAL].numbers;
    double sum = emission[into] + emission[e],
           whole = emission[into] / (1 - removal[into]) + emission[e] / (1 - removal[e]);
    if (removal[into] != removal[e]) {
        double joint = whole > 0 ? 1 - sum / whole : NAN;
        removal[into] = joint >= -agree && joint <= 1 ? fmax(joint, 0) : NAN;
    }
    emission[into] = sum;
    int months[LTN_MONTHS];
    size_t count = ltn_month_columns(a->made->emissions, months);
    /* A month that one row has and the other lacks is lacking in the sum. */
    for (size_t i = 0; i < count; i++) columns[months[i]].numbers[into] += columns[months[i]].numbers[e];
    atomic_store_explicit(&a->doubtful_rows[e], MERGED_ROW, memory_order_relaxed);
    atomic_fetch_add_explicit(&a->merged, 1, memory_order_relaxed);
}

/* `seen` holds, for each pollutant, the first emission row of the source that had it, plus one. */
static void check_duplicates(assembly *a, ltn_diagnostics *list, size_t source, int32_t *seen)
{
    const ltn_column *pollutant = &a->made->emissions->columns[LTN_POLLUTANT];
    for (int32_t e = a->made->first[source]; e < a->made->first[source + 1]; e++) {
        int32_t code = pollutant->codes[e];
        if (code < 0) {
            complain_row(a, list, row_of(a, e), "pollutant", "pollutant is blank; expected for example SO2");
            continue;
        }
        int32_t twin = seen[code] - 1;
        if (twin < a->made->first[source] || !a->builder->tolerant) seen[code] = e + 1;
        if (twin < a->made->first[source]) continue;
        ltn_place before = {0};
        if (list->count < LTN_DIAGNOSTICS_KEPT) before = place_of(a, row_of(a, twin), "source");
        complain_mildly(a, list, row_of(a, e), "pollutant", "source '%s' has %s already, in line %d; %s",
                        ltn_source_text(a->made, source, LTN_SOURCE), pollutant->words->words[code], before.line,
                        a->builder->tolerant ? "the rows are added" : "expected one row a source and pollutant");
        if (a->builder->tolerant) merge_rows(a, twin, e);
    }
}

/* Where no row has an activity every emission must be given. */
static void check_given(const assembly *a, ltn_diagnostics *list, size_t source)
{
    const double *given = a->made->emissions->columns[LTN_EMISSION].numbers;
    for (int32_t e = a->made->first[source]; e < a->made->first[source + 1]; e++)
        if (isnan(given[e]) && !a->doubtful_sources[source] && !a->doubtful_rows[e])
            reckon_row(a, list, e, &(row_values){.activity = NAN, .factor = NAN, .removal = NAN, .given = NAN});
}

static ltn_status check_block(void *context, size_t block)
{
    assembly *a = context;
    const ltn_inventory *made = a->made;
    const ltn_column *sources = made->sources->columns, *emissions = made->emissions->columns;
    ltn_diagnostics *list = &a->parts[block];
    ltn_scale_cache cache;
    ltn_scale_cache_init(&cache, made);
    int32_t *seen = ltn_alloc(emissions[LTN_POLLUTANT].words->count, sizeof *seen);
    if (!seen) return LTN_ENOMEM;
    size_t end = (block + 1) * SOURCES_PER_BLOCK;
    if (end > made->sources->rows) end = made->sources->rows;
    for (size_t s = block * SOURCES_PER_BLOCK; s < end; s++) {
        if (!has_rows(a, s)) continue;
        if (a->has_capacity) check_capacity(a, list, s);
        if (a->has_activity) check_activity(a, list, s);
        check_duplicates(a, list, s, seen);
        if (!a->has_activity) {
            check_given(a, list, s);
            continue;
        }
        int32_t unit = sources[LTN_ACTIVITY_UNIT].codes[s];
        for (int32_t e = made->first[s]; e < made->first[s + 1]; e++) {
            if (a->doubtful_sources[s] || a->doubtful_rows[e]) continue;
            int32_t factor_unit = emissions[LTN_FACTOR_UNIT].codes[e];
            row_values v = {
                .activity = sources[LTN_ACTIVITY].numbers[s],
                .factor = emissions[LTN_FACTOR].numbers[e],
                .removal = emissions[LTN_REMOVAL].numbers[e],
                .given = emissions[LTN_EMISSION].numbers[e],
                .scale = ltn_scale_tonnes(&cache, unit, factor_unit),
                .activity_unit = ltn_source_text(made, s, LTN_ACTIVITY_UNIT),
                .factor_unit = ltn_table_word(made->emissions, LTN_FACTOR_UNIT, factor_unit),
            };
            reckon_row(a, list, e, &v);
        }
    }
    free(seen);
    return LTN_OK;
}

/* ---- all together ---- */

/* Runs `work` on `items` with a list of complaints each, then puts the lists together in order. */
static ltn_status run_checked(assembly *a, size_t items, ltn_work work, ltn_diagnostics *list)
{
    if (!(a->parts = ltn_alloc(items, sizeof *a->parts))) return LTN_ENOMEM;
    ltn_status status = ltn_parallel(items, a->builder->options.threads, work, a);
    for (size_t i = 0; i < items; i++) {
        ltn_diagnostics_append(list, &a->parts[i]);
        ltn_diagnostics_clear(&a->parts[i]);
    }
    free(a->parts);
    a->parts = NULL;
    return status;
}

/* ---- factors from a table ---- */

static void doubt_row(assembly *a, int32_t e)
{
    atomic_store_explicit(&a->doubtful_rows[e], DOUBTFUL_ROW, memory_order_relaxed);
}

static ltn_status fill_factor(assembly *a, size_t source, int32_t e, ltn_diagnostics *list)
{
    ltn_table *emissions = a->made->emissions;
    ltn_default_factor found;
    size_t row = row_of(a, e);
    const char *pollutant = ltn_table_text(emissions, (size_t)e, LTN_POLLUTANT);
    ltn_status status = a->builder->find_factor(a->builder->find_factor_context, a->made, source, pollutant, &found);
    if (status == LTN_ENOMEM) return status;
    if (status || a->builder->options.no_defaults) {
        if (status)
            complain_row(a, list, row, "factor", "factor is blank: %s", ltn_last_error()->message);
        else
            complain_row(a, list, row, "factor", "factor is blank and no default is allowed; the table has %g %s",
                         found.value, found.unit);
        doubt_row(a, e);
        return LTN_OK;
    }
    emissions->columns[LTN_FACTOR].numbers[e] = found.value;
    status = ltn_table_set_text(emissions, (size_t)e, LTN_FACTOR_UNIT, found.unit);
    return status ? status : ltn_table_set_text(emissions, (size_t)e, LTN_FACTOR_KEY, found.key);
}

/* Rows that give activity and nothing else. */
static ltn_status fill_factors(assembly *a, ltn_diagnostics *list)
{
    const ltn_column *sources = a->made->sources->columns, *emissions = a->made->emissions->columns;
    ltn_status status = LTN_OK;
    for (size_t s = 0; a->builder->find_factor && !status && s < a->made->sources->rows; s++)
        for (int32_t e = a->made->first[s]; !status && e < a->made->first[s + 1]; e++) {
            bool blank = isnan(emissions[LTN_FACTOR].numbers[e]) && isnan(emissions[LTN_EMISSION].numbers[e]);
            bool whole = !isnan(sources[LTN_ACTIVITY].numbers[s]) && sources[LTN_SECTOR].codes[s] >= 0 &&
                         emissions[LTN_POLLUTANT].codes[e] >= 0;
            if (blank && whole && !a->doubtful_sources[s] && !a->doubtful_rows[e]) status = fill_factor(a, s, e, list);
        }
    return status;
}

/* ---- removals from a table ---- */

/* Rows given one by one are held against no table. */
static ltn_status find_no_removal(void *context, const ltn_inventory *made, size_t emission, ltn_default_removal *out)
{
    (void)context;
    out->column = "removal";
    return ltn_fail(LTN_EINPUT, NULL,
                    "removal is blank and device '%s' is looked up in files only; expected a share in [0, 1]",
                    ltn_table_text(made->emissions, emission, LTN_DEVICE));
}

static ltn_status fill_removal(assembly *a, int32_t e, ltn_diagnostics *list)
{
    ltn_table *emissions = a->made->emissions;
    ltn_default_removal found = {0};
    size_t row = row_of(a, e);
    ltn_find_removal find = a->builder->find_removal ? a->builder->find_removal : find_no_removal;
    ltn_status status = find(a->builder->find_removal_context, a->made, (size_t)e, &found);
    if (status && !found.column) return status;
    if (!status && !a->builder->options.no_defaults) {
        emissions->columns[LTN_REMOVAL].numbers[e] = found.value;
        return ltn_table_set_text(emissions, (size_t)e, LTN_REMOVAL_KEY, found.key);
    }
    if (status)
        complain_row(a, list, row, found.column, "%s", ltn_last_error()->message);
    else
        complain_row(a, list, row, "removal",
                     "removal is blank and no default is allowed; by the table, device '%s' removes %g",
                     ltn_table_text(emissions, (size_t)e, LTN_DEVICE), found.value);
    doubt_row(a, e);
    return LTN_OK;
}

/* A capture that is a number has its domain, whether it is used or only on record. */
static bool check_capture(assembly *a, int32_t e, ltn_diagnostics *list)
{
    double share;
    const char *capture = ltn_table_text(a->made->emissions, (size_t)e, LTN_CAPTURE);
    if (!capture || !ltn_text_share(capture, &share) || (share >= 0 && share <= 1)) return true;
    complain_row(a, list, row_of(a, e), "capture",
                 "capture %s is outside [0, 1]; expected a share such as 0.8, or '80 %%'", capture);
    doubt_row(a, e);
    return false;
}

static void complain_no_device(assembly *a, int32_t e, ltn_diagnostics *list)
{
    bool capture = ltn_emission_column_of(a->made, LTN_CAPTURE)->codes[e] >= 0;
    complain_row(a, list, row_of(a, e), capture ? "capture" : "running",
                 "%s is given where neither device nor removal is; expected the device, or a removal",
                 capture ? "capture" : "running");
    doubt_row(a, e);
}

/* Rows that name a device and give no removal. */
static ltn_status fill_removals(assembly *a, ltn_diagnostics *list)
{
    static const char *const columns[] = {"device", "capture", "running"};
    const ltn_column *emissions = a->made->emissions->columns;
    bool any = false;
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) any |= ltn_builder_find(a->builder, columns[i]) >= 0;
    ltn_status status = LTN_OK;
    for (int32_t e = 0; any && !status && (size_t)e < a->made->emissions->rows; e++) {
        bool good = check_capture(a, e, list) && !a->doubtful_rows[e];
        if (!good || !isnan(emissions[LTN_REMOVAL].numbers[e]) || emissions[LTN_POLLUTANT].codes[e] < 0) continue;
        if (emissions[LTN_DEVICE].codes[e] >= 0)
            status = fill_removal(a, e, list);
        else if (emissions[LTN_CAPTURE].codes[e] >= 0 || !isnan(emissions[LTN_RUNNING].numbers[e]))
            complain_no_device(a, e, list);
    }
    return status;
}

static uint8_t *known_units(const ltn_inventory *made)
{
    const ltn_dictionary *units = ltn_source_column_of(made, LTN_ACTIVITY_UNIT)->words;
    uint8_t *known = ltn_alloc(units->count, 1);
    for (size_t u = 0; known && u < units->count; u++) known[u] = ltn_unit_known(units->words[u]) != 0;
    return known;
}

/* Takes the rows out that were added to others. */
static ltn_status drop_merged(assembly *a)
{
    ltn_inventory *made = a->made;
    int32_t *kept = ltn_alloc(made->emissions->rows, sizeof *kept);
    ltn_table *emissions = NULL;
    size_t count = 0;
    if (!kept) return LTN_ENOMEM;
    for (size_t s = 0; s < made->sources->rows; s++) {
        int32_t from = made->first[s];
        made->first[s] = (int32_t)count;
        for (int32_t e = from; e < made->first[s + 1]; e++) {
            if (a->doubtful_rows[e] == MERGED_ROW) continue;
            made->assumed[count] = made->assumed[e];
            kept[count++] = e;
        }
    }
    made->first[made->sources->rows] = (int32_t)count;
    ltn_status status = ltn_table_gather(made->emissions, kept, count, &emissions);
    free(kept);
    if (status) return status;
    ltn_table_free(made->emissions);
    made->emissions = emissions;
    return LTN_OK;
}

static ltn_status assemble(assembly *a, ltn_diagnostics *list)
{
    const ltn_inventory_options *options = &a->builder->options;
    ltn_status status = count_rows(a);
    if (!status) status = place_rows(a, list);
    if (!status) status = prepare_columns(a);
    if (!status) status = run_checked(a, a->builder->column_count, move_column, list);
    if (!status) status = resolve_tree(a, LTN_REGION, a->made->regions, options->regions != NULL, list);
    if (!status) status = resolve_tree(a, LTN_SECTOR, a->made->sectors, options->sectors != NULL, list);
    if (!status) status = infer_types(a);
    if (!status) status = fill_factors(a, list);
    if (!status) status = fill_removals(a, list);
    if (!status && !(a->capacity_units = ltn_capacity_scales(a->made))) status = LTN_ENOMEM;
    if (!status && !(a->known_units = known_units(a->made))) status = LTN_ENOMEM;
    size_t blocks = (a->made->sources->rows + SOURCES_PER_BLOCK - 1) / SOURCES_PER_BLOCK;
    if (!status) status = run_checked(a, blocks, check_block, list);
    if (!status && a->merged) status = drop_merged(a);
    /* Without activities nothing is reckoned, and the memory need not be looked at. */
    for (size_t e = 0; !status && a->has_activity && e < a->made->emissions->rows; e++)
        a->made->assumed_count += a->made->assumed[e];
    return status;
}

static void empty_builder(ltn_inventory_builder *builder)
{
    for (size_t i = 0; i < builder->chunk_count; i++) ltn_table_free(builder->chunks[i]);
    builder->chunk_count = 0;
    for (size_t c = 0; c < builder->column_count; c++) ltn_dictionary_free(builder->columns[c].words);
    builder->column_count = builder->attribute_count = 0;
}

ltn_status ltn_inventory_builder_finish(ltn_inventory_builder *builder, ltn_inventory **out)
{
    *out = NULL;
    ltn_diagnostics own = {0}, *list = builder->options.diagnostics ? builder->options.diagnostics : &own;
    size_t kept_before = list->count, errors_before = list->errors;
    assembly a = {.builder = builder, .made = builder->made};
    builder->made = NULL;
    ltn_status status =
        a.made ? assemble(&a, list) : ltn_fail(LTN_EARGUMENT, NULL, "the builder has been finished already");
    free(a.start);
    free(a.position);
    free(a.row_of);
    free(a.capacity_units);
    free(a.known_units);
    free(a.doubtful_rows);
    free(a.doubtful_sources);
    if (!status) {
        /* Columns were checked one by one: show the complaints in the order of the file. */
        ltn_diagnostics_sort(list, kept_before);
        status = ltn_diagnostics_verdict(list, errors_before);
    }
    empty_builder(builder);
    if (status)
        ltn_inventory_free(a.made);
    else
        *out = a.made;
    ltn_diagnostics_clear(&own);
    return status;
}
