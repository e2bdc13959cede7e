/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers as people write them: `0.95`, `95 %`, `10 t/h`, `{triangular: [0.6, 0.75, 0.85]}`. */
#include "base/text.h"
#include "base/unit.h"
#include "inventory/inventory.h"
#include "scenario/empirical.h"
#include "scenario/form.h"

#include <math.h>
#include <string.h>

double ltn_quantity_mean(const ltn_quantity *quantity)
{
    return ltn_distribution_mean(&quantity->value);
}

/* ---- one number with its unit ---- */

/* True where `unit` converts to one of the units in `wanted` ("MJ/kg|MJ/m3"). */
static bool unit_fits(const char *unit, const char *wanted)
{
    char one[64];
    double scale;
    while (*wanted) {
        size_t length = strcspn(wanted, "|");
        if (length < sizeof one) {
            memcpy(one, wanted, length);
            one[length] = '\0';
            if (ltn_unit_scale(*unit ? unit : "1", one, &scale) == LTN_OK) return true;
        }
        wanted += length + (wanted[length] == '|');
    }
    return false;
}

static bool check_unit(ltn_reader *reader, const ltn_node *node, const ltn_quantity_rule *rule, const char *unit)
{
    if (!rule->unit && *unit) {
        ltn_refuse(reader, node, "%s '%s' has a unit; expected a plain number", rule->what, node->text);
        return false;
    }
    if (rule->unit && strcmp(rule->unit, "?") == 0 && (!*unit || ltn_unit_known(unit))) return true;
    if (!rule->unit || (strcmp(rule->unit, "*") == 0 && *unit && ltn_unit_known(unit))) return true;
    const char *example = strcmp(rule->unit, "*") == 0 ? "t/yr" : rule->unit;
    if (!*unit)
        ltn_refuse(reader, node, "%s '%s' has no unit; expected for example '%.*s'", rule->what, node->text,
                   (int)strcspn(example, "|"), example);
    else if (!ltn_unit_known(unit))
        ltn_refuse(reader, node, "unit '%s' of %s is not known; expected for example '%.*s'", unit, rule->what,
                   (int)strcspn(example, "|"), example);
    else if (!unit_fits(unit, rule->unit))
        ltn_refuse(reader, node, "%s '%s' has the wrong dimension; expected for example '%.*s'", rule->what, node->text,
                   (int)strcspn(example, "|"), example);
    else
        return true;
    return false;
}

bool ltn_read_plain(ltn_reader *reader, const ltn_node *node, const ltn_quantity_rule *rule, ltn_plain *out)
{
    const char *text = ltn_read_text(reader, node, rule->what);
    if (!text) return false;
    size_t length = strlen(text), read = ltn_text_number(text, length, &out->value), unit = read;
    while (text[unit] == ' ') unit++;
    if (!read || !isfinite(out->value)) {
        ltn_refuse(reader, node, "%s '%s' is not a number", rule->what, text);
        return false;
    }
    out->unit = text + unit;
    if (rule->share && strcmp(out->unit, "%") == 0) {
        out->value /= 100;
        out->unit = "";
    }
    return check_unit(reader, node, rule, out->unit);
}

/* ---- distributions ---- */

/* Parameters of a distribution by name; the same unit for all that have one. */
typedef struct parameters {
    double value[6];
    bool given[6];
    const char *unit;
} parameters;

enum { MEAN, SD, CV, LOW, HIGH, MODE };
enum { SHAPE_A = MEAN, SHAPE_B = SD };

static void read_parameter(ltn_reader *reader, const ltn_node *node, const ltn_quantity_rule *rule, int which,
                           parameters *p)
{
    /* A coefficient of variation and the shapes of a beta are plain numbers whatever is measured. */
    ltn_quantity_rule plain_rule = {.what = which == CV ? "cv" : "the parameter", .share = true};
    ltn_plain value;
    if (!ltn_read_plain(reader, node, which == CV ? &plain_rule : rule, &value)) return;
    p->value[which] = value.value;
    p->given[which] = true;
    if (which == CV && value.value > LTN_CV_MOST)
        ltn_refuse(reader, node, "cv '%s' is %g %%; expected a share such as 0.3 or '30 %%', at most %d", node->text,
                   100 * value.value, LTN_CV_MOST);
    if (which == CV) return;
    if (p->unit && strcmp(p->unit, value.unit) != 0)
        ltn_refuse(reader, node, "'%s' has another unit than the parameter before it", node->text);
    p->unit = value.unit;
}

