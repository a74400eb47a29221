"""A disk of its own that can be made full: a file system in memory, whose size changes."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_SIZE = 1 << 30  # of memory only what is written
_SLACK = 64 * 1024  # what is written while it is made small
_TRIES = 20


class SmallDisk:
    """A folder on a disk of its own."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def leave(self, free: int) -> None:
        """Have so many bytes left on it from now on, or a little less."""
        for _ in range(_TRIES):
            disk = os.statvfs(self.path)
            used = (disk.f_blocks - disk.f_bfree) * disk.f_frsize
            if self._mount("remount", used + free + _SLACK):
                return
        raise OSError(f"{self.path} is written to faster than it can be made small")

    def mount(self) -> bool:
        """Make it; False where that is not allowed."""
        self.path.mkdir(parents=True, exist_ok=True)
        return self._mount("rw", _SIZE)

    def _mount(self, how: str, size: int) -> bool:
        command = [
            "mount",
            "-t",
            "tmpfs",
            "-o",
            f"{how},size={size}",
            "tingbo-test",
            str(self.path),
        ]
        return not subprocess.run(command, capture_output=True, check=False).returncode


@contextmanager
def small_disk(path: Path) -> Iterator[SmallDisk]:
    """Have a folder on a disk of its own as long as the block lasts; skips where it cannot be."""
    disk = SmallDisk(path)
    if not disk.mount():
        pytest.skip("no disk of its own can be mounted here: only root may")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", path], check=True)
