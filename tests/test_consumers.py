# SPDX-License-Identifier: GPL-3.0-or-later
"""Lantian as somebody else's dependency: what the shared library exports, each header alone in C11 and C++17, and one
small program built against an installed copy through pkg-config and through CMake, and from source as meson's subproject."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

SOURCE = Path(os.environ.get("LANTIAN_SOURCE", Path(__file__).resolve().parent.parent))
BUILD = Path(os.environ.get("LANTIAN_BUILD", SOURCE / "build"))
INCLUDE = SOURCE / "include"
HEADERS = sorted(path.relative_to(INCLUDE).as_posix() for path in INCLUDE.rglob("*.h"))
STRICT = ["-Wall", "-Wextra", "-pedantic", "-Werror"]

# 7.2 t/h = 7200 kg / 3600 s = 2 kg/s.
CONSUMER = """\
#include <lantian.h>
#include <stdio.h>

int main(void)
{
    double flow;
    if (ltn_unit_convert(7.2, "t/h", "kg/s", &flow)) return 1;
    printf("%s %.6f\\n", ltn_version(), flow);
    return 0;
}
"""
MESON = """\
project('consumer', 'c')
lantian = dependency('lantian', version: '>= %s', fallback: 'lantian')
executable('consumer', 'consumer.c', dependencies: lantian)
"""
CMAKE = """\
cmake_minimum_required(VERSION 3.13)
project(consumer C)
find_package(lantian %s REQUIRED)
find_package(lantian REQUIRED)
add_executable(consumer consumer.c)
target_link_libraries(consumer PRIVATE lantian::lantian)
"""


def call(*command, **more):
    """Runs a command that has to succeed; what it prints."""
    done = subprocess.run([*map(str, command)], capture_output=True, encoding="utf-8", **more)
    if done.returncode:
        raise AssertionError(f"{' '.join(map(str, command))}: status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def declared():
    """The functions that the headers declare LTN_API, comments left out."""
    names = []
    for header in HEADERS:
        text = re.sub(r"/\*.*?\*/", " ", (INCLUDE / header).read_text(encoding="utf-8"), flags=re.DOTALL)
        text = re.sub(r"(?m)^#.*$", "", text)
        for declaration in re.findall(r"\bLTN_API\b([^;]*);", text):
            names.append(re.search(r"(\w+)\s*\(", declaration).group(1))
    return names


def version():
    text = (INCLUDE / "lantian/status.h").read_text(encoding="utf-8")
    return ".".join(re.search(rf"LTN_VERSION_{part} (\d+)", text).group(1) for part in ("MAJOR", "MINOR", "PATCH"))


class Names(unittest.TestCase):
    def test_exports_are_what_the_headers_declare(self):
        lines = call("nm", "-D", "--defined-only", BUILD / "liblantian.so").splitlines()
        exported = sorted(line.split()[-1] for line in lines)
        self.assertGreater(len(exported), 200)
        self.assertEqual(exported, sorted(declared()))
        self.assertEqual([name for name in exported if not name.startswith("ltn_")], [])

    def test_macros_are_ours(self):
        """Nothing that a header defines can be in the way of another library's names."""
        for header in HEADERS:
            text = (INCLUDE / header).read_text(encoding="utf-8")
            for name in re.findall(r"(?m)^#\s*define\s+(\w+)", text):
                self.assertRegex(name, r"^(LTN|LANTIAN)_", header)

    def test_types_and_enumerators_are_ours(self):
        for header in HEADERS:
            text = re.sub(r"/\*.*?\*/", " ", (INCLUDE / header).read_text(encoding="utf-8"), flags=re.DOTALL)
            names = re.findall(r"\b(?:struct|enum|union)\s+(\w+)", text) + re.findall(r"}\s*(\w+)\s*;", text)
            for body in re.findall(r"\benum\s+\w*\s*{([^}]*)}", text):
                names += re.findall(r"(?:^|,)\s*(\w+)", body)
            for name in names:
                self.assertRegex(name, r"^(ltn_|LTN_)", header)

    def test_every_header_is_in_the_umbrella(self):
        seen = call("cc", "-I", INCLUDE, "-M", INCLUDE / "lantian.h")
        self.assertEqual([header for header in HEADERS if header not in seen], [])


class Headers(unittest.TestCase):
    def check(self, compiler, standard, language):
        if not shutil.which(compiler):
            self.skipTest(f"{compiler} is not installed")
        for header in HEADERS:
            done = subprocess.run([compiler, f"-std={standard}", *STRICT, "-x", language, "-fsyntax-only", "-I", INCLUDE,
                                   "-"], input=f"#include <{header}>\n", capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stderr), (0, ""), header)

    def test_each_alone_as_c11(self):
        self.check("cc", "c11", "c")

    def test_each_alone_as_cxx17(self):
        self.check("c++", "c++17", "c++")


