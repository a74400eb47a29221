"""Cameras that come to us: where they push to, and which can be listened for at once [pure]."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Literal
from urllib.parse import quote, urlencode

from media import (
    DatagramAddress,
    RtmpListen,
    SrtAddress,
    UnfitAddress,
    WhipListen,
    parse_address,
)


@dataclass(frozen=True, slots=True)
class Target:
    """What an encoder is told: a server and a key, or both as one address."""

    protocol: Literal["rtmp", "whip", "srt", "udp", "rtp"]
    server: str
    key: str = field(repr=False)
    address: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a camera is listened for. ``key`` is empty where the place has room for only one."""

    transport: Literal["tcp", "udp"]
    host: str
    port: int
    key: str = field(default="", repr=False)

    def excludes(self, other: Place, *, is_same_room: bool) -> bool:
        """Whether two cameras cannot listen there at once.

        RTMP cameras of a courtroom share a port: one process listens for all of them.
        """
        if (self.transport, self.port) != (other.transport, other.port):
            return False
        is_shared = is_same_room and bool(self.key) and bool(other.key)
        if is_shared and self.host == other.host:
            return self.key == other.key
        return self.host == other.host or _is_any(self.host) or _is_any(other.host)


def _is_any(host: str) -> bool:
    return ip_address(host).is_unspecified


def place(url: str) -> Place | None:
    """Return where a camera with this address is listened for; None if it is asked or a file."""
    try:
        where = parse_address(url)
    except UnfitAddress:
        return None
    if isinstance(where, RtmpListen):
        return Place("tcp", where.host, where.port, f"{where.app}/{where.key}")
    if isinstance(where, DatagramAddress) or (isinstance(where, SrtAddress) and where.is_listener):
        return Place("udp", where.host, where.port)
    return None


def whip_key(url: str) -> str | None:
    """Return the key of a camera that comes by WHIP, None of any other."""
    try:
        where = parse_address(url)
    except UnfitAddress:
        return None
    return where.key if isinstance(where, WhipListen) else None


def target(url: str, own_host: str) -> Target | None:
    """Return where the camera is to push to; ``own_host`` is a name of this machine.

    None if nothing is pushed to this address. The address of a camera by WHIP is the service's own
    and left empty.
    """
    key = whip_key(url)
    if key is not None:
        return Target("whip", "", key, "")
    found = place(url)
    if found is None:
        return None
    where = parse_address(url)
    host = own_host if _is_any(found.host) else found.host
    at = f"[{host}]:{found.port}" if ":" in host else f"{host}:{found.port}"
    if isinstance(where, RtmpListen):
        server = f"rtmp://{at}/{where.app}"
        return Target("rtmp", server, where.key, f"{server}/{where.key}")
    if isinstance(where, SrtAddress):
        told = {"mode": "caller", "passphrase": where.passphrase}
        options = urlencode(told, quote_via=quote)
        return Target("srt", f"srt://{at}", where.passphrase, f"srt://{at}?{options}")
    has_rtp = isinstance(where, DatagramAddress) and where.has_rtp
    server = f"{'rtp' if has_rtp else 'udp'}://{at}"
    return Target("rtp" if has_rtp else "udp", server, "", server)
