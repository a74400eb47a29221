"""Writes the public recording, part by part, so that it can be read after any crash.

Below a broadcast's directory: ``stream.json`` (the renditions), ``public/air.log`` (what was seen,
``media.recording.air``) and for each rendition ``public/<rendition>/`` with ``init-<version>.mp4``,
``<msn>.m4s`` and ``index.log``. A part is appended to its segment's file, then its line to the
index, then it may be published; so whatever was published is on disk when only the process dies.
Nothing is synced per part: a power cut may cost the last seconds, and ``open()`` goes back to what
index and segments both bear out.

A disk that is full or broken costs the recording and not the broadcast: what cannot be written is
published all the same and becomes a gap of the recording, which is taken up again with the next
segment that finds room. It also gives way while there is little of it, for the court's own record.
"""

from __future__ import annotations

import dataclasses
import json
import logging
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Self

from pydantic import TypeAdapter

from media.hls.dates import DateRanges
from media.hls.segmenter import Position
from media.messages import AirChange, Init, Part, SegmentListed, StreamInfo
from media.recording.air import AirLog, read_air
from media.recording.rendition import RenditionFiles, write_whole

PUBLIC = "public"
STREAM = "stream.json"
_STREAM: TypeAdapter[StreamInfo] = TypeAdapter(StreamInfo)
_log = logging.getLogger(__name__)


def write_stream(directory: Path, info: StreamInfo) -> None:
    """Write ``stream.json``: what the broadcast's stream consists of."""
    fields = dataclasses.asdict(info)
    del fields["payload"]
    write_whole(directory / STREAM, json.dumps(fields, ensure_ascii=False, indent=1).encode())


def read_stream(directory: Path) -> StreamInfo:
    """Read ``stream.json``; raises ``OSError`` or ``ValueError`` if it cannot be read."""
    return _STREAM.validate_python(json.loads((directory / STREAM).read_bytes()))


class PublicRecording:
    """The recording of one broadcast, for its worker; all calls come from one thread.

    No segment is begun with less than ``keep_free_bytes`` left on the disk.
    """

    def __init__(
        self, directory: Path, *, window_parts: int = 3000, keep_free_bytes: int = 0
    ) -> None:
        self._directory = directory
        self._public = directory / PUBLIC
        self._window_parts = window_parts
        self._keep_free = keep_free_bytes
        self._renditions: dict[str, RenditionFiles] = {}
        self._air = AirLog(self._public)
        self._dates = DateRanges()

    def __enter__(self) -> Self:
        """Open."""
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()

    def open(self) -> dict[str, Position]:
        """Repair what a crash left and return where each rendition goes on.

        Renditions may differ by a few parts; each goes on exactly after its own last part.
        """
        self._public.mkdir(parents=True, exist_ok=True)
        self._dates = DateRanges(read_air(self._public))
        for path in sorted(self._public.iterdir()):
            if path.is_dir():
                self._files(path.name)
        return self.positions

    @property
    def positions(self) -> dict[str, Position]:
        """Where each rendition that has anything goes on."""
        return {name: files.position for name, files in self._renditions.items() if files.entries}

    def close(self) -> None:
        """Close all files."""
        for files in self._renditions.values():
            files.close()
        self._renditions.clear()

    def write_init(self, rendition: str, version: int, payload: bytes) -> None:
        """Write an init section; the same version always has the same bytes."""
        self._files(rendition).write_init(version, payload)

    def write(self, part: Part) -> bool:
        """Append a part and its line; tell whether that could be done.

        A segment of which a part could not be written is a gap as a whole. Raises ``ValueError``
        if the part does not follow the last one, ``OSError`` if gaps cannot be noted for hours.
        """
        files = self._files(part.rendition)
        was_writing = files.is_writing
        if part.part == 0:
            files.is_writing = self._has_room()
        files.write(part)
        if files.is_writing != was_writing:
            said = "goes on" if files.is_writing else "is interrupted: no room"
            _log.warning("the public recording of %s %s", part.rendition, said)
        return files.is_writing

    def note(self, change: AirChange) -> None:
        """Write down what is seen from now on, if that is new; before the part that shows it."""
        if self._dates.take(change):
            self._air.append(change)

    @property
    def is_writing(self) -> bool:
        """Whether all that is published is kept at present."""
        return all(files.is_writing for files in self._renditions.values())

    def _has_room(self) -> bool:
        if not self._keep_free:
            return True
        try:
            disk = os.statvfs(self._public)
        except OSError:
            return False
        return disk.f_bavail * disk.f_frsize >= self._keep_free

    @property
    def epoch(self) -> int:
        """The epoch of the newest part; -1 before there is one."""
        newest = (files.entries[-1] for files in self._renditions.values() if files.entries)
        return max((entry.epoch for entry in newest), default=-1)

    def read_back(self) -> bool:
        """Read one rendition's part of the window that ``open`` has left; False: there is none."""
        for files in self._renditions.values():
            if not files.is_read_back:
                files.read_back()
                return True
        return False

    def snapshot(
        self, renditions: Iterable[str], tail_segments: int = 5, *, since: int | None = None
    ) -> Iterator[Init | AirChange | SegmentListed | Part]:
        """Yield what a new subscriber needs, after its StreamInfo: inits, list, tail with bytes.

        What the public saw comes before the parts that showed it. Who has everything before segment
        ``since`` gets what is from there on, if it is known.
        """
        yield from self._dates.changes
        chosen = [self._files(rendition) for rendition in renditions]
        for files in chosen:
            yield from files.inits()
        if since is not None and all(files.knows(since) for files in chosen):
            for files in chosen:
                yield from files.since(since)
            return
        for files in chosen:
            yield from files.listed(tail_segments)
        for files in chosen:
            yield from files.tail(tail_segments)

    def _files(self, rendition: str) -> RenditionFiles:
        files = self._renditions.get(rendition)
        if files is None:
            files = RenditionFiles(self._public / rendition, self._window_parts)
            self._renditions[rendition] = files
        return files
