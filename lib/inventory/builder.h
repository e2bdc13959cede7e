/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LTN_INVENTORY_BUILDER_H
#define LTN_INVENTORY_BUILDER_H

#include "base/diagnostics.h"
#include "inventory/inventory.h"

/* Rows on their way to an inventory. A reader may fill several chunks at once, each with dictionaries of
 * its own; ltn_builder_adopt() then turns a chunk's codes into the builder's. Columns of a chunk are the
 * builder's columns, in the same order. A chunk may have fewer, and any but `source` may be without memory: a column of
 * text then has the code `every` in all rows (-1: absent), one of numbers is absent. */

typedef enum ltn_column_level { LTN_OF_SOURCE, LTN_OF_EMISSION } ltn_column_level;

typedef struct ltn_builder_column {
    const char *name;
    ltn_column_type type;
    ltn_column_level level;
    int target;                  /* index in the level's table; attributes come after the standard ones */
    bool inferred;               /* an attribute read as text that may turn out to be numbers */
    bool optional;               /* an attribute that is left out where no row has a value */
    ltn_dictionary *words;       /* of a text column */
    const ltn_column_form *form; /* NULL for an attribute of the source; set when the inventory is made */
} ltn_builder_column;

/* Where a row's value stands in its file. */
typedef ltn_place (*ltn_locate)(void *context, size_t chunk, size_t row, const char *column);

/* Finds the factor of a row that gives none; `key` is where it comes from. Fails with a sentence for the row. */
typedef struct ltn_default_factor {
    double value;
    const char *unit;
    char key[160];
} ltn_default_factor;
typedef ltn_status (*ltn_find_factor)(const void *context, const ltn_inventory *made, size_t source,
                                      const char *pollutant, ltn_default_factor *out);

/* Finds the removal of an emission row that names a device and gives none; `key` is where it comes from and lives until
 * the next call. Fails with a sentence for the row, about its `column`; without a column it is not the row's fault. */
typedef struct ltn_default_removal {
    double value;
    const char *key, *column;
} ltn_default_removal;
typedef ltn_status (*ltn_find_removal)(void *context, const ltn_inventory *made, size_t emission,
                                       ltn_default_removal *out);

struct ltn_inventory_builder {
    ltn_inventory_options options; /* trees shared */
    ltn_inventory *made;           /* carries metadata and trees until it is finished */
    ltn_arena arena;
    ltn_builder_column *columns;
    size_t column_count, column_capacity, attribute_count, emission_attribute_count;
    ltn_table **chunks;
    size_t chunk_count, chunk_capacity;
    bool tolerant; /* a source's first value stands, and rows of one source and pollutant are added: with warnings */
    ltn_locate locate; /* NULL: rows are told by their number */
    void *locate_context;
    ltn_find_factor find_factor; /* or NULL */
    const void *find_factor_context;
    ltn_find_removal find_removal; /* or NULL */
    void *find_removal_context;
};

/* Index of a column, made as a (text) attribute where it is new; -1 with the error set. */
int ltn_builder_column_of(ltn_inventory_builder *builder, const char *name, size_t length, ltn_column_type type);

/* The builder's column for a standard column, or -1 where no reader has asked for it yet. */
int ltn_builder_find(const ltn_inventory_builder *builder, const char *name);

/* Columns for `table` up to the builder's, each with a dictionary of its own. */
ltn_status ltn_builder_chunk_columns(const ltn_inventory_builder *builder, ltn_table *table);

/* Takes a chunk over (also on failure) and turns its codes into the builder's. Chunks are adopted in
 * file order, so codes follow the order in which words are first met. */
ltn_status ltn_builder_adopt(ltn_inventory_builder *builder, ltn_table *chunk);

#endif
