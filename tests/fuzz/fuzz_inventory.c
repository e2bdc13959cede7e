/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The input is an inventory's CSV: read with either encoding by one thread and by two, which must agree in everything;
 * what can be read is summarised, taken apart and put together, written, and must come back the same. */
#include "fuzz.h"

#include <math.h>

typedef struct outcome {
    ltn_status status;
    ltn_inventory *inventory;
    ltn_diagnostics *list;
} outcome;

static outcome read_as(const char *path, const char *encoding, int threads, bool trees)
{
    outcome o = {0};
    ltn_inventory_options options;
    ltn_inventory_options_init(&options);
    if (ltn_diagnostics_create(&o.list)) abort();
    options.diagnostics = o.list;
    options.encoding = encoding;
    options.threads = threads;
    options.regions = trees ? fuzz_regions() : NULL;
    options.sectors = trees ? fuzz_sectors() : NULL;
    options.no_defaults = trees;
    o.status =
        fuzz_outcome(ltn_inventory_read_csv(path, &options, &o.inventory), o.inventory, "ltn_inventory_read_csv");
    ltn_tree_free(options.regions);
    ltn_tree_free(options.sectors);
    CHECK(o.status != LTN_EINPUT || ltn_diagnostics_errors(o.list), "the file is refused without a complaint");
    CHECK(o.status || !ltn_diagnostics_errors(o.list), "the file is read with errors");
    for (size_t i = 0; i < ltn_diagnostics_count(o.list); i++) {
        const ltn_diagnostic *d = ltn_diagnostics_get(o.list, i);
        CHECK(d->line >= 0 && d->column >= 0 && *d->message && *d->source, "complaint %zu has no place or words", i);
    }
    return o;
}

static void forget(outcome *o)
{
    ltn_inventory_free(o->inventory);
    ltn_diagnostics_free(o->list);
}

static void same_outcomes(const outcome *a, const outcome *b, const char *what)
{
    CHECK(a->status == b->status, "%s: %d and %d", what, a->status, b->status);
    CHECK(ltn_diagnostics_count(a->list) == ltn_diagnostics_count(b->list), "%s: %zu complaints and %zu", what,
          ltn_diagnostics_count(a->list), ltn_diagnostics_count(b->list));
    for (size_t i = 0; i < ltn_diagnostics_count(a->list) && i < ltn_diagnostics_count(b->list); i++) {
        const ltn_diagnostic *x = ltn_diagnostics_get(a->list, i), *y = ltn_diagnostics_get(b->list, i);
        CHECK(x->line == y->line && x->column == y->column && x->severity == y->severity &&
                  strcmp(x->message, y->message) == 0,
              "%s: complaint %d:%d: %s; and %d:%d: %s", what, x->line, x->column, x->message, y->line, y->column,
              y->message);
    }
    if (a->inventory && b->inventory) fuzz_same_inventories(a->inventory, b->inventory, 0, what);
}

/* ---- what is done with an inventory ---- */

static double total_of(const ltn_table *table, const char *column)
{
    double sum = 0;
    int c = ltn_table_find(table, column);
    for (size_t row = 0; c >= 0 && row < ltn_table_rows(table); row++) sum += ltn_table_number(table, row, (size_t)c);
    return sum;
}

static void summarise(const ltn_inventory *inventory)
{
    static const unsigned groups[] = {
        0, LTN_BY_POLLUTANT, LTN_BY_REGION | LTN_BY_SECTOR, LTN_BY_YEAR | LTN_BY_OWNER | LTN_BY_FUEL,
        LTN_BY_REGION | LTN_BY_SECTOR | LTN_BY_SOURCE | LTN_BY_OWNER | LTN_BY_FUEL | LTN_BY_POLLUTANT};
    const ltn_table *sources = ltn_inventory_sources(inventory);
    const ltn_table *emissions = ltn_inventory_emissions(inventory);
    double total = total_of(emissions, "emission_t");
    for (size_t row = 0; row < ltn_table_rows(emissions); row++) {
        double value = ltn_table_number(emissions, row, (size_t)ltn_table_find(emissions, "emission_t"));
        CHECK(isfinite(value) && value >= 0, "row %zu emits %g t", row, value);
    }
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        ltn_grouping grouping;
        ltn_grouping_init(&grouping, groups[i]);
        grouping.region_depth = (int)i - 1;
        grouping.sector_depth = (int)i - 1;
        if (i && ltn_table_columns(sources))
            grouping.attribute = ltn_table_name(sources, ltn_table_columns(sources) - 1);
        ltn_table *table = NULL;
        ltn_status status = ltn_inventory_summarise(inventory, &grouping, &table);
        if (!fuzz_outcome(status, table, "ltn_inventory_summarise")) {
            double sum = total_of(table, "emission_t");
            CHECK(fabs(sum - total) <= 1e-9 * fabs(total) || !isfinite(total),
                  "a summary adds up to %g; the rows to %g", sum, total);
            CHECK(!isnan(sum) || isnan(total), "the rows add up to %g; a summary to what is no number", total);
            fuzz_walk_table(table);
        }
        ltn_table_free(table);
        table = NULL;
        if (!fuzz_outcome(ltn_inventory_compare(inventory, inventory, &grouping, &table), table,
                          "ltn_inventory_compare"))
            CHECK(total_of(table, "difference_t") == 0 || !isfinite(total), "an inventory differs from itself by %g",
                  total_of(table, "difference_t"));
        ltn_table_free(table);
    }
}

