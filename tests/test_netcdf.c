/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Results as netCDF: what a small plan gives, read back with the netCDF library; and every call of that library
 * failing in its turn. Linked with --wrap, so that the library's calls come here. */
#include "plan.h"

#include "base/file.h"
#include "base/hdf5_lock.h"
#include "output/cube.h"

#include <dirent.h>
#include <fcntl.h>
#include <hdf5.h>
#include <netcdf.h>
#include <netcdf_mem.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <signal.h>
#include <unistd.h>

/* ---- calls that fail ---- */

static long calls_until_failure = -1; /* negative: none fails */
static bool has_failed;

static bool fails(void)
{
    if (calls_until_failure < 0 || calls_until_failure-- > 0) return false;
    return has_failed = true;
}

/* The call, as it is or failing; what closes a file closes it also then. */
#define FAULT(name, parameters, arguments)                                                                             \
    int __real_##name parameters;                                                                                      \
    int __wrap_##name parameters;                                                                                      \
    int __wrap_##name parameters                                                                                       \
    {                                                                                                                  \
        return fails() ? NC_EHDFERR : __real_##name arguments;                                                         \
    }

FAULT(nc_def_dim, (int id, const char *name, size_t length, int *out), (id, name, length, out))
FAULT(nc_def_var, (int id, const char *name, nc_type type, int rank, const int *dimensions, int *out),
      (id, name, type, rank, dimensions, out))
FAULT(nc_def_var_chunking, (int id, int variable, int storage, const size_t *chunks), (id, variable, storage, chunks))
FAULT(nc_def_var_deflate, (int id, int variable, int shuffle, int deflate, int level),
      (id, variable, shuffle, deflate, level))
FAULT(nc_put_att_text, (int id, int variable, const char *name, size_t length, const char *text),
      (id, variable, name, length, text))
FAULT(nc_put_att_int, (int id, int variable, const char *name, nc_type type, size_t length, const int *values),
      (id, variable, name, type, length, values))
FAULT(nc_put_att_double, (int id, int variable, const char *name, nc_type type, size_t length, const double *values),
      (id, variable, name, type, length, values))
FAULT(nc_put_vara_double, (int id, int variable, const size_t *start, const size_t *count, const double *values),
      (id, variable, start, count, values))
FAULT(nc_put_vara_string, (int id, int variable, const size_t *start, const size_t *count, const char **values),
      (id, variable, start, count, values))

int __real_nc_open_memio(const char *name, int mode, NC_memio *image, int *out);
int __wrap_nc_open_memio(const char *name, int mode, NC_memio *image, int *out);
int __wrap_nc_open_memio(const char *name, int mode, NC_memio *image, int *out)
{
    if (!fails()) return __real_nc_open_memio(name, mode, image, out);
    free(image->memory); /* which the call takes over */
    return NC_ENOMEM;
}

int __real_nc_close_memio(int id, NC_memio *image);
int __wrap_nc_close_memio(int id, NC_memio *image);
int __wrap_nc_close_memio(int id, NC_memio *image)
{
    if (!fails()) return __real_nc_close_memio(id, image);
    assert_int_equal(nc_close(id), NC_NOERR);
    return NC_EHDFERR;
}

/* ---- a small plan ---- */

/* A falls by half from 2016 on; B grows to 1.5 in 2017, by a quarter in 2016. */
static const char inventory_text[] = "# base_year: 2015\n# baseline: 环统2015\n# title: Two plants\n# title_zh: 两厂\n"
                                     "# reconstructed: yes\n"
                                     "source,region,sector,pollutant,emission_t\n"
                                     "A,1,a.x,SO2,2.385\nB,2,b,SO2,10\nB,,,NOx,4\n";
static const char plan_text[] =
    "scenario: {en: Plan, zh: 方案}\ndocument: {en: draft, zh: 征求意见稿}\nbase_year: 2015\n"
    "years: [2015, 2017]\nmeasures:\n"
    "  - {id: growth, where: {region: 2}, grow: {index: {2015: 1, 2017: 1.5}}}\n"
    "  - id: scrubber\n    name: {en: Scrubber, zh: 脱硫}\n    task: 22\n"
    "    bureau: [市发改委, 市生态环境局]\n    where: {region: 1}\n"
    "    control: {SO2: {efficiency: 0.5}, mode: add}\n";
static const char targets_text[] = "region,pollutant,kind,value,unit,base_year,target_year,state,scope,supplied\n"
                                   "1,SO2,cut,20,%,2015,2017,value,,\n2,NOx,cut,,,2015,2017,not_assessed,,\n"
                                   "1,gas,indicator,570,万m3,2015,2017,value,,600\n";

