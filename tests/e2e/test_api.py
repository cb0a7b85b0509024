#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What may be asked over the Admin API and from client handles, and what is refused, and how."""
import json
import subprocess

import janus as gateway
import recordings
import tap
from client import Client
from janus import Janus, JanusError
from publisher import Publisher

KEY = "open sesame"


def refused(data, code, *words):
    """An error in the plugin's own form, which names what was wrong."""
    assert data.get("recorder") == "event" and "result" not in data, data
    assert data["error_code"] == code, data
    for word in words:
        assert word in data["error"], f"'{word}' is not in: {data['error']}"


def curl(url, message):
    done = subprocess.run(["curl", "-sS", "--max-time", "20", "-d", json.dumps(message), url],
                          capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def admin_with_curl(folder):
    """records a stream on demand by curl and the Admin API alone"""
    def ask(request, **members):
        reply = curl(janus.admin_url, {
            "janus": "message_plugin", "transaction": "t", "admin_secret": gateway.ADMIN_SECRET,
            "plugin": gateway.PACKAGE, "request": {"request": request, **members}})
        assert reply["janus"] == "success", reply
        return reply["response"]["result"]

    with Janus(folder) as janus:
        with Publisher(janus, "alice", ["opus", "vp8"], request={
                "record": False, "login": "al", "metadata": {"room": 7}}) as publisher:
            stream, = ask("streams")["streams"]
            assert (stream["stream"], stream["login"]) == ("alice", "al"), stream
            assert stream["state"] == "publishing" and not stream["recordings"]
            kinds = [(track["kind"], track["codec"]) for track in stream["tracks"]]
            assert kinds == [("audio", "opus"), ("video", "vp8")]
            started = ask("start_recording", media_session_id=stream["media_session_id"],
                          name="on demand", metadata={"case": 12})["recording"]
            publisher.play(1)
            assert ask("streams")["streams"][0]["recordings"] == [started | {"paused": False}]
            stopped = ask("stop_recording", id=started["id"])["recording"]
            assert stopped == started
            finished = publisher.wait_plugin_event("recording_finished")
            assert finished["recording"] == started
            listed, = ask("recordings", stream="alice", state="complete")["recordings"]
            assert listed["name"] == "on demand" and listed["packets"] > 50, listed
            manifest = ask("recording", id=started["id"])["recording"]
        recording, = recordings.check(janus.recordings)
        assert recording.manifest == manifest
        assert manifest["metadata"] == {"case": 12} and manifest["login"] == "al"


def keys(folder):
    """refuses without the admin key what only its holder may do"""
    with Janus(folder, {"admin_key": KEY}) as janus:
        with Publisher(janus, "alice", ["opus"], request={"record": False}) as publisher:
            for key in ({}, {"admin_key": "wrong"}, {"admin_key": ""}):
                for request in ("streams", "recordings"):
                    refused(janus.admin(request, **key), 403, "admin_key")
                refused(janus.admin("start_recording", stream="alice", **key), 403, "admin_key")
            stranger = Client(janus)
            assert stranger.request("streams")["result"]["streams"], "listing is for everybody"
            refused(stranger.request("start_recording", stream="alice"), 403)
            assert not janus.ask("streams", admin_key=KEY)["streams"][0]["recordings"]
            janus.ask("start_recording", stream="alice", admin_key=KEY)
            refused(stranger.request("stop_recording", stream="alice"), 403)
            publisher.play(0.5)
            publisher.ask("stop_recording")
            publisher.wait_plugin_event("recording_finished")
        recordings.check(janus.recordings)


def states(folder):
    """answers what comes at the wrong time, or twice, as its documentation says"""
    with Janus(folder) as janus:
        refused(janus.admin("start_recording", stream="nobody"), 404, "nobody")
        with Publisher(janus, "alice", ["opus"], request={"record": False}) as publisher:
            refused(publisher.request("stop_recording", stream="alice"), 409)
            first = publisher.ask("start_recording", stream="alice", request_id="r1")
            again = publisher.ask("start_recording", stream="alice", request_id="r1")
            assert first["recording"] == again["recording"]
            refused(publisher.request("start_recording", stream="alice"), 409, "alice")
            publisher.play(0.3)
            publisher.ask("stop_recording", stream="alice", request_id="r2")
            publisher.ask("stop_recording", stream="alice", request_id="r2")
            publisher.wait_plugin_event("recording_finished")
            refused(publisher.request("recording", id="no-such-id"), 404, "no-such-id")
            with Publisher(janus, "alice", ["opus"], fails=True) as second:
                reply = second.wait("reply")["message"]["plugindata"]["data"]
                refused(reply, 409, "alice")
        recordings.check(janus.recordings)


def configure(folder):
    """starts and stops by 'configure', and says what is in force"""
    with Janus(folder) as janus:
        with Publisher(janus, "alice", ["opus", "vp8"], request={"record": False}) as publisher:
            assert publisher.ask("configure", record=True, bitrate=300000)["bitrate"] == 300000
            publisher.play(0.5)
            publisher.ask("configure", record=False)
            assert publisher.wait_plugin_event("recording_finished")["packets"] > 30
        recordings.check(janus.recordings)


def paging(folder):
    """lists recordings newest first, page by page"""
    with Janus(folder) as janus:
        with Publisher(janus, "alice", ["opus"], request={"record": False}) as publisher:
            for number in range(5):
                publisher.ask("start_recording", name=f"take-{number}")
                publisher.play(0.1)
                publisher.ask("stop_recording")
                publisher.wait_plugin_event("recording_finished")
        names, cursor = [], {}
        for _ in range(3):
            page = janus.ask("recordings", limit=2, **cursor)
            names += [recording["name"] for recording in page["recordings"]]
            cursor = {"cursor": page.get("cursor")}
        assert cursor == {"cursor": None}
        assert names == [f"take-{number}" for number in (4, 3, 2, 1, 0)], names


def restart(folder):
    """lists after a restart what was recorded before it"""
    with Janus(folder) as janus:
        with Publisher(janus, "alice", ["opus", "vp8"], request={"name": "kept"}) as publisher:
            publisher.play(0.5)
            publisher.unpublish()
        before = janus.ask("recordings")["recordings"]
    with Janus(folder) as janus:
        assert janus.ask("recordings")["recordings"] == before
        manifest = janus.ask("recording", name="kept")["recording"]
        assert manifest == recordings.only(janus.recordings).manifest


# What is wrong, the code, and a word that the sentence must contain.
BAD_REQUESTS = [
    ({"request": "fly"}, 400, "fly"),
    ({"request": 7}, 400, "request"),
    ({}, 400, "request"),
    ({"request": "recordings", "limit": "many"}, 400, "limit"),
    ({"request": "recordings", "limit": -1}, 400, "limit"),
    ({"request": "recordings", "limit": 1001}, 400, "limit"),
    ({"request": "recordings", "state": "asleep"}, 400, "asleep"),
    ({"request": "recordings", "cursor": "no cursor"}, 400, "cursor"),
    ({"request": "recording"}, 400, "id"),
    ({"request": "recording", "id": "../../etc/passwd"}, 404, "passwd"),
    ({"request": "start_recording", "stream": "nobody"}, 404, "nobody"),
    ({"request": "start_recording", "stream": ["a"]}, 400, "stream"),
    ({"request": "stop_recording", "id": "nobody"}, 404, "nobody"),
    ({"request": "unpublish"}, 409, ""),
    ({"request": "configure", "bitrate": -5}, 400, "bitrate"),
    ({"request": "publish", "stream": "x"}, 400, "jsep"),
]


def bad_requests(folder):
    """refuses malformed requests with a sentence that names the fault"""
    with Janus(folder) as janus:
        client = Client(janus)
        for body, code, word in BAD_REQUESTS:
            reply = client.send(body)
            assert reply["janus"] in ("success", "event"), (body, reply)
            refused(reply["plugindata"]["data"], code, word)
        assert janus.is_alive()


BAD_SETTINGS = [
    ({"ring_sise": 5}, "ring_sise"),
    ({"flush_interval": -1}, "flush_interval"),
    ({"writer_threads": "lots"}, "writer_threads"),
    ({"record_streams": "perhaps"}, "perhaps"),
    ({"stream_record_policy_template": "{nonsense}"}, "nonsense"),
]


def bad_settings(folder):
    """does not start with a setting that it does not understand, and names it"""
    for number, (settings, word) in enumerate(BAD_SETTINGS):
        with Janus(f"{folder}/{number}", settings) as janus:
            reply = janus.post(janus.admin_url, {
                "janus": "message_plugin", "admin_secret": gateway.ADMIN_SECRET,
                "plugin": gateway.PACKAGE, "request": {"request": "streams"}})
            assert reply["janus"] == "error", f"started with {settings}"
            said = [line for line in janus.log().splitlines() if word in line]
            assert said, f"{settings}: the log does not say '{word}'"


def folder_that_cannot_be(folder):
    """says in the log why it cannot record where it should"""
    with Janus(folder, {"recordings_folder": "/proc/nowhere"}) as janus:
        try:
            janus.ask("streams")
        except JanusError:
            assert "/proc/nowhere" in janus.log()
        else:
            raise AssertionError("it started")


tap.run(admin_with_curl, keys, states, configure, paging, restart, bad_requests, bad_settings,
        folder_that_cannot_be)
