/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LTN_BASE_DICTIONARY_H
#define LTN_BASE_DICTIONARY_H

#include "base/memory.h"

/* Words and their codes 0, 1, 2, ... in the order they were first met. Words are NUL-terminated and
 * stay where they are until the dictionary goes. Shared by counting owners. */
typedef struct ltn_dictionary {
    ltn_owners owners;
    ltn_arena arena;
    const char **words;
    uint32_t *hashes; /* of each word */
    int32_t *slots;   /* open addressing; -1 empty; a power of two of them */
    size_t count, capacity, slot_count;
} ltn_dictionary;

ltn_dictionary *ltn_dictionary_create(void); /* NULL with the error set */
ltn_dictionary *ltn_dictionary_share(ltn_dictionary *words);
ltn_dictionary *ltn_dictionary_copy(const ltn_dictionary *words); /* the same codes; NULL with the error set */
void ltn_dictionary_free(ltn_dictionary *words);                  /* drops one owner; NULL allowed */

/* Code of a word, added if new; -1 with the error set where memory runs out. */
int32_t ltn_dictionary_add(ltn_dictionary *words, const char *text, size_t length);

/* Adds all words of another dictionary; `codes` has their codes here. */
ltn_status ltn_dictionary_add_all(ltn_dictionary *words, const ltn_dictionary *from, int32_t *codes);

/* Code of a word, or -1. */
int32_t ltn_dictionary_find(const ltn_dictionary *words, const char *text, size_t length);

/* The word nearest to `text` by edit distance, if near enough to be a slip of the pen; else NULL. */
const char *ltn_dictionary_nearest(const ltn_dictionary *words, const char *text);

#endif