static void read_list(ltn_reader *reader, const ltn_node *node, const ltn_quantity_rule *rule, const int *order,
                      size_t count, const char *example, parameters *p)
{
    if (node->kind != LTN_SEQUENCE || node->count != count) {
        ltn_refuse(reader, node, "expected %zu numbers, for example %s", count, example);
        return;
    }
    for (size_t i = 0; i < count; i++) read_parameter(reader, node->items[i], rule, order[i], p);
}

static void read_named(ltn_reader *reader, const ltn_node *node, const ltn_quantity_rule *rule, const char *kind,
                       parameters *p)
{
    static const struct {
        const char *kind, *key;
        int which;
    } names[] = {
        {"normal", "mean", MEAN},
        {"normal", "sd", SD},
        {"normal", "cv", CV},
        {"truncated_normal", "mean", MEAN},
        {"truncated_normal", "sd", SD},
        {"truncated_normal", "cv", CV},
        {"truncated_normal", "low", LOW},
        {"truncated_normal", "high", HIGH},
        {"lognormal", "mean", MEAN},
        {"lognormal", "cv", CV},
        {"beta", "low", LOW},
        {"beta", "high", HIGH},
    };
    static const ltn_quantity_rule shape = {.what = "the shape", .high = HUGE_VAL};
    static const int ends[] = {LOW, HIGH};
    if (!ltn_expect_mapping(reader, node, kind)) return;
    for (size_t i = 0; i < node->count; i += 2) {
        const char *key = node->items[i]->text;
        const ltn_node *value = node->items[i + 1];
        size_t k = 0;
        while (k < sizeof names / sizeof *names && (strcmp(names[k].kind, kind) != 0 || strcmp(names[k].key, key) != 0))
            k++;
        ltn_plain number;
        if (k < sizeof names / sizeof *names)
            read_parameter(reader, value, rule, names[k].which, p);
        else if (strcmp(kind, "lognormal") == 0 && strcmp(key, "ci95") == 0)
            read_list(reader, value, rule, ends, 2, "[1.2, 4.5]", p);
        else if (strcmp(kind, "beta") == 0 && (strcmp(key, "a") == 0 || strcmp(key, "b") == 0)) {
            int which = *key == 'a' ? SHAPE_A : SHAPE_B;
            if (ltn_read_plain(reader, value, &shape, &number)) p->value[which] = number.value, p->given[which] = true;
        } else
            ltn_refuse(reader, node->items[i], "'%s' is not a parameter of %s", key, kind);
    }
}

static bool require(ltn_reader *reader, const ltn_node *node, const parameters *p, const char *kind, const int *which,
                    size_t count, const char *what)
{
    for (size_t i = 0; i < count; i++)
        if (!p->given[which[i]]) {
            ltn_refuse(reader, node, "%s needs %s", kind, what);
            return false;
        }
    return true;
}

/* The standard deviation from sd or cv, one of the two. */
static bool find_sd(ltn_reader *reader, const ltn_node *node, parameters *p, const char *kind)
{
    if (p->given[SD] == p->given[CV]) {
        ltn_refuse(reader, node, "%s needs either sd or cv", kind);
        return false;
    }
    if (p->given[CV]) p->value[SD] = p->value[CV] * fabs(p->value[MEAN]);
    return true;
}

static bool make_normal(ltn_reader *reader, const ltn_node *node, parameters *p, ltn_distribution *d)
{
    *d = (ltn_distribution){LTN_NORMAL, {p->value[MEAN], 0}};
    if (!find_sd(reader, node, p, "normal")) return false;
    d->parameter[1] = p->value[SD];
    return true;
}

static bool make_lognormal(ltn_reader *reader, const ltn_node *node, const parameters *p, ltn_distribution *d)
{
    bool range = p->given[LOW] && p->given[HIGH];
    if (range == p->given[CV]) {
        ltn_refuse(reader, node, "lognormal needs mean with cv, or ci95");
        return false;
    }
    if (range ? !(p->value[LOW] > 0 && p->value[LOW] < p->value[HIGH]) : !(p->value[MEAN] > 0 && p->value[CV] > 0)) {
        ltn_refuse(reader, node,
                   range ? "ci95 must ascend and be positive" : "the mean and cv of a lognormal must be positive");
        return false;
    }
    *d =
        range ? ltn_lognormal_ci95(p->value[LOW], p->value[HIGH]) : ltn_lognormal_mean_cv(p->value[MEAN], p->value[CV]);
    if (!range || !p->given[MEAN]) return true;
    /* A mean beside the range keeps its place; the range gives the spread. */
    if (!(p->value[MEAN] > p->value[LOW] && p->value[MEAN] < p->value[HIGH])) {
        ltn_refuse(reader, node, "the mean %g lies outside ci95", p->value[MEAN]);
        return false;
    }
    d->parameter[0] = log(p->value[MEAN]) - d->parameter[1] * d->parameter[1] / 2;
    return true;
}

