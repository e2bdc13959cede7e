/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/text.h"
#include "base/unit.h"
#include "scenario/near.h"
#include "scenario/selector.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- what a selector is made of ---- */

static bool is_emission_column(const char *name)
{
    for (size_t c = 0; c < LTN_EMISSION_COLUMNS; c++)
        if (strcmp(ltn_emission_forms[c].name, name) == 0) return true;
    return false;
}

static bool is_on_emissions(const ltn_condition *c)
{
    bool found = c->column && is_emission_column(c->column);
    /* What `within` measures from is a selection of its own. */
    for (size_t i = 0; !found && c->kind != LTN_IS_NEAR && i < c->count; i++) found = is_on_emissions(c->items[i]);
    return found;
}

bool ltn_selector_by_emission(const ltn_selector *selector)
{
    return selector && is_on_emissions(selector->root);
}

/* ---- evaluation ---- */

typedef struct evaluation {
    const ltn_inventory *inventory, *around; /* `around` may be NULL */
    ltn_selection *selection;
    const char *absent_as_true; /* column whose absent values are taken as a match, to count what they decide */
} evaluation;

/* Where a column is and what it holds. */
typedef struct located {
    const ltn_column *column;
    bool of_emission;
} located;

static ltn_status locate_column(const evaluation *ev, const ltn_condition *c, located *out)
{
    const char *name = strcmp(c->column, "id") == 0 ? "source" : c->column;
    out->of_emission = is_emission_column(name);
    const ltn_table *table = out->of_emission ? ev->inventory->emissions : ev->inventory->sources;
    int found = ltn_table_find(table, name);
    if (found >= 0) {
        out->column = &table->columns[found];
        return LTN_OK;
    }
    const char *names[256];
    size_t count = 0;
    for (; count < table->column_count && count < 256; count++) names[count] = table->columns[count].name;
    const char *near = ltn_text_nearest(name, names, count);
    return ltn_fail(LTN_EINPUT, &c->place, "the inventory has no column '%s'%s%s%s", c->column,
                    near ? "; the nearest is '" : "", near ? near : "", near ? "'" : "");
}

static void note_absent(evaluation *ev, const char *column)
{
    ltn_selection *s = ev->selection;
    for (size_t i = 0; i < s->absent_count; i++)
        if (strcmp(s->absent[i].column, column) == 0) return;
    if (s->absent_count < LTN_ABSENT_COLUMNS_MAX) s->absent[s->absent_count++].column = column;
}

/* Whether a source (or emission) matches: 1 yes, 0 no, -1 the value is absent. */
typedef int (*row_test)(const void *context, size_t row);

/* Tests every source (or emission) and sets the rows it stands for. */
static void spread(evaluation *ev, const ltn_condition *c, bool of_emission, row_test test, const void *context,
                   uint8_t *out)
{
    const ltn_inventory *inventory = ev->inventory;
    uint8_t if_absent = ev->absent_as_true && strcmp(ev->absent_as_true, c->column) == 0;
    bool absent = false;
    size_t values = of_emission ? inventory->emissions->rows : inventory->sources->rows;
    bool expand = ev->selection->by_emission && !of_emission;
    for (size_t i = 0; i < values; i++) {
        int match = test(context, i);
        absent |= match < 0;
        uint8_t value = match < 0 ? if_absent : (uint8_t)match;
        if (!expand)
            out[i] = value;
        else
            memset(out + inventory->first[i], value, (size_t)(inventory->first[i + 1] - inventory->first[i]));
    }
    if (absent) note_absent(ev, c->column);
}

/* ---- text conditions ---- */

typedef struct text_test {
    const int32_t *codes;
    const uint8_t *match; /* of each word */
} text_test;

static int test_text(const void *context, size_t row)
{
    const text_test *t = context;
    return t->codes[row] < 0 ? -1 : t->match[t->codes[row]];
}

