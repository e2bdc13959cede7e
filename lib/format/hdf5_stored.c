/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Datasets to columns. Nothing in the file is taken on trust. */
#include "format/hdf5_column.h"

#include "base/hdf5_lock.h"
#include "base/parallel.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

ltn_status ltn_hdf5_bad(const ltn_hdf5_reader *r, const char *name, const char *format, ...)
{
    char text[sizeof((ltn_error *)0)->message];
    va_list args;
    va_start(args, format);
    ltn_format_text(text, sizeof text, format, args);
    va_end(args);
    return ltn_fail(LTN_EINPUT, &(ltn_place){.source = r->path}, "%s: %s", name, text);
}

ltn_status ltn_hdf5_charge(ltn_hdf5_reader *r, const char *name, size_t count, size_t size)
{
    uint64_t left = r->memory_limit - r->memory;
    if (size && count > left / size)
        return ltn_fail(LTN_ELIMIT, &(ltn_place){.source = r->path},
                        "%s: %zu values of %zu bytes are more than the %llu MiB that a file of %llu bytes may fill",
                        name, count, size, (unsigned long long)(r->memory_limit >> 20),
                        (unsigned long long)r->file_size);
    r->memory += (uint64_t)count * size;
    return LTN_OK;
}

/* ---- the file ---- */

/* What a file may fill without being asked: an honest one is seldom packed more than tenfold. */
enum { MEMORY_ALWAYS = 1 << 30, MEMORY_PER_BYTE = 64 };

/* The signature, and a superblock of version 2 or later: from there on all that HDF5 keeps for itself has checksums, and
 * its parser does not meet damaged records. */
static ltn_status look_at_file(const char *path, ltn_hdf5_reader *r)
{
    static const char signature[] = "\211HDF\r\n\032\n";
    char head[sizeof signature] = "";
    struct stat info = {0};
    ltn_place at = {.source = path};
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC); /* a pipe must not keep us waiting */
    if (fd < 0) return ltn_fail_errno(path, "open the file");
    ltn_status status = fstat(fd, &info) ? ltn_fail_errno(path, "look at the file") : LTN_OK;
    if (!status && !S_ISREG(info.st_mode)) status = ltn_fail(LTN_EINPUT, &at, "not a file that HDF5 can read");
    if (!status && pread(fd, head, sizeof head, 0) < 0) status = ltn_fail_errno(path, "read the file");
    close(fd);
    if (status) return status;
    if (memcmp(head, signature, sizeof signature - 1) != 0) return ltn_fail(LTN_EINPUT, &at, "not an HDF5 file");
    if ((unsigned char)head[sizeof signature - 1] < 2)
        return ltn_fail(LTN_EINPUT, &at,
                        "an HDF5 file of an old form without checksums (superblock %d); a store has version 2 or later",
                        head[sizeof signature - 1]);
    r->file_size = (uint64_t)info.st_size;
    if (!r->memory_limit) {
        r->memory_limit = r->file_size * MEMORY_PER_BYTE;
        if (r->memory_limit < MEMORY_ALWAYS) r->memory_limit = MEMORY_ALWAYS;
    }
    return LTN_OK;
}

ltn_status ltn_hdf5_open(const char *path, ltn_hdf5_reader *r)
{
    r->path = path;
    r->file = H5I_INVALID_HID;
    ltn_status status = look_at_file(path, r);
    if (status) return status;
    void *handle = NULL;
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    /* A store never changes once it has its name: no lock, which some file systems refuse. */
    if (access >= 0 && H5Pset_fclose_degree(access, H5F_CLOSE_STRONG) >= 0 &&
        H5Pset_file_locking(access, false, true) >= 0 && H5Pset_fapl_sec2(access) >= 0)
        r->file = H5Fopen(path, H5F_ACC_RDONLY, access);
    if (r->file < 0 || H5Fget_vfd_handle(r->file, access, &handle) < 0)
        status = ltn_fail_hdf5(LTN_EINPUT, path, "open the file");
    else
        r->fd = *(const int *)handle;
    if (access >= 0) H5Pclose(access);
    return status;
}

void ltn_hdf5_close(ltn_hdf5_reader *r)
{
    if (r->file >= 0) H5Fclose(r->file);
    r->file = H5I_INVALID_HID;
}

bool ltn_hdf5_has(hid_t group, const char *name)
{
    return H5Lexists(group, name, H5P_DEFAULT) > 0;
}

