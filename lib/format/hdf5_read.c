/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A store to an inventory, whole or in part. */
#include "format/hdf5_column.h"
#include "format/hdf5_store.h"
#include "format/hdf5_table.h"

#include "base/hdf5_lock.h"
#include "base/text.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { METADATA_MAX = 10000, DEPTH_MAX = 1000 };

void ltn_store_read_options_init(ltn_store_read_options *options)
{
    *options = (ltn_store_read_options){.struct_size = sizeof *options};
}

/* A dictionary that has been read: columns that share its dataset share it. */
typedef struct known_words {
    uint64_t address;
    ltn_dictionary *words;
} known_words;

typedef struct store {
    ltn_hdf5_reader r;
    const ltn_store_read_options *options;
    const char *const *wanted; /* columns of sources and emissions, NULL behind the last; NULL: all */
    known_words *known;
    size_t known_count, known_capacity;
    ltn_inventory *made;
    size_t source_count, emission_count; /* in the file */
    int32_t *first;                      /* in the file */
    int32_t *source_rows, *emission_rows;
    bool chosen; /* only these rows are read */
    ltn_rows sources, emissions;
} store;

/* ---- metadata ---- */

static ltn_status take_metadata(store *s, hid_t attribute)
{
    char name[1024], *key = NULL, *value = NULL;
    ssize_t length = H5Aget_name(attribute, sizeof name, name);
    ltn_status status = LTN_OK;
    if (length < 0 || (size_t)length >= sizeof name || ltn_text_invalid_utf8(name, (size_t)length) < (size_t)length)
        return ltn_hdf5_bad(&s->r, LTN_STORE_METADATA, "a key is not UTF-8 or longer than %zu bytes", sizeof name - 1);
    status = ltn_hdf5_read_text(&s->r, attribute, LTN_STORE_METADATA, name, &value);
    if (!status && !(key = ltn_store_unescape(name))) status = LTN_ENOMEM;
    if (!status && ltn_inventory_metadata(s->made, key))
        status = ltn_hdf5_bad(&s->r, LTN_STORE_METADATA, "'%s' stands there twice", key);
    if (!status && ltn_inventory_set_metadata(s->made, key, value)) {
        char reason[sizeof ltn_last_error()->message];
        status = ltn_last_error()->code;
        snprintf(reason, sizeof reason, "%s", ltn_last_error()->message);
        if (status == LTN_EARGUMENT) status = ltn_hdf5_bad(&s->r, LTN_STORE_METADATA, "%s", reason);
    }
    free(key);
    free(value);
    return status;
}

static H5_index_t order_of_attributes(hid_t group)
{
    unsigned order = 0;
    hid_t form = H5Gget_create_plist(group);
    if (form >= 0) (void)H5Pget_attr_creation_order(form, &order);
    if (form >= 0) H5Pclose(form);
    return order & H5P_CRT_ORDER_TRACKED ? H5_INDEX_CRT_ORDER : H5_INDEX_NAME;
}

static ltn_status read_metadata(store *s)
{
    hid_t group = ltn_hdf5_open_group(&s->r, s->r.file, LTN_STORE_METADATA);
    if (group < 0) return ltn_last_error()->code;
    H5O_info_t info = {0};
    H5_index_t order = order_of_attributes(group);
    ltn_status status = H5Oget_info2(group, &info, H5O_INFO_NUM_ATTRS) >= 0
                            ? LTN_OK
                            : ltn_fail_hdf5(LTN_EINPUT, s->r.path, "read metadata");
    if (!status && info.num_attrs > METADATA_MAX)
        status = ltn_hdf5_bad(&s->r, LTN_STORE_METADATA, "more than %d keys", METADATA_MAX);
    for (hsize_t i = 0; !status && i < info.num_attrs; i++) {
        hid_t attribute = H5Aopen_by_idx(group, ".", order, H5_ITER_INC, i, H5P_DEFAULT, H5P_DEFAULT);
        status = attribute >= 0 ? take_metadata(s, attribute) : ltn_fail_hdf5(LTN_EINPUT, s->r.path, "read metadata");
        if (attribute >= 0) H5Aclose(attribute);
    }
    H5Gclose(group);
    return status;
}

