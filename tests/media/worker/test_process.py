"""The worker as a process, with a real spool, real encoders and a clock in every picture."""

from __future__ import annotations

import asyncio
import itertools
import json
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from media.gate import OPENING_GUARD_US
from media.ladder.stations import TICKS_PER_PART
from media.messages import (
    Cut,
    Frame,
    Init,
    KeyframeWanted,
    OrderForce,
    Part,
    StreamEnd,
    StreamInfo,
    Thumbnail,
    WorkerStatus,
)
from media.orders import read_forces
from tests.media import dying, patient
from tests.media.worker.broadcast import (
    Broadcast,
    check_dates,
    check_grid,
    check_pictures,
    check_sound,
    is_force_of,
    is_on_air,
    is_part_after,
    until,
)
from tests.media.worker.room import Room, open_room
from tests.media.worker.viewing import entries, pictures, sound

MISSED_US = 16_000_000
TICKS_LOOKED_AT = 40
pytestmark = [pytest.mark.media, pytest.mark.slow]


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with open_room(tmp_path / "spool") as room:
        yield room


@pytest.fixture
async def broadcast(tmp_path: Path, room: Room) -> AsyncIterator[Broadcast]:
    broadcast = Broadcast(tmp_path, room)
    yield broadcast
    if broadcast.process is not None:
        await broadcast.end(signal.SIGKILL)


