"""The room as each camera sees it: what never moves, drawn once, in layers between the people."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

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


def _prop(size: Size, draw: Callable[[Board], None]) -> Layer:
    """Draw a prop and cut it to what is not empty."""
    board = Board(size)
    draw(board)
    picture = board.done()
    box = picture.getchannel("A").getbbox() or (0, 0, 1, 1)
    return Layer(prop=picture.crop(box), at=(box[0], box[1]))


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
    layers = (*_people(seats), _prop(size, desk), *_arms(seats), _prop(size, front))
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
        *_people(bailiff),
        *_people(bench),
        _prop(size, furniture.far_bench),
        *_arms(bench),
        *_people(clerk),
        _prop(size, furniture.far_clerk),
        *_arms(clerk),
        *_people(tables),
        _prop(size, furniture.far_tables),
        *_arms(tables),
        _prop(size, furniture.rail),
        *_people(GALLERY),
    )
    return Scenery(_ground(size, furniture.far_wall), layers)


VIEWS: dict[str, Callable[[Size], Scenery]] = {
    "judge": judge,
    "prosecution": prosecution,
    "defence": defence,
    "wide": wide,
}
