/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ensembles in stores: what is read is what was written, parts make the whole, and what does not agree is refused. */
#include "book.h"

#include <hdf5.h>
#include <netcdf.h>
#include <unistd.h>

static const char *const csv = "# base_year: 2015\n# baseline: t\n# reconstructed: yes\n"
                               "source,region,sector,pollutant,activity,activity_unit,factor,factor_unit,removal,"
                               "activity_cv,factor_cv,factor_key\n"
                               "a,A,solvent.shoes,VOC,1000,t,385,g/kg,0.15,0.2,0.5,shoes\n"
                               "b,B,solvent.shoes,VOC,700,t,385,g/kg,,0.2,0.5,shoes\n"
                               "c,B,process.kiln,NOx,51,t,2.4,g/kg,,0.1,0.3,\n";
static const char *const yaml = "scenario: 方案\nbase_year: 2015\nyears: [2015, 2017]\nmeasures:\n"
                                "  - id: rto\n    where: {sector: solvent}\n"
                                "    control: {VOC: {efficiency: {triangular: [0.4, 0.6, 0.7]}}}\n"
                                "  - id: 新厂\n    add: {source: N, region: A, sector: process.made, from: 2017, "
                                "emissions: {VOC: 31 t/yr}}\n    offset: {pollutant: VOC, rule: two}\n"
                                "offset_rules:\n  two: {ratio: 2, within: [county, city]}\n";
static const char *const targets_csv =
    "region,pollutant,kind,value,unit,base_year,target_year,state,scope\n"
    "A,VOC,cut,40,%,2015,2017,value,\nB,VOC,cut,55,%,2015,2017,value,\n"
    "B,NOx,cut,10,%,2015,2017,not_assessed,\ncoal,coal,indicator,3,%,2015,2017,value,\n";

/* ---- ensembles ---- */

static book_made made;

static int make(void **state)
{
    (void)state;
    const book_case c = {.regions = REGIONS "coal,W,county\n", .csv = csv, .yaml = yaml, .targets = targets_csv};
    made = book_of(&c);
    return 0;
}

static int unmake(void **state)
{
    book_free(&made);
    return remove_temporary_folder(state);
}

static ltn_ensemble *run_part(size_t draws, size_t first, size_t count, size_t memory)
{
    ltn_ensemble_options o;
    ltn_ensemble *e = NULL;
    ltn_ensemble_options_init(&o);
    o.draws = draws;
    o.first_draw = first;
    o.draw_count = count;
    o.seed = UINT64_C(0xFEDCBA9876543210); /* more than a double or a signed integer holds */
    o.sampling = LTN_SAMPLING_LATIN_HYPERCUBE;
    o.targets = made.targets;
    o.book = made.book;
    o.memory = memory;
    assert_ok(ltn_ensemble_run(ltn_offset_book_projection(made.book), &o, &e));
    return e;
}

static ltn_ensemble *through_store(ltn_ensemble *e, const char *name)
{
    ltn_ensemble *back = NULL;
    assert_ok(ltn_ensemble_write_hdf5(e, NULL, temporary_path(name)));
    assert_ok(ltn_ensemble_read_hdf5(temporary_path(name), NULL, &back));
    ltn_ensemble_free(e);
    return back;
}

static void assert_same(const ltn_ensemble *a, const ltn_ensemble *b)
{
    static const double probabilities[] = {0.025, 0.5, 0.975};
    ltn_table *x = NULL, *y = NULL;
    assert_int_equal(ltn_ensemble_draw_count(a), ltn_ensemble_draw_count(b));
    assert_ok(ltn_ensemble_summary(a, probabilities, 3, &x));
    assert_ok(ltn_ensemble_summary(b, probabilities, 3, &y));
    assert_same_tables(x, y);
    for (size_t row = 0; row < ltn_table_rows(x) && ltn_ensemble_draws(a, row); row++)
        assert_memory_equal(ltn_ensemble_draws(a, row), ltn_ensemble_draws(b, row),
                            ltn_ensemble_draw_count(a) * sizeof(double));
    ltn_table_free(x);
    ltn_table_free(y);
    assert_ok(ltn_ensemble_targets(a, &x));
    assert_ok(ltn_ensemble_targets(b, &y));
    assert_same_tables(x, y);
    ltn_table_free(x);
    ltn_table_free(y);
    assert_ok(ltn_ensemble_projects(a, &x));
    assert_ok(ltn_ensemble_projects(b, &y));
    assert_same_tables(x, y);
    assert_int_equal(ltn_table_rows(x), 1);
    ltn_table_free(x);
    ltn_table_free(y);
}

