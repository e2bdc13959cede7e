/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LANTIAN_EXAMPLES_PLAN_PRINT_H
#define LANTIAN_EXAMPLES_PLAN_PRINT_H

#include "plan_causes.h"
#include "plan_ensemble.h"

/* The scenario, the inventory, and whether it is reconstructed: above every report. */
void print_head(const ltn_projection *run, ltn_language language);

/* Prints the tables a planner reads: regions against targets, the waterfall of measures, what was assumed.
 * `targets` may be NULL; `missed` counts the targets not met. Of what was drawn, probabilities stand beside; to what
 * the change and the variance are due follows where it was asked for. */
ltn_status print_report(const ltn_offset_book *book, const ltn_targets *targets, const plan_options *o,
                        const plan_ensemble *ensemble, const plan_causes *causes, int *missed);

/* Prints the accounts by official class, and what of them is new sources that owe and reductions that pay;
 * `scope` may be NULL. */
ltn_status print_accounts(const ltn_offset_book *book, const char *scope, ltn_language language);

/* Prints the last year's change by task and by lead bureau, then the tasks that have no tonnes, by kind.
 * `tasks` has the columns no, item, lead, kind, reason (and the same with _zh). */
ltn_status print_tasks(const ltn_projection *run, const ltn_table *tasks, ltn_language language);

/* Puts scenarios side by side, by region and pollutant; all rest on one inventory. `targets` may be NULL. */
ltn_status print_comparison(const ltn_projection *const *runs, size_t count, const ltn_targets *targets,
                            ltn_language language);

/* The projects that owe an offset, a line each; nothing where there are none. */
ltn_status print_projects(const ltn_offset_book *book, const plan_ensemble *ensemble, ltn_language language);

/* Prints project by project who pays, and why the rest of the reductions did not. */
ltn_status print_offsets(const ltn_offset_book *book, const plan_ensemble *ensemble, ltn_language language);

/* Follows one source through every year and measure. */
ltn_status print_explanation(const ltn_projection *run, const char *source, ltn_language language);

/* Says what was written and where. */
void print_written(const char *folder, const ltn_projection *run, int with_targets, const plan_ensemble *ensemble,
                   const plan_causes *causes, ltn_language language);

#endif
