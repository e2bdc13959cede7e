/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/yaml.h"

#include "base/dictionary.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

/* A collection that is still open. */
typedef struct level {
    ltn_node *node;
    size_t capacity;
    const char *anchor;
} level;

typedef struct loader {
    yaml_parser_t parser;
    const char *source, *text;
    size_t length;
    ltn_arena *arena;
    ltn_diagnostics *list;
    level stack[LTN_YAML_DEPTH];
    size_t depth;
    ltn_dictionary *anchors;
    ltn_node **anchored; /* by the anchor's code */
    size_t anchored_capacity;
    ltn_node *root;
    bool failed;
} loader;

static void refuse(loader *l, yaml_mark_t mark, const char *format, ...) __attribute__((format(printf, 3, 4)));

static void refuse(loader *l, yaml_mark_t mark, const char *format, ...)
{
    char text[sizeof((ltn_error *)0)->message];
    va_list args;
    va_start(args, format);
    ltn_format_text(text, sizeof text, format, args);
    va_end(args);
    ltn_place at = {l->source, (int)mark.line + 1, (int)mark.column + 1};
    if (!l->failed) ltn_complain(l->list, LTN_ERROR, &at, "%s", text);
    l->failed = true;
}

static void run_out(loader *l)
{
    l->list->out_of_memory = true;
    l->failed = true;
}

/* ---- anchors ---- */

static void remember_anchor(loader *l, const char *anchor, ltn_node *node)
{
    if (!anchor) return;
    int32_t code = ltn_dictionary_add(l->anchors, anchor, strlen(anchor));
    if (code < 0 || ltn_reserve(&l->anchored, &l->anchored_capacity, (size_t)code + 1, sizeof *l->anchored))
        run_out(l);
    else
        l->anchored[code] = node;
}

static ltn_node *find_anchor(loader *l, const yaml_event_t *event)
{
    const char *anchor = (const char *)event->data.alias.anchor;
    int32_t code = ltn_dictionary_find(l->anchors, anchor, strlen(anchor));
    if (code >= 0) return l->anchored[code];
    refuse(l, event->start_mark, "alias '*%s' stands for nothing; expected an anchor '&%s' that is complete before it",
           anchor, anchor);
    return NULL;
}

/* ---- building ---- */

static ltn_node *new_node(loader *l, ltn_node_kind kind, yaml_mark_t mark)
{
    ltn_node *node = ltn_arena_alloc(l->arena, sizeof *node);
    if (!node) {
        run_out(l);
        return NULL;
    }
    *node = (ltn_node){
        .kind = kind, .line = (int)mark.line + 1, .column = (int)mark.column + 1, .source = l->source, .weight = 1};
    return node;
}

/* Puts a complete node into the open collection; without one it is the document. */
static void attach(loader *l, ltn_node *node, yaml_mark_t mark)
{
    if (!l->depth) {
        l->root = node;
        return;
    }
    level *top = &l->stack[l->depth - 1];
    bool is_key = top->node->kind == LTN_MAPPING && top->node->count % 2 == 0;
    if (is_key && node->kind != LTN_SCALAR) {
        refuse(l, (yaml_mark_t){.line = (size_t)node->line - 1, .column = (size_t)node->column - 1},
               "a key must be plain text");
        return;
    }
    if (ltn_reserve(&top->node->items, &top->capacity, top->node->count + 1, sizeof *top->node->items)) {
        run_out(l);
        return;
    }
    top->node->items[top->node->count++] = node;
    top->node->weight += node->weight;
    /* A few aliases of aliases can stand for more nodes than there are atoms. */
    if (top->node->weight > LTN_YAML_NODES) refuse(l, mark, "the document stands for more than a million nodes");
}

static void open_collection(loader *l, ltn_node_kind kind, const unsigned char *anchor, yaml_mark_t mark)
{
    if (l->depth == LTN_YAML_DEPTH) {
        refuse(l, mark, "the document is nested more than %d levels deep", LTN_YAML_DEPTH);
        return;
    }
    ltn_node *node = new_node(l, kind, mark);
    if (!node) return;
    const char *kept = anchor ? ltn_arena_text(l->arena, (const char *)anchor, strlen((const char *)anchor)) : NULL;
    l->stack[l->depth++] = (level){.node = node, .anchor = kept};
}

static void check_keys(loader *l, const ltn_node *mapping)
{
    ltn_dictionary *keys = ltn_dictionary_create();
    if (!keys) run_out(l);
    for (size_t i = 0; keys && i < mapping->count; i += 2) {
        const ltn_node *key = mapping->items[i];
        int32_t code = ltn_dictionary_add(keys, key->text, strlen(key->text));
        if (code < 0) run_out(l);
        if (code < 0 || (size_t)code == i / 2) continue;
        refuse(l, (yaml_mark_t){.line = (size_t)key->line - 1, .column = (size_t)key->column - 1},
               "key '%s' is there twice", key->text);
        break;
    }
    ltn_dictionary_free(keys);
}

