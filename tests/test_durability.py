# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that are whole whatever happens: lantian-plan killed at any moment, and a disk that is full.

Two runs, of two plans with other numbers, leave two sets of files. After a kill, each file in a folder is one of
either set, byte for byte, or (the netCDF file, which names its time) opens and has that set's numbers."""

import os
import random
import resource
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

try:
    import netCDF4
except ImportError:
    netCDF4 = None

SOURCE = Path(os.environ.get("LANTIAN_SOURCE", Path(__file__).resolve().parent.parent))
BUILD = Path(os.environ.get("LANTIAN_BUILD", SOURCE / "build"))
PLAN = BUILD / "examples" / "lantian-plan"
CASE = SOURCE / "examples" / "wenzhou"
DONE, SYSTEM_FAILED = 0, 3
KILLS = 200
# A temporary file stands beside its target: its name, a dot, and six characters.
TEMPORARY = 7


SMALL_INVENTORY = "# base_year: 2015\nsource,region,sector,pollutant,emission_t\nA,1,x,SO2,2.385\n"
SMALL_PLAN = "scenario: Small\nbase_year: 2015\nyears: [2015, 2016]\nmeasures:\n  - {id: more, grow: {index: {2015: 1, 2016: 2}}}\n"


def arguments(scenario, out):
    """A part of Wenzhou's sources, beside the results: most of the time is spent on writing."""
    part = out.parent / "part.csv"
    if not part.exists():
        lines = (CASE / "baseline-2015.csv").read_text(encoding="utf-8").splitlines(keepends=True)
        part.write_text("".join(lines[:700]), encoding="utf-8")
    return [PLAN, part, CASE / scenario, "--regions", CASE / "regions.csv",
            "--sectors", CASE / "sectors.csv", "--targets", CASE / "targets.csv", "--out", out]


def run(scenario, out):
    return subprocess.run(arguments(scenario, out), capture_output=True, encoding="utf-8")


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def total(path):
    """What identifies a results file: its emissions of all years. Every variable is read."""
    with netCDF4.Dataset(path) as file:
        for variable in file.variables.values():
            variable[:]
        return float(file["emission"][:].sum())


