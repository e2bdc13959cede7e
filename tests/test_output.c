/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files that appear whole or not at all, and inventories that read back as they were. */
#include "support.h"

#include "base/file.h"
#include "base/table.h"

#include <dirent.h>
#include <float.h>
#include <limits.h>
#include <locale.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- the writer ---- */

static void assert_holds(const char *path, const char *expected)
{
    char *whole = read_whole(path, NULL);
    assert_string_equal(whole, expected);
    free(whole);
}

/* Number of files in a folder: none must stay behind. */
static size_t count_files(const char *path)
{
    size_t count = 0;
    DIR *folder = opendir(path);
    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder));) count += entry->d_name[0] != '.';
    closedir(folder);
    return count;
}

static const char *make_folder(const char *name)
{
    const char *path = temporary_path(name);
    assert_int_equal(mkdir(path, 0755), 0);
    return path;
}

static const char *path_in(const char *folder, const char *name)
{
    static char paths[4][4700];
    static size_t next;
    char *path = paths[next++ % COUNT(paths)];
    snprintf(path, sizeof *paths, "%s/%s", folder, name);
    return path;
}

static void test_writer_replaces_whole(void **state)
{
    (void)state;
    const char *folder = make_folder("whole"), *path = path_in(folder, "out.csv");
    ltn_writer writer;
    assert_ok(ltn_writer_open(&writer, path));
    fputs("first\n", writer.stream);
    assert_int_equal(access(path, F_OK), -1); /* not there before it is whole */
    assert_ok(ltn_writer_close(&writer, LTN_OK));
    assert_holds(path, "first\n");
    assert_ok(ltn_writer_open(&writer, path));
    fputs("second\n", writer.stream);
    assert_holds(path, "first\n");
    assert_ok(ltn_writer_close(&writer, LTN_OK));
    assert_holds(path, "second\n");
    assert_int_equal(count_files(folder), 1);
}

static void test_writer_gives_up_without_a_trace(void **state)
{
    (void)state;
    const char *folder = make_folder("given-up"), *path = path_in(folder, "out.csv");
    ltn_writer writer;
    assert_ok(ltn_writer_open(&writer, path));
    fputs("old\n", writer.stream);
    assert_ok(ltn_writer_close(&writer, LTN_OK));
    assert_ok(ltn_writer_open(&writer, path));
    fputs("half of the n", writer.stream);
    assert_status(ltn_writer_close(&writer, ltn_fail(LTN_EUNIT, NULL, "the caller's failure")), LTN_EUNIT);
    assert_string_equal(ltn_last_error()->message, "the caller's failure");
    assert_holds(path, "old\n");
    assert_int_equal(count_files(folder), 1);
}

/* What a link leads to is replaced, the link stays; what is no ordinary file is left alone. */
static void test_writer_follows_links_and_spares_pipes(void **state)
{
    (void)state;
    char path[PATH_MAX], link_path[PATH_MAX];
    snprintf(path, sizeof path, "%s", temporary_path("linked.txt"));
    snprintf(link_path, sizeof link_path, "%s", temporary_path("link.txt"));
    ltn_writer writer;
    struct stat info;
    assert_ok(ltn_writer_open(&writer, path));
    assert_ok(ltn_writer_close(&writer, LTN_OK));
    assert_int_equal(symlink(path, link_path), 0);
    assert_ok(ltn_writer_open(&writer, link_path));
    fputs("through the link\n", writer.stream);
    assert_ok(ltn_writer_close(&writer, LTN_OK));
    assert_int_equal(lstat(link_path, &info), 0);
    assert_true(S_ISLNK(info.st_mode));
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_size, strlen("through the link\n"));
    unlink(link_path);
    assert_int_equal(symlink("/nowhere/at/all", link_path), 0);
    assert_status(ltn_writer_open(&writer, link_path), LTN_EIO);
    unlink(link_path);
    assert_int_equal(mkfifo(link_path, 0600), 0);
    assert_status(ltn_writer_open(&writer, link_path), LTN_EIO);
    assert_contains(ltn_last_error()->message, "no ordinary file");
    assert_int_equal(lstat(link_path, &info), 0);
    assert_true(S_ISFIFO(info.st_mode));
    unlink(link_path);
}

