/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Emission methods, the table of factors and the table of devices, as they are shipped and as files go wrong.
 * Expected values are worked by hand from the equations (issue 3, docs/factors.md); the tables' are as printed. */
#include "support.h"

#include <math.h>
#include <stdio.h>

/* The sources' folder, where the shipped tables lie. */
static const char *shipped(const char *name)
{
    static char path[4096];
    const char *source = getenv("LANTIAN_SOURCE");
    snprintf(path, sizeof path, "%s/lib/factor/%s", source ? source : "..", name);
    return path;
}

static int read_shipped(void **state)
{
    static void *tables[2];
    ltn_factor_table *factors;
    ltn_devices *devices;
    assert_ok(ltn_factor_table_read_csv(shipped("factors.csv"), NULL, &factors));
    assert_ok(ltn_devices_read_csv(shipped("devices.csv"), NULL, &devices));
    tables[0] = factors;
    tables[1] = devices;
    *state = tables;
    return 0;
}

static int free_shipped(void **state)
{
    void **tables = *state;
    ltn_factor_table_free(tables[0]);
    ltn_devices_free(tables[1]);
    return remove_temporary_folder(state);
}

static const ltn_factor_table *factors_of(void **state)
{
    return ((void **)*state)[0];
}

static const ltn_devices *devices_of(void **state)
{
    return ((void **)*state)[1];
}

/* ---- the check values of the issue ---- */

static void test_power_plant(void **state)
{
    (void)state;
    double ef, so2;
    /* 12.5 Mt at 0.6 %: 17 x 0.6 = 10.2 g/kg, 127,500 t, of which 95 % FGD leaves 6,375. */
    assert_ok(ltn_sulphur_factor_g_kg(0.006, LTN_SULPHUR_RETAINED_COAL, &ef));
    assert_close(ef, 10.2, 1e-12, 0);
    assert_ok(ltn_sulphur_so2_t(12.5e6, 0.006, LTN_SULPHUR_RETAINED_COAL, 0, &so2));
    assert_close(so2, 127500, 1e-12, 0);
    assert_ok(ltn_sulphur_so2_t(12.5e6, 0.006, LTN_SULPHUR_RETAINED_COAL, 0.95, &so2));
    assert_close(so2, 6375, 1e-12, 0);
}

static void test_grate_boiler(void **state)
{
    (void)state;
    double coal_t, so2_t, nox, nox_t, left_t;
    assert_ok(ltn_boiler_fuel(10, 4000, 0.18, &coal_t));
    assert_close(coal_t, 7200, 1e-12, 0);
    assert_ok(ltn_sulphur_so2_t(coal_t, 0.008, LTN_SULPHUR_RETAINED_COAL, 0, &so2_t));
    assert_close(so2_t, 97.92, 1e-12, 0);
    assert_ok(ltn_boiler_coal_nox_g_kg(LTN_BOILER_INDUSTRY, LTN_FURNACE_CHAIN_GRATE, NAN, &nox));
    assert_ok(ltn_activity_by_mass_t(coal_t, nox, 0, &nox_t));
    assert_close(nox_t, 28.8, 1e-12, 0);
    assert_ok(ltn_limit_by_mass_t(coal_t, 10.29, 35, &left_t));
    assert_close(left_t, 2.59308, 1e-12, 0); /* 2.593 */
    assert_ok(ltn_limit_by_mass_t(coal_t, 10.29, 50, &left_t));
    assert_close(left_t, 3.7044, 1e-12, 0); /* 3.704 */
}

static void test_capture_and_device(void **state)
{
    static const struct {
        const char *capture, *device;
        double removal;
    } cases[] = {
        {"hood", "activated_carbon", 0.060},
        {"closed", "rto", 0.893},
        {"closed", "activated_carbon", 0.1425},
        {"none", "rto", 0},
        {"hood", "rto", 0.376},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        ltn_device capture, device;
        double removal;
        assert_ok(ltn_capture_find(devices_of(state), cases[i].capture, "VOC", &capture));
        assert_ok(ltn_device_find(devices_of(state), cases[i].device, "VOC", &device));
        assert_ok(ltn_device_removal(capture.efficiency, device.efficiency, 1, &removal));
        assert_close(removal, cases[i].removal, 1e-12, 1e-15);
    }
}

static void test_pair_beats_the_product(void **state)
{
    const ltn_devices *devices = devices_of(state);
    double removal;
    assert_ok(ltn_devices_combine(devices, 2, (const char *const[]){"lnb", "scr"}, "NOx", &removal));
    assert_close(removal, 0.64, 1e-12, 0);
    assert_ok(ltn_devices_combine(devices, 2, (const char *const[]){"scr", "lnb"}, "NOx", &removal));
    assert_close(removal, 0.64, 1e-12, 0);
    assert_ok(ltn_devices_combine(devices, 1, (const char *const[]){"lnb_scr"}, "NOx", &removal));
    assert_close(removal, 0.64, 1e-12, 0);
    assert_ok(ltn_devices_combine(devices, 2, (const char *const[]){"sncr", "lnb"}, "NOx", &removal));
    assert_close(removal, 0.52, 1e-12, 0);
    assert_ok(ltn_device_series(2, (const double[]){0.22, 0.42}, &removal)); /* what the table overrules */
    assert_close(removal, 0.5476, 1e-12, 0);
}

/* ---- methods ---- */

static void test_sulphur(void **state)
{
    (void)state;
    double ef;
    assert_ok(ltn_sulphur_factor_g_kg(0.008, LTN_SULPHUR_RETAINED_COAL, &ef)); /* 17 S% */
    assert_close(ef, 13.6, 1e-12, 0);
    assert_ok(ltn_sulphur_factor_g_kg(0.0271, LTN_SULPHUR_RETAINED_LIQUID, &ef)); /* 20 S% */
    assert_close(ef, 54.2, 1e-12, 0);
    assert_ok(ltn_sulphur_factor_g_kg(10e-6, LTN_SULPHUR_RETAINED_LIQUID, &ef)); /* diesel of 10 ppm, not 3 g/kg */
    assert_close(ef, 0.02, 1e-12, 0);
}

static void test_gas_limit(void **state)
{
    (void)state;
    double t;
    /* 10.7753 m3 of flue gas a m3; 3.1e6 m3 at 50 mg/m3: 3.1e6 x 10.7753 x 50 = 1.6701715e9 mg. */
    assert_ok(ltn_limit_by_volume_t(3.1e6, 10.7753, 50, &t));
    assert_close(t, 1.6701715, 1e-12, 0);
}

static void test_oxygen(void **state)
{
    (void)state;
    double c, v;
    /* 50 mg/m3 at 9 % is 50 x 14.9 / 11.9 at 6 %. */
    assert_ok(ltn_limit_at_oxygen_mg_m3(50, 9, 6, LTN_OXYGEN_AIR_PCT, &c));
    assert_close(c, 62.60504201680672, 1e-12, 0);
    assert_ok(ltn_limit_at_oxygen_mg_m3(50, 9, 6, LTN_OXYGEN_AIR_GB_PCT, &c));
    assert_close(c, 62.5, 1e-12, 0);
    assert_ok(ltn_limit_at_oxygen_mg_m3(37.3, 11.2, 11.2, 21, &c));
    assert_close(c, 37.3, 1e-12, 0);
    /* Volumes with the contents exchanged: V x C stays. */
    assert_ok(ltn_limit_at_oxygen_mg_m3(50, 9, 6, LTN_OXYGEN_AIR_PCT, &c));
    assert_ok(ltn_limit_at_oxygen_mg_m3(10.29, 6, 9, LTN_OXYGEN_AIR_PCT, &v));
    assert_close(v * c, 10.29 * 50, 1e-12, 0);
}

