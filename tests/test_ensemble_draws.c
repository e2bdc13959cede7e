/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every draw of an ensemble is a projection: inventories and scenarios made from random numbers, with distributions
 * wherever the language lets them stand, are drawn; then the values of some draws are written into the same files as
 * plain numbers, those files are projected, and each source's emissions of each year must be the draw's.
 *
 * What is drawn for each source is written as a measure of its own for each source, in the place of the one.
 *
 * A failure names the seed; LANTIAN_SEED=<seed> makes that pair alone, and LANTIAN_SHOW=1 prints its files. */
#include "assess/drawer.h"
#include "plan.h"
#include "projection/projection.h"

enum {
    PAIRS = 100,
    PAIRS_SLOW = 3,
    PACKETS = 10,
    DRAWS = 70,
    FIRST = 2015,
    POLLUTANTS = 4,
    ROWS_MAX = 400,
    NUMBERS_MAX = 48
};

static const char *const pollutants[POLLUTANTS] = {"SO2", "NOx", "VOC", "CO"};

/* ---- chance ---- */

typedef struct chance {
    uint64_t state;
} chance;

static double between(chance *c, double low, double high)
{
    return random_uniform(&c->state, low, high);
}

static size_t below(chance *c, size_t count)
{
    return (size_t)(random_bits(&c->state) % count);
}

static bool likely(chance *c, double probability)
{
    return between(c, 0, 1) < probability;
}

static double magnitude(chance *c, double low, double high)
{
    return pow(10, between(c, low, high));
}

/* ---- what is made ---- */

/* A number that may be random: `law` is how it is written, `fallback` what it is where nothing hangs on it. */
typedef struct number {
    char what[48], law[160], unit[16];
    double factor, fallback; /* the constant is written as value · factor and the unit */
    bool per_source, of_derived;
    const char *stage; /* of a derived row's id; or NULL */
} number;

/* A measure; in `body` the bytes 1, n stand for its number n. */
typedef struct made_measure {
    text_buffer where, body;
    number numbers[NUMBERS_MAX];
    size_t count;
    bool split; /* some number is drawn for each source */
    const char *pollutant;
} made_measure;

typedef struct made_row {
    size_t source;
    char lead[160], pollutant[8], unit[16], factor_unit[16], uncertain[64];
    double activity, factor, removal, emission; /* NaN: blank */
} made_row;

enum { MEASURES_MAX = 8 };

typedef struct made {
    made_row rows[ROWS_MAX];
    size_t row_count, source_count;
    made_measure measures[MEASURES_MAX];
    size_t measure_count;
    text_buffer uncertainty;
    int last_year;
} made;

/* ---- inventories ---- */

static const struct {
    const char *name, *fuel, *units[2], *factors[2];
} sectors[] = {
    {"combustion.power", "coal", {"t", "kg"}, {"g/kg", "kg/t"}},
    {"combustion.boiler", "coal", {"t", "kg"}, {"kg/t", "g/kg"}},
    {"process.kiln", "coal", {"t", "t"}, {"kg/t", "g/kg"}},
    {"process.kiln", "wood", {"t", "t"}, {"kg/t", "g/kg"}},
    {"mobile.truck", "diesel", {"km", "km"}, {"g/km", "kg/km"}},
    {"mobile.bus", "diesel", {"vehicle", "vehicle"}, {"g/vehicle", "kg/vehicle"}},
};

static void add_source(chance *c, made *m)
{
    static const char *const stages[] = {"", "III", "IV", "V"};
    size_t s = below(c, COUNT(sectors)), at = m->source_count++;
    bool has_activity = likely(c, 0.85);
    double activity = magnitude(c, 0, 5), activity_cv = likely(c, 0.4) ? between(c, 0.05, 0.8) : 0;
    char lead[160];
    snprintf(lead, sizeof lead, "S%zu,r%zu,%s,%s,%s", at, below(c, 3), sectors[s].name, sectors[s].fuel,
             stages[below(c, COUNT(stages))]);
    const char *unit = sectors[s].units[below(c, 2)];
    for (size_t k = 0; k < POLLUTANTS; k++) {
        if (k && !likely(c, 0.6)) continue;
        made_row *r = &m->rows[m->row_count++];
        bool calculated = has_activity && likely(c, 0.8);
        *r = (made_row){.source = at, .activity = has_activity ? activity : NAN, .factor = NAN, .emission = NAN};
        snprintf(r->lead, sizeof r->lead, "%s", lead);
        snprintf(r->pollutant, sizeof r->pollutant, "%s", pollutants[k]);
        snprintf(r->unit, sizeof r->unit, "%s", has_activity ? unit : "");
        if (calculated) r->factor = magnitude(c, -3, 2);
        if (calculated) snprintf(r->factor_unit, sizeof r->factor_unit, "%s", sectors[s].factors[below(c, 2)]);
        r->removal = likely(c, 0.3) ? NAN : likely(c, 0.1) ? 0 : likely(c, 0.05) ? 1 : between(c, 0, 0.95);
        if (!calculated) r->emission = magnitude(c, -2, 4);
        double factor_cv = likely(c, 0.4) ? between(c, 0.05, 0.8) : 0;
        snprintf(r->uncertain, sizeof r->uncertain, "%.3f,%.3f,%s", activity_cv, factor_cv,
                 factor_cv > 0 && likely(c, 0.4) ? (likely(c, 0.5) ? "key1" : "key2") : "");
    }
}

