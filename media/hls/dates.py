"""Court time as playlists write it, and what stood in place of the courtroom as Date Ranges [pure].

Section numbers are those of draft-pantos-hls-rfc8216bis-22. A Date Range (§4.4.5.1) is a stretch in
which the public saw a slate; what lies in none was the courtroom. Nothing of it is told before the
picture that shows it: a range begins with a tag beside its first picture, and what follows it
brings a second tag with the same ID, which adds the duration and changes nothing. For "any
AttributeName that appears in both tags MUST have the same AttributeValue", and a live playlist may
only be appended to (§6.2.1).

A range lies on the stream's own time line, which never steps, and has its date from there: where
court time steps (another delay) a range ends and another one begins.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import zip_longest
from typing import NamedTuple

from media.hls.withdrawn import NOTHING_WITHDRAWN, Withdrawn
from media.messages import AirChange

CLASS = "org.tingbo.slate"
REASON = "X-ORG-TINGBO-REASON"
ROOM = "room"
_NOT_SLATES = frozenset({ROOM, ""})
# A camera that comes and goes all day must not fill playlists: beyond so many changes no range
# begins any more.
_MOST_CHANGES = 4096
_EVER = 1 << 62
_REMEMBERED_US = 60_000_000

Span = tuple[int, int]
"""From and up to, in µs of the stream's own time line."""


