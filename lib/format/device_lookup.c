/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "format/device_lookup.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void ltn_device_lookup_free(ltn_device_lookup *lookup)
{
    ltn_devices_free(lookup->own);
    for (size_t i = 0; i < LTN_LOOKUP_CACHE; i++) free(lookup->slot[i].key);
    *lookup = (ltn_device_lookup){0};
}

static bool same_origin(const ltn_device *a, const ltn_device *b)
{
    return strcmp(a->source, b->source) == 0 && strcmp(a->table, b->table) == 0;
}

/* "default:T/CSES 144-2024 A.1 lnb;scr": where the figures are printed, once in a row, and whose they are. */
static char *make_key(const ltn_devices *devices, const char *list, const char *pollutant)
{
    size_t size = sizeof LTN_DEFAULT_KEY + strlen(list) + 1, length;
    const ltn_device *before = NULL;
    for (const char *rest = list, *part; (part = ltn_device_next_part(&rest, &length));) {
        const ltn_device *d = &ltn_device_row_find(devices, false, part, length, pollutant)->device;
        size += strlen(d->source) + strlen(d->table) + strlen(" +  ");
    }
    char *key = ltn_alloc(size, 1);
    if (!key) return NULL;
    strcpy(key, LTN_DEFAULT_KEY);
    for (const char *rest = list, *part; (part = ltn_device_next_part(&rest, &length));) {
        const ltn_device *d = &ltn_device_row_find(devices, false, part, length, pollutant)->device;
        if (before && same_origin(before, d)) continue;
        strcat(strcat(key, before ? "+ " : ""), d->source);
        strcat(strcat(key, *d->table ? " " : ""), d->table);
        strcat(key, " ");
        before = d;
    }
    return strcat(key, list);
}

static ltn_status fill_slot(const ltn_device_lookup *lookup, const char *list, const char *pollutant,
                            ltn_device_slot *slot)
{
    free(slot->key);
    slot->key = NULL;
    ltn_status status = ltn_devices_combine_list(lookup->devices, list, pollutant, &slot->efficiency);
    if (!status && !(slot->key = make_key(lookup->devices, list, pollutant))) status = LTN_ENOMEM;
    return status;
}

/* What the row's devices do to its pollutant. */
static ltn_status find_slot(ltn_device_lookup *lookup, const ltn_table *emissions, size_t row, ltn_device_slot **out)
{
    int32_t device = emissions->columns[LTN_DEVICE].codes[row],
            pollutant = emissions->columns[LTN_POLLUTANT].codes[row];
    ltn_device_slot *slot = *out = &lookup->slot[((size_t)device * 31 + (size_t)pollutant) % LTN_LOOKUP_CACHE];
    if (slot->key && slot->device == device && slot->pollutant == pollutant) return LTN_OK;
    slot->device = device;
    slot->pollutant = pollutant;
    return fill_slot(lookup, ltn_table_text(emissions, row, LTN_DEVICE), ltn_table_text(emissions, row, LTN_POLLUTANT),
                     slot);
}

static ltn_status read_installed(ltn_device_lookup *lookup)
{
    ltn_status status = ltn_devices_read_csv(NULL, NULL, &lookup->own);
    lookup->devices = lookup->own;
    return status;
}

ltn_status ltn_device_lookup_removal(void *context, const ltn_inventory *made, size_t emission,
                                     ltn_default_removal *out)
{
    ltn_device_lookup *lookup = context;
    const ltn_table *emissions = made->emissions;
    ltn_device_slot *slot;
    double capture, running = emissions->columns[LTN_RUNNING].numbers[emission];
    ltn_status status = lookup->devices ? LTN_OK : read_installed(lookup);
    if (status) return status;
    out->column = "device";
    if (!(status = find_slot(lookup, emissions, emission, &slot))) {
        out->column = "capture";
        out->key = slot->key;
        status = ltn_capture_share(lookup->devices, ltn_table_text(emissions, emission, LTN_CAPTURE),
                                   ltn_table_text(emissions, emission, LTN_POLLUTANT), &capture);
    }
    if (status == LTN_ENOMEM) out->column = NULL;
    /* The table's efficiencies are means over plants that include poor running. */
    return status ? status : ltn_device_removal(capture, slot->efficiency, isnan(running) ? 1 : running, &out->value);
}
