/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/include.h"

#include "base/file.h"
#include "base/text.h"

#include <string.h>

enum { INCLUDE_DEPTH = LTN_SCENARIO_FILES - 1 };

/* ---- mappings as lists that can grow ---- */

static ltn_node *new_list(ltn_reader *reader, const ltn_node *like, ltn_node_kind kind, size_t room)
{
    ltn_node *node = ltn_reader_alloc(reader, 1, sizeof *node);
    if (!node) return NULL;
    *node = (ltn_node){.kind = kind, .line = like->line, .column = like->column, .source = like->source};
    node->items = ltn_reader_alloc(reader, room, sizeof *node->items);
    return node->items ? node : NULL;
}

static void append(ltn_node *list, ltn_node *item)
{
    list->items[list->count++] = item;
}

/* Replaces the value of a key, or adds both. */
static void set_pair(ltn_node *mapping, ltn_node *key, ltn_node *value)
{
    for (size_t i = 0; i < mapping->count; i += 2)
        if (strcmp(mapping->items[i]->text, key->text) == 0) {
            mapping->items[i + 1] = value;
            return;
        }
    append(mapping, key);
    append(mapping, value);
}

/* The pairs of `under`, with those of `over` laid on top. */
static ltn_node *overlay(ltn_reader *reader, const ltn_node *under, const ltn_node *over)
{
    ltn_node *both = new_list(reader, over, LTN_MAPPING, under->count + over->count);
    if (!both) return NULL;
    for (size_t i = 0; i < under->count; i++) append(both, under->items[i]);
    for (size_t i = 0; i < over->count; i += 2) set_pair(both, over->items[i], over->items[i + 1]);
    return both;
}

static ltn_node *concatenate(ltn_reader *reader, const ltn_node *first, const ltn_node *second)
{
    ltn_node *both = new_list(reader, second, LTN_SEQUENCE, first->count + second->count);
    if (!both) return NULL;
    for (size_t i = 0; i < first->count; i++) append(both, first->items[i]);
    for (size_t i = 0; i < second->count; i++) append(both, second->items[i]);
    return both;
}

/* ---- including ---- */

char *ltn_path_beside(ltn_reader *reader, const char *source, const char *name)
{
    const char *slash = *name == '/' ? NULL : strrchr(source, '/');
    size_t folder = slash ? (size_t)(slash - source) + 1 : 0;
    char *path = ltn_reader_alloc(reader, folder + strlen(name) + 1, 1);
    if (path) memcpy(path, source, folder);
    return path ? strcat(path, name) : NULL;
}

static ltn_node *resolve(ltn_reader *reader, ltn_node *root, int depth);

static ltn_node *read_included(ltn_reader *reader, const ltn_node *include, int depth)
{
    const char *name = ltn_read_text(reader, include, "include");
    if (!name) return NULL;
    if (depth == INCLUDE_DEPTH) {
        ltn_refuse(reader, include, "more than %d files include each other", INCLUDE_DEPTH);
        return NULL;
    }
    char *path = ltn_path_beside(reader, include->source, name);
    ltn_file file;
    if (!path) return NULL;
    ltn_status status = ltn_file_read(path, LTN_YAML_BYTES, &file);
    if (status == LTN_ENOMEM) reader->list->out_of_memory = true;
    if (status) {
        ltn_refuse(reader, include, "'%s' cannot be included: %s", path, ltn_last_error()->message);
        return NULL;
    }
    ltn_node *node = ltn_yaml_read(file.data ? file.data : "", file.size, path, reader->arena, reader->list);
    ltn_file_close(&file);
    reader->files[reader->file_count++] = path; /* each file includes one, so depth counts them */
    return node ? resolve(reader, node, depth + 1) : NULL;
}

