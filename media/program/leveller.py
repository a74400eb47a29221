"""The programme's loudness brought to EBU R 128, and its peaks below the ceiling [pure].

*Gain*: the loudness of what is said is estimated from 400 ms pieces that pass two gates (absolute,
and 10 units below the mean as in R 128), so pauses and the air of the room change nothing. The mean
goes back a minute of speech, and gain moves by a fraction of a decibel a second: quiet and loud
words keep their distance, no breath is pumped up. In a hearing's first seconds it moves faster. The
part that is still missing from the programme's own integrated loudness is added slowly.

*Limiter*: the true peak (four times oversampled, BS.1770-5 Annex 2) is kept at or below -1 dBTP by
a gain that falls in the 2.7 ms before a peak, seen ahead, and recovers in 0.2 s. Only gain depends
on what lies ahead; no sample is ever moved in time, so nothing can cross an edge of the gate.

All of it hangs on court time alone: the same sound gives the same result, however late it is mixed.
"""

from __future__ import annotations

import math

import numpy as np

from media.program.interpolation import Samples
from media.program.loudness import Loudness, lufs
from media.program.meters import k_power

TARGET_LUFS = -23.0
CEILING_DBTP = -1.0
MOST_GAIN_DB = 20.0

_RATE = 48_000
_PIECE = _RATE // 10
_QUIETEST_LUFS = -52.0  # the air of a room is softer
_BELOW_MEAN_LU = 10.0
_MEMORY = 600  # pieces of speech that a mean goes back: a minute
# How far gain may move per 100 ms of speech, until so many pieces of it have been heard.
_PACES_DB = ((30, 1.0), (150, 0.4), (math.inf, 0.04))
_SURE = 150
_MOST_TRIM_DB = 3.0

_BLOCK = 32
_LOOK = 4  # blocks in which gain falls before a peak
AHEAD = (_LOOK + 1) * _BLOCK
_CEILING = np.float32(10 ** ((CEILING_DBTP - 0.3) / 20))
_HARMLESS = float(_CEILING) * 0.5  # sample peaks below this have no true peak above the ceiling
_RECOVER = _BLOCK / (0.2 * _RATE)  # per block
_RAMP = np.arange(_BLOCK, dtype=np.float32) / _BLOCK
_TAPS = 12


