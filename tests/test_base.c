/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ground floor: errors, text, numbers, sums, tables, units, distributions, loops. */
#include "support.h"

#include "base/diagnostics.h"
#include "base/dictionary.h"
#include "base/distribution.h"
#include "base/parallel.h"
#include "base/sum.h"
#include "base/table.h"
#include "base/text.h"
#include "base/unit.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>

/* ---- errors ---- */

static void test_status_texts(void **state)
{
    (void)state;
    for (int code = LTN_ELIMIT; code <= LTN_OK; code++)
        assert_string_not_equal(ltn_status_text((ltn_status)code), "unknown status");
    assert_string_equal(ltn_status_text((ltn_status)-999), "unknown status");
    assert_string_equal(ltn_status_text((ltn_status)1), "unknown status");
}

static void test_version(void **state)
{
    (void)state;
    char expected[32];
    snprintf(expected, sizeof expected, "%d.%d.%d", LTN_VERSION_MAJOR, LTN_VERSION_MINOR, LTN_VERSION_PATCH);
    assert_string_equal(ltn_version(), expected);
}

static void *fail_elsewhere(void *seen_before)
{
    *(ltn_status *)seen_before = ltn_last_error()->code;
    (void)ltn_fail(LTN_EUNIT, NULL, "another thread's failure");
    return NULL;
}

static void test_errors_belong_to_their_thread(void **state)
{
    (void)state;
    assert_int_equal(ltn_fail(LTN_ENOTFOUND, &(ltn_place){"boilers.csv", 17, 8}, "no %s", "boiler"), LTN_ENOTFOUND);
    pthread_t thread;
    ltn_status seen_before = LTN_EIO;
    assert_int_equal(pthread_create(&thread, NULL, fail_elsewhere, &seen_before), 0);
    pthread_join(thread, NULL);
    assert_int_equal(seen_before, LTN_OK);
    const ltn_error *error = ltn_last_error();
    assert_int_equal(error->code, LTN_ENOTFOUND);
    assert_int_equal(error->line, 17);
    assert_int_equal(error->column, 8);
    assert_string_equal(error->source, "boilers.csv");
    assert_string_equal(error->message, "no boiler");
}

static void test_long_messages_end_between_characters(void **state)
{
    (void)state;
    char message[1024];
    for (size_t shift = 0; shift < 4; shift++) {
        size_t used = shift;
        memset(message, 'x', shift);
        for (; used + 4 < sizeof message; used += 4) memcpy(message + used, "\xF0\xA0\xAE\xB7", 4); /* U+20BB7 */
        message[used] = '\0';
        (void)ltn_fail(LTN_EINPUT, &(ltn_place){message, 1, 1}, "%s", message);
        const ltn_error *error = ltn_last_error();
        size_t length = strlen(error->message), source = strlen(error->source);
        assert_in_range(length, 508, 511);
        assert_int_equal(ltn_text_invalid_utf8(error->message, length), length);
        assert_in_range(source, 252, 255);
        assert_int_equal(ltn_text_invalid_utf8(error->source, source), source);
    }
}

/* ---- sums ---- */

static void test_sum_keeps_small_terms(void **state)
{
    (void)state;
    /* METHODS.md, Sums: exact 2; naive and Kahan give 0. */
    const double values[] = {1, 1e100, 1, -1e100};
    ltn_sum sum = {0};
    for (size_t i = 0; i < COUNT(values); i++) ltn_sum_add(&sum, values[i]);
    assert_true(ltn_sum_value(&sum) == 2);
    assert_true(ltn_sum_array(values, COUNT(values)) == 2);
    assert_true(ltn_sum_array(values, 0) == 0);
}

static void test_sum_of_blocks(void **state)
{
    (void)state;
    enum { N = 3 * 4096 + 517 };
    double *values = malloc(N * sizeof *values);
    uint64_t random = 20180803;
    long double exact = 0;
    for (size_t i = 0; i < N; i++) {
        values[i] = random_uniform(&random, -1, 1) * pow(10, random_uniform(&random, -6, 6));
        exact += values[i]; /* 64 bits of mantissa: 11 more than a double's */
    }
    assert_close(ltn_sum_array(values, N), (double)exact, 1e-13, 1e-9);
    /* Whole numbers and their opposites: exactly the one left over. */
    for (size_t i = 0; i + 1 < N; i += 2) values[i + 1] = -(values[i] = (double)(random_bits(&random) >> 11));
    values[N - 1] = 0.1;
    assert_true(ltn_sum_array(values, N) == 0.1);
    free(values);
}

/* ---- numbers ---- */

/* A decimal number of one of many shapes. */
static int random_number_text(uint64_t *random, char *out, size_t size)
{
    unsigned long long bits = random_bits(random);
    double value;
    memcpy(&value, &(uint64_t){random_bits(random)}, sizeof value);
    if (!isfinite(value)) value = 1.5;
    switch (random_bits(random) % 10) {
    case 0:
        return snprintf(out, size, "%.17g", value);
    case 1:
        return snprintf(out, size, "%.*e", (int)(bits % 40), value);
    case 2:
        return snprintf(out, size, "%llu", bits >> (bits & 63));
    case 3:
        return snprintf(out, size, "%llu.%llu", bits % 100000, (bits >> 20) % 1000000);
    case 4:
        return snprintf(out, size, "%.*f", (int)(bits % 30), random_uniform(random, -1e6, 1e6));
    case 5:
        return snprintf(out, size, "-.%0*llu", (int)(bits % 25) + 1, bits >> 40);
    case 6:
        return snprintf(out, size, "+%llu.e%+d", bits % 9007199254740993u, (int)(bits % 80) - 40);
    case 7:
        return snprintf(out, size, "%llu%llu%lluE-%d", bits, bits % 977, bits, (int)(bits % 400));
    case 8:
        return snprintf(out, size, "000%llu.000%llu000", bits % 1000, bits % 7919);
    default: /* halfway between two doubles, or nearly */
        return snprintf(out, size, "%llu.5", UINT64_C(9007199254740992) + bits % 4096);
    }
}