class Consumers(unittest.TestCase):
    """One copy is installed for all of them, and moved: no file in it may hold where it was meant to be."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="lantian-")
        cls.addClassCleanup(folder.cleanup)
        call("meson", "install", "-C", BUILD, "--no-rebuild", "--destdir", folder.name)
        (pc,) = Path(folder.name).rglob("lantian.pc")
        cls.libdir = pc.parent.parent
        cls.prefix = next(path.parent for path in pc.parents if (path.parent / "include/lantian.h").exists())

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="consumer-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        (self.folder / "consumer.c").write_text(CONSUMER)

    def check(self, program):
        done = call(program, env={**os.environ, "LD_LIBRARY_PATH": str(self.libdir)})
        self.assertEqual(done, f"{version()} 2.000000\n")

    def pkg_config(self, *options):
        environment = {**os.environ, "PKG_CONFIG_PATH": str(self.libdir / "pkgconfig")}
        return call("pkg-config", f"--define-variable=prefix={self.prefix}", *options, "lantian", env=environment)

    def test_pkg_config(self):
        self.assertEqual(self.pkg_config("--modversion").strip(), version())
        command = f'cc -std=c11 {" ".join(STRICT)} consumer.c -o consumer {self.pkg_config("--cflags", "--libs")}'
        call("sh", "-c", command.replace("\n", ""), cwd=self.folder)
        self.check(self.folder / "consumer")

    def test_pkg_config_static(self):
        """The archive, with what the .pc file says it needs, each of which stays a shared library: what Debian's .pc files
        of those say for themselves is more than is installed."""
        needs = [line.split()[0] for line in self.pkg_config("--print-requires-private").splitlines()]
        (private,) = re.findall(r"(?m)^Libs\.private: (.*)$", (self.libdir / "pkgconfig/lantian.pc").read_text())
        flags = f'-I{self.prefix}/include {self.libdir}/liblantian.a {call("pkg-config", "--libs", *needs).strip()} {private}'
        call("sh", "-c", f"cc consumer.c -o consumer {flags}", cwd=self.folder)
        self.assertNotIn("liblantian", call("readelf", "-d", self.folder / "consumer"))
        self.check(self.folder / "consumer")

    def test_soname(self):
        """The name a program asks for is the one that is installed, and names an ABI and not a release."""
        (soname,) = re.findall(r"SONAME.*\[(.*)\]", call("readelf", "-d", self.libdir / "liblantian.so"))
        self.assertRegex(soname, r"^liblantian\.so\.\d+$")
        self.assertTrue((self.libdir / soname).exists())

    def cmake(self, wanted):
        (self.folder / "CMakeLists.txt").write_text(CMAKE % wanted)
        shutil.rmtree(self.folder / "build", ignore_errors=True)
        return subprocess.run(["cmake", "-G", "Ninja", "-S", self.folder, "-B", self.folder / "build",
                               f"-DCMAKE_PREFIX_PATH={self.prefix}"], capture_output=True, text=True)

    @unittest.skipUnless(shutil.which("cmake"), "cmake is not installed")
    def test_cmake(self):
        done = self.cmake(version())
        self.assertEqual(done.returncode, 0, done.stderr)
        call("cmake", "--build", self.folder / "build")
        self.check(self.folder / "build/consumer")

    @unittest.skipUnless(shutil.which("cmake"), "cmake is not installed")
    def test_cmake_versions(self):
        major, minor, patch = map(int, version().split("."))
        for wanted, good in ((f"{major}.{minor}", True), (f"{version()} EXACT", True), (f"{major}.{minor}.{patch + 1}", False),
                             (f"{major}.{minor + 1}", False), (f"{major + 1}.0", False), (f"0.0...{major + 1}", True),
                             (f"{major}.{minor}...<{version()}", False)):
            self.assertEqual(self.cmake(wanted).returncode == 0, good, wanted)

    @unittest.skipUnless(shutil.which("cmake"), "cmake is not installed")
    def test_cmake_says_what_is_missing(self):
        header = self.prefix / "include/lantian.h"
        header.rename(header.with_suffix(".away"))
        self.addCleanup(header.with_suffix(".away").rename, header)
        done = self.cmake(version())
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("include/lantian.h is not there", " ".join(done.stderr.split()))

    def test_meson_subproject(self):
        """Built from source in the consumer's tree, without our programs and tests; not optimised, to be quick."""
        (self.folder / "meson.build").write_text(MESON % version())
        copy = self.folder / "subprojects/lantian"
        for name in ("lib", "include", "meson.build", "meson_options.txt"):
            copy.mkdir(parents=True, exist_ok=True)
            (copy / name).symlink_to(SOURCE / name)
        call("meson", "setup", "--force-fallback-for=lantian", "-Dlantian:optimization=0", "build", cwd=self.folder)
        targets = call("ninja", "-C", "build", "-t", "targets", "all", cwd=self.folder)
        self.assertNotIn("lantian-plan", targets)
        self.assertNotIn("test_", targets)
        call("ninja", "-C", "build", "consumer", cwd=self.folder)
        self.check(self.folder / "build/consumer")


if __name__ == "__main__":
    unittest.main()
