"""A browser's camera by WebRTC: ICE, DTLS and SRTP by aiortc, everything after that our own.

Nothing is decoded: what arrives is ordered, counted and assembled as any camera's packets are. The
sender is asked again for packets that are missing (NACK), and for a key frame at the start, after a
loss and every two seconds, because browsers send none by themselves.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Callable
from typing import Any

from aiortc import (
    RTCCertificate,
    RTCDtlsTransport,
    RTCIceGatherer,
    RTCIceTransport,
)

from media.feeds import rtcp
from media.feeds.arrival import Item, Reception
from media.feeds.rtp_reception import SENT_AGAIN
from media.feeds.rtp_stream import RtpStream, SenderClocks
from media.feeds.whip_offer import Own, Publication, answer
from media.spool.record import StreamDescription

CONNECT_SECONDS = 15.0
SILENCE_SECONDS = 5.0
GIVES_WAY_SECONDS = 2.0
"""Whoever was not heard for so long gives way to another: mostly itself, come back after its power
or its network had failed."""
TURN_SECONDS = 0.03  # how soon a missing packet is asked for
KEY_SECONDS = 2.0
COUNT_SECONDS = 1.0
AFTER_LOSS_SECONDS = 0.5  # no more key frames than that for losses
BIT_RATE = 4_000_000  # what a browser may send: 1080p as a courtroom needs it

_log = logging.getLogger(__name__)


class _Gatherer(RTCIceGatherer):
    """aiortc's gatherer, which says when somebody who knows the password has found us."""

    def __init__(self) -> None:
        super().__init__(iceServers=[])
        self.checked = asyncio.Event()
        connection: Any = self._connection
        take = connection.request_received

        def on_request(*given: object) -> None:
            take(*given)
            if connection._early_checks:  # noqa: SLF001  (only the signed ones are there)
                self.checked.set()

        connection.request_received = on_request


class _Transport(RTCDtlsTransport):
    """aiortc's transport, which gives away packets as they come out of SRTP."""

    def __init__(
        self,
        ice: RTCIceTransport,
        certificate: RTCCertificate,
        take: Callable[[bytes], None],
        take_report: Callable[[bytes], None],
    ) -> None:
        super().__init__(ice, [certificate])
        self._take, self._take_report = take, take_report

    async def _handle_rtp_data(self, data: bytes, arrival_time_ms: int) -> None:  # noqa: ARG002
        self._take(data)

    async def _handle_rtcp_data(self, data: bytes) -> None:
        self._take_report(data)

    async def send_report(self, data: bytes) -> None:
        """Send RTCP; raises ``ConnectionError``."""
        await self._send_rtp(data)


