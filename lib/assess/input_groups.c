/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "assess/input_groups.h"

#include "assess/drawer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a group is made of: a kind, measure, node or place in the order of weight, or one of these. */
enum { UNSEEN = -1, NOWHERE = INT32_MAX - 4, INVENTORY, MEASURES, REST, SHARED };

static const char *const special_names[] = {"(none)", "(inventory)", "(measures)", "(rest)", "(shared)"};
static const char *const kind_names[] = {"activity", "factor", "removal", "measures"};

typedef struct divider {
    const ltn_projection *run;
    const ltn_program *program;
    const ltn_sensitivity_options *options;
    int32_t *bundle; /* of each input: the first input that it is bound to, by streams and copulas; itself, mostly */
    int32_t *label;  /* of each bundle, at its first input */
    uint64_t *heavy; /* of each place in the order of weight: its stream */
    int32_t *others; /* and how many streams are correlated with it */
    size_t heavy_count;
    ltn_input_groups *groups;
} divider;

/* ---- inputs that are bound to each other ---- */

static int32_t first_of(const divider *d, int32_t input)
{
    while (d->bundle[input] != input) input = d->bundle[input] = d->bundle[d->bundle[input]];
    return input;
}

static void bind(const divider *d, int32_t a, int32_t b)
{
    a = first_of(d, a), b = first_of(d, b);
    if (a < b) d->bundle[b] = a;
    if (b < a) d->bundle[a] = b;
}

typedef struct stream_at {
    uint64_t stream;
    int32_t input;
} stream_at;

static int by_stream(const void *left, const void *right)
{
    const stream_at *a = left, *b = right;
    if (a->stream != b->stream) return a->stream < b->stream ? -1 : 1;
    return (a->input > b->input) - (a->input < b->input);
}

static ltn_status bind_streams(const divider *d)
{
    const ltn_inputs *in = &d->program->inputs;
    stream_at *all = ltn_alloc(in->count, sizeof *all);
    if (!all) return LTN_ENOMEM;
    for (size_t i = 0; i < in->count; i++) all[i] = (stream_at){in->items[i].stream, (int32_t)i};
    qsort(all, in->count, sizeof *all, by_stream);
    for (size_t i = 1; i < in->count; i++)
        if (all[i].stream == all[i - 1].stream) bind(d, all[i].input, all[i - 1].input);
    free(all);
    return LTN_OK;
}

static ltn_status bind_copulas(const divider *d)
{
    const ltn_inputs *in = &d->program->inputs;
    int32_t *first = ltn_alloc(in->copula_count, sizeof *first); /* of each copula, and 1; 0: none yet */
    if (!first) return LTN_ENOMEM;
    for (size_t i = 0; i < in->count; i++) {
        int32_t copula = in->items[i].copula;
        if (copula < 0) continue;
        if (first[copula]) bind(d, (int32_t)i, first[copula] - 1);
        first[copula] = (int32_t)i + 1;
    }
    free(first);
    return LTN_OK;
}

static ltn_status bind_all(divider *d)
{
    size_t count = d->program->inputs.count;
    d->bundle = ltn_alloc(count, sizeof *d->bundle);
    d->label = ltn_alloc(count, sizeof *d->label);
    if (!d->bundle || !d->label) return LTN_ENOMEM;
    for (size_t i = 0; i < count; i++) {
        d->bundle[i] = (int32_t)i;
        d->label[i] = UNSEEN;
    }
    ltn_status status = bind_streams(d);
    return status ? status : bind_copulas(d);
}

/* ---- labels ---- */

static void label(const divider *d, int32_t input, int32_t as)
{
    int32_t *held = &d->label[first_of(d, input)];
    *held = *held == UNSEEN || *held == as ? as : SHARED;
}

static void label_kinds(const divider *d)
{
    const ltn_inputs *in = &d->program->inputs;
    for (size_t i = 0; i < in->count; i++) label(d, (int32_t)i, in->items[i].kind);
}

