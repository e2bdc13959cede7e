# SPDX-License-Identifier: GPL-3.0-or-later
"""The offset book: which reductions of existing sources pay for each new tonne."""

import ctypes
from typing import Iterable, Optional

from .grouping import language
from .library import C, Complaints, Owner, call, held, make, options, path_bytes, text_bytes, text_of
from .outputs import output_options
from .tables import made_table
from .targets import targets_pointer


class OffsetBank(Owner):
    """Credits and claims of earlier books."""

    @classmethod
    def read(cls, path, *, encoding: Optional[str] = None) -> "OffsetBank":
        """Reads a CSV table, for example the `bank.csv` of an earlier run. Raises InputError, FileError."""
        found = Complaints()
        chosen = options("read", diagnostics=found.pointer, encoding=text_bytes(encoding))
        return cls(make("offset_bank", "offset_bank_read_csv", path_bytes(path), ctypes.byref(chosen), found=found))


class OffsetBook(Owner):
    """The book of a run. Its properties are DataFrames where pandas is present, else structured arrays; table() has
    them in other forms."""

    @property
    def projection(self):
        """The run the book is about: the one it was made from or, where projects were scaled or left out, its
        repetition."""
        from .projection import Projection
        return Projection(held(C.ltn_offset_book_projection(self._pointer), keeps=(self._pointer,)))

    def table(self, name: str, *, form: Optional[str] = "table"):
        """One of "projects", "claims", "credits", "bank"."""
        if name not in ("projects", "claims", "credits", "bank"):
            raise ValueError(f"a table is one of projects, claims, credits, bank, not {name!r}")
        return made_table(f"offset_book_{name}", self._pointer, form=form)

    @property
    def projects(self):
        """What each project owes and how much of it is covered, in the order in which they are served."""
        return self.table("projects", form=None)

    @property
    def claims(self):
        """Who pays for whom; an unmet remainder has the word "unmet" for its credit_measure."""
        return self.table("claims", form=None)

    @property
    def credits(self):
        """The credits, a row a source and measure: what they are worth, what is claimed, what is left."""
        return self.table("credits", form=None)

    @property
    def bank(self):
        """The closing balance, in the form that OffsetBank.read() reads."""
        return self.table("bank", form=None)

    def refusals(self, project: str, lang: str = "en", *, form: Optional[str] = None):
        """Why reductions were not accepted for a project. Raises NotFoundError."""
        return made_table("offset_book_refusals", self._pointer, text_bytes(project), language(lang), form=form)

    def notes(self, lang: str = "en", *, form: Optional[str] = None):
        """What the run and its book have to say."""
        return made_table("offset_book_notes", self._pointer, language(lang), form=form)

    def accounts(self, *, scope: Optional[str] = None, region_depth: int = -1, form: Optional[str] = None):
        """Projection.accounts() of the book's run, with what owes and what pays."""
        return made_table("offset_book_accounts", self._pointer, text_bytes(scope), region_depth, form=form)

    def check(self, targets, *, form: Optional[str] = None):
        """Targets.check() of the book's run; `cut_plan_pct` leaves out the projects that owe and what they claimed."""
        targets = targets_pointer(targets)
        return made_table("offset_book_targets", self._pointer, targets, form=form)

    def annex(self, project: str, lang: str = "en") -> str:
        """The annex to a project's permit. Raises NotFoundError."""
        out = ctypes.c_void_p()
        call("offset_book_annex", self._pointer, text_bytes(project), language(lang), ctypes.byref(out))
        try:
            return text_of(ctypes.string_at(out.value))
        finally:
            C.ltn_text_free(out)

    def write(self, folder, *, targets=None, lang: str = "en", ensemble=None, inventory_years: Iterable[int] = (),
              inputs: Iterable[str] = ()) -> None:
        """Writes the tables of lantian-plan --out. Parameters as of Projection.write()."""
        targets = targets_pointer(targets)
        chosen = output_options(lang, ensemble, inventory_years, inputs)
        call("offset_book_write", self._pointer, targets, ctypes.byref(chosen), path_bytes(folder))

    def __repr__(self) -> str:
        return f"<lantian.OffsetBook{', closed' if self.closed else ''}>"
