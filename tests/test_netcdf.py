# SPDX-License-Identifier: GPL-3.0-or-later
"""result.nc from the outside: the same numbers as the tables beside it, the rules of CF-1.8 that can be checked without
a network, and the programs it is made for: ncdump, xarray, CDO, NCO. A program that is not there is passed over."""

import csv
import hashlib
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

try:
    import netCDF4
    import numpy
except ImportError:
    print("python3-netcdf4 is not there: result.nc cannot be read")
    sys.exit(77)

SOURCE = Path(os.environ.get("LANTIAN_SOURCE", Path(__file__).resolve().parent.parent))
BUILD = Path(os.environ.get("LANTIAN_BUILD", SOURCE / "build"))
PLAN = BUILD / "examples" / "lantian-plan"
CASE = SOURCE / "examples" / "wenzhou"
INPUTS = ["baseline-2015.csv", "blue-sky-2020.yaml", "targets.csv", "regions.csv", "sectors.csv"]

# What each column of a table is called along the dimension of its own.
COLUMNS = {
    "targets.csv": ("target", {
        "region": "target_region", "pollutant": "target_pollutant", "scope": "target_scope", "state": "target_state",
        "required_cut_pct": "target_required_cut", "cut_pct": "target_cut", "cut_plan_pct": "target_cut_plan",
        "met": "target_met"}),
    "offsets.csv": ("claim", {
        "project": "claim_project", "region": "claim_region", "pollutant": "claim_pollutant", "year": "claim_year",
        "new_t": "claim_new", "ratio": "claim_ratio", "owed_t": "claim_owed", "claimed_t": "claim_tonnes",
        "credit_measure": "claim_credit_measure", "credit_source": "claim_credit_source",
        "credit_region": "claim_credit_region", "credit_year": "claim_credit_year"}),
}
ACCOUNTS = ["base", "growth", "new", "structural", "engineering", "management", "projected", "offset_new",
            "offset_claimed"]


