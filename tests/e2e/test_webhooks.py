#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens to recordings is posted, signed, and not lost, by a real Janus."""
import hashlib
import hmac
import http.server
import json
import threading
import time

import recordings
import tap
from janus import Janus
from publisher import Publisher

PORT = 18645
SECRET = "between us"
TIMEOUT = 30


class Receiver:
    """A server that answers with these statuses, then with 204, and keeps what it gets."""

    def __init__(self, *statuses):
        receiver = self
        self.statuses = list(statuses)
        self.posts = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.posts.append((self.headers, body))
                self.send_response(receiver.statuses.pop(0) if receiver.statuses else 204)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", PORT), Handler)

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def wait(self, count):
        deadline = time.monotonic() + TIMEOUT
        while len(self.posts) < count:
            if time.monotonic() > deadline:
                raise AssertionError(f"{len(self.posts)} posts, not {count}")
            time.sleep(0.02)
        return self.posts


def settings(events):
    return {"webhook_url": f"http://127.0.0.1:{PORT}/hook", "webhook_secret": SECRET,
            "webhook_events": events}


def record(janus):
    with Publisher(janus, "alice", ["opus", "vp8"]) as publisher:
        publisher.play(0.5)
        publisher.unpublish()


def check(headers, body):
    """The event, if it is genuine."""
    signed = headers["Recorder-Timestamp"].encode() + b"." + body
    digest = hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    assert headers["Recorder-Signature"] == f"sha256={digest}", headers.as_string()
    assert abs(time.time() - int(headers["Recorder-Timestamp"])) < 60, headers.as_string()
    event = json.loads(body)
    assert headers["Idempotency-Key"] == event["key"], (headers.as_string(), event)
    return event


def posted(folder):
    """a recording's start and end are posted in order, signed, and again after a failure"""
    with Receiver(500) as receiver:
        with Janus(folder, settings("recording_started,recording_finished")) as janus:
            record(janus)
            posts = receiver.wait(3)
    recording, = recordings.check(janus.recordings)
    events = [check(*post) for post in posts]
    assert [event["event"] for event in events] \
        == ["recording_started", "recording_started", "recording_finished"], events
    assert events[0] == events[1], events
    assert [headers["Recorder-Attempt"] for headers, _ in posts] == ["1", "2", "1"]
    assert sorted(events[2]["files"]) == sorted(path.name for path in recording.all_files())
    results = recording.manifest["hooks"]
    assert [(row["action"], row["code"], row["attempts"]) for row in results] \
        == [("webhook", 204, 2), ("webhook", 204, 1)], results
    told = janus.log() + recording.path.read_text()
    assert SECRET not in told and "/hook" not in told.replace("/hooks", ""), "it was told"


def killed(folder):
    """what could not be delivered before Janus was killed is delivered by the next"""
    janus = Janus(folder, settings("recording_finished"))
    janus.start()
    record(janus)
    janus.kill()
    with Receiver() as receiver:
        with janus:
            event = check(*receiver.wait(1)[0])
    recording, = recordings.check(janus.recordings)
    assert event["recording"]["id"] == recording.manifest["id"], event
    assert event["event"] == "recording_finished", event


tap.run(posted, killed)
