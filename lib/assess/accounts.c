/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The official accounts: keep to the base, work out the increments, verify the decrements. */
#include "assess/families.h"

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

/* The account's row of a region and pollutant, looked for from `guess` on and around: tables of the same groups have
 * the same order, so it is at hand. The number of rows where there is none. */
static size_t find_row(const ltn_table *accounts, const char *region, const char *pollutant, size_t guess)
{
    for (size_t i = 0; i < accounts->rows; i++) {
        size_t row = (guess + i) % accounts->rows;
        if (strcmp(ltn_table_text(accounts, row, REGION), region) == 0 &&
            strcmp(ltn_table_text(accounts, row, POLLUTANT), pollutant) == 0)
            return row;
    }
    return accounts->rows;
}

/* Enters sums into a column; a region and pollutant met for the first time open a row. */
static ltn_status enter_sums(const ltn_table *sums, size_t column, ltn_table *accounts)
{
    bool first = accounts->rows == 0; /* of the tables: each of its rows is another */
    for (size_t i = 0; i < sums->rows; i++) {
        const char *region = ltn_table_text(sums, i, 0), *pollutant = ltn_table_text(sums, i, 1);
        size_t row = first ? i : find_row(accounts, region, pollutant, i);
        if (row == accounts->rows) {
            if (ltn_table_resize(accounts, row + 1) || ltn_table_set_text(accounts, row, REGION, region) ||
                ltn_table_set_text(accounts, row, POLLUTANT, pollutant))
                return LTN_ENOMEM;
            for (size_t c = BASE; c < COLUMNS; c++) accounts->columns[c].numbers[row] = 0;
        }
        accounts->columns[column].numbers[row] = ltn_table_number(sums, i, 2);
    }
    return LTN_OK;
}

static void enter_changes(const ltn_table *ledger, ltn_table *accounts)
{
    for (size_t i = 0, row = 0; i < ledger->rows; i++) {
        row = find_row(accounts, ltn_table_text(ledger, i, 1), ltn_table_text(ledger, i, 2), row);
        int column = column_of_class[class_of(ltn_table_text(ledger, i, 0))];
        accounts->columns[column].numbers[row] += ltn_table_number(ledger, i, 3);
    }
}

/* What measures did to sources that were added is no reduction of what stood in the base: it is moved to what is
 * new. */
static void move_to_new(const ltn_table *ledger, ltn_table *accounts)
{
    for (size_t i = 0, row = 0; i < ledger->rows; i++) {
        row = find_row(accounts, ltn_table_text(ledger, i, 1), ltn_table_text(ledger, i, 2), row);
        int column = column_of_class[class_of(ltn_table_text(ledger, i, 0))];
        double tonnes = ltn_table_number(ledger, i, 3);
        if (column == NEW) continue;
        accounts->columns[column].numbers[row] -= tonnes;
        accounts->columns[NEW].numbers[row] += tonnes;
    }
}

/* Marks the rows of added sources and of what was derived from them; NULL where nothing was added. */
static ltn_status mark_added(const ltn_projection *run, uint8_t **out)
{
    const ltn_program *p = &run->program;
    int32_t *root = NULL;
    bool any = false;
    *out = NULL;
    for (size_t i = 0; i < p->step_count; i++) any |= p->steps[i].measure->action == LTN_ADD;
    ltn_status status = any ? ltn_families(run, &root) : LTN_OK;
    if (!status && any && !(*out = ltn_alloc(p->rows, 1))) status = LTN_ENOMEM;
    for (int32_t s = (int32_t)p->base_sources; *out && (size_t)s < p->sources; s++) {
        int32_t from, to;
        ltn_program_rows(p, s, &from, &to);
        memset(*out + from, (size_t)root[s] >= p->base_sources, (size_t)(to - from));
    }
    free(root);
    return status;
}

static ltn_status enter_added(const ltn_projection *run, const ltn_grouping *grouping, ltn_table *accounts)
{
    uint8_t *added = NULL;
    ltn_table *ledger = NULL;
    ltn_status status = mark_added(run, &added);
    if (!status && added) status = ltn_projection_ledger_of(run, grouping, added, &ledger);
    if (!status && ledger) move_to_new(ledger, accounts);
    ltn_table_free(ledger);
    free(added);
    return status;
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

ltn_status ltn_projection_accounts(const ltn_projection *run, const char *scope, int region_depth, ltn_table **out)
{
    *out = NULL;
    ltn_table *base = NULL, *last = NULL, *ledger = NULL, *accounts = ltn_table_create();
    ltn_grouping grouping;
    ltn_grouping_init(&grouping, LTN_BY_REGION | LTN_BY_POLLUTANT);
    grouping.region_depth = region_depth;
    grouping.scope = scope;
    ltn_status status = accounts ? add_columns(accounts) : LTN_ENOMEM;
    if (!status) status = ltn_projection_summarise_base(run, &grouping, &base);
    if (!status) status = ltn_projection_summarise_at(run, &grouping, &last);
    if (!status) status = enter_sums(base, BASE, accounts);
    if (!status) status = enter_sums(last, PROJECTED, accounts);
    grouping.by |= LTN_BY_CLASS;
    if (!status) status = ltn_projection_ledger(run, &grouping, &ledger);
    if (!status) enter_changes(ledger, accounts);
    if (!status) status = enter_added(run, &grouping, accounts);
    ltn_table_free(base);
    ltn_table_free(last);
    ltn_table_free(ledger);
    if (status)
        ltn_table_free(accounts);
    else
        *out = accounts;
    return status;
}
