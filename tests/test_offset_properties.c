/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What must hold for any offset book, held against books made from random numbers and reckoned a second time here: the
 * falls by closed form, who may pay for whom by the rule's words, earliest by a greedy of its own, the greatest cover by
 * augmenting paths, the least cost by trying everything. The linear program is held against closed forms alone.
 *
 * A failure names the seed; LANTIAN_SEED=<seed> makes that book alone, and LANTIAN_SHOW=1 prints its files. */
#include "assess/packing.h"
#include "book.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { BOOKS = 200, BOOKS_SLOW = 4, FIRST = 2015, LAST = 2020, YEARS = LAST - FIRST + 1 };
enum { SOURCES_MAX = 10, MEASURES_MAX = 5, PROJECTS_MAX = 6, ARCS_MAX = SOURCES_MAX * PROJECTS_MAX };

/* ---- the linear program alone ---- */

/* Projects by credits, gain and weights 1: what each lacks, what each has, what each pair costs; every pair is allowed. */
typedef struct transport {
    size_t projects, credits;
    double lacks[4], has[4], cost[4][4], ratio;
} transport;

static double solve_transport(const transport *t, double x[16], double *cost, double *prices)
{
    size_t n = t->projects * t->credits, first[17], group[5];
    double limit[8], weight[32], gain[16], costs[16], most[16], gain_price[8], cost_price[8], covered = 0;
    int32_t row[32];
    int32_t kind[16] = {0};
    for (size_t i = 0; i < t->projects; i++) limit[i] = t->lacks[i];
    for (size_t c = 0; c < t->credits; c++) limit[t->projects + c] = t->has[c];
    for (size_t j = 0; j < n; j++) {
        size_t i = j / t->credits, c = j % t->credits;
        if (!c) group[i] = j;
        first[j] = 2 * j;
        row[2 * j] = (int32_t)i;
        row[2 * j + 1] = (int32_t)(t->projects + c);
        weight[2 * j] = gain[j] = 1 / t->ratio;
        weight[2 * j + 1] = 1;
        costs[j] = t->cost[i][c];
        most[j] = HUGE_VAL;
    }
    first[n] = 2 * n;
    group[t->projects] = n;
    ltn_packing p = {
        t->projects + t->credits, n, t->projects, limit, first, row, weight, gain, costs, most, kind, group};
    assert_ok(ltn_packing_solve(&p, false, x, gain_price, cost_price));
    *cost = 0;
    for (size_t j = 0; j < n; j++) {
        *cost += x[j] * costs[j];
        covered += x[j] / t->ratio;
    }
    if (prices) memcpy(prices, gain_price, (t->projects + t->credits) * sizeof *prices);
    return covered;
}

/* One credit of 10 t at a ratio of 2 covers 5 of 7 new tonnes, and one more would cover half a tonne more. */
static void one_pair_is_as_by_hand(void **state)
{
    (void)state;
    double x[16], cost, prices[8];
    transport t = {1, 1, {7}, {10}, {{3}}, 2};
    assert_close(solve_transport(&t, x, &cost, prices), 5, 1e-12, 0);
    assert_close(x[0], 10, 1e-12, 0);
    assert_close(cost, 30, 1e-12, 0);
    assert_close(prices[1], 0.5, 1e-12, 0);
    assert_close(prices[0], 0, 0, 1e-12);
    /* 20 t cover all of 7: 14 are taken. */
    t.has[0] = 20;
    assert_close(solve_transport(&t, x, &cost, prices), 7, 1e-12, 0);
    assert_close(x[0], 14, 1e-12, 0);
    assert_close(prices[0], 1, 1e-12, 0);
    t.has[0] = 0;
    assert_close(solve_transport(&t, x, &cost, prices), 0, 0, 0);
}

static void try_all(const transport *t, size_t j, double lacks[4], double has[4], double gain, double cost,
                    double best[2])
{
    if (j == t->projects * t->credits) {
        if (gain > best[0] || (gain == best[0] && cost < best[1])) best[0] = gain, best[1] = cost;
        return;
    }
    size_t i = j / t->credits, c = j % t->credits;
    for (double x = 0; x <= lacks[i] && x <= has[c]; x++) {
        lacks[i] -= x, has[c] -= x;
        try_all(t, j + 1, lacks, has, gain + x, cost + x * t->cost[i][c], best);
        lacks[i] += x, has[c] += x;
    }
}

/* With whole tonnes the best matching is one of whole tonnes (the program is totally unimodular), so that all can be
 * tried. Costs may be equal, or nothing. */
static void small_programs_are_the_best_of_all(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= (is_slow() ? 5 : 300); seed++) {
        uint64_t s = seed * 0x9E3779B97F4A7C15u;
        transport t = {1 + random_bits(&s) % 2, 1 + random_bits(&s) % 3, {0}, {0}, {{0}}, 1};
        for (size_t i = 0; i < t.projects; i++) t.lacks[i] = (double)(random_bits(&s) % 5);
        for (size_t c = 0; c < t.credits; c++) t.has[c] = (double)(random_bits(&s) % 5);
        for (size_t i = 0; i < t.projects; i++)
            for (size_t c = 0; c < t.credits; c++) t.cost[i][c] = (double)(random_bits(&s) % 4);
        double x[16], cost, best[2] = {-1, 0}, lacks[4], has[4];
        memcpy(lacks, t.lacks, sizeof lacks);
        memcpy(has, t.has, sizeof has);
        try_all(&t, 0, lacks, has, 0, 0, best);
        double gain = solve_transport(&t, x, &cost, NULL);
        if (fabs(gain - best[0]) > 1e-9 || fabs(cost - best[1]) > 1e-8)
            fail_msg("seed %lu: covers %g at %g; the best is %g at %g", (unsigned long)seed, gain, cost, best[0],
                     best[1]);
    }
}

