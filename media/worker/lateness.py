"""How late pictures and sound of cameras come, and how long a broadcast waits for them [pure].

"Delay 0" is a short wait all the same: a tick is composed when what belongs to it has had time to
arrive. Most cameras need 120 ms. Some need more by the way they send: encoders with SRT or MPEG-TS
put up to a quarter of a second of sound into one packet, and with B-frames a picture is there only
when later ones are. Without the time for it their sound has holes, and their picture is behind it.

The wait is measured before the first tick. Who becomes later on the air is told to the desk, and
waited for from the next slate on: there court time can step without anything being missed.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import NamedTuple

from media.feeds.decode_times import MOST_AHEAD
from media.spool.record import Packet, Stream
from media.staff_messages import Alarm
from media.timeline import LEAST_WAIT_US, Piece

MOST_US = 480_000
STEP_US = 120_000
"""On the air a wait grows by as much: each time is a discontinuity for players."""
LOOK_AHEAD_US = 1_000_000
"""With a delay, what comes late may come this much late and is shown all the same."""
SEEN_US = 5_000_000  # how much of the record tells
_TICK_US = 40_000
_WINDOW_US = 1_000_000
_LEAST_WINDOWS = 3
_SETTLED_US = 2_000_000  # so long after the alarm all seconds that count are late ones
# Of who sends a transport stream and was not seen for long enough: sound in packets of a quarter of
# a second is usual.
_USUAL_BY_TS_US = 280_000
_BY_TS = ("srt:", "srt-listen:", "udp:", "rtp-ts:")


class Arrival(NamedTuple):
    """When something of a court time came."""

    stream: Stream
    court_us: int
    arrival_us: int


class Arrivals:
    """What one camera sent in the last seconds, in the order of arrival."""

    def __init__(self) -> None:
        self._kept: deque[Arrival] = deque()

    def take(self, packet: Packet) -> None:
        """Take a packet, in the order of the record."""
        self._kept.append(Arrival(packet.stream, packet.court_us, packet.arrival_us))
        while packet.arrival_us - self._kept[0].arrival_us > SEEN_US:
            self._kept.popleft()

    @property
    def late_us(self) -> int | None:
        """How late the camera's latest stream usually is; None while too little was seen."""
        return _late_us(self._kept)


class Lateness:
    """Who is later than a broadcast waits, looked at once a second."""

    def __init__(self) -> None:
        self._since: dict[str, int] = {}
        self._needed: dict[str, int] = {}  # also of who is silent just now

    def look(
        self, late: Mapping[str, int | None], piece: Piece, court_us: int
    ) -> tuple[Alarm, ...]:
        """Take how late each camera is; return an alarm for each that is not waited for."""
        known = {name: one for name, one in late.items() if one is not None}
        is_late = [name for name, one in known.items() if one > allowed_us(piece)]
        self._since = {name: self._since.get(name, court_us) for name in is_late}
        for name in known.keys() - self._since.keys():  # in time again
            self._needed.pop(name, None)
        settled = [name for name, at in self._since.items() if court_us - at >= _SETTLED_US]
        self._needed |= {name: known[name] for name in settled}
        return tuple(Alarm("late", "amber", at, name) for name, at in self._since.items())

    def wait_us(self, piece: Piece) -> int:
        """Return how long to wait instead, for what was seen last: never less than now."""
        missing_us = max(self._needed.values(), default=0) - allowed_us(piece)
        steps = -(-(missing_us + _TICK_US) // STEP_US) if missing_us > 0 else 0
        return max(piece.wait_us, min(piece.wait_us + steps * STEP_US, MOST_US))


def allowed_us(piece: Piece) -> int:
    """Return how late something may come and is shown all the same."""
    return piece.wait_us + min(piece.delay_us, LOOK_AHEAD_US)


def first_wait_us(cameras: Iterable[tuple[str, Sequence[Arrival | Packet]]]) -> int:
    """Return the wait for some cameras, each with its address and what it sent lately.

    Of an address only the scheme matters; packets are in the order of arrival.
    """
    worst = 0
    for address, packets in cameras:
        late = _late_us(packets)
        by_ts = address.lower().startswith(_BY_TS)
        worst = max(worst, late if late is not None else _USUAL_BY_TS_US if by_ts else 0)
    # what belongs to the end of a tick must be there as well as what belongs to its beginning
    return min(max(worst + _TICK_US, LEAST_WAIT_US), MOST_US)


def _late_us(packets: Iterable[Arrival | Packet]) -> int | None:
    pictures: list[Arrival | Packet] = []
    sound: list[tuple[int, int]] = []
    for one in packets:
        if one.stream == "video":
            pictures.append(one)
        else:
            sound.append((one.arrival_us, one.arrival_us - one.court_us))
    known = [late for late in (_usual(_shown(pictures)), _usual(sound)) if late is not None]
    return max(known, default=None)


def _shown(pictures: Sequence[Arrival | Packet]) -> list[tuple[int, int]]:
    """Return when each picture came out of a decoder, and how late that was."""
    ahead = _ahead([one.court_us for one in pictures])
    times = sorted(one.court_us for one in pictures)
    arrivals = [one.arrival_us for one in pictures[ahead:]]
    return [(at, at - court_us) for at, court_us in zip(arrivals, times, strict=False)]


def _ahead(times: Sequence[int]) -> int:
    """Return how many pictures are sent before one that is shown earlier, at most."""
    return max(
        (
            sum(earlier > time for earlier in times[max(0, at - MOST_AHEAD) : at])
            for at, time in enumerate(times)
        ),
        default=0,
    )


def _usual(late: Iterable[tuple[int, int]]) -> int | None:
    """Return what is the latest of a second in most seconds; None while too few were seen.

    A network or a machine that stumbled once is not waited for in all of a hearing.
    """
    seconds: dict[int, int] = defaultdict(int)
    for at_us, late_us in late:
        second = at_us // _WINDOW_US
        seconds[second] = max(seconds[second], late_us)
    return round(median(seconds.values())) if len(seconds) >= _LEAST_WINDOWS else None
