"""The room by WHEP: a camera's own pictures, undelayed, for staff of its court only.

Another address than the public's, another socket and another relay, inside the courtroom's monitor
(``media.room_view``). Nothing here is counted, told to other sites or kept on the way.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from media import Offer, frames_socket
from server.accounts.access import person_of, requires
from server.accounts.roles import Permission
from server.accounts.service import ACCOUNTS, AccountService
from server.background import in_background
from server.broadcasts.assignments import view_name
from server.broadcasts.model import Broadcast
from server.broadcasts.rooms import ROOMS
from server.broadcasts.service import BROADCASTS
from server.courts.service import COURTS
from server.errors import Conflict, NotFound, Unavailable
from server.places import Places
from server.playback.relay import RelayClient
from server.playback.sessions import NOBODY, SECRET_CHARACTERS, Kind, Session, name_direct
from server.playback.whep import change_answer, read_change, refuse
from server.reader import secret_of
from server.security import SETTINGS
from server.signalling import created, read_offer

CONNECTED_WITHIN_SECONDS = 3.0
STANDING_SECONDS = 10.0
_LOOK_SECONDS = 0.05
_ENDPOINT: Final = "/console/broadcasts/{broadcast}/cameras/{camera}/whep"
_SECRET_BYTES: Final = SECRET_CHARACTERS * 3 // 4


@dataclass(frozen=True, slots=True)
class _Watcher:
    """Who opened a session: what they signed in with, and where they must be allowed to watch."""

    secret: str
    court: str
    courtroom: str


class RoomViews:
    """Connections to the monitors of courtrooms that staff watch by WebRTC, made when needed."""

    def __init__(self, places: Places, accounts: AccountService) -> None:
        self._places = places
        self._accounts = accounts
        self._clients: dict[str, tuple[RelayClient, asyncio.Task[None]]] = {}
        self._watchers: dict[str, _Watcher] = {}

    async def client(self, courtroom: str) -> RelayClient:
        """Return the connection to a courtroom's monitor; raises ``Unavailable``."""
        if courtroom not in self._clients:
            client = RelayClient(self._places.socket(view_name(courtroom)), lambda *_: None)
            task = asyncio.create_task(client.run(), name=f"room-view-{courtroom}")
            self._clients[courtroom] = client, task
        client, _ = self._clients[courtroom]
        for _ in range(round(CONNECTED_WITHIN_SECONDS / _LOOK_SECONDS)):
            if client.is_connected:
                return client
            await asyncio.sleep(_LOOK_SECONDS)
        raise Unavailable("The courtroom is not in use now.", retry_after_s=5)

    def opened(self, session: str, secret: str, about: Broadcast) -> None:
        """Keep in mind who watches, so that whoever may not any more is shown nothing more."""
        self._watchers[session] = _Watcher(secret, about.court_id, about.hearing.courtroom)

    async def run(self) -> None:
        """End the sessions of those who have signed out or lost their role, until cancelled."""
        while True:
            await asyncio.sleep(STANDING_SECONDS)
            await self.look()

    async def look(self) -> None:
        """End them now; while the database is away what was known last stands."""
        for session, watcher in tuple(self._watchers.items()):
            client = self._clients[watcher.courtroom][0]
            if session not in client.sessions:
                del self._watchers[session]
                continue
            try:
                person = await self._accounts.recognise(watcher.secret)
            except Unavailable:
                continue
            if person is None or not person.may(Permission.WATCH_ROOM, watcher.court):
                client.close(session)
        await self._forget_idle()

    async def _forget_idle(self) -> None:
        watched = {watcher.courtroom for watcher in self._watchers.values()}
        for courtroom in self._clients.keys() - watched:
            await self._leave(courtroom)

    async def _leave(self, courtroom: str) -> None:
        _, task = self._clients.pop(courtroom)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def close(self) -> None:
        """Disconnect from all."""
        for courtroom in tuple(self._clients):
            await self._leave(courtroom)


ROOM_VIEWS: web.AppKey[RoomViews] = web.AppKey("room_views", RoomViews)


async def _room(request: web.Request) -> tuple[Broadcast, str]:
    """Return broadcast and camera that the request is about.

    Raises ``NotFound``, ``Forbidden`` for staff of another court, ``Conflict``.
    """
    about = await request.app[BROADCASTS].about(request.match_info["broadcast"])
    person_of(request).must(Permission.WATCH_ROOM, about.court_id)
    courtroom, camera = about.hearing.courtroom, request.match_info["camera"]
    if camera not in {one.id for one in await request.app[COURTS].cameras(courtroom)}:
        raise NotFound("There is no such camera in this courtroom.")
    if request.app[ROOMS].get(courtroom) is None:
        raise Conflict("The courtroom is not in use now.")
    return about, camera


def _shown(camera: str) -> str:
    """Return by what name the monitor's relay knows a camera: never that of a broadcast."""
    return f"room:{camera}"


@requires(Permission.WATCH_ROOM)
async def offer(request: web.Request) -> web.StreamResponse:
    """Open a session at a camera: POST of an SDP offer, 201 with the answer."""
    about, camera = await _room(request)
    sdp = await read_offer(request)
    view = Places(request.app[SETTINGS].data).socket(view_name(about.hearing.courtroom))
    session = name_direct(Session(Kind.UNCOUNTED, NOBODY, 0), secrets.token_urlsafe(_SECRET_BYTES))
    views = request.app[ROOM_VIEWS]
    client = await views.client(about.hearing.courtroom)
    frames = str(frames_socket(str(view), camera))
    answer = await client.offer(Offer(session, _shown(camera), frames, sdp))
    if answer.status == 409:  # noqa: PLR2004
        raise Conflict("This camera has no pictures that a browser can show.")
    if answer.status != 201:  # noqa: PLR2004
        refuse(answer)
    views.opened(session, secret_of(request), about)
    return created(request, answer.sdp, f"{request.path}/{session}", answer.etag)


async def _session(request: web.Request) -> tuple[RelayClient, str]:
    about, camera = await _room(request)
    client = await request.app[ROOM_VIEWS].client(about.hearing.courtroom)
    session = request.match_info["session"]
    known = client.sessions.get(session)
    if known is None or known.broadcast != _shown(camera):
        raise NotFound("There is no such session.")
    return client, session


@requires(Permission.WATCH_ROOM)
async def change(request: web.Request) -> web.StreamResponse:
    """Take candidates or restart ICE."""
    client, session = await _session(request)
    return change_answer(await client.change(await read_change(request, session)))


@requires(Permission.WATCH_ROOM)
async def end(request: web.Request) -> web.StreamResponse:
    """End a session."""
    client, session = await _session(request)
    client.close(session)
    return web.Response(status=200)


async def viewing(app: web.Application) -> AsyncIterator[None]:
    """Keep the connections while the service runs (``cleanup_ctx``)."""
    views = app[ROOM_VIEWS] = RoomViews(Places(app[SETTINGS].data), app[ACCOUNTS])
    async with in_background({"room-views": views.run}):
        yield
    await views.close()


def add_routes(app: web.Application) -> None:
    """Add the addresses of the room; they are not the public's and say nothing to other sites."""
    app.router.add_post(_ENDPOINT, offer)
    app.router.add_patch(f"{_ENDPOINT}/{{session}}", change)
    app.router.add_delete(f"{_ENDPOINT}/{{session}}", end)
