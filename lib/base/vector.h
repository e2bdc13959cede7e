/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LTN_BASE_VECTOR_H
#define LTN_BASE_VECTOR_H

#include <stdint.h> /* any header of the C library tells whether it is glibc */

/* Before a function with loops over arrays: compiled once more for processors with AVX2, the choice being made when the
 * library is loaded. Twice as many numbers a step, the same bits: without -ffast-math, and with -ffp-contract=off, no
 * operation is replaced by another. Left out where the loader cannot choose (not glibc on x86-64) and under the
 * sanitizers, whose checks are not ready when it does. */
#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__) &&                           \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define LTN_VECTOR __attribute__((target_clones("avx2", "default")))
#else
#define LTN_VECTOR
#endif

#endif
