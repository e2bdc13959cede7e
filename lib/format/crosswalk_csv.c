/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/text.h"
#include "format/csv.h"
#include "inventory/crosswalk.h"

#include <math.h>
#include <string.h>

/* A blank share is the whole. */
static double read_share(const ltn_csv_table *csv, size_t row, ltn_diagnostics *list)
{
    const char *text = ltn_csv_text(csv, row, "share");
    double value = 1;
    if (!text) return value;
    ltn_place at = ltn_csv_cell_place(csv, row, "share");
    if (!ltn_text_share(text, &value) || !(value >= 0 && value <= 1))
        ltn_complain(list, LTN_ERROR, &at, "share '%s' is no share; expected a number in [0, 1] or '35 %%'", text);
    return value;
}

/* The year of `2019` or `2019-08-16`; blank is 0. */
static int read_from(const ltn_csv_table *csv, size_t row, ltn_diagnostics *list)
{
    const char *text = ltn_csv_text(csv, row, "from");
    int year, month, day;
    if (!text) return 0;
    ltn_place at = ltn_csv_cell_place(csv, row, "from");
    if (ltn_text_date(text, &year, &month, &day)) return year;
    ltn_complain(list, LTN_ERROR, &at, "from '%s' is no year or date; expected for example 2019-08-16", text);
    return 0;
}

static const char *read_code(const ltn_csv_table *csv, size_t row, const char *column, ltn_arena *arena,
                             ltn_diagnostics *list)
{
    const char *text = ltn_csv_text(csv, row, column);
    ltn_place at = ltn_csv_cell_place(csv, row, column);
    if (!text) ltn_complain(list, LTN_ERROR, &at, "%s is blank; expected a code", column);
    return ltn_arena_text(arena, text ? text : "", text ? strlen(text) : 0);
}

static ltn_status read_rows(const ltn_csv_table *csv, const char *path, ltn_crosswalk *crosswalk, ltn_diagnostics *list)
{
    for (size_t row = 0; row < csv->table->rows; row++) {
        if (ltn_reserve(&crosswalk->rows, &crosswalk->capacity, row + 1, sizeof *crosswalk->rows)) return LTN_ENOMEM;
        ltn_crosswalk_row *r = &crosswalk->rows[crosswalk->count++];
        *r = (ltn_crosswalk_row){
            .old_code = read_code(csv, row, "old", &crosswalk->arena, list),
            .new_code = read_code(csv, row, "new", &crosswalk->arena, list),
            .share = read_share(csv, row, list),
            .from = read_from(csv, row, list),
            .place = {path, csv->lines[row], 1},
        };
        if (!r->old_code || !r->new_code) return LTN_ENOMEM;
    }
    return LTN_OK;
}

ltn_status ltn_crosswalk_read_csv(const char *path, const ltn_read_options *options, ltn_crosswalk **out)
{
    static const char *const required[] = {"old", "new"};
    *out = NULL;
    ltn_diagnostics own = {0}, *list = options && options->diagnostics ? options->diagnostics : &own;
    size_t errors_before = list->errors;
    ltn_csv_table csv = {0};
    ltn_crosswalk *crosswalk = ltn_alloc(1, sizeof *crosswalk);
    if (!crosswalk) return LTN_ENOMEM;
    const char *kept = ltn_arena_text(&crosswalk->arena, path, strlen(path));
    ltn_status status =
        kept ? ltn_csv_read_table(path, options ? options->encoding : NULL, required, 2, list, &csv) : LTN_ENOMEM;
    if (!status) status = read_rows(&csv, kept, crosswalk, list);
    if (!status) status = ltn_diagnostics_verdict(list, errors_before);
    ltn_csv_table_free(&csv);
    ltn_diagnostics_clear(&own);
    if (status)
        ltn_crosswalk_free(crosswalk);
    else
        *out = crosswalk;
    return status;
}
