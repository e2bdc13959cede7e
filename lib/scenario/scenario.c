/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/scenario.h"

#include "base/file.h"
#include "scenario/empirical.h"
#include "scenario/include.h"

#include <lantian/factors.h>
#include "base/text.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define KEYS(list) list, sizeof list / sizeof *list

const char *const ltn_action_names[] = {
    "", "grow", "cap", "retire", "control", "limit", "switch", "turnover", "add", "ban", [LTN_PACKET] = "packet"};
const char *const ltn_class_names[] = {"structural", "engineering", "management", "growth", "new", NULL};

/* ---- measures ---- */

/* A name of `phases:`, or the shares themselves. */
static void read_phase(ltn_reader *reader, const ltn_node *node, void *into)
{
    ltn_measure *measure = (ltn_measure *)((char *)into - offsetof(ltn_measure, phase_read));
    if (node->kind == LTN_SCALAR)
        measure->phase_read.name = ltn_read_text(reader, node, "phase");
    else
        ltn_read_knots(reader, node, true, "phase", &measure->phase_read.knots);
    measure->phase_read.knots.place = ltn_node_place(node);
}

static void read_months(ltn_reader *reader, const ltn_node *node, void *into)
{
    int *months = into;
    ltn_texts names = {0};
    ltn_read_texts(reader, node, &names);
    for (size_t i = 0; i < names.count; i++) {
        double month;
        size_t length = strlen(names.items[i]);
        if (ltn_text_number(names.items[i], length, &month) != length || month < 1 || month > 12 || month != (int)month)
            ltn_refuse(reader, node, "'%s' is no month; expected numbers from 1 to 12", names.items[i]);
        else
            *months |= 1 << ((int)month - 1);
    }
}

static const ltn_key cost_keys[] = {
    {"annual", LTN_VALUE_QUANTITY, 0, .required = true, .certain = true, .unit = "yuan/kg|yuan/yr|yuan",
     .meaning = "annual cost, per emission removed or in all"},
};
static const ltn_form cost_form = {"cost", KEYS(cost_keys), NULL};

static void read_cost(ltn_reader *reader, const ltn_node *node, void *into)
{
    ltn_read_form(reader, node, &cost_form, into);
}

#define ACTION(name, member, meaning_)                                                                                 \
    {                                                                                                                  \
        name, LTN_VALUE_OTHER, offsetof(ltn_measure, member), .meaning = meaning_, .read = ltn_read_##member,          \
                                                              .type = "mapping (see " name ")"                         \
    }
#define ltn_read_swap ltn_read_switch
static const ltn_key measure_keys[] = {
    {"id", LTN_VALUE_TEXT, offsetof(ltn_measure, id), .required = true,
     .meaning = "name of the measure in every table"},
    {"name", LTN_VALUE_LABEL, offsetof(ltn_measure, name), .fallback = "the id", .meaning = "what people call it"},
    {"task", LTN_VALUE_INTEGER, offsetof(ltn_measure, task), .meaning = "number of the plan's task"},
    {"bureau", LTN_VALUE_TEXTS, offsetof(ltn_measure, bureau), .meaning = "who answers for it, the lead first"},
    {"class", LTN_VALUE_CHOICE, offsetof(ltn_measure, accounting), .fallback = "by action",
     .meaning = "class of the accounts", .choices = ltn_class_names},
    {"where", LTN_VALUE_OTHER, offsetof(ltn_measure, where), .fallback = "everything", .meaning = "who it acts on",
     .read = ltn_read_selector, .type = "selector"},
    {"phase", LTN_VALUE_OTHER, offsetof(ltn_measure, phase_read), .fallback = "1 after the base year",
     .meaning = "share in force in each year", .read = read_phase, .type = "name, or year → share"},
    {"from", LTN_VALUE_DATE, offsetof(ltn_measure, from),
     .meaning = "not in force before this day; a part of the year counts by months"},
    {"months", LTN_VALUE_OTHER, offsetof(ltn_measure, months), .fallback = "all",
     .meaning = "months of each year in which it acts; the year's effect is their share", .read = read_months,
     .type = "list of 1 to 12"},
    {"cost", LTN_VALUE_OTHER, offsetof(ltn_measure, cost), .meaning = "what it costs", .read = read_cost,
     .type = "mapping (see cost)"},
    {"offset", LTN_VALUE_OTHER, offsetof(ltn_measure, offset), .meaning = "what a new source owes; beside add",
     .read = ltn_read_offset, .type = "mapping (see offset)"},
    ACTION("grow", grow, "activity follows an index"),
    ACTION("cap", cap, "activity is held to a level"),
    ACTION("retire", retire, "activity ends"),
    ACTION("control", control, "a device removes a share"),
    ACTION("limit", limit, "emission is held to a ceiling"),
    ACTION("switch", swap, "activity moves to another fuel"),
    ACTION("turnover", turnover, "a fleet's activity moves between emission stages"),
    ACTION("add", add, "a new source"),
    ACTION("ban", ban, "no growth and nothing new of what is selected"),
};
static const ltn_form measure_form = {"measure", KEYS(measure_keys), NULL};