static bool joins_by_name(const char *key)
{
    static const char *const keys[] = {"scopes", "drivers", "phases", "offset_rules"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (strcmp(key, keys[i]) == 0) return true;
    return false;
}

static bool joins_in_order(const char *key)
{
    return strcmp(key, "measures") == 0 || strcmp(key, "uncertainty") == 0 || strcmp(key, "correlations") == 0;
}

static ltn_node *lay_over(ltn_reader *reader, const ltn_node *under, const ltn_node *over)
{
    ltn_node *whole = new_list(reader, over, LTN_MAPPING, under->count + over->count);
    if (!whole) return NULL;
    for (size_t i = 0; i < under->count; i++) append(whole, under->items[i]);
    for (size_t i = 0; i < over->count; i += 2) {
        ltn_node *key = over->items[i], *value = over->items[i + 1], *before = ltn_node_find(under, key->text);
        if (before && joins_by_name(key->text) && before->kind == LTN_MAPPING && value->kind == LTN_MAPPING)
            value = overlay(reader, before, value);
        if (before && joins_in_order(key->text) && before->kind == LTN_SEQUENCE && value->kind == LTN_SEQUENCE)
            value = concatenate(reader, before, value);
        if (!value) return NULL;
        set_pair(whole, key, value);
    }
    return whole;
}

/* ---- choosing and changing measures ---- */

static const char *id_of(const ltn_node *measure)
{
    const ltn_node *id = ltn_node_find(measure, "id"); /* NULL too where it is no mapping */
    return id && id->kind == LTN_SCALAR ? id->text : "";
}

/* Complains of a pattern that no measure's id matches, with the nearest that would. */
static void complain_unmatched(ltn_reader *reader, const ltn_node *at, const ltn_node *measures, const char *pattern)
{
    const char *ids[256];
    size_t count = 0;
    for (; count < measures->count && count < 256; count++) ids[count] = id_of(measures->items[count]);
    const char *near = ltn_text_nearest(pattern, ids, count);
    ltn_refuse(reader, at, "there is no measure '%s'%s%s%s", pattern, near ? "; the nearest is '" : "",
               near ? near : "", near ? "'" : "");
}

static bool matches_any(const ltn_texts *patterns, const char *id)
{
    for (size_t p = 0; p < patterns->count; p++)
        if (ltn_text_glob(patterns->items[p], id)) return true;
    return false;
}

/* Keeps the measures whose id matches (or, with `keep` false, does not). */
static ltn_node *choose(ltn_reader *reader, const ltn_node *measures, const ltn_node *names, bool keep)
{
    ltn_texts patterns = {0};
    ltn_read_texts(reader, names, &patterns);
    ltn_node *chosen = new_list(reader, measures, LTN_SEQUENCE, measures->count);
    if (!chosen) return NULL;
    for (size_t p = 0; p < patterns.count; p++) {
        const ltn_texts one = {&patterns.items[p], 1};
        size_t m = 0;
        while (m < measures->count && !matches_any(&one, id_of(measures->items[m]))) m++;
        if (m == measures->count) complain_unmatched(reader, names, measures, patterns.items[p]);
    }
    for (size_t m = 0; m < measures->count; m++)
        if (matches_any(&patterns, id_of(measures->items[m])) == keep) append(chosen, measures->items[m]);
    return chosen;
}

static ltn_node *change(ltn_reader *reader, const ltn_node *measures, const ltn_node *override)
{
    if (!ltn_expect_mapping(reader, override, "override")) return NULL;
    ltn_node *changed = new_list(reader, measures, LTN_SEQUENCE, measures->count);
    if (!changed) return NULL;
    for (size_t m = 0; m < measures->count; m++) append(changed, measures->items[m]);
    for (size_t i = 0; i < override->count; i += 2) {
        size_t m = 0;
        while (m < changed->count && (changed->items[m]->kind != LTN_MAPPING ||
                                      strcmp(id_of(changed->items[m]), override->items[i]->text) != 0))
            m++;
        if (m == changed->count)
            complain_unmatched(reader, override->items[i], measures, override->items[i]->text);
        else if (ltn_expect_mapping(reader, override->items[i + 1], "the override"))
            changed->items[m] = overlay(reader, changed->items[m], override->items[i + 1]);
        if (m < changed->count && !changed->items[m]) return NULL;
    }
    return changed;
}

/* The mapping without the keys that have been carried out. */
static ltn_node *without_own_keys(ltn_reader *reader, const ltn_node *whole, ltn_node *measures)
{
    static const char *const own[] = {"include", "override", "only", "without"};
    ltn_node *rest = new_list(reader, whole, LTN_MAPPING, whole->count);
    for (size_t i = 0; rest && i < whole->count; i += 2) {
        bool carried_out = false;
        for (size_t k = 0; k < sizeof own / sizeof *own; k++) carried_out |= strcmp(whole->items[i]->text, own[k]) == 0;
        if (carried_out) continue;
        append(rest, whole->items[i]);
        append(rest, measures && strcmp(whole->items[i]->text, "measures") == 0 ? measures : whole->items[i + 1]);
    }
    return rest;
}

static ltn_node *resolve(ltn_reader *reader, ltn_node *root, int depth)
{
    const ltn_node *include = ltn_node_find(root, "include");
    const ltn_node *override = ltn_node_find(root, "override"), *only = ltn_node_find(root, "only"),
                   *without = ltn_node_find(root, "without");
    if (!include && !override && !only && !without) return root;
    ltn_node *whole = root;
    if (include) {
        const ltn_node *under = read_included(reader, include, depth);
        if (!under || !ltn_expect_mapping(reader, under, "the included scenario")) return NULL;
        whole = lay_over(reader, under, root);
    }
    ltn_node *measures = whole ? ltn_node_find(whole, "measures") : NULL;
    if (whole && !measures && (override || only || without))
        ltn_refuse(reader,
                   override ? override
                   : only   ? only
                            : without,
                   "there are no measures to choose from or to change");
    if (measures && measures->kind == LTN_SEQUENCE) {
        if (override && measures) measures = change(reader, measures, override);
        if (only && measures) measures = choose(reader, measures, only, true);
        if (without && measures) measures = choose(reader, measures, without, false);
    }
    return whole && measures ? without_own_keys(reader, whole, measures) : whole;
}

ltn_node *ltn_include_resolve(ltn_reader *reader, ltn_node *root)
{
    return root->kind == LTN_MAPPING ? resolve(reader, root, 0) : root;
}
