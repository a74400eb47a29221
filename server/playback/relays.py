"""All relays of this machine as one: viewers are spread over them by load."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence

from aiohttp import web

from media import Answer, Change, Changed, Offer, Posted, SessionFigures
from server.errors import NotFound, TooMany, Unavailable
from server.playback.relay import RelayClient

FULL = 503
# A relay takes 200 viewers that are not connected yet; whoever asks and never connects from one
# place must leave room for the others.
MOST_HALF_OPEN_PER_ADDRESS = 80
_HALF_OPEN_RETRY_SECONDS = 5


class Relays:
    """Hands each offer to the relay with the fewest viewers; keeps to it for the session's life."""

    def __init__(self, clients: Sequence[RelayClient]) -> None:
        self.clients = tuple(clients)
        self._asking: Counter[str] = Counter()  # offers without an answer yet, by address
        self._half_open: dict[str, str] = {}  # address by session, while it is not connected

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

    async def offer(self, offer: Offer, address: str) -> Answer:
        """Hand an offer over and wait for the answer; raises ``TooMany`` and ``Unavailable``.

        A relay that is full, dead or does not answer is passed over as long as there is another.
        ``address`` is where the viewer asks from; not passed on.
        """
        if self._half_open_of(address) >= MOST_HALF_OPEN_PER_ADDRESS:
            raise TooMany("Too many requests from here.", retry_after_s=_HALF_OPEN_RETRY_SECONDS)
        self._asking[address] += 1
        try:
            answer = await self._answer(offer)
        finally:
            self._asking[address] -= 1
            if not self._asking[address]:
                del self._asking[address]
        if answer.sdp:
            self._half_open[offer.session] = address
        return answer

    def _half_open_of(self, address: str) -> int:
        """Return how many of an address ask or are not connected; forget who has settled."""
        for session in tuple(self._half_open):
            client = self._keeper(session)
            if client is None or client.sessions[session].state != "connecting":
                del self._half_open[session]
        return self._asking[address] + list(self._half_open.values()).count(address)

    async def _answer(self, offer: Offer) -> Answer:
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

    def post(self, posted: Posted) -> None:
        """Tell all relays that have viewers of the broadcast."""
        for client in self.clients:
            client.post(posted)

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
