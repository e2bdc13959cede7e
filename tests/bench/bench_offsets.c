/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Projects a scenario and makes its offset book; prints seconds, peak memory, and what is covered by how many claims
 * at what cost.
 * usage: bench_offsets INVENTORY.csv SCENARIO.yaml REGIONS.csv [THREADS] */
#include <lantian.h>

#include <math.h>
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

/* Seconds since, and the most memory so far. */
static double lap(const char *what, double since)
{
    struct rusage usage;
    double t = now();
    getrusage(RUSAGE_SELF, &usage);
    printf("%-12s %8.3f s %6.0f MB\n", what, t - since, (double)usage.ru_maxrss / 1024);
    return t;
}

static double sum(const ltn_table *table, const char *name)
{
    int c = ltn_table_find(table, name);
    double total = 0;
    for (size_t row = 0; row < ltn_table_rows(table); row++) total += ltn_table_number(table, row, (size_t)c);
    return total;
}

static double cost(const ltn_table *credits)
{
    int claimed = ltn_table_find(credits, "claimed_t"), price = ltn_table_find(credits, "cost_yuan_t");
    double total = 0;
    for (size_t row = 0; row < ltn_table_rows(credits); row++) {
        double tonnes = ltn_table_number(credits, row, (size_t)claimed);
        if (tonnes > 0) total += tonnes * ltn_table_number(credits, row, (size_t)price);
    }
    return total;
}

static void print_book(const ltn_offset_book *book)
{
    ltn_table *projects, *claims, *credits;
    must(ltn_offset_book_projects(book, &projects));
    must(ltn_offset_book_claims(book, &claims));
    must(ltn_offset_book_credits(book, &credits));
    printf("%zu projects, %zu credits, %zu claims and remainders; new %.3f t, covered %.6f t, claimed %.6f t, "
           "cost %.3f yuan\n",
           ltn_table_rows(projects), ltn_table_rows(credits), ltn_table_rows(claims), sum(projects, "new_t"),
           sum(projects, "covered_t"), sum(projects, "claimed_t"), cost(credits));
    ltn_table_free(projects);
    ltn_table_free(claims);
    ltn_table_free(credits);
}

int main(int argc, char **argv)
{
    if (argc < 4) return 2;
    ltn_inventory_options reading;
    ltn_projection_options projecting;
    ltn_inventory_options_init(&reading);
    ltn_projection_options_init(&projecting);
    reading.threads = projecting.threads = argc > 4 ? atoi(argv[4]) : 0;
    ltn_inventory *base;
    ltn_scenario *plan;
    ltn_projection *run;
    ltn_offset_book *book;
    must(ltn_regions_read_csv(argv[3], NULL, &reading.regions));
    double t = now();
    must(ltn_inventory_read_csv(argv[1], &reading, &base));
    t = lap("read", t);
    must(ltn_scenario_read_yaml(argv[2], &plan));
    must(ltn_projection_run(base, plan, &projecting, &run));
    t = lap("project", t);
    must(ltn_offset_book_create(run, NULL, &book));
    lap("offset book", t);
    print_book(book);
    ltn_offset_book_free(book);
    ltn_projection_free(run);
    ltn_scenario_free(plan);
    ltn_inventory_free(base);
    ltn_tree_free(reading.regions);
    return 0;
}
