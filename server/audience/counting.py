"""How evidence of watching becomes visits 人次, watched time and minute buckets [pure].

Evidence is a span of time during which the server saw somebody watch; a single request is a span
of length zero. Visits are a function of the *union* of all evidence of one viewer, one broadcast
and one medium and of nothing else: neither order nor repetition of the evidence changes them. That
is why a flush may be tried again after a crash, and why two servers may count the same viewer.

All times are Unix microseconds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

SECOND_US = 1_000_000
MINUTE_US = 60 * SECOND_US
# A gap longer than this was not watched: it ends a span.
SPAN_GAP_US = MINUTE_US
# A gap longer than this ends the visit; who comes back later is counted again.
VISIT_BREAK_US = 30 * MINUTE_US


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Time really watched, from the first evidence to the last one."""

    start_us: int
    end_us: int

    def __post_init__(self) -> None:
        if self.end_us < self.start_us:
            raise ValueError("a span ends before it starts")

    @property
    def watched_us(self) -> int:
        """Length of the span."""
        return self.end_us - self.start_us

    @property
    def minutes(self) -> range:
        """Numbers of the minutes (since 1970) that the span touches."""
        return range(self.start_us // MINUTE_US, self.end_us // MINUTE_US + 1)


@dataclass(frozen=True, slots=True)
class Visit:
    """One viewer at one broadcast in one medium until a break of more than 30 minutes.

    ``spans`` are in order, and more than ``SPAN_GAP_US`` apart; so no minute belongs to two spans.
    """

    id: str
    spans: tuple[Span, ...]

    @property
    def started_us(self) -> int:
        """Time of the first evidence."""
        return self.spans[0].start_us

    @property
    def ended_us(self) -> int:
        """Time of the last evidence so far."""
        return self.spans[-1].end_us

    @property
    def watched_us(self) -> int:
        """Sum of the spans."""
        return sum(span.watched_us for span in self.spans)


@dataclass(slots=True)
class Tally:
    """What visits add to the totals: by month of the visit's start, and by minute."""

    visits: Counter[int] = field(default_factory=Counter)
    watched_us: Counter[int] = field(default_factory=Counter)
    minutes: Counter[int] = field(default_factory=Counter)

    def add(self, visit: Visit, month_of: Callable[[int], int], *, times: int = 1) -> None:
        """Add a visit (or take it away again with ``times=-1``)."""
        month = month_of(visit.started_us)
        self.visits[month] += times
        self.watched_us[month] += times * visit.watched_us
        for span in visit.spans:
            for minute in span.minutes:
                self.minutes[minute] += times

    def peaks(self, month_of: Callable[[int], int]) -> dict[int, int]:
        """Return, by month, the most visits that touch one minute of it."""
        peaks: dict[int, int] = {}
        for minute, visits in self.minutes.items():
            month = month_of(minute * MINUTE_US)
            peaks[month] = max(visits, peaks.get(month, 0))
        return peaks


@dataclass(frozen=True, slots=True)
class Change:
    """What must be written so that the rows agree with the evidence."""

    added: tuple[Visit, ...] = ()
    changed: tuple[tuple[Visit, Visit], ...] = ()  # (before, after)
    removed: tuple[Visit, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether the evidence told nothing new."""
        return not (self.added or self.changed or self.removed)

    def count_into(self, tally: Tally, month_of: Callable[[int], int]) -> None:
        """Add the difference that this change makes to the totals."""
        for before, after in self.changed:
            tally.add(before, month_of, times=-1)
            tally.add(after, month_of)
        for visit in self.removed:
            tally.add(visit, month_of, times=-1)
        for visit in self.added:
            tally.add(visit, month_of)


def join(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Return the spans in order, those joined that are no more than a span's gap apart."""
    joined: list[Span] = []
    for span in sorted(spans):
        if joined and span.start_us - joined[-1].end_us <= SPAN_GAP_US:
            last = joined.pop()
            joined.append(Span(last.start_us, max(last.end_us, span.end_us)))
        else:
            joined.append(span)
    return tuple(joined)


def split(spans: Sequence[Span]) -> Iterator[tuple[Span, ...]]:
    """Yield the joined spans visit by visit."""
    if not spans:
        return
    first = 0
    for number, (before, after) in enumerate(pairwise(spans), start=1):
        if after.start_us - before.end_us > VISIT_BREAK_US:
            yield tuple(spans[first:number])
            first = number
    yield tuple(spans[first:])


def reach(spans: Sequence[Span]) -> Span:
    """Return the time in which a visit must lie, at least in part, to be changed by the spans."""
    return Span(
        min(span.start_us for span in spans) - VISIT_BREAK_US,
        max(span.end_us for span in spans) + VISIT_BREAK_US,
    )


def merge(known: Sequence[Visit], evidence: Iterable[Span], new_id: Callable[[], str]) -> Change:
    """Return what evidence changes in the visits of one viewer, broadcast and medium.

    ``known`` must hold all visits within ``reach`` of the evidence. Where evidence closes the break
    between visits they become one, under the identifier of the earliest.
    """
    merged = join([*(span for visit in known for span in visit.spans), *evidence])
    added: list[Visit] = []
    changed: list[tuple[Visit, Visit]] = []
    kept: set[str] = set()
    ordered = sorted(known, key=lambda visit: visit.started_us)
    for spans in split(merged):
        inside = [
            visit
            for visit in ordered
            if spans[0].start_us <= visit.started_us and visit.ended_us <= spans[-1].end_us
        ]
        if not inside:
            added.append(Visit(new_id(), spans))
            continue
        kept.add(inside[0].id)
        if inside[0].spans != spans:
            changed.append((inside[0], Visit(inside[0].id, spans)))
    removed = tuple(visit for visit in ordered if visit.id not in kept)
    return Change(tuple(added), tuple(changed), removed)