static void test_writer_gives_usual_rights(void **state)
{
    (void)state;
    static const mode_t masks[] = {022, 077, 0};
    for (size_t i = 0; i < COUNT(masks); i++) {
        mode_t mask = umask(masks[i]);
        char name[32];
        snprintf(name, sizeof name, "rights-%zu", i);
        const char *path = temporary_path(name);
        ltn_writer writer;
        assert_ok(ltn_writer_open(&writer, path));
        assert_ok(ltn_writer_close(&writer, LTN_OK));
        umask(mask);
        struct stat info;
        assert_int_equal(stat(path, &info), 0);
        assert_int_equal(info.st_mode & 0777, 0666 & ~masks[i]);
    }
    mode_t mask = umask(022); /* the caller's mask is as it was */
    assert_int_equal(umask(mask), 022);
}

/* A folder where nobody but root may write; true where this program can be somebody else. */
static bool become_nobody(void)
{
    return geteuid() != 0 || seteuid(65534) == 0;
}

static void test_writer_where_nothing_may_be_written(void **state)
{
    (void)state;
    ltn_writer writer;
    assert_status(ltn_writer_open(&writer, temporary_path("no/such/folder.csv")), LTN_EIO);
    assert_contains(ltn_last_error()->message, "No such file");
    const char *folder = make_folder("shut"), *path = path_in(folder, "out.csv");
    uid_t before = geteuid();
    assert_int_equal(chmod(folder, 0555), 0);
    if (become_nobody()) {
        ltn_status status = ltn_writer_open(&writer, path);
        if (before != geteuid()) assert_int_equal(seteuid(before), 0);
        assert_status(status, LTN_EIO);
        assert_string_equal(ltn_last_error()->source, path);
        assert_contains(ltn_last_error()->message, "Permission denied");
    }
    assert_int_equal(chmod(folder, 0755), 0);
}

static void test_writer_onto_a_folder(void **state)
{
    (void)state;
    const char *folder = make_folder("outer"), *target = path_in(folder, "target");
    assert_int_equal(mkdir(target, 0755), 0);
    ltn_writer writer;
    assert_status(ltn_writer_open(&writer, target), LTN_EIO);
    assert_string_equal(ltn_last_error()->source, target);
    assert_int_equal(count_files(folder), 1);
}

/* The disk is full: here, files may not grow beyond 64 KiB. */
static ltn_status write_beyond_the_limit(const char *path, size_t bytes)
{
    struct rlimit before, small;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = (struct rlimit){.rlim_cur = 1 << 16, .rlim_max = before.rlim_max};
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    ltn_writer writer;
    ltn_status status = ltn_writer_open(&writer, path);
    for (size_t i = 0; !status && i < bytes; i++) putc('x', writer.stream);
    if (!status) status = ltn_writer_close(&writer, LTN_OK);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, handler);
    return status;
}

static void test_writer_on_a_full_disk(void **state)
{
    (void)state;
    const char *folder = make_folder("full"), *path = path_in(folder, "out.csv");
    ltn_writer writer;
    assert_ok(ltn_writer_open(&writer, path));
    fputs("old\n", writer.stream);
    assert_ok(ltn_writer_close(&writer, LTN_OK));
    static const size_t sizes[] = {(1 << 16) + 1, 1 << 17, (1 << 20) + 77};
    for (size_t i = 0; i < COUNT(sizes); i++) {
        assert_status(write_beyond_the_limit(path, sizes[i]), LTN_EIO);
        assert_contains(ltn_last_error()->message, "File too large");
        assert_holds(path, "old\n");
        assert_int_equal(count_files(folder), 1);
    }
}

static void test_folder_make(void **state)
{
    (void)state;
    const char *deep = temporary_path("a/b//c/");
    assert_ok(ltn_folder_make(deep));
    struct stat info;
    assert_int_equal(stat(temporary_path("a/b/c"), &info), 0);
    assert_true(S_ISDIR(info.st_mode));
    assert_ok(ltn_folder_make(deep)); /* there already */
    assert_ok(ltn_folder_make("/"));
    assert_ok(ltn_folder_make("."));
    write_file("file", "x");
    assert_status(ltn_folder_make(temporary_path("file/below")), LTN_EIO);
    assert_contains(ltn_last_error()->message, "make the folder");
    assert_status(ltn_folder_make(temporary_path("file")), LTN_EIO); /* a file is no folder */
}

/* ---- reading ---- */

static void test_file_read(void **state)
{
    (void)state;
    ltn_file file;
    assert_ok(ltn_file_read(write_file("some", "2.385"), 5, &file));
    assert_int_equal(file.size, 5);
    assert_memory_equal(file.data, "2.385", 5);
    ltn_file_close(&file);
    assert_null(file.data);
    assert_ok(ltn_file_read(write_file("none", ""), 5, &file));
    assert_int_equal(file.size, 0);
    ltn_file_close(&file);
    assert_status(ltn_file_read(temporary_path("some"), 4, &file), LTN_ELIMIT);
    assert_status(ltn_file_read(temporary_path("missing"), 4, &file), LTN_EIO);
    assert_status(ltn_file_read(temporary_folder(), 4, &file), LTN_EIO);
}

