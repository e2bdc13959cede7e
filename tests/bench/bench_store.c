/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How long a store takes: written, read whole, summed by county and pollutant, and read in part.
 *
 *     bench_store PATH [ROWS]
 *
 * ROWS (10 million) emission rows of a made-up inventory: 6 pollutants a source, 3,000 counties in 50 states, 120
 * sectors, activities and emissions of four to six digits, removals on half of the rows. */
#include <lantian.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Of all threads: on a machine that has nothing else to do, wall time is this divided by the threads, or more. */
static double cpu(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

typedef struct watch {
    double wall, cpu;
} watch;

static watch start_watch(void)
{
    return (watch){now(), cpu()};
}

static void say(const char *what, watch since)
{
    printf("%-45s %6.2f s, %6.2f s of processors\n", what, now() - since.wall, cpu() - since.cpu);
}

static void stop_at(ltn_status status)
{
    if (!status) return;
    const ltn_error *e = ltn_last_error();
    fprintf(stderr, "%s: %s\n", e->source, e->message);
    exit(1);
}

/* xorshift64*, Vigna 2016. */
static double uniform(void)
{
    static uint64_t state = 20180701;
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return (double)((state * 0x2545F4914F6CDD1Du) >> 11) * 0x1p-53;
}

static double digits(double value, double unit)
{
    return round(value / unit) * unit;
}

enum { POLLUTANTS = 6, COUNTIES = 3000, STATES = 50, SECTORS = 120 };

static ltn_tree *make_regions(void)
{
    ltn_tree *tree;
    char state[16], county[16];
    stop_at(ltn_tree_create(&tree));
    for (int s = 0; s < STATES; s++) {
        snprintf(state, sizeof state, "%02d", s + 1);
        stop_at(ltn_tree_add(tree, state, NULL, NULL, NULL));
        for (int c = 0; c < COUNTIES / STATES; c++) {
            snprintf(county, sizeof county, "%02d%03d", s + 1, 2 * c + 1);
            stop_at(ltn_tree_add(tree, county, state, NULL, NULL));
        }
    }
    return tree;
}

static void add_source(ltn_inventory_builder *b, size_t number)
{
    static const char *const pollutants[POLLUTANTS] = {"SO2", "NOx", "VOC", "PM25", "PM10", "CO"};
    char id[32], region[16], sector[48];
    int county = (int)(number * COUNTIES / 1700000 % COUNTIES), kind = (int)(uniform() * SECTORS);
    snprintf(id, sizeof id, "S%08zu", number);
    snprintf(region, sizeof region, "%02d%03d", county / (COUNTIES / STATES) + 1,
             2 * (county % (COUNTIES / STATES)) + 1);
    snprintf(sector, sizeof sector, "group%d.process%d", kind / 12, kind % 12);
    double activity = digits(exp(3 * uniform() + 4), 0.1);
    for (int p = 0; p < POLLUTANTS; p++) {
        double factor = digits(0.2 + (kind * 7 + p * 3) % 50, 0.01), removal = kind % 2 ? digits(uniform(), 0.001) : 0;
        stop_at(ltn_inventory_builder_row(b));
        stop_at(ltn_inventory_builder_text(b, "source", id));
        stop_at(ltn_inventory_builder_text(b, "region", region));
        stop_at(ltn_inventory_builder_text(b, "sector", sector));
        stop_at(ltn_inventory_builder_text(b, "pollutant", pollutants[p]));
        stop_at(ltn_inventory_builder_text(b, "activity_unit", "t"));
        stop_at(ltn_inventory_builder_text(b, "factor_unit", "kg/t"));
        stop_at(ltn_inventory_builder_number(b, "activity", activity));
        stop_at(ltn_inventory_builder_number(b, "factor", factor));
        if (kind % 2) stop_at(ltn_inventory_builder_number(b, "removal", removal));
        stop_at(ltn_inventory_builder_number(b, "emission_t", activity * factor / 1000 * (1 - removal)));
    }
}

static ltn_inventory *make_inventory(size_t rows)
{
    ltn_inventory_options options;
    ltn_inventory_builder *b;
    ltn_inventory *made;
    ltn_inventory_options_init(&options);
    options.regions = make_regions();
    stop_at(ltn_inventory_builder_create(&options, &b));
    stop_at(ltn_inventory_builder_metadata(b, "base_year", "2015"));
    for (size_t s = 0; s < rows / POLLUTANTS; s++) add_source(b, s);
    stop_at(ltn_inventory_builder_finish(b, &made));
    ltn_inventory_builder_free(b);
    ltn_tree_free(options.regions);
    return made;
}

static double sum_of(const ltn_table *table)
{
    double sum = 0;
    size_t c = (size_t)ltn_table_find(table, "emission_t");
    for (size_t row = 0; row < ltn_table_rows(table); row++) sum += ltn_table_number(table, row, c);
    return sum;
}

static void write_and_sum(const char *path, const ltn_inventory *made)
{
    struct stat info;
    ltn_table *table;
    ltn_grouping grouping;
    watch start = start_watch();
    stop_at(ltn_inventory_write_hdf5(made, path, NULL));
    say("written", start);
    stop_at(stat(path, &info) ? LTN_EIO : LTN_OK);
    printf("the file has %.0f MB\n", (double)info.st_size / 1e6);
    ltn_grouping_init(&grouping, LTN_BY_REGION | LTN_BY_POLLUTANT);
    start = start_watch();
    stop_at(ltn_store_summarise(path, NULL, &grouping, &table));
    say("opened and summed by county and pollutant", start);
    printf("    %zu sums, %.3f t\n", ltn_table_rows(table), sum_of(table));
    ltn_table_free(table);
    grouping.by = LTN_BY_REGION;
    start = start_watch();
    stop_at(ltn_store_summarise(path, NULL, &grouping, &table));
    say("opened and summed by county", start);
    ltn_table_free(table);
}

static void rows(const ltn_inventory *inventory)
{
    printf("    %zu rows\n", ltn_table_rows(ltn_inventory_emissions(inventory)));
}

static void read_back(const char *path)
{
    ltn_inventory *again;
    ltn_store_read_options options;
    ltn_store_read_options_init(&options);
    watch start = start_watch();
    stop_at(ltn_inventory_read_hdf5(path, NULL, &again));
    say("read whole", start);
    rows(again);
    ltn_inventory_free(again);
    static const char *const region[] = {"07001"}, *const pollutant[] = {"VOC"};
    options.within = region;
    options.within_count = 1;
    start = start_watch();
    stop_at(ltn_inventory_read_hdf5(path, &options, &again));
    say("read one county", start);
    rows(again);
    ltn_inventory_free(again);
    options.within = NULL;
    options.pollutants = pollutant;
    options.pollutant_count = 1;
    start = start_watch();
    stop_at(ltn_inventory_read_hdf5(path, &options, &again));
    say("read one pollutant", start);
    rows(again);
    ltn_inventory_free(again);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: bench_store PATH [ROWS]\n");
        return 2;
    }
    watch start = start_watch();
    ltn_inventory *made = make_inventory(argc > 2 ? strtoull(argv[2], NULL, 10) : 10000000);
    say("made", start);
    write_and_sum(argv[1], made);
    ltn_inventory_free(made);
    read_back(argv[1]);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("peak %.0f MB\n", (double)usage.ru_maxrss / 1024);
    return 0;
}
