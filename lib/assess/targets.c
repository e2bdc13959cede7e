/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "assess/offsets.h"
#include "assess/target_rows.h"
#include "base/sum.h"
#include "base/text.h"
#include "format/csv.h"
#include "projection/projection.h"

#include <lantian/targets.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef enum target_kind { CUT, CAP, INDICATOR } target_kind;
typedef enum target_state { VALUE, NOT_ASSESSED, CITY_WIDE } target_state;
typedef enum target_bound { NO_BOUND, AT_MOST, AT_LEAST } target_bound;
typedef enum target_source { SUPPLIED, ACTIVITY, SHARE, FALL, RISE } target_source;

static const char *const kind_names[] = {"cut", "cap", "indicator", NULL};
static const char *const bound_names[] = {"", "max", "min", NULL};
static const char *const source_names[] = {"", "activity", "share", "cut", "increase", NULL};
static const char *const state_names[] = {"value", "not_assessed", "city_wide", NULL};

typedef struct target {
    const char *region, *pollutant, *scope, *base_scope; /* scopes NULL: everything; base_scope: the whole of a share */
    target_kind kind;
    target_state state;
    double value; /* %, or t/yr of a cap; NaN where none is set */
    /* Of an indicator: which side is good, and where its value comes from. */
    target_bound bound;
    target_source from;
    double supplied;
    const char *unit;
    int base_year, target_year;
    ltn_place place, scope_place, base_place, year_place; /* the region's, the scope's, the years' */
} target;

struct ltn_targets {
    ltn_csv_table csv; /* holds the texts */
    ltn_arena arena;
    target *items;
    size_t count;
};

/* ---- reading ---- */

static int read_choice(const ltn_csv_table *csv, size_t row, const char *column, const char *const *names,
                       ltn_diagnostics *list)
{
    const char *text = ltn_csv_text(csv, row, column);
    ltn_place at = ltn_csv_cell_place(csv, row, column);
    char all[96] = "";
    for (int i = 0; names[i]; i++) {
        if (text && strcmp(text, names[i]) == 0) return i;
        strcat(strcat(all, i ? ", " : ""), *names[i] ? names[i] : "blank");
    }
    ltn_complain(list, LTN_ERROR, &at, "%s '%s' is not known; expected one of %s", column, text ? text : "", all);
    return 0;
}

/* A choice that may be left out, in a column that may not be there. */
static int read_option(const ltn_csv_table *csv, size_t row, const char *column, const char *const *names,
                       ltn_diagnostics *list)
{
    return ltn_csv_text(csv, row, column) ? read_choice(csv, row, column, names, list) : 0;
}

static double read_supplied(const ltn_csv_table *csv, size_t row, ltn_diagnostics *list)
{
    const char *text = ltn_csv_text(csv, row, "supplied");
    double value = NAN;
    ltn_place at = ltn_csv_cell_place(csv, row, "supplied");
    if (text && (ltn_text_number(text, strlen(text), &value) != strlen(text) || !isfinite(value)))
        ltn_complain(list, LTN_ERROR, &at, "supplied '%s' is not a number", text);
    return value;
}

static bool is_percentage(target_source from)
{
    return from == SHARE || from == FALL || from == RISE;
}

/* What an indicator is computed as; a computed value would hide one that is supplied. */
static target_source read_source(const ltn_csv_table *csv, size_t row, const target *t, ltn_diagnostics *list)
{
    target_source from = (target_source)read_option(csv, row, "computed", source_names, list);
    ltn_place at = ltn_csv_cell_place(csv, row, "computed"), at_unit = ltn_csv_cell_place(csv, row, "unit");
    if (from != SUPPLIED && t->kind != INDICATOR)
        ltn_complain(list, LTN_ERROR, &at, "computed '%s' stands beside a %s; expected it beside an indicator",
                     source_names[from], kind_names[t->kind]);
    else if (from != SUPPLIED && ltn_csv_text(csv, row, "supplied"))
        ltn_complain(list, LTN_ERROR, &at, "computed '%s' stands beside a supplied value; expected one of them",
                     source_names[from]);
    else if (is_percentage(from) && (!t->unit || strcmp(t->unit, "%") != 0))
        ltn_complain(list, LTN_ERROR, &at_unit, "unit '%s' does not fit computed '%s'; expected '%%'",
                     t->unit ? t->unit : "", source_names[from]);
    return from;
}

