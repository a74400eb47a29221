"""What is missing of a transport stream."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.feeds.mpegts import PACKET, Continuity
from tests.media.feeds.cameras import make_clip


def packet(counter: int, pid: int = 0x100, *, control: int = 0x10, body: bytes = b"") -> bytes:
    head = bytes((0x47, pid >> 8, pid & 255, control | counter & 15))
    return (head + body).ljust(PACKET, b"\xff")


def counted(*packets: bytes) -> tuple[int, int, int]:
    count = Continuity()
    for one in packets:
        count.feed(one)
    return count.take()


def test_gaps_are_counted_for_each_stream() -> None:
    sound = [packet(index, 0x101) for index in range(20)]
    picture = [packet(index) for index in range(20)]
    assert counted(*sound, *picture) == (40, 0, 0)
    assert counted(*sound[:3], *picture, *sound[5:]) == (40, 2, 0)
    assert counted(*picture[:15], *picture[17:]) == (20, 2, 0)


def test_what_is_no_gap_is_not_counted() -> None:
    assert counted(packet(1), packet(1), packet(2)) == (2, 0, 0)  # sent twice
    assert counted(packet(1), packet(1, control=0x20), packet(2)) == (2, 0, 0)  # no payload
    assert counted(packet(1), packet(9, 0x1FFF), packet(2)) == (2, 0, 0)  # null
    anew = packet(9, control=0x30, body=b"\x01\x80")
    assert counted(packet(1), anew, packet(10)) == (3, 0, 0)


def test_what_is_broken_is_counted_and_the_next_packet_found() -> None:
    count = Continuity()
    count.feed(b"rubbish" + packet(1) + packet(2))
    flagged = bytearray(packet(3))
    flagged[1] |= 0x80
    count.feed(bytes(flagged))
    assert count.take() == (3, 0, 2)


@pytest.fixture(scope="module")
def stream(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return make_clip(tmp_path_factory.mktemp("clip") / "clip.ts", seconds=0.4).read_bytes()


@pytest.mark.media
def test_real_streams_in_any_pieces(stream: bytes) -> None:
    for size in (100, PACKET, 1316):
        count = Continuity()
        for at in range(0, len(stream), size):
            count.feed(stream[at : at + size])
        expected, lost, broken = count.take()
        assert (expected > 50, lost, broken, count.has_changed) == (True, 0, 0, False)


@pytest.mark.media
def test_another_programme_is_noticed(tmp_path: Path, stream: bytes) -> None:
    other = make_clip(tmp_path / "other.ts", seconds=0.4, sound=None).read_bytes()
    count = Continuity()
    count.feed(stream)
    count.feed(stream)
    assert not count.has_changed
    count.feed(other)
    assert count.has_changed


@given(st.lists(st.binary(max_size=600), max_size=5), st.integers(0, 400))
def test_anything_is_counted(pieces: list[bytes], place: int) -> None:
    count = Continuity()
    spoilt = bytearray(packet(0, 0, body=b"\x00\x00\xb0\x0d" + bytes(9)) + packet(1, 0x100))
    for piece in pieces:
        spoilt[place % len(spoilt) : place % len(spoilt) + 4] = piece[:4]
        count.feed(bytes(spoilt))
        count.feed(piece)
    expected, lost, broken = count.take()
    assert 0 <= lost <= expected
    assert broken >= 0
