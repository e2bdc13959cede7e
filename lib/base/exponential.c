/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The C library's exp is as exact and takes one number at a time; its vector form (libmvec) is open to gcc only under
 * -ffast-math and gives other bits at an array's end. */
#include "base/exponential.h"

#include "base/vector.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/* Below, 2^n and the result are normal numbers. */
static const double farthest = 700;

/* exp(x) = 2^n exp(r), n the integer nearest to x/ln 2, |r| <= ln(2)/2. ln 2 is taken off in two parts, the first of
 * 33 bits, so that its product with n is exact (Cody and Waite 1980, "Software manual for the elementary functions",
 * ch. 6). exp(r) is its Taylor series up to r¹³/13!; the next term is below 5e-18. */
static inline double exponential(double x)
{
    static const double shift = 0x1.8p52; /* its last bit is worth 1: adding it rounds to an integer */
    double shifted = x * 0x1.71547652b82fep0 + shift, n = shifted - shift;
    double r = (x - n * 0x1.62e42feep-1) - n * 0x1.a39ef35793c76p-33;
    double r2 = r * r, r4 = r2 * r2, r8 = r4 * r4;
    double low = (1. / 2 + r * (1. / 6)) + r2 * (1. / 24 + r * (1. / 120));
    double middle = (1. / 720 + r * (1. / 5040)) + r2 * (1. / 40320 + r * (1. / 362880));
    double high = (1. / 3628800 + r * (1. / 39916800)) + r2 * (1. / 479001600 + r * (1. / 6227020800));
    double series = 1 + (r + r2 * (low + r4 * middle + r8 * high));
    uint64_t bits;
    memcpy(&bits, &shifted, sizeof bits); /* n is in the low bits */
    bits = (bits + 1023) << 52;
    double power;
    memcpy(&power, &bits, sizeof power);
    return series * power;
}

/* Static: gcc exports the names of what it compiles twice, hidden or not. */
LTN_VECTOR static void exponentials(const double *x, size_t count, double *out)
{
    enum { BLOCK = 256 };
    double copy[BLOCK];
    for (size_t start = 0; start < count; start += BLOCK) {
        size_t part = count - start < BLOCK ? count - start : BLOCK;
        uint64_t far = 0;
        memcpy(copy, x + start, part * sizeof *copy);
        for (size_t i = 0; i < part; i++) out[start + i] = exponential(copy[i]);
        for (size_t i = 0; i < part; i++) far += !(fabs(copy[i]) <= farthest);
        for (size_t i = 0; far && i < part; i++)
            if (!(fabs(copy[i]) <= farthest)) out[start + i] = exp(copy[i]);
    }
}

void ltn_exponentials(const double *x, size_t count, double *out)
{
    exponentials(x, count, out);
}