/* Writes into a named pipe from a child. */
static pid_t feed_pipe(const char *path, size_t bytes)
{
    assert_int_equal(mkfifo(path, 0600), 0);
    pid_t child = fork();
    if (child) return child;
    signal(SIGPIPE, SIG_IGN);
    FILE *stream = fopen(path, "w");
    for (size_t i = 0; stream && i < bytes; i++) putc('a' + (int)(i % 26), stream);
    _exit(stream ? 0 : 1);
}

static void test_file_read_from_a_pipe(void **state)
{
    (void)state;
    enum { SIZE = 200001 };
    const char *path = temporary_path("pipe");
    feed_pipe(path, SIZE);
    ltn_file file;
    assert_ok(ltn_file_read(path, SIZE_MAX, &file));
    /* The child leaves without flushing the last part of stdio's buffer. */
    assert_true(file.size > SIZE - 8192 && file.size <= SIZE);
    for (size_t i = 0; i < file.size; i++) assert_int_equal(file.data[i], 'a' + (int)(i % 26));
    ltn_file_close(&file);
    unlink(path);
    feed_pipe(path, SIZE);
    assert_status(ltn_file_read(path, 70000, &file), LTN_ELIMIT);
}

/* ---- tables ---- */

static void test_table_as_csv(void **state)
{
    (void)state;
    static const char *const words[] = {"coal",    NULL, "a,b", "say \"no\"", "two\nlines",
                                        " blank ", "煤", "#x",  "",           "\r"};
    ltn_table *table = ltn_table_create();
    assert_ok(ltn_table_add_column(table, "fuel, kind", LTN_TEXT, NULL));
    assert_ok(ltn_table_add_column(table, "t", LTN_NUMBER, NULL));
    assert_ok(ltn_table_resize(table, COUNT(words)));
    for (size_t i = 0; i < COUNT(words); i++) {
        assert_ok(ltn_table_set_text(table, i, 0, words[i]));
        table->columns[1].numbers[i] = i == 3 ? NAN : 0.1 + (double)i;
    }
    const char *path = temporary_path("table.csv");
    assert_ok(ltn_table_write_csv(table, path));
    assert_holds(path, "\"fuel, kind\",t\ncoal,0.1\n,1.1\n\"a,b\",2.1\n\"say \"\"no\"\"\",\n\"two\nlines\",4.1\n"
                       "\" blank \",5.1\n煤,6.1\n#x,7.1\n,8.1\n\"\r\",9.1\n");
    assert_status(ltn_table_write_csv(table, temporary_path("no/such/table.csv")), LTN_EIO);
    ltn_table_free(table);
}

/* Written numbers read back to the same bits, whatever the caller's locale. */
static void test_numbers_keep_their_bits(void **state)
{
    (void)state;
    enum { N = 20000 };
    static const double special[] = {0,
                                     -0.0,
                                     0.1,
                                     1e22,
                                     1e23,
                                     DBL_MIN,
                                     DBL_MAX,
                                     DBL_TRUE_MIN,
                                     1 / 3.0,
                                     5e-324,
                                     123456789012345680.0,
                                     9007199254740993.0,
                                     2.385};
    ltn_table *table = ltn_table_create();
    assert_ok(ltn_table_add_column(table, "x", LTN_NUMBER, NULL));
    assert_ok(ltn_table_resize(table, N));
    double *x = table->columns[0].numbers;
    uint64_t random = 58;
    for (size_t i = 0; i < N; i++) {
        uint64_t bits = random_bits(&random);
        memcpy(&x[i], &bits, sizeof x[i]);
        if (!isfinite(x[i])) x[i] = random_uniform(&random, 0, 1e5);
    }
    memcpy(x, special, sizeof special);
    const char *path = temporary_path("bits.csv");
    setlocale(LC_ALL, "de_DE.UTF-8"); /* where it is installed: a comma for the point */
    assert_ok(ltn_table_write_csv(table, path));
    setlocale(LC_ALL, "C");
    char *whole = read_whole(path, NULL), *rest = strchr(whole, '\n') + 1;
    for (size_t i = 0; i < N; i++, rest++) assert_same_bits(strtod(rest, &rest), x[i]);
    free(whole);
    ltn_table_free(table);
}

