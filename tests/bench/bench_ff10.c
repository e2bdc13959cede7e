/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads an inventory (FF10, CSV, compressed or not) and sums it by county and pollutant; prints seconds, the number of
 * sums, their total [t] and the peak of memory, with and without the mapped file.
 * usage: bench_ff10 FILE [THREADS] */
#include <lantian.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

/* Peak of a kind of memory [MB] so far; of the whole process where it is VmHWM. */
static double status_line(const char *key)
{
    char line[256];
    double kilobytes = 0;
    FILE *file = fopen("/proc/self/status", "r");
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, key, strlen(key)) == 0) kilobytes = atof(line + strlen(key) + 1);
    if (file) fclose(file);
    return kilobytes / 1000;
}

int main(int argc, char **argv)
{
    if (argc < 2) return 2;
    ltn_inventory_options options;
    ltn_inventory_options_init(&options);
    options.threads = argc > 2 ? atoi(argv[2]) : 0;
    ltn_inventory *inventory;
    ltn_table *sums;
    ltn_grouping grouping;
    double start = now();
    must(ltn_inventory_read(argv[1], &options, &inventory));
    double read = now();
    ltn_grouping_init(&grouping, LTN_BY_REGION | LTN_BY_POLLUTANT);
    must(ltn_inventory_summarise(inventory, &grouping, &sums));
    double done = now(), total = 0;
    for (size_t row = 0; row < ltn_table_rows(sums); row++)
        total += ltn_table_number(sums, row, (size_t)ltn_table_find(sums, "emission_t"));
    printf("read %.3f s, sums %.3f s, together %.3f s; %zu rows, %zu sums, %.6f t\n", read - start, done - read,
           done - start, ltn_table_rows(ltn_inventory_emissions(inventory)), ltn_table_rows(sums), total);
    printf("peak %.0f MB resident; at the end %.0f MB, of which %.0f MB are not a file's\n", status_line("VmHWM:"),
           status_line("VmRSS:"), status_line("RssAnon:"));
    ltn_table_free(sums);
    ltn_inventory_free(inventory);
    return 0;
}
