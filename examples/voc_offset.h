/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of voc-offset: the desk with its projects, the plan that has them in it, and what is printed. */
#ifndef LANTIAN_EXAMPLES_VOC_OFFSET_H
#define LANTIAN_EXAMPLES_VOC_OFFSET_H

#include <lantian.h>

enum { INVENTORY, SCENARIO, PROJECTS, REGIONS, TARGETS, BANK, OUT, LANG, FILES, HELP };

typedef struct desk {
    const char *files[FILES];
    ltn_language language;
    ltn_diagnostics *list;
    ltn_tree *regions;
    ltn_inventory *base;
    ltn_targets *targets;
    ltn_offset_bank *bank;
    ltn_table *projects;
    char (*starts)[32]; /* of each project: the day it is tried on; empty: left out */
    double *lacking_t;  /* of each project that is left out: what it lacked on the day it asked for */
    ltn_scenario *plan; /* of the last try, as are the run and the book */
    ltn_projection *run;
    ltn_offset_book *book;
} desk;

/* A cell of a table; "" where it is empty or the table has no such column. */
const char *cell(const ltn_table *table, size_t row, const char *column);
double number(const ltn_table *table, size_t row, const char *column);

/* Reads the user's scenario with the projects under it into the desk's plan. */
ltn_status plan_with_projects(desk *d);

/* The row and the column ("": the project as a whole) of the projects that a complaint is about. 0 where it is about
 * something else. */
int place_in_projects(const char *source, int line, size_t *row, const char **column);

/* The answers, who pays, and what is left. */
ltn_status print_answers(const desk *d);

#endif
