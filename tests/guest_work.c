/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Some of everything, as tests/test_behaviour.py has it done by a program that has other business too: files of every
 * kind are read, projected, drawn and written. A module of its own, so that a program can load it and let it go. */
#include <lantian.h>
#include <stdio.h>

int guest_work(const char *data, const char *inventory, const char *scenario, const char *out);

static const char *path(char *at, const char *folder, const char *name)
{
    snprintf(at, 512, "%s/%s", folder, name);
    return at;
}

/* FF10 is read and written again, and so is what was read. */
static int convert(const char *data, const char *out)
{
    char at[512];
    ltn_inventory *points = NULL;
    int failed = ltn_inventory_read(path(at, data, "ff10/point.csv"), NULL, &points) ||
                 ltn_inventory_write_ff10(points, LTN_FF10_POINT, path(at, out, "point.csv"), NULL) ||
                 ltn_inventory_write_csv(points, path(at, out, "points.csv"));
    ltn_inventory_free(points);
    return failed;
}

static int put(const char *text, const char *file)
{
    FILE *out = fopen(file, "w");
    int failed = !out || fputs(text, out) < 0;
    return (out && fclose(out)) || failed;
}

/* The annex to a permit. */
static int permit(const char *data, const char *out)
{
    char at[512];
    ltn_inventory *base = NULL;
    ltn_inventory_options options;
    ltn_inventory_options_init(&options);
    ltn_tree *regions = NULL;
    ltn_scenario *plan = NULL;
    ltn_projection *run = NULL;
    ltn_offset_book *book = NULL;
    char *annex = NULL;
    int failed = ltn_regions_read_csv(path(at, data, "../../docs/example/offsets/regions.csv"), NULL, &regions);
    options.regions = regions;
    failed = failed ||
             ltn_inventory_read_csv(path(at, data, "../../docs/example/offsets/inventory.csv"), &options, &base) ||
             ltn_scenario_read_yaml(path(at, data, "../../docs/example/offsets/projects.yaml"), &plan) ||
             ltn_projection_run(base, plan, NULL, &run) || ltn_offset_book_create(run, NULL, &book) ||
             ltn_offset_book_annex(book, "dye-2", LTN_CHINESE, &annex) || put(annex, path(at, out, "permit.txt"));
    ltn_text_free(annex);
    ltn_offset_book_free(book);
    ltn_projection_free(run);
    ltn_scenario_free(plan);
    ltn_inventory_free(base);
    ltn_tree_free(regions);
    return failed;
}

/* What is said of a number that cannot be. */
static int complain(const ltn_ensemble *drawn, const char *out)
{
    static const double impossible = 1.5;
    char at[512];
    ltn_table *sums = NULL;
    return ltn_ensemble_summary(drawn, &impossible, 1, &sums) != LTN_EARGUMENT ||
           put(ltn_last_error()->message, path(at, out, "message.txt"));
}

static int summarise(const ltn_ensemble *drawn, const char *out)
{
    static const double probabilities[] = {0.025, 0.5, 0.975};
    char at[512];
    ltn_table *sums = NULL;
    int failed = ltn_ensemble_summary(drawn, probabilities, 3, &sums) ||
                 ltn_table_write_csv(sums, path(at, out, "ensemble.csv"));
    ltn_table_free(sums);
    return failed;
}

int guest_work(const char *data, const char *inventory, const char *scenario, const char *out)
{
    char at[512];
    ltn_inventory *base = NULL, *stored = NULL;
    ltn_scenario *plan = NULL;
    ltn_projection *run = NULL;
    ltn_ensemble *drawn = NULL;
    ltn_ensemble_options draws;
    ltn_ensemble_options_init(&draws);
    draws.draws = 200;
    ltn_output_options output;
    ltn_output_options_init(&output);
    output.time = 1500000000;
    int failed = ltn_inventory_read_csv(inventory, NULL, &base) ||
                 ltn_inventory_write_hdf5(base, path(at, out, "base.h5"), NULL) ||
                 ltn_inventory_read(at, NULL, &stored) || ltn_scenario_read_yaml(scenario, &plan) ||
                 ltn_projection_run(stored, plan, NULL, &run) || ltn_projection_write(run, NULL, &output, out) ||
                 ltn_ensemble_run(run, &draws, &drawn) || summarise(drawn, out) || complain(drawn, out) ||
                 convert(data, out) || permit(data, out);
    if (failed) fprintf(stderr, "%s: %s\n", ltn_last_error()->source, ltn_last_error()->message);
    ltn_ensemble_free(drawn);
    ltn_projection_free(run);
    ltn_scenario_free(plan);
    ltn_inventory_free(stored);
    ltn_inventory_free(base);
    return failed;
}
