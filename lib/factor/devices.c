/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Devices: what one removes, and what several do. */
#include "base/text.h"
#include "factor/factor.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEVICES_MAX = 16 };

void ltn_devices_free(ltn_devices *devices)
{
    if (!devices) return;
    ltn_arena_free(&devices->arena);
    free(devices->rows);
    free(devices);
}

size_t ltn_devices_count(const ltn_devices *devices)
{
    return devices->count;
}

ltn_status ltn_devices_get(const ltn_devices *devices, size_t index, ltn_device *out)
{
    *out = (ltn_device){0};
    if (index >= devices->count)
        return ltn_fail(LTN_EARGUMENT, NULL, "row %zu is past the end; the table has %zu", index, devices->count);
    *out = devices->rows[index].device;
    return LTN_OK;
}

/* ---- one device ---- */

const ltn_device_row *ltn_device_row_find(const ltn_devices *devices, bool capture, const char *id, size_t length,
                                          const char *pollutant)
{
    for (size_t i = 0; i < devices->count; i++) {
        const ltn_device_row *row = &devices->rows[i];
        if (row->capture == capture && strncmp(row->device.device, id, length) == 0 && !row->device.device[length] &&
            (!pollutant || strcmp(row->device.pollutant, pollutant) == 0))
            return row;
    }
    return NULL;
}

static ltn_status complain_unknown(const ltn_devices *devices, bool capture, const char *id)
{
    const char **ids = ltn_alloc(devices->count, sizeof *ids);
    if (!ids) return LTN_ENOMEM;
    size_t count = 0;
    for (size_t i = 0; i < devices->count; i++)
        if (devices->rows[i].capture == capture) ids[count++] = devices->rows[i].device.device;
    const char *near = ltn_text_nearest(id, ids, count), *example = capture ? "hood" : "scr";
    free(ids);
    return ltn_fail(LTN_ENOTFOUND, NULL, "%s '%s' is not in the table; %s '%s'", capture ? "capture" : "device", id,
                    near ? "the nearest is" : "expected for example", near ? near : example);
}

static ltn_status find(const ltn_devices *devices, bool capture, const char *id, const char *pollutant,
                       const ltn_device_row **out)
{
    const char *kind = capture ? "capture" : "device";
    *out = ltn_device_row_find(devices, capture, id, strlen(id), pollutant);
    if (*out) return LTN_OK;
    const ltn_device_row *other = ltn_device_row_find(devices, capture, id, strlen(id), NULL);
    if (other)
        return ltn_fail(LTN_ENOTFOUND, NULL, "%s '%s' has no figure for %s in the table; it has one for %s", kind, id,
                        pollutant, other->device.pollutant);
    return complain_unknown(devices, capture, id);
}

static ltn_status find_device(const ltn_devices *devices, bool capture, const char *id, const char *pollutant,
                              ltn_device *out)
{
    const ltn_device_row *row;
    *out = (ltn_device){0};
    ltn_status status = find(devices, capture, id, pollutant, &row);
    if (!status) *out = row->device;
    return status;
}

ltn_status ltn_device_find(const ltn_devices *devices, const char *device, const char *pollutant, ltn_device *out)
{
    return find_device(devices, false, device, pollutant, out);
}

ltn_status ltn_capture_find(const ltn_devices *devices, const char *capture, const char *pollutant, ltn_device *out)
{
    return find_device(devices, true, capture, pollutant, out);
}

/* ---- several ---- */

const char *ltn_device_next_part(const char **rest, size_t *length)
{
    const char *part = *rest + strspn(*rest, "; ");
    *length = strcspn(part, ";");
    *rest = part + *length;
    while (*length && part[*length - 1] == ' ') --*length;
    return *length ? part : NULL;
}

static bool has_part(const ltn_device *device, const char *id)
{
    size_t length;
    for (const char *rest = device->parts, *part; (part = ltn_device_next_part(&rest, &length));)
        if (strlen(id) == length && strncmp(part, id, length) == 0) return true;
    return false;
}

static bool share_a_part(const ltn_device *a, const ltn_device *b)
{
    size_t length;
    if (strcmp(a->device, b->device) == 0 || has_part(a, b->device) || has_part(b, a->device)) return true;
    for (const char *rest = b->parts, *part; (part = ltn_device_next_part(&rest, &length));) {
        size_t of_a;
        for (const char *rest_a = a->parts, *other; (other = ltn_device_next_part(&rest_a, &of_a));)
            if (length == of_a && strncmp(part, other, length) == 0) return true;
    }
    return false;
}

static ltn_status collect(const ltn_devices *devices, size_t count, const char *const *ids, const char *pollutant,
                          const ltn_device_row *rows[DEVICES_MAX])
{
    if (count > DEVICES_MAX)
        return ltn_fail(LTN_EARGUMENT, NULL, "%zu devices are given; expected at most %d", count, DEVICES_MAX);
    for (size_t i = 0; i < count; i++) {
        ltn_status status = find(devices, false, ids[i], pollutant, &rows[i]);
        if (status) return status;
        for (size_t j = 0; j < i; j++)
            if (share_a_part(&rows[i]->device, &rows[j]->device))
                return ltn_fail(LTN_EARGUMENT, NULL, "devices '%s' and '%s' count the same device twice", ids[j],
                                ids[i]);
    }
    return LTN_OK;
}

