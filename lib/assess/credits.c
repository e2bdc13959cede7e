/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the reductions of a run, and the bank, have to give to new sources. */
#include "assess/families.h"
#include "assess/offsets.h"
#include "base/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- supply ---- */

static ltn_status make_supply(ltn_offset_book *book, ltn_supply *supply)
{
    size_t size = book->run->year_count * sizeof(double);
    supply->amount = ltn_arena_alloc(&book->arena, size);
    supply->left = ltn_arena_alloc(&book->arena, size);
    supply->begun = ltn_arena_alloc(&book->arena, size);
    return supply->amount && supply->left && supply->begun ? LTN_OK : LTN_ENOMEM;
}

/* Claims of earlier projects go on, so what is left for all that have started can only grow with the year. */
static void open_supply(const ltn_offset_book *book, ltn_supply *supply)
{
    double most = 0;
    for (size_t y = 0; y < book->run->year_count; y++) {
        if (supply->amount[y] < LTN_DUST_T) supply->amount[y] = 0;
        most = fmax(most, supply->amount[y]);
        supply->left[y] = most;
    }
}

/* Of its amount in a year, what claims up to that year leave: those that began when it was more go on, and nobody
 * fills up what it has lost. */
static double rest_in(const ltn_supply *supply, double most, size_t year)
{
    return supply->left[year] - (most - supply->amount[year]);
}

double ltn_supply_for(const ltn_offset_book *book, const ltn_supply *supply, size_t year)
{
    double most = 0, least = HUGE_VAL;
    for (size_t y = 0; y < book->run->year_count; y++) {
        most = fmax(most, supply->amount[y]);
        if (y >= year) least = fmin(least, supply->left[y]);
        if (y == year || (y > year && supply->begun[y] > LTN_DUST_T)) least = fmin(least, rest_in(supply, most, y));
    }
    return fmax(least, 0);
}

double ltn_book_left(const ltn_offset_book *book, const ltn_supply *supply)
{
    return ltn_supply_for(book, supply, book->run->year_count - 1);
}

static void draw(const ltn_offset_book *book, ltn_supply *supply, size_t year, double tonnes)
{
    supply->begun[year] += tonnes;
    for (size_t y = year; y < book->run->year_count; y++) supply->left[y] -= tonnes;
}

/* ---- claims ---- */

bool ltn_headroom_counts(const ltn_headroom *h, const ltn_credit *c)
{
    return c->of_run && h->pollutant == c->pollutant && h->rows[c->row] && h->regions[c->region];
}

double ltn_book_available(const ltn_offset_book *book, const ltn_debit *debit, const ltn_credit *credit)
{
    double most = fmin(ltn_supply_for(book, &credit->supply, debit->year),
                       ltn_supply_for(book, &book->holdings[credit->holding].supply, debit->year));
    for (size_t i = 0; debit->rule->surplus && i < book->headroom_count; i++)
        if (ltn_headroom_counts(&book->headrooms[i], credit)) most = fmin(most, fmax(book->headrooms[i].left, 0));
    return most < LTN_DUST_T ? 0 : most;
}

/* Enters tonnes into every account that they touch; negative ones take them out again. */
static void enter(ltn_offset_book *book, const ltn_claim *claim, double tonnes)
{
    ltn_debit *d = &book->debits[claim->debit];
    ltn_credit *c = &book->credits[claim->credit];
    draw(book, &c->supply, d->year, tonnes);
    draw(book, &book->holdings[c->holding].supply, d->year, tonnes);
    for (size_t i = 0; i < book->headroom_count; i++)
        if (ltn_headroom_counts(&book->headrooms[i], c)) book->headrooms[i].left -= tonnes;
    c->claimed_t += tonnes;
    d->claimed_t += tonnes;
    d->covered_t += tonnes / claim->ratio;
}

ltn_status ltn_book_claim(ltn_offset_book *book, int32_t debit, int32_t credit, double tonnes, double ratio)
{
    if (ltn_reserve(&book->claims, &book->claim_capacity, book->claim_count + 1, sizeof *book->claims))
        return LTN_ENOMEM;
    ltn_claim *claim = &book->claims[book->claim_count++];
    *claim = (ltn_claim){debit, credit, tonnes, ratio};
    enter(book, claim, tonnes);
    return LTN_OK;
}

