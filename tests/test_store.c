/* SPDX-License-Identifier: GPL-3.0-or-later */
/* HDF5 stores: what is written comes back to the bit, whole, in part and summed; what is damaged is refused. Linked with
 * --wrap, so that calls of HDF5 and of malloc can be made to fail. */
#include "support.h"

#include "inventory/inventory.h"

#include <dirent.h>
#include <hdf5.h>
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- calls that fail ---- */

static struct {
    atomic_long until; /* calls before the one that fails; negative: none fails */
    atomic_bool failed;
} faults = {.until = -1};

static bool fails(void)
{
    if (atomic_load(&faults.until) < 0 || atomic_fetch_sub(&faults.until, 1) > 0) return false;
    atomic_store(&faults.failed, true);
    return true;
}

#define WRAP(type, bad, name, parameters, arguments)                                                                   \
    type __real_##name parameters;                                                                                     \
    type __wrap_##name parameters;                                                                                     \
    type __wrap_##name parameters                                                                                      \
    {                                                                                                                  \
        return fails() ? (bad) : __real_##name arguments;                                                              \
    }

WRAP(void *, NULL, malloc, (size_t size), (size))
WRAP(void *, NULL, calloc, (size_t count, size_t size), (count, size))
WRAP(void *, NULL, realloc, (void *old, size_t size), (old, size))
WRAP(hid_t, -1, H5Pcreate, (hid_t class), (class))
WRAP(hid_t, -1, H5Fcreate, (const char *path, unsigned flags, hid_t create, hid_t access),
     (path, flags, create, access))
WRAP(hid_t, -1, H5Fopen, (const char *path, unsigned flags, hid_t access), (path, flags, access))
WRAP(hid_t, -1, H5Gcreate2, (hid_t at, const char *name, hid_t l, hid_t c, hid_t a), (at, name, l, c, a))
WRAP(hid_t, -1, H5Gopen2, (hid_t at, const char *name, hid_t a), (at, name, a))
WRAP(hid_t, -1, H5Dcreate2, (hid_t at, const char *name, hid_t t, hid_t s, hid_t l, hid_t c, hid_t a),
     (at, name, t, s, l, c, a))
WRAP(hid_t, -1, H5Dopen2, (hid_t at, const char *name, hid_t a), (at, name, a))
WRAP(herr_t, -1, H5Dwrite_chunk,
     (hid_t d, hid_t x, uint32_t filters, const hsize_t *offset, size_t size, const void *data),
     (d, x, filters, offset, size, data))
WRAP(herr_t, -1, H5Dget_chunk_info_by_coord,
     (hid_t d, const hsize_t *offset, unsigned *mask, haddr_t *at, hsize_t *size), (d, offset, mask, at, size))
WRAP(hid_t, -1, H5Acreate2, (hid_t at, const char *name, hid_t t, hid_t s, hid_t c, hid_t a), (at, name, t, s, c, a))
WRAP(herr_t, -1, H5Awrite, (hid_t at, hid_t type, const void *value), (at, type, value))
WRAP(herr_t, -1, H5Aread, (hid_t at, hid_t type, void *value), (at, type, value))
WRAP(herr_t, -1, H5Lcreate_hard, (hid_t from, const char *a, hid_t to, const char *b, hid_t l, hid_t x),
     (from, a, to, b, l, x))

static void arm(long number)
{
    atomic_store(&faults.failed, false);
    atomic_store(&faults.until, number);
}

static bool disarm(void)
{
    atomic_store(&faults.until, -1);
    return atomic_load(&faults.failed);
}

/* ---- an inventory with all that can be in one ---- */

static ltn_tree *make_regions(void)
{
    ltn_tree *tree;
    assert_ok(ltn_tree_create(&tree));
    assert_ok(ltn_tree_add(tree, "330300", NULL, "Wenzhou", "温州市"));
    assert_ok(ltn_tree_add(tree, "330303", "330300", "Longwan", "龙湾区"));
    assert_ok(ltn_tree_add(tree, "330371", "330303", "Zone", NULL));
    assert_ok(ltn_tree_add(tree, "330305", "330300", NULL, "洞头区"));
    assert_ok(ltn_tree_add(tree, "331000", NULL, NULL, NULL));
    return tree;
}

static const char *const pollutants[] = {"SO2", "NOx", "VOC"};

/* Source s has its pollutants from SO2 on; every third has an activity, every fourth a removal that is not known. */
static void add_source(ltn_inventory_builder *b, size_t s, uint64_t *state)
{
    static const char *const regions[] = {"330303", "330371", "330305", "331000"};
    char id[40], sector[40];
    snprintf(id, sizeof id, "企业%zu", s);
    snprintf(sector, sizeof sector, "combustion.k%zu", s % 7);
    double activity = random_uniform(state, 1, 1e4);
    for (size_t p = 0; p < 1 + s % COUNT(pollutants); p++) {
        assert_ok(ltn_inventory_builder_row(b));
        assert_ok(ltn_inventory_builder_text(b, "source", id));
        assert_ok(ltn_inventory_builder_text(b, "region", regions[s % COUNT(regions)]));
        assert_ok(ltn_inventory_builder_text(b, "sector", sector));
        assert_ok(ltn_inventory_builder_text(b, "pollutant", pollutants[p]));
        assert_ok(ltn_inventory_builder_text(b, "工艺/类", s % 2 ? "新型干法" : "立窑"));
        assert_ok(ltn_inventory_builder_text(b, ".", s % 5 ? NULL : "dot"));
        assert_ok(ltn_inventory_builder_number(b, "100%", s % 3 ? NAN : 0.25 * (double)s));
        assert_ok(ltn_inventory_builder_number(b, "lon", s % 2 ? 120.65 : NAN));
        if (s % 3) {
            assert_ok(ltn_inventory_builder_number(b, "emission_t", random_uniform(state, 0, 100)));
            continue;
        }
        assert_ok(ltn_inventory_builder_number(b, "activity", activity));
        assert_ok(ltn_inventory_builder_text(b, "activity_unit", "t"));
        assert_ok(ltn_inventory_builder_number(b, "factor", 2.385));
        assert_ok(ltn_inventory_builder_text(b, "factor_unit", "kg/t"));
        if (s % 4) assert_ok(ltn_inventory_builder_number(b, "removal", random_uniform(state, 0, 1)));
    }
}

