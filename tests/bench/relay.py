"""WebRTC viewers of one core: ``python -m tests.bench.relay WHEPLOAD --viewers 50,100,200``.

A relay on one core; on the other a worker's socket that sends a clip again and again in real time
(720p25, 2 Mbit/s, a key frame every two seconds, Opus), an HTTP door and WHEPLOAD, the path of a
program that opens viewers and counts what they get (``whepload``). ``--mediamtx PROGRAM`` gives a
a peer the same clip and the same load, in turn. ``--joins N`` lets N more join in a second while a
hundred watch. Prints a line of JSON for each measurement.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import av
from aiohttp import web
from av.bitstream import BitStreamFilterContext

from media.assignment import RelayAssignment
from media.messages import Frame, Rendition, StreamInfo, Subscribe
from media.session_messages import Answer, Offer
from media.sockets import MessageStream, connect, serve
from tests.services.program import free_port, listens

SERVER_CORE, LOAD_CORE = "0", "1"
SECONDS, RATE = 20, 25
MICROSECONDS = 1_000_000
VIDEO = Rendition(
    "v720", "video", "avc1.42c01f", 90000, 2_000_000, 2_000_000, 1280, 720, 25.0, shared=True
)
SOUND = Rendition(
    "opus", "audio", "opus", 48000, 96_000, 96_000, channels=2, shared=True, packaged=False
)


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


def frames(clip: Path) -> list[Frame]:
    """Return the clip as a worker would send it, times from zero, in order."""
    found = []
    with av.open(str(clip)) as container:
        annex_b = BitStreamFilterContext("h264_mp4toannexb", container.streams.video[0])
        for packet in container.demux():
            if packet.pts is None or packet.time_base is None:
                continue
            is_video = packet.stream.type == "video"
            at_us = int(packet.pts * packet.time_base * MICROSECONDS)
            rendition, key = VIDEO if is_video else SOUND, packet.is_keyframe or not is_video
            for one in annex_b.filter(packet) if is_video else [packet]:
                pts = at_us * rendition.timescale // MICROSECONDS
                found.append(Frame(rendition.id, pts, at_us, key, 0, bytes(one)))
    return sorted(found, key=lambda frame: frame.court_us)


class Stage:
    """Sends the clip as a worker does, again and again."""

    def __init__(self, clip: list[Frame]) -> None:
        self._clip = clip
        self._listeners: set[MessageStream] = set()

    async def on_connect(self, stream: MessageStream) -> None:
        async for message in stream:
            if isinstance(message, Subscribe):
                stream.send(StreamInfo("b1", (VIDEO, SOUND), 320, 6, 2, 0))
                self._listeners.add(stream)
        self._listeners.discard(stream)

    async def play(self) -> None:
        begun, began_us = time.monotonic(), time.time_ns() // 1000
        turn_us = 0
        while True:
            for frame in self._clip:
                at_us = turn_us + frame.court_us
                wait = begun + at_us / MICROSECONDS - time.monotonic()
                if wait > 0:
                    await asyncio.sleep(wait)
                timescale = VIDEO.timescale if frame.rendition == VIDEO.id else SOUND.timescale
                pts = frame.pts + turn_us * timescale // MICROSECONDS
                told = Frame(
                    frame.rendition, pts, began_us + at_us, frame.keyframe, 0, frame.payload
                )
                for stream in self._listeners:
                    stream.send(told)
            turn_us += SECONDS * MICROSECONDS


class Door:
    """POST of an offer → the relay → 201."""

    def __init__(self, relay: MessageStream, worker: Path) -> None:
        self._relay, self._worker = relay, str(worker)
        self._waiting: dict[str, asyncio.Future[Answer]] = {}

    async def hear(self) -> None:
        async for message in self._relay:
            if isinstance(message, Answer) and message.session in self._waiting:
                self._waiting.pop(message.session).set_result(message)

    async def offer(self, request: web.Request) -> web.Response:
        session = secrets.token_urlsafe(18)
        self._waiting[session] = asyncio.get_running_loop().create_future()
        self._relay.send(Offer(session, "b1", self._worker, await request.text()))
        answer = await self._waiting_for(session)
        headers = {"Location": f"/whep/{session}", "Content-Type": "application/sdp"}
        return web.Response(status=answer.status, text=answer.sdp, headers=headers)

    async def _waiting_for(self, session: str) -> Answer:
        async with asyncio.timeout(20):
            return await self._waiting[session]

    async def end(self, request: web.Request) -> web.Response:  # noqa: ARG002
        return web.Response()


@dataclass(frozen=True)
class Served:
    """Something that viewers can be sent to."""

    name: str
    url: str
    pid: int


@contextlib.asynccontextmanager
async def ours(folder: Path, clip: Path, extra: dict[str, str]) -> AsyncIterator[Served]:
    """Run the relay of this project on the server's core."""
    worker, socket, file = folder / "worker.sock", folder / "relay.sock", folder / "relay.json"
    file.write_text(json.dumps(asdict(RelayAssignment(str(socket), ("127.0.0.1",), 2000))))
    stage = Stage(frames(clip))
    at_worker = await serve(worker, stage.on_connect)
    command = ["taskset", "-c", SERVER_CORE, sys.executable, "-m", "media.relay.process", str(file)]
    with (folder / "relay.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *command, stderr=log, env={**os.environ, **extra}
        )
    while not socket.exists():
        await asyncio.sleep(0.05)
    relay = await connect(socket)
    door = Door(relay, worker)
    app = web.Application()
    app.router.add_post("/whep", door.offer)
    app.router.add_delete("/whep/{session}", door.end)
    runner = web.AppRunner(app)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    tasks = [asyncio.create_task(stage.play()), asyncio.create_task(door.hear())]
    try:
        yield Served("tingbo", f"http://127.0.0.1:{port}/whep", process.pid)
    finally:
        for task in tasks:
            task.cancel()
        await relay.close()
        process.terminate()
        await process.wait()
        await runner.cleanup()
        at_worker.close()


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
