"""The room as each camera sees it: what never moves, drawn once, in layers between the people."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image

from media.scene import furniture
from media.scene.board import Board
from media.scene.cast import DEFENCE, GALLERY, JUDGE, PROSECUTION, WIDE, Seat

Size = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Layer:
    """Something on top of what came before: a prop, or a part of a person."""

    prop: Image.Image | None = None
    at: tuple[int, int] = (0, 0)
    seat: Seat | None = None
    arms: bool = False


@dataclass(frozen=True, slots=True)
class Scenery:
    """A background and the layers above it, from far to near."""

    ground: Image.Image
    layers: tuple[Layer, ...]


def _prop(size: Size, draw: Callable[[Board], None]) -> list[Layer]:
    """Draw a prop and cut it to what is not empty.

    What covers whole rows at the foot of the picture is a layer of its own without transparency: it
    is copied instead of blended.
    """
    board = Board(size)
    draw(board)
    picture = board.done()
    covered = np.asarray(picture.getchannel("A")).min(axis=1) == 255  # noqa: PLR2004
    solid = size[1] - int(np.argmin(np.append(covered[::-1], False)))
    layers = []
    above = picture.crop((0, 0, size[0], solid))
    if box := above.getchannel("A").getbbox():
        layers.append(Layer(prop=above.crop(box), at=(box[0], box[1])))
    if solid < size[1]:
        below = picture.crop((0, solid, *size)).convert("RGB")
        layers.append(Layer(prop=below, at=(0, solid)))
    return layers


def _ground(size: Size, draw: Callable[[Board], None]) -> Image.Image:
    board = Board(size)
    draw(board)
    return board.done().convert("RGB")


def _people(seats: tuple[Seat, ...]) -> list[Layer]:
    return [Layer(seat=seat) for seat in seats]


def _arms(seats: tuple[Seat, ...]) -> list[Layer]:
    return [Layer(seat=seat, arms=True) for seat in seats]


def _close(
    size: Size,
    seats: tuple[Seat, ...],
    ground: Callable[[Board], None],
    desk: Callable[[Board], None],
    front: Callable[[Board], None],
) -> Scenery:
    layers = (*_people(seats), *_prop(size, desk), *_arms(seats), *_prop(size, front))
    return Scenery(_ground(size, ground), layers)


def judge(size: Size) -> Scenery:
    """Look at the bench."""
    return _close(
        size, JUDGE, furniture.bench_wall, furniture.bench_desk, furniture.bench_front
    )  # fmt: skip


def prosecution(size: Size) -> Scenery:
    """Look at the plaintiff's table."""
    return _close(
        size, PROSECUTION, furniture.window_wall, furniture.table_desk, furniture.plaintiff_front
    )


def defence(size: Size) -> Scenery:
    """Look at the defendant's table."""
    return _close(
        size, DEFENCE, furniture.door_wall, furniture.table_desk, furniture.defendant_front
    )


def wide(size: Size) -> Scenery:
    """Look over the gallery into the whole room."""
    bench, bailiff, clerk, tables = WIDE[:3], WIDE[3:4], WIDE[4:5], WIDE[5:]
    layers = (
        *_prop(size, furniture.guard),
        *_people(bailiff),
        *_people(bench),
        *_prop(size, furniture.far_bench),
        *_arms(bench),
        *_people(clerk),
        *_prop(size, furniture.far_clerk),
        *_arms(clerk),
        *_people(tables),
        *_prop(size, furniture.far_tables),
        *_arms(tables),
        *_prop(size, furniture.rail),
        *_people(GALLERY),
    )
    return Scenery(_ground(size, furniture.far_wall), layers)


VIEWS: dict[str, Callable[[Size], Scenery]] = {
    "judge": judge,
    "prosecution": prosecution,
    "defence": defence,
    "wide": wide,
}
