"""Figures and troubles of a feed."""

from media.feeds.health import Health

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
