/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan_print.h"

#include "terminal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { POLLUTANTS_MAX = 6, NOTES_SHOWN = 12, COMPARED_MAX = 5, LINE_WIDTH = 110 };

static const char *say(ltn_language language, const char *english, const char *chinese)
{
    return language == LTN_CHINESE ? chinese : english;
}

/* ---- tables by column name ---- */

static size_t column(const ltn_table *table, const char *name)
{
    int c = ltn_table_find(table, name);
    return c < 0 ? ltn_table_columns(table) : (size_t)c;
}

static double number(const ltn_table *table, size_t row, const char *name)
{
    return ltn_table_number(table, row, column(table, name));
}

static const char *text(const ltn_table *table, size_t row, const char *name)
{
    const char *value = ltn_table_text(table, row, column(table, name));
    return value ? value : "";
}

static const char *name_in(const ltn_tree *tree, const char *code, ltn_language language)
{
    const char *name = ltn_tree_name(tree, ltn_tree_find(tree, code), language);
    return name ? name : code;
}

/* A region's own sources, without those of the regions inside it. */
static const char *own_name(const ltn_tree *tree, int32_t node, ltn_language language)
{
    static char text[160];
    int inside = 0;
    for (int32_t n = 0; (size_t)n < ltn_tree_count(tree); n++) inside |= ltn_tree_parent(tree, n) == node;
    snprintf(text, sizeof text, "%s%s", ltn_tree_name(tree, node, language),
             inside ? say(language, " (without zones)", "（不含下辖区）") : "");
    return text;
}

/* The trees of the derived inventory hold the base's nodes and those that measures brought. */
static const ltn_tree *regions_of(const ltn_projection *run)
{
    return ltn_inventory_regions(ltn_projection_derived(run));
}

static const ltn_tree *sectors_of(const ltn_projection *run)
{
    return ltn_inventory_sectors(ltn_projection_derived(run));
}

/* The pollutants in the order of the inventory, as many as fit on a line. */
static size_t list_pollutants(const ltn_projection *run, const char *names[POLLUTANTS_MAX])
{
    const ltn_table *emissions = ltn_inventory_emissions(ltn_projection_derived(run));
    size_t c = column(emissions, "pollutant"), count = ltn_table_words(emissions, c);
    if (count > POLLUTANTS_MAX) count = POLLUTANTS_MAX;
    for (size_t i = 0; i < count; i++) names[i] = ltn_table_word(emissions, c, (int32_t)i);
    return count;
}

static size_t find_name(const char *const *names, size_t count, const char *name)
{
    size_t i = 0;
    while (i < count && strcmp(names[i], name) != 0) i++;
    return i;
}

static void heading(const char *title)
{
    printf(terminal_has_colour() ? "\n\033[1m%s\033[0m\n" : "\n%s\n", title);
}

/* ---- the two ends of a projection ---- */

/* The inventory as it is and as it is in the last year, by the same groups. */
typedef struct ends {
    ltn_table *before, *after;
} ends;

static ltn_status sum_ends(const ltn_projection *run, unsigned by, ends *out)
{
    ltn_grouping grouping;
    ltn_grouping_init(&grouping, by | LTN_BY_POLLUTANT);
    grouping.sector_depth = 0;
    *out = (ends){NULL, NULL};
    ltn_status status = ltn_inventory_summarise(ltn_projection_base(run), &grouping, &out->before);
    return status ? status : ltn_projection_summarise_at(run, &grouping, &out->after);
}

static void free_ends(ends *e)
{
    ltn_table_free(e->before);
    ltn_table_free(e->after);
}

/* A pollutant's total in a group, or in all where `code` is NULL; NaN where no row is of it. */
static double total_in(const ltn_table *sums, const char *key, const char *code, const char *pollutant)
{
    double total = NAN;
    for (size_t row = 0; row < ltn_table_rows(sums); row++) {
        if (strcmp(text(sums, row, "pollutant"), pollutant) != 0 || (code && strcmp(text(sums, row, key), code) != 0))
            continue;
        total = (isnan(total) ? 0 : total) + number(sums, row, "emission_t");
    }
    return total;
}

static double or_zero(double value)
{
    return isnan(value) ? 0 : value;
}

/* ---- head ---- */

static int last_year(const ltn_projection *run)
{
    size_t count;
    const int *years = ltn_projection_years(run, &count);
    return years[count - 1];
}

