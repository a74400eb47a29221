"""How fast a camera's clock runs."""

from __future__ import annotations

import random

import pytest

from media.feeds.drift import Drift

SECOND = 1_000_000


def seen(drift: Drift, seconds: int, ppm: float, jitter_us: int = 0) -> None:
    dice = random.Random(3)  # noqa: S311
    for index in range(seconds * 25):
        captured = index * 40_000
        late = dice.randrange(jitter_us) if jitter_us else 0
        drift.note(captured + late, late - round(captured * ppm / 1_000_000))


@pytest.mark.parametrize("ppm", [-200, 0, 200, 1_000])
@pytest.mark.parametrize("jitter_us", [0, 50_000])
def test_it_is_found_within_minutes(ppm: int, jitter_us: int) -> None:
    drift = Drift()
    seen(drift, 300, ppm, jitter_us)
    assert abs(drift.ppm - ppm) < 15


def test_it_is_not_told_before_it_is_known() -> None:
    drift = Drift()
    seen(drift, 59, 500)
    assert drift.ppm == 0
    seen(drift, 120, 500)
    assert drift.ppm != 0
    drift.forget()
    assert drift.ppm == 0


def test_a_pause_of_the_feed_changes_nothing() -> None:
    drift = Drift()
    for index in range(3000):
        at = index * 40_000 + (600 * SECOND if index > 1500 else 0)
        drift.note(at, -at // 5_000)
    assert abs(drift.ppm - 200) < 2
