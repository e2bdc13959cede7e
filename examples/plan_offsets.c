/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The offset book for a planner: which project is paid for, by whom, and why the rest was refused. */
#include "plan_print.h"
#include "terminal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *say(ltn_language language, const char *english, const char *chinese)
{
    return language == LTN_CHINESE ? chinese : english;
}

static const char *text(const ltn_table *table, size_t row, const char *name)
{
    int c = ltn_table_find(table, name);
    const char *value = c < 0 ? NULL : ltn_table_text(table, row, (size_t)c);
    return value ? value : "";
}

static double number(const ltn_table *table, size_t row, const char *name)
{
    int c = ltn_table_find(table, name);
    return c < 0 ? NAN : ltn_table_number(table, row, (size_t)c);
}

static const char *region_name(const ltn_offset_book *book, const char *code, ltn_language language)
{
    const ltn_tree *regions = ltn_inventory_regions(ltn_projection_derived(ltn_offset_book_projection(book)));
    const char *name = ltn_tree_name(regions, ltn_tree_find(regions, code), language);
    return name ? name : code;
}

/* A measure's name; a credit of the bank has its own word. */
static const char *measure_name(const ltn_offset_book *book, const char *id, ltn_language language)
{
    const ltn_scenario *s = ltn_projection_scenario(ltn_offset_book_projection(book));
    for (size_t m = 0; m < ltn_scenario_measures(s); m++)
        if (strcmp(ltn_scenario_measure_id(s, m), id) == 0) return ltn_scenario_measure_name(s, m, language);
    return strcmp(id, "unmet") == 0 ? say(language, "NOT COVERED", "未落实") : id;
}

static const char *state_name(const char *state, ltn_language language)
{
    static const char *const names[][3] = {{"met", "covered", "已落实"},
                                           {"unmet", "NOT COVERED", "未落实"},
                                           {"scaled", "scaled down", "已缩减"},
                                           {"excluded", "left out", "已剔除"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i][0], state) == 0) return names[i][language == LTN_CHINESE ? 2 : 1];
    return state;
}

/* ---- the projects ---- */

static void add_project(grid *g, const ltn_offset_book *book, const ltn_table *projects, size_t row,
                        const plan_ensemble *ensemble, ltn_language language)
{
    char chance[48];
    static const char *const numbers[] = {"new_t", "owed_t", "claimed_t", "unmet_t", "net_t"};
    const char *state = text(projects, row, "state");
    size_t line = grid_row(g, strcmp(state, "met") == 0 ? GREEN : RED);
    grid_text(g, line, 0, text(projects, row, "project"));
    grid_text(g, line, 1, region_name(book, text(projects, row, "region"), language));
    grid_text(g, line, 2, text(projects, row, "pollutant"));
    grid_text(g, line, 3, text(projects, row, "start"));
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        grid_number(g, line, 4 + i, number(projects, row, numbers[i]), 1);
    grid_text(g, line, 9, state_name(state, language));
    if (!ensemble->projects) return;
    chance_text(ensemble, ensemble->projects, row, "p_covered", chance, sizeof chance);
    grid_text(g, line, 10, chance);
}

ltn_status print_projects(const ltn_offset_book *book, const plan_ensemble *ensemble, ltn_language language)
{
    const char *const columns[] = {say(language, "<project", "<项目"),
                                   say(language, "<region", "<地区"),
                                   say(language, "<pollutant", "<污染物"),
                                   say(language, "<starts", "<投产"),
                                   say(language, "new t", "新增 t"),
                                   say(language, "owes t", "应替代 t"),
                                   say(language, "claimed t", "已替代 t"),
                                   say(language, "lacking t", "缺口 t"),
                                   say(language, "net t", "净变化 t"),
                                   say(language, "<state", "<状态"),
                                   say(language, "P(covered) ± error", "落实概率 ± 误差")};
    ltn_table *projects = NULL;
    ltn_status status = ltn_offset_book_projects(book, &projects);
    if (status) return status;
    size_t rows = ltn_table_rows(projects);
    if (rows) {
        grid g;
        grid_start(&g, sizeof columns / sizeof *columns - !ensemble->projects, columns);
        for (size_t row = 0; row < rows; row++) add_project(&g, book, projects, row, ensemble, language);
        printf("\n%s\n", say(language, "New sources that owe reductions of existing ones (--offsets: who pays)",
                             "须由现役源替代的新增源（--offsets 查看由谁替代）"));
        grid_print(&g);
    }
    ltn_table_free(projects);
    return LTN_OK;
}

/* ---- who pays ---- */

