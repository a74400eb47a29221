"""Figures and troubles of a feed."""

from __future__ import annotations

import pytest

from media.feeds import issues
from media.feeds.arrival import Arrived, Reception
from media.feeds.health import Health
from media.feeds.timestamps import Timing

SECOND = 1_000_000


def fed(seconds: int, *, key_every: int = 25, sane: bool = True) -> Health:
    health = Health(0)
    for index in range(seconds * 25):
        at = index * 40_000
        is_key = index % key_every == 0
        health.note("video", at, at, 5_000, key=is_key, sane=sane)
    return health


def test_figures() -> None:
    figures = fed(10).figures(10 * SECOND)
    assert figures.frame_rate == 25.0
    assert abs(figures.bit_rate - 1_000_000) < 20_000
    assert figures.key_frame_distance_s == 1.0
    assert figures.last_packet_age_s == 0.04
    assert fed(1).figures(60 * SECOND).frame_rate == 0.0


def test_troubles() -> None:
    assert not fed(5).is_garbage(5 * SECOND)
    assert fed(5, sane=False).is_garbage(5 * SECOND)
    assert fed(20, key_every=10_000).has_no_key_frames(20 * SECOND)
    assert not fed(20).has_no_key_frames(20 * SECOND)
    assert fed(5).is_stalled(9 * SECOND, "video")
    assert fed(5).is_stalled(9 * SECOND, "audio")
    assert not fed(5).is_stalled(6 * SECOND, "video")


def timed(
    seconds: int, health: Health | None = None, *, late_us: int = 0, key_every: int = 25
) -> Health:
    """Return the health of a camera whose every other picture is late."""
    health = health or Health(0)
    for index in range(seconds * 25):
        at = index * 40_000 + (late_us if index % 2 else 0)
        timing = Timing("video", index * 40_000, None, 40_000, at, is_shared=False)
        is_key = index % key_every == 0
        health.arrived(Arrived(timing, at, is_key, is_lawful=True, payload=bytes(5_000)), at)
    return health


def test_jitter_is_told_when_it_stays() -> None:
    calm, rough = timed(10, late_us=4_000), timed(10, late_us=60_000)
    assert 3.5 < calm.figures(10 * SECOND).jitter_ms < 4.1
    assert calm.trouble(10 * SECOND) == ""
    assert rough.figures(10 * SECOND).jitter_ms > 50
    assert rough.trouble(10 * SECOND) == issues.JITTERY
    assert timed(3, late_us=60_000).trouble(3 * SECOND) == ""


@pytest.mark.parametrize("has_dts", [True, False])
def test_pictures_that_are_sent_ahead_are_no_jitter(has_dts: bool) -> None:
    """OBS and most encoder boxes send B-frames unless they are told not to."""
    health = Health(0)
    for index in range(250):
        turn, place = divmod(index, 4)
        at, shown = index * 40_000, 40_000 * (4 * turn + (4, 2, 1, 3)[place])
        timing = Timing("video", shown, at if has_dts else None, 40_000, at, is_shared=False)
        health.arrived(Arrived(timing, at, index % 25 == 0, is_lawful=True, payload=b"."), shown)
    assert health.figures(10 * SECOND).jitter_ms < 1
    assert health.trouble(10 * SECOND) == ""


def test_loss_is_that_of_ten_seconds() -> None:
    health = timed(20)
    for second in range(20):
        lost = 3 if second < 5 else 0
        health.received(Reception("video", 60, lost), second * SECOND)
        health.received(Reception("audio", 40, 0), second * SECOND)
    assert health.figures(4 * SECOND).loss_percent == 0  # nothing of then is kept
    assert health.figures(19 * SECOND).loss_percent == 0
    health.received(Reception("video", 60, 30), 20 * SECOND)
    figures = health.figures(20 * SECOND)
    assert 2 < figures.loss_percent < 4
    assert health.trouble(20 * SECOND) == issues.LOSSY
    assert health.figures(40 * SECOND).loss_percent == 0


def test_key_frames_far_apart_and_wrong_clocks_are_told() -> None:
    assert timed(20, key_every=150).trouble(20 * SECOND) == issues.RARE_KEY_FRAMES
    health = timed(20)
    health.drift_ppm = -200
    assert health.trouble(20 * SECOND) == ""
    health.drift_ppm = 501
    assert health.trouble(20 * SECOND) == issues.DRIFTING
    assert health.figures(20 * SECOND).drift_ppm == 501


def test_a_pause_of_the_camera_is_no_distance_of_key_frames() -> None:
    health = timed(4)
    for second in (9, 10):
        at = second * SECOND
        health.note("video", at, at, 5_000, key=True, sane=True)
        assert health.trouble(at) == ""
    assert health.figures(10 * SECOND).key_frame_distance_s == 1.0


def test_packets_that_are_no_media_count_as_garbage() -> None:
    health = timed(5)
    health.received(Reception("video", 100, 0, broken=100), 5 * SECOND)
    assert health.is_garbage(5 * SECOND)
    assert not health.is_garbage(30 * SECOND)
