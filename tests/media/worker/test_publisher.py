"""A disk that is full: viewers see the room, and the recording goes on when there is room again."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from media.messages import Message, Part, WorkerStatus
from tests.media.worker.broadcast import Broadcast, is_on_air, is_part_after, until
from tests.media.worker.room import Room, open_room
from tests.media.worker.viewing import entries

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


async def test_a_full_disk_costs_the_recording_and_not_the_broadcast(
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
                await until(viewer, is_unrecorded)
                heard = await until(viewer, is_part_after(broadcast.now_us() + 500_000))
                assert not any(isinstance(one, Part) and one.gap for one in heard)
                async with broadcast.listen("parts") as late:
                    heard = await until(late, is_unrecorded)
                    parts = [one for one in heard if isinstance(one, Part)]
                    assert not any(one.gap for one in parts)
                    assert any(one.payload and not one.recorded for one in parts)
            await broadcast.end(signal.SIGKILL)  # worse comes to bad
            await broadcast.start()
            async with broadcast.listen("parts") as viewer:
                await until(viewer, is_on_air("room"))
                await until(viewer, is_part_after(broadcast.now_us()))
                ballast.unlink()
                await until(viewer, lambda one: isinstance(one, WorkerStatus) and one.recorded)
                await until(viewer, is_part_after(broadcast.now_us() + 2_000_000))
            assert await broadcast.end() == 0
            check_holes(broadcast.public)
        finally:
            await broadcast.end(signal.SIGKILL)


def is_unrecorded(message: Message) -> bool:
    return isinstance(message, WorkerStatus) and message.air == "room" and not message.recorded


def check_holes(public: Path) -> None:
    """Numbers and times go on without a hole; what lacks is told, and was taken up again."""
    for rendition in ("v360", "audio"):
        found = list(entries(public, rendition))
        assert [(one.msn, one.part) for one in found] == [divmod(n, 6) for n in range(len(found))]
        length = 15 * 1024 if rendition == "audio" else 8 * 3600
        assert [one.media_time for one in found] == [n * length for n in range(len(found))]
        gaps = [one.gap for one in found]
        assert any(gaps)
        assert not gaps[0]
        assert not gaps[-1]
