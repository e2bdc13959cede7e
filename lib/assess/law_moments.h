/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mean and covariance of what is drawn of laws: values that the bounds were put on, over the law's mean where it is
 * relative. Closed forms where there are any and the bounds cut nothing off, else quadrature over the normal score. */
#ifndef LTN_ASSESS_LAW_MOMENTS_H
#define LTN_ASSESS_LAW_MOMENTS_H

#include "projection/inputs.h"

double ltn_law_mean(const ltn_law *law);

/* Of two laws on one stream: of the variance, where both are the same. At least 0, as both ascend with the number. */
double ltn_law_covariance(const ltn_law *a, const ltn_law *b);

#endif
