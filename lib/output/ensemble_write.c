/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An ensemble to a store: its draws, or what was kept in their place, and all that it takes to go on with them. */
#include "output/ensemble_store.h"

#include "format/hdf5_file.h"
#include "output/netcdf.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(sizeof(size_t) == sizeof(uint64_t), "sizes are stored as 64-bit integers");
_Static_assert(sizeof(ltn_power_sums) == LTN_MOMENT_COLUMNS * sizeof(double), "moments are stored as numbers");
_Static_assert(sizeof(atomic_uint) == sizeof(int32_t), "counts are stored as 32-bit integers");

const ltn_ensemble_number ltn_ensemble_numbers[LTN_ENSEMBLE_NUMBERS] = {
    {"seed", offsetof(ltn_ensemble, seed)},
    {"draws", offsetof(ltn_ensemble, draws)},
    {"first_draw", offsetof(ltn_ensemble, first)},
    {"draw_count", offsetof(ltn_ensemble, count)},
    {"designed", offsetof(ltn_ensemble, designed)},
    {"inputs", offsetof(ltn_ensemble, inputs)},
    {"fingerprint", offsetof(ltn_ensemble, fingerprint)},
};
const char *const ltn_ensemble_samplings[LTN_ENSEMBLE_SAMPLINGS] = {"random", "latin", "sobol"};
const char *const ltn_target_columns[LTN_TARGET_COLUMNS] = {"target", "base_row", "projected_row", "judged", "met"};
const char *const ltn_project_columns[LTN_PROJECT_COLUMNS] = {"owed_row", "claimed_row", "covered"};

typedef struct content {
    const ltn_ensemble *ensemble;
    const char *command, *inputs;
    ltn_table *targets, *projects; /* the counts; NULL where there are none */
} content;

/* ---- attributes ---- */

/* The streams that follow the design, in its order. */
static ltn_status write_streams(const ltn_hdf5_file *f, const ltn_ensemble *e)
{
    enum { DIGITS = 21 }; /* of the largest, and what follows it */
    char *text = ltn_alloc(e->stream_count * DIGITS + 1, 1), *end = text;
    if (!text) return LTN_ENOMEM;
    for (size_t i = 0; i < e->stream_count; i++)
        end += snprintf(end, DIGITS + 1, "%s%" PRIu64, i ? " " : "", e->streams[i]);
    ltn_status status = ltn_hdf5_put_text(f, f->file, LTN_ENSEMBLE_A_STREAMS, text);
    free(text);
    return status;
}

static ltn_status write_head(const ltn_hdf5_file *f, const ltn_ensemble *e)
{
    ltn_status status = ltn_hdf5_put_number(f, f->file, LTN_STORE_A_VERSION, LTN_STORE_VERSION);
    if (!status) status = ltn_hdf5_put_text(f, f->file, LTN_STORE_A_LIBRARY, ltn_version());
    if (!status) status = ltn_hdf5_put_text(f, f->file, LTN_STORE_A_CONTENT, LTN_ENSEMBLE_CONTENT);
    if (!status) status = ltn_hdf5_put_number(f, f->file, LTN_STORE_A_RECONSTRUCTED, e->reconstructed);
    if (!status) status = ltn_hdf5_put_text(f, f->file, LTN_ENSEMBLE_A_SAMPLING, ltn_ensemble_samplings[e->sampling]);
    if (!status && *e->baseline) status = ltn_hdf5_put_text(f, f->file, LTN_ENSEMBLE_A_BASELINE, e->baseline);
    if (!status && e->stream_count) status = write_streams(f, e);
    for (size_t i = 0; !status && i < LTN_ENSEMBLE_NUMBERS; i++) {
        uint64_t value;
        memcpy(&value, (const char *)e + ltn_ensemble_numbers[i].at, sizeof value);
        status = ltn_hdf5_put_unsigned(f, f->file, ltn_ensemble_numbers[i].name, value);
    }
    return status;
}

/* Where it comes from, as the netCDF file has it. */
static ltn_status write_metadata(const ltn_hdf5_file *f, const content *c)
{
    hid_t group = ltn_hdf5_make_metadata(f);
    ltn_status status = group >= 0 ? LTN_OK : ltn_last_error()->code;
    if (!status && c->command) status = ltn_hdf5_put_text(f, group, "command", c->command);
    if (!status && *c->inputs) status = ltn_hdf5_put_text(f, group, "input", c->inputs);
    if (group >= 0) H5Gclose(group);
    return status;
}

/* ---- tables ---- */

static ltn_status make_counts(const char *const *columns, size_t count, size_t rows, ltn_table **out)
{
    *out = ltn_table_create();
    ltn_status status = *out ? LTN_OK : LTN_ENOMEM;
    for (size_t i = 0; !status && i < count; i++) status = ltn_table_add_column(*out, columns[i], LTN_NUMBER, NULL);
    return status ? status : ltn_table_resize(*out, rows);
}

