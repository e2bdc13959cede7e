/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stores as files: what those of inventories and of ensembles have in common. */
#include "format/hdf5_file.h"

#include "base/file.h"
#include "base/hdf5_lock.h"
#include "format/hdf5_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

ltn_status ltn_hdf5_failed(const ltn_hdf5_file *s)
{
    return ltn_fail_hdf5(LTN_EIO, s->w.path, "write the file");
}

/* ---- attributes ---- */

static ltn_status write_attribute(const ltn_hdf5_file *s, hid_t object, const char *name, hid_t type, const void *value)
{
    hid_t named = H5Pcreate(H5P_ATTRIBUTE_CREATE), space = H5Screate(H5S_SCALAR), attribute = H5I_INVALID_HID;
    if (named >= 0 && space >= 0 && type >= 0 && H5Pset_char_encoding(named, H5T_CSET_UTF8) >= 0)
        attribute = H5Acreate2(object, name, type, space, named, H5P_DEFAULT);
    ltn_status status = attribute >= 0 && H5Awrite(attribute, type, value) >= 0 ? LTN_OK : ltn_hdf5_failed(s);
    if (attribute >= 0) H5Aclose(attribute);
    if (space >= 0) H5Sclose(space);
    if (named >= 0) H5Pclose(named);
    return status;
}

ltn_status ltn_hdf5_put_number(const ltn_hdf5_file *s, hid_t object, const char *name, int32_t value)
{
    return write_attribute(s, object, name, H5T_NATIVE_INT32, &value);
}

ltn_status ltn_hdf5_put_unsigned(const ltn_hdf5_file *s, hid_t object, const char *name, uint64_t value)
{
    return write_attribute(s, object, name, H5T_NATIVE_UINT64, &value);
}

ltn_status ltn_hdf5_put_text(const ltn_hdf5_file *s, hid_t object, const char *name, const char *text)
{
    hid_t type = ltn_hdf5_text_type(strlen(text));
    ltn_status status = write_attribute(s, object, name, type, text);
    if (type >= 0) H5Tclose(type);
    return status;
}

/* ---- groups ---- */

static hid_t group_form(void)
{
    hid_t form = H5Pcreate(H5P_GROUP_CREATE);
    if (form < 0 || H5Pset_obj_track_times(form, false) >= 0) return form;
    H5Pclose(form);
    return H5I_INVALID_HID;
}

hid_t ltn_hdf5_make_group(const ltn_hdf5_file *s, hid_t above, const char *name)
{
    hid_t form = group_form(), group = H5I_INVALID_HID;
    if (form >= 0) group = H5Gcreate2(above, name, H5P_DEFAULT, form, H5P_DEFAULT);
    if (group < 0) (void)ltn_hdf5_failed(s);
    if (form >= 0) H5Pclose(form); /* which clears HDF5's own account of what went wrong */
    return group;
}

hid_t ltn_hdf5_make_metadata(const ltn_hdf5_file *s)
{
    hid_t ordered = group_form(), group = H5I_INVALID_HID;
    if (ordered >= 0 && H5Pset_attr_creation_order(ordered, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED) >= 0 &&
        H5Pset_attr_phase_change(ordered, 0, 0) >= 0)
        group = H5Gcreate2(s->file, LTN_STORE_METADATA, H5P_DEFAULT, ordered, H5P_DEFAULT);
    if (group < 0) (void)ltn_hdf5_failed(s);
    if (ordered >= 0) H5Pclose(ordered);
    return group;
}

/* ---- tables ---- */

static ltn_status note_written(ltn_hdf5_file *s, const ltn_dictionary *words, const char *table, const char *name)
{
    if (ltn_reserve(&s->written, &s->capacity, s->count + 1, sizeof *s->written)) return LTN_ENOMEM;
    size_t size = strlen(table) + strlen(name) + sizeof "/" LTN_STORE_WORDS "//";
    char *path = ltn_alloc(size, 1);
    if (!path) return LTN_ENOMEM;
    snprintf(path, size, "/" LTN_STORE_WORDS "/%s/%s", table, name);
    s->written[s->count++] = (ltn_hdf5_written){words, path};
    return LTN_OK;
}

