/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "format/hdf5_table.h"

#include "base/hdf5_lock.h"
#include "base/text.h"
#include "format/hdf5_store.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS_MAX = 10000 };

/* ---- attributes ---- */

ltn_status ltn_hdf5_read_number(const ltn_hdf5_reader *r, hid_t object, const char *where, const char *name,
                                int32_t *value)
{
    if (H5Aexists(object, name) <= 0) return ltn_hdf5_bad(r, where, "it has no attribute '%s'", name);
    hid_t attribute = H5Aopen(object, name, H5P_DEFAULT), type = H5I_INVALID_HID, space = H5I_INVALID_HID;
    if (attribute < 0) return ltn_fail_hdf5(LTN_EINPUT, r->path, "read an attribute");
    type = H5Aget_type(attribute);
    space = H5Aget_space(attribute);
    bool good = type >= 0 && space >= 0 && H5Tget_class(type) == H5T_INTEGER &&
                H5Sget_simple_extent_npoints(space) == 1 && H5Aread(attribute, H5T_NATIVE_INT32, value) >= 0;
    if (type >= 0) H5Tclose(type);
    if (space >= 0) H5Sclose(space);
    H5Aclose(attribute);
    return good ? LTN_OK : ltn_hdf5_bad(r, where, "attribute '%s' is not one whole number", name);
}

ltn_status ltn_hdf5_read_unsigned(const ltn_hdf5_reader *r, hid_t object, const char *where, const char *name,
                                  uint64_t *value)
{
    if (H5Aexists(object, name) <= 0) return ltn_hdf5_bad(r, where, "it has no attribute '%s'", name);
    hid_t attribute = H5Aopen(object, name, H5P_DEFAULT), type = H5I_INVALID_HID, space = H5I_INVALID_HID;
    if (attribute < 0) return ltn_fail_hdf5(LTN_EINPUT, r->path, "read an attribute");
    type = H5Aget_type(attribute);
    space = H5Aget_space(attribute);
    bool good = type >= 0 && space >= 0 && H5Tequal(type, H5T_NATIVE_UINT64) > 0 &&
                H5Sget_simple_extent_npoints(space) == 1 && H5Aread(attribute, H5T_NATIVE_UINT64, value) >= 0;
    if (type >= 0) H5Tclose(type);
    if (space >= 0) H5Sclose(space);
    H5Aclose(attribute);
    return good ? LTN_OK : ltn_hdf5_bad(r, where, "attribute '%s' is not one 64-bit unsigned integer", name);
}

ltn_status ltn_hdf5_read_text(ltn_hdf5_reader *r, hid_t attribute, const char *where, const char *name, char **out)
{
    hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
    ltn_status status = LTN_OK;
    bool good = type >= 0 && space >= 0 && H5Tget_class(type) == H5T_STRING && H5Tis_variable_str(type) == 0 &&
                H5Sget_simple_extent_npoints(space) == 1;
    size_t size = good ? H5Tget_size(type) : 0;
    if (!good) status = ltn_hdf5_bad(r, where, "'%s' is not one text of fixed length", name);
    if (!status) status = ltn_hdf5_charge(r, name, size, 2);
    if (!status && !(*out = ltn_alloc(size + 1, 1))) status = LTN_ENOMEM;
    if (!status && H5Aread(attribute, type, *out) < 0) status = ltn_fail_hdf5(LTN_EINPUT, r->path, "read an attribute");
    if (!status && ltn_text_invalid_utf8(*out, strlen(*out)) < strlen(*out))
        status = ltn_hdf5_bad(r, where, "'%s' is not UTF-8", name);
    if (type >= 0) H5Tclose(type);
    if (space >= 0) H5Sclose(space);
    return status;
}

/* ---- columns ---- */

