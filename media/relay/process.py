"""The relay's process: ``python -m media.relay.process ASSIGNMENT.json``.

The server asks over a Unix socket; a session outlives the connection that asked for it, so a
server that restarts interrupts no viewer.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from pathlib import Path

from media.assignment import RelayAssignment, load
from media.ice import gather_on
from media.process import die_with_parent, until_stopped
from media.relay.offer import OfferRefused, read_offer
from media.relay.source import Source
from media.relay.viewer import Viewer
from media.session_messages import Answer, CloseSession, Offer, SessionFigures, SessionStatus
from media.sockets import MessageStream, serve

CONNECT_SECONDS = 20.0
"""A viewer that has not finished ICE and DTLS by then is forgotten."""
STATUS_SECONDS = 2.0
IDLE_SOURCE_SECONDS = 30.0
CREATED, CONFLICT, UNAVAILABLE = 201, 409, 503

_log = logging.getLogger(__name__)


class Relay:
    """All viewers of this process, by broadcast."""

    def __init__(self, max_viewers: int) -> None:
        self._max_viewers = max_viewers
        self._sources: dict[str, Source] = {}
        self._sessions: dict[str, asyncio.Task[None]] = {}
        self._listeners: set[MessageStream] = set()
        self._opening: set[asyncio.Task[None]] = set()

    async def on_connect(self, stream: MessageStream) -> None:
        """Serve one server's connection."""
        self._listeners.add(stream)
        try:
            async for message in stream:
                if isinstance(message, Offer):
                    task = asyncio.create_task(self._open(message, stream))
                    self._opening.add(task)
                    task.add_done_callback(self._opening.discard)
                elif isinstance(message, CloseSession):
                    self._cancel(message.session)
        finally:
            self._listeners.discard(stream)

    async def _open(self, offer: Offer, stream: MessageStream) -> None:
        try:
            viewer, sdp = await self._answer(offer)
        except OfferRefused as refusal:
            stream.send(Answer(offer.session, refusal.status, "", refusal.reason))
            return
        self._sessions[offer.session] = asyncio.create_task(
            self._keep(viewer, offer.broadcast), name=f"viewer-{offer.session}"
        )
        stream.send(Answer(offer.session, CREATED, sdp, ""))

    async def _answer(self, offer: Offer) -> tuple[Viewer, str]:
        wishes = read_offer(offer.sdp)
        if len(self._sessions) >= self._max_viewers:
            raise OfferRefused(UNAVAILABLE, "no room for another viewer")
        source = self._sources.get(offer.broadcast)
        if source is None:
            source = Source(offer.broadcast, offer.worker_socket)
            self._sources[offer.broadcast] = source
        renditions = [
            rendition
            for rendition in await source.renditions()
            if (rendition.kind == "video" and wishes.video)
            or (rendition.kind == "audio" and wishes.audio)
        ]
        if not renditions:
            raise OfferRefused(CONFLICT, "nothing is on the air yet")
        viewer = Viewer(offer.session, source.want_keyframe(renditions[0].id))
        try:
            sdp = await viewer.answer(wishes, renditions)
        except OfferRefused:
            await viewer.close()
            raise
        source.viewers[offer.session] = viewer
        return viewer, sdp

    async def _keep(self, viewer: Viewer, broadcast: str) -> None:
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CONNECT_SECONDS):
                    await viewer.connected.wait()
            while viewer.connected.is_set() and not viewer.closed.is_set():
                self._tell(viewer, broadcast, "connected")
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(STATUS_SECONDS):
                        await viewer.closed.wait()
        finally:
            self._sources[broadcast].viewers.pop(viewer.session, None)
            self._sessions.pop(viewer.session, None)
            self._tell(viewer, broadcast, "closed")
            await viewer.close()

    def _tell(self, viewer: Viewer, broadcast: str, state: str) -> None:
        figures = SessionFigures(
            session=viewer.session,
            broadcast=broadcast,
            state="closed" if state == "closed" else "connected",
            sent_bytes=viewer.sent_bytes,
            dropped_frames=viewer.dropped,
        )
        for stream in self._listeners:
            stream.send(SessionStatus((figures,), {}))

    def _cancel(self, session: str) -> None:
        task = self._sessions.get(session)
        if task is not None:
            task.cancel()

    async def tidy(self) -> None:
        """Leave workers that nobody has watched for a while, again and again."""
        idle: set[str] = set()
        while True:
            await asyncio.sleep(IDLE_SOURCE_SECONDS)
            for broadcast in [name for name in idle if name in self._sources]:
                if not self._sources[broadcast].viewers:
                    await self._sources.pop(broadcast).close()
            idle = {name for name, source in self._sources.items() if not source.viewers}

    async def close(self) -> None:
        """End all sessions."""
        tasks = list(self._sessions.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=2)
        for source in self._sources.values():
            await source.close()


async def run(assignment: RelayAssignment, stop: asyncio.Event) -> None:
    """Relay until told to stop."""
    gather_on(assignment.addresses)
    relay = Relay(assignment.max_viewers)
    server = await serve(assignment.socket, relay.on_connect)
    tidying = asyncio.create_task(relay.tidy(), name="tidy")
    await stop.wait()
    tidying.cancel()
    server.close()
    await relay.close()


def main() -> None:
    """Run the relay that the assignment describes."""
    die_with_parent()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s relay %(message)s")
    assignment = load(RelayAssignment, Path(sys.argv[1]))
    asyncio.run(until_stopped(lambda stop: run(assignment, stop)))


if __name__ == "__main__":
    main()
