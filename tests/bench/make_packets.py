#!/usr/bin/python3
"""Writes an inventory of 170,000 sources x 3 pollutants and SMOKE packets of 15,000 rows on every level.

usage: make_packets.py FOLDER [SOURCES [ROWS]]
"""
import random
import sys

draw = random.Random(2005)
POLLUTANTS = ["NOX", "SO2", "VOC"]
COUNTIES = [f"{state:02d}{county:03d}" for state in range(1, 51) for county in range(1, 121, 2)]
AREAS = [f"21{a:02d}{b:03d}{c:03d}" for a in range(1, 9) for b in range(1, 9) for c in (0, 1, 2)]
MOBILE = [f"2201{b:03d}{c:03d}" for b in range(1, 9) for c in (110, 130, 150)]
POINTS = [f"{a}0{b}00{c}01" for a in (1, 2, 3, 4) for b in (1, 2, 3) for c in range(1, 7)]
SICS = [f"{draw.randint(100, 9999):04d}" for _ in range(300)]
MACTS = [f"{draw.randint(1, 30):02d}{draw.randint(1, 9):02d}" for _ in range(60)]


def write_inventory(path, sources):
    plants = []
    with open(path, "w", encoding="utf-8") as out:
        out.write("# base_year: 2005\nsource,region,sector,pollutant,emission_t,removal,sic,mact\n")
        for number in range(sources):
            county, point = draw.choice(COUNTIES), number % 2
            scc = draw.choice(POINTS if point else AREAS + MOBILE)
            plant = (f"P{number // 40}", f"U{number % 7}", f"R{number % 3}", f"{number}")
            name = "|".join((county, *plant, scc)) if point else f"{county}|{scc}|{number}"
            if point and draw.random() < 0.05:
                plants.append((county, *plant, scc))
            for pollutant in POLLUTANTS:
                out.write(f"{name},{county},{scc},{pollutant},{draw.random() * 500:.3f},{draw.choice([0, 0.3, 0.6])},"
                          f"{SICS[number % 300]},{MACTS[number % 60]}\n")
    return plants


def region():
    county = draw.choice(COUNTIES)
    return draw.choice(["0", county[:2] + "000", county, county, county])


def scc():
    code = draw.choice(AREAS + MOBILE + POINTS)
    return code if draw.random() < 0.5 else code[:4] + "0" * (len(code) - 4)


def row(plants):
    """Region, SCC, pollutant, SIC, MACT and the parts of a plant."""
    pollutant, kind = draw.choice(POLLUTANTS + ["-9"]), draw.random()
    if kind < 0.2 and plants:
        plant = draw.choice(plants)
        depth = draw.randint(1, 4)
        return (plant[0], "0", pollutant, "0", "0", *plant[1:1 + depth], *["0"] * (4 - depth))
    if kind < 0.3:
        return (region(), "0", pollutant, draw.choice(SICS), "0", "0", "0", "0", "0")
    if kind < 0.4:
        return (region(), "0", pollutant, "0", draw.choice(MACTS), "0", "0", "0", "0")
    return (region(), scc(), pollutant, "0", "0", "0", "0", "0", "0")


def write_packets(path, plants, rows):
    with open(path, "w", encoding="utf-8") as out:
        out.write("/PROJECTION 2005 2020/\n")
        for _ in range(rows // 2):
            r = row(plants)
            out.write(",".join((r[0], r[1], f"{0.5 + draw.random():.3f}", *r[2:])) + "\n")
        out.write("/END/\n/CONTROL/\n")
        for _ in range(rows - rows // 2):
            r = row(plants)
            out.write(",".join((*r[:3], "-9", f"{draw.random() * 90:.1f}", "90", "100", r[3], r[4], "Y",
                                draw.choice("AR"), *r[5:])) + "\n")
        out.write("/END/\n")


if __name__ == "__main__":
    folder = sys.argv[1]
    found = write_inventory(f"{folder}/packets.csv", int(sys.argv[2]) if len(sys.argv) > 2 else 170000)
    write_packets(f"{folder}/packets.txt", found, int(sys.argv[3]) if len(sys.argv) > 3 else 15000)
