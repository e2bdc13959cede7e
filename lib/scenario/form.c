/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/form.h"

#include "base/text.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

ltn_place ltn_node_place(const ltn_node *node)
{
    return (ltn_place){node->source, node->line, node->column};
}

void ltn_refuse(ltn_reader *reader, const ltn_node *node, const char *format, ...)
{
    char text[sizeof((ltn_error *)0)->message];
    va_list args;
    va_start(args, format);
    ltn_format_text(text, sizeof text, format, args);
    va_end(args);
    ltn_place at = ltn_node_place(node);
    ltn_complain(reader->list, LTN_ERROR, &at, "%s", text);
}

void *ltn_reader_alloc(ltn_reader *reader, size_t count, size_t size)
{
    void *memory = ltn_arena_alloc(reader->arena, (count ? count : 1) * size);
    if (!memory) reader->list->out_of_memory = true;
    return memory;
}

const char *ltn_node_kind_text(const ltn_node *node)
{
    if (node->kind == LTN_SCALAR) return *node->text ? "text" : "empty";
    return node->kind == LTN_MAPPING ? "a mapping" : "a list";
}

bool ltn_expect_mapping(ltn_reader *reader, const ltn_node *node, const char *what)
{
    if (node->kind == LTN_MAPPING) return true;
    ltn_refuse(reader, node, "%s is %s; expected a mapping", what, ltn_node_kind_text(node));
    return false;
}

/* ---- text ---- */

const char *ltn_read_text(ltn_reader *reader, const ltn_node *node, const char *what)
{
    if (node->kind == LTN_SCALAR && *node->text) return node->text;
    if (node->kind == LTN_SCALAR)
        ltn_refuse(reader, node, "%s is empty; expected text", what);
    else
        ltn_refuse(reader, node, "%s is %s; expected text", what, ltn_node_kind_text(node));
    return NULL;
}

void ltn_read_texts(ltn_reader *reader, const ltn_node *node, ltn_texts *into)
{
    bool list = node->kind == LTN_SEQUENCE;
    size_t count = list ? node->count : 1;
    const char **items = ltn_reader_alloc(reader, count, sizeof *items);
    if (!items) return;
    for (size_t i = 0; i < count; i++) {
        const char *text = ltn_read_text(reader, list ? node->items[i] : node, "the value");
        if (text) items[into->count++] = text;
    }
    into->items = items;
    if (list && !count) ltn_refuse(reader, node, "the list is empty; expected at least one text");
}

void ltn_read_label(ltn_reader *reader, const ltn_node *node, ltn_label *into)
{
    static const ltn_key keys[] = {
        {.name = "en", .kind = LTN_VALUE_TEXT, .offset = offsetof(ltn_label, en)},
        {.name = "zh", .kind = LTN_VALUE_TEXT, .offset = offsetof(ltn_label, zh)},
    };
    static const ltn_form form = {"a text in two languages", keys, 2, NULL};
    if (node->kind == LTN_SCALAR)
        into->en = into->zh = ltn_read_text(reader, node, "the text");
    else
        ltn_read_form(reader, node, &form, into);
}

/* ---- plain values ---- */

static void read_year(ltn_reader *reader, const ltn_node *node, int *into)
{
    *into = node->kind == LTN_SCALAR ? ltn_text_year(node->text) : 0;
    if (!*into)
        ltn_refuse(reader, node, "'%s' is not a year; expected for example 2020",
                   node->kind == LTN_SCALAR ? node->text : ltn_node_kind_text(node));
}

void ltn_read_date(ltn_reader *reader, const ltn_node *node, ltn_date *into)
{
    const char *text = node->kind == LTN_SCALAR ? node->text : "";
    ltn_date date;
    if (ltn_text_date(text, &date.year, &date.month, &date.day))
        *into = date;
    else
        ltn_refuse(reader, node, "'%s' is no date; expected for example 2019 or 2019-07-01",
                   node->kind == LTN_SCALAR ? text : ltn_node_kind_text(node));
}

