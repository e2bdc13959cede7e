/* SPDX-License-Identifier: GPL-3.0-or-later */
/* --attribution and --sensitivity: to what the change, and its variance, are due. */
#include "plan_causes.h"

#include "terminal.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MEASURES_SHOWN = 15, INDICES_SHOWN = 10 };

static const char *say(ltn_language language, const char *english, const char *chinese)
{
    return language == LTN_CHINESE ? chinese : english;
}

/* ---- dividing ---- */

static ltn_status attribute(const ltn_projection *run, unsigned by, plan_causes *c, ltn_table **out)
{
    ltn_grouping grouping;
    ltn_grouping_init(&grouping, by);
    ltn_attribution_options options = c->how;
    int shown = -1;
    options.grouping = &grouping;
    options.progress = terminal_shows_progress() ? show_progress : NULL;
    options.progress_data = &shown;
    ltn_status status = ltn_projection_attribute(run, &options, out, &c->summary);
    clear_progress();
    return status;
}

/* The errors of a measure's parts in several regions do not add up, so sums that are printed are divided by themselves. */
static ltn_status divide_change(const plan_options *o, const ltn_projection *run, plan_causes *c)
{
    int report = !o->explain && !o->tasks && !o->accounts && !o->offsets;
    c->how.method = o->attribution;
    c->how.threads = o->threads;
    ltn_status status = LTN_OK;
    if (o->out) status = attribute(run, LTN_BY_MEASURE | LTN_BY_TASK | LTN_BY_REGION | LTN_BY_POLLUTANT, c, &c->parts);
    if (status || !report) return status;
    return attribute(run, LTN_BY_MEASURE | LTN_BY_POLLUTANT, c, &c->measures);
}

/* Sectors are taken whole; regions below the root, which is all of them. */
static ltn_status divide_variance(const plan_options *o, const ltn_projection *run, plan_causes *c)
{
    ltn_sensitivity_options options;
    ltn_sensitivity_options_init(&options);
    int shown = -1;
    options.draws = o->draws;
    options.seed = o->seed;
    options.threads = o->threads;
    options.by = o->sensitivity;
    options.depth = o->sensitivity == LTN_SENSITIVITY_BY_REGION;
    options.progress = terminal_shows_progress() ? show_progress : NULL;
    options.progress_data = &shown;
    ltn_status status = ltn_sensitivity_run(run, &options, &c->indices);
    clear_progress();
    return status;
}

ltn_status plan_causes_run(const plan_options *o, const ltn_offset_book *book, plan_causes *out)
{
    const ltn_projection *run = ltn_offset_book_projection(book);
    *out = (plan_causes){.parts = NULL};
    ltn_attribution_options_init(&out->how);
    ltn_status status = o->attribution_given ? divide_change(o, run, out) : LTN_OK;
    if (status || !o->sensitivity_given || !ltn_projection_inputs(run)) return status;
    return divide_variance(o, run, out);
}

void plan_causes_free(plan_causes *c)
{
    ltn_table_free(c->parts);
    ltn_table_free(c->measures);
    ltn_table_free(c->indices);
    *c = (plan_causes){.parts = NULL};
}

/* ---- rows of a pollutant ---- */

static double number(const ltn_table *table, size_t row, const char *name)
{
    int column = ltn_table_find(table, name);
    return column < 0 ? NAN : ltn_table_number(table, row, (size_t)column);
}

static const char *text(const ltn_table *table, size_t row, const char *name)
{
    int column = ltn_table_find(table, name);
    const char *value = column < 0 ? NULL : ltn_table_text(table, row, (size_t)column);
    return value ? value : "";
}

static void heading(const char *title)
{
    printf(terminal_has_colour() ? "\n\033[1m%s\033[0m\n" : "\n%s\n", title);
}

/* A row of a table and what it is sorted by. */
typedef struct ranked {
    double size;
    size_t row;
} ranked;

/* The largest first; of equals the first. */
static int by_size(const void *left, const void *right)
{
    const ranked *a = left, *b = right;
    if (a->size != b->size) return a->size < b->size ? 1 : -1;
    return (a->row > b->row) - (a->row < b->row);
}

/* Finds a pollutant's rows that have a value other than 0, those of the largest first. */
static size_t rank(const ltn_table *table, const char *pollutant, const char *column, ranked *out)
{
    size_t count = 0;
    for (size_t row = 0; row < ltn_table_rows(table); row++) {
        double size = fabs(number(table, row, column));
        if (size > 0 && strcmp(text(table, row, "pollutant"), pollutant) == 0) out[count++] = (ranked){size, row};
    }
    qsort(out, count, sizeof *out, by_size);
    return count;
}

/* Prints what was found of one pollutant. */
typedef void (*print_rows)(const void *data, const char *pollutant, const ranked *rows, size_t count);

