/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "output/cube.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- from a table ---- */

/* Of each word of a column, its place along the key's dimension. */
static ltn_status find_places(const ltn_table *table, const ltn_cube_key *key, const ltn_column **column,
                              int32_t **places)
{
    *column = &table->columns[ltn_table_find(table, key->column)];
    const ltn_dictionary *words = (*column)->words;
    if (!(*places = ltn_alloc(words->count, sizeof **places))) return LTN_ENOMEM;
    for (size_t w = 0; w < words->count; w++)
        (*places)[w] = ltn_dictionary_find(key->words, words->words[w], strlen(words->words[w]));
    return LTN_OK;
}

/* Of each row of the table, its place in the dense array of one year. */
static ltn_status place_rows(const ltn_table *table, const ltn_cube *cube, size_t *cell_of_row)
{
    for (size_t k = 0; k < LTN_CUBE_KEYS; k++) {
        const ltn_column *column;
        int32_t *places;
        if (!cube->form.keys[k].column) continue;
        ltn_status status = find_places(table, &cube->form.keys[k], &column, &places);
        if (status) return status;
        for (size_t row = 0; row < table->rows; row++)
            cell_of_row[row] = cell_of_row[row] * cube->lengths[k] + (size_t)places[column->codes[row]];
        free(places);
    }
    return LTN_OK;
}

static int by_size(const void *left, const void *right)
{
    size_t a = *(const size_t *)left, b = *(const size_t *)right;
    return (a > b) - (a < b);
}

static size_t keep_different(size_t *cells, size_t count)
{
    size_t kept = 0;
    if (count) qsort(cells, count, sizeof *cells, by_size);
    for (size_t i = 0; i < count; i++)
        if (!kept || cells[kept - 1] != cells[i]) cells[kept++] = cells[i];
    return kept;
}

