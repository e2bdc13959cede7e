/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is owed: by new sources, and by the growth of existing ones where the rule says so. */
#include "assess/families.h"
#include "assess/offsets.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

ltn_status ltn_book_note_add(ltn_offset_book *book, ltn_book_gap gap, const char *project, const char *detail,
                             double value)
{
    for (size_t i = 0; i < book->note_count; i++)
        if (book->notes[i].gap == gap && book->notes[i].project == project && book->notes[i].detail == detail)
            return LTN_OK;
    if (ltn_reserve(&book->notes, &book->note_capacity, book->note_count + 1, sizeof *book->notes)) return LTN_ENOMEM;
    book->notes[book->note_count++] = (ltn_book_note){gap, project, detail, value};
    return LTN_OK;
}

/* ---- places ---- */

/* The kind of a region; NULL where the tree has no table of kinds. */
static const char *kind_of(const ltn_tree *regions, int32_t node)
{
    const ltn_table *table = ltn_tree_table(regions);
    int column = ltn_table_find(table, "kind");
    return column >= 0 ? ltn_table_text(table, (size_t)node, (size_t)column) : NULL;
}

static bool has_kind(const ltn_tree *regions, const char *kind)
{
    bool found = false;
    for (int32_t node = 0; !found && (size_t)node < ltn_tree_count(regions); node++) {
        const char *of_node = kind_of(regions, node);
        found = of_node && (!kind || strcmp(of_node, kind) == 0);
    }
    return found;
}

/* The region of a kind that a region lies in, or is; -1 where there is none. */
static int32_t place_of_kind(const ltn_tree *regions, int32_t node, const char *kind)
{
    while (node >= 0) {
        const char *of_node = kind_of(regions, node);
        if (of_node && strcmp(of_node, kind) == 0) return node;
        node = ltn_tree_parent(regions, node);
    }
    return -1;
}

/* Without a table of kinds, the first place is the project's own region and there is no other. */
static ltn_status set_places(ltn_offset_book *book, ltn_debit *d)
{
    const ltn_tree *regions = book->run->program.derived->regions;
    const ltn_texts *within = &d->rule->within;
    bool kinds = has_kind(regions, NULL), placed = false;
    if (!(d->places = ltn_arena_alloc(&book->arena, within->count * sizeof *d->places))) return LTN_ENOMEM;
    for (size_t i = 0; i < within->count; i++) {
        if (kinds && !has_kind(regions, within->items[i]))
            return ltn_fail(
                LTN_EINPUT, &d->rule->name.place,
                "offset rule '%s' looks within a '%s', and no region is of that kind; expected a kind of the "
                "regions table, such as county",
                d->rule->name.name, within->items[i]);
        d->places[i] = kinds ? place_of_kind(regions, d->region, within->items[i]) : i ? -1 : d->region;
        placed |= d->places[i] >= 0;
    }
    if (!kinds) return ltn_book_note_add(book, LTN_GAP_NO_REGION_TABLE, d->id, ltn_tree_code(regions, d->region), NAN);
    return placed ? LTN_OK : ltn_book_note_add(book, LTN_GAP_NO_PLACE, d->id, ltn_tree_code(regions, d->region), NAN);
}

/* ---- ratios ---- */

static bool is_one_of(const ltn_texts *texts, const char *text)
{
    bool found = !texts->count;
    for (size_t i = 0; !found && i < texts->count; i++) found = strcmp(texts->items[i], text) == 0;
    return found;
}

static bool lies_in_one_of(const ltn_tree *regions, const ltn_texts *codes, int32_t region)
{
    bool found = !codes->count;
    for (size_t i = 0; !found && i < codes->count; i++) {
        int32_t node = ltn_tree_find(regions, codes->items[i]);
        found = node >= 0 && ltn_tree_contains(regions, node, region);
    }
    return found;
}

/* A region of a case that no table has would be passed over in silence. */
static ltn_status check_regions(const ltn_tree *regions, const ltn_offset_rule *rule)
{
    for (size_t i = 0; !regions->open && i < rule->ratios.count; i++) {
        const ltn_offset_ratio *ratio = &rule->ratios.items[i];
        for (size_t r = 0; r < ratio->region.count; r++) {
            const char *code = ratio->region.items[r];
            if (ltn_tree_find(regions, code) >= 0) continue;
            const char *near = ltn_dictionary_nearest(ltn_tree_codes(regions), code);
            return ltn_fail(LTN_EINPUT, &ratio->at, "region '%s' is not in the table of regions%s%s%s", code,
                            near ? "; the nearest is '" : "", near ? near : "", near ? "'" : "");
        }
    }
    return LTN_OK;
}

static ltn_status attains(ltn_offset_book *book, const ltn_debit *d, const char *pollutant, bool *out)
{
    ltn_status status =
        book->targets && !book->judged ? ltn_targets_check(book->targets, book->run, &book->judged) : LTN_OK;
    const ltn_tree *regions = book->run->program.derived->regions;
    int known = book->judged ? ltn_targets_attained(book->targets, book->judged, regions, d->region, pollutant) : -1;
    *out = known > 0;
    return status || known >= 0 ? status : ltn_book_note_add(book, LTN_GAP_NOT_KNOWN, d->id, pollutant, NAN);
}