/* Finds the one action of a measure. */
static void find_action(ltn_reader *reader, const ltn_node *node, ltn_measure *measure)
{
    const ltn_node *second = NULL;
    for (size_t i = 0; i < node->count; i += 2)
        for (ltn_action a = LTN_GROW; a < LTN_ACTIONS; a++)
            if (strcmp(node->items[i]->text, ltn_action_names[a]) == 0) {
                if (measure->action) second = node->items[i];
                measure->action = a;
            }
    if (second)
        ltn_refuse(reader, second, "measure '%s' has more than one action; expected one",
                   measure->id ? measure->id : "");
    else if (!measure->action)
        ltn_refuse(
            reader, node,
            "measure '%s' has no action; expected grow, cap, retire, control, limit, switch, turnover, add or ban",
            measure->id ? measure->id : "");
}

static int class_of_action(ltn_action action)
{
    switch (action) {
    case LTN_GROW:
        return LTN_CLASS_GROWTH;
    case LTN_ADD:
        return LTN_CLASS_NEW;
    case LTN_CONTROL:
    case LTN_LIMIT:
        return LTN_CLASS_ENGINEERING;
    default:
        return LTN_CLASS_STRUCTURAL;
    }
}

static bool carries_its_own_years(ltn_action action)
{
    return action == LTN_GROW || action == LTN_ADD || action == LTN_TURNOVER;
}

static bool acts_on_activity(ltn_action action)
{
    return action == LTN_CAP || action == LTN_BAN || action == LTN_RETIRE || action == LTN_SWITCH ||
           action == LTN_TURNOVER;
}

static void check_selectors_of_cap(ltn_reader *reader, const ltn_node *node, const ltn_selectors *selectors)
{
    for (size_t i = 0; i < selectors->count; i++)
        if (selectors->items[i] && selectors->items[i]->root && ltn_selector_by_emission(selectors->items[i]))
            ltn_refuse(reader, node, "a cap acts on activity; its tiers cannot choose pollutants");
}

static void check_measure(ltn_reader *reader, const ltn_node *node, const ltn_measure *m)
{
    const ltn_node *phase = ltn_node_find(node, "phase"), *offset = ltn_node_find(node, "offset"),
                   *where = ltn_node_find(node, "where");
    const char *action = ltn_action_names[m->action];
    if (phase && carries_its_own_years(m->action))
        ltn_refuse(reader, phase, "%s carries its own years; phase: does not go with it", action);
    const ltn_node *from = ltn_node_find(node, "from"), *months = ltn_node_find(node, "months");
    if ((from || months) && carries_its_own_years(m->action))
        ltn_refuse(reader, from ? from : months, "%s carries its own years; from: and months: do not go with it",
                   action);
    if (offset && m->action != LTN_ADD) ltn_refuse(reader, offset, "offset: goes with add, not with %s", action);
    if (where && m->action == LTN_ADD)
        ltn_refuse(reader, where, "add makes its own source; where: does not go with it");
    if (where && m->where && m->where->root && acts_on_activity(m->action) && ltn_selector_by_emission(m->where))
        ltn_refuse(reader, where,
                   "%s acts on activity; where: cannot choose pollutants or other columns of single emissions", action);
    check_selectors_of_cap(reader, node, &m->cap.cut_first);
    check_selectors_of_cap(reader, node, &m->cap.protect);
}

