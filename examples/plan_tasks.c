/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What each task of the plan brings, and which tasks have no number. */
#include "plan_print.h"
#include "terminal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN_POLLUTANTS = 4, BUREAUS_MAX = 64, ITEM_WIDTH = 44 };

typedef struct tonnes {
    double of[SHOWN_POLLUTANTS];
} tonnes;

typedef struct task_report {
    const ltn_table *tasks, *ledger;
    ltn_language language;
    const char *pollutants[SHOWN_POLLUTANTS];
    size_t pollutant_count;
} task_report;

static const char *say(const task_report *r, const char *english, const char *chinese)
{
    return r->language == LTN_CHINESE ? chinese : english;
}

/* A task's text in the report's language. */
static const char *field(const task_report *r, size_t row, const char *name)
{
    char localised[64];
    snprintf(localised, sizeof localised, "%s%s", name, r->language == LTN_CHINESE ? "_zh" : "");
    int c = ltn_table_find(r->tasks, localised);
    const char *value = c < 0 ? NULL : ltn_table_text(r->tasks, row, (size_t)c);
    return value ? value : "";
}

static const char *kind_of(const task_report *r, size_t row)
{
    int c = ltn_table_find(r->tasks, "kind");
    const char *kind = c < 0 ? NULL : ltn_table_text(r->tasks, row, (size_t)c);
    return kind ? kind : "";
}

static int number_of(const task_report *r, size_t row)
{
    int c = ltn_table_find(r->tasks, "no");
    const char *no = c < 0 ? NULL : ltn_table_text(r->tasks, row, (size_t)c);
    return no ? atoi(no) : 0;
}

/* The first of a list of bureaus. */
static void lead_of(const task_report *r, size_t row, char *out, size_t size)
{
    const char *lead = field(r, row, "lead");
    const char *separator = r->language == LTN_CHINESE ? "、" : ";", *end = strstr(lead, separator);
    snprintf(out, size, "%.*s", end ? (int)(end - lead) : (int)strlen(lead), lead);
}

/* The first columns of a terminal's worth of a text. */
static void shorten(const char *text, char *out, size_t size)
{
    size_t length = 0;
    snprintf(out, size, "%s", text);
    while (out[length] && length + 5 < size) {
        size_t next = length + 1;
        while (((unsigned char)out[next] & 0xC0) == 0x80) next++;
        char kept = out[next];
        out[next] = '\0';
        int fits = text_width(out) <= ITEM_WIDTH;
        out[next] = kept;
        if (!fits) break;
        length = next;
    }
    if (out[length]) strcpy(out + length, "…");
}

/* Adds what the ledger says of a task; 1 where it says anything. */
static int add_task(const task_report *r, int task, tonnes *sum)
{
    int found = 0;
    for (size_t row = 0; row < ltn_table_rows(r->ledger); row++) {
        double number = ltn_table_number(r->ledger, row, 0);
        if ((isnan(number) ? 0 : number) != task) continue;
        const char *pollutant = ltn_table_text(r->ledger, row, 1);
        for (size_t p = 0; p < r->pollutant_count; p++)
            if (strcmp(pollutant, r->pollutants[p]) == 0) sum->of[p] += ltn_table_number(r->ledger, row, 2);
        found = 1;
    }
    return found;
}

static void start_grid(const task_report *r, grid *g, const char *first, const char *second)
{
    const char *columns[3 + SHOWN_POLLUTANTS] = {first, second, say(r, "<lead", "<牵头单位")};
    for (size_t p = 0; p < r->pollutant_count; p++) columns[3 + p] = r->pollutants[p];
    grid_start(g, 3 + r->pollutant_count, columns);
}

static void put_tonnes(const task_report *r, grid *g, size_t line, const tonnes *sum)
{
    for (size_t p = 0; p < r->pollutant_count; p++) grid_number(g, line, 3 + p, sum->of[p], 1);
}

static int is_listed(const task_report *r, int task)
{
    for (size_t row = 0; row < ltn_table_rows(r->tasks); row++)
        if (number_of(r, row) == task) return 1;
    return 0;
}

/* Measures may name tasks that the table does not have; their tonnes are shown all the same. */
static void add_unlisted(const task_report *r, grid *g)
{
    int last = 0;
    for (size_t row = 0; row < ltn_table_rows(r->ledger); row++) {
        double number = ltn_table_number(r->ledger, row, 0);
        int task = isnan(number) ? 0 : (int)number;
        tonnes sum = {0};
        if (!task || task == last || is_listed(r, task)) continue;
        last = task;
        add_task(r, task, &sum);
        size_t line = grid_row(g, RED);
        grid_number(g, line, 0, task, 0);
        grid_text(g, line, 1, say(r, "not in the table of tasks", "任务表中无此任务"));
        put_tonnes(r, g, line, &sum);
    }
}

