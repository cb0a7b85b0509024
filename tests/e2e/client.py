# SPDX-License-Identifier: GPL-3.0-or-later
"""A plain client of Janus's HTTP interface, for requests that the publisher would never make."""
import json
import time
import urllib.parse
import urllib.request

from janus import PACKAGE, JanusError

REPLY_TIMEOUT = 20


class Client:
    """One session with one handle of our plugin. `token`: what Janus itself asks for, if any."""

    def __init__(self, janus, token=None):
        self.janus = janus
        self.token = {"token": token} if token else {}
        self.session = f"{janus.http}/{self.create(janus.http, janus='create')}"
        handle = self.create(self.session, janus="attach", plugin=PACKAGE)
        self.handle = f"{self.session}/{handle}"

    def create(self, url, **message):
        return self.janus.post(url, {**message, **self.token})["data"]["id"]

    def send(self, body, jsep=None):
        """Janus's envelope of the reply, be it at once or by an event later."""
        message = {"janus": "message", "body": body, **self.token}
        if jsep is not None:
            message["jsep"] = jsep
        reply = self.janus.post(self.handle, message)
        return self.event() if reply["janus"] == "ack" else reply

    def event(self):
        """The next event that answers a request of ours."""
        query = urllib.parse.urlencode({"maxev": 1, **self.token})
        deadline = time.monotonic() + REPLY_TIMEOUT
        while time.monotonic() < deadline:
            with urllib.request.urlopen(f"{self.session}?{query}", timeout=40) as reply:
                event = json.load(reply)
            if event.get("transaction") == "e2e":
                return event
        raise JanusError("no answer")

    def request(self, request, jsep=None, **members):
        """The "recorder" object of a reply; what the core itself refuses has "error" too."""
        reply = self.send({"request": request, **members}, jsep)
        if reply["janus"] == "error":
            return {"core": True, "error_code": reply["error"]["code"],
                    "error": reply["error"]["reason"]}
        return reply["plugindata"]["data"]