static void read_measure(ltn_reader *reader, const ltn_node *node, ltn_measure *measure)
{
    measure->accounting = -1;
    measure->place = ltn_node_place(node);
    ltn_read_form(reader, node, &measure_form, measure);
    if (node->kind != LTN_MAPPING) return;
    find_action(reader, node, measure);
    check_measure(reader, node, measure);
    if (measure->accounting < 0) measure->accounting = class_of_action(measure->action);
}

static void read_measures(ltn_reader *reader, const ltn_node *node, void *into)
{
    ltn_scenario *scenario = into;
    if (node->kind != LTN_SEQUENCE) {
        ltn_refuse(reader, node, "measures is %s; expected a list", ltn_node_kind_text(node));
        return;
    }
    if (!(scenario->measures = ltn_reader_alloc(reader, node->count, sizeof *scenario->measures))) return;
    ltn_dictionary *ids = ltn_dictionary_create();
    if (!ids) reader->list->out_of_memory = true;
    for (size_t i = 0; ids && i < node->count; i++) {
        ltn_measure *measure = &scenario->measures[scenario->measure_count++];
        read_measure(reader, node->items[i], measure);
        if (!measure->id) continue;
        size_t before = ids->count;
        int32_t code = ltn_dictionary_add(ids, measure->id, strlen(measure->id));
        if (code < 0) reader->list->out_of_memory = true;
        if (code >= 0 && (size_t)code < before)
            ltn_refuse(reader, node->items[i], "measure '%s' is there twice", measure->id);
    }
    ltn_dictionary_free(ids);
}

/* ---- named things ---- */

/* Reads a mapping name -> value: makes an array of `size` bytes an item, named first. */
static void *read_names(ltn_reader *reader, const ltn_node *node, const char *what, size_t size, size_t *count)
{
    if (!ltn_expect_mapping(reader, node, what)) return NULL;
    char *items = ltn_reader_alloc(reader, node->count / 2, size);
    for (size_t i = 0; items && i < node->count / 2; i++)
        *(ltn_named *)(items + i * size) = (ltn_named){node->items[2 * i]->text, ltn_node_place(node->items[2 * i])};
    *count = items ? node->count / 2 : 0;
    return items;
}

static void read_scopes(ltn_reader *reader, const ltn_node *node, void *into)
{
    ltn_scenario *s = into;
    s->scopes = read_names(reader, node, "scopes", sizeof *s->scopes, &s->scope_count);
    for (size_t i = 0; i < s->scope_count; i++)
        ltn_read_selector(reader, node->items[2 * i + 1], &s->scopes[i].selector);
}

static void read_drivers(ltn_reader *reader, const ltn_node *node, void *into)
{
    ltn_scenario *s = into;
    s->drivers = read_names(reader, node, "drivers", sizeof *s->drivers, &s->driver_count);
    for (size_t i = 0; i < s->driver_count; i++)
        ltn_read_knots(reader, node->items[2 * i + 1], false, s->drivers[i].name.name, &s->drivers[i].knots);
}

static void read_phases(ltn_reader *reader, const ltn_node *node, void *into)
{
    ltn_scenario *s = into;
    s->phases = read_names(reader, node, "phases", sizeof *s->phases, &s->phase_count);
    for (size_t i = 0; i < s->phase_count; i++)
        ltn_read_knots(reader, node->items[2 * i + 1], true, s->phases[i].name.name, &s->phases[i].knots);
}

static void read_rules(ltn_reader *reader, const ltn_node *node, void *into)
{
    ltn_scenario *s = into;
    s->offset_rules = read_names(reader, node, "offset_rules", sizeof *s->offset_rules, &s->rule_count);
    for (size_t i = 0; i < s->rule_count; i++)
        ltn_read_offset_rule(reader, node->items[2 * i + 1], &s->offset_rules[i]);
}

/* ---- the whole ---- */

/* Carried out before the rest is read; see scenario/include.h. */
static void read_nothing(ltn_reader *reader, const ltn_node *node, void *into)
{
    (void)reader, (void)node, (void)into;
}

