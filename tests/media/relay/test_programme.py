"""A worker's frames reach the viewers who joined, through cuts, restarts and hostile neighbours."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from media.feeds.parameters import annex_b
from media.feeds.rtcp import picture_loss, sender_reports
from media.messages import (
    Cut,
    CutDone,
    Frame,
    KeyframeWanted,
    Message,
    Rendition,
    StreamInfo,
    Subscribe,
)
from media.relay.native import fanout
from media.relay.programme import Programme
from media.sockets import MessageStream, serve
from tests.media.relay.receiver import Heard, Receiver, sound, video
from tests.media.relay.show import PPS, SOUND, SPS, numbers, of, rendition

PRIVATE = Rendition("v1080", "video", "avc1.64001f", 90000, 1, 1, width=1920, height=1080)
LOW, HIGH = rendition("v360", 360), rendition("v480", 480)


@dataclass
class Worker:
    """Speaks as a worker does."""

    renditions: tuple[Rendition, ...] = (PRIVATE, LOW, HIGH, SOUND)
    streams: list[MessageStream] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    cuts: asyncio.Queue[int] = field(default_factory=asyncio.Queue)
    here: asyncio.Event = field(default_factory=asyncio.Event)
    at: int = 0
    delay_us: int = 0

    async def on_connect(self, stream: MessageStream) -> None:
        async for message in stream:
            if isinstance(message, Subscribe):
                stream.send(StreamInfo("b1", self.renditions, 320, 6, 2, 0))
                self.streams.append(stream)
                self.here.set()
            elif isinstance(message, KeyframeWanted):
                self.asked.append(message.rendition)
            elif isinstance(message, CutDone):
                self.cuts.put_nowait(message.epoch)

    def tell(self, message: Message) -> None:
        for stream in self.streams:
            stream.send(message)

    def picture(self, *, key: bool = False, size: int = 2_000) -> bytes:
        """Tell a picture in both rungs; return that of the higher one."""
        payload, court_us = b"", self.at * 40_000 - self.delay_us
        for name in ("v360", "v480"):
            body = name.encode() + f"{self.at:04}".encode() + b"\1" * size
            units = [SPS, PPS, b"\x65" + body] if key else [b"\x41" + body]
            payload = annex_b(units)
            self.tell(Frame(name, self.at * 3_600, court_us, key, 0, payload))
        self.sound(self.at * 1_920)
        self.at += 1
        return payload

    def sound(self, sample: int) -> None:
        """Tell a sound of 20 ms."""
        court_us = sample * 1_000 // 48 - self.delay_us
        self.tell(Frame("opus", sample, court_us, True, 0, b"\xfcsound"))


@dataclass
class Room:
    """A worker and a relay's programme that hears it."""

    worker: Worker
    programme: Programme
    serve: Callable[[], Awaitable[asyncio.Server]]
    server: asyncio.Server


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    worker = Worker()

    async def start() -> asyncio.Server:
        return await serve(tmp_path / "w.sock", worker.on_connect)

    server = await start()
    programme = Programme("b1", str(tmp_path / "w.sock"), fanout())
    yield Room(worker, programme, start, server)
    await programme.close()
    server.close()


def receiver(*, over_tcp: bool = False) -> contextlib.closing[Receiver]:
    return contextlib.closing(Receiver(over_tcp=over_tcp))


async def until(viewer: Receiver, wanted: Callable[[list[Heard]], bool]) -> list[Heard]:
    """Return all packets up to when they are as wanted."""
    found: list[Heard] = []
    loop, readable = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(viewer.own, readable.set)
    try:
        async with asyncio.timeout(30):
            while not wanted(found):
                await readable.wait()
                readable.clear()
                found += viewer.heard()
    finally:
        loop.remove_reader(viewer.own)
    return found


def pictures(count: int) -> Callable[[list[Heard]], bool]:
    return lambda found: sum(one.marker for one in of(found)) >= count


def now() -> float:
    return asyncio.get_running_loop().time()


async def test_who_joins_sees_and_hears_the_best_rung(room: Room) -> None:
    assert await room.programme.kinds() == {"video", "audio"}
    sent = [room.worker.picture(key=at == 0) for at in range(5)]
    with receiver() as viewer:
        seat = room.programme.join(viewer, [video(), sound()], now())
        sent.append(room.worker.picture())
        heard = await until(viewer, pictures(6))
        assert viewer.decode(of(heard)) == sent
        assert numbers(of(heard)) == list(range(len(of(heard))))
        assert len(viewer.rtcp) >= 1
        assert seat.figures(now()).rung == "v480"
        assert room.programme.court_us == 5 * 40_000
        seat.leave()
        seat.leave()
        assert (room.programme.totals.joined, room.programme.totals.left) == (1, 1)
        assert room.programme.totals.sent_packets == len(heard)


async def test_another_delay_is_reported_at_once_to_who_knew_the_clock(room: Room) -> None:
    assert await room.programme.kinds() == {"video", "audio"}
    room.worker.picture(key=True)
    with receiver() as viewer:
        seat = room.programme.join(viewer, [video(), sound()], now())
        room.worker.picture()
        await until(viewer, pictures(2))
        seat.next_report = now() + 3_600
        room.worker.delay_us = 30_000_000
        known = len(viewer.rtcp)
        room.worker.picture()
        await until(viewer, lambda _: len(viewer.rtcp) > known)
        told = next(sender_reports(viewer.rtcp[-1]))
        assert told.unix_us < room.worker.at * 40_000 - 25_000_000
        seat.leave()


