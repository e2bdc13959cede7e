/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The annex to a permit: the replacement scheme that the plan wants written into it (Annex 2, row 59). */
#include "assess/offsets.h"

#include "base/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Every line in both languages. */
enum {
    TITLE,
    PROJECT,
    PLACE,
    START,
    RULE,
    ALLOWED,
    OWED,
    CLAIMED,
    UNMET,
    NOBODY,
    MEANING,
    BANKED,
    RECONSTRUCTED,
    LEFT_OUT,
    LINES
};

static const char *const lines[LINES][2] = {
    [TITLE] = {"Annex to the permit: replacement of %s by existing sources\n",
               "排污许可证附件：%s现役源削减量替代方案\n"},
    [PROJECT] = {"Project: %s%s%s\n", "项目：%s%s%s\n"},
    [PLACE] = {"Region: %s %s\n", "所在地：%s %s\n"},
    [START] = {"First day of operation: %04d-%02d-%02d\n", "投产日期：%04d-%02d-%02d\n"},
    [RULE] = {"Rule: %s; scenario: %s%s%s\n\n", "规则：%s；方案：%s%s%s\n\n"},
    [ALLOWED] = {"It may emit: %12.3f t/yr\n", "允许新增排放量：%12.3f 吨/年\n"},
    [OWED] = {"It owes:     %12.3f t/yr\n", "应替代量：      %12.3f 吨/年\n"},
    [CLAIMED] = {"Replaced by: %12.3f t/yr\n", "已落实替代量：  %12.3f 吨/年\n"},
    [UNMET] = {"NOT COVERED: %12.3f t/yr. The project must not be permitted on this annex.\n",
               "未落实替代量：  %12.3f 吨/年。不得据此附件核发许可。\n"},
    [NOBODY] = {"\nNo existing source replaces any of it.\n", "\n无现役源替代。\n"},
    [MEANING] = {"\nEach tonne is what the source stands below its emission of %d in every year from %d to %d, after "
                 "everything that replaces it; it serves no other project. Baseline: %s.\n",
                 "\n每一吨削减量均为该源（含其替代设施）自%2$d年至%3$d年各年排放量低于%1$"
                 "d年排放量的部分，且未用于其他项目。基准口径：%4$s。\n"},
    [BANKED] = {"Of credits that are no reductions of this scenario, it is what earlier years banked.\n",
                "不属于本方案的削减量为以往年度的储备量。\n"},
    [RECONSTRUCTED] = {"\nRECONSTRUCTED: the base inventory was made from assumptions. This is no official document.\n",
                       "\n重构数据：基准清单由假设推算，本附件不是正式文件。\n"},
    [LEFT_OUT] = {"Left out: what it owes cannot be covered in full. It asked for %.3f t/yr.\n",
                  "未纳入：替代量无法足额落实。申请量：%.3f 吨/年。\n"},
};

static const char *name_of(const ltn_offset_book *book, const ltn_credit *c)
{
    const ltn_program *p = &book->run->program;
    const char *name = c->source >= 0 && (size_t)c->source < p->base_sources
                           ? ltn_source_text(p->base, (size_t)c->source, LTN_NAME)
                           : NULL;
    return name ? name : "";
}

/* A credit of the bank may name a measure of the scenario, another one, or only its permit. */
static const char *measure_name(const ltn_offset_book *book, const ltn_credit *c, ltn_language language)
{
    const ltn_scenario *s = book->run->program.scenario;
    for (size_t m = 0; c->measure_id && m < s->measure_count; m++)
        if (strcmp(s->measures[m].id, c->measure_id) == 0) return ltn_scenario_measure_name(s, m, language);
    const char *permit = c->banked >= 0 ? book->bank->rows[c->banked].permit : NULL;
    return c->measure_id ? c->measure_id : permit ? permit : "";
}

/* ---- the table ---- */

enum { NUMBER, SOURCE, NAME, REGION, MEASURE, SINCE, TONNES, RATIO, COVERED, COLUMNS };

