/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stands along the dimensions: years, regions, sectors, pollutants, measures. */
#include "output/netcdf.h"

#include "base/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- years ---- */

/* A year's cell runs from its first of January to the next one; its point is the middle. */
static void write_years(ltn_nc *nc, const ltn_projection *run, ltn_nc_dimension *year, double *bounds, double *numbers)
{
    double first = ltn_days_since_1970(nc->base_year, 1, 1);
    for (size_t y = 0; y < run->year_count; y++) {
        for (int end = 0; end < 2; end++)
            bounds[2 * y + (size_t)end] = ltn_days_since_1970(run->years[y] + end, 1, 1) - first;
        numbers[y] = (bounds[2 * y] + bounds[2 * y + 1]) / 2;
    }
    ltn_nc_dimension bound = ltn_nc_dimension_of(nc, "bound", 2);
    static const ltn_nc_form middle = {"year", NULL, "year", "年份", NULL, NULL, LTN_NC_AXIS},
                             ends = {.name = "year_bounds", .role = LTN_NC_AXIS},
                             number = {"calendar_year", "1", "calendar year", "日历年", NULL, NULL, LTN_NC_LABEL};
    int variable = ltn_nc_days(nc, &middle, year, numbers);
    ltn_nc_text(nc, variable, "standard_name", "time");
    ltn_nc_text(nc, variable, "axis", "T");
    ltn_nc_text(nc, variable, "bounds", "year_bounds");
    variable = ltn_nc_define(nc, &ends, (ltn_nc_dimension *[LTN_NC_RANK]){year, &bound}, (size_t[LTN_NC_RANK]){0});
    ltn_nc_put(nc, variable, (size_t[]){0, 0}, (size_t[]){run->year_count, 2}, bounds, 2 * run->year_count);
    for (size_t y = 0; y < run->year_count; y++) numbers[y] = run->years[y];
    ltn_nc_integers(nc, &number, year, numbers);
}

static void year_axis(ltn_nc *nc, const ltn_projection *run, ltn_nc_dimension *year)
{
    double *bounds = ltn_nc_alloc(nc, 2 * run->year_count, sizeof *bounds),
           *numbers = ltn_nc_alloc(nc, run->year_count, sizeof *numbers);
    *year = ltn_nc_dimension_of(nc, "year", run->year_count);
    if (bounds && numbers) write_years(nc, run, year, bounds, numbers);
    free(bounds);
    free(numbers);
}

/* ---- regions and sectors ---- */

/* Columns of the tables of regions and sectors that are written where they are there. */
typedef struct tree_column {
    const char *column;
    ltn_nc_form region, sector; /* without a name: not of this tree */
    bool is_number;
    const char *standard_name;
} tree_column;

static const tree_column tree_columns[] = {
    {"lon", {"region_lon", "degrees_east", "longitude", "经度", NULL, NULL, LTN_NC_VALUE}, {NULL}, true, "longitude"},
    {"lat", {"region_lat", "degrees_north", "latitude", "纬度", NULL, NULL, LTN_NC_VALUE}, {NULL}, true, "latitude"},
    {"area_km2", {"region_area", "km2", "area of the region", "面积", NULL, NULL, LTN_NC_VALUE}, {NULL}, true, NULL},
    {"population", {"region_population", "1", "people", "人口", NULL, NULL, LTN_NC_VALUE}, {NULL}, true, NULL},
    {"kind", {"region_kind", NULL, "kind of region", "类别", NULL, NULL, LTN_NC_VALUE}, {NULL}, false, NULL},
    {"scc", {NULL}, {"sector_scc", NULL, "SCC of the sector", "SCC 代码", NULL, NULL, LTN_NC_VALUE}, false, NULL},
    {"nfr", {NULL}, {"sector_nfr", NULL, "NFR code of the sector", "NFR 代码", NULL, NULL, LTN_NC_VALUE}, false, NULL},
    {"gnfr", {NULL}, {"sector_gnfr", NULL, "GNFR of the sector", "GNFR 代码", NULL, NULL, LTN_NC_VALUE}, false, NULL},
    {"handbook",
     {NULL},
     {"sector_handbook", NULL, "source class of the Chinese handbook", "技术手册源分类", NULL, NULL, LTN_NC_VALUE},
     false,
     NULL},
};

/* Texts of a column of numbers; what is none is absent. */
static void write_numbers(ltn_nc *nc, const tree_column *c, const ltn_nc_form *form, ltn_nc_dimension *along,
                          const char *const *texts)
{
    double *numbers = ltn_nc_alloc(nc, along->length, sizeof *numbers);
    for (size_t i = 0; numbers && i < along->length; i++)
        if (!texts[i] || ltn_text_number(texts[i], strlen(texts[i]), &numbers[i]) != strlen(texts[i])) numbers[i] = NAN;
    if (numbers) ltn_nc_text(nc, ltn_nc_numbers(nc, form, along, numbers), "standard_name", c->standard_name);
    free(numbers);
}

