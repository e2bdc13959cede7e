/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LANTIAN_EXAMPLES_PLAN_ORIGIN_H
#define LANTIAN_EXAMPLES_PLAN_ORIGIN_H

#include "plan_options.h"

enum { INPUTS_MAX = 32 };

/* Where results come from: the command as it was typed, and the files that were read. */
typedef struct plan_origin {
    char *command; /* NULL where memory ran out: it is not told then */
    const char *inputs[INPUTS_MAX];
    size_t input_count;
} plan_origin;

/* `scenario` is the one that was run. Strings of the options and of the scenario are borrowed. */
void plan_origin_tell(plan_origin *origin, int argc, char **argv, const plan_options *o, const ltn_scenario *scenario);
void plan_origin_free(plan_origin *origin);

#endif
