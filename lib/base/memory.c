/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/memory.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Large arrays are walked from end to end: with large pages the system is asked for memory a few hundred times less. A
 * hint; where it is not taken nothing changes. */
static void prefer_large_pages(void *memory, size_t size)
{
    enum { LARGE = 1 << 22, PAGE = 1 << 12 };
    if (size < LARGE) return;
    uintptr_t from = ((uintptr_t)memory + PAGE - 1) / PAGE * PAGE, to = ((uintptr_t)memory + size) / PAGE * PAGE;
    (void)madvise((void *)from, to - from, MADV_HUGEPAGE);
}

void *ltn_alloc(size_t count, size_t size)
{
    void *memory = calloc(count ? count : 1, size);
    if (!memory)
        (void)ltn_fail_memory();
    else
        prefer_large_pages(memory, count * size);
    return memory;
}

ltn_status ltn_reserve(void *array, size_t *capacity, size_t need, size_t size)
{
    if (need <= *capacity) return LTN_OK;
    size_t wanted = *capacity < 8 ? 8 : *capacity;
    while (wanted < need) wanted *= 2;
    void *old;
    memcpy(&old, array, sizeof old);
    void *grown = wanted > SIZE_MAX / size ? NULL : realloc(old, wanted * size);
    if (!grown) return ltn_fail_memory();
    prefer_large_pages(grown, wanted * size);
    memcpy(array, &grown, sizeof grown);
    *capacity = wanted;
    return LTN_OK;
}

struct ltn_arena_chunk {
    struct ltn_arena_chunk *next;
    size_t used, size;
    alignas(max_align_t) char data[];
};

enum { ARENA_CHUNK = 1 << 16 };

void *ltn_arena_alloc(ltn_arena *arena, size_t size)
{
    size_t rounded = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    struct ltn_arena_chunk *chunk = arena->chunk;
    if (rounded < size) rounded = SIZE_MAX / 2; /* absurd: let malloc refuse it */
    if (!chunk || chunk->size - chunk->used < rounded) {
        /* Small arenas start small; every next chunk is larger, up to ARENA_CHUNK. */
        size_t wanted = chunk ? (chunk->size < ARENA_CHUNK ? chunk->size * 2 : ARENA_CHUNK) : 1024;
        if (wanted < rounded) wanted = rounded;
        chunk = malloc(sizeof *chunk + wanted);
        if (!chunk) {
            (void)ltn_fail_memory();
            return NULL;
        }
        *chunk = (struct ltn_arena_chunk){.next = arena->chunk, .size = wanted};
        arena->chunk = chunk;
    }
    void *memory = chunk->data + chunk->used;
    chunk->used += rounded;
    return memset(memory, 0, rounded);
}

char *ltn_arena_text(ltn_arena *arena, const char *text, size_t length)
{
    char *copy = ltn_arena_alloc(arena, length + 1);
    if (copy && length) memcpy(copy, text, length);
    return copy;
}

void ltn_arena_free(ltn_arena *arena)
{
    while (arena->chunk) {
        struct ltn_arena_chunk *next = arena->chunk->next;
        free(arena->chunk);
        arena->chunk = next;
    }
}

void ltn_owners_add(ltn_owners *owners)
{
    atomic_fetch_add_explicit(owners, 1, memory_order_relaxed);
}

int ltn_owners_drop(ltn_owners *owners)
{
    return atomic_fetch_sub_explicit(owners, 1, memory_order_acq_rel) == 1;
}
