# SPDX-License-Identifier: GPL-3.0-or-later
"""lantian-plan --attribution and --sensitivity from the outside: options, tables, files, and what closed forms know."""

import collections
import math
import re
import subprocess
import sys
import unittest

from test_ensemble import BAD_INPUT, CASE, DONE, INVENTORY, OFFSETS, PLAN, SCENARIO, WRONG_USAGE, Case, table

ATTRIBUTION = "year,method,measure,task,region,pollutant,delta_t,error_t"
SENSITIVITY = "group,region,pollutant,first,first_low,first_high,total,total_low,total_high,variance_t2"
METHODS = ("in_order", "shapley", "lmdi")
GROUPS = ("measure", "kind", "sector", "region", "input")
# Two controls of all 700 t: half, and 40 % of what is left.
TWO = """\
scenario: {en: Two, zh: 两项}
base_year: 2015
years: [2015, 2016]
measures:
  - id: half
    name: {en: Half, zh: 减半}
    task: 18
    control: {SO2: {efficiency: 50 %}}
  - id: more
    name: {en: More, zh: 再减}
    control: {SO2: {efficiency: 40 %}}
"""
HEADINGS = ("measure", "task", "change", "total", "error", "exact", "sampled", "others", "uncertain", "sum of", "first",
            "interval", "seed", "due")


class Causes(Case):
    def parts(self, method, *arguments):
        text = self.small("--attribution", method, "--out", "out", *arguments)
        return text, table(self.folder / "out" / "attribution.csv")

    def shown(self, text, title):
        """The section that begins with the title, up to the next one."""
        start = text.index(title)
        end = re.search(r"\n\n(New sources|What was|By |From |Written|须由|假设|分|\d+年至|结果)", text[start:])
        return text[start:start + end.start()] if end else text[start:]


class Options(Causes):
    def refused(self, *arguments, words):
        done = self.call("inventory.csv", "plan.yaml", *arguments)
        self.assertEqual((done.returncode, done.stdout), (WRONG_USAGE, ""), done.stderr)
        self.assertEqual(len(done.stderr.splitlines()), 1)
        self.assertIn(words, done.stderr)

    def test_bad_values(self):
        for value in ("", "Shapley", "shapley ", "in-order", "1", "lmdi2"):
            self.refused("--attribution", value, words=f"--attribution cannot be '{value}'")
        for value in ("", "Measure", "measures", "0", "pollutant"):
            self.refused("--draws", 10, "--sensitivity", value, words=f"--sensitivity cannot be '{value}'")
        self.refused("--attribution", words="a value is missing")

    def test_options_that_do_not_go_together(self):
        for draws in ([], ["--draws", 1]):
            self.refused("--sensitivity", "kind", *draws, words="--sensitivity needs --draws")
        for option in (["--explain", "a"], ["--accounts"], ["--offsets"], ["--compare"]):
            self.refused("--attribution", "lmdi", *option, words="--attribution and --sensitivity go with the report")
        self.refused("--draws", 10, "--sensitivity", "kind", "--offsets", words="--sensitivity go with the report")

    def test_help(self):
        text = self.call("--help").stdout
        for word in ("--attribution HOW", "--sensitivity BY", "in_order", "attribution.csv", "sensitivity.csv"):
            self.assertIn(word, text)

    def test_every_group_is_taken(self):
        for by in GROUPS:
            self.assertIn("To what the variance", self.small("--draws", 20, "--sensitivity", by), by)


class Files(Causes):
    def test_only_where_asked_for_and_stale_ones_go(self):
        both = {"attribution.csv", "sensitivity.csv"}
        text = self.small("--out", "out", "--draws", 20, "--attribution", "lmdi", "--sensitivity", "kind")
        written, = [line for line in text.splitlines() if line.startswith("Written to")]
        readme = (self.folder / "out" / "README.txt").read_text("utf-8")
        for name, columns in (("attribution.csv", ATTRIBUTION), ("sensitivity.csv", SENSITIVITY)):
            self.assertEqual((self.folder / "out" / name).read_text("utf-8").splitlines()[0], columns)
            self.assertIn(name, written)
            self.assertIn("\n" + name, readme)
        self.small("--out", "out", "--draws", 20, "--attribution", "lmdi")
        self.assertEqual(self.names("out") & both, {"attribution.csv"})
        text = self.small("--out", "out", "--draws", 20)
        self.assertEqual(self.names("out") & both, set())
        self.assertNotIn("To which measures", text)
        self.assertNotIn("To what the variance", text)

    def test_beside_other_reports(self):
        text = self.small("--accounts", "--attribution", "shapley", "--out", "out")
        self.assertNotIn("To which measures", text)
        self.assertIn("attribution.csv", self.names("out"))

    def test_no_input_is_written_over(self):
        self.small("--attribution", "lmdi", "--out", "out")
        (self.folder / "out" / "attribution.csv").write_text(INVENTORY, encoding="utf-8")
        done = self.call("out/attribution.csv", "plan.yaml", "--attribution", "lmdi", "--out", "out")
        self.assertEqual(done.returncode, BAD_INPUT)
        self.assertIn("would be written over", done.stderr)

    def test_nothing_uncertain(self):
        self.write("inventory.csv", INVENTORY.replace(",0.3\n", ",\n"))
        self.write("plan.yaml", TWO)
        text = self.small("--draws", 20, "--sensitivity", "kind", "--out", "out")
        self.assertIn("Nothing in the inventory or the scenario is uncertain", text)
        self.assertNotIn("To what the variance", text)
        self.assertNotIn("sensitivity.csv", self.names("out"))

    def test_nothing_changes(self):
        self.write("plan.yaml", TWO.replace("50 %", "0 %").replace("40 %", "0 %"))
        text, rows = self.parts("shapley")
        self.assertIn("Nothing changes", text)
        self.assertEqual(rows, [])


