# SPDX-License-Identifier: GPL-3.0-or-later
"""The manual against the program: its commands run, its sums add up, and its worked numbers are what comes out.

The expected numbers stand in the documents and nowhere here, so a changed document fails as a changed program does.
A new worked number needs a row in WORKED: its sentence with {} for each number, and what the program says for them, in
the order of the sentence. A number written as {name} is given: it is handed over instead."""

import csv
import ctypes
import functools
import math
import os
import re
import shlex
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

import drawn
import manual
import philox

SOURCE = Path(os.environ.get("LANTIAN_SOURCE", Path(__file__).resolve().parent.parent))
BUILD = Path(os.environ.get("LANTIAN_BUILD", SOURCE / "build"))
PLAN = BUILD / "examples" / "lantian-plan"
EXAMPLE = SOURCE / "docs" / "example"
DOCUMENTS = [SOURCE / "README.md", *sorted((SOURCE / "docs").rglob("*.md"))]
MANUAL = {path.relative_to(SOURCE).as_posix(): manual.chapters(path, path.relative_to(SOURCE).as_posix())
          for path in DOCUMENTS}
LAST = 2020

FORTRAN = MANUAL["docs/fortran.md"]["Fortran"]
SCENARIO, INVENTORY, FACTORS, OFFSETS, FORMATS = (
    MANUAL[f"docs/{name}.md"] for name in ("scenario", "inventory", "factors", "offsets", "formats"))


# ---- running the program ----

class Run:
    """What comes of a scenario: emission and activity of each source, change of each measure, notes, explanations."""

    def __init__(self, scenario, inventory=None, *options, years=(2015, LAST)):
        self.scenario, self.options, self.years = scenario, options, range(years[0], years[1] + 1)
        self.inventory = inventory or (EXAMPLE / "town.csv").read_text(encoding="utf-8")

    def plan(self, *options):
        """Runs beside the examples, which the scenario may include; what it printed, and its tables by name."""
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            shutil.copytree(EXAMPLE, folder, dirs_exist_ok=True)
            (folder / "inventory.csv").write_text(self.inventory, encoding="utf-8")
            (folder / "tried.yaml").write_text(self.scenario, encoding="utf-8")
            done = subprocess.run([PLAN, "inventory.csv", "tried.yaml", *self.options, *options], cwd=folder,
                                  capture_output=True, encoding="utf-8")
            assert done.returncode == 0, f"{self.scenario}\n{done.stderr}"
            return done.stdout, {path.stem: rows_of(path) for path in folder.glob("out/*.csv")}

    @functools.cached_property
    def tables(self):
        return self.plan("--out", "out", *(f"--inventory-year={year}" for year in self.years))[1]

    @functools.cached_property
    def printed(self):
        return self.plan()[0]

    def rows(self, source, year):
        """The rows of a source, and of what measures made of it."""
        return [row for row in self.tables[f"inventory-{year}"] if row["source"].split("~")[0] == source]

    def emission(self, source, pollutant, year=LAST):
        return math.fsum(float(row["emission_t"]) for row in self.rows(source, year) if row["pollutant"] == pollutant)

    def new_emission(self, source, pollutant, year=LAST):
        """Of what measures made of a source."""
        return math.fsum(float(row["emission_t"]) for row in self.rows(source, year)
                         if row["pollutant"] == pollutant and row["source"] != source)

    def activity(self, source, year=LAST):
        return float(next(row["activity"] for row in self.rows(source, year) if row["source"] == source))

    def new_activity(self, source, year=LAST):
        return float(next(row["activity"] for row in self.rows(source, year) if row["source"] != source))

    def change(self, measure, source, pollutant, year=LAST):
        return math.fsum(float(row["delta_t"]) for row in self.tables["ledger"]
                         if (row["measure"], row["source"], row["pollutant"], row["year"])
                         == (measure, source, pollutant, str(year)))

    def total(self, table, column, **where):
        """Of a column of a table, over the rows that have these values."""
        return math.fsum(float(row[column]) for row in self.tables[table]
                         if all(row[key] == str(value) for key, value in where.items()))

    @functools.lru_cache
    def explained(self, source):
        """The rows that --explain prints, by what their columns are called."""
        lines = [re.split(r" {2,}", line.strip()) for line in self.plan("--explain", source)[0].splitlines()]
        head = next(line for line in lines if line[0] == "year")
        return [dict(zip(head, line)) for line in lines if len(line) == len(head)]

    def step(self, measure, source, pollutant, year, column):
        return float(next(row[column] for row in self.explained(source)
                          if (row["measure"], row["source"], row["pollutant"], row["year"])
                          == (measure, source, pollutant, str(year))))


def rows_of(path):
    """The rows of a table, without the remarks above its header."""
    with open(path, encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(line for line in stream if not line.startswith("#")))


@functools.lru_cache
def tried(*measures, inventory=None):
    """The town with the growth of the small scenario and these measures, written as they stand in the manual."""
    lines = [f"  - {{id: tried-{number}, {measure[1:]}\n" for number, measure in enumerate(measures)]
    return Run("scenario: Tried\nbase_year: 2015\nyears: [2015, 2021]\nmeasures:\n"
               "  - id: growth\n"
               "    where: {region: town, sector: [combustion.boiler, solvent]}\n"
               "    grow: {index: {2015: 1, 2020: 1.2, 2021: 1.24}}\n" + "".join(lines), inventory, years=(2015, 2021))


def on(source, measure):
    return f"{{where: {{source: {source}}}, {measure[1:]}"


def taken(time, year):
    """The share of a year's activity that a closure takes which stands beside these keys of time."""
    run = tried(f"{{where: {{source: boiler-2}}, {time}, retire: {{share: 100 %}}}}")
    return 1 - run.activity("boiler-2", year) / tried().activity("boiler-2", year)


HUNDRED = "# base_year: 2015\nsource,region,sector,pollutant,emission_t\nworks,village,process,{},100\n"


def removed(control, pollutant="VOC"):
    """What a control takes of 100 t that do not grow."""
    run = tried(f"{{control: {{{pollutant}: {control}}}}}", inventory=HUNDRED.format(pollutant))
    return 100 - run.emission("works", pollutant)


def mean(start):
    """Of the distribution that the chapter Numbers writes so, as the efficiency of a control."""
    return removed(f"{{efficiency: {SCENARIO['Numbers'].snippet(start)}}}") / 100


SMALL = Run((EXAMPLE / "small.yaml").read_text(encoding="utf-8"))
ACTIONS = Run((EXAMPLE / "actions.yaml").read_text(encoding="utf-8"))


WORKS = (EXAMPLE / "works.csv").read_text(encoding="utf-8")
PACKETS = Run((EXAMPLE / "packets.txt").read_text(encoding="utf-8"), WORKS, years=(LAST, LAST))
BOILER, AREA, CHEMICAL, ROAD = (f"{county}|{rest}" for county, rest in (
    ("37001", "P1|U1|R1|PR1|10100201"), ("37001", "2102004001"), ("37003", "P7|U1|R1|PR1|30100101"),
    ("37003", "2201001110")))


def packets(text, inventory=WORKS):
    """What comes of packets without a year of their own, or with it."""
    year = () if "/PROJECTION" in text else ("--year", str(LAST))
    return Run(text, inventory, *year, years=(LAST, LAST))


def only(*names):
    """The example with these packets of it alone."""
    parts = re.finditer(r"(?ms)^/(\w+)[^\n]*/\n.*?^/END/\n", PACKETS.scenario)
    return packets("".join(part[0] for part in parts if part[1] in names))


def added(base, more):
    """The removal that an adding control makes of one in the inventory, both in %."""
    inventory = f"# base_year: 2005\nsource,region,sector,pollutant,emission_t,removal\nS,37001,1,NOX,9,{base} %\n"
    run = packets(f"/CONTROL/\n0 0 0 0 {more} 100 100 0 0 Y A\n/END/\n", inventory)
    return float(run.rows("S", LAST)[0]["removal"])


# ---- the examples that the manual gives as snippets ----

def late():
    return tried(on("boiler-1", SCENARIO["Order and time"].snippet("{from: 2020-10-01")))


def winter():
    return tried(on("shoes-1", "{control: {VOC: {efficiency: 60 %}}, months: [11, 12, 1]}"))


def half_way():
    """Two measures on their way, at half."""
    run = tried(on("boiler-1", "{control: {SO2: {efficiency: 65 %}}, phase: {2016: 0.5}}"),
                on("boiler-1", "{control: {SO2: {efficiency: 100 %}}, phase: {2016: 0.5}}"))
    return run.emission("boiler-1", "SO2") / tried().emission("boiler-1", "SO2")


def fleet(leaving, more="", to=None, rows="20000000 km,7.934 g/km"):
    """The trucks, all of the model year 2008, with what the chapter says of how they leave and what takes over."""
    chapter = SCENARIO["turnover"]
    parts = ["stage: stage", chapter.snippet(leaving), more, chapter.snippet(to) if to else "to: VI",
             "factors: {V: {NOx: 4.721 g/km}, VI: {NOx: 0.944 g/km}}" if to else "factors: {VI: {NOx: 0.944 g/km}}"]
    return tried(f"{{turnover: {{{', '.join(part for part in parts if part)}}}}}", inventory=(
        "# base_year: 2015\nsource,region,sector,pollutant,stage,model_year,activity,factor,removal\n"
        f"trucks-3,village,mobile.road.truck,NOx,III,2008,{rows},0\n"))


def stays_and_moves(run):
    """NOx of the trucks that are left, of those that took over, and of both."""
    new, all_of_it = run.new_emission("trucks-3", "NOx"), run.emission("trucks-3", "NOx")
    return all_of_it - new, new, all_of_it


def by_stage(run):
    stages = {row["stage"]: float(row["emission_t"]) for row in run.rows("trucks-3", LAST)}
    return stages["III"], stages["V"], stages["VI"], math.fsum(stages.values())


def deep_cap():
    level = SCENARIO["cap"].snippet("activity: 8")
    return Run(ACTIONS.scenario.replace("activity: 95 %", level))


def energy_cap():
    """1000 t of coal at 20 MJ/kg are 20 of 27.82 TJ; the rest is a source that is counted in MJ."""
    cap = SCENARIO["cap"].snippet("{activity: 60 %, of: energy").replace(", ...", "")
    return tried(f"{{where: {{fuel: coal}}, cap: {cap}}}", inventory=(
        "# base_year: 2015\nsource,region,sector,pollutant,fuel,activity,factor,removal\n"
        "coal,village,process,SO2,coal,1000 t,1 kg/t,0\nrest,village,process,SO2,heat,7820000 MJ,0 g/MJ,0\n"))


