/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An inventory to a store. */
#include "format/hdf5_file.h"
#include "format/hdf5_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LEVEL_DEFAULT = 1, LEVEL_MAX = 9 };

void ltn_store_write_options_init(ltn_store_write_options *options)
{
    *options = (ltn_store_write_options){.struct_size = sizeof *options, .level = LEVEL_DEFAULT};
}

int ltn_is_hdf5(const char *data, size_t size)
{
    static const char signature[8] = {'\211', 'H', 'D', 'F', '\r', '\n', '\032', '\n'};
    return size >= sizeof signature && memcmp(data, signature, sizeof signature) == 0;
}

char *ltn_store_escape(const char *name)
{
    char *out = ltn_alloc(strlen(name) * 3 + 2, 1), *to = out;
    if (!out) return NULL;
    if (!*name) return strcpy(out, "%");
    if (strcmp(name, ".") == 0) return strcpy(out, "%2E");
    for (; *name; name++)
        if (*name == '/' || *name == '%')
            to += sprintf(to, "%%%02X", (unsigned)*name);
        else
            *to++ = *name;
    return out;
}

char *ltn_store_unescape(const char *name)
{
    static const struct {
        char code[4], plain;
    } escapes[] = {{"%2F", '/'}, {"%25", '%'}, {"%2E", '.'}};
    char *out = ltn_alloc(strlen(name) + 1, 1), *to = out;
    if (!out || strcmp(name, "%") == 0) return out;
    while (*name) {
        size_t i = 0, count = sizeof escapes / sizeof *escapes;
        while (i < count && strncmp(name, escapes[i].code, 3) != 0) i++;
        *to++ = i < count ? escapes[i].plain : *name;
        name += i < count ? 3 : 1;
    }
    return out;
}

static ltn_status write_head(const ltn_hdf5_file *s, const ltn_inventory *inventory)
{
    ltn_status status = ltn_hdf5_put_number(s, s->file, LTN_STORE_A_VERSION, LTN_STORE_VERSION);
    if (!status) status = ltn_hdf5_put_text(s, s->file, LTN_STORE_A_LIBRARY, ltn_version());
    if (!status) status = ltn_hdf5_put_text(s, s->file, LTN_STORE_A_CONTENT, LTN_STORE_CONTENT);
    if (!status)
        status = ltn_hdf5_put_number(s, s->file, LTN_STORE_A_RECONSTRUCTED, ltn_inventory_reconstructed(inventory));
    return status;
}

static ltn_status write_metadata(const ltn_hdf5_file *s, const ltn_inventory *inventory)
{
    hid_t group = ltn_hdf5_make_metadata(s);
    ltn_status status = group >= 0 ? LTN_OK : ltn_last_error()->code;
    for (size_t i = 0; !status && i < inventory->metadata_count; i++) {
        char *name = ltn_store_escape(inventory->metadata[i].key);
        status = name ? ltn_hdf5_put_text(s, group, name, inventory->metadata[i].value) : LTN_ENOMEM;
        free(name);
    }
    if (group >= 0) H5Gclose(group);
    return status;
}

static ltn_status write_group(ltn_hdf5_file *s, const ltn_table *table, const ltn_tree *tree, const char *name,
                              hid_t words)
{
    hid_t group = ltn_hdf5_make_group(s, s->file, name);
    ltn_status status = group >= 0 ? LTN_OK : ltn_last_error()->code;
    if (!status && tree) status = ltn_hdf5_put_number(s, group, LTN_STORE_A_OPEN, tree->open);
    if (!status) status = ltn_hdf5_put_table(s, table, name, group, words);
    if (group >= 0) H5Gclose(group);
    return status;
}

static ltn_status write_tables(ltn_hdf5_file *s, const ltn_inventory *inventory)
{
    hid_t words = ltn_hdf5_make_group(s, s->file, LTN_STORE_WORDS);
    ltn_status status = words >= 0 ? LTN_OK : ltn_last_error()->code;
    /* The trees first: the sources' regions and sectors are their codes. */
    const ltn_tree *regions = inventory->regions, *sectors = inventory->sectors;
    if (!status) status = write_group(s, regions->table, regions, LTN_STORE_REGIONS, words);
    if (!status) status = write_group(s, sectors->table, sectors, LTN_STORE_SECTORS, words);
    if (!status) status = write_group(s, inventory->sources, NULL, LTN_STORE_SOURCES, words);
    if (!status) status = write_group(s, inventory->emissions, NULL, LTN_STORE_EMISSIONS, words);
    if (words >= 0) H5Gclose(words);
    return status;
}

static ltn_status write_content(ltn_hdf5_file *s, const void *content)
{
    const ltn_inventory *inventory = content;
    ltn_status status = write_head(s, inventory);
    if (!status) status = write_metadata(s, inventory);
    if (!status) status = write_tables(s, inventory);
    if (!status)
        status = ltn_hdf5_write_codes(&s->w, s->file, LTN_STORE_FIRST, inventory->first, inventory->sources->rows + 1);
    if (!status)
        status =
            ltn_hdf5_write_flags(&s->w, s->file, LTN_STORE_ASSUMED, inventory->assumed, inventory->emissions->rows);
    return status;
}

ltn_status ltn_inventory_write_hdf5(const ltn_inventory *inventory, const char *path,
                                    const ltn_store_write_options *options)
{
    ltn_store_write_options o;
    ltn_store_write_options_init(&o);
    if (options) memcpy(&o, options, options->struct_size < sizeof o ? options->struct_size : sizeof o);
    if (o.level < 0 || o.level > LEVEL_MAX)
        return ltn_fail(LTN_EARGUMENT, NULL, "a level of compression of %d; expected 0 to %d", o.level, LEVEL_MAX);
    enum { BYTES_A_ROW = 4 };
    const ltn_hdf5_form form = {path, o.level, o.threads, inventory->emissions->rows * BYTES_A_ROW};
    return ltn_hdf5_write_file(&form, write_content, inventory);
}