static int read_year(const ltn_csv_table *csv, size_t row, const char *column, bool needed, ltn_diagnostics *list)
{
    const char *text = ltn_csv_text(csv, row, column);
    int year = text ? ltn_text_year(text) : 0;
    ltn_place at = ltn_csv_cell_place(csv, row, column);
    if (!year && (text || needed))
        ltn_complain(list, LTN_ERROR, &at, "%s '%s' is not a year; expected for example 2020", column,
                     text ? text : "");
    return year;
}

/* A cut in %, a cap in tonnes a year; an indicator's value is in its own unit. */
static double read_target_value(const ltn_csv_table *csv, size_t row, const target *t, ltn_diagnostics *list)
{
    const char *text = ltn_csv_text(csv, row, "value"), *unit = ltn_csv_text(csv, row, "unit");
    ltn_place at = ltn_csv_cell_place(csv, row, "value"), at_unit = ltn_csv_cell_place(csv, row, "unit");
    double value = NAN, scaled = NAN;
    if (!text) {
        if (t->state == VALUE && t->kind != INDICATOR)
            ltn_complain(list, LTN_ERROR, &at, "value is blank; expected a number where the state is 'value'");
        return NAN;
    }
    if (ltn_text_number(text, strlen(text), &value) != strlen(text) || !isfinite(value)) {
        ltn_complain(list, LTN_ERROR, &at, "value '%s' is not a number", text);
        return NAN;
    }
    if (t->kind == INDICATOR) return value;
    const char *wanted = t->kind == CUT ? "%" : "t/yr";
    bool tonnes = t->kind == CAP && unit && ltn_unit_convert(value, unit, "t", &scaled) == LTN_OK;
    if (!tonnes && (!unit || ltn_unit_convert(value, unit, wanted, &scaled) != LTN_OK))
        ltn_complain(list, LTN_ERROR, &at_unit, "unit '%s' does not fit a %s; expected for example '%s'",
                     unit ? unit : "", kind_names[t->kind], wanted);
    else if (t->kind == CUT ? scaled > 100 : scaled < 0)
        ltn_complain(list, LTN_ERROR, &at, "value %g %s is out of range; expected %s", value, unit,
                     t->kind == CUT ? "at most 100 %" : "at least 0");
    return scaled;
}

static void read_target(const ltn_csv_table *csv, size_t row, target *t, ltn_diagnostics *list)
{
    t->place = ltn_csv_cell_place(csv, row, "region");
    t->scope_place = ltn_csv_cell_place(csv, row, "scope");
    t->base_place = ltn_csv_cell_place(csv, row, "base_year");
    t->year_place = ltn_csv_cell_place(csv, row, "target_year");
    t->region = ltn_csv_text(csv, row, "region");
    t->pollutant = ltn_csv_text(csv, row, "pollutant");
    if (!t->region) ltn_complain(list, LTN_ERROR, &t->place, "region is blank; expected a code");
    ltn_place at = ltn_csv_cell_place(csv, row, "pollutant");
    if (!t->pollutant) ltn_complain(list, LTN_ERROR, &at, "pollutant is blank; expected for example SO2");
    t->kind = (target_kind)read_choice(csv, row, "kind", kind_names, list);
    t->state = (target_state)read_choice(csv, row, "state", state_names, list);
    t->base_year = read_year(csv, row, "base_year", t->kind == CUT, list);
    t->target_year = read_year(csv, row, "target_year", true, list);
    t->scope = ltn_csv_text(csv, row, "scope");
    t->value = read_target_value(csv, row, t, list);
    t->unit = ltn_csv_text(csv, row, "unit");
    t->bound = (target_bound)read_option(csv, row, "bound", bound_names, list);
    t->from = read_source(csv, row, t, list);
    t->base_scope = ltn_csv_text(csv, row, "base_scope");
    if (!t->base_scope && t->from != SHARE) t->base_scope = t->scope;
    t->supplied = read_supplied(csv, row, list);
}