/* The first case that fits a project and a kind of place. */
static ltn_status set_ratio(ltn_offset_book *book, ltn_debit *d, size_t place, const char *pollutant)
{
    const ltn_tree *regions = book->run->program.derived->regions;
    const char *kind = d->rule->within.items[place];
    for (size_t i = 0; i < d->rule->ratios.count; i++) {
        const ltn_offset_ratio *r = &d->rule->ratios.items[i];
        bool fits = is_one_of(&r->place, kind) && lies_in_one_of(regions, &r->region, d->region) &&
                    is_one_of(&r->pollutant, pollutant);
        if (fits && r->attains) {
            ltn_status status = attains(book, d, r->attains, &fits);
            if (status) return status;
        }
        if (!fits) continue;
        d->ratios[place] = ltn_quantity_mean(&r->ratio);
        return LTN_OK;
    }
    return ltn_fail(
        LTN_EINPUT, &d->rule->name.place,
        "offset rule '%s' has no ratio for '%s' and credits of its %s; expected a last case without conditions",
        d->rule->name.name, d->id, kind);
}

static ltn_status set_terms(ltn_offset_book *book, ltn_debit *d)
{
    const ltn_dictionary *words = book->run->program.derived->emissions->columns[LTN_POLLUTANT].words;
    ltn_status status = set_places(book, d);
    if (!status && !(d->ratios = ltn_arena_alloc(&book->arena, d->rule->within.count * sizeof *d->ratios)))
        status = LTN_ENOMEM;
    for (size_t i = 0; !status && i < d->rule->within.count; i++)
        status = set_ratio(book, d, i, words->words[d->pollutant]);
    return status;
}

/* ---- debits ---- */

/* The first year of the run that a day is in or before. `year_count` where the run has ended. */
static size_t first_year_of(const ltn_projection *run, ltn_date start)
{
    size_t year = 0;
    while (year < run->year_count && run->years[year] < start.year) year++;
    return year;
}

static ltn_status add_debit(ltn_offset_book *book, ltn_debit *d)
{
    d->year = first_year_of(book->run, d->start);
    if (d->year == book->run->year_count)
        return ltn_book_note_add(book, LTN_GAP_NOT_STARTED, d->id, NULL, d->start.year);
    ltn_status status = set_terms(book, d);
    if (!status)
        status = ltn_reserve(&book->debits, &book->debit_capacity, book->debit_count + 1, sizeof *book->debits);
    if (!status) book->debits[book->debit_count++] = *d;
    return status;
}

static double asked(const ltn_measure *m)
{
    double tonnes = 0;
    for (size_t i = 0; i < m->add.emissions.count; i++) {
        const ltn_pollutant_quantity *e = &m->add.emissions.items[i];
        if (strcmp(e->pollutant.name, m->offset.pollutant) == 0)
            tonnes += ltn_quantity_mean(&e->value) * ltn_tonnes_per(&e->value.unit, 1);
    }
    return tonnes;
}

static ltn_status add_project(ltn_offset_book *book, size_t measure)
{
    const ltn_program *p = &book->run->program;
    const ltn_measure *m = &p->scenario->measures[measure];
    const ltn_dictionary *words = p->derived->emissions->columns[LTN_POLLUTANT].words;
    size_t at;
    int32_t source = p->steps[measure].added;
    const ltn_inventory *inventory = ltn_program_source(p, source, &at);
    ltn_debit d = {
        .measure = (int32_t)measure,
        .source = source,
        .id = m->add.source,
        .name = m->add.name,
        .rule = m->offset.terms,
        .pollutant = ltn_dictionary_find(words, m->offset.pollutant, strlen(m->offset.pollutant)),
        .region = ltn_source_column_of(inventory, LTN_REGION)->codes[at],
        .start = m->add.from,
        .lon = ltn_source_column_of(inventory, LTN_LON)->numbers[at],
        .lat = ltn_source_column_of(inventory, LTN_LAT)->numbers[at],
        .asked_t = asked(m),
        .excluded = book->shares[measure] == 0,
        .scaled = book->shares[measure] < 1,
    };
    d.new_t = d.asked_t * book->shares[measure];
    bool no_point = isnan(d.lon) || isnan(d.lat);
    ltn_status status = d.rule->order == LTN_OFFSET_NEAREST && no_point
                            ? ltn_book_note_add(book, LTN_GAP_NO_POINT, d.id, NULL, NAN)
                            : LTN_OK;
    return status ? status : add_debit(book, &d);
}

/* ---- growth of existing sources ---- */

