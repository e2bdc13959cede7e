/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file factors.h
 *  From activity to tonnes: the emission methods, the table of factors, the table of devices.
 *
 *  Each method has a form for one source and a form `_array` for @p count of them, which do the same: result i is made
 *  of element i of every array. `_sum` adds the results up (compensated). What holds for all of them:
 *  - Units are in the names: `_t` tonnes (a year, where the activity is a year's), `_pct` percent. Shares such as
 *    `removal`, `capture`, `sulphur` have no suffix: they are numbers in [0, 1], 0.8 and never 80.
 *  - @return #LTN_OK; #LTN_EARGUMENT where a value is outside its domain, is not a number, or makes a result that no
 *    double holds; the message names the argument, for arrays with its element from 0. Then the output is NaN,
 *    all of it, and no element is computed.
 *  - A missing value (NaN) is refused: nothing is assumed quietly. @p out must not overlap the inputs.
 *
 *  Sources: T/CSES 144-2024 (@cite tcses144) and the guides of the Ministry of Environmental Protection, notices
 *  2014 No. 55 (VOC, @cite mep2014no55) and No. 92 (road, non-road, @cite mep2014no92). docs/factors.md works an
 *  example of each.
 */
#ifndef LANTIAN_FACTORS_H
#define LANTIAN_FACTORS_H

#include <lantian/diagnostics.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- sulphur balance ---- */

/** Share of coal's sulphur that stays in the bottom ash; T/CSES 144-2024, appendix C (every furnace type). */
#define LTN_SULPHUR_RETAINED_COAL 0.15
/** Liquid and gaseous fuels leave no ash to hold sulphur; notice 2014 No. 92 has 20·S% g/kg for ships. */
#define LTN_SULPHUR_RETAINED_LIQUID 0.0

/** The sulphur dioxide that a fuel's sulphur makes, before control.
 *
 *      EF = 2 · S · (1 − sr) · 1000            coal, sr 0.15: 17·S% g/kg; liquids, sr 0: 20·S% g/kg
 *
 *  The 2 is the ratio of masses SO2 : S as the handbook rounds it (64.06 : 32.06).
 *  @param sulphur S, mass share of the fuel as burnt [kg/kg], [0, 0.1]: 0.008 for 0.8 %
 *  @param retained sr, share of the sulphur that stays in the ash, [0, 1]
 *  @param[out] out EF [g SO2/kg fuel]
 *  @return #LTN_OK or #LTN_EARGUMENT. @cite tcses144, formula of SO2 from coal, appendix C, 2024. */
LTN_API LTN_CHECKED ltn_status ltn_sulphur_factor_g_kg(double sulphur, double retained, double *out);

/** ltn_sulphur_factor_g_kg() of arrays. @return #LTN_OK or #LTN_EARGUMENT. */
LTN_API LTN_CHECKED ltn_status ltn_sulphur_factor_g_kg_array(size_t count, const double *sulphur,
                                                             const double *retained, double *out);

/** The sulphur dioxide of a year's fuel.
 *
 *      E = A · 2 · S · (1 − sr) · (1 − R)
 *
 *  @param fuel_t A, fuel burnt [t], at least 0
 *  @param sulphur S [kg/kg], [0, 0.1]
 *  @param retained sr, [0, 1]
 *  @param removal R, share removed by desulphurisation, [0, 1]
 *  @param[out] out E [t SO2]
 *  @return #LTN_OK or #LTN_EARGUMENT. @cite tcses144, formula of SO2 from coal, appendix C, 2024. */
LTN_API LTN_CHECKED ltn_status ltn_sulphur_so2_t(double fuel_t, double sulphur, double retained, double removal,
                                                 double *out);

/** ltn_sulphur_so2_t() of arrays. @return #LTN_OK or #LTN_EARGUMENT. */
LTN_API LTN_CHECKED ltn_status ltn_sulphur_so2_t_array(size_t count, const double *fuel_t, const double *sulphur,
                                                       const double *retained, const double *removal, double *out);

/* ---- concentrations ---- */

/** Oxygen in dry air, as the plan's limits are converted here [%]. */
#define LTN_OXYGEN_AIR_PCT 20.9
/** Oxygen in air as GB 13271 and GB 13223 round it in their conversion [%]; recalled, not verified. */
#define LTN_OXYGEN_AIR_GB_PCT 21.0

/** What a solid or liquid fuel may emit under a limit of concentration.
 *
 *      E = A · V · C · 1e-6
 *
 *  @param fuel_t A [t], at least 0
 *  @param flue_gas_m3_kg V, dry flue gas at 0 °C and 101.325 kPa [m3/kg], at least 0, at the same oxygen as C
 *  @param concentration_mg_m3 C, the limit [mg/m3], at least 0
 *  @param[out] out E [t]
 *  @return #LTN_OK or #LTN_EARGUMENT. For C: GB 13271-2014, tables 1 to 3 (@cite gb13271). */
LTN_API LTN_CHECKED ltn_status ltn_limit_by_mass_t(double fuel_t, double flue_gas_m3_kg, double concentration_mg_m3,
                                                   double *out);

/** ltn_limit_by_mass_t() of arrays. @return #LTN_OK or #LTN_EARGUMENT. */
LTN_API LTN_CHECKED ltn_status ltn_limit_by_mass_t_array(size_t count, const double *fuel_t,
                                                         const double *flue_gas_m3_kg,
                                                         const double *concentration_mg_m3, double *out);

/** What a gaseous fuel may emit under a limit of concentration.
 *
 *      E = A · V · C · 1e-9
 *
 *  @param fuel_m3 A [m3], at least 0
 *  @param flue_gas_m3_m3 V, dry flue gas per volume of fuel [m3/m3], at least 0, at the same oxygen as C
 *  @param concentration_mg_m3 C [mg/m3], at least 0
 *  @param[out] out E [t]
 *  @return #LTN_OK or #LTN_EARGUMENT. */
LTN_API LTN_CHECKED ltn_status ltn_limit_by_volume_t(double fuel_m3, double flue_gas_m3_m3, double concentration_mg_m3,
                                                     double *out);

/** ltn_limit_by_volume_t() of arrays. @return #LTN_OK or #LTN_EARGUMENT. */
LTN_API LTN_CHECKED ltn_status ltn_limit_by_volume_t_array(size_t count, const double *fuel_m3,
                                                           const double *flue_gas_m3_m3,
                                                           const double *concentration_mg_m3, double *out);

/** A concentration as it would be at another content of oxygen.
 *
 *      C_to = C · (air − O2_to) / (air − O2)
 *
 *  Flue gas goes the other way, V_to = V · (air − O2) / (air − O2_to): with the two contents exchanged this function
 *  converts volumes. V · C does not change.
 *  @param concentration_mg_m3 C [mg/m3], at least 0
 *  @param oxygen_pct O2, content at which C stands [%], [0, 20]
 *  @param to_oxygen_pct O2_to, the content wanted, for example 6 (power), 9 (coal boilers), 3.5 (gas, oil) [%], [0, 20]
 *  @param air_pct oxygen in air [%], [20.5, 21]: #LTN_OXYGEN_AIR_PCT or #LTN_OXYGEN_AIR_GB_PCT
 *  @param[out] out C_to [mg/m3]
 *  @return #LTN_OK or #LTN_EARGUMENT. */
LTN_API LTN_CHECKED ltn_status ltn_limit_at_oxygen_mg_m3(double concentration_mg_m3, double oxygen_pct,
                                                         double to_oxygen_pct, double air_pct, double *out);

/** ltn_limit_at_oxygen_mg_m3() of arrays. @return #LTN_OK or #LTN_EARGUMENT. */
LTN_API LTN_CHECKED ltn_status ltn_limit_at_oxygen_mg_m3_array(size_t count, const double *concentration_mg_m3,
                                                               const double *oxygen_pct, const double *to_oxygen_pct,
                                                               const double *air_pct, double *out);

/** What a stack monitor (CEMS) has measured.
 *
 *      E = C · Q · T · 1e-9
 *
 *  Erratum: the handbook prints 1e-6 and tonnes; with C in mg/m3, 1e-6 gives kilograms.
 *  @param concentration_mg_m3 C, mean [mg/m3], at least 0, as measured and not converted to a reference oxygen
 *  @param flow_m3_h Q, mean flow of dry flue gas [m3/h], at least 0
 *  @param hours T [h], [0, 8784]
 *  @param[out] out E [t]
 *  @return #LTN_OK or #LTN_EARGUMENT. @cite tcses144, formula of monitored sources, 2024. */
LTN_API LTN_CHECKED ltn_status ltn_stack_t(double concentration_mg_m3, double flow_m3_h, double hours, double *out);

/** ltn_stack_t() of arrays. @return #LTN_OK or #LTN_EARGUMENT. */
LTN_API LTN_CHECKED ltn_status ltn_stack_t_array(size_t count, const double *concentration_mg_m3,
                                                 const double *flow_m3_h, const double *hours, double *out);

/** ltn_stack_t() added up over records: E = Σ C · Q · T · 1e-9. @return #LTN_OK or #LTN_EARGUMENT. */
LTN_API LTN_CHECKED ltn_status ltn_stack_sum_t(size_t count, const double *concentration_mg_m3, const double *flow_m3_h,
                                               const double *hours, double *out);

/* ---- boilers ---- */

/** What a coal boiler is for: which of the tables holds. */
typedef enum ltn_boiler_use {
    LTN_BOILER_POWER = 0,   /**< table D.1, 电力生产 */
    LTN_BOILER_HEAT = 1,    /**< table D.1, 热力生产和供应 */
    LTN_BOILER_INDUSTRY = 2 /**< table E.7, 采矿业和制造业 */
} ltn_boiler_use;

/** How the coal burns. */
typedef enum ltn_furnace {
    LTN_FURNACE_PULVERISED = 0,    /**< 煤粉炉 */
    LTN_FURNACE_FLUIDISED_BED = 1, /**< 流化床炉 */
    LTN_FURNACE_CHAIN_GRATE = 2,   /**< 自动炉排层燃炉 */
    LTN_FURNACE_HAND_FIRED = 3     /**< 手动炉排层燃炉 */
} ltn_furnace;

/** The nitrogen oxides (as NO2) of a coal boiler before control, by use, furnace and size.
 *
 *  Power by size, any furnace but a hand-fired one: 8.96 up to and with 100 MW, 8.19 between, 7.21 from 300 MW on.
 *  Heat: pulverised 8.85, fluidised bed 7.5, chain grate 4. Industry: 5.47, 7.5, 4, hand-fired 3.8.
 *  @param use an #ltn_boiler_use
 *  @param furnace an #ltn_furnace
 *  @param capacity_mw electric capacity of the unit [MW], above 0; of no account (NaN will do) but for power
 *  @param[out] out EF [g/kg]
 *  @return #LTN_OK; #LTN_EARGUMENT; #LTN_ENOTFOUND where the table has no such boiler.
 *  @cite tcses144, tables D.1 and E.7, 2024. */
LTN_API LTN_CHECKED ltn_status ltn_boiler_coal_nox_g_kg(ltn_boiler_use use, ltn_furnace furnace, double capacity_mw,
                                                        double *out);

/** ltn_boiler_coal_nox_g_kg() of arrays, of the enumerators' numbers.
 *  @return as ltn_boiler_coal_nox_g_kg(). */
LTN_API LTN_CHECKED ltn_status ltn_boiler_coal_nox_g_kg_array(size_t count, const int32_t *use, const int32_t *furnace,
                                                              const double *capacity_mw, double *out);

/** The fuel that a boiler burns in a year.
 *
 *      A = D · T · b
 *
 *  @param capacity_t_h D, rated steam [t/h], at least 0; 0.7 MW of heat are 1 t/h
 *  @param hours T, hours at full load [h], [0, 8784]
 *  @param fuel_per_t_steam b [fuel/t steam], at least 0: 0.16 to 0.20 t of raw coal, 75 to 80 m3 of gas (unverified)
 *  @param[out] out A [t or m3, as b]
 *  @return #LTN_OK or #LTN_EARGUMENT. */
LTN_API LTN_CHECKED ltn_status ltn_boiler_fuel(double capacity_t_h, double hours, double fuel_per_t_steam, double *out);

/** ltn_boiler_fuel() of arrays. @return #LTN_OK or #LTN_EARGUMENT. */
LTN_API LTN_CHECKED ltn_status ltn_boiler_fuel_array(size_t count, const double *capacity_t_h, const double *hours,
                                                     const double *fuel_per_t_steam, double *out);

/* ---- activity times factor: products, fuels, non-road machinery, trains, ships ---- */

/** An emission from a mass: of a product made, a fuel burnt, an ink used.
 *
 *      E = A · EF · (1 − R) · 1e-3
 *
 *  @param amount_t A [t], at least 0
 *  @param factor_g_kg EF before control [g/kg = kg/t], at least 0
 *  @param removal R, [0, 1]
 *  @param[out] out E [t]
 *  @return #LTN_OK or #LTN_EARGUMENT. @cite tcses144, tables D.1, E.1, E.7, E.8, 2024; @cite mep2014no92 for non-road
 *  machinery, trains and ships by fuel. */
LTN_API LTN_CHECKED ltn_status ltn_activity_by_mass_t(double amount_t, double factor_g_kg, double removal, double *out);

/** ltn_activity_by_mass_t() of arrays. @return #LTN_OK or #LTN_EARGUMENT. */
LTN_API LTN_CHECKED ltn_status ltn_activity_by_mass_t_array(size_t count, const double *amount_t,
                                                            const double *factor_g_kg, const double *removal,
                                                            double *out);

/** An emission from a count or a volume: of pairs of shoes, vehicles, m3 of gas burnt.
 *
 *      E = A · EF · (1 − R) · 1e-6
 *
 *  Erratum: table E.7 prints g/kg over the gases; their factors are g/m3.
 *  @param amount A [unit], at least 0
 *  @param factor_g_unit EF before control [g/unit], at least 0
 *  @param removal R, [0, 1]
 *  @param[out] out E [t]
 *  @return #LTN_OK or #LTN_EARGUMENT. @cite tcses144, tables D.1, E.1, E.7, 2024. */
LTN_API LTN_CHECKED ltn_status ltn_activity_by_unit_t(double amount, double factor_g_unit, double removal, double *out);

/** ltn_activity_by_unit_t() of arrays. @return #LTN_OK or #LTN_EARGUMENT. */
LTN_API LTN_CHECKED ltn_status ltn_activity_by_unit_t_array(size_t count, const double *amount,
                                                            const double *factor_g_unit, const double *removal,
                                                            double *out);

/* ---- solvents ---- */

/** The VOC that a solvent-bearing product gives off: what is in it, less what is recovered, less what is destroyed.
 *
 *      E = W · I · (1 − ρ) · (1 − η · γ · s)
 *
 *  With W in kg the handbook's 1e-3 makes tonnes. ρ is the handbook's E = W · I · (1 − η s γ) with recovery in front.
 *  @param product_t W, product used: paint, ink, glue, solvent [t], at least 0
 *  @param content I, share of VOC in it, [0, 1]
 *  @param recovered ρ, share of the solvent that is taken back or leaves in waste or product, [0, 1]; a recovery that
 *         is the control device (condensing DMF) is η instead, never both
 *  @param efficiency η, of the device, [0, 1]
 *  @param capture γ, share that reaches it, [0, 1]
 *  @param running s, share of the hours it runs (投运率), [0, 1]; 1 where η is a mean that includes poor running, as those
 *         of table A.1 are
 *  @param[out] out E [t VOC]
 *  @return #LTN_OK or #LTN_EARGUMENT. @cite tcses144, formula of solvent use, table A.1, 2024. */
LTN_API LTN_CHECKED ltn_status ltn_solvent_t(double product_t, double content, double recovered, double efficiency,
                                             double capture, double running, double *out);

/** ltn_solvent_t() of arrays. @return #LTN_OK or #LTN_EARGUMENT. */
LTN_API LTN_CHECKED ltn_status ltn_solvent_t_array(size_t count, const double *product_t, const double *content,
                                                   const double *recovered, const double *efficiency,
                                                   const double *capture, const double *running, double *out);

/** ltn_solvent_t() added up over products: E = Σ W · I · (1 − ρ) · (1 − η γ s). @return #LTN_OK or #LTN_EARGUMENT. */
LTN_API LTN_CHECKED ltn_status ltn_solvent_sum_t(size_t count, const double *product_t, const double *content,
                                                 const double *recovered, const double *efficiency,
                                                 const double *capture, const double *running, double *out);

/* ---- road ---- */

/** The exhaust of the vehicles of one kind and stage.
 *
 *      E = P · VKT · EF · 1e-6
 *
 *  @param vehicles P, at least 0
 *  @param km_a_vehicle VKT, driven in the year by each [km], at least 0
 *  @param factor_g_km EF of the stage [g/km], at least 0
 *  @param[out] out E [t]
 *  @return #LTN_OK or #LTN_EARGUMENT. @cite tcses144, formula of road sources, 2024; EF @cite mep2014no92. */
LTN_API LTN_CHECKED ltn_status ltn_road_exhaust_t(double vehicles, double km_a_vehicle, double factor_g_km,
                                                  double *out);

/** ltn_road_exhaust_t() of arrays. @return #LTN_OK or #LTN_EARGUMENT. */
LTN_API LTN_CHECKED ltn_status ltn_road_exhaust_t_array(size_t count, const double *vehicles,
                                                        const double *km_a_vehicle, const double *factor_g_km,
                                                        double *out);

/** ltn_road_exhaust_t() added up over stages: E = Σ P · VKT · EF · 1e-6. @return #LTN_OK or #LTN_EARGUMENT. */
LTN_API LTN_CHECKED ltn_status ltn_road_exhaust_sum_t(size_t count, const double *vehicles, const double *km_a_vehicle,
                                                      const double *factor_g_km, double *out);

/** The petrol that evaporates from vehicles.
 *
 *      E = P · e · d · 1e-6
 *
 *  @param vehicles P, petrol vehicles, at least 0
 *  @param factor_g_vehicle_day e [g/(vehicle d)], at least 0
 *  @param days d [d], [0, 366]
 *  @param[out] out E [t VOC]
 *  @return #LTN_OK or #LTN_EARGUMENT. @cite tcses144, formula of road sources, 2024. */
LTN_API LTN_CHECKED ltn_status ltn_road_evaporation_t(double vehicles, double factor_g_vehicle_day, double days,
                                                      double *out);

/** ltn_road_evaporation_t() of arrays. @return #LTN_OK or #LTN_EARGUMENT. */
LTN_API LTN_CHECKED ltn_status ltn_road_evaporation_t_array(size_t count, const double *vehicles,
                                                            const double *factor_g_vehicle_day, const double *days,
                                                            double *out);

/* ---- ships ---- */

/** Limit of sulphur in ships' fuel inside the control area [kg/kg], in force from 2019-01-01; unverified. */
#define LTN_SHIP_SULPHUR_LIMIT 0.005

/** The share of a year in which a rule is in force that begins on a day, counted in months as the accounts do.
 *
 *      share = 0 before, 1 after, and in the year itself (13 − month − (day − 1) / days of the month) / 12
 *
 *  From 1 July 0.5; from 1 January 1. The same as `from:` of a measure.
 *  @param year the year looked at
 *  @param from_year, from_month, from_day the first day, a date of the calendar in years 1 to 9999
 *  @param[out] out share, [0, 1]
 *  @return #LTN_OK or #LTN_EARGUMENT. */
LTN_API LTN_CHECKED ltn_status ltn_year_share(int year, int from_year, int from_month, int from_day, double *out);

/** ltn_year_share() of an array of years. @return #LTN_OK or #LTN_EARGUMENT. */
LTN_API LTN_CHECKED ltn_status ltn_year_share_array(size_t count, const int32_t *year, int from_year, int from_month,
                                                    int from_day, double *out);

/** The sulphur dioxide of ships that burn better fuel inside a control area, from a day on.
 *
 *      E = 2 · A · (S + (min(S, L) − S) · a · f) · (1 − R)
 *
 *  @param fuel_t A, fuel of the year [t], at least 0, spread evenly over its months
 *  @param sulphur S, of the fuel burnt without the rule [kg/kg], [0, 0.1]
 *  @param limit L, of the rule [kg/kg], [0, 0.1]: #LTN_SHIP_SULPHUR_LIMIT
 *  @param inside a, share of the fuel burnt inside the area, [0, 1]
 *  @param in_force f, share of the year with the rule in force, [0, 1], from ltn_year_share()
 *  @param removal R, of a scrubber, [0, 1]
 *  @param[out] out E [t SO2]
 *  @return #LTN_OK or #LTN_EARGUMENT. @cite mep2014no92 for 20·S% g/kg, 2014. */
LTN_API LTN_CHECKED ltn_status ltn_ship_so2_t(double fuel_t, double sulphur, double limit, double inside,
                                              double in_force, double removal, double *out);

/** ltn_ship_so2_t() of arrays. @return #LTN_OK or #LTN_EARGUMENT. */
LTN_API LTN_CHECKED ltn_status ltn_ship_so2_t_array(size_t count, const double *fuel_t, const double *sulphur,
                                                    const double *limit, const double *inside, const double *in_force,
                                                    const double *removal, double *out);

/* ---- storage ---- */

/** The VOC of a liquid that is loaded, or goes through a tank.
 *
 *      E = V · EF · (1 − r) · 1e-3
 *
 *  @param volume_m3 V, throughput [m3], at least 0
 *  @param factor_kg_m3 EF [kg/m3], at least 0: petrol 1.624, diesel 0.152, crude 0.552, petrol into ships 0.41
 *  @param recovery r, share of the vapour recovered, [0, 1]
 *  @param[out] out E [t VOC]
 *  @return #LTN_OK or #LTN_EARGUMENT. @cite tcses144, table E.6, 2024. */
LTN_API LTN_CHECKED ltn_status ltn_storage_t(double volume_m3, double factor_kg_m3, double recovery, double *out);

/** ltn_storage_t() of arrays. @return #LTN_OK or #LTN_EARGUMENT. */
LTN_API LTN_CHECKED ltn_status ltn_storage_t_array(size_t count, const double *volume_m3, const double *factor_kg_m3,
                                                   const double *recovery, double *out);

/** The leaks of valves, flanges, pumps and seals of one kind, as leak detection and repair (LDAR) counts them.
 *
 *      E = N · EF · T · 1e-3
 *
 *  Erratum: one printed formula divides this by 8760. That holds for an EF in kg a year, not for one in kg/h.
 *  @param components N, at least 0
 *  @param factor_kg_h EF of one component [kg/h], at least 0
 *  @param hours T, under pressure [h], [0, 8784]
 *  @param[out] out E [t VOC]
 *  @return #LTN_OK or #LTN_EARGUMENT. @cite tcses144, formula of leaks, 2024. */
LTN_API LTN_CHECKED ltn_status ltn_leak_t(double components, double factor_kg_h, double hours, double *out);

/** ltn_leak_t() of arrays. @return #LTN_OK or #LTN_EARGUMENT. */
LTN_API LTN_CHECKED ltn_status ltn_leak_t_array(size_t count, const double *components, const double *factor_kg_h,
                                                const double *hours, double *out);

/** ltn_leak_t() added up over kinds of components: E = Σ N · EF · T · 1e-3. @return #LTN_OK or #LTN_EARGUMENT. */
LTN_API LTN_CHECKED ltn_status ltn_leak_sum_t(size_t count, const double *components, const double *factor_kg_h,
                                              const double *hours, double *out);

/* ---- removal ---- */

/** What a device removes of all that is emitted.
 *
 *      r = γ · η · s
 *
 *  @param capture γ, share that reaches the device, [0, 1]; closed 0.95, hood 0.40 (table A.1)
 *  @param efficiency η, of the device, [0, 1]
 *  @param running s, share of the hours it runs (投运率), [0, 1]
 *  @param[out] out r, [0, 1]
 *  @return #LTN_OK or #LTN_EARGUMENT. @cite tcses144, table A.1, 2024. */
LTN_API LTN_CHECKED ltn_status ltn_device_removal(double capture, double efficiency, double running, double *out);

/** ltn_device_removal() of arrays. @return #LTN_OK or #LTN_EARGUMENT. */
LTN_API LTN_CHECKED ltn_status ltn_device_removal_array(size_t count, const double *capture, const double *efficiency,
                                                        const double *running, double *out);

/** What devices in series remove, each acting on what the ones before it left: r = 1 − Π (1 − r_i).
 *  @param removal r_i of each device, [0, 1], @p count of them; 0 devices remove 0
 *  @param[out] out r, [0, 1]
 *  @return #LTN_OK or #LTN_EARGUMENT. @cite tcses144, rule for several devices, 2024. */
LTN_API LTN_CHECKED ltn_status ltn_device_series(size_t count, const double *removal, double *out);

/* ---- the table of factors ---- */

/** How far a figure of a table can be trusted. Values never change; new ones are appended. */
typedef enum ltn_trust {
    LTN_TRUST_SOURCED = 0,    /**< `sourced`: read in its source */
    LTN_TRUST_UNVERIFIED = 1, /**< `unverified`: recalled, not read */
    LTN_TRUST_SUSPICIOUS = 2, /**< `suspicious`: read in its source, and hardly right there; used only when asked for */
    LTN_TRUST_ERRATUM = 3,    /**< `erratum-corrected`: what its source prints is wrong, and how is clear */
    LTN_TRUST_DERIVED = 4     /**< `derived`: follows from sourced figures */
} ltn_trust;

typedef struct ltn_factor_table ltn_factor_table;

/** A row of the table of factors, or what a look-up found. Texts are views until the table is freed; a blank cell is an
 *  empty text. */
typedef struct ltn_factor {
    const char *sector_class;         /**< dotted path; holds for all sectors below it */
    const char *fuel, *technology;    /**< blank: any */
    const char *size_low, *size_high; /**< such as `> 100 MW`, `<= 300 MW`; a bare low is within, a bare high is not */
    const char *pollutant;
    double value;        /**< [unit], at least 0; as ltn_factor_table_find() gives it, with the sulphur multiplied in */
    const char *unit;    /**< such as `g/kg` */
    int per_sulphur_pct; /**< 1: the table's value is for each percent of sulphur in the fuel */
    int removal_free;    /**< 1: before control; 0: with the controls of those it was measured at, or not said */
    int alternative;     /**< 1: found only where its source is asked for by name */
    ltn_trust trust;
    const char *source; /**< such as `T/CSES 144-2024` */
    const char *table;  /**< number of the table in the source */
    int year;           /**< of the source; 0 where it is blank */
    const char *note;
    int line; /**< in the file, from 1 */
} ltn_factor;

/** What a look-up knows of a source. Set up by ltn_factor_query_init(). */
typedef struct ltn_factor_query {
    size_t struct_size;
    const char *sector_class; /**< the source's sector, required */
    const char *pollutant;    /**< required */
    const char *fuel;         /**< NULL or empty: not known */
    const char *technology;   /**< likewise: furnace, process, or emission stage of vehicles */
    double size;              /**< rated capacity [size_unit]; NaN: not known */
    const char *size_unit;    /**< of steam, heat or electric power, such as `t/h`, `MW_th`, `MW` */
    double sulphur;           /**< of the fuel [kg/kg], [0, 0.1]; NaN: not known */
    const char *source;       /**< only rows of this source, alternatives too; NULL: the table's own choice */
    int accept_suspicious;    /**< 1: a suspicious figure is handed out, marked as such */
} ltn_factor_query;

/** Sets everything to not known. */
LTN_API void ltn_factor_query_init(ltn_factor_query *query);

/** Reads a table of factors: `sector_class, pollutant, factor, unit, status, source`, required, and `fuel, technology,
 *  size_low, size_high, times, removal_free, alternative, table, year, note`. `times` is blank or `sulphur_pct`.
 *  @param path NULL: the table installed with the library
 *  @param options NULL for defaults
 *  @return #LTN_OK; #LTN_EINPUT (two rows for the same, and all a CSV can have wrong); #LTN_EIO; #LTN_ENOMEM;
 *  #LTN_EUNSUPPORTED (no path, and the library was built without a place for data). Owned by the caller. */
LTN_API LTN_CHECKED ltn_status ltn_factor_table_read_csv(const char *path, const ltn_read_options *options,
                                                         ltn_factor_table **out);

/** Frees a table; NULL is allowed. */
LTN_API void ltn_factor_table_free(ltn_factor_table *table);

/** Number of rows. */
LTN_API size_t ltn_factor_table_count(const ltn_factor_table *table);

/** A row as it stands in the table. @return #LTN_OK; #LTN_EARGUMENT past the end, with @p out zeroed. */
LTN_API LTN_CHECKED ltn_status ltn_factor_table_get(const ltn_factor_table *table, size_t index, ltn_factor *out);

/** Finds the factor of a source. A row fits where the query's sector is its class or lies below it and its other cells
 *  are blank or hold what the query has. Of the rows that fit, the one is taken that is at least as specific as all
 *  others in class, fuel, technology and size; a condition on something the query does not know is not met.
 *  @param[out] out the row, with the sulphur multiplied in
 *  @return #LTN_OK; #LTN_ENOTFOUND (no row fits; the message says what was lacking); #LTN_EINPUT (two rows fit and
 *  neither is the more specific: the message names both); #LTN_EREFUSED (the figure is suspicious); #LTN_EARGUMENT
 *  (no class or pollutant, a size or sulphur outside its domain, or sulphur not known where the row needs it);
 *  #LTN_EUNIT (@p size_unit is no unit of capacity). @p out is zeroed on failure. */
LTN_API LTN_CHECKED ltn_status ltn_factor_table_find(const ltn_factor_table *table, const ltn_factor_query *query,
                                                     ltn_factor *out);

/* ---- the table of devices ---- */

typedef struct ltn_devices ltn_devices;

/** A device or a kind of capture. Texts are views until the table is freed; a blank cell is an empty text. */
typedef struct ltn_device {
    const char *device; /**< id, such as `scr`, `rto`, `hood` */
    const char *parts;  /**< of a combination, the devices it is made of, such as `lnb;scr`; else blank */
    const char *name, *name_zh;
    const char *pollutant;
    double efficiency; /**< share removed, or captured, [0, 1] */
    ltn_trust trust;
    const char *source, *table;
    int year;
    const char *note;
    int line;
} ltn_device;

/** Reads a table of devices: `kind, device, pollutant, efficiency, status, source`, required, and `parts, name,
 *  name_zh, table, year, note`. `kind` is `removal` or `capture`; a row with `parts` (`;`-separated) is a combination.
 *  @param path NULL: the table installed with the library
 *  @param options NULL for defaults
 *  @return as ltn_factor_table_read_csv(). Owned by the caller. */
LTN_API LTN_CHECKED ltn_status ltn_devices_read_csv(const char *path, const ltn_read_options *options,
                                                    ltn_devices **out);

/** Frees a table; NULL is allowed. */
LTN_API void ltn_devices_free(ltn_devices *devices);

/** Number of rows, of either kind. */
LTN_API size_t ltn_devices_count(const ltn_devices *devices);

/** A row as it stands in the table. @return #LTN_OK; #LTN_EARGUMENT past the end, with @p out zeroed. */
LTN_API LTN_CHECKED ltn_status ltn_devices_get(const ltn_devices *devices, size_t index, ltn_device *out);

/** Finds what a device removes of a pollutant.
 *  @return #LTN_OK; #LTN_ENOTFOUND (no such device, or none for the pollutant), @p out zeroed. */
LTN_API LTN_CHECKED ltn_status ltn_device_find(const ltn_devices *devices, const char *device, const char *pollutant,
                                               ltn_device *out);

/** Finds what a kind of capture catches of a pollutant. @return as ltn_device_find(). */
LTN_API LTN_CHECKED ltn_status ltn_capture_find(const ltn_devices *devices, const char *capture, const char *pollutant,
                                                ltn_device *out);

/** What several devices on one pollutant remove together.
 *
 *      r = 1 − Π (1 − r_i)
 *
 *  except where the table has a combination whose parts are among the devices: then its figure stands for its parts
 *  (LNB and SCR 64 %, and not 54.8). A combination may also be given by its own id. The order is of no account.
 *  @param count, ids devices, each once; none remove 0
 *  @param[out] out r, [0, 1]; NaN on failure
 *  @return #LTN_OK; #LTN_ENOTFOUND as ltn_device_find(); #LTN_EARGUMENT (a device twice, itself or inside a
 *  combination; more than 16; or two combinations that share a part: then give the one that is meant by its id). */
LTN_API LTN_CHECKED ltn_status ltn_devices_combine(const ltn_devices *devices, size_t count, const char *const *ids,
                                                   const char *pollutant, double *out);

#ifdef __cplusplus
}
#endif
#endif
