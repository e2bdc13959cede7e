/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "assess/offsets.h"
#include "base/file.h"
#include "output/listing.h"
#include "output/results.h"

#include <lantian/output.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Writes a table that has just been made, and frees it. */
static ltn_status write_table(const char *folder, const char *name, ltn_status made, ltn_table *table)
{
    if (made) return made;
    char *path = ltn_path_in(folder, name);
    ltn_status status = path ? ltn_table_write_csv(table, path) : LTN_ENOMEM;
    free(path);
    ltn_table_free(table);
    return status;
}

ltn_status ltn_projection_write_inventory(const ltn_projection *run, int year, const char *folder)
{
    char name[32];
    ltn_inventory *inventory;
    ltn_status status = ltn_projection_inventory(run, year, &inventory);
    if (status) return status;
    snprintf(name, sizeof name, "inventory-%d.csv", year);
    char *path = ltn_path_in(folder, name);
    status = path ? ltn_inventory_write_csv(inventory, path) : LTN_ENOMEM;
    free(path);
    ltn_inventory_free(inventory);
    return status;
}

static ltn_status write_summary(const ltn_projection *run, const char *folder)
{
    ltn_table *table = NULL;
    ltn_status made =
        ltn_projection_summarise(run, LTN_BY_YEAR | LTN_BY_REGION | LTN_BY_SECTOR | LTN_BY_POLLUTANT, &table);
    return write_table(folder, "summary.csv", made, table);
}

static ltn_status write_ledger(const ltn_projection *run, const char *folder)
{
    ltn_table *table = NULL;
    ltn_grouping all;
    ltn_grouping_init(&all, LTN_BY_YEAR | LTN_BY_MEASURE | LTN_BY_TASK | LTN_BY_CLASS | LTN_BY_REGION | LTN_BY_SECTOR |
                                LTN_BY_SOURCE | LTN_BY_POLLUTANT);
    ltn_status made = ltn_projection_ledger(run, &all, &table);
    return write_table(folder, "ledger.csv", made, table);
}

static ltn_status write_notes(const ltn_results *r)
{
    ltn_table *table = NULL;
    ltn_status made = ltn_results_notes(r, &table);
    return write_table(r->folder, "notes.csv", made, table);
}

static ltn_status write_accounts(const ltn_results *r)
{
    ltn_table *table = NULL;
    ltn_status made = ltn_results_accounts(r, &table);
    return write_table(r->folder, "accounts.csv", made, table);
}

static ltn_status write_targets(const ltn_results *r)
{
    ltn_table *table = NULL;
    ltn_status made = ltn_results_targets(r, &table);
    return write_table(r->folder, "targets.csv", made, table);
}

/* ---- offsets ---- */

static ltn_status write_refusals(const ltn_results *r)
{
    ltn_table *all = NULL;
    ltn_status status = LTN_OK;
    for (size_t i = 0; !status && i < r->book->debit_count; i++) {
        const ltn_debit *d = &r->book->debits[i];
        ltn_table *one = NULL;
        if (d->measure < 0) continue;
        status = ltn_offset_book_refusals(r->book, d->id, r->options.language, &one);
        if (!status && all) status = ltn_table_append(all, one);
        if (all)
            ltn_table_free(one);
        else
            all = one;
    }
    if (status) {
        ltn_table_free(all);
        return status;
    }
    return all ? write_table(r->folder, "offset-refusals.csv", LTN_OK, all) : LTN_OK;
}

static ltn_status write_annex(const ltn_results *r, const ltn_debit *d)
{
    char *text = NULL, *name = ltn_annex_name(r->book, d), *path = name ? ltn_path_in(r->folder, name) : NULL;
    ltn_writer writer;
    ltn_status status = path ? ltn_offset_book_annex(r->book, d->id, r->options.language, &text) : LTN_ENOMEM;
    if (!status) status = ltn_writer_open(&writer, path);
    if (!status) {
        fputs(text, writer.stream);
        status = ltn_writer_close(&writer, LTN_OK);
    }
    ltn_text_free(text);
    free(name);
    free(path);
    return status;
}

static ltn_status write_offsets(const ltn_results *r)
{
    ltn_table *table = NULL;
    ltn_status made = ltn_offset_book_claims(r->book, &table);
    ltn_status status = write_table(r->folder, "offsets.csv", made, table);
    if (status) return status;
    made = ltn_offset_book_bank(r->book, &table);
    status = write_table(r->folder, "bank.csv", made, table);
    if (!status && r->book->debit_count) status = write_refusals(r);
    for (size_t i = 0; !status && i < r->book->debit_count; i++)
        if (r->book->debits[i].measure >= 0) status = write_annex(r, &r->book->debits[i]);
    return status;
}

/* ---- all ---- */

