/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "output/netcdf_file.h"

#include "base/hdf5_lock.h"

#include <hdf5.h>
#include <math.h>
#include <netcdf.h>
#include <netcdf_mem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEFLATE = 4 };

/* ---- failures ---- */

/* Every failure of the netCDF library becomes an error here, in its own words. */
static void check(ltn_nc *nc, int code, const char *what)
{
    if (code == NC_NOERR || nc->status) return;
    ltn_place at = {.source = nc->path};
    nc->status = ltn_fail(code == NC_ENOMEM ? LTN_ENOMEM : LTN_EIO, &at, "cannot make '%s' of a netCDF file: %s", what,
                          nc_strerror(code));
}

/* ---- the file ---- */

/* Of the netCDF library, not in its header: whether it has turned HDF5's printing off, which it does once. Since the
 * printing is given back to the caller as it was, the library must know that it has to be turned off again: a caller's
 * own netCDF files would be opened with pages of HDF5's complaints. Where there is no such variable, they are. */
extern int nc4_hdf5_initialized __attribute__((weak));

static int is_quiet(void)
{
    return &nc4_hdf5_initialized ? nc4_hdf5_initialized : 0;
}

static void give_back_quiet(int quiet)
{
    if (&nc4_hdf5_initialized) nc4_hdf5_initialized = quiet;
}

/* For HDF5's and netCDF's lists of open files; nothing is made under it. */
#define MEMORY_NAME "lantian"

/* The bytes of an open HDF5 file; NULL where they are not to be had. */
static void *image_of(hid_t file, size_t *size, ltn_status *status)
{
    ssize_t length = file >= 0 && H5Fflush(file, H5F_SCOPE_GLOBAL) >= 0 ? H5Fget_file_image(file, NULL, 0) : -1;
    if (length <= 0) return NULL;
    void *bytes = ltn_alloc((size_t)length, 1);
    if (!bytes) *status = LTN_ENOMEM;
    *size = (size_t)length;
    if (bytes && H5Fget_file_image(file, bytes, *size) == length) return bytes;
    free(bytes);
    return NULL;
}

/* An HDF5 file without anything in it, that keeps the order in which things are put in. Without that a netCDF file
 * cannot be opened to be changed later, and nc_create_mem() (4.9.0) makes it without. Times are not kept: the same
 * results are the same bytes. */
static void make_empty(ltn_nc *nc, NC_memio *out)
{
    hid_t creation = H5Pcreate(H5P_FILE_CREATE), access = H5Pcreate(H5P_FILE_ACCESS);
    unsigned order = H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED;
    bool good = H5Pset_link_creation_order(creation, order) >= 0 && H5Pset_attr_creation_order(creation, order) >= 0 &&
                H5Pset_obj_track_times(creation, false) >= 0 && H5Pset_fapl_core(access, 1 << 16, false) >= 0;
    hid_t file = good ? H5Fcreate(MEMORY_NAME, H5F_ACC_TRUNC, creation, access) : H5I_INVALID_HID;
    out->memory = image_of(file, &out->size, &nc->status);
    if (file >= 0) H5Fclose(file);
    H5Pclose(creation);
    H5Pclose(access);
    if (!out->memory) check(nc, NC_EHDFERR, "the file");
}

void ltn_nc_open(ltn_nc *nc, const char *path)
{
    *nc = (ltn_nc){.path = path};
    ltn_hdf5_lock();
    nc->was_quiet = is_quiet();
    nc->id = -1;
    NC_memio image = {0};
    make_empty(nc, &image);
    if (nc->status) return;
    check(nc, nc_open_memio(MEMORY_NAME, NC_WRITE, &image, &nc->id), "the file");
    if (nc->status) nc->id = -1; /* the memory is the call's, also when it fails */
}

ltn_status ltn_nc_close(ltn_nc *nc, void **bytes, size_t *size)
{
    NC_memio image = {0};
    *bytes = NULL;
    *size = 0;
    /* Not nc_abort(), which removes the file of that name. */
    if (nc->id >= 0 && nc->status) (void)nc_close(nc->id);
    if (nc->id >= 0 && !nc->status) {
        int code = nc_close_memio(nc->id, &image);
        check(nc, code, "the end");
    }
    give_back_quiet(nc->was_quiet);
    ltn_hdf5_unlock();
    if (nc->status) {
        free(image.memory);
    } else {
        *bytes = image.memory;
        *size = image.size;
    }
    return nc->status;
}

