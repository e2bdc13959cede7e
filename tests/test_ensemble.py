# SPDX-License-Identifier: GPL-3.0-or-later
"""lantian-plan --draws from the outside: options, tables, files, and numbers that closed forms know."""

import csv
import math
import os
import re
import statistics
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

try:
    import h5py
    import numpy
except ImportError:
    h5py = None
try:
    import netCDF4
except ImportError:
    netCDF4 = None

SOURCE = Path(os.environ.get("LANTIAN_SOURCE", Path(__file__).resolve().parent.parent))
BUILD = Path(os.environ.get("LANTIAN_BUILD", SOURCE / "build"))
PLAN = BUILD / "examples" / "lantian-plan"
CASE = SOURCE / "examples" / "wenzhou"
DONE, BAD_INPUT, WRONG_USAGE, SYSTEM_FAILED, TARGETS_MISSED = range(5)
N = 10000
QUANTILES = [0.025, 0.05, 0.25, 0.5, 0.75, 0.95, 0.975]
NORMAL = statistics.NormalDist()

# A: 500 t of SO2 whose activity has a cv of 0.3, B: 200 t that are certain.
INVENTORY = """\
# base_year: 2015
# baseline: t
source,region,sector,pollutant,activity,activity_unit,factor,factor_unit,removal,activity_cv
a,A,combustion.boiler,SO2,50000,t,10,g/kg,0,0.3
b,B,process.kiln,SO2,20000,t,10,g/kg,0,
"""
# Everywhere a control of efficiency uniform in [0, 0.4]: one draw for the whole measure.
SCENARIO = """\
scenario: {en: Small plan, zh: 小方案}
base_year: 2015
years: [2015, 2016]
measures:
  - id: scrubber
    control: {SO2: {efficiency: {uniform: [0, 0.4]}}}
"""
OFFSETS = """\
  - id: works
    add: {source: N, region: A, sector: process.made, from: 2016, emissions: {SO2: 35 t/yr}}
    offset: {pollutant: SO2, rule: two}
offset_rules:
  two: {ratio: 2, within: [self]}
"""
# The cut is 100·r %, r the efficiency: P(cut >= 10 %) = 0.75, P(cut >= 30 %) = 0.25.
TARGETS = """\
region,pollutant,kind,value,unit,base_year,target_year,state,scope
A,SO2,cut,10,%,2015,2016,value,
B,SO2,cut,30,%,2015,2016,value,
A,SO2,cut,50,%,2015,2016,value,
B,SO2,cut,10,%,2015,2016,not_assessed,
"""
COLUMNS = {
    "ensemble.csv": "year,region,pollutant,emission_t,mean_t,mean_error_t,sd_t,skewness,p2.5_t,p5_t,p25_t,p50_t,p75_t,"
                    "p95_t,p97.5_t",
    "ensemble-totals.csv": "year,pollutant,emission_t,mean_t,mean_error_t,sd_t,skewness,p2.5_t,p5_t,p25_t,p50_t,p75_t,"
                           "p95_t,p97.5_t",
    "ensemble-targets.csv": "region,pollutant,scope,state,base_t,projected_t,required_cut_pct,cut_pct,cut_plan_pct,"
                            "gap_t,met,p_met,p_met_error,cut_mean_pct,cut_p2.5_pct,cut_p97.5_pct",
    "targets.csv": "region,pollutant,scope,state,base_t,projected_t,required_cut_pct,cut_pct,cut_plan_pct,gap_t,met,"
                   "p_met",
}
FILES = {"ensemble.csv", "ensemble-totals.csv", "ensemble-targets.csv", "ensemble-projects.csv", "ensemble.h5"}


def table(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


class Case(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="蓝天 ")
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)
        self.write("inventory.csv", INVENTORY)
        self.write("plan.yaml", SCENARIO)
        self.write("targets.csv", TARGETS)

    def write(self, name, text):
        (self.folder / name).write_text(text, encoding="utf-8")

    def call(self, *arguments):
        return subprocess.run([PLAN, *map(str, arguments)], capture_output=True, encoding="utf-8", cwd=self.folder)

    def small(self, *arguments):
        done = self.call("inventory.csv", "plan.yaml", *arguments)
        self.assertEqual((done.returncode, done.stderr), (DONE, ""), done.stdout[-500:])
        return done.stdout

    def names(self, out):
        return {path.name for path in (self.folder / out).iterdir()}


