# SPDX-License-Identifier: GPL-3.0-or-later
"""Who pays for new sources: lantian-plan's offsets.csv against reference.py, which has the rule from SCENARIO.md's
words, on small cities made up at random."""

import csv
import os
import random
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
TOLERANCE = 1e-9
CITIES = 60

REGIONS = """\
region,parent,kind,name,name_zh
C,,city,City,市
A,C,county,First,甲县
B,C,county,Second,乙县
Z,A,zone,Zone,区
"""
HEAD = "source,region,sector,fuel,pollutant,activity,activity_unit,factor,factor_unit,removal,emission_t\n"
TRADES = ("solvent.shoes", "solvent.printing", "process.chemical", "combustion.boiler")
DAYS = ("2016", "2016-08-01", "2017", "2017-04-16", "2018-01-01", "2018-10-20", "2019", "2020-02-10")


def inventory(draw):
    lines = [HEAD]
    for i in range(draw.randint(6, 14)):
        trade = draw.choice(TRADES)
        head = f"s{draw.randint(0, 999):03d}-{i},{draw.choice('AABBZ')},{trade},{'coal' if 'boiler' in trade else ''}"
        activity = f"{draw.uniform(500, 9000):.2f}"
        for pollutant in ("VOC", "NOx"):
            if "." in trade and draw.random() < 0.15:  # a source of which only the emission is known
                lines.append(f"{head},{pollutant},,,,,,{draw.uniform(1, 60):.3f}\n")
                break
            removal = draw.choice(("0", "0.3", "0.62"))
            lines.append(f"{head},{pollutant},{activity},t,{draw.uniform(0.5, 20):.3f},kg/t,{removal},\n")
    return "".join(lines)


def phase(draw):
    kind = draw.randint(0, 4)
    first = draw.randint(2015, 2018)
    if kind == 0:
        return {}
    if kind == 1:
        return {"from": draw.choice(DAYS)}
    knots = {first: 0, first + 1: round(draw.uniform(0.1, 0.9), 3), 2020: round(draw.uniform(0.2, 1), 3)}
    if kind == 2:
        knots = {first: round(draw.uniform(0.1, 0.9), 3)}
    return {"phase": knots, **({"from": draw.choice(DAYS)} if kind == 4 else {})}


def where(draw):
    return draw.choice(({}, {"sector": draw.choice(TRADES)}, {"sector": "solvent"}, {"region": draw.choice("ABZ")},
                        {"region": "A", "sector": draw.choice(TRADES)}, {"fuel": "coal"}))


def gas(draw):
    return {"fuel": "natural_gas", "ncv_old": "20.9 MJ/kg", "efficiency_old": 0.65, "ncv_new": "38.9 MJ/m3",
            "efficiency_new": 0.92, "other": "none",
            "factors": {"NOx": f"{draw.uniform(0.5, 3):.3f} g/m3", "VOC": f"{draw.uniform(0.05, 6):.3f} g/m3"}}


def measure(draw, at):
    """A measure of any kind; growth, caps and what acts in a season only give no credit."""
    kind = draw.choice(("grow", "control", "control", "retire", "replace", "switch", "limit", "cap", "season"))
    share = f"{draw.uniform(5, 70):.2f} %"
    device = {"VOC": {"capture": share, "efficiency": 0.8}, "NOx": {"efficiency": round(draw.uniform(0.1, 0.9), 3)}}
    body = {"id": f"m{at}-{kind}", "where": where(draw), **({} if kind == "grow" else phase(draw))}
    body |= {
        "grow": {"grow": {"rate": f"{draw.uniform(-3, 6):.3f} %"}},
        "control": {"control": {**device, "mode": draw.choice(("add", "replace"))}},
        "retire": {"retire": {"share": share}},
        "replace": {"retire": {"share": share, "replace": gas(draw)}},
        "switch": {"switch": {"share": share, **gas(draw)}},
        "limit": {"limit": {"VOC": f"{draw.uniform(1, 40):.3f} t/yr", "NOx": f"{draw.uniform(0.5, 8):.3f} kg/t"}},
        "cap": {"where": {"fuel": "coal"}, "cap": {"activity": f"{draw.uniform(60, 110):.2f} %", "of": "base"}},
        "season": {"control": device, "months": sorted(draw.sample(range(1, 13), draw.randint(1, 12)))},
    }[kind]
    if kind in ("replace", "switch", "limit"):  # what they say is said of solids
        body["where"] = {**body["where"], "not": {"fuel": "natural_gas"}}
    return body


