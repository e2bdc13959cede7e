/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A store to an ensemble. Nothing in the file is taken on trust: what does not agree with the rest is an error. */
#include "output/ensemble_store.h"

#include "base/hdf5_lock.h"
#include "base/table.h"
#include "base/design.h"
#include "format/hdf5_table.h"

#include <errno.h>
#include <float.h>
#include <lantian/output.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void ltn_ensemble_read_options_init(ltn_ensemble_read_options *options)
{
    *options = (ltn_ensemble_read_options){.struct_size = sizeof *options};
}

typedef struct store {
    ltn_hdf5_reader r;
    ltn_ensemble *made;
} store;

/* ---- attributes ---- */

static ltn_status read_text_attribute(store *s, const char *name, char **out)
{
    if (H5Aexists(s->r.file, name) <= 0) return ltn_hdf5_bad(&s->r, "the file", "it has no attribute '%s'", name);
    hid_t attribute = H5Aopen(s->r.file, name, H5P_DEFAULT);
    ltn_status status = attribute >= 0 ? ltn_hdf5_read_text(&s->r, attribute, "the file", name, out)
                                       : ltn_fail_hdf5(LTN_EINPUT, s->r.path, "read an attribute");
    if (attribute >= 0) H5Aclose(attribute);
    return status;
}

static ltn_status check_head(store *s)
{
    int32_t version = 0;
    char *content = NULL;
    if (H5Aexists(s->r.file, LTN_STORE_A_VERSION) <= 0)
        return ltn_fail(LTN_EINPUT, &(ltn_place){.source = s->r.path},
                        "an HDF5 file, but no store of Lantian: it has no attribute '%s'", LTN_STORE_A_VERSION);
    ltn_status status = ltn_hdf5_read_number(&s->r, s->r.file, "the file", LTN_STORE_A_VERSION, &version);
    if (!status && version != LTN_STORE_VERSION)
        status = ltn_fail(LTN_EINPUT, &(ltn_place){.source = s->r.path},
                          "a store of version %d; this library reads version %d", version, LTN_STORE_VERSION);
    if (!status) status = read_text_attribute(s, LTN_STORE_A_CONTENT, &content);
    if (!status && strcmp(content, LTN_ENSEMBLE_CONTENT) != 0)
        status = ltn_fail(LTN_EINPUT, &(ltn_place){.source = s->r.path}, "a store of '%.40s'; expected '%s'", content,
                          LTN_ENSEMBLE_CONTENT);
    free(content);
    return status;
}

static ltn_status read_sampling(store *s)
{
    char *sampling = NULL;
    ltn_status status = read_text_attribute(s, LTN_ENSEMBLE_A_SAMPLING, &sampling);
    int kind = 0;
    while (!status && kind < LTN_ENSEMBLE_SAMPLINGS && strcmp(sampling, ltn_ensemble_samplings[kind]) != 0) kind++;
    if (!status && kind == LTN_ENSEMBLE_SAMPLINGS)
        status = ltn_hdf5_bad(&s->r, "the file", "sampling '%.40s'; expected random, latin or sobol", sampling);
    s->made->sampling = kind;
    free(sampling);
    return status;
}

static ltn_status read_baseline(store *s)
{
    if (H5Aexists(s->r.file, LTN_ENSEMBLE_A_BASELINE) <= 0) return ltn_ensemble_set_baseline(s->made, "");
    return read_text_attribute(s, LTN_ENSEMBLE_A_BASELINE, &s->made->baseline);
}

/* So many numbers, and nothing else. */
static bool parse_streams(const char *text, ltn_ensemble *e)
{
    while (*text >= '0' && *text <= '9' && e->stream_count < LTN_SOBOL_DIMENSIONS) {
        char *end;
        errno = 0;
        e->streams[e->stream_count++] = strtoull(text, &end, 10);
        if (errno || (*end && *end != ' ')) return false;
        text = end + (*end == ' ');
    }
    return !*text;
}

static ltn_status read_streams(store *s)
{
    char *text = NULL;
    if (!(s->made->streams = ltn_alloc(LTN_SOBOL_DIMENSIONS, sizeof *s->made->streams))) return LTN_ENOMEM;
    if (H5Aexists(s->r.file, LTN_ENSEMBLE_A_STREAMS) <= 0) return LTN_OK;
    ltn_status status = read_text_attribute(s, LTN_ENSEMBLE_A_STREAMS, &text);
    if (!status && !parse_streams(text, s->made))
        status = ltn_hdf5_bad(&s->r, "the file", "streams '%.40s'; expected at most %d numbers of 64 bits", text,
                              LTN_SOBOL_DIMENSIONS);
    free(text);
    return status;
}