static const ltn_key scenario_keys[] = {
    {"include", LTN_VALUE_OTHER, 0, .meaning = "a scenario file to start from; its path from this file's folder",
     .read = read_nothing, .type = "text"},
    {"override", LTN_VALUE_OTHER, 0, .meaning = "keys of measures to replace", .read = read_nothing,
     .type = "measure id → mapping of its keys"},
    {"only", LTN_VALUE_OTHER, 0, .fallback = "all", .meaning = "the measures to keep; `*` and `?` may stand in an id",
     .read = read_nothing, .type = "text, or a list of them"},
    {"without", LTN_VALUE_OTHER, 0, .fallback = "none", .meaning = "the measures to leave out", .read = read_nothing,
     .type = "text, or a list of them"},
    {"scenario", LTN_VALUE_LABEL, offsetof(ltn_scenario, name), .required = true,
     .meaning = "what the scenario is called"},
    {"document", LTN_VALUE_LABEL, offsetof(ltn_scenario, document), .meaning = "version of the document it follows"},
    {"base_year", LTN_VALUE_YEAR, offsetof(ltn_scenario, base_year), .required = true,
     .meaning = "year of the inventory it acts on"},
    {"years", LTN_VALUE_YEARS, offsetof(ltn_scenario, years), .required = true,
     .meaning = "first and last year; every year between is projected"},
    {"baseline", LTN_VALUE_TEXT, offsetof(ltn_scenario, baseline), .fallback = "any",
     .meaning = "statistical basis the inventory must have"},
    {"scopes", LTN_VALUE_OTHER, 0, .meaning = "selectors by name, for targets and reports", .read = read_scopes,
     .type = "name → selector"},
    {"drivers", LTN_VALUE_OTHER, 0, .meaning = "indices by name, 1 in the base year", .read = read_drivers,
     .type = "name → year → number"},
    {"phases", LTN_VALUE_OTHER, 0, .meaning = "phase-ins by name", .read = read_phases, .type = "name → year → share"},
    {"measures", LTN_VALUE_OTHER, 0, .meaning = "the measures, in the order in which they act", .read = read_measures,
     .type = "list of measures"},
    {"offset_rules", LTN_VALUE_OTHER, 0, .meaning = "rules by name for what new sources owe", .read = read_rules,
     .type = "name → mapping (see offset_rules)"},
    {"uncertainty", LTN_VALUE_OTHER, 0, .meaning = "how sure the inventory's numbers are", .read = ltn_read_uncertainty,
     .type = "list (see uncertainty)"},
    {"correlations", LTN_VALUE_OTHER, 0, .meaning = "which entries of uncertainty move together, and how closely",
     .read = ltn_read_correlations, .type = "list (see correlations)"},
};
static const ltn_form scenario_form = {"scenario", KEYS(scenario_keys), NULL};

static const ltn_knots *find_knots(const ltn_named_knots *items, size_t count, const char *name, const char **near)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(items[i].name.name, name) == 0) return &items[i].knots;
    const char *names[64];
    size_t n = 0;
    for (; n < count && n < 64; n++) names[n] = items[n].name.name;
    *near = ltn_text_nearest(name, names, n);
    return NULL;
}

static void complain_unknown(const ltn_reader *reader, const ltn_place *at, const char *what, const char *name,
                             const char *near)
{
    ltn_complain(reader->list, LTN_ERROR, at, "%s '%s' is not defined%s%s%s", what, name,
                 near ? "; the nearest is '" : "", near ? near : "", near ? "'" : "");
}

/* An index must be 1 in the base year and reach to the last. */
static void check_index(const ltn_reader *reader, const ltn_scenario *s, const ltn_knots *knots, const char *what)
{
    if (!knots->count || !s->base_year) return;
    if (knots->years[0] > s->base_year || knots->years[knots->count - 1] < s->years[1])
        ltn_complain(reader->list, LTN_ERROR, &knots->place,
                     "%s covers %d to %d; expected every year from the base year %d to %d", what, knots->years[0],
                     knots->years[knots->count - 1], s->base_year, s->years[1]);
    else if (ltn_knots_at(knots, s->base_year, 0) != 1)
        ltn_complain(reader->list, LTN_ERROR, &knots->place, "%s is %g in the base year %d; expected 1", what,
                     ltn_knots_at(knots, s->base_year, 0), s->base_year);
}

