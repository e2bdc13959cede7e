/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The offset book as tables. */
#include "assess/offsets.h"

#include <lantian/accounts.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- making tables ---- */

typedef struct heading {
    const char *name;
    ltn_column_type type;
} heading;

#define COUNT(list) (sizeof list / sizeof *list)

static ltn_status open_table(const heading *columns, size_t count, ltn_table **out)
{
    ltn_status status = (*out = ltn_table_create()) ? LTN_OK : LTN_ENOMEM;
    for (size_t c = 0; !status && c < count; c++)
        status = ltn_table_add_column(*out, columns[c].name, columns[c].type, NULL);
    return status;
}

static ltn_status finish(ltn_table *table, ltn_status status, ltn_table **out)
{
    *out = status ? NULL : table;
    if (status) ltn_table_free(table);
    return status;
}

static ltn_status set_texts(ltn_table *table, size_t row, const char *const *texts, size_t count)
{
    ltn_status status = LTN_OK;
    for (size_t c = 0; !status && c < count; c++)
        if (texts[c]) status = ltn_table_set_text(table, row, c, texts[c]);
    return status;
}

static const char *day_text(ltn_date day, char text[32])
{
    snprintf(text, 32, "%04d-%02d-%02d", day.year, day.month, day.day);
    return day.year ? text : NULL;
}

static const char *region_code(const ltn_offset_book *book, int32_t region)
{
    return ltn_tree_code(book->run->program.derived->regions, region);
}

static const char *pollutant_name(const ltn_offset_book *book, int32_t pollutant)
{
    return book->run->program.derived->emissions->columns[LTN_POLLUTANT].words->words[pollutant];
}

/* ---- projects ---- */

/* New tonnes that nobody pays for: of a project that is left out, all that was asked. */
double ltn_debit_lacking(const ltn_debit *d)
{
    double lacking = d->excluded ? d->asked_t : d->new_t - d->covered_t;
    return lacking > fmax(LTN_DUST_T, 1e-9 * d->asked_t) ? lacking : 0;
}

const char *ltn_debit_state(const ltn_debit *d)
{
    return d->excluded ? "excluded" : ltn_debit_lacking(d) > 0 ? "unmet" : d->scaled ? "scaled" : "met";
}

ltn_status ltn_offset_book_projects(const ltn_offset_book *book, ltn_table **out)
{
    enum { PROJECT, NAME, RULE, REGION, POLLUTANT, START, STATE, ASKED, NEW, OWED, CLAIMED, COVERED, UNMET, NET };
    static const heading columns[] = {{"project", LTN_TEXT},   {"name", LTN_TEXT},        {"rule", LTN_TEXT},
                                      {"region", LTN_TEXT},    {"pollutant", LTN_TEXT},   {"start", LTN_TEXT},
                                      {"state", LTN_TEXT},     {"asked_t", LTN_NUMBER},   {"new_t", LTN_NUMBER},
                                      {"owed_t", LTN_NUMBER},  {"claimed_t", LTN_NUMBER}, {"covered_t", LTN_NUMBER},
                                      {"unmet_t", LTN_NUMBER}, {"net_t", LTN_NUMBER}};
    ltn_table *table;
    ltn_status status = open_table(columns, COUNT(columns), &table);
    if (!status) status = ltn_table_resize(table, book->debit_count);
    for (size_t i = 0; !status && i < book->debit_count; i++) {
        const ltn_debit *d = &book->debits[i];
        char start[32];
        const char *texts[] = {d->id,
                               d->name,
                               d->rule->name.name,
                               region_code(book, d->region),
                               pollutant_name(book, d->pollutant),
                               day_text(d->start, start),
                               ltn_debit_state(d)};
        double unmet = ltn_debit_lacking(d) * d->ratios[0];
        double numbers[] = {d->asked_t,   d->new_t, d->claimed_t + unmet,   d->claimed_t,
                            d->covered_t, unmet,    d->new_t - d->claimed_t};
        status = set_texts(table, i, texts, COUNT(texts));
        for (size_t c = ASKED; c <= NET; c++) table->columns[c].numbers[i] = numbers[c - ASKED];
    }
    return finish(table, status, out);
}

/* ---- claims ---- */

typedef struct claim_row {
    const ltn_debit *debit;
    const ltn_credit *credit; /* NULL: what is unmet */
    double tonnes, ratio;
} claim_row;

