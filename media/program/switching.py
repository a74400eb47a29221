"""Which camera is shown when the speaking microphone decides (语音激励) [pure].

Levels come per tick of court time, as the mixer hears them. Who speaks is the microphone that is
clearly louder than the noise and than the others for long enough; a cough, a chair or a word from
the side moves nothing. A shot stands for a while before the next, and after a silence (or while
several speak at once) the wide shot comes back.

A voice reaches every microphone of a room, some 10 dB softer: who speaks is therefore decided by
comparison, and the present speaker keeps the picture unless another is ``margin_db`` louder.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Rules:
    """How lively the picture is; times in court time µs, levels in dBFS (RMS)."""

    speech_dbfs: float = -45.0
    margin_db: float = 4.0
    hold_us: int = 800_000  # somebody must have spoken this long to be shown
    shortest_us: int = 3_000_000  # a shot stands at least this long
    silence_us: int | None = 6_000_000  # then the wide shot comes back; None: the last one stays
    wide: str = ""  # its camera; "": nobody in particular, as the cameras were arranged


@dataclass(slots=True)
class _Voice:
    level_dbfs: float = -120.0
    spoken_us: int = 0


@dataclass(slots=True)
class Switcher:
    """Follows the speaking microphone. ``shown`` is the camera to show; ticks come in order."""

    rules: Rules = field(default_factory=Rules)
    shown: str = ""
    _since_us: int = -1 << 62
    _heard_us: int = -1 << 62
    _last_us: int = -1
    _voices: dict[str, _Voice] = field(default_factory=dict)

    def show(self, camera: str, court_us: int) -> None:
        """Take a camera that somebody chose by hand; it stands as long as any other shot."""
        self.shown, self._since_us, self._heard_us = camera, court_us, court_us
        for voice in self._voices.values():
            voice.spoken_us = 0

    def follow(self, levels_dbfs: Mapping[str, float], court_us: int) -> str:
        """Take each microphone's level at a court time; return the camera to show.

        A microphone that is missing is silent (lost or muted). Time that stands still or goes back
        decides nothing; a gap counts as half a second at most.
        """
        elapsed_us = max(0, min(court_us - self._last_us, 500_000)) if self._last_us >= 0 else 0
        if self._last_us < 0:
            self._heard_us = court_us
        self._last_us = max(self._last_us, court_us)
        self._smooth(levels_dbfs, elapsed_us)
        speaking = self._speaking()
        for camera, voice in self._voices.items():
            voice.spoken_us = _counted(voice.spoken_us, elapsed_us, speaks=camera == speaking)
        if speaking:
            self._heard_us = self._last_us
        wanted = self._wanted(speaking)
        if wanted != self.shown and self._last_us - self._since_us >= self.rules.shortest_us:
            self.shown, self._since_us = wanted, self._last_us
        return self.shown

    def _smooth(self, levels_dbfs: Mapping[str, float], elapsed_us: int) -> None:
        """Let levels rise at once and fall by 40 dB a second: words have gaps."""
        fall_db = 40 * elapsed_us / 1e6
        for camera in levels_dbfs.keys() | self._voices.keys():
            voice = self._voices.setdefault(camera, _Voice())
            voice.level_dbfs = max(levels_dbfs.get(camera, -120.0), voice.level_dbfs - fall_db)

    def _speaking(self) -> str:
        """Return whose microphone is clearly the loudest, "" if nobody's is."""
        ranked = sorted(self._voices, key=lambda camera: -self._voices[camera].level_dbfs)
        if not ranked or self._voices[ranked[0]].level_dbfs < self.rules.speech_dbfs:
            return ""
        loudest = self._voices[ranked[0]].level_dbfs
        present = self._voices.get(self.shown)
        if present is not None and present.level_dbfs > loudest - self.rules.margin_db:
            return self.shown
        second = self._voices[ranked[1]].level_dbfs if len(ranked) > 1 else -120.0
        return ranked[0] if loudest - second >= self.rules.margin_db / 2 else ""

    def _wanted(self, speaking: str) -> str:
        if speaking and self._voices[speaking].spoken_us >= self.rules.hold_us:
            return speaking
        most_us = self.rules.silence_us
        if most_us is not None and self._last_us - self._heard_us >= most_us:
            return self.rules.wide
        return self.shown


def _counted(spoken_us: int, elapsed_us: int, *, speaks: bool) -> int:
    """Return for how long somebody has spoken: pauses take back half as fast as words count."""
    return spoken_us + elapsed_us if speaks else max(0, spoken_us - elapsed_us // 2)