def program_date_time(court_us: int) -> str:
    """Court time (Unix µs) as ISO 8601 with milliseconds, in UTC."""
    seconds, milliseconds = divmod((court_us + 500) // 1000, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{milliseconds:03d}Z"


@dataclass(frozen=True, slots=True)
class DateRange:
    """A slate of this kind: [from_us, until_us) of the stream, None while it stands.

    ``court_us`` is the court time of its first picture.
    """

    kind: str
    from_us: int
    court_us: int
    until_us: int | None = None

    @property
    def id(self) -> str:
        """What it is called in all playlists, for good: where it begins is no other one's."""
        return f"{self.kind}-{self.from_us // 1000}"

    @property
    def court_end_us(self) -> int:
        """Court time of its end; of one that stands, never."""
        return _EVER if self.until_us is None else self.court_us + self.until_us - self.from_us

    def opening(self) -> str:
        """Return the tag that is told with its first picture."""
        return f'{self._named()},{REASON}="{self.kind}"\n'

    def closing(self) -> str:
        """Return the tag that is told with the first picture after it."""
        return f"{self._named()},DURATION={self._seconds()}\n"

    def whole(self) -> str:
        """Return the one tag of a range of which all is known."""
        return f'{self._named()},DURATION={self._seconds()},{REASON}="{self.kind}"\n'

    def _named(self) -> str:
        return (
            f'#EXT-X-DATERANGE:ID="{self.id}",CLASS="{CLASS}",'
            f'START-DATE="{program_date_time(self.court_us)}"'
        )

    def _seconds(self) -> str:
        until_us = self.from_us if self.until_us is None else self.until_us
        return f"{(until_us - self.from_us) / 1_000_000:.3f}"


class _Told(NamedTuple):
    """A tag, and the moment of the stream with which it is told."""

    at_us: int
    range: DateRange
    text: str


class DateRanges:
    """The slates of one broadcast, as far as the worker has told of them.

    It tells of a picture before that is published: whoever writes a playlist asks for no more than
    it shows. What touches a withdrawn stretch is not named.
    """

    def __init__(self, changes: Iterable[AirChange] = ()) -> None:
        self._changes: list[AirChange] = []
        self._withdrawn = NOTHING_WITHDRAWN
        self._tags: list[_Told] | None = None  # made when they are asked for
        for change in changes:
            self._fold(change)

    @property
    def changes(self) -> tuple[AirChange, ...]:
        """What happened, in order, without what was taken back."""
        return tuple(self._changes)

    def take(self, change: AirChange) -> bool:
        """Take a change, which says anew what holds from its place on; whether it says anything."""
        before = self.changes
        self._fold(change)
        self._tags = None
        return before != self.changes

    def precede(self, earlier: DateRanges) -> None:
        """Take over what another telling of the same broadcast knows from before this one."""
        later, self._changes = self._changes, [*earlier._changes]
        for change in later:
            self._fold(change)
        self._tags = None

    def withdraw(self, withdrawn: Withdrawn) -> Span | None:
        """Name nothing that touches these stretches, and all else again.

        Return the stretch of the stream in which tags came or went.
        """
        before = set(self._told)
        self._withdrawn = withdrawn
        self._tags = None
        changed = [told.at_us for told in before.symmetric_difference(self._told)]
        return (min(changed), max(changed) + 1) if changed else None

    def told(self, from_us: int, until_us: int) -> str:
        """Return the tags that are told with the pictures of a stretch."""
        first, behind = self._at(from_us), self._at(until_us)
        return "".join(told.text for told in self._told[first:behind])

    def rest(self, from_us: int) -> str:
        """Return the tags that wait for pictures which will not come: the stream is over."""
        return self.told(from_us, _EVER)

    def earlier(self, before_us: int, oldest_us: int, since_us: int = 0) -> str:
        """Return the tags that were told before a moment of ranges that reach beyond the oldest.

        "Remove Media Metadata tags that no longer apply to the presentation" (§6.2.1).
        """
        return "".join(
            told.text
            for told in self._told[self._at(since_us) : self._at(before_us)]
            if told.range.until_us is None or told.range.until_us > oldest_us
        )

    def removed(self, oldest_us: int) -> tuple[str, ...]:
        """Return the names of the ranges that ended within the minute before the oldest moment."""
        return tuple(
            told.range.id
            for told in self._told[self._at(oldest_us - _REMEMBERED_US) : self._at(oldest_us + 1)]
            if told.range.until_us == told.at_us
        )

    def whole(self, spans: Sequence[Span]) -> str:
        """Return one tag for each range of which a span shows something.

        The spans are in order; what still stood when the last one ended lasted until then.
        """
        over_us = spans[-1][1] if spans else 0
        ended = (
            replace(one, until_us=over_us) if one.until_us is None else one for one in self._named()
        )
        return "".join(one.whole() for one in ended if _is_shown(one, spans))

    def _at(self, moment_us: int) -> int:
        return bisect_left(self._told, moment_us, key=lambda told: told.at_us)

    def _fold(self, change: AirChange) -> None:
        changes = self._changes
        while changes and changes[-1].media_us >= change.media_us:
            changes.pop()
        if len(changes) >= _MOST_CHANGES and change.air not in _NOT_SLATES:
            change = AirChange(change.media_us, change.court_us, ROOM)
        if not changes or not _goes_on(changes[-1], change):
            changes.append(change)

    def _named(self) -> list[DateRange]:
        found = [
            DateRange(one.air, one.media_us, one.court_us, after.media_us if after else None)
            for one, after in zip_longest(self._changes, self._changes[1:])
            if one.air not in _NOT_SLATES
        ]
        return [one for one in found if not self._withdrawn.touches(one.court_us, one.court_end_us)]

    @property
    def _told(self) -> list[_Told]:
        if self._tags is None:
            self._tags = []
            for one in self._named():
                self._tags.append(_Told(one.from_us, one, one.opening()))
                if one.until_us is not None:
                    self._tags.append(_Told(one.until_us, one, one.closing()))
        return self._tags


def _goes_on(last: AirChange, change: AirChange) -> bool:
    """Whether nothing is new: the same is seen, and court time has not stepped."""
    is_straight = change.court_us - last.court_us == change.media_us - last.media_us
    return change.air == last.air and (is_straight or change.air in _NOT_SLATES)


def _is_shown(one: DateRange, spans: Sequence[Span]) -> bool:
    first = bisect_right(spans, one.from_us, key=lambda span: span[1])
    return first < len(spans) and spans[first][0] < (one.until_us or 0)
