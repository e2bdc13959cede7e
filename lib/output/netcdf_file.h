/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A netCDF-4 file on its way: what the results are written with.
 *
 * The file is made in memory and written at the end as every other file is (base/file.h). HDF5 never meets a full
 * disk that way, and errors of the disk are the system's, in its words. The first failure is kept; whatever is asked
 * afterwards does nothing, so only the end has to be looked at. */
#ifndef LTN_OUTPUT_NETCDF_FILE_H
#define LTN_OUTPUT_NETCDF_FILE_H

#include "base/table.h"

#include <stdbool.h>

enum { LTN_NC_RANK = 5, LTN_NC_GLOBAL = -1 };

/* Most cells of a chunk: 1 MiB of double. */
enum { LTN_NC_CHUNK = 1 << 17 };

/* A dimension and the labels that stand along it, as the attribute `coordinates` names them. */
typedef struct ltn_nc_dimension {
    int id;
    size_t length;
    char labels[160];
} ltn_nc_dimension;

typedef struct ltn_nc {
    int id;
    const char *path; /* in complaints */
    ltn_status status;
    int base_year; /* days are counted from its first */
    int was_quiet; /* the netCDF library had turned HDF5's printing off before */
} ltn_nc;

/* Holds HDF5's lock until the file is closed. */
void ltn_nc_open(ltn_nc *nc, const char *path);

/* Ends the file and hands its bytes out, to be freed by the caller; NULL where something has failed, and then only
 * gives everything back. Returns the first failure. */
ltn_status ltn_nc_close(ltn_nc *nc, void **bytes, size_t *size);

/* ltn_alloc() for what is to be written; NULL too where something has failed before. */
void *ltn_nc_alloc(ltn_nc *nc, size_t count, size_t size);

/* A dimension of at least one; `length` 0 would be unlimited. */
ltn_nc_dimension ltn_nc_dimension_of(ltn_nc *nc, const char *name, size_t length);

/* A label stands in the `coordinates` of the values along its dimension; an axis (a coordinate variable, its bounds, or
 * another number of the same places) has no absent values. */
typedef enum ltn_nc_role { LTN_NC_VALUE, LTN_NC_LABEL, LTN_NC_AXIS } ltn_nc_role;

/* What a variable is. Texts may be NULL: no such attribute. */
typedef struct ltn_nc_form {
    const char *name, *unit, *long_name, *long_name_zh;
    const char *methods; /* cell_methods */
    const char *comment;
    ltn_nc_role role;
    const char *ancillary; /* ancillary_variables: what else is known of the values */
} ltn_nc_form;

/* A compressed variable of numbers; absent values are the fill value, as the attribute `_FillValue` says. Returns its
 * number. Dimensions of NULL are passed over; chunks of 0 are as long as the dimension. */
int ltn_nc_define(ltn_nc *nc, const ltn_nc_form *form, ltn_nc_dimension *const dimensions[LTN_NC_RANK],
                  const size_t chunks[LTN_NC_RANK]);

/* Writes a block; `start` and `count` have a number for each dimension that is there. NaN becomes the fill value, in
 * place. */
void ltn_nc_put(ltn_nc *nc, int variable, const size_t *start, const size_t *count, double *values, size_t size);

/* Whole variables along one dimension; they return the variable's number. Integers have a fill value only where one is
 * absent: a reader makes floating numbers of those that have. */
int ltn_nc_numbers(ltn_nc *nc, const ltn_nc_form *form, ltn_nc_dimension *along, const double *values);
int ltn_nc_integers(ltn_nc *nc, const ltn_nc_form *form, ltn_nc_dimension *along, const double *values);

/* Days since the first of January of the base year. */
int ltn_nc_days(ltn_nc *nc, const ltn_nc_form *form, ltn_nc_dimension *along, const double *values);

/* Texts in UTF-8; NULL is an empty text. */
void ltn_nc_texts(ltn_nc *nc, const ltn_nc_form *form, ltn_nc_dimension *along, const char *const *values);

/* Attributes of a variable or, with LTN_NC_GLOBAL, of the file. A NULL or empty text writes none. */
void ltn_nc_text(ltn_nc *nc, int variable, const char *name, const char *value);
void ltn_nc_integer(ltn_nc *nc, int variable, const char *name, int value);

/* Days from 1970-01-01 to a day of the proleptic Gregorian calendar. */
double ltn_days_since_1970(int year, int month, int day);

#endif