/* ---- numbers ---- */

static number *new_number(chance *c, made_measure *w, const char *what, const char *unit, double factor, bool may_split)
{
    assert_true(w->count < NUMBERS_MAX);
    number *n = &w->numbers[w->count++];
    *n = (number){.factor = factor};
    snprintf(n->what, sizeof n->what, "%s", what);
    snprintf(n->unit, sizeof n->unit, "%s", unit);
    n->per_source = may_split && likely(c, 0.25);
    return n;
}

static void stand(made_measure *w)
{
    char token[] = {1, (char)(w->count - 1 + '0'), 0};
    text_add(&w->body, "%s", token);
}

/* A share in [low, high]. */
static void share_in(chance *c, made_measure *w, const char *what, bool may_split, double low, double high)
{
    number *n = new_number(c, w, what, "", 1, may_split);
    double a = between(c, low, high), b = between(c, low, high);
    if (a > b) {
        double t = a;
        a = b;
        b = t;
    }
    b += 1e-3 * (high - b) + 1e-9;
    n->fallback = (a + b) / 2;
    switch (below(c, 5)) {
    case 0:
        snprintf(n->law, sizeof n->law, "triangular: [%.9g, %.9g, %.9g]", a, (a + b) / 2, b);
        break;
    case 1:
        snprintf(n->law, sizeof n->law, "uniform: [%.9g, %.9g]", a, b);
        break;
    case 2:
        snprintf(n->law, sizeof n->law, "beta: {a: 2, b: 3, low: %.9g, high: %.9g}", a, b);
        break;
    case 3:
        snprintf(n->law, sizeof n->law, "truncated_normal: {mean: %.9g, sd: %.9g, low: %.9g, high: %.9g}", a,
                 0.3 * (b - a), a, b);
        break;
    default:
        n->law[0] = '\0';
        n->per_source = false;
    }
    w->split |= n->per_source;
    stand(w);
}

static void share(chance *c, made_measure *w, const char *what, bool may_split)
{
    share_in(c, w, what, may_split, 0, 1);
}

/* A positive amount around a centre. */
static number *amount(chance *c, made_measure *w, const char *what, double centre, const char *unit, bool may_split)
{
    number *n = new_number(c, w, what, unit, 1, may_split);
    n->fallback = centre;
    switch (below(c, 6)) {
    case 0:
        snprintf(n->law, sizeof n->law, "lognormal: {mean: %.9g %s, cv: %.3f}", centre, unit, between(c, 0.05, 1));
        break;
    case 1:
        snprintf(n->law, sizeof n->law, "triangular: [%.9g %s, %.9g %s, %.9g %s]", 0.4 * centre, unit, centre, unit,
                 1.9 * centre, unit);
        break;
    case 2:
        snprintf(n->law, sizeof n->law, "uniform: [%.9g %s, %.9g %s]", 0.4 * centre, unit, 1.9 * centre, unit);
        break;
    case 3:
        snprintf(n->law, sizeof n->law, "lognormal: {ci95: [%.9g %s, %.9g %s]}", 0.4 * centre, unit, 1.9 * centre,
                 unit);
        break;
    case 4:
        snprintf(n->law, sizeof n->law, "normal: {mean: %.9g %s, cv: 0.1}", centre, unit);
        break;
    default:
        n->per_source = false;
    }
    w->split |= n->per_source;
    stand(w);
    return n;
}

/* ---- scenarios ---- */

static const char *const wheres[] = {
    "region: r1",        "region: [r0, r2]",          "sector: combustion", "sector: [mobile, process]",
    "fuel: coal",        "fuel: [coal, wood]",        "stage: [III, IV]",   "id: \"S1*\"",
    "not: {region: r0}", "sector: combustion.boiler",
};

static void anyone(chance *c, made_measure *w)
{
    if (likely(c, 0.8)) text_add(&w->where, "%s", wheres[below(c, COUNT(wheres))]);
}

static void burners(chance *c, made_measure *w)
{
    static const char *const more[] = {"", ", region: [r0, r1]", ", sector: combustion", ", not: {sector: process}"};
    text_add(&w->where, "fuel: coal%s", more[below(c, COUNT(more))]);
}

static void phase(chance *c, made_measure *w)
{
    if (likely(c, 0.6))
        text_add(&w->body, "    phase: {2015: %s, %zu: %.4f, 2030: 1}\n", likely(c, 0.2) ? "0.2" : "0",
                 2016 + below(c, 3), between(c, 0.2, 1));
}

