/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "inventory/builder.h"

#include <stdlib.h>
#include <string.h>

void ltn_inventory_options_init(ltn_inventory_options *options)
{
    *options = (ltn_inventory_options){.struct_size = sizeof *options};
}

static ltn_status create_trees_and_inventory(ltn_inventory_builder *builder)
{
    ltn_inventory_options *options = &builder->options;
    ltn_tree *regions = NULL, *sectors = NULL;
    ltn_status status = options->regions ? LTN_OK : ltn_tree_create(&regions);
    if (!status && !options->sectors) status = ltn_tree_create(&sectors);
    if (regions) regions->open = true;
    if (sectors) sectors->open = true;
    if (!status) {
        builder->made = ltn_inventory_create(options->regions ? options->regions : regions,
                                             options->sectors ? options->sectors : sectors);
        if (!builder->made) status = LTN_ENOMEM;
    }
    ltn_tree_free(regions);
    ltn_tree_free(sectors);
    return status;
}

ltn_status ltn_inventory_builder_create(const ltn_inventory_options *options, ltn_inventory_builder **out)
{
    *out = NULL;
    ltn_inventory_builder *builder = ltn_alloc(1, sizeof *builder);
    if (!builder) return LTN_ENOMEM;
    ltn_inventory_options_init(&builder->options);
    if (options)
        memcpy(&builder->options, options,
               options->struct_size < sizeof *options ? options->struct_size : sizeof *options);
    ltn_status status = create_trees_and_inventory(builder);
    if (status)
        ltn_inventory_builder_free(builder);
    else
        *out = builder;
    return status;
}

void ltn_inventory_builder_free(ltn_inventory_builder *builder)
{
    if (!builder) return;
    for (size_t i = 0; i < builder->chunk_count; i++) ltn_table_free(builder->chunks[i]);
    for (size_t c = 0; c < builder->column_count; c++) ltn_dictionary_free(builder->columns[c].words);
    free(builder->chunks);
    free(builder->columns);
    ltn_arena_free(&builder->arena);
    ltn_inventory_free(builder->made);
    free(builder);
}

ltn_status ltn_inventory_builder_metadata(ltn_inventory_builder *builder, const char *key, const char *value)
{
    if (!builder->made) return ltn_fail(LTN_EARGUMENT, NULL, "the builder has been finished; make another one");
    return ltn_inventory_set_metadata(builder->made, key, value);
}

int ltn_builder_find(const ltn_inventory_builder *builder, const char *name)
{
    for (size_t c = 0; c < builder->column_count; c++)
        if (strcmp(builder->columns[c].name, name) == 0) return (int)c;
    return -1;
}

/* Recognises a standard column and what an emission may have; anything else is an attribute of the source. */
static void recognise(ltn_inventory_builder *builder, ltn_builder_column *column, ltn_column_type type)
{
    for (int c = 0; c < LTN_SOURCE_COLUMNS; c++)
        if (strcmp(ltn_source_forms[c].name, column->name) == 0) {
            column->type = ltn_source_forms[c].type;
            column->target = c;
            return;
        }
    for (int c = 0; c < LTN_EMISSION_COLUMNS; c++)
        if (strcmp(ltn_emission_forms[c].name, column->name) == 0) {
            column->level = LTN_OF_EMISSION;
            column->type = ltn_emission_forms[c].type;
            column->target = c;
            return;
        }
    const ltn_column_form *attribute = ltn_emission_attribute(column->name);
    column->level = attribute ? LTN_OF_EMISSION : LTN_OF_SOURCE;
    column->type = attribute ? attribute->type : type;
    column->target = attribute ? LTN_EMISSION_COLUMNS + (int)builder->emission_attribute_count++
                               : LTN_SOURCE_COLUMNS + (int)builder->attribute_count++;
}

int ltn_builder_column_of(ltn_inventory_builder *builder, const char *name, size_t length, ltn_column_type type)
{
    const char *kept = ltn_arena_text(&builder->arena, name, length);
    if (!kept) return -1;
    int known = ltn_builder_find(builder, kept);
    if (known >= 0) return known;
    if (ltn_reserve(&builder->columns, &builder->column_capacity, builder->column_count + 1, sizeof *builder->columns))
        return -1;
    ltn_builder_column column = {.name = kept};
    recognise(builder, &column, type);
    if (column.type == LTN_TEXT && !(column.words = ltn_dictionary_create())) return -1;
    builder->columns[builder->column_count] = column;
    return (int)builder->column_count++;
}

