/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The keys of each action. What an action does with them is in projection/. */
#include "base/text.h"
#include "scenario/scenario.h"

#include <lantian/factors.h>

#include <math.h>
#include <stddef.h>
#include <string.h>

#define KEYS(list) list, sizeof list / sizeof *list

/* ---- factors: pollutant -> quantity ---- */

static void read_factors_in(ltn_reader *reader, const ltn_node *node, const char *what, ltn_factors *into)
{
    into->place = ltn_node_place(node);
    into->given = true;
    if (!ltn_expect_mapping(reader, node, what)) return;
    if (!(into->items = ltn_reader_alloc(reader, node->count / 2, sizeof *into->items))) return;
    for (size_t i = 0; i < node->count; i += 2) {
        ltn_pollutant_quantity *factor = &into->items[into->count++];
        factor->pollutant = (ltn_named){node->items[i]->text, ltn_node_place(node->items[i])};
        ltn_quantity_rule rule = {.what = node->items[i]->text, .high = HUGE_VAL, .unit = "*"};
        ltn_read_quantity(reader, node->items[i + 1], &rule, &factor->value);
    }
}

static void read_factors(ltn_reader *reader, const ltn_node *node, void *into)
{
    read_factors_in(reader, node, "factors", into);
}

static void read_emissions(ltn_reader *reader, const ltn_node *node, void *into)
{
    ltn_factors *emissions = into;
    read_factors_in(reader, node, "emissions", emissions);
    if (node->kind == LTN_MAPPING && !node->count)
        ltn_refuse(reader, node, "emissions is empty; expected for example {VOC: 120 t/yr}");
}

/* ---- grow ---- */

static const ltn_key grow_keys[] = {
    {"driver", LTN_VALUE_TEXT, offsetof(ltn_grow, driver), .meaning = "a named index of `drivers:`"},
    {"rate", LTN_VALUE_RATE, offsetof(ltn_grow, rate), .meaning = "growth a year, compounded from the base year"},
    {"index", LTN_VALUE_INDEX_KNOTS, offsetof(ltn_grow, index),
     .meaning = "index by year, 1 in the base year, linear between"},
};
const ltn_form ltn_grow_form = {"grow", KEYS(grow_keys), NULL};

void ltn_read_grow(ltn_reader *reader, const ltn_node *node, void *into)
{
    ltn_grow *grow = into;
    ltn_read_form(reader, node, &ltn_grow_form, grow);
    grow->driver_place = ltn_node_place(node);
    if (node->kind == LTN_MAPPING && (node->count != 2))
        ltn_refuse(reader, node, "grow has %zu keys; expected exactly one of driver, rate and index", node->count / 2);
}

/* ---- cap ---- */

static bool has_percent(const ltn_node *node)
{
    bool found = node->kind == LTN_SCALAR && strchr(node->text, '%');
    for (size_t i = 0; !found && i < node->count; i++) found = has_percent(node->items[i]);
    return found;
}

static void read_cap_level(ltn_reader *reader, const ltn_node *node, void *into)
{
    /* `95 %` is a share of the base; anything else is an amount. */
    bool share = has_percent(node);
    ltn_quantity_rule rule = {.what = "activity", .high = HUGE_VAL, .share = share, .unit = share ? NULL : "*"};
    ltn_read_quantity(reader, node, &rule, into);
}

