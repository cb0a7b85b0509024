# SPDX-License-Identifier: GPL-3.0-or-later
"""The frame of the style checks: the tree to look at, the self-tests, TAP.

A check is a function from a Tree to the violations that it sees, each a
"path:line: sentence". Before the project itself, every check is shown small
trees that break its rule, and must see each: a check that cannot fail proves
nothing.
"""

import os
import pathlib
import re
import sys
import tempfile

SKIPPED_FOLDERS = {".git", ".github", "node_modules", "autom4te.cache", "build-aux", "__pycache__"}

# What autoreconf and configure write among the sources.
GENERATED = re.compile(
    r"aclocal\.m4|configure~?|config\.h\.in~?|Makefile\.in|m4/(libtool|lt.*)\.m4"
)


class Tree:
    """Files of a source folder by their path below it, and the folder that it was built in.

    Without a build folder it is a planted one.
    """

    def __init__(self, source, build=None):
        self.source = pathlib.Path(source)
        self.build = pathlib.Path(build or source)
        self.is_planted = build is None
        self.paths = sorted(self._walk())

    def _walk(self):
        for folder, names, files in os.walk(self.source):
            here = pathlib.Path(folder)
            names[:] = [name for name in names if not self._is_foreign(here / name)]
            for name in files:
                path = (here / name).relative_to(self.source).as_posix()
                if not GENERATED.fullmatch(path):
                    yield path

    def _is_foreign(self, folder):
        # A build folder inside the source folder has a config.status of its own.
        is_build = folder.name.startswith(("build", "_build", "_inst", "janus-recorder-"))
        return folder.name in SKIPPED_FOLDERS or is_build or (folder / "config.status").exists()

    def matching(self, pattern):
        return [path for path in self.paths if re.fullmatch(pattern, path)]

    def text(self, path):
        return (self.source / path).read_text(encoding="utf-8", errors="replace")

    def lines(self, path):
        return self.text(path).split("\n")


class Skip(Exception):
    """The check cannot be made here; the message says why."""


def _report(number, violations, name):
    print(f"{'not ok' if violations else 'ok'} {number} - {name}")
    for violation in violations:
        print(f"# {violation}")


def _selftest(check, files, expected):
    """What is wrong with the check's view of a planted tree: nothing, or one sentence."""
    with tempfile.TemporaryDirectory() as folder:
        for path, text in files.items():
            target = pathlib.Path(folder, path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        seen = check(Tree(folder))
    if expected is None:
        return [f"saw a violation where there is none: {line}" for line in seen]
    if not any(re.search(expected, line) for line in seen):
        return [f"did not see {expected!r}, but: {seen}"]
    return []


def _results(check, rule, cases, tree):
    for name, files, expected in cases:
        yield name, _selftest(check, files, expected)
    yield rule, check(tree)


def main(check, rule, cases):
    """Runs the cases (name, files, pattern of the violation or None), then the project; exits."""
    source = os.environ.get("G_TEST_SRCDIR") or pathlib.Path(__file__).parents[2]
    tree = Tree(source, os.environ.get("G_TEST_BUILDDIR") or source)
    try:
        results = list(_results(check, rule, cases, tree))
    except Skip as reason:
        print(f"1..0 # SKIP {reason}")
        sys.exit(0)
    print(f"1..{len(results)}")
    for number, (name, violations) in enumerate(results, 1):
        _report(number, violations, name)
    sys.exit(any(violations for _, violations in results))
