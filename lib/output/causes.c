/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is written of an attribution and of a sensitivity analysis. */
#include "output/results.h"

#include "base/file.h"
#include "base/table.h"

#include <stdlib.h>

static const char *const methods[] = {
    [LTN_ATTRIBUTION_IN_ORDER] = "in_order", [LTN_ATTRIBUTION_SHAPLEY] = "shapley", [LTN_ATTRIBUTION_LMDI] = "lmdi"};

static int method_of(const ltn_results *r)
{
    return r->options.attributed ? r->options.attributed->method : LTN_ATTRIBUTION_SHAPLEY;
}

static int year_of(const ltn_results *r)
{
    int year = r->options.attributed ? r->options.attributed->year : 0;
    return year ? year : r->run->years[r->run->year_count - 1];
}

bool ltn_results_know_sensitivity(const ltn_results *r)
{
    return r->options.sensitivity && r->options.sensitivity->rows;
}

ltn_status ltn_results_check_attribution(const ltn_results *r)
{
    int method = method_of(r);
    if (!r->options.attribution) return LTN_OK;
    if (method < LTN_ATTRIBUTION_IN_ORDER || method > LTN_ATTRIBUTION_LMDI)
        return ltn_fail(LTN_EARGUMENT, NULL,
                        "attribution method %d is not known; expected 0 (in order), 1 (Shapley) or 2 (LMDI)", method);
    if (ltn_projection_find_year(r->run, year_of(r)) < 0)
        return ltn_fail(LTN_ENOTFOUND, NULL, "%d, the attribution's year, is not among the projected years",
                        year_of(r));
    return LTN_OK;
}

/* The table with the year and the method before its columns. */
static ltn_status put_head(const ltn_results *r, ltn_table *table)
{
    ltn_status status = ltn_table_add_column(table, "year", LTN_NUMBER, NULL);
    if (!status) status = ltn_table_add_column(table, "method", LTN_TEXT, NULL);
    if (!status) status = ltn_table_append(table, r->options.attribution);
    for (size_t row = 0; !status && row < table->rows; row++) {
        table->columns[0].numbers[row] = year_of(r);
        status = ltn_table_set_text(table, row, 1, methods[method_of(r)]);
    }
    return status;
}

static ltn_status write_table(const ltn_results *r, const char *name, const ltn_table *table)
{
    char *path = ltn_path_in(r->folder, name);
    ltn_status status = path ? ltn_table_write_csv(table, path) : LTN_ENOMEM;
    free(path);
    return status;
}

static ltn_status write_attribution(const ltn_results *r)
{
    ltn_table *table = ltn_table_create();
    ltn_status status = table ? put_head(r, table) : LTN_ENOMEM;
    if (!status) status = write_table(r, "attribution.csv", table);
    ltn_table_free(table);
    return status;
}

ltn_status ltn_results_write_causes(const ltn_results *r)
{
    ltn_status status = r->options.attribution ? write_attribution(r) : LTN_OK;
    if (status || !ltn_results_know_sensitivity(r)) return status;
    return write_table(r, "sensitivity.csv", r->options.sensitivity);
}
