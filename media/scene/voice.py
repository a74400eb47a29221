"""Voices that speak no words: syllables in the rhythm and the four tones of Mandarin.

Additive formant synthesis: harmonics of a gliding pitch under the resonances of a moving mouth, and
shaped noise for consonants. The same syllables move the mouths in the picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from media.scene.script import LOOP_S, TURNS, Voice

RATE = 48_000
_STEP = 240  # samples per control value: 5 ms
_CONTROLS = round(LOOP_S * RATE) // _STEP
Track = np.ndarray[Any, np.dtype[np.float64]]

# First three resonances (Hz), how far the mouth opens, how round it is.
_VOWELS: dict[str, tuple[float, float, float, float, float]] = {
    "a": (820, 1250, 2600, 1.0, 0.0), "o": (500, 860, 2500, 0.6, 0.8),
    "e": (540, 1150, 2500, 0.55, 0.2), "i": (290, 2250, 3000, 0.28, 0.0),
    "u": (330, 720, 2400, 0.3, 1.0), "v": (290, 1950, 2350, 0.28, 0.9),
    "n": (280, 1500, 2500, 0.15, 0.0), "g": (300, 1000, 2300, 0.3, 0.1),
}  # fmt: skip
_FINALS = ("a", "e", "i", "u", "ai", "ei", "ao", "ou", "ia", "uo", "an", "en", "in", "ag", "eg",
           "ig", "og", "ian", "v", "uei", "iou", "uan")  # fmt: skip
# Noise (low edge, high edge in Hz, seconds, strength), closure before it in seconds.
_INITIALS: dict[str, tuple[float, float, float, float, float]] = {
    "": (0, 0, 0, 0, 0), "m": (0, 0, 0, 0, 0.0), "l": (0, 0, 0, 0, 0.0),
    "b": (300, 1800, 0.012, 0.25, 0.035), "d": (1800, 5000, 0.014, 0.3, 0.035),
    "g": (1200, 3200, 0.02, 0.3, 0.04), "t": (1500, 6000, 0.06, 0.3, 0.04),
    "k": (1000, 4000, 0.065, 0.3, 0.04), "s": (4500, 9500, 0.095, 0.34, 0.01),
    "sh": (2200, 6500, 0.1, 0.36, 0.01), "x": (3000, 8000, 0.09, 0.34, 0.01),
    "zh": (2200, 6500, 0.04, 0.34, 0.03), "j": (3000, 8000, 0.04, 0.34, 0.03),
    "h": (700, 2600, 0.07, 0.16, 0.01), "f": (1500, 8500, 0.08, 0.16, 0.01),
}  # fmt: skip
# Pitch in steps of the five-level scale: high, rising, low, falling, neutral.
_TONES = ((4.7, 4.7, 4.6), (2.7, 3.1, 4.6), (2.3, 1.1, 1.5), (5.0, 3.6, 1.3), (2.6, 2.4, 2.2))
_TONE_SHARES = (0.21, 0.22, 0.16, 0.33, 0.08)


@dataclass(frozen=True, slots=True)
class Timbre:
    """A voice: middle of its pitch (Hz), resonances relative to a man's, breath, seed."""

    pitch: float
    tract: float
    breath: float
    seed: int


TIMBRES: dict[Voice, Timbre] = {
    "presiding": Timbre(112, 1.0, 0.012, 11),
    "plaintiff": Timbre(204, 1.16, 0.02, 23),
    "defence": Timbre(138, 1.04, 0.014, 37),
}


@dataclass(frozen=True, slots=True)
class Speech:
    """A voice's loop: sound (float, 48 kHz) and the mouth's movement each 5 ms."""

    sound: Track
    mouth: Track
    rounding: Track


class _Score:
    """Control tracks that syllables are written into."""

    def __init__(self) -> None:
        self.pitch = np.full(_CONTROLS, 3.0)
        self.level = np.zeros(_CONTROLS)
        self.formants = np.tile(np.array([500.0, 1500.0, 2500.0]), (_CONTROLS, 1))
        self.mouth = np.zeros(_CONTROLS)
        self.rounding = np.zeros(_CONTROLS)
        self.noises: list[tuple[int, float, float, float, float]] = []


def _syllable(
    score: _Score, dice: np.random.Generator, at: float, length: float, fall: float
) -> None:
    """Write one syllable at a time: closure, consonant, gliding vowel, tone."""
    low, high, noise, strength, closure = _INITIALS[str(dice.choice(list(_INITIALS)))]
    final = _FINALS[int(dice.integers(len(_FINALS)))]
    tone = _TONES[int(dice.choice(len(_TONES), p=_TONE_SHARES))]
    if noise:
        score.noises.append((round((at + closure) * RATE), noise, low, high, strength))
    onset = at + closure + noise * 0.85
    first, last = round(onset * RATE / _STEP), round((at + length) * RATE / _STEP)
    count = last - first
    if count < 4 or last >= _CONTROLS:  # noqa: PLR2004
        return
    t = np.linspace(0, 1, count)
    vowels = np.array([_VOWELS[sign] for sign in final])
    places = np.linspace(0, 1, len(final)) if len(final) > 1 else np.array([0.0])
    shape = np.stack([np.interp(t, places, column) for column in vowels.T], axis=1)
    swell = np.minimum(1, np.minimum(t / 0.16, (1 - t) / 0.3)) ** 0.8
    loud = 0.82 + 0.18 * dice.random()
    score.pitch[first:last] = np.interp(t, (0, 0.5, 1), tone) - fall
    score.level[first:last] = swell * loud
    score.formants[first:last] = shape[:, :3]
    score.mouth[first:last] = shape[:, 3] * swell * (0.8 + 0.3 * loud)
    score.rounding[first:last] = shape[:, 4]


