# SPDX-License-Identifier: GPL-3.0-or-later
"""ctypes declarations of liblantian. Made from include/lantian/*.h by lib/python/generate.py; do not edit.

A `const char *` is bytes or None; a `char *`, which its receiver frees, is an address. An enumeration is a c_int; its
enumerators are constants here, by name. declare() gives a loaded library its prototypes.
"""

from ctypes import (CFUNCTYPE, POINTER, Structure, c_char, c_char_p, c_double, c_int, c_int32, c_int64, c_size_t,
                    c_uint, c_uint8, c_uint64, c_void_p)

# Macros
LTN_VERSION_MAJOR = 0
LTN_VERSION_MINOR = 1
LTN_VERSION_PATCH = 0
LTN_PLAYERS_MAX = 64
LTN_SULPHUR_RETAINED_COAL = 0.15
LTN_SULPHUR_RETAINED_LIQUID = 0.0
LTN_OXYGEN_AIR_PCT = 20.9
LTN_OXYGEN_AIR_GB_PCT = 21.0
LTN_SHIP_SULPHUR_LIMIT = 0.005
LTN_SHARED_FACTORS_MAX = 16

# ltn_status
LTN_OK = 0
LTN_ENOMEM = -1
LTN_EARGUMENT = -2
LTN_EIO = -3
LTN_EINPUT = -4
LTN_EUNIT = -5
LTN_ENOTFOUND = -6
LTN_EBASELINE = -7
LTN_EUNSUPPORTED = -8
LTN_EREFUSED = -9
LTN_ECANCELLED = -10
LTN_ELIMIT = -11
LTN_ESOLVER = -12

# ltn_language
LTN_ENGLISH = 0
LTN_CHINESE = 1

# ltn_severity
LTN_WARNING = 0
LTN_ERROR = 1

# ltn_column_type
LTN_NUMBER = 0
LTN_TEXT = 1

# ltn_ff10_kind
LTN_FF10_POINT = 0
LTN_FF10_NONPOINT = 1
LTN_FF10_NONROAD = 2
LTN_FF10_ONROAD = 3

# ltn_by
LTN_BY_YEAR = 1
LTN_BY_MEASURE = 2
LTN_BY_TASK = 4
LTN_BY_BUREAU = 8
LTN_BY_CLASS = 16
LTN_BY_REGION = 32
LTN_BY_SECTOR = 64
LTN_BY_SOURCE = 128
LTN_BY_OWNER = 256
LTN_BY_FUEL = 512
LTN_BY_POLLUTANT = 1024

# ltn_attribution_method
LTN_ATTRIBUTION_IN_ORDER = 0
LTN_ATTRIBUTION_SHAPLEY = 1
LTN_ATTRIBUTION_LMDI = 2

# ltn_boiler_use
LTN_BOILER_POWER = 0
LTN_BOILER_HEAT = 1
LTN_BOILER_INDUSTRY = 2

# ltn_furnace
LTN_FURNACE_PULVERISED = 0
LTN_FURNACE_FLUIDISED_BED = 1
LTN_FURNACE_CHAIN_GRATE = 2
LTN_FURNACE_HAND_FIRED = 3

# ltn_trust
LTN_TRUST_SOURCED = 0
LTN_TRUST_UNVERIFIED = 1
LTN_TRUST_SUSPICIOUS = 2
LTN_TRUST_ERRATUM = 3
LTN_TRUST_DERIVED = 4

# ltn_sampling
LTN_SAMPLING_RANDOM = 0
LTN_SAMPLING_LATIN_HYPERCUBE = 1
LTN_SAMPLING_SOBOL = 2

# ltn_ipcc_edition
LTN_IPCC_2006 = 0
LTN_IPCC_2000 = 1

# ltn_sensitivity_by
LTN_SENSITIVITY_BY_KIND = 0
LTN_SENSITIVITY_BY_MEASURE = 1
LTN_SENSITIVITY_BY_REGION = 2
LTN_SENSITIVITY_BY_SECTOR = 3
LTN_SENSITIVITY_BY_INPUT = 4

ENUMERATIONS = {
    "ltn_status": ("LTN_OK", "LTN_ENOMEM", "LTN_EARGUMENT", "LTN_EIO", "LTN_EINPUT", "LTN_EUNIT", "LTN_ENOTFOUND",
        "LTN_EBASELINE", "LTN_EUNSUPPORTED", "LTN_EREFUSED", "LTN_ECANCELLED", "LTN_ELIMIT", "LTN_ESOLVER"),
    "ltn_language": ("LTN_ENGLISH", "LTN_CHINESE"),
    "ltn_severity": ("LTN_WARNING", "LTN_ERROR"),
    "ltn_column_type": ("LTN_NUMBER", "LTN_TEXT"),
    "ltn_ff10_kind": ("LTN_FF10_POINT", "LTN_FF10_NONPOINT", "LTN_FF10_NONROAD", "LTN_FF10_ONROAD"),
    "ltn_by": ("LTN_BY_YEAR", "LTN_BY_MEASURE", "LTN_BY_TASK", "LTN_BY_BUREAU", "LTN_BY_CLASS", "LTN_BY_REGION",
        "LTN_BY_SECTOR", "LTN_BY_SOURCE", "LTN_BY_OWNER", "LTN_BY_FUEL", "LTN_BY_POLLUTANT"),
    "ltn_attribution_method": ("LTN_ATTRIBUTION_IN_ORDER", "LTN_ATTRIBUTION_SHAPLEY", "LTN_ATTRIBUTION_LMDI"),
    "ltn_boiler_use": ("LTN_BOILER_POWER", "LTN_BOILER_HEAT", "LTN_BOILER_INDUSTRY"),
    "ltn_furnace": ("LTN_FURNACE_PULVERISED", "LTN_FURNACE_FLUIDISED_BED", "LTN_FURNACE_CHAIN_GRATE",
        "LTN_FURNACE_HAND_FIRED"),
    "ltn_trust": ("LTN_TRUST_SOURCED", "LTN_TRUST_UNVERIFIED", "LTN_TRUST_SUSPICIOUS", "LTN_TRUST_ERRATUM",
        "LTN_TRUST_DERIVED"),
    "ltn_sampling": ("LTN_SAMPLING_RANDOM", "LTN_SAMPLING_LATIN_HYPERCUBE", "LTN_SAMPLING_SOBOL"),
    "ltn_ipcc_edition": ("LTN_IPCC_2006", "LTN_IPCC_2000"),
    "ltn_sensitivity_by": ("LTN_SENSITIVITY_BY_KIND", "LTN_SENSITIVITY_BY_MEASURE", "LTN_SENSITIVITY_BY_REGION",
        "LTN_SENSITIVITY_BY_SECTOR", "LTN_SENSITIVITY_BY_INPUT"),
}


