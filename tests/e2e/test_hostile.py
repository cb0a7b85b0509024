#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever a client sends, it gets a clear answer, and the gateway and its other clients go on."""
import base64
import pathlib

import mjrfile
import recordings
import tap
from client import Client
from janus import Janus
from offers import OPUS, media, offer
from publisher import Publisher

# jsep, and what must be in the answer: a code of ours, or None when the core may refuse it.
BAD_OFFERS = [
    ("no SDP", {"type": "offer", "sdp": "good morning"}, None),
    ("an empty SDP", {"type": "offer", "sdp": ""}, None),
    ("no media", offer(), None),
    ("an unknown codec", offer(media(codec="nonesuch/48000")), 406),
    ("nothing that is sent", offer(media(direction="recvonly")), 406),
    ("an application we do not know",
     offer("m=image 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\n"), None),
    ("two hundred m-lines", offer(*(media(mid=mid) for mid in range(200))), 400),
    ("a million letters", offer(media(extra="a=x:" + "y" * 1000000 + "\r\n")), None),
    ("ten thousand attributes", offer(media(extra="a=fmtp:111 x=y\r\n" * 10000)), None),
    ("lying payload types", offer(media().replace("111", "99999")), None),
    ("an answer", {"type": "answer", "sdp": OPUS["sdp"]}, None),
    ("a type that is none", {"type": "proposal", "sdp": OPUS["sdp"]}, None),
]


def offers(folder):
    """answers hostile offers, and lives on"""
    with Janus(folder) as janus:
        with Publisher(janus, "witness", ["opus", "vp8"]) as witness:
            for what, jsep, code in BAD_OFFERS:
                reply = Client(janus).request("publish", jsep, stream="x")
                assert janus.is_alive(), what
                if code:
                    assert reply.get("error_code") == code, (what, reply)
                if "error" in reply:
                    assert len(reply["error"]) > 10, (what, reply)
            witness.play(0.5)
            witness.unpublish()
        finished = [r for r in recordings.load(janus.recordings)
                    if r.manifest["stream"] == "witness"]
        assert finished[0].manifest["state"] == "complete"
        mjrfile.check_same(finished[0].file("video"), witness.sent("video"))


# The name of a stream or of a recording, and whether it may be had.
NAMES = [
    ("../../../tmp/escaped", "name"),
    ("/etc/escaped", "name"),
    ("..", "name"),
    (".", "name"),
    ("a/b", "name"),
    ("x" * 300, "name"),
    ("line\nbreak", "name"),
    ("\x1b[31mred", "name"),
    ("", "stream"),
    ("x" * 256, "stream"),
    ("bell\x07", "stream"),
]


def names(folder):
    """lets no name leave the recordings folder"""
    with Janus(folder) as janus:
        before = {path for path in janus.folder.rglob("*") if janus.recordings not in path.parents}
        for name, member in NAMES:
            members = {"stream": "x", member: name}
            reply = Client(janus).request("publish", OPUS, **members)
            assert reply.get("error_code") == 400, (name, reply)
            assert member in reply["error"], (name, reply)
        # A stream may be called anything else, and so may be cut or cleaned, but never escapes.
        harmless = ("../../up", "/etc/passwd", "a/b", "%s%n", "ünïcödé", "con", ".hidden", "-rf")
        for name in harmless:
            client = Client(janus)
            reply = client.request("publish", OPUS, stream=name)
            assert reply.get("result", {}).get("stream") == name, (name, reply)
            reply = client.request("unpublish")
            assert reply.get("result", {}).get("event") == "unpublished", (name, reply)
        after = {path for path in janus.folder.rglob("*") if janus.recordings not in path.parents}
        new = {path for path in after - before if "rings" not in path.parts}
        assert not new, new
        janus.await_finished(len(harmless))
        recordings.check(janus.recordings)


