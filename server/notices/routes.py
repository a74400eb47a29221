"""Public notices over HTTP: everybody reads them, the court's staff publishes them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, Field

from server.accounts.access import person_of, public, requires
from server.accounts.roles import Permission
from server.approvals.service import APPROVALS
from server.bodies import Body, answer_json, read_json, read_query
from server.database import DATABASE
from server.database.metadata import from_microseconds, to_microseconds
from server.errors import Malformed
from server.hearings.model import Change, ChangeKind
from server.hearings.participants.service import PARTICIPANTS
from server.hearings.service import HEARINGS
from server.notices.model import LONGEST_REASON, Notice, Text
from server.notices.service import MOST_LISTED, NOTICES, Announcement, Notices
from server.openapi import PREFIX, Operation, describe
from server.security import SETTINGS
from server.withdrawn import REGISTER

Reason = Annotated[str, Field(min_length=1, max_length=LONGEST_REASON)]


class Publishing(Body):
    """``late_reason`` is needed where the notice comes later than the court's policy asks for."""

    late_reason: Annotated[str, Field(max_length=LONGEST_REASON)] = ""


class Withdrawal(Body):
    """Why a notice is withdrawn; the public reads it."""

    reason: Reason


class Wanted(Body):
    """Which notices: of one court; the next ones after ``after``."""

    court: Annotated[str, Field(max_length=32)] | None = None
    after: Annotated[str, Field(max_length=60)] | None = None


class PartyView(BaseModel):
    """Somebody whom the law has named."""

    role: str
    name: str


class TextView(BaseModel):
    """What a notice says: the fields that the law names, and no others."""

    cause: str
    parties: list[PartyView]
    scheduled_at: datetime
    place: str
    place_en: str


class ChangeView(BaseModel):
    """That a hearing does not take place as announced; ``until``: when it does, if it is known."""

    kind: ChangeKind
    reason: str
    at: datetime
    until: datetime | None


class NoticeView(BaseModel):
    """A notice for everybody. ``state``: ``published``, ``replaced`` or ``withdrawn``.

    ``text`` is null when it does not hold any more; ``moved``: the hearing has another time or
    place by now, or none, and ``change`` says why where it was cancelled or adjourned.
    """

    id: str
    court: str
    court_name: str
    court_name_en: str
    state: str
    text: TextView | None
    moved: bool
    change: ChangeView | None
    published_at: datetime
    ended_at: datetime | None
    reason: str


class NoticeList(BaseModel):
    """Notices by the time of their hearing; ``next`` asks for those after them."""

    notices: list[NoticeView]
    next: str | None


class AnnouncementView(BaseModel):
    """Where a hearing stands with its notice.

    ``flaw``: ``none`` (there is none), ``changed`` (the hearing is another since), ``late``, or
    null when nothing stands against it. ``missing`` fields are to be entered first.
    """

    text: TextView
    missing: list[str]
    days: int
    needed_days: int
    flaw: str | None
    current: NoticeView | None
    notices: list[NoticeView]


def _text_view(text: Text) -> TextView:
    return TextView(
        cause=text.cause,
        parties=[PartyView(role=role, name=name) for role, name in text.parties],
        scheduled_at=text.scheduled_at,
        place=text.place,
        place_en=text.place_en,
    )


def _change_view(change: Change) -> ChangeView:
    return ChangeView(kind=change.kind, reason=change.reason, at=change.at, until=change.now_at)


def notice_view(notice: Notice) -> NoticeView:
    """Return what everybody may see of a notice; of one that has ended nobody's name."""
    ending = notice.ending
    return NoticeView(
        id=notice.id,
        court=notice.court,
        court_name=notice.court_name,
        court_name_en=notice.court_name_en,
        state=ending.kind if ending else "published",
        text=None if ending else _text_view(notice.text),
        moved=notice.moved,
        change=_change_view(notice.change) if notice.change else None,
        published_at=notice.published_at,
        ended_at=ending.at if ending else None,
        reason=ending.reason if ending else "",
    )


