/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables with a row for each thing, as variables along a dimension of their own. */
#include "output/netcdf.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef enum field_kind { TEXT, NUMBER, INTEGER } field_kind;

/* A column of a table as a variable. Days are texts: CDO takes one variable of days for the time of the whole file. */
typedef struct field {
    const char *column;
    field_kind kind;
    ltn_nc_form form;
} field;

/* ---- fields ---- */

static const char **texts_of(ltn_nc *nc, const ltn_table *table, size_t column)
{
    const char **texts = ltn_nc_alloc(nc, table->rows, sizeof *texts);
    for (size_t row = 0; texts && row < table->rows; row++) texts[row] = ltn_table_text(table, row, column);
    return texts;
}

static void write_field(ltn_nc *nc, const ltn_table *table, const field *f, ltn_nc_dimension *along)
{
    size_t column = (size_t)ltn_table_find(table, f->column);
    if (f->kind == NUMBER) ltn_nc_numbers(nc, &f->form, along, table->columns[column].numbers);
    if (f->kind == INTEGER) ltn_nc_integers(nc, &f->form, along, table->columns[column].numbers);
    if (f->kind != TEXT) return;
    const char **texts = texts_of(nc, table, column);
    if (texts) ltn_nc_texts(nc, &f->form, along, texts);
    free(texts);
}

static void write_more(ltn_nc *nc, const ltn_table *table, const field *fields, size_t count, ltn_nc_dimension *along)
{
    for (size_t i = 0; !nc->status && i < count; i++) write_field(nc, table, &fields[i], along);
}

/* Returns the dimension; of length 0 where nothing was written. */
static ltn_nc_dimension write_fields(ltn_nc *nc, const ltn_table *table, const char *dimension, const field *fields,
                                     size_t count)
{
    if (nc->status || !table || !table->rows) return (ltn_nc_dimension){0};
    ltn_nc_dimension along = ltn_nc_dimension_of(nc, dimension, table->rows);
    write_more(nc, table, fields, count, &along);
    return along;
}

#define COUNT(list) (sizeof list / sizeof *list)

/* Every value of a row is found by its label. */
#define LABEL(column, name, english, chinese)                                                                          \
    {                                                                                                                  \
        column, TEXT,                                                                                                  \
        {                                                                                                              \
            name, NULL, english, chinese, NULL, NULL, LTN_NC_LABEL                                                     \
        }                                                                                                              \
    }
#define VALUE(column, kind, name, unit, english, chinese)                                                              \
    {                                                                                                                  \
        column, kind,                                                                                                  \
        {                                                                                                              \
            name, unit, english, chinese, NULL, NULL, LTN_NC_VALUE                                                     \
        }                                                                                                              \
    }

/* ---- targets ---- */

/* The table of targets with what the targets' file says of each besides, and the figures of indicators, which are in
 * units of their own, in columns of their own. */
static ltn_status complete_targets(const ltn_targets *targets, const ltn_table *table, ltn_table **out)
{
    static const char *const shared[] = {"base_t", "projected_t", "gap_t"};
    static const char *const own[] = {"indicator_base", "indicator_value", "indicator_gap"};
    ltn_status status = (*out = ltn_table_create()) ? LTN_OK : LTN_ENOMEM;
    if (!status) status = ltn_table_append(*out, table);
    size_t first = status ? 0 : (*out)->column_count;
    for (size_t i = 0; !status && i < COUNT(own); i++) status = ltn_table_add_column(*out, own[i], LTN_NUMBER, NULL);
    if (!status) status = ltn_table_add_column(*out, "target_year", LTN_NUMBER, NULL);
    if (!status) status = ltn_table_add_column(*out, "kind", LTN_TEXT, NULL);
    if (!status) status = ltn_table_add_column(*out, "unit", LTN_TEXT, NULL);
    for (size_t row = 0; !status && row < table->rows; row++) {
        (*out)->columns[first + 3].numbers[row] = ltn_targets_year(targets, row);
        status = ltn_table_set_text(*out, row, first + 4, ltn_targets_kind(targets, row));
        if (strcmp(ltn_targets_kind(targets, row), "indicator") != 0) continue;
        if (!status) status = ltn_table_set_text(*out, row, first + 5, ltn_targets_unit(targets, row));
        for (size_t i = 0; i < COUNT(own); i++) {
            double *tonnes = &(*out)->columns[ltn_table_find(*out, shared[i])].numbers[row];
            (*out)->columns[first + i].numbers[row] = *tonnes;
            *tonnes = NAN;
        }
    }
    return status;
}