static const char *const cap_of[] = {"base", "energy", NULL};
static const ltn_key cap_keys[] = {
    {"activity", LTN_VALUE_OTHER, offsetof(ltn_cap, activity), .required = true,
     .meaning = "final level of the selection's activity: an amount, or a share of the base year's",
     .read = read_cap_level, .type = "share or amount with unit"},
    {"of", LTN_VALUE_CHOICE, offsetof(ltn_cap, of), .fallback = "base", .meaning = "what a share is a share of",
     .choices = cap_of},
    {"cut_first", LTN_VALUE_OTHER, offsetof(ltn_cap, cut_first),
     .meaning = "tiers that are cut before the rest, in order", .read = ltn_read_selectors,
     .type = "list of selectors"},
    {"protect", LTN_VALUE_OTHER, offsetof(ltn_cap, protect), .meaning = "what is never cut", .read = ltn_read_selectors,
     .type = "selector, or a list of them"},
    {"among", LTN_VALUE_OTHER, offsetof(ltn_cap, among), .fallback = "everything",
     .meaning = "of energy: whose energy is the whole", .read = ltn_read_selector, .type = "selector"},
    {"ncv", LTN_VALUE_OTHER, offsetof(ltn_cap, ncv), .unit = "MJ/kg",
     .meaning = "of energy: net calorific value of each fuel; activity in a unit of energy needs none",
     .read = read_factors, .type = "fuel → quantity"},
};
const ltn_form ltn_cap_form = {"cap", KEYS(cap_keys), NULL};

void ltn_read_cap(ltn_reader *reader, const ltn_node *node, void *into)
{
    const ltn_cap *cap = into;
    ltn_read_form(reader, node, &ltn_cap_form, into);
    bool energy = cap->of == LTN_CAP_OF_ENERGY;
    if (!energy && (cap->among || cap->ncv.given)) ltn_refuse(reader, node, "among and ncv go with of: energy");
    if (energy && cap->activity.given && (*cap->activity.unit || ltn_quantity_mean(&cap->activity) >= 1))
        ltn_refuse(reader, node, "a cap of energy is a share below 1, for example 42.8 %%");
}

/* ---- replace and switch ---- */

static const char *const other_choices[] = {"", "none", NULL};
#define REPLACE_KEYS                                                                                                   \
    {"fuel", LTN_VALUE_TEXT, offsetof(ltn_replace, fuel), .required = true, .meaning = "the new fuel"},                \
        {"sector", LTN_VALUE_TEXT, offsetof(ltn_replace, sector), .fallback = "the old row's",                         \
         .meaning = "sector of the new row"},                                                                          \
        {"ncv_old",        LTN_VALUE_QUANTITY,    offsetof(ltn_replace, ncv_old),                                      \
         .required = true, .unit = "MJ/kg|MJ/m3", .meaning = "net calorific value of the old fuel"},                   \
        {"efficiency_old", LTN_VALUE_SHARE, offsetof(ltn_replace, efficiency_old), .required = true,                   \
         .meaning = "useful heat per heat of the old fuel"},                                                           \
        {"ncv_new",                                                                                                    \
         LTN_VALUE_QUANTITY,                                                                                           \
         offsetof(ltn_replace, ncv_new),                                                                               \
         .required = true,                                                                                             \
         .unit = "MJ/kg|MJ/m3|MJ/MJ",                                                                                  \
         .meaning = "net calorific value of the new fuel; its denominator is the new activity's unit"},                \
        {"efficiency_new", LTN_VALUE_SHARE, offsetof(ltn_replace, efficiency_new), .required = true,                   \
         .meaning = "useful heat per heat of the new fuel"},                                                           \
        {"factors",                                                                                                    \
         LTN_VALUE_OTHER,                                                                                              \
         offsetof(ltn_replace, factors),                                                                               \
         .unit = "g/m3",                                                                                               \
         .meaning = "emission per new activity, by pollutant; every pollutant of the old row must be here",            \
         .read = read_factors,                                                                                         \
         .type = "pollutant → quantity"},                                                                              \
    {                                                                                                                  \
        "other", LTN_VALUE_CHOICE, offsetof(ltn_replace, other),                                                       \
            .fallback = "an error",                                                                                    \
            .meaning = "`none`: pollutants that `factors:` does not name are not emitted by the new row",              \
            .choices = other_choices                                                                                   \
    }

static const ltn_key replace_keys[] = {REPLACE_KEYS};
const ltn_form ltn_replace_form = {"replace", KEYS(replace_keys), NULL};

static const ltn_key switch_keys[] = {
    {"share", LTN_VALUE_SHARE, offsetof(ltn_replace, share), .required = true,
     .meaning = "share of the activity that moves"},
    REPLACE_KEYS,
};
const ltn_form ltn_switch_form = {"switch", KEYS(switch_keys), NULL};