static void factors(chance *c, made_measure *w, const char *unit, const char *stage, bool suffix, bool may_split)
{
    text_add(&w->body, "{");
    for (size_t k = 0; k < POLLUTANTS; k++) {
        char what[48];
        snprintf(what, sizeof what, "factor%s%s:%s", suffix ? ":" : "", suffix ? stage : "", pollutants[k]);
        text_add(&w->body, "%s%s: ", k ? ", " : "", pollutants[k]);
        number *n = amount(c, w, what, magnitude(c, -2, 2), unit, may_split);
        n->of_derived = true;
        n->stage = suffix ? stage : NULL;
    }
    text_add(&w->body, "}");
}

static void add_grow(chance *c, made *m, made_measure *w)
{
    (void)m;
    if (likely(c, 0.4))
        text_add(&w->where, "pollutant: %s", w->pollutant = pollutants[below(c, POLLUTANTS)]);
    else
        anyone(c, w);
    number *n = new_number(c, w, "rate", "%", 100, true);
    double rate = between(c, -8, 12);
    n->fallback = rate / 100;
    if (likely(c, 0.5))
        snprintf(n->law, sizeof n->law, "normal: {mean: %.4f %%, sd: 3 %%}", rate);
    else
        snprintf(n->law, sizeof n->law, "triangular: [%.4f %%, %.4f %%, %.4f %%]", rate - 4, rate, rate + 7);
    w->split |= n->per_source;
    text_add(&w->body, "    grow: {rate: ");
    stand(w);
    text_add(&w->body, "}\n");
}

static void replacement(chance *c, made_measure *w, bool may_split)
{
    text_add(&w->body, "fuel: natural_gas, sector: combustion.gas, ncv_old: ");
    amount(c, w, "ncv_old", 20.9, "MJ/kg", may_split);
    text_add(&w->body, ", efficiency_old: ");
    share_in(c, w, "efficiency_old", may_split, 0.3, 0.7);
    text_add(&w->body, ", ncv_new: ");
    amount(c, w, "ncv_new", 38.9, "MJ/m3", may_split);
    text_add(&w->body, ", efficiency_new: ");
    share_in(c, w, "efficiency_new", may_split, 0.7, 1);
    text_add(&w->body, ", factors: ");
    factors(c, w, "g/m3", NULL, false, may_split);
}

static void add_retire(chance *c, made *m, made_measure *w)
{
    (void)m;
    bool replaces = likely(c, 0.6);
    if (replaces)
        burners(c, w);
    else
        anyone(c, w);
    text_add(&w->body, "    retire: {share: ");
    share(c, w, "share", true);
    if (replaces) text_add(&w->body, ", replace: {");
    if (replaces) replacement(c, w, true);
    text_add(&w->body, "%s}\n", replaces ? "}" : "");
    phase(c, w);
}

static void add_switch(chance *c, made *m, made_measure *w)
{
    (void)m;
    burners(c, w);
    text_add(&w->body, "    switch: {share: ");
    share(c, w, "share", true);
    text_add(&w->body, ", ");
    replacement(c, w, true);
    text_add(&w->body, "}\n");
    phase(c, w);
}

static void add_control(chance *c, made *m, made_measure *w)
{
    static const char *const parts[] = {"capture", "efficiency", "effectiveness", "penetration"};
    (void)m;
    anyone(c, w);
    text_add(&w->body, "    control: {mode: %s", likely(c, 0.5) ? "add" : "replace");
    for (size_t k = 0; k < POLLUTANTS; k++) {
        if (k && !likely(c, 0.5)) continue;
        text_add(&w->body, ", %s: {", pollutants[k]);
        for (size_t i = 0, wrote = 0; i < COUNT(parts); i++) {
            char what[48];
            if (i != 1 && likely(c, 0.3)) continue;
            snprintf(what, sizeof what, "%s:%s", parts[i], pollutants[k]);
            text_add(&w->body, "%s%s: ", wrote++ ? ", " : "", parts[i]);
            share(c, w, what, true);
        }
        text_add(&w->body, "}");
    }
    text_add(&w->body, "}\n");
    phase(c, w);
}