/* A store may hold something else. Files that h5py made may not say what they hold. */
static ltn_status check_content(store *s)
{
    char *content = NULL;
    if (H5Aexists(s->r.file, LTN_STORE_A_CONTENT) <= 0) return LTN_OK;
    hid_t attribute = H5Aopen(s->r.file, LTN_STORE_A_CONTENT, H5P_DEFAULT);
    ltn_status status = attribute >= 0 ? ltn_hdf5_read_text(&s->r, attribute, "the file", LTN_STORE_A_CONTENT, &content)
                                       : ltn_fail_hdf5(LTN_EINPUT, s->r.path, "read an attribute");
    if (attribute >= 0) H5Aclose(attribute);
    if (!status && strcmp(content, LTN_STORE_CONTENT) != 0)
        status = ltn_fail(LTN_EINPUT, &(ltn_place){.source = s->r.path}, "a store of '%.40s'; expected '%s'", content,
                          LTN_STORE_CONTENT);
    free(content);
    return status;
}

static ltn_status check_head(store *s)
{
    int32_t version = 0;
    if (H5Aexists(s->r.file, LTN_STORE_A_VERSION) <= 0)
        return ltn_fail(LTN_EINPUT, &(ltn_place){.source = s->r.path},
                        "an HDF5 file, but no store of Lantian: it has no attribute '%s'", LTN_STORE_A_VERSION);
    ltn_status status = ltn_hdf5_read_number(&s->r, s->r.file, "the file", LTN_STORE_A_VERSION, &version);
    if (!status && version != LTN_STORE_VERSION)
        status = ltn_fail(LTN_EINPUT, &(ltn_place){.source = s->r.path},
                          "a store of version %d; this library reads version %d", version, LTN_STORE_VERSION);
    return status ? status : check_content(s);
}

/* ---- the columns of a table ---- */

/* A table being read: where it is in the file, and which of its rows. */
typedef struct table_reading {
    store *s;
    const char *name;
    hid_t group, words; /* of the columns, of their dictionaries */
    ltn_table *table;
    size_t rows;          /* in the file */
    const ltn_rows *only; /* or NULL */
    bool tree;
} table_reading;

static size_t rows_to_read(const table_reading *t)
{
    return t->only ? t->only->count : t->rows;
}

/* The dictionary of a column, shared with the columns that have the same; NULL with the error set. Owned by the
 * store. */
static ltn_dictionary *words_of(const table_reading *t, const char *link, const ltn_rows *only)
{
    store *s = t->s;
    char where[200];
    snprintf(where, sizeof where, LTN_STORE_WORDS "/%s", t->name);
    ltn_stored stored;
    if (ltn_stored_open(&s->r, t->words, where, link, LTN_STORED_WORDS, &stored)) return NULL;
    ltn_dictionary *words = NULL;
    for (size_t i = 0; i < s->known_count; i++)
        if (s->known[i].address == stored.address) words = s->known[i].words;
    if (!words && !ltn_reserve(&s->known, &s->known_capacity, s->known_count + 1, sizeof *s->known) &&
        (words = ltn_stored_read_words(&s->r, &stored, only)))
        s->known[s->known_count++] = (known_words){stored.address, words};
    ltn_stored_close(&stored);
    return words;
}

static const ltn_column_form *form_of(const table_reading *t, const char *name)
{
    if (t->tree) return NULL;
    bool sources = t->table == t->s->made->sources;
    const ltn_column_form *forms = sources ? ltn_source_forms : ltn_emission_forms;
    size_t count = sources ? (size_t)LTN_SOURCE_COLUMNS : (size_t)LTN_EMISSION_COLUMNS;
    for (size_t c = 0; c < count; c++)
        if (strcmp(forms[c].name, name) == 0) return &forms[c];
    return NULL;
}

/* What every inventory has. */
static bool is_required(const table_reading *t, const char *name)
{
    static const char *const of_tables[] = {"source", "region", "sector", "pollutant", "emission_t"};
    if (t->tree) return strcmp(name, "code") == 0;
    for (size_t i = 0; i < sizeof of_tables / sizeof *of_tables; i++)
        if (form_of(t, name) && strcmp(name, of_tables[i]) == 0) return true;
    return false;
}

static ltn_domain domain_of(const table_reading *t, const ltn_column *column)
{
    const ltn_column_form *form = form_of(t, column->name);
    ltn_domain domain = {-INFINITY, INFINITY, is_required(t, column->name)};
    if (column->type == LTN_TEXT) {
        domain.low = domain.required ? 0 : -1;
        domain.high = (double)column->words->count - 1;
    } else if (form) {
        domain.low = form->low;
        domain.high = isinf(form->high) ? DBL_MAX : form->high;
    }
    return domain;
}

