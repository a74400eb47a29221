"""What every store of bytes does."""

from __future__ import annotations

from typing import Protocol

from aiohttp import web


class Blobs(Protocol):
    """Named bytes. A name is lower-case letters, digits, ``-``, ``_`` and one extension."""

    async def put(self, name: str, data: bytes) -> None:
        """Store, whole or not at all; the same name again replaces."""

    async def get(self, name: str) -> bytes:
        """Return the bytes; raises ``NotFound``."""

    async def remove(self, name: str) -> None:
        """Take away; nothing happens if there is none."""


BLOBS: web.AppKey[Blobs] = web.AppKey("blobs")