static void close_collection(loader *l, yaml_mark_t mark)
{
    level *top = &l->stack[--l->depth];
    ltn_node *node = top->node;
    /* The items grew on the heap; they move to the arena once their number is known. */
    ltn_node **items = ltn_arena_alloc(l->arena, (node->count + 1) * sizeof *items);
    if (items && node->count) memcpy(items, node->items, node->count * sizeof *items);
    free(node->items);
    node->items = items;
    if (!items) {
        node->count = 0;
        run_out(l);
        return;
    }
    if (node->kind == LTN_MAPPING) check_keys(l, node);
    remember_anchor(l, top->anchor, node);
    attach(l, node, mark);
}

static void take_scalar(loader *l, const yaml_event_t *event)
{
    const char *text = (const char *)event->data.scalar.value;
    if (strlen(text) != event->data.scalar.length) {
        refuse(l, event->start_mark, "a NUL character stands in the text");
        return;
    }
    ltn_node *node = new_node(l, LTN_SCALAR, event->start_mark);
    if (!node) return;
    if (!(node->text = ltn_arena_text(l->arena, text, event->data.scalar.length))) {
        run_out(l);
        return;
    }
    remember_anchor(l, (const char *)event->data.scalar.anchor, node);
    attach(l, node, event->start_mark);
}

static void take_event(loader *l, const yaml_event_t *event)
{
    ltn_node *node;
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        if (l->root) refuse(l, event->start_mark, "a second document begins; expected one");
        break;
    case YAML_ALIAS_EVENT:
        node = find_anchor(l, event);
        if (node) attach(l, node, event->start_mark);
        break;
    case YAML_SCALAR_EVENT:
        take_scalar(l, event);
        break;
    case YAML_SEQUENCE_START_EVENT:
        open_collection(l, LTN_SEQUENCE, event->data.sequence_start.anchor, event->start_mark);
        break;
    case YAML_MAPPING_START_EVENT:
        open_collection(l, LTN_MAPPING, event->data.mapping_start.anchor, event->start_mark);
        break;
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        close_collection(l, event->start_mark);
        break;
    default:
        break;
    }
}

/* The reader tells a byte, not a place. */
static yaml_mark_t mark_of_byte(const loader *l, size_t offset)
{
    yaml_mark_t mark = {0};
    for (size_t i = 0; i < offset && i < l->length; i++) {
        bool line_end = l->text[i] == '\n', starts_character = ((unsigned char)l->text[i] & 0xC0) != 0x80;
        mark.line += line_end;
        mark.column = line_end ? 0 : mark.column + starts_character;
    }
    return mark;
}

static void complain_parser(loader *l)
{
    const yaml_parser_t *p = &l->parser;
    if (p->error == YAML_MEMORY_ERROR)
        run_out(l);
    else if (p->error == YAML_READER_ERROR)
        refuse(l, mark_of_byte(l, p->problem_offset), "the text is not UTF-8: %s", p->problem);
    else
        refuse(l, p->problem_mark, "the text is not YAML: %s%s%s", p->problem ? p->problem : "it cannot be read",
               p->context ? " " : "", p->context ? p->context : "");
}

static void run(loader *l)
{
    for (bool done = false; !done && !l->failed;) {
        yaml_event_t event;
        if (!yaml_parser_parse(&l->parser, &event)) {
            complain_parser(l);
            return;
        }
        done = event.type == YAML_STREAM_END_EVENT;
        take_event(l, &event);
        yaml_event_delete(&event);
    }
}

ltn_node *ltn_yaml_read(const char *text, size_t length, const char *source, ltn_arena *arena, ltn_diagnostics *list)
{
    loader *l = ltn_alloc(1, sizeof *l);
    if (!l) {
        list->out_of_memory = true;
        return NULL;
    }
    if (length >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) text += 3, length -= 3; /* byte-order mark */
    *l = (loader){.source = source,
                  .text = text,
                  .length = length,
                  .arena = arena,
                  .list = list,
                  .anchors = ltn_dictionary_create()};
    ltn_node *root = NULL;
    if (l->anchors && yaml_parser_initialize(&l->parser)) {
        yaml_parser_set_input_string(&l->parser, (const unsigned char *)text, length);
        yaml_parser_set_encoding(&l->parser, YAML_UTF8_ENCODING);
        run(l);
        yaml_parser_delete(&l->parser);
        while (l->depth) free(l->stack[--l->depth].node->items);
        if (!l->failed && !l->root)
            ltn_complain(list, LTN_ERROR, &(ltn_place){source, 1, 1}, "the file is empty; expected a scenario");
        if (!l->failed) root = l->root;
    } else {
        list->out_of_memory = true;
    }
    ltn_dictionary_free(l->anchors);
    free(l->anchored);
    free(l);
    return root;
}

ltn_node *ltn_node_find(const ltn_node *mapping, const char *key)
{
    if (!mapping || mapping->kind != LTN_MAPPING) return NULL;
    for (size_t i = 0; i < mapping->count; i += 2)
        if (strcmp(mapping->items[i]->text, key) == 0) return mapping->items[i + 1];
    return NULL;
}
