"""Which packet of which rendition a viewer knows under which sequence number; pure.

A number is the packet's place in the rendition plus an offset, which changes only when the viewer
begins or goes to another rung. So a few spans say it all, and a request to send a packet again
finds the shared packet by arithmetic.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

_MOST_SPANS = 8
_HALF, _WRAP = 0x8000, 0x10000
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Span(Generic[_T]):
    """From ``first`` (a number without bound) on, packets are those of ``source``."""

    first: int
    offset: int
    source: _T


class Numbering(Generic[_T]):
    """The numbers that one viewer gets for one medium."""

    def __init__(self, first: int) -> None:
        self._next = first  # of the span that has not begun
        self._spans: list[Span[_T]] = []

    @property
    def offset(self) -> int:
        """What makes a place into a number (without bound), in the newest span."""
        return self._spans[-1].offset if self._spans else 0

    def begin(self, source: _T, place: int, sent_up_to: int | None = None) -> int:
        """Go on with the packet at ``place`` of a rendition; return the offset.

        ``sent_up_to`` is the place up to which the rendition so far was sent: the new numbers
        follow without a gap.
        """
        if self._spans and sent_up_to is not None:
            self._next = max(self._next, sent_up_to + self._spans[-1].offset)
        if self._spans and self._spans[-1].first == self._next:
            self._spans.pop()  # nothing of it was sent
        self._spans.append(Span(self._next, self._next - place, source))
        del self._spans[:-_MOST_SPANS]
        return self._spans[-1].offset

    def find(self, number: int, newest: int) -> tuple[_T, int, int] | None:
        """Return rendition, place and offset of a 16-bit number; ``newest`` was sent last.

        None for what was not sent, or too long ago.
        """
        behind = (newest - number) % _WRAP
        if behind >= _HALF:
            return None
        whole = newest - behind
        for span in reversed(self._spans):
            if whole >= span.first:
                return span.source, whole - span.offset, span.offset
        return None
