#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes lantian/bindings.py, the ctypes declarations of everything in the public headers.

    lib/python/generate.py            writes the file
    lib/python/generate.py --print    prints it

It needs pycparser (Debian: python3-pycparser) and a C preprocessor. tests/test_python.py holds the file against this
program, the compiler and the shared library.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

from pycparser import c_ast, c_parser

HERE = Path(__file__).resolve().parent
SOURCE = HERE.parent.parent
BINDINGS = HERE / "lantian" / "bindings.py"

PLAIN = {"int": "c_int", "unsigned": "c_uint", "unsigned int": "c_uint", "double": "c_double", "char": "c_char",
         "size_t": "c_size_t", "uint8_t": "c_uint8", "int32_t": "c_int32",
         "int64_t": "c_int64", "uint64_t": "c_uint64"}

HEAD = '''\
# SPDX-License-Identifier: GPL-3.0-or-later
"""ctypes declarations of liblantian. Made from include/lantian/*.h by lib/python/generate.py; do not edit.

A `const char *` is bytes or None; a `char *`, which its receiver frees, is an address. An enumeration is a c_int; its
enumerators are constants here, by name. declare() gives a loaded library its prototypes.
"""

from ctypes import (CFUNCTYPE, POINTER, Structure, c_char, c_char_p, c_double, c_int, c_int32, c_int64, c_size_t,
                    c_uint, c_uint8, c_uint64, c_void_p)
'''

TAIL = '''

def declare(library):
    """Sets restype and argtypes of every function of a loaded library, and returns it."""
    for name, (result, parameters) in FUNCTIONS.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, parameters
    return library
'''


def preprocessed():
    """The public headers after the preprocessor, with their #define lines. -undef: no compiler is known, so that
    LTN_API and LTN_CHECKED are empty."""
    command = [os.environ.get("CC", "cc"), "-E", "-dD", "-undef", "-nostdinc", "-I", HERE / "fake",
               "-I", SOURCE / "include", SOURCE / "include" / "lantian.h"]
    return subprocess.run(command, check=True, capture_output=True, encoding="utf-8").stdout


def constants(text):
    """Macros of the library that are plain numbers, by name."""
    return re.findall(r"^#define (LTN_\w+) (-?[0-9.]+)$", text, re.M)


def declarations(text):
    """The headers' declarations, in order."""
    bare = re.sub(r"^#(?!\s*\d).*$", "", text, flags=re.M)
    return c_parser.CParser().parse(bare).ext


def value(node):
    """A constant expression of an enumerator."""
    if isinstance(node, c_ast.UnaryOp) and node.op == "-":
        return -value(node.expr)
    if isinstance(node, c_ast.BinaryOp) and node.op == "<<":
        return value(node.left) << value(node.right)
    if isinstance(node, c_ast.Constant):
        return int(node.value, 0)
    raise ValueError(f"an enumerator that generate.py cannot work out at {node.coord}")


