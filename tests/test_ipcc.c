/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Approach 1 of the IPCC. Expected values are of the printed formulas (2006 Guidelines, Vol. 1, Table 3.2), with type A as
 * the difference of two trends, worked out in 30 digits with mpmath; the library writes it as one fraction. */
#include "support.h"

#include <math.h>

static ltn_ipcc_row row_of(const char *category, double c, double d, double e, double f, int factor, int activity)
{
    return (ltn_ipcc_row){category, "SO2", c, d, e, f, factor, activity};
}

typedef struct sheet {
    ltn_ipcc_row rows[3];
} sheet;

static sheet three(int factor, int activity)
{
    return (sheet){{row_of("boilers", 100, 120, 2, 5, factor, activity),
                    row_of("kilns", 50, 40, 3, 10, factor, activity), row_of("ships", 20, 30, 5, 8, factor, activity)}};
}

static void check_row(const ltn_table *table, size_t row, const double *wanted)
{
    static const char *const names[] = {
        "combined_pct", "level", "sensitivity_a", "sensitivity_b", "trend_factor_pct", "trend_activity_pct", "trend"};
    for (size_t i = 0; i < COUNT(names); i++) {
        int column = ltn_table_find(table, names[i]);
        assert_true(column >= 0);
        assert_close(ltn_table_number(table, row, (size_t)column), wanted[i], 1e-14, 0);
    }
}

/* G, H, I, J, K, L, M of the factor correlated between the years, the activity not. */
static const double columns_2006[][7] = {{5.385164807134504, 11.56786703601108, 0.04815961472308222, 0.7058823529411765,
                                          0.2407980736154111, 1.996536793938487, 4.044142881807066},
                                         {10.44030650891055, 4.831024930747922, -0.09315163015352769,
                                          0.2352941176470588, -0.9315163015352769, 0.9982683969692436,
                                          1.864262412413504},
                                         {9.433981132056604, 2.218836565096953, 0.04492984032625976, 0.1764705882352941,
                                          0.3594387226100781, 1.247835496211554, 1.686289620917101}};

static void worksheet_of_2006(void **state)
{
    (void)state;
    sheet s = three(1, 0);
    ltn_ipcc_totals totals;
    ltn_table *table = NULL;
    assert_ok(ltn_ipcc_approach1(s.rows, 3, NULL, &totals, &table));
    assert_int_equal(ltn_table_rows(table), 3);
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(ltn_table_text(table, i, 0), s.rows[i].category);
        assert_string_equal(ltn_table_text(table, i, 1), "SO2");
        assert_same_bits(ltn_table_number(table, i, 2), s.rows[i].base_t);
        assert_same_bits(ltn_table_number(table, i, 3), s.rows[i].year_t);
        assert_same_bits(ltn_table_number(table, i, 4), s.rows[i].activity_pct);
        assert_same_bits(ltn_table_number(table, i, 5), s.rows[i].factor_pct);
        check_row(table, i, columns_2006[i]);
    }
    /* 170 t, then 190: 20/170 = 11.764706 % */
    assert_close(totals.base_t, 170, 0, 0);
    assert_close(totals.year_t, 190, 0, 0);
    assert_close(totals.trend_pct, 200 / 17.0, 1e-15, 0);
    assert_close(totals.level_pct, 4.31482659348623, 1e-14, 0);
    assert_close(totals.trend_uncertainty_pct, 2.75584740418218, 1e-14, 0);
    ltn_table_free(table);
}

/* H and M in percent are the roots of those above; the totals are the same. */
static void worksheet_of_2000(void **state)
{
    (void)state;
    sheet s = three(1, 0);
    ltn_ipcc_options options;
    ltn_ipcc_totals totals;
    ltn_table *table = NULL;
    ltn_ipcc_options_init(&options);
    options.edition = LTN_IPCC_2000;
    assert_ok(ltn_ipcc_approach1(s.rows, 3, &options, &totals, &table));
    static const double level[] = {3.401156720295476, 2.1979592650338, 1.489575968219464};
    static const double trend[] = {2.011005440521498, 1.365379951666753, 1.298572146981869};
    for (size_t i = 0; i < 3; i++) {
        double wanted[7];
        memcpy(wanted, columns_2006[i], sizeof wanted);
        wanted[1] = level[i];
        wanted[6] = trend[i];
        check_row(table, i, wanted);
    }
    assert_close(totals.level_pct, 4.31482659348623, 1e-14, 0);
    assert_close(totals.trend_uncertainty_pct, 2.75584740418218, 1e-14, 0);
    ltn_table_free(table);
}

