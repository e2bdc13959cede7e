/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A projection's random inputs divided into groups that are independent of each other. */
#ifndef LTN_ASSESS_INPUT_GROUPS_H
#define LTN_ASSESS_INPUT_GROUPS_H

#include "projection/projection.h"

#include <lantian/sensitivity.h>

typedef struct ltn_input_groups {
    int32_t *of_input; /* the group of each input */
    char **names;      /* of each group */
    size_t count;
} ltn_input_groups;

ltn_status ltn_input_groups_create(const ltn_projection *run, const ltn_sensitivity_options *options,
                                   ltn_input_groups *out);
void ltn_input_groups_free(ltn_input_groups *groups);

#endif
