"""The project's own RTSP sender: clips in endless loops, as cameras on loopback.

``python -m media.feeds.rtsp_sender --listen 127.0.0.1:8554 judge=judge.mp4 witness=witness.mp4``
prints one line of JSON when it listens. RTP goes over the RTSP connection (TCP, interleaved). All
mounts run on one clock from the moment the sender starts, so cameras that were made in step stay
in step. A reader that does not take what is sent is dropped. RTP goes by UDP to who asks for it.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import logging
import os
import secrets
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Self

from media.errors import FeedUnavailable
from media.feeds.clip import Clip, due, load_clip
from media.feeds.loop import FLICKS, ClipPacket, Loop
from media.feeds.rtp import Interleaved, RtpTrack
from media.feeds.rtp_ports import Ports
from media.feeds.rtsp_auth import Credentials
from media.feeds.rtsp_message import (
    MAX_HEADER,
    MalformedMessage,
    Request,
    answer,
    parse_request,
)
from media.process import die_with_parent, until_stopped
from media.spool.record import Stream

_log = logging.getLogger(__name__)

MAX_READERS = 64
MAX_HELD_BYTES = 4 * 1024 * 1024
IDLE_SECONDS = 60.0
REPORT_SECONDS = 5.0
_METHODS = "OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, SET_PARAMETER, TEARDOWN"


def _turns(clip: Clip) -> Iterator[ClipPacket]:
    loop = Loop()
    while True:
        for packet in clip.packets:
            placed = loop.place(packet)
            if placed is not None:
                yield placed
        loop.turn()


class Mount:
    """One clip under one name: packs each packet once, whoever reads it."""

    def __init__(self, name: str, clip: Clip) -> None:
        self.name, self._clip = name, clip
        self.tracks: dict[Stream, RtpTrack] = {}
        for number, known in enumerate(clip.descriptions):
            if RtpTrack.is_known(known):
                self.tracks[known.stream] = RtpTrack(known, 96 + number, secrets.randbits(32))
        if not self.tracks:
            raise FeedUnavailable("unsupported", f"{name}: no codec that can be sent")
        self._readers: set[Reader] = set()
        self.now = 0  # flicks since the sender's start

    def add(self, reader: Reader) -> None:
        """Send to this reader from the next key frame on."""
        self._readers.add(reader)

    def remove(self, reader: Reader) -> None:
        """Stop sending to it."""
        self._readers.discard(reader)

    async def play(self, started: float, started_us: int) -> None:
        """Send everything when it is due, for ever; ``started`` is of the loop's clock."""
        loop = asyncio.get_running_loop()
        for packet in _turns(self._clip):
            ahead = started + due(packet) / FLICKS - loop.time()
            if ahead > 0:
                await asyncio.sleep(ahead)
            self.now = due(packet)
            track = self.tracks.get(packet.stream)
            if track is None or not self._readers:
                continue
            packets = track.packets(packet)
            for reader in list(self._readers):
                reader.send(packet, packets)
                if reader.is_report_due(self.now):
                    unix_us = started_us + self.now * 1_000_000 // FLICKS
                    reader.report(self, unix_us)

    def description(self, host: str) -> str:
        """Return the SDP (RFC 4566)."""
        lines = ["v=0", f"o=- 1 1 IN IP4 {host}", f"s={self.name}", f"c=IN IP4 {host}", "t=0 0"]
        lines += ["a=range:npt=now-", "a=control:*"]
        for stream, track in self.tracks.items():
            lines += track.media_description(f"track={stream}")
        return "\r\n".join([*lines, ""])


class _Connected:
    """A stream's way over the RTSP connection."""

    def __init__(self, writer: asyncio.StreamWriter, channels: tuple[int, int]) -> None:
        self._writer = writer
        self._rtp, self._rtcp = (Interleaved(channel) for channel in channels)

    def send(self, data: bytes) -> None:
        self._writer.write(self._rtp.wrap(data))

    def report(self, data: bytes) -> None:
        self._writer.write(self._rtcp.wrap(data))

    def close(self) -> None:
        """The connection closes itself."""