void print_head(const ltn_projection *run, ltn_language language)
{
    const ltn_scenario *s = ltn_projection_scenario(run);
    const ltn_inventory *base = ltn_projection_base(run);
    const char *title = ltn_inventory_metadata(base, language == LTN_CHINESE ? "title_zh" : "title");
    const char *document = ltn_scenario_document(s, language), *label = ltn_inventory_baseline(base);
    printf("%s%s%s%s, %d %s %d\n", ltn_scenario_name(s, language), *document ? " (" : "", document,
           *document ? ")" : "", ltn_scenario_base_year(s), say(language, "to", "至"), last_year(run));
    printf("%s: %s%s%s%s", say(language, "Inventory", "清单"), title ? title : "", title && *label ? "; " : "", label,
           title || *label ? "; " : "");
    printf("%zu %s, %zu %s\n", ltn_table_rows(ltn_inventory_sources(base)), say(language, "sources", "个排放源"),
           ltn_table_rows(ltn_inventory_emissions(base)), say(language, "rows", "行"));
    if (!ltn_inventory_reconstructed(ltn_projection_base(run))) return;
    printf("%s%s%s\n", terminal_has_colour() ? "\033[31m" : "",
           say(language, "RECONSTRUCTED: the base inventory was made from assumptions. No number below is official.",
               "重构数据：基准清单由假设推算，以下数字均非官方数据。"),
           terminal_has_colour() ? "\033[0m" : "");
}

/* ---- regions against targets ---- */

static const char *met_text(const char *met, const char *state, ltn_language language)
{
    if (strcmp(met, "yes") == 0) return say(language, "met", "达标");
    if (strcmp(met, "no") == 0) return say(language, "missed", "未达标");
    if (strcmp(state, "city_wide") == 0) return say(language, "city-wide", "全市统考");
    return strcmp(state, "not_assessed") == 0 ? say(language, "not assessed", "不考核") : "-";
}

static void start_target_grid(grid *g, int base_year, int year, const plan_ensemble *ensemble, ltn_language language)
{
    char before[32], after[32];
    snprintf(before, sizeof before, "%d t", base_year);
    snprintf(after, sizeof after, "%d t", year);
    const char *const columns[] = {say(language, "<region", "<地区"),
                                   say(language, "<counts", "<范围"),
                                   before,
                                   after,
                                   say(language, "cut t", "削减 t"),
                                   say(language, "cut %", "削减 %"),
                                   say(language, "required %", "要求 %"),
                                   say(language, "gap t", "缺口 t"),
                                   say(language, "<result", "<结果"),
                                   say(language, "P(met) ± error", "达标概率 ± 误差")};
    grid_start(g, sizeof columns / sizeof *columns - !ensemble->targets, columns);
}

static void add_target_row(grid *g, const ltn_projection *run, const ltn_table *targets, size_t row,
                           const plan_ensemble *ensemble, ltn_language language)
{
    char chance[48];
    const char *met = text(targets, row, "met"), *scope = text(targets, row, "scope");
    double base = number(targets, row, "base_t"), projected = number(targets, row, "projected_t");
    size_t r = grid_row(g, strcmp(met, "yes") == 0 ? GREEN : strcmp(met, "no") == 0 ? RED : PLAIN);
    grid_text(g, r, 0, name_in(regions_of(run), text(targets, row, "region"), language));
    grid_text(g, r, 1, *scope ? scope : say(language, "all", "全部"));
    grid_number(g, r, 2, base, 0);
    grid_number(g, r, 3, projected, 0);
    grid_number(g, r, 4, base - projected, 0);
    grid_number(g, r, 5, number(targets, row, "cut_pct"), 1);
    grid_number(g, r, 6, number(targets, row, "required_cut_pct"), 1);
    grid_number(g, r, 7, number(targets, row, "gap_t"), 0);
    grid_text(g, r, 8, met_text(met, text(targets, row, "state"), language));
    if (!ensemble->targets) return;
    chance_text(ensemble, ensemble->targets, row, "p_met", chance, sizeof chance);
    grid_text(g, r, 9, chance);
}

/* The whole inventory, whatever the targets count: provincial plants stand in no county's figure. */
static void add_whole_row(grid *g, const ends *e, const char *pollutant, ltn_language language)
{
    double base = or_zero(total_in(e->before, NULL, NULL, pollutant)),
           projected = or_zero(total_in(e->after, NULL, NULL, pollutant));
    size_t r = grid_row(g, BOLD);
    grid_text(g, r, 0, say(language, "whole inventory", "清单总计"));
    grid_text(g, r, 1, say(language, "all", "全部"));
    grid_number(g, r, 2, base, 0);
    grid_number(g, r, 3, projected, 0);
    grid_number(g, r, 4, base - projected, 0);
    if (base > 0) grid_number(g, r, 5, 100 * (1 - projected / base), 1);
}

