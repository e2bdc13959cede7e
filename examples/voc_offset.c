/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which of the projects on a desk can be permitted, from when on, who pays for them, and what is then left.
 *
 * The library keeps the offset book of the plan with the projects in it. A project that is not covered in full is left
 * out, so that what it held goes to the others; then it is tried on each later 1 January. The answers hold together:
 * no two of them count on the same tonne. */
#include "inputs.h"
#include "voc_offset.h"

#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DONE, BAD_INPUT, WRONG_USAGE, SYSTEM_FAILED };

static const char usage[] =
    "usage: voc-offset [INVENTORY SCENARIO PROJECTS] [--regions FILE] [--targets FILE] [--bank FILE]\n"
    "                  [--out FILE] [--lang en|zh]\n"
    "PROJECTS is a CSV file: id, region, sector, pollutant, tonnes (a year), start (a day), rule (of the\n"
    "scenario's offset_rules) and, where known, name, lon, lat. --out writes the closing bank, which --bank\n"
    "reads. Without arguments it answers for a made-up city. See docs/offsets.md.\n";

/* ---- answering ---- */

static void forget(desk *d)
{
    ltn_offset_book_free(d->book);
    ltn_projection_free(d->run);
    ltn_scenario_free(d->plan);
    d->book = NULL;
    d->run = NULL;
    d->plan = NULL;
}

/* Makes the book with the projects as they stand. In the order in which they are served, `lacking` is the first that
 * is not covered in full; the number of projects where all are. */
static ltn_status keep_book(desk *d, size_t *lacking)
{
    ltn_offset_options options;
    ltn_offset_options_init(&options);
    options.targets = d->targets;
    options.bank = d->bank;
    forget(d);
    ltn_table *served = NULL;
    ltn_status status = plan_with_projects(d);
    if (!status) status = ltn_projection_run(d->base, d->plan, NULL, &d->run);
    if (!status) status = ltn_offset_book_create(d->run, &options, &d->book);
    if (!status) status = ltn_offset_book_projects(d->book, &served);
    size_t count = ltn_table_rows(d->projects);
    *lacking = count;
    for (size_t row = 0; !status && *lacking == count && row < ltn_table_rows(served); row++) {
        if (strcmp(cell(served, row, "state"), "met") == 0) continue;
        for (*lacking = 0; *lacking < count; ++*lacking) /* one of the plan's own is not among them */
            if (strcmp(cell(d->projects, *lacking, "id"), cell(served, row, "project")) == 0) break;
        if (*lacking < count) d->lacking_t[*lacking] = number(served, row, "unmet_t");
    }
    ltn_table_free(served);
    return status;
}

/* The first later 1 January on which a project is covered in full, and all that were so still are. */
static ltn_status start_later(desk *d, size_t project)
{
    size_t count = ltn_table_rows(d->projects), lacking;
    double asked_t = d->lacking_t[project];
    for (int year = atoi(cell(d->projects, project, "start")) + 1; year <= ltn_scenario_last_year(d->plan); year++) {
        snprintf(d->starts[project], sizeof *d->starts, "%04d-01-01", year);
        ltn_status status = keep_book(d, &lacking);
        if (status || lacking == count) return status;
    }
    d->lacking_t[project] = asked_t;
    *d->starts[project] = '\0';
    return LTN_OK;
}

static ltn_status answer(desk *d)
{
    size_t count = ltn_table_rows(d->projects), lacking;
    ltn_status status = keep_book(d, &lacking);
    for (size_t row = 0; !status && row < count; row++)
        if (atoi(d->starts[row]) > ltn_scenario_last_year(d->plan)) *d->starts[row] = '\0'; /* in no book */
    while (!status && lacking < count && *d->starts[lacking]) {
        *d->starts[lacking] = '\0';
        status = keep_book(d, &lacking);
    }
    for (size_t row = 0; !status && row < count; row++)
        if (!*d->starts[row]) status = start_later(d, row);
    return status ? status : keep_book(d, &lacking);
}

