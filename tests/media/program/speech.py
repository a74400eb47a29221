"""Sound that rises and falls as speech does, without anybody speaking."""

import numpy as np

RATE = 48_000


def speech(seconds: float, dbfs: float, seed: int = 1) -> np.ndarray:
    """Return (2, n) of a buzz in syllables and words, with pauses, at about an RMS level."""
    dice = np.random.default_rng(seed)
    at = np.arange(5 * RATE) / RATE
    turn = 2 * np.pi * (120 * at - 1.2 * np.cos(2 * np.pi * 0.8 * at))
    buzz = sum(np.sin(k * turn) / k for k in range(1, 25))
    voice = buzz * np.clip(np.sin(2 * np.pi * 4.2 * at), 0, 1) ** 0.5
    count = round(seconds * RATE)
    voice = np.resize(voice, count)
    voice *= np.repeat(dice.random(count // RATE + 1) > 0.25, RATE)[:count]
    voice += 0.002 * np.resize(dice.standard_normal(RATE), count)
    voice *= 10 ** (dbfs / 20) / np.sqrt((voice**2).mean())
    return np.asarray([voice, voice], np.float32)
