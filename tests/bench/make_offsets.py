#!/usr/bin/python3
"""Writes cities with 5,000 credits and 500 new sources that owe offsets: for one county and for twelve, with enough to
pay with and with too little, a scenario of each order. And, for make_million.py's inventory, its scenario with three
new sources, of two orders.

usage: make_offsets.py FOLDER [CREDITS PROJECTS]
"""
import random
import sys

import make_million

MEASURES = 50  # of 100 sources each, with a cost and a day of their own
ORDERS = ("earliest", "nearest", "cheapest")


def point(draw, county):
    """Somewhere in the county's square, of a chess-board of four by three."""
    return f"{120 + 0.3 * (county % 4) + 0.3 * draw.random():.5f}", f"{27 + 0.3 * (county // 4) + 0.3 * draw.random():.5f}"


def write_regions(path, counties):
    with open(path, "w", encoding="utf-8") as out:
        out.write("region,parent,kind,name,name_zh\nC,,city,City,市\n")
        for i in range(counties):
            out.write(f"C{i:02d},C,county,County {i},{i}县\n")


def write_inventory(path, credits, counties):
    draw = random.Random(5000)
    total = 0
    with open(path, "w", encoding="utf-8") as out:
        out.write("# base_year: 2015\nsource,region,sector,pollutant,emission_t,lon,lat\n")
        for i in range(credits):
            county, tonnes = draw.randrange(counties), round(draw.lognormvariate(2, 1), 3)
            out.write(f"S{i:05d},C{county:02d},solvent.use{i % MEASURES},VOC,{tonnes},{','.join(point(draw, county))}\n")
            total += tonnes
    return total


def write_scenario(path, order, projects, counties, owed):
    """`owed` in tonnes; three in ten of them are owed once and a half, the rest twice."""
    draw = random.Random(500)
    size = [draw.lognormvariate(0, 1) for _ in range(projects)]
    with open(path, "w", encoding="utf-8") as out:
        out.write("scenario: many new sources\nbase_year: 2015\nyears: [2015, 2020]\nmeasures:\n")
        for m in range(MEASURES):
            out.write(f"  - {{id: cut-{m}, where: {{sector: solvent.use{m}}}, "
                      f"phase: {{{draw.randint(2015, 2018)}: 0, {draw.randint(2019, 2020)}: 1}}, "
                      f"cost: {{annual: {draw.uniform(5, 60):.2f} yuan/kg}}, "
                      f"control: {{VOC: {{efficiency: {draw.uniform(0.3, 0.9):.3f}}}}}}}\n")
        for i, share in enumerate(size):
            county = draw.randrange(counties)
            lon, lat = point(draw, county)
            rule = "less" if draw.random() < 0.3 else "twice"
            new = owed * share / sum(size) / (1.5 if rule == "less" else 2)
            out.write(f"  - {{id: new-{i:03d}, offset: {{pollutant: VOC, rule: {rule}}}, add: {{source: N{i:03d}, "
                      f"region: C{county:02d}, sector: process, lon: {lon}, lat: {lat}, "
                      f"from: {draw.randint(2017, 2020)}-0{draw.randint(1, 9)}-01, emissions: {{VOC: {new:.6f} t/yr}}}}}}\n")
        within = "[county, city]" if counties > 1 else "county"
        out.write("offset_rules:\n")
        for rule, ratio in (("twice", 2), ("less", 1.5)):
            out.write(f"  {rule}: {{ratio: {ratio}, within: {within}, order: {order}}}\n")


def write_million(path, order):
    """Three new sources after make_million.py's measures, of which those that pay have a cost."""
    make_million.write_scenario(path)
    with open(path, encoding="utf-8") as file:
        text = file.read()
    text = text.replace("  - {id: device", "  - {cost: {annual: 20 yuan/kg}, id: device")
    text = text.replace("  - {id: closing", "  - {cost: {annual: 9 yuan/kg}, id: closing")
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)
        for i, (region, tonnes) in enumerate((("330305", 900), ("330312", 2000), ("330320", 20000))):
            out.write(f"  - {{id: new-{i}, offset: {{pollutant: VOC, rule: twice}}, add: {{source: NEW-{i}, "
                      f"region: \"{region}\", sector: process, from: {2018 + i}, emissions: {{VOC: {tonnes} t/yr}}}}}}\n")
        out.write(f"offset_rules:\n  twice: {{ratio: 2, within: [county, city], order: {order}}}\n")


def write_million_regions(path):
    with open(path, "w", encoding="utf-8") as out:
        out.write("region,parent,kind,name,name_zh\n330300,,city,City,市\n")
        for code in range(330302, 330330):
            out.write(f"{code},330300,county,County {code},县\n")


if __name__ == "__main__":
    folder = sys.argv[1]
    credits, projects = map(int, sys.argv[2:4]) if len(sys.argv) > 3 else (5000, 500)
    for counties in (1, 12):
        write_regions(f"{folder}/regions-{counties}.csv", counties)
        tonnes = write_inventory(f"{folder}/credits-{counties}.csv", credits, counties)
        for name, share in (("enough", 0.2), ("scarce", 0.7)):
            for order in ORDERS:
                write_scenario(f"{folder}/{name}-{counties}-{order}.yaml", order, projects, counties, share * tonnes)
    write_million_regions(f"{folder}/million-regions.csv")
    for order in ("earliest", "cheapest"):
        write_million(f"{folder}/million-{order}.yaml", order)