static void check_divisor(ltn_reader *reader, const ltn_node *node, const ltn_quantity *q, const char *name)
{
    bool measured_0 = q->given && q->value.kind == LTN_EMPIRICAL && !(q->value.values[0] > 0);
    if (measured_0 || (q->given && !(ltn_quantity_mean(q) > 0)))
        ltn_refuse(reader, node, "%s is 0; heat cannot be divided by it", name);
}

static void read_replace_with(ltn_reader *reader, const ltn_node *node, const ltn_form *form, ltn_replace *replace)
{
    replace->given = true;
    replace->place = ltn_node_place(node);
    ltn_read_form(reader, node, form, replace);
    check_divisor(reader, node, &replace->ncv_new, "ncv_new");
    check_divisor(reader, node, &replace->efficiency_new, "efficiency_new");
    const char *unit = replace->ncv_new.unit, *slash = unit ? strchr(unit, '/') : NULL;
    if (replace->ncv_new.given && (!slash || strchr(slash + 1, '/')))
        ltn_refuse(reader, node, "ncv_new is in '%s'; expected energy per amount, such as MJ/m3", unit);
}

static void read_replace(ltn_reader *reader, const ltn_node *node, void *into)
{
    read_replace_with(reader, node, &ltn_replace_form, into);
}

void ltn_read_switch(ltn_reader *reader, const ltn_node *node, void *into)
{
    read_replace_with(reader, node, &ltn_switch_form, into);
}

/* ---- retire ---- */

static const ltn_key retire_keys[] = {
    {"share", LTN_VALUE_SHARE, offsetof(ltn_retire, share), .required = true,
     .meaning = "share of the activity that ends"},
    {"replace", LTN_VALUE_OTHER, offsetof(ltn_retire, replace), .fallback = "nothing",
     .meaning = "what supplies the lost heat", .read = read_replace, .type = "mapping (see replace)"},
};
const ltn_form ltn_retire_form = {"retire", KEYS(retire_keys), NULL};

void ltn_read_retire(ltn_reader *reader, const ltn_node *node, void *into)
{
    ltn_read_form(reader, node, &ltn_retire_form, into);
}

/* ---- control ---- */

/* A share, or the name of a kind of capture. */
static void read_capture(ltn_reader *reader, const ltn_node *node, void *into)
{
    ltn_control_device *device = (ltn_control_device *)((char *)into - offsetof(ltn_control_device, capture));
    ltn_quantity_rule rule = {.what = "capture", .high = 1, .share = true};
    bool named = node->kind == LTN_SCALAR && *node->text && !strchr("0123456789.+-", *node->text);
    if (named)
        device->capture_kind = node->text;
    else
        ltn_read_quantity(reader, node, &rule, into);
}

static void read_device_names(ltn_reader *reader, const ltn_node *node, void *into)
{
    ltn_read_texts(reader, node, into);
}

static const ltn_key device_keys[] = {
    {"device", LTN_VALUE_OTHER, offsetof(ltn_control_device, device),
     .meaning = "devices of the table (docs/factors.md), in place of an efficiency; several act together",
     .read = read_device_names, .type = "text, or a list of them"},
    {"capture", LTN_VALUE_OTHER, offsetof(ltn_control_device, capture), .fallback = "1",
     .meaning = "share of the emission that reaches the device, or a kind of capture of the table (closed, hood, none)",
     .read = read_capture, .type = "share, or text"},
    {"efficiency", LTN_VALUE_SHARE, offsetof(ltn_control_device, efficiency), .fallback = "1",
     .meaning = "share of what reaches it that the device removes"},
    {"effectiveness", LTN_VALUE_SHARE, offsetof(ltn_control_device, effectiveness), .fallback = "1",
     .meaning = "share of the time or of the rating that is kept in practice"},
    {"penetration", LTN_VALUE_SHARE, offsetof(ltn_control_device, penetration), .fallback = "1",
     .meaning = "share of the activity that gets the device"},
};
const ltn_form ltn_device_form = {"control, pollutant", KEYS(device_keys), NULL};