static ltn_status write_words(ltn_hdf5_file *s, hid_t group, const char *table, const char *name,
                              const ltn_dictionary *words)
{
    for (size_t i = 0; i < s->count; i++)
        if (s->written[i].words == words)
            return H5Lcreate_hard(s->file, s->written[i].path, group, name, s->w.links, H5P_DEFAULT) < 0
                       ? ltn_hdf5_failed(s)
                       : LTN_OK;
    ltn_status status = ltn_hdf5_write_words(&s->w, group, name, words);
    return status ? status : note_written(s, words, table, name);
}

static ltn_status write_position(const ltn_hdf5_file *s, hid_t group, const char *name, size_t position)
{
    hid_t dataset = H5Dopen2(group, name, H5P_DEFAULT);
    if (dataset < 0) return ltn_hdf5_failed(s);
    ltn_status status = ltn_hdf5_put_number(s, dataset, LTN_STORE_A_POSITION, (int32_t)position);
    H5Dclose(dataset);
    return status;
}

static ltn_status write_column(ltn_hdf5_file *s, const ltn_table *table, size_t c, const char *table_name, hid_t group,
                               hid_t words)
{
    const ltn_column *column = &table->columns[c];
    char *name = ltn_store_escape(column->name);
    if (!name) return LTN_ENOMEM;
    ltn_status status = column->type == LTN_TEXT
                            ? ltn_hdf5_write_codes(&s->w, group, name, column->codes, table->rows)
                            : ltn_hdf5_write_numbers(&s->w, group, name, column->numbers, table->rows);
    if (!status) status = write_position(s, group, name, c);
    if (!status && column->type == LTN_TEXT) status = write_words(s, words, table_name, name, column->words);
    free(name);
    return status;
}

ltn_status ltn_hdf5_put_table(ltn_hdf5_file *s, const ltn_table *table, const char *name, hid_t group,
                              hid_t words_above)
{
    hid_t words = ltn_hdf5_make_group(s, words_above, name);
    ltn_status status = words >= 0 ? LTN_OK : ltn_last_error()->code;
    for (size_t c = 0; !status && c < table->column_count; c++) status = write_column(s, table, c, name, group, words);
    if (words >= 0) H5Gclose(words);
    return status;
}

/* ---- the file ---- */

/* HDF5 makes the file in memory and we write it: a disk that is full, or fails, then meets us with errno, and not HDF5,
 * which cannot close a file that it cannot write (1.10.8 crashes). It is whole once HDF5 has closed it: these keep the
 * bytes then. */
typedef struct image {
    uint8_t *bytes; /* NULL before */
    size_t size;    /* of the memory; the file may be shorter */
    bool wanting;   /* memory ran out: HDF5 says so in its own words, and as a failure to write */
} image;

static void *image_resize(void *bytes, size_t size, H5FD_file_image_op_t step, void *data)
{
    (void)step;
    image *made = data;
    void *resized = realloc(bytes, size);
    if (resized) made->size = size;
    made->wanting |= !resized;
    return resized;
}

static void *image_begin(size_t size, H5FD_file_image_op_t step, void *data)
{
    return image_resize(NULL, size, step, data);
}

static void *image_copy(void *to, const void *from, size_t size, H5FD_file_image_op_t step, void *data)
{
    (void)step;
    (void)data;
    return memcpy(to, from, size);
}

static herr_t image_end(void *bytes, H5FD_file_image_op_t step, void *data)
{
    image *made = data;
    if (step == H5FD_FILE_IMAGE_OP_FILE_CLOSE && !made->bytes)
        made->bytes = bytes;
    else
        free(bytes);
    return 0;
}

static void *same_data(void *data)
{
    return data;
}

static herr_t keep_data(void *data)
{
    (void)data;
    return 0;
}