static void take_apart(const ltn_inventory *inventory)
{
    size_t rows = ltn_table_rows(ltn_inventory_emissions(inventory)),
           sources = ltn_table_rows(ltn_inventory_sources(inventory));
    const int32_t *first = ltn_inventory_first(inventory);
    uint8_t *keep = calloc(rows + 1, 1);
    ltn_inventory *parts[2] = {0}, *whole = NULL;
    if (!keep) abort();
    for (size_t half = 0; half < 2; half++) {
        for (size_t s = 0; s < sources; s++)
            for (int32_t row = first[s]; row < first[s + 1]; row++) keep[row] = (s < (sources + 1) / 2) == (half == 0);
        fuzz_outcome(ltn_inventory_filter(inventory, keep, &parts[half]), parts[half], "ltn_inventory_filter");
    }
    free(keep);
    ltn_status status = ltn_inventory_concatenate((const ltn_inventory *const *)parts, 2, &whole);
    if (!fuzz_outcome(status, whole, "ltn_inventory_concatenate"))
        fuzz_same_inventories(inventory, whole, 0, "taken apart and put together");
    else
        CHECK(0, "two halves of an inventory do not go together: %s", ltn_last_error()->message);
    ltn_inventory_free(whole);
    ltn_inventory_free(parts[0]);
    ltn_inventory_free(parts[1]);
}

static void write_and_read(const ltn_inventory *inventory)
{
    const char *path = fuzz_path("written.csv"), *again = fuzz_path("again.csv");
    ltn_status status = ltn_inventory_write_csv(inventory, path);
    CHECK(!status, "it cannot be written: %s", ltn_last_error()->message);
    if (status) return;
    outcome o = read_as(path, NULL, 1, false);
    CHECK(!o.status, "what was written cannot be read: %s:%d:%d: %s", ltn_last_error()->source, ltn_last_error()->line,
          ltn_last_error()->column, ltn_last_error()->message);
    if (!o.status) {
        fuzz_same_inventories(inventory, o.inventory, 0, "written and read");
        CHECK(!ltn_inventory_write_csv(o.inventory, again), "it cannot be written again");
        size_t size, size_again;
        char *text = fuzz_read_whole(path, &size), *text_again = fuzz_read_whole(again, &size_again);
        CHECK(size == size_again && memcmp(text, text_again, size) == 0, "written again it is another file");
        free(text);
        free(text_again);
    }
    forget(&o);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_input(data, size);
    fuzz_file("input.csv", data ? (const void *)data : "", size);
    outcome plain = read_as("input.csv", NULL, 1, false), two = read_as("input.csv", NULL, 2, false);
    same_outcomes(&plain, &two, "one thread and two");
    outcome gb18030 = read_as("input.csv", "gb18030", 1, false),
            gb18030_two = read_as("input.csv", "GB18030", 2, false);
    same_outcomes(&gb18030, &gb18030_two, "one thread and two, gb18030");
    CHECK(plain.status || !gb18030.status, "UTF-8 is read, but not with encoding gb18030");
    outcome trees = read_as("input.csv", "utf-8", 1, true);
    outcome mapped = read_as(fuzz_mapped(data, size), NULL, 2, false);
    CHECK(mapped.status == plain.status, "mapped: %d; from memory: %d", mapped.status, plain.status);
    if (mapped.inventory && plain.inventory)
        fuzz_same_inventories(mapped.inventory, plain.inventory, 0, "mapped and from memory");
    const ltn_inventory *any = plain.inventory ? plain.inventory : gb18030.inventory;
    if (any) {
        summarise(any);
        take_apart(any);
        write_and_read(any);
    }
    if (trees.inventory) summarise(trees.inventory);
    forget(&plain);
    forget(&two);
    forget(&gb18030);
    forget(&gb18030_two);
    forget(&trees);
    forget(&mapped);
    return 0;
}