static const size_t kept = (size_t)1 << 30;

static void test_read_is_what_was_written(void **state)
{
    (void)state;
    ltn_ensemble *e = run_part(501, 0, 0, kept), *back = NULL;
    assert_ok(ltn_ensemble_write_hdf5(e, NULL, temporary_path("整体.h5")));
    assert_ok(ltn_ensemble_read_hdf5(temporary_path("整体.h5"), NULL, &back));
    assert_same(e, back);
    ltn_table *t = NULL; /* of one baseline */
    assert_ok(ltn_ensemble_difference(e, back, NULL, 0, &t));
    ltn_table_free(t);
    assert_non_null(ltn_ensemble_draws(back, 0));
    ltn_ensemble_free(e);
    ltn_ensemble_free(back);
}

/* A line of draws longer than a chunk, and chunks that reach over the end: 70,000 = 65,536 + 4,464. */
static void test_long_lines(void **state)
{
    (void)state;
    ltn_ensemble *e = run_part(70000, 0, 0, kept), *back = NULL;
    assert_ok(ltn_ensemble_write_hdf5(e, NULL, temporary_path("long.h5")));
    assert_ok(ltn_ensemble_read_hdf5(temporary_path("long.h5"), NULL, &back));
    assert_same(e, back);
    ltn_ensemble_free(e);
    ltn_ensemble_free(back);
}

static void check_parts(size_t draws, size_t cut, size_t memory)
{
    ltn_ensemble *whole = run_part(draws, 0, 0, memory), *merged = NULL, *refused = whole;
    ltn_ensemble *parts[] = {through_store(run_part(draws, 0, cut, memory), "first.h5"),
                             through_store(run_part(draws, cut, 0, memory), "second.h5")};
    assert_ok(ltn_ensemble_merge((const ltn_ensemble *const *)parts, 2, &merged));
    assert_same(whole, merged);
    assert_status(ltn_ensemble_merge((const ltn_ensemble *const[]){parts[1], parts[0]}, 2, &refused), LTN_EARGUMENT);
    assert_null(refused);
    ltn_ensemble_free(whole);
    ltn_ensemble_free(merged);
    for (size_t i = 0; i < 2; i++) ltn_ensemble_free(parts[i]);
}

static void test_parts_make_the_whole(void **state)
{
    (void)state;
    check_parts(700, 123, kept);
    check_parts(8192 + 17, 4096, 0); /* without draws: moments and counts; parts of whole chunks */
}

/* ---- what is refused ---- */

typedef void (*damage)(hid_t file);

static hid_t dataset_like(hid_t file, const char *name, hid_t type, int rank, const hsize_t *shape)
{
    hid_t form = H5Pcreate(H5P_DATASET_CREATE), space = H5Screate_simple(rank, shape, NULL);
    hsize_t chunk[2] = {1, 1};
    double absent = NAN;
    assert_true(H5Pset_chunk(form, rank, chunk) >= 0);
    if (H5Tequal(type, H5T_NATIVE_DOUBLE)) H5Pset_fill_value(form, type, &absent);
    assert_true(H5Ldelete(file, name, H5P_DEFAULT) >= 0);
    hid_t made_set = H5Dcreate2(file, name, type, space, H5P_DEFAULT, form, H5P_DEFAULT);
    assert_true(made_set >= 0);
    H5Pclose(form);
    H5Sclose(space);
    return made_set;
}

