#!/usr/bin/python3
"""Writes an inventory of about 170,000 sources x 6 pollutants and a scenario of 20 measures.

usage: make_million.py FOLDER [ROWS]
"""
import random
import sys

POLLUTANTS = ["SO2", "NOx", "VOC", "PM25", "PM10", "CO"]
SECTORS = (["combustion.boiler.coal", "combustion.boiler.gas", "combustion.boiler.oil"]
           + [f"solvent.use{i}" for i in range(20)] + [f"process.product{i}" for i in range(30)])


def write_inventory(path, rows):
    draw = random.Random(2015)
    with open(path, "w", encoding="utf-8") as out:
        out.write("# base_year: 2015\n# baseline: bench\n")
        out.write("source,region,sector,pollutant,fuel,capacity,capacity_unit,lon,lat,"
                  "activity,activity_unit,factor,factor_unit,removal\n")
        for source in range(rows // len(POLLUTANTS)):
            sector = draw.choice(SECTORS)
            fuel = {"coal": "coal", "gas": "natural_gas", "oil": "oil"}.get(sector.rsplit(".", 1)[1], "")
            head = f"S{source:06d},3303{draw.randint(2, 29):02d},{sector}"
            tail = (f"{fuel},{draw.choice([2, 4, 10, 20, 35, 75])},t/h,{120 + draw.random():.5f},"
                    f"{27 + draw.random():.5f},{draw.random() * 10000:.2f},t")
            for pollutant in POLLUTANTS:
                out.write(f"{head},{pollutant},{tail},{draw.random() * 20:.4f},g/kg,"
                          f"{draw.choice([0, 0.3, 0.5, 0.8])}\n")


HEAD = """scenario: twenty measures
base_year: 2015
years: [2015, 2020]
drivers:
  industry: {2015: 1, 2020: 1.3}
phases:
  by_2019: {2015: 0, 2017: 0.2, 2019: 1}
measures:
  - {id: growth-all, grow: {rate: 2 %}}
  - {id: growth-industry, where: {sector: [process, solvent]}, grow: {driver: industry}}
  - id: small-boilers
    where: {sector: combustion.boiler.coal, capacity: {max: 10 t/h}}
    retire: {share: 100 %, replace: {fuel: natural_gas, sector: combustion.boiler.gas, ncv_old: 20.9 MJ/kg, efficiency_old: 0.65,
      ncv_new: 38.9 MJ/m3, efficiency_new: 0.92, factors: {NOx: 1.6 g/m3, VOC: 0.12 g/m3}, other: none}}
    phase: by_2019
  - id: large-boilers
    where: {sector: combustion.boiler.coal, capacity: {min: 35 t/h}}
    limit: {flue_gas: 10.29 m3/kg, oxygen: 9 %, SO2: 35 mg/m3, NOx: 50 mg/m3}
    phase: by_2019
  - {id: oil, where: {fuel: oil}, switch: {share: 40 %, fuel: natural_gas, ncv_old: 42 MJ/kg, efficiency_old: 0.8,
      ncv_new: 38.9 MJ/m3, efficiency_new: 0.9, factors: {NOx: 1.3 g/m3}, other: none}, phase: by_2019}
  - {id: process-cap, where: {sector: process}, cap: {activity: 95 %, of: base, cut_first: [{sector: process.product1}, {sector: process.product2}],
      protect: {sector: process.product3}}, phase: {2015: 0, 2020: 1}}
"""


def write_scenario(path):
    with open(path, "w", encoding="utf-8") as out:
        out.write(HEAD)
        for i in range(7):
            out.write(f"  - {{id: device-{i}, where: {{sector: [solvent.use{i}, process.product{i}]}}, "
                      f"control: {{VOC: {{capture: 95 %, efficiency: 0.9, penetration: 60 %}}}}, phase: by_2019}}\n")
        for i in range(4):
            out.write(f"  - {{id: better-{i}, where: {{sector: process.product{i + 10}}}, "
                      f"control: {{NOx: {{efficiency: 0.7}}, SO2: {{efficiency: 0.85}}, mode: replace}}, phase: by_2019}}\n")
        for i in range(3):
            out.write(f"  - {{id: closing-{i}, where: {{region: 3303{i + 10:02d}, sector: solvent}}, "
                      f"retire: {{share: 20 %}}, phase: by_2019}}\n")


if __name__ == "__main__":
    folder, rows = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
    write_inventory(f"{folder}/million.csv", rows)
    write_scenario(f"{folder}/million.yaml")
