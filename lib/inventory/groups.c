/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "inventory/groups.h"

#include <stdlib.h>
#include <string.h>

void ltn_grouping_init(ltn_grouping *grouping, unsigned by)
{
    *grouping = (ltn_grouping){.struct_size = sizeof *grouping, .by = by, .region_depth = -1, .sector_depth = -1};
}

/* ---- one key: a code for every row ---- */

/* Where a key's codes come from: a column of the sources or of the emissions, perhaps lifted in a tree. */
typedef struct key_source {
    int column; /* in the table */
    bool of_emission, is_source;
    const int32_t *lifted; /* node -> its ancestor at the depth asked, or NULL */
} key_source;

static int32_t code_of_source(const ltn_inventory *inventory, const key_source *key, size_t source, int32_t source_base)
{
    if (key->is_source) return source_base + (int32_t)source;
    int32_t code = inventory->sources->columns[key->column].codes[source];
    return key->lifted && code >= 0 ? key->lifted[code] : code;
}

static void read_codes(const ltn_inventory *inventory, const key_source *key, int32_t source_base, int32_t *codes)
{
    if (key->of_emission) {
        size_t rows = inventory->emissions->rows;
        if (rows) memcpy(codes, inventory->emissions->columns[key->column].codes, rows * sizeof *codes);
        return;
    }
    for (size_t s = 0; s < inventory->sources->rows; s++) {
        int32_t code = code_of_source(inventory, key, s, source_base);
        for (int32_t e = inventory->first[s]; e < inventory->first[s + 1]; e++) codes[e] = code;
    }
}

/* ---- refining a partition by one more key ---- */

/* Pairs (group, code) and the groups they become: open addressing. */
typedef struct pair_map {
    uint64_t *pairs;
    int32_t *groups; /* -1 empty */
    size_t slots, count;
} pair_map;

static ltn_status grow_map(pair_map *map)
{
    pair_map wider = {.slots = map->slots ? map->slots * 2 : 1024, .count = map->count};
    wider.pairs = ltn_alloc(wider.slots, sizeof *wider.pairs);
    wider.groups = ltn_alloc(wider.slots, sizeof *wider.groups);
    if (!wider.pairs || !wider.groups) {
        free(wider.pairs);
        free(wider.groups);
        return LTN_ENOMEM;
    }
    memset(wider.groups, 0xFF, wider.slots * sizeof *wider.groups);
    for (size_t i = 0; i < map->slots; i++) {
        if (map->groups[i] < 0) continue;
        size_t slot = (map->pairs[i] * 0x9E3779B97F4A7C15u >> 20) & (wider.slots - 1);
        while (wider.groups[slot] >= 0) slot = (slot + 1) & (wider.slots - 1);
        wider.pairs[slot] = map->pairs[i];
        wider.groups[slot] = map->groups[i];
    }
    free(map->pairs);
    free(map->groups);
    *map = wider;
    return LTN_OK;
}

static int32_t group_of_pair(pair_map *map, int32_t group, int32_t code)
{
    if (map->count * 2 >= map->slots && grow_map(map)) return -1;
    uint64_t pair = (uint64_t)(uint32_t)group << 32 | (uint32_t)code;
    size_t slot = (pair * 0x9E3779B97F4A7C15u >> 20) & (map->slots - 1);
    while (map->groups[slot] >= 0 && map->pairs[slot] != pair) slot = (slot + 1) & (map->slots - 1);
    if (map->groups[slot] < 0) {
        map->pairs[slot] = pair;
        map->groups[slot] = (int32_t)map->count++;
    }
    return map->groups[slot];
}

static int by_pair(const void *left, const void *right)
{
    const uint64_t *a = left, *b = right;
    return (a[0] > b[0]) - (a[0] < b[0]);
}

/* Makes `codes` the next key of the groups, whose earlier keys are those of the groups they were (`parent`). Takes both
 * arrays over. */
static ltn_status install_key(ltn_groups *groups, int32_t *parent, int32_t *codes, size_t count)
{
    ltn_status status = LTN_OK;
    for (size_t k = 0; !status && k < groups->key_count; k++) {
        int32_t *moved = ltn_alloc(count, sizeof *moved);
        if (!moved) {
            status = LTN_ENOMEM;
            break;
        }
        for (size_t i = 0; i < count; i++) moved[i] = groups->keys[k].codes[parent[i]];
        free(groups->keys[k].codes);
        groups->keys[k].codes = moved;
    }
    free(parent);
    if (status) {
        free(codes);
        return status;
    }
    groups->keys[groups->key_count].codes = codes;
    groups->count = count;
    return LTN_OK;
}

/* Renames the groups so that they follow (old group, code): old groups are in order, so sorting the
 * pairs by value keeps every earlier key's order. Codes are shifted so that absent sorts first. */
