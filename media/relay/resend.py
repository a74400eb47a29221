"""Which packets are sent again to a viewer who asks; pure.

A request is obeyed three times at most and not twice within most of a round trip, and all requests
of a viewer share a budget: one with a broken line, or who means harm, takes nothing from others.
"""

from __future__ import annotations

MOST_REPEATS = 3
DEFAULT_RTT_SECONDS = 0.1
_LEAST_PAUSE_SECONDS = 0.01
# Browsers that only receive do not know the round trip and ask again after 100 ms: where jitter
# makes ours look a little longer, one that is passed over costs another 100 ms, and a freeze.
_PAUSE_OF_RTT = 0.7
_MOST_REMEMBERED = 1_024
_REMEMBERED_SECONDS = 2.0
_LEAST_RATE = 1_000_000
_SAVED_SECONDS = 0.5


class Repeats:
    """What one viewer was sent again lately. Numbers are sequence numbers without bound."""

    def __init__(self) -> None:
        self._sent: dict[int, tuple[int, float]] = {}
        self._budget = _LEAST_RATE / 8 * _SAVED_SECONDS
        self._at = 0.0

    def refill(self, now: float, bit_rate: float) -> None:
        """Let time pass: half the rendition's bit rate may go into repeats, 1 Mbit/s at least."""
        rate = max(bit_rate / 2, _LEAST_RATE) / 8
        passed = max(now - self._at, 0.0)
        self._budget = min(self._budget + passed * rate, rate * _SAVED_SECONDS)
        self._at = now

    def permit(self, number: int, size: int, now: float, rtt: float | None) -> bool:
        """Whether a packet of ``size`` bytes may be sent again now; notes it if so."""
        times, last = self._sent.get(number, (0, 0.0))
        known = DEFAULT_RTT_SECONDS if rtt is None else rtt
        pause = max(known * _PAUSE_OF_RTT, _LEAST_PAUSE_SECONDS)
        if times >= MOST_REPEATS or (times and now - last < pause) or self._budget < size:
            return False
        self._budget -= size
        if len(self._sent) >= _MOST_REMEMBERED and number not in self._sent:
            self._forget(now)
        self._sent[number] = (times + 1, now)
        return True

    def _forget(self, now: float) -> None:
        fresh = {
            number: sent
            for number, sent in self._sent.items()
            if now - sent[1] < _REMEMBERED_SECONDS
        }
        for number in list(fresh)[: max(0, len(fresh) - _MOST_REMEMBERED // 2)]:
            del fresh[number]
        self._sent = fresh
