# SPDX-License-Identifier: GPL-3.0-or-later
"""voc-offset from the outside: its answers for a made-up city, worked by hand, and what it says of bad input."""

import csv
import os
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

SOURCE = Path(os.environ.get("LANTIAN_SOURCE", Path(__file__).resolve().parent.parent))
BUILD = Path(os.environ.get("LANTIAN_BUILD", SOURCE / "build"))
PROGRAM = BUILD / "examples" / "voc-offset"
CITY = SOURCE / "docs" / "example" / "offsets"
DONE, BAD_INPUT, WRONG_USAGE, SYSTEM_FAILED = range(4)
HEAD = "id,name,region,sector,pollutant,tonnes,start,rule\n"

# The credits (VOC, t/yr), from docs/example/offsets/plan.yaml:
#   shoes-1, in the east, since 2016: 65 t; in 2020 65 * 1.2 * (1 - 0.8 * 0.75) = 31.2, the highest year: 33.8
#   press-1, in the park in the east, since 2018: 40
#   paint-1, in the west, since July 2019: half of 104 * 0.5 in 2019, 52 in 2020
#   resin-1 acts in winter only: none
# Two for one, in the own county, then in the city; of projects that start together the first in the list first.
#   coat-2 (park, 2018) owes 36: 33.8 of shoes-1, 2.2 of press-1, which keeps 37.8
#   dye-2 (east, 2019) owes 20, of press-1, which keeps 17.8
#   ink-2 (west, 2019-01-01) owes 30: the west has nothing yet, the city 17.8: 12.2 lack, it is left out
#   glue-2 (east, 2020) owes 80: 17.8 in the east and 52 in the west: 10.2 lack, it is left out; no year is left
#   ink-2 again, in 2020: 30 of paint-1, which keeps 22
PAID = [("coat-2", "Shoe works burn their fumes", "East county", 33.8), ("coat-2", "Printers closed", "East park", 2.2),
        ("dye-2", "Printers closed", "East park", 20.0), ("ink-2", "Paint on water", "West county", 30.0)]
LEFT = {"East park": 17.8, "West county": 22.0}


def table(text, head):
    """The rows under a heading, cut at two blanks or more; an empty cell is lost."""
    lines = text[text.index(head):].split("\n\n")[0].splitlines()
    return [re.split(r" {2,}", line.strip()) for line in lines if line.startswith("  ")][1:]


