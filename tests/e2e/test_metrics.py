#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Metrics of a real Janus, by the Admin API and in the file for node_exporter."""
import os
import shutil
import stat
import subprocess
import time

import tap
from janus import Janus
from publisher import Publisher

TIMEOUT = 30
PREFIX = "janus_recorder_"


def samples_of(text):
    """{name with labels: value}"""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return {name.removeprefix(PREFIX): float(value)
            for name, value in (line.rsplit(" ", 1) for line in lines)}


def wait_for(what, measure):
    deadline = time.monotonic() + TIMEOUT
    while not (found := measure()):
        if time.monotonic() > deadline:
            raise AssertionError(f"no {what}")
        time.sleep(0.05)
    return found


def check_format(text):
    """Prometheus' own opinion, where there is one."""
    promtool = shutil.which("promtool")
    if promtool:
        said = subprocess.run([promtool, "check", "metrics"], input=text, text=True,
                              capture_output=True, check=False)
        assert said.returncode == 0 and not said.stdout + said.stderr, said


def file_and_requests_agree(folder):
    """the file, the text and the JSON tell of one recording while it goes on, and after it"""
    path = f"{folder}/recorder.prom"
    with Janus(folder, {"metrics_file": path, "metrics_interval": 1}) as janus:
        def in_file(name):
            with open(path, encoding="utf-8") as file:
                return samples_of(file.read())[name]

        wait_for("file", lambda: os.path.exists(path))
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o644
        with Publisher(janus, "alice", ["opus", "vp8"]) as publisher:
            publisher.play(1)
            wait_for("recording", lambda: in_file("recordings_running") == 1)
            wait_for("bytes", lambda: in_file("recorded_bytes_total") > 10000)
            check_format(janus.ask("stats", format="prometheus")["text"])
            finished = publisher.unpublish()
        told = janus.ask("stats")
        metrics = told["metrics"]
        assert metrics["recorded_packets_total"] == finished["packets"], (metrics, finished)
        assert metrics["recorded_bytes_total"] == finished["bytes"], (metrics, finished)
        assert metrics["recordings_ended_total"]["complete"] == 1 and not told["stalled"]
        assert metrics["write_duration_seconds"]["count"] > 0
        assert metrics["disk_available_bytes"] > 0
        assert not any(metrics["dropped_packets_total"].values()), metrics
        wait_for("end", lambda: in_file("recorded_bytes_total") == finished["bytes"])
    assert not os.path.exists(path), "it passes for that of a Janus that runs"


def who_sends_nothing_is_named(folder):
    """a publisher that sends nothing any more is counted and named, until it goes on"""
    with Janus(folder) as janus:
        with Publisher(janus, "alice", ["opus", "vp8"]) as alice:
            with Publisher(janus, "bob", ["opus"]) as bob:
                alice.play(0.5)
                bob.pause()
                stalled = wait_for("stall", lambda: janus.ask("stats")["stalled"])
                assert [entry["stream"] for entry in stalled] == ["bob"], stalled
                assert 10 <= stalled[0]["seconds"] < TIMEOUT, stalled
                running = janus.ask("streams")["streams"]
                mine, = [stream for stream in running if stream["stream"] == "bob"]
                assert mine["recordings"] == [stalled[0]["recording"] | {"paused": False}]
                text = janus.ask("stats", format="prometheus")["text"]
                assert samples_of(text)["recordings_stalled"] == 1
                bob.do("unmute")
                wait_for("end of the stall", lambda: not janus.ask("stats")["stalled"])
                bob.unpublish()
            alice.unpublish()


tap.run(file_and_requests_agree, who_sends_nothing_is_named)