async def test_nothing_is_on_the_air_where_nobody_listens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("media.relay.programme.FIRST_INFO_SECONDS", 0.05)
    programme = Programme("b1", str(tmp_path / "nobody.sock"), fanout())
    assert await programme.kinds() == frozenset()
    await programme.close()


async def test_a_viewer_who_came_first_begins_with_the_first_key_frame(room: Room) -> None:
    await room.programme.kinds()
    with receiver() as viewer:
        room.programme.join(viewer, [video()], now())
        room.worker.picture()
        sent = [room.worker.picture(key=True), room.worker.picture()]
        assert viewer.decode(await until(viewer, pictures(2))) == sent


async def test_a_cut_is_confirmed_and_what_was_cut_is_not_repeated(room: Room) -> None:
    await room.programme.kinds()
    with receiver() as viewer:
        room.programme.join(viewer, [video()], now())
        for at in range(3):
            room.worker.picture(key=at == 0)
        await until(viewer, pictures(3))
        room.worker.tell(Cut(7, 40_000, 200_000))
        async with asyncio.timeout(30):
            assert await room.worker.cuts.get() == 7
        with receiver() as late:
            room.programme.join(late, [video()], now())
            sent = [room.worker.picture(key=True)]
            assert late.decode(await until(late, pictures(1))) == sent
        assert room.programme.totals.cuts == 1


async def test_key_frames_are_asked_for_once_a_second_for_all(room: Room) -> None:
    await room.programme.kinds()
    viewers = [Receiver() for _ in range(5)]
    seats = [room.programme.join(viewer, [video()], now()) for viewer in viewers]
    room.worker.picture(key=True, size=60_000)
    for viewer in viewers:
        await until(viewer, pictures(1))
    room.worker.picture(size=300_000)
    for viewer in viewers:
        await until(viewer, pictures(1))
    asked = len(room.worker.asked)
    for seat in seats:
        seat.on_rtcp(picture_loss(9, video().ssrc), now())
    room.worker.tell(Cut(1, 0, 0))
    async with asyncio.timeout(30):
        await room.worker.cuts.get()
    assert len(room.worker.asked) <= asked + 1
    for viewer in viewers:
        viewer.close()


async def test_a_worker_that_begins_anew_goes_on_where_viewers_are(room: Room) -> None:
    await room.programme.kinds()
    with receiver() as viewer:
        room.programme.join(viewer, [video()], now())
        before = [room.worker.picture(key=True), room.worker.picture()]
        heard = await until(viewer, pictures(2))
        room.server.close()
        for stream in room.worker.streams:
            stream.abort()
        room.worker.streams.clear()
        room.worker.here.clear()
        room.worker.at = 0
        server = await room.serve()
        async with asyncio.timeout(30):
            await room.worker.here.wait()
        after = [room.worker.picture(key=True), room.worker.picture()]
        heard += await until(viewer, pictures(2))
        assert viewer.decode(heard) == before + after
        assert numbers(heard) == list(range(len(heard)))
        times = [(one.timestamp - heard[0].timestamp) % 2**32 for one in heard]
        assert times == sorted(times)
        assert len(set(times)) == 4
        server.close()


@pytest.mark.parametrize("is_cut", [False, True])
async def test_sounds_wait_for_the_picture_that_is_about_to_come(
    room: Room, monkeypatch: pytest.MonkeyPatch, *, is_cut: bool
) -> None:
    await room.programme.kinds()
    room.worker.picture(key=True)
    with receiver() as viewer:
        room.programme.join(viewer, [video(), sound()], now())
        room.worker.picture()
        await until(viewer, lambda found: len(of(found, 0x3333)) == 2)
        for name in ("SOUND_SECONDS", "PICTURE_SECONDS"):
            monkeypatch.setattr(f"media.relay.programme.{name}", 3_600)
        for sample in (2_000, 2_960):
            room.worker.sound(sample)
        if is_cut:
            room.worker.tell(Cut(1, 41_000, 62_000))
            await room.worker.cuts.get()
        for _ in range(2):  # the second takes the sound along that came with the first
            room.worker.picture(key=True)
        sounds = 1 if is_cut else 3
        await until(viewer, lambda found: pictures(2)(found) and len(of(found, 0x3333)) == sounds)


async def test_sounds_wait_for_no_picture_where_none_comes(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SOUND_SECONDS", "PICTURE_SECONDS"):
        monkeypatch.setattr(f"media.relay.programme.{name}", 3_600)
    await room.programme.kinds()
    with receiver() as viewer:
        room.programme.join(viewer, [sound()], now())
        for at in range(6):
            room.worker.sound(at * 960)
        heard = await until(viewer, lambda found: len(found) == 6)
        assert numbers(heard) == list(range(6))


async def test_one_who_takes_nothing_costs_the_others_nothing(room: Room) -> None:
    await room.programme.kinds()
    with receiver() as viewer, receiver(over_tcp=True) as stuck:
        stuck.refuses = True
        seat = room.programme.join(stuck, [video(), sound()], now())
        room.programme.join(viewer, [video()], now())
        sent = [room.worker.picture(key=at == 0) for at in range(20)]
        assert viewer.decode(await until(viewer, pictures(20))) == sent
        figures = seat.figures(now())
        assert figures.sent_packets == 0
        assert figures.dropped_packets > 40


async def test_frames_whose_time_has_gone_by_are_left_out(room: Room) -> None:
    await room.programme.kinds()
    with receiver() as viewer:
        room.programme.join(viewer, [video()], now())
        first = room.worker.picture(key=True)
        room.worker.at = 0
        room.worker.picture()
        second = room.worker.picture()
        assert viewer.decode(await until(viewer, pictures(2))) == [first, second]
        assert room.programme.totals.stale_frames == 3
