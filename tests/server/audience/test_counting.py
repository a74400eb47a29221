from collections import Counter
from itertools import count, pairwise

from hypothesis import given
from hypothesis import strategies as st

from server.audience.counting import (
    MINUTE_US,
    SECOND_US,
    SPAN_GAP_US,
    VISIT_BREAK_US,
    Change,
    Span,
    Tally,
    Visit,
    join,
    merge,
    reach,
    split,
)


def month_of(us: int) -> int:
    """Months of two hours, so that a short test crosses several."""
    return us // (120 * MINUTE_US)


def at(minute: float, length: float = 0) -> Span:
    start = int(minute * MINUTE_US)
    return Span(start, start + int(length * MINUTE_US))


class Ledger:
    """Rows and totals of one viewer, changed only by what ``merge`` says."""

    def __init__(self) -> None:
        self.visits: dict[str, Visit] = {}
        self.tally = Tally()
        self.ids = count()

    def take(self, *evidence: Span) -> Change:
        window = reach(evidence)
        known = [
            visit
            for visit in self.visits.values()
            if visit.ended_us >= window.start_us and visit.started_us <= window.end_us
        ]
        change = merge(known, evidence, lambda: str(next(self.ids)))
        for visit in change.removed:
            del self.visits[visit.id]
        for visit in (*change.added, *(after for _, after in change.changed)):
            self.visits[visit.id] = visit
        change.count_into(self.tally, month_of)
        return change


evidences = st.lists(
    st.builds(
        lambda start, length: Span(start * SECOND_US, (start + length) * SECOND_US),
        st.integers(0, 6 * 3600),
        st.integers(0, 100),
    ),
    min_size=1,
    max_size=30,
)


def test_requests_a_minute_apart_are_one_span() -> None:
    ledger = Ledger()
    for minute in range(4):
        ledger.take(at(minute))
    assert [visit.spans for visit in ledger.visits.values()] == [(at(0, 3),)]


def test_a_longer_gap_was_not_watched() -> None:
    ledger = Ledger()
    ledger.take(at(0), at(1), at(5), at(6))
    (visit,) = ledger.visits.values()
    assert visit.watched_us == 2 * MINUTE_US


def test_who_comes_back_within_half_an_hour_is_not_counted_again() -> None:
    ledger = Ledger()
    ledger.take(at(0))
    ledger.take(at(30))
    assert len(ledger.visits) == 1
    ledger.take(at(61))
    assert len(ledger.visits) == 2


def test_late_evidence_in_the_break_makes_two_visits_one_under_the_first_name() -> None:
    ledger = Ledger()
    ledger.take(at(0))
    ledger.take(at(40))
    first = min(ledger.visits.values(), key=lambda visit: visit.started_us).id
    change = ledger.take(at(20))
    assert len(change.removed) == 1
    assert set(ledger.visits) == {first}
    assert ledger.tally.visits.total() == 1


def test_evidence_that_is_known_changes_nothing() -> None:
    ledger = Ledger()
    ledger.take(at(0, 2))
    assert ledger.take(at(1)).is_empty


def test_a_visit_touches_each_minute_once() -> None:
    tally = Tally()
    tally.add(Visit("v", (at(0.5, 1.75), at(4, 0))), month_of)
    assert tally.minutes == Counter({0: 1, 1: 1, 2: 1, 4: 1})
    assert tally.peaks(month_of) == {0: 1}


def test_nothing_is_split_into_nothing() -> None:
    assert list(split(())) == []


@given(evidences)
def test_joined_spans_are_further_apart_than_a_gap(evidence: list[Span]) -> None:
    joined = join(evidence)
    assert all(b.start_us - a.end_us > SPAN_GAP_US for a, b in pairwise(joined))
    for visits in pairwise(split(joined)):
        assert visits[1][0].start_us - visits[0][-1].end_us > VISIT_BREAK_US


@given(evidences, st.randoms(use_true_random=False), st.integers(1, 5))
def test_order_cutting_and_repetition_of_evidence_change_no_total(
    evidence: list[Span], random: object, size: int
) -> None:
    whole = Ledger()
    whole.take(*evidence)
    shuffled = [*evidence, *evidence[: len(evidence) // 2]]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    pieces = Ledger()
    for start in range(0, len(shuffled), size):
        batch = shuffled[start : start + size]
        pieces.take(*batch)
        pieces.take(*batch)  # a flush whose answer was lost is tried again
    assert {v.spans for v in whole.visits.values()} == {v.spans for v in pieces.visits.values()}
    for name in ("visits", "watched_us", "minutes"):
        assert +getattr(whole.tally, name) == +getattr(pieces.tally, name)
    assert min([0, *pieces.tally.minutes.values()]) == 0


@given(evidences)
def test_what_changes_add_up_to_is_what_a_recount_finds(evidence: list[Span]) -> None:
    ledger = Ledger()
    for span in evidence:
        ledger.take(span)
    recount = Tally()
    for visit in ledger.visits.values():
        recount.add(visit, month_of)
    assert +ledger.tally.visits == +recount.visits
    assert +ledger.tally.watched_us == +recount.watched_us
    assert +ledger.tally.minutes == +recount.minutes
    assert recount.visits.total() == len(ledger.visits)