/* No rows but the one, no columns: nothing is gained, and that is no failure. */
static void an_empty_program_is_solved(void **state)
{
    (void)state;
    double limit = 3, x = 0, gain_price = 1, cost_price = 1;
    size_t first = 0, group = 0;
    ltn_packing p = {.rows = 1, .limit = &limit, .first = &first, .group = &group};
    assert_ok(ltn_packing_solve(&p, false, &x, &gain_price, &cost_price));
    assert_close(gain_price, 0, 0, 0);
}

/* Columns that may take a given amount at most: 3 and 4 of a limit of 10. */
static void bounds_of_columns_are_kept(void **state)
{
    (void)state;
    double limit = 10, weight[] = {1, 1}, gain[] = {1, 1}, cost[] = {5, 1}, most[] = {3, 4}, x[2];
    size_t first[] = {0, 1, 2}, group[] = {0, 2};
    int32_t row[] = {0, 0};
    int32_t kind[] = {0, 0};
    ltn_packing p = {1, 2, 1, &limit, first, row, weight, gain, cost, most, kind, group};
    assert_ok(ltn_packing_solve(&p, false, x, NULL, NULL));
    assert_close(x[0], 3, 1e-12, 0);
    assert_close(x[1], 4, 1e-12, 0);
    limit = 5; /* the dear one takes what the cheap one leaves */
    assert_ok(ltn_packing_solve(&p, false, x, NULL, NULL));
    assert_close(x[0], 1, 1e-12, 0);
    assert_close(x[1], 4, 1e-12, 0);
}

/* ---- random books ---- */

enum { W, A, Z, B, X, D, REGION_COUNT };
static const char *const region_names[] = {"W", "A", "Z", "B", "X", "D"};
static const int county_of[] = {-1, A, A, B, -1, D}, city_of[] = {W, W, W, W, X, X};
static const char *const pollutant_names[] = {"VOC", "NOx"};

typedef struct made_source {
    int region, pollutant, measure;
    double tonnes;
} made_source;

typedef struct made_measure {
    bool control, seasonal, banked_cost;
    int since;
    double share, growth; /* growth: the index of the last year */
    int cost;
} made_measure;

typedef struct made_project {
    int region, pollutant, year, month, rule;
    double tonnes;
} made_project;

typedef struct made_rule {
    bool city;
    double ratio;
    const char *order, *unmet;
} made_rule;

typedef struct made_book {
    uint64_t seed;
    size_t sources, measures, projects;
    made_source source[SOURCES_MAX];
    made_measure measure[MEASURES_MAX];
    made_project project[PROJECTS_MAX];
    made_rule rule[2];
    bool has_bank;
    text_buffer csv, yaml, bank;
} made_book;

typedef struct kind_of_book {
    const char *order; /* NULL: any */
    bool whole;        /* whole tonnes, ratio 1, no growth, kept when unmet */
    bool uniform;      /* one ratio, no growth, kept when unmet */
    bool bank;
    bool rising;              /* growth is growth: a measure's credit does not become less as the years go by */
    size_t sources, projects; /* at most */
    int tonnes;
} kind_of_book;

static double between(uint64_t *s, double low, double high)
{
    return random_uniform(s, low, high);
}

static int below(uint64_t *s, int count)
{
    return (int)(random_bits(s) % (uint64_t)count);
}

static void write_csv(made_book *m, uint64_t shuffle)
{
    size_t order[SOURCES_MAX];
    m->csv.size = 0;
    text_add(&m->csv, "source,region,sector,pollutant,emission_t\n");
    for (size_t i = 0; i < m->sources; i++) order[i] = i;
    for (size_t i = m->sources; shuffle && i > 1; i--) {
        size_t j = random_bits(&shuffle) % i, kept = order[i - 1];
        order[i - 1] = order[j];
        order[j] = kept;
    }
    for (size_t i = 0; i < m->sources; i++) {
        const made_source *s = &m->source[order[i]];
        text_add(&m->csv, "S%zu,%s,m%d,%s,%.17g\n", order[i], region_names[s->region], s->measure,
                 pollutant_names[s->pollutant], s->tonnes);
    }
}