static ltn_inventory *make_inventory(size_t sources)
{
    ltn_inventory_options options;
    ltn_inventory_builder *b;
    ltn_inventory *made;
    uint64_t state = 2018;
    ltn_inventory_options_init(&options);
    options.regions = make_regions();
    assert_ok(ltn_inventory_builder_create(&options, &b));
    assert_ok(ltn_inventory_builder_metadata(b, "title", "温州大气污染源清单"));
    assert_ok(ltn_inventory_builder_metadata(b, "base_year", "2015"));
    assert_ok(ltn_inventory_builder_metadata(b, "baseline", "环统2015"));
    assert_ok(ltn_inventory_builder_metadata(b, "reconstructed", "yes"));
    assert_ok(ltn_inventory_builder_metadata(b, "a/note", ""));
    for (size_t s = 0; s < sources; s++) add_source(b, s, &state);
    assert_ok(ltn_inventory_builder_finish(b, &made));
    ltn_inventory_builder_free(b);
    ltn_tree_free(options.regions);
    return made;
}

static void assert_same_trees(const ltn_tree *a, const ltn_tree *b)
{
    assert_same_tables(ltn_tree_table(a), ltn_tree_table(b));
    for (size_t n = 0; n < ltn_tree_count(a); n++)
        assert_int_equal(ltn_tree_parent(a, (int32_t)n), ltn_tree_parent(b, (int32_t)n));
    assert_int_equal(a->open, b->open);
}

static void assert_same_inventories(const ltn_inventory *a, const ltn_inventory *b)
{
    assert_same_tables(a->sources, b->sources);
    assert_same_tables(a->emissions, b->emissions);
    assert_memory_equal(a->first, b->first, (a->sources->rows + 1) * sizeof *a->first);
    assert_memory_equal(a->assumed, b->assumed, a->emissions->rows);
    assert_int_equal(a->assumed_count, b->assumed_count);
    assert_same_trees(a->regions, b->regions);
    assert_same_trees(a->sectors, b->sectors);
    assert_int_equal(a->metadata_count, b->metadata_count);
    for (size_t i = 0; i < a->metadata_count; i++) {
        assert_string_equal(a->metadata[i].key, b->metadata[i].key);
        assert_string_equal(a->metadata[i].value, b->metadata[i].value);
    }
    assert_int_equal(a->base_year, b->base_year);
    assert_string_equal(a->baseline, b->baseline);
    for (size_t s = 0; s < a->sources->rows; s++)
        assert_int_equal(ltn_inventory_find(b, ltn_source_text(a, s, LTN_SOURCE)), s);
}

/* Written once: most tests read it. */
static const char *small_store(void)
{
    static char path[512];
    if (*path) return path;
    ltn_inventory *made = make_inventory(23);
    snprintf(path, sizeof path, "%s", temporary_path("小 库.h5"));
    assert_ok(ltn_inventory_write_hdf5(made, path, NULL));
    ltn_inventory_free(made);
    return path;
}

/* ---- there and back ---- */

static void test_round_trip(void **state)
{
    (void)state;
    size_t sizes[] = {1, 23, is_slow() ? 300 : 150000}; /* the last: 300,000 rows in several chunks */
    for (size_t i = 0; i < COUNT(sizes); i++) {
        ltn_inventory *made = make_inventory(sizes[i]), *again;
        for (int level = 0; level <= (i == 2 ? 1 : 9); level += i == 2 ? 1 : 3) {
            ltn_store_write_options options;
            ltn_store_write_options_init(&options);
            options.level = level;
            const char *path = temporary_path("round.h5");
            assert_ok(ltn_inventory_write_hdf5(made, path, &options));
            assert_ok(ltn_inventory_read_hdf5(path, NULL, &again));
            assert_same_inventories(made, again);
            ltn_inventory_free(again);
        }
        ltn_inventory_free(made);
    }
}

static void test_empty_inventory(void **state)
{
    (void)state;
    ltn_inventory *made = make_inventory(5), *none, *again;
    uint8_t keep[16] = {0};
    assert_ok(ltn_inventory_filter(made, keep, &none));
    assert_ok(ltn_inventory_write_hdf5(none, temporary_path("none.h5"), NULL));
    assert_ok(ltn_inventory_read_hdf5(temporary_path("none.h5"), NULL, &again));
    assert_int_equal(ltn_table_rows(ltn_inventory_sources(again)), 0);
    assert_same_inventories(none, again);
    ltn_inventory_free(made);
    ltn_inventory_free(none);
    ltn_inventory_free(again);
}

/* Long texts and much metadata: HDF5 keeps attributes beyond 64 KiB in another way. */
static void test_long_texts(void **state)
{
    (void)state;
    ltn_inventory_builder *b;
    ltn_inventory *made, *again;
    size_t length = 1 << 20;
    char *text = malloc(length + 1), key[32];
    memset(text, 'x', length);
    text[length] = '\0';
    assert_ok(ltn_inventory_builder_create(NULL, &b));
    for (int i = 0; i < 100; i++) {
        snprintf(key, sizeof key, "key %d", 99 - i);
        assert_ok(ltn_inventory_builder_metadata(b, key, i % 10 ? "value" : text));
    }
    for (int i = 0; i < 3; i++) {
        assert_ok(ltn_inventory_builder_row(b));
        assert_ok(ltn_inventory_builder_text(b, "source", i ? i == 1 ? "a" : "b" : text));
        assert_ok(ltn_inventory_builder_text(b, "region", "1"));
        assert_ok(ltn_inventory_builder_text(b, "sector", "k"));
        assert_ok(ltn_inventory_builder_text(b, "pollutant", "SO2"));
        assert_ok(ltn_inventory_builder_number(b, "emission_t", 2.385));
    }
    assert_ok(ltn_inventory_builder_finish(b, &made));
    assert_ok(ltn_inventory_write_hdf5(made, temporary_path("long.h5"), NULL));
    assert_ok(ltn_inventory_read_hdf5(temporary_path("long.h5"), NULL, &again));
    assert_same_inventories(made, again);
    ltn_inventory_builder_free(b);
    ltn_inventory_free(made);
    ltn_inventory_free(again);
    free(text);
}