/* ---- inventories ---- */

static void assert_reads_back(const ltn_inventory *inventory, ltn_tree *regions, ltn_tree *sectors)
{
    const char *path = temporary_path("back.csv");
    assert_ok(ltn_inventory_write_csv(inventory, path));
    ltn_inventory_options options;
    ltn_inventory_options_init(&options);
    options.regions = regions;
    options.sectors = sectors;
    ltn_inventory *again;
    assert_ok(ltn_inventory_read_csv(path, &options, &again));
    assert_same_tables(ltn_inventory_sources(again), ltn_inventory_sources(inventory));
    assert_same_tables(ltn_inventory_emissions(again), ltn_inventory_emissions(inventory));
    assert_int_equal(ltn_inventory_removal_assumed(again), ltn_inventory_removal_assumed(inventory));
    assert_int_equal(ltn_inventory_base_year(again), ltn_inventory_base_year(inventory));
    assert_string_equal(ltn_inventory_baseline(again), ltn_inventory_baseline(inventory));
    ltn_inventory_free(again);
}

static void test_small_inventory_reads_back(void **state)
{
    (void)state;
    ltn_inventory_options options;
    ltn_inventory_options_init(&options);
    assert_ok(ltn_regions_read_csv(data_path("good/regions.csv"), NULL, &options.regions));
    assert_ok(ltn_sectors_read_csv(data_path("good/sectors.csv"), NULL, &options.sectors));
    ltn_inventory *inventory;
    assert_ok(ltn_inventory_read_csv(data_path("good/small.csv"), &options, &inventory));
    assert_reads_back(inventory, options.regions, options.sectors);
    assert_status(ltn_inventory_write_csv(inventory, temporary_path("no/such/inventory.csv")), LTN_EIO);
    ltn_inventory_free(inventory);
    ltn_tree_free(options.regions);
    ltn_tree_free(options.sectors);
}

/* A text of the characters that CSV, metadata or sorting could trip over. */
static void random_word(uint64_t *random, char out[64])
{
    static const char *const pieces[] = {"a", "b", ",", "\"", "\n", " ", "'", ";", "#", "温", "州", "\r\n", "-", "0"};
    out[0] = '\0';
    strcat(out, "x"); /* neither blank nor a number */
    for (size_t k = random_bits(random) % 8; k > 0; k--) strcat(out, pieces[random_bits(random) % COUNT(pieces)]);
}

static void add_random_source(ltn_inventory_builder *builder, uint64_t *random, int number)
{
    static const char *const pollutants[] = {"SO2", "NOx", "VOC", "PM, fine"};
    char source[96], word[64];
    random_word(random, word);
    snprintf(source, sizeof source, "S%d%s", number, word);
    bool calculated = random_bits(random) % 2, has_name = random_bits(random) % 2,
         has_stack = random_bits(random) % 3 || !number;
    random_word(random, word);
    double stack = random_uniform(random, 5, 200);
    for (size_t p = 0; p <= random_bits(random) % COUNT(pollutants); p++) {
        assert_ok(ltn_inventory_builder_row(builder));
        assert_ok(ltn_inventory_builder_text(builder, "source", source));
        assert_ok(ltn_inventory_builder_text(builder, "region", "330303"));
        assert_ok(ltn_inventory_builder_text(builder, "sector", "combustion.boiler"));
        assert_ok(ltn_inventory_builder_text(builder, "pollutant", pollutants[p]));
        if (has_name && !p) assert_ok(ltn_inventory_builder_text(builder, "name", word));
        if (has_stack && !p) assert_ok(ltn_inventory_builder_number(builder, "stack, m", stack));
        if (calculated && !p) {
            assert_ok(ltn_inventory_builder_number(builder, "activity", random_uniform(random, 0, 1e5)));
            assert_ok(ltn_inventory_builder_text(builder, "activity_unit", "万吨"));
        }
        if (calculated) {
            assert_ok(ltn_inventory_builder_number(builder, "factor", random_uniform(random, 0, 20)));
            assert_ok(ltn_inventory_builder_text(builder, "factor_unit", "g/kg"));
            if (random_bits(random) % 2)
                assert_ok(ltn_inventory_builder_number(builder, "removal", random_uniform(random, 0, 1)));
        } else {
            assert_ok(ltn_inventory_builder_number(builder, "emission_t", exp(random_uniform(random, -20, 20))));
        }
    }
}

