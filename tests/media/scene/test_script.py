import itertools

from media.scene.script import LOOP_S, PHASES, ROLES, TURNS, scene_line


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


def test_the_presiding_judge_calls_the_case_that_is_heard() -> None:
    assert "审理张某诉李某买卖合同纠纷一案" in scene_line(0, "张某诉李某买卖合同纠纷").body
    assert "{" not in scene_line(0).body


def test_who_speaks_has_a_role() -> None:
    assert {turn.voice for turn in TURNS} == set(ROLES)
