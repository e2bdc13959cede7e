/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is written of an ensemble as tables and as sentences. */
#include "output/results.h"

#include "assess/ensemble.h"
#include "base/file.h"
#include "base/table.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const double ltn_quantiles[LTN_QUANTILES] = {0.025, 0.05, 0.25, 0.5, 0.75, 0.95, 0.975};

static const char *const kept_in_totals[] = {"year", "pollutant"};

const ltn_ensemble *ltn_results_ensemble(const ltn_results *r)
{
    const ltn_ensemble *e = r->options.ensemble;
    return e && e->inputs ? e : NULL;
}

bool ltn_results_know_totals(const ltn_results *r)
{
    const ltn_ensemble *e = ltn_results_ensemble(r);
    return e && e->values && ltn_table_find(e->groups, "year") >= 0 && ltn_table_find(e->groups, "pollutant") >= 0;
}

/* ---- whether it is of this run ---- */

static ltn_status is_of_another_run(const char *what)
{
    return ltn_fail(LTN_EARGUMENT, NULL, "the ensemble is of another run than the results: %s", what);
}

static ltn_status check_words(const ltn_ensemble *e, const char *column, const ltn_dictionary *known)
{
    int at = ltn_table_find(e->groups, column);
    if (at < 0) return LTN_OK;
    for (size_t row = 0; row < e->group_rows; row++) {
        const char *word = ltn_table_text(e->groups, row, (size_t)at);
        if (!word || ltn_dictionary_find(known, word, strlen(word)) < 0) return is_of_another_run(word ? word : column);
    }
    return LTN_OK;
}

static ltn_status check_years(const ltn_ensemble *e, const ltn_projection *run)
{
    int at = ltn_table_find(e->groups, "year");
    for (size_t row = 0; at >= 0 && row < e->group_rows; row++) {
        double year = e->groups->columns[at].numbers[row];
        size_t y = 0;
        while (y < run->year_count && run->years[y] != year) y++;
        if (y == run->year_count) return is_of_another_run("its years");
    }
    return LTN_OK;
}

ltn_status ltn_results_check_ensemble(const ltn_results *r)
{
    const ltn_ensemble *e = r->options.ensemble;
    if (!e) return LTN_OK;
    const ltn_inventory *derived = r->run->program.derived;
    ltn_status status = check_words(e, "region", ltn_tree_codes(derived->regions));
    if (!status) status = check_words(e, "sector", ltn_tree_codes(derived->sectors));
    if (!status) status = check_words(e, "pollutant", derived->emissions->columns[LTN_POLLUTANT].words);
    if (!status) status = check_years(e, r->run);
    if (!status && e->judged && (!r->targets || ltn_targets_count(r->targets) != e->judged->rows))
        status = is_of_another_run("its targets");
    if (!status && e->matched && (!r->book || r->book->debit_count != e->matched->rows))
        status = is_of_another_run("its projects");
    return status;
}

/* ---- tables ---- */

ltn_status ltn_results_distributions(const ltn_results *r, ltn_table **out)
{
    return ltn_ensemble_summary(r->options.ensemble, ltn_quantiles, LTN_QUANTILES, out);
}

ltn_status ltn_results_totals(const ltn_results *r, ltn_table **out)
{
    ltn_ensemble *totals = NULL;
    *out = NULL;
    ltn_status status = ltn_ensemble_regroup(r->options.ensemble, kept_in_totals, 2, &totals);
    if (!status) status = ltn_ensemble_summary(totals, ltn_quantiles, LTN_QUANTILES, out);
    ltn_ensemble_free(totals);
    return status;
}

static ltn_status write_table(const ltn_results *r, const char *name, ltn_status made, ltn_table *table)
{
    if (made) return made;
    char *path = ltn_path_in(r->folder, name);
    ltn_status status = path ? ltn_table_write_csv(table, path) : LTN_ENOMEM;
    free(path);
    ltn_table_free(table);
    return status;
}