static void test_numbers_have_the_bits_of_strtod(void **state)
{
    (void)state;
    uint64_t random = 330300;
    for (long i = 0, n = is_slow() ? 20000 : 1000000; i < n; i++) {
        char number[512];
        size_t length = (size_t)random_number_text(&random, number, sizeof number);
        double got = NAN, expected = strtod(number, NULL);
        size_t read = ltn_text_number(number, length, &got);
        if (read != length || memcmp(&got, &expected, sizeof got))
            fail_msg("'%s': %zu of %zu bytes read, %a; strtod gives %a", number, read, length, got, expected);
    }
}

static void test_numbers_end_where_they_end(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t read;
        double value;
    } cases[] = {
        {"", 0, 0},
        {".", 0, 0},
        {"+", 0, 0},
        {"-", 0, 0},
        {"-.", 0, 0},
        {"e5", 0, 0},
        {"inf", 0, 0},
        {"-inf", 0, 0},
        {"nan", 0, 0},
        {"NaN", 0, 0},
        {"infinity", 0, 0},
        {" 1", 0, 0},
        {"--1", 0, 0},
        {"x", 0, 0},
        {"\xEF\xBC\x91", 0, 0},
        {"1e", 1, 1},
        {"1e+", 1, 1},
        {"2.385E", 5, 2.385},
        {"1.2.3", 3, 1.2},
        {"0x1p3", 1, 0},
        {"0X10", 1, 0},
        {"1,5", 1, 1},
        {"12 t/h", 2, 12},
        {"80%", 2, 80},
        {"7.", 2, 7},
        {".5", 2, .5},
        {"-0", 2, -0.0},
        {"1d5", 1, 1},
        {"3.25e-2kg", 7, .0325},
        {"1_000", 1, 1},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        double got = 0;
        assert_int_equal(ltn_text_number(cases[i].text, strlen(cases[i].text), &got), cases[i].read);
        if (cases[i].read) assert_same_bits(got, cases[i].value);
    }
    double got = 0;
    assert_int_equal(ltn_text_number("12345", 3, &got), 3); /* never past the length given */
    assert_true(got == 123);
    assert_int_equal(ltn_text_number("1e400", 5, &got), 5);
    assert_true(isinf(got));
    assert_int_equal(ltn_text_number("1e-99999999999", 14, &got), 14);
    assert_true(got == 0);
}

/* ---- text ---- */

