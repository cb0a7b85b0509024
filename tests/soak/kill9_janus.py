#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""kill9_janus.py TRIALS [SEED]: kills a real Janus with SIGKILL, and looks for every packet.

The scripted publisher keeps a journal of what it sent. What it sent last may have been in a
socket's buffer when Janus died, so this much can be asked of the files that the next Janus has
recovered: each is the journal from its first packet on, byte for byte, without a hole and nothing
twice, up to SLACK_S before the kill at least. Of a publisher that was still being connected it is
asked that its recording, if there is one, is whole. Prints one line of figures.
"""
import pathlib
import random
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
import mjrfile
import namespace
import recordings
from janus import Janus
from publisher import Publisher

SLACK_S = 0.25  # from the publisher's socket to the plugin, on a busy machine
MEDIA_S = 1.5
START_S = 0.6
SETTLE_S = 20
LABELS = ("audio", "video")


def kill_while_recording(janus, chance):
    """Returns the publisher and when Janus was killed."""
    publisher = Publisher(janus, "alice", ["opus", "vp8"])
    with publisher:
        publisher.write({"do": "play", "seconds": 0.01})
        time.sleep(0.3 + chance.uniform(0, MEDIA_S))
        killed = time.time()
        janus.kill()
        publisher.do("mute")  # the journal is whole up to here
        publisher.kill()
    return publisher, killed


def kill_while_connecting(janus, chance):
    publisher = Publisher(janus, "alice", ["opus", "vp8"])
    time.sleep(chance.uniform(0, START_S))
    janus.kill()
    publisher.kill()


def await_recovery(janus):
    """Nothing is left to do when this Janus's lock is the only one and no ring remains."""
    deadline = time.monotonic() + SETTLE_S
    while (len(list(janus.recordings.glob(".engine-*"))) > 1
           or list((janus.folder / "rings").glob("[!.]*"))):
        if time.monotonic() > deadline:
            raise AssertionError("recovery does not come to its end")
        time.sleep(0.01)


def sent_before(journal, limit):
    """How many packets of a journal were sent before this time."""
    header, frames = mjrfile.read(journal)
    return sum(header["s"] / 1e6 + ms / 1e3 < limit for ms, _ in frames)


def compare(recorded_path, journal, killed):
    """(lost, doubled): packets of the journal that should be in the file, or are there twice."""
    recorded, sent = mjrfile.packets(recorded_path), mjrfile.packets(journal)
    wanted = sent_before(journal, killed - SLACK_S)
    if recorded and mjrfile.find_run(recorded, sent) == 0:
        assert len(mjrfile.offsets(recorded, sent)) == 1, "numbering moved unevenly"
        return max(0, wanted - len(recorded)), 0
    there = [packet.rest for packet in recorded]
    doubled = len(there) - len(set(there))
    return sum(packet.rest not in set(there) for packet in sent[:wanted]), doubled


def check(janus, publisher, killed):
    found = recordings.check(janus.recordings, ("recovered",))
    assert len(found) == 1, f"{len(found)} recordings"
    results = [compare(found[0].file(label), publisher.sent(label), killed) for label in LABELS]
    return [sum(column) for column in zip(*results)]


def trial(folder, chance):
    """(lost, doubled)"""
    connecting = chance.random() < 0.2
    with Janus(folder, {"flush_interval": 200}) as janus:
        if connecting:
            kill_while_connecting(janus, chance)
        else:
            publisher, killed = kill_while_recording(janus, chance)
    if chance.random() < 0.3:  # a start that does not get far
        janus.start()
        janus.kill()
    with janus:
        await_recovery(janus)
    if connecting:
        recordings.check(janus.recordings, ("complete", "recovered"))
        return 0, 0
    return check(janus, publisher, killed)


def main():
    namespace.enter()
    trials, seed = int(sys.argv[1]), int((sys.argv + ["1"])[2])
    chance = random.Random(seed)
    lost = doubled = unreadable = 0
    for number in range(trials):
        scratch = tempfile.TemporaryDirectory(prefix="kill9-")
        before = lost + doubled + unreadable
        try:
            missing, twice = trial(scratch.name, chance)
            lost += missing
            doubled += twice
        except (AssertionError, OSError) as error:
            print(f"trial {number}: {error}", file=sys.stderr)
            unreadable += 1
        if lost + doubled + unreadable == before:
            scratch.cleanup()
        else:
            print(f"trial {number} has failed; left behind: {scratch.name}", file=sys.stderr)
            scratch._finalizer.detach()
    print(f"trials={trials} lost={lost} duplicated={doubled} unreadable={unreadable}")
    sys.exit(lost + doubled + unreadable > 0)


main()