static bool pattern_matches(const char *pattern, const char *word)
{
    return ltn_text_is_glob(pattern) ? ltn_text_glob(pattern, word) : strcmp(pattern, word) == 0;
}

/* One of the `;`-separated tags (or devices) of a word. */
static bool has_tag(const char *pattern, const char *word)
{
    char tag[256];
    while (*word) {
        word += strspn(word, " ");
        size_t length = strcspn(word, ";"), rest = length;
        while (length && word[length - 1] == ' ') length--;
        if (length < sizeof tag) {
            memcpy(tag, word, length);
            tag[length] = '\0';
            if (pattern_matches(pattern, tag)) return true;
        }
        word += rest + (word[rest] == ';');
    }
    return false;
}

static ltn_status mark_tree(const ltn_condition *c, const char *pattern, const ltn_tree *tree, uint8_t *match)
{
    bool found = false;
    for (size_t node = 0; node < ltn_tree_count(tree); node++)
        if (pattern_matches(pattern, ltn_tree_code(tree, (int32_t)node))) {
            found = true;
            ltn_tree_mark_inside(tree, (int32_t)node, match);
        }
    /* A tree made of the codes an inventory happens to have does not know what else there is. */
    if (found || tree->open || ltn_text_is_glob(pattern)) return LTN_OK;
    const char *near = ltn_dictionary_nearest(ltn_tree_codes(tree), pattern);
    return ltn_fail(LTN_EINPUT, &c->place, "%s '%s' is not in the table of %ss%s%s%s", c->column, pattern, c->column,
                    near ? "; the nearest is '" : "", near ? near : "", near ? "'" : "");
}

static ltn_status mark_words(const evaluation *ev, const ltn_condition *c, const ltn_dictionary *words, uint8_t *match)
{
    bool tags = strcmp(c->column, "tags") == 0 || strcmp(c->column, "device") == 0;
    const ltn_tree *tree = strcmp(c->column, "region") == 0   ? ev->inventory->regions
                           : strcmp(c->column, "sector") == 0 ? ev->inventory->sectors
                                                              : NULL;
    ltn_status status = LTN_OK;
    for (size_t p = 0; !status && p < c->patterns.count; p++) {
        const char *pattern = c->patterns.items[p];
        if (tree) {
            status = mark_tree(c, pattern, tree, match);
        } else if (!tags && !ltn_text_is_glob(pattern)) {
            int32_t code = ltn_dictionary_find(words, pattern, strlen(pattern));
            if (code >= 0) match[code] = 1;
        } else {
            for (size_t w = 0; w < words->count; w++)
                match[w] |= tags ? has_tag(pattern, words->words[w]) : pattern_matches(pattern, words->words[w]);
        }
    }
    return status;
}

static ltn_status evaluate_words(evaluation *ev, const ltn_condition *c, const located *at, uint8_t *out)
{
    uint8_t *match = ltn_alloc(at->column->words->count, 1);
    if (!match) return LTN_ENOMEM;
    ltn_status status = mark_words(ev, c, at->column->words, match);
    text_test t = {at->column->codes, match};
    if (!status) spread(ev, c, at->of_emission, test_text, &t, out);
    free(match);
    return status;
}

/* ---- numbers ---- */

typedef struct number_test {
    const double *numbers;
    const int32_t *units; /* codes of the unit column, or NULL */
    const double *scales; /* of each unit to the bounds' unit; NaN where they do not compare */
    const ltn_bound *bounds;
    double is[64]; /* of a text condition on a numeric column: any of them */
    size_t is_count;
} number_test;