static void test_same_file_for_any_threads(void **state)
{
    (void)state;
    ltn_inventory *made = make_inventory(is_slow() ? 100 : 70000);
    char *first = NULL;
    size_t first_size = 0;
    for (int threads = 1; threads <= 8; threads *= 2) {
        ltn_store_write_options options;
        ltn_store_write_options_init(&options);
        options.threads = threads;
        assert_ok(ltn_inventory_write_hdf5(made, temporary_path("threads.h5"), &options));
        size_t size;
        char *bytes = read_whole(temporary_path("threads.h5"), &size);
        if (first) {
            assert_int_equal(size, first_size);
            assert_memory_equal(bytes, first, size);
            free(bytes);
        } else {
            first = bytes;
            first_size = size;
        }
    }
    free(first);
    ltn_inventory_free(made);
}

/* ---- in part ---- */

static bool is_in(const char *const *list, size_t count, const char *text)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i], text) == 0) return true;
    return !list;
}

/* What ltn_inventory_filter() leaves, by a rule told in terms of texts. */
static ltn_inventory *filtered(const ltn_inventory *whole, const ltn_store_read_options *o)
{
    uint8_t *keep = calloc(whole->emissions->rows, 1);
    ltn_inventory *part;
    for (size_t s = 0; s < whole->sources->rows; s++) {
        bool inside = !o->within;
        for (size_t i = 0; i < o->within_count; i++)
            inside |= ltn_tree_contains(whole->regions, ltn_tree_find(whole->regions, o->within[i]),
                                        ltn_source_column_of(whole, LTN_REGION)->codes[s]);
        for (int32_t e = whole->first[s]; e < whole->first[s + 1]; e++)
            keep[e] = inside && is_in(o->pollutants, o->pollutant_count,
                                      ltn_table_text(whole->emissions, (size_t)e, LTN_POLLUTANT));
    }
    assert_ok(ltn_inventory_filter(whole, keep, &part));
    free(keep);
    return part;
}

static const struct {
    const char *pollutants[3], *within[3];
} parts[] = {
    {{"VOC"}, {NULL}},     {{"NOx", "SO2"}, {NULL}},
    {{NULL}, {"330303"}},  {{NULL}, {"330371", "331000"}},
    {{"NOx"}, {"330305"}}, {{"VOC", "SO2", "NOx"}, {"330300"}},
};

static void set_part(ltn_store_read_options *o, size_t part)
{
    ltn_store_read_options_init(o);
    for (o->pollutant_count = 0; o->pollutant_count < 3 && parts[part].pollutants[o->pollutant_count];)
        o->pollutant_count++;
    for (o->within_count = 0; o->within_count < 3 && parts[part].within[o->within_count];) o->within_count++;
    if (o->pollutant_count) o->pollutants = parts[part].pollutants;
    if (o->within_count) o->within = parts[part].within;
}

static void test_parts_are_what_a_filter_leaves(void **state)
{
    (void)state;
    ltn_inventory *whole = make_inventory(is_slow() ? 200 : 80000);
    assert_ok(ltn_inventory_write_hdf5(whole, temporary_path("parts.h5"), NULL));
    for (size_t i = 0; i < COUNT(parts); i++) {
        ltn_store_read_options options;
        ltn_inventory *part;
        set_part(&options, i);
        options.threads = 1 + (int)i % 3;
        assert_ok(ltn_inventory_read_hdf5(temporary_path("parts.h5"), &options, &part));
        ltn_inventory *expected = filtered(whole, &options);
        assert_true(ltn_table_rows(part->emissions) > 0);
        assert_same_inventories(expected, part);
        ltn_inventory_free(expected);
        ltn_inventory_free(part);
    }
    ltn_inventory_free(whole);
}

static void test_no_such_part(void **state)
{
    (void)state;
    static const char *const names[] = {"SO3"};
    ltn_store_read_options options;
    ltn_inventory *part;
    ltn_store_read_options_init(&options);
    options.pollutants = names;
    options.pollutant_count = 1;
    assert_status(ltn_inventory_read_hdf5(small_store(), &options, &part), LTN_ENOTFOUND);
    assert_null(part);
    assert_contains(ltn_last_error()->message, "'SO3'; the nearest is 'SO2'");
    ltn_store_read_options_init(&options);
    options.within = names;
    options.within_count = 1;
    assert_status(ltn_inventory_read_hdf5(small_store(), &options, &part), LTN_ENOTFOUND);
}

