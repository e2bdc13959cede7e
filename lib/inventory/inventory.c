/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "inventory/inventory.h"

#include "base/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_COLUMN(name)                                                                                              \
    {                                                                                                                  \
        name, LTN_TEXT, 0, 0, -1                                                                                       \
    }

const ltn_column_form ltn_source_forms[LTN_SOURCE_COLUMNS] = {
    [LTN_SOURCE] = TEXT_COLUMN("source"),
    [LTN_REGION] = TEXT_COLUMN("region"),
    [LTN_SECTOR] = TEXT_COLUMN("sector"),
    [LTN_NAME] = TEXT_COLUMN("name"),
    [LTN_FUEL] = TEXT_COLUMN("fuel"),
    [LTN_OWNER] = TEXT_COLUMN("owner"),
    [LTN_FACILITY] = TEXT_COLUMN("facility"),
    [LTN_TAGS] = TEXT_COLUMN("tags"),
    [LTN_CAPACITY] = {"capacity", LTN_NUMBER, 0, INFINITY, LTN_CAPACITY_UNIT},
    [LTN_CAPACITY_UNIT] = TEXT_COLUMN("capacity_unit"),
    [LTN_LON] = {"lon", LTN_NUMBER, -180, 180, -1},
    [LTN_LAT] = {"lat", LTN_NUMBER, -90, 90, -1},
    [LTN_ACTIVITY] = {"activity", LTN_NUMBER, 0, INFINITY, LTN_ACTIVITY_UNIT},
    [LTN_ACTIVITY_UNIT] = TEXT_COLUMN("activity_unit"),
    [LTN_ACTIVITY_CV] = {"activity_cv", LTN_NUMBER, 0, LTN_CV_MOST, -1},
};

const ltn_column_form ltn_emission_forms[LTN_EMISSION_COLUMNS] = {
    [LTN_POLLUTANT] = TEXT_COLUMN("pollutant"),
    [LTN_EMISSION] = {"emission_t", LTN_NUMBER, 0, INFINITY, -1},
    [LTN_FACTOR] = {"factor", LTN_NUMBER, 0, INFINITY, LTN_FACTOR_UNIT},
    [LTN_FACTOR_UNIT] = TEXT_COLUMN("factor_unit"),
    [LTN_REMOVAL] = {"removal", LTN_NUMBER, 0, 1, -1},
    [LTN_FACTOR_CV] = {"factor_cv", LTN_NUMBER, 0, LTN_CV_MOST, -1},
    [LTN_FACTOR_KEY] = TEXT_COLUMN("factor_key"),
    [LTN_DEVICE] = TEXT_COLUMN("device"),
    [LTN_CAPTURE] = TEXT_COLUMN("capture"), /* a share, or a word of the table of devices */
    [LTN_RUNNING] = {"running", LTN_NUMBER, 0, 1, -1},
    [LTN_REMOVAL_KEY] = TEXT_COLUMN("removal_key"),
};

#define MONTH_COLUMNS(month)                                                                                           \
    {month "_t", LTN_NUMBER, 0, INFINITY, -1},                                                                         \
    {                                                                                                                  \
        month "_pct_red", LTN_NUMBER, 0, 100, -1                                                                       \
    }

/* What FF10 says of an emission beyond its amount a year. */
static const ltn_column_form emission_attributes[] = {
    MONTH_COLUMNS("jan"),
    MONTH_COLUMNS("feb"),
    MONTH_COLUMNS("mar"),
    MONTH_COLUMNS("apr"),
    MONTH_COLUMNS("may"),
    MONTH_COLUMNS("jun"),
    MONTH_COLUMNS("jul"),
    MONTH_COLUMNS("aug"),
    MONTH_COLUMNS("sep"),
    MONTH_COLUMNS("oct"),
    MONTH_COLUMNS("nov"),
    MONTH_COLUMNS("dec"),
    {"ann_pct_red", LTN_NUMBER, 0, 100, -1},
    TEXT_COLUMN("control_ids"),
    TEXT_COLUMN("control_measures"),
    {"current_cost", LTN_NUMBER, -INFINITY, INFINITY, -1},
    {"cumulative_cost", LTN_NUMBER, -INFINITY, INFINITY, -1},
    {"projection_factor", LTN_NUMBER, -INFINITY, INFINITY, -1},
    TEXT_COLUMN("calc_method"),
    TEXT_COLUMN("calc_year"),
    TEXT_COLUMN("date_updated"),
    TEXT_COLUMN("data_set_id"),
    TEXT_COLUMN("emission_comment"),
};

const ltn_column_form *ltn_emission_attribute(const char *name)
{
    for (size_t i = 0; i < sizeof emission_attributes / sizeof *emission_attributes; i++)
        if (strcmp(emission_attributes[i].name, name) == 0) return &emission_attributes[i];
    return NULL;
}

