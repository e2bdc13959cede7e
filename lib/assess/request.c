/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "assess/request.h"

#include "base/sum.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A row that adds to an output, besides its group's. */
typedef struct addend {
    int32_t row, output;
} addend;

typedef struct builder {
    ltn_request *request;
    const ltn_ensemble_options *options;
    ltn_groups groups;
    addend *addends;
    size_t count, capacity;
    int32_t *family_output; /* of each of the base's rows: the output of its family, or -1 */
} builder;

static ltn_status add(builder *b, int32_t row, size_t output)
{
    ltn_status status = ltn_reserve(&b->addends, &b->capacity, b->count + 1, sizeof *b->addends);
    if (!status) b->addends[b->count++] = (addend){row, (int32_t)output};
    return status;
}

static ltn_status add_all(builder *b, const int32_t *rows, size_t count, size_t output)
{
    ltn_status status = LTN_OK;
    for (size_t i = 0; !status && i < count; i++) status = add(b, rows[i], output);
    return status;
}

size_t ltn_request_year(const ltn_request *r, int year)
{
    size_t i = 0;
    while (r->years[i] != year) i++;
    return i;
}

double ltn_request_emission(const ltn_request *r, size_t year, int32_t row)
{
    const ltn_program *p = &r->run->program;
    if (r->years[year] != LTN_BEFORE_MEASURES) return ltn_projection_emissions(r->run, r->years[year])[row];
    return (size_t)row < p->base_rows ? p->whole.emission[row] : 0;
}

/* ---- years ---- */

static bool is_wanted(const builder *b, int year, unsigned by)
{
    const ltn_request *r = b->request;
    const ltn_projection *run = r->run;
    bool wanted = by & LTN_BY_YEAR || b->options->book || year == run->years[run->year_count - 1];
    for (size_t i = 0; !wanted && i < r->target_count; i++) wanted = r->targets[i].year == year;
    return wanted;
}

static ltn_status choose_years(builder *b, unsigned by)
{
    ltn_request *r = b->request;
    const ltn_projection *run = r->run;
    if (!(r->years = ltn_alloc(run->year_count + 1, sizeof *r->years))) return LTN_ENOMEM;
    r->years[r->year_count++] = LTN_BEFORE_MEASURES;
    for (size_t i = 0; i < run->year_count; i++)
        if (is_wanted(b, run->years[i], by)) r->years[r->year_count++] = run->years[i];
    r->group_years = by & LTN_BY_YEAR ? run->year_count : 1;
    r->first_group_year = r->year_count - r->group_years;
    return LTN_OK;
}

/* ---- targets ---- */

static ltn_status add_targets(builder *b)
{
    ltn_request *r = b->request;
    ltn_status status = LTN_OK;
    r->first_target_output = r->outputs.count;
    for (size_t i = 0; !status && i < r->target_count; i++) {
        const ltn_target_rows *t = &r->targets[i];
        status = add_all(b, t->base, t->base_count, r->outputs.count++);
        if (!status) status = add_all(b, t->projected, t->projected_count, r->outputs.count++);
    }
    return status;
}

/* ---- projects ---- */

static bool is_of_pollutant(const ltn_program *p, int32_t row, int32_t pollutant)
{
    size_t at;
    const ltn_inventory *inventory = ltn_program_row(p, row, &at);
    return ltn_emission_column_of(inventory, LTN_POLLUTANT)->codes[at] == pollutant;
}

static ltn_status add_source(builder *b, int32_t source, int32_t pollutant, size_t output, double *last_year)
{
    const ltn_projection *run = b->request->run;
    const ltn_program *p = &run->program;
    ltn_status status = LTN_OK;
    for (int32_t row = p->first[source]; !status && row < p->first[source + 1]; row++) {
        if (!is_of_pollutant(p, row, pollutant)) continue;
        status = add(b, row, output);
        *last_year += run->emissions[run->year_count - 1][row];
    }
    return status;
}

/* The output of a source's emission with all that measures made out of it. Its rows are added once all are known. */
static size_t family_output(builder *b, const ltn_credit *credit)
{
    int32_t *output = &b->family_output[credit->row];
    if (*output < 0) *output = (int32_t)b->request->outputs.count++;
    return (size_t)*output;
}

static ltn_status add_claim(builder *b, const ltn_offset_book *book, const ltn_claim *claim)
{
    ltn_request *r = b->request;
    const ltn_credit *credit = &book->credits[claim->credit];
    size_t project = (size_t)claim->debit;
    if (!credit->of_run || credit->row < 0) {
        r->certain[project] += claim->tonnes;
        return LTN_OK;
    }
    if (ltn_reserve(&r->falls, &r->fall_capacity, r->fall_count + 1, sizeof *r->falls)) return LTN_ENOMEM;
    r->falls[r->fall_count++] = (ltn_claimed_fall){
        .project = project,
        .output = family_output(b, credit),
        .from = ltn_request_year(r, book->run->years[book->debits[project].year]),
        .tonnes = claim->tonnes,
    };
    return LTN_OK;
}

/* Rows of the base's sources that are claimed, and of what was made out of them. */
static ltn_status add_families(builder *b)
{
    const ltn_program *p = &b->request->run->program;
    ltn_status status = LTN_OK;
    for (int32_t s = 0; !status && (size_t)s < p->sources; s++) {
        int32_t root = ltn_program_root(p, s);
        for (int32_t row = root >= 0 ? p->first[root] : 0; !status && root >= 0 && row < p->first[root + 1]; row++) {
            size_t at;
            if (b->family_output[row] < 0) continue;
            int32_t pollutant = ltn_emission_column_of(ltn_program_row(p, row, &at), LTN_POLLUTANT)->codes[at];
            for (int32_t own = p->first[s]; !status && own < p->first[s + 1]; own++)
                if (is_of_pollutant(p, own, pollutant)) status = add(b, own, (size_t)b->family_output[row]);
        }
    }
    return status;
}

