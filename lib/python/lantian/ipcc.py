# SPDX-License-Identifier: GPL-3.0-or-later
"""Propagation of errors: Approach 1 of the IPCC."""

import ctypes
from typing import Iterable, Mapping, NamedTuple, Optional

from . import bindings
from .grouping import one_of
from .library import Complaints, make, options, text_bytes
from .tables import Table

_EDITIONS = {2006: bindings.LTN_IPCC_2006, 2000: bindings.LTN_IPCC_2000}
_NUMBERS = ("base_t", "year_t", "activity_pct", "factor_pct")
_SWITCHES = ("factor_correlated", "activity_correlated")


class Worksheet(NamedTuple):
    """What ipcc() comes to."""

    table: object  #: the worksheet, a row a category
    base_t: float  #: sum of the base year [t/yr]
    year_t: float  #: sum of year t [t/yr]
    level_pct: float  #: uncertainty of year_t [%]
    trend_pct: float  #: the trend [%]
    trend_uncertainty_pct: float  #: of the trend [percentage points]


def ipcc(rows: Iterable[Mapping], *, edition: int = 2006, form: Optional[str] = None) -> Worksheet:
    """The worksheet of Approach 1.

    @param rows a DataFrame or dictionaries with `category, pollutant, base_t, year_t, activity_pct, factor_pct` and the
    switches `factor_correlated, activity_correlated`; uncertainties are half the 95 % range over the mean [%]
    @param edition 2006 or 2000, whose columns H and M
    Raises InputError (every bad row in .diagnostics).
    """
    if hasattr(rows, "to_dict"):
        rows = rows.to_dict("records")
    filled = [_row(row) for row in rows]
    found, totals = Complaints(), bindings.ltn_ipcc_totals()
    chosen = options("ipcc", edition=one_of(_EDITIONS, edition, "an edition"), diagnostics=found.pointer)
    array = (bindings.ltn_ipcc_row * len(filled))(*filled)
    table = make("table", "ipcc_approach1", array, len(filled), ctypes.byref(chosen), ctypes.byref(totals), found=found)
    sums = [getattr(totals, name) for name, _ in totals._fields_]
    return Worksheet(Table(table).result(form), *sums)


def _row(row):
    unknown = set(row) - {"category", "pollutant", *_NUMBERS, *_SWITCHES}
    if unknown:
        raise ValueError(f"no such column: {', '.join(sorted(unknown))}")
    return bindings.ltn_ipcc_row(
        category=text_bytes(row.get("category")), pollutant=text_bytes(row.get("pollutant")),
        **{name: float(row[name]) for name in _NUMBERS}, **{name: int(row.get(name, 0)) for name in _SWITCHES})