class Options(Case):
    def refused(self, *arguments, words):
        done = self.call("inventory.csv", "plan.yaml", *arguments)
        self.assertEqual((done.returncode, done.stdout), (WRONG_USAGE, ""), done.stderr)
        self.assertEqual(len(done.stderr.splitlines()), 1)
        for word in words:
            self.assertIn(word, done.stderr)

    def test_bad_values(self):
        for option, value in (("draws", "0"), ("draws", "-5"), ("draws", "1e99"), ("draws", "1e3"), ("draws", ""),
                              ("draws", "10 "), ("draws", " 10"), ("draws", "+10"), ("draws", "2147483648"),
                              ("draws", "99999999999999999999999"), ("draws", "many")):
            self.refused(f"--{option}", value, words=[f"--{option} cannot be '{value}'"])
        for option, value in (("sampling", "foo"), ("sampling", ""), ("sampling", "Latin"), ("seed", "x"),
                              ("seed", "-1"), ("seed", "1.5"), ("seed", ""), ("seed", "18446744073709551616")):
            self.refused("--draws", "10", f"--{option}", value, words=[f"--{option} cannot be '{value}'"])

    def test_options_that_do_not_go_together(self):
        for arguments in (["--seed", "7"], ["--sampling", "sobol"], ["--seed", "7", "--sampling", "random"]):
            self.refused(*arguments, words=["--seed and --sampling go with --draws"])
        for arguments in (["--explain", "a"], ["--accounts"], ["--compare"]):
            self.refused("--draws", "10", *arguments, words=["--draws goes with"])
        self.refused("--draws", words=["a value is missing"])

    def test_largest_seed(self):
        text = self.small("--draws", "20", "--seed", "18446744073709551615")
        self.assertIn("seed 18446744073709551615", text)

    def test_help(self):
        text = self.call("--help").stdout
        for word in ("--draws N", "--seed S", "--sampling HOW", "random", "latin", "sobol"):
            self.assertIn(word, text)


