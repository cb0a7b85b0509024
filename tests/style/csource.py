# SPDX-License-Identifier: GPL-3.0-or-later
"""Just enough C to measure it: code without comments and literals, and its functions.

Relies on the house format (a function's braces stand in the first column),
which its own check guarantees.
"""

import collections
import re

_NOISE = re.compile(
    r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL
)
_DIRECTIVE = re.compile(r"^[ \t]*#(?:\\\n|[^\n])*", re.MULTILINE)

Function = collections.namedtuple("Function", "name line lines body")


def _blank(match):
    return re.sub(r"[^\n]", " ", match.group())


def strip(text):
    """The same lines and columns with comments, literals and directives blanked out."""
    return _DIRECTIVE.sub(_blank, _NOISE.sub(_blank, text))


def functions(text):
    """Every function: its name, the line of its opening brace, its length with both braces."""
    code = strip(text)
    for match in re.finditer(r"^\{\n(.*?)^\}", code, re.DOTALL | re.MULTILINE):
        before = code[: match.start()]
        named = re.search(r"(\w+)\s*\([^;{}]*\)\s*$", before)
        yield Function(
            name=named.group(1) if named else "?",
            line=before.count("\n") + 1,
            lines=match.group().count("\n") + 1,
            body=match.group(1),
        )


def nesting(body):
    """The deepest nesting of control statements and blocks, with or without braces."""
    tokens = re.findall(r"\w+|[^\w\s]", body)
    stack = []  # "block" and "bare" (a body without braces) count; "data" (an initialiser) not
    deepest = parens = 0
    opening = None  # the control word whose body comes next
    previous = ";"
    for index, token in enumerate(tokens):
        if opening and parens == 0 and token != "(" and not (opening == "else" and token == "if"):
            stack.append("block" if token == "{" else "bare")
            opening = None
        elif token == "{":
            stack.append("block" if previous in ";{}:" else "data")
        deepest = max(deepest, sum(kind != "data" for kind in stack))
        if token in ("if", "for", "while", "switch", "else", "do"):
            is_tail_of_do = token == "while" and previous == "}" and _ends(tokens, index)
            opening = None if is_tail_of_do else token
        parens += (token == "(") - (token == ")")
        if token == "}" and stack:
            stack.pop()
        if parens == 0 and (token == ";" or token == "}") and "data" not in stack:
            while stack and stack[-1] == "bare":
                stack.pop()
        previous = token
    return deepest


def _ends(tokens, start):
    """True when the parentheses that follow tokens[start] are followed by a semicolon."""
    depth = 0
    for index in range(start + 1, len(tokens)):
        depth += (tokens[index] == "(") - (tokens[index] == ")")
        if depth == 0:
            return tokens[index + 1 : index + 2] == [";"]
    return False
