/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `uncertainty:` and `correlations:`: how sure the inventory's numbers are, and what moves with what. */
#include "scenario/scenario.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#define KEYS(list) list, sizeof list / sizeof *list

const char *const ltn_uncertain_names[LTN_UNCERTAIN_QUANTITIES] = {"activity", "factor", "removal"};

/* ---- entries ---- */

static void read_amount(ltn_reader *reader, const ltn_node *node, void *into)
{
    ltn_quantity_rule rule = {
        .what = "the value", .high = HUGE_VAL, .unit = node->kind == LTN_SCALAR ? "*" : "?", .relative = true};
    ltn_read_quantity(reader, node, &rule, into);
}

static void read_share(ltn_reader *reader, const ltn_node *node, void *into)
{
    ltn_quantity_rule rule = {.what = "removal", .high = 1, .share = true, .relative = true};
    ltn_read_quantity(reader, node, &rule, into);
}

static const ltn_key uncertain_keys[] = {
    {"id", LTN_VALUE_TEXT, offsetof(ltn_uncertain, id), .fallback = "the text of where",
     .meaning = "name of the entry, for correlations; it names the entry's random numbers too"},
    {"where", LTN_VALUE_OTHER, offsetof(ltn_uncertain, where), .fallback = "everything", .meaning = "whose numbers",
     .read = ltn_read_selector, .type = "selector"},
    {"activity", LTN_VALUE_OTHER, offsetof(ltn_uncertain, quantity[LTN_UNCERTAIN_ACTIVITY]), .fallback = "certain",
     .meaning = "distribution of the activity; without a mean, around the row's value", .read = read_amount,
     .type = "distribution"},
    {"factor", LTN_VALUE_OTHER, offsetof(ltn_uncertain, quantity[LTN_UNCERTAIN_FACTOR]), .fallback = "certain",
     .meaning = "distribution of the emission factor; without a mean, around the row's value", .read = read_amount,
     .type = "distribution"},
    {"removal", LTN_VALUE_OTHER, offsetof(ltn_uncertain, quantity[LTN_UNCERTAIN_REMOVAL]), .fallback = "certain",
     .meaning = "distribution of the removal; without a mean, around the row's value", .read = read_share,
     .type = "distribution"},
    {"shared_by", LTN_VALUE_TEXTS, offsetof(ltn_uncertain, shared_by), .fallback = "a draw a row",
     .meaning = "columns whose equal values share a draw"},
};
const ltn_form ltn_uncertain_form = {"uncertainty", KEYS(uncertain_keys), NULL};

/* A text of limited length: an alias may make a small file long. */
typedef struct name_text {
    char text[1 << 12];
    size_t used;
    bool full;
} name_text;

static void append(name_text *name, const char *text)
{
    size_t length = strnlen(text, sizeof name->text);
    if (name->full || length >= sizeof name->text - name->used) {
        name->full = true;
        return;
    }
    memcpy(name->text + name->used, text, length + 1);
    name->used += length;
}

/* Writes a node on one line. */
static void append_node(name_text *name, const ltn_node *node)
{
    bool mapping = node->kind == LTN_MAPPING;
    if (node->kind == LTN_SCALAR) {
        append(name, node->text);
        return;
    }
    append(name, mapping ? "{" : "[");
    for (size_t i = 0; i < node->count && !name->full; i++) {
        if (i) append(name, mapping && i % 2 ? ": " : ", ");
        append_node(name, node->items[i]);
    }
    append(name, mapping ? "}" : "]");
}

/* `#id`, or `where` and its text. */
static const char *name_of(ltn_reader *reader, const ltn_node *node, const char *id)
{
    const ltn_node *where = ltn_node_find(node, "where");
    name_text name = {.used = 0};
    append(&name, id ? "#" : "where ");
    if (id)
        append(&name, id);
    else if (where)
        append_node(&name, where);
    if (name.full)
        ltn_refuse(reader, id ? node : where, "the entry's %s is too long to name it; give a short id",
                   id ? "id" : "where");
    const char *kept = ltn_arena_text(reader->arena, name.text, name.used);
    if (!kept) reader->list->out_of_memory = true;
    return kept;
}

static void check_entry(ltn_reader *reader, const ltn_node *node, const ltn_uncertain *entry)
{
    const ltn_node *where = ltn_node_find(node, "where");
    for (int q = 0; q < LTN_UNCERTAIN_QUANTITIES; q++) {
        const ltn_node *value = ltn_node_find(node, ltn_uncertain_names[q]);
        if (value && entry->quantity[q].per_source)
            ltn_refuse(reader, value,
                       "per: is for measures; an uncertainty is drawn once a row unless shared_by: says otherwise");
    }
    if (entry->quantity[LTN_UNCERTAIN_ACTIVITY].given && where && entry->where && entry->where->root &&
        ltn_selector_by_emission(entry->where))
        ltn_refuse(reader, where,
                   "activity belongs to the source; where: cannot choose pollutants or other columns of single "
                   "emissions");
}

static void read_entry(ltn_reader *reader, const ltn_node *node, ltn_uncertain *entry)
{
    entry->place = entry->shared_place = ltn_node_place(node);
    entry->correlation = -1;
    ltn_read_form(reader, node, &ltn_uncertain_form, entry);
    if (node->kind != LTN_MAPPING) return;
    const ltn_node *shared = ltn_node_find(node, "shared_by");
    if (shared) entry->shared_place = ltn_node_place(shared);
    entry->name = name_of(reader, node, entry->id);
    check_entry(reader, node, entry);
}

void ltn_read_uncertainty(ltn_reader *reader, const ltn_node *node, void *into)
{
    ltn_scenario *s = into;
    if (node->kind != LTN_SEQUENCE) {
        ltn_refuse(reader, node, "uncertainty is %s; expected a list", ltn_node_kind_text(node));
        return;
    }
    if (!(s->uncertainty = ltn_reader_alloc(reader, node->count, sizeof *s->uncertainty))) return;
    ltn_dictionary *ids = ltn_dictionary_create();
    if (!ids) reader->list->out_of_memory = true;
    for (size_t i = 0; ids && i < node->count; i++) {
        ltn_uncertain *entry = &s->uncertainty[s->uncertain_count++];
        read_entry(reader, node->items[i], entry);
        if (!entry->id) continue;
        size_t before = ids->count;
        int32_t code = ltn_dictionary_add(ids, entry->id, strlen(entry->id));
        if (code < 0) reader->list->out_of_memory = true;
        if (code >= 0 && (size_t)code < before)
            ltn_refuse(reader, node->items[i], "uncertainty '%s' is there twice", entry->id);
    }
    ltn_dictionary_free(ids);
}