/* Claims of one project by measure and region: what a reader can take in; the sources stand in offsets.csv. */
static void add_payers(grid *g, const ltn_offset_book *book, const ltn_table *claims, const char *project,
                       ltn_language language)
{
    size_t rows = ltn_table_rows(claims);
    char *done = calloc(rows + 1, 1);
    for (size_t row = 0; done && row < rows; row++) {
        if (done[row] || strcmp(text(claims, row, "project"), project) != 0) continue;
        double tonnes = 0, sources = 0;
        for (size_t other = row; other < rows; other++) {
            int same = strcmp(text(claims, other, "project"), project) == 0 &&
                       strcmp(text(claims, other, "credit_measure"), text(claims, row, "credit_measure")) == 0 &&
                       strcmp(text(claims, other, "credit_region"), text(claims, row, "credit_region")) == 0;
            if (!same) continue;
            done[other] = 1;
            tonnes += number(claims, other, "claimed_t");
            sources += *text(claims, other, "credit_source") != 0;
        }
        int unmet = strcmp(text(claims, row, "credit_measure"), "unmet") == 0;
        size_t line = grid_row(g, unmet ? RED : PLAIN);
        grid_text(g, line, 0, measure_name(book, text(claims, row, "credit_measure"), language));
        if (!unmet) grid_text(g, line, 1, region_name(book, text(claims, row, "credit_region"), language));
        if (!unmet) grid_number(g, line, 2, number(claims, row, "credit_year"), 0);
        if (!unmet) grid_number(g, line, 3, sources, 0);
        grid_number(g, line, 4, number(claims, row, "ratio"), 2);
        grid_number(g, line, 5, tonnes, 1);
    }
    free(done);
}

/* Reductions that were refused, summed by reason. */
static ltn_status print_refusals(const ltn_offset_book *book, const char *project, ltn_language language)
{
    ltn_table *refusals = NULL;
    ltn_status status = ltn_offset_book_refusals(book, project, language, &refusals);
    if (status) return status;
    size_t rows = ltn_table_rows(refusals);
    char *done = calloc(rows + 1, 1);
    for (size_t row = 0; done && row < rows; row++) {
        double tonnes = 0, count = 0;
        for (size_t other = row; !done[row] && other < rows; other++)
            if (strcmp(text(refusals, other, "reason"), text(refusals, row, "reason")) == 0) {
                tonnes += number(refusals, other, "tonnes");
                count++;
            }
        if (done[row]) continue;
        for (size_t other = row; other < rows; other++)
            done[other] |= strcmp(text(refusals, other, "reason"), text(refusals, row, "reason")) == 0;
        printf(
            say(language, "  not accepted: %.0f reductions, %.1f t/yr: %s\n", "  未采用：%.0f项减排，%.1f t/yr：%s\n"),
            count, tonnes, text(refusals, row, "text"));
    }
    free(done);
    ltn_table_free(refusals);
    return LTN_OK;
}

static ltn_status print_project(const ltn_offset_book *book, const ltn_table *projects, size_t row,
                                const ltn_table *claims, ltn_language language)
{
    const char *const columns[] = {
        say(language, "<measure", "<措施"),       say(language, "<region", "<地区"),
        say(language, "since", "实施年份"),       say(language, "sources", "排放源数"),
        say(language, "t per new t", "替代倍数"), say(language, "claimed t/yr", "替代量 t/yr")};
    const char *project = text(projects, row, "project"), *name = text(projects, row, "name");
    printf("\n%s%s%s, %s, %s, %s %.1f t/yr: %s\n", project, *name ? ", " : "", name,
           region_name(book, text(projects, row, "region"), language), text(projects, row, "start"),
           text(projects, row, "pollutant"), number(projects, row, "asked_t"),
           state_name(text(projects, row, "state"), language));
    grid g;
    grid_start(&g, sizeof columns / sizeof *columns, columns);
    add_payers(&g, book, claims, project, language);
    grid_print(&g);
    return print_refusals(book, project, language);
}

ltn_status print_offsets(const ltn_offset_book *book, const plan_ensemble *ensemble, ltn_language language)
{
    ltn_table *projects = NULL, *claims = NULL;
    ltn_status status = ltn_offset_book_projects(book, &projects);
    if (!status) status = ltn_offset_book_claims(book, &claims);
    if (!status) print_head(ltn_offset_book_projection(book), language);
    if (!status) status = print_projects(book, ensemble, language);
    for (size_t row = 0; !status && row < ltn_table_rows(projects); row++)
        status = print_project(book, projects, row, claims, language);
    if (!status && !ltn_table_rows(projects))
        puts(say(language, "\nNothing owes an offset.", "\n没有须替代的新增源。"));
    ltn_table_free(projects);
    ltn_table_free(claims);
    return status;
}
