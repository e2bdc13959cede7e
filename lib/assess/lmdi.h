/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LTN_ASSESS_LMDI_H
#define LTN_ASSESS_LMDI_H

#include <lantian/attribution.h>

/* ln(a/b) of positive numbers, to the last digits where they are close and where a/b is no double. */
double ltn_log_ratio(double a, double b);

#endif