def _between() -> Samples:
    """Return (3, taps): filters for the values a quarter, a half, three quarters on."""
    distance = np.arange(_TAPS)[None, :] - (_TAPS // 2 - 1) - np.array([[0.25], [0.5], [0.75]])
    window = np.i0(5 * np.sqrt(np.clip(1 - (distance / (_TAPS / 2)) ** 2, 0, 1))) / np.i0(5)
    return np.asarray(np.sinc(distance) * window, np.float32)


_BETWEEN = _between()


class Leveller:
    """Gain and limiter of a programme, tick by tick. ``target_lufs`` None: only the limiter."""

    def __init__(self, target_lufs: float | None = TARGET_LUFS) -> None:
        self._target = target_lufs
        self.gain_db = 0.0
        self._estimate = _Estimate()
        self._waiting = np.zeros((2, 0), np.float32)
        self._aired = Loudness()
        self._limiter = _Limiter()

    def reset(self) -> None:
        """Forget all sound; what is known of the speakers' loudness stays."""
        self._waiting = self._waiting[:, :0]
        self._limiter = _Limiter()

    def apply(self, sound: Samples, ahead: Samples) -> Samples:
        """Return (2, n) sound at its programme loudness; ``ahead`` is (2, ``AHEAD``)."""
        before = self.gain_db
        if self._target is not None:
            self._listen(sound, self._target)
        return self._limiter.apply(_amplified(sound, before, self.gain_db), ahead, self.gain_db)

    def _listen(self, sound: Samples, target: float) -> None:
        self._waiting = np.concatenate((self._waiting, sound), axis=1)
        while self._waiting.shape[1] >= _PIECE:
            power = k_power(self._waiting[:, :_PIECE])
            self._waiting = self._waiting[:, _PIECE:]
            self._aired.add(power * 10 ** (self.gain_db / 10))
            self._estimate.add(power)
            self._move(target)

    def _move(self, target: float) -> None:
        """Turn the gain a little towards what the target needs."""
        spoken = self._estimate.lufs
        if spoken is None or not self._estimate.speaks:
            return
        wanted = target - spoken
        aired = self._aired.integrated if self._estimate.pieces >= _SURE else None
        if aired is not None:
            wanted += max(-_MOST_TRIM_DB, min(_MOST_TRIM_DB, target - aired))
        wanted = max(-MOST_GAIN_DB, min(MOST_GAIN_DB, wanted))
        most = next(pace for pieces, pace in _PACES_DB if self._estimate.pieces < pieces)
        self.gain_db += max(-most, min(most, wanted - self.gain_db))


class _Estimate:
    """How loud speech is, before any gain."""

    def __init__(self) -> None:
        self.pieces = 0
        self.speaks = False
        self._mean = 0.0
        self._recent = Loudness()

    def add(self, power: float) -> None:
        self._recent.add(power)
        loudness = self._recent.momentary
        mean = self.lufs
        lowest = _QUIETEST_LUFS if mean is None else max(_QUIETEST_LUFS, mean - _BELOW_MEAN_LU)
        self.speaks = loudness is not None and loudness > lowest
        if self.speaks and loudness is not None:
            self.pieces += 1
            momentary = 10 ** ((loudness + 0.691) / 10)
            self._mean += (momentary - self._mean) / min(self.pieces, _MEMORY)

    @property
    def lufs(self) -> float | None:
        return lufs(self._mean)


class _Limiter:
    """A gain that keeps true peaks below the ceiling and looks a little ahead."""

    def __init__(self) -> None:
        self._gain = 1.0
        self._before = np.zeros((2, _TAPS), np.float32)  # to see peaks across a tick's beginning

    def apply(self, sound: Samples, ahead: Samples, gain_db: float) -> Samples:
        following = ahead * np.float32(10 ** (gain_db / 20))
        whole = np.concatenate((self._before, sound, following), axis=1)
        self._before = sound[:, -_TAPS:].copy()
        loudest = max(whole.max(initial=0), -whole.min(initial=0))
        if self._gain >= 1 and loudest <= _HARMLESS:
            return sound
        count = sound.shape[1]
        blocks = -(-count // _BLOCK)
        need = _needed(whole, blocks + _LOOK)
        edges = self._edges(need, blocks)
        curve = edges[:-1, None] + np.diff(edges)[:, None] * _RAMP
        self._gain = float(edges[-1])
        return np.multiply(sound, curve.reshape(-1)[:count], dtype=np.float32)

    def _edges(self, need: Samples, blocks: int) -> Samples:
        """Return the gain at the blocks' edges: early enough down, slowly up again."""
        least = np.minimum(need, np.concatenate((need[:1], need[:-1])))  # both neighbours' need
        least = np.concatenate((least, np.ones(_LOOK, np.float32)))
        falling = [
            least[k : k + blocks + 1] + (1 - least[k : k + blocks + 1]) * np.float32(k / _LOOK)
            for k in range(_LOOK)
        ]
        wanted = np.minimum.reduce(falling).astype(np.float64)
        rise = _RECOVER * np.arange(blocks + 1)
        wanted[0] = min(wanted[0], self._gain)
        return np.asarray(np.minimum.accumulate(wanted - rise) + rise, np.float32)


def _needed(whole: Samples, blocks: int) -> Samples:
    """Return the gain each block needs so that its true peak stays below the ceiling."""
    count = blocks * _BLOCK
    first = _TAPS - (_TAPS // 2 - 1)
    peaks = np.abs(whole[:, _TAPS : _TAPS + count]).max(axis=0)
    for row in whole:
        windows = np.lib.stride_tricks.sliding_window_view(row, _TAPS)[first : first + count]
        between = np.abs(windows @ _BETWEEN.T).max(axis=1)
        np.maximum(peaks[: len(between)], between, out=peaks[: len(between)])
    peaks = np.pad(peaks, (0, count - len(peaks)))
    loudest = peaks.reshape(blocks, _BLOCK).max(axis=1)
    return np.asarray(np.minimum(1, _CEILING / np.maximum(loudest, 1e-9)), np.float32)


def _amplified(sound: Samples, from_db: float, to_db: float) -> Samples:
    before, after = 10 ** (from_db / 20), 10 ** (to_db / 20)
    if math.isclose(before, after):
        return sound if after == 1 else sound * np.float32(after)
    ramp = np.linspace(before, after, sound.shape[1], dtype=np.float32)
    return sound * ramp
