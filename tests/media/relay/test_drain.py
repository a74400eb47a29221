"""A socket of many viewers is read in turns, one of few at once; nothing is lost on the way."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from functools import partial

import pytest

from media.relay.drain import Drain, Read, Take, datagrams
from media.relay.intake import Intake

WITHIN = 20.0
MANY = 200  # a socket of usual size holds them
Send = Callable[[bytes], None]


class Inbox:
    """What a drain has brought."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self._news = asyncio.Event()

    def take(self, data: bytes, address: object) -> None:  # noqa: ARG002
        self.heard.append(data)
        self._news.set()

    def has(self, count: int) -> bool:
        return len(self.heard) >= count

    async def until(self, is_so: Callable[[], bool]) -> None:
        async with asyncio.timeout(WITHIN):
            while not is_so():
                self._news.clear()
                await self._news.wait()


Drained = tuple[Drain, Inbox, Send]
Draining = Callable[[], contextlib.AbstractAsyncContextManager[Drained]]


@pytest.fixture(params=["python", "compiled"])
def draining(request: pytest.FixtureRequest) -> Draining:
    """Return what drains a socket, read in one way or the other."""
    if request.param == "python":
        return partial(drained, datagrams)
    intake = Intake(request.getfixturevalue("library"))
    return partial(drained, lambda source, take: intake.reading(source, take, nobody))


def nobody(number: int, plain: bytes) -> None:  # noqa: ARG001
    raise AssertionError


@contextlib.asynccontextmanager
async def drained(way: Callable[[socket.socket, Take], Read]) -> AsyncIterator[Drained]:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ours,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as theirs,
    ):
        ours.bind(("127.0.0.1", 0))
        ours.setblocking(False)
        inbox = Inbox()
        drain = Drain(ours, way(ours, inbox.take))
        address = ours.getsockname()

        def send(data: bytes) -> None:
            theirs.sendto(data, address)

        yield drain, inbox, send
        drain.close()


def reads_in_turns(drain: Drain) -> bool:
    return drain.is_pausing


async def test_little_is_read_at_once(draining: Draining) -> None:
    async with draining() as (drain, inbox, send):
        for number in range(3):
            send(bytes([number]))
            await inbox.until(partial(inbox.has, number + 1))
        assert inbox.heard == [b"\0", b"\1", b"\2"]
        assert not reads_in_turns(drain)


async def test_much_is_read_in_turns_and_then_at_once_again(draining: Draining) -> None:
    async with draining() as (drain, inbox, send):
        sent = 0
        while not reads_in_turns(drain):
            send(sent.to_bytes(4, "big"))
            sent += 1
            await inbox.until(partial(inbox.has, sent))
        for _ in range(MANY):
            send(sent.to_bytes(4, "big"))
            sent += 1
        await inbox.until(partial(inbox.has, sent))
        assert [int.from_bytes(one, "big") for one in inbox.heard] == list(range(sent))
        async with asyncio.timeout(WITHIN):
            while reads_in_turns(drain):
                await asyncio.sleep(0)
        send(b"last")
        await inbox.until(lambda: inbox.heard[-1] == b"last")


async def test_where_somebody_wants_something_the_pauses_are_short(
    draining: Draining, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("media.relay.drain.CALM_PAUSE_SECONDS", 3_600)
    monkeypatch.setattr("media.relay.drain.IDLE_PAUSE_SECONDS", 3_600)
    monkeypatch.setattr("media.relay.drain.HURRY_SECONDS", 60)
    async with draining() as (drain, inbox, send):
        drain.hurry()
        sent = 0
        while not reads_in_turns(drain):
            send(b"news")
            sent += 1
            await inbox.until(partial(inbox.has, sent))
        for _ in range(MANY):
            send(b"more")
        await inbox.until(partial(inbox.has, sent + MANY))


async def test_after_its_end_nothing_is_read(draining: Draining) -> None:
    async with draining() as (drain, inbox, send):
        send(b"before")
        await inbox.until(lambda: bool(inbox.heard))
        drain.close()
        send(b"after")
        for _ in range(5):
            await asyncio.sleep(0)
        assert inbox.heard == [b"before"]


async def test_who_is_awake_can_have_it_read_at_once(
    draining: Draining, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("media.relay.drain.CALM_PAUSE_SECONDS", 3_600)
    monkeypatch.setattr("media.relay.drain.IDLE_PAUSE_SECONDS", 3_600)
    async with draining() as (drain, inbox, send):
        sent = 0
        while not reads_in_turns(drain):
            send(b"news")
            sent += 1
            await inbox.until(partial(inbox.has, sent))
        send(b"more")
        async with asyncio.timeout(WITHIN):
            while not inbox.has(sent + 1):
                drain.look()
                await asyncio.sleep(0)


async def test_for_long_after_a_loss_nobody_waits_for_a_picture(
    draining: Draining, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, seconds in (("PAUSE", 3_600), ("IDLE_PAUSE", 3_600)):
        monkeypatch.setattr(f"media.relay.drain.{name}_SECONDS", seconds)
    monkeypatch.setattr("media.relay.drain.HURRY_SECONDS", 0)
    monkeypatch.setattr("media.relay.drain.CALM_SECONDS", 60)
    async with draining() as (drain, inbox, send):
        drain.hurry(has_lost=True)
        sent = 0
        while not reads_in_turns(drain):
            send(b"news")
            sent += 1
            await inbox.until(partial(inbox.has, sent))
        send(b"more")
        await inbox.until(partial(inbox.has, sent + 1))
