/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which files in a folder are a run's. A file that an earlier run left would be taken for one of this run's: README.txt
 * lists those that are, and the next run removes what it finds listed there and does not write again. */
#include "output/listing.h"

#include "assess/ensemble.h"
#include "base/file.h"
#include "base/table.h"
#include "base/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { README_MAX = 1 << 26 };
static const char heading[] = "Files of this run; whatever else lies here is not of it:";
static const char readme[] = "README.txt";

/* Every name that a run may give a file. Nothing else is ever removed, whatever a README.txt says. */
enum {
    SUMMARY,
    LEDGER,
    ACCOUNTS,
    NOTES,
    INVENTORY,
    TARGETS,
    OFFSETS,
    REFUSALS,
    BANK,
    PERMIT,
    ENSEMBLE,
    TOTALS,
    CHANCES,
    COVER,
    STORE,
    ATTRIBUTION,
    SENSITIVITY,
    NETCDF,
    FORMS
};
static const struct {
    const char *name, *meaning;
} forms[FORMS] = {
    [SUMMARY] = {"summary.csv", "emissions by year, region, sector and pollutant"},
    [LEDGER] = {"ledger.csv", "every change of every source, by year and measure"},
    [ACCOUNTS] = {"accounts.csv", "base, changes by official class, projection"},
    [NOTES] = {"notes.csv", "what was assumed, skipped or left over"},
    [INVENTORY] = {"inventory-*.csv", "the projected inventory"},
    [TARGETS] = {"targets.csv", "what each region must reach, and does"},
    [OFFSETS] = {"offsets.csv", "which reductions pay for which new source"},
    [REFUSALS] = {"offset-refusals.csv", "which reductions were not accepted, and why"},
    [BANK] = {"bank.csv", "credits that are left, and claims: the next book begins with it (--bank)"},
    [PERMIT] = {"permit-*.txt", "the annex to a project's permit"},
    [ENSEMBLE] = {"ensemble.csv", "the same sums as distributions, by year, region and pollutant"},
    [TOTALS] = {"ensemble-totals.csv", "the distributions of all regions' sums"},
    [CHANCES] = {"ensemble-targets.csv", "how probable it is that each target is met"},
    [COVER] = {"ensemble-projects.csv", "how probable it is that each new source stays covered"},
    [STORE] = {"ensemble.h5", "the draws themselves (HDF5)"},
    [ATTRIBUTION] = {"attribution.csv", "the last year's change, divided among measures"},
    [SENSITIVITY] = {"sensitivity.csv", "which uncertain inputs the variance is due to"},
    [NETCDF] = {"result.nc", "the same as arrays, with names and origin (netCDF-4, CF-1.8)"},
};

static bool is_form(const char *name)
{
    bool found = false;
    for (size_t i = 0; !found && i < FORMS; i++) found = ltn_text_glob(forms[i].name, name);
    return found && !strchr(name, '/');
}

/* ---- names ---- */

/* A project's id may be anything; a file's name may not. What it cannot have is written %XX, so that no two projects
 * share a name; an id too long for a name is cut and numbered. */
char *ltn_annex_name(const ltn_offset_book *book, const ltn_debit *debit)
{
    enum { LONGEST = 160 };
    const char *project = debit->id;
    size_t number = (size_t)(debit - book->debits), length = strlen(project), used = 0, size = 3 * length + 64;
    char *id = ltn_alloc(size, 1), *name = ltn_alloc(size + 64, 1);
    for (const char *c = project; id && name && *c; c++) {
        bool bad = strchr("/\\:%", *c) || (unsigned char)*c <= ' ' || *c == 127;
        used += (size_t)snprintf(id + used, size - used, bad ? "%%%02X" : "%c", bad ? (unsigned char)*c : *c);
    }
    if (id && name && used <= LONGEST) snprintf(name, size + 64, "permit-%s.txt", id);
    if (id && name && used > LONGEST) {
        size_t kept = LONGEST;
        while (kept && ((unsigned char)id[kept] & 0xC0) == 0x80) kept--;
        snprintf(name, size + 64, "permit-%.*s~%zu.txt", (int)kept, id, number + 1);
    }
    free(id);
    if (id) return name;
    free(name);
    return NULL;
}

/* ---- what is written ---- */

static bool lists(const ltn_listing *l, const char *name)
{
    for (size_t i = 0; i < l->count; i++)
        if (strcmp(l->files[i].name, name) == 0) return true;
    return false;
}

/* A name that is there already stays one. */
static ltn_status add(ltn_listing *l, int form, const char *name)
{
    if (lists(l, name)) return LTN_OK;
    if (ltn_reserve(&l->files, &l->capacity, l->count + 1, sizeof *l->files)) return LTN_ENOMEM;
    const char *kept = ltn_arena_text(&l->arena, name, strlen(name));
    if (!kept) return LTN_ENOMEM;
    l->files[l->count++] = (ltn_listed){kept, forms[form].meaning};
    return LTN_OK;
}

static ltn_status add_form(ltn_listing *l, int form)
{
    return add(l, form, forms[form].name);
}

static ltn_status add_inventory(ltn_listing *l, const ltn_results *r, int year)
{
    char name[32];
    if (ltn_projection_find_year(r->run, year) < 0)
        return ltn_fail(LTN_ENOTFOUND, NULL, "year %d is not projected", year);
    snprintf(name, sizeof name, "inventory-%d.csv", year);
    return add(l, INVENTORY, name);
}

