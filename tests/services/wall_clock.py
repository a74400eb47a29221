"""The wall clock of a test's processes: set by an hour while they run, as an administrator would.

A library before all others adds to the time of day, whoever asks for it: Python, SQLite, codecs.
libfaketime would do the same, but also stands in the way of sleeping, which fails now and then.
"""

from __future__ import annotations

import mmap
import struct
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.tools import require_tool

SOURCE = Path(__file__).with_name("wall_clock.c")
BUILT_WITHIN = 60.0
_SECONDS = struct.Struct("=q")


class WallClock:
    """The clock of the processes that run in its environment; right until it is set."""

    def __init__(self, folder: Path) -> None:
        """Build it in a new folder; without a compiler the test is skipped."""
        folder.mkdir()
        library, file = folder / "wall_clock.so", folder / "beside"
        subprocess.run(
            [require_tool("cc"), "-O2", "-Wall", "-shared", "-fPIC", "-o", library, SOURCE],
            check=True, timeout=BUILT_WITHIN,
        )  # fmt: skip
        file.write_bytes(_SECONDS.pack(0))
        with file.open("r+b") as opened:
            self._beside = mmap.mmap(opened.fileno(), _SECONDS.size)
        self.environment: Mapping[str, str] = {"LD_PRELOAD": str(library), "WALL_CLOCK": str(file)}

    def step(self, seconds: int) -> None:
        """Set it so far off the truth, in all processes at once."""
        self._beside[:] = _SECONDS.pack(seconds)
