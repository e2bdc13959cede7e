/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LTN_FORMAT_HDF5_FILE_H
#define LTN_FORMAT_HDF5_FILE_H

#include "base/table.h"
#include "format/hdf5_column.h"

/* A store on its way, whatever it holds: attributes, and tables with the words of their columns of text. */

/* A dictionary that has been written: columns that share it share its dataset. */
typedef struct ltn_hdf5_written {
    const ltn_dictionary *words;
    char *path;
} ltn_hdf5_written;

typedef struct ltn_hdf5_file {
    ltn_hdf5_writer w;
    hid_t file;
    ltn_hdf5_written *written;
    size_t count, capacity;
} ltn_hdf5_file;

typedef struct ltn_hdf5_form {
    const char *path;
    int level, threads;
    size_t expected; /* bytes, about */
} ltn_hdf5_form;

typedef ltn_status (*ltn_hdf5_content)(ltn_hdf5_file *file, const void *content);

/* Makes a file, fills it and writes it beside the target, which it replaces at the end. Takes HDF5's lock. */
ltn_status ltn_hdf5_write_file(const ltn_hdf5_form *form, ltn_hdf5_content fill, const void *content);

/* The error of an HDF5 call that has just failed. */
ltn_status ltn_hdf5_failed(const ltn_hdf5_file *file);

/* Attributes of a group, a dataset or the file. */
ltn_status ltn_hdf5_put_number(const ltn_hdf5_file *file, hid_t object, const char *name, int32_t value);
ltn_status ltn_hdf5_put_unsigned(const ltn_hdf5_file *file, hid_t object, const char *name, uint64_t value);
ltn_status ltn_hdf5_put_text(const ltn_hdf5_file *file, hid_t object, const char *name, const char *text);

/* Groups are made without times, so that the same content gives the same file. The group of metadata keeps its
 * attributes in the order they are given in, however many and long they are. H5I_INVALID_HID with the error set. */
hid_t ltn_hdf5_make_group(const ltn_hdf5_file *file, hid_t above, const char *name);
hid_t ltn_hdf5_make_metadata(const ltn_hdf5_file *file);

/* Writes a table's columns into a group, and the words of those of text into one of the same name in `words_above`. */
ltn_status ltn_hdf5_put_table(ltn_hdf5_file *file, const ltn_table *table, const char *name, hid_t group,
                              hid_t words_above);

#endif
