# SPDX-License-Identifier: GPL-3.0-or-later
"""lantian-plan from the outside: its options, its exit statuses, what it prints and the files it writes."""

import csv
import math
import os
import pty
import re
import subprocess
import sys
import tempfile
import unicodedata
import unittest
from pathlib import Path

SOURCE = Path(os.environ.get("LANTIAN_SOURCE", Path(__file__).resolve().parent.parent))
BUILD = Path(os.environ.get("LANTIAN_BUILD", SOURCE / "build"))
PLAN = BUILD / "examples" / "lantian-plan"
CASE = SOURCE / "examples" / "wenzhou"
DONE, BAD_INPUT, WRONG_USAGE, SYSTEM_FAILED, TARGETS_MISSED = range(5)

INVENTORY = """\
# base_year: 2015
# baseline: 环统2015
source,region,sector,pollutant,fuel,activity,activity_unit,factor,factor_unit,removal,emission_t
锅炉1,330303,combustion.boiler,SO2,coal,1000,t,10,g/kg,0.5,
锅炉1,330303,combustion.boiler,NOx,coal,1000,t,4,g/kg,0,
K,330304,process.kiln,SO2,coal,,,,,,3
"""
SCENARIO = """\
scenario: {en: Small plan, zh: 小方案}
base_year: 2015
years: [2015, 2020]
measures:
  - id: growth
    name: {en: Growth, zh: 增长}
    grow: {index: {2015: 1, 2020: 1.5}}
  - id: coal-cap
    name: {en: Coal cap, zh: 煤炭总量控制}
    task: 18
    where: {fuel: coal}
    cap: {activity: 80 %}
    phase: {2015: 0, 2020: 1}
"""
TARGETS = """\
region,pollutant,kind,value,unit,base_year,target_year,state,scope
330303,SO2,cut,10,%,2015,2020,value,
330304,SO2,cut,10,%,2015,2020,value,
"""
COLUMNS = {
    "summary.csv": "year,region,sector,pollutant,emission_t",
    "ledger.csv": "year,measure,task,class,region,sector,source,pollutant,delta_t",
    "targets.csv": "region,pollutant,scope,state,base_t,projected_t,required_cut_pct,cut_pct,cut_plan_pct,gap_t,met,"
                   "p_met",
    "notes.csv": "year,measure,source,code,value,unit,text",
}