static void test_utf8(void **state)
{
    (void)state;
    /* RFC 3629, sections 3, 4 and 10: the first and last code of each length, surrogates, overlong forms,
     * codes above U+10FFFF, stray and missing continuation bytes. `good` is the length of the valid head. */
    static const struct {
        const char *bytes;
        size_t length, good;
    } cases[] = {
        {"", 0, 0},
        {"plain ASCII\x7F", 12, 12},
        {"\xC2\x80\xDF\xBF", 4, 4},
        {"\xE0\xA0\x80\xEF\xBF\xBF", 6, 6},
        {"\xED\x9F\xBF\xEE\x80\x80", 6, 6},
        {"\xF0\x90\x80\x80\xF4\x8F\xBF\xBF", 8, 8},
        {"\xE6\xB8\xA9\xE5\xB7\x9E", 6, 6}, /* 温州 */
        {"\x80", 1, 0},                     /* a continuation alone */
        {"ab\xBF", 3, 2},
        {"\xC0\xAF", 2, 0}, /* overlong '/' */
        {"\xC1\xBF", 2, 0},
        {"\xE0\x9F\xBF", 3, 0},     /* overlong */
        {"\xF0\x8F\xBF\xBF", 4, 0}, /* overlong */
        {"\xED\xA0\x80", 3, 0},     /* U+D800 */
        {"\xED\xBF\xBF", 3, 0},     /* U+DFFF */
        {"\xF4\x90\x80\x80", 4, 0}, /* U+110000 */
        {"\xF5\x80\x80\x80", 4, 0},
        {"\xFE", 1, 0},
        {"\xFF\xFE", 2, 0},
        {"\xC3", 1, 0}, /* cut off */
        {"x\xE6\xB8", 3, 1},
        {"\xF0\x90\x80", 3, 0},
        {"\xE6\xB8\x41", 3, 0}, /* ASCII where a continuation must be */
        {"\xC3\xC3\xA9", 3, 0},
        {"12345678\xE6\xB8\xA9"
         "1234567\xC0",
         19, 18},                   /* across the eight-byte steps */
        {"\xCE\xC2\xD6\xDD", 4, 0}, /* 温州 in GB18030 */
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(ltn_text_invalid_utf8(cases[i].bytes, cases[i].length), cases[i].good);
    assert_int_equal(ltn_text_characters("\xE6\xB8\xA9\xE5\xB7\x9E-1\xF0\xA0\xAE\xB7", 12), 5);
}

static void test_glob(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *text;
        bool match;
    } cases[] = {
        {"2102*", "2102001000", true},
        {"2102*", "2103001000", false},
        {"*", "", true},
        {"", "", true},
        {"", "a", false},
        {"?", "", false},
        {"a?c", "abc", true},
        {"a?c", "ac", false},
        {"*boiler*", "combustion.boiler.gas", true},
        {"*.gas", "combustion.gas.x", false},
        {"a*b*c", "a1b2b3c", true},
        {"a*b*c", "a1c2b", false},
        {"**x", "x", true},
        {"x**", "x", true},
        {"*ab", "aab", true},
        {"A*", "abc", false},
        {"a.c", "abc", false},
        {"[ab]", "a", false},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        if (ltn_text_glob(cases[i].pattern, cases[i].text) != cases[i].match)
            fail_msg("glob '%s' on '%s'", cases[i].pattern, cases[i].text);
    assert_true(ltn_text_is_glob("a*"));
    assert_true(ltn_text_is_glob("?"));
    assert_false(ltn_text_is_glob("combustion.boiler"));
    /* A matcher that goes back to every star would not end. */
    char text[5001];
    memset(text, 'a', 5000);
    text[5000] = '\0';
    assert_false(ltn_text_glob("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*ab", text));
}

static void test_nearest(void **state)
{
    (void)state;
    static const char *const words[] = {"emission_t", "pollutant", "activity", "SO2", "NOx", "combustion.boiler"};
    static const struct {
        const char *text, *nearest;
    } cases[] = {
        {"emision_t", "emission_t"},
        {"polutant", "pollutant"},
        {"actvitiy", "activity"},
        {"NOX", "NOx"},
        {"SO3", "SO2"},
        {"combustion.boilers", "combustion.boiler"},
        {"activity", "activity"},
        {"pm25", NULL},
        {"longitude", NULL},
        {"residential", NULL},
        {"", NULL},
        {"a_word_far_too_long_to_be_a_slip_of_the_pen_for_any_of_those_above", NULL},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *got = ltn_text_nearest(cases[i].text, words, COUNT(words)), *expected = cases[i].nearest;
        if (expected ? !got || strcmp(got, expected) : got != NULL)
            fail_msg("nearest to '%s' is %s", cases[i].text, got ? got : "(none)");
    }
    assert_null(ltn_text_nearest("SO2", words, 0));
}

static void test_year(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int year;
    } cases[] = {{"2015", 2015}, {"1998", 1998}, {"", 0},      {"15", 0},   {"20155", 0},
                 {"2O15", 0},    {"-2015", 0},   {"2015 ", 0}, {"+201", 0}, {"20.5", 0}};
    for (size_t i = 0; i < COUNT(cases); i++) assert_int_equal(ltn_text_year(cases[i].text), cases[i].year);
}

/* ---- memory, dictionary, table ---- */

static void test_arena(void **state)
{
    (void)state;
    ltn_arena arena = {0};
    uint64_t random = 7;
    static const size_t sizes[] = {1, 15, 16, 17, 1000, 5000, 65536, 300000, 3};
    unsigned char *kept[COUNT(sizes)];
    for (size_t i = 0; i < COUNT(sizes); i++) {
        kept[i] = ltn_arena_alloc(&arena, sizes[i]);
        assert_non_null(kept[i]);
        assert_int_equal((uintptr_t)kept[i] % _Alignof(max_align_t), 0);
        for (size_t k = 0; k < sizes[i]; k++) assert_int_equal(kept[i][k], 0);
        memset(kept[i], (int)i + 1, sizes[i]);
    }
    for (int i = 0; i < 2000; i++) assert_non_null(ltn_arena_text(&arena, "abcdefgh", random_bits(&random) % 9));
    for (size_t i = 0; i < COUNT(sizes); i++) assert_int_equal(kept[i][sizes[i] - 1], i + 1);
    assert_string_equal(ltn_arena_text(&arena, "abcdef", 3), "abc");
    assert_null(ltn_arena_alloc(&arena, (size_t)1 << 60));
    assert_int_equal(ltn_last_error()->code, LTN_ENOMEM);
    ltn_arena_free(&arena);
    ltn_arena_free(&arena);
}

static void test_allocations_that_cannot_be(void **state)
{
    (void)state;
    int *array = NULL;
    size_t capacity = 0;
    assert_ok(ltn_reserve(&array, &capacity, 5, sizeof *array));
    array[4] = 2385;
    assert_status(ltn_reserve(&array, &capacity, (size_t)1 << 57, sizeof *array), LTN_ENOMEM);
    assert_int_equal(array[4], 2385); /* as it was */
    free(array);
    assert_null(ltn_alloc((size_t)1 << 57, 8));
    void *none = ltn_alloc(0, 8);
    assert_non_null(none);
    free(none);
}