static void write_yaml(made_book *m)
{
    text_add(&m->yaml, "scenario: random\nbase_year: %d\nyears: [%d, %d]\nmeasures:\n", FIRST, FIRST, LAST);
    for (size_t i = 0; i < m->measures; i++) {
        const made_measure *e = &m->measure[i];
        if (e->growth != 1)
            text_add(&m->yaml, "  - {id: g%zu, where: {sector: m%zu}, grow: {index: {%d: 1, %d: %.17g}}}\n", i, i,
                     FIRST, LAST, e->growth);
        text_add(&m->yaml, "  - {id: m%zu, where: {sector: m%zu}, ", i, i);
        if (e->control)
            text_add(&m->yaml, "control: {VOC: {efficiency: %.17g}, NOx: {efficiency: %.17g}}", e->share, e->share);
        else
            text_add(&m->yaml, "retire: {share: %.17g}", e->share);
        text_add(&m->yaml, ", phase: {%d: 0, %d: 1}, cost: {annual: %d yuan/t}%s}\n", e->since - 1, e->since, e->cost,
                 e->seasonal ? ", months: [1, 2, 12]" : "");
    }
    for (size_t i = 0; i < m->projects; i++) {
        const made_project *p = &m->project[i];
        text_add(
            &m->yaml,
            "  - {id: n%zu, add: {source: P%zu, region: %s, sector: works, from: %d-%02d-01, emissions: {%s: %.17g "
            "t/yr}}, offset: {pollutant: %s, rule: r%d}}\n",
            i, i, region_names[p->region], p->year, p->month, pollutant_names[p->pollutant], p->tonnes,
            pollutant_names[p->pollutant], p->rule);
    }
    text_add(&m->yaml, "offset_rules:\n");
    for (size_t i = 0; i < 2; i++)
        text_add(&m->yaml, "  r%zu: {ratio: %.17g, within: [county%s], order: %s, unmet: %s}\n", i, m->rule[i].ratio,
                 m->rule[i].city ? ", city" : "", m->rule[i].order, m->rule[i].unmet);
}

static void write_bank(made_book *m, uint64_t *s)
{
    int rows = 1 + below(s, 4);
    text_add(&m->bank, "permit,source,region,pollutant,measure,issued,expires,balance_t,project,ratio,cost\n");
    for (int i = 0; i < rows; i++) {
        const made_source *of = &m->source[below(s, (int)m->sources)];
        size_t at = (size_t)(of - m->source);
        const made_measure *e = &m->measure[of->measure];
        if (below(s, 2))
            text_add(&m->bank, "b%d,S%zu,%s,%s,m%d,%d-01-01,,%.17g,%s,%s,\n", i, at, region_names[of->region],
                     pollutant_names[of->pollutant], of->measure, e->since, between(s, 0, of->tonnes), "", "");
        else
            text_add(&m->bank, "b%d,O%d,%s,%s,,%d-01-01,%s,%.17g,,,0.5\n", i, i, region_names[of->region],
                     pollutant_names[of->pollutant], 2010 + below(s, 9), below(s, 3) ? "" : "2019-06-30",
                     between(s, 0, 20));
    }
}

static void make_book(uint64_t seed, const kind_of_book *k, made_book *m)
{
    static const char *const orders[] = {"earliest", "nearest", "cheapest"}, *const unmets[] = {"flag", "scale",
                                                                                                "exclude"};
    uint64_t s = seed * 0x9E3779B97F4A7C15u + 1;
    bool plain = k->whole || k->uniform;
    *m = (made_book){.seed = seed};
    m->sources = 1 + (size_t)below(&s, (int)k->sources);
    m->measures = 1 + (size_t)below(&s, MEASURES_MAX);
    m->projects = 1 + (size_t)below(&s, (int)k->projects);
    for (size_t i = 0; i < m->measures; i++)
        m->measure[i] = (made_measure){.control = below(&s, 2),
                                       .seasonal = below(&s, 8) == 0,
                                       .since = FIRST + 1 + below(&s, YEARS - 1),
                                       .share = k->whole || below(&s, 4) == 0 ? 1 : between(&s, 0.05, 1),
                                       .growth = plain || below(&s, 2) ? 1 : between(&s, k->rising ? 1 : 0.8, 1.6),
                                       .cost = below(&s, 6)};
    for (size_t i = 0; i < m->sources; i++)
        m->source[i] = (made_source){below(&s, REGION_COUNT), below(&s, 4) == 0, below(&s, (int)m->measures),
                                     k->whole ? 1 + below(&s, k->tonnes) : between(&s, 0, 60)};
    for (size_t i = 0; i < 2; i++)
        m->rule[i] = (made_rule){below(&s, 3) > 0, k->whole ? 1 : between(&s, 0.8, 3),
                                 k->order ? k->order : orders[below(&s, 3)], plain ? "flag" : unmets[below(&s, 3)]};
    if (k->uniform) m->rule[1].ratio = m->rule[0].ratio;
    for (size_t i = 0; i < m->projects; i++)
        m->project[i] = (made_project){
            below(&s, REGION_COUNT), below(&s, 4) == 0, FIRST + 1 + below(&s, YEARS - 1),
            1 + below(&s, 12),       below(&s, 2),      k->whole ? 1 + below(&s, k->tonnes) : between(&s, 0.1, 40)};
    write_csv(m, 0);
    write_yaml(m);
    if (k->bank) write_bank(m, &s);
    if (getenv("LANTIAN_SHOW")) printf("%s\n%s\n%s\n", m->csv.data, m->yaml.data, m->bank.data ? m->bank.data : "");
}

static void unmake_book(made_book *m)
{
    free(m->csv.data);
    free(m->yaml.data);
    free(m->bank.data);
}

/* The book at hand; 0: none. */
static uint64_t seed_at_hand;

static int tell_seed(void **state)
{
    (void)state;
    if (seed_at_hand) print_error("seed %lu\n", (unsigned long)seed_at_hand);
    seed_at_hand = 0;
    return 0;
}

/* Calls a check with many books. */
typedef void (*book_check)(made_book *m);
static void with_books(const kind_of_book *k, book_check check)
{
    const char *only = getenv("LANTIAN_SEED");
    uint64_t first = only ? strtoull(only, NULL, 10) : 1, last = only ? first : is_slow() ? BOOKS_SLOW : BOOKS;
    for (uint64_t seed = first; seed <= last; seed++) {
        made_book m;
        seed_at_hand = seed;
        make_book(seed, k, &m);
        check(&m);
        unmake_book(&m);
    }
    seed_at_hand = 0;
}

