# SPDX-License-Identifier: GPL-3.0-or-later
"""Projections: what becomes of an inventory under a scenario, and who did how much."""

import ctypes
from typing import Iterable, Optional

import numpy as np

from .ensemble import Ensemble
from .grouping import By, first_and_last, grouping, language, one_of, words_of
from .inventory import Inventory
from .library import C, Owner, call, held, make, options, path_bytes, text_bytes
from .offsets import OffsetBank, OffsetBook
from .outputs import output_options
from .progress import Progress
from .scenario import Scenario
from .tables import Table, check_form, made_table, view
from .targets import Targets, targets_pointer


class Projection(Owner):
    """A run: base + ledger = projected, for every source, pollutant and year."""

    @classmethod
    def run(cls, base: Inventory, scenario, *, years: Optional[Iterable[int]] = None, threads: int = 0,
            strict: bool = False, no_defaults: bool = False, progress=None) -> "Projection":
        """As Inventory.project()."""
        scenario = scenario if isinstance(scenario, Scenario) else Scenario.read(scenario)
        first, last = first_and_last(years)
        with Progress(progress) as reporting:
            chosen = options("projection", first_year=first, last_year=last, threads=threads, strict=strict,
                             no_defaults=no_defaults, progress=reporting.callback)
            return cls(make("projection", "projection_run", base._pointer, scenario._pointer, ctypes.byref(chosen)))

    # ---- what it holds ----

    @property
    def base(self) -> Inventory:
        """The base inventory."""
        return Inventory(held(C.ltn_projection_base(self._pointer), keeps=(self._pointer,)))

    @property
    def scenario(self) -> Scenario:
        """The scenario."""
        return Scenario(held(C.ltn_projection_scenario(self._pointer), keeps=(self._pointer,)))

    @property
    def derived(self) -> Inventory:
        """The rows that measures made, as an inventory with base emission 0."""
        return Inventory(held(C.ltn_projection_derived(self._pointer), keeps=(self._pointer,)))

    @property
    def years(self) -> np.ndarray:
        """The projected years, the base year first; a view."""
        count = ctypes.c_size_t()
        years = C.ltn_projection_years(self._pointer, ctypes.byref(count))
        return view(years, count.value, self._pointer)

    def emissions(self, year: int) -> np.ndarray:
        """Emissions of a year [t/yr], a view: the base's rows, then the derived ones. Raises KeyError."""
        pointer = C.ltn_projection_emissions(self._pointer, year)
        if year not in self.years:
            raise KeyError(year)
        rows = sum(C.ltn_table_rows(C.ltn_inventory_emissions(part)) for part in
                   (C.ltn_projection_base(self._pointer), C.ltn_projection_derived(self._pointer)))
        return view(pointer, rows, self._pointer)

    # ---- tables ----

    def summary(self, by: By = ("year", "region", "pollutant"), *, region_depth: int = -1, sector_depth: int = -1,
                attribute: Optional[str] = None, scope: Optional[str] = None, form: Optional[str] = None):
        """Sums by group, `emission_t` [t/yr]; without "year" of the last year.

        @param scope of the scenario's scopes: what is not in it is left out
        @param form "frame", "array", "xarray" or "table"; None: a DataFrame where pandas is present, else an array
        Other parameters as of Inventory.summary().
        """
        by = grouping(by, region_depth=region_depth, sector_depth=sector_depth, attribute=attribute, scope=scope)
        return made_table("projection_summarise_at", self._pointer, ctypes.byref(by), form=form)

    def ledger(self, by: By = ("measure", "pollutant"), *, region_depth: int = -1, sector_depth: int = -1,
               attribute: Optional[str] = None, scope: Optional[str] = None, form: Optional[str] = None):
        """Changes by group, `delta_t` [t/yr]; without "year" of the last year.

        @param by also of "measure", "task", "bureau", "class"
        """
        by = grouping(by, region_depth=region_depth, sector_depth=sector_depth, attribute=attribute, scope=scope)
        return made_table("projection_ledger", self._pointer, ctypes.byref(by), form=form)

    def accounts(self, *, scope: Optional[str] = None, region_depth: int = -1, form: Optional[str] = None):
        """Base, changes by official class and projection of the last year, a row a region and pollutant [t/yr]."""
        return made_table("projection_accounts", self._pointer, text_bytes(scope), region_depth, form=form)

    def notes(self, lang: str = "en", *, form: Optional[str] = None):
        """What was assumed, skipped or left over."""
        return made_table("projection_notes", self._pointer, language(lang), form=form)

    def explain(self, source: str, *, form: Optional[str] = None):
        """One source through every year and measure. Raises NotFoundError."""
        return made_table("projection_explain", self._pointer, text_bytes(source), form=form)

    def inventory(self, year: int) -> Inventory:
        """The projected inventory of a year, which can be a base again. Raises NotFoundError."""
        return Inventory(make("inventory", "projection_inventory", self._pointer, year))

    def check(self, targets, *, form: Optional[str] = None):
        """Targets.check() of this run. @param targets Targets, or their path"""
        return (targets if isinstance(targets, Targets) else Targets.read(targets)).check(self, form=form)

    # ---- offsets, uncertainty, causes ----

    def offsets(self, *, targets=None, bank=None) -> OffsetBook:
        """Which reductions pay for each new source.

        @param targets Targets or their path: what `surplus: true` leaves to them, and `attains:` asks
        @param bank an OffsetBank or its path: credits and claims of earlier books
        """
        targets = targets_pointer(targets)
        if bank is not None:
            bank = (bank if isinstance(bank, OffsetBank) else OffsetBank.read(bank))._pointer
        chosen = options("offset", targets=targets, bank=bank)
        return OffsetBook(make("offset_book", "offset_book_create", self._pointer, ctypes.byref(chosen),
                               keeps=(self._pointer,)))

    @property
    def inputs(self) -> int:
        """Number of uncertain inputs."""
        return C.ltn_projection_inputs(self._pointer)

    def ensemble(self, **ensemble_options) -> Ensemble:
        """Draws what is uncertain: Ensemble.run() of this projection."""
        return Ensemble.run(self, **ensemble_options)

    def exact(self, by: By = ("year", "region", "pollutant"), *, region_depth: int = -1, sector_depth: int = -1,
              attribute: Optional[str] = None, scope: Optional[str] = None, form: Optional[str] = None):
        """Exact mean and spread of the sums, without a draw: `mean_t, sd_t, cv` and quantiles of a lognormal. Raises
        UnsupportedError, with the place of the measure, where a sum has no such form."""
        by = grouping(by, region_depth=region_depth, sector_depth=sector_depth, attribute=attribute, scope=scope)
        return made_table("ensemble_exact", self._pointer, ctypes.byref(by), form=form)

    def sensitivity(self, groups: str = "kind", *, draws: int = 1000, seed: int = 1, depth: int = 0, inputs: int = 10,
                    by: Optional[By] = None, region_depth: int = -1, sector_depth: int = -1,
                    attribute: Optional[str] = None, scope: Optional[str] = None, confidence: float = 0.95,
                    resamples: int = 100, threads: int = 0, memory: Optional[int] = None, progress=None,
                    form: Optional[str] = None):
        """Which uncertain inputs the sums owe their variance to: first-order and total indices of Sobol'.

        @param groups of inputs: "kind", "measure", "region", "sector" or "input"
        @param depth of regions or sectors as groups: 0 roots, -1 each source's own
        @param inputs how many by themselves, where `groups` is "input"
        @param by which sums; None: by root region and pollutant, of the last year
        @param resamples of the bootstrap behind the bounds; 0: no bounds
        """
        check_form(form)
        sums = None if by is None else grouping(by, region_depth=region_depth, sector_depth=sector_depth,
                                                attribute=attribute, scope=scope)
        kind = one_of(words_of("LTN_SENSITIVITY_BY_", "ltn_sensitivity_by"), groups, "a group of inputs")
        with Progress(progress) as reporting:
            chosen = options("sensitivity", draws=draws, seed=seed, by=kind, depth=depth, inputs=inputs,
                             grouping=ctypes.pointer(sums) if sums else None, confidence=confidence, threads=threads,
                             resamples=resamples, memory=memory, progress=reporting.callback)
            table = make("table", "sensitivity_run", self._pointer, ctypes.byref(chosen))
        return Table(table).result(form)

    def attribution(self, by: By = ("measure", "pollutant"), *, method: str = "shapley", year: Optional[int] = None,
                    region_depth: int = -1, sector_depth: int = -1, attribute: Optional[str] = None,
                    scope: Optional[str] = None, budget: Optional[int] = None, seed: int = 1, threads: int = 0,
                    progress=None, form: Optional[str] = None):
        """Which measure did how much of the change from the base to a year: `delta_t`, and `error_t` where orders were
        drawn [t/yr].

        @param by with one of "measure", "task", "bureau", "class", among which the change is divided
        @param method "shapley", "lmdi" or "in_order"
        @param year None: the last
        @param budget coalitions valued at most for each game
        """
        check_form(form)
        sums = grouping(by, region_depth=region_depth, sector_depth=sector_depth, attribute=attribute, scope=scope)
        how = one_of(words_of("LTN_ATTRIBUTION_", "ltn_attribution_method"), method, "a method")
        with Progress(progress) as reporting:
            chosen = options("attribution", method=how, year=year, grouping=ctypes.pointer(sums), budget=budget,
                             seed=seed, threads=threads, progress=reporting.callback)
            table = make("table", "projection_attribute", self._pointer, ctypes.byref(chosen), last=(None,))
        return Table(table).result(form)

    # ---- files ----

    def write(self, folder, *, targets=None, lang: str = "en", ensemble: Optional[Ensemble] = None,
              inventory_years: Iterable[int] = (), inputs: Iterable[str] = ()) -> None:
        """Writes the tables of lantian-plan --out, but for those of offsets (OffsetBook.write() has them too).

        @param inputs paths of the files it was made from, for the record in result.nc
        """
        targets = targets_pointer(targets)
        chosen = output_options(lang, ensemble, inventory_years, inputs)
        call("projection_write", self._pointer, targets, ctypes.byref(chosen), path_bytes(folder))

    def write_netcdf(self, path, *, targets=None, ensemble: Optional[Ensemble] = None,
                     inputs: Iterable[str] = ()) -> None:
        """Writes the results as one netCDF-4 file after the CF conventions."""
        targets = targets_pointer(targets)
        chosen = output_options("en", ensemble, (), inputs)
        call("projection_write_netcdf", self._pointer, targets, ctypes.byref(chosen), path_bytes(path))

    def __repr__(self) -> str:
        if self.closed:
            return "<lantian.Projection, closed>"
        return f"<lantian.Projection: {self.scenario.name()}, {self.years[0]} to {self.years[-1]}>"
