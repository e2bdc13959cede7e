# SPDX-License-Identifier: GPL-3.0-or-later
"""Emission inventories: sources, and what each emits of each pollutant in the base year."""

import ctypes
import numbers
import os
from typing import Iterable, Mapping, Optional, Union

import numpy as np

from . import bindings
from .grouping import By, grouping, one_of, words_of
from .library import (C, QUICK, Complaints, Owner, call, check, held, make, options, path_bytes, text_bytes, text_of,
                      texts_array)
from .tables import Table, made_table, view
from .trees import Crosswalk, Devices, FactorTable, Regions, Sectors, tree_pointer


class Inventory(Owner):
    """An inventory. It does not change once it is made, and threads may share it.

        base = Inventory.read("baseline-2015.csv", regions="regions.csv")
        base.summary(by=["region", "pollutant"])
        run = base.project(Scenario.read("plan.yaml"))
    """

    #: warnings of the reader
    diagnostics = ()

    @classmethod
    def read(cls, path, *, regions=None, sectors=None, encoding: Optional[str] = None, threads: int = 0,
             no_defaults: bool = False, factors=None, devices=None,
             pollutants: Optional[Iterable[str]] = None) -> "Inventory":
        """Reads an inventory in whatever form it is: CSV, FF10, either of them under gzip, or an HDF5 store.

        @param regions, sectors a tree, or the path of its table; None: every code met is accepted
        @param encoding "gb18030" of a file that is not UTF-8
        @param threads 0: as many as the machine has; results do not depend on it
        @param no_defaults an assumed removal, or a value from a table, is an error
        @param factors a FactorTable or its path, which fills blank factors; "installed": the library's own
        @param devices likewise, of rows that name a device; None: the installed one
        @param pollutants rows of others are passed over
        Raises InputError (every bad row in .diagnostics), FileError, LimitError, UnsupportedError.
        """
        found = Complaints()
        chosen, kept = _inventory_options(found, regions, sectors, encoding, threads, no_defaults)
        kept += _use_tables(chosen, factors, devices)
        if pollutants is not None:
            chosen.keep_pollutants, chosen.keep_pollutant_count = texts_array(pollutants)
        made = cls(make("inventory", "inventory_read", path_bytes(path), ctypes.byref(chosen), found=found))
        made.diagnostics = found.all()
        return made

    @classmethod
    def from_rows(cls, rows: Iterable[Mapping], *, regions=None, sectors=None, base_year: Optional[int] = None,
                  baseline: Optional[str] = None, metadata: Optional[Mapping[str, str]] = None,
                  no_defaults: bool = False) -> "Inventory":
        """From dictionaries, one a source and pollutant, with the columns of the CSV form; None and NaN are absent.

        A column is one of numbers or of texts. Codes are texts: "330302", not 330302.
        Raises InputError, whose diagnostics name a bad row by its number, and ArgumentError (numbers where texts
        belong).
        """
        found = Complaints()
        chosen, _kept = _inventory_options(found, regions, sectors, None, 0, no_defaults)
        builder = make("inventory_builder", "inventory_builder_create", ctypes.byref(chosen))
        _set_metadata(builder, base_year, baseline, metadata)
        names = {}
        for row in rows:
            _add_row(builder, row, names)
        made = cls(make("inventory", "inventory_builder_finish", builder, found=found))
        made.diagnostics = found.all()
        return made

    @classmethod
    def from_pandas(cls, frame, **options) -> "Inventory":
        """from_rows() of a DataFrame, a row a source and pollutant."""
        names = [str(name) for name in frame.columns]
        return cls.from_rows((dict(zip(names, row)) for row in frame.itertuples(index=False, name=None)), **options)

    @classmethod
    def concatenate(cls, parts: Iterable["Inventory"]) -> "Inventory":
        """Puts inventories one after another; metadata is the first one's. Raises BaselineError, InputError."""
        handles = [part._pointer for part in parts]
        array = (ctypes.POINTER(bindings.ltn_inventory) * len(handles))(*handles)
        return cls(make("inventory", "inventory_concatenate", array, len(handles)))

    # ---- what it holds ----

    def _table(self, pointer) -> Table:
        return Table(held(pointer, keeps=(self._pointer,)))

    @property
    def sources(self) -> Table:
        """The sources, a row each; views."""
        return self._table(C.ltn_inventory_sources(self._pointer))

    @property
    def emissions(self) -> Table:
        """What they emit [t/yr], a row a source and pollutant, those of a source together; views."""
        return self._table(C.ltn_inventory_emissions(self._pointer))

    @property
    def first(self) -> np.ndarray:
        """Where each source's rows start in the emissions, and at the end their number; a view."""
        return view(C.ltn_inventory_first(self._pointer), len(self) + 1, self._pointer)

    def __len__(self) -> int:
        """Number of sources."""
        return C.ltn_table_rows(C.ltn_inventory_sources(self._pointer))

    def find(self, source: str) -> int:
        """Row of a source; raises KeyError where it is not there."""
        row = C.ltn_inventory_find(self._pointer, text_bytes(source))
        if row < 0:
            raise KeyError(source)
        return row

    @property
    def regions(self) -> Regions:
        """The tree of its regions."""
        return Regions(held(C.ltn_inventory_regions(self._pointer), keeps=(self._pointer,)))

    @property
    def sectors(self) -> Sectors:
        """The tree of its sectors."""
        return Sectors(held(C.ltn_inventory_sectors(self._pointer), keeps=(self._pointer,)))

    @property
    def base_year(self) -> Optional[int]:
        """The base year; None where the inventory does not say."""
        return C.ltn_inventory_base_year(self._pointer) or None

    @property
    def baseline(self) -> str:
        """Label of the statistical basis; empty where the inventory does not say."""
        return text_of(C.ltn_inventory_baseline(self._pointer))

    @property
    def reconstructed(self) -> bool:
        """Whether it says of itself that its figures are reconstructed, not official."""
        return bool(C.ltn_inventory_reconstructed(self._pointer))

    def metadata(self, key: str) -> Optional[str]:
        """A value of the head, such as "title"; None where it is not there."""
        return text_of(C.ltn_inventory_metadata(self._pointer, text_bytes(key)))

    @property
    def removal_assumed(self) -> int:
        """Number of rows reckoned without removal, because theirs is unknown."""
        return C.ltn_inventory_removal_assumed(self._pointer)

    @property
    def factor_defaulted(self) -> int:
        """Number of rows whose factor is a table's."""
        return C.ltn_inventory_factor_defaulted(self._pointer)

    @property
    def removal_defaulted(self) -> int:
        """Number of rows whose removal is a table's."""
        return C.ltn_inventory_removal_defaulted(self._pointer)

    # ---- what comes of it ----

    def summary(self, by: By = ("region", "pollutant"), *, region_depth: int = -1, sector_depth: int = -1,
                attribute: Optional[str] = None, form: Optional[str] = None):
        """Sums by group: the columns of `by`, then `emission_t` [t/yr].

        @param by of "region", "sector", "source", "owner", "fuel", "pollutant", and one more column of the sources
        @param region_depth, sector_depth 0 roots, 1 below them, ...; -1 each source's own
        @param form "frame", "array", "xarray" or "table"; None: a DataFrame where pandas is present, else an array
        """
        by = grouping(by, region_depth=region_depth, sector_depth=sector_depth, attribute=attribute)
        return made_table("inventory_summarise", self._pointer, ctypes.byref(by), form=form)

    def compare(self, after: "Inventory", by: By = ("region", "pollutant"), *, region_depth: int = -1,
                sector_depth: int = -1, attribute: Optional[str] = None, form: Optional[str] = None):
        """Another inventory against this: `before_t, after_t, difference_t` [t/yr] by group. Raises BaselineError where
        the statistical bases differ."""
        by = grouping(by, region_depth=region_depth, sector_depth=sector_depth, attribute=attribute)
        return made_table("inventory_compare", self._pointer, after._pointer, ctypes.byref(by), form=form)

    def filter(self, keep: Union[str, np.ndarray]) -> "Inventory":
        """The rows that are kept, and their sources.

        @param keep a selector such as "{sector: combustion.boiler}", or a mask over the rows of the emissions
        """
        mask = self.select(keep) if isinstance(keep, str) else np.ascontiguousarray(keep, bool)
        rows = C.ltn_table_rows(C.ltn_inventory_emissions(self._pointer))
        if mask.shape != (rows,):
            raise ValueError(f"a mask of {rows} rows was expected, not one of shape {mask.shape}")
        bytes_ = mask.ctypes.data_as(ctypes.POINTER(ctypes.c_uint8))
        return type(self)(make("inventory", "inventory_filter", self._pointer, bytes_))

    def select(self, selector: str) -> np.ndarray:
        """The rows of the emissions that a selector takes, as a mask. Raises InputError, UnitError."""
        taken = np.zeros(C.ltn_table_rows(C.ltn_inventory_emissions(self._pointer)), bool)
        parsed = make("selector", "selector_parse", text_bytes(selector))
        call("selector_match", parsed, self._pointer, taken.ctypes.data_as(ctypes.POINTER(ctypes.c_uint8)))
        return taken

    def recode(self, crosswalk: Union[Crosswalk, str], year: Optional[int] = None, *, regions=None) -> "Inventory":
        """The inventory in the geography of a year (None: its base year). Totals are conserved."""
        found = Complaints()
        crosswalk = crosswalk if isinstance(crosswalk, Crosswalk) else Crosswalk.read(crosswalk)
        tree = tree_pointer(Regions, regions)
        chosen = options("read", diagnostics=found.pointer)
        return type(self)(make("inventory", "inventory_recode", self._pointer, crosswalk._pointer,
                               self.base_year or 0 if year is None else year, tree, ctypes.byref(chosen), found=found))

    def project(self, scenario, *, years: Optional[Iterable[int]] = None, threads: int = 0, strict: bool = False,
                no_defaults: bool = False, progress=None):
        """Projects the inventory under a scenario; a Projection.

        @param scenario a Scenario, or its path
        @param years that follow one another, such as range(2015, 2021); None: the scenario's
        @param strict a measure that would have to skip a row is an error
        @param progress True: a bar of tqdm where it is installed; or a function of the share done
        Raises InputError, BaselineError, ArgumentError (years), UnitError, UnsupportedError, RefusedError.
        """
        from .projection import Projection
        return Projection.run(self, scenario, years=years, threads=threads, strict=strict, no_defaults=no_defaults,
                              progress=progress)

    def ensemble(self, scenario, *, years: Optional[Iterable[int]] = None, strict: bool = False,
                 no_defaults: bool = False, **ensemble_options):
        """Projects the inventory and draws what is uncertain; an Ensemble. Options as of Projection.ensemble()."""
        run = self.project(scenario, years=years, strict=strict, no_defaults=no_defaults,
                           threads=ensemble_options.get("threads", 0))
        return run.ensemble(**ensemble_options)

    def write(self, path, *, ff10: Optional[str] = None, compression: int = 1, threads: int = 0) -> tuple:
        """Writes the inventory: as FF10 where `ff10` says which ("point", "nonpoint", "nonroad", "onroad"), as an HDF5
        store where the name ends in .h5 or .hdf5, else as CSV. The file appears whole or not at all.

        @return what FF10 has no field for, as diagnostics
        """
        found = Complaints()
        if ff10 is not None:
            kind = one_of(words_of("LTN_FF10_", "ltn_ff10_kind"), ff10, "a kind of FF10")
            call("inventory_write_ff10", self._pointer, kind, path_bytes(path), found.pointer, found=found)
        elif os.fspath(path).endswith((".h5", ".hdf5")):
            chosen = options("store_write", level=compression, threads=threads)
            call("inventory_write_hdf5", self._pointer, path_bytes(path), ctypes.byref(chosen))
        else:
            call("inventory_write_csv", self._pointer, path_bytes(path))
        return found.all()

    def __repr__(self) -> str:
        what = "closed" if self.closed else f"{len(self)} sources, base year {self.base_year}"
        return f"<lantian.Inventory: {what}>"