def names_in_templates(folder):
    """makes safe file names of hostile stream names"""
    template = {"stream_record_policy_template": "{streamName}"}
    hostile = ["../../up", "/etc/passwd", "a/b", "..", "x" * 255, "é" * 127, ".hidden"]
    with Janus(folder, template) as janus:
        for name in hostile:
            client = Client(janus)
            reply = client.request("publish", OPUS, stream=name)
            assert "result" in reply, (name, reply)
            made = reply["result"]["recording"]["name"]
            assert "/" not in made and made not in ("", ".", ".."), made
            assert (janus.recordings / f"{made}.json").is_file()
            client.request("unpublish")
        assert not list(janus.folder.glob("up*"))
        janus.await_finished(len(hostile))
        found = recordings.check(janus.recordings)
        assert sorted(r.manifest["stream"] for r in found) == sorted(hostile)


def hexadecimal(name):
    return bytes.fromhex(name).decode()


def base64url(name):
    return base64.urlsafe_b64decode(name + "=" * (-len(name) % 4)).decode()


def encoded_names(folder):
    """encodes hostile stream names so that they can be read back from the file names"""
    hostile = ["../../up", "/etc/passwd", "a/b", "..", "; touch x", "$(id)", "éé 議", "-rf", ".h"]
    for encoding, decode in (("HEX", hexadecimal), ("BASE64", base64url)):
        settings = {"stream_record_policy": "streamName", "encode_record_name": f"true,{encoding}",
                    "exclude_record_name_characters": ":"}
        own = pathlib.Path(folder, encoding)
        own.mkdir()
        with Janus(own, settings) as janus:
            for name in hostile:
                for wanted in (name, f"{name}-1"):
                    client = Client(janus)
                    reply = client.request("publish", OPUS, stream=name.replace("e", "e:"))
                    made = reply["result"]["recording"]["name"]
                    assert decode(made) == wanted.replace(":", ""), (name, made)
                    client.request("unpublish")
            janus.await_finished(2 * len(hostile))
            recordings.check(janus.recordings)


def packets(folder):
    """records the good packets among malformed ones, and none of those that are not RTP"""
    with Janus(folder) as janus:
        with Publisher(janus, "mallory", ["opus", "vp8"], "--faults", "all",
                       "--fault-every", 3) as mallory:
            with Publisher(janus, "witness", ["opus", "vp8"]) as witness:
                mallory.play(3)
                witness.unpublish()
                mallory.unpublish()
        found = {r.manifest["stream"]: r for r in recordings.check(janus.recordings)}
    for label in ("audio", "video"):
        mjrfile.check_same(found["witness"].file(label), witness.sent(label))
        recorded = [p.rest for p in mjrfile.packets(found["mallory"].file(label))]
        good = iter(recorded)
        lost = [p.seq for p in mjrfile.packets(mallory.sent(label)) if p.rest not in good]
        assert not lost, f"{label}: good packets are missing: {lost[:5]}"


def flood_of_requests(folder):
    """answers a thousand requests of a hasty client while it records"""
    with Janus(folder) as janus:
        with Publisher(janus, "witness", ["opus", "vp8"]) as witness:
            hasty = Client(janus)
            for number in range(1000):
                reply = hasty.request(("streams", "recordings", "nonsense")[number % 3])
                assert ("error" in reply) == (number % 3 == 2), reply
            witness.unpublish()
        recording, = recordings.check(janus.recordings)
    for label in ("audio", "video"):
        mjrfile.check_same(recording.file(label), witness.sent(label))


def hasty_leavers(folder):
    """forgets clients that leave in the middle of publishing"""
    with Janus(folder) as janus:
        for number in range(20):
            client = Client(janus)
            janus.post(client.handle, {"janus": "message", "jsep": OPUS,
                                       "body": {"request": "publish", "stream": f"s{number}"}})
            janus.post(client.session, {"janus": "destroy"})
        janus.await_streams(0)
        reply = Client(janus).request("publish", OPUS, stream="s0")
        assert reply.get("result", {}).get("event") == "published", reply
        names_left = {stream["stream"] for stream in janus.ask("streams")["streams"]}
        assert names_left == {"s0"}, names_left


tap.run(offers, names, names_in_templates, encoded_names, packets, flood_of_requests, hasty_leavers)
