/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LTN_BASE_TEXT_H
#define LTN_BASE_TEXT_H

#include <locale.h>
#include <stdbool.h>
#include <stddef.h>

/* Offset of the first byte that is not valid UTF-8 (RFC 3629); `length` where all is. */
size_t ltn_text_invalid_utf8(const char *text, size_t length);

/* Number of characters in valid UTF-8. */
size_t ltn_text_characters(const char *text, size_t length);

/* Shell-style match: `*` any run, `?` one byte. At worst pattern times text steps: no pattern explodes. */
bool ltn_text_glob(const char *pattern, const char *text);
bool ltn_text_is_glob(const char *text);

/* The candidate nearest to `text` by edit distance, at most a third of its length (and 3) away. */
const char *ltn_text_nearest(const char *text, const char *const *candidates, size_t count);

/* Parses a decimal number at the start of a text (`-12.5e3`, no hex, no inf or nan, no locale) to the
 * bits strtod gives. Returns the number of bytes read; 0 where there is no number. */
size_t ltn_text_number(const char *text, size_t length, double *out);

/* Numbers are written with a point whatever the caller's locale. */
typedef struct ltn_c_locale {
    locale_t ours, theirs;
} ltn_c_locale;
ltn_c_locale ltn_c_locale_enter(void);
void ltn_c_locale_leave(ltn_c_locale locale);

/* snprintf(), with a point. */
int ltn_print(char *out, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Letters are those of ASCII: in a Turkish locale 'i' and 'I' are no pair, and where a character is one byte, the bytes
 * of Chinese are letters. */
bool ltn_is_letter(char c);
char ltn_lower(char c);
char ltn_upper(char c);

/* Whether strncasecmp() of these would be 0. */
bool ltn_same_word(const char *a, const char *b, size_t length);

/* A whole text that is a number or a percentage: `0.9`, `90 %`. False where it is neither; the range is the caller's. */
bool ltn_text_share(const char *text, double *out);

/* A whole text that is a year: four digits. 0 where it is not. */
int ltn_text_year(const char *text);

/* A whole text that is a day: `2019-07-01`, or a year, meaning its first. False where it is neither. */
bool ltn_text_date(const char *text, int *year, int *month, int *day);
int ltn_days_in_month(int year, int month);

#endif