static herr_t find_column(hid_t group, const char *link, const H5L_info_t *info, void *data)
{
    (void)group;
    (void)info;
    ltn_hdf5_columns *found = data;
    size_t length = strlen(link);
    if (found->count == COLUMNS_MAX)
        found->status = ltn_hdf5_bad(found->r, found->group_name, "more than %d columns", COLUMNS_MAX);
    else if (ltn_text_invalid_utf8(link, length) < length)
        found->status = ltn_hdf5_bad(found->r, found->group_name, "a column's name is not UTF-8");
    else
        found->status = ltn_reserve(&found->items, &found->capacity, found->count + 1, sizeof *found->items);
    if (found->status) return -1;
    ltn_hdf5_column *c = &found->items[found->count++];
    *c = (ltn_hdf5_column){.link = ltn_alloc(length + 1, 1), .name = ltn_store_unescape(link)};
    if (c->link) memcpy(c->link, link, length);
    if (!c->link || !c->name) found->status = LTN_ENOMEM;
    return found->status ? -1 : 0;
}

static int by_position(const void *left, const void *right)
{
    const ltn_hdf5_column *a = left, *b = right;
    return a->position != b->position ? (a->position > b->position) - (a->position < b->position)
                                      : strcmp(a->name, b->name);
}

/* Numbers or codes, by the dataset's type; and its place. A column may be added with h5py and have no place: it then
 * comes last. */
static ltn_status look_at_column(ltn_hdf5_columns *found, hid_t group, ltn_hdf5_column *c)
{
    const ltn_hdf5_reader *r = found->r;
    char where[300];
    snprintf(where, sizeof where, "%s/%s", found->group_name, c->name);
    H5L_info_t info;
    if (H5Lget_info(group, c->link, &info, H5P_DEFAULT) < 0 || info.type != H5L_TYPE_HARD)
        return ltn_hdf5_bad(r, where, "a link to elsewhere; expected data");
    hid_t dataset = H5Dopen2(group, c->link, H5P_DEFAULT);
    if (dataset < 0) return ltn_fail_hdf5(LTN_EINPUT, r->path, "open a column");
    hid_t type = H5Dget_type(dataset);
    c->type = type >= 0 && H5Tget_class(type) == H5T_INTEGER ? LTN_TEXT : LTN_NUMBER;
    if (type >= 0) H5Tclose(type);
    c->position = INT32_MAX;
    ltn_status status = LTN_OK;
    if (H5Aexists(dataset, LTN_STORE_A_POSITION) > 0)
        status = ltn_hdf5_read_number(r, dataset, where, LTN_STORE_A_POSITION, &c->position);
    H5Dclose(dataset);
    return status;
}

void ltn_hdf5_columns_free(ltn_hdf5_columns *found)
{
    for (size_t i = 0; i < found->count; i++) {
        free(found->items[i].link);
        free(found->items[i].name);
    }
    free(found->items);
}

ltn_status ltn_hdf5_columns_find(hid_t group, ltn_hdf5_columns *found)
{
    if (H5Literate(group, H5_INDEX_NAME, H5_ITER_NATIVE, NULL, find_column, found) < 0 && !found->status)
        found->status = ltn_fail_hdf5(LTN_EINPUT, found->r->path, "list a table's columns");
    for (size_t i = 0; !found->status && i < found->count; i++)
        found->status = look_at_column(found, group, &found->items[i]);
    if (!found->status && found->count) qsort(found->items, found->count, sizeof *found->items, by_position);
    return found->status;
}

const ltn_hdf5_column *ltn_hdf5_columns_called(const ltn_hdf5_columns *found, const char *name)
{
    for (size_t i = 0; i < found->count; i++)
        if (strcmp(found->items[i].name, name) == 0) return &found->items[i];
    return NULL;
}

/* ---- a whole table ---- */

typedef struct table_reading {
    ltn_hdf5_reader *r;
    const char *name;
    hid_t group, words; /* of the columns, of their dictionaries */
    ltn_table *table;
} table_reading;

