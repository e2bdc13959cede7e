/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Matching follows the source matching hierarchy of the SMOKE user's guide (section "Cntlmat"), the arithmetic its
 * application logic. Both are docs/formats.md's, with what is told otherwise there. */
#include "projection/packets.h"

#include "base/text.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the arithmetic ---- */

static const double tonnes_per_short_ton = 0.90718474; /* exact: 2000 lb of 0.45359237 kg */

double ltn_packet_per_day(int year)
{
    return tonnes_per_short_ton * (337 + ltn_days_in_month(year, 2));
}

/* What is left where a control takes the place of the inventory's: (1 − r)/(1 − R), and no more than there is. */
static double replaced(double removal, double inventory)
{
    return removal > inventory ? (1 - removal) / (1 - inventory) : 1;
}

/* F·((1 − n)·existing + n·new) */
static double after_mact(const ltn_packet_row *row, const ltn_packet_emission *e)
{
    double n = row->mact.new_share;
    return e->factor *
           ((1 - n) * replaced(row->mact.existing, e->removal) + n * replaced(row->mact.new_sources, e->removal));
}

/* A(dd): F·(1 − r). R(eplace): (1 − r)/(1 − R) in place of F, where it is stricter than the inventory's; else 1. */
static double after_control(const ltn_packet_row *row, const ltn_packet_options *options, const ltn_packet_emission *e,
                            size_t *weaker)
{
    double left = 1 - row->control.removal;
    if (!row->control.replaces) return e->factor * left;
    if (options->replace_always) return e->removal < 1 ? left / (1 - e->removal) : 0;
    *weaker += !(row->control.removal > e->removal);
    return replaced(row->control.removal, e->removal);
}

/* E > cutoff: ·CTG; still E > cutoff: ·MACT, or ·RACT, or down to the cutoff. */
static double after_ctg(const ltn_packet_row *row, const ltn_packet_emission *e)
{
    double cutoff = row->ctg.cutoff * e->per_day, emission = e->base * e->factor;
    if (!(emission > cutoff)) return e->factor;
    double factor = e->factor * row->ctg.factor;
    emission *= row->ctg.factor;
    if (!(emission > cutoff)) return factor;
    double second = !isnan(row->ctg.mact) ? row->ctg.mact : !isnan(row->ctg.ract) ? row->ctg.ract : cutoff / emission;
    return factor * second;
}

/* E0, the inventory's, above the cap: ·replacement/E0 or ·cap/E0; without a cap the replacement is one. */
static double after_allowable(const ltn_packet_row *row, const ltn_packet_emission *e)
{
    double most = isnan(row->allowable.cap) ? row->allowable.replacement : row->allowable.cap;
    double becomes = isnan(row->allowable.replacement) ? most : row->allowable.replacement;
    return e->base > most * e->per_day ? e->factor * (becomes * e->per_day / e->base) : e->factor;
}

double ltn_packet_factor(const ltn_packet *packet, const ltn_packet_row *row, const ltn_packet_options *options,
                         const ltn_packet_emission *emission, size_t *weaker)
{
    switch (packet->kind) {
    case LTN_PACKET_MACT:
        return after_mact(row, emission);
    case LTN_PACKET_CONTROL:
        return after_control(row, options, emission, weaker);
    case LTN_PACKET_CTG:
        return after_ctg(row, emission);
    default:
        return after_allowable(row, emission);
    }
}

bool ltn_packet_backs_out(const ltn_packet *packet, const ltn_packet_row *row)
{
    return packet->kind == LTN_PACKET_MACT || (packet->kind == LTN_PACKET_CONTROL && row->control.replaces);
}

/* ---- an index of the rows ---- */

/* A row's key is its place (where, and what: a text that begins with a letter for its kind) and which pollutant, all
 * codes of the packet's own words. Code 0 is the empty word: the nation, everything, every pollutant. */

/* Pairs of codes, and a code for each: 0, 1, 2, ... */
typedef struct pair_table {
    uint64_t *pairs;
    int32_t *codes; /* -1: the slot is empty */
    size_t slots;   /* a power of two */
    int32_t count;
} pair_table;