static void test_sums(void **state)
{
    (void)state;
    static const unsigned by[] = {0,
                                  LTN_BY_POLLUTANT,
                                  LTN_BY_REGION | LTN_BY_POLLUTANT,
                                  LTN_BY_SECTOR | LTN_BY_OWNER,
                                  LTN_BY_SOURCE | LTN_BY_FUEL,
                                  LTN_BY_REGION | LTN_BY_SECTOR | LTN_BY_SOURCE | LTN_BY_OWNER | LTN_BY_FUEL |
                                      LTN_BY_POLLUTANT};
    ltn_inventory *whole;
    assert_ok(ltn_inventory_read_hdf5(small_store(), NULL, &whole));
    for (size_t i = 0; i < COUNT(by) * 2 * (COUNT(parts) + 1); i++) {
        size_t part = i / (COUNT(by) * 2);
        ltn_grouping grouping;
        ltn_table *expected, *got;
        ltn_store_read_options options;
        ltn_store_read_options_init(&options);
        if (part < COUNT(parts)) set_part(&options, part);
        ltn_grouping_init(&grouping, by[i % COUNT(by)]);
        grouping.region_depth = (int)(i % 3) - 1;
        grouping.attribute = i % 2 ? "工艺/类" : i % 4 ? "source" : NULL;
        ltn_inventory *in_memory = filtered(whole, &options);
        assert_ok(ltn_inventory_summarise(in_memory, &grouping, &expected));
        assert_ok(ltn_store_summarise(small_store(), &options, &grouping, &got));
        assert_same_tables(expected, got);
        ltn_table_free(expected);
        ltn_table_free(got);
        ltn_inventory_free(in_memory);
    }
    ltn_grouping grouping;
    ltn_table *none;
    ltn_grouping_init(&grouping, LTN_BY_YEAR);
    assert_status(ltn_store_summarise(small_store(), NULL, &grouping, &none), LTN_EARGUMENT);
    ltn_grouping_init(&grouping, 0);
    grouping.attribute = "no such";
    assert_status(ltn_store_summarise(small_store(), NULL, &grouping, &none), LTN_ENOTFOUND);
    assert_null(none);
    ltn_inventory_free(whole);
}

/* ---- trees of the caller ---- */

static void test_trees_of_the_caller(void **state)
{
    (void)state;
    ltn_store_read_options options;
    ltn_inventory *read;
    ltn_store_read_options_init(&options);
    options.regions = make_regions();
    assert_ok(ltn_tree_add(options.regions, "330399", "330300", NULL, NULL));
    assert_ok(ltn_inventory_read_hdf5(small_store(), &options, &read));
    assert_ptr_equal(ltn_inventory_regions(read), options.regions);
    assert_string_equal(source_text(read, "企业1", "region"), "330371");
    ltn_inventory_free(read);
    ltn_tree_free(options.regions);

    assert_ok(ltn_diagnostics_create(&options.diagnostics));
    assert_ok(ltn_tree_create(&options.regions));
    assert_ok(ltn_tree_add(options.regions, "330303", NULL, NULL, NULL));
    assert_status(ltn_inventory_read_hdf5(small_store(), &options, &read), LTN_EINPUT);
    assert_null(read);
    /* three codes of the four that have sources are not there: once each */
    assert_int_equal(ltn_diagnostics_errors(options.diagnostics), 3);
    assert_complaint(options.diagnostics, 0, 0, "region '330371' is not in the table of regions");
    ltn_tree_free(options.regions);
    ltn_diagnostics_free(options.diagnostics);
}

/* ---- files that are no store ---- */

static void refuse(const char *path, ltn_status expected, const char *part)
{
    ltn_inventory *read = NULL;
    ltn_store_read_options options;
    ltn_store_read_options_init(&options);
    assert_ok(ltn_diagnostics_create(&options.diagnostics));
    ltn_status status = ltn_inventory_read_hdf5(path, &options, &read);
    if (status != expected || read || !strstr(ltn_last_error()->message, part))
        fail_msg("expected %d and '%s', got %d: %s", expected, part, status, ltn_last_error()->message);
    assert_string_equal(ltn_last_error()->source, path);
    assert_int_equal(ltn_diagnostics_errors(options.diagnostics), expected == LTN_EINPUT);
    ltn_diagnostics_free(options.diagnostics);
}

static void test_files_that_are_no_store(void **state)
{
    (void)state;
    refuse(temporary_path("missing.h5"), LTN_EIO, "cannot open the file: No such file");
    refuse(temporary_folder(), LTN_EINPUT, "not a file");
    refuse(write_file("empty.h5", ""), LTN_EINPUT, "not an HDF5 file");
    refuse(write_file("text.h5", "source,region\n"), LTN_EINPUT, "not an HDF5 file");
    refuse(write_bytes("head.h5", "\211HDF\r\n\032\n\3\10\10\0", 12), LTN_EINPUT, "HDF5 says");
    refuse(write_bytes("old.h5", "\211HDF\r\n\032\n\0\0\0\0", 12), LTN_EINPUT, "superblock 0");
    assert_int_equal(mkfifo(temporary_path("pipe.h5"), 0600), 0);
    refuse(temporary_path("pipe.h5"), LTN_EINPUT, "not a file");
    assert_true(ltn_is_hdf5("\211HDF\r\n\032\n...", 11));
    assert_false(ltn_is_hdf5("\211HDF\r\n\032", 7));
    assert_false(ltn_is_hdf5("source,region", 13));
}

/* ---- stores with one thing wrong ---- */

static const char *copy_of_store(const char *name)
{
    size_t size;
    char *bytes = read_whole(small_store(), &size);
    const char *path = write_bytes(name, bytes, size);
    free(bytes);
    return path;
}

