"""One viewer: its peer connection and the frames that wait for it."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from fractions import Fraction

from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpSender,
    RTCSessionDescription,
)
from aiortc.exceptions import InvalidAccessError, InvalidStateError, OperationError
from aiortc.mediastreams import MediaStreamError
from av.packet import Packet
from av.stream import Stream

from media.messages import Frame, Rendition
from media.relay.offer import UNPROCESSABLE, OfferRefused, Wishes

MAX_WAITING_FRAMES = 50
"""Two seconds of pictures or one of sound; a viewer that is further behind starts anew."""

_log = logging.getLogger(__name__)


class ProgramTrack(MediaStreamTrack):
    """Encoded frames of one rendition, handed to aiortc as they are.

    Begins with a key frame; a viewer that falls behind loses what waits and goes on with the next
    key frame, so that one slow line costs nobody else anything.
    """

    def __init__(self, rendition: Rendition, want_keyframe: Callable[[], None]) -> None:
        super().__init__()
        self.kind = rendition.kind
        self.rendition = rendition
        self.dropped = 0
        self.sent_bytes = 0
        self._time_base = Fraction(1, rendition.timescale)
        self._want_keyframe = want_keyframe
        self._frames: deque[Frame] = deque()
        self._ready = asyncio.Event()
        self._needs_keyframe = True
        self._is_open = False

    def open(self) -> None:
        """Begin to take frames: what came while the viewer was connecting is old by now."""
        self._is_open = True
        self._want_keyframe()

    def put(self, frame: Frame) -> None:
        """Take a frame; never waits."""
        if not self._is_open:
            return
        if self._needs_keyframe and not frame.keyframe:
            self.dropped += 1
            return
        self._needs_keyframe = False
        if len(self._frames) >= MAX_WAITING_FRAMES:
            self.dropped += len(self._frames) + 1
            self._start_anew()
            return
        self._frames.append(frame)
        self._ready.set()

    def cut(self, from_us: int, to_us: int) -> None:
        """Forget waiting frames of a range that must not be seen."""
        kept = [frame for frame in self._frames if not from_us <= frame.court_us < to_us]
        if len(kept) != len(self._frames):
            self.dropped += len(self._frames) - len(kept)
            self._start_anew()

    def _start_anew(self) -> None:
        self._frames.clear()
        self._ready.clear()
        self._needs_keyframe = True
        self._want_keyframe()

    async def recv(self) -> Packet[Stream]:
        """Return the next frame; aiortc's sender asks for it."""
        while not self._frames:
            if self.readyState != "live":
                raise MediaStreamError
            self._ready.clear()
            await self._ready.wait()
        frame = self._frames.popleft()
        packet: Packet[Stream] = Packet(frame.payload)
        packet.pts = frame.pts
        packet.time_base = self._time_base
        packet.is_keyframe = frame.keyframe
        self.sent_bytes += len(frame.payload)
        return packet

    def stop(self) -> None:
        """End the track and wake whoever waits for a frame."""
        super().stop()
        self._ready.set()


class Viewer:
    """A peer connection that was offered and answered."""

    def __init__(self, session: str, want_keyframe: Callable[[], None]) -> None:
        self.session = session
        self.tracks: list[ProgramTrack] = []
        self.connected = asyncio.Event()
        self.closed = asyncio.Event()
        self._want_keyframe = want_keyframe
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._connection.on("connectionstatechange", self._on_state)

    def _on_state(self) -> None:
        state = self._connection.connectionState
        if state == "connected":
            self.connected.set()
            for track in self.tracks:
                track.open()
        elif state in {"failed", "closed"}:
            self.closed.set()

    async def answer(self, wishes: Wishes, renditions: list[Rendition]) -> str:
        """Answer an offer with one track of each wanted kind; raises ``OfferRefused``."""
        for rendition in renditions:
            track = ProgramTrack(rendition, self._want_keyframe)
            transceiver = self._connection.addTransceiver(track, direction="sendonly")
            # Before the remote description: aiortc ignores preferences that come later.
            transceiver.setCodecPreferences(_codecs(rendition.kind))
            # Loss reports of a track that is not encoded here would otherwise go unheard.
            transceiver.sender._send_keyframe = self._want_keyframe  # type: ignore[method-assign]  # noqa: SLF001
            self.tracks.append(track)
        try:
            await self._connection.setRemoteDescription(
                RTCSessionDescription(sdp=wishes.sdp, type="offer")
            )
            answer = await self._connection.createAnswer()
            await self._connection.setLocalDescription(answer)
        except (OperationError, InvalidAccessError, InvalidStateError, ValueError) as problem:
            _log.info("offer refused: %s", type(problem).__name__)
            raise OfferRefused(
                UNPROCESSABLE, "no common way to send picture and sound"
            ) from problem
        return _mux_only(self._connection.localDescription.sdp)

    async def close(self) -> None:
        """End the session; safe to call twice."""
        for track in self.tracks:
            track.stop()
        self.closed.set()
        await self._connection.close()

    @property
    def sent_bytes(self) -> int:
        """Bytes of encoded media handed to the viewer's sender."""
        return sum(track.sent_bytes for track in self.tracks)

    @property
    def dropped(self) -> int:
        """Frames that the viewer was too slow for or joined too late for."""
        return sum(track.dropped for track in self.tracks)


def _codecs(kind: str) -> list:  # type: ignore[type-arg]  # aiortc exports no name for it
    wanted = {"video": {"video/H264", "video/rtx"}, "audio": {"audio/opus"}}[kind]
    return [
        codec for codec in RTCRtpSender.getCapabilities(kind).codecs if codec.mimeType in wanted
    ]


def _mux_only(sdp: str) -> str:
    """Say in each section that RTP and RTCP share a port, always (RFC 9725 §4.4.1)."""
    return sdp.replace("a=rtcp-mux\r\n", "a=rtcp-mux\r\na=rtcp-mux-only\r\n")