/* Room for a column's rows, not yet filled. */
static ltn_status make_room(const table_reading *t, ltn_column *column)
{
    size_t size = column->type == LTN_TEXT ? sizeof *column->codes : sizeof *column->numbers;
    ltn_status status = ltn_hdf5_charge(&t->s->r, column->name, rows_to_read(t), size);
    void *room = status ? NULL : ltn_alloc(rows_to_read(t), size);
    if (!room) return status ? status : LTN_ENOMEM;
    free(column->codes);
    column->codes = room;
    return LTN_OK;
}

static ltn_status adopt_words(const table_reading *t, ltn_column *column, const char *link)
{
    bool ids = !t->tree && t->table == t->s->made->sources && column == &t->table->columns[LTN_SOURCE];
    ltn_dictionary *words = words_of(t, link, ids ? t->only : NULL);
    if (!words) return ltn_last_error()->code;
    ltn_dictionary_free(column->words);
    column->words = ltn_dictionary_share(words);
    return LTN_OK;
}

static ltn_status fill_absent(const table_reading *t, ltn_column *column)
{
    if (is_required(t, column->name)) {
        char where[300];
        snprintf(where, sizeof where, "%s/%s", t->name, column->name);
        return ltn_hdf5_bad(&t->s->r, where, "it is missing");
    }
    ltn_status status = make_room(t, column);
    if (status) return status;
    for (size_t i = 0; i < rows_to_read(t); i++)
        if (column->type == LTN_TEXT)
            column->codes[i] = -1;
        else
            column->numbers[i] = NAN;
    return LTN_OK;
}

static ltn_status read_values(const table_reading *t, ltn_column *column, const char *link)
{
    ltn_stored stored;
    ltn_stored_kind kind = column->type == LTN_TEXT ? LTN_STORED_CODES : LTN_STORED_NUMBERS;
    ltn_domain domain = domain_of(t, column);
    ltn_status status = ltn_stored_open(&t->s->r, t->group, t->name, link, kind, &stored);
    if (status) return status;
    if (stored.rows != t->rows)
        status = ltn_hdf5_bad(&t->s->r, stored.name, "%zu values; the table has %zu rows", stored.rows, t->rows);
    /* Ids of chosen rows have been renumbered: their codes in the file are held against their rows below. */
    if (t->only && strcmp(column->name, "source") == 0 && !t->tree) domain.high = (double)t->rows - 1;
    if (!status) status = make_room(t, column);
    if (!status) status = ltn_stored_read(&t->s->r, &stored, t->only, &domain, column->codes);
    ltn_stored_close(&stored);
    return status;
}

static bool asks_for(const store *s, const char *name)
{
    const char *const *wanted = s->wanted;
    while (wanted && *wanted && strcmp(*wanted, name) != 0) wanted++;
    return !wanted || *wanted;
}

static bool is_wanted(const table_reading *t, const char *name)
{
    return t->tree || asks_for(t->s, name);
}

static ltn_status read_column(const table_reading *t, size_t c, const ltn_hdf5_columns *found)
{
    ltn_column *column = &t->table->columns[c];
    const ltn_hdf5_column *f = ltn_hdf5_columns_called(found, column->name);
    if (!is_wanted(t, column->name)) return LTN_OK;
    if (!f) return fill_absent(t, column);
    ltn_status status = column->type == LTN_TEXT ? adopt_words(t, column, f->link) : LTN_OK;
    return status ? status : read_values(t, column, f->link);
}

/* The table's own columns come first; those of the user follow in the order of their places. */
static ltn_status add_user_columns(const table_reading *t, const ltn_hdf5_columns *found)
{
    ltn_status status = LTN_OK;
    for (size_t i = 0; !status && i < found->count; i++) {
        const ltn_hdf5_column *f = &found->items[i];
        if (ltn_table_find(t->table, f->name) < 0 && is_wanted(t, f->name))
            status = ltn_table_add_column(t->table, f->name, f->type, NULL);
    }
    return status;
}

/* Ready to read a table; `leader` is a column that it must have and that says how many rows there are. */
static ltn_status open_table(table_reading *t, hid_t all_words, const char *leader)
{
    ltn_stored stored;
    t->words = H5I_INVALID_HID;
    t->group = ltn_hdf5_open_group(&t->s->r, t->s->r.file, t->name);
    if (t->group >= 0) t->words = ltn_hdf5_open_group(&t->s->r, all_words, t->name);
    if (t->group < 0 || t->words < 0) return ltn_last_error()->code;
    ltn_status status = ltn_stored_open(&t->s->r, t->group, t->name, leader, LTN_STORED_CODES, &stored);
    if (status) return status;
    t->rows = stored.rows;
    ltn_stored_close(&stored);
    if (t->rows > INT32_MAX) return ltn_hdf5_bad(&t->s->r, t->name, "more than 2^31 - 1 rows");
    return LTN_OK;
}

