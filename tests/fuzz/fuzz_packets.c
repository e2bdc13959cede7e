/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The input is a letter that chooses options, then a file of SMOKE packets. What is read is run on a fixed inventory of
 * points, areas and roads, by one thread and by two, and asked for ledger, explanations, notes and inventory. */
#include "fuzz.h"

#include <math.h>

static const char sources[] =
    "# base_year: 2005\n"
    "source,region,sector,pollutant,emission_t,removal,sic,mact,source_type,facility\n"
    "37001|P1|U1|R1|PR1|10100201,37001,10100201,NOX,3650,0.4,4911,0105,01,Duke\n"
    "37001|P1|U1|R1|PR1|10100201,37001,10100201,SO2,12.5,,4911,0105,01,Duke\n"
    "37001|P1|U2||PR2|10200601,37001,10200601,NOX,0,0,2011,,02,\n"
    "37003|P2|U1|R1|A|10100202,37003,10100202,VOC,88,1,0174,0102-1,,\n"
    "37001|2102004001,37001,2102004001,NOX,500,0.999,4911,0105,,\n"
    "37001|2102004000,37001,2102004000,SO2,2.385,,,,,\n"
    "45001|2201001110,45001,2201001110,NOX,1000,,,,,\n"
    "town,330303,solvent.shoes,VOC,59.9,0,1952,,,P9\n"
    "long|,r,x,VOC,1,,,,,a plant whose name is longer than any field of a packet and then some more of it\n";

static ltn_inventory *fixed(void)
{
    static ltn_inventory *inventory;
    if (inventory) return inventory;
    fuzz_file("fixed.csv", sources, sizeof sources - 1);
    if (ltn_inventory_read_csv("fixed.csv", NULL, &inventory)) abort();
    fuzz_file("fixed.csv", NULL, 0);
    return inventory;
}

static ltn_projection *project(const ltn_scenario *scenario, int threads, ltn_status *out)
{
    ltn_projection *run = NULL;
    ltn_projection_options options;
    ltn_projection_options_init(&options);
    options.threads = threads;
    *out = fuzz_outcome(ltn_projection_run(fixed(), scenario, &options, &run), run, "ltn_projection_run");
    return run;
}

/* Every change of every emission: with the base's they make the projection's. */
static void ask_ledger(const ltn_projection *run, int last)
{
    ltn_grouping grouping;
    ltn_table *table = NULL;
    ltn_grouping_init(&grouping, LTN_BY_MEASURE | LTN_BY_SOURCE | LTN_BY_POLLUTANT);
    if (fuzz_outcome(ltn_projection_ledger(run, &grouping, &table), table, "ltn_projection_ledger")) return;
    const double *after = ltn_projection_emissions(run, last);
    const ltn_table *emissions = ltn_inventory_emissions(fixed());
    double sum = 0, gross = 0;
    for (size_t row = 0; row < ltn_table_rows(emissions); row++) {
        double base = ltn_table_number(emissions, row, (size_t)ltn_table_find(emissions, "emission_t"));
        CHECK(after[row] >= 0, "row %zu emits %g t", row, after[row]);
        sum += base - after[row];
        gross += base + after[row];
    }
    for (size_t row = 0; row < ltn_table_rows(table); row++) {
        double delta = ltn_table_number(table, row, (size_t)ltn_table_find(table, "delta_t"));
        sum += delta;
        gross += fabs(delta);
    }
    CHECK(fabs(sum) <= 1e-9 * gross || !isfinite(gross), "base and ledger are %g t from the projection", sum);
    ltn_table_free(table);
}

static void ask(const ltn_projection *run, int last)
{
    ask_ledger(run, last);
    const ltn_table *table = ltn_inventory_sources(fixed());
    for (size_t s = 0; s < ltn_table_rows(table); s++) {
        ltn_table *steps = NULL;
        ltn_status status = ltn_projection_explain(run, ltn_table_text(table, s, 0), &steps);
        CHECK(!status, "a source cannot be explained: %s", ltn_last_error()->message);
        if (!status) fuzz_walk_table(steps);
        ltn_table_free(steps);
    }
    for (int language = 0; language < 2; language++) {
        ltn_table *notes = NULL;
        if (!fuzz_outcome(ltn_projection_notes(run, (ltn_language)language, &notes), notes, "ltn_projection_notes"))
            fuzz_walk_table(notes);
        ltn_table_free(notes);
    }
    ltn_inventory *made = NULL;
    ltn_status status = fuzz_outcome(ltn_projection_inventory(run, last, &made), made, "ltn_projection_inventory");
    CHECK(!status, "no inventory of %d: %s", last, ltn_last_error()->message);
    if (!status) fuzz_walk_table(ltn_inventory_emissions(made));
    ltn_inventory_free(made);
}

static void run_packets(const ltn_scenario *scenario)
{
    ltn_status status, other_status;
    int last = ltn_scenario_last_year(scenario);
    ltn_projection *run = project(scenario, 1, &status), *other = project(scenario, 2, &other_status);
    CHECK(status == other_status, "one thread: %d; two: %d", status, other_status);
    if (run && other) {
        size_t rows = ltn_table_rows(ltn_inventory_emissions(fixed()));
        CHECK(memcmp(ltn_projection_emissions(run, last), ltn_projection_emissions(other, last),
                     rows * sizeof(double)) == 0,
              "two threads get another %d", last);
        ask(run, last);
    }
    ltn_projection_free(run);
    ltn_projection_free(other);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_input(data, size);
    (void)fixed();
    unsigned choice = size ? data[0] : 0;
    fuzz_file("packets.txt", size ? (const void *)(data + 1) : "", size ? size - 1 : 0);
    ltn_packet_options packets;
    ltn_packet_options_init(&packets);
    packets.base_year = choice & 1 ? 2005 : 0;
    packets.year = choice & 2 ? 2020 : 0;
    packets.scc_before_sic = choice >> 2 & 1;
    packets.full_scc_only = choice >> 3 & 1;
    packets.replace_always = choice >> 4 & 1;
    ltn_read_options options;
    ltn_read_options_init(&options);
    if (ltn_diagnostics_create(&options.diagnostics)) abort();
    ltn_scenario *scenario = NULL;
    ltn_status status = ltn_scenario_read_packets("packets.txt", &packets, &options, &scenario);
    fuzz_outcome(status, scenario, "ltn_scenario_read_packets");
    CHECK(status || !ltn_diagnostics_errors(options.diagnostics), "the packets are read with errors");
    CHECK(status != LTN_EINPUT || ltn_diagnostics_errors(options.diagnostics), "they are refused without a complaint");
    ltn_diagnostics_free(options.diagnostics);
    if (!status) run_packets(scenario);
    ltn_scenario_free(scenario);
    return 0;
}
