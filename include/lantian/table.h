/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file table.h
 *  Named columns of equal length: the form of inventories, summaries, ledgers and notes.
 *
 *  A numeric column is a plain `double` array; NaN is an absent value. A text column is an `int32_t`
 *  array of codes into its own dictionary; -1 is an absent value. Both are read without a copy.
 */
#ifndef LANTIAN_TABLE_H
#define LANTIAN_TABLE_H

#include <lantian/diagnostics.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ltn_table ltn_table;

/** What a column holds. */
typedef enum ltn_column_type { LTN_NUMBER = 0, LTN_TEXT = 1 } ltn_column_type;

/** Frees a table that the caller owns; NULL is allowed. Views of an inventory are not owned. */
LTN_API void ltn_table_free(ltn_table *table);

/** Number of rows. */
LTN_API size_t ltn_table_rows(const ltn_table *table);

/** Number of columns. */
LTN_API size_t ltn_table_columns(const ltn_table *table);

/** Name of a column, a view; NULL past the end. */
LTN_API const char *ltn_table_name(const ltn_table *table, size_t column);

/** Type of a column; #LTN_NUMBER past the end. */
LTN_API ltn_column_type ltn_table_type(const ltn_table *table, size_t column);

/** Index of the column called @p name, or -1. */
LTN_API int ltn_table_find(const ltn_table *table, const char *name);

/** The values of a numeric column, ltn_table_rows() of them, as a view; NULL for a text column. */
LTN_API const double *ltn_table_numbers(const ltn_table *table, size_t column);

/** The codes of a text column, ltn_table_rows() of them, as a view; NULL for a numeric column. */
LTN_API const int32_t *ltn_table_codes(const ltn_table *table, size_t column);

/** Number of words in a text column's dictionary; 0 for a numeric column. */
LTN_API size_t ltn_table_words(const ltn_table *table, size_t column);

/** The word behind a code of a text column, a view; NULL where there is none. */
LTN_API const char *ltn_table_word(const ltn_table *table, size_t column, int32_t code);

/** One value of a numeric column; NaN where it is absent or the place does not exist. */
LTN_API double ltn_table_number(const ltn_table *table, size_t row, size_t column);

/** One value of a text column, a view; NULL where it is absent or the place does not exist. */
LTN_API const char *ltn_table_text(const ltn_table *table, size_t row, size_t column);

/** Reads any CSV table as text: a column a name of the header; lines that begin with `#` before the header are
 *  passed over. @param options NULL for defaults.
 *  @return #LTN_OK; #LTN_EINPUT; #LTN_EIO; #LTN_ENOMEM. Owned by the caller. */
LTN_API LTN_CHECKED ltn_status ltn_table_read_csv(const char *path, const ltn_read_options *options, ltn_table **out);

/** Where a cell stands in the file that ltn_table_read_csv() read the table from: its line and, in characters, its column
 *  in the line, counted from 1; the start of its row where @p column is past the end, as for a column that
 *  ltn_table_find() does not find.
 *  @return 1; 0 where the table was not read so or has no such row: nothing is set then. */
LTN_API int ltn_table_place(const ltn_table *table, size_t row, size_t column, int *line, int *character);

/** Writes a table as CSV: UTF-8, a header row, RFC 4180 quoting, numbers that read back
 *  to the same bits. The file appears whole or not at all.
 *  @return #LTN_OK; #LTN_EIO; #LTN_ENOMEM. */
LTN_API LTN_CHECKED ltn_status ltn_table_write_csv(const ltn_table *table, const char *path);

#ifdef __cplusplus
}
#endif
#endif
