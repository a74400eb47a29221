"""The clock that never steps: court time while the machine's own clock is set."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from media.assignment import Camera, RecorderAssignment
from media.messages import Part
from tests.media.processes import started
from tests.media.worker.broadcast import Broadcast, Listener, check_grid, is_on_air, until

pytestmark = [pytest.mark.media, pytest.mark.slow]

HOUR_S = 3600
PART_US = 320_000
LONGEST_US = 60_000_000
FEW_BYTES = 1_000_000


# Python's own clocks are all that reads the wall clock in the service's processes; libfaketime,
# which would stand one layer deeper, makes time.sleep fail now and then.
SET_BY_FILE = """
import pathlib, time
_file, _time, _time_ns = pathlib.Path({file!r}), time.time, time.time_ns
time.time = lambda: _time() + int(_file.read_text())
time.time_ns = lambda: _time_ns() + int(_file.read_text()) * 10**9
"""


class WallClock:
    """The clock of the processes that run in its environment; set by writing a file."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._file = folder / "clock"
        self.step(0)
        (folder / "sitecustomize.py").write_text(SET_BY_FILE.format(file=str(self._file)))
        self.environment = {"PYTHONPATH": str(folder)}

    def step(self, seconds: int) -> None:
        """Set it so far off the truth."""
        draft = self._file.with_suffix(".draft")
        draft.write_text(str(seconds))
        draft.replace(self._file)


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
    cameras = (Camera("one", "one", "testcard:"),)
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


def test_the_clock_of_this_test_is_read(wall: WallClock) -> None:
    told = []
    for seconds in (0, HOUR_S):
        wall.step(seconds)
        told.append(
            subprocess.run(
                [sys.executable, "-c", "import time; print(int(time.time()))"],
                env=os.environ | wall.environment, capture_output=True, text=True, check=True,
            ).stdout
        )  # fmt: skip
    assert HOUR_S <= int(told[1]) - int(told[0]) < HOUR_S + 60