static void set_share(const ltn_node *node, double share, ltn_quantity *into)
{
    *into = (ltn_quantity){.given = true, .value = {LTN_CONSTANT, {share}}, .unit = "", .place = ltn_node_place(node)};
}

/* Puts the table's numbers in place of the names. */
static void look_up(ltn_reader *reader, const ltn_node *node, ltn_control_device *device)
{
    double efficiency;
    ltn_device capture;
    if (!device->device.count && !device->capture_kind) return;
    ltn_status status = reader->devices ? LTN_OK : ltn_devices_read_csv(NULL, NULL, &reader->devices);
    if (!status && device->device.count) {
        status = ltn_devices_combine(reader->devices, device->device.count, device->device.items,
                                     device->pollutant.name, &efficiency);
        if (!status && device->efficiency.given)
            ltn_refuse(reader, node, "both a device and an efficiency are given; expected one of them");
        if (!status) set_share(node, efficiency, &device->efficiency);
    }
    if (!status && device->capture_kind) {
        status = ltn_capture_find(reader->devices, device->capture_kind, device->pollutant.name, &capture);
        if (!status) set_share(node, capture.efficiency, &device->capture);
    }
    if (status == LTN_ENOMEM) reader->list->out_of_memory = true;
    if (status) ltn_refuse(reader, node, "%s", ltn_last_error()->message);
}

static void read_device(ltn_reader *reader, const ltn_node *key, const ltn_node *node, void *into)
{
    ltn_control *control = into;
    if (control->count == control->capacity) {
        size_t capacity = control->capacity ? 2 * control->capacity : 4;
        ltn_control_device *grown = ltn_reader_alloc(reader, capacity, sizeof *grown);
        if (!grown) return;
        if (control->count) memcpy(grown, control->devices, control->count * sizeof *grown);
        control->devices = grown;
        control->capacity = capacity;
    }
    ltn_control_device *device = &control->devices[control->count++];
    device->pollutant = (ltn_named){key->text, ltn_node_place(key)};
    if (node->kind == LTN_MAPPING && !node->count)
        ltn_refuse(reader, node, "the device for %s has no numbers; expected for example {efficiency: 90 %%}",
                   key->text);
    ltn_read_form(reader, node, &ltn_device_form, device);
    look_up(reader, node, device);
}

static const char *const mode_choices[] = {"add", "replace", NULL};
static const ltn_key control_keys[] = {
    {"mode", LTN_VALUE_CHOICE, offsetof(ltn_control, mode), .fallback = "add",
     .meaning = "in series with what is there, or instead of it", .choices = mode_choices},
};
const ltn_form ltn_control_form = {"control", KEYS(control_keys), read_device};

void ltn_read_control(ltn_reader *reader, const ltn_node *node, void *into)
{
    ltn_control *control = into;
    ltn_read_form(reader, node, &ltn_control_form, control);
    if (node->kind == LTN_MAPPING && !control->count)
        ltn_refuse(reader, node, "control names no pollutant; expected for example {VOC: {efficiency: 90 %%}}");
}

/* ---- limit ---- */

static void read_ceiling(ltn_reader *reader, const ltn_node *key, const ltn_node *node, void *into)
{
    ltn_limit *limit = into;
    ltn_factors one = {0};
    const ltn_node *pair[2] = {key, node};
    ltn_node mapping = {.kind = LTN_MAPPING,
                        .items = (ltn_node **)pair,
                        .count = 2,
                        .line = key->line,
                        .column = key->column,
                        .source = key->source};
    read_factors_in(reader, &mapping, "limit", &one);
    ltn_pollutant_quantity *grown = ltn_reader_alloc(reader, limit->ceilings.count + 1, sizeof *grown);
    if (!grown || !one.count) return;
    if (limit->ceilings.count) memcpy(grown, limit->ceilings.items, limit->ceilings.count * sizeof *grown);
    grown[limit->ceilings.count++] = one.items[0];
    limit->ceilings.items = grown;
}

