"""RTSP 1.0 requests, answers and the packets between them; pure.

Sources: RFC 2326 §4–§7, §10.12 (interleaved packets), §12.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

MAX_HEADER = 16 * 1024
MAX_BODY = 64 * 1024
LAST_PORT = 65_535
_REASONS = {
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    405: "Method Not Allowed",
    454: "Session Not Found",
    455: "Method Not Valid in This State",
    461: "Unsupported Transport",
    501: "Not Implemented",
    503: "Service Unavailable",
}
_INTERLEAVED = re.compile(r"interleaved=(\d{1,3})-(\d{1,3})")
_CLIENT_PORTS = re.compile(r"client_port=(\d{1,5})-(\d{1,5})")
_INTERLEAVED_MARK = 0x24
_MAX_WAITING = 4 * 1024 * 1024


class MalformedMessage(ValueError):
    """What came is not RTSP."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request; header names in lower case."""

    method: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def path(self) -> list[str]:
        """The address's path, in pieces."""
        try:
            return [piece for piece in urlsplit(self.url).path.split("/") if piece]
        except ValueError:
            return []

    @property
    def channels(self) -> tuple[int, int] | None:
        """The channels of an interleaved transport, None for any other transport."""
        transport = self.headers.get("transport", "")
        if "RTP/AVP/TCP" not in transport:
            return None
        found = _INTERLEAVED.search(transport)
        if found is None:
            return (0, 1)
        rtp, rtcp = int(found[1]), int(found[2])
        return (rtp, rtcp) if max(rtp, rtcp) <= 255 else None  # noqa: PLR2004 - one byte

    @property
    def client_ports(self) -> tuple[int, int] | None:
        """The ports of a transport by UDP, None for any other transport."""
        transport = self.headers.get("transport", "")
        found = None if "RTP/AVP/TCP" in transport else _CLIENT_PORTS.search(transport)
        ports = (int(found[1]), int(found[2])) if found else None
        return ports if ports and max(ports) <= LAST_PORT else None


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a request; header names in lower case, what came twice in a line each."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def number(self) -> int:
        """The number of the request that it answers, -1 if it says none."""
        told = self.headers.get("cseq", "")
        return int(told) if told.isdecimal() and len(told) < 10 else -1  # noqa: PLR2004


@dataclass(frozen=True, slots=True)
class Framed:
    """A packet between the messages, of one of the channels that were agreed on."""

    channel: int
    data: bytes


def parse_head(head: bytes) -> tuple[Request | Reply, int]:
    """Return the message in ``head`` (up to the empty line) and the length of its body."""
    try:
        first, *lines = head.decode("utf-8").strip().split("\r\n")
        headers: dict[str, str] = {}
        for line in lines:
            name, value = line.split(":", 1)
            key = name.strip().lower()
            headers[key] = f"{headers[key]}\n{value.strip()}" if key in headers else value.strip()
        length = int(headers.get("content-length", "0"))
        one, two, three = [*first.split(" ", 2), ""][:3]
        if not 0 <= length <= MAX_BODY:
            raise MalformedMessage("a body of that length is not taken")
        if one.startswith("RTSP/1."):
            return Reply(int(two[:3]), headers), length
    except ValueError as problem:
        raise MalformedMessage("not an RTSP message") from problem
    if not three.startswith("RTSP/1."):
        raise MalformedMessage("not an RTSP 1.0 message")
    return Request(one.upper(), two, headers), length


def parse_request(head: bytes) -> tuple[Request, int]:
    """Return the request in ``head`` (up to the empty line) and the length of its body."""
    message, length = parse_head(head)
    if not isinstance(message, Request):
        raise MalformedMessage("not a request")
    return message, length


class Incoming:
    """Cuts what comes over a connection into messages and packets."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def take(self, data: bytes) -> list[Framed | Reply | Request]:
        """Return what is complete; raises ``MalformedMessage``, after which nothing makes sense."""
        waiting = self._waiting
        waiting += data
        found: list[Framed | Reply | Request] = []
        at = 0
        while at < len(waiting):
            if waiting[at] == _INTERLEAVED_MARK:
                end = at + 4 + int.from_bytes(waiting[at + 2 : at + 4], "big")
                if at + 4 > len(waiting) or end > len(waiting):
                    break
                found.append(Framed(waiting[at + 1], bytes(waiting[at + 4 : end])))
                at = end
            elif waiting[at] in b"\r\n":
                at += 1  # some cameras end their bodies so
            else:
                message, end = self._message(at)
                if message is None:
                    break
                found.append(message)
                at = end
        del waiting[:at]
        if len(waiting) > _MAX_WAITING:
            raise MalformedMessage("too much at once")
        return found

    def _message(self, at: int) -> tuple[Reply | Request | None, int]:
        end = self._waiting.find(b"\r\n\r\n", at, at + MAX_HEADER)
        if end < 0:
            if len(self._waiting) - at >= MAX_HEADER:
                raise MalformedMessage("a head without an end")
            return None, at
        message, length = parse_head(bytes(self._waiting[at:end]))
        end += 4
        if end + length > len(self._waiting):
            return None, at
        if isinstance(message, Reply) and length:
            body = bytes(self._waiting[end : end + length])
            message = Reply(message.status, message.headers, body)
        return message, end + length


def ask(method: str, url: str, number: int, headers: dict[str, str]) -> bytes:
    """Return a request; ``url`` and headers must hold no line ends."""
    lines = [f"{method} {url} RTSP/1.0", f"CSeq: {number}", "User-Agent: Tingbo"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode()


def answer(
    request: Request | None, status: int, headers: dict[str, str] | None = None, body: str = ""
) -> bytes:
    """Return an answer; the request's CSeq is repeated (RFC 2326 §12.17)."""
    lines = [f"RTSP/1.0 {status} {_REASONS[status]}"]
    if request is not None and "cseq" in request.headers:
        lines.append(f"CSeq: {request.headers['cseq'][:20]}")
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    data = body.encode()
    if data:
        lines.append(f"Content-Length: {len(data)}")
    return "\r\n".join([*lines, "", ""]).encode() + data