class ltn_diagnostics(Structure):
    """Opaque."""


class ltn_table(Structure):
    """Opaque."""


class ltn_tree(Structure):
    """Opaque."""


class ltn_inventory(Structure):
    """Opaque."""


class ltn_inventory_builder(Structure):
    """Opaque."""


class ltn_scenario(Structure):
    """Opaque."""


class ltn_selector(Structure):
    """Opaque."""


class ltn_projection(Structure):
    """Opaque."""


class ltn_crosswalk(Structure):
    """Opaque."""


class ltn_factor_table(Structure):
    """Opaque."""


class ltn_devices(Structure):
    """Opaque."""


class ltn_targets(Structure):
    """Opaque."""


class ltn_offset_book(Structure):
    """Opaque."""


class ltn_offset_bank(Structure):
    """Opaque."""


class ltn_ensemble(Structure):
    """Opaque."""


class ltn_error(Structure):
    """Plain data."""


class ltn_diagnostic(Structure):
    """Plain data."""


class ltn_read_options(Structure):
    """Plain data."""


class ltn_inventory_options(Structure):
    """Plain data."""


class ltn_grouping(Structure):
    """Plain data."""


class ltn_packet_options(Structure):
    """Plain data."""


class ltn_projection_options(Structure):
    """Plain data."""


class ltn_game(Structure):
    """Plain data."""


class ltn_shapley_options(Structure):
    """Plain data."""


class ltn_shapley_summary(Structure):
    """Plain data."""


class ltn_attribution_options(Structure):
    """Plain data."""


class ltn_attribution_summary(Structure):
    """Plain data."""


class ltn_factor(Structure):
    """Plain data."""


class ltn_factor_query(Structure):
    """Plain data."""


class ltn_device(Structure):
    """Plain data."""


class ltn_offset_options(Structure):
    """Plain data."""


class ltn_ensemble_options(Structure):
    """Plain data."""


class ltn_ipcc_row(Structure):
    """Plain data."""


class ltn_ipcc_totals(Structure):
    """Plain data."""


class ltn_ipcc_options(Structure):
    """Plain data."""


class ltn_moments(Structure):
    """Plain data."""


class ltn_sensitivity_options(Structure):
    """Plain data."""


class ltn_output_options(Structure):
    """Plain data."""


class ltn_ensemble_read_options(Structure):
    """Plain data."""


class ltn_store_write_options(Structure):
    """Plain data."""


class ltn_store_read_options(Structure):
    """Plain data."""


ltn_error._fields_ = [
    ("code", c_int),
    ("line", c_int),
    ("column", c_int),
    ("source", c_char * 256),
    ("message", c_char * 512),
]

ltn_progress = CFUNCTYPE(c_int, c_void_p, c_double)

ltn_diagnostic._fields_ = [
    ("severity", c_int),
    ("line", c_int),
    ("column", c_int),
    ("source", c_char_p),
    ("message", c_char_p),
]

ltn_read_options._fields_ = [
    ("struct_size", c_size_t),
    ("diagnostics", POINTER(ltn_diagnostics)),
    ("encoding", c_char_p),
]

ltn_inventory_options._fields_ = [
    ("struct_size", c_size_t),
    ("diagnostics", POINTER(ltn_diagnostics)),
    ("regions", POINTER(ltn_tree)),
    ("sectors", POINTER(ltn_tree)),
    ("encoding", c_char_p),
    ("threads", c_int),
    ("no_defaults", c_int),
    ("factors", POINTER(ltn_factor_table)),
    ("devices", POINTER(ltn_devices)),
    ("keep_pollutants", POINTER(c_char_p)),
    ("keep_pollutant_count", c_size_t),
]

ltn_grouping._fields_ = [
    ("struct_size", c_size_t),
    ("by", c_uint),
    ("region_depth", c_int),
    ("sector_depth", c_int),
    ("attribute", c_char_p),
    ("scope", c_char_p),
]

ltn_packet_options._fields_ = [
    ("struct_size", c_size_t),
    ("base_year", c_int),
    ("year", c_int),
    ("scc_before_sic", c_int),
    ("full_scc_only", c_int),
    ("replace_always", c_int),
]

ltn_projection_options._fields_ = [
    ("struct_size", c_size_t),
    ("first_year", c_int),
    ("last_year", c_int),
    ("threads", c_int),
    ("strict", c_int),
    ("no_defaults", c_int),
    ("progress", ltn_progress),
    ("progress_data", c_void_p),
]

ltn_coalition_values = CFUNCTYPE(c_int, c_void_p, POINTER(c_uint64), c_size_t, POINTER(c_double))

ltn_game._fields_ = [
    ("players", c_size_t),
    ("outputs", c_size_t),
    ("values", ltn_coalition_values),
    ("context", c_void_p),
]

ltn_shapley_options._fields_ = [
    ("struct_size", c_size_t),
    ("budget", c_uint64),
    ("seed", c_uint64),
    ("block", c_size_t),
    ("progress", ltn_progress),
    ("progress_data", c_void_p),
]

