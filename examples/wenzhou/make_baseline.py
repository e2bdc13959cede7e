#!/usr/bin/python3
"""Builds baseline-2015.csv, the reconstructed inventory of Wenzhou, from the tables in facts/.

    make_baseline.py            write baseline-2015.csv and print its totals
    make_baseline.py --check    change nothing; exit 1 if the file is not what the tables give

Nothing is random: shares are arithmetic and points follow a Halton sequence. Every figure stands in facts/ with its
status and source. One number is solved for: a factor on the coal of all coal boilers, with which industrial SO2
(power, heat plants, boilers, processes) meets the official figure.
"""

import csv
import io
import json
import math
import sys
from collections import defaultdict
from pathlib import Path

HERE = Path(__file__).resolve().parent
TARGET = HERE / "baseline-2015.csv"

HEADER = """\
# title: Wenzhou, reconstructed emission inventory of 2015
# title_zh: 温州市2015年大气污染物排放清单（重构）
# base_year: 2015
# baseline: reconstruction-2015
# reconstructed: yes
# document: 温州市打赢蓝天保卫战行动实施方案（征求意见稿）
# note: not official. Only industrial SO2 (37316 t), three power plants, 643 boilers in Cangnan and most factors are sourced; activities are assumptions
# note_zh: 非官方数据。仅工业二氧化硫总量、三座电厂、苍南643台燃煤锅炉及多数排放因子有来源，活动水平为假设
# generator: make_baseline.py from facts/; do not edit by hand
"""

COLUMNS = ("source region sector pollutant name name_zh fuel owner facility capacity capacity_unit lon lat activity "
           "activity_unit factor factor_unit removal emission_t activity_cv factor_cv factor_key stage units "
           "heat_supply").split()

CANGNAN = "330327"
INDUSTRY = ("combustion.power", "combustion.chp", "combustion.boiler", "process")
STAGES = ("pre-I", "I", "II", "III", "IV", "V")
GRAMS = {"g/kg": 1e-3, "g/m3": 1e-6, "kg/m3": 1e-3, "g/km": 1e-6, "g/pair": 1e-6, "g/vehicle": 1e-6}  # tonnes a unit


# ---- facts ----------------------------------------------------------------------------------------------------------

