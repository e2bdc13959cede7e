/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Moves an inventory from one geography to another. */
#include "inventory/crosswalk.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Where the sources of an old region go: parts first[node] .. first[node + 1] − 1. */
typedef struct routes {
    int32_t *first;
    int32_t *part_node; /* in the new tree; -1: not in it */
    const char **part_code;
    double *part_share;
    size_t count;
} routes;

typedef struct recoding {
    const ltn_inventory *from;
    const ltn_crosswalk *crosswalk;
    int year;
    ltn_tree *regions; /* of the new geography, shared */
    ltn_diagnostics *list;
    routes to;
    int32_t *sources, *emissions, *first; /* the new rows: the old row of each */
    int32_t *part;                        /* of each new source */
    int months[LTN_MONTHS];
    size_t month_count;
    size_t source_count, emission_count;
} recoding;

void ltn_crosswalk_free(ltn_crosswalk *crosswalk)
{
    if (!crosswalk) return;
    ltn_arena_free(&crosswalk->arena);
    free(crosswalk->rows);
    free(crosswalk);
}

/* ---- routes ---- */

static bool applies(const recoding *r, const ltn_crosswalk_row *row, const char *code)
{
    return strcmp(row->old_code, code) == 0 && (!row->from || row->from <= r->year);
}

static ltn_status add_part(recoding *r, const char *code, double share)
{
    int32_t node = ltn_tree_find(r->regions, code);
    if (node < 0 && r->regions->open && (node = ltn_tree_add_root(r->regions, code)) < 0) return LTN_ENOMEM;
    r->to.part_node[r->to.count] = node;
    r->to.part_code[r->to.count] = code;
    r->to.part_share[r->to.count++] = share;
    return LTN_OK;
}

static ltn_status add_route(recoding *r, const char *code)
{
    static const double rounding = 1e-9; /* of shares printed with a few digits */
    double sum = 0;
    const ltn_crosswalk_row *last = NULL;
    ltn_status status = LTN_OK;
    size_t first = r->to.count;
    for (size_t i = 0; !status && i < r->crosswalk->count; i++) {
        const ltn_crosswalk_row *row = &r->crosswalk->rows[i];
        if (!applies(r, row, code)) continue;
        status = add_part(r, row->new_code, row->share);
        sum += row->share;
        last = row;
    }
    if (last && fabs(sum - 1) > rounding)
        ltn_complain(r->list, LTN_ERROR, &last->place, "the shares of region '%s' in %d add up to %.10g; expected 1",
                     code, r->year, sum);
    /* Shares of few digits are brought to 1, so that nothing is lost. */
    for (size_t part = first; part < r->to.count; part++) r->to.part_share[part] /= sum;
    return last || status ? status : add_part(r, code, 1);
}

static ltn_status find_routes(recoding *r)
{
    const ltn_tree *old = r->from->regions;
    size_t nodes = ltn_tree_count(old), most = nodes + r->crosswalk->count;
    r->to.first = ltn_alloc(nodes + 1, sizeof *r->to.first);
    r->to.part_node = ltn_alloc(most, sizeof *r->to.part_node);
    r->to.part_code = ltn_alloc(most, sizeof *r->to.part_code);
    r->to.part_share = ltn_alloc(most, sizeof *r->to.part_share);
    ltn_status status = r->to.first && r->to.part_node && r->to.part_code && r->to.part_share ? LTN_OK : LTN_ENOMEM;
    for (size_t n = 0; !status && n < nodes; n++) {
        status = add_route(r, ltn_tree_code(old, (int32_t)n));
        r->to.first[n + 1] = (int32_t)r->to.count;
    }
    return status;
}

/* ---- rows ---- */

/* Names each code that sources would go to and that is not in the new geography, once. */
static void complain_unknown(recoding *r, int32_t part, ltn_dictionary *told)
{
    const char *code = r->to.part_code[part];
    size_t before = told->count;
    if (r->to.part_node[part] >= 0 || ltn_dictionary_add(told, code, strlen(code)) < (int32_t)before) return;
    const char *near = ltn_dictionary_nearest(ltn_tree_codes(r->regions), r->to.part_code[part]);
    ltn_complain(r->list, LTN_ERROR, &(ltn_place){"inventory", 0, 0}, "region '%s' is not in the geography of %d%s%s%s",
                 r->to.part_code[part], r->year, near ? "; the nearest is '" : "", near ? near : "", near ? "'" : "");
}

/* How many parts each source falls into, and with that how many rows there will be. */
static ltn_status list_rows(recoding *r)
{
    const ltn_inventory *from = r->from;
    const int32_t *region = ltn_source_column_of(from, LTN_REGION)->codes;
    size_t sources = 0, emissions = 0;
    for (size_t s = 0; s < from->sources->rows; s++) {
        size_t parts = (size_t)(r->to.first[region[s] + 1] - r->to.first[region[s]]);
        sources += parts;
        emissions += parts * (size_t)(from->first[s + 1] - from->first[s]);
    }
    if (emissions > INT32_MAX) return ltn_fail(LTN_ELIMIT, NULL, "an inventory holds at most 2^31 - 1 rows");
    ltn_dictionary *told = ltn_dictionary_create();
    r->sources = ltn_alloc(sources, sizeof *r->sources);
    r->part = ltn_alloc(sources, sizeof *r->part);
    r->emissions = ltn_alloc(emissions, sizeof *r->emissions);
    r->first = ltn_alloc(sources + 1, sizeof *r->first);
    ltn_status status = told && r->sources && r->part && r->emissions && r->first ? LTN_OK : LTN_ENOMEM;
    for (size_t s = 0; !status && s < from->sources->rows; s++)
        for (int32_t part = r->to.first[region[s]]; part < r->to.first[region[s] + 1]; part++) {
            complain_unknown(r, part, told);
            r->sources[r->source_count] = (int32_t)s;
            r->part[r->source_count++] = part;
            for (int32_t e = from->first[s]; e < from->first[s + 1]; e++) r->emissions[r->emission_count++] = e;
            r->first[r->source_count] = (int32_t)r->emission_count;
        }
    ltn_dictionary_free(told);
    return status;
}

