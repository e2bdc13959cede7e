/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines into fields. Most lines hold delimiters, digits, letters and double quotes: these are taken 64 bytes a step, by
 * masks with a bit for each byte (the way of simdjson, Langdale & Lemire 2019). Any other line goes the slow way. */
#include "format/ff10_row.h"

#include "base/memory.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

enum { WINDOW = 64 };

#if defined(__SSE2__)
static ltn_ff10_masks look(const char *p, char delimiter)
{
    ltn_ff10_masks m = {0};
    const __m128i comma = _mm_set1_epi8(delimiter), newline = _mm_set1_epi8('\n'), quote = _mm_set1_epi8('"'),
                  single = _mm_set1_epi8('\''), comment = _mm_set1_epi8('!'), nul = _mm_setzero_si128();
    for (int i = 0; i < WINDOW; i += 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(p + i));
        __m128i odd = _mm_or_si128(_mm_cmpeq_epi8(v, single), _mm_cmpeq_epi8(v, comment));
        odd = _mm_or_si128(_mm_or_si128(odd, _mm_cmpeq_epi8(v, nul)), v); /* the top bit: not ASCII */
        m.delimiters |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(v, comma)) << i;
        m.newlines |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(v, newline)) << i;
        m.quotes |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(v, quote)) << i;
        m.odd |= (uint64_t)(uint32_t)_mm_movemask_epi8(odd) << i;
    }
    return m;
}
#else
static ltn_ff10_masks look(const char *p, char delimiter)
{
    ltn_ff10_masks m = {0};
    for (int i = 0; i < WINDOW; i++) {
        uint64_t bit = UINT64_C(1) << i;
        m.delimiters |= p[i] == delimiter ? bit : 0;
        m.newlines |= p[i] == '\n' ? bit : 0;
        m.quotes |= p[i] == '"' ? bit : 0;
        m.odd |= p[i] == '\'' || p[i] == '!' || !p[i] || (unsigned char)p[i] >= 0x80 ? bit : 0;
    }
    return m;
}
#endif

/* Moves the window to `p`; the end of the text counts as a line's end. */
static void look_before(ltn_ff10_row *row, const char *p, const char *end)
{
    size_t left = (size_t)(end - p);
    char padded[WINDOW];
    if (left < WINDOW) {
        memset(padded, ' ', WINDOW);
        memcpy(padded, p, left);
        padded[left] = '\n';
    }
    row->window = p;
    row->masks = look(left < WINDOW ? padded : p, row->delimiter);
}

