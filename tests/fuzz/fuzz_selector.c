/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The input is a selector's text; what parses is matched on the fixed inventory. */
#include "fuzz.h"

static void match(const ltn_selector *selector, const ltn_inventory *inventory)
{
    size_t rows = ltn_table_rows(ltn_inventory_emissions(inventory)), taken = 0;
    uint8_t *keep = malloc(rows), *again = malloc(rows); /* exactly as many as the manual asks for */
    if (!keep || !again) abort();
    memset(keep, 0xA5, rows);
    memset(again, 0x5A, rows);
    ltn_status status = ltn_selector_match(selector, inventory, keep);
    fuzz_outcome(status, status ? NULL : keep, "ltn_selector_match");
    CHECK(ltn_selector_match(selector, inventory, again) == status, "another match fails otherwise");
    CHECK(status || memcmp(keep, again, rows) == 0, "another match takes other rows");
    for (size_t row = 0; !status && row < rows; row++) {
        CHECK(keep[row] <= 1, "row %zu is marked %d", row, keep[row]);
        taken += keep[row] != 0;
    }
    ltn_inventory *part = NULL;
    if (!status && !fuzz_outcome(ltn_inventory_filter(inventory, keep, &part), part, "ltn_inventory_filter")) {
        CHECK(ltn_table_rows(ltn_inventory_emissions(part)) == taken, "%zu rows are kept of %zu taken",
              ltn_table_rows(ltn_inventory_emissions(part)), taken);
        fuzz_walk_table(ltn_inventory_sources(part));
    }
    ltn_inventory_free(part);
    free(keep);
    free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_input(data, size);
    const ltn_inventory *inventory = fuzz_inventory();
    char *text = malloc(size + 1);
    if (!text) abort();
    if (size) memcpy(text, data, size);
    text[size] = '\0';
    ltn_selector *selector = NULL;
    ltn_status status = ltn_selector_parse(text, &selector);
    free(text); /* nothing of the selector may point into it */
    if (!fuzz_outcome(status, selector, "ltn_selector_parse")) match(selector, inventory);
    ltn_selector_free(selector);
    return 0;
}