static void test_stack_erratum(void **state)
{
    (void)state;
    double t;
    /* 35 mg/m3 x 1.2e6 m3/h x 5000 h = 2.1e11 mg = 210 t; the printed 1e-6 would say 210,000 t. */
    assert_ok(ltn_stack_t(35, 1.2e6, 5000, &t));
    assert_close(t, 210, 1e-12, 0);
    assert_ok(ltn_stack_sum_t(2, (const double[]){35, 28.5}, (const double[]){1.2e6, 0.9e6},
                              (const double[]){5000, 720}, &t));
    assert_close(t, 210 + 18.468, 1e-12, 0);
    assert_ok(ltn_stack_sum_t(0, NULL, NULL, NULL, &t));
    assert_true(t == 0);
}

static void test_boiler_nox(void **state)
{
    (void)state;
    static const int32_t P = LTN_BOILER_POWER, H = LTN_BOILER_HEAT, I = LTN_BOILER_INDUSTRY;
    const int32_t use[] = {P, P, P, P, P, P, H, H, H, I, I, I, I};
    const int32_t furnace[] = {0, 1, 2, 0, 0, 0, 0, 1, 2, 0, 1, 2, 3};
    const double mw[] = {25, 100, 100.5, 299.9, 300, 1000, NAN, NAN, NAN, NAN, NAN, 3, NAN};
    const double expected[] = {8.96, 8.96, 8.19, 8.19, 7.21, 7.21, 8.85, 7.5, 4, 5.47, 7.5, 4, 3.8};
    double got[COUNT(use)], one;
    assert_ok(ltn_boiler_coal_nox_g_kg_array(COUNT(use), use, furnace, mw, got));
    for (size_t i = 0; i < COUNT(use); i++) {
        assert_close(got[i], expected[i], 0, 0);
        assert_ok(ltn_boiler_coal_nox_g_kg((ltn_boiler_use)use[i], (ltn_furnace)furnace[i], mw[i], &one));
        assert_same_bits(one, got[i]);
    }
    assert_status(ltn_boiler_coal_nox_g_kg(LTN_BOILER_POWER, LTN_FURNACE_HAND_FIRED, 12, &one), LTN_ENOTFOUND);
    assert_true(isnan(one));
    assert_status(ltn_boiler_coal_nox_g_kg(LTN_BOILER_HEAT, LTN_FURNACE_HAND_FIRED, 12, &one), LTN_ENOTFOUND);
    assert_status(ltn_boiler_coal_nox_g_kg(LTN_BOILER_POWER, LTN_FURNACE_PULVERISED, NAN, &one), LTN_EARGUMENT);
    assert_status(ltn_boiler_coal_nox_g_kg_array(2, (const int32_t[]){0, 3}, furnace, mw, got), LTN_EARGUMENT);
    assert_contains(ltn_last_error()->message, "element 1");
    assert_true(isnan(got[0]) && isnan(got[1]));
    assert_status(ltn_boiler_coal_nox_g_kg_array(1, use, (const int32_t[]){-1}, mw, got), LTN_EARGUMENT);
}

static void test_solvents(void **state)
{
    (void)state;
    double t;
    /* 120 t of ink with 0.6 VOC under a hood with carbon: 72 x (1 - 0.06). */
    assert_ok(ltn_solvent_t(120, 0.6, 0, 0.15, 0.40, 1, &t));
    assert_close(t, 67.68, 1e-12, 0);
    /* 85 % recovered, then RTO 94 % of what is closed in 95 %, running 90 %: 500 x 0.15 x (1 - 0.80370). */
    assert_ok(ltn_solvent_t(500, 1, 0.85, 0.94, 0.95, 0.90, &t));
    assert_close(t, 14.7225, 1e-12, 0);
    assert_ok(ltn_solvent_sum_t(2, (const double[]){120, 500}, (const double[]){0.6, 1}, (const double[]){0, 0.85},
                                (const double[]){0.15, 0.94}, (const double[]){0.40, 0.95}, (const double[]){1, 0.90},
                                &t));
    assert_close(t, 82.4025, 1e-12, 0);
}

static void test_road(void **state)
{
    (void)state;
    /* Heavy diesel trucks of stages III and IV, 60,000 km: 19,200 x 7.934 and 6,720 x 5.554. */
    const double vehicles[] = {19200, 6720}, km[] = {60000, 60000}, g_km[] = {7.934, 5.554};
    double t[2], sum;
    assert_ok(ltn_road_exhaust_t_array(2, vehicles, km, g_km, t));
    assert_close(t[0], 9139.968, 1e-12, 0);
    assert_close(t[1], 2239.3728, 1e-12, 0);
    assert_ok(ltn_road_exhaust_sum_t(2, vehicles, km, g_km, &sum));
    assert_close(sum, 11379.3408, 1e-12, 0);
    assert_ok(ltn_road_evaporation_t(130000, 6.5, 365, &sum));
    assert_close(sum, 308.425, 1e-12, 0);
}

static void test_ships(void **state)
{
    (void)state;
    static const int32_t years[] = {2017, 2018, 2019, 2020};
    double share[4], t;
    assert_ok(ltn_year_share_array(4, years, 2019, 1, 1, share));
    assert_true(share[0] == 0 && share[1] == 0 && share[2] == 1 && share[3] == 1);
    assert_ok(ltn_year_share(2019, 2019, 7, 1, &share[0]));
    assert_true(share[0] == 0.5);
    assert_ok(ltn_year_share(2020, 2020, 2, 15, &share[0])); /* half of 29 days, then ten months */
    assert_close(share[0], (10 + 15.0 / 29) / 12, 1e-12, 0);
    assert_status(ltn_year_share(2019, 2019, 2, 29, &share[0]), LTN_EARGUMENT);
    assert_true(isnan(share[0]));
    assert_status(ltn_year_share_array(2, years, 2019, 13, 1, share), LTN_EARGUMENT);
    /* 1,000 t of 1.5 % are 30 t; 60 % of it inside, and 0.5 % there for half the year: S = 1.5 - 1.0 x 0.3 = 1.2 %. */
    assert_ok(ltn_ship_so2_t(1000, 0.015, LTN_SHIP_SULPHUR_LIMIT, 0.6, 0, 0, &t));
    assert_close(t, 30, 1e-12, 0);
    assert_ok(ltn_ship_so2_t(1000, 0.015, LTN_SHIP_SULPHUR_LIMIT, 0.6, 0.5, 0, &t));
    assert_close(t, 24, 1e-12, 0);
    /* Better fuel than the limit stays as it is. */
    assert_ok(ltn_ship_so2_t(1000, 0.002, LTN_SHIP_SULPHUR_LIMIT, 1, 1, 0, &t));
    assert_close(t, 4, 1e-12, 0);
}