def table(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def tool(name):
    return unittest.skipUnless(shutil.which(name), f"{name} is not there")


class Results(unittest.TestCase):
    asked = []

    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.out = Path(cls.temporary.name) / "结 果"
        cls.command = ["--lang", "zh", *cls.asked, "--out", str(cls.out)]
        done = subprocess.run([PLAN, *cls.command], capture_output=True, encoding="utf-8")
        assert done.returncode == 0 and not done.stderr, done.stderr
        cls.path = cls.out / "result.nc"
        cls.file = netCDF4.Dataset(cls.path)

    @classmethod
    def tearDownClass(cls):
        cls.file.close()
        cls.temporary.cleanup()

    def labels(self, name):
        return {word: place for place, word in enumerate(self.file[name][:])}

    def array(self, name):
        return numpy.ma.filled(self.file[name][:].astype(float), math.nan)

    def call(self, *arguments):
        done = subprocess.run([*map(str, arguments)], capture_output=True, encoding="utf-8", cwd=self.out)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    # ---- the same numbers ----

    def test_emissions_are_those_of_the_summary(self):
        """Bit by bit, and nothing besides."""
        emission, years = self.array("emission"), {int(y): i for i, y in enumerate(self.file["calendar_year"][:])}
        regions, sectors, pollutants = map(self.labels, ("region_code", "sector_code", "pollutant_code"))
        rows = table(self.out / "summary.csv")
        for r in rows:
            value = emission[years[int(r["year"])], regions[r["region"]], sectors[r["sector"]],
                             pollutants[r["pollutant"]]]
            self.assertEqual(value, float(r["emission_t"]), r)
        self.assertEqual(numpy.isfinite(emission).sum(), len(rows))
        self.assertEqual(sorted(years), list(range(2015, 2021)))

    def test_changes_are_those_of_the_ledger(self):
        """ledger.csv has a row a source: its exact sums (fsum) are the array's, to the rounding of the gross sum."""
        delta = self.array("delta")
        years = {int(y): i for i, y in enumerate(self.file["calendar_year"][:])}
        measures, regions, pollutants = map(self.labels, ("measure_id", "region_code", "pollutant_code"))
        parts = {}
        for r in table(self.out / "ledger.csv"):
            key = years[int(r["year"])], measures[r["measure"]], regions[r["region"]], pollutants[r["pollutant"]]
            parts.setdefault(key, []).append(float(r["delta_t"]))
        for key, values in parts.items():
            self.assertLessEqual(abs(delta[key] - math.fsum(values)), 1e-15 * math.fsum(map(abs, values)), key)
        self.assertEqual(numpy.isfinite(delta).sum(), len(parts))
        self.assertGreater(len(parts), 500)

    def test_base_and_changes_make_the_emission(self):
        base = numpy.nansum(self.array("base_emission"), axis=1)
        delta = numpy.nansum(self.array("delta"), axis=1)
        gross = base + numpy.nansum(abs(self.array("delta")), axis=1)
        emission = numpy.nansum(self.array("emission"), axis=2)
        self.assertTrue((abs(base + delta - emission) <= 1e-12 * gross).all())

    def test_accounts(self):
        regions, pollutants = map(self.labels, ("region_code", "pollutant_code"))
        for r in table(self.out / "accounts.csv"):
            for name in ACCOUNTS:
                self.assertEqual(self.array("account_" + name)[regions[r["region"]], pollutants[r["pollutant"]]],
                                 float(r[name + "_t"]), (name, r))

    def test_tables(self):
        for name, (dimension, columns) in COLUMNS.items():
            rows = table(self.out / name)
            self.assertEqual(len(self.file.dimensions[dimension]), len(rows))
            for column, variable in columns.items():
                values = self.file[variable][:]
                for i, row in enumerate(rows):
                    if self.file[variable].dtype is str:
                        self.assertEqual(values[i], row[column], (name, i, column))
                    elif not row[column]:
                        self.assertTrue(numpy.ma.is_masked(values[i]), (name, i, column))
                    else:
                        self.assertEqual(values[i], float(row[column]), (name, i, column))

    def test_targets_keep_tonnes_and_indicators_apart(self):
        for i, row in enumerate(table(self.out / "targets.csv")):
            indicator = self.file["target_kind"][i] == "indicator"
            for column, tonnes, own in (("base_t", "target_base", "indicator_base"),
                                        ("projected_t", "target_projected", "indicator_value"),
                                        ("gap_t", "target_gap", "indicator_gap")):
                for variable, mine in ((tonnes, not indicator), (own, indicator)):
                    value = self.file[variable][i]
                    if mine and row[column]:
                        self.assertEqual(value, float(row[column]))
                    else:
                        self.assertTrue(numpy.ma.is_masked(value), (i, variable))

    def test_projects_and_credits_fit_the_claims(self):
        """What projects and credits say was claimed is the sum of the claims."""
        claimed, project = {}, {}
        for r in table(self.out / "offsets.csv"):
            if r["credit_source"]:
                claimed.setdefault((r["credit_measure"], r["credit_source"]), []).append(float(r["claimed_t"]))
                project.setdefault(r["project"], []).append(float(r["claimed_t"]))
        keys = list(zip(self.file["credit_measure"][:], self.file["credit_source"][:]))
        for key, value in zip(keys, self.file["credit_claimed"][:]):
            self.assertAlmostEqual(value, math.fsum(claimed.get(key, [])), places=9)
        self.assertLessEqual(set(claimed), set(keys))
        for name, value in zip(self.file["project_id"][:], self.file["project_claimed"][:]):
            self.assertAlmostEqual(value, math.fsum(project.get(name, [])), places=9)
        self.assertTrue(all(re.fullmatch(r"\d{4}-\d\d-\d\d", day) for day in self.file["project_start"][:]))

    def test_notes_are_counted(self):
        counts = {}
        for r in table(self.out / "notes.csv"):
            counts[r["code"]] = counts.get(r["code"], 0) + 1
        self.assertEqual(dict(zip(self.file["note_code"][:], self.file["note_count"][:])), counts)
        self.assertEqual(self.file.notes, sum(counts.values()))

    def test_names_of_the_tables(self):
        for name, key, variables in (("regions.csv", "region", ("name", "name_zh", "parent", "kind")),
                                     ("sectors.csv", "sector", ("name", "name_zh", "nfr", "gnfr", "handbook"))):
            with open(CASE / name, encoding="utf-8", newline="") as file:
                rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
            places = self.labels(key + "_code")
            for row in rows:
                for column in variables:
                    self.assertEqual(self.file[f"{key}_{column}"][places[row[key]]], row[column] or "", row)
            if key == "region":
                for row in rows:
                    for column, variable in (("lon", "region_lon"), ("lat", "region_lat"), ("area_km2", "region_area")):
                        value = self.array(variable)[places[row["region"]]]
                        self.assertEqual(str(value), str(float(row[column] or "nan")))

    # ---- where it comes from ----

    def test_origin(self):
        self.assertEqual(self.file.command, " ".join(["lantian-plan --lang zh", *self.asked, "--out '"]) + self.command[-1] + "'")
        self.assertRegex(self.file.history, r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ: lantian-plan ")
        wanted = [f"sha256:{hashlib.sha256((CASE / name).read_bytes()).hexdigest()}  {CASE / name}" for name in INPUTS]
        self.assertEqual(self.file.input.split("\n"), wanted)
        self.assertEqual(self.file.reconstructed, "yes")
        self.assertIn("No number in this file is official", self.file.comment)
        version = subprocess.run([PLAN, "--version"], capture_output=True, encoding="utf-8").stdout.split()[-1]
        self.assertEqual(self.file.lantian_version, version)
        bibliography = (SOURCE / "docs" / "references.bib").read_text(encoding="utf-8")
        for key in re.findall(r"(\w+) \(", self.file.references):
            if key != "Forecast" and key != "Conventions":
                self.assertIn("{" + key + ",", bibliography)

    def test_included_scenarios_are_inputs(self):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([PLAN, CASE / "baseline-2015.csv", CASE / "growth-only.yaml", "--regions",
                            CASE / "regions.csv", "--out", folder], check=True, capture_output=True)
            with netCDF4.Dataset(Path(folder) / "result.nc") as file:
                names = [line.split("  ", 1)[1] for line in file.input.split("\n")]
        self.assertEqual([Path(name).name for name in names],
                         ["baseline-2015.csv", "growth-only.yaml", "blue-sky-2020.yaml", "regions.csv"])

    # ---- CF-1.8 ----

    def test_names_are_legal(self):
        """Section 2.3: letters, digits and underscores, beginning with a letter; none differs in case only."""
        names = list(self.file.variables) + list(self.file.dimensions)
        for variable in self.file.variables.values():
            names += [name for name in variable.ncattrs() if name != "_FillValue"]
        for name in names + list(self.file.ncattrs()):
            self.assertRegex(name, r"^[A-Za-z][A-Za-z0-9_]*$")
        self.assertEqual(len({name.lower() for name in self.file.variables}), len(self.file.variables))

    def test_types_and_absent_values(self):
        """2.2: types that CF-1.8 has. 2.5.1: _FillValue of the variable's type; none in coordinate variables and
        bounds, which may not be absent anywhere."""
        for name, variable in self.file.variables.items():
            kind = variable.dtype
            self.assertTrue(kind is str or kind in (numpy.float64, numpy.int32), name)
            if "_FillValue" in variable.ncattrs():
                self.assertEqual(variable.getncattr("_FillValue").dtype, kind, name)
            if name in self.file.dimensions or name.endswith("_bounds"):
                self.assertNotIn("_FillValue", variable.ncattrs(), name)
                self.assertFalse(numpy.ma.is_masked(variable[:]), name)
            elif kind is not str and numpy.ma.is_masked(variable[:]):
                self.assertIn("_FillValue", variable.ncattrs(), name)

    def test_coordinate_variables(self):
        """1.3: a variable of its dimension's name is numeric and strictly monotonic. 7.1: bounds enclose it."""
        for name in set(self.file.dimensions) & set(self.file.variables):
            values = self.file[name][:]
            self.assertEqual(self.file[name].dimensions, (name,))
            self.assertTrue((numpy.diff(values) > 0).all(), name)
        bounds = self.file[self.file["year"].bounds][:]
        self.assertTrue((bounds[:, 0] < self.file["year"][:]).all() and (self.file["year"][:] < bounds[:, 1]).all())
        self.assertTrue((bounds[1:, 0] == bounds[:-1, 1]).all())
        time = self.file["year"]
        days = netCDF4.num2date(bounds[:, 0], time.units, time.calendar)
        self.assertEqual([(d.year, d.month, d.day, d.hour) for d in days],
                         [(int(y), 1, 1, 0) for y in self.file["calendar_year"][:]])

    def test_coordinates_that_attributes_name(self):
        """5: what `coordinates` names is there, and lies along the variable's dimensions."""
        for name, variable in self.file.variables.items():
            for label in getattr(variable, "coordinates", "").split():
                self.assertIn(label, self.file.variables, name)
                self.assertLessEqual(set(self.file[label].dimensions), set(variable.dimensions), (name, label))
                self.assertNotIn(label, self.file.dimensions, name)

    def test_cell_methods(self):
        """7.3: `name: method`, of a dimension of the variable or a standard name, the method from appendix E."""
        for name, variable in self.file.variables.items():
            text = getattr(variable, "cell_methods", "")
            found = re.findall(r"(\w+): (\w+)", text)
            self.assertEqual(" ".join(f"{axis}: {method}" for axis, method in found), text)
            for axis, method in found:
                if axis == "realization":  # a standard name: the draws, which are no dimension of the file
                    self.assertIn(method, ("mean", "standard_deviation"), name)
                    continue
                self.assertIn(axis, variable.dimensions, name)
                self.assertIn(method, ("sum", "mean", "point"), name)

    def test_ancillary_variables(self):
        """3.4: what `ancillary_variables` names is there, of the same dimensions."""
        for name, variable in self.file.variables.items():
            for other in getattr(variable, "ancillary_variables", "").split():
                self.assertEqual(self.file[other].dimensions, variable.dimensions, name)
                self.assertEqual(self.file[other].units, variable.units, name)

    def test_every_variable_says_what_it_is(self):
        """3: long_name or standard_name; standard names from the table. Numbers have units, or say where they are."""
        for name, variable in self.file.variables.items():
            if name == "year_bounds":  # 7.1: as its parent
                continue
            self.assertIn("long_name", variable.ncattrs(), name)
            self.assertIn("long_name_zh", variable.ncattrs(), name)
            self.assertIn(getattr(variable, "standard_name", "time"), ("time", "longitude", "latitude"))
            if variable.dtype is numpy.float64 and not name.startswith("indicator_"):
                self.assertIn("units", variable.ncattrs(), name)
        for name in ("Conventions", "title", "history", "source", "references", "comment"):
            self.assertIsInstance(self.file.getncattr(name), str)
        self.assertEqual(self.file.Conventions, "CF-1.8")

    @tool("udunits2")
    def test_units(self):
        """3.1: UDUNITS knows them; emissions are a mass a time."""
        units = {getattr(v, "units", "1") for v in self.file.variables.values()}
        for unit in units:
            if " since " in unit:
                continue
            for wanted in {"t yr-1": "kg s-1", "percent": "1", "km2": "m2", "t-1": "kg-1"}.get(unit, unit),:
                done = subprocess.run(["udunits2", "-H", unit, "-W", wanted], capture_output=True, encoding="utf-8",
                                      stdin=subprocess.DEVNULL)
                self.assertEqual((done.returncode, done.stderr), (0, ""), unit)
        self.assertLessEqual({"t yr-1", "percent", "degrees_east", "degrees_north"}, units)

    # ---- storage ----

    def test_numbers_are_compressed(self):
        for name, variable in self.file.variables.items():
            self.assertNotEqual(variable.chunking(), "contiguous", name)
            if variable.dtype is not str:
                filters = variable.filters()
                self.assertTrue(filters["zlib"] and filters["shuffle"], name)

    # ---- programs ----

    @tool("ncdump")
    def test_ncdump(self):
        text = self.call("ncdump", "-v", "region_name_zh", self.path)
        self.assertIn("emission(year, region, sector, pollutant)", text)
        self.assertIn('"温州市"', text)

    def test_xarray(self):
        try:
            import xarray
        except ImportError:
            self.skipTest("python3-xarray is not there")
        with xarray.open_dataset(self.path) as data:
            labelled = data.set_index(region="region_code", sector="sector_code", pollutant="pollutant_code")
            rows = [float(r["emission_t"]) for r in table(self.out / "summary.csv")
                    if (r["year"], r["region"], r["pollutant"]) == ("2020", "330382", "SO2")]
            value = labelled.emission.sel(year="2020", region="330382", pollutant="SO2").sum().item()
            self.assertTrue(math.isclose(value, math.fsum(rows), rel_tol=1e-12))
            self.assertEqual([str(t)[:4] for t in data.year.values], [str(y) for y in range(2015, 2021)])
            self.assertEqual(data.calendar_year.dtype.kind, "i")
            self.assertIn("region_name_zh", data.emission.coords)

    @tool("cdo")
    def test_cdo(self):
        """CDO sees six years of emissions: the total of each year is that of the table. (It takes no path with a
        blank in it.)"""
        self.assertIn("year : 6 steps", self.call("cdo", "-s", "sinfo", "result.nc"))
        text = self.call("cdo", "-s", "outputf,%.15g,1", "-vertsum", "-fldsum", "-selname,emission", "result.nc")
        totals = {}
        for r in table(self.out / "summary.csv"):
            totals.setdefault(r["year"], []).append(float(r["emission_t"]))
        self.assertEqual(len(text.split()), len(totals))
        for year, value in zip(sorted(totals), text.split()):
            self.assertTrue(math.isclose(float(value), math.fsum(totals[year]), rel_tol=1e-12), (year, value))

    @tool("ncks")
    def test_nco(self):
        self.assertIn("emission", self.call("ncks", "-m", self.path))
        # -C: without the labels, of which ncwa 5.1 would make totals too (and crash)
        self.call("ncwa", "-O", "-C", "-y", "ttl", "-a", "region,sector", "-v", "emission", self.path, "total.nc")
        with netCDF4.Dataset(self.out / "total.nc") as file:
            numpy.testing.assert_allclose(file["emission"][:], numpy.nansum(self.array("emission"), axis=(1, 2)), 1e-12)

    @tool("ncatted")
    def test_the_file_can_be_changed_later(self):
        """The netCDF library refuses to write to a file that does not keep the order of its parts."""
        self.call("ncatted", "-O", "-a", "note,global,o,c,mine", self.path, "changed.nc")
        with netCDF4.Dataset(self.out / "changed.nc", "a") as file:
            self.assertEqual(file.note, "mine")
            self.assertEqual(list(file.variables)[:2], ["year", "year_bounds"])


class WithDraws(Results):
    """All of it again, of a file that has an ensemble's arrays too; tests/test_ensemble.py has their numbers."""
    asked = ["--draws", "300"]

    def test_dimensions_of_the_arrays(self):
        self.assertEqual(len(self.file.dimensions["quantile"]), 7)
        self.assertEqual(self.file["emission_quantile"].dimensions, ("quantile", "year", "region", "pollutant"))
        self.assertIn("realization: standard_deviation", self.file["emission_sd"].cell_methods)
        self.assertEqual(self.file["emission_mean"].ancillary_variables, "emission_mean_error emission_sd")
        self.assertEqual(self.file["target_p_met"].ancillary_variables, "target_p_met_error")
        quantiles = self.array("emission_quantile")
        known = numpy.isfinite(quantiles[0])
        self.assertGreater(known.sum(), 100)
        self.assertTrue((numpy.diff(quantiles[:, known], axis=0) >= 0).all())


if __name__ == "__main__":
    unittest.main(verbosity=1)