/* How far the existing sources of each region have risen above their base, a number a year and region. */
static ltn_status sum_rises(ltn_offset_book *book, const ltn_offset_rule *rule, int32_t pollutant, double *rises)
{
    const ltn_program *p = &book->run->program;
    const uint8_t *taken = book->taken[rule - p->scenario->offset_rules];
    const int32_t *region = ltn_source_column_of(p->base, LTN_REGION)->codes,
                  *code = ltn_emission_column_of(p->base, LTN_POLLUTANT)->codes;
    size_t regions = ltn_tree_count(p->derived->regions);
    int32_t *root = NULL;
    double *changes = NULL;
    ltn_status status = ltn_families(book->run, &root);
    if (!status) status = ltn_family_changes(book->run, root, pollutant, &changes);
    for (size_t s = 0; !status && s < p->base_sources; s++) {
        int32_t row = p->base->first[s];
        while (row < p->base->first[s + 1] && (code[row] != pollutant || (taken && !taken[row]))) row++;
        if (row == p->base->first[s + 1]) continue;
        for (size_t y = 0; y < book->run->year_count; y++)
            rises[y * regions + (size_t)region[s]] += fmax(0, changes[y * p->sources + s]);
    }
    free(root);
    free(changes);
    return status;
}

/* A debit a region and year: what has come on top of all years before. */
static ltn_status add_growth_of(ltn_offset_book *book, const ltn_offset_rule *rule, int32_t pollutant)
{
    const ltn_projection *run = book->run;
    const ltn_tree *regions = run->program.derived->regions;
    size_t count = ltn_tree_count(regions);
    double *rises = ltn_alloc(run->year_count * count, sizeof *rises);
    if (!rises) return LTN_ENOMEM;
    ltn_status status = sum_rises(book, rule, pollutant, rises);
    for (size_t r = 0; !status && r < count; r++) {
        double most = 0;
        for (size_t y = 0; !status && y < run->year_count; y++) {
            double rise = rises[y * count + r] - most;
            if (!(rise > LTN_DUST_T)) continue;
            char id[128];
            snprintf(id, sizeof id, "growth@%.80s:%d", ltn_tree_code(regions, (int32_t)r), run->years[y]);
            ltn_debit d = {.measure = -1,
                           .source = -1,
                           .id = ltn_arena_text(&book->arena, id, strlen(id)),
                           .rule = rule,
                           .pollutant = pollutant,
                           .region = (int32_t)r,
                           .start = {run->years[y], 1, 1},
                           .lon = NAN,
                           .lat = NAN,
                           .asked_t = rise,
                           .new_t = rise};
            status = d.id ? add_debit(book, &d) : LTN_ENOMEM;
            most += rise;
        }
    }
    free(rises);
    return status;
}

/* Growth owes of the pollutants that the rule's projects owe. */
static ltn_status add_growth(ltn_offset_book *book, const ltn_offset_rule *rule)
{
    size_t projects = book->debit_count;
    ltn_status status = LTN_OK;
    for (size_t i = 0; !status && i < projects; i++) {
        bool first = book->debits[i].rule == rule;
        for (size_t j = 0; first && j < i; j++)
            first = book->debits[j].rule != rule || book->debits[j].pollutant != book->debits[i].pollutant;
        if (first) status = add_growth_of(book, rule, book->debits[i].pollutant);
    }
    return status;
}

/* ---- all ---- */

static int by_start(const void *left, const void *right)
{
    const ltn_debit *a = left, *b = right;
    if (a->start.year != b->start.year) return a->start.year < b->start.year ? -1 : 1;
    if (a->start.month != b->start.month) return a->start.month < b->start.month ? -1 : 1;
    if (a->start.day != b->start.day) return a->start.day < b->start.day ? -1 : 1;
    /* In the order of the file; growth, which is in no file, after it. */
    uint32_t place_a = (uint32_t)a->measure, place_b = (uint32_t)b->measure;
    if (place_a != place_b) return place_a < place_b ? -1 : 1;
    return strcmp(a->id, b->id);
}

/* The base's emission rows that a rule's `credits_from` takes. */
static ltn_status take_rows(ltn_offset_book *book, size_t rule)
{
    const ltn_program *p = &book->run->program;
    const ltn_selector *where = p->scenario->offset_rules[rule].credits_from.where;
    if (!where) return LTN_OK;
    if (!(book->taken[rule] = ltn_alloc(p->base_rows, 1))) return LTN_ENOMEM;
    return ltn_select_rows(where, p->base, p->derived, book->taken[rule]);
}

ltn_status ltn_book_find_debits(ltn_offset_book *book)
{
    const ltn_scenario *s = book->run->program.scenario;
    ltn_status status = (book->taken = ltn_alloc(s->rule_count, sizeof *book->taken)) ? LTN_OK : LTN_ENOMEM;
    for (size_t i = 0; !status && i < s->rule_count; i++)
        status = check_regions(book->run->program.derived->regions, &s->offset_rules[i]);
    for (size_t i = 0; !status && i < s->rule_count; i++) status = take_rows(book, i);
    for (size_t i = 0; !status && i < s->measure_count; i++)
        if (s->measures[i].offset.given) status = add_project(book, i);
    for (size_t i = 0; !status && i < s->rule_count; i++)
        if (s->offset_rules[i].growth_owes) status = add_growth(book, &s->offset_rules[i]);
    if (!status && book->debit_count) qsort(book->debits, book->debit_count, sizeof *book->debits, by_start);
    return status;
}
