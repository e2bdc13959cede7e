/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file inventory.h
 *  An emission inventory: sources, and what each emits of each pollutant in the base year.
 *
 *  Two tables. *Sources*, one row a source: `source` (its code equals its row), `region`, `sector`,
 *  `name`, `fuel`, `owner`, `facility`, `tags`, `capacity`, `capacity_unit`, `lon`, `lat` [degrees],
 *  `activity` [activity_unit a year], `activity_unit`, `activity_cv`, then the user's own columns.
 *  *Emissions*, one row a source and pollutant, a source's rows together: `pollutant`,
 *  `emission_t` [t/yr], `factor`, `factor_unit`, `removal` [0, 1], `factor_cv`, `factor_key`, `device`
 *  (ids of the table of devices, `;`-separated), `capture` (a share or a word of that table), `running` [0, 1],
 *  `removal_key`, then, where some row has them, `jan_t` ... `dec_t` [t a month] and others of docs/formats.md.
 *
 *      E = A · EF · (1 − R)
 *
 *  A given `emission_t` is the base; else it is reckoned from the other three, with R = 0 where it is
 *  unknown, and such rows are counted by ltn_inventory_removal_assumed(). All given must agree within 0.5 %.
 *  Where a row of a file gives no R and names a device, R = capture · efficiency · running; see
 *  ltn_inventory_read_csv().
 */
#ifndef LANTIAN_INVENTORY_H
#define LANTIAN_INVENTORY_H

#include <lantian/tree.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ltn_inventory ltn_inventory;
typedef struct ltn_inventory_builder ltn_inventory_builder;

/** Options of the builder and of every inventory reader. */
typedef struct ltn_inventory_options {
    size_t struct_size;           /**< set by ltn_inventory_options_init() */
    ltn_diagnostics *diagnostics; /**< borrowed; NULL: only the first error, in ltn_last_error() */
    ltn_tree *regions;            /**< the tree to use; NULL: every region met is a root */
    ltn_tree *sectors;            /**< the tree to use; NULL: every sector met is accepted */
    const char *encoding;         /**< NULL or "utf-8", or "gb18030" for a file that is not UTF-8 */
    int threads;                  /**< 0: as many as the machine has */
    int no_defaults;              /**< 1: a blank removal taken as 0, or a value from a table, is an error */
    const struct ltn_factor_table *factors; /**< borrowed; fills the blank factors of rows that give activity alone */
    const struct ltn_devices *devices;      /**< borrowed; NULL: the installed table, read when a row needs it */
    const char *const *keep_pollutants;     /**< borrowed; rows of others are passed over and counted; NULL: keep all */
    size_t keep_pollutant_count;
} ltn_inventory_options;

/** Sets every option to its default. */
LTN_API void ltn_inventory_options_init(ltn_inventory_options *options);

/** Reads an inventory in the long CSV form, a row a source and pollutant.
 *  `source, region, sector, pollutant` are required, and `emission_t` or `activity` with `factor`; with a table of
 *  factors in the options `activity` alone will do: the factor is found by sector, fuel, pollutant, capacity and the
 *  user's columns `technology` and `sulphur_pct`, and its `factor_key` says `default:` with source and table;
 *  unknown columns become attributes of the source. Nothing is loaded unless everything is good.
 *
 *  A row that names a `device` and gives no `removal` takes it from the table of devices (ltn_devices_combine(),
 *  ltn_capture_find()):
 *
 *      R = capture · efficiency · running
 *
 *  A blank `capture` is 1, but an error of VOC and of every pollutant that the table has kinds of capture for. A blank
 *  `running` is 1: the table's efficiencies are means that include poor running. The row's `removal_key` becomes
 *  `default:` with source, table and devices. A `removal` that is given stands, whatever the device.
 *  @param options NULL for defaults.
 *  @return #LTN_OK; #LTN_EINPUT (every bad row is in the diagnostics); #LTN_EIO; #LTN_ELIMIT (2^31 rows);
 *  #LTN_ENOMEM. Owned by the caller. */
LTN_API LTN_CHECKED ltn_status ltn_inventory_read_csv(const char *path, const ltn_inventory_options *options,
                                                      ltn_inventory **out);

/** Writes an inventory in the form ltn_inventory_read_csv() reads. The file appears whole or not at all.
 *  @return #LTN_OK; #LTN_EIO; #LTN_ENOMEM. */
LTN_API LTN_CHECKED ltn_status ltn_inventory_write_csv(const ltn_inventory *inventory, const char *path);

/** Reads an inventory in whatever form it is: FF10 (a `#FORMAT FF10_...` record stands in its head), the CSV form of
 *  ltn_inventory_read_csv(), either of them compressed by gzip, or an HDF5 store (store.h). The content decides, not the
 *  name.
 *
 *  From FF10 (point, nonpoint, nonroad, onroad; manual: formats.md), short tons become tonnes (0.90718474 t). A source's
 *  id is its key fields joined by `|`, its region the FIPS code, its sector the SCC. Months become the columns `jan_t`
 *  ... `dec_t` of the emissions table. Rows of one source and pollutant are added, and of a source's differing values
 *  the first stands: both with a warning.
 *  @param options NULL for defaults.
 *  @return as ltn_inventory_read_csv() and ltn_inventory_read_hdf5(); #LTN_ELIMIT also where a gzip file expands beyond measure;
 *  #LTN_EUNSUPPORTED (a form that is recognised and not read). Owned by the caller. */
