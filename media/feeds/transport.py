"""Picture and sound of an MPEG transport stream that comes as bytes, whatever brings them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

import av

from media.errors import FeedLost, FeedUnavailable
from media.feeds import issues
from media.feeds.aac import parse_config, split_adts
from media.feeds.arrival import Arrived, Item, Reception
from media.feeds.demuxer import Demuxed, Demuxer, translated
from media.feeds.loop import FLICKS, microseconds
from media.feeds.mpegts import CLOCK_HZ, PERIOD, Continuity
from media.feeds.timestamps import Timing, unwrapped
from media.spool.record import StreamDescription

OPEN_US = 5_000_000
READ_US = 3_000_000
COUNT_US = 1_000_000
_PERIOD_FLICKS = PERIOD * FLICKS // CLOCK_HZ
_OPTIONS = {
    "analyzeduration": "500000",
    "probesize": "1000000",
    "fpsprobesize": "0",
    # libav mends the first wrap of the clock and breaks at the next; here every one is mended
    "correct_ts_overflow": "0",
}


class Bytes(Protocol):
    """Where the stream comes from."""

    def receive(self, most: int, until_us: int) -> bytes:
        """Return what came next, at most so many bytes; empty at ``until_us`` or at the end."""


class _Reader:
    """What libav reads from: counts, and ends when nothing comes for too long."""

    name = "transport stream"

    def __init__(self, source: Bytes, now_us: Callable[[], int], count: Continuity) -> None:
        self._source, self._now_us, self._count = source, now_us, count
        self.until_us = now_us() + OPEN_US
        self.is_open = self._is_over = False

    def read(self, most: int) -> bytes:
        if self._is_over:
            return b""  # libav asks again and again
        until_us = self._now_us() + READ_US if self.is_open else self.until_us
        data = self._source.receive(most, until_us)
        self._count.feed(data)
        self._is_over = not data or self._count.has_changed
        return b"" if self._is_over else data


class TransportStream:
    """One connection's stream.

    ``counted`` gives packets expected, lost and broken since its last call, if whoever brings the
    bytes knows better than the stream's own counters.
    """

    def __init__(
        self,
        source: Bytes,
        now_us: Callable[[], int],
        counted: Callable[[], tuple[int, int, int]] | None = None,
    ) -> None:
        """Wait for the stream to say what it is; raises ``FeedUnavailable``."""
        self._now_us = now_us
        self._count = Continuity()
        self._counted = counted or self._count.take
        self._reader = _Reader(source, now_us, self._count)
        self._counted_us = now_us()
        self._previous_us: int | None = None
        self._time: int | None = None  # flicks, without wraps
        self._progress_us = now_us()
        self._configuration, self._frame_us = b"", 0
        try:
            container = av.open(
                self._reader,
                mode="r",
                format="mpegts",
                options=_OPTIONS,
                metadata_errors="replace",
            )
        except (av.error.FFmpegError, OSError, ValueError) as problem:
            found = translated(problem, while_open=False)
            if now_us() >= self._reader.until_us:
                found = FeedUnavailable(issues.STALLED)
            raise found from None
        self._reader.is_open = True
        self._demuxer = Demuxer(container)

    def descriptions(self) -> list[StreamDescription]:
        """Return what the stream says of itself."""
        return self._demuxer.descriptions()

    def read(self) -> list[Item]:
        """Return what came next; raises ``FeedLost``."""
        found = self._demuxer.read()
        now_us = self._now_us()
        if self._count.has_changed:
            raise FeedLost(issues.CHANGED, "another programme")
        if found is None:
            raise FeedLost(issues.STALLED)  # the reader ends only when nothing comes
        if not found and now_us - self._progress_us > READ_US:
            raise FeedLost(issues.CHANGED, "other streams than at the beginning")
        if found:
            self._progress_us = now_us
        made: list[Item] = []
        for item in found:
            made += [item] if isinstance(item, StreamDescription) else self._arrived(item, now_us)
        if now_us - self._counted_us > COUNT_US:
            self._counted_us = now_us
            made.append(Reception("video", *self._counted()))
        return made

    def _arrived(self, item: Demuxed, now_us: int) -> list[Item]:
        packet, made = item.packet, list[Item]()
        payload = packet.payload
        if packet.stream == "audio":
            payload, described = self._raw(payload)
            made += described
        before = packet.dts if self._time is None else self._time
        dts = self._time = unwrapped(packet.dts, before, _PERIOD_FLICKS)
        pts = unwrapped(packet.pts, dts, _PERIOD_FLICKS)
        duration_us = microseconds(packet.duration)
        if packet.stream == "video":
            # a picture is given away when the next one begins, so the moment at which the one
            # before came out is when this one began to arrive
            earliest_us = now_us if self._previous_us is None else self._previous_us
            self._previous_us = now_us
        else:
            duration_us = duration_us or self._frame_us  # libav does not know the first one's
            earliest_us = now_us - duration_us
        timing = Timing(
            packet.stream,
            microseconds(pts),
            microseconds(dts) if item.has_dts else None,
            duration_us,
            earliest_us,
            is_shared=True,
        )
        return [*made, Arrived(timing, now_us, packet.keyframe, item.is_lawful, payload)]

    def _raw(self, payload: bytes) -> tuple[bytes, list[Item]]:
        """Return a frame of sound as the record wants it: AAC without its ADTS header."""
        split = split_adts(payload)
        known = next((one for one in self.descriptions() if one.stream == "audio"), None)
        if split is None or known is None or known.codec != "aac":
            return payload, []
        configuration, frame = split
        if configuration == self._configuration:
            return frame, []
        try:
            config = parse_config(configuration)
        except ValueError:
            return frame, []
        self._configuration, self._frame_us = configuration, round(config.frame_us)
        described = replace(
            known,
            extradata=configuration,
            sample_rate=config.sample_rate,
            channels=config.channels,
        )
        return frame, [described]

    def close(self) -> None:
        """Let go."""
        self._demuxer.close()