/* Soft and external links lead elsewhere, even to other files. */
static ltn_status check_link(const ltn_hdf5_reader *r, hid_t group, const char *name, const char *full_name)
{
    H5L_info_t info;
    if (!ltn_hdf5_has(group, name)) return ltn_hdf5_bad(r, full_name, "it is missing");
    if (H5Lget_info(group, name, &info, H5P_DEFAULT) < 0) return ltn_fail_hdf5(LTN_EINPUT, r->path, "read a link");
    return info.type == H5L_TYPE_HARD ? LTN_OK : ltn_hdf5_bad(r, full_name, "a link to elsewhere; expected data");
}

hid_t ltn_hdf5_open_group(const ltn_hdf5_reader *r, hid_t above, const char *name)
{
    if (check_link(r, above, name, name)) return H5I_INVALID_HID;
    hid_t group = H5Gopen2(above, name, H5P_DEFAULT);
    if (group < 0) (void)ltn_fail_hdf5(LTN_EINPUT, r->path, "open a group");
    return group;
}

/* ---- a dataset's form ---- */

static const char *const kind_names[] = {
    [LTN_STORED_NUMBERS] = "64-bit floating-point numbers of this machine's byte order",
    [LTN_STORED_CODES] = "32-bit integers of this machine's byte order",
    [LTN_STORED_FLAGS] = "8-bit unsigned integers",
    [LTN_STORED_WORDS] = "texts of fixed length, padded with NUL",
};

static ltn_status check_type(const ltn_hdf5_reader *r, hid_t dataset, ltn_stored *s)
{
    hid_t type = H5Dget_type(dataset);
    if (type < 0) return ltn_fail_hdf5(LTN_EINPUT, r->path, "read a type");
    bool good = s->kind == LTN_STORED_NUMBERS ? H5Tequal(type, H5T_NATIVE_DOUBLE) > 0
                : s->kind == LTN_STORED_CODES ? H5Tequal(type, H5T_NATIVE_INT32) > 0
                : s->kind == LTN_STORED_FLAGS ? H5Tequal(type, H5T_NATIVE_UINT8) > 0
                                              : H5Tget_class(type) == H5T_STRING && H5Tis_variable_str(type) == 0 &&
                                                    H5Tget_strpad(type) == H5T_STR_NULLPAD;
    s->width = H5Tget_size(type);
    H5Tclose(type);
    return good && s->width ? LTN_OK : ltn_hdf5_bad(r, s->name, "expected %s", kind_names[s->kind]);
}

static ltn_status check_space(const ltn_hdf5_reader *r, hid_t dataset, ltn_stored *s)
{
    int rank = s->matrix ? 2 : 1;
    hsize_t shape[2] = {0, 0};
    hid_t space = H5Dget_space(dataset);
    if (space < 0) return ltn_fail_hdf5(LTN_EINPUT, r->path, "read a shape");
    bool good = H5Sget_simple_extent_type(space) == H5S_SIMPLE && H5Sget_simple_extent_ndims(space) == rank &&
                H5Sget_simple_extent_dims(space, shape, NULL) == rank;
    H5Sclose(space);
    if (!good) return ltn_hdf5_bad(r, s->name, "expected %s", s->matrix ? "two dimensions" : "one dimension");
    for (int i = 0; i < rank; i++)
        if (shape[i] > (hsize_t)INT32_MAX + 1)
            return ltn_hdf5_bad(r, s->name, "more than 2^31 %s", s->matrix ? "lines or columns" : "values");
    s->lines = s->matrix ? (size_t)shape[0] : 1;
    s->rows = (size_t)shape[rank - 1];
    return LTN_OK;
}

/* Which filters, in the one order that is read. */
static ltn_status check_filters(const ltn_hdf5_reader *r, hid_t layout, ltn_stored *s, unsigned *filters)
{
    *filters = 0;
    int count = H5Pget_nfilters(layout);
    for (int i = 0; i < count; i++) {
        unsigned flags = 0;
        size_t values = 0;
        H5Z_filter_t id = H5Pget_filter2(layout, (unsigned)i, &flags, &values, NULL, 0, NULL, NULL);
        unsigned filter = id == H5Z_FILTER_SHUFFLE      ? LTN_FILTER_SHUFFLE
                          : id == H5Z_FILTER_DEFLATE    ? LTN_FILTER_DEFLATE
                          : id == H5Z_FILTER_FLETCHER32 ? LTN_FILTER_CHECKSUM
                                                        : 0;
        if (!filter || *filters >= filter)
            return ltn_hdf5_bad(r, s->name, "filter %d; expected shuffle, deflate and fletcher32, in this order", id);
        *filters |= filter;
    }
    return count >= 0 ? LTN_OK : ltn_fail_hdf5(LTN_EINPUT, r->path, "read the filters");
}