static void add_limit(chance *c, made *m, made_measure *w)
{
    static const char *const gas[] = {"", "flue_gas", "flue_gas_0"};
    static const char *const units[] = {"t/yr", "kg/t", "mg/m3"};
    (void)m;
    size_t kind = below(c, 3), flue = kind == 2 ? 1 + below(c, 2) : 0;
    bool group = likely(c, 0.5);
    burners(c, w);
    text_add(&w->body, "    limit: {");
    if (flue) {
        text_add(&w->body, "%s: ", gas[flue]);
        amount(c, w, "flue_gas", 8.5, "m3/kg", !group);
        text_add(&w->body, ", oxygen: ");
        share_in(c, w, "oxygen", !group, 0.03, 0.18);
        text_add(&w->body, ", ");
    }
    if (group) text_add(&w->body, "over: group, ");
    for (size_t k = 0; k < POLLUTANTS; k++) {
        char what[48];
        double centre = kind == 0 ? magnitude(c, -1, 3) : kind == 1 ? magnitude(c, -2, 1) : magnitude(c, 0, 3);
        snprintf(what, sizeof what, "ceiling:%s", pollutants[k]);
        text_add(&w->body, "%s%s: ", k ? ", " : "", pollutants[k]);
        amount(c, w, what, centre, units[kind], !group);
    }
    text_add(&w->body, "}\n");
    phase(c, w);
}

static void add_cap(chance *c, made *m, made_measure *w)
{
    (void)m;
    size_t kind = below(c, 3);
    text_add(&w->where, "fuel: coal");
    text_add(&w->body, "    cap: {activity: ");
    if (kind == 0) {
        amount(c, w, "activity", magnitude(c, 3, 5.5), "t", false);
    } else {
        number *n = new_number(c, w, "activity", "%", 100, false);
        double low = between(c, 10, 60);
        n->fallback = low / 100;
        snprintf(n->law, sizeof n->law, "uniform: [%.4f %%, %.4f %%]", low, low + between(c, 1, 39));
        stand(w);
    }
    if (kind == 2) {
        text_add(&w->body, ", of: energy, among: {fuel: [coal, wood]}, ncv: {coal: ");
        amount(c, w, "ncv:coal", 20.9, "MJ/kg", false);
        text_add(&w->body, ", wood: ");
        amount(c, w, "ncv:wood", 15.2, "MJ/kg", false);
        text_add(&w->body, "}");
    }
    if (likely(c, 0.6)) text_add(&w->body, ", cut_first: [{sector: combustion.boiler}, {sector: process}]");
    if (likely(c, 0.4)) text_add(&w->body, ", protect: [{sector: combustion.power}]");
    text_add(&w->body, "}\n");
    phase(c, w);
}

static void add_turnover(chance *c, made *m, made_measure *w)
{
    (void)m;
    bool dated = likely(c, 0.5);
    text_add(&w->where, "sector: mobile, stage: [III, IV]");
    text_add(&w->body, "    turnover: {stage: stage, vkt: ");
    number *vkt = amount(c, w, "vkt", magnitude(c, 3, 5), "km/vehicle", false);
    vkt->of_derived = true;
    if (likely(c, 0.7)) {
        text_add(&w->body, ", scrappage: {III: ");
        share_in(c, w, "scrappage:III", true, 0.02, 0.4);
        text_add(&w->body, ", IV: ");
        share_in(c, w, "scrappage:IV", true, 0.02, 0.4);
        text_add(&w->body, "}");
    } else {
        text_add(&w->body, ", retire: {III: {2016: 0, 2018: %.4f}, IV: {2017: 0, 2020: %.4f}}", between(c, 0, 1),
                 between(c, 0, 1));
    }
    text_add(&w->body, ", to: %s, factors: {VI: ", dated ? "{VI: 2015, VII: 2017-07-01}" : "VI");
    factors(c, w, "g/km", "VI", dated, true);
    if (dated) text_add(&w->body, ", VII: ");
    if (dated) factors(c, w, "g/km", "VII", dated, true);
    text_add(&w->body, "}}\n");
}

static void add_new(chance *c, made *m, made_measure *w)
{
    text_add(&w->body,
             "    add: {source: N%zu, region: r%zu, sector: process.kiln, fuel: coal, from: %zu-0%zu-01, emissions: {",
             m->measure_count, below(c, 3), 2016 + below(c, 2), 1 + below(c, 9));
    for (size_t k = 0; k < 2; k++) {
        char what[48];
        snprintf(what, sizeof what, "factor:%s", pollutants[k]);
        text_add(&w->body, "%s%s: ", k ? ", " : "", pollutants[k]);
        amount(c, w, what, magnitude(c, 0, 3), "t/yr", false);
    }
    text_add(&w->body, "}}\n");
}

static void add_ban(chance *c, made *m, made_measure *w)
{
    (void)m;
    anyone(c, w);
    text_add(&w->body, "    ban: {}\n");
    phase(c, w);
}

static void add_measure(chance *c, made *m, size_t kind)
{
    static void (*const kinds[])(chance *, made *, made_measure *) = {
        add_grow, add_retire, add_switch, add_control, add_limit, add_cap, add_turnover, add_new, add_ban};
    made_measure *w = &m->measures[m->measure_count];
    *w = (made_measure){0};
    text_add(&w->where, "%s", "");
    text_add(&w->body, "%s", "");
    kinds[kind % COUNT(kinds)](c, m, w);
    m->measure_count++;
}