static plan p;
static ltn_targets *targets;

static int prepare(void **state)
{
    (void)state;
    p = plan_of(inventory_text, plan_text);
    assert_ok(ltn_targets_read_csv(write_file("targets.csv", targets_text), NULL, &targets));
    return 0;
}

static int clean_up(void **state)
{
    plan_free(&p);
    ltn_targets_free(targets);
    return remove_temporary_folder(state);
}

/* ---- reading back ---- */

static int open_file(const char *path)
{
    int id = -1;
    assert_int_equal(nc_open(path, NC_NOWRITE, &id), NC_NOERR);
    return id;
}

static int variable_of(int id, const char *name)
{
    int variable = -1;
    if (nc_inq_varid(id, name, &variable) != NC_NOERR) fail_msg("there is no variable '%s'", name);
    return variable;
}

/* One value at places given one by one. */
#define value_at(id, name, ...) value_of(id, name, (const size_t[]){__VA_ARGS__})
static double value_of(int id, const char *name, const size_t *place)
{
    double value = -1;
    assert_int_equal(nc_get_var1_double(id, variable_of(id, name), place, &value), NC_NOERR);
    return value;
}

static void assert_text_at(int id, const char *name, size_t place, const char *expected)
{
    char *text = NULL;
    assert_int_equal(nc_get_var1_string(id, variable_of(id, name), &place, &text), NC_NOERR);
    assert_string_equal(text, expected);
    nc_free_string(1, &text);
}

static void read_attribute(int id, const char *variable, const char *name, char *out, size_t size)
{
    size_t length = 0;
    int number = variable ? variable_of(id, variable) : NC_GLOBAL;
    if (nc_inq_attlen(id, number, name, &length) != NC_NOERR || length >= size)
        fail_msg("%s: there is no attribute '%s'", variable ? variable : "the file", name);
    assert_int_equal(nc_get_att_text(id, number, name, out), NC_NOERR);
    out[length] = '\0';
}

static void assert_attribute(int id, const char *variable, const char *name, const char *expected)
{
    char text[2048];
    read_attribute(id, variable, name, text, sizeof text);
    assert_string_equal(text, expected);
}

static size_t length_of(int id, const char *dimension)
{
    int number;
    size_t length = 0;
    if (nc_inq_dimid(id, dimension, &number) == NC_NOERR)
        assert_int_equal(nc_inq_dimlen(id, number, &length), NC_NOERR);
    return length;
}

/* The places of the words, in whatever order the file has them. */
static size_t place_of(int id, const char *labels, const char *dimension, const char *word)
{
    for (size_t i = 0; i < length_of(id, dimension); i++) {
        char *text = NULL;
        assert_int_equal(nc_get_var1_string(id, variable_of(id, labels), &i, &text), NC_NOERR);
        bool same = strcmp(text, word) == 0;
        nc_free_string(1, &text);
        if (same) return i;
    }
    fail_msg("%s has no '%s'", labels, word);
    return 0;
}

/* ---- what it holds ---- */

