from collections.abc import Iterator

import av
import numpy as np
import pytest

from media.program.watch import Watch

START = 1_795_399_353_400_000
SECOND = 1_000_000


def room(seed: int, *, noise: float = 2.0) -> np.ndarray:
    """Return a luma picture of an empty room as a sensor sees it."""
    y, x = np.mgrid[0:90, 0:160]
    scene = 90 + 50 * np.sin(x / 17) + 40 * np.cos(y / 11)
    scene += np.random.default_rng(seed).normal(0, noise, (90, 160))
    return np.asarray(scene.clip(16, 235), np.uint8)


def codes(watch: Watch, seconds: float, *, live: bool = True) -> set[str]:
    return {alarm.code for alarm in watch.alarms(START + round(seconds * SECOND), live=live)}


def test_a_room_in_which_nothing_happens_is_no_alarm() -> None:
    watch = Watch()
    for second in range(60):
        watch.picture(room(second), START + second * SECOND)
        assert not codes(watch, second)


def test_black_is_told_after_two_seconds_and_gone_with_the_light() -> None:
    watch = Watch()
    told = {}
    for second in range(10):
        dark = 2 <= second < 6
        watch.picture(
            np.full((90, 160), 18, np.uint8) if dark else room(second), START + second * SECOND
        )
        told[second] = codes(watch, second)
    assert [second for second in told if "black" in told[second]] == [4, 5]


def test_a_dark_room_is_not_black() -> None:
    watch = Watch()
    for second in range(30):
        watch.picture(room(second) // 6 + 16, START + second * SECOND)
        assert "black" not in codes(watch, second)


def decoded(pictures: list[np.ndarray]) -> Iterator[np.ndarray]:
    """Return pictures as a camera's encoder makes them, a key frame a second."""
    encoder = av.CodecContext.create("libx264", "w")
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt = 160, 90, "yuv420p"
    encoder.time_base, encoder.gop_size = 1, 1  # type: ignore[assignment]
    encoder.options = {"preset": "ultrafast", "tune": "zerolatency", "crf": "28"}
    decoder = av.CodecContext.create("h264", "r")
    assert isinstance(decoder, av.VideoCodecContext)
    for at, luma in enumerate(pictures):
        frame = av.VideoFrame.from_ndarray(
            np.concatenate([luma, np.full((45, 160), 128, np.uint8)]), format="yuv420p"
        )
        frame.pts = at
        for packet in encoder.encode(frame):
            for seen in decoder.decode(packet):
                yield np.asarray(seen.to_ndarray()[:90], np.uint8)


@pytest.mark.media
def test_a_picture_that_stands_still_through_an_encoder_is_frozen_after_ten_seconds() -> None:
    watch, told = Watch(), {}
    pictures = [room(second) for second in range(5)] + [room(5)] * 14 + [room(98), room(99)]
    for second, luma in enumerate(decoded(pictures)):
        watch.picture(luma, START + second * SECOND)
        told[second] = codes(watch, second)
    assert len(told) > 15
    first = min(second for second in told if "frozen" in told[second])
    assert 15 <= first <= 16
    assert "frozen" not in told[max(told)]


def test_no_picture_for_three_seconds_is_a_lost_camera() -> None:
    watch = Watch()
    assert not codes(watch, 0)
    assert codes(watch, 3.1) == {"lost"}
    watch.arrived(picture=True, court_us=START + 4 * SECOND, arrival_us=START + 4 * SECOND)
    assert not codes(watch, 5)
    assert codes(watch, 7.5) == {"lost"}


def test_silence_is_told_after_eight_seconds_and_only_on_the_air() -> None:
    watch, told = Watch(), {}
    watch.picture(room(0), START)
    for tenth in range(200):
        at = START + tenth * SECOND // 10
        watch.picture(room(tenth), at)
        loud = tenth < 20 or tenth >= 150
        watch.level(-20 if loud else -60, -30.0 if loud else -55.0, at)
        told[tenth] = codes(watch, tenth / 10)
    silent = [tenth for tenth in told if "silent" in told[tenth]]
    assert (silent[0], silent[-1]) == (100, 149)
    quiet = Watch()
    for tenth in range(200):
        quiet.level(-90, -90, START + tenth * SECOND // 10)
    assert "silent" not in codes(quiet, 20, live=False)


@pytest.mark.parametrize(("hits", "alarm"), [(1, False), (2, False), (3, True)])
def test_clipping_is_told_when_it_is_no_single_bang(hits: int, alarm: bool) -> None:
    watch = Watch()
    for tenth in range(30):
        watch.level(-0.5 if tenth in range(0, 10 * hits, 10) else -8, -20, START + tenth * 100_000)
    watch.picture(room(0), START + 3 * SECOND)
    assert ("clipping" in codes(watch, 3)) == alarm
    watch.picture(room(1), START + 9 * SECOND)
    assert "clipping" not in codes(watch, 9)


@pytest.mark.parametrize(
    ("apart_ms", "severity"), [(0, None), (60, None), (120, "amber"), (700, "red")]
)
def test_sound_and_picture_that_move_apart(apart_ms: int, severity: str | None) -> None:
    watch = Watch()
    for tenth in range(400):
        at = START + tenth * 100_000
        drift = apart_ms * 1000 * tenth // 400
        watch.arrived(picture=True, court_us=at, arrival_us=at + 70_000 + tenth % 7 * 5000)
        watch.arrived(picture=False, court_us=at, arrival_us=at + 30_000 + drift)
    found = {alarm.code: alarm.severity for alarm in watch.alarms(START + 400 * 100_000)}
    assert found.get("apart") == severity


def test_hum_and_echo_are_heard_through_the_watch() -> None:
    watch = Watch()
    at = np.arange(48_000) / 48_000
    mains = (0.02 * np.sin(2 * np.pi * 50 * at)).astype(np.float32)
    for second in range(12):
        watch.picture(room(second), START + second * SECOND)
        watch.sound(mains, 48_000, START + second * SECOND)
    found = watch.alarms(START + 12 * SECOND)
    assert [(alarm.code, alarm.severity) for alarm in found] == [("hum", "amber")]


def test_an_interruption_begins_anew() -> None:
    watch = Watch()
    for second in range(20):
        watch.picture(room(0), START + second * SECOND)
    assert "frozen" in codes(watch, 20)
    watch.interrupted()
    assert not codes(watch, 20)


def test_pictures_of_another_size_are_other_pictures() -> None:
    watch = Watch()
    for second in range(30):
        size = (90, 160) if second % 2 else (120, 160)
        watch.picture(np.full(size, 100, np.uint8), START + second * SECOND)
    assert not codes(watch, 30)