static int test_number(const void *context, size_t row)
{
    const number_test *t = context;
    double value = t->numbers[row];
    if (t->units) value *= t->units[row] < 0 ? NAN : t->scales[t->units[row]];
    if (isnan(value)) return -1;
    for (size_t i = 0; i < t->is_count; i++)
        if (value == t->is[i]) return 1;
    if (!t->bounds) return 0;
    const ltn_bound *b = t->bounds;
    return (!b[LTN_BOUND_MIN].given || value >= b[LTN_BOUND_MIN].value) &&
           (!b[LTN_BOUND_MAX].given || value <= b[LTN_BOUND_MAX].value) &&
           (!b[LTN_BOUND_ABOVE].given || value > b[LTN_BOUND_ABOVE].value) &&
           (!b[LTN_BOUND_BELOW].given || value < b[LTN_BOUND_BELOW].value) &&
           (!b[LTN_BOUND_IS].given || value == b[LTN_BOUND_IS].value);
}

/* `units: 3` on a column of numbers means the number. */
static ltn_status evaluate_equal(evaluation *ev, const ltn_condition *c, const located *at, uint8_t *out)
{
    number_test t = {.numbers = at->column->numbers};
    for (size_t p = 0; p < c->patterns.count; p++) {
        const char *pattern = c->patterns.items[p];
        if (ltn_text_number(pattern, strlen(pattern), &t.is[t.is_count]) != strlen(pattern))
            return ltn_fail(LTN_EINPUT, &c->place, "column '%s' holds numbers; '%s' is none", c->column, pattern);
        if (++t.is_count == sizeof t.is / sizeof *t.is)
            return ltn_fail(LTN_ELIMIT, &c->place, "'%s' names more than %zu numbers; expected a range", c->column,
                            sizeof t.is / sizeof *t.is - 1);
    }
    spread(ev, c, at->of_emission, test_number, &t, out);
    return LTN_OK;
}

static int unit_column_of(const ltn_condition *c, bool of_emission)
{
    const ltn_column_form *forms = of_emission ? ltn_emission_forms : ltn_source_forms;
    size_t count = of_emission ? (size_t)LTN_EMISSION_COLUMNS : (size_t)LTN_SOURCE_COLUMNS;
    for (size_t f = 0; f < count; f++)
        if (strcmp(forms[f].name, c->column) == 0) return forms[f].unit;
    return -1;
}

/* Brings a row's unit to the bound's. Steam and electric capacity never compare. */
static double scale_between(const char *row_unit, const char *bound_unit, bool capacity)
{
    double row = NAN, bound = NAN;
    if (!capacity) return ltn_unit_scale(row_unit, bound_unit, &row) == LTN_OK ? row : NAN;
    ltn_capacity_kind kind = ltn_capacity_unit(row_unit, &row);
    return kind == ltn_capacity_unit(bound_unit, &bound) ? row / bound : NAN;
}

/* All bounds in the unit of the first, so that a row is brought to one unit only. */
static ltn_status unify_bounds(const ltn_condition *c, bool has_unit, bool capacity, ltn_bound bounds[LTN_BOUNDS],
                               const char **unit)
{
    *unit = NULL;
    for (size_t b = 0; b < LTN_BOUNDS; b++) {
        if (!bounds[b].given) continue;
        if (!has_unit && *bounds[b].unit)
            return ltn_fail(LTN_EUNIT, &bounds[b].place,
                            "column '%s' has no unit in the inventory; expected a plain number", c->column);
        if (has_unit && !*bounds[b].unit)
            return ltn_fail(LTN_EUNIT, &bounds[b].place, "%s %g has no unit; expected one, as the inventory's %s has",
                            c->column, bounds[b].value, c->column);
        if (!*unit) *unit = bounds[b].unit;
        double scale = has_unit ? scale_between(bounds[b].unit, *unit, capacity) : 1;
        if (isnan(scale))
            return ltn_fail(LTN_EUNIT, &bounds[b].place, "%s in '%s' and in '%s' do not compare", c->column,
                            bounds[b].unit, *unit);
        bounds[b].value *= scale;
    }
    return LTN_OK;
}

