# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables of the library as NumPy arrays, structured arrays, DataFrames and Datasets."""

import ctypes
from typing import Iterator, List, Optional, Sequence

import numpy as np

from . import bindings
from .library import C, QUICK, Complaints, call, make, options, path_bytes, text_bytes, text_of

FORMS = ("frame", "array", "table", "xarray")


class _Memory:
    """Memory of the library as NumPy takes it; the array keeps this alive, and this the owner."""

    def __init__(self, address, shape, typestr, owner):
        self.owner = owner
        self.__array_interface__ = {"data": (address, True), "shape": shape, "typestr": typestr, "version": 3}


def view(pointer, count: int, owner) -> np.ndarray:
    """A read-only array over memory of the library, without a copy.

    @param pointer a pointer of ctypes' to its numbers
    @param owner kept alive by the array
    """
    kind = np.dtype(pointer._type_)
    if not count or not pointer:
        return np.empty(0, kind)
    return np.asarray(_Memory(ctypes.addressof(pointer.contents), (count,), kind.str, owner))


class _Texts:
    """A text column: codes, and the words behind them."""

    def __init__(self, pointer, column: int, codes: np.ndarray):
        self.codes = codes
        self._pointer, self._column, self._words = pointer, column, None

    def words(self) -> np.ndarray:
        """The words, that of code i at i, as objects; read when they are first wanted."""
        if self._words is None:
            word, table, column = QUICK.ltn_table_word, self._pointer, self._column
            count = C.ltn_table_words(table, column)
            self._words = np.array([text_of(word(table, column, i)) for i in range(count)] + [None], object)[:-1]
        return self._words

    def decoded(self) -> np.ndarray:
        """The texts, None where one is absent."""
        # Code -1, an absent value, takes the None at the end.
        return np.append(self.words(), [None])[self.codes]

    def at(self, rows) -> "_Texts":
        """The column of some rows only."""
        return _Texts(self._pointer, self._column, self.codes[rows])