/* Makes `name` (which may be there) a dataset of one dimension, or two. */
static hid_t put(hid_t file, const char *name, hid_t type, hid_t layout, hsize_t rows, int rank, const void *values)
{
    hsize_t sizes[2] = {rows, 1};
    hid_t space = H5Screate_simple(rank, sizes, NULL);
    if (H5Lexists(file, name, H5P_DEFAULT) > 0) H5Ldelete(file, name, H5P_DEFAULT);
    hid_t dataset = H5Dcreate2(file, name, type, space, H5P_DEFAULT, layout, H5P_DEFAULT);
    assert_true(dataset >= 0);
    if (values) assert_true(H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    H5Sclose(space);
    H5Dclose(dataset);
    return dataset;
}

static hid_t chunked(hsize_t rows, int rank)
{
    hsize_t sizes[2] = {rows, 1};
    hid_t layout = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(layout, rank, sizes);
    return layout;
}

/* Changes one value of a column that is there. */
static void change(hid_t file, const char *name, hid_t type, hsize_t row, const void *value)
{
    hid_t dataset = H5Dopen2(file, name, H5P_DEFAULT), space = H5Dget_space(dataset);
    hsize_t one = 1;
    hid_t memory = H5Screate_simple(1, &one, NULL);
    H5Sselect_hyperslab(space, H5S_SELECT_SET, &row, NULL, &one, NULL);
    assert_true(H5Dwrite(dataset, type, memory, space, H5P_DEFAULT, value) >= 0);
    H5Sclose(memory);
    H5Sclose(space);
    H5Dclose(dataset);
}

static void set_code(hid_t file, const char *name, hsize_t row, int32_t code)
{
    change(file, name, H5T_NATIVE_INT32, row, &code);
}

static void set_number(hid_t file, const char *name, hsize_t row, double value)
{
    change(file, name, H5T_NATIVE_DOUBLE, row, &value);
}

static void set_text(hid_t file, const char *name, hsize_t row, const char *bytes)
{
    hid_t dataset = H5Dopen2(file, name, H5P_DEFAULT), type = H5Dget_type(dataset);
    char value[64] = "";
    memcpy(value, bytes, H5Tget_size(type));
    change(file, name, type, row, value);
    H5Tclose(type);
    H5Dclose(dataset);
}

static void set_version(hid_t file, int32_t version)
{
    hid_t attribute = H5Aopen(file, "lantian_store_version", H5P_DEFAULT);
    H5Awrite(attribute, H5T_NATIVE_INT32, &version);
    H5Aclose(attribute);
}

static void replace_by(hid_t file, const char *name, hid_t type, hsize_t rows, int rank, bool chunks)
{
    hid_t layout = chunks ? chunked(rows ? rows : 1, rank) : H5P_DEFAULT;
    put(file, name, type, layout, rows, rank, NULL);
    if (chunks) H5Pclose(layout);
}

static void put_huge(hid_t file, const char *name, hsize_t rows, hsize_t chunk)
{
    const int32_t absent = -1;
    hid_t layout = chunked(chunk, 1);
    H5Pset_fill_value(layout, H5T_NATIVE_INT32, &absent);
    put(file, name, H5T_NATIVE_INT32, layout, rows, 1, NULL);
    H5Pclose(layout);
}

static void put_nbit(hid_t file, const char *name, hsize_t rows)
{
    hid_t layout = chunked(rows, 1);
    H5Pset_nbit(layout);
    put(file, name, H5T_NATIVE_INT32, layout, rows, 1, NULL);
    H5Pclose(layout);
}

static void put_vlen(hid_t file, const char *name)
{
    hid_t type = H5Tcopy(H5T_C_S1), layout = chunked(1, 1);
    const char *value = "x";
    H5Tset_size(type, H5T_VARIABLE);
    put(file, name, type, layout, 1, 1, &value);
    H5Tclose(type);
    H5Pclose(layout);
}

static void link_soft(hid_t file, const char *name, const char *to)
{
    H5Ldelete(file, name, H5P_DEFAULT);
    assert_true(H5Lcreate_soft(to, file, name, H5P_DEFAULT, H5P_DEFAULT) >= 0);
}

static void link_external(hid_t file, const char *name)
{
    H5Ldelete(file, name, H5P_DEFAULT);
    assert_true(H5Lcreate_external("/etc/passwd", "/x", file, name, H5P_DEFAULT, H5P_DEFAULT) >= 0);
}

static void link_hard(hid_t file, const char *name, const char *to)
{
    if (H5Lexists(file, name, H5P_DEFAULT) > 0) H5Ldelete(file, name, H5P_DEFAULT);
    assert_true(H5Lcreate_hard(file, to, file, name, H5P_DEFAULT, H5P_DEFAULT) >= 0);
}

static void drop(hid_t file, const char *name)
{
    assert_true(H5Ldelete(file, name, H5P_DEFAULT) >= 0);
}

static void drop_attribute(hid_t file, const char *at, const char *name)
{
    assert_true(H5Adelete_by_name(file, at, name, H5P_DEFAULT) >= 0);
}

static void put_metadata(hid_t file, const char *key, const char *value, bool number)
{
    hid_t group = H5Gopen2(file, "metadata", H5P_DEFAULT), space = H5Screate(H5S_SCALAR), type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, strlen(value));
    if (H5Aexists(group, key) > 0) H5Adelete(group, key);
    hid_t attribute = H5Acreate2(group, key, number ? H5T_NATIVE_INT32 : type, space, H5P_DEFAULT, H5P_DEFAULT);
    if (!number) H5Awrite(attribute, type, value);
    H5Aclose(attribute);
    H5Tclose(type);
    H5Sclose(space);
    H5Gclose(group);
}

/* 23 sources; of pollutants 1, 2, 3, 1, 2, 3, ...: 8·1 + 8·2 + 7·3 = 45 rows. Five regions; sectors combustion and
 * combustion.k0 to k6: eight. */
enum { SOURCES = 23, ROWS = 45 };

