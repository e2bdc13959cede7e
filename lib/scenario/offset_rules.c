/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a new source owes, and the rules by which it is paid. How they are applied is in assess/. */
#include "scenario/scenario.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#define KEYS(list) list, sizeof list / sizeof *list

/* ---- the offset of a measure ---- */

static const ltn_key offset_keys[] = {
    {"pollutant", LTN_VALUE_TEXT, offsetof(ltn_offset, pollutant), .required = true,
     .meaning = "the pollutant that is owed"},
    {"rule", LTN_VALUE_TEXT, offsetof(ltn_offset, rule), .required = true, .meaning = "a rule of `offset_rules:`"},
};
const ltn_form ltn_offset_form = {"offset", KEYS(offset_keys), NULL};

void ltn_read_offset(ltn_reader *reader, const ltn_node *node, void *into)
{
    ltn_offset *offset = into;
    offset->given = true;
    offset->place = ltn_node_place(node);
    ltn_read_form(reader, node, &ltn_offset_form, offset);
}

/* ---- ratios ---- */

static const ltn_key ratio_keys[] = {
    {"ratio", LTN_VALUE_QUANTITY, offsetof(ltn_offset_ratio, ratio), .required = true, .certain = true,
     .meaning = "tonnes retired per tonne new"},
    {"place", LTN_VALUE_TEXTS, offsetof(ltn_offset_ratio, place), .fallback = "any",
     .meaning = "for credits found in these kinds of region, of `within`"},
    {"region", LTN_VALUE_TEXTS, offsetof(ltn_offset_ratio, region), .fallback = "any",
     .meaning = "for new sources in these regions or inside them"},
    {"pollutant", LTN_VALUE_TEXTS, offsetof(ltn_offset_ratio, pollutant), .fallback = "any",
     .meaning = "for these pollutants"},
    {"attains", LTN_VALUE_TEXT, offsetof(ltn_offset_ratio, attains), .fallback = "any",
     .meaning = "for new sources whose region, or one around it, is known to meet its indicator of this pollutant"},
};
const ltn_form ltn_offset_ratio_form = {"offset_rules, ratio", KEYS(ratio_keys), NULL};

static void check_ratio(ltn_reader *reader, const ltn_node *node, const ltn_quantity *ratio)
{
    double mean = ratio->given ? ltn_quantity_mean(ratio) : 1;
    if (!(mean >= 1e-6 && mean <= 1e6))
        ltn_refuse(reader, node, "the ratio is %g; expected the tonnes that are retired for each new one, such as 2",
                   mean);
}

/* One number for all, or a list of cases. */
static void read_ratios(ltn_reader *reader, const ltn_node *node, void *into)
{
    ltn_offset_ratios *ratios = into;
    bool cases = node->kind == LTN_SEQUENCE;
    size_t count = cases ? node->count : 1;
    if (!(ratios->items = ltn_reader_alloc(reader, count, sizeof *ratios->items))) return;
    if (!count)
        ltn_refuse(reader, node, "the list is empty; expected for example [{place: city, ratio: 3}, {ratio: 2}]");
    for (size_t i = 0; i < count; i++) {
        const ltn_node *item = cases ? node->items[i] : node;
        ltn_offset_ratio *one = &ratios->items[ratios->count++];
        ltn_quantity_rule rule = {.what = "ratio", .high = HUGE_VAL, .certain = true};
        one->at = ltn_node_place(item);
        if (cases)
            ltn_read_form(reader, item, &ltn_offset_ratio_form, one);
        else
            ltn_read_quantity(reader, item, &rule, &one->ratio);
        check_ratio(reader, item, &one->ratio);
    }
}

/* ---- rules ---- */

static const ltn_key credits_keys[] = {
    {"where", LTN_VALUE_OTHER, 0, .required = true, .meaning = "whose reductions count", .read = ltn_read_selector,
     .type = "selector"},
};
const ltn_form ltn_credits_form = {"credits_from", KEYS(credits_keys), NULL};

static void read_credits(ltn_reader *reader, const ltn_node *node, void *into)
{
    ltn_read_form(reader, node, &ltn_credits_form, into);
}

static const char *const order_choices[] = {"earliest", "nearest", "cheapest", NULL};
static const char *const unmet_choices[] = {"flag", "scale", "exclude", NULL};
static const ltn_key rule_keys[] = {
    {"ratio", LTN_VALUE_OTHER, offsetof(ltn_offset_rule, ratios), .required = true,
     .meaning = "tonnes retired per tonne new; of a list of cases the first that fits", .read = read_ratios,
     .type = "number, or a list of cases"},
    {"within", LTN_VALUE_TEXTS, offsetof(ltn_offset_rule, within), .required = true,
     .meaning = "kinds of region to look in, in order"},
    {"credits_from", LTN_VALUE_OTHER, offsetof(ltn_offset_rule, credits_from), .fallback = "everything",
     .meaning = "whose reductions count", .read = read_credits, .type = "mapping (see credits_from)"},
    {"order", LTN_VALUE_CHOICE, offsetof(ltn_offset_rule, order), .fallback = "earliest",
     .meaning = "which credits first", .choices = order_choices},
    {"surplus", LTN_VALUE_FLAG, offsetof(ltn_offset_rule, surplus), .fallback = "false",
     .meaning = "only what no other obligation needs"},
    {"unmet", LTN_VALUE_CHOICE, offsetof(ltn_offset_rule, unmet), .fallback = "flag",
     .meaning = "a project that is not covered is kept, shrunk or left out", .choices = unmet_choices},
    {"growth_owes", LTN_VALUE_FLAG, offsetof(ltn_offset_rule, growth_owes), .fallback = "false",
     .meaning = "growth of existing sources owes too"},
};
const ltn_form ltn_offset_rule_form = {"offset_rules", KEYS(rule_keys), NULL};

/* A place in a case that is no place of the rule would be passed over in silence. */
static void check_place(ltn_reader *reader, const ltn_offset_rule *rule, const ltn_offset_ratio *ratio, size_t at)
{
    for (size_t i = 0; i < rule->within.count; i++)
        if (strcmp(rule->within.items[i], ratio->place.items[at]) == 0) return;
    ltn_complain(reader->list, LTN_ERROR, &ratio->at,
                 "place '%s' is none of the rule's `within`; expected a kind of region that the rule looks in, such as "
                 "'%s'",
                 ratio->place.items[at], rule->within.items[0]);
}

void ltn_read_offset_rule(ltn_reader *reader, const ltn_node *node, ltn_offset_rule *rule)
{
    ltn_read_form(reader, node, &ltn_offset_rule_form, rule);
    for (size_t i = 0; rule->within.count && i < rule->ratios.count; i++)
        for (size_t p = 0; p < rule->ratios.items[i].place.count; p++)
            check_place(reader, rule, &rule->ratios.items[i], p);
}