static void close_table(const table_reading *t)
{
    if (t->words >= 0) H5Gclose(t->words);
    if (t->group >= 0) H5Gclose(t->group);
}

static ltn_status read_columns(const table_reading *t)
{
    ltn_hdf5_columns found = {.r = &t->s->r, .group_name = t->name};
    ltn_status status = ltn_hdf5_columns_find(t->group, &found);
    if (!status) status = add_user_columns(t, &found);
    for (size_t c = 0; !status && c < t->table->column_count; c++) status = read_column(t, c, &found);
    ltn_hdf5_columns_free(&found);
    if (!status) t->table->rows = t->table->capacity = rows_to_read(t);
    return status;
}

/* ---- trees ---- */

static ltn_status check_depth(const store *s, const ltn_tree *tree, const char *name)
{
    for (size_t n = 0; n < ltn_tree_count(tree); n++) {
        int depth = 0;
        for (int32_t up = tree->parents[n]; up >= 0 && depth <= DEPTH_MAX; up = tree->parents[up]) depth++;
        if (depth > DEPTH_MAX) return ltn_hdf5_bad(&s->r, name, "it is deeper than %d levels", DEPTH_MAX);
    }
    return LTN_OK;
}

static ltn_status check_tree(const store *s, ltn_tree *tree, const char *name)
{
    const ltn_column *code = &tree->table->columns[LTN_TREE_CODE], *parent = &tree->table->columns[LTN_TREE_PARENT];
    size_t nodes = tree->table->rows;
    if (code->words != parent->words) return ltn_hdf5_bad(&s->r, name, "parents are not told by the codes of the tree");
    if (code->words->count != nodes)
        return ltn_hdf5_bad(&s->r, name, "%zu codes for %zu nodes", code->words->count, nodes);
    for (size_t n = 0; n < nodes; n++)
        if (code->codes[n] != (int32_t)n) return ltn_hdf5_bad(&s->r, name, "node %zu has the code of another", n);
    if (ltn_reserve(&tree->parents, &tree->capacity, nodes, sizeof *tree->parents)) return LTN_ENOMEM;
    if (nodes) memcpy(tree->parents, parent->codes, nodes * sizeof *tree->parents);
    int32_t cycle;
    ltn_status status = ltn_tree_find_cycle(tree, &cycle);
    if (!status && cycle >= 0)
        status = ltn_hdf5_bad(&s->r, name, "'%s' lies inside itself", ltn_tree_code(tree, cycle));
    return status ? status : check_depth(s, tree, name);
}

static ltn_status read_tree(store *s, hid_t all_words, const char *name, ltn_tree **out)
{
    int32_t open = 0;
    table_reading t = {.s = s, .name = name, .tree = true};
    ltn_status status = ltn_tree_create(out);
    if (status) return status;
    t.table = (*out)->table;
    status = open_table(&t, all_words, "code");
    if (!status) status = ltn_hdf5_read_number(&s->r, t.group, name, LTN_STORE_A_OPEN, &open);
    if (!status) status = read_columns(&t);
    if (!status) status = check_tree(s, *out, name);
    (*out)->open = open != 0;
    close_table(&t);
    return status;
}

/* The tables are made empty on the trees; the columns come with the words of the file. */
static ltn_status read_trees(store *s, hid_t all_words)
{
    ltn_tree *regions = NULL, *sectors = NULL;
    ltn_status status = read_tree(s, all_words, LTN_STORE_REGIONS, &regions);
    if (!status) status = read_tree(s, all_words, LTN_STORE_SECTORS, &sectors);
    if (!status && !(s->made = ltn_inventory_create(regions, sectors))) status = LTN_ENOMEM;
    ltn_tree_free(regions);
    ltn_tree_free(sectors);
    return status;
}

/* ---- which rows ---- */

