"""A courtroom's cameras, tried without a hearing, over HTTP."""

from __future__ import annotations

from aiohttp import web

from server.accounts.access import person_of, requires
from server.accounts.roles import Permission
from server.broadcasts.equipment import EQUIPMENT, equipment_events
from server.broadcasts.rooms import ROOMS
from server.courts.service import COURTS
from server.errors import NotFound
from server.event_stream import stream_events
from server.openapi import PREFIX, Operation, describe
from server.reader import language_of

_ROOM = f"{PREFIX}/courtrooms/{{courtroom}}"


@describe(
    Operation(
        "Receive a courtroom's cameras without a hearing, and how they fare",
        media="text/event-stream",
        problems=(404,),
    )
)
@requires(Permission.EQUIP)
async def try_equipment(request: web.Request) -> web.StreamResponse:
    """Have the cameras received as long as somebody reads; nothing of it is kept."""
    courtroom = request.match_info["courtroom"]
    async with request.app[EQUIPMENT].received(courtroom, person_of(request)) as room:
        cameras = await request.app[COURTS].cameras(courtroom)
        pictures = f"{PREFIX}/courtrooms/{courtroom}/cameras"
        events = equipment_events(room, cameras, language_of(request), pictures)
        return await stream_events(request, events)


@describe(
    Operation(
        "An undelayed picture of a courtroom's camera",
        media="image/jpeg",
        problems=(404,),
        may_be_nothing=True,
    )
)
@requires(Permission.WATCH_ROOM)
async def show_picture(request: web.Request) -> web.Response:
    """Show the newest picture of a camera: staff only, never stored on the way."""
    room = await request.app[COURTS].courtroom(request.match_info["courtroom"])
    person_of(request).must(Permission.WATCH_ROOM, room.court)
    return await newest_picture(request, room.id)


async def newest_picture(request: web.Request, courtroom: str) -> web.Response:
    """Answer with the newest picture of the request's camera.

    A camera of the courtroom that sends nothing now is answered with 204: it may have gone since
    the desk was told of its picture, and that is no error of the desk's.
    """
    camera = request.match_info["camera"]
    picture = request.app[ROOMS].pictures(courtroom).get(camera)
    if picture is not None:
        return web.Response(
            body=picture.payload, content_type="image/jpeg", headers={"Cache-Control": "no-store"}
        )
    if camera not in {one.id for one in await request.app[COURTS].cameras(courtroom)}:
        raise NotFound("There is no such camera in this courtroom.")
    return web.Response(status=204, headers={"Cache-Control": "no-store"})


def setup(app: web.Application) -> None:
    """Add the routes."""
    app.router.add_get(f"{_ROOM}/equipment/events", try_equipment)
    app.router.add_get(f"{_ROOM}/cameras/{{camera}}.jpg", show_picture)
