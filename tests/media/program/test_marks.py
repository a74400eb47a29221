import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.marks import SoundMark
from media.program.marks import FADE, GUARD, Marks

START_US = 1_795_399_353_400_000
START = START_US * 6 // 125
SECOND = 1_000_000


def strengths(marks: list[SoundMark], camera: str, start: int, count: int) -> np.ndarray:
    found = Marks(marks).strength(camera, "mute", start, count)
    return np.broadcast_to(np.asarray(found, np.float32), (count,))


def test_a_mark_holds_from_its_first_sample_to_its_last() -> None:
    mark = SoundMark("a", "mute", START_US + 100_000, START_US + 200_000)
    found = strengths([mark], "a", START, 14_400)
    assert (found[4800:9600] == 1).all()
    assert not found[: 4800 - GUARD - FADE].any()
    assert not found[9600 + GUARD + FADE :].any()
    assert np.abs(np.diff(found)).max() <= 1 / FADE + 1e-6


def test_a_mark_of_one_microphone_leaves_others_alone() -> None:
    mark = SoundMark("a", "mute", START_US, None)
    assert Marks([mark]).strength("b", "mute", START, 1920) == 0
    assert Marks([mark]).strength("a", "voice_shift", START, 1920) == 0
    assert Marks([SoundMark("", "mute", START_US, None)]).strength("b", "mute", START, 1920) == 1


def test_an_open_end_holds_for_good() -> None:
    marks = Marks([SoundMark("a", "mute", START_US, None)])
    assert marks.strength("a", "mute", START + 48_000 * 3600 * 12, 1920) == 1


def test_an_empty_span_marks_nothing() -> None:
    marks = Marks([SoundMark("a", "mute", START_US, START_US)])
    assert marks.strength("a", "mute", START - 960, 1920) == 0


@pytest.mark.parametrize(("kind", "to_us"), [("mute", START_US - 1), ("louder", None)])
def test_what_is_no_mark_is_refused(kind: str, to_us: int | None) -> None:
    with pytest.raises(ValueError, match="mark"):
        SoundMark("a", kind, START_US, to_us)  # type: ignore[arg-type]


@given(
    spans=st.lists(
        st.tuples(st.integers(0, 3 * SECOND), st.integers(1, 2 * SECOND)), min_size=1, max_size=8
    ),
    piece=st.integers(100, 5000),
)
def test_no_sample_within_a_span_is_spared_however_it_is_asked_for(
    spans: list[tuple[int, int]], piece: int
) -> None:
    marks = Marks(
        SoundMark("a" if at % 2 else "", "mute", START_US + at, START_US + at + length)
        for at, length in spans
    )
    whole = np.concatenate(
        [
            np.broadcast_to(np.asarray(marks.strength("a", "mute", START + at, piece)), (piece,))
            for at in range(-5000, 6 * 48_000, piece)
        ]
    )
    at_us = (np.arange(len(whole)) - 5000) * SECOND / 48_000
    for at, length in spans:
        inside = (at_us + SECOND / 48_000 > at) & (at_us < at + length)
        assert (whole[inside] == 1).all()
    near = np.zeros(len(whole), bool)
    reach = (GUARD + FADE + 1) * SECOND / 48_000
    for at, length in spans:
        near |= (at_us > at - reach) & (at_us < at + length + reach)
    assert not whole[~near].any()
