/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The official accounts: keep to the base, work out the increments, verify the decrements. */
#include "projection/projection.h"

#include <lantian/accounts.h>
#include <stdlib.h>
#include <string.h>

enum { REGION, POLLUTANT, BASE, GROWTH, NEW, STRUCTURAL, ENGINEERING, MANAGEMENT, PROJECTED, COLUMNS };

static const int column_of_class[LTN_CLASSES] = {
    [LTN_CLASS_STRUCTURAL] = STRUCTURAL,
    [LTN_CLASS_ENGINEERING] = ENGINEERING,
    [LTN_CLASS_MANAGEMENT] = MANAGEMENT,
    [LTN_CLASS_GROWTH] = GROWTH,
    [LTN_CLASS_NEW] = NEW,
};

static int class_of(const char *name)
{
    int c = 0;
    while (strcmp(ltn_class_names[c], name) != 0) c++;
    return c;
}

/* The account's row of a region and pollutant, which both come from tables with these columns. */
static size_t find_row(const ltn_table *accounts, const char *region, const char *pollutant)
{
    size_t row = 0;
    while (row < accounts->rows && (strcmp(ltn_table_text(accounts, row, REGION), region) != 0 ||
                                    strcmp(ltn_table_text(accounts, row, POLLUTANT), pollutant) != 0))
        row++;
    return row;
}

/* A row a region and pollutant, from the sums of the base year and the last. */
static ltn_status open_accounts(const ltn_table *sums, int base_year, ltn_table *accounts)
{
    for (size_t i = 0; i < sums->rows; i++) {
        const char *region = ltn_table_text(sums, i, 1), *pollutant = ltn_table_text(sums, i, 2);
        size_t row = find_row(accounts, region, pollutant);
        bool first = row == accounts->rows;
        if (first && ltn_table_resize(accounts, row + 1)) return LTN_ENOMEM;
        if (first && (ltn_table_set_text(accounts, row, REGION, region) ||
                      ltn_table_set_text(accounts, row, POLLUTANT, pollutant)))
            return LTN_ENOMEM;
        for (size_t c = BASE; first && c < COLUMNS; c++) accounts->columns[c].numbers[row] = 0;
        int column = (int)ltn_table_number(sums, i, 0) == base_year ? BASE : PROJECTED;
        accounts->columns[column].numbers[row] = ltn_table_number(sums, i, 3);
    }
    return LTN_OK;
}

static void enter_changes(const ltn_table *ledger, ltn_table *accounts)
{
    for (size_t i = 0; i < ledger->rows; i++) {
        size_t row = find_row(accounts, ltn_table_text(ledger, i, 1), ltn_table_text(ledger, i, 2));
        int column = column_of_class[class_of(ltn_table_text(ledger, i, 0))];
        accounts->columns[column].numbers[row] += ltn_table_number(ledger, i, 3);
    }
}

static ltn_status add_columns(ltn_table *table)
{
    static const char *const names[COLUMNS] = {"region",       "pollutant",     "base_t",       "growth_t",   "new_t",
                                               "structural_t", "engineering_t", "management_t", "projected_t"};
    ltn_status status = LTN_OK;
    for (size_t c = 0; !status && c < COLUMNS; c++)
        status = ltn_table_add_column(table, names[c], c <= POLLUTANT ? LTN_TEXT : LTN_NUMBER, NULL);
    return status;
}

/* The years between the base and the last are of no interest here. */
static ltn_status sum_ends(const ltn_projection *run, const ltn_grouping *grouping, ltn_table **out)
{
    ltn_table *all = NULL;
    ltn_status status = ltn_projection_summarise_at(run, grouping, &all);
    if (status) return status;
    int32_t *rows = ltn_alloc(all->rows, sizeof *rows);
    size_t count = 0;
    for (size_t i = 0; rows && i < all->rows; i++) {
        int year = (int)ltn_table_number(all, i, 0);
        if (year == run->years[0] || year == run->years[run->year_count - 1]) rows[count++] = (int32_t)i;
    }
    status = rows ? ltn_table_gather(all, rows, count, out) : LTN_ENOMEM;
    free(rows);
    ltn_table_free(all);
    return status;
}

ltn_status ltn_projection_accounts(const ltn_projection *run, const char *scope, int region_depth, ltn_table **out)
{
    *out = NULL;
    ltn_table *sums = NULL, *ledger = NULL, *accounts = ltn_table_create();
    ltn_grouping grouping;
    ltn_grouping_init(&grouping, LTN_BY_YEAR | LTN_BY_REGION | LTN_BY_POLLUTANT);
    grouping.region_depth = region_depth;
    grouping.scope = scope;
    ltn_status status = accounts ? add_columns(accounts) : LTN_ENOMEM;
    if (!status) status = sum_ends(run, &grouping, &sums);
    if (!status) status = open_accounts(sums, run->years[0], accounts);
    grouping.by = LTN_BY_CLASS | LTN_BY_REGION | LTN_BY_POLLUTANT;
    if (!status) status = ltn_projection_ledger(run, &grouping, &ledger);
    if (!status) enter_changes(ledger, accounts);
    ltn_table_free(sums);
    ltn_table_free(ledger);
    if (status)
        ltn_table_free(accounts);
    else
        *out = accounts;
    return status;
}
