/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/text.h"
#include "base/unit.h"
#include "scenario/selector.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static ltn_condition *read_all(ltn_reader *reader, const ltn_node *node);

static ltn_condition *new_condition(ltn_reader *reader, ltn_condition_kind kind, const ltn_node *node)
{
    ltn_condition *condition = ltn_reader_alloc(reader, 1, sizeof *condition);
    if (condition) *condition = (ltn_condition){.kind = kind, .place = ltn_node_place(node)};
    return condition;
}

/* ---- ranges ---- */

static const char *const bound_names[] = {"min", "max", "above", "below", "is"};

static void read_bound(ltn_reader *reader, const ltn_node *node, const char *column, ltn_bound *bound)
{
    const char *text = ltn_read_text(reader, node, column);
    if (!text) return;
    size_t length = strlen(text), read = ltn_text_number(text, length, &bound->value), unit = read;
    while (text[unit] == ' ') unit++;
    bound->unit = text + unit;
    bound->place = ltn_node_place(node);
    double scale;
    if (!read || !isfinite(bound->value))
        ltn_refuse(reader, node, "%s '%s' is not a number", column, text);
    else if (strcmp(column, "capacity") == 0 &&
             ltn_capacity_unit(*bound->unit ? bound->unit : "1", &scale) == LTN_CAPACITY_NONE)
        ltn_refuse(reader, node,
                   "capacity '%s' has no unit of mass per time or power; expected for example '10 t/h' or '300 MW'",
                   text);
    else if (*bound->unit && strcmp(bound->unit, "%") != 0 && !ltn_unit_known(bound->unit))
        ltn_refuse(reader, node, "unit '%s' of %s is not known", bound->unit, column);
    else
        bound->given = true;
    if (strcmp(bound->unit, "%") == 0) {
        bound->value /= 100;
        bound->unit = "";
    }
}

static ltn_condition *read_range(ltn_reader *reader, const ltn_node *key, const ltn_node *node)
{
    ltn_condition *condition = new_condition(reader, LTN_IS_WITHIN_RANGE, key);
    if (!condition) return NULL;
    condition->column = key->text;
    for (size_t i = 0; i < node->count; i += 2) {
        size_t b = 0;
        while (b < LTN_BOUNDS && strcmp(bound_names[b], node->items[i]->text) != 0) b++;
        if (b == LTN_BOUNDS)
            ltn_refuse(reader, node->items[i],
                       "'%s' is no bound of %s; expected min (>=), max (<=), above (>), below (<) or is",
                       node->items[i]->text, key->text);
        else
            read_bound(reader, node->items[i + 1], key->text, &condition->bounds[b]);
    }
    if (!node->count) ltn_refuse(reader, node, "%s has no bounds; expected for example {min: 10}", key->text);
    return condition;
}

/* ---- within ---- */

static void read_near(ltn_reader *reader, const ltn_node *node, ltn_condition *condition)
{
    condition->column = "lon"; /* whose absence leaves the question open */
    if (!ltn_expect_mapping(reader, node, "within")) return;
    ltn_quantity km = {0};
    ltn_quantity_rule rule = {.what = "km", .high = HUGE_VAL};
    for (size_t i = 0; i < node->count; i += 2) {
        const ltn_node *key = node->items[i], *value = node->items[i + 1];
        if (strcmp(key->text, "km") == 0)
            ltn_read_quantity(reader, value, &rule, &km);
        else if (strcmp(key->text, "of") == 0)
            condition->items[condition->count++] = read_all(reader, value);
        else
            ltn_refuse(reader, key, "'%s' is not a key of within; expected km and of", key->text);
    }
    condition->km = ltn_quantity_mean(&km);
    if (!ltn_node_find(node, "km") || !ltn_node_find(node, "of"))
        ltn_refuse(reader, node, "within needs km and of, for example {km: 15, of: {sector: combustion.chp}}");
    else if (km.given && km.value.kind != LTN_CONSTANT)
        ltn_refuse(reader, node, "a distance cannot be random");
}