ltn_shapley_summary._fields_ = [
    ("exact", c_int),
    ("coalitions", c_uint64),
    ("orders", c_uint64),
]

ltn_attribution_options._fields_ = [
    ("struct_size", c_size_t),
    ("method", c_int),
    ("year", c_int),
    ("grouping", POINTER(ltn_grouping)),
    ("budget", c_uint64),
    ("seed", c_uint64),
    ("threads", c_int),
    ("progress", ltn_progress),
    ("progress_data", c_void_p),
]

ltn_attribution_summary._fields_ = [
    ("exact", c_int),
    ("games", c_size_t),
    ("sampled", c_size_t),
    ("most_players", c_size_t),
    ("coalitions", c_uint64),
]

ltn_factor._fields_ = [
    ("sector_class", c_char_p),
    ("fuel", c_char_p),
    ("technology", c_char_p),
    ("size_low", c_char_p),
    ("size_high", c_char_p),
    ("pollutant", c_char_p),
    ("value", c_double),
    ("unit", c_char_p),
    ("per_sulphur_pct", c_int),
    ("removal_free", c_int),
    ("alternative", c_int),
    ("trust", c_int),
    ("source", c_char_p),
    ("table", c_char_p),
    ("year", c_int),
    ("note", c_char_p),
    ("line", c_int),
]

ltn_factor_query._fields_ = [
    ("struct_size", c_size_t),
    ("sector_class", c_char_p),
    ("pollutant", c_char_p),
    ("fuel", c_char_p),
    ("technology", c_char_p),
    ("size", c_double),
    ("size_unit", c_char_p),
    ("sulphur", c_double),
    ("source", c_char_p),
    ("accept_suspicious", c_int),
]

ltn_device._fields_ = [
    ("device", c_char_p),
    ("parts", c_char_p),
    ("name", c_char_p),
    ("name_zh", c_char_p),
    ("pollutant", c_char_p),
    ("efficiency", c_double),
    ("trust", c_int),
    ("source", c_char_p),
    ("table", c_char_p),
    ("year", c_int),
    ("note", c_char_p),
    ("line", c_int),
]

ltn_offset_options._fields_ = [
    ("struct_size", c_size_t),
    ("targets", POINTER(ltn_targets)),
    ("bank", POINTER(ltn_offset_bank)),
]

ltn_ensemble_options._fields_ = [
    ("struct_size", c_size_t),
    ("draws", c_size_t),
    ("first_draw", c_size_t),
    ("draw_count", c_size_t),
    ("seed", c_uint64),
    ("threads", c_int),
    ("sampling", c_int),
    ("designed", c_size_t),
    ("grouping", POINTER(ltn_grouping)),
    ("targets", POINTER(ltn_targets)),
    ("book", POINTER(ltn_offset_book)),
    ("standard_error", c_double),
    ("memory", c_size_t),
    ("progress", ltn_progress),
    ("progress_data", c_void_p),
]

ltn_ipcc_row._fields_ = [
    ("category", c_char_p),
    ("pollutant", c_char_p),
    ("base_t", c_double),
    ("year_t", c_double),
    ("activity_pct", c_double),
    ("factor_pct", c_double),
    ("factor_correlated", c_int),
    ("activity_correlated", c_int),
]

ltn_ipcc_totals._fields_ = [
    ("base_t", c_double),
    ("year_t", c_double),
    ("level_pct", c_double),
    ("trend_pct", c_double),
    ("trend_uncertainty_pct", c_double),
]

ltn_ipcc_options._fields_ = [
    ("struct_size", c_size_t),
    ("edition", c_int),
    ("diagnostics", POINTER(ltn_diagnostics)),
]

ltn_moments._fields_ = [
    ("mean", c_double),
    ("variance", c_double),
    ("sd", c_double),
    ("cv", c_double),
]

ltn_sensitivity_options._fields_ = [
    ("struct_size", c_size_t),
    ("draws", c_size_t),
    ("seed", c_uint64),
    ("threads", c_int),
    ("by", c_int),
    ("depth", c_int),
    ("inputs", c_size_t),
    ("grouping", POINTER(ltn_grouping)),
    ("confidence", c_double),
    ("resamples", c_size_t),
    ("memory", c_size_t),
    ("progress", ltn_progress),
    ("progress_data", c_void_p),
]

ltn_output_options._fields_ = [
    ("struct_size", c_size_t),
    ("language", c_int),
    ("command", c_char_p),
    ("inputs", POINTER(c_char_p)),
    ("input_count", c_size_t),
    ("time", c_int64),
    ("dense_cells", c_size_t),
    ("inventory_years", POINTER(c_int)),
    ("inventory_year_count", c_size_t),
    ("ensemble", POINTER(ltn_ensemble)),
    ("attribution", POINTER(ltn_table)),
    ("attributed", POINTER(ltn_attribution_options)),
    ("sensitivity", POINTER(ltn_table)),
]

ltn_ensemble_read_options._fields_ = [
    ("struct_size", c_size_t),
    ("threads", c_int),
    ("memory_limit", c_uint64),
]

ltn_store_write_options._fields_ = [
    ("struct_size", c_size_t),
    ("level", c_int),
    ("threads", c_int),
]

ltn_store_read_options._fields_ = [
    ("struct_size", c_size_t),
    ("diagnostics", POINTER(ltn_diagnostics)),
    ("regions", POINTER(ltn_tree)),
    ("sectors", POINTER(ltn_tree)),
    ("pollutants", POINTER(c_char_p)),
    ("pollutant_count", c_size_t),
    ("within", POINTER(c_char_p)),
    ("within_count", c_size_t),
    ("threads", c_int),
    ("memory_limit", c_uint64),
]

