"""The relay's process: ``python -m media.relay.process ASSIGNMENT.json``.

The server asks over a Unix socket; a session outlives the connection that asked for it, so a
server that restarts interrupts no viewer.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

from media.assignment import RelayAssignment, load
from media.own_addresses import addresses_of_machine
from media.process import die_with_parent, until_stopped
from media.relay.answer import Medium, agree
from media.relay.dtls import Identity
from media.relay.fanout import Fanout
from media.relay.intake import CannotHear, Intake
from media.relay.native import fanout
from media.relay.offer import OfferRefused, Wishes, read_offer
from media.relay.port import Port
from media.relay.programme import Programme
from media.relay.viewer import Place, Viewer, draw_ssrcs
from media.session_messages import (
    Answer,
    Change,
    Changed,
    CloseSession,
    Offer,
    Posted,
    SessionFigures,
    SessionStatus,
)
from media.sockets import MessageStream, serve

MOST_HALF_OPEN = 200
"""Viewers that have an answer and are not connected; each ends by itself after some seconds."""
STATUS_SECONDS = 2.0
IDLE_SECONDS = 30.0
CREATED, NOT_FOUND, CONFLICT, UNAVAILABLE = 201, 404, 409, 503
_MOST_IN_MESSAGE = 200
_DEFAULT_LEVEL = "1f"

_log = logging.getLogger(__name__)


class Relay:
    """All viewers of this process, by broadcast."""

    def __init__(self, port: Port, way: Fanout, max_viewers: int) -> None:
        self._place = Place(port, Identity(), way.gcm)
        self._fanout = way
        self._max_viewers = max_viewers
        self._loop = asyncio.get_running_loop()
        self._programmes: dict[str, Programme] = {}
        self._viewers: dict[str, Viewer] = {}
        self._half_open: set[str] = set()
        self._listeners: set[MessageStream] = set()
        self._opening: set[asyncio.Task[None]] = set()

    async def on_connect(self, stream: MessageStream) -> None:
        """Serve one server's connection."""
        self._listeners.add(stream)
        self._tell(self._figures(), [stream])
        try:
            async for message in stream:
                match message:
                    case Offer():
                        task = asyncio.create_task(self._open(message, stream))
                        self._opening.add(task)
                        task.add_done_callback(self._opening.discard)
                    case Change():
                        stream.send(self._change(message))
                    case Posted():
                        self._post(message)
                    case CloseSession():
                        self._close(message.session)
                    case _:
                        pass
        finally:
            self._listeners.discard(stream)

    async def _open(self, offer: Offer, stream: MessageStream) -> None:
        try:
            viewer = await self._seat(offer)
        except OfferRefused as refusal:
            stream.send(Answer(offer.session, refusal.status, "", refusal.reason))
            return
        stream.send(Answer(offer.session, CREATED, viewer.answer(), "", viewer.tag))

    async def _seat(self, offer: Offer) -> Viewer:
        wishes = read_offer(offer.sdp)
        self._check_room()
        programme = self._programmes.get(offer.broadcast)
        if programme is None:
            programme = Programme(offer.broadcast, offer.worker_socket, self._fanout)
            programme.on_due = partial(self._tell_viewers, offer.broadcast)
            programme.on_sent = self._place.port.look
            self._programmes[offer.broadcast] = programme
        wanted = {section.kind for section in wishes.sections} - {"application"}
        if not wanted <= await programme.kinds():
            raise OfferRefused(CONFLICT, "nothing is on the air yet")
        self._check_room()  # others may have come in the meantime
        if self._programmes.get(offer.broadcast) is not programme:
            raise OfferRefused(UNAVAILABLE, "the broadcast was left just now")
        agreed = wishes, _agree(wishes, programme)
        viewer = Viewer(
            offer.session, programme, self._place, agreed, self._changed, self._loop.time()
        )
        self._viewers[offer.session] = viewer
        self._half_open.add(offer.session)
        return viewer

    def _check_room(self) -> None:
        if len(self._viewers) >= self._max_viewers or len(self._half_open) >= MOST_HALF_OPEN:
            raise OfferRefused(UNAVAILABLE, "no room for another viewer")

    def _change(self, change: Change) -> Changed:
        viewer = self._viewers.get(change.session)
        return Changed(change.session, NOT_FOUND) if viewer is None else viewer.change(change)

    def _post(self, posted: Posted) -> None:
        programme = self._programmes.get(posted.broadcast)
        if programme is not None:
            programme.post(posted.court_us, posted.payload)

    def _tell_viewers(self, broadcast: str, text: bytes) -> None:
        for viewer in self._viewers.values():
            if viewer.programme.broadcast == broadcast:
                viewer.post(text)

    def _close(self, session: str) -> None:
        viewer = self._viewers.get(session)
        if viewer is not None:
            viewer.connection.close()

    def _changed(self, viewer: Viewer) -> None:
        """Tell at once that a viewer is there or gone."""
        self._half_open.discard(viewer.session)
        if viewer.is_over:
            self._viewers.pop(viewer.session, None)
        self._tell([viewer.figures(self._loop.time())])

    def _figures(self) -> list[SessionFigures]:
        now = self._loop.time()
        return [viewer.figures(now) for viewer in self._viewers.values()]

    def _tell(self, figures: list[SessionFigures], to: list[MessageStream] | None = None) -> None:
        counted = self.counted()
        for first in range(0, max(len(figures), 1), _MOST_IN_MESSAGE):
            status = SessionStatus(tuple(figures[first : first + _MOST_IN_MESSAGE]), counted)
            for stream in to or tuple(self._listeners):
                stream.send(status)

    def counted(self) -> dict[str, int]:
        """Return what has happened at the port and was nobody's, by name."""
        port = self._place.port
        return {**port.counted, "refused connections": port.doors.refused}

    async def report(self) -> None:
        """Tell the servers how all viewers fare, again and again."""
        while True:
            await asyncio.sleep(STATUS_SECONDS)
            if self._listeners:
                self._tell(self._figures())

    async def tidy(self) -> None:
        """Leave workers that nobody has watched for a while, again and again."""
        idle: set[str] = set()
        while True:
            await asyncio.sleep(IDLE_SECONDS)
            for broadcast in idle & self._programmes.keys():
                if broadcast not in self._watched():
                    await self._programmes.pop(broadcast).close()
            idle = self._programmes.keys() - self._watched()

    def _watched(self) -> set[str]:
        return {viewer.programme.broadcast for viewer in self._viewers.values()}

    async def close(self) -> None:
        """End all sessions."""
        for task in tuple(self._opening):
            task.cancel()
        for viewer in tuple(self._viewers.values()):
            viewer.connection.close()
        for programme in self._programmes.values():
            await programme.close()


