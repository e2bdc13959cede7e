# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of the writers."""

import ctypes
import sys

from .grouping import language
from .library import options, text_bytes, texts_array


def output_options(lang, ensemble=None, inventory_years=(), inputs=()):
    """A ltn_output_options; ctypes keeps what it points at alive with it."""
    files, file_count = texts_array(str(path) for path in inputs)
    years = [int(year) for year in inventory_years]
    chosen = options("output", language=language(lang), command=text_bytes(" ".join(sys.argv)),
                     inventory_years=(ctypes.c_int * len(years))(*years), inventory_year_count=len(years),
                     ensemble=ensemble._pointer if ensemble is not None else None)
    chosen.inputs, chosen.input_count = files, file_count
    return chosen