class Numbers(Case):
    def run_to(self, out, *arguments):
        text = self.small("--targets", "targets.csv", "--draws", N, "--out", out, *arguments)
        return text, self.folder / out

    def test_columns_and_files(self):
        text, out = self.run_to("out")
        for name, columns in COLUMNS.items():
            self.assertEqual((out / name).read_text("utf-8").splitlines()[0], columns)
        self.assertEqual(self.names("out") & FILES, FILES - {"ensemble-projects.csv"})
        written = [line for line in text.splitlines() if line.startswith("Written to")][0]
        readme = (out / "README.txt").read_text("utf-8")
        for name in FILES - {"ensemble-projects.csv"}:
            self.assertIn(name, written)
            self.assertIn("\n" + name, readme)

    def test_without_draws_nothing_of_it_and_what_was_there_goes(self):
        self.run_to("out")
        text = self.small("--targets", "targets.csv", "--out", "out")
        self.assertEqual(self.names("out") & FILES, set())
        self.assertNotIn("±", text)
        self.assertNotIn("random inputs", text)
        self.assertEqual({row["p_met"] for row in table(self.folder / "out" / "targets.csv")}, {""})
        self.assertNotIn("ensemble", (self.folder / "out" / "notes.csv").read_text("utf-8"))

    def test_a_lognormal(self):
        """E of A in 2015 is lognormal of mean 500 t and cv 0.3: sigma² = ln(1 + 0.3²), quantile_p =
        500/sqrt(1 + 0.3²)·exp(sigma·z_p). The sampling error of a quantile is sqrt(p(1 − p)/n)/density."""
        _, out = self.run_to("out", "--seed", "3")
        row, = [r for r in table(out / "ensemble.csv") if (r["year"], r["region"]) == ("2015", "A")]
        sigma = math.sqrt(math.log1p(0.3 ** 2))
        self.assertEqual(float(row["emission_t"]), 500)
        self.assertLess(abs(float(row["mean_t"]) - 500), 5 * 150 / math.sqrt(N))
        self.assertAlmostEqual(float(row["mean_error_t"]), float(row["sd_t"]) / math.sqrt(N), places=9)
        self.assertLess(abs(float(row["sd_t"]) / 150 - 1), 0.06)
        for p in QUANTILES:
            z = NORMAL.inv_cdf(p)
            exact = 500 / math.sqrt(1.09) * math.exp(sigma * z)
            error = math.sqrt(p * (1 - p) / N) / (NORMAL.pdf(z) / (sigma * exact))
            self.assertLess(abs(float(row[f"p{100 * p:.10g}_t"]) - exact), 5 * error, p)

    def test_what_is_divided_by_stays_away_from_0(self):
        """A beta with b = 1 has P(X < x) = x^a: below a thousandth of its mean a/(a + 1) are 99.98 % of its draws."""
        self.write("plan.yaml", """\
scenario: gas
base_year: 2015
years: [2015, 2016]
measures:
  - id: gas
    retire: {share: 0.5, replace: {fuel: gas, ncv_old: 21 MJ/kg, efficiency_old: 0.6, ncv_new: 36 MJ/m3, other: none,
                                   efficiency_new: {beta: {a: 1e-5, b: 1, low: 0, high: 1}}, factors: {SO2: 1 g/m3}}}
""")
        done = self.call("inventory.csv", "plan.yaml", "--draws", "2000")
        self.assertEqual(done.returncode, BAD_INPUT, done.stderr)
        self.assertRegex(done.stderr, r"plan\.yaml:7:\d+: error: efficiency_new, by which heat is divided, lies below")

    def test_a_draw_without_bounds_is_an_error(self):
        """1.2e308 t are a double; one and a half times as much is none."""
        self.write("inventory.csv", "source,region,sector,pollutant,emission_t\na,A,boiler,SO2,1.2e308\n")
        self.write("plan.yaml", """\
scenario: vast
base_year: 2015
years: [2015, 2016]
measures: []
uncertainty: [{factor: {lognormal: {cv: 1}}}]
""")
        done = self.call("inventory.csv", "plan.yaml", "--draws", "2000", "--out", "out")
        self.assertEqual(done.returncode, BAD_INPUT, done.stderr)
        self.assertRegex(done.stderr, r"plan\.yaml:1:1: error: an emission of draw \d+ is larger than any number")
        self.assertNotIn("ensemble.csv", self.names("out") if (self.folder / "out").exists() else set())

    def test_totals(self):
        """2016 is (A + 200)·(1 − r) with A and r independent: mean 700·0.8, and E x² = (150² + 700²)·(0.8² + 0.4²/12)."""
        _, out = self.run_to("out")
        row, = [r for r in table(out / "ensemble-totals.csv") if r["year"] == "2016"]
        sd = math.sqrt((150 ** 2 + 700 ** 2) * (0.8 ** 2 + 0.4 ** 2 / 12) - 560 ** 2)
        self.assertLess(abs(float(row["mean_t"]) - 560), 5 * sd / math.sqrt(N))
        self.assertLess(abs(float(row["sd_t"]) / sd - 1), 0.05)
        self.assertAlmostEqual(float(row["emission_t"]), 560, places=9)
        for r in table(out / "ensemble.csv"):
            if r["region"] == "B" and r["year"] == "2015":
                self.assertEqual({float(r[c]) for c in ("mean_t", "p2.5_t", "p97.5_t")}, {200.0})
                self.assertEqual((float(r["sd_t"]), r["skewness"]), (0, ""))

    def test_probabilities(self):
        text, out = self.run_to("out")
        rows = table(out / "ensemble-targets.csv")
        for row, p in zip(rows, (0.75, 0.25)):
            self.assertLess(abs(float(row["p_met"]) - p), 5 * math.sqrt(p * (1 - p) / N))
            share = float(row["p_met"])
            self.assertAlmostEqual(float(row["p_met_error"]), math.sqrt(share * (1 - share) / N), places=12)
            self.assertLess(abs(float(row["cut_mean_pct"]) - 20), 5 * 40 / math.sqrt(12 * N))
            self.assertLess(abs(float(row["cut_p2.5_pct"]) - 1), 0.3)
            self.assertLess(abs(float(row["cut_p97.5_pct"]) - 39), 0.3)
        self.assertEqual(float(rows[2]["p_met"]), 0)  # at most 40 %
        self.assertEqual((rows[3]["p_met"], rows[3]["p_met_error"]), ("", ""))
        self.assertEqual([r["p_met"] for r in table(out / "targets.csv")], [r["p_met"] for r in rows])
        shown = re.findall(r"(\d\.\d{3}) ± (\d\.\d{3})", text)
        self.assertEqual(shown, [(f"{float(r['p_met']):.3f}", f"{float(r['p_met_error']):.3f}") for r in rows[:2]])
        self.assertIn("< 0.0003", text)  # in none of 10,000 draws: 3/n

    def test_latin_hypercube_is_even(self):
        """One draw of r in each of N intervals: the shares are exact to 1/N."""
        _, out = self.run_to("out", "--sampling", "latin")
        for row, p in zip(table(out / "ensemble-targets.csv"), (0.75, 0.25)):
            self.assertLessEqual(abs(float(row["p_met"]) - p), 1.0001 / N)

    def test_seeds_and_threads(self):
        files = {}
        for key, arguments in (("a", ["--seed", "5", "--threads", "1"]), ("b", ["--seed", "5", "--threads", "3"]),
                               ("c", ["--seed", "6"]), ("d", ["--seed", "5", "--sampling", "sobol"])):
            _, out = self.run_to(key, *arguments)
            files[key] = [(out / name).read_bytes() for name in
                          ("ensemble.csv", "ensemble-targets.csv", "ensemble-totals.csv")]
        self.assertEqual(files["a"], files["b"])
        self.assertNotEqual(files["a"], files["c"])
        self.assertNotEqual(files["a"], files["d"])

    def test_notes(self):
        _, out = self.run_to("out", "--seed", "12345678901234567890", "--sampling", "latin")
        notes = {r["code"]: r for r in table(out / "notes.csv")}
        self.assertEqual(float(notes["ensemble_draws"]["value"]), N)
        self.assertIn("Latin hypercube", notes["ensemble_draws"]["text"])
        self.assertIn("12345678901234567890", notes["ensemble_seed"]["text"])
        self.assertEqual(float(notes["ensemble_inputs"]["value"]), 2)  # an activity, an efficiency
        self.assertNotIn("ensemble_reconstructed", notes)
        self.write("inventory.csv", "# reconstructed: yes\n" + INVENTORY)
        text, out = self.run_to("out")
        self.assertIn("they make no number official", text)
        self.assertIn("ensemble_reconstructed", {r["code"] for r in table(out / "notes.csv")})

    def test_projects(self):
        """N owes 70 t; A's fall is A·r, of mean 100 t, of which it claims 70: it is covered where A·r >= 100 t (a claim is
        worth in proportion). P = E[1 − 0.25·min(4, 1000/A·...)]: by numerical integration over A."""
        self.write("plan.yaml", SCENARIO + OFFSETS)
        text, out = self.run_to("out")
        row, = table(out / "ensemble-projects.csv")
        sigma, steps = math.sqrt(math.log1p(0.09)), 20000
        expected = 0
        for k in range(steps):  # P(r >= 100/A) with r uniform in [0, 0.4]
            a = 500 / math.sqrt(1.09) * math.exp(sigma * NORMAL.inv_cdf((k + 0.5) / steps))
            expected += max(0, 1 - 100 / a / 0.4) / steps
        p = float(row["p_covered"])
        self.assertLess(abs(p - expected), 5 * math.sqrt(expected * (1 - expected) / N))
        self.assertAlmostEqual(float(row["p_covered_error"]), math.sqrt(p * (1 - p) / N), places=12)
        self.assertEqual((float(row["owed_t"]), float(row["owed_mean_t"])), (70, 70))
        self.assertIn(f"{p:.3f} ± {float(row['p_covered_error']):.3f}", text)
        self.assertIn("ensemble-projects.csv", text)
        offsets = self.small("--offsets", "--draws", N)
        self.assertIn(f"{p:.3f} ± ", offsets)
        chinese = self.small("--offsets", "--draws", N, "--lang", "zh")
        self.assertIn("落实概率", chinese)

    def test_chinese(self):
        text, out = self.run_to("out", "--lang", "zh")
        for word in ("达标概率", "95%区间", f"{N}次随机抽样", "种子1", "随机输入2个", "均值"):
            self.assertIn(word, text)
        self.assertNotIn("random", text)
        self.assertIn("集合模拟的抽样次数", (out / "notes.csv").read_text("utf-8"))
        self.assertEqual((out / "ensemble.csv").read_text("utf-8").splitlines()[0], COLUMNS["ensemble.csv"])

    def test_nothing_uncertain(self):
        self.write("inventory.csv", INVENTORY.replace(",0.3\n", ",\n"))
        self.write("plan.yaml", SCENARIO.replace("{uniform: [0, 0.4]}", "20 %"))
        text, out = self.run_to("out")
        self.assertIn("Nothing in the inventory or the scenario is uncertain", text)
        self.assertNotIn("±", text)
        self.assertNotIn("95 % interval", text)
        self.assertEqual(self.names("out") & FILES, set())
        self.assertEqual({row["p_met"] for row in table(out / "targets.csv")}, {""})
        notes = [r["code"] for r in table(out / "notes.csv")]
        self.assertIn("nothing_uncertain", notes)
        self.assertNotIn("ensemble_draws", notes)
        self.assertIn("清单与情景均未给出不确定性", self.small("--draws", N, "--lang", "zh"))

    def test_no_input_is_written_over(self):
        self.small("--draws", "20", "--out", "out")
        (self.folder / "out" / "ensemble.csv").write_text(INVENTORY, encoding="utf-8")
        done = self.call("out/ensemble.csv", "plan.yaml", "--draws", "20", "--out", "out")
        self.assertEqual(done.returncode, BAD_INPUT)
        self.assertIn("would be written over", done.stderr)

    def test_progress_is_for_terminals(self):
        done = self.call("--draws", 1000)
        self.assertEqual((done.returncode, done.stderr), (DONE, ""))


