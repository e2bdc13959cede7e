/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fuels in stationary plants: sulphur, limits of concentration, stack monitors, boilers. */
#include "factor/method.h"

#include <lantian/factors.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>

/* ---- sulphur balance ---- */

/* T/CSES 144-2024, SO2 from coal: EF = 2 S (1 - sr), here in g/kg. */
static double reckon_sulphur_factor(const double *x)
{
    return 2 * x[0] * (1 - x[1]) * 1000;
}

static const ltn_method sulphur_factor = {reckon_sulphur_factor,
                                          {{"sulphur", LTN_DOMAIN_SULPHUR}, {"retained", LTN_DOMAIN_SHARE}}};

ltn_status ltn_sulphur_factor_g_kg(double sulphur, double retained, double *out)
{
    return ltn_method_one(&sulphur_factor, (const double[]){sulphur, retained}, out);
}

ltn_status ltn_sulphur_factor_g_kg_array(size_t count, const double *sulphur, const double *retained, double *out)
{
    return ltn_method_array(&sulphur_factor, count, (const double *const[]){sulphur, retained}, out);
}

/* The same, with activity and removal. */
static double reckon_sulphur_so2(const double *x)
{
    return x[0] * 2 * x[1] * (1 - x[2]) * (1 - x[3]);
}

static const ltn_method sulphur_so2 = {reckon_sulphur_so2,
                                       {{"fuel_t", LTN_DOMAIN_AMOUNT},
                                        {"sulphur", LTN_DOMAIN_SULPHUR},
                                        {"retained", LTN_DOMAIN_SHARE},
                                        {"removal", LTN_DOMAIN_SHARE}}};

ltn_status ltn_sulphur_so2_t(double fuel_t, double sulphur, double retained, double removal, double *out)
{
    return ltn_method_one(&sulphur_so2, (const double[]){fuel_t, sulphur, retained, removal}, out);
}

ltn_status ltn_sulphur_so2_t_array(size_t count, const double *fuel_t, const double *sulphur, const double *retained,
                                   const double *removal, double *out)
{
    return ltn_method_array(&sulphur_so2, count, (const double *const[]){fuel_t, sulphur, retained, removal}, out);
}

/* ---- concentrations ---- */

/* 1 t is 1e3 kg, 1 mg is 1e-9 t. */
static double reckon_limit_by_mass(const double *x)
{
    return x[0] * x[1] * x[2] * 1e-6;
}

static const ltn_method limit_by_mass = {
    reckon_limit_by_mass,
    {{"fuel_t", LTN_DOMAIN_AMOUNT}, {"flue_gas_m3_kg", LTN_DOMAIN_AMOUNT}, {"concentration_mg_m3", LTN_DOMAIN_AMOUNT}}};

ltn_status ltn_limit_by_mass_t(double fuel_t, double flue_gas_m3_kg, double concentration_mg_m3, double *out)
{
    return ltn_method_one(&limit_by_mass, (const double[]){fuel_t, flue_gas_m3_kg, concentration_mg_m3}, out);
}

ltn_status ltn_limit_by_mass_t_array(size_t count, const double *fuel_t, const double *flue_gas_m3_kg,
                                     const double *concentration_mg_m3, double *out)
{
    return ltn_method_array(&limit_by_mass, count, (const double *const[]){fuel_t, flue_gas_m3_kg, concentration_mg_m3},
                            out);
}

/* 1 mg is 1e-9 t. */
static double reckon_limit_by_volume(const double *x)
{
    return x[0] * x[1] * x[2] * 1e-9;
}

static const ltn_method limit_by_volume = {reckon_limit_by_volume,
                                           {{"fuel_m3", LTN_DOMAIN_AMOUNT},
                                            {"flue_gas_m3_m3", LTN_DOMAIN_AMOUNT},
                                            {"concentration_mg_m3", LTN_DOMAIN_AMOUNT}}};

ltn_status ltn_limit_by_volume_t(double fuel_m3, double flue_gas_m3_m3, double concentration_mg_m3, double *out)
{
    return ltn_method_one(&limit_by_volume, (const double[]){fuel_m3, flue_gas_m3_m3, concentration_mg_m3}, out);
}

ltn_status ltn_limit_by_volume_t_array(size_t count, const double *fuel_m3, const double *flue_gas_m3_m3,
                                       const double *concentration_mg_m3, double *out)
{
    return ltn_method_array(&limit_by_volume, count,
                            (const double *const[]){fuel_m3, flue_gas_m3_m3, concentration_mg_m3}, out);
}

/* Dilution by air. The domains keep the divisor at 0.5 or more. */
static double reckon_limit_at_oxygen(const double *x)
{
    return x[0] * (x[3] - x[2]) / (x[3] - x[1]);
}

static const ltn_method limit_at_oxygen = {reckon_limit_at_oxygen,
                                           {{"concentration_mg_m3", LTN_DOMAIN_AMOUNT},
                                            {"oxygen_pct", LTN_DOMAIN_OXYGEN},
                                            {"to_oxygen_pct", LTN_DOMAIN_OXYGEN},
                                            {"air_pct", LTN_DOMAIN_AIR}}};

ltn_status ltn_limit_at_oxygen_mg_m3(double concentration_mg_m3, double oxygen_pct, double to_oxygen_pct,
                                     double air_pct, double *out)
{
    return ltn_method_one(&limit_at_oxygen, (const double[]){concentration_mg_m3, oxygen_pct, to_oxygen_pct, air_pct},
                          out);
}

