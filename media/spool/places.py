"""Where the court's record lies: names of files and folders, and nothing else.

::

    spool/<courtroom>/head                     court time and how far each camera is (shared memory)
                      record.pub               public key that the seals are signed with (PEM)
                      keys/                    keys of the recordings; may be a link to elsewhere
                      closed-keys/             keys of what was closed afterwards; the same
                      sheets/<broadcast>.sheet what the court signed at a broadcast's end
                      <camera>/00000001.spool  a volume: the sealed bytes
                               00000001.seal   its seal, a line per chunk
                               00000001.keys   its chunks' keys, wrapped; no part of the seal
"""

from __future__ import annotations

import os
import re
from pathlib import Path

KEYS, CLOSED_KEYS, PUBLIC_KEY, SHEETS = "keys", "closed-keys", "record.pub", "sheets"
RECORD_SHEET = "record.sheet"  # the same sheet beside the public recording
PUBLIC_LIST = "public.sha256"  # the list of files that the sheet's public digest is over
_RESERVED = frozenset({"head", KEYS, CLOSED_KEYS, PUBLIC_KEY, SHEETS})
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}\Z")
_VOLUME = re.compile(r"(\d{8})\.spool\Z")


def camera_folder(directory: Path, camera: str) -> Path:
    """Return the folder of a camera's log; raises ``ValueError`` for an id that cannot be one."""
    if not _NAME.match(camera) or camera in _RESERVED:
        raise ValueError(f"camera id {camera!r} cannot name a folder")
    return directory / camera


def camera_names(directory: Path) -> list[str]:
    """Return the cameras that have volumes in a courtroom's spool, in order."""
    return sorted(
        entry.name
        for entry in directory.iterdir()
        if entry.is_dir() and entry.name not in _RESERVED and volume_numbers(entry)
    )


def volume_path(folder: Path, number: int) -> Path:
    """Return where a volume of a camera lies."""
    return folder / f"{number:08d}.spool"


def seal_path(folder: Path, number: int) -> Path:
    """Return where the seal of a volume lies."""
    return folder / f"{number:08d}.seal"


def keys_path(folder: Path, number: int) -> Path:
    """Return where the wrapped keys of a volume's chunks lie."""
    return folder / f"{number:08d}.keys"


def volume_numbers(folder: Path) -> list[int]:
    """Return the numbers of the volumes that are there, in order."""
    try:
        names = [entry.name for entry in folder.iterdir()]
    except FileNotFoundError:
        return []
    return sorted(int(found[1]) for name in names if (found := _VOLUME.match(name)))


def sync_folder(folder: Path) -> None:
    """Put the names in a folder on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
