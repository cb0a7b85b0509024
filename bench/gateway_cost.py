# SPDX-License-Identifier: GPL-3.0-or-later
"""What recording costs a whole gateway: the same publishers, over real ICE, DTLS and SRTP, into our
plugin, into Janus's own record-and-play plugin, and into ours without recording. The three take
turns, every other round in the opposite order; of each figure the median over the rounds is
printed, on one line, and of the ratio of the two that record the extremes as well.

Usage: gateway_cost.py [ROUNDS [PUBLISHERS [SECONDS]]]
"""
import pathlib
import statistics
import sys
import tempfile

SOURCE = pathlib.Path(__file__).parents[1]
sys.path.insert(0, str(SOURCE / "tests/e2e"))

import mjrfile  # noqa: E402
import namespace  # noqa: E402
from janus import PACKAGE, Janus  # noqa: E402
from publisher import Publisher  # noqa: E402

WARM_UP_S = 2
LEGS = {
    "off": (PACKAGE, {"record_streams": False}),
    "plugin": (PACKAGE, {}),
    "recordplay": ("janus.plugin.recordplay", {}),
}


def usage(pid):
    """Of all threads: nanoseconds on a processor, switches of both kinds, calls that write."""
    seen = {"cpu": 0, "waits": 0, "preemptions": 0}
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        seen["cpu"] += int((task / "schedstat").read_text().split()[0])
        for line in (task / "status").read_text().splitlines():
            key, _, value = line.partition(":")
            if key == "voluntary_ctxt_switches":
                seen["waits"] += int(value)
            elif key == "nonvoluntary_ctxt_switches":
                seen["preemptions"] += int(value)
    for line in pathlib.Path(f"/proc/{pid}/io").read_text().splitlines():
        key, _, value = line.partition(":")
        if key == "syscw":
            seen["writes"] = int(value)
    return seen


def packets(folder):
    """Of audio and video, in all files."""
    paths = [path for kind in ("audio", "video") for path in folder.glob(f"*-{kind}.mjr")]
    return sum(len(mjrfile.read(path)[1]) for path in paths)


def run(leg, publishers, seconds):
    plugin, settings = LEGS[leg]
    with tempfile.TemporaryDirectory(prefix="gateway-cost-") as folder:
        rings = {"ring_folder": f"/dev/shm/{pathlib.Path(folder).name}"}
        with Janus(folder, {**rings, **settings}) as janus:
            with Publisher(janus, "s", ["opus", "vp8"], "--publishers", publishers,
                           plugin=plugin) as publisher:
                publisher.play(WARM_UP_S)
                before = usage(janus.process.pid)
                publisher.play(seconds)
                after = usage(janus.process.pid)
        pathlib.Path(rings["ring_folder"]).rmdir()
        figures = {key: (after[key] - before[key]) / seconds for key in after}
        figures["packets"] = packets(janus.recordings) / (WARM_UP_S + seconds)
    return figures


def main():
    namespace.enter()
    rounds, publishers, seconds = (
        int(sys.argv[i]) if len(sys.argv) > i else fallback
        for i, fallback in ((1, 5), (2, 40), (3, 8)))
    runs = {leg: [] for leg in LEGS}
    for number in range(rounds):
        for leg in sorted(LEGS, reverse=number % 2 == 1):
            runs[leg].append(run(leg, publishers, seconds))

    def median(leg, key):
        return statistics.median(figures[key] for figures in runs[leg])

    line = [f"bench=gateway-cost publishers={publishers} rounds={rounds}"]
    for leg in LEGS:
        line.append(f"{leg}_cpu={median(leg, 'cpu') / 1e7:.2f}%")
        line += [f"{leg}_{key}_per_s={median(leg, key):.0f}"
                 for key in ("packets", "writes", "waits", "preemptions")]
    costs = {leg: statistics.median(
        own["cpu"] - off["cpu"] for own, off in zip(runs[leg], runs["off"]))
        for leg in ("plugin", "recordplay")}
    for leg, cost in costs.items():
        line.append(f"{leg}_recording_ns_per_packet={cost / median(leg, 'packets'):.0f}")
    ratios = [own["cpu"] / peer["cpu"] for own, peer in zip(runs["plugin"], runs["recordplay"])]
    line.append(f"cpu_ratio={statistics.median(ratios):.3f}")
    line.append(f"cpu_ratios={min(ratios):.3f}..{max(ratios):.3f}")
    print(*line)


main()
