"""A disk that is full: the worker ends, and goes on in the same stream when there is room again."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.media.worker.broadcast import Broadcast, check_grid, is_on_air, is_part_after, until
from tests.media.worker.room import Room, open_room

pytestmark = [pytest.mark.media, pytest.mark.slow]

DISK = "16m"


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """Give a folder on a disk of its own."""
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tingbo-test", folder],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if mounted.returncode:
        pytest.skip(f"no disk of its own can be mounted here: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with open_room(tmp_path / "spool") as room:
        yield room


def fill(disk: Path) -> Path:
    """Leave not a byte on a disk; return what must be removed to have it back."""
    ballast = disk / "ballast"
    with ballast.open("wb") as file:
        free = os.statvfs(disk)
        os.posix_fallocate(file.fileno(), 0, free.f_bavail * free.f_frsize)
    return ballast


async def test_a_full_disk_ends_the_worker_and_not_the_broadcast(
    tmp_path: Path, room: Room
) -> None:
    with small_disk(tmp_path / "broadcast") as disk:
        broadcast = Broadcast(tmp_path, room)
        try:
            await broadcast.start()
            async with broadcast.listen("parts") as viewer:
                broadcast.order("start")
                await until(viewer, is_on_air("room"))
                ballast = fill(disk)
                assert await broadcast.ends() == 1
            await broadcast.start()
            assert await broadcast.ends() == 1
            ballast.unlink()
            await broadcast.start()
            async with broadcast.listen("parts") as viewer:
                await until(viewer, is_on_air("room"))
                await until(viewer, is_part_after(broadcast.now_us()))
            assert await broadcast.end() == 0
            check_grid(broadcast.public)
        finally:
            await broadcast.end(signal.SIGKILL)
