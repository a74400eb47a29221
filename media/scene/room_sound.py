"""What each camera's microphone hears: its own speaker near, the others across the room."""

from __future__ import annotations

from typing import Any

import numpy as np

from media.program.meters import Meter
from media.scene.script import LOOP_S, Voice
from media.scene.voice import RATE, Speech

SAMPLES = round(LOOP_S * RATE)
LOUDNESS_LUFS = -23.0  # EBU R 128
_ROOM_TONE_DBFS = -66.0
_ECHO_S = 0.32
Stereo = np.ndarray[Any, np.dtype[np.float32]]
Spectrum = np.ndarray[Any, np.dtype[np.complex64]]

# Gain in dB and distance in metres from each speaker to each camera's microphone.
MICROPHONES: dict[str, dict[Voice, tuple[float, float]]] = {
    "judge": {"presiding": (0.0, 0.5), "plaintiff": (-17.0, 4.2), "defence": (-17.0, 4.4)},
    "prosecution": {"presiding": (-16.0, 4.2), "plaintiff": (0.0, 0.5), "defence": (-19.0, 6.0)},
    "defence": {"presiding": (-16.0, 4.4), "plaintiff": (-19.0, 6.0), "defence": (0.0, 0.5)},
    "wide": {"presiding": (-6.0, 7.0), "plaintiff": (-6.0, 5.5), "defence": (-6.0, 5.5)},
}
_SOUND_M_S = 343.0


def loudness(sound: Stereo) -> float:
    """Return the gated loudness of a whole (ITU-R BS.1770-5 §5.1), without overlapping blocks."""
    meter, momentary = Meter(), []
    for start in range(0, sound.shape[1] - 4799, 4800):
        meter.push(sound[:, start : start + 4800])
        if meter.levels.momentary_lufs is not None:
            momentary.append(meter.levels.momentary_lufs)
    levels = np.array(momentary)
    power = 10 ** (levels / 10)
    gate = 10 * np.log10(power.mean()) - 10
    return float(10 * np.log10(power[levels > gate].mean()))


def _normal(sound: Stereo) -> Stereo:
    gain = 10 ** ((LOUDNESS_LUFS - loudness(sound)) / 20)
    return np.asarray(sound * gain, np.float32)


def _room(dice: np.random.Generator, wet: float) -> Spectrum:
    """Return the room's answer to a click on either side, as a spectrum."""
    count = round(_ECHO_S * RATE)
    answer = np.zeros((2, SAMPLES), np.float32)
    tail = dice.standard_normal((2, count)) * np.exp(-6.9 * np.arange(count) / count)
    tail[:, : round(0.006 * RATE)] = 0
    answer[:, :count] = wet * tail / np.sqrt((tail**2).sum(axis=1, keepdims=True))
    answer[:, 0] += 1
    hertz = np.fft.rfftfreq(SAMPLES, 1 / RATE).astype(np.float32)
    return np.asarray(np.fft.rfft(answer) / (1 + (hertz / 9000) ** 2), np.complex64)


def _echo(speech: Speech, room: Spectrum) -> Stereo:
    """Put a voice into a room; the end of the loop rings on into its beginning."""
    spectrum = np.fft.rfft(speech.sound.astype(np.float32))
    return _normal(np.asarray(np.fft.irfft(spectrum * room, SAMPLES), np.float32))


def _room_tone(dice: np.random.Generator) -> Stereo:
    """Return the air of the room: soft low noise that closes upon itself."""
    hertz = np.fft.rfftfreq(SAMPLES, 1 / RATE)
    slope = 1 / np.maximum(hertz, 60) * (hertz > 40)  # noqa: PLR2004
    tone = np.empty((2, SAMPLES), np.float32)
    for side in range(2):
        phases = np.exp(2j * np.pi * dice.random(len(hertz)))
        tone[side] = np.fft.irfft((slope * phases).astype(np.complex64), SAMPLES)
    return tone * np.float32(10 ** (_ROOM_TONE_DBFS / 20) / np.sqrt((tone**2).mean()))


def hear(speeches: dict[Voice, Speech]) -> dict[str, Stereo]:
    """Return each camera's sound, (2, n) float at 48 kHz, for one loop."""
    dice = np.random.default_rng(5)
    close, distant = _room(dice, 0.1), _room(dice, 0.55)
    near = {voice: _echo(speech, close) for voice, speech in speeches.items()}
    far = {voice: _echo(speech, distant) for voice, speech in speeches.items()}
    tone = _room_tone(dice)
    sounds = {}
    for camera, levels in MICROPHONES.items():
        total = tone.copy()
        for voice, (gain, metres) in levels.items():
            source = near[voice] if metres < 1 else far[voice]
            delay = round(metres / _SOUND_M_S * RATE)
            total += np.roll(source, delay, axis=1) * np.float32(10 ** (gain / 20))
        sounds[camera] = np.clip(total, -0.95, 0.95)
    return sounds
