/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The input is an inventory in any form that is recognised by content: read by one thread and by two, which must agree;
 * what can be read is written as FF10 and must come back the same, where FF10 has a field for it. */
#include "fuzz.h"

typedef struct outcome {
    ltn_status status;
    ltn_inventory *inventory;
    ltn_diagnostics *list;
} outcome;

static outcome read_as(const char *path, const char *encoding, int threads)
{
    outcome o = {0};
    ltn_inventory_options options;
    ltn_inventory_options_init(&options);
    if (ltn_diagnostics_create(&o.list)) abort();
    options.diagnostics = o.list;
    options.encoding = encoding;
    options.threads = threads;
    o.status = fuzz_outcome(ltn_inventory_read(path, &options, &o.inventory), o.inventory, "ltn_inventory_read");
    CHECK(o.status || !ltn_diagnostics_errors(o.list), "the file is read with errors");
    for (size_t i = 0; i < ltn_diagnostics_count(o.list); i++) {
        const ltn_diagnostic *d = ltn_diagnostics_get(o.list, i);
        CHECK(d->line >= 0 && d->column >= 0 && *d->message && *d->source, "complaint %zu has no place or words", i);
    }
    return o;
}

static void forget(outcome *o)
{
    ltn_inventory_free(o->inventory);
    ltn_diagnostics_free(o->list);
}

static void same_outcomes(const outcome *a, const outcome *b, const char *what)
{
    CHECK(a->status == b->status, "%s: %d and %d", what, a->status, b->status);
    CHECK(ltn_diagnostics_count(a->list) == ltn_diagnostics_count(b->list), "%s: %zu complaints and %zu", what,
          ltn_diagnostics_count(a->list), ltn_diagnostics_count(b->list));
    for (size_t i = 0; i < ltn_diagnostics_count(a->list) && i < ltn_diagnostics_count(b->list); i++) {
        const ltn_diagnostic *x = ltn_diagnostics_get(a->list, i), *y = ltn_diagnostics_get(b->list, i);
        CHECK(x->line == y->line && x->column == y->column && strcmp(x->message, y->message) == 0,
              "%s: complaint %d:%d: %s; and %d:%d: %s", what, x->line, x->column, x->message, y->line, y->column,
              y->message);
    }
    if (a->inventory && b->inventory) fuzz_same_inventories(a->inventory, b->inventory, 0, what);
}

/* Written once it may lose what FF10 has no field for; what is read from that is written and read whole. */
static void write_and_read(const ltn_inventory *inventory, ltn_ff10_kind kind)
{
    const char *path = fuzz_path("written.csv"), *again = fuzz_path("again.csv");
    ltn_status status = ltn_inventory_write_ff10(inventory, kind, path, NULL);
    if (status == LTN_EINPUT) return; /* a region that is no number */
    CHECK(!status, "it cannot be written: %s", ltn_last_error()->message);
    outcome first = read_as(path, NULL, 1);
    if (first.inventory && !ltn_inventory_write_ff10(first.inventory, kind, again, NULL)) {
        outcome second = read_as(again, NULL, 1);
        CHECK(!second.status, "what was read cannot be read again: %s", ltn_last_error()->message);
        if (second.inventory) fuzz_same_inventories(first.inventory, second.inventory, 0, "written and read");
        forget(&second);
    }
    forget(&first);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (ltn_is_hdf5((const char *)data, size)) return 0; /* stores are read by HDF5 itself: fuzz_store */
    fuzz_input(data, size);
    fuzz_file("input.csv", data ? (const void *)data : "", size);
    outcome one = read_as("input.csv", NULL, 1), two = read_as("input.csv", NULL, 2);
    same_outcomes(&one, &two, "one thread and two");
    outcome gb18030 = read_as("input.csv", "gb18030", 1);
    forget(&gb18030); /* it may fail where UTF-8 does not: of comments only the converter takes notice */
    outcome mapped = read_as(fuzz_mapped(data, size), NULL, 2);
    CHECK(mapped.status == one.status, "mapped: %d; from memory: %d", mapped.status, one.status);
    if (one.inventory) {
        write_and_read(one.inventory, LTN_FF10_POINT);
        write_and_read(one.inventory, LTN_FF10_ONROAD);
    }
    forget(&one);
    forget(&two);
    forget(&mapped);
    return 0;
}
