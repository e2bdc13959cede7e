/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether a row's projected emission is a constant times the random factors of the row: what it is at the means, times
 * the multipliers of its activity and factor and (1 − R')/(1 − R). */
#ifndef LTN_ASSESS_PRODUCT_FORM_H
#define LTN_ASSESS_PRODUCT_FORM_H

#include "projection/projection.h"

/* The inputs that a row moves with; -1: none. */
enum { LTN_OF_ACTIVITY, LTN_OF_FACTOR, LTN_OF_REMOVAL, LTN_OF_DISTANCE, LTN_ROW_INPUTS };
typedef struct ltn_row_inputs {
    int32_t input[LTN_ROW_INPUTS];
} ltn_row_inputs;

typedef struct ltn_product_form {
    const ltn_program *program;
    int32_t *source;      /* of each row */
    ltn_row_inputs *rows; /* of each row */
    /* Of each source's activity and of each row: what breaks the form, or -1. */
    int32_t *source_broken, *row_broken;
} ltn_product_form;

ltn_status ltn_product_form_create(const ltn_program *program, ltn_product_form *out);
void ltn_product_form_free(ltn_product_form *form);

/* Finds what is broken in a year. */
void ltn_product_form_judge(ltn_product_form *form, int year);

/* Fails with LTN_EUNSUPPORTED where a row is broken, at the measure's place. */
ltn_status ltn_product_form_check(const ltn_product_form *form, size_t row, int year);

#endif
