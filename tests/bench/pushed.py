"""What a camera that pushes costs the recorder: ``python -m tests.bench.pushed``.

One camera after another, of each kind, sends 720p at 8 Mbit/s with AAC to a recorder of its own
over loopback. Told is the processor time per second of recorder and bridge, what was recorded of
what was sent, memory, and how long after the sender's start the first picture was in the record.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import sys
import tempfile
import time
from pathlib import Path

import imageio_ffmpeg

from media.assignment import Camera, RecorderAssignment
from media.spool.reader import SpoolReader
from media.spool.record import Packet
from tests.media.feeds.publisher import KEY
from tests.media.processes import started
from tests.services.program import free_port

_TICKS = os.sysconf("SC_CLK_TCK")
_FRAME_RATE = 25
_CLIP = (
    *("-v", "error", "-f", "lavfi", "-i", "testsrc2=s=1280x720:r=25,noise=alls=30:allf=t"),
    *("-f", "lavfi", "-i", "sine=r=48000", "-c:v", "libx264", "-preset", "ultrafast", "-g", "50"),
    *("-b:v", "8M", "-minrate", "8M", "-maxrate", "8M", "-bufsize", "4M"),
    *("-c:a", "aac", "-b:a", "128k"),
)


def kinds(port: int) -> dict[str, tuple[str, list[str]]]:
    """Return for each kind the camera's address and how the sender sends to it."""
    here = f"127.0.0.1:{port}"
    call = f"srt://{here}?passphrase={KEY}&connect_timeout=9000"
    return {
        "rtmp": (f"rtmp-listen://{here}/live/{KEY}", ["-f", "flv", f"rtmp://{here}/live/{KEY}"]),
        "udp": (f"udp://{here}", ["-f", "mpegts", f"udp://{here}?pkt_size=1316"]),
        "rtp-ts": (f"rtp-ts://{here}", ["-f", "rtp_mpegts", f"rtp://{here}"]),
        "srt": (f"srt-listen://{here}?passphrase={KEY}", ["-f", "mpegts", call]),
    }


def spent(process: int) -> tuple[float, float]:
    """Return processor seconds and MiB of a process and its children."""
    seconds = size = 0.0
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if process in (int(path.parent.name), int(fields[1])):
            seconds += (int(fields[11]) + int(fields[12])) / _TICKS
            size += int(fields[21]) * os.sysconf("SC_PAGE_SIZE") / (1 << 20)
    return seconds, size


async def measured(folder: Path, kind: str, clip: Path, seconds: float) -> dict[str, float]:
    """Send for so long and return what it cost."""
    url, options = kinds(free_port())[kind]
    camera = Camera("c0", "", url)
    folder.mkdir()
    assignment = RecorderAssignment("1", (camera,), str(folder / "spool"), str(folder / "s"))
    program = imageio_ffmpeg.get_ffmpeg_exe() if kind == "srt" else "ffmpeg"
    command = [program, "-v", "error", "-nostdin", "-re", "-stream_loop", "-1", "-i", str(clip)]
    async with started("media.recorder", assignment, folder) as recorder:
        await asyncio.sleep(2)
        begun, begun_us = time.monotonic(), time.time_ns() // 1000
        sender = await asyncio.create_subprocess_exec(*command, "-c", "copy", *options)
        try:
            await asyncio.sleep(3)
            before, _ = spent(recorder.pid)
            at = time.monotonic()
            await asyncio.sleep(seconds)
            after, size = spent(recorder.pid)
            passed = time.monotonic() - at
        finally:
            sender.kill()
            await sender.wait()
        sent = (time.monotonic() - begun) * _FRAME_RATE
        await asyncio.sleep(1)
    with SpoolReader(folder / "spool", "c0") as reader:
        found = [item for item in reader.read(1 << 62, 1_000_000) if isinstance(item, Packet)]
    pictures = [item for item in found if item.stream == "video"]
    steps = [b.court_us - a.court_us for a, b in itertools.pairwise(pictures)]
    return {
        "cpu_s_per_s": round((after - before) / passed, 3),
        "mib": round(size),
        "first_picture_s": round((pictures[0].arrival_us - begun_us) / 1e6, 2),
        "pictures": len(pictures),
        "sent_about": round(sent),
        "longest_step_ms": round(max(steps) / 1000),
    }


async def run(seconds: float) -> None:
    """Measure each kind."""
    with tempfile.TemporaryDirectory() as name:
        clip = Path(name) / "clip.ts"
        making = await asyncio.create_subprocess_exec(
            "ffmpeg", *_CLIP, "-t", "8", "-f", "mpegts", str(clip)
        )
        await making.wait()
        for kind in kinds(0):
            told = await measured(Path(name) / kind, kind, clip, seconds)
            sys.stdout.write(json.dumps({"kind": kind, **told}) + "\n")
            sys.stdout.flush()


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=15.0)
    asyncio.run(run(parser.parse_args().seconds))


if __name__ == "__main__":
    main()