static book_made open_book(const made_book *m, int threads)
{
    return book_of(&(book_case){REGIONS, m->csv.data, m->yaml.data, NULL, m->bank.data, threads});
}

/* ---- reckoning it again ---- */

/* E0 - E0 · index(y) · (1 - share), from the year the measure begins in; three months are a quarter of it. */
static double fall(const made_book *m, size_t source, int year)
{
    const made_source *s = &m->source[source];
    const made_measure *e = &m->measure[s->measure];
    double index = 1 + (e->growth - 1) * (year - FIRST) / (LAST - FIRST);
    double cut = year >= e->since ? e->share * (e->seasonal ? 0.25 : 1) : 0;
    return fmax(0, s->tonnes * (1 - index * (1 - cut)));
}

/* The measure's part of the smallest fall of all years from one on: a decline without a measure (a `grow` below 1) has
 * its part of the cuts of that year. */
static double credit_from(const made_book *m, size_t source, int from)
{
    const made_measure *e = &m->measure[m->source[source].measure];
    int at = from;
    for (int y = from; y <= LAST; y++)
        if (fall(m, source, y) < fall(m, source, at)) at = y;
    double index = 1 + (e->growth - 1) * (at - FIRST) / (LAST - FIRST);
    double cut = at >= e->since ? e->share * (e->seasonal ? 0.25 : 1) : 0, declined = fmax(0, 1 - index);
    return cut > 0 ? fall(m, source, at) * index * cut / (index * cut + declined) : 0;
}

/* The kind of place in which a source lies for a project: 0 county, 1 city, -1 neither. */
static int place_of(const made_book *m, const made_project *p, int region)
{
    int county = county_of[p->region];
    if (county >= 0 && county_of[region] == county) return 0;
    return m->rule[p->rule].city && city_of[region] == city_of[p->region] ? 1 : -1;
}

static bool may_pay(const made_book *m, size_t source, const made_project *p)
{
    const made_source *s = &m->source[source];
    const made_measure *e = &m->measure[s->measure];
    return s->pollutant == p->pollutant && !e->seasonal && e->since <= p->year && place_of(m, p, s->region) >= 0;
}

static size_t number_of(const char *id)
{
    return (size_t)strtoul(id + 1, NULL, 10);
}

static bool is_claim(const book_made *b, size_t row)
{
    return strcmp(text_at(b->claims, row, "credit_measure"), "unmet") != 0;
}

/* ---- what every book keeps ---- */

static void check_claim(const made_book *m, const book_made *b, size_t row)
{
    const made_project *p = &m->project[number_of(text_at(b->claims, row, "project"))];
    const char *source = text_at(b->claims, row, "credit_source");
    double tonnes = number_at(b->claims, row, "claimed_t");
    assert_close(number_at(b->claims, row, "ratio"), m->rule[p->rule].ratio, 1e-12, 0);
    if (!(tonnes > 0)) fail_msg("a claim of %g t", tonnes);
    if (source[0] != 'S') return;
    size_t s = number_of(source);
    if (!may_pay(m, s, p)) fail_msg("S%zu pays for %s", s, text_at(b->claims, row, "project"));
    if (tonnes > credit_from(m, s, p->year) + 1e-8)
        fail_msg("S%zu gives %g t of %g", s, tonnes, credit_from(m, s, p->year));
}

static void check_sources(const made_book *m, const book_made *b)
{
    for (size_t s = 0; s < m->sources; s++)
        for (int y = FIRST; y <= LAST; y++) {
            double claimed = 0;
            for (size_t row = 0; row < ltn_table_rows(b->claims); row++) {
                const char *source = text_at(b->claims, row, "credit_source");
                if (source[0] == 'S' && number_of(source) == s && number_at(b->claims, row, "year") <= y)
                    claimed += number_at(b->claims, row, "claimed_t");
            }
            if (claimed > fall(m, s, y) + 1e-8)
                fail_msg("in %d S%zu has given %g t of a fall of %g", y, s, claimed, fall(m, s, y));
        }
}

static void check_project(const made_book *m, const book_made *b, size_t row)
{
    const char *id = text_at(b->projects, row, "project"), *state = text_at(b->projects, row, "state");
    const made_project *p = &m->project[number_of(id)];
    double claimed = 0, covered = 0, unmet = 0, new_t = number_at(b->projects, row, "new_t");
    for (size_t i = 0; i < ltn_table_rows(b->claims); i++) {
        if (strcmp(text_at(b->claims, i, "project"), id) != 0) continue;
        double tonnes = number_at(b->claims, i, "claimed_t");
        if (is_claim(b, i))
            claimed += tonnes, covered += tonnes / number_at(b->claims, i, "ratio");
        else
            unmet += tonnes;
    }
    assert_close(number_at(b->projects, row, "asked_t"), p->tonnes, 1e-12, 0);
    assert_close(number_at(b->projects, row, "claimed_t"), claimed, 1e-9, 1e-9);
    assert_close(number_at(b->projects, row, "covered_t"), covered, 1e-9, 1e-9);
    assert_close(number_at(b->projects, row, "unmet_t"), unmet, 1e-9, 1e-9);
    assert_close(number_at(b->projects, row, "net_t"), new_t - claimed, 1e-9, 1e-9);
    bool excluded = strcmp(state, "excluded") == 0;
    if (excluded && (claimed != 0 || new_t != 0)) fail_msg("%s is left out, and claims %g", id, claimed);
    assert_close(covered + unmet / m->rule[p->rule].ratio, excluded ? p->tonnes : new_t, 1e-8, 1e-8);
    if (unmet > 0 && strcmp(m->rule[p->rule].unmet, "flag") != 0 && !excluded)
        fail_msg("%s lacks %g t and is in", id, unmet);
    if (!excluded && unmet == 0) /* met in full: -(ratio - 1) · new */
        assert_close(new_t - claimed, -(m->rule[p->rule].ratio - 1) * new_t, 1e-6, 1e-6);
}