static void add_uncertainty(chance *c, made *m)
{
    static const char *const entries[] = {
        "{where: {%s}, activity: {lognormal: {cv: 40 %%}}, shared_by: [sector]}",
        "{where: {%s}, activity: {truncated_normal: {cv: 0.5, low: 0.2, high: 3}}, factor: {lognormal: {cv: 0.6}}}",
        "{where: {%s}, factor: {normal: {cv: 0.15}}, shared_by: [sector, pollutant]}",
        "{where: {%s}, removal: {truncated_normal: {sd: 0.1, low: 0, high: 1}}, shared_by: [region, fuel]}",
        "{where: {%s}, removal: {truncated_normal: {sd: 0.2, low: 0, high: 0.999}}}",
        "{where: {%s}, removal: {beta: {a: 8, b: 2, low: 0, high: 1}}}",
        "{where: {%s}, removal: {uniform: [0.1, 0.9]}, shared_by: [pollutant]}",
        "{where: {fuel: coal}, activity: {lognormal: {mean: 800 t, cv: 0.5}}}",
        "{where: {fuel: wood}, factor: {triangular: [1 kg/t, 2 kg/t, 9 kg/t]}, shared_by: [id]}",
        "{where: {pollutant: NOx}, factor: {lognormal: {cv: 0.3}}, shared_by: [region]}",
    };
    text_buffer line = {0};
    const char *entry = entries[below(c, COUNT(entries))], *hole = strstr(entry, "%s");
    if (hole)
        text_add(&line, "%.*s%s%s", (int)(hole - entry), entry, wheres[below(c, COUNT(wheres))], hole + 2);
    else
        text_add(&line, "%s", entry);
    for (char *twice; (twice = strstr(line.data, "%%"));) memmove(twice, twice + 1, strlen(twice));
    text_add(&m->uncertainty, "  - %s\n", line.data);
    free(line.data);
}

static void make_pair(uint64_t seed, made *m)
{
    chance c = {seed * UINT64_C(0x9E3779B97F4A7C15) + 1};
    for (int i = 0; i < 8; i++) random_bits(&c.state);
    *m = (made){.last_year = 2018 + (int)below(&c, 2)};
    text_add(&m->uncertainty, "%s", "");
    for (size_t i = 0, sources = 1 + below(&c, likely(&c, 0.2) ? 90 : 25); i < sources; i++) add_source(&c, m);
    /* Every action in turn is the first; the others are random. */
    size_t measures = 1 + below(&c, MEASURES_MAX);
    for (size_t i = 0; i < measures; i++) add_measure(&c, m, i ? below(&c, 9) : seed);
    for (size_t i = 0, entries = below(&c, 4); i < entries; i++) add_uncertainty(&c, m);
}

static void drop_measures(made *m)
{
    for (size_t i = 0; i < m->measure_count; i++) free(m->measures[i].where.data), free(m->measures[i].body.data);
    m->measure_count = 0;
}

static void free_made(made *m)
{
    drop_measures(m);
    free(m->uncertainty.data);
}

/* ---- as random numbers ---- */

static const char head[] =
    "source,region,sector,fuel,stage,pollutant,activity,activity_unit,factor,factor_unit,removal,"
    "emission_t";

static void write_number(text_buffer *csv, double value)
{
    if (isnan(value))
        text_add(csv, ",");
    else
        text_add(csv, "%.17g,", value);
}

static void write_row(text_buffer *csv, const made_row *r, double activity, double factor, double removal,
                      double emission)
{
    text_add(csv, "%s,%s,", r->lead, r->pollutant);
    write_number(csv, activity);
    text_add(csv, "%s,", r->unit);
    write_number(csv, factor);
    text_add(csv, "%s,", r->factor_unit);
    write_number(csv, removal);
    if (!isnan(emission)) text_add(csv, "%.17g", emission);
}

static void write_head(const made *m, text_buffer *yaml)
{
    text_add(yaml, "scenario: generated\nbase_year: 2015\nyears: [2015, %d]\nbaseline: generated\nmeasures:\n",
             m->last_year);
}

static void write_measure(const made_measure *w, text_buffer *yaml, void (*put)(void *, const number *, text_buffer *),
                          void *context)
{
    for (const char *p = w->body.data; *p; p++) {
        if (*p == 1)
            put(context, &w->numbers[*++p - '0'], yaml);
        else
            text_add_bytes(yaml, p, 1);
    }
}

static void put_law(void *context, const number *n, text_buffer *yaml)
{
    (void)context;
    if (!*n->law)
        text_add(yaml, "%.17g %s", n->fallback * n->factor, n->unit);
    else
        text_add(yaml, "{%s%s}", n->law, n->per_source ? ", per: source" : "");
}

