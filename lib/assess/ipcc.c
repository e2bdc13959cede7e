/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Approach 1 (Tier 1) of the IPCC: 2006 Guidelines, Vol. 1, Ch. 3, Tables 3.2 and 3.3; Good Practice Guidance 2000,
 * Table 6.1. Letters are the tables' columns. */
#include "base/diagnostics.h"
#include "base/sum.h"
#include "base/table.h"

#include <lantian/ipcc.h>
#include <math.h>
#include <string.h>

enum { CATEGORY, POLLUTANT, C, D, E, F, G, H, I, J, K, L, M, COLUMNS };

static const char *const names[COLUMNS] = {"category",      "pollutant",     "base_t",           "year_t",
                                           "activity_pct",  "factor_pct",    "combined_pct",     "level",
                                           "sensitivity_a", "sensitivity_b", "trend_factor_pct", "trend_activity_pct",
                                           "trend"};

void ltn_ipcc_options_init(ltn_ipcc_options *options)
{
    *options = (ltn_ipcc_options){.struct_size = sizeof *options};
}

/* ---- what goes in ---- */

static const ltn_place nowhere = {0};

static void complain_number(ltn_diagnostics *list, size_t row, const char *category, const char *name, double value)
{
    ltn_complain(list, LTN_ERROR, &nowhere, "rows[%zu] '%s': %s is %.10g; expected a finite number of at least 0", row,
                 category ? category : "", name, value);
}

static void complain_switch(ltn_diagnostics *list, size_t row, const char *category, const char *name, int value)
{
    ltn_complain(list, LTN_ERROR, &nowhere, "rows[%zu] '%s': %s is %d; expected 0 or 1", row, category ? category : "",
                 name, value);
}

static void check_row(const ltn_ipcc_row *row, size_t at, ltn_diagnostics *list)
{
    const double numbers[] = {row->base_t, row->year_t, row->activity_pct, row->factor_pct};
    for (int i = 0; i < 4; i++)
        if (!(numbers[i] >= 0 && isfinite(numbers[i])))
            complain_number(list, at, row->category, names[C + i], numbers[i]);
    if (row->factor_correlated != 0 && row->factor_correlated != 1)
        complain_switch(list, at, row->category, "factor_correlated", row->factor_correlated);
    if (row->activity_correlated != 0 && row->activity_correlated != 1)
        complain_switch(list, at, row->category, "activity_correlated", row->activity_correlated);
}

/* ΣC and ΣD. Everything is divided by them. */
static void add_up(const ltn_ipcc_row *rows, size_t count, ltn_ipcc_totals *totals, ltn_diagnostics *list)
{
    ltn_sum base = {0}, year = {0};
    for (size_t i = 0; i < count; i++) {
        ltn_sum_add(&base, rows[i].base_t);
        ltn_sum_add(&year, rows[i].year_t);
    }
    totals->base_t = ltn_sum_value(&base);
    totals->year_t = ltn_sum_value(&year);
    if (!(totals->base_t > 0 && isfinite(totals->base_t)))
        ltn_complain(list, LTN_ERROR, &nowhere, "base_t of all rows sums to %.10g; expected a finite sum above 0",
                     totals->base_t);
    if (!(totals->year_t > 0 && isfinite(totals->year_t)))
        ltn_complain(list, LTN_ERROR, &nowhere, "year_t of all rows sums to %.10g; expected a finite sum above 0",
                     totals->year_t);
}

static ltn_status check(const ltn_ipcc_row *rows, size_t count, const ltn_ipcc_options *options,
                        ltn_ipcc_totals *totals)
{
    ltn_diagnostics own = {0}, *list = options->diagnostics ? options->diagnostics : &own;
    size_t seen = list->errors;
    if (count == 0) return ltn_fail(LTN_EARGUMENT, NULL, "there is no row; expected at least one category");
    if (options->edition != LTN_IPCC_2006 && options->edition != LTN_IPCC_2000)
        return ltn_fail(LTN_EARGUMENT, NULL, "edition is %d; expected LTN_IPCC_2006 or LTN_IPCC_2000",
                        options->edition);
    for (size_t i = 0; i < count; i++) check_row(&rows[i], i, list);
    if (list->errors == seen) add_up(rows, count, totals, list);
    ltn_status status = ltn_diagnostics_verdict(list, seen);
    ltn_diagnostics_clear(&own);
    return status;
}

/* ---- the worksheet ---- */

/* Type A sensitivity: the step of 1 % itself (Table 3.2, Note B). The two fractions are written as one, as their
 * difference would lose the digits that count for a small category; 100 and 0.01 cancel. */
static double sensitivity_a(double c, double d, const ltn_ipcc_totals *sum)
{
    return (d * sum->base_t - c * sum->year_t) / ((0.01 * c + sum->base_t) * sum->base_t);
}

/* Columns C to M of a row. */
static void fill_in(const ltn_ipcc_row *row, const ltn_ipcc_totals *sum, int edition, double x[COLUMNS])
{
    x[C] = row->base_t, x[D] = row->year_t, x[E] = row->activity_pct, x[F] = row->factor_pct;
    x[G] = hypot(x[E], x[F]);
    x[H] = x[G] * x[D] / sum->year_t;
    x[I] = sensitivity_a(x[C], x[D], sum);
    x[J] = x[D] / sum->base_t;
    x[K] = row->factor_correlated ? x[I] * x[F] : x[J] * x[F] * M_SQRT2;
    x[L] = row->activity_correlated ? x[I] * x[E] : x[J] * x[E] * M_SQRT2;
    x[M] = hypot(x[K], x[L]);
    if (edition == LTN_IPCC_2006) x[H] *= x[H], x[M] *= x[M];
}

