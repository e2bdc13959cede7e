#!/usr/bin/python3
"""Writes an FF10_NONPOINT file of N rows, about 135 bytes each: counties x SCCs x pollutants.
usage: make_ff10.py N FILE"""
import random
import sys

POLLUTANTS = ["CO", "NH3", "NOX", "PM10-PRI", "PM25-PRI", "SO2", "VOC", "CH4", "CO2", "N2O"]


def main(rows, path):
    draw = random.Random(2385)
    counties = [f"{state:02d}{county:03d}" for state in range(1, 57) for county in range(1, 117, 2)]
    sccs = sorted(draw.sample(range(2100000000, 2900000000), 400))
    blank = "," * 25  # JAN_VALUE ... DEC_PCTRED, COMMENT
    with open(path, "w") as out:
        out.write("#FORMAT=FF10_NONPOINT\n#COUNTRY=US\n#YEAR=2017\n#DESC made by tests/bench/make_ff10.py\n")
        done = 0
        for county in counties:
            for scc in sccs:
                lines = []
                for pollutant in POLLUTANTS:
                    value = f"{draw.lognormvariate(0, 3):.7g}"
                    lines.append(f"US,{county},,,,{scc},,{pollutant},{value},,,,,,,,8,2017,20200131,"
                                 f"2017NEI_nonpoint_v1_area_fugitive_dust_20200131_v2{blank}\n")
                    done += 1
                    if done == rows:
                        break
                out.write("".join(lines))
                if done == rows:
                    return
    sys.exit(f"only {done} rows can be made")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
