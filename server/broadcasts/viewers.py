"""Who tells how many people are watching: ``server.audience`` puts itself here."""

from __future__ import annotations

from typing import Protocol

from aiohttp import web


class ViewerCount(Protocol):
    """Counts present viewers."""

    def watching(self, broadcast: str) -> int:
        """Return how many watch a broadcast now, over all media."""


VIEWERS: web.AppKey[ViewerCount] = web.AppKey("viewer_count")


def viewers_of(app: web.Application, broadcast: str) -> int:
    """Return how many watch now; 0 while nobody counts."""
    count = app.get(VIEWERS)
    return count.watching(broadcast) if count else 0


def untold() -> None:
    """Tell the public nothing of how many watch, where the court's policy asks for that."""
