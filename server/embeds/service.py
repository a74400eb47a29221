"""Who may frame a broadcast: sites of partners, as far as the court's policy licenses it."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Final

from aiohttp import web
from sqlalchemy.exc import IntegrityError

from server.approvals.policies import PolicyService
from server.approvals.policy import Place
from server.broadcasts.model import Broadcast
from server.database import Database
from server.embeds import store
from server.embeds.model import LONGEST_LIST, MOST_ORIGINS, Origin, accept_origin
from server.errors import Conflict, DatabaseUnavailable, NotFound
from server.identity import new_id
from server.journal.store import Deed, note
from server.partners.model import Partner

_LATELY_S: Final = 1.0


class Embeds:
    """The sites of all partners. For a page nothing is remembered, for frames that are open 1 s."""

    def __init__(self, database: Database, policies: PolicyService) -> None:
        self._database = database
        self._policies = policies
        self._told: dict[Place, tuple[float, Sequence[str]]] = {}

    async def ancestors(self, about: Broadcast) -> Sequence[str]:
        """Return the origins that may frame a broadcast now; none where the policy says so.

        A partner that is suspended, or has not accepted the terms that hold now, has none.
        """
        publicity = await self._policies.publicity()
        if not publicity.may_be_embedded(about.place):
            return ()
        async with self._database.read() as connection:
            return await store.allowed(connection, about.court_id)

    async def ancestors_lately(self, about: Broadcast) -> Sequence[str]:
        """Return the same as it was within the last second, for frames that ask again and again.

        While it cannot be asked what was known last stands.
        """
        place, now = about.place, time.monotonic()
        until, known = self._told.get(place, (0.0, None))
        if known is not None and now < until:
            return known
        if known is not None:
            self._told[place] = now + _LATELY_S, known  # one asks for all
        try:
            found = await self.ancestors(about)
        except DatabaseUnavailable:
            if known is None:
                raise
            return known
        self._told[place] = time.monotonic() + _LATELY_S, found
        return found

    async def of_partners(self, partners: Collection[str]) -> dict[str, list[Origin]]:
        """Return the origins of partners, by partner; one without any is not in it."""
        async with self._database.read() as connection:
            return await store.of_partners(connection, partners)

    async def add(self, partner: Partner, text: str, by: str) -> Origin:
        """Let a site of a partner embed; raises ``Invalid`` or ``Conflict``."""
        now = datetime.now(UTC)
        new = Origin(new_id(), partner.id, accept_origin(text), now)
        try:
            async with self._database.begin() as connection:
                its = await store.of_partners(connection, [partner.id])
                if len(its.get(partner.id, ())) >= MOST_ORIGINS:
                    raise Conflict("A partner has at most %(most)s sites.", most=MOST_ORIGINS)
                await store.add(connection, new)
                if _taken(await store.lengths(connection), partner.court) > LONGEST_LIST:
                    raise Conflict("This court has let as many sites embed as one answer can name.")
                deed = Deed("partner.site", f"partner:{partner.id}", by, {"origin": new.origin})
                await note(connection, deed, now)
        except IntegrityError:
            raise Conflict("This site may embed already.") from None
        return new

    async def remove(self, partner: Partner, identifier: str, by: str) -> None:
        """Let a site embed no more; frames that are open end too. Raises ``NotFound``."""
        async with self._database.begin() as connection:
            origin = await store.remove(connection, partner.id, identifier)
            if origin is None:
                raise NotFound
            deed = Deed("partner.site_removed", f"partner:{partner.id}", by, {"origin": origin})
            await note(connection, deed, datetime.now(UTC))


def _taken(lengths: dict[str | None, int], court: str | None) -> int:
    """Return the most characters that a page of a court has to name."""
    of_courts = {its: length for its, length in lengths.items() if its is not None}
    own = max(of_courts.values(), default=0) if court is None else of_courts.get(court, 0)
    return lengths.get(None, 0) + own


EMBEDS = web.AppKey("embeds", Embeds)
