/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LANTIAN_EXAMPLES_INPUTS_H
#define LANTIAN_EXAMPLES_INPUTS_H

/* Whether `out` may be written: 0 where it is one of the inputs, by whatever name, and the sentence has been shown.
 * Inputs may be NULL. */
int spares_inputs(const char *out, const char *const *inputs, int count);

#endif