def ban():
    return tried(SCENARIO["ban"].snippet("{where: {fuel: coal"))


@functools.lru_cache
def slower():
    return Run(SCENARIO["One scenario on another"].block("include: small.yaml"))


@functools.lru_cache
def growth_only():
    return Run(INVENTORY["Scenarios side by side"].snippet("{include: small.yaml"))


@functools.lru_cache
def divided(year):
    """The town with its village divided as the chapter says, in the geography of a year."""
    with tempfile.NamedTemporaryFile("w", suffix=".csv") as crosswalk:
        crosswalk.write(INVENTORY["Crosswalk"].block("old,new,share"))
        crosswalk.flush()
        run = Run(SMALL.scenario, None, "--crosswalk", crosswalk.name, "--geography", str(year))
        assert run.tables
        return run


def compared(column):
    """A figure of the town's SO2 in the table that --compare prints."""
    with tempfile.TemporaryDirectory(dir=BUILD) as name:
        shutil.copytree(EXAMPLE, name, dirs_exist_ok=True)
        Path(name, "growth.yaml").write_text(growth_only().scenario, encoding="utf-8")
        text = subprocess.run([PLAN, "--compare", "town.csv", "small.yaml", "growth.yaml"], cwd=name, check=True,
                              capture_output=True, encoding="utf-8").stdout
    head, town = (re.split(r" {2,}", line.strip()) for line in text.partition("\nSO2\n")[2].splitlines()[:2])
    return float(town[[at for at, title in enumerate(head) if title == "cut %"][column]])


def looked_up():
    """A chain-grate boiler that gives its coal alone."""
    return Run(re.sub("(?s)drivers:.*", "", SMALL.scenario) + "measures: []\n",
               "# base_year: 2015\nsource,region,sector,fuel,technology,sulphur_pct,pollutant,activity,factor,removal\n"
               "B,town,combustion.boiler,coal,chain_grate,0.8,SO2,7200 t,,0\n", "--factors", "installed")


def fitted(device):
    """What is left of the row that the chapter shows with this device, capture and running time."""
    block = INVENTORY["Removals from devices"].block("source,region").replace("rto,closed,0.9", device)
    run = Run(re.sub("(?s)drivers:.*", "", SMALL.scenario) + "measures: []\n", "# base_year: 2015\n" + block)
    return run.emission("S1", "VOC")


# ---- the offset book ----

RULE = "within: [county, city], credits_from: {where: {sector: [solvent, process]}}"


@functools.lru_cache
def book(rule="", scenario="include: offsets/projects.yaml", *options):
    """The made-up city with its three projects, or another scenario; with keys of its rule besides."""
    if rule:
        rule = rule if rule.startswith("ratio: ") else f"ratio: 2, {rule}"
        scenario += f"\noffset_rules: {{two-for-one: {{{rule}, {RULE}}}}}"
    return Run(scenario + "\n", (EXAMPLE / "offsets" / "inventory.csv").read_text(encoding="utf-8"),
               "--regions", "offsets/regions.csv", *options)


def claimed(project, measure, run=None):
    return (run or book()).total("offsets", "claimed_t", project=project, credit_measure=measure)


def owed(project, run=None):
    return next(float(row["owed_t"]) for row in (run or book()).tables["offsets"] if row["project"] == project)


def against_targets(rule=""):
    return book(rule, "include: offsets/projects.yaml", "--targets", "offsets/targets.csv")


def targeted(column):
    return float(against_targets().tables["targets"][0][column])


def net():
    """What the coating line and those who pay for it change in the city."""
    run = book("", "include: offsets/first-year.yaml")
    return run.total("offsets", "claimed_t") - run.emission("coat-2", "VOC")


def growing():
    text = OFFSETS["Growth that owes"].snippet("{only: [growth").strip("{}")
    return book("growth_owes: true", f"include: offsets/projects.yaml\n{text}")


@functools.lru_cache
def years_of_banking():
    """The first year's run and the second's, which opens with the first's closing bank."""
    first = book("", "include: offsets/first-year.yaml", "--bank", "offsets/bank.csv")
    with tempfile.NamedTemporaryFile("w", suffix=".csv") as bank:
        rows = csv.DictWriter(bank, first.tables["bank"][0])
        rows.writeheader()
        rows.writerows(first.tables["bank"])
        bank.flush()
        second = book("", "include: offsets/projects.yaml", "--bank", bank.name)
        assert second.tables
    return first, second


def banked(source):
    """What the first closing bank has left of a source."""
    return years_of_banking()[0].total("bank", "balance_t", source=source, project="")


@functools.lru_cache
def permitted():
    """What voc-offset prints of each project of the example, and of each region that has something left."""
    printed = subprocess.run([BUILD / "examples" / "voc-offset"], check=True, capture_output=True,
                             encoding="utf-8").stdout
    lines = [re.split(r" {2,}", line.strip()) for line in printed.splitlines()]
    return {line[0]: line[1:] for line in reversed(lines)}  # of a project, its line in the first table


# ---- the library's methods ----

LIBRARY = ctypes.CDLL(str(BUILD / "liblantian.so"))
COAL, LIQUID = 0.15, 0.0  # LTN_SULPHUR_RETAINED_COAL, _LIQUID
AIR, SHIP_LIMIT = 20.9, 0.005  # LTN_OXYGEN_AIR_PCT, LTN_SHIP_SULPHUR_LIMIT
INDUSTRY, CHAIN_GRATE = 2, 2  # LTN_BOILER_INDUSTRY, LTN_FURNACE_CHAIN_GRATE


def method(name, *arguments):
    """ltn_<name>(arguments, &out): whole numbers are taken as int, others as double."""
    out = ctypes.c_double()
    status = getattr(LIBRARY, f"ltn_{name}")(
        *(ctypes.c_int(x) if isinstance(x, int) else ctypes.c_double(x) for x in arguments), ctypes.byref(out))
    assert status == 0, f"ltn_{name}{arguments} returned {status}"
    return out.value


def together(*devices, pollutant="NOx"):
    """What these devices of the shipped table remove together, in percent."""
    table, out = ctypes.c_void_p(), ctypes.c_double()
    path = os.fsencode(SOURCE / "lib" / "factor" / "devices.csv")
    assert LIBRARY.ltn_devices_read_csv(path, None, ctypes.byref(table)) == 0
    ids = (ctypes.c_char_p * len(devices))(*map(str.encode, devices))
    status = LIBRARY.ltn_devices_combine(table, ctypes.c_size_t(len(devices)), ids, pollutant.encode(),
                                         ctypes.byref(out))
    LIBRARY.ltn_devices_free(table)
    assert status == 0, f"{devices}: {status}"
    return 100 * out.value


def percent(capture, device):
    return 100 * method("device_removal", table("devices", device=capture) / 100,
                        table("devices", device=device) / 100, 1.0)


def table(name, **where):
    """The one figure of a shipped table that has these values: a factor, or an efficiency in percent."""
    found = [row for row in rows_of(SOURCE / "lib" / "factor" / f"{name}.csv")
             if all(row[key] == value for key, value in where.items())]
    assert len(found) == 1, f"{where}: {len(found)} rows"
    return float(found[0]["factor"]) if name == "factors" else 100 * float(found[0]["efficiency"])


def coal_so2(mt, sulphur, removal=0.0):
    return method("sulphur_so2_t", mt * 1e6, sulphur / 100, COAL, removal / 100)


def coal_g_kg(sulphur):
    return method("sulphur_factor_g_kg", sulphur / 100, COAL)


def doubles(*values):
    return (ctypes.c_double * len(values))(*values)


def filled(name, count, *arguments):
    """The numbers that ltn_<name>(arguments, out) fills in; bare integers are sizes."""
    out = doubles(*[math.nan] * count)
    status = getattr(LIBRARY, f"ltn_{name}")(
        *(ctypes.c_size_t(x) if isinstance(x, int) else x for x in arguments), out)
    assert status == 0, f"ltn_{name} returned {status}"
    return tuple(out)


class IpccRow(ctypes.Structure):
    _fields_ = [("category", ctypes.c_char_p), ("pollutant", ctypes.c_char_p),
                *((name, ctypes.c_double) for name in ("base_t", "year_t", "activity_pct", "factor_pct")),
                ("factor_correlated", ctypes.c_int), ("activity_correlated", ctypes.c_int)]


def approach1(*numbers, factor_correlated=1):
    """Level, trend and its uncertainty of rows of four numbers, with activities that are drawn anew."""
    rows = [IpccRow(None, None, *numbers[i:i + 4], factor_correlated, 0) for i in range(0, len(numbers), 4)]
    totals = doubles(*[math.nan] * 5)
    status = LIBRARY.ltn_ipcc_approach1((IpccRow * len(rows))(*rows), ctypes.c_size_t(len(rows)), None, totals, None)
    assert status == 0, status
    return totals[2:]


def worksheet(*numbers):
    level, trend, off = approach1(*numbers)
    return trend, level, off, approach1(*numbers, factor_correlated=0)[2]


def moments(emissions, factors):
    """Mean and standard deviation of rows that have factors, each a name and a CV."""
    first = [sum(map(len, factors[:row])) for row in range(len(factors) + 1)]
    names, cvs = zip(*(factor for row in factors for factor in row))
    mean, _, sd, _ = filled("total_moments", 4, len(emissions), doubles(*emissions),
                            (ctypes.c_size_t * len(first))(*first), (ctypes.c_int64 * len(names))(*names),
                            doubles(*cvs))
    return mean, sd


def product(*pairs):
    """Mean and sd of a product of quantities of which mean and sd are given in turn; its sd by the IPCC's rule."""
    means, cvs = pairs[::2], [sd / mean for mean, sd in zip(pairs[::2], pairs[1::2])]
    mean, sd = moments([math.prod(means)], [list(enumerate(cvs))])
    return mean, sd, mean * filled("ipcc_product_pct", 1, len(cvs), doubles(*(100 * cv for cv in cvs)))[0] / 100


def two_boilers(one, other, cv, other_cv, factor_cv):
    mean, shared = moments([one, other], [[(0, factor_cv), (1, cv)], [(0, factor_cv), (2, other_cv)]])
    return mean, shared, moments([one, other], [[(0, factor_cv), (1, cv)], [(3, factor_cv), (2, other_cv)]])[1]


