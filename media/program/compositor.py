"""Camera pictures into the one picture that the public sees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import av
import numpy as np

from media.assignment import ProgramText
from media.marks import Mask
from media.program.canvas import Bytes, Canvas, Converter, colour, planes_of
from media.program.layout import Box, Place, even, fit, pixels, places
from media.program.mask import apply
from media.program.overlay import Overlay
from media.program.slate import missing_picture
from media.program.steadiness import Steadiness
from media.release import PICTURES_IN_USE

_GROUND = colour(15, 19, 26)
_SEAM = colour(15, 19, 26)
_EDGE = colour(214, 220, 228)
_LONGEST_BREAK_US = 200_000  # between two pictures; less than the gate needs to close and open


class _Tile:
    """A camera's place: converts, masks, keeps aspect."""

    def __init__(self, place: Place, size: tuple[int, int]) -> None:
        self.framed = place.framed
        self.box = pixels(place, size)
        self._converter = Converter()
        self._reader = Converter()
        self._masked: Canvas | None = None
        self._fitted: dict[int, Box] = {}
        self._missing: Canvas | None = None

    def paint(self, canvas: Canvas, frame: av.VideoFrame | None, masks: Sequence[Mask]) -> None:
        if frame is None:
            if self._missing is None:
                self._missing = missing_picture((self.box.width, self.box.height))
            self._ground(canvas, self.box)
            canvas.put(self.box, self._missing.planes)
            return
        box = fit((frame.width, frame.height), self.box)
        self._ground(canvas, box)
        if masks and (frame.width, frame.height) == (box.width, box.height):
            canvas.put(box, planes_of(self._reader.convert(frame, (box.width, box.height))))
            apply(canvas.region(box), masks)  # nobody sees the picture before it is composed
            return
        if masks:
            frame = self._hide(frame, masks)
        converted = self._converter.convert(frame, (box.width, box.height))
        canvas.put(box, planes_of(converted))

    def _ground(self, canvas: Canvas, box: Box) -> None:
        """Clear what another aspect left beside the picture; most ticks have nothing to clear."""
        if self._fitted.get(id(canvas), self.box) != box:
            canvas.fill(self.box, _GROUND)
        self._fitted[id(canvas)] = box

    def _hide(self, frame: av.VideoFrame, masks: Sequence[Mask]) -> av.VideoFrame:
        """Return a masked copy until the next one: others hold the decoded picture, too."""
        size = even(frame.width), even(frame.height)
        if self._masked is None or self._masked.size != size:
            self._masked = Canvas(size)
        source = self._reader.convert(frame, size)
        copy = self._masked
        copy.put(Box(0, 0, *size), planes_of(source))
        apply(copy.planes, masks)
        return av.VideoFrame.from_numpy_buffer(copy.block, format="yuv420p")