void *ltn_nc_alloc(ltn_nc *nc, size_t count, size_t size)
{
    void *memory = nc->status ? NULL : ltn_alloc(count, size);
    if (!memory && !nc->status) nc->status = LTN_ENOMEM;
    return memory;
}

ltn_nc_dimension ltn_nc_dimension_of(ltn_nc *nc, const char *name, size_t length)
{
    ltn_nc_dimension made = {.id = -1, .length = length};
    if (!nc->status) check(nc, nc_def_dim(nc->id, name, length, &made.id), name);
    return made;
}

/* ---- attributes ---- */

void ltn_nc_text(ltn_nc *nc, int variable, const char *name, const char *value)
{
    if (nc->status || !value || !*value) return;
    check(nc, nc_put_att_text(nc->id, variable, name, strlen(value), value), name);
}

void ltn_nc_integer(ltn_nc *nc, int variable, const char *name, int value)
{
    if (!nc->status) check(nc, nc_put_att_int(nc->id, variable, name, NC_INT, 1, &value), name);
}

/* What is known of the places along a variable's dimensions. */
static void put_coordinates(ltn_nc *nc, int variable, ltn_nc_dimension *const *dimensions)
{
    char all[LTN_NC_RANK * sizeof dimensions[0]->labels] = "";
    for (size_t i = 0; i < LTN_NC_RANK; i++)
        if (dimensions[i] && *dimensions[i]->labels) strcat(strcat(all, *all ? " " : ""), dimensions[i]->labels);
    ltn_nc_text(nc, variable, "coordinates", all);
}

static void put_form(ltn_nc *nc, int variable, const ltn_nc_form *form, ltn_nc_dimension *const *dimensions)
{
    ltn_nc_text(nc, variable, "long_name", form->long_name);
    ltn_nc_text(nc, variable, "long_name_zh", form->long_name_zh);
    ltn_nc_text(nc, variable, "units", form->unit);
    ltn_nc_text(nc, variable, "cell_methods", form->methods);
    ltn_nc_text(nc, variable, "comment", form->comment);
    ltn_nc_text(nc, variable, "ancillary_variables", form->ancillary);
    if (form->role == LTN_NC_VALUE) put_coordinates(nc, variable, dimensions);
    if (form->role != LTN_NC_LABEL) return;
    char *labels = dimensions[0]->labels;
    if (strlen(labels) + strlen(form->name) + 2 <= sizeof dimensions[0]->labels)
        strcat(strcat(labels, *labels ? " " : ""), form->name);
}

/* ---- variables ---- */

static int define(ltn_nc *nc, const ltn_nc_form *form, int type, const int *ids, const size_t *chunks, size_t rank)
{
    int variable = -1;
    if (nc->status) return -1;
    check(nc, nc_def_var(nc->id, form->name, type, (int)rank, ids, &variable), form->name);
    if (!nc->status) check(nc, nc_def_var_chunking(nc->id, variable, NC_CHUNKED, chunks), form->name);
    /* Texts are stored apart from their variable, out of the filters' reach. */
    if (!nc->status && type != NC_STRING) check(nc, nc_def_var_deflate(nc->id, variable, 1, 1, DEFLATE), form->name);
    return variable;
}

static size_t at_most(size_t value, size_t most)
{
    return value < most ? value : most;
}

static int define_numbers(ltn_nc *nc, const ltn_nc_form *form, int type, ltn_nc_dimension *const *dimensions,
                          const size_t *chunks, bool filled)
{
    int ids[LTN_NC_RANK];
    size_t lengths[LTN_NC_RANK], rank = 0;
    for (size_t i = 0; i < LTN_NC_RANK; i++) {
        if (!dimensions[i]) continue;
        ids[rank] = dimensions[i]->id;
        lengths[rank++] = at_most(chunks[i] ? chunks[i] : dimensions[i]->length, dimensions[i]->length);
    }
    int variable = define(nc, form, type, ids, lengths, rank);
    double fill = type == NC_INT ? NC_FILL_INT : NC_FILL_DOUBLE;
    if (!nc->status && filled) check(nc, nc_put_att_double(nc->id, variable, "_FillValue", type, 1, &fill), form->name);
    put_form(nc, variable, form, dimensions);
    return variable;
}

