"""The worker's path beside the ffmpeg program's: ``python -m tests.bench.ladder CLIP``.

Both make the same rungs of the same clip with the same presets, quality and bounds, and the same
sound, to fragmented HLS in files. The worker's path does more: court's record, overlay with clock,
a masked rectangle. They run in turn, several rounds, in processes of their own; the figures are
medians of processor seconds for a second of media, and the worker's divided by ffmpeg's.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import imageio_ffmpeg

from tests.bench.path import Asked, parse
from tests.tools import find_tool

SEGMENT_S = "1.92"
KEY_EVERY = "48"


def command(ffmpeg: Path, asked: Asked) -> list[str]:
    """Return the command that does the encoders' work."""
    rungs = asked.rungs
    splits = "".join(f"[s{at}]" for at in range(len(rungs)))
    scales = "".join(
        f";[s{at}]scale={one.width}:{one.height}[v{at}]" for at, one in enumerate(rungs)
    )
    made = [str(ffmpeg), "-hide_banner", "-loglevel", "error", "-t", str(asked.media_s)]
    made += ["-i", str(asked.clips[0].absolute())]
    made += ["-filter_complex", f"[0:v]fps=25,split={len(rungs)}{splits}{scales}"]
    for at, one in enumerate(rungs):
        made += ["-map", f"[v{at}]", f"-c:v:{at}", "libx264", f"-preset:v:{at}", one.preset]
        made += [f"-tune:v:{at}", "zerolatency", f"-profile:v:{at}", one.profile]
        made += [f"-crf:v:{at}", "23", f"-maxrate:v:{at}", str(one.max_rate)]
        made += [f"-bufsize:v:{at}", str(one.max_rate // 2), f"-g:v:{at}", KEY_EVERY]
        made += [f"-threads:v:{at}", "1"]
    made += ["-map", "0:a", "-c:a", "aac", "-b:a", "128k", "-ar", "48000", "-ac", "2"]
    made += ["-sc_threshold", "0", "-f", "hls", "-hls_time", SEGMENT_S]
    made += ["-hls_segment_type", "fmp4", "-hls_list_size", "0"]
    made += ["-hls_fmp4_init_filename", "init-%v.mp4", "-hls_segment_filename", "%v-%d.m4s"]
    groups = " ".join(f"v:{at},agroup:a" for at in range(len(rungs)))
    return [*made, "-var_stream_map", f"{groups} a:0,agroup:a", "%v.m3u8"]


def children_seconds() -> float:
    """Return the processor seconds of the programs that were waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run_ffmpeg(ffmpeg: Path, asked: Asked) -> float:
    """Return processor seconds for a second of media."""
    before = children_seconds()
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(command(ffmpeg, asked), cwd=folder, check=True)
    return (children_seconds() - before) / asked.media_s


def run_path(arguments: list[str]) -> float:
    """Return the same of the worker's path."""
    told = subprocess.run(
        [sys.executable, "-m", "tests.bench.path", *arguments, "--masked"],
        check=True,
        capture_output=True,
    )
    return float(json.loads(told.stdout)["cpu_s_per_media_s"])


def programs() -> dict[str, Path]:
    """Return the ffmpeg programs of this machine by the name of their version."""
    found = [find_tool("ffmpeg"), Path(imageio_ffmpeg.get_ffmpeg_exe())]
    named = {}
    for one in found:
        if one is not None:
            told = subprocess.run([one, "-version"], check=True, capture_output=True, text=True)
            named[" ".join(told.stdout.split()[:3])] = one
    return named


def machine() -> str:
    """Return what the processor calls itself."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    name = next((one.partition(":")[2] for one in lines if one.startswith("model name")), "")
    return f"{os.cpu_count()} x {name.strip() or platform.machine()}"


def main() -> int:
    """Print one line of JSON."""
    own = argparse.ArgumentParser(add_help=False)
    own.add_argument("--rounds", type=int, default=3)
    told, arguments = own.parse_known_args()
    asked = parse(arguments)
    if len(asked.clips) != 1:
        sys.exit("Name one clip: ffmpeg gets the same.")
    ffmpegs = programs()
    paths: list[float] = []
    others: dict[str, list[float]] = {name: [] for name in ffmpegs}
    for _ in range(told.rounds):
        paths.append(run_path(arguments))
        for name, program in ffmpegs.items():
            others[name].append(run_ffmpeg(program, asked))
    ours = statistics.median(paths)
    figures = {
        "machine": machine(),
        "rungs": [f"{one.id} {one.preset}" for one in asked.rungs],
        "media_s": asked.media_s,
        "rounds": told.rounds,
        "path": round(ours, 4),
        "programs": {name: round(statistics.median(used), 4) for name, used in others.items()},
        "ratio": {name: round(ours / statistics.median(used), 3) for name, used in others.items()},
    }
    sys.stdout.write(json.dumps(figures) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