ltn_status ltn_targets_read_csv(const char *path, const ltn_read_options *options, ltn_targets **out)
{
    static const char *const required[] = {"region",    "pollutant",   "kind",  "value", "unit",
                                           "base_year", "target_year", "state", "scope"};
    *out = NULL;
    ltn_diagnostics own = {0}, *list = options && options->diagnostics ? options->diagnostics : &own;
    size_t errors_before = list->errors, kept_before = list->count;
    ltn_targets *targets = ltn_alloc(1, sizeof *targets);
    if (!targets) return LTN_ENOMEM;
    const char *kept = ltn_arena_text(&targets->arena, path, strlen(path));
    ltn_status status = kept ? ltn_csv_read_table(kept, options ? options->encoding : NULL, required,
                                                  sizeof required / sizeof *required, list, &targets->csv)
                             : LTN_ENOMEM;
    if (!status && !(targets->items = ltn_alloc(targets->csv.table->rows, sizeof *targets->items))) status = LTN_ENOMEM;
    for (size_t row = 0; !status && row < targets->csv.table->rows; row++)
        read_target(&targets->csv, row, &targets->items[targets->count++], list);
    ltn_diagnostics_sort(list, kept_before);
    if (!status) status = ltn_diagnostics_verdict(list, errors_before);
    ltn_diagnostics_clear(&own);
    if (status)
        ltn_targets_free(targets);
    else
        *out = targets;
    return status;
}

void ltn_targets_free(ltn_targets *targets)
{
    if (!targets) return;
    ltn_csv_table_free(&targets->csv);
    ltn_arena_free(&targets->arena);
    free(targets->items);
    free(targets);
}

size_t ltn_targets_count(const ltn_targets *targets)
{
    return targets->count;
}

const char *ltn_targets_kind(const ltn_targets *targets, size_t index)
{
    return kind_names[targets->items[index].kind];
}

const char *ltn_targets_unit(const ltn_targets *targets, size_t index)
{
    return targets->items[index].unit;
}

int ltn_targets_year(const ltn_targets *targets, size_t index)
{
    return targets->items[index].target_year;
}

/* ---- checking ---- */

/* The rows of a scope: a byte each, base then derived. */
typedef struct scope_mask {
    const char *name;
    uint8_t *taken;
} scope_mask;

typedef struct check {
    const ltn_program *program;
    const ltn_projection *run;
    const ltn_offset_book *book; /* or NULL */
    scope_mask *masks;
    size_t mask_count;
    uint8_t *inside; /* of each region node */
    ltn_state state; /* of the year whose activities are at hand */
    int state_year;  /* 0: none yet */
} check;

static ltn_status make_mask(check *c, const target *t, const char *name, scope_mask *mask)
{
    mask->name = name;
    if (name) {
        ltn_status status = ltn_projection_scope(c->run, name, &mask->taken);
        return status == LTN_ENOTFOUND
                   ? ltn_fail(LTN_EINPUT, &t->scope_place, "scope '%s' is not among the scenario's scopes", name)
                   : status;
    }
    mask->taken = ltn_alloc(c->program->rows, 1);
    if (mask->taken) memset(mask->taken, 1, c->program->rows);
    return mask->taken ? LTN_OK : LTN_ENOMEM;
}

