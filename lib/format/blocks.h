/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A mapped file of rows, cut into blocks that threads read at a time. */
#ifndef LTN_FORMAT_BLOCKS_H
#define LTN_FORMAT_BLOCKS_H

#include "base/parallel.h"
#include "format/csv.h"
#include "inventory/builder.h"

#include <stdatomic.h>

/* A run of whole rows, and what became of it. */
typedef struct ltn_block {
    const char *from, *to;
    ltn_table *rows;      /* until the builder takes them over */
    uint32_t *offsets;    /* of each row, from `from` */
    ltn_diagnostics list; /* lines count from the block's first */
    int lines;            /* in the block */
    int first_line;       /* known when all blocks before it are adopted */
    size_t row_count;     /* likewise */
    atomic_bool read;
} ltn_block;

typedef struct ltn_blocks {
    const ltn_csv *text; /* the file */
    const char *body;    /* where its rows begin */
    ltn_block *items;
    size_t count, adopted; /* the builder takes them over from the first on */
    int next_line;         /* of the first that it has not; the caller sets the body's line */
} ltn_blocks;

/* The first row that begins at or after `wanted`, which is inside [from, end): `end` where there is none. */
typedef const char *(*ltn_row_start)(const char *from, const char *wanted, const char *end);

/* Bytes of a block of a body of so many, so that each of `threads` has several. */
size_t ltn_blocks_size(size_t body, int threads);
ltn_status ltn_blocks_cut(ltn_blocks *blocks, size_t size, ltn_row_start row_start);

/* Before and after a block is read: tells the system of its part of the file. */
void ltn_block_expect(const ltn_blocks *blocks, const ltn_block *block);
void ltn_block_forget(const ltn_blocks *blocks, const ltn_block *block);

/* The builder takes over what is read, in the order of the file, up to the first block that is not. */
ltn_status ltn_blocks_adopt(ltn_blocks *blocks, ltn_inventory_builder *builder);

/* Puts the complaints together once all blocks are adopted. Number of rows, the bad ones included. */
size_t ltn_blocks_join(ltn_blocks *blocks, ltn_diagnostics *list);
void ltn_blocks_free(ltn_blocks *blocks);

#endif
