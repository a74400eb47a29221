"""The microphones of all cameras into the one sound that the public hears.

The same voice reaches every microphone of a room. Gain is therefore shared by level (as automatic
mixers do): who is loudest at a microphone of his own is heard through it, the sum never grows with
the number of microphones, and one microphone alone passes unchanged.
"""

from __future__ import annotations

from collections.abc import Iterable

import av
import numpy as np

from media.program.interpolation import Samples
from media.program.microphone import CHANNELS, RATE, Microphone, sample_at

__all__ = ["CHANNELS", "RATE", "Mixer", "limit", "sample_at"]

_KNEE = 0.75  # -2.5 dBFS: what is softer passes unchanged
_CEILING = 0.98
_RELEASE = 0.8  # of a level's power is left after each block without it
_FLOOR = 1e-9  # power of a microphone that hears nothing


def limit(sound: Samples) -> Samples:
    """Bend what is too loud below full scale, in place; without memory, so nothing can leak."""
    size = np.abs(sound)
    if size.max(initial=0) > _KNEE:
        room = _CEILING - _KNEE
        loud = size > _KNEE
        bent = _KNEE + room * np.tanh((size[loud] - _KNEE) / room)
        sound[loud] = np.copysign(bent, sound[loud])
    return sound


class Mixer:
    """Sound of a broadcast by court time. Not for more than one thread."""

    def __init__(self, cameras: Iterable[str]) -> None:
        """Prepare one microphone for each camera (3 MB each)."""
        self._microphones = {camera: Microphone() for camera in cameras}
        share = 1 / max(1, len(self._microphones))
        self._gains = dict.fromkeys(self._microphones, share)
        self._powers = dict.fromkeys(self._microphones, _FLOOR)

    def push(self, camera: str, frame: av.AudioFrame, court_us: int) -> None:
        """Take decoded sound of any form; ``court_us`` (Unix µs) is its first sample's time.

        Raises ``KeyError`` for a camera that was not announced.
        """
        self._microphones[camera].push(frame, court_us)

    def mute(self, camera: str, *, muted: bool = True) -> None:
        """Take a microphone out of the mix from the next sample on, or back into it."""
        self._microphones[camera].muted = muted

    def reset(self) -> None:
        """Forget all sound that was pushed: nothing of it is heard again."""
        for microphone in self._microphones.values():
            microphone.reset()
        self._powers = dict.fromkeys(self._microphones, _FLOOR)

    def mix(self, from_us: int, samples: int) -> Samples:
        """Return (2, samples) of 48 kHz sound from a court time on; missing sound is silence."""
        start = sample_at(from_us)
        heard = {
            camera: sound
            for camera, microphone in self._microphones.items()
            if (sound := microphone.read(start, samples)) is not None and not microphone.muted
        }
        out = np.zeros((CHANNELS, samples), np.float32)
        for camera, gain in self._share(heard).items():
            before, self._gains[camera] = self._gains[camera], gain
            if camera not in heard:
                continue
            if abs(before - gain) < 1e-4:  # noqa: PLR2004
                out += heard[camera] * np.float32(gain)
            else:
                out += heard[camera] * np.linspace(before, gain, samples, dtype=np.float32)
        return limit(out)

    def _share(self, heard: dict[str, Samples]) -> dict[str, float]:
        """Return each microphone's gain by its part of the power; together they are 1."""
        for camera in self._powers:
            power = float(np.square(heard[camera]).mean()) if camera in heard else 0.0
            self._powers[camera] = max(power, _RELEASE * self._powers[camera], _FLOOR)
        present = [camera for camera in self._powers if camera in heard]
        total = sum(self._powers[camera] for camera in present)
        return {
            camera: self._powers[camera] / total if camera in heard else 0.0
            for camera in self._powers
        }

    @property
    def corrections(self) -> dict[str, int]:
        """How often each camera's sound had to jump by more than 40 ms."""
        return {camera: one.corrections for camera, one in self._microphones.items()}

    @property
    def late(self) -> dict[str, int]:
        """How many samples of each camera came after their moment."""
        return {camera: one.late for camera, one in self._microphones.items()}
