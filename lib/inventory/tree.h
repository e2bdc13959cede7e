/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LTN_INVENTORY_TREE_H
#define LTN_INVENTORY_TREE_H

#include "base/table.h"

#include <lantian/tree.h>

#include <stdbool.h>

/* The table's first columns; any further ones follow. */
enum { LTN_TREE_CODE, LTN_TREE_PARENT, LTN_TREE_NAME, LTN_TREE_NAME_ZH };

struct ltn_tree {
    ltn_owners owners;
    ltn_table *table; /* a row a node; the code column's codes are 0, 1, 2, ... */
    int32_t *parents; /* -1 for a root */
    size_t capacity;
    bool open; /* made of the codes an inventory happened to have, not of a table of all */
};

ltn_tree *ltn_tree_share(ltn_tree *tree);

/* A tree with the same nodes (and the same numbers) that may grow; NULL with the error set. */
ltn_tree *ltn_tree_copy(const ltn_tree *tree);

/* The codes' dictionary: a word's code is its node. */
ltn_dictionary *ltn_tree_codes(const ltn_tree *tree);

/* Node of a code, added as a root if new; -1 with the error set where memory runs out. */
int32_t ltn_tree_add_root(ltn_tree *tree, const char *code);

/* True where a text is names with one dot between them, not absurdly many. */
enum { LTN_TREE_LEVELS = 64 };
bool ltn_tree_is_path(const char *text);

/* Node of a dotted path, added with the paths above it if new; -1 with the error set. */
int32_t ltn_tree_add_path(ltn_tree *tree, const char *path);

void ltn_tree_set_parent(ltn_tree *tree, int32_t node, int32_t parent);

/* A node that leads into a cycle, or -1. */
ltn_status ltn_tree_find_cycle(const ltn_tree *tree, int32_t *out);

/* Marks the nodes that are `node` or inside it: one byte a node, OR-ed into `marks`. */
void ltn_tree_mark_inside(const ltn_tree *tree, int32_t node, uint8_t *marks);

#endif
