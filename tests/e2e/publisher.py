# SPDX-License-Identifier: GPL-3.0-or-later
"""Drives the scripted publisher (tests/publisher): its commands, its report.

    with Publisher(janus, "alice", ["opus", "vp8"]) as publisher:
        publisher.play(2)
"""
import json
import pathlib
import queue
import subprocess
import threading
import time

from janus import BUILD, PACKAGE

TIMEOUT = 30
ARRIVAL_S = 3  # for what is on its way
AUDIO = ("opus", "pcmu", "pcma", "g722")
RECORDPLAY = json.dumps({"request": "record", "name": "%s", "filename": "%s"})


class Publisher:
    """One process, of one publisher or more; ready when the block is entered."""

    def __init__(self, janus, stream, media, *options, request=None, plugin=PACKAGE, fails=False):
        self.janus = janus
        self.replies = {}  # Janus's envelopes of what answered the offers
        self.journal = janus.folder / "journal"
        self.journal.mkdir(exist_ok=True)
        self.stream = stream
        self.lines = []  # everything reported so far
        self.fails = fails
        self.next_id = 0
        self.incoming = queue.Queue()
        tracks = [part for name in media for part in track_option(name)]
        body = {"request": "publish", "stream": "%s", **(request or {})}
        if plugin == "janus.plugin.recordplay":
            body = json.loads(RECORDPLAY)
        self.process = subprocess.Popen(
            [BUILD / "tests/publisher/publisher", "--server", janus.http, "--plugin", plugin,
             "--stream", stream, "--journal", self.journal,
             "--request", json.dumps(body), *tracks, *map(str, options)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        try:
            for line in self.process.stdout:
                self.incoming.put(json.loads(line))
        finally:
            self.incoming.put(None)

    def __enter__(self):
        ready = self.wait("ready")
        if ready["failed"] and not self.fails:
            raise AssertionError(f"could not publish: {self.lines}")
        return self

    def __exit__(self, failure, *_):
        if failure:
            self.process.kill()
        self.quit()

    def quit(self):
        """Leaves in good order; the journal is complete then."""
        if self.process.poll() is None:
            self.write({"do": "quit"})
        self.process.stdin.close()
        self.process.wait(TIMEOUT)

    def kill(self):
        """What a crash of the browser does: nobody says good-bye. The journal may lack its end."""
        self.process.kill()
        self.process.wait()

    def write(self, command):
        self.process.stdin.write(json.dumps(command) + "\n")

    # --- what it reports ---

    def wait(self, event, matches=lambda line: True):
        """The next line of this kind, past ones included once."""
        for line in self.lines:
            if self.fits(line, event, matches):
                return self.seen(line)
        while True:
            line = self.incoming.get(timeout=TIMEOUT)
            if line is None:
                raise AssertionError(f"the publisher ended before '{event}': {self.lines}")
            self.lines.append(line)
            if line["event"] == "reply":
                self.replies[line["publisher"]] = line["message"]
            if self.fits(line, event, matches):
                return self.seen(line)

    @staticmethod
    def fits(line, event, matches):
        return line["event"] == event and not line.get("seen") and matches(line)

    @staticmethod
    def seen(line):
        line["seen"] = True
        return line

    def wait_plugin_event(self, name, publisher=0):
        """The members of the plugin's next unsolicited event of this name."""
        line = self.wait("janus", lambda line: line["publisher"] == publisher
                         and plugin_result(line["message"]).get("event") == name)
        return plugin_result(line["message"])

    # --- what it can be told ---

    def do(self, action, publisher=0, **members):
        self.next_id += 1
        number = self.next_id
        self.write({"do": action, "publisher": publisher, "id": number, **members})
        done = self.wait("done", lambda line: line.get("id") == number)
        if "error" in done:
            raise AssertionError(f"{action}: {done['error']}")
        return done

    def play(self, seconds):
        """Lets media flow for that long."""
        self.do("play", seconds=seconds)

    def request(self, request, publisher=0, **members):
        """A request to the plugin; returns its "recorder" object."""
        reply = self.do("message", publisher, body={"request": request, **members})["message"]
        return reply["plugindata"]["data"]

    def ask(self, request, publisher=0, **members):
        """The same for a request that must succeed; returns its "result"."""
        data = self.request(request, publisher, **members)
        if "result" not in data:
            raise AssertionError(f"{request}: {data}")
        return data["result"]

    def stop(self, publisher=0):
        """Ends the media; the gateway has taken in all of it then."""
        self.do("stop", publisher)
        self.settle(publisher)

    def pause(self, publisher=0):
        """The same, but the media could go on."""
        self.do("mute", publisher)
        self.settle(publisher)

    def settle(self, publisher):
        """Waits for the last packets, which a request would overtake on a busy machine.

        When they do not arrive nothing is said: the comparison with the journal says it better.
        """
        tracks = self.do("stats", publisher)["tracks"].values()
        sent = sum(track["packets"] for track in tracks)
        deadline = time.monotonic() + ARRIVAL_S
        while self.received(publisher) < sent and time.monotonic() < deadline:
            time.sleep(0.02)

    def received(self, publisher):
        """RTP packets, by the gateway's own count."""
        envelope = self.replies[publisher]
        handle = f"{envelope['session_id']}/{envelope['sender']}"
        media = self.janus.core_request("handle_info", handle)["info"]["webrtc"]["media"]
        return sum(received_of(medium["stats"]["in"]) for medium in media.values()
                   if medium["type"] != "data")

    def unpublish(self, publisher=0):
        """Ends the media, then the stream; returns the members of recording_finished."""
        self.stop(publisher)
        self.ask("unpublish", publisher)
        return self.wait_plugin_event("recording_finished", publisher)

    def sent(self, label, number=None):
        name = self.stream if number is None else f"{self.stream}-{number}"
        return pathlib.Path(self.journal) / f"{name}-{label}.mjr"


def track_option(media):
    """For "opus" and the like; for simulcast a list of (rid, loop)."""
    if isinstance(media, list):
        layers = [f"{rid}={loop_path(name)}" for rid, name in media]
        return ["--video", ",".join(layers)]
    kind = "--audio" if media in AUDIO else "--video"
    return [kind, str(loop_path(media))]


def loop_path(name):
    return BUILD / f"tests/publisher/media/{name}.mjr"


def received_of(counts):
    """With the layers of simulcast, which are objects of the same shape."""
    return counts["packets"] + sum(layer["packets"] for layer in counts.values()
                                   if isinstance(layer, dict))


def plugin_result(message):
    data = message.get("plugindata", {}).get("data", {})
    result = data.get("result")
    return result if isinstance(result, dict) else {}
