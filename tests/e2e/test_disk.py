#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens when the disk is full."""
import mjrfile
import namespace
import recordings
import tap
from janus import Janus
from publisher import Publisher

DISK = 1024 * 1024  # some seconds of video
BALLAST = 512 * 1024


def full_disk(folder):
    """ends the recording in good order on a full disk, says so, and records again later"""
    janus = Janus(folder)
    namespace.small_disk(janus.recordings, DISK)
    ballast = janus.recordings / ".ballast"
    ballast.write_bytes(bytes(BALLAST))
    try:
        with janus, Publisher(janus, "alice", ["opus", "vp8"]) as publisher:
            failed = publisher.wait_plugin_event("recording_failed")
            assert failed["reason"] == "disk_full", failed
            listed, = janus.ask("recordings")["recordings"]
            assert (listed["state"], listed["reason"]) == ("failed", "disk_full"), listed
            refused = publisher.request("start_recording")
            assert refused.get("error_code") == 507, refused
            ballast.unlink()
            publisher.ask("start_recording", name="later")
            publisher.play(1)
            finished = publisher.unpublish()
            assert finished["recording"]["name"] == "later", finished
        check(janus, publisher)
    finally:
        namespace.remove_disk(janus.recordings)


def check(janus, publisher):
    """What was written before the disk was full is whole, and so is what came later."""
    first, second = recordings.load(janus.recordings)
    assert first.manifest["state"] == "failed" and second.manifest["state"] == "complete"
    for label in ("audio", "video"):
        for recording in (first, second):
            mjrfile.check_same(recording.file(label), publisher.sent(label), is_whole=False)
        quality = first.tracks[label]["quality"]
        written = len(mjrfile.packets(first.file(label)))
        assert quality["received"] == written + quality["dropped"], quality


tap.run(full_disk)
