"""What a source gives its feed; pure."""

from __future__ import annotations

from dataclasses import dataclass

from media.feeds.timestamps import Timing
from media.spool.record import Stream, StreamDescription


@dataclass(frozen=True, slots=True)
class Arrived:
    """A packet from a source: its timing, and the court time at which it was complete here."""

    timing: Timing
    arrival_us: int
    keyframe: bool
    is_lawful: bool
    payload: bytes


@dataclass(frozen=True, slots=True)
class Reception:
    """What a network brought of a stream since the last time, in packets.

    ``expected`` counts those that came or should have, ``broken`` what came and was no media.
    """

    stream: Stream
    expected: int
    lost: int
    broken: int = 0


@dataclass(frozen=True, slots=True)
class Notice:
    """An issue code that holds for as long as the connection does, though media come."""

    code: str


Item = Arrived | StreamDescription | Reception | Notice