typedef struct packet_index {
    const ltn_packet *packet;
    const ltn_packet_options *options;
    ltn_dictionary *regions, *whats, *pollutants, *plants;
    pair_table places, keys; /* of region and what; of place and pollutant: its code is its row's number */
    bool has_mact, has_sic, has_types;
    bool has_scc; /* beside a plant or MACT code */
} packet_index;

static uint64_t pair_of(int32_t a, int32_t b)
{
    return (uint64_t)(uint32_t)a << 32 | (uint32_t)b;
}

/* Where a pair stands, or the empty slot it would go to: multiplicative hashing (Knuth 6.4), open addressing. */
static size_t find_slot(const pair_table *t, uint64_t pair)
{
    size_t mask = t->slots - 1, slot = (size_t)((pair * UINT64_C(0x9E3779B97F4A7C15)) >> 32) & mask;
    while (t->codes[slot] >= 0 && t->pairs[slot] != pair) slot = (slot + 1) & mask;
    return slot;
}

static int32_t find_pair(const pair_table *t, int32_t a, int32_t b)
{
    return t->codes[find_slot(t, pair_of(a, b))];
}

/* Room for so many pairs, at most half full. */
static ltn_status make_pairs(pair_table *t, size_t count)
{
    for (t->slots = 16; t->slots < 2 * count; t->slots *= 2) continue;
    t->pairs = ltn_alloc(t->slots, sizeof *t->pairs);
    t->codes = ltn_alloc(t->slots, sizeof *t->codes);
    if (t->codes) memset(t->codes, 0xFF, t->slots * sizeof *t->codes);
    return t->pairs && t->codes ? LTN_OK : LTN_ENOMEM;
}

/* Code of a pair, added if new. */
static int32_t add_pair(pair_table *t, int32_t a, int32_t b)
{
    size_t slot = find_slot(t, pair_of(a, b));
    if (t->codes[slot] < 0) {
        t->pairs[slot] = pair_of(a, b);
        t->codes[slot] = t->count++;
    }
    return t->codes[slot];
}

static void free_pairs(pair_table *t)
{
    free(t->pairs);
    free(t->codes);
}

static int32_t add_word(ltn_dictionary *words, const char *text)
{
    return ltn_dictionary_add(words, text, strlen(text));
}

enum { WHAT_MAX = 256 };

/* How much of an SCC counts at each level, most first: of ten digits 10, 7, 4, 2; of eight (behind two zeros) 8, 6, 3,
 * 1; of any other code, all. */
enum { SCC_LEVELS = 4 };
static size_t scc_levels(const char *scc, size_t length, size_t out[SCC_LEVELS])
{
    static const size_t ten[] = {10, 7, 4, 2}, eight[] = {10, 8, 5, 3};
    bool digits = strspn(scc, "0123456789") == length;
    out[0] = length;
    if (!digits || length != 10) return 1;
    memcpy(out, strncmp(scc, "00", 2) == 0 ? eight : ten, sizeof ten);
    return SCC_LEVELS;
}

/* The digits of a row's SCC that count: a code that ends in zeros is the pattern of a level. */
static size_t scc_pattern(const packet_index *x, const char *scc)
{
    size_t length = strlen(scc), levels[SCC_LEVELS], count = scc_levels(scc, length, levels);
    for (size_t i = count; i-- > 1 && !x->options->full_scc_only;)
        if (strspn(scc + levels[i], "0") == length - levels[i]) return levels[i];
    return length;
}

/* Two digits where a SIC is a major group. */
static int sic_pattern(const char *sic)
{
    return strlen(sic) == 4 && strcmp(sic + 2, "00") == 0 ? 2 : (int)strlen(sic);
}

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

/* A plant, and how far into it: 1 the plant, 2 the unit, 3 the release point, 4 the process. */
static int spell_plant(char *out, int depth, const char *const parts[4])
{
    return snprintf(out, WHAT_MAX, "p%d%s\n%s\n%s\n%s", depth, parts[0], depth > 1 ? parts[1] : "",
                    depth > 2 ? parts[2] : "", depth > 3 ? parts[3] : "");
}

