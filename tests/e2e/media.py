# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks at media files with FFmpeg's own programs."""
import array
import json
import re
import subprocess

BEEP_HZ, TONE_HZ = 1760, 440
RATE = 8000


def run(*command):
    done = subprocess.run([*map(str, command)], capture_output=True, check=False)
    if done.returncode:
        raise AssertionError(f"{command}: {done.stderr.decode(errors='replace')}")
    return done.stdout


def probe(path):
    """The streams by kind, with the pictures counted, and the file's duration."""
    said = json.loads(run("ffprobe", "-v", "error", "-of", "json", "-count_frames",
                          "-show_streams", "-show_format", path))
    streams = {stream["codec_type"]: stream for stream in said["streams"]}
    return streams, float(said["format"]["duration"])


def frame_hashes(path):
    """MD5 of every decoded picture."""
    text = run("ffmpeg", "-v", "error", "-i", path, "-map", "0:v", "-fps_mode", "passthrough",
               "-f", "framemd5", "-").decode()
    return [line.split(",")[-1].strip() for line in text.splitlines() if line[0] != "#"]


def flashes(path):
    """The times, in seconds, at which the picture turns white."""
    text = run("ffmpeg", "-v", "error", "-i", path, "-map", "0:v", "-fps_mode", "passthrough",
               "-vf", "signalstats,metadata=print:key=lavfi.signalstats.YAVG:file=-",
               "-f", "null", "-").decode()
    found = re.findall(r"pts_time:([\d.]+)\s+lavfi.signalstats.YAVG=([\d.]+)", text)
    levels = [(float(time), float(level) > 225) for time, level in found]
    return rises(levels)


def beeps(path):
    """The times, in seconds, at which the beep begins."""
    start = float(probe(path)[0]["audio"].get("start_time", 0))
    raw = run("ffmpeg", "-v", "error", "-i", path, "-map", "0:a", "-af", "highpass=f=1300:p=2",
              "-ac", 1, "-ar", RATE, "-f", "s16le", "-")
    samples = array.array("h", raw)
    step = RATE // 200  # 5 ms
    levels = []
    for at in range(0, len(samples) - step, step):
        energy = sum(sample * sample for sample in samples[at:at + step]) / step
        levels.append((start + at / RATE, energy))
    loud = max((energy for _, energy in levels), default=0) / 4
    return rises([(time, energy > loud) for time, energy in levels])


def rises(levels):
    """When what was false becomes true."""
    before = False
    found = []
    for time, now in levels:
        if now and not before:
            found.append(time)
        before = now
    return found
