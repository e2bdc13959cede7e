/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory that runs out while GLPK solves, in its own allocations too: the book is made again and again with the first,
 * second, third, ... allocation of the solver's thread failing, whoever asks for it. Each time there is an error or a book, never an abort, a
 * word on the terminal or a leak. This program's malloc stands before the C library's, for shared libraries as well;
 * under the address sanitizer, which has a malloc of its own, there is nothing to test. */
#include "book.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <unistd.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#endif

#if defined(__GLIBC__) && !defined(SANITIZED)

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void __libc_free(void *old);

static atomic_long until = -1;         /* allocations before the one that fails; negative: none fails */
static atomic_long failed, held, kept; /* kept: old blocks whose enlargement failed */
static atomic_bool for_good;           /* all later ones fail too */

static _Thread_local bool is_main; /* what it allocates is test_memory's business */

static bool fails(void)
{
    if (is_main) return false;
    if (atomic_load(&until) < 0 && !(atomic_load(&for_good) && atomic_load(&failed))) return false;
    long left = atomic_fetch_sub(&until, 1);
    if (left > 0 || (left < 0 && !atomic_load(&for_good))) return false;
    atomic_fetch_add(&failed, 1);
    return true;
}

void *malloc(size_t size)
{
    void *made = fails() ? NULL : __libc_malloc(size);
    atomic_fetch_add(&held, made != NULL);
    return made;
}

void *calloc(size_t count, size_t size)
{
    void *made = fails() ? NULL : __libc_calloc(count, size);
    atomic_fetch_add(&held, made != NULL);
    return made;
}

void *realloc(void *old, size_t size)
{
    void *made = fails() ? NULL : __libc_realloc(old, size);
    atomic_fetch_add(&held, made && !old);
    atomic_fetch_add(&kept, !made && old);
    return made;
}

void free(void *old)
{
    atomic_fetch_sub(&held, old != NULL);
    __libc_free(old);
}

static const char yaml[] =
    "scenario: test\nbase_year: 2015\nyears: [2015, 2018]\nmeasures:\n"
    "  - {id: m1, where: {sector: a}, retire: {share: 30 %}, cost: {annual: 9 yuan/kg}}\n"
    "  - {id: m2, where: {sector: b}, retire: {share: 50 %}, cost: {annual: 2 yuan/kg}}\n"
    "  - {id: n, add: {source: P, region: A, sector: works, from: 2017, emissions: {VOC: 25 t/yr}}, "
    "offset: {pollutant: VOC, rule: r}}\n"
    "  - {id: o, add: {source: Q, region: B, sector: works, from: 2018, emissions: {VOC: 25 t/yr}}, "
    "offset: {pollutant: VOC, rule: r}}\n"
    "offset_rules:\n  r: {ratio: 2, within: [county, city], order: cheapest}\n";

/* What went wrong first; said when the terminal is there again. */
static char problem[512];

__attribute__((format(printf, 1, 2))) static void tell(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (!problem[0]) vsnprintf(problem, sizeof problem, format, args);
    va_end(args);
}

static void check_allocation(book_made *b, long number, bool lasting)
{
    long before = atomic_load(&held);
    b->book = (ltn_offset_book *)b; /* must be overwritten */
    atomic_store(&failed, 0);
    atomic_store(&kept, 0);
    atomic_store(&for_good, lasting);
    atomic_store(&until, number);
    ltn_status status = book_create(b);
    atomic_store(&for_good, false);
    atomic_store(&until, -1);
    if (status && (status != LTN_ENOMEM && status != LTN_ESOLVER))
        tell("allocation %ld failing: status %d, %s", number, status, ltn_last_error()->message);
    if (status && (b->book || ltn_last_error()->code != status || !ltn_last_error()->message[0]))
        tell("allocation %ld failing: something was handed out, or nothing said", number);
    if (!status) ltn_offset_book_free(b->book);
    b->book = NULL;
    /* GLPK takes a block off its list before it asks for a larger one, and never finds it again if it gets none. */
    if (atomic_load(&held) != before && atomic_load(&held) != before + atomic_load(&kept))
        tell("allocation %ld failing: %ld blocks are left", number, atomic_load(&held) - before);
}

static off_t size_of(int fd)
{
    struct stat s;
    assert_int_equal(fstat(fd, &s), 0);
    return s.st_size;
}

static void sweep(book_made *b, bool lasting)
{
    atomic_store(&failed, 1);
    for (long number = 0; atomic_load(&failed) && !problem[0]; number++) check_allocation(b, number, lasting);
}

static void memory_that_runs_out_is_an_error(void **state)
{
    (void)state;
    book_made b;
    is_main = true;
    book_inputs(&(book_case){REGIONS, "source,region,sector,pollutant,emission_t\nS,A,a,VOC,100\nT,B,b,VOC,80\n", yaml},
                &b);
    assert_ok(book_create(&b)); /* what is made once for all is made */
    ltn_offset_book_free(b.book);
    int file = open(temporary_path("printed"), O_RDWR | O_CREAT | O_TRUNC, 0600), out = dup(1), err = dup(2);
    assert_true(file >= 0 && out >= 0 && err >= 0);
    fflush(NULL);
    dup2(file, 1);
    dup2(file, 2);
    sweep(&b, false);
    sweep(&b, true);
    fflush(NULL);
    dup2(out, 1);
    dup2(err, 2);
    if (problem[0]) fail_msg("%s", problem);
    assert_int_equal(size_of(file), 0);
    close(file);
    close(out);
    close(err);
    b.book = NULL;
    book_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(memory_that_runs_out_is_an_error)};
    obey_test_filter();
    return cmocka_run_group_tests_name("solver_memory", tests, NULL, remove_temporary_folder);
}

#else

int main(void)
{
    return 77;
}

#endif
