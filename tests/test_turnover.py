# SPDX-License-Identifier: GPL-3.0-or-later
"""Every form of turnover, one on another: lantian-plan's inventories against the second projector of reference.py."""

import csv
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

try:
    import yaml  # noqa: F401: reference.py needs it
except ImportError:
    print("python3-yaml is not installed")
    sys.exit(77)

import reference

SOURCE = Path(os.environ.get("LANTIAN_SOURCE", Path(__file__).resolve().parent.parent))
BUILD = Path(os.environ.get("LANTIAN_BUILD", SOURCE / "build"))
PLAN = BUILD / "examples" / "lantian-plan"
TOLERANCE = 1e-11

REGIONS = "region,parent,kind,name,name_zh\ncity,,city,City,城市\n"
HEAD = "source,region,sector,pollutant,activity,activity_unit,factor,factor_unit,removal,stage,model_year,emission_t\n"
STAGES = ("", "I", "III", "IV", "V", "VI")
SCENARIO = """\
scenario: fleets
base_year: 2015
years: [2015, 2023]
measures:
  - {id: growth, where: {sector: mobile}, grow: {rate: 3.7 %}}
  - id: retired
    where: {sector: mobile.van}
    turnover: {stage: stage, retire: {III: {2013: 0, 2014: 0, 2019: 0.63}, IV: {2020: 0.17}},
               to: {V: 2014-05-09, VI: 2018-03-17}, vkt: 21300 km/vehicle,
               factors: {V: {NOx: 1.31 g/km, VOC: 0.07 g/km}, VI: {NOx: 0.29 g/km, VOC: 0.031 g/km}}}
  - id: scrapped
    where: {sector: mobile.truck}
    turnover: {stage: stage, scrappage: {III: 11.3 %, IV: {triangular: [2 %, 3 %, 7 %]}},
               to: {V: 2015, VI: 2019-07-01}, vkt: 58300 km/vehicle,
               factors: {V: {NOx: 4.721 g/km, VOC: 0.13 g/km}, VI: {NOx: 0.944 g/km, VOC: 0.05 g/km}}}
  - id: scrubbed
    where: {stage: V}
    control: {NOx: {efficiency: 23 %}}
  - id: survived
    turnover: {stage: stage, survival: {0: 1, 2.5: 0.97, 6: 0.71, 11: 0.2, 16: 0}, age: model_year,
               to: {V: 2016, VI: 2021-10-01, VII: 2022-02-11}, vkt: 40000 km/vehicle,
               factors: {V: {NOx: 3.1 g/km, VOC: 1 g/km}, VI: {NOx: 0.7 g/km, VOC: 0.5 g/km},
                         VII: {NOx: 0.1 g/km, VOC: 0.02 g/km}}}
"""


def fleets():
    """Vans and trucks of every stage, counted in kilometres and in vehicles, of every age."""
    for kind in ("van", "truck"):
        for i, stage in enumerate(STAGES):
            for j, year in enumerate(("", 1996, 2001, 2008, 2013, 2015, 2017)):
                counted = (i + j) % 2
                amount = (f"{1.37e6 * (1 + i + 6 * j)},km", "km") if counted else (f"{41 * (1 + j)},vehicle", "vehicle")
                for pollutant, factor in (("NOx", 6.13), ("VOC", 0.41)):
                    yield (f"{kind}{i}-{j},city,mobile.{kind},{pollutant},{amount[0]},"
                           f"{factor if counted else 5e4 * factor},g/{amount[1]},0,{stage},{year},\n")


class Turnover(unittest.TestCase):
    def test_every_form(self):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            texts = {"fleet.csv": HEAD + "".join(fleets()), "plan.yaml": SCENARIO, "regions.csv": REGIONS}
            for file, text in texts.items():
                (folder / file).write_text(text, encoding="utf-8")
            wanted = reference.Reference(*(folder / file for file in texts))
            years = [a for year in wanted.years for a in ("--inventory-year", str(year))]
            subprocess.run([PLAN, folder / "fleet.csv", folder / "plan.yaml", "--regions", folder / "regions.csv",
                            "--out", folder / "out", *years], check=True, capture_output=True)
            made = set()
            for year in wanted.years:
                made |= self.compare(folder / "out" / f"inventory-{year}.csv", wanted.emissions[year], year)
        for end in ("~retired~V", "~retired~VI", "~scrapped~V", "~scrapped~VI", "~survived~VII", "~survived~VI"):
            self.assertTrue(any(source.endswith(end) for source in made), end)

    def compare(self, path, emissions, year):
        """Every row, and no other; the sources that are in it."""
        left = dict(emissions)
        with open(path, encoding="utf-8", newline="") as file:
            for row in csv.DictReader(line for line in file if not line.startswith("#")):
                key = row["source"], row["pollutant"]
                got, wanted = float(row["emission_t"]), left.pop(key)
                if not abs(got - wanted) <= TOLERANCE * max(abs(wanted), 1e-3):
                    self.fail(f"{year} {key}: {got!r}; the reference has {wanted!r}")
        self.assertFalse({key: value for key, value in left.items() if value}, year)
        return {source for source, _ in emissions}


if __name__ == "__main__":
    unittest.main()