def table(name):
    with open(HERE / "facts" / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


class Facts:
    """The tables of facts/, indexed the way the builders ask for them."""

    def __init__(self):
        self.city = {row["key"]: float(row["value"]) for row in table("city.csv")}
        self.weights = {row["key"]: self.by_region(row) for row in table("weights.csv")}
        self.factors = defaultdict(list)
        for row in table("factors.csv"):
            self.factors[row["factors"]].append(row)
        self.names = {row["region"]: (row["name"], row["name_zh"]) for row in region_rows()}

    @staticmethod
    def by_region(row):
        return {key: float(value) for key, value in row.items() if key.isdigit()}

    def shares(self, key):
        """Share of each region, regions without any left out."""
        weights = self.weights[key]
        total = sum(weights.values())
        return {region: weight / total for region, weight in weights.items() if weight > 0}

    def factor(self, row):
        scale = self.city[row["times"]] if row["times"] else 1.0
        return float(row["factor"]) * scale


def region_rows():
    with open(HERE / "regions.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


# ---- points inside a county -----------------------------------------------------------------------------------------

def radical_inverse(index, base):
    result, digit = 0.0, 1.0 / base
    while index:
        index, remainder = divmod(index, base)
        result += remainder * digit
        digit /= base
    return result


def inside(x, y, polygons):
    """Even-odd rule over all rings of a multipolygon."""
    odd = False
    for ring in (ring for polygon in polygons for ring in polygon):
        for (x0, y0), (x1, y1) in zip(ring, ring[1:] + ring[:1]):
            if (y0 > y) != (y1 > y) and x < x0 + (y - y0) / (y1 - y0) * (x1 - x0):
                odd = not odd
    return odd


class Places:
    """An endless row of made-up points for each region, the denser the nearer to its seat."""

    def __init__(self):
        shapes = json.loads((HERE / "facts" / "counties.geojson").read_text(encoding="utf-8"))
        polygons = {f["properties"]["region"]: f["geometry"]["coordinates"] for f in shapes["features"]}
        self.points = {row["region"]: self.walk(row, polygons[row["polygon"]]) for row in table("places.csv")}

    def next(self, region):
        return next(self.points[region])

    @staticmethod
    def walk(place, polygons):
        xs, ys = zip(*(point for polygon in polygons for ring in polygon for point in ring))
        seat_x, seat_y = float(place["seat_lon"]), float(place["seat_lat"])
        low, high = float(place["min_lat"] or -90), float(place["max_lat"] or 90)
        index = 0
        while True:
            index += 1
            u, v, pull = (radical_inverse(index, base) for base in (2, 3, 5))
            x = round(seat_x + pull * (min(xs) + u * (max(xs) - min(xs)) - seat_x), 4)
            y = round(seat_y + pull * (min(ys) + v * (max(ys) - min(ys)) - seat_y), 4)
            if low <= y <= high and inside(x, y, polygons):
                yield {"lon": x, "lat": y}


# ---- numbers --------------------------------------------------------------------------------------------------------

def significant(value, digits=4):
    if value == 0:
        return 0.0
    return round(value, digits - 1 - math.floor(math.log10(abs(value))))


def text(value):
    """A number as short as it can be written, anything else as it is."""
    if not isinstance(value, float):
        return str(value)
    return str(int(value)) if value == int(value) else repr(value)


def apportion(total, shares):
    """Whole numbers in proportion to shares that add up to total: largest remainders first."""
    scale = total / sum(shares.values())
    counts = {key: math.floor(share * scale) for key, share in shares.items()}
    by_remainder = sorted(shares, key=lambda key: counts[key] - shares[key] * scale)
    for key in by_remainder[:total - sum(counts.values())]:
        counts[key] += 1
    return counts


def chunks(total, size):
    return [size] * (total // size) + ([total % size] if total % size else [])


# ---- sources --------------------------------------------------------------------------------------------------------

def emissions_of(facts, name, removals=None):
    """The pollutant rows of one set of factors; `removals` overrides the table's own removal."""
    return [{
        "pollutant": row["pollutant"],
        "factor": significant(facts.factor(row), 6),
        "factor_unit": row["factor_unit"],
        "removal": float(removals["removal_" + row["pollutant"]] if removals else row["removal"]),
        "factor_cv": row["factor_cv"],
        "factor_key": row["key"],
    } for row in facts.factors[name]]


def titled(facts, region, row, number=""):
    english, chinese = facts.names[region]
    tail = f" {number}" if number else ""
    return {"name": f"{row['name']}, {english}{tail}", "name_zh": f"{chinese}{row['name_zh']}{number}"}


def power_plants(facts):
    rows = table("plants.csv")
    power = [row for row in rows if row["sector"] == "combustion.power"]
    fleet = sum(float(row["capacity_mw"]) * int(row["count"]) for row in power)
    numbers = defaultdict(int)
    for row in rows:
        capacity = float(row["capacity_mw"])
        own = float(row["coal_t"]) / int(row["count"]) if row["coal_t"] else facts.city["power_coal"] * capacity / fleet
        for _ in range(int(row["count"])):
            numbers[row["facility"]] += 1
            number = numbers[row["facility"]]
            yield {
                "source": f"WZ-{row['facility']}-{number}", "region": row["region"], "sector": row["sector"],
                "name": f"{row['name']} unit {number}", "name_zh": f"{row['name_zh']}{number}号机组",
                "fuel": "coal", "owner": row["owner"], "facility": row["facility"],
                "capacity": capacity, "capacity_unit": "MW", "lon": row["lon"], "lat": row["lat"],
                "activity": float(round(own)), "activity_unit": "t", "activity_cv": "0.05",
                "heat_supply": row["heat_supply"],
            }, emissions_of(facts, row["sector"].split(".")[1] + "_coal")


def boiler_numbers(facts, rows):
    """Boilers of each region and class: coal boilers from Cangnan's reported number, the others from a city total."""
    weights = facts.weights["co2"]
    mix = {row["class"]: float(row["number_share"]) for row in rows if row["number_share"]}
    per_weight = facts.city["cangnan_coal_boilers"] / weights[CANGNAN]
    numbers = {}
    for region, weight in weights.items():
        ratio = 1.0 if region == CANGNAN else facts.city["other_county_boiler_ratio"]
        counts = apportion(round(per_weight * weight * ratio), mix)
        numbers.update({(region, name): count for name, count in counts.items()})
    for row in rows:
        if row["number_city"]:
            counts = apportion(int(row["number_city"]), weights)
            numbers.update({(region, row["class"]): count for region, count in counts.items()})
    return numbers


def boilers(facts, places, coal_scale):
    rows = table("boilers.csv")
    numbers = boiler_numbers(facts, rows)
    for region in facts.weights["co2"]:
        for row in rows:
            scale = coal_scale if row["fuel"] == "coal" else 1.0
            one = float(row["capacity_t_h"]) * float(row["hours"]) * float(row["fuel_per_steam"]) * scale
            for index, units in enumerate(chunks(numbers[region, row["class"]], int(row["per_row"])), start=1):
                yield {
                    "source": f"WZ-{region}-boiler-{row['class']}-{index:02d}", "region": region,
                    "sector": row["sector"], **titled(facts, region, row, index), "fuel": row["fuel"],
                    "capacity": float(row["capacity_t_h"]), "capacity_unit": "t/h", **places.next(region),
                    "activity": round(one * units, 1), "activity_unit": row["unit"],
                    "activity_cv": row["activity_cv"], "units": units,
                }, emissions_of(facts, row["factors"], row)


def activities(facts, places):
    for row in table("activities.csv"):
        parts = int(row["parts"])
        pieces = parts * (parts + 1) / 2                      # part k of n weighs n + 1 - k: a few large, more small
        for region, share in facts.shares(row["spread"]).items():
            for part in range(1, parts + 1):
                amount = float(row["activity"]) * share * (parts + 1 - part) / pieces
                yield {
                    "source": f"WZ-{region}-{row['sector']}" + (f"-{part}" if parts > 1 else ""), "region": region,
                    "sector": row["sector"], **titled(facts, region, row, part if parts > 1 else ""),
                    "fuel": row["fuel"], "activity": significant(amount), "activity_unit": row["unit"],
                    "activity_cv": row["activity_cv"], **(places.next(region) if parts > 1 else {}),
                }, emissions_of(facts, row["factors"])


def fleets(facts):
    factors = {(row["sector"], row["pollutant"]): row for row in table("road_factors.csv")}
    for row in table("fleets.csv"):
        distance = float(row["vehicles"]) * float(row["km_a_year"])
        class_factors = [factor for (sector, _), factor in factors.items() if sector == row["sector"]]
        for region, share in facts.shares(row["spread"]).items():
            for stage in (stage for stage in STAGES if float(row[stage]) > 0):
                yield {
                    "source": f"WZ-{region}-{row['sector']}-{stage}", "region": region, "sector": row["sector"],
                    **titled(facts, region, row, stage), "fuel": row["fuel"], "stage": stage,
                    "activity": significant(distance * share * float(row[stage])), "activity_unit": "km",
                    "activity_cv": row["activity_cv"],
                }, [road_emission(row["sector"], stage, factor) for factor in class_factors]


def road_emission(sector, stage, row):
    return {"pollutant": row["pollutant"], "factor": float(row[stage]), "factor_unit": row["unit"], "removal": 0.0,
            "factor_cv": row["factor_cv"], "factor_key": f"{sector}.{stage}.{row['pollutant']}"}


# ---- the inventory --------------------------------------------------------------------------------------------------

def build(facts, coal_scale):
    places = Places()
    builders = power_plants(facts), boilers(facts, places, coal_scale), activities(facts, places), fleets(facts)
    return [{**source, **emission} for builder in builders for source, emissions in builder for emission in emissions]


def tonnes(row):
    return row["activity"] * row["factor"] * GRAMS[row["factor_unit"]] * (1 - row["removal"])


def industrial_so2(rows, sectors=INDUSTRY):
    return sum(tonnes(row) for row in rows if row["pollutant"] == "SO2" and row["sector"].startswith(sectors))


def closed(facts):
    """The inventory whose industrial SO2 meets the official figure, and the factor on boiler coal that it took."""
    plain = build(facts, 1.0)
    coal = industrial_so2(plain, ("combustion.boiler.coal",))
    scale = (facts.city["industrial_so2_2015"] - industrial_so2(plain) + coal) / coal
    return build(facts, scale), scale


def as_csv(rows):
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: text(value) for key, value in row.items()} for row in rows)
    return HEADER + buffer.getvalue()


def report(rows, scale, facts):
    pollutants = "SO2", "NOx", "VOC"
    totals = defaultdict(float)
    for row in rows:
        parts = row["sector"].split(".")
        for key in (".".join(parts[:2]), "total"):
            totals[key, row["pollutant"]] += tonnes(row)
    print(f"{'t/yr':28}" + "".join(f"{pollutant:>10}" for pollutant in pollutants))
    for key in sorted({key for key, _ in totals} - {"total"}) + ["total"]:
        print(f"{key:28}" + "".join(f"{totals[key, pollutant]:10.0f}" for pollutant in pollutants))
    print(f"{len({row['source'] for row in rows})} sources, {len(rows)} rows; coal of the coal boilers x {scale:.4f}")
    print(f"industrial SO2 {industrial_so2(rows):.2f} t, official {facts.city['industrial_so2_2015']:.0f} t")


def main(arguments):
    if arguments not in ([], ["--check"]):
        print(__doc__, file=sys.stderr)
        return 2
    facts = Facts()
    rows, scale = closed(facts)
    content = as_csv(rows)
    if arguments:
        current = TARGET.read_text(encoding="utf-8") if TARGET.exists() else ""
        if current != content:
            print(f"{TARGET.name} is not what facts/ gives; run make_baseline.py", file=sys.stderr)
        return int(current != content)
    TARGET.write_text(content, encoding="utf-8")
    report(rows, scale, facts)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