static ltn_status find_mask(check *c, const target *t, const char *name, const uint8_t **out)
{
    size_t i = 0;
    while (i < c->mask_count &&
           (c->masks[i].name && name ? strcmp(c->masks[i].name, name) != 0 : c->masks[i].name != name))
        i++;
    ltn_status status = LTN_OK;
    if (i == c->mask_count) {
        status = make_mask(c, t, name, &c->masks[i]);
        c->mask_count++;
    }
    *out = c->masks[i].taken;
    return status;
}

static int32_t pollutant_of(const check *c, const target *t)
{
    const ltn_dictionary *words = c->program->derived->emissions->columns[LTN_POLLUTANT].words;
    return ltn_dictionary_find(words, t->pollutant, strlen(t->pollutant));
}

/* Sum of a pollutant over the region and the mask; `emissions` NULL means the base's own. */
static double sum_target(const check *c, const target *t, const uint8_t *mask, const double *emissions)
{
    const ltn_program *p = c->program;
    int32_t pollutant = pollutant_of(c, t);
    ltn_sum sum = {0};
    size_t sources = emissions ? p->sources : p->base_sources;
    if (!emissions) emissions = ltn_emission_column_of(p->base, LTN_EMISSION)->numbers;
    for (int32_t s = 0; (size_t)s < sources; s++) {
        size_t at;
        const ltn_inventory *inventory = ltn_program_source(p, s, &at);
        if (!c->inside[ltn_source_column_of(inventory, LTN_REGION)->codes[at]]) continue;
        int32_t from, to;
        ltn_program_rows(p, s, &from, &to);
        for (int32_t row = from; row < to; row++) {
            size_t in_row;
            inventory = ltn_program_row(p, row, &in_row);
            if (mask[row] && ltn_emission_column_of(inventory, LTN_POLLUTANT)->codes[in_row] == pollutant)
                ltn_sum_add(&sum, emissions[row]);
        }
    }
    return ltn_sum_value(&sum);
}

static ltn_status mark_region(check *c, const target *t)
{
    const ltn_tree *regions = c->program->derived->regions;
    int32_t region = ltn_tree_find(regions, t->region);
    memset(c->inside, 0, ltn_tree_count(regions));
    if (region >= 0) {
        ltn_tree_mark_inside(regions, region, c->inside);
        return LTN_OK;
    }
    const char *near = ltn_dictionary_nearest(ltn_tree_codes(regions), t->region);
    return ltn_fail(LTN_EINPUT, &t->place, "region '%s' is not among the inventory's%s%s%s", t->region,
                    near ? "; the nearest is '" : "", near ? near : "", near ? "'" : "");
}

static ltn_status check_years(const check *c, const target *t)
{
    const ltn_scenario *s = c->program->scenario;
    if (t->target_year < s->base_year || t->target_year > s->years[1])
        return ltn_fail(LTN_EINPUT, &t->year_place, "target year %d is outside the scenario's %d to %d", t->target_year,
                        s->base_year, s->years[1]);
    /* A number that somebody supplies may be measured against any year. */
    if (t->kind == INDICATOR && t->from == SUPPLIED) return LTN_OK;
    if (t->base_year && t->base_year != c->program->scenario->base_year)
        return ltn_fail(LTN_EINPUT, &t->base_place, "base year %d is not the scenario's %d", t->base_year,
                        c->program->scenario->base_year);
    return LTN_OK;
}

enum { REGION, POLLUTANT, SCOPE, STATE, BASE, PROJECTED, REQUIRED, CUT_PCT, CUT_PLAN, GAP, MET, P_MET, COLUMNS };

/* Rounding in the last digits of a sum is neither a success nor a failure. */
static const double rounding = 1e-12;

