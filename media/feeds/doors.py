"""The cameras of a recorder to which publishers may come by WHIP.

Knows the sources by what they can do: WebRTC is loaded where a camera needs it and nowhere else.
"""

from __future__ import annotations

import asyncio
from typing import Protocol, runtime_checkable

from media.session_messages import Answer, FeedOffer

CREATED, CONFLICT = 201, 409


class OfferRefused(Exception):
    """An offer cannot be answered; ``status`` is the HTTP status that says why."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


@runtime_checkable
class Door(Protocol):
    """A source to which one publisher at a time may come."""

    async def offer(self, session: str, sdp: str) -> str:
        """Answer a publisher's SDP; raises ``OfferRefused``."""

    def end(self, session: str) -> None:
        """End the session if it is the one that publishes."""

    async def stop(self) -> None:
        """End whoever publishes, and wait for it."""


class Doors:
    """By camera."""

    def __init__(self) -> None:
        self._doors: dict[str, Door] = {}

    def add(self, camera: str, source: object) -> None:
        """Take note of a camera's source if publishers may come to it."""
        if isinstance(source, Door):
            self._doors[camera] = source

    async def answer(self, offer: FeedOffer) -> Answer:
        """Let a publisher in, or say why not."""
        door = self._doors.get(offer.camera)
        if door is None:
            # the recorder was started before the camera got this address
            return Answer(offer.session, CONFLICT, "", "the camera is not recorded like this yet")
        try:
            sdp = await door.offer(offer.session, offer.sdp)
        except OfferRefused as refusal:
            return Answer(offer.session, refusal.status, "", refusal.reason)
        return Answer(offer.session, CREATED, sdp, "")

    def end(self, session: str) -> None:
        """End a session."""
        for door in self._doors.values():
            door.end(session)

    async def close(self) -> None:
        """End all sessions."""
        await asyncio.gather(*(door.stop() for door in self._doors.values()))
