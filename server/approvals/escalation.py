"""Writes down that an overdue step has gone up (限时办结), once, by whichever server sees it first.

That it has is computed whenever somebody asks (``reminders``); the journal needs somebody to look.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import structlog

from server.approvals import store
from server.approvals.model import Application, SignedStep, Submission
from server.approvals.reminders import WentUp, went_up
from server.database import Database
from server.errors import ServiceError
from server.journal.store import Deed, note

LOOK_SECONDS = 30.0
AT_ONCE = 500
_log = structlog.stdlib.get_logger(__name__)


class Escalations:
    """Looks at everything that waits for a signature, at every court."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def run(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            try:
                await self.look(datetime.now(UTC))
            except ServiceError as problem:
                _log.warning("overdue steps wait for the journal", problem=problem.text)
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self, now: datetime) -> None:
        """Write down each step that has gone up and is not in the journal yet."""
        after = ""
        while True:
            async with self._database.read() as connection:
                found = await store.waiting(connection, after, AT_ONCE)
                laid = await store.submissions_of(connection, found)
                signed = await store.steps_of(connection, [one.id for one in found])
                deeds = deeds_of(found, laid, signed, now)
                known = await store.noted(connection, {one.source for one in deeds})
            for deed in deeds:
                if deed.source not in known:
                    await self._write(deed, now)
            if len(found) < AT_ONCE:
                return
            after = found[-1].id

    async def _write(self, deed: Deed, now: datetime) -> None:
        async with self._database.begin() as connection:
            is_new = await note(connection, deed, now)
        if is_new:
            _log.info("overdue step went up", object=deed.object, role=deed.details["role"])


def deeds_of(
    found: Sequence[Application],
    laid: Mapping[str, Submission],
    signed: Mapping[str, Sequence[SignedStep]],
    now: datetime,
) -> list[Deed]:
    """Return what is to be noted of applications, with what was laid and signed by their ids."""
    deeds = []
    for one in found:
        try:
            its = went_up(one, laid.get(one.id), signed.get(one.id, ()), now)
        except (ValueError, LookupError, TypeError):  # changed in the database: the others go on
            _log.warning("application unreadable", application=one.id)
            continue
        if its is not None:
            deeds.append(_deed(its))
    return deeds


def _deed(its: WentUp) -> Deed:
    whose = its.turn
    return Deed(
        "application.escalate",
        f"application:{its.application}",
        details={
            "round": its.round,
            "step": whose.number,
            "role": whose.role,
            "to": its.to.value,
            "waiting_since": whose.waiting_since.isoformat(),
            "due_at": whose.due_at.isoformat(),
        },
        source=f"escalation:{its.application}:{its.round}:{whose.number}",
    )
