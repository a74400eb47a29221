"""Watching on a bad line: ``python -m tests.bench.bad_line --client all --seconds 60``.

A relay's own process sends the clock camera's picture and tone; between it and a viewer of each
maker (``chromium``, ``gstreamer``, ``pion``, ``aiortc``; ``firefox`` with ``--openh264 FOLDER``,
where Cisco's plug-in is) lies a line that loses and delays datagrams both ways, as ``tc netem``
would. Each picture is decoded and the clock in it read. Told are when after the answer the first
picture and the tone came, freezes by the rule of webrtc-stats, and how far pictures are behind what
was sent. pion and aiortc show pictures as they come: behind them stands a player that waits 200 ms.

``--loss 0 --jitter-ms 0`` is a good line; ``--bit-rate 2000000`` sends 720p with grain instead of a
small still picture; ``--joins 24`` joins so many times instead, each with its own luck, and tells
of the first pictures. Prints a line of JSON for each viewer.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from media.messages import Frame
from tests.media.relay.connecting import take, viewer
from tests.media.relay.lossy import Line, bad_line
from tests.player.viewers import MAKERS, Maker, Watch, in_firefox
from tests.player.viewing import Sent, Viewing, told
from tests.player.webrtc import make_show
from tests.services.relay import VIDEO, Relayed, Stage, frames, relaying
from tests.story.clock_camera import FRAME_RATE, SHORT_FRAMES
from tests.tools import require_tool

JOINS_WATCH_S = 3.0
GROUP_S = 1
"""A group of pictures: a worker would be asked for a key frame once a second."""
GRAIN = "scale=1280:720,noise=alls=12:allf=t"


class Noting(Stage):
    """Notes when each picture is sent."""

    def __init__(self, clip: list[Frame], seconds: float) -> None:
        super().__init__(clip, seconds)
        self.sent = Sent(SHORT_FRAMES)

    def note(self, frame: Frame) -> None:
        """A picture or a sound leaves now."""
        if frame.rendition == VIDEO.id:
            self.sent.at_ms.append(time.time() * 1000)


@dataclass
class Show:
    """A relay that sends, and what the command line asks for."""

    asked: argparse.Namespace
    relayed: Relayed
    sent: Sent
    lines: list[Line] = field(default_factory=list)

    async def seen(
        self, maker: Maker, watch: Watch, seconds: float, seed: int
    ) -> tuple[Viewing, float]:
        """Watch by a line of its own; also return when it ended."""
        asked, relayed = self.asked, self.relayed
        relay, host = ("127.0.0.1", relayed.port), maker.finds
        line = bad_line(relay, asked.loss, asked.jitter_ms / 1000, seed, host)
        async with line as (carrying, relayed.door.line):
            self.lines.append(carrying)
            viewing = await watch(relayed.address, seconds)
            return viewing, viewing.answered_ms + seconds * 1000

    async def watched(self, maker: Maker, watch: Watch) -> dict[str, Any]:
        """Watch for so long; return what was seen."""
        viewing, until_ms = await self.seen(maker, watch, self.asked.seconds, self.asked.seed)
        found = told(viewing, self.sent, until_ms=until_ms, plays=maker.plays)
        return found | {"line_lost": self.lines[-1].lost}

    async def joined(self, maker: Maker, watch: Watch) -> dict[str, Any]:
        """Join again and again; return how long each first picture took, and the tone."""
        firsts, tones, steps = [], [], []
        for seed in range(self.asked.joins):
            viewing, _ = await self.seen(maker, watch, JOINS_WATCH_S, seed)
            firsts += [at_ms - viewing.answered_ms for at_ms, _ in viewing.readable[:1]]
            tones += [viewing.heard_ms - viewing.answered_ms] if viewing.heard_ms else []
            steps.append(viewing.own.get("steps", {}))
        of = {"first_picture_ms": _spread(firsts), "first_sound_ms": _spread(tones)}
        return of | ({"steps": steps} if any(steps) else {})


def _spread(values: list[float]) -> dict[str, Any]:
    found = sorted(map(round, values))
    if not found:
        return {"all": []}
    p95 = found[int(0.95 * (len(found) - 1))]
    return {"p50": statistics.median(found), "p95": p95, "all": found}


def make_grainy(clip: Path, bit_rate: int) -> Path:
    """Make 720p of so many bits a second out of the small clip, which has next to none."""
    path, ffmpeg = clip.with_name("grainy.mp4"), str(require_tool("ffmpeg"))
    x264 = ["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-bf", "0"]
    rate = ["-b:v", str(bit_rate), "-maxrate", str(bit_rate), "-bufsize", str(bit_rate // 2)]
    command = [ffmpeg, "-v", "error", "-i", str(clip), "-vf", GRAIN, "-c:a", "copy", *x264, *rate]
    subprocess.run([*command, "-g", str(GROUP_S * FRAME_RATE), path], check=True, timeout=120)
    return path


@contextlib.asynccontextmanager
async def showing(asked: argparse.Namespace, folder: Path) -> AsyncIterator[Show]:
    """Have a relay that sends as long as the block lasts."""
    clip = make_show(folder)
    clip = make_grainy(clip, asked.bit_rate) if asked.bit_rate else clip
    stage = Noting(frames(clip), SHORT_FRAMES / FRAME_RATE)
    async with relaying(folder, stage) as relayed, listening(relayed):
        yield Show(asked, relayed, stage.sent)


@contextlib.asynccontextmanager
async def listening(relayed: Relayed) -> AsyncIterator[None]:
    """Have somebody who listens all the time: a relay that nobody uses has no picture yet."""
    async with viewer("audio") as (connection, _), aiohttp.ClientSession() as client:
        offer = connection.localDescription.sdp
        async with client.post(relayed.url, data=offer) as response:
            await take(connection, await response.text())
        await asyncio.sleep(GROUP_S + 1)
        yield


async def run(asked: argparse.Namespace, folder: Path) -> None:
    """Measure, and print."""
    makers = MAKERS
    if asked.openh264:
        makers = makers | {"firefox": Maker(lambda _: in_firefox(asked.openh264))}
    names = list(makers) if asked.client == "all" else [asked.client]
    async with showing(asked, folder) as show:
        for name in names:
            async with makers[name].viewing(folder) as watch:
                found = (
                    await show.joined(makers[name], watch)
                    if asked.joins
                    else await show.watched(makers[name], watch)
                )
            sys.stdout.write(json.dumps({"client": name, **found}) + "\n")
            sys.stdout.flush()


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--client", choices=[*MAKERS, "firefox", "all"], default="chromium")
    parser.add_argument("--openh264", type=Path)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--loss", type=float, default=0.05)
    parser.add_argument("--jitter-ms", type=float, default=50)
    parser.add_argument("--bit-rate", type=int, default=0)
    parser.add_argument("--joins", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    if asked.client == "firefox" and asked.openh264 is None:
        parser.error("Firefox decodes H.264 by WebRTC with --openh264 FOLDER only")
    with tempfile.TemporaryDirectory(prefix="tingbo-line-") as folder:
        asyncio.run(run(asked, Path(folder)))


if __name__ == "__main__":
    main()
