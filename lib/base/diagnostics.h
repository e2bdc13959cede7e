/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LTN_BASE_DIAGNOSTICS_H
#define LTN_BASE_DIAGNOSTICS_H

#include "base/memory.h"

#include <stdbool.h>

#include <lantian/diagnostics.h>

enum { LTN_DIAGNOSTICS_KEPT = 1000 };

struct ltn_diagnostics {
    ltn_arena arena;
    ltn_diagnostic *items;
    size_t count, capacity;
    size_t errors, warnings; /* met, kept or not */
    bool out_of_memory;      /* a complaint could not be kept */
};

/* Adds a complaint. Never fails: one that cannot be kept is still counted. */
void ltn_complain(ltn_diagnostics *list, ltn_severity severity, const ltn_place *at, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Appends all of `part`. */
void ltn_diagnostics_append(ltn_diagnostics *list, const ltn_diagnostics *part);

/* LTN_OK where there is no error after the first `seen`; else fails with the first of them. */
ltn_status ltn_diagnostics_verdict(const ltn_diagnostics *list, size_t seen);

/* Puts the complaints from the `first`-th on in the order of their places. */
void ltn_diagnostics_sort(ltn_diagnostics *list, size_t first);

void ltn_diagnostics_clear(ltn_diagnostics *list);

#endif