static ltn_status read_first(store *s)
{
    ltn_stored stored;
    ltn_status status = ltn_stored_open(&s->r, s->r.file, "", LTN_STORE_FIRST, LTN_STORED_CODES, &stored);
    if (status) return status;
    size_t count = s->source_count + 1;
    ltn_domain domain = {0, (double)s->emission_count, true};
    if (stored.rows != count)
        status =
            ltn_hdf5_bad(&s->r, stored.name, "%zu values; %zu sources need %zu", stored.rows, s->source_count, count);
    if (!status) status = ltn_hdf5_charge(&s->r, stored.name, count, sizeof *s->first);
    if (!status && !(s->first = ltn_alloc(count, sizeof *s->first))) status = LTN_ENOMEM;
    if (!status) status = ltn_stored_read(&s->r, &stored, NULL, &domain, s->first);
    ltn_stored_close(&stored);
    if (status) return status;
    for (size_t i = 0; i < s->source_count; i++)
        if (s->first[i] > s->first[i + 1])
            return ltn_hdf5_bad(&s->r, LTN_STORE_FIRST, "value %zu is larger than the next one", i);
    if (s->first[0] != 0 || (size_t)s->first[s->source_count] != s->emission_count)
        return ltn_hdf5_bad(&s->r, LTN_STORE_FIRST, "it goes from %d to %d; expected 0 to %zu", s->first[0],
                            s->first[s->source_count], s->emission_count);
    return LTN_OK;
}

static ltn_status no_such(const store *s, const char *what, const char *name, const ltn_dictionary *known)
{
    const char *near = ltn_dictionary_nearest(known, name);
    return ltn_fail(LTN_ENOTFOUND, &(ltn_place){.source = s->r.path}, "the store has no %s '%s'%s%s%s", what, name,
                    near ? "; the nearest is '" : "", near ? near : "", near ? "'" : "");
}

/* Codes of a column that decides which rows are read: all of them or those of `only`. The caller frees them. */
static ltn_status read_codes(const table_reading *t, const char *name, const ltn_dictionary *words,
                             const ltn_rows *only, int32_t **out)
{
    ltn_stored stored;
    ltn_domain domain = {0, (double)words->count - 1, true};
    size_t count = only ? only->count : t->rows;
    ltn_status status = ltn_stored_open(&t->s->r, t->group, t->name, name, LTN_STORED_CODES, &stored);
    if (status) return status;
    if (stored.rows != t->rows)
        status = ltn_hdf5_bad(&t->s->r, stored.name, "%zu values; the table has %zu rows", stored.rows, t->rows);
    if (!status) status = ltn_hdf5_charge(&t->s->r, stored.name, count, sizeof **out);
    if (!status && !(*out = ltn_alloc(count, sizeof **out))) status = LTN_ENOMEM;
    if (!status) status = ltn_stored_read(&t->s->r, &stored, only, &domain, *out);
    ltn_stored_close(&stored);
    return status;
}

/* Makes source_rows of the sources in the regions asked for. */
static ltn_status choose_sources(const table_reading *sources)
{
    store *s = sources->s;
    const ltn_tree *tree = s->made->regions;
    int32_t *region = NULL;
    uint8_t *inside = ltn_alloc(ltn_tree_count(tree), 1);
    ltn_status status = inside ? LTN_OK : LTN_ENOMEM;
    for (size_t i = 0; !status && i < s->options->within_count; i++) {
        int32_t node = ltn_tree_find(tree, s->options->within[i]);
        if (node < 0)
            status = no_such(s, "region", s->options->within[i], ltn_tree_codes(tree));
        else
            ltn_tree_mark_inside(tree, node, inside);
    }
    if (!status) status = read_codes(sources, "region", ltn_tree_codes(tree), NULL, &region);
    for (size_t i = 0; !status && i < s->source_count; i++)
        if (inside[region[i]]) s->source_rows[s->sources.count++] = (int32_t)i;
    free(region);
    free(inside);
    return status;
}

static void take_all_sources(store *s)
{
    for (size_t i = 0; i < s->source_count; i++) s->source_rows[i] = (int32_t)i;
    s->sources.count = s->source_count;
}

static void take_their_emissions(store *s)
{
    for (size_t i = 0; i < s->sources.count; i++)
        for (int32_t e = s->first[s->source_rows[i]]; e < s->first[s->source_rows[i] + 1]; e++)
            s->emission_rows[s->emissions.count++] = e;
}