static ltn_status print_by_pollutant(const ltn_table *table, const char *column, print_rows print, const void *data)
{
    int pollutant = ltn_table_find(table, "pollutant");
    ranked *rows = malloc((ltn_table_rows(table) + 1) * sizeof *rows);
    if (!rows) return LTN_ENOMEM;
    for (size_t word = 0; pollutant >= 0 && word < ltn_table_words(table, (size_t)pollutant); word++) {
        const char *code = ltn_table_word(table, (size_t)pollutant, (int32_t)word);
        size_t count = rank(table, code, column, rows);
        if (count) print(data, code, rows, count);
    }
    free(rows);
    return LTN_OK;
}

/* What the tables are printed of. */
typedef struct printing {
    const plan_options *o;
    const plan_causes *causes;
    const ltn_projection *run;
    ltn_language language;
} printing;

/* ---- names ---- */

static int find_measure(const ltn_scenario *s, const char *id)
{
    for (size_t m = 0; m < ltn_scenario_measures(s); m++)
        if (strcmp(ltn_scenario_measure_id(s, m), id) == 0) return (int)m;
    return -1;
}

static const char *name_in(const ltn_tree *tree, const char *code, ltn_language language)
{
    const char *name = ltn_tree_name(tree, ltn_tree_find(tree, code), language);
    return name ? name : code;
}

/* A word of the library's own for inputs that are no measure's, region's or sector's. */
static const char *own_word(const char *group, ltn_language language)
{
    static const char *const words[][2] = {{"activity", "活动水平"},    {"factor", "排放系数"},
                                           {"removal", "去除率"},       {"measures", "措施参数"},
                                           {"(inventory)", "（清单）"}, {"(measures)", "（措施参数）"},
                                           {"(rest)", "（其余各项）"},  {"(shared)", "（共用抽样）"}};
    for (size_t i = 0; language == LTN_CHINESE && i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i][0], group) == 0) return words[i][1];
    return group;
}

static const char *group_name(const printing *p, const char *group)
{
    const ltn_inventory *derived = ltn_projection_derived(p->run);
    const ltn_scenario *s = ltn_projection_scenario(p->run);
    int by = p->o->sensitivity, m = by == LTN_SENSITIVITY_BY_MEASURE ? find_measure(s, group) : -1;
    if (m >= 0) return ltn_scenario_measure_name(s, (size_t)m, p->language);
    if (*group == '(' || by == LTN_SENSITIVITY_BY_KIND) return own_word(group, p->language);
    if (by == LTN_SENSITIVITY_BY_REGION) return name_in(ltn_inventory_regions(derived), group, p->language);
    return by == LTN_SENSITIVITY_BY_SECTOR ? name_in(ltn_inventory_sectors(derived), group, p->language) : group;
}

/* ---- change ---- */

static void add_measure(grid *g, const printing *p, size_t row)
{
    const ltn_table *table = p->causes->measures;
    const ltn_scenario *s = ltn_projection_scenario(p->run);
    const char *id = text(table, row, "measure");
    int m = find_measure(s, id);
    size_t line = grid_row(g, PLAIN);
    grid_text(g, line, 0, m < 0 ? id : ltn_scenario_measure_name(s, (size_t)m, p->language));
    if (m >= 0 && ltn_scenario_measure_task(s, (size_t)m))
        grid_number(g, line, 1, ltn_scenario_measure_task(s, (size_t)m), 0);
    grid_number(g, line, 2, number(table, row, "delta_t"), 1);
    if (!p->causes->summary.exact) grid_number(g, line, 3, number(table, row, "error_t"), 1);
}

static void add_sum(grid *g, grid_colour colour, const char *name, double delta)
{
    size_t line = grid_row(g, colour);
    grid_text(g, line, 0, name);
    grid_number(g, line, 2, delta, 1);
}

static void print_change_of(const void *data, const char *pollutant, const ranked *rows, size_t count)
{
    const printing *p = data;
    const char *const columns[] = {say(p->language, "<measure", "<措施"), say(p->language, "task", "任务"),
                                   say(p->language, "change t", "变化 t"),
                                   say(p->language, "standard error t", "标准误差 t")};
    double others = 0, total = 0;
    char name[64];
    grid g;
    grid_start(&g, sizeof columns / sizeof *columns - (size_t)p->causes->summary.exact, columns);
    for (size_t i = 0; i < count; i++) {
        double delta = number(p->causes->measures, rows[i].row, "delta_t");
        if (i < MEASURES_SHOWN) add_measure(&g, p, rows[i].row);
        if (i >= MEASURES_SHOWN) others += delta;
        total += delta;
    }
    snprintf(name, sizeof name, say(p->language, "others (%zu)", "其余%zu项"), count - MEASURES_SHOWN);
    if (count > MEASURES_SHOWN) add_sum(&g, PLAIN, name, others);
    add_sum(&g, BOLD, say(p->language, "total change", "变化合计"), total);
    printf("\n%s\n", pollutant);
    grid_print(&g);
}

