/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `uncertainty:` and `correlations:`: how sure the inventory's numbers are, and what moves with what. */
#include "scenario/scenario.h"

#include "base/rank_correlation.h"
#include "base/text.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#define KEYS(list) list, sizeof list / sizeof *list

const char *const ltn_uncertain_names[LTN_UNCERTAIN_QUANTITIES] = {"activity", "factor", "removal"};

/* ---- entries ---- */

static void read_amount(ltn_reader *reader, const ltn_node *node, void *into)
{
    ltn_quantity_rule rule = {
        .what = "the value", .high = HUGE_VAL, .unit = node->kind == LTN_SCALAR ? "*" : "?", .relative = true};
    ltn_read_quantity(reader, node, &rule, into);
}

static void read_share(ltn_reader *reader, const ltn_node *node, void *into)
{
    ltn_quantity_rule rule = {.what = "removal", .high = 1, .share = true, .relative = true};
    ltn_read_quantity(reader, node, &rule, into);
}

static const ltn_key uncertain_keys[] = {
    {"id", LTN_VALUE_TEXT, offsetof(ltn_uncertain, id), .fallback = "the text of where",
     .meaning = "name of the entry, for correlations; it names the entry's random numbers too"},
    {"where", LTN_VALUE_OTHER, offsetof(ltn_uncertain, where), .fallback = "everything", .meaning = "whose numbers",
     .read = ltn_read_selector, .type = "selector"},
    {"activity", LTN_VALUE_OTHER, offsetof(ltn_uncertain, quantity[LTN_UNCERTAIN_ACTIVITY]), .fallback = "certain",
     .meaning = "distribution of the activity; without a mean, around the row's value", .read = read_amount,
     .type = "distribution"},
    {"factor", LTN_VALUE_OTHER, offsetof(ltn_uncertain, quantity[LTN_UNCERTAIN_FACTOR]), .fallback = "certain",
     .meaning = "distribution of the emission factor; without a mean, around the row's value", .read = read_amount,
     .type = "distribution"},
    {"removal", LTN_VALUE_OTHER, offsetof(ltn_uncertain, quantity[LTN_UNCERTAIN_REMOVAL]), .fallback = "certain",
     .meaning = "distribution of the removal; without a mean, around the row's value", .read = read_share,
     .type = "distribution"},
    {"shared_by", LTN_VALUE_TEXTS, offsetof(ltn_uncertain, shared_by), .fallback = "a draw a row",
     .meaning = "columns whose equal values share a draw"},
};
const ltn_form ltn_uncertain_form = {"uncertainty", KEYS(uncertain_keys), NULL};

/* A text of limited length: an alias may make a small file long. */
typedef struct name_text {
    char text[1 << 12];
    size_t used;
    bool full;
} name_text;

static void append(name_text *name, const char *text)
{
    size_t length = strnlen(text, sizeof name->text);
    if (name->full || length >= sizeof name->text - name->used) {
        name->full = true;
        return;
    }
    memcpy(name->text + name->used, text, length + 1);
    name->used += length;
}

/* Writes a node on one line. */
static void append_node(name_text *name, const ltn_node *node)
{
    bool mapping = node->kind == LTN_MAPPING;
    if (node->kind == LTN_SCALAR) {
        append(name, node->text);
        return;
    }
    append(name, mapping ? "{" : "[");
    for (size_t i = 0; i < node->count && !name->full; i++) {
        if (i) append(name, mapping && i % 2 ? ": " : ", ");
        append_node(name, node->items[i]);
    }
    append(name, mapping ? "}" : "]");
}

/* `#id`, or `where` and its text. */
static const char *name_of(ltn_reader *reader, const ltn_node *node, const char *id)
{
    const ltn_node *where = ltn_node_find(node, "where");
    name_text name = {.used = 0};
    append(&name, id ? "#" : "where ");
    if (id)
        append(&name, id);
    else if (where)
        append_node(&name, where);
    if (name.full)
        ltn_refuse(reader, id ? node : where, "the entry's %s is too long to name it; give a short id",
                   id ? "id" : "where");
    const char *kept = ltn_arena_text(reader->arena, name.text, name.used);
    if (!kept) reader->list->out_of_memory = true;
    return kept;
}

static void check_entry(ltn_reader *reader, const ltn_node *node, const ltn_uncertain *entry)
{
    const ltn_node *where = ltn_node_find(node, "where");
    for (int q = 0; q < LTN_UNCERTAIN_QUANTITIES; q++) {
        const ltn_node *value = ltn_node_find(node, ltn_uncertain_names[q]);
        if (value && entry->quantity[q].per_source)
            ltn_refuse(reader, value,
                       "per: is for measures; an uncertainty is drawn once a row unless shared_by: says otherwise");
    }
    if (entry->quantity[LTN_UNCERTAIN_ACTIVITY].given && where && entry->where && entry->where->root &&
        ltn_selector_by_emission(entry->where))
        ltn_refuse(reader, where,
                   "activity belongs to the source; where: cannot choose pollutants or other columns of single "
                   "emissions");
}

