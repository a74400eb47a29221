"""A broadcast under test: its worker's process, its orders, who listens, and what came out."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np

from media.assignment import Camera, Layout, ProgramText, WorkerAssignment, dump
from media.hls.dates import program_date_time
from media.ladder.audio import AAC_SAMPLES
from media.messages import AirChange, Message, OrderForce, Part, Subscribe, Wish, WorkerStatus
from media.orders import append_order
from media.recording.replay import Replay
from media.sockets import MessageStream
from media.spool.head import Head
from media.timeline import Piece, Timeline
from tests.media.processes import ENDS_WITHIN, ROOT, SAYS_WITHIN, reach
from tests.media.worker.room import Room
from tests.media.worker.viewing import entries, pictures, sound


@dataclass
class Listener:
    """A subscriber: one iterator for its whole life, or bytes would be lost between two."""

    stream: MessageStream
    messages: AsyncIterator[Message]


@dataclass
class Broadcast:
    """A worker under test."""

    root: Path
    room: Room | None = None
    delay_ms: int = 0
    cameras: tuple[str, ...] = ("one",)
    layout: Layout = "single"
    cores: float = 1.0
    address: str = "srt:"
    """Of the cameras: who may send in heaps is waited for longer. The room's cameras are in time,
    but they are a thread of a test on a busy machine."""
    environment: Mapping[str, str] = field(default_factory=dict)
    module: str = "media.worker"
    process: asyncio.subprocess.Process | None = None
    spare: asyncio.subprocess.Process | None = None
    orders: int = 0

    @property
    def directory(self) -> Path:
        return self.root / "broadcast"

    @property
    def public(self) -> Path:
        return self.directory / "public"

    @property
    def timeline(self) -> Timeline:
        """Which court time each tick shows."""
        memory = json.loads((self.directory / "worker.json").read_text())
        return Timeline([Piece(**piece) for piece in memory["pieces"]], 40_000)

    @property
    def origin_us(self) -> int:
        return self.timeline.pieces[0].origin_us

    @property
    def assignment(self) -> Path:
        return self.root / "assignment.json"

    async def start(self) -> None:
        assignment = WorkerAssignment(
            broadcast="b",
            courtroom="c",
            spool=str(self.root / "spool"),
            directory=str(self.directory),
            socket=str(self.root / "w.sock"),
            cameras=tuple(Camera(one, one, self.address) for one in self.cameras),
            layout=self.layout,
            delay_ms=self.delay_ms,
            text=ProgramText("法院", "(2026)1号", "Asia/Shanghai", {}),
            cores=self.cores,
        )
        path = self.assignment
        path.write_text(json.dumps(dump(assignment)))
        if self.spare is not None and self.spare.stdin is not None:
            self.spare.stdin.write(json.dumps({"take": str(path)}).encode() + b"\n")
            self.spare.stdin.close()
            self.process, self.spare = self.spare, None
        else:
            self.process = await self._run(str(path), asyncio.subprocess.DEVNULL)

    async def stand_by(self) -> None:
        """Let the next worker stand by, as the supervisor does (``server.spare``), until it can."""
        self.spare = await self._run(f"--spare={self.root}", asyncio.subprocess.PIPE)
        assert self.spare.stdin is not None
        self.spare.stdin.write(json.dumps({"watch": [str(self.assignment)]}).encode() + b"\n")
        async with asyncio.timeout(SAYS_WITHIN):
            while not self._follows(self.spare.pid):
                await asyncio.sleep(0.02)  # it says nothing before its turn has come

    def _follows(self, pid: int) -> bool:
        """Whether a process reads what the cameras send."""
        opened = Path(f"/proc/{pid}/fd").iterdir()
        with contextlib.suppress(FileNotFoundError):  # one was closed meanwhile
            return any(one.readlink().suffix == ".spool" for one in opened)
        return False

    async def _run(self, argument: str, stdin: int) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", self.module, argument, stdin=stdin,
            env=os.environ | self.environment, cwd=ROOT,
        )  # fmt: skip

    @contextlib.asynccontextmanager
    async def listen(self, want: Wish) -> AsyncIterator[Listener]:
        stream = await reach(self.root / "w.sock")
        listener = Listener(stream, aiter(stream))
        stream.send(Subscribe(want))
        try:
            yield listener
        finally:
            await stream.close()

    def tick(self, court_us: int) -> int:
        return (court_us - self.origin_us) // 40_000

    def now_us(self) -> int:
        """Return the court time now."""
        with Head.open(self.root / "spool") as head:
            return head.now_us()

    def order(self, name: str, **args: str | float) -> int:
        """Give an order now; return its court time."""
        self.orders += 1
        court_us = self.now_us()
        append_order(self.directory, name, court_us, str(self.orders), "test", dict(args))
        return court_us

    async def end(self, number: int = signal.SIGTERM) -> int:
        assert self.process is not None
        if self.process.returncode is None:
            self.process.send_signal(number)
        async with asyncio.timeout(ENDS_WITHIN):
            return await self.process.wait()

    async def ends(self) -> int:
        """Wait until the worker ends by itself; return its exit code."""
        assert self.process is not None
        async with asyncio.timeout(SAYS_WITHIN):
            return await self.process.wait()


async def until(listener: Listener, wanted: Callable[[Message], bool]) -> list[Message]:
    """Return the messages up to the first that is wanted."""
    heard: list[Message] = []
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(SAYS_WITHIN):
            async for message in listener.messages:
                heard.append(message)
                if wanted(message):
                    return heard
    told = [one for one in heard if isinstance(one, WorkerStatus)][-1:]
    raise AssertionError(f"not within {SAYS_WITHIN} s, after {len(heard)} messages and {told}")


def is_on_air(air: str) -> Callable[[Message], bool]:
    return lambda message: isinstance(message, WorkerStatus) and message.air == air


def is_force_of(order: str) -> Callable[[Message], bool]:
    return lambda message: isinstance(message, OrderForce) and message.order == order


def is_part_after(court_us: int) -> Callable[[Message], bool]:
    return lambda message: (
        isinstance(message, Part) and message.rendition == "audio" and message.court_us > court_us
    )


def check_grid(
    public: Path,
    steps: Sequence[int] = (),
    renditions: Sequence[str] = ("v360", "audio"),
) -> None:
    """All renditions: parts follow each other without a hole, with the same borders.

    ``steps`` are the ticks at which court time steps: discontinuities, at the border of a segment.
    """
    begun = {tick // 8 for tick in steps}
    for rendition in renditions:
        length = 15 * 1024 if rendition == "audio" else 8 * 3600
        for number, entry in enumerate(entries(public, rendition)):
            assert (entry.msn, entry.part) == divmod(number, 6)
            assert (entry.media_time, entry.duration) == (number * length, length)
            assert not entry.gap
            assert entry.discontinuity == (number in begun)
            assert rendition == "audio" or entry.part or entry.independent


def check_pictures(broadcast: Broadcast, forbidden: list[tuple[int, int]]) -> set[int]:
    """Every tick is there once; nothing forbidden is shown; return the ticks with the room."""
    shown = pictures(broadcast.public, "v360")
    assert [one.tick for one in shown] == list(range(len(shown)))
    for since_us, until_us in forbidden:
        for one in shown:
            if one.clock_ms is None:
                continue
            # The clock in the picture has no fractions of a millisecond.
            earliest_us, latest_us = one.clock_ms * 1000, one.clock_ms * 1000 + 999
            assert not since_us <= earliest_us <= latest_us < until_us, (
                f"tick {one.tick} shows {earliest_us - since_us} µs after {since_us}, "
                f"{until_us - latest_us} µs before {until_us}"
            )
    timeline = broadcast.timeline
    for entry in entries(broadcast.public, "v360"):
        assert entry.gap or entry.court_us == timeline.court_us(entry.media_time // 3600)
    for one in shown:
        if one.clock_ms is not None:
            age_us = timeline.court_us(one.tick) - one.clock_ms * 1000
            assert -20_000 <= age_us <= 1_100_000  # a camera is lost after a second
    return {one.tick for one in shown if one.clock_ms is not None}


def check_dates(broadcast: Broadcast, room: set[int], heard: Sequence[Message]) -> None:
    """The replay's Date Ranges are the ticks without the room, and have the pictures' dates.

    ``heard``: what the worker told, in which each change comes before any part that shows it.
    """
    _check_told_first(heard)
    tags = [
        line
        for line in Replay(broadcast.directory).playlist("v360").decode().splitlines()
        if line.startswith("#EXT-X-DATERANGE:")
    ]
    kinds = [re.findall('REASON="([a-z]+)"', tag)[0] for tag in tags]
    # (On a machine that has much to do pictures may be missing for a moment.)
    assert [kind for kind in kinds if kind != "interrupted"] == ["before", "recess"]
    slates: set[int] = set()
    for tag in tags:
        since = datetime.fromisoformat(re.findall('START-DATE="([^"]+)"', tag)[0])
        seconds = float(re.findall("DURATION=([0-9.]+)", tag)[0])
        first = broadcast.tick(round(since.timestamp() * 1000) * 1000 + 20_000)
        assert program_date_time(broadcast.timeline.court_us(first)) in tag
        slates |= set(range(first, first + round(seconds * 25)))
    whole = set(range(len(pictures(broadcast.public, "v360"))))
    assert slates == whole - room


def _check_told_first(heard: Sequence[Message]) -> None:
    end_us = 0.0
    changes = [message for message in heard if isinstance(message, AirChange)]
    assert changes
    for message in heard:
        if isinstance(message, Part):
            scale = 48_000 if message.rendition == "audio" else 90_000
            end_us = max(end_us, (message.media_time + message.duration) / scale * 1e6)
        elif isinstance(message, AirChange):
            assert message.media_us >= end_us


def check_sound(broadcast: Broadcast, opened_us: int, recess_us: int, reopened_us: int) -> None:
    """Digital silence while closed, but for the AAC frames that lie on each edge.

    A frame holds two blocks, and each block is the sum of two frames: what is heard in one block
    may be heard, as noise, in the one before and the one behind it.
    """
    samples = sound(broadcast.public)
    opened, closed, reopened = (
        (at - broadcast.origin_us) * 6 // 125 for at in (opened_us, recess_us, reopened_us)
    )
    assert not samples[: (opened // AAC_SAMPLES - 1) * AAC_SAMPLES].any()
    assert np.abs(samples[closed - 4800 : closed - AAC_SAMPLES]).max() > 0.05
    quiet = samples[
        (closed // AAC_SAMPLES + 2) * AAC_SAMPLES : (reopened // AAC_SAMPLES - 1) * AAC_SAMPLES
    ]
    assert len(quiet) >= 8 * AAC_SAMPLES
    assert not quiet.any()
    assert np.abs(samples[reopened + 2400 :]).max() > 0.05
