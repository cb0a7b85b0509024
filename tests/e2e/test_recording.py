#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is published is what is recorded."""
import struct

import mjrfile
import recordings
import tap
from janus import Janus
from publisher import Publisher


def check_tracks(recording, publisher, number=None, is_whole=True):
    return [mjrfile.check_same(recording.file(label), publisher.sent(label, number), is_whole)
            for label in ("audio", "video")]


def test_codecs(audio, video):
    def test(folder):
        with Janus(folder) as janus:
            with Publisher(janus, "alice", [audio, video]) as publisher:
                publisher.play(2)
                publisher.unpublish()
            recording, = recordings.check(janus.recordings)
        assert recording.tracks["audio"]["codec"] == audio
        assert recording.tracks["video"]["codec"] == video
        assert recording.tracks["video"]["quality"]["keyframes"] > 0
        check_tracks(recording, publisher)
    test.__doc__ = f"records {audio} and {video} byte for byte"
    test.__name__ = f"{audio}_{video}"
    return test


def audio_alone(folder):
    """records a stream without video"""
    with Janus(folder) as janus:
        with Publisher(janus, "alice", ["opus"]) as publisher:
            publisher.play(1)
            publisher.unpublish()
        recording, = recordings.check(janus.recordings)
    mjrfile.check_same(recording.file("audio"), publisher.sent("audio"))


def two_periods(folder):
    """records two periods of a stream as two recordings"""
    with Janus(folder) as janus:
        with Publisher(janus, "alice", ["opus", "vp8"], request={"record": False}) as publisher:
            for _ in range(2):
                publisher.play(0.5)
                asked = keyframe_requests(publisher)
                publisher.ask("start_recording", stream="alice")
                publisher.play(1)
                assert keyframe_requests(publisher) > asked, "no keyframe was asked for"
                publisher.ask("stop_recording", stream="alice")
                publisher.wait_plugin_event("recording_finished")
        first, second = recordings.check(janus.recordings)
    check_tracks(first, publisher, is_whole=False)
    check_tracks(second, publisher, is_whole=False)
    assert first.manifest["reason"] == second.manifest["reason"] == "stopped"
    assert first.manifest["ended_us"] < second.manifest["created_us"]


def keyframe_requests(publisher):
    return publisher.do("stats")["tracks"]["video"]["plis"]


def overlapping(folder):
    """records a stream twice at once, each as the other would be alone"""
    with Janus(folder) as janus:
        with Publisher(janus, "alice", ["opus", "vp8"]) as publisher:
            publisher.play(0.5)
            second = publisher.ask("start_recording", stream="alice", name="second",
                                   parallel=True)["recording"]
            publisher.play(1)
            publisher.ask("stop_recording", id=second["id"])
            publisher.wait_plugin_event("recording_finished")
            publisher.play(0.5)
            publisher.unpublish()
        first, second = recordings.check(janus.recordings)
    assert second.manifest["name"] == "second"
    whole = check_tracks(first, publisher)
    part = check_tracks(second, publisher, is_whole=False)
    assert all(0 < few < many for few, many in zip(part, whole)), (part, whole)


def data_channel(folder):
    """records the messages of a data channel"""
    messages = ["first", "zweite, mit Ümläuten", "x" * 20000]
    with Janus(folder) as janus:
        with Publisher(janus, "alice", ["opus", "vp8"], "--data") as publisher:
            for text in messages:
                publisher.do("data", text=text)
            publisher.play(1)
            publisher.unpublish()
        recording, = recordings.check(janus.recordings)
    assert mjrfile.messages(recording.file("data")) == [text.encode() for text in messages]
    check_tracks(recording, publisher)


def sender_reports(folder):
    """keeps sender reports on the timeline of the packets"""
    with Janus(folder) as janus:
        with Publisher(janus, "alice", ["opus", "vp8"]) as publisher:
            publisher.play(2.5)
            publisher.unpublish()
        recording, = recordings.check(janus.recordings)
    kept = [report(data) for data in mjrfile.messages(recording.file("rtcp"))]
    sent = [report(data) for data in mjrfile.messages(publisher.sent("rtcp"))]
    assert len(kept) == len(sent) >= 4, (kept, sent)
    for label in ("audio", "video"):
        ssrc = recording.tracks[label]["ssrc"]
        (_, moved), = mjrfile.offsets(mjrfile.packets(recording.file(label)),
                                      mjrfile.packets(publisher.sent(label)))
        for (a_ssrc, a_ntp, a_rtp), (_, b_ntp, b_rtp) in zip(kept, sent):
            assert a_ntp == b_ntp
            assert a_ssrc != ssrc or (a_rtp - b_rtp) % 2**32 == moved, (label, kept, sent)


