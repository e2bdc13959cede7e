/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An inventory in whatever form it is: what the file begins with decides, not its name. */
#include "format/csv.h"
#include "format/ff10.h"
#include "format/gzip.h"
#include "format/inventory_file.h"

#include <string.h>

static bool begins(const ltn_file *file, const char *magic, size_t length)
{
    return file->size >= length && memcmp(file->data, magic, length) == 0;
}

/* HDF5 file format specification 3.0, II.A: the signature of the superblock. */
static const char hdf5_magic[8] = "\x89HDF\r\n\x1a\n";

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
    if (begins(&file, hdf5_magic, sizeof hdf5_magic))
        status = ltn_fail(LTN_EUNSUPPORTED, &(ltn_place){.source = path}, "the file is HDF5; expected CSV or FF10");
    else
        status = read_text(path, &file, options, out);
    ltn_file_close(&file);
    return status;
}
