/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Draws an inventory that time_ensemble.py made, sums by county, and times it; and beside it the generation and
 * transformation of as many random numbers alone.
 * usage: bench_ensemble INVENTORY.csv SCENARIO.yaml DRAWS [THREADS] */
#include "base/distribution.h"
#include "base/random.h"

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

/* A normal and a triangular number for each source and draw, on one thread. */
static double time_numbers(size_t sources, size_t draws)
{
    enum { LANES = 64 };
    const ltn_distribution normal = {LTN_NORMAL, {1, 0.1}}, triangular = {LTN_TRIANGULAR, {0.7, 0.9, 0.95}};
    double start = now(), sum = 0, values[LANES];
    for (size_t s = 0; s < 2 * sources; s++)
        for (size_t d = 0; d < draws; d += LANES) {
            ltn_random_uniforms((ltn_random_key){1, 0}, s, d, LANES, values);
            ltn_distribution_quantiles(s % 2 ? &triangular : &normal, values, LANES, values);
            sum += values[d % LANES];
        }
    double seconds = now() - start;
    fprintf(stderr, "(%g)\n", sum);
    return seconds;
}

int main(int argc, char **argv)
{
    static const double ends[] = {0.025, 0.5, 0.975};
    if (argc < 4) return 2;
    ltn_inventory *base;
    ltn_scenario *plan;
    ltn_projection *run;
    ltn_ensemble *ensemble;
    ltn_table *table;
    ltn_ensemble_options options;
    ltn_grouping counties;
    ltn_ensemble_options_init(&options);
    ltn_grouping_init(&counties, LTN_BY_REGION);
    options.grouping = &counties;
    options.draws = strtoull(argv[3], NULL, 10);
    options.threads = argc > 4 ? atoi(argv[4]) : 1;
    must(ltn_inventory_read(argv[1], NULL, &base));
    must(ltn_scenario_read(argv[2], NULL, &plan));
    must(ltn_projection_run(base, plan, NULL, &run));
    double start = now();
    must(ltn_ensemble_run(run, &options, &ensemble));
    must(ltn_ensemble_summary(ensemble, ends, 3, &table));
    double seconds = now() - start;
    size_t sources = ltn_table_rows(ltn_inventory_sources(base));
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    printf("%.4f s, the numbers alone %.4f s on one thread, peak %ld MB", seconds,
           options.threads == 1 ? time_numbers(sources, options.draws) : 0, use.ru_maxrss / 1024);
    int mean = ltn_table_find(table, "mean_t"), sd = ltn_table_find(table, "sd_t");
    printf(", first county %.4f ± %.4f t\n", ltn_table_number(table, 0, (size_t)mean),
           ltn_table_number(table, 0, (size_t)sd));
    ltn_table_free(table);
    ltn_ensemble_free(ensemble);
    ltn_projection_free(run);
    ltn_scenario_free(plan);
    ltn_inventory_free(base);
    return 0;
}
