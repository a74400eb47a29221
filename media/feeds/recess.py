"""What a feed leaves out of the record in a recess, where the court's rules ask for that [pure].

The camera stays connected and watched; its packets are let go. Where a stream ends and where it was
left out the log gets an INTERRUPTION, so the gap has its lawful reason in the record itself.
"""

from __future__ import annotations

from collections.abc import Callable

from media.feeds import issues
from media.spool.record import Interruption, Packet, Record, Stream

LeftOut = Callable[[], frozenset[Stream]]


def nothing() -> frozenset[Stream]:
    """Leave nothing out: what holds without a rule."""
    return frozenset()


class Sieve:
    """Lets a camera's packets into its log, or not. Belongs to the feed's thread."""

    def __init__(self, left_out: LeftOut) -> None:
        self._left_out = left_out
        self._missing: set[Stream] = set()

    @property
    def issue(self) -> str:
        """The code of what is left out now, empty if nothing is; from any thread."""
        left_out = self._left_out()
        if "video" in left_out:
            return issues.RECESS
        return issues.RECESS_SOUND if "audio" in left_out else ""

    def records(self, packet: Packet) -> tuple[Record, ...]:
        """Return what goes into the log where a packet came.

        Pictures begin again with a key frame: those before it build on what is not there.
        """
        stream = packet.stream
        if stream in self._left_out():
            if stream in self._missing:
                return ()
            self._missing.add(stream)
            return (Interruption(stream, packet.court_us, issues.RECESS),)
        if stream in self._missing:
            if stream == "video" and not packet.keyframe:
                return ()
            self._missing.discard(stream)
        return (packet,)