def announcement_view(its: Announcement) -> AnnouncementView:
    """Return what staff sees of a hearing's notices."""
    return AnnouncementView(
        text=_text_view(its.text),
        missing=list(its.text.missing),
        days=its.days,
        needed_days=its.needed_days,
        flaw=its.flaw,
        current=notice_view(its.current) if its.current else None,
        notices=[notice_view(one) for one in its.notices],
    )


def read_place(text: str | None) -> tuple[datetime, str] | None:
    """Return the place in the list that ``next`` named; raises ``Malformed``."""
    if not text:
        return None
    at, _, identifier = text.partition(".")
    if not (at.isascii() and at.isdigit() and len(at) < 17 and identifier):  # noqa: PLR2004
        raise Malformed("This is no place in the list.")
    return from_microseconds(int(at)), identifier


def next_place(found: list[Notice]) -> str | None:
    """Return what asks for the notices after these; None at the end of the list."""
    if len(found) < MOST_LISTED:
        return None
    last = found[-1]
    return f"{to_microseconds(last.text.scheduled_at)}.{last.id}"


@describe(Operation("Public notices of hearings", query=Wanted, answer=NoticeList, problems=(400,)))
@public
async def list_notices(request: web.Request) -> web.Response:
    """List the notices of today's and later hearings."""
    wanted = read_query(request, Wanted)
    found = await request.app[NOTICES].coming(wanted.court, read_place(wanted.after))
    views = [notice_view(one) for one in found]
    return answer_json(NoticeList(notices=views, next=next_place(found)))


@describe(Operation("A public notice", answer=NoticeView, problems=(404,)))
@public
async def show_notice(request: web.Request) -> web.Response:
    """Show a notice, or that it was withdrawn."""
    return answer_json(notice_view(await request.app[NOTICES].notice(request.match_info["notice"])))


@describe(
    Operation("A hearing's notice as it would be", answer=AnnouncementView, problems=(404, 503))
)
@requires(Permission.SCHEDULE)
async def show_announcement(request: web.Request) -> web.Response:
    """Show what a notice would say, what it lacks, and whether it is in time."""
    hearing = request.match_info["hearing"]
    return answer_json(
        announcement_view(await request.app[NOTICES].shown(hearing, person_of(request)))
    )


@describe(
    Operation(
        "Publish a hearing's notice",
        body=Publishing,
        answer=AnnouncementView,
        status=201,
        problems=(404, 409, 503),
    )
)
@requires(Permission.SCHEDULE)
async def publish_notice(request: web.Request) -> web.Response:
    """Publish a notice; one that is out is replaced."""
    body = await read_json(request, Publishing)
    its = await request.app[NOTICES].publish(
        request.match_info["hearing"], body.late_reason, person_of(request)
    )
    return answer_json(announcement_view(its), status=201)


@describe(
    Operation("Withdraw a notice", body=Withdrawal, answer=NoticeView, problems=(404, 409, 503))
)
@requires(Permission.SCHEDULE)
async def withdraw_notice(request: web.Request) -> web.Response:
    """Withdraw a notice."""
    body = await read_json(request, Withdrawal)
    found = await request.app[NOTICES].withdraw(
        request.match_info["notice"], body.reason, person_of(request)
    )
    return answer_json(notice_view(found))


async def _service(app: web.Application) -> AsyncIterator[None]:
    policies, zone = app[APPROVALS].policies, app[SETTINGS].time_zone
    hearings, participants, hidden = app[HEARINGS], app[PARTICIPANTS], app[REGISTER].of_hearing
    app[NOTICES] = Notices(app[DATABASE], hearings, participants, policies, zone, hidden)
    yield


def setup(app: web.Application) -> None:
    """Add the routes and the service."""
    app.cleanup_ctx.append(_service)
    app.router.add_get(f"{PREFIX}/notices", list_notices)
    app.router.add_get(f"{PREFIX}/notices/{{notice}}", show_notice)
    app.router.add_post(f"{PREFIX}/notices/{{notice}}/withdrawal", withdraw_notice)
    app.router.add_get(f"{PREFIX}/hearings/{{hearing}}/notice", show_announcement)
    app.router.add_post(f"{PREFIX}/hearings/{{hearing}}/notice", publish_notice)