/* A new source that owes must name a rule, and a pollutant that it emits. */
static void link_offset(const ltn_reader *reader, const ltn_scenario *s, ltn_measure *m)
{
    ltn_offset *offset = &m->offset;
    const char *names[64];
    size_t named = 0, emitted = 0;
    for (size_t i = 0; i < s->rule_count && offset->rule; i++) {
        if (strcmp(s->offset_rules[i].name.name, offset->rule) == 0) offset->terms = &s->offset_rules[i];
        if (named < sizeof names / sizeof *names) names[named++] = s->offset_rules[i].name.name;
    }
    if (offset->rule && !offset->terms)
        complain_unknown(reader, &offset->place, "offset rule", offset->rule,
                         ltn_text_nearest(offset->rule, names, named));
    for (size_t i = 0; offset->pollutant && i < m->add.emissions.count; i++)
        emitted += strcmp(m->add.emissions.items[i].pollutant.name, offset->pollutant) == 0;
    if (offset->pollutant && m->action == LTN_ADD && m->add.emissions.given && !emitted)
        ltn_complain(reader->list, LTN_ERROR, &offset->place,
                     "the new source owes %s, which its emissions: do not name; expected a pollutant that it emits",
                     offset->pollutant);
}

static void check_cohort(const ltn_reader *reader, const ltn_scenario *s, const ltn_turnover *t,
                         const ltn_stage_retirement *out)
{
    const ltn_knots *share = &out->share;
    ltn_cohort cohort = {t, out, 0, s->base_year, ltn_quantity_mean(&out->rate)};
    const ltn_sold_stage *first = &t->to[0];
    for (size_t i = 1; i < share->count; i++)
        if (share->values[i] < share->values[i - 1])
            ltn_complain(reader->list, LTN_ERROR, &share->place,
                         "the share of stage '%s' falls from %g in %d to %g in %d; with days in to: it may only rise",
                         out->stage.name, share->values[i - 1], share->years[i - 1], share->values[i], share->years[i]);
    double early = share->count || out->rate.given ? ltn_cohort_left_before(&cohort, first->from) : 0;
    if (early > 0)
        ltn_complain(reader->list, LTN_ERROR, &first->stage.place,
                     "%.3g %% of stage '%s' leaves before the first stage of to:, '%s', is sold on %d-%02d-%02d",
                     100 * early, out->stage.name, first->stage.name, first->from.year, first->from.month,
                     first->from.day);
}

/* What leaves finds a stage on sale: nothing leaves before the first one's day. */
static void check_turnover(const ltn_reader *reader, const ltn_scenario *s, const ltn_turnover *t)
{
    if (!s->base_year || !t->to_count || !t->to[0].from.year) return;
    for (size_t i = 0; i < t->retire_count; i++) check_cohort(reader, s, t, &t->retire[i]);
    ltn_date day = t->to[0].from;
    bool in_time = day.year <= s->base_year || (day.year == s->base_year + 1 && day.month == 1 && day.day == 1);
    if (t->survival.count && !in_time)
        ltn_complain(reader->list, LTN_ERROR, &t->to[0].stage.place,
                     "the first stage of to:, '%s', is sold on %d-%02d-%02d; under survival: vehicles leave from the "
                     "end of the base year %d on",
                     t->to[0].stage.name, day.year, day.month, day.day, s->base_year);
}

static void link_measure(const ltn_reader *reader, const ltn_scenario *s, ltn_measure *m)
{
    const char *near = NULL;
    if (m->phase_read.name) {
        m->phase = find_knots(s->phases, s->phase_count, m->phase_read.name, &near);
        if (!m->phase) complain_unknown(reader, &m->phase_read.knots.place, "phase", m->phase_read.name, near);
    } else if (m->phase_read.knots.count) {
        m->phase = &m->phase_read.knots;
    }
    if (m->grow.driver) {
        m->grow.knots = find_knots(s->drivers, s->driver_count, m->grow.driver, &near);
        if (!m->grow.knots) complain_unknown(reader, &m->grow.driver_place, "driver", m->grow.driver, near);
    } else if (m->grow.index.count) {
        m->grow.knots = &m->grow.index;
        check_index(reader, s, &m->grow.index, "index");
    }
    if (m->offset.given) link_offset(reader, s, m);
}