def projects(draw):
    for at in range(draw.randint(1, 5)):
        size = {"VOC": f"{draw.uniform(0.5, 30):.3f} t/yr", "NOx": f"{draw.uniform(0.5, 30):.3f} t/yr"}
        owed = {"pollutant": draw.choice(("VOC", "VOC", "NOx")), "rule": draw.choice(("near", "city", "zone"))}
        yield {"id": f"new-{at}",
               "add": {"source": f"new-{at}", "region": draw.choice("ABZ"), "sector": draw.choice(TRADES),
                       "from": draw.choice(DAYS), "emissions": size},
               "offset": owed}


def plan(draw):
    measures = [measure(draw, at) for at in range(draw.randint(3, 8))] + list(projects(draw))
    if draw.random() < 0.5:
        draw.shuffle(measures)
    some = {"where": {"sector": ["solvent", "process"]}}
    return {"scenario": "a city at random", "base_year": 2015, "years": [2015, 2020], "measures": measures,
            "offset_rules": {
                "near": {"ratio": round(draw.uniform(1, 2.5), 3), "within": ["county", "city"], "credits_from": some},
                "city": {"ratio": 2, "within": "city", "order": "earliest", "surplus": "false", "unmet": "flag"},
                "zone": {"ratio": 1.5, "within": ["zone", "county", "city"]}}}


def table(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


# Of 100 t, `late` takes half from 2018 on, and before it in the file; `early` takes 40 % of the rest from 2016 on:
# 40 t in 2016 and 2017, 50 t · 40 % = 20 t from 2018, when `late` has 50 t of the fall of 70 t.
SWINGING = """\
scenario: a share that shrinks
base_year: 2015
years: [2015, 2020]
measures:
  - {id: late, where: {sector: solvent}, control: {VOC: {efficiency: 50 %}}, phase: {2018: 1}}
  - {id: early, where: {sector: solvent}, control: {VOC: {efficiency: 40 %}}}
  - {id: new-1, add: {source: new-1, region: A, sector: process, from: 2018, emissions: {VOC: 10 t/yr}},
     offset: {pollutant: VOC, rule: two}}
  - {id: new-2, add: {source: new-2, region: A, sector: process, from: 2019, emissions: {VOC: 30 t/yr}},
     offset: {pollutant: VOC, rule: two}}
offset_rules: {two: {ratio: 2, within: county}}
"""


class OffsetClaims(unittest.TestCase):
    def test_a_share_that_shrinks(self):
        # new-1 owes 20 t: the 20 t of the oldest, `early`. new-2 owes 60 t: the 50 t of `late`, and 10 t are lacking.
        wanted = [("new-1", "early", "s", 20, 2016), ("new-2", "late", "s", 50, 2018), ("new-2", "unmet", "", 10, None)]
        with tempfile.TemporaryDirectory() as name:
            claims = self.claims({"city.csv": HEAD + "s,A,solvent,,VOC,,,,,,100\n", "plan.yaml": SWINGING}, Path(name))
        self.assertEqual([claim[:3] + claim[4:] for claim in claims], [claim[:3] + claim[4:] for claim in wanted])
        for claim, (*_, tonnes, _) in zip(claims, wanted):
            self.assertAlmostEqual(claim[3], tonnes, delta=1e-12 * tonnes)

    def test_cities_at_random(self):
        paid = unmet = 0
        for seed in range(CITIES):
            with self.subTest(seed=seed), tempfile.TemporaryDirectory() as name:
                draw = random.Random(seed)
                texts = {"city.csv": inventory(draw), "plan.yaml": yaml.dump(plan(draw), sort_keys=False)}
                claims = self.claims(texts, Path(name))
                paid += sum(bool(source) for _, _, source, _, _ in claims)
                unmet += sum(not source for _, _, source, _, _ in claims)
        self.assertGreater(paid, 5 * CITIES)
        self.assertGreater(unmet, CITIES / 4)

    def claims(self, texts, folder):
        """The reference's claims, once the program's were found to be the same."""
        texts |= {"regions.csv": REGIONS}
        for file, text in texts.items():
            (folder / file).write_text(text, encoding="utf-8")
        claims = reference.Offsets(reference.Reference(*(folder / f for f in texts)), folder / "regions.csv").claims
        done = subprocess.run([PLAN, folder / "city.csv", folder / "plan.yaml", "--regions", folder / "regions.csv",
                               "--out", folder / "out"], capture_output=True, encoding="utf-8")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.same_claims(table(folder / "out" / "offsets.csv"), claims)
        return claims

    def same_claims(self, rows, claims):
        """Every claim and remainder, in the same order, and no other."""
        names = [(row["project"], row["credit_measure"], row["credit_source"], row["credit_year"]) for row in rows]
        self.assertEqual(names, [(p, m, s, str(year or "")) for p, m, s, _, year in claims])
        for row, (*_, tonnes, _) in zip(rows, claims):
            self.assertLessEqual(abs(float(row["claimed_t"]) - tonnes), TOLERANCE * tonnes, row)


if __name__ == "__main__":
    unittest.main()
