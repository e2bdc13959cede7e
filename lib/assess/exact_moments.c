/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "assess/product_form.h"
#include "assess/product_moments.h"
#include "base/parallel.h"

#include <lantian/ensemble.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[] = {"mean_t", "sd_t", "cv", "lognormal_p2.5_t", "lognormal_p97.5_t"};
enum { NUMBERS = sizeof names / sizeof *names };

typedef struct reckoning {
    const ltn_projection *run;
    const int *years;
    size_t year_count;
    ltn_groups groups;
    ltn_product_form form;
    size_t *first; /* groups + 1 */
    size_t *rows;  /* of each group, together */
    ltn_table *table;
    size_t column; /* the first of `names` */
} reckoning;

/* ---- rows by group ---- */

static ltn_status sort_rows(reckoning *r)
{
    const ltn_groups *g = &r->groups;
    r->first = ltn_alloc(g->count + 2, sizeof *r->first);
    r->rows = ltn_alloc(g->rows, sizeof *r->rows);
    if (!r->first || !r->rows) return LTN_ENOMEM;
    for (size_t row = 0; row < g->rows; row++)
        if (g->of_row[row] >= 0) r->first[g->of_row[row] + 2]++;
    for (size_t k = 2; k < g->count + 2; k++) r->first[k] += r->first[k - 1];
    for (size_t row = 0; row < g->rows; row++) /* first[k + 1] moves from where group k starts to where it ends */
        if (g->of_row[row] >= 0) r->rows[r->first[g->of_row[row] + 1]++] = row;
    return LTN_OK;
}

static ltn_status check_rows(reckoning *r)
{
    ltn_status status = LTN_OK;
    for (size_t y = 0; !status && y < r->year_count; y++) {
        ltn_product_form_judge(&r->form, r->years[y]);
        for (size_t row = 0; !status && row < r->groups.rows; row++)
            if (r->groups.of_row[row] >= 0) status = ltn_product_form_check(&r->form, row, r->years[y]);
    }
    return status;
}

/* ---- a group ---- */

/* Its rows as products, with only the laws that they have. */
typedef struct products {
    double *weight;
    size_t *first;
    ltn_row_factor *factors;
    ltn_law *laws;
    int32_t *local; /* of each law of the program: its number here, and 1; 0: not met */
    size_t law_count;
} products;

static void free_products(products *p)
{
    void *owned[] = {p->weight, p->first, p->factors, p->laws, p->local};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) free(owned[i]);
}

static ltn_status alloc_products(const ltn_inputs *inputs, size_t count, products *out)
{
    size_t factors = count * LTN_ROW_INPUTS, laws = factors < inputs->law_count ? factors : inputs->law_count;
    *out = (products){
        .weight = ltn_alloc(count, sizeof *out->weight),
        .first = ltn_alloc(count + 1, sizeof *out->first),
        .factors = ltn_alloc(factors, sizeof *out->factors),
        .laws = ltn_alloc(laws, sizeof *out->laws),
        .local = ltn_alloc(inputs->law_count, sizeof *out->local),
    };
    return out->weight && out->first && out->factors && out->laws && out->local ? LTN_OK : LTN_ENOMEM;
}

static int32_t local_law(const ltn_inputs *inputs, int32_t law, products *p)
{
    if (!p->local[law]) {
        p->laws[p->law_count++] = inputs->laws[law];
        p->local[law] = (int32_t)p->law_count;
    }
    return p->local[law] - 1;
}

/* A multiplier, or (1 − R')/(1 − R). */
static ltn_row_factor factor_of(const ltn_program *p, size_t row, int which, int32_t input, products *to)
{
    const ltn_input *in = &p->inputs.items[input];
    ltn_row_factor factor = {in->stream, local_law(&p->inputs, in->law, to), 0, 1};
    if (which == LTN_OF_REMOVAL) {
        double left = 1 - p->whole.removal[row];
        factor.offset = 1 / left;
        factor.slope = -1 / left;
    }
    return factor;
}

static void fill_products(const reckoning *r, const size_t *rows, size_t count, products *out)
{
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        const int32_t *input = r->form.rows[rows[i]].input;
        for (int k = 0; k < LTN_ROW_INPUTS; k++)
            if (input[k] >= 0) out->factors[used++] = factor_of(&r->run->program, rows[i], k, input[k], out);
        out->first[i + 1] = used;
    }
}

static void put(const reckoning *r, size_t row, const ltn_moments *m)
{
    double low = NAN, high = NAN;
    if (m->mean > 0 && m->cv > 0) {
        ltn_distribution like = ltn_lognormal_mean_cv(m->mean, m->cv);
        low = ltn_distribution_quantile(&like, 0.025);
        high = ltn_distribution_quantile(&like, 0.975);
    } else if (m->mean > 0)
        low = high = m->mean;
    const double numbers[NUMBERS] = {m->mean, m->sd, m->cv, low, high};
    for (size_t i = 0; i < NUMBERS; i++) r->table->columns[r->column + i].numbers[row] = numbers[i];
}

static ltn_status reckon_group(void *context, size_t group)
{
    const reckoning *r = context;
    const size_t *rows = r->rows + r->first[group];
    size_t count = r->first[group + 1] - r->first[group];
    products made;
    ltn_status status = alloc_products(&r->run->program.inputs, count, &made);
    if (!status) fill_products(r, rows, count, &made);
    const ltn_product_rows all = {count, made.weight, made.first, made.factors, made.laws, made.law_count};
    for (size_t y = 0; !status && y < r->year_count; y++) {
        const double *emission = ltn_projection_emissions(r->run, r->years[y]);
        ltn_moments moments;
        for (size_t i = 0; i < count; i++) made.weight[i] = emission[rows[i]];
        status = ltn_product_moments(&all, &moments);
        if (!status) put(r, y * r->groups.count + group, &moments);
    }
    free_products(&made);
    return status;
}

/* ---- the whole ---- */

static ltn_status add_columns(reckoning *r)
{
    ltn_status status = LTN_OK;
    r->column = r->table->column_count;
    for (size_t i = 0; !status && i < NUMBERS; i++) status = ltn_table_add_column(r->table, names[i], LTN_NUMBER, NULL);
    return status;
}

static void choose_years(reckoning *r, unsigned by)
{
    r->years = r->run->years;
    r->year_count = r->run->year_count;
    if (by & LTN_BY_YEAR) return;
    r->years += r->year_count - 1;
    r->year_count = 1;
}

ltn_status ltn_ensemble_exact(const ltn_projection *run, const ltn_grouping *grouping, ltn_table **out)
{
    *out = NULL;
    ltn_grouping usual;
    ltn_grouping_init(&usual, LTN_BY_REGION | LTN_BY_POLLUTANT | LTN_BY_YEAR);
    if (!grouping) grouping = &usual;
    reckoning r = {.run = run};
    choose_years(&r, grouping->by);
    ltn_status status = ltn_projection_summarise_at(run, grouping, &r.table);
    if (!status) status = add_columns(&r);
    if (!status) status = ltn_projection_groups(run, grouping, &r.groups);
    if (!status) status = ltn_product_form_create(&run->program, &r.form);
    if (!status) status = check_rows(&r);
    if (!status) status = sort_rows(&r);
    if (!status) status = ltn_parallel(r.groups.count, run->threads, reckon_group, &r);
    ltn_groups_free(&r.groups);
    ltn_product_form_free(&r.form);
    free(r.first);
    free(r.rows);
    if (status)
        ltn_table_free(r.table);
    else
        *out = r.table;
    return status;
}