static void check_whole(const ltn_reader *reader, ltn_scenario *s)
{
    if (s->base_year && s->years[0] && s->years[0] < s->base_year)
        ltn_complain(reader->list, LTN_ERROR, &s->place, "the first year %d is before the base year %d", s->years[0],
                     s->base_year);
    ltn_link_correlations(reader, s);
    for (size_t i = 0; i < s->driver_count; i++) check_index(reader, s, &s->drivers[i].knots, "the driver");
    for (size_t i = 0; i < s->measure_count; i++) {
        link_measure(reader, s, &s->measures[i]);
        check_turnover(reader, s, &s->measures[i].turnover);
    }
}

static ltn_status read_text(const char *text, size_t length, ltn_scenario *s, ltn_diagnostics *list)
{
    size_t errors_before = list->errors;
    ltn_reader reader = {.arena = &s->arena, .list = list};
    ltn_node *root = ltn_yaml_read(text, length, s->source, &s->arena, list);
    if (root) root = ltn_include_resolve(&reader, root);
    for (size_t i = 0; i < reader.file_count; i++) s->files[s->file_count++] = reader.files[i];
    if (root) {
        s->place = ltn_node_place(root);
        ltn_read_form(&reader, root, &scenario_form, s);
        const ltn_node *baseline = ltn_node_find(root, "baseline");
        if (baseline) s->baseline_place = ltn_node_place(baseline);
        check_whole(&reader, s);
    }
    ltn_devices_free(reader.devices);
    return ltn_diagnostics_verdict(list, errors_before);
}

static ltn_status parse(const char *text, size_t length, const char *source, const ltn_packet_options *packets,
                        const ltn_read_options *options, ltn_scenario **out)
{
    *out = NULL;
    if (!text) length = 0, text = "";
    bool of_packets = ltn_packets_begin(text, length);
    if (!of_packets && length > LTN_YAML_BYTES)
        return ltn_fail(LTN_ELIMIT, &(ltn_place){source, 1, 1},
                        "the scenario holds %zu bytes; the largest accepted is %d", length, LTN_YAML_BYTES);
    ltn_scenario *s = ltn_alloc(1, sizeof *s);
    if (!s) return LTN_ENOMEM;
    s->owners = 1;
    ltn_diagnostics own = {0}, *list = options && options->diagnostics ? options->diagnostics : &own;
    ltn_status status = (s->source = ltn_arena_text(&s->arena, source, strlen(source))) ? LTN_OK : LTN_ENOMEM;
    s->files[s->file_count++] = s->source;
    if (!status)
        status = of_packets ? ltn_packets_parse(text, length, packets, s, list) : read_text(text, length, s, list);
    ltn_diagnostics_clear(&own);
    if (status)
        ltn_scenario_free(s);
    else
        *out = s;
    return status;
}

ltn_status ltn_scenario_parse(const char *text, size_t length, const char *source, const ltn_read_options *options,
                              ltn_scenario **out)
{
    return parse(text, length, source, NULL, options, out);
}

ltn_status ltn_scenario_read_packets(const char *path, const ltn_packet_options *packets,
                                     const ltn_read_options *options, ltn_scenario **out)
{
    *out = NULL;
    ltn_file file;
    ltn_status status = ltn_file_read(path, LTN_PACKET_BYTES, &file);
    if (status) return status;
    status = parse(file.data, file.size, path, packets, options, out);
    ltn_file_close(&file);
    return status;
}

ltn_status ltn_scenario_read(const char *path, const ltn_read_options *options, ltn_scenario **out)
{
    return ltn_scenario_read_packets(path, NULL, options, out);
}

ltn_status ltn_scenario_read_yaml(const char *path, ltn_scenario **out)
{
    return ltn_scenario_read(path, NULL, out);
}

ltn_scenario *ltn_scenario_share(const ltn_scenario *scenario)
{
    ltn_scenario *shared = (ltn_scenario *)scenario; /* only the count of owners changes */
    ltn_owners_add(&shared->owners);
    return shared;
}

void ltn_scenario_free(ltn_scenario *scenario)
{
    if (!scenario || !ltn_owners_drop(&scenario->owners)) return;
    ltn_arena_free(&scenario->arena);
    free(scenario);
}

/* ---- reading from it ---- */

