/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LTN_FORMAT_INVENTORY_FILE_H
#define LTN_FORMAT_INVENTORY_FILE_H

#include "base/file.h"

#include <lantian/inventory.h>

/* ltn_inventory_read_csv() of a file that has been read; takes it over. */
ltn_status ltn_inventory_read_csv_file(const char *path, ltn_file *file, const ltn_inventory_options *options,
                                       ltn_inventory **out);

#endif