/* Leaves of the emission rows those of the pollutants asked for. */
static ltn_status choose_emissions(const table_reading *emissions)
{
    store *s = emissions->s;
    const ltn_dictionary *words = words_of(emissions, "pollutant", NULL);
    if (!words) return ltn_last_error()->code;
    int32_t *pollutant = NULL;
    size_t kept = 0;
    uint8_t *asked = ltn_alloc(words->count, 1);
    ltn_status status = asked ? LTN_OK : LTN_ENOMEM;
    for (size_t i = 0; !status && i < s->options->pollutant_count; i++) {
        const char *name = s->options->pollutants[i];
        int32_t code = ltn_dictionary_find(words, name, strlen(name));
        if (code < 0)
            status = no_such(s, "pollutant", name, words);
        else
            asked[code] = 1;
    }
    if (!status) status = read_codes(emissions, "pollutant", words, &s->emissions, &pollutant);
    for (size_t i = 0; !status && i < s->emissions.count; i++)
        if (asked[pollutant[i]]) s->emission_rows[kept++] = s->emission_rows[i];
    s->emissions.count = kept;
    free(pollutant);
    free(asked);
    return status;
}

/* Drops sources that have kept no row, and says where the rows of the others now begin. */
static ltn_status settle_rows(store *s)
{
    size_t sources = 0, at = 0;
    int32_t *first = ltn_alloc(s->sources.count + 1, sizeof *first);
    if (!first) return LTN_ENOMEM;
    for (size_t i = 0; i < s->sources.count; i++) {
        int32_t source = s->source_rows[i];
        size_t before = at;
        while (at < s->emissions.count && s->emission_rows[at] < s->first[source + 1]) at++;
        if (at == before) continue;
        s->source_rows[sources++] = source;
        first[sources] = (int32_t)at;
    }
    s->sources.count = sources;
    free(s->first);
    s->first = first;
    return LTN_OK;
}

static ltn_status choose_rows(table_reading *sources, table_reading *emissions)
{
    store *s = sources->s;
    s->chosen = s->options->pollutants || s->options->within;
    if (!s->chosen) return LTN_OK;
    ltn_status status = ltn_hdf5_charge(&s->r, LTN_STORE_SOURCES, s->source_count, 2 * sizeof(int32_t));
    if (!status) status = ltn_hdf5_charge(&s->r, LTN_STORE_EMISSIONS, s->emission_count, sizeof(int32_t));
    if (status) return status;
    s->sources.rows = s->source_rows = ltn_alloc(s->source_count, sizeof *s->source_rows);
    s->emissions.rows = s->emission_rows = ltn_alloc(s->emission_count, sizeof *s->emission_rows);
    if (!s->source_rows || !s->emission_rows) return LTN_ENOMEM;
    if (s->options->within)
        status = choose_sources(sources);
    else
        take_all_sources(s);
    if (!status) take_their_emissions(s);
    if (!status && s->options->pollutants) status = choose_emissions(emissions);
    if (!status) status = settle_rows(s);
    sources->only = &s->sources;
    emissions->only = &s->emissions;
    return status;
}

/* ---- the two tables ---- */

static ltn_status check_sources(store *s)
{
    ltn_column *ids = &s->made->sources->columns[LTN_SOURCE];
    const ltn_table *sources = s->made->sources;
    if (ids->words->count != sources->rows)
        return ltn_hdf5_bad(&s->r, LTN_STORE_SOURCES "/source", "%zu ids for %zu sources", ids->words->count,
                            sources->rows);
    for (size_t i = 0; i < sources->rows; i++) {
        int32_t row = s->chosen ? s->source_rows[i] : (int32_t)i;
        if (ids->codes[i] != row)
            return ltn_hdf5_bad(&s->r, LTN_STORE_SOURCES "/source", "value %d is %d; expected its row", row,
                                ids->codes[i]);
        ids->codes[i] = (int32_t)i;
    }
    return LTN_OK;
}

static ltn_status check_tree_column(const store *s, ltn_source_column c, const ltn_tree *tree)
{
    const ltn_column *column = ltn_source_column_of(s->made, c);
    if (column->words == ltn_tree_codes(tree)) return LTN_OK;
    return ltn_hdf5_bad(&s->r, LTN_STORE_SOURCES, "column '%s' does not share the words of its tree", column->name);
}

/* A source has a pollutant once. */
static ltn_status check_pollutants(const store *s)
{
    const ltn_inventory *made = s->made;
    const ltn_column *pollutant = ltn_emission_column_of(made, LTN_POLLUTANT);
    int32_t *seen = ltn_alloc(pollutant->words->count, sizeof *seen); /* by source + 1 */
    if (!seen) return LTN_ENOMEM;
    ltn_status status = LTN_OK;
    for (size_t i = 0; !status && i < made->sources->rows; i++)
        for (int32_t e = s->first[i]; !status && e < s->first[i + 1]; e++) {
            int32_t code = pollutant->codes[e];
            if (seen[code] == (int32_t)i + 1)
                status = ltn_hdf5_bad(&s->r, LTN_STORE_EMISSIONS, "source '%s' has pollutant '%s' twice",
                                      ltn_source_text(made, i, LTN_SOURCE), pollutant->words->words[code]);
            seen[code] = (int32_t)i + 1;
        }
    free(seen);
    return status;
}