/* ---- reading ---- */

/* Begins a complaint about a column ("": the whole) of a project; the sentence follows. */
static void begin_complaint(const desk *d, size_t row, const char *column)
{
    int line = 0, character = 0;
    ltn_table_place(d->projects, row, (size_t)ltn_table_find(d->projects, column), &line, &character);
    fprintf(stderr, "%s:%d:%d: error: ", d->files[PROJECTS], line, character);
}

static void show(const desk *d, const char *source, int line, int column, const char *message)
{
    size_t row;
    const char *name;
    if (place_in_projects(source, line, &row, &name)) {
        begin_complaint(d, row, name);
        fprintf(stderr, "%s\n", message);
    } else if (line)
        fprintf(stderr, "%s:%d:%d: error: %s\n", source, line, column, message);
    else
        fprintf(stderr, "%s%serror: %s\n", source, *source ? ": " : "", message);
}

static int show_failure(const desk *d, ltn_status status)
{
    const ltn_error *e = ltn_last_error();
    for (size_t i = 0; i < ltn_diagnostics_count(d->list); i++) {
        const ltn_diagnostic *c = ltn_diagnostics_get(d->list, i);
        show(d, c->source, c->line, c->column, c->message);
    }
    if (!ltn_diagnostics_errors(d->list)) show(d, e->source, e->line, e->column, e->message);
    return status == LTN_EIO || status == LTN_ENOMEM ? SYSTEM_FAILED : BAD_INPUT;
}

/* What a project cannot do without. Number of things that are not there. */
static int check_projects(const desk *d)
{
    static const char *const needed[] = {"id", "region", "sector", "pollutant", "tonnes", "start", "rule"};
    int missing = !ltn_table_rows(d->projects);
    if (missing) fprintf(stderr, "%s: error: it has no projects; expected a row each\n", d->files[PROJECTS]);
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        for (size_t row = 0; row < ltn_table_rows(d->projects); row++) {
            if (*cell(d->projects, row, needed[i])) continue;
            begin_complaint(d, row, needed[i]);
            fprintf(stderr, "project '%s' has no %s\n", cell(d->projects, row, "id"), needed[i]);
            missing++;
        }
    for (size_t row = 0; row < ltn_table_rows(d->projects); row++) {
        const char *tonnes = cell(d->projects, row, "tonnes");
        char *end;
        double value = strtod(tonnes, &end);
        /* What is no number at all the scenario's reader tells, with all else that is wrong. */
        if (end == tonnes || (!*end && isfinite(value))) continue;
        begin_complaint(d, row, "tonnes");
        fprintf(stderr, "tonnes '%s' is no number of tonnes a year; expected for example 15\n", tonnes);
        missing++;
    }
    return missing;
}

static ltn_status read_files(desk *d)
{
    ltn_read_options read;
    ltn_read_options_init(&read);
    ltn_inventory_options options;
    ltn_inventory_options_init(&options);
    ltn_status status = ltn_diagnostics_create(&d->list);
    read.diagnostics = options.diagnostics = d->list;
    if (!status && d->files[REGIONS]) status = ltn_regions_read_csv(d->files[REGIONS], &read, &d->regions);
    options.regions = d->regions;
    if (!status) status = ltn_inventory_read_csv(d->files[INVENTORY], &options, &d->base);
    if (!status && d->files[TARGETS]) status = ltn_targets_read_csv(d->files[TARGETS], &read, &d->targets);
    if (!status && d->files[BANK]) status = ltn_offset_bank_read_csv(d->files[BANK], &read, &d->bank);
    if (!status) status = ltn_table_read_csv(d->files[PROJECTS], &read, &d->projects);
    if (status) return status;
    size_t count = ltn_table_rows(d->projects);
    d->starts = calloc(count + 1, sizeof *d->starts);
    d->lacking_t = calloc(count + 1, sizeof *d->lacking_t);
    if (!d->starts || !d->lacking_t) return LTN_ENOMEM;
    for (size_t row = 0; row < count; row++)
        snprintf(d->starts[row], sizeof *d->starts, "%s", cell(d->projects, row, "start"));
    return LTN_OK;
}