static const char *const headings[COLUMNS][2] = {
    [NUMBER] = {"No.", "序号"},
    [SOURCE] = {"Source", "排放源"},
    [NAME] = {"Name", "名称"},
    [REGION] = {"Region", "所在地"},
    [MEASURE] = {"Measure", "措施"},
    [SINCE] = {"In force", "实施日期"},
    [TONNES] = {"Replaces t/yr", "替代量（吨/年）"},
    [RATIO] = {"For each new t", "替代倍数"},
    [COVERED] = {"Covers t/yr", "抵新增量（吨/年）"},
};
static const char *const total[2] = {"Total", "合计"};

/* A line of the table. */
typedef struct line {
    const ltn_claim *claim; /* NULL: the sum of all */
    int number;             /* 0: the headings */
    double tonnes, covered;
} line;

static const char *text_of(const ltn_offset_book *book, const line *l, int column, ltn_language language)
{
    if (!l->number) return headings[column][language];
    if (!l->claim) return column == SOURCE ? total[language] : "";
    const ltn_credit *c = &book->credits[l->claim->credit];
    return column == SOURCE    ? c->id
           : column == NAME    ? name_of(book, c)
           : column == REGION  ? ltn_tree_name(book->run->program.derived->regions, c->region, language)
           : column == MEASURE ? measure_name(book, c, language)
                               : "";
}

/* What stands in a column of a line; numbers and days are made in `made`. */
static const char *cell(const ltn_offset_book *book, const line *l, int column, ltn_language language, char made[32])
{
    *made = '\0';
    if (l->number && column == TONNES) snprintf(made, 32, "%.3f", l->tonnes);
    if (l->number && column == COVERED) snprintf(made, 32, "%.3f", l->covered);
    if (l->claim && column == NUMBER) snprintf(made, 32, "%d", l->number);
    if (l->claim && column == RATIO) snprintf(made, 32, "%g", l->claim->ratio);
    if (l->claim && column == SINCE) {
        ltn_date day = book->credits[l->claim->credit].since;
        snprintf(made, 32, "%04d-%02d-%02d", day.year, day.month, day.day);
    }
    return *made ? made : text_of(book, l, column, language);
}

/* How many columns a text fills where each line is one: three bytes and more of UTF-8 are, in the names of people and
 * places, Chinese characters and their punctuation (from U+2E80 on), which fill two. */
static size_t width_of(const char *text)
{
    size_t width = 0;
    for (const unsigned char *c = (const unsigned char *)text; *c; c++)
        width += (*c & 0xC0) == 0x80 ? 0 : *c > 0xE2 || (*c == 0xE2 && c[1] >= 0xBA) ? 2 : 1;
    return width;
}

static void widen(const ltn_offset_book *book, const line *l, ltn_language language, size_t widths[COLUMNS])
{
    char made[32];
    for (int c = 0; c < COLUMNS; c++) {
        size_t width = width_of(cell(book, l, c, language, made));
        if (width > widths[c]) widths[c] = width;
    }
}

static void write_line(const ltn_offset_book *book, const line *l, ltn_language language, const size_t widths[COLUMNS],
                       FILE *out)
{
    char made[32];
    for (int c = 0; c < COLUMNS; c++) {
        const char *text = cell(book, l, c, language, made);
        int blanks = (int)(widths[c] - width_of(text));
        bool is_number = c == NUMBER || c >= TONNES;
        fprintf(out, "%*s%s%*s%s", is_number ? blanks : 0, "", text, is_number ? 0 : blanks, "",
                c + 1 < COLUMNS ? "  " : "\n");
    }
}

/* The next claim of a project, from the line before it. False where there is none. */
static bool next_line(const ltn_offset_book *book, size_t debit, line *l)
{
    const ltn_claim *c = l->number ? l->claim + 1 : book->claims, *end = book->claims + book->claim_count;
    while (c < end && c->debit != (int32_t)debit) c++;
    if (c == end) return false;
    *l = (line){c, l->number + 1, c->tonnes, c->tonnes / c->ratio};
    return true;
}

