#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A line of 1 GiB ends in an error, in seconds and without 1 GiB of memory.

The file is mapped, so what is limited is the memory a process may write to (RLIMIT_DATA)."""
import ctypes
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time

SIZE = 1 << 30
MEMORY = 300 << 20
SECONDS = 60
SKIPPED = 77
LTN_EINPUT, LTN_ELIMIT = -4, -11

HEADER = b"source,region,sector,pollutant,emission_t,name\nA,330303,combustion,SO2,1,"

# What the line is made of, and what the complaint says.
SHAPES = {
    "one field": (b"", b"x", "the row is longer than 1 MiB"),
    "empty fields": (b"", b",", "the row is longer than 1 MiB"),
    "doubled quotes": (b"", b'"a""b",', "the row is longer than 1 MiB"),
    "an open quote": (b'"', b"x,", "the quote that opens here is never closed"),
    "an open quote, lines": (b'"', b"x,\n", "the quote that opens here is never closed"),
    "a stray quote": (b'y"', b"x", "a quote stands inside an unquoted field"),
}


class Error(ctypes.Structure):
    _fields_ = [("code", ctypes.c_int), ("line", ctypes.c_int), ("column", ctypes.c_int),
                ("source", ctypes.c_char * 256), ("message", ctypes.c_char * 512)]


def read(path):
    """In a child: reads the file and prints what the library says."""
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    library = ctypes.CDLL(os.path.join(os.environ["LANTIAN_BUILD"], "liblantian.so"))
    library.ltn_last_error.restype = ctypes.POINTER(Error)
    out = ctypes.c_void_p(1)
    status = library.ltn_inventory_read_csv(os.fsencode(path), None, ctypes.byref(out))
    error = library.ltn_last_error().contents
    print(status, out.value is None, error.line, error.message.decode())


def write(path, start, piece):
    block = piece * (2 ** 20 // len(piece))
    with open(path, "wb") as stream:
        stream.write(HEADER + start)
        for _ in range(SIZE // len(block)):
            stream.write(block)
        stream.write(b"\n")


def check(path, name):
    start, piece, message = SHAPES[name]
    write(path, start, piece)
    began = time.monotonic()
    child = subprocess.run([sys.executable, __file__, path], capture_output=True, text=True, timeout=10 * SECONDS)
    took = time.monotonic() - began
    print(f"{name}: {took:.1f} s: {child.stdout.strip()} {child.stderr.strip()}", flush=True)
    status, nothing, line, said = child.stdout.split(" ", 3) if child.returncode == 0 else ("0", "", "0", "")
    return (int(status) in (LTN_EINPUT, LTN_ELIMIT) and nothing == "True" and int(line) == 2 and message in said
            and took < SECONDS)


def main():
    if len(sys.argv) > 1:
        return read(sys.argv[1])
    folder = tempfile.mkdtemp(prefix="lantian-large-")
    try:
        if shutil.disk_usage(folder).free < 3 * SIZE:
            print("less than 3 GiB of disk left: skipped")
            return SKIPPED
        path = os.path.join(folder, "large.csv")
        bad = [name for name in SHAPES if not check(path, name)]
        if bad:
            print("failed:", ", ".join(bad))
        return 1 if bad else 0
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
