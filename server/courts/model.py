"""Courts, courtrooms and cameras as the service knows them [pure]."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Level = Literal["supreme", "high", "intermediate", "basic", "other"]


@dataclass(frozen=True, slots=True)
class Court:
    """A court. ``time_zone`` is an IANA name, ``case_number_style`` of ``hearings.case_number``."""

    id: str
    name: str
    name_en: str
    level: str
    time_zone: str
    case_number_style: str


@dataclass(frozen=True, slots=True)
class Division:
    """A trial division 审判庭 of a court: a department, not a room.

    ``closed_at``: no new hearing is its own since then; those that are keep it, as its people do.
    """

    id: str
    court: str
    name: str
    name_en: str
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Courtroom:
    """A courtroom of a court."""

    id: str
    court: str
    name: str
    name_en: str


@dataclass(frozen=True, slots=True)
class MaskTemplate:
    """What a camera's picture always hides in a layout ("" for every one), in fractions of it."""

    layout: str
    camera: str
    x: float
    y: float
    width: float
    height: float
    method: str


@dataclass(frozen=True, slots=True)
class Masks:
    """A courtroom's mask templates; with ``required`` no layout is shown that has none."""

    required: bool
    templates: tuple[MaskTemplate, ...]


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera. ``url`` may hold a password: it is not in the repr and goes into no answer."""

    id: str
    courtroom: str
    name: str
    name_en: str
    url: str = field(repr=False)
    microphone: bool
    place: int
