/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mappings read by tables: one line a key says what it is called, what it holds, whether it must be there,
 * and what it means. The same tables make the reference in docs/scenario.md. */
#ifndef LTN_SCENARIO_FORM_H
#define LTN_SCENARIO_FORM_H

#include "base/distribution.h"
#include "scenario/yaml.h"

typedef struct ltn_label {
    const char *en, *zh; /* either may be NULL */
} ltn_label;

typedef struct ltn_texts {
    const char **items;
    size_t count;
} ltn_texts;

/* A number, perhaps random, perhaps with a unit. */
typedef struct ltn_quantity {
    bool given;
    bool relative;   /* the mean is left out: it is the row's value, and parameters are relative to it */
    bool by_sd;      /* relative, with an sd: the spread of a share stands as it is, and not relative */
    bool per_source; /* one draw for each source instead of one for the measure */
    ltn_distribution value;
    const char *unit; /* "" where there is none; shares are plain (5 % is 0.05) */
    ltn_place place;
} ltn_quantity;

/* Values at years, ascending; linear between, constant after the last. */
typedef struct ltn_knots {
    int *years;
    double *values;
    size_t count;
    ltn_place place;
} ltn_knots;

/* A day; a year alone is its first of January. Year 0: not given. */
typedef struct ltn_date {
    int year, month, day;
} ltn_date;

/* Share of a year from a date on, by months: 1 July leaves half. 1 in every later year. */
double ltn_date_share(ltn_date from, int year);

/* A scenario may include another, and so on: so many files at most. */
enum { LTN_SCENARIO_FILES = 9 };

typedef struct ltn_reader {
    ltn_arena *arena;
    ltn_diagnostics *list;
    struct ltn_devices *devices;           /* the installed table, once a device is named */
    const char *files[LTN_SCENARIO_FILES]; /* that are included, the nearest first */
    size_t file_count;
} ltn_reader;

typedef void (*ltn_read_value)(ltn_reader *reader, const ltn_node *node, void *into);

typedef enum ltn_value_kind {
    LTN_VALUE_TEXT,        /* const char * */
    LTN_VALUE_LABEL,       /* ltn_label */
    LTN_VALUE_TEXTS,       /* ltn_texts */
    LTN_VALUE_YEAR,        /* int */
    LTN_VALUE_YEARS,       /* int[2] */
    LTN_VALUE_DATE,        /* ltn_date */
    LTN_VALUE_INTEGER,     /* int */
    LTN_VALUE_FLAG,        /* bool */
    LTN_VALUE_CHOICE,      /* int: index in `choices` */
    LTN_VALUE_QUANTITY,    /* ltn_quantity, at least 0 */
    LTN_VALUE_SHARE,       /* ltn_quantity in [0, 1] */
    LTN_VALUE_RATE,        /* ltn_quantity above -1 */
    LTN_VALUE_SHARE_KNOTS, /* ltn_knots in [0, 1] */
    LTN_VALUE_INDEX_KNOTS, /* ltn_knots, at least 0 */
    LTN_VALUE_OTHER        /* read by `read` */
} ltn_value_kind;

typedef struct ltn_key {
    const char *name;
    ltn_value_kind kind;
    size_t offset;          /* in the struct that is filled */
    bool required, certain; /* certain: a quantity that cannot be random */
    const char *unit;       /* it must convert to one of these, by '|'; '*' any unit; '?' any or none; NULL none */
    const char *fallback;   /* the default as documented */
    const char *meaning;
    const char *const *choices; /* NULL-terminated */
    ltn_read_value read;
    const char *type; /* documented type of a value read by `read` */
} ltn_key;

typedef struct ltn_form {
    const char *where; /* what the mapping is, in complaints and in the reference */
    const ltn_key *keys;
    size_t count;
    /* Keys that are names: read one, or refuse it. NULL where every key is in the table. */
    void (*other)(ltn_reader *reader, const ltn_node *key, const ltn_node *value, void *into);
} ltn_form;

void ltn_read_form(ltn_reader *reader, const ltn_node *node, const ltn_form *form, void *into);

void ltn_refuse(ltn_reader *reader, const ltn_node *node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
ltn_place ltn_node_place(const ltn_node *node);

/* Zeroed memory of the scenario; NULL (and noted) where memory runs out. */
void *ltn_reader_alloc(ltn_reader *reader, size_t count, size_t size);

/* "a mapping", "a list" or "text": what was found. */
const char *ltn_node_kind_text(const ltn_node *node);

/* True, or complains. */
bool ltn_expect_mapping(ltn_reader *reader, const ltn_node *node, const char *what);

/* The text of a scalar that is not empty, or NULL after a complaint. */
const char *ltn_read_text(ltn_reader *reader, const ltn_node *node, const char *what);
void ltn_read_texts(ltn_reader *reader, const ltn_node *node, ltn_texts *into);
void ltn_read_label(ltn_reader *reader, const ltn_node *node, ltn_label *into);

/* `2019` or `2019-07-01`; the year stays 0 after a complaint. */
void ltn_read_date(ltn_reader *reader, const ltn_node *node, ltn_date *into);

/* A quantity of a kind in [low, high]; `unit` as in ltn_key. With `relative`, a distribution may leave its
 * mean out. */
typedef struct ltn_quantity_rule {
    const char *what;
    double low, high;
    bool share;
    const char *unit;
    bool relative;
    bool certain; /* it cannot be random */
} ltn_quantity_rule;
void ltn_read_quantity(ltn_reader *reader, const ltn_node *node, const ltn_quantity_rule *rule, ltn_quantity *into);

/* One number with its unit; shares are plain. */
typedef struct ltn_plain {
    double value;
    const char *unit;
} ltn_plain;

/* Reads `12.5`, `12.5 t/h`, and for shares `5 %`; the domain is not looked at. False after a complaint. */
bool ltn_read_plain(ltn_reader *reader, const ltn_node *node, const ltn_quantity_rule *rule, ltn_plain *out);

void ltn_read_knots(ltn_reader *reader, const ltn_node *node, bool share, const char *what, ltn_knots *into);

/* Value of knots at a year: linear between, constant after the last; before the first, `before`. */
double ltn_knots_at(const ltn_knots *knots, int year, double before);

/* Expected value of a quantity. */
double ltn_quantity_mean(const ltn_quantity *quantity);

#endif