/* ---- the new inventory ---- */

/* A source keeps its id where it stays whole; its parts are told apart by their region. */
static ltn_status set_source(recoding *r, ltn_inventory *made, size_t s, ltn_dictionary *ids)
{
    ltn_column *columns = made->sources->columns;
    const char *id = ltn_source_text(r->from, (size_t)r->sources[s], LTN_SOURCE), *code = r->to.part_code[r->part[s]];
    double share = r->to.part_share[r->part[s]];
    size_t size = strlen(id) + strlen(code) + 2;
    char *name = ltn_alloc(size, 1);
    if (!name) return LTN_ENOMEM;
    strcpy(name, id);
    if (share < 1) strcat(strcat(name, "@"), code);
    columns[LTN_SOURCE].codes[s] = ltn_dictionary_add(ids, name, strlen(name));
    ltn_status status =
        columns[LTN_SOURCE].codes[s] < 0 ? LTN_ENOMEM
        : columns[LTN_SOURCE].codes[s] != (int32_t)s
            ? ltn_fail(LTN_EINPUT, NULL, "source '%s' is there already; the parts of a source need ids of their own",
                       name)
            : LTN_OK;
    free(name);
    columns[LTN_REGION].codes[s] = r->to.part_node[r->part[s]];
    columns[LTN_ACTIVITY].numbers[s] *= share;
    for (int32_t e = r->first[s]; e < r->first[s + 1]; e++) {
        made->emissions->columns[LTN_EMISSION].numbers[e] *= share;
        ltn_scale_months(made->emissions, r->months, r->month_count, (size_t)e, share);
    }
    return status;
}

static ltn_status fill(recoding *r, ltn_inventory *made)
{
    ltn_table_free(made->sources);
    ltn_table_free(made->emissions);
    made->sources = made->emissions = NULL;
    ltn_status status = ltn_table_gather(r->from->sources, r->sources, r->source_count, &made->sources);
    if (!status) status = ltn_table_gather(r->from->emissions, r->emissions, r->emission_count, &made->emissions);
    ltn_dictionary *ids = status ? NULL : ltn_dictionary_create();
    if (!status && !ids) status = LTN_ENOMEM;
    if (!status) r->month_count = ltn_month_columns(made->emissions, r->months);
    for (size_t s = 0; !status && s < r->source_count; s++) status = set_source(r, made, s, ids);
    if (!status) {
        ltn_column *columns = made->sources->columns;
        ltn_dictionary_free(columns[LTN_SOURCE].words);
        ltn_dictionary_free(columns[LTN_REGION].words);
        columns[LTN_SOURCE].words = ltn_dictionary_share(ids);
        columns[LTN_REGION].words = ltn_dictionary_share(ltn_tree_codes(r->regions));
    }
    ltn_dictionary_free(ids);
    if (!status && !(made->assumed = ltn_alloc(r->emission_count, 1))) status = LTN_ENOMEM;
    for (size_t e = 0; !status && e < r->emission_count; e++)
        made->assumed_count += made->assumed[e] = r->from->assumed[r->emissions[e]];
    made->first = r->first;
    r->first = NULL;
    return status ? status : ltn_inventory_copy_metadata(made, r->from);
}

ltn_status ltn_inventory_recode(const ltn_inventory *inventory, const ltn_crosswalk *crosswalk, int year,
                                ltn_tree *regions, const ltn_read_options *options, ltn_inventory **out)
{
    *out = NULL;
    ltn_diagnostics own = {0}, *list = options && options->diagnostics ? options->diagnostics : &own;
    size_t errors_before = list->errors;
    recoding r = {.from = inventory, .crosswalk = crosswalk, .year = year, .list = list};
    ltn_status status = LTN_OK;
    if (regions)
        r.regions = ltn_tree_share(regions);
    else if (!(status = ltn_tree_create(&r.regions)))
        r.regions->open = true;
    ltn_inventory *made = NULL;
    if (!status) status = find_routes(&r);
    if (!status) status = list_rows(&r);
    if (!status) status = ltn_diagnostics_verdict(list, errors_before);
    if (!status && !(made = ltn_inventory_create(r.regions, inventory->sectors))) status = LTN_ENOMEM;
    if (!status) status = fill(&r, made);
    void *owned[] = {r.to.first, r.to.part_node, r.to.part_code, r.to.part_share,
                     r.sources,  r.part,         r.emissions,    r.first};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) free(owned[i]);
    ltn_tree_free(r.regions);
    ltn_diagnostics_clear(&own);
    if (status)
        ltn_inventory_free(made);
    else
        *out = made;
    return status;
}