class Change(Causes):
    def test_two_controls(self):
        """700 t, half, and 40 % of what is left: 210 t remain. In order −350 and −140; the other way round more takes
        280 and half 210, so the means are −280 and −210; LMDI: L = 490/ln(700/210), L·ln 0.5 and L·ln 0.6."""
        self.write("plan.yaml", TWO)
        mean = 490 / math.log(700 / 210)
        for method, half, more in (("in_order", -350, -140), ("shapley", -280, -210),
                                   ("lmdi", mean * math.log(0.5), mean * math.log(0.6))):
            text, rows = self.parts(method)
            of = {(r["measure"], r["task"]): 0.0 for r in rows}
            for r in rows:
                of[r["measure"], r["task"]] += float(r["delta_t"])
                self.assertEqual((r["year"], r["method"], float(r["error_t"])), ("2016", method, 0))
            self.assertEqual(set(of), {("half", "18"), ("more", "")})
            self.assertAlmostEqual(of["half", "18"], half, places=9)
            self.assertAlmostEqual(of["more", ""], more, places=9)
            shown = self.shown(text, "To which measures")
            self.assertRegex(shown, rf"Half +18 +{half:.1f}\n +More +{more:.1f}\n +total change +-490\.0")
            self.assertIn("exact", shown)

    def test_columns_add_up_to_the_ledger(self):
        """On the run that the offset book repeats, too, with its new source."""
        self.write("plan.yaml", SCENARIO + OFFSETS)
        ledger, ends = collections.Counter(), collections.Counter()
        for method in METHODS:
            _, rows = self.parts(method)
            ledger.clear(), ends.clear()
            for r in table(self.folder / "out" / "ledger.csv"):
                if r["year"] == "2016":
                    ledger[r["measure"], r["region"]] += float(r["delta_t"])
            for r in table(self.folder / "out" / "summary.csv"):
                ends[r["region"]] += {"2015": -1, "2016": 1}[r["year"]] * float(r["emission_t"])
            for region in ("A", "B"):
                total = sum(float(r["delta_t"]) for r in rows if r["region"] == region)
                self.assertAlmostEqual(total, ends[region], delta=1e-9)
                self.assertAlmostEqual(total, sum(t for (_, at), t in ledger.items() if at == region), delta=1e-9)
            if method == "in_order":
                self.assertEqual({(r["measure"], r["region"]): float(r["delta_t"]) for r in rows}, dict(ledger))

    def test_wenzhou(self):
        """Its column adds up as printed, and the files' by region and pollutant."""
        done = self.call("--attribution", "shapley", "--out", "out")
        self.assertEqual((done.returncode, done.stderr), (DONE, ""))
        sums = collections.Counter()
        for r in table(self.folder / "out" / "attribution.csv"):
            sums[r["region"], r["pollutant"]] += float(r["delta_t"])
        ledger = collections.Counter()
        for r in table(self.folder / "out" / "ledger.csv"):
            if r["year"] == "2020":
                ledger[r["region"], r["pollutant"]] += float(r["delta_t"])
        self.assertEqual(set(sums), set(ledger))
        for key in ledger:
            self.assertAlmostEqual(sums[key], ledger[key], delta=1e-9)
        blocks = re.split(r"\n\n(?=SO2|NOx|VOC)", self.shown(done.stdout, "To which measures"))[1:]
        self.assertEqual([b.split("\n")[0] for b in blocks], ["SO2", "NOx", "VOC"])
        for block in blocks:
            numbers = [float(line.split()[-1]) for line in block.strip().split("\n")[2:]]
            self.assertEqual(len(numbers), 17)  # fifteen, the others, the total
            self.assertRegex(block, r"\n +others \(\d+\) ")
            self.assertEqual(sorted(map(abs, numbers[:15]), reverse=True), list(map(abs, numbers[:15])))
            self.assertAlmostEqual(sum(numbers[:-1]), numbers[-1], delta=17 * 0.05)
            expected = sum(t for (_, p), t in ledger.items() if p == block.split("\n")[0])
            self.assertAlmostEqual(numbers[-1], expected, delta=0.051)

    def test_sampled(self):
        """Of 21 measures on one row 2^21 coalitions are too many: orders are drawn. The parts still add up, and all are
        of one size, so each is within 5 errors of its share of 1 − 0.9^21."""
        measures = "".join(f"  - {{id: m{i}, control: {{SO2: {{efficiency: 10 %}}}}}}\n" for i in range(21))
        self.write("plan.yaml", TWO.split("  - id")[0] + measures)
        text, rows = self.parts("shapley")
        change = -500 * (1 - 0.9 ** 21)
        mine = [r for r in rows if r["region"] == "A"]
        self.assertEqual(len(mine), 21)
        self.assertAlmostEqual(sum(float(r["delta_t"]) for r in mine), change, delta=1e-9)
        for r in mine:
            self.assertGreater(float(r["error_t"]), 0)
            self.assertLess(abs(float(r["delta_t"]) - change / 21), 5 * float(r["error_t"]))
        shown = self.shown(text, "To which measures")
        for word in ("sampled: orders were drawn in 1 of 1 games", "standard error t", "others (6)"):
            self.assertIn(word, shown)
        self.assertNotIn("exact", shown)

    def test_chinese(self):
        self.write("plan.yaml", TWO)
        for method in METHODS:
            text, rows = self.parts(method, "--lang", "zh")
            shown = self.shown(text, "2015年至2016年的变化归因于")
            for word in ("减半", "再减", "变化合计", "精确值", "任务"):
                self.assertIn(word, shown)
            for word in HEADINGS:
                self.assertNotIn(word, shown.lower())
            self.assertEqual({r["method"] for r in rows}, {method})


