# SPDX-License-Identifier: GPL-3.0-or-later
"""Lantian: air-pollutant emission inventories, projected under a plan's measures.

    import lantian as lt

    base = lt.Inventory.read("baseline-2015.csv")
    plan = lt.Scenario.read("blue-sky-2020.yaml")
    run = base.project(plan, years=range(2015, 2021))
    run.summary(by=["region", "pollutant", "year"])

Tables are DataFrames where pandas is present, else structured arrays; `form="table"` gives views without copies. What
the library says went wrong is a lantian.Error with its place. See docs/python.md.
"""

from .ensemble import Ensemble
from .errors import (ArgumentError, BaselineError, CancelledError, Diagnostic, Error, FileError, InputError, LimitError,
                     NotFoundError, OutOfMemoryError, RefusedError, SolverError, UnitError, UnsupportedError)
from .inventory import Inventory
from .ipcc import Worksheet, ipcc
from .library import C as _library
from .library import library_path
from .offsets import OffsetBank, OffsetBook
from .projection import Projection
from .scenario import Measure, Scenario, yaml_of
from .tables import Table
from .targets import Targets
from .trees import Crosswalk, Devices, FactorTable, Regions, Sectors, convert

__version__ = _library.ltn_version().decode()

__all__ = [
    "ArgumentError", "BaselineError", "CancelledError", "Crosswalk", "Devices", "Diagnostic",
    "Ensemble", "Error", "FactorTable", "FileError", "InputError", "Inventory", "LimitError", "Measure",
    "NotFoundError", "OffsetBank", "OffsetBook", "OutOfMemoryError", "Projection", "RefusedError",
    "Regions", "Scenario", "Sectors", "SolverError", "Table", "Targets", "UnitError",
    "UnsupportedError", "Worksheet", "convert", "ipcc", "library_path", "yaml_of",
]
