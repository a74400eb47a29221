from collections.abc import Iterator

import av
import numpy as np
import pytest

from media.marks import SoundMark
from media.program.leveller import Leveller
from media.program.marks import FADE, GUARD
from media.program.meters import SILENCE_DBFS
from media.program.sound import RATE, Mixer, limit
from media.program.voice_shift import VoiceShift

START = 1_795_399_353_400_000
TICK = 1920


def frames(
    sound: np.ndarray, rate: int = RATE, size: int = 1024, form: str = "fltp"
) -> Iterator[tuple[av.AudioFrame, int]]:
    """Cut mono sound into frames; yield (frame, number of the first sample)."""
    for at in range(0, len(sound) - size + 1, size):
        piece = sound[None, at : at + size]
        if form == "s16":
            piece = (piece * 32767).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(piece, None if form == "s16" else np.float32),
            format=form,
            layout="mono",
        )
        frame.sample_rate = rate
        yield frame, at


def tone(hertz: float, seconds: float, rate: float = RATE, level: float = 0.25) -> np.ndarray:
    return np.asarray(level * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate))


def play(mixer: Mixer, seconds: float, start: int = START) -> np.ndarray:
    ticks = round(seconds * 25)
    return np.concatenate([mixer.mix(start + n * 40_000, TICK) for n in range(ticks)], axis=1)


def heard_at(sound: np.ndarray, hertz: float) -> float:
    """Return where a tone's phase is zero, in seconds, relative to the first sample."""
    turn = np.exp(-2j * np.pi * hertz * np.arange(len(sound)) / RATE)
    phase = np.angle((sound * turn * np.hanning(len(sound))).sum()) + np.pi / 2
    return -float((phase + np.pi) % (2 * np.pi) - np.pi) / (2 * np.pi * hertz)


