/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The annex to a permit: the replacement scheme that the plan wants written into it (Annex 2, row 59). */
#include "assess/offsets.h"

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
    HEAD,
    NOBODY,
    MEANING,
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
    [RULE] = {"Rule: %s; scenario: %s%s%s\n", "规则：%s；方案：%s%s%s\n"},
    [ALLOWED] = {"It may emit: %.3f t/yr\n", "允许新增排放量：%.3f 吨/年\n"},
    [OWED] = {"It owes:     %.3f t/yr\n", "应替代量：      %.3f 吨/年\n"},
    [CLAIMED] = {"Replaced by: %.3f t/yr\n", "已落实替代量：  %.3f 吨/年\n"},
    [UNMET] = {"NOT COVERED: %.3f t/yr. The project must not be permitted on this annex.\n",
               "未落实替代量：  %.3f 吨/年。不得据此附件核发许可。\n"},
    [HEAD] = {"\nNo.\tsource\tname\tregion\tmeasure\tin force from\tt/yr\tt for each new t\n",
              "\n序号\t排放源\t名称\t所在地\t措施\t实施日期\t削减量（吨/年）\t替代倍数\n"},
    [NOBODY] = {"\nNo existing source replaces any of it.\n", "\n无现役源替代。\n"},
    [MEANING] = {"\nEach tonne is what the source stands below its emission of %d in every year from %d to %d, after "
                 "everything that "
                 "replaces it; it serves no other project. Baseline: %s.\n",
                 "\n每一吨削减量均为该源（含其替代设施）自%2$d年至%3$d年各年排放量低于%1$"
                 "d年排放量的部分，且未用于其他项目。基准口径：%4$s。\n"},
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

static const char *measure_name(const ltn_offset_book *book, const ltn_credit *c, ltn_language language)
{
    const ltn_scenario *s = book->run->program.scenario;
    const char *name = c->measure >= 0 ? ltn_scenario_measure_name(s, (size_t)c->measure, language) : c->measure_id;
    if (name) return name;
    name = c->banked >= 0 ? book->bank->rows[c->banked].permit : NULL;
    return name ? name : "";
}

static void write_claims(const ltn_offset_book *book, size_t debit, ltn_language language, FILE *out)
{
    const ltn_tree *regions = book->run->program.derived->regions;
    int number = 0;
    for (size_t i = 0; i < book->claim_count; i++) {
        const ltn_claim *claim = &book->claims[i];
        const ltn_credit *c = &book->credits[claim->credit];
        if (claim->debit != (int32_t)debit) continue;
        if (!number) fputs(lines[HEAD][language], out);
        fprintf(out, "%d\t%s\t%s\t%s\t%s\t%04d-%02d-%02d\t%.3f\t%g\n", ++number, c->id, name_of(book, c),
                ltn_tree_name(regions, c->region, language), measure_name(book, c, language), c->since.year,
                c->since.month, c->since.day, claim->tonnes, claim->ratio);
    }
    if (!number) fputs(lines[NOBODY][language], out);
}

static void write_annex(const ltn_offset_book *book, size_t debit, ltn_language language, FILE *out)
{
    const ltn_debit *d = &book->debits[debit];
    const ltn_program *p = &book->run->program;
    const ltn_projection *run = book->run;
    const char *document = ltn_scenario_document(p->scenario, language);
    double unmet = ltn_debit_lacking(d) * d->ratios[0];
    fprintf(out, lines[TITLE][language], p->derived->emissions->columns[LTN_POLLUTANT].words->words[d->pollutant]);
    if (ltn_inventory_reconstructed(p->base)) fputs(lines[RECONSTRUCTED][language], out);
    fputc('\n', out);
    fprintf(out, lines[PROJECT][language], d->id, d->name ? ", " : "", d->name ? d->name : "");
    fprintf(out, lines[PLACE][language], ltn_tree_code(p->derived->regions, d->region),
            ltn_tree_name(p->derived->regions, d->region, language));
    fprintf(out, lines[START][language], d->start.year, d->start.month, d->start.day);
    fprintf(out, lines[RULE][language], d->rule->name.name, ltn_scenario_name(p->scenario, language),
            *document ? ", " : "", document);
    if (d->excluded) fprintf(out, lines[LEFT_OUT][language], d->asked_t);
    fprintf(out, lines[ALLOWED][language], d->new_t);
    fprintf(out, lines[OWED][language], d->claimed_t + unmet);
    fprintf(out, lines[CLAIMED][language], d->claimed_t);
    if (unmet > 0) fprintf(out, lines[UNMET][language], unmet);
    write_claims(book, debit, language, out);
    fprintf(out, lines[MEANING][language], p->scenario->base_year, run->years[d->year], run->years[run->year_count - 1],
            *p->base->baseline      ? p->base->baseline
            : p->scenario->baseline ? p->scenario->baseline
                                    : "-");
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
    write_annex(book, i, language, out);
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
