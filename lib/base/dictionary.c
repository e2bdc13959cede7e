/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/dictionary.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

ltn_dictionary *ltn_dictionary_create(void)
{
    ltn_dictionary *words = ltn_alloc(1, sizeof *words);
    if (words) words->owners = 1;
    return words;
}

ltn_dictionary *ltn_dictionary_share(ltn_dictionary *words)
{
    ltn_owners_add(&words->owners);
    return words;
}

void ltn_dictionary_free(ltn_dictionary *words)
{
    if (!words || !ltn_owners_drop(&words->owners)) return;
    ltn_arena_free(&words->arena);
    free(words->words);
    free(words->hashes);
    free(words->slots);
    free(words);
}

/* Eight bytes a step with a multiply-and-fold mix (the construction of wyhash, Wang Yi 2019). */
static uint64_t fold(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint32_t hash_text(const char *text, size_t length)
{
    uint64_t state = 0x9E3779B97F4A7C15u ^ length;
    for (; length >= 8; text += 8, length -= 8) {
        uint64_t part;
        memcpy(&part, text, 8);
        state = fold(state ^ part, 0xA0761D6478BD642Fu);
    }
    uint64_t rest = 0;
    if (length) memcpy(&rest, text, length);
    state = fold(state ^ rest, 0xE7037ED1A0B428DBu);
    return (uint32_t)(state ^ (state >> 32));
}

static size_t find_slot(const ltn_dictionary *words, uint32_t hash, const char *text, size_t length)
{
    size_t mask = words->slot_count - 1, slot = hash & mask;
    for (; words->slots[slot] >= 0; slot = (slot + 1) & mask) {
        int32_t code = words->slots[slot];
        if (words->hashes[code] != hash) continue;
        const char *word = words->words[code];
        if (strncmp(word, text, length) == 0 && word[length] == '\0') break;
    }
    return slot;
}

static ltn_status rehash(ltn_dictionary *words)
{
    size_t wanted = words->slot_count ? words->slot_count * 2 : 16;
    int32_t *slots = malloc(wanted * sizeof *slots);
    if (!slots) return ltn_fail_memory();
    memset(slots, 0xFF, wanted * sizeof *slots);
    for (size_t code = 0; code < words->count; code++) {
        size_t slot = words->hashes[code] & (wanted - 1);
        while (slots[slot] >= 0) slot = (slot + 1) & (wanted - 1);
        slots[slot] = (int32_t)code;
    }
    free(words->slots);
    words->slots = slots;
    words->slot_count = wanted;
    return LTN_OK;
}

static ltn_status reserve(ltn_dictionary *words)
{
    if (words->count >= INT32_MAX - 1)
        return ltn_fail(LTN_ELIMIT, NULL, "a column holds more than 2^31 different words");
    if (words->count * 2 >= words->slot_count && rehash(words)) return LTN_ENOMEM;
    size_t capacity = words->capacity;
    if (ltn_reserve(&words->words, &capacity, words->count + 1, sizeof *words->words)) return LTN_ENOMEM;
    if (ltn_reserve(&words->hashes, &words->capacity, words->count + 1, sizeof *words->hashes)) return LTN_ENOMEM;
    return LTN_OK;
}

static int32_t add_hashed(ltn_dictionary *words, const char *text, size_t length, uint32_t hash)
{
    /* A known word changes nothing: a finished dictionary may be asked by several threads. */
    size_t slot = 0, slots_before = words->slot_count;
    if (words->slot_count) {
        slot = find_slot(words, hash, text, length);
        if (words->slots[slot] >= 0) return words->slots[slot];
    }
    if (reserve(words)) return -1;
    if (words->slot_count != slots_before) slot = find_slot(words, hash, text, length);
    const char *word = ltn_arena_text(&words->arena, text, length);
    if (!word) return -1;
    int32_t code = (int32_t)words->count++;
    words->words[code] = word;
    words->hashes[code] = hash;
    words->slots[slot] = code;
    return code;
}

int32_t ltn_dictionary_add(ltn_dictionary *words, const char *text, size_t length)
{
    return add_hashed(words, text, length, hash_text(text, length));
}

ltn_status ltn_dictionary_add_all(ltn_dictionary *words, const ltn_dictionary *from, int32_t *codes)
{
    enum { AHEAD = 16 }; /* the slots of a large dictionary are far away: they are asked for this many words before */
    for (size_t i = 0; i < from->count; i++) {
        if (words->slot_count && i + AHEAD < from->count)
            __builtin_prefetch(&words->slots[from->hashes[i + AHEAD] & (words->slot_count - 1)]);
        codes[i] = add_hashed(words, from->words[i], strlen(from->words[i]), from->hashes[i]);
        if (codes[i] < 0) return ltn_last_error()->code;
    }
    return LTN_OK;
}

ltn_dictionary *ltn_dictionary_copy(const ltn_dictionary *words)
{
    ltn_dictionary *copy = ltn_dictionary_create();
    for (size_t code = 0; copy && code < words->count; code++)
        if (ltn_dictionary_add(copy, words->words[code], strlen(words->words[code])) < 0) {
            ltn_dictionary_free(copy);
            return NULL;
        }
    return copy;
}

int32_t ltn_dictionary_find(const ltn_dictionary *words, const char *text, size_t length)
{
    if (!words->slot_count) return -1;
    return words->slots[find_slot(words, hash_text(text, length), text, length)];
}

const char *ltn_dictionary_nearest(const ltn_dictionary *words, const char *text)
{
    return ltn_text_nearest(text, words->words, words->count);
}