@pytest.mark.parametrize(
    ("rate", "form"), [(48_000, "fltp"), (48_000, "s16"), (44_100, "fltp"), (8_000, "s16")]
)
def test_a_tone_keeps_level_and_time(rate: int, form: str) -> None:
    mixer = Mixer(["a"])
    for frame, at in frames(tone(440, 2, rate), rate, 320, form):
        mixer.push("a", frame, START + at * 1_000_000 // rate)
    sound = play(mixer, 1.6)[0, RATE // 4 :]
    assert abs(heard_at(sound, 440)) < 0.0001
    assert np.abs(sound).max() == pytest.approx(0.25, rel=0.02)


@pytest.mark.parametrize("ppm", [200, -200])
def test_a_drifting_clock_is_followed_without_clicks(ppm: int) -> None:
    mixer, seconds, hertz = Mixer(["a"]), 60, 500
    true_rate = RATE * (1 - ppm / 1e6)  # the camera's second is longer or shorter
    source = tone(hertz, seconds, true_rate)
    out, ticks = [], 0
    for frame, at in frames(source):
        mixer.push("a", frame, START + round(at / true_rate * 1e6))
        while START + (ticks + 2) * 40_000 < START + at / true_rate * 1e6:
            out.append(mixer.mix(START + ticks * 40_000, TICK))
            ticks += 1
    sound = np.concatenate(out, axis=1)[0]
    for begin in range(RATE, len(sound) - RATE, RATE):
        assert abs(heard_at(sound[begin : begin + RATE], hertz)) < 0.001
    steps = np.abs(np.diff(sound[RATE:], 3))  # a click is a large third difference
    assert steps.max() < 2 * 0.25 * (2 * np.pi * hertz / RATE) ** 3 + 1e-4
    assert mixer.corrections == {"a": 0}
    assert mixer.late == {"a": 0}


def test_a_clock_that_is_too_far_off_is_not_followed_by_bending_the_sound() -> None:
    """By 1 %: a sixth of a semitone would be heard; what is left is put right every few seconds."""
    mixer, hertz, true_rate = Mixer(["a"]), 500, RATE * 1.01
    for frame, at in frames(tone(hertz, 12, RATE)):
        mixer.push("a", frame, START + round(at / true_rate * 1e6))
    sound = play(mixer, 7.9, START + 4_000_000)[0]
    crossings = np.count_nonzero((sound[:-1] < 0) & (sound[1:] >= 0)) / (len(sound) / RATE)
    assert crossings == pytest.approx(hertz, rel=0.002)
    assert mixer.corrections["a"] >= 2


def test_a_jump_is_corrected_once_and_faded() -> None:
    mixer = Mixer(["a"])
    for frame, at in frames(tone(300, 3)):
        jump = 100_000 if at > RATE else 0
        mixer.push("a", frame, START + at * 125 // 6 + jump)
    sound = play(mixer, 3)[0]
    assert mixer.corrections == {"a": 1}
    assert np.abs(np.diff(sound)).max() < 0.25 * 2 * np.pi * 300 / RATE * 1.2
    assert np.abs(sound[round(1.05 * RATE) : round(1.10 * RATE)]).max() == 0


def test_missing_sound_is_silence_without_a_click() -> None:
    mixer = Mixer(["a"])
    lost = range(20 * 1024, 40 * 1024)
    for frame, at in frames(tone(300, 2)):
        if at not in lost:
            mixer.push("a", frame, START + at * 125 // 6)
    sound = play(mixer, 2.4)[0]
    assert np.abs(np.diff(sound)).max() < 0.01
    assert np.abs(sound[lost.start + 10 : lost.stop - 10]).max() < 1e-6
    assert np.abs(sound[-TICK:]).max() == 0


def test_sound_that_comes_too_late_is_counted() -> None:
    mixer = Mixer(["a"])
    mixer.mix(START, TICK)
    frame, _ = next(frames(tone(300, 0.1)))
    mixer.push("a", frame, START)
    assert mixer.late["a"] > 1000


def test_nothing_is_heard_after_a_reset() -> None:
    mixer = Mixer(["a"])
    for frame, at in frames(tone(300, 1)):
        mixer.push("a", frame, START + at * 125 // 6)
    mixer.mix(START, TICK)
    mixer.reset()
    assert mixer.levels["a"] == (SILENCE_DBFS, SILENCE_DBFS)
    assert not mixer.mix(START + 40_000, TICK).any()


def room(**voices: float) -> Mixer:
    """Return a mixer whose microphones each have heard two seconds of a tone."""
    mixer = Mixer(voices)
    for camera, hertz in voices.items():
        for frame, at in frames(tone(hertz, 2)):
            mixer.push(camera, frame, START + at * 125 // 6)
    return mixer


def strength(sound: np.ndarray, hertz: float) -> float:
    """Return the amplitude of a tone in sound."""
    turn = np.exp(-2j * np.pi * hertz * np.arange(len(sound)) / RATE)
    window = np.hanning(len(sound))
    return float(2 * np.abs((sound * turn * window).sum()) / window.sum())


def test_a_muted_microphone_is_not_heard() -> None:
    mixer = room(a=300, b=700)
    mixer.direct([SoundMark("a", "mute", START + 500_000, START + 1_000_000)])
    sound = play(mixer, 1.6)[0]
    assert strength(sound[24_000:48_000], 300) < 1e-4
    assert strength(sound[24_000:48_000], 700) == pytest.approx(0.25, rel=0.05)
    assert strength(sound[: RATE // 4], 300) > 0.1
    assert strength(sound[RATE + 2000 :], 300) > 0.1


@pytest.mark.parametrize("finish", [None, Leveller()])
def test_a_mute_of_all_is_silent_to_the_sample_and_does_not_click(finish: Leveller | None) -> None:
    mixer = Mixer(["a", "b"], finish)
    for camera, rate in (("a", RATE), ("b", 8000)):
        for frame, at in frames(tone(300, 2, rate), rate, 320):
            mixer.push(camera, frame, START + at * 1_000_000 // rate)
    mixer.direct([SoundMark("", "mute", START + 512_345, START + 987_654)])
    sound = play(mixer, 1.5)
    first, last = 512_345 * 6 // 125, -(-987_654 * 6 // 125)
    assert not sound[:, first:last].any()
    assert np.abs(sound[:, first - 2000 : first - 1000]).max() > 0.1
    assert np.abs(sound[:, last + 1000 : last + 2000]).max() > 0.1
    assert np.abs(np.diff(sound[0, first - 2000 : last + 2000])).max() < 0.02


def test_a_mark_that_comes_late_holds_from_the_next_sample_and_marks_can_be_taken_back() -> None:
    mixer = room(a=300)
    mixer.mix(START, TICK)
    mixer.direct([SoundMark("a", "mute", START - 10_000_000)])
    assert not mixer.mix(START + 40_000, TICK).any()
    mixer.direct([])
    assert np.abs(mixer.mix(START + 80_000, TICK)).max() > 0.2


def test_a_new_voice_stands_in_for_the_true_one_to_the_sample() -> None:
    mixer = room(a=300)
    plain = play(room(a=300), 1.6)
    mixer.direct([SoundMark("a", "voice_shift", START + 500_000, START + 1_000_000)])
    sound = play(mixer, 1.6)
    reach = GUARD + FADE
    assert np.array_equal(sound[:, : 24_000 - reach - 1], plain[:, : 24_000 - reach - 1])
    assert np.array_equal(sound[:, 48_000 + reach :], plain[:, 48_000 + reach :])
    assert 0.01 < sound[:, 24_000:48_000].std() < 0.4
    assert strength(sound[0, 24_000:48_000], 300) < 0.2 * strength(plain[0, 24_000:48_000], 300)


def test_a_new_voice_says_nothing_of_what_is_muted() -> None:
    def heard(spoken: np.ndarray) -> np.ndarray:
        mixer = Mixer(["a"])
        mixer._shifts["a"] = VoiceShift(1)
        for frame, at in frames(spoken):
            mixer.push("a", frame, START + at * 125 // 6)
        mixer.direct(
            [
                SoundMark("a", "voice_shift", START, None),
                SoundMark("a", "mute", START + 500_000, START + 1_000_000),
            ]
        )
        return play(mixer, 1.5)

    quiet, loud = tone(300, 2), tone(300, 2)
    loud[24_000:48_000] = np.random.default_rng(1).uniform(-0.9, 0.9, 24_000)
    assert np.array_equal(heard(quiet), heard(loud))


@pytest.mark.parametrize("shift", [False, True])
def test_what_is_said_behind_the_gates_edge_has_no_trace_before_it(shift: bool) -> None:
    edge = START + 500_000

    def heard(spoken: np.ndarray) -> np.ndarray:
        mixer = Mixer(["a"], Leveller())
        mixer._shifts["a"] = VoiceShift(1)
        for frame, at in frames(spoken):
            mixer.push("a", frame, START + at * 125 // 6)
        if shift:
            mixer.direct([SoundMark("a", "voice_shift", START, None)])
        ticks = [mixer.mix(START + n * 40_000, TICK, edge) for n in range(13)]
        return np.concatenate(ticks, axis=1)

    quiet, loud = tone(300, 1), tone(300, 1)
    loud[24_000:] = np.random.default_rng(1).uniform(-0.9, 0.9, len(loud) - 24_000)
    assert np.array_equal(heard(quiet), heard(loud))
    assert np.abs(heard(loud)[:, :24_000]).max() > 0.1


def test_levels_tell_of_each_microphone_what_may_be_heard() -> None:
    mixer = room(a=300, b=700)
    mixer.direct([SoundMark("b", "mute", START)])
    play(mixer, 0.2)
    peak, rms = mixer.levels["a"]
    assert peak == pytest.approx(-12.04, abs=0.1)
    assert rms == pytest.approx(-15.05, abs=0.1)
    assert mixer.levels["b"] == (SILENCE_DBFS, SILENCE_DBFS)


def test_the_loudest_microphone_carries_the_voice() -> None:
    mixer = Mixer("abcd")
    for index, camera in enumerate("abcd"):
        level = 0.4 if camera == "b" else 0.1
        for frame, at in frames(tone(300 + index, 2, level=level)):
            mixer.push(camera, frame, START + at * 125 // 6)
    sound = play(mixer, 1.5)[0]
    assert 0.3 < np.abs(sound[RATE:]).max() < 0.45


def test_the_limiter_leaves_soft_sound_alone_and_keeps_loud_sound_below_full_scale() -> None:
    soft = np.asarray([tone(100, 0.1)], np.float32)
    assert np.array_equal(limit(soft.copy()), soft)
    assert np.abs(limit(soft * 20)).max() < 1


def test_a_burst_of_nonsense_does_not_end_the_sound() -> None:
    mixer = Mixer(["a"], Leveller())
    sound = tone(300, 2)
    sound[20_000:21_000] = np.nan
    sound[21_000:22_000] = 1e20
    for frame, at in frames(sound):
        mixer.push("a", frame, START + at * 125 // 6)
    heard = play(mixer, 1.6)
    assert np.isfinite(heard).all()
    assert np.abs(heard).max() < 1
    assert heard[0, 50_000:].std() > 0.05


def test_memory_of_hours_is_not_kept() -> None:
    mixer = Mixer(["a"])
    frame, _ = next(frames(tone(300, 0.1)))
    for jump in (0, 3_600_000_000, 100_000, 9_000_000):
        mixer.push("a", frame, START + jump)
        mixer.mix(START + jump, TICK)
    assert mixer.corrections == {"a": 3}
