"""WebRTC viewers of one core: ``python -m tests.bench.relay WHEPLOAD --viewers 50,100,200``.

A relay on one core; on the other a worker's socket that sends a clip again and again in real time
(720p25, 2 Mbit/s, a key frame every two seconds, Opus), an HTTP door and WHEPLOAD, the path of a
program that opens viewers and counts what they get (``whepload``). ``--mediamtx PROGRAM`` gives a
peer the same clip and the same load, in turn. ``--joins N`` lets N more join in a second while a
hundred watch. Prints a line of JSON for each measurement.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.services.program import free_port, listens
from tests.services.relay import Stage, frames, relaying

SERVER_CORE, LOAD_CORE = "0", "1"
SECONDS, RATE = 20, 25


def make_clip(path: Path) -> None:
    """Draw the clip with the ffmpeg program: a moving picture with noise, and a tone."""
    picture = f"testsrc2=size=1280x720:rate={RATE},noise=alls=12:allf=t"
    subprocess.run(
        [
            "ffmpeg", "-loglevel", "error", "-y", "-f", "lavfi", "-i", picture,
            "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000", "-t", str(SECONDS),
            "-c:v", "libx264", "-profile:v", "baseline", "-preset", "veryfast", "-g", str(2 * RATE),
            "-sc_threshold", "0", "-b:v", "2000k", "-maxrate", "2000k", "-bufsize", "1000k",
            "-pix_fmt", "yuv420p", "-c:a", "libopus", "-ac", "2", "-b:a", "96k", path,
        ],
        check=True,
    )  # fmt: skip


@dataclass(frozen=True)
class Served:
    """Something that viewers can be sent to."""

    name: str
    url: str
    pid: int


@contextlib.asynccontextmanager
async def ours(folder: Path, clip: Path, extra: dict[str, str]) -> AsyncIterator[Served]:
    """Run the relay of this project on the server's core."""
    stage = Stage(frames(clip), SECONDS)
    pinned = ("taskset", "-c", SERVER_CORE)
    async with relaying(folder, stage, before=pinned, settings=extra) as relayed:
        yield Served("tingbo", relayed.url, relayed.pid)


@contextlib.contextmanager
def _running(command: list[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as file:
        process = subprocess.Popen(command, stdout=file, stderr=file)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


@contextlib.asynccontextmanager
async def mediamtx(folder: Path, clip: Path, program: Path) -> AsyncIterator[Served]:
    """Run a peer on the server's core, with the same clip."""
    rtsp, whep, udp = free_port(), free_port(), free_port()
    config = folder / "mediamtx.yml"
    config.write_text(
        f"rtspAddress: 127.0.0.1:{rtsp}\nrtspTransports: [tcp]\nrtmp: no\nhls: no\nsrt: no\n"
        f"moq: no\nwebrtcAddress: 127.0.0.1:{whep}\nwebrtcLocalUDPAddress: 127.0.0.1:{udp}\n"
        "webrtcIPsFromInterfaces: no\nwebrtcAdditionalHosts: [127.0.0.1]\npaths:\n  live:\n"
    )
    publish = ["ffmpeg", "-loglevel", "error", "-re", "-stream_loop", "-1", "-i", str(clip)]
    publish += [
        "-c",
        "copy",
        "-f",
        "rtsp",
        "-rtsp_transport",
        "tcp",
        f"rtsp://127.0.0.1:{rtsp}/live",
    ]
    command = ["taskset", "-c", SERVER_CORE, str(program), str(config)]
    with _running(command, folder / "mediamtx.log") as peer:
        while not listens(rtsp):
            await asyncio.sleep(0.1)
        with _running(publish, folder / "publish.log"):
            await asyncio.sleep(3)
            yield Served("mediamtx", f"http://127.0.0.1:{whep}/live/whep", peer.pid)


async def load(program: Path, served: Served, viewers: int, *more: str) -> dict[str, Any]:
    """Send viewers; return what the program counted."""
    process = await asyncio.create_subprocess_exec(
        "taskset", "-c", LOAD_CORE, program, "-url", served.url, "-n", str(viewers),
        "-pid", str(served.pid), *more, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    out, _ = await process.communicate()
    return dict(json.loads(out))


def summary(name: str, seen: dict[str, Any]) -> dict[str, Any]:
    """Return what matters of a load."""
    server = seen["server"]
    return {
        "server": name,
        "viewers": seen["flowing"],
        "of": seen["n"],
        "loss_percent": round(seen["loss_pct"], 3),
        "cpu_ms_per_viewer_s": round(server["cpu_ms_per_viewer_s"], 2),
        "cores": round(server["cpu_cores"], 3),
        "rss_mib": round(server["rss_mib"], 1),
        "rss_per_viewer_kib": round(server["rss_per_viewer_kib"]),
        "first_keyframe_ms": seen["first_keyframe_ms"],
        "join_cpu_ms": round(server["join_cpu_ms_per_viewer"], 1),
        "gap_ms": seen["max_video_gap_ms"],
        "loader_cores": round(seen["loader_cpu_cores"], 2),
    }


def tell(line: dict[str, Any]) -> None:
    """Print a line of JSON."""
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


async def measure(asked: argparse.Namespace, served: Served) -> None:
    """Print a line for each number of viewers."""
    # Somebody is always there before: a relay that nobody has asked yet has no group of pictures.
    await load(asked.whepload, served, 1, "-ramp", "0s", "-settle", "2s", "-duration", "2s")
    for viewers in asked.viewers:
        ramp = ["-ramp", f"{max(5, viewers / 10):.0f}s", "-duration", f"{asked.seconds}s"]
        seen = await load(asked.whepload, served, viewers, *ramp)
        tell(summary(served.name, seen))
        await asyncio.sleep(3)
    if asked.joins:
        watching = asyncio.create_task(
            load(asked.whepload, served, 100, "-ramp", "8s", "-settle", "2s", "-duration", "15s")
        )
        await asyncio.sleep(14)
        joined = await load(asked.whepload, served, asked.joins, "-ramp", "1s", "-duration", "5s")
        line = {
            "joined": summary(served.name, joined),
            "meanwhile": summary(served.name, await watching),
        }
        tell(line)


async def run(asked: argparse.Namespace, folder: Path) -> None:
    """Measure each server in turn."""
    clip = folder / "clip.mp4"
    make_clip(clip)
    os.sched_setaffinity(0, {int(LOAD_CORE)})
    for _ in range(asked.rounds):
        async with ours(folder, clip, dict(one.split("=", 1) for one in asked.env)) as served:
            await measure(asked, served)
        if asked.mediamtx:
            async with mediamtx(folder, clip, asked.mediamtx) as served:
                await measure(asked, served)


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("whepload", type=Path)
    parser.add_argument("--mediamtx", type=Path)
    numbers = lambda text: [int(one) for one in text.split(",")]  # noqa: E731
    parser.add_argument("--viewers", type=numbers, default=[50, 100, 200])
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--joins", type=int, default=0)
    parser.add_argument("--env", action="append", default=[], metavar="NAME=VALUE")
    with tempfile.TemporaryDirectory(prefix="tingbo-relay-") as folder:
        asyncio.run(run(parser.parse_args(), Path(folder)))


if __name__ == "__main__":
    main()