static ltn_status put_claim(const ltn_offset_book *book, const claim_row *r, ltn_table *table)
{
    enum { YEAR = 6, NEW, RATIO, OWED, CLAIMED, CREDIT_YEAR };
    const ltn_debit *d = r->debit;
    const ltn_credit *c = r->credit;
    const ltn_banked *b = c && c->banked >= 0 ? &book->bank->rows[c->banked] : NULL;
    const char *measure = !c ? "unmet" : c->measure_id ? c->measure_id : b ? b->permit : NULL;
    const char *texts[] = {d->id,
                           region_code(book, d->region),
                           pollutant_name(book, d->pollutant),
                           measure,
                           c ? c->id : NULL,
                           c ? region_code(book, c->region) : NULL};
    size_t row = table->rows;
    ltn_status status = ltn_table_resize(table, row + 1);
    if (status) return status;
    double of = d->excluded ? d->asked_t : d->new_t;
    table->columns[YEAR].numbers[row] = d->start.year;
    table->columns[NEW].numbers[row] = of;
    table->columns[RATIO].numbers[row] = r->ratio;
    table->columns[OWED].numbers[row] = of * r->ratio;
    table->columns[CLAIMED].numbers[row] = r->tonnes;
    table->columns[CREDIT_YEAR].numbers[row] = c && c->since.year ? c->since.year : NAN;
    return set_texts(table, row, texts, COUNT(texts));
}

static ltn_status put_claims_of(const ltn_offset_book *book, size_t debit, ltn_table *table)
{
    const ltn_debit *d = &book->debits[debit];
    ltn_status status = LTN_OK;
    for (size_t i = 0; !status && i < book->claim_count; i++) {
        const ltn_claim *claim = &book->claims[i];
        if (claim->debit == (int32_t)debit)
            status =
                put_claim(book, &(claim_row){d, &book->credits[claim->credit], claim->tonnes, claim->ratio}, table);
    }
    double lacking = ltn_debit_lacking(d);
    return status || !(lacking > 0)
               ? status
               : put_claim(book, &(claim_row){d, NULL, lacking * d->ratios[0], d->ratios[0]}, table);
}

/* The columns of a table in another order: texts were set by their place among the texts. */
static ltn_status arrange(const ltn_table *from, const char *const *names, size_t count, ltn_table **out)
{
    ltn_status status = (*out = ltn_table_create()) ? LTN_OK : LTN_ENOMEM;
    for (size_t c = 0; !status && c < count; c++) {
        const ltn_column *column = &from->columns[ltn_table_find(from, names[c])];
        status = ltn_table_add_column(*out, names[c], column->type, column->words);
    }
    return status ? status : ltn_table_append(*out, from);
}

ltn_status ltn_offset_book_claims(const ltn_offset_book *book, ltn_table **out)
{
    static const heading columns[] = {
        {"project", LTN_TEXT},        {"region", LTN_TEXT},        {"pollutant", LTN_TEXT},
        {"credit_measure", LTN_TEXT}, {"credit_source", LTN_TEXT}, {"credit_region", LTN_TEXT},
        {"year", LTN_NUMBER},         {"new_t", LTN_NUMBER},       {"ratio", LTN_NUMBER},
        {"owed_t", LTN_NUMBER},       {"claimed_t", LTN_NUMBER},   {"credit_year", LTN_NUMBER}};
    static const char *const order[] = {"project",        "region",        "pollutant",     "year",
                                        "new_t",          "ratio",         "owed_t",        "claimed_t",
                                        "credit_measure", "credit_source", "credit_region", "credit_year"};
    ltn_table *table, *arranged = NULL;
    ltn_status status = open_table(columns, COUNT(columns), &table);
    for (size_t i = 0; !status && i < book->debit_count; i++) status = put_claims_of(book, i, table);
    if (!status) status = arrange(table, order, COUNT(order), &arranged);
    ltn_table_free(table);
    return finish(arranged, status, out);
}

/* ---- credits ---- */

