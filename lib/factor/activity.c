/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Products, solvents, vehicles, ships, storage, and what devices remove. */
#include "factor/method.h"

#include <lantian/factors.h>
#include <math.h>
#include <stdbool.h>

/* ---- activity times factor ---- */

/* E = A EF (1 - R); g/kg is kg/t. */
static double reckon_activity_by_mass(const double *x)
{
    return x[0] * x[1] * (1 - x[2]) * 1e-3;
}

static const ltn_method activity_by_mass = {
    reckon_activity_by_mass,
    {{"amount_t", LTN_DOMAIN_AMOUNT}, {"factor_g_kg", LTN_DOMAIN_AMOUNT}, {"removal", LTN_DOMAIN_SHARE}}};

ltn_status ltn_activity_by_mass_t(double amount_t, double factor_g_kg, double removal, double *out)
{
    return ltn_method_one(&activity_by_mass, (const double[]){amount_t, factor_g_kg, removal}, out);
}

ltn_status ltn_activity_by_mass_t_array(size_t count, const double *amount_t, const double *factor_g_kg,
                                        const double *removal, double *out)
{
    return ltn_method_array(&activity_by_mass, count, (const double *const[]){amount_t, factor_g_kg, removal}, out);
}

/* The same of a count or volume; 1 g is 1e-6 t. */
static double reckon_activity_by_unit(const double *x)
{
    return x[0] * x[1] * (1 - x[2]) * 1e-6;
}

static const ltn_method activity_by_unit = {
    reckon_activity_by_unit,
    {{"amount", LTN_DOMAIN_AMOUNT}, {"factor_g_unit", LTN_DOMAIN_AMOUNT}, {"removal", LTN_DOMAIN_SHARE}}};

ltn_status ltn_activity_by_unit_t(double amount, double factor_g_unit, double removal, double *out)
{
    return ltn_method_one(&activity_by_unit, (const double[]){amount, factor_g_unit, removal}, out);
}

ltn_status ltn_activity_by_unit_t_array(size_t count, const double *amount, const double *factor_g_unit,
                                        const double *removal, double *out)
{
    return ltn_method_array(&activity_by_unit, count, (const double *const[]){amount, factor_g_unit, removal}, out);
}

/* ---- solvents ---- */

/* T/CSES 144-2024, solvent use: W I (1 - eta s gamma), recovery taken off first. */
static double reckon_solvent(const double *x)
{
    return x[0] * x[1] * (1 - x[2]) * (1 - x[3] * x[4] * x[5]);
}

static const ltn_method solvent = {reckon_solvent,
                                   {{"product_t", LTN_DOMAIN_AMOUNT},
                                    {"content", LTN_DOMAIN_SHARE},
                                    {"recovered", LTN_DOMAIN_SHARE},
                                    {"efficiency", LTN_DOMAIN_SHARE},
                                    {"capture", LTN_DOMAIN_SHARE},
                                    {"running", LTN_DOMAIN_SHARE}}};

ltn_status ltn_solvent_t(double product_t, double content, double recovered, double efficiency, double capture,
                         double running, double *out)
{
    return ltn_method_one(&solvent, (const double[]){product_t, content, recovered, efficiency, capture, running}, out);
}

ltn_status ltn_solvent_t_array(size_t count, const double *product_t, const double *content, const double *recovered,
                               const double *efficiency, const double *capture, const double *running, double *out)
{
    return ltn_method_array(&solvent, count,
                            (const double *const[]){product_t, content, recovered, efficiency, capture, running}, out);
}

ltn_status ltn_solvent_sum_t(size_t count, const double *product_t, const double *content, const double *recovered,
                             const double *efficiency, const double *capture, const double *running, double *out)
{
    return ltn_method_sum(&solvent, count,
                          (const double *const[]){product_t, content, recovered, efficiency, capture, running}, out);
}

/* ---- road ---- */

/* T/CSES 144-2024, road: P VKT EF 1e-6. */
static double reckon_road_exhaust(const double *x)
{
    return x[0] * x[1] * x[2] * 1e-6;
}