/* What the files are and what they rest on: tables hold their columns and nothing else, so it stands here. */
static ltn_status write_readme(const ltn_results *r, const ltn_listing *files)
{
    const ltn_projection *run = r->run;
    const ltn_inventory *base = run->program.base;
    const char *title = ltn_inventory_metadata(base, "title");
    int last = run->years[run->year_count - 1];
    char *path = ltn_path_in(r->folder, "README.txt");
    ltn_writer writer;
    ltn_status status = path ? ltn_writer_open(&writer, path) : LTN_ENOMEM;
    free(path);
    if (status) return status;
    fprintf(writer.stream, "%s, %d to %d\n", ltn_scenario_name(run->program.scenario, LTN_ENGLISH), run->years[0],
            last);
    fprintf(writer.stream, "Inventory: %s; baseline: %s\n", title ? title : "",
            *base->baseline ? base->baseline : "not said");
    if (ltn_inventory_reconstructed(base))
        fputs("RECONSTRUCTED: the inventory was made from assumptions. No number in these files is official.\n"
              "重构数据：清单由假设推算，本文件夹内的数字均非官方数据。\n",
              writer.stream);
    ltn_listing_print(files, writer.stream);
    fprintf(writer.stream, "\nLantian %s\n", ltn_version());
    return ltn_writer_close(&writer, LTN_OK);
}

static ltn_status write_netcdf(const ltn_results *r)
{
    char *path = ltn_path_in(r->folder, "result.nc");
    ltn_status status = path ? ltn_results_write_netcdf(r, path) : LTN_ENOMEM;
    free(path);
    return status;
}

/* The inventories of the last year and of those that were asked for besides. */
static ltn_status write_inventories(const ltn_results *r)
{
    ltn_status status = ltn_projection_write_inventory(r->run, r->run->years[r->run->year_count - 1], r->folder);
    for (size_t i = 0; !status && i < r->options.inventory_year_count; i++)
        status = ltn_projection_write_inventory(r->run, r->options.inventory_years[i], r->folder);
    return status;
}

static ltn_status write_files(const ltn_results *r)
{
    ltn_status status = ltn_folder_make(r->folder);
    if (!status) status = write_summary(r->run, r->folder);
    if (!status) status = write_ledger(r->run, r->folder);
    if (!status) status = write_accounts(r);
    if (!status) status = write_notes(r);
    if (!status) status = write_inventories(r);
    if (!status && r->targets) status = write_targets(r);
    if (!status && ltn_results_keep_book(r)) status = write_offsets(r);
    if (!status && ltn_results_ensemble(r)) status = ltn_results_write_ensemble(r);
    if (!status) status = ltn_results_write_causes(r);
    return status ? status : write_netcdf(r);
}

static ltn_status write_all(const ltn_results *r)
{
    ltn_listing files = {0};
    ltn_status status = ltn_results_check_ensemble(r);
    if (!status) status = ltn_results_check_attribution(r);
    if (!status) status = ltn_listing_make(r, &files);
    if (!status) status = ltn_listing_spares_inputs(&files, r);
    if (!status) status = write_files(r);
    if (!status) status = ltn_listing_clear(&files, r);
    if (!status) status = write_readme(r, &files);
    ltn_listing_free(&files);
    return status;
}

void ltn_output_options_init(ltn_output_options *options)
{
    *options = (ltn_output_options){.struct_size = sizeof *options};
}

/* The results, with options of a program that may know fewer of them. */
static ltn_results results_of(const ltn_projection *run, const ltn_offset_book *book, const ltn_targets *targets,
                              const ltn_output_options *options)
{
    ltn_results r = {.run = run, .book = book, .targets = targets};
    ltn_output_options_init(&r.options);
    size_t known = sizeof r.options;
    if (options) memcpy(&r.options, options, options->struct_size < known ? options->struct_size : known);
    return r;
}

ltn_status ltn_projection_write(const ltn_projection *run, const ltn_targets *targets,
                                const ltn_output_options *options, const char *folder)
{
    ltn_results r = results_of(run, NULL, targets, options);
    r.folder = folder;
    return write_all(&r);
}

ltn_status ltn_offset_book_write(const ltn_offset_book *book, const ltn_targets *targets,
                                 const ltn_output_options *options, const char *folder)
{
    ltn_results r = results_of(book->run, book, targets, options);
    r.folder = folder;
    return write_all(&r);
}

ltn_status ltn_projection_write_netcdf(const ltn_projection *run, const ltn_targets *targets,
                                       const ltn_output_options *options, const char *path)
{
    ltn_results r = results_of(run, NULL, targets, options);
    return ltn_results_write_netcdf(&r, path);
}

ltn_status ltn_offset_book_write_netcdf(const ltn_offset_book *book, const ltn_targets *targets,
                                        const ltn_output_options *options, const char *path)
{
    ltn_results r = results_of(book->run, book, targets, options);
    return ltn_results_write_netcdf(&r, path);
}
