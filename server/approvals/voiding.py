"""Makes applications void: another hearing than the one that was approved is not approved."""

from __future__ import annotations

from collections.abc import Set
from datetime import UTC, datetime

from server.approvals import store
from server.approvals.chain import changed_facts
from server.approvals.dossier import Dossiers, facts_of
from server.approvals.model import OPEN, Application, State
from server.database import Database
from server.hearings.model import Hearing
from server.hearings.service import HearingService
from server.journal.store import Deed, note

_BINDING = frozenset({State.SUBMITTED, State.AGREED})


class Voiding:
    """Watches over what was submitted or agreed (rule B-04)."""

    def __init__(self, database: Database, dossiers: Dossiers, hearings: HearingService) -> None:
        self._database = database
        self._dossiers = dossiers
        hearings.on_change(follow=self._follow)

    async def void(
        self,
        found: Application,
        because: tuple[str, ...],
        by: str = "",
        states: Set[State] = OPEN,
    ) -> None:
        """Make an application void, unless it is in none of ``states`` any more.

        ``because`` are codes.

        Also if it was submitted or signed meanwhile: what makes it void holds for that, too.
        """
        now = datetime.now(UTC)
        async with self._database.begin() as connection:
            still = await store.application(connection, found.id)
            if still is None or still.state not in states:
                return
            if not await store.stand(connection, still, State.VOID, now, ",".join(because)):
                return
            deed = Deed(
                "application.void", f"application:{found.id}", by, {"because": list(because)}
            )
            await note(connection, deed, now)

    async def if_changed(self, found: Application, hearing: Hearing) -> tuple[str, ...]:
        """Make void what was submitted for another hearing than this; return what differs."""
        if found.state not in _BINDING:
            return ()
        async with self._database.read() as connection:
            laid = await store.submission(connection, found)
        changed = changed_facts(laid, facts_of(hearing)) if laid else ()
        if changed:
            await self.void(found, changed, states=_BINDING)
        return changed

    async def if_other_media(self, found: Application, media: frozenset[str]) -> bool:
        """Make void what was submitted for other media than these; tell whether it was."""
        differs = found.state in _BINDING and set(found.form.media) != media
        if differs:
            await self.void(found, ("media",), states=_BINDING)
        return differs

    async def _follow(self, before: Hearing, after: Hearing) -> None:
        found = await self._dossiers.of_hearing(before.id)
        if found is None:
            return
        if after.cancelled_at is not None and found.state in OPEN:
            await self.void(found, ("called_off",))
        else:
            await self.if_changed(found, after)