/* Makes the distribution of a kind from its parameters; complains where one is missing. */
static bool make(ltn_reader *reader, const ltn_node *node, const char *kind, parameters *p, ltn_distribution *d)
{
    static const int mean[] = {MEAN}, cut[] = {MEAN, LOW, HIGH}, beta[] = {SHAPE_A, SHAPE_B, LOW, HIGH},
                     three[] = {LOW, MODE, HIGH}, two[] = {LOW, HIGH};
    const double *v = p->value;
    if (strcmp(kind, "normal") == 0)
        return require(reader, node, p, kind, mean, 1, "mean") && make_normal(reader, node, p, d);
    if (strcmp(kind, "lognormal") == 0)
        return (p->given[LOW] || require(reader, node, p, kind, mean, 1, "mean with cv, or ci95")) &&
               make_lognormal(reader, node, p, d);
    if (strcmp(kind, "truncated_normal") == 0) {
        if (!require(reader, node, p, kind, cut, 3, "mean, sd or cv, low and high") || !find_sd(reader, node, p, kind))
            return false;
        *d = (ltn_distribution){LTN_TRUNCATED_NORMAL, {v[MEAN], v[SD], v[LOW], v[HIGH]}};
        return true;
    }
    if (strcmp(kind, "beta") == 0) {
        *d = (ltn_distribution){LTN_BETA, {v[SHAPE_A], v[SHAPE_B], v[LOW], v[HIGH]}};
        return require(reader, node, p, kind, beta, 4, "a, b, low and high");
    }
    if (strcmp(kind, "triangular") == 0) {
        *d = (ltn_distribution){LTN_TRIANGULAR, {v[LOW], v[MODE], v[HIGH]}};
        return require(reader, node, p, kind, three, 3, "low, mode and high");
    }
    *d = (ltn_distribution){LTN_UNIFORM, {v[LOW], v[HIGH]}};
    return require(reader, node, p, kind, two, 2, "low and high");
}

static bool is_kind(const char *name)
{
    static const char *const kinds[] = {"normal", "truncated_normal", "lognormal", "triangular", "uniform",
                                        "beta",   "empirical"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(name, kinds[i]) == 0) return true;
    return false;
}

static void read_parameters(ltn_reader *reader, const ltn_node *node, const char *kind, const ltn_quantity_rule *rule,
                            parameters *p)
{
    static const int three[] = {LOW, MODE, HIGH}, two[] = {LOW, HIGH};
    if (strcmp(kind, "triangular") == 0)
        read_list(reader, node, rule, three, 3, "[0.6, 0.75, 0.85]", p);
    else if (strcmp(kind, "uniform") == 0)
        read_list(reader, node, rule, two, 2, "[0.6, 0.85]", p);
    else
        read_named(reader, node, rule, kind, p);
}

/* The pair of a mapping that names a distribution; `per:` may stand beside it. */
static const ltn_node *find_kind(ltn_reader *reader, const ltn_node *node, const ltn_quantity_rule *rule,
                                 const ltn_node **value, bool *per_source)
{
    const ltn_node *kind = NULL;
    for (size_t i = 0; i < node->count; i += 2) {
        const ltn_node *key = node->items[i], *item = node->items[i + 1];
        if (is_kind(key->text) && !kind) {
            kind = key;
            *value = item;
        } else if (strcmp(key->text, "per") == 0) {
            *per_source = item->kind == LTN_SCALAR && strcmp(item->text, "source") == 0;
            if (!*per_source) ltn_refuse(reader, item, "per can only be 'source'");
        } else {
            ltn_refuse(reader, key,
                       "'%s' is not a distribution of %s; expected normal, truncated_normal, lognormal, triangular, "
                       "uniform, beta or empirical",
                       key->text, rule->what);
            return NULL;
        }
    }
    if (!kind)
        ltn_refuse(reader, node, "%s names no distribution; expected for example {triangular: [0.6, 0.75, 0.85]}",
                   rule->what);
    return kind;
}

