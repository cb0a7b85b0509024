#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Janus's event handlers hear of every stream and recording what its client hears."""
import http.server
import json
import queue
import threading

import janus as gateway
import recordings
import tap
from janus import Janus
from publisher import Publisher

TIMEOUT = 10


class Listener:
    """What Janus's sample event handler posts to, as (plugin event, handle id)."""

    def __init__(self):
        self.events = queue.Queue()
        listener = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                for event in body if isinstance(body, list) else [body]:
                    listener.events.put(event)
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", gateway.EVENTS), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def until(self, name):
        """Our plugin's events up to and including the one of this name."""
        seen = []
        while not seen or seen[-1]["event"] != name:
            try:
                event = self.events.get(timeout=TIMEOUT)["event"]
            except queue.Empty:
                raise AssertionError(f"no '{name}' after {seen}") from None
            if event.get("plugin") == gateway.PACKAGE:
                seen.append(event["data"])
        return seen


def life_of_a_recording(folder):
    """tells event handlers of a stream and its recording, in order"""
    with Listener() as listener, Janus(folder, events=True) as janus:
        with Publisher(janus, "alice", ["opus", "vp8"]) as publisher:
            publisher.play(0.5)
            told = publisher.unpublish()
            seen = listener.until("recording_finished")
        recording, = recordings.check(janus.recordings)
    names = [event["event"] for event in seen]
    for earlier, later in (("recording_started", "recording_finished"),
                           ("publishing", "recording_finished"),
                           ("part_finished", "recording_finished")):
        assert names.index(earlier) < names.index(later), names
    finished = seen[-1]
    assert {key: finished[key] for key in told} == told, (finished, told)
    parts = {event["file"].rpartition("/")[2] for event in seen
             if event["event"] == "part_finished"}
    assert parts == {path.name for path in recording.all_files()}, parts


def silence(folder):
    """says nothing to event handlers when told so"""
    with Listener() as listener, Janus(folder, {"events": False}, events=True) as janus:
        with Publisher(janus, "alice", ["opus"]) as publisher:
            publisher.play(0.3)
            publisher.unpublish()
    ours = [event for event in listener.events.queue
            if event["event"].get("plugin") == gateway.PACKAGE]
    assert not ours, ours


def events_to_the_client(folder):
    """tells the client the same story"""
    with Janus(folder) as janus:
        with Publisher(janus, "alice", ["opus", "vp8"]) as publisher:
            started = publisher.wait_plugin_event("recording_started")
            assert publisher.wait_plugin_event("publishing")["stream"] == "alice"
            keyframe = publisher.wait_plugin_event("keyframe")
            publisher.play(0.3)
            finished = publisher.unpublish()
            assert started["recording"] == keyframe["recording"] == finished["recording"]
            assert finished["reason"] == "unpublished"
        recording, = recordings.check(janus.recordings)
        totals = sum(track["quality"]["received"] for track in recording.manifest["tracks"])
        assert finished["packets"] == totals
        assert finished["bytes"] == sum(path.stat().st_size for path in recording.all_files())


tap.run(life_of_a_recording, silence, events_to_the_client)
