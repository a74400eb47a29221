"""What staff is told of pictures and sound: of cameras before the delay, of the program as aired.

Messages as in ``media.messages``; none of them is for the public.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from pydantic import ConfigDict

_STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True)
class CameraPicture:
    """An undelayed JPEG of a camera, for staff only (monitor)."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    camera: str
    court_us: int
    payload: bytes
    type: Literal["camera_picture"] = "camera_picture"


@dataclass(frozen=True, slots=True)
class CameraMeter:
    """Undelayed sound level of a camera in dBFS (monitor, 10 times a second)."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    camera: str
    court_us: int
    peak_dbfs: float
    rms_dbfs: float
    type: Literal["camera_meter"] = "camera_meter"
    payload: bytes = b""


@dataclass(frozen=True, slots=True)
class Alarm:
    """A fault that holds since a court time; codes are in ``media.program.watch``.

    ``camera``: whose fault it is, where the alarm is one of the program.
    """

    code: str
    severity: Literal["amber", "red"]
    since_us: int
    camera: str = ""


@dataclass(frozen=True, slots=True)
class Alarms:
    """What is wrong with a camera (monitor, undelayed) or the program ("", worker).

    All that hold, told when that changes and every few seconds.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    camera: str
    court_us: int
    alarms: tuple[Alarm, ...]
    type: Literal["alarms"] = "alarms"
    payload: bytes = b""


@dataclass(frozen=True, slots=True)
class ProgramMeter:
    """Sound of the program, 10 times a second (worker); ``court_us`` is what is being shown.

    Levels in dBFS over 100 ms. Loudness in LUFS: of 400 ms, of 3 s, of all so far (None: silence).
    ``gain_db`` is what loudness is being corrected by. ``microphones`` maps each camera to (peak,
    RMS) of its microphone as marks leave it: a muted one is silent.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    court_us: int
    peak_dbfs: float
    rms_dbfs: float
    momentary_lufs: float | None
    short_term_lufs: float | None
    integrated_lufs: float | None
    gain_db: float
    microphones: dict[str, tuple[float, float]]
    type: Literal["program_meter"] = "program_meter"
    payload: bytes = b""