ltn_status ltn_builder_chunk_columns(const ltn_inventory_builder *builder, ltn_table *table)
{
    ltn_status status = LTN_OK;
    for (size_t c = table->column_count; !status && c < builder->column_count; c++)
        status = ltn_table_add_column(table, builder->columns[c].name, builder->columns[c].type, NULL);
    return status;
}

/* Replaces a chunk's own codes of one column by the builder's. */
static ltn_status adopt_column(ltn_dictionary *words, ltn_column *column, size_t rows)
{
    int32_t *code_of = ltn_alloc(column->words->count, sizeof *code_of);
    if (!code_of) return LTN_ENOMEM;
    ltn_status status = ltn_dictionary_add_all(words, column->words, code_of);
    for (size_t row = 0; !status && column->codes && row < rows; row++)
        if (column->codes[row] >= 0) column->codes[row] = code_of[column->codes[row]];
    if (!status && !column->codes && column->every >= 0) column->every = code_of[column->every];
    free(code_of);
    if (status) return status;
    ltn_dictionary_free(column->words);
    column->words = ltn_dictionary_share(words);
    return LTN_OK;
}

ltn_status ltn_builder_adopt(ltn_inventory_builder *builder, ltn_table *chunk)
{
    ltn_status status =
        ltn_reserve(&builder->chunks, &builder->chunk_capacity, builder->chunk_count + 1, sizeof *builder->chunks);
    for (size_t c = 0; !status && c < chunk->column_count; c++)
        if (chunk->columns[c].type == LTN_TEXT)
            status = adopt_column(builder->columns[c].words, &chunk->columns[c], chunk->rows);
    if (status)
        ltn_table_free(chunk);
    else
        builder->chunks[builder->chunk_count++] = chunk;
    return status;
}

/* Rows given one by one live in one chunk. */
ltn_status ltn_inventory_builder_row(ltn_inventory_builder *builder)
{
    if (!builder->made) return ltn_fail(LTN_EARGUMENT, NULL, "the builder has been finished; make another one");
    if (!builder->chunk_count) {
        ltn_table *chunk = ltn_table_create();
        ltn_status status = chunk ? ltn_builder_adopt(builder, chunk) : LTN_ENOMEM;
        if (status) return status;
    }
    ltn_table *chunk = builder->chunks[builder->chunk_count - 1];
    if (chunk->rows >= INT32_MAX) return ltn_fail(LTN_ELIMIT, NULL, "an inventory holds at most 2^31 - 1 rows");
    return ltn_table_resize(chunk, chunk->rows + 1);
}

/* The open row's column of a type; -1 with the error set. */
static int open_column(ltn_inventory_builder *builder, const char *name, ltn_column_type type)
{
    ltn_table *chunk = builder->chunk_count ? builder->chunks[builder->chunk_count - 1] : NULL;
    if (!chunk || !chunk->rows) {
        (void)ltn_fail(LTN_EARGUMENT, NULL, "no row is open; call ltn_inventory_builder_row() first");
        return -1;
    }
    int c = ltn_builder_column_of(builder, name, strlen(name), type);
    if (c < 0) return -1;
    if (builder->columns[c].type != type) {
        (void)ltn_fail(LTN_EARGUMENT, NULL, "column '%s' holds %s", name, type == LTN_TEXT ? "numbers" : "text");
        return -1;
    }
    for (size_t k = chunk->column_count; k < builder->column_count; k++)
        if (ltn_table_add_column(chunk, builder->columns[k].name, builder->columns[k].type, builder->columns[k].words))
            return -1;
    return c;
}

ltn_status ltn_inventory_builder_text(ltn_inventory_builder *builder, const char *column, const char *value)
{
    int c = open_column(builder, column, LTN_TEXT);
    if (c < 0) return ltn_last_error()->code;
    ltn_table *chunk = builder->chunks[builder->chunk_count - 1];
    if (strcmp(column, "source") == 0 && chunk->columns[c].codes[chunk->rows - 1] >= 0)
        return ltn_fail(LTN_EARGUMENT, NULL, "the open row has a source already; open a new row for '%s'",
                        value ? value : "");
    return ltn_table_set_text(chunk, chunk->rows - 1, (size_t)c, value && *value ? value : NULL);
}

ltn_status ltn_inventory_builder_number(ltn_inventory_builder *builder, const char *column, double value)
{
    int c = open_column(builder, column, LTN_NUMBER);
    if (c < 0) return ltn_last_error()->code;
    ltn_table *chunk = builder->chunks[builder->chunk_count - 1];
    chunk->columns[c].numbers[chunk->rows - 1] = value;
    return LTN_OK;
}
