/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random numbers without a state: the number of a draw is a function of its key, its stream and its place, so any
 * thread can compute any piece. The generator is Philox4x64-10 (Salmon, Moraes, Dror, Shaw 2011, "Parallel random
 * numbers: as easy as 1, 2, 3", SC11, doi:10.1145/2063384.2063405) of the library Random123. */
#ifndef LTN_BASE_RANDOM_H
#define LTN_BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* Philox's key: runs of one seed are independent of each other. */
typedef struct ltn_random_key {
    uint64_t seed, run;
} ltn_random_key;

/* Mixes 64 bits, so that each bit of what comes out hangs on all that went in: the finaliser of splitmix64. */
static inline uint64_t ltn_mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
}

/* The number of the stream that a text names, a hash of its UTF-8 bytes without the NUL. FNV-1a of 64 bits (Fowler,
 * Noll, Vo 1991): h = 0xcbf29ce484222325; for each byte h = (h xor byte) · 0x100000001b3 mod 2^64. As FNV leaves
 * the high bits of short texts poorly mixed, the finaliser of splitmix64 follows (Steele, Lea, Flood 2014, OOPSLA,
 * doi:10.1145/2660193.2660195): h ^= h >> 30; h *= 0xbf58476d1ce4e5b9; h ^= h >> 27; h *= 0x94d049bb133111eb;
 * h ^= h >> 31. A million streams share a number with a probability of 3e-8. */
uint64_t ltn_stream(const char *name);

/* The uniform number in (0, 1) of 64 random bits: ((bits >> 11) + 1/2) · 2^-53. In double the largest one rounds to 1,
 * whose quantile is infinite: it becomes 1 − 2^-53. */
static inline double ltn_uniform(uint64_t bits)
{
    static const double largest = 1 - 0x1p-53;
    double u = ((double)(int64_t)(bits >> 11) + .5) * 0x1p-53;
    return u < largest ? u : largest;
}

/* The 64 bits of one draw: word `draw` mod 4 of Philox4x64-10 with the key (seed, run) and the counter
 * (draw / 4, stream, 0, 0). */
uint64_t ltn_random_bits(ltn_random_key key, uint64_t stream, uint64_t draw);

/* out[i] = ltn_uniform(ltn_random_bits(key, stream, first_draw + i)), i = 0 .. count − 1: the same numbers however a
 * range of draws is cut. */
void ltn_random_uniforms(ltn_random_key key, uint64_t stream, uint64_t first_draw, size_t count, double *out);

#endif
