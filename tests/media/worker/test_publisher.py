"""What is told reaches its log; a full disk costs the recording, and not the broadcast."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from media.gate import OrderRecord
from media.messages import Message, OrderForce, Part, WorkerStatus
from media.orders import ForceLog, read_forces
from media.recording.index import PublicRecording
from media.worker.publisher import Publisher
from tests.media.hls.parts_by_hand import part
from tests.media.worker.broadcast import Broadcast, is_on_air, is_part_after, until
from tests.media.worker.room import Room, open_room
from tests.media.worker.viewing import entries
from tests.services.small_disk import small_disk

pytestmark = [pytest.mark.media, pytest.mark.slow]

PLENTY = 1 << 28


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with open_room(tmp_path / "spool") as room:
        yield room


async def test_a_full_disk_costs_the_recording_and_not_the_broadcast(
    tmp_path: Path, room: Room
) -> None:
    with small_disk(tmp_path / "broadcast") as disk:
        broadcast = Broadcast(tmp_path, room)
        try:
            await broadcast.start()
            async with broadcast.listen("parts") as viewer:
                broadcast.order("start")
                await until(viewer, is_on_air("room"))
                disk.leave(0)
                await until(viewer, is_unrecorded)
                heard = await until(viewer, is_part_after(broadcast.now_us() + 500_000))
                assert not any(isinstance(one, Part) and one.gap for one in heard)
                assert any(isinstance(one, Part) and not one.recorded for one in heard)
                async with broadcast.listen("parts") as late:
                    heard = await until(late, is_unrecorded)
                    parts = [one for one in heard if isinstance(one, Part)]
                    assert not any(one.gap for one in parts)
                    assert any(one.payload and not one.recorded for one in parts)
            await broadcast.end(signal.SIGKILL)  # worse comes to bad
            await broadcast.start()
            async with broadcast.listen("parts") as viewer:
                await until(viewer, is_on_air("room"))
                await until(viewer, is_part_after(broadcast.now_us()))
                disk.leave(PLENTY)
                await until(viewer, lambda one: isinstance(one, WorkerStatus) and one.recorded)
                await until(viewer, is_part_after(broadcast.now_us() + 2_000_000))
            assert await broadcast.end() == 0
            check_holes(broadcast.public)
        finally:
            await broadcast.end(signal.SIGKILL)


async def test_as_many_orders_as_the_log_holds_may_take_force_at_once(tmp_path: Path) -> None:
    """All that were given while no worker ran, for instance."""
    with PublicRecording(tmp_path) as recording:
        publisher = Publisher(recording, ForceLog(tmp_path))
        running = asyncio.create_task(publisher.run())
        for number in range(1, 601):
            order = OrderRecord(number, "mute", number, str(number), "judge", {"camera": ""})
            publisher.order_taken(order, OrderForce(number, "mute", number, number))
        await publisher.settled()
        assert not publisher.over.done()
        running.cancel()
    assert [one["sequence"] for one in read_forces(tmp_path)] == list(range(1, 601))


async def test_a_fault_that_nobody_thought_of_ends_the_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else it would go on composing what nobody gets."""

    def fall(part: Part) -> bool:
        raise LookupError(part.rendition)

    with PublicRecording(tmp_path) as recording:
        monkeypatch.setattr(recording, "write", fall)
        publisher = Publisher(recording, ForceLog(tmp_path))
        running = asyncio.create_task(publisher.run())
        publisher.tell(part(0))
        with pytest.raises(ExceptionGroup):
            await publisher.over
        with pytest.raises(ExceptionGroup):
            await running


def is_unrecorded(message: Message) -> bool:
    return isinstance(message, WorkerStatus) and message.air == "room" and not message.recorded


def check_holes(public: Path) -> None:
    """Numbers and times go on without a hole; what lacks is told, and was taken up again."""
    for rendition in ("v360", "audio"):
        found = list(entries(public, rendition))
        assert [(one.msn, one.part) for one in found] == [divmod(n, 6) for n in range(len(found))]
        length = 15 * 1024 if rendition == "audio" else 8 * 3600
        assert [one.media_time for one in found] == [n * length for n in range(len(found))]
        gaps = [one.gap for one in found]
        assert any(gaps)
        assert not gaps[0]
        assert not gaps[-1]