void ltn_book_claim_back(ltn_offset_book *book, size_t claims)
{
    while (book->claim_count > claims) {
        const ltn_claim *last = &book->claims[--book->claim_count];
        enter(book, last, -last->tonnes);
    }
}

/* ---- who may pay for whom ---- */

bool ltn_date_is_after(ltn_date a, ltn_date b)
{
    return a.year != b.year ? a.year > b.year : a.month != b.month ? a.month > b.month : a.day > b.day;
}

ltn_refusal ltn_book_admit(const ltn_offset_book *book, const ltn_debit *debit, const ltn_credit *credit, size_t *place)
{
    const ltn_tree *regions = book->run->program.derived->regions;
    const ltn_offset_rule *rules = book->run->program.scenario->offset_rules;
    const uint8_t *taken = book->taken[debit->rule - rules];
    if (credit->flaw) return credit->flaw;
    if (taken && credit->row >= 0 && !taken[credit->row]) return LTN_REFUSED_NOT_SELECTED;
    size_t kinds = debit->rule->within.count;
    for (*place = 0; *place < kinds; ++*place)
        if (debit->places[*place] >= 0 && ltn_tree_contains(regions, debit->places[*place], credit->region)) break;
    if (*place == kinds) return LTN_REFUSED_ELSEWHERE;
    if (ltn_date_is_after(credit->since, debit->start)) return LTN_REFUSED_LATE;
    if (credit->measure >= 0 && !(ltn_measure_phase(&book->run->program.scenario->measures[credit->measure],
                                                    book->run->program.scenario->base_year, debit->start.year) > 0))
        return LTN_REFUSED_LATE;
    if (credit->expires.year && ltn_date_is_after(debit->start, credit->expires)) return LTN_REFUSED_EXPIRED;
    if (!(credit->supply.amount[debit->year] > 0)) return LTN_REFUSED_NO_FALL;
    return debit->rule->order == LTN_OFFSET_CHEAPEST && isnan(credit->cost_yuan_t) ? LTN_REFUSED_NO_COST : LTN_ACCEPTED;
}

/* ---- credits of the run ---- */

/* What is known of the pollutants that are owed. */
typedef struct finder {
    ltn_offset_book *book;
    const ltn_program *program;
    int32_t *root;
    uint8_t *owed;     /* of each pollutant */
    double **changes;  /* of each pollutant that is owed: the families' changes */
    double *cut_total; /* of each measure and pollutant: what it takes off in the last year */
    size_t words, years;
    size_t of_run; /* credits, before the bank's */
} finder;

static ltn_refusal flaw_of(const finder *f, const ltn_family_delta *cut)
{
    const ltn_measure *m = &f->program->scenario->measures[cut->measure];
    bool permanent =
        m->action == LTN_RETIRE || m->action == LTN_SWITCH || m->action == LTN_CONTROL || m->action == LTN_LIMIT;
    if ((size_t)cut->root >= f->program->base_sources) return LTN_REFUSED_NOT_IN_BASE;
    if (!permanent) return LTN_REFUSED_NOT_PERMANENT;
    return m->months && m->months != 0xFFF ? LTN_REFUSED_SEASONAL : LTN_ACCEPTED;
}

/* What a measure costs for a tonne of what it takes off: given for each tonne, or in all and divided. */
static double cost_of(const finder *f, int32_t measure, int32_t pollutant)
{
    const ltn_quantity *annual = &f->program->scenario->measures[measure].cost.annual;
    double scale, total = f->cut_total[(size_t)measure * f->words + (size_t)pollutant];
    if (!annual->given) return NAN;
    if (ltn_unit_scale(annual->unit, "yuan/t", &scale) == LTN_OK) return ltn_quantity_mean(annual) * scale;
    bool yearly = ltn_unit_scale(annual->unit, "yuan/yr", &scale) == LTN_OK ||
                  ltn_unit_scale(annual->unit, "yuan", &scale) == LTN_OK;
    return yearly && total > 0 ? ltn_quantity_mean(annual) * scale / total : NAN;
}

