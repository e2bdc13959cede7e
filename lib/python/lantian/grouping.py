# SPDX-License-Identifier: GPL-3.0-or-later
"""What to group by, from words to the library's flags; years, languages and methods likewise."""

import ctypes
from typing import Iterable, Optional, Tuple, Union

from . import bindings
from .library import C, text_bytes

#: The words of `by`, in the order of a table's columns.
BY = {name[len("LTN_BY_"):].lower(): getattr(bindings, name) for name in bindings.ENUMERATIONS["ltn_by"]}

By = Union[str, Iterable[str]]


def one_of(words: dict, word, what: str):
    """The value of a word; a ValueError that lists them where it is none."""
    try:
        return words[word]
    except (KeyError, TypeError):
        raise ValueError(f"{what} is one of {', '.join(words)}, not {word!r}") from None


def words_of(prefix: str, enumeration: str) -> dict:
    """The words of an enumeration: its enumerators without their prefix, in small letters."""
    return {name[len(prefix):].lower(): getattr(bindings, name) for name in bindings.ENUMERATIONS[enumeration]}


LANGUAGES = {"en": bindings.LTN_ENGLISH, "zh": bindings.LTN_CHINESE}


def language(word: str) -> int:
    """ "en" or "zh". """
    return one_of(LANGUAGES, word, "a language")


def by_words(by: By) -> list:
    """A list of words, of one or several."""
    return [by] if isinstance(by, str) else list(by)


def grouping(by: By, *, region_depth: int = -1, sector_depth: int = -1, attribute: Optional[str] = None,
             scope: Optional[str] = None):
    """A ltn_grouping. A word that is none of the flags is a column of the sources, of which there can be one."""
    flags = 0
    for word in by_words(by):
        if word in BY:
            flags |= BY[word]
        elif attribute in (None, word):
            attribute = word
        else:
            raise ValueError(f"one column of the sources at most can be grouped by, not {attribute!r} and {word!r}")
    made = bindings.ltn_grouping()
    C.ltn_grouping_init(ctypes.byref(made), flags)
    made.region_depth, made.sector_depth = region_depth, sector_depth
    made.attribute, made.scope = text_bytes(attribute), text_bytes(scope)
    return made


def first_and_last(years: Optional[Iterable[int]]) -> Tuple[int, int]:
    """The ends of years that follow one another, 0 and 0 for None: those of the scenario."""
    if years is None:
        return 0, 0
    wanted = sorted(int(year) for year in ([years] if isinstance(years, int) else years))
    if not wanted:
        raise ValueError("no years")
    if wanted != list(range(wanted[0], wanted[-1] + 1)):
        raise ValueError(f"years that follow one another were expected, not {wanted}")
    return wanted[0], wanted[-1]
