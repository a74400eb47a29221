"""One RTSP session: what a camera offers is set up, played, kept alive and read.

Sources: RFC 2326 §10 (methods), §12.37 (session and its time-out), §12.39 (transport). The
connection carries the packets (interleaved), or UDP does.
"""

from __future__ import annotations

import re
import secrets
import selectors
import time
from collections.abc import Callable
from typing import Literal

from media.errors import FeedLost, FeedUnavailable
from media.feeds import issues, sdp
from media.feeds.arrival import Item
from media.feeds.rtp_ports import Ports
from media.feeds.rtp_stream import RtpStream, SenderClocks
from media.feeds.rtsp_connection import Address, Connection, refused
from media.feeds.rtsp_message import LAST_PORT, Framed, Reply
from media.spool.record import StreamDescription

Transport = Literal["tcp", "udp"]

READ_SECONDS = 0.25
SILENCE_SECONDS = 3.0
UDP_SECONDS = 2.5  # nothing by UDP for so long: something between lets none through
REPORT_SECONDS = 5.0
COUNT_SECONDS = 1.0
_SESSION_SECONDS = 60  # RFC 2326 §12.37
_OK, _NO_SUCH_TRANSPORT = 200, 461
_PAIR = re.compile(r"(interleaved|server_port)=(\d{1,5})(?:-(\d{1,5}))?")
_TIMEOUT = re.compile(r"timeout\s*=\s*(\d{1,5})")


