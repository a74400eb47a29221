"""How long a broadcast waits for what its cameras send."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import numpy as np
import pytest

from media.messages import Message
from media.spool.record import Packet, Stream
from media.staff_messages import Alarm, Alarms
from media.timeline import LEAST_WAIT_US, Piece
from media.worker.lateness import MOST_US, STEP_US, Arrivals, Lateness, first_wait_us
from tests.media.worker.broadcast import Broadcast, check_grid, is_on_air, is_part_after, until
from tests.media.worker.room import open_room
from tests.media.worker.viewing import sound

TICK, SECOND = 40_000, 1_000_000
WAITS_S = 30
LOUD, MOSTLY = 0.02, 0.8
T0 = 1_795_399_353_000_000


def packet(stream: Stream, court_us: int, arrival_us: int) -> Packet:
    at = T0 + court_us
    return Packet(stream, at, at, T0 + arrival_us, TICK, keyframe=True, payload=b".")


def pictures(late_us: int = 30_000, seconds: int = 5) -> list[Packet]:
    times = range(0, seconds * 1_000_000, TICK)
    return [packet("video", at, at + late_us) for at in times]


def waited(*cameras: list[Packet]) -> int:
    return first_wait_us(("rtsp:", packets) for packets in cameras)


def test_usual_cameras_have_the_least() -> None:
    assert first_wait_us([]) == LEAST_WAIT_US
    assert waited([], pictures()) == LEAST_WAIT_US
    assert waited(pictures(late_us=-5_000)) == LEAST_WAIT_US


@pytest.mark.parametrize(("together", "expected"), [(4, 128_000 + TICK), (9, 288_000 + TICK)])
def test_sound_that_comes_many_frames_at_once_is_waited_for(together: int, expected: int) -> None:
    length = together * 32_000  # of frames of 32 ms each
    sound = [
        packet("audio", begun + number * 32_000, begun + length)
        for begun in range(0, 5_000_000, length)
        for number in range(together)
    ]
    assert waited([*pictures(), *sound]) == expected


def test_pictures_that_come_out_of_the_order_of_showing_are_waited_for() -> None:
    """Of each four the last is sent first; what is shown first is there when the third is."""
    sent = [
        packet("video", (4 * turn + place) * TICK, (4 * turn + 4 + index) * TICK)
        for turn in range(30)
        for index, place in enumerate((4, 2, 1, 3))
    ]
    # picture 1 is let out when the third one comes, in the sixth tick: 4 and 2 are for later
    assert waited(sent) == 5 * TICK + TICK


def test_what_stumbled_once_or_was_hardly_seen_is_not_waited_for() -> None:
    stumbled = pictures()
    stumbled[60:70] = [packet("video", one.court_us - T0, 2_800_000) for one in stumbled[60:70]]
    assert waited(stumbled) == LEAST_WAIT_US
    assert waited(pictures(late_us=300_000, seconds=1)) == LEAST_WAIT_US


def test_nobody_waits_for_ever() -> None:
    assert waited(pictures(late_us=9_000_000)) == MOST_US


def test_of_who_was_not_seen_yet_the_way_of_sending_tells() -> None:
    assert first_wait_us([("rtmp-listen:", []), ("", []), ("testcard:", [])]) == LEAST_WAIT_US
    for address in ("srt-listen:", "UDP://239.1.1.1:5000", "rtp-ts:"):
        assert first_wait_us([("rtsp:", pictures()), (address, [])]) > 300_000
        assert first_wait_us([(address, pictures())]) == LEAST_WAIT_US


def test_who_becomes_later_than_is_waited_for_is_told_and_waited_for_longer() -> None:
    arrivals, lateness, piece = Arrivals(), Lateness(), Piece(0, 0, 0)
    for one in [*pictures(), *pictures(late_us=200_000, seconds=9)[125:]]:
        arrivals.take(one)
    assert lateness.look({"one": LEAST_WAIT_US}, piece, 0) == ()
    told = (Alarm("late", "amber", SECOND, "one"),)
    assert lateness.look({"one": arrivals.late_us}, piece, SECOND) == told
    assert lateness.wait_us(piece) == LEAST_WAIT_US  # it may be even later: a step is enough
    assert lateness.look({"one": 210_000}, piece, 3 * SECOND) == told
    assert lateness.look({"one": None}, piece, 4 * SECOND) == ()  # it sends nothing just now
    longer = Piece(0, 0, 0, wait_us=lateness.wait_us(piece))
    assert longer.wait_us == LEAST_WAIT_US + 2 * STEP_US
    assert lateness.look({"one": 210_000}, longer, 5 * SECOND) == ()
    assert lateness.wait_us(longer) == longer.wait_us


def test_a_delay_is_a_wait_too_and_no_wait_is_endless_or_taken_back() -> None:
    lateness = Lateness()
    for at_us in (SECOND, 9 * SECOND):
        assert lateness.look({"one": 900_000}, Piece(0, 0, SECOND), at_us) == ()
    assert lateness.wait_us(Piece(0, 0, SECOND)) == LEAST_WAIT_US
    undelayed = Piece(0, 0, 0, wait_us=360_000)
    for at_us in (SECOND, 9 * SECOND):
        assert [one.camera for one in lateness.look({"one": 900_000}, undelayed, at_us)] == ["one"]
    assert lateness.wait_us(undelayed) == MOST_US
    lateness.look({"one": 10_000}, undelayed, 10 * SECOND)
    assert lateness.wait_us(undelayed) == undelayed.wait_us


def names_late(message: Message) -> bool:
    return isinstance(message, Alarms) and ("late", "one") in {
        (one.code, one.camera) for one in message.alarms
    }


@pytest.mark.media
@pytest.mark.slow
async def test_sound_that_becomes_later_on_the_air_is_whole_again_after_a_recess(
    tmp_path: Path,
) -> None:
    with open_room(tmp_path / "spool") as room:
        broadcast = Broadcast(tmp_path, room, address="testcard:")
        await broadcast.start()
        try:
            async with broadcast.listen("parts") as viewer:
                broadcast.order("start")
                await until(viewer, is_on_air("room"))
                room.late_sound.set()
                await until(viewer, names_late)
                broadcast.order("recess")
                async with asyncio.timeout(WAITS_S):
                    while len(broadcast.timeline.pieces) == 1:
                        await until(viewer, is_on_air("recess"))
                broadcast.order("resume")
                heard = await until(viewer, is_on_air("room"))
                since_us = broadcast.now_us()
                heard += await until(viewer, is_part_after(since_us + SECOND))
            assert not any(map(names_late, heard))
            assert await broadcast.end() == 0
        finally:
            await broadcast.end(signal.SIGKILL)
        (_, longer) = broadcast.timeline.pieces
        assert longer.wait_us == LEAST_WAIT_US + 3 * STEP_US
        check_grid(broadcast.public, [longer.first_tick])
        first = (since_us - longer.origin_us) * 6 // 125
        tone = sound(broadcast.public)[first : first + SECOND * 6 // 125].reshape(-1, 480)
        # Else half of it would be missing; a few holes are those of a busy machine.
        assert (np.abs(tone).max(axis=1) > LOUD).mean() > MOSTLY
