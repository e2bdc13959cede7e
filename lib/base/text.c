/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/text.h"

#include <math.h>
#include <stdint.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Length of the UTF-8 sequence at `p`, 0 where it is not one (RFC 3629, table 3-7 of Unicode). */
static size_t sequence_length(const unsigned char *p, size_t room)
{
    static const struct {
        unsigned char lead_low, lead_high, second_low, second_high, length;
    } forms[] = {
        {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3}, {0xE1, 0xEC, 0x80, 0xBF, 3},
        {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3}, {0xF0, 0xF0, 0x90, 0xBF, 4},
        {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4},
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        if (p[0] < forms[i].lead_low || p[0] > forms[i].lead_high) continue;
        size_t length = forms[i].length;
        if (room < length || p[1] < forms[i].second_low || p[1] > forms[i].second_high) return 0;
        for (size_t k = 2; k < length; k++)
            if ((p[k] & 0xC0) != 0x80) return 0;
        return length;
    }
    return 0;
}

size_t ltn_text_invalid_utf8(const char *text, size_t length)
{
    const unsigned char *p = (const unsigned char *)text;
    size_t i = 0;
    while (i < length) {
        uint64_t eight;
        if (length - i >= 8 && (memcpy(&eight, p + i, 8), !(eight & 0x8080808080808080u))) {
            i += 8;
        } else if (p[i] < 0x80) {
            i++;
        } else {
            size_t step = sequence_length(p + i, length - i);
            if (!step) return i;
            i += step;
        }
    }
    return length;
}

size_t ltn_text_characters(const char *text, size_t length)
{
    size_t count = 0;
    for (size_t i = 0; i < length; i++) count += ((unsigned char)text[i] & 0xC0) != 0x80;
    return count;
}

bool ltn_text_is_glob(const char *text)
{
    return strpbrk(text, "*?") != NULL;
}

bool ltn_text_glob(const char *pattern, const char *text)
{
    const char *star = NULL, *retry = NULL;
    while (*text) {
        if (*pattern == '*') {
            star = pattern++;
            retry = text;
        } else if (*pattern == '?' || *pattern == *text) {
            pattern++;
            text++;
        } else if (star) {
            pattern = star + 1;
            text = ++retry;
        } else {
            return false;
        }
    }
    while (*pattern == '*') pattern++;
    return *pattern == '\0';
}

enum { NEAREST_MAX = 63 }; /* longer words are not worth guessing */

/* Optimal string alignment distance: insert, delete, replace, swap neighbours. */
static size_t edit_distance(const char *a, size_t m, const char *b, size_t n)
{
    size_t rows[3][NEAREST_MAX + 1];
    size_t *before = rows[0], *above = rows[1], *row = rows[2];
    for (size_t j = 0; j <= n; j++) above[j] = j;
    for (size_t i = 1; i <= m; i++) {
        row[0] = i;
        for (size_t j = 1; j <= n; j++) {
            size_t best = above[j - 1] + (a[i - 1] != b[j - 1]);
            if (above[j] + 1 < best) best = above[j] + 1;
            if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
            bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped && before[j - 2] + 1 < best) best = before[j - 2] + 1;
            row[j] = best;
        }
        size_t *spare = before;
        before = above;
        above = row;
        row = spare;
    }
    return above[n];
}

const char *ltn_text_nearest(const char *text, const char *const *candidates, size_t count)
{
    size_t length = strlen(text), limit = length / 3 + 1 < 3 ? length / 3 + 1 : 3;
    if (length > NEAREST_MAX) return NULL;
    const char *nearest = NULL;
    for (size_t i = 0; i < count; i++) {
        size_t other = strlen(candidates[i]);
        if (other > NEAREST_MAX || other + limit < length || length + limit < other) continue;
        size_t distance = edit_distance(text, length, candidates[i], other);
        if (distance > limit) continue;
        nearest = candidates[i];
        if (distance == 0) break;
        limit = distance - 1;
    }
    return nearest;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

enum { NUMBER_DIGITS_MAX = 1100 }; /* a double has at most 767 significant digits; more is no number */

/* The slow way: strtod in the C locale on a copy that ends where the number does. */
static double slow_number(const char *text, size_t length)
{
    char copy[NUMBER_DIGITS_MAX + 1];
    memcpy(copy, text, length);
    copy[length] = '\0';
    locale_t c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0); /* glibc's is static: no allocation */
    double value = strtod_l(copy, NULL, c_locale);
    freelocale(c_locale);
    return value;
}