def _inventory_options(found, regions, sectors, encoding, threads, no_defaults):
    """The options, and what must be kept while they are used: a structure of ctypes' holds no pointer that is in it."""
    regions, sectors = tree_pointer(Regions, regions, encoding), tree_pointer(Sectors, sectors, encoding)
    chosen = options("inventory", diagnostics=found.pointer, regions=regions, sectors=sectors,
                     encoding=text_bytes(encoding), threads=threads, no_defaults=no_defaults)
    return chosen, [regions, sectors]


def _use_tables(chosen, factors, devices):
    kept = []
    for field, kind, given in (("factors", FactorTable, factors), ("devices", Devices, devices)):
        if given is not None:
            table = given if isinstance(given, kind) else kind.read(None if given == "installed" else given)
            kept.append(table._pointer)
            setattr(chosen, field, kept[-1])
    return kept


def _set_metadata(builder, base_year, baseline, metadata):
    values = dict(metadata or {})
    if base_year is not None:
        values["base_year"] = str(base_year)
    if baseline is not None:
        values["baseline"] = baseline
    for key, value in values.items():
        call("inventory_builder_metadata", builder, text_bytes(key), text_bytes(value))


def _add_row(builder, row, names):
    """A row of from_rows(). @param names of columns as the library takes them, filled on the way"""
    check(QUICK.ltn_inventory_builder_row(builder))
    for column, value in row.items():
        name = names.get(column)
        if name is None:
            name = names[column] = text_bytes(column)
        if isinstance(value, str):
            check(QUICK.ltn_inventory_builder_text(builder, name, text_bytes(value)))
        elif isinstance(value, float) or _is_number(value):
            if value == value:
                check(QUICK.ltn_inventory_builder_number(builder, name, value))
        elif value is not None and not _is_absent(value):
            raise TypeError(f"column {column}: a text, a number or None was expected, not {value!r}")


def _is_number(value) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def _is_absent(value) -> bool:
    """pandas.NA and NaT are not equal to themselves, or not to be compared at all."""
    return type(value).__name__ in ("NAType", "NaTType")
