/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan_origin.h"

#include <stdlib.h>
#include <string.h>

/* Whether a shell would take the word apart. */
static int needs_quotes(const char *word)
{
    return !*word || strpbrk(word, " \t\n\"'\\$`&|;<>()[]{}*?!#~") != NULL;
}

/* Appends a word as one would type it in a shell. Returns the new end; the text has room for the worst. */
static char *append_word(char *end, const char *word)
{
    int quotes = needs_quotes(word);
    if (quotes) *end++ = '\'';
    for (; *word; word++) {
        if (*word == '\'')
            end = stpcpy(end, "'\\''");
        else
            *end++ = *word;
    }
    if (quotes) *end++ = '\'';
    *end = '\0';
    return end;
}

/* The words in one line; the program without its folder. */
static char *join_words(int argc, char **argv)
{
    size_t size = 32;
    for (int i = 1; i < argc; i++) size += 4 * strlen(argv[i]) + 3;
    char *line = malloc(size);
    if (!line) return NULL;
    char *end = stpcpy(line, "lantian-plan");
    for (int i = 1; i < argc; i++) {
        *end++ = ' ';
        end = append_word(end, argv[i]);
    }
    return line;
}

static void add(plan_origin *origin, const char *path)
{
    if (path && origin->input_count < INPUTS_MAX) origin->inputs[origin->input_count++] = path;
}

void plan_origin_tell(plan_origin *origin, int argc, char **argv, const plan_options *o, const ltn_scenario *scenario)
{
    *origin = (plan_origin){.command = join_words(argc, argv)};
    add(origin, o->inventory);
    for (size_t i = 0; i < ltn_scenario_files(scenario); i++) add(origin, ltn_scenario_file(scenario, i));
    const char *const tables[] = {
        o->targets, o->regions, o->sectors, o->devices, o->crosswalk, o->bank, o->tasks ? o->task_table : NULL};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) add(origin, tables[i]);
    if (o->factors && strcmp(o->factors, "installed") != 0) add(origin, o->factors);
}

void plan_origin_free(plan_origin *origin)
{
    free(origin->command);
    *origin = (plan_origin){0};
}