static void check_credit(const book_made *b, size_t row)
{
    double claimed = number_at(b->credits, row, "claimed_t"), credit = number_at(b->credits, row, "credit_t");
    double left = number_at(b->credits, row, "left_t");
    const char *source = text_at(b->credits, row, "source");
    if (left < 0 || claimed < -1e-9) fail_msg("credit of %s: claimed %g, left %g", source, claimed, left);
    /* What was more when it was claimed goes on; what is left at the end is of what it is then. */
    if (left > fmax(0, credit - claimed) + 1e-8)
        fail_msg("credit of %s: claimed %g, left %g of %g", source, claimed, left, credit);
}

static void the_book_adds_up(made_book *m)
{
    book_made b = open_book(m, 1);
    assert_int_equal(ltn_table_rows(b.projects), m->projects);
    for (size_t row = 0; row < ltn_table_rows(b.claims); row++)
        if (is_claim(&b, row)) check_claim(m, &b, row);
    check_sources(m, &b);
    for (size_t row = 0; row < ltn_table_rows(b.projects); row++) check_project(m, &b, row);
    for (size_t row = 0; row < ltn_table_rows(b.credits); row++) check_credit(&b, row);
    book_free(&b);
}

static void books_add_up(void **state)
{
    (void)state;
    with_books(&(kind_of_book){.sources = SOURCES_MAX, .projects = PROJECTS_MAX}, the_book_adds_up);
    with_books(&(kind_of_book){.sources = SOURCES_MAX, .projects = PROJECTS_MAX, .bank = true}, the_book_adds_up);
}

/* ---- the same book ---- */

static void assert_same_book(const book_made *a, const book_made *b)
{
    assert_same_tables(a->projects, b->projects);
    assert_same_tables(a->claims, b->claims);
    assert_same_tables(a->credits, b->credits);
}

static void threads_change_nothing_here(made_book *m)
{
    book_made one = open_book(m, 1);
    for (int threads = 2; threads <= 8; threads += 6) {
        book_made many = open_book(m, threads);
        assert_same_book(&one, &many);
        book_free(&many);
    }
    book_free(&one);
}

static void threads_change_nothing(void **state)
{
    (void)state;
    with_books(&(kind_of_book){.sources = SOURCES_MAX, .projects = PROJECTS_MAX, .bank = true},
               threads_change_nothing_here);
}

static void check_shuffled(made_book *m)
{
    book_made one = open_book(m, 1);
    write_csv(m, m->seed * 77 + 1);
    book_made other = open_book(m, 1);
    size_t rows = ltn_table_rows(one.claims);
    assert_int_equal(ltn_table_rows(other.claims), rows);
    for (size_t row = 0; row < rows; row++)
        for (size_t c = 0; c < ltn_table_columns(one.claims); c++) {
            const char *name = ltn_table_name(one.claims, c);
            if (ltn_table_type(one.claims, c) == LTN_TEXT)
                assert_string_equal(text_at(other.claims, row, name), text_at(one.claims, row, name));
            else
                assert_same_bits(number_at(other.claims, row, name), number_at(one.claims, row, name));
        }
    book_free(&one);
    book_free(&other);
}

static void the_order_of_the_rows_changes_nothing(void **state)
{
    (void)state;
    with_books(&(kind_of_book){.sources = SOURCES_MAX, .projects = PROJECTS_MAX, .bank = true}, check_shuffled);
}

/* The closing balance gives the same book again. */
static void check_fed_back(made_book *m)
{
    book_made one = open_book(m, 1);
    char *closing = closing_bank(&one);
    if (getenv("LANTIAN_SHOW")) printf("%s\n", closing);
    book_made two = book_of(&(book_case){REGIONS, m->csv.data, m->yaml.data, NULL, closing, 1});
    for (size_t row = 0; row < ltn_table_rows(one.projects); row++) {
        assert_string_equal(text_at(two.projects, row, "state"), text_at(one.projects, row, "state"));
        assert_close(number_at(two.projects, row, "claimed_t"), number_at(one.projects, row, "claimed_t"), 1e-8, 1e-8);
        assert_close(number_at(two.projects, row, "new_t"), number_at(one.projects, row, "new_t"), 1e-8, 1e-8);
    }
    assert_int_equal(ltn_table_rows(two.claims), ltn_table_rows(one.claims));
    free(closing);
    book_free(&one);
    book_free(&two);
}

/* The cheapest of books in which credits become less are left out: a project that was scaled down may be let in with more
 * once the others' claims are settled. */
static void books_are_carried_on(void **state)
{
    (void)state;
    kind_of_book any = {.rising = true, .sources = SOURCES_MAX, .projects = PROJECTS_MAX};
    kind_of_book in_order = {.order = "earliest", .sources = SOURCES_MAX, .projects = PROJECTS_MAX};
    for (int bank = 0; bank < 2; bank++) {
        any.bank = in_order.bank = bank;
        with_books(&any, check_fed_back);
        with_books(&in_order, check_fed_back);
    }
}

