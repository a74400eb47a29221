"""The pilots of courts as their pages show them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from aiohttp import web

from server.accounts.service import ACCOUNTS
from server.approvals.pilot import Pilot, last_day_of
from server.approvals.policy import Place
from server.approvals.service import APPROVALS
from server.broadcasts.model import Broadcast
from server.broadcasts.state import State
from server.courts.model import Court
from server.errors import Unavailable
from server.hearings.model import Hearing


@dataclass(frozen=True, slots=True)
class PilotView:
    """A court that has no policy in all its courtrooms, and its pilot if it ever had one.

    ``by`` is who ordered it; days are of the court, ISO 8601; ``zone`` is its IANA name. A new one
    can be ordered for ``first_day`` to ``latest_day``, if these are in that order.
    """

    newest: Pilot | None
    runs: bool
    by: str
    zone: str
    first_day: str
    latest_day: str

    @property
    def may_be_ordered(self) -> bool:
        """Whether the court has not had all its days."""
        return self.first_day <= self.latest_day


async def pilot_of(request: web.Request, court: Court) -> PilotView | None:
    """Return a court's pilot for its page; None where a policy holds everywhere, or is lost."""
    approvals, now = request.app[APPROVALS], datetime.now(UTC)
    try:
        policy = await approvals.policies.of(court.id)
    except Unavailable:
        return None
    if policy is not None and policy.courtrooms is None:
        return None
    found = await approvals.pilots.newest(court.id)
    return PilotView(
        found,
        found is not None and found.runs(now),
        await request.app[ACCOUNTS].display_name(found.ordered_by) if found else "",
        court.time_zone,
        now.astimezone(ZoneInfo(court.time_zone)).date().isoformat(),
        last_day_of(found.began_at if found else now, court.time_zone).isoformat(),
    )


async def running_pilot(
    request: web.Request, hearing: Hearing, broadcast: Broadcast | None
) -> Pilot | None:
    """Return the pilot under which a hearing would begin to be broadcast now; None without."""
    has_begun = broadcast is not None and broadcast.state is not State.PLANNED
    if has_begun or hearing.cancelled_at is not None:
        return None
    approvals = request.app[APPROVALS]
    try:
        if await approvals.policies.at(Place(hearing.court, hearing.courtroom)) is not None:
            return None
        found = await approvals.pilots.newest(hearing.court)
    except Unavailable:
        return None
    return found if found is not None and found.runs(datetime.now(UTC)) else None
