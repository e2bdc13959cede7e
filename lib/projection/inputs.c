/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "projection/inputs.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

void ltn_inputs_free(ltn_inputs *inputs)
{
    for (size_t i = 0; i < inputs->copula_count; i++) free(inputs->copulas[i].streams);
    for (size_t i = 0; i < inputs->factor_count; i++) free(inputs->factors[i]);
    void *owned[] = {inputs->laws,    inputs->items,   inputs->activity, inputs->factor,   inputs->removal,
                     inputs->copulas, inputs->factors, inputs->slots,    inputs->law_slots};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) free(owned[i]);
    *inputs = (ltn_inputs){0};
}

/* ---- hash tables of indices: open addressing, a power of two of slots, -1 empty ---- */

static uint64_t join(uint64_t hash, double value)
{
    uint64_t bits;
    value += 0; /* -0 is 0 */
    memcpy(&bits, &value, sizeof bits);
    return ltn_mix(hash ^ bits);
}

static uint64_t hash_law(const ltn_law *law)
{
    uint64_t hash = ltn_mix((uint64_t)law->value.kind * 2 + law->relative);
    for (int i = 0; i < 4; i++) hash = join(hash, law->value.parameter[i]);
    hash = ltn_mix(hash ^ (uintptr_t)law->value.values);
    return join(join(join(hash, law->mean), law->low), law->high);
}

static uint64_t hash_input(uint64_t stream, int32_t law)
{
    return ltn_mix(stream ^ ltn_mix((uint64_t)law + 1));
}

static bool same_law(const ltn_law *a, const ltn_law *b)
{
    for (int i = 0; i < 4; i++)
        if (a->value.parameter[i] != b->value.parameter[i]) return false;
    if (a->value.values != b->value.values || a->value.count != b->value.count) return false;
    return a->value.kind == b->value.kind && a->relative == b->relative && a->mean == b->mean && a->low == b->low &&
           a->high == b->high;
}

static void put(int32_t *slots, size_t slot_count, uint64_t hash, int32_t index)
{
    size_t at = hash & (slot_count - 1);
    while (slots[at] >= 0) at = (at + 1) & (slot_count - 1);
    slots[at] = index;
}

/* An empty table of twice the size; the caller puts what the old one held. NULL with the error set. */
static int32_t *larger(size_t *slot_count)
{
    size_t count = *slot_count ? *slot_count * 2 : 64;
    int32_t *slots = ltn_alloc(count, sizeof *slots);
    if (!slots) return NULL;
    memset(slots, 0xFF, count * sizeof *slots); /* -1 */
    *slot_count = count;
    return slots;
}

/* Room for one more law, the table at most half full. */
static ltn_status reserve_law(ltn_inputs *inputs)
{
    if (ltn_reserve(&inputs->laws, &inputs->law_capacity, inputs->law_count + 1, sizeof *inputs->laws))
        return LTN_ENOMEM;
    if (2 * (inputs->law_count + 1) <= inputs->law_slot_count) return LTN_OK;
    int32_t *slots = larger(&inputs->law_slot_count);
    if (!slots) return LTN_ENOMEM;
    for (size_t i = 0; i < inputs->law_count; i++)
        put(slots, inputs->law_slot_count, hash_law(&inputs->laws[i]), (int32_t)i);
    free(inputs->law_slots);
    inputs->law_slots = slots;
    return LTN_OK;
}

static ltn_status reserve_input(ltn_inputs *inputs)
{
    if (inputs->count >= INT32_MAX) return ltn_fail(LTN_ELIMIT, NULL, "a run holds at most 2^31 - 1 random inputs");
    if (ltn_reserve(&inputs->items, &inputs->capacity, inputs->count + 1, sizeof *inputs->items)) return LTN_ENOMEM;
    if (2 * (inputs->count + 1) <= inputs->slot_count) return LTN_OK;
    int32_t *slots = larger(&inputs->slot_count);
    if (!slots) return LTN_ENOMEM;
    for (size_t i = 0; i < inputs->count; i++)
        put(slots, inputs->slot_count, hash_input(inputs->items[i].stream, inputs->items[i].law), (int32_t)i);
    free(inputs->slots);
    inputs->slots = slots;
    return LTN_OK;
}

/* ---- finding or making ---- */

static int32_t add_law(ltn_inputs *inputs, const ltn_law *law)
{
    if (reserve_law(inputs)) return -1;
    size_t at = hash_law(law) & (inputs->law_slot_count - 1);
    for (; inputs->law_slots[at] >= 0; at = (at + 1) & (inputs->law_slot_count - 1))
        if (same_law(&inputs->laws[inputs->law_slots[at]], law)) return inputs->law_slots[at];
    inputs->laws[inputs->law_count] = *law;
    return inputs->law_slots[at] = (int32_t)inputs->law_count++;
}

int32_t ltn_inputs_add_stream(ltn_inputs *inputs, ltn_input_kind kind, uint64_t stream, const ltn_law *law, int32_t of)
{
    int32_t which = add_law(inputs, law);
    if (which < 0 || reserve_input(inputs)) return -1;
    size_t at = hash_input(stream, which) & (inputs->slot_count - 1);
    for (; inputs->slots[at] >= 0; at = (at + 1) & (inputs->slot_count - 1)) {
        ltn_input *known = &inputs->items[inputs->slots[at]];
        if (known->stream != stream || known->law != which) continue;
        known->uses++;
        return inputs->slots[at];
    }
    inputs->items[inputs->count] =
        (ltn_input){.stream = stream, .law = which, .of = of, .uses = 1, .copula = -1, .kind = (uint8_t)kind};
    return inputs->slots[at] = (int32_t)inputs->count++;
}

static ltn_status keep_name(const ltn_stream_names *asked, uint64_t stream, const char *name)
{
    for (size_t i = 0; i < asked->count; i++) {
        if (asked->streams[i] != stream || asked->names[i]) continue;
        size_t size = strlen(name) + 1;
        if (!(asked->names[i] = ltn_alloc(size, 1))) return LTN_ENOMEM;
        memcpy(asked->names[i], name, size);
    }
    return LTN_OK;
}

int32_t ltn_inputs_add(ltn_inputs *inputs, ltn_input_kind kind, const char *stream_name, const ltn_law *law, int32_t of)
{
    if (inputs->asked && keep_name(inputs->asked, ltn_stream(stream_name), stream_name)) return -1;
    return ltn_inputs_add_stream(inputs, kind, ltn_stream(stream_name), law, of);
}
