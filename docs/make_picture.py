#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Draws docs/wenzhou.svg from the tables that examples/run leaves in build/wenzhou/.

    examples/run
    docs/make_picture.py            # writes docs/wenzhou.svg
    docs/make_picture.py --check    # exit status 1 where the committed picture is not up to date

Left: what becomes of the city's NOx, measure by measure (ledger.csv, summary.csv). Right: what each county
cuts against what the plan requires (targets.csv). Needs nothing but Python.
"""
import csv
import re
import sys
from html import escape
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
TABLES = TOP / "build" / "wenzhou"
CASE = TOP / "examples" / "wenzhou"
PICTURE = TOP / "docs" / "wenzhou.svg"

POLLUTANT = "NOx"
SHOWN = 0.006  # of the base emission: smaller measures share the last bar
COLOURS = {"total": "#4a4a4a", "growth": "#c1583a", "new": "#c1583a", "structural": "#1f5f8b", "engineering": "#62a8c9", "management": "#8a8f3c", "": "#9a9a9a"}
INK, FAINT, MISSED = "#222222", "#d9d9d9", "#b3261e"

WIDTH, ROW, TOP_MARGIN = 1120, 22, 108
BARS = (390, 710)       # left and right end of the waterfall's scale
COUNTIES = (890, 1070)  # of the counties' scale


def read(path):
    """Rows of a table; `#` lines before the header are left out."""
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


def measure_names():
    """English names by id, from the scenario's lines `- id:` and `name: {en: ..., zh: ...}`."""
    names, last = {}, None
    for line in (CASE / "blue-sky-2020.yaml").read_text(encoding="utf-8").splitlines():
        if found := re.match(r"\s*- id: (\S+)", line):
            last = found[1]
        elif found := re.match(r'\s*name: \{en: "?(.*?)"?, zh:', line):
            names.setdefault(last, found[1])
    return names


def city_totals():
    totals = {}
    for row in read(TABLES / "summary.csv"):
        if row["pollutant"] == POLLUTANT:
            totals[int(row["year"])] = totals.get(int(row["year"]), 0) + float(row["emission_t"])
    return totals


def measure_changes(year):
    """(name, class, tonnes) of each measure in file order; the small ones together at the end."""
    names, changes = measure_names(), {}
    for row in read(TABLES / "ledger.csv"):
        if int(row["year"]) == year and row["pollutant"] == POLLUTANT:
            name, kind, tonnes = changes.get(row["measure"], (names.get(row["measure"], row["measure"]), row["class"], 0))
            changes[row["measure"]] = (name, kind, tonnes + float(row["delta_t"]))
    return list(changes.values())


def gather_small(changes, base):
    large = [c for c in changes if abs(c[2]) >= SHOWN * base]
    small = [c for c in changes if abs(c[2]) < SHOWN * base]
    if small:
        large.append((f"{len(small)} smaller measures together", "", sum(c[2] for c in small)))
    return large


def counties():
    """(name, cut %, required % or None, met) of each row of the targets that has a cut."""
    names = {row["region"]: row["name"] for row in read(CASE / "regions.csv")}
    return [(names[row["region"]], float(row["cut_pct"]), float(row["required_cut_pct"] or "nan"), row["met"])
            for row in read(TABLES / "targets.csv") if row["pollutant"] == POLLUTANT and row["cut_pct"]]


def thousands(tonnes, sign=False):
    return f"{tonnes / 1000:{'+' if sign else ''}.1f}".replace("-", "−")