/* Case `i`; returns what the message must hold, NULL past the last case. */
static const char *spoil(hid_t f, int i, ltn_status *status)
{
    *status = LTN_EINPUT;
    switch (i) {
    case 0:
        return set_version(f, 2), "a store of version 2; this library reads version 1";
    case 1:
        return drop_attribute(f, ".", "lantian_store_version"), "no store of Lantian";
    case 2:
        return drop(f, "first"), "first: it is missing";
    case 3:
        return drop(f, "removal_assumed"), "removal_assumed: it is missing";
    case 4:
        return drop(f, "words"), "words: it is missing";
    case 5:
        return drop(f, "metadata"), "metadata: it is missing";
    case 6:
        return drop(f, "sources"), "sources: it is missing";
    case 7:
        return drop(f, "regions"), "regions: it is missing";
    case 8:
        return drop(f, "sources/source"), "sources/source: it is missing";
    case 9:
        return drop(f, "sources/region"), "sources/region: it is missing";
    case 10:
        return drop(f, "emissions/pollutant"), "emissions/pollutant: it is missing";
    case 11:
        return drop(f, "emissions/emission_t"), "emissions/emission_t: it is missing";
    case 12:
        return drop(f, "words/emissions/pollutant"), "words/emissions/pollutant: it is missing";
    case 13:
        return drop(f, "words/sources"), "sources: it is missing";
    case 14:
        return drop(f, "regions/parent"), "parents are not told by the codes";
    case 15:
        return drop_attribute(f, "sectors", "open"), "sectors: it has no attribute 'open'";
    case 16:
        return set_code(f, "sources/region", 3, 5), "sources/region: value 3 is 5; expected 0 to 4";
    case 17:
        return set_code(f, "sources/region", 22, -1), "sources/region: value 22 is absent";
    case 18:
        return set_code(f, "sources/region", 3, -2), "sources/region: value 3 is -2; expected 0 to 4";
    case 19:
        return set_code(f, "sources/工艺%2F类", 3, 2), "value 3 is 2; expected -1 to 1";
    case 20:
        return set_code(f, "emissions/pollutant", 44, 3), "emissions/pollutant: value 44 is 3; expected 0 to 2";
    case 21:
        return set_code(f, "sources/source", 3, 4), "sources/source: value 3 is 4; expected its row";
    case 22:
        return set_code(f, "first", 0, 1), "first: it goes from 1 to 45; expected 0 to 45";
    case 23:
        return set_code(f, "first", 23, 44), "first: it goes from 0 to 44; expected 0 to 45";
    case 24:
        return set_code(f, "first", 4, 10), "first: value 4 is larger than the next one";
    case 25:
        return set_code(f, "first", 4, -9), "first: value 4 is -9";
    case 26:
        return set_code(f, "first", 4, 46), "first: value 4 is 46; expected 0 to 45";
    case 27:
        return set_code(f, "regions/parent", 0, 2), "regions: '330300' lies inside itself";
    case 28:
        return set_code(f, "regions/parent", 4, 4), "regions: '331000' lies inside itself";
    case 29:
        return set_code(f, "regions/parent", 4, 5), "regions/parent: value 4 is 5; expected -1 to 4";
    case 30:
        return set_code(f, "regions/code", 4, 3), "regions: node 4 has the code of another";
    case 31:
        return set_number(f, "emissions/emission_t", 7, -1), "emissions/emission_t: value 7 is -1; expected 0";
    case 32:
        return set_number(f, "emissions/emission_t", 7, NAN), "emissions/emission_t: value 7 is absent";
    case 33:
        return set_number(f, "emissions/emission_t", 7, INFINITY), "emissions/emission_t: value 7 is inf";
    case 34:
        return set_number(f, "emissions/removal", 7, 1.5), "emissions/removal: value 7 is 1.5; expected 0 to 1";
    case 35:
        return set_number(f, "sources/lon", 7, 181), "sources/lon: value 7 is 181; expected -180 to 180";
    case 36:
        return change(f, "removal_assumed", H5T_NATIVE_UINT8, 9, "\2"), "removal_assumed: value 9 is 2";
    case 37:
        return set_text(f, "words/regions/code", 1, "330300"), "text 1, '330300', stands there twice";
    case 38:
        return set_text(f, "words/regions/code", 1,
                        "33\xff"
                        "300"),
               "text 1 is not UTF-8";
    case 39:
        return set_text(f, "words/regions/code", 1,
                        "33\0"
                        "300"),
               "text 1 has a NUL inside";
    case 40:
        return set_code(f, "emissions/pollutant", 2, 0), "source '企业1' has pollutant 'SO2' twice";
    case 41:
        return replace_by(f, "sources/region", H5T_NATIVE_INT64, SOURCES, 1, true), "expected 32-bit integers";
    case 42:
        return replace_by(f, "sources/region", H5T_NATIVE_DOUBLE, SOURCES, 1, true), "expected 32-bit integers";
    case 43:
        return replace_by(f, "sources/lon", H5T_NATIVE_FLOAT, SOURCES, 1, true), "expected 64-bit floating";
    case 44:
        return replace_by(f, "sources/lon", H5T_IEEE_F64BE, SOURCES, 1, true), "expected 64-bit floating";
    case 45:
        return replace_by(f, "sources/lon", H5T_NATIVE_DOUBLE, SOURCES, 2, true), "expected one dimension";
    case 46:
        return replace_by(f, "sources/lon", H5T_NATIVE_DOUBLE, SOURCES, 1, false), "expected a chunked layout";
    case 47:
        return replace_by(f, "sources/lon", H5T_NATIVE_DOUBLE, SOURCES - 1, 1, true), "the absent value";
    case 48:
        return put_huge(f, "sources/region", SOURCES - 1, 8), "22 values; the table has 23 rows";
    case 49:
        return put_huge(f, "emissions/device", ROWS + 1, 8), "46 values; the table has 45 rows";
    case 50:
        return replace_by(f, "removal_assumed", H5T_NATIVE_UINT8, ROWS - 1, 1, true), "44 values; there are 45";
    case 51:
        return put_huge(f, "first", SOURCES, 8), "first: 23 values; 23 sources need 24";
    case 52:
        return put_nbit(f, "sources/region", SOURCES), "filter 5; expected shuffle, deflate and fletcher32";
    case 53:
        return put_vlen(f, "words/regions/code"), "expected texts of fixed length";
    case 54:
        return link_soft(f, "sources/region", "/sources/sector"), "a link to elsewhere";
    case 55:
        return link_external(f, "sources/region"), "a link to elsewhere";
    case 56:
        return link_external(f, "sources"), "sources: a link to elsewhere";
    case 57:
        return link_soft(f, "first", "/first"), "first: a link to elsewhere";
    case 58:
        return link_hard(f, "sources/circle", "/sources"), "HDF5 says";
    case 59:
        return link_hard(f, "words/regions", "/"), "words/regions/code: it is missing";
    case 60:
        return link_hard(f, "first", "/sources"), "HDF5 says";
    case 61:
        return link_hard(f, "words/sources/region", "/words/sources/sector"), "does not share the words";
    case 62:
        return link_hard(f, "words/sources/source", "/words/regions/code"), "value 5 is 5; expected 0 to 4";
    case 63:
        return put_metadata(f, "base_year", "last year", false), "'last year' is not a year";
    case 64:
        return put_metadata(f, "title", "\xff", false), "'title' is not UTF-8";
    case 65:
        return put_metadata(f, "title", "x", true), "'title' is not one text";
    /* 2^31 - 1 rows of nothing: 8 GB for each column, in a file of some kilobytes */
    case 66:
        *status = LTN_ELIMIT;
        put_huge(f, "sources/region", INT32_MAX, 1 << 20);
        put_huge(f, "sources/source", INT32_MAX, 1 << 20);
        put_huge(f, "first", (hsize_t)INT32_MAX + 1, 1 << 20);
        return "are more than the 1024 MiB that a file of";
    case 67:
        return put_huge(f, "sources/source", (hsize_t)1 << 40, 1 << 20), "more than 2^31 values";
    case 68:
        return put_huge(f, "sources/source", INT32_MAX, 1), "chunks do not fit a file";
    case 69:
        return put_huge(f, "sources/source", INT32_MAX, 1 << 25), "chunks of 33554432 values";
    case 70:
        return put_huge(f, "emissions/pollutant", 0, 1), "first: value 1 is 1; expected 0 to 0";
    default:
        return NULL;
    }
}