static ltn_status put_credit(const ltn_offset_book *book, const ltn_credit *c, ltn_table *table)
{
    enum { TEXTS = 6, REDUCED = TEXTS, CREDIT, CLAIMED, LEFT, COST, WORTH_YUAN, WORTH_NEW };
    char since[32], expires[32];
    const ltn_banked *b = c->banked >= 0 ? &book->bank->rows[c->banked] : NULL;
    const char *texts[TEXTS] = {c->measure_id ? c->measure_id
                                : b           ? b->permit
                                              : NULL,
                                c->id,
                                region_code(book, c->region),
                                pollutant_name(book, c->pollutant),
                                day_text(c->since, since),
                                day_text(c->expires, expires)};
    size_t row = table->rows, last = book->run->year_count - 1;
    ltn_status status = ltn_table_resize(table, row + 1);
    if (status) return status;
    bool can_be_given = !c->flaw || c->flaw == LTN_REFUSED_SETTLED;
    double credit = can_be_given ? c->supply.amount[last] : 0;
    double left = fmin(ltn_book_left(book, &c->supply), ltn_book_left(book, &book->holdings[c->holding].supply));
    double numbers[] = {c->reduced_t,   credit,          c->claimed_t,  can_be_given && !(b && b->project) ? left : 0,
                        c->cost_yuan_t, c->worth_yuan_t, c->worth_new_t};
    for (size_t i = 0; i < COUNT(numbers); i++) table->columns[TEXTS + i].numbers[row] = numbers[i];
    return set_texts(table, row, texts, TEXTS);
}

ltn_status ltn_offset_book_credits(const ltn_offset_book *book, ltn_table **out)
{
    static const heading columns[] = {
        {"measure", LTN_TEXT},      {"source", LTN_TEXT},   {"region", LTN_TEXT},        {"pollutant", LTN_TEXT},
        {"since", LTN_TEXT},        {"expires", LTN_TEXT},  {"reduced_t", LTN_NUMBER},   {"credit_t", LTN_NUMBER},
        {"claimed_t", LTN_NUMBER},  {"left_t", LTN_NUMBER}, {"cost_yuan_t", LTN_NUMBER}, {"worth_yuan_t", LTN_NUMBER},
        {"worth_new_t", LTN_NUMBER}};
    ltn_table *table;
    ltn_status status = open_table(columns, COUNT(columns), &table);
    for (size_t i = 0; !status && i < book->credit_count; i++) status = put_credit(book, &book->credits[i], table);
    return finish(table, status, out);
}

/* ---- refusals ---- */

static const struct {
    const char *name, *text[2];
} reasons[LTN_REFUSALS] = {
    [LTN_ACCEPTED] = {"accepted", {"", ""}},
    [LTN_REFUSED_NOT_IN_BASE] = {"not_in_base", {"the source is not in the base inventory", "该源不在基准清单内"}},
    [LTN_REFUSED_NOT_PERMANENT] = {"not_permanent",
                                   {"the measure is not a retirement, switch, control or limit of the source",
                                    "该措施不是淘汰、改燃、治理或限值等永久性减排"}},
    [LTN_REFUSED_SEASONAL] = {"seasonal",
                              {"the measure acts in some months of the year only", "该措施只在部分月份实施"}},
    [LTN_REFUSED_NOT_SELECTED] = {"not_selected",
                                  {"the rule takes no credits from such a source", "规则规定的替代来源不包括该源"}},
    [LTN_REFUSED_ELSEWHERE] = {"elsewhere",
                               {"the source lies outside the places that the rule looks in",
                                "该源不在规则规定的区域内"}},
    [LTN_REFUSED_LATE] = {"late",
                          {"the measure is not yet in force when the project starts", "项目投产时该措施尚未实施"}},
    [LTN_REFUSED_EXPIRED] = {"expired", {"the credit has expired when the project starts", "项目投产时该指标已过期"}},
    [LTN_REFUSED_SETTLED] = {"settled", {"an earlier book gave it to a project", "该指标在以往台账中已用于某项目"}},
    [LTN_REFUSED_NO_FALL] = {"no_fall",
                             {"in some year from the project's start on, the source is not below its base emission",
                              "自项目投产起，该源有年份的排放量不低于基准年"}},
    [LTN_REFUSED_NO_COST] = {"no_cost",
                             {"its cost is not given, and the rule takes the cheapest",
                              "未给出成本，无法按成本最低排序"}},
    [LTN_REFUSED_NEEDED] = {"needed",
                            {"a target needs it, and the rule takes only what is surplus",
                             "该减排量为完成减排目标所需，规则只允许使用富余量"}},
    [LTN_REFUSED_CLAIMED] = {"claimed", {"other projects have claimed it", "已被其他项目使用"}},
};

