"""Who is in the room, how they look, and where they turn when somebody speaks."""

from __future__ import annotations

from dataclasses import dataclass, field

from media.scene.face import Look
from media.scene.figure import Person
from media.scene.script import Voice

_ROBE = (36, 35, 41)

PEOPLE: dict[str, Person] = {
    "presiding": Person(
        Look((226, 182, 148), (52, 46, 46), "parted", glasses=True), "judge", _ROBE, broad=1.03
    ),
    "judge": Person(
        Look((236, 196, 166), (44, 32, 28), "bob", lips=(186, 88, 86)), "judge", _ROBE, broad=0.94
    ),
    "assessor": Person(
        Look((214, 168, 134), (150, 148, 146), "thin"), "suit", (62, 66, 84), (74, 92, 140)
    ),
    "clerk": Person(
        Look((234, 192, 160), (58, 42, 34), "bun", lips=(186, 90, 84)),
        "uniform", (58, 68, 96), (40, 44, 66), broad=0.92,
    ),
    "plaintiff_agent": Person(
        Look((238, 200, 170), (40, 28, 26), "long", lips=(190, 78, 82)), "lawyer", _ROBE, broad=0.94
    ),
    "plaintiff": Person(
        Look((216, 172, 138), (46, 42, 42), "short", jaw=1.08), "suit", (92, 84, 76), (96, 62, 48)
    ),
    "defence_agent": Person(
        Look((222, 178, 142), (34, 30, 30), "short", glasses=True), "lawyer", _ROBE
    ),
    "defendant": Person(
        Look((232, 190, 158), (70, 52, 44), "bob", lips=(180, 88, 84)),
        "jacket", (78, 100, 112), (228, 224, 216), broad=0.95,
    ),
    "bailiff": Person(
        Look((210, 164, 130), (30, 28, 30), "short"), "uniform", (40, 50, 72), (26, 30, 44)
    ),
    "visitor_1": Person(Look((216, 170, 136), (40, 34, 34), "short"), "jacket", (96, 82, 70)),
    "visitor_2": Person(Look((230, 190, 158), (62, 44, 36), "long"), "jacket", (70, 88, 104)),
    "visitor_3": Person(Look((206, 160, 128), (128, 126, 124), "thin"), "suit", (74, 74, 80)),
    "visitor_4": Person(Look((234, 194, 164), (36, 28, 28), "bob"), "jacket", (118, 78, 72)),
    "visitor_5": Person(Look((218, 174, 140), (48, 40, 38), "parted"), "jacket", (64, 78, 70)),
}  # fmt: skip

VOICES: dict[str, Voice] = {
    "presiding": "presiding",
    "plaintiff_agent": "plaintiff",
    "defence_agent": "defence",
}


@dataclass(frozen=True, slots=True)
class Seat:
    """A person in a camera's picture: middle of the face and height of the head.

    All in units of a 640x360 picture. ``looks`` gives the yaw (-1…1) towards each speaker, ``rest``
    the yaw in silence; ``behind``: the person looks away from us.
    """

    name: str
    x: float
    y: float
    head: float
    looks: dict[Voice, float] = field(default_factory=dict)
    rest: float = 0.0
    behind: bool = False
    writes: bool = False

    @property
    def person(self) -> Person:
        """How the person looks."""
        return PEOPLE[self.name]


def _seat(
    name: str, at: tuple[float, float], head: float, looks: tuple[float, float, float],
    *, writes: bool = False,
) -> Seat:  # fmt: skip
    voices: tuple[Voice, Voice, Voice] = ("presiding", "plaintiff", "defence")
    turned = dict(zip(voices, looks, strict=True))
    return Seat(name, *at, head, turned, rest=sum(looks) / 3, writes=writes)


JUDGE = (
    _seat("judge", (126, 166), 61, (0.5, -0.35, 0.55)),
    _seat("presiding", (320, 152), 66, (0.0, -0.55, 0.55)),
    _seat("assessor", (514, 166), 61, (-0.5, -0.55, 0.35), writes=True),
)
PROSECUTION = (
    _seat("plaintiff_agent", (218, 140), 73, (0.6, 0.2, 0.1)),
    _seat("plaintiff", (432, 144), 72, (0.6, -0.55, 0.05), writes=True),
)
DEFENCE = (
    _seat("defendant", (208, 144), 72, (-0.6, -0.05, 0.55)),
    _seat("defence_agent", (422, 140), 73, (-0.6, -0.1, -0.2)),
)
WIDE = (
    _seat("judge", (262, 104), 19, (0.4, -0.5, 0.5)),
    _seat("presiding", (320, 100), 20, (0.0, -0.5, 0.5)),
    _seat("assessor", (378, 104), 19, (-0.4, -0.5, 0.5), writes=True),
    _seat("bailiff", (606, 98), 14.5, (-0.6, -0.7, -0.4)),
    _seat("clerk", (320, 166), 22, (0.0, -0.4, 0.4), writes=True),
    _seat("plaintiff", (92, 186), 26, (0.55, 0.6, 0.8), writes=True),
    _seat("plaintiff_agent", (164, 182), 26, (0.5, 0.6, 0.8)),
    _seat("defence_agent", (476, 182), 26, (-0.5, -0.8, -0.6)),
    _seat("defendant", (548, 186), 26, (-0.55, -0.8, -0.6)),
)
GALLERY = tuple(
    Seat(f"visitor_{number}", x, 303 + shift, 44, behind=True)
    for number, x, shift in ((1, 66, 4), (2, 186, 0), (3, 318, 5), (4, 448, 1), (5, 576, 4))
)
