# SPDX-License-Identifier: GPL-3.0-or-later
"""Symbols, as the built objects have them: exports, prefixes, writable state.

The tree's own objects are looked at where the build left them; a planted tree
is compiled first.
"""

import collections
import os
import pathlib
import re
import shlex
import subprocess

import rules
import style

SHIPPED = r"(common|recording|plugins|postprocessing)/.*\.c"
WRITABLE = re.compile(r"(?!\.data\.rel\.ro)(\.t?data|\.t?bss|\*COM\*|COMMON)")

Symbol = collections.namedtuple("Symbol", "name is_global section")


def symbols(path, *options):
    """What `nm` tells of a file, without the sanitizers' own."""
    command = ["nm", "--format=sysv", "--defined-only", *options, path]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    for line in output.splitlines():
        fields = [field.strip() for field in line.split("|")]
        if len(fields) == 7 and not fields[0].startswith(("_", ".")):
            yield Symbol(fields[0], fields[2].isupper(), fields[6])


def compiled(tree, path):
    """The object made of a source: the newest that the build left, or one compiled now."""
    stem = pathlib.Path(path).stem
    if tree.is_planted:
        target = tree.source / path.replace(".c", ".o")
        compiler = shlex.split(os.environ.get("CC") or "cc")
        command = [*compiler, "-fPIC", "-c", "-o", target, tree.source / path]
        subprocess.run(command, check=True)
        return target
    folder = (tree.build / path).parent
    found = [*folder.glob(f".libs/*{stem}.o"), *folder.glob(f"*{stem}.o")]
    found = [name for name in found if re.fullmatch(rf"(\w+-)?{stem}\.o", name.name)]
    return max(found, key=lambda name: name.stat().st_mtime, default=None)


def prefixes(tree, path):
    """rtp.c owns rtp_…, depay/vp8.c also depay_vp8_…, formats.c, a table, also format_…, and
    manifest_json.c, which has no header of its own but lies beside manifest.h, also manifest_…"""
    parts = pathlib.Path(path).with_suffix("").parts
    stem = parts[-1]
    owned = [stem, "_".join(parts[-2:]), stem.removesuffix("s")]
    while stem and not (tree.source / path).with_name(f"{stem}.h").exists():
        stem = stem.rpartition("_")[0]
    return owned + [stem] if stem else owned


def complaint(tree, path, symbol):
    """What is wrong with a symbol of this source, or None."""
    name = symbol.name.split(".")[0]
    if WRITABLE.match(symbol.section) and name not in rules.STATE_EXCEPTIONS.get(path, ()):
        return "is writable state outside any struct"
    if not symbol.is_global or name in rules.SYMBOL_EXCEPTIONS.get(path, ()):
        return None
    if name.startswith(rules.FORBIDDEN_PREFIX):
        return "could be taken for the Janus core's"
    owned = prefixes(tree, path)
    if not any(name == prefix or name.startswith(prefix + "_") for prefix in owned):
        return f"has not the prefix {owned[0]}_"
    return None


def check_object(tree, path):
    target = compiled(tree, path)
    for symbol in symbols(target) if target else ():
        wrong = complaint(tree, path, symbol)
        if wrong:
            yield f"{path}:1: {symbol.name} {wrong}"


def check_plugin(tree):
    """The plugin exports one name; it must be there once its sources are."""
    plugins = list(tree.build.glob(".libs/*.so")) + list(tree.build.glob("plugins/.libs/*.so"))
    if tree.matching(r"plugins/janus_recorder\.c") and not plugins and not tree.is_planted:
        yield "plugins/janus_recorder.c:1: the plugin was not built"
    for plugin in plugins:
        names = {symbol.name for symbol in symbols(plugin, "-D")}
        if names != rules.PLUGIN_EXPORTS:
            yield f"{plugin.name}:1: exports {sorted(names)}"


def check(tree):
    if not tree.is_planted and not (tree.build / "config.status").exists():
        raise style.Skip("nothing was built here")
    seen = list(check_plugin(tree))
    for path in tree.matching(SHIPPED):
        seen += check_object(tree, path)
    return seen


CASES = [
    (
        "the core's prefix is seen",
        {"plugins/janus_recorder.c": "void janus_recorder_free(void) {}\n"},
        r"janus_recorder_free could be taken",
    ),
    ("a foreign prefix is seen", {"common/mjr.c": "void rtp_put(void) {}\n"}, "mjr.c:1: rtp_put"),
    ("a file's variable is seen", {"common/mjr.c": "static int n; int *mjr = &n;\n"}, "n is writ"),
    ("a function's too", {"common/mjr.c": "int mjr(void) {static int n; return n++;}\n"}, r"n\.0"),
    (
        "what is owned and constant is let through",
        {
            "plugins/janus_recorder.c": "void create(void) {}\n",
            "common/mjr_frame.c": "int mjr_put(void) { return 0; }\n",
            "common/mjr.h": "int mjr_put(void);\n",
            "postprocessing/depay/vp8.c": "static const char *const t[] = {0, __FILE__};\n"
            "const char *vp8_name(int i) { return t[i]; }\nint depay_vp8(void) { return 0; }\n",
        },
        None,
    ),
]

if __name__ == "__main__":
    style.main(check, "objects define what they own, and the plugin exports create", CASES)