static ltn_status enter(const ltn_ipcc_row *row, size_t at, const double x[COLUMNS], ltn_table *table)
{
    ltn_status status = ltn_table_set_text(table, at, CATEGORY, row->category);
    if (!status) status = ltn_table_set_text(table, at, POLLUTANT, row->pollutant);
    for (size_t c = C; c < COLUMNS; c++) table->columns[c].numbers[at] = x[c];
    return status;
}

static ltn_status make_table(size_t rows, ltn_table **out)
{
    ltn_table *table = *out = ltn_table_create();
    ltn_status status = table ? LTN_OK : LTN_ENOMEM;
    for (size_t c = 0; !status && c < COLUMNS; c++)
        status = ltn_table_add_column(table, names[c], c < C ? LTN_TEXT : LTN_NUMBER, NULL);
    if (!status) status = ltn_table_resize(table, rows);
    return status;
}

/* The squares of H and M add up, whichever way the edition prints them. */
static ltn_status work_out(const ltn_ipcc_row *rows, size_t count, int edition, ltn_ipcc_totals *totals,
                           ltn_table *table)
{
    ltn_sum level = {0}, trend = {0};
    ltn_status status = LTN_OK;
    for (size_t i = 0; !status && i < count; i++) {
        double x[COLUMNS] = {0};
        fill_in(&rows[i], totals, edition, x);
        ltn_sum_add(&level, edition == LTN_IPCC_2006 ? x[H] : x[H] * x[H]);
        ltn_sum_add(&trend, edition == LTN_IPCC_2006 ? x[M] : x[M] * x[M]);
        if (table) status = enter(&rows[i], i, x, table);
    }
    totals->level_pct = sqrt(ltn_sum_value(&level));
    totals->trend_uncertainty_pct = sqrt(ltn_sum_value(&trend));
    totals->trend_pct = 100 * (totals->year_t - totals->base_t) / totals->base_t;
    if (!status && !(isfinite(totals->level_pct) && isfinite(totals->trend_uncertainty_pct)))
        status = ltn_fail(LTN_EINPUT, NULL, "the uncertainty is larger than a number can be; expected smaller values");
    return status;
}

ltn_status ltn_ipcc_approach1(const ltn_ipcc_row *rows, size_t count, const ltn_ipcc_options *options,
                              ltn_ipcc_totals *totals, ltn_table **out)
{
    ltn_ipcc_options all;
    ltn_table *table = NULL;
    ltn_ipcc_options_init(&all);
    if (options) memcpy(&all, options, options->struct_size < sizeof all ? options->struct_size : sizeof all);
    if (out) *out = NULL;
    *totals = (ltn_ipcc_totals){NAN, NAN, NAN, NAN, NAN};
    ltn_ipcc_totals found = *totals;
    ltn_status status = check(rows, count, &all, &found);
    if (!status && out) status = make_table(count, &table);
    if (!status) status = work_out(rows, count, all.edition, &found, table);
    if (status) {
        ltn_table_free(table);
        return status;
    }
    *totals = found;
    if (out) *out = table;
    return LTN_OK;
}

/* ---- the two rules ---- */

static ltn_status check_uncertainty(size_t at, double value)
{
    if (value >= 0 && isfinite(value)) return LTN_OK;
    return ltn_fail(LTN_EARGUMENT, NULL, "uncertainty_pct[%zu] is %.10g; expected a finite number of at least 0", at,
                    value);
}

static ltn_status answer(double value, double *out)
{
    if (!isfinite(value))
        return ltn_fail(LTN_EARGUMENT, NULL,
                        "the uncertainty is larger than a number can be; expected smaller arguments");
    *out = value;
    return LTN_OK;
}

ltn_status ltn_ipcc_product_pct(size_t count, const double *uncertainty_pct, double *out)
{
    ltn_sum squares = {0};
    *out = NAN;
    for (size_t i = 0; i < count; i++) {
        if (check_uncertainty(i, uncertainty_pct[i])) return LTN_EARGUMENT;
        ltn_sum_add(&squares, uncertainty_pct[i] * uncertainty_pct[i]);
    }
    return answer(sqrt(ltn_sum_value(&squares)), out);
}

ltn_status ltn_ipcc_sum_pct(size_t count, const double *values, const double *uncertainty_pct, double *out)
{
    ltn_sum squares = {0}, sum = {0};
    *out = NAN;
    for (size_t i = 0; i < count; i++) {
        double off = uncertainty_pct[i] * values[i];
        if (check_uncertainty(i, uncertainty_pct[i])) return LTN_EARGUMENT;
        if (!isfinite(values[i]))
            return ltn_fail(LTN_EARGUMENT, NULL, "values[%zu] is %.10g; expected a finite number", i, values[i]);
        ltn_sum_add(&squares, off * off);
        ltn_sum_add(&sum, values[i]);
    }
    if (ltn_sum_value(&sum) == 0)
        return ltn_fail(LTN_EARGUMENT, NULL,
                        "the values sum to 0; expected a sum that an uncertainty can be a part of");
    return answer(sqrt(ltn_sum_value(&squares)) / fabs(ltn_sum_value(&sum)), out);
}
