"""What is wrong with a picture or a sound, as a careful technician would notice [pure].

One ``Watch`` for each camera and for the programme. It is fed with small luma pictures (one a
second is enough), blocks of sound with their levels, and times, and returns the alarms that hold.
An alarm comes after its fault has lasted and goes as soon as the fault has. All times are court
time in Unix µs; nothing here reads a clock.

| code | severity | when |
| --- | --- | --- |
| ``lost`` | red | no picture for 3 s |
| ``black`` | red | 98 % of the picture is black for 2 s |
| ``frozen`` | red | the picture is the same, noise and all, for 10 s |
| ``silent`` | red | below -50 dBFS for 8 s while on the air |
| ``clipping`` | amber | peaks of -1 dBFS or more, three times in 5 s |
| ``hum`` | amber | a tone of 50 Hz, or of 100 Hz with it, for 6 s |
| ``echo`` | amber | the sound returns after 60 to 500 ms; a hint |
| ``apart`` | amber, red | sound and picture differ by more than 80 ms, 500 ms |

The worker adds ``late`` (amber) for a camera that is not waited for (``media.worker.lateness``).
"""

from __future__ import annotations

from collections import deque
from typing import Any, Literal

import numpy as np

from media.program.listening import Echo, Hum
from media.staff_messages import Alarm

CODES = frozenset({"lost", "black", "frozen", "silent", "clipping", "hum", "echo", "apart", "late"})
Luma = np.ndarray[Any, np.dtype[np.uint8]]
Severity = Literal["amber", "red"]

LOST_US = 3_000_000
BLACK_US, BLACK_LUMA, BLACK_SHARE = 2_000_000, 32, 0.98
FROZEN_US = 10_000_000
SILENT_DBFS, SILENT_US = -50.0, 8_000_000
CLIPPING_DBFS, CLIPPING_TIMES, CLIPPING_US = -1.0, 3, 5_000_000
APART_US, FAR_APART_US = 80_000, 500_000

# A sensor's noise and a codec's grain move every picture a little; a frozen one stands still but
# for how its key frames are coded. Mean and largest difference of luma, of 255, on small pictures.
_SAME_MEAN, _SAME_MOST = 0.12, 2


class _Lasting:
    """Whether something has been so for a time."""

    def __init__(self, least_us: int) -> None:
        self._least_us = least_us
        self._since_us: int | None = None
        self.holds = False

    def take(self, court_us: int, *, faulty: bool) -> None:
        if not faulty:
            self.clear()
            return
        if self._since_us is None or court_us < self._since_us:
            self._since_us = court_us
        self.holds = court_us - self._since_us >= self._least_us

    def clear(self) -> None:
        self._since_us, self.holds = None, False

    @property
    def since_us(self) -> int:
        return self._since_us or 0


