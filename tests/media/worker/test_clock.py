"""The court clock that a worker goes by."""

from __future__ import annotations

import time
from contextlib import closing
from pathlib import Path

import pytest

from media.spool.head import Head
from media.worker.clock import SpoolClock

HOUR_US, SOON_US = 3_600_000_000, 60_000_000


def test_it_is_the_recorders_and_this_machines_only_while_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The machine's clock was set back after the recorder had begun."""
    now_ns = time.time_ns()
    with monkeypatch.context() as ahead:
        ahead.setattr(time, "time_ns", lambda: now_ns + HOUR_US * 1000)
        recorder = Head.create(tmp_path / "spool")
    with recorder, closing(SpoolClock(tmp_path / "spool")) as clock:
        assert clock.head is not None
        assert abs(clock.now_us() - recorder.now_us()) < SOON_US
    with closing(SpoolClock(tmp_path / "no spool")) as alone:
        assert alone.head is None
        assert abs(alone.now_us() - now_ns // 1000) < SOON_US