def projected(inventory, scenario, assess):
    """What assess(run, out) puts into a table of a projection: the numbers of each row, by column."""
    run, base, plan, table = (ctypes.c_void_p() for _ in range(4))
    with tempfile.TemporaryDirectory() as name:
        paths = [os.fsencode(Path(name) / file) for file in ("inventory.csv", "plan.yaml")]
        for path, text in zip(paths, ("# base_year: 2015\n" + inventory, scenario)):
            Path(os.fsdecode(path)).write_text(text, encoding="utf-8")
        assert LIBRARY.ltn_inventory_read_csv(paths[0], None, ctypes.byref(base)) == 0
        assert LIBRARY.ltn_scenario_read_yaml(paths[1], ctypes.byref(plan)) == 0
    assert LIBRARY.ltn_projection_run(base, plan, None, ctypes.byref(run)) == 0
    assert assess(run, ctypes.byref(table)) == 0
    number = LIBRARY.ltn_table_number
    number.restype = ctypes.c_double
    rows = [{column: number(table, ctypes.c_size_t(row), ctypes.c_size_t(LIBRARY.ltn_table_find(table, column.encode())))
             for column in ("mean_t", "sd_t", "first", "total")} for row in range(LIBRARY.ltn_table_rows(table))]
    LIBRARY.ltn_table_free(table)
    LIBRARY.ltn_projection_free(run)
    LIBRARY.ltn_scenario_free(plan)
    LIBRARY.ltn_inventory_free(base)
    return rows


def exactly(inventory, scenario):
    row = projected(inventory, scenario, lambda run, out: LIBRARY.ltn_ensemble_exact(run, None, out))[-1]
    return row["mean_t"], row["sd_t"]


HEAD_OF_PLAN = "scenario: worked\nbase_year: 2015\nyears: [2015, 2020]\n"
GROWN = HEAD_OF_PLAN + "measures: [{{id: g, grow: {{rate: {rate} %}}}}]\n"


def grown(emission, activity_cv, factor_cv, low, high, rate):
    return exactly("source,region,sector,pollutant,emission_t,removal,activity_cv,factor_cv\n"
                   f"A,town,kiln,SO2,{emission},{(low + high) / 200},{activity_cv},{factor_cv}\n",
                   f"{GROWN.format(rate=rate)}uncertainty: [{{removal: {{uniform: [{low} %, {high} %]}}}}]\n")


def half_to_gas(emission, activity_cv, factor_cv, gas, gas_cv):
    """500 t of 20 MJ/kg are 312,500 m3 of 32 MJ/m3."""
    return exactly("source,region,sector,pollutant,activity,activity_unit,emission_t,activity_cv,factor_cv\n"
                   f"A,town,boiler,NOx,1000,t,{emission},{activity_cv},{factor_cv}\n",
                   HEAD_OF_PLAN + "measures: [{id: gas, retire: {share: 50 %, replace: {fuel: gas, ncv_old: 20 MJ/kg, "
                   "efficiency_old: 0.8, ncv_new: 32 MJ/m3, efficiency_new: 0.8, factors: {NOx: {lognormal: {mean: "
                   f"{gas / 0.3125} g/m3, cv: {gas_cv}}}}}}}}}}}}}]\n")


class SensitivityOptions(ctypes.Structure):
    _fields_ = [("struct_size", ctypes.c_size_t), ("draws", ctypes.c_size_t), ("seed", ctypes.c_uint64),
                ("threads", ctypes.c_int), ("by", ctypes.c_int), ("depth", ctypes.c_int), ("inputs", ctypes.c_size_t),
                ("grouping", ctypes.c_void_p), ("confidence", ctypes.c_double), ("resamples", ctypes.c_size_t),
                ("memory", ctypes.c_size_t), ("progress", ctypes.c_void_p), ("progress_data", ctypes.c_void_p)]


def shares(emission, activity_cv, factor_cv):
    """S and ST of the activity, then of the factor [%], of a million draws."""
    options = SensitivityOptions()
    LIBRARY.ltn_sensitivity_options_init(ctypes.byref(options))
    assert options.struct_size == ctypes.sizeof(options)
    options.draws, options.resamples = 1_000_000, 0
    rows = projected("source,region,sector,pollutant,emission_t,activity_cv,factor_cv\n"
                     f"A,town,kiln,SO2,{emission},{activity_cv},{factor_cv}\n", GROWN.format(rate=0),
                     lambda run, out: LIBRARY.ltn_sensitivity_run(run, ctypes.byref(options), out))
    return tuple(100 * row[index] for row in rows for index in ("first", "total"))


class Game(ctypes.Structure):
    VALUES = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.POINTER(ctypes.c_uint64), ctypes.c_size_t,
                              ctypes.POINTER(ctypes.c_double))
    _fields_ = [("players", ctypes.c_size_t), ("outputs", ctypes.c_size_t), ("values", VALUES),
                ("context", ctypes.c_void_p)]


def parts(players, value, order=None):
    """What each player gets by Shapley, or in an order; value() is that of a list of players."""
    def values(_, sets, count, out):
        for i in range(count):
            out[i] = value([k for k in range(players) if sets[i] >> k & 1])
        return 0

    game, out = Game(players, 1, Game.VALUES(values), None), doubles(*[math.nan] * players)
    if order:
        status = LIBRARY.ltn_game_in_order(ctypes.byref(game), (ctypes.c_int32 * players)(*order), out)
    else:
        status = LIBRARY.ltn_game_shapley(ctypes.byref(game), None, out, None, None)
    assert status == 0, status
    return tuple(out)


def lmdi(before, after):
    """The effects of the factors of one product."""
    out = doubles(*[math.nan] * len(before))
    status = LIBRARY.ltn_lmdi(ctypes.c_size_t(1), ctypes.c_size_t(len(before)), doubles(*before), doubles(*after), out,
                              None)
    assert status == 0, status
    return tuple(out)


def three_measures(*shares_and_tonnes):
    *shares, tonnes = shares_and_tonnes

    def taken(measures):
        return tonnes * (1 - math.prod(1 - shares[k] for k in measures))

    effects = lmdi([tonnes, 1, 1, 1], [tonnes, *(1 - share for share in shares)])[1:]
    return (tonnes - taken([0, 1, 2]), *(taken([k]) for k in range(3)), *parts(3, taken, [0, 1, 2]),
            *parts(3, taken, [2, 1, 0]), *parts(3, taken), *(-effect for effect in effects))


def appearing(before, after, other_before, other_after):
    effects = lmdi([before, other_before], [after, other_after])
    return (before * other_before, after * other_after, *effects,
            lmdi([1e-20, other_before], [after, other_after])[1])


# ---- ensembles ----

ROWS = "# base_year: 2015\nsource,region,sector,pollutant,activity,factor,removal,activity_cv,factor_cv,factor_key\n"
DRAWS = 10000  # so many has every ensemble of the manual, and the seed 1


def law(of_u, cv):
    """The multiplier of a lognormal with this CV at the quantile u."""
    sigma = math.sqrt(math.log1p(cv * cv))
    return math.exp(sigma * philox.normal_quantile(of_u) - sigma * sigma / 2)


def made_up(row, scenario="measures: []"):
    return drawn.projection_of(ROWS + row, f"scenario: Made up\nbase_year: 2015\nyears: [2015, 2020]\n{scenario}\n")


def drawn_of(row, scenario="measures: []", **options):
    """The one row that an ensemble's summary has."""
    found, = drawn.summary(drawn.ensemble(made_up(row, scenario), draws=DRAWS, **options), 0.025, 0.975)
    return found


def boiler(mean, activity_cv=0.1, factor_cv=0.6):
    """Three draws of a boiler by the library, each the same by plain Python."""
    run = made_up(f"B1,town,boiler,SO2,5000 t,13.6 kg/t,80 %,{activity_cv},{factor_cv},\n")
    found = drawn.draws(drawn.ensemble(run, draws=8))
    for k, value in enumerate(found):
        multipliers = (law(philox.uniform(philox.bits(1, philox.stream(*name), k)), cv)
                       for name, cv in ((("activity", "B1"), activity_cv), (("factor", "B1", "SO2"), factor_cv)))
        assert math.isclose(mean * math.prod(multipliers), value, rel_tol=1e-12), k
    return tuple(found[:3])


def draw_of(cv, *name):
    """A line of the manual: draw 0 of a stream under seed 1, from its name to the multiplier."""
    stream = philox.stream(*name)
    word = philox.bits(1, stream, 0)
    u = philox.uniform(word)
    return (f"{'␟'.join(name):<15}   stream {stream:016x}   word {word:016x}   u {u:.10f}   "
            f"z {philox.normal_quantile(u):13.10f}   x {law(u, cv):.10f}\n")


def cut_removal(removal, sd):
    """Of 1000 t before control: the base, and what the draws are around, which is the base of a mean written down."""
    def base(mean):
        entry = f"removal: {{truncated_normal: {{{mean}sd: {sd}, low: 0, high: 1}}}}"
        return drawn_of(f"B1,town,boiler,SO2,1000 t,1000 kg/t,{removal},,,\n",
                        f"measures: []\nuncertainty: [{{{entry}}}]")

    around, own = base(""), base(f"mean: {removal}, ")
    assert around["mean_t"] == own["mean_t"] and abs(own["mean_t"] - own["emission_t"]) < 4 * own["mean_error_t"]
    before, after = 1 - around["emission_t"] / 1000, 1 - own["emission_t"] / 1000
    return (after, around["emission_t"], own["emission_t"], 100 * (1 - after / before),
            100 * (own["emission_t"] / around["emission_t"] - 1), own["emission_t"], around["emission_t"])


def city(tonnes, cv):
    """Twelve counties whose factor is one, or each its own: sd and interval of the sum, and how the intervals compare."""
    shared = tonnes * 12 * law(0.025, cv), tonnes * 12 * law(0.975, cv)
    rows = "".join(f"B{county},county-{county},boiler,SO2,{tonnes} t,1000 kg/t,0,,{cv},\n" for county in range(12))
    own = drawn_of(rows)
    return (12 * tonnes, moments([tonnes] * 12, [[(0, cv)]] * 12)[1], *shared,
            moments([tonnes] * 12, [[(county, cv)] for county in range(12)])[1], own["p2.5_t"], own["p97.5_t"],
            (shared[1] - shared[0]) / (own["p97.5_t"] - own["p2.5_t"]))


def reach(cv, rank):
    """Linear correlations of two lognormals at ρ = −1 and 1; ρ of a rank correlation, and what it comes to."""
    def linear(rho):
        return (math.exp(rho * math.log1p(cv * cv)) - 1) / (cv * cv)

    rho = 2 * math.sin(math.pi * rank / 6)
    return linear(-1), linear(1), rho, linear(rho)


