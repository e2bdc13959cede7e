/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LTN_FORMAT_FF10_HEAD_H
#define LTN_FORMAT_FF10_HEAD_H

#include "base/diagnostics.h"
#include "format/ff10.h"
#include "inventory/builder.h"

/* What the head of a file says. */
typedef struct ltn_ff10_head {
    const ltn_ff10_layout *layout;
    ltn_ff10_kind kind;
    char delimiter;
    const char *body; /* the first row */
    int body_line;
} ltn_ff10_head;

/* Reads header records into the builder's metadata, the format, and the line of column names if there is one. What is
 * wrong goes to `list`; `layout` stays NULL where the rows cannot be read. */
ltn_status ltn_ff10_head_read(const char *path, const char *data, size_t size, ltn_inventory_builder *builder,
                              ltn_diagnostics *list, ltn_ff10_head *out);

#endif