static void test_arrays(void **state)
{
    (void)state;
    const char *path = temporary_path("数 据/result.nc");
    assert_ok(ltn_folder_make(temporary_path("数 据")));
    assert_ok(ltn_projection_write_netcdf(p.run, NULL, NULL, path));
    int id = open_file(path);
    size_t one = place_of(id, "region_code", "region", "1"), two = place_of(id, "region_code", "region", "2"),
           ax = place_of(id, "sector_code", "sector", "a.x"), b = place_of(id, "sector_code", "sector", "b"),
           so2 = place_of(id, "pollutant_code", "pollutant", "SO2"),
           nox = place_of(id, "pollutant_code", "pollutant", "NOx"),
           growth = place_of(id, "measure_id", "measure", "growth"),
           scrubber = place_of(id, "measure_id", "measure", "scrubber");
    /* 2.385 t, halved from 2016 on; 10 t and 4 t times 1, 1.25, 1.5. */
    static const double a_so2[] = {2.385, 1.1925, 1.1925}, b_so2[] = {10, 12.5, 15}, b_nox[] = {4, 5, 6};
    for (size_t y = 0; y < 3; y++) {
        assert_close(value_at(id, "emission", y, one, ax, so2), a_so2[y], 1e-15, 0);
        assert_close(value_at(id, "emission", y, two, b, so2), b_so2[y], 1e-15, 0);
        assert_close(value_at(id, "emission", y, two, b, nox), b_nox[y], 1e-15, 0);
        assert_same_bits(value_at(id, "emission", y, one, b, so2), NC_FILL_DOUBLE); /* no such source */
        assert_same_bits(value_at(id, "emission", y, one, ax, nox), NC_FILL_DOUBLE);
    }
    assert_same_bits(value_at(id, "base_emission", one, ax, so2), 2.385);
    assert_same_bits(value_at(id, "delta", 0, growth, two, so2), NC_FILL_DOUBLE);
    assert_close(value_at(id, "delta", 1, growth, two, so2), 2.5, 1e-15, 0);
    assert_close(value_at(id, "delta", 2, growth, two, nox), 2, 1e-15, 0);
    assert_close(value_at(id, "delta", 2, scrubber, one, so2), -1.1925, 1e-15, 0);
    assert_same_bits(value_at(id, "delta", 2, scrubber, two, so2), NC_FILL_DOUBLE);
    assert_same_bits(value_at(id, "account_base", two, so2), 10);
    assert_close(value_at(id, "account_growth", two, so2), 5, 1e-15, 0);
    assert_close(value_at(id, "account_engineering", one, so2), -1.1925, 1e-15, 0);
    assert_close(value_at(id, "account_projected", one, so2), 1.1925, 1e-15, 0);
    assert_int_equal(length_of(id, "target"), 0);
    nc_close(id);
}

static void test_years_and_names(void **state)
{
    (void)state;
    const char *path = temporary_path("names.nc");
    assert_ok(ltn_projection_write_netcdf(p.run, targets, NULL, path));
    int id = open_file(path);
    /* 2015 has 365 days, 2016 has 366: its middle is 365 + 183. */
    static const double middles[] = {182.5, 548, 913.5}, ends[] = {0, 365, 731, 1096};
    for (size_t y = 0; y < 3; y++) {
        assert_same_bits(value_at(id, "year", y), middles[y]);
        assert_same_bits(value_at(id, "calendar_year", y), 2015 + (double)y);
        for (size_t e = 0; e < 2; e++) assert_same_bits(value_at(id, "year_bounds", y, e), ends[y + e]);
    }
    assert_attribute(id, "year", "units", "days since 2015-01-01 00:00:00");
    assert_attribute(id, "emission", "units", "t yr-1");
    assert_attribute(id, "emission", "coordinates",
                     "calendar_year region_code region_name region_name_zh sector_code sector_name sector_name_zh "
                     "pollutant_code pollutant_name pollutant_name_zh");
    size_t scrubber = place_of(id, "measure_id", "measure", "scrubber");
    assert_text_at(id, "measure_name", scrubber, "Scrubber");
    assert_text_at(id, "measure_name_zh", scrubber, "脱硫");
    assert_text_at(id, "measure_bureau", scrubber, "市发改委;市生态环境局");
    assert_text_at(id, "measure_class", scrubber, "engineering");
    assert_text_at(id, "measure_action", scrubber, "control");
    assert_same_bits(value_at(id, "measure_task", scrubber), 22);
    assert_same_bits(value_at(id, "measure_task", place_of(id, "measure_id", "measure", "growth")), NC_FILL_INT);
    assert_text_at(id, "pollutant_name_zh", place_of(id, "pollutant_code", "pollutant", "SO2"), "二氧化硫");
    assert_text_at(id, "sector_parent", place_of(id, "sector_code", "sector", "a.x"), "a");
    nc_close(id);
}

static void test_targets(void **state)
{
    (void)state;
    const char *path = temporary_path("targets.nc");
    assert_ok(ltn_projection_write_netcdf(p.run, targets, NULL, path));
    int id = open_file(path);
    assert_int_equal(length_of(id, "target"), 3);
    assert_text_at(id, "target_region", 0, "1");
    assert_text_at(id, "target_state", 0, "value");
    assert_text_at(id, "target_met", 0, "yes");
    assert_text_at(id, "target_state", 1, "not_assessed");
    assert_text_at(id, "target_met", 1, "");
    assert_close(value_at(id, "target_cut", 0), 50, 1e-13, 0);
    /* gap = projected − base · 0.8 = 1.1925 − 1.908 */
    assert_close(value_at(id, "target_gap", 0), -0.7155, 1e-13, 0);
    assert_same_bits(value_at(id, "indicator_value", 0), NC_FILL_DOUBLE);
    /* An indicator's figures are no tonnes. */
    assert_same_bits(value_at(id, "target_projected", 2), NC_FILL_DOUBLE);
    assert_same_bits(value_at(id, "indicator_value", 2), 600);
    assert_text_at(id, "indicator_unit", 2, "万m3");
    assert_same_bits(value_at(id, "target_year", 2), 2017);
    nc_close(id);
}