static void print_targets_of(const ltn_projection *run, const ltn_table *targets, const plan_ensemble *ensemble,
                             const ends *e, const char *pollutant, ltn_language language)
{
    grid g;
    int base_year = ltn_scenario_base_year(ltn_projection_scenario(run)), year = last_year(run);
    start_target_grid(&g, base_year, year, ensemble, language);
    for (size_t row = 0; row < ltn_table_rows(targets); row++)
        if (strcmp(text(targets, row, "pollutant"), pollutant) == 0 && !isnan(number(targets, row, "base_t")))
            add_target_row(&g, run, targets, row, ensemble, language);
    add_whole_row(&g, e, pollutant, language);
    heading(pollutant);
    grid_print(&g);
}

/* Percentages are small numbers, amounts large ones. */
static int decimals_of(double value)
{
    return fabs(value) < 1000 ? 1 : 0;
}

/* How many of the targets' rows of one name have no value, and whether `row` is the first of them. */
static size_t count_missing(const ltn_table *targets, size_t row, int *first)
{
    size_t count = 0;
    *first = 1;
    for (size_t i = 0; i < ltn_table_rows(targets); i++) {
        if (strcmp(text(targets, i, "pollutant"), text(targets, row, "pollutant")) != 0) continue;
        if (!isnan(number(targets, i, "projected_t"))) continue;
        count++;
        *first &= i >= row;
    }
    return count;
}

/* The names of the indicators without a value, each once, with the number of its rows. */
static void print_missing(const ltn_table *targets, const char *const *pollutants, size_t count, size_t missing,
                          ltn_language language)
{
    size_t width = LINE_WIDTH;
    int any = 0;
    printf(say(language,
               "\n%zu indicators have no value and are not judged; supply it in the column supplied of targets.csv:",
               "\n%zu项指标无数值，未评判；请在 targets.csv 的 supplied 列填报："),
           missing);
    for (size_t row = 0; row < ltn_table_rows(targets); row++) {
        char name[96];
        int first;
        const char *code = text(targets, row, "pollutant");
        if (find_name(pollutants, count, code) < count || !isnan(number(targets, row, "projected_t"))) continue;
        size_t rows = count_missing(targets, row, &first);
        if (!first) continue;
        snprintf(name, sizeof name, rows > 1 ? "%s (%zu)" : "%s", code, rows);
        width += strlen(name) + 2;
        if (width > LINE_WIDTH) {
            printf("%s\n  %s", any ? "," : "", name);
            width = strlen(name) + 2;
        } else
            printf(", %s", name);
        any = 1;
    }
    printf("\n");
}

/* Rows of targets.csv that are no pollutant's: each in its own unit. */
static void print_indicators(const ltn_projection *run, const ltn_table *targets, const char *const *pollutants,
                             size_t count, ltn_language language)
{
    char before[32], after[32];
    snprintf(before, sizeof before, "%d", ltn_scenario_base_year(ltn_projection_scenario(run)));
    snprintf(after, sizeof after, "%d", last_year(run));
    const char *const columns[] = {
        say(language, "<indicator", "<指标"), say(language, "<region", "<地区"), before, after,
        say(language, "gap", "缺口"),         say(language, "<result", "<结果")};
    grid g;
    size_t without = 0, rows = 0;
    grid_start(&g, sizeof columns / sizeof *columns, columns);
    for (size_t row = 0; row < ltn_table_rows(targets); row++) {
        if (find_name(pollutants, count, text(targets, row, "pollutant")) < count) continue;
        double value = number(targets, row, "projected_t");
        without += isnan(value);
        if (isnan(value)) continue;
        const char *met = text(targets, row, "met");
        size_t r = grid_row(&g, strcmp(met, "yes") == 0 ? GREEN : strcmp(met, "no") == 0 ? RED : PLAIN);
        grid_text(&g, r, 0, text(targets, row, "pollutant"));
        grid_text(&g, r, 1, name_in(regions_of(run), text(targets, row, "region"), language));
        grid_number(&g, r, 2, number(targets, row, "base_t"), decimals_of(value));
        grid_number(&g, r, 3, value, decimals_of(value));
        grid_number(&g, r, 4, number(targets, row, "gap_t"), decimals_of(value));
        grid_text(&g, r, 5, met_text(met, text(targets, row, "state"), language));
        rows++;
    }
    if (rows) heading(say(language, "Indicators, each in its own unit", "其他指标（各用其单位）"));
    if (rows) grid_print(&g);
    free(g.cells);
    free(g.colours);
    if (without) print_missing(targets, pollutants, count, without, language);
}

