"""Where each camera's picture stands in the program picture.

A layout is a tuple of places in the order of the cameras, each a rectangle in fractions of the
picture. Pixels have even borders, because a chroma sample covers two by two of them, and places
that touch in fractions touch in pixels.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A rectangle in fractions of the picture; places later in a layout lie on top."""

    x: float
    y: float
    width: float
    height: float
    framed: bool = False  # lies on another picture and needs an edge to be seen as one


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels with even borders."""

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """First column to the right of it."""
        return self.x + self.width

    @property
    def bottom(self) -> int:
        """First row below it."""
        return self.y + self.height

    def overlaps(self, other: Box) -> bool:
        """Tell whether the two share a pixel."""
        return (
            self.x < other.right
            and other.x < self.right
            and self.y < other.bottom
            and other.y < self.bottom
        )


_THIRD = 1 / 3
LAYOUTS: dict[str, tuple[Place, ...]] = {
    "single": (Place(0, 0, 1, 1),),
    "two": (Place(0, 0.25, 0.5, 0.5), Place(0.5, 0.25, 0.5, 0.5)),
    # Above the line of the overlay and below the upper fifth.
    "picture_in_picture": (Place(0, 0, 1, 1), Place(0.70, 0.59, 0.28, 0.28, framed=True)),
    "quad": (
        Place(0, 0, 0.5, 0.5),
        Place(0.5, 0, 0.5, 0.5),
        Place(0, 0.5, 0.5, 0.5),
        Place(0.5, 0.5, 0.5, 0.5),
    ),
    "one_and_five": (
        Place(0, 0, 2 * _THIRD, 2 * _THIRD),
        Place(2 * _THIRD, 0, _THIRD, _THIRD),
        Place(2 * _THIRD, _THIRD, _THIRD, _THIRD),
        Place(2 * _THIRD, 2 * _THIRD, _THIRD, _THIRD),
        Place(_THIRD, 2 * _THIRD, _THIRD, _THIRD),
        Place(0, 2 * _THIRD, _THIRD, _THIRD),
    ),
}


def even(value: float) -> int:
    """Round to the nearest even number."""
    return 2 * round(value / 2)


def pixels(place: Place, size: tuple[int, int]) -> Box:
    """Return the place in a picture of this width and height (both even)."""
    width, height = size
    left, top = even(place.x * width), even(place.y * height)
    right = min(width, even((place.x + place.width) * width))
    bottom = min(height, even((place.y + place.height) * height))
    return Box(left, top, max(2, right - left), max(2, bottom - top))


def fit(source: tuple[int, int], box: Box) -> Box:
    """Return the largest box of the source's aspect within ``box``, centred.

    What would leave a line of two pixels or less is stretched over it instead.
    """
    source_width, source_height = source
    scale = min(box.width / source_width, box.height / source_height)
    width = min(box.width, max(2, even(source_width * scale)))
    height = min(box.height, max(2, even(source_height * scale)))
    if box.width - width <= 2:  # noqa: PLR2004
        width = box.width
    if box.height - height <= 2:  # noqa: PLR2004
        height = box.height
    x = box.x + (box.width - width) // 4 * 2
    y = box.y + (box.height - height) // 4 * 2
    return Box(x, y, width, height)


def places(layout: str, cameras: int) -> tuple[Place, ...]:
    """Return the places for this number of cameras.

    A layout for more cameras keeps its empty places; cameras beyond it are not shown. One camera
    alone is always shown at full size. Raises ``KeyError`` for an unknown layout.
    """
    known = LAYOUTS[layout]
    return LAYOUTS["single"] if cameras <= 1 else known
