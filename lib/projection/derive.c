/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "projection/parameters.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the derived inventory ---- */

/* Sources have ids of their own; everything else is told in the base's words. */
static ltn_status share_columns(ltn_table *to, const ltn_table *from)
{
    for (size_t c = 0; c < from->column_count; c++) {
        const ltn_column *column = &from->columns[c];
        ltn_dictionary *words = strcmp(column->name, "source") == 0 ? NULL : column->words;
        if (ltn_table_add_column(to, column->name, column->type, words)) return LTN_ENOMEM;
    }
    return LTN_OK;
}

ltn_status ltn_derive_start(ltn_program *p)
{
    static const char *const traces[] = {"origin", "measure"};
    ltn_inventory *d = p->derived = ltn_inventory_create(p->base->regions, p->base->sectors);
    if (!d) return LTN_ENOMEM;
    ltn_table_free(d->sources);
    ltn_table_free(d->emissions);
    d->emissions = NULL;
    if (!(d->sources = ltn_table_create()) || !(d->emissions = ltn_table_create())) return LTN_ENOMEM;
    ltn_status status = share_columns(d->sources, p->base->sources);
    if (!status) status = share_columns(d->emissions, p->base->emissions);
    for (size_t i = 0; !status && i < 2; i++) {
        int c = ltn_table_find(d->sources, traces[i]);
        if (c < 0)
            status = ltn_table_add_column(d->sources, traces[i], LTN_TEXT, NULL);
        else if (d->sources->columns[c].type != LTN_TEXT)
            status = ltn_fail(
                LTN_EINPUT, NULL,
                "the inventory's column '%s' holds numbers; expected text, as this name tells where a row came from",
                traces[i]);
    }
    d->base_year = p->base->base_year;
    if (!status) status = ltn_reserve(&d->first, &p->first_capacity, 1, sizeof *d->first);
    if (!status) d->first[0] = 0;
    if (!status && !(d->assumed = ltn_alloc(1, 1))) status = LTN_ENOMEM;
    return status;
}

static ltn_status own_words(ltn_table *table)
{
    for (size_t c = 0; c < table->column_count; c++) {
        ltn_column *column = &table->columns[c];
        if (column->type != LTN_TEXT) continue;
        ltn_dictionary *copy = ltn_dictionary_copy(column->words);
        if (!copy) return LTN_ENOMEM;
        ltn_dictionary_free(column->words);
        column->words = copy;
    }
    return LTN_OK;
}

static void share_tree_words(ltn_inventory *d, ltn_source_column which, const ltn_tree *tree)
{
    ltn_column *column = &d->sources->columns[which];
    ltn_dictionary_free(column->words);
    column->words = ltn_dictionary_share(ltn_tree_codes(tree));
}

/* The base's dictionaries and trees must not grow: others may be reading them. Copies start with the same
 * words in the same order, so the base's codes hold in them too. */
static ltn_status make_private(ltn_program *p)
{
    ltn_inventory *d = p->derived;
    if (p->derived_is_private) return LTN_OK;
    ltn_tree *regions = ltn_tree_copy(d->regions), *sectors = regions ? ltn_tree_copy(d->sectors) : NULL;
    if (!sectors || own_words(d->sources) || own_words(d->emissions)) {
        ltn_tree_free(regions);
        ltn_tree_free(sectors);
        return LTN_ENOMEM;
    }
    ltn_tree_free(d->regions);
    ltn_tree_free(d->sectors);
    d->regions = regions;
    d->sectors = sectors;
    share_tree_words(d, LTN_REGION, regions);
    share_tree_words(d, LTN_SECTOR, sectors);
    p->derived_is_private = true;
    return LTN_OK;
}

/* ---- one source ---- */

/* The node of a region or sector; new ones may only join trees that were made of what was met. */
static ltn_status find_node(ltn_tree *tree, const char *code, bool dotted, const char *what, const ltn_place *place,
                            int32_t *out)
{
    *out = ltn_tree_find(tree, code);
    if (*out >= 0) return LTN_OK;
    if (!tree->open) {
        const char *near = ltn_dictionary_nearest(ltn_tree_codes(tree), code);
        return ltn_fail(LTN_EINPUT, place, "%s '%s' is not in the table of %ss%s%s%s", what, code, what,
                        near ? "; the nearest is '" : "", near ? near : "", near ? "'" : "");
    }
    if (dotted && !ltn_tree_is_path(code))
        return ltn_fail(LTN_EINPUT, place, "%s '%s' is no path; expected names with one dot between them", what, code);
    *out = dotted ? ltn_tree_add_path(tree, code) : ltn_tree_add_root(tree, code);
    return *out >= 0 ? LTN_OK : LTN_ENOMEM;
}

/* Inherits every column of the origin. Its codes hold here: the dictionaries start alike. */
static void inherit(ltn_program *p, int32_t origin, size_t row)
{
    size_t at;
    const ltn_table *from = ltn_program_source(p, origin, &at)->sources;
    for (size_t c = 0; c < from->column_count; c++) {
        ltn_column *to = &p->derived->sources->columns[c];
        if (to->type == LTN_TEXT)
            to->codes[row] = from->columns[c].codes[at];
        else
            to->numbers[row] = from->columns[c].numbers[at];
    }
}

static ltn_status set_text(ltn_program *p, size_t row, const char *column, const char *text)
{
    int c = text ? ltn_table_find(p->derived->sources, column) : -1;
    return c < 0 ? LTN_OK : ltn_table_set_text(p->derived->sources, row, (size_t)c, text);
}