static void write_random(const made *m, text_buffer *csv, text_buffer *yaml)
{
    text_add(csv, "# base_year: 2015\n# baseline: generated\n%s,activity_cv,factor_cv,factor_key\n", head);
    for (size_t i = 0; i < m->row_count; i++) {
        const made_row *r = &m->rows[i];
        write_row(csv, r, r->activity, r->factor, r->removal, r->emission);
        text_add(csv, ",%s\n", r->uncertain);
    }
    write_head(m, yaml);
    for (size_t i = 0; i < m->measure_count; i++) {
        const made_measure *w = &m->measures[i];
        text_add(yaml, "  - id: m%zu\n", i);
        if (w->where.size) text_add(yaml, "    where: {%s}\n", w->where.data);
        write_measure(w, yaml, put_law, NULL);
    }
    if (m->uncertainty.size) text_add(yaml, "uncertainty:\n%s", m->uncertainty.data);
}

/* ---- as the numbers of a draw ---- */

typedef struct pair {
    made m;
    plan p;
    ltn_ensemble *ensemble;
    ltn_drawer *drawer;
    const char *packets; /* SMOKE's, in place of measures; or NULL */
    size_t draw;
    size_t found; /* numbers whose draw was looked up */
} pair;

static double drawn(const pair *x, int32_t input)
{
    double value;
    ltn_drawer_draw(x->drawer, 0, input, x->draw, 1, &value);
    return value;
}

static double multiplier(const pair *x, const int32_t *inputs, size_t at)
{
    return inputs && inputs[at] >= 0 ? drawn(x, inputs[at]) : 1;
}

/* What a base of the means becomes in the draw. */
static void write_drawn_rows(const pair *x, text_buffer *csv)
{
    const ltn_program *p = &x->p.run->program;
    const ltn_inputs *in = &p->inputs;
    const ltn_table *rows = ltn_inventory_emissions(p->base), *sources = ltn_inventory_sources(p->base);
    text_add(csv, "# base_year: 2015\n# baseline: generated\n%s\n", head);
    for (size_t i = 0; i < x->m.row_count; i++) {
        const made_row *r = &x->m.rows[i];
        double by = multiplier(x, in->activity, r->source), factor_by = multiplier(x, in->factor, i),
               removal = number_at(rows, i, "removal"), left = 1;
        assert_string_equal(text_at(rows, i, "pollutant"), r->pollutant); /* rows stand in the file's order */
        if (in->removal && in->removal[i] >= 0) {
            double now = drawn(x, in->removal[i]);
            left = (1 - now) / (1 - (isnan(removal) ? 0 : removal));
            removal = now;
        }
        double emission = number_at(rows, i, "emission_t") * by * factor_by * left;
        write_row(csv, r, number_at(sources, r->source, "activity") * by, number_at(rows, i, "factor") * factor_by,
                  removal, isnan(r->factor) ? emission : NAN);
        text_add(csv, "\n");
    }
}

typedef struct place {
    pair *x;
    size_t measure;
    int32_t source; /* -1: the measure is one */
} place;

/* The value of a stream that a measure's number is drawn from. */
static double value_of(pair *x, const char *stream, double fallback)
{
    const ltn_inputs *in = &x->p.run->program.inputs;
    uint64_t wanted = ltn_stream(stream);
    for (size_t i = 0; i < in->count; i++) {
        if (in->items[i].stream != wanted) continue;
        const ltn_law *law = &in->laws[in->items[i].law];
        x->found++;
        return drawn(x, (int32_t)i) * (law->relative ? law->mean : 1);
    }
    return fallback;
}

static void put_drawn(void *context, const number *n, text_buffer *yaml)
{
    const place *at = context;
    char stream[256], source[160] = "";
    const char *id = at->source < 0 ? NULL : ltn_program_source_id(&at->x->p.run->program, at->source);
    if (n->per_source && n->of_derived)
        snprintf(source, sizeof source, ":%s~m%zu%s%s", id, at->measure, n->stage ? "~" : "", n->stage ? n->stage : "");
    else if (n->per_source)
        snprintf(source, sizeof source, ":%s", id);
    snprintf(stream, sizeof stream, "measure:m%zu:%s%s", at->measure, n->what, source);
    double value = *n->law ? value_of(at->x, stream, n->fallback) : n->fallback;
    text_add(yaml, "%.17g %s", value * n->factor, n->unit);
}

/* Ids of derived sources say which measure made them: m3_12 where m3 is one measure a source, for source 12. */
static void constant_id(const pair *x, int32_t source, char *out, size_t size)
{
    const ltn_program *p = &x->p.run->program;
    const char *id = ltn_program_source_id(p, source);
    int32_t origin = (size_t)source < p->base_sources ? -1 : p->origin[source - (int32_t)p->base_sources];
    if (origin < 0) {
        snprintf(out, size, "%s", id);
        return;
    }
    char before[160];
    size_t measure;
    const char *rest = id + strlen(ltn_program_source_id(p, origin)) + 2; /* ~m */
    constant_id(x, origin, before, sizeof before);
    measure = strtoul(rest, (char **)&rest, 10);
    if (x->m.measures[measure].split)
        snprintf(out, size, "%s~m%zu_%d%s", before, measure, origin, rest);
    else
        snprintf(out, size, "%s~m%zu%s", before, measure, rest);
}

