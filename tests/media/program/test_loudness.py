import re
import subprocess

import numpy as np
import pytest

from media.program.loudness import Loudness, lufs
from media.program.meters import Meter
from tests.media.program.speech import RATE, speech
from tests.tools import find_tool

FFMPEG = find_tool("ffmpeg")


def tone(dbfs: float, seconds: float) -> np.ndarray:
    wave = np.sin(2 * np.pi * 1000 * np.arange(round(seconds * RATE)) / RATE)
    return np.asarray([wave, wave], np.float32) * np.float32(10 ** (dbfs / 20))


def measured(sound: np.ndarray) -> Loudness:
    meter = Meter()
    for start in range(0, sound.shape[1], 1920):
        meter.push(sound[:, start : start + 1920])
    return meter.loudness


# EBU Tech 3341, table 1: what a meter must show, ±0.1 LU (some tones shortened to a third).
@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        ([(-23, 20)], -23.0),
        ([(-33, 20)], -33.0),
        ([(-36, 10), (-23, 60), (-36, 10)], -23.0),
        ([(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)], -23.0),
        ([(-26, 20), (-20, 20.1), (-26, 20)], -23.0),
    ],
)
def test_the_tones_of_ebu_tech_3341(pieces: list[tuple[float, float]], expected: float) -> None:
    found = measured(np.concatenate([tone(*piece) for piece in pieces], axis=1))
    assert found.integrated == pytest.approx(expected, abs=0.1)


def test_momentary_and_short_term_look_back_as_far_as_they_should() -> None:
    found = measured(np.concatenate([tone(-30, 3), tone(-20, 0.4)], axis=1))
    assert found.momentary == pytest.approx(-20, abs=0.1)
    short = 10 * np.log10((10**-3.0 * 2.6 + 10**-2.0 * 0.4) / 3)
    assert found.short_term == pytest.approx(short, abs=0.1)


def test_what_is_not_known_yet_or_silent_has_no_value() -> None:
    found = Loudness()
    assert found.momentary is found.short_term is found.integrated is None
    for _ in range(40):
        found.add(0.0)
    assert found.integrated is None
    assert lufs(0) is None


def test_hours_cost_no_memory_and_hostile_powers_no_error() -> None:
    found = Loudness()
    for _ in range(10_000):
        found.add(1e30)
    assert found.integrated is not None


@pytest.mark.skipif(FFMPEG is None, reason="needs the ffmpeg program")
def test_the_ffmpeg_program_agrees_on_speech() -> None:
    sound = np.concatenate([speech(12, -20), speech(8, -34, 2)], axis=1)
    command = f"{FFMPEG} -hide_banner -nostats -f f32le -ar 48000 -ac 2 -i -"
    heard = subprocess.run(
        [*command.split(), "-af", "ebur128", "-f", "null", "-"],
        input=np.ascontiguousarray(sound.T).tobytes(),
        capture_output=True,
        check=True,
    ).stderr.decode()
    told = re.findall(r"I:\s+(-?[\d.]+) LUFS", heard)[-1]
    assert measured(sound).integrated == pytest.approx(float(told), abs=0.1)