class Reader:
    """One connection: what it set up, and whether it plays."""

    def __init__(self, sender: RtspSender, writer: asyncio.StreamWriter) -> None:
        self._sender, self._writer = sender, writer
        self._nonce = secrets.token_hex(16)
        self._session = secrets.token_hex(8)
        self._ways: dict[Stream, _Connected | Ports] = {}
        self._mount: Mount | None = None
        self.is_playing = False
        self._has_key = False
        self._next_report = 0

    def send(self, packet: ClipPacket, packets: list[bytes]) -> None:
        """Send RTP packets if the stream was set up; pictures from the first key frame on."""
        way = self._ways.get(packet.stream)
        if way is None:
            return
        if packet.stream == "video" and not self._has_key:
            if not packet.keyframe:
                return
            self._has_key = True
        if self._writer.transport.get_write_buffer_size() > MAX_HELD_BYTES:
            _log.warning("a reader does not take what it asked for; dropped")
            self._writer.transport.abort()
            return
        for data in packets:
            for disturbed in self._sender.disturb(packet.stream, data):
                way.send(disturbed)

    def is_report_due(self, now: int) -> bool:
        """Whether sender reports are to go out at ``now`` (flicks)."""
        return now >= self._next_report

    def report(self, mount: Mount, unix_us: int) -> None:
        """Tell the reader how the streams' clocks belong together."""
        self._next_report = mount.now + round(REPORT_SECONDS * FLICKS)
        for stream, way in self._ways.items():
            way.report(mount.tracks[stream].report(mount.now, unix_us))

    def answer(self, request: Request) -> tuple[bytes, bool]:
        """Return the answer to a request and whether the connection goes on."""
        credentials = self._sender.credentials
        is_free = credentials is None or request.method == "OPTIONS"
        if credentials and not is_free and not credentials.is_proved(request, self._nonce):
            return answer(request, 401, credentials.challenge(self._nonce)), True
        handlers = {
            "OPTIONS": self._options,
            "DESCRIBE": self._describe,
            "SETUP": self._set_up,
            "PLAY": self._play,
            "GET_PARAMETER": self._keep_alive,
            "SET_PARAMETER": self._keep_alive,
        }
        if request.method == "TEARDOWN":
            return answer(request, 200, {"Session": self._session}), False
        handler = handlers.get(request.method)
        return (answer(request, 405) if handler is None else handler(request)), True

    def _options(self, request: Request) -> bytes:
        return answer(request, 200, {"Public": _METHODS})

    def _keep_alive(self, request: Request) -> bytes:
        return answer(request, 200, {"Session": self._session})

    def _describe(self, request: Request) -> bytes:
        mount = self._sender.mount(request)
        if mount is None:
            return answer(request, 404)
        headers = {"Content-Type": "application/sdp", "Content-Base": request.url.rstrip("/") + "/"}
        return answer(request, 200, headers, mount.description(self._sender.host))

    def _set_up(self, request: Request) -> bytes:
        mount = self._sender.mount(request)
        kind = request.path[-1].removeprefix("track=") if request.path else ""
        stream: Stream | None = "video" if kind == "video" else "audio" if kind == "audio" else None
        if mount is None or stream not in mount.tracks or self._mount not in (None, mount):
            return answer(request, 404)
        transport = self._way(request, stream)
        if transport is None:
            return answer(request, 461)
        self._mount = mount
        return answer(request, 200, {"Transport": transport, "Session": self._session})

    def _way(self, request: Request, stream: Stream) -> str | None:
        """Make the stream's way; return the transport's description, None if it is not known."""
        channels, ports = request.channels, request.client_ports
        if channels is not None:
            self._ways[stream] = _Connected(self._writer, channels)
            return f"RTP/AVP/TCP;unicast;interleaved={channels[0]}-{channels[1]}"
        if ports is None or not self._sender.has_udp:
            return None
        own, peer = (self._writer.get_extra_info(end)[0] for end in ("sockname", "peername"))
        way = self._ways[stream] = Ports(own, peer)
        way.connect(*ports)
        told = f"client_port={ports[0]}-{ports[1]};server_port={way.port}-{way.port + 1}"
        return f"RTP/AVP;unicast;{told}"

    def _play(self, request: Request) -> bytes:
        mount = self._mount
        if mount is None:
            return answer(request, 455)
        base = request.url.rstrip("/")
        told = ",".join(
            f"url={base}/track={stream};seq={mount.tracks[stream].sequence};"
            f"rtptime={mount.tracks[stream].timestamp(mount.now)}"
            for stream in self._ways
        )
        self.is_playing = True
        return answer(request, 200, {"Session": self._session, "RTP-Info": told})

    def begin(self) -> None:
        """Have the mount send; once the answer to PLAY is on its way."""
        if self._mount is not None:
            self._next_report = 0
            self._mount.add(self)

    def end(self) -> None:
        """Leave the mount."""
        for way in self._ways.values():
            way.close()
        if self._mount is not None:
            self._mount.remove(self)


Disturbance = Callable[[Stream, bytes], Sequence[bytes]]


