/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file output.h
 *  Results on disk. Every writer writes beside the target and renames at the end: after a crash the old
 *  file is whole or the new one is.
 */
#ifndef LANTIAN_OUTPUT_H
#define LANTIAN_OUTPUT_H

#include <lantian/offsets.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Writes a projection's tables into a folder, made if it is missing: `summary.csv`, `ledger.csv`,
 *  `accounts.csv`, `notes.csv`, `inventory-YYYY.csv` of the last year, and `targets.csv` where @p targets is not NULL.
 *  A README.txt says what they are. A reconstructed base is named there, in notes.csv and in the head of
 *  inventory-YYYY.csv; the other files hold exactly their documented columns.
 *  @return #LTN_OK; #LTN_EIO; #LTN_ENOMEM; and what ltn_targets_check() returns. */
LTN_API LTN_CHECKED ltn_status ltn_projection_write(const ltn_projection *run, const ltn_targets *targets,
                                                    ltn_language language, const char *folder);

/** Writes the tables of a book's run as ltn_projection_write() does, with the notes, targets and accounts of the
 *  book and, where something owes an offset, `offsets.csv` (the claims), `offset-refusals.csv` (which reductions
 *  were not accepted, and why), `bank.csv` (the closing balance) and a `permit-<project>.txt` for each project.
 *  @return as ltn_projection_write(). */
LTN_API LTN_CHECKED ltn_status ltn_offset_book_write(const ltn_offset_book *book, const ltn_targets *targets,
                                                     ltn_language language, const char *folder);

/** Writes a year's projected inventory as `inventory-YYYY.csv` into a folder that is there.
 *  @return #LTN_OK; #LTN_ENOTFOUND (year not projected); #LTN_EIO; #LTN_ENOMEM. */
LTN_API LTN_CHECKED ltn_status ltn_projection_write_inventory(const ltn_projection *run, int year, const char *folder);

#ifdef __cplusplus
}
#endif
#endif