/* What a row is for. */
static int spell_row(const packet_index *x, const ltn_packet_row *row, char out[WHAT_MAX])
{
    const char *parts[] = {or_empty(row->plant), or_empty(row->unit), or_empty(row->release), or_empty(row->process)};
    char *end = out;
    *out = '\0';
    if (row->plant)
        end += spell_plant(out, row->process ? 4 : row->release ? 3 : row->unit ? 2 : 1, parts);
    else if (row->mact_code)
        end += snprintf(out, WHAT_MAX, "m%s", row->mact_code);
    else if (row->scc)
        return snprintf(out, WHAT_MAX, "s%.*s", (int)scc_pattern(x, row->scc), row->scc);
    else if (row->sic)
        return snprintf(out, WHAT_MAX, "i%.*s", sic_pattern(row->sic), row->sic);
    if (row->plant && row->mact_code) end += snprintf(end, WHAT_MAX - (size_t)(end - out), "\nm%s", row->mact_code);
    if (end > out && row->scc) end += snprintf(end, WHAT_MAX - (size_t)(end - out), "\ns%s", row->scc);
    if (row->source_type) end += snprintf(end, WHAT_MAX - (size_t)(end - out), "\nt%s", row->source_type);
    return (int)(end - out);
}

static ltn_status add_row(packet_index *x, const ltn_packet_row *row)
{
    char what[WHAT_MAX];
    spell_row(x, row, what);
    int32_t region = add_word(x->regions, or_empty(row->region)), means = add_word(x->whats, what),
            pollutant = add_word(x->pollutants, or_empty(row->pollutant));
    if (region < 0 || means < 0 || pollutant < 0) return LTN_ENOMEM;
    if (row->plant && add_word(x->plants, row->plant) < 0) return LTN_ENOMEM;
    x->has_mact |= row->mact_code != NULL;
    x->has_sic |= row->sic != NULL;
    x->has_types |= row->source_type != NULL;
    x->has_scc |= row->scc && (row->plant || row->mact_code);
    add_pair(&x->keys, add_pair(&x->places, region, means), pollutant);
    return LTN_OK;
}

static void free_index(packet_index *x)
{
    ltn_dictionary *owned[] = {x->regions, x->whats, x->pollutants, x->plants};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) ltn_dictionary_free(owned[i]);
    free_pairs(&x->places);
    free_pairs(&x->keys);
}

static ltn_status make_index(const ltn_packet *packet, const ltn_packet_options *options, packet_index *out)
{
    *out = (packet_index){.packet = packet, .options = options};
    ltn_dictionary **words[] = {&out->regions, &out->whats, &out->pollutants, &out->plants};
    ltn_status status = make_pairs(&out->places, packet->count);
    if (!status) status = make_pairs(&out->keys, packet->count);
    for (size_t i = 0; !status && i < sizeof words / sizeof *words; i++)
        if (!(*words[i] = ltn_dictionary_create())) status = LTN_ENOMEM;
    for (size_t i = 0; !status && i < 3; i++)
        if (add_word(*words[i], "") < 0) status = LTN_ENOMEM;
    for (size_t i = 0; !status && i < packet->count; i++) status = add_row(out, &packet->rows[i]);
    if (status) free_index(out);
    return status;
}

/* ---- what the inventory's words are in the packet ---- */

typedef struct region_codes {
    int32_t county, state; /* -1: no row names it */
} region_codes;

typedef struct sector_codes {
    char scc[LTN_CODE_MAX];
    int32_t levels[SCC_LEVELS]; /* -1: no row names it */
    bool mobile;
} sector_codes;

/* Of each word of the inventory's columns. */
typedef struct words {
    region_codes *regions;
    sector_codes *sectors;
    int32_t *pollutants; /* 0 where no row names it: then it is found under any alone */
} words;