static void write_one(pair *x, size_t measure, int32_t source, text_buffer *yaml)
{
    const made_measure *w = &x->m.measures[measure];
    place at = {x, measure, source};
    char id[200];
    if (source < 0) {
        text_add(yaml, "  - id: m%zu\n", measure);
        if (w->where.size) text_add(yaml, "    where: {%s}\n", w->where.data);
    } else {
        constant_id(x, source, id, sizeof id);
        text_add(yaml, "  - id: m%zu_%d\n    where: {id: \"%s\"%s%s}\n", measure, source, id,
                 w->pollutant ? ", pollutant: " : "", w->pollutant ? w->pollutant : "");
    }
    write_measure(w, yaml, put_drawn, &at);
}

static void write_drawn(pair *x, text_buffer *yaml)
{
    const ltn_program *p = &x->p.run->program;
    write_head(&x->m, yaml);
    for (size_t i = 0; i < x->m.measure_count; i++) {
        const ltn_step *step = &p->steps[i];
        if (!x->m.measures[i].split || !(step->source_count + step->row_count)) {
            write_one(x, i, -1, yaml);
            continue;
        }
        for (size_t s = 0; s < step->source_count; s++) write_one(x, i, step->sources[s], yaml);
        for (size_t r = 0, source = 0, last = SIZE_MAX; r < step->row_count; r++) {
            source = (size_t)ltn_program_source_of_row(p, step->rows[r], (int32_t)source);
            if (source != last) write_one(x, i, (int32_t)source, yaml);
            last = source;
        }
    }
}

/* ---- comparing ---- */

typedef struct keyed {
    char key[200];
    double value;
} keyed;

static int by_key(const void *a, const void *b)
{
    return strcmp(((const keyed *)a)->key, ((const keyed *)b)->key);
}

/* year, source, pollutant; the _12 of m3_12 taken out. */
static void name_sum(const ltn_table *t, size_t row, keyed *out)
{
    char *to = out->key + snprintf(out->key, sizeof out->key, "%.0f ", number_at(t, row, "year"));
    for (const char *from = text_at(t, row, "source"); *from;) {
        if (*from == '_')
            for (from++; *from >= '0' && *from <= '9'; from++) continue;
        else
            *to++ = *from++;
    }
    snprintf(to, 10, " %s", text_at(t, row, "pollutant"));
}

static keyed *sums_of(const ltn_table *t, const ltn_ensemble *e, size_t draw)
{
    size_t count = ltn_table_rows(t);
    keyed *sums = malloc((count + 1) * sizeof *sums);
    assert_non_null(sums);
    for (size_t i = 0; i < count; i++) {
        name_sum(t, i, &sums[i]);
        sums[i].value = e ? ltn_ensemble_draws(e, i)[draw] : number_at(t, i, "emission_t");
    }
    qsort(sums, count, sizeof *sums, by_key);
    return sums;
}

/* 1e-9 of the largest that the source emits in any year, and the last digits of the largest sum there is: what a cap
 * leaves of a source is a difference. */
static double tolerance_of(const keyed *all, size_t count, const char *key)
{
    double own = 0, any = 0;
    for (size_t i = 0; i < count; i++) {
        any = fmax(any, all[i].value);
        if (strcmp(strchr(all[i].key, ' '), strchr(key, ' ')) == 0) own = fmax(own, all[i].value);
    }
    return 1e-9 * own + 1e-13 * any;
}

static void compare(const pair *x, const ltn_table *groups, const plan *constant)
{
    ltn_table *table = NULL;
    assert_ok(ltn_projection_summarise(constant->run, LTN_BY_YEAR | LTN_BY_SOURCE | LTN_BY_POLLUTANT, &table));
    size_t count = ltn_table_rows(table), others = ltn_table_rows(groups);
    keyed *expected = sums_of(table, NULL, 0), *got = sums_of(groups, x->ensemble, x->draw);
    assert_int_equal(count, others);
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(got[i].key, expected[i].key);
        double difference = fabs(got[i].value - expected[i].value);
        if (difference <= 1e-9 * expected[i].value) continue;
        if (!(difference <= tolerance_of(expected, count, expected[i].key)))
            fail_msg("draw %zu, %s: %.17g, projected %.17g", x->draw, got[i].key, got[i].value, expected[i].value);
    }
    free(expected), free(got);
    ltn_table_free(table);
}

static plan plan_in(const pair *x, const char *csv, const char *yaml)
{
    if (!x->packets) return plan_of(csv, yaml);
    plan p = {inventory_of(csv), NULL, NULL};
    assert_ok(ltn_scenario_read_packets(write_file("packets.txt", x->packets), NULL, NULL, &p.scenario));
    assert_ok(ltn_projection_run(p.base, p.scenario, NULL, &p.run));
    return p;
}

