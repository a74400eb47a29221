import av
import numpy as np
import pytest

from media.program.microphone import RATE, Microphone, sample_at

START = 1_795_399_353_400_000


def frame(samples: int, value: float = 0.5, rate: int = RATE) -> av.AudioFrame:
    made = av.AudioFrame.from_ndarray(
        np.full((2, samples), value, np.float32), format="fltp", layout="stereo"
    )
    made.sample_rate = rate
    return made


@pytest.mark.parametrize("tick", [0, 1, 25, 90_000])
def test_ticks_have_1920_samples_at_any_start(tick: int) -> None:
    start = START + 7 + tick * 40_000
    assert sample_at(start + 40_000) - sample_at(start) == 1920


def test_sound_that_goes_back_replaces_what_was_held() -> None:
    microphone = Microphone()
    for n in range(20):
        microphone.push(frame(4800), START + n * 100_000)
    microphone.push(frame(4800, -0.5), START + 1_000_000)
    held = microphone.read(sample_at(START), RATE + 4000)
    assert held is not None
    assert microphone.corrections == 1
    assert held[0, 40_000] == pytest.approx(0.5, abs=1e-3)
    assert held[0, RATE + 1000] == pytest.approx(-0.5, abs=1e-3)
    assert np.abs(np.diff(held[0, 1000 : RATE + 3000])).max() < 0.01


def test_another_rate_in_mid_stream_goes_on_in_time() -> None:
    microphone = Microphone()
    for n in range(10):
        microphone.push(frame(800, rate=8000), START + n * 100_000)
    for n in range(10, 20):
        microphone.push(frame(4410, rate=44_100), START + n * 100_000)
    held = microphone.read(sample_at(START), 90_000)
    assert held is not None
    assert microphone.corrections == 0
    quiet = np.abs(held[0, 1000:89_000]) < 0.4
    assert quiet.sum() < 200


def test_more_than_the_ring_holds_keeps_the_newest() -> None:
    microphone = Microphone()
    for n in range(200):
        microphone.push(frame(4800, n / 200), START + n * 100_000)
    assert microphone.read(sample_at(START), 1920) is None
    newest = microphone.read(sample_at(START + 19_800_000), 1920)
    assert newest is not None
    assert newest[0, 1000] == pytest.approx(198 / 200, abs=1e-3)


def mono(values: np.ndarray) -> av.AudioFrame:
    made = av.AudioFrame.from_ndarray(
        np.asarray(values, np.float32)[None], format="fltp", layout="mono"
    )
    made.sample_rate = RATE
    return made


def test_a_camera_on_the_same_clock_is_heard_sample_by_sample() -> None:
    sound = np.random.default_rng(2).uniform(-0.5, 0.5, 48_000)
    microphone = Microphone()
    for at in range(0, 48_000, 1000):
        microphone.push(mono(sound[at : at + 1000]), START + at * 125 // 6)
    held = microphone.read(sample_at(START), 40_000)
    assert held is not None
    assert np.array_equal(held[0, 480:], sound[480:40_000].astype(np.float32))


def test_a_second_channel_in_mid_stream_goes_on_in_time() -> None:
    microphone = Microphone()
    for n in range(20):
        piece = mono(np.full(4800, 0.5)) if n < 10 else frame(4800, 0.5)
        microphone.push(piece, START + n * 100_000)
    held = microphone.read(sample_at(START), 90_000)
    assert held is not None
    assert microphone.corrections == 0
    assert held[:, 480:] == pytest.approx(0.5, abs=1e-3)


def test_what_is_peeked_at_can_still_be_read() -> None:
    microphone = Microphone()
    microphone.push(frame(4800), START)
    start = sample_at(START)
    ahead = microphone.peek(start + 4000, 1920)
    assert ahead[0, 500] == pytest.approx(0.5)
    assert not ahead[0, 900:].any()
    held = microphone.read(start, 1920)
    assert held is not None
    assert microphone.late == 0


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e30])
def test_what_a_damaged_packet_decodes_to_does_not_stay(value: float) -> None:
    microphone = Microphone()
    for n in range(10):
        microphone.push(frame(4800, value if n == 3 else 0.5), START + n * 100_000)
    held = microphone.read(sample_at(START), 40_000)
    assert held is not None
    assert np.isfinite(held).all()
    assert np.abs(held).max() <= 8
    assert held[0, 25_000:] == pytest.approx(0.5)
