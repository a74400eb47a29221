"""How far picture, sound and court clock are apart after hours of a camera whose clock runs wrong.

``python -m tests.bench.drift [--hours 8] [--ppm 200]``

A camera that sends 25 pictures a second and sound with a click every two seconds, its clock
``ppm`` fast, packets late by jitter. They take the real way faster than real time: the feed's clock
places them in court time, each tick takes the picture that ``CameraFeed`` would, and the real mixer
resamples the sound to the program's clock. What was captured at a moment must be seen and heard at
that court time (less the camera's least latency).
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import deque

import av
import numpy as np

from media.feeds.timestamps import FeedClock, Timing
from media.program.sound import RATE, Mixer

START_US = 1_795_399_353_000_000
TICK_US = 40_000
FRAME = 1024
LEAST_LATE_US, JITTER_US = 20_000, 60_000
CLICK_US = 2_000_000
BEHIND_US = 400_000
SECOND = 1_000_000


class Camera:
    """Sends what is captured in true time, stamped by a clock that runs ``ppm`` fast."""

    def __init__(self, ppm: float) -> None:
        self.rate = 1 + ppm * 1e-6
        self.clock = FeedClock()
        self.pictures: deque[tuple[int, int]] = deque()  # court time, captured at
        self._picture = self._sound = 0
        self._dice = random.Random(1)  # noqa: S311  (the same jitter each time)

    def _late_us(self) -> int:
        return LEAST_LATE_US + round(self._dice.random() ** 3 * JITTER_US)

    def send(self, until_us: int, mixer: Mixer) -> None:
        """Send what had arrived at ``until_us`` of true time."""
        while (captured := self._true_us(self._picture * TICK_US)) + JITTER_US < until_us:
            pts = self._picture * TICK_US
            timing = Timing("video", pts, pts, TICK_US, START_US + captured + self._late_us(), True)
            placed = self.clock.place(self.clock.observe(timing))
            self.pictures.append((placed.court_us, captured))
            self._picture += 1
        while self._true_us((self._sound + FRAME) * SECOND // RATE) + JITTER_US < until_us:
            self._send_sound(mixer)

    def _true_us(self, camera_us: int) -> int:
        return round(camera_us / self.rate)

    def _send_sound(self, mixer: Mixer) -> None:
        pts = self._sound * SECOND // RATE
        length = FRAME * SECOND // RATE
        end = self._true_us((self._sound + FRAME) * SECOND // RATE)
        arrival = START_US + end + self._late_us() - length
        placed = self.clock.place(
            self.clock.observe(Timing("audio", pts, pts, length, arrival, True))
        )
        samples = np.zeros((1, FRAME), np.float32)
        begun_us, end_us = self._true_us(pts), end
        click = -(-begun_us // CLICK_US) * CLICK_US
        if click < end_us:
            samples[0, min(FRAME - 1, round((click - begun_us) * self.rate * RATE / SECOND))] = 0.5
        frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="mono")
        frame.sample_rate = RATE
        mixer.push("a", frame, placed.court_us)
        self._sound += FRAME


def run(hours: float, ppm: float) -> dict[str, float]:
    """Return errors in ms over the whole hearing and over its last ten minutes."""
    camera, mixer = Camera(ppm), Mixer(["a"])
    shown_errors: list[float] = []
    heard_errors: list[float] = []
    shown: tuple[int, int] | None = None
    for tick in range(round(hours * 3600 * 25)):
        now_us = tick * TICK_US
        camera.send(now_us, mixer)
        at_us = START_US + now_us - BEHIND_US
        while camera.pictures and camera.pictures[0][0] <= at_us + TICK_US // 2:
            shown = camera.pictures.popleft()
        if shown is not None:
            shown_errors.append((at_us - START_US - LEAST_LATE_US - shown[1]) / 1000)
        sound = mixer.mix(at_us, RATE // 25)[0]
        peak = int(np.abs(sound).argmax())
        if abs(sound[peak]) > 0.2:
            heard_us = at_us - START_US - LEAST_LATE_US + peak * SECOND / RATE
            heard_errors.append((heard_us - round(heard_us / CLICK_US) * CLICK_US) / 1000)
    settled = 60 * 25
    pictures = np.array(shown_errors[settled:])
    sounds = np.array(heard_errors[30:])
    last_pictures, last_sounds = pictures[-600 * 25 :], sounds[-300:]
    return {
        "hours": hours,
        "ppm": ppm,
        "pictures": len(pictures),
        "clicks": len(sounds),
        "picture_error_ms_p50": round(float(np.median(pictures)), 2),
        "picture_error_ms_worst": round(float(np.abs(pictures).max()), 2),
        "sound_error_ms_p50": round(float(np.median(sounds)), 2),
        "sound_error_ms_worst": round(float(np.abs(sounds).max()), 2),
        "skew_ms_last_10_min": round(float(np.median(last_sounds) - np.median(last_pictures)), 2),
    }


def main() -> None:
    """Print one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, default=8.0)
    parser.add_argument("--ppm", type=float, default=200.0)
    asked = parser.parse_args()
    sys.stdout.write(json.dumps(run(asked.hours, asked.ppm)) + "\n")


if __name__ == "__main__":
    main()
