/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LTN_BASE_EXPONENTIAL_H
#define LTN_BASE_EXPONENTIAL_H

#include <stddef.h>

/* out = exp(x), within one unit in the last place; `out` may be `x`. Plain arithmetic that compilers turn into vectors:
 * the same bits however the array is cut. */
void ltn_exponentials(const double *x, size_t count, double *out);

#endif
