"""The staff's pages about what was recorded: all records, and the record of one broadcast."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from aiohttp import web

from media import Gap, SignedSheet
from server.accounts.access import person_of, requires
from server.accounts.roles import Permission
from server.broadcasts.model import Broadcast
from server.broadcasts.service import BROADCASTS, MOST_LISTED
from server.courts.service import COURTS
from server.database.metadata import from_microseconds
from server.errors import NotFound
from server.pages.console import desk_page, named
from server.pages.views import BroadcastView, broadcast_view
from server.records.checking import CHECKS
from server.records.phrases import gap_words, reason_words, stream_words
from server.records.service import RECORDS
from server.request_keys import LANGUAGE
from server.translation import Language

_LONGEST_SEARCH = 64


@dataclass(frozen=True, slots=True)
class SpanView:
    """A stretch of court time with what is said of it; ``seconds`` is how long it was."""

    what: str
    why: str
    since: datetime
    until: datetime

    @property
    def seconds(self) -> float:
        """How long it was."""
        return (self.until - self.since).total_seconds()


@dataclass(frozen=True, slots=True)
class CameraView:
    """What the record holds of a camera: the root over its chunks, the head of its chain."""

    id: str
    name: str
    chunks: int
    root: str
    link: str


@dataclass(frozen=True, slots=True)
class SheetView:
    """A signed sheet for the page and the printer."""

    hearing: SpanView
    interruptions: list[SpanView]
    cameras: list[CameraView]
    gaps: list[SpanView]
    public_digest: str
    public_files: int
    fingerprint: str
    signature: str


@dataclass(frozen=True, slots=True)
class CourtView:
    """A court whose records the reader may see, with its policy; ``is_mine``: to be set."""

    id: str
    name: str
    days: int | None
    is_mine: bool


def _span(what: str, why: str, from_us: int, to_us: int) -> SpanView:
    return SpanView(what, why, from_microseconds(from_us), from_microseconds(to_us))


def sheet_view(
    signed: SignedSheet,
    names: dict[str, str],
    language: Language,
    why: Callable[[Language, str], str] = gap_words,
) -> SheetView:
    """Return a sheet in the reader's words; ``names`` are those of the cameras by id.

    ``why`` says the reason of a gap.
    """
    sheet = signed.sheet

    def gap(camera: str, one: Gap) -> SpanView:
        what = f"{names.get(camera, camera)} · {stream_words(language, one.stream)}"
        return _span(what, why(language, one.reason), one.from_us, one.to_us)

    gaps = [gap(camera.camera, one) for camera in sheet.cameras for one in camera.gaps]
    return SheetView(
        hearing=_span("", "", sheet.from_us, sheet.to_us),
        interruptions=[
            _span(reason_words(language, one.reason), "", one.from_us, one.to_us)
            for one in sheet.interruptions
        ],
        cameras=[
            CameraView(
                one.camera, names.get(one.camera, one.camera), one.pieces, one.root, one.link
            )
            for one in sheet.cameras
        ],
        gaps=sorted(gaps, key=lambda one: one.since),
        public_digest=sheet.public.digest if sheet.public else "",
        public_files=sheet.public.files if sheet.public else 0,
        fingerprint=signed.fingerprint,
        signature=signed.signature.hex(),
    )


async def camera_names(request: web.Request, about: Broadcast) -> dict[str, str]:
    """Return the names of a broadcast's courtroom's cameras, by id."""
    cameras = await request.app[COURTS].cameras(about.hearing.courtroom)
    language = request[LANGUAGE]
    return {one.id: named(one.name, one.name_en, language) for one in cameras}


@requires(Permission.WATCH_ROOM)
async def show_record(request: web.Request) -> web.Response:
    """Show a broadcast's record: its sheet, a check, copies of a range, how long it is kept."""
    person, language, records = person_of(request), request[LANGUAGE], request.app[RECORDS]
    its = await request.app[BROADCASTS].about(request.match_info["broadcast"])
    person.must(Permission.WATCH_ROOM, its.court_id)
    names = await camera_names(request, its)
    try:
        sheet = sheet_view(await records.look(its.id, person), names, language)
        unfiled = ""
    except NotFound as problem:
        sheet, unfiled = None, problem.text
    broadcast = broadcast_view(its, language)
    return desk_page(
        request,
        "record.html",
        entry="record",
        here="records",
        zone=broadcast.zone,
        broadcast=broadcast,
        sheet=sheet,
        unfiled=unfiled,
        names=names,
        is_filed=its.id in await records.filed([its.id]),
        is_checked=await request.app[CHECKS].is_checked(its.id),
        retention=await records.retention(its),
        now=datetime.now(UTC),
        may_withdraw=person.may(Permission.WITHDRAW, its.court_id),
        may_export=person.may(Permission.EXPORT, its.court_id),
        may_export_closed=person.may(Permission.EXPORT_CLOSED, its.court_id),
    )


@requires(Permission.WATCH_ROOM)
async def show_records(request: web.Request) -> web.Response:
    """List what was recorded at the reader's courts, newest first, found by case number."""
    person, language = person_of(request), request[LANGUAGE]
    number = request.query.get("number", "").strip()[:_LONGEST_SEARCH]
    found = await request.app[BROADCASTS].recorded(person, number, _moment(request))
    filed = await request.app[RECORDS].filed(one.id for one in found)
    ended = found[-1].ended_at if len(found) == MOST_LISTED else None
    rows: list[tuple[BroadcastView, bool]] = [
        (broadcast_view(one, language), one.id in filed) for one in found
    ]
    return desk_page(
        request,
        "records.html",
        entry="record",
        here="records",
        rows=rows,
        number=number,
        older=ended.isoformat() if ended else "",
        courts=await _courts(request),
    )


async def _courts(request: web.Request) -> list[CourtView]:
    person, language = person_of(request), request[LANGUAGE]
    return [
        CourtView(
            court.id,
            named(court.name, court.name_en, language),
            await request.app[RECORDS].policy(court.id, person),
            person.may(Permission.ADMINISTER, court.id),
        )
        for court in await request.app[COURTS].courts()
        if person.may(Permission.WATCH_ROOM, court.id)
    ]


def _moment(request: web.Request) -> datetime | None:
    """Return where the list goes on; what is no time with its offset is none."""
    try:
        before = datetime.fromisoformat(request.query.get("before", ""))
    except ValueError:
        return None
    return before if before.tzinfo is not None else None


def setup(app: web.Application) -> None:
    """Add the routes."""
    app.router.add_get("/console/records", show_records)
    app.router.add_get("/console/broadcasts/{broadcast}/record", show_record)
