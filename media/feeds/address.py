"""Addresses of cameras that push, or that only the network or this machine knows; pure.

::

    rtmp-listen://HOST:PORT/APP/KEY                       publishers come to this port
    whip-listen:///KEY                                    a browser or OBS comes to the service
    srt-listen://HOST:PORT?passphrase=…                   one sender comes to this port
    srt://HOST:PORT?streamid=…&passphrase=…               a sender that is called
    udp://HOST:PORT  rtp-ts://HOST:PORT                   MPEG-TS, one way, unicast or multicast
        ?interface=ADDRESS                                where a multicast group is joined
        ?source=ADDRESS                                   who alone is listened to
    v4l2:///dev/video0?size=1280x720&rate=25              a camera at this machine
    alsa:///hw:1,0                                        a microphone at this machine

HOST of what listens is an address of this machine, or 0.0.0.0 or [::] for all of them.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Literal, TypeVar
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

LEAST_PORT = 1024  # the service never runs as root
LEAST_KEY = 16  # nobody guesses a key that the service makes; this is for keys of people
MOST_KEY = 128
MOST_STREAMID = 512
PASSPHRASE = (10, 64)  # as libsrt takes them
_KEY = re.compile(r"[A-Za-z0-9._~-]+")
_APP = re.compile(r"[A-Za-z0-9._~-]{1,64}")
_PRINTABLE = re.compile(r"[\x21-\x7e]*")
_DEVICE = re.compile(r"/dev/video\d{1,3}")
_SOUND_DEVICE = re.compile(r"[A-Za-z0-9_:,=.-]{1,64}")
_SIZE = re.compile(r"(\d{2,4})x(\d{2,4})")

Fault = Literal["scheme", "host", "port", "key", "passphrase", "option", "device"]


class UnfitAddress(ValueError):
    """No feed can be opened from the address; ``fault`` is stable and says where it is wrong."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(f"the address's {fault} is wrong")
        self.fault: Fault = fault


@dataclass(frozen=True, slots=True)
class RtmpListen:
    """Publishers come to ``host``:``port`` and name ``app`` and ``key``."""

    host: str
    port: int
    app: str
    key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class WhipListen:
    """A publisher comes by HTTP to the service itself and shows ``key``."""

    key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SrtAddress:
    """SRT; ``is_listener``: the other side calls. ``latency_ms``: within it losses are mended."""

    is_listener: bool
    host: str
    port: int
    passphrase: str = field(repr=False)
    streamid: str = field(repr=False)
    latency_ms: int


@dataclass(frozen=True, slots=True)
class DatagramAddress:
    """MPEG-TS in datagrams to ``host``:``port``, with RTP headers or without."""

    has_rtp: bool
    host: str
    port: int
    interface: str
    source: str


@dataclass(frozen=True, slots=True)
class DeviceAddress:
    """A device of this machine, as V4L2 or ALSA names it; ``size`` may be empty."""

    kind: Literal["v4l2", "alsa"]
    name: str
    size: str = ""
    rate: int = 0


Address = RtmpListen | WhipListen | SrtAddress | DatagramAddress | DeviceAddress


def parse_address(url: str) -> Address:
    """Return what the address says; raises ``UnfitAddress``."""
    try:
        parts = urlsplit(url)
        scheme = parts.scheme.lower()
        options = dict(parse_qsl(parts.query, keep_blank_values=True, max_num_fields=8))
    except ValueError:
        raise UnfitAddress("scheme") from None
    if parts.username is not None or parts.fragment:
        raise UnfitAddress("host")
    reads = _READERS.get(scheme)
    if reads is None:
        raise UnfitAddress("scheme")
    return reads(parts, options)


_Known = TypeVar("_Known", bound=Address)


def address_of(kind: type[_Known], url: str) -> _Known | None:
    """Return the address if it is one of this kind, else None."""
    try:
        found = parse_address(url)
    except UnfitAddress:
        return None
    return found if isinstance(found, kind) else None


def _place(parts: SplitResult) -> tuple[str, int]:
    """Return host and port."""
    try:
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise UnfitAddress("port") from None
    if not host:
        raise UnfitAddress("host")
    if port is None or port < LEAST_PORT:
        raise UnfitAddress("port")
    return host, port