static void read_entry(ltn_reader *reader, const ltn_node *node, ltn_uncertain *entry)
{
    entry->place = entry->shared_place = ltn_node_place(node);
    entry->correlation = -1;
    ltn_read_form(reader, node, &ltn_uncertain_form, entry);
    if (node->kind != LTN_MAPPING) return;
    const ltn_node *shared = ltn_node_find(node, "shared_by");
    if (shared) entry->shared_place = ltn_node_place(shared);
    entry->name = name_of(reader, node, entry->id);
    check_entry(reader, node, entry);
}

void ltn_read_uncertainty(ltn_reader *reader, const ltn_node *node, void *into)
{
    ltn_scenario *s = into;
    if (node->kind != LTN_SEQUENCE) {
        ltn_refuse(reader, node, "uncertainty is %s; expected a list", ltn_node_kind_text(node));
        return;
    }
    if (!(s->uncertainty = ltn_reader_alloc(reader, node->count, sizeof *s->uncertainty))) return;
    ltn_dictionary *ids = ltn_dictionary_create();
    if (!ids) reader->list->out_of_memory = true;
    for (size_t i = 0; ids && i < node->count; i++) {
        ltn_uncertain *entry = &s->uncertainty[s->uncertain_count++];
        read_entry(reader, node->items[i], entry);
        if (!entry->id) continue;
        size_t before = ids->count;
        int32_t code = ltn_dictionary_add(ids, entry->id, strlen(entry->id));
        if (code < 0) reader->list->out_of_memory = true;
        if (code >= 0 && (size_t)code < before)
            ltn_refuse(reader, node->items[i], "uncertainty '%s' is there twice", entry->id);
    }
    ltn_dictionary_free(ids);
}

/* ---- correlations ---- */

static bool read_rank(ltn_reader *reader, const ltn_node *node, double *out)
{
    ltn_quantity_rule rule = {.what = "the rank correlation"};
    ltn_plain value;
    if (!ltn_read_plain(reader, node, &rule, &value)) return false;
    *out = value.value;
    return true;
}

static bool read_matrix(ltn_reader *reader, const ltn_node *node, size_t size, double *out)
{
    size_t complaints = reader->list->errors;
    bool square = node->kind == LTN_SEQUENCE && node->count == size;
    if (!square)
        ltn_refuse(reader, node, "rank has %zu rows; expected a list of %zu, one for each entry of of:",
                   node->kind == LTN_SEQUENCE ? node->count : 0, size);
    for (size_t i = 0; square && i < size; i++) {
        const ltn_node *row = node->items[i];
        bool full = row->kind == LTN_SEQUENCE && row->count == size;
        if (!full)
            ltn_refuse(reader, row, "row %zu of rank has %zu numbers; expected %zu, one for each entry of of:", i + 1,
                       row->kind == LTN_SEQUENCE ? row->count : 0, size);
        for (size_t j = 0; full && j < size; j++) read_rank(reader, row->items[j], &out[i * size + j]);
    }
    return reader->list->errors == complaints;
}

static void read_factor(ltn_reader *reader, ltn_correlation *r)
{
    size_t pair[2], size = r->ids.count;
    double *rank = ltn_reader_alloc(reader, size * size, sizeof *rank);
    double *factor = ltn_reader_alloc(reader, size * size, sizeof *factor);
    if (!rank || !factor || !read_matrix(reader, r->rank_at, size, rank)) return;
    const char *wrong = ltn_rank_cholesky(rank, size, factor, pair);
    if (wrong)
        ltn_refuse(reader, r->rank_at->items[pair[0]]->items[pair[1]],
                   "the rank correlation of '%s' and '%s' cannot be: %s", r->ids.items[pair[0]], r->ids.items[pair[1]],
                   wrong);
    else
        r->factor = factor, r->size = size;
}

static void keep_ids(ltn_reader *reader, const ltn_node *node, void *into)
{
    ltn_correlation *r = into;
    r->ids_at = node;
    ltn_read_texts(reader, node, &r->ids);
}

static void keep_rank(ltn_reader *reader, const ltn_node *node, void *into)
{
    (void)reader;
    ((ltn_correlation *)into)->rank_at = node;
}

static const ltn_key correlation_keys[] = {
    {"of", LTN_VALUE_OTHER, 0, .required = true,
     .meaning = "ids of entries of uncertainty, of one quantity each and with the same shared_by", .read = keep_ids,
     .type = "list of texts"},
    {"rank", LTN_VALUE_OTHER, 0, .required = true,
     .meaning = "rank (Spearman) correlations of their draws, symmetric, with 1 on the diagonal", .read = keep_rank,
     .type = "list of lists of numbers"},
};
const ltn_form ltn_correlation_form = {"correlations", KEYS(correlation_keys), NULL};

enum { CORRELATED_MOST = 100 }; /* places of a copula are numbered by a byte */

