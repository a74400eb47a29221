"""How those fare who watch a broadcast by WebRTC, summed up for the console.

``server.playback`` puts itself here; nothing tells who a viewer is or where.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any

from aiohttp import web

from media import SessionFigures


@dataclass(frozen=True, slots=True)
class DirectSum:
    """Viewers of one rung or of all: how many, bit/s together, the worst loss and round trip."""

    viewers: int
    bit_rate: int
    worst_loss_percent: float
    worst_rtt_ms: float


DIRECT: web.AppKey[Callable[[str], Iterable[SessionFigures]]] = web.AppKey("direct_viewers")
"""Given a broadcast, returns what its viewers' relays told of them last."""


def sum_up(sessions: Iterable[SessionFigures]) -> DirectSum:
    """Return the sum of sessions; zeros for none."""
    known = tuple(sessions)
    return DirectSum(
        viewers=len(known),
        bit_rate=sum(one.bit_rate for one in known),
        worst_loss_percent=max((one.loss_percent for one in known), default=0.0),
        worst_rtt_ms=max((one.rtt_ms for one in known), default=0.0),
    )


def by_rung(sessions: Iterable[SessionFigures]) -> dict[str, tuple[SessionFigures, ...]]:
    """Return those who get pictures or sound, by the rendition that they get."""
    rungs: defaultdict[str, list[SessionFigures]] = defaultdict(list)
    for one in sessions:
        if one.state == "connected" and one.rung:
            rungs[one.rung].append(one)
    return {rung: tuple(rungs[rung]) for rung in sorted(rungs)}


def direct_view(app: web.Application, broadcast: str) -> dict[str, Any]:
    """Return what the console shows: the sum of all who are connected, and each rung's."""
    find = app.get(DIRECT)
    known = [one for one in (find(broadcast) if find else ()) if one.state == "connected"]
    rungs = [{"rung": rung, **asdict(sum_up(its))} for rung, its in by_rung(known).items()]
    return {**asdict(sum_up(known)), "rungs": rungs}
