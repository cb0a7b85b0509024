#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Deleting, holding and retention in a real Janus, while another stream is recorded."""
import json
import time

import recordings
import tap
from janus import Janus
from publisher import Publisher

TIMEOUT = 20
KEY = {"admin_key": "open sesame"}


def takes(janus, count):
    """Complete recordings take-0, take-1, … of a stream of its own."""
    with Publisher(janus, "takes", ["opus"], request={"record": False}) as publisher:
        for number in range(count):
            publisher.ask("start_recording", name=f"take-{number}", **KEY)
            publisher.play(0.1)
            publisher.ask("stop_recording", **KEY)
            publisher.wait_plugin_event("recording_finished")


def names(janus):
    return {recording["name"] for recording in janus.ask("recordings", **KEY)["recordings"]}


def wait_for(what, holds):
    deadline = time.monotonic() + TIMEOUT
    while not holds():
        assert time.monotonic() < deadline, f"not so: {what}"
        time.sleep(0.05)


def conflict(janus, request, word, **members):
    data = janus.admin(request, **members, **KEY)
    assert data.get("error_code") == 409 and word in data["error"], data


def deletes_and_holds(folder):
    """deletes and holds over the Admin API, and leaves a stream alone that is recorded meanwhile"""
    with Janus(folder, KEY) as janus:
        takes(janus, 2)
        with Publisher(janus, "alice", ["opus", "vp8"], request={"name": "alice"}) as publisher:
            conflict(janus, "delete_recording", "not ended", name="alice")
            held = janus.ask("hold_recording", name="take-0", hold=True, **KEY)
            assert held["recording"]["name"] == "take-0", held
            conflict(janus, "delete_recording", "held", name="take-0")
            gone = janus.ask("delete_recording", name="take-1", **KEY)
            assert gone["recording"]["name"] == "take-1", gone
            assert names(janus) == {"alice", "take-0"}
            assert not list(janus.recordings.glob("*take-1*"))
            publisher.play(0.5)
            janus.ask("hold_recording", name="take-0", hold=False, **KEY)
            janus.ask("delete_recording", name="take-0", **KEY)
            publisher.unpublish()
        recording, = recordings.check(janus.recordings)
        assert recording.manifest["name"] == "alice"


def keeps_its_rules(folder):
    """deletes what is too old, but nothing that is held or recorded; first it only says so"""
    with Janus(folder, KEY) as janus:
        takes(janus, 3)
        janus.ask("hold_recording", name="take-1", hold=True, **KEY)
    everything = {"take-0", "take-1", "take-2"}
    with Janus(folder, {**KEY, "retention_age": 1, "retention_dry_run": True}) as janus:
        for name in ("take-0", "take-2"):
            wait_for(name, lambda said=f"'{name}' would be deleted": said in janus.log())
        assert "'take-1' would be deleted" not in janus.log()
        assert names(janus) == everything
    with Janus(folder, {**KEY, "retention_age": 1}) as janus:
        with Publisher(janus, "alice", ["opus", "vp8"], request={"name": "alice"}) as publisher:
            wait_for("retention by age", lambda: names(janus) == {"take-1", "alice"})
            publisher.play(2)
            assert names(janus) == {"take-1", "alice"}, "it runs, however long"
    assert not list(janus.recordings.glob("*take-0*"))


def makes_room(folder):
    """deletes the oldest when all take too many bytes"""
    with Janus(folder, KEY) as janus:
        takes(janus, 3)
    found = {recording.manifest["name"]: recording for recording in recordings.load(
        janus.recordings)}
    size = sum(path.stat().st_size for path in found["take-2"].all_files())
    with Janus(folder, {**KEY, "retention_bytes": size}) as janus:
        with Publisher(janus, "alice", ["opus", "vp8"], request={"name": "alice"}) as publisher:
            wait_for("room", lambda: names(janus) == {"take-2", "alice"})
            publisher.play(0.5)
            janus.ask("hold_recording", name="alice", hold=True, **KEY)
            publisher.unpublish()
        wait_for("room again", lambda: names(janus) == {"alice"})
    recording, = recordings.check(janus.recordings)
    assert recording.manifest["hold"] is True, json.dumps(recording.manifest)


tap.run(deletes_and_holds, keeps_its_rules, makes_room)