size_t ltn_month_columns(const ltn_table *emissions, int columns[LTN_MONTHS])
{
    size_t count = 0;
    for (size_t c = LTN_EMISSION_COLUMNS; c < emissions->column_count; c++)
        for (size_t month = 0; month < LTN_MONTHS; month++)
            if (strcmp(emissions->columns[c].name, emission_attributes[2 * month].name) == 0) columns[count++] = (int)c;
    return count;
}

void ltn_scale_months(ltn_table *emissions, const int *columns, size_t count, size_t row, double ratio)
{
    for (size_t i = 0; i < count; i++) emissions->columns[columns[i]].numbers[row] *= ratio;
}

static ltn_status add_standard_columns(ltn_inventory *inventory)
{
    for (size_t c = 0; c < LTN_SOURCE_COLUMNS; c++) {
        ltn_dictionary *words = c == LTN_REGION   ? ltn_tree_codes(inventory->regions)
                                : c == LTN_SECTOR ? ltn_tree_codes(inventory->sectors)
                                                  : NULL;
        const ltn_column_form *form = &ltn_source_forms[c];
        if (ltn_table_add_column(inventory->sources, form->name, form->type, words)) return LTN_ENOMEM;
    }
    for (size_t c = 0; c < LTN_EMISSION_COLUMNS; c++) {
        const ltn_column_form *form = &ltn_emission_forms[c];
        if (ltn_table_add_column(inventory->emissions, form->name, form->type, NULL)) return LTN_ENOMEM;
    }
    return LTN_OK;
}

ltn_inventory *ltn_inventory_create(ltn_tree *regions, ltn_tree *sectors)
{
    ltn_inventory *inventory = ltn_alloc(1, sizeof *inventory);
    if (!inventory) return NULL;
    inventory->owners = 1;
    inventory->baseline = "";
    inventory->regions = ltn_tree_share(regions);
    inventory->sectors = ltn_tree_share(sectors);
    inventory->sources = ltn_table_create();
    inventory->emissions = ltn_table_create();
    if (inventory->sources && inventory->emissions && add_standard_columns(inventory) == LTN_OK) return inventory;
    ltn_inventory_free(inventory);
    return NULL;
}

ltn_inventory *ltn_inventory_share(const ltn_inventory *inventory)
{
    ltn_inventory *shared = (ltn_inventory *)inventory; /* only the count of owners changes */
    ltn_owners_add(&shared->owners);
    return shared;
}

void ltn_inventory_free(ltn_inventory *inventory)
{
    if (!inventory || !ltn_owners_drop(&inventory->owners)) return;
    ltn_table_free(inventory->sources);
    ltn_table_free(inventory->emissions);
    free(inventory->first);
    free(inventory->assumed);
    ltn_tree_free(inventory->regions);
    ltn_tree_free(inventory->sectors);
    ltn_arena_free(&inventory->arena);
    free(inventory->metadata);
    free(inventory);
}

static ltn_metadata *find_metadata(const ltn_inventory *inventory, const char *key)
{
    for (size_t i = 0; i < inventory->metadata_count; i++)
        if (strcmp(inventory->metadata[i].key, key) == 0) return &inventory->metadata[i];
    return NULL;
}

ltn_status ltn_inventory_set_metadata(ltn_inventory *inventory, const char *key, const char *value)
{
    ltn_metadata *entry = find_metadata(inventory, key);
    const char *kept = ltn_arena_text(&inventory->arena, value, strlen(value));
    if (!kept) return LTN_ENOMEM;
    if (strcmp(key, "base_year") == 0) {
        inventory->base_year = ltn_text_year(value);
        if (!inventory->base_year)
            return ltn_fail(LTN_EARGUMENT, NULL, "base_year '%s' is not a year; expected for example 2015", value);
    }
    if (strcmp(key, "baseline") == 0) inventory->baseline = kept;
    if (entry) {
        entry->value = kept;
        return LTN_OK;
    }
    size_t count = inventory->metadata_count;
    if (ltn_reserve(&inventory->metadata, &inventory->metadata_capacity, count + 1, sizeof *inventory->metadata))
        return LTN_ENOMEM;
    inventory->metadata[count] = (ltn_metadata){ltn_arena_text(&inventory->arena, key, strlen(key)), kept};
    if (!inventory->metadata[count].key) return LTN_ENOMEM;
    inventory->metadata_count = count + 1;
    return LTN_OK;
}

ltn_status ltn_inventory_copy_metadata(ltn_inventory *to, const ltn_inventory *from)
{
    ltn_status status = LTN_OK;
    for (size_t i = 0; !status && i < from->metadata_count; i++)
        status = ltn_inventory_set_metadata(to, from->metadata[i].key, from->metadata[i].value);
    return status;
}

