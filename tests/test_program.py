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
# The small plan in other hands: with a scope, and without the cap.
SCOPED = SCENARIO.replace("measures:", "scopes: {coal: {sector: combustion}}\nmeasures:")
GROWTH = "include: plan.yaml\nscenario: {en: Growth alone, zh: 仅增长}\nonly: [growth]\n"
TASKS = """\
no,task,task_zh,lead,lead_zh,kind,reason,reason_zh
3,Hold a meeting,召开会议,Office; Everyone,办公室、各单位,governance,no number,无数字
18,Cap coal,控制煤炭总量,Reform Commission; Ecology Bureau,市发改委、市生态环境局,measure,,
19,Plant trees,植树,Office,办公室,indicator,trees emit nothing,树木不排放
"""
CROSSWALK = "old,new,share,from\n330303,330303,75 %,2016\n330303,330399,25 %,2016\n"
COLUMNS = {
    "summary.csv": "year,region,sector,pollutant,emission_t",
    "ledger.csv": "year,measure,task,class,region,sector,source,pollutant,delta_t",
    "accounts.csv": "region,pollutant,base_t,growth_t,new_t,structural_t,engineering_t,management_t,projected_t",
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
                     "--no-defaults", "--threads", "--inventory-year", "--encoding", "--fail-on-miss", "--devices",
                     "Exit status", "lantian-plan --lang zh"):
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

    def test_devices(self):
        """1000 t of solvent at 10 g/kg to an RTO from closed lines: 10 x (1 - 0.95 x 0.94) = 1.07 t in 2015."""
        inventory = self.write("devices.csv", "source,region,sector,pollutant,activity,factor,removal,device,capture\n"
                               "S,330303,solvent.print,VOC,1000 t,10 g/kg,,rto,closed\n")
        growth = self.write("growth.yaml", SCENARIO.split("  - id: coal-cap")[0])
        table = self.write("own.csv", "kind,device,pollutant,efficiency,status,source\n"
                           "removal,rto,VOC,0.98,sourced,mine\ncapture,closed,VOC,90 %,sourced,mine\n")
        for arguments, tonnes, told in (([], 1.07, "T/CSES 144-2024 A.1 rto: 1"),
                                        (["--devices", table], 10 * (1 - 0.98 * 0.9), "mine rto: 1")):
            with tempfile.TemporaryDirectory(dir=self.folder) as out:
                self.run_plan(inventory, growth, "--out", out, *arguments)
                first = (Path(out) / "summary.csv").read_text(encoding="utf-8").splitlines()[1]
                self.assertAlmostEqual(float(first.split(",")[-1]), tonnes, places=9)
                self.assertIn(told, (Path(out) / "notes.csv").read_text(encoding="utf-8"))
        self.assertIn("by the table, device 'rto' removes", self.complaints(inventory, growth, "--no-defaults")[0])
        missing = self.folder / "no such.csv"
        self.assertIn(str(missing), self.run_plan(inventory, growth, "--devices", missing, status=SYSTEM_FAILED).stderr)

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
        self.assertIn(b"cannot write to standard output", done.stderr)

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
                for name, data in files.items() if name.endswith(".csv")}
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

    # ---- a folder holds the files of one run ----

    SMALL_FILES = {"summary.csv", "ledger.csv", "accounts.csv", "notes.csv", "inventory-2020.csv", "result.nc"}

    def listed(self, out):
        """The files that README.txt lists."""
        lines = (out / "README.txt").read_text("utf-8").splitlines()
        begin = lines.index("Files of this run; whatever else lies here is not of it:") + 1
        return {line.split()[0] for line in lines[begin:lines.index("", begin)]}

    def names(self, out):
        return {path.name for path in out.iterdir()}

    def test_what_an_earlier_run_left_is_removed(self):
        out, city = self.folder / "out", SOURCE / "docs" / "example" / "offsets"
        self.run_plan(city / "inventory.csv", city / "projects.yaml", "--regions", city / "regions.csv", "--targets",
                      city / "targets.csv", "--inventory-year", "2018", "--out", out)
        offsets = {"offsets.csv", "offset-refusals.csv", "bank.csv", "permit-coat-2.txt", "permit-dye-2.txt",
                   "permit-ink-2.txt"}
        first = self.SMALL_FILES | offsets | {"targets.csv", "inventory-2018.csv"}
        self.assertEqual(self.listed(out), first)
        self.assertEqual(self.names(out), first | {"README.txt"})
        own = {"permit-mine.txt", "inventory-2017.csv", "plan.yaml"}  # no run wrote these
        for name in own:
            (out / name).write_text("mine")
        (out / "offsets.csv").unlink()
        self.small("--inventory-year", "2031", "--out", out, status=BAD_INPUT)
        self.assertEqual(self.names(out), (first | own | {"README.txt"}) - {"offsets.csv"})
        self.small("--out", out)
        self.assertEqual(self.listed(out), self.SMALL_FILES)
        self.assertEqual(self.names(out), self.SMALL_FILES | own | {"README.txt"})

    def test_only_what_a_run_writes_is_removed(self):
        """Whatever a README.txt lists; and where it is not a run's, nothing."""
        out = self.folder / "out"
        kept = [self.write(f"out/{name}", "mine") for name in ("mine.csv", "sub/bank.csv", "a bank.csv")]
        heading = "Files of this run; whatever else lies here is not of it:\n"
        for text in (heading + "mine.csv  x\nsub/bank.csv x\n../plan.yaml\n../targets.csv\na bank.csv\n\nbank.csv\n",
                     "bank.csv  the bank\n", heading.strip(), ""):
            with self.subTest(text=text):
                bank = self.write("out/bank.csv", "mine")
                self.write("out/README.txt", text)
                self.small("--out", out)
                for path in (*kept, bank, self.scenario, self.targets):
                    self.assertTrue(path.exists(), path)

    def test_an_input_is_not_removed(self):
        out = self.folder / "out"
        self.small("--inventory-year", "2018", "--out", out)
        later = self.write("later.yaml", SCENARIO.replace("2015", "2018"))
        self.run_plan(out / "inventory-2018.csv", later, "--out", out)
        self.assertEqual(self.listed(out), self.SMALL_FILES)
        self.assertEqual(self.names(out), self.SMALL_FILES | {"README.txt", "inventory-2018.csv"})

    def test_no_input_is_written_over(self):
        before = {path: path.read_bytes() for path in self.folder.iterdir()}
        sentence = "error: the file is an input of the run and would be written over; expected another folder"
        done = self.small("--targets", self.targets, "--out", self.folder, status=BAD_INPUT)
        self.assertEqual(done.stderr, f"{self.folder}/targets.csv: {sentence}\n")
        self.assertEqual({path: path.read_bytes() for path in self.folder.iterdir()}, before)
        (self.folder / "out").mkdir()
        (self.folder / "out" / "inventory-2020.csv").symlink_to(self.inventory)
        done = self.small("--out", "out", status=BAD_INPUT)
        self.assertEqual(done.stderr, f"out/inventory-2020.csv: {sentence}\n")
        self.assertEqual(self.names(self.folder / "out"), {"inventory-2020.csv"})
        self.assertEqual(self.inventory.read_text("utf-8"), INVENTORY)
        tasks = self.write("out/notes.csv", TASKS)
        (self.folder / "out" / "inventory-2020.csv").unlink()
        self.small("--tasks", "--task-table", tasks, "--out", "out", status=BAD_INPUT)
        self.assertEqual(tasks.read_text("utf-8"), TASKS)
        self.small("--out", self.folder)  # beside its inputs, under other names
        self.assertEqual(self.targets.read_text("utf-8"), TARGETS)

    def test_the_projected_inventory_is_an_input(self):
        projected = self.write("projected.csv", self.files()["inventory-2020.csv"])
        later = self.write("later.yaml", SCENARIO.replace("2020", "2025").replace("2015", "2020"))
        self.run_plan(projected, later)

    def test_threads_change_nothing(self):
        def tables(threads):
            # result.nc names the command; test_netcdf.c compares its bytes
            return {name: data for name, data in self.files("--threads", threads).items() if name != "result.nc"}
        one = tables(1)
        for threads in (2, 8):
            self.assertEqual(tables(threads), one)

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

    # ---- SMOKE's packets ----

    WORKS = ("# base_year: 2005\nsource,region,sector,pollutant,emission_t,removal\n"
             "37001|2102004001,37001,2102004001,NOX,1000,0.4\n")
    PACKETS = "# remark\n/CONTROL/\n0 0 NOX 0 50 100 100 0 0 Y A\n/END/\n"

    def works(self, packets, *arguments, status=DONE):
        return self.run_plan(self.write("works.csv", self.WORKS), self.write("控制 包.txt", packets), *arguments,
                             status=status)

    def test_packets_are_run(self):
        out = self.folder / "packets-out"
        text = self.works(self.PACKETS, "--year", "2020", "--out", out).stdout
        self.assertIn("控制 包.txt, 2005 to 2020", text)
        with open(out / "inventory-2020.csv", encoding="utf-8") as file:
            rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
        self.assertAlmostEqual(float(rows[0]["emission_t"]), 500)
        self.assertAlmostEqual(float(rows[0]["removal"]), 1 - 0.6 * 0.5)
        for arguments in (["--accounts"], ["--lang", "zh"]):
            self.assertIn("500", self.works(self.PACKETS, "--year", "2020", *arguments).stdout)

    def test_the_line_of_a_packet_is_explained(self):
        lines = self.works(self.PACKETS, "--year", "2020", "--explain", "37001|2102004001").stdout.splitlines()
        self.assertRegex(next(line for line in lines if "control" in line), r"500\.000 +-500\.000 +3 *$")
        self.assertNotIn("line", self.small("--explain", "锅炉1").stdout)

    def test_packets_need_their_year(self):
        self.assertIn("the year that the packets lead to", self.works(self.PACKETS, status=BAD_INPUT).stderr)
        self.assertIn("other year", self.works(self.PACKETS, "--year", "2020", "--years", "2010:2020",
                                               status=BAD_INPUT).stderr)
        done = self.small("--year", "2019", status=WRONG_USAGE)
        self.assertIn("SMOKE", done.stderr)

    def test_every_bad_packet_is_named(self):
        lines = self.works("/CONTROL/\n0 0 NOX 0 x 100 100 0 0 Y A\n0 0 NOX 0 101 100 100 0 0 Y A\n/END/\n"
                           "/REACTIVITY 2005 2020/\n1\n/END/\n", "--year", "2020",
                           status=BAD_INPUT).stderr.splitlines()
        self.assertEqual([re.search(r"txt:(\d+:\d+): error", line)[1] for line in lines], ["2:11", "3:11", "5:1"])

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

    # ---- scenarios side by side ----

    def compare(self, *arguments, status=DONE):
        return self.run_plan("--compare", *arguments, status=status)

    def rows_of(self, text, name):
        """The numbers of every row that begins with a name."""
        return [[float(word) for word in line.split()[1:]] for line in text.splitlines() if line.split()[:1] == [name]]

    def test_compare_puts_scenarios_side_by_side(self):
        growth = self.write("growth.yaml", GROWTH)
        text = self.compare(self.inventory, self.scenario, growth).stdout
        self.assertIn("[1] Small plan", text)
        self.assertIn("[2] Growth alone", text)
        # SO2: 5 t, capped to 4 and grown to 7.5; NOx: 4 t, 3.2 and 6. Shown without decimals, the cuts with one.
        so2, nox = self.rows_of(text, "330303")
        self.assertEqual([so2[0], so2[1], so2[2], so2[4]], [5, 4, 20, -50])
        self.assertEqual([nox[0], nox[1], nox[2], nox[3], nox[4]], [4, 3, 20, 6, -50])
        total = self.rows_of(text, "total")[0]
        self.assertEqual([total[0], total[4]], [8, -50])  # 8 t to 8.5 and 12
        self.assertEqual(total[3], 12)

    def test_compare_counts_targets(self):
        growth = self.write("growth.yaml", GROWTH)
        text = self.compare(self.inventory, self.scenario, growth, "--targets", self.targets).stdout
        self.assertIn("[1] Small plan: 1 targets met, 1 missed", text)
        self.assertIn("[2] Growth alone: 0 targets met, 2 missed", text)
        chinese = self.compare(self.inventory, growth, self.scenario, "--targets", self.targets, "--lang", "zh").stdout
        self.assertIn("[2] 小方案：1项目标达标，1项未达标", chinese)
        self.assertNotIn("targets met", chinese)

    def test_compare_takes_two_to_five(self):
        growth = self.write("growth.yaml", GROWTH)
        for count in (2, 3, 4, 5):
            text = self.compare(self.inventory, *[self.scenario, growth, growth, growth, self.scenario][:count]).stdout
            self.assertIn(f"[{count}]", text)
            self.assertNotIn(f"[{count + 1}]", text)
            self.assertLessEqual(max(map(width, text.splitlines())), 120)
        for scenarios in ([], [self.scenario], [growth] * 6):
            done = self.compare(self.inventory, *scenarios, status=WRONG_USAGE)
            self.assertEqual(done.stdout, "")
            self.assertEqual(len(done.stderr.splitlines()), 1)
        self.compare(status=WRONG_USAGE)

    def test_compare_shows_a_pollutant_of_one_scenario_only(self):
        more = self.write("more.yaml", "include: plan.yaml\nmeasures:\n  - {id: n, add: {source: N, region: \"330304\", "
                                       "sector: works, from: 2016, emissions: {VOC: 7 t/yr}}}\n")
        for both in ([self.scenario, more], [more, self.scenario]):
            self.assertIn("VOC", self.compare(self.inventory, *both).stdout, both)

    def test_compare_on_wenzhou(self):
        names = [CASE / name for name in ("growth-only.yaml", "blue-sky-2020.yaml", "full-ambition.yaml")]
        text = self.compare(*names).stdout
        self.assertIn("RECONSTRUCTED", text)
        for total in self.rows_of(text, "total"):
            base, growth, growth_cut, plan, plan_cut, full, full_cut = total
            self.assertTrue(growth > base > plan >= full > 0, total)
            self.assertTrue(growth_cut < 0 < plan_cut <= full_cut, total)
        self.assertEqual(len(self.rows_of(text, "total")), 3)
        self.assertEqual(len(self.rows_of(text, "Yueqing")), 3)

    def test_compare_fails_as_a_run_does(self):
        bad = self.write("bad.yaml", SCENARIO.replace("80 %", "80"))
        lines = self.complaints("--compare", self.inventory, self.scenario, bad)
        self.assertEqual(len(lines), 1)
        self.assertTrue(lines[0].startswith(f"{bad}:12:21: error: "), lines[0])
        missing = self.folder / "missing.yaml"
        self.assertIn(str(missing), self.compare(self.inventory, self.scenario, missing, status=SYSTEM_FAILED).stderr)
        other = self.write("other.yaml", SCENARIO.replace("2015", "2014"))
        self.compare(self.inventory, self.scenario, other, status=BAD_INPUT)

    # ---- accounts ----

    def test_accounts(self):
        text = self.small("--accounts").stdout
        # SO2 of 330303: 5 + 2.5 growth - 3.5 under the cap; the kiln's 3 t grow to 4.5
        self.assertEqual(self.rows_of(text, "330303"), [[5, 2.5, 0, -3.5, 0, 0, 4], [4, 2, 0, -2.8, 0, 0, 3.2]])
        self.assertEqual(self.rows_of(text, "330304"), [[3, 1.5, 0, 0, 0, 0, 4.5]])
        self.assertEqual(self.rows_of(text, "total")[0], [8, 4, 0, -3.5, 0, 0, 8.5])
        chinese = self.small("--accounts", "--lang", "zh").stdout
        self.assertIn("合计", chinese)
        self.assertEqual(self.rows_of(chinese, "330303"), self.rows_of(text, "330303"))

    def test_accounts_of_a_scope(self):
        scoped = self.write("scoped.yaml", SCOPED)
        text = self.run_plan(self.inventory, scoped, "--accounts", "--scope", "coal").stdout
        self.assertIn("coal", text)
        self.assertEqual(self.rows_of(text, "330304"), [])  # the kiln is no combustion
        self.assertEqual(self.rows_of(text, "total")[0], [5, 2.5, 0, -3.5, 0, 0, 4])
        done = self.run_plan(self.inventory, scoped, "--accounts", "--scope", "cole", status=BAD_INPUT)
        self.assertIn("cole", done.stderr)

    def test_accounts_add_up_on_wenzhou(self):
        for scope in ([], ["--scope", "county"]):
            text = self.run_plan("--accounts", *scope).stdout
            totals = self.rows_of(text, "total")
            self.assertEqual(len(totals), 3)
            for row in totals:
                row = row[:7]  # then what of it owes offsets and what pays for it
                self.assertEqual(len(row), 7)
                self.assertLessEqual(abs(sum(row[:-1]) - row[-1]), 0.35)  # seven numbers of one decimal

    def test_accounts_file(self):
        rows = list(csv.DictReader(self.files()["accounts.csv"].decode("utf-8").splitlines()))
        self.assertEqual([(r["region"], r["pollutant"]) for r in rows],
                         [("330303", "SO2"), ("330303", "NOx"), ("330304", "SO2")])
        for row in rows:
            numbers = [float(v) for k, v in row.items() if k.endswith("_t")]
            self.assertTrue(math.isclose(sum(numbers[:-1]), numbers[-1], rel_tol=1e-12), row)

    def test_accounts_of_the_base_year(self):
        text = self.small("--accounts", "--years", "2015:2015").stdout
        self.assertEqual(self.rows_of(text, "330303")[0], [5, 0, 0, 0, 0, 0, 5])

    # ---- tasks ----

    def test_tasks(self):
        table = self.write("tasks.csv", TASKS)
        text = self.small("--tasks", "--task-table", table).stdout
        # the cap takes 3.5 t of SO2 and 2.8 of NOx; growth, of no task, brings 2.5 + 1.5 and 2
        self.assertRegex(text, r"\n +18  Cap coal +Reform Commission +-3\.5 +-2\.8\n")
        self.assertRegex(text, r"\n +measures of no task \(growth\) +4\.0 +2\.0\n")
        self.assertRegex(text, r"\n +Reform Commission +-3\.5 +-2\.8\n")  # the first of the two leads
        self.assertNotIn("Ecology Bureau", text)
        self.assertIn("Hold a meeting", text)
        self.assertIn("no number", text)
        self.assertIn("trees emit nothing", text)

    def test_no_tonne_is_lost_among_tasks(self):
        """What a scenario says of a task that the table has not is shown all the same."""
        table = self.write("tasks.csv", TASKS.replace("18,Cap", "17,Cap"))
        self.assertIn("-3.5", self.small("--tasks", "--task-table", table).stdout)
        odd = self.write("odd.csv", TASKS.replace("governance", "goverment"))  # a kind that is not known
        done = self.call(self.inventory, self.scenario, "--tasks", "--task-table", odd)
        self.assertIn("Hold a meeting" if done.returncode == DONE else "goverment", done.stdout + done.stderr)

    def test_tasks_in_chinese(self):
        table = self.write("tasks.csv", TASKS)
        text = self.small("--tasks", "--task-table", table, "--lang", "zh").stdout
        self.assertRegex(text, r"\n +18  控制煤炭总量 +市发改委 +-3\.5 +-2\.8\n")
        for word in ("召开会议", "无数字", "按牵头单位", "治理类任务"):
            self.assertIn(word, text)
        self.assertNotIn("Reform", text)

    def test_tasks_need_a_table(self):
        self.assertIn("--task-table", self.small("--tasks", status=WRONG_USAGE).stderr)
        missing = self.folder / "no tasks.csv"
        self.assertIn(str(missing), self.small("--tasks", "--task-table", missing, status=SYSTEM_FAILED).stderr)
        torn = self.write("torn.csv", 'no,task\n1,"open\n')
        self.assertTrue(self.complaints(self.inventory, self.scenario, "--tasks", "--task-table", torn)[0]
                        .startswith(f"{torn}:2:"))

    def test_tasks_of_wenzhou(self):
        for language, lead in (("en", "Municipal Ecology and Environment Bureau"), ("zh", "市生态环境局")):
            text = self.run_plan("--tasks", "--lang", language).stdout
            self.assertIn(lead, text)
            numbers = {int(m) for m in re.findall(r"^ +(\d+)  \S", text, re.M)}
            self.assertEqual(numbers, set(range(1, 100)))  # each of the 99 stands somewhere
            for line in text.splitlines():
                if re.match(r" +\d+  ", line):
                    self.assertLessEqual(width(line), 140, line)

    # ---- another geography ----

    def test_crosswalk_moves_the_inventory(self):
        crosswalk = self.write("crosswalk.csv", CROSSWALK)
        out = self.folder / "out"
        self.small("--crosswalk", crosswalk, "--geography", 2016, "--out", out)
        rows = list(csv.DictReader((out / "summary.csv").read_text("utf-8").splitlines()))
        so2 = {(r["year"], r["region"]): float(r["emission_t"]) for r in rows if r["pollutant"] == "SO2"}
        # 5 t in 2015, 4 t in 2020, a quarter of them in 330399
        for key, value in {("2015", "330303"): 3.75, ("2015", "330399"): 1.25, ("2020", "330399"): 1,
                           ("2020", "330304"): 4.5}.items():
            self.assertTrue(math.isclose(so2[key], value, rel_tol=1e-12), key)
        self.assertIn("锅炉1@330399", (out / "inventory-2020.csv").read_text("utf-8"))
        self.assertIn("1.25", self.small("--crosswalk", crosswalk, "--geography", 2016, "--explain",
                                         "锅炉1@330399").stdout)

    def test_the_geography_is_the_base_years_unless_said(self):
        crosswalk = self.write("crosswalk.csv", CROSSWALK)
        plain = self.small("--accounts").stdout
        self.assertEqual(self.small("--accounts", "--crosswalk", crosswalk).stdout, plain)
        self.assertEqual(self.small("--accounts", "--crosswalk", crosswalk, "--geography", "2015").stdout, plain)
        self.assertNotEqual(self.small("--accounts", "--crosswalk", crosswalk, "--geography", "2016").stdout, plain)

    def test_crosswalk_into_a_table_of_regions(self):
        crosswalk = self.write("crosswalk.csv", CROSSWALK)
        regions = self.write("regions.csv", "region\n330303\n330304\n")
        move = ["--crosswalk", crosswalk, "--regions", regions, "--geography"]
        self.small(*move, 2015)
        done = self.small(*move, 2016, status=BAD_INPUT)
        self.assertEqual(len(done.stderr.splitlines()), 1)
        self.assertIn("'330399'", done.stderr)
        self.write("regions.csv", "region\n330303\n330304\n330399\n")
        self.small(*move, 2016)

    def test_bad_crosswalks(self):
        bad = self.write("bad.csv", CROSSWALK.replace("75 %", "75").replace("2016\n", "soon\n", 1))
        lines = self.complaints(self.inventory, self.scenario, "--crosswalk", bad)
        self.assertEqual([line.split(" error")[0] for line in lines], [f"{bad}:2:15:", f"{bad}:2:18:"])
        short = self.write("short.csv", CROSSWALK.replace("75 %", "70 %"))
        lines = self.complaints(self.inventory, self.scenario, "--crosswalk", short, "--geography", 2016)
        self.assertEqual(len(lines), 1)
        self.assertIn("0.95", lines[0])
        missing = self.folder / "no crosswalk.csv"
        self.assertIn(str(missing), self.small("--crosswalk", missing, status=SYSTEM_FAILED).stderr)
        for year in ("0", "soon", "-1"):
            self.small("--crosswalk", bad, "--geography", year, status=WRONG_USAGE)

    def test_wenzhou_with_longgang(self):
        regions = self.write("regions-2019.csv", (CASE / "regions.csv").read_text("utf-8") +
                             "330383,330300,county,Longgang,龙港市,,,,\n")
        base = [CASE / "baseline-2015.csv", CASE / "blue-sky-2020.yaml", "--sectors", CASE / "sectors.csv"]
        text = self.run_plan(*base, "--regions", regions, "--accounts", "--crosswalk", CASE / "crosswalk.csv",
                             "--geography", 2019).stdout
        before = self.run_plan("--accounts").stdout
        for pollutant in range(3):
            longgang = self.rows_of(text, "Longgang")[pollutant]
            cangnan = self.rows_of(text, "Cangnan")[pollutant]
            whole = self.rows_of(before, "Cangnan")[pollutant]
            self.assertAlmostEqual(longgang[0] + cangnan[0], whole[0], delta=0.11)
            self.assertAlmostEqual(longgang[0] / whole[0], 0.3561, places=4)
        for then, now in zip(self.rows_of(text, "total"), self.rows_of(before, "total")):
            self.assertEqual(then[0], now[0])

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