static ltn_status read_assumed(store *s)
{
    ltn_inventory *made = s->made;
    ltn_stored stored;
    ltn_domain domain = {0, 1, true};
    ltn_status status = ltn_stored_open(&s->r, s->r.file, "", LTN_STORE_ASSUMED, LTN_STORED_FLAGS, &stored);
    if (status) return status;
    if (stored.rows != s->emission_count)
        status =
            ltn_hdf5_bad(&s->r, stored.name, "%zu values; there are %zu emission rows", stored.rows, s->emission_count);
    if (!status) status = ltn_hdf5_charge(&s->r, stored.name, made->emissions->rows, 1);
    if (!status && !(made->assumed = ltn_alloc(made->emissions->rows, 1))) status = LTN_ENOMEM;
    if (!status) status = ltn_stored_read(&s->r, &stored, s->chosen ? &s->emissions : NULL, &domain, made->assumed);
    ltn_stored_close(&stored);
    for (size_t e = 0; !status && e < made->emissions->rows; e++) made->assumed_count += made->assumed[e];
    return status;
}

/* What only a whole inventory has. */
static ltn_status check_whole(store *s)
{
    ltn_status status = check_sources(s);
    if (!status) status = check_tree_column(s, LTN_REGION, s->made->regions);
    if (!status) status = check_tree_column(s, LTN_SECTOR, s->made->sectors);
    if (!status) status = check_pollutants(s);
    return status ? status : read_assumed(s);
}

static ltn_status check_wanted(store *s)
{
    ltn_status status = asks_for(s, "source") ? check_sources(s) : LTN_OK;
    if (!status && asks_for(s, "region")) status = check_tree_column(s, LTN_REGION, s->made->regions);
    if (!status && asks_for(s, "sector")) status = check_tree_column(s, LTN_SECTOR, s->made->sectors);
    return status;
}

static ltn_status read_tables(store *s, hid_t all_words)
{
    table_reading sources = {.s = s, .name = LTN_STORE_SOURCES, .table = s->made->sources, .words = H5I_INVALID_HID},
                  emissions = {.s = s,
                               .name = LTN_STORE_EMISSIONS,
                               .table = s->made->emissions,
                               .group = H5I_INVALID_HID,
                               .words = H5I_INVALID_HID};
    ltn_status status = open_table(&sources, all_words, "source");
    if (!status) status = open_table(&emissions, all_words, "pollutant");
    s->source_count = sources.rows;
    s->emission_count = emissions.rows;
    if (!status) status = read_first(s);
    if (!status) status = choose_rows(&sources, &emissions);
    if (!status) status = read_columns(&sources);
    if (!status) status = read_columns(&emissions);
    close_table(&emissions);
    close_table(&sources);
    if (!status) status = s->wanted ? check_wanted(s) : check_whole(s);
    if (status) return status;
    s->made->first = s->first;
    s->first = NULL;
    return LTN_OK;
}

/* ---- trees of the caller ---- */

/* Moves a column of sources from the store's tree to another one by code. */
static ltn_status move_to_tree(store *s, ltn_source_column c, const ltn_tree *to, ltn_diagnostics *list)
{
    ltn_column *column = &s->made->sources->columns[c];
    const ltn_dictionary *words = column->words;
    uint8_t *complained = ltn_alloc(words->count, 1);
    if (!complained) return LTN_ENOMEM;
    size_t before = list->errors;
    for (size_t i = 0; i < s->made->sources->rows; i++) {
        int32_t code = column->codes[i], node = ltn_tree_find(to, words->words[code]);
        column->codes[i] = node;
        if (node >= 0 || complained[code]++) continue;
        complained[code] = 1;
        const char *near = ltn_dictionary_nearest(ltn_tree_codes(to), words->words[code]);
        ltn_complain(list, LTN_ERROR, &(ltn_place){.source = s->r.path}, "%s '%s' is not in the table of %ss%s%s%s",
                     column->name, words->words[code], column->name, near ? "; the nearest is '" : "", near ? near : "",
                     near ? "'" : "");
    }
    free(complained);
    ltn_dictionary_free(column->words);
    column->words = ltn_dictionary_share(ltn_tree_codes(to));
    return ltn_diagnostics_verdict(list, before);
}

