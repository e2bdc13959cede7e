/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sums by year and up to three keys, as an array over them. */
#ifndef LTN_OUTPUT_CUBE_H
#define LTN_OUTPUT_CUBE_H

#include "output/netcdf_file.h"

enum { LTN_CUBE_KEYS = 3, LTN_CUBE_VALUES = 9 };

/* Where the words of a column stand along a dimension. */
typedef struct ltn_cube_key {
    const char *column;          /* NULL: the cube has no such key */
    const ltn_dictionary *words; /* a word's code is its place; as many as the dimension is long */
} ltn_cube_key;

typedef struct ltn_cube_form {
    ltn_cube_key keys[LTN_CUBE_KEYS];
    bool by_year;                         /* the table has a column `year` */
    const char *columns[LTN_CUBE_VALUES]; /* that hold the sums, up to the first NULL */
} ltn_cube_form;

/* The combinations of keys that a table has, and the sums of each by year. */
typedef struct ltn_cube {
    ltn_cube_form form;
    size_t lengths[LTN_CUBE_KEYS]; /* 1 where there is no such key */
    size_t years, count;
    size_t *cells;                   /* of each combination: its place in the dense array, ascending */
    double *values[LTN_CUBE_VALUES]; /* of each year, each combination; NaN where the table has no row */
} ltn_cube;

/* `years` ascending; a cube that is not by year has one. */
ltn_status ltn_cube_create(const ltn_table *table, const ltn_cube_form *form, const int *years, size_t year_count,
                           ltn_cube *out);
void ltn_cube_free(ltn_cube *cube);

/* Writes the cube's variables, one for each column: over `dimensions` (the year's, or NULL, and the keys') where that
 * is at most `dense_cells` cells a variable, else over the combinations that there are, as a dimension
 * `<rows_name>` with a variable `<rows_name>_<key>` for each key's place. Returns that dimension. */
ltn_nc_dimension ltn_cube_write(ltn_nc *nc, const ltn_cube *cube, const ltn_nc_form *forms, const char *rows_name,
                                ltn_nc_dimension *const dimensions[1 + LTN_CUBE_KEYS], size_t dense_cells);

/* Writes all columns as one variable, whose first dimension they are. `rows` is what ltn_cube_write() gave for a cube of
 * the same combinations. */
void ltn_cube_write_stacked(ltn_nc *nc, const ltn_cube *cube, const ltn_nc_form *form, ltn_nc_dimension *stack,
                            ltn_nc_dimension *rows, ltn_nc_dimension *const dimensions[1 + LTN_CUBE_KEYS],
                            size_t dense_cells);

/* False where the form over the combinations is taken. */
bool ltn_cube_is_dense(const ltn_cube *cube, size_t dense_cells);

#endif
