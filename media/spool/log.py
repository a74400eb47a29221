"""Append-only log of one camera: encrypted, written at once, synced and sealed twice a second."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

from media.errors import SpoolFull
from media.spool import record as form
from media.spool.cipher import ChunkCipher
from media.spool.head import Head, Position
from media.spool.keys import KeyStore, WrappedKey
from media.spool.places import PUBLIC_KEY, camera_folder
from media.spool.record import ChunkHeader, Interruption, Packet, Record, StreamDescription
from media.spool.recovery import recover
from media.spool.signature import CourtKey
from media.spool.writing import OpenPiece, Syncer, WritableVolume

CHUNK_US = 1_000_000
CHUNK_LEAST_US = 200_000  # all-intra cameras must not make a chunk of every picture
VOLUME_US = 600_000_000
VOLUME_PATIENCE_US = 15_000_000  # how long a full volume waits for a key frame to begin with
VOLUME_BYTES = 256 * 1024 * 1024
REFUSED = "disk_full"  # noted in the log as soon as it takes something again


class SpoolWriter:
    """Appends what one camera sends. ``append`` and ``close`` belong to one thread.

    A record is seen by readers as soon as ``append`` returns, and is on the disk and sealed at most
    half a second later: a thread of its own syncs, so a slow disk does not hold up the feed.
    Without ``court_key`` the spool has one of its own. Raises ``SpoolLocked`` if no key can be
    had: nothing is ever written in clear.
    """

    def __init__(
        self,
        directory: Path,
        camera: str,
        head: Head,
        *,
        court_key: CourtKey | None = None,
        volume_us: int = VOLUME_US,
        volume_bytes: int = VOLUME_BYTES,
    ) -> None:
        self._folder = camera_folder(directory, camera)
        self._folder.mkdir(parents=True, exist_ok=True)
        self._camera, self._head = camera, head
        self._volume_us, self._volume_bytes = volume_us, volume_bytes
        court_key = court_key or CourtKey.of_spool(directory)
        found = recover(self._folder, court_key)
        self._number, self._sequence = found.volume, found.sequence
        self._key_id = found.volume + 1
        self._key = KeyStore(directory, camera).make(self._key_id)
        _publish(directory / PUBLIC_KEY, court_key)
        self._volume: WritableVolume | None = None
        self._position = Position(self._number, 0)
        self._frames, self._begun_us, self._chunk_us = 0, 0, 0
        self._cipher: ChunkCipher | None = None  # None: the next record begins a chunk
        self._piece = OpenPiece(0)
        self._was_refused = False
        self._descriptions: dict[str, StreamDescription] = {}
        self._pending: list[StreamDescription] = []
        self.written_bytes = 0
        self._syncer = Syncer(f"spool-sync:{camera}", found.link, court_key)

    def append(self, record: Record) -> None:
        """Write a record; raises ``SpoolFull`` if the disk takes no more (nothing is torn then).

        A description is written together with what comes after it.
        """
        self._syncer.check()
        if isinstance(record, StreamDescription):
            if self._descriptions.get(record.stream) != record:
                self._descriptions[record.stream] = record
                self._pending.append(record)
            return
        packet = record if isinstance(record, Packet) else None
        arrival_us = packet.arrival_us if packet else self._head.now_us()
        key = packet is not None and packet.stream == "video" and packet.keyframe
        volume = self._volume
        if volume is None or self._is_volume_due(arrival_us, key=key):
            volume = self._begin_volume(arrival_us)
        position = self._position
        cipher, described = self._cipher, self._pending
        if cipher is None or self._is_chunk_due(arrival_us, key=key):
            cipher, described = self._begin_chunk(volume), list(self._descriptions.values())
            front = self._chunk_front(cipher, record.court_us)
            pieces = [form.encode_chunk(front, arrival_us)]
            position = replace(position, last_chunk=position.committed)
        else:
            pieces = []
        at = position.committed + sum(map(len, pieces))
        for one in self._before(record, described):
            pieces.append(form.encode(one, arrival_us, at, cipher))
            at += len(pieces[-1])
        pieces.append(form.encode(record, arrival_us, at, cipher))
        if key:
            position = replace(
                position,
                key_chunk=position.last_chunk,
                key_offset=at,
                key_court_us=record.court_us,
            )
        self._write(volume, pieces, replace(position, arrival_us=arrival_us), cipher)
        self._pending.clear()

    def _before(
        self, record: Packet | Interruption, described: list[StreamDescription]
    ) -> list[Record]:
        refused: list[Record] = [Interruption(None, record.court_us, REFUSED)]
        return [*described, *(refused if self._was_refused else [])]

    def _is_chunk_due(self, arrival_us: int, *, key: bool) -> bool:
        age = arrival_us - self._chunk_us
        return (
            not self._position.last_chunk
            or not 0 <= age < CHUNK_US
            or (key and age >= CHUNK_LEAST_US)
        )

    def _is_volume_due(self, arrival_us: int, *, key: bool) -> bool:
        over = arrival_us - self._begun_us - self._volume_us
        full = over >= 0 or self._position.committed >= self._volume_bytes
        return full and (
            key
            or over >= VOLUME_PATIENCE_US
            or self._position.committed >= self._volume_bytes * 5 // 4
        )

    def _begin_chunk(self, volume: WritableVolume) -> ChunkCipher:
        """Make the chunk's key and keep it before anything is written with it."""
        cipher = ChunkCipher.new()
        wrapped = cipher.wrapped(self._key)
        try:
            volume.put_key(WrappedKey(self._sequence + 1, self._key_id, wrapped))
        except OSError as problem:
            self._refuse()
            raise SpoolFull(problem.strerror or "no room for a key") from problem
        return cipher

    def _chunk_front(self, cipher: ChunkCipher, court_us: int) -> ChunkHeader:
        last = self._position
        return ChunkHeader(
            self._sequence + 1,
            court_us,
            last.last_chunk,
            last.key_chunk,
            last.key_offset,
            last.key_court_us,
            key_id=self._key_id,
            commitment=cipher.commitment,
        )

    def _refuse(self) -> None:
        """What was encrypted may lie on the disk although it was cut: its key is not used again."""
        self._cipher, self._was_refused = None, True

    def _write(
        self,
        volume: WritableVolume,
        pieces: list[bytes],
        position: Position,
        cipher: ChunkCipher,
    ) -> None:
        data = b"".join(pieces)
        before = self._position
        try:
            volume.write(data, before.committed)
        except OSError as problem:
            self._refuse()
            raise SpoolFull(problem.strerror or "write failed") from problem
        self._was_refused = False
        if position.last_chunk != before.last_chunk:
            self._sequence += 1
            self._chunk_us = position.arrival_us
            self._cipher = cipher
            if self._piece.sequence:
                volume.finish_piece(self._piece.finish())
                self._piece = OpenPiece(before.committed)
            self._piece.sequence = self._sequence
        self._piece.add(data, position.arrival_us)
        self._frames += len(pieces)
        self.written_bytes += len(data)
        self._position = replace(position, committed=before.committed + len(data))
        self._head.publish(self._camera, self._position)

    def _begin_volume(self, arrival_us: int) -> WritableVolume:
        number = self._number + 1
        header = form.encode_volume(form.VolumeHeader(number), arrival_us)
        try:
            volume = WritableVolume(self._folder, self._camera, number, self._sequence + 1)
        except OSError as problem:
            self._refuse()
            raise SpoolFull(problem.strerror or "no new volume") from problem
        try:
            volume.write(header, 0)
        except OSError as problem:
            volume.discard()
            self._refuse()
            raise SpoolFull(problem.strerror or "no new volume") from problem
        self._end_volume(arrival_us)
        self._number, self._volume, self._frames = number, volume, 1
        self._begun_us, self._chunk_us, self._cipher = arrival_us, 0, None
        self._piece = OpenPiece(0)
        self._piece.add(header, 0)
        self._position = Position(number, len(header), arrival_us=arrival_us)
        self._syncer.add(volume)
        return volume

    def _end_volume(self, arrival_us: int) -> None:
        volume, self._volume = self._volume, None
        if volume is None:
            return
        at = self._position.committed
        end = form.encode_end(form.VolumeEnd(self._position.last_chunk, self._frames), arrival_us)
        volume.finish_piece(self._piece.finish())
        try:
            volume.write(end, at)
        except OSError:
            pass  # the volume is whole without it, only slower to search
        else:
            last = OpenPiece(at)
            last.add(end, 0)
            piece = last.finish()
            if piece is not None:
                volume.finish_piece(replace(piece, is_end=True))
        volume.retire()

    def close(self) -> None:
        """Close the volume and put everything on the disk; returns when it is there and sealed."""
        if self._volume is not None:
            arrival_us = self._head.now_us()
            size = self._position.committed + form.END_SIZE
            self._end_volume(arrival_us)
            self._position = replace(self._position, committed=size)
            self._head.publish(self._camera, self._position)
        self._syncer.close()


def _publish(path: Path, key: CourtKey) -> None:
    """Lay the public key beside the record, for whoever checks it."""
    if not path.exists() or path.read_bytes() != key.public_pem:
        draft = path.with_name(f".{path.name}.{threading.get_ident()}")
        draft.write_bytes(key.public_pem)
        draft.replace(path)
