/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LTN_SCENARIO_YAML_H
#define LTN_SCENARIO_YAML_H

#include "base/diagnostics.h"

/* A YAML document as a tree whose every node knows its place. Scalars are the text as written. */
typedef enum ltn_node_kind { LTN_SCALAR, LTN_SEQUENCE, LTN_MAPPING } ltn_node_kind;

typedef struct ltn_node {
    ltn_node_kind kind;
    int line, column;
    const char *source;      /* file name */
    const char *text;        /* of a scalar */
    struct ltn_node **items; /* of a sequence; of a mapping key, value, key, value, ... */
    size_t count;            /* of items; a mapping has count / 2 pairs */
    size_t weight;           /* nodes in it, aliases counted each time they are used */
} ltn_node;

enum {
    LTN_YAML_BYTES = 16 << 20, /* files are written by people */
    LTN_YAML_DEPTH = 64,
    LTN_YAML_NODES = 1000000
};

/* Reads one document. Nodes live in `arena`; they and complaints name `source`, which is kept. Returns NULL and complains (or sets
 * the error, out of memory) where the text is no such document. */
ltn_node *ltn_yaml_read(const char *text, size_t length, const char *source, ltn_arena *arena, ltn_diagnostics *list);

/* Value of a key of a mapping, or NULL. */
ltn_node *ltn_node_find(const ltn_node *mapping, const char *key);

#endif