static void test_random_inventories_read_back(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        uint64_t random = seed * 0x9E3779B97F4A7C15u;
        ltn_inventory_builder *builder;
        assert_ok(ltn_inventory_builder_create(NULL, &builder));
        assert_ok(ltn_inventory_builder_metadata(builder, "base_year", "2015"));
        assert_ok(ltn_inventory_builder_metadata(builder, "baseline", "环统2015: second draft, #3"));
        for (int i = 0; i < 50; i++) add_random_source(builder, &random, i);
        ltn_inventory *inventory;
        assert_ok(ltn_inventory_builder_finish(builder, &inventory));
        ltn_inventory_builder_free(builder);
        assert_reads_back(inventory, NULL, NULL);
        ltn_inventory_free(inventory);
    }
}

/* Metadata is one line a key: what would break the line must not break the file. */
static void test_metadata_cannot_break_the_file(void **state)
{
    (void)state;
    ltn_inventory_builder *builder;
    assert_ok(ltn_inventory_builder_create(NULL, &builder));
    ltn_status status = ltn_inventory_builder_metadata(builder, "title", "two\nlines,a,b");
    assert_true(status == LTN_OK || status == LTN_EARGUMENT);
    add_random_source(builder, &(uint64_t){11}, 0);
    ltn_inventory *inventory;
    assert_ok(ltn_inventory_builder_finish(builder, &inventory));
    ltn_inventory_builder_free(builder);
    assert_reads_back(inventory, NULL, NULL);
    ltn_inventory_free(inventory);
}

/* ---- a projection's folder ---- */

static void test_projection_write(void **state)
{
    (void)state;
    static const char plan[] = "scenario: Plan\nbase_year: 2015\nyears: [2015, 2017]\nmeasures:\n"
                               "  - {id: scrubber, control: {SO2: {efficiency: 0.5}, mode: add}}\n";
    static const char *const files[] = {"summary.csv", "ledger.csv", "notes.csv", "inventory-2017.csv", "result.nc"};
    ltn_inventory *base, *again;
    ltn_scenario *scenario;
    ltn_projection *run;
    assert_ok(ltn_inventory_read_csv(data_path("good/small.csv"), NULL, &base));
    assert_ok(ltn_scenario_parse(plan, strlen(plan), "plan", NULL, &scenario));
    assert_ok(ltn_projection_run(base, scenario, NULL, &run));
    const char *folder = temporary_path("run/2017");
    assert_ok(ltn_projection_write(run, NULL, NULL, folder));
    for (size_t i = 0; i < COUNT(files); i++) assert_int_equal(access(path_in(folder, files[i]), R_OK), 0);
    assert_ok(ltn_inventory_read_csv(path_in(folder, "inventory-2017.csv"), NULL, &again));
    assert_int_equal(ltn_inventory_base_year(again), 2017);
    assert_string_equal(ltn_inventory_baseline(again), "环统2015+Plan");
    /* SCENARIO.md, control: E(1 − φ·p·r), in full force from 2016 on. */
    assert_close(emission_number(again, "P1", "SO2", "emission_t"), 617.25, 1e-14, 0);
    assert_close(emission_number(again, "S1", "VOC", "emission_t"), 88.25, 1e-14, 0);
    ltn_inventory_free(again);
    assert_status(ltn_projection_write_inventory(run, 2031, folder), LTN_ENOTFOUND);
    assert_status(ltn_projection_write(run, NULL, NULL, path_in(folder, "summary.csv")), LTN_EIO);
    ltn_projection_free(run);
    ltn_scenario_free(scenario);
    ltn_inventory_free(base);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_writer_replaces_whole),
        cmocka_unit_test(test_writer_gives_up_without_a_trace),
        cmocka_unit_test(test_writer_follows_links_and_spares_pipes),
        cmocka_unit_test(test_writer_gives_usual_rights),
        cmocka_unit_test(test_writer_where_nothing_may_be_written),
        cmocka_unit_test(test_writer_onto_a_folder),
        cmocka_unit_test(test_writer_on_a_full_disk),
        cmocka_unit_test(test_folder_make),
        cmocka_unit_test(test_file_read),
        cmocka_unit_test(test_file_read_from_a_pipe),
        cmocka_unit_test(test_table_as_csv),
        cmocka_unit_test(test_numbers_keep_their_bits),
        cmocka_unit_test(test_small_inventory_reads_back),
        cmocka_unit_test(test_random_inventories_read_back),
        cmocka_unit_test(test_metadata_cannot_break_the_file),
        cmocka_unit_test(test_projection_write),
    };
    obey_test_filter();
    return cmocka_run_group_tests_name("output", tests, NULL, remove_temporary_folder);
}