int ltn_nc_define(ltn_nc *nc, const ltn_nc_form *form, ltn_nc_dimension *const dimensions[LTN_NC_RANK],
                  const size_t chunks[LTN_NC_RANK])
{
    return define_numbers(nc, form, NC_DOUBLE, dimensions, chunks, form->role != LTN_NC_AXIS);
}

void ltn_nc_put(ltn_nc *nc, int variable, const size_t *start, const size_t *count, double *values, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (isnan(values[i])) values[i] = NC_FILL_DOUBLE;
    if (!nc->status) check(nc, nc_put_vara_double(nc->id, variable, start, count, values), "values");
}

/* The numbers along a dimension, in blocks. */
static void put_along(ltn_nc *nc, int variable, size_t length, int type, const double *values)
{
    const double absent = type == NC_INT ? (double)NC_FILL_INT : (double)NC_FILL_DOUBLE;
    double *block = ltn_nc_alloc(nc, at_most(length, LTN_NC_CHUNK), sizeof *block);
    for (size_t from = 0; block && from < length; from += LTN_NC_CHUNK) {
        size_t count = at_most(length - from, LTN_NC_CHUNK);
        for (size_t i = 0; i < count; i++) block[i] = isnan(values[from + i]) ? absent : values[from + i];
        ltn_nc_put(nc, variable, &from, &count, block, count);
    }
    free(block);
}

static int put_numbers(ltn_nc *nc, const ltn_nc_form *form, ltn_nc_dimension *along, int type, const double *values)
{
    bool filled = type == NC_DOUBLE && form->role != LTN_NC_AXIS;
    for (size_t i = 0; i < along->length; i++) filled |= isnan(values[i]) != 0;
    int variable = define_numbers(nc, form, type, (ltn_nc_dimension *[LTN_NC_RANK]){along},
                                  (size_t[LTN_NC_RANK]){LTN_NC_CHUNK}, filled);
    put_along(nc, variable, along->length, type, values);
    return variable;
}

int ltn_nc_numbers(ltn_nc *nc, const ltn_nc_form *form, ltn_nc_dimension *along, const double *values)
{
    return put_numbers(nc, form, along, NC_DOUBLE, values);
}

int ltn_nc_integers(ltn_nc *nc, const ltn_nc_form *form, ltn_nc_dimension *along, const double *values)
{
    return put_numbers(nc, form, along, NC_INT, values);
}

/* ---- days ---- */

/* Years taken from 1 March, so that the leap day ends them; 477 leap days lie before March 1969. */
double ltn_days_since_1970(int year, int month, int day)
{
    static const int before[] = {306, 337, 0, 31, 61, 92, 122, 153, 184, 214, 245, 275};
    int y = month < 3 ? year - 1 : year;
    return 365.0 * (y - 1970) + floor(y / 4.0) - floor(y / 100.0) + floor(y / 400.0) - 477 + before[month - 1] + 59 +
           day - 1;
}

int ltn_nc_days(ltn_nc *nc, const ltn_nc_form *form, ltn_nc_dimension *along, const double *values)
{
    int variable = put_numbers(nc, form, along, NC_DOUBLE, values);
    char unit[48];
    snprintf(unit, sizeof unit, "days since %04d-01-01 00:00:00", nc->base_year);
    ltn_nc_text(nc, variable, "units", unit);
    ltn_nc_text(nc, variable, "calendar", "proleptic_gregorian");
    return variable;
}

/* ---- texts ---- */

void ltn_nc_texts(ltn_nc *nc, const ltn_nc_form *form, ltn_nc_dimension *along, const char *const *values)
{
    const size_t chunk = at_most(along->length, LTN_NC_CHUNK / sizeof(char *)), start = 0;
    const char **texts = ltn_nc_alloc(nc, along->length, sizeof *texts);
    for (size_t i = 0; texts && i < along->length; i++) texts[i] = values[i] ? values[i] : "";
    int variable = define(nc, form, NC_STRING, &along->id, &chunk, 1);
    put_form(nc, variable, form, (ltn_nc_dimension *[LTN_NC_RANK]){along});
    if (!nc->status) check(nc, nc_put_vara_string(nc->id, variable, &start, &along->length, texts), form->name);
    free(texts);
}
