/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/status.h"

#include "base/text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#ifdef __FAST_MATH__
#error "-ffast-math turns compensated sums into 0 and NaN tests into false; Lantian refuses it"
#endif

#define TEXT(x) TEXT_OF(x)
#define TEXT_OF(x) #x

static _Thread_local ltn_error last_error;

#define LTN_STATUS_TEXTS(X)                                                                                            \
    X(LTN_OK, "done")                                                                                                  \
    X(LTN_ENOMEM, "memory ran out")                                                                                    \
    X(LTN_EARGUMENT, "an argument is outside its domain")                                                              \
    X(LTN_EIO, "a file could not be read or written")                                                                  \
    X(LTN_EINPUT, "the input has errors")                                                                              \
    X(LTN_EUNIT, "a unit is unknown or of the wrong dimension")                                                        \
    X(LTN_ENOTFOUND, "nothing has this name")                                                                          \
    X(LTN_EBASELINE, "the inventories rest on different statistical bases")                                            \
    X(LTN_EUNSUPPORTED, "read and checked, but this version does not run it")                                          \
    X(LTN_EREFUSED, "refused by strict or no_defaults")                                                                \
    X(LTN_ECANCELLED, "cancelled by the caller")                                                                       \
    X(LTN_ELIMIT, "the input is larger than a documented limit")                                                       \
    X(LTN_ESOLVER, "a solver found no answer")

const char *ltn_status_text(ltn_status status)
{
    switch (status) {
#define CASE(name, text)                                                                                               \
    case name:                                                                                                         \
        return text;
        LTN_STATUS_TEXTS(CASE)
#undef CASE
    }
    return "unknown status";
}

const ltn_error *ltn_last_error(void)
{
    return &last_error;
}

const char *ltn_version(void)
{
    return TEXT(LTN_VERSION_MAJOR) "." TEXT(LTN_VERSION_MINOR) "." TEXT(LTN_VERSION_PATCH);
}

/* Drops the bytes of an incomplete UTF-8 sequence at the end of a text that was cut. */
static void trim_partial_character(char *text, size_t length)
{
    size_t start = length;
    while (start > 0 && ((unsigned char)text[start - 1] & 0xC0) == 0x80) start--;
    if (start == 0) return;
    unsigned char lead = (unsigned char)text[start - 1];
    size_t need = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
    if (length - (start - 1) < need) text[start - 1] = '\0';
}

void ltn_format_text(char *out, size_t size, const char *format, va_list args)
{
    ltn_c_locale locale = ltn_c_locale_enter();
    int wanted = vsnprintf(out, size, format, args);
    ltn_c_locale_leave(locale);
    if (wanted < 0) out[0] = '\0';
    if (wanted >= (int)size) trim_partial_character(out, size - 1);
}

static void set_source(ltn_error *error, const char *source)
{
    size_t length = source ? strlen(source) : 0;
    if (length >= sizeof error->source) length = sizeof error->source - 1;
    if (length) memcpy(error->source, source, length);
    error->source[length] = '\0';
    trim_partial_character(error->source, length);
}

ltn_status ltn_fail(ltn_status code, const ltn_place *at, const char *format, ...)
{
    ltn_error error = {.code = code, .line = at ? at->line : 0, .column = at ? at->column : 0};
    set_source(&error, at ? at->source : NULL);
    va_list args;
    va_start(args, format);
    ltn_format_text(error.message, sizeof error.message, format, args);
    va_end(args);
    last_error = error;
    return code;
}

ltn_status ltn_fail_memory(void)
{
    return ltn_fail(LTN_ENOMEM, NULL, "memory ran out");
}

ltn_status ltn_fail_errno(const char *path, const char *doing)
{
    ltn_place at = {.source = path};
    char text[128];
    int code = errno;
    /* The GNU strerror_r returns its text; it may leave the buffer alone. */
    const char *message = strerror_r(code, text, sizeof text);
    return ltn_fail(code == ENOMEM ? LTN_ENOMEM : LTN_EIO, &at, "cannot %s: %s", doing, message);
}

ltn_status ltn_fail_again(const ltn_error *error)
{
    last_error = *error;
    return error->code;
}