static void write_tree_column(ltn_nc *nc, const ltn_tree *tree, const tree_column *c, const ltn_nc_form *form,
                              ltn_nc_dimension *along, const char **texts)
{
    int column = ltn_table_find(tree->table, c->column);
    if (column < 0 || !form->name) return;
    for (size_t i = 0; i < along->length; i++) texts[i] = ltn_table_text(tree->table, i, (size_t)column);
    if (c->is_number)
        write_numbers(nc, c, form, along, texts);
    else
        ltn_nc_texts(nc, form, along, texts);
}

/* Forms of the codes, the names in both languages, and the parents. */
typedef struct tree_forms {
    const char *dimension;
    ltn_nc_form code, names[2], parent;
} tree_forms;

static void tree_axis(ltn_nc *nc, const ltn_tree *tree, const tree_forms *forms, ltn_nc_dimension *axis)
{
    bool is_region = strcmp(forms->dimension, "region") == 0;
    size_t count = ltn_tree_count(tree);
    const char **texts = ltn_nc_alloc(nc, count, sizeof *texts);
    *axis = ltn_nc_dimension_of(nc, forms->dimension, count);
    if (!texts) return;
    for (size_t i = 0; i < count; i++) texts[i] = ltn_tree_code(tree, (int32_t)i);
    ltn_nc_texts(nc, &forms->code, axis, texts);
    for (int language = 0; language < 2; language++) {
        for (size_t i = 0; i < count; i++) texts[i] = ltn_tree_name(tree, (int32_t)i, (ltn_language)language);
        ltn_nc_texts(nc, &forms->names[language], axis, texts);
    }
    for (size_t i = 0; i < count; i++) texts[i] = ltn_tree_code(tree, ltn_tree_parent(tree, (int32_t)i));
    ltn_nc_texts(nc, &forms->parent, axis, texts);
    for (size_t c = 0; c < sizeof tree_columns / sizeof *tree_columns; c++)
        write_tree_column(nc, tree, &tree_columns[c], is_region ? &tree_columns[c].region : &tree_columns[c].sector,
                          axis, texts);
    free(texts);
}

static const tree_forms region_forms = {
    "region",
    {"region_code", NULL, "region code", "地区代码", NULL, NULL, LTN_NC_LABEL},
    {{"region_name", NULL, "region name in English", "地区英文名称", NULL, NULL, LTN_NC_LABEL},
     {"region_name_zh", NULL, "region name in Chinese", "地区中文名称", NULL, NULL, LTN_NC_LABEL}},
    {"region_parent", NULL, "code of the region around it", "上级地区代码", NULL, NULL, LTN_NC_VALUE}};

static const tree_forms sector_forms = {
    "sector",
    {"sector_code", NULL, "sector code", "行业代码", NULL, NULL, LTN_NC_LABEL},
    {{"sector_name", NULL, "sector name in English", "行业英文名称", NULL, NULL, LTN_NC_LABEL},
     {"sector_name_zh", NULL, "sector name in Chinese", "行业中文名称", NULL, NULL, LTN_NC_LABEL}},
    {"sector_parent", NULL, "code of the sector above it", "上级行业代码", NULL, NULL, LTN_NC_VALUE}};

/* ---- pollutants ---- */