static void test_dictionary(void **state)
{
    (void)state;
    enum { N = 100000 };
    ltn_dictionary *words = ltn_dictionary_create();
    assert_int_equal(ltn_dictionary_find(words, "x", 1), -1);
    char word[64];
    const char *early = NULL;
    for (int i = 0; i < N; i++) {
        int length = snprintf(word, sizeof word, "温州-%d%s", i, i % 3 ? "" : "-a-longer-name");
        assert_int_equal(ltn_dictionary_add(words, word, (size_t)length), i);
        if (i == 7) early = words->words[7];
    }
    assert_ptr_equal(words->words[7], early); /* words stay where they are */
    for (int i = N - 1; i >= 0; i -= 37) {
        int length = snprintf(word, sizeof word, "温州-%d%s", i, i % 3 ? "" : "-a-longer-name");
        assert_int_equal(ltn_dictionary_find(words, word, (size_t)length), i);
        assert_int_equal(ltn_dictionary_add(words, word, (size_t)length), i);
    }
    assert_int_equal(words->count, N);
    assert_int_equal(ltn_dictionary_find(words, "温州-100000", strlen("温州-100000")), -1);
    ltn_dictionary *copy = ltn_dictionary_copy(words);
    assert_int_equal(copy->count, N);
    assert_string_equal(copy->words[99], words->words[99]);
    ltn_dictionary_free(ltn_dictionary_share(words));
    ltn_dictionary_free(words);
    assert_int_equal(ltn_dictionary_add(copy, "", 0), N); /* the empty word is a word */
    assert_int_equal(ltn_dictionary_find(copy, "", 0), N);
    ltn_dictionary_free(copy);
    ltn_dictionary_free(NULL);
}

static void test_table_grows(void **state)
{
    (void)state;
    ltn_table *table = ltn_table_create();
    assert_ok(ltn_table_resize(table, 3)); /* rows before columns */
    assert_ok(ltn_table_add_column(table, "emission_t", LTN_NUMBER, NULL));
    assert_ok(ltn_table_add_column(table, "fuel", LTN_TEXT, NULL));
    for (size_t row = 0; row < 1000; row++) {
        assert_ok(ltn_table_resize(table, row + 1));
        table->columns[0].numbers[row] = 0.37 * (double)row;
        assert_ok(ltn_table_set_text(table, row, 1, row % 3 ? (row % 2 ? "coal" : "gas") : NULL));
    }
    assert_ok(ltn_table_add_column(table, "late", LTN_TEXT, NULL));
    assert_null(ltn_table_text(table, 999, 2));
    assert_close(ltn_table_number(table, 999, 0), 0.37 * 999, 1e-15, 0);
    assert_string_equal(ltn_table_text(table, 7, 1), "coal");
    assert_null(ltn_table_text(table, 9, 1));
    assert_ok(ltn_table_resize(table, 5));
    assert_ok(ltn_table_resize(table, 9));
    assert_true(isnan(ltn_table_number(table, 7, 0))); /* rows that come again are absent */
    assert_null(ltn_table_text(table, 7, 1));
    ltn_table_free(table);
    ltn_table_free(NULL);
}

static void test_table_readers_know_their_bounds(void **state)
{
    (void)state;
    ltn_table *table = ltn_table_create();
    assert_ok(ltn_table_add_column(table, "emission_t", LTN_NUMBER, NULL));
    assert_ok(ltn_table_add_column(table, "fuel", LTN_TEXT, NULL));
    assert_ok(ltn_table_resize(table, 2));
    assert_ok(ltn_table_set_text(table, 1, 1, "coal"));
    assert_int_equal(ltn_table_rows(table), 2);
    assert_int_equal(ltn_table_columns(table), 2);
    assert_string_equal(ltn_table_name(table, 1), "fuel");
    assert_null(ltn_table_name(table, 2));
    assert_int_equal(ltn_table_type(table, 1), LTN_TEXT);
    assert_int_equal(ltn_table_type(table, 9), LTN_NUMBER);
    assert_int_equal(ltn_table_find(table, "fuel"), 1);
    assert_int_equal(ltn_table_find(table, "Fuel"), -1);
    assert_null(ltn_table_numbers(table, 1));
    assert_null(ltn_table_codes(table, 0));
    assert_null(ltn_table_codes(table, 2));
    assert_int_equal(ltn_table_words(table, 0), 0);
    assert_int_equal(ltn_table_words(table, 1), 1);
    assert_null(ltn_table_word(table, 1, 1));
    assert_null(ltn_table_word(table, 1, -1));
    assert_null(ltn_table_text(table, 2, 1));
    assert_null(ltn_table_text(table, 1, 0));
    assert_true(isnan(ltn_table_number(table, 2, 0)));
    assert_true(isnan(ltn_table_number(table, 1, 1)));
    ltn_table_free(table);
}

static void test_table_gathers_and_appends(void **state)
{
    (void)state;
    ltn_table *a = ltn_table_create(), *b = ltn_table_create(), *taken;
    assert_ok(ltn_table_add_column(a, "fuel", LTN_TEXT, NULL));
    assert_ok(ltn_table_resize(a, 3));
    assert_ok(ltn_table_set_text(a, 0, 0, "coal"));
    assert_ok(ltn_table_set_text(a, 2, 0, "gas"));
    assert_ok(ltn_table_gather(a, (const int32_t[]){2, 1, 2, 0}, 4, &taken));
    assert_string_equal(ltn_table_text(taken, 0, 0), "gas");
    assert_null(ltn_table_text(taken, 1, 0));
    assert_string_equal(ltn_table_text(taken, 3, 0), "coal");

    assert_ok(ltn_table_add_column(b, "stack_m", LTN_NUMBER, NULL));
    assert_ok(ltn_table_add_column(b, "fuel", LTN_TEXT, NULL));
    assert_ok(ltn_table_resize(b, 1));
    b->columns[0].numbers[0] = 45.5;
    assert_ok(ltn_table_set_text(b, 0, 1, "gas"));
    assert_ok(ltn_table_append(taken, b));
    assert_int_equal(ltn_table_rows(taken), 5);
    assert_string_equal(ltn_table_text(taken, 4, 0), "gas");
    assert_true(isnan(ltn_table_number(taken, 0, 1)));
    assert_true(ltn_table_number(taken, 4, 1) == 45.5);
    ltn_table_free(b);

    b = ltn_table_create();
    assert_ok(ltn_table_add_column(b, "fuel", LTN_NUMBER, NULL));
    assert_status(ltn_table_append(taken, b), LTN_EINPUT);
    assert_contains(ltn_last_error()->message, "fuel");
    ltn_table_free(a);
    ltn_table_free(b);
    ltn_table_free(taken);
}

