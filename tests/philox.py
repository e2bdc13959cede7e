# SPDX-License-Identifier: GPL-3.0-or-later
"""The random numbers of an ensemble a second time, for the tests: plain Python, written from the manual
(docs/uncertainty.md, "From a name to a number") and from Salmon et al. 2011, and not from the library or Random123."""

import math

MASK = 2**64 - 1
MULTIPLIERS = 0xD2E7470EE14C6C93, 0xCA5A826395121157
WEYL = 0x9E3779B97F4A7C15, 0xBB67AE8584CAA73B  # the golden ratio and √3 − 1
ROUNDS = 10
SEPARATOR = "\x1f"


def philox(counter, key):
    """The four words of Philox4x64-10 for a counter of four words and a key of two."""
    x0, x1, x2, x3 = counter
    k0, k1 = key
    for _ in range(ROUNDS):
        low, high = MULTIPLIERS[0] * x0, MULTIPLIERS[1] * x2
        x0, x1, x2, x3 = high >> 64 ^ x1 ^ k0, high & MASK, low >> 64 ^ x3 ^ k1, low & MASK
        k0, k1 = k0 + WEYL[0] & MASK, k1 + WEYL[1] & MASK
    return x0, x1, x2, x3


def stream(*parts):
    """The number of the stream with this name: FNV-1a of 64 bits, and the finaliser of SplitMix64."""
    h = 0xCBF29CE484222325
    for byte in SEPARATOR.join(parts).encode():
        h = (h ^ byte) * 0x100000001B3 & MASK
    h = (h ^ h >> 30) * 0xBF58476D1CE4E5B9 & MASK
    h = (h ^ h >> 27) * 0x94D049BB133111EB & MASK
    return h ^ h >> 31


def bits(seed, stream_number, draw):
    return philox((draw // 4, stream_number, 0, 0), (seed, 0))[draw % 4]


def uniform(word):
    return min(((word >> 11) + 0.5) * 2.0**-53, 1 - 2.0**-53)


def probability(z):
    """Of a standard normal below z."""
    return math.erfc(-z / math.sqrt(2)) / 2


def normal_quantile(u):
    """z with probability(z) = u, by bisection: slow, and free of anybody's coefficients."""
    low, high = -9.0, 9.0
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if probability(middle) < u else (low, middle)
    return (low + high) / 2
