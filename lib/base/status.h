/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LTN_BASE_STATUS_H
#define LTN_BASE_STATUS_H

#include <lantian/status.h>

#include <stdarg.h>

/* A place in a file; lines and columns from 1, 0 where there is none. */
typedef struct ltn_place {
    const char *source;
    int line;
    int column;
} ltn_place;

/* Every error is born here: fills the thread's ltn_error and returns `code`. `at` may be NULL. */
ltn_status ltn_fail(ltn_status code, const ltn_place *at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Out of memory; the usual ending of a failed allocation. */
ltn_status ltn_fail_memory(void);

/* A failed system call: quotes errno's own text. */
ltn_status ltn_fail_errno(const char *path, const char *doing);

/* Moves an error from the thread where it was born to this one. */
ltn_status ltn_fail_again(const ltn_error *error);

/* vsnprintf that never ends inside a UTF-8 sequence. */
void ltn_format_text(char *out, size_t size, const char *format, va_list args);

#endif
