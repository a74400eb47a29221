"""Continuous time over an endlessly repeated clip.

Times are flicks (1/705,600,000 s): every common sampling rate and 90 kHz divide it, so nothing is
rounded and a sound frame is exactly as long as its samples.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from media.spool.record import Stream

FLICKS = 705_600_000


_PER_MICROSECOND = Fraction(FLICKS, 1_000_000)


def microseconds(time: int) -> int:
    """Return flicks as microseconds."""
    return round(time / _PER_MICROSECOND)


def flicks(ticks: int, time_base: Fraction) -> int:
    """Return ticks of a time base as flicks."""
    return round(ticks * time_base * FLICKS)


@dataclass(frozen=True, slots=True)
class ClipPacket:
    """A packet on a clip's or container's own line of time, in flicks."""

    stream: Stream
    pts: int
    dts: int
    duration: int
    keyframe: bool
    payload: bytes


class Loop:
    """Gives each packet of each turn its place on one line of time.

    Pictures keep their distance over the border. Sound goes on in its grid of frames: at the
    border a frame is left out or set by less than its length rather than overlap.
    """

    def __init__(self) -> None:
        self._base = 0
        self._video_end = self._audio_end = 0
        self._next_sound: int | None = None

    def place(self, packet: ClipPacket) -> ClipPacket | None:
        """Return the packet with its time on the line; None if it has no room there."""
        end = packet.pts + packet.duration
        if packet.stream == "video":
            self._video_end = max(self._video_end, end)
            return replace(packet, pts=self._base + packet.pts, dts=self._base + packet.dts)
        self._audio_end = max(self._audio_end, end)
        wanted = self._base + packet.pts
        following = self._next_sound
        if following is None or wanted - following > packet.duration:
            following = wanted
        if following - wanted > packet.duration // 2:
            return None
        self._next_sound = following + packet.duration
        return replace(packet, pts=following, dts=following)

    def turn(self) -> None:
        """The clip is over and begins again."""
        self._base += self._video_end or self._audio_end
        if not self._video_end and not self._audio_end:
            raise ValueError("a clip without length cannot be repeated")


def repeated(clip: list[ClipPacket]) -> Iterator[ClipPacket]:
    """Yield the packets of a clip for ever."""
    loop = Loop()
    while True:
        for packet in clip:
            placed = loop.place(packet)
            if placed is not None:
                yield placed
        loop.turn()
