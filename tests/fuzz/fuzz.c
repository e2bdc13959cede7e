/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fuzz.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <math.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- checks ---- */

static const uint8_t *input;
static size_t input_size;

void fuzz_input(const uint8_t *data, size_t size)
{
    input = data;
    input_size = size;
}

static void keep_input(const char *folder, const char *file, int line, int number)
{
    char path[4096];
    const char *slash = strrchr(file, '/');
    snprintf(path, sizeof path, "%s/%s-%d-%d", folder, slash ? slash + 1 : file, line, number);
    FILE *stream = fopen(path, "wb");
    if (!stream) return;
    fwrite(input, 1, input_size, stream);
    fclose(stream);
}

void fuzz_broken(const char *file, int line, const char *format, ...)
{
    static struct {
        const char *file;
        int line, count;
    } seen[256];
    const char *folder = getenv("LANTIAN_FUZZ_SOFT");
    size_t i = 0;
    while (i < 255 && seen[i].count && (seen[i].line != line || strcmp(seen[i].file, file) != 0)) i++;
    seen[i].file = file;
    seen[i].line = line;
    if (folder && ++seen[i].count > 3) return;
    va_list args;
    va_start(args, format);
    fprintf(stderr, "BROKEN %s:%d: ", file, line);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    if (!folder) abort();
    keep_input(folder, file, line, seen[i].count);
}

ltn_status fuzz_outcome(ltn_status status, const void *out, const char *what)
{
    const ltn_error *error = ltn_last_error();
    CHECK(!status == !!out, "%s returned %d and %s", what, status, out ? "something" : "NULL");
    CHECK(!status || error->code == status, "%s returned %d; the last error is %d (%s)", what, status, error->code,
          error->message);
    CHECK(!status || *error->message, "%s returned %d without a message", what, status);
    CHECK(status <= 0 && status >= LTN_ELIMIT, "%s returned %d", what, status);
    CHECK(status != LTN_ENOMEM, "%s ran out of memory", what);
    return status;
}

/* UDUNITS' lexer forgets a name where the parser then fails: its own leak (2.2.28), a few bytes a bad unit. HDF5 (1.10.8)
 * forgets some hundred bytes of a file that it then cannot open. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libudunits2\nleak:libhdf5\n";
}

/* ---- files ---- */

enum { FILES = 8 };
static struct {
    const char *name;
    const void *data;
    size_t size;
} files[FILES];

void fuzz_file(const char *name, const void *data, size_t size)
{
    size_t i = 0;
    while (i < FILES && files[i].name && strcmp(files[i].name, name) != 0) i++;
    if (i == FILES) abort();
    files[i].name = name;
    files[i].data = data;
    files[i].size = size;
}

static char folder[64];

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *at)
{
    (void)info, (void)kind, (void)at;
    return remove(path);
}

