#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""However a stream ends, its recording is complete."""
import mjrfile
import recordings
import tap
from janus import Janus
from publisher import Publisher

SILENT_SESSION_S = 5  # after this Janus gives up a client that does not poll


def check_tracks(recording, publisher):
    for label in ("audio", "video"):
        mjrfile.check_same(recording.file(label), publisher.sent(label))


def goodbye(how, reasons, timeout=None):
    """The publisher leaves by itself; another one sees the recording end."""
    def test(folder):
        with Janus(folder, core={"session_timeout": SILENT_SESSION_S}) as janus:
            with Publisher(janus, "alice", ["opus", "vp8"]) as publisher:
                publisher.play(1)
                publisher.stop()
                publisher.do(how)
                janus.await_finished(1, timeout)
                assert janus.ask("streams")["streams"] == []
            recording, = recordings.check(janus.recordings)
        check_tracks(recording, publisher)
        assert recording.manifest["reason"] in reasons, recording.manifest["reason"]
    return test


def named(test, name, sentence):
    test.__name__, test.__doc__ = name, sentence
    return test


def unpublish(folder):
    """completes the recording at unpublish, and the stream's name is free again"""
    with Janus(folder) as janus:
        for _ in range(2):
            with Publisher(janus, "alice", ["opus", "vp8"]) as publisher:
                publisher.play(0.5)
                finished = publisher.unpublish()
                assert finished["reason"] == "unpublished", finished
                recording = recordings.load(janus.recordings)[-1]
                assert sorted(finished["files"]) == sorted(p.name for p in recording.all_files())
                assert finished["manifest"] == recording.path.name
            check_tracks(recording, publisher)
        assert len(recordings.check(janus.recordings)) == 2


def crash_of_the_publisher(folder):
    """completes the recording when the publisher's process is killed"""
    with Janus(folder, core={"session_timeout": SILENT_SESSION_S}) as janus:
        publisher = Publisher(janus, "alice", ["opus", "vp8"])
        with publisher:
            publisher.play(1)
            publisher.pause()  # the journal is whole up to here
            publisher.kill()
        janus.await_finished(1, SILENT_SESSION_S + 15)
        recording, = recordings.check(janus.recordings)
    check_tracks(recording, publisher)


def end_of_janus(folder):
    """completes every recording when Janus is told to end"""
    count = 5
    with Janus(folder) as janus:
        with Publisher(janus, "user", ["opus", "vp8"], "--publishers", count) as publisher:
            publisher.play(1)
            for number in range(count):
                publisher.pause(number)
            janus.stop()
            found = recordings.check(janus.recordings)
            publisher.kill()
    assert len(found) == count
    for recording in found:
        number = recording.manifest["stream"].removeprefix("user-")
        for label in ("audio", "video"):
            mjrfile.check_same(recording.file(label), publisher.sent(label, number))


def crash_of_janus(folder):
    """loses no packet when Janus is killed: the next one completes the recording"""
    with Janus(folder) as janus:
        with Publisher(janus, "alice", ["opus", "vp8"], "--data") as publisher:
            publisher.do("data", text="the last words")
            publisher.play(1.3)
            publisher.pause()
            janus.kill()
            publisher.kill()
    assert recordings.only(janus.recordings).manifest["state"] == "recording"
    with Janus(folder) as janus:
        janus.await_finished(1)
        assert not list((janus.folder / "rings").glob("[!.]*"))
        recording, = recordings.check(janus.recordings, states=("recovered",))
    check_tracks(recording, publisher)
    assert mjrfile.messages(recording.file("data")) == [b"the last words"]


def killed_again_and_again(folder):
    """completes the recordings of several lives, and overwrites none of them"""
    lives = 3
    for _ in range(lives):
        with Janus(folder) as janus:
            with Publisher(janus, "alice", ["opus", "vp8"], request={"name": "call"}) as alice:
                alice.play(0.5)
                alice.pause()
                keep_journal(alice, janus.ask("streams")["streams"][0]["recordings"][0]["name"])
                janus.kill()
                alice.kill()
    with Janus(folder) as janus:
        janus.await_finished(lives)
        found = recordings.check(janus.recordings, states=("recovered",))
    assert len(found) == lives
    for recording in found:
        name = recording.manifest["name"]
        for label in ("audio", "video"):
            mjrfile.check_same(recording.file(label), janus.folder / f"journal/{name}-{label}")


def keep_journal(publisher, name):
    """The next life's journal would overwrite it."""
    for label in ("audio", "video"):
        publisher.sent(label).rename(publisher.journal / f"{name}-{label}")


tap.run(
    unpublish,
    named(goodbye("hangup", ["hangup"]), "hangup", "completes the recording at hang-up"),
    named(goodbye("close", ["hangup"]), "close", "completes it when the browser closes"),
    named(goodbye("detach", ["detached", "hangup"]), "detach", "completes it at detach"),
    named(goodbye("destroy", ["destroyed", "detached", "hangup"]), "destroy",
          "completes it when the session is destroyed"),
    named(goodbye("vanish", ["hangup"], SILENT_SESSION_S + 15), "vanish",
          "completes it when the network is gone"),
    crash_of_the_publisher,
    end_of_janus,
    crash_of_janus,
    killed_again_and_again,
)
