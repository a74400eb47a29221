"""What a broadcast gives up when its machine cannot keep up, and when it comes back [pure].

A ladder of levels, from everything as planned to the least. Each gives up one thing more, in this
order, and gives it back in the reverse order:

1. quality for a bit rate: a faster preset for all rungs, one step after the other;
2. every other picture of a rung, the smallest rung first, the largest last;
3. three of four pictures, in the same order.

No rung ever disappears, and sound is never touched. Coming back is slow and is tried only when the
threads have room for what comes back; who fails at it waits twice as long the next time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from media.ladder.plan import PRESETS, Preset, Rung, relative_cost

_LATE_MS = 100.0  # behind the clock: the jitter's wait hides no more than this
_VERY_LATE_MS = 1000.0
_CATCHING_UP_MS = 50.0  # in a second
_IN_TIME_MS = 40.0  # one tick
_FULL, _ROOM = 0.92, 0.75  # of a thread's time
_LOOKS_BEFORE_LESS = 2
_SETTLE_S = 4.0  # a faster encoder begins with the next segment (1.92 s); then it must show
_HURRY_S = 2.0
_CALM_S, _LONGEST_CALM_S = 20.0, 640.0
_PROVEN_S = 60.0  # a level that held for so long after coming back was no mistake


@dataclass(frozen=True, slots=True)
class Level:
    """How the rungs are encoded: ``every`` n-th picture of each, by the rung's id."""

    preset: Preset
    every: Mapping[str, int]


def levels(rungs: Sequence[Rung]) -> tuple[Level, ...]:
    """Return the levels for rungs as they were planned, the largest rung first."""
    planned = rungs[0].preset
    made = [Level(planned, {rung.id: 1 for rung in rungs})]
    for preset in PRESETS[PRESETS.index(planned) + 1 :]:
        made.append(replace(made[-1], preset=preset))
    for every in (2, 4):
        for rung in reversed(rungs):
            made.append(replace(made[-1], every={**made[-1].every, rung.id: every}))
    return tuple(made)


class Load:
    """Watches one broadcast; to be told once a second how it fares."""

    def __init__(self, known: Sequence[Level]) -> None:
        """Begin at the first level."""
        self._levels = known
        self._at = 0
        self._changed_s: float | None = None
        self._returned_s: float | None = None
        self._calm_since_s: float | None = None
        self._calm_s = _CALM_S
        self._full = 0
        self._late_ms = 0.0

    @property
    def level(self) -> Level:
        """The level in force."""
        return self._levels[self._at]

    @property
    def planned(self) -> Level:
        """What was planned."""
        return self._levels[0]

    def look(self, now_s: float, late_ms: float, busy: Mapping[str, float]) -> bool:
        """Take a second's findings; return whether another level has force now.

        ``now_s`` is any clock that does not go back. ``late_ms`` is how late the latest tick was,
        ``busy`` the share of the second in which a thread was at work: the rungs' by their id,
        others by any name.
        """
        if self._changed_s is None:
            self._changed_s = now_s  # who has just begun is given time, too
        catches_up = late_ms <= self._late_ms - _CATCHING_UP_MS
        self._late_ms = late_ms
        # Who catches up is busy all the time; that says nothing.
        is_full = late_ms <= _LATE_MS and max(busy.values(), default=0.0) > _FULL
        self._full = self._full + 1 if is_full else 0
        is_calm = late_ms <= _IN_TIME_MS and self._has_room(busy)
        if not is_calm:
            self._calm_since_s = None
        elif self._calm_since_s is None:
            self._calm_since_s = now_s
        if late_ms > _LATE_MS or self._full >= _LOOKS_BEFORE_LESS:
            settle_s = _HURRY_S if late_ms > _VERY_LATE_MS else _SETTLE_S
            return not catches_up and now_s - self._changed_s >= settle_s and self._less(now_s)
        if self._calm_since_s is None:
            return False
        calm_s = now_s - max(self._changed_s, self._calm_since_s)
        return calm_s >= self._calm_s and self._more(now_s)

    def _less(self, now_s: float) -> bool:
        if self._at == len(self._levels) - 1:
            return False
        if self._returned_s is not None:
            held = now_s - self._returned_s >= _PROVEN_S
            self._calm_s = _CALM_S if held else min(2 * self._calm_s, _LONGEST_CALM_S)
            self._returned_s = None
        self._go(self._at + 1, now_s)
        return True

    def _more(self, now_s: float) -> bool:
        if self._at == 0:
            return False
        self._returned_s = now_s
        self._go(self._at - 1, now_s)
        return True

    def _go(self, at: int, now_s: float) -> None:
        self._at, self._changed_s = at, now_s
        self._full, self._calm_since_s = 0, None

    def _has_room(self, busy: Mapping[str, float]) -> bool:
        """Whether every thread would have room with what the level above would add."""
        here, above = self.level, self._levels[max(0, self._at - 1)]
        dearer = relative_cost(above.preset) / relative_cost(here.preset)
        return all(
            share * dearer * here.every[name] / above.every[name] <= _ROOM
            if name in here.every
            else share <= _ROOM
            for name, share in busy.items()
        )
