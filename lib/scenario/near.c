/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/near.h"

#include "base/memory.h"

#include <geodesic.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LAT, LON };

/* WGS84: semi-major axis [m] and flattening (NIMA TR8350.2, 2000). */
static const double wgs84_axis_m = 6378137, wgs84_flattening = 1 / 298.257223563;

ltn_status ltn_points_add(ltn_points *points, double lon, double lat)
{
    if (ltn_reserve(&points->at, &points->capacity, points->count + 1, sizeof *points->at)) return LTN_ENOMEM;
    points->at[points->count][LAT] = lat;
    points->at[points->count++][LON] = lon;
    return LTN_OK;
}

static int by_latitude(const void *left, const void *right)
{
    const double *a = left, *b = right;
    if (a[LAT] != b[LAT]) return a[LAT] < b[LAT] ? -1 : 1;
    return (a[LON] > b[LON]) - (a[LON] < b[LON]);
}

void ltn_points_sort(ltn_points *points)
{
    if (points->count) qsort(points->at, points->count, sizeof *points->at, by_latitude);
}

void ltn_points_free(ltn_points *points)
{
    free(points->at);
    *points = (ltn_points){0};
}

static double geodesic_km(const double a[2], const double b[2])
{
    struct geod_geodesic earth;
    double metres;
    geod_init(&earth, wgs84_axis_m, wgs84_flattening);
    geod_inverse(&earth, a[LAT], a[LON], b[LAT], b[LON], &metres, NULL, NULL);
    return metres / 1000;
}

double ltn_geodesic_km(double lon_a, double lat_a, double lon_b, double lat_b)
{
    return geodesic_km((const double[2]){lat_a, lon_a}, (const double[2]){lat_b, lon_b});
}

static bool is_near(const double a[2], const double b[2], double km)
{
    /* On a plane that touches a sphere, short distances away from the poles are right to 1 %: only those
     * nearer to the limit than twice that need the geodesic. */
    static const double sphere_km = 6371, radian = 3.14159265358979323846 / 180, doubt = 0.02;
    static const double short_km = 200, far_north = 75;
    if (km <= short_km && fabs(a[LAT]) < far_north) {
        double dy = (a[LAT] - b[LAT]) * radian * sphere_km;
        double dx = remainder(a[LON] - b[LON], 360) * radian * sphere_km * cos((a[LAT] + b[LAT]) / 2 * radian);
        double squared = dx * dx + dy * dy;
        if (squared < km * km * (1 - doubt) * (1 - doubt)) return true;
        if (squared > km * km * (1 + doubt) * (1 + doubt)) return false;
    }
    return geodesic_km(a, b) <= km;
}

/* The first point at or north of a latitude. */
static size_t first_at(const ltn_points *points, double lat)
{
    size_t low = 0, high = points->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (points->at[middle][LAT] < lat)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool ltn_points_near(const ltn_points *points, double lon, double lat, double km)
{
    /* A degree of latitude is never shorter than this (at the equator). */
    static const double km_per_degree = 110.574;
    double place[2] = {lat, lon}, reach = km / km_per_degree;
    for (size_t i = first_at(points, lat - reach); i < points->count && points->at[i][LAT] <= lat + reach; i++)
        if (is_near(place, points->at[i], km)) return true;
    return false;
}
