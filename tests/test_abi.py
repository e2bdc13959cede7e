# SPDX-License-Identifier: GPL-3.0-or-later
"""A program built against the last release works with this library, as docs/stability.md promises while the soname stays.
abidiff compares the two; that it tells a change that breaks from one that does not is tried on small libraries first. Skipped
where abidiff is not installed; the release itself is compared where there is a git tag v*."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SOURCE = Path(os.environ.get("LANTIAN_SOURCE", Path(__file__).resolve().parent.parent))

if not shutil.which("abidiff"):
    print("abigail-tools is not installed: skipped")
    sys.exit(77)

HEADER = """\
#include <stddef.h>
typedef enum ltn_kind { LTN_ONE = 1, LTN_TWO = 2 } ltn_kind;
typedef struct ltn_run_options { size_t struct_size; int threads; } ltn_run_options;
typedef struct ltn_place { int line; double column; } ltn_place;
typedef struct ltn_thing ltn_thing;
int ltn_run(const ltn_thing *thing, const ltn_run_options *options, ltn_place *place, ltn_kind kind);
double ltn_mean(const ltn_thing *thing);
"""
CODE = """\
#include "include/lantian/small.h"
struct ltn_thing { double mean; };
int ltn_run(const ltn_thing *thing, const ltn_run_options *options, ltn_place *place, ltn_kind kind)
{
    return place->line = thing->mean > options->threads + (int)kind;
}
double ltn_mean(const ltn_thing *thing) { return thing->mean; }
"""
# What is changed in HEADER or CODE, to what; and whether an older program still works.
CHANGES = {
    "nothing": ("", "", True),
    "a function more": ("double ltn_mean(const ltn_thing *thing) {", "int ltn_more(void) { return 1; }\n"
                        "double ltn_mean(const ltn_thing *thing) {", True),
    "an option more": ("int threads;", "int threads; double share;", False),
    "an opaque struct changed": ("{ double mean; }", "{ int rows; double mean; }", True),
    "a function less": ("double ltn_mean", "static inline double ltn_mean", False),
    "a type changed": ("double ltn_mean", "float ltn_mean", False),
    "an argument more": ("ltn_kind kind)", "ltn_kind kind, int more)", False),
    "an option in between": ("int threads;", "int first; int threads;", False),
    "a plain struct grown": ("double column;", "double column; int more;", False),
    "a plain struct changed": ("int line;", "long line;", False),
    "a value changed": ("LTN_TWO = 2", "LTN_TWO = 3", False),
    "a value more": ("LTN_TWO = 2", "LTN_TWO = 2, LTN_THREE = 3", True),
}


def call(*command, **more):
    done = subprocess.run([*map(str, command)], capture_output=True, encoding="utf-8", errors="replace", **more)
    if done.returncode:
        raise AssertionError(f"{' '.join(map(str, command))}: status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def compare(old, new):
    """What a program built against the one library would stumble over in the other: empty where nothing. Each is a pair
    (library, folder of its public headers)."""
    done = subprocess.run(["abidiff", "--no-show-locs", "--no-added-syms", "--suppressions", SOURCE / "tests/abi.supp",
                           "--headers-dir1", old[1], "--headers-dir2", new[1], old[0], new[0]],
                          capture_output=True, encoding="utf-8", errors="replace")
    if done.returncode & 3:
        raise AssertionError(f"abidiff failed:\n{done.stdout}{done.stderr}")
    return done.stdout if done.returncode & 12 else ""


class Gate(unittest.TestCase):
    """compare() itself."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="abi-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def library(self, name, before="", after=""):
        folder = self.folder / name
        (folder / "include/lantian").mkdir(parents=True)
        header, code = (text.replace(before, after) if before else text for text in (HEADER, CODE))
        (folder / "include/lantian/small.h").write_text(header)
        (folder / "small.c").write_text(code)
        call("cc", "-g", "-shared", "-fPIC", "-w", "-o", "libsmall.so", "small.c", cwd=folder)
        return folder / "libsmall.so", folder / "include"

    def test_changes(self):
        old = self.library("old")
        for number, (what, (before, after, good)) in enumerate(CHANGES.items()):
            with self.subTest(what):
                self.assertTrue(not before or before in HEADER + CODE)
                found = compare(old, self.library(f"new{number}", before, after))
                self.assertEqual(found == "", good, found)


class Release(unittest.TestCase):
    def build(self, source, folder):
        call("meson", "setup", folder, source, "--buildtype=debug", "-Dtests=disabled", "-Dexamples=disabled")
        call("ninja", "-C", folder)
        return (folder / "liblantian.so").resolve(), Path(source) / "include"

    def soname(self, library):
        return re.search(r"SONAME.*\[(.*)\]", call("readelf", "-d", library)).group(1)

    def test_last_release(self):
        tag = subprocess.run(["git", "-C", SOURCE, "describe", "--tags", "--abbrev=0", "--match", "v[0-9]*"],
                             capture_output=True, text=True) if shutil.which("git") else None
        if not tag or tag.returncode:
            self.skipTest("there is no release (a git tag v*) to compare with")
        with tempfile.TemporaryDirectory(prefix="abi-") as name:
            folder = Path(name)
            (folder / "source").mkdir()
            call("git", "-C", SOURCE, "archive", "-o", folder / "old.tar", tag.stdout.strip())
            call("tar", "-xf", folder / "old.tar", "-C", folder / "source")
            old, new = self.build(folder / "source", folder / "old"), self.build(SOURCE, folder / "new")
            if self.soname(old[0]) == self.soname(new[0]):
                self.assertEqual(compare(old, new), "", f"since {tag.stdout.strip()}: soversion in meson.build goes up")


if __name__ == "__main__":
    unittest.main()
