"""Court time through jitter, bursts, jumps, drift and resets."""

from __future__ import annotations

import itertools
import random
import statistics
from collections.abc import Iterator
from dataclasses import dataclass, field

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
    for index in range(100):
        is_known = index >= 50  # the sender has told how far its clocks are apart
        late = {"video": 60_000, "audio": 8_000}  # an encoder takes longer for pictures
        for stream, late_us in late.items():
            base = 5 * HOUR if stream == "audio" else 0
            at = index * 40_000
            timing = Timing(
                stream,  # type: ignore[arg-type]
                at + base,
                None,
                40_000,
                START + at + late_us,
                is_known,
                -base if is_known and stream == "audio" else 0,
            )
            placed = clock.place(clock.observe(timing))
            picture, sound = (placed, sound) if stream == "video" else (picture, placed)
        apart = picture.court_us - sound.court_us
        if index not in (50, 51):  # then the picture steps, and never behind the one before
            assert abs(apart - (0 if is_known else 52_000)) <= 1_000
    assert abs(sound.court_us - (START + 99 * 40_000 + 8_000)) < 5_000


def test_a_report_that_arrival_does_not_bear_out_is_not_believed() -> None:
    clock = FeedClock()
    for index in range(100):
        at = index * 40_000
        feed(clock, at)
        timing = Timing("audio", at, at, 40_000, START + at, is_shared=True, skew_us=3_000_000)
        assert clock.place(clock.observe(timing)).court_us == START + at


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


FRAME = 40_000
JITTER = 25_000


@dataclass
class Simulated:
    """A camera, what is wrong with it, and where its pictures belong."""

    ppm: int = 0
    jitter_us: int = 0
    reorder: bool = False
    uneven: bool = False
    lost: float = 0.0
    doubled: float = 0.0
    set_by: dict[int, int] = field(default_factory=dict)  # picture → microseconds

    def pictures(self, count: int, dice: random.Random) -> Iterator[tuple[int, int, int]]:
        """Yield when it was captured, stream time and arrival of each picture, as they are sent."""
        shown = list(range(count))
        if self.reorder:  # I B B P: each third is sent before the two that precede it
            shown.sort(
                key=lambda index: (index + 2) // 3 * 3 + (index % 3 != 0) * 0.5 * index / count
            )
        times = [0]
        for _ in range(count):
            times.append(times[-1] + (dice.randrange(15_000, 90_000) if self.uneven else FRAME))
        base, sent_us = 7 * HOUR, 0
        for position, index in enumerate(shown):
            base += self.set_by.get(position, 0)
            captured = times[index]
            sent_us = max(sent_us, captured)  # never before it was seen, and in order
            stamp = base + captured + captured * self.ppm // 1_000_000
            for _ in range(1 + (dice.random() < self.doubled)):
                if dice.random() >= self.lost:
                    late = dice.randrange(self.jitter_us + 1)
                    yield captured, stamp, START + sent_us + late


def errors(camera: Simulated, count: int = 1_500, seed: int = 1) -> list[int]:
    """Return how far each picture was placed from where it belongs."""
    clock, dice = FeedClock(), random.Random(seed)  # noqa: S311
    placed = []
    held = list(camera.pictures(count, dice))
    observed = []
    for number, (captured, stamp, arrival) in enumerate(held):
        one = clock.observe(Timing("video", stamp, None, FRAME, arrival, is_shared=False))
        observed.append((captured, one))
        if number >= 9:  # a feed holds the first third of a second
            placed += [(known, clock.place(each).court_us) for known, each in observed]
            observed.clear()
    return [court - START - known for known, court in placed]


@pytest.mark.parametrize(
    "camera",
    [
        Simulated(),
        Simulated(ppm=200, jitter_us=20_000),
        Simulated(ppm=-200, jitter_us=20_000),
        Simulated(jitter_us=200_000),
        Simulated(uneven=True, jitter_us=20_000),
        Simulated(lost=0.05, doubled=0.05, jitter_us=20_000),
        Simulated(lost=0.5),
        Simulated(reorder=True),
        Simulated(reorder=True, jitter_us=20_000, ppm=200),
        Simulated(set_by={300: HOUR, 600: -2 * HOUR, 900: 3 * HOUR}, jitter_us=20_000),
        Simulated(set_by={index: 10**6 * (-1) ** index for index in range(50, 1500, 90)}),
        Simulated(set_by={700: -(2**32) * 1_000_000 // 90_000}, jitter_us=20_000, lost=0.02),
        Simulated(ppm=200, set_by={700: -7 * HOUR}, jitter_us=20_000, uneven=True),
    ],
    ids=str,
)
def test_a_pictures_court_time_is_right_to_one_frame(camera: Simulated) -> None:
    found = errors(camera)
    settled = found[100:] if camera.jitter_us > FRAME else found
    assert max(map(abs, settled)) < FRAME
    assert statistics.median(map(abs, found)) < FRAME / 2


def test_two_cameras_whose_clocks_drift_apart_show_the_same_moment() -> None:
    """One fast, one slow, both on a busy network; a quarter of an hour takes them 0.36 s apart."""
    count = 15 * 60 * 25
    cameras = [Simulated(ppm=ppm, jitter_us=20_000) for ppm in (200, -200)]
    fast, slow = (errors(camera, count, seed) for seed, camera in enumerate(cameras))
    apart = [abs(one - other) for one, other in zip(fast, slow, strict=True)]
    assert max(apart) < FRAME
    assert statistics.median(apart[-1500:]) < FRAME / 4  # the last minute, like the first


@settings(max_examples=30, deadline=None)
@given(
    st.builds(
        Simulated,
        ppm=st.integers(-200, 200),
        jitter_us=st.integers(0, JITTER),
        reorder=st.booleans(),
        lost=st.sampled_from([0.0, 0.01, 0.1]),
        doubled=st.sampled_from([0.0, 0.05]),
        set_by=st.dictionaries(
            st.integers(60, 380),
            st.sampled_from([HOUR, -HOUR, -(10**6), 10**7, -(2**40)]),
            max_size=3,
        ),
    ),
    st.integers(0, 1000),
)
def test_whatever_is_wrong_together(camera: Simulated, seed: int) -> None:
    # Pictures lost where the clock is set cannot be missed by anybody; and of pictures sent before
    # they show one cannot tell to the frame by how much the clock was set.
    frames = max(1, 4 * len(camera.set_by))
    assert max(map(abs, errors(camera, 400, seed))) <= FRAME * frames + JITTER


@pytest.mark.parametrize("apart_us", [-3_000_000, -400_000, 400_000, 3_000_000])
def test_picture_and_sound_that_start_apart_are_each_in_place(apart_us: int) -> None:
    clock = FeedClock()
    for index in range(400):
        at = index * 20_000
        for stream, starts_at, skew in (
            ("video", max(apart_us, 0), 0),
            ("audio", max(-apart_us, 0), 9_000),
        ):
            if at < starts_at or (stream == "video" and index % 2):
                continue
            length = FRAME if stream == "video" else 20_000
            timing = Timing(stream, at - skew, at - skew, length, START + at, True, skew)  # type: ignore[arg-type]
            court = clock.place(clock.observe(timing)).court_us
            assert abs(court - START - at) < 10_000