static const void *absent_value(ltn_stored_kind kind)
{
    static const double number = NAN;
    static const int32_t code = -1;
    static const uint8_t flag = 0;
    return kind == LTN_STORED_NUMBERS ? (const void *)&number : kind == LTN_STORED_CODES ? (const void *)&code : &flag;
}

/* What HDF5 would give for a chunk that is not stored must be what we give. */
static ltn_status check_fill(const ltn_hdf5_reader *r, hid_t layout, const ltn_stored *s)
{
    uint8_t fill[8] = {0};
    hid_t type = s->kind == LTN_STORED_NUMBERS ? H5T_NATIVE_DOUBLE
                 : s->kind == LTN_STORED_CODES ? H5T_NATIVE_INT32
                                               : H5T_NATIVE_UINT8;
    if (s->kind != LTN_STORED_WORDS && H5Pget_fill_value(layout, type, fill) >= 0 &&
        memcmp(fill, absent_value(s->kind), s->width) == 0)
        return LTN_OK;
    return ltn_hdf5_bad(r, s->name, "a chunk is not stored, and what stands for its values is not the absent value");
}

/* Values of a chunk; chunks of a line. */
static size_t cells_of(const ltn_stored *s)
{
    return s->chunk_lines * s->chunk_rows;
}

static size_t across(const ltn_stored *s)
{
    return (s->rows + s->chunk_rows - 1) / s->chunk_rows;
}

static ltn_status find_chunks(ltn_hdf5_reader *r, hid_t dataset, hid_t layout, ltn_stored *s, unsigned filters)
{
    enum { INDEX_BYTES = 8, SOME = 1024 }; /* a chunk is at least an address in the file */
    enum { SLACK = 64 };                   /* what HDF5's own deflate may add to a chunk of noise */
    s->chunk_count = across(s) * ((s->lines + s->chunk_lines - 1) / s->chunk_lines);
    if (s->chunk_count > r->file_size / INDEX_BYTES + SOME)
        return ltn_hdf5_bad(r, s->name, "%zu chunks do not fit a file of %llu bytes", s->chunk_count,
                            (unsigned long long)r->file_size);
    ltn_status status = ltn_hdf5_charge(r, s->name, s->chunk_count, sizeof *s->chunks);
    if (!status && !(s->chunks = ltn_alloc(s->chunk_count, sizeof *s->chunks))) status = LTN_ENOMEM;
    size_t bytes = cells_of(s) * s->width;
    for (size_t k = 0; !status && k < s->chunk_count; k++) {
        hsize_t from = k % across(s) * s->chunk_rows, size = 0;
        const hsize_t offset[] = {s->matrix ? k / across(s) * s->chunk_lines : from, from};
        haddr_t at = HADDR_UNDEF;
        unsigned mask = 0;
        if (H5Dget_chunk_info_by_coord(dataset, offset, &mask, &at, &size) < 0)
            return ltn_fail_hdf5(LTN_EINPUT, r->path, "find a chunk");
        if (at == HADDR_UNDEF) {
            status = check_fill(r, layout, s);
            continue;
        }
        if (!size || size > bytes + bytes / 8 + SLACK || at > r->file_size || size > r->file_size - at)
            return ltn_hdf5_bad(r, s->name, "chunk %zu lies outside the file or is longer than its values", k);
        s->chunks[k] = (ltn_stored_chunk){.at = at, .size = (size_t)size};
        for (unsigned filter = 1; filter <= LTN_FILTER_CHECKSUM; filter <<= 1) {
            if (!(filters & filter)) continue;
            if (!(mask & 1)) s->chunks[k].filters |= filter;
            mask >>= 1;
        }
    }
    return status;
}