/* `plan` is the projection without the projects that owe and what they claimed. */
static ltn_status judge(const target *t, double base, double projected, double plan, ltn_table *table, size_t row)
{
    ltn_column *c = table->columns;
    c[BASE].numbers[row] = base;
    c[PROJECTED].numbers[row] = projected;
    if (t->kind == CUT && !(base > 0)) return LTN_OK;
    if (base > 0) {
        c[CUT_PCT].numbers[row] = 100 * (1 - projected / base);
        c[CUT_PLAN].numbers[row] = 100 * (1 - plan / base);
    }
    if (t->state != VALUE) return LTN_OK;
    double allowed = t->kind == CAP ? t->value : base * (1 - t->value / 100);
    if (t->kind == CUT) c[REQUIRED].numbers[row] = t->value;
    c[GAP].numbers[row] = projected - allowed;
    return ltn_table_set_text(table, row, MET, projected - allowed <= rounding * fmax(base, projected) ? "yes" : "no");
}

/* ---- indicators ---- */

static ltn_status bring_to(check *c, int year)
{
    if (c->state_year == year) return LTN_OK;
    ltn_status status = c->state_year ? LTN_OK : ltn_state_create(c->program, &c->state);
    if (!status) status = ltn_program_run(c->program, year, &c->state, NULL, NULL);
    c->state_year = year;
    return status;
}

/* Sum of the activity of a region's sources in a scope, in `*unit`, or where that is NULL in the first source's unit,
 * which it then is. A source is in the scope where one of its emissions is. */
static ltn_status sum_activity(check *c, const target *t, const uint8_t *mask, int year, const char **unit, double *out)
{
    const ltn_program *p = c->program;
    ltn_sum sum = {0};
    ltn_status status = bring_to(c, year);
    for (int32_t s = 0; !status && (size_t)s < p->sources; s++) {
        size_t at;
        const ltn_inventory *inventory = ltn_program_source(p, s, &at);
        const char *own = ltn_source_text(inventory, at, LTN_ACTIVITY_UNIT);
        int32_t from, to, row;
        ltn_program_rows(p, s, &from, &to);
        for (row = from; row < to && !mask[row]; row++) continue;
        bool counts =
            c->state.present[s] && c->inside[ltn_source_column_of(inventory, LTN_REGION)->codes[at]] && row < to;
        if (!counts || !own || isnan(c->state.activity[s])) continue;
        if (!*unit) *unit = own;
        double scale = ltn_amount_scale(own, *unit);
        if (isnan(scale))
            return ltn_fail(LTN_EUNIT, &t->place, "source '%s' has its activity in '%s', which is no '%s'",
                            ltn_program_source_id(p, s), own, *unit);
        ltn_sum_add(&sum, c->state.activity[s] * scale);
    }
    *out = ltn_sum_value(&sum);
    return status;
}

/* share = 100 · ΣA(part) / ΣA(whole) [%]; absent where the whole is 0. */
static ltn_status find_share(check *c, const target *t, const uint8_t *part, const uint8_t *whole, int year,
                             const char **unit, double *out)
{
    double above = 0, below = 0;
    ltn_status status = sum_activity(c, t, whole, year, unit, &below);
    if (!status) status = sum_activity(c, t, part, year, unit, &above);
    *out = below > 0 ? 100 * above / below : NAN;
    return status;
}

/* cut = 100 · (1 − A/A_base), increase = 100 · (A/A_base − 1) [%]; absent where A_base is 0. */
static double find_change(target_source from, double base, double value)
{
    if (!(base > 0)) return NAN;
    return 100 * (from == FALL ? 1 - value / base : value / base - 1);
}

static ltn_status compute_indicator(check *c, const target *t, double *base, double *value)
{
    const uint8_t *mask = NULL, *base_mask = NULL;
    const char *unit = t->from == ACTIVITY ? t->unit ? t->unit : "1" : NULL;
    int first = c->program->scenario->base_year;
    ltn_status status = find_mask(c, t, t->scope, &mask);
    if (!status) status = find_mask(c, t, t->base_scope, &base_mask);
    if (status || ltn_projection_find_year(c->run, t->target_year) < 0) return status;
    if (t->from == SHARE) {
        status = find_share(c, t, mask, base_mask, first, &unit, base);
        return status ? status : find_share(c, t, mask, base_mask, t->target_year, &unit, value);
    }
    status = sum_activity(c, t, base_mask, first, &unit, base);
    if (!status) status = sum_activity(c, t, mask, t->target_year, &unit, value);
    if (status || t->from == ACTIVITY) return status;
    *value = find_change(t->from, *base, *value);
    *base = NAN;
    return LTN_OK;
}