/* ---- diagnostics ---- */

static void test_diagnostics_are_capped(void **state)
{
    (void)state;
    ltn_diagnostics *list;
    assert_ok(ltn_diagnostics_create(&list));
    assert_ok(ltn_diagnostics_verdict(list, 0));
    for (int i = 0; i < 1500; i++)
        ltn_complain(list, i % 3 ? LTN_ERROR : LTN_WARNING, &(ltn_place){"a.csv", 2000 - i, i % 7}, "row %d", i);
    assert_int_equal(ltn_diagnostics_count(list), 1000);
    assert_int_equal(ltn_diagnostics_errors(list), 1000);
    assert_int_equal(ltn_diagnostics_warnings(list), 500);
    assert_string_equal(ltn_diagnostics_get(list, 999)->message, "row 999");
    assert_string_equal(ltn_diagnostics_get(list, 999)->source, "a.csv");
    assert_null(ltn_diagnostics_get(list, 1000));
    ltn_diagnostics_sort(list, 0);
    for (size_t i = 1; i < 1000; i++)
        assert_true(ltn_diagnostics_get(list, i - 1)->line < ltn_diagnostics_get(list, i)->line);
    ltn_diagnostics_free(list);
    ltn_diagnostics_free(NULL);
}

static void test_diagnostics_verdict_names_the_first_new_error(void **state)
{
    (void)state;
    ltn_diagnostics *list, *part;
    assert_ok(ltn_diagnostics_create(&list));
    assert_ok(ltn_diagnostics_create(&part));
    ltn_complain(list, LTN_ERROR, &(ltn_place){"old.csv", 3, 1}, "an old error");
    ltn_complain(part, LTN_WARNING, &(ltn_place){"new.csv", 4, 2}, "a warning");
    ltn_complain(part, LTN_ERROR, &(ltn_place){"new.csv", 5, 6}, "a new error");
    ltn_diagnostics_append(list, part);
    assert_ok(ltn_diagnostics_verdict(list, 2));
    assert_status(ltn_diagnostics_verdict(list, 1), LTN_EINPUT);
    assert_string_equal(ltn_last_error()->source, "new.csv");
    assert_int_equal(ltn_last_error()->line, 5);
    assert_int_equal(ltn_last_error()->column, 6);
    assert_string_equal(ltn_last_error()->message, "a new error");
    assert_status(ltn_diagnostics_verdict(list, 0), LTN_EINPUT);
    assert_string_equal(ltn_last_error()->message, "an old error (and 1 more error)");
    ltn_diagnostics_free(part);
    ltn_diagnostics_free(list);
}

/* ---- parallel loops ---- */

enum { ITEMS = 1000 };

typedef struct tally {
    atomic_int times[ITEMS];
    const int *failing; /* ends with -1 */
} tally;

static ltn_status count_item(void *context, size_t item)
{
    tally *t = context;
    atomic_fetch_add(&t->times[item], 1);
    for (const int *f = t->failing; f && *f >= 0; f++)
        if ((size_t)*f == item) return ltn_fail(LTN_EUNIT, &(ltn_place){"item", (int)item, 0}, "item %zu fails", item);
    return LTN_OK;
}

static const int thread_counts[] = {1, 2, 8, 0};

static void test_parallel_does_every_item_once(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(thread_counts); i++) {
        tally t = {.failing = NULL};
        assert_ok(ltn_parallel(ITEMS, thread_counts[i], count_item, &t));
        for (size_t k = 0; k < ITEMS; k++) assert_int_equal(t.times[k], 1);
        assert_ok(ltn_parallel(0, thread_counts[i], count_item, &t));
    }
    assert_int_equal(ltn_parallel_threads(3), 3);
    assert_true(ltn_parallel_threads(0) >= 1);
    assert_true(ltn_parallel_threads(1000000) <= 1024);
}

static void test_parallel_returns_the_lowest_failure(void **state)
{
    (void)state;
    static const int failing[] = {631, 387, 388, 999, -1};
    for (int again = 0; again < 20; again++)
        for (size_t i = 0; i < COUNT(thread_counts); i++) {
            tally t = {.failing = failing};
            assert_status(ltn_parallel(ITEMS, thread_counts[i], count_item, &t), LTN_EUNIT);
            assert_string_equal(ltn_last_error()->message, "item 387 fails");
            assert_int_equal(ltn_last_error()->line, 387);
            for (size_t k = 0; k <= 387; k++) assert_int_equal(t.times[k], 1);
        }
}

/* ---- units ---- */

