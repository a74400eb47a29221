"""Bytes in a local folder."""

from __future__ import annotations

import asyncio
import os
import re
from pathlib import Path

from server.errors import NotFound, Unavailable
from server.identity import new_id

_NAME = re.compile(r"[0-9a-z][0-9a-z_-]{0,99}(\.[0-9a-z]{1,8})?")


class FolderBlobs:
    """A folder with two levels, so that no directory grows without bound."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, name: str, data: bytes) -> None:
        """Store durably: the file is complete and on the disk before its name appears."""
        try:
            await asyncio.to_thread(_write, self._path(name), data)
        except OSError as problem:
            raise Unavailable("There is no room to store this now.") from problem

    async def get(self, name: str) -> bytes:
        """Return the bytes."""
        try:
            return await asyncio.to_thread(self._path(name).read_bytes)
        except FileNotFoundError:
            raise NotFound from None

    async def remove(self, name: str) -> None:
        """Take away."""
        await asyncio.to_thread(self._path(name).unlink, missing_ok=True)

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise NotFound
        return self._folder / name[:2] / name


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{new_id()}")
    try:
        with half.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        half.replace(path)
    except OSError:
        half.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