/* An indicator's figures stand in the columns of tonnes, in its own unit. */
static ltn_status check_indicator(check *c, const target *t, ltn_table *table, size_t row)
{
    const uint8_t *mask = NULL;
    double base = NAN, value = t->supplied;
    ltn_status status = LTN_OK;
    if (t->from != SUPPLIED)
        status = compute_indicator(c, t, &base, &value);
    else if (t->scope)
        status = find_mask(c, t, t->scope, &mask);
    table->columns[BASE].numbers[row] = base;
    table->columns[PROJECTED].numbers[row] = value;
    if (status || isnan(value) || isnan(t->value) || t->state != VALUE || t->bound == NO_BOUND) return status;
    double gap = t->bound == AT_MOST ? value - t->value : t->value - value;
    /* A percentage is the rest of two sums of the size of 100 %. */
    double size = is_percentage(t->from) ? 100 : t->from == ACTIVITY ? fmax(fabs(base), fabs(value)) : 0;
    table->columns[GAP].numbers[row] = gap;
    return ltn_table_set_text(table, row, MET, gap <= rounding * size ? "yes" : "no");
}

/* A pollutant that the inventory does not have is 0 everywhere: nothing is judged by that, not even a cap. */
static bool has_pollutant(const check *c, const target *t)
{
    return pollutant_of(c, t) >= 0;
}

/* What leaving out the projects that owe, and the tonnes they claimed, does to a target's projection. */
static double plan_change(const check *c, const target *t, const uint8_t *mask)
{
    int32_t pollutant = pollutant_of(c, t);
    if (!c->book) return 0;
    return ltn_book_claimed_tonnes(c->book, pollutant, mask, c->inside, t->target_year) -
           ltn_book_new_tonnes(c->book, pollutant, mask, c->inside, t->target_year);
}

static ltn_status check_target(check *c, const target *t, ltn_table *table, size_t row)
{
    const uint8_t *mask = NULL, *base_mask = NULL;
    ltn_status status = ltn_table_set_text(table, row, REGION, t->region);
    if (!status) status = ltn_table_set_text(table, row, POLLUTANT, t->pollutant);
    if (!status) status = ltn_table_set_text(table, row, SCOPE, t->scope);
    if (!status) status = ltn_table_set_text(table, row, STATE, state_names[t->state]);
    if (!status) status = mark_region(c, t);
    if (!status) status = check_years(c, t);
    if (!status && t->kind == INDICATOR) return check_indicator(c, t, table, row);
    if (!status) status = find_mask(c, t, t->scope, &mask);
    if (!status) status = find_mask(c, t, t->base_scope, &base_mask);
    /* A year that this run was asked to leave out is not judged. */
    if (status || ltn_projection_find_year(c->run, t->target_year) < 0) return status;
    double projected = sum_target(c, t, mask, ltn_projection_emissions(c->run, t->target_year));
    double base = sum_target(c, t, base_mask, NULL);
    if (has_pollutant(c, t)) return judge(t, base, projected, projected + plan_change(c, t, mask), table, row);
    table->columns[BASE].numbers[row] = base;
    table->columns[PROJECTED].numbers[row] = projected;
    return LTN_OK;
}

static ltn_status make_table(size_t rows, ltn_table **out)
{
    static const char *const names[COLUMNS] = {
        "region",           "pollutant", "scope",        "state", "base_t", "projected_t",
        "required_cut_pct", "cut_pct",   "cut_plan_pct", "gap_t", "met",    "p_met"};
    ltn_status status = (*out = ltn_table_create()) ? LTN_OK : LTN_ENOMEM;
    for (size_t i = 0; !status && i < COLUMNS; i++)
        status = ltn_table_add_column(*out, names[i], i <= STATE || i == MET ? LTN_TEXT : LTN_NUMBER, NULL);
    return status ? status : ltn_table_resize(*out, rows);
}

