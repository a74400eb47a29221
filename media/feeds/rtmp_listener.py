"""Where publishers come to by RTMP: one port for one or several cameras of a courtroom.

A thread with its own event loop, from when the first camera wants to be heard until the last one is
gone. It runs on while feeds wait or are being opened anew, so that no publisher is turned away in
between. Who comes has five seconds to say which key it has, and is heard only then.
"""

from __future__ import annotations

import asyncio
import collections
import contextlib
import hmac
import logging
import os
import socket
import threading
import time
import weakref
from collections.abc import Callable
from dataclasses import asdict, dataclass
from ipaddress import ip_address

from media.errors import FeedUnavailable
from media.feeds import issues
from media.feeds.address import RtmpListen
from media.feeds.listening import listening_failure
from media.feeds.mailbox import Mailbox
from media.feeds.rtmp_chunks import MalformedRtmp
from media.feeds.rtmp_handshake import SIZE
from media.feeds.rtmp_session import Left, Session, Tag, Wanted

_log = logging.getLogger(__name__)

GREETING_SECONDS = 5.0
SILENCE_SECONDS = 3.0  # as for cameras that are asked
PARTING_SECONDS = 1.0
REFUSAL_SECONDS = 0.5  # what a guess at a key costs
MAX_UNKNOWN = 32  # connections without a key so far, of all and of one address
MAX_UNKNOWN_EACH = 8
MAX_UNSENT_BYTES = 64 * 1024
READ_SIZE = 64 * 1024
START_SECONDS = 3.0
_CLEAN_SECONDS = 0.5
_LOG_SECONDS = 10.0


@dataclass(slots=True)
class Counts:
    """What was turned away since the listener began."""

    crowded: int = 0
    malformed: int = 0
    too_slow: int = 0
    wrong_key: int = 0
    second_publisher: int = 0
    overflowed: int = 0


def bound(host: str, port: int) -> socket.socket:
    """Return a socket that can listen; ``::`` is all addresses of both kinds."""
    if ":" not in host:
        return socket.create_server((host, port))
    is_any = ip_address(host).is_unspecified
    return socket.create_server((host, port), family=socket.AF_INET6, dualstack_ipv6=is_any)


