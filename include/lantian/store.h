/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file store.h
 *  Inventories as HDF5 files: columns in compressed, checksummed chunks that any HDF5 program can read.
 *
 *  docs/formats.md describes the layout. A store keeps an inventory to the bit: tables, dictionaries, trees,
 *  metadata. HDF5 as Debian builds it is not safe for threads: these functions take one lock of the process, so
 *  they may be called from any thread, one at a time; a program that calls HDF5 itself must not do so meanwhile.
 *  What the program has set for HDF5's own error messages is as it was afterwards.
 */
#ifndef LANTIAN_STORE_H
#define LANTIAN_STORE_H

#include <lantian/inventory.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Options of ltn_inventory_write_hdf5(). */
typedef struct ltn_store_write_options {
    size_t struct_size; /**< set by ltn_store_write_options_init() */
    int level;          /**< how hard to compress, 0 (not at all) to 9; default 1 */
    int threads;        /**< 0: as many as the machine has; the file does not depend on it */
} ltn_store_write_options;

/** Sets every option to its default. */
LTN_API void ltn_store_write_options_init(ltn_store_write_options *options);

/** Options of the readers of stores. */
typedef struct ltn_store_read_options {
    size_t struct_size;            /**< set by ltn_store_read_options_init() */
    ltn_diagnostics *diagnostics;  /**< borrowed; NULL: only the first error, in ltn_last_error() */
    ltn_tree *regions;             /**< the tree to use; NULL: the store's own */
    ltn_tree *sectors;             /**< the tree to use; NULL: the store's own */
    const char *const *pollutants; /**< only the rows of these; NULL: of all. Borrowed, as what follows */
    size_t pollutant_count;
    const char *const
        *within; /**< only sources in these regions (codes of the store's tree) or inside them; NULL: all */
    size_t within_count;
    int threads;           /**< 0: as many as the machine has */
    uint64_t memory_limit; /**< [bytes] that the file may fill; 0: 1 GiB or 64 times its size, whichever is more */
} ltn_store_read_options;

/** Sets every option to its default. */
LTN_API void ltn_store_read_options_init(ltn_store_read_options *options);

/** 1 where a file that begins with these bytes says it is HDF5; 8 bytes are enough. */
LTN_API int ltn_is_hdf5(const char *data, size_t size);

/** Writes an inventory as a store. The file appears whole or not at all, and is on the disk before it does.
 *  @param options NULL for defaults.
 *  @return #LTN_OK; #LTN_EARGUMENT (the level); #LTN_EIO; #LTN_ELIMIT (a text of more than 4 MiB); #LTN_ENOMEM. */
LTN_API LTN_CHECKED ltn_status ltn_inventory_write_hdf5(const ltn_inventory *inventory, const char *path,
                                                        const ltn_store_write_options *options);

/** Reads a store, or of its rows only those of some pollutants or within some regions: then chunks that hold none of
 *  them are not read, and the result is what ltn_inventory_filter() would leave of the whole.
 *  @param options NULL for defaults.
 *  @return #LTN_OK; #LTN_EINPUT (not a store, or a damaged one); #LTN_ENOTFOUND (no such pollutant or region);
 *  #LTN_ELIMIT (more memory than it may fill); #LTN_EIO; #LTN_ENOMEM. Owned by the caller. */
LTN_API LTN_CHECKED ltn_status ltn_inventory_read_hdf5(const char *path, const ltn_store_read_options *options,
                                                       ltn_inventory **out);

/** Sums a store's emissions by group as ltn_inventory_summarise() does, reading the columns that takes and no others.
 *  @param options NULL for defaults.
 *  @return as ltn_inventory_read_hdf5() and ltn_inventory_summarise(). Owned by the caller. */
LTN_API LTN_CHECKED ltn_status ltn_store_summarise(const char *path, const ltn_store_read_options *options,
                                                   const ltn_grouping *grouping, ltn_table **out);

#ifdef __cplusplus
}
#endif
#endif
