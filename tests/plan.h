/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inventories, scenarios and projections from text, and looking things up in what they give: shared by the
 * tests of the scenario and projection floors. What does not work fails the test that asked for it. */
#ifndef LTN_TESTS_PLAN_H
#define LTN_TESTS_PLAN_H

#include "support.h"

#include <math.h>
#include <stdio.h>

#define UNUSED __attribute__((unused))

/* ---- inputs ---- */

UNUSED static ltn_inventory *inventory_in(const char *csv, ltn_tree *regions)
{
    ltn_inventory *inventory = NULL;
    ltn_inventory_options options;
    ltn_inventory_options_init(&options);
    options.regions = regions;
    assert_ok(ltn_inventory_read_csv(write_file("inventory.csv", csv), &options, &inventory));
    return inventory;
}

UNUSED static ltn_inventory *inventory_of(const char *csv)
{
    return inventory_in(csv, NULL);
}

UNUSED static ltn_scenario *scenario_of(const char *yaml)
{
    ltn_scenario *scenario = NULL;
    assert_ok(ltn_scenario_parse(yaml, strlen(yaml), "plan.yaml", NULL, &scenario));
    return scenario;
}

/* ---- places of complaints: a § stands where one must point ---- */

typedef struct mark {
    int line, column;
} mark;

enum { MARKS_MAX = 16 };

/* Takes the § out of a text and tells where they stood (columns in characters). The caller frees `out->data`. */
UNUSED static size_t take_marks(const char *marked, text_buffer *out, mark marks[MARKS_MAX])
{
    static const char sign[] = "§";
    size_t count = 0;
    mark at = {1, 1};
    text_add_bytes(out, "", 0);
    for (const char *p = marked; *p; p++) {
        if (strncmp(p, sign, strlen(sign)) == 0) {
            assert_true(count < MARKS_MAX);
            marks[count++] = at;
            p += strlen(sign) - 1;
            continue;
        }
        text_add_bytes(out, p, 1);
        if (*p == '\n')
            at = (mark){at.line + 1, 1};
        else
            at.column += ((unsigned char)*p & 0xC0) != 0x80;
    }
    return count;
}

UNUSED static ltn_diagnostics *new_list(ltn_read_options *options)
{
    ltn_diagnostics *list = NULL;
    assert_ok(ltn_diagnostics_create(&list));
    ltn_read_options_init(options);
    options->diagnostics = list;
    return list;
}

/* ---- runs ---- */

typedef struct plan {
    ltn_inventory *base;
    ltn_scenario *scenario;
    ltn_projection *run;
} plan;

UNUSED static plan plan_of(const char *csv, const char *yaml)
{
    plan p = {inventory_of(csv), scenario_of(yaml), NULL};
    assert_ok(ltn_projection_run(p.base, p.scenario, NULL, &p.run));
    return p;
}

UNUSED static void plan_free(plan *p)
{
    ltn_projection_free(p->run);
    ltn_scenario_free(p->scenario);
    ltn_inventory_free(p->base);
    *p = (plan){0};
}

/* A run that fails: with this status, at this place of plan.yaml, in these words. */
#define assert_refused(csv, yaml, options, status, line, column, words)                                                \
    check_refused(csv, yaml, options, status, line, column, words, __FILE__, __LINE__)
UNUSED static void check_refused(const char *csv, const char *yaml, const ltn_projection_options *options,
                                 ltn_status expected, int line, int column, const char *words, const char *file,
                                 int at_line)
{
    ltn_inventory *base = inventory_of(csv);
    ltn_scenario *scenario = scenario_of(yaml);
    ltn_projection *run = (ltn_projection *)&base; /* must be set to NULL */
    check_status(ltn_projection_run(base, scenario, options, &run), expected, "ltn_projection_run", file, at_line);
    const ltn_error *e = ltn_last_error();
    if (run || e->line != line || e->column != column || !strstr(e->message, words)) {
        print_error("%s:%d:%d: %s\n  expected %d:%d and '%s'\n", e->source, e->line, e->column, e->message, line,
                    column, words);
        _fail(file, at_line);
    }
    ltn_scenario_free(scenario);
    ltn_inventory_free(base);
}

