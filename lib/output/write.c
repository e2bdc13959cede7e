/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/file.h"
#include "projection/projection.h"

#include <lantian/accounts.h>
#include <lantian/output.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* `folder/name`, owned by the caller; NULL with the error set. */
static char *path_in(const char *folder, const char *name)
{
    size_t size = strlen(folder) + strlen(name) + 2;
    char *path = ltn_alloc(size, 1);
    if (path) snprintf(path, size, "%s/%s", folder, name);
    return path;
}

/* Writes a table that has just been made, and frees it. */
static ltn_status write_table(const char *folder, const char *name, ltn_status made, ltn_table *table)
{
    if (made) return made;
    char *path = path_in(folder, name);
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
    char *path = path_in(folder, name);
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

static ltn_status write_notes(const ltn_projection *run, ltn_language language, const char *folder)
{
    ltn_table *table = NULL;
    ltn_status made = ltn_projection_notes(run, language, &table);
    return write_table(folder, "notes.csv", made, table);
}

static ltn_status write_accounts(const ltn_projection *run, const char *folder)
{
    ltn_table *table = NULL;
    ltn_status made = ltn_projection_accounts(run, NULL, -1, &table);
    return write_table(folder, "accounts.csv", made, table);
}

static ltn_status write_targets(const ltn_projection *run, const ltn_targets *targets, const char *folder)
{
    ltn_table *table = NULL;
    ltn_status made = ltn_targets_check(targets, run, &table);
    return write_table(folder, "targets.csv", made, table);
}

/* What the files are and what they rest on: tables hold their columns and nothing else, so it stands here. */
static ltn_status write_readme(const ltn_projection *run, const ltn_targets *targets, const char *folder)
{
    const ltn_inventory *base = run->program.base;
    const char *title = ltn_inventory_metadata(base, "title");
    int last = run->years[run->year_count - 1];
    char *path = path_in(folder, "README.txt");
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
    fprintf(writer.stream,
            "\nsummary.csv         emissions by year, region, sector and pollutant\n"
            "ledger.csv          every change of every source, by year and measure\n"
            "accounts.csv        base, changes by official class, projection\n"
            "notes.csv           what was assumed, skipped or left over\n"
            "inventory-%d.csv  the projected inventory\n%s",
            last, targets ? "targets.csv         what each region must reach, and does\n" : "");
    fprintf(writer.stream, "\nLantian %s\n", ltn_version());
    return ltn_writer_close(&writer, LTN_OK);
}

ltn_status ltn_projection_write(const ltn_projection *run, const ltn_targets *targets, ltn_language language,
                                const char *folder)
{
    ltn_status status = ltn_folder_make(folder);
    if (!status) status = write_summary(run, folder);
    if (!status) status = write_ledger(run, folder);
    if (!status) status = write_accounts(run, folder);
    if (!status) status = write_notes(run, language, folder);
    if (!status) status = ltn_projection_write_inventory(run, run->years[run->year_count - 1], folder);
    if (!status && targets) status = write_targets(run, targets, folder);
    return status ? status : write_readme(run, targets, folder);
}
