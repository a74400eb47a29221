"""When pictures were to be decoded, of a stream that only says when they are to be shown; pure.

RTP tells no decode times. Pictures come in the order of decoding, which with B-frames is not the
order of showing: an even stream looks uneven to whoever compares arrival with the time of showing.
The decode times are the same times in rising order, so many pictures late as are sent ahead at most
(H.264 Annex C.4, where that is the reorder depth). All times are microseconds.
"""

from __future__ import annotations

import heapq

MOST_AHEAD = 16  # pictures that H.264 and H.265 let a decoder hold (max_dec_frame_buffering)
SET_US = 2_000_000  # farther off: the clock was set


class DecodeTimes:
    """Follows one stream's pictures in the order in which they come."""

    def __init__(self) -> None:
        self._ahead = 0  # pictures that were seen to be sent before one that is shown earlier
        self._waiting: list[int] = []
        self._last_us: int | None = None

    def take(self, pts_us: int) -> int | None:
        """Return a picture's decode time, less a constant; None while that is not known.

        It is not known for some pictures at the beginning, after the clock was set, and when more
        pictures are sent ahead than before.
        """
        last_us = self._last_us
        if last_us is not None and abs(pts_us - last_us) > SET_US:
            self._waiting, self._last_us = [], None
        elif last_us is not None and pts_us < last_us:
            self._ahead += 1
            if self._ahead > MOST_AHEAD:  # no order at all
                self._ahead, self._waiting, self._last_us = 0, [], None
        heapq.heappush(self._waiting, pts_us)
        if len(self._waiting) <= self._ahead:
            return None
        self._last_us = heapq.heappop(self._waiting)
        return self._last_us