static ltn_status check_layout(ltn_hdf5_reader *r, hid_t dataset, ltn_stored *s)
{
    int rank = s->matrix ? 2 : 1;
    hsize_t chunk[2] = {1, 1};
    unsigned filters = 0;
    hid_t layout = H5Dget_create_plist(dataset);
    if (layout < 0) return ltn_fail_hdf5(LTN_EINPUT, r->path, "read a layout");
    ltn_status status = LTN_OK;
    if (H5Pget_layout(layout) != H5D_CHUNKED || H5Pget_chunk(layout, rank, chunk) != rank || !chunk[0] || !chunk[1])
        status = ltn_hdf5_bad(r, s->name, "expected a chunked layout");
    else if (chunk[0] > LTN_CHUNK_BYTES_MAX / s->width / chunk[1])
        status = ltn_hdf5_bad(r, s->name, "chunks of %llu values; expected at most %d bytes",
                              (unsigned long long)(chunk[0] * chunk[1]), LTN_CHUNK_BYTES_MAX);
    else
        status = check_filters(r, layout, s, &filters);
    s->chunk_lines = s->matrix ? (size_t)chunk[0] : 1;
    s->chunk_rows = (size_t)chunk[rank - 1];
    if (!status) status = find_chunks(r, dataset, layout, s, filters);
    H5Pclose(layout);
    return status;
}

static ltn_status open_dataset(ltn_hdf5_reader *r, hid_t group, const char *group_name, const char *name,
                               ltn_stored *out)
{
    snprintf(out->name, sizeof out->name, "%s%s%s", group_name, *group_name ? "/" : "", name);
    ltn_status status = check_link(r, group, name, out->name);
    if (status) return status;
    H5O_info_t info;
    hid_t dataset = H5Dopen2(group, name, H5P_DEFAULT);
    if (dataset < 0 || H5Oget_info2(dataset, &info, H5O_INFO_BASIC) < 0)
        status = ltn_fail_hdf5(LTN_EINPUT, r->path, "open a dataset");
    else
        out->address = info.addr;
    if (!status) status = check_type(r, dataset, out);
    if (!status) status = check_space(r, dataset, out);
    if (!status) status = check_layout(r, dataset, out);
    if (dataset >= 0) H5Dclose(dataset);
    if (status) ltn_stored_close(out);
    return status;
}

ltn_status ltn_stored_open(ltn_hdf5_reader *r, hid_t group, const char *group_name, const char *name,
                           ltn_stored_kind kind, ltn_stored *out)
{
    *out = (ltn_stored){.kind = kind};
    return open_dataset(r, group, group_name, name, out);
}

ltn_status ltn_stored_open_lines(ltn_hdf5_reader *r, hid_t group, const char *name, ltn_stored_kind kind,
                                 ltn_stored *out)
{
    *out = (ltn_stored){.kind = kind, .matrix = true};
    return open_dataset(r, group, "", name, out);
}

void ltn_stored_close(ltn_stored *stored)
{
    free(stored->chunks);
    stored->chunks = NULL;
}

/* ---- a dataset's values ---- */

/* What it takes to undo a chunk's filters; used for one chunk after another. */
typedef struct scratch {
    uint8_t *stored, *middle, *plain;
    size_t stored_capacity;
} scratch;

static ltn_status make_scratch(const ltn_stored *s, scratch *m)
{
    m->middle = ltn_alloc(cells_of(s), s->width);
    m->plain = ltn_alloc(cells_of(s), s->width);
    return m->middle && m->plain ? LTN_OK : LTN_ENOMEM;
}

static void free_scratch(scratch *m)
{
    free(m->stored);
    free(m->middle);
    free(m->plain);
}

static ltn_status read_bytes(const ltn_hdf5_reader *r, const ltn_stored_chunk *chunk, uint8_t *out)
{
    for (size_t done = 0; done < chunk->size;) {
        ssize_t got = pread(r->fd, out + done, chunk->size - done, (off_t)(chunk->at + done));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return ltn_fail_errno(r->path, "read the file");
        if (got == 0) return ltn_fail(LTN_EINPUT, &(ltn_place){.source = r->path}, "the file ends before its data");
        done += (size_t)got;
    }
    return LTN_OK;
}

/* A whole chunk into `out`. */
static ltn_status read_chunk(const ltn_hdf5_reader *r, const ltn_stored *s, size_t k, scratch *m, uint8_t *out)
{
    const ltn_stored_chunk *chunk = &s->chunks[k];
    if (!chunk->size) {
        const uint8_t *absent = absent_value(s->kind);
        for (size_t i = 0; i < cells_of(s); i++) memcpy(out + i * s->width, absent, s->width);
        return LTN_OK;
    }
    ltn_status status = ltn_reserve(&m->stored, &m->stored_capacity, chunk->size, 1);
    if (!status) status = read_bytes(r, chunk, m->stored);
    const char *reason =
        status ? NULL : ltn_chunk_decode(m->stored, chunk->size, chunk->filters, cells_of(s), s->width, m->middle, out);
    return reason ? ltn_hdf5_bad(r, s->name, "chunk %zu cannot be read: %s", k, reason) : status;
}

