"""RTSP 1.0 requests and answers as text, and digest authentication; pure.

Sources: RFC 2326 §4–§10; RFC 2617 §3.2 (MD5 without qop, which every camera and client speaks).
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

MAX_HEADER = 16 * 1024
MAX_BODY = 64 * 1024
_REASONS = {
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    405: "Method Not Allowed",
    454: "Session Not Found",
    455: "Method Not Valid in This State",
    461: "Unsupported Transport",
    503: "Service Unavailable",
}
_INTERLEAVED = re.compile(r"interleaved=(\d{1,3})-(\d{1,3})")
_PAIR = re.compile(r'(\w+)="?([^",]*)"?')


class MalformedRequest(ValueError):
    """What came is not an RTSP request."""


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


def parse_request(head: bytes) -> tuple[Request, int]:
    """Return the request in ``head`` (up to the empty line) and the length of its body."""
    try:
        first, *lines = head.decode("utf-8").strip().split("\r\n")
        method, url, version = first.split(" ")
        headers = {}
        for line in lines:
            name, value = line.split(":", 1)
            headers[name.strip().lower()] = value.strip()
        length = int(headers.get("content-length", "0"))
    except ValueError as problem:
        raise MalformedRequest("not an RTSP request") from problem
    if not version.startswith("RTSP/1.") or not 0 <= length <= MAX_BODY:
        raise MalformedRequest("not an RTSP 1.0 request")
    return Request(method.upper(), url, headers), length


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


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who may look, and how that is proved."""

    user: str
    password: str
    realm: str = "camera"

    def challenge(self, nonce: str) -> dict[str, str]:
        """Return the header that asks for a proof."""
        return {"WWW-Authenticate": f'Digest realm="{self.realm}", nonce="{nonce}"'}

    def is_proved(self, request: Request, nonce: str) -> bool:
        """Whether the request carries the right answer to ``nonce``."""
        kind, _, told = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "digest":
            return False
        pairs = dict(_PAIR.findall(told))
        if pairs.get("nonce") != nonce or pairs.get("username") != self.user:
            return False
        secret = _md5(f"{self.user}:{self.realm}:{self.password}")
        asked = _md5(f"{request.method}:{pairs.get('uri', '')}")
        return hmac.compare_digest(_md5(f"{secret}:{nonce}:{asked}"), pairs.get("response", ""))


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