class _Connection:
    """One peer."""

    def __init__(
        self, listener: RtmpListener, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._listener, self._reader, self._writer = listener, reader, writer
        self._session = Session(os.urandom(2 * SIZE))
        self._camera: RtmpCamera | None = None
        self._has_overflowed = False

    async def serve(self, on_known: Callable[[], None]) -> None:
        """Converse until it is over; tell the camera how it ended."""
        code, counts = issues.CLOSED, self._listener.counts
        try:
            async with asyncio.timeout(GREETING_SECONDS):
                while not self._session.is_publishing:
                    if not await self._more():
                        return
            on_known()
            await self._publish()
            code = issues.FAILED if self._has_overflowed else issues.CLOSED
        except MalformedRtmp:
            counts.malformed += 1
            code = issues.GARBAGE
        except TimeoutError:
            counts.too_slow += 1
            code = issues.STALLED
        except OSError:
            code = issues.CLOSED
        finally:
            if self._camera is not None:
                self._camera.mailbox.end(code)

    async def _publish(self) -> None:
        """Hear the publisher out."""
        while self._take():
            async with asyncio.timeout(SILENCE_SECONDS):
                if not await self._more():
                    return
        if self._camera is not None and not self._has_overflowed:
            self._camera.mailbox.end(issues.CLOSED)
            self._camera = None
            await self._part()

    async def _part(self) -> None:
        """Let who said that it is done close by itself: some call anything else an error."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PARTING_SECONDS):
                self._flush()
                while await self._reader.read(READ_SIZE):
                    pass

    async def _more(self) -> bool:
        """Read once; False when the peer is done or was refused."""
        data = await self._reader.read(READ_SIZE)
        if not data:
            return False
        self._session.feed(data)
        if self._camera is None and not await self._greet():
            return False
        self._flush()
        return True

    async def _greet(self) -> bool:
        """Answer what is said before publishing; False when the peer was refused."""
        while not self._session.is_publishing and (event := self._session.next()) is not None:
            if isinstance(event, Wanted) and not await self._answer(event):
                return False
        return True

    def _flush(self) -> None:
        data = self._session.outgoing()
        if data:
            self._writer.write(data)
        if self._writer.transport.get_write_buffer_size() > MAX_UNSENT_BYTES:
            raise TimeoutError("it does not take what it is told")

    async def _answer(self, wanted: Wanted) -> bool:
        """Let in or refuse who names a key."""
        camera, code = self._listener.admit(wanted)
        if camera is None:
            await asyncio.sleep(REFUSAL_SECONDS)
            self._session.refuse("this key is not for you" if code == issues.WRONG_KEY else code)
            self._flush()
            return False
        self._camera = camera
        self._session.accept()
        transport, loop = self._writer.transport, asyncio.get_running_loop()
        camera.mailbox.begin(lambda: _abort(loop, transport))
        return True

    def _take(self) -> bool:
        """Hand on what was heard; False when the publisher is done or nobody keeps up."""
        camera = self._camera
        if camera is None:
            return False
        while (event := self._session.next()) is not None:
            if isinstance(event, Left):
                return False
            if isinstance(event, Tag) and not camera.put(event):
                self._listener.counts.overflowed += 1
                self._has_overflowed = True
                return False
        self._flush()
        return True


def _abort(loop: asyncio.AbstractEventLoop, transport: asyncio.WriteTransport) -> None:
    with contextlib.suppress(RuntimeError):  # the listener is gone already
        loop.call_soon_threadsafe(transport.abort)


class RtmpCamera:
    """A camera's key at a listener: known for as long as somebody holds this object."""

    def __init__(self, address: RtmpListen, now_us: Callable[[], int]) -> None:
        self.address, self._now_us = address, now_us
        self.mailbox: Mailbox[Tag] = Mailbox()

    def put(self, tag: Tag) -> bool:
        """Take what the publisher sent."""
        return self.mailbox.put(tag, len(tag.body), self._now_us())

    def is_named(self, wanted: Wanted) -> bool:
        """Whether app and key are this camera's; takes as long for a wrong key as for a right."""
        app = hmac.compare_digest(wanted.app.encode(), self.address.app.encode())
        return hmac.compare_digest(wanted.key.encode(), self.address.key.encode()) and app


class RtmpListener:
    """One port. ``camera`` and ``listen`` may be called from any thread."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._lock = threading.Lock()
        self._cameras: weakref.WeakSet[RtmpCamera] = weakref.WeakSet()
        self._thread: threading.Thread | None = None
        self._unknown: collections.Counter[str] = collections.Counter()
        self.counts = Counts()
        self._logged: Counts = Counts()
        self._logged_at = 0.0

    def camera(self, address: RtmpListen, now_us: Callable[[], int]) -> RtmpCamera | None:
        """Make a key known; None if another camera has it already."""
        with self._lock:
            if any(known.address == address for known in self._cameras):
                return None
            made = RtmpCamera(address, now_us)
            self._cameras.add(made)
            return made

    def listen(self) -> None:
        """Begin to listen unless it does already; raises ``FeedUnavailable``."""
        with self._lock:
            if self._thread is not None and self._thread.is_alive():
                return
            begun, failure = threading.Event(), list[OSError]()
            name = f"rtmp:{self._port}"
            self._thread = threading.Thread(
                target=lambda: asyncio.run(self._run(begun, failure)), name=name, daemon=True
            )
            self._thread.start()
            has_begun = begun.wait(START_SECONDS)
        if failure:
            raise listening_failure(failure[0])
        if not has_begun:
            raise FeedUnavailable(issues.FAILED, "the listener does not begin")

    async def _run(self, begun: threading.Event, failure: list[OSError]) -> None:
        try:
            listening = bound(self._host, self._port)
            server = await asyncio.start_server(self._serve, sock=listening, limit=READ_SIZE)
        except OSError as problem:
            failure.append(problem)
            return
        finally:
            begun.set()
        while self._has_cameras():
            await asyncio.sleep(_CLEAN_SECONDS)
            self._tell()
        server.close()

    def _has_cameras(self) -> bool:
        with self._lock:
            if not self._cameras:
                self._thread = None  # whoever comes now begins anew
            return bool(self._cameras)

    def _known(self) -> list[RtmpCamera]:
        with self._lock:
            return list(self._cameras)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = (writer.get_extra_info("peername") or ("",))[0]
        try:
            if self._unknown.total() >= MAX_UNKNOWN or self._unknown[peer] >= MAX_UNKNOWN_EACH:
                self.counts.crowded += 1
                writer.transport.abort()
                return
            # a publisher is told little: what it does not take must not fill the kernel's memory
            peer_socket = writer.get_extra_info("socket")
            peer_socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, MAX_UNSENT_BYTES)
            await self._converse(peer, _Connection(self, reader, writer))
        finally:
            writer.close()
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(_CLEAN_SECONDS):
                    await writer.wait_closed()
            writer.transport.abort()

    async def _converse(self, peer: str, connection: _Connection) -> None:
        self._unknown[peer] += 1
        is_unknown = True

        def known() -> None:
            nonlocal is_unknown
            if is_unknown:
                is_unknown = False
                self._unknown[peer] -= 1
                if self._unknown[peer] <= 0:
                    del self._unknown[peer]

        try:
            await connection.serve(known)
        finally:
            known()

    def admit(self, wanted: Wanted) -> tuple[RtmpCamera | None, str]:
        """Return the camera that may be published to, or None and why not."""
        cameras = self._known()
        named = [camera for camera in cameras if camera.is_named(wanted)]
        if not named:
            self.counts.wrong_key += 1
            for camera in cameras:
                if not camera.mailbox.is_taken:
                    camera.mailbox.notice(issues.WRONG_KEY)
            return None, issues.WRONG_KEY
        if named[0].mailbox.is_taken:
            self.counts.second_publisher += 1
            named[0].mailbox.notice(issues.SECOND_PUBLISHER)
            return None, issues.SECOND_PUBLISHER
        return named[0], ""

    def _tell(self) -> None:
        """Log what was turned away, seldom: a flood must not fill the log."""
        now = time.monotonic()
        if self.counts != self._logged and now - self._logged_at > _LOG_SECONDS:
            self._logged, self._logged_at = Counts(**asdict(self.counts)), now
            told = ", ".join(
                f"{name} {count}" for name, count in asdict(self.counts).items() if count
            )
            _log.warning("port %s: turned away so far: %s", self._port, told)


_listeners: weakref.WeakValueDictionary[tuple[str, int], RtmpListener] = (
    weakref.WeakValueDictionary()
)
_listeners_lock = threading.Lock()


def listener_at(host: str, port: int) -> RtmpListener:
    """Return this process's listener at a place: cameras of a courtroom share it."""
    with _listeners_lock:
        found = _listeners.get((host, port))
        if found is None:
            found = _listeners[host, port] = RtmpListener(host, port)
        return found
