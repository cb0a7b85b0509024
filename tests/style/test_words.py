# SPDX-License-Identifier: GPL-3.0-or-later
"""Words: the licence on top, a purpose below it, and nothing that rules.WORDS forbids."""

import re

import rules
import style

TEXT = r"(?!tests/vectors/|tests/fuzz/corpus/).*"


def head(tree, path):
    """Violations in the first lines of a file."""
    lines = tree.lines(path)
    if not any(rules.LICENCE in line for line in lines[:3]):
        yield f"{path}:1: no line {rules.LICENCE!r} on top"
    elif path.endswith((".c", ".h")) and not lines[1].startswith(("/*", "//")):
        yield f"{path}:2: the file does not say what it is for"


def words(tree, path):
    here = [rule for rule in rules.WORDS if re.fullmatch(rule[1], path)]
    for number, line in enumerate(tree.lines(path), 1):
        for word, _, why in here:
            match = re.search(word, line)
            if match:
                yield f"{path}:{number}: {match.group().strip()!r}: {why}"


def check(tree):
    seen = []
    for path in tree.matching(rules.LICENSED):
        seen += head(tree, path)
    for path in tree.matching(TEXT):
        is_text = b"\0" not in (tree.source / path).read_bytes()[:4096]
        if is_text and path not in rules.WORDS_EXCEPTIONS:
            seen += words(tree, path)
    return seen


TOP = f"/* {rules.LICENCE} */\n/* Counts. */\n"

CASES = [
    ("a missing licence is seen", {"common/a.c": "/* Counts. */\n"}, r"a.c:1: no line"),
    ("a missing purpose is seen", {"common/a.c": TOP.split("\n")[0] + "\nint a;\n"}, r"a.c:2:"),
    ("unfinished work is seen", {"docs/a.md": "# A\nTODO: write\n"}, r"a.md:2: 'TODO'"),
    ("a private path is seen", {"scripts/a": f"#{TOP}cd /home/me\n"}, r"a:3: .*/home/m"),
    ("a tracker number is seen", {"README.md": "as of issue 12\n"}, r"README.md:1: 'issue 12'"),
    ("an unbounded copy is seen", {"common/a.c": TOP + "strcpy(a, b);\n"}, r"a.c:3: 'strcpy\("),
    ("a shell is seen", {"plugins/a.c": TOP + "system(a);\n"}, r"a.c:3: 'system\("),
    ("a script needs a licence too", {"scripts/a": "#!/bin/sh\n"}, r"scripts/a:1: no line"),
    ("tests may sleep", {"tests/common/a.c": TOP + "usleep(1);\n"}, None),
]

if __name__ == "__main__":
    style.main(check, "licences are there, forbidden words are not", CASES)
