/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/diagnostics.h"

#include <stdlib.h>
#include <string.h>

ltn_status ltn_diagnostics_create(ltn_diagnostics **out)
{
    *out = ltn_alloc(1, sizeof **out);
    return *out ? LTN_OK : LTN_ENOMEM;
}

void ltn_diagnostics_clear(ltn_diagnostics *list)
{
    ltn_arena_free(&list->arena);
    free(list->items);
    *list = (ltn_diagnostics){0};
}

void ltn_diagnostics_free(ltn_diagnostics *list)
{
    if (!list) return;
    ltn_diagnostics_clear(list);
    free(list);
}

size_t ltn_diagnostics_count(const ltn_diagnostics *list)
{
    return list->count;
}

size_t ltn_diagnostics_errors(const ltn_diagnostics *list)
{
    return list->errors;
}

size_t ltn_diagnostics_warnings(const ltn_diagnostics *list)
{
    return list->warnings;
}

const ltn_diagnostic *ltn_diagnostics_get(const ltn_diagnostics *list, size_t index)
{
    return index < list->count ? &list->items[index] : NULL;
}

/* Complaints of one file share one copy of its name. */
static const char *keep_source(ltn_diagnostics *list, const char *source)
{
    if (!source) source = "";
    if (list->count && strcmp(list->items[list->count - 1].source, source) == 0)
        return list->items[list->count - 1].source;
    return ltn_arena_text(&list->arena, source, strlen(source));
}

static void keep(ltn_diagnostics *list, ltn_severity severity, const ltn_place *at, const char *message)
{
    if (list->count >= LTN_DIAGNOSTICS_KEPT) return;
    ltn_diagnostic item = {.severity = severity, .line = at->line, .column = at->column};
    item.source = keep_source(list, at->source);
    item.message = ltn_arena_text(&list->arena, message, strlen(message));
    if (!item.source || !item.message || ltn_reserve(&list->items, &list->capacity, list->count + 1, sizeof item))
        list->out_of_memory = true;
    else
        list->items[list->count++] = item;
}

void ltn_complain(ltn_diagnostics *list, ltn_severity severity, const ltn_place *at, const char *format, ...)
{
    if (severity == LTN_ERROR)
        list->errors++;
    else
        list->warnings++;
    char message[sizeof((ltn_error *)0)->message];
    va_list args;
    va_start(args, format);
    ltn_format_text(message, sizeof message, format, args);
    va_end(args);
    keep(list, severity, at, message);
}

void ltn_diagnostics_append(ltn_diagnostics *list, const ltn_diagnostics *part)
{
    for (size_t i = 0; i < part->count; i++) {
        const ltn_diagnostic *item = &part->items[i];
        keep(list, item->severity, &(ltn_place){item->source, item->line, item->column}, item->message);
    }
    list->errors += part->errors;
    list->warnings += part->warnings;
    list->out_of_memory |= part->out_of_memory;
}

static int by_place(const void *left, const void *right)
{
    const ltn_diagnostic *a = left, *b = right;
    if (a->line != b->line) return a->line < b->line ? -1 : 1;
    return (a->column > b->column) - (a->column < b->column);
}

void ltn_diagnostics_sort(ltn_diagnostics *list, size_t first)
{
    if (first < list->count) qsort(list->items + first, list->count - first, sizeof *list->items, by_place);
}

ltn_status ltn_diagnostics_verdict(const ltn_diagnostics *list, size_t seen)
{
    if (list->errors <= seen) return list->out_of_memory ? ltn_fail_memory() : LTN_OK;
    size_t skip = seen, more = list->errors - seen - 1;
    for (size_t i = 0; i < list->count; i++) {
        const ltn_diagnostic *item = &list->items[i];
        if (item->severity != LTN_ERROR || skip-- > 0) continue;
        ltn_place at = {item->source, item->line, item->column};
        if (!more) return ltn_fail(LTN_EINPUT, &at, "%s", item->message);
        return ltn_fail(LTN_EINPUT, &at, "%s (and %zu more error%s)", item->message, more, more > 1 ? "s" : "");
    }
    return list->out_of_memory ? ltn_fail_memory() : ltn_fail(LTN_EINPUT, NULL, "%zu errors", list->errors - seen);
}

void ltn_read_options_init(ltn_read_options *options)
{
    *options = (ltn_read_options){.struct_size = sizeof *options};
}
