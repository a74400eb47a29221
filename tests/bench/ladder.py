"""What the ffmpeg program needs for a broadcast's ladder: ``python -m tests.bench.ladder``.

``python -m tests.bench.ladder DATA/broadcasts/ID CLIP`` encodes a clip to the rungs that a worker
has planned (``worker.json``), with the same presets, quality and bounds, to fragmented HLS, and
tells its processor seconds for a second of media. The worker's own are told by
``tests.bench.processes`` while it broadcasts the same clip, sent by
``python -m media.feeds.rtsp_sender``.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import av

from media.worker.memory import Memory, remember
from tests.tools import find_tool

SEGMENT_S = "1.92"


def command(ffmpeg: Path, memory: Memory, clip: Path) -> list[str]:
    """Return the command that does the worker's work."""
    rungs = memory.rungs
    splits = "".join(f"[s{at}]" for at in range(len(rungs)))
    scales = "".join(
        f";[s{at}]scale={one.width}:{one.height}[v{at}]" for at, one in enumerate(rungs)
    )
    made = [str(ffmpeg), "-hide_banner", "-loglevel", "error", "-i", str(clip)]
    made += ["-filter_complex", f"[0:v]fps=25,split={len(rungs)}{splits}{scales}"]
    for at, one in enumerate(rungs):
        made += ["-map", f"[v{at}]", f"-c:v:{at}", "libx264", f"-preset:v:{at}", one.preset]
        made += [f"-tune:v:{at}", "zerolatency", f"-profile:v:{at}", one.profile]
        made += [f"-crf:v:{at}", "23", f"-maxrate:v:{at}", str(one.max_rate)]
        made += [f"-bufsize:v:{at}", str(one.max_rate // 2), f"-g:v:{at}", "48"]
        made += [f"-threads:v:{at}", "1"]
    made += ["-map", "0:a", "-c:a", "aac", "-b:a", "128k", "-ar", "48000", "-ac", "2"]
    made += ["-sc_threshold", "0", "-f", "hls", "-hls_time", SEGMENT_S]
    made += ["-hls_segment_type", "fmp4", "-hls_list_size", "0"]
    made += ["-hls_fmp4_init_filename", "init-%v.mp4", "-hls_segment_filename", "%v-%d.m4s"]
    groups = " ".join(f"v:{at},agroup:a" for at in range(len(rungs)))
    return [*made, "-var_stream_map", f"{groups} a:0,agroup:a", "%v.m3u8"]


def main() -> int:
    """Print one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("broadcast", type=Path, help="a broadcast's directory")
    parser.add_argument("clip", type=Path)
    asked = parser.parse_args()
    ffmpeg, memory = find_tool("ffmpeg"), remember(asked.broadcast)
    if ffmpeg is None or memory is None:
        sys.exit("ffmpeg is missing (apt install ffmpeg), or this broadcast was never on the air.")
    clip = asked.clip.absolute()
    with av.open(clip) as container:
        seconds = (container.duration or 0) / av.time_base
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(command(ffmpeg, memory, clip), cwd=folder, check=True)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    told = {
        "rungs": [f"{one.id} {one.preset}" for one in memory.rungs],
        "media_s": round(seconds, 2),
        "cpu_s_per_media_s": round((used.ru_utime + used.ru_stime) / seconds, 3),
    }
    sys.stdout.write(json.dumps(told) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