static void test_origin(void **state)
{
    (void)state;
    /* SHA-256 of "abc": FIPS 180-4's own example. */
    const char *path = temporary_path("origin.nc"), *inputs[] = {write_file("输 入.csv", "abc"), "/dev/null"};
    char input[1024];
    snprintf(input, sizeof input,
             "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  %s\nnot a file  /dev/null",
             inputs[0]);
    ltn_output_options options;
    ltn_output_options_init(&options);
    options.command = "my program --now";
    options.inputs = inputs;
    options.input_count = COUNT(inputs);
    options.time = 1700000000; /* date -u -d @1700000000 */
    assert_ok(ltn_projection_write_netcdf(p.run, NULL, &options, path));
    int id = open_file(path);
    assert_attribute(id, NULL, "Conventions", "CF-1.8");
    assert_attribute(id, NULL, "title", "Plan, 2015 to 2017");
    assert_attribute(id, NULL, "history", "2023-11-14T22:13:20Z: my program --now");
    assert_attribute(id, NULL, "command", "my program --now");
    assert_attribute(id, NULL, "input", input);
    assert_attribute(id, NULL, "lantian_version", ltn_version());
    assert_attribute(id, NULL, "baseline", "环统2015");
    assert_attribute(id, NULL, "scenario_zh", "方案");
    assert_attribute(id, NULL, "document_zh", "征求意见稿");
    assert_attribute(id, NULL, "inventory_zh", "两厂");
    assert_attribute(id, NULL, "reconstructed", "yes");
    char comment[1024];
    read_attribute(id, NULL, "comment", comment, sizeof comment);
    assert_contains(comment, "No number in this file is official");
    nc_close(id);
    options.inputs = (const char *[]){temporary_path("no such file")};
    options.input_count = 1;
    assert_status(ltn_projection_write_netcdf(p.run, NULL, &options, path), LTN_EIO);
    assert_string_equal(ltn_last_error()->source, options.inputs[0]);
}

/* ---- the form over the combinations that there are ---- */

static void test_rows_in_place_of_arrays(void **state)
{
    (void)state;
    const char *path = temporary_path("rows.nc");
    ltn_output_options options;
    ltn_output_options_init(&options);
    options.dense_cells =
        23; /* 3 years of 2 regions, 3 sectors (a above a.x) and 2 pollutants are 36; of 2 measures 24 */
    assert_ok(ltn_projection_write_netcdf(p.run, NULL, &options, path));
    int id = open_file(path);
    assert_int_equal(length_of(id, "emission_row"), 3);
    assert_int_equal(length_of(id, "delta_row"), 3);
    assert_int_equal(length_of(id, "base_row"), 0); /* 12 cells */
    char rows[512];
    read_attribute(id, NULL, "rows", rows, sizeof rows);
    assert_contains(rows, "<name>_row");
    assert_attribute(id, "emission", "coordinates",
                     "calendar_year emission_row_region emission_row_sector emission_row_pollutant");
    double sum = 0;
    for (size_t row = 0; row < 3; row++) {
        size_t region = (size_t)value_at(id, "emission_row_region", row),
               sector = (size_t)value_at(id, "emission_row_sector", row),
               pollutant = (size_t)value_at(id, "emission_row_pollutant", row);
        bool a = region == place_of(id, "region_code", "region", "1");
        assert_int_equal(sector, place_of(id, "sector_code", "sector", a ? "a.x" : "b"));
        bool nox = pollutant == place_of(id, "pollutant_code", "pollutant", "NOx");
        assert_close(value_at(id, "emission", 2, row), a ? 1.1925 : nox ? 6 : 15, 1e-15, 0);
        sum += value_at(id, "delta", 2, row);
    }
    assert_close(sum, 5 + 2 - 1.1925, 1e-14, 0);
    nc_close(id);
}

