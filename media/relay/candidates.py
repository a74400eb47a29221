"""Candidates of ICE as SDP writes them: a viewer's, read with suspicion, and our own [pure].

RFC 8839 §5.1 and RFC 8840 §9. What we cannot use is passed over in silence (RFC 9725 §4.3.2);
host names are not looked up: the viewer's own checks make its address known.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from media.relay.ice import Credentials, Way

MOST_CANDIDATES = 20
_ICE_CHARACTERS = re.compile(r"[A-Za-z0-9+/]+")
_LEAST_WORDS = 8
_HIGHEST_PORT, _HIGHEST_PRIORITY = 0xFFFF, 0xFFFFFFFF
_HOST_PREFERENCE, _MAPPED_PREFERENCE = 126, 100  # RFC 8445 §5.1.2.2
_UDP_PREFERENCE, _TCP_PREFERENCE = 3, 1  # RFC 6544 §4.2: whoever can use UDP shall


@dataclass(frozen=True, slots=True)
class Candidate:
    """An address at which a viewer says it can be reached by UDP."""

    host: str
    port: int
    priority: int


@dataclass(frozen=True, slots=True)
class LocalCandidate:
    """An address at which viewers reach us. ``base``: (host, port) behind a declared address."""

    way: Way
    host: str
    port: int
    priority: int
    base: tuple[str, int] | None = None

    def __str__(self) -> str:
        kind = "host" if self.base is None else "srflx"
        foundation = f"{kind[0]}{self.way[0]}{'6' if ':' in self.host else '4'}"
        text = f"{foundation} 1 {self.way} {self.priority} {self.host} {self.port} typ {kind}"
        if self.base is not None:
            text += f" raddr {self.base[0]} rport {self.base[1]}"
        return f"{text} tcptype passive" if self.way == "tcp" else text


@dataclass(frozen=True, slots=True)
class Fragment:
    """An SDP fragment: credentials if it has any, and candidates."""

    credentials: Credentials | None
    candidates: tuple[Candidate, ...]
    is_last: bool


def local_priority(way: Way, index: int, kind: Literal["host", "srflx"] = "host") -> int:
    """Return a priority: UDP before TCP, addresses in the given order (RFC 8445 §5.1.2)."""
    preference = _HOST_PREFERENCE if kind == "host" else _MAPPED_PREFERENCE
    direction = _UDP_PREFERENCE if way == "udp" else _TCP_PREFERENCE
    local = (direction << 13) + (0x1FFF - min(index, 0x1FFF))
    return (preference << 24) + (local << 8) + 255


def is_ice_text(text: str, least: int, most: int = 256) -> bool:
    """Whether a text can be a user name fragment (4 at least) or password (22; RFC 8839 §5.4)."""
    return least <= len(text) <= most and _ICE_CHARACTERS.fullmatch(text) is not None


def read_candidates(lines: Iterable[str]) -> Iterator[Candidate]:
    """Return the usable ones of the lines that are candidates."""
    for line in lines:
        if line.startswith("a=candidate:"):
            candidate = _candidate(line.removeprefix("a=candidate:").split())
            if candidate is not None:
                yield candidate


def _candidate(words: Sequence[str]) -> Candidate | None:
    if len(words) < _LEAST_WORDS or words[1] != "1" or words[2].lower() != "udp":
        return None
    try:
        priority, port = int(words[3]), int(words[5])
        address = ipaddress.ip_address(words[4])
    except ValueError:
        return None
    if not (0 < port <= _HIGHEST_PORT and 0 < priority <= _HIGHEST_PRIORITY):
        return None
    if address.is_multicast or address.is_unspecified or str(address) == "255.255.255.255":
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.is_link_local:  # of which link?
        return None
    return Candidate(str(address), port, priority)


def read_fragment(text: str) -> Fragment:
    """Read a trickled fragment; raises ``ValueError`` if it holds nothing or nonsense."""
    lines = text.splitlines()
    ufrag, password = _value(lines, "a=ice-ufrag:"), _value(lines, "a=ice-pwd:")
    credentials = None
    if ufrag and password:
        if not is_ice_text(ufrag, 4) or not is_ice_text(password, 22):
            raise ValueError("the credentials are malformed")
        credentials = Credentials(ufrag, password)
    has_candidates = any(line.startswith("a=candidate:") for line in lines)
    is_last = "a=end-of-candidates" in lines
    if credentials is None and not has_candidates and not is_last:
        raise ValueError("the fragment has no candidates")
    return Fragment(credentials, tuple(islice(read_candidates(lines), MOST_CANDIDATES)), is_last)


def _value(lines: Iterable[str], prefix: str) -> str:
    return next((line[len(prefix) :].strip() for line in lines if line.startswith(prefix)), "")


def write_fragment(local: Credentials, mid: str, kind: str, ours: Sequence[LocalCandidate]) -> str:
    """Return the fragment that answers a restart: new credentials, all candidates."""
    lines = [
        "a=ice-options:trickle ice2",
        f"a=ice-ufrag:{local.ufrag}",
        f"a=ice-pwd:{local.password}",
        f"m={kind} 9 UDP/TLS/RTP/SAVPF 0",
        f"a=mid:{mid}",
        *(f"a=candidate:{candidate}" for candidate in ours),
        "a=end-of-candidates",
    ]
    return "\r\n".join(lines) + "\r\n"