static void switches_between_the_years(void **state)
{
    (void)state;
    static const struct {
        int factor, activity;
        double trend;
    } cases[] = {{0, 1, 6.33325808985054}, {1, 1, 1.0921273832074}, {0, 0, 6.81997879224295}};
    ltn_ipcc_totals totals;
    for (size_t i = 0; i < COUNT(cases); i++) {
        sheet s = three(cases[i].factor, cases[i].activity);
        assert_ok(ltn_ipcc_approach1(s.rows, 3, NULL, &totals, NULL));
        assert_close(totals.trend_uncertainty_pct, cases[i].trend, 1e-13, 0);
        assert_close(totals.level_pct, 4.31482659348623, 1e-14, 0);
    }
    sheet s = three(1, 0); /* each row has switches of its own */
    s.rows[1].factor_correlated = 0;
    s.rows[1].activity_correlated = s.rows[2].activity_correlated = 1;
    assert_ok(ltn_ipcc_approach1(s.rows, 3, NULL, &totals, NULL));
    assert_close(totals.trend_uncertainty_pct, 3.92104140969923, 1e-14, 0);
}

/* By hand: one category makes the whole, so I is 0 to the last digit; J = 0.7, K = 0, L = 0.7 · 12 · √2; level
 * = √(12² + 16²) = 20. A category that is new has C = 0, one that is closed D = 0. */
static void limits(void **state)
{
    (void)state;
    ltn_ipcc_totals totals;
    ltn_table *table = NULL;
    ltn_ipcc_row one = row_of(NULL, 310, 217, 12, 16, 1, 0);
    one.pollutant = NULL;
    assert_ok(ltn_ipcc_approach1(&one, 1, NULL, &totals, &table));
    assert_null(ltn_table_text(table, 0, 0));
    assert_same_bits(ltn_table_number(table, 0, (size_t)ltn_table_find(table, "sensitivity_a")), 0);
    assert_close(totals.level_pct, 20, 1e-15, 0);
    assert_close(totals.trend_pct, -30, 1e-14, 0);
    assert_close(totals.trend_uncertainty_pct, 0.7 * 12 * sqrt(2), 1e-14, 0);
    ltn_table_free(table);
    /* new: C 0, D 20 of 100 before and 90 after: I = 100 · (90.2/100 − 90/100) = 0.2; closed: C 30, D 0:
     * I = 100 · (90/100.3 − 90/100) = −0.2691924; the rest has no uncertainty. K of 10 % is 2 and −2.691924 */
    ltn_ipcc_row rows[] = {row_of("new", 0, 20, 0, 10, 1, 0), row_of("closed", 30, 0, 0, 10, 1, 0),
                           row_of("rest", 70, 70, 0, 0, 1, 0)};
    assert_ok(ltn_ipcc_approach1(rows, 3, NULL, &totals, NULL));
    assert_close(totals.trend_uncertainty_pct, hypot(2, 2.691924227318046), 1e-14, 0);
    assert_close(totals.level_pct, 200.0 / 90, 1e-15, 0);
}

static void bad_rows_are_all_named(void **state)
{
    (void)state;
    ltn_ipcc_row rows[] = {row_of("boilers", -1.5, 120, 2, 5, 1, 0), row_of("kilns", 50, NAN, 3, 10, 1, 0),
                           row_of("ships", 20, 30, 5, 8, 2, 0), row_of("cars", 20, 30, INFINITY, -8, 1, 0)};
    ltn_ipcc_options options;
    ltn_ipcc_totals totals;
    ltn_table *table = NULL;
    ltn_ipcc_options_init(&options);
    assert_ok(ltn_diagnostics_create(&options.diagnostics));
    assert_status(ltn_ipcc_approach1(rows, 4, &options, &totals, &table), LTN_EINPUT);
    assert_null(table);
    assert_true(isnan(totals.base_t) && isnan(totals.trend_uncertainty_pct));
    static const char *const wanted[] = {"rows[0] 'boilers': base_t is -1.5; expected a finite number of at least 0",
                                         "rows[1] 'kilns': year_t is nan; expected a finite number of at least 0",
                                         "rows[2] 'ships': factor_correlated is 2; expected 0 or 1",
                                         "rows[3] 'cars': activity_pct is inf; expected a finite number of at least 0",
                                         "rows[3] 'cars': factor_pct is -8; expected a finite number of at least 0"};
    assert_int_equal(ltn_diagnostics_count(options.diagnostics), COUNT(wanted));
    for (size_t i = 0; i < COUNT(wanted); i++)
        assert_string_equal(ltn_diagnostics_get(options.diagnostics, i)->message, wanted[i]);
    ltn_diagnostics_free(options.diagnostics);
    assert_status(ltn_ipcc_approach1(rows, 4, NULL, &totals, NULL), LTN_EINPUT);
    assert_contains(ltn_last_error()->message, "rows[0] 'boilers'");
    assert_contains(ltn_last_error()->message, "4 more errors");
}

