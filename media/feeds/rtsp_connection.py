"""A client's connection to an RTSP camera: requests and answers, and the packets between them.

Blocks its thread, never longer than it is told to. Errors carry an issue code and nothing of the
address.
"""

from __future__ import annotations

import contextlib
import hashlib
import secrets
import socket
import ssl
import time
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import unquote, urlsplit

from media.errors import FeedLost, FeedUnavailable
from media.feeds import issues
from media.feeds.rtsp_auth import Proof
from media.feeds.rtsp_message import (
    Framed,
    Incoming,
    MalformedMessage,
    Reply,
    Request,
    answer,
    ask,
)

_CHUNK = 64 * 1024
_SEND_SECONDS = 2.0
_MAX_EARLY_BYTES = 8 * 1024 * 1024  # of packets that come before the answer to PLAY
_PORTS = {"rtsp": 554, "rtsps": 322}
_UNAUTHORISED, _NO_SESSION = 401, 454
_STATUS_CODES = {
    401: issues.UNAUTHORISED,
    403: issues.UNAUTHORISED,
    404: issues.NOT_FOUND,
    453: issues.BUSY,
    461: issues.UNSUPPORTED,
    503: issues.BUSY,
}


@dataclass(frozen=True, slots=True)
class Address:
    """A camera's address: ``rtsp[s]://[name:password@]host[:port]/path[#udp][#pin=SHA256]``.

    The part behind ``#`` is for this house and never sent: ``udp`` asks for packets by UDP,
    ``pin`` names the SHA-256 of the one certificate that is taken.
    """

    host: str
    port: int
    is_tls: bool
    url: str
    user: str
    password: str = field(repr=False)
    is_udp: bool
    pin: str

    @classmethod
    def parse(cls, url: str) -> Self:
        """Read an address; raises ``FeedUnavailable``."""
        try:
            parts = urlsplit(url)
            scheme, host, port = parts.scheme.lower(), parts.hostname, parts.port
        except ValueError:
            raise FeedUnavailable(issues.UNSUPPORTED, "not an address") from None
        wishes = [wish for wish in parts.fragment.replace("#", "&").split("&") if wish]
        pins = [wish[4:].lower().replace(":", "") for wish in wishes if wish.startswith("pin=")]
        known = len(pins) + wishes.count("udp")
        if scheme not in _PORTS or not host or known != len(wishes):
            raise FeedUnavailable(issues.UNSUPPORTED, "not an address")
        netloc = parts.netloc.rpartition("@")[2]
        return cls(
            host,
            port or _PORTS[scheme],
            scheme == "rtsps",
            parts._replace(scheme=scheme, netloc=netloc, fragment="").geturl(),
            unquote(parts.username or ""),
            unquote(parts.password or ""),
            "udp" in wishes,
            pins[0] if pins else "",
        )


def code_of(problem: OSError) -> str:
    """Return the issue code of a connection that could not be made."""
    if isinstance(problem, ssl.SSLCertVerificationError):
        return issues.CERTIFICATE
    if isinstance(problem, ssl.SSLError):
        return issues.GARBAGE
    if isinstance(problem, ConnectionRefusedError):
        return issues.REFUSED
    if isinstance(problem, ConnectionError):
        return issues.CLOSED
    return issues.UNREACHABLE


