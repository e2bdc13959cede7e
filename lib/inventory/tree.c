/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "inventory/tree.h"

#include <stdlib.h>
#include <string.h>

ltn_status ltn_tree_create(ltn_tree **out)
{
    static const char *const columns[] = {"code", "parent", "name", "name_zh"};
    *out = NULL;
    ltn_tree *tree = ltn_alloc(1, sizeof *tree);
    if (!tree) return LTN_ENOMEM;
    tree->owners = 1;
    ltn_status status = (tree->table = ltn_table_create()) ? LTN_OK : LTN_ENOMEM;
    for (size_t c = 0; !status && c < sizeof columns / sizeof *columns; c++) {
        /* A parent is a code, so both columns share one dictionary. */
        ltn_dictionary *words = c == LTN_TREE_PARENT ? ltn_tree_codes(tree) : NULL;
        status = ltn_table_add_column(tree->table, columns[c], LTN_TEXT, words);
    }
    if (status)
        ltn_tree_free(tree);
    else
        *out = tree;
    return status;
}

ltn_tree *ltn_tree_share(ltn_tree *tree)
{
    ltn_owners_add(&tree->owners);
    return tree;
}

ltn_tree *ltn_tree_copy(const ltn_tree *tree)
{
    ltn_tree *copy;
    if (ltn_tree_create(&copy)) return NULL;
    copy->open = tree->open;
    ltn_status status = ltn_reserve(&copy->parents, &copy->capacity, tree->table->rows, sizeof *copy->parents);
    if (!status) status = ltn_table_append(copy->table, tree->table);
    if (!status && tree->table->rows) memcpy(copy->parents, tree->parents, tree->table->rows * sizeof *copy->parents);
    if (!status) return copy;
    ltn_tree_free(copy);
    return NULL;
}

void ltn_tree_free(ltn_tree *tree)
{
    if (!tree || !ltn_owners_drop(&tree->owners)) return;
    ltn_table_free(tree->table);
    free(tree->parents);
    free(tree);
}

ltn_dictionary *ltn_tree_codes(const ltn_tree *tree)
{
    return tree->table->columns[LTN_TREE_CODE].words;
}

void ltn_tree_set_parent(ltn_tree *tree, int32_t node, int32_t parent)
{
    tree->parents[node] = parent;
    tree->table->columns[LTN_TREE_PARENT].codes[node] = parent;
}

/* Appends a node whose code is not there yet. */
static int32_t append_node(ltn_tree *tree, const char *code, size_t length, int32_t parent)
{
    size_t node = tree->table->rows;
    if (ltn_reserve(&tree->parents, &tree->capacity, node + 1, sizeof *tree->parents)) return -1;
    if (ltn_table_resize(tree->table, node + 1)) return -1;
    int32_t word = ltn_dictionary_add(ltn_tree_codes(tree), code, length);
    if (word < 0) {
        (void)ltn_table_resize(tree->table, node); /* shrinking cannot fail */
        return -1;
    }
    tree->table->columns[LTN_TREE_CODE].codes[node] = word;
    ltn_tree_set_parent(tree, word, parent);
    return word;
}

static int32_t add_node(ltn_tree *tree, const char *code, size_t length, int32_t parent)
{
    int32_t known = ltn_dictionary_find(ltn_tree_codes(tree), code, length);
    return known >= 0 ? known : append_node(tree, code, length, parent);
}

int32_t ltn_tree_add_root(ltn_tree *tree, const char *code)
{
    return add_node(tree, code, strlen(code), -1);
}

bool ltn_tree_is_path(const char *text)
{
    size_t levels = 1;
    for (const char *p = text; *p; p++) levels += *p == '.';
    return levels <= LTN_TREE_LEVELS && *text && *text != '.' && text[strlen(text) - 1] != '.' && !strstr(text, "..");
}

int32_t ltn_tree_add_path(ltn_tree *tree, const char *path)
{
    int32_t node = -1;
    for (const char *dot = path; *dot;) {
        dot += strcspn(dot, ".");
        node = add_node(tree, path, (size_t)(dot - path), node);
        if (node < 0) return -1;
        dot += *dot == '.';
    }
    return node;
}