static void test_storage(void **state)
{
    (void)state;
    double t;
    assert_ok(ltn_storage_t(1.1e6, 1.624, 0.5, &t));
    assert_close(t, 893.2, 1e-12, 0);
    /* 1,250 valves of 0.00023 kg/h for 8,000 h: 2,300 kg. The printed division by 8760 would leave 0.26 kg. */
    assert_ok(ltn_leak_t(1250, 0.00023, 8000, &t));
    assert_close(t, 2.3, 1e-12, 0);
    assert_ok(ltn_leak_sum_t(2, (const double[]){1250, 60}, (const double[]){0.00023, 0.0199},
                             (const double[]){8000, 8000}, &t));
    assert_close(t, 2.3 + 9.552, 1e-12, 0);
}

static void test_products(void **state)
{
    (void)state;
    double t;
    assert_ok(ltn_activity_by_unit_t(2e6, 29.95, 0, &t)); /* 2 million pairs of shoes */
    assert_close(t, 59.9, 1e-12, 0);
    assert_ok(ltn_activity_by_unit_t(9.3e6, 2.09, 0, &t)); /* gas in g/m3: the header's g/kg would be another thing */
    assert_close(t, 19.437, 1e-12, 0);
    assert_ok(ltn_activity_by_mass_t(60000, 29.22, 0.2, &t)); /* ceramics */
    assert_close(t, 1402.56, 1e-12, 0);
}

/* ---- domains ---- */

typedef ltn_status (*method3)(double, double, double, double *);