class Durability(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)
        self.folder = Path(self.temporary.name)

    def results(self, name, scenario):
        done = run(scenario, self.folder / name)
        self.assertEqual((done.returncode, done.stderr), (DONE, ""))
        return self.folder / name

    # ---- kills ----

    def check_whole(self, out, sets, totals):
        for path in out.iterdir():
            if path.name not in sets[0] and path.name not in sets[1]:
                # What was being written when the program was killed; nobody reads it.
                self.assertIn(path.name[:-TEMPORARY], [*sets[0], *sets[1]], path)
                path.unlink()
            elif path.name == "result.nc":
                if netCDF4:
                    self.assertIn(total(path), totals)
                self.assertEqual(path.read_bytes()[:4], b"\x89HDF")
            else:
                self.assertTrue(path.read_bytes() in [s.get(path.name) for s in sets], path)

    def test_killed_at_any_moment(self):
        plans = ["blue-sky-2020.yaml", "growth-only.yaml"]
        folders = [self.results(f"set {i}", plan) for i, plan in enumerate(plans)]
        sets = [contents(folder) for folder in folders]
        self.assertTrue(sets[0]["summary.csv"] != sets[1]["summary.csv"])
        totals = [total(folder / "result.nc") for folder in folders] if netCDF4 else []
        out = self.results("killed", plans[0])
        started = time.monotonic()
        run(plans[1], out)
        lasts = time.monotonic() - started
        chance = random.Random(59)
        killed = 0
        for i in range(KILLS):
            program = subprocess.Popen(arguments(plans[i % 2], out), stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL)
            time.sleep(chance.uniform(0, 1.1 * lasts))
            program.send_signal(signal.SIGKILL)
            killed += program.wait() == -signal.SIGKILL
            self.check_whole(out, sets, totals)
        self.assertGreater(killed, KILLS // 2)
        # The files are all there still, and the next run leaves a whole set.
        self.assertLessEqual(set(sets[0]), set(contents(out)))
        self.results("killed", plans[1])
        for name, data in contents(out).items():
            if name in sets[1] and name != "result.nc":
                self.assertTrue(data == sets[1][name], name)

    # ---- a full disk ----

    def limited(self, bytes_each, command):
        """As `ulimit -f`: no file may grow beyond so many bytes."""
        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_each, bytes_each))
        return subprocess.run(command, capture_output=True, encoding="utf-8", preexec_fn=limit)

    def test_no_room_for_a_file(self):
        """A file that is larger than those before it is the first that does not fit: the message names it and says how far it came, the
        files before it are new, the others old, and nothing else is left."""
        out = self.results("full", "blue-sky-2020.yaml")
        old = contents(out)
        new = contents(self.results("new", "growth-only.yaml"))
        failed = set()
        for size in sorted({len(data) for data in new.values()}):
            done = self.limited(size - 1, arguments("growth-only.yaml", out))
            self.assertEqual(done.returncode, SYSTEM_FAILED, done.stderr)
            name = next((n for n in new if done.stderr.startswith(f"{out / n}: error: ")), None)
            self.assertIsNotNone(name, done.stderr)
            self.assertIn(f"cannot write the file after {size - 1} bytes: File too large", done.stderr)
            self.assertEqual(len(done.stderr.splitlines()), 1)
            failed.add(name)
            now = contents(out)
            self.assertEqual(set(now), set(old) | (set(now) & set(new)))
            for n, data in now.items():
                if n != "result.nc":
                    self.assertTrue(data in (old.get(n), new.get(n)), n)
            self.assertTrue(now[name] == old[name], name)
        self.assertLessEqual({"ledger.csv", "summary.csv"}, failed)

    def test_no_room_for_the_netcdf_file(self):
        """Of a small plan it is the largest: the last to be written, and the only one that does not fit."""
        out = self.folder / "small"
        for name, text in (("small.csv", SMALL_INVENTORY), ("small.yaml", SMALL_PLAN)):
            (self.folder / name).write_text(text, encoding="utf-8")
        command = [PLAN, self.folder / "small.csv", self.folder / "small.yaml", "--out", out]
        for old in (None, "the old one"):
            if old:
                (out / "result.nc").write_text(old)
            done = self.limited(50000, command)
            self.assertEqual(done.returncode, SYSTEM_FAILED)
            self.assertEqual(done.stderr, f"{out / 'result.nc'}: error: cannot write the file after 50000 bytes: "
                                          "File too large\n")
            names = {"summary.csv", "ledger.csv", "accounts.csv", "notes.csv", "inventory-2016.csv"}
            self.assertEqual({path.name for path in out.iterdir()}, names | ({"result.nc"} if old else set()))
        self.assertEqual((out / "result.nc").read_text(), "the old one")

    def test_a_disk_that_is_full(self):
        """A file system of 1 MiB, where this may be made."""
        disk = self.folder / "disk"
        disk.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], capture_output=True)
        if mounted.returncode:
            self.skipTest("no file system can be mounted here")
        self.addCleanup(subprocess.run, ["umount", disk], check=True)
        (disk / "part.csv").symlink_to(arguments("", self.folder / "out")[1])
        done = run("blue-sky-2020.yaml", disk / "out")
        self.assertEqual(done.returncode, SYSTEM_FAILED, done.stderr)
        self.assertRegex(done.stderr, r"ledger\.csv: error: cannot write the file after \d{6,7} bytes: "
                                      r"No space left on device\n$")
        self.assertEqual([path.name for path in (disk / "out").iterdir()], ["summary.csv"])


if __name__ == "__main__":
    unittest.main(verbosity=1)
