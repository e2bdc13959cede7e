/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which measures the emission of a row hangs on in a year, found from what the steps act on. What is not in a row's set
 * may be left out or put in force, whatever the others do: the row's emission stays the same to the last bit.
 *
 * A source, with all that is derived from it, is a family. Activity is handed on inside families only, so a row hangs on
 * the steps that act on sources of its family and on those that act on the row itself. A cap, or a limit over a group,
 * also acts by a sum over its selection: what it acts on hangs on all that came to bear on that sum before. */
#ifndef LTN_ASSESS_DEPENDENCE_H
#define LTN_ASSESS_DEPENDENCE_H

#include "projection/program.h"

typedef struct ltn_dependence {
    const ltn_program *program;
    size_t words;           /* of a set of measures: measure m is bit m mod 64 of word m / 64 */
    int32_t *root;          /* of each source: the one its family goes back to */
    int32_t *source_of_row; /* of each row */
    uint64_t *of_row;       /* rows x words */
} ltn_dependence;

ltn_status ltn_dependence_create(const ltn_program *program, int year, ltn_dependence *out);
void ltn_dependence_free(ltn_dependence *dependence);

/* Adds to `keep`, a byte a source, the families whose sums some measures of a set act by. */
void ltn_dependence_add_sums(const ltn_dependence *dependence, const uint64_t *measures, uint8_t *keep);

static inline bool ltn_set_has(const uint64_t *set, size_t i)
{
    return set[i / 64] >> (i % 64) & 1;
}

static inline void ltn_set_add(uint64_t *set, size_t i)
{
    set[i / 64] |= UINT64_C(1) << (i % 64);
}

static inline void ltn_set_join(uint64_t *set, const uint64_t *with, size_t words)
{
    for (size_t w = 0; w < words; w++) set[w] |= with[w];
}

#endif
