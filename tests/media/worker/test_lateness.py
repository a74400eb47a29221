"""How long a broadcast waits for what its cameras send."""

from __future__ import annotations

import pytest

from media.spool.record import Packet, Stream
from media.worker.lateness import LEAST_US, MOST_US, jitter_us

TICK = 40_000
T0 = 1_795_399_353_000_000


def packet(stream: Stream, court_us: int, arrival_us: int) -> Packet:
    at = T0 + court_us
    return Packet(stream, at, at, T0 + arrival_us, TICK, keyframe=True, payload=b".")


def pictures(late_us: int = 30_000, seconds: int = 5) -> list[Packet]:
    times = range(0, seconds * 1_000_000, TICK)
    return [packet("video", at, at + late_us) for at in times]


def waited(*cameras: list[Packet]) -> int:
    return jitter_us(("rtsp:", packets) for packets in cameras)


def test_usual_cameras_have_the_least() -> None:
    assert jitter_us([]) == LEAST_US
    assert waited([], pictures()) == LEAST_US
    assert waited(pictures(late_us=-5_000)) == LEAST_US


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
    assert waited(stumbled) == LEAST_US
    assert waited(pictures(late_us=300_000, seconds=1)) == LEAST_US


def test_nobody_waits_for_ever() -> None:
    assert waited(pictures(late_us=9_000_000)) == MOST_US


def test_of_who_was_not_seen_yet_the_way_of_sending_tells() -> None:
    assert jitter_us([("rtmp-listen:", []), ("", []), ("testcard:", [])]) == LEAST_US
    for address in ("srt-listen:", "UDP://239.1.1.1:5000", "rtp-ts:"):
        assert jitter_us([("rtsp:", pictures()), (address, [])]) > 300_000
        assert jitter_us([(address, pictures())]) == LEAST_US
