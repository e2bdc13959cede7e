/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What measures leave uncertain: their numbers as parameters of a step, and the factors of the rows they make. */
#ifndef LTN_PROJECTION_PARAMETERS_H
#define LTN_PROJECTION_PARAMETERS_H

#include "projection/derive.h"

/* Gives a compiled step its parameters. A distribution of a measure is one draw, named `measure:<id>:<what>`; with
 * `per: source` one for each, named `measure:<id>:<what>:<source>`. */
ltn_status ltn_parameters_of_step(ltn_program *program, ltn_step *step);

/* Gives the rows that a derivation has just made the inputs of its factors. */
ltn_status ltn_parameters_of_rows(ltn_program *program, const ltn_derivation *derivation, int32_t source);

#endif
