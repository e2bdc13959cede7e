/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inventories in memory: trees, the builder, filter, concatenate, summarise, compare. */
#include "support.h"

#include "inventory/tree.h"

#include <math.h>
#include <stdio.h>

/* ---- trees ---- */

/* City > two counties, one with a zone inside; another city. */
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

static void test_tree_names(void **state)
{
    (void)state;
    ltn_tree *tree = make_regions();
    assert_string_equal(ltn_tree_name(tree, 0, LTN_CHINESE), "温州市");
    assert_string_equal(ltn_tree_name(tree, 2, LTN_CHINESE), "Zone"); /* the other language */
    assert_string_equal(ltn_tree_name(tree, 3, LTN_ENGLISH), "洞头区");
    assert_string_equal(ltn_tree_name(tree, 4, LTN_ENGLISH), "331000"); /* the code */
    assert_null(ltn_tree_name(tree, 5, LTN_ENGLISH));
    assert_null(ltn_tree_name(tree, -1, LTN_ENGLISH));
    assert_int_equal(ltn_tree_parent(tree, 99), -1);
    ltn_tree_free(tree);
    ltn_tree_free(NULL);
}

static void test_zone_lies_in_its_county(void **state)
{
    (void)state;
    ltn_tree *tree = make_regions();
    static const struct {
        const char *above, *node;
        int contains;
    } cases[] = {
        {"330303", "330371", 1}, {"330300", "330371", 1}, {"330371", "330371", 1}, {"330305", "330371", 0},
        {"331000", "330371", 0}, {"330371", "330303", 0}, {"330300", "331000", 0},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(
            ltn_tree_contains(tree, ltn_tree_find(tree, cases[i].above), ltn_tree_find(tree, cases[i].node)),
            cases[i].contains);
    uint8_t marks[5] = {0};
    ltn_tree_mark_inside(tree, ltn_tree_find(tree, "330303"), marks);
    assert_memory_equal(marks, ((uint8_t[]){0, 1, 1, 0, 0}), 5);
    assert_int_equal(ltn_tree_ancestor(tree, 2, 0), 0);
    assert_int_equal(ltn_tree_ancestor(tree, 2, 1), 1);
    assert_int_equal(ltn_tree_ancestor(tree, 4, 1), 4);
    ltn_tree_free(tree);
}

static void test_tree_refuses(void **state)
{
    (void)state;
    ltn_tree *tree = make_regions();
    assert_status(ltn_tree_add(tree, "330303", NULL, NULL, NULL), LTN_EARGUMENT);
    assert_status(ltn_tree_add(tree, "", NULL, NULL, NULL), LTN_EARGUMENT);
    assert_status(ltn_tree_add(tree, "330372", "330399", NULL, NULL), LTN_ENOTFOUND);
    assert_int_equal(ltn_tree_count(tree), 5);
    ltn_inventory_options options;
    ltn_inventory_options_init(&options);
    options.regions = tree;
    ltn_inventory_builder *builder;
    assert_ok(ltn_inventory_builder_create(&options, &builder));
    assert_status(ltn_tree_add(tree, "330372", "330300", NULL, NULL), LTN_EARGUMENT);
    ltn_inventory_builder_free(builder);
    assert_ok(ltn_tree_add(tree, "330372", "330300", NULL, NULL));
    ltn_tree_free(tree);
}

/* ---- making inventories ---- */

typedef struct row {
    const char *source, *region, *sector, *fuel, *owner, *pollutant;
    double emission_t;
} row;

/* Sums of these rows are worked out in the tests from the same table, by hand or by loop. */
static const row rows[] = {
    {"B1", "330303", "combustion.boiler.coal", "coal", "private", "SO2", 37.25},
    {"B1", "330303", "combustion.boiler.coal", "coal", "private", "NOx", 12.5},
    {"B2", "330371", "combustion.boiler.gas", "gas", "private", "NOx", 3.0625},
    {"P1", "330305", "combustion.power", "coal", "province", "SO2", 1024.75},
    {"P1", "330305", "combustion.power", "coal", "province", "NOx", 811.375},
    {"S1", "330371", "solvent.shoes", NULL, "private", "VOC", 88.625},
    {"R1", "330300", "mobile.road", "diesel", NULL, "NOx", 510.1875},
    {"S2", "331000", "solvent.shoes", NULL, NULL, "VOC", 7.5},
};

static void add_row(ltn_inventory_builder *builder, const row *r)
{
    assert_ok(ltn_inventory_builder_row(builder));
    assert_ok(ltn_inventory_builder_text(builder, "source", r->source));
    assert_ok(ltn_inventory_builder_text(builder, "region", r->region));
    assert_ok(ltn_inventory_builder_text(builder, "sector", r->sector));
    assert_ok(ltn_inventory_builder_text(builder, "fuel", r->fuel));
    assert_ok(ltn_inventory_builder_text(builder, "owner", r->owner));
    assert_ok(ltn_inventory_builder_text(builder, "pollutant", r->pollutant));
    assert_ok(ltn_inventory_builder_number(builder, "emission_t", r->emission_t));
}

static ltn_inventory *make_inventory(const row *from, size_t count, const char *baseline, ltn_tree *regions)
{
    ltn_inventory_options options;
    ltn_inventory_options_init(&options);
    options.regions = regions;
    ltn_inventory_builder *builder;
    assert_ok(ltn_inventory_builder_create(&options, &builder));
    assert_ok(ltn_inventory_builder_metadata(builder, "base_year", "2015"));
    if (baseline) assert_ok(ltn_inventory_builder_metadata(builder, "baseline", baseline));
    for (size_t i = 0; i < count; i++) add_row(builder, &from[i]);
    ltn_inventory *inventory;
    assert_ok(ltn_inventory_builder_finish(builder, &inventory));
    ltn_inventory_builder_free(builder);
    return inventory;
}

static ltn_inventory *make_sample(const char *baseline)
{
    ltn_tree *regions = make_regions();
    ltn_inventory *inventory = make_inventory(rows, COUNT(rows), baseline, regions);
    ltn_tree_free(regions); /* the inventory keeps it */
    return inventory;
}

static void test_builder_makes_what_csv_makes(void **state)
{
    (void)state;
    text_buffer csv = {0};
    text_add(&csv, "# base_year: 2015\n# baseline: 环统2015\nsource,region,sector,fuel,owner,pollutant,emission_t\n");
    for (const row *r = rows; r < rows + COUNT(rows); r++)
        text_add(&csv, "%s,%s,%s,%s,%s,%s,%.17g\n", r->source, r->region, r->sector, r->fuel ? r->fuel : "",
                 r->owner ? r->owner : "", r->pollutant, r->emission_t);
    const char *path = write_bytes("same.csv", csv.data, csv.size);
    free(csv.data);
    ltn_tree *regions = make_regions();
    ltn_inventory_options options;
    ltn_inventory_options_init(&options);
    options.regions = regions;
    ltn_inventory *read, *built = make_inventory(rows, COUNT(rows), "环统2015", regions);
    assert_ok(ltn_inventory_read_csv(path, &options, &read));
    ltn_tree_free(regions);
    assert_same_tables(ltn_inventory_sources(read), ltn_inventory_sources(built));
    assert_same_tables(ltn_inventory_emissions(read), ltn_inventory_emissions(built));
    assert_int_equal(ltn_inventory_base_year(read), ltn_inventory_base_year(built));
    assert_string_equal(ltn_inventory_baseline(read), ltn_inventory_baseline(built));
    ltn_inventory_free(read);
    ltn_inventory_free(built);
    ltn_inventory_free(NULL);
}

static ltn_inventory_builder *new_builder(ltn_diagnostics *list)
{
    ltn_inventory_options options;
    ltn_inventory_options_init(&options);
    options.diagnostics = list;
    ltn_inventory_builder *builder;
    assert_ok(ltn_inventory_builder_create(&options, &builder));
    return builder;
}

static void test_builder_reckons(void **state)
{
    (void)state;
    ltn_inventory_builder *builder = new_builder(NULL);
    assert_ok(ltn_inventory_builder_row(builder));
    assert_ok(ltn_inventory_builder_text(builder, "source", "甲"));
    assert_ok(ltn_inventory_builder_text(builder, "region", "330303"));
    assert_ok(ltn_inventory_builder_text(builder, "sector", "combustion.boiler"));
    assert_ok(ltn_inventory_builder_text(builder, "pollutant", "SO2"));
    assert_ok(ltn_inventory_builder_number(builder, "activity", 2.385));
    assert_ok(ltn_inventory_builder_text(builder, "activity_unit", "万吨"));
    assert_ok(ltn_inventory_builder_number(builder, "factor", 7.3));
    assert_ok(ltn_inventory_builder_text(builder, "factor_unit", "kg/t"));
    assert_ok(ltn_inventory_builder_number(builder, "removal", 0.35));
    assert_ok(ltn_inventory_builder_number(builder, "stack_m", 45.5)); /* an attribute */
    assert_ok(ltn_inventory_builder_text(builder, "stage", "IV"));
    assert_ok(ltn_inventory_builder_row(builder)); /* the rest is inherited */
    assert_ok(ltn_inventory_builder_text(builder, "source", "甲"));
    assert_ok(ltn_inventory_builder_text(builder, "pollutant", "NOx"));
    assert_ok(ltn_inventory_builder_number(builder, "factor", 3.1));
    assert_ok(ltn_inventory_builder_text(builder, "factor_unit", "g/kg"));
    ltn_inventory *inventory;
    assert_ok(ltn_inventory_builder_finish(builder, &inventory));
    ltn_inventory_builder_free(builder);
    /* 23850 t x 7.3 kg/t x 0.65 = 113.16825 t; 23850 t x 3.1 kg/t = 73.935 t. */
    assert_close(emission_number(inventory, "甲", "SO2", "emission_t"), 113.16825, 1e-14, 0);
    assert_close(emission_number(inventory, "甲", "NOx", "emission_t"), 73.935, 1e-14, 0);
    assert_int_equal(ltn_inventory_removal_assumed(inventory), 1);
    assert_true(source_number(inventory, "甲", "stack_m") == 45.5);
    assert_string_equal(source_text(inventory, "甲", "stage"), "IV");
    assert_string_equal(ltn_inventory_baseline(inventory), "");
    assert_int_equal(ltn_inventory_base_year(inventory), 0);
    ltn_inventory_free(inventory);
}

static void test_builder_refuses(void **state)
{
    (void)state;
    ltn_inventory_builder *builder = new_builder(NULL);
    assert_status(ltn_inventory_builder_text(builder, "source", "A"), LTN_EARGUMENT); /* no open row */
    assert_status(ltn_inventory_builder_number(builder, "emission_t", 1), LTN_EARGUMENT);
    assert_status(ltn_inventory_builder_metadata(builder, "base_year", "MMXV"), LTN_EARGUMENT);
    assert_ok(ltn_inventory_builder_row(builder));
    assert_status(ltn_inventory_builder_text(builder, "emission_t", "1"), LTN_EARGUMENT);
    assert_status(ltn_inventory_builder_number(builder, "fuel", 1), LTN_EARGUMENT);
    assert_ok(ltn_inventory_builder_number(builder, "mine", 1));
    assert_status(ltn_inventory_builder_text(builder, "mine", "x"), LTN_EARGUMENT);
    ltn_inventory_builder_free(builder);
    ltn_inventory_builder_free(NULL);
}

static void test_builder_names_bad_rows_by_number(void **state)
{
    (void)state;
    ltn_diagnostics *list;
    assert_ok(ltn_diagnostics_create(&list));
    ltn_inventory_builder *builder = new_builder(list);
    for (size_t i = 0; i < COUNT(rows); i++) {
        row bad = rows[i];
        if (i == 2) bad.emission_t = -3;
        if (i == 4) bad.pollutant = "SO2"; /* as row 4 of the same source */
        if (i == 5) bad.emission_t = INFINITY;
        if (i == 6) bad.region = NULL;
        add_row(builder, &bad);
    }
    ltn_inventory *inventory = (ltn_inventory *)1;
    assert_status(ltn_inventory_builder_finish(builder, &inventory), LTN_EINPUT);
    assert_null(inventory);
    ltn_inventory_builder_free(builder);
    static const struct {
        int line;
        const char *message;
    } expected[] = {{3, "emission_t -3 is negative"}, {5, "already"}, {6, "not finite"}, {7, "region is blank"}};
    assert_int_equal(ltn_diagnostics_count(list), COUNT(expected));
    for (size_t i = 0; i < COUNT(expected); i++) {
        assert_int_equal(ltn_diagnostics_get(list, i)->line, expected[i].line);
        assert_contains(ltn_diagnostics_get(list, i)->message, expected[i].message);
    }
    ltn_diagnostics_free(list);
}

/* What must not be NaN from outside: a removal or an emission. */
static void test_builder_takes_nan_as_absent(void **state)
{
    (void)state;
    ltn_inventory_builder *builder = new_builder(NULL);
    row bad = rows[0];
    bad.emission_t = NAN;
    add_row(builder, &bad);
    ltn_inventory *inventory;
    assert_status(ltn_inventory_builder_finish(builder, &inventory), LTN_EINPUT);
    assert_contains(ltn_last_error()->message, "emission_t is blank");
    ltn_inventory_builder_free(builder);
}

static void test_builder_that_is_finished(void **state)
{
    (void)state;
    ltn_inventory_builder *builder = new_builder(NULL);
    add_row(builder, &rows[0]);
    ltn_inventory *inventory, *again = (ltn_inventory *)1;
    assert_ok(ltn_inventory_builder_finish(builder, &inventory));
    assert_status(ltn_inventory_builder_finish(builder, &again), LTN_EARGUMENT);
    assert_null(again);
    assert_status(ltn_inventory_builder_metadata(builder, "title", "too late"), LTN_EARGUMENT);
    ltn_inventory_builder_free(builder);
    ltn_inventory_free(inventory);
}

/* ---- filter ---- */

static void test_filter(void **state)
{
    (void)state;
    ltn_inventory *all = make_sample("环统2015"), *some;
    static const uint8_t keep[] = {0, 1, 0, 1, 1, 1, 0, 0};
    assert_ok(ltn_inventory_filter(all, keep, &some));
    ltn_inventory_free(all); /* what was made of it lives on */
    assert_int_equal(ltn_table_rows(ltn_inventory_sources(some)), 3);
    assert_int_equal(ltn_table_rows(ltn_inventory_emissions(some)), 4);
    assert_memory_equal(ltn_inventory_first(some), ((int32_t[]){0, 1, 3, 4}), 4 * sizeof(int32_t));
    assert_int_equal(ltn_inventory_find(some, "B2"), -1);
    for (int32_t s = 0; s < 3; s++) { /* a source's code is its row */
        assert_int_equal(ltn_table_codes(ltn_inventory_sources(some), 0)[s], s);
        assert_int_equal(ltn_inventory_find(some, ltn_table_text(ltn_inventory_sources(some), (size_t)s, 0)), s);
    }
    assert_true(emission_number(some, "B1", "NOx", "emission_t") == 12.5);
    assert_true(emission_number(some, "P1", "NOx", "emission_t") == 811.375);
    assert_string_equal(source_text(some, "S1", "region"), "330371");
    assert_string_equal(ltn_inventory_baseline(some), "环统2015");
    assert_int_equal(ltn_inventory_base_year(some), 2015);
    ltn_inventory *none;
    assert_ok(ltn_inventory_filter(some, (const uint8_t[4]){0}, &none));
    assert_int_equal(ltn_table_rows(ltn_inventory_sources(none)), 0);
    assert_int_equal(ltn_inventory_first(none)[0], 0);
    ltn_inventory_free(none);
    ltn_inventory_free(some);
}

static void test_filter_counts_assumed_removals(void **state)
{
    (void)state;
    const char *path =
        write_file("assumed.csv", "source,region,sector,pollutant,activity,activity_unit,factor,factor_unit,removal\n"
                                  "A,r,s,SO2,2,t,3,g/kg,\nB,r,s,SO2,2,t,3,g/kg,0\nC,r,s,SO2,2,t,3,g/kg,\n");
    ltn_inventory *all, *some;
    assert_ok(ltn_inventory_read_csv(path, NULL, &all));
    assert_int_equal(ltn_inventory_removal_assumed(all), 2);
    assert_ok(ltn_inventory_filter(all, (const uint8_t[]){0, 1, 1}, &some));
    assert_int_equal(ltn_inventory_removal_assumed(some), 1);
    const ltn_inventory *parts[] = {some};
    ltn_inventory *again;
    assert_ok(ltn_inventory_concatenate(parts, 1, &again));
    assert_int_equal(ltn_inventory_removal_assumed(again), 1);
    ltn_inventory_free(again);
    ltn_inventory_free(some);
    ltn_inventory_free(all);
}

/* ---- concatenate ---- */

static void test_concatenate_gives_the_whole_back(void **state)
{
    (void)state;
    ltn_inventory *all = make_sample("环统2015"), *parts[2], *again;
    assert_ok(ltn_inventory_filter(all, (const uint8_t[]){1, 1, 1, 0, 0, 0, 0, 0}, &parts[0]));
    assert_ok(ltn_inventory_filter(all, (const uint8_t[]){0, 0, 0, 1, 1, 1, 1, 1}, &parts[1]));
    assert_ok(ltn_inventory_concatenate((const ltn_inventory *const *)parts, 2, &again));
    ltn_inventory_free(parts[0]);
    ltn_inventory_free(parts[1]);
    assert_memory_equal(ltn_inventory_first(again), ltn_inventory_first(all), 7 * sizeof(int32_t));
    for (const row *r = rows; r < rows + COUNT(rows); r++) {
        assert_true(emission_number(again, r->source, r->pollutant, "emission_t") == r->emission_t);
        assert_string_equal(source_text(again, r->source, "region"), r->region);
        assert_string_equal(source_text(again, r->source, "sector"), r->sector);
    }
    assert_string_equal(ltn_inventory_baseline(again), "环统2015");
    ltn_inventory_free(again);
    ltn_inventory_free(all);
}

static void test_concatenate_merges_trees_and_columns(void **state)
{
    (void)state;
    ltn_inventory *parts[2], *both;
    assert_ok(ltn_inventory_read_csv(
        write_file("one.csv", "source,region,sector,pollutant,emission_t,stack_m\nA,330303,a.b,SO2,1.25,45.5\n"), NULL,
        &parts[0]));
    assert_ok(ltn_inventory_read_csv(
        write_file("two.csv", "source,region,sector,pollutant,emission_t,stage\nB,330305,a.c,NOx,2.5,IV\n"), NULL,
        &parts[1]));
    assert_ok(ltn_inventory_concatenate((const ltn_inventory *const *)parts, 2, &both));
    assert_true(source_number(both, "A", "stack_m") == 45.5);
    assert_true(isnan(source_number(both, "B", "stack_m")));
    assert_null(source_text(both, "A", "stage"));
    assert_string_equal(source_text(both, "B", "stage"), "IV");
    const ltn_tree *sectors = ltn_inventory_sectors(both);
    assert_int_equal(ltn_tree_count(sectors), 3);
    assert_int_equal(ltn_tree_parent(sectors, ltn_tree_find(sectors, "a.c")), ltn_tree_find(sectors, "a"));
    assert_string_equal(source_text(both, "B", "sector"), "a.c");
    ltn_inventory_free(parts[0]);
    ltn_inventory_free(parts[1]);
    ltn_inventory_free(both);
}

static ltn_inventory *read_text(const char *name, const char *csv)
{
    ltn_inventory *inventory;
    assert_ok(ltn_inventory_read_csv(write_file(name, csv), NULL, &inventory));
    return inventory;
}

static void expect_no_concatenation(const char *a, const char *b, ltn_status code, const char *message)
{
    ltn_inventory *parts[] = {read_text("a.csv", a), read_text("b.csv", b)}, *both = (ltn_inventory *)1;
    assert_status(ltn_inventory_concatenate((const ltn_inventory *const *)parts, 2, &both), code);
    assert_contains(ltn_last_error()->message, message);
    assert_null(both);
    ltn_inventory_free(parts[0]);
    ltn_inventory_free(parts[1]);
}

#define HEAD "source,region,sector,pollutant,emission_t"

static void test_concatenate_refuses(void **state)
{
    (void)state;
    ltn_inventory *none = (ltn_inventory *)1;
    assert_status(ltn_inventory_concatenate(NULL, 0, &none), LTN_EARGUMENT);
    assert_null(none);
    expect_no_concatenation(HEAD "\nA,r,s,SO2,1\n", HEAD "\nB,r,s,SO2,1\nA,r,s,NOx,1\n", LTN_EINPUT, "source 'A'");
    expect_no_concatenation("# baseline: x\n" HEAD "\nA,r,s,SO2,1\n", "# baseline: y\n" HEAD "\nB,r,s,SO2,1\n",
                            LTN_EBASELINE, "'x' and 'y'");
    expect_no_concatenation("# baseline: x\n" HEAD "\nA,r,s,SO2,1\n", HEAD "\nB,r,s,SO2,1\n", LTN_EBASELINE, "'x'");
    expect_no_concatenation("# base_year: 2015\n" HEAD "\nA,r,s,SO2,1\n", "# base_year: 2017\n" HEAD "\nB,r,s,SO2,1\n",
                            LTN_EBASELINE, "2017");
    expect_no_concatenation(HEAD ",mine\nA,r,s,SO2,1,7\n", HEAD ",mine\nB,r,s,SO2,1,seven\n", LTN_EINPUT, "mine");
}

static void test_concatenate_refuses_trees_that_contradict(void **state)
{
    (void)state;
    static const row one[] = {{"A", "X", "s", NULL, NULL, "SO2", 1}}, two[] = {{"B", "X", "s", NULL, NULL, "SO2", 1}};
    ltn_tree *up, *down;
    assert_ok(ltn_tree_create(&up));
    assert_ok(ltn_tree_add(up, "X", NULL, NULL, NULL));
    assert_ok(ltn_tree_add(up, "Y", "X", NULL, NULL));
    assert_ok(ltn_tree_create(&down));
    assert_ok(ltn_tree_add(down, "Y", NULL, NULL, NULL));
    assert_ok(ltn_tree_add(down, "X", "Y", NULL, NULL));
    ltn_inventory *parts[] = {make_inventory(one, 1, NULL, up), make_inventory(two, 1, NULL, down)}, *both;
    assert_status(ltn_inventory_concatenate((const ltn_inventory *const *)parts, 2, &both), LTN_EINPUT);
    assert_contains(ltn_last_error()->message, "region");
    assert_null(both);
    ltn_inventory_free(parts[0]);
    ltn_inventory_free(parts[1]);
    ltn_tree_free(up);
    ltn_tree_free(down);
}

/* ---- summarise ---- */

/* The key a row has in a grouping, worked out without the library's trees. */
static const char *parent_region(const char *code)
{
    return strcmp(code, "330371") == 0   ? "330303"
           : strcmp(code, "331000") == 0 ? NULL
           : strcmp(code, "330300") == 0 ? NULL
                                         : "330300";
}

static void lift_region(const char *code, int depth, char *out)
{
    const char *path[4];
    int above = 0;
    for (const char *c = code; c; c = parent_region(c)) path[above++] = c;
    strcpy(out, depth < 0 || depth >= above ? code : path[above - 1 - depth]);
}

static void lift_sector(const char *code, int depth, char *out)
{
    strcpy(out, code);
    for (char *dot = out; depth >= 0 && (dot = strchr(dot, '.')); dot++)
        if (depth-- == 0) {
            *dot = '\0';
            return;
        }
}

/* A row's keys in the order of ltn_by, joined. */
static void join_keys(const row *r, const ltn_grouping *g, char *out)
{
    char region[64], sector[64];
    lift_region(r->region, g->region_depth, region);
    lift_sector(r->sector, g->sector_depth, sector);
    const char *keys[] = {
        g->by & LTN_BY_REGION ? region : NULL,
        g->by & LTN_BY_SECTOR ? sector : NULL,
        g->by & LTN_BY_SOURCE ? r->source : NULL,
        g->by & LTN_BY_OWNER ? (r->owner ? r->owner : "-") : NULL,
        g->by & LTN_BY_FUEL ? (r->fuel ? r->fuel : "-") : NULL,
        g->attribute ? (r->owner ? r->owner : "-") : NULL,
        g->by & LTN_BY_POLLUTANT ? r->pollutant : NULL,
    };
    out[0] = '\0';
    for (size_t k = 0; k < COUNT(keys); k++)
        if (keys[k]) strcat(strcat(out, keys[k]), "/");
}

static void join_group(const ltn_table *table, size_t group, char *out)
{
    out[0] = '\0';
    for (size_t c = 0; c + 1 < ltn_table_columns(table); c++) {
        const char *word = ltn_table_text(table, group, c);
        strcat(strcat(out, word ? word : "-"), "/");
    }
}

static double sum_of_rows(const ltn_grouping *g, const char *keys)
{
    double sum = 0; /* exact: every emission is a multiple of 1/16 */
    for (const row *r = rows; r < rows + COUNT(rows); r++) {
        char own[256];
        join_keys(r, g, own);
        if (strcmp(own, keys) == 0) sum += r->emission_t;
    }
    return sum;
}

static size_t count_groups(const ltn_grouping *g)
{
    char seen[COUNT(rows)][256];
    size_t count = 0;
    for (size_t i = 0; i < COUNT(rows); i++) {
        join_keys(&rows[i], g, seen[count]);
        size_t k = 0;
        while (strcmp(seen[k], seen[count])) k++;
        count += k == count;
    }
    return count;
}

static void check_summary(const ltn_inventory *inventory, const ltn_grouping *g)
{
    ltn_table *table;
    assert_ok(ltn_inventory_summarise(inventory, g, &table));
    assert_int_equal(ltn_table_rows(table), count_groups(g));
    size_t value = ltn_table_columns(table) - 1;
    assert_string_equal(ltn_table_name(table, value), "emission_t");
    for (size_t group = 0; group < ltn_table_rows(table); group++) {
        char keys[256];
        join_group(table, group, keys);
        if (ltn_table_number(table, group, value) != sum_of_rows(g, keys))
            fail_msg("by %x at %d, %d: %s is %g; expected %g", g->by, g->region_depth, g->sector_depth, keys,
                     ltn_table_number(table, group, value), sum_of_rows(g, keys));
    }
    ltn_table_free(table);
}

static void test_summaries_by_every_grouping(void **state)
{
    (void)state;
    static const unsigned flags[] = {LTN_BY_REGION, LTN_BY_SECTOR, LTN_BY_SOURCE,
                                     LTN_BY_OWNER,  LTN_BY_FUEL,   LTN_BY_POLLUTANT};
    ltn_inventory *inventory = make_sample(NULL);
    for (unsigned choice = 0; choice < 1u << COUNT(flags); choice++)
        for (int region_depth = -1; region_depth <= 3; region_depth++)
            for (int sector_depth = -1; sector_depth <= 3; sector_depth++) {
                ltn_grouping g;
                ltn_grouping_init(&g, 0);
                for (size_t f = 0; f < COUNT(flags); f++)
                    if (choice >> f & 1) g.by |= flags[f];
                g.region_depth = region_depth;
                g.sector_depth = sector_depth;
                g.attribute = choice % 3 ? NULL : "owner";
                check_summary(inventory, &g);
            }
    ltn_inventory_free(inventory);
}

static void test_summary_has_its_columns_in_order(void **state)
{
    (void)state;
    static const char *const names[] = {"region", "sector",   "source",    "owner",
                                        "fuel",   "facility", "pollutant", "emission_t"};
    ltn_inventory *inventory = make_sample(NULL);
    ltn_grouping g;
    ltn_grouping_init(&g,
                      LTN_BY_POLLUTANT | LTN_BY_FUEL | LTN_BY_OWNER | LTN_BY_SOURCE | LTN_BY_SECTOR | LTN_BY_REGION);
    g.attribute = "facility";
    ltn_table *table;
    assert_ok(ltn_inventory_summarise(inventory, &g, &table));
    assert_int_equal(ltn_table_columns(table), COUNT(names));
    for (size_t c = 0; c < COUNT(names); c++) assert_string_equal(ltn_table_name(table, c), names[c]);
    ltn_table_free(table);

    /* Groups follow the tree: the city, the county and its zone, the other county, the other city. */
    ltn_grouping_init(&g, LTN_BY_REGION);
    assert_ok(ltn_inventory_summarise(inventory, &g, &table));
    static const char *const order[] = {"330300", "330303", "330371", "330305", "331000"};
    assert_int_equal(ltn_table_rows(table), COUNT(order));
    for (size_t i = 0; i < COUNT(order); i++) assert_string_equal(ltn_table_text(table, i, 0), order[i]);
    ltn_table_free(table);
    ltn_inventory_free(inventory);
}

static void test_summaries_are_compensated(void **state)
{
    (void)state;
    /* METHODS.md, Sums, without the negative: 1e16 and ten thousand times 1 lose every 1 when added plainly. */
    ltn_inventory_builder *builder = new_builder(NULL);
    for (int i = 0; i <= 10000; i++) {
        char source[16];
        snprintf(source, sizeof source, "S%d", i);
        add_row(builder, &(row){source, "r", "s", NULL, NULL, "SO2", i ? 1 : 1e16});
    }
    ltn_inventory *inventory;
    assert_ok(ltn_inventory_builder_finish(builder, &inventory));
    ltn_inventory_builder_free(builder);
    ltn_grouping g;
    ltn_grouping_init(&g, LTN_BY_POLLUTANT);
    ltn_table *table;
    assert_ok(ltn_inventory_summarise(inventory, &g, &table));
    assert_true(ltn_table_number(table, 0, 1) == 1e16 + 10000);
    ltn_table_free(table);
    ltn_inventory_free(inventory);
}

static void test_summarise_refuses(void **state)
{
    (void)state;
    ltn_inventory *inventory = read_text("s.csv", HEAD ",stack_m\nA,r,s,SO2,1,45.5\n");
    ltn_grouping g;
    ltn_table *table = (ltn_table *)1;
    static const unsigned ledger_only[] = {LTN_BY_YEAR, LTN_BY_MEASURE, LTN_BY_TASK, LTN_BY_BUREAU, LTN_BY_CLASS};
    for (size_t i = 0; i < COUNT(ledger_only); i++) {
        ltn_grouping_init(&g, LTN_BY_REGION | ledger_only[i]);
        assert_status(ltn_inventory_summarise(inventory, &g, &table), LTN_EARGUMENT);
        assert_null(table);
    }
    ltn_grouping_init(&g, LTN_BY_REGION);
    g.attribute = "nothing";
    assert_status(ltn_inventory_summarise(inventory, &g, &table), LTN_ENOTFOUND);
    assert_null(table);
    g.attribute = "stack_m"; /* numbers */
    assert_status(ltn_inventory_summarise(inventory, &g, &table), LTN_EARGUMENT);
    ltn_inventory_free(inventory);
}

/* ---- compare ---- */

static void test_compare(void **state)
{
    (void)state;
    ltn_inventory *before =
        read_text("before.csv", "# baseline: x\n" HEAD "\nA,r,s,SO2,10.5\nB,q,s,SO2,4\nA,r,s,NOx,3\n");
    ltn_inventory *after =
        read_text("after.csv", "# baseline: x+plan\n" HEAD "\nC,p,s,NOx,1.25\nB,q,s,SO2,4.5\nA,r,s,SO2,7.25\n");
    ltn_grouping g;
    ltn_grouping_init(&g, LTN_BY_REGION | LTN_BY_POLLUTANT);
    ltn_table *table;
    assert_ok(ltn_inventory_compare(before, after, &g, &table));
    static const struct {
        const char *region, *pollutant;
        double before, after;
    } expected[] = {{"r", "SO2", 10.5, 7.25}, {"r", "NOx", 3, 0}, {"q", "SO2", 4, 4.5}, {"p", "NOx", 0, 1.25}};
    assert_int_equal(ltn_table_rows(table), COUNT(expected));
    for (size_t i = 0; i < COUNT(expected); i++) {
        size_t at = 0;
        while (at < COUNT(expected) && (strcmp(ltn_table_text(table, at, 0), expected[i].region) ||
                                        strcmp(ltn_table_text(table, at, 1), expected[i].pollutant)))
            at++;
        assert_true(at < COUNT(expected));
        assert_true(ltn_table_number(table, at, (size_t)ltn_table_find(table, "before_t")) == expected[i].before);
        assert_true(ltn_table_number(table, at, (size_t)ltn_table_find(table, "after_t")) == expected[i].after);
        assert_true(ltn_table_number(table, at, (size_t)ltn_table_find(table, "difference_t")) ==
                    expected[i].after - expected[i].before);
    }
    ltn_table_free(table);
    ltn_inventory_free(before);
    ltn_inventory_free(after);
}

static void test_compare_holds_labels_against_each_other(void **state)
{
    (void)state;
    static const struct {
        const char *before, *after;
        ltn_status status;
    } cases[] = {
        {"x", "x", LTN_OK},
        {"x", "x+plan", LTN_OK},
        {"x+plan", "x+other", LTN_OK},
        {"x", "y", LTN_EBASELINE},
        {"x", "xy", LTN_EBASELINE},
        {"xy", "x+plan", LTN_EBASELINE},
        {NULL, "x", LTN_EBASELINE},
        {"x", NULL, LTN_EBASELINE},
        {NULL, NULL, LTN_EBASELINE},
        {"+plan", "+plan", LTN_EBASELINE},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        ltn_inventory *before = make_sample(cases[i].before), *after = make_sample(cases[i].after);
        ltn_grouping g;
        ltn_grouping_init(&g, LTN_BY_POLLUTANT);
        ltn_table *table = (ltn_table *)1;
        assert_status(ltn_inventory_compare(before, after, &g, &table), cases[i].status);
        assert_true((table == NULL) == (cases[i].status != LTN_OK));
        ltn_table_free(table);
        ltn_inventory_free(before);
        ltn_inventory_free(after);
    }
}

/* Names longer than any buffer are still two names. */
static void test_compare_with_long_names(void **state)
{
    (void)state;
    char names[2][3001];
    for (size_t i = 0; i < 2; i++) {
        memset(names[i], 'x', 3000);
        names[i][2999] = (char)('a' + i);
        names[i][3000] = '\0';
    }
    const row pair[] = {{names[0], "r", "s", NULL, NULL, "SO2", 1.5}, {names[1], "r", "s", NULL, NULL, "SO2", 2.25}};
    ltn_inventory *a = make_inventory(pair, 2, "x", NULL), *b = make_inventory(pair, 2, "x+plan", NULL);
    ltn_grouping g;
    ltn_grouping_init(&g, LTN_BY_SOURCE | LTN_BY_FUEL | LTN_BY_POLLUTANT);
    ltn_table *table;
    assert_ok(ltn_inventory_compare(a, b, &g, &table));
    assert_int_equal(ltn_table_rows(table), 2);
    assert_true(ltn_table_number(table, 0, 3) == 1.5);
    assert_true(ltn_table_number(table, 1, 3) == 2.25);
    assert_true(ltn_table_number(table, 1, 5) == 0);
    ltn_table_free(table);
    ltn_inventory_free(a);
    ltn_inventory_free(b);
}

/* An absent fuel is another group than every fuel, also when two inventories are laid side by side. */
static void test_compare_keeps_absent_apart(void **state)
{
    (void)state;
    ltn_inventory *a = make_sample("x"), *b = make_sample("x");
    ltn_grouping g;
    ltn_grouping_init(&g, LTN_BY_FUEL | LTN_BY_OWNER);
    ltn_table *table, *alone;
    assert_ok(ltn_inventory_compare(a, b, &g, &table));
    assert_ok(ltn_inventory_summarise(a, &g, &alone));
    assert_int_equal(ltn_table_rows(table), ltn_table_rows(alone));
    for (size_t i = 0; i < ltn_table_rows(table); i++) {
        const char *fuel = ltn_table_text(table, i, 1), *same = ltn_table_text(alone, i, 1);
        assert_true(fuel ? same && strcmp(fuel, same) == 0 : !same);
    }
    ltn_table_free(alone);
    ltn_table_free(table);
    ltn_inventory_free(a);
    ltn_inventory_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tree_names),
        cmocka_unit_test(test_zone_lies_in_its_county),
        cmocka_unit_test(test_tree_refuses),
        cmocka_unit_test(test_builder_makes_what_csv_makes),
        cmocka_unit_test(test_builder_reckons),
        cmocka_unit_test(test_builder_refuses),
        cmocka_unit_test(test_builder_names_bad_rows_by_number),
        cmocka_unit_test(test_builder_takes_nan_as_absent),
        cmocka_unit_test(test_builder_that_is_finished),
        cmocka_unit_test(test_filter),
        cmocka_unit_test(test_filter_counts_assumed_removals),
        cmocka_unit_test(test_concatenate_gives_the_whole_back),
        cmocka_unit_test(test_concatenate_merges_trees_and_columns),
        cmocka_unit_test(test_concatenate_refuses),
        cmocka_unit_test(test_concatenate_refuses_trees_that_contradict),
        cmocka_unit_test(test_summaries_by_every_grouping),
        cmocka_unit_test(test_summary_has_its_columns_in_order),
        cmocka_unit_test(test_summaries_are_compensated),
        cmocka_unit_test(test_summarise_refuses),
        cmocka_unit_test(test_compare),
        cmocka_unit_test(test_compare_holds_labels_against_each_other),
        cmocka_unit_test(test_compare_with_long_names),
        cmocka_unit_test(test_compare_keeps_absent_apart),
    };
    obey_test_filter();
    return cmocka_run_group_tests_name("inventory", tests, NULL, remove_temporary_folder);
}