/* By which method, and whether the numbers are exact. */
static void print_how(const plan_causes *c, ltn_language language)
{
    static const char *const methods[][2] = {
        [LTN_ATTRIBUTION_IN_ORDER] = {"in order, as in the ledger", "按实施顺序，与台账一致"},
        [LTN_ATTRIBUTION_SHAPLEY] = {"Shapley values, the mean over all orders of the measures",
                                     "Shapley值，各措施所有先后顺序的平均"},
        [LTN_ATTRIBUTION_LMDI] = {"LMDI-I, by the logarithm of what each leaves", "LMDI-I，按各措施剩余比例的对数"}};
    const char *method = methods[c->how.method][language == LTN_CHINESE];
    if (c->summary.exact)
        printf(say(language, "%s; exact\n", "%s；精确值\n"), method);
    else
        printf(say(language, "%s; sampled: orders were drawn in %zu of %zu games\n",
                   "%s；抽样估计：%zu组措施抽取了先后顺序（共%zu组）\n"),
               method, c->summary.sampled, c->summary.games);
}

ltn_status print_attribution(const plan_causes *c, const ltn_projection *run, ltn_language language)
{
    char title[160];
    size_t count;
    const int *years = ltn_projection_years(run, &count);
    if (!c->measures) return LTN_OK;
    snprintf(title, sizeof title,
             say(language, "To which measures the change from %d to %d is due, the largest first",
                 "%d年至%d年的变化归因于哪些措施（由大到小）"),
             ltn_scenario_base_year(ltn_projection_scenario(run)), years[count - 1]);
    heading(title);
    print_how(c, language);
    if (!ltn_table_rows(c->measures)) puts(say(language, "Nothing changes.", "没有变化。"));
    return print_by_pollutant(c->measures, "delta_t", print_change_of,
                              &(printing){.causes = c, .run = run, .language = language});
}

/* ---- variance ---- */

static void put_index(grid *g, size_t line, size_t column, const ltn_table *table, size_t row, const char *index,
                      ltn_language language)
{
    char low[32], high[32], bounds[64] = "";
    snprintf(low, sizeof low, "%s_low", index);
    snprintf(high, sizeof high, "%s_high", index);
    double from = number(table, row, low), to = number(table, row, high);
    if (!isnan(from) && !isnan(to))
        snprintf(bounds, sizeof bounds, say(language, "%.3f to %.3f", "%.3f 至 %.3f"), from, to);
    grid_number(g, line, column, number(table, row, index), 3);
    grid_text(g, line, column + 1, bounds);
}

static void print_indices_of(const void *data, const char *pollutant, const ranked *rows, size_t count)
{
    const printing *p = data;
    const ltn_table *table = p->causes->indices;
    const ltn_tree *regions = ltn_inventory_regions(ltn_projection_derived(p->run));
    const char *const columns[] = {
        say(p->language, "<uncertain", "<不确定项"), say(p->language, "<sum of", "<汇总地区"),
        say(p->language, "total", "总指数"),         say(p->language, "95 % interval", "95 %区间"),
        say(p->language, "first order", "一阶指数"), say(p->language, "95 % interval", "95 %区间")};
    grid g;
    grid_start(&g, sizeof columns / sizeof *columns, columns);
    for (size_t i = 0; i < count && i < INDICES_SHOWN; i++) {
        size_t line = grid_row(&g, PLAIN);
        grid_text(&g, line, 0, group_name(p, text(table, rows[i].row, "group")));
        grid_text(&g, line, 1, name_in(regions, text(table, rows[i].row, "region"), p->language));
        put_index(&g, line, 2, table, rows[i].row, "total", p->language);
        put_index(&g, line, 4, table, rows[i].row, "first", p->language);
    }
    printf("\n%s\n", pollutant);
    grid_print(&g);
}

ltn_status print_sensitivity(const plan_options *o, const plan_causes *c, const ltn_projection *run,
                             ltn_language language)
{
    char title[160];
    if (!c->indices) return LTN_OK;
    snprintf(title, sizeof title,
             say(language, "To what the variance of the last year is due: shares, the %d largest totals",
                 "末年排放量的方差来自哪些输入：占方差的份额，总指数最大的%d项"),
             INDICES_SHOWN);
    heading(title);
    printf(say(language, "%zu draws of each point of the design, seed %" PRIu64 "\n",
               "每组设计抽样%zu次，种子%" PRIu64 "\n"),
           o->draws, o->seed);
    return print_by_pollutant(c->indices, "total", print_indices_of, &(printing){o, c, run, language});
}