/* The row of a pollutant among a base source's; -1 where it has none. */
static int32_t find_row(const ltn_program *p, int32_t source, int32_t pollutant)
{
    if ((size_t)source >= p->base_sources) return -1;
    const int32_t *codes = ltn_emission_column_of(p->base, LTN_POLLUTANT)->codes;
    for (int32_t row = p->base->first[source]; row < p->base->first[source + 1]; row++)
        if (codes[row] == pollutant) return row;
    return -1;
}

/* `reduced` is by year. */
static ltn_status add_credit(finder *f, const ltn_family_delta *cut, const double *reduced, ltn_credit **out)
{
    ltn_offset_book *book = f->book;
    const ltn_program *p = f->program;
    const ltn_scenario *s = p->scenario;
    size_t at;
    const ltn_inventory *inventory = ltn_program_source(p, cut->root, &at);
    ltn_credit c = {
        .measure = cut->measure,
        .source = cut->root,
        .row = find_row(p, cut->root, cut->pollutant),
        .of_run = find_row(p, cut->root, cut->pollutant) >= 0,
        .pollutant = cut->pollutant,
        .region = ltn_source_column_of(inventory, LTN_REGION)->codes[at],
        .banked = -1,
        .holding = (int32_t)book->holding_count - 1,
        .id = ltn_program_source_id(p, cut->root),
        .measure_id = s->measures[cut->measure].id,
        .since = ltn_measure_begins(&s->measures[cut->measure], s->base_year, s->years[1]),
        .lon = ltn_source_column_of(inventory, LTN_LON)->numbers[at],
        .lat = ltn_source_column_of(inventory, LTN_LAT)->numbers[at],
        .reduced_t = reduced[f->years - 1],
        .cost_yuan_t = cost_of(f, cut->measure, cut->pollutant),
        .worth_yuan_t = NAN,
        .worth_new_t = NAN,
        .flaw = flaw_of(f, cut),
    };
    if (make_supply(book, &c.supply) ||
        ltn_reserve(&book->credits, &book->credit_capacity, book->credit_count + 1, sizeof *book->credits))
        return LTN_ENOMEM;
    *out = &book->credits[book->credit_count];
    book->credits[book->credit_count++] = c;
    return LTN_OK;
}

static ltn_status add_holding(ltn_offset_book *book)
{
    if (ltn_reserve(&book->holdings, &book->holding_capacity, book->holding_count + 1, sizeof *book->holdings))
        return LTN_ENOMEM;
    book->holdings[book->holding_count] = (ltn_holding){0};
    return make_supply(book, &book->holdings[book->holding_count++].supply);
}

/* The smallest fall of all years from one on, and the first year it is in. */
static double least_fall(const finder *f, const double *changes, int32_t root, size_t from, size_t *year)
{
    double least = HUGE_VAL;
    for (size_t y = from; y < f->years; y++) {
        double fall = fmax(0, -changes[y * f->program->sources + (size_t)root]);
        if (!(fall < least - LTN_DUST_T)) continue;
        least = fall;
        *year = y;
    }
    return least;
}

/* A family's cuts, `count` of them by measure and then by year, become credits that share its fall. */
static ltn_status add_family(finder *f, const ltn_family_delta *cuts, size_t count, double *reduced)
{
    ltn_offset_book *book = f->book;
    size_t first = book->credit_count, sized = 0, credits = 0;
    ltn_status status = add_holding(book);
    for (size_t i = 0; !status && i < count; i = sized) {
        double *mine = reduced + f->years * credits++;
        memset(mine, 0, f->years * sizeof *mine);
        for (sized = i; sized < count && cuts[sized].measure == cuts[i].measure; sized++)
            mine[cuts[sized].year] = -cuts[sized].tonnes;
        ltn_credit *made;
        status = add_credit(f, &cuts[i], mine, &made);
    }
    if (status) return status;
    ltn_holding *holding = &book->holdings[book->holding_count - 1];
    for (size_t y = 0; y < f->years; y++) {
        size_t at = y;
        double all = 0;
        bool in_base = (size_t)cuts->root < f->program->base_sources;
        double fall = in_base ? least_fall(f, f->changes[cuts->pollutant], cuts->root, y, &at) : 0;
        for (size_t c = 0; c < credits; c++) all += reduced[c * f->years + at];
        holding->supply.amount[y] = all > 0 ? fall : 0;
        for (size_t c = 0; c < credits; c++)
            book->credits[first + c].supply.amount[y] = all > 0 ? fall * (reduced[c * f->years + at] / all) : 0;
    }
    open_supply(book, &holding->supply);
    for (size_t c = 0; c < credits; c++) open_supply(book, &book->credits[first + c].supply);
    return LTN_OK;
}