def width(text):
    """Columns on a terminal: wide characters take two."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


class Program(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)
        self.folder = Path(self.temporary.name)
        self.inventory = self.write("inventory.csv", INVENTORY)
        self.scenario = self.write("plan.yaml", SCENARIO)
        self.targets = self.write("targets.csv", TARGETS)

    def write(self, name, text, encoding="utf-8"):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return path

    def call(self, *arguments):
        return subprocess.run([PLAN, *map(str, arguments)], capture_output=True, encoding="utf-8", cwd=self.folder)

    def run_plan(self, *arguments, status=DONE):
        done = self.call(*arguments)
        self.assertEqual(done.returncode, status, done.stdout[-500:] + done.stderr)
        if status in (DONE, TARGETS_MISSED):
            self.assertEqual(done.stderr, "")
        else:
            self.assertNotEqual(done.stderr, "")
        return done

    def small(self, *arguments, status=DONE):
        return self.run_plan(self.inventory, self.scenario, *arguments, status=status)

    def files(self, *arguments):
        """The files of a run, by name."""
        with tempfile.TemporaryDirectory(dir=self.folder) as out:
            self.small("--out", out, *arguments)
            return {path.name: path.read_bytes() for path in Path(out).iterdir()}

    # ---- usage ----

    def test_help_teaches(self):
        text = self.run_plan("--help").stdout
        self.assertTrue(text.startswith("lantian-plan"))
        for word in ("--targets", "--regions", "--sectors", "--years", "--out", "--explain", "--lang", "--strict",
                     "--no-defaults", "--threads", "--inventory-year", "--encoding", "--fail-on-miss", "Exit status",
                     "lantian-plan --lang zh"):
            self.assertIn(word, text)
        self.assertLessEqual(max(map(width, text.splitlines())), 120)
        self.assertEqual(self.run_plan("-h").stdout, text)

    def test_version(self):
        self.assertRegex(self.run_plan("--version").stdout, r"^lantian-plan \d+\.\d+\.\d+\n$")

    def test_wrong_usage(self):
        for arguments in (["--no-such"], ["one"], ["one", "two", "three"], ["--years"], ["--years", "2015"],
                          ["--years", "2020:2015"], ["--years", "a:b"], ["--lang", "fr"], ["--threads", "0"],
                          ["--threads", "two"], ["--inventory-year", "soon"]):
            done = self.run_plan(*arguments, status=WRONG_USAGE)
            self.assertEqual(done.stdout, "", arguments)
            self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
            self.assertIn("--help", done.stderr)

    def test_unknown_option_is_named(self):
        self.assertIn("--no-such", self.run_plan("--no-such", status=WRONG_USAGE).stderr)
        self.assertIn("--years", self.run_plan("--years", status=WRONG_USAGE).stderr)
        self.assertIn("fr", self.run_plan("--lang", "fr", status=WRONG_USAGE).stderr)

    # ---- bad input ----

    def complaints(self, *arguments, status=BAD_INPUT):
        lines = self.run_plan(*arguments, status=status).stderr.splitlines()
        for line in lines:
            self.assertRegex(line, r"^[^:]+(:[1-9]\d*){1,2}: (error|warning): .+")
        return lines

    def test_every_complaint_has_its_place(self):
        inventory = self.write("bad.csv", INVENTORY.replace("0.5,", "80,").replace(",3\n", ",-3\n"))
        scenario = self.write("bad.yaml", SCENARIO.replace("80 %", "80").replace("where:", "wher:"))
        targets = self.write("bad-targets.csv", TARGETS.replace("10", "ten", 1))
        lines = self.complaints(inventory, scenario, "--targets", targets)
        self.assertEqual(len(lines), 5)
        for start, words in ((f"{inventory}:4:", "80"), (f"{inventory}:6:", "-3"),
                             (f"{scenario}:11:5: error: ", "where"), (f"{scenario}:12:21: error: ", "80"),
                             (f"{targets}:2:", "ten")):
            told = any(line.startswith(start) and words in line for line in lines)
            self.assertTrue(told, f"{start} {words}\n" + "\n".join(lines))

    def test_what_fits_no_inventory_has_its_place(self):
        scenario = self.write("bad.yaml", SCENARIO.replace("{fuel: coal}", "{fule: coal}"))
        lines = self.complaints(self.inventory, scenario)
        self.assertEqual(len(lines), 1)
        self.assertTrue(lines[0].startswith(f"{scenario}:11:13: error: "), lines[0])
        targets = self.write("bad-targets.csv", TARGETS.replace("330304", "330399"))
        lines = self.complaints(self.inventory, self.scenario, "--targets", targets)
        self.assertTrue(lines[0].startswith(f"{targets}:3:") and "330399" in lines[0], lines[0])

    def test_strict_and_no_defaults(self):
        self.assertIn("coal-cap", self.complaints(self.inventory, self.scenario, "--strict")[0])
        inventory = self.write("blank.csv", INVENTORY.replace("g/kg,0.5,", "g/kg,,"))
        self.run_plan(inventory, self.scenario)
        self.assertIn(f"{inventory}:4:", self.complaints(inventory, self.scenario, "--no-defaults")[0])

    def test_files_that_are_not_there(self):
        missing = self.folder / "no such.csv"
        both = [self.inventory, self.scenario]
        for arguments in ([missing, self.scenario], [self.inventory, missing], [*both, "--targets", missing],
                          [*both, "--regions", missing], [*both, "--sectors", missing]):
            self.assertIn(str(missing), self.run_plan(*arguments, status=SYSTEM_FAILED).stderr)

    def test_a_missing_file_is_told_beside_bad_ones(self):
        missing = self.folder / "missing.yaml"
        bad = self.write("bad.csv", INVENTORY.replace(",3\n", ",-3\n"))
        done = self.call(bad, missing)
        self.assertIn(done.returncode, (BAD_INPUT, SYSTEM_FAILED))
        self.assertIn(f"{bad}:6:", done.stderr)
        self.assertIn(str(missing), done.stderr)

    def test_a_folder_that_cannot_be_written(self):
        self.write("file", "")
        self.small("--out", self.folder / "file", status=SYSTEM_FAILED)
        self.small("--out", self.folder / "file" / "below", status=SYSTEM_FAILED)
        if os.geteuid() != 0:
            locked = self.folder / "locked"
            locked.mkdir(mode=0o500)
            self.small("--out", locked / "out", status=SYSTEM_FAILED)

    def test_a_full_disk_is_a_failure(self):
        if not os.path.exists("/dev/full"):
            self.skipTest("no /dev/full")
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = subprocess.run([PLAN, self.inventory, self.scenario], stdout=full, stderr=subprocess.PIPE)
        self.assertEqual(done.returncode, SYSTEM_FAILED)

    # ---- results ----

    def test_targets_missed_are_a_result(self):
        text = self.small("--targets", self.targets).stdout
        self.assertIn("missed", text)
        self.small("--targets", self.targets, "--fail-on-miss", status=TARGETS_MISSED)
        met = self.write("met.csv", TARGETS.replace("330304,SO2,cut,10", "330304,SO2,cut,-50"))
        self.small("--targets", met, "--fail-on-miss")

    def test_files_have_the_documented_columns(self):
        files = self.files("--targets", self.targets)
        for name, columns in COLUMNS.items():
            self.assertEqual(files[name].decode("utf-8").splitlines()[0], columns, name)
        self.assertIn("inventory-2020.csv", files)
        self.assertNotIn("targets.csv", self.files())

    def test_what_the_files_hold(self):
        files = self.files("--targets", self.targets)
        rows = {name: list(csv.DictReader(line for line in data.decode("utf-8").splitlines() if not line.startswith("#")))
                for name, data in files.items()}
        # coal: 1000 t grows to 1500 and is capped at 800; SO2 5 t a 1000 t; the kiln's 3 t only grow
        last = {(r["region"], r["pollutant"]): float(r["emission_t"]) for r in rows["summary.csv"]
                if r["year"] == "2020"}
        self.assertEqual(sorted(last), [("330303", "NOx"), ("330303", "SO2"), ("330304", "SO2")])
        for key, value in {("330303", "SO2"): 4, ("330303", "NOx"): 3.2, ("330304", "SO2"): 4.5}.items():
            self.assertTrue(math.isclose(last[key], value, rel_tol=1e-12), key)
        self.assertEqual({r["year"] for r in rows["summary.csv"]}, {str(y) for y in range(2015, 2021)})
        cap = [r for r in rows["ledger.csv"]
               if (r["year"], r["measure"], r["pollutant"]) == ("2020", "coal-cap", "SO2")]
        self.assertEqual([(r["task"], r["class"], r["source"]) for r in cap], [("18", "structural", "锅炉1")])
        self.assertTrue(math.isclose(float(cap[0]["delta_t"]), -3.5, rel_tol=1e-12))
        self.assertEqual([r["met"] for r in rows["targets.csv"]], ["yes", "no"])
        self.assertTrue(any(r["code"] == "cap_skipped" and r["source"] == "K" for r in rows["notes.csv"]))
        head = files["inventory-2020.csv"].decode("utf-8").splitlines()
        self.assertIn("# base_year: 2020", head)
        self.assertIn("# baseline: 环统2015+Small plan", head)

    def test_the_projected_inventory_is_an_input(self):
        projected = self.write("projected.csv", self.files()["inventory-2020.csv"])
        later = self.write("later.yaml", SCENARIO.replace("2020", "2025").replace("2015", "2020"))
        self.run_plan(projected, later)

    def test_threads_change_nothing(self):
        one = self.files("--threads", 1)
        for threads in (2, 8):
            self.assertEqual(self.files("--threads", threads), one)

    def test_years(self):
        out = self.folder / "out"
        self.small("--years", "2018:2019", "--inventory-year", "2018", "--out", out)
        with open(out / "summary.csv", encoding="utf-8", newline="") as file:
            self.assertEqual({row["year"] for row in csv.DictReader(file)}, {"2015", "2018", "2019"})
        self.assertEqual({p.name for p in out.glob("inventory-*.csv")}, {"inventory-2018.csv", "inventory-2019.csv"})
        self.small("--years", "2010:2019", status=BAD_INPUT)
        self.small("--inventory-year", "2031", "--out", out, status=BAD_INPUT)

    def test_explain(self):
        text = self.small("--explain", "锅炉1").stdout
        for word in ("growth", "coal-cap", "2020", "SO2", "NOx"):
            self.assertIn(word, text)
        self.assertNotIn("process.kiln", text)
        self.assertIn("锅炉1", self.small("--explain", "锅炉2", status=BAD_INPUT).stderr)

    def test_names_with_blanks_and_chinese(self):
        inventory = self.write("my data/基准 清单.csv", INVENTORY)
        scenario = self.write("my data/方案 一.yaml", SCENARIO)
        out = self.folder / "结果 2020"
        self.run_plan(inventory, scenario, "--out", out)
        self.assertTrue((out / "inventory-2020.csv").exists())
        bad = self.write("my data/坏 方案.yaml", SCENARIO.replace("80 %", "80"))
        self.assertTrue(self.run_plan(inventory, bad, status=BAD_INPUT).stderr.startswith(f"{bad}:12:21: error: "))

    def test_gb18030(self):
        inventory = self.write("gb.csv", INVENTORY, "gb18030")
        done = self.run_plan(inventory, self.scenario, status=BAD_INPUT)
        self.assertIn("gb18030", done.stderr.lower())
        plain = self.small("--explain", "锅炉1").stdout
        read = self.run_plan(inventory, self.scenario, "--encoding", "gb18030", "--explain", "锅炉1").stdout
        self.assertEqual(read, plain)
        self.run_plan(inventory, self.scenario, "--encoding", "latin-9", status=BAD_INPUT)

    # ---- what is shown ----

    def test_no_colour_in_a_pipe_and_colour_on_a_terminal(self):
        self.assertNotIn("\033", self.small("--targets", self.targets).stdout)
        try:
            main, other = pty.openpty()
        except OSError as error:  # a bare root without /dev/pts
            self.skipTest(f"this machine has no terminals to give: {error}")
        environment = dict({k: v for k, v in os.environ.items() if k != "NO_COLOR"}, TERM="xterm")
        process = subprocess.Popen([PLAN, self.inventory, self.scenario, "--targets", self.targets], stdout=other,
                                   stderr=other, env=environment)
        os.close(other)
        shown = b""
        try:
            while piece := os.read(main, 65536):
                shown += piece
        except OSError:  # the other end is closed
            pass
        os.close(main)
        self.assertEqual(process.wait(), DONE)
        self.assertIn(b"\033[", shown)

    def grids(self, text):
        """Tables: runs of at least three lines that begin with two blanks and are no list."""
        lines, grid = text.splitlines() + [""], []
        for line in lines:
            if line.startswith("  ") and not line.startswith(("  - ", "  and ", "  另有")):
                grid.append(line)
            else:
                if len(grid) >= 3:
                    yield grid
                grid = []

    def check_alignment(self, text):
        """Numbers stand right, so the last character of each numeric heading is that of the numbers below it."""
        count = 0
        for grid in self.grids(text):
            ends = [{width(line[:m.end()]) for m in re.finditer(r"\S+(?: \S+)*", line)} for line in grid]
            starts = [{width(line[:m.start()]) for m in re.finditer(r"\S+(?: \S+)*", line)} for line in grid]
            for line, end, start in zip(grid[1:], ends[1:], starts[1:]):
                for m in re.finditer(r"(?<=  )-?\d+(\.\d+)?(?=  |$)", line):
                    at = width(line[:m.end()])
                    left = width(line[:m.start()])
                    if left == 2:
                        continue  # a code at the start of the line
                    if at not in ends[0] and left not in starts[0]:
                        self.fail(f"column {at} of {line!r} is under nothing of {grid[0]!r}")
                    count += 1
        return count

    def test_columns_are_aligned(self):
        for language in ("en", "zh"):
            both = [self.inventory, self.scenario]
            for arguments in ([*both, "--targets", self.targets], both, [*both, "--explain", "锅炉1"], []):
                text = self.run_plan(*arguments, "--lang", language).stdout
                self.assertGreater(self.check_alignment(text), 3, text)

    def test_chinese(self):
        text = self.small("--targets", self.targets, "--lang", "zh").stdout
        for word in ("小方案", "煤炭总量控制", "未达标", "增长", "合计"):
            self.assertIn(word, text)
        self.assertNotIn("missed", text)
        files = self.files("--lang", "zh")
        self.assertRegex(files["notes.csv"].decode("utf-8"), "[\u4e00-\u9fff]")
        self.assertEqual(files["notes.csv"].decode("utf-8").splitlines()[0], COLUMNS["notes.csv"])

    def test_without_arguments_it_runs_wenzhou(self):
        text = self.run_plan().stdout
        self.assertIn("blue-sky plan", text)
        self.assertIn("RECONSTRUCTED", text)
        for word in ("SO2", "NOx", "VOC", "city-wide"):
            self.assertIn(word, text)


if __name__ == "__main__":
    if not PLAN.exists():
        print(f"{PLAN} is not built")
        sys.exit(77)
    unittest.main()
