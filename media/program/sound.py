"""The microphones of all cameras into the one sound that the public hears.

The same voice reaches every microphone of a room. Gain is therefore shared by level (as automatic
mixers do): who is loudest at a microphone of his own is heard through it, the sum never grows with
the number of microphones, and one microphone alone passes unchanged.
"""

from __future__ import annotations

import math
import secrets
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Protocol

import av
import numpy as np

from media.marks import SoundMark
from media.program.interpolation import Samples
from media.program.leveller import AHEAD
from media.program.marks import Marks
from media.program.meters import decibels
from media.program.microphone import CHANNELS, RATE, Microphone, sample_at
from media.program.voice_shift import VoiceShift

__all__ = ["CHANNELS", "RATE", "Mixer", "limit", "sample_at"]

_KNEE = 0.75  # -2.5 dBFS: what is softer passes unchanged
_CEILING = 0.98
_RELEASE = 0.8  # of a level's power is left after each block without it
_FLOOR = 1e-9  # power of a microphone that hears nothing
_FOREVER = 1 << 62
_STILL = 1e-4  # a gain that changes by less does not change


def limit(sound: Samples) -> Samples:
    """Bend what is too loud below full scale, in place; without memory, so nothing can leak."""
    if max(sound.max(initial=0), -sound.min(initial=0)) > _KNEE:
        size = np.abs(sound)
        room = _CEILING - _KNEE
        loud = size > _KNEE
        bent = _KNEE + room * np.tanh((size[loud] - _KNEE) / room)
        sound[loud] = np.copysign(bent, sound[loud])
    return sound


class Finish(Protocol):
    """What is done to the mixed sound instead of bending it (``media.program.leveller``)."""

    def apply(self, sound: Samples, ahead: Samples) -> Samples:
        """Return as much as ``sound``; ``ahead`` is about what will follow it."""

    def reset(self) -> None:
        """Forget all sound."""