static int by_family(const void *left, const void *right)
{
    const ltn_family_delta *a = left, *b = right;
    if (a->pollutant != b->pollutant) return a->pollutant < b->pollutant ? -1 : 1;
    if (a->root != b->root) return a->root < b->root ? -1 : 1;
    if (a->measure != b->measure) return a->measure < b->measure ? -1 : 1;
    return (a->year > b->year) - (a->year < b->year);
}

static ltn_status credits_of_run(finder *f)
{
    ltn_family_delta *cuts;
    size_t count, size = 0, last = f->years - 1;
    ltn_status status = ltn_family_cuts(f->book->run, f->root, f->owed, &cuts, &count);
    double *reduced = ltn_alloc(f->program->step_count * f->years, sizeof *reduced);
    if (!status && !reduced) status = LTN_ENOMEM;
    if (!status && count) qsort(cuts, count, sizeof *cuts, by_family);
    for (size_t i = 0; !status && i < count; i++)
        if (cuts[i].year == last)
            f->cut_total[(size_t)cuts[i].measure * f->words + (size_t)cuts[i].pollutant] -= cuts[i].tonnes;
    for (size_t i = 0; !status && i < count; i += size) {
        for (size = 1;
             i + size < count && cuts[i + size].root == cuts[i].root && cuts[i + size].pollutant == cuts[i].pollutant;)
            size++;
        status = add_family(f, cuts + i, size, reduced);
    }
    free(cuts);
    free(reduced);
    return status;
}

/* ---- credits of the bank ---- */

/* The run's credits of a source and pollutant: the first, and in `count` how many. The run's stand in the order of
 * by_family(). */
static ltn_credit *credits_of_source(const finder *f, int32_t source, int32_t pollutant, size_t *count)
{
    ltn_credit *credits = f->book->credits;
    size_t low = 0, high = f->of_run;
    while (low < high) {
        size_t middle = (low + high) / 2;
        const ltn_credit *c = &credits[middle];
        bool before = c->pollutant != pollutant ? c->pollutant < pollutant : c->source < source;
        low = before ? middle + 1 : low;
        high = before ? high : middle;
    }
    for (high = low; high < f->of_run; high++)
        if (credits[high].pollutant != pollutant || credits[high].source != source) break;
    *count = high - low;
    return credits + low;
}

/* The run's credit of the same source, measure and pollutant as a row of the bank; NULL where it has none. */
static ltn_credit *same_credit(const finder *f, const ltn_banked *b, int32_t source, int32_t pollutant)
{
    size_t count;
    ltn_credit *c = credits_of_source(f, source, pollutant, &count);
    for (size_t i = 0; b->measure && i < count; i++)
        if (strcmp(c[i].measure_id, b->measure) == 0) return &c[i];
    return NULL;
}

/* What is in the bank is not credited a second time, and is worth no more in a year than the run shows. Once
 * claimed it goes on, so it is kept from the years after too, whatever the run shows of the measure in them. */
static void move_to_bank(ltn_offset_book *book, ltn_credit *run, ltn_supply *banked)
{
    ltn_supply *of_family = &book->holdings[run->holding].supply;
    double most = 0, going = 0;
    for (size_t y = 0; y < book->run->year_count; y++) {
        most = fmax(most, run->supply.amount[y]);
        double there = fmin(rest_in(&run->supply, most, y), of_family->left[y]);
        banked->amount[y] = fmax(0, fmin(banked->amount[y], there));
        going = fmax(going, banked->amount[y]);
        run->supply.left[y] -= going;
        of_family->left[y] = fmax(0, of_family->left[y] - going);
    }
    run->in_bank = true;
}

