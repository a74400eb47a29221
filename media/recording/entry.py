"""The lines of ``index.log``: one for each published part, readable after any crash.

A line is thirteen decimal integers and a check sum, separated by blanks::

    msn part media_time duration independent last discontinuity gap init_version epoch court_us
    size discontinuity_sequence crc32

``size`` is the part's length in ``<msn>.m4s``, whose parts lie one after another. Times are in the
rendition's timescale. ``discontinuity_sequence`` counts the discontinuities of the stream up to and
with this segment, so that a reader of the tail knows it. A later line with the same number and part
replaces the earlier one (a part that was withdrawn becomes a gap).
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable
from typing import NamedTuple

from media.hls.window import ListedPart, Segment
from media.messages import Part

_FIELDS = 13


class Entry(NamedTuple):
    """A published part as the index knows it (a tuple, for a day has a hundred thousand)."""

    msn: int
    part: int
    media_time: int
    duration: int
    independent: bool
    last: bool
    discontinuity: bool
    gap: bool
    init_version: int
    epoch: int
    court_us: int
    size: int
    discontinuity_sequence: int

    @classmethod
    def of(cls, part: Part, discontinuity_sequence: int) -> Entry:
        """Describe a part."""
        return cls(
            part.msn, part.part, part.media_time, part.duration, part.independent, part.last,
            part.discontinuity, part.gap, part.init_version, part.epoch, part.court_us,
            len(part.payload), discontinuity_sequence,
        )  # fmt: skip

    def line(self) -> bytes:
        """Return the line of the index, with its end."""
        text = b" ".join(b"%d" % value for value in self)
        return b"%s %08x\n" % (text, zlib.crc32(text))


def parse_line(line: bytes) -> Entry | None:
    """Read a line without its end; None if it is not whole."""
    text, _, check = line.rpartition(b" ")
    if check != b"%08x" % zlib.crc32(text):
        return None
    try:
        n = list(map(int, text.split(b" ")))
    except ValueError:
        return None
    if len(n) != _FIELDS:
        return None
    return Entry(
        n[0], n[1], n[2], n[3], n[4] == 1, n[5] == 1, n[6] == 1, n[7] == 1,
        n[8], n[9], n[10], n[11], n[12],
    )  # fmt: skip


def parse_index(data: bytes) -> tuple[list[Entry], list[int]]:
    """Read an index; return the entries and, for each, where its line ends.

    Lines that are not whole are passed over: a torn last line, or the damage of a bad disk.
    """
    entries: list[Entry] = []
    ends: list[int] = []
    at = 0
    while (end := data.find(b"\n", at)) >= 0:
        entry = parse_line(data[at:end])
        at = end + 1
        if entry is not None:
            entries.append(entry)
            ends.append(at)
    return entries, ends


def agree(entries: Iterable[Entry], size_of: Callable[[int], int]) -> list[Entry]:
    """Return the entries that the segment files bear out; ``size_of(msn)`` is a file's length.

    The newest segment may end early: what is not in the file was never published. In any other
    segment a part whose bytes or whose line is missing makes the whole segment a gap.
    """
    by_segment: dict[int, list[Entry]] = {}
    for entry in entries:
        parts = by_segment.setdefault(entry.msn, [])
        if entry.part < len(parts) and parts[entry.part].part == entry.part:
            parts[entry.part] = entry
        else:
            parts.append(entry)
    kept: list[Entry] = []
    newest = max(by_segment, default=-1)
    for msn, parts in sorted(by_segment.items()):
        good = _borne_out(parts, size_of(msn))
        if len(good) == len(parts) or msn == newest:
            kept += good
        else:
            kept += [entry._replace(gap=True) for entry in parts]
    return kept


def _borne_out(ordered: list[Entry], held: int) -> list[Entry]:
    """The parts from the first on that follow each other and lie in ``held`` bytes."""
    end = 0
    for index, entry in enumerate(ordered):
        end += entry.size
        if entry.part != index or (end > held and not entry.gap):
            return ordered[:index]
    return ordered


def segments_of(entries: Iterable[Entry]) -> list[Segment]:
    """Put the parts of an index together to segments, complete or not."""
    segments: list[Segment] = []
    for entry in entries:
        if not segments or segments[-1].msn != entry.msn:
            segments.append(
                Segment(
                    msn=entry.msn,
                    court_us=entry.court_us,
                    media_time=entry.media_time,
                    init_version=entry.init_version,
                    discontinuity=entry.discontinuity,
                    discontinuity_sequence=entry.discontinuity_sequence,
                )
            )
        segment = segments[-1]
        segment.parts.append(ListedPart(entry.duration, entry.independent, entry.size, entry.gap))
        segment.duration += entry.duration
        segment.gap |= entry.gap
    return segments
