# SPDX-License-Identifier: GPL-3.0-or-later
"""Ensembles of the shared library, for the tests, through ctypes. Nothing is freed: a test is a short process."""

import ctypes
import os
import tempfile
from pathlib import Path

SOURCE = Path(os.environ.get("LANTIAN_SOURCE", Path(__file__).resolve().parent.parent))
LIBRARY = ctypes.CDLL(str(Path(os.environ.get("LANTIAN_BUILD", SOURCE / "build")) / "liblantian.so"))

BY_POLLUTANT = 1 << 10
TEXT = 1  # LTN_TEXT
HANDLE, SIZE, NUMBER = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_double


class Grouping(ctypes.Structure):
    _fields_ = [("struct_size", SIZE), ("by", ctypes.c_uint), ("region_depth", ctypes.c_int),
                ("sector_depth", ctypes.c_int), ("attribute", ctypes.c_char_p), ("scope", ctypes.c_char_p)]


class Options(ctypes.Structure):
    _fields_ = [("struct_size", SIZE), ("draws", SIZE), ("first_draw", SIZE), ("draw_count", SIZE),
                ("seed", ctypes.c_uint64), ("threads", ctypes.c_int), ("sampling", ctypes.c_int), ("designed", SIZE),
                ("grouping", HANDLE), ("targets", HANDLE), ("book", HANDLE), ("standard_error", NUMBER),
                ("memory", SIZE), ("progress", HANDLE), ("progress_data", HANDLE)]


class InventoryOptions(ctypes.Structure):
    _fields_ = [("struct_size", SIZE), ("diagnostics", HANDLE), ("regions", HANDLE), ("sectors", HANDLE),
                ("encoding", ctypes.c_char_p), ("threads", ctypes.c_int), ("no_defaults", ctypes.c_int),
                ("factors", HANDLE), ("devices", HANDLE), ("keep_pollutants", HANDLE),
                ("keep_pollutant_count", SIZE)]


def _declare(name, result, *arguments):
    function = getattr(LIBRARY, f"ltn_{name}")
    function.restype, function.argtypes = result, arguments


_declare("table_rows", SIZE, HANDLE)
_declare("table_columns", SIZE, HANDLE)
_declare("table_name", ctypes.c_char_p, HANDLE, SIZE)
_declare("table_type", ctypes.c_int, HANDLE, SIZE)
_declare("table_text", ctypes.c_char_p, HANDLE, SIZE, SIZE)
_declare("table_number", NUMBER, HANDLE, SIZE, SIZE)
_declare("ensemble_draws", ctypes.POINTER(NUMBER), HANDLE, SIZE)
_declare("ensemble_draw_count", SIZE, HANDLE)


def made(name, *arguments):
    """The object that ltn_<name>(arguments, &out) makes."""
    out = HANDLE()
    status = getattr(LIBRARY, f"ltn_{name}")(*arguments, ctypes.byref(out))
    assert status == 0, f"ltn_{name} returned {status}"
    return out


def table(handle):
    """A table as a dictionary a row."""
    columns = [(LIBRARY.ltn_table_name(handle, c).decode(), LIBRARY.ltn_table_type(handle, c) == TEXT)
               for c in range(LIBRARY.ltn_table_columns(handle))]
    return [{name: (LIBRARY.ltn_table_text(handle, row, c) or b"").decode() if is_text
             else LIBRARY.ltn_table_number(handle, row, c) for c, (name, is_text) in enumerate(columns)}
            for row in range(LIBRARY.ltn_table_rows(handle))]


def projection(inventory, scenario, regions=None, sectors=None):
    """The run of an inventory's file under a scenario's."""
    options = InventoryOptions()
    LIBRARY.ltn_inventory_options_init(ctypes.byref(options))
    if regions:
        options.regions = made("regions_read_csv", os.fsencode(regions), None)
    if sectors:
        options.sectors = made("sectors_read_csv", os.fsencode(sectors), None)
    base = made("inventory_read_csv", os.fsencode(inventory), ctypes.byref(options))
    return made("projection_run", base, made("scenario_read_yaml", os.fsencode(scenario)), None)


def written(reader, text, *arguments):
    """What a reader makes of a file with this text."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "written")
        path.write_text(text, encoding="utf-8")
        return made(reader, os.fsencode(path), *arguments)


def projection_of(inventory, scenario):
    """The same of texts."""
    base = written("inventory_read_csv", inventory, None)
    return made("projection_run", base, written("scenario_read_yaml", scenario), None)


def ensemble(run, **options):
    """An ensemble of the last year's sums by pollutant."""
    o, by_pollutant = Options(), Grouping()
    LIBRARY.ltn_ensemble_options_init(ctypes.byref(o))
    LIBRARY.ltn_grouping_init(ctypes.byref(by_pollutant), BY_POLLUTANT)
    o.grouping = ctypes.addressof(by_pollutant)
    for name, value in options.items():
        setattr(o, name, value)
    return made("ensemble_run", run, ctypes.byref(o))


def summary(drawn, *probabilities):
    return table(made("ensemble_summary", drawn, (NUMBER * len(probabilities))(*probabilities),
                      SIZE(len(probabilities))))


def draws(drawn, row=0):
    return LIBRARY.ltn_ensemble_draws(drawn, row)[:LIBRARY.ltn_ensemble_draw_count(drawn)]


def difference(one, other):
    return table(made("ensemble_difference", one, other, None, SIZE(0)))