/* Why a credit does not serve a project that lacks something; LTN_ACCEPTED where it does, or could. */
static ltn_refusal refusal(const ltn_offset_book *book, const ltn_debit *d, const ltn_credit *c)
{
    size_t place;
    ltn_refusal why = ltn_book_admit(book, d, c, &place);
    if (why || !(ltn_debit_lacking(d) > 0)) return why;
    for (size_t i = 0; i < book->claim_count; i++)
        if (&book->debits[book->claims[i].debit] == d && &book->credits[book->claims[i].credit] == c)
            return LTN_ACCEPTED;
    if (ltn_book_available(book, d, c) > 0) return LTN_ACCEPTED;
    double left = fmin(ltn_book_left(book, &c->supply), ltn_book_left(book, &book->holdings[c->holding].supply));
    return left > LTN_DUST_T && d->rule->surplus ? LTN_REFUSED_NEEDED : LTN_REFUSED_CLAIMED;
}

static bool is_refused(const ltn_offset_book *book, const ltn_debit *d, const ltn_credit *c, ltn_refusal *why)
{
    *why = c->pollutant == d->pollutant && c->reduced_t > LTN_DUST_T ? refusal(book, d, c) : LTN_ACCEPTED;
    /* Where the bank has all of it, the bank's rows say why. */
    if (*why == LTN_REFUSED_NO_FALL && c->in_bank) *why = LTN_ACCEPTED;
    const char *settled_for = c->banked >= 0 ? book->bank->rows[c->banked].project : NULL;
    return *why && !(settled_for && strcmp(settled_for, d->id) == 0);
}

static ltn_status put_refusal(const ltn_offset_book *book, const ltn_debit *d, const ltn_credit *c, ltn_refusal why,
                              ltn_language language, ltn_table *table)
{
    enum { TEXTS = 6, TONNES = TEXTS };
    const char *texts[TEXTS] = {d->id,
                                c->measure_id ? c->measure_id : book->bank->rows[c->banked].permit,
                                c->id,
                                region_code(book, c->region),
                                reasons[why].name,
                                reasons[why].text[language]};
    size_t row = table->rows;
    ltn_status status = ltn_table_resize(table, row + 1);
    if (status) return status;
    table->columns[TONNES].numbers[row] = c->reduced_t;
    return set_texts(table, row, texts, TEXTS);
}

ltn_status ltn_offset_book_refusals(const ltn_offset_book *book, const char *project, ltn_language language,
                                    ltn_table **out)
{
    static const heading columns[] = {{"project", LTN_TEXT}, {"measure", LTN_TEXT}, {"source", LTN_TEXT},
                                      {"region", LTN_TEXT},  {"reason", LTN_TEXT},  {"text", LTN_TEXT},
                                      {"tonnes", LTN_NUMBER}};
    *out = NULL;
    size_t i = 0;
    while (i < book->debit_count && strcmp(book->debits[i].id, project) != 0) i++;
    if (i == book->debit_count) return ltn_fail(LTN_ENOTFOUND, NULL, "there is no project '%s' in the book", project);
    ltn_table *table;
    ltn_status status = open_table(columns, COUNT(columns), &table);
    for (size_t c = 0; !status && c < book->credit_count; c++) {
        ltn_refusal why;
        if (is_refused(book, &book->debits[i], &book->credits[c], &why))
            status = put_refusal(book, &book->debits[i], &book->credits[c], why, language, table);
    }
    return finish(table, status, out);
}

/* ---- notes ---- */

