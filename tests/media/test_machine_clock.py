"""The machine's clock beside the court's."""

from __future__ import annotations

import time

from media.machine_clock import is_kept, machine_clock

HOUR_US = 3_600_000_000
SURELY_US = 60_000_000


def test_a_clock_that_was_set_is_told_with_its_sign() -> None:
    now_us = time.time_ns() // 1000
    for step_us in (0, HOUR_US, -HOUR_US):
        found = machine_clock(now_us - step_us)
        assert abs(found.off_us - step_us) < SURELY_US
        assert found.is_kept == is_kept()


def test_the_kernel_is_asked_and_nothing_is_changed() -> None:
    assert is_kept() in (True, False, None)
    assert is_kept() == is_kept()