class Drawing:
    def __init__(self, height):
        self.parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="Helvetica, Arial, sans-serif" font-size="12">',
            f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
        ]

    def text(self, x, y, text, colour=INK, anchor="start", size=12, weight="normal"):
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" text-anchor="{anchor}" font-size="{size}" font-weight="{weight}">{escape(text)}</text>')

    def bar(self, x1, x2, y, colour, height=15):
        left, width = min(x1, x2), max(abs(x2 - x1), 1)
        self.parts.append(f'<rect x="{left:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height}" fill="{colour}"/>')

    def line(self, x1, y1, x2, y2, colour=FAINT, width=1):
        self.parts.append(f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" stroke-width="{width}"/>')

    def finish(self):
        return "\n".join(self.parts + ["</svg>", ""])


def draw_waterfall(d, base_year, year, totals, changes):
    base, peak = totals[base_year], totals[base_year]
    level = base
    for _, _, tonnes in changes:
        level += tonnes
        peak = max(peak, level)

    def x(tonnes):
        return BARS[0] + (BARS[1] - BARS[0]) * tonnes / peak

    d.text(20, 84, f"City NOx, thousand tonnes a year, {base_year} to {year}, measure by measure", size=13, weight="bold")
    y, level = TOP_MARGIN, 0
    for name, kind, tonnes in [(str(base_year), "total", base)] + changes:
        after = level + tonnes
        d.text(BARS[0] - 10, y + 12, name, anchor="end", weight="bold" if kind == "total" else "normal")
        d.bar(x(level), x(after), y, COLOURS[kind])
        d.text(max(x(level), x(after)) + 6, y + 12, thousands(tonnes, kind != "total"))
        d.line(x(after), y + 15, x(after), y + ROW)
        level, y = after, y + ROW
    d.text(BARS[0] - 10, y + 12, str(year), anchor="end", weight="bold")
    d.bar(x(0), x(totals[year]), y, COLOURS["total"])
    d.text(x(totals[year]) + 6, y + 12, thousands(totals[year]))
    d.line(BARS[0], TOP_MARGIN - 6, BARS[0], y + ROW, INK)
    legend_x = 20
    for label, kind in (("growth and new sources", "growth"), ("structural", "structural"), ("engineering", "engineering")):
        d.bar(legend_x, legend_x + 12, y + 40, COLOURS[kind], 12)
        d.text(legend_x + 18, y + 50, label)
        legend_x += 36 + 7 * len(label)


def draw_counties(d, rows):
    low = min(0, *(cut for _, cut, _, _ in rows))
    high = max(cut for _, cut, _, _ in rows)

    def x(percent):
        return COUNTIES[0] + (COUNTIES[1] - COUNTIES[0]) * (percent - low) / (high - low)

    d.text(790, 84, "NOx cut of each county, %", size=13, weight="bold")
    y = TOP_MARGIN
    for name, cut, required, met in rows:
        name = name.replace("Zhenan Industrial Cluster Zone", "Zhenan zone")
        d.text(COUNTIES[0] - 10, y + 12, name, anchor="end")
        d.bar(x(0), x(cut), y, MISSED if met == "no" else "#8ab89a" if met == "yes" else "#bfbfbf")
        if met:
            d.line(x(required), y - 2, x(required), y + 17, INK, 2)
        d.text(max(x(cut), x(required) if met else x(cut)) + 6, y + 12, f"{cut:.1f}".replace("-", "−"), MISSED if met == "no" else INK)
        y += ROW
    d.line(x(0), TOP_MARGIN - 6, x(0), y, INK)
    for i, (colour, label) in enumerate((("#8ab89a", "target met"), (MISSED, "target missed"), ("#bfbfbf", "not assessed"))):
        d.bar(790, 802, y + 14 + 19 * i, colour, 12)
        d.text(808, y + 25 + 19 * i, label)
    d.line(960, y + 12, 960, y + 28, INK, 2)
    d.text(968, y + 25, "required by the plan")
    d.text(935, y + 44, "provincial power plants")
    d.text(935, y + 60, "are left out of the counties")


def draw():
    totals = city_totals()
    base_year, year = min(totals), max(totals)
    changes = gather_small(measure_changes(year), totals[base_year])
    drift = totals[base_year] + sum(c[2] for c in changes) - totals[year]
    assert abs(drift) < 1e-6 * totals[base_year], f"the ledger does not close: {drift} t"
    d = Drawing(TOP_MARGIN + ROW * (len(changes) + 2) + 70)
    d.text(20, 32, "Wenzhou's blue-sky plan, run with Lantian", size=20, weight="bold")
    d.text(20, 56, "RECONSTRUCTED inventory of 2015: made from assumptions, no number here is official. 清单为重构数据，非官方统计。", MISSED, size=13, weight="bold")
    draw_waterfall(d, base_year, year, totals, changes)
    draw_counties(d, counties())
    return d.finish()


def main():
    if sys.argv[1:] not in ([], ["--check"]):
        sys.exit(__doc__)
    if not (TABLES / "ledger.csv").exists():
        sys.exit(f"{TABLES}/ledger.csv is not there; run examples/run first")
    picture = draw()
    if "--check" in sys.argv:
        if PICTURE.read_text(encoding="utf-8") != picture:
            sys.exit("docs/wenzhou.svg is not up to date; run docs/make_picture.py")
        return
    PICTURE.write_text(picture, encoding="utf-8")
    print("docs/wenzhou.svg")


if __name__ == "__main__":
    main()