ltn_status ltn_tree_add(ltn_tree *tree, const char *code, const char *parent, const char *name, const char *name_zh)
{
    if (tree->owners > 1) return ltn_fail(LTN_EARGUMENT, NULL, "the tree is in use by an inventory and cannot grow");
    if (!*code) return ltn_fail(LTN_EARGUMENT, NULL, "a node needs a code");
    if (ltn_tree_find(tree, code) >= 0) return ltn_fail(LTN_EARGUMENT, NULL, "code '%s' is there already", code);
    int32_t above = parent ? ltn_tree_find(tree, parent) : -1;
    if (parent && above < 0) return ltn_fail(LTN_ENOTFOUND, NULL, "parent '%s' of '%s' is not there", parent, code);
    int32_t node = append_node(tree, code, strlen(code), above);
    if (node < 0) return LTN_ENOMEM;
    ltn_status status = ltn_table_set_text(tree->table, (size_t)node, LTN_TREE_NAME, name);
    return status ? status : ltn_table_set_text(tree->table, (size_t)node, LTN_TREE_NAME_ZH, name_zh);
}

size_t ltn_tree_count(const ltn_tree *tree)
{
    return tree->table->rows;
}

static int is_node(const ltn_tree *tree, int32_t node)
{
    return node >= 0 && (size_t)node < tree->table->rows;
}

int32_t ltn_tree_find(const ltn_tree *tree, const char *code)
{
    return ltn_dictionary_find(ltn_tree_codes(tree), code, strlen(code));
}

const char *ltn_tree_code(const ltn_tree *tree, int32_t node)
{
    return is_node(tree, node) ? ltn_tree_codes(tree)->words[node] : NULL;
}

const char *ltn_tree_name(const ltn_tree *tree, int32_t node, ltn_language language)
{
    if (!is_node(tree, node)) return NULL;
    const char *english = ltn_table_text(tree->table, (size_t)node, LTN_TREE_NAME);
    const char *chinese = ltn_table_text(tree->table, (size_t)node, LTN_TREE_NAME_ZH);
    const char *name = language == LTN_CHINESE && chinese ? chinese : english ? english : chinese;
    return name ? name : ltn_tree_code(tree, node);
}

int32_t ltn_tree_parent(const ltn_tree *tree, int32_t node)
{
    return is_node(tree, node) ? tree->parents[node] : -1;
}

int ltn_tree_depth(const ltn_tree *tree, int32_t node)
{
    int depth = 0;
    while ((node = ltn_tree_parent(tree, node)) >= 0) depth++;
    return depth;
}

int32_t ltn_tree_ancestor(const ltn_tree *tree, int32_t node, int depth)
{
    for (int up = ltn_tree_depth(tree, node) - depth; up > 0; up--) node = ltn_tree_parent(tree, node);
    return node;
}

int ltn_tree_contains(const ltn_tree *tree, int32_t above, int32_t node)
{
    while (node >= 0 && node != above) node = ltn_tree_parent(tree, node);
    return node >= 0;
}

const ltn_table *ltn_tree_table(const ltn_tree *tree)
{
    return tree->table;
}

ltn_status ltn_tree_find_cycle(const ltn_tree *tree, int32_t *out)
{
    /* Each node is walked once: what an earlier walk has passed leads to a root. */
    size_t count = tree->table->rows;
    int32_t *walk = ltn_alloc(count, sizeof *walk);
    *out = -1;
    if (!walk) return LTN_ENOMEM;
    for (int32_t start = 0; *out < 0 && (size_t)start < count; start++) {
        int32_t node = start;
        for (; node >= 0 && !walk[node]; node = tree->parents[node]) walk[node] = start + 1;
        if (node >= 0 && walk[node] == start + 1) *out = start;
    }
    free(walk);
    return LTN_OK;
}

void ltn_tree_mark_inside(const ltn_tree *tree, int32_t above, uint8_t *marks)
{
    for (size_t node = 0; node < tree->table->rows; node++)
        if (ltn_tree_contains(tree, above, (int32_t)node)) marks[node] = 1;
}
