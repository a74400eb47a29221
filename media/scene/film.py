"""Scenery and people into pictures, frame by frame.

A frame is pasted together from parts that were drawn for the same pose before; poses are rounded so
finely that nobody sees the steps.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable

from PIL import Image

from media.scene.acting import Performance, Pose
from media.scene.cast import Seat
from media.scene.face import Face, draw_head
from media.scene.figure import Arm, draw_arm, draw_body, draw_from_behind
from media.scene.ink import Point, Sheet
from media.scene.script import Voice
from media.scene.sets import VIEWS, Layer
from media.scene.voice import Speech

_WIDTH = 640
_MEMORY = 96 * 1024 * 1024
# Extent of each part in heads, and where its origin lies in it.
_HEAD: tuple[Point, Point] = ((1.36, 2.0), (0.68, 0.82))
_BODY: tuple[Point, Point] = ((2.6, 1.95), (1.3, -0.45))  # hidden below by desks
_ARMS: tuple[Point, Point] = ((3.3, 1.6), (1.65, -1.1))
_BACK: tuple[Point, Point] = ((2.6, 3.6), (1.3, 0.7))


def _step(value: float, steps: float) -> float:
    return round(value * steps) / steps


class _Parts:
    """Drawn parts by pose, cut to what is not empty; the least used are forgotten."""

    def __init__(self) -> None:
        self._held: OrderedDict[Hashable, tuple[Image.Image, tuple[int, int]]] = OrderedDict()
        self._bytes = 0

    def get(
        self, key: Hashable, draw: Callable[[], Image.Image]
    ) -> tuple[Image.Image, tuple[int, int]]:
        """Return a part and where its corner lies in the whole drawing."""
        held = self._held.get(key)
        if held is not None:
            self._held.move_to_end(key)
            return held
        drawn = draw()
        box = drawn.getchannel("A").getbbox() or (0, 0, 1, 1)
        part = drawn.crop(box)
        self._held[key] = part, (box[0], box[1])
        self._bytes += part.width * part.height * 4
        while self._bytes > _MEMORY:
            _, (old, _) = self._held.popitem(last=False)
            self._bytes -= old.width * old.height * 4
        return self._held[key]


class Film:
    """One camera's pictures of the loop."""

    def __init__(self, view: str, size: tuple[int, int], speeches: dict[Voice, Speech]) -> None:
        """Draw what never moves; ``KeyError`` for an unknown view."""
        scenery = VIEWS[view](size)
        self.size = size
        self._scale = size[0] / _WIDTH
        self._ground = scenery.ground
        self._layers = scenery.layers
        self._plays = {
            layer.seat.name: Performance(layer.seat, speeches)
            for layer in scenery.layers
            if layer.seat
        }
        self._parts = _Parts()

    def picture(self, frame: int) -> Image.Image:
        """Return a frame of the loop, RGB."""
        out = self._ground.copy()
        poses = {name: play.pose(frame) for name, play in self._plays.items()}
        for layer in self._layers:
            if layer.prop is not None:
                seen_through = layer.prop if layer.prop.mode == "RGBA" else None
                out.paste(layer.prop, layer.at, seen_through)
            elif layer.seat is not None:
                self._show(out, layer, layer.seat, poses[layer.seat.name])
        return out

    def _show(self, out: Image.Image, layer: Layer, seat: Seat, pose: Pose) -> None:
        if seat.behind:
            self._back(out, seat, pose)
        elif layer.arms:
            self._arms(out, seat, pose)
        else:
            self._body(out, seat, pose)
            self._head(out, seat, pose)

    def _paste(
        self,
        out: Image.Image,
        seat: Seat,
        extent: tuple[Point, Point],
        moved: Point,
        key: tuple[Hashable, ...],
        draw: Callable[[Sheet], None],
    ) -> None:  # fmt: skip
        """Paste a part at a place, in steps of half a pixel."""
        head = seat.head * self._scale
        size, origin = extent
        x = _step((seat.x * self._scale + (moved[0] - origin[0]) * head), 2)
        y = _step((seat.y * self._scale + (moved[1] - origin[1]) * head), 2)
        left, top = int(x // 1), int(y // 1)
        half = (x - left, y - top)

        def drawn() -> Image.Image:
            shifted = (origin[0] + half[0] / head, origin[1] + half[1] / head)
            sheet = Sheet((size[0] + 1 / head, size[1] + 1 / head), head, shifted)
            draw(sheet)
            return sheet.done()

        part, (across, down) = self._parts.get((seat.name, half, *key), drawn)
        out.paste(part, (left + across, top + down), part)

    def _head(self, out: Image.Image, seat: Seat, pose: Pose) -> None:
        told, fine = pose.face, min(1.0, seat.head * self._scale / 60)
        speaks = told.mouth >= 0.06  # noqa: PLR2004
        face = Face(
            _step(told.yaw, max(8, 24 * fine)),
            _step(told.pitch, max(3, 8 * fine)),
            max(0.1, _step(told.mouth, max(4, 7 * fine))) if speaks else 0.0,
            _step(told.rounding, 3) if speaks else 0.0,
            _step(told.lids, 4),
        )
        look = seat.person.look
        moved = (pose.head_x + 0.05 * told.yaw, pose.head_y)
        self._paste(
            out, seat, _HEAD, moved, ("head", face), lambda sheet: draw_head(sheet, look, face)
        )

    def _body(self, out: Image.Image, seat: Seat, pose: Pose) -> None:
        moved = (pose.head_x * 0.3, pose.body_y)
        self._paste(out, seat, _BODY, moved, ("body",), lambda sheet: draw_body(sheet, seat.person))

    def _arms(self, out: Image.Image, seat: Seat, pose: Pose) -> None:
        arms = [
            Arm(_step(arm.lift, 20), _step(arm.swing, 8) if arm.lift > 0.02 else 0.0)  # noqa: PLR2004
            for arm in pose.arms
        ]

        def draw(sheet: Sheet) -> None:
            for side, arm in zip((-1, 1), arms, strict=True):
                draw_arm(sheet, seat.person, side, arm)

        self._paste(out, seat, _ARMS, (0.0, 0.0), ("arms", *arms), draw)

    def _back(self, out: Image.Image, seat: Seat, pose: Pose) -> None:
        moved = (1.6 * pose.head_x, pose.body_y)
        self._paste(
            out, seat, _BACK, moved, ("back",), lambda sheet: draw_from_behind(sheet, seat.person)
        )