static void test_one_thing_wrong(void **state)
{
    (void)state;
    for (int i = 0;; i++) {
        ltn_status status;
        const char *path = copy_of_store("spoilt.h5");
        hid_t access = H5Pcreate(H5P_FILE_ACCESS);
        H5Pset_libver_bounds(access, H5F_LIBVER_V110, H5F_LIBVER_V110);
        hid_t file = H5Fopen(path, H5F_ACC_RDWR, access);
        assert_true(file >= 0);
        const char *part = spoil(file, i, &status);
        H5Pclose(access);
        assert_true(H5Fclose(file) >= 0);
        if (!part) break;
        print_message("case %d: %s\n", i, part);
        refuse(path, status, part);
        /* parts and sums of it end well or in an error, too */
        ltn_store_read_options options;
        ltn_grouping grouping;
        ltn_inventory *read;
        ltn_table *table;
        set_part(&options, (size_t)i % COUNT(parts));
        if (!ltn_inventory_read_hdf5(path, &options, &read)) ltn_inventory_free(read);
        ltn_grouping_init(&grouping, LTN_BY_REGION | LTN_BY_SOURCE | LTN_BY_POLLUTANT);
        if (!ltn_store_summarise(path, NULL, &grouping, &table)) ltn_table_free(table);
    }
}

/* Anywhere the file ends too soon it is refused; no bit of it may be turned without its being noticed, or it was one
 * that holds nothing. */
static void test_damage(void **state)
{
    (void)state;
    size_t size, refused = 0, tried = 0;
    char *bytes = read_whole(small_store(), &size);
    ltn_inventory *whole, *read;
    assert_ok(ltn_inventory_read_hdf5(small_store(), NULL, &whole));
    for (size_t end = 0; end < size; end += is_slow() ? 9973 : 997) {
        const char *path = write_bytes("cut.h5", bytes, end);
        assert_status(ltn_inventory_read_hdf5(path, NULL, &read), LTN_EINPUT);
        assert_null(read);
    }
    uint64_t random = 7;
    for (int i = 0; i < (is_slow() ? 20 : 1500); i++) {
        size_t at = random_bits(&random) % size;
        char bit = (char)(1 << random_bits(&random) % 8);
        bytes[at] ^= bit;
        ltn_status status = ltn_inventory_read_hdf5(write_bytes("bit.h5", bytes, size), NULL, &read);
        tried++;
        refused += status != LTN_OK;
        assert_true(status || read);
        if (!status) assert_same_inventories(whole, read);
        ltn_inventory_free(read);
        bytes[at] ^= bit;
    }
    assert_true(refused > tried / 20); /* most of a small file is room for more */
    ltn_inventory_free(whole);
    free(bytes);
}

/* A column that someone added with another program is read as the user's own, after those that have a place. */
static void test_a_column_added_by_others(void **state)
{
    (void)state;
    const char *path = copy_of_store("added.h5");
    double values[SOURCES];
    for (int i = 0; i < SOURCES; i++) values[i] = 0.385 * i;
    hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT), layout = chunked(4, 1);
    put(file, "sources/height_m", H5T_NATIVE_DOUBLE, layout, SOURCES, 1, values);
    drop(file, "emissions/factor_cv"); /* and one of ours may be missing: its values are absent */
    H5Pclose(layout);
    H5Fclose(file);
    ltn_inventory *read;
    assert_ok(ltn_inventory_read_hdf5(path, NULL, &read));
    const ltn_table *sources = ltn_inventory_sources(read);
    assert_int_equal(ltn_table_find(sources, "height_m"), ltn_table_columns(sources) - 1);
    assert_close(source_number(read, "企业7", "height_m"), 2.695, 0, 1e-15); /* 7 · 0.385 */
    assert_true(isnan(emission_number(read, "企业7", "SO2", "factor_cv")));
    ltn_inventory_free(read);
}

/* ---- what is the caller's stays as it was ---- */

static int printed;

static herr_t count_error(hid_t stack, void *data)
{
    (void)stack;
    (void)data;
    printed++;
    return 0;
}

