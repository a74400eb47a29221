"""People, drawn: seated figures of flat shapes with one light from the upper left.

Lengths are in heads (the height of a head), the origin is the middle of the face, y points down.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from PIL import ImageChops

from media.scene.face import Look
from media.scene.ink import Colour, Point, Sheet, darker, lighter, mix

Dress = Literal["judge", "lawyer", "suit", "jacket", "uniform"]
DESK = 2.12  # where the desk's surface meets a seated body


@dataclass(frozen=True, slots=True)
class Person:
    """How somebody looks; the same from every camera."""

    look: Look
    dress: Dress
    cloth: Colour
    tie: Colour = (120, 36, 44)
    broad: float = 1.0


@dataclass(frozen=True, slots=True)
class Arm:
    """A forearm: how far it is lifted off the desk (0…1) and how far it swings out (-1…1)."""

    lift: float = 0.0
    swing: float = 0.0


SHIRT: Colour = (238, 240, 243)
_BAND: Colour = (168, 32, 40)
_GOLD: Colour = (214, 176, 96)


def _torso(broad: float) -> list[Point]:
    half = 0.98 * broad
    right = [
        (0.17, 0.62), (0.24, 0.72), (0.46, 0.82), (half * 0.86, 0.95), (half, 1.14),
        (half * 1.09, 1.6), (half * 1.12, 2.2), (half * 1.1, 2.9),
    ]  # fmt: skip
    return [*((-x, y) for x, y in reversed(right)), *right]


def draw_body(sheet: Sheet, person: Person) -> None:
    """Draw the trunk, upper arms and clothes of a seated figure."""
    shape = sheet.mask(_torso(person.broad), curved=True)
    sheet.lay(shape, person.cloth)
    light = ImageChops.subtract(shape, sheet.shifted(shape, (0.09, 0.1)))
    sheet.lay(light, lighter(person.cloth, 0.13))
    dark = ImageChops.subtract(shape, sheet.shifted(shape, (-0.16, 0)))
    sheet.lay(dark, darker(person.cloth, 0.3))
    for side in (-1, 1):  # where the sleeve lies against the trunk
        x = side * 0.66 * person.broad
        sheet.stroke(
            [(x * 1.02, 1.42), (x * 0.98, 1.8), (x * 0.94, 2.4)], 0.035, darker(person.cloth, 0.4)
        )
    _CLOTHES[person.dress](sheet, person)


def _open_collar(sheet: Sheet, person: Person, depth: float, width: float) -> None:
    """Draw a shirt in the opening of a jacket, its lapels and its collar."""
    sheet.fill([(-width, 0.7), (width, 0.7), (0.04, depth), (-0.04, depth)], SHIRT)
    sheet.fill([(-0.02, 0.72), (width * 0.9, 0.72), (0.05, depth)], darker(SHIRT, 0.1))
    for side in (-1, 1):
        lapel: list[Point] = [
            (side * 0.2, 0.64), (side * (width + 0.16), 0.86), (side * (width + 0.1), 1.08),
            (side * (width + 0.2), 1.1), (side * 0.02, depth + 0.06),
        ]  # fmt: skip
        tone = lighter(person.cloth, 0.1) if side < 0 else darker(person.cloth, 0.14)
        sheet.fill(lapel, tone)
        collar: list[Point] = [(side * 0.19, 0.6), (side * 0.27, 0.76), (side * 0.05, 0.88)]
        sheet.fill(collar, SHIRT if side < 0 else darker(SHIRT, 0.06))


def _tie(sheet: Sheet, colour: Colour, depth: float) -> None:
    sheet.fill([(-0.065, 0.78), (0.065, 0.78), (0.04, 0.9), (-0.04, 0.9)], darker(colour, 0.1))
    sheet.fill([(-0.04, 0.9), (0.04, 0.9), (0.08, depth), (0, depth + 0.1), (-0.08, depth)], colour)
    sheet.fill([(0.0, 0.9), (0.04, 0.9), (0.08, depth), (0, depth + 0.1)], darker(colour, 0.16))


def _suit(sheet: Sheet, person: Person) -> None:
    _open_collar(sheet, person, 1.62, 0.23)
    _tie(sheet, person.tie, 1.46)
    sheet.dot((0.0, 1.78), 0.03, darker(person.cloth, 0.5))


def _jacket(sheet: Sheet, person: Person) -> None:
    sheet.fill([(-0.25, 0.68), (0.25, 0.68), (0.02, 1.3), (-0.02, 1.3)], person.tie)
    for side in (-1, 1):
        tone = lighter(person.cloth, 0.1) if side < 0 else darker(person.cloth, 0.12)
        sheet.fill(
            [(side * 0.2, 0.62), (side * 0.36, 0.84), (side * 0.3, 1.1), (side * 0.01, 1.42)], tone
        )
    sheet.stroke([(0, 1.42), (0, 2.8)], 0.03, darker(person.cloth, 0.35))


def _judge(sheet: Sheet, person: Person) -> None:
    """Draw a black robe with a red front and buttons."""
    sheet.fill([(-0.22, 0.64), (0.22, 0.64), (0.1, 0.92), (-0.1, 0.92)], SHIRT)
    sheet.fill([(-0.05, 0.78), (0.05, 0.78), (0.06, 0.95), (-0.06, 0.95)], (38, 44, 62))
    sheet.fill([(-0.2, 0.84), (0.0, 0.96), (0.2, 0.84), (0.17, 2.9), (-0.17, 2.9)], _BAND)
    sheet.fill([(0.02, 0.95), (0.2, 0.84), (0.17, 2.9), (0.02, 2.9)], darker(_BAND, 0.2))
    for y in (1.14, 1.44, 1.74, 2.04):
        sheet.dot((0, y), 0.042, _GOLD)
        sheet.dot((-0.01, y - 0.01), 0.018, lighter(_GOLD, 0.5))
    for side in (-1, 1):
        edge = darker(person.cloth, 0.55)
        sheet.stroke([(side * 0.23, 0.7), (side * 0.21, 1.4), (side * 0.19, 2.9)], 0.03, edge)


def _lawyer(sheet: Sheet, person: Person) -> None:
    """Draw a dark robe with a narrow red band around the neck and a white tie."""
    sheet.fill([(-0.2, 0.66), (0.2, 0.66), (0.07, 1.1), (-0.07, 1.1)], SHIRT)
    sheet.fill([(-0.06, 0.8), (0.06, 0.8), (0.1, 1.32), (0, 1.4), (-0.1, 1.32)], (226, 230, 236))
    for side in (-1, 1):
        tone = _BAND if side < 0 else darker(_BAND, 0.2)
        sheet.fill(
            [(side * 0.19, 0.62), (side * 0.31, 0.74), (side * 0.2, 2.9), (side * 0.06, 2.9),
             (side * 0.07, 1.3)],
            tone,
        )  # fmt: skip
    del person


def _uniform(sheet: Sheet, person: Person) -> None:
    _open_collar(sheet, person, 1.2, 0.16)
    _tie(sheet, person.tie, 1.1)
    for side in (-1, 1):
        sheet.stroke([(side * 0.5, 0.87), (side * 0.82, 0.98)], 0.07, lighter(person.cloth, 0.3))
        sheet.stroke([(side * 0.25, 1.4), (side * 0.55, 1.4)], 0.05, darker(person.cloth, 0.3))


_CLOTHES = {
    "judge": _judge,
    "lawyer": _lawyer,
    "suit": _suit,
    "jacket": _jacket,
    "uniform": _uniform,
}


def draw_arm(sheet: Sheet, person: Person, side: int, arm: Arm) -> None:
    """Draw a forearm that rests on the desk or is lifted in speaking; side -1 is the left."""
    elbow = (side * (1.02 + 0.04 * arm.swing) * person.broad, 2.2 - 0.12 * arm.lift)
    rest = (side * 0.3, DESK + 0.2)
    high = (side * (0.62 + 0.4 * arm.swing), 1.62)
    ease = arm.lift * arm.lift * (3 - 2 * arm.lift)
    hand = (rest[0] + (high[0] - rest[0]) * ease, rest[1] + (high[1] - rest[1]) * ease)
    far = math.dist(elbow, hand)
    along = ((hand[0] - elbow[0]) / far, (hand[1] - elbow[1]) / far)
    across = (-along[1], along[0])

    def at(distance: float, aside: float) -> Point:
        return (
            elbow[0] + along[0] * distance + across[0] * aside,
            elbow[1] + along[1] * distance + across[1] * aside,
        )

    wrist = max(0.3, far - 0.12)
    sleeve = [at(-0.1, -0.17), at(wrist, -0.125), at(wrist, 0.125), at(-0.1, 0.19)]
    tone = mix(person.cloth, lighter(person.cloth, 0.12), ease)
    sheet.dot(at(0, 0.01), 0.19, tone)
    sheet.fill(sleeve, tone)
    shadow = [at(0.0, side * -0.02), at(wrist, side * -0.02), at(wrist, side * -0.125),
              at(-0.05, side * -0.17)]  # fmt: skip
    sheet.fill(shadow, darker(person.cloth, 0.22))
    sheet.fill([at(wrist, -0.11), at(wrist + 0.06, -0.1), at(wrist + 0.06, 0.1), at(wrist, 0.11)],
               SHIRT)  # fmt: skip
    _hand(sheet, person.look.skin, at, wrist + 0.06, ease)


def _hand(
    sheet: Sheet, skin: Colour, place: Callable[[float, float], Point], start: float, spread: float
) -> None:
    """Draw a hand that opens as it is lifted."""
    for finger in range(4):
        aside = (finger - 1.5) * (0.05 + 0.022 * spread)
        reach = start + 0.27 + 0.06 * spread - 0.02 * abs(finger - 1.4)
        sheet.stroke(
            [place(start + 0.1, aside * 0.8), place(reach, aside * (1 + 0.5 * spread))],
            0.052,
            skin if finger % 2 else darker(skin, 0.05),
        )
    sheet.stroke([place(start + 0.03, 0), place(start + 0.13, 0)], 0.19, skin)
    thumb = 0.11 + 0.06 * spread
    sheet.stroke([place(start + 0.05, 0.07), place(start + 0.17, thumb)], 0.055, skin)


def draw_from_behind(sheet: Sheet, person: Person) -> None:
    """Draw head and shoulders of somebody who looks away from us."""
    shape = sheet.mask(_torso(person.broad), curved=True)
    sheet.lay(shape, darker(person.cloth, 0.2))
    light = ImageChops.subtract(shape, sheet.shifted(shape, (0.0, 0.07)))
    sheet.lay(light, lighter(person.cloth, 0.16))
    sheet.stroke([(0, 0.3), (0, 0.68)], 0.34, darker(person.look.skin, 0.25))
    collar: Sequence[Point] = [(-0.24, 0.66), (0, 0.6), (0.24, 0.66), (0.22, 0.76), (-0.22, 0.76)]
    sheet.fill(collar, darker(person.cloth, 0.35))
    for side in (-1, 1):
        sheet.oval((side * 0.36, 0.04), 0.06, 0.11, darker(person.look.skin, 0.15))
    hair = person.look.hair
    long = 0.62 if person.look.style in {"long", "bob"} else 0.36
    head = sheet.mask(
        [(0, -0.54), (0.27, -0.45), (0.39, -0.15), (0.38, 0.12), (0.28, long), (0, long + 0.06),
         (-0.28, long), (-0.38, 0.12), (-0.39, -0.15), (-0.27, -0.45)],
        curved=True,
    )  # fmt: skip
    sheet.lay(head, hair)
    sheet.lay(ImageChops.subtract(head, sheet.shifted(head, (0.03, 0.06))), lighter(hair, 0.16))
