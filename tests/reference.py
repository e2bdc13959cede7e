# SPDX-License-Identifier: GPL-3.0-or-later
"""A second projector, for the tests: plain Python, written from the description of the scenario language and not
from the library, so that the two can only agree where both are right.

It runs what examples/wenzhou uses: grow, cap, ban, retire and switch with replacement, control, limit, turnover, add;
selectors, phases, targets and indicators, and who pays for new sources. It is slow, keeps no notes and expects good
input.
"""

import calendar
import csv
import math
import re
from collections import defaultdict
from fnmatch import fnmatchcase

import yaml

# Unit -> (dimension, how many of the dimension's base unit: g, m3, km, MJ, ...).
UNITS = {
    "t": ("mass", 1e6), "kg": ("mass", 1e3), "g": ("mass", 1.0), "mg": ("mass", 1e-3), "万吨": ("mass", 1e10),
    "m3": ("volume", 1.0), "km": ("length", 1.0), "MJ": ("energy", 1.0), "pair": ("pair", 1.0),
    "vehicle": ("vehicle", 1.0),
}
STEAM = {"t/h": 1.0, "MW_th": 1 / 0.7}  # to t/h of steam
ELECTRIC = {"MW": 1.0}
AIR = 20.9  # % of oxygen
STRUCTURAL, ENGINEERING = "structural", "engineering"
ACTIONS = ("grow", "cap", "retire", "control", "limit", "switch", "turnover", "add", "ban")
CLASSES = {"grow": "growth", "add": "new", "control": ENGINEERING, "limit": ENGINEERING}


