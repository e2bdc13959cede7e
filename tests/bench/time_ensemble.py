#!/usr/bin/python3
"""Times bench_ensemble against NumPy, in turn on the same machine: an activity (normal) and a removal (triangular) for
each source, a factor (lognormal) shared by the sources of a sector, sums by county, three quantiles of each.
usage: time_ensemble.py BENCH_ENSEMBLE FOLDER [ROUNDS]

    gcc -O2 -Iinclude -Ilib tests/bench/bench_ensemble.c -o bench_ensemble build/liblantian.a $(pkg-config --libs gsl)
    /usr/bin/python3 tests/bench/time_ensemble.py ./bench_ensemble /tmp
"""
import pathlib
import subprocess
import sys
import time

import numpy as np

COUNTIES, SECTORS = 12, 20
SCENARIO = """scenario: bench
base_year: 2015
years: [2015, 2016]
measures:
  - {id: nothing, where: {id: nobody}, grow: {rate: 1 %}}
uncertainty:
  - {activity: {normal: {cv: 10 %}}}
  - {factor: {lognormal: {cv: 40 %}}, shared_by: [sector]}
  - {removal: {triangular: [0.7, 0.9, 0.95]}}
"""


def make(folder, sources):
    inventory, scenario = folder / f"ensemble-{sources}.csv", folder / "ensemble.yaml"
    scenario.write_text(SCENARIO)
    with open(inventory, "w") as out:
        out.write("# base_year: 2015\nsource,region,sector,pollutant,activity,activity_unit,factor,factor_unit,removal\n")
        for s in range(sources):
            out.write(f"s{s},r{s % COUNTIES},a.s{s % SECTORS},NOx,{1000 + s % 777},t,{3 + s % 5},kg/t,0.85\n")
    return inventory, scenario


def numpy_run(sources, draws):
    """As an analyst writes it, in slices of draws so that it fits in memory."""
    s = np.arange(sources)
    base = (1000 + s % 777) * (3 + s % 5) * 1e-3
    county, sector = s % COUNTIES, s % SECTORS
    order = np.argsort(county, kind="stable")
    starts = np.searchsorted(county[order], np.arange(COUNTIES))
    rng = np.random.default_rng(1)
    start = time.perf_counter()
    variance = np.log1p(0.4**2)
    totals = np.empty((COUNTIES, draws))
    step = max(1, 20_000_000 // sources)
    for first in range(0, draws, step):
        n = min(step, draws - first)
        activity = rng.normal(1, 0.1, (n, sources))
        factor = rng.lognormal(-variance / 2, np.sqrt(variance), (n, SECTORS))
        removal = rng.triangular(0.7, 0.9, 0.95, (n, sources))
        emission = base * activity * factor[:, sector] * (1 - removal)
        totals[:, first:first + n] = np.add.reduceat(emission[:, order], starts, axis=1).T
    np.quantile(totals, [0.025, 0.5, 0.975], axis=1)
    return time.perf_counter() - start, totals[0].mean(), totals[0].std(ddof=1)


def main(bench, folder, rounds=3):
    folder = pathlib.Path(folder)
    for sources, draws in ((1_800, 10_000), (300_000, 1_000)):
        inventory, scenario = make(folder, sources)
        best = {}
        for _ in range(int(rounds)):
            seconds, mean, sd = numpy_run(sources, draws)
            best["numpy"] = min(best.get("numpy", (9e9,)), (seconds, f"first county {mean:.4f} ± {sd:.4f} t"))
            for threads in ("1", "2"):
                line = subprocess.run([bench, inventory, scenario, str(draws), threads], check=True,
                                      capture_output=True, text=True).stdout
                seconds, rest = line.split(" s, ", 1)
                best[threads] = min(best.get(threads, (9e9,)), (float(seconds), rest.strip()))
        print(f"{sources} sources x {draws} draws")
        for name, (seconds, rest) in best.items():
            label = name if name == "numpy" else f"lantian, {name} thread(s)"
            print(f"  {label:22} {seconds:8.3f} s  {best['numpy'][0] / seconds:6.1f} x   {rest}")


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
