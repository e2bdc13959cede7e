/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/sum.h"
#include "inventory/groups.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LEDGER_ONLY = LTN_BY_YEAR | LTN_BY_MEASURE | LTN_BY_TASK | LTN_BY_BUREAU | LTN_BY_CLASS };

static ltn_status sum_by_group(const ltn_inventory *inventory, const ltn_groups *groups, ltn_table *table)
{
    ltn_sum *sums = ltn_alloc(groups->count, sizeof *sums);
    ltn_status status = sums ? ltn_groups_add_columns(groups, table) : LTN_ENOMEM;
    if (!status) status = ltn_table_add_column(table, "emission_t", LTN_NUMBER, NULL);
    if (!status) status = ltn_table_resize(table, groups->count);
    const double *emission = ltn_emission_column_of(inventory, LTN_EMISSION)->numbers;
    for (size_t row = 0; !status && row < groups->rows; row++) ltn_sum_add(&sums[groups->of_row[row]], emission[row]);
    for (size_t group = 0; !status && group < groups->count; group++) {
        ltn_groups_name_row(groups, group, table, group, 0);
        table->columns[groups->key_count].numbers[group] = ltn_sum_value(&sums[group]);
    }
    free(sums);
    return status;
}

ltn_status ltn_inventory_summarise(const ltn_inventory *inventory, const ltn_grouping *grouping, ltn_table **out)
{
    *out = NULL;
    if (grouping->by & LEDGER_ONLY)
        return ltn_fail(LTN_EARGUMENT, NULL, "an inventory has no years or measures to group by");
    if (grouping->scope)
        return ltn_fail(LTN_EARGUMENT, NULL, "an inventory has no scopes; a projection has its scenario's");
    ltn_groups groups;
    ltn_status status = ltn_groups_create(inventory, NULL, grouping, NULL, &groups);
    if (status) return status;
    ltn_table *table = ltn_table_create();
    status = table ? sum_by_group(inventory, &groups, table) : LTN_ENOMEM;
    ltn_groups_free(&groups);
    if (status)
        ltn_table_free(table);
    else
        *out = table;
    return status;
}

/* ---- comparing ---- */

static ltn_status check_baselines(const ltn_inventory *before, const ltn_inventory *after)
{
    const char *a = before->baseline, *b = after->baseline;
    size_t length = ltn_baseline_length(a);
    if (length && length == ltn_baseline_length(b) && strncmp(a, b, length) == 0) return LTN_OK;
    return ltn_fail(LTN_EBASELINE, NULL,
                    "the inventories rest on different statistical bases ('%s' and '%s'); their difference is no "
                    "change of emissions",
                    *a ? a : "not said", *b ? b : "not said");
}

/* The texts of a row's keys, joined by a byte that no text holds. */
static int32_t find_or_add_row(ltn_dictionary *rows, const ltn_table *table, size_t row, size_t keys)
{
    size_t size = 0, used = 0;
    for (size_t k = 0; k < keys; k++) {
        const char *word = ltn_table_text(table, row, k);
        size += (word ? strlen(word) : 0) + 1;
    }
    char *text = ltn_alloc(size, 1);
    if (!text) return -1;
    for (size_t k = 0; k < keys; k++) {
        const char *word = ltn_table_text(table, row, k);
        size_t length = word ? strlen(word) : 0;
        if (length) memcpy(text + used, word, length);
        used += length;
        text[used++] = '\x1f';
    }
    int32_t code = ltn_dictionary_add(rows, text, used);
    free(text);
    return code;
}

/* Puts one summary's values into a column of the comparison; new groups go to its end. */
static ltn_status lay_in(ltn_table *result, ltn_dictionary *rows, const ltn_table *part, size_t value_column)
{
    size_t keys = part->column_count - 1;
    for (size_t row = 0; row < part->rows; row++) {
        int32_t at = find_or_add_row(rows, part, row, keys);
        if (at < 0) return LTN_ENOMEM;
        if ((size_t)at == result->rows) {
            if (ltn_table_resize(result, result->rows + 1)) return LTN_ENOMEM;
            for (size_t k = 0; k < keys; k++)
                if (ltn_table_set_text(result, (size_t)at, k, ltn_table_text(part, row, k))) return LTN_ENOMEM;
            for (size_t v = 0; v < 3; v++) result->columns[keys + v].numbers[at] = 0;
        }
        result->columns[value_column].numbers[at] = part->columns[keys].numbers[row];
    }
    return LTN_OK;
}

static ltn_status lay_side_by_side(const ltn_table *a, const ltn_table *b, ltn_table *result)
{
    static const char *const values[] = {"before_t", "after_t", "difference_t"};
    size_t keys = a->column_count - 1;
    ltn_dictionary *rows = ltn_dictionary_create();
    ltn_status status = rows ? LTN_OK : LTN_ENOMEM;
    for (size_t k = 0; !status && k < keys; k++)
        status = ltn_table_add_column(result, a->columns[k].name, LTN_TEXT, NULL);
    for (size_t v = 0; !status && v < 3; v++) status = ltn_table_add_column(result, values[v], LTN_NUMBER, NULL);
    if (!status) status = lay_in(result, rows, a, keys);
    if (!status) status = lay_in(result, rows, b, keys + 1);
    for (size_t row = 0; !status && row < result->rows; row++)
        result->columns[keys + 2].numbers[row] =
            result->columns[keys + 1].numbers[row] - result->columns[keys].numbers[row];
    ltn_dictionary_free(rows);
    return status;
}

ltn_status ltn_inventory_compare(const ltn_inventory *before, const ltn_inventory *after, const ltn_grouping *grouping,
                                 ltn_table **out)
{
    *out = NULL;
    ltn_table *a = NULL, *b = NULL, *result = NULL;
    ltn_status status = check_baselines(before, after);
    if (!status) status = ltn_inventory_summarise(before, grouping, &a);
    if (!status) status = ltn_inventory_summarise(after, grouping, &b);
    if (!status && !(result = ltn_table_create())) status = LTN_ENOMEM;
    if (!status) status = lay_side_by_side(a, b, result);
    ltn_table_free(a);
    ltn_table_free(b);
    if (status)
        ltn_table_free(result);
    else
        *out = result;
    return status;
}