static void write_claims(const ltn_offset_book *book, size_t debit, ltn_language language, FILE *out)
{
    size_t widths[COLUMNS] = {0};
    line head = {0}, sum = {0}, one = {0};
    for (; next_line(book, debit, &one); widen(book, &one, language, widths)) {
        sum.number++;
        sum.tonnes += one.tonnes;
        sum.covered += one.covered;
    }
    if (!sum.number) {
        fputs(lines[NOBODY][language], out);
        return;
    }
    widen(book, &head, language, widths);
    widen(book, &sum, language, widths);
    fputc('\n', out);
    write_line(book, &head, language, widths, out);
    for (one = head; next_line(book, debit, &one);) write_line(book, &one, language, widths, out);
    write_line(book, &sum, language, widths, out);
}

/* ---- the annex ---- */

/* Whether a project has something of a source that the bank alone knows. */
static bool has_banked(const ltn_offset_book *book, size_t debit)
{
    bool found = false;
    for (line l = {0}; !found && next_line(book, debit, &l);) found = !book->credits[l.claim->credit].of_run;
    return found;
}

static void write_amounts(const ltn_debit *d, ltn_language language, FILE *out)
{
    double unmet = ltn_debit_lacking(d) * d->ratios[0];
    if (d->excluded) fprintf(out, lines[LEFT_OUT][language], d->asked_t);
    fprintf(out, lines[ALLOWED][language], d->new_t);
    fprintf(out, lines[OWED][language], d->claimed_t + unmet);
    fprintf(out, lines[CLAIMED][language], d->claimed_t);
    if (unmet > 0) fprintf(out, lines[UNMET][language], unmet);
}

static void write_annex(const ltn_offset_book *book, size_t debit, ltn_language language, FILE *out)
{
    const ltn_debit *d = &book->debits[debit];
    const ltn_projection *run = book->run;
    const ltn_program *p = &run->program;
    const char *document = ltn_scenario_document(p->scenario, language);
    fprintf(out, lines[TITLE][language], p->derived->emissions->columns[LTN_POLLUTANT].words->words[d->pollutant]);
    if (ltn_inventory_reconstructed(p->base)) fputs(lines[RECONSTRUCTED][language], out);
    fputc('\n', out);
    fprintf(out, lines[PROJECT][language], d->id, d->name ? ", " : "", d->name ? d->name : "");
    fprintf(out, lines[PLACE][language], ltn_tree_code(p->derived->regions, d->region),
            ltn_tree_name(p->derived->regions, d->region, language));
    fprintf(out, lines[START][language], d->start.year, d->start.month, d->start.day);
    fprintf(out, lines[RULE][language], d->rule->name.name, ltn_scenario_name(p->scenario, language),
            *document ? ", " : "", document);
    write_amounts(d, language, out);
    write_claims(book, debit, language, out);
    fprintf(out, lines[MEANING][language], p->scenario->base_year, run->years[d->year], run->years[run->year_count - 1],
            *p->base->baseline      ? p->base->baseline
            : p->scenario->baseline ? p->scenario->baseline
                                    : "-");
    if (has_banked(book, debit)) fputs(lines[BANKED][language], out);
}

ltn_status ltn_offset_book_annex(const ltn_offset_book *book, const char *project, ltn_language language, char **text)
{
    *text = NULL;
    size_t i = 0, size = 0;
    char *made = NULL;
    while (i < book->debit_count && strcmp(book->debits[i].id, project) != 0) i++;
    if (i == book->debit_count) return ltn_fail(LTN_ENOTFOUND, NULL, "there is no project '%s' in the book", project);
    FILE *out = open_memstream(&made, &size);
    if (!out) return ltn_fail_memory();
    ltn_c_locale locale = ltn_c_locale_enter();
    write_annex(book, i, language, out);
    ltn_c_locale_leave(locale);
    if (ferror(out) | fclose(out)) {
        free(made);
        return ltn_fail_memory();
    }
    *text = made;
    return LTN_OK;
}

void ltn_text_free(char *text)
{
    free(text);
}
