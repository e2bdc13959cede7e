/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nanoseconds of processor time a draw on one thread, the best of 400 rounds: uniform numbers, and what a
 * distribution makes of them.
 * usage: bench_random */
#include "base/distribution.h"
#include "base/normal.h"
#include "base/random.h"

#include <stdio.h>
#include <time.h>

enum { DRAWS = 4096, REPEATS = 50, ROUNDS = 400 };

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Draws of a law; uniform numbers only where it is NULL, read from `made` where that is given. */
static void draw(const ltn_distribution *law, uint64_t stream, const double *made, double *out)
{
    if (!made) ltn_random_uniforms((ltn_random_key){2018, 0}, stream, 0, DRAWS, out);
    if (law) ltn_distribution_quantiles(law, made ? made : out, DRAWS, out);
}

static double best(const ltn_distribution *law, const double *made)
{
    static double out[DRAWS];
    static volatile double seen;
    double least = 1e9;
    for (int round = 0; round < ROUNDS; round++) {
        double start = now();
        for (uint64_t i = 0; i < REPEATS; i++) {
            draw(law, i, made, out);
            seen = out[i];
        }
        double each = (now() - start) / REPEATS / DRAWS * 1e9;
        if (each < least) least = each;
    }
    (void)seen;
    return least;
}

int main(void)
{
    static const struct {
        const char *name;
        ltn_distribution law;
    } laws[] = {
        {"normal", {LTN_NORMAL, {10, 2.5}}},
        {"lognormal", {LTN_LOGNORMAL, {2.27, .246}}},
        {"triangular", {LTN_TRIANGULAR, {.7, .9, .95}}},
        {"uniform", {LTN_UNIFORM, {.7, .95}}},
        {"truncated normal", {LTN_TRUNCATED_NORMAL, {.9, .2, 0, 1}}},
    };
    static double made[DRAWS];
    draw(NULL, 1, NULL, made);
    printf("%-18s %8s %8s\n", "ns a draw", "in all", "quantile");
    printf("%-18s %8.2f\n", "uniform numbers", best(NULL, NULL));
    for (size_t k = 0; k < sizeof laws / sizeof *laws; k++)
        printf("%-18s %8.2f %8.2f\n", laws[k].name, best(&laws[k].law, NULL), best(&laws[k].law, made));
    return 0;
}