class Session:
    """From a connection to the packets of at most one picture and one sound."""

    def __init__(
        self,
        address: Address,
        transport: Transport,
        now_us: Callable[[], int],
        deadline: float,
    ) -> None:
        self._address, self._transport, self._now_us = address, transport, now_us
        self._connection = Connection(address, deadline)
        self._url = self._base = address.url
        self._session, self._timeout = "", _SESSION_SECONDS
        self._keeps_by = "OPTIONS"
        self._streams: list[RtpStream] = []
        self._channels: dict[int, tuple[RtpStream, bool]] = {}  # True: RTCP
        self._report_channels: list[tuple[RtpStream, int]] = []
        self._ports: list[tuple[RtpStream, Ports]] = []
        self._selector = selectors.DefaultSelector()
        self._heard = self._played = 0.0
        self._alive = self._reported = self._counted = 0.0
        self._is_heard = self._is_second_choice = False
        self.lacks_sound = False

    def start(self) -> list[StreamDescription]:
        """Ask for everything; return what will come. Raises ``FeedUnavailable``."""
        options = self._connection.request("OPTIONS", self._url)
        if "GET_PARAMETER" in options.headers.get("public", ""):
            self._keeps_by = "GET_PARAMETER"
        described = self._asked("DESCRIBE", self._url, {"Accept": "application/sdp"})
        headers = described.headers
        told = headers.get("content-base") or headers.get("content-location") or self._url
        self._base = told.split("\n")[0]
        offered = sdp.parse(described.body.decode("utf-8", "replace"))
        clocks, own_ssrc = SenderClocks(), secrets.randbits(32)
        self._streams = [RtpStream(offer, clocks, own_ssrc) for offer in offered.offered]
        found = {stream.stream for stream in self._streams}
        if offered.has_video and "video" not in found:
            raise FeedUnavailable(issues.UNSUPPORTED, "a picture that cannot be recorded")
        if not found:
            code = issues.UNSUPPORTED if offered.has_audio else issues.NO_MEDIA
            raise FeedUnavailable(code, "nothing that can be recorded")
        self.lacks_sound = offered.has_audio and "audio" not in found
        for number, stream in enumerate(self._streams):
            self._set_up(number, stream)
        whole = offered.control if "://" in offered.control else self._base
        self._asked("PLAY", whole, {"Session": self._session, "Range": "npt=0.000-"})
        self._url = whole
        if self._transport == "udp":
            self._selector.register(self._connection.fileno(), selectors.EVENT_READ, None)
        self._heard = self._played = time.monotonic()
        self._alive = self._reported = self._counted = self._played
        return [stream.description for stream in self._streams]

    def _asked(self, method: str, url: str, headers: dict[str, str]) -> Reply:
        reply = self._connection.request(method, url, headers)
        if reply.status != _OK:
            raise refused(reply.status)
        return reply

    def _set_up(self, number: int, stream: RtpStream) -> None:
        control = stream.offered.control
        url = control if "://" in control else self._base
        if control not in ("", "*") and url is not control:
            url = f"{url.removesuffix('/')}/{control.removeprefix('/')}"
        if self._transport == "udp":
            self._set_up_udp(number, stream, url)
        else:
            self._set_up_tcp(number, stream, url)

    def _headers(self, transport: str) -> dict[str, str]:
        session = {"Session": self._session} if self._session else {}
        return {"Transport": transport, **session}

    def _set_up_tcp(self, number: int, stream: RtpStream, url: str) -> None:
        wished = f"RTP/AVP/TCP;unicast;interleaved={2 * number}-{2 * number + 1}"
        told = self._set_up_or_else("udp", number, stream, url, wished)
        if told is None:
            return
        rtp, rtcp = told.get("interleaved", (2 * number, 2 * number + 1))
        if rtp in self._channels or max(rtp, rtcp) > 255:  # noqa: PLR2004 - one byte
            raise FeedUnavailable(issues.GARBAGE, "two streams on one channel")
        self._channels[rtp], self._channels[rtcp] = (stream, False), (stream, True)
        self._report_channels.append((stream, rtcp))

    def _set_up_udp(self, number: int, stream: RtpStream, url: str) -> None:
        try:
            ports = Ports(self._connection.own, self._connection.peer)
        except OSError:
            raise FeedUnavailable(issues.FAILED, "no port is free") from None
        self._ports.append((stream, ports))
        wished = f"RTP/AVP;unicast;client_port={ports.port}-{ports.port + 1}"
        pairs = self._set_up_or_else("tcp", number, stream, url, wished)
        if pairs is None:
            return
        told = pairs.get("server_port")
        if told is not None and max(told) > LAST_PORT:
            raise FeedUnavailable(issues.GARBAGE, "no such port")
        if told is not None:
            ports.connect(*told)
            ports.open_way()
        for one, is_report in ((ports.rtp, False), (ports.rtcp, True)):
            self._selector.register(one, selectors.EVENT_READ, (stream, ports, is_report))

    def _set_up_or_else(
        self, other: Transport, number: int, stream: RtpStream, url: str, wished: str
    ) -> dict[str, tuple[int, int]] | None:
        """Ask for a transport; None if the camera knows it not and the other one is set up."""
        reply = self._connection.request("SETUP", url, self._headers(wished))
        if reply.status == _NO_SUCH_TRANSPORT and not number and not self._is_second_choice:
            self._is_second_choice, self._transport = True, other
            setting_up = self._set_up_udp if other == "udp" else self._set_up_tcp
            setting_up(number, stream, url)
            return None
        if reply.status != _OK:
            raise refused(reply.status)
        return self._set(reply)

    def _set(self, reply: Reply) -> dict[str, tuple[int, int]]:
        """Take the session of a SETUP's answer; return the pairs of numbers in its transport."""
        session, _, rest = reply.headers.get("session", "").partition(";")
        # some cameras name it in their first answer only
        self._session = session.split("\n")[0].strip() or self._session
        timeout = _TIMEOUT.search(rest)
        if timeout is not None:
            self._timeout = max(int(timeout[1]), 2)
        pairs = _PAIR.findall(reply.headers.get("transport", ""))
        return {name: (int(one), int(two or int(one) + 1)) for name, one, two in pairs}

    @property
    def transport(self) -> Transport:
        """How the packets come."""
        return self._transport

    def read(self) -> list[Item]:
        """Return what came within a quarter of a second; raises ``FeedLost``."""
        if self._transport == "udp":
            ready = self._selector.select(READ_SECONDS)
            now_us = self._now_us()
            found = self._read_udp(ready, now_us)
        else:
            packets = self._connection.receive(READ_SECONDS)
            now_us = self._now_us()
            found = self._read_tcp(packets, now_us)
        for stream in self._streams:
            found += stream.due(now_us)
        self._look_after(now_us, found)
        return found

    def _read_tcp(self, packets: list[Framed], now_us: int) -> list[Item]:
        found: list[Item] = []
        for packet in packets:
            known = self._channels.get(packet.channel)
            if known is None:
                continue
            stream, is_report = known
            if is_report:
                stream.take_report(packet.data, now_us)
            else:
                self._is_heard = True
                found += stream.take(packet.data, now_us)
        return found

    def _read_udp(self, ready: list[tuple[selectors.SelectorKey, int]], now_us: int) -> list[Item]:
        found: list[Item] = []
        for key, _ in ready:
            if key.data is None:
                self._connection.receive(0.001)
                continue
            stream, ports, is_report = key.data
            for data in ports.receive(key.fileobj):
                if is_report:
                    stream.take_report(data, now_us)
                else:
                    self._is_heard = True
                    found += stream.take(data, now_us)
        return found

    def _must_come(self, now: float, now_us: int) -> None:
        """Raise ``FeedLost`` when nothing comes any more, or something else."""
        if self._is_heard:
            self._heard, self._is_heard = now, False
        elif self._transport == "udp" and self._heard == self._played:
            if now - self._played > UDP_SECONDS:
                raise FeedLost(issues.UDP_BLOCKED, "nothing came by UDP")
        elif now - self._heard > SILENCE_SECONDS:
            raise FeedLost(issues.STALLED, "silence")
        if any(stream.is_another(now_us) for stream in self._streams):
            raise FeedLost(issues.CHANGED, "another format than was described")

    def _look_after(self, now_us: int, found: list[Item]) -> None:
        now = time.monotonic()
        self._must_come(now, now_us)
        if now - self._counted >= COUNT_SECONDS:
            self._counted = now
            found += [stream.reception() for stream in self._streams]
        if now - self._reported >= REPORT_SECONDS:
            self._reported = now
            self._report(now_us)
        if now - self._alive >= min(self._timeout / 2, 30):
            self._alive = now
            self._connection.send(self._keeps_by, self._url, {"Session": self._session})

    def _report(self, now_us: int) -> None:
        for stream, channel in self._report_channels:
            self._connection.send_framed(channel, stream.report(now_us))
        for stream, ports in self._ports:
            ports.report(stream.report(now_us))

    def close(self) -> None:
        """End the session without waiting for anything."""
        for _, ports in self._ports:
            ports.close()
        self._selector.close()
        headers = {"Session": self._session}
        self._connection.close(("TEARDOWN", self._url, headers) if self._session else None)