static ltn_status evaluate_range(evaluation *ev, const ltn_condition *c, const located *at, uint8_t *out)
{
    if (at->column->type == LTN_TEXT)
        return ltn_fail(LTN_EINPUT, &c->place, "column '%s' holds text; min, max, above, below and is need numbers",
                        c->column);
    ltn_bound bounds[LTN_BOUNDS];
    memcpy(bounds, c->bounds, sizeof bounds);
    int unit_column = unit_column_of(c, at->of_emission);
    bool capacity = strcmp(c->column, "capacity") == 0;
    const char *unit;
    ltn_status status = unify_bounds(c, unit_column >= 0, capacity, bounds, &unit);
    if (status) return status;
    number_test t = {.numbers = at->column->numbers, .bounds = bounds};
    double *scales = NULL;
    if (unit_column >= 0) {
        const ltn_table *table = at->of_emission ? ev->inventory->emissions : ev->inventory->sources;
        const ltn_column *units = &table->columns[unit_column];
        if (!(scales = ltn_alloc(units->words->count, sizeof *scales))) return LTN_ENOMEM;
        for (size_t u = 0; u < units->words->count; u++)
            scales[u] = scale_between(units->words->words[u], unit, capacity);
        t.units = units->codes;
        t.scales = scales;
    }
    spread(ev, c, at->of_emission, test_number, &t, out);
    free(scales);
    return LTN_OK;
}

/* ---- within ---- */

static ltn_status select_rows(const ltn_selector *selector, const ltn_inventory *inventory, const ltn_inventory *around,
                              bool count, ltn_selection *out);

/* The places of the sources that a condition takes. */
static ltn_status add_points(const ltn_condition *of, const ltn_inventory *inventory, ltn_points *points)
{
    ltn_selector selector = {.root = (ltn_condition *)of};
    ltn_selection chosen;
    if (ltn_selector_by_emission(&selector))
        return ltn_fail(LTN_EINPUT, &of->place, "within measures from sources; of: cannot choose pollutants");
    /* What its absent values decide is not asked here: counting at every level would double the work each time. */
    ltn_status status = select_rows(&selector, inventory, NULL, false, &chosen);
    if (status) return status;
    const double *lon = ltn_source_column_of(inventory, LTN_LON)->numbers;
    const double *lat = ltn_source_column_of(inventory, LTN_LAT)->numbers;
    for (size_t s = 0; !status && s < chosen.rows; s++)
        if (chosen.taken[s] && !isnan(lon[s]) && !isnan(lat[s])) status = ltn_points_add(points, lon[s], lat[s]);
    ltn_selection_free(&chosen);
    return status;
}

typedef struct near_test {
    const ltn_points *points;
    const double *lon, *lat;
    double km;
} near_test;

static int test_near(const void *context, size_t row)
{
    const near_test *t = context;
    if (isnan(t->lon[row]) || isnan(t->lat[row])) return -1;
    return ltn_points_near(t->points, t->lon[row], t->lat[row], t->km);
}

static ltn_status evaluate_near(evaluation *ev, const ltn_condition *c, uint8_t *out)
{
    ltn_points points = {0};
    ltn_status status = add_points(c->items[0], ev->inventory, &points);
    if (!status && ev->around) status = add_points(c->items[0], ev->around, &points);
    ltn_points_sort(&points);
    near_test t = {&points, ltn_source_column_of(ev->inventory, LTN_LON)->numbers,
                   ltn_source_column_of(ev->inventory, LTN_LAT)->numbers, c->km};
    if (!status) spread(ev, c, false, test_near, &t, out);
    ltn_points_free(&points);
    return status;
}

/* ---- all kinds ---- */

static ltn_status evaluate(evaluation *ev, const ltn_condition *c, uint8_t *out);

