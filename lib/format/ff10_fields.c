/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The fields of FF10 files in their order (SMOKE v5.2.1 user's guide, sections on PTINV, ARINV and MBINV; the names as
 * the Emissions Modeling Framework exports them). Units of stacks and fugitive releases are the manual's. */
#include "format/ff10.h"

#include "base/text.h"

#include <string.h>

static const ltn_ff10_field point_fields[] = {
    {"COUNTRY_CD", "country_cd", LTN_FF10_TEXT},
    {"REGION_CD", "region", LTN_FF10_REGION},
    {"TRIBAL_CODE", "tribal_code", LTN_FF10_TEXT},
    {"FACILITY_ID", "facility_id", LTN_FF10_TEXT},
    {"UNIT_ID", "unit_id", LTN_FF10_TEXT},
    {"REL_POINT_ID", "rel_point_id", LTN_FF10_TEXT},
    {"PROCESS_ID", "process_id", LTN_FF10_TEXT},
    {"AGY_FACILITY_ID", "agy_facility_id", LTN_FF10_TEXT},
    {"AGY_UNIT_ID", "agy_unit_id", LTN_FF10_TEXT},
    {"AGY_REL_POINT_ID", "agy_rel_point_id", LTN_FF10_TEXT},
    {"AGY_PROCESS_ID", "agy_process_id", LTN_FF10_TEXT},
    {"SCC", "sector", LTN_FF10_TEXT},
    {"POLL", "pollutant", LTN_FF10_TEXT},
    {"ANN_VALUE", "emission_t", LTN_FF10_TONS},
    {"ANN_PCT_RED", "removal", LTN_FF10_PERCENT},
    {"FACILITY_NAME", "facility", LTN_FF10_TEXT},
    {"ERPTYPE", "erptype", LTN_FF10_TEXT},
    {"STKHGT", "stkhgt_ft", LTN_FF10_NUMBER},
    {"STKDIAM", "stkdiam_ft", LTN_FF10_NUMBER},
    {"STKTEMP", "stktemp_degF", LTN_FF10_NUMBER},
    {"STKFLOW", "stkflow_ft3_s", LTN_FF10_NUMBER},
    {"STKVEL", "stkvel_ft_s", LTN_FF10_NUMBER},
    {"NAICS", "naics", LTN_FF10_TEXT},
    {"LONGITUDE", "lon", LTN_FF10_NUMBER},
    {"LATITUDE", "lat", LTN_FF10_NUMBER},
    {"LL_DATUM", "ll_datum", LTN_FF10_TEXT},
    {"HORIZ_COLL_MTHD", "horiz_coll_mthd", LTN_FF10_TEXT},
    {"DESIGN_CAPACITY", "design_capacity", LTN_FF10_NUMBER},
    {"DESIGN_CAPACITY_UNITS", "design_capacity_units", LTN_FF10_TEXT},
    {"REG_CODES", "sic", LTN_FF10_RULES},
    {"FAC_SOURCE_TYPE", "fac_source_type", LTN_FF10_TEXT},
    {"UNIT_TYPE_CODE", "unit_type_code", LTN_FF10_TEXT},
    {"CONTROL_IDS", "control_ids", LTN_FF10_TEXT},
    {"CONTROL_MEASURES", "control_measures", LTN_FF10_TEXT},
    {"CURRENT_COST", "current_cost", LTN_FF10_NUMBER},
    {"CUMULATIVE_COST", "cumulative_cost", LTN_FF10_NUMBER},
    {"PROJECTION_FACTOR", "projection_factor", LTN_FF10_NUMBER},
    {"SUBMITTER_FAC_ID", "submitter_fac_id", LTN_FF10_TEXT},
    {"CALC_METHOD", "calc_method", LTN_FF10_TEXT},
    {"DATA_SET_ID", "data_set_id", LTN_FF10_TEXT},
    {"FACIL_CATEGORY_CODE", "facil_category_code", LTN_FF10_TEXT},
    {"ORIS_FACILITY_CODE", "oris_facility_code", LTN_FF10_TEXT},
    {"ORIS_BOILER_ID", "oris_boiler_id", LTN_FF10_TEXT},
    {"IPM_YN", "ipm_yn", LTN_FF10_TEXT},
    {"CALC_YEAR", "calc_year", LTN_FF10_TEXT},
    {"DATE_UPDATED", "date_updated", LTN_FF10_TEXT},
    {"FUG_HEIGHT", "fug_height_ft", LTN_FF10_NUMBER},
    {"FUG_WIDTH_YDIM", "fug_width_ft", LTN_FF10_NUMBER},
    {"FUG_LENGTH_XDIM", "fug_length_ft", LTN_FF10_NUMBER},
    {"FUG_ANGLE", "fug_angle_deg", LTN_FF10_NUMBER},
    {"ZIPCODE", "zipcode", LTN_FF10_TEXT},
    {"ANNUAL_AVG_HOURS_PER_YEAR", "annual_avg_hours_per_year", LTN_FF10_NUMBER},
    {"JAN_VALUE", "jan_t", LTN_FF10_TONS},
    {"FEB_VALUE", "feb_t", LTN_FF10_TONS},
    {"MAR_VALUE", "mar_t", LTN_FF10_TONS},
    {"APR_VALUE", "apr_t", LTN_FF10_TONS},
    {"MAY_VALUE", "may_t", LTN_FF10_TONS},
    {"JUN_VALUE", "jun_t", LTN_FF10_TONS},
    {"JUL_VALUE", "jul_t", LTN_FF10_TONS},
    {"AUG_VALUE", "aug_t", LTN_FF10_TONS},
    {"SEP_VALUE", "sep_t", LTN_FF10_TONS},
    {"OCT_VALUE", "oct_t", LTN_FF10_TONS},
    {"NOV_VALUE", "nov_t", LTN_FF10_TONS},
    {"DEC_VALUE", "dec_t", LTN_FF10_TONS},
    {"JAN_PCTRED", "jan_pct_red", LTN_FF10_NUMBER},
    {"FEB_PCTRED", "feb_pct_red", LTN_FF10_NUMBER},
    {"MAR_PCTRED", "mar_pct_red", LTN_FF10_NUMBER},
    {"APR_PCTRED", "apr_pct_red", LTN_FF10_NUMBER},
    {"MAY_PCTRED", "may_pct_red", LTN_FF10_NUMBER},
    {"JUN_PCTRED", "jun_pct_red", LTN_FF10_NUMBER},
    {"JUL_PCTRED", "jul_pct_red", LTN_FF10_NUMBER},
    {"AUG_PCTRED", "aug_pct_red", LTN_FF10_NUMBER},
    {"SEP_PCTRED", "sep_pct_red", LTN_FF10_NUMBER},
    {"OCT_PCTRED", "oct_pct_red", LTN_FF10_NUMBER},
    {"NOV_PCTRED", "nov_pct_red", LTN_FF10_NUMBER},
    {"DEC_PCTRED", "dec_pct_red", LTN_FF10_NUMBER},
    {"COMMENT", "emission_comment", LTN_FF10_TEXT},
};