static void read_correlation(ltn_reader *reader, const ltn_node *node, ltn_correlation *r)
{
    size_t complaints = reader->list->errors;
    r->place = ltn_node_place(node);
    ltn_read_form(reader, node, &ltn_correlation_form, r);
    if (reader->list->errors > complaints || reader->list->out_of_memory) return;
    if (r->ids_at->kind != LTN_SEQUENCE || r->ids.count < 2 || r->ids.count > CORRELATED_MOST)
        ltn_refuse(reader, r->ids_at, "of names %zu entr%s; expected a list of 2 to %d", r->ids.count,
                   r->ids.count == 1 ? "y" : "ies", CORRELATED_MOST);
    else
        read_factor(reader, r);
}

void ltn_read_correlations(ltn_reader *reader, const ltn_node *node, void *into)
{
    ltn_scenario *s = into;
    if (node->kind != LTN_SEQUENCE) {
        ltn_refuse(reader, node, "correlations is %s; expected a list", ltn_node_kind_text(node));
        return;
    }
    if (!(s->correlations = ltn_reader_alloc(reader, node->count, sizeof *s->correlations))) return;
    for (size_t i = 0; i < node->count; i++)
        read_correlation(reader, node->items[i], &s->correlations[s->correlation_count++]);
}

/* ---- linking ---- */

static ltn_uncertain *find_entry(const ltn_scenario *s, const char *id)
{
    for (size_t i = 0; i < s->uncertain_count; i++)
        if (s->uncertainty[i].id && strcmp(s->uncertainty[i].id, id) == 0) return &s->uncertainty[i];
    return NULL;
}

static void complain_no_entry(const ltn_reader *reader, const ltn_scenario *s, const ltn_place *at, const char *id)
{
    const char *ids[256];
    size_t count = 0;
    for (size_t i = 0; i < s->uncertain_count && count < 256; i++)
        if (s->uncertainty[i].id) ids[count++] = s->uncertainty[i].id;
    const char *near = ltn_text_nearest(id, ids, count);
    ltn_complain(reader->list, LTN_ERROR, at, "there is no uncertainty with the id '%s'%s%s%s", id,
                 near ? "; the nearest is '" : "", near ? near : "", near ? "'" : "");
}

static int quantities_of(const ltn_uncertain *u)
{
    int count = 0;
    for (int q = 0; q < LTN_UNCERTAIN_QUANTITIES; q++) count += u->quantity[q].given;
    return count;
}

static bool same_texts(const ltn_texts *a, const ltn_texts *b)
{
    if (a->count != b->count) return false;
    for (size_t i = 0; i < a->count; i++)
        if (strcmp(a->items[i], b->items[i]) != 0) return false;
    return true;
}

/* Whether draws of two entries can have a key in common: without shared_by a key is a row, which one entry alone holds
 * for each quantity, or for the activity a source. */
static bool can_meet(const ltn_uncertain *a, const ltn_uncertain *b)
{
    const int activity = LTN_UNCERTAIN_ACTIVITY, factor = LTN_UNCERTAIN_FACTOR;
    if (a->shared_by.count) return true;
    return !a->quantity[activity].given && !b->quantity[activity].given &&
           a->quantity[factor].given != b->quantity[factor].given;
}

static void link_entry(const ltn_reader *reader, ltn_scenario *s, size_t correlation, size_t member)
{
    ltn_correlation *r = &s->correlations[correlation];
    const ltn_place at = ltn_node_place(r->ids_at->items[member]);
    const char *id = r->ids.items[member];
    ltn_uncertain *u = find_entry(s, id);
    const ltn_uncertain *first = member ? r->of[0] : NULL;
    r->of[member] = u;
    if (!u)
        complain_no_entry(reader, s, &at, id);
    else if (u->correlation >= 0)
        ltn_complain(reader->list, LTN_ERROR, &at, "'%s' is in a correlation already; expected one for each entry", id);
    else if (quantities_of(u) != 1)
        ltn_complain(reader->list, LTN_ERROR, &at,
                     "'%s' has %d quantities; expected one of activity, factor and removal", id, quantities_of(u));
    else if (first && !same_texts(&first->shared_by, &u->shared_by))
        ltn_complain(reader->list, LTN_ERROR, &at, "'%s' has another shared_by than '%s'; expected the same", id,
                     first->id);
    else if (first && !can_meet(first, u))
        ltn_complain(reader->list, LTN_ERROR, &at,
                     "without shared_by only a factor and a removal of one row can meet; give '%s' and '%s' the same "
                     "shared_by",
                     first->id, id);
    if (!u) return;
    u->correlation = (int)correlation;
    u->member = (int)member;
}

void ltn_link_correlations(const ltn_reader *reader, ltn_scenario *s)
{
    if (reader->list->out_of_memory) return; /* what is missing may not have been read */
    for (size_t i = 0; i < s->correlation_count; i++) {
        ltn_correlation *r = &s->correlations[i];
        if (!r->ids_at || r->ids_at->kind != LTN_SEQUENCE || r->ids.count != r->ids_at->count) continue;
        if (!(r->of = ltn_arena_alloc(reader->arena, (r->ids.count + 1) * sizeof(ltn_uncertain *)))) {
            reader->list->out_of_memory = true;
            return;
        }
        for (size_t k = 0; k < r->ids.count; k++) link_entry(reader, s, i, k);
    }
}