/* ---- earliest, by a greedy of this file's own ---- */

static void sort_projects(const made_book *m, size_t order[PROJECTS_MAX])
{
    for (size_t i = 0; i < m->projects; i++) {
        size_t at = i;
        const made_project *p = &m->project[i];
        for (; at > 0; at--) {
            const made_project *q = &m->project[order[at - 1]];
            if (q->year * 12 + q->month <= p->year * 12 + p->month) break;
            order[at] = order[at - 1];
        }
        order[at] = i;
    }
}

/* Whether source a's credit is taken before b's: the county first, then the older, the measure, the id (of one figure). */
static bool comes_first(const made_book *m, const made_project *p, size_t a, size_t b)
{
    const made_source *s = &m->source[a], *t = &m->source[b];
    int place_a = place_of(m, p, s->region), place_b = place_of(m, p, t->region);
    if (place_a != place_b) return place_a < place_b;
    if (m->measure[s->measure].since != m->measure[t->measure].since)
        return m->measure[s->measure].since < m->measure[t->measure].since;
    return s->measure != t->measure ? s->measure < t->measure : a < b;
}

typedef struct greedy {
    double claimed[PROJECTS_MAX][SOURCES_MAX], covered[PROJECTS_MAX];
} greedy;

static double still_there(const made_book *m, const greedy *g, size_t source, int from)
{
    double least = credit_from(m, source, from);
    for (size_t p = 0; p < m->projects; p++)
        if (m->project[p].year <= from) least -= g->claimed[p][source];
    for (int y = from; y <= LAST; y++) {
        double left = fall(m, source, y);
        for (size_t p = 0; p < m->projects; p++)
            if (m->project[p].year <= y) left -= g->claimed[p][source];
        least = fmin(least, left);
    }
    return least;
}

static void serve_greedily(const made_book *m, size_t project, greedy *g)
{
    const made_project *p = &m->project[project];
    double ratio = m->rule[p->rule].ratio;
    bool tried[SOURCES_MAX] = {false};
    for (;;) {
        size_t best = SOURCES_MAX;
        for (size_t s = 0; s < m->sources; s++)
            if (!tried[s] && may_pay(m, s, p) && (best == SOURCES_MAX || comes_first(m, p, s, best))) best = s;
        if (best == SOURCES_MAX) return;
        tried[best] = true;
        double tonnes = fmin(still_there(m, g, best, p->year), (p->tonnes - g->covered[project]) * ratio);
        if (tonnes < 1e-9) continue;
        g->claimed[project][best] += tonnes;
        g->covered[project] += tonnes / ratio;
    }
}

static void check_greedy(made_book *m)
{
    for (size_t i = 0; i < 2; i++)
        if (strcmp(m->rule[i].unmet, "flag") != 0) return;
    size_t order[PROJECTS_MAX];
    greedy g = {0};
    book_made b = open_book(m, 1);
    sort_projects(m, order);
    for (size_t i = 0; i < m->projects; i++) serve_greedily(m, order[i], &g);
    for (size_t row = 0; row < ltn_table_rows(b.claims); row++)
        if (is_claim(&b, row))
            g.claimed[number_of(text_at(b.claims, row, "project"))]
                     [number_of(text_at(b.claims, row, "credit_source"))] -= number_at(b.claims, row, "claimed_t");
    for (size_t i = 0; i < m->projects; i++) {
        assert_int_equal(number_of(text_at(b.projects, i, "project")), order[i]);
        for (size_t s = 0; s < m->sources; s++)
            if (fabs(g.claimed[i][s]) > 1e-8) fail_msg("P%zu and S%zu: %g t apart", i, s, g.claimed[i][s]);
    }
    book_free(&b);
}

static void earliest_is_the_greedy(void **state)
{
    (void)state;
    with_books(&(kind_of_book){.order = "earliest", .sources = SOURCES_MAX, .projects = PROJECTS_MAX}, check_greedy);
    with_books(&(kind_of_book){.order = "earliest", .uniform = true, .sources = SOURCES_MAX, .projects = PROJECTS_MAX},
               check_greedy);
}

/* ---- the greatest cover, by augmenting paths ---- */

enum { NODES = SOURCES_MAX + PROJECTS_MAX + 2, SOURCE = NODES - 2, SINK = NODES - 1 };

static double augment(double room[NODES][NODES], int node, double flow, bool seen[NODES])
{
    if (node == SINK) return flow;
    seen[node] = true;
    for (int next = 0; next < NODES; next++) {
        if (seen[next] || !(room[node][next] > 1e-10)) continue;
        double got = augment(room, next, fmin(flow, room[node][next]), seen);
        if (!(got > 0)) continue;
        room[node][next] -= got;
        room[next][node] += got;
        return got;
    }
    return 0;
}

/* Owed tonnes that can be paid: falls do not change after a measure has begun, so that a claim takes its tonnes for good
 * and time is in the pairs alone (Ford and Fulkerson 1956). */