/* A credit of the run is what the bank has not. */
static void keep_rest(const ltn_offset_book *book, ltn_credit *c)
{
    double most = 0;
    for (size_t y = 0; y < book->run->year_count; y++) {
        double amount = c->supply.amount[y];
        most = fmax(most, amount);
        c->supply.amount[y] = fmax(0, c->supply.left[y] - (most - amount));
    }
    open_supply(book, &c->supply);
}

/* A credit of this run may not come in a second time, under no name or a misspelt one. */
static ltn_status check_banked(const finder *f, const ltn_banked *b, int32_t source, int32_t pollutant, int32_t region)
{
    const ltn_scenario *s = f->program->scenario;
    const ltn_tree *regions = f->program->derived->regions;
    bool credited = false, known = false;
    if (source < 0) return LTN_OK;
    int32_t own = ltn_source_column_of(f->program->base, LTN_REGION)->codes[source];
    if (own != region)
        return ltn_fail(LTN_EINPUT, &b->region_place, "source '%s' lies in '%s' in the inventory; the bank says '%s'",
                        b->source, ltn_tree_code(regions, own), b->region);
    size_t count;
    const ltn_credit *c = credits_of_source(f, source, pollutant, &count);
    for (size_t i = 0; i < count; i++) credited |= !c[i].flaw;
    for (size_t i = 0; b->measure && i < s->measure_count; i++) known |= strcmp(s->measures[i].id, b->measure) == 0;
    if (!credited || known) return LTN_OK;
    if (!b->measure)
        return ltn_fail(
            LTN_EINPUT, &b->place,
            "the run credits source '%s' too, and the bank's row names no measure; expected the measure, so "
            "that nothing is credited twice",
            b->source);
    const char **ids = ltn_alloc(s->measure_count, sizeof *ids);
    if (!ids) return LTN_ENOMEM;
    for (size_t i = 0; i < s->measure_count; i++) ids[i] = s->measures[i].id;
    const char *near = ltn_text_nearest(b->measure, ids, s->measure_count);
    free(ids);
    return near ? ltn_fail(LTN_EINPUT, &b->place,
                           "measure '%s' of source '%s' is not the scenario's; the nearest is '%s'", b->measure,
                           b->source, near)
                : LTN_OK;
}

static ltn_status add_banked(finder *f, size_t row, int32_t pollutant)
{
    ltn_offset_book *book = f->book;
    const ltn_banked *b = &book->bank->rows[row];
    const ltn_tree *regions = f->program->derived->regions;
    int32_t region = ltn_tree_find(regions, b->region), source = ltn_inventory_find(f->program->base, b->source);
    if (region < 0)
        return ltn_fail(LTN_EINPUT, &b->region_place,
                        "region '%s' is not among the inventory's; a credit must lie in one", b->region);
    ltn_status known = check_banked(f, b, source, pollutant, region);
    if (known) return known;
    ltn_credit *run = same_credit(f, b, source, pollutant),
               c = {
                   .measure = -1,
                   .source = source,
                   .row = source >= 0 ? find_row(f->program, source, pollutant) : -1,
                   .of_run = run && run->of_run,
                   .pollutant = pollutant,
                   .region = region,
                   .banked = (int32_t)row,
                   .id = b->source,
                   .measure_id = b->measure,
                   .since = b->issued,
                   .expires = b->expires,
                   .lon = b->lon,
                   .lat = b->lat,
                   .reduced_t = b->balance_t,
                   .cost_yuan_t = isnan(b->cost_yuan_kg) && run ? run->cost_yuan_t : b->cost_yuan_kg * 1000,
                   .worth_yuan_t = NAN,
                   .worth_new_t = NAN,
                   .flaw = b->project ? LTN_REFUSED_SETTLED
                           : run      ? run->flaw
                                      : LTN_ACCEPTED,
               };
    ltn_status status = add_holding(book);
    c.holding = (int32_t)book->holding_count - 1;
    if (!status) status = make_supply(book, &c.supply);
    if (status) return status;
    double *of_holding = book->holdings[c.holding].supply.amount;
    for (size_t y = 0; y < f->years; y++) c.supply.amount[y] = b->balance_t;
    if (run) move_to_bank(book, run, &c.supply);
    memcpy(of_holding, c.supply.amount, f->years * sizeof *of_holding);
    open_supply(book, &c.supply);
    open_supply(book, &book->holdings[c.holding].supply);
    if (ltn_reserve(&book->credits, &book->credit_capacity, book->credit_count + 1, sizeof *book->credits))
        return LTN_ENOMEM;
    book->credits[book->credit_count++] = c;
    return LTN_OK;
}

