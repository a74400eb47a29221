import numpy as np
import pytest

from media.scene.acting import FRAME_RATE, FRAMES, Performance
from media.scene.cast import DEFENCE, JUDGE, PROSECUTION, WIDE, Seat
from media.scene.script import TURNS, Voice
from media.scene.voice import Speech


def seat(name: str, seats: tuple[Seat, ...]) -> Seat:
    return next(one for one in seats if one.name == name)


def test_only_who_has_the_word_moves_the_mouth(speeches: dict[Voice, Speech]) -> None:
    play = Performance(seat("plaintiff_agent", PROSECUTION), speeches)
    turns = [turn for turn in TURNS if turn.voice == "plaintiff"]
    for frame in range(FRAMES):
        at = frame / FRAME_RATE
        if not any(turn.start - 0.2 < at < turn.end + 0.2 for turn in turns):
            assert play.pose(frame).face.mouth < 0.06
    assert max(play.pose(frame).face.mouth for frame in range(FRAMES)) > 0.6


def test_judges_turn_to_the_speaker(speeches: dict[Voice, Speech]) -> None:
    play = Performance(seat("presiding", JUDGE), speeches)
    plaintiff, defence = TURNS[1], TURNS[3]
    middle = [round((turn.start + turn.end) / 2 * FRAME_RATE) for turn in (plaintiff, defence)]
    left, right = (play.pose(frame).face.yaw for frame in middle)
    assert left < -0.3
    assert right > 0.3


@pytest.mark.parametrize(
    "one", [*JUDGE, *PROSECUTION, *DEFENCE, *WIDE], ids=lambda s: f"{s.name}-{s.head}"
)
def test_movements_are_smooth_also_where_the_loop_closes(
    one: Seat, speeches: dict[Voice, Speech]
) -> None:
    play = Performance(one, speeches)
    poses = [play.pose(frame) for frame in range(FRAMES + 1)]
    assert poses[0] == poses[FRAMES]
    tracks = np.array([(p.face.yaw, p.head_x, p.body_y, p.arms[1].lift) for p in poses])
    steps = np.abs(np.diff(tracks, axis=0)).max(axis=0)
    assert (steps < (0.15, 0.02, 0.004, 0.2)).all()


def test_everybody_blinks(speeches: dict[Voice, Speech]) -> None:
    for one in JUDGE:
        play = Performance(one, speeches)
        closed = [play.pose(frame).face.lids == 1 for frame in range(FRAMES)]
        assert 6 < np.diff(closed).sum() / 2 < 30
