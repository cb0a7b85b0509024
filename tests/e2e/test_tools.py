#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the plugin records, mjr reads and converts; Janus's own converter agrees."""
import json
import subprocess

import media
import mjrfile
import recordings
import tap
from janus import BUILD, Janus
from publisher import Publisher

SECONDS = 3
SYNC_S = 0.045  # one picture, and what a decoder may put before its sound


def record(folder, loops, *options, seconds=SECONDS):
    """One recording of that many seconds, made by a publisher that heeds no keyframe request."""
    with Janus(folder) as janus:
        with Publisher(janus, "alice", loops, "--ignore-pli", *options) as publisher:
            publisher.play(seconds)
            publisher.unpublish()
        recording, = recordings.check(janus.recordings)
    return recording


def mjr(*arguments, status=0):
    done = subprocess.run([BUILD / "mjr", *arguments], capture_output=True, text=True)
    assert done.returncode == status, f"mjr {arguments}: {done.returncode} {done.stderr}"
    return done.stdout


def pictures(recording):
    return len({packet.timestamp for packet in mjrfile.packets(recording.file("video"))})


def test_conversion(audio, video, container, audio_out, video_out):
    def test(folder):
        recording = record(folder, [audio, video])
        output = f"{folder}/out.{container}"
        mjr("convert", "-o", output, recording.path)
        streams, duration = media.probe(output)
        assert streams["audio"]["codec_name"] == audio_out, streams["audio"]
        assert streams["video"]["codec_name"] == video_out, streams["video"]
        assert (streams["video"]["width"], streams["video"]["height"]) == (640, 360)
        found, sent = int(streams["video"]["nb_read_frames"]), pictures(recording)
        assert found == sent, f"{found} pictures of {sent}"
        assert abs(duration - SECONDS) < 0.2, duration
        check_sync(output)
    test.__doc__ = f"converts {audio} and {video} to {container}, in sync"
    test.__name__ = f"{audio}_{video}_{container}"
    return test


def check_sync(output):
    seen, heard = media.flashes(output), media.beeps(output)
    assert len(seen) == len(heard) >= SECONDS, (seen, heard)
    apart = [round(b - a, 3) for a, b in zip(seen, heard)]
    assert all(abs(gap) <= SYNC_S for gap in apart), f"sound after picture: {apart} s"


def late_sound(folder):
    """keeps picture and sound together when the sound came late, by the sender reports"""
    recording = record(folder, ["opus", "vp8"], "--audio-late", "400ms", seconds=4)
    output = f"{folder}/out.webm"
    mjr("convert", "-o", output, recording.path)
    seen, heard = media.flashes(output), media.beeps(output)
    gaps = [round(min(abs(b - a) for a in seen), 3) for b in heard]
    assert len(heard) >= 3 and all(gap <= SYNC_S for gap in gaps), (seen, heard)


def same_pictures(video, container):
    def test(folder):
        recording = record(folder, ["opus", video])
        ours, stock = f"{folder}/ours.{container}", f"{folder}/stock.{container}"
        mjr("convert", "-o", ours, recording.path)
        subprocess.run(["janus-pp-rec", recording.file("video"), stock], check=True,
                       capture_output=True)
        ours, stock = media.frame_hashes(ours), media.frame_hashes(stock)
        assert len(ours) == pictures(recording)
        assert len(stock) >= len(ours) - 1  # of H.264 the last picture does not get out of it
        differing = [i for i, (a, b) in enumerate(zip(ours, stock)) if a != b]
        assert not differing, f"pictures {differing[:5]} of {len(stock)}"
    test.__doc__ = f"decodes {video} to the pictures that Janus's own converter makes of it"
    test.__name__ = f"same_{video}"
    return test


def late_packets(folder):
    """puts packets that came late where they belong"""
    with Janus(folder) as janus:
        with Publisher(janus, "alice", ["opus", "vp8"], "--ignore-pli", "--lose", 10) as publisher:
            publisher.play(SECONDS)
            publisher.unpublish()
        recording, = recordings.check(janus.recordings)
    arrived, sent = f"{folder}/arrived.webm", f"{folder}/sent.webm"
    subprocess.run([BUILD / "mjr", "convert", "-q", "-o", arrived, recording.file("video")],
                   check=False)
    mjr("convert", "-o", sent, publisher.sent("video"))
    arrived, sent = media.frame_hashes(arrived), media.frame_hashes(sent)
    # What was lost at the very end, nobody had time to ask for.
    certain = len(sent) - 5
    assert arrived[:certain] == sent[:certain], f"{len(arrived)} pictures of {len(sent)}"


def info(folder):
    """tells of a sound recording that nothing is missing from it"""
    recording = record(folder, ["opus", "vp8"], "--data", seconds=1)
    said = json.loads(mjr("info", "--json", recording.path))
    text = json.dumps(said)
    for label in ("audio", "video"):
        count = len(mjrfile.packets(recording.file(label)))
        assert f'"packets": {count}' in text, f"{label}: {count} is not in {text}"
    assert "opus" in mjr("info", recording.path.parent)


def simulcast(folder):
    """converts a simulcast recording to one picture size"""
    layers = [("h", "vp8"), ("m", "vp8-half"), ("l", "vp8-quarter")]
    recording = record(folder, ["opus", layers])
    output = f"{folder}/out.webm"
    mjr("convert", "-o", output, recording.path)
    streams, duration = media.probe(output)
    assert abs(duration - SECONDS) < 0.3, duration
    assert int(streams["video"]["nb_read_frames"]) >= 25 * (SECONDS - 1)


tap.run(
    test_conversion("opus", "vp8", "webm", "opus", "vp8"),
    test_conversion("opus", "h264", "mp4", "aac", "h264"),
    test_conversion("opus", "h264", "mkv", "opus", "h264"),
    test_conversion("opus", "vp8", "mp4", "aac", "h264"),
    late_sound,
    same_pictures("vp8", "webm"),
    same_pictures("h264", "mp4"),
    late_packets,
    info,
    simulcast,
)
