"""The dead-man's switch: every way from one watch to the next."""

import pytest

from server.broadcasts.watching import Happening, Watch, confirmed, judged, left, taken_up

MINUTE = 60_000_000
PERIOD = 10 * MINUTE
DUE = 100 * MINUTE
ANN = Watch("ann", DUE)
NOBODY = Watch("", DUE)
MISSED = Watch("ann", DUE, missed=True)


def names(happened: tuple[Happening, ...]) -> list[tuple[str, str]]:
    return [(one.kind, one.person) for one in happened]


@pytest.mark.parametrize(
    ("before", "happened"),
    [
        (NOBODY, [("begin", "ann")]),
        (ANN, []),
        (Watch("bob", DUE), [("stop", "bob"), ("begin", "ann")]),
        (MISSED, [("begin", "ann")]),
        (Watch("bob", DUE, missed=True), [("begin", "ann")]),
        (Watch(), [("begin", "ann")]),
    ],
)
def test_a_confirmation_makes_a_watcher_and_asks_again_later(
    before: Watch, happened: list[tuple[str, str]]
) -> None:
    watch, its = confirmed(before, "ann", 7 * MINUTE, PERIOD)
    assert (watch, names(its)) == (Watch("ann", 17 * MINUTE), happened)


@pytest.mark.parametrize(
    ("before", "after", "happened"),
    [
        (ANN, NOBODY, [("stop", "ann")]),
        (NOBODY, NOBODY, []),
        (Watch("bob", DUE), Watch("bob", DUE), []),
        (MISSED, MISSED, []),
    ],
)
def test_leaving_does_not_put_off_what_is_due(
    before: Watch, after: Watch, happened: list[tuple[str, str]]
) -> None:
    watch, its = left(before, "ann", 3 * MINUTE)
    assert (watch, names(its)) == (after, happened)


@pytest.mark.parametrize(
    ("before", "at", "needed", "after", "happened"),
    [
        pytest.param(Watch(), 5 * MINUTE, True, Watch("", 15 * MINUTE), [], id="the room begins"),
        pytest.param(ANN, DUE - 1, True, ANN, [], id="still time"),
        pytest.param(ANN, DUE, True, MISSED, [("miss", "ann")], id="too late"),
        pytest.param(NOBODY, DUE, True, Watch("", DUE, True), [("miss", "")], id="nobody came"),
        pytest.param(MISSED, DUE + PERIOD, True, MISSED, [], id="missed once, told once"),
        pytest.param(ANN, DUE, False, Watch("ann"), [], id="a slate needs no watcher"),
        pytest.param(MISSED, DUE, False, Watch(), [], id="the slate ends what was missed"),
        pytest.param(Watch("ann"), DUE, True, Watch("ann", DUE + PERIOD), [], id="the room again"),
        pytest.param(ANN, DUE - PERIOD - 1, True, Watch("ann", DUE - 1), [], id="clock set back"),
    ],
)
def test_time(
    before: Watch, at: int, needed: bool, after: Watch, happened: list[tuple[str, str]]
) -> None:
    watch, its = judged(before, at, PERIOD, needed=needed)
    assert (watch, names(its)) == (after, happened)


def test_a_restart_gives_time_to_confirm_but_forgives_nothing() -> None:
    assert taken_up(ANN, DUE + MINUTE, MINUTE // 2) == Watch("ann", DUE + MINUTE + MINUTE // 2)
    assert taken_up(ANN, DUE - 5 * MINUTE, MINUTE // 2) == ANN
    assert taken_up(MISSED, DUE + MINUTE, MINUTE // 2) == MISSED
    assert taken_up(Watch("ann"), DUE, MINUTE) == Watch("ann")
