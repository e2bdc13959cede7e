# SPDX-License-Identifier: GPL-3.0-or-later
"""How the library behaves inside somebody else's program (tests/guest.c): in any locale, in two threads at once, around
fork(), loaded and let go, and without touching what the program has set. The measure is one plain run: the same files,
byte for byte."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree
from pathlib import Path

SOURCE = Path(os.environ.get("LANTIAN_SOURCE", Path(__file__).resolve().parent.parent))
BUILD = Path(os.environ.get("LANTIAN_BUILD", SOURCE / "build"))
GUEST = BUILD / "tests" / "guest"
MODULE = BUILD / "tests" / "libguest_work.so"
DATA = SOURCE / "tests" / "data"
EXAMPLE = SOURCE / "docs" / "example"

# Decimal comma; a charset in which the bytes of Chinese are letters; and the case of i, which is not that of I.
LOCALES = {"de_DE.UTF-8": "0,5", "de_DE.ISO-8859-1": "0,5", "tr_TR.UTF-8": "0,5", "tr_TR.ISO-8859-9": "0,5"}

SMALL = EXAMPLE / "town.csv", EXAMPLE / "small.yaml"
CHINESE = """\
# base_year: 2015
# baseline: 环统2015
source,region,sector,pollutant,fuel,activity,activity_unit,factor,factor_unit,removal,emission_t,工艺
锅炉1,330303,combustion.boiler,SO2,coal,1234.5,吨,10.25,千克/吨,0.5,,层燃
K,330304,process.kiln,SO2,coal,,,,,,3.0625e1,
"""
CHINESE_PLAN = """\
scenario: {en: Small plan, zh: 小方案}
base_year: 2015
years: [2015, 2020]
measures:
  - id: growth
    grow: {rate: 3.5 %}
  - id: close
    where: {fuel: coal, source: 锅炉1}
    retire: {share: {triangular: [0.6, 0.75, 0.85]}}
    phase: {2015: 0, 2020: 1}
"""


def files(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


class Behaviour(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="guest-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        cls.inputs = [SMALL, (cls.folder / "base.csv", cls.folder / "plan.yaml")]
        cls.inputs[1][0].write_text(CHINESE, encoding="utf-8")
        cls.inputs[1][1].write_text(CHINESE_PLAN, encoding="utf-8")
        cls.plain = None

    def guest(self, mode, locale="C", before=(), environment=()):
        """Runs the program in a mode; what it prints, and the files of its two jobs."""
        with tempfile.TemporaryDirectory(dir=self.folder) as name:
            outs = [Path(name) / "one", Path(name) / "two"]
            jobs = []
            for pair, out in zip(self.inputs, outs):
                out.mkdir()
                jobs += [*pair, out]
            done = subprocess.run([*map(str, [*before, GUEST, MODULE, mode, DATA, *jobs])], capture_output=True,
                                  encoding="utf-8", errors="replace", timeout=300,
                                  env={**os.environ, "LC_ALL": locale, **dict(environment)})
            self.assertEqual(done.returncode, 0, f"{mode}: {done.stdout}{done.stderr}")
            return done.stdout.strip(), [files(out) for out in outs]

    def check(self, mode, *arguments, **more):
        """The files are those of one job after the other, in the C locale; what it printed."""
        if not Behaviour.plain:
            Behaviour.plain = self.guest("one-after-other")[1]
            self.assertIn("result.nc", Behaviour.plain[1])
            self.assertEqual(Behaviour.plain[1]["message.txt"], b"probability 1.5 is outside [0, 1]")
            self.assertIn(b",p2.5_t,", Behaviour.plain[1]["ensemble.csv"])
            self.assertRegex(Behaviour.plain[0]["permit.txt"].decode(), r"允许新增排放量： +\d+\.\d{3} 吨/年")
            self.assertRegex(Behaviour.plain[0]["summary.csv"].decode(), r"(?m)^2020,.*\d\.\d+$")
        printed, made = self.guest(mode, *arguments, **more)
        for plain, these in zip(Behaviour.plain, made):
            self.assertEqual(sorted(plain), sorted(these))
            self.assertEqual([name for name in plain if plain[name] != these[name]], [])
        return printed

    def test_two_threads(self):
        for _ in range(5):
            self.check("at-once")

    def test_fork(self):
        self.check("before-a-fork")
        self.check("after-a-fork")

    def test_untouched(self):
        self.guest("untouched")

    def test_locales(self):
        if not shutil.which("localedef") or not Path("/usr/share/i18n/locales/tr_TR").exists():
            self.skipTest("localedef and Debian's locales are not installed")
        made = self.folder / "locales"
        made.mkdir()
        for name, half in LOCALES.items():
            language, charset = name.split(".")
            subprocess.run(["localedef", "-i", language, "-f", charset, made / name], capture_output=True, check=False)
            with self.subTest(locale=name):
                self.assertEqual(self.check("one-after-other", name, environment={"LOCPATH": str(made)}), half)

    def test_load_and_let_go(self):
        self.guest("again-and-again")

    @unittest.skipUnless(shutil.which("valgrind"), "valgrind is not installed")
    def test_load_and_let_go_under_valgrind(self):
        """Nothing that valgrind finds was done, or allocated, by us; what other libraries leave behind is theirs."""
        report = self.folder / "valgrind.xml"
        self.guest("again-and-again", before=[
            "valgrind", "--leak-check=full", "--show-leak-kinds=definite,indirect,possible", "--keep-debuginfo=yes",
            "--num-callers=40", f"--suppressions={SOURCE / 'tests/valgrind.supp'}", "--xml=yes", f"--xml-file={report}"])
        own = {line.split()[-1] for library in (BUILD / "liblantian.so", MODULE) for line in subprocess.run(
            ["nm", library], capture_output=True, text=True, check=True).stdout.splitlines() if " t " in line.lower()}
        ours = []
        for error in xml.etree.ElementTree.parse(report).iter("error"):
            names = [frame.findtext("fn", "?") for frame in error.iter("frame")]
            first = next((name for name in names if not re.fullmatch(r"\w*alloc\w*|free|str\w+|mem\w+", name)), "?")
            if first in own:
                ours.append((error.findtext("kind"), names))
        self.assertEqual(ours, [])


if __name__ == "__main__":
    unittest.main()