double ltn_measure_phase(const ltn_measure *measure, int base_year, int year)
{
    double phase = measure->phase ? ltn_knots_at(measure->phase, year, 0) : year > base_year;
    double begun = measure->from.year ? ltn_date_share(measure->from, year) : 1;
    double season = measure->months ? __builtin_popcount((unsigned)measure->months) / 12.0 : 1;
    return phase * begun * season;
}

ltn_date ltn_measure_begins(const ltn_measure *measure, int base_year, int last_year)
{
    if (measure->action == LTN_ADD) return measure->add.from;
    for (int year = base_year; year <= last_year; year++)
        if (ltn_measure_phase(measure, base_year, year) > 0)
            return year == measure->from.year ? measure->from : (ltn_date){year, 1, 1};
    return (ltn_date){0};
}

double ltn_grow_index(const ltn_grow *grow, double rate, int base_year, int year)
{
    if (grow->knots) return ltn_knots_at(grow->knots, year, 1);
    return pow(1 + rate, year - base_year);
}

double ltn_survival_at(const ltn_survival *s, double age)
{
    size_t i = s->count - 1;
    while (i > 0 && age < s->ages[i]) i--;
    if (i + 1 == s->count) return s->shares[i];
    double t = (age - s->ages[i]) / (s->ages[i + 1] - s->ages[i]);
    return s->shares[i] + t * (s->shares[i + 1] - s->shares[i]);
}

/* retire: as given; scrappage: 1 − (1 − h)^n, n years after the base year; survival: 1 − S(age)/S(age in the base
 * year). */
double ltn_cohort_left(const ltn_cohort *c, int year)
{
    if (c->stage && c->stage->share.count) return ltn_knots_at(&c->stage->share, year, 0);
    if (year <= c->base_year) return 0;
    if (c->stage) return 1 - pow(1 - c->rate, year - c->base_year);
    const ltn_survival *s = &c->turnover->survival;
    return 1 - ltn_survival_at(s, year - c->model_year) / ltn_survival_at(s, c->base_year - c->model_year);
}

/* What leaves in a year leaves evenly over it. */
double ltn_cohort_left_before(const ltn_cohort *c, ltn_date day)
{
    double before = ltn_cohort_left(c, day.year - 1);
    return before + (ltn_cohort_left(c, day.year) - before) * (1 - ltn_date_share(day, day.year));
}

/* What leaves is taken over by the stage that is sold on the day. */
double ltn_cohort_taken(const ltn_cohort *c, size_t stage, int year)
{
    const ltn_turnover *t = c->turnover;
    double until = ltn_cohort_left(c, year), since = 0;
    if (stage + 1 < t->to_count && t->to[stage + 1].from.year <= year)
        until = ltn_cohort_left_before(c, t->to[stage + 1].from);
    if (stage > 0) since = t->to[stage].from.year <= year ? ltn_cohort_left_before(c, t->to[stage].from) : until;
    return until - since;
}

static const char *label_text(const ltn_label *label, ltn_language language, const char *fallback)
{
    const char *first = language == LTN_CHINESE ? label->zh : label->en,
               *second = language == LTN_CHINESE ? label->en : label->zh;
    return first ? first : second ? second : fallback;
}

const char *ltn_scenario_name(const ltn_scenario *scenario, ltn_language language)
{
    return label_text(&scenario->name, language, "");
}

const char *ltn_scenario_document(const ltn_scenario *scenario, ltn_language language)
{
    return label_text(&scenario->document, language, "");
}

size_t ltn_scenario_files(const ltn_scenario *scenario)
{
    return scenario->file_count;
}

const char *ltn_scenario_file(const ltn_scenario *scenario, size_t file)
{
    return file < scenario->file_count ? scenario->files[file] : NULL;
}

int ltn_scenario_base_year(const ltn_scenario *scenario)
{
    return scenario->base_year;
}

int ltn_scenario_last_year(const ltn_scenario *scenario)
{
    return scenario->years[1];
}

size_t ltn_scenario_measures(const ltn_scenario *scenario)
{
    return scenario->measure_count;
}

const char *ltn_scenario_measure_id(const ltn_scenario *scenario, size_t measure)
{
    return measure < scenario->measure_count ? scenario->measures[measure].id : NULL;
}