/* The rows that a project settled, or (NULL) those that no project of this book did. */
static ltn_status add_rows_of(finder *f, const ltn_debit *project, uint8_t *done)
{
    const ltn_dictionary *words = f->program->derived->emissions->columns[LTN_POLLUTANT].words;
    const ltn_offset_bank *bank = f->book->bank;
    ltn_status status = LTN_OK;
    for (size_t row = 0; !status && row < bank->count; row++) {
        const ltn_banked *b = &bank->rows[row];
        int32_t pollutant = ltn_dictionary_find(words, b->pollutant, strlen(b->pollutant));
        bool mine = !project || (b->project && strcmp(b->project, project->id) == 0);
        if (done[row] || !mine || pollutant < 0 || !f->owed[pollutant]) continue;
        done[row] = 1;
        status = add_banked(f, row, pollutant);
    }
    return status;
}

/* Settled claims come first, in the order in which their projects are served: what a year of the run shows goes to
 * them before it goes to what is free. */
static ltn_status credits_of_bank(finder *f)
{
    const ltn_offset_book *book = f->book;
    if (!book->bank) return LTN_OK;
    f->of_run = book->credit_count;
    uint8_t *done = ltn_alloc(book->bank->count, 1);
    ltn_status status = done ? LTN_OK : LTN_ENOMEM;
    for (size_t d = 0; !status && d < book->debit_count; d++) status = add_rows_of(f, &book->debits[d], done);
    if (!status) status = add_rows_of(f, NULL, done);
    for (size_t i = 0; !status && i < book->credit_count; i++)
        if (book->credits[i].in_bank) keep_rest(book, &book->credits[i]);
    free(done);
    return status;
}

/* ---- all ---- */

/* The oldest first; then the bank's, then in the order of the scenario, then of the ids, whatever the order
 * of the inventory's rows. */
static int by_age(const void *left, const void *right)
{
    const ltn_credit *a = left, *b = right;
    if (ltn_date_is_after(a->since, b->since)) return 1;
    if (ltn_date_is_after(b->since, a->since)) return -1;
    if (a->measure != b->measure) return a->measure < b->measure ? -1 : 1;
    if (a->banked != b->banked) return a->banked < b->banked ? -1 : 1;
    int order = strcmp(a->id, b->id);
    return order ? order : (a->pollutant > b->pollutant) - (a->pollutant < b->pollutant);
}

static ltn_status find_changes(finder *f)
{
    for (size_t w = 0; w < f->words; w++)
        if (f->owed[w] && ltn_family_changes(f->book->run, f->root, (int32_t)w, &f->changes[w])) return LTN_ENOMEM;
    return LTN_OK;
}

ltn_status ltn_book_find_credits(ltn_offset_book *book)
{
    const ltn_program *p = &book->run->program;
    size_t words = p->derived->emissions->columns[LTN_POLLUTANT].words->count;
    finder f = {book,
                p,
                NULL,
                ltn_alloc(words, 1),
                ltn_alloc(words, sizeof(double *)),
                ltn_alloc(p->step_count * words, sizeof(double)),
                words,
                book->run->year_count,
                0};
    ltn_status status = f.owed && f.changes && f.cut_total ? ltn_families(book->run, &f.root) : LTN_ENOMEM;
    for (size_t i = 0; !status && i < book->debit_count; i++) f.owed[book->debits[i].pollutant] = 1;
    if (!status) status = find_changes(&f);
    if (!status) status = credits_of_run(&f);
    if (!status) status = credits_of_bank(&f);
    if (!status && book->credit_count) qsort(book->credits, book->credit_count, sizeof *book->credits, by_age);
    for (size_t w = 0; f.changes && w < words; w++) free(f.changes[w]);
    free(f.changes);
    free(f.owed);
    free(f.root);
    free(f.cut_total);
    return status;
}