class Variance(Causes):
    DRAWS = 4000

    def indices(self, by, *arguments):
        text = self.small("--draws", self.DRAWS, "--sensitivity", by, "--out", "out", *arguments)
        return text, table(self.folder / "out" / "sensitivity.csv")

    def test_product(self):
        """A is 500·X·(1 − r), CV² of X 0.09 and of 1 − r, r uniform in [0, 0.4], 0.16/12/0.64 = 0.0208. Of a product
        S_i = CV_i²/T and ST_i = CV_i²·(1 + CV_j²)/T with T = (1 + CV_i²)·(1 + CV_j²) − 1. B is r's alone."""
        x, h = 0.09, 0.16 / 12 / 0.64
        whole = (1 + x) * (1 + h) - 1
        exact = {("activity", "A"): (x / whole, x * (1 + h) / whole), ("measures", "A"): (h / whole, h * (1 + x) / whole),
                 ("activity", "B"): (0, 0), ("measures", "B"): (1, 1)}
        text, rows = self.indices("kind")
        self.assertEqual({(r["group"], r["region"]) for r in rows}, set(exact))
        for r in rows:
            first, total = exact[r["group"], r["region"]]
            error = 5 * math.sqrt(2 * total / self.DRAWS)
            self.assertLessEqual(abs(float(r["first"]) - first), error)
            self.assertLessEqual(abs(float(r["total"]) - total), error)
            self.assertLessEqual(float(r["total_low"]), float(r["total"]))
            self.assertLessEqual(float(r["total"]), float(r["total_high"]))
        shown = self.shown(text, "To what the variance")
        order = sorted((r for r in rows if float(r["total"]) > 0), key=lambda r: -float(r["total"]))
        lines = [line.split() for line in shown.strip().split("\n")[5:]]
        self.assertEqual([(w[0], w[1], w[2], w[3], w[5]) for w in lines],
                         [(r["group"], r["region"], *(f"{float(r[c]):.3f}" for c in ("total", "total_low", "total_high")))
                          for r in order])

    def test_the_same_for_any_threads_but_not_any_seed(self):
        files = [self.indices("measure", *more)[1] for more in (["--threads", 1], ["--threads", 3], ["--seed", 2])]
        self.assertEqual(files[0], files[1])
        self.assertNotEqual(files[0], files[2])
        self.assertEqual({r["group"] for r in files[0]}, {"scrubber", "(inventory)"})

    def test_chinese(self):
        text, rows = self.indices("kind", "--lang", "zh")
        shown = self.shown(text, "末年排放量的方差来自")
        for word in ("活动水平", "措施参数", "总指数", "95 %区间", f"抽样{self.DRAWS}次", "至"):
            self.assertIn(word, shown)
        for word in HEADINGS:
            self.assertNotIn(word, shown.lower())
        self.assertEqual({r["group"] for r in rows}, {"activity", "measures"})
        self.assertIn("（清单）", self.indices("measure", "--lang", "zh")[0])

    def test_ten_are_shown(self):
        done = subprocess.run([PLAN, "--draws", "20", "--sensitivity", "region"], capture_output=True, encoding="utf-8",
                              cwd=CASE)
        self.assertEqual((done.returncode, done.stderr), (DONE, ""))
        blocks = re.split(r"\n\n(?=SO2|NOx|VOC)", self.shown(done.stdout, "To what the variance"))[1:]
        self.assertEqual([len(block.strip().split("\n")) for block in blocks], [12, 12, 12])


if __name__ == "__main__":
    if not PLAN.exists():
        print(f"{PLAN} is not built")
        sys.exit(77)
    unittest.main()
