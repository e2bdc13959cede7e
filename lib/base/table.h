/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LTN_BASE_TABLE_H
#define LTN_BASE_TABLE_H

#include "base/dictionary.h"

#include <lantian/table.h>

#include <stdbool.h>

typedef struct ltn_column {
    const char *name; /* in the table's arena */
    ltn_column_type type;
    ltn_dictionary *words; /* of a text column; shared */
    union {
        double *numbers;
        int32_t *codes;
    };
    size_t mapped; /* bytes, where the memory is a mapping of one value and not malloc's */
    int32_t every; /* of a text column without memory, as readers make them: the code of every row; else not used */
    bool bare;     /* expected to stay absent: large tables then give it pages that cost nothing */
} ltn_column;

struct ltn_table {
    ltn_arena arena;
    ltn_column *columns;
    size_t column_count, column_capacity;
    size_t rows, capacity;
    int *lines, *places; /* of a table read from a file: of each row, of each cell its column in the line; or NULL */
};

ltn_table *ltn_table_create(void); /* NULL with the error set */

/* Adds a column whose rows are all absent. Text shares `words`, or gets a dictionary of its own if NULL. */
ltn_status ltn_table_add_column(ltn_table *table, const char *name, ltn_column_type type, ltn_dictionary *words);

/* Adds a text column whose rows all have one code. */
ltn_status ltn_table_add_constant(ltn_table *table, const char *name, ltn_dictionary *words, int32_t code);

/* Sets the number of rows; new ones are absent in every column. */
ltn_status ltn_table_resize(ltn_table *table, size_t rows);

/* The same, but only of bare columns are new rows absent. In the others they hold anything: ltn_table_make_absent() is
 * called for each of them, by several threads if need be, before a value is written. */
ltn_status ltn_table_resize_bare(ltn_table *table, size_t rows);
void ltn_table_make_absent(ltn_table *table, size_t column);

/* Sets one value of a text column; NULL makes it absent. */
ltn_status ltn_table_set_text(ltn_table *table, size_t row, size_t column, const char *text);

/* A new table with the chosen rows, dictionaries shared. */
ltn_status ltn_table_gather(const ltn_table *table, const int32_t *rows, size_t count, ltn_table **out);

/* Appends all rows of `from`, matching columns by name and making those that are missing. Fails with
 * LTN_EINPUT where a column holds text here and numbers there. */
ltn_status ltn_table_append(ltn_table *table, const ltn_table *from);

#endif