static void label_measures(const divider *d)
{
    const ltn_inputs *in = &d->program->inputs;
    for (size_t i = 0; i < in->count; i++)
        label(d, (int32_t)i, in->items[i].kind == LTN_INPUT_PARAMETER ? in->items[i].of : INVENTORY);
}

static void label_use(const divider *d, const int32_t *inputs, size_t at, int32_t as)
{
    if (inputs && inputs[at] >= 0) label(d, inputs[at], as);
}

/* By the node, at a depth, of every source and row that an input is on. */
static void label_nodes(const divider *d, ltn_source_column column, const ltn_tree *tree)
{
    const ltn_program *p = d->program;
    const ltn_inputs *in = &p->inputs;
    const int32_t *codes = ltn_source_column_of(p->base, column)->codes;
    for (size_t s = 0; s < p->base_sources; s++) {
        int32_t node = codes[s];
        if (node >= 0 && d->options->depth >= 0) node = ltn_tree_ancestor(tree, node, d->options->depth);
        if (node < 0) node = NOWHERE;
        label_use(d, in->activity, s, node);
        for (int32_t row = p->base->first[s]; row < p->base->first[s + 1]; row++) {
            label_use(d, in->factor, (size_t)row, node);
            label_use(d, in->removal, (size_t)row, node);
        }
    }
    for (size_t i = 0; i < in->count; i++)
        if (in->items[i].kind == LTN_INPUT_PARAMETER) label(d, (int32_t)i, MEASURES);
}

/* Streams with inputs that an input's is correlated with. */
static int32_t count_others(const divider *d, int32_t input)
{
    const ltn_inputs *in = &d->program->inputs;
    const ltn_input *own = &in->items[input];
    bool met[UINT8_MAX + 1] = {false};
    int32_t count = 0;
    for (size_t i = 0; own->copula >= 0 && i < in->count; i++)
        if (in->items[i].copula == own->copula) met[in->items[i].place] = true;
    for (size_t place = 0; place <= UINT8_MAX; place++) count += met[place] && place != own->place;
    return count;
}

static ltn_status label_heavy(divider *d)
{
    const ltn_inputs *in = &d->program->inputs;
    ltn_input_weight *weights = ltn_alloc(in->count, sizeof *weights);
    d->heavy = ltn_alloc(d->options->inputs, sizeof *d->heavy);
    d->others = ltn_alloc(d->options->inputs, sizeof *d->others);
    const double *emission = d->run->emissions[d->run->year_count - 1];
    ltn_status status = weights && d->heavy && d->others ? LTN_OK : LTN_ENOMEM;
    if (!status) status = ltn_weigh_inputs(d->program, emission, weights);
    for (size_t i = 0; !status && i < in->count && d->heavy_count < d->options->inputs; i++) {
        int32_t input = weights[i].input;
        if (!(weights[i].score > 0) || d->label[first_of(d, input)] != UNSEEN) continue;
        label(d, input, (int32_t)d->heavy_count);
        d->others[d->heavy_count] = count_others(d, input);
        d->heavy[d->heavy_count++] = in->items[input].stream;
    }
    for (size_t i = 0; !status && i < in->count; i++)
        if (d->label[first_of(d, (int32_t)i)] == UNSEEN) label(d, (int32_t)i, REST);
    free(weights);
    return status;
}

static ltn_status label_all(divider *d)
{
    const ltn_inventory *base = d->program->base;
    switch (d->options->by) {
    case LTN_SENSITIVITY_BY_MEASURE:
        label_measures(d);
        return LTN_OK;
    case LTN_SENSITIVITY_BY_REGION:
        label_nodes(d, LTN_REGION, base->regions);
        return LTN_OK;
    case LTN_SENSITIVITY_BY_SECTOR:
        label_nodes(d, LTN_SECTOR, base->sectors);
        return LTN_OK;
    case LTN_SENSITIVITY_BY_INPUT:
        return label_heavy(d);
    default:
        label_kinds(d);
        return LTN_OK;
    }
}

/* ---- groups ---- */

static int by_value(const void *left, const void *right)
{
    int32_t a = *(const int32_t *)left, b = *(const int32_t *)right;
    return (a > b) - (a < b);
}