static ltn_status write_bank(const desk *d)
{
    ltn_table *bank = NULL;
    if (!d->files[OUT]) return LTN_OK;
    ltn_status status = ltn_offset_book_bank(d->book, &bank);
    if (!status) status = ltn_table_write_csv(bank, d->files[OUT]);
    ltn_table_free(bank);
    return status;
}

/* 0 where the closing bank would be written over a file that was read. */
static int spares_files(const desk *d)
{
    int spared = spares_inputs(d->files[OUT], d->files, OUT);
    for (size_t i = 1; spared && i < ltn_scenario_files(d->plan); i++) { /* the first is ours, and no file */
        const char *file = ltn_scenario_file(d->plan, i);
        spared = spares_inputs(d->files[OUT], &file, 1);
    }
    return spared;
}

static int run(desk *d)
{
    ltn_status status = read_files(d);
    if (!status && check_projects(d)) return BAD_INPUT;
    if (!status) status = answer(d);
    if (!status && !spares_files(d)) return BAD_INPUT;
    if (!status) status = print_answers(d);
    if (!status) status = write_bank(d);
    return status ? show_failure(d, status) : DONE;
}

/* ---- the command line ---- */

/* A file of the made-up city: from the source tree, or where it was installed. */
static const char *example(int file)
{
    static const char *const names[] = {"inventory.csv", "plan.yaml", "projects.csv", "regions.csv"};
    static char paths[4][1024];
    snprintf(paths[file], sizeof paths[file], "%s/%s", LANTIAN_OFFSETS_SOURCE, names[file]);
    if (access(paths[file], R_OK) != 0)
        snprintf(paths[file], sizeof paths[file], "%s/%s", LANTIAN_OFFSETS_INSTALLED, names[file]);
    return paths[file];
}

static int refuse(void)
{
    fputs(usage, stderr);
    return WRONG_USAGE;
}

/* Returns -1 to go on. */
static int read_options(int argc, char **argv, desk *d)
{
    static const struct option options[] = {{"regions", required_argument, NULL, REGIONS},
                                            {"targets", required_argument, NULL, TARGETS},
                                            {"bank", required_argument, NULL, BANK},
                                            {"out", required_argument, NULL, OUT},
                                            {"lang", required_argument, NULL, LANG},
                                            {"help", no_argument, NULL, HELP},
                                            {NULL, 0, NULL, 0}};
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (option == '?') return refuse();
        if (option == HELP) {
            fputs(usage, stdout);
            return DONE;
        }
        d->files[option] = optarg;
    }
    const char *language = d->files[LANG] ? d->files[LANG] : "en";
    d->language = strcmp(language, "zh") == 0 ? LTN_CHINESE : LTN_ENGLISH;
    int given = argc - optind, known = d->language == LTN_CHINESE || strcmp(language, "en") == 0;
    for (int file = INVENTORY; file <= REGIONS; file++)
        if (given == 3 && file <= PROJECTS)
            d->files[file] = argv[optind + file];
        else if (!given && !d->files[file])
            d->files[file] = example(file);
    return known && (!given || given == 3) ? -1 : refuse();
}

int main(int argc, char **argv)
{
    desk d = {0};
    int status = read_options(argc, argv, &d);
    if (status < 0) status = run(&d);
    forget(&d);
    free(d.starts);
    free(d.lacking_t);
    ltn_table_free(d.projects);
    ltn_offset_bank_free(d.bank);
    ltn_targets_free(d.targets);
    ltn_inventory_free(d.base);
    ltn_tree_free(d.regions);
    ltn_diagnostics_free(d.list);
    return fflush(stdout) || ferror(stdout) ? SYSTEM_FAILED : status;
}
