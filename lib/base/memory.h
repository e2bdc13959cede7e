/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LTN_BASE_MEMORY_H
#define LTN_BASE_MEMORY_H

#include "base/status.h"

#include <stdatomic.h>

/* Zeroed array of `count` elements; NULL, with the error set, where memory runs out or the size
 * overflows. `count` 0 gives one element, so that NULL always means failure. */
void *ltn_alloc(size_t count, size_t size);

/* Grows `*array` (of `*capacity` elements) to hold at least `need`; doubles, so appending is linear.
 * On failure the array is as it was. */
ltn_status ltn_reserve(void *array, size_t *capacity, size_t need, size_t size);

/* Many small allocations that die together. Zero-initialise; pointers stay where they are. */
typedef struct ltn_arena {
    struct ltn_arena_chunk *chunk;
} ltn_arena;

void *ltn_arena_alloc(ltn_arena *arena, size_t size);                    /* zeroed, NULL with error set */
char *ltn_arena_text(ltn_arena *arena, const char *text, size_t length); /* NUL-terminated copy */
void ltn_arena_free(ltn_arena *arena);

/* Shared immutable objects count their owners. */
typedef atomic_int ltn_owners;
void ltn_owners_add(ltn_owners *owners);
int ltn_owners_drop(ltn_owners *owners); /* 1 where the last owner left */

#endif
