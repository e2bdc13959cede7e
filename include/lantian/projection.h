/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file projection.h
 *  Applies a scenario to an inventory, year by year, and accounts for every tonne.
 *
 *  For every year, source and pollutant
 *
 *      E_base + Σ_measures Δ = E_year        (relative 1e-12 of the gross sum)
 *
 *  Measures act in file order on the state the earlier ones left; each year starts from the base year.
 *  Results are the same bits for any number of threads.
 */
#ifndef LANTIAN_PROJECTION_H
#define LANTIAN_PROJECTION_H

#include <lantian/scenario.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ltn_projection ltn_projection;

/** Options of ltn_projection_run(). */
typedef struct ltn_projection_options {
    size_t struct_size;    /**< set by ltn_projection_options_init() */
    int first_year;        /**< 0: the scenario's; the base year is always projected too */
    int last_year;         /**< 0: the scenario's */
    int threads;           /**< 0: as many as the machine has */
    int strict;            /**< 1: a measure that must skip a row fails instead of noting it */
    int no_defaults;       /**< 1: an assumed value fails instead of being noted */
    ltn_progress progress; /**< or NULL */
    void *progress_data;   /**< handed to progress */
} ltn_projection_options;

/** Sets every option to its default. */
LTN_API void ltn_projection_options_init(ltn_projection_options *options);

/** Projects an inventory under a scenario. The projection keeps both alive.
 *  @param options NULL for defaults.
 *  @return #LTN_OK; #LTN_EINPUT (the base year differs, a region, sector, column or factor that is not
 *  there; the place is the scenario's); #LTN_EBASELINE (another statistical basis); #LTN_EARGUMENT (years
 *  outside the scenario's); #LTN_EUNIT; #LTN_EUNSUPPORTED (an action of a later
 *  version); #LTN_EREFUSED; #LTN_ECANCELLED; #LTN_ENOMEM. Owned by the caller. */
LTN_API LTN_CHECKED ltn_status ltn_projection_run(const ltn_inventory *base, const ltn_scenario *scenario,
                                                  const ltn_projection_options *options, ltn_projection **out);

/** Frees a projection; NULL is allowed. */
LTN_API void ltn_projection_free(ltn_projection *run);

/** The base inventory, a view. */
LTN_API const ltn_inventory *ltn_projection_base(const ltn_projection *run);

/** The scenario, a view. */
LTN_API const ltn_scenario *ltn_projection_scenario(const ltn_projection *run);

/** The rows that measures made (replacements `<source>~<measure>`, new sources), as an inventory with
 *  base emission 0 and the columns `origin` and `measure`, a view. */
LTN_API const ltn_inventory *ltn_projection_derived(const ltn_projection *run);

/** The projected years, ascending, the base year first, a view. @param[out] count how many. */
LTN_API const int *ltn_projection_years(const ltn_projection *run, size_t *count);

/** Emissions of a year [t/yr], a view: first the base's emission rows, then the derived ones.
 *  NULL where the year is not projected. */
LTN_API const double *ltn_projection_emissions(const ltn_projection *run, int year);

/** Sums by group as ltn_inventory_summarise() does, each source in its own region and sector.
 *  @param by #ltn_by flags; without #LTN_BY_YEAR the last year is meant.
 *  @return #LTN_OK; #LTN_EARGUMENT; #LTN_ENOMEM. Owned by the caller. */
LTN_API LTN_CHECKED ltn_status ltn_projection_summarise(const ltn_projection *run, unsigned by, ltn_table **out);

/** The same with levels, attributes and scopes.
 *  @return #LTN_OK; #LTN_EARGUMENT (a flag of measures, an attribute of numbers); #LTN_ENOTFOUND (no such attribute
 *  or scope); #LTN_ENOMEM. Owned by the caller. */
LTN_API LTN_CHECKED ltn_status ltn_projection_summarise_at(const ltn_projection *run, const ltn_grouping *grouping,
                                                           ltn_table **out);

/** The ledger by group: the group's columns, then `delta_t` [t/yr]. Without #LTN_BY_YEAR the last year
 *  is meant. All flags together give every change of every source.
 *  @return #LTN_OK; #LTN_ENOTFOUND (no such attribute or scope); #LTN_EARGUMENT (an attribute of numbers);
 *  #LTN_ENOMEM. Owned by the caller. */
LTN_API LTN_CHECKED ltn_status ltn_projection_ledger(const ltn_projection *run, const ltn_grouping *grouping,
                                                     ltn_table **out);

/** What the run had to say: shortfalls, skipped rows, assumed values, rows not selected because a value
 *  is missing. Columns `year` (absent: all), `measure`, `source`, `code`, `value`, `unit`, `text`.
 *  @return #LTN_OK or #LTN_ENOMEM. Owned by the caller. */
LTN_API LTN_CHECKED ltn_status ltn_projection_notes(const ltn_projection *run, ltn_language language, ltn_table **out);

/** What became of one source and of the rows derived from it: a row for each year, measure in force and
 *  pollutant, and one for the year's start. Columns `year`, `measure` (absent at the start), `source`,
 *  `pollutant`, `phase`, `activity`, `activity_unit`, `removal`, `before_t`, `after_t`, and `line`: where a measure
 *  is a SMOKE packet, the line of its file whose row is for this source and pollutant.
 *  @return #LTN_OK; #LTN_ENOTFOUND (no such source); #LTN_ENOMEM. Owned by the caller. */
LTN_API LTN_CHECKED ltn_status ltn_projection_explain(const ltn_projection *run, const char *source, ltn_table **out);

/** The projected inventory of a year: the base's rows and those derived rows that are in force, with
 *  base_year @p year and the label `<baseline>+<scenario>`. The columns `origin` and `measure` tell where
 *  a derived row came from.
 *  @return #LTN_OK; #LTN_ENOTFOUND (year not projected); #LTN_ENOMEM. Owned by the caller. */
LTN_API LTN_CHECKED ltn_status ltn_projection_inventory(const ltn_projection *run, int year, ltn_inventory **out);

#ifdef __cplusplus
}
#endif
#endif