/* Takes digits up to another character into `mantissa`, which holds 19 whatever they are. Where they end. */
static inline size_t add_digits(const char *text, size_t i, size_t length, uint64_t *mantissa)
{
    for (unsigned digit; i < length && (digit = (unsigned char)text[i] - (unsigned)'0') < 10; i++)
        *mantissa = *mantissa * 10 + digit;
    return i;
}

size_t ltn_text_number(const char *text, size_t length, double *out)
{
    /* Powers of ten that a double holds exactly: the product or quotient of two exact doubles is then
     * correctly rounded (Clinger 1990, "How to read floating point numbers accurately"). */
    static const double exact_power[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                         1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    size_t i = 0;
    bool negative = i < length && text[i] == '-';
    if (i < length && (text[i] == '-' || text[i] == '+')) i++;
    while (i + 1 < length && text[i] == '0' && is_digit(text[i + 1])) i++;
    uint64_t mantissa = 0;
    size_t whole = i, point = i = add_digits(text, i, length, &mantissa);
    if (i < length && text[i] == '.') i = add_digits(text, i + 1, length, &mantissa);
    size_t decimals = i > point ? i - point - 1 : 0, digits = point - whole + decimals;
    if (!digits) return 0;
    int exponent = digits <= 19 ? -(int)decimals : 0;
    size_t end = i;
    if (i < length && (text[i] == 'e' || text[i] == 'E')) {
        size_t j = i + 1;
        bool minus = j < length && text[j] == '-';
        if (j < length && (text[j] == '-' || text[j] == '+')) j++;
        int power = 0;
        if (j < length && is_digit(text[j])) {
            for (; j < length && is_digit(text[j]); j++)
                if (power < 100000) power = power * 10 + (text[j] - '0');
            exponent += minus ? -power : power;
            end = j;
        }
    }
    if (digits <= 19 && mantissa < (UINT64_C(1) << 53) && exponent >= -22 && exponent <= 22) {
        double value = (double)mantissa;
        value = exponent < 0 ? value / exact_power[-exponent] : value * exact_power[exponent];
        *out = negative ? -value : value;
    } else if (end <= NUMBER_DIGITS_MAX) {
        *out = slow_number(text, end);
    } else {
        return 0;
    }
    return end;
}

ltn_c_locale ltn_c_locale_enter(void)
{
    ltn_c_locale l = {.ours = newlocale(LC_ALL_MASK, "C", (locale_t)0)};
    l.theirs = uselocale(l.ours);
    return l;
}

void ltn_c_locale_leave(ltn_c_locale locale)
{
    uselocale(locale.theirs);
    freelocale(locale.ours);
}

int ltn_print(char *out, size_t size, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    ltn_c_locale locale = ltn_c_locale_enter();
    int length = vsnprintf(out, size, format, args);
    ltn_c_locale_leave(locale);
    va_end(args);
    return length;
}

char ltn_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

char ltn_upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

bool ltn_is_letter(char c)
{
    char lower = ltn_lower(c);
    return lower >= 'a' && lower <= 'z';
}

bool ltn_same_word(const char *a, const char *b, size_t length)
{
    size_t i = 0;
    while (i < length && a[i] && ltn_lower(a[i]) == ltn_lower(b[i])) i++;
    return i == length || ltn_lower(a[i]) == ltn_lower(b[i]);
}

bool ltn_text_share(const char *text, double *out)
{
    size_t read = ltn_text_number(text, strlen(text), out);
    const char *rest = text + read + strspn(text + read, " ");
    bool percent = strcmp(rest, "%") == 0;
    if (read && percent) *out /= 100;
    return read && (percent || !*rest);
}

int ltn_text_year(const char *text)
{
    for (size_t i = 0; i < 4; i++)
        if (!is_digit(text[i])) return 0;
    return text[0] != '0' && text[4] == '\0' ? atoi(text) : 0;
}

int ltn_days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

bool ltn_text_date(const char *text, int *year, int *month, int *day)
{
    static const char form[] = "dddd-dd-dd";
    *month = *day = 1;
    if ((*year = ltn_text_year(text)) != 0) return true;
    if (strlen(text) != sizeof form - 1) return false;
    for (size_t i = 0; i < sizeof form - 1; i++)
        if (form[i] == 'd' ? !is_digit(text[i]) : text[i] != form[i]) return false;
    *year = atoi(text);
    *month = atoi(text + 5);
    *day = atoi(text + 8);
    return *year > 0 && *month >= 1 && *month <= 12 && *day >= 1 && *day <= ltn_days_in_month(*year, *month);
}
