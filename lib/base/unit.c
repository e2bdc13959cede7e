/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/unit.h"

#include "base/text.h"

#include <ctype.h>
#include <math.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <udunits2.h>

/* UDUNITS' parser keeps its state in globals, so one lock serialises us. Its table is read once, at the
 * first use, and given back when the library is unloaded. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static ut_system *loaded;

__attribute__((destructor)) static void unload(void)
{
    ut_free_system(loaded);
    loaded = NULL;
}

/* A unit of its own dimension. */
static bool add_base(ut_system *system, const char *name)
{
    ut_unit *unit = ut_new_base_unit(system);
    bool good = unit && ut_map_name_to_unit(name, UT_UTF8, unit) == UT_SUCCESS;
    ut_free(unit);
    return good;
}

static bool add_derived(ut_system *system, const char *name, const char *definition)
{
    ut_unit *unit = ut_parse(system, definition, UT_UTF8);
    bool good = unit && ut_map_symbol_to_unit(name, UT_UTF8, unit) == UT_SUCCESS;
    ut_free(unit);
    return good;
}

static ut_system *load(void)
{
    if (loaded) return loaded;
    ut_system *system = ut_read_xml(NULL);
    if (!system) return NULL;
    /* Heat is kept apart from electricity: W_th is a base unit, so that MW_th never converts to MW. */
    bool good = add_base(system, "yuan") && add_base(system, "pair") && add_base(system, "vehicle") &&
                add_base(system, "piece") && add_base(system, "head") && add_base(system, "person") &&
                add_base(system, "household") && add_base(system, "W_th") && add_derived(system, "MW_th", "1e6 W_th") &&
                add_derived(system, "kW_th", "1e3 W_th") && add_derived(system, "kWh", "kW.h") &&
                add_derived(system, "MWh", "MW.h") && add_derived(system, "GWh", "GW.h");
    if (good) return loaded = system;
    ut_free_system(system);
    return NULL;
}

/* Chinese words, longest first where one begins another, and what UDUNITS reads for them. */
static const struct {
    const char *word, *unit;
} chinese[] = {
    {"蒸吨/小时", "t/h"}, {"蒸吨/时", "t/h"},  {"蒸吨", "t/h"}, {"立方米", "m3"},  {"平方米", "m2"}, {"千克", "kg"},
    {"公斤", "kg"},       {"毫克", "mg"},      {"微克", "ug"},  {"公里", "km"},    {"千米", "km"},   {"小时", "h"},
    {"兆瓦", "MW"},       {"千瓦时", "kW.h"},  {"千瓦", "kW"},  {"件", "piece"},   {"台", "piece"},  {"头", "head"},
    {"人", "person"},     {"户", "household"}, {"万", "1e4 "},  {"亿", "1e8 "},    {"吨", "t"},      {"克", "g"},
    {"米", "m"},          {"年", "yr"},        {"双", "pair"},  {"辆", "vehicle"}, {"元", "yuan"},   {"％", "%"},
};

enum { UNIT_MAX = 96 }; /* bytes of a unit text; a longer one is no unit */

/* UDUNITS reads numbers, origins and logarithms as parts of a unit: "1 234 t" would be 234 t. Here a unit is names,
 * and a digit only ever an exponent ("m3", "yr-1", "m^-3"). */
static bool is_plain_unit(const char *text)
{
    if (strcmp(text, "1") == 0) return true;
    for (const char *p = text; *p; p++) {
        unsigned char before = p > text ? (unsigned char)p[-1] : ' ';
        bool after_name = ltn_is_letter((char)before) || before >= 0x80 || before == '^' || before == '_';
        if (strchr("@,;\"'", *p)) return false;
        if ((*p == '-' || *p == '+') && !after_name) return false;
        if (isdigit((unsigned char)*p) && !after_name && !isdigit(before) && !(before == '-' && p - 1 > text))
            return false;
    }
    static const char *const words[] = {"since", "after", "from", "ref", "lg(", "ln(", "lb("};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strstr(text, words[i])) return false;
    return true;
}

/* Rewrites Chinese words and trims blanks. False where the text does not fit. */
static bool normalise(const char *text, char out[UNIT_MAX])
{
    size_t used = 0;
    while (*text == ' ') text++;
    if (!is_plain_unit(text)) return false;
    while (*text) {
        const char *piece = text;
        size_t taken = 1, length = 1;
        for (size_t i = 0; i < sizeof chinese / sizeof *chinese; i++) {
            size_t word = strlen(chinese[i].word);
            if (strncmp(text, chinese[i].word, word) != 0) continue;
            piece = chinese[i].unit;
            taken = word;
            length = strlen(piece);
            break;
        }
        if (used + length >= UNIT_MAX) return false;
        memcpy(out + used, piece, length);
        used += length;
        text += taken;
    }
    while (used && out[used - 1] == ' ') used--;
    out[used] = '\0';
    return used > 0;
}