static int32_t find_what(const packet_index *x, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Code of what a text spells, or -1. */
static int32_t find_what(const packet_index *x, const char *format, ...)
{
    char text[WHAT_MAX];
    va_list args;
    va_start(args, format);
    int length = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return length < WHAT_MAX ? ltn_dictionary_find(x->whats, text, (size_t)length) : -1;
}

/* The same of a code behind the letter of its kind, for what is asked of every source. */
static int32_t find_code(const packet_index *x, char kind, const char *code, size_t length)
{
    char text[LTN_CODE_MAX + 1] = {kind};
    memcpy(text + 1, code, length);
    return ltn_dictionary_find(x->whats, text, length + 1);
}

/* A county's state is it with 000 for its last three digits. */
static region_codes find_region(const packet_index *x, const char *region)
{
    char code[LTN_CODE_MAX];
    size_t length = ltn_code_pad(region, strlen(region), LTN_CODE_REGION, code);
    region_codes found = {-1, -1};
    if (!length) return found;
    found.county = ltn_dictionary_find(x->regions, code, length);
    if (strspn(code, "0123456789") != length) return found;
    memcpy(code + length - 3, "000", 3);
    found.state = ltn_dictionary_find(x->regions, code, length);
    return found;
}

/* On-road and non-road SCCs are the 22... of ten digits. */
static void find_sector(const packet_index *x, const char *sector, sector_codes *out)
{
    size_t levels[SCC_LEVELS], length = ltn_code_pad(sector, strlen(sector), LTN_CODE_SCC, out->scc),
                               count = length ? scc_levels(out->scc, length, levels) : 0;
    for (size_t i = 0; i < SCC_LEVELS; i++)
        out->levels[i] =
            i < count && (i == 0 || !x->options->full_scc_only) ? find_what(x, "s%.*s", (int)levels[i], out->scc) : -1;
    out->mobile = length == 10 && strncmp(out->scc, "22", 2) == 0;
}

static void free_words(words *w)
{
    free(w->regions);
    free(w->sectors);
    free(w->pollutants);
}

/* `out` is to be freed whatever comes of it. */
static ltn_status find_words(const packet_index *x, const ltn_inventory *inventory, words *out)
{
    const ltn_dictionary *regions = ltn_source_column_of(inventory, LTN_REGION)->words,
                         *sectors = ltn_source_column_of(inventory, LTN_SECTOR)->words,
                         *pollutants = ltn_emission_column_of(inventory, LTN_POLLUTANT)->words;
    *out = (words){ltn_alloc(regions->count, sizeof *out->regions), ltn_alloc(sectors->count, sizeof *out->sectors),
                   ltn_alloc(pollutants->count, sizeof *out->pollutants)};
    if (!out->regions || !out->sectors || !out->pollutants) return LTN_ENOMEM;
    for (size_t i = 0; i < regions->count; i++) out->regions[i] = find_region(x, regions->words[i]);
    for (size_t i = 0; i < sectors->count; i++) find_sector(x, sectors->words[i], &out->sectors[i]);
    for (size_t i = 0; i < pollutants->count; i++) {
        const char *name = pollutants->words[i];
        int32_t code = ltn_dictionary_find(x->pollutants, name, strlen(name));
        out->pollutants[i] = code < 0 ? 0 : code;
    }
    return LTN_OK;
}

/* ---- one source ---- */

/* The places of rows that a source may be found under, most specific first, in groups: each is gone through with the
 * pollutant, then again without. */
enum { CANDIDATES_MAX = 64, GROUPS_MAX = 8 };
typedef struct candidates {
    const packet_index *index;
    int32_t places[CANDIDATES_MAX];
    size_t count, ends[GROUPS_MAX], groups;
} candidates;

static void add(candidates *c, int32_t region, int32_t what)
{
    if (region < 0 || what < 0) return;
    int32_t place = find_pair(&c->index->places, region, what);
    if (place >= 0) c->places[c->count++] = place;
}

static void end_group(candidates *c)
{
    c->ends[c->groups++] = c->count;
}

/* What identifies a point source: `region|plant|unit|release|process|SCC`, or a plant alone, in `facility`. */
typedef struct point {
    char text[WHAT_MAX];
    const char *parts[4];
} point;

static bool take_point(const ltn_inventory *inventory, size_t source, point *out)
{
    const char *id = ltn_source_text(inventory, source, LTN_SOURCE),
               *facility = ltn_source_text(inventory, source, LTN_FACILITY), *bars[6];
    size_t count = 0;
    for (const char *p = id; (p = strchr(p, '|')) != NULL && count < 6; p++) bars[count++] = p;
    for (size_t i = 0; i < 4; i++) out->parts[i] = "";
    out->parts[0] = or_empty(facility);
    if (count != 5 || (size_t)snprintf(out->text, sizeof out->text, "%s", id) >= sizeof out->text)
        return facility != NULL;
    for (size_t i = 0; i < 5; i++) out->text[bars[i] - id] = '\0';
    for (size_t i = 0; i < 4; i++) out->parts[i] = out->text + (bars[i] - id) + 1;
    return true;
}

/* With pollutant or without: process, release point and unit, each with the SCC before alone; the plant with the SCC,
 * with the MACT code, alone. */
static void add_plant(const packet_index *x, const point *p, int32_t county, const char *scc, const char *mact,
                      candidates *c)
{
    if (ltn_dictionary_find(x->plants, p->parts[0], strlen(p->parts[0])) < 0) return;
    for (int depth = 4; depth > 0; depth--) {
        char plant[WHAT_MAX];
        if (depth > 1 && !*p->parts[depth - 1]) continue;
        if (spell_plant(plant, depth, p->parts) >= WHAT_MAX) continue;
        if (x->has_scc && *scc) add(c, county, find_what(x, "%s\ns%s", plant, scc));
        if (depth == 1 && *mact) add(c, county, find_what(x, "%s\nm%s", plant, mact));
        add(c, county, find_what(x, "%s", plant));
    }
    end_group(c);
}

/* County, state, nation, each with the SCC before the code alone. A row that names a type of source is before one of
 * all types. */
static void add_mact(const packet_index *x, const int32_t regions[3], const char *scc, const char *mact,
                     const char *type, candidates *c)
{
    bool with_scc = x->has_scc && *scc;
    int32_t what[] = {with_scc && *type ? find_what(x, "m%s\ns%s\nt%s", mact, scc, type) : -1,
                      with_scc ? find_what(x, "m%s\ns%s", mact, scc) : -1,
                      *type ? find_what(x, "m%s\nt%s", mact, type) : -1, find_code(x, 'm', mact, strlen(mact))};
    for (size_t r = 0; r < 3; r++)
        for (size_t i = 0; i < sizeof what / sizeof *what; i++) add(c, regions[r], what[i]);
    end_group(c);
}

static void add_sic(const packet_index *x, const int32_t regions[3], const char *sic, candidates *c)
{
    int32_t full = sic_pattern(sic) == 2 ? -1 : find_code(x, 'i', sic, strlen(sic)), group = find_code(x, 'i', sic, 2);
    for (size_t r = 0; r < 3; r++) {
        add(c, regions[r], full);
        add(c, regions[r], group);
    }
    end_group(c);
}

static void add_scc(const int32_t regions[3], const sector_codes *sector, candidates *c)
{
    for (size_t r = 0; r < 3; r++)
        for (size_t i = 0; i < SCC_LEVELS; i++) add(c, regions[r], sector->levels[i]);
    end_group(c);
}

/* The source's value in one of its columns that are texts, at its width. */
static void take_code(const ltn_inventory *inventory, int column, size_t source, size_t width, char out[LTN_CODE_MAX])
{
    const char *text = column < 0 ? NULL : ltn_table_text(inventory->sources, source, (size_t)column);
    size_t length = text ? strlen(text) : 0;
    if (width == LTN_CODE_SIC)
        length = ltn_code_pad_sic(or_empty(text), length, out);
    else
        length = ltn_code_pad(or_empty(text), length, width, out);
    if (!length) *out = '\0';
}

/* The columns of the sources that packets match on; -1 where the inventory has none. */
typedef struct code_columns {
    int sic, mact, source_type;
} code_columns;

static void find_candidates(const packet_index *x, const ltn_inventory *inventory, size_t source, const words *w,
                            const code_columns *columns, candidates *c)
{
    const region_codes *region = &w->regions[ltn_source_column_of(inventory, LTN_REGION)->codes[source]];
    const sector_codes *sector = &w->sectors[ltn_source_column_of(inventory, LTN_SECTOR)->codes[source]];
    const int32_t regions[] = {region->county, region->state, 0};
    char sic[LTN_CODE_MAX] = "", mact[LTN_CODE_MAX] = "", type[LTN_CODE_MAX] = "";
    point plant;
    c->index = x;
    c->count = c->groups = 0;
    if (!sector->mobile) {
        if (x->has_mact) take_code(inventory, columns->mact, source, LTN_CODE_MACT, mact);
        if (x->has_sic) take_code(inventory, columns->sic, source, LTN_CODE_SIC, sic);
        if (x->has_types) take_code(inventory, columns->source_type, source, LTN_CODE_SOURCE_TYPE, type);
    }
    if (x->plants->count && region->county >= 0 && take_point(inventory, source, &plant))
        add_plant(x, &plant, region->county, sector->scc, mact, c);
    if (x->has_mact && *mact) add_mact(x, regions, sector->scc, mact, type, c);
    if (*sic && !x->options->scc_before_sic) add_sic(x, regions, sic, c);
    add_scc(regions, sector, c);
    if (*sic && x->options->scc_before_sic) add_sic(x, regions, sic, c);
    for (size_t r = 0; r < 3; r++) {
        add(c, regions[r], 0);
        end_group(c);
    }
}

/* The row for a source's pollutant, or -1. */
static int32_t match(const candidates *c, int32_t pollutant)
{
    const pair_table *keys = &c->index->keys;
    size_t from = 0;
    for (size_t g = 0; g < c->groups; from = c->ends[g++]) {
        int32_t row = -1;
        for (size_t i = from; pollutant && row < 0 && i < c->ends[g]; i++)
            row = find_pair(keys, c->places[i], pollutant);
        for (size_t i = from; row < 0 && i < c->ends[g]; i++) row = find_pair(keys, c->places[i], 0);
        if (row >= 0) return row;
    }
    return -1;
}

/* ---- all sources ---- */

static int text_column(const ltn_inventory *inventory, const char *name)
{
    int column = ltn_table_find(inventory->sources, name);
    return column >= 0 && ltn_table_type(inventory->sources, (size_t)column) == LTN_TEXT ? column : -1;
}

/* `used` counts the emissions of each row of the packet. */
static void match_all(const packet_index *x, const ltn_inventory *inventory, const words *w, ltn_step *step,
                      uint32_t *used)
{
    const int32_t *pollutants = ltn_emission_column_of(inventory, LTN_POLLUTANT)->codes;
    code_columns columns = {text_column(inventory, "sic"), text_column(inventory, "mact"),
                            text_column(inventory, "source_type")};
    for (size_t s = 0; s < inventory->sources->rows; s++) {
        candidates c;
        find_candidates(x, inventory, s, w, &columns, &c);
        for (int32_t e = inventory->first[s]; e < inventory->first[s + 1]; e++) {
            int32_t row = match(&c, w->pollutants[pollutants[e]]);
            if (row < 0) continue;
            used[row]++;
            step->rows[step->row_count] = e;
            step->item[step->row_count++] = row;
        }
    }
}

static ltn_status note(ltn_program *p, int32_t measure, ltn_note_code code, double value, const char *unit,
                       const char *detail)
{
    return ltn_notes_add(&p->notes, &(ltn_note){code, 0, measure, -1, value, unit, detail});
}

/* How many rows are for nothing, and the lines of the first. */
static ltn_status note_unused(ltn_program *p, int32_t measure, const ltn_packet *packet, const uint32_t *used)
{
    enum { SHOWN = 8 };
    char lines[16 * SHOWN + 8] = "";
    size_t count = 0, written = 0;
    for (size_t i = 0; i < packet->count; i++) {
        if (used[i]) continue;
        if (count < SHOWN)
            written += (size_t)snprintf(lines + written, sizeof lines - written, "%s%d", count ? ", " : "",
                                        packet->rows[i].line);
        count++;
    }
    if (!count) return LTN_OK;
    if (count > SHOWN) snprintf(lines + written, sizeof lines - written, ", ...");
    const char *kept = ltn_arena_text(&p->texts, lines, strlen(lines));
    return kept ? note(p, measure, LTN_NOTE_PACKET_UNUSED, (double)count, NULL, kept) : LTN_ENOMEM;
}

static ltn_status note_pollutants(ltn_program *p, int32_t measure, const packet_index *x)
{
    const ltn_dictionary *there = ltn_emission_column_of(p->base, LTN_POLLUTANT)->words;
    ltn_status status = LTN_OK;
    for (size_t i = 1; !status && i < x->pollutants->count; i++) {
        const char *name = x->pollutants->words[i];
        if (ltn_dictionary_find(there, name, strlen(name)) >= 0) continue;
        const char *kept = ltn_arena_text(&p->texts, name, strlen(name));
        status = kept ? note(p, measure, LTN_NOTE_NO_SUCH_POLLUTANT, NAN, NULL, kept) : LTN_ENOMEM;
    }
    return status;
}

/* A projection is for inventories of the year it starts from. SMOKE passes over others, and stops where there is
 * nothing else. */
static ltn_status pass_over(ltn_program *p, int32_t measure, const ltn_packet *packet)
{
    const ltn_scenario *s = p->scenario;
    bool alone = true;
    for (size_t i = 0; i < s->measure_count; i++) {
        const ltn_packet *other = s->measures[i].packet;
        alone = alone && other->kind == LTN_PACKET_PROJECTION && other->from_year != s->base_year;
    }
    if (alone)
        return ltn_fail(LTN_EINPUT, &packet->place,
                        "the projection starts from %d and the inventory is of %d; nothing else is in the file",
                        packet->from_year, s->base_year);
    return note(p, measure, LTN_NOTE_PACKET_PASSED_OVER, packet->from_year, NULL, NULL);
}

ltn_status ltn_packet_compile(ltn_program *p, ltn_step *step, int32_t measure)
{
    const ltn_packet *packet = step->measure->packet;
    if (packet->kind == LTN_PACKET_PROJECTION) {
        p->scales_emissions = true;
        if (packet->from_year != p->scenario->base_year) return pass_over(p, measure, packet);
    }
    p->has_packets = p->reads_removal = true;
    packet_index x;
    words w = {0};
    ltn_status status = make_index(packet, &p->scenario->packets, &x);
    if (status) return status;
    uint32_t *used = ltn_alloc(packet->count, sizeof *used);
    step->rows = ltn_alloc(p->base_rows, sizeof *step->rows);
    step->item = ltn_alloc(p->base_rows, sizeof *step->item);
    status = used && step->rows && step->item ? find_words(&x, p->base, &w) : LTN_ENOMEM;
    if (!status) match_all(&x, p->base, &w, step, used);
    if (!status && !step->row_count) status = note(p, measure, LTN_NOTE_SELECTS_NOTHING, 0, NULL, NULL);
    if (!status) status = note_pollutants(p, measure, &x);
    if (!status) status = note_unused(p, measure, packet, used);
    free(used);
    free_words(&w);
    free_index(&x);
    return status;
}

int ltn_packet_line(const ltn_step *step, int32_t row)
{
    size_t low = 0, high = step->row_count;
    if (step->measure->action != LTN_PACKET) return 0;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (step->rows[middle] < row)
            low = middle + 1;
        else
            high = middle;
    }
    bool found = low < step->row_count && step->rows[low] == row;
    return found ? step->measure->packet->rows[step->item[low]].line : 0;
}
