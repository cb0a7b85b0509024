# SPDX-License-Identifier: GPL-3.0-or-later
"""A network of one's own: nothing but 127.0.0.1, so ports are free and nobody else can hear.

And mounts of one's own, so that a test can have a small disk.
"""
import os
import subprocess
import sys

ENTERED = "E2E_NAMESPACE"
PYTHON = "/usr/bin/python3"  # Debian's, with Debian's modules


def enter():
    """Runs this program again inside new namespaces, unless it is inside already."""
    if os.environ.get(ENTERED) == "entered":
        return
    if os.environ.get(ENTERED) == "made":
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        os.environ[ENTERED] = "entered"
        return
    os.environ[ENTERED] = "made"
    unshare = ["unshare", "-n", "-m"] + ([] if os.geteuid() == 0 else ["-r"])
    os.execvp("unshare", unshare + [PYTHON] + sys.argv)


def small_disk(folder, size_bytes):
    """Mounts a disk of that size; it goes away with the namespace."""
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size_bytes}", "e2e", folder], check=True)


def remove_disk(folder):
    subprocess.run(["umount", folder], check=True)
