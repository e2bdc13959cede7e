/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inventories out of inventories: a choice of rows, or several after one another. */
#include "inventory/inventory.h"

#include <stdlib.h>
#include <string.h>

/* ---- filter ---- */

typedef struct choice {
    int32_t *sources, *emissions; /* rows that stay */
    int32_t *first;
    size_t source_count, emission_count;
} choice;

static ltn_status choose(const ltn_inventory *inventory, const uint8_t *keep, choice *c)
{
    size_t sources = inventory->sources->rows, emissions = inventory->emissions->rows;
    c->sources = ltn_alloc(sources, sizeof *c->sources);
    c->emissions = ltn_alloc(emissions, sizeof *c->emissions);
    c->first = ltn_alloc(sources + 1, sizeof *c->first);
    if (!c->sources || !c->emissions || !c->first) return LTN_ENOMEM;
    for (size_t s = 0; s < sources; s++) {
        size_t before = c->emission_count;
        for (int32_t e = inventory->first[s]; e < inventory->first[s + 1]; e++)
            if (keep[e]) c->emissions[c->emission_count++] = e;
        if (c->emission_count == before) continue;
        c->sources[c->source_count++] = (int32_t)s;
        c->first[c->source_count] = (int32_t)c->emission_count;
    }
    return LTN_OK;
}

/* A source's code is its row, so a table of other rows needs a dictionary of its own. */
static ltn_status renumber_sources(ltn_table *sources)
{
    ltn_column *column = &sources->columns[LTN_SOURCE];
    ltn_dictionary *ids = ltn_dictionary_create();
    if (!ids) return LTN_ENOMEM;
    for (size_t s = 0; s < sources->rows; s++) {
        const char *id = column->words->words[column->codes[s]];
        column->codes[s] = ltn_dictionary_add(ids, id, strlen(id));
        if (column->codes[s] >= 0) continue;
        ltn_dictionary_free(ids);
        return LTN_ENOMEM;
    }
    ltn_dictionary_free(column->words);
    column->words = ids;
    return LTN_OK;
}

static ltn_status take_chosen(const ltn_inventory *inventory, choice *c, ltn_inventory *made)
{
    ltn_table_free(made->sources);
    ltn_table_free(made->emissions);
    made->sources = made->emissions = NULL;
    ltn_status status = ltn_table_gather(inventory->sources, c->sources, c->source_count, &made->sources);
    if (!status) status = ltn_table_gather(inventory->emissions, c->emissions, c->emission_count, &made->emissions);
    if (!status) status = renumber_sources(made->sources);
    if (!status && !(made->assumed = ltn_alloc(c->emission_count, 1))) status = LTN_ENOMEM;
    for (size_t e = 0; !status && e < c->emission_count; e++)
        made->assumed_count += made->assumed[e] = inventory->assumed[c->emissions[e]];
    made->first = c->first;
    c->first = NULL;
    return status ? status : ltn_inventory_copy_metadata(made, inventory);
}

ltn_status ltn_inventory_filter(const ltn_inventory *inventory, const uint8_t *keep, ltn_inventory **out)
{
    *out = NULL;
    choice c = {0};
    ltn_inventory *made = ltn_inventory_create(inventory->regions, inventory->sectors);
    ltn_status status = made ? choose(inventory, keep, &c) : LTN_ENOMEM;
    if (!status) status = take_chosen(inventory, &c, made);
    free(c.sources);
    free(c.emissions);
    free(c.first);
    if (status)
        ltn_inventory_free(made);
    else
        *out = made;
    return status;
}

/* ---- concatenate ---- */

/* Adds the nodes of `from` that `to` lacks, parents and names included. */
static ltn_status merge_tree(ltn_tree *to, const ltn_tree *from)
{
    for (size_t n = 0; n < ltn_tree_count(from); n++)
        if (ltn_tree_add_root(to, ltn_tree_code(from, (int32_t)n)) < 0) return LTN_ENOMEM;
    for (size_t n = 0; n < ltn_tree_count(from); n++) {
        int32_t node = ltn_tree_find(to, ltn_tree_code(from, (int32_t)n)), parent = ltn_tree_parent(from, (int32_t)n);
        int32_t above = parent >= 0 ? ltn_tree_find(to, ltn_tree_code(from, parent)) : -1,
                known = ltn_tree_parent(to, node);
        if (above >= 0 && known >= 0 && above != known)
            return ltn_fail(LTN_EINPUT, NULL, "'%s' lies in '%s' in one inventory and in '%s' in another",
                            ltn_tree_code(to, node), ltn_tree_code(to, known), ltn_tree_code(to, above));
        if (above >= 0) ltn_tree_set_parent(to, node, above);
        for (size_t c = LTN_TREE_NAME; c <= LTN_TREE_NAME_ZH; c++)
            if (!ltn_table_text(to->table, (size_t)node, c) &&
                ltn_table_set_text(to->table, (size_t)node, c, ltn_table_text(from->table, n, c)))
                return LTN_ENOMEM;
    }
    return LTN_OK;
}

