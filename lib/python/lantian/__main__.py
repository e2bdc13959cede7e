# SPDX-License-Identifier: GPL-3.0-or-later
"""python3 -m lantian plan ARGUMENT...: runs lantian-plan with these arguments; `convert` and `voc-offset` likewise."""

import os
import shutil
import sys
from pathlib import Path

from .library import PATH

PROGRAMS = {"plan": "lantian-plan", "convert": "lantian-convert", "voc-offset": "voc-offset"}


def program(name):
    """Where a program is: beside the library (in the same prefix or build folder), else on the PATH."""
    folder = Path(PATH).resolve().parent
    for place in (folder / "examples", folder.parent / "bin", folder.parent.parent / "bin"):
        if os.access(place / name, os.X_OK):
            return str(place / name)
    return shutil.which(name)


def _environment():
    """The environment, in which the program finds the library that the package found."""
    folder = os.path.dirname(PATH)
    if not folder:
        return os.environ
    return {**os.environ, "LD_LIBRARY_PATH": ":".join(filter(None, (folder, os.environ.get("LD_LIBRARY_PATH"))))}


def main():
    """Becomes the program."""
    if len(sys.argv) < 2 or sys.argv[1] not in PROGRAMS:
        print(f"usage: python3 -m lantian {'|'.join(PROGRAMS)} [ARGUMENT...]", file=sys.stderr)
        return 2
    name = PROGRAMS[sys.argv[1]]
    path = program(name)
    if path is None:
        print(f"{name} was not found, neither beside {PATH} nor on the PATH", file=sys.stderr)
        return 3
    os.execve(path, [name, *sys.argv[2:]], _environment())


if __name__ == "__main__":
    sys.exit(main())