static ltn_status order_groups(const pair_map *map, ltn_groups *groups)
{
    size_t count = map->count;
    uint64_t(*sorted)[2] = ltn_alloc(count, sizeof *sorted);
    int32_t *rank = ltn_alloc(count, sizeof *rank);
    int32_t *parent = ltn_alloc(count, sizeof *parent), *codes = ltn_alloc(count, sizeof *codes);
    if (!sorted || !rank || !parent || !codes) {
        free(sorted), free(rank), free(parent), free(codes);
        return LTN_ENOMEM;
    }
    size_t n = 0;
    for (size_t i = 0; i < map->slots; i++)
        if (map->groups[i] >= 0) {
            sorted[n][0] = (map->pairs[i] >> 32) << 32 | (uint32_t)((uint32_t)map->pairs[i] + 1u);
            sorted[n++][1] = (uint64_t)map->groups[i];
        }
    qsort(sorted, count, sizeof *sorted, by_pair);
    for (size_t i = 0; i < count; i++) {
        rank[sorted[i][1]] = (int32_t)i;
        parent[i] = (int32_t)(sorted[i][0] >> 32);
        codes[i] = (int32_t)((uint32_t)sorted[i][0] - 1u);
    }
    for (size_t row = 0; row < groups->rows; row++)
        if (groups->of_row[row] >= 0) groups->of_row[row] = rank[groups->of_row[row]];
    free(sorted), free(rank);
    return install_key(groups, parent, codes, count);
}

/* A few groups times a few words: a cell for each pair, so that nothing is searched or sorted. */
enum { DENSE_CELLS = 1 << 20 };

static ltn_status refine_dense(ltn_groups *groups, size_t word_count, const int32_t *codes)
{
    size_t width = word_count + 1, cells = groups->count * width, count = 0;
    int32_t *number = ltn_alloc(cells, sizeof *number);
    if (!number) return LTN_ENOMEM;
    for (size_t row = 0; row < groups->rows; row++)
        if (groups->of_row[row] >= 0) number[(size_t)groups->of_row[row] * width + (size_t)(codes[row] + 1)] = 1;
    for (size_t cell = 0; cell < cells; cell++) count += (size_t)number[cell];
    int32_t *parent = ltn_alloc(count, sizeof *parent), *key = ltn_alloc(count, sizeof *key);
    if (!parent || !key) {
        free(number), free(parent), free(key);
        return LTN_ENOMEM;
    }
    for (size_t cell = 0, next = 0; cell < cells; cell++) {
        if (!number[cell]) continue;
        parent[next] = (int32_t)(cell / width);
        key[next] = (int32_t)(cell % width) - 1;
        number[cell] = (int32_t)next++;
    }
    for (size_t row = 0; row < groups->rows; row++)
        if (groups->of_row[row] >= 0)
            groups->of_row[row] = number[(size_t)groups->of_row[row] * width + (size_t)(codes[row] + 1)];
    free(number);
    return install_key(groups, parent, key, count);
}

static ltn_status refine_by_hash(ltn_groups *groups, const int32_t *codes)
{
    pair_map map = {0};
    ltn_status status = grow_map(&map);
    int32_t last_group = -1, last_code = -2, last = -1;
    for (size_t row = 0; !status && row < groups->rows; row++) {
        int32_t group = groups->of_row[row], code = codes[row];
        if (group < 0) continue;
        if (group != last_group || code != last_code) last = group_of_pair(&map, group, code);
        if (last < 0) status = LTN_ENOMEM;
        last_group = group;
        last_code = code;
        groups->of_row[row] = last;
    }
    if (!status) status = order_groups(&map, groups);
    free(map.pairs);
    free(map.groups);
    return status;
}

/* Splits every group by one more key; takes over `words`. */
static ltn_status refine(ltn_groups *groups, const char *name, ltn_dictionary *words, const int32_t *codes)
{
    if (!words) return LTN_ENOMEM;
    bool dense = groups->count * (words->count + 1) <= DENSE_CELLS;
    ltn_status status = dense ? refine_dense(groups, words->count, codes) : refine_by_hash(groups, codes);
    if (status) {
        ltn_dictionary_free(words);
        return status;
    }
    groups->keys[groups->key_count].name = name;
    groups->keys[groups->key_count++].words = words;
    return LTN_OK;
}

/* ---- all keys of a grouping ---- */

typedef struct inputs {
    const ltn_inventory *base, *derived;
    int32_t *codes; /* of all rows */
    ltn_groups *groups;
} inputs;

static ltn_status add_key(const inputs *in, const char *name, ltn_dictionary *words, const key_source *key)
{
    read_codes(in->base, key, 0, in->codes);
    if (in->derived)
        read_codes(in->derived, key, (int32_t)in->base->sources->rows, in->codes + in->base->emissions->rows);
    return refine(in->groups, name, words, in->codes);
}

static ltn_status add_column_key(const inputs *in, bool of_emission, int column)
{
    const ltn_inventory *fuller = in->derived ? in->derived : in->base;
    const ltn_column *c = of_emission ? &fuller->emissions->columns[column] : &fuller->sources->columns[column];
    return add_key(in, c->name, ltn_dictionary_share(c->words),
                   &(key_source){.column = column, .of_emission = of_emission});
}

