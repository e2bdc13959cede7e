/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FF10, the flat file of EPA's Emissions Modeling Framework: which field is what. */
#ifndef LTN_FORMAT_FF10_H
#define LTN_FORMAT_FF10_H

#include "base/file.h"
#include "inventory/inventory.h"

/* How a field is read into its column, and written from it. */
typedef enum ltn_ff10_form {
    LTN_FF10_TEXT,
    LTN_FF10_REGION, /* a FIPS code, brought to five digits */
    LTN_FF10_NUMBER,
    LTN_FF10_TONS,    /* short tons */
    LTN_FF10_PERCENT, /* of a column of shares */
    LTN_FF10_RULES,   /* REG_CODES: an SIC where it is digits, else a MACT code */
} ltn_ff10_form;

typedef struct ltn_ff10_field {
    const char *name;   /* in the line of column names */
    const char *column; /* of the inventory */
    ltn_ff10_form form;
} ltn_ff10_field;

enum { LTN_FF10_FIELDS = 77, LTN_FF10_KEYS = 6 };

/* The order of one kind of file. Fields are numbered from 0. */
typedef struct ltn_ff10_layout {
    const ltn_ff10_field *fields;
    size_t count, least;     /* fields of a row; those that cannot be left out at its end */
    int keys[LTN_FF10_KEYS]; /* the fields that make a source's id */
    size_t key_count;
    bool skips_blank_keys;                                           /* a blank key leaves no gap in the id */
    int region, pollutant, annual, january, capacity, capacity_unit; /* fields; -1: none */
} ltn_ff10_layout;

const ltn_ff10_layout *ltn_ff10_layout_of(ltn_ff10_kind kind);
const char *ltn_ff10_kind_name(ltn_ff10_kind kind);

/* Field of a name as any export spells it (case and underlines do not count); -1 where it is none of the layout's. */
int ltn_ff10_find_field(const ltn_ff10_layout *layout, const char *name, size_t length);

/* What fields hold: short tons to tonnes, percentages to shares. The writer looks for a number that this gives back. */
double ltn_ff10_value(ltn_ff10_form form, double number);

/* True where the head of a text has a `#FORMAT` record (of FF10 or of another of SMOKE's forms) or is a `#LIST`. */
bool ltn_ff10_recognised(const char *data, size_t size);

/* Reads an FF10 file; takes `file` over. */
ltn_status ltn_ff10_read(const char *path, ltn_file *file, const ltn_inventory_options *options, ltn_inventory **out);

#endif
