# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs functions as tests and speaks TAP. A test's name is the first line of its docstring."""
import sys
import tempfile
import traceback

import namespace


class Skip(Exception):
    """Raised by a test that cannot run here; says why."""


def run(*tests):
    """Each test gets a scratch folder; that of a failed test stays, and is named."""
    namespace.enter()
    print(f"1..{len(tests)}", flush=True)
    wanted = sys.argv[1:]
    failures = 0
    for number, test in enumerate(tests, 1):
        name = f"{number} - {test.__doc__.splitlines()[0]}"
        if wanted and test.__name__ not in wanted:
            print(f"ok {name} # SKIP not asked for")
            continue
        failures += not run_one(test, name)
        sys.stdout.flush()
    sys.exit(1 if failures else 0)


def run_one(test, name):
    scratch = tempfile.TemporaryDirectory(prefix="e2e-")
    try:
        test(scratch.name)
    except Skip as reason:
        print(f"ok {name} # SKIP {reason}")
    except Exception as error:  # whatever went wrong, the next test runs
        print(f"not ok {name}")
        for line in traceback.format_exc().splitlines():
            print(f"#   {line}")
        print(f"#   left behind: {scratch.name}")
        scratch._finalizer.detach()
        return False
    else:
        print(f"ok {name}")
    scratch.cleanup()
    return True
