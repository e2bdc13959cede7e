# SPDX-License-Identifier: GPL-3.0-or-later
"""Stores from the outside: h5py reads them without Lantian, as docs/formats.md says; and lantian-convert's options, exit
statuses and words."""

import csv
import os
import resource
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

try:
    import h5py
    import numpy as np
except ImportError:
    print("h5py is not installed: skipped")
    sys.exit(77)

SOURCE = Path(os.environ.get("LANTIAN_SOURCE", Path(__file__).resolve().parent.parent))
BUILD = Path(os.environ.get("LANTIAN_BUILD", SOURCE / "build"))
CONVERT = BUILD / "examples" / "lantian-convert"
CASE = SOURCE / "examples" / "wenzhou"
DONE, BAD_INPUT, WRONG_USAGE, SYSTEM_FAILED = range(4)

INVENTORY = """\
# base_year: 2015
# baseline: 环统2015
source,region,sector,pollutant,fuel,activity,activity_unit,factor,factor_unit,removal,emission_t,stack/m,工艺
锅炉1,330303,combustion.boiler,SO2,coal,1000,t,10,g/kg,0.5,,45.5,层燃
锅炉1,330303,combustion.boiler,NOx,coal,1000,t,4,g/kg,,,45.5,层燃
K,330304,process.kiln,SO2,,,,,,,3,,
"""


def convert(*arguments, **more):
    return subprocess.run([CONVERT, *map(str, arguments)], capture_output=True, text=True, **more)


def words(file, table, column):
    """A text column as docs/formats.md says: codes, and the words behind them; None where absent."""
    codes = file[table][column][:]
    known = file["words"][table][column].asstr()[:]
    return [known[code] if code >= 0 else None for code in codes]


class Folder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="蓝天 store ")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def store(self):
        path = self.folder / "small.h5"
        result = convert(self.write("small.csv", INVENTORY), path)
        self.assertEqual(result.returncode, DONE, result.stderr)
        return path


class ReadByH5py(Folder):
    def test_small(self):
        with h5py.File(self.store()) as f:
            self.assertEqual(f.attrs["lantian_store_version"], 1)
            self.assertEqual(f.attrs["content"].decode(), "inventory")
            self.assertEqual(f.attrs["reconstructed"], 0)
            self.assertEqual({k: v.decode() for k, v in f["metadata"].attrs.items()},
                             {"base_year": "2015", "baseline": "环统2015"})
            self.assertEqual(words(f, "sources", "source"), ["锅炉1", "K"])
            self.assertEqual(words(f, "sources", "region"), ["330303", "330304"])
            self.assertEqual(words(f, "sources", "sector"), ["combustion.boiler", "process.kiln"])
            self.assertEqual(words(f, "sources", "fuel"), ["coal", None])
            self.assertEqual(words(f, "sources", "工艺"), ["层燃", None])
            np.testing.assert_array_equal(f["sources/stack%2Fm"][:], [45.5, np.nan])
            self.assertEqual(words(f, "emissions", "pollutant"), ["SO2", "NOx", "SO2"])
            # 1000 t · 10 g/kg · (1 − 0.5) = 5 t; 1000 t · 4 g/kg, removal not known, = 4 t; given: 3 t
            np.testing.assert_allclose(f["emissions/emission_t"][:], [5, 4, 3], rtol=1e-12)
            np.testing.assert_array_equal(f["emissions/removal"][:], [0.5, np.nan, np.nan])
            np.testing.assert_array_equal(f["first"][:], [0, 2, 3])
            np.testing.assert_array_equal(f["removal_assumed"][:], [0, 1, 0])
            self.assertEqual(words(f, "sectors", "code"),
                             ["combustion", "combustion.boiler", "process", "process.kiln"])
            np.testing.assert_array_equal(f["sectors/parent"][:], [-1, 0, -1, 2])
            self.assertEqual(f["words/sources/region"], f["words/regions/code"])  # one dataset, two names

    def test_wenzhou_is_what_the_csv_says(self):
        path = self.folder / "w.h5"
        result = convert(CASE / "baseline-2015.csv", path, "--regions", CASE / "regions.csv")
        self.assertEqual(result.returncode, DONE, result.stderr)
        with open(CASE / "baseline-2015.csv", encoding="utf-8") as text:
            rows = list(csv.DictReader(line for line in text if not line.startswith("#")))
        with h5py.File(path) as f:
            self.assertEqual(len(f["emissions/emission_t"]), len(rows))
            first = f["first"][:]
            source_of = np.repeat(np.arange(len(first) - 1), np.diff(first))
            source, pollutant = words(f, "sources", "source"), words(f, "emissions", "pollutant")
            region = words(f, "sources", "region")
            got = {(source[s], p): (region[s], t) for s, p, t in
                   zip(source_of, pollutant, f["emissions/emission_t"][:])}
            for row in rows:
                where, tonnes = got[row["source"], row["pollutant"]]
                self.assertEqual(where, row["region"])
                if row["emission_t"]:
                    self.assertEqual(tonnes, float(row["emission_t"]))
            kinds = {f[f"{t}/{c}"].dtype.str for t in ("sources", "emissions") for c in f[t]}
            self.assertEqual(kinds, {"<f8", "<i4"})
            self.assertIn("温州市", words(f, "regions", "name_zh"))

    def test_chunks_and_filters(self):
        with h5py.File(self.store()) as f:
            column = f["emissions/emission_t"]
            self.assertTrue(column.shuffle and column.fletcher32)
            self.assertEqual((column.compression, column.compression_opts), ("gzip", 1))
            self.assertTrue(np.isnan(column.fillvalue))
            self.assertEqual(f["emissions/pollutant"].fillvalue, -1)

    def test_what_h5py_has_changed_is_read(self):
        """Another value, and a column more; HDF5's own filters write what ours read."""
        path = self.store()
        with h5py.File(path, "r+", libver="v110") as f:
            f["emissions/emission_t"][0] = 2.385
            f["sources"].create_dataset("height", data=np.array([12.5, 3.75]), chunks=(2,), compression="gzip",
                                        shuffle=True, fletcher32=True)
        back = self.folder / "back.csv"
        result = convert(path, back)
        self.assertEqual(result.returncode, DONE, result.stderr)
        rows = list(csv.DictReader(line for line in back.read_text(encoding="utf-8").splitlines()
                                   if not line.startswith("#")))
        self.assertEqual([rows[0]["emission_t"], rows[2]["emission_t"]], ["2.385", "3"])
        self.assertEqual([float(row["height"]) for row in rows], [12.5, 12.5, 3.75])


