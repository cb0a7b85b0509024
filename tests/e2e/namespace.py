# SPDX-License-Identifier: GPL-3.0-or-later
"""A network of one's own: nothing but 127.0.0.1, so ports are free and nobody else can hear."""
import os
import subprocess
import sys

ENTERED = "E2E_NAMESPACE"
PYTHON = "/usr/bin/python3"  # Debian's, with Debian's modules


def enter():
    """Runs this program again inside a new network namespace, unless it is inside already."""
    if os.environ.get(ENTERED) == "entered":
        return
    if os.environ.get(ENTERED) == "made":
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        os.environ[ENTERED] = "entered"
        return
    os.environ[ENTERED] = "made"
    unshare = ["unshare", "-n"] if os.geteuid() == 0 else ["unshare", "-r", "-n"]
    os.execvp("unshare", unshare + [PYTHON] + sys.argv)