static ltn_status read_head(store *s)
{
    ltn_ensemble *e = s->made;
    int32_t reconstructed = 0;
    ltn_status status = ltn_hdf5_read_number(&s->r, s->r.file, "the file", LTN_STORE_A_RECONSTRUCTED, &reconstructed);
    for (size_t i = 0; !status && i < LTN_ENSEMBLE_NUMBERS; i++) {
        uint64_t value = 0;
        status = ltn_hdf5_read_unsigned(&s->r, s->r.file, "the file", ltn_ensemble_numbers[i].name, &value);
        memcpy((char *)e + ltn_ensemble_numbers[i].at, &value, sizeof value);
    }
    e->reconstructed = reconstructed != 0;
    if (!status && (!e->count || e->first >= e->draws || e->count > e->draws - e->first || e->count > INT32_MAX))
        status = ltn_hdf5_bad(&s->r, "the file", "%zu draws from number %zu on do not lie within a run of %zu",
                              e->count, e->first, e->draws);
    if (!status) status = read_streams(s);
    if (!status) status = read_baseline(s);
    return status ? status : read_sampling(s);
}

/* ---- tables ---- */

static ltn_status need_column(const store *s, const ltn_table *table, const char *name, const char *column,
                              ltn_column_type type, size_t *out)
{
    int found = ltn_table_find(table, column);
    if (found < 0 || table->columns[found].type != type)
        return ltn_hdf5_bad(&s->r, name, "expected a column '%s' of %s", column,
                            type == LTN_TEXT ? "texts" : "numbers");
    *out = (size_t)found;
    return LTN_OK;
}

static ltn_status read_groups(store *s, hid_t words)
{
    ltn_ensemble *e = s->made;
    size_t emission = 0;
    ltn_status status = ltn_hdf5_read_table(&s->r, words, LTN_ENSEMBLE_SUMS, &e->groups);
    if (!status) status = need_column(s, e->groups, LTN_ENSEMBLE_SUMS, "emission_t", LTN_NUMBER, &emission);
    if (!status && emission + 1 != e->groups->column_count)
        status = ltn_hdf5_bad(&s->r, LTN_ENSEMBLE_SUMS, "emission_t is not the last column");
    if (!status) e->rows = e->group_rows = e->groups->rows;
    return status;
}

/* A whole number of a table of counts, `low` to `high`. */
static ltn_status take_count(const store *s, const ltn_table *counts, const char *name, size_t row, const char *column,
                             size_t low, size_t high, size_t *out)
{
    size_t at = 0;
    ltn_status status = need_column(s, counts, name, column, LTN_NUMBER, &at);
    double value = status ? 0 : counts->columns[at].numbers[row];
    if (!status && !(value >= (double)low && value <= (double)high && value == floor(value)))
        status = ltn_hdf5_bad(&s->r, name, "%s of row %zu is %.15g; expected a whole number from %zu to %zu", column,
                              row, value, low, high);
    if (!status) *out = (size_t)value;
    return status;
}

static ltn_status take_target(store *s, const ltn_table *counts, size_t i)
{
    ltn_ensemble *e = s->made;
    size_t last = e->judged->rows - 1, first = i ? e->targets[i - 1].target + 1 : 0, judged = 0;
    size_t *const into[] = {&e->targets[i].target, &e->targets[i].base, &e->targets[i].projected, &judged,
                            &e->targets[i].met};
    const size_t ends[][2] = {{first, last}, {e->rows, e->rows}, {e->rows + 1, e->rows + 1}, {0, 1}, {0, e->count}};
    ltn_status status = LTN_OK;
    if (!e->judged->rows || first > last)
        return ltn_hdf5_bad(&s->r, LTN_ENSEMBLE_TARGET_COUNTS, "more rows than there are targets");
    for (size_t c = 0; !status && c < LTN_TARGET_COLUMNS; c++)
        status = take_count(s, counts, LTN_ENSEMBLE_TARGET_COUNTS, i, ltn_target_columns[c], ends[c][0], ends[c][1],
                            into[c]);
    e->targets[i].judged = judged != 0;
    e->rows += 2;
    return status;
}

