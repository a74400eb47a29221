"""Where a camera's record has holes, told from what is in clear in it [pure].

Whoever has no key can make the same list again, so a sheet that leaves a gap out is found out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

# Pictures of the slowest cameras in use are a second apart.
LEAST_US = 2_000_000
RECORDER_STOPPED = "recorder_stopped"
UNKNOWN = "unknown"
RECESS = "recess"  # as media.feeds.issues has it
# Told in the log where nothing is missing.
_HARMLESS = frozenset({"changed", "timestamps"})

Kind = Literal["video", "audio", "interruption", "stopped"]


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that the record tells in clear: a packet of a stream, an interruption, a crash.

    ``stream`` is the one that an interruption is about, empty: all.
    """

    arrival_us: int
    kind: Kind
    reason: str = ""
    stream: str = ""


@dataclass(frozen=True, slots=True)
class Gap:
    """A time in which nothing of a stream arrived. ``reason`` is an issue code of the feed."""

    stream: str
    from_us: int
    to_us: int
    reason: str


def gaps(facts: Iterable[Fact], from_us: int, to_us: int) -> list[Gap]:
    """Return the holes of at least two seconds between two times, in order.

    ``facts`` are those of the range in the order of the log. A camera is expected to give pictures
    all the time; sound only from its first on. What was left out in a recess is told of one stream
    and stays its reason until something of it comes, unless the camera failed meanwhile.
    """
    left_out: dict[str, str] = {}
    last: dict[str, int] = {"video": from_us}
    reason = ""
    found: list[Gap] = []
    for fact in facts:
        if fact.kind == "interruption" and fact.reason == RECESS:
            left_out[fact.stream] = RECESS
        elif fact.kind == "interruption":
            reason = reason if fact.reason in _HARMLESS else fact.reason
        elif fact.kind == "stopped":
            reason = reason or RECORDER_STOPPED
        elif from_us <= fact.arrival_us <= to_us:
            since = last.get(fact.kind, fact.arrival_us)
            found += _gap(fact.kind, since, fact.arrival_us, reason or left_out.get(fact.kind, ""))
            left_out.pop(fact.kind, None)
            last[fact.kind] = fact.arrival_us
            if all(fact.arrival_us - at < LEAST_US for at in last.values()):
                reason = ""
    for stream, since in last.items():
        found += _gap(stream, since, to_us, reason or left_out.get(stream, ""))
    return sorted(found, key=lambda gap: (gap.from_us, gap.stream))


def _gap(stream: str, since_us: int, until_us: int, reason: str) -> Iterator[Gap]:
    if until_us - since_us >= LEAST_US:
        yield Gap(stream, since_us, until_us, reason or UNKNOWN)
