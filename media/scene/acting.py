"""How people move: breathing, blinking, turning to who speaks, gestures, mouths in step.

Everything closes after one loop, so that the clips can be repeated without a seam.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from media.scene.cast import VOICES, Seat
from media.scene.face import Face
from media.scene.figure import Arm
from media.scene.script import LOOP_S, TURNS, Voice
from media.scene.voice import Speech

FRAME_RATE = 25
FRAMES = round(LOOP_S * FRAME_RATE)
Track = np.ndarray[Any, np.dtype[np.float64]]
_TIME = np.arange(FRAMES) / FRAME_RATE


@dataclass(frozen=True, slots=True)
class Pose:
    """A person in one frame; offsets in heads."""

    face: Face
    arms: tuple[Arm, Arm]
    body_y: float
    head_x: float
    head_y: float


def _around(track: Track, seconds: float) -> Track:
    """Smooth a track whose end meets its beginning."""
    width = max(1, round(seconds * FRAME_RATE))
    window = np.hanning(width + 2)[1:-1]
    kernel = np.zeros(FRAMES)
    kernel[:width] = window / window.sum()
    kernel = np.roll(kernel, -(width // 2))
    smoothed = np.fft.irfft(np.fft.rfft(track) * np.fft.rfft(kernel), FRAMES)
    return np.asarray(smoothed, np.float64)


def _wave(dice: np.random.Generator, period: float) -> Track:
    """Return a slow sine of about this period that closes with the loop."""
    turns = max(1, round(LOOP_S / period))
    return np.asarray(np.sin(2 * np.pi * (turns * _TIME / LOOP_S + dice.random())))


def _wander(dice: np.random.Generator, seconds: float) -> Track:
    """Return a slow irregular movement between about -1 and 1."""
    track = _around(dice.standard_normal(FRAMES), seconds)
    return track / max(1e-6, float(np.abs(track).max()))


def _turning(seat: Seat, dice: np.random.Generator) -> Track:
    """Turn to who speaks, a moment after he has begun."""
    yaw = np.full(FRAMES, seat.rest)
    for index, turn in enumerate(TURNS):
        begin = turn.start + float(dice.uniform(0.15, 0.7))
        following = TURNS[(index + 1) % len(TURNS)].start + (
            LOOP_S if index + 1 == len(TURNS) else 0
        )
        frames = np.arange(round(begin * FRAME_RATE), round(following * FRAME_RATE)) % FRAMES
        yaw[frames] = seat.looks.get(turn.voice, seat.rest)
    turned = _around(yaw, 0.9) + 0.07 * _wander(dice, 1.6)
    return np.clip(turned, -0.9, 0.9)


def _blinking(dice: np.random.Generator) -> Track:
    lids = np.zeros(FRAMES)
    at = dice.uniform(0, 3)
    while at < LOOP_S - 0.5:
        frame = round(at * FRAME_RATE)
        lids[frame : frame + 4] = (0.5, 1.0, 1.0, 0.5)
        at += dice.uniform(2.2, 5.5)
    return lids


def _sampled(track: Track) -> Track:
    """Bring a mouth's movement (each 5 ms) to the frames it is seen in."""
    steps = len(track) / LOOP_S
    at = (_TIME + 0.5 / FRAME_RATE) * steps
    return np.interp(at, np.arange(len(track)), track)


def _gestures(voice: Voice | None, dice: np.random.Generator) -> Track:
    """Lift a hand now and then while speaking."""
    lift = np.zeros(FRAMES)
    for turn in TURNS:
        if turn.voice != voice:
            continue
        at = turn.start + dice.uniform(0.4, 1.0)
        while at < turn.end - 1.0:
            length = float(dice.uniform(0.8, 1.8))
            frames = slice(round(at * FRAME_RATE), round(min(at + length, turn.end) * FRAME_RATE))
            lift[frames] = dice.uniform(0.55, 1.0)
            at += length + float(dice.uniform(0.5, 1.6))
    return np.clip(_around(lift, 0.55), 0, 1)


class Performance:
    """All poses of a person in one camera's picture."""

    def __init__(self, seat: Seat, speeches: dict[Voice, Speech]) -> None:
        """Plan the loop; the same on every machine."""
        dice = np.random.default_rng(zlib.crc32(seat.name.encode()))
        voice = VOICES.get(seat.name)
        speech = speeches[voice] if voice else None
        self._mouth = np.clip(_sampled(speech.mouth), 0, 1) if speech else np.zeros(FRAMES)
        self._rounding = _sampled(speech.rounding) if speech else np.zeros(FRAMES)
        self._yaw = _turning(seat, dice)
        breath = _wave(dice, float(dice.uniform(3.4, 4.4)))
        self._body = 0.012 * breath
        stress = _around(self._mouth, 0.5)
        self._pitch = 0.12 * _wander(dice, 1.2) + 0.55 * (stress - stress.mean())
        if seat.writes:
            looks_down = np.asarray(_wander(dice, 2.5) > 0, np.float64)
            self._pitch = np.clip(self._pitch + _around(looks_down, 0.7), -1, 1)
        self._sway = 0.035 * _wander(dice, 2.4)
        self._head = self._body + 0.03 * np.abs(self._pitch) + 0.012 * stress
        self._lids = _blinking(dice)
        self._lids = np.maximum(self._lids, 0.55 * np.clip(self._pitch - 0.4, 0, 1))
        self._right = _gestures(voice, dice)
        self._left = _gestures(voice, dice) * (0.7 if dice.integers(2) else 0.0)
        if seat.writes:
            scribble = np.abs(_wander(dice, 0.12)) * np.clip(self._pitch, 0, 1)
            self._right = np.maximum(self._right, 0.16 * scribble)
        self._swing = 0.7 * _wander(dice, 1.2)

    def pose(self, frame: int) -> Pose:
        """Return the pose of a frame of the loop."""
        n = frame % FRAMES
        face = Face(
            float(self._yaw[n]),
            float(np.clip(self._pitch[n], -1, 1)),
            float(self._mouth[n]),
            float(self._rounding[n]),
            float(self._lids[n]),
        )
        swing = float(self._swing[n])
        arms = (Arm(float(self._left[n]), swing), Arm(float(self._right[n]), swing))
        body, head = float(self._body[n]), float(self._head[n])
        return Pose(face, arms, body, float(self._sway[n]), head)