/* HDF5 looks for a file of this name and would read it. There can be none. */
#define NO_FILE "/dev/null/lantian"

static ltn_status create_file(ltn_hdf5_file *s, size_t step, image *made)
{
    H5FD_file_image_callbacks_t keep = {image_begin, image_copy, image_resize, image_end, same_data, keep_data, made};
    hid_t access = H5Pcreate(H5P_FILE_ACCESS), form = H5Pcreate(H5P_FILE_CREATE);
    s->file = H5I_INVALID_HID;
    /* The form of 1.10: all that HDF5 keeps for itself has checksums. */
    if (access >= 0 && form >= 0 && H5Pset_libver_bounds(access, H5F_LIBVER_V110, H5F_LIBVER_V110) >= 0 &&
        H5Pset_fclose_degree(access, H5F_CLOSE_STRONG) >= 0 && H5Pset_fapl_core(access, step, false) >= 0 &&
        H5Pset_file_image_callbacks(access, &keep) >= 0 && H5Pset_obj_track_times(form, false) >= 0)
        s->file = H5Fcreate(NO_FILE, H5F_ACC_TRUNC, form, access);
    ltn_status status = s->file >= 0 ? LTN_OK : ltn_hdf5_failed(s);
    if (form >= 0) H5Pclose(form);
    if (access >= 0) H5Pclose(access);
    return status;
}

/* The memory is a little longer than the file. Where that ends is in its superblock (HDF5 File Format Specification
 * 3.0, II.A, version 3: byte 28, 8 bytes, the lowest first). */
static ltn_status write_image(const ltn_hdf5_file *s, const image *made, FILE *stream)
{
    enum { END_AT = 28, END_SIZE = 8 };
    uint64_t size = 0;
    for (int i = 0; made->size >= END_AT + END_SIZE && i < END_SIZE; i++)
        size |= (uint64_t)made->bytes[END_AT + i] << 8 * i;
    if (!size || size > made->size)
        return ltn_fail(LTN_EIO, &(ltn_place){.source = s->w.path}, "cannot write the file: HDF5 has not finished it");
    return fwrite(made->bytes, 1, size, stream) == size ? LTN_OK : ltn_fail_errno(s->w.path, "write the file");
}

/* By how much the memory grows at once: HDF5 clears what it takes, so a small store takes little. */
static size_t step_for(size_t expected)
{
    enum { LEAST = 1 << 16, MOST = 1 << 26 };
    return expected < LEAST ? LEAST : expected > MOST ? MOST : expected;
}

static ltn_status write_store(ltn_hdf5_file *s, size_t expected, ltn_hdf5_content fill, const void *content,
                              FILE *stream)
{
    image made = {0};
    s->w.links = H5Pcreate(H5P_LINK_CREATE);
    ltn_status status = create_file(s, step_for(expected), &made);
    if (!status && (s->w.links < 0 || H5Pset_char_encoding(s->w.links, H5T_CSET_UTF8) < 0)) status = ltn_hdf5_failed(s);
    if (!status) status = fill(s, content);
    if (s->file >= 0 && H5Fclose(s->file) < 0 && !status) status = ltn_hdf5_failed(s);
    if (status && made.wanting) status = ltn_fail_memory();
    if (!status) status = write_image(s, &made, stream);
    free(made.bytes);
    if (s->w.links >= 0) H5Pclose(s->w.links);
    for (size_t i = 0; i < s->count; i++) free(s->written[i].path);
    free(s->written);
    return status;
}

ltn_status ltn_hdf5_write_file(const ltn_hdf5_form *form, ltn_hdf5_content fill, const void *content)
{
    ltn_writer writer;
    ltn_status status = ltn_writer_open(&writer, form->path);
    if (status) return status;
    ltn_hdf5_lock();
    ltn_hdf5_file s = {.w = {.path = form->path, .level = form->level, .threads = form->threads}};
    status = write_store(&s, form->expected, fill, content, writer.stream);
    ltn_hdf5_unlock();
    return ltn_writer_close(&writer, status);
}