/* The first combination at or after a cell. */
static size_t first_from(const ltn_cube *cube, size_t cell)
{
    size_t low = 0, high = cube->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (cube->cells[middle] < cell)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static size_t year_of_row(const ltn_table *table, size_t row, const int *years)
{
    int column = ltn_table_find(table, "year");
    size_t y = 0;
    if (column >= 0)
        while (years[y] != (int)table->columns[column].numbers[row]) y++;
    return y;
}

static ltn_status take_values(const ltn_table *table, const size_t *cell_of_row, const int *years, ltn_cube *cube)
{
    for (size_t v = 0; v < LTN_CUBE_VALUES && cube->form.columns[v]; v++) {
        const double *from = table->columns[ltn_table_find(table, cube->form.columns[v])].numbers;
        double *to = cube->values[v] = ltn_alloc(cube->years * cube->count, sizeof *to);
        if (!to) return LTN_ENOMEM;
        for (size_t i = 0; i < cube->years * cube->count; i++) to[i] = NAN;
        for (size_t row = 0; row < table->rows; row++) {
            size_t year = cube->form.by_year ? year_of_row(table, row, years) : 0;
            to[year * cube->count + first_from(cube, cell_of_row[row])] = from[row];
        }
    }
    return LTN_OK;
}

ltn_status ltn_cube_create(const ltn_table *table, const ltn_cube_form *form, const int *years, size_t year_count,
                           ltn_cube *out)
{
    *out = (ltn_cube){.form = *form, .years = form->by_year ? year_count : 1};
    for (size_t k = 0; k < LTN_CUBE_KEYS; k++) out->lengths[k] = form->keys[k].column ? form->keys[k].words->count : 1;
    size_t *cell_of_row = ltn_alloc(table->rows, sizeof *cell_of_row);
    out->cells = ltn_alloc(table->rows, sizeof *out->cells);
    ltn_status status = cell_of_row && out->cells ? place_rows(table, out, cell_of_row) : LTN_ENOMEM;
    if (!status) {
        memcpy(out->cells, cell_of_row, table->rows * sizeof *cell_of_row);
        out->count = keep_different(out->cells, table->rows);
        status = take_values(table, cell_of_row, years, out);
    }
    free(cell_of_row);
    if (status) ltn_cube_free(out);
    return status;
}

void ltn_cube_free(ltn_cube *cube)
{
    free(cube->cells);
    for (size_t v = 0; v < LTN_CUBE_VALUES; v++) free(cube->values[v]);
    *cube = (ltn_cube){0};
}

/* ---- the whole array ---- */

bool ltn_cube_is_dense(const ltn_cube *cube, size_t dense_cells)
{
    double cells = (double)cube->years;
    for (size_t k = 0; k < LTN_CUBE_KEYS; k++) cells *= (double)cube->lengths[k];
    return cells <= (double)dense_cells;
}

/* A part of the array that is written at once: a chunk of the file. */
typedef struct slab {
    size_t layer, year, start[LTN_CUBE_KEYS], count[LTN_CUBE_KEYS];
} slab;

static const size_t not_stacked = SIZE_MAX; /* a layer */

/* Whole rows of the last key; as many of the middle one, and then of the first, as a chunk holds. */
static void choose_chunk(const ltn_cube *cube, size_t chunk[LTN_CUBE_KEYS])
{
    size_t room = LTN_NC_CHUNK;
    for (size_t k = LTN_CUBE_KEYS; k-- > 0;) {
        chunk[k] = k == LTN_CUBE_KEYS - 1 || cube->lengths[k] < room ? cube->lengths[k] : room;
        room = room / chunk[k] ? room / chunk[k] : 1;
    }
}

/* Fills a slab's buffer; false where no combination lies in it. */
static bool fill_slab(const ltn_cube *cube, size_t value, const slab *s, double *buffer)
{
    size_t row = s->count[1] * cube->lengths[2];
    bool any = false;
    for (size_t i = 0; i < s->count[0] * row; i++) buffer[i] = NAN;
    for (size_t i = 0; i < s->count[0]; i++) {
        size_t from = ((s->start[0] + i) * cube->lengths[1] + s->start[1]) * cube->lengths[2];
        for (size_t c = first_from(cube, from); c < cube->count && cube->cells[c] < from + row; c++) {
            buffer[i * row + cube->cells[c] - from] = cube->values[value][s->year * cube->count + c];
            any = true;
        }
    }
    return any;
}

static void put_slab(ltn_nc *nc, int variable, const ltn_cube *cube, const slab *s, double *buffer)
{
    size_t start[LTN_NC_RANK], count[LTN_NC_RANK], rank = 0, size = 1;
    if (s->layer != not_stacked) start[rank] = s->layer, count[rank++] = 1;
    if (cube->form.by_year) start[rank] = s->year, count[rank++] = 1;
    for (size_t k = 0; k < LTN_CUBE_KEYS; k++) {
        if (!cube->form.keys[k].column) continue;
        start[rank] = s->start[k];
        count[rank++] = s->count[k];
        size *= s->count[k];
    }
    ltn_nc_put(nc, variable, start, count, buffer, size);
}

static void put_year(ltn_nc *nc, int variable, const ltn_cube *cube, size_t value, size_t layer, size_t year,
                     const size_t chunk[LTN_CUBE_KEYS], double *buffer)
{
    const size_t *lengths = cube->lengths;
    for (size_t a = 0; a < lengths[0]; a += chunk[0])
        for (size_t b = 0; b < lengths[1]; b += chunk[1]) {
            slab s = {layer, year, {a, b, 0}, {lengths[0] - a, lengths[1] - b, lengths[2]}};
            for (size_t k = 0; k < 2; k++)
                if (s.count[k] > chunk[k]) s.count[k] = chunk[k];
            if (fill_slab(cube, value, &s, buffer)) put_slab(nc, variable, cube, &s, buffer);
        }
}

static void put_values(ltn_nc *nc, int variable, const ltn_cube *cube, size_t value, size_t layer,
                       const size_t chunk[LTN_CUBE_KEYS])
{
    double *buffer = ltn_nc_alloc(nc, chunk[0] * chunk[1] * chunk[2], sizeof *buffer);
    for (size_t year = 0; buffer && !nc->status && year < cube->years; year++)
        put_year(nc, variable, cube, value, layer, year, chunk, buffer);
    free(buffer);
}

/* Defines a variable over the cube's dimensions, below that of layers where there is one. */
static int define_dense(ltn_nc *nc, const ltn_nc_form *form, ltn_nc_dimension *stack,
                        ltn_nc_dimension *const dimensions[1 + LTN_CUBE_KEYS], const size_t chunk[LTN_CUBE_KEYS])
{
    return ltn_nc_define(
        nc, form, (ltn_nc_dimension *[LTN_NC_RANK]){stack, dimensions[0], dimensions[1], dimensions[2], dimensions[3]},
        (size_t[LTN_NC_RANK]){1, 1, chunk[0], chunk[1], chunk[2]});
}

static void write_dense(ltn_nc *nc, const ltn_cube *cube, const ltn_nc_form *form, size_t value,
                        ltn_nc_dimension *const dimensions[1 + LTN_CUBE_KEYS])
{
    size_t chunk[LTN_CUBE_KEYS];
    choose_chunk(cube, chunk);
    put_values(nc, define_dense(nc, form, NULL, dimensions, chunk), cube, value, not_stacked, chunk);
}

/* ---- row by row ---- */

/* Where each combination stands along a key's dimension, from 0. */
static void write_places(ltn_nc *nc, const ltn_cube *cube, size_t key, const char *rows_name, ltn_nc_dimension *rows)
{
    char name[64], about[96];
    size_t step = 1;
    for (size_t k = key + 1; k < LTN_CUBE_KEYS; k++) step *= cube->lengths[k];
    double *places = ltn_nc_alloc(nc, cube->count, sizeof *places);
    for (size_t i = 0; places && i < cube->count; i++) places[i] = (double)(cube->cells[i] / step % cube->lengths[key]);
    snprintf(name, sizeof name, "%s_%s", rows_name, cube->form.keys[key].column);
    snprintf(about, sizeof about, "place along the dimension %s, from 0", cube->form.keys[key].column);
    if (places)
        ltn_nc_integers(nc, &(ltn_nc_form){.name = name, .long_name = about, .role = LTN_NC_LABEL}, rows, places);
    free(places);
}

static void put_rows(ltn_nc *nc, int variable, const ltn_cube *cube, size_t value, size_t layer, bool by_year)
{
    for (size_t y = 0; !nc->status && y < cube->years; y++) {
        size_t start[LTN_NC_RANK] = {0}, count[LTN_NC_RANK] = {1, 1, 1}, rank = 0;
        if (layer != not_stacked) start[rank++] = layer;
        if (by_year) start[rank++] = y;
        count[rank] = cube->count;
        ltn_nc_put(nc, variable, start, count, cube->values[value] + y * cube->count, cube->count);
    }
}

static int define_rows(ltn_nc *nc, const ltn_nc_form *form, ltn_nc_dimension *stack, ltn_nc_dimension *year,
                       ltn_nc_dimension *rows)
{
    return ltn_nc_define(nc, form, (ltn_nc_dimension *[LTN_NC_RANK]){stack, year, rows},
                         (size_t[LTN_NC_RANK]){1, 1, LTN_NC_CHUNK});
}

ltn_nc_dimension ltn_cube_write(ltn_nc *nc, const ltn_cube *cube, const ltn_nc_form *forms, const char *rows_name,
                                ltn_nc_dimension *const dimensions[1 + LTN_CUBE_KEYS], size_t dense_cells)
{
    bool dense = ltn_cube_is_dense(cube, dense_cells);
    ltn_nc_dimension rows = {0};
    if (!dense && !cube->count) return rows;
    if (!dense) rows = ltn_nc_dimension_of(nc, rows_name, cube->count);
    for (size_t k = 0; !dense && k < LTN_CUBE_KEYS; k++)
        if (cube->form.keys[k].column) write_places(nc, cube, k, rows_name, &rows);
    for (size_t v = 0; v < LTN_CUBE_VALUES && cube->form.columns[v]; v++)
        if (dense)
            write_dense(nc, cube, &forms[v], v, dimensions);
        else
            put_rows(nc, define_rows(nc, &forms[v], NULL, dimensions[0], &rows), cube, v, not_stacked,
                     dimensions[0] != NULL);
    return rows;
}

void ltn_cube_write_stacked(ltn_nc *nc, const ltn_cube *cube, const ltn_nc_form *form, ltn_nc_dimension *stack,
                            ltn_nc_dimension *rows, ltn_nc_dimension *const dimensions[1 + LTN_CUBE_KEYS],
                            size_t dense_cells)
{
    bool dense = ltn_cube_is_dense(cube, dense_cells);
    size_t chunk[LTN_CUBE_KEYS];
    if (!dense && !cube->count) return;
    choose_chunk(cube, chunk);
    int variable =
        dense ? define_dense(nc, form, stack, dimensions, chunk) : define_rows(nc, form, stack, dimensions[0], rows);
    for (size_t v = 0; v < LTN_CUBE_VALUES && cube->form.columns[v]; v++)
        if (dense)
            put_values(nc, variable, cube, v, v, chunk);
        else
            put_rows(nc, variable, cube, v, v, dimensions[0] != NULL);
}
