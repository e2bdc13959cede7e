#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Wenzhou case says what stands for each of the plan's 99 tasks and for each of its numbers."""
import csv
import pathlib
import re
import unittest

CASE = pathlib.Path(__file__).resolve().parent.parent / "examples" / "wenzhou"
KINDS = {"measure", "constraint", "indicator", "governance"}

# key: value, unit, section of the plan. The numbers the plan sets, from its text.
QUANTITIES = {
    "pm25_urban": ("35", "ug/m3", "一(二)"),
    "pm25_city": ("31", "ug/m3", "一(二)"),
    "good_days_urban": ("90", "%", "一(二)"),
    "good_days_city": ("93", "%", "一(二)"),
    "odour_complaints_cut": ("30", "%", "一(二)"),
    "coal_total_cut": ("5", "%", "二(二)2"),
    "coal_share_of_energy": ("42.8", "%", "二(二)2"),
    "natural_gas_use": ("570000000", "m3/yr", "二(二)1"),
    "imported_electricity_share": ("38", "%", "二(二)2"),
    "coal_boiler_retire_all_le": ("10", "t/h", "二(二)3"),
    "coal_boiler_retire_mostly_between": ("10-35", "t/h", "二(二)3"),
    "high_pollution_boiler_ultra_low_ge": ("35", "t/h", "二(二)3"),
    "no_new_boiler_lt": ("35", "t/h", "二(二)2 / 附表2 row 19"),
    "chp_heat_radius": ("15", "km", "二(二)3"),
    "chp_min_size": ("300", "MW", "二(二)3"),
    "voc_cut_city": ("18", "%", "二(五)3"),
    "voc_cut_key_industries": ("30", "%", "二(五)3"),
    "voc_offset_ratio": ("2", "t retired per t new", "附表2 row 59"),
    "new_energy_share_of_new_urban_fleet": ("80", "%", "二(三)2"),
    "charging_stations": ("76", "stations", "二(三)2"),
    "charging_piles_increase": ("15000", "piles", "二(三)2"),
    "china6_effective": ("2019-07-01", "date", "二(三)2"),
    "dust_fall_max": ("5", "t/(month km2)", "二(四)2"),
    "rail_freight_increase": ("10", "%", "二(三)1"),
    "shore_power_port_craft": ("90", "%", "二(三)3"),
    "shore_power_specialised_berths": ("50", "%", "二(三)3"),
    "key_parks_treated": ("11", "parks", "二(五)2"),
    "prefabricated_share_of_new_buildings": ("30", "%", "二(四)2"),
    "mechanised_road_sweeping_urban": ("75", "%", "二(四)2"),
    "mechanised_road_sweeping_county_cities": ("65", "%", "二(四)2"),
    "straw_utilisation": ("95", "%", "二(四)3"),
    "fertiliser_utilisation": ("40", "%", "二(四)3"),
    "container_rail_water_growth": ("10", "%/yr", "二(三)1"),
    "shore_power_piles": ("20", "piles", "二(三)3"),
    "stack_height_cems": ("45", "m", "二(八)1"),
    "forecast_days": ("7", "d", "二(七)2"),
}

# Numbers that stand in the text besides; the province sets the first two, the plan prints none.
BESIDES = {
    "non_fossil_energy_share": ("", "%", "二(二)1"),
    "power_heat_coal_share": ("", "%", "二(二)2"),
    "small_coal_unit_below": ("300", "MW", "二(二)2"),
    "inland_vessel_age": ("20", "yr", "二(三)2"),
    "ship_control_area_from": ("2019-01-01", "date", "二(三)3"),
    "construction_site_dust_rules": ("100", "%", "二(四)2"),
    "gasifier_diameter": ("3", "m", "二(六)3"),
    "ambient_voc_stations": ("1", "stations", "附表2 row 82"),
}

# What the scenario must say in each measure that a number is said to be a parameter of.
PARAMETERS = {
    "coal_total_cut": r"cap:\s+activity: 95 %\s+of: base",
    "coal_boiler_retire_all_le": r"capacity: \{max: 10 t/h\}",
    "coal_boiler_retire_mostly_between": r"capacity: \{above: 10 t/h, below: 35 t/h\}",
    "high_pollution_boiler_ultra_low_ge": r"capacity: \{min: 35 t/h\}",
    "no_new_boiler_lt": r"fuel: coal, capacity: \{below: 35 t/h\}\}\n    ban: \{growth: true, new: true\}",
    "chp_heat_radius": r"within: \{km: 15, of: ",
    "chp_min_size": r"of: \{.*capacity: \{min: 300 MW\}\}\}",
    "china6_effective": r"to: \{V: 2015, VI: 2019-07-01\}",
    "voc_offset_ratio": r"offset: \{pollutant: VOC, rule: wenzhou-voc\}",
    "ship_control_area_from": r"phase: \{.*2018: 0, 2019: 1\}",
}

