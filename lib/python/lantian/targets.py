# SPDX-License-Identifier: GPL-3.0-or-later
"""What a plan demands of each region, and whether a projection meets it."""

import ctypes
from typing import Optional

from .library import C, Complaints, Owner, make, options, path_bytes, text_bytes
from .tables import made_table


class Targets(Owner):
    """The targets of a plan."""

    @classmethod
    def read(cls, path, *, encoding: Optional[str] = None) -> "Targets":
        """Reads a CSV table: `region, pollutant, kind, value, unit, base_year, target_year, state, scope`. Raises
        InputError, FileError."""
        found = Complaints()
        chosen = options("read", diagnostics=found.pointer, encoding=text_bytes(encoding))
        return cls(make("targets", "targets_read_csv", path_bytes(path), ctypes.byref(chosen), found=found))

    def check(self, run, *, form: Optional[str] = None):
        """A projection held against the targets, a row a target; gap_t > 0 is lacking. `met` is "yes", "no", or absent
        of a target that is not judged. Raises InputError (a region, scope or year that the run does not have),
        UnitError."""
        return made_table("targets_check", self._pointer, run._pointer, form=form)

    def __len__(self) -> int:
        return C.ltn_targets_count(self._pointer)

    def __repr__(self) -> str:
        return f"<lantian.Targets{', closed' if self.closed else f': {len(self)}'}>"


def targets_pointer(given):
    """Targets, or the path of their table, as the library takes them; to be kept during the call."""
    if given is None:
        return None
    return (given if isinstance(given, Targets) else Targets.read(given))._pointer