static ltn_status use_trees(store *s, ltn_diagnostics *list)
{
    const ltn_store_read_options *o = s->options;
    ltn_status status = LTN_OK;
    /* Both are held against their tables, so that all complaints are there. */
    if (o->regions && asks_for(s, "region")) {
        status = move_to_tree(s, LTN_REGION, o->regions, list);
        ltn_tree_free(s->made->regions);
        s->made->regions = ltn_tree_share(o->regions);
    }
    if (o->sectors && asks_for(s, "sector")) {
        ltn_status moved = move_to_tree(s, LTN_SECTOR, o->sectors, list);
        ltn_tree_free(s->made->sectors);
        s->made->sectors = ltn_tree_share(o->sectors);
        if (!status) status = moved;
    }
    return status;
}

/* ---- the file ---- */

static ltn_status read_store(store *s)
{
    ltn_status status = check_head(s);
    if (status) return status;
    hid_t all_words = ltn_hdf5_open_group(&s->r, s->r.file, LTN_STORE_WORDS);
    status = all_words >= 0 ? read_trees(s, all_words) : ltn_last_error()->code;
    if (!status) status = read_metadata(s);
    if (!status) status = read_tables(s, all_words);
    if (all_words >= 0) H5Gclose(all_words);
    return status;
}

static void close_store(store *s)
{
    ltn_hdf5_close(&s->r);
    for (size_t i = 0; i < s->known_count; i++) ltn_dictionary_free(s->known[i].words);
    free(s->known);
    free(s->first);
    free(s->source_rows);
    free(s->emission_rows);
}

/* Reads all columns, or those that are wanted; what is not must not be looked at in the result. */
static ltn_status read_guarded(const char *path, const ltn_store_read_options *options, const char *const *wanted,
                               ltn_diagnostics *list, ltn_inventory **out)
{
    store s = {.options = options, .wanted = wanted};
    s.r.threads = options->threads;
    s.r.memory_limit = options->memory_limit;
    size_t before = list->errors;
    ltn_hdf5_lock();
    ltn_status status = ltn_hdf5_open(path, &s.r);
    if (!status) status = read_store(&s);
    if (!status) status = use_trees(&s, list);
    close_store(&s);
    ltn_hdf5_unlock();
    if (!status) {
        *out = s.made;
        return LTN_OK;
    }
    ltn_inventory_free(s.made);
    const ltn_error *e = ltn_last_error();
    if (status == LTN_EINPUT && list->errors == before)
        ltn_complain(list, LTN_ERROR, &(ltn_place){.source = path}, "%s", e->message);
    return status;
}

static ltn_status read_file(const char *path, const ltn_store_read_options *options, const char *const *wanted,
                            ltn_inventory **out)
{
    *out = NULL;
    ltn_diagnostics own = {0};
    ltn_store_read_options o;
    ltn_store_read_options_init(&o);
    if (options) memcpy(&o, options, options->struct_size < sizeof o ? options->struct_size : sizeof o);
    ltn_status status = read_guarded(path, &o, wanted, o.diagnostics ? o.diagnostics : &own, out);
    ltn_diagnostics_clear(&own);
    return status;
}

ltn_status ltn_inventory_read_hdf5(const char *path, const ltn_store_read_options *options, ltn_inventory **out)
{
    return read_file(path, options, NULL, out);
}

ltn_status ltn_store_summarise(const char *path, const ltn_store_read_options *options, const ltn_grouping *grouping,
                               ltn_table **out)
{
    const char *wanted[10] = {"emission_t"};
    size_t count = 1;
    static const struct {
        unsigned by;
        const char *column;
    } columns[] = {{LTN_BY_REGION, "region"}, {LTN_BY_SECTOR, "sector"}, {LTN_BY_SOURCE, "source"},
                   {LTN_BY_OWNER, "owner"},   {LTN_BY_FUEL, "fuel"},     {LTN_BY_POLLUTANT, "pollutant"}};
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        if (grouping->by & columns[i].by) wanted[count++] = columns[i].column;
    if (grouping->attribute) wanted[count++] = grouping->attribute;
    *out = NULL;
    ltn_inventory *part = NULL;
    ltn_status status = read_file(path, options, wanted, &part);
    if (!status) status = ltn_inventory_summarise(part, grouping, out);
    ltn_inventory_free(part);
    return status;
}
