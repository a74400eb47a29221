"""Court time through jitter, bursts, jumps, drift and resets."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.feeds.timestamps import FeedClock, Placed, Timing, unwrapped
from media.spool.record import Stream

START = 1_800_000_000_000_000
HOUR = 3_600_000_000


def feed(  # what a camera is and what the network does to it
    clock: FeedClock,
    captured_us: int,
    *,
    late_us: int = 0,
    base_us: int = 0,
    ppm: int = 0,
    stream: Stream = "video",
    duration_us: int = 40_000,
    dts: bool = True,
    shared: bool = True,
) -> Placed:
    pts = base_us + captured_us + captured_us * ppm // 1_000_000
    arrival = START + captured_us + late_us
    timing = Timing(stream, pts, pts if dts else None, duration_us, arrival, shared)
    return clock.place(clock.observe(timing))


def test_jitter_is_filtered() -> None:
    clock, dice = FeedClock(), random.Random(1)  # noqa: S311
    errors = []
    for index in range(1500):
        late = 10_000 + dice.randrange(200_000)
        placed = feed(clock, index * 40_000, late_us=late, base_us=7 * HOUR)
        errors.append(placed.court_us - START - index * 40_000 - 10_000)
    assert max(map(abs, errors[100:])) < 20_000
    assert max(map(abs, errors[750:])) < 5_000


@pytest.mark.parametrize("ppm", [-200, 200])
def test_drift_is_followed_slowly(ppm: int) -> None:
    clock = FeedClock()
    courts = [
        feed(clock, index * 40_000, late_us=5_000 + index % 7 * 1_000, ppm=ppm).court_us
        for index in range(25 * 600)
    ]
    assert abs(courts[-1] - START - (25 * 600 - 1) * 40_000 - 5_000) < 20_000
    steps = [after - before - 40_000 for before, after in itertools.pairwise(courts[1000:])]
    assert max(map(abs, steps)) <= 40  # never more than 1000 ppm from one picture to the next


def test_a_backlog_at_the_start_gets_the_time_of_its_capture() -> None:
    clock = FeedClock()
    observed = []
    for index in range(30):
        captured = index * 40_000
        arrival = START + max(captured, 25 * 40_000)  # one second was held back by the library
        observed.append(clock.observe(Timing("video", captured, captured, 40_000, arrival, True)))
    courts = [clock.place(one).court_us for one in observed]
    assert courts == [START + index * 40_000 for index in range(30)]


@pytest.mark.parametrize("jump", [HOUR, -HOUR, 2**32 * 1_000_000 // 90_000, -3 * HOUR, -700_000])
def test_a_jump_of_the_cameras_clock_is_not_seen_in_court_time(jump: int) -> None:
    clock = FeedClock()
    before = [feed(clock, index * 40_000, late_us=9_000).court_us for index in range(100)]
    after = [
        feed(clock, index * 40_000, late_us=9_000, base_us=jump).court_us
        for index in range(100, 200)
    ]
    assert clock.jumps == 1
    assert before + after == [START + 9_000 + index * 40_000 for index in range(200)]


def test_a_hang_and_its_burst_are_no_jump() -> None:
    clock = FeedClock()
    courts = []
    for index in range(400):
        late = 0 if not 100 <= index < 250 else (250 - index) * 40_000
        courts.append(feed(clock, index * 40_000, late_us=late).court_us)
    assert clock.jumps == 0
    assert courts == [START + index * 40_000 for index in range(400)]


def test_a_gap_is_no_jump() -> None:
    clock = FeedClock()
    for index in [*range(100), *range(600, 700)]:
        assert feed(clock, index * 40_000).court_us == START + index * 40_000
    assert clock.jumps == 0


def test_picture_and_sound_of_one_clock_stay_together() -> None:
    clock, skews = FeedClock(), []
    for index in range(500):
        picture = feed(clock, index * 40_000, late_us=60_000)
        sound = feed(clock, index * 40_000, late_us=5_000, stream="audio")
        skews.append(picture.court_us - sound.court_us)
    assert max(map(abs, skews[2:])) <= 1  # the first picture knew nothing of the sound


def test_streams_of_two_clocks_are_mapped_apart_until_the_report_comes() -> None:
    clock, picture, sound = FeedClock(), Placed(0, 0), Placed(0, 0)
    for index in range(50):
        picture = feed(clock, index * 40_000, late_us=8_000, shared=False)
        sound = feed(
            clock, index * 40_000, late_us=8_000, base_us=120_000, stream="audio", shared=False
        )
        assert abs(picture.court_us - sound.court_us) <= 1
    for index in range(50, 100):  # now both count from the sender's report
        picture = feed(clock, index * 40_000, late_us=8_000, base_us=9_000)
        sound = feed(clock, index * 40_000, late_us=8_000, base_us=9_000, stream="audio")
    assert abs(picture.court_us - sound.court_us) <= 1_000
    assert abs(picture.court_us - (START + 99 * 40_000 + 8_000)) < 5_000


def test_sound_that_is_set_back_a_little_goes_on() -> None:
    clock = FeedClock()
    for index in range(100):
        base = 0 if index < 50 else -100_000
        placed = feed(clock, index * 21_333, base_us=base, stream="audio", duration_us=21_333)
        assert placed.court_us == START + index * 21_333


def test_pictures_out_of_order_keep_their_places() -> None:
    clock, shown, decoded = FeedClock(), [], []
    order = [0, 3, 1, 2, 6, 4, 5, 9, 7, 8, 12, 10, 11]
    for at, index in enumerate(order):
        timing = Timing("video", index * 40_000, None, 40_000, START + at * 40_000 + 80_000, True)
        placed = clock.place(clock.observe(timing))
        shown.append(placed.court_us)
        decoded.append(placed.decode_us)
        assert placed.decode_us <= placed.court_us
    assert decoded == sorted(set(decoded))
    steady = [court - index * 40_000 for court, index in zip(shown, order, strict=True)][4:]
    assert max(steady) - min(steady) < 5_000  # it is still settling


def test_a_new_connection_never_goes_back() -> None:
    first = FeedClock()
    last = feed(first, 1_000_000)
    second = FeedClock(first.reached)
    assert feed(second, 900_000).decode_us > last.decode_us


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([40_000, 40_000, 40_000, 0, -40_000, 10**7, -HOUR, HOUR, 33_000]),
            st.integers(0, 3_000_000),
            st.booleans(),
        ),
        min_size=1,
        max_size=120,
    )
)
def test_decode_times_grow_whatever_comes(steps: list[tuple[int, int, bool]]) -> None:
    clock, last = FeedClock(), {"video": -1, "audio": -1}
    pts, arrival = 0, START
    for moved, waited, is_video in steps:
        pts, arrival = pts + moved, arrival + waited
        stream: Stream = "video" if is_video else "audio"
        observed = clock.observe(Timing(stream, pts, pts, 40_000, arrival, True))
        placed = clock.place(observed)
        assert placed.decode_us > last[stream]
        assert placed.court_us >= placed.decode_us
        assert abs(placed.court_us - arrival) < 40_000_000
        last[stream] = placed.decode_us


@given(st.integers(-(2**40), 2**40), st.integers(-(2**40), 2**40))
def test_counters_that_wrap(value: int, before: int) -> None:
    period = 2**33
    assert (unwrapped(value, before, period) - value) % period == 0
    assert abs(unwrapped(value, before, period) - before) <= period // 2 + 1
