"""What a court's policy says is due for the archive, and nothing that acts on it [pure].

法释〔2017〕5号 gives no number of years and forbids to delete or move originals without leave
(rule B-28). So the service marks, and people act: there is no interface that removes a record, here
or elsewhere. Without a policy nothing is ever due.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

_DAY_US = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Recorded:
    """The record of a broadcast, as its sheet tells; ``has_sheet`` False: it was never filed."""

    broadcast: str
    to_us: int
    has_sheet: bool


@dataclass(frozen=True, slots=True)
class Due:
    """A record that may be archived since ``since_us``; ``refused`` says why it may not yet."""

    broadcast: str
    since_us: int
    refused: str = ""


def due(records: Iterable[Recorded], days: int | None, now_us: int) -> list[Due]:
    """Return what is due by a policy of ``days`` after the hearing; None: no policy, nothing."""
    if days is None:
        return []
    found = [
        Due(one.broadcast, one.to_us + days * _DAY_US, "" if one.has_sheet else "not_filed")
        for one in records
        if one.to_us + days * _DAY_US <= now_us
    ]
    return sorted(found, key=lambda one: one.since_us)
