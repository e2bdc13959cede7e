/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "format/blocks.h"

#include <stdlib.h>
#include <string.h>

#ifndef LTN_BLOCK_MIN /* the fuzzers make blocks of small files too */
#define LTN_BLOCK_MIN (1 << 18)
#endif
enum { BLOCK_MIN = LTN_BLOCK_MIN, BLOCK_MAX = 1 << 24, BLOCKS_PER_THREAD = 4 };

size_t ltn_blocks_size(size_t body, int threads)
{
    size_t size = body / ((size_t)threads * BLOCKS_PER_THREAD);
    return size < BLOCK_MIN ? BLOCK_MIN : size > BLOCK_MAX ? BLOCK_MAX : size;
}

ltn_status ltn_blocks_cut(ltn_blocks *blocks, size_t size, ltn_row_start row_start)
{
    const char *from = blocks->body, *end = blocks->text->data + blocks->text->size;
    size_t capacity = 0;
    while (from < end) {
        const char *to = (size_t)(end - from) <= size ? end : row_start(from, from + size, end);
        if (ltn_reserve(&blocks->items, &capacity, blocks->count + 1, sizeof *blocks->items)) return LTN_ENOMEM;
        ltn_block *b = &blocks->items[blocks->count++];
        memset(b, 0, sizeof *b);
        b->from = from;
        b->to = from = to;
    }
    return LTN_OK;
}

void ltn_block_expect(const ltn_blocks *blocks, const ltn_block *block)
{
    const ltn_csv *text = blocks->text;
    if (!text->converted)
        ltn_file_expect(&text->file, (size_t)(block->from - text->data), (size_t)(block->to - text->data));
}

void ltn_block_forget(const ltn_blocks *blocks, const ltn_block *block)
{
    const ltn_csv *text = blocks->text;
    if (!text->converted)
        ltn_file_forget(&text->file, (size_t)(block->from - text->data), (size_t)(block->to - text->data));
}

ltn_status ltn_blocks_adopt(ltn_blocks *blocks, ltn_inventory_builder *builder)
{
    ltn_status status = LTN_OK;
    for (; !status && blocks->adopted < blocks->count; blocks->adopted++) {
        ltn_block *b = &blocks->items[blocks->adopted];
        if (!atomic_load(&b->read)) break;
        b->first_line = blocks->next_line;
        blocks->next_line += b->lines;
        b->row_count = b->rows->rows;
        ltn_table *chunk = b->rows;
        b->rows = NULL; /* taken over also on failure */
        status = ltn_builder_adopt(builder, chunk);
    }
    return status;
}

size_t ltn_blocks_join(ltn_blocks *blocks, ltn_diagnostics *list)
{
    size_t rows = 0;
    for (size_t i = 0; i < blocks->count; i++) {
        ltn_block *b = &blocks->items[i];
        for (size_t k = 0; k < b->list.count; k++) b->list.items[k].line += b->first_line;
        ltn_diagnostics_append(list, &b->list);
        rows += b->row_count + b->list.errors;
    }
    return rows;
}

void ltn_blocks_free(ltn_blocks *blocks)
{
    for (size_t i = 0; i < blocks->count; i++) {
        ltn_table_free(blocks->items[i].rows);
        free(blocks->items[i].offsets);
        ltn_diagnostics_clear(&blocks->items[i].list);
    }
    free(blocks->items);
    blocks->items = NULL;
    blocks->count = 0;
}