def capped(tonnes, cv):
    """A source under a cap at its mean: exactly, by an amount, and by a share of the base."""
    amount, share = (drawn_of(f"B1,town,boiler,SO2,{tonnes} t,1000 kg/t,0,,,\n",
                              f"measures: [{{id: cap, cap: {{activity: {level}}}}}]\n"
                              f"uncertainty: [{{activity: {{normal: {{cv: {cv}}}}}}}]")
                     for level in (f"{tonnes} t", "100 %"))
    return (amount["emission_t"], tonnes - tonnes * cv / math.sqrt(2 * math.pi), amount["mean_t"],
            amount["mean_error_t"], amount["p97.5_t"], share["mean_t"], share["p97.5_t"])


@functools.lru_cache
def closing(share, targets=None, seed=1):
    """100 t whose factor is known to a CV of 0.6, of which a share is closed."""
    run = made_up("B1,town,boiler,SO2,100 t,1000 kg/t,0,,0.6,\n",
                  f"measures: [{{id: close, retire: {{share: {share} %}}}}]")
    return drawn.ensemble(run, draws=DRAWS, seed=seed, targets=targets)


def met(tonnes, cv, cut, more, ceiling):
    targets = drawn.written("targets_read_csv", (
        "region,pollutant,kind,value,unit,base_year,target_year,state,scope\n"
        + "".join(f"town,SO2,{kind},2015,2020,value,\n" for kind in (
            f"cut,{cut:g},%", f"cut,{more:g},%", f"cap,{ceiling:g},t/yr"))), None)
    one, none, half = drawn.table(drawn.made("ensemble_targets", closing(20, targets.value)))
    assert (one["p_met"], none["p_met"]) == (1, 0)
    sigma = math.sqrt(math.log1p(cv * cv))
    return philox.probability(sigma / 2), half["p_met"], half["p_met_error"]


def saved(more, less, tonnes):
    row, = drawn.difference(closing(20), closing(24))
    exact = moments([tonnes * (more - less) / 100], [[(0, 0.6)]])[1]
    assert math.isclose(row["sd_t"], exact, rel_tol=0.02)
    return (-row["difference_t"], exact, row["p_less"],
            math.hypot(*(0.6 * tonnes * (1 - share / 100) for share in (more, less))))


def odds(cv, share):
    sigma = math.sqrt(math.log1p(cv * cv))
    return (philox.probability(-sigma / 2), 1 / law(0.5, cv), 1 / law(1 - share / 100, cv))


@functools.lru_cache
def wenzhou():
    """The reconstructed city's projects, how surely each is covered, and what each claims."""
    folder = SOURCE / "examples" / "wenzhou"
    run = drawn.projection(*(folder / name for name in (
        "baseline-2015.csv", "blue-sky-2020.yaml", "regions.csv", "sectors.csv")))
    offsets = drawn.made("offset_book_create", run, None)
    rows = drawn.table(drawn.made("ensemble_projects", drawn.ensemble(run, draws=DRAWS, book=offsets.value)))
    return {row["project"]: row for row in rows}, drawn.table(drawn.made("offset_book_claims", offsets))


def shoe_park():
    """What it owes, claims, and claims of solvents, and how surely it is covered."""
    projects, claims = wenzhou()
    row = projects["WZ-NEW-002"]
    solvents = {source["source"] for source in rows_of(SOURCE / "examples" / "wenzhou" / "baseline-2015.csv")
                if source["sector"].startswith("solvent.") and source["factor_cv"] == "0.6"}
    return row["owed_t"], row["claimed_t"], math.fsum(
        claim["claimed_t"] for claim in claims
        if claim["project"] == row["project"] and claim["credit_source"] in solvents), row["p_covered"]


def precision(cv, to, half, points, quantile, few, many):
    """Draws for a mean and a probability; between which probabilities a quantile is; its tonnes' relative error."""
    errors = [math.sqrt(quantile / 100 * (1 - quantile / 100) / n) for n in (few, many)]
    z = philox.normal_quantile(0.975)
    density = math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    sigma = math.sqrt(math.log1p(cv * cv))
    return ((cv / (to / 100)) ** 2, half * (1 - half) / points ** 2,
            *(quantile + sign * 200 * error for error in errors for sign in (-1, 1)),
            *(100 * error * sigma / density for error in errors))


class Attribution(ctypes.Structure):
    _fields_ = [("struct_size", ctypes.c_size_t), ("method", ctypes.c_int), ("year", ctypes.c_int),
                ("grouping", ctypes.c_void_p), ("budget", ctypes.c_uint64), ("seed", ctypes.c_uint64),
                ("threads", ctypes.c_int), ("progress", ctypes.c_void_p), ("progress_data", ctypes.c_void_p)]


class Divided:
    """What is left of one boiler of coal of so many tonnes, and what each measure of a scenario is given."""

    def __init__(self, tonnes, *measures):
        self.inventory, self.scenario, self.run = (ctypes.c_void_p() for _ in range(3))
        text = ("scenario: Divided\nbase_year: 2015\nyears: [2015, 2020]\nmeasures:\n"
                + "".join(f"  - {measure}\n" for measure in measures)).encode()
        with tempfile.TemporaryDirectory() as name:
            path = Path(name, "boiler.csv")
            path.write_text("# base_year: 2015\nsource,region,sector,pollutant,fuel,activity,activity_unit,emission_t\n"
                            f"B,1,boiler,NOx,coal,10,t,{tonnes}\n", encoding="utf-8")
            self.do("inventory_read_csv", str(path).encode(), None, ctypes.byref(self.inventory))
        self.do("scenario_parse", text, ctypes.c_size_t(len(text)), b"divided.yaml", None, ctypes.byref(self.scenario))
        self.do("projection_run", self.inventory, self.scenario, None, ctypes.byref(self.run))

    def do(self, name, *arguments):
        status = getattr(LIBRARY, f"ltn_{name}")(*arguments)
        assert status == 0, f"ltn_{name} returned {status}"

    def parts(self, method, *measures):
        """By a method, by its number: of each of these measures."""
        options, table = Attribution(), ctypes.c_void_p()
        LIBRARY.ltn_attribution_options_init(ctypes.byref(options))
        assert options.struct_size == ctypes.sizeof(options)
        options.method = method
        self.do("projection_attribute", self.run, ctypes.byref(options), ctypes.byref(table), None)
        LIBRARY.ltn_table_text.restype, LIBRARY.ltn_table_number.restype = ctypes.c_char_p, ctypes.c_double
        LIBRARY.ltn_table_rows.restype = ctypes.c_size_t
        rows = [ctypes.c_size_t(row) for row in range(LIBRARY.ltn_table_rows(table))]
        found = {LIBRARY.ltn_table_text(table, row, ctypes.c_size_t(0)).decode():
                 LIBRARY.ltn_table_number(table, row, ctypes.c_size_t(2)) for row in rows}
        return tuple(found.get(measure, 0.0) for measure in measures)


def shut_under_a_cap(tonnes, share, level):
    shut = f"{{id: shut, retire: {{share: {share} %}}}}"
    cap = f"{{id: cap, cap: {{activity: {level} %, of: base}}}}"
    both = Divided(tonnes, shut, cap)
    left = (tonnes + sum(Divided(tonnes, *measures).parts(0, "shut", "cap"))
            for measures in ([shut], [cap], [shut, cap]))
    return (*left, *both.parts(0, "shut", "cap"), *both.parts(1, "shut", "cap"))


def replaced(tonnes, growth):
    """10,000 kg of coal · 20 MJ/kg · 0.5 / 40 MJ/m3 are 2500 m3 of gas, at 400 g/m3 1 t, and more as they grow."""
    grow = f"{{id: growth, grow: {{index: {{2015: 1, 2020: {1 + growth / 100}}}}}}}"
    shut = ("{id: shut, where: {id: B}, retire: {share: 100 %, replace: {fuel: gas, sector: gas, ncv_old: 20 MJ/kg, "
            "efficiency_old: 0.5, ncv_new: 40 MJ/m3, efficiency_new: 1, factors: {NOx: 400 g/m3}}}}")
    burner = "{id: burner, where: {fuel: gas}, control: {NOx: {efficiency: 50 %}}}"
    unburnt = Divided(tonnes, grow, shut)
    return (tonnes + sum(unburnt.parts(0, "growth", "shut")),
            *Divided(tonnes, grow, shut, burner).parts(2, "shut", "growth", "burner"))


def airport(*needs):
    return (max(needs), *parts(len(needs), lambda planes: max((needs[k] for k in planes), default=0)))


def grate(t_h, hours, coal_t, sulphur):
    """Fuel, SO2 and NOx of a chain-grate boiler."""
    fuel = method("boiler_fuel", t_h, hours, coal_t)
    nox = method("boiler_coal_nox_g_kg", INDUSTRY, CHAIN_GRATE, math.nan)
    return fuel, coal_so2(fuel / 1e6, sulphur), method("activity_by_mass_t", fuel, nox, 0.0)


def trucks(third, fourth, km):
    g_km = [table("factors", sector_class="mobile.road.truck_heavy_diesel", technology=stage, pollutant="NOx")
            for stage in ("III", "IV")]
    t = [method("road_exhaust_t", vehicles, km, factor) for vehicles, factor in zip((third, fourth), g_km)]
    return *t, sum(t)


def ship(fuel, sulphur, inside):
    """SO2 of ships without the rule, what it is in the first year, and the mean sulphur then."""
    share = method("year_share", 2019, 2019, 7, 1)
    free, ruled = (method("ship_so2_t", fuel, sulphur / 100, SHIP_LIMIT, inside / 100, part, 0.0)
                   for part in (0.0, share))
    return free, share, sulphur * ruled / free, ruled


# ---- what the program says for the numbers of a sentence ----

