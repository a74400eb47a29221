"""What of a rendition is kept: the group of pictures that is going on and the last second; pure.

The group lets a viewer start at once, the second lets packets be sent again. Both are the same
packets, held once for all viewers, and bounded in bytes.
"""

from __future__ import annotations

from bisect import bisect_right

from media.relay.packed import Packed

KEPT_SECONDS = 1.0
MAX_BYTES = 12 * 1024 * 1024
"""Three seconds at 32 Mbit/s: far above any rung, and it bounds what a worker can make us hold."""
MAX_FRAMES = 2_000
_OVERHEAD = 200  # what a packed frame costs besides its bytes


class History:
    """Packed frames of one rendition, oldest first, with consecutive packet numbers."""

    def __init__(self) -> None:
        self._frames: list[Packed] = []
        self._firsts: list[int] = []
        self._arrivals: list[float] = []
        self._bytes = 0
        self._key: int | None = None  # number of the packet with which the group begins
        self.next = 0

    @property
    def held_bytes(self) -> int:
        """What is kept, roughly."""
        return self._bytes

    def __len__(self) -> int:
        return len(self._frames)

    def add(self, frame: Packed, now: float) -> None:
        """Keep a frame whose ``first`` is ``next``; let go of what is too old or too much."""
        if frame.first != self.next:
            raise ValueError("packet numbers have no gaps")
        self._frames.append(frame)
        self._firsts.append(frame.first)
        self._arrivals.append(now)
        self._bytes += len(frame.payloads) + _OVERHEAD
        self.next = frame.end
        if frame.keyframe:
            self._key = frame.first
        self._let_go(now)

    def find(self, number: int) -> tuple[Packed, int] | None:
        """Return the frame and the place in it of a packet; None if it is not kept (any more)."""
        at = bisect_right(self._firsts, number) - 1
        if at < 0:
            return None
        frame = self._frames[at]
        return (frame, number - frame.first) if number < frame.end else None

    def frames_after(self, number: int) -> int:
        """Return how many frames have come after the one a packet belongs to."""
        return len(self._frames) - bisect_right(self._firsts, number)

    def group(self) -> list[Packed]:
        """Return the frames from the newest key frame on; none where a decoder could not start."""
        if self._key is None:
            return []
        return self._frames[bisect_right(self._firsts, self._key) - 1 :]

    def forget_start(self) -> None:
        """Let nobody start before the next key frame."""
        self._key = None

    def cut(self, from_us: int, to_us: int) -> int:
        """Forget frames of a range of court time, and where to start; return how many frames."""
        kept = [
            at for at, frame in enumerate(self._frames) if not from_us <= frame.court_us < to_us
        ]
        gone = len(self._frames) - len(kept)
        self._frames = [self._frames[at] for at in kept]
        self._firsts = [self._firsts[at] for at in kept]
        self._arrivals = [self._arrivals[at] for at in kept]
        self._bytes = sum(len(frame.payloads) + _OVERHEAD for frame in self._frames)
        self.forget_start()
        return gone

    def _let_go(self, now: float) -> None:
        gone = 0
        for frame, arrival in zip(self._frames, self._arrivals, strict=True):
            is_needed = now - arrival <= KEPT_SECONDS or (
                self._key is not None and frame.first >= self._key
            )
            is_too_much = self._bytes > MAX_BYTES or len(self._frames) - gone > MAX_FRAMES
            if is_needed and not is_too_much:
                break
            self._bytes -= len(frame.payloads) + _OVERHEAD
            gone += 1
            if frame.first == self._key:
                self._key = None
        if gone:
            del self._frames[:gone], self._firsts[:gone], self._arrivals[:gone]