class Headers:
    """What the headers declare, each in the order of the headers."""

    def __init__(self, text):
        self.constants = constants(text)
        self.enumerations, self.opaque, self.structures = {}, [], {}
        self.callbacks, self.functions = {}, {}
        self.order = []  # structures and callbacks, which name each other
        for node in declarations(text):
            self.take(node)
        self.opaque = [name for name in self.opaque if name not in self.structures]

    def take(self, node):
        inner = node.type
        if isinstance(inner, c_ast.FuncDecl):
            self.functions[node.name] = inner
        elif isinstance(inner, c_ast.PtrDecl) and isinstance(inner.type, c_ast.FuncDecl):
            self.callbacks[node.name] = inner.type
            self.order.append(node.name)
        elif isinstance(inner.type, c_ast.Enum):
            self.take_enumeration(node.name, inner.type)
        elif isinstance(inner.type, c_ast.Struct):
            self.take_structure(node.name, inner.type)
        elif node.name not in PLAIN:
            raise ValueError(f"a declaration that generate.py does not know at {node.coord}")

    def take_enumeration(self, name, node):
        members, following = {}, 0
        for enumerator in node.values.enumerators:
            members[enumerator.name] = following if enumerator.value is None else value(enumerator.value)
            following = members[enumerator.name] + 1
        self.enumerations[name] = members

    def take_structure(self, name, node):
        if node.decls is None:
            self.opaque.append(name)
        else:
            self.structures[name] = node.decls
            self.order.append(name)

    def ctype(self, node):
        """The ctypes name of a C type."""
        if isinstance(node, c_ast.ArrayDecl):
            return f"{self.ctype(node.type)} * {node.dim.value}"
        if isinstance(node, c_ast.PtrDecl):
            return self.pointer(node.type)
        name = " ".join(node.type.names) if isinstance(node.type, c_ast.IdentifierType) else node.type.name
        if name in PLAIN:
            return PLAIN[name]
        return "c_int" if name in self.enumerations else name

    def pointer(self, to):
        if isinstance(to, c_ast.TypeDecl) and isinstance(to.type, c_ast.IdentifierType):
            if to.type.names == ["void"]:
                return "c_void_p"
            if to.type.names == ["char"]:
                return "c_char_p" if "const" in to.quals else "c_void_p"
        return f"POINTER({self.ctype(to)})"

    def result(self, function):
        returned = function.type
        nothing = isinstance(returned, c_ast.TypeDecl) and getattr(returned.type, "names", None) == ["void"]
        return "None" if nothing else self.ctype(returned)

    def parameters(self, function):
        named = function.args.params if function.args else []
        return [self.ctype(p.type) for p in named if self.is_parameter(p)]

    @staticmethod
    def is_parameter(p):
        return not (isinstance(p.type, c_ast.TypeDecl) and getattr(p.type.type, "names", None) == ["void"])


def wrapped(head, items, tail, indent):
    """Items after one another in lines of at most 120 characters."""
    lines, line = [], head
    for i, item in enumerate(items):
        piece = item + ("," if i + 1 < len(items) else tail)
        if len(line) + 1 + len(piece) > 120:
            lines.append(line.rstrip())
            line = " " * indent + piece
        else:
            line += ("" if line.endswith(("(", "[")) or not line.strip() else " ") + piece
    return lines + [line]


def structure_lines(headers, name):
    fields = [f'("{d.name}", {headers.ctype(d.type)})' for d in headers.structures[name]]
    return [f"{name}._fields_ = ["] + [f"    {field}," for field in fields] + ["]"]


def callback_lines(headers, name):
    function = headers.callbacks[name]
    return wrapped(f"{name} = CFUNCTYPE(", [headers.result(function), *headers.parameters(function)], ")", 4)


def function_lines(headers, name):
    function = headers.functions[name]
    parameters = headers.parameters(function)
    if not parameters:
        return [f'    "{name}": ({headers.result(function)}, ()),']
    tail = ",))," if len(parameters) == 1 else ")),"
    return wrapped(f'    "{name}": ({headers.result(function)}, (', parameters, tail, 8)


def generated():
    """The text of bindings.py."""
    headers = Headers(preprocessed())
    lines = [HEAD, "# Macros"]
    lines += [f"{name} = {number}" for name, number in headers.constants]
    for name, members in headers.enumerations.items():
        lines += ["", f"# {name}"] + [f"{member} = {number}" for member, number in members.items()]
    lines += ["", "ENUMERATIONS = {"]
    for name, members in headers.enumerations.items():
        lines += wrapped(f'    "{name}": (', [f'"{member}"' for member in members],
                         ",)," if len(members) == 1 else "),", 8)
    lines += ["}", ""]
    for name in headers.opaque + list(headers.structures):
        what = "Opaque." if name in headers.opaque else "Plain data."
        lines += ["", f"class {name}(Structure):", f'    """{what}"""', ""]
    for name in headers.order:
        lines += [""] + (structure_lines if name in headers.structures else callback_lines)(headers, name)
    lines += ["", "STRUCTURES = ("] + [f"    {name}," for name in headers.structures] + [")"]
    lines += ["", "FUNCTIONS = {"]
    for name in headers.functions:
        lines += function_lines(headers, name)
    return "\n".join(lines + ["}"]) + "\n" + TAIL


def main():
    if sys.argv[1:] == ["--print"]:
        sys.stdout.write(generated())
    else:
        BINDINGS.write_text(generated(), encoding="utf-8")


if __name__ == "__main__":
    main()