static void test_units_convert(void **state)
{
    (void)state;
    /* Definitions of SI and of the words; a year is UDUNITS' tropical year of 365.242198781 days. */
    static const struct {
        double value;
        const char *from, *to;
        double expected;
    } cases[] = {
        {2.385, "万吨", "t", 23850},
        {2.385, "万吨", "kg", 2.385e7},
        {35.7, "t/h", "kg/s", 35.7 / 3.6},
        {35.7, "t/h", "t/yr", 35.7 * 24 * 365.242198781},
        {12, "蒸吨", "t/h", 12},
        {12, "蒸吨/时", "t/h", 12},
        {12, "蒸吨/小时", "kg/h", 12000},
        {48.3, "mg/m3", "g/m3", 0.0483},
        {48.3, "毫克/立方米", "ug/m3", 48300},
        {93.7, "%", "1", 0.937},
        {93.7, "％", "1", 0.937},
        {18.4, "yuan/kg", "yuan/t", 18400},
        {18.4, "元/千克", "yuan/kg", 18.4},
        {3.1, "亿元", "yuan", 3.1e8},
        {7.3, "万元/吨", "yuan/kg", 73},
        {2.6, "kWh", "MJ", 9.36},
        {2.6, "MWh", "kWh", 2600},
        {1.7, "GWh", "TJ", 6.12},
        {0.42, "g/km", "kg/km", 0.00042},
        {0.42, "克/公里", "g/km", 0.42},
        {1.9, "万双", "pair", 19000},
        {0.6, "万辆", "vehicle", 6000},
        {20.9, "MJ/kg", "GJ/t", 20.9},
        {1.45, "MW_th", "kW_th", 1450},
        {1.45, "兆瓦", "kW", 1450},
        {0.05, "%", "1", 0.0005},
        {5.5, " t/h ", "t/h", 5.5},
        {16, "万立方米", "m3", 160000},
        {9.1, "吨/年", "t/yr", 9.1},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        double got = 0;
        assert_ok(ltn_unit_convert(cases[i].value, cases[i].from, cases[i].to, &got));
        if (!(fabs(got - cases[i].expected) <= 1e-12 * fabs(cases[i].expected)))
            fail_msg("%g %s is %.17g %s; expected %.17g", cases[i].value, cases[i].from, got, cases[i].to,
                     cases[i].expected);
    }
}

static void test_units_refuse(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to, *message;
    } cases[] = {
        {"tph", "t/h", "unit 'tph' is not known"}, {"t/h", "furlongs_per", "unit 'furlongs_per' is not known"},
        {"", "t", "unit '' is not known"},         {"t", "", "unit '' is not known"},
        {"吨煤", "t", "unit '吨煤' is not known"}, {"MW", "MW_th", "does not convert"},
        {"MW_th", "t/h", "does not convert"},      {"kWh", "kg", "does not convert"},
        {"t", "t/yr", "does not convert"},         {"pair", "vehicle", "does not convert"},
        {"yuan", "1", "does not convert"},         {"mg/m3", "mg/kg", "does not convert"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        double got = 1;
        assert_status(ltn_unit_convert(1.5, cases[i].from, cases[i].to, &got), LTN_EUNIT);
        assert_true(isnan(got));
        assert_contains(ltn_last_error()->message, cases[i].message);
    }
    char endless[500];
    memset(endless, 'm', sizeof endless - 1);
    endless[sizeof endless - 1] = '\0';
    double got;
    assert_status(ltn_unit_convert(1, endless, "m", &got), LTN_EUNIT);
}

static void test_unit_products(void **state)
{
    (void)state;
    static const struct {
        const char *activity, *factor;
        double tonnes; /* in one of both */
    } cases[] = {
        {"t", "g/kg", 1e-3},    {"万吨", "kg/t", 10},     {"万吨", "g/kg", 10},
        {"m3", "g/m3", 1e-6},   {"pair", "g/pair", 1e-6}, {"vehicle.km", "g/vehicle/km", 1e-6},
        {"kWh", "g/kWh", 1e-6}, {"TJ", "kg/TJ", 1e-3},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        double scale = 0;
        const char *factors[] = {cases[i].activity, cases[i].factor};
        assert_ok(ltn_unit_product_scale(factors, 2, "t", &scale));
        assert_close(scale, cases[i].tonnes, 1e-13, 0);
    }
    double scale;
    const char *no_mass[] = {"km", "g/kg"};
    assert_int_equal(ltn_unit_product_scale(no_mass, 2, "t", &scale), LTN_EUNIT);
}

static void test_capacity_kinds(void **state)
{
    (void)state;
    double scale = 0;
    assert_int_equal(ltn_capacity_unit("t/h", &scale), LTN_CAPACITY_STEAM);
    assert_close(scale, 1, 1e-13, 0);
    assert_int_equal(ltn_capacity_unit("蒸吨", &scale), LTN_CAPACITY_STEAM);
    assert_close(scale, 1, 1e-13, 0);
    /* SCENARIO.md: 0.7 MW of heat per t/h. */
    assert_int_equal(ltn_capacity_unit("MW_th", &scale), LTN_CAPACITY_STEAM);
    assert_close(scale, 1 / 0.7, 1e-13, 0);
    assert_int_equal(ltn_capacity_unit("MW", &scale), LTN_CAPACITY_ELECTRIC);
    assert_close(scale, 1, 1e-13, 0);
    assert_int_equal(ltn_capacity_unit("kW", &scale), LTN_CAPACITY_ELECTRIC);
    assert_close(scale, 1e-3, 1e-13, 0);
    assert_int_equal(ltn_capacity_unit("tph", &scale), LTN_CAPACITY_NONE);
    assert_int_equal(ltn_capacity_unit("m3", &scale), LTN_CAPACITY_NONE);
}

