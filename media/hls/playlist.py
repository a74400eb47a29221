"""Writes media playlists (draft-pantos-hls-rfc8216bis-22 §4.4, Appendix B.1).

Nothing in the head of a live playlist ever changes but the two sequence numbers: "a change of
TARGETDURATION is not allowed" (§6.2.1), and players treat PART-TARGET and SERVER-CONTROL alike.
EXT-X-INDEPENDENT-SEGMENTS stands in the multivariant playlist, not here (§4.4.2.1).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from media.hls.lines import Lines, beginning
from media.hls.reply import Piece
from media.hls.window import Segment, Window

# EXT-X-SKIP that stands for Date Ranges needs it; a delta update and its playlist bear the same.
_LIVE_VERSION = 10
_BLOCK = 64  # segments that are written and compressed together once they no longer change
SKIP_TARGETS, _HOLD_TARGETS, _PART_TARGETS, _LISTED_TARGETS = 6, 3, 3, 3


@dataclass(frozen=True, slots=True)
class Grid:
    """The constants of a stream: ``target_duration`` and ``part_target`` in seconds."""

    target_duration: int
    part_target: float

    def head(self, *, has_parts: bool = True, tags: str = "") -> str:
        """The lines at the beginning of a live playlist, always the same.

        SERVER-CONTROL has "the same attributes and values" also where there are no parts (§6.2.4).
        """
        parts = f"#EXT-X-PART-INF:PART-TARGET={_decimal(self.part_target)}\n" if has_parts else ""
        control = ",".join(
            (
                "CAN-BLOCK-RELOAD=YES",
                f"CAN-SKIP-UNTIL={SKIP_TARGETS * self.target_duration:.1f}",
                "CAN-SKIP-DATERANGES=YES",
                f"HOLD-BACK={_HOLD_TARGETS * self.target_duration:.1f}",
                # "MUST be at least two, SHOULD be at least three times the Part Target Duration"
                f"PART-HOLD-BACK={_decimal(_PART_TARGETS * self.part_target)}",
            )
        )
        return (
            "#EXTM3U\n"
            f"#EXT-X-VERSION:{_LIVE_VERSION}\n"
            f"#EXT-X-TARGETDURATION:{self.target_duration}\n"
            f"#EXT-X-SERVER-CONTROL:{control}\n"
            f"{parts}{tags}"
        )


@dataclass(frozen=True, slots=True)
class RenditionReport:
    """How far the playlist at ``uri`` (relative) reaches: EXT-X-RENDITION-REPORT.

    ``last_part`` is None for a playlist without parts.
    """

    uri: str
    last_msn: int
    last_part: int | None = None

    def line(self) -> str:
        """Return the tag."""
        part = "" if self.last_part is None else f",LAST-PART={self.last_part}"
        return f'#EXT-X-RENDITION-REPORT:URI="{self.uri}",LAST-MSN={self.last_msn}{part}\n'


class _Block(NamedTuple):
    """Segments that lie behind the live edge; ``before`` and ``after`` are their init sections."""

    before: int | None
    after: int | None
    piece: Piece


class LivePlaylist:
    """The playlist of one rendition's window; remembers the text of what no longer changes."""

    def __init__(self, window: Window, grid: Grid, lines: Lines) -> None:
        self._window = window
        self._grid = grid
        self._lines = lines
        self._head = grid.head(has_parts=lines.has_parts, tags=lines.tags)
        self._texts: dict[tuple[int, bool], str] = {}
        self._blocks: dict[int, _Block] = {}

    def forget(self, since: int = 0, until: int | None = None) -> None:
        """Write segments from ``since`` up to ``until`` anew: one of them has changed (cut)."""
        end = float("inf") if until is None else until
        self._texts = {key: text for key, text in self._texts.items() if not since <= key[0] < end}
        self._blocks = {
            number: block
            for number, block in self._blocks.items()
            if (number + 1) * _BLOCK <= since or number * _BLOCK >= end
        }

    def adopt(self, other: LivePlaylist, before: int) -> None:
        """Take over what the other one has written of segments up to number ``before``."""
        self._blocks = {
            number: block
            for number, block in other._blocks.items()
            if (number + 1) * _BLOCK <= before
        }

    def blocks_written(self) -> Iterator[None]:
        """Write the old segments block by block, so that nobody waits for all of them at once."""
        window = self._window
        parted = window.parted(_LISTED_TARGETS * self._grid.target_duration * window.timescale)
        for number in range(-(-window.media_sequence // _BLOCK), parted // _BLOCK):
            before = window.find(number * _BLOCK - 1)
            _ = self._block(number, before.init_version if before else None).piece.deflated
            yield

    def render(
        self,
        reports: Iterable[RenditionReport],
        *,
        delta: bool = False,
        dates_since_us: int | None = None,
    ) -> str:
        """Return the playlist, or its delta update if there is something to skip.

        ``dates_since_us``: it leaves out the Date Ranges that were told before, too.
        """
        pieces = self.pieces(reports, delta=delta, dates_since_us=dates_since_us)
        return b"".join(piece.text for piece in pieces).decode()

    def pieces(
        self,
        reports: Iterable[RenditionReport],
        *,
        delta: bool = False,
        dates_since_us: int | None = None,
    ) -> list[Piece]:
        """Return the same in pieces, of which older ones are the same as in the last version."""
        window, scale = self._window, self._window.timescale
        target = self._grid.target_duration * scale
        skipped = window.skippable(SKIP_TARGETS * target) if delta and not window.ended else 0
        out = _Writing()
        out.add(
            f"{self._head}#EXT-X-MEDIA-SEQUENCE:{window.media_sequence}\n"
            f"#EXT-X-DISCONTINUITY-SEQUENCE:{window.discontinuity_sequence}\n"
        )
        since_us = dates_since_us if skipped else None
        if skipped:
            out.add(self._skip(skipped, dates=since_us is not None))
        first = window.media_sequence + skipped
        out.add(self._earlier_dates(first, since_us or 0))
        parted, end = window.parted(_LISTED_TARGETS * target), window.edge.complete + 1
        if since_us is not None:
            out.leave_out(self._dates_between(first, since_us))
        init = self._old(out, first, parted)
        for msn in range(max(parted, first), end):
            init = self._one(out, msn, init, with_parts=True)
        if window.ended:
            out.add(self._lines.dates.rest(window.end_us))
            out.add("#EXT-X-ENDLIST\n")
        else:
            out.add(self._edge(init))
            out.add("".join(report.line() for report in reports))
        self._tidy(parted)
        return out.pieces()

    def _skip(self, segments: int, *, dates: bool) -> str:
        removed = ""
        if dates:
            gone = "\t".join(self._lines.dates.removed(self._oldest_us))
            removed = f',RECENTLY-REMOVED-DATERANGES="{gone}"'
        return f"#EXT-X-SKIP:SKIPPED-SEGMENTS={segments}{removed}\n"

    def _earlier_dates(self, msn: int, since_us: int) -> str:
        """The Date Ranges that were told before a segment and still say something of the list.

        Only segments are skipped and removed: what was told with them stays (§6.2.5.1).
        """
        start_us = self._window.start_us(msn)
        return self._lines.dates.earlier(start_us, self._oldest_us, since_us)

    def _dates_between(self, msn: int, until_us: int) -> str:
        """The tags that stand beside segments from this one on and were told before a moment."""
        return self._lines.dates.told(self._window.start_us(msn), until_us)

    @property
    def _oldest_us(self) -> int:
        return self._window.start_us(self._window.media_sequence)

    def _old(self, out: _Writing, msn: int, end: int) -> int | None:
        """Write the segments behind the live edge; return the last one's init section."""
        init: int | None = None
        while msn < end:
            if msn % _BLOCK == 0 and msn + _BLOCK <= end:
                block = self._block(msn // _BLOCK, init)
                out.put(block.piece)
                init = block.after
                msn += _BLOCK
            else:
                init = self._one(out, msn, init, with_parts=False)
                msn += 1
        return init

    def _block(self, number: int, init: int | None) -> _Block:
        block = self._blocks.get(number)
        if block is None or block.before != init:
            text, after = _Writing(), init
            for msn in range(number * _BLOCK, (number + 1) * _BLOCK):
                after = self._one(text, msn, after, with_parts=False)
            (piece,) = text.pieces()
            block = self._blocks[number] = _Block(init, after, piece)
        return block

    def _one(self, out: _Writing, msn: int, init: int | None, *, with_parts: bool) -> int | None:
        segment = self._window.find(msn)
        if segment is None:
            return init
        if segment.init_version != init:
            out.add(self._lines.map(segment.init_version))
        out.add(self._segment(segment, with_parts=with_parts))
        return segment.init_version

    def _edge(self, init: int | None) -> str:
        """The open segment and the hints for what comes next (§4.4.5.3)."""
        window, out = self._window, []
        if window.open:
            if self._lines.has_parts:
                if window.open.init_version != init:
                    out.append(self._lines.map(window.open.init_version))
                out.append(beginning(window.open))
            out.append(self._lines.parts(window.open))
        out.append(self._lines.hint(*window.edge.next, window.next_init))
        return "".join(out)

    def _segment(self, segment: Segment, *, with_parts: bool) -> str:
        key = (segment.msn, with_parts)
        text = self._texts.get(key)
        if text is None:
            text = self._texts[key] = self._lines.segment(segment, with_parts=with_parts)
        return text

    def _tidy(self, parted: int) -> None:
        """Forget the text of single segments that stand in blocks, or nowhere any more."""
        if len(self._texts) > 8 * _BLOCK:
            oldest = self._window.media_sequence
            kept = {key for key in self._texts if oldest <= key[0] < oldest + _BLOCK}
            kept |= {key for key in self._texts if key[0] >= parted - _BLOCK}
            self._texts = {key: self._texts[key] for key in kept}
            self._blocks = {
                number: block for number, block in self._blocks.items() if number * _BLOCK >= oldest
            }


class _Writing:
    """Text as it is written: fresh lines, and pieces that lie ready."""

    def __init__(self) -> None:
        self._fresh: list[str] = []
        self._pieces: list[Piece] = []
        self._left_out: list[str] = []

    def leave_out(self, lines: str) -> None:
        """Write these lines no more."""
        self._left_out = lines.splitlines(keepends=True)

    def add(self, text: str) -> None:
        for line in self._left_out:
            text = text.replace(line, "")
        self._fresh.append(text)

    def put(self, piece: Piece) -> None:
        self._flush()
        self._pieces.append(piece)

    def pieces(self) -> list[Piece]:
        self._flush()
        return self._pieces

    def _flush(self) -> None:
        if self._fresh:
            self._pieces.append(Piece("".join(self._fresh).encode()))
            self._fresh = []


def _decimal(value: float) -> str:
    return f"{value:.5f}".rstrip("0").rstrip(".")
