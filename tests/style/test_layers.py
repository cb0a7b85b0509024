# SPDX-License-Identifier: GPL-3.0-or-later
"""Floors: a file includes only what lies on its own floor or below (rules.LAYERS)."""

import re

import rules
import style

INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]')


def kind_of(header):
    for kind, pattern in rules.HEADERS:
        if re.fullmatch(pattern, header):
            return kind
    return None


def floor_of(path):
    folder = path.rpartition("/")[0]
    while folder and folder not in rules.LAYERS:
        folder = folder.rpartition("/")[0]
    return rules.LAYERS.get(folder)


def complaint(path, bracket, header):
    """What is wrong with this include, or None."""
    folders, kinds = floor_of(path)
    if bracket == "<":
        kind = kind_of(header)
        if kind is None:
            return f"<{header}> is of no library that we know"
        return None if kind in kinds else f"<{header}> ({kind}) is out of bounds here"
    if header == "config.h":
        return None
    folder = header.rpartition("/")[0]
    if not folder:
        return f'"{header}": give the path from the top folder'
    return None if folder in folders else f'"{header}" is out of bounds here'


def check(tree):
    seen = []
    for path in tree.matching(r".*\.[ch]"):
        if floor_of(path) is None:
            seen.append(f"{path}:1: the folder is on no floor")
            continue
        for number, line in enumerate(tree.lines(path), 1):
            match = INCLUDE.match(line)
            wrong = match and complaint(path, *match.groups())
            if wrong:
                seen.append(f"{path}:{number}: {wrong}")
    return seen


CASES = [
    (
        "the engine may not know Janus",
        {"recording/ring.c": "#include <glib.h>\n#include <plugins/plugin.h>\n"},
        r"ring.c:2: .*janus",
    ),
    (
        "only media may know libav",
        {"postprocessing/depay/vp8.c": "#include <libavcodec/avcodec.h>\n"},
        r"vp8.c:1: .*libav",
    ),
    (
        "the plugin may not know the tool",
        {"plugins/intake.c": '#include "postprocessing/core/reader.h"\n'},
        r"intake.c:1: .*reader.h",
    ),
    (
        "the tool may not know the engine",
        {"postprocessing/main.c": '#include "recording/engine.h"\n'},
        r"main.c:1: .*engine.h",
    ),
    ("no floor may look up", {"common/mjr.c": '#include "recording/ring.h"\n'}, r"mjr.c:1"),
    ("an unknown library is seen", {"common/mjr.c": "#include <zlib.h>\n"}, r"no library"),
    ("a folder without a floor is seen", {"misc/a.c": "\n"}, r"a.c:1: .*no floor"),
    (
        "what is allowed is let through",
        {
            "plugins/intake.c": '#include "plugins/intake.h"\n#include <plugins/plugin.h>\n'
            '#include "common/mjr.h"\n#include "recording/ring.h"\n#include <jansson.h>\n',
        },
        None,
    ),
]

if __name__ == "__main__":
    style.main(check, "no file includes from a floor above its own", CASES)
