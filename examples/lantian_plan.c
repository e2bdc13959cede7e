/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs a scenario on an inventory and tells a planner what comes of it. */
#include "plan_causes.h"
#include "plan_ensemble.h"
#include "plan_options.h"
#include "plan_origin.h"
#include "plan_print.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

/* Shows every complaint as file:line:column: error: sentence. */
static void show_complaints(const ltn_diagnostics *list)
{
    for (size_t i = 0; i < ltn_diagnostics_count(list); i++) {
        const ltn_diagnostic *d = ltn_diagnostics_get(list, i);
        const char *kind = d->severity == LTN_ERROR ? "error" : "warning";
        if (d->line)
            fprintf(stderr, "%s:%d:%d: %s: %s\n", d->source, d->line, d->column, kind, d->message);
        else
            fprintf(stderr, "%s: %s: %s\n", d->source, kind, d->message);
    }
    size_t kept = ltn_diagnostics_count(list), met = ltn_diagnostics_errors(list) + ltn_diagnostics_warnings(list);
    if (met > kept) fprintf(stderr, "and %zu more\n", met - kept);
}

/* What became of several things that may each fail: the worst exit status. */
typedef struct outcome {
    int exit_status;
    size_t complaints; /* seen so far, to tell a failure that left none */
} outcome;

/* Takes a status in; a failure that is not among the complaints is shown at once. 1 where it is one. */
static int failed(outcome *o, ltn_status status, const ltn_diagnostics *list)
{
    size_t complaints = ltn_diagnostics_errors(list);
    if (status && complaints == o->complaints) {
        const ltn_error *e = ltn_last_error();
        if (e->line)
            fprintf(stderr, "%s:%d:%d: error: %s\n", e->source, e->line, e->column, e->message);
        else
            fprintf(stderr, "%s%serror: %s\n", e->source, *e->source ? ": " : "", e->message);
    }
    o->complaints = complaints;
    int exit_status = status == LTN_EIO || status == LTN_ENOMEM ? SYSTEM_FAILED : status ? BAD_INPUT : DONE;
    if (exit_status > o->exit_status) o->exit_status = exit_status;
    return status != LTN_OK;
}

/* Everything the program holds; all may be NULL. */
typedef struct plan {
    ltn_diagnostics *list;
    ltn_tree *regions, *sectors;
    ltn_inventory *base;
    ltn_targets *targets;
    ltn_offset_bank *bank;
    ltn_table *tasks;
    ltn_factor_table *factors;
    ltn_devices *devices;
    ltn_scenario *scenarios[SCENARIOS_MAX];
    ltn_projection *runs[SCENARIOS_MAX];
    ltn_offset_book *books[SCENARIOS_MAX]; /* of each run; its projection is the one to show */
    size_t count;
    plan_ensemble ensemble;
    plan_causes causes;
    plan_origin origin;
} plan;

/* Moves the inventory that was just read to the regions' geography. */
static ltn_status recode(const plan_options *o, const ltn_read_options *read, plan *p)
{
    ltn_crosswalk *crosswalk = NULL;
    ltn_inventory *moved = NULL;
    ltn_status status = ltn_crosswalk_read_csv(o->crosswalk, read, &crosswalk);
    int year = o->geography ? o->geography : ltn_inventory_base_year(p->base);
    if (!status) status = ltn_inventory_recode(p->base, crosswalk, year, p->regions, read, &moved);
    ltn_crosswalk_free(crosswalk);
    if (status) return status;
    ltn_inventory_free(p->base);
    p->base = moved;
    return LTN_OK;
}

/* A scenario file; SMOKE's packets are of the inventory's year, and may need to be told theirs. */
static ltn_status read_scenario(const plan_options *o, const char *path, const ltn_read_options *read, const plan *p,
                                ltn_scenario **out)
{
    ltn_packet_options packets;
    ltn_packet_options_init(&packets);
    packets.base_year = p->base ? ltn_inventory_base_year(p->base) : 0;
    packets.year = o->year;
    return ltn_scenario_read_packets(path, &packets, read, out);
}

/* The files do not depend on each other: what is wrong with all of them is shown at once. */
static void read_all(const plan_options *o, plan *p, outcome *result)
{
    ltn_read_options read;
    ltn_read_options_init(&read);
    read.diagnostics = p->list;
    read.encoding = o->encoding;
    int tables_failed = o->regions && failed(result, ltn_regions_read_csv(o->regions, &read, &p->regions), p->list);
    tables_failed |= o->sectors && failed(result, ltn_sectors_read_csv(o->sectors, &read, &p->sectors), p->list);
    const char *factors = o->factors && strcmp(o->factors, "installed") == 0 ? NULL : o->factors;
    tables_failed |= o->factors && failed(result, ltn_factor_table_read_csv(factors, &read, &p->factors), p->list);
    tables_failed |= o->devices && failed(result, ltn_devices_read_csv(o->devices, &read, &p->devices), p->list);
    ltn_inventory_options options;
    ltn_inventory_options_init(&options);
    options.diagnostics = p->list;
    options.regions = o->crosswalk ? NULL : p->regions;
    options.sectors = p->sectors;
    options.encoding = o->encoding;
    options.threads = o->threads;
    options.no_defaults = o->no_defaults;
    options.factors = p->factors;
    options.devices = p->devices;
    /* Without its trees and tables an inventory would be held against the wrong codes. */
    if (!tables_failed && !failed(result, ltn_inventory_read(o->inventory, &options, &p->base), p->list) &&
        o->crosswalk)
        failed(result, recode(o, &read, p), p->list);
    for (p->count = 0; p->count < o->scenario_count; p->count++)
        failed(result, read_scenario(o, o->scenarios[p->count], &read, p, &p->scenarios[p->count]), p->list);
    if (o->tasks) failed(result, ltn_table_read_csv(o->task_table, &read, &p->tasks), p->list);
    if (o->bank) failed(result, ltn_offset_bank_read_csv(o->bank, &read, &p->bank), p->list);
    if (o->targets) failed(result, ltn_targets_read_csv(o->targets, &read, &p->targets), p->list);
}

