/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a projection has to say besides its numbers. */
#ifndef LTN_PROJECTION_NOTES_H
#define LTN_PROJECTION_NOTES_H

#include "base/table.h"

#include <stdbool.h>

typedef enum ltn_note_code {
    LTN_NOTE_RECONSTRUCTED,
    LTN_NOTE_BASELINE_TAKEN,
    LTN_NOTE_REMOVAL_ASSUMED,
    LTN_NOTE_FACTOR_DEFAULTED,
    LTN_NOTE_REMOVAL_DEFAULTED,
    LTN_NOTE_MISSING_VALUE,
    LTN_NOTE_SELECTS_NOTHING,
    LTN_NOTE_NO_SUCH_POLLUTANT,
    LTN_NOTE_REPLACE_SKIPPED,
    LTN_NOTE_CAP_SKIPPED,
    LTN_NOTE_LIMIT_SKIPPED,
    LTN_NOTE_BAN_SKIPPED,
    LTN_NOTE_TURNOVER_SKIPPED,
    LTN_NOTE_CAP_SHORTFALL,
    LTN_NOTE_CONTROL_NOT_STRONGER,
    LTN_NOTE_CONTROL_REMOVAL_ASSUMED,
    LTN_NOTE_PACKET_UNUSED,
    LTN_NOTE_PACKET_PASSED_OVER,
    LTN_NOTE_UNCERTAIN_NOTHING,
    LTN_NOTE_MEAN_REPLACES,
    LTN_NOTE_MEAN_NOT_PLACED,
    LTN_NOTE_REMOVAL_CERTAIN,
    LTN_NOTE_TRUNCATION_SHIFTS,
    LTN_NOTE_CORRELATES_NOTHING,
    LTN_NOTE_CODES
} ltn_note_code;

typedef struct ltn_note {
    ltn_note_code code;
    int year;        /* 0: all */
    int32_t measure; /* -1: none */
    int32_t source;  /* numbered through; -1: none */
    double value;
    const char *unit;   /* lives as long as the program; or NULL */
    const char *detail; /* a column, pollutant or label; or NULL */
} ltn_note;

typedef struct ltn_notes {
    ltn_note *items;
    size_t count, capacity;
} ltn_notes;

ltn_status ltn_notes_add(ltn_notes *notes, const ltn_note *note);
ltn_status ltn_notes_append(ltn_notes *notes, const ltn_notes *part);
void ltn_notes_free(ltn_notes *notes);

/* The first note that `strict` (a row was skipped) or `no_defaults` (a value was assumed) forbids. */
const ltn_note *ltn_notes_forbidden(const ltn_notes *notes, bool strict, bool no_defaults);

const char *ltn_note_name(ltn_note_code code);

/* The note as a sentence. */
void ltn_note_text(const ltn_note *note, ltn_language language, char *out, size_t size);

#endif
