"""A hearing entered by hand, and how it is to be broadcast."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from aiohttp import web

from server.accounts.access import person_of, requires
from server.accounts.people import PEOPLE
from server.accounts.roles import Permission
from server.approvals.service import APPROVALS
from server.broadcasts.model import DEFAULT_DELAY_S, Broadcast, Medium
from server.broadcasts.state import State
from server.courts.divisions import DIVISIONS
from server.courts.service import COURTS
from server.errors import Unavailable
from server.hearings.case_number import LONGEST
from server.hearings.model import Hearing
from server.pages.console import desk_page, named
from server.pages.courts import courts_where
from server.request_keys import LANGUAGE
from server.security import SETTINGS
from server.wording import marked

NATURES = (
    ("other", marked("As the case number says")),
    ("civil", marked("Civil")),
    ("criminal", marked("Criminal")),
    ("administrative", marked("Administrative")),
)


@dataclass(frozen=True, slots=True)
class RoomChoice:
    """A courtroom that can be chosen for a hearing."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class JudgeChoice:
    """Who can be named to preside; ``divisions`` is empty for who presides in the whole court."""

    id: str
    name: str
    divisions: frozenset[str]


@dataclass(frozen=True, slots=True)
class CourtChoice:
    """A court with its courtrooms, divisions (open ones, by id) and who may preside there.

    ``zone`` is an IANA name.
    """

    id: str
    name: str
    zone: str
    rooms: list[RoomChoice]
    divisions: dict[str, str]
    judges: list[JudgeChoice]


@dataclass(frozen=True, slots=True)
class CameraChoice:
    """A camera of the courtroom, in the broadcast or not."""

    id: str
    name: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """How a hearing is or could be broadcast. ``least_delay_s`` is what the policy asks at least.

    ``layout`` is "" where the number of cameras decides. ``broadcast`` None: nothing is planned.
    """

    broadcast: str | None
    may_change: bool
    delay_s: float
    least_delay_s: float
    layout: str
    media: tuple[Medium, ...]
    cameras: list[CameraChoice]


@requires(Permission.SCHEDULE)
async def show_new_hearing(request: web.Request) -> web.Response:
    """Show the form for a hearing at one of the courts where the reader schedules."""
    zone = request.app[SETTINGS].time_zone
    return desk_page(
        request,
        "hearing-new.html",
        entry="calendar",
        here="calendar",
        courts=await _courts(request),
        natures=NATURES,
        longest_number=LONGEST,
        proposed=f"{datetime.now(ZoneInfo(zone)).date().isoformat()}T09:00",
    )


async def _courts(request: web.Request) -> list[CourtChoice]:
    by, language, service = person_of(request), request[LANGUAGE], request.app[COURTS]
    judges = await request.app[PEOPLE].presiding(by)
    rooms = await service.courtrooms()
    divisions = await request.app[DIVISIONS].open()
    return [
        CourtChoice(
            court.id,
            named(court.name, court.name_en, language),
            court.time_zone,
            [
                RoomChoice(room.id, named(room.name, room.name_en, language))
                for room in rooms
                if room.court == court.id
            ],
            {
                one.id: named(one.name, one.name_en, language)
                for one in divisions
                if one.court == court.id
            },
            [
                JudgeChoice(one.id, one.display_name, one.divisions_at(court.id))
                for one in judges
                if one.presides_at(court.id)
            ],
        )
        for court in (await courts_where(request, Permission.SCHEDULE)).values()
    ]


async def plan_of(request: web.Request, hearing: Hearing, broadcast: Broadcast | None) -> Plan:
    """Return how a hearing is broadcast, or what a new plan would begin with."""
    language, cameras = request[LANGUAGE], await request.app[COURTS].cameras(hearing.courtroom)
    least_ms = await _least_delay_ms(request, hearing)
    chosen = set(broadcast.cameras) if broadcast else {one.id for one in cameras}
    return Plan(
        broadcast=broadcast.id if broadcast else None,
        may_change=person_of(request).may(Permission.SCHEDULE, hearing.court)
        and (broadcast is None or broadcast.state is State.PLANNED)
        and hearing.cancelled_at is None,
        delay_s=broadcast.delay_s if broadcast else least_ms / 1000 or DEFAULT_DELAY_S,
        least_delay_s=least_ms / 1000,
        layout=broadcast.layout if broadcast else "",
        media=broadcast.media if broadcast else ("video", "image_text"),
        cameras=[
            CameraChoice(one.id, named(one.name, one.name_en, language), one.id in chosen)
            for one in cameras
        ],
    )


async def _least_delay_ms(request: web.Request, hearing: Hearing) -> int:
    try:
        policy = await request.app[APPROVALS].policies.of(hearing.court)
    except Unavailable:  # the court's policy has lost its file: the start says so
        return 0
    return policy.least_delay_ms if policy and policy.covers(hearing.courtroom) else 0


def setup(app: web.Application) -> None:
    """Add the routes."""
    app.router.add_get("/console/calendar/new", show_new_hearing)