static double greatest_flow(const made_book *m)
{
    static double room[NODES][NODES];
    double total = 0;
    memset(room, 0, sizeof room);
    for (size_t s = 0; s < m->sources; s++) room[SOURCE][s] = fall(m, s, LAST);
    for (size_t p = 0; p < m->projects; p++) {
        room[SOURCES_MAX + p][SINK] = m->project[p].tonnes * m->rule[m->project[p].rule].ratio;
        for (size_t s = 0; s < m->sources; s++)
            if (may_pay(m, s, &m->project[p])) room[s][SOURCES_MAX + p] = HUGE_VAL;
    }
    for (;;) {
        bool seen[NODES] = {false};
        double got = augment(room, SOURCE, HUGE_VAL, seen);
        if (!(got > 0)) return total;
        total += got;
    }
}

static double total_claimed(const book_made *b)
{
    double total = 0;
    for (size_t row = 0; row < ltn_table_rows(b->projects); row++) total += number_at(b->projects, row, "claimed_t");
    return total;
}

/* cheapest reaches the bound; the others do not go beyond it, and say how far below it they are. */
static void check_cover(made_book *m)
{
    book_made b = open_book(m, 1);
    double most = greatest_flow(m), claimed = total_claimed(&b), said = 0;
    bool all_cheapest = strcmp(m->rule[0].order, "cheapest") == 0;
    if (claimed > most + 1e-7) fail_msg("%g t are claimed of %g", claimed, most);
    if (all_cheapest && claimed < most - 1e-7) fail_msg("%g t are claimed and %g could be", claimed, most);
    size_t notes = book_notes(&b, "offset_order_limits", NULL, &said);
    if (all_cheapest && notes) fail_msg("cheapest says that it could cover more");
    if (!all_cheapest && most > claimed + 1e-3) {
        assert_int_equal(notes, 1);
        assert_close(said, (most - claimed) / m->rule[0].ratio, 1e-6, 1e-6);
    } else if (!all_cheapest && most < claimed + 1e-9)
        assert_int_equal(notes, 0);
    book_free(&b);
}

static void cheapest_covers_the_most(void **state)
{
    (void)state;
    with_books(&(kind_of_book){.order = "cheapest", .uniform = true, .sources = SOURCES_MAX, .projects = PROJECTS_MAX},
               check_cover);
    with_books(&(kind_of_book){.order = "earliest", .uniform = true, .sources = SOURCES_MAX, .projects = PROJECTS_MAX},
               check_cover);
    with_books(
        &(kind_of_book){
            .order = "cheapest", .whole = true, .sources = SOURCES_MAX, .projects = PROJECTS_MAX, .tonnes = 6},
        check_cover);
}

/* ---- the least cost, by trying everything ---- */

typedef struct search {
    const made_book *m;
    double owes[PROJECTS_MAX], has[SOURCES_MAX], most, least;
} search;

static void try_pairs(search *t, size_t pair, double claimed, double cost)
{
    const made_book *m = t->m;
    if (pair == m->projects * m->sources) {
        if (claimed > t->most || (claimed == t->most && cost < t->least)) t->most = claimed, t->least = cost;
        return;
    }
    size_t p = pair / m->sources, s = pair % m->sources;
    double room = may_pay(m, s, &m->project[p]) ? fmin(t->owes[p], t->has[s]) : 0;
    for (double x = 0; x <= room; x++) {
        t->owes[p] -= x, t->has[s] -= x;
        try_pairs(t, pair + 1, claimed + x, cost + x * m->measure[m->source[s].measure].cost);
        t->owes[p] += x, t->has[s] += x;
    }
}

static void check_cost(made_book *m)
{
    search t = {.m = m, .most = -1};
    double cost = 0;
    book_made b = open_book(m, 1);
    for (size_t p = 0; p < m->projects; p++) t.owes[p] = m->project[p].tonnes;
    for (size_t s = 0; s < m->sources; s++) t.has[s] = fall(m, s, LAST);
    try_pairs(&t, 0, 0, 0);
    for (size_t row = 0; row < ltn_table_rows(b.claims); row++)
        if (is_claim(&b, row))
            cost += number_at(b.claims, row, "claimed_t") *
                    m->measure[m->source[number_of(text_at(b.claims, row, "credit_source"))].measure].cost;
    if (fabs(total_claimed(&b) - t.most) > 1e-8 || fabs(cost - t.least) > 1e-7)
        fail_msg("%g t at %g; the best is %g at %g", total_claimed(&b), cost, t.most, t.least);
    book_free(&b);
}

static void cheapest_costs_the_least(void **state)
{
    (void)state;
    with_books(&(kind_of_book){.order = "cheapest", .whole = true, .sources = 4, .projects = 2, .tonnes = 4},
               check_cost);
    with_books(&(kind_of_book){.order = "cheapest", .whole = true, .sources = 3, .projects = 3, .tonnes = 3},
               check_cost);
}

/* ---- silence, and several at once ---- */

static off_t size_of(int fd)
{
    struct stat s;
    assert_int_equal(fstat(fd, &s), 0);
    return s.st_size;
}

static void solving_prints_nothing(void **state)
{
    (void)state;
    made_book m;
    book_made b;
    make_book(
        7, &(kind_of_book){.order = "cheapest", .uniform = true, .sources = SOURCES_MAX, .projects = PROJECTS_MAX}, &m);
    book_inputs(&(book_case){REGIONS, m.csv.data, m.yaml.data}, &b);
    int file = open(temporary_path("printed"), O_RDWR | O_CREAT | O_TRUNC, 0600), out = dup(1), err = dup(2);
    assert_true(file >= 0 && out >= 0 && err >= 0);
    fflush(NULL);
    dup2(file, 1);
    dup2(file, 2);
    ltn_status status = book_create(&b);
    fflush(NULL);
    dup2(out, 1);
    dup2(err, 2);
    off_t printed = size_of(file);
    close(file);
    close(out);
    close(err);
    assert_ok(status);
    assert_int_equal(printed, 0);
    book_free(&b);
    unmake_book(&m);
}