class Compositor:
    """Puts pictures into places, masks them, draws the overlay.

    ``PICTURES_IN_USE`` canvases take turns, so that a picture need not be copied for the encoders;
    the very same picture is returned again where nothing in it is new. Not for more than one
    thread. Each court time is composed once, in order.
    """

    def __init__(
        self,
        size: tuple[int, int],
        layout: str,
        cameras: Sequence[str],
        text: ProgramText,
        masks: Mapping[str, Sequence[Mask]] | None = None,
    ) -> None:
        """Prepare pictures of ``size`` (even sides); ``cameras`` in the order of the places.

        Raises ``KeyError`` for an unknown layout, ``ValueError`` for odd sides,
        ``zoneinfo.ZoneInfoNotFoundError`` for an unknown time zone.
        """
        self.size = size
        self._canvases = tuple(Canvas(size) for _ in range(PICTURES_IN_USE))
        self._turn = 0
        self._steadiness = Steadiness(size)
        self._unsteady = Canvas(size)
        self._clock, self._composed_us = "", 0
        self._masks = {camera: tuple(hidden) for camera, hidden in (masks or {}).items()}
        self._overlay = Overlay(
            size,
            court=text.court,
            case_number=text.case_number,
            time_zone=text.time_zone,
            emblem=text.emblem,
        )
        self.arrange(layout, cameras)

    def arrange(self, layout: str, cameras: Sequence[str]) -> None:
        """Take another layout or other cameras from the next picture on."""
        known = places(layout, len(cameras))
        self._tiles = [_Tile(place, self.size) for place in known]
        self._cameras = tuple(cameras)[: len(known)]
        self._untouched = {id(one) for one in (*self._canvases, self._unsteady)}
        self._steadiness.forget()
        self._seams = _seams([tile.box for tile in self._tiles if not tile.framed], self.size)

    def mask(self, camera: str, masks: Sequence[Mask]) -> None:
        """Hide these rectangles of a camera from the next picture on, and no others."""
        if self._masks.get(camera, ()) != tuple(masks):
            self._masks[camera] = tuple(masks)
            self._steadiness.forget()

    @property
    def cameras(self) -> tuple[str, ...]:
        """The cameras that have a place."""
        return self._cameras

    def compose(self, pictures: Mapping[str, av.VideoFrame | None], court_us: int) -> Bytes:
        """Return the picture of a court time: yuv420p (height * 3 / 2, width), BT.709 limited.

        A camera without a picture shows a quiet tile instead. Decoded frames are only read.
        """
        turn = (self._turn + 1) % PICTURES_IN_USE
        canvas = self._canvases[turn]
        if not 0 <= court_us - self._composed_us <= _LONGEST_BREAK_US:
            self._steadiness.forget()
        self._composed_us = court_us
        clock = self._overlay.clock.text(court_us)
        if self._steadiness.worth_it():
            self._paint(self._unsteady, pictures)
            if not self._steadiness.take(self._unsteady) and clock == self._clock:
                return self._canvases[self._turn].block
            np.copyto(canvas.block, self._steadiness.held.block)
        else:
            self._paint(canvas, pictures)
        self._turn, self._clock = turn, clock
        self._overlay.draw(canvas, court_us)
        return canvas.block

    def _paint(self, canvas: Canvas, pictures: Mapping[str, av.VideoFrame | None]) -> None:
        """Draw everything but the overlay."""
        if id(canvas) in self._untouched:  # not before: encoders may still have been reading it
            self._untouched.discard(id(canvas))
            canvas.fill(Box(0, 0, *self.size), _GROUND)
        for box in self._overlay.boxes:  # ground that no picture covers would grow darker
            canvas.fill(box, _GROUND)
        for tile, camera in zip(self._tiles, self._cameras, strict=False):
            tile.paint(canvas, pictures.get(camera), self._masks.get(camera, ()))
            if tile.framed:
                _frame(canvas, tile.box)
        for seam in self._seams:
            canvas.fill(seam, _SEAM)


def _seams(boxes: Sequence[Box], size: tuple[int, int]) -> list[Box]:
    """Return thin lines where places touch, half on either side."""
    half = 2 if size[1] >= 720 else 0  # noqa: PLR2004
    width = half + 2
    lines: set[tuple[int, int, int, int]] = set()
    for box in boxes:
        if box.right < size[0]:
            lines.add((box.right - half, box.y, width, box.height))
        if box.bottom < size[1] and any(other.y == box.bottom for other in boxes):
            lines.add((box.x, box.bottom - half, box.width, width))
    return [Box(*line) for line in sorted(lines)]


def _frame(canvas: Canvas, box: Box) -> None:
    """Draw a thin light edge inside a box."""
    line = 2
    canvas.fill(Box(box.x, box.y, box.width, line), _EDGE)
    canvas.fill(Box(box.x, box.bottom - line, box.width, line), _EDGE)
    canvas.fill(Box(box.x, box.y, line, box.height), _EDGE)
    canvas.fill(Box(box.right - line, box.y, line, box.height), _EDGE)