@unittest.skipUnless(h5py, "h5py is not there")
class Store(Case):
    """ensemble.h5 read without Lantian, as docs/formats.md says."""

    def words(self, file, group, column):
        known = file["words"][group][column].asstr()[:]
        return [known[code] if code >= 0 else None for code in file[group][column][:]]

    def test_draws_are_those_of_the_tables(self):
        self.write("plan.yaml", SCENARIO + OFFSETS)
        self.small("--targets", "targets.csv", "--draws", 3000, "--seed", "9", "--sampling", "sobol", "--out", "out")
        out = self.folder / "out"
        with h5py.File(out / "ensemble.h5") as f:
            self.assertEqual(f.attrs["lantian_store_version"], 1)
            self.assertEqual((f.attrs["content"], f.attrs["sampling"]), (b"ensemble", b"sobol"))
            self.assertEqual([int(f.attrs[k]) for k in ("seed", "draws", "first_draw", "draw_count", "inputs")],
                             [9, 3000, 0, 3000, 2])
            self.assertEqual(f.attrs["reconstructed"], 0)
            command, inputs = (f["metadata"].attrs[k].decode() for k in ("command", "input"))
            self.assertRegex(command, "^lantian-plan .*--draws 3000 .*inventory.csv plan.yaml")
            self.assertEqual([line.split("  ")[1] for line in inputs.split("\n")],
                             ["inventory.csv", "plan.yaml", "targets.csv"])
            draws = f["draws"]
            self.assertTrue(draws.shuffle and draws.fletcher32 and draws.chunks and draws.compression == "gzip")
            rows = table(out / "ensemble.csv")
            regions, pollutants = self.words(f, "sums", "region"), self.words(f, "sums", "pollutant")
            self.assertEqual([(r["year"], r["region"], r["pollutant"]) for r in rows],
                             [(f"{y:.0f}", r, p) for y, r, p in zip(f["sums/year"][:], regions, pollutants)])
            values = draws[:]
            numpy.testing.assert_allclose(values[:len(rows)].mean(axis=1), [float(r["mean_t"]) for r in rows], 1e-13)
            for p in QUANTILES:  # numpy's default is Hyndman and Fan's type 7
                numpy.testing.assert_allclose(numpy.quantile(values[:len(rows)], p, axis=1),
                                              [float(r[f"p{100 * p:.10g}_t"]) for r in rows], 1e-13)
            self.assertEqual([float(r["emission_t"]) for r in rows], list(f["central"][:len(rows)]))
            targets = table(out / "ensemble-targets.csv")
            for k, at in enumerate(f["target_counts/target"][:].astype(int)):
                base, projected = (values[int(f[f"target_counts/{c}"][k])] for c in ("base_row", "projected_row"))
                wanted = float(targets[at]["required_cut_pct"] or "nan")
                if targets[at]["p_met"]:
                    met = (100 * (1 - projected / base) >= wanted).sum()
                    self.assertEqual(f["target_counts/met"][k], met)
                    self.assertAlmostEqual(float(targets[at]["p_met"]), met / 3000, places=12)
            owed, claimed = (values[int(f[f"project_counts/{c}"][0])] for c in ("owed_row", "claimed_row"))
            self.assertEqual(f["project_counts/covered"][0], (claimed >= owed * (1 - 1e-9)).sum())

    def test_the_same_run_is_the_same_file(self):
        for out in ("a", "b"):
            self.small("--draws", "500", "--out", out, "--threads", "1" if out == "a" else "2")
        files = []
        for out in ("a", "b"):
            with h5py.File(self.folder / out / "ensemble.h5") as f:
                files.append(f["draws"][:].tobytes())
        self.assertEqual(*files)


