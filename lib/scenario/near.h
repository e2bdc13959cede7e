/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LTN_SCENARIO_NEAR_H
#define LTN_SCENARIO_NEAR_H

#include "base/status.h"

#include <stdbool.h>

/* Points on the WGS84 ellipsoid, ready to be asked which of them is within a distance. */
typedef struct ltn_points {
    double (*at)[2]; /* latitude, longitude [degrees], ascending */
    size_t count, capacity;
} ltn_points;

ltn_status ltn_points_add(ltn_points *points, double lon, double lat);
void ltn_points_sort(ltn_points *points);
void ltn_points_free(ltn_points *points);

/* Length of the geodesic between two places [km] (Karney 2013). */
double ltn_geodesic_km(double lon_a, double lat_a, double lon_b, double lat_b);

/* True where one of the (sorted) points lies within `km` of a place along the geodesic (Karney 2013,
 * "Algorithms for geodesics", J. Geodesy 87, as in PROJ). */
bool ltn_points_near(const ltn_points *points, double lon, double lat, double km);

#endif