static void check_parameters(ltn_reader *reader, const ltn_node *node, const char *kind, const ltn_quantity_rule *rule,
                             ltn_quantity *q)
{
    const char *wrong = q->given ? ltn_distribution_check(&q->value) : NULL;
    if (q->given && !wrong && !isfinite(ltn_distribution_mean(&q->value))) wrong = "its mean is larger than any number";
    if (!wrong) return;
    ltn_refuse(reader, node, "%s of %s cannot be: %s", kind, rule->what, wrong);
    q->given = false;
}

/* Kinds with an sd or a cv can be relative: the row's value takes the mean's place. */
static bool leaves_mean_out(const ltn_node *value, const char *kind)
{
    if (value->kind != LTN_MAPPING || ltn_node_find(value, "mean")) return false;
    if (strcmp(kind, "lognormal") == 0) return !ltn_node_find(value, "ci95");
    return strcmp(kind, "normal") == 0 || strcmp(kind, "truncated_normal") == 0;
}

static void read_distribution(ltn_reader *reader, const ltn_node *node, const ltn_quantity_rule *rule,
                              ltn_quantity *into)
{
    const ltn_node *value = NULL, *kind = find_kind(reader, node, rule, &value, &into->per_source);
    if (!kind) return;
    if (rule->certain) {
        ltn_refuse(reader, node, "%s cannot be random; expected a number", rule->what);
        return;
    }
    if (strcmp(kind->text, "empirical") == 0) {
        into->given = ltn_read_empirical(reader, value, rule, &into->value, &into->unit);
        check_parameters(reader, value, kind->text, rule, into);
        return;
    }
    parameters p = {0};
    size_t complaints = reader->list->errors;
    into->relative = rule->relative && leaves_mean_out(value, kind->text);
    ltn_quantity_rule shares = {.what = "without a mean, the parameter", .share = true, .relative = true};
    read_parameters(reader, value, kind->text, into->relative ? &shares : rule, &p);
    if (reader->list->errors > complaints) return;
    into->by_sd = into->relative && p.given[SD];
    if (into->relative) p.value[MEAN] = 1, p.given[MEAN] = true;
    if (!make(reader, value, kind->text, &p, &into->value)) return;
    into->unit = p.unit ? p.unit : "";
    into->given = true;
    check_parameters(reader, value, kind->text, rule, into);
}

/* ---- any quantity ---- */

static void check_domain(ltn_reader *reader, const ltn_node *node, const ltn_quantity_rule *rule, ltn_quantity *q)
{
    /* More than this outside the domain is a mistake in the file; rarer draws are set to the bound. */
    static const double tolerated = 1e-6;
    double outside = ltn_distribution_outside(&q->value, rule->low, rule->high);
    if (!(outside > tolerated)) return;
    q->given = false;
    if (q->value.kind != LTN_CONSTANT)
        ltn_refuse(reader, node,
                   "%s lies outside [%g, %g] with probability %.2g; use a bounded form: truncated_normal, triangular, "
                   "uniform or beta",
                   rule->what, rule->low, rule->high, outside);
    else if (rule->high == 1)
        ltn_refuse(reader, node, "%s '%s' is outside [0, 1]; expected a share such as 0.95 or '95 %%'", rule->what,
                   node->text);
    else if (isfinite(rule->high))
        ltn_refuse(reader, node, "%s '%s' is outside [%g, %g]", rule->what, node->text, rule->low, rule->high);
    else
        ltn_refuse(reader, node, "%s '%s' is too small; expected at least %g", rule->what, node->text, rule->low);
}

void ltn_read_quantity(ltn_reader *reader, const ltn_node *node, const ltn_quantity_rule *rule, ltn_quantity *into)
{
    *into = (ltn_quantity){.unit = "", .place = ltn_node_place(node)};
    ltn_plain number;
    if (node->kind == LTN_MAPPING) {
        read_distribution(reader, node, rule, into);
    } else if (node->kind == LTN_SEQUENCE) {
        ltn_refuse(reader, node, "%s is a list; expected a number or a distribution", rule->what);
    } else if (ltn_read_plain(reader, node, rule, &number)) {
        into->given = true;
        into->unit = number.unit;
        into->value = (ltn_distribution){LTN_CONSTANT, {number.value}};
    }
    /* A share around a row's own value is checked with the value. */
    if (into->given && !(into->relative && rule->share)) check_domain(reader, node, rule, into);
}
