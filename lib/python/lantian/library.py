# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds liblantian, loads it, and calls it: a status becomes an exception, an object a pointer that frees it."""

import ctypes
import ctypes.util
import os
import weakref
from pathlib import Path

from . import bindings
from .errors import Diagnostic, error_of

SONAME = "liblantian.so.0"
PACKAGE = Path(__file__).resolve().parent


def _installed():
    """Where `meson install` put the library; it writes place.py beside this file."""
    try:
        from .place import LIBRARY
    except ImportError:
        return None
    return Path(LIBRARY)


def _built():
    """The build folder of the source tree that this package lies in, or None."""
    top = PACKAGE.parents[2]
    return top / "build" / SONAME if (top / "meson.build").is_file() else None


def library_path() -> str:
    """The library that is loaded: LANTIAN_LIBRARY, beside the package, where meson installed it, the build folder of
    the source tree, or what the system's loader finds, whichever is there first."""
    told = os.environ.get("LANTIAN_LIBRARY")
    if told:
        return told
    for path in (PACKAGE / SONAME, PACKAGE / "liblantian.so", _installed(), _built()):
        if path is not None and path.is_file():
            return str(path)
    return ctypes.util.find_library("lantian") or SONAME


def _load(path, kind):
    try:
        return bindings.declare(kind(path))
    except OSError as error:
        raise ImportError(f"liblantian could not be loaded ({error}); install it (meson install -C build) or name it "
                          "in the environment variable LANTIAN_LIBRARY") from None
    except AttributeError as error:
        raise ImportError(f"{path} is not the liblantian that this package was made for: {error}") from None


def _check_version():
    wanted = f"{bindings.LTN_VERSION_MAJOR}.{bindings.LTN_VERSION_MINOR}."
    found = C.ltn_version().decode()
    if not found.startswith(wanted):
        raise ImportError(f"{PATH} is version {found}; this package was made for {wanted}x")


PATH = library_path()
# Calls through C leave other Python threads running meanwhile; QUICK does not, which is cheaper for look-ups.
C = _load(PATH, ctypes.CDLL)
QUICK = _load(PATH, ctypes.PyDLL)
_check_version()


def held(pointer, free=None, keeps=()):
    """A pointer that stands for an object of the library: what it points at is freed once nobody has the pointer.

    A call holds its arguments, so that what another thread closes meanwhile stays until it is over.
    @param free the function that frees it, or None for a view
    @param keeps pointers that must outlive it
    """
    pointer.keeps = keeps
    if free is not None:
        # ctypes.cast() would do, but has the pointer hold itself.
        address = ctypes.c_void_p.from_buffer(pointer).value
        # The finalizer holds what is kept: that goes after the object and not before it.
        weakref.finalize(pointer, _free, free, type(pointer), address, keeps).atexit = False
    return pointer


def _free(free, kind, address, _keeps):
    free(kind.from_buffer(ctypes.c_void_p(address)))


class Owner:
    """What all classes share that stand for an object of the library.

    close(), or the end of a `with`, gives the object back. Arrays and other objects that were taken from it stay good:
    they keep what they need of it alive.
    """

    def __init__(self, pointer):
        self._held = pointer

    @property
    def _pointer(self):
        pointer = self._held
        if pointer is None:
            raise ValueError(f"this {type(self).__name__} has been closed")
        return pointer

    @property
    def closed(self) -> bool:
        """Whether close() was called."""
        return self._held is None

    def close(self) -> None:
        """Gives the object back; a second time does nothing."""
        self._held = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def call(name: str, *arguments, found=None):
    """Calls ltn_<name>(); raises what its status says, with the complaints that were found."""
    check(getattr(C, f"ltn_{name}")(*arguments), found)


def check(status: int, found=None):
    """Raises what a status says, with the complaints that were found."""
    if status != bindings.LTN_OK:
        raise error_of(C.ltn_last_error().contents, status, found.all() if found else ())


def make(kind: str, name: str, *arguments, last=(), keeps=(), found=None):
    """The ltn_<kind> that ltn_<name>(arguments, &out, last) makes. @param keeps must outlive it"""
    out = ctypes.POINTER(getattr(bindings, f"ltn_{kind}"))()
    call(name, *arguments, ctypes.byref(out), *last, found=found)
    return held(out, getattr(C, f"ltn_{kind}_free"), keeps)


def options(name: str, **values):
    """An options structure, at its defaults but for the values that are not None."""
    made = getattr(bindings, f"ltn_{name}_options")()
    getattr(C, f"ltn_{name}_options_init")(ctypes.byref(made))
    for key, value in values.items():
        if value is not None:
            setattr(made, key, value)
    return made


class Complaints:
    """A list for a reader to put its complaints in."""

    def __init__(self):
        self.pointer = make("diagnostics", "diagnostics_create")

    def all(self) -> tuple:
        """Every complaint that was kept, in the order of the file."""
        count = C.ltn_diagnostics_count(self.pointer)
        return tuple(Diagnostic.of(C.ltn_diagnostics_get(self.pointer, i).contents) for i in range(count))


def path_bytes(path) -> bytes:
    """A path as the library takes it."""
    return os.fsencode(os.fspath(path))


def text_bytes(text):
    """A text as the library takes it; None stays None."""
    if text is None:
        return None
    if not isinstance(text, str):
        raise TypeError(f"a text was expected, not {type(text).__name__}")
    if "\0" in text:
        raise ValueError("a text with a null character in it")
    return text.encode()


def text_of(value):
    """A text the library handed out; None stays None."""
    return None if value is None else value.decode("utf-8", "replace")


def texts_array(texts):
    """A C array of texts, and how many."""
    words = [text_bytes(text) for text in texts]
    return (ctypes.c_char_p * len(words))(*words), len(words)
