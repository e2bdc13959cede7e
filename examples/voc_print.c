/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The answers of voc-offset as tables. */
#include "terminal.h"
#include "voc_offset.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *say(const desk *d, const char *english, const char *chinese)
{
    return d->language == LTN_CHINESE ? chinese : english;
}

static const char *region_name(const desk *d, const char *code)
{
    const ltn_tree *regions = ltn_inventory_regions(ltn_projection_derived(ltn_offset_book_projection(d->book)));
    const char *name = ltn_tree_name(regions, ltn_tree_find(regions, code), d->language);
    return name ? name : code;
}

/* A measure's name; a credit of the bank has its permit's. */
static const char *measure_name(const desk *d, const char *id)
{
    size_t m = 0;
    while (m < ltn_scenario_measures(d->plan) && strcmp(ltn_scenario_measure_id(d->plan, m), id) != 0) m++;
    const char *name = ltn_scenario_measure_name(d->plan, m, d->language);
    return name ? name : id;
}

/* ---- sums ---- */

enum { KEYS = 3 };

/* Tonnes by up to three names, which are views. */
typedef struct sum {
    const char *keys[KEYS];
    double tonnes;
} sum;

/* Sums a column of a table over the rows whose columns `names` are alike, in the order in which they come. */
static size_t sum_up(const ltn_table *table, const char *const names[KEYS], const char *column, sum *sums)
{
    size_t count = 0;
    for (size_t row = 0; row < ltn_table_rows(table); row++) {
        sum here = {{cell(table, row, names[0]), cell(table, row, names[1]), cell(table, row, names[2])}, 0};
        size_t at = 0;
        while (at < count &&
               (strcmp(sums[at].keys[0], here.keys[0]) != 0 || strcmp(sums[at].keys[1], here.keys[1]) != 0 ||
                strcmp(sums[at].keys[2], here.keys[2]) != 0))
            at++;
        if (at == count) sums[count++] = here;
        sums[at].tonnes += number(table, row, column);
    }
    return count;
}

/* ---- tables ---- */

static void print_projects(const desk *d)
{
    const char *const columns[] = {say(d, "<project", "<项目"),       say(d, "<name", "<名称"),
                                   say(d, "<region", "<地区"),        say(d, "<pollutant", "<污染物"),
                                   say(d, "new t/yr", "新增 t/yr"),   say(d, "<asked for", "<申请投产"),
                                   say(d, "<permitted", "<准予投产"), say(d, "lacks t/yr", "当时缺口 t/yr")};
    static const char *const cells[] = {"id", "name", "region", "pollutant", "tonnes", "start"};
    grid g;
    grid_start(&g, sizeof columns / sizeof *columns, columns);
    for (size_t row = 0; row < ltn_table_rows(d->projects); row++) {
        const char *asked = cell(d->projects, row, "start"), *start = d->starts[row];
        int on_time = strcmp(start, asked) == 0;
        size_t line = grid_row(&g, on_time ? GREEN : *start ? PLAIN : RED);
        for (size_t c = 0; c < sizeof cells / sizeof *cells; c++) {
            const char *value = cell(d->projects, row, cells[c]);
            grid_text(&g, line, c, strcmp(cells[c], "region") == 0 ? region_name(d, value) : value);
        }
        grid_text(&g, line, 6, *start ? start : say(d, "no", "不予准入"));
        if (!on_time && d->lacking_t[row] > 0) grid_number(&g, line, 7, d->lacking_t[row], 1);
    }
    grid_print(&g);
}

/* Of the projects in the list and of the plan's own; the latter may have something that nobody pays. */
static void print_payers(const desk *d, const sum *sums, size_t count)
{
    const char *const columns[] = {say(d, "<project", "<项目"), say(d, "<measure", "<措施"), say(d, "<region", "<地区"),
                                   say(d, "pays t/yr", "替代量 t/yr")};
    grid g;
    grid_start(&g, sizeof columns / sizeof *columns, columns);
    for (size_t i = 0; i < count; i++) {
        int unmet = strcmp(sums[i].keys[1], "unmet") == 0;
        size_t line = grid_row(&g, unmet ? RED : PLAIN);
        grid_text(&g, line, 0, sums[i].keys[0]);
        grid_text(&g, line, 1, unmet ? say(d, "NOT COVERED", "未落实") : measure_name(d, sums[i].keys[1]));
        grid_text(&g, line, 2, unmet ? "" : region_name(d, sums[i].keys[2]));
        grid_number(&g, line, 3, sums[i].tonnes, 1);
    }
    printf("\n%s\n", say(d, "Paid by", "替代来源"));
    grid_print(&g);
}

static void print_left(const desk *d, const sum *sums, size_t count)
{
    const char *const columns[] = {say(d, "<region", "<地区"), say(d, "<pollutant", "<污染物"),
                                   say(d, "left t/yr", "余额 t/yr")};
    grid g;
    grid_start(&g, sizeof columns / sizeof *columns, columns);
    for (size_t i = 0; i < count; i++) {
        if (*sums[i].keys[2]) continue; /* a project has it */
        size_t line = grid_row(&g, PLAIN);
        grid_text(&g, line, 0, region_name(d, sums[i].keys[0]));
        grid_text(&g, line, 1, sums[i].keys[1]);
        grid_number(&g, line, 2, sums[i].tonnes, 1);
    }
    printf("\n%s\n", say(d, "Left in the bank", "储备余额"));
    grid_print(&g);
}

/* What the book says of itself, but for the refusals (lantian-plan --offsets sums those up). */
static void print_notes(const ltn_table *notes)
{
    for (size_t row = 0; row < ltn_table_rows(notes); row++) {
        const char *code = cell(notes, row, "code");
        if (strncmp(code, "offset_", 7) != 0 || strcmp(code, "offset_refused") == 0) continue;
        printf("%s%s%s\n", cell(notes, row, "source"), *cell(notes, row, "source") ? ": " : "",
               cell(notes, row, "text"));
    }
}

ltn_status print_answers(const desk *d)
{
    static const char *const payer[KEYS] = {"project", "credit_measure", "credit_region"};
    static const char *const place[KEYS] = {"region", "pollutant", "project"};
    ltn_table *claims = NULL, *bank = NULL, *notes = NULL;
    ltn_status status = ltn_offset_book_claims(d->book, &claims);
    if (!status) status = ltn_offset_book_bank(d->book, &bank);
    if (!status) status = ltn_offset_book_notes(d->book, d->language, &notes);
    sum *sums = status ? NULL : calloc(ltn_table_rows(claims) + ltn_table_rows(bank) + 1, sizeof *sums);
    if (!status && !sums) status = LTN_ENOMEM;
    if (!status) {
        printf("%s, %s\n", ltn_scenario_name(d->plan, d->language), d->files[PROJECTS]);
        if (ltn_inventory_reconstructed(d->base))
            puts(say(d, "RECONSTRUCTED: the base inventory was made from assumptions. No basis for a permit.",
                     "重构数据：基准清单由假设推算，不得据此核发许可。"));
        print_projects(d);
        print_payers(d, sums, sum_up(claims, payer, "claimed_t", sums));
        print_left(d, sums, sum_up(bank, place, "balance_t", sums));
        print_notes(notes);
    }
    free(sums);
    ltn_table_free(claims);
    ltn_table_free(bank);
    ltn_table_free(notes);
    return status;
}