LTN_API LTN_CHECKED ltn_status ltn_inventory_read(const char *path, const ltn_inventory_options *options,
                                                  ltn_inventory **out);

/** The kinds of FF10 files. */
typedef enum ltn_ff10_kind {
    LTN_FF10_POINT = 0,    /**< 77 fields */
    LTN_FF10_NONPOINT = 1, /**< 45 fields, as the two below */
    LTN_FF10_NONROAD = 2,
    LTN_FF10_ONROAD = 3
} ltn_ff10_kind;

/** Writes an inventory as FF10, tonnes as short tons. The file appears whole or not at all.
 *  @param diagnostics borrowed, may be NULL; a warning for everything that the form has no field for.
 *  @return #LTN_OK; #LTN_EINPUT (a region that is no number: FF10 knows no other codes); #LTN_EARGUMENT (no such kind);
 *  #LTN_EIO; #LTN_ENOMEM. */
LTN_API LTN_CHECKED ltn_status ltn_inventory_write_ff10(const ltn_inventory *inventory, ltn_ff10_kind kind,
                                                        const char *path, ltn_diagnostics *diagnostics);

/** Starts an inventory row by row. The trees of the options are kept alive. Owned by the caller.
 *  @return #LTN_OK or #LTN_ENOMEM. */
LTN_API LTN_CHECKED ltn_status ltn_inventory_builder_create(const ltn_inventory_options *options,
                                                            ltn_inventory_builder **out);

/** Frees a builder; NULL is allowed. */
LTN_API void ltn_inventory_builder_free(ltn_inventory_builder *builder);

/** Sets a metadata value such as `base_year`, `baseline`, `reconstructed`, `title`.
 *  @return #LTN_OK; #LTN_EARGUMENT (a base_year that is no year); #LTN_ENOMEM. */
LTN_API LTN_CHECKED ltn_status ltn_inventory_builder_metadata(ltn_inventory_builder *builder, const char *key,
                                                              const char *value);

/** Opens a new row: one source and pollutant.
 *  @return #LTN_OK; #LTN_ELIMIT; #LTN_EARGUMENT (the builder has been finished); #LTN_ENOMEM. */
LTN_API LTN_CHECKED ltn_status ltn_inventory_builder_row(ltn_inventory_builder *builder);

/** Sets a text column of the open row; a column not known is made an attribute.
 *  @return #LTN_OK; #LTN_EARGUMENT (no open row, or the column holds numbers); #LTN_ENOMEM. */
LTN_API LTN_CHECKED ltn_status ltn_inventory_builder_text(ltn_inventory_builder *builder, const char *column,
                                                          const char *value);

/** Sets a numeric column of the open row; a column not known is made an attribute.
 *  @return as ltn_inventory_builder_text(). */
LTN_API LTN_CHECKED ltn_status ltn_inventory_builder_number(ltn_inventory_builder *builder, const char *column,
                                                            double value);

/** Checks all rows and makes the inventory; the builder is finished afterwards, whatever the outcome, and can only
 *  be freed. Only files are held against tables: here a row that names a `device` needs its `removal` too.
 *  @return #LTN_OK; #LTN_EINPUT (the diagnostics name every bad row by its number); #LTN_ELIMIT (2^31 rows);
 *  #LTN_EARGUMENT (it has been finished already); #LTN_ENOMEM.
 *  Owned by the caller. */
LTN_API LTN_CHECKED ltn_status ltn_inventory_builder_finish(ltn_inventory_builder *builder, ltn_inventory **out);

/** Gives an inventory back; NULL is allowed. A projection made from it keeps it alive. */
LTN_API void ltn_inventory_free(ltn_inventory *inventory);

/** The sources table, a view. */
LTN_API const ltn_table *ltn_inventory_sources(const ltn_inventory *inventory);

/** The emissions table, a view. Source s owns the rows first[s] .. first[s + 1] − 1. */
LTN_API const ltn_table *ltn_inventory_emissions(const ltn_inventory *inventory);

/** Where each source's emission rows start: number of sources + 1 values, a view. */
LTN_API const int32_t *ltn_inventory_first(const ltn_inventory *inventory);

/** Row of a source in the sources table, or -1. */
LTN_API int32_t ltn_inventory_find(const ltn_inventory *inventory, const char *source);

/** The region tree, a view. */
LTN_API const ltn_tree *ltn_inventory_regions(const ltn_inventory *inventory);

/** The sector tree, a view. */
LTN_API const ltn_tree *ltn_inventory_sectors(const ltn_inventory *inventory);

/** The base year; 0 where the inventory does not say. */
LTN_API int ltn_inventory_base_year(const ltn_inventory *inventory);