/* ---- all targets ---- */

static ltn_status open_check(const ltn_targets *targets, const ltn_projection *run, check *c)
{
    *c = (check){.program = &run->program, .run = run};
    c->masks = ltn_alloc(2 * targets->count, sizeof *c->masks);
    c->inside = ltn_alloc(ltn_tree_count(run->program.derived->regions), 1);
    return c->masks && c->inside ? LTN_OK : LTN_ENOMEM;
}

static void close_check(check *c)
{
    for (size_t i = 0; c->masks && i < c->mask_count; i++) free(c->masks[i].taken);
    free(c->masks);
    free(c->inside);
    ltn_state_free(&c->state);
}

static ltn_status check_all(const ltn_targets *targets, const ltn_projection *run, const ltn_offset_book *book,
                            ltn_table **out)
{
    ltn_table *table = NULL;
    check c;
    ltn_status status = open_check(targets, run, &c);
    c.book = book;
    if (!status) status = make_table(targets->count, &table);
    for (size_t i = 0; !status && i < targets->count; i++) status = check_target(&c, &targets->items[i], table, i);
    close_check(&c);
    *out = status ? NULL : table;
    if (status) ltn_table_free(table);
    return status;
}

ltn_status ltn_targets_check(const ltn_targets *targets, const ltn_projection *run, ltn_table **out)
{
    return check_all(targets, run, NULL, out);
}

ltn_status ltn_offset_book_targets(const ltn_offset_book *book, const ltn_targets *targets, ltn_table **out)
{
    return check_all(targets, book->run, book, out);
}

/* ---- what offsets ask of the targets ---- */

/* The rows and regions of a target, and what it can give without being missed. */
static ltn_status add_headroom(check *c, const target *t, ltn_headroom *h)
{
    const ltn_program *p = c->program;
    const uint8_t *mask = NULL, *base_mask = NULL;
    ltn_status status = mark_region(c, t);
    if (!status) status = check_years(c, t);
    if (!status) status = find_mask(c, t, t->scope, &mask);
    if (!status) status = find_mask(c, t, t->base_scope, &base_mask);
    if (status) return status;
    size_t regions = ltn_tree_count(p->derived->regions);
    h->pollutant = pollutant_of(c, t);
    h->rows = ltn_alloc(p->rows, 1);
    h->regions = ltn_alloc(regions, 1);
    if (!h->rows || !h->regions) return LTN_ENOMEM;
    memcpy(h->rows, mask, p->rows);
    memcpy(h->regions, c->inside, regions);
    double base = sum_target(c, t, base_mask, NULL);
    double projected = sum_target(c, t, mask, ltn_projection_emissions(c->run, t->target_year));
    double allowed = t->kind == CAP ? t->value : base * (1 - t->value / 100);
    h->left = allowed - projected + ltn_book_new_tonnes(c->book, h->pollutant, mask, c->inside, t->target_year);
    return LTN_OK;
}

ltn_status ltn_targets_headrooms(const ltn_targets *targets, const ltn_offset_book *book, ltn_headroom **out,
                                 size_t *count)
{
    check c;
    *count = 0;
    *out = ltn_alloc(targets->count, sizeof **out);
    ltn_status status = open_check(targets, book->run, &c);
    if (!*out) status = LTN_ENOMEM;
    c.book = book;
    for (size_t i = 0; !status && i < targets->count; i++) {
        const target *t = &targets->items[i];
        bool holds = t->kind != INDICATOR && t->state == VALUE && has_pollutant(&c, t) &&
                     ltn_projection_find_year(book->run, t->target_year) >= 0;
        if (holds) status = add_headroom(&c, t, &(*out)[(*count)++]);
    }
    close_check(&c);
    return status;
}

