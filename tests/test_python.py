# SPDX-License-Identifier: GPL-3.0-or-later
"""The Python package: its declarations against headers, compiler and library; its classes against lantian-plan's files,
NumPy's quantiles and sums by hand."""

import csv
import ctypes
import gc
import importlib
import os
import pickle
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import unittest
import weakref
from pathlib import Path
from unittest import mock

try:
    import numpy as np
    import pandas as pd
    import pycparser  # noqa: F401: generate.py needs it
    import yaml
except ImportError as missing:
    print(f"{missing.name} is not installed")
    sys.exit(77)

SOURCE = Path(os.environ.get("LANTIAN_SOURCE", Path(__file__).resolve().parent.parent))
BUILD = Path(os.environ.get("LANTIAN_BUILD", SOURCE / "build"))
LIBRARY = BUILD / "liblantian.so.0"
PLAN = BUILD / "examples" / "lantian-plan"
PYTHON = SOURCE / "lib" / "python"
CASE = SOURCE / "examples" / "wenzhou"
BAD = SOURCE / "tests" / "data" / "bad"
os.environ["LANTIAN_LIBRARY"] = str(LIBRARY)
sys.path.insert(0, str(PYTHON))
sys.dont_write_bytecode = True

import lantian as lt  # noqa: E402: found by what stands above
from lantian import bindings, library  # noqa: E402

SMALL = """
scenario: Half of a boiler's sulphur
base_year: 2015
years: [2015, 2017]
measures:
  - id: scrubber
    where: {sector: combustion.boiler}
    control: {SO2: {efficiency: 60 %}}
"""
# E = A·EF·(1 − R) = 1000 t · 10 g/kg · (1 − 0.2) = 8 t, and with the scrubber behind it 8 · (1 − 0.6) = 3.2 t.
ROWS = [{"source": "a", "region": "330302", "sector": "combustion.boiler", "pollutant": "SO2", "activity": 1000.0,
         "activity_unit": "t", "factor": 10.0, "factor_unit": "g/kg", "removal": 0.2},
        {"source": "b", "region": "330303", "sector": "road", "pollutant": "NOx", "emission_t": 2.385}]
REGIONS = lt.Regions.from_rows([{"code": "330300"}, {"code": "330303", "parent": "330300"}])


