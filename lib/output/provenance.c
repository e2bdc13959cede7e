/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a results file says of itself. */
#include "output/netcdf.h"

#include "base/hash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* docs/references.bib has them by the same keys. */
static const char references[] = "neumaier1974 (sums): doi:10.1002/zamm.19740540106; "
                                 "udunits (units): doi:10.5065/D6KD1WN0; "
                                 "karney2013 (distances): doi:10.1007/s00190-012-0578-z; "
                                 "eaton2020 (this file's form): NetCDF Climate and Forecast (CF) Metadata Conventions "
                                 "1.8, https://cfconventions.org";

/* And of what an ensemble rests on. */
static const char ensemble_references[] =
    "; salmon2011 (random numbers): doi:10.1145/2063384.2063405; "
    "hyndman1996 (quantiles): doi:10.2307/2684934; "
    "masson2019 (quantiles where draws are not kept): doi:10.14778/3352063.3352135";

static const char reconstruction[] =
    "RECONSTRUCTED: the inventory was made from assumptions. No number in this file is official. "
    "重构数据：清单由假设推算，本文件内的数字均非官方数据。";

ltn_status ltn_netcdf_hash_inputs(const ltn_output_options *options, char **out)
{
    size_t size = 1, used = 0;
    for (size_t i = 0; i < options->input_count; i++) size += strlen(options->inputs[i]) + LTN_SHA256_TEXT + 16;
    if (!(*out = ltn_alloc(size, 1))) return LTN_ENOMEM;
    for (size_t i = 0; i < options->input_count; i++) {
        char hash[LTN_SHA256_TEXT];
        ltn_status status = ltn_file_sha256(options->inputs[i], hash);
        if (status) return status;
        used += (size_t)snprintf(*out + used, size - used, "%s%s%s  %s", i ? "\n" : "",
                                 *hash ? "sha256:" : "not a file", hash, options->inputs[i]);
    }
    return LTN_OK;
}

/* `2026-11-24T20:45:13Z: the command`. */
static void put_history(ltn_nc *nc, const ltn_output_options *options)
{
    time_t now = options->time ? (time_t)options->time : time(NULL);
    struct tm utc;
    char when[40] = "";
    const char *command = options->command ? options->command : "written by liblantian";
    if (gmtime_r(&now, &utc)) strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", &utc);
    size_t size = strlen(when) + strlen(command) + 3;
    char *history = ltn_nc_alloc(nc, size, 1);
    if (!history) return;
    snprintf(history, size, "%s: %s", when, command);
    ltn_nc_text(nc, LTN_NC_GLOBAL, "history", history);
    free(history);
}

static void put_inventory(ltn_nc *nc, const ltn_inventory *base)
{
    bool reconstructed = ltn_inventory_reconstructed(base);
    ltn_nc_text(nc, LTN_NC_GLOBAL, "inventory", ltn_inventory_metadata(base, "title"));
    ltn_nc_text(nc, LTN_NC_GLOBAL, "inventory_zh", ltn_inventory_metadata(base, "title_zh"));
    ltn_nc_text(nc, LTN_NC_GLOBAL, "baseline", base->baseline);
    ltn_nc_text(nc, LTN_NC_GLOBAL, "reconstructed", reconstructed ? "yes" : "no");
    if (reconstructed) ltn_nc_text(nc, LTN_NC_GLOBAL, "comment", reconstruction);
}

static void put_scenario(ltn_nc *nc, const ltn_scenario *s)
{
    static const char *const names[][2] = {{"scenario", "document"}, {"scenario_zh", "document_zh"}};
    for (int language = 0; language < 2; language++) {
        ltn_nc_text(nc, LTN_NC_GLOBAL, names[language][0], ltn_scenario_name(s, (ltn_language)language));
        ltn_nc_text(nc, LTN_NC_GLOBAL, names[language][1], ltn_scenario_document(s, (ltn_language)language));
    }
}

void ltn_netcdf_provenance(ltn_nc *nc, const ltn_results *r, const char *inputs)
{
    const ltn_program *p = &r->run->program;
    char title[512], source[64];
    ltn_nc_text(nc, LTN_NC_GLOBAL, "Conventions", "CF-1.8");
    snprintf(title, sizeof title, "%s, %d to %d", ltn_scenario_name(p->scenario, LTN_ENGLISH), r->run->years[0],
             r->run->years[r->run->year_count - 1]);
    ltn_nc_text(nc, LTN_NC_GLOBAL, "title", title);
    snprintf(source, sizeof source, "emission model Lantian %s", ltn_version());
    ltn_nc_text(nc, LTN_NC_GLOBAL, "source", source);
    put_history(nc, &r->options);
    char all[sizeof references + sizeof ensemble_references];
    snprintf(all, sizeof all, "%s%s", references, ltn_results_ensemble(r) ? ensemble_references : "");
    ltn_nc_text(nc, LTN_NC_GLOBAL, "references", all);
    put_inventory(nc, p->base);
    put_scenario(nc, p->scenario);
    ltn_nc_integer(nc, LTN_NC_GLOBAL, "base_year", r->run->years[0]);
    ltn_nc_text(nc, LTN_NC_GLOBAL, "lantian_version", ltn_version());
    ltn_nc_text(nc, LTN_NC_GLOBAL, "command", r->options.command);
    ltn_nc_text(nc, LTN_NC_GLOBAL, "input", inputs);
}