/* Bit i: whether an odd number of quotes stands at or before it. */
static uint64_t inside_quotes(uint64_t quotes)
{
    for (int step = 1; step < 64; step *= 2) quotes ^= quotes << step;
    return quotes;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* The text of field `field` from `from` to `to`, without the blanks around it. */
static inline void add_piece(ltn_ff10_row *row, size_t field, const char *from, const char *to, const char *at)
{
    /* One test for most fields: what is no blank is above one. */
    if (from < to && ((unsigned char)*from <= ' ' || (unsigned char)to[-1] <= ' ')) {
        while (from < to && (*from == ' ' || *from == '\t')) from++;
        while (from < to && is_blank(to[-1])) to--;
    }
    if (from == to || field >= LTN_FF10_FIELDS) return;
    row->pieces[row->count++] = (ltn_ff10_piece){from, at, (uint32_t)(to - from), (int)field};
}

/* A field in quotes, or with blanks before a quote. False where its quotes need the slow way. */
static bool add_quoted(ltn_ff10_row *row, size_t field, const char *from, const char *to)
{
    const char *at = from;
    while (at < to && (*at == ' ' || *at == '\t')) at++;
    while (at < to && is_blank(to[-1])) to--;
    bool whole = to - at >= 2 && *at == '"' && to[-1] == '"';
    if (memchr(at + whole, '"', (size_t)(to - at - 2 * whole))) return false;
    add_piece(row, field, at + whole, to - whole, at);
    return true;
}

static void start(ltn_ff10_row *row)
{
    row->count = row->fields = 0;
    row->fault = NULL;
}

/* Number of bits set (Warren, "Hacker's Delight", 5-1): not every x86-64 has an instruction for it. */
static inline size_t count_bits(uint64_t x)
{
    x -= x >> 1 & UINT64_C(0x5555555555555555);
    x = (x & UINT64_C(0x3333333333333333)) + (x >> 2 & UINT64_C(0x3333333333333333));
    return (size_t)(((x + (x >> 4)) & UINT64_C(0x0F0F0F0F0F0F0F0F)) * UINT64_C(0x0101010101010101) >> 56);
}

/* Adds the fields that end in a window, of which only those `filled` are not blank. `from` is where the field begins that
 * is not ended yet. False where the line needs the slow way. */
static inline bool add_fields(ltn_ff10_row *row, const char **from, uint64_t ends, uint64_t filled, bool quoted)
{
    const char *window = row->window, *begin = *from;
    size_t field = row->fields;
    for (; filled; filled &= filled - 1, field++) {
        uint64_t up_to = filled ^ (filled - 1), blank = ends & (up_to >> 1);
        if (blank) {
            field += count_bits(blank);
            begin = window + WINDOW - __builtin_clzll(blank);
        }
        const char *to = window + __builtin_ctzll(filled);
        if (!quoted)
            add_piece(row, field, begin, to, begin);
        else if (!add_quoted(row, field, begin, to))
            return false;
        begin = to + 1;
        ends &= ~up_to;
    }
    row->fields = field;
    *from = begin;
    if (!ends) return true;
    row->fields += count_bits(ends);
    *from = window + WINDOW - __builtin_clzll(ends);
    return true;
}

/* Most fields are blank: only the others are looked at, by the delimiters that have something before them. The window
 * that a line ends in is the first of the next one, and need not be looked at again. */
static bool read_fast(ltn_ff10_row *row, const char *at, const char *end)
{
    const char *from = at;
    size_t skipped = (size_t)((uintptr_t)at - (uintptr_t)row->window); /* bytes of the window before the line */
    bool quoted = false;
    start(row);
    if (skipped >= WINDOW) {
        look_before(row, at, end);
        skipped = 0;
    }
    uint64_t rest = ~UINT64_C(0) << skipped, after_end = UINT64_C(1) << skipped, carry = 0;
    for (;; look_before(row, row->window + WINDOW, end), rest = ~UINT64_C(0)) {
        const ltn_ff10_masks *m = &row->masks;
        uint64_t newlines = m->newlines & rest, quotes = m->quotes & rest, inside = carry;
        uint64_t line = newlines ? rest & (newlines ^ (newlines - 1)) : rest;
        if (m->odd & line) return false;
        if (quotes & line) {
            quoted = true;
            inside ^= inside_quotes(quotes);
        }
        if (newlines & line & inside) return false;
        uint64_t ends = ((m->delimiters & ~inside) | newlines) & line;
        if (!add_fields(row, &from, ends, ends & ~(ends << 1 | after_end), quoted)) return false;
        if (newlines) {
            row->next = row->window + __builtin_ctzll(newlines) + 1;
            if (row->next > end) row->next = end;
            return true;
        }
        after_end = ends >> 63;
        carry = inside >> 63 ? ~UINT64_C(0) : 0;
    }
}

/* ---- the slow way ---- */

static const char *set_fault(ltn_ff10_row *row, const char *at, const char *what, const char *end)
{
    row->fault = what;
    row->fault_at = at;
    return end;
}

/* A field in quotes; returns what follows it. */
static const char *read_quoted(ltn_ff10_row *row, const char *at, const char *end, size_t *used)
{
    char quote = *at, *out = row->scratch + *used;
    size_t length = 0;
    const char *p = at + 1;
    for (; p < end; p++) {
        if (*p == quote && !(p + 1 < end && p[1] == quote)) break;
        p += *p == quote;
        out[length++] = *p;
    }
    if (p == end) return set_fault(row, at, "the quote that opens here is not closed in its line", end);
    *used += length;
    add_piece(row, row->fields++, out, out + length, at);
    for (p++; p < end && (*p == ' ' || *p == '\t') && *p != row->delimiter;) p++;
    if (p < end && *p != row->delimiter && *p != '!')
        return set_fault(row, p, "text follows a closing quote; expected a delimiter or the end of the line", end);
    return p;
}

static const char *read_plain(ltn_ff10_row *row, const char *at, const char *end)
{
    const char *p = at;
    while (p < end && *p != row->delimiter && *p != '!' && *p != '"') p++;
    if (p < end && *p == '"')
        return set_fault(row, p, "a quote stands inside an unquoted field; expected the whole field in quotes", end);
    add_piece(row, row->fields++, at, p, at);
    return p;
}

/* Bytes that are no text. */
static bool is_text(ltn_ff10_row *row, const char *at, size_t length)
{
    const char *nul = memchr(at, '\0', length);
    size_t good = ltn_text_invalid_utf8(at, nul ? (size_t)(nul - at) : length);
    if (good == length) return true;
    set_fault(row, at + good,
              nul && at + good == nul ? "a NUL byte stands here; expected text in UTF-8"
                                      : "the byte here is not UTF-8; expected text in UTF-8, or the "
                                        "encoding gb18030 in the options",
              at);
    return false;
}

static ltn_status read_slowly(ltn_ff10_row *row, const char *at, const char *end)
{
    const char *newline = memchr(at, '\n', (size_t)(end - at));
    row->next = newline ? newline + 1 : end;
    if (newline) end = newline;
    while (end > at && end[-1] == '\r') end--;
    start(row);
    size_t used = 0, length = (size_t)(end - at);
    if (ltn_reserve(&row->scratch, &row->scratch_capacity, length + 2, 1)) return LTN_ENOMEM;
    if (!is_text(row, at, length)) return LTN_OK;
    for (const char *p = at; !row->fault; p++) {
        while (p < end && (*p == ' ' || *p == '\t') && *p != row->delimiter) p++;
        p = p < end && (*p == '"' || *p == '\'') ? read_quoted(row, p, end, &used) : read_plain(row, p, end);
        if (p >= end || *p == '!') break;
    }
    return LTN_OK;
}

ltn_status ltn_ff10_row_read(ltn_ff10_row *row, const char *at, const char *end)
{
    ltn_status status = read_fast(row, at, end) ? LTN_OK : read_slowly(row, at, end);
    if (!status && row->fields == 1 && !row->count) row->fields = 0;
    return status;
}

void ltn_ff10_row_free(ltn_ff10_row *row)
{
    free(row->scratch);
    row->scratch = NULL;
}