def _write(voice: Voice, dice: np.random.Generator) -> _Score:
    """Fill a voice's turns with phrases of syllables."""
    score = _Score()
    for turn in TURNS:
        if turn.voice != voice:
            continue
        at, phrase, said = turn.start, int(dice.integers(5, 10)), 0
        while at < turn.end - 0.15:
            length = float(dice.uniform(0.15, 0.23))
            if said == phrase - 1:
                length *= 1.45  # the end of a phrase is drawn out
            length = min(length, turn.end - at)
            _syllable(score, dice, at, length, fall=1.3 * said / phrase)
            at, said = at + length, said + 1
            if said == phrase:
                at += float(dice.uniform(0.22, 0.42))
                phrase, said = int(dice.integers(5, 11)), 0
    return score


def _smoothed(track: Track, width: int) -> Track:
    window = np.hanning(width + 2)[1:-1]
    return np.convolve(track, window / window.sum(), "same")


def _fine(track: Track) -> Track:
    """Bring a control track to the sampling rate."""
    at = np.arange(_CONTROLS * _STEP) / _STEP
    return np.interp(at, np.arange(_CONTROLS), track)


def _spectrum(frequency: Track, formants: Track) -> Track:
    """Return the level of a harmonic under the mouth's resonances (control rate)."""
    total = np.zeros_like(frequency)
    for index, (width, gain) in enumerate(((130, 1.0), (150, 0.55), (220, 0.3))):
        centre = formants[:, index]
        total += gain * (width / np.hypot(frequency - centre, width)) ** 1.5
    total += 0.1 * (350 / np.hypot(frequency - 3600, 350)) ** 1.5
    fade = np.clip((6200 - frequency) / 2500, 0, 1)  # no edge where the harmonics end
    return total * fade * (200 / (frequency + 200)) ** 0.4


def _voiced(score: _Score, timbre: Timbre, dice: np.random.Generator) -> Track:
    steps = _smoothed(score.pitch, 9) - 3
    flutter = _smoothed(dice.standard_normal(_CONTROLS), 40) * 0.05
    pitch = timbre.pitch * 2 ** ((steps * 2.3 + flutter) / 12)
    formants = np.stack(
        [_smoothed(score.formants[:, n], 9) * timbre.tract for n in range(3)], axis=1
    )
    level = _smoothed(score.level, 5)
    phase = 2 * np.pi * np.cumsum(_fine(pitch)) / RATE
    sound = np.zeros(_CONTROLS * _STEP)
    heard = _fine(level) > 1e-4  # noqa: PLR2004
    at = np.flatnonzero(heard) / _STEP
    angle, controls = phase[heard], np.arange(_CONTROLS)
    voiced = np.zeros(len(angle))
    sine, before, twice = np.sin(angle), np.zeros(len(angle)), 2 * np.cos(angle)
    for number in range(1, int(5800 / timbre.pitch) + 1):
        frequency = number * pitch
        gain = _spectrum(frequency, formants) * level
        voiced += np.interp(at, controls, gain) * sine
        sine, before = twice * sine - before, sine  # sin((n + 1) x) without calling sin
    sound[heard] = voiced
    return sound


def _noise(score: _Score, timbre: Timbre, dice: np.random.Generator) -> Track:
    """Add consonants and a little breath."""
    sound = dice.standard_normal(_CONTROLS * _STEP) * _fine(_smoothed(score.level, 9))
    sound *= timbre.breath
    for start, seconds, low, high, strength in score.noises:
        count = round(seconds * RATE)
        if start + count > len(sound):
            continue
        spectrum = np.fft.rfft(dice.standard_normal(count))
        hertz = np.fft.rfftfreq(count, 1 / RATE)
        spectrum *= np.exp(-((np.maximum(0, np.maximum(low - hertz, hertz - high)) / 500) ** 2))
        burst = np.fft.irfft(spectrum, count)
        rise = np.minimum(1, np.minimum(np.arange(count) / 200, np.arange(count)[::-1] / 400))
        sound[start : start + count] += 0.55 * strength * burst * rise
    return sound


def speak(voice: Voice) -> Speech:
    """Return a voice's part of the loop, the same on every machine."""
    timbre = TIMBRES[voice]
    dice = np.random.default_rng(timbre.seed)
    score = _write(voice, dice)
    sound = _voiced(score, timbre, dice) + _noise(score, timbre, dice)
    return Speech(sound, _smoothed(score.mouth, 9), _smoothed(score.rounding, 15))
