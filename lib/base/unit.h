/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LTN_BASE_UNIT_H
#define LTN_BASE_UNIT_H

#include "base/status.h"

#include <lantian/units.h>

/* How many `to` one `from` is, for units that are multiples of each other. Sets no error: 0 where the
 * conversion exists, LTN_EUNIT where it does not, LTN_EIO or LTN_ENOMEM (with the error set). */
ltn_status ltn_unit_scale(const char *from, const char *to, double *scale);

/* The same for a product of units, such as {"t", "g/kg"} to "t": for factors times activities. */
enum { LTN_UNIT_FACTORS_MAX = 3 };
ltn_status ltn_unit_product_scale(const char *const *factors, size_t count, const char *to, double *scale);

/* True where UDUNITS (with our additions) can read the unit. */
int ltn_unit_known(const char *unit);

/* Rated capacity comes in two kinds that never compare: steam or heat, and electricity. */
typedef enum ltn_capacity_kind { LTN_CAPACITY_NONE, LTN_CAPACITY_STEAM, LTN_CAPACITY_ELECTRIC } ltn_capacity_kind;

/* The kind of a capacity unit and the number of t/h of steam (or of MW of electricity) in one of it. */
ltn_capacity_kind ltn_capacity_unit(const char *unit, double *scale);

#endif