static void write_chances(ltn_nc *nc, const ltn_table *chances, ltn_nc_dimension *along)
{
    static const field fields[] = {
        {"p_met",
         NUMBER,
         {"target_p_met", "1", "share of the ensemble's draws in which the target is met", "目标：达标概率", NULL, NULL,
          LTN_NC_VALUE, "target_p_met_error"}},
        VALUE("p_met_error", NUMBER, "target_p_met_error", "1", "standard error of target_p_met",
              "目标：达标概率的标准误差"),
        VALUE("cut_mean_pct", NUMBER, "target_cut_mean", "percent", "mean of the cut over the ensemble's draws",
              "目标：削减比例均值"),
        VALUE("cut_p2.5_pct", NUMBER, "target_cut_low", "percent", "2.5 % quantile of the cut",
              "目标：削减比例2.5%分位数"),
        VALUE("cut_p97.5_pct", NUMBER, "target_cut_high", "percent", "97.5 % quantile of the cut",
              "目标：削减比例97.5%分位数"),
    };
    if (chances && chances->rows == along->length) write_more(nc, chances, fields, COUNT(fields), along);
}

void ltn_netcdf_targets(ltn_nc *nc, const ltn_targets *targets, const ltn_table *table, const ltn_table *chances)
{
    static const field fields[] = {
        LABEL("region", "target_region", "region of the target", "目标：地区"),
        LABEL("pollutant", "target_pollutant", "pollutant or indicator of the target", "目标：污染物或指标"),
        LABEL("scope", "target_scope", "scope of the scenario that counts; blank: everything", "目标：统计口径"),
        LABEL("state", "target_state", "value (judged), not_assessed or city_wide", "目标：状态"),
        VALUE("kind", TEXT, "target_kind", NULL, "cut, cap or indicator", "目标：类型"),
        VALUE("target_year", INTEGER, "target_year", "1", "year of the target", "目标：年份"),
        VALUE("base_t", NUMBER, "target_base", "t yr-1", "emission of the base year", "目标：基准年排放量"),
        VALUE("projected_t", NUMBER, "target_projected", "t yr-1", "emission of the target's year",
              "目标：目标年排放量"),
        VALUE("required_cut_pct", NUMBER, "target_required_cut", "percent", "cut that is required",
              "目标：要求削减比例"),
        VALUE("cut_pct", NUMBER, "target_cut", "percent", "cut that is reached", "目标：实际削减比例"),
        VALUE("cut_plan_pct", NUMBER, "target_cut_plan", "percent",
              "cut without projects that owe an offset and the tonnes they claimed", "目标：不计替代项目的削减比例"),
        VALUE("gap_t", NUMBER, "target_gap", "t yr-1", "what is lacking; negative: to spare",
              "目标：缺口（负值为富余）"),
        VALUE("met", TEXT, "target_met", NULL, "yes, no, or blank where it is not judged", "目标：是否达标"),
        VALUE("unit", TEXT, "indicator_unit", NULL, "unit of the indicator's figures", "指标：单位"),
        VALUE("indicator_base", NUMBER, "indicator_base", NULL, "base year's value, in indicator_unit",
              "指标：基准年值"),
        VALUE("indicator_value", NUMBER, "indicator_value", NULL, "value, in indicator_unit", "指标：数值"),
        VALUE("indicator_gap", NUMBER, "indicator_gap", NULL, "what is lacking, in indicator_unit", "指标：缺口"),
    };
    ltn_table *complete = NULL;
    if (nc->status || !table) return;
    nc->status = complete_targets(targets, table, &complete);
    ltn_nc_dimension along = write_fields(nc, complete, "target", fields, COUNT(fields));
    write_chances(nc, chances, &along);
    ltn_table_free(complete);
}

/* ---- offsets ---- */

void ltn_netcdf_projects(ltn_nc *nc, const ltn_table *table, const ltn_table *chances)
{
    static const field covers[] = {
        {"p_covered",
         NUMBER,
         {"project_p_covered", "1", "share of the ensemble's draws in which what it owes is covered", "替代落实概率",
          NULL, NULL, LTN_NC_VALUE, "project_p_covered_error"}},
        VALUE("p_covered_error", NUMBER, "project_p_covered_error", "1", "standard error of project_p_covered",
              "替代落实概率的标准误差"),
    };
    static const field fields[] = {
        LABEL("project", "project_id", "project that owes an offset", "替代项目"),
        LABEL("name", "project_name", "name of the project", "项目名称"),
        VALUE("rule", TEXT, "project_rule", NULL, "rule it owes by", "适用规则"),
        VALUE("region", TEXT, "project_region", NULL, "region of the project", "项目所在地区"),
        VALUE("pollutant", TEXT, "project_pollutant", NULL, "pollutant it owes", "替代污染物"),
        VALUE("start", TEXT, "project_start", NULL, "day it starts, year-month-day", "投产日期"),
        VALUE("state", TEXT, "project_state", NULL, "met, unmet, scaled or excluded", "替代状态"),
        VALUE("asked_t", NUMBER, "project_asked", "t yr-1", "new emission as the scenario has it", "申请新增排放量"),
        VALUE("new_t", NUMBER, "project_new", "t yr-1", "new emission as the book lets it in", "准予新增排放量"),
        VALUE("owed_t", NUMBER, "project_owed", "t yr-1", "reductions it owes", "应替代量"),
        VALUE("claimed_t", NUMBER, "project_claimed", "t yr-1", "reductions it claims", "已替代量"),
        VALUE("covered_t", NUMBER, "project_covered", "t yr-1", "new emission that is covered", "已覆盖的新增量"),
        VALUE("unmet_t", NUMBER, "project_unmet", "t yr-1", "reductions that are lacking", "替代缺口"),
        VALUE("net_t", NUMBER, "project_net", "t yr-1", "new less claimed", "净增量"),
    };
    ltn_nc_dimension along = write_fields(nc, table, "project", fields, COUNT(fields));
    if (chances && chances->rows == along.length) write_more(nc, chances, covers, COUNT(covers), &along);
}

