/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Columns to datasets. */
#include "format/hdf5_column.h"

#include "base/hdf5_lock.h"
#include "base/parallel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A column on its way: an array, a dictionary, or a matrix of lines that are as long as a column has rows. */
typedef struct column {
    const char *name;
    const void *values; /* or NULL */
    const ltn_dictionary *words;
    size_t rows, width, chunk_rows;
    bool matrix;
    size_t lines, stride, chunk_lines; /* of a matrix: the values from one line's start to the next; else 1 line */
    hid_t type;
    const void *absent; /* one value, or NULL where every chunk is stored */
} column;

/* A chunk being filtered. */
typedef struct slot {
    uint8_t *plain, *scratch, *made;
    size_t size; /* 0: all absent */
    unsigned filters;
} slot;

typedef struct batch {
    const column *c;
    int level;
    size_t first; /* chunk */
    slot *slots;
    size_t slot_count;
} batch;

hid_t ltn_hdf5_text_type(size_t length)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    if (type < 0) return type;
    if (H5Tset_size(type, length ? length : 1) >= 0 && H5Tset_cset(type, H5T_CSET_UTF8) >= 0 &&
        H5Tset_strpad(type, H5T_STR_NULLPAD) >= 0)
        return type;
    H5Tclose(type);
    return H5I_INVALID_HID;
}

static unsigned filters_of(const column *c, int level)
{
    if (!level) return LTN_FILTER_CHECKSUM;
    unsigned shuffled = !c->words && c->width > 1 ? LTN_FILTER_SHUFFLE : 0;
    return shuffled | LTN_FILTER_DEFLATE | LTN_FILTER_CHECKSUM;
}

/* Values of a chunk. */
static size_t cells_of(const column *c)
{
    return c->chunk_lines * c->chunk_rows;
}

static bool all_absent(const column *c, const uint8_t *values)
{
    if (!c->absent || memcmp(values, c->absent, c->width) != 0) return false;
    return cells_of(c) == 1 || memcmp(values, values + c->width, (cells_of(c) - 1) * c->width) == 0;
}

/* Where a chunk lies, and what of it lies within. */
typedef struct extent {
    size_t line, lines, from, rows;
} extent;

static extent extent_of(const column *c, size_t chunk)
{
    size_t across = (c->rows + c->chunk_rows - 1) / c->chunk_rows;
    extent e = {chunk / across * c->chunk_lines, c->chunk_lines, chunk % across * c->chunk_rows, c->chunk_rows};
    if (e.lines > c->lines - e.line) e.lines = c->lines - e.line;
    if (e.rows > c->rows - e.from) e.rows = c->rows - e.from;
    return e;
}

/* The chunk's values; those past the end are absent, or 0. */
static const void *lay_out(const column *c, slot *s, extent e)
{
    size_t cells = cells_of(c);
    const uint8_t *values = c->values;
    if (values) values += (e.line * c->stride + e.from) * c->width;
    if (values && cells == e.rows) return values;
    if (!c->absent) memset(s->plain, 0, cells * c->width);
    for (size_t i = 0; c->absent && i < cells; i++) memcpy(s->plain + i * c->width, c->absent, c->width);
    for (size_t l = 0; values && l < e.lines; l++)
        memcpy(s->plain + l * c->chunk_rows * c->width, values + l * c->stride * c->width, e.rows * c->width);
    for (size_t i = 0; c->words && i < e.rows; i++)
        memcpy(s->plain + i * c->width, c->words->words[e.from + i], strlen(c->words->words[e.from + i]));
    return s->plain;
}

static ltn_status filter_chunk(void *context, size_t index)
{
    const batch *b = context;
    const column *c = b->c;
    slot *s = &b->slots[index];
    const void *plain = lay_out(c, s, extent_of(c, b->first + index));
    s->filters = filters_of(c, b->level);
    s->size = all_absent(c, plain)
                  ? 0
                  : ltn_chunk_encode(plain, cells_of(c), c->width, b->level, &s->filters, s->scratch, s->made);
    return LTN_OK;
}

/* HDF5's mask has a bit for each filter that was left out, by its place among those of the dataset. */
static uint32_t mask_of(unsigned wanted, unsigned got)
{
    uint32_t mask = 0;
    for (unsigned filter = 1, place = 0; filter <= LTN_FILTER_CHECKSUM; filter <<= 1) {
        if (!(wanted & filter)) continue;
        if (!(got & filter)) mask |= 1u << place;
        place++;
    }
    return mask;
}