typedef struct reading {
    const ltn_hdf5_reader *r;
    const ltn_stored *s;
    const ltn_rows *rows; /* or NULL */
    const ltn_domain *domain;
    uint8_t *out;
} reading;

/* Where the chosen rows begin that are not before `row`. */
static size_t first_chosen(const ltn_rows *rows, size_t row)
{
    size_t low = 0, high = rows->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if ((size_t)rows->rows[middle] < row)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Which of the results come from chunk k: from .. to − 1. */
static void results_of(const ltn_stored *s, const ltn_rows *rows, size_t k, size_t *from, size_t *to)
{
    size_t row = k * s->chunk_rows, end = row + s->chunk_rows;
    if (end > s->rows) end = s->rows;
    *from = rows ? first_chosen(rows, row) : row;
    *to = rows ? first_chosen(rows, end) : end;
}

static void gather(const reading *g, const uint8_t *chunk, size_t k, size_t from, size_t to)
{
    size_t width = g->s->width, start = k * g->s->chunk_rows;
    if (!g->rows) {
        memcpy(g->out + from * width, chunk, (to - from) * width);
        return;
    }
    for (size_t i = from; i < to; i++)
        memcpy(g->out + i * width, chunk + ((size_t)g->rows->rows[i] - start) * width, width);
}

static bool is_bad(ltn_stored_kind kind, const ltn_domain *d, const void *values, size_t i, double *value)
{
    bool absent = false;
    if (kind == LTN_STORED_NUMBERS) {
        *value = ((const double *)values)[i];
        absent = isnan(*value);
    } else if (kind == LTN_STORED_CODES) {
        *value = ((const int32_t *)values)[i];
        absent = *value == -1;
    } else {
        *value = ((const uint8_t *)values)[i];
    }
    return absent ? d->required : *value < d->low || *value > d->high;
}

/* Whether any is bad, in a form the compiler makes quick. */
static bool any_bad(ltn_stored_kind kind, const ltn_domain *d, const void *values, size_t count)
{
    bool bad = false;
    if (kind == LTN_STORED_NUMBERS) {
        const double *numbers = values;
        double low = d->low, high = d->high;
        for (size_t i = 0; i < count; i++) bad |= (numbers[i] < low) | (numbers[i] > high);
        for (size_t i = 0; d->required && i < count; i++) bad |= numbers[i] != numbers[i];
        return bad;
    }
    double ignored;
    if (kind == LTN_STORED_FLAGS) {
        for (size_t i = 0; i < count; i++) bad |= is_bad(kind, d, values, i, &ignored);
        return bad;
    }
    const int32_t *codes = values;
    int32_t low = d->required ? 0 : -1, high = (int32_t)d->high;
    for (size_t i = 0; i < count; i++) bad |= (codes[i] < low) | (codes[i] > high);
    return bad;
}

static ltn_status check_values(const reading *g, size_t from, size_t to)
{
    const uint8_t *values = g->out + from * g->s->width;
    if (!any_bad(g->s->kind, g->domain, values, to - from)) return LTN_OK;
    size_t i = 0;
    double value = NAN;
    while (i + 1 < to - from && !is_bad(g->s->kind, g->domain, values, i, &value)) i++;
    (void)is_bad(g->s->kind, g->domain, values, i, &value);
    size_t row = g->rows ? (size_t)g->rows->rows[from + i] : from + i;
    if (isnan(value) || (value == -1 && g->s->kind == LTN_STORED_CODES))
        return ltn_hdf5_bad(g->r, g->s->name, "value %zu is absent; every one is required", row);
    return ltn_hdf5_bad(g->r, g->s->name, "value %zu is %.15g; expected %.15g to %.15g", row, value, g->domain->low,
                        g->domain->high);
}

static ltn_status read_results(const reading *g, size_t k, scratch *m)
{
    const ltn_stored *s = g->s;
    size_t from, to;
    results_of(s, g->rows, k, &from, &to);
    if (from == to) return LTN_OK;
    bool direct = !g->rows && to - from == s->chunk_rows;
    ltn_status status = read_chunk(g->r, s, k, m, direct ? g->out + from * s->width : m->plain);
    if (!status && !direct) gather(g, m->plain, k, from, to);
    return status ? status : check_values(g, from, to);
}

enum { CHUNKS_PER_ITEM = 8 };

static ltn_status read_item(void *context, size_t item)
{
    const reading *g = context;
    size_t k = item * CHUNKS_PER_ITEM, end = k + CHUNKS_PER_ITEM;
    if (end > g->s->chunk_count) end = g->s->chunk_count;
    scratch m = {0};
    ltn_status status = make_scratch(g->s, &m);
    for (; !status && k < end; k++) status = read_results(g, k, &m);
    free_scratch(&m);
    return status;
}

ltn_status ltn_stored_read(const ltn_hdf5_reader *r, const ltn_stored *stored, const ltn_rows *rows,
                           const ltn_domain *domain, void *out)
{
    reading g = {r, stored, rows, domain, out};
    size_t items = (stored->chunk_count + CHUNKS_PER_ITEM - 1) / CHUNKS_PER_ITEM;
    return ltn_parallel(items, r->threads, read_item, &g);
}

/* ---- a matrix's values ---- */

static ltn_status read_block(void *context, size_t k)
{
    const reading *g = context;
    const ltn_stored *s = g->s;
    size_t line = k / across(s) * s->chunk_lines, from = k % across(s) * s->chunk_rows, rows = s->rows - from;
    if (rows > s->chunk_rows) rows = s->chunk_rows;
    scratch m = {0};
    ltn_status status = make_scratch(s, &m);
    if (!status) status = read_chunk(g->r, s, k, &m, m.plain);
    for (size_t l = 0; !status && l < s->chunk_lines && line + l < s->lines; l++) {
        size_t at = (line + l) * s->rows + from;
        memcpy(g->out + at * s->width, m.plain + l * s->chunk_rows * s->width, rows * s->width);
        status = check_values(g, at, at + rows);
    }
    free_scratch(&m);
    return status;
}

ltn_status ltn_stored_read_lines(const ltn_hdf5_reader *r, const ltn_stored *stored, const ltn_domain *domain,
                                 void *out)
{
    reading g = {r, stored, NULL, domain, out};
    return ltn_parallel(stored->chunk_count, r->threads, read_block, &g);
}

/* ---- words ---- */

static ltn_status add_word(const ltn_hdf5_reader *r, const ltn_stored *s, const char *text, size_t row,
                           ltn_dictionary *words)
{
    const char *end = memchr(text, '\0', s->width);
    size_t length = end ? (size_t)(end - text) : s->width, known = words->count;
    for (size_t i = length; i < s->width; i++)
        if (text[i]) return ltn_hdf5_bad(r, s->name, "text %zu has a NUL inside", row);
    if (ltn_text_invalid_utf8(text, length) < length) return ltn_hdf5_bad(r, s->name, "text %zu is not UTF-8", row);
    int32_t code = ltn_dictionary_add(words, text, length);
    if (code < 0) return ltn_last_error()->code;
    if ((size_t)code == known) return LTN_OK;
    return ltn_hdf5_bad(r, s->name, "text %zu, '%.*s', stands there twice", row, (int)length, text);
}

static ltn_status add_words(ltn_hdf5_reader *r, const ltn_stored *s, const ltn_rows *rows, size_t k, scratch *m,
                            ltn_dictionary *words)
{
    size_t from, to, start = k * s->chunk_rows;
    results_of(s, rows, k, &from, &to);
    if (from == to) return LTN_OK;
    if (!s->chunks[k].size) return ltn_hdf5_bad(r, s->name, "chunk %zu is not stored", k);
    ltn_status status = read_chunk(r, s, k, m, m->plain);
    for (size_t i = from; !status && i < to; i++) {
        size_t row = rows ? (size_t)rows->rows[i] : i;
        const char *text = (const char *)m->plain + (row - start) * s->width;
        status = ltn_hdf5_charge(r, s->name, strnlen(text, s->width), 1);
        if (!status) status = add_word(r, s, text, row, words);
    }
    return status;
}

ltn_dictionary *ltn_stored_read_words(ltn_hdf5_reader *r, const ltn_stored *stored, const ltn_rows *rows)
{
    enum { BYTES_A_WORD = 64 }; /* what the dictionary takes besides the text */
    scratch m = {0};
    if (ltn_hdf5_charge(r, stored->name, rows ? rows->count : stored->rows, BYTES_A_WORD)) return NULL;
    ltn_dictionary *words = ltn_dictionary_create();
    ltn_status status = words ? make_scratch(stored, &m) : LTN_ENOMEM;
    for (size_t k = 0; !status && k < stored->chunk_count; k++) status = add_words(r, stored, rows, k, &m, words);
    free_scratch(&m);
    if (!status) return words;
    ltn_dictionary_free(words);
    return NULL;
}
