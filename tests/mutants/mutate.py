# SPDX-License-Identifier: Apache-2.0
"""Changes the sources in one place at a time and counts what no unit test and no trace notices.

usage: mutate.py LIBRARY COMPILE LINK --count N --seed S TEST...
LIBRARY is the shared object that the TESTs are linked to, COMPILE and LINK the commands
that build it: COMPILE is given -o OBJECT SOURCE, LINK -o LIBRARY OBJECT...
"""

import argparse
import random
import re
import shlex
import subprocess
import sys
from pathlib import Path

SWAPS = (
    (r" < ", (" <= ", " > ")), (r" <= ", (" < ",)), (r" > ", (" >= ", " < ")), (r" >= ", (" > ",)),
    (r" == ", (" != ",)), (r" != ", (" == ",)), (r" && ", (" || ",)), (r" \|\| ", (" && ",)),
    (r" \+ ", (" - ",)), (r" - ", (" + ",)), (r" \* ", (" / ",)), (r" / ", (" * ",)),
    (r" \+= ", (" -= ",)), (r"\+\+", ("--",)), (r"std::min\b", ("std::max",)),
    (r"std::max\b", ("std::min",)), (r"\breturn true\b", ("return false",)),
    (r"\breturn false\b", ("return true",)), (r"(?<= = )1;", ("0;",)), (r"(?<= = )0;", ("1;",)),
    (r"(?<=[(,=] )1\b", ("2",)), (r"(?<=\()!", ("",)),
)
STATEMENT = re.compile(r"^ +(?!return|const|auto|break|continue|case|default|static|using|\[)"
                       r"[\w:.>*&\[\]()+-]+( [-+|&^]?= .*|\(.*\)|\+\+)?;$")
SKIPPED = re.compile(r"^\s*(//|#|static_assert|template|using|namespace)")


def mutants_of(path):
    """(path, line number, the line, what it becomes)"""
    for number, line in enumerate(path.read_text().splitlines()):
        if SKIPPED.match(line):
            continue
        code = line.split("//")[0]
        for pattern, others in SWAPS:
            for found in re.finditer(pattern, code):
                for other in others:
                    yield path, number, line, line[:found.start()] + other + line[found.end():]
        if STATEMENT.match(code.rstrip()):
            yield path, number, line, re.match(r" *", line).group() + ";"


def notices(test):
    try:
        done = subprocess.run(test, capture_output=True, timeout=60)
    except subprocess.TimeoutExpired:
        return True
    return done.returncode != 0


class Build:
    def __init__(self, given):
        self.library = Path(given.library)
        self.compile = shlex.split(given.compile)
        self.link = shlex.split(given.link)
        self.folder = self.library.parent / "mutant"
        self.folder.mkdir(exist_ok=True)
        self.objects = {}

    def object_of(self, source, text):
        """@return whether it compiles: what does not is no mutant"""
        changed, result = self.folder / source.name, self.folder / (source.stem + ".o")
        changed.write_text(text)
        done = subprocess.run([*self.compile, f"-I{source.parent}", "-o", result, changed],
                              capture_output=True)
        self.objects[source] = result
        return done.returncode == 0

    def link_all(self):
        subprocess.run([*self.link, "-o", self.library, *self.objects.values()], check=True)


def try_one(build, mutant, tests):
    """@return None: it does not compile; else whether a test noticed. Who noticed is asked first
    the next time: the tests that notice much stand in front."""
    path, number, _, changed = mutant
    text = path.read_text()
    lines = text.splitlines()
    lines[number] = changed
    if not build.object_of(path, "\n".join(lines) + "\n"):
        build.object_of(path, text)
        return None
    build.link_all()
    noticed = next((test for test in tests if notices(test)), None)
    if noticed is not None:
        tests.remove(noticed)
        tests.insert(0, noticed)
    build.object_of(path, text)
    return noticed is not None


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("library")
    parser.add_argument("compile")
    parser.add_argument("link")
    parser.add_argument("tests", nargs="+")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sources", nargs="+", required=True)
    return parser.parse_args()


def main():
    given = arguments()
    build = Build(given)
    sources = [Path(source) for source in given.sources]
    for source in sources:
        assert build.object_of(source, source.read_text()), source
    build.link_all()
    tests = [shlex.split(test) for test in given.tests]
    bad = [test for test in tests if notices(test)]
    assert not bad, f"fail without a change: {bad}"
    mutants = [mutant for source in sources for mutant in mutants_of(source)]
    random.Random(given.seed).shuffle(mutants)
    killed, survived = 0, []
    for mutant in mutants:
        if killed + len(survived) == given.count:
            break
        noticed = try_one(build, mutant, tests)
        killed += noticed is True
        if noticed is False:
            survived.append(mutant)
            path, number, line, changed = mutant
            print(f"survived: {path}:{number + 1}: {line.strip()}  ->  {changed.strip()}",
                  flush=True)
    tried = killed + len(survived)
    print(f"{killed} of {tried} mutants noticed ({100 * killed / tried:.1f} %), "
          f"of {len(mutants)} that there are")
    return 0


if __name__ == "__main__":
    sys.exit(main())