double ltn_date_share(ltn_date from, int year)
{
    if (year != from.year) return year > from.year;
    double month = (double)(from.day - 1) / ltn_days_in_month(from.year, from.month);
    return (13 - from.month - month) / 12;
}

static void read_years(ltn_reader *reader, const ltn_node *node, int into[2])
{
    if (node->kind != LTN_SEQUENCE || node->count != 2) {
        ltn_refuse(reader, node, "expected the first and the last year, for example [2015, 2020]");
        return;
    }
    read_year(reader, node->items[0], &into[0]);
    read_year(reader, node->items[1], &into[1]);
    if (into[0] && into[1] && into[0] > into[1])
        ltn_refuse(reader, node, "the first year %d is after the last %d", into[0], into[1]);
}

static void read_integer(ltn_reader *reader, const ltn_node *node, int *into)
{
    double value;
    const char *text = ltn_read_text(reader, node, "the number");
    if (!text) return;
    if (ltn_text_number(text, strlen(text), &value) != strlen(text) || value < 0 || value > 1e9 || value != (int)value)
        ltn_refuse(reader, node, "'%s' is not a whole number", text);
    else
        *into = (int)value;
}

static void read_flag(ltn_reader *reader, const ltn_node *node, bool *into)
{
    const char *text = ltn_read_text(reader, node, "the value");
    if (!text) return;
    *into = strcmp(text, "true") == 0;
    if (!*into && strcmp(text, "false") != 0) ltn_refuse(reader, node, "'%s' is neither true nor false", text);
}

static void read_choice(ltn_reader *reader, const ltn_node *node, const ltn_key *key, int *into)
{
    char all[160] = "";
    const char *text = ltn_read_text(reader, node, key->name);
    if (!text) return;
    for (int i = 0; key->choices[i]; i++) {
        if (strcmp(text, key->choices[i]) == 0) {
            *into = i;
            return;
        }
        strncat(all, i ? ", " : "", sizeof all - strlen(all) - 1);
        strncat(all, key->choices[i], sizeof all - strlen(all) - 1);
    }
    ltn_refuse(reader, node, "%s '%s' is not known; expected one of %s", key->name, text, all);
}

/* ---- knots ---- */

static int by_year(const void *left, const void *right)
{
    const ltn_node *const *a = left, *const *b = right;
    return atoi(a[0]->text) - atoi(b[0]->text);
}

void ltn_read_knots(ltn_reader *reader, const ltn_node *node, bool share, const char *what, ltn_knots *into)
{
    into->place = ltn_node_place(node);
    if (!ltn_expect_mapping(reader, node, what)) return;
    size_t count = node->count / 2;
    if (!count) ltn_refuse(reader, node, "%s has no years; expected for example {2015: 0, 2020: 1}", what);
    into->years = ltn_reader_alloc(reader, count, sizeof *into->years);
    into->values = ltn_reader_alloc(reader, count, sizeof *into->values);
    const ltn_node **pairs = ltn_reader_alloc(reader, node->count, sizeof *pairs);
    if (!into->years || !into->values || !pairs) return;
    memcpy(pairs, node->items, node->count * sizeof *pairs);
    size_t complaints = reader->list->errors;
    for (size_t i = 0; i < count; i++) read_year(reader, pairs[2 * i], &into->years[i]);
    if (reader->list->errors > complaints) return; /* sorting needs years */
    qsort(pairs, count, 2 * sizeof *pairs, by_year);
    for (size_t i = 0; i < count; i++) {
        ltn_quantity value = {0};
        read_year(reader, pairs[2 * i], &into->years[i]);
        ltn_quantity_rule rule = {.what = what, .high = share ? 1 : HUGE_VAL, .share = true};
        ltn_read_quantity(reader, pairs[2 * i + 1], &rule, &value);
        if (value.given && value.value.kind != LTN_CONSTANT)
            ltn_refuse(reader, pairs[2 * i + 1], "a knot cannot be random; expected a number");
        into->values[i] = ltn_quantity_mean(&value);
    }
    if (reader->list->errors == complaints) into->count = count; /* else nothing is judged by them */
}