class Mixer:
    """Sound of a broadcast by court time. Not for more than one thread."""

    def __init__(self, cameras: Iterable[str], finish: Finish | None = None) -> None:
        """Prepare one microphone for each camera (3 MB each)."""
        self._microphones = {camera: Microphone() for camera in cameras}
        self._shifts: dict[str, VoiceShift] = {}
        self._marks = Marks()
        self._until = _FOREVER  # program sample from which on nothing may be heard
        self._finish = finish
        self._rise = np.arange(RATE // 10, dtype=np.float32)
        share = 1 / max(1, len(self._microphones))
        self._gains = dict.fromkeys(self._microphones, share)
        self._powers = dict.fromkeys(self._microphones, _FLOOR)
        self._peaks = dict.fromkeys(self._microphones, 0.0)
        self._heard_powers = dict.fromkeys(self._microphones, 0.0)

    def push(self, camera: str, frame: av.AudioFrame, court_us: int) -> None:
        """Take decoded sound of any form; ``court_us`` (Unix µs) is its first sample's time.

        Raises ``KeyError`` for a camera that was not announced.
        """
        self._microphones[camera].push(frame, court_us)

    def direct(self, marks: Sequence[SoundMark]) -> None:
        """Let these marks hold instead of all others, from the next sample that is mixed on.

        What a mark says of sound that was mixed already comes too late and does nothing.
        """
        self._marks = Marks(marks)

    def reset(self) -> None:
        """Forget all sound that was pushed: nothing of it is heard again."""
        for microphone in self._microphones.values():
            microphone.reset()
        for shift in self._shifts.values():
            shift.reset()
        if self._finish is not None:
            self._finish.reset()
        self._powers = dict.fromkeys(self._microphones, _FLOOR)
        self._peaks = dict.fromkeys(self._microphones, 0.0)
        self._heard_powers = dict.fromkeys(self._microphones, 0.0)

    def mix(self, from_us: int, samples: int, until_us: int | None = None) -> Samples:
        """Return (2, samples) of 48 kHz sound from a court time on; missing sound is silence.

        What was said at ``until_us`` and later is not heard, nor does a new voice or the limiter
        look at it: there the gate closes.
        """
        self._until = _FOREVER if until_us is None else sample_at(until_us)
        start = sample_at(from_us)
        heard = {
            camera: sound
            for camera in self._microphones
            if (sound := self._hear(camera, start, samples)) is not None
        }
        for camera in self._microphones:
            self._measure(camera, heard.get(camera))
        out = np.zeros((CHANNELS, samples), np.float32)
        scratch = np.empty_like(out)
        for camera, gain in self._share(heard).items():
            before, self._gains[camera] = self._gains[camera], gain
            if camera not in heard:
                continue
            if abs(before - gain) < _STILL:
                np.multiply(heard[camera], np.float32(gain), out=scratch)
            else:
                ramp = self._rise[:samples] * np.float32((gain - before) / samples)
                ramp += np.float32(before)
                np.multiply(heard[camera], ramp, out=scratch)
            out += scratch
        if self._finish is None:
            return limit(out)
        finished = self._finish.apply(out, self._ahead(start + samples))
        return np.clip(finished, -_CEILING, _CEILING)

    def _hear(self, camera: str, start: int, samples: int) -> Samples | None:
        """Return a microphone's sound as its marks leave it; None where there is nothing."""
        sound = self._microphones[camera].read(start, samples)
        if sound is not None:
            sound = self._admitted(sound, start)
        muted = self._marks.strength(camera, "mute", start, samples)
        if isinstance(muted, float) and muted:
            return None
        shifted = self._marks.strength(camera, "voice_shift", start, samples)
        if not isinstance(shifted, float) or shifted:
            made = self._shift(camera).shift(partial(self._unmuted, camera), start, samples)
            sound = made * shifted if sound is None else sound * (1 - shifted) + made * shifted
            sound = np.broadcast_to(sound, (CHANNELS, samples))
        if sound is None or isinstance(muted, float):
            return sound
        return sound * (1 - muted)

    def _admitted(self, sound: Samples, start: int) -> Samples:
        """Return sound that is silent from where it must not be heard on."""
        if start + sound.shape[1] <= self._until:
            return sound
        sound = sound.copy()
        sound[:, max(0, self._until - start) :] = 0
        return sound

    def _unmuted(self, camera: str, start: int, count: int) -> Samples:
        """Return what surrounds a sample, silent where it is muted: a new voice says none of it."""
        sound = self._admitted(self._microphones[camera].peek(start, count), start)
        muted = self._marks.strength(camera, "mute", start, count)
        return sound if isinstance(muted, float) and not muted else sound * (1 - np.float32(muted))

    def _shift(self, camera: str) -> VoiceShift:
        if camera not in self._shifts:
            self._shifts[camera] = VoiceShift(secrets.randbits(64))
        return self._shifts[camera]

    def _measure(self, camera: str, sound: Samples | None) -> None:
        """Note how loud a microphone is in this block, as it may be heard."""
        if sound is None:
            self._heard_powers[camera] = self._peaks[camera] = 0.0
            return
        left, right = sound
        power = float(np.dot(left, left) + np.dot(right, right))
        self._heard_powers[camera] = power / max(1, sound.size)
        self._peaks[camera] = float(max(sound.max(initial=0), -sound.min(initial=0)))

    def _share(self, heard: Mapping[str, Samples]) -> dict[str, float]:
        """Return each microphone's gain by its part of the power; together they are 1."""
        for camera in self._powers:
            power = self._heard_powers[camera]
            self._powers[camera] = max(power, _RELEASE * self._powers[camera], _FLOOR)
        present = [camera for camera in self._powers if camera in heard]
        total = sum(self._powers[camera] for camera in present)
        return {
            camera: self._powers[camera] / total if camera in heard else 0.0
            for camera in self._powers
        }

    def _ahead(self, start: int) -> Samples:
        """Return about what will follow, to see what is too loud before it comes."""
        out = np.zeros((CHANNELS, AHEAD), np.float32)
        for camera, gain in self._gains.items():
            if gain:
                out += self._unmuted(camera, start, AHEAD) * np.float32(gain)
        return out

    @property
    def levels(self) -> dict[str, tuple[float, float]]:
        """Peak and RMS (dBFS) of each microphone in what was mixed last, as marks leave it."""
        return {
            camera: (
                decibels(self._peaks[camera]),
                decibels(math.sqrt(self._heard_powers[camera])),
            )
            for camera in self._microphones
        }

    @property
    def corrections(self) -> dict[str, int]:
        """How often each camera's sound had to jump by more than 40 ms."""
        return {camera: one.corrections for camera, one in self._microphones.items()}

    @property
    def late(self) -> dict[str, int]:
        """How many samples of each camera came after their moment."""
        return {camera: one.late for camera, one in self._microphones.items()}
