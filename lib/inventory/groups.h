/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LTN_INVENTORY_GROUPS_H
#define LTN_INVENTORY_GROUPS_H

#include "inventory/inventory.h"

enum { LTN_GROUP_KEYS_MAX = 8 };

/* Which group each emission row falls in, and what the groups are called. Groups are numbered in the
 * order of their keys' codes; absent (-1) comes first. */
typedef struct ltn_group_key {
    const char *name;
    ltn_dictionary *words; /* shared */
    int32_t *codes;        /* of each group */
} ltn_group_key;

typedef struct ltn_groups {
    size_t rows, count, key_count;
    int32_t *of_row; /* -1: left out */
    ltn_group_key keys[LTN_GROUP_KEYS_MAX];
} ltn_groups;

/* Groups the emission rows of `base`, then those of `derived` (may be NULL), whose dictionaries must start
 * with the base's words in the same order. Only the flags that are properties of rows are looked at. `keep` is a
 * byte a row, 0 for rows to leave out, or NULL. */
ltn_status ltn_groups_create(const ltn_inventory *base, const ltn_inventory *derived, const ltn_grouping *grouping,
                             const uint8_t *keep, ltn_groups *out);
void ltn_groups_free(ltn_groups *groups);

/* The keys as columns of a result, in the order of ltn_by. */
ltn_status ltn_groups_add_columns(const ltn_groups *groups, ltn_table *table);
void ltn_groups_name_row(const ltn_groups *groups, size_t group, ltn_table *table, size_t row, size_t first_column);

#endif
