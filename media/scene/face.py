"""Heads and faces: hair, eyes that blink and look, brows, a mouth that speaks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from PIL import Image, ImageChops

from media.scene.ink import STEPS, Colour, Point, Sheet, darker, lighter, mix, smooth

Style = Literal["short", "parted", "thin", "bob", "long", "bun"]


@dataclass(frozen=True, slots=True)
class Look:
    """A person's head."""

    skin: Colour
    hair: Colour
    style: Style
    glasses: bool = False
    lips: Colour = (168, 92, 84)
    jaw: float = 1.0


@dataclass(frozen=True, slots=True)
class Face:
    """What a face does: yaw and pitch -1…1, mouth and its rounding 0…1, lids 0 (open)…1."""

    yaw: float = 0.0
    pitch: float = 0.0
    mouth: float = 0.0
    rounding: float = 0.0
    lids: float = 0.0


def draw_head(sheet: Sheet, look: Look, face: Face) -> None:
    """Draw a head; the origin is the middle of the face."""
    turn, nod = face.yaw, face.pitch
    _behind(sheet, look, turn)
    neck = darker(look.skin, 0.16)
    sheet.fill([(-0.17, 0.25), (0.17, 0.25), (0.2, 0.78), (0, 0.86), (-0.2, 0.78)], neck)
    sheet.fill([(-0.15, 0.38), (0.17, 0.34), (0.18, 0.56), (-0.02, 0.62)], darker(look.skin, 0.3))
    for side in (-1, 1):
        reach = 0.375 - 0.12 * max(0.0, side * turn)
        sheet.oval((side * reach - 0.03 * turn, 0.03), 0.062, 0.115, darker(look.skin, 0.1))
    shape = sheet.mask(_outline(look.jaw, turn), curved=True)
    sheet.lay(shape, look.skin)
    shade = ImageChops.subtract(shape, sheet.shifted(shape, (-0.1 + 0.05 * turn, -0.03)))
    sheet.lay(shade, darker(look.skin, 0.13))
    cheek = mix(look.skin, (222, 120, 104), 0.16)
    squeeze = 1 - 0.16 * abs(turn)
    middle = 0.15 * turn
    for side in (-1, 1):
        sheet.oval((middle + side * 0.2 * squeeze, 0.16 + 0.04 * nod), 0.07, 0.045, cheek)
    _eyes(sheet, look, face, middle, squeeze)
    _nose(sheet, look, middle * 1.35, nod)
    _mouth(sheet, look, face, middle * 1.1)
    _hair(sheet, look, turn, shape)


def _outline(jaw: float, turn: float) -> list[Point]:
    lean = 0.035 * turn
    return [
        (0, -0.5), (0.21, -0.45), (0.33, -0.27), (0.355, -0.02), (0.325 + lean * 0.3, 0.2),
        (0.235 * jaw + lean, 0.385), (0.1 * jaw + lean * 2, 0.485), (lean * 2, 0.5),
        (-0.1 * jaw + lean * 2, 0.485), (-0.235 * jaw + lean, 0.385), (-0.325 + lean * 0.3, 0.2),
        (-0.355, -0.02), (-0.33, -0.27), (-0.21, -0.45),
    ]  # fmt: skip


def _eyes(sheet: Sheet, look: Look, face: Face, middle: float, squeeze: float) -> None:
    y = -0.02 + 0.055 * face.pitch
    brow = darker(look.hair, 0.1) if look.style != "thin" else (120, 116, 112)
    lid = darker(look.skin, 0.5)
    opening = 0.046 * (1 - face.lids)
    for side in (-1, 1):
        x = middle + side * 0.155 * squeeze
        near = 1 - 0.1 * max(0.0, side * face.yaw)
        raised = -0.012 * face.mouth
        sheet.stroke(
            [(x - 0.075 * near, y - 0.098 + 0.012 * (side < 0) + raised),
             (x + 0.01 * side, y - 0.118 + raised),
             (x + 0.075 * near, y - 0.098 + 0.012 * (side > 0) + raised)],
            0.026, brow,
        )  # fmt: skip
        if opening > 0.012:  # noqa: PLR2004
            sheet.oval((x, y), 0.07 * near, opening, (250, 247, 242))
            gaze = x + 0.028 * face.yaw
            sheet.oval((gaze, y + 0.006), 0.034, min(0.042, opening), (46, 32, 26))
            sheet.dot((gaze - 0.012, y - 0.01), 0.009, (240, 240, 240))
        sheet.stroke(
            [(x - 0.074 * near, y + 0.006), (x, y - opening), (x + 0.074 * near, y + 0.004)],
            0.02, lid,
        )  # fmt: skip
    if look.glasses:
        _glasses(sheet, middle, squeeze, y)


def _glasses(sheet: Sheet, middle: float, squeeze: float, y: float) -> None:
    frame: Colour = (52, 48, 52)
    for side in (-1, 1):
        x = middle + side * 0.157 * squeeze
        left, right, top, low = x - 0.115, x + 0.115, y - 0.07, y + 0.085
        sheet.stroke(
            [(left, top), (right, top), (right - 0.015, low), (left + 0.015, low), (left, top)],
            0.016, frame,
        )  # fmt: skip
        outer = x + side * 0.115
        sheet.stroke([(outer, y - 0.04), (side * 0.35, y - 0.02)], 0.016, frame)
    gap = 0.157 * squeeze - 0.115
    sheet.stroke([(middle - gap, y - 0.03), (middle + gap, y - 0.03)], 0.016, frame)