static ltn_status read_targets(store *s, hid_t words)
{
    ltn_ensemble *e = s->made;
    ltn_table *counts = NULL;
    size_t ignored;
    if (!ltn_hdf5_has(s->r.file, LTN_ENSEMBLE_TARGETS)) return LTN_OK;
    ltn_status status = ltn_hdf5_read_table(&s->r, words, LTN_ENSEMBLE_TARGETS, &e->judged);
    if (!status) status = need_column(s, e->judged, LTN_ENSEMBLE_TARGETS, "p_met", LTN_NUMBER, &ignored);
    if (!status) status = need_column(s, e->judged, LTN_ENSEMBLE_TARGETS, "met", LTN_TEXT, &ignored);
    if (!status) status = ltn_hdf5_read_table(&s->r, words, LTN_ENSEMBLE_TARGET_COUNTS, &counts);
    if (!status) status = ltn_hdf5_charge(&s->r, LTN_ENSEMBLE_TARGET_COUNTS, counts->rows, sizeof *e->targets);
    if (!status && !(e->targets = ltn_alloc(counts->rows, sizeof *e->targets))) status = LTN_ENOMEM;
    if (!status) e->target_count = counts->rows;
    for (size_t i = 0; !status && i < e->target_count; i++) status = take_target(s, counts, i);
    ltn_table_free(counts);
    return status;
}

static ltn_status take_project(store *s, const ltn_table *counts, size_t i)
{
    ltn_ensemble *e = s->made;
    size_t *const into[] = {&e->projects[i].owed, &e->projects[i].claimed, &e->projects[i].covered};
    const size_t ends[][2] = {{e->rows, e->rows}, {e->rows + 1, e->rows + 1}, {0, e->count}};
    ltn_status status = LTN_OK;
    for (size_t c = 0; !status && c < LTN_PROJECT_COLUMNS; c++)
        status = take_count(s, counts, LTN_ENSEMBLE_PROJECT_COUNTS, i, ltn_project_columns[c], ends[c][0], ends[c][1],
                            into[c]);
    e->rows += 2;
    return status;
}

static ltn_status read_projects(store *s, hid_t words)
{
    ltn_ensemble *e = s->made;
    ltn_table *counts = NULL;
    size_t ignored;
    if (!ltn_hdf5_has(s->r.file, LTN_ENSEMBLE_PROJECTS)) return LTN_OK;
    ltn_status status = ltn_hdf5_read_table(&s->r, words, LTN_ENSEMBLE_PROJECTS, &e->matched);
    if (!status) status = need_column(s, e->matched, LTN_ENSEMBLE_PROJECTS, "project", LTN_TEXT, &ignored);
    if (!status) status = need_column(s, e->matched, LTN_ENSEMBLE_PROJECTS, "pollutant", LTN_TEXT, &ignored);
    if (!status) status = ltn_hdf5_read_table(&s->r, words, LTN_ENSEMBLE_PROJECT_COUNTS, &counts);
    if (!status && counts->rows != e->matched->rows)
        status = ltn_hdf5_bad(&s->r, LTN_ENSEMBLE_PROJECT_COUNTS, "%zu rows for %zu projects", counts->rows,
                              e->matched->rows);
    if (!status) status = ltn_hdf5_charge(&s->r, LTN_ENSEMBLE_PROJECT_COUNTS, counts->rows, sizeof *e->projects);
    if (!status && !(e->projects = ltn_alloc(counts->rows, sizeof *e->projects))) status = LTN_ENOMEM;
    if (!status) e->project_count = counts->rows;
    for (size_t i = 0; !status && i < e->project_count; i++) status = take_project(s, counts, i);
    ltn_table_free(counts);
    return status;
}

/* ---- sums ---- */

static const ltn_domain any_number = {-DBL_MAX, DBL_MAX, true};

/* A value a row. */
static ltn_status read_line(store *s, const char *name, double **out)
{
    ltn_ensemble *e = s->made;
    ltn_stored stored;
    ltn_status status = ltn_stored_open(&s->r, s->r.file, "", name, LTN_STORED_NUMBERS, &stored);
    if (status) return status;
    if (stored.rows != e->rows)
        status = ltn_hdf5_bad(&s->r, stored.name,
                              "%zu values; expected %zu: of the sums, and two for each target and "
                              "each project",
                              stored.rows, e->rows);
    if (!status) status = ltn_hdf5_charge(&s->r, stored.name, e->rows, sizeof **out);
    if (!status && !(*out = ltn_alloc(e->rows, sizeof **out))) status = LTN_ENOMEM;
    if (!status) status = ltn_stored_read(&s->r, &stored, NULL, &any_number, *out);
    ltn_stored_close(&stored);
    return status;
}

