/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The first byte chooses a table (r regions, s sectors, t targets, c crosswalk; others modulo 4) and, in upper case, the
 * encoding gb18030; the rest is its CSV. What can be read is used. */
#include "fuzz.h"

#include <math.h>

static const char plan[] =
    "{scenario: fixed, base_year: 2015, years: [2015, 2020], scopes: {county: {not: {owner: province}}, none: {owner: "
    "nobody}},\n"
    " measures: [{id: m, where: {sector: combustion}, retire: {share: 40 %}}]}\n";

static const ltn_projection *fixed_run(void)
{
    static ltn_projection *run;
    ltn_scenario *scenario = NULL;
    if (run) return run;
    if (ltn_scenario_parse(plan, sizeof plan - 1, "plan.yaml", NULL, &scenario) ||
        ltn_projection_run(fuzz_inventory(), scenario, NULL, &run))
        abort();
    ltn_scenario_free(scenario);
    return run;
}

/* ---- trees ---- */

static void walk_tree(const ltn_tree *tree)
{
    int32_t count = (int32_t)ltn_tree_count(tree);
    CHECK(ltn_table_rows(ltn_tree_table(tree)) == (size_t)count, "the tree's table has another size");
    for (int32_t node = -1; node <= count; node++) {
        const char *code = ltn_tree_code(tree, node);
        CHECK(!code == (node < 0 || node >= count), "node %d of %d has a wrong code", node, count);
        if (!code) continue;
        CHECK(ltn_tree_find(tree, code) == node, "code '%s' is not found", code);
        CHECK(ltn_tree_name(tree, node, LTN_ENGLISH) && ltn_tree_name(tree, node, LTN_CHINESE), "'%s' has no name",
              code);
        int depth = ltn_tree_depth(tree, node), steps = 0;
        for (int32_t above = node; above >= 0 && steps <= count; above = ltn_tree_parent(tree, above)) {
            CHECK(ltn_tree_contains(tree, above, node), "'%s' is not in what is above it", code);
            CHECK(ltn_tree_ancestor(tree, node, depth - steps) == above, "'%s' has another ancestor", code);
            steps++;
        }
        CHECK(steps == depth + 1, "'%s' is %d deep and %d steps from its root", code, depth, steps - 1);
        (void)ltn_tree_ancestor(tree, node, -1);
        (void)ltn_tree_ancestor(tree, node, 1000);
    }
    fuzz_walk_table(ltn_tree_table(tree));
}

typedef ltn_status read_tree(const char *, const ltn_read_options *, ltn_tree **);

static void use_tree(ltn_tree *tree, bool regions)
{
    walk_tree(tree);
    /* As written it has the table's own columns: it must at least be a good table of as many nodes. */
    ltn_tree *again = NULL;
    const char *path = fuzz_path("tree.csv");
    CHECK(!ltn_table_write_csv(ltn_tree_table(tree), path), "the tree's table cannot be written");
    read_tree *read = regions ? ltn_regions_read_csv : ltn_sectors_read_csv;
    ltn_read_options options;
    ltn_read_options_init(&options);
    if (ltn_table_find(ltn_tree_table(tree), regions ? "region" : "sector") >= 0) {
        ltn_status status = read(path, &options, &again);
        CHECK(!status, "the tree as written cannot be read: %s", ltn_last_error()->message);
        CHECK(status || ltn_tree_count(again) == ltn_tree_count(tree), "the tree as written has %zu nodes, not %zu",
              status ? 0 : ltn_tree_count(again), ltn_tree_count(tree));
    }
    ltn_tree_free(again);
    ltn_inventory_builder *builder = NULL;
    ltn_inventory *inventory = NULL;
    ltn_inventory_options inventory_options;
    ltn_inventory_options_init(&inventory_options);
    if (regions)
        inventory_options.regions = tree;
    else
        inventory_options.sectors = tree;
    if (ltn_inventory_builder_create(&inventory_options, &builder)) abort();
    bool good = true;
    for (int32_t node = 0; good && node < (int32_t)ltn_tree_count(tree); node++) {
        char source[16];
        snprintf(source, sizeof source, "%d", node);
        good = !ltn_inventory_builder_row(builder) && !ltn_inventory_builder_text(builder, "source", source) &&
               !ltn_inventory_builder_text(builder, "region", regions ? ltn_tree_code(tree, node) : "r") &&
               !ltn_inventory_builder_text(builder, "sector", regions ? "s" : ltn_tree_code(tree, node)) &&
               !ltn_inventory_builder_text(builder, "pollutant", "SO2") &&
               !ltn_inventory_builder_number(builder, "emission_t", 1);
    }
    CHECK(good, "a row cannot be made: %s", ltn_last_error()->message);
    ltn_status status = ltn_inventory_builder_finish(builder, &inventory);
    CHECK(!status || !ltn_tree_count(tree), "no inventory is to be had over the tree: %s", ltn_last_error()->message);
    for (int depth = -1; !status && depth < 3; depth++) {
        ltn_grouping grouping;
        ltn_grouping_init(&grouping, LTN_BY_REGION | LTN_BY_SECTOR);
        grouping.region_depth = grouping.sector_depth = depth;
        ltn_table *table = NULL;
        if (!fuzz_outcome(ltn_inventory_summarise(inventory, &grouping, &table), table, "ltn_inventory_summarise"))
            fuzz_walk_table(table);
        ltn_table_free(table);
    }
    ltn_inventory_free(inventory);
    ltn_inventory_builder_free(builder);
}