class WhipSession:
    """One publisher. ``put`` takes what comes and says whether there was room for it."""

    def __init__(
        self,
        publication: Publication,
        put: Callable[[list[Item]], bool],
        now_us: Callable[[], int],
    ) -> None:
        self._publication, self._put, self._now_us = publication, put, now_us
        clocks, self._own_ssrc = SenderClocks(), secrets.randbits(31) | 1
        self._streams = {
            offered.payload_type: RtpStream(offered, clocks, self._own_ssrc, SENT_AGAIN)
            for offered in publication.offered
        }
        self._gatherer = _Gatherer()
        self._ice = RTCIceTransport(self._gatherer)
        certificate = RTCCertificate.generateCertificate()
        self._transport = _Transport(self._ice, certificate, self._take, self._take_report)
        self._has_room, self._is_heard = True, False
        self._lost = 0
        self._counted = self._asked = 0.0
        self._heard = asyncio.get_running_loop().time()

    @property
    def descriptions(self) -> list[StreamDescription]:
        """What is sent, as far as it is known."""
        return [stream.description for stream in self._streams.values()]

    @property
    def gives_way(self) -> bool:
        """Whether it is as good as gone: it has not connected, or sent nothing, for a while."""
        silent = asyncio.get_running_loop().time() - self._heard
        return silent > GIVES_WAY_SECONDS and not self._is_heard

    async def answer(self) -> str:
        """Return the SDP with which the browser can connect."""
        await self._gatherer.gather()
        own = Own(
            self._gatherer.getLocalParameters(),
            tuple(self._gatherer.getLocalCandidates()),
            self._transport.getLocalParameters(),
        )
        return answer(self._publication, own, secrets.randbits(62))

    async def connect(self) -> bool:
        """Wait until the browser is there; False if it does not come."""
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                for candidate in self._publication.candidates:
                    await self._ice.addRemoteCandidate(candidate)
                await self._first_check()
                await self._ice.start(self._publication.ice)
                if self._ice.state != "completed":
                    return False
                await self._transport.start(self._publication.dtls)
        except (TimeoutError, ConnectionError):
            return False
        return self._transport.state == "connected"

    async def _first_check(self) -> None:
        """Wait for the publisher's own check if it has named no address of its own.

        ffmpeg names none, browsers that hide theirs none that can be resolved (RFC 9725 §4.3.1 lets
        them come later). aioice gives up at once if it knows nobody when it starts; a check that
        came before tells it who is there. For the same reason the end of candidates is not told.
        """
        if not self._publication.candidates:
            await self._gatherer.checked.wait()

    async def run(self) -> None:
        """Receive until the browser goes, falls silent, or nobody takes what it sends."""
        now = self._heard = asyncio.get_running_loop().time()
        with contextlib.suppress(ConnectionError):
            while self._transport.state == "connected" and self._has_room:
                if now - self._heard > SILENCE_SECONDS:
                    break
                await asyncio.sleep(TURN_SECONDS)
                now = asyncio.get_running_loop().time()
                await self._look_after(now)

    async def close(self) -> None:
        """End the session; safe to call twice."""
        with contextlib.suppress(ConnectionError):
            await self._transport.stop()
        await self._ice.stop()

    def _take(self, data: bytes) -> None:
        stream = self._streams.get(data[1] & 0x7F) if len(data) > 1 else None
        if stream is not None:
            self._is_heard = True
            self._give(stream.take(data, self._now_us()))

    def _take_report(self, data: bytes) -> None:
        for stream in self._streams.values():
            stream.take_report(data, self._now_us(), is_shared=True)

    def _give(self, items: list[Item]) -> None:
        if items and self._has_room:
            self._has_room = self._put(items)

    async def _look_after(self, now: float) -> None:
        if self._is_heard:
            self._heard, self._is_heard = now, False
        now_us = self._now_us()
        for stream in self._streams.values():
            self._give(stream.due(now_us))
            missing = stream.missing()
            if missing and stream.ssrc is not None:
                await self._say(rtcp.lost_packets(self._own_ssrc, stream.ssrc, missing))
        if now - self._counted >= COUNT_SECONDS:
            self._counted = now
            await self._count(now_us)
        await self._want_keys(now)

    async def _count(self, now_us: int) -> None:
        for stream in self._streams.values():
            told: Reception = stream.reception()
            self._lost += told.lost if told.stream == "video" else 0
            self._give([told])
            await self._say(stream.report(now_us))
        ssrcs = [stream.ssrc for stream in self._streams.values() if stream.ssrc is not None]
        if ssrcs:
            await self._say(rtcp.room_for(self._own_ssrc, ssrcs, BIT_RATE))

    async def _want_keys(self, now: float) -> None:
        video = next((one for one in self._streams.values() if one.stream == "video"), None)
        if video is None or video.ssrc is None:
            return
        if now - self._asked >= (AFTER_LOSS_SECONDS if self._lost else KEY_SECONDS):
            self._lost, self._asked = 0, now
            await self._say(rtcp.picture_loss(self._own_ssrc, video.ssrc))

    async def _say(self, data: bytes) -> None:
        await self._transport.send_report(data)