def refused(status: int) -> FeedUnavailable:
    """Return what an answer that is no success means."""
    code = _STATUS_CODES.get(status)
    if code is None:
        kinds = {3: issues.REDIRECTED, 4: issues.UNSUPPORTED, 5: issues.REFUSED}
        code = kinds.get(status // 100, issues.GARBAGE)
    return FeedUnavailable(code, f"RTSP status {status}")


class Connection:
    """One TCP connection, in the clear or by TLS."""

    def __init__(self, address: Address, deadline: float) -> None:
        """Connect until ``deadline`` (monotonic seconds); raises ``FeedUnavailable``."""
        self._proof = Proof(address.user, address.password)
        self._incoming, self._number = Incoming(), 0
        self._replies: dict[int, Reply] = {}
        self._early: list[Framed] = []
        self._asked: tuple[str, str, dict[str, str] | None] = ("", "", None)  # last
        self._deadline = deadline
        try:
            self._socket = self._connect(address)
        except OSError as problem:
            raise FeedUnavailable(code_of(problem), problem.strerror or "") from None

    def _connect(self, address: Address) -> socket.socket:
        plain = socket.create_connection((address.host, address.port), self._left())
        try:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return _secured(plain, address) if address.is_tls else plain
        except BaseException:
            plain.close()
            raise

    def _left(self) -> float:
        return max(self._deadline - time.monotonic(), 0.001)

    @property
    def peer(self) -> str:
        """The camera's IP address."""
        return str(self._socket.getpeername()[0])

    @property
    def own(self) -> str:
        """The IP address of this end."""
        return str(self._socket.getsockname()[0])

    def fileno(self) -> int:
        """Return the socket's number, for a selector."""
        return self._socket.fileno()

    def request(self, method: str, url: str, headers: dict[str, str] | None = None) -> Reply:
        """Ask and wait for the answer; proves who asks, when asked to.

        Raises ``FeedUnavailable`` when there is no answer until the deadline, or for 401.
        """
        while True:
            number = self.send(method, url, headers)
            while (reply := self._replies.pop(number, None)) is None:
                if time.monotonic() >= self._deadline:
                    raise FeedUnavailable(issues.UNREACHABLE, "no answer")
                self._early += self._receive(self._left())
                if sum(len(packet.data) for packet in self._early) > _MAX_EARLY_BYTES:
                    raise FeedUnavailable(issues.GARBAGE, "packets without an answer")
            if reply.status != _UNAUTHORISED:
                return reply
            if not self._proof.take(reply.headers.get("www-authenticate", "")):
                raise refused(reply.status)

    def send(self, method: str, url: str, headers: dict[str, str] | None = None) -> int:
        """Ask without waiting; return the request's number."""
        self._asked = method, url, headers
        self._number += 1
        proof = self._proof.header(method, url, secrets.token_hex(8))
        self._write(ask(method, url, self._number, {**(headers or {}), **proof}))
        return self._number

    def send_framed(self, channel: int, data: bytes) -> None:
        """Send a packet on a channel."""
        self._write(b"$" + bytes([channel]) + len(data).to_bytes(2, "big") + data)

    def _write(self, data: bytes) -> None:
        try:
            self._socket.settimeout(_SEND_SECONDS)
            self._socket.sendall(data)
        except OSError:
            raise FeedLost(issues.CLOSED, "it takes nothing") from None

    def receive(self, seconds: float) -> list[Framed]:
        """Return the packets that come, at once or within some seconds; raises ``FeedLost``."""
        if self._early:
            early, self._early = self._early, []
            return early
        found = self._receive(seconds)
        replies, self._replies = self._replies, {}
        for reply in replies.values():  # to what was asked without waiting
            if reply.status == _UNAUTHORISED:
                if self._proof.take(reply.headers.get("www-authenticate", "")):
                    self.send(*self._asked)  # else the session ends for want of a sign of life
            elif reply.status == _NO_SESSION:
                raise FeedLost(issues.CLOSED, "the camera has forgotten the session")
        return found

    def _receive(self, seconds: float) -> list[Framed]:
        try:
            self._socket.settimeout(max(seconds, 0.001))
            data = self._socket.recv(_CHUNK)
        except (TimeoutError, ssl.SSLWantReadError):
            return []
        except OSError:
            raise FeedLost(issues.CLOSED, "the connection broke") from None
        if not data:
            raise FeedLost(issues.CLOSED, "the camera ended the connection")
        try:
            messages = self._incoming.take(data)
        except MalformedMessage as problem:
            raise FeedLost(issues.GARBAGE, str(problem)) from None
        found = []
        for message in messages:
            if isinstance(message, Framed):
                found.append(message)
            elif isinstance(message, Reply):
                self._replies[message.number] = message
            else:
                self._answer(message)
        return found

    def _answer(self, request: Request) -> None:
        """A camera may ask too (RFC 2326 §10); it learns that nothing of it is done here."""
        self._write(answer(request, 200 if request.method == "OPTIONS" else 501))

    def close(self, farewell: tuple[str, str, dict[str, str]] | None = None) -> None:
        """Let go, with a last request that nobody waits for."""
        if farewell is not None:
            with contextlib.suppress(FeedLost):
                self.send(*farewell)
        with contextlib.suppress(OSError):
            self._socket.close()


def _secured(plain: socket.socket, address: Address) -> ssl.SSLSocket:
    context = ssl.create_default_context()
    if address.pin:
        # cameras sign for themselves: the one that was seen when the camera was set up is taken
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    secured = context.wrap_socket(plain, server_hostname=address.host)
    certificate = secured.getpeercert(binary_form=True) or b""
    if address.pin and hashlib.sha256(certificate).hexdigest() != address.pin:
        secured.close()
        raise ssl.SSLCertVerificationError("another certificate than the one that was named")
    return secured
