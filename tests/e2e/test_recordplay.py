#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The harness proves itself on a plugin that is not ours: what Janus's own recorder writes is
what the journal says was sent. A difference found with our plugin is then our plugin's."""
import mjrfile
import tap
from janus import Janus
from publisher import Publisher

PLUGIN = "janus.plugin.recordplay"


def journals_tell_what_was_sent(folder):
    """the journal is what Janus's own record-and-play plugin records"""
    with Janus(folder) as janus:
        with Publisher(janus, "alice", ["opus", "vp8"], plugin=PLUGIN) as publisher:
            publisher.play(1)
        for label in ("audio", "video"):
            mjrfile.check_same(janus.recordings / f"alice-{label}.mjr", publisher.sent(label))


tap.run(journals_tell_what_was_sent)