static const char *const over_choices[] = {"source", "group", NULL};
static const ltn_key limit_keys[] = {
    {"flue_gas", LTN_VALUE_QUANTITY, offsetof(ltn_limit, flue_gas), .unit = "m3/kg|m3/m3",
     .meaning = "flue-gas volume per activity, at the concentration's reference oxygen"},
    {"flue_gas_0", LTN_VALUE_QUANTITY, offsetof(ltn_limit, flue_gas_0), .unit = "m3/kg|m3/m3",
     .meaning = "the same at 0 % oxygen; multiplied by 20.9/(20.9 − oxygen)"},
    {"oxygen", LTN_VALUE_SHARE, offsetof(ltn_limit, oxygen), .meaning = "reference oxygen of the concentration"},
    {"over", LTN_VALUE_CHOICE, offsetof(ltn_limit, over), .fallback = "source",
     .meaning = "a ceiling in tonnes holds for each source, or for the whole selection, pro rata",
     .choices = over_choices},
};
const ltn_form ltn_limit_form = {"limit", KEYS(limit_keys), read_ceiling};

void ltn_read_limit(ltn_reader *reader, const ltn_node *node, void *into)
{
    ltn_limit *limit = into;
    ltn_read_form(reader, node, &ltn_limit_form, limit);
    if (node->kind != LTN_MAPPING) return;
    if (!limit->ceilings.count)
        ltn_refuse(reader, node, "limit names no pollutant; expected for example {NOx: 50 mg/m3}");
    if (limit->flue_gas.given && limit->flue_gas_0.given)
        ltn_refuse(reader, node, "limit has both flue_gas and flue_gas_0; expected one of them");
    if (limit->flue_gas_0.given && !ltn_node_find(node, "oxygen"))
        ltn_refuse(reader, node, "flue_gas_0 needs the reference oxygen, for example oxygen: 9 %%");
    if (limit->oxygen.given && ltn_quantity_mean(&limit->oxygen) >= 0.209)
        ltn_refuse(reader, node, "the reference oxygen must be below that of air, 20.9 %%");
}

/* ---- turnover ---- */

/* Reads stage -> what leaves of it; the values are read by `read`. */
static void read_stages_out(ltn_reader *reader, const ltn_node *node, const char *what, ltn_read_value read, void *into)
{
    ltn_turnover *turnover = (ltn_turnover *)((char *)into - offsetof(ltn_turnover, retire));
    turnover->retire_count = 0;
    if (!ltn_expect_mapping(reader, node, what)) return;
    if (!(turnover->retire = ltn_reader_alloc(reader, node->count / 2, sizeof *turnover->retire))) return;
    for (size_t i = 0; i < node->count; i += 2) {
        ltn_stage_retirement *r = &turnover->retire[turnover->retire_count++];
        r->stage = (ltn_named){node->items[i]->text, ltn_node_place(node->items[i])};
        read(reader, node->items[i + 1], r);
    }
}

static void read_cumulative(ltn_reader *reader, const ltn_node *node, void *into)
{
    ltn_read_knots(reader, node, true, "the stage's retirement", &((ltn_stage_retirement *)into)->share);
}

static void read_scrappage_rate(ltn_reader *reader, const ltn_node *node, void *into)
{
    ltn_quantity_rule rule = {.what = "the stage's scrappage", .high = 1, .share = true};
    ltn_read_quantity(reader, node, &rule, &((ltn_stage_retirement *)into)->rate);
}

static void read_retirements(ltn_reader *reader, const ltn_node *node, void *into)
{
    read_stages_out(reader, node, "retire", read_cumulative, into);
}

static void read_scrappage(ltn_reader *reader, const ltn_node *node, void *into)
{
    read_stages_out(reader, node, "scrappage", read_scrappage_rate, into);
}

