"""How the room is shown, as ordered and as it is on the air, for the technician's desk [pure].

Both are read from the order log by the direction that the worker itself goes by. What is ordered
and not yet on the air still waits in the delay; what is on the air and no longer ordered has been
lifted, and ends when the picture of that moment gets there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from media import BY_VOICE, Direction, Mask, OrderRecord, Templates, WorkerStatus
from server.broadcasts.model import Broadcast
from server.broadcasts.state import MARKS, Order
from server.courts.model import Masks, MaskTemplate

_MARKS = frozenset(order.value for order in MARKS - {Order.DELAY})


class Showing:
    """The marks of one broadcast, folded as far as the order log was read."""

    def __init__(self, about: Broadcast, masks: Masks) -> None:
        self._direction = Direction(about.layout, about.cameras, _templates(masks))
        self._masks = masks
        self._read = 0

    def follow(self, records: Sequence[OrderRecord]) -> None:
        """Take what is new in the log."""
        new = [record for record in records[self._read :] if record.order in _MARKS]
        self._read = len(records)
        if new:
            self._direction.take(new)

    def told(self, room_us: int, worker: WorkerStatus | None, air_us: int | None) -> dict[str, Any]:
        """Return what holds at a court time in the room, and at one on the air (None: none yet)."""
        ordered = self._direction.arrangement(room_us)
        return {
            "layout": ordered.layout,
            "first": BY_VOICE if ordered.by_voice else next(iter(ordered.cameras), ""),
            "may_show": self._direction.may_show(ordered.layout),
            "air": _on_air(worker),
            "sound": list(self._sound(air_us)),
            "masks": list(self._hidden(air_us)),
            "templates": [
                {"camera": one.camera, **_rectangle(one)}
                for one in self._masks.templates
                if one.layout in ("", ordered.layout)
            ],
        }

    def _sound(self, air_us: int | None) -> Iterable[dict[str, Any]]:
        for mark in self._direction.sound:
            if stands := _stands(mark.from_us, mark.to_us, air_us):
                yield {"camera": mark.camera, "kind": mark.kind, **stands}

    def _hidden(self, air_us: int | None) -> Iterable[dict[str, Any]]:
        for one in self._direction.hidden:
            if stands := _stands(one.from_us, one.to_us, air_us):
                yield {"camera": one.camera, **_rectangle(one.mask), **stands}


def _stands(from_us: int, to_us: int | None, air_us: int | None) -> dict[str, bool]:
    """Return how a mark stands; nothing once it is over on the air too."""
    ordered = to_us is None
    on_air = air_us is not None and from_us <= air_us and (to_us is None or air_us < to_us)
    waits = air_us is not None and air_us < from_us  # lifted, and yet to be seen and ended again
    return {"ordered": ordered, "on_air": on_air} if ordered or on_air or waits else {}


def _rectangle(mask: Mask | MaskTemplate) -> dict[str, Any]:
    return {name: getattr(mask, name) for name in ("x", "y", "width", "height", "method")}


def _on_air(worker: WorkerStatus | None) -> dict[str, Any] | None:
    if worker is None or not worker.layout:
        return None
    return {
        "layout": worker.layout,
        "first": worker.first_camera,
        "delay_s": worker.delay_ms / 1000,
    }


def _templates(masks: Masks) -> Templates:
    by_layout: dict[str, dict[str, list[Mask]]] = {}
    for one in masks.templates:
        its = by_layout.setdefault(one.layout, {}).setdefault(one.camera, [])
        its.append(Mask(**_rectangle(one)))
    return Templates(by_layout, masks.required)
