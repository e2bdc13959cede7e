/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "inputs.h"

#include <stdio.h>
#include <sys/stat.h>

int spares_inputs(const char *out, const char *const *inputs, int count)
{
    struct stat target, input;
    if (!out || stat(out, &target)) return 1; /* it is not there yet */
    for (int i = 0; i < count; i++) {
        if (!inputs[i] || stat(inputs[i], &input)) continue;
        if (target.st_dev != input.st_dev || target.st_ino != input.st_ino) continue;
        fprintf(stderr, "%s: error: the file is an input and would be written over; expected another name\n", out);
        return 0;
    }
    return 1;
}