static const ltn_ff10_field area_fields[] = {
    {"COUNTRY_CD", "country_cd", LTN_FF10_TEXT},
    {"REGION_CD", "region", LTN_FF10_REGION},
    {"TRIBAL_CODE", "tribal_code", LTN_FF10_TEXT},
    {"CENSUS_TRACT_CD", "census_tract_cd", LTN_FF10_TEXT},
    {"SHAPE_ID", "shape_id", LTN_FF10_TEXT},
    {"SCC", "sector", LTN_FF10_TEXT},
    {"EMIS_TYPE", "emis_type", LTN_FF10_TEXT},
    {"POLL", "pollutant", LTN_FF10_TEXT},
    {"ANN_VALUE", "emission_t", LTN_FF10_TONS},
    {"ANN_PCT_RED", "ann_pct_red", LTN_FF10_NUMBER},
    {"CONTROL_IDS", "control_ids", LTN_FF10_TEXT},
    {"CONTROL_MEASURES", "control_measures", LTN_FF10_TEXT},
    {"CURRENT_COST", "current_cost", LTN_FF10_NUMBER},
    {"CUMULATIVE_COST", "cumulative_cost", LTN_FF10_NUMBER},
    {"PROJECTION_FACTOR", "projection_factor", LTN_FF10_NUMBER},
    {"REG_CODES", "sic", LTN_FF10_RULES},
    {"CALC_METHOD", "calc_method", LTN_FF10_TEXT},
    {"CALC_YEAR", "calc_year", LTN_FF10_TEXT},
    {"DATE_UPDATED", "date_updated", LTN_FF10_TEXT},
    {"DATA_SET_ID", "data_set_id", LTN_FF10_TEXT},
    {"JAN_VALUE", "jan_t", LTN_FF10_TONS},
    {"FEB_VALUE", "feb_t", LTN_FF10_TONS},
    {"MAR_VALUE", "mar_t", LTN_FF10_TONS},
    {"APR_VALUE", "apr_t", LTN_FF10_TONS},
    {"MAY_VALUE", "may_t", LTN_FF10_TONS},
    {"JUN_VALUE", "jun_t", LTN_FF10_TONS},
    {"JUL_VALUE", "jul_t", LTN_FF10_TONS},
    {"AUG_VALUE", "aug_t", LTN_FF10_TONS},
    {"SEP_VALUE", "sep_t", LTN_FF10_TONS},
    {"OCT_VALUE", "oct_t", LTN_FF10_TONS},
    {"NOV_VALUE", "nov_t", LTN_FF10_TONS},
    {"DEC_VALUE", "dec_t", LTN_FF10_TONS},
    {"JAN_PCTRED", "jan_pct_red", LTN_FF10_NUMBER},
    {"FEB_PCTRED", "feb_pct_red", LTN_FF10_NUMBER},
    {"MAR_PCTRED", "mar_pct_red", LTN_FF10_NUMBER},
    {"APR_PCTRED", "apr_pct_red", LTN_FF10_NUMBER},
    {"MAY_PCTRED", "may_pct_red", LTN_FF10_NUMBER},
    {"JUN_PCTRED", "jun_pct_red", LTN_FF10_NUMBER},
    {"JUL_PCTRED", "jul_pct_red", LTN_FF10_NUMBER},
    {"AUG_PCTRED", "aug_pct_red", LTN_FF10_NUMBER},
    {"SEP_PCTRED", "sep_pct_red", LTN_FF10_NUMBER},
    {"OCT_PCTRED", "oct_pct_red", LTN_FF10_NUMBER},
    {"NOV_PCTRED", "nov_pct_red", LTN_FF10_NUMBER},
    {"DEC_PCTRED", "dec_pct_red", LTN_FF10_NUMBER},
    {"COMMENT", "emission_comment", LTN_FF10_TEXT},
};

