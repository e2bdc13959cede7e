/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file output.h
 *  Results on disk. Every writer writes beside the target and renames at the end: after a crash the old
 *  file is whole or the new one is.
 */
#ifndef LANTIAN_OUTPUT_H
#define LANTIAN_OUTPUT_H

#include <lantian/attribution.h>
#include <lantian/ensemble.h>
#include <lantian/sensitivity.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Options of the writers. What is told of the origin of the results goes into the netCDF file. */
typedef struct ltn_output_options {
    size_t struct_size;        /**< set by ltn_output_options_init() */
    ltn_language language;     /**< of sentences in tables; the netCDF file has names in both */
    const char *command;       /**< what made the results, as typed; or NULL */
    const char *const *inputs; /**< paths of the files they were made from; each is read for its SHA-256 */
    size_t input_count;
    int64_t time;       /**< when they were made, in seconds since 1970; 0: now */
    size_t dense_cells; /**< the largest array over all regions and sectors that is written; beyond it only those
                             combinations that there are. 0: 5e7 cells */
    const int *inventory_years; /**< years whose projected inventory is written besides that of the last */
    size_t inventory_year_count;
    const ltn_ensemble *ensemble; /* borrowed; of the run whose results are written, and of its targets and its book; or
                                   * NULL */
    const ltn_table *attribution; /**< borrowed; what ltn_projection_attribute() said of the run; or NULL */
    const ltn_attribution_options *attributed; /**< borrowed; the options it was asked with, whose year and method are
                                                *   told with it; NULL: the defaults */
    const ltn_table *sensitivity;              /**< borrowed; what ltn_sensitivity_run() said of the run; or NULL */
} ltn_output_options;

/** Sets every option to its default. */
LTN_API void ltn_output_options_init(ltn_output_options *options);

/** Writes a projection's tables into a folder, made if it is missing: `summary.csv`, `ledger.csv`,
 *  `accounts.csv`, `notes.csv`, `inventory-YYYY.csv` of the last year and of each of the options' `inventory_years`,
 *  `targets.csv` where @p targets is not NULL, `attribution.csv` (year, method, and the table's columns) and
 *  `sensitivity.csv` where the options have them and the latter has rows, and `result.nc` as
 *  ltn_projection_write_netcdf() does.
 *  A README.txt says what they are and lists them. What the README.txt of an earlier run lists and this run does not
 *  write is removed once all else is written, but for inputs of the options. A reconstructed base is named there, in
 *  notes.csv, in result.nc and in the head of inventory-YYYY.csv; the other files hold exactly their documented columns.
 *  @param options NULL for defaults.
 *  @return #LTN_OK; #LTN_EARGUMENT (an input of the options would be written over, an attribution by no such method;
 *  nothing is written); #LTN_ENOTFOUND (a year of `inventory_years` or of the attribution is not projected; nothing is
 *  written); #LTN_EIO; #LTN_ENOMEM; and what ltn_targets_check() returns. */
LTN_API LTN_CHECKED ltn_status ltn_projection_write(const ltn_projection *run, const ltn_targets *targets,
                                                    const ltn_output_options *options, const char *folder);

/** Writes the tables of a book's run as ltn_projection_write() does, with the notes, targets and accounts of the
 *  book and, where something owes an offset, `offsets.csv` (the claims), `offset-refusals.csv` (which reductions
 *  were not accepted, and why), `bank.csv` (the closing balance) and a `permit-<project>.txt` for each project.
 *  @return as ltn_projection_write(). */
LTN_API LTN_CHECKED ltn_status ltn_offset_book_write(const ltn_offset_book *book, const ltn_targets *targets,
                                                     const ltn_output_options *options, const char *folder);

/** Writes a projection's results as one netCDF-4 file after the CF conventions 1.8: emissions by year, region,
 *  sector and pollutant [t/yr], the changes by year, measure, region and pollutant, the base, the accounts and, where
 *  @p targets is not NULL, the targets; codes, and names in English and Chinese; and where it all comes from. See
 *  docs/formats.md.
 *
 *      base(region, pollutant) + Σ_measures delta(year, region, pollutant) = emission(year, region, pollutant)
 *
 *  The file appears whole or not at all.
 *  @param options NULL for defaults.
 *  @return #LTN_OK; #LTN_EIO (also where an input of the options cannot be read); #LTN_ENOMEM; and what
 *  ltn_targets_check() returns. */
LTN_API LTN_CHECKED ltn_status ltn_projection_write_netcdf(const ltn_projection *run, const ltn_targets *targets,
                                                           const ltn_output_options *options, const char *path);

/** Writes a book's run as ltn_projection_write_netcdf() does, with the targets and accounts of the book and, where
 *  something owes an offset, its projects, claims and credits.
 *  @return as ltn_projection_write_netcdf(). */
LTN_API LTN_CHECKED ltn_status ltn_offset_book_write_netcdf(const ltn_offset_book *book, const ltn_targets *targets,
                                                            const ltn_output_options *options, const char *path);

/** Writes a year's projected inventory as `inventory-YYYY.csv` into a folder that is there.
 *  @return #LTN_OK; #LTN_ENOTFOUND (year not projected); #LTN_EIO; #LTN_ENOMEM. */
LTN_API LTN_CHECKED ltn_status ltn_projection_write_inventory(const ltn_projection *run, int year, const char *folder);

/** Writes an ensemble, or a part of one, as an HDF5 store that any HDF5 program can read and
 *  ltn_ensemble_read_hdf5() gives back to the bit: the draws, or where they were not kept the moments and counts in
 *  their place, the sums at the means, the targets' and projects' tables, and where it comes from. See docs/formats.md.
 *  The file appears whole or not at all, and is on the disk before it does.
 *  @param options NULL for defaults; of them `command` and `inputs` are used.
 *  @return #LTN_OK; #LTN_EIO (also where an input of the options cannot be read); #LTN_ELIMIT (more than 2^31 - 1
 *  draws); #LTN_ENOMEM. */
LTN_API LTN_CHECKED ltn_status ltn_ensemble_write_hdf5(const ltn_ensemble *ensemble, const ltn_output_options *options,
                                                       const char *path);

/** Options of ltn_ensemble_read_hdf5(). */
typedef struct ltn_ensemble_read_options {
    size_t struct_size;    /**< set by ltn_ensemble_read_options_init() */
    int threads;           /**< 0: as many as the machine has */
    uint64_t memory_limit; /**< [bytes] that the file may fill; 0: 1 GiB or 64 times its size, whichever is more */
} ltn_ensemble_read_options;

/** Sets every option to its default. */
LTN_API void ltn_ensemble_read_options_init(ltn_ensemble_read_options *options);

/** Reads an ensemble's store, for example to merge it with parts that were computed elsewhere.
 *  @param options NULL for defaults.
 *  @return #LTN_OK; #LTN_EINPUT (not such a store, or one whose parts do not agree); #LTN_EIO; #LTN_ELIMIT (it would fill
 *  more memory than it may); #LTN_ENOMEM. Owned by the caller. */
LTN_API LTN_CHECKED ltn_status ltn_ensemble_read_hdf5(const char *path, const ltn_ensemble_read_options *options,
                                                      ltn_ensemble **out);

#ifdef __cplusplus
}
#endif
#endif