enum { PRODUCT_MAX = LTN_UNIT_FACTORS_MAX * (UNIT_MAX + 3) };

/* A product of units as UDUNITS reads it: "(t) (g/kg)". */
static bool write_product(const char *const *factors, size_t count, char out[PRODUCT_MAX])
{
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        char plain[UNIT_MAX];
        if (!normalise(factors[i], plain)) return false;
        used += (size_t)snprintf(out + used, PRODUCT_MAX - used, "%s(%s)", i ? " " : "", plain);
    }
    return true;
}

static ltn_status convert_locked(double value, const char *from, const char *to, double *out)
{
    ut_system *system = load();
    if (!system) return ltn_fail(LTN_EIO, NULL, "UDUNITS-2 cannot read its table of units (udunits2.xml)");
    ut_unit *a = ut_parse(system, from, UT_UTF8), *b = to ? ut_parse(system, to, UT_UTF8) : NULL;
    cv_converter *converter = a && b ? ut_get_converter(a, b) : NULL;
    ltn_status status = converter || (a && !to) ? LTN_OK : LTN_EUNIT;
    /* UDUNITS also converts a unit to its reciprocal (mg/m3 to m3/kg): that is another quantity. */
    if (converter && !isfinite(cv_convert_double(converter, 0))) status = LTN_EUNIT;
    if (converter && !status) *out = cv_convert_double(converter, value);
    cv_free(converter);
    ut_free(a);
    ut_free(b);
    return status;
}

/* Converts from a product of units to one; `to` NULL only asks whether the product can be read.
 * Silences UDUNITS for the call and gives the caller's handler back. In the C locale: UDUNITS reads the numbers of its
 * own table with strtod, which stops at their points where the program's locale has a comma. */
static ltn_status convert(double value, const char *const *factors, size_t count, const char *to, double *out)
{
    char from[PRODUCT_MAX], into[UNIT_MAX];
    if (!write_product(factors, count, from) || (to && !normalise(to, into))) return LTN_EUNIT;
    pthread_mutex_lock(&lock);
    ltn_c_locale locale = ltn_c_locale_enter();
    ut_error_message_handler theirs = ut_set_error_message_handler(ut_ignore);
    ltn_status status = convert_locked(value, from, to ? into : NULL, out);
    ut_set_error_message_handler(theirs);
    ltn_c_locale_leave(locale);
    pthread_mutex_unlock(&lock);
    return status;
}

int ltn_unit_known(const char *unit)
{
    return convert(1, &unit, 1, NULL, NULL) == LTN_OK;
}

ltn_status ltn_unit_scale(const char *from, const char *to, double *scale)
{
    return convert(1, &from, 1, to, scale);
}

ltn_status ltn_unit_product_scale(const char *const *factors, size_t count, const char *to, double *scale)
{
    return convert(1, factors, count, to, scale);
}

ltn_status ltn_unit_convert(double value, const char *from, const char *to, double *out)
{
    *out = NAN;
    ltn_status status = convert(value, &from, 1, to, out);
    if (status != LTN_EUNIT) return status;
    const char *unknown = !ltn_unit_known(from) ? from : !ltn_unit_known(to) ? to : NULL;
    if (unknown)
        return ltn_fail(LTN_EUNIT, NULL, "unit '%s' is not known; expected for example 't/h' or 'mg/m3'", unknown);
    return ltn_fail(LTN_EUNIT, NULL, "unit '%s' does not convert to '%s'", from, to);
}

ltn_capacity_kind ltn_capacity_unit(const char *unit, double *scale)
{
    /* 1 t/h of steam is 0.7 MW of heat (GB 13271-2014, table 4, pairs 1 t/h with 0.7 MW). */
    static const double heat_per_steam_MW_h_t = 0.7;
    if (ltn_unit_scale(unit, "t/h", scale) == LTN_OK) return LTN_CAPACITY_STEAM;
    if (ltn_unit_scale(unit, "MW_th", scale) == LTN_OK) {
        *scale /= heat_per_steam_MW_h_t;
        return LTN_CAPACITY_STEAM;
    }
    if (ltn_unit_scale(unit, "MW", scale) == LTN_OK) return LTN_CAPACITY_ELECTRIC;
    return LTN_CAPACITY_NONE;
}