static ltn_status set_id(ltn_program *p, size_t row, const ltn_derivation *d)
{
    const char *origin = d->id ? d->id : ltn_program_source_id(p, d->origin), *measure = d->id ? "" : d->measure,
               *suffix = d->suffix ? d->suffix : "";
    size_t size = strlen(origin) + strlen(measure) + strlen(suffix) + 3;
    char *id = ltn_alloc(size, 1);
    if (!id) return LTN_ENOMEM;
    snprintf(id, size, "%s%s%s%s%s", origin, d->id ? "" : "~", measure, d->suffix ? "~" : "", suffix);
    ltn_status status =
        ltn_inventory_find(p->base, id) < 0 && ltn_inventory_find(p->derived, id) < 0
            ? ltn_table_set_text(p->derived->sources, row, LTN_SOURCE, id)
            : ltn_fail(LTN_EINPUT, &d->place, "source '%s' is there already; a new source needs an id of its own", id);
    free(id);
    return status;
}

static ltn_status set_nodes(ltn_program *p, size_t row, const ltn_derivation *d)
{
    ltn_column *columns = p->derived->sources->columns;
    ltn_status status = LTN_OK;
    if (d->region)
        status = find_node(p->derived->regions, d->region, false, "region", &d->place, &columns[LTN_REGION].codes[row]);
    if (!status && d->sector)
        status = find_node(p->derived->sectors, d->sector, true, "sector", &d->place, &columns[LTN_SECTOR].codes[row]);
    return status;
}

static void set_numbers(ltn_program *p, size_t row, const ltn_derivation *d)
{
    ltn_column *columns = p->derived->sources->columns;
    bool has_activity = !d->tonnes;
    int blank = d->blank ? ltn_table_find(p->derived->sources, d->blank) : -1;
    if (blank >= 0) columns[blank].numbers[row] = NAN;
    columns[LTN_ACTIVITY].numbers[row] = has_activity ? 0 : NAN;
    if (!d->column) {
        columns[LTN_CAPACITY].numbers[row] = NAN;
        columns[LTN_CAPACITY_UNIT].codes[row] = -1;
    }
    if (!d->placed) return;
    if (d->placed->lon.given) columns[LTN_LON].numbers[row] = ltn_quantity_mean(&d->placed->lon);
    if (d->placed->lat.given) columns[LTN_LAT].numbers[row] = ltn_quantity_mean(&d->placed->lat);
    if (d->placed->capacity.given) columns[LTN_CAPACITY].numbers[row] = ltn_quantity_mean(&d->placed->capacity);
}

static ltn_status fill_source(ltn_program *p, size_t row, const ltn_derivation *d)
{
    if (d->origin >= 0) inherit(p, d->origin, row);
    set_numbers(p, row, d);
    ltn_status status = set_id(p, row, d);
    if (!status) status = set_nodes(p, row, d);
    if (!status) status = set_text(p, row, "fuel", d->fuel);
    if (!status) status = set_text(p, row, "name", d->name);
    if (!status) status = set_text(p, row, "owner", d->owner);
    if (!status) status = set_text(p, row, "facility", d->facility);
    if (!status) status = set_text(p, row, "activity_unit", d->activity_unit);
    if (!status && d->placed && d->placed->capacity.given)
        status = set_text(p, row, "capacity_unit", d->placed->capacity.unit);
    if (!status && d->column) status = set_text(p, row, d->column, d->value);
    if (!status && d->origin >= 0) status = set_text(p, row, "origin", ltn_program_source_id(p, d->origin));
    return status ? status : set_text(p, row, "measure", d->measure);
}

static ltn_status add_rows(ltn_program *p, const ltn_derivation *d)
{
    ltn_table *emissions = p->derived->emissions;
    size_t first = emissions->rows, count = d->factors->count;
    ltn_status status = ltn_table_resize(emissions, first + count);
    if (!status)
        status = ltn_reserve(&p->per_activity, &p->per_activity_capacity, p->rows + count, sizeof *p->per_activity);
    for (size_t i = 0; !status && i < count; i++) {
        const ltn_pollutant_quantity *factor = &d->factors->items[i];
        status = ltn_table_set_text(emissions, first + i, LTN_POLLUTANT, factor->pollutant.name);
        emissions->columns[LTN_EMISSION].numbers[first + i] = 0;
        emissions->columns[LTN_REMOVAL].numbers[first + i] = 0; /* its factors are what it emits */
        p->per_activity[p->rows + i] = d->per_activity[i];
        if (status || d->tonnes) continue;
        emissions->columns[LTN_FACTOR].numbers[first + i] = ltn_quantity_mean(&factor->value);
        status = ltn_table_set_text(emissions, first + i, LTN_FACTOR_UNIT, factor->value.unit);
    }
    if (status) return status;
    p->rows += count;
    uint8_t *assumed = realloc(p->derived->assumed, first + count + 1);
    if (!assumed) return ltn_fail_memory();
    memset(assumed + first, 0, count + 1);
    p->derived->assumed = assumed;
    return LTN_OK;
}

ltn_status ltn_derive_source(ltn_program *p, const ltn_derivation *d, int32_t *out)
{
    ltn_status status = make_private(p);
    size_t row = p->derived->sources->rows;
    if (!status) status = ltn_table_resize(p->derived->sources, row + 1);
    if (!status) status = fill_source(p, row, d);
    if (!status) status = add_rows(p, d);
    if (!status) status = ltn_reserve(&p->derived->first, &p->first_capacity, row + 2, sizeof *p->derived->first);
    if (!status) status = ltn_reserve(&p->origin, &p->origin_capacity, row + 1, sizeof *p->origin);
    if (status) return status;
    p->origin[row] = d->origin;
    p->derived->first[row + 1] = (int32_t)p->derived->emissions->rows;
    *out = (int32_t)p->sources++;
    return ltn_parameters_of_rows(p, d, *out);
}