static ltn_status write_batch(const ltn_hdf5_writer *w, hid_t dataset, batch *b, size_t chunks)
{
    ltn_status status = ltn_parallel(chunks, w->threads, filter_chunk, b);
    for (size_t i = 0; !status && i < chunks; i++) {
        const slot *s = &b->slots[i];
        extent e = extent_of(b->c, b->first + i);
        const hsize_t offset[] = {b->c->matrix ? e.line : e.from, e.from};
        if (s->size && H5Dwrite_chunk(dataset, H5P_DEFAULT, mask_of(filters_of(b->c, w->level), s->filters), offset,
                                      s->size, s->made) < 0)
            status = ltn_fail_hdf5(LTN_EIO, w->path, "write the file");
    }
    return status;
}

static void free_slots(batch *b)
{
    for (size_t i = 0; b->slots && i < b->slot_count; i++) {
        free(b->slots[i].plain);
        free(b->slots[i].scratch);
        free(b->slots[i].made);
    }
    free(b->slots);
}

static ltn_status make_slots(batch *b, size_t count)
{
    size_t size = cells_of(b->c) * b->c->width;
    b->slot_count = count;
    if (!(b->slots = ltn_alloc(count, sizeof *b->slots))) return LTN_ENOMEM;
    for (size_t i = 0; i < count; i++) {
        b->slots[i].plain = ltn_alloc(size, 1);
        b->slots[i].scratch = ltn_alloc(size, 1);
        b->slots[i].made = ltn_alloc(ltn_chunk_bound(size), 1);
        if (!b->slots[i].plain || !b->slots[i].scratch || !b->slots[i].made) return LTN_ENOMEM;
    }
    return LTN_OK;
}

static ltn_status write_chunks(const ltn_hdf5_writer *w, hid_t dataset, const column *c)
{
    enum { CHUNKS_PER_THREAD = 8 }; /* so that threads seldom wait for the last one */
    size_t chunks = (c->rows + c->chunk_rows - 1) / c->chunk_rows * ((c->lines + c->chunk_lines - 1) / c->chunk_lines);
    size_t most = (size_t)ltn_parallel_threads(w->threads) * CHUNKS_PER_THREAD;
    batch b = {.c = c, .level = w->level};
    ltn_status status = make_slots(&b, most < chunks ? most : chunks);
    for (; !status && b.first < chunks; b.first += b.slot_count) {
        size_t left = chunks - b.first;
        status = write_batch(w, dataset, &b, left < b.slot_count ? left : b.slot_count);
    }
    free_slots(&b);
    return status;
}

/* How the dataset is laid out; H5I_INVALID_HID on failure. */
static hid_t make_layout(const column *c, int level)
{
    unsigned filters = filters_of(c, level);
    const hsize_t chunk[] = {c->matrix ? c->chunk_lines : c->chunk_rows, c->chunk_rows};
    hid_t layout = H5Pcreate(H5P_DATASET_CREATE);
    if (layout < 0) return layout;
    bool good = H5Pset_chunk(layout, c->matrix ? 2 : 1, chunk) >= 0 && H5Pset_obj_track_times(layout, false) >= 0;
    if (filters & LTN_FILTER_SHUFFLE) good = good && H5Pset_shuffle(layout) >= 0;
    if (filters & LTN_FILTER_DEFLATE) good = good && H5Pset_deflate(layout, (unsigned)level) >= 0;
    good = good && H5Pset_fletcher32(layout) >= 0;
    if (c->absent) good = good && H5Pset_fill_value(layout, c->type, c->absent) >= 0;
    if (good) return layout;
    H5Pclose(layout);
    return H5I_INVALID_HID;
}

/* As many whole lines as a chunk holds, or part of one. */
static void choose_chunk(column *c)
{
    size_t most = LTN_CHUNK_BYTES / c->width < LTN_CHUNK_ROWS ? LTN_CHUNK_BYTES / c->width : LTN_CHUNK_ROWS;
    c->chunk_rows = c->rows < most ? c->rows : most;
    if (!c->chunk_rows) c->chunk_rows = 1; /* HDF5 has no chunk of 0; and a word may be larger than a chunk */
    if (!c->matrix) c->lines = 1;
    most = most / c->chunk_rows;
    c->chunk_lines = c->lines < most ? c->lines : most;
    if (!c->chunk_lines) c->chunk_lines = 1;
}

