"""The relay's own process, a worker's socket that sends a clip to it, and a door by HTTP.

What viewers by WHEP need of the service and no more, so that a picture that is sent can be
compared with the one that a viewer shows.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import secrets
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType

import av
from aiohttp import web
from av.bitstream import BitStreamFilterContext

from media.assignment import RelayAssignment
from media.messages import Frame, Rendition, StreamInfo, Subscribe
from media.session_messages import Answer, CloseSession, Offer
from media.sockets import MessageStream, serve
from tests.media.processes import reach
from tests.services.program import STOPS_WITHIN, free_port

MICROSECONDS = 1_000_000
ANSWERS_WITHIN = 60.0
VIDEO = Rendition(
    "v720", "video", "avc1.42c01f", 90000, 2_000_000, 2_000_000, 1280, 720, 25.0, shared=True
)
SOUND = Rendition(
    "opus", "audio", "opus", 48000, 96_000, 96_000, channels=2, shared=True, packaged=False
)
_CANDIDATE = re.compile(r"a=candidate:.*\r\n")


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
    """Sends a clip of so many seconds as a worker does, again and again."""

    def __init__(self, clip: list[Frame], seconds: float) -> None:
        self.shown = 0
        """How many pictures have been sent: the number of the next one, if it is written there."""
        self._clip, self._turn_us = clip, round(seconds * MICROSECONDS)
        self._listeners: set[MessageStream] = set()

    async def on_connect(self, stream: MessageStream) -> None:
        """Serve one relay."""
        async for message in stream:
            if isinstance(message, Subscribe):
                stream.send(StreamInfo("b1", (VIDEO, SOUND), 320, 6, 2, 0))
                self._listeners.add(stream)
        self._listeners.discard(stream)

    async def play(self) -> None:
        """Send in real time until cancelled."""
        begun, began_us = time.monotonic(), time.time_ns() // 1000
        turn_us = 0
        while True:
            for frame in self._clip:
                at_us = turn_us + frame.court_us
                wait = begun + at_us / MICROSECONDS - time.monotonic()
                if wait > 0:
                    await asyncio.sleep(wait)
                is_picture = frame.rendition == VIDEO.id
                timescale = VIDEO.timescale if is_picture else SOUND.timescale
                pts = frame.pts + turn_us * timescale // MICROSECONDS
                told = Frame(
                    frame.rendition, pts, began_us + at_us, frame.keyframe, 0, frame.payload
                )
                self.note(told)
                for stream in self._listeners:
                    stream.send(told)
                self.shown += is_picture
            turn_us += self._turn_us

    def note(self, frame: Frame) -> None:
        """Take note of what is sent now."""


class Door:
    """POST of an offer → the relay → 201 or why not; at ``/`` an empty page of the same origin."""

    def __init__(self, relay: MessageStream, worker: Path) -> None:
        self.line: tuple[str, int] | None = None
        """What viewers find instead of the relay's port; then there is no way around it."""
        self._relay, self._worker = relay, str(worker)
        self._waiting: dict[str, asyncio.Future[Answer]] = {}

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[str]:
        """Answer by HTTP as long as the block lasts; gives the address, without a slash."""
        app = web.Application()
        app.router.add_get("/", self._page)
        app.router.add_post("/whep", self._offer)
        app.router.add_delete("/whep/{session}", self._end)
        runner, port = web.AppRunner(app), free_port()
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        hearing = asyncio.create_task(self._hear())
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            hearing.cancel()
            await runner.cleanup()
            await self._relay.close()

    async def _hear(self) -> None:
        async for message in self._relay:
            if isinstance(message, Answer) and message.session in self._waiting:
                self._waiting.pop(message.session).set_result(message)

    async def _page(self, request: web.Request) -> web.Response:  # noqa: ARG002
        return web.Response(text="<!doctype html><title>viewer</title>", content_type="text/html")

    async def _offer(self, request: web.Request) -> web.Response:
        session, offer = secrets.token_urlsafe(18), await request.text()
        if self.line is not None:
            offer = _CANDIDATE.sub("", offer)
        waiting = self._waiting[session] = asyncio.get_running_loop().create_future()
        self._relay.send(Offer(session, "b1", self._worker, offer))
        async with asyncio.timeout(ANSWERS_WITHIN):
            answer = await waiting
        headers = {"Location": f"/whep/{session}", "Content-Type": "application/sdp"}
        if answer.status != 201:
            return web.Response(status=answer.status, text=answer.reason)
        return web.Response(status=201, text=self._by_line(answer.sdp), headers=headers)

    def _by_line(self, answer: str) -> str:
        if self.line is None:
            return answer
        host, port = self.line
        own = f"a=candidate:line 1 udp 2130706431 {host} {port} typ host\r\n"
        first, *more = _CANDIDATE.split(answer)
        return first + own + "".join(more)

    async def _end(self, request: web.Request) -> web.Response:
        self._relay.send(CloseSession(request.match_info["session"]))
        return web.Response()


@dataclass(frozen=True)
class Relayed:
    """A relay that runs: its WHEP address, its page's, its UDP port and its process."""

    door: Door
    stage: Stage
    address: str
    port: int
    pid: int

    @property
    def url(self) -> str:
        """Where to POST offers."""
        return f"{self.address}/whep"


@contextlib.asynccontextmanager
async def relaying(
    folder: Path,
    stage: Stage,
    *,
    before: Sequence[str] = (),
    settings: Mapping[str, str] = MappingProxyType({}),
) -> AsyncIterator[Relayed]:
    """Run a relay; ``before``: words before its command, ``settings``: variables for it."""
    worker, socket, file = folder / "worker.sock", folder / "relay.sock", folder / "relay.json"
    port = free_port()
    its = RelayAssignment(str(socket), ("127.0.0.1",), 2000, port)
    file.write_text(json.dumps(asdict(its)))
    at_worker = await serve(worker, stage.on_connect)
    command = [*before, sys.executable, "-m", "media.relay.process", str(file)]
    with (folder / "relay.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *command, stderr=log, env={**os.environ, **settings}
        )
    try:
        door = Door(await reach(socket), worker)
        async with door.open() as address:
            playing = asyncio.create_task(stage.play())
            yield Relayed(door, stage, address, port, process.pid)
            playing.cancel()
    finally:
        process.terminate()
        await asyncio.wait_for(process.wait(), STOPS_WITHIN)
        at_worker.close()