static ltn_status print_targets(const ltn_offset_book *book, const ltn_targets *targets, const plan_ensemble *ensemble,
                                ltn_language language, int *missed)
{
    const ltn_projection *run = ltn_offset_book_projection(book);
    ltn_table *table = NULL;
    ends sums = {NULL, NULL};
    const char *pollutants[POLLUTANTS_MAX];
    ltn_status status = ltn_offset_book_targets(book, targets, &table);
    if (!status) status = sum_ends(run, 0, &sums);
    size_t count = list_pollutants(run, pollutants), met = 0;
    for (size_t p = 0; !status && p < count; p++)
        print_targets_of(run, table, ensemble, &sums, pollutants[p], language);
    if (!status) print_indicators(run, table, pollutants, count, language);
    for (size_t row = 0; !status && row < ltn_table_rows(table); row++) {
        met += strcmp(text(table, row, "met"), "yes") == 0;
        *missed += strcmp(text(table, row, "met"), "no") == 0;
    }
    if (!status)
        printf(say(language, "\n%zu targets met, %d missed; gap > 0 is what is lacking\n",
                   "\n%zu项目标达标，%d项未达标；缺口大于0表示尚差的吨数\n"),
               met, *missed);
    ltn_table_free(table);
    free_ends(&sums);
    return status;
}

/* ---- before and after, by group ---- */

/* A table of base and last year, a line a node, two columns a pollutant. */
static ltn_status print_before_after(const ltn_projection *run, unsigned by, const char *key, const ltn_tree *tree,
                                     const char *title, ltn_language language)
{
    const char *pollutants[POLLUTANTS_MAX], *columns[1 + 2 * POLLUTANTS_MAX] = {"<"};
    char headings[2 * POLLUTANTS_MAX][48];
    size_t count = list_pollutants(run, pollutants), shown = count > 5 ? 5 : count;
    ends e;
    ltn_status status = sum_ends(run, by, &e);
    for (size_t p = 0; p < shown; p++) {
        snprintf(headings[2 * p], sizeof headings[0], "%s %d", pollutants[p],
                 ltn_scenario_base_year(ltn_projection_scenario(run)));
        snprintf(headings[2 * p + 1], sizeof headings[0], "%d", last_year(run));
        columns[1 + 2 * p] = headings[2 * p];
        columns[2 + 2 * p] = headings[2 * p + 1];
    }
    grid g;
    grid_start(&g, 1 + 2 * shown, columns);
    double sums[2 * POLLUTANTS_MAX] = {0}, values[2 * POLLUTANTS_MAX];
    for (int32_t node = 0; !status && (size_t)node < ltn_tree_count(tree); node++) {
        int any = 0;
        for (size_t c = 0; c < 2 * shown; c++) {
            values[c] = total_in(c % 2 ? e.after : e.before, key, ltn_tree_code(tree, node), pollutants[c / 2]);
            any |= !isnan(values[c]);
            sums[c] += or_zero(values[c]);
        }
        if (!any) continue;
        size_t line = grid_row(&g, PLAIN);
        grid_text(&g, line, 0,
                  by & LTN_BY_REGION ? own_name(tree, node, language) : ltn_tree_name(tree, node, language));
        for (size_t c = 0; c < 2 * shown; c++) grid_number(&g, line, 1 + c, values[c], 0);
    }
    size_t line = grid_row(&g, BOLD);
    grid_text(&g, line, 0, say(language, "total", "合计"));
    for (size_t c = 0; c < 2 * shown; c++) grid_number(&g, line, 1 + c, sums[c], 0);
    heading(title);
    grid_print(&g);
    free_ends(&e);
    return status;
}

/* ---- waterfall ---- */

