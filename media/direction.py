"""How the program is made at a court time: places, masks, muted microphones [pure].

Folds the marks of the order log (``media.ordering``). Marks lie on court time, so that what was
recorded a moment ago can still be masked or muted before the public sees it. Whatever hides ends
only with the gate's guard: a camera's latency makes the court time of its pictures later than the
truth, and what is shown again must surely be behind the mark.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from media.gate import OPENING_GUARD_US, OrderRecord
from media.marks import Arrangement, Mask, SoundKind, SoundMark, Templates
from media.ordering import BY_VOICE

_EVER = -(1 << 62)
_SOUND: dict[str, SoundKind] = {"mute": "mute", "voice_shift": "voice_shift"}
_LIFTED_BY = {"mute": "unmute", "voice_shift": "voice_plain", "mask": "unmask"}


@dataclass(frozen=True, slots=True)
class Hidden:
    """A mask of a camera's picture in [from_us, to_us) of court time."""

    camera: str
    mask: Mask
    from_us: int
    to_us: int | None


class Direction:
    """The marks of a broadcast. ``cameras`` are all it may show, in the order of the places."""

    def __init__(self, layout: str, cameras: Sequence[str], templates: Templates) -> None:
        self._first = Arrangement(layout, tuple(cameras))
        self._templates = templates
        self._records: list[OrderRecord] = []
        self._places: list[tuple[int, Arrangement]] = [(_EVER, self._first)]
        self.hidden: tuple[Hidden, ...] = ()
        self.sound: tuple[SoundMark, ...] = ()

    def add(self, record: OrderRecord, next_tick_us: int) -> int:
        """Take a mark; return the court time from which it has force.

        Cameras that the broadcast does not have change nothing.
        """
        self.take((record,))
        return max(record.court_us if _is_place(record) else record.reach_us, next_tick_us)

    def take(self, records: Iterable[OrderRecord]) -> None:
        """Take many marks in the order of the log; folds them once."""
        self._records.extend(records)
        self._places = self._fold_places()
        self.sound = tuple(self._fold_sound())
        self.hidden = tuple(self._fold_masks())

    def arrangement(self, court_us: int) -> Arrangement:
        """Return who has which place at a court time."""
        return next(one for at, one in reversed(self._places) if at <= court_us)

    def masks(self, layout: str, camera: str, picture_us: int) -> tuple[Mask, ...]:
        """Return what must be hidden in a camera's picture of a court time."""
        ordered = (
            one.mask
            for one in self.hidden
            if one.camera == camera and one.from_us <= picture_us
            if one.to_us is None or picture_us < one.to_us
        )
        return (*self._templates.of(layout, camera), *ordered)

    def may_show(self, layout: str) -> bool:
        """Tell whether a layout's masks are known."""
        return not self._templates.missing(layout)

    def silences(self, from_us: int, to_us: int) -> list[tuple[int, int]]:
        """Return the parts of [from_us, to_us) in which every microphone is muted."""
        return [
            (max(mark.from_us, from_us), to_us if mark.to_us is None else min(mark.to_us, to_us))
            for mark in self.sound
            if mark.kind == "mute" and not mark.camera
            if mark.from_us < to_us and (mark.to_us is None or mark.to_us > from_us)
        ]

    def _fold_places(self) -> list[tuple[int, Arrangement]]:
        now = self._first
        places = [(_EVER, now)]
        for record in sorted(filter(_is_place, self._records), key=lambda one: one.court_us):
            if record.order == "layout":
                now = Arrangement(record.args["layout"], now.cameras, now.by_voice)
            elif record.args["camera"] == BY_VOICE:
                now = Arrangement(now.layout, now.cameras, by_voice=True)
            else:
                now = Arrangement(now.layout, self._first.cameras).led_by(record.args["camera"])
            places.append((record.court_us, now))
        return places

    def _fold_sound(self) -> Iterable[SoundMark]:
        for record, to_us in self._lasting(_SOUND.__contains__):
            kind = _SOUND[record.order]
            yield SoundMark(record.args["camera"], kind, record.reach_us, to_us)

    def _fold_masks(self) -> Iterable[Hidden]:
        for record, to_us in self._lasting("mask".__eq__):
            args = record.args
            mask = Mask(args["x"], args["y"], args["width"], args["height"], args["method"])
            yield Hidden(args["camera"], mask, record.reach_us, to_us)

    def _lasting(self, wanted: Callable[[str], bool]) -> Iterable[tuple[OrderRecord, int | None]]:
        """Yield what hides with the court time at which the first later order has lifted it."""
        for record in self._records:
            if not wanted(record.order):
                continue
            lifts = (
                max(later.court_us, record.court_us) + OPENING_GUARD_US
                for later in self._records
                if later.sequence > record.sequence
                and later.order == _LIFTED_BY[record.order]
                and later.args["camera"] in ("", record.args["camera"])
            )
            yield record, min(lifts, default=None)


def _is_place(record: OrderRecord) -> bool:
    return record.order in ("layout", "camera")