static ltn_status add_permit(ltn_listing *l, const ltn_offset_book *book, const ltn_debit *debit)
{
    char *name = ltn_annex_name(book, debit);
    ltn_status status = name ? add(l, PERMIT, name) : LTN_ENOMEM;
    free(name);
    return status;
}

static ltn_status add_offsets(ltn_listing *l, const ltn_offset_book *book)
{
    ltn_status status = add_form(l, OFFSETS);
    if (!status) status = add_form(l, BANK);
    for (size_t i = 0; !status && i < book->debit_count; i++) {
        if (book->debits[i].measure < 0) continue;
        status = add_form(l, REFUSALS);
        if (!status) status = add_permit(l, book, &book->debits[i]);
    }
    return status;
}

static ltn_status add_ensemble(ltn_listing *l, const ltn_results *r)
{
    const ltn_ensemble *e = ltn_results_ensemble(r);
    ltn_status status = add_form(l, ENSEMBLE);
    if (!status && ltn_results_know_totals(r)) status = add_form(l, TOTALS);
    if (!status && e->judged) status = add_form(l, CHANCES);
    if (!status && e->matched && e->matched->rows) status = add_form(l, COVER);
    return status ? status : add_form(l, STORE);
}

ltn_status ltn_listing_make(const ltn_results *r, ltn_listing *out)
{
    *out = (ltn_listing){0};
    ltn_status status = LTN_OK;
    for (int form = SUMMARY; !status && form <= NOTES; form++) status = add_form(out, form);
    if (!status) status = add_inventory(out, r, r->run->years[r->run->year_count - 1]);
    for (size_t i = 0; !status && i < r->options.inventory_year_count; i++)
        status = add_inventory(out, r, r->options.inventory_years[i]);
    if (!status && r->targets) status = add_form(out, TARGETS);
    if (!status && ltn_results_keep_book(r)) status = add_offsets(out, r->book);
    if (!status && ltn_results_ensemble(r)) status = add_ensemble(out, r);
    if (!status && r->options.attribution) status = add_form(out, ATTRIBUTION);
    if (!status && ltn_results_know_sensitivity(r)) status = add_form(out, SENSITIVITY);
    return status ? status : add_form(out, NETCDF);
}

void ltn_listing_free(ltn_listing *listing)
{
    free(listing->files);
    ltn_arena_free(&listing->arena);
    *listing = (ltn_listing){0};
}

void ltn_listing_print(const ltn_listing *l, FILE *stream)
{
    fprintf(stream, "\n%s\n", heading);
    for (size_t i = 0; i < l->count; i++) fprintf(stream, "%-21s %s\n", l->files[i].name, l->files[i].meaning);
}

/* ---- inputs ---- */

/* Whether a file is one of the run's inputs, by whatever name. */
static bool is_input(const ltn_results *r, const char *path)
{
    struct stat file, input;
    if (stat(path, &file)) return false;
    for (size_t i = 0; i < r->options.input_count; i++)
        if (!stat(r->options.inputs[i], &input) && input.st_dev == file.st_dev && input.st_ino == file.st_ino)
            return true;
    return false;
}

static ltn_status spare(const ltn_results *r, const char *name)
{
    char *path = ltn_path_in(r->folder, name);
    ltn_status status = path ? LTN_OK : LTN_ENOMEM;
    if (path && is_input(r, path))
        status = ltn_fail(LTN_EARGUMENT, &(ltn_place){.source = path},
                          "the file is an input of the run and would be written over; expected another folder");
    free(path);
    return status;
}

ltn_status ltn_listing_spares_inputs(const ltn_listing *l, const ltn_results *r)
{
    ltn_status status = spare(r, readme);
    for (size_t i = 0; !status && i < l->count; i++) status = spare(r, l->files[i].name);
    return status;
}

/* ---- what an earlier run left ---- */

static ltn_status clear_file(const ltn_listing *l, const ltn_results *r, const char *name)
{
    if (!is_form(name) || lists(l, name)) return LTN_OK;
    char *path = ltn_path_in(r->folder, name);
    ltn_status status = path ? LTN_OK : LTN_ENOMEM;
    if (path && !is_input(r, path) && unlink(path) && errno != ENOENT)
        status = ltn_fail_errno(path, "remove the file of an earlier run");
    free(path);
    return status;
}

/* The lines under the heading begin with a name each. `text` is cut up. */
static ltn_status clear_listed(const ltn_listing *l, const ltn_results *r, char *text)
{
    ltn_status status = LTN_OK;
    bool under = false;
    for (char *line = text; !status && line;) {
        char *next = strchr(line, '\n');
        if (next) *next++ = '\0';
        if (under && !*line) break;
        if (under) {
            line[strcspn(line, " ")] = '\0';
            status = clear_file(l, r, line);
        }
        under |= strcmp(line, heading) == 0;
        line = next;
    }
    return status;
}

ltn_status ltn_listing_clear(const ltn_listing *l, const ltn_results *r)
{
    struct stat info;
    ltn_file file = {0};
    char *path = ltn_path_in(r->folder, readme), *text = NULL;
    if (!path) return LTN_ENOMEM;
    ltn_status status = LTN_OK;
    if (!stat(path, &info) && S_ISREG(info.st_mode)) status = ltn_file_read(path, README_MAX, &file);
    free(path);
    if (!status && !(text = ltn_alloc(file.size + 1, 1))) status = LTN_ENOMEM;
    if (text && file.size) memcpy(text, file.data, file.size);
    ltn_file_close(&file);
    if (!status) status = clear_listed(l, r, text);
    free(text);
    return status;
}
