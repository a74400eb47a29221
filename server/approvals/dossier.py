"""Reads applications with all that belongs to them."""

from __future__ import annotations

from collections.abc import Collection, Set
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from server.accounts.model import Person
from server.accounts.roles import Permission
from server.approvals import store
from server.approvals.chain import Turn, may_sign, turn
from server.approvals.checklist import Question
from server.approvals.findings import Findings, find
from server.approvals.model import (
    Application,
    Attachment,
    Facts,
    Refusal,
    SignedStep,
    State,
    Submission,
)
from server.approvals.policies import PolicyService
from server.approvals.policy import CourtPolicy
from server.approvals.reminders import Pending, Reminder, in_order, reminder
from server.database import Database
from server.errors import Conflict, NotFound
from server.hearings import store as hearing_store
from server.hearings.model import Hearing
from server.hearings.service import HearingService
from server.wording import marked

MOST_LISTED = 200
_CHANGED = marked("The hearing was changed at this moment: look at it again.")
_AT_ONCE = 200
_YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Dossier:
    """An application with its hearing, its court's policy, and what was signed so far.

    ``submission`` and ``turn`` are of the newest round, ``steps`` of all.
    """

    application: Application
    hearing: Hearing
    policy: CourtPolicy
    questions: tuple[Question, ...]
    findings: Findings
    submission: Submission | None
    steps: tuple[SignedStep, ...]
    refusal: Refusal | None
    attachments: tuple[Attachment, ...] = ()

    @property
    def facts(self) -> Facts:
        """What an approval is about, as the calendar has it now."""
        return facts_of(self.hearing)

    @property
    def turn(self) -> Turn | None:
        """The step that is waited for."""
        if self.submission is None or self.application.state is not State.SUBMITTED:
            return None
        return turn(self.submission, self.steps)

    def may_be_signed_by(self, person: Person) -> bool:
        """Tell whether it is this person's turn."""
        whose = self.turn
        return whose is not None and may_sign(
            self.application, whose, self.facts, self.steps, person, self.hearing.division
        )


class Dossiers:
    """The dossiers of all courts; who holds ``APPLICATIONS`` at the court reads them."""

    def __init__(
        self, database: Database, hearings: HearingService, policies: PolicyService
    ) -> None:
        self._database = database
        self._hearings = hearings
        self._policies = policies

    async def application(self, identifier: str) -> Application:
        """Return an application; raises ``NotFound``."""
        async with self._database.read() as connection:
            found = await store.application(connection, identifier)
        if found is None:
            raise NotFound
        return found

    async def of_hearing(self, hearing: str) -> Application | None:
        """Return a hearing's application: the open one, or else the newest."""
        async with self._database.read() as connection:
            return await store.of_hearing(connection, hearing)

    async def of_hearings(self, hearings: Collection[str]) -> dict[str, str]:
        """Return the open applications of hearings: their ids, by hearing."""
        async with self._database.read() as connection:
            return await store.open_of(connection, hearings)

    async def shown(self, identifier: str, by: Person) -> Dossier:
        """Return a dossier; raises ``NotFound`` or ``Forbidden``."""
        found = await self.application(identifier)
        by.must(Permission.APPLICATIONS, found.court)
        hearing = await self._hearings.hearing(found.hearing)
        policy = await self._policies.needed(found.court)
        checklist = self._policies.library.checklist_of(policy.rules).rules
        demands = policy.rules.demands
        # A reason that another judge wrote is none of this hearing's presiding judge.
        explained = frozenset(
            code for code, its in found.reasons.items() if its.by == hearing.judge
        )
        async with self._database.read() as connection:
            return Dossier(
                found,
                hearing,
                policy,
                checklist.asked(demands),
                find(checklist, demands, hearing.nature, found.form.answers, explained),
                await store.submission(connection, found),
                tuple(await store.steps(connection, identifier)),
                await store.refusal(connection, identifier),
                tuple(await store.attachments(connection, identifier)),
            )

    async def listed(self, states: Set[State], by: Person) -> list[Application]:
        """Return at most 200 applications in these states that ``by`` may read, newest first."""
        courts = by.courts(Permission.APPLICATIONS)
        async with self._database.read() as connection:
            return await store.listed(connection, courts, states, MOST_LISTED)

    async def reminders(self, by: Person, now: datetime) -> list[Reminder]:
        """Return what waits for this person or has gone up to them, what is due first before.

        All that is open is looked at, a page at a time, so that nothing is forgotten behind newer
        ones; of what waits for them the first ``MOST_LISTED`` are returned.
        """
        courts, after = by.courts(Permission.APPLICATIONS), ""
        waits: list[Reminder] = []
        while True:
            async with self._database.read() as connection:
                found = await store.open_to(connection, by.id, courts, after, _AT_ONCE)
            pending = await self._pending(found)
            more = (its for one in pending if (its := reminder(one, by, now)))
            waits = in_order([*waits, *more])[:MOST_LISTED]
            if len(found) < _AT_ONCE:
                return waits
            after = found[-1].id

    async def _pending(self, found: Collection[Application]) -> list[Pending]:
        about = await self._hearings.of_ids({one.hearing for one in found})
        async with self._database.read() as connection:
            laid = await store.submissions_of(connection, found)
            signed = await store.steps_of(connection, [one.id for one in found])
        return [
            Pending(
                one,
                about[one.hearing],
                facts_of(about[one.hearing]),
                laid.get(one.id),
                tuple(signed.get(one.id, ())),
            )
            for one in found
        ]

    async def in_time(self, by: Person, now: datetime) -> dict[str, tuple[int, int]]:
        """Return how many signatures of the last year came in time, of how many, by role."""
        courts = by.courts(Permission.APPLICATIONS)
        async with self._database.read() as connection:
            return await store.in_time(connection, courts, now - _YEAR)

    async def waiting(self, by: Person) -> list[Dossier]:
        """Return what waits for any signature, what is due first before the others.

        At most ``MOST_LISTED``, those that nobody has touched for the longest time.
        """
        courts = by.courts(Permission.APPLICATIONS)
        async with self._database.read() as connection:
            found = await store.listed(
                connection, courts, {State.SUBMITTED}, MOST_LISTED, oldest_first=True
            )
        dossiers = [await self.shown(one.id, by) for one in found]
        due = [(its.turn.due_at, its) for its in dossiers if its.turn is not None]
        return [its for _, its in sorted(due, key=lambda pair: pair[0])]


async def must_be_unchanged(connection: AsyncConnection, dossier: Dossier) -> None:
    """Raise ``Conflict`` where the hearing has changed since the dossier was read.

    To be asked in the transaction that writes: whoever changes the hearing afterwards finds what
    was written, and makes it void.
    """
    seen = dossier.hearing
    now = await hearing_store.hearing(connection, seen.id)
    if now is None or (facts_of(now), now.division) != (facts_of(seen), seen.division):
        raise Conflict(_CHANGED)
    if now.cancelled_at != seen.cancelled_at:
        raise Conflict(_CHANGED)


def facts_of(hearing: Hearing) -> Facts:
    """Return what an approval of this hearing is about."""
    return Facts(
        hearing=hearing.id,
        case_number=hearing.case_number,
        nature=hearing.nature,
        cause=hearing.cause,
        courtroom=hearing.courtroom,
        judge=hearing.judge,
        scheduled_at=hearing.scheduled_at.isoformat(),
    )
