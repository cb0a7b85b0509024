# SPDX-License-Identifier: GPL-3.0-or-later
"""What must hold of every recording in a folder, whatever made it and however it ended."""
import json
import pathlib
import subprocess

import jsonschema

import mjrfile
from janus import SOURCE

# What Janus's own converter makes of each codec.
FORMATS = {"opus": "opus", "pcmu": "wav", "pcma": "wav", "g722": "wav", "vp8": "webm",
           "vp9": "webm", "h264": "mp4", "h265": "mp4", "av1": "mp4", "text": "srt",
           "binary": "bin"}


class RecordingError(AssertionError):
    pass


def demand(holds, text):
    if not holds:
        raise RecordingError(text)


class Recording:
    """One manifest and its files."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.manifest = json.loads(self.path.read_text())
        self.tracks = {track["label"]: track for track in self.manifest["tracks"]}

    def files(self, label):
        """Paths of a track's parts."""
        return [self.path.parent / part["file"] for part in self.tracks[label]["parts"]]

    def file(self, label):
        """The path of a track that has one part."""
        found = self.files(label)
        demand(len(found) == 1, f"{self.path.name}: {label} has {len(found)} parts")
        return found[0]

    def all_files(self):
        return [path for label in self.tracks for path in self.files(label)]


def load(folder):
    """The recordings of a folder, oldest first."""
    found = [Recording(path) for path in pathlib.Path(folder).glob("*.json")]
    return sorted(found, key=lambda recording: recording.manifest["created_us"])


def only(folder):
    found = load(folder)
    demand(len(found) == 1, f"{len(found)} recordings in {folder}")
    return found[0]


def check(folder, states=("complete",)):
    """Checks all of a folder, and returns its recordings."""
    folder = pathlib.Path(folder)
    schema = json.loads((SOURCE / "docs/manifest.schema.json").read_text())
    found = load(folder)
    for recording in found:
        jsonschema.validate(recording.manifest, schema)
        state = recording.manifest["state"]
        demand(state in states, f"{recording.path.name} is {state}")
        for track in recording.manifest["tracks"]:
            check_track(folder, track)
    claimed = [path for recording in found for path in recording.all_files()]
    demand(len(claimed) == len(set(claimed)), f"a file has two manifests: {sorted(claimed)}")
    outputs = {folder / output["file"] for recording in found
               for output in recording.manifest.get("outputs", [])}
    expected = set(claimed) | {recording.path for recording in found} | outputs
    there = {path for path in folder.iterdir() if path.is_file()}
    ours = {path for path in there if path.name.startswith(".engine-") or path.name == ".index"}
    left = there - ours - expected
    demand(not left, f"files that no manifest knows: {sorted(left)}")
    return found


def check_track(folder, track):
    count = 0
    for part in track["parts"]:
        path = folder / part["file"]
        header, frames = mjrfile.read(path)
        demand(header["c"] == track["codec"], f"{path.name} is {header['c']}")
        demand(len(frames) == part["packets"],
               f"{path.name} has {len(frames)} packets, its manifest says {part['packets']}")
        demand(path.stat().st_size == part["bytes"],
               f"{path.name} has {path.stat().st_size} bytes, not {part['bytes']}")
        if track["kind"] != "data":
            check_ends(path, part, frames)
        check_with_stock_tool(path, header["c"])
        count += len(frames)
    quality = track["quality"]
    demand(quality["dropped"] == 0, f"{track['label']}: {quality['dropped']} packets dropped")
    demand(quality["received"] == count,
           f"{track['label']}: received {quality['received']}, in files {count}")


def check_ends(path, part, frames):
    packets = [mjrfile.Packet(data) for _, data in frames]
    first, last = packets[0], mjrfile.newest(packets)
    said = (part["first_seq"], part["last_seq"], part["first_timestamp"], part["last_timestamp"])
    found = (first.seq, last.seq, first.timestamp, last.timestamp)
    demand(said == found, f"{path.name}: the manifest says {said}, the file {found}")


def check_with_stock_tool(path, codec):
    """Janus's own converter reads all of the file, and counts the same packets."""
    output = path.parent.parent / f"{path.stem}.stock.{FORMATS[codec]}"
    done = subprocess.run(["janus-pp-rec", path, output], capture_output=True, text=True)
    said = f"janus-pp-rec {path.name}: {done.stdout}{done.stderr}"
    demand(done.returncode == 0, said)
    demand("the processing will stop" not in done.stdout, said)
    demand(f"Counted {len(mjrfile.read(path)[1])} " in done.stdout, said)
    output.unlink(missing_ok=True)