/* ALL starts from everything and keeps what every item takes; ANY and NONE collect. */
static ltn_status evaluate_group(evaluation *ev, const ltn_condition *c, uint8_t *out)
{
    size_t rows = ev->selection->rows;
    bool all = c->kind == LTN_ALL_OF;
    memset(out, all, rows);
    uint8_t *item = ltn_alloc(rows, 1);
    ltn_status status = item ? LTN_OK : LTN_ENOMEM;
    for (size_t i = 0; !status && i < c->count; i++) {
        status = evaluate(ev, c->items[i], item);
        for (size_t row = 0; !status && row < rows; row++) out[row] = all ? out[row] & item[row] : out[row] | item[row];
    }
    free(item);
    if (c->kind == LTN_NONE_OF)
        for (size_t row = 0; row < rows; row++) out[row] = !out[row];
    return status;
}

static ltn_status evaluate(evaluation *ev, const ltn_condition *c, uint8_t *out)
{
    if (c->kind == LTN_IS_NEAR) return evaluate_near(ev, c, out);
    if (c->kind != LTN_IS_TEXT && c->kind != LTN_IS_WITHIN_RANGE) return evaluate_group(ev, c, out);
    located at;
    ltn_status status = locate_column(ev, c, &at);
    if (status) return status;
    if (c->kind == LTN_IS_WITHIN_RANGE) return evaluate_range(ev, c, &at, out);
    return at.column->type == LTN_TEXT ? evaluate_words(ev, c, &at, out) : evaluate_equal(ev, c, &at, out);
}

/* How many rows would be decided otherwise if a column's absent values matched. */
static ltn_status count_absent(evaluation *ev, const ltn_condition *root)
{
    ltn_selection *s = ev->selection;
    uint8_t *other = s->absent_count ? ltn_alloc(s->rows, 1) : NULL;
    if (s->absent_count && !other) return LTN_ENOMEM;
    ltn_status status = LTN_OK;
    for (size_t i = 0; !status && i < s->absent_count; i++) {
        ev->absent_as_true = s->absent[i].column;
        status = evaluate(ev, root, other);
        for (size_t row = 0; !status && row < s->rows; row++) s->absent[i].count += other[row] != s->taken[row];
    }
    free(other);
    return status;
}

static ltn_status select_rows(const ltn_selector *selector, const ltn_inventory *inventory, const ltn_inventory *around,
                              bool count, ltn_selection *out)
{
    *out = (ltn_selection){.by_emission = ltn_selector_by_emission(selector)};
    out->rows = out->by_emission ? inventory->emissions->rows : inventory->sources->rows;
    if (!(out->taken = ltn_alloc(out->rows, 1))) return LTN_ENOMEM;
    evaluation ev = {.inventory = inventory, .around = around, .selection = out};
    ltn_status status = LTN_OK;
    if (!selector) {
        memset(out->taken, 1, out->rows);
    } else {
        status = evaluate(&ev, selector->root, out->taken);
        if (!status && count) status = count_absent(&ev, selector->root);
    }
    if (status) ltn_selection_free(out);
    return status;
}

ltn_status ltn_select(const ltn_selector *selector, const ltn_inventory *inventory, const ltn_inventory *around,
                      ltn_selection *out)
{
    return select_rows(selector, inventory, around, true, out);
}

void ltn_selection_free(ltn_selection *selection)
{
    free(selection->taken);
    selection->taken = NULL;
}

ltn_status ltn_selector_match(const ltn_selector *selector, const ltn_inventory *inventory, uint8_t *keep)
{
    return ltn_select_rows(selector, inventory, NULL, keep);
}

ltn_status ltn_select_rows(const ltn_selector *selector, const ltn_inventory *inventory, const ltn_inventory *around,
                           uint8_t *keep)
{
    ltn_selection selection;
    ltn_status status = ltn_select(selector, inventory, around, &selection);
    if (status) return status;
    if (selection.by_emission)
        memcpy(keep, selection.taken, selection.rows);
    else
        for (size_t s = 0; s < selection.rows; s++)
            memset(keep + inventory->first[s], selection.taken[s],
                   (size_t)(inventory->first[s + 1] - inventory->first[s]));
    ltn_selection_free(&selection);
    return LTN_OK;
}
