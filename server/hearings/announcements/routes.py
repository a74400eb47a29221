"""The announcement in court over HTTP, for staff."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, Field

from server.accounts.access import person_of, requires
from server.accounts.roles import Permission
from server.accounts.service import ACCOUNTS
from server.bodies import Body, Moment, answer_json, read_json
from server.database import DATABASE
from server.errors import Forbidden
from server.hearings.announcements.model import LONGEST_NOTE, CourtAnnouncement, Speaker
from server.hearings.announcements.phrases import announced
from server.hearings.announcements.service import ANNOUNCEMENTS, Announcements, may_read
from server.hearings.service import HEARINGS
from server.openapi import PREFIX, Operation, describe
from server.reader import language_of

_LOG = f"{PREFIX}/hearings/{{hearing}}/announcements"


class NewAnnouncement(Body):
    """That the broadcast was announced: by whom, and when (now if it is left out).

    ``speaker`` null takes back what was written before; ``note`` says why.
    """

    speaker: Speaker | None
    at: Moment | None = None
    note: Annotated[str, Field(max_length=LONGEST_NOTE)] = ""


class AnnouncementView(BaseModel):
    """An entry, also in the reader's words; ``judge`` and ``written_by`` are names.

    ``speaker`` null: what was written before is taken back.
    """

    speaker: str | None
    judge: str
    in_words: str
    at: datetime
    note: str
    written_by: str
    written_at: datetime


class AnnouncementLog(BaseModel):
    """The entries in their order; ``standing`` is the one that holds, null: none does."""

    standing: AnnouncementView | None
    log: list[AnnouncementView]


async def announcement_view(
    request: web.Request, one: CourtAnnouncement, zone: str
) -> AnnouncementView:
    """Return what staff sees of an entry; ``zone`` is the court's."""
    people = request.app[ACCOUNTS]
    judge = await people.display_name(one.judge) if one.judge else ""
    return AnnouncementView(
        speaker=one.speaker.value if one.speaker else None,
        judge=judge,
        in_words=announced(one, judge, zone, language_of(request)),
        at=one.at,
        note=one.note,
        written_by=await people.display_name(one.written_by),
        written_at=one.written_at,
    )


@describe(Operation("That a broadcast was announced in court", answer=AnnouncementLog))
@requires(Permission.CALENDAR)
async def list_announcements(request: web.Request) -> web.Response:
    """List what was written down about a hearing."""
    app, by = request.app, person_of(request)
    hearing = await app[HEARINGS].hearing(request.match_info["hearing"])
    if not may_read(by, hearing):
        raise Forbidden("Your role at this court does not allow this.")
    holds = await app[ANNOUNCEMENTS].standing(hearing.id)
    return answer_json(
        AnnouncementLog(
            standing=await announcement_view(request, holds, hearing.time_zone) if holds else None,
            log=[
                await announcement_view(request, one, hearing.time_zone)
                for one in await app[ANNOUNCEMENTS].log_of(hearing.id)
            ],
        )
    )


@describe(
    Operation(
        "Write down that a broadcast was announced in court",
        body=NewAnnouncement,
        answer=AnnouncementView,
        status=201,
        problems=(404, 409),
    )
)
@requires(Permission.WATCH_ROOM)
async def add_announcement(request: web.Request) -> web.Response:
    """Append an entry."""
    new = await read_json(request, NewAnnouncement)
    hearing = await request.app[HEARINGS].hearing(request.match_info["hearing"])
    at = new.at.astimezone(UTC) if new.at else None
    made = await request.app[ANNOUNCEMENTS].write(
        hearing, new.speaker, at, new.note, person_of(request)
    )
    return answer_json(await announcement_view(request, made, hearing.time_zone), status=201)


async def _service(app: web.Application) -> AsyncIterator[None]:
    app[ANNOUNCEMENTS] = Announcements(app[DATABASE])
    yield


def setup(app: web.Application) -> None:
    """Add the routes and the service."""
    app.cleanup_ctx.append(_service)
    app.router.add_get(_LOG, list_announcements)
    app.router.add_post(_LOG, add_announcement)