/* A cube of more cells than a chunk: blocks of the first and of the middle key, and a rest. */
static void test_arrays_larger_than_a_chunk(void **state)
{
    (void)state;
    static const size_t lengths[][3] = {{3, 70000, 3}, {300, 1, 1000}, {5, 200, 7}};
    for (size_t i = 0; i < COUNT(lengths); i++) {
        const size_t *n = lengths[i];
        size_t cells[] = {0, n[2] - 1, n[1] * n[2] + n[2], (n[0] - 1) * n[1] * n[2] + 1, n[0] * n[1] * n[2] - 1};
        double values[COUNT(cells)] = {2.385, 3.75, 4.5, 5.25, 6.125};
        for (size_t c = 1; c < COUNT(cells); c++) assert_true(cells[c] > cells[c - 1]);
        ltn_cube cube = {.form = {.keys = {{"a", NULL}, {"b", NULL}, {"c", NULL}}, .columns = {"v"}},
                         .lengths = {n[0], n[1], n[2]},
                         .years = 1,
                         .count = COUNT(cells),
                         .cells = cells,
                         .values = {values}};
        const char *path = temporary_path("cube.nc");
        ltn_nc nc;
        void *bytes;
        size_t size;
        ltn_nc_open(&nc, path);
        ltn_nc_dimension a = ltn_nc_dimension_of(&nc, "a", n[0]), b = ltn_nc_dimension_of(&nc, "b", n[1]),
                         c = ltn_nc_dimension_of(&nc, "c", n[2]);
        ltn_cube_write(&nc, &cube, &(ltn_nc_form){.name = "v"}, "row", (ltn_nc_dimension *[]){NULL, &a, &b, &c},
                       SIZE_MAX);
        assert_ok(ltn_nc_close(&nc, &bytes, &size));
        write_bytes("cube.nc", bytes, size);
        free(bytes);
        int id = open_file(path);
        double *all = calloc(n[0] * n[1] * n[2], sizeof *all);
        assert_int_equal(nc_get_var_double(id, variable_of(id, "v"), all), NC_NOERR);
        for (size_t cell = 0, next = 0; cell < n[0] * n[1] * n[2]; cell++) {
            bool there = next < COUNT(cells) && cell == cells[next];
            if (all[cell] != (there ? values[next] : NC_FILL_DOUBLE)) fail_msg("cell %zu is %g", cell, all[cell]);
            next += there;
        }
        free(all);
        nc_close(id);
    }
}

/* ---- days ---- */

static void test_days(void **state)
{
    (void)state;
    /* `date -u -d 1899-12-31 +%s` and so on, divided by 86400; 1 March 0000 is 719468 days before (Richards 2013). */
    assert_same_bits(ltn_days_since_1970(1970, 1, 1), 0);
    assert_same_bits(ltn_days_since_1970(1899, 12, 31), -25568);
    assert_same_bits(ltn_days_since_1970(2000, 2, 29), 11016);
    assert_same_bits(ltn_days_since_1970(2100, 3, 1), 47541);
    assert_same_bits(ltn_days_since_1970(0, 3, 1), -719468);
}

/* ---- failures ---- */

static size_t count_in(const char *path)
{
    size_t count = 0;
    DIR *folder = opendir(path);
    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder));) count += entry->d_name[0] != '.';
    closedir(folder);
    return count;
}

static void assert_holds(const char *path, const char *expected)
{
    char *whole = read_whole(path, NULL);
    assert_string_equal(whole, expected);
    free(whole);
}

/* Every call fails in its turn: the old file stays, nothing else is left, and the error names the file. */
static void test_every_call_failing(void **state)
{
    (void)state;
    char folder[4096], path[4200];
    snprintf(folder, sizeof folder, "%s", temporary_path("faults"));
    snprintf(path, sizeof path, "%s/result.nc", folder);
    assert_ok(ltn_folder_make(folder));
    write_file("faults/result.nc", "the old one");
    for (long call = 0;; call++) {
        assert_in_range(call, 0, 5000);
        calls_until_failure = call;
        has_failed = false;
        ltn_status status = ltn_projection_write_netcdf(p.run, targets, NULL, path);
        calls_until_failure = -1;
        if (!has_failed) {
            assert_ok(status);
            assert_true(call > 300); /* 80 variables of a name, a chunk, a filter and so on */
            break;
        }
        assert_true(status == LTN_EIO || status == LTN_ENOMEM);
        assert_int_equal(ltn_last_error()->code, status);
        assert_string_equal(ltn_last_error()->source, path);
        assert_contains(ltn_last_error()->message, status == LTN_EIO ? "HDF error" : "Memory allocation");
        assert_holds(path, "the old one");
        assert_int_equal(count_in(folder), 1);
        if (is_slow()) call += 12; /* every thirteenth under valgrind */
    }
    nc_close(open_file(path));
    assert_int_equal(count_in(folder), 1);
}

