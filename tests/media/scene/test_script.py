import itertools

import pytest

from media.scene.script import LOOP_S, PHASES, ROLES, TURNS, lines, scene_line, speaking


def test_turns_are_in_order_and_leave_breath_between_them() -> None:
    assert TURNS[-1].end < LOOP_S
    for one, other in itertools.pairwise(TURNS):
        assert one.start < one.end < other.start


def test_every_turn_has_words_in_every_phase() -> None:
    for _, bodies in PHASES:
        assert len(bodies) == len(TURNS)
        assert all(body.endswith(("。", "？")) for body in bodies)


def test_the_loop_is_a_whole_number_of_parts() -> None:
    assert (LOOP_S * 100) % 32 == 0


def test_the_words_go_on_when_the_pictures_begin_again() -> None:
    first, second = scene_line(0), scene_line(len(TURNS))
    assert first.body.startswith("现在开庭。")
    assert second.at_s == first.at_s + LOOP_S
    assert (first.phase, second.phase) == ("opened", "investigation")


@pytest.mark.parametrize("start", [0.0, 7.0, 7.1, 100.0])
def test_lines_come_in_time_order_from_any_moment_on(start: float) -> None:
    found = list(itertools.islice(lines(start), 20))
    assert all(start <= one.at_s < other.at_s for one, other in itertools.pairwise(found))
    assert found[0].at_s - start < LOOP_S / 2


def test_who_speaks_has_a_role() -> None:
    assert speaking(TURNS[1].start + LOOP_S) == "plaintiff"
    assert speaking(LOOP_S - 0.1) is None
    assert {turn.voice for turn in TURNS} == set(ROLES)