static void check_draw(pair *x, const ltn_table *groups, size_t draw)
{
    text_buffer csv = {0}, yaml = {0};
    x->draw = draw;
    write_drawn_rows(x, &csv);
    write_drawn(x, &yaml);
    if (getenv("LANTIAN_SHOW")) printf("%s\n%s\n", csv.data, yaml.data);
    plan constant = plan_in(x, csv.data, yaml.data);
    assert_int_equal(ltn_projection_inputs(constant.run), 0);
    compare(x, groups, &constant);
    plan_free(&constant);
    free(csv.data), free(yaml.data);
}

/* ---- pairs ---- */

static size_t inputs_met, numbers_found, rows_changed;

static void check_pair(uint64_t seed, const char *packets)
{
    static const ltn_design_kind kinds[] = {LTN_DESIGN_RANDOM, LTN_DESIGN_LATIN, LTN_DESIGN_SOBOL};
    static const size_t draws[] = {0, 37, DRAWS - 1};
    static pair x;
    x = (pair){.packets = packets};
    make_pair(seed, &x.m);
    if (packets) drop_measures(&x.m);
    text_buffer csv = {0}, yaml = {0};
    write_random(&x.m, &csv, &yaml);
    if (getenv("LANTIAN_SHOW")) printf("%s\n%s\n", csv.data, yaml.data);
    x.p = plan_in(&x, csv.data, yaml.data);
    ltn_ensemble_options options;
    ltn_grouping grouping;
    ltn_table *groups = NULL;
    ltn_ensemble_options_init(&options);
    ltn_grouping_init(&grouping, LTN_BY_YEAR | LTN_BY_SOURCE | LTN_BY_POLLUTANT);
    options.draws = DRAWS;
    options.seed = seed;
    options.sampling = (int)(seed % 3);
    options.grouping = &grouping;
    assert_ok(ltn_ensemble_run(x.p.run, &options, &x.ensemble));
    assert_ok(ltn_ensemble_summary(x.ensemble, NULL, 0, &groups));
    assert_ok(ltn_drawer_create(&x.p.run->program, seed, DRAWS, kinds[seed % 3], options.designed, &x.drawer));
    inputs_met += ltn_projection_inputs(x.p.run);
    for (size_t i = 0; i < COUNT(draws); i++) check_draw(&x, groups, draws[i]);
    for (size_t i = 0; i < x.p.run->program.base_rows; i++)
        rows_changed += ltn_projection_emissions(x.p.run, 2018)[i] != ltn_projection_emissions(x.p.run, FIRST)[i];
    numbers_found += x.found;
    ltn_table_free(groups);
    ltn_drawer_free(x.drawer);
    ltn_ensemble_free(x.ensemble);
    plan_free(&x.p);
    free_made(&x.m);
    free(csv.data), free(yaml.data);
}

static uint64_t seed_at_hand;

static void test_draws_are_projections(void **state)
{
    (void)state;
    const char *only = getenv("LANTIAN_SEED");
    uint64_t first = only ? strtoull(only, NULL, 10) : 1, count = only ? 1 : is_slow() ? PAIRS_SLOW : PAIRS;
    for (seed_at_hand = first; seed_at_hand < first + count; seed_at_hand++) check_pair(seed_at_hand, NULL);
    seed_at_hand = 0;
    print_message("%zu inputs, %zu numbers of measures\n", inputs_met, numbers_found);
    assert_true(only || numbers_found > count); /* the streams are called what this test calls them */
}

/* Growth of one pollutant, a control in place of what is there and one in series, a ceiling a day. */
static void test_packets_in_draws(void **state)
{
    (void)state;
    static const char text[] = "/PROJECTION 2015 2018/\n0 0 1.2 SO2\n0 0 0.9 NOx\n/END/\n"
                               "/CONTROL/\n0 0 SO2 0 50 100 100 2011 0 Y R\n0 0 NOx 0 40 100 100 0 0 Y A\n/END/\n"
                               "/ALLOWABLE/\n0 0 CO 0 1 0 0\n/END/\n";
    rows_changed = 0;
    for (seed_at_hand = 1; seed_at_hand <= PACKETS; seed_at_hand++) check_pair(seed_at_hand, text);
    seed_at_hand = 0;
    assert_true(rows_changed > 10 * PACKETS);
}

static int tell_seed(void **state)
{
    (void)state;
    if (seed_at_hand) print_error("the pair of LANTIAN_SEED=%llu\n", (unsigned long long)seed_at_hand);
    return 0;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {cmocka_unit_test_teardown(test_draws_are_projections, tell_seed),
                                              cmocka_unit_test_teardown(test_packets_in_draws, tell_seed)};
    return cmocka_run_group_tests_name("ensemble_draws", tests, NULL, remove_temporary_folder);
}