static void remove_folder(void)
{
    (void)nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static const char *work_folder(void)
{
    if (*folder) return folder;
    snprintf(folder, sizeof folder, "%s/lantian-fuzz-%ld", access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm",
             (long)getpid());
    if (mkdir(folder, 0700) && errno != EEXIST) abort();
    atexit(remove_folder);
    return folder;
}

ltn_status __real_ltn_file_read(const char *path, size_t most, ltn_file *out);
ltn_status __wrap_ltn_file_read(const char *path, size_t most, ltn_file *out);

/* In place of the library's (ld --wrap): a block of exactly the file's size, whose end the sanitizer watches. */
ltn_status __wrap_ltn_file_read(const char *path, size_t most, ltn_file *out)
{
    for (size_t i = 0; i < FILES && files[i].name; i++) {
        if (!files[i].data || strcmp(files[i].name, path) != 0) continue;
        *out = (ltn_file){0};
        if (!files[i].size) return LTN_OK;
        char *copy = malloc(files[i].size);
        if (!copy) abort();
        memcpy(copy, files[i].data, files[i].size);
        *out = (ltn_file){.data = copy, .size = files[i].size};
        return LTN_OK;
    }
    if (strncmp(path, "/proc/self/fd/", 14) == 0 || strncmp(path, work_folder(), strlen(work_folder())) == 0)
        return __real_ltn_file_read(path, most, out);
    *out = (ltn_file){0};
    errno = ENOENT;
    return ltn_fail_errno(path, "open the file");
}

const char *fuzz_path(const char *name)
{
    static char paths[8][256];
    static size_t next;
    char *path = paths[next++ % 8];
    snprintf(path, sizeof paths[0], "%s/%s", work_folder(), name);
    return path;
}

const char *fuzz_mapped(const void *data, size_t size)
{
    static int fd = -1;
    static char path[64];
    if (fd < 0) fd = memfd_create("input", MFD_CLOEXEC);
    if (fd < 0 || ftruncate(fd, 0) || pwrite(fd, data, size, 0) != (ssize_t)size) abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return path;
}

char *fuzz_read_whole(const char *path, size_t *size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat info;
    if (fd < 0 || fstat(fd, &info)) abort();
    *size = (size_t)info.st_size;
    char *data = malloc(*size + 1);
    if (!data || read(fd, data, *size) != (ssize_t)*size) abort();
    close(fd);
    data[*size] = '\0';
    return data;
}

void fuzz_sink(size_t sum)
{
    static volatile size_t sink;
    sink = sum;
    (void)sink;
}

/* ---- comparing ---- */

static bool same_bits(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0 || (isnan(a) && isnan(b));
}

static bool same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool same_numbers(double a, double b, double tolerance)
{
    return same_bits(a, b) || fabs(a - b) <= tolerance * fabs(a);
}

static void same_tables(const ltn_table *a, const ltn_table *b, double tolerance, const char *what)
{
    CHECK(ltn_table_rows(a) == ltn_table_rows(b), "%s: %zu rows and %zu", what, ltn_table_rows(a), ltn_table_rows(b));
    CHECK(ltn_table_columns(a) == ltn_table_columns(b), "%s: %zu columns and %zu", what, ltn_table_columns(a),
          ltn_table_columns(b));
    if (ltn_table_rows(a) != ltn_table_rows(b)) return;
    for (size_t c = 0; c < ltn_table_columns(a); c++) {
        int found = ltn_table_find(b, ltn_table_name(a, c));
        CHECK(found >= 0, "%s: column '%s' is gone", what, ltn_table_name(a, c));
        if (found < 0) continue;
        size_t d = (size_t)found;
        CHECK(ltn_table_type(a, c) == ltn_table_type(b, d), "%s: column '%s' changed its type", what,
              ltn_table_name(a, c));
        if (ltn_table_type(a, c) != ltn_table_type(b, d)) continue;
        for (size_t row = 0; row < ltn_table_rows(a); row++) {
            if (ltn_table_type(a, c) == LTN_NUMBER)
                CHECK(same_numbers(ltn_table_number(a, row, c), ltn_table_number(b, row, d), tolerance),
                      "%s: %s of row %zu: %a and %a", what, ltn_table_name(a, c), row, ltn_table_number(a, row, c),
                      ltn_table_number(b, row, d));
            else
                CHECK(same_text(ltn_table_text(a, row, c), ltn_table_text(b, row, d)),
                      "%s: %s of row %zu: '%s' and '%s'", what, ltn_table_name(a, c), row, ltn_table_text(a, row, c),
                      ltn_table_text(b, row, d));
        }
    }
}

void fuzz_same_inventories(const ltn_inventory *a, const ltn_inventory *b, double tolerance, const char *what)
{
    same_tables(ltn_inventory_sources(a), ltn_inventory_sources(b), tolerance, what);
    same_tables(ltn_inventory_emissions(a), ltn_inventory_emissions(b), tolerance, what);
    CHECK(ltn_inventory_base_year(a) == ltn_inventory_base_year(b), "%s: another base year", what);
    CHECK(strcmp(ltn_inventory_baseline(a), ltn_inventory_baseline(b)) == 0, "%s: baseline '%s' and '%s'", what,
          ltn_inventory_baseline(a), ltn_inventory_baseline(b));
    size_t sources = ltn_table_rows(ltn_inventory_sources(a));
    if (sources != ltn_table_rows(ltn_inventory_sources(b))) return;
    CHECK(memcmp(ltn_inventory_first(a), ltn_inventory_first(b), (sources + 1) * sizeof(int32_t)) == 0,
          "%s: rows start elsewhere", what);
}

void fuzz_walk_table(const ltn_table *table)
{
    size_t sum = 0;
    for (size_t c = 0; c < ltn_table_columns(table); c++) {
        sum += strlen(ltn_table_name(table, c));
        for (size_t w = 0; w < ltn_table_words(table, c); w++) sum += strlen(ltn_table_word(table, c, (int32_t)w));
        for (size_t row = 0; row < ltn_table_rows(table); row++) {
            const char *text = ltn_table_text(table, row, c);
            sum += text ? strlen(text) : !isnan(ltn_table_number(table, row, c));
        }
    }
    fuzz_sink(sum);
}

/* ---- what is fixed ---- */

static void must(ltn_status status)
{
    if (!status) return;
    fprintf(stderr, "cannot start: %s\n", ltn_last_error()->message);
    abort();
}

static ltn_tree *tree_of(const char *const (*nodes)[2], size_t count)
{
    ltn_tree *tree = NULL;
    must(ltn_tree_create(&tree));
    for (size_t i = 0; i < count; i++) must(ltn_tree_add(tree, nodes[i][0], nodes[i][1], NULL, NULL));
    return tree;
}

ltn_tree *fuzz_regions(void)
{
    static const char *const nodes[][2] = {
        {"330300", NULL}, {"330303", "330300"}, {"330305", "330300"}, {"330371", "330303"}, {"r", NULL}};
    return tree_of(nodes, sizeof nodes / sizeof *nodes);
}

ltn_tree *fuzz_sectors(void)
{
    static const char *const nodes[][2] = {
        {"combustion", NULL},
        {"combustion.boiler", "combustion"},
        {"combustion.boiler.gas", "combustion.boiler"},
        {"combustion.boiler.coal", "combustion.boiler"},
        {"combustion.chp", "combustion"},
        {"combustion.power", "combustion"},
        {"process", NULL},
        {"process.kiln", "process"},
        {"process.petrochemical", "process"},
        {"solvent", NULL},
        {"solvent.shoes", "solvent"},
        {"solvent.wood", "solvent"},
        {"residential", NULL},
        {"mobile", NULL},
        {"mobile.road", "mobile"},
        {"mobile.road.truck_heavy_diesel", "mobile.road"},
    };
    return tree_of(nodes, sizeof nodes / sizeof *nodes);
}

/* Sources of every kind the actions ask about: with and without activity, factor, capacity, place, tags. */
static const char rows[] =
    "# title: fixed\n"
    "source,region,sector,pollutant,name,fuel,owner,facility,tags,capacity,capacity_unit,lon,lat,activity,"
    "activity_unit,factor,factor_unit,removal,emission_t,stage,floor\n"
    "B1,330303,combustion.boiler.coal,SO2,一号,coal,private,F1,key;old,10,t/h,120.81,27.93,2.385,万吨,7.3,kg/t,35 "
    "%,,,3\n"
    "B1,330303,combustion.boiler.coal,NOx,一号,coal,private,F1,key;old,10,t/h,120.81,27.93,2.385,万吨,3.1,g/kg,0,,,3\n"
    "B1,330303,combustion.boiler.coal,PM,一号,coal,private,F1,key;old,10,t/h,120.81,27.93,2.385,万吨,,,,1.75,,3\n"
    "B2,330305,combustion.boiler.coal,SO2,,coal,,,,7,MW_th,120.9,27.94,1200,t,13.6,g/kg,0,,,\n"
    "B3,330305,combustion.boiler.coal,NOx,,coal,,,,,,,,300000,kg,4,g/kg,0.999,,,\n"
    "C1,330300,combustion.chp,SO2,,coal,province,,,300,MW,120.8,27.9,600,t,10,g/kg,0.95,,,\n"
    "C1,330300,combustion.chp,NOx,,coal,province,,,300,MW,120.8,27.9,600,t,5,g/kg,,,,\n"
    "P1,330371,combustion.power,SO2,,coal,province,,big,600,MW,179.9,-89,,,,,0.95,1234.5,,\n"
    "G1,330303,combustion.boiler.gas,NOx,,natural_gas,,,,,,-179.9,89,5000,m3,2,g/m3,0,,,\n"
    "K1,r,process.kiln,SO2,,coal,,,,,,,,140000,kg,5,g/kg,1,,,\n"
    "K2,r,process.petrochemical,VOC,,,,,,,,,,,,,,,50,,\n"
    "S1,330371,solvent.shoes,VOC,,,,,,,,,,31250,pair,5,g/pair,0.36,,,-2.5\n"
    "S1,330371,solvent.shoes,NOx,,,,,,,,,,31250,pair,0.4,g/pair,,,,-2.5\n"
    "W1,r,solvent.wood,VOC,,,,,,,,,,1000,t,5,g/kg,0,,,\n"
    "Z1,r,solvent.wood,VOC,,,,,,,,,,0,t,5,g/kg,0,,,\n"
    "H1,330300,residential,SO2,,coal,,,,,,,,0.022,万吨,7.5,g/kg,0,,,\n"
    "T1,330300,mobile.road.truck_heavy_diesel,NOx,,diesel,,,,,,,,47.3,万辆.km,5.1,g/vehicle/km,,,III,\n"
    "T1,330300,mobile.road.truck_heavy_diesel,PM,,diesel,,,,,,,,47.3,万辆.km,0.1,g/vehicle/km,,,III,\n"
    "T2,330300,mobile.road.truck_heavy_diesel,NOx,,diesel,,,,,,,,12,万辆.km,2,g/vehicle/km,,,IV,\n";

ltn_inventory *fuzz_inventory(void)
{
    static ltn_inventory *inventory;
    if (inventory) return inventory;
    ltn_inventory_options options;
    ltn_inventory_options_init(&options);
    options.regions = fuzz_regions();
    options.sectors = fuzz_sectors();
    options.threads = 1;
    fuzz_file("fixed.csv", rows, sizeof rows - 1);
    must(ltn_inventory_read_csv("fixed.csv", &options, &inventory));
    fuzz_file("fixed.csv", NULL, 0);
    ltn_tree_free(options.regions);
    ltn_tree_free(options.sectors);
    return inventory;
}
