/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LTN_FORMAT_FF10_ROW_H
#define LTN_FORMAT_FF10_ROW_H

#include "format/ff10.h"

/* A field that is not blank. */
typedef struct ltn_ff10_piece {
    const char *text; /* without quotes and the blanks around it */
    const char *at;   /* where it begins in the file, for its place */
    uint32_t length;
    int field; /* its number in the row, from 0 */
} ltn_ff10_piece;

/* What 64 bytes are: bit i is the i-th one. */
typedef struct ltn_ff10_masks {
    uint64_t delimiters, newlines, quotes, odd; /* odd: what the fast way leaves alone */
} ltn_ff10_masks;

/* One line, taken apart. Set `delimiter`, zero the rest. */
typedef struct ltn_ff10_row {
    char delimiter;
    const char *next; /* after the line's end */
    ltn_ff10_piece pieces[LTN_FF10_FIELDS + 1];
    size_t count;  /* of pieces */
    size_t fields; /* of the row, blank ones included; 0 for a line that is blank or all comment */
    const char *fault, *fault_at;
    char *scratch; /* of fields whose quotes are doubled */
    size_t scratch_capacity;
    const char *window; /* the 64 bytes looked at last, and what they are */
    ltn_ff10_masks masks;
} ltn_ff10_row;

/* Takes the line at `at` apart. Text after `!` is a comment, quotes (double or single) protect; a line's end ends the
 * row in any case. What is wrong with it is in `fault`. Fails where memory runs out. */
ltn_status ltn_ff10_row_read(ltn_ff10_row *row, const char *at, const char *end);
void ltn_ff10_row_free(ltn_ff10_row *row);

#endif
