/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of a results file; netcdf.c puts them together. */
#ifndef LTN_OUTPUT_NETCDF_H
#define LTN_OUTPUT_NETCDF_H

#include "output/cube.h"
#include "output/netcdf_file.h"
#include "output/results.h"

/* The dimensions that arrays share. */
typedef struct ltn_nc_axes {
    ltn_nc_dimension year, region, sector, pollutant, measure;
} ltn_nc_axes;

/* Makes the dimensions, and what is known of the places along them. A scenario without measures has no such
 * dimension: its length is 0. */
void ltn_netcdf_axes(ltn_nc *nc, const ltn_results *results, ltn_nc_axes *out);

/* Tables as variables along a dimension of their own; a table without rows, or NULL, leaves nothing. */
/* `chances` is what an ensemble says of the same targets, or projects; or NULL. */
void ltn_netcdf_targets(ltn_nc *nc, const ltn_targets *targets, const ltn_table *table, const ltn_table *chances);
void ltn_netcdf_projects(ltn_nc *nc, const ltn_table *table, const ltn_table *chances);
void ltn_netcdf_claims(ltn_nc *nc, const ltn_table *table);
void ltn_netcdf_credits(ltn_nc *nc, const ltn_table *table);

/* An ensemble's sums, ready to be written. */
typedef struct ltn_nc_distribution {
    bool known;
    ltn_cube moments, quantiles;
} ltn_nc_distribution;

typedef struct ltn_nc_ensemble {
    const ltn_ensemble *ensemble; /* NULL: there is none */
    ltn_nc_distribution sums, totals;
    ltn_table *targets, *projects; /* or NULL */
} ltn_nc_ensemble;

ltn_status ltn_netcdf_gather_ensemble(const ltn_results *results, ltn_nc_ensemble *out);
void ltn_netcdf_free_ensemble(ltn_nc_ensemble *ensemble);

/* Means, standard deviations and quantiles of sums, and how they were drawn. */
void ltn_netcdf_ensemble(ltn_nc *nc, const ltn_nc_ensemble *ensemble, ltn_nc_axes *axes, size_t dense_cells);

/* How many notes there are of each code. */
void ltn_netcdf_notes(ltn_nc *nc, const ltn_table *notes);

/* `sha256:<hash>  <path>`, a line each input; owned by the caller. */
ltn_status ltn_netcdf_hash_inputs(const ltn_output_options *options, char **out);

/* What the file is and where it comes from, as attributes of the whole. */
void ltn_netcdf_provenance(ltn_nc *nc, const ltn_results *results, const char *inputs);

#endif