WORKED = {
    "docs/scenario.md": {
        "A small scenario": [
            ("takes its growth with it: {} t of SO2 in 2015, 68.0 × 1.2 = {} t by 2020", lambda: (
                SMALL.emission("boiler-1", "SO2", 2015), -SMALL.change("small-boilers", "boiler-1", "SO2"))),
            ("in 2018, 68.0 × {} = {} t after growth, and half of that, {} t, after the closure, which stands at {} in",
             lambda: (SMALL.step("growth", "boiler-1", "SO2", 2018, "phase or index"),
                      SMALL.step("growth", "boiler-1", "SO2", 2018, "after t"),
                      SMALL.step("small-boilers", "boiler-1", "SO2", 2018, "after t"),
                      SMALL.step("small-boilers", "boiler-1", "SO2", 2018, "phase or index"))),
        ],
        "Order and time": [
            ("from 1 July, {}/12 of that year", lambda: 12 * taken("from: 2019-07-01", 2019)),
            ("four months give {}/12 of the year's effect", lambda: 12 * taken("months: [11, 12, 1, 2]", 2019)),
            ("`boiler-1` above, with its {} t of SO2 in 2020", lambda: tried().emission("boiler-1", "SO2")),
            ("= **{} t** remain in it and none in the next", lambda: late().emission("boiler-1", "SO2")),
            ("(13 − 2 − 14/28)/12 = {} of the year", lambda: taken("from: 2019-02-15", 2019)),
            ("(13 − 2 − 14/29)/12 = {}", lambda: taken("from: 2020-02-15", 2020)),
            ("The shoe works, {} t of VOC in 2020 before its control", lambda: tried().emission("shoes-1", "VOC")),
            ("(1 − 0.6 × 3/12) = **{} t**", lambda: winter().emission("shoes-1", "VOC")),
            ("leave (1 − 0.65 × 0.5) × (1 − 1 × 0.5) = {}, and not 0.5", half_way),
        ],
        "Numbers": [
            ("of what is left between low and high: here {} |", lambda: mean("{truncated_normal: {mean: 0.8, sd: 0.1")),
            ("exp(µ + σ²/2), here {} |", lambda: mean("{lognormal: {ci95")),
            ("(0.6 + 0.75 + 0.85)/3 = {} |", lambda: mean("{triangular: [0.6, 0.75, 0.85]")),
            ("`{uniform: [0.6, 0.85]}` | {} |", lambda: mean("{uniform: [0.6, 0.85]")),
            ("low + (high − low)·a/(a + b) = {} |", lambda: mean("{beta: {a: 8, b: 2")),
        ],
        "grow": [
            ("12 × 1.159274 = **{} t**", lambda: ACTIONS.emission("dye-1", "VOC")),
        ],
        "retire": [
            ("what remains is 5000 × (1 − 0.8 × 0.6) = {} t and 20 × 0.52 = {} t of NOx", lambda: (
                ACTIONS.activity("boiler-1", 2018),
                ACTIONS.emission("boiler-1", "NOx", 2018) - ACTIONS.new_emission("boiler-1", "NOx", 2018))),
            ("= {} m³ of gas, with", lambda: ACTIONS.new_activity("boiler-1", 2018)),
            ("× 1.6 g = {} t of NOx: together **{} t** after {} t.", lambda: (
                ACTIONS.new_emission("boiler-1", "NOx", 2018), ACTIONS.emission("boiler-1", "NOx", 2018),
                ACTIONS.emission("boiler-1", "NOx", 2015))),
        ],
        "switch": [
            ("40 %: {} t remain with {} t of NOx", lambda: (
                ACTIONS.activity("homes"), ACTIONS.emission("homes", "NOx") - ACTIONS.new_emission("homes", "NOx"))),
            ("(38.9 × 0.9) = {} m³ of gas", lambda: ACTIONS.new_activity("homes")),
            ("× 1.3 g = {} t: together **{} t** after {} t.", lambda: (
                ACTIONS.new_emission("homes", "NOx"), ACTIONS.emission("homes", "NOx"),
                ACTIONS.emission("homes", "NOx", 2015))),
        ],
        "control": [
            ("59.9 × 0.676 = **{} t**.", lambda: ACTIONS.emission("shoes-1", "VOC")),
            ("`press-1` emits {} t", lambda: ACTIONS.emission("press-1", "VOC", 2015)),
            ("42 × 0.667857 = **{} t**", lambda: ACTIONS.emission("press-1", "VOC")),
            ("takes the table's {} % and {} %", lambda: (
                table("devices", device="rto"), table("devices", device="closed"))),
            ("= **{} t**. Several devices", lambda: 100 - removed(SCENARIO["control"].snippet("{device: rto"))),
            ("(`[lnb, scr]` removes {} %)", lambda: removed(
                f"{{device: {SCENARIO['control'].snippet('[lnb')}}}", "NOx")),
        ],
        "limit": [
            ("× 35 mg/m³ = {} t of SO2 in place of {} t; with 50 mg/m³, {} t of NOx in place of {} t", lambda: (
                ACTIONS.emission("boiler-2", "SO2"), ACTIONS.emission("boiler-2", "SO2", 2015),
                ACTIONS.emission("boiler-2", "NOx"), ACTIONS.emission("boiler-2", "NOx", 2015))),
        ],
        "turnover": [
            ("158.68 × 0.6 = {} t and 8,000,000 × 0.944 g = {} t: together **{} t**", lambda: stays_and_moves(ACTIONS)),
            ("158.68 × 0.527732 = {} t and 20,000,000 × 0.472268 × 0.944 g = {} t: together **{} t**", lambda:
                stays_and_moves(fleet("scrappage: {III"))),
            ("158.68 × 0.3/0.74 = {} t, and 20,000,000 × (1 − 0.3/0.74) × 0.944 g = {} t are new: together **{} t**",
             lambda: stays_and_moves(fleet("survival: {0", "age: model_year"))),
            ("has 0.4 − 0.1 = 0.3: {} t, 2,000,000 × 4.721 g = {} t and 6,000,000 × 0.944 g = {} t: together **{} t**",
             lambda: by_stage(fleet("retire: {III", to="to: {V: 2015"))),
            ("0.6 = {} t and 120 × 60,000 × 0.944 g = {} t: together **{} t**", lambda:
                stays_and_moves(fleet("retire: {III", "vkt: 60000 km/vehicle", rows="300 vehicle,476.04 kg/vehicle"))),
        ],
        "add": [
            ("**{} t** of VOC from 2019 on", lambda: ACTIONS.emission("works-1", "VOC", 2019)),
        ],
        "cap": [
            ("(kiln) = {} t. X =", lambda: sum(ACTIONS.activity(source, 2015)
                                               for source in ("plant-3", "boiler-3", "kiln-3"))),
            ("X = 0.95 × 55,000 = {} t", lambda: sum(ACTIONS.activity(source)
                                                     for source in ("plant-3", "boiler-3", "kiln-3"))),
            ("the boiler's {} t first, then {} t of the kiln", lambda: tuple(
                ACTIONS.activity(source, 2015) - ACTIONS.activity(source) for source in ("boiler-3", "kiln-3"))),
            ("falls from {} t to 12 × 2250/3000 = **{} t**", lambda: (
                ACTIONS.emission("kiln-3", "NOx", 2015), ACTIONS.emission("kiln-3", "NOx"))),
            ("= {} t; all 1650 t come from the boiler, which keeps {} t", lambda: (
                sum(ACTIONS.activity(source, 2018) for source in ("plant-3", "boiler-3", "kiln-3")),
                ACTIONS.activity("boiler-3", 2018))),
            ("{} t stay above the cap", lambda: deep_cap().total("notes", "value", code="cap_shortfall", year=LAST)),
            ("takes (20 − 0.6 × 27.82)/0.4 = {} TJ, **{} t** of coal", lambda: (
                20e-3 * (1000 - energy_cap().activity("coal")), 1000 - energy_cap().activity("coal"))),
        ],
        "ban": [
            ("5000 t of coal become {} t and {} t of SO2 by 2020", lambda: (
                tried().activity("boiler-1"), tried().emission("boiler-1", "SO2"))),
            ("it is back at {} t and **{} t**", lambda: (
                ban().activity("boiler-1"), ban().emission("boiler-1", "SO2"))),
            ("in 2019 at φ = {}, {} − 0.5 × 800 = {} t and {} t", lambda: (
                ban().step("tried-0", "boiler-1", "SO2", 2019, "phase or index"), tried().activity("boiler-1", 2019),
                ban().activity("boiler-1", 2019), ban().emission("boiler-1", "SO2", 2019))),
        ],
        "One scenario on another": [
            ("the closure takes 0.75 × 81.6 = **{} t** of SO2 where the plan takes {} t", lambda: tuple(
                -run.change("small-boilers", "boiler-1", "SO2") for run in (slower(), SMALL))),
            ("{} t remain in place of {} t", lambda: tuple(
                run.total("summary", "emission_t", pollutant="SO2", year=LAST) for run in (slower(), SMALL))),
        ],
    },
    "docs/inventory.md": {
        "Crosswalk": [
            ("the village's {} t of NOx", lambda: SMALL.total("accounts", "base_t", region="village", pollutant="NOx")),
            ("= **{} t** on the hill and {} t in the vale", lambda: tuple(
                divided(2019).total("accounts", "base_t", region=region, pollutant="NOx")
                for region in ("hill", "vale"))),
            ("`boiler-3@hill` with {} t and {} t and `boiler-3@vale` with {} t and {} t", lambda: tuple(
                part for source in ("boiler-3@hill", "boiler-3@vale")
                for part in (divided(2019).activity(source), divided(2019).emission(source, "NOx")))),
        ],
        "Targets": [
            ("With {a} t of coal in 2015, {b} t of them in power plants, and {c} t in 2020, {d} t of them there, the coal is cut "
             "by **{} %** and the plants' share goes from {} % to **{} %**",
             lambda a, b, c, d: (100 * (1 - c / a), 100 * b / a, 100 * d / c)),
        ],
        "Removals from devices": [
            ("leaves 10 × (1 − 0.8037) = **{} t**", lambda: fitted("rto,closed,0.9")),
            ("R = 0.893 and {} t are left", lambda: fitted("rto,closed,")),
            ("under a `hood`, R = 0.40 × 0.15 = 6.0 % and {} t", lambda: fitted("activated_carbon,hood,")),
        ],
        "Factors from a table": [
            ("× 7200/1000 = {} t of SO2", lambda: looked_up().emission("B", "SO2")),
        ],
        "Accounts": [
            ("SO2: {} + {} growth + {} new − {} structural = **{} t**", lambda: tuple(
                sign * SMALL.total("accounts", column, region="town", pollutant="SO2") for sign, column in (
                    (1, "base_t"), (1, "growth_t"), (1, "new_t"), (-1, "structural_t"), (1, "projected_t")))),
            ("closed boiler's growth of {} t", lambda: SMALL.change("growth", "boiler-1", "SO2")),
        ],
        "Scenarios side by side": [
            ("the SO2 of the town is {} t, then {} t (a cut of **{} %**) and {} t (of {} %)", lambda: (
                SMALL.total("accounts", "base_t", region="town", pollutant="SO2"),
                SMALL.total("accounts", "projected_t", region="town", pollutant="SO2"), compared(0),
                growth_only().total("accounts", "projected_t", region="town", pollutant="SO2"), compared(1))),
        ],
    },
    "docs/offsets.md": {
        "What is owed": [
            ("`coat-2` owes 2 × 18 = **{} t**", lambda: owed("coat-2")),
            ("by 36 − 18 = **{} t**", net),
        ],
        "What is a credit": [
            ("emit {} t in 2015", lambda: book().emission("shoes-1", "VOC", 2015)),
            ("78 × 0.6 = {} t taken off in 2020", lambda: -book().change("shoe-fumes", "shoes-1", "VOC")),
            ("The credit is 65 − {} = **{} t**", lambda: (
                book().emission("shoes-1", "VOC"), claimed("coat-2", "shoe-fumes"))),
        ],
        "Ratios": [
            ("owe 2 × 9.067 = **{} t**", lambda: claimed("ink-2", "unmet", book(
                "ratio: " + OFFSETS["Ratios"].snippet("[{place: city")))),
        ],
        "Order": [
            ("`coat-2` takes {} t of the shoe works (since 2016) and 36 − 33.8 = **{} t**", lambda: (
                claimed("coat-2", "shoe-fumes"), claimed("coat-2", "press-closes"))),
            ("from 2019, takes **{} t** of those", lambda: claimed("dye-2", "press-closes")),
            ("takes the 37.8 − 20 = **{} t** that are left in the city, and lacks 30 − 17.8 = **{} t**", lambda: (
                claimed("ink-2", "press-closes"), claimed("ink-2", "unmet"))),
        ],
        "Surplus": [
            ("the city must cut {} % of {} t", lambda: (targeted("required_cut_pct"), targeted("base_t"))),
            ("the other 50.42 − 36 = **{} t**", lambda: claimed(
                "dye-2", "press-closes", against_targets("surplus: true"))),
        ],
        "What cannot be covered": [
            ("17.8/2 = **{} t**", lambda: book("unmet: scale").emission("ink-2", "VOC")),
            ("is left out and gives back what it claimed | {} t |",
             lambda: book("unmet: exclude").total("summary", "emission_t", sector="process.ink", year=LAST)),
        ],
        "Growth that owes": [
            ("the four years after it owe **{} t** each, besides the {} t of `dye-2`", lambda: (
                owed("growth@east:2016", growing()), owed("dye-2", growing()))),
        ],
        "The bank": [
            ("`coat-2` takes the kiln's {} t, which are the oldest, and 36 − 12 = **{} t**", lambda: tuple(
                claimed("coat-2", measure, years_of_banking()[0]) for measure in ("P-2014-3", "shoe-fumes"))),
            ("33.8 − 24 = **{} t** of the shoe works, the printers' {} t and the paint shop's {} t", lambda: tuple(
                map(banked, ("shoes-1", "press-1", "paint-1")))),
            ("`dye-2` takes the {} t and 20 − 9.8 = **{} t** of the printers; `ink-2` finds {} t", lambda: tuple(
                claimed(project, measure, years_of_banking()[1]) for project, measure in (
                    ("dye-2", "shoe-fumes"), ("dye-2", "press-closes"), ("ink-2", "press-closes")))),
        ],
        "What comes out": [
            ("With {} t of {} t projected, the cut is **{} %**", lambda: tuple(
                map(targeted, ("projected_t", "base_t", "cut_pct")))),
            ("it is **{} %**", lambda: targeted("cut_plan_pct")),
        ],
        "Which projects can be permitted": [
            ("`ink-2` lacks {} t in 2019", lambda: float(permitted()["ink-2"][-1])),
            ("keeps 52 − 30 = **{} t**", lambda: float(permitted()["West county"][-1])),
            ("and lacks **{} t**: no", lambda: float(permitted()["glue-2"][-1])),
        ],
    },
    "docs/zh/两倍削减替代.md": {
        "一、一个项目能不能批": [
            ("`ink-2` 在 2019 年缺 {} t", lambda: float(permitted()["ink-2"][-1])),
            ("抵扣后还剩 **{} t**", lambda: float(permitted()["West county"][-1])),
            ("缺 **{} t**，不予准入", lambda: float(permitted()["glue-2"][-1])),
        ],
        "二、什么算削减量": [
            ("台账上减了 {} t", lambda: -book().change("shoe-fumes", "shoes-1", "VOC")),
            ("65 − 31.2 = **{} t**", lambda: claimed("coat-2", "shoe-fumes")),
        ],
        "四、台账怎样一年接一年": [
            ("先用这 {} t，再用制鞋厂 36 − 12 = **{} t**", lambda: tuple(
                claimed("coat-2", measure, years_of_banking()[0]) for measure in ("P-2014-3", "shoe-fumes"))),
            ("余下的 **{} t**", lambda: claimed("dye-2", "shoe-fumes", years_of_banking()[1])),
        ],
        "五、目标表和分类账": [
            ("例子里分别是 **{} %** 和 **{} %**", lambda: (targeted("cut_pct"), targeted("cut_plan_pct"))),
        ],
    },
    "docs/zh/区间与达标概率.md": {
        "二、区间怎么读": [
            ("设十二个县各排 {t} t，系数的变异系数为 {cv}：共用一个系数，全市 {} t 的标准差是 **{} t**；误当作各县各有各的系数，"
             "就只有 **{} t**。", lambda t, cv: (12 * t, city(t, cv)[1], city(t, cv)[4])),
        ],
        "三、达标概率怎么读": [
            ("{t} t 的源，系数的变异系数 {cv}，关停五分之一。考核“削减 {cut} %”，每次抽样都达标，因为基准年和目标年用的是同一个系数，"
             "误差同进同退。改为考核“不超过 {ceiling} t”，按均值算正好达标，达标概率却是 **{}**。",
             lambda t, cv, cut, ceiling: met(t, cv, cut, 25, ceiling)[0]),
            ("{n} 次抽样，概率在 {p} 上下时误差约 **{}**", lambda n, p: math.sqrt(p * (1 - p) / n)),
            ("关停比例从 {less} % 提到 {more} %，多减 **{} t**，标准差只有 **{} t**；各抽各的再相减，标准差就成了 **{} t**",
             lambda less, more: tuple(saved(more, less, 100)[k] for k in (0, 1, 3))),
        ],
        "四、替代量“刚好够”，把握为什么不到一半": [
            ("系数的变异系数为 {cv} 时，刚好够抵的把握只有 **{}**。要有五成把握，替代量得是应替代量的 **{}** 倍；要有九成，"
             "得 **{}** 倍。", lambda cv: odds(cv, 90)),
            ("应替代 {} t，落实 {} t，足额替代的概率是 **{}**", lambda: tuple(shoe_park()[k] for k in (0, 1, 3))),
        ],
    },
    "docs/factors.md": {
        "Sulphur balance": [
            ("burns {mt} Mt of coal with {sulphur} % sulphur: 17 · 0.6 = {} g/kg, {} t.", lambda mt, sulphur: (
                coal_g_kg(sulphur), coal_so2(mt, sulphur))),
            ("With {removal} % removed, {} t are left.", lambda removal: coal_so2(12.5, 0.6, removal)),
            ("Coal of {sulphur} %: {} g/kg.", coal_g_kg),
            ("Diesel of {ppm} ppm: {} g/kg.", lambda ppm: method("sulphur_factor_g_kg", ppm * 1e-6, LIQUID)),
        ],
        "Limit of concentration": [
            ("{t} t of coal at {volume} m3/kg: {} t at {low} mg/m3, {} t at {high}.", lambda t, volume, *limits: tuple(
                method("limit_by_mass_t", t, volume, limit) for limit in limits)),
            ("{million} million m3 of gas at {volume} m3/m3 and {limit} mg/m3: {} t.",
             lambda million, volume, limit: method("limit_by_volume_t", million * 1e6, volume, limit)),
        ],
        "Reference oxygen": [
            ("{mg} mg/m3 at {boilers} % (boilers) are {} mg/m3 at {plants} % (power plants), {} with air at {air} %.",
             lambda mg, boilers, plants, air: tuple(method("limit_at_oxygen_mg_m3", mg, boilers, plants, oxygen)
                                                    for oxygen in (AIR, air))),
        ],
        "Stack monitors": [
            ("{mg} mg/m3 in {million} million m3/h for {hours} hours: {} t.", lambda mg, million, hours: method(
                "stack_t", mg, million * 1e6, hours)),
        ],
        "Boilers: fuel, and NOx by type and size": [
            ("boiler of {t_h} t/h, {hours} full-load hours, {coal} t of coal a tonne of steam, {sulphur} % sulphur: {} t "
             "of coal, {} t of SO2, {} t of NOx", grate),
        ],
        "Products, fuels, pieces": [
            ("{t} t of ceramics at {factor} g VOC/kg, {removal} % removed: {} t.", lambda t, factor, removal: method(
                "activity_by_mass_t", t, factor, removal / 100)),
            ("{million} million pairs of shoes at {g} g: {} t.", lambda million, g: method(
                "activity_by_unit_t", million * 1e6, g, 0.0)),
            ("{million} million m3 of natural gas in boilers at {g} g/m3: {} t of NOx.", lambda million, g: method(
                "activity_by_unit_t", million * 1e6, g, 0.0)),
        ],
        "Solvents": [
            ("{t} t of ink with {voc} % VOC under hoods with activated carbon: 72 · (1 − 0.40 · 0.15) = {} t.",
             lambda t, voc: method("solvent_t", t, voc / 100, 0.0, table("devices", device="activated_carbon") / 100,
                                   table("devices", device="hood") / 100, 1.0)),
            ("{t} t of DMF, {recovered} % recovered, the rest to an RTO ({rto} %) from closed lines ({closed} %) that runs "
             "{hours} % of the time: {} t.", lambda t, recovered, rto, closed, hours: method(
                 "solvent_t", t, 1.0, recovered / 100, rto / 100, closed / 100, hours / 100)),
        ],
        "Road": [
            ("{third} heavy trucks of stage III and {fourth} of stage IV, {km} km each: {} + {} = {} t of NOx.",
             trucks),
            ("{cars} cars that lose {g} g a day standing (unverified): {} t a year.", lambda cars, g: method(
                "road_evaporation_t", cars, g, 365.0)),
        ],
        "Ships": [
            ("{t} t of fuel with {sulphur} % sulphur: {} t. With {inside} % of it burnt inside and the limit in "
             "force from 1 July (f = {}), the mean sulphur is 1.5 % − 1.0 % · 0.3 = {} %: {} t.", ship),
            ("NOx is {} and HC {} g/kg", lambda: tuple(
                table("factors", sector_class="mobile.ship", pollutant=pollutant) for pollutant in ("NOx", "VOC"))),
        ],
        "Loading, tanks, leaks": [
            ("{million} million m3 of petrol loaded with half the vapour recovered: {} t.", lambda million: method(
                "storage_t", million * 1e6, 1.624, 0.5)),
            ("{valves} valves of {kg_h} kg/h for {hours} hours: {} t", lambda valves, kg_h, hours: method(
                "leak_t", valves, kg_h, hours)),
        ],
        "Devices": [
            ("Hood and activated carbon: 0.40 · 0.15 = {} %.", lambda: percent("hood", "activated_carbon")),
            ("Closed and RTO: 0.95 · 0.94 = {} %.", lambda: percent("closed", "rto")),
            ("LNB and SCR: {} % by the table", lambda: together("lnb", "scr")),
            ("not 1 − 0.78 · 0.58 = {} %.",
             lambda: 100 - 100 * (1 - together("lnb") / 100) * (1 - together("scr") / 100)),
            ("With another NOx removal of {} % behind them: {} %.", lambda: (
                together("denox_other"), together("lnb", "scr", "denox_other"))),
        ],
    },
    "docs/uncertainty.md": {
        "From a name to a number": [
            ("`B1` burns {a} t at {b} kg/t of SO2 with {c} % removed and emits {} t; `activity_cv` is {d} and `factor_cv` "
             "{e}, without a key. With seed 1, draw 0 of", lambda a, b, c, d, e: a * b * (1 - c / 100) / 1000),
            ("so that the boiler emits {mean} × 1.0796745178 × 0.6344749063 = {} t in draw 0, and {} t and {} t in draws "
             "1 and 2.", boiler),
        ],
        "Means and bounds": [
            ("1000 t before control, a removal of {r} with an sd of {sd} cut to [0, 1]: the mean removal is {}, so the "
             "base has {} t and the draws have {} t on average. An {} % error of the removal is {} % of the emission. "
             "Such a law says something else than the inventory does. With `mean: 0.9` written into it the base has the "
             "{} t too; a triangular or beta law whose mean is 0.9 keeps the {} t in both.", cut_removal),
        ],
        "Dependence": [
            ("Twelve counties with {t} t each, the factor known to a CV of {cv}.", lambda t, cv: ()),
            ("the city's {} t have a standard deviation of {} t, and 95 % of the draws lie between {} t and {} t. If each "
             "county drew its own, the standard deviation would be {} t, and in 10,000 draws of seed 1 95 % lie between "
             "{} t and {} t. The second interval is {} times narrower. With more counties it would shrink on as 1/√n",
             lambda: city(100, 0.6)),
            ("Two factors with a CV of {cv} can have linear correlations from {} to {} (Whitt 1976). A rank correlation "
             "of 0.5 is ρ = {} and a linear correlation of {}.", lambda cv: reach(cv, 0.5)),
        ],
        "The model in a draw": [
            ("A source of {t} t whose activity is normal with a CV of {cv} is capped at an amount that is just its mean. "
             "At the means {} t remain. In the draws the mean is {} t (100 − 10/√(2π); 10,000 draws of seed 1 give {} t "
             "± {} t), and the 97.5 % quantile is {} t. Capped at `100 %` of the base, the draws have a mean of {} t and "
             "97.5 % of them are below {} t", capped),
        ],
        "What comes out": [
            ("(2^30 bytes: {} sums of {n} draws)", lambda n: 2 ** 30 // (8 * n)),
            ("{t} t known to a CV of {cv} by its factor; a fifth is closed. A cut of {cut} % is met in all draws, one of "
             "{more} % in none: the factor is the same in both years. A ceiling of {ceiling} t, which is met exactly at "
             "the means, is met with a probability of {} (Φ(σ/2); 10,000 draws give {} ± {}).", met),
            ("Closing {more} % of those {t} t instead of {less} % saves {} t more, with a standard deviation of {} t, and "
             "never less than nothing: p_less is {}. With numbers that had nothing to do with each other the difference "
             "would have a standard deviation of {} t.", lambda more, t, less: saved(more, less, t)),
            ("With one factor of a CV of {cv}, P = {}; even odds take {} times the debit, {share} % takes {} times it.",
             odds),
            ("the shoe park `WZ-NEW-002` owes {} t and claims {} t, {} t of it from solvents of four sectors, each with "
             "one factor of a CV of 0.6: p_covered is {} (10,000 draws of seed 1)", shoe_park),
        ],
        "How many draws": [
            ("A sum with a CV of {cv} has its mean to {to} % after {} draws, one standard error. A probability near "
             "{half} is known to ± {points} after {} draws. What is printed as p{quantile} after {few} draws is, with two "
             "standard errors, a quantile between {} % and {} %, after {many} between {} % and {} %; for that lognormal "
             "the tonnes at p97.5 are then known to {} % and {} %.", precision),
        ],
        "IPCC Approach 1": [
            ("An activity known to {a} % and a factor known to {f} % make an emission known to {} %.",
             lambda a, f: filled("ipcc_product_pct", 1, 2, doubles(a, f))),
            ("{x} t ± {u} % and {y} t ± {v} % make a sum known to {} %.",
             lambda x, u, y, v: filled("ipcc_sum_pct", 1, 2, doubles(x, y), doubles(u, v))),
            ("Boilers: {c} t and then {d} t, {e} % and {f} %; kilns: {c} t and then {d} t, {e} % and {f} %; ships: "
             "{c} t and then {d} t, {e} % and {f} %. The total rises by {} %, from factors that are the same in both "
             "years and activities that are not: the level is known to {} %, the trend to {} percentage points. With "
             "both drawn anew it would be {}.", worksheet),
        ],
        "Exact moments": [
            ("An activity of {a} ± {sd}, a factor of {b} ± {sd} and {c} ± {sd} let through (mean and standard "
             "deviation): {} t with a standard deviation of {} t. The IPCC's rule, which leaves out the products of "
             "errors, has {} t.", product),
            ("Boilers of {one} t and of {other} t, the activities known to a CV of {a} and {b}, the factors to {f}. If "
             "the factor is one, out of the same handbook, the {} t have a standard deviation of {} t; if each was "
             "measured by itself, {} t.", two_boilers),
        ],
        "Attribution": [
            ("Measures that remove {a}, {b} and {c} of {t} t leave {} t. Alone they would take {}, {} and {} t; in "
             "order {}, {} and {} t; with the last one first {}, {} and {} t. Shapley: {}, {} and {} t. LMDI-I: {}, "
             "{} and {} t.", three_measures),
            ("Planes that need runways of {a}, {b}, {c} and {d} share one of {}: they pay {}, {}, {} and {}.", airport),
            ("V goes from {} to {} as x1 goes from {a} to {b} and x2 from {c} to {d}: {} is due to x1 and {} to x2. A "
             "stand-in of 1e-20 for the 0 would give x2 an effect of {}.", appearing),
        ],
        "Exact moments of a projection": [
            ("{e} t of SO2 with an activity of CV {a}, a factor of CV {f} and a removal that is uniform between {low} % "
             "and {high} % grow by {rate} % a year to {} t in 2020, with a standard deviation of {} t.", grown),
            ("A boiler emits {e} t of NOx; its activity is known to a CV of {a} and its factor to {f}. Half of its coal "
             "gives way to gas, which emits {gas} t with a factor that is known to {cv}. Together they emit {} t with a "
             "standard deviation of {} t:", half_to_gas),
        ],
        "Sensitivity": [
            ("{e} t, of which the activity is known to a CV of {a} and the factor to {f}: the activity's S is {} % and "
             "its ST {} %, the factor's S {} % and its ST {} %.", shares),
        ],
        "Of a projection": [
            ("Of a boiler of {t} t, `shut` retires {share} %, and `cap` holds its coal at {level} % of the base year. "
             "`shut` alone leaves {} t, `cap` alone {} t, both {} t. The ledger gives `shut` {} t and `cap` {} t; "
             "Shapley gives {} t and {} t.", shut_under_a_cap),
            ("A boiler of {t} t grows by {growth} %, is shut, and is replaced by one of {} t, of which a burner takes "
             "half. The shutting is given {} t, the growth {} t and the burner {} t.", replaced),
        ],
    },
    "docs/formats.md": {
        "Which row": [
            ("3650 t × 1.5 = **{} t**", lambda: only("PROJECTION").emission(BOILER, "NOX")),
            ("1000 t × 1.3 = **{} t**", lambda: PACKETS.emission(AREA, "SO2")),
            ("500 t × 0.9 = **{} t**", lambda: PACKETS.emission(AREA, "NOX")),
        ],
        "What it does": [
            ("5475 t × 0.2 / 0.6 = **{} t**", lambda: only("PROJECTION", "CONTROL").emission(BOILER, "NOX")),
            ("5 × 0.90718474 t × 365 = **{} t**", lambda: only("ALLOWABLE").emission(BOILER, "NOX")),
            ("1825 t × 1655.6 / 3650 = **{} t**", lambda: PACKETS.emission(BOILER, "NOX")),
            ("The road's 200 t grow to **{} t**", lambda: only("PROJECTION").emission(ROAD, "NOX")),
            ("300 t × (1 − 0.4 × 0.5) = **{} t**", lambda: PACKETS.emission(ROAD, "NOX")),
            ("0.7 × 0.3 / 0.6 + 0.3 × 0.1 / 0.6 = **{}**", lambda: only("MACT").emission(CHEMICAL, "VOC") / 800),
            ("× 0.4 = **{} t** before growth", lambda: only("MACT").emission(CHEMICAL, "VOC")),
            ("The cutoff is 0.6 × 0.90718474 t × 365 = **{} t**", lambda: packets(
                "/CTG/\n0 0 VOC 1 0.6\n/END/\n").emission(CHEMICAL, "VOC")),
            ("800 t × 1.5 × 0.4 × 0.5 = **{} t**", lambda: PACKETS.emission(CHEMICAL, "VOC")),
        ],
        "Where Lantian differs": [
            ("{base} % in the inventory and {more} % added are a removal of 1 − 0.6 × 0.4 = **{}**", added),
        ],
    },
}


# ---- the tests ----

# Commands that the manual gives for the reader's own files are tried on these.
OWN_FILES = {
    "INVENTORY.csv": (EXAMPLE / "town.csv").read_text(encoding="utf-8"),
    "SCENARIO.yaml": SMALL.scenario,
    "ONE.yaml": SMALL.scenario,
    "OTHER.yaml": "include: ONE.yaml\nonly: growth\n",
    "REGIONS.csv": "region,parent\ntown,county\nvillage,county\ncounty,\n",
    "BANK.csv": "permit,source,region,pollutant,issued,balance_t\n",
    "TARGETS.csv": "region,pollutant,kind,value,unit,base_year,target_year,state,scope\n"
                   "county,SO2,cut,17,%,2015,2020,value,\n",
    "清单.csv": MANUAL["docs/zh/入门.md"]["三、换成自己的清单"].block("# base_year: 2015"),
    # As the guide says: another baseline, and without the made-up project.
    "情景.yaml": "include: examples/wenzhou/blue-sky-2020.yaml\nbaseline: 环统2015\nwithout: new-*\n",
}


def commands(chapter):
    """The command lines of a chapter that call a program of the examples."""
    lines = "\n".join(chapter.blocks).replace("\\\n", " ").splitlines()
    return [line for line in lines if re.match(r"build/examples/[-a-z]+ ", line)]


def all_chapters():
    return [chapter for document in MANUAL.values() for chapter in document.values()]


def unknown(chapter):
    """Complaints on worked numbers without a row in WORKED: bold ones, and all in the paragraphs *Worked.*"""
    rows = WORKED.get(chapter.document, {}).get(chapter.title, ())
    matches = [chapter.find(sentence)[0] for sentence, _ in rows]
    gaps = {match.start(group) for match in matches for group in range(1, match.re.groups + 1)}
    numbers = [bold[1] + bold[2] for bold in manual.BOLD_NUMBER.finditer(chapter.prose) if bold.start(1) not in gaps]
    numbers += [number[0] for number in manual.numbers_of_paragraphs(chapter.prose, "*Worked.*")
                if not any(match.start() <= number.start() < match.end() for match in matches)]
    return [f"{chapter.document}: the worked number {number} in chapter '{chapter.title}' is not recomputed"
            for number in numbers]


def wrong_sums(chapter):
    """Complaints on arithmetic that does not come to what stands behind it."""
    equations = list(manual.equations(chapter.prose))
    results = {result[0][1] for _, result in equations}
    wrong = [manual.disagreement(expression, result) for expression, result in equations]
    wrong += [f"the sum before {bold[1]} was not understood"
              for bold in re.finditer(rf"[\d)] = \*\*({manual.NUMBER})", chapter.prose) if bold[1] not in results]
    return [f"{chapter}: {complaint}" for complaint in wrong if complaint]


def words(line):
    """A line of a table as numbers and words."""
    return [float(word) if re.fullmatch(r"-?\d+(\.\d+)?", word) else word for word in line.split()]


class Manual(unittest.TestCase):
    def own_folder(self):
        """A folder that looks like the repository's top, with the reader's own files in it."""
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        folder = Path(temporary.name)
        (folder / "build").mkdir()
        for name in ("docs", "examples"):
            (folder / name).symlink_to(SOURCE / name)
        for name, text in OWN_FILES.items():
            (folder / name).write_text(text, encoding="utf-8")
        return folder

    def call(self, folder, command):
        program, *arguments = shlex.split(command)
        return subprocess.run([BUILD / "examples" / Path(program).name, *arguments], cwd=folder, capture_output=True,
                              encoding="utf-8")

    def test_commands_run(self):
        folder = self.own_folder()
        for chapter in all_chapters():
            for command in commands(chapter):
                with self.subTest(document=chapter.document, command=command):
                    done = self.call(folder, command)
                    self.assertEqual(done.returncode, 0, done.stderr)
                    self.assertNotEqual(done.stdout, "")
        for document in ("README.md", "docs/scenario.md", "docs/offsets.md", "docs/formats.md", "docs/zh/入门.md",
                         "docs/zh/两倍削减替代.md"):
            self.assertTrue(any(map(commands, MANUAL[document].values())), document)

    def test_worked_numbers_come_out(self):
        for document, worked in WORKED.items():
            for title, rows in worked.items():
                for sentence, program in rows:
                    with self.subTest(document=document, chapter=title, sentence=sentence):
                        self.compare(MANUAL[document][title], sentence, program)

    def compare(self, chapter, sentence, program):
        match, names = chapter.find(sentence)
        given = [manual.value_of(number) for number, name in zip(match.groups(), names) if name]
        printed = [number for number, name in zip(match.groups(), names) if not name]
        values = program(*given)
        values = values if isinstance(values, tuple) else (values,)
        self.assertEqual(len(values), len(printed))
        for number, value in zip(printed, values):
            self.assertLessEqual(abs(value - manual.value_of(number)), manual.rounding(number),
                                 f"{chapter}: {number} is {value:.8g} in the program")

    def test_a_draw_can_be_followed(self):
        """The manual's way from a name to a number, by plain Python; and by NumPy's Philox, where it is there."""
        chapter = MANUAL["docs/uncertainty.md"]["From a name to a number"]
        self.assertEqual(chapter.block("activity␟B1"),
                         draw_of(0.1, "activity", "B1") + draw_of(0.6, "factor", "B1", "SO2"))
        # The published first words of the generator (kat_vectors of Random123).
        self.assertEqual(philox.philox((0, 0, 0, 0), (0, 0)), (
            0x16554D9ECA36314C, 0xDB20FE9D672D0FDC, 0xD7E772CEE186176B, 0x7E68B68AEC7BA23B))
        try:
            import numpy
        except ImportError:
            self.skipTest("there is no NumPy")
        stream = philox.stream("activity", "B1")
        words = numpy.random.Philox(counter=numpy.array([0, stream, 0, 0], dtype=numpy.uint64),
                                    key=numpy.array([1, 0], dtype=numpy.uint64)).random_raw(4)
        self.assertEqual([*map(int, words)], [philox.bits(1, stream, draw) for draw in range(4, 8)])

    def test_every_worked_number_is_known(self):
        self.assertEqual([line for chapter in all_chapters() for line in unknown(chapter)], [])

    def test_sums_add_up(self):
        self.assertEqual([line for chapter in all_chapters() for line in wrong_sums(chapter)], [])

    def test_slips_are_noticed(self):
        """A chapter that nobody knows, with a sum that is wrong and one that is not understood."""
        path = self.own_folder() / "odd.md"
        path.write_text("### odd\n\n4 t × 3\n= **12.3\nt**, 7 kg × 2 = 0.014 t, half ×2) = **6 t**.\n\n"
                        "*Worked.* SO2: 5 t.\n", encoding="utf-8")
        chapter = manual.chapters(path, "odd.md")["odd"]
        self.assertEqual(unknown(chapter), [f"odd.md: the worked number {number} in chapter 'odd' is not recomputed"
                                            for number in ("12.3 t", "6 t", "5")])
        self.assertEqual(wrong_sums(chapter), ["odd.md, chapter 'odd': 4 t × 3 is 12, not 12.3 t",
                                               "odd.md, chapter 'odd': the sum before 6 was not understood"])
        with self.assertRaisesRegex(AssertionError, "12.3 is 12 in the program"):
            self.compare(chapter, "{t} t × 3 = **{} t**", lambda t: 3 * t)
        with self.assertRaisesRegex(AssertionError, "stands there 0 times"):
            self.compare(chapter, "**{} g**", lambda: 0)

    def test_tables_are_what_is_printed(self):
        for chapter, start, run in (
                (SCENARIO["A small scenario"], "From 2015 to 2020, measure by measure", SMALL),):
            shown, printed = ([words(line) for line in text.splitlines()]
                              for text in (chapter.block(start), run.printed))
            at = printed.index(shown[0])
            self.assertEqual(printed[at:at + len(shown)], shown, str(chapter))

    def test_files_are_shown_as_they_are(self):
        for chapter, start, path in (
                (SCENARIO["A small scenario"], "scenario: {en: A town's plan", EXAMPLE / "small.yaml"),
                (MANUAL["README.md"]["A first program in C"], "/* Runs a scenario", SOURCE / "docs" / "first.c"),
                (FORMATS["SMOKE packets"], "# From 2005 to 2020", EXAMPLE / "packets.txt"),
                (OFFSETS["In C"], "/* Keeps the offset book", SOURCE / "docs" / "offsets.c"),
                (FORTRAN, "! Runs a scenario", SOURCE / "docs" / "first.f90")):
            self.assertEqual(chapter.block(start), path.read_text(encoding="utf-8"), str(chapter))

    def built(self, name):
        """A program of the manual, built in a folder that looks like the repository's top."""
        if not shutil.which("cc"):
            self.skipTest("there is no cc")
        folder = self.own_folder()
        subprocess.run(["cc", "-o", name, SOURCE / "docs" / f"{name}.c", f"-I{SOURCE / 'include'}", f"-L{BUILD}",
                        "-llantian", f"-Wl,-rpath,{BUILD}"], cwd=folder, check=True)
        return folder

    def test_programs_print_what_is_shown(self):
        first, offsets = MANUAL["README.md"]["A first program in C"], OFFSETS["In C"]
        files = [f"docs/example/offsets/{name}" for name in ("inventory.csv", "projects.yaml", "regions.csv")]
        for name, call, shown in (
                ("first", shlex.split(first.block("cc -o first").splitlines()[1]), first.block("SO2 ")),
                ("offsets", ["./offsets", *files], offsets.block("coat-2: "))):
            printed = subprocess.run(call, cwd=self.built(name), check=True, capture_output=True, encoding="utf-8")
            self.assertEqual([*map(words, printed.stdout.splitlines())], [*map(words, shown.splitlines())])

    def test_the_fortran_program_prints_what_is_shown(self):
        """Built as the chapter says, from the module's sources."""
        if not shutil.which("gfortran"):
            self.skipTest("there is no gfortran")
        folder = self.own_folder()
        lines = FORTRAN.block("F=").splitlines()
        build = lines[1].replace("$F", str(SOURCE / "lib" / "fortran"))
        subprocess.run([*shlex.split(build), f"-L{BUILD}", f"-Wl,-rpath,{BUILD}"], cwd=folder, check=True)
        done = subprocess.run(shlex.split(lines[2]), cwd=folder, check=True, capture_output=True, encoding="utf-8")
        self.assertEqual([*map(words, done.stdout.splitlines())], [*map(words, FORTRAN.block("SO2 ").splitlines())])
        for files, status, stream in (("nothing.csv nothing.yaml", 1, "stdout"),
                                      ("docs/example/town.csv nothing.yaml", 1, "stderr")):
            done = subprocess.run(["./first", *files.split()], cwd=folder, capture_output=True, encoding="utf-8")
            self.assertEqual(done.returncode, status)
            self.assertIn(f"{files.split()[stream == 'stderr']}: cannot open the file", getattr(done, stream))

    def test_chinese_guide_shows_the_complaint(self):
        """What the guide's inventory is told where its removal is written as a bare 80."""
        folder, chapter = self.own_folder(), MANUAL["docs/zh/入门.md"]["三、换成自己的清单"]
        text = OWN_FILES["清单.csv"]
        (folder / "清单.csv").write_text(text.replace("80 %", "80"), encoding="utf-8")
        done = self.call(folder, commands(chapter)[0])
        self.assertEqual(done.returncode, 1)
        self.assertIn(chapter.block("清单.csv:").strip(), done.stderr.splitlines())


if __name__ == "__main__":
    unittest.main()
