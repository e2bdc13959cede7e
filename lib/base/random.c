/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/random.h"

#include <Random123/philox.h>

uint64_t ltn_stream(const char *name)
{
    uint64_t h = 0xcbf29ce484222325;
    for (; *name; name++) h = (h ^ (unsigned char)*name) * 0x100000001b3;
    return ltn_mix(h);
}

static inline philox4x64_ctr_t block_of(ltn_random_key key, uint64_t stream, uint64_t block)
{
    philox4x64_ctr_t counter = {{block, stream, 0, 0}};
    philox4x64_key_t philox_key = {{key.seed, key.run}};
    return philox4x64(counter, philox_key);
}

uint64_t ltn_random_bits(ltn_random_key key, uint64_t stream, uint64_t draw)
{
    return block_of(key, stream, draw / 4).v[draw % 4];
}

/* Whole blocks, two at a time: the rounds of one wait for each other, those of two overlap. */
static void whole_blocks(ltn_random_key key, uint64_t stream, uint64_t block, size_t count, double *out)
{
    size_t i = 0;
    for (; i + 2 <= count; i += 2, out += 8) {
        philox4x64_ctr_t a = block_of(key, stream, block + i), b = block_of(key, stream, block + i + 1);
        for (int k = 0; k < 4; k++) {
            out[k] = ltn_uniform(a.v[k]);
            out[4 + k] = ltn_uniform(b.v[k]);
        }
    }
    if (i == count) return;
    philox4x64_ctr_t last = block_of(key, stream, block + i);
    for (int k = 0; k < 4; k++) out[k] = ltn_uniform(last.v[k]);
}

/* Words `from` .. `to` − 1 of one block. */
static void part_of_block(ltn_random_key key, uint64_t stream, uint64_t block, size_t from, size_t to, double *out)
{
    philox4x64_ctr_t words = block_of(key, stream, block);
    for (size_t k = from; k < to; k++) *out++ = ltn_uniform(words.v[k]);
}

void ltn_random_uniforms(ltn_random_key key, uint64_t stream, uint64_t first_draw, size_t count, double *out)
{
    uint64_t block = first_draw / 4;
    size_t from = first_draw % 4;
    if (from && count) {
        size_t to = count < 4 - from ? from + count : 4;
        part_of_block(key, stream, block++, from, to, out);
        out += to - from;
        count -= to - from;
    }
    whole_blocks(key, stream, block, count / 4, out);
    if (count % 4) part_of_block(key, stream, block + count / 4, 0, count % 4, out + count / 4 * 4);
}