def _agree(wishes: Wishes, programme: Programme) -> tuple[Medium, ...]:
    """Choose codecs by the largest picture and the sound of a programme."""
    renditions = programme.renditions()
    videos = sorted(
        (each for each in renditions if each.kind == "video"), key=lambda each: each.height
    )
    level = videos[-1].codecs[-2:] if videos else _DEFAULT_LEVEL  # avc1.42c01f
    channels = max((each.channels for each in renditions), default=0)
    return agree(wishes, level, channels, draw_ssrcs())


def _port(assignment: RelayAssignment) -> Port:
    addresses = assignment.addresses or tuple(addresses_of_machine()) or ("127.0.0.1",)
    return Port(addresses, assignment.port, assignment.public_addresses, _intake())


def _intake() -> Intake | None:
    try:
        return Intake()
    except CannotHear as reason:
        _log.info("the port is read in Python: %s", reason)
        return None


@contextlib.asynccontextmanager
async def relaying(assignment: RelayAssignment) -> AsyncIterator[Relay]:
    """Open the port and give the relay, which serves no server yet, until the block ends."""
    way, port = fanout(), _port(assignment)
    await port.open()
    relay = Relay(port, way, assignment.max_viewers)
    _log.info("port %d, fan-out %s, segmentation %s", port.number, way.name, way.segments)
    tasks = [asyncio.create_task(relay.tidy()), asyncio.create_task(relay.report())]
    try:
        yield relay
    finally:
        for task in tasks:
            task.cancel()
        await relay.close()
        await port.close()


async def run(assignment: RelayAssignment, stop: asyncio.Event) -> None:
    """Relay until told to stop."""
    async with relaying(assignment) as relay:
        server = await serve(assignment.socket, relay.on_connect)
        await stop.wait()
        server.close()


def main() -> None:
    """Run the relay that the assignment describes."""
    die_with_parent()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s relay %(message)s")
    assignment = load(RelayAssignment, Path(sys.argv[1]))
    asyncio.run(until_stopped(lambda stop: run(assignment, stop)))


if __name__ == "__main__":
    main()
