/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LTN_FORMAT_HDF5_COLUMN_H
#define LTN_FORMAT_HDF5_COLUMN_H

#include "base/dictionary.h"
#include "base/diagnostics.h"
#include "format/hdf5_chunk.h"

#include <hdf5.h>
#include <lantian/table.h>

/* Columns as chunked 1-D datasets. Chunks are filtered, and their filters undone, by several threads that make no HDF5
 * call: HDF5 only keeps the account of where they are. All of this is called inside ltn_hdf5_lock(). */

/* Values a chunk: few enough for a core's cache. A longer word has a chunk of its own, up to the largest accepted. */
enum { LTN_CHUNK_ROWS = 1 << 16, LTN_CHUNK_BYTES = LTN_CHUNK_ROWS * 8, LTN_CHUNK_BYTES_MAX = 1 << 22 };

/* ---- writing ---- */

typedef struct ltn_hdf5_writer {
    const char *path; /* of the target, for errors */
    int level, threads;
    hid_t links; /* how names are kept: as UTF-8 */
} ltn_hdf5_writer;

/* Each makes a dataset in `group`. Chunks in which every value is absent (NaN, -1; flags: 0) are not stored. */
ltn_status ltn_hdf5_write_numbers(const ltn_hdf5_writer *w, hid_t group, const char *name, const double *values,
                                  size_t rows);
ltn_status ltn_hdf5_write_codes(const ltn_hdf5_writer *w, hid_t group, const char *name, const int32_t *codes,
                                size_t rows);
ltn_status ltn_hdf5_write_flags(const ltn_hdf5_writer *w, hid_t group, const char *name, const uint8_t *flags,
                                size_t rows);
ltn_status ltn_hdf5_write_words(const ltn_hdf5_writer *w, hid_t group, const char *name, const ltn_dictionary *words);

/* The same as a dataset of two dimensions: lines of `length` values, the next `stride` values after the one before. */
ltn_status ltn_hdf5_write_number_lines(const ltn_hdf5_writer *w, hid_t group, const char *name, const double *values,
                                       size_t lines, size_t length, size_t stride);
ltn_status ltn_hdf5_write_count_lines(const ltn_hdf5_writer *w, hid_t group, const char *name, const int32_t *values,
                                      size_t lines, size_t length);

/* A UTF-8 text of fixed length; HDF5 has none of length 0: an empty one is one NUL. H5I_INVALID_HID on failure. */
hid_t ltn_hdf5_text_type(size_t length);

/* ---- reading ---- */

/* What a file may ask of memory: as much as it could honestly need. */
typedef struct ltn_hdf5_reader {
    const char *path;
    hid_t file;
    int fd; /* HDF5's own */
    uint64_t file_size;
    int threads;
    uint64_t memory_limit, memory; /* [bytes]; asked for so far */
} ltn_hdf5_reader;

/* Counts `count` elements of `size` bytes; LTN_ELIMIT where the file asks for too much. Before they are allocated. */
ltn_status ltn_hdf5_charge(ltn_hdf5_reader *r, const char *name, size_t count, size_t size);

/* Complains of a part of the file: "sources/region: ...". */
ltn_status ltn_hdf5_bad(const ltn_hdf5_reader *r, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

typedef enum ltn_stored_kind {
    LTN_STORED_NUMBERS,
    LTN_STORED_CODES,
    LTN_STORED_FLAGS,
    LTN_STORED_WORDS
} ltn_stored_kind;

typedef struct ltn_stored_chunk {
    uint64_t at; /* in the file */
    size_t size; /* 0: not stored, every value absent */
    unsigned filters;
} ltn_stored_chunk;

/* A dataset that is there and of the right form; its values have not been looked at. */
typedef struct ltn_stored {
    char name[300]; /* with its group, for errors */
    ltn_stored_kind kind;
    size_t rows, width, chunk_rows, chunk_count;
    bool matrix;
    size_t lines, chunk_lines; /* of a matrix, whose lines have `rows` values each; else 1 */
    uint64_t address;          /* the same for two names of one dataset */
    ltn_stored_chunk *chunks;
} ltn_stored;

/* Opens a file that says it is HDF5, and closes it; also what is half open. */
ltn_status ltn_hdf5_open(const char *path, ltn_hdf5_reader *r);
void ltn_hdf5_close(ltn_hdf5_reader *r);

/* True where the group has a link of this name. */
bool ltn_hdf5_has(hid_t group, const char *name);

/* Opens a group. Only hard links are followed: no file leads to another. H5I_INVALID_HID with the error set. */
hid_t ltn_hdf5_open_group(const ltn_hdf5_reader *r, hid_t above, const char *name);

ltn_status ltn_stored_open(ltn_hdf5_reader *r, hid_t group, const char *group_name, const char *name,
                           ltn_stored_kind kind, ltn_stored *out);
/* A dataset of two dimensions, of numbers or of codes. */
ltn_status ltn_stored_open_lines(ltn_hdf5_reader *r, hid_t group, const char *name, ltn_stored_kind kind,
                                 ltn_stored *out);
void ltn_stored_close(ltn_stored *stored);

/* Which rows to read; ascending. */
typedef struct ltn_rows {
    const int32_t *rows;
    size_t count;
} ltn_rows;

/* What values may be. A code or a flag is compared as a number. */
typedef struct ltn_domain {
    double low, high;
    bool required; /* none may be absent */
} ltn_domain;

/* Reads all rows (`rows` NULL) or the chosen ones into `out`. */
ltn_status ltn_stored_read(const ltn_hdf5_reader *r, const ltn_stored *stored, const ltn_rows *rows,
                           const ltn_domain *domain, void *out);

/* Reads a matrix into `out`, line after line. */
ltn_status ltn_stored_read_lines(const ltn_hdf5_reader *r, const ltn_stored *stored, const ltn_domain *domain,
                                 void *out);

/* Reads a dictionary's words (or the chosen ones), whose codes become 0, 1, 2, ... NULL with the error set. */
ltn_dictionary *ltn_stored_read_words(ltn_hdf5_reader *r, const ltn_stored *stored, const ltn_rows *rows);

#endif