async def test_a_recess_ends_the_room_to_the_picture_and_the_sample(broadcast: Broadcast) -> None:
    await broadcast.start()
    async with broadcast.listen("parts") as viewer:
        first = await until(viewer, lambda message: isinstance(message, Part))
        assert isinstance(first[0], StreamInfo)
        assert {init.rendition for init in first if isinstance(init, Init)} == {"v360", "audio"}
        started_us = broadcast.order("start")
        opened = await until(viewer, is_on_air("room"))
        recess_us = broadcast.order("recess")
        heard = await until(viewer, is_on_air("recess"))
        force = next(message for message in heard if isinstance(message, OrderForce))
        assert (force.sequence, force.order, force.court_us) == (2, "recess", recess_us)
        assert any(isinstance(message, Thumbnail) for message in heard)
        resumed_us = broadcast.order("resume")
        await until(viewer, is_on_air("room"))
        await until(viewer, is_part_after(resumed_us + 1_000_000))
    assert await broadcast.end() == 0
    check_grid(broadcast.public)
    opened_us = started_us + OPENING_GUARD_US
    reopened_us = resumed_us + OPENING_GUARD_US
    room = check_pictures(broadcast, [(0, opened_us), (recess_us, reopened_us)])

    # Shown right up to the edge (a picture may be a frame old) and soon after the opening: where a
    # worker is late, with the next part.
    assert broadcast.tick(recess_us) - 2 in room
    back = min(at for at in room if at > broadcast.tick(recess_us))
    assert back <= (broadcast.tick(reopened_us) // TICKS_PER_PART + 1) * TICKS_PER_PART
    check_sound(broadcast, opened_us, recess_us, reopened_us)
    check_dates(broadcast, room, [*first, *opened, *heard])


async def test_a_killed_worker_goes_on_without_a_hole(broadcast: Broadcast) -> None:
    await broadcast.start()
    async with broadcast.listen("parts") as viewer:
        broadcast.order("start")
        await until(viewer, is_on_air("room"))
        await broadcast.end(signal.SIGKILL)
        killed_us = broadcast.now_us()
        epochs = [entry.epoch for entry in entries(broadcast.public, "v360")]
    broadcast.order("recess")
    await broadcast.start()
    async with broadcast.listen("parts") as viewer:
        snapshot = await until(viewer, is_part_after(killed_us))
        listed = [message for message in snapshot if isinstance(message, Part)]
        assert listed[0].msn == 0
        await until(viewer, is_on_air("recess"))
        resumed_us = broadcast.order("resume")
        await until(viewer, is_on_air("room"))
    assert await broadcast.end() == 0
    check_grid(broadcast.public)
    after = entries(broadcast.public, "v360")[len(epochs) :]
    assert after[0].epoch > max(epochs)
    assert after[0].independent
    # Closing acts when it is read, opening on what is younger than the order, however late that is
    # read: a slow disk may hold the log of orders for a while.
    recess_us = int(read_forces(broadcast.directory)[1]["court_us"])
    check_pictures(broadcast, [(recess_us, resumed_us + OPENING_GUARD_US)])
    assert len(sound(broadcast.public)) % 1024 == 0


async def test_what_is_missed_until_a_spare_worker_has_taken_over_is_shown(
    broadcast: Broadcast,
) -> None:
    broadcast.module = patient.MODULE
    await broadcast.start()
    await broadcast.stand_by()
    async with broadcast.listen("parts") as viewer:
        broadcast.order("start")
        await until(viewer, is_on_air("room"))
        await until(viewer, is_part_after(broadcast.now_us() + 1_000_000))
        await broadcast.end(signal.SIGKILL)
    killed_us = broadcast.now_us()
    await broadcast.start()
    async with broadcast.listen("parts") as viewer:
        heard = await until(viewer, is_part_after(broadcast.now_us() + 2_000_000))
    assert all(one.skipped == 0 for one in heard if isinstance(one, WorkerStatus))
    assert await broadcast.end() == 0
    check_grid(broadcast.public)
    room = check_pictures(broadcast, [])
    killed = broadcast.tick(killed_us)
    # (A picture that lasts longer while the worker is late is there at each of its ticks.)
    shown = sorted(tick for tick in room if abs(tick - killed) < TICKS_LOOKED_AT)
    assert max(later - earlier for earlier, later in itertools.pairwise(shown)) <= 4
    assert shown[-1] - shown[0] > TICKS_LOOKED_AT


@pytest.mark.parametrize("write", [1, 4], ids=["key frame", "within a segment"])
async def test_a_worker_that_is_killed_in_the_middle_of_a_part(
    broadcast: Broadcast, write: int
) -> None:
    """The write of half a part: of the one with a key frame, or of another in a segment."""
    broadcast.module = dying.MODULE
    broadcast.environment = dying.dies("media.worker", "v360/2.m4s", write)
    await broadcast.start()
    broadcast.order("start")
    assert await broadcast.ends() == -signal.SIGKILL
    broadcast.module, broadcast.environment = "media.worker", {}
    await broadcast.start()
    async with broadcast.listen("parts") as viewer:
        await until(viewer, is_on_air("room"))
        await until(viewer, is_part_after(broadcast.now_us()))
    assert await broadcast.end() == 0
    check_grid(broadcast.public)
    assert check_pictures(broadcast, [])


async def test_a_dump_empties_the_delay(tmp_path: Path, room: Room) -> None:
    broadcast = Broadcast(tmp_path, room, delay_ms=2500)
    await broadcast.start()
    try:
        async with broadcast.listen("parts") as viewer:
            broadcast.order("start")
            await until(viewer, is_on_air("room"))
            dumped_us = broadcast.order("dump")
            heard = await until(viewer, lambda message: isinstance(message, OrderForce))
            cut = next(message for message in heard if isinstance(message, Cut))
            assert cut.from_us < dumped_us - 2_000_000
            assert cut.to_us == dumped_us
            heard = await until(viewer, lambda message: isinstance(message, Thumbnail))
            assert heard[-1].epoch == cut.epoch  # type: ignore[union-attr]
            resumed_us = broadcast.order("resume")
            await until(viewer, is_on_air("interrupted"))
            await until(viewer, is_on_air("room"))
        assert await broadcast.end() == 0
        check_pictures(broadcast, [(cut.from_us, resumed_us + OPENING_GUARD_US)])
    finally:
        await broadcast.end(signal.SIGKILL)


async def test_another_delay_is_slate_until_it_is_filled_and_nothing_is_shown_twice(
    broadcast: Broadcast,
) -> None:
    await broadcast.start()
    async with broadcast.listen("parts") as viewer:
        started_us = broadcast.order("start")
        await until(viewer, is_on_air("room"))
        broadcast.order("delay", seconds=2)
        heard = await until(viewer, is_force_of("delay"))
        await until(viewer, is_on_air("interrupted"))
        await broadcast.end(signal.SIGKILL)  # the new delay outlives the worker
    await broadcast.start()
    async with broadcast.listen("parts") as viewer:
        heard = await until(viewer, is_on_air("room"))
        assert [m.delay_ms for m in heard if isinstance(m, WorkerStatus)][-1] == 2000
        broadcast.order("delay", seconds=0.5)
        await until(viewer, is_force_of("delay"))
        heard = await until(viewer, is_on_air("room"))
        await until(viewer, is_part_after(broadcast.now_us()))
    assert await broadcast.end() == 0
    longer, shorter = broadcast.timeline.pieces[1:]
    assert (longer.delay_us, shorter.delay_us) == (2_000_000, 500_000)
    check_grid(broadcast.public, [longer.first_tick, shorter.first_tick])
    room = check_pictures(broadcast, [(0, started_us + OPENING_GUARD_US)])
    shown = [one.clock_ms for one in pictures(broadcast.public, "v360") if one.tick in room]
    assert shown == sorted(shown)  # type: ignore[type-var]
    court = [(entry.media_time, entry.court_us) for entry in entries(broadcast.public, "audio")]
    for at, court_us in court:
        assert abs(broadcast.timeline.court_us(at // 1920) - court_us) < 40_000


async def test_frames_for_the_relay_begin_with_a_key_frame(broadcast: Broadcast) -> None:
    await broadcast.start()
    async with broadcast.listen("frames") as relay:
        heard = await until(relay, lambda message: isinstance(message, Frame) and message.keyframe)
        assert isinstance(heard[0], StreamInfo)
        shared = {one.id for one in heard[0].renditions if one.shared}
        assert shared == {"v360", "opus"}
        frames: list[Frame] = [message for message in heard if isinstance(message, Frame)]
        relay.stream.send(KeyframeWanted("v360"))
        for _ in range(60):
            frames += [
                message
                for message in await until(relay, lambda message: isinstance(message, Frame))
                if isinstance(message, Frame)
            ]
        pictured = [frame for frame in frames if frame.rendition == "v360"]
        assert pictured[0].keyframe
        assert pictured[0].payload[4] & 31 == 7  # parameter sets come with it
        # A machine that is late leaves pictures out.
        steps = [after.pts - one.pts for one, after in itertools.pairwise(pictured)]
        assert all(step > 0 and step % 3600 == 0 for step in steps)
        opus = [frame for frame in frames if frame.rendition == "opus"]
        assert {b.pts - a.pts for a, b in itertools.pairwise(opus)} == {960}


async def test_an_ended_broadcast_is_complete_and_stays_ended(broadcast: Broadcast) -> None:
    await broadcast.start()
    async with broadcast.listen("parts") as viewer:
        broadcast.order("start")
        broadcast.order("end")
        ending = await until(viewer, lambda message: isinstance(message, StreamEnd))
        parts = [message for message in ending if isinstance(message, Part)]
        assert {part.rendition for part in parts if part.last} == {"v360", "audio"}
        assert await broadcast.ends() == 0
    check_grid(broadcast.public)
    lengths = [len(entries(broadcast.public, one)) for one in ("v360", "audio")]
    assert lengths[0] == lengths[1]
    assert lengths[0] % 6 == 0
    await broadcast.start()
    assert await broadcast.ends() == 0


async def test_without_cameras_there_is_slate_and_back(broadcast: Broadcast, room: Room) -> None:
    await broadcast.start()
    async with broadcast.listen("parts") as viewer:
        broadcast.order("start")
        await until(viewer, is_on_air("room"))
        room.silent_cameras.set()
        heard = await until(viewer, is_on_air("interrupted"))
        assert isinstance(heard[-1], WorkerStatus)
        assert heard[-1].cameras == {"one": "lost"}
        room.silent_cameras.clear()
        await until(viewer, is_on_air("room"))
        with (broadcast.directory / "orders.log").open("ab") as log:
            log.write(b"torn")
        await until(viewer, is_on_air("interrupted"))
        broadcast.order("recess")
        await until(viewer, is_on_air("recess"))
    assert await broadcast.end() == 0
    check_grid(broadcast.public)


async def test_a_worker_that_was_held_up_keeps_the_grid(broadcast: Broadcast) -> None:
    await broadcast.start()
    async with broadcast.listen("parts") as viewer:
        broadcast.order("start")
        await until(viewer, is_on_air("room"))
        assert broadcast.process is not None
        broadcast.process.send_signal(signal.SIGSTOP)
        await asyncio.sleep(2.5)  # that is the fault: the machine stands still
        broadcast.process.send_signal(signal.SIGCONT)
        heard = await until(
            viewer, lambda message: isinstance(message, WorkerStatus) and message.repeated > 0
        )
        await until(viewer, is_on_air("room"))
        now_us = broadcast.now_us()
        late = await until(viewer, is_part_after(now_us))
    assert late
    assert heard
    assert await broadcast.end() == 0
    check_grid(broadcast.public)
    check_pictures(broadcast, [])


async def test_other_parameter_sets_are_a_discontinuity_in_all_renditions(
    broadcast: Broadcast,
) -> None:
    await broadcast.start()
    async with broadcast.listen("parts") as viewer:
        await until(viewer, is_part_after(broadcast.now_us()))
    assert await broadcast.end() == 0
    before = len(entries(broadcast.public, "v360"))
    path = broadcast.directory / "worker.json"
    memory = json.loads(path.read_text())
    memory["parameter_sets"]["v360"][1] = "68ce0fc9"
    path.write_text(json.dumps(memory))
    await broadcast.start()
    async with broadcast.listen("parts") as viewer:
        heard = await until(viewer, is_part_after(broadcast.now_us()))
    assert await broadcast.end() == 0
    inits = {(one.rendition, one.version) for one in heard if isinstance(one, Init)}
    assert inits == {("v360", 1), ("v360", 2), ("audio", 1), ("audio", 2)}
    for rendition in ("v360", "audio"):
        at = entries(broadcast.public, rendition)
        first = at[before]
        assert [one.discontinuity for one in at].count(True) == 1
        assert (first.discontinuity, first.init_version, first.part) == (True, 2, 0)
        assert first.msn == at[before - 1].msn + 1
        assert first.media_time == at[before - 1].media_time + at[before - 1].duration


async def test_what_was_missed_is_slate_that_costs_next_to_nothing(broadcast: Broadcast) -> None:
    await broadcast.start()
    async with broadcast.listen("parts") as viewer:
        broadcast.order("start")
        await until(viewer, is_on_air("room"))
    assert await broadcast.end() == 0
    before = len(entries(broadcast.public, "v360"))
    path = broadcast.directory / "worker.json"
    memory = json.loads(path.read_text())
    memory["pieces"][0]["origin_us"] -= MISSED_US  # as if the machine had been off for so long
    path.write_text(json.dumps(memory))
    await broadcast.start()
    async with broadcast.listen("parts") as viewer:
        await until(viewer, is_on_air("room"))
        await until(viewer, is_part_after(broadcast.now_us()))
    assert await broadcast.end() == 0
    check_grid(broadcast.public)
    shown = pictures(broadcast.public, "v360")
    assert [one.tick for one in shown] == list(range(len(shown)))
    missed = MISSED_US // 320_000
    assert all(one.clock_ms is None for one in shown[before * 8 : (before + missed) * 8])
    assert any(one.clock_ms is not None for one in shown[(before + missed) * 8 :])
    made = entries(broadcast.public, "v360")[before : before + missed]
    still, keys = ([one.size for one in made if one.independent is key] for key in (False, True))
    assert sum(still) < sum(keys)


async def test_what_is_missing_for_long_is_a_gap(broadcast: Broadcast) -> None:
    await broadcast.start()
    async with broadcast.listen("parts") as viewer:
        await until(viewer, is_part_after(broadcast.now_us()))
    assert await broadcast.end() == 0
    before = len(entries(broadcast.public, "v360"))
    path = broadcast.directory / "worker.json"
    memory = json.loads(path.read_text())
    memory["pieces"][0]["origin_us"] -= 60_000_000  # as if the machine had been off for a minute
    path.write_text(json.dumps(memory))
    await broadcast.start()
    async with broadcast.listen("parts") as viewer:
        await until(viewer, is_part_after(broadcast.now_us()))
    assert await broadcast.end() == 0
    for rendition in ("v360", "audio"):
        at = entries(broadcast.public, rendition)
        assert [one.msn * 6 + one.part for one in at] == list(range(len(at)))
        gaps = [number for number, one in enumerate(at) if one.gap]
        assert gaps == list(range(before, gaps[-1] + 1))
        assert len(gaps) >= 180
        assert rendition == "audio" or at[gaps[-1] + 1].independent


async def test_a_worker_without_a_recorder_shows_slate_until_there_is_one(tmp_path: Path) -> None:
    broadcast = Broadcast(tmp_path)
    await broadcast.start()
    try:
        async with broadcast.listen("parts") as viewer:
            await until(viewer, is_on_air("before"))
            with open_room(tmp_path / "spool") as room:
                broadcast.room = room
                broadcast.order("start")
                await until(viewer, is_on_air("room"))
                assert await broadcast.end() == 0
        check_grid(broadcast.public, renditions=("v720", "v360", "audio"))
    finally:
        await broadcast.end(signal.SIGKILL)