static void *make_one(void *context)
{
    book_made *b = context;
    ltn_offset_book *book = NULL;
    ltn_table *claims = NULL;
    for (int i = 0; i < 5; i++) {
        ltn_table_free(claims);
        ltn_offset_book_free(book);
        if (ltn_offset_book_create(b->p.run, NULL, &book) || ltn_offset_book_claims(book, &claims)) return NULL;
    }
    ltn_offset_book_free(book);
    return claims;
}

static void threads_solve_at_once(void **state)
{
    (void)state;
    enum { THREADS = 6 };
    made_book m;
    pthread_t threads[THREADS];
    make_book(
        9, &(kind_of_book){.order = "cheapest", .uniform = true, .sources = SOURCES_MAX, .projects = PROJECTS_MAX}, &m);
    book_made b = open_book(&m, 2);
    for (int i = 0; i < THREADS; i++) assert_int_equal(pthread_create(&threads[i], NULL, make_one, &b), 0);
    for (int i = 0; i < THREADS; i++) {
        void *claims = NULL;
        assert_int_equal(pthread_join(threads[i], &claims), 0);
        assert_non_null(claims);
        assert_same_tables(claims, b.claims);
        ltn_table_free(claims);
    }
    book_free(&b);
    unmake_book(&m);
}

/* ---- many ---- */

/* 1000 credits and 100 projects of two cities, 60 000 pairs: seconds, not minutes. */
static void a_large_book_takes_seconds(void **state)
{
    (void)state;
    int sources = is_slow() ? 50 : 1000, projects = is_slow() ? 10 : 100;
    uint64_t s = 5;
    text_buffer csv = {0}, yaml = {0};
    text_add(&csv, "source,region,sector,pollutant,emission_t\n");
    for (int i = 0; i < sources; i++)
        text_add(&csv, "S%04d,%s,m%d,VOC,%.9g\n", i, region_names[below(&s, REGION_COUNT)], i % 50, between(&s, 0, 60));
    text_add(&yaml, "scenario: large\nbase_year: 2015\nyears: [2015, 2020]\nmeasures:\n");
    for (int i = 0; i < 50; i++)
        text_add(
            &yaml,
            "  - {id: m%d, where: {sector: m%d}, retire: {share: %.9g}, phase: {2015: 0, %d: 1}, cost: {annual: %.9g "
            "yuan/t}}\n",
            i, i, between(&s, 0.1, 1), 2016 + below(&s, 5), between(&s, 0, 9e4));
    for (int i = 0; i < projects; i++)
        text_add(&yaml,
                 "  - {id: n%d, add: {source: P%d, region: %s, sector: works, from: %d, emissions: {VOC: %.9g t/yr}}, "
                 "offset: {pollutant: VOC, rule: r}}\n",
                 i, i, region_names[below(&s, REGION_COUNT)], 2016 + below(&s, 5), between(&s, 1, 150));
    text_add(&yaml, "offset_rules:\n  r: {ratio: [{place: county, ratio: 1.5}, {ratio: 2}], within: [county, city], "
                    "order: cheapest}\n");
    struct timespec start, end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    book_made b = book_of(&(book_case){REGIONS, csv.data, yaml.data});
    clock_gettime(CLOCK_MONOTONIC, &end);
    double seconds = (double)(end.tv_sec - start.tv_sec) + 1e-9 * (double)(end.tv_nsec - start.tv_nsec);
    if (getenv("LANTIAN_SHOW"))
        print_message("%zu claims, %.12g t, %.2f s\n", ltn_table_rows(b.claims), total_claimed(&b), seconds);
    for (size_t row = 0; row < ltn_table_rows(b.claims); row++)
        if (is_claim(&b, row)) assert_true(number_at(b.claims, row, "claimed_t") > 1e-6); /* no crumbs */
    book_free(&b);
    free(csv.data);
    free(yaml.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(one_pair_is_as_by_hand, tell_seed),
        cmocka_unit_test_teardown(small_programs_are_the_best_of_all, tell_seed),
        cmocka_unit_test_teardown(an_empty_program_is_solved, tell_seed),
        cmocka_unit_test_teardown(bounds_of_columns_are_kept, tell_seed),
        cmocka_unit_test_teardown(books_add_up, tell_seed),
        cmocka_unit_test_teardown(threads_change_nothing, tell_seed),
        cmocka_unit_test_teardown(the_order_of_the_rows_changes_nothing, tell_seed),
        cmocka_unit_test_teardown(books_are_carried_on, tell_seed),
        cmocka_unit_test_teardown(earliest_is_the_greedy, tell_seed),
        cmocka_unit_test_teardown(cheapest_covers_the_most, tell_seed),
        cmocka_unit_test_teardown(cheapest_costs_the_least, tell_seed),
        cmocka_unit_test_teardown(solving_prints_nothing, tell_seed),
        cmocka_unit_test_teardown(threads_solve_at_once, tell_seed),
        cmocka_unit_test_teardown(a_large_book_takes_seconds, tell_seed),
    };
    obey_test_filter();
    return cmocka_run_group_tests_name("offset_properties", tests, NULL, remove_temporary_folder);
}
