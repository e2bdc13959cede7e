# SPDX-License-Identifier: GPL-3.0-or-later
"""Failures of the library as exceptions."""

from typing import NamedTuple, Tuple

from . import bindings


class Diagnostic(NamedTuple):
    """One complaint of a reader, with its place. Lines and columns (in characters) count from 1; 0 is none."""

    severity: str  #: "error" or "warning"
    source: str  #: name of the file
    line: int
    column: int
    message: str

    @classmethod
    def of(cls, d: "bindings.ltn_diagnostic") -> "Diagnostic":
        """The library's, copied."""
        severity = "error" if d.severity == bindings.LTN_ERROR else "warning"
        return cls(severity, _text(d.source), d.line, d.column, _text(d.message))

    def __str__(self) -> str:
        return f"{_place(self.source, self.line, self.column)}{self.severity}: {self.message}"


class Error(Exception):
    """What the library says went wrong, as `source:line:column: message`.

    Its subclasses follow the library's statuses. What is not one of its failures (a keyword that is none, a closed
    object) is a TypeError or ValueError of Python's.
    """

    #: number of the status
    status: int = 0
    #: name of the file at fault, or ""
    source: str = ""
    #: its line from 1; 0 where the failure has no place
    line: int = 0
    #: the column in it from 1, in characters; 0 where it has none
    column: int = 0
    #: one sentence: what was found, what was expected
    message: str = ""
    #: every complaint of the reader, warnings included; empty where it was no reader
    diagnostics: Tuple[Diagnostic, ...] = ()

    def __init__(self, message="", *, status=0, source="", line=0, column=0, diagnostics=()):
        super().__init__(message)
        self.status, self.source, self.line, self.column = status, source, line, column
        self.message, self.diagnostics = message, tuple(diagnostics)

    def __str__(self) -> str:
        return f"{_place(self.source, self.line, self.column)}{self.message}"

    def __reduce__(self):
        # For processes: a message alone would not bring the rest along.
        return _again, (type(self), self.__dict__.copy())


class OutOfMemoryError(Error, MemoryError):
    """Memory ran out."""


class ArgumentError(Error, ValueError):
    """An argument is outside its documented domain."""


class FileError(Error):
    """A file could not be read or written."""


class InputError(Error, ValueError):
    """The input has errors; all are in .diagnostics."""


class UnitError(Error, ValueError):
    """A unit is unknown or of the wrong dimension."""


class NotFoundError(Error, LookupError):
    """Nothing has the name asked for."""


class BaselineError(Error, ValueError):
    """Two inventories rest on different statistical bases."""


class UnsupportedError(Error, NotImplementedError):
    """Read and checked, but this version does not do it."""


class RefusedError(Error):
    """`strict` or `no_defaults` forbids what the run would need."""


class CancelledError(Error):
    """The progress callback asked to stop."""


class LimitError(Error):
    """The input is larger than a documented limit."""


class SolverError(Error):
    """A solver found no answer to a problem that has one."""


_BY_STATUS = {
    bindings.LTN_ENOMEM: OutOfMemoryError,
    bindings.LTN_EARGUMENT: ArgumentError,
    bindings.LTN_EIO: FileError,
    bindings.LTN_EINPUT: InputError,
    bindings.LTN_EUNIT: UnitError,
    bindings.LTN_ENOTFOUND: NotFoundError,
    bindings.LTN_EBASELINE: BaselineError,
    bindings.LTN_EUNSUPPORTED: UnsupportedError,
    bindings.LTN_EREFUSED: RefusedError,
    bindings.LTN_ECANCELLED: CancelledError,
    bindings.LTN_ELIMIT: LimitError,
    bindings.LTN_ESOLVER: SolverError,
}


def error_of(last: "bindings.ltn_error", status: int, diagnostics=()) -> Error:
    """The exception for a status and the thread's last failure."""
    kind = _BY_STATUS.get(status, Error)
    return kind(_text(last.message), status=status, source=_text(last.source), line=last.line, column=last.column,
                diagnostics=diagnostics)


def _again(kind, state):
    error = kind(state["message"])
    error.__dict__.update(state)
    return error


def _text(value) -> str:
    # The library cuts what is too long for its buffers, in the middle of a character where need be.
    return "" if value is None else value.decode("utf-8", "replace")


def _place(source, line, column) -> str:
    if line:
        return f"{source}:{line}:{column}: "
    return f"{source}: " if source else ""