static ltn_status convert_one(void *context, size_t item)
{
    (void)context;
    double got;
    ltn_status status = ltn_unit_convert((double)item, item % 2 ? "万吨" : "t/h", item % 2 ? "t" : "kg/h", &got);
    if (status || got == (double)item * (item % 2 ? 1e4 : 1e3)) return status;
    return fabs(got / ((double)item * (item % 2 ? 1e4 : 1e3)) - 1) < 1e-12 ? LTN_OK
                                                                           : ltn_fail(LTN_EARGUMENT, NULL, "%g", got);
}

static void test_units_in_threads(void **state)
{
    (void)state;
    assert_ok(ltn_parallel(is_slow() ? 200 : 5000, 8, convert_one, NULL));
}

/* ---- distributions ---- */

static void test_distribution_means(void **state)
{
    (void)state;
    /* METHODS.md, Distributions; and closed forms. */
    ltn_distribution lognormal = ltn_lognormal_mean_cv(10, .25), interval = ltn_lognormal_ci95(5, 20);
    assert_close(lognormal.parameter[0], 2.27227278208583, 1e-14, 0);
    assert_close(lognormal.parameter[1], 0.24622067706924, 1e-14, 0);
    assert_close(ltn_distribution_mean(&lognormal), 10, 1e-14, 0);
    assert_close(interval.parameter[0], log(10), 1e-14, 0);
    assert_close(interval.parameter[1], 0.353653019151067, 1e-14, 0);
    assert_close(ltn_distribution_mean(&interval), 10.6453196062959, 1e-14, 0);
    static const struct {
        ltn_distribution d;
        double mean;
    } cases[] = {
        {{LTN_CONSTANT, {2.385}}, 2.385},
        {{LTN_NORMAL, {.9, .2}}, .9},
        {{LTN_TRUNCATED_NORMAL, {.9, .2, 0, 1}}, .7981720360451024},
        {{LTN_TRUNCATED_NORMAL, {-.9, .2, -1, 0}}, -.7981720360451024},
        {{LTN_TRIANGULAR, {.7, .9, .95}}, .85},
        {{LTN_UNIFORM, {.31, .57}}, .44},
        {{LTN_BETA, {2, 3, .5, 1.5}}, .9},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_null(ltn_distribution_check(&cases[i].d));
        assert_close(ltn_distribution_mean(&cases[i].d), cases[i].mean, 1e-13, 0);
    }
}

static void test_truncated_normal_far_out(void **state)
{
    (void)state;
    const ltn_distribution tail = {LTN_TRUNCATED_NORMAL, {0, 1, 6, 40}};
    assert_null(ltn_distribution_check(&tail));
    /* E[X | X > 6] = pdf(6)/Q(6) = 6.0758828498232861e-9 / 9.8658764503769814e-10, where a difference of
     * two P() would have no digit left. */
    assert_close(ltn_distribution_mean(&tail), 6.0758828498232861 / 0.98658764503769814, 1e-9, 0);
}

static void test_distribution_outside(void **state)
{
    (void)state;
    const ltn_distribution lognormal = ltn_lognormal_mean_cv(10, .25), interval = ltn_lognormal_ci95(5, 20);
    const ltn_distribution normal = {LTN_NORMAL, {0, 1}}, triangle = {LTN_TRIANGULAR, {.7, .9, .95}},
                           skew = {LTN_TRIANGULAR, {0, 0, 1}}, steep = {LTN_TRIANGULAR, {0, 1, 1}},
                           uniform = {LTN_UNIFORM, {2, 4}}, beta = {LTN_BETA, {2, 3, 0, 1}},
                           wide_beta = {LTN_BETA, {2, 3, -1, 9}}, constant = {LTN_CONSTANT, {1.1}};
    const struct {
        const ltn_distribution *d;
        double low, high, outside;
    } cases[] = {
        /* Quantiles of METHODS.md. */
        {&lognormal, 5.98759077145161, INFINITY, .025},
        {&lognormal, 5.98759077145161, 15.7187841740237, .05},
        {&interval, 5, 20, .05},
        {&normal, -1.9599639845400542, 1.9599639845400542, .05},
        {&normal, -6.3613409024040562, INFINITY, 1e-10},
        {&triangle, .735355339059327, INFINITY, .025},
        /* Closed forms. */
        {&lognormal, 0, INFINITY, 0},
        {&lognormal, 0, 0, 1},
        {&lognormal, -3, -1, 1},
        {&triangle, 0, 1, 0},
        {&triangle, .9, INFINITY, .8},
        {&triangle, 0, .9, .2},
        {&triangle, 0, .92, .03 * .03 / (.25 * .05)},
        {&triangle, .93, INFINITY, 1 - .02 * .02 / (.25 * .05)},
        {&triangle, 0, .75, 1 - .05 * .05 / (.25 * .2)},
        {&triangle, .96, INFINITY, 1},
        {&triangle, 0, .6, 1},
        {&skew, 0, .25, .5625},
        {&skew, .25, 1, .4375},
        {&steep, .25, 1, .0625},
        {&steep, 0, .25, .9375},
        {&uniform, 2.5, 3.75, .375},
        {&uniform, 5, INFINITY, 1},
        {&uniform, 0, 1, 1},
        {&uniform, 2, 4, 0},
        {&beta, .3, 1, .3483}, /* cdf 6x² − 8x³ + 3x⁴ */
        {&beta, 0, .3, .6517},
        {&wide_beta, 2, 9, .3483},
        {&wide_beta, 9.5, INFINITY, 1},
        {&constant, 0, 1, 1},
        {&constant, 0, 1.1, 0},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        double got = ltn_distribution_outside(cases[i].d, cases[i].low, cases[i].high);
        if (!(fabs(got - cases[i].outside) <= 1e-12 + 1e-9 * (cases[i].outside < 1e-6 ? cases[i].outside : 0)))
            fail_msg("case %zu: outside [%g, %g] is %.17g; expected %.17g", i, cases[i].low, cases[i].high, got,
                     cases[i].outside);
    }
}

