/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LANTIAN_EXAMPLES_PLAN_OPTIONS_H
#define LANTIAN_EXAMPLES_PLAN_OPTIONS_H

#include <lantian.h>

enum { INVENTORY_YEARS_MAX = 64, SCENARIOS_MAX = 5 };
enum { DONE = 0, BAD_INPUT = 1, WRONG_USAGE = 2, SYSTEM_FAILED = 3, TARGETS_MISSED = 4 };

typedef struct plan_options {
    const char *inventory, *scenarios[SCENARIOS_MAX]; /* one, or several to compare */
    size_t scenario_count;
    const char *targets, *regions, *sectors, *out, *explain, *encoding, *scope, *crosswalk, *task_table, *factors,
        *devices, *bank;
    int first_year, last_year, threads, geography, year;
    int inventory_years[INVENTORY_YEARS_MAX];
    size_t inventory_year_count;
    int strict, no_defaults, fail_on_miss, compare, accounts, tasks, offsets;
    size_t draws; /* 0: no ensemble */
    uint64_t seed;
    int sampling, seed_given, sampling_given;
    int attribution, attribution_given; /* ltn_attribution_method */
    int sensitivity, sensitivity_given; /* ltn_sensitivity_by */
    ltn_language language;
} plan_options;

/* Reads the command line. Returns -1 to go on, else the exit status of a program that is done. */
int plan_options_read(int argc, char **argv, plan_options *out);

#endif
