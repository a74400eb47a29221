"""What the programme's sound and its watching cost: ``python -m tests.bench.sound``.

Four microphones of 48 kHz in AAC's frames; processor time of one thread per tick of 40 ms, and as
a share of a core. One line of JSON.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable

import av
import numpy as np

from media.marks import SoundMark
from media.program.leveller import AHEAD, Leveller
from media.program.sound import Mixer
from media.program.watch import Watch

START_US = 1_795_399_353_400_000
TICK_US, TICK, RATE, AAC = 40_000, 1920, 48_000, 1024
CAMERAS = "abcd"


def frames() -> list[av.AudioFrame]:
    """Return some frames of noise."""
    dice = np.random.default_rng(1)
    made = []
    for _ in range(64):
        noise = (0.05 * dice.standard_normal((1, AAC))).astype(np.float32)
        frame = av.AudioFrame.from_ndarray(noise, format="fltp", layout="mono")
        frame.sample_rate = RATE
        made.append(frame)
    return made


def mixing(mixer: Mixer, seconds: float, ppm: float) -> tuple[float, float]:
    """Return µs of processor time per tick for taking sound and for mixing it."""
    pieces, rate = frames(), RATE * (1 - ppm / 1e6)
    ticks, pushed, pushing, mixed = round(seconds * 25), 0, 0.0, 0.0
    for tick in range(ticks):
        began = time.thread_time()
        while pushed * AAC / rate * 1e6 < (tick + 3) * TICK_US:
            for index, camera in enumerate(CAMERAS):
                court_us = START_US + round(pushed * AAC / rate * 1e6)
                mixer.push(camera, pieces[(pushed + index) % 64], court_us)
            pushed += 1
        between = time.thread_time()
        mixer.mix(START_US + tick * TICK_US, TICK)
        ended = time.thread_time()
        pushing, mixed = pushing + between - began, mixed + ended - between
    return pushing / ticks * 1e6, mixed / ticks * 1e6


def per_tick(work: Callable[[int], object], ticks: int) -> float:
    """Return µs of processor time per tick."""
    began = time.thread_time()
    for tick in range(ticks):
        work(tick)
    return (time.thread_time() - began) / ticks * 1e6


def main() -> int:
    """Print one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=40.0)
    seconds = parser.parse_args().seconds
    ticks = round(seconds * 25)
    told: dict[str, float] = {}
    told["push_one_clock"], told["mix"] = mixing(Mixer(CAMERAS), seconds, 0)
    told["push_drifting"], _ = mixing(Mixer(CAMERAS), seconds, 100)
    shifted = Mixer(CAMERAS)
    shifted.direct([SoundMark("a", "voice_shift", 0, None)])
    told["voice_shift"] = mixing(shifted, seconds / 2, 0)[1] - told["mix"]
    dice = np.random.default_rng(2)
    sound = (0.05 * dice.standard_normal((2, TICK))).astype(np.float32)
    leveller, ahead = Leveller(), sound[:, :AHEAD]
    told["leveller"] = per_tick(lambda _: leveller.apply(sound, ahead), ticks)
    limiter, loud = Leveller(None), sound * 20
    told["limiter_at_work"] = per_tick(lambda _: limiter.apply(loud, ahead), ticks)
    watch = Watch()
    told["watch_sound"] = per_tick(lambda at: watch.sound(sound[0], RATE, at * TICK_US), ticks)
    luma = dice.integers(16, 235, (90, 160), np.uint8)
    told["watch_picture_a_second"] = per_tick(lambda at: watch.picture(luma, at), ticks) / 25
    print(json.dumps({name: round(value) for name, value in told.items()}))  # noqa: T201
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
