"""Measures what is released: meters, alarms, and who speaks. All in the composing thread."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from media.feeds.level import mono
from media.messages import Message
from media.program.meters import Levels, Meter
from media.program.switching import Switcher
from media.program.watch import Watch
from media.release import SAMPLE_RATE, Pixels, ReleasedFrame
from media.staff_messages import Alarm, Alarms, ProgramMeter

_PICTURE_US = 1_000_000
_ALARMS_US = 2_000_000
_WATCHED_WIDTH = 160


class Microphones(Protocol):
    """What tells the level of each microphone (``media.program.sound.Mixer``)."""

    @property
    def levels(self) -> dict[str, tuple[float, float]]:
        """Peak and RMS of what was mixed last."""


class Gain(Protocol):
    """What corrects loudness (``media.program.leveller.Leveller``)."""

    gain_db: float


class Gauge:
    """Takes each released frame; yields what is to be told of it."""

    def __init__(self, microphones: Microphones, gain: Gain) -> None:
        self._microphones = microphones
        self._gain = gain
        self._meter = Meter()
        self._switcher = Switcher()
        self._peaks: dict[str, tuple[float, float]] = {}
        self._watch = Watch()
        self._air = ""
        self._look_at_us = 0
        self._late: tuple[Alarm, ...] = ()
        self._told: tuple[Alarm, ...] | None = None
        self._tell_at_us = 0

    @property
    def levels(self) -> Levels:
        """Levels and loudness of the program."""
        return self._meter.levels

    def speaker(self, court_us: int) -> str | None:
        """Return the camera of who speaks (by what has been heard so far), None for nobody."""
        levels = {camera: rms for camera, (_, rms) in self._microphones.levels.items()}
        return self._switcher.follow(levels, court_us) or None

    def late(self, alarms: tuple[Alarm, ...]) -> None:
        """Know whose pictures or sound come too late for the program."""
        self._late = alarms

    def take(self, released: ReleasedFrame) -> Iterator[Message]:
        """Measure a frame that is being encoded."""
        if released.air == "room":
            for camera, (peak, rms) in self._microphones.levels.items():
                before = self._peaks.get(camera, (peak, rms))
                self._peaks[camera] = max(peak, before[0]), max(rms, before[1])
        if self._meter.push(released.sound):
            yield self._metered(released)
        yield from self._watched(released)

    def _metered(self, released: ReleasedFrame) -> ProgramMeter:
        levels, microphones = self._meter.levels, self._peaks
        self._peaks = {}
        self._watch.level(levels.peak_dbfs, levels.rms_dbfs, released.court_us)
        return ProgramMeter(
            released.court_us,
            round(levels.peak_dbfs, 1),
            round(levels.rms_dbfs, 1),
            _rounded(levels.momentary_lufs),
            _rounded(levels.short_term_lufs),
            _rounded(levels.integrated_lufs),
            round(self._gain.gain_db, 1),
            {name: (round(peak, 1), round(rms, 1)) for name, (peak, rms) in microphones.items()},
        )

    def _watched(self, released: ReleasedFrame) -> Iterator[Alarms]:
        """Watch the program while it shows the room: a slate may stand still and be silent."""
        if released.air != self._air:
            self._air = released.air
            self._watch, self._look_at_us = Watch(), 0
        now_us = released.court_us
        alarms: tuple[Alarm, ...] = ()
        if released.air == "room":
            self._watch.sound(mono(released.sound), SAMPLE_RATE, now_us)
            if _is_due(self._look_at_us, _PICTURE_US, now_us):
                self._look_at_us = now_us + _PICTURE_US
                self._watch.picture(_upper(released.picture), now_us)
            alarms = (*self._watch.alarms(now_us), *self._late)
        if alarms != self._told or _is_due(self._tell_at_us, _ALARMS_US, now_us):
            self._told, self._tell_at_us = alarms, now_us + _ALARMS_US
            yield Alarms("", now_us, alarms)


def _is_due(at_us: int, every_us: int, now_us: int) -> bool:
    """Tell whether it is time; court time goes back where the delay grows."""
    return not at_us - every_us <= now_us < at_us


def _upper(picture: Pixels) -> Pixels:
    """Return the picture without its lower fifth, where caption and clock stand, made small."""
    height, width = picture.shape[0] * 2 // 3, picture.shape[1]
    step = max(1, width // _WATCHED_WIDTH)
    return picture[: height * 4 // 5 : step, ::step]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
