import asyncio
from datetime import datetime, timedelta

import pytest

from server.audience.counting import SECOND_US, Span, join
from server.audience.service import Audience
from server.audience.store import AudienceStore, Evidence, Key
from server.database import Database
from server.errors import DatabaseUnavailable
from tests.server.counted import START


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> datetime:
        return self.at

    def step(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


class Memory:
    """A store that keeps evidence, or is away."""

    def __init__(self) -> None:
        self.is_away = False
        self.kept: dict[Key, list[Span]] = {}
        self.flushes = 0

    async def record(self, evidence: Evidence) -> int:
        if self.is_away:
            raise DatabaseUnavailable
        self.flushes += 1
        for key, spans in evidence.items():
            self.kept[key] = list(join([*self.kept.get(key, []), *spans]))
        return len(evidence)

    async def count_since(self, broadcast: str, since_us: int) -> int:
        if self.is_away:
            raise DatabaseUnavailable
        return sum(
            1
            for key, spans in self.kept.items()
            if key.broadcast == broadcast and spans[-1].end_us >= since_us
        )


def watched(memory: Memory, viewer: str = "v1") -> float:
    spans = memory.kept[Key("b1", "live_video", viewer)]
    return sum(span.watched_us for span in spans) / SECOND_US


async def test_requests_are_gathered_and_written_together() -> None:
    memory, clock = Memory(), Clock()
    audience = Audience(memory, clock)
    for _ in range(5):
        audience.touch("b1", "live_video", "v1")
        clock.step(1)
    assert await audience.flush() == 1
    assert watched(memory) == 4
    assert memory.flushes == 1
    assert await audience.flush() == 0


async def test_who_was_just_written_waits_a_little() -> None:
    memory = Memory()
    audience = Audience(memory, Clock())
    audience.touch("b1", "live_video", "v1")
    await audience.flush()
    audience.touch("b1", "live_video", "v1")
    audience.touch("b1", "live_video", "v2")
    assert await audience.flush() == 1
    assert await audience.flush(everything=True) == 1


async def test_an_open_stream_counts_as_long_as_it_lasts() -> None:
    memory, clock = Memory(), Clock()
    audience = Audience(memory, clock)
    async with audience.watching("b1", "live_video", "v1"), audience.watching("b1", "report", None):
        for _ in range(10):
            clock.step(30)
            await audience.flush(everything=True)
    clock.step(300)
    await audience.flush(everything=True)
    assert watched(memory) == 300
    assert list(memory.kept) == [Key("b1", "live_video", "v1")]


async def test_nothing_is_lost_while_the_database_is_away() -> None:
    memory, clock = Memory(), Clock()
    audience = Audience(memory, clock)
    memory.is_away = True
    for _ in range(4):
        audience.touch("b1", "live_video", "v1")
        with pytest.raises(DatabaseUnavailable):
            await audience.flush()
        clock.step(20)
    memory.is_away = False
    await audience.flush()
    assert watched(memory) == 60


async def test_memory_is_bounded_and_what_is_dropped_is_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("server.audience.service.MOST_KEYS", 3)
    audience = Audience(Memory(), Clock())
    for viewer in range(5):
        audience.touch("b1", "live_video", f"v{viewer}")
    assert audience.waiting == 3
    assert audience.dropped == 2


async def test_viewers_now_are_those_seen_in_the_last_seconds() -> None:
    memory, clock = Memory(), Clock()
    audience = Audience(memory, clock)
    audience.touch("b1", "live_video", "v1")
    clock.step(60)
    audience.touch("b1", "live_video", "v2")
    await audience.flush()
    assert await audience.viewers_now("b1") == 1
    memory.is_away = True
    assert await Audience(memory, clock).viewers_now("b1") == 0


async def test_stopping_writes_everything(counted: Database) -> None:
    audience = Audience(AudienceStore(counted))
    task = asyncio.create_task(audience.run())
    await asyncio.sleep(0)
    audience.touch("b1", "live_video", "v1")
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert await audience.viewers_now("b1") == 1
    assert audience.waiting == 0
