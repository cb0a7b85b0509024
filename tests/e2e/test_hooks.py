#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hooks in a real Janus: they are told, they survive its death, and the samples work."""
import json
import pathlib
import time

import recordings
import tap
from janus import BUILD, SOURCE, Janus
from publisher import Publisher

TIMEOUT = 20

# One JSON line per run: both arguments, some variables, what else there is, standard input.
TELL = """#!/usr/bin/python3
import json, os, sys
ours = {name: value for name, value in os.environ.items() if name.startswith("RECORDER_")}
others = sorted(set(os.environ) - set(ours))
line = json.dumps([sys.argv[1:], ours, others, json.load(sys.stdin), os.getcwd(),
                   sorted(os.listdir("/proc/self/fd"))])
with open(%r, "a") as told:
    told.write(line + "\\n")
"""


def program(folder, name, text):
    path = pathlib.Path(folder) / name
    path.write_text(text)
    path.chmod(0o755)
    return str(path)


def lines_of(path):
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def wait_for(what, measure):
    deadline = time.monotonic() + TIMEOUT
    while not (found := measure()):
        if time.monotonic() > deadline:
            raise AssertionError(f"no {what}")
        time.sleep(0.02)
    return found


def record(janus, stream):
    with Publisher(janus, stream, ["opus", "vp8"]) as publisher:
        publisher.play(0.5)
        publisher.unpublish()


def hooks_are_told(folder):
    """a recording's start, files and end are told in order, with nothing of the gateway's own"""
    told = pathlib.Path(folder) / "told"
    hook = program(folder, "hook", TELL % str(told))
    settings = {f"on_{event}_hook_script": hook for event in ("start", "part", "record")}
    with Janus(folder, settings) as janus:
        record(janus, "$(id) 'a")
        wait_for("end", lambda: len(lines_of(told)) >= 5)
    recording, = recordings.check(janus.recordings)
    lines = lines_of(told)
    events = [variables["RECORDER_EVENT"] for _, variables, *_ in lines]
    assert events == ["recording_started", "part_finished", "part_finished", "part_finished",
                      "recording_finished"], events
    paths = [arguments[1] for arguments, *_ in lines]
    assert paths[0] == paths[-1] == str(recording.path), paths
    assert sorted(paths[1:-1]) == sorted(map(str, recording.all_files())), paths
    for arguments, variables, others, event, where, descriptors in lines:
        assert arguments[0] == variables["RECORDER_STREAM"] == event["stream"] == "$(id) 'a"
        assert variables["RECORDER_KEY"] == event["key"], variables
        assert "LD_PRELOAD" not in others, others
        assert where == str(janus.recordings), where
        assert descriptors == ["0", "1", "2", "3"], descriptors  # the last is of the listing
    results = recording.manifest["hooks"]
    assert [result["event"] for result in results] == events, results
    assert all(result["is_ok"] for result in results), results


def a_killed_gateway_leaves_them(folder):
    """a hook that runs when Janus is killed runs again in the next, with the same key"""
    told, go = pathlib.Path(folder) / "told", pathlib.Path(folder) / "go"
    tell = program(folder, "tell", TELL % str(told))
    hook = program(folder, "hook", f"#!/bin/sh\n{tell} \"$@\"\n[ -e {go} ] || exec sleep 3\n")
    janus = Janus(folder, {"on_record_hook_script": hook})
    janus.start()
    record(janus, "alice")
    wait_for("hook", lambda: lines_of(told))
    janus.kill()
    go.touch()
    with janus:
        wait_for("second run", lambda: len(lines_of(told)) == 2)
        wait_for("result", lambda: recordings.only(janus.recordings).manifest.get("hooks"))
    first, second = lines_of(told)
    assert first == second, (first, second)
    recording, = recordings.check(janus.recordings)
    result, = recording.manifest["hooks"]
    assert result["is_ok"] and result["key"] == first[1]["RECORDER_KEY"], result


def samples_work(folder):
    """the samples convert a recording, and copy it to a web server"""
    hooks, root = SOURCE / "conf/hooks", pathlib.Path(folder) / "web"
    hook = program(folder, "hook", "#!/bin/sh\nset -e\n"
                   f"MJR={BUILD}/mjr FORMAT=webm {hooks}/convert.sh \"$@\"\n"
                   f"WEB_ROOT={root} {hooks}/copy.sh \"$1\" \"${{2%.json}}.webm\"\n")
    with Janus(folder, {"on_record_hook_script": hook}) as janus:
        record(janus, "front door")
        wait_for("copy", lambda: list(root.glob("front_door/*.webm")))
    recording = recordings.only(janus.recordings)
    copied, = root.rglob("*.*")
    assert copied.stem == recording.path.stem, copied
    assert copied.read_bytes()[:4] == b"\x1aE\xdf\xa3", "no WebM"
    assert "hook on_record_hook_script" in janus.log(), janus.log()


def refuses_what_cannot_run(folder):
    """a hook that is no program keeps the plugin from starting, and the log says which"""
    janus = Janus(folder, {"on_part_hook_script": "/no/such/hook"})
    janus.start()
    assert "on_part_hook_script = '/no/such/hook': must be the absolute path" in janus.log()
    janus.stop()


tap.run(hooks_are_told, a_killed_gateway_leaves_them, samples_work, refuses_what_cannot_run)
