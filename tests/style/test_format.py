# SPDX-License-Identifier: GPL-3.0-or-later
"""Format: clang-format would change nothing. Pinned to one major version: they disagree."""

import pathlib
import re
import shutil
import subprocess

import style

MAJOR = "14"
CONFIG = pathlib.Path(__file__).parents[2] / ".clang-format"


def clang_format():
    """The program of the right version, or None."""
    for name in (f"clang-format-{MAJOR}", "clang-format"):
        program = shutil.which(name)
        if program:
            version = subprocess.run([program, "--version"], capture_output=True, text=True)
            if re.search(rf"version {MAJOR}\.", version.stdout):
                return program
    return None


def check(tree):
    program = clang_format()
    if not program:
        raise style.Skip(f"no clang-format {MAJOR} here")
    paths = tree.matching(r".*\.[ch]")
    if not paths:
        return []
    command = [program, "--dry-run", "-Werror", f"--style=file:{CONFIG}", *paths]
    result = subprocess.run(command, cwd=tree.source, capture_output=True, text=True)
    places = re.findall(r"^(\S+:\d+):\d+: error: ", result.stderr, re.MULTILINE)
    if result.returncode and not places:
        return [f".clang-format:1: {result.stderr.strip()}"]
    return [f"{place}: not as clang-format writes it" for place in dict.fromkeys(places)]


CASES = [
    ("a wrong brace is seen", {"common/a.c": "int a(void) {\n\treturn 1;\n}\n"}, r"a.c:1"),
    ("blanks for a tab are seen", {"common/a.c": "int a(void)\n{\n  return 1;\n}\n"}, r"a.c:2"),
    ("the house format is let through", {"common/a.c": "int a(void)\n{\n\treturn 1;\n}\n"}, None),
]

if __name__ == "__main__":
    style.main(check, "clang-format changes nothing", CASES)