const ltn_table *ltn_inventory_sources(const ltn_inventory *inventory)
{
    return inventory->sources;
}

const ltn_table *ltn_inventory_emissions(const ltn_inventory *inventory)
{
    return inventory->emissions;
}

const int32_t *ltn_inventory_first(const ltn_inventory *inventory)
{
    return inventory->first;
}

int32_t ltn_inventory_find(const ltn_inventory *inventory, const char *source)
{
    return ltn_dictionary_find(ltn_source_column_of(inventory, LTN_SOURCE)->words, source, strlen(source));
}

const ltn_tree *ltn_inventory_regions(const ltn_inventory *inventory)
{
    return inventory->regions;
}

const ltn_tree *ltn_inventory_sectors(const ltn_inventory *inventory)
{
    return inventory->sectors;
}

int ltn_inventory_base_year(const ltn_inventory *inventory)
{
    return inventory->base_year;
}

const char *ltn_inventory_baseline(const ltn_inventory *inventory)
{
    return inventory->baseline;
}

const char *ltn_inventory_metadata(const ltn_inventory *inventory, const char *key)
{
    const ltn_metadata *entry = find_metadata(inventory, key);
    return entry ? entry->value : NULL;
}

int ltn_inventory_reconstructed(const ltn_inventory *inventory)
{
    const char *said = ltn_inventory_metadata(inventory, "reconstructed");
    return said && strcmp(said, "no") != 0 && strcmp(said, "false") != 0;
}

size_t ltn_inventory_removal_assumed(const ltn_inventory *inventory)
{
    return inventory->assumed_count;
}

bool ltn_is_default_key(const char *key)
{
    return strncmp(key, LTN_DEFAULT_KEY, sizeof LTN_DEFAULT_KEY - 1) == 0;
}

size_t ltn_inventory_count_defaults(const ltn_inventory *inventory, ltn_emission_column key)
{
    const ltn_column *keys = ltn_emission_column_of(inventory, key);
    size_t count = 0;
    for (size_t e = 0; keys->words->count && e < inventory->emissions->rows; e++)
        count += keys->codes[e] >= 0 && ltn_is_default_key(keys->words->words[keys->codes[e]]);
    return count;
}

size_t ltn_inventory_factor_defaulted(const ltn_inventory *inventory)
{
    return ltn_inventory_count_defaults(inventory, LTN_FACTOR_KEY);
}

size_t ltn_inventory_removal_defaulted(const ltn_inventory *inventory)
{
    return ltn_inventory_count_defaults(inventory, LTN_REMOVAL_KEY);
}

const char *ltn_source_text(const ltn_inventory *inventory, size_t source, ltn_source_column c)
{
    return ltn_table_text(inventory->sources, source, c);
}

size_t ltn_baseline_length(const char *label)
{
    return strcspn(label, "+");
}

ltn_capacity_scale *ltn_capacity_scales(const ltn_inventory *inventory)
{
    const ltn_dictionary *units = ltn_source_column_of(inventory, LTN_CAPACITY_UNIT)->words;
    ltn_capacity_scale *scales = ltn_alloc(units->count, sizeof *scales);
    for (size_t u = 0; scales && u < units->count; u++)
        scales[u].kind = ltn_capacity_unit(units->words[u], &scales[u].scale);
    return scales;
}

double ltn_tonnes_per(const char *const *factors, size_t count)
{
    double scale;
    if (ltn_unit_product_scale(factors, count, "t", &scale) == LTN_OK) return scale;
    if (ltn_unit_product_scale(factors, count, "t/yr", &scale) == LTN_OK) return scale;
    return NAN;
}

void ltn_scale_cache_init(ltn_scale_cache *cache, const ltn_inventory *inventory)
{
    memset(cache, 0, sizeof *cache);
    cache->activity_unit = ltn_source_column_of(inventory, LTN_ACTIVITY_UNIT);
    cache->factor_unit = ltn_emission_column_of(inventory, LTN_FACTOR_UNIT);
}

double ltn_scale_tonnes(ltn_scale_cache *cache, int32_t activity_unit, int32_t factor_unit)
{
    if (activity_unit < 0 || factor_unit < 0) return NAN;
    size_t slot = ((size_t)activity_unit * 31 + (size_t)factor_unit) % LTN_SCALE_CACHE;
    if (!cache->slot[slot].known || cache->slot[slot].activity != activity_unit ||
        cache->slot[slot].factor != factor_unit) {
        const char *factors[] = {cache->activity_unit->words->words[activity_unit],
                                 cache->factor_unit->words->words[factor_unit]};
        cache->slot[slot].known = true;
        cache->slot[slot].activity = activity_unit;
        cache->slot[slot].factor = factor_unit;
        cache->slot[slot].tonnes = ltn_tonnes_per(factors, 2);
    }
    return cache->slot[slot].tonnes;
}
