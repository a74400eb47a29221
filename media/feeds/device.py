"""A camera or a microphone at this machine: V4L2 and ALSA through libav.

Taken is what a camera compresses itself (H.264, H.265, MJPEG), and sound as it comes: the recorder
encodes nothing. A microphone beside a camera is a camera of its own, without a picture.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import av

from media.errors import FeedLost, FeedUnavailable
from media.feeds import address, issues
from media.feeds.address import DeviceAddress
from media.feeds.arrival import Arrived, Item
from media.feeds.demuxer import Demuxed, Demuxer, translated
from media.feeds.loop import microseconds
from media.feeds.timestamps import Timing
from media.spool.record import StreamDescription

# What a camera compresses itself, the best first; raw pictures would have to be encoded here.
_FORMATS = ("h264", "hevc", "mjpeg")
_TAKEN = (*_FORMATS, "pcm_s16le")
_SECONDS = (5.0, 3.0)
_FINAL = (issues.NO_DEVICE, issues.DEVICE_BUSY, issues.UNAUTHORISED)
_NUMBERS = {
    errno.ENOENT: issues.NO_DEVICE,
    errno.ENODEV: issues.NO_DEVICE,
    errno.ENXIO: issues.NO_DEVICE,
    errno.ENOTTY: issues.NO_DEVICE,
    errno.EIO: issues.NO_DEVICE,  # what ALSA says of a name that it does not know
    errno.EBUSY: issues.DEVICE_BUSY,
    errno.EACCES: issues.UNAUTHORISED,
    errno.EPERM: issues.UNAUTHORISED,
}
# The ALSA in libav's wheel looks for its configuration where it was built.
_ALSA = "/usr/share/alsa/alsa.conf"


def device_trouble(problem: Exception, *, while_open: bool) -> FeedUnavailable:
    """Return libav's error of a device as the feed's own."""
    code = _NUMBERS.get(problem.errno or 0) if isinstance(problem, OSError) else None
    if code is None:
        return translated(problem, while_open=while_open)
    return FeedLost(code) if while_open else FeedUnavailable(code)


class DeviceSource:
    """A V4L2 camera or an ALSA microphone."""

    def __init__(self, url: str, now_us: Callable[[], int]) -> None:
        self._now_us = now_us
        self._where = address.address_of(DeviceAddress, url)
        self._demuxer: Demuxer | None = None

    def open(self) -> list[StreamDescription]:
        """Open the device; raises ``FeedUnavailable``."""
        where = self._where
        if where is None:
            raise FeedUnavailable(issues.UNSUPPORTED, "the address")
        self._demuxer = _camera(where) if where.kind == "v4l2" else _microphone(where)
        described = self._demuxer.descriptions()
        if not all(known.codec in _TAKEN for known in described):
            raise FeedUnavailable(issues.UNSUPPORTED, "the device compresses nothing")
        return described

    def read(self) -> list[Item]:
        """Return what the device gave; raises ``FeedLost``."""
        if self._demuxer is None:
            raise FeedLost(issues.CLOSED)
        found = self._demuxer.read()
        if found is None:
            raise FeedLost(issues.NO_DEVICE)
        now_us = self._now_us()
        return [
            item if isinstance(item, StreamDescription) else _arrived(item, now_us)
            for item in found
        ]

    def close(self) -> None:
        """Free the device."""
        demuxer, self._demuxer = self._demuxer, None
        if demuxer is not None:
            demuxer.close()


def _camera(where: DeviceAddress) -> Demuxer:
    """Open a camera in the best format that it compresses itself."""
    if not Path(where.name).exists():
        raise FeedUnavailable(issues.NO_DEVICE)
    options = {"framerate": str(where.rate)}
    if where.size:
        options["video_size"] = where.size
    for kind in _FORMATS:
        try:
            return _opened(where, {**options, "input_format": kind})
        except FeedUnavailable as problem:
            if problem.code in _FINAL:
                raise
    raise FeedUnavailable(issues.UNSUPPORTED, "the camera compresses nothing")


def _microphone(where: DeviceAddress) -> Demuxer:
    if Path(_ALSA).exists():
        os.environ.setdefault("ALSA_CONFIG_PATH", _ALSA)
    return _opened(where, {"sample_rate": "48000"})


def _opened(where: DeviceAddress, options: dict[str, str]) -> Demuxer:
    try:
        container = av.open(
            where.name, mode="r", format=where.kind, options=options, timeout=_SECONDS
        )
    except (av.error.FFmpegError, OSError, ValueError) as problem:
        raise device_trouble(problem, while_open=False) from None
    return Demuxer(container)


def _arrived(item: Demuxed, now_us: int) -> Arrived:
    packet = item.packet
    duration_us = microseconds(packet.duration)
    earliest_us = now_us - (duration_us if packet.stream == "audio" else 0)
    timing = Timing(
        packet.stream,
        microseconds(packet.pts),
        microseconds(packet.dts) if item.has_dts else None,
        duration_us,
        earliest_us,
        is_shared=False,
    )
    return Arrived(timing, now_us, packet.keyframe, item.is_lawful, packet.payload)
