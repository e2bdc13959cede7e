#!/usr/bin/python3
"""Times bench_ff10 against whichever of duckdb, R's data.table and pandas are there: each reads the same FF10_NONPOINT
file and sums it by county and pollutant. Rounds are run in turn, so that all meet the same machine; the best of each counts.
usage: time_ff10.py BENCH_FF10 FILE [THREADS] [ROUNDS]

    gcc -O2 -Iinclude tests/bench/bench_ff10.c -o bench_ff10 -Lbuild -llantian -Wl,-rpath,$PWD/build
    python3 tests/bench/make_ff10.py 10000000 /tmp/ff10.csv
    /usr/bin/python3 tests/bench/time_ff10.py ./bench_ff10 /tmp/ff10.csv 2
"""
import importlib.util
import resource
import shutil
import subprocess
import sys
import time

HEAD = 4  # header records of make_ff10.py's files

PANDAS = """
import pandas
d = pandas.read_csv({path!r}, header=None, skiprows={head}, usecols=[1, 7, 8], dtype={{1: "category", 7: "category"}})
s = d.groupby([1, 7], observed=True)[8].sum() * 0.90718474
print(len(s), "sums,", "%.6f t" % s.sum())
"""
DUCKDB = """
import duckdb
duckdb.sql("set threads = {threads}")
n, t = duckdb.sql("select count(*), sum(t) from (select sum(column08) * 0.90718474 t from read_csv({path!r}, "
                  "header=false, skip={head}, delim=',', all_varchar=false) group by column01, column07)").fetchone()
print(n, "sums,", "%.6f t" % t)
"""
DATA_TABLE = """
suppressMessages(library(data.table)); setDTthreads({threads})
d <- fread({path!r}, header = FALSE, skip = {head}, select = c(2, 8, 9), colClasses = list(character = 2))
s <- d[, .(t = sum(V9) * 0.90718474), by = .(V2, V8)]
cat(nrow(s), "sums,", sprintf("%.6f t", sum(s$t)), "\\n")
"""


def has_data_table():
    if not shutil.which("Rscript"):
        return False
    return subprocess.run(["Rscript", "-e", "library(data.table)"], capture_output=True).returncode == 0


def contenders(bench, path, threads):
    fill = {"path": path, "threads": threads, "head": HEAD}
    yield "lantian", [bench, path, str(threads)]
    if importlib.util.find_spec("duckdb"):
        yield "duckdb", [sys.executable, "-c", DUCKDB.format(**fill)]
    if has_data_table():
        yield "data.table", ["Rscript", "-e", DATA_TABLE.format(**fill)]
    if importlib.util.find_spec("pandas"):
        yield "pandas", [sys.executable, "-c", PANDAS.format(**fill)]


def main(bench, path, threads=2, rounds=3):
    runs = list(contenders(bench, path, int(threads)))
    best = {}
    for _ in range(int(rounds)):
        for name, command in runs:
            start, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
            printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            best[name] = min(best.get(name, (1e9, 0, "")), (time.monotonic() - start, cpu, printed))
    for name, (seconds, cpu, printed) in best.items():
        print(f"{name:<11}{seconds:7.2f} s, {cpu:6.2f} s of processor; {printed.replace(chr(10), '; ')}")


if __name__ == "__main__":
    main(*sys.argv[1:])
