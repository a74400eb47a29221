"""Courts, courtrooms and cameras over HTTP: a thin face for technicians and administrators."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import replace
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, Field

from server.accounts.access import person_of, public, requires
from server.accounts.model import Person
from server.accounts.people import COURT_IDS
from server.accounts.roles import Permission
from server.bodies import Body, answer_json, read_json, read_query
from server.courts import division_routes, mask_routes
from server.courts.addresses import LONGEST, redact
from server.courts.divisions import DIVISIONS
from server.courts.model import Camera, Court, Courtroom, Level
from server.courts.service import COURTS, CourtService
from server.database import DATABASE
from server.hearings.case_number import LONGEST_STYLE
from server.openapi import PREFIX, Operation, describe
from server.security import base_url

Name = Annotated[str, Field(min_length=1, max_length=120)]
OtherName = Annotated[str, Field(max_length=120)]
Address = Annotated[str, Field(min_length=1, max_length=LONGEST)]
Place = Annotated[int, Field(ge=0, le=99)]
CaseNumberStyle = Annotated[str, Field(min_length=1, max_length=LONGEST_STYLE)]


class NewCourt(Body):
    """A court to be added."""

    name: Name
    name_en: OtherName = ""
    level: Level = "basic"
    time_zone: Annotated[str, Field(max_length=64)] = "Asia/Shanghai"
    case_number_style: CaseNumberStyle = "cn"


class CourtChange(Body):
    """What shall change of a court.

    ``case_number_style``: ``cn``, ``free``, or a pattern like ``（{year}）苏0102{type}{number}号``.
    """

    case_number_style: CaseNumberStyle


class CourtView(BaseModel):
    """A court."""

    id: str
    name: str
    name_en: str
    level: str
    time_zone: str
    case_number_style: str


class CourtList(BaseModel):
    """All courts."""

    courts: list[CourtView]


class NewCourtroom(Body):
    """A courtroom to be added."""

    court: str
    name: Name
    name_en: OtherName = ""


class NewCamera(Body):
    """A camera to be added. ``url`` is never shown again; a key that it lacks is made."""

    name: Name
    name_en: OtherName = ""
    url: Address
    microphone: bool = True
    place: Place = 0


class CameraChange(Body):
    """What shall change of a camera."""

    name: Name | None = None
    name_en: OtherName | None = None
    url: Address | None = None
    microphone: bool | None = None
    place: Place | None = None


class CameraView(BaseModel):
    """A camera. ``address`` is redacted, and empty for whoever does not look after cameras."""

    id: str
    name: str
    name_en: str
    microphone: bool
    place: int
    address: str


class PushView(BaseModel):
    """Where a camera is to push to, for whoever sets up its encoder.

    ``protocol`` is ``rtmp``, ``whip``, ``srt``, ``udp`` or ``rtp``. Encoders ask for ``server`` and
    ``key`` (a stream key, a passphrase or a bearer token), or for both as one ``address``.
    """

    protocol: str
    server: str
    key: str
    address: str


class CourtroomView(BaseModel):
    """A courtroom with its cameras."""

    id: str
    court: str
    name: str
    name_en: str
    cameras: list[CameraView]


class CourtroomList(BaseModel):
    """Courtrooms."""

    courtrooms: list[CourtroomView]


class OfCourt(Body):
    """Which courtrooms."""

    court: str | None = None


def camera_view(camera: Camera, court: str, reader: Person) -> CameraView:
    """Return what the reader may see of a camera."""
    may_see = reader.may(Permission.EQUIP, court)
    return CameraView(
        id=camera.id,
        name=camera.name,
        name_en=camera.name_en,
        microphone=camera.microphone,
        place=camera.place,
        address=redact(camera.url) if may_see else "",
    )


def court_view(court: Court) -> CourtView:
    """Return what everybody may see of a court."""
    return CourtView(
        id=court.id,
        name=court.name,
        name_en=court.name_en,
        level=court.level,
        time_zone=court.time_zone,
        case_number_style=court.case_number_style,
    )


async def _courtroom_view(service: CourtService, room: Courtroom, reader: Person) -> CourtroomView:
    cameras = await service.cameras(room.id)
    return CourtroomView(
        id=room.id,
        court=room.court,
        name=room.name,
        name_en=room.name_en,
        cameras=[camera_view(one, room.court, reader) for one in cameras],
    )


@describe(Operation("All courts", answer=CourtList))
@public
async def list_courts(request: web.Request) -> web.Response:
    """List the courts."""
    found = await request.app[COURTS].courts()
    return answer_json(CourtList(courts=[court_view(one) for one in found]))


@describe(Operation("Add a court", body=NewCourt, answer=CourtView, status=201, problems=(409,)))
@requires(Permission.ADMINISTER)
async def add_court(request: web.Request) -> web.Response:
    """Add a court."""
    new = await read_json(request, NewCourt)
    court = await request.app[COURTS].add_court(
        Court(id="", **new.model_dump()), person_of(request)
    )
    return answer_json(court_view(court), status=201)


@describe(Operation("Change a court", body=CourtChange, answer=CourtView, problems=(404,)))
@requires(Permission.ADMINISTER)
async def change_court(request: web.Request) -> web.Response:
    """Set the style of a court's case numbers."""
    given = await read_json(request, CourtChange)
    court = await request.app[COURTS].set_style(
        request.match_info["court"], given.case_number_style, person_of(request)
    )
    return answer_json(court_view(court))


