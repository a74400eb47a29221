"""The files of one rendition of the public recording (``media.recording.index`` says which)."""

from __future__ import annotations

import logging
import os
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from media.hls.resource import init_name, segment_name
from media.hls.segmenter import Position
from media.hls.window import Segment
from media.messages import Init, Part, SegmentListed
from media.recording.entry import Entry, agree, parse_index, segments_of
from media.recording.unwritten import Unwritten

INDEX = "index.log"
_INDEX_TAIL = 512 * 1024  # more than 15 minutes of lines
_INDEX_END = 4 * 1024  # twenty seconds of them: a successor must be quick
_APPEND = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
_log = logging.getLogger(__name__)


class _Sight(NamedTuple):
    """Some of the end of an index.

    ``before`` is where it begins, ``lines`` what is written there with the end of each line, and
    ``kept`` what of that the segments bear out.
    """

    before: int
    lines: list[tuple[Entry, int]]
    kept: list[Entry]


class RenditionFiles:
    """The files of one rendition and the newest part of its index.

    At first that is the last seconds of it; ``read_back`` reads what else the window has.
    """

    def __init__(self, directory: Path, window_parts: int) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory
        self._segment: tuple[int, int] | None = None  # msn, descriptor
        self._segment_size = 0
        self._window_parts = window_parts
        self._unwritten = Unwritten()
        self.is_writing = True  # this segment's parts are kept
        self.entries: deque[Entry] = deque()  # whole segments, and the open one
        self._unread = self._repair()  # bytes of the index before what was read
        self._index = os.open(directory / INDEX, _APPEND, 0o644)

    @property
    def position(self) -> Position:
        if not self.entries:
            return Position()
        newest = self.entries[-1]
        end = newest.media_time + newest.duration
        if newest.last:
            return Position(newest.msn + 1, 0, end, newest.init_version)
        return Position(newest.msn, newest.part + 1, end, newest.init_version)

    def close(self) -> None:
        try:
            self._pay()
        except OSError:
            _log.warning("%s: the newest gaps could not be noted", self._directory.name)
        os.close(self._index)
        if self._segment:
            os.close(self._segment[1])
            self._segment = None

    def write_init(self, version: int, payload: bytes) -> None:
        path = self._directory / init_name(version)
        if not path.exists():
            write_whole(path, payload)
        elif path.read_bytes() != payload:
            raise ValueError(f"init section {version} is already another one")

    def inits(self) -> Iterator[Init]:
        for path in sorted(self._directory.glob("init-*.mp4")):
            version = path.stem.removeprefix("init-")
            if version.isdecimal():
                yield Init(self._directory.name, int(version), path.read_bytes())

    def write(self, part: Part) -> None:
        at = self.position
        after_all = (at.msn + 1 if at.part else at.msn, 0)  # a segment may be closed early
        if (part.msn, part.part) not in {(at.msn, at.part), after_all}:
            raise ValueError(f"part {part.msn}.{part.part} does not follow {at.msn}.{at.part}")
        discontinuities = self.entries[-1].discontinuity_sequence if self.entries else 0
        entry = Entry.of(part, discontinuities + part.discontinuity)
        try:
            if self.is_writing:
                self._write(entry, part.payload)
        except OSError as problem:
            _log.error("%s cannot be recorded: %s", self._directory.name, problem.strerror)
            self.is_writing = False
        if not self.is_writing:
            entry = self._unwritten.owe(entry, part.payload)
        self.entries.append(entry)
        self._forget_oldest()

    def _write(self, entry: Entry, payload: bytes) -> None:
        """Write a part as a whole or not at all."""
        self._pay()
        descriptor = self._open_segment(entry.msn)
        try:
            _write_all(descriptor, payload)
            self._append(entry.line())
        except OSError:
            os.ftruncate(descriptor, self._segment_size)
            raise
        self._segment_size += len(payload)

    def _pay(self) -> None:
        """Write the lines that are owed to the index."""
        if lines := self._unwritten.lines:
            self._append(lines)
            self._unwritten.paid()

    @property
    def is_read_back(self) -> bool:
        """Whether all of the window is known."""
        return self._unread == 0

    def read_back(self) -> None:
        """Read what the window holds besides the newest lines (30 ms for a quarter of an hour)."""
        if self.is_read_back:
            return
        data, start = _tail(self._directory / INDEX, _INDEX_TAIL, self._unread)
        older, _ = parse_index(data)
        first = older[0].msn if older and start else -1  # has lost parts
        newest = self.entries[0]
        known = agree([*(one for one in older if one.msn != first), newest], self._size_of)
        self.entries.extendleft(reversed([one for one in known if one.msn < newest.msn]))
        self._unread = 0
        self._forget_oldest()

    def listed(self, tail_segments: int) -> Iterator[SegmentListed]:
        """Yield the complete segments of the window but the newest."""
        self.read_back()
        complete = self._complete()
        for segment in complete[: max(0, len(complete) - tail_segments)]:
            yield SegmentListed(
                rendition=self._directory.name,
                msn=segment.msn,
                court_us=segment.court_us,
                media_time=segment.media_time,
                duration=segment.duration,
                discontinuity=segment.discontinuity,
                gap=segment.gap,
                init_version=segment.init_version,
                parts=tuple((p.duration, p.independent, p.size) for p in segment.parts),
                discontinuity_sequence=segment.discontinuity_sequence,
            )

    def tail(self, tail_segments: int) -> Iterator[Part]:
        """Yield the parts of the newest complete segments and of the open one."""
        complete = self._complete()
        first = complete[-tail_segments].msn if len(complete) >= tail_segments else -1
        yield from self.since(first)

    def knows(self, msn: int) -> bool:
        """Whether a segment and all after it are in mind."""
        return bool(self.entries) and self.entries[0].msn <= msn <= self.entries[-1].msn

    def since(self, first: int) -> Iterator[Part]:
        """Yield the parts that are known from a segment on."""
        offset, msn, data = 0, -1, b""
        for entry in self.entries:
            if entry.msn < first:
                continue
            if entry.msn != msn:
                offset, msn = 0, entry.msn
                path = self._directory / segment_name(msn)
                data = path.read_bytes() if path.exists() else b""
            kept = self._unwritten.payload(msn, entry.part)
            payload = b"" if entry.gap else data[offset : offset + entry.size]
            offset += entry.size
            yield Part(
                self._directory.name, entry.msn, entry.part, entry.court_us, entry.media_time,
                entry.duration, entry.independent, entry.last, entry.discontinuity,
                entry.gap and kept is None, entry.init_version, entry.epoch, kept or payload,
                recorded=kept is None,
            )  # fmt: skip

    def _complete(self) -> list[Segment]:
        segments = segments_of(self.entries)
        if segments and not self.entries[-1].last:
            segments.pop()
        return segments

    def _open_segment(self, msn: int) -> int:
        if self._segment and self._segment[0] == msn:
            return self._segment[1]
        if self._segment:
            os.close(self._segment[1])
            self._segment = None
        descriptor = os.open(self._directory / segment_name(msn), _APPEND, 0o644)
        self._segment = msn, descriptor
        self._segment_size = os.fstat(descriptor).st_size
        return descriptor

    def _append(self, lines: bytes) -> None:
        size = os.fstat(self._index).st_size
        try:
            _write_all(self._index, lines)
        except OSError:
            os.ftruncate(self._index, size)
            raise

    def _repair(self) -> int:
        """Cut index and newest segment down to what both bear out.

        Return how many bytes of the index lie before the segments that are known now.
        """
        path = self._directory / INDEX
        seen = self._see(_INDEX_END)
        if not seen.kept and seen.before:  # a power cut has left more than that in ruins
            seen = self._see(_INDEX_TAIL)
        kept = seen.kept
        self.entries.extend(kept)
        good = 0
        if kept:
            newest = (kept[-1].msn, kept[-1].part)
            good = max(end for entry, end in seen.lines if (entry.msn, entry.part) <= newest)
        if path.exists() and max(good, seen.before) < path.stat().st_size:
            os.truncate(path, max(good, seen.before))
        for msn in {self.position.msn, kept[-1].msn if kept else 0}:
            segment = self._directory / segment_name(msn)
            expected = sum(entry.size for entry in kept if entry.msn == msn)
            if self._size_of(msn) > expected:
                os.truncate(segment, expected)
        self._forget_oldest()
        return seen.before if kept else 0

    def _see(self, most: int) -> _Sight:
        """Read so many bytes from the index's end, and what of them the segments bear out."""
        data, start = _tail(self._directory / INDEX, most)
        entries, ends = parse_index(data)
        lines = [(entry, start + end) for entry, end in zip(entries, ends, strict=True)]
        before = start
        if start and lines:  # the first segment in sight has lost parts
            first = lines[0][0].msn
            before = max(end for entry, end in lines if entry.msn == first)
            lines = [line for line in lines if line[0].msn != first]
        return _Sight(before, lines, agree((entry for entry, _ in lines), self._size_of))

    def _forget_oldest(self) -> None:
        while len(self.entries) > self._window_parts:
            msn = self.entries[0].msn
            while self.entries and self.entries[0].msn == msn:
                self.entries.popleft()

    def _size_of(self, msn: int) -> int:
        try:
            return (self._directory / segment_name(msn)).stat().st_size
        except FileNotFoundError:
            return 0


def _tail(path: Path, most: int, end: int | None = None) -> tuple[bytes, int]:
    """Return the last lines of an index (before ``end``), and where they begin."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END) if end is None else end
            start = max(0, size - most)
            file.seek(start)
            data = file.read(size - start)
    except FileNotFoundError:
        return b"", 0
    if start:
        cut = data.find(b"\n") + 1
        return data[cut:], start + cut
    return data, 0


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def write_whole(path: Path, data: bytes) -> None:
    """Write a small file as a whole or not at all; what it holds already needs no room."""
    if path.exists() and path.read_bytes() == data:
        return
    draft = path.with_suffix(path.suffix + ".draft")
    with draft.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