static ltn_status read_central(store *s)
{
    ltn_ensemble *e = s->made;
    ltn_status status = read_line(s, LTN_ENSEMBLE_CENTRAL, &e->central);
    const double *emission = e->groups->columns[e->groups->column_count - 1].numbers;
    for (size_t i = 0; !status && i < e->group_rows; i++)
        if (e->central[i] != emission[i])
            status = ltn_hdf5_bad(&s->r, LTN_ENSEMBLE_CENTRAL, "value %zu is %.17g; emission_t is %.17g", i,
                                  e->central[i], emission[i]);
    return status;
}

static ltn_status read_matrix(store *s, const char *name, ltn_stored_kind kind, size_t length, const ltn_domain *domain,
                              void *out)
{
    void **values = out;
    ltn_stored stored;
    ltn_status status = ltn_stored_open_lines(&s->r, s->r.file, name, kind, &stored);
    if (status) return status;
    if (stored.lines != s->made->rows || stored.rows != length)
        status = ltn_hdf5_bad(&s->r, name, "%zu x %zu values; expected %zu x %zu", stored.lines, stored.rows,
                              s->made->rows, length);
    if (!status) status = ltn_hdf5_charge(&s->r, name, stored.lines * length, stored.width);
    if (!status && !(*values = ltn_alloc(stored.lines * length, stored.width))) status = LTN_ENOMEM;
    if (!status) status = ltn_stored_read_lines(&s->r, &stored, domain, *values);
    ltn_stored_close(&stored);
    return status;
}

/* Each row's counts are those of all draws. */
static ltn_status check_sketch(const store *s)
{
    const ltn_ensemble *e = s->made;
    for (size_t row = 0; row < e->rows; row++) {
        uint64_t counted = 0;
        for (size_t bin = 0; bin < LTN_SKETCH_BINS; bin++) counted += e->sketch[row * LTN_SKETCH_BINS + bin];
        if (counted != e->count)
            return ltn_hdf5_bad(&s->r, LTN_ENSEMBLE_SKETCH, "row %zu counts %llu draws; expected %zu", row,
                                (unsigned long long)counted, e->count);
    }
    return LTN_OK;
}

static ltn_status read_sums(store *s)
{
    ltn_ensemble *e = s->made;
    const ltn_domain counts = {0, (double)e->count, true};
    ltn_status status = read_central(s);
    if (status) return status;
    e->capacity = e->count;
    if (!ltn_hdf5_has(s->r.file, LTN_ENSEMBLE_MOMENTS))
        return read_matrix(s, LTN_ENSEMBLE_DRAWS, LTN_STORED_NUMBERS, e->count, &any_number, &e->values);
    status = read_line(s, LTN_ENSEMBLE_SCALE, &e->scale);
    if (!status)
        status = read_matrix(s, LTN_ENSEMBLE_MOMENTS, LTN_STORED_NUMBERS, LTN_MOMENT_COLUMNS, &any_number, &e->moments);
    if (!status) status = read_matrix(s, LTN_ENSEMBLE_SKETCH, LTN_STORED_CODES, LTN_SKETCH_BINS, &counts, &e->sketch);
    return status ? status : check_sketch(s);
}

/* ---- the file ---- */

static ltn_status read_tables(store *s)
{
    hid_t words = ltn_hdf5_open_group(&s->r, s->r.file, LTN_STORE_WORDS);
    ltn_status status = words >= 0 ? read_groups(s, words) : ltn_last_error()->code;
    if (!status) status = read_targets(s, words);
    if (!status) status = read_projects(s, words);
    if (words >= 0) H5Gclose(words);
    return status;
}

static ltn_status read_store(store *s)
{
    ltn_status status = check_head(s);
    if (!status && !(s->made = ltn_alloc(1, sizeof *s->made))) status = LTN_ENOMEM;
    if (!status) status = read_head(s);
    if (!status) status = read_tables(s);
    return status ? status : read_sums(s);
}

ltn_status ltn_ensemble_read_hdf5(const char *path, const ltn_ensemble_read_options *options, ltn_ensemble **out)
{
    *out = NULL;
    ltn_ensemble_read_options o;
    ltn_ensemble_read_options_init(&o);
    if (options) memcpy(&o, options, options->struct_size < sizeof o ? options->struct_size : sizeof o);
    store s = {.r = {.threads = o.threads, .memory_limit = o.memory_limit}};
    ltn_hdf5_lock();
    ltn_status status = ltn_hdf5_open(path, &s.r);
    if (!status) status = read_store(&s);
    ltn_hdf5_close(&s.r);
    ltn_hdf5_unlock();
    if (status)
        ltn_ensemble_free(s.made);
    else
        *out = s.made;
    return status;
}
