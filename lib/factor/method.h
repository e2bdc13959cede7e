/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LTN_FACTOR_METHOD_H
#define LTN_FACTOR_METHOD_H

#include "base/status.h"

/* What a parameter may be. */
typedef enum ltn_domain {
    LTN_DOMAIN_AMOUNT,  /* finite, at least 0 */
    LTN_DOMAIN_SHARE,   /* [0, 1] */
    LTN_DOMAIN_SULPHUR, /* mass share; no fuel holds more than a tenth */
    LTN_DOMAIN_OXYGEN,  /* % of flue gas */
    LTN_DOMAIN_AIR,     /* % of oxygen in air */
    LTN_DOMAIN_HOURS,   /* of a year */
    LTN_DOMAIN_DAYS     /* of a year */
} ltn_domain;

enum { LTN_PARAMETERS_MAX = 6 };

/* An equation and the domains of what goes in. */
typedef struct ltn_method {
    double (*reckon)(const double *x); /* x in the order of `parameters` */
    struct {
        const char *name; /* NULL after the last */
        ltn_domain domain;
    } parameters[LTN_PARAMETERS_MAX];
} ltn_method;

/* The result of one source; NaN on failure. */
ltn_status ltn_method_one(const ltn_method *method, const double *x, double *out);

/* The results of `count` sources, parameter p of source i in columns[p][i]; all NaN on failure. */
ltn_status ltn_method_array(const ltn_method *method, size_t count, const double *const *columns, double *out);

/* Their sum, compensated; NaN on failure. */
ltn_status ltn_method_sum(const ltn_method *method, size_t count, const double *const *columns, double *out);

/* Fails, with a sentence, where a value is outside a domain. `index` is an array's element, or -1. */
ltn_status ltn_domain_check(ltn_domain domain, const char *name, double value, long index);

#endif
