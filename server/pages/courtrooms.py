"""Setting a court up by hand: courts, their courtrooms, and the cameras in them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from server.accounts.access import person_of, requires
from server.accounts.model import Person
from server.accounts.roles import Permission
from server.approvals.service import APPROVALS
from server.courts import push
from server.courts.addresses import redact
from server.courts.model import Camera, Court, Courtroom
from server.courts.service import COURTS, MOST_CAMERAS
from server.pages.console import desk_page, named
from server.pages.courts import courts_where, room_order
from server.pages.divisions import divisions_of
from server.pages.pilots import PilotView, pilot_of
from server.request_keys import LANGUAGE
from server.translation import Language
from server.wording import marked


@dataclass(frozen=True, slots=True)
class Kind:
    """A way in which a camera comes in: an address as an example, and what can stay as it is."""

    name: str
    words: str
    example: str
    preset: str


# What courtrooms have most often comes first; docs/http-api.md tells of all parameters.
KINDS: Final = (
    Kind("rtsp", marked("Network camera (RTSP)"), "rtsp://name:password@192.0.2.20/stream1", ""),
    Kind(
        "rtmp",
        marked("Encoder that pushes by RTMP"),
        "rtmp-listen://0.0.0.0:1935/live",
        "rtmp-listen://0.0.0.0:1935/live",
    ),
    Kind(
        "srt",
        marked("Encoder that pushes by SRT"),
        "srt-listen://0.0.0.0:9000",
        "srt-listen://0.0.0.0:9000",
    ),
    Kind("whip", marked("Browser, phone or OBS (WHIP)"), "whip-listen://", "whip-listen://"),
    Kind("srt-pull", marked("Encoder that is asked by SRT"), "srt://192.0.2.21:9000", ""),
    Kind("udp", marked("MPEG-TS by UDP, one way"), "udp://239.1.1.1:5004", ""),
    Kind("rtp", marked("MPEG-TS by RTP, one way"), "rtp-ts://239.1.1.1:5004", ""),
    Kind("v4l2", marked("Camera at this machine"), "v4l2:///dev/video0?size=1280x720", ""),
    Kind("alsa", marked("Microphone at this machine"), "alsa:///hw:1", ""),
    Kind("file", marked("File, again and again"), "file:///folder/name.mp4", ""),
    Kind("testcard", marked("Test card"), "testcard://", "testcard://"),
)
USUAL_POLICY: Final = "cn-default"
LEVELS: Final = (
    ("basic", marked("Basic court")),
    ("intermediate", marked("Intermediate court")),
    ("high", marked("High court")),
    ("supreme", marked("Supreme court")),
    ("other", marked("Other court")),
)


@dataclass(frozen=True, slots=True)
class CameraView:
    """A camera with its redacted address. ``is_pushed``: its encoder must be told where to."""

    its: Camera
    label: str
    address: str
    is_pushed: bool


@dataclass(frozen=True, slots=True)
class RoomView:
    """A courtroom with its cameras in the order of their places."""

    id: str
    label: str
    cameras: list[CameraView]
    next_place: int

    @property
    def is_full(self) -> bool:
        """Whether no camera more can be added."""
        return len(self.cameras) >= MOST_CAMERAS


@dataclass(frozen=True, slots=True)
class CourtView:
    """A court with its courtrooms, for those who set them up."""

    its: Court
    label: str
    rooms: list[RoomView]
    may_administer: bool
    pilot: PilotView | None


@requires(Permission.EQUIP)
async def show_courtrooms(request: web.Request) -> web.Response:
    """Show the courts at which the reader looks after courtrooms."""
    by = person_of(request)
    return desk_page(
        request,
        "courtrooms.html",
        entry="courtrooms",
        here="courtrooms",
        courts=await _courts(request, by),
        divisions=await divisions_of(request),
        kinds=KINDS,
        levels=LEVELS,
        policies=list(request.app[APPROVALS].policies.library.policies.values()),
        usual_policy=USUAL_POLICY,
        may_add_court=by.may(Permission.ADMINISTER) and by.courts(Permission.ADMINISTER) is None,
    )


@requires(Permission.EQUIP)
async def show_equipment(request: web.Request) -> web.Response:
    """Show a courtroom's cameras as they come in, without a hearing."""
    service = request.app[COURTS]
    room = await service.courtroom(request.match_info["courtroom"])
    person_of(request).must(Permission.EQUIP, room.court)
    return desk_page(
        request,
        "equipment.html",
        entry="courtrooms",
        here="courtrooms",
        id=room.id,
        courtroom=named(room.name, room.name_en, request[LANGUAGE]),
        has_cameras=bool(await service.cameras(room.id)),
    )


async def _courts(request: web.Request, by: Person) -> list[CourtView]:
    service, language = request.app[COURTS], request[LANGUAGE]
    rooms: defaultdict[str, list[RoomView]] = defaultdict(list)
    for room in sorted(await service.courtrooms(), key=room_order):
        if by.may(Permission.EQUIP, room.court):
            rooms[room.court].append(_room(room, await service.cameras(room.id), language))
    return [
        CourtView(
            court,
            named(court.name, court.name_en, language),
            rooms[court.id],
            by.may(Permission.ADMINISTER, court.id),
            await pilot_of(request, court),
        )
        for court in (await courts_where(request, Permission.EQUIP)).values()
    ]


def _room(room: Courtroom, cameras: list[Camera], language: Language) -> RoomView:
    return RoomView(
        room.id,
        named(room.name, room.name_en, language),
        [
            CameraView(
                one,
                named(one.name, one.name_en, language),
                redact(one.url),
                push.target(one.url, "") is not None,
            )
            for one in cameras
        ],
        max((one.place for one in cameras), default=-1) + 1,
    )


def setup(app: web.Application) -> None:
    """Add the routes."""
    app.router.add_get("/console/courtrooms", show_courtrooms)
    app.router.add_get("/console/courtrooms/{courtroom}/equipment", show_equipment)
