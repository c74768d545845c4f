#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Stops the function that reads, computes and prints in one pass, until nobody dares to change it,
# and the file that is about everything.
cd "$(dirname "$0")/../.." || exit 2
exec "${PYTHON:-/usr/bin/python3}" - <<'PROGRAM'
import ast, pathlib, re, sys

COLUMNS, FUNCTION, FILE = 100, 40, 300
SHORT = {"mod_slotwatch.c": 150, "Makefile": 150}
KINDS = {".c", ".h", ".cpp", ".hpp", ".py", ".sh", ".map"}
NO_FUNCTION = re.compile(r"(if|for|while|switch|do|else|struct|enum|class|union|namespace|extern"
                         r"|typedef|case|default|}|//|/\*|\*|#)")

def c_functions(lines):
    """First and last line of each: clang-format ends a block in the column where it begins."""
    for at, line in enumerate(lines):
        if not re.search(r"[^=({,] {$", line):
            continue
        first = at
        while (head := "".join(lines[first:at + 1])).count(")") > head.count("(") and first > 0:
            first -= 1
        indent = len(head) - len(head.lstrip())
        if indent > 2 or "(" not in head or NO_FUNCTION.match(head.lstrip()):
            continue
        end = " " * indent + "}"
        yield first, next((n for n in range(at, len(lines)) if lines[n].startswith(end)), at)

def python_functions(text):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.lineno - 1, node.end_lineno - 1

def complaints(path):
    text = path.read_text()
    lines = text.splitlines()
    if len(lines) > (most := SHORT.get(path.name, FILE)):
        yield 1, f"{len(lines)} lines, of at most {most}"
    for number, line in enumerate(lines, 1):
        if len(line) > COLUMNS:
            yield number, f"{len(line)} columns, of at most {COLUMNS}"
    for first, last in python_functions(text) if path.suffix == ".py" else c_functions(lines):
        if last - first + 1 > FUNCTION and path.suffix not in {".sh", ""}:
            yield first + 1, f"a function of {last - first + 1} lines, of at most {FUNCTION}"

files = [pathlib.Path("mod_slotwatch.c"), pathlib.Path("Makefile")]
files += sorted(path for top in ("src", "tests") for path in pathlib.Path(top).rglob("*")
                if path.suffix in KINDS)
found = [f"{path}:{line}: {what}" for path in files for line, what in complaints(path)]
for each in found:
    print("guard sizes:", each)
sys.exit(bool(found))
PROGRAM
