/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "terminal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static unsigned decode(const unsigned char **p)
{
    unsigned c = **p;
    int more = c >= 0xF0 ? 3 : c >= 0xE0 ? 2 : c >= 0xC0 ? 1 : 0;
    if (more) c &= 0x3Fu >> more;
    for ((*p)++; more && (**p & 0xC0) == 0x80; more--) c = c << 6 | (*(*p)++ & 0x3F);
    return c;
}

/* The wide ranges of Unicode's East Asian Width that occur in text: CJK, kana, Hangul, full-width forms. */
static int is_wide(unsigned c)
{
    return (c >= 0x1100 && c <= 0x115F) || (c >= 0x2E80 && c <= 0xA4CF) || (c >= 0xAC00 && c <= 0xD7A3) ||
           (c >= 0xF900 && c <= 0xFAFF) || (c >= 0xFE30 && c <= 0xFE6F) || (c >= 0xFF00 && c <= 0xFF60) ||
           (c >= 0xFFE0 && c <= 0xFFE6) || (c >= 0x20000 && c <= 0x3FFFD);
}

size_t text_width(const char *text)
{
    size_t width = 0;
    for (const unsigned char *p = (const unsigned char *)text; *p;) width += is_wide(decode(&p)) ? 2 : 1;
    return width;
}

int terminal_has_colour(void)
{
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
    return isatty(STDOUT_FILENO) && !(no && *no) && term && strcmp(term, "dumb") != 0;
}

int terminal_shows_progress(void)
{
    return isatty(STDERR_FILENO);
}

int show_progress(void *data, double share)
{
    int *shown = data, percent = (int)(100 * share);
    if (percent != *shown) fprintf(stderr, "\r  %3d %%", percent);
    *shown = percent;
    return 0;
}

void clear_progress(void)
{
    if (terminal_shows_progress()) fputs("\r       \r", stderr);
}

static void paint(grid_colour colour)
{
    static const char *const codes[] = {"", "\033[32m", "\033[31m", "\033[1m", "\033[2m"};
    if (colour != PLAIN && terminal_has_colour()) fputs(codes[colour], stdout);
}

static void unpaint(grid_colour colour)
{
    if (colour != PLAIN && terminal_has_colour()) fputs("\033[0m", stdout);
}

void grid_start(grid *g, size_t columns, const char *const *headings)
{
    *g = (grid){.columns = columns};
    size_t row = grid_row(g, BOLD);
    for (size_t c = 0; c < columns; c++) {
        g->left[c] = headings[c][0] == '<';
        grid_text(g, row, c, headings[c] + g->left[c]);
    }
}

size_t grid_row(grid *g, grid_colour colour)
{
    if (g->rows == g->capacity) {
        g->capacity = g->capacity ? 2 * g->capacity : 32;
        g->cells = realloc(g->cells, g->capacity * sizeof *g->cells);
        g->colours = realloc(g->colours, g->capacity * sizeof *g->colours);
        if (!g->cells || !g->colours) {
            fputs("memory ran out\n", stderr);
            exit(3);
        }
    }
    memset(g->cells[g->rows], 0, sizeof g->cells[g->rows]);
    g->colours[g->rows] = colour;
    return g->rows++;
}

void grid_text(grid *g, size_t row, size_t column, const char *text)
{
    char *cell = g->cells[row][column];
    snprintf(cell, GRID_CELL_MAX, "%s", text ? text : "");
    /* A cut must not leave half a character. */
    size_t length = strlen(cell);
    if (text && length + 1 == GRID_CELL_MAX)
        while (length && ((unsigned char)cell[length - 1] & 0xC0) == 0x80) cell[--length] = '\0';
}

void grid_number(grid *g, size_t row, size_t column, double value, int decimals)
{
    if (isnan(value)) return;
    char text[GRID_CELL_MAX];
    snprintf(text, sizeof text, "%.*f", decimals, value);
    if (strspn(text, "-0.") == strlen(text)) snprintf(text, sizeof text, "%.*f", decimals, 0.0); /* no -0.0 */
    grid_text(g, row, column, text);
}

static void print_cell(const char *text, size_t width, int left, int last)
{
    size_t pad = width - text_width(text);
    if (!left) printf("%*s", (int)pad, "");
    fputs(text, stdout);
    if (left && !last) printf("%*s", (int)pad, "");
    if (!last) fputs("  ", stdout);
}

void grid_print(grid *g)
{
    size_t widths[GRID_COLUMNS_MAX] = {0};
    for (size_t r = 0; r < g->rows; r++)
        for (size_t c = 0; c < g->columns; c++) {
            size_t width = text_width(g->cells[r][c]);
            if (width > widths[c]) widths[c] = width;
        }
    for (size_t r = 0; r < g->rows; r++) {
        fputs("  ", stdout);
        paint(g->colours[r]);
        for (size_t c = 0; c < g->columns; c++) print_cell(g->cells[r][c], widths[c], g->left[c], c + 1 == g->columns);
        unpaint(g->colours[r]);
        putchar('\n');
    }
    free(g->cells);
    free(g->colours);
    *g = (grid){0};
}
