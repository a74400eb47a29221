"""Which source an address asks for."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from urllib.parse import urlsplit

from media.errors import FeedUnavailable
from media.feeds import issues
from media.feeds.datagrams import DatagramSource
from media.feeds.device import DeviceSource
from media.feeds.feed import Source
from media.feeds.file import FileSource
from media.feeds.rtmp import RtmpSource
from media.feeds.rtsp import RtspSource
from media.feeds.srt import SrtSource
from media.feeds.testcard import TestcardSource
from media.spool.record import StreamDescription


class _Unsupported:
    """A camera whose address nobody understands: it says so, again and again."""

    def open(self) -> list[StreamDescription]:
        """Refuse."""
        raise FeedUnavailable(issues.UNSUPPORTED, "unknown kind of address")

    def read(self) -> list[object]:
        """Give nothing."""
        return []

    def close(self) -> None:
        """Do nothing."""


def _whip(url: str, now_us: Callable[[], int]) -> Source:
    """WebRTC costs a recorder a second and 30 MiB: only those pay that need it."""
    made: Source = import_module("media.feeds.whip").WhipSource(url, now_us)
    return made


_KINDS: dict[str, Callable[[str, Callable[[], int]], Source]] = {
    "rtsp": RtspSource,
    "rtsps": RtspSource,
    "file": FileSource,
    "testcard": TestcardSource,
    "rtmp-listen": RtmpSource,
    "whip-listen": _whip,
    "alsa": DeviceSource,
    "srt-listen": SrtSource,
    "srt": SrtSource,
    "udp": DatagramSource,
    "rtp-ts": DatagramSource,
    "v4l2": DeviceSource,
}


def source_for(url: str, now_us: Callable[[], int]) -> Source:
    """Return the source for a camera's address; an unknown one is refused when it is opened."""
    try:
        kind = _KINDS.get(urlsplit(url).scheme.lower())
    except ValueError:
        kind = None
    return kind(url, now_us) if kind is not None else _Unsupported()  # type: ignore[return-value]