def report(compound):
    """SSRC, NTP time and RTP timestamp of a sender report (RFC 3550 section 6.4.1)."""
    kind, ssrc, ntp, rtp = struct.unpack(">xBxxIQI", compound[:20])
    assert kind == 200, compound
    return ssrc, ntp, rtp


def muting(folder):
    """leaves no hole in the numbering while a track is muted"""
    with Janus(folder) as janus:
        with Publisher(janus, "alice", ["opus", "vp8"]) as publisher:
            publisher.play(0.5)
            publisher.do("mute", track="audio")
            publisher.play(1)
            publisher.do("unmute", track="audio")
            publisher.play(0.5)
            publisher.unpublish()
        recording, = recordings.check(janus.recordings)
    check_tracks(recording, publisher)
    assert recording.tracks["audio"]["quality"]["lost"] == 0
    stamps = [packet.timestamp for packet in mjrfile.packets(recording.file("audio"))]
    gaps = [b - a for a, b in zip(stamps, stamps[1:])]
    assert max(gaps) > 40000, "the pause is not there"


def simulcast(folder):
    """records one layer of a simulcast stream, and names it whole"""
    layers = [("h", "vp8"), ("m", "vp8-half"), ("l", "vp8-quarter")]
    with Janus(folder) as janus:
        with Publisher(janus, "alice", ["opus", layers]) as publisher:
            publisher.play(2)
            publisher.unpublish()
        recording, = recordings.check(janus.recordings)
    mjrfile.check_same(recording.file("audio"), publisher.sent("audio"))
    video = mjrfile.packets(recording.file("video"))
    best = [packet.rest[1] for packet in mjrfile.packets(publisher.sent("video-h"))]
    taken = sum(packet.rest[1] in best for packet in video)
    assert taken > len(video) / 2, f"{taken} of {len(video)} packets are of the best layer"


def loss(folder):
    """asks for lost packets of video, and records each once when it comes late"""
    with Janus(folder) as janus:
        with Publisher(janus, "alice", ["opus", "vp8"], "--ignore-pli", "--lose", 10) as publisher:
            publisher.play(3)
            publisher.unpublish()
        recording, = recordings.check(janus.recordings)
    lost = mjrfile.check_lossy(recording.file("video"), publisher.sent("video"))
    quality = recording.tracks["video"]["quality"]
    assert lost <= 2, f"{lost} lost: only at the very end there is no time to ask"
    assert quality["reordered"] >= quality["received"] // 10 - 2, quality
    assert (quality["lost"], quality["duplicated"]) == (lost, 0), quality
    mjrfile.check_same(recording.file("audio"), publisher.sent("audio"))


def wrap(folder):
    """goes on when the sequence numbers begin again, and counts what is lost at such a pace"""
    with Janus(folder) as janus:
        with Publisher(janus, "alice", ["opus"], "--speed", 200) as publisher:
            while publisher.do("stats")["tracks"]["audio"]["packets"] <= 2**16:
                publisher.play(0.5)
            publisher.unpublish()
        recording, = recordings.check(janus.recordings)
    lost = mjrfile.check_lossy(recording.file("audio"), publisher.sent("audio"))
    quality = recording.tracks["audio"]["quality"]
    assert (quality["lost"], quality["duplicated"], quality["reordered"]) == (lost, 0, 0), quality
    assert quality["received"] > 2**16 * 0.9, quality


def thirty_at_once(folder):
    """records thirty publishers at once, each whole"""
    count = 30
    with Janus(folder) as janus:
        with Publisher(janus, "user", ["opus", "vp8"], "--publishers", count) as publisher:
            publisher.play(2)
            for number in range(count):
                publisher.stop(number)
                publisher.ask("unpublish", number)
            for number in range(count):
                publisher.wait_plugin_event("recording_finished", number)
        found = recordings.check(janus.recordings)
    assert len(found) == count
    for recording in found:
        number = int(recording.manifest["stream"].removeprefix("user-"))
        check_tracks(recording, publisher, number)


tap.run(
    test_codecs("opus", "vp8"),
    test_codecs("pcmu", "vp9"),
    test_codecs("pcma", "h264"),
    test_codecs("g722", "h265"),
    test_codecs("opus", "av1"),
    audio_alone,
    two_periods,
    overlapping,
    data_channel,
    sender_reports,
    muting,
    simulcast,
    loss,
    wrap,
    thirty_at_once,
)