static const ltn_ff10_layout point = {
    .fields = point_fields,
    .count = 77,
    .least = 14,
    .keys = {1, 3, 4, 5, 6, 11},
    .key_count = 6,
    .region = 1,
    .pollutant = 12,
    .annual = 13,
    .january = 52,
    .capacity = 27,
    .capacity_unit = 28,
};

static const ltn_ff10_layout area = {
    .fields = area_fields,
    .count = 45,
    .least = 9,
    .keys = {1, 5, 4, 6},
    .key_count = 4,
    .skips_blank_keys = true,
    .region = 1,
    .pollutant = 7,
    .annual = 8,
    .january = 20,
    .capacity = -1,
    .capacity_unit = -1,
};

const ltn_ff10_layout *ltn_ff10_layout_of(ltn_ff10_kind kind)
{
    return kind == LTN_FF10_POINT ? &point : &area;
}

const char *ltn_ff10_kind_name(ltn_ff10_kind kind)
{
    static const char *const names[] = {"FF10_POINT", "FF10_NONPOINT", "FF10_NONROAD", "FF10_ONROAD"};
    return names[kind];
}

/* The letters of a name in upper case, without underlines: JAN_PCTRED and jan_pct_red are one. */
static bool same_name(const char *name, const char *other, size_t length)
{
    const char *end = other + length;
    for (;; name++, other++) {
        while (*name == '_') name++;
        while (other < end && *other == '_') other++;
        if (!*name || other == end) return !*name && other == end;
        if (ltn_upper(*other) != *name) return false;
    }
}

int ltn_ff10_find_field(const ltn_ff10_layout *layout, const char *name, size_t length)
{
    /* The manual has the two dimensions the other way round, and some files the short names. */
    static const struct {
        const char *other, *name;
    } spellings[] = {{"FUG_WIDTH_XDIM", "FUG_WIDTH_YDIM"},
                     {"FUG_LENGTH_YDIM", "FUG_LENGTH_XDIM"},
                     {"COUNTRY", "COUNTRY_CD"},
                     {"REGION", "REGION_CD"},
                     {"FIPS", "REGION_CD"},
                     {"CENSUS_TRACT", "CENSUS_TRACT_CD"},
                     {"POLLUTANT", "POLL"},
                     {"ANN_EMIS", "ANN_VALUE"}};
    for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++)
        if (same_name(spellings[i].other, name, length)) {
            name = spellings[i].name;
            length = strlen(name);
            break;
        }
    for (size_t f = 0; f < layout->count; f++)
        if (same_name(layout->fields[f].name, name, length)) return (int)f;
    return -1;
}

double ltn_ff10_value(ltn_ff10_form form, double number)
{
    static const double tonnes_per_short_ton = 0.90718474; /* exact: 2000 lb of 0.45359237 kg */
    return form == LTN_FF10_TONS ? number * tonnes_per_short_ton : form == LTN_FF10_PERCENT ? number / 100 : number;
}