/** The statistical basis (`baseline` label), a view; empty where the inventory does not say. */
LTN_API const char *ltn_inventory_baseline(const ltn_inventory *inventory);

/** A metadata value, a view; NULL where the key is not there. */
LTN_API const char *ltn_inventory_metadata(const ltn_inventory *inventory, const char *key);

/** 1 where the inventory says of itself that its figures are reconstructed, not official: the metadata
 * `reconstructed` stands and is neither `no` nor `false`. */
LTN_API int ltn_inventory_reconstructed(const ltn_inventory *inventory);

/** Number of emission rows reckoned with R = 0 because their removal is unknown. */
LTN_API size_t ltn_inventory_removal_assumed(const ltn_inventory *inventory);

/** Number of emission rows whose factor is a table's (their `factor_key` begins with `default:`). */
LTN_API size_t ltn_inventory_factor_defaulted(const ltn_inventory *inventory);

/** Number of emission rows whose removal is a table's (their `removal_key` begins with `default:`). */
LTN_API size_t ltn_inventory_removal_defaulted(const ltn_inventory *inventory);

/** What to group by; combine with `|`. A table of groups has one column for each, in this order. */
typedef enum ltn_by {
    LTN_BY_YEAR = 1 << 0,
    LTN_BY_MEASURE = 1 << 1, /**< ledger only */
    LTN_BY_TASK = 1 << 2,    /**< ledger only: the plan's task number */
    LTN_BY_BUREAU = 1 << 3,  /**< ledger only: the first lead bureau */
    LTN_BY_CLASS = 1 << 4,   /**< ledger only: structural, engineering, management, growth, new */
    LTN_BY_REGION = 1 << 5,
    LTN_BY_SECTOR = 1 << 6,
    LTN_BY_SOURCE = 1 << 7,
    LTN_BY_OWNER = 1 << 8,
    LTN_BY_FUEL = 1 << 9,
    LTN_BY_POLLUTANT = 1 << 10
} ltn_by;

/** A grouping with levels: how deep in each tree, and one more column of the sources. */
typedef struct ltn_grouping {
    size_t struct_size;    /**< set by ltn_grouping_init() */
    unsigned by;           /**< #ltn_by flags */
    int region_depth;      /**< 0 roots, 1 below them, ...; -1 (default): each source's own region */
    int sector_depth;      /**< likewise for sectors */
    const char *attribute; /**< any text column of the sources, or NULL; comes before the pollutant */
    const char *scope;     /**< of projections: a scope of the scenario, to leave out what is not in it; or NULL */
} ltn_grouping;

/** Sets the flags @p by with every source's own region and sector and no attribute. */
LTN_API void ltn_grouping_init(ltn_grouping *grouping, unsigned by);

/** Sums emissions by group: the group's columns, then `emission_t` [t/yr]. Groups without rows are
 *  left out; groups are sorted in the order of their trees and dictionaries. Sums are compensated.
 *  @return #LTN_OK; #LTN_EARGUMENT (a ledger-only flag, a scope); #LTN_ENOTFOUND (no such attribute); #LTN_ENOMEM.
 *  Owned by the caller. */
LTN_API LTN_CHECKED ltn_status ltn_inventory_summarise(const ltn_inventory *inventory, const ltn_grouping *grouping,
                                                       ltn_table **out);

/** Subtracts one inventory from another by group: the group's columns, `before_t`, `after_t`,
 *  `difference_t` = after − before [t/yr]. Only region codes, sector codes and names are compared, so the
 *  two may come from different files.
 *  @return #LTN_OK; #LTN_EBASELINE where the statistical bases differ (the part of the label before `+`)
 *  or one has none; #LTN_EARGUMENT; #LTN_ENOTFOUND; #LTN_ENOMEM. Owned by the caller. */
LTN_API LTN_CHECKED ltn_status ltn_inventory_compare(const ltn_inventory *before, const ltn_inventory *after,
                                                     const ltn_grouping *grouping, ltn_table **out);

/** Keeps the emission rows r with keep[r] != 0, and the sources that still have one.
 *  @param keep one byte an emission row, for example from ltn_selector_match().
 *  @return #LTN_OK or #LTN_ENOMEM. Owned by the caller. */
LTN_API LTN_CHECKED ltn_status ltn_inventory_filter(const ltn_inventory *inventory, const uint8_t *keep,
                                                    ltn_inventory **out);

/** Puts inventories one after another. Columns are matched by name; metadata is the first one's.
 *  @return #LTN_OK; #LTN_EBASELINE (different labels or base years); #LTN_EINPUT (a source in two of
 *  them, trees that contradict each other, or a column of numbers in one and of text in the other); #LTN_EARGUMENT (none); #LTN_ENOMEM.
 *  Owned by the caller. */
LTN_API LTN_CHECKED ltn_status ltn_inventory_concatenate(const ltn_inventory *const *parts, size_t count,
                                                         ltn_inventory **out);

#ifdef __cplusplus
}
#endif
#endif