static void replace(hid_t file, const char *name, hid_t type, int rank, hsize_t lines, hsize_t rows)
{
    H5Dclose(dataset_like(file, name, type, rank, (hsize_t[]){lines, rows}));
}

/* The k-th value of a column becomes another. */
static void set_value(hid_t file, const char *name, size_t k, double value)
{
    hid_t set = H5Dopen2(file, name, H5P_DEFAULT), space = H5Dget_space(set);
    size_t count = (size_t)H5Sget_simple_extent_npoints(space);
    double *values = calloc(count, sizeof *values);
    assert_true(H5Dread(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    assert_true(k < count);
    values[k] = value;
    assert_true(H5Dwrite(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    free(values);
    H5Sclose(space);
    H5Dclose(set);
}

static void set_attribute(hid_t file, const char *name, hid_t type, const void *value)
{
    hid_t space = H5Screate(H5S_SCALAR);
    assert_true(H5Adelete(file, name) >= 0);
    hid_t attribute = H5Acreate2(file, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(H5Awrite(attribute, type, value) >= 0);
    H5Aclose(attribute);
    H5Sclose(space);
}

static void set_unsigned(hid_t file, const char *name, uint64_t value)
{
    set_attribute(file, name, H5T_NATIVE_UINT64, &value);
}

static void set_text(hid_t file, const char *name, const char *value)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, strlen(value));
    H5Tset_strpad(type, H5T_STR_NULLPAD);
    set_attribute(file, name, type, value);
    H5Tclose(type);
}

static void draws_of_one_dimension(hid_t f)
{
    replace(f, "draws", H5T_NATIVE_DOUBLE, 1, 60, 60);
}
static void draws_of_floats(hid_t f)
{
    replace(f, "draws", H5T_NATIVE_FLOAT, 2, 17, 60);
}
static void draws_too_few(hid_t f)
{
    replace(f, "draws", H5T_NATIVE_DOUBLE, 2, 17, 59);
}
static void draws_of_other_rows(hid_t f)
{
    replace(f, "draws", H5T_NATIVE_DOUBLE, 2, 3, 60);
}
static void draws_huge(hid_t f)
{
    replace(f, "draws", H5T_NATIVE_DOUBLE, 2, (hsize_t)1 << 31, (hsize_t)1 << 31);
}
static void draws_beyond(hid_t f)
{
    replace(f, "draws", H5T_NATIVE_DOUBLE, 2, (hsize_t)1 << 40, 60);
}
static void draws_missing(hid_t f)
{
    H5Ldelete(f, "draws", H5P_DEFAULT);
}
static void a_draw_absent(hid_t f)
{
    set_value(f, "draws", 61, NAN);
}
static void a_draw_infinite(hid_t f)
{
    set_value(f, "draws", 62, INFINITY);
}
static void central_short(hid_t f)
{
    replace(f, "central", H5T_NATIVE_DOUBLE, 1, 7, 7);
}
static void central_other(hid_t f)
{
    set_value(f, "central", 0, 12.5);
}
static void met_too_often(hid_t f)
{
    set_value(f, "target_counts/met", 0, 61);
}
static void met_in_part(hid_t f)
{
    set_value(f, "target_counts/met", 0, 1.5);
}
static void target_beyond(hid_t f)
{
    set_value(f, "target_counts/target", 2, 4);
}
static void target_twice(hid_t f)
{
    set_value(f, "target_counts/target", 1, 0);
}
static void row_of_another(hid_t f)
{
    set_value(f, "target_counts/base_row", 1, 0);
}
static void covered_absent(hid_t f)
{
    set_value(f, "project_counts/covered", 0, NAN);
}
static void no_covered(hid_t f)
{
    H5Ldelete(f, "project_counts/covered", H5P_DEFAULT);
}
static void no_counts(hid_t f)
{
    H5Ldelete(f, "target_counts", H5P_DEFAULT);
}
static void no_p_met(hid_t f)
{
    H5Ldelete(f, "targets/p_met", H5P_DEFAULT);
}
static void no_words(hid_t f)
{
    H5Ldelete(f, "words", H5P_DEFAULT);
}
static void no_emission(hid_t f)
{
    H5Ldelete(f, "sums/emission_t", H5P_DEFAULT);
}
static void no_sums(hid_t f)
{
    H5Ldelete(f, "sums", H5P_DEFAULT);
}
static void short_column(hid_t f)
{
    replace(f, "sums/year", H5T_NATIVE_DOUBLE, 1, 2, 2);
}
static void count_zero(hid_t f)
{
    set_unsigned(f, "draw_count", 0);
}
static void count_beyond(hid_t f)
{
    set_unsigned(f, "draw_count", 61);
}
static void count_huge(hid_t f)
{
    set_unsigned(f, "draws", UINT64_MAX);
    set_unsigned(f, "draw_count", UINT64_MAX / 8);
}
static void first_beyond(hid_t f)
{
    set_unsigned(f, "first_draw", UINT64_MAX);
}
static void seed_of_a_double(hid_t f)
{
    double seed = 1;
    set_attribute(f, "seed", H5T_NATIVE_DOUBLE, &seed);
}
static void no_seed(hid_t f)
{
    H5Adelete(f, "seed");
}
static void other_sampling(hid_t f)
{
    set_text(f, "sampling", "foo");
}
static void other_content(hid_t f)
{
    set_text(f, "content", "inventory");
}
static void other_version(hid_t f)
{
    int32_t version = 2;
    set_attribute(f, "lantian_store_version", H5T_NATIVE_INT32, &version);
}
static void soft_link(hid_t f)
{
    H5Ldelete(f, "central", H5P_DEFAULT);
    H5Lcreate_external("/etc/passwd", "/x", f, "central", H5P_DEFAULT, H5P_DEFAULT);
}

static const struct {
    const char *name;
    damage act;
    ltn_status status;
    const char *words;
} hostile[] = {
    {"1-D", draws_of_one_dimension, LTN_EINPUT, "two dimensions"},
    {"floats", draws_of_floats, LTN_EINPUT, "64-bit floating-point"},
    {"59", draws_too_few, LTN_EINPUT, "17 x 59 values; expected 17 x 60"},
    {"3 rows", draws_of_other_rows, LTN_EINPUT, "3 x 60 values; expected 17 x 60"},
    {"huge", draws_huge, LTN_EINPUT, "chunks do not fit a file"},
    {"beyond", draws_beyond, LTN_EINPUT, "2^31"},
    {"no draws", draws_missing, LTN_EINPUT, "draws: it is missing"},
    {"NaN", a_draw_absent, LTN_EINPUT, "value 61 is absent"},
    {"infinite", a_draw_infinite, LTN_EINPUT, "value 62 is inf"},
    {"central", central_short, LTN_EINPUT, "7 values; expected 17"},
    {"central 0", central_other, LTN_EINPUT, "value 0 is 12.5; emission_t is"},
    {"met", met_too_often, LTN_EINPUT, "met of row 0 is 61; expected a whole number from 0 to 60"},
    {"1.5", met_in_part, LTN_EINPUT, "met of row 0 is 1.5"},
    {"target", target_beyond, LTN_EINPUT, "target of row 2 is 4; expected a whole number from 2 to 3"},
    {"twice", target_twice, LTN_EINPUT, "target of row 1 is 0; expected a whole number from 1 to 3"},
    {"row", row_of_another, LTN_EINPUT, "base_row of row 1 is 0"},
    {"covered", covered_absent, LTN_EINPUT, "covered of row 0 is nan"},
    {"no covered", no_covered, LTN_EINPUT, "a column 'covered' of numbers"},
    {"no counts", no_counts, LTN_EINPUT, "target_counts: it is missing"},
    {"no p_met", no_p_met, LTN_EINPUT, "a column 'p_met' of numbers"},
    {"no words", no_words, LTN_EINPUT, "words: it is missing"},
    {"no emission", no_emission, LTN_EINPUT, "a column 'emission_t' of numbers"},
    {"no sums", no_sums, LTN_EINPUT, "sums: it is missing"},
    {"short", short_column, LTN_EINPUT, "values; the table has"},
    {"0 draws", count_zero, LTN_EINPUT, "0 draws from number 0 on do not lie within a run of 60"},
    {"61 draws", count_beyond, LTN_EINPUT, "61 draws from number 0 on do not lie within a run of 60"},
    {"2^61 draws", count_huge, LTN_EINPUT, "do not lie within"},
    {"first", first_beyond, LTN_EINPUT, "do not lie within"},
    {"seed", seed_of_a_double, LTN_EINPUT, "'seed' is not one 64-bit unsigned integer"},
    {"no seed", no_seed, LTN_EINPUT, "no attribute 'seed'"},
    {"sampling", other_sampling, LTN_EINPUT, "sampling 'foo'; expected random, latin or sobol"},
    {"content", other_content, LTN_EINPUT, "a store of 'inventory'; expected 'ensemble'"},
    {"version", other_version, LTN_EINPUT, "a store of version 2"},
    {"link", soft_link, LTN_EINPUT, "a link to elsewhere"},
};

/* 17 rows: 3 years of 3 sums (A VOC, which the new source counts in, B VOC, B NOx), two of each of 3 targets (the
 * indicator has none) and two of the project. */
static void test_hostile_stores(void **state)
{
    (void)state;
    ltn_ensemble *e = run_part(60, 0, 0, kept), *back = NULL;
    const char *path = temporary_path("hostile.h5");
    for (size_t i = 0; i < COUNT(hostile); i++) {
        assert_ok(ltn_ensemble_write_hdf5(e, NULL, path));
        hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
        assert_true(file >= 0);
        hostile[i].act(file);
        H5Fclose(file);
        print_message("%s\n", hostile[i].name);
        back = e;
        assert_status(ltn_ensemble_read_hdf5(path, NULL, &back), hostile[i].status);
        assert_null(back);
        assert_contains(ltn_last_error()->message, hostile[i].words);
    }
    ltn_ensemble_free(e);
}

static void sketch_other(hid_t f)
{
    set_value(f, "sketch", 4096, 7);
}
static void sketch_negative(hid_t f)
{
    set_value(f, "sketch", 4096, -5);
}
static void moments_narrow(hid_t f)
{
    replace(f, "moments", H5T_NATIVE_DOUBLE, 2, 17, 5);
}

static void test_counts_that_do_not_agree(void **state)
{
    (void)state;
    static const struct {
        damage act;
        const char *words;
    } cases[] = {{sketch_other, "draws; expected 60"},
                 {sketch_negative, "value 4096 is -5"},
                 {moments_narrow, "17 x 5 values; expected 17 x 6"}};
    ltn_ensemble *e = run_part(60, 0, 0, 0), *back = NULL;
    const char *path = temporary_path("counts.h5");
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_ok(ltn_ensemble_write_hdf5(e, NULL, path));
        hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
        cases[i].act(file);
        H5Fclose(file);
        assert_status(ltn_ensemble_read_hdf5(path, NULL, &back), LTN_EINPUT);
        assert_null(back);
        assert_contains(ltn_last_error()->message, cases[i].words);
    }
    ltn_ensemble_free(e);
}

static void test_memory_limit(void **state)
{
    (void)state;
    ltn_ensemble *e = run_part(5000, 0, 0, kept), *back = NULL;
    ltn_ensemble_read_options o;
    assert_ok(ltn_ensemble_write_hdf5(e, NULL, temporary_path("limit.h5")));
    ltn_ensemble_read_options_init(&o);
    o.memory_limit = 17 * 5000 * 8;
    assert_status(ltn_ensemble_read_hdf5(temporary_path("limit.h5"), &o, &back), LTN_ELIMIT);
    assert_null(back);
    ltn_ensemble_free(e);
}

static void test_other_files(void **state)
{
    (void)state;
    ltn_ensemble *e = run_part(60, 0, 0, kept), *back = e;
    ltn_inventory *inventory = NULL;
    assert_status(ltn_ensemble_read_hdf5(temporary_path("nowhere.h5"), NULL, &back), LTN_EIO);
    assert_null(back);
    assert_status(ltn_ensemble_read_hdf5(write_file("text.h5", "text"), NULL, &back), LTN_EINPUT);
    assert_ok(ltn_inventory_write_hdf5(made.p.base, temporary_path("inventory.h5"), NULL));
    assert_status(ltn_ensemble_read_hdf5(temporary_path("inventory.h5"), NULL, &back), LTN_EINPUT);
    assert_contains(ltn_last_error()->message, "a store of 'inventory'; expected 'ensemble'");
    assert_ok(ltn_ensemble_write_hdf5(e, NULL, temporary_path("ensemble.h5")));
    assert_status(ltn_inventory_read_hdf5(temporary_path("ensemble.h5"), NULL, &inventory), LTN_EINPUT);
    assert_contains(ltn_last_error()->message, "a store of 'ensemble'; expected 'inventory'");
    assert_null(inventory);
    assert_status(ltn_ensemble_write_hdf5(e, NULL, "/nowhere/at/all/e.h5"), LTN_EIO);
    const char *const inputs[] = {"/nowhere/input.csv"};
    ltn_output_options o;
    ltn_output_options_init(&o);
    o.inputs = inputs;
    o.input_count = 1;
    assert_status(ltn_ensemble_write_hdf5(e, &o, temporary_path("no-input.h5")), LTN_EIO);
    assert_int_not_equal(access(temporary_path("no-input.h5"), F_OK), 0);
    ltn_ensemble_free(e);
}

/* Whatever bytes are flipped or cut off: an error or an ensemble, whose tables can be made. */
static void test_flipped_bytes(void **state)
{
    (void)state;
    for (int with_draws = 0; with_draws < 2; with_draws++) {
        ltn_ensemble *e = run_part(40, 0, 0, with_draws ? kept : 0), *back = NULL;
        size_t size, refused = 0, times = is_slow() ? 50 : 1500;
        assert_ok(ltn_ensemble_write_hdf5(e, NULL, temporary_path("good.h5")));
        char *good = read_whole(temporary_path("good.h5"), &size), *bytes = malloc(size);
        uint64_t random = 42;
        for (size_t i = 0; i < times; i++) {
            memcpy(bytes, good, size);
            size_t flips = 1 + random_bits(&random) % 3;
            for (size_t k = 0; k < flips; k++)
                bytes[random_bits(&random) % size] ^= (char)(1 + random_bits(&random) % 255);
            size_t length = i % 10 ? size : random_bits(&random) % size;
            if (ltn_ensemble_read_hdf5(write_bytes("bad.h5", bytes, length), NULL, &back)) {
                assert_null(back);
                refused++;
            } else {
                assert_int_equal(ltn_ensemble_draw_count(back), 40);
                assert_same(back, back);
                ltn_ensemble_free(back);
            }
        }
        assert_true(refused > times / 2); /* checksums everywhere but in what chunks leave unused */
        free(good);
        free(bytes);
        ltn_ensemble_free(e);
    }
}

/* ---- sums of sums ---- */

static double sum_of_draws(const ltn_ensemble *e, const ltn_table *t, double year, const char *pollutant, size_t draw)
{
    double sum = 0;
    for (size_t row = 0; row < ltn_table_rows(t); row++)
        if (number_at(t, row, "year") == year && strcmp(text_at(t, row, "pollutant"), pollutant) == 0)
            sum += ltn_ensemble_draws(e, row)[draw];
    return sum;
}

static void test_regrouped(void **state)
{
    (void)state;
    static const char *const kept_columns[] = {"year", "pollutant"}, *const unknown[] = {"fuel"},
                             *const result[] = {"emission_t"};
    ltn_ensemble *e = run_part(300, 0, 0, kept), *coarse = NULL, *sketched = run_part(300, 0, 0, 0);
    ltn_table *fine = NULL, *sums = NULL;
    assert_ok(ltn_ensemble_summary(e, NULL, 0, &fine));
    assert_ok(ltn_ensemble_regroup(e, kept_columns, 2, &coarse));
    assert_ok(ltn_ensemble_summary(coarse, NULL, 0, &sums));
    assert_int_equal(ltn_table_rows(sums), 6); /* three years of VOC and of NOx */
    assert_int_equal(ltn_ensemble_draw_count(coarse), 300);
    for (size_t row = 0; row < 6; row++) {
        double year = number_at(sums, row, "year");
        for (size_t draw = 0; draw < 300; draw++)
            assert_close(ltn_ensemble_draws(coarse, row)[draw],
                         sum_of_draws(e, fine, year, text_at(sums, row, "pollutant"), draw), 1e-14, 0);
    }
    ltn_table_free(sums);
    ltn_ensemble_free(coarse);
    assert_ok(ltn_ensemble_regroup(e, NULL, 0, &coarse)); /* one sum of everything */
    assert_ok(ltn_ensemble_summary(coarse, NULL, 0, &sums));
    assert_int_equal(ltn_table_rows(sums), 1);
    ltn_table_free(sums);
    assert_status(ltn_ensemble_targets(coarse, &sums), LTN_EARGUMENT);
    ltn_ensemble_free(coarse);
    assert_status(ltn_ensemble_regroup(e, unknown, 1, &coarse), LTN_ENOTFOUND);
    assert_null(coarse);
    assert_status(ltn_ensemble_regroup(e, result, 1, &coarse), LTN_ENOTFOUND);
    assert_status(ltn_ensemble_regroup(sketched, kept_columns, 2, &coarse), LTN_EARGUMENT);
    ltn_table_free(fine);
    ltn_ensemble_free(e);
    ltn_ensemble_free(sketched);
}

/* ---- results ---- */

static ltn_status write_arrays(const ltn_ensemble *e, const ltn_targets *targets, size_t dense_cells)
{
    ltn_output_options o;
    ltn_output_options_init(&o);
    o.ensemble = e;
    o.dense_cells = dense_cells;
    return ltn_offset_book_write_netcdf(made.book, targets, &o, temporary_path("result.nc"));
}

static void read_array(int file, const char *name, int rank, size_t size, double *out)
{
    int variable, dimensions, ids[NC_MAX_VAR_DIMS];
    size_t all = 1, length;
    assert_int_equal(nc_inq_varid(file, name, &variable), NC_NOERR);
    assert_int_equal(nc_inq_varndims(file, variable, &dimensions), NC_NOERR);
    assert_int_equal(dimensions, rank);
    assert_int_equal(nc_inq_vardimid(file, variable, ids), NC_NOERR);
    for (int i = 0; i < rank; i++) assert_int_equal(nc_inq_dimlen(file, ids[i], &length), NC_NOERR), all *= length;
    assert_int_equal(all, size);
    assert_int_equal(nc_get_var_double(file, variable, out), NC_NOERR);
}

/* Where arrays over all combinations would be too large, the quantiles' rows are those of the means. */
static void test_rows_of_combinations(void **state)
{
    (void)state;
    enum { QUANTILES = 7, YEARS = 3, ROWS = 3 };
    static const double probabilities[QUANTILES] = {0.025, 0.05, 0.25, 0.5, 0.75, 0.95, 0.975};
    static const char *const names[QUANTILES] = {"p2.5_t", "p5_t", "p25_t", "p50_t", "p75_t", "p95_t", "p97.5_t"};
    ltn_ensemble *e = run_part(400, 0, 0, kept);
    ltn_table *t = NULL;
    int file;
    double means[YEARS * ROWS], quantiles[QUANTILES * YEARS * ROWS];
    assert_ok(ltn_ensemble_summary(e, probabilities, QUANTILES, &t));
    assert_ok(write_arrays(e, made.targets, 1));
    assert_int_equal(nc_open(temporary_path("result.nc"), NC_NOWRITE, &file), NC_NOERR);
    read_array(file, "emission_mean", 2, YEARS * ROWS, means);
    read_array(file, "emission_quantile", 3, QUANTILES * YEARS * ROWS, quantiles);
    assert_int_equal(nc_close(file), NC_NOERR);
    for (size_t cell = 0; cell < YEARS * ROWS; cell++) {
        size_t row = 0;
        double year = 2015 + (double)(cell / ROWS);
        while (row < ltn_table_rows(t) &&
               (number_at(t, row, "mean_t") != means[cell] || number_at(t, row, "year") != year))
            row++;
        assert_true(row < ltn_table_rows(t));
        for (size_t q = 0; q < QUANTILES; q++)
            assert_same_bits(quantiles[q * YEARS * ROWS + cell], number_at(t, row, names[q]));
    }
    ltn_table_free(t);
    ltn_ensemble_free(e);
}

static ltn_ensemble *other_run(const char *other_csv, const char *other_yaml, const ltn_targets *targets)
{
    plan p = plan_of(other_csv, other_yaml);
    ltn_ensemble *e = NULL;
    ltn_ensemble_options o;
    ltn_ensemble_options_init(&o);
    o.draws = 10;
    o.targets = targets;
    assert_ok(ltn_ensemble_run(p.run, &o, &e));
    plan_free(&p);
    return e;
}

static void test_an_ensemble_of_another_run(void **state)
{
    (void)state;
    static const char head[] = "# base_year: 2015\nsource,region,sector,pollutant,emission_t\n";
    static const char *const rows[] = {"a,X9,s,VOC,3\n", "a,A,s,PM10,3\n"};
    const char *early = "scenario: s\nbase_year: 2014\nyears: [2014, 2015]\nmeasures: []\n",
               *same = "scenario: s\nbase_year: 2015\nyears: [2015, 2016]\nmeasures: []\n";
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[200];
        snprintf(text, sizeof text, "%s%s", head, rows[i]);
        ltn_ensemble *e = other_run(text, same, NULL);
        assert_status(write_arrays(e, made.targets, 0), LTN_EARGUMENT);
        assert_contains(ltn_last_error()->message, "the ensemble is of another run");
        ltn_ensemble_free(e);
    }
    ltn_ensemble *e =
        other_run("# base_year: 2014\nsource,region,sector,pollutant,emission_t\na,A,s,VOC,3\n", early, NULL);
    assert_status(write_arrays(e, made.targets, 0), LTN_EARGUMENT);
    assert_contains(ltn_last_error()->message, "its years");
    ltn_ensemble_free(e);
    e = run_part(10, 0, 0, kept);
    assert_status(write_arrays(e, NULL, 0), LTN_EARGUMENT);
    assert_contains(ltn_last_error()->message, "its targets");
    ltn_ensemble_free(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read_is_what_was_written),
        cmocka_unit_test(test_long_lines),
        cmocka_unit_test(test_parts_make_the_whole),
        cmocka_unit_test(test_hostile_stores),
        cmocka_unit_test(test_counts_that_do_not_agree),
        cmocka_unit_test(test_memory_limit),
        cmocka_unit_test(test_other_files),
        cmocka_unit_test(test_flipped_bytes),
        cmocka_unit_test(test_regrouped),
        cmocka_unit_test(test_rows_of_combinations),
        cmocka_unit_test(test_an_ensemble_of_another_run),
    };
    obey_test_filter();
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    return cmocka_run_group_tests(tests, make, unmake);
}