def _undisturbed(_: Stream, data: bytes) -> Sequence[bytes]:
    return (data,)


class RtspSender:
    """Serves clips under names: ``async with RtspSender({"judge": clip}) as sender``.

    ``disturb`` may be set to what happens to each RTP packet on its way (tests lose, hold and spoil
    some); without ``has_udp`` the sender knows no transport but the connection.
    """

    def __init__(
        self,
        clips: dict[str, Clip],
        host: str = "127.0.0.1",
        port: int = 0,
        credentials: Credentials | None = None,
    ) -> None:
        self.host, self.port, self.credentials = host, port, credentials
        self.has_udp = True
        self.disturb: Disturbance = _undisturbed
        self._mounts = {name: Mount(name, clip) for name, clip in clips.items()}
        self._connections: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self.started_us = 0  # Unix time of the clips' first picture
        self._playing: list[asyncio.Task[None]] = []
        self._serving: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, self.host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        started, self.started_us = asyncio.get_running_loop().time(), time.time_ns() // 1000
        self._playing = [
            asyncio.create_task(mount.play(started, self.started_us), name=f"mount:{mount.name}")
            for mount in self._mounts.values()
        ]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._playing:
            task.cancel()
        await asyncio.gather(*self._playing, return_exceptions=True)
        if self._server is not None:
            self._server.close()
        for writer in list(self._connections):
            writer.transport.abort()
        if self._serving:
            await asyncio.wait(self._serving, timeout=2)

    def url(self, name: str) -> str:
        """Return the address of a mount."""
        return f"rtsp://{self.host}:{self.port}/{name}"

    def mount(self, request: Request) -> Mount | None:
        """Return the mount that a request names."""
        return self._mounts.get(request.path[0]) if request.path else None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._serving.add(task)
            task.add_done_callback(self._serving.discard)
        if len(self._connections) >= MAX_READERS:
            writer.transport.abort()
            return
        self._connections.add(writer)
        peer = Reader(self, writer)
        try:
            await self._converse(reader, writer, peer)
        except MalformedMessage:
            writer.write(answer(None, 400))
        except (ConnectionError, asyncio.IncompleteReadError, TimeoutError):
            pass
        except asyncio.LimitOverrunError:
            writer.write(answer(None, 400))
        finally:
            peer.end()
            self._connections.discard(writer)
            writer.close()

    async def _converse(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, peer: Reader
    ) -> None:
        is_open = True
        while is_open:
            # one who plays proves that he is there by taking what is sent
            async with asyncio.timeout(None if peer.is_playing else IDLE_SECONDS):
                request = await _next_request(reader)
            reply, is_open = peer.answer(request)
            writer.write(reply)
            await writer.drain()
            if request.method == "PLAY" and peer.is_playing:
                peer.begin()


async def _next_request(reader: asyncio.StreamReader) -> Request:
    while True:
        first = await reader.readexactly(1)
        if first != b"$":
            break
        head = await reader.readexactly(3)  # the reader's RTCP: of no interest
        await reader.readexactly(int.from_bytes(head[1:], "big"))
    head = first + await reader.readuntil(b"\r\n\r\n")
    if len(head) > MAX_HEADER:
        raise MalformedMessage("too long")
    request, length = parse_request(head)
    if length:
        await reader.readexactly(length)
    return request


async def _run(arguments: argparse.Namespace, stop: asyncio.Event) -> None:
    host, _, port = arguments.listen.rpartition(":")
    clips = {}
    for mount in arguments.mounts:
        name, _, path = mount.partition("=")
        clips[name] = await asyncio.to_thread(load_clip, Path(path))
    password = os.environ.get("RTSP_SENDER_PASSWORD", "")
    credentials = Credentials(arguments.user, password) if arguments.user else None
    async with RtspSender(clips, host, int(port), credentials) as sender:
        urls = {name: sender.url(name) for name in clips}
        ready = {"ready": True, "urls": urls, "started_us": sender.started_us}
        sys.stdout.write(json.dumps(ready) + "\n")
        sys.stdout.flush()
        await stop.wait()


def main() -> None:
    """Serve the clips that the command line names until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m media.feeds.rtsp_sender", description=__doc__)
    parser.add_argument("--listen", default="127.0.0.1:8554", help="host:port; port 0: any")
    parser.add_argument("--user", default="", help="ask for this name and $RTSP_SENDER_PASSWORD")
    parser.add_argument("mounts", nargs="+", metavar="NAME=CLIP")
    arguments = parser.parse_args()
    die_with_parent()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(until_stopped(lambda stop: _run(arguments, stop)))


if __name__ == "__main__":
    main()