/* Pollutants are open-ended; those that the plan asks for have names, the others are called by their code. */
static const char *pollutant_name(const char *code, int language)
{
    static const char *const names[][3] = {{"SO2", "sulphur dioxide", "二氧化硫"},
                                           {"NOx", "nitrogen oxides (as NO2)", "氮氧化物（以二氧化氮计）"},
                                           {"VOC", "volatile organic compounds", "挥发性有机物"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(code, names[i][0]) == 0) return names[i][1 + language];
    return code;
}

static void pollutant_axis(ltn_nc *nc, const ltn_dictionary *words, ltn_nc_dimension *axis)
{
    static const ltn_nc_form code = {"pollutant_code", NULL, "pollutant", "污染物", NULL, NULL, LTN_NC_LABEL},
                             names[2] = {{"pollutant_name", NULL, "pollutant name in English", "污染物英文名称", NULL,
                                          NULL, LTN_NC_LABEL},
                                         {"pollutant_name_zh", NULL, "pollutant name in Chinese", "污染物中文名称",
                                          NULL, NULL, LTN_NC_LABEL}};
    const char **texts = ltn_nc_alloc(nc, words->count, sizeof *texts);
    *axis = ltn_nc_dimension_of(nc, "pollutant", words->count);
    if (!texts) return;
    ltn_nc_texts(nc, &code, axis, words->words);
    for (int language = 0; language < 2; language++) {
        for (size_t i = 0; i < words->count; i++) texts[i] = pollutant_name(words->words[i], language);
        ltn_nc_texts(nc, &names[language], axis, texts);
    }
    free(texts);
}

/* ---- measures ---- */

/* A measure's bureaus, `;`-separated. */
static const char *bureaus_of(const ltn_measure *m, ltn_arena *arena)
{
    size_t size = 1;
    for (size_t i = 0; i < m->bureau.count; i++) size += strlen(m->bureau.items[i]) + 1;
    char *all = ltn_arena_alloc(arena, size);
    for (size_t i = 0; all && i < m->bureau.count; i++) strcat(strcat(all, i ? ";" : ""), m->bureau.items[i]);
    return all;
}

/* One of a measure's texts; NULL where memory runs out. */
static const char *measure_text(const ltn_scenario *s, size_t i, int field, ltn_arena *arena)
{
    enum { ID, NAME, NAME_ZH, CLASS, ACTION };
    const ltn_measure *m = &s->measures[i];
    switch (field) {
    case ID:
        return m->id;
    case NAME:
    case NAME_ZH:
        return ltn_scenario_measure_name(s, i, field == NAME ? LTN_ENGLISH : LTN_CHINESE);
    case CLASS:
        return ltn_class_names[m->accounting];
    case ACTION:
        return ltn_action_names[m->action];
    default:
        return bureaus_of(m, arena);
    }
}

static void write_measures(ltn_nc *nc, const ltn_scenario *s, ltn_nc_dimension *axis, const char **texts,
                           double *numbers)
{
    static const ltn_nc_form forms[] = {
        {"measure_id", NULL, "measure", "措施", NULL, NULL, LTN_NC_LABEL},
        {"measure_name", NULL, "measure name in English", "措施英文名称", NULL, NULL, LTN_NC_LABEL},
        {"measure_name_zh", NULL, "measure name in Chinese", "措施中文名称", NULL, NULL, LTN_NC_LABEL},
        {"measure_class", NULL, "accounting class", "核算类别", NULL, NULL, LTN_NC_VALUE},
        {"measure_action", NULL, "what the measure does", "措施类型", NULL, NULL, LTN_NC_VALUE},
        {"measure_bureau", NULL, "bureaus that answer for it, the leading one first", "责任单位（牵头单位在前）", NULL,
         NULL, LTN_NC_VALUE}};
    static const ltn_nc_form task = {"measure_task", NULL,        "number of the plan's task", "任务序号", NULL,
                                     NULL,           LTN_NC_VALUE};
    ltn_arena arena = {0};
    for (size_t f = 0; f < sizeof forms / sizeof *forms; f++) {
        for (size_t i = 0; !nc->status && i < s->measure_count; i++)
            if (!(texts[i] = measure_text(s, i, (int)f, &arena))) nc->status = LTN_ENOMEM;
        if (!nc->status) ltn_nc_texts(nc, &forms[f], axis, texts);
    }
    for (size_t i = 0; i < s->measure_count; i++) numbers[i] = s->measures[i].task ? s->measures[i].task : NAN;
    ltn_nc_integers(nc, &task, axis, numbers);
    ltn_arena_free(&arena);
}

static void measure_axis(ltn_nc *nc, const ltn_scenario *s, ltn_nc_dimension *axis)
{
    *axis = (ltn_nc_dimension){0};
    if (!s->measure_count) return;
    const char **texts = ltn_nc_alloc(nc, s->measure_count, sizeof *texts);
    double *numbers = ltn_nc_alloc(nc, s->measure_count, sizeof *numbers);
    *axis = ltn_nc_dimension_of(nc, "measure", s->measure_count);
    if (texts && numbers) write_measures(nc, s, axis, texts, numbers);
    free(texts);
    free(numbers);
}

void ltn_netcdf_axes(ltn_nc *nc, const ltn_results *results, ltn_nc_axes *out)
{
    const ltn_program *p = &results->run->program;
    year_axis(nc, results->run, &out->year);
    tree_axis(nc, p->derived->regions, &region_forms, &out->region);
    tree_axis(nc, p->derived->sectors, &sector_forms, &out->sector);
    pollutant_axis(nc, p->derived->emissions->columns[LTN_POLLUTANT].words, &out->pollutant);
    measure_axis(nc, p->scenario, &out->measure);
}