static ltn_status write_column(const ltn_hdf5_writer *w, hid_t group, column *c)
{
    choose_chunk(c);
    const hsize_t shape[] = {c->matrix ? c->lines : c->rows, c->rows};
    hid_t layout = make_layout(c, w->level), space = H5Screate_simple(c->matrix ? 2 : 1, shape, NULL),
          dataset = H5I_INVALID_HID;
    if (layout >= 0 && space >= 0) dataset = H5Dcreate2(group, c->name, c->type, space, w->links, layout, H5P_DEFAULT);
    ltn_status status = dataset >= 0 ? LTN_OK : ltn_fail_hdf5(LTN_EIO, w->path, "write the file");
    if (!status) status = write_chunks(w, dataset, c);
    if (layout >= 0) H5Pclose(layout);
    if (space >= 0) H5Sclose(space);
    if (dataset >= 0 && H5Dclose(dataset) < 0 && !status) status = ltn_fail_hdf5(LTN_EIO, w->path, "write the file");
    return status;
}

static column column_of_numbers(const char *name, const double *values, size_t rows)
{
    static const double absent = NAN;
    return (column){.name = name,
                    .values = values,
                    .rows = rows,
                    .width = sizeof *values,
                    .type = H5T_NATIVE_DOUBLE,
                    .absent = &absent};
}

static column column_of_codes(const char *name, const int32_t *codes, size_t rows)
{
    static const int32_t absent = -1;
    return (column){.name = name,
                    .values = codes,
                    .rows = rows,
                    .width = sizeof *codes,
                    .type = H5T_NATIVE_INT32,
                    .absent = &absent};
}

ltn_status ltn_hdf5_write_numbers(const ltn_hdf5_writer *w, hid_t group, const char *name, const double *values,
                                  size_t rows)
{
    column c = column_of_numbers(name, values, rows);
    return write_column(w, group, &c);
}

ltn_status ltn_hdf5_write_codes(const ltn_hdf5_writer *w, hid_t group, const char *name, const int32_t *codes,
                                size_t rows)
{
    column c = column_of_codes(name, codes, rows);
    return write_column(w, group, &c);
}

static ltn_status write_matrix(const ltn_hdf5_writer *w, hid_t group, column c, size_t lines, size_t stride)
{
    c.matrix = true;
    c.lines = lines;
    c.stride = stride;
    return write_column(w, group, &c);
}

ltn_status ltn_hdf5_write_number_lines(const ltn_hdf5_writer *w, hid_t group, const char *name, const double *values,
                                       size_t lines, size_t length, size_t stride)
{
    return write_matrix(w, group, column_of_numbers(name, values, length), lines, stride);
}

ltn_status ltn_hdf5_write_count_lines(const ltn_hdf5_writer *w, hid_t group, const char *name, const int32_t *values,
                                      size_t lines, size_t length)
{
    return write_matrix(w, group, column_of_codes(name, values, length), lines, length);
}

ltn_status ltn_hdf5_write_flags(const ltn_hdf5_writer *w, hid_t group, const char *name, const uint8_t *flags,
                                size_t rows)
{
    const uint8_t absent = 0;
    return write_column(
        w, group,
        &(column){
            .name = name, .values = flags, .rows = rows, .width = 1, .type = H5T_NATIVE_UINT8, .absent = &absent});
}

ltn_status ltn_hdf5_write_words(const ltn_hdf5_writer *w, hid_t group, const char *name, const ltn_dictionary *words)
{
    column c = {.name = name, .words = words, .rows = words->count, .width = 1};
    for (size_t i = 0; i < words->count; i++) {
        size_t length = strlen(words->words[i]);
        if (length > c.width) c.width = length;
    }
    if (c.width > LTN_CHUNK_BYTES_MAX)
        return ltn_fail(LTN_ELIMIT, &(ltn_place){.source = w->path}, "a text of %zu bytes; a store's have at most %d",
                        c.width, LTN_CHUNK_BYTES_MAX);
    c.type = ltn_hdf5_text_type(c.width);
    ltn_status status = c.type >= 0 ? write_column(w, group, &c) : ltn_fail_hdf5(LTN_EIO, w->path, "write the file");
    if (c.type >= 0) H5Tclose(c.type);
    return status;
}
