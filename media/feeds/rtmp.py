"""Cameras that push by RTMP: OBS, ffmpeg, encoder boxes."""

from __future__ import annotations

from collections.abc import Callable

from media.errors import FeedUnavailable
from media.feeds import address, issues
from media.feeds.arrival import Arrived, Item, Notice
from media.feeds.flv import FlvStreams, Unit, UnknownCodec
from media.feeds.rtmp_listener import RtmpCamera, RtmpListener, listener_at
from media.feeds.timestamps import Timing
from media.spool.record import StreamDescription

WAIT_SECONDS = 0.5
# Encoders name both streams before they send either; who has no sound is not waited for longer.
DESCRIBED_SECONDS = 0.5
TOLD_US = 10_000_000  # how long a refused publisher is told of

_STREAMS = ("video", "audio")


class RtmpSource:
    """What is published with one key. Its address is known to the listener while this lives."""

    def __init__(self, url: str, now_us: Callable[[], int]) -> None:
        self._now_us = now_us
        self._listener: RtmpListener | None = None
        self._camera: RtmpCamera | None = None
        self._refusal = ""
        self._streams = FlvStreams()
        self._waiting: list[Item] = []
        self._lasting, self._passing_until_us = "", 0
        try:
            where = address.parse_address(url)
        except address.UnfitAddress:
            where = None
        if not isinstance(where, address.RtmpListen):
            self._refusal = issues.UNSUPPORTED
            return
        self._listener = listener_at(where.host, where.port)
        self._camera = self._listener.camera(where, now_us)
        if self._camera is None:
            self._refusal = issues.PORT_TAKEN

    def open(self) -> list[StreamDescription]:
        """Wait a moment for a publisher; raises ``FeedUnavailable`` while there is none."""
        if self._camera is None or self._listener is None:
            raise FeedUnavailable(self._refusal)
        self._listener.listen()
        self._camera.mailbox.wait_for_publisher(WAIT_SECONDS)
        self._streams, self._waiting = FlvStreams(), []
        self._lasting, self._passing_until_us = "", 0
        until_us = self._now_us() + round(DESCRIBED_SECONDS * 1_000_000)
        described: dict[str, StreamDescription] = {}
        while len(described) < len(_STREAMS) and self._now_us() < until_us:
            for item in self._next():
                if isinstance(item, StreamDescription) and item.stream not in described:
                    described[item.stream] = item
                else:
                    self._waiting.append(item)
        return list(described.values())

    def read(self) -> list[Item]:
        """Return what came next; raises ``FeedLost`` when the publisher is gone."""
        waiting, self._waiting = self._waiting, []
        return waiting or self._next()

    def _next(self) -> list[Item]:
        if self._camera is None:
            return []
        found = self._camera.mailbox.take(WAIT_SECONDS)
        made = self._notices(self._camera.mailbox.noticed())
        if found is None:
            return made
        tag, arrival_us = found
        try:
            units = self._streams.take(tag)
        except UnknownCodec:
            code = issues.UNSUPPORTED if tag.kind == "video" else issues.SOUND_UNSUPPORTED
            if self._lasting == code:
                return made
            self._lasting = code
            return [*made, Notice(code)]
        made += [_arrived(unit, arrival_us) if isinstance(unit, Unit) else unit for unit in units]
        return made

    def _notices(self, refused: str) -> list[Item]:
        """Tell of who was refused for a while, then again of what is always so."""
        now_us = self._now_us()
        if refused:
            self._passing_until_us = now_us + TOLD_US
            return [Notice(refused)]
        if self._passing_until_us and now_us > self._passing_until_us:
            self._passing_until_us = 0
            return [Notice(self._lasting)]
        return []

    def close(self) -> None:
        """Let the publisher go; the listener stays for the next one."""
        if self._camera is not None:
            self._camera.mailbox.dismiss()


def _arrived(unit: Unit, arrival_us: int) -> Arrived:
    # sound is here when it is over, so its first sample is that much older
    earliest_us = arrival_us - (unit.duration_us if unit.stream == "audio" else 0)
    timing = Timing(
        unit.stream, unit.pts_us, unit.dts_us, unit.duration_us, earliest_us, is_shared=True
    )
    return Arrived(timing, arrival_us, unit.keyframe, unit.is_lawful, unit.payload)
