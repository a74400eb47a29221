"""The clock that never steps: court time while the machine's own clock is set."""

from __future__ import annotations

import signal
from itertools import pairwise
from pathlib import Path

import pytest

from media.assignment import Camera, RecorderAssignment
from media.messages import Part
from tests.media.processes import started
from tests.media.worker.broadcast import Broadcast, Listener, check_grid, is_on_air, until
from tests.services.wall_clock import WallClock

pytestmark = [pytest.mark.media, pytest.mark.slow]

HOUR_S = 3600
PART_US = 320_000
LONGEST_US = 60_000_000
FEW_BYTES = 1_000_000


@pytest.fixture
def wall(tmp_path: Path) -> WallClock:
    return WallClock(tmp_path / "wall")


async def parts(viewer: Listener, count: int) -> list[int]:
    """Return the court times of the next parts of the sound."""
    found: list[int] = []
    while len(found) < count:
        heard = await until(viewer, lambda one: isinstance(one, Part) and one.rendition == "audio")
        found += [
            one.court_us for one in heard if isinstance(one, Part) and one.rendition == "audio"
        ]
    return found


async def test_a_wall_clock_that_steps_by_an_hour_moves_nothing(
    tmp_path: Path, wall: WallClock
) -> None:
    """Not while worker and recorder run, and not when a recorder takes the place of another."""
    cameras = (Camera("one", "one", "testcard:?size=640x360"),)
    recorder = RecorderAssignment(
        "c", cameras, str(tmp_path / "spool"), str(tmp_path / "r.sock"), FEW_BYTES
    )
    broadcast = Broadcast(tmp_path, environment=wall.environment)
    times: list[int] = []
    try:
        async with started("media.recorder", recorder, tmp_path, wall.environment) as first:
            await broadcast.start()
            async with broadcast.listen("parts") as viewer:
                broadcast.order("start")
                await until(viewer, is_on_air("room"))
                for seconds in (HOUR_S, -HOUR_S):
                    wall.step(seconds)
                    times += await parts(viewer, 2)
                    await until(viewer, is_on_air("room"))
                await first.kill()
                await until(viewer, is_on_air("interrupted"))
                async with started("media.recorder", recorder, tmp_path, wall.environment):
                    await until(viewer, is_on_air("room"))
                    times += await parts(viewer, 2)
            assert await broadcast.end() == 0
    finally:
        await broadcast.end(signal.SIGKILL)
    steps = [later - earlier for earlier, later in pairwise(times)]
    assert all(0 < step < LONGEST_US and step % PART_US == 0 for step in steps)
    check_grid(broadcast.public)