# The side of an indicator's bound: what is not among these must reach its value.
AT_MOST = {"pm25_urban", "coal_share_of_energy", "dust_fall_max", "stack_height_cems",
           "inland_vessel_age"}

# Indicators that the inventory's activity gives; nobody has published the others.
COMPUTED = {"natural_gas_use": "activity", "coal_total_cut": "cut", "power_heat_coal_share": "share"}

PLAN_ENDS = "2020"


def table(name):
    with open(CASE / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader((line for line in file if not line.startswith("#")), strict=True))


def names(text):
    return text.split(";") if text else []


def read_measures(path):
    """id: (task or None, the measure's text), without a YAML reader: an item begins at `- id:`."""
    text = path.read_text(encoding="utf-8")
    text = re.split(r"^(?:offset_rules|uncertainty):", re.split(r"^measures:\n", text, flags=re.M)[1], flags=re.M)[0]
    measures = {}
    for item in re.split(r"^  - (?=id:)", text, flags=re.M)[1:]:
        name = re.match(r"id: *(\S+)", item)[1]
        task = re.search(r"^    task: *(\d+)", item, flags=re.M)
        assert name not in measures, name
        measures[name] = (int(task[1]) if task else None, item)
    return measures


class Tasks(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tasks = table("tasks.csv")
        cls.quantities = table("quantities.csv")
        cls.keys = {row["key"]: row for row in cls.quantities}
        cls.measures = read_measures(CASE / "blue-sky-2020.yaml")
        cls.by_number = {int(row["no"]): row for row in cls.tasks}

    def test_the_scenario_is_read(self):
        text = (CASE / "blue-sky-2020.yaml").read_text(encoding="utf-8")
        self.assertEqual(len(self.measures), len(re.findall(r"^\s*-\s+id:", text, flags=re.M)))
        self.assertEqual(sum(task is not None for task, _ in self.measures.values()),
                         len(re.findall(r"^\s*task:", text, flags=re.M)))
        self.assertGreater(len(self.measures), 30)

    def test_there_are_99(self):
        self.assertEqual([row["no"] for row in self.tasks], [str(n) for n in range(1, 100)])

    def test_the_original_stands_beside_the_translation(self):
        for row in self.tasks:
            for column in ("section", "item", "task", "lead", "kind", "reason"):
                self.assertTrue(row[column], (row["no"], column))
            self.assertNotIn(None, row, row["no"])

    def test_kinds_and_what_they_name(self):
        for row in self.tasks:
            with self.subTest(task=row["no"], kind=row["kind"]):
                self.assertIn(row["kind"], KINDS)
                linked = names(row["represented_by"])
                measures = [name for name in linked if name in self.measures]
                keys = [name for name in linked if name in self.keys]
                self.assertEqual(sorted(linked), sorted(measures + keys), "a name is neither a measure nor a key")
                self.assertEqual(len(linked), len(set(linked)), "a name is there twice")
                if row["kind"] == "governance":
                    self.assertEqual(linked, [])
                elif row["kind"] == "indicator":
                    self.assertTrue(keys)
                    self.assertEqual(measures, [], "a task with measures is a measure or a constraint")
                else:
                    self.assertTrue(measures)

    def test_ids_and_keys_do_not_collide(self):
        self.assertEqual(set(self.measures) & set(self.keys), set())

    def test_every_measure_with_a_task_is_named_there(self):
        for name, (task, _) in self.measures.items():
            if task is not None:
                with self.subTest(measure=name, task=task):
                    self.assertIn(name, names(self.by_number[task]["represented_by"]))

    def test_reasons_in_both_languages(self):
        for row in self.tasks:
            with self.subTest(task=row["no"]):
                self.assertRegex(row["reason"], r"^[A-Z][^\n]*[A-Za-z0-9)]\.$")
                self.assertNotRegex(row["reason"], r"[\u3000-\u9fff\uff00-\uffef]")
                self.assertNotRegex(row["reason"], r"\. [A-Z]", "one sentence")
                self.assertRegex(row["reason_zh"], r"[\u4e00-\u9fff][^\n]*。$")
                self.assertEqual(row["reason_zh"].count("。"), 1, "one sentence")


class Quantities(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.rows = table("quantities.csv")
        cls.tasks = {row["no"]: row for row in table("tasks.csv")}
        cls.measures = read_measures(CASE / "blue-sky-2020.yaml")
        cls.targets = {}
        for row in table("targets.csv"):
            name = ":".join(filter(None, (row["region"], row["pollutant"], row["scope"])))
            cls.targets.setdefault(name, []).append(row)

    def test_none_is_missing(self):
        self.assertEqual(len(QUANTITIES), 36)
        keys = [row["key"] for row in self.rows]
        self.assertEqual(keys, [*QUANTITIES, *BESIDES])

    def test_values_units_and_places(self):
        for row in self.rows:
            with self.subTest(key=row["key"]):
                self.assertEqual((row["value"], row["unit"], row["plan_section"]),
                                 {**QUANTITIES, **BESIDES}[row["key"]])

    def test_every_row_is_whole(self):
        for row in self.rows:
            with self.subTest(key=row["key"]):
                self.assertNotIn(None, row)
                for column in ("unit", "bound", "scope", "scope_zh", "plan_section", "represented_as"):
                    self.assertTrue(row[column], column)
                self.assertNotRegex(row["scope"], r"[\u4e00-\u9fff]")
                self.assertRegex(row["scope_zh"], r"[\u4e00-\u9fff]")
                for column in ("base_year", "target_year"):
                    self.assertRegex(row[column], r"^(20\d\d)?$")

    def test_a_number_of_a_task_is_named_by_it_and_only_there(self):
        for row in self.rows:
            with self.subTest(key=row["key"]):
                named = [no for no, task in self.tasks.items() if row["key"] in names(task["represented_by"])]
                self.assertEqual(named, [row["task"]] if row["task"] else [])

    def rows_of(self, linked):
        """The one row of targets.csv that each name stands for."""
        for name in linked:
            self.assertEqual(len(self.targets.get(name, [])), 1, name)
        return [self.targets[name][0] for name in linked]

    def check_target(self, row, linked):
        self.assertEqual(len(linked), 1)
        for target in self.rows_of(linked):
            for column in ("value", "unit", "base_year", "target_year"):
                self.assertEqual(target[column], row[column], column)

    def check_measure(self, row, linked):
        measures = [name for name in linked if ":" not in name]
        self.assertTrue(measures)
        for name in measures:
            self.assertIn(name, self.measures)
            self.assertRegex(self.measures[name][1], PARAMETERS[row["key"]])
        self.check_indicator(row, [name for name in linked if ":" in name])

    def check_indicator(self, row, linked):
        key = row["key"]
        for target in self.rows_of(linked):
            self.assertEqual((target["kind"], target["state"], target["pollutant"]), ("indicator", "value", key))
            self.assertEqual((target["value"], target["unit"]), (row["value"], row["unit"]))
            self.assertEqual(target["base_year"], row["base_year"])
            self.assertEqual(target["target_year"], row["target_year"] or PLAN_ENDS)
            self.assertEqual(target["bound"], "max" if key in AT_MOST else "min")
            self.assertEqual(target["computed"], COMPUTED.get(key, ""))
            self.assertEqual(target["supplied"], "", "nobody has published it")

    def test_what_represents_it_exists(self):
        checks = {"target": self.check_target, "measure": self.check_measure, "indicator": self.check_indicator}
        for row in self.rows:
            with self.subTest(key=row["key"]):
                linked = names(row["represented_by"])
                self.assertTrue(linked, "nothing represents it")
                checks[row["represented_as"]](row, linked)

    def test_every_county_has_its_dust_fall(self):
        regions = {row["region"] for row in table("regions.csv")} - {"330300"}
        self.assertEqual(len(regions), 12)
        linked = next(names(row["represented_by"]) for row in self.rows if row["key"] == "dust_fall_max")
        self.assertEqual({row["region"] for row in self.rows_of(linked)}, regions)

    def test_every_indicator_is_of_the_plan(self):
        # PM2.5 stands in Annex 1; coal_use is what the cut of coal is a cut of.
        linked = {name for row in self.rows for name in names(row["represented_by"])}
        for name, found in self.targets.items():
            if found[0]["kind"] == "indicator" and found[0]["pollutant"] not in ("PM2.5", "coal_use"):
                self.assertIn(name, linked)


if __name__ == "__main__":
    unittest.main()
