#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets of streams and tokens that Janus signs, in a real one; and that neither is repeated."""
import base64
import hashlib
import hmac
import time

import offers
import tap
from client import Client
from janus import ADMIN_SECRET, PACKAGE, Janus
from publisher import Publisher

KEY, SECRET, SIGNER = "hush-the-key", "hush-the-secret", "hush-the-signer"
SIGNED = {"token_auth": True, "token_auth_secret": SIGNER}


def sign(realm, *descriptors, expires_in=60, key=SIGNER):
    """A token as Janus wants it: expiry, realm and descriptors, and HMAC-SHA1 over them."""
    data = ",".join((str(int(time.time()) + expires_in), realm, *descriptors))
    digest = hmac.new(key.encode(), data.encode(), hashlib.sha1).digest()
    return data + ":" + base64.b64encode(digest).decode()


def refused(data, code, *words):
    assert data.get("error_code") == code and "result" not in data, data
    assert all(word in data["error"] for word in words), data


def check_silence(janus, *secrets):
    """No secret is in the log nor in any file that the plugin has made."""
    files = [path for folder in (janus.recordings, janus.folder / "rings")
             for path in folder.rglob("*") if path.is_file()]
    assert files, "nothing was recorded"
    for path in (janus.log_path, *files):
        content = path.read_bytes()
        for secret in secrets:
            assert secret.encode() not in content, f"{secret} is in {path}"


def secrets(folder):
    """lets those touch a stream who have its secret or the admin key"""
    janus = Janus(folder, {"admin_key": KEY})
    with janus:
        with Publisher(janus, "alice", ["opus"], request={"secret": SECRET}) as publisher:
            stranger, friend, operator = (Client(janus) for _ in range(3))
            for given in ({}, {"secret": "wrong"}, {"secret": KEY}, {"admin_key": SECRET}):
                for request in ("unpublish", "start_recording", "stop_recording"):
                    refused(stranger.request(request, stream="alice", **given), 403, "alice")
            stopped = friend.request("stop_recording", stream="alice", secret=SECRET)["result"]
            publisher.wait_plugin_event("recording_finished")
            refused(friend.request("delete_recording", id=stopped["recording"]["id"],
                                   secret=SECRET), 403, "admin_key")
            assert "result" in operator.request("start_recording", stream="alice", admin_key=KEY)
            publisher.play(0.3)
            listed = repr([operator.request(request) for request in ("streams", "recordings")])
            assert "alice" in listed and "hush" not in listed
            assert "result" in friend.request("unpublish", stream="alice", secret=SECRET)
            publisher.wait_plugin_event("recording_finished")
        janus.await_count("streams", lambda: len(janus.ask("streams", admin_key=KEY)["streams"]),
                          0)
    check_silence(janus, KEY, SECRET)


def bad_tokens():
    good = sign(PACKAGE, "stream=alice")
    return {
        "none": None,
        "an expired one": sign(PACKAGE, "stream=alice", expires_in=-5),
        "one signed with another secret": sign(PACKAGE, "stream=alice", key="guessed"),
        "one of another plugin": sign("janus.plugin.videoroom", "stream=alice"),
        "one of the core": sign("janus", PACKAGE, "stream=alice"),
        "one for another stream": sign(PACKAGE, "stream=bob"),
        "one for no stream": sign(PACKAGE),
        "one that was changed": good.replace("alice", "alice,client=ann"),
        "half of one": good.partition(":")[0],
    }


def tokens(folder):
    """publishes with a token that Janus finds signed, unexpired and for this stream"""
    core_token = sign("janus", PACKAGE)
    janus = Janus(folder, {"signed_tokens": True}, core=SIGNED)
    with janus:
        for what, token in bad_tokens().items():
            members = {"token": token} if token else {}
            stranger = Client(janus, core_token)
            reply = stranger.request("publish", offers.OPUS, stream="alice", **members)
            assert reply.get("error_code") == 403, (what, reply)
            assert "core" not in reply and "token" in reply["error"], (what, reply)
        alice = Client(janus, core_token)
        good = sign(PACKAGE, "stream=alice", "client=ann")
        reply = alice.request("publish", offers.OPUS, stream="alice", token=good)
        assert reply["result"]["event"] == "published", reply

        bob = Client(janus, core_token)
        refused(bob.request("stop_recording", stream="alice"), 403, "alice")
        refused(bob.request("stop_recording", stream="alice",
                            token=sign(PACKAGE, "stream=bob")), 403, "alice")
        assert "result" in bob.request("stop_recording", stream="alice", token=good)
        assert "result" in alice.request("unpublish"), "one's own stream needs no token again"
        janus.await_finished(1)
    check_silence(janus, SIGNER, good, good.partition(":")[2])


def greedy(folder):
    """counts the streams of the client that the token names"""
    core_token = sign("janus", PACKAGE)
    with Janus(folder, {"signed_tokens": True, "max_streams_per_client": 1},
               core=SIGNED) as janus:
        def publish(stream, client):
            token = sign(PACKAGE, f"stream={stream}", f"client={client}")
            return Client(janus, core_token).request("publish", offers.OPUS, stream=stream,
                                                     login=stream, token=token)

        assert "result" in publish("one", "ann")
        refused(publish("two", "ann"), 503, "max_streams_per_client is 1")
        assert "result" in publish("two", "bob")


def unsigned(folder):
    """does not start where signed tokens are wanted and Janus signs none"""
    with Janus(folder, {"signed_tokens": True}) as janus:
        reply = janus.post(janus.admin_url, {
            "janus": "message_plugin", "admin_secret": ADMIN_SECRET, "plugin": PACKAGE,
            "request": {"request": "streams"}})
        assert reply["janus"] == "error", reply
        assert "the gateway has no token_auth_secret" in janus.log()


tap.run(secrets, tokens, greedy, unsigned)