double ltn_knots_at(const ltn_knots *knots, int year, double before)
{
    if (year < knots->years[0]) return before;
    size_t i = knots->count - 1;
    while (i > 0 && year < knots->years[i]) i--;
    if (i + 1 == knots->count) return knots->values[i];
    double t = (double)(year - knots->years[i]) / (knots->years[i + 1] - knots->years[i]);
    return knots->values[i] + t * (knots->values[i + 1] - knots->values[i]);
}

/* ---- forms ---- */

static const ltn_key *find_key(const ltn_form *form, const char *name)
{
    for (size_t i = 0; i < form->count; i++)
        if (strcmp(form->keys[i].name, name) == 0) return &form->keys[i];
    return NULL;
}

static void refuse_key(ltn_reader *reader, const ltn_node *key, const ltn_form *form)
{
    const char *names[64];
    size_t count = 0;
    for (; count < form->count && count < 64; count++) names[count] = form->keys[count].name;
    const char *near = ltn_text_nearest(key->text, names, count);
    ltn_refuse(reader, key, "'%s' is not a key of %s%s%s%s", key->text, form->where, near ? "; the nearest is '" : "",
               near ? near : "", near ? "'" : "");
}

static void read_value(ltn_reader *reader, const ltn_node *node, const ltn_key *key, void *into)
{
    ltn_quantity_rule rule = {.what = key->name, .high = HUGE_VAL, .unit = key->unit, .certain = key->certain};
    switch (key->kind) {
    case LTN_VALUE_TEXT:
        *(const char **)into = ltn_read_text(reader, node, key->name);
        break;
    case LTN_VALUE_LABEL:
        ltn_read_label(reader, node, into);
        break;
    case LTN_VALUE_TEXTS:
        ltn_read_texts(reader, node, into);
        break;
    case LTN_VALUE_YEAR:
        read_year(reader, node, into);
        break;
    case LTN_VALUE_YEARS:
        read_years(reader, node, into);
        break;
    case LTN_VALUE_DATE:
        ltn_read_date(reader, node, into);
        break;
    case LTN_VALUE_INTEGER:
        read_integer(reader, node, into);
        break;
    case LTN_VALUE_FLAG:
        read_flag(reader, node, into);
        break;
    case LTN_VALUE_CHOICE:
        read_choice(reader, node, key, into);
        break;
    case LTN_VALUE_QUANTITY:
        ltn_read_quantity(reader, node, &rule, into);
        break;
    case LTN_VALUE_SHARE:
        rule.share = true;
        rule.high = 1;
        ltn_read_quantity(reader, node, &rule, into);
        break;
    case LTN_VALUE_RATE:
        rule.share = true;
        rule.low = -1;
        ltn_read_quantity(reader, node, &rule, into);
        break;
    case LTN_VALUE_SHARE_KNOTS:
        ltn_read_knots(reader, node, true, key->name, into);
        break;
    case LTN_VALUE_INDEX_KNOTS:
        ltn_read_knots(reader, node, false, key->name, into);
        break;
    case LTN_VALUE_OTHER:
        key->read(reader, node, into);
        break;
    }
}

void ltn_read_form(ltn_reader *reader, const ltn_node *node, const ltn_form *form, void *into)
{
    if (!ltn_expect_mapping(reader, node, form->where)) return;
    for (size_t i = 0; i < node->count; i += 2) {
        const ltn_key *key = find_key(form, node->items[i]->text);
        if (key)
            read_value(reader, node->items[i + 1], key, (char *)into + key->offset);
        else if (form->other)
            form->other(reader, node->items[i], node->items[i + 1], into);
        else
            refuse_key(reader, node->items[i], form);
    }
    for (size_t i = 0; i < form->count; i++)
        if (form->keys[i].required && !ltn_node_find(node, form->keys[i].name))
            ltn_refuse(reader, node, "%s has no '%s', which it needs", form->where, form->keys[i].name);
}
