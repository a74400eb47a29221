"""Asks whether a broadcast may go on the air, and takes the last confirmations before it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from server.accounts.model import Person
from server.approvals.clearance import Given
from server.approvals.cleared import CAMERAS, OBJECTIONS, Clearance
from server.approvals.model import State, media_of
from server.approvals.pilot import Pilot
from server.approvals.policy import CourtPolicy, Policy, ReplayPlan
from server.approvals.service import ApprovalService
from server.broadcasts.model import Broadcast
from server.broadcasts.readiness import (
    Announced,
    Hindrance,
    camera_subject,
    hindrances,
    refuse_unless_ready,
    too_short,
    without_policy,
)
from server.courts.service import CourtService
from server.errors import Conflict, Forbidden
from server.hearings.announcements.service import Announcements
from server.hearings.model import Hearing
from server.hearings.participants.service import Participants
from server.notices.service import Notices


@dataclass(frozen=True, slots=True)
class Outlook:
    """Whether a broadcast may start: by a policy (``clearance``), or while a pilot runs."""

    clearance: Clearance | None
    pilot: Pilot | None
    hindrances: tuple[Hindrance, ...]

    @property
    def policy(self) -> CourtPolicy | None:
        """The policy that holds there."""
        return self.clearance.policy if self.clearance else None


class Readiness:
    """Between the rules of the court and the air: a policy is obeyed, or a pilot was ordered."""

    def __init__(
        self,
        courts: CourtService,
        approvals: ApprovalService,
        participants: Participants,
        announcements: Announcements,
        notices: Notices,
    ) -> None:
        self._courts = courts
        self._approvals = approvals
        self._participants = participants
        self._announcements = announcements
        self._notices = notices

    async def clearance(self, about: Broadcast) -> Clearance | None:
        """Return what policy and signatures say; None without a policy."""
        media = media_of(video=about.has_video, report=about.has_report)
        return await self._approvals.clearances.of(about.hearing, media)

    async def rules(self, about: Broadcast) -> Policy | None:
        """Return the policy that a broadcast goes by: the one it began under; None without."""
        return await self._approvals.policies.at(about.place)

    async def outlook(self, about: Broadcast) -> Outlook:
        """Return what stands against the start."""
        clearance = await self.clearance(about)
        if clearance is not None:
            return Outlook(clearance, None, await self._against(about, clearance))
        pilot, now = await self._approvals.pilots.newest(about.court_id), datetime.now(UTC)
        return Outlook(None, pilot, without_policy(pilot, now, about.hearing.time_zone))

    async def _against(self, about: Broadcast, clearance: Clearance) -> tuple[Hindrance, ...]:
        room = about.hearing.courtroom
        in_room = {camera.id for camera in await self._courts.cameras(room)}
        announced = await self._announced(about.hearing)
        return hindrances(about, clearance, await self._courts.masks(room), in_room, announced)

    async def _announced(self, hearing: Hearing) -> Announced:
        its = await self._notices.announcement(hearing)
        people = tuple(await self._participants.as_noted(hearing.id))
        texts = (hearing.title, hearing.title_en, hearing.cause)
        in_court = await self._announcements.as_noted(hearing.id) is not None
        return Announced(its.flaw, people, texts, in_court)

    async def must_be_ready(self, about: Broadcast, by: Person) -> CourtPolicy | None:
        """Raise ``NotReady`` with every rule that stands against the start.

        Returns the policy that it begins under, None while a pilot stands for one. Raises
        ``Forbidden`` for whoever has signed the approval: approver and operator are two people
        (rule B-45), also if somebody became the other only afterwards.
        """
        outlook = await self.outlook(about)
        refuse_unless_ready(outlook.hindrances)
        if outlook.clearance is not None and by.id in outlook.clearance.signers:
            raise Forbidden("Who signed the approval cannot start the broadcast.")
        return outlook.policy

    async def keep(self, connection: AsyncConnection, policy: CourtPolicy, at: datetime) -> None:
        """Keep the words of a policy that a broadcast begins under."""
        await self._approvals.policies.keep(connection, policy.rules.name, at)

    async def must_allow_delay(self, about: Broadcast, seconds: float) -> None:
        """Raise ``NotReady`` for a delay below the policy's (rule B-10)."""
        policy = await self._approvals.policies.as_chosen(about.court_id)
        if policy is not None and policy.covers(about.hearing.courtroom):
            refuse_unless_ready(tuple(too_short(seconds * 1000, policy)))

    async def replay_plan(self, about: Broadcast, ended_at: datetime) -> ReplayPlan:
        """Return what becomes of the replay (E-26, B-29); without a policy it is public."""
        return await self._approvals.clearances.replay_plan(about.hearing, about.policy, ended_at)

    async def confirm(self, about: Broadcast, given: Given, by: Person) -> None:
        """Write down a confirmation, or that somebody goes past a soft rule."""
        clearance = await self.clearance(about)
        if clearance is None:
            raise Conflict("This court has chosen no policy yet.")
        if given.code == CAMERAS:
            given = replace(given, subject=camera_subject(about))
        if given.code == OBJECTIONS:
            announced = await self._announced(about.hearing)
            given = replace(given, subject=announced.objection_subject)
        await self._approvals.clearances.confirm(given, clearance, by)

    async def must_match(self, hearing: Hearing, media: frozenset[str]) -> None:
        """Raise ``Conflict`` for a plan in other media than were approved."""
        found = await self._approvals.dossiers.of_hearing(hearing.id)
        if found is not None and found.state is State.AGREED and set(found.form.media) != media:
            raise Conflict("Other media were approved than are to be broadcast.")

    async def media_changed(self, hearing: Hearing, media: frozenset[str]) -> None:
        """Make void what was approved for other media than these."""
        found = await self._approvals.dossiers.of_hearing(hearing.id)
        if found is not None:
            await self._approvals.voiding.if_other_media(found, media)
