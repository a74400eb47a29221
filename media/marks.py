"""What marks of the order log are made of: places, masks, sound [pure]."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

SoundKind = Literal["mute", "voice_shift"]


@dataclass(frozen=True, slots=True)
class Mask:
    """A rectangle in fractions of the source picture, and how it is hidden.

    ``pixelate`` keeps that somebody is there; only ``fill`` keeps nothing.
    """

    x: float
    y: float
    width: float
    height: float
    method: Literal["fill", "pixelate"] = "fill"

    def __post_init__(self) -> None:
        """Refuse what is not a rectangle inside the picture."""
        sides = (self.x, self.y, self.width, self.height)
        if not all(math.isfinite(side) and 0 <= side <= 1 for side in sides):
            raise ValueError("a mask is given in fractions of the picture, from 0 to 1")
        if self.width == 0 or self.height == 0:
            raise ValueError("a mask without area hides nothing")


@dataclass(frozen=True, slots=True)
class Templates:
    """Masks that a courtroom's cameras always have, by layout ("" for every layout).

    With ``required`` a layout that has none of its own is not shown at all (rule B-16).
    """

    by_layout: Mapping[str, Mapping[str, Sequence[Mask]]]
    required: bool = False

    def of(self, layout: str, camera: str) -> tuple[Mask, ...]:
        """Return a camera's masks in a layout."""
        every = self.by_layout.get("", {}).get(camera, ())
        return (*every, *self.by_layout.get(layout, {}).get(camera, ()))

    def missing(self, layout: str) -> bool:
        """Tell whether a layout must not be shown because nobody has drawn its masks."""
        return self.required and layout not in self.by_layout and "" not in self.by_layout


@dataclass(frozen=True, slots=True)
class Arrangement:
    """A layout and the cameras in the order of its places; ``by_voice``: who speaks comes first."""

    layout: str
    cameras: tuple[str, ...]
    by_voice: bool = False

    def led_by(self, camera: str) -> Arrangement:
        """Return the arrangement with a camera in the first place, the others in their order."""
        if camera not in self.cameras or camera == self.cameras[0]:
            return self
        others = tuple(one for one in self.cameras if one != camera)
        return Arrangement(self.layout, (camera, *others), self.by_voice)


@dataclass(frozen=True, slots=True)
class SoundMark:
    """What is done to a microphone from ``from_us`` up to, not with, ``to_us`` of court time.

    ``camera`` is the camera whose microphone is meant, "" for all of them; a mark without ``to_us``
    has no end yet.
    """

    camera: str
    kind: SoundKind
    from_us: int
    to_us: int | None = None

    def __post_init__(self) -> None:
        """Refuse a span that ends before it begins, and unknown kinds."""
        if self.kind not in ("mute", "voice_shift"):
            raise ValueError(f"unknown kind of mark {self.kind!r}")
        if self.to_us is not None and self.to_us < self.from_us:
            raise ValueError("a mark ends before it begins")