def read_csv(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


def wenzhou():
    return lt.Inventory.read(CASE / "baseline-2015.csv", regions=CASE / "regions.csv", sectors=CASE / "sectors.csv")


def blue_sky(base, **options):
    return base.project(lt.Scenario.read(CASE / "blue-sky-2020.yaml"), **options)


class Declarations(unittest.TestCase):
    """bindings.py against where it comes from and what it describes."""

    def test_generated_again_it_is_the_same(self):
        again = subprocess.run([sys.executable, PYTHON / "generate.py", "--print"], check=True, capture_output=True)
        self.assertEqual(again.stdout, (PYTHON / "lantian" / "bindings.py").read_bytes(),
                         "run lib/python/generate.py: the headers have changed")

    def test_prototypes_are_the_exports(self):
        listed = subprocess.run(["nm", "-D", "--defined-only", LIBRARY], check=True, capture_output=True,
                                encoding="utf-8").stdout
        exports = {line.split()[-1].partition("@")[0] for line in listed.splitlines() if " T " in line}
        self.assertEqual(exports, set(bindings.FUNCTIONS))

    def test_every_enumerator_and_macro_is_there(self):
        text = "".join(p.read_text(encoding="utf-8") for p in (SOURCE / "include" / "lantian").glob("*.h"))
        bare = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
        bodies = re.findall(r"typedef enum \w+ \{(.*?)\}", bare, re.S)
        wanted = {name for body in bodies for name in re.findall(r"\bLTN_\w+", body)}
        self.assertEqual(wanted, {name for names in bindings.ENUMERATIONS.values() for name in names})
        macros = set(re.findall(r"^#define (LTN_\w+) -?[0-9.]+$", bare, re.M))
        self.assertTrue(macros)
        self.assertEqual({name for name in macros if not hasattr(bindings, name)}, set())

    def test_the_compiler_agrees(self):
        wanted = self.described()
        program = ["#include <lantian.h>", "#include <stdio.h>", "int main(void)", "{"]
        program += [f'    printf("%s %.17g\\n", "{name}", (double)({name}));' for name in wanted]
        for name in wanted:
            self.assertNotIn('"', name)
        with tempfile.TemporaryDirectory() as folder:
            source, made = Path(folder, "abi.c"), Path(folder, "abi")
            source.write_text("\n".join(program + ["    return 0;", "}"]) + "\n", encoding="utf-8")
            subprocess.run([os.environ.get("CC", "cc"), "-I", SOURCE / "include", "-include", "stddef.h", source, "-o",
                            made], check=True)
            printed = subprocess.run([made], check=True, capture_output=True, encoding="utf-8").stdout
        found = dict(line.rsplit(" ", 1) for line in printed.splitlines())
        self.assertEqual({name: float(value) for name, value in found.items()}, wanted)

    @staticmethod
    def described():
        """C expressions, and their values as bindings.py has them."""
        out = {name: float(getattr(bindings, name)) for names in bindings.ENUMERATIONS.values() for name in names}
        out.update({f"sizeof({name})": 4.0 for name in bindings.ENUMERATIONS})
        out.update({name: float(value) for name, value in vars(bindings).items()
                    if name.startswith("LTN_") and isinstance(value, (int, float))})
        for kind in bindings.STRUCTURES:
            out[f"sizeof({kind.__name__})"] = float(ctypes.sizeof(kind))
            for field, ctype in kind._fields_:
                out[f"offsetof({kind.__name__}, {field})"] = float(getattr(kind, field).offset)
                out[f"sizeof((({kind.__name__} *)0)->{field})"] = float(ctypes.sizeof(ctype))
        return out

    def test_version_of_the_package_is_the_library_s(self):
        project = (PYTHON / "pyproject.toml").read_text(encoding="utf-8")
        self.assertIn(f'version = "{lt.__version__}"', project)

    def test_meson_installs_every_module(self):
        listed = set(re.findall(r"'lantian/(\w+\.\w+)'", (PYTHON / "meson.build").read_text(encoding="utf-8")))
        there = {p.name for p in (PYTHON / "lantian").iterdir() if p.suffix in (".py", ".typed")}
        self.assertEqual(listed, there)


class Promised(unittest.TestCase):
    """DESIGN's lines on Wenzhou, against lantian-plan's files of the same."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.out = Path(cls.folder.name)
        subprocess.run([PLAN, "--out", cls.out, "--draws", "64", "--seed", "7"], check=True, capture_output=True)
        cls.base = wenzhou()
        cls.plan = lt.Scenario.read(CASE / "blue-sky-2020.yaml")
        cls.run_ = cls.base.project(cls.plan, years=range(2015, 2021))
        cls.book = cls.run_.offsets(targets=CASE / "targets.csv")

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def assertSame(self, name, frame):
        """A file of lantian-plan's and a frame: the same columns, rows and bits."""
        rows = read_csv(self.out / name)
        self.assertTrue(rows, name)
        self.assertEqual(list(rows[0]), list(frame.columns), name)
        self.assertEqual(len(rows), len(frame), name)
        for column in frame.columns:
            got = frame[column].tolist()
            for i, row in enumerate(rows):
                self.assertTrue(self.same(row[column], got[i]), f"{name}, row {i}, {column}: {row[column]}, {got[i]}")

    @staticmethod
    def same(written, value):
        if value is None or value != value:
            return written == ""
        return written == value if isinstance(value, str) else float(written) == value

    def test_summary(self):
        self.assertSame("summary.csv", self.run_.summary(by=["region", "sector", "pollutant", "year"]))

    def test_ledger(self):
        rows = read_csv(self.out / "ledger.csv")
        last = [row for row in rows if row["year"] == "2020"]
        ledger = self.run_.ledger(by=["measure", "pollutant"])
        for row in ledger.to_dict("records"):
            wanted = sum(float(r["delta_t"]) for r in last
                         if (r["measure"], r["pollutant"]) == (row["measure"], row["pollutant"]))
            # The file has every change, the frame their compensated sum.
            self.assertAlmostEqual(row["delta_t"], wanted, delta=1e-9 * 1e5)

    def test_targets(self):
        self.assertSame("targets.csv", self.base_targets())
        targets = lt.Targets.read(CASE / "targets.csv")
        self.assertEqual(len(targets), len(targets.check(self.run_)))

    def base_targets(self):
        # lantian-plan has the probabilities of its ensemble in p_met, which the check alone leaves absent.
        frame = self.book.check(CASE / "targets.csv")
        written = pd.DataFrame(read_csv(self.out / "targets.csv"))
        frame["p_met"] = [float(p) if p else None for p in written["p_met"]]
        return frame

    def test_accounts(self):
        self.assertSame("accounts.csv", self.book.accounts())

    def test_offsets(self):
        self.assertSame("offsets.csv", self.book.claims)
        self.assertSame("bank.csv", self.book.bank)
        project = self.book.projects["project"][0]
        self.assertEqual((self.out / f"permit-{project}.txt").read_text(encoding="utf-8").strip(),
                         self.book.annex(project).strip())

    def test_ensemble(self):
        drawn = self.run_.ensemble(draws=64, seed=7, targets=CASE / "targets.csv")
        frame = drawn.quantiles(by=["region", "pollutant", "year"])
        whole = {(r["year"], r["region"], r["pollutant"]): r for r in read_csv(self.out / "ensemble.csv")}
        self.assertEqual(len(whole), len(frame))
        for row in frame.to_dict("records"):
            wanted = whole[str(row["year"]), row["region"], row["pollutant"]]
            for column in set(wanted) & {"emission_t", "mean_t", "sd_t", "p2.5_t", "p50_t", "p97.5_t"}:
                self.assertEqual(row[column], float(wanted[column]), (row, column))

    def test_ensemble_without_a_year_is_of_the_last(self):
        drawn = self.base.ensemble(self.plan, draws=64, seed=7)
        some = drawn.quantiles([0.025, 0.5, 0.975], by=["region", "pollutant"])
        all_years = drawn.quantiles([0.025, 0.5, 0.975])
        last = all_years[all_years["year"] == 2020].drop(columns="year").reset_index(drop=True)
        pd.testing.assert_frame_equal(some, last)

    def test_quantiles_are_numpy_s(self):
        """numpy.quantile's default is type 7 of Hyndman & Fan, as ltn_ensemble_summary() promises."""
        drawn = self.run_.ensemble(draws=100, seed=3, by="pollutant")
        frame = drawn.quantiles([0.1, 0.5])
        for i, row in enumerate(frame.to_dict("records")):
            draws = drawn.draws(i)
            self.assertEqual(draws.shape, (100,))
            np.testing.assert_allclose([row["p10_t"], row["p50_t"]], np.quantile(draws, [0.1, 0.5]), rtol=1e-14)
            np.testing.assert_allclose([row["mean_t"], row["sd_t"]], [draws.mean(), draws.std(ddof=1)], rtol=1e-12)

    def test_parts_merge_and_stores_come_back(self):
        whole = self.run_.ensemble(draws=64, seed=7, by="pollutant")
        parts = [self.run_.ensemble(draws=64, seed=7, by="pollutant", first_draw=i, draw_count=32) for i in (0, 32)]
        merged = lt.Ensemble.merge(parts)
        np.testing.assert_array_equal(merged.draws(0), whole.draws(0))
        merged.write(self.out / "merged.h5")
        np.testing.assert_array_equal(lt.Ensemble.read(self.out / "merged.h5").draws(0), whole.draws(0))
        self.assertTrue((whole.difference(merged)["mean_t"] == 0).all())

    def test_attribution_adds_up(self):
        change = self.run_.ledger(by="pollutant").set_index("pollutant")["delta_t"]
        for method in ("shapley", "lmdi", "in_order"):
            parts = self.run_.attribution(method=method, budget=64).groupby("pollutant")["delta_t"].sum()
            for pollutant, delta in change.items():
                self.assertAlmostEqual(parts[pollutant], delta, delta=1e-6, msg=(method, pollutant))

    def test_sensitivity(self):
        shares = self.run_.sensitivity("kind", draws=64, by="pollutant", resamples=0)
        self.assertEqual(set(shares["group"]), {"activity", "factor", "removal", "measures"})
        self.assertTrue(np.isfinite(shares["total"]).all())

    def test_exact_names_the_measure_that_is_in_its_way(self):
        with self.assertRaises(lt.UnsupportedError) as caught:
            self.run_.exact()
        lines = (CASE / "blue-sky-2020.yaml").read_text(encoding="utf-8").splitlines()
        self.assertIn("power-ultra-low", lines[caught.exception.line - 1])

    def test_base_and_ledger_make_the_projection(self):
        base = self.base.summary("pollutant").set_index("pollutant")["emission_t"]
        delta = self.run_.ledger("pollutant").set_index("pollutant")["delta_t"]
        after = self.run_.summary("pollutant").set_index("pollutant")["emission_t"]
        np.testing.assert_allclose((base + delta)[after.index], after, rtol=1e-12)
        year = self.run_.inventory(2020)
        np.testing.assert_allclose(year.summary("pollutant")["emission_t"], after, rtol=1e-12)
        self.assertAlmostEqual(self.run_.emissions(2020).sum(), after.sum(), delta=1e-6)

    def test_written_by_python_as_by_the_program(self):
        folder = self.out / "python"
        self.book.write(folder, targets=CASE / "targets.csv")
        for name in ("summary.csv", "ledger.csv", "accounts.csv", "offsets.csv", "inventory-2020.csv"):
            self.assertEqual((folder / name).read_bytes(), (self.out / name).read_bytes(), name)

    def test_a_scenario_of_dictionaries(self):
        text = (CASE / "blue-sky-2020.yaml").read_text(encoding="utf-8")
        plan = lt.Scenario.from_dict(yaml.safe_load(text))
        self.assertEqual(plan.measures, self.plan.measures)
        pd.testing.assert_frame_equal(self.base.project(plan).ledger(), self.run_.ledger())

    def test_an_inventory_from_a_frame(self):
        frame = pd.read_csv(CASE / "baseline-2015.csv", comment="#", dtype={"region": str})
        base = lt.Inventory.from_pandas(frame, regions=CASE / "regions.csv", sectors=CASE / "sectors.csv",
                                        base_year=2015, baseline="reconstruction-2015")
        pd.testing.assert_frame_equal(base.summary(["source", "pollutant"]), self.base.summary(["source", "pollutant"]))


class Manual(unittest.TestCase):
    """The code of docs/python.md and README.md does what they say."""

    def run_blocks(self, path):
        blocks = re.findall(r"```python\n(.*?)```", path.read_text(encoding="utf-8"), re.S)
        self.assertTrue(blocks)
        code = "\n".join(blocks).replace("10_000", "100")
        done = subprocess.run([sys.executable, "-c", code], cwd=CASE, capture_output=True, encoding="utf-8",
                              env={**os.environ, "PYTHONPATH": str(PYTHON), "PYTHONDONTWRITEBYTECODE": "1"})
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.splitlines(), re.findall(r"^ *print\(.*\)    # (.*)$", code, re.M)

    def test_chapter(self):
        printed, wanted = self.run_blocks(SOURCE / "docs" / "python.md")
        self.assertEqual(printed, wanted)

    def test_readme(self):
        self.run_blocks(SOURCE / "README.md")


class Tables(unittest.TestCase):
    def setUp(self):
        self.base = lt.Inventory.from_rows(ROWS, base_year=2015)

    def test_emission_by_hand(self):
        """1000 t · 10 g/kg · (1 − 0.2) = 8 t."""
        self.assertEqual(self.base.emissions["emission_t"].tolist(), [8.0, 2.385])
        self.assertAlmostEqual(self.base.project(lt.Scenario.parse(SMALL)).emissions(2017)[0], 3.2, places=12)
        self.assertEqual(self.base.summary("region").to_dict("list"),
                         {"region": ["330302", "330303"], "emission_t": [8.0, 2.385]})

    def test_forms(self):
        array = self.base.summary("pollutant", form="array")
        self.assertEqual(array.dtype.names, ("pollutant", "emission_t"))
        self.assertEqual(array["pollutant"].tolist(), ["SO2", "NOx"])
        table = self.base.summary("pollutant", form="table")
        self.assertEqual([dict(row) for row in table],
                         [{"pollutant": "SO2", "emission_t": 8.0}, {"pollutant": "NOx", "emission_t": 2.385}])
        self.assertEqual(table[-1], {"pollutant": "NOx", "emission_t": 2.385})
        with self.assertRaises(IndexError):
            table[2]
        with self.assertRaises(KeyError):
            table["tonnes"]
        with self.assertRaises(TypeError):
            table.codes("emission_t")
        with self.assertRaisesRegex(ValueError, "a form is one of"):
            self.base.summary("pollutant", form="list")

    def test_array_where_pandas_is_not_there(self):
        with mock.patch.dict(sys.modules, {"pandas": None}):
            self.assertIsInstance(self.base.summary("pollutant"), np.ndarray)

    def test_xarray(self):
        try:
            importlib.import_module("xarray")
        except ImportError:
            self.skipTest("python3-xarray is not installed")
        data = self.base.summary(["region", "pollutant"], form="xarray")
        self.assertEqual(float(data["emission_t"].sel(region="330302", pollutant="SO2")), 8.0)
        self.assertTrue(np.isnan(data["emission_t"].sel(region="330303", pollutant="SO2")))

    def test_absent_values(self):
        sources = self.base.sources
        self.assertEqual(sources["activity_unit"].tolist(), ["t", None])
        self.assertTrue(np.isnan(sources["activity"][1]))
        self.assertEqual(sources.to_pandas(categorical=True)["activity_unit"].isna().tolist(), [False, True])

    def test_columns_are_views(self):
        emissions = self.base.emissions
        numbers, codes = emissions["emission_t"], emissions.codes("pollutant")
        again = self.base.emissions["emission_t"]
        self.assertEqual(numbers.ctypes.data, again.ctypes.data)
        for array in (numbers, codes, self.base.first):
            self.assertFalse(array.flags.writeable)
            self.assertFalse(array.flags.owndata)

    def test_written_and_read(self):
        with tempfile.TemporaryDirectory() as folder:
            for name in ("x.csv", "x.h5"):
                self.base.write(Path(folder, name))
                again = lt.Inventory.read(Path(folder, name))
                self.assertEqual(again.emissions["emission_t"].tolist(), [8.0, 2.385])
            self.base.summary(form="table").write(Path(folder, "sums.csv"))
            self.assertEqual(read_csv(Path(folder, "sums.csv"))[0]["emission_t"], "8")
            self.assertEqual(len(lt.Table.read_csv(Path(folder, "sums.csv"))), 2)

    def test_filter(self):
        boilers = self.base.filter("{sector: combustion.boiler}")
        self.assertEqual(boilers.sources["source"].tolist(), ["a"])
        self.assertEqual(self.base.filter(np.array([False, True])).sources["source"].tolist(), ["b"])
        with self.assertRaisesRegex(ValueError, "a mask of 2 rows"):
            self.base.filter(np.array([True]))
        self.assertEqual(len(lt.Inventory.concatenate([boilers, self.base.filter("{sector: road}")])), 2)

    def test_ff10(self):
        """What it has no field for is told; tonnes come back within the 12 digits of a short ton."""
        base = lt.Inventory.from_rows([dict(ROWS[1], sector="2201001000")], base_year=2015)
        with tempfile.TemporaryDirectory() as folder:
            self.assertIsInstance(base.write(Path(folder, "x.csv"), ff10="nonpoint"), tuple)
            again = lt.Inventory.read(Path(folder, "x.csv"))
        self.assertAlmostEqual(again.emissions["emission_t"][0], 2.385, places=9)
        with self.assertRaisesRegex(ValueError, "a kind of FF10 is one of point"):
            base.write("/nowhere/x", ff10="airborne")
        with self.assertRaises(lt.InputError):
            lt.Inventory.from_rows([dict(ROWS[1], region="x")]).write("/nowhere/x", ff10="nonpoint")

    def test_recode_and_compare(self):
        """A third of 330303 becomes 330304: 2.385/3 = 0.795 t of NOx."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "crosswalk.csv")
            path.write_text("old,new,share,from\n330303,330303,0.6666666666666667,\n"
                            "330303,330304,0.3333333333333333,\n", encoding="utf-8")
            base = lt.Inventory.from_rows(ROWS, base_year=2015, baseline="x")
            moved = base.recode(path)
        difference = base.compare(moved, by="region").set_index("region")["difference_t"]
        self.assertAlmostEqual(difference["330304"], 0.795, places=12)
        self.assertAlmostEqual(difference.sum(), 0.0, places=12)
        with self.assertRaises(lt.BaselineError):
            base.compare(lt.Inventory.from_rows(ROWS, base_year=2015, baseline="y"))

    def test_metadata(self):
        base = lt.Inventory.from_rows(ROWS, base_year=2015, baseline="x",
                                      metadata={"title": "温州", "reconstructed": "yes"})
        self.assertEqual((base.base_year, base.baseline, base.metadata("title"), base.metadata("none")),
                         (2015, "x", "温州", None))
        self.assertTrue(base.reconstructed)
        self.assertEqual((base.find("b"), base.removal_assumed), (1, 0))
        with self.assertRaises(KeyError):
            base.find("c")

    def test_tables_of_a_run(self):
        run = self.base.project(lt.Scenario.parse(SMALL))
        self.assertEqual(run.accounts(form="table").where([0])[0]["engineering_t"], 3.2 - 8.0)
        steps = run.explain("a")
        self.assertAlmostEqual(steps[steps["measure"] == "scrubber"]["after_t"].iloc[-1], 3.2, places=12)
        self.assertIn("code", run.notes("zh", form="table"))
        self.assertEqual(len(run.offsets().projects), 0)
        with self.assertRaises(lt.NotFoundError):
            run.offsets().refusals("nobody")
        self.assertIn("measures", lt.Scenario.keys()["key"].tolist())
        with tempfile.TemporaryDirectory() as folder:
            run.write(folder)
            run.write_netcdf(Path(folder, "x.nc"))
            self.assertGreater(Path(folder, "x.nc").stat().st_size, 0)
            self.assertGreater(len(read_csv(Path(folder, "summary.csv"))), 0)

    def test_installed_tables(self):
        factors, devices = lt.FactorTable.read(SOURCE / "lib/factor/factors.csv"), lt.Devices.read()
        self.assertGreater(min(len(factors), len(devices)), 10)
        with self.assertRaises(lt.FileError):
            lt.OffsetBank.read("/nowhere/bank.csv")

    def test_pollutants_that_are_kept(self):
        base = lt.Inventory.read(CASE / "baseline-2015.csv", pollutants=["SO2"])
        self.assertEqual(set(base.emissions["pollutant"]), {"SO2"})

    def test_tree(self):
        regions = lt.Regions.read(CASE / "regions.csv")
        self.assertEqual((regions.parent("330303"), regions.depth("330303")), ("330300", 1))
        self.assertTrue(regions.contains("330300", "330303"))
        self.assertEqual(regions.parent("330300"), None)
        made = lt.Regions.from_rows([{"code": "1", "name": "City", "name_zh": "市"}, {"code": "11", "parent": "1"}])
        self.assertEqual((list(made), made.name("1", "zh"), made.name("11")), (["1", "11"], "市", "11"))
        self.assertIn("parent", regions.table)

    def test_convert(self):
        self.assertEqual(lt.convert(1, "万吨", "t"), 10000.0)
        with self.assertRaises(lt.UnitError):
            lt.convert(1, "t", "m")

    def test_ipcc(self):
        """One category: G = √(3² + 4²) = 5 %, and it is the whole: level = 5 %. Trend (110 − 100)/100 = 10 %."""
        row = {"category": "1A", "pollutant": "CO2", "base_t": 100, "year_t": 110, "activity_pct": 3, "factor_pct": 4}
        sheet = lt.ipcc([row])
        self.assertAlmostEqual(sheet.level_pct, 5.0, places=12)
        self.assertAlmostEqual(sheet.trend_pct, 10.0, places=12)
        self.assertEqual(lt.ipcc(pd.DataFrame([row])).table["combined_pct"].tolist(), [5.0])
        with self.assertRaises(lt.InputError):
            lt.ipcc([dict(row, base_t=-1)])
        with self.assertRaisesRegex(ValueError, "no such column: cv"):
            lt.ipcc([dict(row, cv=1)])


class Owners(unittest.TestCase):
    def test_a_view_keeps_its_owner(self):
        base = lt.Inventory.from_rows(ROWS)
        gone = weakref.ref(base._pointer)
        numbers, texts = base.emissions["emission_t"], base.sources
        del base
        gc.collect()
        self.assertIsNotNone(gone())
        others = [lt.Inventory.from_rows(ROWS[:1]) for _ in range(50)]
        self.assertEqual(numbers.tolist(), [8.0, 2.385])
        self.assertEqual(texts["source"].tolist(), ["a", "b"])
        del numbers, texts, others
        self.assertIsNone(gone())

    def test_close_leaves_views_good(self):
        with lt.Inventory.from_rows(ROWS) as base:
            numbers = base.emissions["emission_t"]
            gone = weakref.ref(base._pointer)
        self.assertTrue(base.closed)
        with self.assertRaisesRegex(ValueError, "this Inventory has been closed"):
            base.summary()
        self.assertEqual(numbers[:1].tolist(), [8.0])
        del numbers
        self.assertIsNone(gone())
        base.close()
        self.assertEqual(repr(base), "<lantian.Inventory: closed>")

    def test_what_hangs_together(self):
        run = lt.Inventory.from_rows(ROWS, base_year=2015).project(lt.Scenario.parse(SMALL))
        book = run.offsets()
        base, years, derived = run.base, run.years, run.derived
        del run
        gc.collect()
        self.assertEqual((len(base), years.tolist(), len(derived)), (2, [2015, 2016, 2017], 0))
        self.assertEqual(len(book.projection.summary()), 6)
        drawn = book.projection.ensemble(draws=16, by="pollutant")
        draws = drawn.draws(0)
        del drawn, book, base
        gc.collect()
        self.assertEqual(len(draws), 16)

    def test_nothing_is_left_over(self):
        freed = []
        with mock.patch.object(library, "_free", side_effect=lambda *a: freed.append(a[1].__name__)):
            base = lt.Inventory.from_rows(ROWS, base_year=2015)
            base.project(lt.Scenario.parse(SMALL)).summary()
            del base
            gc.collect()
        for kind in ("inventory", "inventory_builder", "scenario", "projection", "table", "diagnostics"):
            self.assertIn(f"LP_ltn_{kind}", freed)


class Errors(unittest.TestCase):
    def test_every_bad_row_has_its_place(self):
        with self.assertRaises(lt.InputError) as caught:
            lt.Inventory.read(BAD / "everything.csv", regions=REGIONS)
        error = caught.exception
        wanted = [line.split(": ", 1) for line in (BAD / "everything.expect").read_text("utf-8").splitlines()]
        for (place, message), found in zip(wanted, error.diagnostics):
            self.assertEqual(f"{found.line}:{found.column}", place)
            self.assertTrue(found.message.startswith(message), found.message)
        self.assertEqual(len(wanted), len(error.diagnostics))
        self.assertEqual((Path(error.source).name, error.line, error.column), ("everything.csv", 3, 25))
        self.assertEqual(error.status, bindings.LTN_EINPUT)
        self.assertIn("everything.csv:3:25: emission_t 'x'", str(error))
        self.assertIsInstance(error, ValueError)
        again = pickle.loads(pickle.dumps(error))
        self.assertEqual((str(again), again.diagnostics), (str(error), error.diagnostics))

    def test_scenario(self):
        with self.assertRaises(lt.InputError) as caught:
            lt.Scenario.parse("scenario: x\nbase_year: 2015\nyears: [2015, 2020]\nmeasurs: []\n", source="mine.yaml")
        self.assertEqual((caught.exception.source, caught.exception.line, caught.exception.column), ("mine.yaml", 4, 1))
        with self.assertRaises(lt.InputError) as caught:
            lt.Scenario.from_dict({"scenario": "x", "base_year": 2015, "years": [2015, 2020], "measurs": []})
        self.assertGreater(caught.exception.line, 1)
        with self.assertRaises(TypeError):
            lt.Scenario.from_dict({"scenario": object()})

    def test_rows(self):
        with self.assertRaises(lt.InputError) as caught:
            lt.Inventory.from_rows([dict(ROWS[1], emission_t=-1.0), dict(ROWS[0], removal=7.0)])
        self.assertEqual([d.line for d in caught.exception.diagnostics], [1, 2])
        with self.assertRaises(lt.ArgumentError):
            lt.Inventory.from_rows([dict(ROWS[1], region=330303)])
        with self.assertRaisesRegex(TypeError, "column sector"):
            lt.Inventory.from_rows([dict(ROWS[1], sector=["road"])])

    def test_files_and_names(self):
        with self.assertRaises(lt.FileError) as caught:
            lt.Inventory.read("/nowhere/x.csv")
        self.assertEqual(caught.exception.source, "/nowhere/x.csv")
        run = lt.Inventory.from_rows(ROWS, base_year=2015).project(lt.Scenario.parse(SMALL))
        with self.assertRaises(lt.NotFoundError):
            run.explain("nobody")
        with self.assertRaises(lt.NotFoundError):
            run.summary(["colour"])
        with self.assertRaises(KeyError):
            run.emissions(1999)
        with self.assertRaises(lt.ArgumentError):
            run.ensemble(draws=16).quantiles([1.5])

    def test_wrong_arguments(self):
        base, plan = lt.Inventory.from_rows(ROWS, base_year=2015), lt.Scenario.parse(SMALL)
        with self.assertRaisesRegex(ValueError, "follow one another"):
            base.project(plan, years=[2015, 2017])
        with self.assertRaises(lt.ArgumentError):
            base.project(plan, years=range(2015, 2031))
        with self.assertRaises(TypeError):
            base.project(plan, yeers=[2015])
        with self.assertRaisesRegex(TypeError, "progress is True, False or a function"):
            base.project(plan, progress=3)
        with self.assertRaisesRegex(ValueError, "a sampling is one of random, latin_hypercube, sobol"):
            base.ensemble(plan, sampling="dice")
        with self.assertRaisesRegex(ValueError, "one column of the sources at most"):
            base.summary(["colour", "shape"])
        with self.assertRaisesRegex(ValueError, "a language is one of en, zh"):
            plan.name("fr")
        with self.assertRaisesRegex(ValueError, "null character"):
            base.find("a\0b")
        with self.assertRaises((AttributeError, ctypes.ArgumentError)):
            lt.Targets.read(CASE / "targets.csv").check(base)

    def test_warnings_of_a_reader_are_there(self):
        self.assertEqual(wenzhou().diagnostics, ())


class LongCalls(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.run_ = blue_sky(wenzhou())

    def test_progress(self):
        seen = []
        self.run_.ensemble(draws=4096, by="pollutant", progress=seen.append)
        self.assertTrue(seen)
        self.assertEqual(seen, sorted(seen))
        self.assertTrue(all(0 <= share <= 1 for share in seen))

    def test_a_bar_of_tqdm(self):
        bar = mock.MagicMock(n=0.0)
        tqdm = mock.MagicMock()
        tqdm.auto.tqdm.return_value = bar
        with mock.patch.dict(sys.modules, {"tqdm": tqdm, "tqdm.auto": tqdm.auto}):
            self.run_.ensemble(draws=1024, by="pollutant", progress=True)
        bar.update.assert_called()
        bar.close.assert_called_once()
        with mock.patch.dict(sys.modules, {"tqdm": None, "tqdm.auto": None}):
            self.run_.ensemble(draws=16, by="pollutant", progress=True)

    def test_the_function_may_cancel(self):
        with self.assertRaises(lt.CancelledError):
            self.run_.ensemble(draws=10**6, by="pollutant", progress=lambda done: True)
        with self.assertRaises(ZeroDivisionError):
            self.run_.ensemble(draws=10**6, by="pollutant", progress=lambda done: 1 / 0)

    def test_ctrl_c(self):
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
        timer.start()
        try:
            with self.assertRaises(KeyboardInterrupt):
                self.run_.ensemble(draws=10**7, by="pollutant", memory=1 << 20)
        finally:
            timer.cancel()
            signal.signal(signal.SIGINT, before)

    def test_threads(self):
        wanted = self.run_.summary()
        base, plan = self.run_.base, self.run_.scenario
        got = [None] * 4

        def work(i):
            got[i] = base.project(plan, threads=1).summary()

        workers = [threading.Thread(target=work, args=(i,)) for i in range(len(got))]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        for frame in got:
            pd.testing.assert_frame_equal(frame, wanted)

    def test_errors_are_the_thread_s_own(self):
        failed = []

        def work(name):
            for _ in range(50):
                try:
                    lt.Scenario.parse("scenario: [", source=name)
                except lt.InputError as error:
                    failed.append((name, error.source))

        workers = [threading.Thread(target=work, args=(name,)) for name in ("one", "two")]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        self.assertEqual(len(failed), 100)
        self.assertTrue(all(name == source for name, source in failed))

    def test_python_runs_meanwhile(self):
        ticks, over = [0], threading.Event()

        def count():
            while not over.is_set():
                ticks[0] += 1
                over.wait(0.001)

        counter = threading.Thread(target=count)
        counter.start()
        first = ticks[0]
        seen = []
        self.run_.ensemble(draws=8192, by="pollutant", threads=1, progress=lambda done: seen.append(ticks[0]))
        over.set()
        counter.join()
        self.assertGreater(seen[-1] - first, 2)


class Programs(unittest.TestCase):
    def python(self, *arguments, path=PYTHON, **env):
        return subprocess.run([sys.executable, *map(str, arguments)], capture_output=True, encoding="utf-8",
                              env={**os.environ, "PYTHONPATH": str(path), "PYTHONDONTWRITEBYTECODE": "1", **env})

    def test_plan(self):
        program = subprocess.run([PLAN, "--accounts", "--lang", "zh"], capture_output=True, encoding="utf-8")
        module = self.python("-m", "lantian", "plan", "--accounts", "--lang", "zh")
        self.assertEqual((module.stdout, module.returncode), (program.stdout, 0))
        self.assertEqual(self.python("-m", "lantian", "plan", "--nonsense").returncode, 2)
        self.assertEqual(self.python("-m", "lantian", "dance").returncode, 2)

    def test_installed_by_pip(self):
        """A copy, so that nothing is built in the source tree; nothing is fetched."""
        if self.python("-m", "pip", "--version").returncode or self.python("-c", "import setuptools").returncode:
            self.skipTest("python3-pip or python3-setuptools is not installed")
        with tempfile.TemporaryDirectory() as folder:
            copy, target = Path(folder, "copy"), Path(folder, "site")
            shutil.copytree(PYTHON, copy, ignore=shutil.ignore_patterns("__pycache__"))
            done = self.python("-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-build-isolation",
                               "--target", target, copy)
            self.assertEqual(done.returncode, 0, done.stderr)
            used = self.python("-c", "import lantian; print(lantian.__file__, lantian.__version__)", path=target)
            self.assertEqual(used.stdout.split(), [str(target / "lantian" / "__init__.py"), lt.__version__],
                             used.stderr)

    def test_where_the_library_is_looked_for(self):
        show = "import lantian; print(lantian.library_path())"
        with tempfile.TemporaryDirectory() as folder:
            package = Path(folder, "lantian")
            shutil.copytree(PYTHON / "lantian", package, ignore=shutil.ignore_patterns("__pycache__"))
            beside = package / "liblantian.so.0"
            beside.symlink_to(LIBRARY)
            self.assertEqual(self.python("-c", show, path=folder, LANTIAN_LIBRARY="").stdout.strip(), str(beside))
            beside.unlink()
            (package / "place.py").write_text(f"LIBRARY = {str(LIBRARY)!r}\n")
            self.assertEqual(self.python("-c", show, path=folder, LANTIAN_LIBRARY="").stdout.strip(), str(LIBRARY))
        failed = self.python("-c", show, LANTIAN_LIBRARY="/nowhere/liblantian.so")
        self.assertIn("liblantian could not be loaded", failed.stderr)
        libc = ctypes.util.find_library("c")
        self.assertIn("is not the liblantian", self.python("-c", show, LANTIAN_LIBRARY=libc).stderr)


if __name__ == "__main__":
    unittest.main()
