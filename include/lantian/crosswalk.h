/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file crosswalk.h
 *  Regions change: a table that moves an inventory from one geography to another.
 */
#ifndef LANTIAN_CROSSWALK_H
#define LANTIAN_CROSSWALK_H

#include <lantian/inventory.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ltn_crosswalk ltn_crosswalk;

/** Reads a crosswalk: `old, new, share, from`. A share of [0, 1] or `%`, blank meaning 1; `from` a year or
 *  date from which the row holds, blank meaning always. @param options NULL for defaults.
 *  @return #LTN_OK; #LTN_EINPUT; #LTN_EIO; #LTN_ENOMEM. Owned by the caller. */
LTN_API LTN_CHECKED ltn_status ltn_crosswalk_read_csv(const char *path, const ltn_read_options *options,
                                                      ltn_crosswalk **out);

/** Frees a crosswalk; NULL is allowed. */
LTN_API void ltn_crosswalk_free(ltn_crosswalk *crosswalk);

/** Moves an inventory to the geography of a year. A source whose region has one new code gets that code; one
 *  whose region is divided becomes a source `<id>@<new>` in each part, its activity and emissions times the
 *  part's share. Totals are conserved.
 *  @param year rows of the crosswalk that hold in it are applied
 *  @param regions the tree of the new geography; NULL: every code is accepted
 *  @param options diagnostics for the codes that fit no geography; NULL for defaults
 *  @return #LTN_OK; #LTN_EINPUT (a code that is not in the new geography, shares that do not add up to 1);
 *  #LTN_ENOMEM. Owned by the caller. */
LTN_API LTN_CHECKED ltn_status ltn_inventory_recode(const ltn_inventory *inventory, const ltn_crosswalk *crosswalk,
                                                    int year, ltn_tree *regions, const ltn_read_options *options,
                                                    ltn_inventory **out);

#ifdef __cplusplus
}
#endif
#endif