def _nose(sheet: Sheet, look: Look, middle: float, nod: float) -> None:
    y = 0.05 * nod
    shade = darker(look.skin, 0.2)
    sheet.fill(
        [(middle + 0.012, 0.0 + y), (middle + 0.062, 0.14 + y), (middle + 0.035, 0.165 + y),
         (middle - 0.02, 0.16 + y)],
        shade,
    )  # fmt: skip
    sheet.stroke([(middle - 0.01, -0.01 + y), (middle + 0.004, 0.13 + y)], 0.024,
                 lighter(look.skin, 0.2))  # fmt: skip
    sheet.stroke([(middle - 0.035, 0.165 + y), (middle + 0.04, 0.168 + y)], 0.018,
                 darker(look.skin, 0.28))  # fmt: skip


def _mouth(sheet: Sheet, look: Look, face: Face, middle: float) -> None:
    y = 0.288 + 0.045 * face.pitch
    half = 0.115 - 0.05 * face.rounding
    if face.mouth < 0.06:  # noqa: PLR2004
        sheet.stroke([(middle - half, y - 0.008), (middle, y + 0.01), (middle + half, y - 0.008)],
                     0.03, look.lips)  # fmt: skip
        sheet.stroke([(middle - half, y - 0.01), (middle, y + 0.006), (middle + half, y - 0.01)],
                     0.013, darker(look.lips, 0.4))  # fmt: skip
        return
    tall = 0.012 + 0.046 * face.mouth
    low = y + tall * 0.55
    sheet.oval((middle, low - 0.01), half + 0.016, tall + 0.018, look.lips)
    sheet.oval((middle, low - 0.01), half, tall, (74, 22, 26))
    if face.mouth > 0.3:  # noqa: PLR2004
        teeth = min(0.03, tall * 0.45)
        sheet.oval((middle, low - 0.01 - tall * 0.62), half * 0.72, teeth, (240, 236, 228))
        sheet.oval((middle, low + tall * 0.5), half * 0.6, tall * 0.35, (176, 78, 76))


def _behind(sheet: Sheet, look: Look, turn: float) -> None:
    """Draw hair that hangs behind the neck."""
    x = -0.05 * turn
    if look.style == "long":
        sheet.fill(
            [(x - 0.4, -0.2), (x, -0.5), (x + 0.4, -0.2), (x + 0.44, 0.4), (x + 0.4, 0.86),
             (x + 0.2, 0.94), (x - 0.2, 0.94), (x - 0.4, 0.86), (x - 0.44, 0.4)],
            darker(look.hair, 0.25), curved=True,
        )  # fmt: skip
    elif look.style == "bob":
        sheet.fill(
            [(x - 0.4, -0.2), (x, -0.5), (x + 0.4, -0.2), (x + 0.45, 0.2), (x + 0.38, 0.5),
             (x + 0.15, 0.5), (x - 0.15, 0.5), (x - 0.38, 0.5), (x - 0.45, 0.2)],
            darker(look.hair, 0.2), curved=True,
        )  # fmt: skip
    elif look.style == "bun":
        sheet.dot((x * 2, -0.5), 0.17, darker(look.hair, 0.1))


_HAIRLINES: dict[str, list[Point]] = {
    "short": [(0.3, -0.08), (0.28, -0.24), (0.12, -0.31), (-0.06, -0.29), (-0.26, -0.26),
              (-0.3, -0.08)],
    "parted": [(0.31, -0.04), (0.28, -0.2), (0.05, -0.36), (-0.14, -0.33), (-0.28, -0.2),
               (-0.31, -0.04)],
    "thin": [(0.33, -0.02), (0.325, -0.16), (0.24, -0.39), (-0.02, -0.46), (-0.24, -0.39),
             (-0.325, -0.16), (-0.33, -0.02)],
    "bob": [(0.31, 0.26), (0.29, -0.1), (0.16, -0.27), (-0.1, -0.26), (-0.28, -0.14),
            (-0.31, 0.26)],
    "long": [(0.3, 0.3), (0.27, -0.12), (0.06, -0.37), (-0.12, -0.32), (-0.28, -0.1),
             (-0.31, 0.3)],
    "bun": [(0.31, -0.02), (0.26, -0.22), (0.08, -0.35), (-0.1, -0.33), (-0.26, -0.22),
            (-0.31, -0.02)],
}  # fmt: skip


def _hair(sheet: Sheet, look: Look, turn: float, shape: Image.Image) -> None:
    side = 0.3 if look.style in {"bob", "long"} else -0.02
    outer: list[Point] = [
        (-0.375, side), (-0.41, -0.12), (-0.36, -0.36), (-0.2, -0.53), (0.02, -0.575),
        (0.22, -0.53), (0.37, -0.36), (0.41, -0.12), (0.375, side),
    ]  # fmt: skip
    if look.style == "thin":
        outer = [(x, y * 0.93) for x, y in outer]
    shift = 0.09 * turn
    inner = [(x + shift * (1 - abs(x) * 1.6), y) for x, y in _HAIRLINES[look.style]]
    crown = smooth(outer)[: 1 - STEPS]  # without the way back
    cap = sheet.mask([*crown, *inner])
    sheet.lay(cap, look.hair)
    gloss = ImageChops.subtract(cap, sheet.shifted(cap, (0.05, 0.07)))
    rim = ImageChops.subtract(gloss, sheet.shifted(shape, (0.0, 0.16)))
    sheet.lay(rim, lighter(look.hair, 0.16))
