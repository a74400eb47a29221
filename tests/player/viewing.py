"""What a viewer of any maker saw and heard, and what is to be said of it; pure.

One rule for all: a freeze is what webrtc-stats calls one (``freezeCount``), of pictures whose clock
could be read. Times are milliseconds of the machine's wall clock, which sender and viewer share.
"""

from __future__ import annotations

import statistics
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

_MEAN_OF = 30
_LATER_MS = 150
_LATER_TIMES = 3
PLAYS_MS = 200
"""How long a player waits with each picture, in ``Viewing.played``: libwebrtc and GStreamer do."""


@dataclass(frozen=True)
class Picture:
    """A picture that was shown, and the number read in it; None: it could not be read."""

    at_ms: float
    number: int | None


@dataclass
class Viewing:
    """From the answer to the last picture. ``own``: what the viewer says of itself."""

    answered_ms: float
    pictures: list[Picture]
    heard_ms: float | None = None
    own: dict[str, Any] = field(default_factory=dict)

    @property
    def readable(self) -> list[tuple[float, int]]:
        """When pictures with a clock came, and what it said."""
        return [(one.at_ms, one.number) for one in self.pictures if one.number is not None]


class Sent:
    """When each picture was sent; their numbers begin again after so many."""

    def __init__(self, turn: int) -> None:
        self._turn = turn
        self.at_ms: list[float] = []

    def of(self, number: int, seen_ms: float) -> float | None:
        """Return when the picture was sent that was seen then; None: it never was."""
        turns = range((len(self.at_ms) - 1 - number) // self._turn, -1, -1)
        places = (turn * self._turn + number for turn in turns)
        return next((self.at_ms[at] for at in places if self.at_ms[at] <= seen_ms), None)


def freezes(times_ms: Iterable[float]) -> list[float]:
    """Return the lengths of freezes: pauses of 3 × the mean, and of the mean + 150 ms, or more.

    The mean is that of the 30 pauses before (w3c/webrtc-stats, ``freezeCount``).
    """
    found: list[float] = []
    lately: deque[float] = deque(maxlen=_MEAN_OF)
    before: float | None = None
    for at_ms in times_ms:
        if before is not None:
            pause = at_ms - before
            mean = statistics.fmean(lately) if lately else pause
            if pause >= max(_LATER_TIMES * mean, mean + _LATER_MS):
                found.append(pause)
            lately.append(pause)
        before = at_ms
    return found


def played(viewing: Viewing, sent: Sent, waits_ms: float) -> list[float]:
    """Return when a player would show the pictures that shows none before it has waited so long."""
    times = []
    for at_ms, number in viewing.readable:
        sent_ms = sent.of(number, at_ms)
        if sent_ms is not None:
            times.append(max(at_ms, sent_ms + waits_ms))
    return times


def told(viewing: Viewing, sent: Sent, *, until_ms: float, plays: bool) -> dict[str, Any]:
    """Return the figures; ``plays``: the viewer plays in time, else a player is put behind it."""
    shown = viewing.readable
    if not shown:
        return {"pictures": 0, "unreadable": len(viewing.pictures), **viewing.own}
    as_they_came = [at_ms for at_ms, _ in shown]
    times = as_they_came if plays else played(viewing, sent, PLAYS_MS)
    frozen = freezes([*times, max(until_ms, times[-1])])
    behind = [at_ms - (sent.of(number, at_ms) or at_ms) for at_ms, number in shown]
    heard = None if viewing.heard_ms is None else round(viewing.heard_ms - viewing.answered_ms)
    found = {
        "first_picture_ms": round(shown[0][0] - viewing.answered_ms),
        "first_sound_ms": heard,
        "pictures": len(shown),
        "unreadable": len(viewing.pictures) - len(shown),
        "missing": _missing(viewing, sent),
        "freezes": len(frozen),
        "frozen_ms": round(sum(frozen)),
        "behind_ms_p50": round(statistics.median(behind)),
        "behind_ms_p95": round(_most(behind, 0.95)),
    }
    if not plays:
        found["freezes_as_they_came"] = len(freezes(as_they_came))
    return found | viewing.own


def _missing(viewing: Viewing, sent: Sent) -> int:
    """Count the pictures sent between the first and the last shown that were not."""
    at_ms = [sent.of(number, seen_ms) for seen_ms, number in viewing.readable]
    known = {one for one in at_ms if one is not None}
    if not known:
        return 0
    return sum(min(known) <= one <= max(known) for one in sent.at_ms) - len(known)


def _most(values: Sequence[float], part: float) -> float:
    return sorted(values)[int(part * (len(values) - 1))]
