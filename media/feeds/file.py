"""A file as a camera: played in real time, again and again, on one line of time."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import unquote, urlsplit

import av

from media.errors import FeedLost, FeedUnavailable
from media.feeds import issues
from media.feeds.arrival import Arrived
from media.feeds.demuxer import Demuxer, translated
from media.feeds.loop import ClipPacket, Loop, microseconds
from media.feeds.timestamps import Timing
from media.spool.record import StreamDescription

_LONGEST_WAIT_SECONDS = 0.25


def path_of(url: str) -> str:
    """Return the path in ``file:`` addresses of either form (``file:/a``, ``file:///a``)."""
    parts = urlsplit(url)
    return unquote(parts.netloc + parts.path)


class FileSource:
    """Plays a file that libav can open."""

    def __init__(self, url: str, now_us: Callable[[], int]) -> None:
        self._path = path_of(url)
        self._now_us = now_us
        self._demuxer: Demuxer | None = None
        self._loop = Loop()
        self._begun_us = 0
        self._first: int | None = None
        self._waiting: list[ClipPacket | StreamDescription] = []

    def open(self) -> list[StreamDescription]:
        """Open the file; raises ``FeedUnavailable``."""
        self._loop, self._first, self._waiting = Loop(), None, []
        self._begun_us = self._now_us()
        return self._open()

    def _open(self) -> list[StreamDescription]:
        try:
            self._demuxer = Demuxer(av.open(self._path, timeout=5.0))
        except (av.error.FFmpegError, OSError, ValueError) as problem:
            raise translated(problem, while_open=False) from None
        return self._demuxer.descriptions()

    def read(self) -> list[Arrived | StreamDescription]:
        """Return the next packet when its time has come."""
        if not self._waiting:
            self._fill()
            return []
        following = self._waiting[0]
        if isinstance(following, StreamDescription):
            self._waiting.pop(0)
            return [following]
        due_us = self._begun_us + microseconds(following.dts)
        if following.stream == "audio":
            due_us += microseconds(following.duration)  # sound is there when it is over
        ahead = (due_us - self._now_us()) / 1_000_000
        if ahead > 0:
            time.sleep(min(ahead, _LONGEST_WAIT_SECONDS))
            if ahead > _LONGEST_WAIT_SECONDS:
                return []
        self._waiting.pop(0)
        return [self._arrived(following)]

    def _arrived(self, packet: ClipPacket) -> Arrived:
        now_us = self._now_us()
        duration_us = microseconds(packet.duration)
        timing = Timing(
            packet.stream,
            microseconds(packet.pts),
            microseconds(packet.dts),
            duration_us,
            now_us - (duration_us if packet.stream == "audio" else 0),
            is_shared=True,
        )
        return Arrived(timing, now_us, packet.keyframe, is_lawful=True, payload=packet.payload)

    def _fill(self) -> None:
        if self._demuxer is None:
            raise FeedLost(issues.CLOSED)
        found = self._demuxer.read()
        if found is None:
            self._again()
            return
        for item in found:
            if isinstance(item, StreamDescription):
                self._waiting.append(item)
                continue
            packet = item.packet
            if self._first is None:
                self._first = max(packet.dts, 0)
            if packet.stream == "audio" and packet.pts < self._first:
                continue  # what an encoder needs to begin with is no sound
            placed = self._loop.place(
                replace(packet, pts=packet.pts - self._first, dts=packet.dts - self._first)
            )
            if placed is not None:
                self._waiting.append(placed)

    def _again(self) -> None:
        self.close()
        try:
            self._loop.turn()
        except ValueError as problem:
            raise FeedUnavailable(issues.NO_MEDIA, "a file without length") from problem
        self._open()

    def close(self) -> None:
        """Close the file."""
        demuxer, self._demuxer = self._demuxer, None
        if demuxer is not None:
            demuxer.close()
