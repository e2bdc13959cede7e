/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "projection/notes.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SKIPS = 1, ASSUMES = 2 };

/* {v} is the value, {u} the unit, {d} the detail. */
static const struct {
    const char *name;
    int kind;
    const char *text[2];
} forms[LTN_NOTE_CODES] = {
    [LTN_NOTE_RECONSTRUCTED] = {"reconstructed",
                                0,
                                {"the base inventory is a reconstruction, not official data",
                                 "基准清单为重构数据，非官方数据"}},
    [LTN_NOTE_BASELINE_TAKEN] = {"baseline_taken",
                                 ASSUMES,
                                 {"the inventory names no baseline; the scenario's '{d}' is taken",
                                  "清单未注明基准口径，采用情景文件中的“{d}”"}},
    [LTN_NOTE_REMOVAL_ASSUMED] = {"removal_assumed",
                                  ASSUMES,
                                  {"{v} {d} rows have an unknown removal and are reckoned with 0",
                                   "{v}行{d}的去除率未知，按0计算"}},
    [LTN_NOTE_FACTOR_DEFAULTED] = {"factor_defaulted",
                                   ASSUMES,
                                   {"rows whose factor is {d}: {v}", "{v}行的排放因子取自{d}"}},
    [LTN_NOTE_REMOVAL_DEFAULTED] = {"removal_defaulted",
                                    ASSUMES,
                                    {"rows whose removal rests on the mean of {d}: {v}",
                                     "{v}行的去除率按{d}的平均值推算"}},
    [LTN_NOTE_MISSING_VALUE] = {"missing_value",
                                0,
                                {"{u} decided by a missing {d} (a condition on an absent value is false): {v}",
                                 "{v}个{u}因缺少“{d}”而无法判断，按条件不成立处理"}},
    [LTN_NOTE_SELECTS_NOTHING] = {"selects_nothing", 0, {"the measure selects nothing", "该措施未选中任何排放源"}},
    [LTN_NOTE_NO_SUCH_POLLUTANT] = {"pollutant_not_selected",
                                    0,
                                    {"no selected source emits {d}, so this part of the measure does nothing",
                                     "选中的排放源均不排放{d}，该措施的这一部分无作用"}},
    [LTN_NOTE_REPLACE_SKIPPED] = {"replacement_skipped",
                                  SKIPS,
                                  {"the source gives no activity, so what replaces it cannot be reckoned",
                                   "该源无活动水平，无法计算替代部分"}},
    [LTN_NOTE_CAP_SKIPPED] = {"cap_skipped",
                              SKIPS,
                              {"the source gives no activity, so the cap leaves it out",
                               "该源无活动水平，总量控制未计入"}},
    [LTN_NOTE_BAN_SKIPPED] = {"ban_skipped",
                              SKIPS,
                              {"the source gives no activity, so its growth cannot be banned",
                               "该源无活动水平，无法限制其增长"}},
    [LTN_NOTE_TURNOVER_SKIPPED] = {"turnover_skipped",
                                   SKIPS,
                                   {"the source's {d} is missing, after the base year or older than any that survive, "
                                    "so the source is left as it is",
                                    "该源的“{d}”缺失、晚于基准年或车龄已无存留，该源保持不变"}},
    [LTN_NOTE_LIMIT_SKIPPED] = {"limit_skipped",
                                SKIPS,
                                {"the source gives no activity, so the limit on {d} cannot be reckoned",
                                 "该源无活动水平，无法计算{d}限值"}},
    [LTN_NOTE_CAP_SHORTFALL] = {"cap_shortfall",
                                0,
                                {"{v} {u} stay above the cap: what is left is protected",
                                 "超出总量{v} {u}：其余部分受保护，未能削减"}},
    [LTN_NOTE_CONTROL_NOT_STRONGER] = {"control_not_stronger",
                                       0,
                                       {"{v} rows already have as good a control and are left as they are",
                                        "{v}行现有治理措施不弱于新措施，保持不变"}},
    [LTN_NOTE_CONTROL_REMOVAL_ASSUMED] = {"control_removal_assumed",
                                          ASSUMES,
                                          {"{v} rows have an unknown removal; the replacing control takes it as 0",
                                           "{v}行现有去除率未知，替换时按0处理"}},
    [LTN_NOTE_PACKET_UNUSED] = {"packet_rows_unused",
                                0,
                                {"rows of the packet that apply to nothing, for nothing matches or a more specific row "
                                 "does: {v} (lines {d})",
                                 "控制包中未作用于任何排放源（无匹配或已有更具体的行）的行数：{v}（第{d}行）"}},
    [LTN_NOTE_PACKET_PASSED_OVER] =
        {"packet_passed_over",
         0,
         {"the projection starts from {v} and not from the inventory's year; it is not used",
          "该增长包的起始年{v}不是清单年份，未采用"}},
    [LTN_NOTE_UNCERTAIN_NOTHING] = {"uncertainty_selects_nothing",
                                    0,
                                    {"the uncertainty at {d} selects nothing", "{d}处的不确定性条目未选中任何排放源"}},
    [LTN_NOTE_MEAN_REPLACES] = {"uncertainty_mean_replaces",
                                0,
                                {"the mean of the uncertain {d} takes the place of the inventory's value, and the "
                                 "emission follows; {u}: {v}",
                                 "以不确定性条目{d}的均值代替清单中的数值，排放量按比例改变；{u}数：{v}"}},
    [LTN_NOTE_MEAN_NOT_PLACED] = {"uncertainty_mean_skipped",
                                  SKIPS,
                                  {"the mean of the uncertain {d} takes no place where the inventory has no value, or "
                                   "one from which no emission can be reckoned; {u}: {v}",
                                   "清单无数值或无法由其推算排放量，不确定性条目{d}的均值未采用；{u}数：{v}"}},
    [LTN_NOTE_REMOVAL_CERTAIN] = {"uncertainty_removal_skipped",
                                  SKIPS,
                                  {"the uncertain {d} leaves out rows whose own removal is unknown or 1: {v}",
                                   "自身去除率未知或为1，不确定性条目{d}未计入的行数：{v}"}},
    [LTN_NOTE_TRUNCATION_SHIFTS] = {"truncation_shifts",
                                    0,
                                    {"truncation moves the mean of the uncertain {d} by {v} %",
                                     "截断使不确定性条目{d}的均值移动{v} %"}},
    [LTN_NOTE_CORRELATES_NOTHING] = {"correlation_of_nothing",
                                     0,
                                     {"the correlation at {d} joins nothing: no key is in two of its entries",
                                      "{d}处的相关性未联结任何数值：没有一个键同时属于两个条目"}},
};

