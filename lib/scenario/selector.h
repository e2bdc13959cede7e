/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LTN_SCENARIO_SELECTOR_H
#define LTN_SCENARIO_SELECTOR_H

#include "inventory/inventory.h"
#include "scenario/form.h"

#include <lantian/scenario.h>

typedef enum ltn_condition_kind {
    LTN_ALL_OF,
    LTN_ANY_OF,
    LTN_NONE_OF,
    LTN_IS_TEXT,
    LTN_IS_WITHIN_RANGE,
    LTN_IS_NEAR
} ltn_condition_kind;

typedef enum ltn_bound_kind {
    LTN_BOUND_MIN,
    LTN_BOUND_MAX,
    LTN_BOUND_ABOVE,
    LTN_BOUND_BELOW,
    LTN_BOUND_IS,
    LTN_BOUNDS
} ltn_bound_kind;

typedef struct ltn_bound {
    bool given;
    double value;
    const char *unit; /* "" where there is none */
    ltn_place place;
} ltn_bound;

typedef struct ltn_condition {
    ltn_condition_kind kind;
    ltn_place place;
    const char *column;           /* of a text or range condition */
    ltn_texts patterns;           /* of a text condition: any of them */
    ltn_bound bounds[LTN_BOUNDS]; /* of a range: all that are given */
    double km;                    /* of `within` */
    struct ltn_condition **items; /* of all, any, none; `of:` of within */
    size_t count;
} ltn_condition;

struct ltn_selector {
    ltn_arena arena; /* of a selector that was read alone */
    ltn_condition *root;
};

/* Reads `{region: ..., capacity: {min: ...}, not: {...}}`; `into` is an ltn_selector **. */
void ltn_read_selector(ltn_reader *reader, const ltn_node *node, void *into);

/* A list of selectors, or one. */
typedef struct ltn_selectors {
    ltn_selector **items;
    size_t count;
} ltn_selectors;
void ltn_read_selectors(ltn_reader *reader, const ltn_node *node, void *into);

/* The rows a selector takes. Conditions on a source's columns select sources, and all they emit; one on an
 * emission's column (pollutant, removal, ...) selects single emissions. */
enum { LTN_ABSENT_COLUMNS_MAX = 16 };
typedef struct ltn_selection {
    bool by_emission;
    size_t rows;    /* of sources or of emissions */
    uint8_t *taken; /* a byte a row */
    struct {
        const char *column;
        size_t count; /* of rows decided by the value's absence */
    } absent[LTN_ABSENT_COLUMNS_MAX];
    size_t absent_count;
} ltn_selection;

/* `selector` NULL takes everything. The sources that `within` measures from are looked for in the
 * inventory, and in `around` too where it is not NULL. */
ltn_status ltn_select(const ltn_selector *selector, const ltn_inventory *inventory, const ltn_inventory *around,
                      ltn_selection *out);
void ltn_selection_free(ltn_selection *selection);

/* The same as a byte an emission row. */
ltn_status ltn_select_rows(const ltn_selector *selector, const ltn_inventory *inventory, const ltn_inventory *around,
                           uint8_t *keep);

/* True where the selector has a condition on an emission's column. */
bool ltn_selector_by_emission(const ltn_selector *selector);

#endif