static const char *class_text(const char *class_name, ltn_language language)
{
    static const char *const names[][2] = {{"structural", "结构减排"},
                                           {"engineering", "工程减排"},
                                           {"management", "管理减排"},
                                           {"growth", "增长"},
                                           {"new", "新增"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (language == LTN_CHINESE && strcmp(names[i][0], class_name) == 0) return names[i][1];
    return class_name;
}

static void add_totals(grid *g, const ltn_table *sums, const char *const *pollutants, size_t count, const char *label)
{
    size_t line = grid_row(g, BOLD);
    grid_text(g, line, 0, label);
    for (size_t p = 0; p < count; p++) grid_number(g, line, 3 + p, total_in(sums, NULL, NULL, pollutants[p]), 0);
}

static void add_measures(grid *g, const ltn_projection *run, const ltn_table *ledger, const char *const *pollutants,
                         size_t count, ltn_language language)
{
    const ltn_scenario *s = ltn_projection_scenario(run);
    for (size_t m = 0; m < ltn_scenario_measures(s); m++) {
        size_t line = grid_row(g, PLAIN);
        grid_text(g, line, 0, ltn_scenario_measure_name(s, m, language));
        if (ltn_scenario_measure_task(s, m)) grid_number(g, line, 1, ltn_scenario_measure_task(s, m), 0);
        grid_text(g, line, 2, class_text(ltn_scenario_measure_class(s, m), language));
        for (size_t row = 0; row < ltn_table_rows(ledger); row++) {
            if (strcmp(text(ledger, row, "measure"), ltn_scenario_measure_id(s, m)) != 0) continue;
            size_t p = find_name(pollutants, count, text(ledger, row, "pollutant"));
            if (p < count) grid_number(g, line, 3 + p, number(ledger, row, "delta_t"), 1);
        }
    }
}

static ltn_status print_waterfall(const ltn_projection *run, ltn_language language)
{
    const char *pollutants[POLLUTANTS_MAX],
        *columns[3 + POLLUTANTS_MAX] = {say(language, "<measure", "<措施"), say(language, "task", "任务"),
                                        say(language, "<class", "<类别")};
    size_t count = list_pollutants(run, pollutants);
    char headings[POLLUTANTS_MAX][48], title[160], label[32];
    for (size_t p = 0; p < count; p++) {
        snprintf(headings[p], sizeof headings[0], "%s t", pollutants[p]);
        columns[3 + p] = headings[p];
    }
    ltn_table *ledger = NULL;
    ends sums = {NULL, NULL};
    ltn_grouping grouping;
    ltn_grouping_init(&grouping, LTN_BY_MEASURE | LTN_BY_POLLUTANT);
    ltn_status status = ltn_projection_ledger(run, &grouping, &ledger);
    if (!status) status = sum_ends(run, 0, &sums);
    if (!status) {
        int base_year = ltn_scenario_base_year(ltn_projection_scenario(run)), year = last_year(run);
        grid g;
        grid_start(&g, 3 + count, columns);
        snprintf(label, sizeof label, "%d", base_year);
        add_totals(&g, sums.before, pollutants, count, label);
        add_measures(&g, run, ledger, pollutants, count, language);
        snprintf(label, sizeof label, "%d", year);
        add_totals(&g, sums.after, pollutants, count, label);
        snprintf(title, sizeof title,
                 say(language, "From %d to %d, measure by measure, in the order in which they act",
                     "%d年至%d年逐项措施增减（按实施顺序）"),
                 base_year, year);
        heading(title);
        grid_print(&g);
    }
    ltn_table_free(ledger);
    free_ends(&sums);
    return status;
}

/* ---- notes ---- */

/* What offsets refused is many lines, and stands in notes.csv and offset-refusals.csv. */
static int is_refusal(const ltn_table *notes, size_t row)
{
    return strcmp(text(notes, row, "code"), "offset_refused") == 0;
}

static void print_note(const ltn_table *notes, size_t row)
{
    double year = number(notes, row, "year"), value = number(notes, row, "value");
    const char *measure = text(notes, row, "measure"), *source = text(notes, row, "source");
    fputs("  - ", stdout);
    if (!isnan(year)) printf("%.0f, ", year);
    if (*measure || *source) printf("%s%s%s: ", measure, *measure && *source ? ", " : "", source);
    printf("%s", text(notes, row, "text"));
    if (strncmp(text(notes, row, "code"), "offset_", 7) == 0 && !isnan(value) && *text(notes, row, "unit"))
        printf(": %.1f %s", value, text(notes, row, "unit"));
    putchar('\n');
}

static ltn_status print_notes(const ltn_offset_book *book, ltn_language language)
{
    ltn_table *notes = NULL;
    ltn_status status = ltn_offset_book_notes(book, language, &notes);
    if (status) return status;
    size_t rows = ltn_table_rows(notes), shown = 0, more = 0;
    if (rows) heading(say(language, "What was assumed, skipped or left over", "假设、跳过与余量说明"));
    for (size_t row = 0; row < rows; row++) {
        int show = !is_refusal(notes, row) && shown < NOTES_SHOWN;
        if (show) print_note(notes, row);
        shown += (size_t)show;
        more += !show;
    }
    if (more)
        printf(
            say(language, "  and %zu more; --out writes all to notes.csv\n", "  另有%zu条；用 --out 写入 notes.csv\n"),
            more);
    ltn_table_free(notes);
    return LTN_OK;
}

/* ---- all ---- */

ltn_status print_report(const ltn_offset_book *book, const ltn_targets *targets, const plan_options *o,
                        const plan_ensemble *ensemble, const plan_causes *causes, int *missed)
{
    ltn_language language = o->language;
    const ltn_projection *run = ltn_offset_book_projection(book);
    print_head(run, language);
    ltn_status status = targets ? print_targets(book, targets, ensemble, language, missed)
                                : print_before_after(run, LTN_BY_REGION, "region", regions_of(run),
                                                     say(language, "By region, t", "分地区，t"), language);
    if (!status) print_ensemble(o, ensemble, run, language);
    if (!status) status = print_sensitivity(o, causes, run, language);
    if (!status)
        status = print_before_after(run, LTN_BY_SECTOR, "sector", sectors_of(run),
                                    say(language, "By sector, t", "分行业，t"), language);
    if (!status) status = print_waterfall(run, language);
    if (!status) status = print_attribution(causes, run, language);
    if (!status) status = print_projects(book, ensemble, language);
    return status ? status : print_notes(book, language);
}

/* ---- accounts ---- */

ltn_status print_accounts(const ltn_offset_book *book, const char *scope, ltn_language language)
{
    static const char *const values[] = {"base_t",       "growth_t",      "new_t",
                                         "structural_t", "engineering_t", "management_t",
                                         "projected_t",  "offset_new_t",  "offset_claimed_t"};
    const ltn_projection *run = ltn_offset_book_projection(book);
    enum { VALUES = sizeof values / sizeof *values, OF_OFFSETS = 2 };
    /* Where nothing owes, the columns of offsets would be empty. */
    size_t shown = VALUES - (ltn_scenario_offsets(ltn_projection_scenario(run)) ? 0 : OF_OFFSETS);
    char before[24], after[24];
    snprintf(before, sizeof before, "%d", ltn_scenario_base_year(ltn_projection_scenario(run)));
    snprintf(after, sizeof after, "%d", last_year(run));
    const char *const columns[] = {say(language, "<region", "<地区"),       before,
                                   say(language, "growth", "增长"),         say(language, "new", "新增"),
                                   say(language, "structural", "结构减排"), say(language, "engineering", "工程减排"),
                                   say(language, "management", "管理减排"), after,
                                   say(language, "owing", "须替代新增"),    say(language, "claimed", "已用于替代")};
    const char *pollutants[POLLUTANTS_MAX];
    ltn_table *accounts = NULL;
    ltn_status status = ltn_offset_book_accounts(book, scope, -1, &accounts);
    if (status) return status;
    print_head(run, language);
    size_t count = list_pollutants(run, pollutants);
    for (size_t p = 0; p < count; p++) {
        grid g;
        double sums[VALUES] = {0};
        grid_start(&g, 1 + shown, columns);
        for (size_t row = 0; row < ltn_table_rows(accounts); row++) {
            if (strcmp(text(accounts, row, "pollutant"), pollutants[p]) != 0) continue;
            size_t line = grid_row(&g, PLAIN);
            const ltn_tree *regions = regions_of(run);
            grid_text(&g, line, 0, own_name(regions, ltn_tree_find(regions, text(accounts, row, "region")), language));
            for (size_t v = 0; v < shown; v++) {
                sums[v] += number(accounts, row, values[v]);
                grid_number(&g, line, 1 + v, number(accounts, row, values[v]), 1);
            }
        }
        size_t line = grid_row(&g, BOLD);
        grid_text(&g, line, 0, say(language, "total", "合计"));
        for (size_t v = 0; v < shown; v++) grid_number(&g, line, 1 + v, sums[v], 1);
        printf("\n%s, t%s%s\n", pollutants[p], scope ? say(language, "; counts: ", "；范围：") : "",
               scope ? scope : "");
        grid_print(&g);
    }
    ltn_table_free(accounts);
    return LTN_OK;
}

/* ---- scenarios side by side ---- */

static void add_comparison_row(grid *g, const ends *sums, size_t count, const char *region, const char *name,
                               const char *pollutant)
{
    double base = or_zero(total_in(sums[0].before, "region", region, pollutant)), any = base;
    for (size_t i = 0; i < count; i++) any += or_zero(total_in(sums[i].after, "region", region, pollutant));
    if (region && !(any > 0)) return;
    size_t line = grid_row(g, region ? PLAIN : BOLD);
    grid_text(g, line, 0, name);
    grid_number(g, line, 1, base, 0);
    for (size_t i = 0; i < count; i++) {
        double after = or_zero(total_in(sums[i].after, "region", region, pollutant));
        grid_number(g, line, 2 + 2 * i, after, 0);
        if (base > 0) grid_number(g, line, 3 + 2 * i, 100 * (1 - after / base), 1);
    }
}

static void print_comparison_of(const ltn_projection *const *runs, const ends *sums, size_t count,
                                const char *pollutant, ltn_language language)
{
    char headings[2 * COMPARED_MAX + 1][48];
    const char *columns[2 + 2 * COMPARED_MAX] = {say(language, "<region", "<地区"), headings[0]};
    snprintf(headings[0], sizeof headings[0], "%d t", ltn_scenario_base_year(ltn_projection_scenario(runs[0])));
    for (size_t i = 0; i < count; i++) {
        snprintf(headings[1 + 2 * i], sizeof headings[0], "[%zu] %d t", i + 1, last_year(runs[i]));
        snprintf(headings[2 + 2 * i], sizeof headings[0], "%s", say(language, "cut %", "削减 %"));
        columns[2 + 2 * i] = headings[1 + 2 * i];
        columns[3 + 2 * i] = headings[2 + 2 * i];
    }
    const ltn_tree *regions = ltn_inventory_regions(ltn_projection_base(runs[0]));
    grid g;
    grid_start(&g, 2 + 2 * count, columns);
    for (int32_t node = 0; (size_t)node < ltn_tree_count(regions); node++)
        add_comparison_row(&g, sums, count, ltn_tree_code(regions, node), own_name(regions, node, language), pollutant);
    add_comparison_row(&g, sums, count, NULL, say(language, "total", "合计"), pollutant);
    heading(pollutant);
    grid_print(&g);
}

static ltn_status print_targets_met(const ltn_projection *run, const ltn_targets *targets, size_t index,
                                    ltn_language language)
{
    ltn_table *table = NULL;
    ltn_status status = targets ? ltn_targets_check(targets, run, &table) : LTN_OK;
    if (status) return status;
    size_t met = 0, missed = 0;
    for (size_t row = 0; table && row < ltn_table_rows(table); row++) {
        met += strcmp(text(table, row, "met"), "yes") == 0;
        missed += strcmp(text(table, row, "met"), "no") == 0;
    }
    printf("  [%zu] %s", index + 1, ltn_scenario_name(ltn_projection_scenario(run), language));
    if (table) printf(say(language, ": %zu targets met, %zu missed", "：%zu项目标达标，%zu项未达标"), met, missed);
    putchar('\n');
    ltn_table_free(table);
    return LTN_OK;
}

/* The pollutants of all scenarios: one may bring what the others do not have. */
static size_t list_all_pollutants(const ltn_projection *const *runs, size_t count, const char *names[POLLUTANTS_MAX])
{
    size_t listed = 0;
    for (size_t i = 0; i < count; i++) {
        const char *own[POLLUTANTS_MAX];
        size_t owned = list_pollutants(runs[i], own);
        for (size_t p = 0; p < owned && listed < POLLUTANTS_MAX; p++)
            if (find_name(names, listed, own[p]) == listed) names[listed++] = own[p];
    }
    return listed;
}

ltn_status print_comparison(const ltn_projection *const *runs, size_t count, const ltn_targets *targets,
                            ltn_language language)
{
    ends sums[COMPARED_MAX] = {{NULL, NULL}};
    const char *pollutants[POLLUTANTS_MAX];
    ltn_status status = LTN_OK;
    print_head(runs[0], language);
    heading(say(language, "Scenarios", "情景"));
    for (size_t i = 0; !status && i < count; i++) status = print_targets_met(runs[i], targets, i, language);
    for (size_t i = 0; !status && i < count; i++) status = sum_ends(runs[i], LTN_BY_REGION, &sums[i]);
    size_t shown = list_all_pollutants(runs, count, pollutants);
    for (size_t p = 0; !status && p < shown; p++) print_comparison_of(runs, sums, count, pollutants[p], language);
    for (size_t i = 0; i < count; i++) free_ends(&sums[i]);
    return status;
}

/* ---- one source ---- */

/* True where some step is a row of SMOKE's packets. */
static int has_lines(const ltn_table *steps)
{
    for (size_t row = 0; row < ltn_table_rows(steps); row++)
        if (number(steps, row, "line") > 0) return 1;
    return 0;
}

ltn_status print_explanation(const ltn_projection *run, const char *source, ltn_language language)
{
    ltn_table *steps = NULL;
    ltn_status status = ltn_projection_explain(run, source, &steps);
    if (status) return status;
    print_head(run, language);
    const char *const columns[] = {say(language, "year", "年份"),
                                   say(language, "<measure", "<措施"),
                                   say(language, "<source", "<排放源"),
                                   say(language, "<pollutant", "<污染物"),
                                   say(language, "phase or index", "进度或指数"),
                                   say(language, "activity", "活动水平"),
                                   say(language, "<unit", "<单位"),
                                   say(language, "removal", "去除率"),
                                   say(language, "before t", "之前 t"),
                                   say(language, "after t", "之后 t"),
                                   say(language, "change t", "变化 t"),
                                   say(language, "line", "行号")};
    grid g;
    int with_lines = has_lines(steps);
    grid_start(&g, sizeof columns / sizeof *columns - !with_lines, columns);
    for (size_t row = 0; row < ltn_table_rows(steps); row++) {
        double before = number(steps, row, "before_t"), after = number(steps, row, "after_t");
        const char *measure = text(steps, row, "measure");
        size_t line = grid_row(&g, *measure ? PLAIN : FAINT);
        grid_number(&g, line, 0, number(steps, row, "year"), 0);
        grid_text(&g, line, 1, *measure ? measure : say(language, "(base year)", "（基准年）"));
        grid_text(&g, line, 2, text(steps, row, "source"));
        grid_text(&g, line, 3, text(steps, row, "pollutant"));
        grid_number(&g, line, 4, number(steps, row, "phase"), 3);
        grid_number(&g, line, 5, number(steps, row, "activity"), 1);
        grid_text(&g, line, 6, text(steps, row, "activity_unit"));
        grid_number(&g, line, 7, number(steps, row, "removal"), 4);
        grid_number(&g, line, 8, before, 3);
        grid_number(&g, line, 9, after, 3);
        grid_number(&g, line, 10, after - before, 3);
        if (with_lines) grid_number(&g, line, 11, number(steps, row, "line"), 0);
    }
    heading(source);
    grid_print(&g);
    ltn_table_free(steps);
    return LTN_OK;
}

/* As they stand in README.txt. */
static void print_ensemble_files(const plan_ensemble *e, ltn_language language)
{
    const char *comma = say(language, ", ", "、");
    if (!e->ensemble || !e->inputs) return;
    printf("%sensemble.csv", comma);
    if (ltn_ensemble_draws(e->ensemble, 0)) printf("%sensemble-totals.csv", comma);
    if (e->targets) printf("%sensemble-targets.csv", comma);
    if (e->projects && ltn_table_rows(e->projects)) printf("%sensemble-projects.csv", comma);
    printf("%sensemble.h5", comma);
}

void print_written(const char *folder, const ltn_projection *run, int with_targets, const plan_ensemble *ensemble,
                   const plan_causes *causes, ltn_language language)
{
    int with_offsets = ltn_scenario_offsets(ltn_projection_scenario(run)) > 0;
    printf(say(language,
               "\nWritten to %s/: summary.csv, ledger.csv, accounts.csv, notes.csv, inventory-%d.csv, result.nc%s%s",
               "\n结果已写入 %s/：summary.csv、ledger.csv、accounts.csv、notes.csv、inventory-%d.csv、result.nc%s%s"),
           folder, last_year(run), with_targets ? say(language, ", targets.csv", "、targets.csv") : "",
           !with_offsets ? ""
                         : say(language, ", offsets.csv, bank.csv, and for each project its refusals and permit-*.txt",
                               "、offsets.csv、bank.csv 及各项目的未采用清单与许可附件 permit-*.txt"));
    print_ensemble_files(ensemble, language);
    if (causes->parts) printf("%sattribution.csv", say(language, ", ", "、"));
    if (causes->indices) printf("%ssensitivity.csv", say(language, ", ", "、"));
    putchar('\n');
}
