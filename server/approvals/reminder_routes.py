"""What waits for the reader over HTTP, and how timely the signatures were (限时办结)."""

from __future__ import annotations

from datetime import UTC, datetime

from aiohttp import web
from pydantic import BaseModel

from server.accounts.access import person_of, requires
from server.accounts.roles import Permission
from server.approvals.reminders import Kind, Reminder
from server.approvals.service import APPROVALS
from server.approvals.views import TurnView
from server.bodies import answer_json
from server.hearings.routes import HearingView, hearing_view
from server.openapi import PREFIX, Operation, describe


class ReminderView(BaseModel):
    """An application that waits for the reader.

    ``kind``: ``mine`` is to be signed, ``returned`` to be written anew, ``escalated`` is somebody
    else's step that is overdue and has gone up to the reader.
    """

    kind: Kind
    application: str
    hearing: HearingView
    turn: TurnView | None


class TimelinessView(BaseModel):
    """Signatures of a role in the last 365 days: how many, and how many within the limit."""

    role: str
    signed: int
    in_time: int


class Reminders(BaseModel):
    """What waits for the reader, due first before the others, and the measure of the limits."""

    reminders: list[ReminderView]
    timeliness: list[TimelinessView]


def reminder_view(one: Reminder) -> ReminderView:
    """Return a reminder as its reader sees it."""
    whose = one.turn
    return ReminderView(
        kind=one.kind,
        application=one.application.id,
        hearing=hearing_view(one.hearing),
        turn=TurnView(
            number=whose.number,
            role=whose.role,
            waiting_since=whose.waiting_since,
            due_at=whose.due_at,
            late=one.is_late,
        )
        if whose
        else None,
    )


@describe(Operation("What waits for the reader", answer=Reminders))
@requires(Permission.APPLICATIONS)
async def show_reminders(request: web.Request) -> web.Response:
    """List what waits for the reader or has gone up to them."""
    by, now = person_of(request), datetime.now(UTC)
    dossiers = request.app[APPROVALS].dossiers
    timely = await dossiers.in_time(by, now)
    return answer_json(
        Reminders(
            reminders=[reminder_view(one) for one in await dossiers.reminders(by, now)],
            timeliness=[
                TimelinessView(role=role, signed=signed, in_time=in_time)
                for role, (in_time, signed) in timely.items()
            ],
        )
    )


def setup(app: web.Application) -> None:
    """Add the route; it comes before those of one application."""
    app.router.add_get(f"{PREFIX}/applications/reminders", show_reminders)