/* The labels there are, ascending, become the groups. */
static ltn_status number_groups(const divider *d, int32_t **labels)
{
    ltn_input_groups *g = d->groups;
    size_t inputs = d->program->inputs.count;
    g->of_input = ltn_alloc(inputs, sizeof *g->of_input);
    *labels = ltn_alloc(inputs, sizeof **labels);
    if (!g->of_input || !*labels) return LTN_ENOMEM;
    for (size_t i = 0; i < inputs; i++) (*labels)[i] = d->label[first_of(d, (int32_t)i)];
    qsort(*labels, inputs, sizeof **labels, by_value);
    for (size_t i = 0; i < inputs; i++)
        if (i == 0 || (*labels)[i] != (*labels)[g->count - 1]) (*labels)[g->count++] = (*labels)[i];
    for (size_t i = 0; i < inputs; i++) {
        const int32_t *found =
            bsearch(&d->label[first_of(d, (int32_t)i)], *labels, g->count, sizeof **labels, by_value);
        g->of_input[i] = (int32_t)(found - *labels);
    }
    return LTN_OK;
}

static const char *name_of(const divider *d, int32_t of)
{
    const ltn_program *p = d->program;
    if (of >= NOWHERE) return special_names[of - NOWHERE];
    switch (d->options->by) {
    case LTN_SENSITIVITY_BY_MEASURE:
        return p->scenario->measures[of].id;
    case LTN_SENSITIVITY_BY_REGION:
        return ltn_tree_codes(p->base->regions)->words[of];
    case LTN_SENSITIVITY_BY_SECTOR:
        return ltn_tree_codes(p->base->sectors)->words[of];
    default:
        return kind_names[of];
    }
}

static ltn_status set_name(char **out, const char *name, int32_t others)
{
    size_t size = strlen(name) + 16;
    if (!(*out = ltn_alloc(size, 1))) return LTN_ENOMEM;
    snprintf(*out, size, others ? "%s + %d" : "%s", name, others);
    for (char *c = *out; *c; c++)
        if (*c == '\x1f') *c = ':'; /* between the parts of a stream's name */
    return LTN_OK;
}

static ltn_status name_heavy(const divider *d)
{
    char **names = ltn_alloc(d->heavy_count, sizeof *names);
    if (!names) return LTN_ENOMEM;
    ltn_status status = ltn_program_name_streams(d->program, d->heavy, d->heavy_count, names);
    for (size_t i = 0; !status && i < d->heavy_count; i++)
        status = set_name(&d->groups->names[i], names[i], d->others[i]);
    for (size_t i = 0; i < d->heavy_count; i++) free(names[i]);
    free(names);
    return status;
}

static ltn_status name_groups(const divider *d, const int32_t *labels)
{
    ltn_input_groups *g = d->groups;
    if (!(g->names = ltn_alloc(g->count, sizeof *g->names))) return LTN_ENOMEM;
    ltn_status status = d->heavy_count ? name_heavy(d) : LTN_OK;
    for (size_t i = d->heavy_count; !status && i < g->count; i++)
        status = set_name(&g->names[i], name_of(d, labels[i]), 0);
    return status;
}

ltn_status ltn_input_groups_create(const ltn_projection *run, const ltn_sensitivity_options *options,
                                   ltn_input_groups *out)
{
    *out = (ltn_input_groups){0};
    divider d = {.run = run, .program = &run->program, .options = options, .groups = out};
    int32_t *labels = NULL;
    if (!run->program.inputs.count) return LTN_OK;
    ltn_status status = bind_all(&d);
    if (!status) status = label_all(&d);
    if (!status) status = number_groups(&d, &labels);
    if (!status) status = name_groups(&d, labels);
    free(labels);
    free(d.bundle);
    free(d.label);
    free(d.heavy);
    free(d.others);
    if (status) ltn_input_groups_free(out);
    return status;
}

void ltn_input_groups_free(ltn_input_groups *groups)
{
    for (size_t i = 0; groups->names && i < groups->count; i++) free(groups->names[i]);
    free(groups->names);
    free(groups->of_input);
    *groups = (ltn_input_groups){0};
}
