"""The report's posts as captions: WebVTT pieces for any stretch of court time (§3.5 of the draft).

Each piece stands for itself: a caption is cut to the piece's stretch, so that a post that was
withdrawn or corrected is gone from everything that is asked for afterwards, and nothing has to be
taken back. Lines are short enough for a telephone; a Chinese character is as wide as two letters.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from media.hls.window import Segment

CAPTIONS = "report"  # name of the playlist, and of the folder its pieces seem to lie in
CAPTIONS_TYPE = "text/vtt; charset=utf-8"
MPEG_CLOCK = 90_000
_MPEG_WRAP = 1 << 33
_COLUMNS, _LINES = 40, 2
_COLUMNS_PER_SECOND = 16  # eight Chinese characters
_SHORTEST_US, _LONGEST_US = 2_000_000, 7_000_000
_NOT_FIRST = frozenset("，。、；：？！）》」』”’,.;:?!)]}%…")
_ESCAPED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})

Stretch = tuple[int, int | None]
"""From and to in court µs; None: for good."""


@dataclass(frozen=True, slots=True)
class Caption:
    """What was said, from ``court_us`` on, and by whom (may be empty)."""

    court_us: int
    speaker: str
    text: str


@dataclass(frozen=True, slots=True)
class Cue:
    """Lines that are shown from ``start_us`` up to ``end_us`` of court time."""

    start_us: int
    end_us: int
    lines: tuple[str, ...]


class Captions:
    """The cues of a broadcast. In ``quiet`` stretches (closed to the public) there are none."""

    def __init__(self, captions: Iterable[Caption] = (), quiet: Sequence[Stretch] = ()) -> None:
        self._cues = list(_laid_out(sorted(captions, key=lambda one: one.court_us), quiet))
        self._starts = [cue.start_us for cue in self._cues]

    def piece(self, segment: Segment, part: int | None, timescale: int) -> str:
        """Return what is shown in a segment, or in a part of it, as WebVTT."""
        offset, duration = segment.span(part)
        start_us = segment.court_us + offset * 1_000_000 // timescale
        cues = self.between(start_us, start_us + duration * 1_000_000 // timescale)
        return webvtt(cues, start_us, segment.media_time + offset, timescale)

    def between(self, start_us: int, end_us: int) -> list[Cue]:
        """Return what is shown in a stretch, cut to it."""
        # Cues follow each other: at most the one before the first that begins inside reaches in.
        first = max(0, bisect_right(self._starts, start_us) - 1)
        behind = bisect_left(self._starts, end_us)
        return [
            Cue(max(cue.start_us, start_us), min(cue.end_us, end_us), cue.lines)
            for cue in self._cues[first:behind]
            if cue.end_us > start_us
        ]


def webvtt(cues: Iterable[Cue], start_us: int, media_time: int, timescale: int) -> str:
    """Return a piece that begins at court time ``start_us``, which is ``media_time`` in the media.

    Cue times count from the beginning of the piece; X-TIMESTAMP-MAP says where that lies on the
    media's time line, so that a change of court time moves nothing (§3.5).
    """
    mpeg = media_time * MPEG_CLOCK // timescale % _MPEG_WRAP
    out = [f"WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:{mpeg},LOCAL:00:00:00.000\n"]
    for cue in cues:
        start, end = _time(cue.start_us - start_us), _time(cue.end_us - start_us)
        if start != end:
            text = "\n".join(line.translate(_ESCAPED) for line in cue.lines)
            out.append(f"\n{start} --> {end}\n{text}\n")
    return "".join(out)


def timestamp(seconds: float) -> str:
    """Return a moment as WebVTT writes it."""
    return _time(round(seconds * 1_000_000))


def _laid_out(captions: Sequence[Caption], quiet: Sequence[Stretch]) -> Iterator[Cue]:
    for index, caption in enumerate(captions):
        after = captions[index + 1].court_us if index + 1 < len(captions) else None
        at = caption.court_us
        for lines in pages(caption.speaker, caption.text):
            end = at + _duration_us(lines)
            if after is not None:
                end = min(end, after)
            until = _loud_until(at, end, quiet)
            if until > at:
                yield Cue(at, until, lines)
            if until < end or (after is not None and end >= after):
                break
            at = end


def _loud_until(start_us: int, end_us: int, quiet: Sequence[Stretch]) -> int:
    """How far captions that begin at ``start_us`` may go: not into a quiet stretch."""
    for from_us, to_us in quiet:
        if from_us < end_us and (to_us is None or to_us > start_us):
            return max(start_us, from_us)
    return end_us


def _duration_us(lines: tuple[str, ...]) -> int:
    columns = sum(_width(line) for line in lines)
    return min(max(columns * 1_000_000 // _COLUMNS_PER_SECOND, _SHORTEST_US), _LONGEST_US)


def pages(speaker: str, text: str) -> Iterator[tuple[str, ...]]:
    """Break a text into lines and the lines into what is shown at a time."""
    said = " ".join(text.split())
    if not said:
        return
    lines = _wrapped(f"{speaker}：{said}" if speaker else said)
    for start in range(0, len(lines), _LINES):
        yield tuple(lines[start : start + _LINES])


def _wrapped(text: str) -> list[str]:
    lines, line, width = [], "", 0
    for found in _words(text):
        word, wide = found, _width(found)
        if width + wide > _COLUMNS and line.strip() and word[0] not in _NOT_FIRST:
            lines.append(line.strip())
            line, width = "", 0
            word, wide = word.lstrip(), _width(word.lstrip())
        line, width = line + word, width + wide
    return [*lines, line.strip()] if line.strip() else lines


def _words(text: str) -> Iterator[str]:
    """What stays together: words of letters, single wide characters; none beyond a line."""
    word = ""
    for letter in text:
        if letter == " " or _is_wide(letter) or _width(word) >= _COLUMNS:
            if word:
                yield word
            word = ""
        if _is_wide(letter):
            yield letter
        else:
            word += letter
    if word:
        yield word


def _is_wide(letter: str) -> bool:
    return unicodedata.east_asian_width(letter) in "WF"


def _width(text: str) -> int:
    return sum(2 if _is_wide(letter) else 1 for letter in text)


def _time(offset_us: int) -> str:
    seconds, milliseconds = divmod((offset_us + 500) // 1000, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}.{milliseconds:03}"