static ltn_status write_store(const ltn_results *r)
{
    char *path = ltn_path_in(r->folder, "ensemble.h5");
    ltn_status status = path ? ltn_ensemble_write_hdf5(r->options.ensemble, &r->options, path) : LTN_ENOMEM;
    free(path);
    return status;
}

ltn_status ltn_results_write_ensemble(const ltn_results *r)
{
    const ltn_ensemble *e = ltn_results_ensemble(r);
    ltn_table *table = NULL;
    ltn_status made = ltn_results_distributions(r, &table), status = write_table(r, "ensemble.csv", made, table);
    if (!status && ltn_results_know_totals(r)) {
        made = ltn_results_totals(r, &table);
        status = write_table(r, "ensemble-totals.csv", made, table);
    }
    if (!status && e->judged) {
        made = ltn_ensemble_targets(e, &table);
        status = write_table(r, "ensemble-targets.csv", made, table);
    }
    if (!status && e->matched && e->matched->rows) {
        made = ltn_ensemble_projects(e, &table);
        status = write_table(r, "ensemble-projects.csv", made, table);
    }
    return status ? status : write_store(r);
}

/* ---- notes ---- */

static ltn_status add_note(ltn_table *notes, const char *code, double value, const char *unit, const char *text)
{
    size_t row = notes->rows;
    ltn_status status = ltn_table_resize(notes, row + 1);
    if (status) return status;
    notes->columns[ltn_table_find(notes, "value")].numbers[row] = value;
    status = ltn_table_set_text(notes, row, (size_t)ltn_table_find(notes, "code"), code);
    if (!status && unit) status = ltn_table_set_text(notes, row, (size_t)ltn_table_find(notes, "unit"), unit);
    return status ? status : ltn_table_set_text(notes, row, (size_t)ltn_table_find(notes, "text"), text);
}

static const char *sampling_text(int sampling, bool chinese)
{
    static const char *const texts[][2] = {{"at random", "随机抽样"},
                                           {"as a Latin hypercube", "拉丁超立方抽样"},
                                           {"by Sobol's sequence", "Sobol序列抽样"}};
    return texts[sampling][chinese];
}

static ltn_status note_draws(const ltn_ensemble *e, bool chinese, ltn_table *notes)
{
    char text[160];
    snprintf(text, sizeof text, chinese ? "集合模拟的抽样次数（%s）" : "draws of the ensemble, made %s",
             sampling_text(e->sampling, chinese));
    ltn_status status = add_note(notes, "ensemble_draws", (double)e->count, NULL, text);
    snprintf(text, sizeof text, chinese ? "随机数种子：%" PRIu64 : "seed of the random numbers: %" PRIu64, e->seed);
    if (!status) status = add_note(notes, "ensemble_seed", (double)e->seed, NULL, text);
    if (!status)
        status = add_note(notes, "ensemble_inputs", (double)e->inputs, NULL,
                          chinese ? "清单与情景中的不确定参数（随机输入）个数"
                                  : "random inputs: uncertain numbers of the inventory and the scenario");
    if (status || !e->reconstructed) return status;
    return add_note(notes, "ensemble_reconstructed", NAN, NULL,
                    chinese ? "区间与概率描述的是重构清单的假设，并不使其成为官方数据"
                            : "intervals and probabilities are those of a reconstruction's assumptions; they make no "
                              "number official");
}

ltn_status ltn_results_note_ensemble(const ltn_results *r, ltn_table *notes)
{
    bool chinese = r->options.language == LTN_CHINESE;
    const ltn_ensemble *e = ltn_results_ensemble(r);
    if (e) return note_draws(e, chinese, notes);
    return add_note(notes, "nothing_uncertain", NAN, NULL,
                    chinese ? "清单与情景均未给出不确定性，故无区间与概率"
                            : "nothing in the inventory or the scenario is uncertain: there are no intervals or "
                              "probabilities");
}