static ltn_status count_targets(const ltn_ensemble *e, ltn_table **out)
{
    ltn_status status = make_counts(ltn_target_columns, LTN_TARGET_COLUMNS, e->target_count, out);
    for (size_t i = 0; !status && i < e->target_count; i++) {
        const ltn_ensemble_target *t = &e->targets[i];
        const double values[] = {(double)t->target, (double)t->base, (double)t->projected, t->judged, (double)t->met};
        for (size_t c = 0; c < LTN_TARGET_COLUMNS; c++) (*out)->columns[c].numbers[i] = values[c];
    }
    return status;
}

static ltn_status count_projects(const ltn_ensemble *e, ltn_table **out)
{
    ltn_status status = make_counts(ltn_project_columns, LTN_PROJECT_COLUMNS, e->project_count, out);
    for (size_t i = 0; !status && i < e->project_count; i++) {
        const ltn_ensemble_project *p = &e->projects[i];
        const double values[] = {(double)p->owed, (double)p->claimed, (double)p->covered};
        for (size_t c = 0; c < LTN_PROJECT_COLUMNS; c++) (*out)->columns[c].numbers[i] = values[c];
    }
    return status;
}

static ltn_status write_table(ltn_hdf5_file *f, const ltn_table *table, const char *name, hid_t words)
{
    if (!table) return LTN_OK;
    hid_t group = ltn_hdf5_make_group(f, f->file, name);
    ltn_status status = group >= 0 ? LTN_OK : ltn_last_error()->code;
    if (!status) status = ltn_hdf5_put_table(f, table, name, group, words);
    if (group >= 0) H5Gclose(group);
    return status;
}

static ltn_status write_tables(ltn_hdf5_file *f, const content *c)
{
    const ltn_ensemble *e = c->ensemble;
    hid_t words = ltn_hdf5_make_group(f, f->file, LTN_STORE_WORDS);
    ltn_status status = words >= 0 ? LTN_OK : ltn_last_error()->code;
    if (!status) status = write_table(f, e->groups, LTN_ENSEMBLE_SUMS, words);
    if (!status) status = write_table(f, e->judged, LTN_ENSEMBLE_TARGETS, words);
    if (!status) status = write_table(f, c->targets, LTN_ENSEMBLE_TARGET_COUNTS, words);
    if (!status) status = write_table(f, e->matched, LTN_ENSEMBLE_PROJECTS, words);
    if (!status) status = write_table(f, c->projects, LTN_ENSEMBLE_PROJECT_COUNTS, words);
    if (words >= 0) H5Gclose(words);
    return status;
}

/* ---- sums ---- */

static ltn_status write_sums(const ltn_hdf5_file *f, const ltn_ensemble *e)
{
    ltn_status status = ltn_hdf5_write_numbers(&f->w, f->file, LTN_ENSEMBLE_CENTRAL, e->central, e->rows);
    if (status) return status;
    if (e->values)
        return ltn_hdf5_write_number_lines(&f->w, f->file, LTN_ENSEMBLE_DRAWS, e->values, e->rows, e->count,
                                           e->capacity);
    status = ltn_hdf5_write_numbers(&f->w, f->file, LTN_ENSEMBLE_SCALE, e->scale, e->rows);
    if (status) return status;
    status = ltn_hdf5_write_number_lines(&f->w, f->file, LTN_ENSEMBLE_MOMENTS, &e->moments->power[0].total, e->rows,
                                         LTN_MOMENT_COLUMNS, LTN_MOMENT_COLUMNS);
    return status ? status
                  : ltn_hdf5_write_count_lines(&f->w, f->file, LTN_ENSEMBLE_SKETCH, (const int32_t *)e->sketch, e->rows,
                                               LTN_SKETCH_BINS);
}

static ltn_status fill(ltn_hdf5_file *f, const void *what)
{
    const content *c = what;
    ltn_status status = write_head(f, c->ensemble);
    if (!status) status = write_metadata(f, c);
    if (!status) status = write_tables(f, c);
    return status ? status : write_sums(f, c->ensemble);
}

ltn_status ltn_ensemble_write_hdf5(const ltn_ensemble *e, const ltn_output_options *options, const char *path)
{
    enum { LEVEL = 1 };
    ltn_output_options o;
    ltn_output_options_init(&o);
    if (options) memcpy(&o, options, options->struct_size < sizeof o ? options->struct_size : sizeof o);
    if (e->count > INT32_MAX)
        return ltn_fail(LTN_ELIMIT, &(ltn_place){.source = path}, "%zu draws; a store holds at most %d", e->count,
                        INT32_MAX);
    char *inputs = NULL;
    content c = {.ensemble = e, .command = o.command};
    ltn_status status = ltn_netcdf_hash_inputs(&o, &inputs);
    c.inputs = inputs;
    if (!status && e->judged) status = count_targets(e, &c.targets);
    if (!status && e->matched) status = count_projects(e, &c.projects);
    const ltn_hdf5_form form = {path, LEVEL, 0, e->values ? e->rows * e->count * sizeof(double) : 0};
    if (!status) status = ltn_hdf5_write_file(&form, fill, &c);
    ltn_table_free(c.targets);
    ltn_table_free(c.projects);
    free(inputs);
    return status;
}
