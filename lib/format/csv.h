/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LTN_FORMAT_CSV_H
#define LTN_FORMAT_CSV_H

#include "base/diagnostics.h"
#include "base/file.h"
#include "base/table.h"

#include <stdbool.h>

/* A record longer than this is refused: no real row is, and an unclosed file would eat the memory. */
enum { LTN_CSV_RECORD_MAX = 1 << 20 };

typedef struct ltn_csv_field {
    const char *text; /* unquoted, blanks around it trimmed */
    size_t length;
    const char *start; /* where it begins in the file, for its place */
} ltn_csv_field;

/* Walks over the records of a piece of text (RFC 4180; LF, CRLF or CR LF mixed; blank lines skipped). */
typedef struct ltn_csv_cursor {
    const char *at, *end;
    int line;           /* of `at`, from the number the caller set */
    const char *record; /* where the last record began */
    int record_line;
    ltn_csv_field *fields;
    size_t count, capacity;
    char *scratch; /* of fields whose quotes are doubled */
    size_t scratch_used;
    const char *fault; /* what is wrong with the last record, or NULL */
    const char *fault_at;
    bool quote_fault; /* it is about quotes: where rows begin is in doubt */
    bool out_of_memory;
} ltn_csv_cursor;

/* Reads the next record. False at the end, or out of memory. A record with a fault is passed over. */
bool ltn_csv_next(ltn_csv_cursor *cursor);
void ltn_csv_cursor_free(ltn_csv_cursor *cursor);

/* A file that has been opened, checked for its encoding, and read up to its first row. */
typedef struct ltn_csv {
    const char *path;
    ltn_file file;
    char *converted; /* the text where the file is not UTF-8 */
    const char *data;
    size_t size;
    const char *body; /* after the header */
    int body_line;
    ltn_arena arena;
    const char **names; /* of the columns */
    size_t columns;
    size_t header_line;
} ltn_csv;

typedef ltn_status (*ltn_csv_metadata)(void *context, const char *key, const char *value);

/* Opens a file: encoding, byte-order mark, `# key: value` lines, header. What is wrong with the file goes
 * to `list` (and LTN_EINPUT comes back); `metadata` may be NULL. */
ltn_status ltn_csv_open(const char *path, const char *encoding, ltn_diagnostics *list, ltn_csv_metadata metadata,
                        void *context, ltn_csv *out);
/* The same for a file that has been read, which it takes over. */
ltn_status ltn_csv_open_file(const char *path, ltn_file *file, const char *encoding, ltn_diagnostics *list,
                             ltn_csv_metadata metadata, void *context, ltn_csv *out);
void ltn_csv_close(ltn_csv *csv);

/* Only the text of `csv->file`: `data` and `size`, in UTF-8. */
ltn_status ltn_csv_decode(ltn_csv *csv, const char *encoding, ltn_diagnostics *list);
ltn_status ltn_csv_encoding(const char *encoding, bool *gb18030); /* fails where the name is not known */

/* Complains of the required columns that the header lacks. */
void ltn_csv_require(const ltn_csv *csv, const char *const *names, size_t count, ltn_diagnostics *list);

/* Index of a column, or -1. */
int ltn_csv_column(const ltn_csv *csv, const char *name);

/* Checks a piece of text for bytes that are not UTF-8, and for NUL. Offset of the first, or `size`. */
size_t ltn_csv_bad_byte(const char *data, size_t size);

/* The place of a byte: `line` is the line of `from`, which begins a line. */
ltn_place ltn_csv_place(const char *path, const char *from, int line, const char *at);

/* A small table, all text, with the line of each row; for what people write by hand. */
typedef struct ltn_csv_table {
    ltn_table *table;
    int *lines;  /* of each row */
    int *places; /* of each cell: its column in the line, in characters */
    const char *path;
} ltn_csv_table;

ltn_status ltn_csv_read_table(const char *path, const char *encoding, const char *const *required,
                              size_t required_count, ltn_diagnostics *list, ltn_csv_table *out);
void ltn_csv_table_free(ltn_csv_table *table);

/* Value of a named column, NULL where it is blank or the column is not there. */
const char *ltn_csv_text(const ltn_csv_table *table, size_t row, const char *column);

/* Where a cell stands; the start of its row where the column is not there. */
ltn_place ltn_csv_cell_place(const ltn_csv_table *table, size_t row, const char *column);

#endif
