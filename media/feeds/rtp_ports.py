"""A pair of UDP ports for RTP and RTCP (RFC 3550 §11) that speaks with one host only."""

from __future__ import annotations

import contextlib
import socket

_ATTEMPTS = 32
_LARGEST = 65_536
_MOST_AT_ONCE = 256
# a key frame of a 4K camera comes in a burst of some hundred packets
_BUFFER_BYTES = 2 * 1024 * 1024


class Ports:
    """Two bound sockets; the even one is for RTP."""

    def __init__(self, own: str, peer: str) -> None:
        """Bind to the address ``own``; raises ``OSError`` if no pair is free."""
        self._peer = peer
        self.rtp, self.rtcp = _pair(own)
        self.port: int = self.rtp.getsockname()[1]
        for one in (self.rtp, self.rtcp):
            one.settimeout(0)
        self.rtp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
        self._to: tuple[int, int] | None = None

    def connect(self, rtp_port: int, rtcp_port: int) -> None:
        """Send to these ports of the other side."""
        self._to = rtp_port, rtcp_port

    def open_way(self) -> None:
        """Send a little, so that a firewall lets in what comes from there."""
        self.send(b"\x80\x00\x00\x00")

    def receive(self, one: socket.socket) -> list[bytes]:
        """Return what waits at one of the sockets; what others sent is left out."""
        found = []
        for _ in range(_MOST_AT_ONCE):
            try:
                data, sender = one.recvfrom(_LARGEST)
            except BlockingIOError:
                break
            except OSError:  # an ICMP error of what was sent
                continue
            if sender[0] == self._peer:
                found.append(data)
        return found

    def send(self, data: bytes) -> None:
        """Send RTP; what the network does not take is lost, as on any way by UDP."""
        if self._to is not None:
            with contextlib.suppress(OSError):
                self.rtp.sendto(data, (self._peer, self._to[0]))

    def report(self, data: bytes) -> None:
        """Send RTCP."""
        if self._to is not None:
            with contextlib.suppress(OSError):
                self.rtcp.sendto(data, (self._peer, self._to[1]))

    def close(self) -> None:
        """Free the ports."""
        self.rtp.close()
        self.rtcp.close()


def _pair(own: str) -> tuple[socket.socket, socket.socket]:
    family = socket.AF_INET6 if ":" in own else socket.AF_INET
    for _ in range(_ATTEMPTS):
        first, second = (socket.socket(family, socket.SOCK_DGRAM) for _ in range(2))
        try:
            first.bind((own, 0))
            port = first.getsockname()[1]
            second.bind((own, port ^ 1))
        except OSError:
            first.close()
            second.close()
            continue
        return (first, second) if port % 2 == 0 else (second, first)
    raise OSError("no pair of ports is free")