@unittest.skipUnless(netCDF4, "python3-netcdf4 is not there")
class Arrays(Case):
    def test_arrays_are_those_of_the_tables(self):
        self.write("plan.yaml", SCENARIO + OFFSETS)
        self.small("--targets", "targets.csv", "--draws", 2000, "--seed", "77", "--out", "out")
        out = self.folder / "out"
        with netCDF4.Dataset(out / "result.nc") as f:
            self.assertEqual(list(f["quantile"][:]), QUANTILES)
            self.assertEqual(f["emission_quantile"].dimensions, ("quantile", "year", "region", "pollutant"))
            self.assertEqual(f["total_emission_quantile"].dimensions, ("quantile", "year", "pollutant"))
            years, regions = list(f["calendar_year"][:]), list(f["region_code"][:])
            for name, prefix in (("ensemble.csv", "emission"), ("ensemble-totals.csv", "total_emission")):
                for r in table(out / name):
                    at = (years.index(int(r["year"])),) + ((regions.index(r["region"]),) if "region" in r else ()) + (0,)
                    for column, variable in (("mean_t", "mean"), ("mean_error_t", "mean_error"), ("sd_t", "sd")):
                        self.assertEqual(f[f"{prefix}_{variable}"][at], float(r[column]))
                    for q, p in enumerate(QUANTILES):
                        self.assertEqual(f[f"{prefix}_quantile"][(q, *at)], float(r[f"p{100 * p:.10g}_t"]))
            for i, r in enumerate(table(out / "ensemble-targets.csv")):
                for column, variable in (("p_met", "target_p_met"), ("p_met_error", "target_p_met_error"),
                                         ("cut_mean_pct", "target_cut_mean"), ("cut_p2.5_pct", "target_cut_low"),
                                         ("cut_p97.5_pct", "target_cut_high")):
                    value = f[variable][i]
                    self.assertEqual("" if numpy.ma.is_masked(value) else float(value),
                                     r[column] and float(r[column]))
            row, = table(out / "ensemble-projects.csv")
            self.assertEqual(f["project_p_covered"][0], float(row["p_covered"]))
            self.assertEqual(f["project_p_covered_error"][0], float(row["p_covered_error"]))
            self.assertEqual((f.ensemble_seed, f.ensemble_draws, f.ensemble_inputs, f.ensemble_sampling),
                             ("77", 2000, 2, "random"))
            for key in ("salmon2011", "hyndman1996"):
                self.assertIn(key, f.references)

    def test_without_draws_there_are_none(self):
        self.small("--out", "out")
        with netCDF4.Dataset(self.folder / "out" / "result.nc") as f:
            self.assertNotIn("quantile", f.dimensions)
            self.assertNotIn("ensemble_seed", f.ncattrs())
            self.assertNotIn("salmon2011", f.references)


if __name__ == "__main__":
    if not PLAN.exists():
        print(f"{PLAN} is not built")
        sys.exit(77)
    unittest.main()