static const struct {
    const char *name, *text[2];
} gaps[LTN_GAPS] = {
    [LTN_GAP_NO_REGION_TABLE] = {"offset_place_unknown",
                                 {"without a table of regions and their kinds, credits are looked for in %s alone",
                                  "未提供区域表（含类型），只在%s内寻找替代指标"}},
    [LTN_GAP_NO_PLACE] = {"offset_place_unknown",
                          {"%s lies in none of the kinds of region that the rule looks in",
                           "%s不属于规则规定的任何一类区域"}},
    [LTN_GAP_NO_TARGETS] = {"offset_surplus_unknown",
                            {"only surplus counts, but without targets nothing is known to be needed",
                             "规则只允许使用富余量，但未提供目标，无法判断"}},
    [LTN_GAP_NOT_KNOWN] = {"offset_attainment_unknown",
                           {"whether the region attains its %s is not known; the ratio for attainment is not used",
                            "该区域%s是否达标未知，不采用达标区域的替代倍数"}},
    [LTN_GAP_NOT_STARTED] = {"offset_not_started",
                             {"the project starts after the last year of the run", "项目在最后预测年之后投产"}},
    [LTN_GAP_NO_POINT] = {"offset_place_unknown",
                          {"the project has no coordinates, so no credit is nearer than another",
                           "项目无坐标，无法按距离排序"}},
    [LTN_GAP_BETTER_MATCH] = {"offset_order_limits",
                              {"another order of matching could cover so many new tonnes more",
                               "改变匹配顺序可多覆盖的新增量"}},
};

enum { N_YEAR, N_MEASURE, N_SOURCE, N_CODE, N_VALUE, N_UNIT, N_TEXT };

typedef struct book_note {
    int year;
    const char *measure, *source, *code, *unit, *text;
    double value;
} book_note;

static ltn_status put_note(const book_note *n, ltn_table *table)
{
    size_t row = table->rows;
    ltn_status status = ltn_table_resize(table, row + 1);
    if (status) return status;
    table->columns[N_YEAR].numbers[row] = n->year ? n->year : NAN;
    table->columns[N_VALUE].numbers[row] = n->value;
    status = ltn_table_set_text(table, row, N_MEASURE, n->measure);
    if (!status) status = ltn_table_set_text(table, row, N_SOURCE, n->source);
    if (!status) status = ltn_table_set_text(table, row, N_CODE, n->code);
    if (!status) status = ltn_table_set_text(table, row, N_UNIT, n->unit);
    return status ? status : ltn_table_set_text(table, row, N_TEXT, n->text);
}

static const char *measure_of(const ltn_offset_book *book, const ltn_debit *d)
{
    return d->measure >= 0 ? book->run->program.scenario->measures[d->measure].id : NULL;
}

static ltn_status note_state(const ltn_offset_book *book, const ltn_debit *d, ltn_language language, ltn_table *table)
{
    static const char *const texts[][2] = {
        {"the project is left out: what it owes cannot be covered in full", "项目被剔除：替代量无法足额落实"},
        {"the project is scaled down from what was asked", "项目按已落实的替代量缩减，数值为原申请量"},
        {"of what the project owes so much is not covered", "项目尚未落实的替代量"}};
    double lacking = ltn_debit_lacking(d);
    int which = d->excluded ? 0 : d->scaled ? 1 : 2;
    static const char *const codes[] = {"offset_excluded", "offset_scaled", "offset_unmet"};
    if (which == 2 && !(lacking > 0)) return LTN_OK;
    book_note n = {d->start.year,
                   measure_of(book, d),
                   d->id,
                   codes[which],
                   "t/yr",
                   texts[which][language],
                   which == 2 ? lacking * d->ratios[0] : d->asked_t};
    return put_note(&n, table);
}

/* What was refused of a measure, summed by reason. */
static ltn_status note_refusals(const ltn_offset_book *book, const ltn_debit *d, ltn_language language,
                                ltn_table *table)
{
    size_t measures = book->run->program.scenario->measure_count, cells = (measures + 1) * LTN_REFUSALS;
    double *tonnes = ltn_alloc(cells, sizeof *tonnes);
    ltn_status status = tonnes ? LTN_OK : LTN_ENOMEM;
    for (size_t c = 0; !status && c < book->credit_count; c++) {
        ltn_refusal why;
        const ltn_credit *credit = &book->credits[c];
        size_t measure = credit->measure >= 0 ? (size_t)credit->measure : measures;
        if (is_refused(book, d, credit, &why)) tonnes[measure * LTN_REFUSALS + why] += credit->reduced_t;
    }
    for (size_t i = 0; !status && i < cells; i++) {
        size_t measure = i / LTN_REFUSALS;
        char text[256];
        if (!(tonnes[i] > 0)) continue;
        snprintf(text, sizeof text, language == LTN_CHINESE ? "未被项目%s采用：%s" : "not accepted for %s: %s", d->id,
                 reasons[i % LTN_REFUSALS].text[language]);
        book_note n = {d->start.year, measure < measures ? book->run->program.scenario->measures[measure].id : "bank",
                       NULL,          "offset_refused",
                       "t/yr",        text,
                       tonnes[i]};
        status = put_note(&n, table);
    }
    free(tonnes);
    return status;
}

