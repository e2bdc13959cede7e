/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LTN_SCENARIO_INCLUDE_H
#define LTN_SCENARIO_INCLUDE_H

#include "scenario/form.h"

/* Lays a scenario over the one it includes, and leaves out or changes measures:
 *
 *   include: plan.yaml                      a path from the file's own folder
 *   override: {coal-cap: {phase: by_2019}}  keys of a measure, each replaced
 *   only: [growth-*]                        the measures to keep, by id
 *   without: [coal-cap]                     the measures to leave out
 *
 * Named things (drivers, phases, scopes, offset_rules) are joined by name, measures come after the included
 * ones, and any other key replaces the included one. Returns the whole as one mapping, or NULL after a
 * complaint. */
ltn_node *ltn_include_resolve(ltn_reader *reader, ltn_node *root);

/* A path in the arena: `name` from the folder of the file that names it. NULL (and noted) where memory runs out. */
char *ltn_path_beside(ltn_reader *reader, const char *source, const char *name);

#endif
