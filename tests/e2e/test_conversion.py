#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recordings are converted by themselves when they have ended, in a real Janus."""
import json
import pathlib
import subprocess
import time

import recordings
import tap
from janus import BUILD, Janus
from publisher import Publisher

TIMEOUT = 60
SECONDS = 2


def wait_for(what, measure):
    deadline = time.monotonic() + TIMEOUT
    while not (found := measure()):
        if time.monotonic() > deadline:
            raise AssertionError(f"no {what}")
        time.sleep(0.05)
    return found


def program(folder, name, text):
    path = pathlib.Path(folder) / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def record(janus, media, event=None):
    """With a publisher that stays, so that it is told what becomes of its recording."""
    with Publisher(janus, "alice", media) as publisher:
        publisher.play(SECONDS)
        publisher.ask("stop_recording", stream="alice")
        return publisher.wait_plugin_event(event or "recording_finished")


def wait_for_output(janus):
    """The one recording, when its hooks are in its manifest; and its one output."""
    wait_for("output", lambda: recordings.only(janus.recordings).manifest.get("outputs"))
    recording, = recordings.check(janus.recordings)
    output, = recording.manifest["outputs"]
    return recording, output


def probe(path):
    """Codecs, sampling rate and duration, by an independent reader that decodes all of it."""
    subprocess.run(["ffmpeg", "-v", "error", "-xerror", "-i", path, "-f", "null", "-"], check=True)
    shown = subprocess.run(["ffprobe", "-v", "error", "-of", "json", "-show_streams",
                            "-show_format", path], capture_output=True, check=True).stdout
    shown = json.loads(shown)
    streams = {stream["codec_type"]: stream for stream in shown["streams"]}
    return {kind: stream["codec_name"] for kind, stream in streams.items()}, \
        int(streams["audio"]["sample_rate"]), float(shown["format"]["duration"])


def converts(name, mode, media, suffix, codecs, rate):
    def test(folder):
        told = pathlib.Path(folder) / "told"
        hook = program(folder, "hook", f'echo "$RECORDER_EVENT $2" >>{told}')
        with Janus(folder, {"convert": mode, "mjr_path": str(BUILD / "mjr"),
                            "on_record_hook_script": str(hook),
                            "on_converted_hook_script": str(hook)}) as janus:
            event = record(janus, media, "recording_converted")
            recording, output = wait_for_output(janus)
        path = recording.path.with_suffix(f".{suffix}")
        assert event["file"] == str(path), event
        assert told.read_text().splitlines() == [
            f"recording_finished {path}", f"recording_converted {path}"], told.read_text()
        assert (output["file"], output["format"]) == (path.name, suffix), output
        assert output["bytes"] == path.stat().st_size == event["converted"]["bytes"], output
        found_codecs, found_rate, duration = probe(path)
        assert (found_codecs, found_rate) == (codecs, rate), (found_codecs, found_rate)
        assert abs(duration - output["duration_us"] / 1e6) < 0.1, (duration, output)
        assert abs(duration - SECONDS) < 1, duration
        assert not output["is_lossy"], output["report"]
        assert [hook["action"] for hook in recording.manifest["hooks"]] \
            == ["convert", "program", "program"], recording.manifest["hooks"]
    test.__name__ = name
    test.__doc__ = f"{' and '.join(media)} become {suffix.upper()} with convert = {mode}"
    return test


def killed(folder):
    """a conversion that runs when Janus is killed is done by the next"""
    begun, go = pathlib.Path(folder) / "begun", pathlib.Path(folder) / "go"
    mjr = program(folder, "mjr", f'touch {begun}; [ -e {go} ] || exec sleep 3; '
                  f'exec {BUILD}/mjr "$@"')
    janus = Janus(folder, {"convert": "auto", "mjr_path": str(mjr)})
    janus.start()
    record(janus, ["opus", "vp8"])
    wait_for("conversion", begun.exists)
    janus.kill()
    go.touch()
    with janus:
        recording, output = wait_for_output(janus)
    probe(recording.path.with_suffix(".webm"))
    result, = recording.manifest["hooks"]
    assert result["is_ok"] and output["file"] == recording.path.with_suffix(".webm").name, result


def gives_up(folder):
    """a conversion that fails is told, and costs the recording nothing"""
    told = pathlib.Path(folder) / "told"
    mjr = program(folder, "mjr", "exit 4")
    hook = program(folder, "hook", f'echo "$RECORDER_EVENT $2" >>{told}')
    with Janus(folder, {"convert": "mp4", "mjr_path": str(mjr), "hook_retries": 1,
                        "on_record_hook_script": str(hook)}) as janus:
        event = record(janus, ["opus", "vp8"], "conversion_failed")
        wait_for("hook", told.exists)
    assert event["problem"] == "exit status 4", event
    recording, = recordings.check(janus.recordings)
    assert told.read_text() == f"recording_finished {recording.path}\n", told.read_text()
    assert "outputs" not in recording.manifest, recording.manifest["outputs"]
    assert [hook["is_ok"] for hook in recording.manifest["hooks"]] == [False, True]


def refuses(folder):
    """without mjr the plugin does not start, and the log says what is missing"""
    janus = Janus(folder, {"convert": "auto", "mjr_path": "/no/such/mjr"})
    janus.start()
    assert "mjr_path = '/no/such/mjr': must be the absolute path" in janus.log(), janus.log()
    janus.stop()


tap.run(
    converts("vp8", "auto", ["opus", "vp8"], "webm", {"audio": "opus", "video": "vp8"}, 48000),
    converts("h264", "auto", ["opus", "h264"], "mp4", {"audio": "aac", "video": "h264"}, 44100),
    converts("audio", "mp4", ["pcmu"], "mp4", {"audio": "aac"}, 44100),
    killed,
    gives_up,
    refuses,
)
