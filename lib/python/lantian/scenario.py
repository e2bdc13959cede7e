# SPDX-License-Identifier: GPL-3.0-or-later
"""Scenarios: the measures of a plan, who they act on, what they do and when."""

import ctypes
import datetime
import json
from typing import List, Mapping, NamedTuple, Optional

from .grouping import language
from .library import C, Complaints, Owner, make, options, path_bytes, text_bytes, text_of
from .tables import made_table


class Measure(NamedTuple):
    """A measure of a scenario."""

    id: str
    name: str
    name_zh: str
    task: Optional[int]  #: the plan's task number
    kind: str  #: its accounting class: structural, engineering, management, growth or new


class Scenario(Owner):
    """A scenario. Its language is in docs/scenario.md."""

    #: warnings of the reader
    diagnostics = ()

    @classmethod
    def _made(cls, name, *arguments):
        found = Complaints()
        chosen = options("read", diagnostics=found.pointer)
        made = cls(make("scenario", name, *arguments, ctypes.byref(chosen), found=found))
        made.diagnostics = found.all()
        return made

    @classmethod
    def read(cls, path, *, year: Optional[int] = None, base_year: Optional[int] = None) -> "Scenario":
        """Reads a file: YAML, or SMOKE's control packets.

        @param year, base_year of packets: the year they lead to, and the inventory's; None: as /PROJECTION/ says
        Raises InputError (every complaint in .diagnostics), FileError, LimitError, UnsupportedError.
        """
        packets = options("packet", year=year, base_year=base_year)
        return cls._made("scenario_read_packets", path_bytes(path), ctypes.byref(packets))

    @classmethod
    def parse(cls, text: str, *, source: str = "scenario") -> "Scenario":
        """Reads a scenario from text. @param source the name that complaints show"""
        data = text.encode()
        return cls._made("scenario_parse", data, len(data), text_bytes(source))

    @classmethod
    def from_dict(cls, scenario: Mapping, *, source: str = "scenario") -> "Scenario":
        """Makes a scenario of dictionaries, lists, texts and numbers that are built as the YAML file is; complaints
        have places in yaml_of() of it."""
        return cls.parse(yaml_of(scenario), source=source)

    def name(self, lang: str = "en") -> str:
        """Its name in a language, "en" or "zh"."""
        return text_of(C.ltn_scenario_name(self._pointer, language(lang)))

    def document(self, lang: str = "en") -> str:
        """The document's version; empty where it does not say."""
        return text_of(C.ltn_scenario_document(self._pointer, language(lang)))

    @property
    def base_year(self) -> int:
        """The base year."""
        return C.ltn_scenario_base_year(self._pointer)

    @property
    def last_year(self) -> int:
        """The last year."""
        return C.ltn_scenario_last_year(self._pointer)

    @property
    def files(self) -> List[str]:
        """The files it was read from, its own first."""
        return [text_of(C.ltn_scenario_file(self._pointer, i)) for i in range(C.ltn_scenario_files(self._pointer))]

    @property
    def measures(self) -> List[Measure]:
        """The measures, in the order in which they act."""
        return [self._measure(i) for i in range(len(self))]

    def _measure(self, i) -> Measure:
        plan = self._pointer
        return Measure(text_of(C.ltn_scenario_measure_id(plan, i)),
                       text_of(C.ltn_scenario_measure_name(plan, i, language("en"))),
                       text_of(C.ltn_scenario_measure_name(plan, i, language("zh"))),
                       C.ltn_scenario_measure_task(plan, i) or None, text_of(C.ltn_scenario_measure_class(plan, i)))

    def __len__(self) -> int:
        """Number of measures."""
        return C.ltn_scenario_measures(self._pointer)

    @property
    def offsets(self) -> int:
        """Number of measures that owe an offset."""
        return C.ltn_scenario_offsets(self._pointer)

    @staticmethod
    def keys(*, form: Optional[str] = None):
        """Every key that the reader knows: `where, key, type, unit, default, meaning`."""
        return made_table("scenario_keys", form=form)

    def __repr__(self) -> str:
        return f"<lantian.Scenario{', closed' if self.closed else f': {self.name()}, {len(self)} measures'}>"


def yaml_of(scenario: Mapping) -> str:
    """The YAML text of a scenario of dictionaries: JSON, which is YAML too, a key a line. Dates become texts."""
    return json.dumps(scenario, ensure_ascii=False, indent=1, allow_nan=False, default=_plain) + "\n"


def _plain(value):
    if isinstance(value, (datetime.date, datetime.datetime)):
        return value.isoformat()
    if hasattr(value, "tolist"):  # NumPy's numbers and arrays
        return value.tolist()
    if isinstance(value, (range, tuple, set, frozenset)):
        return list(value)
    raise TypeError(f"a {type(value).__name__} has no place in a scenario")
