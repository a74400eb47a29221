"""RTSP cameras through libav: by TCP, or by UDP when the address ends in ``#udp``."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urldefrag

import av

from media.errors import FeedLost, FeedUnavailable
from media.feeds import issues
from media.feeds.demuxer import Demuxed, Demuxer, translated
from media.feeds.feed import Arrived
from media.feeds.loop import microseconds
from media.feeds.timestamps import Timing
from media.spool.record import StreamDescription

OPEN_SECONDS = 5.0
READ_SECONDS = 3.0
# Cameras name codec and parameter sets in their SDP: no need to look at five seconds of packets.
_OPTIONS = {
    "analyzeduration": "400000",
    "probesize": "400000",
    "fpsprobesize": "0",
    "allowed_media_types": "video+audio",
}


class RtspSource:
    """A camera that is asked for its stream by RTSP 1.0."""

    def __init__(self, url: str, now_us: Callable[[], int]) -> None:
        self._url, fragment = urldefrag(url)
        self._transport = "udp" if fragment == "udp" else "tcp"
        self._now_us = now_us
        self._demuxer: Demuxer | None = None
        self._previous_us: int | None = None

    def open(self) -> list[StreamDescription]:
        """Connect (at most 5 s); raises ``FeedUnavailable``."""
        options = {**_OPTIONS, "rtsp_transport": self._transport}
        begun_us = self._now_us()
        try:
            container = av.open(self._url, options=options, timeout=(OPEN_SECONDS, READ_SECONDS))
        except (av.error.FFmpegError, OSError, ValueError) as problem:
            # libav says "invalid data" when its own time-out ended the conversation
            if self._now_us() - begun_us >= OPEN_SECONDS * 900_000:
                raise FeedUnavailable(issues.UNREACHABLE, "no answer") from None
            # without the cause: libav's error holds the address, and so the password
            raise translated(problem, while_open=False) from None
        self._previous_us = None
        self._demuxer = Demuxer(container)
        return self._demuxer.descriptions()

    def read(self) -> list[Arrived | StreamDescription]:
        """Return what came next; raises ``FeedLost`` after 3 s of silence."""
        if self._demuxer is None:
            raise FeedLost(issues.CLOSED)
        found = self._demuxer.read()
        if found is None:
            raise FeedLost(issues.CLOSED)
        now_us = self._now_us()
        return [
            item if isinstance(item, StreamDescription) else self._arrived(item, now_us)
            for item in found
        ]

    def _arrived(self, item: Demuxed, now_us: int) -> Arrived:
        packet = item.packet
        duration_us = microseconds(packet.duration)
        if packet.stream == "video":
            # libav gives a picture away when the first packet of the next one is here, so the
            # moment at which the one before came out is when this one began to arrive
            earliest_us = self._previous_us
            if earliest_us is None:
                earliest_us = now_us
            self._previous_us = now_us
        else:
            earliest_us = now_us - duration_us  # its first sample is that much older
        timing = Timing(
            packet.stream,
            microseconds(packet.pts),
            microseconds(packet.dts) if item.has_dts else None,
            duration_us,
            earliest_us,
            item.has_sender_time,
        )
        return Arrived(timing, now_us, packet.keyframe, item.is_lawful, packet.payload)

    def close(self) -> None:
        """End the session."""
        demuxer, self._demuxer = self._demuxer, None
        if demuxer is not None:
            demuxer.close()
