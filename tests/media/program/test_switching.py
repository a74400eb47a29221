from collections.abc import Mapping
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.program.switching import Rules, Switcher

TICK_US = 40_000
START_US = 1_795_399_353_400_000
QUIET = {"judge": -62.0, "defence": -60.0, "wide": -58.0}
JUDGE = {"judge": -24.0, "defence": -38.0, "wide": -34.0}
DEFENCE = {"judge": -39.0, "defence": -26.0, "wide": -35.0}
BOTH = {"judge": -25.0, "defence": -25.5, "wide": -33.0}


def shown(
    *turns: tuple[float, Mapping[str, float]], rules: Rules | None = None, first: str = "wide"
) -> list[tuple[float, str]]:
    """Return when which camera comes, in seconds."""
    switcher = Switcher(rules or Rules(wide="wide"), first)
    at_us, shots = START_US, [(0.0, first)]
    for seconds, levels in turns:
        for _ in range(round(seconds * 25)):
            camera = switcher.follow(levels, at_us)
            if camera != shots[-1][1]:
                shots.append((round((at_us - START_US) / 1e6, 2), camera))
            at_us += TICK_US
    return shots


def test_who_speaks_long_enough_is_shown() -> None:
    shots = shown((2, QUIET), (10, JUDGE))
    assert [camera for _, camera in shots] == ["wide", "judge"]
    assert shots[1][0] == pytest.approx(2.8, abs=0.2)


def test_a_cough_moves_nothing() -> None:
    assert shown((2, JUDGE), (4, JUDGE), (0.4, DEFENCE), (10, JUDGE), first="judge") == [
        (0.0, "judge")
    ]


def test_words_with_gaps_are_one_speech() -> None:
    words = [(0.3, DEFENCE), (0.2, QUIET)] * 8
    shots = shown((4, JUDGE), *words, (4, DEFENCE), first="judge")
    assert [camera for _, camera in shots] == ["judge", "defence"]
    assert shots[1][0] < 7


def test_a_shot_stands_for_its_time() -> None:
    shots = shown(*[(1.2, JUDGE), (1.2, DEFENCE)] * 8)
    times = [at for at, _ in shots]
    assert all(later - earlier >= 3 for earlier, later in pairwise(times[1:]))


def test_silence_brings_the_wide_shot_back() -> None:
    shots = shown((5, JUDGE), (20, QUIET))
    assert [camera for _, camera in shots] == ["wide", "judge", "wide"]
    assert shots[2][0] == pytest.approx(11, abs=1)


def test_without_a_wide_shot_the_last_speaker_stays() -> None:
    shots = shown((5, JUDGE), (60, QUIET), rules=Rules(silence_us=None), first="defence")
    assert [camera for _, camera in shots] == ["defence", "judge"]


def test_two_at_once_change_nothing_for_who_is_shown() -> None:
    shots = shown((5, JUDGE), (8, BOTH))
    assert [camera for _, camera in shots] == ["wide", "judge"]


def test_a_microphone_that_is_lost_is_silent() -> None:
    shots = shown((5, JUDGE), (20, {"wide": -58.0}))
    assert shots[-1][1] == "wide"


def test_a_choice_by_hand_stands_as_long_as_any_shot() -> None:
    switcher = Switcher(Rules(wide="wide"), "wide")
    for tick in range(200):
        switcher.follow(JUDGE, START_US + tick * TICK_US)
    now_us = START_US + 200 * TICK_US
    switcher.show("defence", now_us)
    after = [switcher.follow(JUDGE, now_us + tick * TICK_US) for tick in range(200)]
    assert set(after[:74]) == {"defence"}
    assert after[-1] == "judge"


levels = st.fixed_dictionaries({name: st.floats(-120, 0) for name in ("a", "b", "c")})


@given(st.lists(st.tuples(levels, st.integers(1, 2_000_000)), min_size=1, max_size=60))
def test_whatever_is_heard_no_shot_is_shorter_than_the_rules_say(
    heard: list[tuple[dict[str, float], int]],
) -> None:
    rules = Rules(wide="c")
    switcher = Switcher(rules, "c")
    at_us, before, since_us = START_US, "c", None
    for level, step_us in heard:
        at_us += step_us
        camera = switcher.follow(level, at_us)
        assert camera in {"a", "b", "c"}
        if camera != before:
            assert since_us is None or at_us - since_us >= rules.shortest_us
            before, since_us = camera, at_us


@given(st.lists(levels, min_size=1, max_size=60))
def test_who_is_never_loudest_is_never_shown(heard: list[dict[str, float]]) -> None:
    switcher = Switcher(Rules(wide="c"), "c")
    for tick, level in enumerate(heard * 5):
        softer = {**level, "a": min(level.values()) - 1}
        assert switcher.follow(softer, START_US + tick * TICK_US) != "a"