static herr_t count_error_old(void *data)
{
    return count_error(H5E_DEFAULT, data);
}

static void test_hdf5_settings_are_left_alone(void **state)
{
    (void)state;
    int mine;
    H5E_auto2_t function;
    void *data;
    ltn_inventory *read, *made = make_inventory(3);
    H5Eset_auto2(H5E_DEFAULT, count_error, &mine);
    assert_status(ltn_inventory_read_hdf5(write_bytes("head.h5", "\211HDF\r\n\032\n\3\10\10\0", 12), NULL, &read),
                  LTN_EINPUT);
    assert_ok(ltn_inventory_write_hdf5(made, temporary_path("mine.h5"), NULL));
    assert_ok(ltn_inventory_read_hdf5(temporary_path("mine.h5"), NULL, &read));
    ltn_inventory_free(read);
    assert_int_equal(printed, 0);
    H5Eget_auto2(H5E_DEFAULT, &function, &data);
    assert_ptr_equal((void *)function, (void *)count_error);
    assert_ptr_equal(data, &mine);
    H5E_auto1_t old;
    H5Eset_auto1(count_error_old, &mine);
    assert_status(ltn_inventory_read_hdf5(temporary_path("head.h5"), NULL, &read), LTN_EINPUT);
    assert_int_equal(printed, 0);
    H5Eget_auto1(&old, &data);
    assert_ptr_equal((void *)old, (void *)count_error_old);
    assert_ptr_equal(data, &mine);
    assert_ok(ltn_inventory_read_hdf5(temporary_path("mine.h5"), NULL, &read));
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    assert_int_equal(H5Fget_obj_count((hid_t)H5F_OBJ_ALL, H5F_OBJ_ALL), 0); /* nothing of ours is open */
    ltn_inventory_free(read);
    ltn_inventory_free(made);
}

/* ---- writing that fails ---- */

static int files_in_folder(void)
{
    DIR *folder = opendir(temporary_folder());
    int count = 0;
    while (readdir(folder)) count++;
    closedir(folder);
    return count;
}

static void test_bad_targets(void **state)
{
    (void)state;
    ltn_inventory *made = make_inventory(3);
    ltn_store_write_options options;
    ltn_store_write_options_init(&options);
    options.level = 10;
    assert_status(ltn_inventory_write_hdf5(made, temporary_path("level.h5"), &options), LTN_EARGUMENT);
    assert_status(ltn_inventory_write_hdf5(made, temporary_path("no such folder/x.h5"), NULL), LTN_EIO);
    assert_contains(ltn_last_error()->source, "no such folder/x.h5");
    assert_status(ltn_inventory_write_hdf5(made, temporary_folder(), NULL), LTN_EIO);
    ltn_inventory_free(made);
}

/* Every call of HDF5 and of malloc fails once: the old file is whole, nothing lies beside it, nothing stays open. */
static void test_writing_that_fails(void **state)
{
    (void)state;
    ltn_inventory *made = make_inventory(4);
    ltn_store_write_options options;
    ltn_store_write_options_init(&options);
    options.threads = 1;
    const char *path = write_file("old.h5", "as it was");
    int before = files_in_folder();
    for (long k = 0;; k += is_slow() ? 41 : 1) {
        arm(k);
        ltn_status status = ltn_inventory_write_hdf5(made, path, &options);
        if (!disarm()) {
            assert_ok(status);
            break;
        }
        if (!status) continue; /* HDF5 got by without its error handler */
        assert_true(status == LTN_EIO || status == LTN_ENOMEM);
        assert_int_equal(ltn_last_error()->code, status);
        assert_true(*ltn_last_error()->message);
        assert_int_equal(files_in_folder(), before);
        assert_int_equal(H5Fget_obj_count((hid_t)H5F_OBJ_ALL, H5F_OBJ_ALL), 0);
        size_t size;
        char *text = read_whole(path, &size);
        assert_string_equal(text, "as it was");
        free(text);
    }
    ltn_inventory_free(made);
}

static void test_reading_that_fails(void **state)
{
    (void)state;
    ltn_store_read_options options;
    for (size_t part = 0; part < COUNT(parts); part += COUNT(parts) - 1) {
        set_part(&options, part);
        options.threads = 1;
        for (long k = 0;; k += is_slow() ? 41 : 1) {
            ltn_inventory *read;
            (void)small_store();
            arm(k);
            ltn_status status = ltn_inventory_read_hdf5(small_store(), &options, &read);
            bool failed = disarm();
            if (!status) ltn_inventory_free(read);
            if (!failed) {
                assert_ok(status);
                break;
            }
            if (!status) continue;
            assert_null(read);
            assert_true(status == LTN_EINPUT || status == LTN_ENOMEM);
            assert_int_equal(ltn_last_error()->code, status);
            assert_int_equal(H5Fget_obj_count((hid_t)H5F_OBJ_ALL, H5F_OBJ_ALL), 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_empty_inventory),
        cmocka_unit_test(test_long_texts),
        cmocka_unit_test(test_same_file_for_any_threads),
        cmocka_unit_test(test_parts_are_what_a_filter_leaves),
        cmocka_unit_test(test_no_such_part),
        cmocka_unit_test(test_sums),
        cmocka_unit_test(test_trees_of_the_caller),
        cmocka_unit_test(test_files_that_are_no_store),
        cmocka_unit_test(test_one_thing_wrong),
        cmocka_unit_test(test_damage),
        cmocka_unit_test(test_a_column_added_by_others),
        cmocka_unit_test(test_hdf5_settings_are_left_alone),
        cmocka_unit_test(test_bad_targets),
        cmocka_unit_test(test_writing_that_fails),
        cmocka_unit_test(test_reading_that_fails),
    };
    obey_test_filter();
    return cmocka_run_group_tests(tests, NULL, remove_temporary_folder);
}