STRUCTURES = (
    ltn_error,
    ltn_diagnostic,
    ltn_read_options,
    ltn_inventory_options,
    ltn_grouping,
    ltn_packet_options,
    ltn_projection_options,
    ltn_game,
    ltn_shapley_options,
    ltn_shapley_summary,
    ltn_attribution_options,
    ltn_attribution_summary,
    ltn_factor,
    ltn_factor_query,
    ltn_device,
    ltn_offset_options,
    ltn_ensemble_options,
    ltn_ipcc_row,
    ltn_ipcc_totals,
    ltn_ipcc_options,
    ltn_moments,
    ltn_sensitivity_options,
    ltn_output_options,
    ltn_ensemble_read_options,
    ltn_store_write_options,
    ltn_store_read_options,
)

FUNCTIONS = {
    "ltn_last_error": (POINTER(ltn_error), ()),
    "ltn_status_text": (c_char_p, (c_int,)),
    "ltn_version": (c_char_p, ()),
    "ltn_diagnostics_create": (c_int, (POINTER(POINTER(ltn_diagnostics)),)),
    "ltn_diagnostics_free": (None, (POINTER(ltn_diagnostics),)),
    "ltn_diagnostics_count": (c_size_t, (POINTER(ltn_diagnostics),)),
    "ltn_diagnostics_errors": (c_size_t, (POINTER(ltn_diagnostics),)),
    "ltn_diagnostics_warnings": (c_size_t, (POINTER(ltn_diagnostics),)),
    "ltn_diagnostics_get": (POINTER(ltn_diagnostic), (POINTER(ltn_diagnostics), c_size_t)),
    "ltn_read_options_init": (None, (POINTER(ltn_read_options),)),
    "ltn_table_free": (None, (POINTER(ltn_table),)),
    "ltn_table_rows": (c_size_t, (POINTER(ltn_table),)),
    "ltn_table_columns": (c_size_t, (POINTER(ltn_table),)),
    "ltn_table_name": (c_char_p, (POINTER(ltn_table), c_size_t)),
    "ltn_table_type": (c_int, (POINTER(ltn_table), c_size_t)),
    "ltn_table_find": (c_int, (POINTER(ltn_table), c_char_p)),
    "ltn_table_numbers": (POINTER(c_double), (POINTER(ltn_table), c_size_t)),
    "ltn_table_codes": (POINTER(c_int32), (POINTER(ltn_table), c_size_t)),
    "ltn_table_words": (c_size_t, (POINTER(ltn_table), c_size_t)),
    "ltn_table_word": (c_char_p, (POINTER(ltn_table), c_size_t, c_int32)),
    "ltn_table_number": (c_double, (POINTER(ltn_table), c_size_t, c_size_t)),
    "ltn_table_text": (c_char_p, (POINTER(ltn_table), c_size_t, c_size_t)),
    "ltn_table_read_csv": (c_int, (c_char_p, POINTER(ltn_read_options), POINTER(POINTER(ltn_table)))),
    "ltn_table_place": (c_int, (POINTER(ltn_table), c_size_t, c_size_t, POINTER(c_int), POINTER(c_int))),
    "ltn_table_write_csv": (c_int, (POINTER(ltn_table), c_char_p)),
    "ltn_regions_read_csv": (c_int, (c_char_p, POINTER(ltn_read_options), POINTER(POINTER(ltn_tree)))),
    "ltn_sectors_read_csv": (c_int, (c_char_p, POINTER(ltn_read_options), POINTER(POINTER(ltn_tree)))),
    "ltn_tree_create": (c_int, (POINTER(POINTER(ltn_tree)),)),
    "ltn_tree_add": (c_int, (POINTER(ltn_tree), c_char_p, c_char_p, c_char_p, c_char_p)),
    "ltn_tree_free": (None, (POINTER(ltn_tree),)),
    "ltn_tree_count": (c_size_t, (POINTER(ltn_tree),)),
    "ltn_tree_find": (c_int32, (POINTER(ltn_tree), c_char_p)),
    "ltn_tree_code": (c_char_p, (POINTER(ltn_tree), c_int32)),
    "ltn_tree_name": (c_char_p, (POINTER(ltn_tree), c_int32, c_int)),
    "ltn_tree_parent": (c_int32, (POINTER(ltn_tree), c_int32)),
    "ltn_tree_depth": (c_int, (POINTER(ltn_tree), c_int32)),
    "ltn_tree_ancestor": (c_int32, (POINTER(ltn_tree), c_int32, c_int)),
    "ltn_tree_contains": (c_int, (POINTER(ltn_tree), c_int32, c_int32)),
    "ltn_tree_table": (POINTER(ltn_table), (POINTER(ltn_tree),)),
    "ltn_inventory_options_init": (None, (POINTER(ltn_inventory_options),)),
    "ltn_inventory_read_csv": (c_int, (c_char_p, POINTER(ltn_inventory_options), POINTER(POINTER(ltn_inventory)))),
    "ltn_inventory_write_csv": (c_int, (POINTER(ltn_inventory), c_char_p)),
    "ltn_inventory_read": (c_int, (c_char_p, POINTER(ltn_inventory_options), POINTER(POINTER(ltn_inventory)))),
    "ltn_inventory_write_ff10": (c_int, (POINTER(ltn_inventory), c_int, c_char_p, POINTER(ltn_diagnostics))),
    "ltn_inventory_builder_create": (c_int, (POINTER(ltn_inventory_options), POINTER(POINTER(ltn_inventory_builder)))),
    "ltn_inventory_builder_free": (None, (POINTER(ltn_inventory_builder),)),
    "ltn_inventory_builder_metadata": (c_int, (POINTER(ltn_inventory_builder), c_char_p, c_char_p)),
    "ltn_inventory_builder_row": (c_int, (POINTER(ltn_inventory_builder),)),
    "ltn_inventory_builder_text": (c_int, (POINTER(ltn_inventory_builder), c_char_p, c_char_p)),
    "ltn_inventory_builder_number": (c_int, (POINTER(ltn_inventory_builder), c_char_p, c_double)),
    "ltn_inventory_builder_finish": (c_int, (POINTER(ltn_inventory_builder), POINTER(POINTER(ltn_inventory)))),
    "ltn_inventory_free": (None, (POINTER(ltn_inventory),)),
    "ltn_inventory_sources": (POINTER(ltn_table), (POINTER(ltn_inventory),)),
    "ltn_inventory_emissions": (POINTER(ltn_table), (POINTER(ltn_inventory),)),
    "ltn_inventory_first": (POINTER(c_int32), (POINTER(ltn_inventory),)),
    "ltn_inventory_find": (c_int32, (POINTER(ltn_inventory), c_char_p)),
    "ltn_inventory_regions": (POINTER(ltn_tree), (POINTER(ltn_inventory),)),
    "ltn_inventory_sectors": (POINTER(ltn_tree), (POINTER(ltn_inventory),)),
    "ltn_inventory_base_year": (c_int, (POINTER(ltn_inventory),)),
    "ltn_inventory_baseline": (c_char_p, (POINTER(ltn_inventory),)),
    "ltn_inventory_metadata": (c_char_p, (POINTER(ltn_inventory), c_char_p)),
    "ltn_inventory_reconstructed": (c_int, (POINTER(ltn_inventory),)),
    "ltn_inventory_removal_assumed": (c_size_t, (POINTER(ltn_inventory),)),
    "ltn_inventory_factor_defaulted": (c_size_t, (POINTER(ltn_inventory),)),
    "ltn_inventory_removal_defaulted": (c_size_t, (POINTER(ltn_inventory),)),
    "ltn_grouping_init": (None, (POINTER(ltn_grouping), c_uint)),
    "ltn_inventory_summarise": (c_int, (POINTER(ltn_inventory), POINTER(ltn_grouping), POINTER(POINTER(ltn_table)))),
    "ltn_inventory_compare": (c_int, (POINTER(ltn_inventory), POINTER(ltn_inventory), POINTER(ltn_grouping),
        POINTER(POINTER(ltn_table)))),
    "ltn_inventory_filter": (c_int, (POINTER(ltn_inventory), POINTER(c_uint8), POINTER(POINTER(ltn_inventory)))),
    "ltn_inventory_concatenate": (c_int, (POINTER(POINTER(ltn_inventory)), c_size_t, POINTER(POINTER(ltn_inventory)))),
    "ltn_scenario_read_yaml": (c_int, (c_char_p, POINTER(POINTER(ltn_scenario)))),
    "ltn_scenario_read": (c_int, (c_char_p, POINTER(ltn_read_options), POINTER(POINTER(ltn_scenario)))),
    "ltn_scenario_parse": (c_int, (c_char_p, c_size_t, c_char_p, POINTER(ltn_read_options),
        POINTER(POINTER(ltn_scenario)))),
    "ltn_packet_options_init": (None, (POINTER(ltn_packet_options),)),
    "ltn_scenario_read_packets": (c_int, (c_char_p, POINTER(ltn_packet_options), POINTER(ltn_read_options),
        POINTER(POINTER(ltn_scenario)))),
    "ltn_scenario_free": (None, (POINTER(ltn_scenario),)),
    "ltn_scenario_name": (c_char_p, (POINTER(ltn_scenario), c_int)),
    "ltn_scenario_document": (c_char_p, (POINTER(ltn_scenario), c_int)),
    "ltn_scenario_files": (c_size_t, (POINTER(ltn_scenario),)),
    "ltn_scenario_file": (c_char_p, (POINTER(ltn_scenario), c_size_t)),
    "ltn_scenario_base_year": (c_int, (POINTER(ltn_scenario),)),
    "ltn_scenario_last_year": (c_int, (POINTER(ltn_scenario),)),
    "ltn_scenario_measures": (c_size_t, (POINTER(ltn_scenario),)),
    "ltn_scenario_measure_id": (c_char_p, (POINTER(ltn_scenario), c_size_t)),
    "ltn_scenario_measure_name": (c_char_p, (POINTER(ltn_scenario), c_size_t, c_int)),
    "ltn_scenario_measure_task": (c_int, (POINTER(ltn_scenario), c_size_t)),
    "ltn_scenario_measure_class": (c_char_p, (POINTER(ltn_scenario), c_size_t)),
    "ltn_scenario_scope": (POINTER(ltn_selector), (POINTER(ltn_scenario), c_char_p)),
    "ltn_selector_parse": (c_int, (c_char_p, POINTER(POINTER(ltn_selector)))),
    "ltn_selector_free": (None, (POINTER(ltn_selector),)),
    "ltn_selector_match": (c_int, (POINTER(ltn_selector), POINTER(ltn_inventory), POINTER(c_uint8))),
    "ltn_scenario_keys": (c_int, (POINTER(POINTER(ltn_table)),)),
    "ltn_projection_options_init": (None, (POINTER(ltn_projection_options),)),
    "ltn_projection_run": (c_int, (POINTER(ltn_inventory), POINTER(ltn_scenario), POINTER(ltn_projection_options),
        POINTER(POINTER(ltn_projection)))),
    "ltn_projection_free": (None, (POINTER(ltn_projection),)),
    "ltn_projection_base": (POINTER(ltn_inventory), (POINTER(ltn_projection),)),
    "ltn_projection_scenario": (POINTER(ltn_scenario), (POINTER(ltn_projection),)),
    "ltn_projection_derived": (POINTER(ltn_inventory), (POINTER(ltn_projection),)),
    "ltn_projection_years": (POINTER(c_int), (POINTER(ltn_projection), POINTER(c_size_t))),
    "ltn_projection_emissions": (POINTER(c_double), (POINTER(ltn_projection), c_int)),
    "ltn_projection_summarise": (c_int, (POINTER(ltn_projection), c_uint, POINTER(POINTER(ltn_table)))),
    "ltn_projection_summarise_at": (c_int, (POINTER(ltn_projection), POINTER(ltn_grouping),
        POINTER(POINTER(ltn_table)))),
    "ltn_projection_ledger": (c_int, (POINTER(ltn_projection), POINTER(ltn_grouping), POINTER(POINTER(ltn_table)))),
    "ltn_projection_notes": (c_int, (POINTER(ltn_projection), c_int, POINTER(POINTER(ltn_table)))),
    "ltn_projection_explain": (c_int, (POINTER(ltn_projection), c_char_p, POINTER(POINTER(ltn_table)))),
    "ltn_projection_inventory": (c_int, (POINTER(ltn_projection), c_int, POINTER(POINTER(ltn_inventory)))),
    "ltn_projection_accounts": (c_int, (POINTER(ltn_projection), c_char_p, c_int, POINTER(POINTER(ltn_table)))),
    "ltn_game_in_order": (c_int, (POINTER(ltn_game), POINTER(c_int32), POINTER(c_double))),
    "ltn_shapley_options_init": (None, (POINTER(ltn_shapley_options),)),
    "ltn_game_shapley": (c_int, (POINTER(ltn_game), POINTER(ltn_shapley_options), POINTER(c_double), POINTER(c_double),
        POINTER(ltn_shapley_summary))),
    "ltn_logarithmic_mean": (c_double, (c_double, c_double)),
    "ltn_lmdi": (c_int, (c_size_t, c_size_t, POINTER(c_double), POINTER(c_double), POINTER(c_double),
        POINTER(c_double))),
    "ltn_attribution_options_init": (None, (POINTER(ltn_attribution_options),)),
    "ltn_projection_attribute": (c_int, (POINTER(ltn_projection), POINTER(ltn_attribution_options),
        POINTER(POINTER(ltn_table)), POINTER(ltn_attribution_summary))),
    "ltn_crosswalk_read_csv": (c_int, (c_char_p, POINTER(ltn_read_options), POINTER(POINTER(ltn_crosswalk)))),
    "ltn_crosswalk_free": (None, (POINTER(ltn_crosswalk),)),
    "ltn_inventory_recode": (c_int, (POINTER(ltn_inventory), POINTER(ltn_crosswalk), c_int, POINTER(ltn_tree),
        POINTER(ltn_read_options), POINTER(POINTER(ltn_inventory)))),
    "ltn_sulphur_factor_g_kg": (c_int, (c_double, c_double, POINTER(c_double))),
    "ltn_sulphur_factor_g_kg_array": (c_int, (c_size_t, POINTER(c_double), POINTER(c_double), POINTER(c_double))),
    "ltn_sulphur_so2_t": (c_int, (c_double, c_double, c_double, c_double, POINTER(c_double))),
    "ltn_sulphur_so2_t_array": (c_int, (c_size_t, POINTER(c_double), POINTER(c_double), POINTER(c_double),
        POINTER(c_double), POINTER(c_double))),
    "ltn_limit_by_mass_t": (c_int, (c_double, c_double, c_double, POINTER(c_double))),
    "ltn_limit_by_mass_t_array": (c_int, (c_size_t, POINTER(c_double), POINTER(c_double), POINTER(c_double),
        POINTER(c_double))),
    "ltn_limit_by_volume_t": (c_int, (c_double, c_double, c_double, POINTER(c_double))),
    "ltn_limit_by_volume_t_array": (c_int, (c_size_t, POINTER(c_double), POINTER(c_double), POINTER(c_double),
        POINTER(c_double))),
    "ltn_limit_at_oxygen_mg_m3": (c_int, (c_double, c_double, c_double, c_double, POINTER(c_double))),
    "ltn_limit_at_oxygen_mg_m3_array": (c_int, (c_size_t, POINTER(c_double), POINTER(c_double), POINTER(c_double),
        POINTER(c_double), POINTER(c_double))),
    "ltn_stack_t": (c_int, (c_double, c_double, c_double, POINTER(c_double))),
    "ltn_stack_t_array": (c_int, (c_size_t, POINTER(c_double), POINTER(c_double), POINTER(c_double),
        POINTER(c_double))),
    "ltn_stack_sum_t": (c_int, (c_size_t, POINTER(c_double), POINTER(c_double), POINTER(c_double), POINTER(c_double))),
    "ltn_boiler_coal_nox_g_kg": (c_int, (c_int, c_int, c_double, POINTER(c_double))),
    "ltn_boiler_coal_nox_g_kg_array": (c_int, (c_size_t, POINTER(c_int32), POINTER(c_int32), POINTER(c_double),
        POINTER(c_double))),
    "ltn_boiler_fuel": (c_int, (c_double, c_double, c_double, POINTER(c_double))),
    "ltn_boiler_fuel_array": (c_int, (c_size_t, POINTER(c_double), POINTER(c_double), POINTER(c_double),
        POINTER(c_double))),
    "ltn_activity_by_mass_t": (c_int, (c_double, c_double, c_double, POINTER(c_double))),
    "ltn_activity_by_mass_t_array": (c_int, (c_size_t, POINTER(c_double), POINTER(c_double), POINTER(c_double),
        POINTER(c_double))),
    "ltn_activity_by_unit_t": (c_int, (c_double, c_double, c_double, POINTER(c_double))),
    "ltn_activity_by_unit_t_array": (c_int, (c_size_t, POINTER(c_double), POINTER(c_double), POINTER(c_double),
        POINTER(c_double))),
    "ltn_solvent_t": (c_int, (c_double, c_double, c_double, c_double, c_double, c_double, POINTER(c_double))),
    "ltn_solvent_t_array": (c_int, (c_size_t, POINTER(c_double), POINTER(c_double), POINTER(c_double),
        POINTER(c_double), POINTER(c_double), POINTER(c_double), POINTER(c_double))),
    "ltn_solvent_sum_t": (c_int, (c_size_t, POINTER(c_double), POINTER(c_double), POINTER(c_double), POINTER(c_double),
        POINTER(c_double), POINTER(c_double), POINTER(c_double))),
    "ltn_road_exhaust_t": (c_int, (c_double, c_double, c_double, POINTER(c_double))),
    "ltn_road_exhaust_t_array": (c_int, (c_size_t, POINTER(c_double), POINTER(c_double), POINTER(c_double),
        POINTER(c_double))),
    "ltn_road_exhaust_sum_t": (c_int, (c_size_t, POINTER(c_double), POINTER(c_double), POINTER(c_double),
        POINTER(c_double))),
    "ltn_road_evaporation_t": (c_int, (c_double, c_double, c_double, POINTER(c_double))),
    "ltn_road_evaporation_t_array": (c_int, (c_size_t, POINTER(c_double), POINTER(c_double), POINTER(c_double),
        POINTER(c_double))),
    "ltn_year_share": (c_int, (c_int, c_int, c_int, c_int, POINTER(c_double))),
    "ltn_year_share_array": (c_int, (c_size_t, POINTER(c_int32), c_int, c_int, c_int, POINTER(c_double))),
    "ltn_ship_so2_t": (c_int, (c_double, c_double, c_double, c_double, c_double, c_double, POINTER(c_double))),
    "ltn_ship_so2_t_array": (c_int, (c_size_t, POINTER(c_double), POINTER(c_double), POINTER(c_double),
        POINTER(c_double), POINTER(c_double), POINTER(c_double), POINTER(c_double))),
    "ltn_storage_t": (c_int, (c_double, c_double, c_double, POINTER(c_double))),
    "ltn_storage_t_array": (c_int, (c_size_t, POINTER(c_double), POINTER(c_double), POINTER(c_double),
        POINTER(c_double))),
    "ltn_leak_t": (c_int, (c_double, c_double, c_double, POINTER(c_double))),
    "ltn_leak_t_array": (c_int, (c_size_t, POINTER(c_double), POINTER(c_double), POINTER(c_double), POINTER(c_double))),
    "ltn_leak_sum_t": (c_int, (c_size_t, POINTER(c_double), POINTER(c_double), POINTER(c_double), POINTER(c_double))),
    "ltn_device_removal": (c_int, (c_double, c_double, c_double, POINTER(c_double))),
    "ltn_device_removal_array": (c_int, (c_size_t, POINTER(c_double), POINTER(c_double), POINTER(c_double),
        POINTER(c_double))),
    "ltn_device_series": (c_int, (c_size_t, POINTER(c_double), POINTER(c_double))),
    "ltn_factor_query_init": (None, (POINTER(ltn_factor_query),)),
    "ltn_factor_table_read_csv": (c_int, (c_char_p, POINTER(ltn_read_options), POINTER(POINTER(ltn_factor_table)))),
    "ltn_factor_table_free": (None, (POINTER(ltn_factor_table),)),
    "ltn_factor_table_count": (c_size_t, (POINTER(ltn_factor_table),)),
    "ltn_factor_table_get": (c_int, (POINTER(ltn_factor_table), c_size_t, POINTER(ltn_factor))),
    "ltn_factor_table_find": (c_int, (POINTER(ltn_factor_table), POINTER(ltn_factor_query), POINTER(ltn_factor))),
    "ltn_devices_read_csv": (c_int, (c_char_p, POINTER(ltn_read_options), POINTER(POINTER(ltn_devices)))),
    "ltn_devices_free": (None, (POINTER(ltn_devices),)),
    "ltn_devices_count": (c_size_t, (POINTER(ltn_devices),)),
    "ltn_devices_get": (c_int, (POINTER(ltn_devices), c_size_t, POINTER(ltn_device))),
    "ltn_device_find": (c_int, (POINTER(ltn_devices), c_char_p, c_char_p, POINTER(ltn_device))),
    "ltn_capture_find": (c_int, (POINTER(ltn_devices), c_char_p, c_char_p, POINTER(ltn_device))),
    "ltn_devices_combine": (c_int, (POINTER(ltn_devices), c_size_t, POINTER(c_char_p), c_char_p, POINTER(c_double))),
    "ltn_targets_read_csv": (c_int, (c_char_p, POINTER(ltn_read_options), POINTER(POINTER(ltn_targets)))),
    "ltn_targets_free": (None, (POINTER(ltn_targets),)),
    "ltn_targets_count": (c_size_t, (POINTER(ltn_targets),)),
    "ltn_targets_check": (c_int, (POINTER(ltn_targets), POINTER(ltn_projection), POINTER(POINTER(ltn_table)))),
    "ltn_offset_bank_read_csv": (c_int, (c_char_p, POINTER(ltn_read_options), POINTER(POINTER(ltn_offset_bank)))),
    "ltn_offset_bank_free": (None, (POINTER(ltn_offset_bank),)),
    "ltn_offset_options_init": (None, (POINTER(ltn_offset_options),)),
    "ltn_scenario_offsets": (c_size_t, (POINTER(ltn_scenario),)),
    "ltn_offset_book_create": (c_int, (POINTER(ltn_projection), POINTER(ltn_offset_options),
        POINTER(POINTER(ltn_offset_book)))),
    "ltn_offset_book_free": (None, (POINTER(ltn_offset_book),)),
    "ltn_offset_book_projection": (POINTER(ltn_projection), (POINTER(ltn_offset_book),)),
    "ltn_offset_book_projects": (c_int, (POINTER(ltn_offset_book), POINTER(POINTER(ltn_table)))),
    "ltn_offset_book_claims": (c_int, (POINTER(ltn_offset_book), POINTER(POINTER(ltn_table)))),
    "ltn_offset_book_credits": (c_int, (POINTER(ltn_offset_book), POINTER(POINTER(ltn_table)))),
    "ltn_offset_book_refusals": (c_int, (POINTER(ltn_offset_book), c_char_p, c_int, POINTER(POINTER(ltn_table)))),
    "ltn_offset_book_bank": (c_int, (POINTER(ltn_offset_book), POINTER(POINTER(ltn_table)))),
    "ltn_offset_book_notes": (c_int, (POINTER(ltn_offset_book), c_int, POINTER(POINTER(ltn_table)))),
    "ltn_offset_book_annex": (c_int, (POINTER(ltn_offset_book), c_char_p, c_int, POINTER(c_void_p))),
    "ltn_text_free": (None, (c_void_p,)),
    "ltn_offset_book_accounts": (c_int, (POINTER(ltn_offset_book), c_char_p, c_int, POINTER(POINTER(ltn_table)))),
    "ltn_offset_book_targets": (c_int, (POINTER(ltn_offset_book), POINTER(ltn_targets), POINTER(POINTER(ltn_table)))),
    "ltn_ensemble_options_init": (None, (POINTER(ltn_ensemble_options),)),
    "ltn_projection_inputs": (c_size_t, (POINTER(ltn_projection),)),
    "ltn_ensemble_run": (c_int, (POINTER(ltn_projection), POINTER(ltn_ensemble_options),
        POINTER(POINTER(ltn_ensemble)))),
    "ltn_ensemble_free": (None, (POINTER(ltn_ensemble),)),
    "ltn_ensemble_draw_count": (c_size_t, (POINTER(ltn_ensemble),)),
    "ltn_ensemble_merge": (c_int, (POINTER(POINTER(ltn_ensemble)), c_size_t, POINTER(POINTER(ltn_ensemble)))),
    "ltn_ensemble_summary": (c_int, (POINTER(ltn_ensemble), POINTER(c_double), c_size_t, POINTER(POINTER(ltn_table)))),
    "ltn_ensemble_draws": (POINTER(c_double), (POINTER(ltn_ensemble), c_size_t)),
    "ltn_ensemble_targets": (c_int, (POINTER(ltn_ensemble), POINTER(POINTER(ltn_table)))),
    "ltn_ensemble_projects": (c_int, (POINTER(ltn_ensemble), POINTER(POINTER(ltn_table)))),
    "ltn_ensemble_regroup": (c_int, (POINTER(ltn_ensemble), POINTER(c_char_p), c_size_t,
        POINTER(POINTER(ltn_ensemble)))),
    "ltn_ensemble_difference": (c_int, (POINTER(ltn_ensemble), POINTER(ltn_ensemble), POINTER(c_double), c_size_t,
        POINTER(POINTER(ltn_table)))),
    "ltn_ensemble_exact": (c_int, (POINTER(ltn_projection), POINTER(ltn_grouping), POINTER(POINTER(ltn_table)))),
    "ltn_ipcc_options_init": (None, (POINTER(ltn_ipcc_options),)),
    "ltn_ipcc_approach1": (c_int, (POINTER(ltn_ipcc_row), c_size_t, POINTER(ltn_ipcc_options), POINTER(ltn_ipcc_totals),
        POINTER(POINTER(ltn_table)))),
    "ltn_ipcc_product_pct": (c_int, (c_size_t, POINTER(c_double), POINTER(c_double))),
    "ltn_ipcc_sum_pct": (c_int, (c_size_t, POINTER(c_double), POINTER(c_double), POINTER(c_double))),
    "ltn_total_moments": (c_int, (c_size_t, POINTER(c_double), POINTER(c_size_t), POINTER(c_int64), POINTER(c_double),
        POINTER(ltn_moments))),
    "ltn_sensitivity_options_init": (None, (POINTER(ltn_sensitivity_options),)),
    "ltn_sensitivity_run": (c_int, (POINTER(ltn_projection), POINTER(ltn_sensitivity_options),
        POINTER(POINTER(ltn_table)))),
    "ltn_output_options_init": (None, (POINTER(ltn_output_options),)),
    "ltn_projection_write": (c_int, (POINTER(ltn_projection), POINTER(ltn_targets), POINTER(ltn_output_options),
        c_char_p)),
    "ltn_offset_book_write": (c_int, (POINTER(ltn_offset_book), POINTER(ltn_targets), POINTER(ltn_output_options),
        c_char_p)),
    "ltn_projection_write_netcdf": (c_int, (POINTER(ltn_projection), POINTER(ltn_targets), POINTER(ltn_output_options),
        c_char_p)),
    "ltn_offset_book_write_netcdf": (c_int, (POINTER(ltn_offset_book), POINTER(ltn_targets),
        POINTER(ltn_output_options), c_char_p)),
    "ltn_projection_write_inventory": (c_int, (POINTER(ltn_projection), c_int, c_char_p)),
    "ltn_ensemble_write_hdf5": (c_int, (POINTER(ltn_ensemble), POINTER(ltn_output_options), c_char_p)),
    "ltn_ensemble_read_options_init": (None, (POINTER(ltn_ensemble_read_options),)),
    "ltn_ensemble_read_hdf5": (c_int, (c_char_p, POINTER(ltn_ensemble_read_options), POINTER(POINTER(ltn_ensemble)))),
    "ltn_store_write_options_init": (None, (POINTER(ltn_store_write_options),)),
    "ltn_store_read_options_init": (None, (POINTER(ltn_store_read_options),)),
    "ltn_is_hdf5": (c_int, (c_char_p, c_size_t)),
    "ltn_inventory_write_hdf5": (c_int, (POINTER(ltn_inventory), c_char_p, POINTER(ltn_store_write_options))),
    "ltn_inventory_read_hdf5": (c_int, (c_char_p, POINTER(ltn_store_read_options), POINTER(POINTER(ltn_inventory)))),
    "ltn_store_summarise": (c_int, (c_char_p, POINTER(ltn_store_read_options), POINTER(ltn_grouping),
        POINTER(POINTER(ltn_table)))),
    "ltn_unit_convert": (c_int, (c_double, c_char_p, c_char_p, POINTER(c_double))),
}


def declare(library):
    """Sets restype and argtypes of every function of a loaded library, and returns it."""
    for name, (result, parameters) in FUNCTIONS.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, parameters
    return library
