"""All relays of this machine as one: viewers are spread over them by load."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence

from aiohttp import web

from media import Answer, Change, Changed, Offer, SessionFigures
from server.errors import NotFound, Unavailable
from server.playback.relay import RelayClient

FULL = 503


class Relays:
    """Hands each offer to the relay with the fewest viewers; keeps to it for the session's life."""

    def __init__(self, clients: Sequence[RelayClient]) -> None:
        self.clients = tuple(clients)

    @property
    def connected(self) -> int:
        """How many of them can be asked."""
        return sum(client.is_connected for client in self.clients)

    def sessions(self) -> Iterator[SessionFigures]:
        """Yield what is known of every session that is open."""
        for client in self.clients:
            yield from client.sessions.values()

    def broadcast_of(self, session: str) -> str | None:
        """Return the broadcast of a session that is open, None if there is no such session."""
        client = self._keeper(session)
        return None if client is None else client.sessions[session].broadcast

    def count(self, broadcast: str) -> int:
        """Return how many sessions of a broadcast are open."""
        return sum(session.broadcast == broadcast for session in self.sessions())

    async def offer(self, offer: Offer) -> Answer:
        """Hand an offer over and wait for the answer; raises ``Unavailable``.

        A relay that is full, dead or does not answer is passed over as long as there is another.
        """
        refusal: Answer | None = None
        for client in sorted(self.clients, key=lambda its: its.load):
            try:
                answer = await client.offer(offer)
            except Unavailable:
                continue
            if answer.status != FULL:
                return answer
            refusal = answer
        if refusal is None:
            raise Unavailable("The lowest delay is not available now.", retry_after_s=2)
        return refusal

    async def change(self, change: Change) -> Changed:
        """Hand a change over; raises ``NotFound`` for no open session, and ``Unavailable``."""
        client = self._keeper(change.session)
        if client is None:
            raise NotFound("There is no such session.")
        return await client.change(change)

    def close(self, session: str) -> None:
        """End a session, if there is one."""
        client = self._keeper(session)
        if client is not None:
            client.close(session)

    async def run(self) -> None:
        """Keep connected to all until cancelled."""
        async with asyncio.TaskGroup() as group:
            for client in self.clients:
                group.create_task(client.run())

    def _keeper(self, session: str) -> RelayClient | None:
        return next((client for client in self.clients if session in client.sessions), None)


RELAYS: web.AppKey[Relays] = web.AppKey("relays", Relays)
