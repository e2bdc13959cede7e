/* SPDX-License-Identifier: GPL-3.0-or-later */
/* --draws: how sure the results are. */
#include "plan_ensemble.h"

#include "terminal.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *say(ltn_language language, const char *english, const char *chinese)
{
    return language == LTN_CHINESE ? chinese : english;
}

/* ---- drawing ---- */

static ltn_status draw(const ltn_projection *run, const ltn_ensemble_options *options, ltn_ensemble **out)
{
    ltn_ensemble_options with = *options;
    int shown = -1;
    if (terminal_shows_progress()) with.progress = show_progress;
    with.progress_data = &shown;
    ltn_status status = ltn_ensemble_run(run, &with, out);
    clear_progress();
    return status;
}

/* The whole's distributions are made of the regions' draws; where those were not kept they are drawn once more. */
static ltn_status find_totals(const ltn_projection *run, const ltn_ensemble_options *options, plan_ensemble *e)
{
    static const double interval[] = {0.025, 0.975};
    static const char *const kept[] = {"year", "pollutant"};
    ltn_ensemble *totals = NULL;
    ltn_grouping grouping;
    ltn_grouping_init(&grouping, LTN_BY_YEAR | LTN_BY_POLLUTANT);
    ltn_ensemble_options once_more = *options;
    once_more.grouping = &grouping;
    once_more.targets = NULL;
    once_more.book = NULL;
    ltn_status status = ltn_ensemble_draws(e->ensemble, 0) ? ltn_ensemble_regroup(e->ensemble, kept, 2, &totals)
                                                           : draw(run, &once_more, &totals);
    if (!status) status = ltn_ensemble_summary(totals, interval, 2, &e->totals);
    ltn_ensemble_free(totals);
    return status;
}

ltn_status plan_ensemble_run(const plan_options *o, const ltn_offset_book *book, const ltn_targets *targets,
                             plan_ensemble *out)
{
    const ltn_projection *run = ltn_offset_book_projection(book);
    int owes = ltn_scenario_offsets(ltn_projection_scenario(run)) > 0;
    ltn_ensemble_options options;
    *out = (plan_ensemble){.inputs = ltn_projection_inputs(run)};
    ltn_ensemble_options_init(&options);
    options.draws = out->inputs ? o->draws : 1;
    options.seed = o->seed;
    options.sampling = o->sampling;
    options.threads = o->threads;
    options.targets = targets;
    options.book = owes ? book : NULL;
    ltn_status status = draw(run, &options, &out->ensemble);
    if (status || !out->inputs) return status;
    status = find_totals(run, &options, out);
    if (!status && targets) status = ltn_ensemble_targets(out->ensemble, &out->targets);
    return status || !owes ? status : ltn_ensemble_projects(out->ensemble, &out->projects);
}

void plan_ensemble_free(plan_ensemble *e)
{
    ltn_ensemble_free(e->ensemble);
    ltn_table_free(e->totals);
    ltn_table_free(e->targets);
    ltn_table_free(e->projects);
    *e = (plan_ensemble){0};
}

/* ---- printing ---- */

static double number(const ltn_table *table, size_t row, const char *name)
{
    int column = ltn_table_find(table, name);
    return column < 0 ? NAN : ltn_table_number(table, row, (size_t)column);
}

/* Rule of three: Hanley and Lippman-Hand 1983, "If nothing goes wrong, is everything all right?", JAMA 249. */
void chance_text(const plan_ensemble *e, const ltn_table *table, size_t row, const char *share, char *out, size_t size)
{
    char error[32];
    snprintf(error, sizeof error, "%s_error", share);
    double p = number(table, row, share), bound = 3 / (double)ltn_ensemble_draw_count(e->ensemble);
    *out = '\0';
    if (isnan(p)) return;
    if (p == 1 && bound < 1)
        snprintf(out, size, "> %.6g", 1 - bound);
    else if (p == 0 && bound < 1)
        snprintf(out, size, "< %.2g", bound);
    else
        snprintf(out, size, "%.3f ± %.3f", p, number(table, row, error));
}

static void print_how(const plan_options *o, const plan_ensemble *e, const ltn_projection *run, ltn_language language)
{
    static const char *const samplings[][2] = {{"random draws", "随机抽样"},
                                               {"draws of a Latin hypercube", "拉丁超立方抽样"},
                                               {"draws of Sobol's sequence", "Sobol序列抽样"}};
    printf(
        say(language, "\n%zu %s, seed %" PRIu64 ", %zu random inputs\n", "\n%zu次%s，种子%" PRIu64 "，随机输入%zu个\n"),
        ltn_ensemble_draw_count(e->ensemble), samplings[o->sampling][language == LTN_CHINESE], o->seed, e->inputs);
    if (ltn_inventory_reconstructed(ltn_projection_base(run)))
        puts(say(
            language,
            "Intervals and probabilities are those of a reconstruction's assumptions; they make no number official.",
            "区间与概率描述的是重构清单的假设，并不使其成为官方数据。"));
}

static void add_total(grid *g, const ltn_table *totals, size_t row, const char *pollutant)
{
    size_t line = grid_row(g, PLAIN);
    double mean = number(totals, row, "mean_t"), low = number(totals, row, "p2.5_t"),
           high = number(totals, row, "p97.5_t");
    char interval[64] = "";
    grid_text(g, line, 0, pollutant);
    grid_number(g, line, 1, number(totals, row, "year"), 0);
    grid_number(g, line, 2, number(totals, row, "emission_t"), 0);
    grid_number(g, line, 3, mean, 0);
    grid_number(g, line, 4, low, 0);
    grid_number(g, line, 5, high, 0);
    if (mean > 0) snprintf(interval, sizeof interval, "%+.0f/%+.0f", 100 * (low / mean - 1), 100 * (high / mean - 1));
    grid_text(g, line, 6, interval);
}

static void print_totals(const ltn_table *totals, const ltn_projection *run, ltn_language language)
{
    const char *const columns[] = {say(language, "<pollutant", "<污染物"),
                                   say(language, "year", "年份"),
                                   say(language, "at means t", "均值输入 t"),
                                   say(language, "mean t", "均值 t"),
                                   "2.5 % t",
                                   "97.5 % t",
                                   say(language, "of the mean %", "相对均值 %")};
    size_t count, pollutant = (size_t)ltn_table_find(totals, "pollutant");
    const int *years = ltn_projection_years(run, &count);
    grid g;
    grid_start(&g, sizeof columns / sizeof *columns, columns);
    for (size_t word = 0; word < ltn_table_words(totals, pollutant); word++)
        for (size_t row = 0; row < ltn_table_rows(totals); row++) {
            double year = number(totals, row, "year");
            const char *code = ltn_table_word(totals, pollutant, (int32_t)word);
            if (strcmp(ltn_table_text(totals, row, pollutant), code) == 0 &&
                (year == years[0] || year == years[count - 1]))
                add_total(&g, totals, row, code);
        }
    grid_print(&g);
}

void print_ensemble(const plan_options *o, const plan_ensemble *e, const ltn_projection *run, ltn_language language)
{
    const char *title = say(language, "How sure the totals are: 95 % interval", "总量的不确定性：95%区间");
    if (!e->ensemble) return;
    if (!e->inputs) {
        puts(say(language,
                 "\nNothing in the inventory or the scenario is uncertain: there are no intervals or probabilities.",
                 "\n清单与情景均未给出不确定性，故无区间与概率。"));
        return;
    }
    printf(terminal_has_colour() ? "\n\033[1m%s\033[0m" : "\n%s", title);
    print_how(o, e, run, language);
    print_totals(e->totals, run, language);
}