/* ---- looking up ---- */

UNUSED static size_t column_of(const ltn_table *table, const char *name)
{
    int c = ltn_table_find(table, name);
    if (c < 0) fail_msg("there is no column '%s'", name);
    return (size_t)c;
}

UNUSED static const char *text_at(const ltn_table *table, size_t row, const char *column)
{
    const char *value = ltn_table_text(table, row, column_of(table, column));
    return value ? value : "";
}

UNUSED static double number_at(const ltn_table *table, size_t row, const char *column)
{
    return ltn_table_number(table, row, column_of(table, column));
}

/* The emission row of a source and pollutant, or -1. */
UNUSED static int32_t row_in(const ltn_inventory *inventory, const char *source, const char *pollutant)
{
    int32_t s = ltn_inventory_find(inventory, source);
    const int32_t *first = ltn_inventory_first(inventory);
    for (int32_t row = s < 0 ? 0 : first[s]; s >= 0 && row < first[s + 1]; row++)
        if (strcmp(text_at(ltn_inventory_emissions(inventory), (size_t)row, "pollutant"), pollutant) == 0) return row;
    return -1;
}

/* The emission of a year [t]; NaN where the run knows no such source and pollutant. */
UNUSED static double emission(const ltn_projection *run, int year, const char *source, const char *pollutant)
{
    const ltn_inventory *base = ltn_projection_base(run);
    const double *all = ltn_projection_emissions(run, year);
    int32_t row = row_in(base, source, pollutant), derived = row_in(ltn_projection_derived(run), source, pollutant);
    assert_non_null(all);
    if (row >= 0) return all[row];
    return derived < 0 ? NAN : all[ltn_table_rows(ltn_inventory_emissions(base)) + (size_t)derived];
}

/* A number of the projected inventory of a year: of the source, or with a pollutant of its row. */
UNUSED static double projected(const ltn_projection *run, int year, const char *source, const char *pollutant,
                               const char *column)
{
    ltn_inventory *made = NULL;
    assert_ok(ltn_projection_inventory(run, year, &made));
    int32_t row = pollutant ? row_in(made, source, pollutant) : ltn_inventory_find(made, source);
    assert_true(row >= 0);
    double value =
        number_at(pollutant ? ltn_inventory_emissions(made) : ltn_inventory_sources(made), (size_t)row, column);
    ltn_inventory_free(made);
    return value;
}

/* How many notes have this code, measure (NULL: any) and year (0: any); the last one's value. */
UNUSED static size_t find_notes(const ltn_projection *run, const char *code, const char *measure, int year,
                                double *value)
{
    ltn_table *notes = NULL;
    size_t count = 0;
    assert_ok(ltn_projection_notes(run, LTN_ENGLISH, &notes));
    for (size_t row = 0; row < ltn_table_rows(notes); row++) {
        bool same = strcmp(text_at(notes, row, "code"), code) == 0 &&
                    (!measure || strcmp(text_at(notes, row, "measure"), measure) == 0) &&
                    (!year || number_at(notes, row, "year") == year);
        if (same && value) *value = number_at(notes, row, "value");
        count += same;
    }
    ltn_table_free(notes);
    return count;
}

UNUSED static size_t count_notes(const ltn_projection *run, const char *code)
{
    return find_notes(run, code, NULL, 0, NULL);
}

/* The value of the only note of this kind. */
UNUSED static double one_note(const ltn_projection *run, const char *code, const char *measure, int year)
{
    double value = NAN;
    size_t count = find_notes(run, code, measure, year, &value);
    if (count != 1)
        fail_msg("%zu notes '%s' of %s in %d; expected one", count, code, measure ? measure : "any measure", year);
    return value;
}

#endif