static ltn_status note_gap(const ltn_book_note *gap, ltn_language language, ltn_table *table)
{
    char text[256];
    snprintf(text, sizeof text, gaps[gap->gap].text[language], gap->detail ? gap->detail : "");
    book_note n = {0,    NULL,      gap->project, gaps[gap->gap].name, gap->gap == LTN_GAP_BETTER_MATCH ? "t/yr" : NULL,
                   text, gap->value};
    return put_note(&n, table);
}

ltn_status ltn_offset_book_notes(const ltn_offset_book *book, ltn_language language, ltn_table **out)
{
    ltn_table *table = NULL;
    ltn_status status = ltn_projection_notes(book->run, language, &table);
    for (size_t i = 0; !status && i < book->note_count; i++) status = note_gap(&book->notes[i], language, table);
    for (size_t i = 0; !status && i < book->debit_count; i++) {
        status = note_state(book, &book->debits[i], language, table);
        if (!status && book->debits[i].measure >= 0) status = note_refusals(book, &book->debits[i], language, table);
    }
    return finish(table, status, out);
}

/* ---- accounts ---- */

static const char *region_at(const ltn_offset_book *book, int32_t region, int depth)
{
    const ltn_tree *regions = book->run->program.derived->regions;
    return ltn_tree_code(regions, depth < 0 ? region : ltn_tree_ancestor(regions, region, depth));
}

/* Adds to a column of the account of a region and pollutant, where it has one. */
static void enter(ltn_table *accounts, size_t column, const char *region, const char *pollutant, double tonnes)
{
    for (size_t row = 0; row < accounts->rows; row++)
        if (strcmp(ltn_table_text(accounts, row, 0), region) == 0 &&
            strcmp(ltn_table_text(accounts, row, 1), pollutant) == 0)
            accounts->columns[column].numbers[row] += tonnes;
}

static void enter_offsets(const ltn_offset_book *book, const uint8_t *rows, int depth, size_t column,
                          ltn_table *accounts)
{
    const ltn_projection *run = book->run;
    int last = run->years[run->year_count - 1];
    size_t regions = ltn_tree_count(run->program.derived->regions);
    for (size_t i = 0; i < book->debit_count; i++) {
        const ltn_debit *d = &book->debits[i];
        if (d->source >= 0)
            enter(accounts, column, region_at(book, d->region, depth), pollutant_name(book, d->pollutant),
                  ltn_debit_tonnes(book, d, rows, last));
    }
    for (size_t i = 0; i < book->claim_count; i++) {
        const ltn_credit *c = &book->credits[book->claims[i].credit];
        bool of_project = book->debits[book->claims[i].debit].source >= 0;
        if (of_project && c->of_run && rows[c->row] && (size_t)c->region < regions)
            enter(accounts, column + 1, region_at(book, c->region, depth), pollutant_name(book, c->pollutant),
                  -book->claims[i].tonnes);
    }
}

ltn_status ltn_offset_book_accounts(const ltn_offset_book *book, const char *scope, int region_depth, ltn_table **out)
{
    static const heading more[] = {{"offset_new_t", LTN_NUMBER}, {"offset_claimed_t", LTN_NUMBER}};
    const ltn_program *p = &book->run->program;
    ltn_table *table = NULL;
    uint8_t *rows = NULL;
    ltn_status status = ltn_projection_accounts(book->run, scope, region_depth, &table);
    size_t column = status ? 0 : table->column_count;
    for (size_t c = 0; !status && c < COUNT(more); c++) {
        status = ltn_table_add_column(table, more[c].name, more[c].type, NULL);
        for (size_t row = 0; !status && row < table->rows; row++) table->columns[column + c].numbers[row] = 0;
    }
    if (!status && scope) status = ltn_projection_scope(book->run, scope, &rows);
    if (!status && !scope) {
        if ((rows = ltn_alloc(p->rows, 1)))
            memset(rows, 1, p->rows);
        else
            status = LTN_ENOMEM;
    }
    if (!status) enter_offsets(book, rows, region_depth, column, table);
    free(rows);
    return finish(table, status, out);
}
