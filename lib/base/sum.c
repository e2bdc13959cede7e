/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/sum.h"

enum { BLOCK = 4096 };

double ltn_sum_array(const double *values, size_t count)
{
    ltn_sum all = {0};
    for (size_t start = 0; start < count; start += BLOCK) {
        ltn_sum block = {0};
        size_t end = count - start < BLOCK ? count : start + BLOCK;
        for (size_t i = start; i < end; i++) ltn_sum_add(&block, values[i]);
        ltn_sum_add(&all, block.total);
        ltn_sum_add(&all, block.lost);
    }
    return ltn_sum_value(&all);
}