@describe(Operation("Courtrooms with their cameras", query=OfCourt, answer=CourtroomList))
@requires(Permission.WATCH_ROOM)
async def list_courtrooms(request: web.Request) -> web.Response:
    """List the courtrooms of the courts at which the person may look into rooms."""
    reader, service = person_of(request), request.app[COURTS]
    rooms = await service.courtrooms(read_query(request, OfCourt).court)
    shown = [room for room in rooms if reader.may(Permission.WATCH_ROOM, room.court)]
    return answer_json(
        CourtroomList(courtrooms=[await _courtroom_view(service, room, reader) for room in shown])
    )


@describe(
    Operation(
        "Add a courtroom", body=NewCourtroom, answer=CourtroomView, status=201, problems=(404,)
    )
)
@requires(Permission.EQUIP)
async def add_courtroom(request: web.Request) -> web.Response:
    """Add a courtroom."""
    new, by, service = (
        await read_json(request, NewCourtroom),
        person_of(request),
        request.app[COURTS],
    )
    room = await service.add_courtroom(Courtroom(id="", **new.model_dump()), by)
    return answer_json(await _courtroom_view(service, room, by), status=201)


@describe(Operation("A courtroom with its cameras", answer=CourtroomView, problems=(404,)))
@requires(Permission.WATCH_ROOM)
async def show_courtroom(request: web.Request) -> web.Response:
    """Show a courtroom."""
    reader, service = person_of(request), request.app[COURTS]
    room = await service.courtroom(request.match_info["courtroom"])
    reader.must(Permission.WATCH_ROOM, room.court)
    return answer_json(await _courtroom_view(service, room, reader))


@describe(
    Operation("Add a camera", body=NewCamera, answer=CameraView, status=201, problems=(404, 409))
)
@requires(Permission.EQUIP)
async def add_camera(request: web.Request) -> web.Response:
    """Add a camera to a courtroom."""
    new, by, service = await read_json(request, NewCamera), person_of(request), request.app[COURTS]
    room = await service.courtroom(request.match_info["courtroom"])
    camera = await service.add_camera(Camera(id="", courtroom=room.id, **new.model_dump()), by)
    return answer_json(camera_view(camera, room.court, by), status=201)


@describe(Operation("Change a camera", body=CameraChange, answer=CameraView, problems=(404,)))
@requires(Permission.EQUIP)
async def change_camera(request: web.Request) -> web.Response:
    """Change a camera; a broadcast that is on the air keeps what it began with."""
    given, by, service = (
        await read_json(request, CameraChange),
        person_of(request),
        request.app[COURTS],
    )
    changes = given.model_dump(exclude_none=True)
    camera = await service.change_camera(request.match_info["camera"], changes, by)
    room = await service.courtroom(camera.courtroom)
    return answer_json(camera_view(camera, room.court, by))


@describe(Operation("Where a camera is to push to", answer=PushView, problems=(404,)))
@requires(Permission.EQUIP)
async def show_push(request: web.Request) -> web.Response:
    """Show server and key to whoever sets up the encoder; the journal tells of it."""
    found = await request.app[COURTS].push_target(
        request.match_info["camera"], request.url.host or "", person_of(request)
    )
    if found.protocol == "whip":
        endpoint = f"{base_url(request)}/whip/{request.match_info['camera']}"
        found = replace(found, server=endpoint, address=endpoint)
    return answer_json(
        PushView(protocol=found.protocol, server=found.server, key=found.key, address=found.address)
    )


@describe(Operation("Take a camera out of use", status=204, problems=(404,)))
@requires(Permission.EQUIP)
async def remove_camera(request: web.Request) -> web.Response:
    """Take a camera out of use."""
    await request.app[COURTS].remove_camera(request.match_info["camera"], person_of(request))
    return web.Response(status=204)


async def _service(app: web.Application) -> AsyncIterator[None]:
    app[COURTS] = CourtService(app[DATABASE])
    yield


def setup(app: web.Application) -> None:
    """Add the routes and the service."""

    async def court_ids() -> Mapping[str, Collection[str]]:
        found: dict[str, set[str]] = {one.id: set() for one in await app[COURTS].courts()}
        for division in await app[DIVISIONS].all():
            found[division.court].add(division.id)
        return found

    app[COURT_IDS] = court_ids
    app.cleanup_ctx.append(_service)
    division_routes.setup(app)
    mask_routes.setup(app)
    router = app.router
    router.add_get(f"{PREFIX}/courts", list_courts)
    router.add_post(f"{PREFIX}/courts", add_court)
    router.add_patch(f"{PREFIX}/courts/{{court}}", change_court)
    router.add_get(f"{PREFIX}/courtrooms", list_courtrooms)
    router.add_post(f"{PREFIX}/courtrooms", add_courtroom)
    router.add_get(f"{PREFIX}/courtrooms/{{courtroom}}", show_courtroom)
    router.add_post(f"{PREFIX}/courtrooms/{{courtroom}}/cameras", add_camera)
    router.add_patch(f"{PREFIX}/cameras/{{camera}}", change_camera)
    router.add_get(f"{PREFIX}/cameras/{{camera}}/push", show_push)
    router.add_delete(f"{PREFIX}/cameras/{{camera}}", remove_camera)
