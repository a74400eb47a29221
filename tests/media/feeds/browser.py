"""A browser that sends its camera by WebRTC: aiortc with a clip that is sent as it is."""

from __future__ import annotations

import asyncio
import itertools
from fractions import Fraction
from typing import Any

from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpSender,
    RTCSessionDescription,
)
from av.packet import Packet
from av.stream import Stream

from media.feeds.clip import Clip
from media.feeds.loop import FLICKS, repeated
from media.spool.record import Stream as Kind


class ClipTrack(MediaStreamTrack):
    """One stream of a clip, again and again, in real time."""

    def __init__(self, clip: Clip, kind: Kind) -> None:
        super().__init__()
        self.kind = kind
        self._packets = (packet for packet in repeated(list(clip.packets)) if packet.stream == kind)
        self._started = asyncio.get_running_loop().time()
        self._clock = 90_000 if kind == "video" else 48_000

    async def recv(self) -> Packet[Stream]:
        """Return the next packet when it is due."""
        packet = next(self._packets)
        loop = asyncio.get_running_loop()
        await asyncio.sleep(self._started + packet.dts / FLICKS - loop.time())
        made: Packet[Stream] = Packet(packet.payload)
        made.pts = packet.pts * self._clock // FLICKS
        made.time_base = Fraction(1, self._clock)
        return made


class Browser:
    """Offers, is answered, sends; ``asked_for_keys`` counts what the other side wished."""

    def __init__(self, clip: Clip) -> None:
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.asked_for_keys = 0
        self.connected = asyncio.Event()
        self._connection.on("connectionstatechange", self._on_state)
        for known in clip.descriptions:
            track = ClipTrack(clip, known.stream)
            transceiver = self._connection.addTransceiver(track, direction="sendonly")
            wanted = "video/H264" if known.stream == "video" else "audio/opus"
            codecs = RTCRtpSender.getCapabilities(known.stream).codecs
            transceiver.setCodecPreferences([one for one in codecs if one.mimeType == wanted])
            if known.stream == "video":
                transceiver.sender._send_keyframe = self._on_key  # type: ignore[method-assign]

    def _on_key(self) -> None:
        self.asked_for_keys += 1

    def _on_state(self) -> None:
        if self._connection.connectionState == "connected":
            self.connected.set()

    async def offer(self) -> str:
        """Return the offer."""
        await self._connection.setLocalDescription(await self._connection.createOffer())
        return str(self._connection.localDescription.sdp)

    async def accept(self, answer: str) -> None:
        """Take the answer; sending begins."""
        await self._connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))

    def lose(self, every: int) -> None:
        """Lose every so many packets from now on, as a network does."""
        ice: Any = self._connection.getTransceivers()[0].sender.transport.transport
        send, count = ice._send, itertools.count()

        async def lossy(data: bytes) -> None:
            if 127 < data[0] < 192 and not 192 <= data[1] <= 223 and next(count) % every == 0:
                return
            await send(data)

        ice._send = lossy

    async def close(self) -> None:
        """Go away."""
        await self._connection.close()
