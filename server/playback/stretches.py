"""Where a hearing has no captions: what was closed to the public, and what was cut [pure]."""

from __future__ import annotations

from collections.abc import Iterable

from media import OrderForce

_BEGINS = {"closed": "closed", "dump": "cut"}
_ENDS = {"open": "closed", "resume": "cut"}


def quiet_stretches(forces: Iterable[OrderForce]) -> list[tuple[int, int | None]]:
    """Return the stretches of court time (µs) in which the orders let nothing out.

    ``forces`` tell when each order took force. The last stretch ends with None if it still goes on.
    """
    found: list[tuple[int, int | None]] = []
    reasons: set[str] = set()
    began = 0
    for force in sorted(forces, key=lambda one: one.sequence):
        was_quiet = bool(reasons)
        if force.order in _BEGINS:
            reasons.add(_BEGINS[force.order])
        reasons.discard(_ENDS.get(force.order, ""))
        if reasons and not was_quiet:
            began = force.court_us
        elif was_quiet and not reasons and force.court_us > began:
            found.append((began, force.court_us))
    if reasons:
        found.append((began, None))
    return found
