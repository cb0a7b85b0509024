# SPDX-License-Identifier: GPL-3.0-or-later
"""Shape: lengths of files, functions and lines, and depth of nesting (limits in rules.py)."""

import csource
import rules
import style

TEXT = r".*\.(c|h|py|sh|mk|m4|ac|js|mjs|css|go)|Makefile\.am|scripts/.*|\.ci/.*"


def long_lines(tree, path):
    tab = rules.TAB if path.endswith((".c", ".h")) else rules.TAB_ELSEWHERE
    for number, line in enumerate(tree.lines(path), 1):
        columns = len(line.expandtabs(tab))
        if columns > rules.COLUMNS_MAX:
            yield f"{path}:{number}: {columns} columns"


def bad_functions(tree, path):
    for function in csource.functions(tree.text(path)):
        name = f"{path}: {function.name}"
        is_long = function.lines > rules.FUNCTION_LINES_MAX and not path.startswith("tests/")
        if is_long and name not in rules.LONG_FUNCTIONS:
            yield f"{path}:{function.line}: {function.name} has {function.lines} lines"
        depth = csource.nesting(function.body)
        if depth > rules.NESTING_MAX:
            yield f"{path}:{function.line}: {function.name} nests {depth} deep"


def check(tree):
    seen = []
    for path in tree.matching(TEXT):
        seen += long_lines(tree, path)
    for path in tree.matching(r".*\.[ch]"):
        lines = len(tree.lines(path)) - 1
        if lines > rules.FILE_LINES_MAX:
            seen.append(f"{path}:{lines}: {lines} lines")
        seen += bad_functions(tree, path)
    return seen


def function(*statements):
    return "int f(int a,\n\tint b)\n{\n" + "".join(f"\t{line}\n" for line in statements) + "}\n"


DEEP = "if (a) {", "for (;;)", "while (b)", "switch (a) {", "if (b)", "f(a, b); } }"
FLAT = (
    "const struct x t[] = {{1, {2, {3, {4, {5}}}}}};",
    "do { f(1, 2); } while (a);",
    *("if (a) f(1, 2); else if (b) f(2, 1); else f(0, 0);",) * 6,
    'puts("if (a) { { { { {");',
)

CASES = [
    ("a long line is seen", {"common/a.c": "int\t" + "a" * 93 + ";\n"}, r"a.c:1: 102 columns"),
    ("a long file is seen", {"common/a.c": "\n" * 601}, r"601 lines"),
    ("a long function is seen", {"common/a.c": function(*["a++;"] * 59)}, r"a.c:3: f has 61 lines"),
    ("deep nesting is seen, also without braces", {"common/a.c": function(*DEEP)}, r"f nests 5"),
    ("tests may have long functions", {"tests/a.c": function(*["a++;"] * 99)}, None),
    ("tables, chains and text are not nesting", {"common/a.c": function(*FLAT)}, None),
]

if __name__ == "__main__":
    style.main(check, "files, functions and lines keep their limits", CASES)
