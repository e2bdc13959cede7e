/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file scenario.h
 *  A scenario: the measures of a plan, who they act on, what they do and when.
 *  The language is described in docs/scenario.md.
 */
#ifndef LANTIAN_SCENARIO_H
#define LANTIAN_SCENARIO_H

#include <lantian/inventory.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ltn_scenario ltn_scenario;
typedef struct ltn_selector ltn_selector;

/** Reads a scenario file. ltn_scenario_read() gives all complaints instead of the first.
 *  @return #LTN_OK; #LTN_EINPUT (also for 64 levels of nesting and a million nodes after aliases);
 *  #LTN_EIO; #LTN_ELIMIT (16 MiB); #LTN_ENOMEM. Owned by the caller. */
LTN_API LTN_CHECKED ltn_status ltn_scenario_read_yaml(const char *path, ltn_scenario **out);

/** Reads a scenario file, with every complaint in the options' diagnostics.
 *  @param options NULL for defaults. @return as ltn_scenario_read_yaml(). Owned by the caller. */
LTN_API LTN_CHECKED ltn_status ltn_scenario_read(const char *path, const ltn_read_options *options, ltn_scenario **out);

/** Reads a scenario from text; @p source is the name shown in complaints.
 *  @return as ltn_scenario_read(). Owned by the caller. */
LTN_API LTN_CHECKED ltn_status ltn_scenario_parse(const char *text, size_t length, const char *source,
                                                  const ltn_read_options *options, ltn_scenario **out);

/** How SMOKE's control packets are read and matched. */
typedef struct ltn_packet_options {
    size_t struct_size; /**< set by ltn_packet_options_init() */
    int base_year;      /**< year of the inventory; 0: the year that the first /PROJECTION/ starts from */
    int year;           /**< year that the packets lead to; 0: the one that /PROJECTION/ names */
    int scc_before_sic; /**< 1: match by SCC before SIC (XREF_SICOVERSCC=N) */
    int full_scc_only;  /**< 1: an SCC that ends in zeros is no pattern (FULLSCC_ONLY=Y) */
    int replace_always; /**< 1: a replacing control acts where it is weaker too (COMPARE_REPLACE_CONTROL=N) */
} ltn_packet_options;

/** Sets every option to its default. */
LTN_API void ltn_packet_options_init(ltn_packet_options *options);

/** Reads a scenario file: YAML, or SMOKE's growth and control packets, which are known by the first line that is
 *  neither blank nor a remark: `/NAME .../`. Each packet (/PROJECTION/, /MACT/, /CONTROL/, /CTG/, /ALLOWABLE/) becomes
 *  a measure (`projection`, `mact`, ...), in this order whatever the file's; docs/formats.md has the equations. Such a
 *  scenario knows two years, the base year and the year that the packets lead to. The other functions that read a
 *  scenario take packets too, with the default options.
 *  @param packets NULL for defaults; not used of YAML. @param options NULL for defaults.
 *  @return as ltn_scenario_read(); of packets also #LTN_EUNSUPPORTED (nothing else is wrong, but there is a
 *  /REACTIVITY/ or /EMS_CONTROL/). Owned by the caller. */
LTN_API LTN_CHECKED ltn_status ltn_scenario_read_packets(const char *path, const ltn_packet_options *packets,
                                                         const ltn_read_options *options, ltn_scenario **out);

/** Gives a scenario back; NULL is allowed. A projection made from it keeps it alive. */
LTN_API void ltn_scenario_free(ltn_scenario *scenario);

/** The scenario's name in a language, a view. */
LTN_API const char *ltn_scenario_name(const ltn_scenario *scenario, ltn_language language);

/** The document's version (`document:`), a view; empty where it does not say. */
LTN_API const char *ltn_scenario_document(const ltn_scenario *scenario, ltn_language language);

/** Number of files the scenario was read from: itself, and those it includes. */
LTN_API size_t ltn_scenario_files(const ltn_scenario *scenario);

/** Path of a file the scenario was read from, its own first, a view; NULL past the end. */
LTN_API const char *ltn_scenario_file(const ltn_scenario *scenario, size_t file);

/** The base year. */
LTN_API int ltn_scenario_base_year(const ltn_scenario *scenario);

/** The last year. */
LTN_API int ltn_scenario_last_year(const ltn_scenario *scenario);

/** Number of measures. */
LTN_API size_t ltn_scenario_measures(const ltn_scenario *scenario);

/** Id of a measure, a view; NULL past the end. */
LTN_API const char *ltn_scenario_measure_id(const ltn_scenario *scenario, size_t measure);

/** Name of a measure in a language, a view; its id where it has none; NULL past the end. */
LTN_API const char *ltn_scenario_measure_name(const ltn_scenario *scenario, size_t measure, ltn_language language);

/** The plan's task number of a measure; 0 where it has none. */
LTN_API int ltn_scenario_measure_task(const ltn_scenario *scenario, size_t measure);

/** The accounting class of a measure: structural, engineering, management, growth or new; a view; NULL past
 *  the end. */
LTN_API const char *ltn_scenario_measure_class(const ltn_scenario *scenario, size_t measure);

/** The selector of a named scope, a view; NULL where the scenario has no such scope. */
LTN_API const ltn_selector *ltn_scenario_scope(const ltn_scenario *scenario, const char *name);

/** Reads a selector from YAML text such as `{sector: combustion.boiler, capacity: {max: 10 t/h}}`.
 *  @return #LTN_OK; #LTN_EINPUT; #LTN_ENOMEM. Owned by the caller. */
LTN_API LTN_CHECKED ltn_status ltn_selector_parse(const char *text, ltn_selector **out);

/** Frees a selector made by ltn_selector_parse(); NULL is allowed. */
LTN_API void ltn_selector_free(ltn_selector *selector);

/** Marks the emission rows a selector takes.
 *  @param[out] keep one byte an emission row of the inventory: 1 taken, 0 not.
 *  @return #LTN_OK; #LTN_EINPUT (no such region, sector or column); #LTN_EUNIT; #LTN_ENOMEM. */
LTN_API LTN_CHECKED ltn_status ltn_selector_match(const ltn_selector *selector, const ltn_inventory *inventory,
                                                  uint8_t *keep);

/** Every key the reader knows, as a table: `where` it is allowed, `key`, `type`, `unit`, `default`,
 *  `meaning`. docs/scenario.md carries the same table, and a test holds the two together.
 *  @return #LTN_OK or #LTN_ENOMEM. Owned by the caller. */
LTN_API LTN_CHECKED ltn_status ltn_scenario_keys(ltn_table **out);

#ifdef __cplusplus
}
#endif
#endif