static ltn_status add_tree_key(const inputs *in, ltn_source_column column, const ltn_tree *tree, int depth)
{
    size_t nodes = ltn_tree_count(tree);
    int32_t *lifted = depth >= 0 ? ltn_alloc(nodes, sizeof *lifted) : NULL;
    if (depth >= 0 && !lifted) return LTN_ENOMEM;
    for (size_t n = 0; lifted && n < nodes; n++) lifted[n] = ltn_tree_ancestor(tree, (int32_t)n, depth);
    ltn_status status = add_key(in, ltn_source_forms[column].name, ltn_dictionary_share(ltn_tree_codes(tree)),
                                &(key_source){.column = (int)column, .lifted = lifted});
    free(lifted);
    return status;
}

static ltn_status add_source_key(const inputs *in)
{
    ltn_dictionary *ids = ltn_source_column_of(in->base, LTN_SOURCE)->words;
    const ltn_dictionary *more = in->derived ? ltn_source_column_of(in->derived, LTN_SOURCE)->words : NULL;
    ids = more && more->count ? ltn_dictionary_copy(ids) : ltn_dictionary_share(ids);
    for (size_t i = 0; ids && more && i < more->count; i++)
        if (ltn_dictionary_add(ids, more->words[i], strlen(more->words[i])) < 0) {
            ltn_dictionary_free(ids);
            ids = NULL;
        }
    return add_key(in, "source", ids, &(key_source){.is_source = true});
}

static ltn_status add_attribute_key(const inputs *in, const char *name)
{
    int column = ltn_table_find(in->base->sources, name);
    if (column < 0) return ltn_fail(LTN_ENOTFOUND, NULL, "the sources have no column '%s' to group by", name);
    if (ltn_table_type(in->base->sources, (size_t)column) != LTN_TEXT)
        return ltn_fail(LTN_EARGUMENT, NULL, "column '%s' holds numbers; only text can be grouped by", name);
    return column == LTN_SOURCE ? add_source_key(in) : add_column_key(in, false, column);
}

static ltn_status add_keys(const inputs *in, const ltn_grouping *grouping)
{
    const ltn_inventory *fuller = in->derived ? in->derived : in->base;
    unsigned by = grouping->by;
    ltn_status status = LTN_OK;
    if (!status && by & LTN_BY_REGION) status = add_tree_key(in, LTN_REGION, fuller->regions, grouping->region_depth);
    if (!status && by & LTN_BY_SECTOR) status = add_tree_key(in, LTN_SECTOR, fuller->sectors, grouping->sector_depth);
    if (!status && by & LTN_BY_SOURCE) status = add_source_key(in);
    if (!status && by & LTN_BY_OWNER) status = add_column_key(in, false, LTN_OWNER);
    if (!status && by & LTN_BY_FUEL) status = add_column_key(in, false, LTN_FUEL);
    if (!status && grouping->attribute) status = add_attribute_key(in, grouping->attribute);
    if (!status && by & LTN_BY_POLLUTANT) status = add_column_key(in, true, LTN_POLLUTANT);
    return status;
}

ltn_status ltn_groups_create(const ltn_inventory *base, const ltn_inventory *derived, const ltn_grouping *grouping,
                             const uint8_t *keep, ltn_groups *out)
{
    *out = (ltn_groups){.rows = base->emissions->rows + (derived ? derived->emissions->rows : 0)};
    out->of_row = ltn_alloc(out->rows, sizeof *out->of_row);
    for (size_t row = 0; out->of_row && row < out->rows; row++) {
        out->of_row[row] = keep && !keep[row] ? -1 : 0;
        if (!out->of_row[row]) out->count = 1;
    }
    inputs in = {base, derived, ltn_alloc(out->rows, sizeof(int32_t)), out};
    ltn_status status = out->of_row && in.codes ? add_keys(&in, grouping) : LTN_ENOMEM;
    free(in.codes);
    if (status) ltn_groups_free(out);
    return status;
}

void ltn_groups_free(ltn_groups *groups)
{
    for (size_t k = 0; k < groups->key_count; k++) {
        ltn_dictionary_free(groups->keys[k].words);
        free(groups->keys[k].codes);
    }
    free(groups->of_row);
    *groups = (ltn_groups){0};
}

ltn_status ltn_groups_add_columns(const ltn_groups *groups, ltn_table *table)
{
    ltn_status status = LTN_OK;
    for (size_t k = 0; !status && k < groups->key_count; k++)
        status = ltn_table_add_column(table, groups->keys[k].name, LTN_TEXT, groups->keys[k].words);
    return status;
}

void ltn_groups_name_row(const ltn_groups *groups, size_t group, ltn_table *table, size_t row, size_t first_column)
{
    for (size_t k = 0; k < groups->key_count; k++)
        table->columns[first_column + k].codes[row] = groups->keys[k].codes[group];
}
