/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LTN_INVENTORY_CROSSWALK_H
#define LTN_INVENTORY_CROSSWALK_H

#include "base/diagnostics.h"
#include "inventory/inventory.h"

#include <lantian/crosswalk.h>

/* Part of an old region that belongs to a new one, from a year on. */
typedef struct ltn_crosswalk_row {
    const char *old_code, *new_code;
    double share;
    int from; /* 0: always */
    ltn_place place;
} ltn_crosswalk_row;

struct ltn_crosswalk {
    ltn_arena arena;
    ltn_crosswalk_row *rows;
    size_t count, capacity;
};

#endif