/* ---- conditions ---- */

/* `any:` and `not:` take a mapping or a list of them. */
static ltn_condition *read_group(ltn_reader *reader, ltn_condition_kind kind, const ltn_node *node)
{
    ltn_condition *group = new_condition(reader, kind, node);
    bool list = node->kind == LTN_SEQUENCE;
    size_t count = list ? node->count : 1;
    if (!group || !(group->items = ltn_reader_alloc(reader, count, sizeof *group->items))) return NULL;
    for (size_t i = 0; i < count; i++) {
        ltn_condition *item = read_all(reader, list ? node->items[i] : node);
        if (item) group->items[group->count++] = item;
    }
    if (!count) ltn_refuse(reader, node, "the list is empty; expected at least one selector");
    return group;
}

static ltn_condition *read_condition(ltn_reader *reader, const ltn_node *key, const ltn_node *node)
{
    if (strcmp(key->text, "not") == 0) return read_group(reader, LTN_NONE_OF, node);
    if (strcmp(key->text, "any") == 0) return read_group(reader, LTN_ANY_OF, node);
    if (strcmp(key->text, "within") == 0) {
        ltn_condition *near = new_condition(reader, LTN_IS_NEAR, key);
        if (near && (near->items = ltn_reader_alloc(reader, node->count, sizeof *near->items)))
            read_near(reader, node, near);
        return near;
    }
    if (node->kind == LTN_MAPPING) return read_range(reader, key, node);
    ltn_condition *text = new_condition(reader, LTN_IS_TEXT, key);
    if (!text) return NULL;
    text->column = key->text;
    ltn_read_texts(reader, node, &text->patterns);
    return text;
}

static ltn_condition *read_all(ltn_reader *reader, const ltn_node *node)
{
    if (!ltn_expect_mapping(reader, node, "the selector")) return NULL;
    ltn_condition *all = new_condition(reader, LTN_ALL_OF, node);
    if (!all || !(all->items = ltn_reader_alloc(reader, node->count, sizeof *all->items))) return NULL;
    for (size_t i = 0; i < node->count; i += 2) {
        ltn_condition *item = read_condition(reader, node->items[i], node->items[i + 1]);
        if (item) all->items[all->count++] = item;
    }
    return all;
}

void ltn_read_selector(ltn_reader *reader, const ltn_node *node, void *into)
{
    ltn_selector *selector = ltn_reader_alloc(reader, 1, sizeof *selector);
    if (!selector) return;
    selector->root = read_all(reader, node);
    *(ltn_selector **)into = selector;
}

void ltn_read_selectors(ltn_reader *reader, const ltn_node *node, void *into)
{
    ltn_selectors *selectors = into;
    bool list = node->kind == LTN_SEQUENCE;
    size_t count = list ? node->count : 1;
    if (!(selectors->items = ltn_reader_alloc(reader, count, sizeof *selectors->items))) return;
    for (size_t i = 0; i < count; i++)
        ltn_read_selector(reader, list ? node->items[i] : node, &selectors->items[selectors->count++]);
}

ltn_status ltn_selector_parse(const char *text, ltn_selector **out)
{
    *out = NULL;
    ltn_selector *selector = ltn_alloc(1, sizeof *selector), *read = NULL;
    if (!selector) return LTN_ENOMEM;
    ltn_diagnostics list = {0};
    ltn_reader reader = {.arena = &selector->arena, .list = &list};
    const ltn_node *node = ltn_yaml_read(text, strlen(text), "selector", &selector->arena, &list);
    if (node) ltn_read_selector(&reader, node, &read);
    ltn_status status = ltn_diagnostics_verdict(&list, 0);
    if (!status && !read) status = ltn_fail_memory();
    ltn_diagnostics_clear(&list);
    if (status) {
        ltn_selector_free(selector);
        return status;
    }
    selector->root = read->root;
    *out = selector;
    return LTN_OK;
}

void ltn_selector_free(ltn_selector *selector)
{
    if (!selector) return;
    ltn_arena_free(&selector->arena);
    free(selector);
}