static const ltn_method road_exhaust = {
    reckon_road_exhaust,
    {{"vehicles", LTN_DOMAIN_AMOUNT}, {"km_a_vehicle", LTN_DOMAIN_AMOUNT}, {"factor_g_km", LTN_DOMAIN_AMOUNT}}};

ltn_status ltn_road_exhaust_t(double vehicles, double km_a_vehicle, double factor_g_km, double *out)
{
    return ltn_method_one(&road_exhaust, (const double[]){vehicles, km_a_vehicle, factor_g_km}, out);
}

ltn_status ltn_road_exhaust_t_array(size_t count, const double *vehicles, const double *km_a_vehicle,
                                    const double *factor_g_km, double *out)
{
    return ltn_method_array(&road_exhaust, count, (const double *const[]){vehicles, km_a_vehicle, factor_g_km}, out);
}

ltn_status ltn_road_exhaust_sum_t(size_t count, const double *vehicles, const double *km_a_vehicle,
                                  const double *factor_g_km, double *out)
{
    return ltn_method_sum(&road_exhaust, count, (const double *const[]){vehicles, km_a_vehicle, factor_g_km}, out);
}

/* Evaporation goes by days, not kilometres. */
static double reckon_road_evaporation(const double *x)
{
    return x[0] * x[1] * x[2] * 1e-6;
}

static const ltn_method road_evaporation = {
    reckon_road_evaporation,
    {{"vehicles", LTN_DOMAIN_AMOUNT}, {"factor_g_vehicle_day", LTN_DOMAIN_AMOUNT}, {"days", LTN_DOMAIN_DAYS}}};

ltn_status ltn_road_evaporation_t(double vehicles, double factor_g_vehicle_day, double days, double *out)
{
    return ltn_method_one(&road_evaporation, (const double[]){vehicles, factor_g_vehicle_day, days}, out);
}

ltn_status ltn_road_evaporation_t_array(size_t count, const double *vehicles, const double *factor_g_vehicle_day,
                                        const double *days, double *out)
{
    return ltn_method_array(&road_evaporation, count, (const double *const[]){vehicles, factor_g_vehicle_day, days},
                            out);
}

/* ---- ships ---- */

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

static ltn_status check_date(int year, int month, int day)
{
    if (year >= 1 && year <= 9999 && month >= 1 && month <= 12 && day >= 1 && day <= days_in_month(year, month))
        return LTN_OK;
    return ltn_fail(LTN_EARGUMENT, NULL, "%d-%d-%d is no date; expected for example 2019, 7, 1", year, month, day);
}

static double year_share(int year, int from_year, int from_month, int from_day)
{
    if (year != from_year) return year > from_year;
    double month = (double)(from_day - 1) / days_in_month(from_year, from_month);
    return (13 - from_month - month) / 12;
}

ltn_status ltn_year_share(int year, int from_year, int from_month, int from_day, double *out)
{
    *out = NAN;
    ltn_status status = check_date(from_year, from_month, from_day);
    if (!status) *out = year_share(year, from_year, from_month, from_day);
    return status;
}

ltn_status ltn_year_share_array(size_t count, const int32_t *year, int from_year, int from_month, int from_day,
                                double *out)
{
    ltn_status status = check_date(from_year, from_month, from_day);
    for (size_t i = 0; i < count; i++) out[i] = status ? NAN : year_share(year[i], from_year, from_month, from_day);
    return status;
}

/* Inside the area and in force, the better of the two fuels; 20 S% g/kg is 2 S. */
static double reckon_ship_so2(const double *x)
{
    return 2 * x[0] * (x[1] + (fmin(x[1], x[2]) - x[1]) * x[3] * x[4]) * (1 - x[5]);
}

static const ltn_method ship_so2 = {reckon_ship_so2,
                                    {{"fuel_t", LTN_DOMAIN_AMOUNT},
                                     {"sulphur", LTN_DOMAIN_SULPHUR},
                                     {"limit", LTN_DOMAIN_SULPHUR},
                                     {"inside", LTN_DOMAIN_SHARE},
                                     {"in_force", LTN_DOMAIN_SHARE},
                                     {"removal", LTN_DOMAIN_SHARE}}};

