"""The announcement in court on the pages of staff."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from server.accounts.access import person_of
from server.accounts.service import ACCOUNTS
from server.errors import DatabaseUnavailable
from server.hearings.announcements.model import CourtAnnouncement
from server.hearings.announcements.phrases import announced
from server.hearings.announcements.routes import AnnouncementView, announcement_view
from server.hearings.announcements.service import ANNOUNCEMENTS, may_announce
from server.hearings.model import Hearing
from server.request_keys import LANGUAGE


@dataclass(frozen=True, slots=True)
class AnnouncedLine:
    """What a desk shows; ``words`` is empty while it is outstanding, ``may``: may write it down."""

    hearing: str
    words: str
    may: bool


async def announced_line(request: web.Request, hearing: Hearing) -> AnnouncedLine:
    """Return the desk's line; without the database it is outstanding until the desk is told."""
    may = may_announce(person_of(request), hearing.court)
    try:
        found = await request.app[ANNOUNCEMENTS].standing(hearing.id)
        words = await _words(request, found, hearing) if found else ""
    except DatabaseUnavailable:
        words = ""
    return AnnouncedLine(hearing.id, words, may)


async def _words(request: web.Request, found: CourtAnnouncement, hearing: Hearing) -> str:
    people = request.app[ACCOUNTS]
    judge = await people.display_name(found.judge) if found.judge else ""
    return announced(found, judge, hearing.time_zone, request[LANGUAGE])


async def announcement_log(request: web.Request, hearing: Hearing) -> list[AnnouncementView]:
    """Return all that was written down about a hearing, for its file."""
    log = await request.app[ANNOUNCEMENTS].log_of(hearing.id)
    return [await announcement_view(request, one, hearing.time_zone) for one in log]
