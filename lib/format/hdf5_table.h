/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading what a store holds, whatever it is: attributes, and tables. */
#ifndef LTN_FORMAT_HDF5_TABLE_H
#define LTN_FORMAT_HDF5_TABLE_H

#include "base/table.h"
#include "format/hdf5_column.h"

/* One whole number; `where` is the object's name in complaints. */
ltn_status ltn_hdf5_read_number(const ltn_hdf5_reader *r, hid_t object, const char *where, const char *name,
                                int32_t *value);
ltn_status ltn_hdf5_read_unsigned(const ltn_hdf5_reader *r, hid_t object, const char *where, const char *name,
                                  uint64_t *value);

/* A text of fixed length in UTF-8; the caller frees it, also on failure. */
ltn_status ltn_hdf5_read_text(ltn_hdf5_reader *r, hid_t attribute, const char *where, const char *name, char **out);

/* What a group holds: a column in the file, and where it goes. */
typedef struct ltn_hdf5_column {
    char *link, *name; /* as the file has it, and as it is */
    int32_t position;
    ltn_column_type type;
} ltn_hdf5_column;

typedef struct ltn_hdf5_columns {
    const ltn_hdf5_reader *r;
    const char *group_name;
    ltn_hdf5_column *items;
    size_t count, capacity;
    ltn_status status;
} ltn_hdf5_columns;

/* Lists a group's columns, in order. Set `r` and `group_name`, zero the rest; to be freed also on failure. */
ltn_status ltn_hdf5_columns_find(hid_t group, ltn_hdf5_columns *out);
void ltn_hdf5_columns_free(ltn_hdf5_columns *columns);
const ltn_hdf5_column *ltn_hdf5_columns_called(const ltn_hdf5_columns *columns, const char *name);

/* Reads a whole table, whatever its columns are. Owned by the caller. */
ltn_status ltn_hdf5_read_table(ltn_hdf5_reader *r, hid_t all_words, const char *name, ltn_table **out);

#endif
