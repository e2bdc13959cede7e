/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An inventory in whatever form it is: what the file begins with decides, not its name. */
#include "format/csv.h"
#include "format/ff10.h"
#include "format/gzip.h"
#include "format/inventory_file.h"

#include <lantian/store.h>

static ltn_status read_store(const char *path, const ltn_inventory_options *options, ltn_inventory **out)
{
    ltn_store_read_options store;
    ltn_store_read_options_init(&store);
    if (options) {
        store.diagnostics = options->diagnostics;
        store.regions = options->regions;
        store.sectors = options->sectors;
        store.threads = options->threads;
    }
    return ltn_inventory_read_hdf5(path, &store, out);
}

static ltn_status read_text(const char *path, ltn_file *file, const ltn_inventory_options *options, ltn_inventory **out)
{
    ltn_status status = ltn_gzip_recognised(file) ? ltn_gzip_expand(path, file) : LTN_OK;
    if (status) return status;
    return ltn_ff10_recognised(file->data ? file->data : "", file->size)
               ? ltn_ff10_read(path, file, options, out)
               : ltn_inventory_read_csv_file(path, file, options, out);
}

ltn_status ltn_inventory_read(const char *path, const ltn_inventory_options *options, ltn_inventory **out)
{
    *out = NULL;
    ltn_file file;
    ltn_status status = ltn_file_read(path, SIZE_MAX / 4, &file);
    if (status) return status;
    bool store = file.data && ltn_is_hdf5(file.data, file.size);
    if (!store) status = read_text(path, &file, options, out);
    ltn_file_close(&file);
    return store ? read_store(path, options, out) : status;
}