int ltn_targets_attained(const ltn_targets *targets, const ltn_table *judged, const ltn_tree *regions, int32_t region,
                         const char *pollutant)
{
    for (int32_t node = region; node >= 0; node = ltn_tree_parent(regions, node))
        for (size_t i = 0; i < targets->count; i++) {
            const target *t = &targets->items[i];
            const char *met = ltn_table_text(judged, i, MET);
            if (t->kind == INDICATOR && met && strcmp(t->pollutant, pollutant) == 0 &&
                strcmp(t->region, ltn_tree_code(regions, node)) == 0)
                return strcmp(met, "yes") == 0;
        }
    return -1;
}

/* ---- what an ensemble asks of the targets ---- */

/* The rows of a pollutant that lie in the marked regions and in the mask: all, or the base's alone. */
static ltn_status list_rows(const check *c, const target *t, const uint8_t *mask, bool base_only, int32_t **out,
                            size_t *count)
{
    const ltn_program *p = c->program;
    int32_t pollutant = pollutant_of(c, t);
    size_t rows = base_only ? p->base_rows : p->rows;
    int32_t source = 0;
    *count = 0;
    if (!(*out = ltn_alloc(rows, sizeof **out))) return LTN_ENOMEM;
    for (int32_t row = 0; (size_t)row < rows; row++) {
        size_t at, of_source;
        source = ltn_program_source_of_row(p, row, source);
        const ltn_inventory *inventory = ltn_program_row(p, row, &at);
        ltn_program_source(p, source, &of_source);
        if (mask[row] && ltn_emission_column_of(inventory, LTN_POLLUTANT)->codes[at] == pollutant &&
            c->inside[ltn_source_column_of(inventory, LTN_REGION)->codes[of_source]])
            (*out)[(*count)++] = row;
    }
    int32_t *fits = realloc(*out, (*count ? *count : 1) * sizeof **out);
    if (fits) *out = fits;
    return LTN_OK;
}

static ltn_status find_rows(check *c, const target *t, ltn_target_rows *out)
{
    const uint8_t *mask = NULL, *base_mask = NULL;
    ltn_status status = mark_region(c, t);
    if (!status) status = check_years(c, t);
    if (!status) status = find_mask(c, t, t->scope, &mask);
    if (!status) status = find_mask(c, t, t->base_scope, &base_mask);
    out->is_cap = t->kind == CAP;
    out->judged = t->state == VALUE;
    out->value = t->value;
    out->year = t->target_year;
    if (!status) status = list_rows(c, t, mask, false, &out->projected, &out->projected_count);
    return status ? status : list_rows(c, t, base_mask, true, &out->base, &out->base_count);
}

ltn_status ltn_targets_rows(const ltn_targets *targets, const ltn_projection *run, ltn_target_rows **out, size_t *count)
{
    check c;
    *count = 0;
    *out = ltn_alloc(targets->count, sizeof **out);
    ltn_status status = open_check(targets, run, &c);
    if (!*out) status = LTN_ENOMEM;
    for (size_t i = 0; !status && i < targets->count; i++) {
        const target *t = &targets->items[i];
        if (t->kind == INDICATOR || !has_pollutant(&c, t) || ltn_projection_find_year(run, t->target_year) < 0)
            continue;
        (*out)[*count].target = i;
        status = find_rows(&c, t, &(*out)[(*count)++]);
    }
    close_check(&c);
    return status;
}

void ltn_target_rows_free(ltn_target_rows *rows, size_t count)
{
    for (size_t i = 0; rows && i < count; i++) free(rows[i].base), free(rows[i].projected);
    free(rows);
}

bool ltn_target_met(const ltn_target_rows *t, double base, double projected)
{
    if (!t->is_cap && !(base > 0)) return false;
    double allowed = t->is_cap ? t->value : base * (1 - t->value / 100);
    return projected - allowed <= rounding * fmax(base, projected);
}
