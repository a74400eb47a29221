"""Signed sessions in the addresses of playlists: any server process can check them [pure].

The address of a media playlist carries who watches (a hash that tells nothing), by which right and
since when, and a signature that also covers the broadcast and the path it was made for. Nothing is
stored; a session of another broadcast, of another path or older than a day is refused.
"""

from __future__ import annotations

import hashlib
import hmac
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

LONGEST_SECONDS = 24 * 3600
LONGEST_REVIEW_SECONDS = 4 * 3600
MAX_SESSION_LENGTH = 160
_MOST_KEPT = 20_000
_MAC_BYTES = 16
_ISSUED = struct.Struct("!I")
_VIEWER_CHARACTERS = 16
SECRET_CHARACTERS = 24  # 144 bits


class InvalidSession(Exception):
    """The session was not made by this service for this address, or is too old."""


class Path(StrEnum):
    """Where a session holds."""

    LIVE = "live"
    REPLAY = "replay"


class Kind(StrEnum):
    """By which right somebody watches; the value is the first letter of the session."""

    PUBLIC = "p"
    PARTNER = "k"
    UNCOUNTED = "u"  # staff and programs: they may watch and are not counted
    REVIEW = "r"  # who is to say whether a replay becomes public; holds for a few hours only


@dataclass(frozen=True, slots=True)
class Session:
    """One player's right to a broadcast's playlists.

    ``viewer`` is the hash of ``server.audience.viewers`` (16 characters), ``key`` the id of the
    partner's key (empty unless ``kind`` is PARTNER), ``issued`` Unix seconds.
    """

    kind: Kind
    viewer: str
    issued: int
    key: str = ""


_KINDS = "".join(Kind)
NOBODY = "-" * _VIEWER_CHARACTERS
"""In the place of a viewer who is not counted."""


def name_direct(session: Session, secret: str) -> str:
    """Return the name of a session by WebRTC: who watches, and a secret that nobody can guess.

    The relay keeps it and tells it to every server, which so knows whom to count and which key it
    depends on; nothing has to be signed. ``secret`` has SECRET_CHARACTERS.
    """
    if len(secret) != SECRET_CHARACTERS:
        raise ValueError(f"a secret has {SECRET_CHARACTERS} characters")
    return f"{session.kind.value}{session.viewer}{secret}{session.key}"


def of_direct(name: str) -> Session:
    """Return what a name that ``name_direct`` made says; when it was made is not known (0)."""
    end = 1 + _VIEWER_CHARACTERS
    if len(name) < end + SECRET_CHARACTERS or name[0] not in _KINDS:
        return Session(Kind.UNCOUNTED, NOBODY, 0)
    return Session(Kind(name[0]), name[1:end], 0, key=name[end + SECRET_CHARACTERS :])


def _mac(secret: bytes, broadcast: str, path: Path, text: str) -> str:
    signed = f"session\0{path}\0{broadcast}\0{text}".encode()
    return _encode(hmac.digest(secret, signed, hashlib.sha256)[:_MAC_BYTES])


def _encode(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def _decode(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def issue(secret: bytes, broadcast: str, path: Path, session: Session) -> str:
    """Return the session as it stands in an address."""
    body = _ISSUED.pack(session.issued) + session.viewer.encode() + session.key.encode()
    text = session.kind.value + _encode(body)
    return f"{text}.{_mac(secret, broadcast, path, text)}"


def read(secret: bytes, broadcast: str, path: Path, text: str, at: float) -> Session:
    """Return the session of an address; ``at`` is now in Unix seconds.

    One that seems to be of the future is as good: it was signed here, and the machine's clock has
    been set back since, which is no reason to send all players away. Raises ``InvalidSession``.
    """
    session = _signed(secret, broadcast, path, text)
    longest = LONGEST_REVIEW_SECONDS if session.kind is Kind.REVIEW else LONGEST_SECONDS
    if abs(at - session.issued) > longest:
        raise InvalidSession("too old")
    return session


# A player shows the same session several times a second; a signature that was good stays good.
@lru_cache(_MOST_KEPT)
def _signed(secret: bytes, broadcast: str, path: Path, text: str) -> Session:
    signed, dot, mac = text.partition(".")
    if not dot or len(text) > MAX_SESSION_LENGTH or not text.isascii():
        raise InvalidSession("not a session")
    if not hmac.compare_digest(mac, _mac(secret, broadcast, path, signed)):
        raise InvalidSession("signature does not fit")
    body = _decode(signed[1:])
    (issued,) = _ISSUED.unpack_from(body)
    rest = body[_ISSUED.size :].decode()
    return Session(
        Kind(signed[0]), rest[:_VIEWER_CHARACTERS], issued, key=rest[_VIEWER_CHARACTERS:]
    )
