/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The input is a store: read whole, in part and summed; what can be read is written and must come back the same. */
#include "fuzz.h"

static const char *file_of(const uint8_t *data, size_t size)
{
    const char *path = fuzz_path("input.h5");
    FILE *file = fopen(path, "wb");
    if (!file || (size && fwrite(data, 1, size, file) != size) || fclose(file)) abort();
    return path;
}

static void read_parts(const char *path, const ltn_inventory *whole)
{
    static const char *const pollutants[] = {"SO2"}, *const within[] = {"330300"};
    ltn_store_read_options options;
    ltn_inventory *part = NULL;
    ltn_store_read_options_init(&options);
    options.threads = 1;
    options.pollutants = pollutants;
    options.pollutant_count = 1;
    ltn_status status = ltn_inventory_read_hdf5(path, &options, &part);
    if (!fuzz_outcome(status, part, "ltn_inventory_read_hdf5, one pollutant") && whole)
        CHECK(ltn_table_rows(ltn_inventory_emissions(part)) <= ltn_table_rows(ltn_inventory_emissions(whole)),
              "a part has more rows than the whole");
    ltn_inventory_free(part);
    part = NULL;
    options.within = within;
    options.within_count = 1;
    options.regions = fuzz_regions();
    options.sectors = fuzz_sectors();
    fuzz_outcome(ltn_inventory_read_hdf5(path, &options, &part), part, "ltn_inventory_read_hdf5, with trees");
    ltn_inventory_free(part);
    ltn_tree_free(options.regions);
    ltn_tree_free(options.sectors);
}

static void sum(const char *path)
{
    static const unsigned groups[] = {0, LTN_BY_REGION | LTN_BY_POLLUTANT,
                                      LTN_BY_SECTOR | LTN_BY_SOURCE | LTN_BY_OWNER | LTN_BY_FUEL};
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        ltn_grouping grouping;
        ltn_table *table = NULL;
        ltn_grouping_init(&grouping, groups[i]);
        grouping.region_depth = (int)i;
        if (!fuzz_outcome(ltn_store_summarise(path, NULL, &grouping, &table), table, "ltn_store_summarise"))
            fuzz_walk_table(table);
        ltn_table_free(table);
    }
}

static void write_and_read(const ltn_inventory *inventory)
{
    const char *path = fuzz_path("written.h5");
    ltn_inventory *again = NULL;
    CHECK(!ltn_inventory_write_hdf5(inventory, path, NULL), "it cannot be written: %s", ltn_last_error()->message);
    CHECK(!ltn_inventory_read_hdf5(path, NULL, &again), "what was written cannot be read: %s",
          ltn_last_error()->message);
    if (again) fuzz_same_inventories(inventory, again, 0, "written and read");
    ltn_inventory_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_input(data, size);
    const char *path = file_of(data, size);
    ltn_inventory *whole = NULL;
    ltn_store_read_options options;
    ltn_store_read_options_init(&options);
    if (ltn_diagnostics_create(&options.diagnostics)) abort();
    ltn_status status = fuzz_outcome(ltn_inventory_read_hdf5(path, &options, &whole), whole, "ltn_inventory_read_hdf5");
    CHECK(status != LTN_EINPUT || ltn_diagnostics_errors(options.diagnostics), "refused without a complaint");
    ltn_diagnostics_free(options.diagnostics);
    if (!status) {
        fuzz_walk_table(ltn_inventory_sources(whole));
        fuzz_walk_table(ltn_inventory_emissions(whole));
        write_and_read(whole);
    }
    read_parts(path, whole);
    sum(path);
    ltn_inventory_free(whole);
    return 0;
}