/* One age and its share, judged by those before it. */
static void read_age(ltn_reader *reader, const ltn_node *key, const ltn_node *node, ltn_survival *s)
{
    size_t length = strlen(key->text), i = s->count++;
    const double *age = &s->ages[i], *left = &s->shares[i];
    ltn_quantity_rule rule = {.what = "the survival", .high = 1, .share = true};
    ltn_quantity share;
    if (!length || ltn_text_number(key->text, length, &s->ages[i]) != length ||
        !(s->ages[i] >= 0 && isfinite(s->ages[i]))) {
        ltn_refuse(reader, key, "'%s' is no age; expected a number of years", key->text);
        s->ages[i] = NAN; /* nothing is judged by it */
    }
    ltn_read_quantity(reader, node, &rule, &share);
    s->shares[i] = share.given ? ltn_quantity_mean(&share) : NAN;
    if (share.given && share.value.kind != LTN_CONSTANT)
        ltn_refuse(reader, node, "a knot cannot be random; expected a number");
    else if (!i && (*age > 0 || *left < 1))
        ltn_refuse(reader, key, "survival begins with %g at age %g; expected 1 at age 0", *left, *age);
    else if (i && *age <= age[-1])
        ltn_refuse(reader, key, "age %g stands after age %g; expected ages that ascend", *age, age[-1]);
    else if (i && *left > left[-1])
        ltn_refuse(reader, node, "survival rises from %g to %g; what has left does not come back", left[-1], *left);
}

static void read_survival(ltn_reader *reader, const ltn_node *node, void *into)
{
    ltn_survival *s = into;
    if (!ltn_expect_mapping(reader, node, "survival")) return;
    if (!node->count)
        ltn_refuse(reader, node, "survival has no ages; expected for example {0: 1, 5: 0.9, 10: 0.5, 15: 0}");
    s->ages = ltn_reader_alloc(reader, node->count / 2, sizeof *s->ages);
    s->shares = ltn_reader_alloc(reader, node->count / 2, sizeof *s->shares);
    if (!s->ages || !s->shares) return;
    for (size_t i = 0; i < node->count; i += 2) read_age(reader, node->items[i], node->items[i + 1], s);
}

static bool comes_after(ltn_date a, ltn_date b)
{
    if (a.year != b.year) return a.year > b.year;
    return a.month != b.month ? a.month > b.month : a.day > b.day;
}

/* `VI`, or `{V: 2015, VI: 2019-07-01}`. */
static void read_sold(ltn_reader *reader, const ltn_node *node, void *into)
{
    ltn_turnover *t = (ltn_turnover *)((char *)into - offsetof(ltn_turnover, to));
    bool dated = node->kind == LTN_MAPPING;
    if (!dated && !ltn_read_text(reader, node, "to")) return;
    if (dated && !node->count)
        ltn_refuse(reader, node, "to names no stage; expected for example {V: 2015, VI: 2019-07-01}");
    if (!(t->to = ltn_reader_alloc(reader, dated ? node->count / 2 : 1, sizeof *t->to))) return;
    for (size_t i = 0; i < (dated ? node->count : 1); i += 2) {
        const ltn_node *name = dated ? node->items[i] : node;
        ltn_sold_stage *sold = &t->to[t->to_count++];
        sold->stage = (ltn_named){name->text, ltn_node_place(name)};
        if (!dated) continue;
        ltn_read_date(reader, node->items[i + 1], &sold->from);
        if (i && sold->from.year && sold[-1].from.year && !comes_after(sold->from, sold[-1].from))
            ltn_refuse(reader, node->items[i + 1], "stage '%s' is not sold later than '%s'; expected days that ascend",
                       sold->stage.name, sold[-1].stage.name);
    }
}

static void expect_stages(ltn_reader *reader, const ltn_node *node, void *into)
{
    (void)into; /* read when it is known which stages are sold */
    ltn_expect_mapping(reader, node, "factors");
}