const char *ltn_scenario_measure_name(const ltn_scenario *scenario, size_t measure, ltn_language language)
{
    if (measure >= scenario->measure_count) return NULL;
    return label_text(&scenario->measures[measure].name, language, scenario->measures[measure].id);
}

int ltn_scenario_measure_task(const ltn_scenario *scenario, size_t measure)
{
    return measure < scenario->measure_count ? scenario->measures[measure].task : 0;
}

const char *ltn_scenario_measure_class(const ltn_scenario *scenario, size_t measure)
{
    return measure < scenario->measure_count ? ltn_class_names[scenario->measures[measure].accounting] : NULL;
}

const ltn_selector *ltn_scenario_scope(const ltn_scenario *scenario, const char *name)
{
    for (size_t i = 0; i < scenario->scope_count; i++)
        if (strcmp(scenario->scopes[i].name.name, name) == 0) return scenario->scopes[i].selector;
    return NULL;
}

/* ---- the reference of keys ---- */

static const char *const kind_types[] = {
    [LTN_VALUE_TEXT] = "text",
    [LTN_VALUE_LABEL] = "text or {en, zh}",
    [LTN_VALUE_TEXTS] = "text, or a list of them",
    [LTN_VALUE_YEAR] = "year",
    [LTN_VALUE_YEARS] = "[first, last]",
    [LTN_VALUE_DATE] = "year or date",
    [LTN_VALUE_INTEGER] = "whole number",
    [LTN_VALUE_FLAG] = "true or false",
    [LTN_VALUE_QUANTITY] = "quantity",
    [LTN_VALUE_SHARE] = "share",
    [LTN_VALUE_RATE] = "share",
    [LTN_VALUE_SHARE_KNOTS] = "year → share",
    [LTN_VALUE_INDEX_KNOTS] = "year → number",
    [LTN_VALUE_OTHER] = "",
};

static ltn_status add_key(ltn_table *table, const char *where, const ltn_key *key)
{
    char choices[160] = "";
    for (size_t i = 0; key->kind == LTN_VALUE_CHOICE && key->choices[i]; i++) {
        if (!*key->choices[i]) continue;
        strncat(choices, *choices ? " | " : "", sizeof choices - strlen(choices) - 1);
        strncat(choices, key->choices[i], sizeof choices - strlen(choices) - 1);
    }
    const char *type = key->kind == LTN_VALUE_CHOICE ? choices : key->type ? key->type : kind_types[key->kind];
    const char *texts[] = {where, key->name, type, key->unit, key->required ? "required" : key->fallback, key->meaning};
    size_t row = table->rows;
    ltn_status status = ltn_table_resize(table, row + 1);
    for (size_t c = 0; !status && c < sizeof texts / sizeof *texts; c++)
        status = ltn_table_set_text(table, row, c, texts[c]);
    return status;
}

static ltn_status add_forms(ltn_table *table)
{
    static const char *const columns[] = {"where", "key", "type", "unit", "default", "meaning"};
    const ltn_form *const forms[] = {
        &scenario_form,        &measure_form,          &ltn_grow_form,    &ltn_cap_form,       &ltn_retire_form,
        &ltn_replace_form,     &ltn_switch_form,       &ltn_control_form, &ltn_device_form,    &ltn_limit_form,
        &ltn_turnover_form,    &ltn_add_form,          &ltn_ban_form,     &cost_form,          &ltn_offset_form,
        &ltn_offset_rule_form, &ltn_offset_ratio_form, &ltn_credits_form, &ltn_uncertain_form, &ltn_correlation_form,
        &ltn_empirical_form};
    ltn_status status = LTN_OK;
    for (size_t c = 0; !status && c < sizeof columns / sizeof *columns; c++)
        status = ltn_table_add_column(table, columns[c], LTN_TEXT, NULL);
    for (size_t f = 0; f < sizeof forms / sizeof *forms; f++)
        for (size_t k = 0; !status && k < forms[f]->count; k++)
            status = add_key(table, forms[f]->where, &forms[f]->keys[k]);
    return status;
}

ltn_status ltn_scenario_keys(ltn_table **out)
{
    *out = NULL;
    ltn_table *table = ltn_table_create();
    ltn_status status = table ? add_forms(table) : LTN_ENOMEM;
    if (status)
        ltn_table_free(table);
    else
        *out = table;
    return status;
}