static ltn_status project(const plan_options *o, plan *p)
{
    ltn_projection_options options;
    ltn_projection_options_init(&options);
    options.first_year = o->first_year;
    options.last_year = o->last_year;
    options.threads = o->threads;
    options.strict = o->strict;
    options.no_defaults = o->no_defaults;
    ltn_offset_options offsets;
    ltn_offset_options_init(&offsets);
    offsets.targets = p->targets;
    offsets.bank = p->bank;
    ltn_status status = LTN_OK;
    for (size_t i = 0; !status && i < p->count; i++) {
        status = ltn_projection_run(p->base, p->scenarios[i], &options, &p->runs[i]);
        if (!status) status = ltn_offset_book_create(p->runs[i], &offsets, &p->books[i]);
    }
    return status;
}

static ltn_status write_files(const plan_options *o, const plan *p)
{
    ltn_output_options options;
    ltn_output_options_init(&options);
    options.language = o->language;
    options.command = p->origin.command;
    options.inputs = p->origin.inputs;
    options.input_count = p->origin.input_count;
    options.inventory_years = o->inventory_years;
    options.inventory_year_count = o->inventory_year_count;
    options.ensemble = p->ensemble.ensemble;
    options.attribution = p->causes.parts;
    options.attributed = &p->causes.how;
    options.sensitivity = p->causes.indices;
    return o->out ? ltn_offset_book_write(p->books[0], p->targets, &options, o->out) : LTN_OK;
}

static ltn_status print(const plan_options *o, const plan *p, int *missed)
{
    const ltn_projection *runs[SCENARIOS_MAX];
    for (size_t i = 0; i < p->count; i++) runs[i] = ltn_offset_book_projection(p->books[i]);
    if (o->compare) return print_comparison(runs, p->count, p->targets, o->language);
    if (o->explain) return print_explanation(runs[0], o->explain, o->language);
    if (o->tasks) return print_tasks(runs[0], p->tasks, o->language);
    if (o->accounts) return print_accounts(p->books[0], o->scope, o->language);
    if (o->offsets) return print_offsets(p->books[0], &p->ensemble, o->language);
    return print_report(p->books[0], p->targets, o, &p->ensemble, &p->causes, missed);
}

static int run_plan(int argc, char **argv, const plan_options *o, plan *p)
{
    if (ltn_diagnostics_create(&p->list)) return SYSTEM_FAILED;
    int missed = 0;
    outcome result = {0};
    read_all(o, p, &result);
    for (size_t i = 0; o->year && !result.exit_status && i < p->count; i++)
        if (ltn_scenario_last_year(p->scenarios[i]) != o->year) {
            fputs("lantian-plan: --year goes with SMOKE's packets; the scenario has its own years\n", stderr);
            return WRONG_USAGE;
        }
    ltn_status status = result.exit_status ? LTN_OK : project(o, p);
    if (!status && !result.exit_status && o->draws)
        status = plan_ensemble_run(o, p->books[0], p->targets, &p->ensemble);
    if (!status && !result.exit_status) status = plan_causes_run(o, p->books[0], &p->causes);
    if (!status && !result.exit_status) status = print(o, p, &missed);
    if (!result.exit_status) plan_origin_tell(&p->origin, argc, argv, o, p->scenarios[0]);
    if (!status && !result.exit_status && !o->compare) status = write_files(o, p);
    failed(&result, status, p->list);
    show_complaints(p->list);
    if (result.exit_status) return result.exit_status;
    if (o->out && !o->compare)
        print_written(o->out, ltn_offset_book_projection(p->books[0]), p->targets != NULL, &p->ensemble, &p->causes,
                      o->language);
    return missed && o->fail_on_miss ? TARGETS_MISSED : DONE;
}

int main(int argc, char **argv)
{
    plan_options options;
    plan p = {0};
    int status = plan_options_read(argc, argv, &options);
    if (status >= 0) return status;
    signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error to be told, not the end of the program */
    status = run_plan(argc, argv, &options, &p);
    plan_origin_free(&p.origin);
    plan_ensemble_free(&p.ensemble);
    plan_causes_free(&p.causes);
    for (size_t i = 0; i < SCENARIOS_MAX; i++) {
        ltn_offset_book_free(p.books[i]);
        ltn_projection_free(p.runs[i]);
        ltn_scenario_free(p.scenarios[i]);
    }
    ltn_targets_free(p.targets);
    ltn_offset_bank_free(p.bank);
    ltn_table_free(p.tasks);
    ltn_factor_table_free(p.factors);
    ltn_devices_free(p.devices);
    ltn_inventory_free(p.base);
    ltn_tree_free(p.sectors);
    ltn_tree_free(p.regions);
    ltn_diagnostics_free(p.list);
    if (!fflush(stdout) && !ferror(stdout)) return status;
    fputs("lantian-plan: cannot write to standard output\n", stderr);
    return SYSTEM_FAILED;
}