void ltn_netcdf_claims(ltn_nc *nc, const ltn_table *table)
{
    static const field fields[] = {
        LABEL("project", "claim_project", "project that claims", "使用指标的项目"),
        VALUE("region", TEXT, "claim_region", NULL, "region of the project", "项目所在地区"),
        VALUE("pollutant", TEXT, "claim_pollutant", NULL, "pollutant", "污染物"),
        VALUE("year", INTEGER, "claim_year", "1", "year the project starts", "项目投产年份"),
        VALUE("new_t", NUMBER, "claim_new", "t yr-1", "new emission of the project", "项目新增排放量"),
        VALUE("ratio", NUMBER, "claim_ratio", "1", "tonnes owed for each new tonne", "替代倍数"),
        VALUE("owed_t", NUMBER, "claim_owed", "t yr-1", "owed at this ratio", "应替代量"),
        VALUE("claimed_t", NUMBER, "claim_tonnes", "t yr-1", "claimed of the credit", "使用量"),
        VALUE("credit_measure", TEXT, "claim_credit_measure", NULL,
              "measure or permit of the credit; 'unmet' for what nobody pays", "指标对应措施或许可"),
        VALUE("credit_source", TEXT, "claim_credit_source", NULL, "source of the credit", "指标来源"),
        VALUE("credit_region", TEXT, "claim_credit_region", NULL, "region of the credit", "指标所在地区"),
        VALUE("credit_year", INTEGER, "claim_credit_year", "1", "year the credit begins", "指标生效年份"),
    };
    write_fields(nc, table, "claim", fields, COUNT(fields));
}

void ltn_netcdf_credits(ltn_nc *nc, const ltn_table *table)
{
    static const field fields[] = {
        LABEL("measure", "credit_measure", "measure or permit of the credit", "指标对应措施或许可"),
        LABEL("source", "credit_source", "source of the credit", "指标来源"),
        VALUE("region", TEXT, "credit_region", NULL, "region of the credit", "指标所在地区"),
        VALUE("pollutant", TEXT, "credit_pollutant", NULL, "pollutant", "污染物"),
        VALUE("since", TEXT, "credit_since", NULL, "day from which the measure is in force, year-month-day",
              "生效日期"),
        VALUE("expires", TEXT, "credit_expires", NULL, "day on which the credit expires, year-month-day", "失效日期"),
        VALUE("reduced_t", NUMBER, "credit_reduced", "t yr-1", "cut by the measure in the last year", "末年减排量"),
        VALUE("credit_t", NUMBER, "credit_tonnes", "t yr-1", "what of it is a credit at the end", "可用指标"),
        VALUE("claimed_t", NUMBER, "credit_claimed", "t yr-1", "claimed", "已使用量"),
        VALUE("left_t", NUMBER, "credit_left", "t yr-1", "left", "剩余量"),
        VALUE("cost_yuan_t", NUMBER, "credit_cost", "t-1", "cost, yuan per tonne", "成本（元/吨）"),
        VALUE("worth_yuan_t", NUMBER, "credit_worth", "t-1", "shadow price: what one more tonne saves, yuan per tonne",
              "影子价格（元/吨）"),
        VALUE("worth_new_t", NUMBER, "credit_worth_new", "1", "new tonnes that one more tonne would cover besides",
              "每增一吨可覆盖的新增量"),
    };
    write_fields(nc, table, "credit", fields, COUNT(fields));
}

/* ---- notes ---- */

void ltn_netcdf_notes(ltn_nc *nc, const ltn_table *notes)
{
    static const ltn_nc_form code = {"note_code", NULL, "kind of note", "说明类别", NULL, NULL, LTN_NC_LABEL},
                             count = {"note_count", "1", "notes of this kind", "说明条数", NULL, NULL, LTN_NC_VALUE};
    const ltn_column *codes = &notes->columns[ltn_table_find(notes, "code")];
    ltn_nc_integer(nc, LTN_NC_GLOBAL, "notes", (int)notes->rows);
    if (!notes->rows) return;
    double *counts = ltn_nc_alloc(nc, codes->words->count, sizeof *counts);
    if (!counts) return;
    for (size_t row = 0; row < notes->rows; row++) counts[codes->codes[row]]++;
    ltn_nc_dimension along = ltn_nc_dimension_of(nc, "note", codes->words->count);
    ltn_nc_texts(nc, &code, &along, codes->words->words);
    ltn_nc_integers(nc, &count, &along, counts);
    free(counts);
}