class VocOffset(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)

    def call(self, *arguments):
        return subprocess.run([PROGRAM, *map(str, arguments)], cwd=self.folder, capture_output=True, encoding="utf-8")

    def ask(self, projects, *options, plan=CITY / "plan.yaml"):
        (self.folder / "projects.csv").write_text(projects, encoding="utf-8")
        return self.call(CITY / "inventory.csv", plan, "projects.csv", "--regions", CITY / "regions.csv", *options)

    def answers(self, projects, *options, **how):
        """(permitted on, lacking) of each project."""
        done = self.ask(projects, *options, **how)
        self.assertEqual(done.returncode, DONE, done.stderr)
        lines = done.stdout.split("\n\n")[0].splitlines()[2:]
        return {line.split()[0]: re.search(r"(\S+)(?: +([\d.]+))? *$", line[line.index(" VOC ") + 24:]).groups()
                for line in lines}

    def test_made_up_city(self):
        done = self.call("--out", "bank.csv")
        self.assertEqual(done.returncode, DONE, done.stderr)
        rows = {row[0]: row for row in table(done.stdout, "A made-up")}
        self.assertEqual(rows["coat-2"][-2:], ["2018-01-01", "2018-01-01"])
        self.assertEqual(rows["dye-2"][-2:], ["2019-01-01", "2019-01-01"])
        self.assertEqual(rows["ink-2"][-3:], ["2019-01-01", "2020-01-01", "12.2"])
        self.assertEqual(rows["glue-2"][-3:], ["2020-01-01", "no", "10.2"])
        paid = table(done.stdout, "Paid by")
        self.assertEqual([tuple(row[:3]) for row in paid], [row[:3] for row in PAID])
        for row, expected in zip(paid, PAID):
            self.assertAlmostEqual(float(row[3]), expected[3], delta=0.051)
        self.assertEqual({row[0]: float(row[2]) for row in table(done.stdout, "Left in the bank")}, LEFT)

    def test_the_closing_bank_is_what_is_left_and_opens_the_next(self):
        self.call("--out", "bank.csv")
        with open(self.folder / "bank.csv", encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        free = {row["source"]: float(row["balance_t"]) for row in rows if not row["project"]}
        self.assertEqual(set(free), {"press-1", "paint-1"})
        self.assertAlmostEqual(free["press-1"], 17.8, delta=1e-9)
        self.assertAlmostEqual(free["paint-1"], 22.0, delta=1e-9)
        self.assertAlmostEqual(sum(float(row["balance_t"]) for row in rows), 33.8 + 40 + 52, delta=1e-9)
        # What was permitted stands, wherever it is in the list now; a new one finds 17.8 + 22 in the city for its 40.
        listed = (CITY / "projects.csv").read_text(encoding="utf-8").replace("VOC,15,2019", "VOC,15,2020")
        head, *projects = listed.splitlines()
        again = self.answers("\n".join([head, "new-3,,east,process.glue,VOC,20,2020,two-for-one", *projects]),
                             "--bank", "bank.csv")
        self.assertEqual({name: start for name, (start, _) in again.items()},
                         {"new-3": "no", "coat-2": "2018-01-01", "dye-2": "2019-01-01", "ink-2": "2020-01-01",
                          "glue-2": "no"})
        self.assertEqual(again["new-3"][1], "0.2")

    def test_what_is_left_out_gives_way(self):
        """big owes 200 of the 73.8 that the east has in 2018; small is served after it, and has them all the same."""
        answers = self.answers(HEAD + "big,,east,process,VOC,100,2018,two-for-one\n"
                                      "small,,east,process,VOC,36.9,2018-07-01,two-for-one\n")
        self.assertEqual(answers, {"big": ("no", "126.2"), "small": ("2018-07-01", None)})

    def test_what_begins_after_the_plan_is_not_permitted(self):
        done = self.ask(HEAD + "late,,east,process,VOC,1,2021,two-for-one\n")
        self.assertEqual(table(done.stdout, "A made-up"), [["late", "East county", "VOC", "1", "2021", "no"]])
        self.assertIn("late: the project starts after the last year of the run\n", done.stdout)

    def test_the_banks_own_credits(self):
        """12 t of 2014 that expire in 2018: coat-2 takes them first, so press-1 keeps 12 more."""
        done = self.call("--bank", CITY / "bank.csv")
        self.assertEqual(table(done.stdout, "Paid by")[0], ["coat-2", "P-2014-3", "East county", "12.0"])
        # Now 29.8 are there in 2019 for ink-2's 30; and in 2020 29.8 + 52 for glue-2's 80.
        rows = {row[0]: row for row in table(done.stdout, "A made-up")}
        self.assertEqual(rows["ink-2"][-2:], ["no", "0.2"])
        self.assertEqual(rows["glue-2"][-2:], ["2020-01-01", "2020-01-01"])

    def test_names_that_yaml_would_take_for_something_else(self):
        (self.folder / "plans' \"own\"").mkdir()
        plan = self.folder / "plans' \"own\"" / "a: #b.yaml"
        plan.write_text((CITY / "plan.yaml").read_text(encoding="utf-8"), encoding="utf-8")
        done = self.ask(HEAD + '"no: 1 #","a ""b"" \\ {c}",east,"[x",VOC,1,2018,two-for-one\n'
                        'two,"on two\nlines",east,x,VOC,1,2018,two-for-one\n', plan=plan)
        self.assertEqual(done.returncode, DONE, done.stderr)
        self.assertEqual(table(done.stdout, "A made-up")[0][:3], ["no: 1 #", 'a "b" \\ {c}', "East county"])

    def test_chinese(self):
        done = self.call("--lang", "zh")
        self.assertEqual(done.returncode, DONE, done.stderr)
        self.assertEqual(table(done.stdout, "替代来源")[0], ["coat-2", "制鞋废气燃烧", "东县", "33.8"])
        self.assertIn("不予准入", done.stdout)

    def test_bad_projects(self):
        good = "A,,east,process,VOC,1,2018,two-for-one\n"  # id, name, ... begin at 1 3 4 9 17 21 23 28
        for projects, complaints in (
                (HEAD, ["projects.csv: error: it has no projects; expected a row each"]),
                ("id,region,sector,pollutant,tonnes,start\nA,east,process,,1,2018\n",
                 ["projects.csv:2:16: error: project 'A' has no pollutant",
                  "projects.csv:2:1: error: project 'A' has no rule"]),
                ("# mine\n" + HEAD + '"",,"东\n县", 厂,VOC,1,2018,two-for-one\n' + "A,A,A,A,A,1 kg,A,\n",
                 ["projects.csv:3:1: error: project '' has no id",
                  "projects.csv:5:18: error: project 'A' has no rule",
                  "projects.csv:5:11: error: tonnes '1 kg' is no number of tonnes a year; expected for example 15"]),
                (HEAD + good + "B,,east,process,VOC,abc,2018-13-01,two-for-two\n",
                 ["projects.csv:3:25: error: '2018-13-01' is no date; expected for example 2019 or "
                  "2019-07-01",
                  "projects.csv:3:21: error: VOC 'abc t/yr' is not a number",
                  "projects.csv:3:36: error: offset rule 'two-for-two' is not defined; the nearest is "
                  "'two-for-one'"]),
                (HEAD + "A,,east,process,VOC,1 t,2018,two-for-one\n",
                 ["projects.csv:2:21: error: tonnes '1 t' is no number of tonnes a year; expected for example "
                  "15"]),
                (HEAD + "A,,east,process,VOC,15 %,2018,two-for-one\n",
                 ["projects.csv:2:21: error: tonnes '15 %' is no number of tonnes a year; expected for example "
                  "15"]),
                (HEAD + good + good, ["projects.csv:3:1: error: measure 'A' is there twice"]),
                (HEAD + good.replace("A,", "press-1,"),
                 ["projects.csv:2:1: error: source 'press-1' is there already; a new source needs an "
                  "id of its own"]),
                (HEAD + good.replace("east", "est"),
                 ["projects.csv:2:1: error: region 'est' is not in the table of regions; the nearest is "
                  "'east'"]),
                (HEAD + "A,east\n", ["projects.csv:2:1: error: the row has 2 columns; the header has 8"])):
            with self.subTest(projects=projects):
                done = self.ask(projects)
                self.assertEqual((done.returncode, done.stdout), (BAD_INPUT, ""))
                self.assertEqual(done.stderr.splitlines(), complaints)

    def test_bad_files(self):
        (self.folder / "plan.yaml").write_text("years: 2015\n", encoding="utf-8")
        done = self.ask(HEAD + "A,,east,process,VOC,1,2018,two-for-one\n", plan="plan.yaml")
        self.assertEqual(done.returncode, BAD_INPUT)
        self.assertIn("plan.yaml:1:8: error: ", done.stderr)
        done = self.ask(HEAD + "A,,east,process,VOC,1,2018,two-for-one\n", plan="none.yaml")
        self.assertEqual(done.returncode, BAD_INPUT)
        self.assertIn("none.yaml", done.stderr)
        self.assertEqual(self.call("a.csv", "b.yaml", "c.csv").returncode, SYSTEM_FAILED)
        self.assertEqual(self.call("--out", "no/such/bank.csv").returncode, SYSTEM_FAILED)

    def test_no_input_is_written_over(self):
        for name in ("inventory.csv", "plan.yaml", "regions.csv", "projects.csv", "bank.csv", "targets.csv"):
            (self.folder / name).write_bytes((CITY / name).read_bytes())
        (self.folder / "more.yaml").write_text("include: plan.yaml\n", encoding="utf-8")
        before = {path: path.read_bytes() for path in self.folder.iterdir()}
        (self.folder / "link.csv").symlink_to("bank.csv")
        for out in sorted(path.name for path in self.folder.iterdir()):
            with self.subTest(out=out):
                done = self.call("inventory.csv", "more.yaml", "projects.csv", "--regions", "regions.csv", "--bank",
                                 "bank.csv", "--targets", "targets.csv", "--out", out)
                self.assertEqual((done.returncode, done.stdout), (BAD_INPUT, ""))
                self.assertEqual(done.stderr, f"{out}: error: the file is an input and would be written over; expected "
                                              "another name\n")
        self.assertEqual({path: path.read_bytes() for path in self.folder.iterdir() if path.name != "link.csv"}, before)

    def test_usage(self):
        for arguments in (["a.csv"], ["a.csv", "b.yaml"], ["--lang", "fr"], ["--unknown"], ["--bank"]):
            with self.subTest(arguments=arguments):
                done = self.call(*arguments)
                self.assertEqual(done.returncode, WRONG_USAGE)
                self.assertIn("usage: voc-offset", done.stderr)
        self.assertEqual(self.call("--help").returncode, DONE)


if __name__ == "__main__":
    unittest.main()