def read_table(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


def number(text):
    """What a number stands for, and its unit: '95 %', '10 t/h', {triangular: [...]}, ..."""
    if isinstance(text, dict):
        (kind, of), = text.items()
        if kind == "triangular":
            values = [number(x) for x in of]
            return sum(v for v, _ in values) / 3, values[0][1]
        if kind == "uniform":
            values = [number(x) for x in of]
            return sum(v for v, _ in values) / 2, values[0][1]
        if kind in ("normal", "lognormal") and "mean" in of:
            return number(of["mean"])
        raise ValueError(f"no mean for {kind}")
    match = re.fullmatch(r"([-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?) *(.*)", str(text))
    value, unit = float(match[1]), match[2]
    return (value / 100, "") if unit == "%" else (value, unit)


def plain(text):
    return number(text)[0]


def per(amount, amount_unit, factor, factor_unit):
    """amount · factor in base units of the factor's numerator, where its denominator measures the amount."""
    top, bottom = factor_unit.split("/")
    dimension, scale = UNITS[amount_unit]
    under, under_scale = UNITS[bottom]
    if dimension != under:
        raise ValueError(f"{factor_unit} does not go with {amount_unit}")
    return amount * scale / under_scale * factor * UNITS[top][1]


def tonnes(amount, amount_unit, factor, factor_unit):
    return per(amount, amount_unit, factor, factor_unit) / 1e6


def at(knots, year):
    """Linear between knots, constant after the last, 0 before the first."""
    points = sorted((int(y), plain(v)) for y, v in knots.items())
    if year < points[0][0]:
        return 0.0
    for (y0, v0), (y1, v1) in zip(points, points[1:]):
        if y0 <= year < y1:
            return v0 + (v1 - v0) * (year - y0) / (y1 - y0)
    return points[-1][1]


def distance_km(a, b):
    """The geodesic on WGS84 between (lon, lat) in degrees: T. Vincenty, Survey Review 23 (1975), the inverse formula."""
    radius, f = 6378.137, 1 / 298.257223563
    polar = radius * (1 - f)
    (lon1, lat1), (lon2, lat2) = ([math.radians(x) for x in point] for point in (a, b))
    if (lon1, lat1) == (lon2, lat2):
        return 0.0
    u1, u2, change = math.atan((1 - f) * math.tan(lat1)), math.atan((1 - f) * math.tan(lat2)), lon2 - lon1
    s1, c1, s2, c2 = math.sin(u1), math.cos(u1), math.sin(u2), math.cos(u2)
    lam, before = change, None
    while before is None or abs(lam - before) > 1e-14:
        sine = math.hypot(c2 * math.sin(lam), c1 * s2 - s1 * c2 * math.cos(lam))
        cosine = s1 * s2 + c1 * c2 * math.cos(lam)
        sigma = math.atan2(sine, cosine)
        alpha = c1 * c2 * math.sin(lam) / sine
        square = 1 - alpha ** 2
        mid = cosine - 2 * s1 * s2 / square if square else 0.0
        c = f / 16 * square * (4 + f * (4 - 3 * square))
        before = lam
        lam = change + (1 - c) * f * alpha * (sigma + c * sine * (mid + c * cosine * (2 * mid ** 2 - 1)))
    u = square * (radius ** 2 - polar ** 2) / polar ** 2
    big_a = 1 + u / 16384 * (4096 + u * (-768 + u * (320 - 175 * u)))
    big_b = u / 1024 * (256 + u * (-128 + u * (74 - 47 * u)))
    delta = big_b * sine * (mid + big_b / 4 * (cosine * (2 * mid ** 2 - 1)
                                               - big_b / 6 * mid * (4 * sine ** 2 - 3) * (4 * mid ** 2 - 3)))
    return polar * big_a * (sigma - delta)


def day(text):
    """(year, month, day) of '2019' or '2019-07-01'."""
    return tuple(([int(part) for part in text.split("-")] + [1, 1])[:3])


def part_of_year(start, year):
    """The share of a year, in months, that is left from a day on."""
    if year != start[0]:
        return 1.0 if year > start[0] else 0.0
    return (13 - start[1] - (start[2] - 1) / calendar.monthrange(*start[:2])[1]) / 12


def between(table, x):
    """Linear between the ages of a survival table, constant after the last."""
    points = [(float(age), plain(share)) for age, share in table.items()]
    for (x0, v0), (x1, v1) in zip(points, points[1:]):
        if x0 <= x < x1:
            return v0 + (v1 - v0) * (x - x0) / (x1 - x0)
    return points[-1][1]


def sold(form):
    """Stage -> (year, share of the year that is over) of the day from which it is sold."""
    if isinstance(form["to"], str):
        return {form["to"]: (0, 0.0)}
    days = {}
    for stage, text in form["to"].items():
        year, month, day = (int(part) for part in (text.split("-") + ["1", "1"])[:3])
        length = calendar.monthrange(year, month)[1]
        days[stage] = (year, (month - 1 + (day - 1) / length) / 12)
    return days


def per_vehicle(text, vkt):
    """A factor per distance times the distance of a vehicle: '0.4 g/km' and '60000 km/vehicle' are '24000 g/vehicle'."""
    factor, unit = number(text)
    top, bottom = unit.split("/")
    if UNITS[bottom][0] == "vehicle":
        return text
    distance, distance_unit = number(vkt)
    length, vehicle = distance_unit.split("/")[:2]
    value = factor * distance * UNITS[length][1] / UNITS[bottom][1] / UNITS[vehicle][1]
    return f"{value!r} {top}/vehicle"


class Row:
    """One pollutant of a source: emission [t], removal (None: unknown), uncontrolled factor (None: unknown)."""

    def __init__(self, emission, removal, factor, factor_unit):
        self.emission, self.removal, self.factor, self.factor_unit = emission, removal, factor, factor_unit


class Source:
    def __init__(self, columns, activity, rows):
        self.columns, self.activity, self.base_activity, self.rows = columns, activity, activity, rows

    def __getitem__(self, name):
        return self.columns.get(name, "")

    @property
    def id(self):
        return self["source"]

    def scale(self, by):
        if self.activity is not None:
            self.activity *= by
        for row in self.rows.values():
            row.emission *= by

    def uncontrolled(self, pollutant):
        row = self.rows[pollutant]
        if self.activity is None or row.factor is None:
            return None
        return tonnes(self.activity, self["activity_unit"], row.factor, row.factor_unit)

    def control(self, pollutant, after):
        row = self.rows[pollutant]
        if after == row.emission:
            return
        whole = self.uncontrolled(pollutant)
        row.removal = 1 - after / whole if whole else 1 - (1 - (row.removal or 0)) * after / row.emission
        row.emission = after

    def copy(self):
        rows = {p: Row(r.emission, r.removal, r.factor, r.factor_unit) for p, r in self.rows.items()}
        return Source(self.columns, self.activity, rows)


OF_ROWS = ("pollutant", "factor", "factor_unit", "removal", "emission_t", "factor_cv", "factor_key",
           "device", "capture", "running", "removal_key")


class Reference:
    """`emissions[year][source, pollutant]`, `ledger[year][measure, source, pollutant]`, `targets(path)`."""

    def __init__(self, inventory, scenario, regions):
        with open(scenario, encoding="utf-8") as file:
            self.plan = yaml.load(file, Loader=yaml.BaseLoader)
        self.parent = {row["region"]: row["parent"] for row in read_table(regions)}
        self.base_year, (_, last) = int(self.plan["base_year"]), map(int, self.plan["years"])
        self.years = list(range(self.base_year, last + 1))
        self.base = self.read_base(inventory)
        self.sources, self.emissions, self.ledger = {}, {}, {}
        for year in self.years:
            self.run(year)

    @staticmethod
    def read_base(path):
        sources = {}
        for line in read_table(path):
            source = sources.get(line["source"])
            if source is None:
                activity = float(line["activity"]) if line["activity"] else None
                columns = {k: v for k, v in line.items() if k not in OF_ROWS and k != "activity"}
                source = sources[line["source"]] = Source(columns, activity, {})
            factor = float(line["factor"]) if line["factor"] else None
            removal = plain(line["removal"]) if line["removal"] else None
            if line["emission_t"]:
                emission = float(line["emission_t"])
            else:
                whole = tonnes(source.activity, source["activity_unit"], factor, line["factor_unit"])
                emission = whole * (1 - (removal or 0))
            source.rows[line["pollutant"]] = Row(emission, removal, factor, line["factor_unit"])
        return list(sources.values())

    # ---- who ----

    def regions_of(self, code):
        while code:
            yield code
            code = self.parent[code]

    def matches(self, selector, source):
        return all(self.condition(key, wanted, source) for key, wanted in (selector or {}).items())

    def condition(self, key, wanted, source):
        if key == "not":
            return not any(self.matches(s, source) for s in (wanted if isinstance(wanted, list) else [wanted]))
        if key == "any":
            return any(self.matches(s, source) for s in (wanted if isinstance(wanted, list) else [wanted]))
        if key == "within":
            return self.is_within(wanted, source)
        if isinstance(wanted, dict):
            return self.in_range(key, wanted, source)
        name = "source" if key == "id" else key
        if not source[name]:
            return False
        if name == "region":
            words = list(self.regions_of(source["region"]))
        elif name == "sector":
            parts = source["sector"].split(".")
            words = [".".join(parts[:i + 1]) for i in range(len(parts))]
        elif name == "tags":
            words = source["tags"].split(";")
        else:
            words = [source[name]]
        patterns = wanted if isinstance(wanted, list) else [wanted]
        return any(fnmatchcase(w, p.replace("[", "[[]")) for w in words for p in patterns)

    @staticmethod
    def in_range(key, bounds, source):
        value = source.activity if key == "activity" else source[key]
        if value in ("", None):
            return False
        value = float(value)
        for operator, text in bounds.items():
            bound, unit = number(text)
            if key == "capacity":
                kind = STEAM if unit in STEAM else ELECTRIC
                if source["capacity_unit"] not in kind:
                    return False
                left, right = value * kind[source["capacity_unit"]], bound * kind[unit]
            else:
                left, right = value, bound
            if not {"min": left >= right, "max": left <= right, "above": left > right, "below": left < right,
                    "is": left == right}[operator]:
                return False
        return True

    def is_within(self, wanted, source):
        """Measured from sources of the base inventory only: no measure here makes what a radius is drawn around."""
        if not (source["lon"] and source["lat"]):
            return False
        here = float(source["lon"]), float(source["lat"])
        return any(distance_km(here, (float(s["lon"]), float(s["lat"]))) <= plain(wanted["km"])
                   for s in self.base if s["lon"] and s["lat"] and self.matches(wanted["of"], s))

    # ---- when ----

    def phase(self, measure, year):
        """phase(year) · the share of the year that is left from the measure's day on · the share of its months."""
        knots = measure.get("phase")
        if knots is None:
            share = 1.0 if year > self.base_year else 0.0
        else:
            share = at(self.plan["phases"][knots] if isinstance(knots, str) else knots, year)
        season = len(set(measure.get("months", range(12)))) / 12
        return share * part_of_year(day(measure.get("from", "1")), year) * season

    # ---- what ----

    def run(self, year):
        state = [source.copy() for source in self.base]
        ledger = {}
        for measure in self.plan["measures"]:
            before = {(s.id, p): r.emission for s in state for p, r in s.rows.items()}
            action = action_of(measure)
            phase = 1.0 if action in ("grow", "add", "turnover") else self.phase(measure, year)
            if phase > 0:
                chosen = [s for s in state if action != "add" and self.matches(measure.get("where"), s)]
                getattr(self, action)(measure, measure[action], chosen, state, year, phase)
            for s in state:
                for p, row in s.rows.items():
                    change = row.emission - before.get((s.id, p), 0.0)
                    if change:
                        ledger[measure["id"], s.id, p] = change
        self.sources[year] = {s.id: s for s in state}
        self.emissions[year] = {(s.id, p): r.emission for s in state for p, r in s.rows.items()}
        self.ledger[year] = ledger

    def grow(self, _measure, form, chosen, _state, year, _phase):
        if "rate" in form:
            index = (1 + plain(form["rate"])) ** (year - self.base_year)
        else:
            index = at(form.get("index") or self.plan["drivers"][form["driver"]], year)
        for source in chosen:
            source.scale(index)

    @staticmethod
    def hand_over(measure, source, activity, changes, factors, state):
        """A row `<source>~<measure>` with what it takes over, and its own factors."""
        columns = dict(source.columns, origin=source.id, measure=measure["id"], **changes)
        columns["source"] = f"{source.id}~{measure['id']}"
        rows = {}
        for pollutant, text in factors.items():
            factor, unit = number(text)
            rows[pollutant] = Row(tonnes(activity, columns["activity_unit"], factor, unit), 0.0, factor, unit)
        new = Source(columns, activity, rows)
        new.base_activity = 0.0
        state.append(new)

    def exchange(self, measure, form, share, chosen, state):
        for source in chosen:
            if form and share > 0 and source.activity is not None:
                if form.get("other") != "none" and not set(source.rows) <= set(form["factors"]):
                    raise ValueError(f"{measure['id']} forgets a pollutant of {source.id}")
                ncv_old, old_unit = number(form["ncv_old"])
                ncv_new, new_unit = number(form["ncv_new"])
                heat = per(source.activity * share, source["activity_unit"], ncv_old, old_unit)
                heat *= plain(form["efficiency_old"])
                unit = new_unit.split("/")[1]
                activity = heat / (per(1.0, unit, ncv_new, new_unit) * plain(form["efficiency_new"]))
                changes = {"fuel": form["fuel"], "sector": form.get("sector", source["sector"]), "activity_unit": unit,
                           "capacity": "", "capacity_unit": ""}
                self.hand_over(measure, source, activity, changes, form["factors"], state)
            source.scale(1 - share)

    def retire(self, measure, form, chosen, state, _year, phase):
        self.exchange(measure, form.get("replace"), plain(form["share"]) * phase, chosen, state)

    def switch(self, measure, form, chosen, state, _year, phase):
        self.exchange(measure, form, plain(form["share"]) * phase, chosen, state)

    def left(self, form, source, year):
        """The share of a source that has left the fleet by a year's end."""
        stage = source[form["stage"]]
        if "retire" in form:
            knots = form["retire"].get(stage)
            return at(knots, year) if knots else 0.0
        if year <= self.base_year:
            return 0.0
        if "scrappage" in form:
            return 1 - (1 - plain(form["scrappage"].get(stage, 0))) ** (year - self.base_year)
        model_year = source[form["age"]]
        if stage in sold(form) or not model_year or float(model_year) > self.base_year:
            return 0.0
        then, now = (between(form["survival"], y - float(model_year)) for y in (self.base_year, year))
        return 1 - now / then if then else 0.0

    def left_before(self, form, source, day):
        year, over = day
        before = self.left(form, source, year - 1)
        return before + (self.left(form, source, year) - before) * over

    def taken(self, form, source, year):
        """Stage -> the share it has taken over by a year's end."""
        stages = sold(form)
        names = list(stages)
        ends = [self.left_before(form, source, stages[n]) if stages[n][0] <= year else self.left(form, source, year)
                for n in names[1:]] + [self.left(form, source, year)]
        return {n: end - begin for n, begin, end in zip(names, [0.0] + ends, ends)}

    def turnover(self, measure, form, chosen, state, year, _phase):
        for source in chosen:
            share = self.left(form, source, year)
            if share <= 0:
                continue
            taken, activity = self.taken(form, source, year), source.activity
            source.scale(1 - share)
            for stage, part in taken.items():
                factors = form["factors"][stage]
                if not set(source.rows) <= set(factors):
                    raise ValueError(f"{measure['id']} forgets a pollutant of {source.id}")
                if UNITS[source["activity_unit"]][0] == "vehicle":
                    factors = {p: per_vehicle(text, form.get("vkt")) for p, text in factors.items()}
                changes = {form["stage"]: stage, **({form["age"]: ""} if "age" in form else {})}
                if part > 0:
                    self.hand_over(measure, source, activity * part, changes, factors, state)
                    if len(taken) > 1:
                        state[-1].columns["source"] += f"~{stage}"

    @staticmethod
    def control(_measure, form, chosen, _state, _year, phase):
        for pollutant, device in form.items():
            if pollutant == "mode":
                continue
            removal = 1.0
            for part in ("capture", "efficiency", "effectiveness"):
                removal *= plain(device.get(part, 1))
            share = phase * plain(device.get("penetration", 1))
            for source in chosen:
                row = source.rows.get(pollutant)
                if row is None:
                    continue
                cut = removal
                if form.get("mode", "add") == "replace":
                    existing = row.removal or 0.0
                    cut = 1 - (1 - removal) / (1 - existing) if existing < 1 else 0.0
                if cut > 0:
                    source.control(pollutant, row.emission * (1 - share * cut))

    @staticmethod
    def ceiling(form, text, source):
        value, unit = number(text)
        if unit.endswith("/yr"):
            return value * UNITS[unit[:-3]][1] / 1e6
        if source.activity is None:
            return None
        if unit != "mg/m3":
            return tonnes(source.activity, source["activity_unit"], value, unit)
        if "flue_gas_0" in form:
            volume, volume_unit = number(form["flue_gas_0"])
            volume *= AIR / (AIR - 100 * plain(form["oxygen"]))
        else:
            volume, volume_unit = number(form["flue_gas"])
        return per(source.activity, source["activity_unit"], volume, volume_unit) * value * 1e-9

    def limit(self, _measure, form, chosen, _state, _year, phase):
        for pollutant, text in form.items():
            if pollutant in ("flue_gas", "flue_gas_0", "oxygen"):
                continue
            for source in chosen:
                ceiling = self.ceiling(form, text, source) if pollutant in source.rows else None
                if ceiling is not None:
                    emission = source.rows[pollutant].emission
                    source.control(pollutant, emission - phase * max(0.0, emission - ceiling))

    def cap(self, _measure, form, chosen, _state, _year, phase):
        chosen = [s for s in chosen if s.activity is not None]
        scale = {s.id: UNITS[s["activity_unit"]][1] for s in chosen}
        base = sum(s.base_activity * scale[s.id] for s in chosen)
        value, unit = number(form["activity"])
        final = value * (UNITS[unit][1] if unit else base)
        excess = sum(s.activity * scale[s.id] for s in chosen) - (base + phase * (final - base))
        left = [s for s in chosen if not any(self.matches(p, s) for p in as_list(form.get("protect", [])))]
        for tier in as_list(form.get("cut_first", [])) + [{}]:
            here = [s for s in left if self.matches(tier, s)]
            left = [s for s in left if s not in here]
            there = sum(s.activity * scale[s.id] for s in here)
            if excess > 0 and there > 0:
                cut = min(excess, there)
                for source in here:
                    source.scale(1 - cut / there)
                excess -= cut

    @staticmethod
    def ban(_measure, form, chosen, _state, _year, phase):
        """No more activity than in the base year, and no new sources; what took a source's place is neither."""
        for source in chosen:
            if source["origin"]:
                continue
            if source["measure"]:
                if form.get("new", "true") == "true":
                    source.scale(1 - phase)
            elif form.get("growth", "true") == "true" and source.activity:
                source.scale(1 - phase * max(0.0, source.activity - source.base_activity) / source.activity)

    @staticmethod
    def add(measure, form, _chosen, state, year, _phase):
        part = part_of_year(day(form["from"]), year)
        if part > 0:
            columns = {k: v for k, v in form.items() if k not in ("from", "emissions")}
            rows = {}
            for pollutant, text in form["emissions"].items():
                value, unit = number(text)
                rows[pollutant] = Row(value * part * UNITS[unit.split("/")[0]][1] / 1e6, 0.0, None, "")
            state.append(Source(dict(columns, measure=measure["id"]), None, rows))

    # ---- targets ----

    def total(self, sources, region, pollutant, scope):
        selector = self.plan["scopes"][scope] if scope else {}
        return sum(s.rows[pollutant].emission for s in sources
                   if pollutant in s.rows and region in self.regions_of(s["region"]) and self.matches(selector, s))

    def activity(self, sources, region, scope, unit=None):
        """A year's activity of a region's sources in a scope, in `unit` (which may say `/yr`) or in base units."""
        selector = self.plan["scopes"][scope] if scope else {}
        scale = UNITS[unit.split("/")[0]][1] if unit else 1.0
        chosen = [s for s in sources if s.activity is not None and region in self.regions_of(s["region"])
                  and self.matches(selector, s)]
        if len({UNITS[s["activity_unit"]][0] for s in chosen}) > 1:
            raise ValueError(f"{region} {scope}: activities of several dimensions")
        return sum(s.activity * UNITS[s["activity_unit"]][1] / scale for s in chosen)

    def indicator(self, row):
        """Base and projected value of an indicator that is computed; else what is supplied."""
        how, region, scope = row.get("computed"), row["region"], row["scope"]
        after = self.sources[int(row["target_year"])].values()
        if not how:
            return None, float(row["supplied"]) if row.get("supplied") else None
        if how == "activity":
            return tuple(self.activity(sources, region, scope, row["unit"]) for sources in (self.base, after))
        if how == "share":
            return tuple(100 * self.activity(sources, region, scope) / self.activity(sources, region, row["base_scope"])
                         for sources in (self.base, after))
        base = self.activity(self.base, region, row["base_scope"] or scope)
        change = 100 * (self.activity(after, region, scope) - base) / base
        return None, -change if how == "cut" else change

    def targets(self, path):
        """For each row: base, projected, cut, gap, met; None where there is none."""
        for row in read_table(path):
            result = dict(row, base=None, projected=None, cut=None, gap=None, met="")
            if row["kind"] == "indicator":
                base, value = self.indicator(row)
                result.update(base=base, projected=value)
                if value is not None and row["value"] and row.get("bound"):
                    result["gap"] = (value - float(row["value"])) * (1 if row["bound"] == "max" else -1)
                    result["met"] = "yes" if result["gap"] <= 1e-9 else "no"
            else:
                base_scope = row["base_scope"] or row["scope"]
                base = self.total(self.base, row["region"], row["pollutant"], base_scope)
                after = self.sources[int(row["target_year"])].values()
                projected = self.total(after, row["region"], row["pollutant"], row["scope"])
                result.update(base=base, projected=projected)
                if base > 0:
                    result["cut"] = 100 * (1 - projected / base)
                if row["state"] == "value" and (base > 0 or row["kind"] == "cap"):
                    allowed = base * (1 - float(row["value"]) / 100) if row["kind"] == "cut" else float(row["value"])
                    result["gap"] = projected - allowed
                    result["met"] = "yes" if result["gap"] <= 0 else "no"
            yield result


class Offsets:
    """Who pays for the new sources of a projection, from SCENARIO.md's paragraph on offsets: `order: earliest`, a ratio
    that is a number, `surplus: false` and `unmet: flag`. `claims`: rows (project, measure, source, tonnes, year of the
    credit); what is not met has the measure `unmet` and no source."""

    PERMANENT = ("retire", "switch", "control", "limit")

    def __init__(self, run, regions):
        self.run, self.claims, self.claimed = run, [], defaultdict(float)
        self.kind = {row["region"]: row["kind"] for row in read_table(regions)}
        self.base = {s.id: s for s in run.base}
        self.after = {year: self.of_base_sources(year) for year in run.years}
        self.measures = {m["id"]: m for m in run.plan["measures"]}
        self.order = {name: at for at, name in enumerate(self.measures)}
        owing = [m for m in self.measures.values() if "offset" in m]
        for measure in sorted(owing, key=lambda m: day(m["add"]["from"])):
            self.serve(measure["add"], measure["offset"])

    def of_base_sources(self, year):
        """(source, pollutant) -> (emission, measure -> change) of base sources, with every row derived from them."""
        sources = self.run.sources[year]
        root = {name: name for name in self.base}
        for name in sources:
            first = name
            while sources[first]["origin"]:
                first = sources[first]["origin"]
            root[name] = first
        emissions, changes = defaultdict(float), defaultdict(lambda: defaultdict(float))
        for (name, pollutant), emission in self.run.emissions[year].items():
            emissions[root[name], pollutant] += emission
        for (measure, name, pollutant), change in self.run.ledger[year].items():
            changes[root[name], pollutant][measure] += change
        return emissions, changes

    def credits(self, source, pollutant, start):
        """measure -> its part of the smallest fall of all years from the year `start` on."""
        base = source.rows[pollutant].emission
        key = source.id, pollutant
        falls = {y: base - self.after[y][0][key] for y in self.run.years if y >= start}
        fall = min(falls.values())
        year = min(y for y in falls if falls[y] - fall < 1e-9)  # where years differ by rounding, the first
        cuts = {m: -change for m, change in self.after[year][1][key].items() if change < 0}
        return {m: fall * cut / sum(cuts.values()) for m, cut in cuts.items()} if fall > 0 else {}

    def since(self, measure):
        """The first day on which a measure is in force; None: never, or not by an action that lasts."""
        if action_of(measure) not in self.PERMANENT or len(set(measure.get("months", range(12)))) < 12:
            return None
        years = [year for year in self.run.years if self.run.phase(measure, year) > 0]
        return max((years[0], 1, 1), day(measure.get("from", "1"))) if years else None

    def in_places(self, region, kinds):
        """For each kind, the region of that kind around a region or the region itself."""
        return [next((r for r in self.run.regions_of(region) if self.kind[r] == kind), None) for kind in kinds]

    def offered(self, project, pollutant, rule):
        """Credits in force when the project starts: rank of the place, day, measure's rank, source, measure, tonnes."""
        start, kinds = day(project["from"]), as_list(rule["within"])
        places = self.in_places(project["region"], kinds)
        for source in self.run.base:
            around = list(self.run.regions_of(source["region"]))
            ranks = [rank for rank, place in enumerate(places) if place in around]
            if not ranks or pollutant not in source.rows:
                continue
            if not self.run.matches(rule.get("credits_from", {}).get("where"), source):
                continue
            for name, tonnes_ in self.credits(source, pollutant, start[0]).items():
                since = self.since(self.measures[name])
                if since and since <= start:
                    yield ranks[0], since, self.order[name], source.id, name, tonnes_

    def serve(self, project, offset):
        rule, pollutant = self.run.plan["offset_rules"][offset["rule"]], offset["pollutant"]
        value, unit = number(project["emissions"][pollutant])
        owed = plain(rule["ratio"]) * value * UNITS[unit.split("/")[0]][1] / 1e6
        lacking = owed
        for _, since, _, source, measure, amount in sorted(self.offered(project, pollutant, rule)):
            # Nothing of a credit, or of the fall that it is a part of, is claimed twice.
            whole = sum(self.credits(self.base[source], pollutant, day(project["from"])[0]).values())
            left = min(amount - self.claimed[source, pollutant, measure], whole - self.claimed[source, pollutant])
            taken = min(lacking, left)
            if taken > 1e-12 * owed:
                self.claimed[source, pollutant, measure] += taken
                self.claimed[source, pollutant] += taken
                self.claims.append((project["source"], measure, source, taken, since[0]))
                lacking -= taken
        if lacking > 1e-12 * owed:
            self.claims.append((project["source"], "unmet", "", lacking, None))


def as_list(x):
    return x if isinstance(x, list) else [x]


def action_of(measure):
    return next(action for action in ACTIONS if action in measure)


def class_of(measure):
    return measure.get("class", CLASSES.get(action_of(measure), STRUCTURAL))
