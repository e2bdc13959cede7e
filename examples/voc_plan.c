/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Proposed projects as measures of a scenario: `add:` with `offset:`, under the plan that they come on top of. */
#include "voc_offset.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *cell(const ltn_table *table, size_t row, const char *column)
{
    int c = ltn_table_find(table, column);
    const char *value = c < 0 ? NULL : ltn_table_text(table, row, (size_t)c);
    return value ? value : "";
}

double number(const ltn_table *table, size_t row, const char *column)
{
    return ltn_table_number(table, row, (size_t)ltn_table_find(table, column));
}

/* What a project becomes, a line a cell, so that the line of a complaint tells the cell. */
static const struct line {
    const char *column, *before, *after;
} lines[] = {
    {"id", "  - {id: \"", "\", add: {"},
    {"id", "      source: \"", "\","},
    {"name", "      name: \"", "\","},
    {"region", "      region: \"", "\","},
    {"sector", "      sector: \"", "\","},
    {"start", "      from: \"", "\","},
    {"lon", "      lon: \"", "\","},
    {"lat", "      lat: \"", "\","},
    {"pollutant", "      emissions: {? \"", "\""},
    {"tonnes", "        : \"", " t/yr\"}},"},
    {"rule", "    offset: {rule: \"", "\","},
    {"pollutant", "      pollutant: \"", "\"}}"},
};
enum { LINES = sizeof lines / sizeof *lines, LINES_BEFORE = 2 };
static const char source_name[] = "projects"; /* in no folder, so `include:` counts from where we are */

int place_in_projects(const char *source, int line, size_t *row, const char **column)
{
    int at = line - LINES_BEFORE - 1;
    if (strcmp(source, source_name) != 0 || at < 0) return 0;
    *row = (size_t)(at / LINES);
    *column = at % LINES ? lines[at % LINES].column : "";
    return 1;
}

/* Inside the quotes of a YAML scalar. */
static void write_quoted(const char *value, FILE *out)
{
    for (; *value; value++) {
        if (*value == '"' || *value == '\\') fputc('\\', out);
        fputc((unsigned char)*value < ' ' ? ' ' : *value, out);
    }
}

/* A project that is left out stays with 0 t, so that the book still tells of its pollutant. An empty cell is one of
 * those that may be: the others were seen to. */
static void write_project(const desk *d, size_t row, FILE *out)
{
    for (const struct line *l = lines; l < lines + LINES; l++) {
        const char *value = cell(d->projects, row, l->column), *start = d->starts[row];
        if (strcmp(l->column, "start") == 0 && *start) value = start;
        if (strcmp(l->column, "tonnes") == 0 && !*start) value = "0";
        if (*value) {
            fputs(l->before, out);
            write_quoted(value, out);
            fputs(l->after, out);
        }
        fputc('\n', out);
    }
}

ltn_status plan_with_projects(desk *d)
{
    char *yaml = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&yaml, &size);
    if (!out) return LTN_ENOMEM;
    fputs("include: \"", out);
    write_quoted(d->files[SCENARIO], out);
    fputs("\"\nmeasures:\n", out);
    for (size_t row = 0; row < ltn_table_rows(d->projects); row++) write_project(d, row, out);
    ltn_read_options read;
    ltn_read_options_init(&read);
    read.diagnostics = d->list;
    ltn_status status = fclose(out) ? LTN_ENOMEM : ltn_scenario_parse(yaml, size, source_name, &read, &d->plan);
    free(yaml);
    return status;
}
