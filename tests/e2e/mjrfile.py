# SPDX-License-Identifier: GPL-3.0-or-later
"""A reader of .mjr files that shares no line with the project's own, and comparisons."""
import json
import struct


class MjrError(AssertionError):
    pass


def read(path):
    """(header, [(ms, bytes)…]); demands a file that is whole to its last byte."""
    with open(path, "rb") as file:
        data = file.read()
    if data[:8] != b"MJR00002":
        raise MjrError(f"{path}: begins with {data[:8]}")
    at = 10 + struct.unpack(">H", data[8:10])[0]
    header = json.loads(data[10:at])
    frames = []
    while at < len(data):
        tag, ms, size = struct.unpack(">4sIH", data[at:at + 10])
        if tag != b"MEET" or at + 10 + size > len(data):
            raise MjrError(f"{path}: damaged at byte {at} of {len(data)}")
        frames.append((ms, data[at + 10:at + 10 + size]))
        at += 10 + size
    return header, frames


class Packet:
    """What of an RTP packet the gateway may renumber, and all the rest, which it may not."""

    def __init__(self, data):
        head, self.seq, self.timestamp, self.ssrc = struct.unpack(">HHII", data[:12])
        self.rest = (head, data[12:])


def packets(path):
    return [Packet(data) for _, data in read(path)[1]]


def messages(path):
    """The messages of a data or rtcp file without their times."""
    return [data[8:] for _, data in read(path)[1]]


def find_run(recorded, sent):
    """Where in `sent` the recorded packets begin, as one run without hole, doubling or change."""
    wanted = [packet.rest for packet in recorded]
    there = [packet.rest for packet in sent]
    for start in range(len(there) - len(wanted) + 1):
        if there[start] == wanted[0] and there[start:start + len(wanted)] == wanted:
            return start
    return None


def offsets(recorded, sent):
    """By how much numbers and timestamps were moved; they all must be by the same."""
    return {((a.seq - b.seq) % 2**16, (a.timestamp - b.timestamp) % 2**32)
            for a, b in zip(recorded, sent)}


def check_same(recorded_path, sent_path, is_whole=True):
    """The recording is what was sent, byte for byte; returns the count of packets.

    `is_whole`: all of it from the first packet to the last; otherwise any one run of it.
    """
    recorded, sent = packets(recorded_path), packets(sent_path)
    if not recorded:
        raise MjrError(f"{recorded_path}: no packet")
    start = find_run(recorded, sent)
    if start is None:
        raise MjrError(f"{recorded_path}: {explain(recorded, sent)}")
    if is_whole and len(recorded) != len(sent):
        raise MjrError(f"{recorded_path}: packets {start} to {start + len(recorded)} "
                       f"of {len(sent)} sent")
    moved = offsets(recorded, sent[start:])
    if len(moved) != 1:
        raise MjrError(f"{recorded_path}: numbering moved unevenly: {sorted(moved)[:5]}")
    return len(recorded)


def check_lossy(recorded_path, sent_path):
    """The recording is what was sent from its first packet on, in any order, each packet once.

    Returns how many are missing, up to the newest one recorded.
    """
    recorded, sent = packets(recorded_path), packets(sent_path)
    where = places(recorded)
    if len(where) != len(set(where)):
        raise MjrError(f"{recorded_path}: {explain(recorded, sent)}")
    for place, packet in zip(where, recorded):
        if packet.rest != sent[place].rest:
            raise MjrError(f"{recorded_path}: packet {packet.seq} is not what was sent")
    return max(where) + 1 - len(where)


def places(recorded):
    """Sequence numbers counted from the first packet's, across wraps and swaps."""
    out = [0]
    for before, after in zip(recorded, recorded[1:]):
        out.append(out[-1] + (after.seq - before.seq + 2**15) % 2**16 - 2**15)
    return out


def newest(recorded):
    """The packet of the highest number, which need not be the last to come."""
    return max(zip(places(recorded), range(len(recorded)), recorded))[2]


def explain(recorded, sent):
    numbers = [packet.seq for packet in recorded]
    steps = [(b - a) % 2**16 for a, b in zip(numbers, numbers[1:])]
    wrong = [f"{numbers[i]} then {numbers[i + 1]}" for i, step in enumerate(steps) if step != 1]
    return (f"{len(recorded)} packets are no run of the {len(sent)} sent; "
            f"{len(numbers) - len(set(numbers))} doubled; jumps: {wrong[:5]}")