/* ---- targets and crosswalks ---- */

static void use_targets(const ltn_targets *targets)
{
    ltn_table *table = NULL;
    if (!fuzz_outcome(ltn_targets_check(targets, fixed_run(), &table), table, "ltn_targets_check")) {
        CHECK(ltn_table_rows(table) == ltn_targets_count(targets), "%zu rows for %zu targets", ltn_table_rows(table),
              ltn_targets_count(targets));
        fuzz_walk_table(table);
        int met = ltn_table_find(table, "met");
        for (size_t row = 0; met >= 0 && row < ltn_table_rows(table); row++) {
            const char *text = ltn_table_text(table, row, (size_t)met);
            CHECK(!text || !strcmp(text, "yes") || !strcmp(text, "no"), "a target is met: '%s'", text);
        }
    }
    ltn_table_free(table);
}

static double total(const ltn_inventory *inventory)
{
    const ltn_table *emissions = ltn_inventory_emissions(inventory);
    double sum = 0;
    size_t c = (size_t)ltn_table_find(emissions, "emission_t");
    for (size_t row = 0; row < ltn_table_rows(emissions); row++) sum += ltn_table_number(emissions, row, c);
    return sum;
}

static void use_crosswalk(const ltn_crosswalk *crosswalk)
{
    static const int years[] = {0, 2015, 2020, 9999};
    ltn_tree *regions = fuzz_regions();
    for (size_t i = 0; i < 2 * sizeof years / sizeof *years; i++) {
        ltn_inventory *moved = NULL;
        ltn_read_options options;
        ltn_read_options_init(&options);
        if (ltn_diagnostics_create(&options.diagnostics)) abort();
        ltn_status status = ltn_inventory_recode(fuzz_inventory(), crosswalk, years[i / 2], i % 2 ? regions : NULL,
                                                 i < 4 ? &options : NULL, &moved);
        if (!fuzz_outcome(status, moved, "ltn_inventory_recode")) {
            double before = total(fuzz_inventory()), after = total(moved);
            CHECK(fabs(after - before) <= 1e-6 * before, "recoded, %g t are %g t", before, after);
            fuzz_walk_table(ltn_inventory_sources(moved));
            fuzz_walk_table(ltn_inventory_emissions(moved));
        }
        ltn_inventory_free(moved);
        ltn_diagnostics_free(options.diagnostics);
    }
    ltn_tree_free(regions);
}

/* ---- choosing ---- */

static int kind_of(uint8_t byte)
{
    static const char letters[] = "rstcRSTC";
    const char *found = byte ? strchr(letters, byte) : NULL;
    return found ? (int)(found - letters) : byte % 8;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size) return 0;
    fuzz_input(data, size);
    int kind = kind_of(data[0]);
    ltn_read_options options;
    ltn_read_options_init(&options);
    options.encoding = kind >= 4 ? "gb18030" : NULL;
    if (ltn_diagnostics_create(&options.diagnostics)) abort();
    fuzz_file("input.csv", data + 1, size - 1);
    ltn_tree *tree = NULL;
    ltn_targets *targets = NULL;
    ltn_crosswalk *crosswalk = NULL;
    ltn_status status;
    if (kind % 4 == 0 || kind % 4 == 1) {
        read_tree *read = kind % 4 ? ltn_sectors_read_csv : ltn_regions_read_csv;
        if (!(status = fuzz_outcome(read("input.csv", &options, &tree), tree, "reading a tree")))
            use_tree(tree, kind % 4 == 0);
    } else if (kind % 4 == 2) {
        status = ltn_targets_read_csv("input.csv", &options, &targets);
        if (!fuzz_outcome(status, targets, "ltn_targets_read_csv")) use_targets(targets);
    } else {
        status = ltn_crosswalk_read_csv("input.csv", &options, &crosswalk);
        if (!fuzz_outcome(status, crosswalk, "ltn_crosswalk_read_csv")) use_crosswalk(crosswalk);
    }
    CHECK(status || !ltn_diagnostics_errors(options.diagnostics), "the table is read with errors");
    CHECK(status != LTN_EINPUT || ltn_diagnostics_errors(options.diagnostics), "it is refused without a complaint");
    ltn_tree_free(tree);
    ltn_targets_free(targets);
    ltn_crosswalk_free(crosswalk);
    ltn_diagnostics_free(options.diagnostics);
    return 0;
}