class Program(Folder):
    def test_there_and_back(self):
        store = self.store()
        first, second = self.folder / "a.csv", self.folder / "b.csv"
        self.assertEqual(convert(self.folder / "small.csv", first).returncode, DONE)
        self.assertEqual(convert(store, second).returncode, DONE)
        self.assertEqual(first.read_bytes(), second.read_bytes())
        self.assertEqual(convert(second, self.folder / "again.hdf5").returncode, DONE)
        self.assertEqual(sorted(p.name for p in self.folder.iterdir()),
                         ["a.csv", "again.hdf5", "b.csv", "small.csv", "small.h5"])

    def test_format_is_told_by_content(self):
        store = self.store()
        odd = store.rename(self.folder / "store.csv")
        result = convert("--check", odd)
        self.assertEqual(result.returncode, DONE, result.stderr)
        self.assertIn("HDF5 store, 2 sources, 3 emission rows, base year 2015, baseline 环统2015", result.stdout)
        self.assertIn("SO2 8.000 t/yr", result.stdout)
        self.assertIn("1 rows reckoned with no removal", result.stdout)
        result = convert("--check", odd, "--lang", "zh")
        self.assertIn("2 个排放源，3 行排放量，基准年 2015，统计口径 环统2015", result.stdout)
        self.assertEqual(convert("--check", odd, "--from", "csv").returncode, BAD_INPUT)

    def test_to_overrules_the_name(self):
        self.assertEqual(convert(self.store(), self.folder / "x.dat", "--to", "hdf5").returncode, DONE)
        self.assertTrue((self.folder / "x.dat").read_bytes().startswith(b"\x89HDF"))

    def test_bad_input_has_its_place(self):
        bad = self.write("bad.csv", INVENTORY.replace(",3,,", ",x,,").replace("10,g/kg", "?,g/kg"))
        result = convert(bad, self.folder / "out.h5")
        self.assertEqual(result.returncode, BAD_INPUT)
        self.assertRegex(result.stderr, r"bad\.csv:4:46: error: factor '\?' is not a finite number")
        self.assertRegex(result.stderr, r"bad\.csv:6:33: error: emission_t 'x'")
        self.assertFalse((self.folder / "out.h5").exists())

    def test_bad_store(self):
        store = self.store()
        whole = store.read_bytes()
        store.write_bytes(whole[:len(whole) // 2])
        result = convert("--check", store)
        self.assertEqual(result.returncode, BAD_INPUT)
        self.assertRegex(result.stderr, r"small\.h5: error: cannot open the file: HDF5 says '.+'\n$")
        self.assertEqual(result.stderr.count("\n"), 1)

    def test_regions_of_the_caller(self):
        table = self.write("regions.csv", "region,parent,name\n330300,,City\n330303,330300,Here\n")
        for given in (self.store(), self.folder / "small.csv"):
            result = convert(given, self.folder / "out.h5", "--regions", table)
            self.assertEqual(result.returncode, BAD_INPUT)
            self.assertIn("region '330304' is not in the table of regions", result.stderr)
        with open(table, "a", encoding="utf-8") as more:
            more.write("330304,330300,There\n")
        for given in (self.folder / "small.h5", self.folder / "small.csv"):
            self.assertEqual(convert(given, self.folder / "out.h5", "--regions", table).returncode, DONE)
            with h5py.File(self.folder / "out.h5") as f:
                self.assertEqual(words(f, "regions", "name"), ["City", "Here", "There"])
                np.testing.assert_array_equal(f["regions/parent"][:], [-1, 0, 0])

    def test_no_input_is_written_over(self):
        store, regions = self.store(), self.write("regions.csv", "region,parent\n330303,\n330304,\n")
        (self.folder / "link.csv").symlink_to("small.csv")
        before = {path: path.read_bytes() for path in self.folder.iterdir()}
        small = self.folder / "small.csv"
        for given, out in ((store, store), (small, small), (small, self.folder / "link.csv"), (small, regions),
                           (small, self.folder / ".." / self.folder.name / "small.csv")):
            result = convert(given, out, "--regions", regions)
            self.assertEqual((result.returncode, result.stdout), (BAD_INPUT, ""))
            self.assertEqual(result.stderr, f"{out}: error: the file is an input and would be written over; expected "
                                            "another name\n")
        self.assertEqual({path: path.read_bytes() for path in self.folder.iterdir()}, before)

    def test_usage(self):
        for arguments in ([], ["a.csv"], ["a.csv", "b.h5", "c"], ["a.csv", "b"], ["--check", "a", "b.h5"],
                          ["--from", "xls", "a", "b.h5"], ["--check", "a", "--to", "csv"], ["--what"],
                          ["--threads", "0", "a", "b.h5"], ["--lang", "fr", "a", "b.h5"], ["a", "b.h5", "--to"]):
            result = convert(*arguments)
            self.assertEqual(result.returncode, WRONG_USAGE, arguments)
            self.assertIn("see lantian-convert --help", result.stderr)
        self.assertEqual(convert("--help").returncode, DONE)
        self.assertRegex(convert("--version").stdout, r"^lantian-convert \d+\.\d+\.\d+\n$")

    def test_missing_file(self):
        result = convert(self.folder / "no.csv", self.folder / "out.h5")
        self.assertEqual(result.returncode, SYSTEM_FAILED)
        self.assertIn("no.csv: error: cannot open the file: No such file or directory", result.stderr)

    def test_no_room(self):
        """The file may not grow as long as it would: the old file is whole, nothing lies beside it."""
        store, target = self.store(), self.write("old.h5", "as it was")
        size = store.stat().st_size

        def limit(most):
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

        for most in (0, 100, size // 3, size // 2, size - 1):
            result = convert(store, target, preexec_fn=lambda most=most: limit(most))
            self.assertEqual(result.returncode, SYSTEM_FAILED, result.stderr)
            self.assertRegex(result.stderr, r"^.*old\.h5: error: cannot write the file( after \d+ bytes)?: File too large\n$")
            self.assertEqual(target.read_text(), "as it was")
            self.assertEqual(len(list(self.folder.iterdir())), 3)

    def test_no_memory(self):
        """A file of some kilobytes that claims 2^31 rows is refused before room is made for them."""
        store = self.store()
        with h5py.File(store, "r+", libver="v110") as f:
            for name in ("sources/source", "sources/region", "emissions/pollutant", "first"):
                del f[name]
                rows = 2**31 - (name != "first")
                f.create_dataset(name, shape=(rows,), dtype="<i4", chunks=(2**20,), fillvalue=-1, compression="gzip")
        result = convert("--check", store,
                         preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30)))
        self.assertEqual(result.returncode, BAD_INPUT, result.stderr)
        self.assertRegex(result.stderr, "are more than the 1024 MiB that a file of")


if __name__ == "__main__":
    unittest.main()