static void test_distributions_that_cannot_be(void **state)
{
    (void)state;
    static const ltn_distribution bad[] = {
        {LTN_CONSTANT, {NAN}},
        {LTN_NORMAL, {1, 0}},
        {LTN_NORMAL, {1, -2}},
        {LTN_NORMAL, {INFINITY, 1}},
        {LTN_TRUNCATED_NORMAL, {0, 1, 2, 2}},
        {LTN_TRUNCATED_NORMAL, {0, 0, 0, 1}},
        {LTN_TRUNCATED_NORMAL, {0, 1, 50, 60}},
        {LTN_LOGNORMAL, {0, 0}},
        {LTN_TRIANGULAR, {2, 1, 3}},
        {LTN_TRIANGULAR, {1, 1, 1}},
        {LTN_TRIANGULAR, {1, 4, 3}},
        {LTN_UNIFORM, {2, 2}},
        {LTN_BETA, {0, 1, 0, 1}},
        {LTN_BETA, {1, 1, 1, 1}},
    };
    for (size_t i = 0; i < COUNT(bad); i++) assert_non_null(ltn_distribution_check(&bad[i]));
    /* Parameters a reader makes of nonsense. */
    ltn_distribution negative = ltn_lognormal_mean_cv(-1, .2), upside_down = ltn_lognormal_ci95(20, 5);
    assert_non_null(ltn_distribution_check(&negative));
    assert_non_null(ltn_distribution_check(&upside_down));
}

/* Bytes from 0x80 on are parts of characters, and no letters. */
static void test_letters_are_ascii(void **state)
{
    (void)state;
    assert_int_equal(ltn_upper('i'), 'I');
    assert_int_equal(ltn_lower('Z'), 'z');
    assert_int_equal(ltn_upper('\xE9'), '\xE9');
    assert_true(ltn_is_letter('a') && ltn_is_letter('Z'));
    assert_false(ltn_is_letter('@') || ltn_is_letter('[') || ltn_is_letter('`') || ltn_is_letter('{') ||
                 ltn_is_letter('\xE9'));
    assert_true(ltn_same_word("FIPS", "fips", 4));
    assert_true(ltn_same_word("fips,US", "FIPS;", 4));
    assert_true(ltn_same_word("end", "END", 9));
    assert_false(ltn_same_word("end", "ENDS", 4));
    assert_false(ltn_same_word("ends", "END", 4));
    char text[16];
    assert_int_equal(ltn_print(text, sizeof text, "p%.10g_t", 2.5), 6);
    assert_string_equal(text, "p2.5_t");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_status_texts),
        cmocka_unit_test(test_version),
        cmocka_unit_test(test_errors_belong_to_their_thread),
        cmocka_unit_test(test_long_messages_end_between_characters),
        cmocka_unit_test(test_sum_keeps_small_terms),
        cmocka_unit_test(test_sum_of_blocks),
        cmocka_unit_test(test_numbers_have_the_bits_of_strtod),
        cmocka_unit_test(test_numbers_end_where_they_end),
        cmocka_unit_test(test_utf8),
        cmocka_unit_test(test_glob),
        cmocka_unit_test(test_nearest),
        cmocka_unit_test(test_year),
        cmocka_unit_test(test_arena),
        cmocka_unit_test(test_allocations_that_cannot_be),
        cmocka_unit_test(test_dictionary),
        cmocka_unit_test(test_table_grows),
        cmocka_unit_test(test_table_readers_know_their_bounds),
        cmocka_unit_test(test_table_gathers_and_appends),
        cmocka_unit_test(test_diagnostics_are_capped),
        cmocka_unit_test(test_diagnostics_verdict_names_the_first_new_error),
        cmocka_unit_test(test_parallel_does_every_item_once),
        cmocka_unit_test(test_parallel_returns_the_lowest_failure),
        cmocka_unit_test(test_units_convert),
        cmocka_unit_test(test_units_refuse),
        cmocka_unit_test(test_unit_products),
        cmocka_unit_test(test_capacity_kinds),
        cmocka_unit_test(test_units_in_threads),
        cmocka_unit_test(test_distribution_means),
        cmocka_unit_test(test_truncated_normal_far_out),
        cmocka_unit_test(test_distribution_outside),
        cmocka_unit_test(test_distributions_that_cannot_be),
        cmocka_unit_test(test_letters_are_ascii),
    };
    obey_test_filter();
    return cmocka_run_group_tests_name("base", tests, NULL, remove_temporary_folder);
}