static const ltn_key turnover_keys[] = {
    {"stage", LTN_VALUE_TEXT, offsetof(ltn_turnover, stage), .required = true,
     .meaning = "the column that holds the emission stage"},
    {"retire", LTN_VALUE_OTHER, offsetof(ltn_turnover, retire),
     .meaning = "cumulative share of each stage that has left the fleet, by year; exactly one of retire, scrappage and "
                "survival must be there",
     .read = read_retirements, .type = "stage → year → share"},
    {"scrappage", LTN_VALUE_OTHER, offsetof(ltn_turnover, retire),
     .meaning = "share of what is left of each stage that leaves in each year after the base year",
     .read = read_scrappage, .type = "stage → share"},
    {"survival", LTN_VALUE_OTHER, offsetof(ltn_turnover, survival),
     .meaning = "share of the vehicles of one model year that is still there, by age in years, linear between",
     .read = read_survival, .type = "age → share"},
    {"age", LTN_VALUE_TEXT, offsetof(ltn_turnover, age),
     .meaning = "of survival: the column of numbers that holds the model year"},
    {"to", LTN_VALUE_OTHER, offsetof(ltn_turnover, to), .required = true,
     .meaning = "the stage the activity moves to, or stages with the day from which each is sold", .read = read_sold,
     .type = "text, or stage → year or date"},
    {"factors", LTN_VALUE_OTHER, 0, .required = true, .unit = "g/km",
     .meaning = "the new stage's emission per activity; every pollutant of the old row must be here",
     .read = expect_stages, .type = "stage → pollutant → quantity"},
    {"vkt", LTN_VALUE_QUANTITY, offsetof(ltn_turnover, vkt), .unit = "km/vehicle|km/vehicle/yr",
     .meaning = "distance a vehicle drives in a year; multiplies factors per distance where the activity is vehicles"},
};
const ltn_form ltn_turnover_form = {"turnover", KEYS(turnover_keys), NULL};

/* What leaves is told in one way; survival needs to know how old it is. */
static void check_ways_out(ltn_reader *reader, const ltn_node *node)
{
    bool survival = ltn_node_find(node, "survival"), age = ltn_node_find(node, "age");
    int ways = survival + !!ltn_node_find(node, "retire") + !!ltn_node_find(node, "scrappage");
    if (ways != 1)
        ltn_refuse(reader, node, "turnover has %d of retire, scrappage and survival; expected exactly one of them",
                   ways);
    if (survival && !age) ltn_refuse(reader, node, "survival needs age:, the column that holds the model year");
    if (age && !survival) ltn_refuse(reader, node, "age: goes with survival:");
}

static ltn_sold_stage *find_sold(const ltn_turnover *t, const char *stage)
{
    for (size_t k = 0; k < t->to_count; k++)
        if (strcmp(t->to[k].stage.name, stage) == 0) return &t->to[k];
    return NULL;
}

/* Every stage that is sold has its factors, and no other. */
static void read_stage_factors(ltn_reader *reader, const ltn_node *node, ltn_turnover *t, bool dated)
{
    if (!dated && node->count != 2) {
        ltn_refuse(reader, node, "factors has %zu stages; expected the stage of to:, for example {VI: {NOx: 0.4 g/km}}",
                   node->count / 2);
        return;
    }
    for (size_t i = 0; i < node->count; i += 2) {
        const ltn_node *key = node->items[i];
        ltn_sold_stage *sold = find_sold(t, key->text);
        ltn_factors unknown = {0};
        read_factors(reader, node->items[i + 1], sold ? &sold->factors : &unknown);
        if (!sold && dated)
            ltn_refuse(reader, key, "factors are given for stage '%s', which to: does not name", key->text);
        else if (!sold && t->to_count)
            ltn_refuse(reader, key, "factors are given for stage '%s'; expected '%s', as in to:", key->text,
                       t->to[0].stage.name);
    }
    for (size_t k = 0; dated && k < t->to_count; k++)
        if (!t->to[k].factors.given)
            ltn_complain(reader->list, LTN_ERROR, &t->to[k].stage.place,
                         "stage '%s' of to: has no factors:", t->to[k].stage.name);
}

