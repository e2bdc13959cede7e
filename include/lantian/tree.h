/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file tree.h
 *  Regions and sectors: codes in a tree, with names in two languages.
 *
 *  A region names its parent (city 330300 > county 330303 > zone 330371); a dotted sector implies it
 *  (`solvent.coating` is above `solvent.coating.wood`). A source sits in one node and counts in all
 *  nodes above it, so nothing is counted twice.
 */
#ifndef LANTIAN_TREE_H
#define LANTIAN_TREE_H

#include <lantian/diagnostics.h>
#include <lantian/table.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ltn_tree ltn_tree;

/** Reads a regions table: `region, parent, kind, name, name_zh` and any further columns, in any order
 *  of rows. @param options NULL for defaults.
 *  @return #LTN_OK; #LTN_EINPUT (unknown parent, cycle, code given twice, and all a CSV can have wrong);
 *  #LTN_EIO; #LTN_ENOMEM. Owned by the caller. */
LTN_API LTN_CHECKED ltn_status ltn_regions_read_csv(const char *path, const ltn_read_options *options,
                                                    ltn_tree **out);

/** Reads a sectors table: `sector, name, name_zh` and any further columns (`scc, nfr, gnfr, handbook`).
 *  Dotted sectors bring their parents. @param options NULL for defaults.
 *  @return as ltn_regions_read_csv(). Owned by the caller. */
LTN_API LTN_CHECKED ltn_status ltn_sectors_read_csv(const char *path, const ltn_read_options *options,
                                                    ltn_tree **out);

/** Makes an empty tree, to be filled with ltn_tree_add(). Owned by the caller.
 *  @return #LTN_OK or #LTN_ENOMEM. */
LTN_API LTN_CHECKED ltn_status ltn_tree_create(ltn_tree **out);

/** Adds a node. @param parent code of a node already there, or NULL for a root.
 *  @param name, name_zh may be NULL.
 *  @return #LTN_OK; #LTN_EARGUMENT (empty or known code, or an inventory uses the tree already);
 *  #LTN_ENOTFOUND (no such parent); #LTN_ENOMEM. */
LTN_API LTN_CHECKED ltn_status ltn_tree_add(ltn_tree *tree, const char *code, const char *parent,
                                            const char *name, const char *name_zh);

/** Gives a tree back; NULL is allowed. An inventory that uses it keeps it alive. */
LTN_API void ltn_tree_free(ltn_tree *tree);

/** Number of nodes. */
LTN_API size_t ltn_tree_count(const ltn_tree *tree);

/** Index of a code, or -1. */
LTN_API int32_t ltn_tree_find(const ltn_tree *tree, const char *code);

/** Code of a node, a view; NULL past the end. */
LTN_API const char *ltn_tree_code(const ltn_tree *tree, int32_t node);

/** Name of a node in a language, a view; the other language or the code where it has none. */
LTN_API const char *ltn_tree_name(const ltn_tree *tree, int32_t node, ltn_language language);

/** Parent of a node; -1 for a root. */
LTN_API int32_t ltn_tree_parent(const ltn_tree *tree, int32_t node);

/** Number of nodes above a node: 0 for a root. */
LTN_API int ltn_tree_depth(const ltn_tree *tree, int32_t node);

/** The node at @p depth on the way from the root to @p node; @p node itself where it is not that deep. */
LTN_API int32_t ltn_tree_ancestor(const ltn_tree *tree, int32_t node, int depth);

/** 1 where @p node is @p above or lies inside it, else 0. */
LTN_API int ltn_tree_contains(const ltn_tree *tree, int32_t above, int32_t node);

/** All columns of the tree's table, a row a node, in the order of the nodes. View until freed. */
LTN_API const ltn_table *ltn_tree_table(const ltn_tree *tree);

#ifdef __cplusplus
}
#endif
#endif
