/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads an inventory and SMOKE packets that make_packets.py made, and runs them; prints seconds and peak memory.
 * usage: bench_packets INVENTORY.csv PACKETS.txt [THREADS] */
#include <lantian.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void must(ltn_status status)
{
    if (!status) return;
    const ltn_error *e = ltn_last_error();
    fprintf(stderr, "%s:%d:%d: %s\n", e->source, e->line, e->column, e->message);
    exit(1);
}

static double lap(const char *what, double since)
{
    double t = now();
    printf("%-34s %7.3f s\n", what, t - since);
    return t;
}

int main(int argc, char **argv)
{
    if (argc < 3) return 2;
    ltn_inventory_options reading;
    ltn_projection_options projecting;
    ltn_packet_options packets;
    ltn_inventory_options_init(&reading);
    ltn_projection_options_init(&projecting);
    ltn_packet_options_init(&packets);
    reading.threads = projecting.threads = argc > 3 ? atoi(argv[3]) : 0;
    ltn_inventory *base;
    ltn_scenario *plan;
    ltn_projection *run;
    double t = now();
    must(ltn_inventory_read_csv(argv[1], &reading, &base));
    t = lap("read the inventory", t);
    packets.base_year = ltn_inventory_base_year(base);
    must(ltn_scenario_read_packets(argv[2], &packets, NULL, &plan));
    t = lap("read the packets", t);
    must(ltn_projection_run(base, plan, &projecting, &run));
    lap("match and project", t);
    double before = 0, after = 0;
    size_t rows = ltn_table_rows(ltn_inventory_emissions(base));
    for (size_t row = 0; row < rows; row++) {
        before += ltn_projection_emissions(run, ltn_scenario_base_year(plan))[row];
        after += ltn_projection_emissions(run, ltn_scenario_last_year(plan))[row];
    }
    printf("%zu sources, %zu emissions, %.0f t to %.0f t\n", ltn_table_rows(ltn_inventory_sources(base)), rows, before,
           after);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("peak memory %.0f MB\n", (double)usage.ru_maxrss / 1024);
    ltn_projection_free(run);
    ltn_scenario_free(plan);
    ltn_inventory_free(base);
    return 0;
}
