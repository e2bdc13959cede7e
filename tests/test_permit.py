# SPDX-License-Identifier: GPL-3.0-or-later
"""The annex to a permit: its amounts, worked by hand, and columns that line up in both languages."""

import os
import subprocess
import tempfile
import unicodedata
import unittest
from pathlib import Path

SOURCE = Path(os.environ.get("LANTIAN_SOURCE", Path(__file__).resolve().parent.parent))
BUILD = Path(os.environ.get("LANTIAN_BUILD", SOURCE / "build"))
CITY = SOURCE / "docs" / "example" / "offsets"


def spread(text):
    """A line with a blank behind each wide character: its places are the columns of a terminal."""
    return "".join(c + " " * (unicodedata.east_asian_width(c) in "WF") for c in text)


class Permit(unittest.TestCase):
    def annexes(self, *options, scenario=None, inventory=None):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "plan.yaml").write_text(scenario or f"include: {CITY / 'projects.yaml'}\n", encoding="utf-8")
            text = (CITY / "inventory.csv").read_text(encoding="utf-8")
            (folder / "inventory.csv").write_text((inventory or (lambda text: text))(text), encoding="utf-8")
            done = subprocess.run(
                [BUILD / "examples" / "lantian-plan", "inventory.csv", "plan.yaml", "--regions", CITY / "regions.csv",
                 "--out", "out", *options], cwd=folder, capture_output=True, encoding="utf-8")
            self.assertEqual(done.returncode, 0, done.stderr)
            return {path.stem.removeprefix("permit-"): path.read_text(encoding="utf-8")
                    for path in (folder / "out").glob("permit-*.txt")}

    def table(self, annex):
        """The table's cells, cut where its header has two blanks; nothing may stand across a cut."""
        lines = [spread(line) for line in annex.split("\n\n")[3].splitlines()]
        blank = [all(at >= len(line) or line[at] == " " for line in lines) for at in range(max(map(len, lines)))]
        cuts = [0] + [at + 2 for at in range(len(blank) - 2) if blank[at] and blank[at + 1] and not blank[at + 2]]
        rows = [[line[a:b].replace(" ", "") for a, b in zip(cuts, cuts[1:] + [None])] for line in lines]
        self.assertEqual({len(line) for line in lines}, {len(lines[0])}, annex)
        return rows

    def test_amounts(self):
        """coat-2 owes 2 * 18 = 36: 12 of the bank, which is older, and 24 of the 33.8 of shoes-1 (test_voc_offset.py)."""
        annex = self.annexes("--bank", CITY / "bank.csv")["coat-2"]
        self.assertIn("Project: coat-2, Coating line\nRegion: park East park\nFirst day of operation: 2018-01-01\n", annex)
        self.assertIn("It may emit:       18.000 t/yr\nIt owes:           36.000 t/yr\n"
                      "Replaced by:       36.000 t/yr\n", annex)
        self.assertNotIn("NOT COVERED", annex)
        self.assertEqual(self.table(annex), [
            ["No.", "Source", "Name", "Region", "Measure", "Inforce", "Replacest/yr", "Foreachnewt", "Coverst/yr"],
            ["1", "kiln-9", "", "Eastcounty", "P-2014-3", "2014-05-01", "12.000", "2", "6.000"],
            ["2", "shoes-1", "Eastshoeworks", "Eastcounty", "Shoeworksburntheirfumes", "2016-01-01", "24.000", "2",
             "12.000"],
            ["", "Total", "", "", "", "", "36.000", "", "18.000"]])
        self.assertIn("below its emission of 2015 in every year from 2018 to 2020", annex)
        self.assertIn("no reductions of this scenario", annex)
        self.assertNotIn("no reductions of this scenario", self.annexes()["coat-2"])

    def test_chinese_lines_up(self):
        annex = self.annexes("--lang", "zh")["coat-2"]
        self.assertEqual(self.table(annex), [
            ["序号", "排放源", "名称", "所在地", "措施", "实施日期", "替代量（吨/年）", "替代倍数", "抵新增量（吨/年）"],
            ["1", "shoes-1", "Eastshoeworks", "东县", "制鞋废气燃烧", "2016-01-01", "33.800", "2", "16.900"],
            ["2", "press-1", "Parkprinters", "东县园区", "关停印刷厂", "2018-01-01", "2.200", "2", "1.100"],
            ["", "合计", "", "", "", "", "36.000", "", "18.000"]])
        self.assertIn("应替代量：            36.000 吨/年\n", annex)

    def test_what_is_not_covered_is_said(self):
        annex = self.annexes()["ink-2"]  # owes 30, finds 17.8
        self.assertIn("NOT COVERED:       12.200 t/yr. The project must not be permitted on this annex.\n", annex)
        alone = self.annexes(scenario=f"include: {CITY / 'projects.yaml'}\nonly: ink-works\n")["ink-2"]
        self.assertIn("NOT COVERED:       30.000 t/yr.", alone)
        self.assertIn("\nNo existing source replaces any of it.\n", alone)

    def test_the_banks_row_of_a_measure_bears_its_name(self):
        bank = "permit,source,region,pollutant,measure,issued,balance_t\n,shoes-1,east,VOC,shoe-fumes,2016-01-01,5\n"
        with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
            file.write(bank)
            file.flush()
            annex = self.annexes("--bank", file.name)["coat-2"]
        self.assertEqual([row[4] for row in self.table(annex)][1:-1], ["Shoeworksburntheirfumes"] * 2 + ["Printersclosed"])

    def test_a_reconstruction_is_named(self):
        annex = self.annexes(inventory=lambda text: "# reconstructed: yes\n" + text)["coat-2"]
        self.assertIn("\nRECONSTRUCTED: ", annex)
        self.assertNotIn("RECONSTRUCTED", self.annexes()["coat-2"])


if __name__ == "__main__":
    unittest.main()
