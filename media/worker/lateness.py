"""How late pictures and sound of cameras come, and how long a broadcast waits for them [pure].

"Delay 0" is a short wait all the same: a tick is composed when what belongs to it has had time to
arrive. Most cameras need 120 ms. Some need more by the way they send: encoders with SRT or MPEG-TS
put up to a quarter of a second of sound into one packet, and with B-frames a picture is there only
when later ones are. Without the time for it their sound has holes, and their picture is behind it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from statistics import median

from media.feeds.decode_times import MOST_AHEAD
from media.spool.record import Packet

LEAST_US, MOST_US = 120_000, 480_000
SEEN_US = 5_000_000  # how much of the record tells
_TICK_US = 40_000
_WINDOW_US = 1_000_000
_LEAST_WINDOWS = 3
# Of who sends a transport stream and was not seen for long enough: sound in packets of a quarter of
# a second is usual.
_USUAL_BY_TS_US = 280_000
_BY_TS = ("srt:", "srt-listen:", "udp:", "rtp-ts:")


def jitter_us(cameras: Iterable[tuple[str, Sequence[Packet]]]) -> int:
    """Return the wait for some cameras, each with its address and what it sent lately.

    Of an address only the scheme matters; packets are in the order of arrival.
    """
    worst = 0
    for address, packets in cameras:
        pictures = [one for one in packets if one.stream == "video"]
        sound = [(one.arrival_us, one.arrival_us - one.court_us) for one in packets
                 if one.stream == "audio"]  # fmt: skip
        known = [late for late in (_usual(_shown(pictures)), _usual(sound)) if late is not None]
        by_ts = address.lower().startswith(_BY_TS)
        worst = max(worst, *known, 0 if known or not by_ts else _USUAL_BY_TS_US)
    # what belongs to the end of a tick must be there as well as what belongs to its beginning
    return min(max(worst + _TICK_US, LEAST_US), MOST_US)


def _shown(pictures: Sequence[Packet]) -> list[tuple[int, int]]:
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
