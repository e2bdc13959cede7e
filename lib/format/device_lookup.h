/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LTN_FORMAT_DEVICE_LOOKUP_H
#define LTN_FORMAT_DEVICE_LOOKUP_H

#include "factor/factor.h"
#include "inventory/builder.h"

/* What the devices of an inventory's rows remove; zero-initialise. Without `devices` the installed table is read when
 * the first row asks. A small cache stands in front of the table: rows repeat a few devices. */
enum { LTN_LOOKUP_CACHE = 64 };
typedef struct ltn_device_slot {
    int32_t device, pollutant; /* codes; used where there is a key */
    double efficiency;
    char *key;
} ltn_device_slot;
typedef struct ltn_device_lookup {
    const ltn_devices *devices; /* borrowed, or `own` */
    ltn_devices *own;
    ltn_device_slot slot[LTN_LOOKUP_CACHE];
} ltn_device_lookup;

void ltn_device_lookup_free(ltn_device_lookup *lookup);

/* An ltn_find_removal: R = capture · efficiency · running, running 1 where it is blank. */
ltn_status ltn_device_lookup_removal(void *context, const ltn_inventory *made, size_t emission,
                                     ltn_default_removal *out);

#endif
