/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads an inventory and a scenario, projects every year and summarises; prints seconds and peak memory.
 * usage: bench_plan INVENTORY.csv SCENARIO.yaml [THREADS] */
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
    ltn_inventory_options_init(&reading);
    ltn_projection_options_init(&projecting);
    reading.threads = projecting.threads = argc > 3 ? atoi(argv[3]) : 0;
    ltn_inventory *base;
    ltn_scenario *plan;
    ltn_projection *run;
    ltn_table *sums, *ledger;
    ltn_grouping grouping;
    double start = now(), t = start;
    must(ltn_inventory_read_csv(argv[1], &reading, &base));
    t = lap("read", t);
    must(ltn_scenario_read_yaml(argv[2], &plan));
    must(ltn_projection_run(base, plan, &projecting, &run));
    t = lap("project", t);
    must(ltn_projection_summarise(run, LTN_BY_YEAR | LTN_BY_REGION | LTN_BY_SECTOR | LTN_BY_POLLUTANT, &sums));
    t = lap("summarise by region, sector", t);
    printf("%-34s %7.3f s\n", "together", now() - start);
    ltn_grouping_init(&grouping, LTN_BY_YEAR | LTN_BY_MEASURE | LTN_BY_POLLUTANT);
    must(ltn_projection_ledger(run, &grouping, &ledger));
    lap("ledger by measure, year", t);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("CPU %.2f s, peak memory %.0f MB\n",
           (double)usage.ru_utime.tv_sec + (double)usage.ru_stime.tv_sec +
               1e-6 * (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec),
           (double)usage.ru_maxrss / 1024);
    ltn_table_free(sums);
    ltn_table_free(ledger);
    ltn_projection_free(run);
    ltn_scenario_free(plan);
    ltn_inventory_free(base);
    return 0;
}