/* The smallest fall from the project's start on, at the means. */
static ltn_status reckon_falls(builder *b)
{
    ltn_request *r = b->request;
    double *sums = ltn_alloc(r->year_count * r->outputs.count, sizeof *sums);
    if (!sums) return LTN_ENOMEM;
    for (size_t i = 0; i < b->count; i++)
        for (size_t y = 0; y < r->year_count; y++)
            sums[y * r->outputs.count + (size_t)b->addends[i].output] += ltn_request_emission(r, y, b->addends[i].row);
    for (size_t i = 0; i < r->fall_count; i++) {
        ltn_claimed_fall *f = &r->falls[i];
        f->fall = HUGE_VAL;
        for (size_t y = f->from; y < r->year_count; y++)
            f->fall = fmin(f->fall, sums[f->output] - sums[y * r->outputs.count + f->output]);
    }
    free(sums);
    return LTN_OK;
}

static ltn_status alloc_projects(ltn_request *r, size_t count)
{
    r->owed = ltn_alloc(count, sizeof *r->owed);
    r->certain = ltn_alloc(count, sizeof *r->certain);
    r->emitted = ltn_alloc(count, sizeof *r->emitted);
    r->project_output = ltn_alloc(count, sizeof *r->project_output);
    r->project_count = count;
    return r->owed && r->certain && r->emitted && r->project_output ? LTN_OK : LTN_ENOMEM;
}

static ltn_status add_projects(builder *b, const ltn_offset_book *book)
{
    ltn_request *r = b->request;
    const ltn_program *p = &r->run->program;
    ltn_table *projects = NULL;
    ltn_status status = ltn_offset_book_projects(book, &projects);
    if (!status) status = alloc_projects(r, book->debit_count);
    if (!status && !(b->family_output = ltn_alloc(p->base_rows, sizeof *b->family_output))) status = LTN_ENOMEM;
    if (!status && p->base_rows) memset(b->family_output, 0xFF, p->base_rows * sizeof *b->family_output);
    for (size_t i = 0; !status && i < book->debit_count; i++) {
        const ltn_debit *debit = &book->debits[i];
        r->owed[i] = ltn_table_number(projects, i, (size_t)ltn_table_find(projects, "owed_t"));
        r->project_output[i] = r->outputs.count++;
        if (debit->source >= 0)
            status = add_source(b, debit->source, debit->pollutant, r->project_output[i], &r->emitted[i]);
    }
    for (size_t i = 0; !status && i < book->claim_count; i++) status = add_claim(b, book, &book->claims[i]);
    if (!status) status = add_families(b);
    if (!status) status = reckon_falls(b);
    ltn_table_free(projects);
    return status;
}

/* ---- the whole ---- */

/* Which outputs each row adds to: its group's, then the addends'. */
static ltn_status index_rows(builder *b)
{
    ltn_request *r = b->request;
    size_t rows = r->run->program.rows;
    if (!(r->first = ltn_alloc(rows + 1, sizeof *r->first))) return LTN_ENOMEM;
    for (size_t row = 0; row < rows; row++) r->first[row + 1] = b->groups.of_row[row] >= 0;
    for (size_t i = 0; i < b->count; i++) r->first[b->addends[i].row + 1]++;
    for (size_t row = 0; row < rows; row++) r->first[row + 1] += r->first[row];
    size_t *next = ltn_alloc(rows, sizeof *next);
    r->item = ltn_alloc(r->first[rows], sizeof *r->item);
    if (next && r->item) {
        for (size_t row = 0; row < rows; row++) {
            next[row] = r->first[row];
            if (b->groups.of_row[row] >= 0) r->item[next[row]++] = b->groups.of_row[row];
        }
        for (size_t i = 0; i < b->count; i++) r->item[next[b->addends[i].row]++] = b->addends[i].output;
    }
    bool good = next && r->item;
    free(next);
    r->outputs.first = r->first;
    r->outputs.item = r->item;
    return good ? LTN_OK : LTN_ENOMEM;
}

ltn_status ltn_request_create(const ltn_projection *run, const ltn_ensemble_options *options,
                              const ltn_grouping *grouping, ltn_request *out)
{
    *out = (ltn_request){.run = run};
    builder b = {.request = out, .options = options};
    ltn_status status = ltn_projection_groups(run, grouping, &b.groups);
    if (status) return status;
    out->group_count = out->outputs.count = b.groups.count;
    if (options->targets) status = ltn_targets_rows(options->targets, run, &out->targets, &out->target_count);
    if (!status) status = choose_years(&b, grouping->by);
    if (!status) status = add_targets(&b);
    if (!status && options->book) status = add_projects(&b, options->book);
    if (!status) status = index_rows(&b);
    ltn_groups_free(&b.groups);
    free(b.addends);
    free(b.family_output);
    if (status) ltn_request_free(out);
    return status;
}

void ltn_request_free(ltn_request *r)
{
    ltn_target_rows_free(r->targets, r->target_count);
    free(r->years);
    free(r->first);
    free(r->item);
    free(r->falls);
    free(r->owed);
    free(r->certain);
    free(r->emitted);
    free(r->project_output);
    *r = (ltn_request){0};
}