ltn_status ltn_notes_add(ltn_notes *notes, const ltn_note *note)
{
    if (ltn_reserve(&notes->items, &notes->capacity, notes->count + 1, sizeof *notes->items)) return LTN_ENOMEM;
    notes->items[notes->count++] = *note;
    return LTN_OK;
}

ltn_status ltn_notes_append(ltn_notes *notes, const ltn_notes *part)
{
    ltn_status status = LTN_OK;
    for (size_t i = 0; !status && i < part->count; i++) status = ltn_notes_add(notes, &part->items[i]);
    return status;
}

void ltn_notes_free(ltn_notes *notes)
{
    free(notes->items);
    *notes = (ltn_notes){0};
}

const ltn_note *ltn_notes_forbidden(const ltn_notes *notes, bool strict, bool no_defaults)
{
    for (size_t i = 0; i < notes->count; i++) {
        int kind = forms[notes->items[i].code].kind;
        if ((strict && kind & SKIPS) || (no_defaults && kind & ASSUMES)) return &notes->items[i];
    }
    return NULL;
}

const char *ltn_note_name(ltn_note_code code)
{
    return forms[code].name;
}

/* What is counted, in the language of the sentence; units of measure are the same in both. */
static const char *unit_text(const char *unit, ltn_language language)
{
    static const char *const counted[][2] = {
        {"sources", "排放源"}, {"source", "排放源"}, {"rows", "排放行"}, {"row", "排放行"}};
    if (!unit) return "";
    for (size_t i = 0; language == LTN_CHINESE && i < sizeof counted / sizeof *counted; i++)
        if (strcmp(counted[i][0], unit) == 0) return counted[i][1];
    return unit;
}

void ltn_note_text(const ltn_note *note, ltn_language language, char *out, size_t size)
{
    char value[32];
    ltn_print(value, sizeof value, "%.6g", note->value);
    size_t used = 0;
    for (const char *p = forms[note->code].text[language]; *p && used + 1 < size; p++) {
        const char *piece = p;
        int length = 1;
        if (p[0] == '{') {
            piece = p[1] == 'v'    ? value
                    : p[1] == 'u'  ? unit_text(note->unit, language)
                    : note->detail ? note->detail
                                   : "";
            length = (int)strlen(piece);
            p += 2;
        }
        int wrote = snprintf(out + used, size - used, "%.*s", length, piece);
        used += wrote > 0 ? (size_t)wrote : 0;
    }
}