class Watch:
    """Watches one camera or the programme. Times within a stream come in order."""

    def __init__(self) -> None:
        self._black = _Lasting(BLACK_US)
        self._frozen = _Lasting(FROZEN_US)
        self._silent = _Lasting(SILENT_US)
        self._still: Luma | None = None
        self._clipped: deque[int] = deque(maxlen=CLIPPING_TIMES)
        self._hum, self._echo = Hum(), Echo()
        self._apart = _Apart()
        self._began_us: int | None = None
        self._picture_us: int | None = None
        self._now_us = 0

    def picture(self, luma: Luma, court_us: int) -> None:
        """Take a small picture (some hundred pixels wide, limited range) of a court time."""
        self._picture_us = court_us
        black = float((luma < BLACK_LUMA).mean()) >= BLACK_SHARE
        self._black.take(court_us, faulty=black)
        same = self._still is not None and _same(self._still, luma)
        if not same:
            self._still = luma.copy()
            self._frozen.clear()
        self._frozen.take(court_us, faulty=not black)

    def level(self, peak_dbfs: float, rms_dbfs: float, court_us: int) -> None:
        """Take the levels of a tenth of a second or so of sound."""
        self._silent.take(court_us, faulty=rms_dbfs < SILENT_DBFS)
        if peak_dbfs >= CLIPPING_DBFS:
            self._clipped.append(court_us)
        if self._clipped and court_us < self._clipped[0]:
            self._clipped.clear()

    def sound(self, samples: np.ndarray[Any, Any], rate: int, court_us: int) -> None:
        """Take (n,) float samples, one channel, to listen for hum and echo."""
        self._hum.take(samples, rate, court_us)
        self._echo.take(samples, rate, court_us)

    def arrived(self, *, picture: bool, court_us: int, arrival_us: int) -> None:
        """Take when a picture (looked at or not) or a block of sound of a court time came in."""
        if picture:
            self._picture_us = court_us
        self._apart.take(picture=picture, late_us=arrival_us - court_us, court_us=court_us)

    def interrupted(self) -> None:
        """Begin anew with pictures and sound: the feed was lost and is back, or jumped in time."""
        self._still = None
        for lasting in (self._black, self._frozen, self._silent):
            lasting.clear()
        self._apart = _Apart()

    def alarms(self, court_us: int, *, live: bool = True) -> tuple[Alarm, ...]:
        """Return what is wrong at a court time. Silence is a fault only while ``live``."""
        if self._began_us is None:
            self._began_us = court_us
        self._now_us = court_us
        found = [*self._seen(), *self._heard(live=live)]
        return tuple(found)

    def _seen(self) -> list[Alarm]:
        last_us = self._picture_us if self._picture_us is not None else self._began_us or 0
        if self._now_us - last_us >= LOST_US:
            return [Alarm("lost", "red", last_us)]
        found = []
        if self._black.holds:
            found.append(Alarm("black", "red", self._black.since_us))
        if self._frozen.holds:
            found.append(Alarm("frozen", "red", self._frozen.since_us))
        if (apart_us := self._apart.by_us) > APART_US:
            severity: Severity = "red" if apart_us > FAR_APART_US else "amber"
            found.append(Alarm("apart", severity, self._apart.since_us))
        return found

    def _heard(self, *, live: bool) -> list[Alarm]:
        found = []
        if live and self._silent.holds:
            found.append(Alarm("silent", "red", self._silent.since_us))
        often = len(self._clipped) == CLIPPING_TIMES
        if often and self._now_us - self._clipped[0] <= CLIPPING_US:
            found.append(Alarm("clipping", "amber", self._clipped[0]))
        if self._hum.since_us is not None:
            found.append(Alarm("hum", "amber", self._hum.since_us))
        if self._echo.since_us is not None:
            found.append(Alarm("echo", "amber", self._echo.since_us))
        return found


def _same(one: Luma, other: Luma) -> bool:
    if one.shape != other.shape:
        return False
    apart = np.abs(one.astype(np.int16) - other)
    return bool(apart.mean() <= _SAME_MEAN and apart.max() <= _SAME_MOST)


class _Apart:
    """How far sound and picture move against each other, by when each arrives.

    What arrives with least delay in some seconds tells a stream's delay. Both have one of their own
    from the start (coding, blocks); what is told is by how much the difference has grown since.
    """

    _SPAN_US = 4_000_000

    def __init__(self) -> None:
        self._least: dict[bool, int | None] = {True: None, False: None}
        self._span_from_us: int | None = None
        self._first_us: int | None = None
        self.by_us = 0
        self.since_us = 0

    def take(self, *, picture: bool, late_us: int, court_us: int) -> None:
        least = self._least[picture]
        self._least[picture] = late_us if least is None else min(least, late_us)
        if self._span_from_us is None or court_us < self._span_from_us - self._SPAN_US:
            self._span_from_us = court_us
        if court_us - self._span_from_us >= self._SPAN_US:
            self._conclude(court_us)

    def _conclude(self, court_us: int) -> None:
        seen, heard = self._least[True], self._least[False]
        self._least = {True: None, False: None}
        self._span_from_us = court_us
        if seen is None or heard is None:
            return
        if self._first_us is None:
            self._first_us = seen - heard
        before_us, self.by_us = self.by_us, abs(seen - heard - self._first_us)
        if before_us <= APART_US < self.by_us:
            self.since_us = court_us
