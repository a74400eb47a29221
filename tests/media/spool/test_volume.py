"""One volume, read by offset."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from media.errors import SpoolDamaged
from media.spool.cipher import ChunkCipher
from media.spool.head import Head
from media.spool.keys import KeyStore
from media.spool.log import SpoolWriter
from media.spool.places import volume_path
from media.spool.record import FRAME_SIZE, Interruption, Kind, Packet
from media.spool.recovery import scan
from media.spool.volume import Volume


@pytest.fixture
def path(tmp_path: Path) -> Path:
    with Head.create(tmp_path) as head:
        writer = SpoolWriter(tmp_path, "judge", head)
        for number in range(100):
            at = 10**15 + number * 40_000
            is_key = number % 25 == 0
            writer.append(Packet("video", at, at, at, 40_000, is_key, bytes(4000)))
        writer.close()
    return volume_path(tmp_path / "judge", 1)


def test_frames_follow_one_another(path: Path) -> None:
    volume = Volume(path, 1)
    at, records, size = 0, 0, volume.size()
    while (place := volume.frame(at, size)) is not None:
        records += place.head.kind == Kind.PACKET
        assert place.offset == at
        at += place.head.size
    assert (at, records) == (size, 100)
    volume.close()


def test_chunks_are_linked_backwards(path: Path) -> None:
    volume = Volume(path, 1)
    at, found = volume.last_chunk(volume.size()), []
    while at:
        found.append(volume.chunk(at))
        at = volume.chunk(at).previous
    assert [chunk.sequence for chunk in found] == [4, 3, 2, 1]
    assert [chunk.key_court_us for chunk in found[:-1]] == [chunk.court_us for chunk in found[1:]]
    volume.close()


def test_a_volume_without_an_end_is_searched(path: Path) -> None:
    whole = Volume(path, 1)
    last = whole.last_chunk(whole.size())
    whole.close()
    os.truncate(path, path.stat().st_size - 10)
    torn = Volume(path, 1)
    assert torn.last_chunk(torn.size()) == last
    assert not scan(path).closed
    torn.close()


def test_what_is_broken_is_said(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    first = raw.index(b"TBchnk") - 1 - FRAME_SIZE
    raw[first + FRAME_SIZE + 20] ^= 1
    path.write_bytes(raw)
    volume = Volume(path, 1)
    size = volume.size()
    with pytest.raises(SpoolDamaged):
        volume.chunk(first)
    with pytest.raises(SpoolDamaged):
        volume.frame(first, size)
    with pytest.raises(SpoolDamaged):
        volume.frame(5, size)
    following = volume.next_chunk(first + 1, size)
    assert following is not None
    assert volume.chunk(following).sequence == 2
    assert volume.next_chunk(size, size) is None
    volume.close()


def test_a_record_larger_than_the_window(tmp_path: Path) -> None:
    payload = os.urandom(1_000_000)
    with Head.create(tmp_path) as head:
        writer = SpoolWriter(tmp_path, "judge", head)
        writer.append(Interruption(None, 1, "stalled"))
        writer.append(Packet("video", 1, 1, head.now_us(), 1, keyframe=True, payload=payload))
        writer.close()
    volume = Volume(volume_path(tmp_path / "judge", 1), 1)
    at, found = 0, []
    cipher = ChunkCipher.new()
    while (place := volume.frame(at, volume.size())) is not None:
        if place.head.kind == Kind.CHUNK:
            cipher = KeyStore(tmp_path, "judge").cipher(1, place.chunk())
        elif place.head.kind in (Kind.PACKET, Kind.INTERRUPTION):
            found.append(place.record(cipher))
        at += place.head.size
    assert any(isinstance(record, Packet) and record.payload == payload for record in found)
    volume.close()
