"""Reads one camera's log while it is written: from a court time on, over volumes and restarts."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from media.errors import SpoolDamaged, SpoolLocked
from media.spool.cipher import ChunkCipher
from media.spool.head import Head, Position
from media.spool.keys import KeyStore
from media.spool.places import camera_folder, volume_numbers, volume_path
from media.spool.record import (
    ChunkHeader,
    Interruption,
    Kind,
    Packet,
    Record,
    Stream,
    StreamDescription,
)
from media.spool.volume import Place, Volume

_log = logging.getLogger(__name__)

# Streams of a camera do not arrive in step, so court times in a chunk may lie this far before and
# behind its own; no camera has its key frames farther apart than a minute.
_SPREAD_US = 2_000_000
_LONGEST_GOP_US = 60_000_000
_CHUNKS_BEFORE = 4


@dataclass(frozen=True, slots=True)
class _Start:
    """Where reading begins after a seek: pictures from the key frame, sound from its time."""

    volume: int
    key_offset: int
    key_court_us: int


@dataclass(frozen=True, slots=True)
class _Found:
    """What one volume has to say to a seek: the key frame, or the last chunk with sound."""

    chunk: int = 0
    start: _Start | None = None
    heard: int = 0
    is_far: bool = False


class SpoolReader:
    """Reads a camera's log; belongs to one thread, never blocks, outlives the recorder.

    ``seek`` first, or reading begins with the oldest record. ``head`` may be shared; without one
    the reader opens the head itself as soon as there is one. A place that cannot be read is
    stepped over to the next chunk and told as ``Interruption(None, court_us, "damaged")``, one
    whose key is closed or lost as ``"locked"``: whoever shows pictures shows a slate then.
    """

    def __init__(
        self,
        directory: Path,
        camera: str,
        head: Head | None = None,
        *,
        may_read_closed: bool = False,
    ) -> None:
        self._directory, self._camera = directory, camera
        self._folder = camera_folder(directory, camera)
        self._head, self._owns_head = head, head is None
        self._keys = KeyStore(directory, camera, may_read_closed=may_read_closed)
        self._chunk: ChunkHeader | None = None  # that whose frames come next, and its cipher
        self._cipher: ChunkCipher | None = None
        self._volume: Volume | None = None
        self._at = self._readable = 0  # offsets: what comes next, and what is known to be whole
        self._start: _Start | None = None
        self._emitted: dict[str, StreamDescription] = {}
        self._last_us = 0
        self.damaged = 0
        self.locked = 0

    def close(self) -> None:
        """Give the files back."""
        self._leave()
        if self._head is not None and self._owns_head:
            self._head.close()
            self._head = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def seek(self, court_us: int) -> int | None:
        """Go to the last key frame shown at or before ``court_us``; return its court time.

        Sound of the same time on is read too, even if it arrived a little before the key frame.
        Without such a key frame reading begins with the sound there is, or with the oldest record,
        and None is returned. The descriptions are read first in every case.
        """
        self._emitted.clear()
        self._start = None
        sound: tuple[int, int] | None = None
        for number in reversed(self._numbers()):
            with contextlib.closing(self._open(number)) as volume:
                found = self._search(volume, court_us)
            if found.start is not None:
                self._go_before(found.chunk, found.start)
                self._start = found.start
                return found.start.key_court_us
            if sound is None and found.heard:
                sound = (number, found.heard)
            if found.is_far:
                break
        numbers = self._numbers()
        if sound is not None:
            self._enter(*sound)
        elif numbers:
            self._enter(numbers[0], 0)
        else:
            self._leave()
        return None

    def read(self, until_us: int, limit: int = 256) -> list[Record]:
        """Return the records that arrived up to ``until_us``, in the order of the log.

        Empty when there are none now. A description comes only when it is not what was returned
        last for its stream.
        """
        records: list[Record] = []
        while len(records) < limit:
            try:
                place = self._next()
                if place is None or place.head.arrival_us > until_us:
                    break
                self._at += place.head.size
                record = self._wanted(place)
            except SpoolDamaged as problem:
                record = self._step_over(problem)
            if record is not None:
                records.append(record)
        return records

    def latest_description(self, stream: Stream) -> StreamDescription | None:
        """Return the newest description of a stream in the log, wherever this reader is."""
        for number in reversed(self._numbers()[-2:]):
            with contextlib.closing(self._open(number)) as volume:
                latest = None
                with contextlib.suppress(SpoolDamaged):
                    for described in self._described_last(volume):
                        latest = described if described.stream == stream else latest
            if latest is not None:
                return latest
        return None

    def _described_last(self, volume: Volume) -> Iterator[StreamDescription]:
        """Yield the descriptions in a volume's last chunk; raises ``SpoolDamaged``."""
        at, limit = self._last_chunk(volume), self._limit(volume)
        if not at:
            return
        cipher = self._keys.cipher(volume.number, volume.chunk(at))
        while (place := volume.frame(at, limit)) is not None:
            if place.head.kind == Kind.DESCRIPTION:
                record = place.record(cipher)
                if isinstance(record, StreamDescription):
                    yield record
            at += place.head.size

    def _wanted(self, place: Place) -> Record | None:
        if place.head.kind == Kind.END:
            self._advance()
            return None
        if place.head.kind == Kind.CHUNK:
            self._chunk, self._cipher = place.chunk(), None
            return None
        if place.head.kind == Kind.VOLUME or self._is_before_start(place):
            return None
        record = place.record(self._open_chunk())
        if isinstance(record, Packet):
            self._last_us = record.court_us
        elif isinstance(record, StreamDescription):
            if self._emitted.get(record.stream) == record:
                return None
            self._emitted[record.stream] = record
        elif record is not None and self._start is not None:
            return None  # broken before the key frame: of no meaning to who starts there
        return record

    def _is_before_start(self, place: Place) -> bool:
        start = self._start
        if start is None or self._volume is None or place.head.kind != Kind.PACKET:
            return False
        if (self._volume.number, place.offset) >= (start.volume, start.key_offset):
            self._start = None
            return False
        stream, _, court_us = place.packet_front()
        return stream == "video" or court_us < start.key_court_us

    def _open_chunk(self) -> ChunkCipher:
        """Return the cipher of the chunk that is read; raises ``SpoolLocked``."""
        if self._cipher is None:
            if self._chunk is None or self._volume is None:
                raise SpoolDamaged("a frame outside of any chunk")
            self._cipher = self._keys.cipher(self._volume.number, self._chunk)
        return self._cipher

    def _step_over(self, problem: SpoolDamaged) -> Record | None:
        volume = self._volume
        if volume is None:
            return None
        limit = self._limit(volume)
        following = volume.next_chunk(self._at + 1, limit)
        is_locked = isinstance(problem, SpoolLocked)
        if not (is_locked and self.locked):  # a closed hour is told once, not each second
            _log.warning("spool of camera %s: %s; stepped over", self._camera, problem)
        self.locked += is_locked
        self.damaged += not is_locked
        self._at = limit if following is None else following
        self._chunk = self._cipher = None
        return Interruption(None, self._last_us, "locked" if is_locked else "damaged")

    def _next(self) -> Place | None:
        if self._volume is None:
            numbers = self._numbers()
            if not numbers:
                return None
            self._enter(numbers[0], 0)
        while (volume := self._volume) is not None:
            if self._at >= self._readable:
                self._readable = self._limit(volume)
            place = volume.frame(self._at, self._readable)
            if place is not None:
                return place
            if not self._advance():
                return None
        return None

    def _advance(self) -> bool:
        """Go to the next volume if this one is over and there is one."""
        volume = self._volume
        if volume is None:
            return False
        position = self._position()
        if position is not None and position.volume <= volume.number:
            return False
        following = [number for number in self._numbers() if number > volume.number]
        if not following:
            return False
        self._enter(following[0], 0)
        return True

    def _enter(self, number: int, at: int) -> None:
        if self._volume is None or self._volume.number != number:
            opened = self._open(number)
            self._leave()
            self._volume, self._readable = opened, 0
        self._at = at
        self._chunk = self._cipher = None

    def _leave(self) -> None:
        if self._volume is not None:
            self._volume.close()
            self._volume = None

    def _open(self, number: int) -> Volume:
        return Volume(volume_path(self._folder, number), number)

    def _position(self) -> Position | None:
        """Return how far the log is, None if the head is not of this boot or not there."""
        if self._head is None:
            with contextlib.suppress(FileNotFoundError):
                self._head = Head.open(self._directory)
        if self._head is None or not self._head.is_of_this_boot:
            return None
        return self._head.position(self._camera)

    def _numbers(self) -> list[int]:
        """Return the volumes that may be read: those that the head has told of."""
        numbers = volume_numbers(self._folder)
        position = self._position()
        if position is None:
            return numbers
        return [number for number in numbers if number <= position.volume]

    def _limit(self, volume: Volume) -> int:
        position = self._position()
        if position is not None and position.volume == volume.number:
            return min(position.committed, volume.size())
        return volume.size()

    def _last_chunk(self, volume: Volume) -> int:
        position = self._position()
        if position is not None and position.volume == volume.number:
            return position.last_chunk
        return volume.last_chunk(volume.size())

    def _search(self, volume: Volume, court_us: int) -> _Found:
        """Look in one volume for the last key frame shown at or before a time."""
        limit, at, heard = self._limit(volume), self._last_chunk(volume), 0
        with contextlib.suppress(SpoolDamaged):
            if at and self._first_court_us(volume, limit) > court_us + _SPREAD_US:
                return _Found()
            while at:
                chunk = volume.chunk(at)
                if chunk.court_us <= court_us + _SPREAD_US:
                    key = _last_key(volume, at, limit, court_us)
                    if key is not None:
                        return _Found(at, _Start(volume.number, *key))
                if chunk.key_chunk and chunk.key_court_us <= court_us:
                    start = _Start(volume.number, chunk.key_offset, chunk.key_court_us)
                    return _Found(chunk.key_chunk, start)
                if chunk.court_us <= court_us:
                    heard = heard or at
                if chunk.court_us < court_us - _LONGEST_GOP_US:
                    return _Found(heard=heard, is_far=True)
                at = chunk.previous
        return _Found(heard=heard)

    def _first_court_us(self, volume: Volume, limit: int) -> int:
        front = volume.frame(0, limit)
        return volume.chunk(front.head.size).court_us if front is not None else 0

    def _go_before(self, chunk_at: int, start: _Start) -> None:
        """Begin some chunks before the key frame's: sound of its time may have arrived there."""
        self._enter(start.volume, chunk_at)
        with contextlib.suppress(SpoolDamaged):
            for _ in range(_CHUNKS_BEFORE):
                volume = self._volume
                if volume is None:
                    return
                court_us = volume.chunk(self._at).court_us
                if not 0 <= start.key_court_us + _SPREAD_US // 2 - court_us < _SPREAD_US:
                    return
                before = volume.chunk(self._at).previous
                earlier = [number for number in self._numbers() if number < volume.number]
                if before:
                    self._at = before
                elif earlier:
                    self._enter(earlier[-1], 0)
                    self._at = self._last_chunk(self._volume or volume)
                else:
                    return


def _last_key(volume: Volume, at: int, limit: int, court_us: int) -> tuple[int, int] | None:
    """Return offset and court time of the last key frame of a chunk at or before a time."""
    found: tuple[int, int] | None = None
    place = volume.frame(at, limit)
    while place is not None:
        if place.head.kind == Kind.PACKET:
            stream, keyframe, shown_us = place.packet_front()
            if stream == "video" and keyframe and shown_us <= court_us:
                found = (place.offset, shown_us)
        place = volume.frame(place.offset + place.head.size, limit)
        if place is not None and place.head.kind in (Kind.CHUNK, Kind.END):
            break
    return found
