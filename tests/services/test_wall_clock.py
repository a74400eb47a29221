from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.services.wall_clock import WallClock

HOUR_S = 3600
TELL = """
import datetime, sqlite3, sys, time
for line in sys.stdin:
    (of_sql,) = sqlite3.connect(":memory:").execute("SELECT unixepoch()").fetchone()
    of_date = datetime.datetime.now(datetime.UTC).timestamp()
    print(time.time(), time.time_ns() / 1e9, of_date, of_sql, time.monotonic(), flush=True)
    time.sleep(0.001)
"""


def test_the_time_of_day_is_set_in_a_running_process_and_nothing_else(tmp_path: Path) -> None:
    wall = WallClock(tmp_path / "wall")
    with subprocess.Popen(
        [sys.executable, "-c", TELL], env=os.environ | wall.environment, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdin
        assert process.stdout
        told = []
        for seconds in (0, HOUR_S, -HOUR_S, 0):
            wall.step(seconds)
            process.stdin.write("now\n")
            process.stdin.flush()
            *times, monotonic = map(float, process.stdout.readline().split())
            assert max(times) - min(times) < 60  # all are asked for one after the other
            told.append((times[0] - monotonic) - seconds)
        process.stdin.close()
        assert process.wait() == 0
    assert max(told) - min(told) < 60
