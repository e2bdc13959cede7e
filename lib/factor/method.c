/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What all methods share: domains are checked before anything is reckoned, in one place. */
#include "factor/method.h"

#include "base/sum.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>

static const struct {
    double low, high;
    const char *expected;
} domains[] = {
    [LTN_DOMAIN_AMOUNT] = {0, INFINITY, "a finite number of at least 0"},
    [LTN_DOMAIN_SHARE] = {0, 1, "a share in [0, 1], such as 0.8 for 80 %"},
    [LTN_DOMAIN_SULPHUR] = {0, 0.1, "a mass share in [0, 0.1], such as 0.008 for 0.8 %"},
    [LTN_DOMAIN_OXYGEN] = {0, 20, "a content in [0, 20] %, such as 9"},
    [LTN_DOMAIN_AIR] = {20.5, 21, "a content in [20.5, 21] %, such as 20.9"},
    [LTN_DOMAIN_HOURS] = {0, 8784, "the hours of a year at most, [0, 8784]"},
    [LTN_DOMAIN_DAYS] = {0, 366, "the days of a year at most, [0, 366]"},
};

/* An element of an array as messages name it; nothing for a single value. */
static const char *show_index(long index, char out[32])
{
    out[0] = '\0';
    if (index >= 0) snprintf(out, 32, "[%ld]", index);
    return out;
}

ltn_status ltn_domain_check(ltn_domain domain, const char *name, double value, long index)
{
    char element[32];
    if (value >= domains[domain].low && value <= domains[domain].high && isfinite(value)) return LTN_OK;
    show_index(index, element);
    if (isnan(value))
        return ltn_fail(LTN_EARGUMENT, NULL, "%s%s is not a number; expected %s", name, element,
                        domains[domain].expected);
    return ltn_fail(LTN_EARGUMENT, NULL, "%s%s is %.10g; expected %s", name, element, value, domains[domain].expected);
}

static ltn_status check(const ltn_method *method, size_t count, const double *const *columns, bool array)
{
    for (size_t p = 0; p < LTN_PARAMETERS_MAX && method->parameters[p].name; p++)
        for (size_t i = 0; i < count; i++)
            if (ltn_domain_check(method->parameters[p].domain, method->parameters[p].name, columns[p][i],
                                 array ? (long)i : -1))
                return LTN_EARGUMENT;
    return LTN_OK;
}

static double reckon(const ltn_method *method, const double *const *columns, size_t i)
{
    double x[LTN_PARAMETERS_MAX];
    for (size_t p = 0; p < LTN_PARAMETERS_MAX && method->parameters[p].name; p++) x[p] = columns[p][i];
    return method->reckon(x);
}

static ltn_status fail_overflow(long index)
{
    char element[32];
    return ltn_fail(LTN_EARGUMENT, NULL, "the result%s is larger than a number can be; expected smaller arguments",
                    show_index(index, element));
}

static ltn_status run(const ltn_method *method, size_t count, const double *const *columns, double *out, bool array)
{
    ltn_status status = check(method, count, columns, array);
    for (size_t i = 0; !status && i < count; i++) {
        out[i] = reckon(method, columns, i);
        if (!isfinite(out[i])) status = fail_overflow(array ? (long)i : -1);
    }
    for (size_t i = 0; status && i < count; i++) out[i] = NAN;
    return status;
}

ltn_status ltn_method_one(const ltn_method *method, const double *x, double *out)
{
    const double *columns[LTN_PARAMETERS_MAX];
    for (size_t p = 0; p < LTN_PARAMETERS_MAX && method->parameters[p].name; p++) columns[p] = &x[p];
    return run(method, 1, columns, out, false);
}

ltn_status ltn_method_array(const ltn_method *method, size_t count, const double *const *columns, double *out)
{
    return run(method, count, columns, out, true);
}

ltn_status ltn_method_sum(const ltn_method *method, size_t count, const double *const *columns, double *out)
{
    *out = NAN;
    if (check(method, count, columns, true)) return LTN_EARGUMENT;
    ltn_sum sum = {0};
    for (size_t i = 0; i < count; i++) ltn_sum_add(&sum, reckon(method, columns, i));
    if (!isfinite(ltn_sum_value(&sum))) return fail_overflow(-1);
    *out = ltn_sum_value(&sum);
    return LTN_OK;
}
