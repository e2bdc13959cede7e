# SPDX-License-Identifier: GPL-3.0-or-later
"""Ensembles: a projection as random variables, every sum of emissions a distribution."""

import ctypes
from typing import Iterable, Optional, Sequence

import numpy as np

from . import bindings
from .grouping import By, by_words, grouping, one_of, words_of
from .library import C, Owner, call, make, options, path_bytes, texts_array
from .outputs import output_options
from .progress import Progress
from .tables import Table, check_form, made_table, view
from .targets import targets_pointer


class Ensemble(Owner):
    """The draws of a run. The run itself is not needed any more."""

    @classmethod
    def run(cls, run, *, draws: int = 1000, seed: int = 1, by: By = ("year", "region", "pollutant"),
            region_depth: int = -1, sector_depth: int = -1, attribute: Optional[str] = None,
            scope: Optional[str] = None, sampling: str = "random", designed: Optional[int] = None, targets=None,
            book=None, first_draw: int = 0, draw_count: Optional[int] = None, standard_error: float = 0.0,
            memory: Optional[int] = None, threads: int = 0, progress=None) -> "Ensemble":
        """Draws a projection.

        @param by which sums, as of Projection.summary()
        @param sampling "random", "latin_hypercube" or "sobol", of the inputs that carry most of the variance
        @param designed how many inputs are sampled so
        @param targets Targets or their path, whose probabilities are asked for
        @param book an OffsetBook of this run, whose projects' cover is revalued
        @param first_draw, draw_count a part of the run, to be merged with others
        @param standard_error stop when every mean's, relative to the mean, is below it; 0: never
        @param memory bytes that the draws may be kept in
        @param progress True: a bar of tqdm where it is installed; or a function of the share done
        Raises ArgumentError, NotFoundError, InputError, LimitError.
        """
        sums = grouping(by, region_depth=region_depth, sector_depth=sector_depth, attribute=attribute, scope=scope)
        targets, book = targets_pointer(targets), book and book._pointer
        how = one_of(words_of("LTN_SAMPLING_", "ltn_sampling"), sampling, "a sampling")
        with Progress(progress) as reporting:
            chosen = options("ensemble", draws=draws, seed=seed, grouping=ctypes.pointer(sums), sampling=how,
                             designed=designed, targets=targets, book=book, first_draw=first_draw,
                             draw_count=draw_count, standard_error=standard_error, memory=memory,
                             threads=threads, progress=reporting.callback)
            return cls(make("ensemble", "ensemble_run", run._pointer, ctypes.byref(chosen)))

    @classmethod
    def merge(cls, parts: Iterable["Ensemble"]) -> "Ensemble":
        """Parts of one run put together. Raises ArgumentError (parts of different runs, or a gap between them)."""
        handles = [part._pointer for part in parts]
        array = (ctypes.POINTER(bindings.ltn_ensemble) * len(handles))(*handles)
        return cls(make("ensemble", "ensemble_merge", array, len(handles)))

    @classmethod
    def read(cls, path, *, threads: int = 0, memory_limit: int = 0) -> "Ensemble":
        """Reads a store that write() wrote."""
        chosen = options("ensemble_read", threads=threads, memory_limit=memory_limit)
        return cls(make("ensemble", "ensemble_read_hdf5", path_bytes(path), ctypes.byref(chosen)))

    def write(self, path, *, inputs: Iterable[str] = ()) -> None:
        """Writes an HDF5 store; the file appears whole or not at all."""
        chosen = output_options("en", None, (), inputs)
        call("ensemble_write_hdf5", self._pointer, ctypes.byref(chosen), path_bytes(path))

    def __len__(self) -> int:
        """Draws that were made."""
        return C.ltn_ensemble_draw_count(self._pointer)

    def draws(self, row: int) -> Optional[np.ndarray]:
        """The draws of a row of quantiles() [t/yr], a view; None where they were not kept."""
        pointer = C.ltn_ensemble_draws(self._pointer, row)
        return view(pointer, len(self), self._pointer) if pointer else None

    def quantiles(self, probabilities: Sequence[float] = (0.025, 0.5, 0.975), *, by: Optional[By] = None,
                  form: Optional[str] = None):
        """The distributions, a row a sum: `emission_t` (every input at its mean), `mean_t, mean_error_t, sd_t,
        skewness` and a column `p<100 x probability>_t` for each probability [t/yr].

        @param by fewer columns than it was drawn by: sums are added up draw by draw. Without "year", of the last year.
        Raises NotFoundError (it was not drawn by such a column), ArgumentError (a probability outside [0, 1], or draws
        that were not kept).
        """
        check_form(form)
        if by is None:
            return self._summary(probabilities).result(form)
        wanted, own = by_words(by), self._columns()
        last_only = "year" in own and "year" not in wanted
        kept = wanted + ["year"] if last_only else wanted
        coarser = self if set(kept) == set(own) else self.regroup(kept)
        table = coarser._summary(probabilities)
        return (_of_last_year(table) if last_only else table).result(form)

    def _summary(self, probabilities) -> Table:
        array = (ctypes.c_double * len(probabilities))(*probabilities)
        return Table(make("table", "ensemble_summary", self._pointer, array, len(probabilities)))

    def _columns(self):
        """Names of the columns it was drawn by."""
        columns = self._summary(()).columns
        return columns[:columns.index("emission_t")]

    def regroup(self, by: By) -> "Ensemble":
        """A coarser ensemble: its sums are added up, draw by draw, over what is not named, years too."""
        names, count = texts_array(by_words(by))
        return type(self)(make("ensemble", "ensemble_regroup", self._pointer, names, count))

    def difference(self, other: "Ensemble", probabilities: Sequence[float] = (0.025, 0.5, 0.975), *,
                   form: Optional[str] = None):
        """Another ensemble less this one, draw by draw, with `p_less`, the share of draws in which the other is less.
        Raises ArgumentError (another seed, sampling, number of draws or grouping)."""
        array = (ctypes.c_double * len(probabilities))(*probabilities)
        return made_table("ensemble_difference", self._pointer, other._pointer, array, len(probabilities), form=form)

    def targets(self, *, form: Optional[str] = None):
        """Targets.check() with `p_met`, the share of draws in which each is met. Raises ArgumentError without any."""
        return made_table("ensemble_targets", self._pointer, form=form)

    def projects(self, *, form: Optional[str] = None):
        """How surely each project of the book is covered. Raises ArgumentError without a book."""
        return made_table("ensemble_projects", self._pointer, form=form)

    def __repr__(self) -> str:
        return f"<lantian.Ensemble{', closed' if self.closed else f' of {len(self)} draws'}>"


def _of_last_year(table: Table) -> Table:
    years = table["year"]
    return table.where(np.flatnonzero(years == years.max()) if len(years) else slice(0), without=("year",))