/* Tonnes by task, and by the first lead bureau of each. */
static void print_tonnes(const task_report *r)
{
    grid by_task;
    char bureaus[BUREAUS_MAX][96], lead[96], item[160];
    tonnes of_bureau[BUREAUS_MAX] = {0};
    size_t bureau_count = 0;
    start_grid(r, &by_task, say(r, "task", "任务"), say(r, "<item", "<工作内容"));
    for (size_t row = 0; row < ltn_table_rows(r->tasks); row++) {
        tonnes sum = {0};
        if (!add_task(r, number_of(r, row), &sum)) continue;
        lead_of(r, row, lead, sizeof lead);
        shorten(field(r, row, "task"), item, sizeof item);
        size_t line = grid_row(&by_task, PLAIN), b = 0;
        grid_number(&by_task, line, 0, number_of(r, row), 0);
        grid_text(&by_task, line, 1, item);
        grid_text(&by_task, line, 2, lead);
        put_tonnes(r, &by_task, line, &sum);
        while (b < bureau_count && strcmp(bureaus[b], lead) != 0) b++;
        if (b == BUREAUS_MAX) continue;
        if (b == bureau_count) snprintf(bureaus[bureau_count++], sizeof bureaus[0], "%s", lead);
        for (size_t p = 0; p < r->pollutant_count; p++) of_bureau[b].of[p] += sum.of[p];
    }
    add_unlisted(r, &by_task);
    tonnes none = {0};
    if (add_task(r, 0, &none)) {
        size_t line = grid_row(&by_task, FAINT);
        grid_text(&by_task, line, 1, say(r, "measures of no task (growth)", "无对应任务（增长等）"));
        put_tonnes(r, &by_task, line, &none);
    }
    printf("\n%s\n", say(r, "Change in the last year by task of the plan, t", "末年各任务增减量，t"));
    grid_print(&by_task);
    grid by_bureau;
    start_grid(r, &by_bureau, "<", "<");
    for (size_t b = 0; b < bureau_count; b++) {
        size_t line = grid_row(&by_bureau, PLAIN);
        grid_text(&by_bureau, line, 2, bureaus[b]);
        put_tonnes(r, &by_bureau, line, &of_bureau[b]);
    }
    printf("\n%s\n", say(r, "By lead bureau, t", "按牵头单位，t"));
    grid_print(&by_bureau);
}

static int is_known_kind(const char *kind)
{
    static const char *const kinds[] = {"measure", "constraint", "indicator", "governance"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kind, kinds[i]) == 0) return 1;
    return 0;
}

/* The tasks of a kind ("": of none that is known) that have no tonnes, each with the reason. */
static void print_kind(const task_report *r, const char *kind, const char *title)
{
    size_t count = 0;
    for (size_t row = 0; row < ltn_table_rows(r->tasks); row++) {
        tonnes sum = {0};
        if (!(*kind ? strcmp(kind_of(r, row), kind) == 0 : !is_known_kind(kind_of(r, row))) ||
            add_task(r, number_of(r, row), &sum))
            continue;
        if (!count++) printf("\n%s\n", title);
        char item[160];
        shorten(field(r, row, "task"), item, sizeof item);
        printf("  %2d  %s\n      %s\n", number_of(r, row), item, field(r, row, "reason"));
    }
}

/* The ledger by task; measures without one stand under task 0. */
static ltn_status read_ledger(const ltn_projection *run, task_report *r, ltn_table **out)
{
    ltn_grouping grouping;
    ltn_grouping_init(&grouping, LTN_BY_TASK | LTN_BY_POLLUTANT);
    ltn_status status = ltn_projection_ledger(run, &grouping, out);
    r->ledger = *out;
    const ltn_table *emissions = ltn_inventory_emissions(ltn_projection_derived(run));
    size_t c = (size_t)ltn_table_find(emissions, "pollutant");
    r->pollutant_count =
        ltn_table_words(emissions, c) < SHOWN_POLLUTANTS ? ltn_table_words(emissions, c) : SHOWN_POLLUTANTS;
    for (size_t p = 0; p < r->pollutant_count; p++) r->pollutants[p] = ltn_table_word(emissions, c, (int32_t)p);
    return status;
}

ltn_status print_tasks(const ltn_projection *run, const ltn_table *tasks, ltn_language language)
{
    task_report r = {.tasks = tasks, .language = language};
    ltn_table *ledger = NULL;
    ltn_status status = read_ledger(run, &r, &ledger);
    if (status) return status;
    print_head(run, language);
    print_tonnes(&r);
    print_kind(&r, "measure", say(&r, "Served by measures counted under other tasks", "由其他任务名下措施体现的任务"));
    print_kind(&r, "constraint", say(&r, "Constraints", "约束性任务"));
    print_kind(&r, "indicator",
               say(&r, "Tasks measured by an indicator that is no emission", "以非排放指标衡量的任务"));
    print_kind(&r, "governance", say(&r, "Governance: nothing quantitative", "治理类任务：无量化内容"));
    print_kind(&r, "", say(&r, "Tasks of no kind that is known", "类型不明的任务"));
    ltn_table_free(ledger);
    return LTN_OK;
}