static ltn_status read_words(const table_reading *t, const char *link, ltn_dictionary **out)
{
    char where[300];
    ltn_stored stored;
    snprintf(where, sizeof where, LTN_STORE_WORDS "/%s", t->name);
    ltn_status status = ltn_stored_open(t->r, t->words, where, link, LTN_STORED_WORDS, &stored);
    if (status) return status;
    *out = ltn_stored_read_words(t->r, &stored, NULL);
    ltn_stored_close(&stored);
    return *out ? LTN_OK : ltn_last_error()->code;
}

static ltn_status add_column(const table_reading *t, const ltn_hdf5_column *c)
{
    ltn_dictionary *words = NULL;
    if (ltn_table_find(t->table, c->name) >= 0)
        return ltn_hdf5_bad(t->r, t->name, "the column '%s' is there twice", c->name);
    ltn_status status = c->type == LTN_TEXT ? read_words(t, c->link, &words) : LTN_OK;
    if (!status) status = ltn_table_add_column(t->table, c->name, c->type, words);
    ltn_dictionary_free(words);
    return status;
}

/* The first column says how many rows there are. */
static ltn_status make_rows(const table_reading *t, const ltn_stored *stored)
{
    size_t width = 0;
    for (size_t c = 0; c < t->table->column_count; c++)
        width += t->table->columns[c].type == LTN_TEXT ? sizeof(int32_t) : sizeof(double);
    if (stored->rows > INT32_MAX) return ltn_hdf5_bad(t->r, t->name, "more than 2^31 - 1 rows");
    ltn_status status = ltn_hdf5_charge(t->r, t->name, stored->rows, width);
    return status ? status : ltn_table_resize(t->table, stored->rows);
}

static ltn_status read_column(const table_reading *t, size_t c, const ltn_hdf5_column *found)
{
    ltn_column *column = &t->table->columns[c];
    bool text = column->type == LTN_TEXT;
    ltn_domain domain = {text ? -1 : -INFINITY, text ? (double)column->words->count - 1 : INFINITY, false};
    ltn_stored stored;
    ltn_status status =
        ltn_stored_open(t->r, t->group, t->name, found->link, text ? LTN_STORED_CODES : LTN_STORED_NUMBERS, &stored);
    if (status) return status;
    if (c == 0) status = make_rows(t, &stored);
    if (!status && stored.rows != t->table->rows)
        status = ltn_hdf5_bad(t->r, stored.name, "%zu values; the table has %zu rows", stored.rows, t->table->rows);
    if (!status) status = ltn_stored_read(t->r, &stored, NULL, &domain, text ? (void *)column->codes : column->numbers);
    ltn_stored_close(&stored);
    return status;
}

static ltn_status read_columns(const table_reading *t)
{
    ltn_hdf5_columns found = {.r = t->r, .group_name = t->name};
    ltn_status status = ltn_hdf5_columns_find(t->group, &found);
    for (size_t c = 0; !status && c < found.count; c++) status = add_column(t, &found.items[c]);
    for (size_t c = 0; !status && c < found.count; c++) status = read_column(t, c, &found.items[c]);
    ltn_hdf5_columns_free(&found);
    return status;
}

ltn_status ltn_hdf5_read_table(ltn_hdf5_reader *r, hid_t all_words, const char *name, ltn_table **out)
{
    *out = NULL;
    table_reading t = {r, name, ltn_hdf5_open_group(r, r->file, name), H5I_INVALID_HID, NULL};
    if (t.group >= 0) t.words = ltn_hdf5_open_group(r, all_words, name);
    ltn_status status = t.group >= 0 && t.words >= 0 ? LTN_OK : ltn_last_error()->code;
    if (!status && !(t.table = ltn_table_create())) status = LTN_ENOMEM;
    if (!status) status = read_columns(&t);
    if (t.words >= 0) H5Gclose(t.words);
    if (t.group >= 0) H5Gclose(t.group);
    if (status)
        ltn_table_free(t.table);
    else
        *out = t.table;
    return status;
}
