# SPDX-License-Identifier: GPL-3.0-or-later
"""The Wenzhou case: lantian-plan's files against the second projector of reference.py, for every source, pollutant
and year; and what the case must hold of itself."""

import csv
import os
import subprocess
import sys
import tempfile
import unittest
from collections import defaultdict
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
CASE = SOURCE / "examples" / "wenzhou"
COUNTIES = "330302 330303 330304 330305 330324 330326 330327 330328 330329 330381 330382".split()
ZONE = "330371"
TOLERANCE = 1e-9


def run(*arguments, status=0):
    done = subprocess.run([PLAN, *map(str, arguments)], capture_output=True, encoding="utf-8")
    if done.returncode != status:
        raise AssertionError(f"status {done.returncode}\n{done.stderr}")
    return done.stdout


def table(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


def head(path):
    with open(path, encoding="utf-8") as file:
        return dict(line[2:].rstrip("\n").split(": ", 1) for line in file if line.startswith("# "))


class Wenzhou(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        files = (CASE / name for name in ("baseline-2015.csv", "blue-sky-2020.yaml", "regions.csv"))
        cls.reference = reference.Reference(*files)
        cls.folder = tempfile.TemporaryDirectory()
        cls.out = Path(cls.folder.name) / "out"
        years = [a for year in cls.reference.years for a in ("--inventory-year", year)]
        cls.english = run("--out", cls.out, *years)
        cls.chinese = run("--lang", "zh")
        cls.ledger = table(cls.out / "ledger.csv")

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def assertNear(self, got, wanted, what, gross=None):
        scale = abs(wanted) if gross is None else gross
        if not abs(got - wanted) <= TOLERANCE * scale:
            self.fail(f"{what}: {got!r}; the reference has {wanted!r}")

    # ---- against the reference ----

    def test_every_source_pollutant_and_year(self):
        compared = 0
        for year in self.reference.years:
            wanted = dict(self.reference.emissions[year])
            for row in table(self.out / f"inventory-{year}.csv"):
                key = row["source"], row["pollutant"]
                self.assertIn(key, wanted, f"{year}: a row that should not be there")
                source = self.reference.sources[year][key[0]]
                self.assertNear(float(row["emission_t"]), wanted.pop(key), f"{year} {key}")
                self.assertEqual(row["region"], source["region"], key)
                self.assertEqual(row["sector"], source["sector"], key)
                self.assertEqual(row["fuel"], source["fuel"], key)
                if source.activity is not None:
                    self.assertNear(float(row["activity"]), source.activity, f"{year} activity of {key}")
                removal = source.rows[key[1]].removal
                if removal is not None:
                    self.assertAlmostEqual(float(row["removal"]), removal, delta=1e-9, msg=f"{year} removal of {key}")
                compared += 1
            self.assertEqual(wanted, {}, f"{year}: rows that are missing")
        self.assertGreater(compared, 6 * 600)

    def test_summary(self):
        wanted = defaultdict(float)
        for year in self.reference.years:
            for (source, pollutant), emission in self.reference.emissions[year].items():
                s = self.reference.sources[year][source]
                wanted[year, s["region"], s["sector"], pollutant] += emission
        for row in table(self.out / "summary.csv"):
            key = int(row["year"]), row["region"], row["sector"], row["pollutant"]
            self.assertNear(float(row["emission_t"]), wanted.pop(key, 0.0), key)
        self.assertEqual({k: v for k, v in wanted.items() if v}, {}, "sums that are missing")

    def test_ledger_closes(self):
        base = {(s.id, p): r.emission for s in self.reference.base for p, r in s.rows.items()}
        sums, gross = defaultdict(float), defaultdict(float)
        for row in self.ledger:
            key = int(row["year"]), row["source"], row["pollutant"]
            sums[key] += float(row["delta_t"])
            gross[key] += abs(float(row["delta_t"]))
        for year in self.reference.years:
            emissions = self.reference.emissions[year]
            for key in set(base) | set(emissions) | {k[1:] for k in sums if k[0] == year}:
                start, at = base.get(key, 0.0), (year, *key)
                self.assertNear(start + sums[at], emissions.get(key, 0.0), at, start + gross[at])

    def test_each_entry_of_the_ledger(self):
        measures = {m["id"]: m for m in self.reference.plan["measures"]}
        left = {(y, *k): d for y in self.reference.years for k, d in self.reference.ledger[y].items()}
        for row in self.ledger:
            measure = measures[row["measure"]]
            key = int(row["year"]), row["measure"], row["source"], row["pollutant"]
            emission = self.reference.emissions[key[0]].get(key[2:], 0.0)
            wanted = left.pop(key, 0.0)
            self.assertNear(float(row["delta_t"]), wanted, key, abs(wanted) + 1e-3 * emission)
            self.assertEqual(row["task"], measure.get("task", ""), key)
            self.assertEqual(row["class"], reference.class_of(measure), key)
        left = {k: d for k, d in left.items() if abs(d) > 1e-12 * self.reference.emissions[k[0]].get(k[2:], 0.0)}
        self.assertEqual(left, {}, "entries that are missing")

    def test_targets(self):
        rows = table(self.out / "targets.csv")
        wanted = list(self.reference.targets(CASE / "targets.csv"))
        self.assertEqual(len(rows), len(wanted))
        for row, target in zip(rows, wanted):
            what = row["region"], row["pollutant"], row["scope"]
            self.assertEqual(what, (target["region"], target["pollutant"], target["scope"]))
            self.assertEqual(row["state"], target["state"], what)
            self.assertEqual(row["met"], target["met"], what)
            columns = {"base_t": "base", "projected_t": "projected", "cut_pct": "cut", "gap_t": "gap"}
            for column, name in columns.items():
                if target[name] is None:
                    self.assertEqual(row[column], "", what)
                else:
                    gross = max(abs(target[name]), target["base"] or 0.0, 100.0 if target["unit"] == "%" else 0.0)
                    self.assertNear(float(row[column]), target[name], (what, column), gross)
            self.assertEqual(row["p_met"], "", what)

    def test_claims(self):
        claims = reference.Offsets(self.reference, CASE / "regions.csv").claims
        rows = table(self.out / "offsets.csv")
        self.assertEqual([(row["project"], row["credit_measure"], row["credit_source"]) for row in rows],
                         [claim[:3] for claim in claims])
        for row, (*_, tonnes, year) in zip(rows, claims):
            self.assertNear(float(row["claimed_t"]), tonnes, row)
            self.assertEqual(row["credit_year"], str(year or ""), row)
        self.assertGreater(len(claims), 300)

    def test_distance(self):
        # Flinders Peak to Buninyong, 54972.271 m: Geocentric Datum of Australia Technical Manual, table 4.1 (on GRS80,
        # whose polar axis is 0.1 mm shorter than WGS84's).
        flinders = 144 + 25 / 60 + 29.52440 / 3600, -(37 + 57 / 60 + 3.72030 / 3600)
        buninyong = 143 + 55 / 60 + 35.38390 / 3600, -(37 + 39 / 60 + 10.15610 / 3600)
        self.assertAlmostEqual(reference.distance_km(flinders, buninyong), 54.972271, delta=1e-6)

    def test_the_radius_leaves_no_coal_boiler(self):
        plants = [(float(s["lon"]), float(s["lat"])) for s in self.reference.base
                  if s["sector"] == "combustion.power" and float(s["capacity"]) >= 300 and s["heat_supply"] == "yes"]
        closed = 0
        for row in table(self.out / "inventory-2020.csv"):
            if row["sector"] == "combustion.boiler.coal":
                here = float(row["lon"]), float(row["lat"])
                if min(reference.distance_km(here, plant) for plant in plants) <= 15:
                    self.assertEqual(float(row["emission_t"]), 0.0, row["source"])
                    closed += float(row["capacity"]) > 10
        self.assertGreater(closed, 0)

    def test_the_ban_holds_growth_alone(self):
        for key, change in self.reference.ledger[2020].items():
            if key[0] == "no-new-small-boilers":
                grown = self.reference.ledger[2020]["growth-industry", *key[1:]]
                self.assertNear(change, -grown, key)  # in force in full, it takes back what growth had added, no more

    # ---- what the case holds ----

    def test_baseline_is_what_its_facts_give(self):
        command = [sys.executable, CASE / "make_baseline.py", "--check"]
        done = subprocess.run(command, capture_output=True, encoding="utf-8")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_baseline_covers_the_city(self):
        self.assertGreaterEqual(len(self.reference.base), 600)
        regions = {s["region"] for s in self.reference.base}
        for region in COUNTIES + [ZONE]:
            self.assertIn(region, regions)
        self.assertEqual(self.reference.parent[ZONE], "330303")
        for county in COUNTIES:
            self.assertEqual(self.reference.parent[county], "330300")

    def test_industrial_so2_is_the_official_figure(self):
        industry = ("combustion.power", "combustion.chp", "combustion.boiler", "process")
        total = sum(s.rows["SO2"].emission for s in self.reference.base
                    if "SO2" in s.rows and any(s["sector"] == i or s["sector"].startswith(i + ".") for i in industry))
        self.assertAlmostEqual(total, 37316, delta=0.5)

    def test_it_is_said_to_be_reconstructed(self):
        self.assertEqual(head(CASE / "baseline-2015.csv")["reconstructed"], "yes")
        self.assertEqual(head(self.out / "inventory-2020.csv")["reconstructed"], "yes")
        self.assertEqual(head(self.out / "inventory-2020.csv")["base_year"], "2020")
        self.assertTrue(head(self.out / "inventory-2020.csv")["baseline"].startswith("reconstruction-2015+"))
        self.assertIn("RECONSTRUCTED", self.english)
        self.assertIn("重构", self.chinese)
        self.assertIn("reconstructed", {row["code"] for row in table(self.out / "notes.csv")})

    def test_all_tasks_are_there(self):
        tasks = table(CASE / "tasks.csv")
        self.assertEqual(len(tasks), 99)
        numbers = [row["no"] for row in tasks]
        self.assertEqual(numbers, [str(n) for n in range(1, 100)])
        for measure in self.reference.plan["measures"]:
            self.assertIn(measure.get("task", "1"), numbers)


if __name__ == "__main__":
    if not PLAN.exists():
        print(f"{PLAN} is not built")
        sys.exit(77)
    unittest.main()