static ltn_tree *tree_of(const ltn_inventory *inventory, ltn_source_column which)
{
    return which == LTN_REGION ? inventory->regions : inventory->sectors;
}

/* The tree all parts have, or a new one with the nodes of all. NULL with the error set. */
static ltn_tree *common_tree(const ltn_inventory *const *parts, size_t count, ltn_source_column which)
{
    size_t same = 1;
    while (same < count && tree_of(parts[same], which) == tree_of(parts[0], which)) same++;
    if (same == count) return ltn_tree_share(tree_of(parts[0], which));
    ltn_tree *merged;
    ltn_status status = ltn_tree_create(&merged);
    for (size_t i = 0; !status && i < count; i++) merged->open |= tree_of(parts[i], which)->open;
    for (size_t i = 0; !status && i < count; i++) status = merge_tree(merged, tree_of(parts[i], which));
    int32_t cycle = -1;
    if (!status) status = ltn_tree_find_cycle(merged, &cycle);
    if (!status && cycle >= 0)
        status =
            ltn_fail(LTN_EINPUT, NULL, "the inventories' %s trees contradict each other", ltn_source_forms[which].name);
    if (!status) return merged;
    ltn_tree_free(merged);
    return NULL;
}

static ltn_status append_part(ltn_inventory *made, const ltn_inventory *part)
{
    size_t sources = made->sources->rows, emissions = made->emissions->rows;
    if (emissions + part->emissions->rows > INT32_MAX)
        return ltn_fail(LTN_ELIMIT, NULL, "an inventory holds at most 2^31 - 1 rows");
    ltn_status status = ltn_table_append(made->sources, part->sources);
    if (!status) status = ltn_table_append(made->emissions, part->emissions);
    if (status) return status;
    for (size_t s = 0; s < part->sources->rows; s++) {
        made->first[sources + s + 1] = (int32_t)emissions + part->first[s + 1];
        if (ltn_source_column_of(made, LTN_SOURCE)->codes[sources + s] != (int32_t)(sources + s))
            return ltn_fail(LTN_EINPUT, NULL, "source '%s' is in more than one of the inventories",
                            ltn_source_text(part, s, LTN_SOURCE));
    }
    if (part->emissions->rows) memcpy(made->assumed + emissions, part->assumed, part->emissions->rows);
    made->assumed_count += part->assumed_count;
    return LTN_OK;
}

static ltn_status check_parts(const ltn_inventory *const *parts, size_t count)
{
    if (!count) return ltn_fail(LTN_EARGUMENT, NULL, "there is no inventory to concatenate");
    for (size_t i = 1; i < count; i++) {
        if (strcmp(parts[i]->baseline, parts[0]->baseline) != 0)
            return ltn_fail(LTN_EBASELINE, NULL, "inventories of baseline '%s' and '%s' do not belong together",
                            parts[0]->baseline, parts[i]->baseline);
        if (parts[i]->base_year != parts[0]->base_year)
            return ltn_fail(LTN_EBASELINE, NULL, "inventories of %d and %d do not belong together", parts[0]->base_year,
                            parts[i]->base_year);
    }
    return LTN_OK;
}

ltn_status ltn_inventory_concatenate(const ltn_inventory *const *parts, size_t count, ltn_inventory **out)
{
    *out = NULL;
    ltn_status status = check_parts(parts, count);
    if (status) return status;
    ltn_tree *regions = common_tree(parts, count, LTN_REGION),
             *sectors = regions ? common_tree(parts, count, LTN_SECTOR) : NULL;
    ltn_inventory *made = sectors ? ltn_inventory_create(regions, sectors) : NULL;
    ltn_tree_free(regions);
    ltn_tree_free(sectors);
    if (!made) return ltn_last_error()->code;
    size_t sources = 0, emissions = 0;
    for (size_t i = 0; i < count; i++) sources += parts[i]->sources->rows, emissions += parts[i]->emissions->rows;
    made->first = ltn_alloc(sources + 1, sizeof *made->first);
    made->assumed = ltn_alloc(emissions, 1);
    status = made->first && made->assumed ? LTN_OK : LTN_ENOMEM;
    for (size_t i = 0; !status && i < count; i++) status = append_part(made, parts[i]);
    if (!status) status = ltn_inventory_copy_metadata(made, parts[0]);
    if (status)
        ltn_inventory_free(made);
    else
        *out = made;
    return status;
}