ltn_status ltn_ship_so2_t(double fuel_t, double sulphur, double limit, double inside, double in_force, double removal,
                          double *out)
{
    return ltn_method_one(&ship_so2, (const double[]){fuel_t, sulphur, limit, inside, in_force, removal}, out);
}

ltn_status ltn_ship_so2_t_array(size_t count, const double *fuel_t, const double *sulphur, const double *limit,
                                const double *inside, const double *in_force, const double *removal, double *out)
{
    return ltn_method_array(&ship_so2, count,
                            (const double *const[]){fuel_t, sulphur, limit, inside, in_force, removal}, out);
}

/* ---- storage ---- */

/* T/CSES 144-2024, table E.6: kg/m3 of what passes. */
static double reckon_storage(const double *x)
{
    return x[0] * x[1] * (1 - x[2]) * 1e-3;
}

static const ltn_method storage = {
    reckon_storage,
    {{"volume_m3", LTN_DOMAIN_AMOUNT}, {"factor_kg_m3", LTN_DOMAIN_AMOUNT}, {"recovery", LTN_DOMAIN_SHARE}}};

ltn_status ltn_storage_t(double volume_m3, double factor_kg_m3, double recovery, double *out)
{
    return ltn_method_one(&storage, (const double[]){volume_m3, factor_kg_m3, recovery}, out);
}

ltn_status ltn_storage_t_array(size_t count, const double *volume_m3, const double *factor_kg_m3,
                               const double *recovery, double *out)
{
    return ltn_method_array(&storage, count, (const double *const[]){volume_m3, factor_kg_m3, recovery}, out);
}

/* T/CSES 144-2024, leaks. Erratum: one printed form divides by 8760; with EF in kg/h it must not. */
static double reckon_leak(const double *x)
{
    return x[0] * x[1] * x[2] * 1e-3;
}

static const ltn_method leak = {
    reckon_leak, {{"components", LTN_DOMAIN_AMOUNT}, {"factor_kg_h", LTN_DOMAIN_AMOUNT}, {"hours", LTN_DOMAIN_HOURS}}};

ltn_status ltn_leak_t(double components, double factor_kg_h, double hours, double *out)
{
    return ltn_method_one(&leak, (const double[]){components, factor_kg_h, hours}, out);
}

ltn_status ltn_leak_t_array(size_t count, const double *components, const double *factor_kg_h, const double *hours,
                            double *out)
{
    return ltn_method_array(&leak, count, (const double *const[]){components, factor_kg_h, hours}, out);
}

ltn_status ltn_leak_sum_t(size_t count, const double *components, const double *factor_kg_h, const double *hours,
                          double *out)
{
    return ltn_method_sum(&leak, count, (const double *const[]){components, factor_kg_h, hours}, out);
}

/* ---- removal ---- */

/* Only what is caught, while it runs, is treated. */
static double reckon_device_removal(const double *x)
{
    return x[0] * x[1] * x[2];
}

static const ltn_method device_removal = {
    reckon_device_removal,
    {{"capture", LTN_DOMAIN_SHARE}, {"efficiency", LTN_DOMAIN_SHARE}, {"running", LTN_DOMAIN_SHARE}}};

ltn_status ltn_device_removal(double capture, double efficiency, double running, double *out)
{
    return ltn_method_one(&device_removal, (const double[]){capture, efficiency, running}, out);
}

ltn_status ltn_device_removal_array(size_t count, const double *capture, const double *efficiency,
                                    const double *running, double *out)
{
    return ltn_method_array(&device_removal, count, (const double *const[]){capture, efficiency, running}, out);
}

ltn_status ltn_device_series(size_t count, const double *removal, double *out)
{
    *out = NAN;
    double left = 1;
    for (size_t i = 0; i < count; i++) {
        if (ltn_domain_check(LTN_DOMAIN_SHARE, "removal", removal[i], (long)i)) return LTN_EARGUMENT;
        left *= 1 - removal[i];
    }
    *out = 1 - left;
    return LTN_OK;
}