ltn_status ltn_limit_at_oxygen_mg_m3_array(size_t count, const double *concentration_mg_m3, const double *oxygen_pct,
                                           const double *to_oxygen_pct, const double *air_pct, double *out)
{
    return ltn_method_array(&limit_at_oxygen, count,
                            (const double *const[]){concentration_mg_m3, oxygen_pct, to_oxygen_pct, air_pct}, out);
}

/* T/CSES 144-2024, monitored sources. Erratum: 1e-6 is printed, which gives kilograms. */
static double reckon_stack(const double *x)
{
    return x[0] * x[1] * x[2] * 1e-9;
}

static const ltn_method stack = {
    reckon_stack,
    {{"concentration_mg_m3", LTN_DOMAIN_AMOUNT}, {"flow_m3_h", LTN_DOMAIN_AMOUNT}, {"hours", LTN_DOMAIN_HOURS}}};

ltn_status ltn_stack_t(double concentration_mg_m3, double flow_m3_h, double hours, double *out)
{
    return ltn_method_one(&stack, (const double[]){concentration_mg_m3, flow_m3_h, hours}, out);
}

ltn_status ltn_stack_t_array(size_t count, const double *concentration_mg_m3, const double *flow_m3_h,
                             const double *hours, double *out)
{
    return ltn_method_array(&stack, count, (const double *const[]){concentration_mg_m3, flow_m3_h, hours}, out);
}

ltn_status ltn_stack_sum_t(size_t count, const double *concentration_mg_m3, const double *flow_m3_h,
                           const double *hours, double *out)
{
    return ltn_method_sum(&stack, count, (const double *const[]){concentration_mg_m3, flow_m3_h, hours}, out);
}

/* ---- boilers ---- */

/* Steam made at full load, times what a tonne of it takes. */
static double reckon_boiler_fuel(const double *x)
{
    return x[0] * x[1] * x[2];
}

static const ltn_method boiler_fuel = {
    reckon_boiler_fuel,
    {{"capacity_t_h", LTN_DOMAIN_AMOUNT}, {"hours", LTN_DOMAIN_HOURS}, {"fuel_per_t_steam", LTN_DOMAIN_AMOUNT}}};

ltn_status ltn_boiler_fuel(double capacity_t_h, double hours, double fuel_per_t_steam, double *out)
{
    return ltn_method_one(&boiler_fuel, (const double[]){capacity_t_h, hours, fuel_per_t_steam}, out);
}

ltn_status ltn_boiler_fuel_array(size_t count, const double *capacity_t_h, const double *hours,
                                 const double *fuel_per_t_steam, double *out)
{
    return ltn_method_array(&boiler_fuel, count, (const double *const[]){capacity_t_h, hours, fuel_per_t_steam}, out);
}

enum { USES = LTN_BOILER_INDUSTRY + 1, FURNACES = LTN_FURNACE_HAND_FIRED + 1 };

/* T/CSES 144-2024, tables D.1 (heat) and E.7 (industry): NOx of coal [g/kg]; 0 where there is no row. Power goes by
 * size. */
static const double nox_by_furnace[USES][FURNACES] = {
    [LTN_BOILER_HEAT] = {8.85, 7.5, 4, 0},
    [LTN_BOILER_INDUSTRY] = {5.47, 7.5, 4, 3.8},
};

/* T/CSES 144-2024, table D.1, power: <= 100 MW, (100, 300), >= 300 MW. */
static double nox_of_power(double capacity_mw)
{
    return capacity_mw <= 100 ? 8.96 : capacity_mw < 300 ? 8.19 : 7.21;
}

static ltn_status find_coal_nox(int use, int furnace, double capacity_mw, long index, double *out)
{
    static const char *const use_names[USES] = {"power", "heat", "industry"};
    char element[32] = "";
    if (index >= 0) snprintf(element, sizeof element, " (element %ld)", index);
    if (use < 0 || use >= USES)
        return ltn_fail(LTN_EARGUMENT, NULL, "use %d%s is not known; expected one of ltn_boiler_use", use, element);
    if (furnace < 0 || furnace >= FURNACES)
        return ltn_fail(LTN_EARGUMENT, NULL, "furnace %d%s is not known; expected one of ltn_furnace", furnace,
                        element);
    bool power = use == LTN_BOILER_POWER;
    if (power && !(capacity_mw > 0 && isfinite(capacity_mw)))
        return ltn_fail(LTN_EARGUMENT, NULL,
                        "capacity_mw%s is %.10g; expected the electric capacity of a power unit, above 0 MW", element,
                        capacity_mw);
    double factor = !power                              ? nox_by_furnace[use][furnace]
                    : furnace != LTN_FURNACE_HAND_FIRED ? nox_of_power(capacity_mw)
                                                        : 0;
    if (!(factor > 0))
        return ltn_fail(LTN_ENOTFOUND, NULL,
                        "T/CSES 144-2024 has no hand-fired coal boiler for %s%s; expected another "
                        "furnace, or industry",
                        use_names[use], element);
    *out = factor;
    return LTN_OK;
}

ltn_status ltn_boiler_coal_nox_g_kg(ltn_boiler_use use, ltn_furnace furnace, double capacity_mw, double *out)
{
    *out = NAN;
    return find_coal_nox((int)use, (int)furnace, capacity_mw, -1, out);
}

ltn_status ltn_boiler_coal_nox_g_kg_array(size_t count, const int32_t *use, const int32_t *furnace,
                                          const double *capacity_mw, double *out)
{
    ltn_status status = LTN_OK;
    for (size_t i = 0; !status && i < count; i++)
        status = find_coal_nox(use[i], furnace[i], capacity_mw[i], (long)i, &out[i]);
    for (size_t i = 0; status && i < count; i++) out[i] = NAN;
    return status;
}