/* Which of the given devices make up a combination; 0 where one of its parts is not given. */
static unsigned parts_given(const ltn_device *combination, size_t count, const ltn_device_row *const *rows)
{
    unsigned given = 0;
    size_t length;
    for (const char *rest = combination->parts, *part; (part = ltn_device_next_part(&rest, &length));) {
        size_t i = 0;
        while (i < count && (strncmp(rows[i]->device.device, part, length) != 0 || rows[i]->device.device[length])) i++;
        if (i == count) return 0;
        given |= 1u << i;
    }
    return given;
}

/* The combination that stands for device i: the largest of those it is part of. Two that overlap otherwise cannot both
 * hold. */
static ltn_status find_combination(const ltn_devices *devices, size_t count, const ltn_device_row *const *rows,
                                   size_t i, const ltn_device **out, unsigned *mask)
{
    *out = NULL;
    *mask = 0;
    for (size_t c = 0; c < devices->count; c++) {
        const ltn_device *combination = &devices->rows[c].device;
        if (strcmp(combination->pollutant, rows[i]->device.pollutant) != 0) continue;
        unsigned given = parts_given(combination, count, rows);
        if (!(given & 1u << i) || (given | *mask) == *mask) continue;
        if ((given & *mask) != *mask)
            return ltn_fail(
                LTN_EARGUMENT, NULL,
                "device '%s' is part of '%s' and of '%s', which the table has both; expected the one that is "
                "meant, by its own id",
                rows[i]->device.device, (*out)->device, combination->device);
        *out = combination;
        *mask = given;
    }
    return LTN_OK;
}

ltn_status ltn_devices_combine(const ltn_devices *devices, size_t count, const char *const *ids, const char *pollutant,
                               double *out)
{
    const ltn_device_row *rows[DEVICES_MAX];
    *out = NAN;
    ltn_status status = collect(devices, count, ids, pollutant, rows);
    double left = 1;
    unsigned done = 0;
    for (size_t i = 0; !status && i < count; i++) {
        const ltn_device *combination;
        unsigned mask;
        status = find_combination(devices, count, rows, i, &combination, &mask);
        if (status || done & 1u << i) continue;
        left *= 1 - (combination ? combination->efficiency : rows[i]->device.efficiency);
        done |= mask;
    }
    if (!status) *out = 1 - left;
    return status;
}

ltn_status ltn_devices_combine_list(const ltn_devices *devices, const char *list, const char *pollutant, double *out)
{
    const char *ids[DEVICES_MAX];
    size_t count = 0, length;
    *out = NAN;
    char *text = ltn_alloc(strlen(list) + 1, 1);
    if (!text) return LTN_ENOMEM;
    strcpy(text, list);
    for (const char *rest = text, *part; (part = ltn_device_next_part(&rest, &length)); count++) {
        if (count < DEVICES_MAX) ids[count] = part;
        if (*rest) rest++; /* over the separator, which may become the end of this part */
        text[part - text + length] = '\0';
    }
    ltn_status status =
        count ? ltn_devices_combine(devices, count, ids, pollutant, out)
              : ltn_fail(LTN_EINPUT, NULL, "device '%s' names none; expected for example 'scr' or 'lnb;scr'", list);
    free(text);
    return status;
}

/* ---- what reaches them ---- */

/* "closed, hood, none": the table's kinds of capture of a pollutant. */
static void list_captures(const ltn_devices *devices, const char *pollutant, char *out, size_t size)
{
    size_t used = 0;
    *out = '\0';
    for (size_t i = 0; i < devices->count; i++) {
        const ltn_device *d = &devices->rows[i].device;
        size_t length = strlen(d->device) + 2;
        if (!devices->rows[i].capture || strcmp(d->pollutant, pollutant) != 0 || used + length >= size) continue;
        used += (size_t)snprintf(out + used, size - used, "%s%s", used ? ", " : "", d->device);
    }
}

ltn_status ltn_capture_share(const ltn_devices *devices, const char *text, const char *pollutant, double *out)
{
    char kinds[256];
    *out = 1;
    if (text && ltn_text_share(text, out)) return LTN_OK;
    const ltn_device_row *row = text ? ltn_device_row_find(devices, true, text, strlen(text), pollutant) : NULL;
    if (row) {
        *out = row->device.efficiency;
        return LTN_OK;
    }
    list_captures(devices, pollutant, kinds, sizeof kinds);
    /* Flue gas goes through its devices whole; fumes of solvents have to be caught first. */
    if (!text && !*kinds && strcmp(pollutant, "VOC") != 0) return LTN_OK;
    *out = NAN;
    return ltn_fail(LTN_EINPUT, NULL,
                    "capture %s%s%s; expected the share of %s that reaches the device, such as '90 %%'%s%s",
                    text ? "'" : "is blank", text ? text : "", text ? "' is not known" : "", pollutant,
                    *kinds ? ", or one of " : "", kinds);
}