static void nothing_to_divide_by(void **state)
{
    (void)state;
    ltn_ipcc_totals totals;
    ltn_ipcc_row rows[] = {row_of("a", 0, 7.25, 2, 5, 1, 0), row_of("b", 0, 3, 2, 5, 1, 0)};
    assert_status(ltn_ipcc_approach1(rows, 2, NULL, &totals, NULL), LTN_EINPUT);
    assert_contains(ltn_last_error()->message, "base_t of all rows sums to 0; expected a finite sum above 0");
    rows[0] = row_of("a", 7.25, 0, 2, 5, 1, 0), rows[1].year_t = 0;
    assert_status(ltn_ipcc_approach1(rows, 2, NULL, &totals, NULL), LTN_EINPUT);
    assert_contains(ltn_last_error()->message, "year_t of all rows sums to 0");
    rows[0] = row_of("a", 1e308, 1, 2, 5, 1, 0), rows[1] = row_of("b", 1e308, 1, 2, 5, 1, 0);
    assert_status(ltn_ipcc_approach1(rows, 2, NULL, &totals, NULL), LTN_EINPUT);
    rows[0] = row_of("a", 1, 1, 1e200, 5, 1, 0);
    assert_status(ltn_ipcc_approach1(rows, 1, NULL, &totals, NULL), LTN_EINPUT);
    assert_contains(ltn_last_error()->message, "larger than a number can be");
    assert_status(ltn_ipcc_approach1(rows, 0, NULL, &totals, NULL), LTN_EARGUMENT);
    ltn_ipcc_options options;
    ltn_ipcc_options_init(&options);
    options.edition = 1996;
    assert_status(ltn_ipcc_approach1(rows, 1, &options, &totals, NULL), LTN_EARGUMENT);
    assert_contains(ltn_last_error()->message, "edition is 1996");
}

static void rules_of_product_and_sum(void **state)
{
    (void)state;
    double out;
    /* √(5² + 30²) = √925; √(10² + 40²)/300 = √1700/3 % */
    assert_ok(ltn_ipcc_product_pct(2, (double[]){5, 30}, &out));
    assert_close(out, 30.413813, 0, 5e-7);
    assert_close(out, sqrt(925), 1e-15, 0);
    assert_ok(ltn_ipcc_sum_pct(2, (double[]){100, 200}, (double[]){10, 20}, &out));
    assert_close(out, 13.743685, 0, 5e-7);
    assert_close(out, sqrt(1700) / 3, 1e-15, 0);
    /* a difference: √(10² + 40²)/100 */
    assert_ok(ltn_ipcc_sum_pct(2, (double[]){100, -200}, (double[]){10, 20}, &out));
    assert_close(out, sqrt(1700), 1e-15, 0);
    assert_status(ltn_ipcc_product_pct(2, (double[]){5, -30}, &out), LTN_EARGUMENT);
    assert_contains(ltn_last_error()->message, "uncertainty_pct[1] is -30");
    assert_true(isnan(out));
    assert_status(ltn_ipcc_product_pct(1, (double[]){1e200}, &out), LTN_EARGUMENT);
    assert_status(ltn_ipcc_sum_pct(2, (double[]){100, NAN}, (double[]){10, 20}, &out), LTN_EARGUMENT);
    assert_status(ltn_ipcc_sum_pct(2, (double[]){100, -100}, (double[]){10, 20}, &out), LTN_EARGUMENT);
    assert_contains(ltn_last_error()->message, "sum to 0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(worksheet_of_2006),          cmocka_unit_test(worksheet_of_2000),
        cmocka_unit_test(switches_between_the_years), cmocka_unit_test(limits),
        cmocka_unit_test(bad_rows_are_all_named),     cmocka_unit_test(nothing_to_divide_by),
        cmocka_unit_test(rules_of_product_and_sum),
    };
    obey_test_filter();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
