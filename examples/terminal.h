/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables on a terminal: columns that line up with Chinese text in them, colour only where it is seen. */
#ifndef LANTIAN_EXAMPLES_TERMINAL_H
#define LANTIAN_EXAMPLES_TERMINAL_H

#include <stddef.h>

enum { GRID_COLUMNS_MAX = 12, GRID_CELL_MAX = 96 };

typedef enum grid_colour { PLAIN, GREEN, RED, BOLD, FAINT } grid_colour;

/* Rows of cells that are printed once all are there. */
typedef struct grid {
    size_t columns, rows, capacity;
    int left[GRID_COLUMNS_MAX]; /* 1: text, aligned left; 0: numbers */
    char (*cells)[GRID_COLUMNS_MAX][GRID_CELL_MAX];
    grid_colour *colours; /* of each row */
} grid;

/* Starts a table; headings that begin with '<' are for text. */
void grid_start(grid *g, size_t columns, const char *const *headings);

/* Adds an empty row and returns its number. */
size_t grid_row(grid *g, grid_colour colour);

void grid_text(grid *g, size_t row, size_t column, const char *text);

/* A number with `decimals`; nothing where it is absent (NaN). */
void grid_number(grid *g, size_t row, size_t column, double value, int decimals);

/* Prints and empties the table. */
void grid_print(grid *g);

/* How many columns of a terminal a text fills: Chinese characters fill two. */
size_t text_width(const char *text);

/* How far a long computation is, on standard error where that is a terminal: a ltn_progress that writes no more often
 * than what it shows changes. `data` is the percentage shown, an int that begins with -1. */
int terminal_shows_progress(void);
int show_progress(void *data, double share);
void clear_progress(void);

/* True where standard output is a terminal that wants colour. */
int terminal_has_colour(void);

#endif
