"""Down quickly, up slowly: whole evenings of a viewer's line, told second by second."""

from __future__ import annotations

import itertools
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from media.relay.rungs import PATIENCE_SECONDS, RungChooser

RATES = [400_000.0, 900_000.0, 2_000_000.0]
Line = Callable[[float, int], tuple[float, float, int | None]]
"""What is reported at a second in a rung: loss, round trip, estimate."""


def evening(line: Line, seconds: int, start: int = 2) -> list[int]:
    """Return the rung of each second."""
    chooser, rung, found = RungChooser(0.0), start, []
    for half in range(seconds * 2):
        now = half / 2
        if half % 2 == 0:
            loss, rtt, estimate = line(now, rung)
            chooser.on_report(loss, rtt, now)
            if estimate is not None:
                chooser.on_estimate(estimate, now)
            found.append(rung)
        rung = chooser.choose(rung, RATES, now)
    return found


def good(now: float, rung: int) -> tuple[float, float, int | None]:
    del now
    return 0.0, 0.02, round(RATES[rung] * 1.5)


def thin(bit_rate: float) -> Line:
    """A line that carries so much, and loses the rest."""

    def line(now: float, rung: int) -> tuple[float, float, int | None]:
        del now
        over = max(0.0, 1 - bit_rate / RATES[rung])
        return over, 0.03 + 0.5 * (over > 0), None

    return line


def changes(rungs: list[int]) -> int:
    return sum(one != other for one, other in itertools.pairwise(rungs))


def test_a_good_line_stays_in_the_best_rung() -> None:
    assert evening(good, 600) == [2] * 600


def test_a_thin_line_is_left_within_seconds_and_tried_ever_more_rarely() -> None:
    rungs = evening(thin(1_000_000), 1_800)
    assert rungs.index(1) <= 5
    assert set(rungs[10:]) == {1, 2}
    assert rungs.count(2) < 60
    trials = [at for at in range(1, len(rungs)) if rungs[at - 1] == 1 and rungs[at] == 2]
    gaps = [later - earlier for earlier, later in itertools.pairwise(trials)]
    assert gaps == sorted(gaps)
    assert gaps[-1] > 200


def test_an_estimate_leads_at_once_to_the_rung_that_fits() -> None:
    def told(now: float, rung: int) -> tuple[float, float, int | None]:
        del now, rung
        return 0.0, 0.02, 500_000

    rungs = evening(told, 60)
    assert rungs.index(0) <= 5
    assert 1 not in rungs


def test_who_recovers_comes_back_up() -> None:
    def bad_for_a_minute(now: float, rung: int) -> tuple[float, float, int | None]:
        return thin(450_000)(now, rung) if now < 60 else good(now, rung)

    rungs = evening(bad_for_a_minute, 600)
    assert rungs[59] == 0
    assert rungs[-1] == 2
    assert changes(rungs) < 12


def test_a_little_loss_is_repaired_and_no_reason_to_go_down() -> None:
    assert set(evening(lambda _now, _rung: (0.05, 0.05, None), 300)) == {2}


def test_a_growing_queue_is_a_reason_without_any_loss() -> None:
    rungs = evening(lambda now, rung: (0.0, 0.03 + 0.1 * now * (rung == 2), None), 20)
    assert rungs.index(1) <= 8


def test_patience_before_the_first_trial() -> None:
    rungs = evening(good, 100, start=0)
    assert rungs.index(1) >= PATIENCE_SECONDS


@given(
    st.lists(
        st.tuples(st.floats(0, 1), st.floats(0, 10), st.one_of(st.none(), st.integers(0, 1 << 40))),
        max_size=60,
    ),
    st.integers(0, 2),
)
def test_whatever_is_told_a_rung_that_exists_is_chosen(
    told: list[tuple[float, float, int | None]], start: int
) -> None:
    def line(now: float, rung: int) -> tuple[float, float, int | None]:
        del rung
        return told[int(now)]

    assert set(evening(line, len(told), start)) <= {0, 1, 2}
