/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LTN_FACTOR_FACTOR_H
#define LTN_FACTOR_FACTOR_H

#include "base/memory.h"
#include "base/unit.h"

#include <stdbool.h>

#include <lantian/factors.h>

/* Words of the `status` column, by ltn_trust. */
enum { LTN_TRUSTS = LTN_TRUST_DERIVED + 1 };
extern const char *const ltn_trust_names[LTN_TRUSTS];

/* One end of a range of sizes; without a limit where there is none. */
typedef struct ltn_size_end {
    double limit;
    bool within; /* the limit itself is inside */
} ltn_size_end;

typedef struct ltn_factor_row {
    ltn_factor factor;
    ltn_capacity_kind size_kind; /* none: any size */
    ltn_size_end low, high;      /* [t/h of steam or MW] */
} ltn_factor_row;

struct ltn_factor_table {
    ltn_arena arena; /* of all texts */
    ltn_factor_row *rows;
    size_t count, capacity;
    const char *path;
};

/* Reads `100 MW`, `> 100 MW`, `>= 100 MW` (of a low end), `< 300 MW`, `<= 300 MW` (of a high end). False where it is
 * none of these. A blank text is no limit and leaves the kind alone. */
bool ltn_size_end_read(const char *text, bool is_high, ltn_capacity_kind *kind, ltn_size_end *out);

typedef struct ltn_device_row {
    ltn_device device;
    bool capture;
} ltn_device_row;

struct ltn_devices {
    ltn_arena arena;
    ltn_device_row *rows;
    size_t count, capacity;
    const char *path;
};

/* Walks over the parts of a combination: the next one and its length, NULL after the last. */
const char *ltn_device_next_part(const char **rest, size_t *length);

/* The row of a device (or capture) and pollutant, or NULL. */
const ltn_device_row *ltn_device_row_find(const ltn_devices *devices, bool capture, const char *id, size_t length,
                                          const char *pollutant);

/* ltn_devices_combine() of a list as an inventory's cell has it: `lnb;scr`. */
ltn_status ltn_devices_combine_list(const ltn_devices *devices, const char *list, const char *pollutant, double *out);

/* The share that reaches the devices: of `0.9` or `90 %` the number (whose range is the caller's), of `hood` the
 * table's. NULL is a blank cell: 1 of what is in flue gas; an error of VOC and of all that the table has captures for.
 * LTN_EINPUT where it is neither. */
ltn_status ltn_capture_share(const ltn_devices *devices, const char *text, const char *pollutant, double *out);

#endif