class Table(Sequence):
    """Named columns of equal length. A column of numbers is a view of the library's own memory, NaN where a value is
    absent; one of texts is decoded when it is asked for, None where one is absent.

        table["emission_t"]     the numbers, a read-only array of float
        table["region"]         the texts, an array of str objects
        table.codes("region")   their codes, a view; table.words("region") what they stand for
        table[3]                a row as a dictionary
    """

    def __init__(self, pointer):
        """From a table of the library, which is kept alive as long as a column of it is in use."""
        self._pointer, table = pointer, pointer
        self._rows = C.ltn_table_rows(table)
        self._columns = {}
        for i in range(C.ltn_table_columns(table)):
            self._columns[text_of(C.ltn_table_name(table, i))] = self._column_view(i)

    def _column_view(self, column):
        table = self._pointer
        if C.ltn_table_type(table, column) == bindings.LTN_NUMBER:
            return view(C.ltn_table_numbers(table, column), self._rows, self._pointer)
        return _Texts(self._pointer, column, view(C.ltn_table_codes(table, column), self._rows, self._pointer))

    @classmethod
    def read_csv(cls, path, *, encoding: Optional[str] = None) -> "Table":
        """Any CSV table, as text."""
        found = Complaints()
        chosen = options("read", diagnostics=found.pointer, encoding=text_bytes(encoding))
        return cls(make("table", "table_read_csv", path_bytes(path), ctypes.byref(chosen), found=found))

    @property
    def columns(self) -> List[str]:
        """Names of the columns."""
        return list(self._columns)

    def __len__(self) -> int:
        return self._rows

    def __contains__(self, name) -> bool:
        return name in self._columns

    def __iter__(self) -> Iterator[dict]:
        decoded = {name: self[name].tolist() for name in self._columns}
        return (dict(zip(decoded, row)) for row in zip(*decoded.values()))

    def __getitem__(self, key):
        if not isinstance(key, str):
            return {name: self._value(column, range(self._rows)[key]) for name, column in self._columns.items()}
        column = self._column(key)
        return column.decoded() if isinstance(column, _Texts) else column

    def _column(self, name):
        try:
            return self._columns[name]
        except KeyError:
            raise KeyError(f"no column {name!r}; there are {', '.join(self._columns)}") from None

    @staticmethod
    def _value(column, row):
        if not isinstance(column, _Texts):
            return float(column[row])
        code = int(column.codes[row])
        return None if code < 0 else column.words()[code]

    def _texts(self, name) -> _Texts:
        column = self._column(name)
        if not isinstance(column, _Texts):
            raise TypeError(f"the column {name!r} holds numbers")
        return column

    def codes(self, name: str) -> np.ndarray:
        """The codes of a text column, a view; -1 where a value is absent."""
        return self._texts(name).codes

    def words(self, name: str) -> List[str]:
        """The words of a text column, that of code i at i; not every one need be in use."""
        return self._texts(name).words().tolist()

    def is_text(self, name: str) -> bool:
        """Whether a column holds texts."""
        return isinstance(self._column(name), _Texts)

    def where(self, rows: np.ndarray, *, without: Sequence[str] = ()) -> "Table":
        """A copy of some rows (a mask or numbers), without some columns."""
        some = object.__new__(Table)
        some._pointer = self._pointer
        some._columns = {name: c.at(rows) if isinstance(c, _Texts) else c[rows]
                         for name, c in self._columns.items() if name not in without}
        some._rows = len(np.arange(self._rows)[rows])
        return some

    def to_numpy(self) -> np.ndarray:
        """A structured array: float of numbers, objects of texts."""
        kinds = [(name, object if self.is_text(name) else float) for name in self._columns]
        out = np.empty(self._rows, kinds)
        for name in self._columns:
            out[name] = self[name]
        return out

    def to_pandas(self, *, categorical: bool = False):
        """A DataFrame. Years are whole numbers. @param categorical texts as categories, without decoding them"""
        import pandas as pd
        frame = {}
        for name, column in self._columns.items():
            if categorical and isinstance(column, _Texts):
                frame[name] = pd.Categorical.from_codes(column.codes, column.words())
            else:
                frame[name] = _whole_years(name, self[name])
        return pd.DataFrame(frame, copy=False)

    def to_xarray(self, *, index: Optional[Sequence[str]] = None):
        """A Dataset: the columns of the index become dimensions, NaN stands where a combination has no row.

        @param index columns that tell rows apart; None: the texts, and the year
        """
        import xarray  # noqa: F401: pandas' own message would not name it first
        if index is None:
            index = [name for name in self._columns if name == "year" or self.is_text(name)]
        frame = self.to_pandas()
        if frame.duplicated(list(index)).any():
            raise ValueError(f"several rows have the same {', '.join(index)}; name the index's columns")
        return frame.set_index(list(index)).to_xarray()

    def result(self, form: Optional[str] = None):
        """The table in a form: "frame", "array", "xarray", or "table" for itself; None: a DataFrame where pandas is
        present, else a structured array."""
        check_form(form)
        if form == "table":
            return self
        if form == "array" or (form is None and not _pandas_present()):
            return self.to_numpy()
        return self.to_xarray() if form == "xarray" else self.to_pandas()

    def write(self, path) -> None:
        """Writes the table as CSV; the file appears whole or not at all."""
        if C.ltn_table_rows(self._pointer) != self._rows:
            raise ValueError("some rows of a table cannot be written; write the whole, or a DataFrame")
        call("table_write_csv", self._pointer, path_bytes(path))

    def __repr__(self) -> str:
        return f"<lantian.Table of {self._rows} rows: {', '.join(self._columns)}>"


def made_table(name: str, *arguments, form: Optional[str] = None, keeps=()):
    """The table that ltn_<name>(arguments, &out) makes, in a form."""
    check_form(form)
    return Table(make("table", name, *arguments, keeps=keeps)).result(form)


def check_form(form) -> None:
    """Refuses a form that is none before any work is done."""
    if form is not None and form not in FORMS:
        raise ValueError(f"a form is one of {', '.join(FORMS)}, not {form!r}")


def _whole_years(name, numbers):
    if name != "year" or numbers.dtype != float or np.isnan(numbers).any():
        return numbers
    return numbers.astype(np.int64)


def _pandas_present() -> bool:
    try:
        import pandas  # noqa: F401
    except ImportError:
        return False
    return True
