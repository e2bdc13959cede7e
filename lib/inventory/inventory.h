/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LTN_INVENTORY_INVENTORY_H
#define LTN_INVENTORY_INVENTORY_H

#include "base/unit.h"
#include "inventory/tree.h"

#include <lantian/inventory.h>

#include <stdbool.h>

/* The first columns of the sources table, in this order; the user's follow. */
typedef enum ltn_source_column {
    LTN_SOURCE,
    LTN_REGION,
    LTN_SECTOR,
    LTN_NAME,
    LTN_FUEL,
    LTN_OWNER,
    LTN_FACILITY,
    LTN_TAGS,
    LTN_CAPACITY,
    LTN_CAPACITY_UNIT,
    LTN_LON,
    LTN_LAT,
    LTN_ACTIVITY,
    LTN_ACTIVITY_UNIT,
    LTN_ACTIVITY_CV,
    LTN_SOURCE_COLUMNS
} ltn_source_column;

/* The columns of the emissions table, in this order. */
typedef enum ltn_emission_column {
    LTN_POLLUTANT,
    LTN_EMISSION,
    LTN_FACTOR,
    LTN_FACTOR_UNIT,
    LTN_REMOVAL,
    LTN_FACTOR_CV,
    LTN_FACTOR_KEY,
    LTN_DEVICE,
    LTN_CAPTURE,
    LTN_RUNNING,
    LTN_REMOVAL_KEY,
    LTN_EMISSION_COLUMNS
} ltn_emission_column;

#define LTN_CV_MOST 10 /* coefficient of variation: what is larger is a percentage without its sign */

/* What the builder and the CSV form know of a column. */
typedef struct ltn_column_form {
    const char *name;
    ltn_column_type type;
    double low, high; /* domain of a number */
    int unit;         /* index in the same list of the column that holds its unit, or -1 */
} ltn_column_form;

extern const ltn_column_form ltn_source_forms[LTN_SOURCE_COLUMNS];
extern const ltn_column_form ltn_emission_forms[LTN_EMISSION_COLUMNS];

/* Columns that the emissions table has only where some row has a value: they follow the standard ones, in any order.
 * Names of the user's that are not among these are attributes of the source. */
const ltn_column_form *ltn_emission_attribute(const char *name); /* NULL where it is none */

/* The month columns `jan_t` ... `dec_t` [t a month] that an emissions table has, through `columns`; how many. Whatever
 * changes a row's emission changes its months in proportion: ltn_scale_months(). */
enum { LTN_MONTHS = 12 };
size_t ltn_month_columns(const ltn_table *emissions, int columns[LTN_MONTHS]);
void ltn_scale_months(ltn_table *emissions, const int *columns, size_t count, size_t row, double ratio);

typedef struct ltn_metadata {
    const char *key, *value;
} ltn_metadata;

struct ltn_inventory {
    ltn_owners owners;
    ltn_table *sources, *emissions;
    int32_t *first;   /* sources + 1 */
    uint8_t *assumed; /* per emission row: reckoned with R = 0 because R is unknown */
    size_t assumed_count;
    ltn_tree *regions, *sectors;
    ltn_arena arena; /* of the metadata */
    ltn_metadata *metadata;
    size_t metadata_count, metadata_capacity;
    int base_year;        /* 0: not said */
    const char *baseline; /* "" : not said */
};

/* An inventory with empty standard tables that share the given dictionaries' trees; NULL with error. */
ltn_inventory *ltn_inventory_create(ltn_tree *regions, ltn_tree *sectors);
ltn_inventory *ltn_inventory_share(const ltn_inventory *inventory);

/* Sets or replaces a metadata value; `base_year` and `baseline` are understood. */
ltn_status ltn_inventory_set_metadata(ltn_inventory *inventory, const char *key, const char *value);
ltn_status ltn_inventory_copy_metadata(ltn_inventory *to, const ltn_inventory *from);

static inline const ltn_column *ltn_source_column_of(const ltn_inventory *inventory, ltn_source_column c)
{
    return &inventory->sources->columns[c];
}

static inline const ltn_column *ltn_emission_column_of(const ltn_inventory *inventory, ltn_emission_column c)
{
    return &inventory->emissions->columns[c];
}

/* How the factor_key (removal_key) of a row begins whose factor (removal) is a table's. */
#define LTN_DEFAULT_KEY "default:"
bool ltn_is_default_key(const char *key);

/* Number of emission rows whose key in column `key` is a table's. */
size_t ltn_inventory_count_defaults(const ltn_inventory *inventory, ltn_emission_column key);

/* Text of a source's column, or NULL. */
const char *ltn_source_text(const ltn_inventory *inventory, size_t source, ltn_source_column c);

/* The statistical basis: the label up to the first '+' (what follows names scenarios laid on it). */
size_t ltn_baseline_length(const char *label);

/* What each word of the capacity_unit column means: its kind, and t/h of steam (or MW) in one of it. */
typedef struct ltn_capacity_scale {
    ltn_capacity_kind kind;
    double scale;
} ltn_capacity_scale;
ltn_capacity_scale *ltn_capacity_scales(const ltn_inventory *inventory); /* NULL with the error set */

/* Tonnes of emission per (activity unit · factor unit); a small cache in front of UDUNITS. */
enum { LTN_SCALE_CACHE = 64 };
typedef struct ltn_scale_cache {
    const ltn_column *activity_unit, *factor_unit;
    struct {
        int32_t activity, factor; /* codes; used where `known` */
        bool known;
        double tonnes; /* NaN where the product is no mass */
    } slot[LTN_SCALE_CACHE];
} ltn_scale_cache;
void ltn_scale_cache_init(ltn_scale_cache *cache, const ltn_inventory *inventory);
double ltn_scale_tonnes(ltn_scale_cache *cache, int32_t activity_unit, int32_t factor_unit);

/* Tonnes (a year) in one `factors[0]·factors[1]·...`; NaN where that is no mass (a year). */
double ltn_tonnes_per(const char *const *factors, size_t count);

#endif