def _own(parts: SplitResult) -> tuple[str, int]:
    """Return the place where this machine listens."""
    host, port = _place(parts)
    return _ip(host), port


def _ip(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise UnfitAddress("host") from None


def _known(options: dict[str, str], *names: str) -> None:
    if not set(options) <= set(names):
        raise UnfitAddress("option")


def _whip(parts: SplitResult, options: dict[str, str]) -> WhipListen:
    _known(options)
    if parts.netloc:
        raise UnfitAddress("host")
    return WhipListen(_key(parts.path.removeprefix("/")))


def _key(text: str) -> str:
    if not LEAST_KEY <= len(text) <= MOST_KEY or not _KEY.fullmatch(text):
        raise UnfitAddress("key")
    return text


def _rtmp(parts: SplitResult, options: dict[str, str]) -> RtmpListen:
    host, port = _own(parts)
    _known(options)
    app, _, key = parts.path.strip("/").partition("/")
    if not _APP.fullmatch(app):
        raise UnfitAddress("option")
    return RtmpListen(host, port, app, _key(key))


def _srt(parts: SplitResult, options: dict[str, str], *, is_listener: bool) -> SrtAddress:
    host, port = _own(parts) if is_listener else _place(parts)
    _known(options, "passphrase", "streamid", "latency")
    passphrase, streamid = options.get("passphrase", ""), options.get("streamid", "")
    least, most = PASSPHRASE
    if (passphrase or is_listener) and not least <= len(passphrase) <= most:
        raise UnfitAddress("passphrase")
    if not _PRINTABLE.fullmatch(passphrase):
        raise UnfitAddress("passphrase")
    if not _PRINTABLE.fullmatch(streamid) or len(streamid) > MOST_STREAMID:
        raise UnfitAddress("option")
    # who calls us cannot be told apart by its stream id: the passphrase is the key
    if (is_listener and streamid) or parts.path.strip("/"):
        raise UnfitAddress("option")
    return SrtAddress(
        is_listener, host, port, passphrase, streamid, _number(options, "latency", 120, 20, 8000)
    )


def _datagrams(parts: SplitResult, options: dict[str, str], *, has_rtp: bool) -> DatagramAddress:
    # players write udp://@GROUP:PORT; that @ says nothing
    host, port = _own(parts)
    _known(options, "interface", "source")
    interface, source = options.get("interface", ""), options.get("source", "")
    versions = {
        ipaddress.ip_address(_ip(known)).version for known in (host, interface, source) if known
    }
    if len(versions) > 1:
        raise UnfitAddress("option")
    return DatagramAddress(
        has_rtp, host, port, _ip(interface) if interface else "", _ip(source) if source else ""
    )


def _device(parts: SplitResult, options: dict[str, str], scheme: str) -> DeviceAddress:
    if scheme == "alsa":
        _known(options)
        sound = unquote(parts.path).removeprefix("/")
        if parts.netloc or not _SOUND_DEVICE.fullmatch(sound):
            raise UnfitAddress("device")
        return DeviceAddress("alsa", sound)
    _known(options, "size", "rate")
    size = options.get("size", "")
    if parts.netloc or not _DEVICE.fullmatch(parts.path):
        raise UnfitAddress("device")
    if size and not _SIZE.fullmatch(size):
        raise UnfitAddress("option")
    return DeviceAddress("v4l2", parts.path, size, _number(options, "rate", 25, 1, 60))


def _number(options: dict[str, str], name: str, default: int, least: int, most: int) -> int:
    try:
        value = int(options.get(name, default))
    except ValueError:
        raise UnfitAddress("option") from None
    if not least <= value <= most:
        raise UnfitAddress("option")
    return value


_READERS: dict[str, Callable[[SplitResult, dict[str, str]], Address]] = {
    "rtmp-listen": _rtmp,
    "whip-listen": _whip,
    "srt": partial(_srt, is_listener=False),
    "srt-listen": partial(_srt, is_listener=True),
    "udp": partial(_datagrams, has_rtp=False),
    "rtp-ts": partial(_datagrams, has_rtp=True),
    "v4l2": partial(_device, scheme="v4l2"),
    "alsa": partial(_device, scheme="alsa"),
}
