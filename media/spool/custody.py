"""Whether the keys of a courtroom's record are where they shall be.

A recorder goes on with a key that is lost, for it has it in memory; whoever reads does not, and
what was recorded with it is gone for good once the recorder ends. So it must be told while a backup
can still be brought back. Nothing is mended: what is missing may be a disk that is not mounted, and
a key must never be written to the place where it would have been.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from media.errors import SpoolLocked
from media.spool.cipher import KEY_SIZE
from media.spool.keys import KeyFile, key_name
from media.spool.places import KEYS, camera_names, keys_path, volume_numbers


class Custody:
    """Looks for the keys of a spool's recordings; what a volume needs is read once."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._needed: dict[tuple[str, int], int] = {}  # of camera and volume: the key's id

    def missing(self) -> list[str]:
        """Return the files of keys that are missing or cannot be read, in order; blocks.

        They are named relative to the spool. What was closed is under other keys, which may lie
        where this process cannot look.
        """
        found = []
        for camera in _cameras(self._directory):
            folder = self._directory / camera
            for number in volume_numbers(folder):
                if not keys_path(folder, number).exists():
                    found.append(f"{camera}/{keys_path(folder, number).name}")
                elif (camera, number) not in self._needed:
                    self._learn(camera, number)
            needed = {key for (whose, _), key in self._needed.items() if whose == camera}
            held = _whole(self._directory / KEYS / camera)
            lost = sorted(map(key_name, needed))
            found += [f"{KEYS}/{camera}/{name}" for name in lost if name not in held]
        return found

    def _learn(self, camera: str, number: int) -> None:
        path = keys_path(self._directory / camera, number)
        with (
            contextlib.suppress(SpoolLocked),
            contextlib.closing(KeyFile.open(path)) as file,
        ):
            first = file.first()
            if first is not None and not first.is_closed:
                self._needed[camera, number] = first.key_id


def _cameras(directory: Path) -> list[str]:
    try:
        return camera_names(directory)
    except OSError:  # the recorder says that of its disk itself
        return []


def _whole(folder: Path) -> set[str]:
    """Return the names of the keys in a folder that are as long as a key is."""
    try:
        with os.scandir(folder) as entries:
            return {entry.name for entry in entries if entry.stat().st_size == KEY_SIZE}
    except OSError:
        return set()
