/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Regions and sectors from their tables. */
#include "format/csv.h"
#include "inventory/tree.h"

#include <stdlib.h>
#include <string.h>

/* Adds a node for every row; the rest of the row is filled in afterwards. */
static ltn_status add_nodes(const ltn_csv_table *csv, const char *code_column, bool dotted, ltn_tree *tree,
                            ltn_diagnostics *list)
{
    uint8_t *seen = ltn_alloc(csv->table->rows, 1);
    ltn_dictionary *codes = ltn_dictionary_create();
    ltn_status status = seen && codes ? LTN_OK : LTN_ENOMEM;
    for (size_t row = 0; !status && row < csv->table->rows; row++) {
        const char *code = ltn_csv_text(csv, row, code_column);
        ltn_place at = ltn_csv_cell_place(csv, row, code_column);
        if (!code || (dotted && !ltn_tree_is_path(code))) {
            if (!code)
                ltn_complain(list, LTN_ERROR, &at, "%s is blank; expected a code", code_column);
            else
                ltn_complain(list, LTN_ERROR, &at, "%s '%s' is no path; expected names with one dot between them",
                             code_column, code);
            continue;
        }
        int32_t number = ltn_dictionary_add(codes, code, strlen(code));
        if (number < 0 || (dotted ? ltn_tree_add_path(tree, code) : ltn_tree_add_root(tree, code)) < 0)
            status = LTN_ENOMEM;
        else if (seen[number])
            ltn_complain(list, LTN_ERROR, &at, "%s '%s' is in the table twice", code_column, code);
        else
            seen[number] = 1;
    }
    ltn_dictionary_free(codes);
    free(seen);
    return status;
}

static ltn_status set_parents(const ltn_csv_table *csv, ltn_tree *tree, ltn_diagnostics *list)
{
    for (size_t row = 0; row < csv->table->rows; row++) {
        const char *code = ltn_csv_text(csv, row, "region"), *parent = ltn_csv_text(csv, row, "parent");
        if (!code || !parent) continue;
        ltn_place at = ltn_csv_cell_place(csv, row, "parent");
        int32_t above = ltn_tree_find(tree, parent);
        bool told = list->count < LTN_DIAGNOSTICS_KEPT; /* looking for the nearest takes its time */
        const char *near = above < 0 && told ? ltn_dictionary_nearest(ltn_tree_codes(tree), parent) : NULL;
        if (above < 0)
            ltn_complain(list, LTN_ERROR, &at, "parent '%s' of region '%s' is not in the table%s%s%s", parent, code,
                         near ? "; the nearest is '" : "", near ? near : "", near ? "'" : "");
        else
            ltn_tree_set_parent(tree, ltn_tree_find(tree, code), above);
    }
    int32_t cycle;
    ltn_status status = ltn_tree_find_cycle(tree, &cycle);
    if (cycle >= 0)
        ltn_complain(list, LTN_ERROR, &(ltn_place){csv->path, 1, 1}, "region '%s' lies inside itself; expected a tree",
                     ltn_tree_code(tree, cycle));
    return status;
}

/* Copies the other columns, `name` and `name_zh` into their places. */
static ltn_status copy_columns(const ltn_csv_table *csv, const char *code_column, ltn_tree *tree)
{
    for (size_t c = 0; c < csv->table->column_count; c++) {
        const char *name = csv->table->columns[c].name;
        if (strcmp(name, code_column) == 0 || strcmp(name, "parent") == 0) continue;
        int target = ltn_table_find(tree->table, name);
        if (target < LTN_TREE_NAME) { /* a user's column may be called as one of ours */
            target = (int)tree->table->column_count;
            if (ltn_table_add_column(tree->table, name, LTN_TEXT, NULL)) return LTN_ENOMEM;
        }
        for (size_t row = 0; row < csv->table->rows; row++) {
            const char *code = ltn_csv_text(csv, row, code_column);
            if (code && ltn_tree_find(tree, code) >= 0 &&
                ltn_table_set_text(tree->table, (size_t)ltn_tree_find(tree, code), (size_t)target,
                                   ltn_table_text(csv->table, row, c)))
                return LTN_ENOMEM;
        }
    }
    return LTN_OK;
}

static ltn_status read_tree(const char *path, const char *code_column, bool dotted, const ltn_read_options *options,
                            ltn_tree **out)
{
    *out = NULL;
    ltn_diagnostics own = {0}, *list = options && options->diagnostics ? options->diagnostics : &own;
    size_t errors_before = list->errors, kept_before = list->count;
    ltn_csv_table csv;
    ltn_tree *tree = NULL;
    ltn_status status = ltn_csv_read_table(path, options ? options->encoding : NULL, &code_column, 1, list, &csv);
    if (!status) status = ltn_tree_create(&tree);
    if (!status) status = add_nodes(&csv, code_column, dotted, tree, list);
    if (!status && !dotted) status = set_parents(&csv, tree, list);
    if (!status) status = copy_columns(&csv, code_column, tree);
    ltn_diagnostics_sort(list, kept_before);
    if (!status) status = ltn_diagnostics_verdict(list, errors_before);
    ltn_csv_table_free(&csv);
    ltn_diagnostics_clear(&own);
    if (status)
        ltn_tree_free(tree);
    else
        *out = tree;
    return status;
}

ltn_status ltn_regions_read_csv(const char *path, const ltn_read_options *options, ltn_tree **out)
{
    return read_tree(path, "region", false, options, out);
}

ltn_status ltn_sectors_read_csv(const char *path, const ltn_read_options *options, ltn_tree **out)
{
    return read_tree(path, "sector", true, options, out);
}
