# SPDX-License-Identifier: GPL-3.0-or-later
"""Regions and sectors: codes in a tree, with names in two languages."""

import ctypes
from typing import Iterable, Mapping, Optional, Union

from .grouping import language
from .library import C, Complaints, Owner, call, held, make, options, path_bytes, text_bytes, text_of
from .tables import Table


class Tree(Owner):
    """Codes in a tree. What takes a node takes its code."""

    _reader = ""

    @classmethod
    def read(cls, path, *, encoding: Optional[str] = None):
        """Reads a CSV table: of regions `region, parent, kind, name, name_zh`, of sectors `sector, name, name_zh`, and
        any other columns. Raises InputError, with every bad row in its .diagnostics, and FileError."""
        found = Complaints()
        chosen = options("read", diagnostics=found.pointer, encoding=text_bytes(encoding))
        return cls(make("tree", cls._reader, path_bytes(path), ctypes.byref(chosen), found=found))

    @classmethod
    def from_rows(cls, rows: Iterable[Mapping]):
        """From dictionaries with `code` and, if any, `parent`, `name`, `name_zh`; a parent before its children."""
        handle = make("tree", "tree_create")
        for row in rows:
            call("tree_add", handle, *(text_bytes(row.get(k)) for k in ("code", "parent", "name", "name_zh")))
        return cls(handle)

    def __len__(self) -> int:
        return C.ltn_tree_count(self._pointer)

    def __iter__(self):
        return iter([self._code(node) for node in range(len(self))])

    def __contains__(self, code) -> bool:
        return C.ltn_tree_find(self._pointer, text_bytes(code)) >= 0

    def _node(self, code: str) -> int:
        node = C.ltn_tree_find(self._pointer, text_bytes(code))
        if node < 0:
            raise KeyError(code)
        return node

    def _code(self, node: int) -> Optional[str]:
        return text_of(C.ltn_tree_code(self._pointer, node))

    def name(self, code: str, lang: str = "en") -> str:
        """Its name in a language ("en", "zh"); the other language's or the code where it has none."""
        return text_of(C.ltn_tree_name(self._pointer, self._node(code), language(lang)))

    def parent(self, code: str) -> Optional[str]:
        """The code above; None of a root."""
        return self._code(C.ltn_tree_parent(self._pointer, self._node(code)))

    def depth(self, code: str) -> int:
        """How many codes are above: 0 of a root."""
        return C.ltn_tree_depth(self._pointer, self._node(code))

    def contains(self, above: str, code: str) -> bool:
        """Whether a code is another or lies inside it."""
        return bool(C.ltn_tree_contains(self._pointer, self._node(above), self._node(code)))

    @property
    def table(self) -> Table:
        """All columns, a row a node."""
        return Table(held(C.ltn_tree_table(self._pointer), keeps=(self._pointer,)))

    def __repr__(self) -> str:
        return f"<lantian.{type(self).__name__}{', closed' if self.closed else f' of {len(self)}'}>"


class Regions(Tree):
    """Regions: a city, its counties, their zones."""

    _reader = "regions_read_csv"


class Sectors(Tree):
    """Sectors: `solvent.coating` is above `solvent.coating.wood`."""

    _reader = "sectors_read_csv"


def tree_pointer(kind, given: Union[Tree, str, None], encoding=None):
    """A tree, or the path of its table, as the library takes it."""
    if given is None:
        return None
    return (given if isinstance(given, Tree) else kind.read(given, encoding=encoding))._pointer


class _FromTable(Owner):
    """A table of factors or of devices."""

    _kind = ""

    @classmethod
    def read(cls, path=None, *, encoding: Optional[str] = None):
        """Reads a CSV table; None: the one that is installed with the library."""
        found = Complaints()
        chosen = options("read", diagnostics=found.pointer, encoding=text_bytes(encoding))
        return cls(make(cls._kind, f"{cls._kind}_read_csv", None if path is None else path_bytes(path),
                        ctypes.byref(chosen), found=found))


class FactorTable(_FromTable):
    """Emission factors, which fill the blank factors of an inventory's rows."""

    _kind = "factor_table"

    def __len__(self) -> int:
        return C.ltn_factor_table_count(self._pointer)


class Devices(_FromTable):
    """What devices remove, for rows that name one in place of a removal."""

    _kind = "devices"

    def __len__(self) -> int:
        return C.ltn_devices_count(self._pointer)


class Crosswalk(Owner):
    """Regions change: which code became which."""

    @classmethod
    def read(cls, path, *, encoding: Optional[str] = None) -> "Crosswalk":
        """Reads a CSV table `old, new, share, from`."""
        found = Complaints()
        chosen = options("read", diagnostics=found.pointer, encoding=text_bytes(encoding))
        return cls(make("crosswalk", "crosswalk_read_csv", path_bytes(path), ctypes.byref(chosen), found=found))


def convert(value: float, unit: str, to: str) -> float:
    """A value in another unit of its dimension: convert(1, "万吨", "t") is 10000. Raises UnitError."""
    out = ctypes.c_double()
    call("unit_convert", value, text_bytes(unit), text_bytes(to), ctypes.byref(out))
    return out.value
