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
    """suspends the recording while the disk is full, and goes on in new files, without a loss"""
    janus = Janus(folder, {"disk_low": 0, "disk_reserve": 0})
    namespace.small_disk(janus.recordings, DISK)
    ballast = janus.recordings / ".ballast"
    ballast.write_bytes(bytes(BALLAST))
    try:
        with janus, Publisher(janus, "alice", ["opus", "vp8"]) as publisher:
            suspended = publisher.wait_plugin_event("recording_suspended")
            assert suspended["reason"] == "disk_full", suspended
            listed, = janus.ask("recordings")["recordings"]
            assert listed["state"] == "recording", listed
            ballast.unlink()
            publisher.wait_plugin_event("recording_resumed")
            publisher.play(1)
            publisher.unpublish()
        check(janus, publisher)
    finally:
        namespace.remove_disk(janus.recordings)


def check(janus, publisher):
    """Every part is whole, the next one goes on where it ends, and nothing is missing."""
    recording = recordings.only(janus.recordings)
    assert recording.manifest["state"] == "complete", recording.manifest
    interruption, = recording.manifest["interruptions"]
    assert interruption["reason"] == "disk_full", interruption
    assert interruption["from_us"] < interruption["to_us"], interruption
    for label in ("audio", "video"):
        files = recording.files(label)
        assert len(files) > 1, files
        packets = [packet for file in files for packet in mjrfile.packets(file)]
        sent = mjrfile.packets(publisher.sent(label))
        assert mjrfile.find_run(packets, sent) is not None, mjrfile.explain(packets, sent)
        quality = recording.tracks[label]["quality"]
        assert quality["received"] == len(packets), quality
        assert quality["dropped"] == 0, quality


tap.run(full_disk)
