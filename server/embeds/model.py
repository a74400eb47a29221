"""Origins that may frame a broadcast, and how large the frame is [pure].

An origin is scheme, host and port (RFC 6454 §4), written as ``frame-ancestors`` of Content Security
Policy 3 takes it: no wildcard, no path, for whoever may embed is named.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from server.errors import Invalid

LONGEST_ORIGIN: Final = 200
MOST_ORIGINS: Final = 20
"""Of one partner."""
LONGEST_LIST: Final = 2500
"""Characters of all origins of a court in a header, of which proxies take 4 KiB with all others."""
_NAME = re.compile(
    r"(?=.{1,120}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)+"
)
_LAST_IS_NUMBER = re.compile(r".*\.\d+")
# What a policy may name without TLS: the machine that somebody tries a page on (CSP 3 §6.7.2.7
# takes no other address than this one).
_HERE: Final = ("localhost", "127.0.0.1")
_USUAL_PORTS: Final = {"https": 443, "http": 80}

WIDTH: Final = 640
_LEAST_WIDTH, _LEAST_HEIGHT = 240, 200
_BELOW: Final = 180
"""What stands below the picture, in pixels at the usual width."""


@dataclass(frozen=True, slots=True)
class Origin:
    """A site of a partner that may frame the broadcasts that its keys open."""

    id: str
    partner: str
    origin: str
    added_at: datetime


def accept_origin(text: str) -> str:
    """Return an origin as browsers compare it; raises ``Invalid`` for what is none."""
    try:
        its = urlsplit(text.strip())
        host = (its.hostname or "").encode("idna").decode().lower()
        port = its.port
    except (ValueError, UnicodeError):
        raise _refused() from None
    is_bare = its.path in ("", "/") and not its.query and not its.fragment and its.username is None
    if not is_bare or len(text) > LONGEST_ORIGIN or not _is_named(its.scheme, host):
        raise _refused()
    shown = "" if port in (None, _USUAL_PORTS[its.scheme]) else f":{port}"
    return f"{its.scheme}://{host}{shown}"


def _is_named(scheme: str, host: str) -> bool:
    if host in _HERE:
        return scheme in _USUAL_PORTS
    # Of addresses by number browsers let no policy name any.
    named = _NAME.fullmatch(host) is not None and not _LAST_IS_NUMBER.fullmatch(host)
    return scheme == "https" and named


def _refused() -> Invalid:
    return Invalid(
        "Give the site as https://host, without a path; a site is named, never an address by "
        "number.",
        field="origin",
    )


def frame_size(most_width: int | None = None, most_height: int | None = None) -> tuple[int, int]:
    """Return width and height in pixels of a frame within these bounds (oEmbed §2.2).

    The picture is 16:9; narrower than a frame can be used nothing is offered.
    """
    width = max(_LEAST_WIDTH, min(WIDTH, most_width or WIDTH))
    height = width * 9 // 16 + _BELOW
    return width, max(_LEAST_HEIGHT, min(height, most_height or height))