static void test_a_full_disk(void **state)
{
    (void)state;
    const char *path = write_file("full.nc", "the old one");
    struct rlimit before, small;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = (struct rlimit){.rlim_cur = 1 << 14, .rlim_max = before.rlim_max};
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    ltn_status status = ltn_projection_write_netcdf(p.run, targets, NULL, path);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, handler);
    assert_status(status, LTN_EIO);
    assert_string_equal(ltn_last_error()->source, path);
    assert_contains(ltn_last_error()->message, "after 16384 bytes: File too large");
    assert_holds(path, "the old one");
}

static void test_where_nothing_may_be_written(void **state)
{
    (void)state;
    assert_status(ltn_projection_write_netcdf(p.run, NULL, NULL, temporary_path("no/such/result.nc")), LTN_EIO);
    assert_contains(ltn_last_error()->message, "No such file");
}

/* ---- HDF5's printing, and threads ---- */

static herr_t print_second(hid_t stack, void *data)
{
    (void)stack, (void)data;
    return 0;
}

static herr_t print_first(void *data)
{
    (void)data;
    return 0;
}

/* What the caller wants done with HDF5's errors is as it was, in either form; in between nothing is printed. */
static void test_the_callers_printing_is_left_alone(void **state)
{
    (void)state;
    H5E_auto2_t second = NULL, usual;
    H5E_auto1_t first = NULL;
    void *data = NULL, *usual_data;
    int mine;
    const char *path = temporary_path("printing.nc");
    assert_true(H5Eget_auto2(H5E_DEFAULT, &usual, &usual_data) >= 0);
    assert_ok(ltn_projection_write_netcdf(p.run, NULL, NULL, path));
    assert_true(H5Eget_auto2(H5E_DEFAULT, &second, &data) >= 0);
    assert_true(second == usual && data == usual_data);
    H5Eset_auto2(H5E_DEFAULT, print_second, &mine);
    assert_ok(ltn_projection_write_netcdf(p.run, NULL, NULL, path));
    assert_true(H5Eget_auto2(H5E_DEFAULT, &second, &data) >= 0);
    assert_true(second == print_second && data == &mine);
    ltn_hdf5_lock();
    assert_true(H5Eget_auto2(H5E_DEFAULT, &second, &data) >= 0);
    assert_null(second);
    ltn_hdf5_unlock();
    H5Eset_auto1(print_first, &mine);
    assert_ok(ltn_projection_write_netcdf(p.run, NULL, NULL, path));
    assert_true(H5Eget_auto1(&first, &data) >= 0);
    assert_true(first == print_first && data == &mine);
    H5Eset_auto2(H5E_DEFAULT, usual, usual_data);
}

static void *write_some(void *name)
{
    ltn_output_options options;
    ltn_output_options_init(&options);
    options.time = 1700000000;
    for (int i = 0; i < 5; i++)
        if (ltn_projection_write_netcdf(p.run, targets, &options, name)) return name;
    return NULL;
}

/* Many threads at once, and the same bytes from each. */
static void test_threads(void **state)
{
    (void)state;
    enum { THREADS = 4 };
    pthread_t threads[THREADS];
    char paths[THREADS][4096];
    for (size_t i = 0; i < THREADS; i++) {
        snprintf(paths[i], sizeof paths[i], "%s-%zu", temporary_path("thread"), i);
        assert_int_equal(pthread_create(&threads[i], NULL, write_some, paths[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        void *failed;
        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
    size_t size, other;
    char *first = read_whole(paths[0], &size);
    for (size_t i = 1; i < THREADS; i++) {
        char *same = read_whole(paths[i], &other);
        assert_int_equal(other, size);
        assert_memory_equal(first, same, size);
        free(same);
    }
    free(first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arrays),
        cmocka_unit_test(test_years_and_names),
        cmocka_unit_test(test_targets),
        cmocka_unit_test(test_origin),
        cmocka_unit_test(test_rows_in_place_of_arrays),
        cmocka_unit_test(test_arrays_larger_than_a_chunk),
        cmocka_unit_test(test_days),
        cmocka_unit_test(test_every_call_failing),
        cmocka_unit_test(test_a_full_disk),
        cmocka_unit_test(test_where_nothing_may_be_written),
        cmocka_unit_test(test_the_callers_printing_is_left_alone),
        cmocka_unit_test(test_threads),
    };
    obey_test_filter();
    return cmocka_run_group_tests_name("netcdf", tests, prepare, clean_up);
}