void ltn_read_turnover(ltn_reader *reader, const ltn_node *node, void *into)
{
    ltn_turnover *turnover = into;
    turnover->place = turnover->stage_place = turnover->age_place = ltn_node_place(node);
    ltn_read_form(reader, node, &ltn_turnover_form, turnover);
    if (node->kind != LTN_MAPPING) return;
    check_ways_out(reader, node);
    const ltn_node *factors = ltn_node_find(node, "factors"), *to = ltn_node_find(node, "to"),
                   *age = ltn_node_find(node, "age");
    if (age) turnover->age_place = ltn_node_place(age);
    if (factors && factors->kind == LTN_MAPPING)
        read_stage_factors(reader, factors, turnover, to && to->kind == LTN_MAPPING);
    for (size_t i = 0; i < turnover->retire_count; i++)
        if (find_sold(turnover, turnover->retire[i].stage.name))
            ltn_refuse(reader, node, "stage '%s' cannot be retired to itself", turnover->retire[i].stage.name);
}

/* ---- add ---- */

static void read_longitude(ltn_reader *reader, const ltn_node *node, void *into)
{
    ltn_quantity_rule rule = {.what = "the longitude", .low = -180, .high = 180, .certain = true};
    ltn_read_quantity(reader, node, &rule, into);
}

static void read_latitude(ltn_reader *reader, const ltn_node *node, void *into)
{
    ltn_quantity_rule rule = {.what = "the latitude", .low = -90, .high = 90, .certain = true};
    ltn_read_quantity(reader, node, &rule, into);
}

static const ltn_key add_keys[] = {
    {"source", LTN_VALUE_TEXT, offsetof(ltn_add, source), .required = true, .meaning = "id of the new source"},
    {"region", LTN_VALUE_TEXT, offsetof(ltn_add, region), .required = true, .meaning = "its region"},
    {"sector", LTN_VALUE_TEXT, offsetof(ltn_add, sector), .required = true, .meaning = "its sector"},
    {"from", LTN_VALUE_DATE, offsetof(ltn_add, from), .required = true,
     .meaning = "first day of operation; a part of its first year counts by months"},
    {"emissions", LTN_VALUE_OTHER, offsetof(ltn_add, emissions), .required = true, .unit = "t/yr",
     .meaning = "what it emits, by pollutant", .read = read_emissions, .type = "pollutant → quantity"},
    {"name", LTN_VALUE_TEXT, offsetof(ltn_add, name), .meaning = "its name"},
    {"fuel", LTN_VALUE_TEXT, offsetof(ltn_add, fuel), .meaning = "its fuel"},
    {"owner", LTN_VALUE_TEXT, offsetof(ltn_add, owner), .meaning = "its owner"},
    {"facility", LTN_VALUE_TEXT, offsetof(ltn_add, facility), .meaning = "its facility"},
    {"capacity", LTN_VALUE_QUANTITY, offsetof(ltn_add, capacity), .certain = true, .unit = "t/h|MW|MW_th",
     .meaning = "its rated capacity"},
    {"lon", LTN_VALUE_OTHER, offsetof(ltn_add, lon), .meaning = "longitude in degrees", .read = read_longitude,
     .type = "number"},
    {"lat", LTN_VALUE_OTHER, offsetof(ltn_add, lat), .meaning = "latitude in degrees", .read = read_latitude,
     .type = "number"},
};
const ltn_form ltn_add_form = {"add", KEYS(add_keys), NULL};

void ltn_read_add(ltn_reader *reader, const ltn_node *node, void *into)
{
    ltn_add *add = into;
    add->place = ltn_node_place(node);
    ltn_read_form(reader, node, &ltn_add_form, add);
}

/* ---- ban ---- */

static const ltn_key ban_keys[] = {
    {"growth", LTN_VALUE_FLAG, offsetof(ltn_ban, growth), .fallback = "true",
     .meaning = "activity of what is there stays at the base year's"},
    {"new", LTN_VALUE_FLAG, offsetof(ltn_ban, added), .fallback = "true",
     .meaning = "new sources of add are not let in"},
};
const ltn_form ltn_ban_form = {"ban", KEYS(ban_keys), NULL};

void ltn_read_ban(ltn_reader *reader, const ltn_node *node, void *into)
{
    ltn_ban *ban = into;
    *ban = (ltn_ban){true, true};
    ltn_read_form(reader, node, &ltn_ban_form, ban);
    if (!ban->growth && !ban->added)
        ltn_refuse(reader, node, "the ban forbids nothing; expected growth or new to be true");
}