static void test_domains(void **state)
{
    (void)state;
    static const struct {
        method3 method;
        double x[3];
        const char *part;
    } cases[] = {
        {ltn_limit_by_mass_t, {-1, 10.29, 35}, "fuel_t is -1; expected a finite number of at least 0"},
        {ltn_limit_by_mass_t, {1, INFINITY, 35}, "flue_gas_m3_kg is inf"},
        {ltn_limit_by_mass_t, {1, 10.29, NAN}, "concentration_mg_m3 is not a number"},
        {ltn_limit_by_volume_t, {1, 10, -35}, "concentration_mg_m3"},
        {ltn_stack_t, {35, 1.2e6, 8785}, "hours is 8785"},
        {ltn_boiler_fuel, {10, -1, 0.18}, "hours is -1"},
        {ltn_activity_by_mass_t, {10, 4, 80}, "removal is 80; expected a share in [0, 1], such as 0.8 for 80 %"},
        {ltn_activity_by_unit_t, {10, 4, 1.0001}, "removal"},
        {ltn_road_exhaust_t, {1, 1, -0.1}, "factor_g_km"},
        {ltn_road_evaporation_t, {1, 6.5, 367}, "days is 367"},
        {ltn_storage_t, {1, 1.624, 50}, "recovery is 50"},
        {ltn_leak_t, {1, 1, 87600}, "hours"},
        {ltn_device_removal, {95, 0.94, 1}, "capture is 95"},
        {ltn_device_removal, {0.95, 0.94, 1.5}, "running is 1.5"},
        {ltn_activity_by_mass_t, {1e200, 1e200, 0}, "larger than a number can be"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        double out = 1;
        assert_status(cases[i].method(cases[i].x[0], cases[i].x[1], cases[i].x[2], &out), LTN_EARGUMENT);
        assert_contains(ltn_last_error()->message, cases[i].part);
        assert_true(isnan(out));
    }
    double out = 1;
    /* The slip the domain is made for: percent where a share is meant. */
    assert_status(ltn_sulphur_factor_g_kg(0.8, 0.15, &out), LTN_EARGUMENT);
    assert_contains(ltn_last_error()->message, "sulphur is 0.8; expected a mass share in [0, 0.1], such as 0.008");
    assert_status(ltn_limit_at_oxygen_mg_m3(50, 20.9, 6, 20.9, &out), LTN_EARGUMENT);
    assert_status(ltn_limit_at_oxygen_mg_m3(50, 9, 6, 0.209, &out), LTN_EARGUMENT);
    assert_status(ltn_solvent_t(1, 1, 0, 0.9, 40, 1, &out), LTN_EARGUMENT);
    assert_status(ltn_ship_so2_t(1, 0.015, 0.5, 1, 1, 0, &out), LTN_EARGUMENT);
    assert_contains(ltn_last_error()->message, "limit is 0.5");
    assert_status(ltn_device_series(2, (const double[]){0.2, -0.1}, &out), LTN_EARGUMENT);
    assert_contains(ltn_last_error()->message, "removal[1]");
    assert_ok(ltn_device_series(0, NULL, &out));
    assert_true(out == 0);
}

static void test_arrays_say_where(void **state)
{
    (void)state;
    const double fuel[] = {7200, 1200.5, 3}, sulphur[] = {0.008, 0.006, 0.7}, retained[] = {0.15, 0.15, 0.15},
                 removal[] = {0, 0.8, 0};
    double out[] = {1, 2, 3};
    assert_status(ltn_sulphur_so2_t_array(3, fuel, sulphur, retained, removal, out), LTN_EARGUMENT);
    assert_contains(ltn_last_error()->message, "sulphur[2] is 0.7");
    for (size_t i = 0; i < 3; i++) assert_true(isnan(out[i]));
    assert_ok(ltn_sulphur_so2_t_array(0, fuel, sulphur, retained, removal, out));
    assert_status(ltn_stack_sum_t(2, fuel, (const double[]){1, -1}, (const double[]){1, 1}, out), LTN_EARGUMENT);
    assert_contains(ltn_last_error()->message, "flow_m3_h[1] is -1");
    assert_true(isnan(out[0]));
}

/* Every array form gives, element by element, the bits of its form for one. */
static void test_arrays_equal_scalars(void **state)
{
    (void)state;
    enum { N = 257 };
    static double x[6][N], got[N];
    double one;
    uint64_t random = 20180803;
#define FILL(column, low, high)                                                                                        \
    for (size_t i = 0; i < N; i++) x[column][i] = random_uniform(&random, low, high)
#define SAME(scalar_call)                                                                                              \
    for (size_t i = 0; i < N; i++) {                                                                                   \
        assert_ok(scalar_call);                                                                                        \
        assert_same_bits(one, got[i]);                                                                                 \
    }
    FILL(0, 0, 1e6);
    FILL(1, 0, 0.1);
    FILL(2, 0, 0.1);
    FILL(3, 0, 1);
    FILL(4, 0, 1);
    FILL(5, 0, 1);
    assert_ok(ltn_sulphur_factor_g_kg_array(N, x[1], x[3], got));
    SAME(ltn_sulphur_factor_g_kg(x[1][i], x[3][i], &one));
    assert_ok(ltn_sulphur_so2_t_array(N, x[0], x[1], x[3], x[4], got));
    SAME(ltn_sulphur_so2_t(x[0][i], x[1][i], x[3][i], x[4][i], &one));
    assert_ok(ltn_ship_so2_t_array(N, x[0], x[1], x[2], x[3], x[4], x[5], got));
    SAME(ltn_ship_so2_t(x[0][i], x[1][i], x[2][i], x[3][i], x[4][i], x[5][i], &one));
    assert_ok(ltn_solvent_t_array(N, x[0], x[1], x[2], x[3], x[4], x[5], got));
    SAME(ltn_solvent_t(x[0][i], x[1][i], x[2][i], x[3][i], x[4][i], x[5][i], &one));
    assert_ok(ltn_device_removal_array(N, x[3], x[4], x[5], got));
    SAME(ltn_device_removal(x[3][i], x[4][i], x[5][i], &one));
    assert_ok(ltn_activity_by_mass_t_array(N, x[0], x[1], x[3], got));
    SAME(ltn_activity_by_mass_t(x[0][i], x[1][i], x[3][i], &one));
    assert_ok(ltn_activity_by_unit_t_array(N, x[0], x[1], x[3], got));
    SAME(ltn_activity_by_unit_t(x[0][i], x[1][i], x[3][i], &one));
    assert_ok(ltn_storage_t_array(N, x[0], x[1], x[3], got));
    SAME(ltn_storage_t(x[0][i], x[1][i], x[3][i], &one));
    assert_ok(ltn_limit_by_mass_t_array(N, x[0], x[1], x[3], got));
    SAME(ltn_limit_by_mass_t(x[0][i], x[1][i], x[3][i], &one));
    assert_ok(ltn_limit_by_volume_t_array(N, x[0], x[1], x[3], got));
    SAME(ltn_limit_by_volume_t(x[0][i], x[1][i], x[3][i], &one));
    assert_ok(ltn_road_exhaust_t_array(N, x[0], x[1], x[3], got));
    SAME(ltn_road_exhaust_t(x[0][i], x[1][i], x[3][i], &one));
    assert_ok(ltn_road_evaporation_t_array(N, x[0], x[1], x[3], got));
    SAME(ltn_road_evaporation_t(x[0][i], x[1][i], x[3][i], &one));
    assert_ok(ltn_stack_t_array(N, x[0], x[1], x[3], got));
    SAME(ltn_stack_t(x[0][i], x[1][i], x[3][i], &one));
    assert_ok(ltn_leak_t_array(N, x[0], x[1], x[3], got));
    SAME(ltn_leak_t(x[0][i], x[1][i], x[3][i], &one));
    assert_ok(ltn_boiler_fuel_array(N, x[0], x[1], x[3], got));
    SAME(ltn_boiler_fuel(x[0][i], x[1][i], x[3][i], &one));
    FILL(1, 0, 20);
    FILL(2, 0, 20);
    FILL(3, 20.5, 21);
    assert_ok(ltn_limit_at_oxygen_mg_m3_array(N, x[0], x[1], x[2], x[3], got));
    SAME(ltn_limit_at_oxygen_mg_m3(x[0][i], x[1][i], x[2][i], x[3][i], &one));
#undef FILL
#undef SAME
}

/* ---- the table of factors ---- */

static ltn_factor_query query(const char *sector, const char *fuel, const char *technology, const char *pollutant)
{
    ltn_factor_query q;
    ltn_factor_query_init(&q);
    q.sector_class = sector;
    q.fuel = fuel;
    q.technology = technology;
    q.pollutant = pollutant;
    return q;
}

static void test_shipped_factors(void **state)
{
    static const struct {
        const char *sector, *fuel, *technology, *pollutant;
        double size; /* MW; NaN: none */
        double value;
        const char *unit;
    } cases[] = {
        {"combustion.power", "coal", NULL, "NOx", 25, 8.96, "g/kg"},
        {"combustion.power", "coal", "pulverised", "NOx", 100, 8.96, "g/kg"},
        {"combustion.power", "coal", NULL, "NOx", 100.1, 8.19, "g/kg"},
        {"combustion.power", "coal", NULL, "NOx", 300, 7.21, "g/kg"},
        {"combustion.power.big", "coal", NULL, "NOx", 660, 7.21, "g/kg"},
        {"combustion.power", "coal", NULL, "VOC", 660, 0.04, "g/kg"},
        {"combustion.boiler.coal", "coal", "chain_grate", "NOx", NAN, 4, "g/kg"},
        {"combustion.boiler.coal", "coal", "hand_fired", "NOx", NAN, 3.8, "g/kg"},
        {"combustion.boiler.coal", "coal", "hand_fired", "VOC", NAN, 4.53, "g/kg"},
        {"combustion.boiler.gas", "natural_gas", NULL, "NOx", NAN, 2.09, "g/m3"},
        {"combustion.boiler.oil", "fuel_oil", NULL, "SO2", NAN, 20, "g/kg"},
        {"combustion.boiler.oil", "diesel", NULL, "NOx", NAN, 9.62, "g/kg"},
        {"process.cement_clinker", NULL, NULL, "NOx", NAN, 1.88, "g/kg"},
        {"process.flat_glass", "natural_gas", NULL, "NOx", NAN, 7.74, "g/kg"},
        {"process.brick", "", "", "SO2", NAN, 0.6, "g/kg"},
        {"solvent.shoes", NULL, NULL, "VOC", NAN, 29.95, "g/pair"},
        {"solvent.printing", NULL, "solvent_ink", "VOC", NAN, 600, "g/kg"},
        {"mobile.road.truck_heavy_diesel", "diesel", "III", "NOx", NAN, 7.934, "g/km"},
        {"mobile.road.car_petrol", "petrol", "pre-I", "VOC", NAN, 2.685, "g/km"},
        {"mobile.nonroad.rail", "diesel", NULL, "NOx", NAN, 55.73, "g/kg"},
        {"mobile.ship.fishing", "diesel", NULL, "NOx", NAN, 47.6, "g/kg"},
        {"storage.loading", "petrol", NULL, "VOC", NAN, 1.624, "kg/m3"},
        {"storage.loading", "petrol", "ship", "VOC", NAN, 0.41, "kg/m3"}, /* the more specific of two */
        {"residential.coal", "coal", NULL, "VOC", NAN, 0.6, "g/kg"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        ltn_factor_query q = query(cases[i].sector, cases[i].fuel, cases[i].technology, cases[i].pollutant);
        q.size = cases[i].size;
        q.size_unit = "MW";
        ltn_factor f;
        assert_ok(ltn_factor_table_find(factors_of(state), &q, &f));
        assert_close(f.value, cases[i].value, 0, 0);
        assert_string_equal(f.unit, cases[i].unit);
        assert_true(f.year >= 2014 && f.line > 1 && *f.source);
    }
}

static void test_sulphur_goes_into_the_factor(void **state)
{
    ltn_factor f;
    ltn_factor_query q = query("combustion.boiler.coal", "coal", NULL, "SO2");
    assert_status(ltn_factor_table_find(factors_of(state), &q, &f), LTN_EARGUMENT);
    assert_contains(ltn_last_error()->message, "17 g/kg for each percent of sulphur");
    assert_null(f.unit);
    q.sulphur = 0.008;
    assert_ok(ltn_factor_table_find(factors_of(state), &q, &f));
    assert_close(f.value, 13.6, 1e-12, 0);
    assert_string_equal(f.unit, "g/kg");
    q = query("mobile.ship.coastal", "heavy_fuel_oil", NULL, "SO2");
    q.sulphur = 0.015;
    assert_ok(ltn_factor_table_find(factors_of(state), &q, &f));
    assert_close(f.value, 30, 1e-12, 0);
    q.sulphur = 1.5;
    assert_status(ltn_factor_table_find(factors_of(state), &q, &f), LTN_EARGUMENT);
}

static void test_suspicious_factors_are_refused(void **state)
{
    static const char *const cases[][3] = {
        {"combustion.boiler", "lpg", "VOC"},      {"combustion.boiler", "lng", "VOC"},
        {"combustion.power", "petcoke", "VOC"},   {"combustion.power", "crude", "SO2"},
        {"combustion.boiler", "kerosene", "SO2"}, {"combustion.boiler", "petcoke", "SO2"},
        {"combustion.boiler", "diesel", "SO2"},   {"combustion.power", "diesel", "SO2"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        ltn_factor f;
        ltn_factor_query q = query(cases[i][0], cases[i][1], NULL, cases[i][2]);
        assert_status(ltn_factor_table_find(factors_of(state), &q, &f), LTN_EREFUSED);
        assert_contains(ltn_last_error()->message, "is suspicious in T/CSES 144-2024, table ");
        assert_null(f.source);
        q.accept_suspicious = 1;
        assert_ok(ltn_factor_table_find(factors_of(state), &q, &f));
        assert_int_equal(f.trust, LTN_TRUST_SUSPICIOUS);
    }
}

/* The factors of gases stand in g/m3, and say that this is a correction of table E.7. */
static void test_gas_header_is_corrected(void **state)
{
    size_t corrected = 0;
    for (size_t i = 0; i < ltn_factor_table_count(factors_of(state)); i++) {
        ltn_factor f;
        assert_ok(ltn_factor_table_get(factors_of(state), i, &f));
        if (strcmp(f.fuel, "natural_gas") != 0) continue;
        assert_string_equal(f.unit, "g/m3");
        if (strcmp(f.table, "E.7") != 0) continue;
        assert_int_equal(f.trust, LTN_TRUST_ERRATUM);
        assert_contains(f.note, "g/kg");
        corrected++;
    }
    assert_int_equal(corrected, 3);
}

static void test_other_source_by_name(void **state)
{
    ltn_factor f;
    ltn_factor_query q = query("combustion.boiler.coal", "coal", "chain_grate", "VOC");
    assert_ok(ltn_factor_table_find(factors_of(state), &q, &f));
    assert_close(f.value, 2.16, 0, 0);
    q.source = "MEP notice 2014 No. 55";
    assert_ok(ltn_factor_table_find(factors_of(state), &q, &f));
    assert_close(f.value, 0.39, 0, 0);
    assert_true(f.alternative);
    q.source = "AP-42";
    assert_status(ltn_factor_table_find(factors_of(state), &q, &f), LTN_ENOTFOUND);
    assert_contains(ltn_last_error()->message, "expected a source among: T/CSES 144-2024");
}

static void test_what_is_lacking(void **state)
{
    const ltn_factor_table *table = factors_of(state);
    ltn_factor f;
    ltn_factor_query q = query("combustion.boiler.coal", "coal", NULL, "NOx");
    assert_status(ltn_factor_table_find(table, &q, &f), LTN_ENOTFOUND);
    assert_contains(ltn_last_error()->message,
                    "expected a technology among: pulverised, fluidised_bed, chain_grate, hand_fired");
    q = query("combustion.power", "coal", NULL, "NOx");
    assert_status(ltn_factor_table_find(table, &q, &f), LTN_ENOTFOUND);
    assert_contains(ltn_last_error()->message, "expected a size among: <= 100 MW, > 100 MW to < 300 MW, >= 300 MW");
    q.size = 300;
    q.size_unit = "t/h"; /* steam never compares with electricity */
    assert_status(ltn_factor_table_find(table, &q, &f), LTN_ENOTFOUND);
    q.size_unit = "tph";
    assert_status(ltn_factor_table_find(table, &q, &f), LTN_EUNIT);
    q.size_unit = NULL;
    assert_status(ltn_factor_table_find(table, &q, &f), LTN_EUNIT);
    q.size = -1;
    assert_status(ltn_factor_table_find(table, &q, &f), LTN_EARGUMENT);
    q = query("storage.loading", "methanol", NULL, "VOC");
    assert_status(ltn_factor_table_find(table, &q, &f), LTN_ENOTFOUND);
    assert_contains(ltn_last_error()->message, "expected a fuel among: petrol, diesel, crude");
    q = query("combustion.boilers", "coal", NULL, "NOx"); /* no prefix without a dot */
    assert_status(ltn_factor_table_find(table, &q, &f), LTN_ENOTFOUND);
    q = query("combustion.boiler", "coal", NULL, NULL);
    assert_status(ltn_factor_table_find(table, &q, &f), LTN_EARGUMENT);
    assert_status(ltn_factor_table_get(table, ltn_factor_table_count(table), &f), LTN_EARGUMENT);
}

/* The tables in code and in the file are the same. */
static void test_nox_in_code_is_nox_in_the_table(void **state)
{
    static const char *const classes[] = {"combustion.power", "combustion.chp", "combustion.boiler"};
    static const char *const furnaces[] = {"pulverised", "fluidised_bed", "chain_grate", "hand_fired"};
    static const double sizes[] = {12, 100, 101, 299, 300, 1000};
    for (int use = 0; use < 3; use++)
        for (int furnace = 0; furnace < 4; furnace++)
            for (size_t s = 0; s < COUNT(sizes); s++) {
                double in_code;
                ltn_factor f;
                ltn_factor_query q = query(classes[use], "coal", furnaces[furnace], "NOx");
                q.size = sizes[s];
                q.size_unit = "MW";
                ltn_status status =
                    ltn_boiler_coal_nox_g_kg((ltn_boiler_use)use, (ltn_furnace)furnace, sizes[s], &in_code);
                if (status) continue;
                assert_ok(ltn_factor_table_find(factors_of(state), &q, &f));
                assert_same_bits(f.value, in_code);
            }
}

/* ---- tables of one's own ---- */

#define HEADER "sector_class,fuel,technology,size_low,size_high,pollutant,factor,unit,status,source\n"

static void test_specific_rows_win(void **state)
{
    (void)state;
    const char *path = write_file("own.csv", HEADER "a,,,,,SO2,1,g/kg,sourced,x\n"
                                                    "a.b,,,,,SO2,2,g/kg,sourced,x\n"
                                                    "a.b,coal,,,,SO2,3,g/kg,sourced,x\n"
                                                    "a.b,coal,,10 t/h,35 t/h,SO2,4,g/kg,sourced,x\n"
                                                    "a.b,coal,,20 t/h,,SO2,5,g/kg,sourced,x\n"
                                                    "a.b,coal,,20 t/h,30 t/h,SO2,6,g/kg,sourced,x\n"
                                                    "a,oil,,,,SO2,7,g/kg,sourced,x\n");
    static const struct {
        const char *sector, *fuel;
        double size;
        const char *unit;
        ltn_status status;
        double value;
    } cases[] = {
        {"a", "", NAN, "", LTN_OK, 1},
        {"a.c.d", "coal", 50, "t/h", LTN_OK, 1},
        {"a.b.c", "", NAN, "", LTN_OK, 2},
        {"a.b", "coal", NAN, "", LTN_OK, 3},
        {"a.b", "coal", 9.9, "t/h", LTN_OK, 3},
        {"a.b", "coal", 10, "t/h", LTN_OK, 4},
        {"a.b", "coal", 7, "MW_th", LTN_OK, 4}, /* 10 t/h */
        {"a.b", "coal", 35, "t/h", LTN_OK, 5},
        {"a.b", "coal", 20, "t/h", LTN_OK, 6},     /* inside both of the others */
        {"a.b", "coal", 30, "t/h", LTN_EINPUT, 0}, /* 10 to 35, and from 20 on */
        {"a.b", "coal", 600, "MW", LTN_OK, 3},
        {"a.b", "oil", NAN, "", LTN_EINPUT, 0}, /* one has the class, the other the fuel */
        {"a.c", "oil", NAN, "", LTN_OK, 7},
        {"ab", "oil", NAN, "", LTN_ENOTFOUND, 0},
    };
    ltn_factor_table *table;
    assert_ok(ltn_factor_table_read_csv(path, NULL, &table));
    for (size_t i = 0; i < COUNT(cases); i++) {
        ltn_factor_query q = query(cases[i].sector, cases[i].fuel, NULL, "SO2");
        q.size = cases[i].size;
        q.size_unit = cases[i].unit;
        ltn_factor f;
        assert_status(ltn_factor_table_find(table, &q, &f), cases[i].status);
        if (!cases[i].status) assert_close(f.value, cases[i].value, 0, 0);
    }
    ltn_factor_query q = query("a.b", "oil", NULL, "SO2");
    ltn_factor f;
    assert_status(ltn_factor_table_find(table, &q, &f), LTN_EINPUT);
    assert_contains(ltn_last_error()->message, "2 g/kg (line 3)");
    assert_contains(ltn_last_error()->message, "7 g/kg (line 8)");
    ltn_factor_table_free(table);
    ltn_factor_table_free(NULL);
}

static void test_bad_factor_tables(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int line, column;
        const char *part;
    } cases[] = {
        {"sector_class,pollutant,factor,unit,status\na,SO2,1,g/kg,sourced\n", 1, 1,
         "the required column 'source' is missing"},
        {HEADER "a,,,,,SO2,1,g/kg,sourced,x\na,,,,,SO2,2,g/kg,sourced,y\n", 3, 1, "line 2 is for the same"},
        {HEADER ",,,,,SO2,1,g/kg,sourced,x\n", 2, 1, "sector_class is blank"},
        {HEADER "a,,,,,,1,g/kg,sourced,x\n", 2, 7, "pollutant is blank"},
        {HEADER "a,,,,,SO2,-1,g/kg,sourced,x\n", 2, 11, "factor '-1' is no number of at least 0"},
        {HEADER "a,,,,,SO2,17*S,g/kg,sourced,x\n", 2, 11, "factor '17*S' is no number"},
        {HEADER "a,,,,,SO2,,g/kg,sourced,x\n", 2, 11, "factor is blank"},
        {HEADER "a,,,,,SO2,1,g/kgg,sourced,x\n", 2, 13, "unit 'g/kgg' is not known"},
        {HEADER "a,,,,,SO2,1,g/kg,sure,x\n", 2, 18, "status 'sure' is not known; expected one of sourced"},
        {HEADER "a,,,,,SO2,1,g/kg,,x\n", 2, 18, "status is blank"},
        {HEADER "a,,,< 10 t/h,,SO2,1,g/kg,sourced,x\n", 2, 5, "size_low '< 10 t/h' is no size"},
        {HEADER "a,,,,100,SO2,1,g/kg,sourced,x\n", 2, 6, "size_high '100' is no size"},
        {HEADER "a,,,10 t/h,300 MW,SO2,1,g/kg,sourced,x\n", 2, 12, "size_high '300 MW' is no size of that kind"},
        {HEADER "a,,,10 t/h,9 t/h,SO2,1,g/kg,sourced,x\n", 2, 12, "size_high '9 t/h' is below size_low '10 t/h'"},
        {"sector_class,pollutant,factor,unit,status,source,time\na,SO2,17,g/kg,sourced,x,sulphur_pct\n", 1, 1,
         "column 'time' is not known; the nearest is 'times'"},
        {"sector_class,pollutant,factor,unit,status,source,times\na,SO2,17,g/kg,sourced,x,sulfur\n", 2, 25,
         "times 'sulfur' is not known; expected one of sulphur_pct"},
        {"sector_class,pollutant,factor,unit,status,source,year\na,SO2,17,g/kg,sourced,x,24\n", 2, 25,
         "year '24' is not a year"},
        {"sector_class,pollutant,factor,unit,status,source,alternative\na,SO2,17,g/kg,sourced,x,1\n", 2, 25,
         "alternative '1' is not known; expected one of no, yes"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        ltn_factor_table *table = (void *)1;
        ltn_read_options options;
        ltn_read_options_init(&options);
        assert_ok(ltn_diagnostics_create(&options.diagnostics));
        assert_status(ltn_factor_table_read_csv(write_file("bad.csv", cases[i].text), &options, &table), LTN_EINPUT);
        assert_null(table);
        assert_complaint(options.diagnostics, cases[i].line, cases[i].column, cases[i].part);
        assert_int_equal(ltn_diagnostics_errors(options.diagnostics), 1);
        ltn_diagnostics_free(options.diagnostics);
    }
    ltn_factor_table *table = (void *)1;
    assert_status(ltn_factor_table_read_csv(temporary_path("none.csv"), NULL, &table), LTN_EIO);
    assert_null(table);
}

static void test_bad_rows_are_all_shown(void **state)
{
    (void)state;
    ltn_factor_table *table;
    ltn_read_options options;
    ltn_read_options_init(&options);
    assert_ok(ltn_diagnostics_create(&options.diagnostics));
    const char *path = write_file("bad.csv", HEADER "a,,,,,SO2,x,g/kg,sourced,s\nb,,,,,SO2,1,g/kgg,sourced,s\n"
                                                    "c,,,,,SO2,1,g/kg,sourced,\n");
    assert_status(ltn_factor_table_read_csv(path, &options, &table), LTN_EINPUT);
    assert_complaint(options.diagnostics, 2, 11, "factor");
    assert_complaint(options.diagnostics, 3, 13, "unit");
    assert_complaint(options.diagnostics, 4, 26, "source is blank");
    assert_int_equal(ltn_diagnostics_errors(options.diagnostics), 3);
    ltn_diagnostics_free(options.diagnostics);
}

/* A source may stand beside the table's own choice for the same thing. */
static void test_alternatives_are_no_doubles(void **state)
{
    (void)state;
    static const char head[] = "sector_class,pollutant,factor,unit,status,source,alternative\n";
    char text[512];
    ltn_factor_table *table;
    snprintf(text, sizeof text,
             "%sa,VOC,2.16,g/kg,sourced,x,\na,VOC,0.39,g/kg,sourced,y,yes\na,VOC,3,g/kg,sourced,z,yes\n", head);
    assert_ok(ltn_factor_table_read_csv(write_file("two.csv", text), NULL, &table));
    ltn_factor_table_free(table);
    snprintf(text, sizeof text, "%sa,VOC,2.16,g/kg,sourced,x,\na,VOC,0.39,g/kg,sourced,x,yes\n", head);
    assert_status(ltn_factor_table_read_csv(write_file("two.csv", text), NULL, &table), LTN_EINPUT);
}

/* ---- the table of devices ---- */

static void test_devices_multiply(void **state)
{
    const ltn_devices *devices = devices_of(state);
    double r;
    /* Wet scrubber before wet desulphurisation: 1 - 0.8 x 0.2. */
    assert_ok(ltn_devices_combine(devices, 2, (const char *const[]){"wet_scrubber", "fgd_wet"}, "SO2", &r));
    assert_close(r, 0.84, 1e-12, 0);
    /* The pair, then a third that is not in it: 1 - 0.36 x 0.8. */
    assert_ok(ltn_devices_combine(devices, 3, (const char *const[]){"denox_other", "scr", "lnb"}, "NOx", &r));
    assert_close(r, 0.712, 1e-12, 0);
    /* Zeolite, then RTO. */
    assert_ok(ltn_devices_combine(devices, 2, (const char *const[]){"zeolite_rotor", "rto"}, "VOC", &r));
    assert_close(r, 1 - 0.66 * 0.06, 1e-12, 0);
    assert_ok(ltn_devices_combine(devices, 0, NULL, "VOC", &r));
    assert_true(r == 0);
    /* SNCR makes a pair with the burner as SCR does: which one is meant has to be said. */
    assert_status(ltn_devices_combine(devices, 3, (const char *const[]){"lnb", "sncr", "scr"}, "NOx", &r),
                  LTN_EARGUMENT);
    assert_contains(ltn_last_error()->message, "'lnb_sncr' and of 'lnb_scr'");
    assert_true(isnan(r));
    assert_ok(ltn_devices_combine(devices, 2, (const char *const[]){"lnb_scr", "sncr"}, "NOx", &r));
    assert_close(r, 1 - 0.36 * 0.70, 1e-12, 0);
}

static void test_devices_refuse(void **state)
{
    const ltn_devices *devices = devices_of(state);
    ltn_device d;
    double r;
    assert_status(ltn_devices_combine(devices, 2, (const char *const[]){"scr", "scr"}, "NOx", &r), LTN_EARGUMENT);
    assert_status(ltn_devices_combine(devices, 2, (const char *const[]){"lnb_scr", "scr"}, "NOx", &r), LTN_EARGUMENT);
    assert_status(ltn_devices_combine(devices, 2, (const char *const[]){"lnb_scr", "lnb_sncr"}, "NOx", &r),
                  LTN_EARGUMENT);
    assert_contains(ltn_last_error()->message, "twice");
    const char *many[17];
    for (size_t i = 0; i < COUNT(many); i++) many[i] = "rto";
    assert_status(ltn_devices_combine(devices, COUNT(many), many, "VOC", &r), LTN_EARGUMENT);
    assert_status(ltn_device_find(devices, "rto", "NOx", &d), LTN_ENOTFOUND);
    assert_contains(ltn_last_error()->message, "it has one for VOC");
    assert_null(d.device);
    assert_status(ltn_device_find(devices, "hood", "VOC", &d), LTN_ENOTFOUND); /* a capture is no device */
    assert_status(ltn_capture_find(devices, "rto", "VOC", &d), LTN_ENOTFOUND);
    assert_status(ltn_device_find(devices, "magic", "VOC", &d), LTN_ENOTFOUND);
    assert_status(ltn_devices_get(devices, ltn_devices_count(devices), &d), LTN_EARGUMENT);
}

/* Every device has a name in both languages and can be found by its id. */
static void test_shipped_devices(void **state)
{
    const ltn_devices *devices = devices_of(state);
    for (size_t i = 0; i < ltn_devices_count(devices); i++) {
        ltn_device row, found;
        assert_ok(ltn_devices_get(devices, i, &row));
        assert_true(*row.name && *row.name_zh && *row.source);
        if (ltn_device_find(devices, row.device, row.pollutant, &found))
            assert_ok(ltn_capture_find(devices, row.device, row.pollutant, &found));
        assert_int_equal(found.line, row.line);
    }
    static const struct {
        const char *device, *pollutant;
        double efficiency;
    } cases[] = {
        {"fgd_wet", "SO2", 0.80},
        {"fgd_dry", "SO2", 0.50},
        {"fgd_wet_utility", "SO2", 0.95},
        {"lnb", "NOx", 0.22},
        {"sncr", "NOx", 0.30},
        {"scr", "NOx", 0.42},
        {"activated_carbon", "VOC", 0.15},
        {"photolysis", "VOC", 0.17},
        {"plasma", "VOC", 0.39},
        {"biofilter", "VOC", 0.53},
        {"condensation", "VOC", 0.65},
        {"catalytic_oxidiser", "VOC", 0.85},
        {"rco", "VOC", 0.85},
        {"thermal_oxidiser", "VOC", 0.90},
        {"rto", "VOC", 0.94},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        ltn_device d;
        assert_ok(ltn_device_find(devices, cases[i].device, cases[i].pollutant, &d));
        assert_close(d.efficiency, cases[i].efficiency, 0, 0);
    }
}

static void test_bad_device_tables(void **state)
{
    (void)state;
#define HEAD "kind,device,parts,pollutant,efficiency,status,source\n"
    static const struct {
        const char *text;
        int line, column;
        const char *part;
    } cases[] = {
        {HEAD "removal,a,,SO2,80,sourced,x\n", 2, 16, "efficiency '80' is no share"},
        {HEAD "removal,a,,SO2,,sourced,x\n", 2, 16, "efficiency is blank"},
        {HEAD "remove,a,,SO2,0.8,sourced,x\n", 2, 1, "kind 'remove' is not known; expected one of removal, capture"},
        {HEAD "removal,a,,SO2,0.8,sourced,x\nremoval,a,,SO2,0.7,sourced,x\n", 3, 9, "line 2 is for the same"},
        {HEAD "removal,c,a;b,SO2,0.8,sourced,x\nremoval,a,,SO2,80 %,sourced,x\n", 2, 1,
         "part 'b' of 'c' is no single device on SO2"},
        {HEAD "removal,c,a,SO2,0.8,sourced,x\nremoval,a,,SO2,80 %,sourced,x\n", 2, 1, "expected two devices or more"},
    };
#undef HEAD
    for (size_t i = 0; i < COUNT(cases); i++) {
        ltn_devices *devices = (void *)1;
        ltn_read_options options;
        ltn_read_options_init(&options);
        assert_ok(ltn_diagnostics_create(&options.diagnostics));
        assert_status(ltn_devices_read_csv(write_file("bad.csv", cases[i].text), &options, &devices), LTN_EINPUT);
        assert_null(devices);
        assert_complaint(options.diagnostics, cases[i].line, cases[i].column, cases[i].part);
        assert_int_equal(ltn_diagnostics_errors(options.diagnostics), 1);
        ltn_diagnostics_free(options.diagnostics);
        assert_status(ltn_devices_read_csv(write_file("bad.csv", cases[i].text), NULL, &devices), LTN_EINPUT);
    }
}

/* Of nested combinations the largest holds. */
static void test_larger_combination_wins(void **state)
{
    (void)state;
    const char *path = write_file("devices.csv", "kind,device,parts,pollutant,efficiency,status,source\n"
                                                 "removal,ab,a;b,X,0.5,sourced,x\nremoval,abc,a; b; c,X,0.9,sourced,x\n"
                                                 "removal,a,,X,0.1,sourced,x\nremoval,b,,X,0.2,sourced,x\n"
                                                 "removal,c,,X,0.3,sourced,x\nremoval,d,,X,0.4,sourced,x\n");
    ltn_devices *devices;
    double r;
    assert_ok(ltn_devices_read_csv(path, NULL, &devices));
    assert_ok(ltn_devices_combine(devices, 3, (const char *const[]){"c", "b", "a"}, "X", &r));
    assert_close(r, 0.9, 1e-12, 0);
    assert_ok(ltn_devices_combine(devices, 4, (const char *const[]){"c", "d", "b", "a"}, "X", &r));
    assert_close(r, 0.94, 1e-12, 0);
    assert_ok(ltn_devices_combine(devices, 3, (const char *const[]){"b", "d", "a"}, "X", &r));
    assert_close(r, 0.7, 1e-12, 0);
    ltn_devices_free(devices);
    ltn_devices_free(NULL);
}

/* ---- inventories that give activity alone ---- */

/* The boiler: 7200 t of coal at 0.8 % S in a chain grate give 97.92 t of SO2 (17 x 0.8 g/kg) and 28.8 t of NOx
 * (4 g/kg, T/CSES 144-2024 E.7); the brick works' NOx has a factor of its own. */
static const char by_activity[] = "source,region,sector,pollutant,fuel,technology,sulphur_pct,capacity,activity,"
                                  "activity_unit,factor,factor_unit,removal\n"
                                  "B,r,combustion.boiler.coal,SO2,coal,chain_grate,0.8,10 t/h,7200,t,,,0\n"
                                  "B,r,combustion.boiler.coal,NOx,coal,chain_grate,0.8,10 t/h,7200,t,,,0\n"
                                  "K,r,process.brick,NOx,,,,,1000,t,0.07,g/kg,0\n";

static double emission_of(const ltn_inventory *inventory, const char *source, int32_t which)
{
    int32_t row = ltn_inventory_first(inventory)[ltn_inventory_find(inventory, source)] + which;
    const ltn_table *emissions = ltn_inventory_emissions(inventory);
    return ltn_table_number(emissions, (size_t)row, (size_t)ltn_table_find(emissions, "emission_t"));
}

static void test_blank_factors_are_filled_and_marked(void **state)
{
    ltn_inventory_options options;
    ltn_inventory *inventory, *again;
    ltn_inventory_options_init(&options);
    options.factors = factors_of(state);
    assert_ok(ltn_inventory_read_csv(write_file("activity.csv", by_activity), &options, &inventory));
    assert_close(emission_of(inventory, "B", 0), 97.92, 1e-12, 0);
    assert_close(emission_of(inventory, "B", 1), 28.8, 1e-12, 0);
    assert_close(emission_of(inventory, "K", 0), 0.07, 1e-12, 0);
    assert_int_equal(ltn_inventory_factor_defaulted(inventory), 2);
    /* the mark is in the file too, and needs no table to be read again */
    const char *path = temporary_path("marked.csv");
    assert_ok(ltn_inventory_write_csv(inventory, path));
    assert_ok(ltn_inventory_read_csv(path, NULL, &again));
    assert_int_equal(ltn_inventory_factor_defaulted(again), 2);
    ltn_inventory_free(inventory);
    ltn_inventory_free(again);
}

static void test_blank_factors_without_leave(void **state)
{
    ltn_inventory_options options;
    ltn_inventory *inventory;
    ltn_inventory_options_init(&options);
    assert_ok(ltn_diagnostics_create(&options.diagnostics));
    options.factors = factors_of(state);
    options.no_defaults = 1;
    assert_status(ltn_inventory_read_csv(write_file("activity.csv", by_activity), &options, &inventory), LTN_EINPUT);
    assert_int_equal(ltn_diagnostics_errors(options.diagnostics), 2);
    ltn_diagnostics_free(options.diagnostics);
    options.diagnostics = NULL;
    options.no_defaults = 0;
    /* no factor fits, or the sulphur that it needs is not told: the row is named */
    static const char *const bad[] = {"X,r,process.unknown,VOC,,,,,1,t,,,0\n",
                                      "B,r,combustion.boiler.coal,SO2,coal,chain_grate,,10 t/h,1,t,,,0\n"};
    for (size_t i = 0; i < COUNT(bad); i++) {
        char csv[512];
        const char *rows = strchr(by_activity, '\n') + 1;
        snprintf(csv, sizeof csv, "%.*s%s", (int)(rows - by_activity), by_activity, bad[i]);
        assert_status(ltn_inventory_read_csv(write_file("activity.csv", csv), &options, &inventory), LTN_EINPUT);
        assert_int_equal(ltn_last_error()->line, 2);
        assert_contains(ltn_last_error()->message, "factor is blank");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_power_plant),
        cmocka_unit_test(test_grate_boiler),
        cmocka_unit_test(test_capture_and_device),
        cmocka_unit_test(test_pair_beats_the_product),
        cmocka_unit_test(test_sulphur),
        cmocka_unit_test(test_gas_limit),
        cmocka_unit_test(test_oxygen),
        cmocka_unit_test(test_stack_erratum),
        cmocka_unit_test(test_boiler_nox),
        cmocka_unit_test(test_solvents),
        cmocka_unit_test(test_road),
        cmocka_unit_test(test_ships),
        cmocka_unit_test(test_storage),
        cmocka_unit_test(test_products),
        cmocka_unit_test(test_domains),
        cmocka_unit_test(test_arrays_say_where),
        cmocka_unit_test(test_arrays_equal_scalars),
        cmocka_unit_test(test_shipped_factors),
        cmocka_unit_test(test_sulphur_goes_into_the_factor),
        cmocka_unit_test(test_suspicious_factors_are_refused),
        cmocka_unit_test(test_gas_header_is_corrected),
        cmocka_unit_test(test_other_source_by_name),
        cmocka_unit_test(test_what_is_lacking),
        cmocka_unit_test(test_nox_in_code_is_nox_in_the_table),
        cmocka_unit_test(test_specific_rows_win),
        cmocka_unit_test(test_bad_factor_tables),
        cmocka_unit_test(test_bad_rows_are_all_shown),
        cmocka_unit_test(test_alternatives_are_no_doubles),
        cmocka_unit_test(test_devices_multiply),
        cmocka_unit_test(test_devices_refuse),
        cmocka_unit_test(test_shipped_devices),
        cmocka_unit_test(test_bad_device_tables),
        cmocka_unit_test(test_larger_combination_wins),
        cmocka_unit_test(test_blank_factors_are_filled_and_marked),
        cmocka_unit_test(test_blank_factors_without_leave),
    };
    obey_test_filter();
    return cmocka_run_group_tests_name("factors", tests, read_shipped, free_shipped);
}
