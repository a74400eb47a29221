"""The bytes of the record."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.errors import SpoolDamaged
from media.spool import record as form
from media.spool.cipher import ChunkCipher
from media.spool.record import ChunkHeader, Interruption, Packet, StreamDescription, VolumeEnd

CIPHER = ChunkCipher(bytes(range(32)))
times = st.integers(-(2**62), 2**62)
records = st.one_of(
    st.builds(
        Packet,
        st.sampled_from(["video", "audio"]),
        times,
        times,
        times,
        st.integers(0, 2**32 - 1),
        st.booleans(),
        st.binary(max_size=300),
    ),
    st.builds(Interruption, st.sampled_from(["video", "audio", None]), times, st.text(max_size=20)),
    st.builds(
        StreamDescription,
        st.sampled_from(["video", "audio"]),
        st.text(max_size=10),
        st.binary(max_size=60),
        *[st.integers(0, 10_000)] * 4,
    ),
)


@given(records, times, st.binary(max_size=8))
def test_what_is_written_is_read(record: form.Record, arrival_us: int, before: bytes) -> None:
    raw = before + form.encode(record, arrival_us, 77, CIPHER)
    head = form.peek(raw, len(before))
    assert head is not None
    assert form.is_sound(raw, len(before), head)
    assert len(before) + head.size == len(raw)
    assert form.decode(raw, len(before), head, 77, CIPHER) == record


@given(records, st.data())
def test_one_flipped_bit_is_noticed(record: form.Record, data: st.DataObject) -> None:
    raw = bytearray(form.encode(record, 7, 0, CIPHER))
    bit = data.draw(st.integers(0, len(raw) * 8 - 1))
    raw[bit // 8] ^= 1 << (bit % 8)
    head = form.peek(bytes(raw), 0)
    padding = bit // 8 in (9, 10, 11)  # the three zero bytes carry nothing
    assert padding or head is None or not form.is_sound(bytes(raw), 0, head)


def test_a_chunk_header_is_found_and_read() -> None:
    header = ChunkHeader(7, 1_000, 40, 60, 80, 900)
    raw = b"rubbish" + form.CHUNK_MAGIC + form.encode_chunk(header, 5) + b"more"
    at = form.find_chunk(raw, 0)
    assert form.decode_chunk(raw, at) == header
    assert form.find_chunk(raw, at + 1) == -1
    with pytest.raises(SpoolDamaged):
        form.decode_chunk(form.encode(Interruption(None, 1, "x"), 1, 0, CIPHER) + bytes(100), 0)


def test_the_end_of_a_volume_has_a_fixed_size() -> None:
    raw = form.encode_end(VolumeEnd(12, 3), 9)
    assert len(raw) == form.END_SIZE
    assert form.decode_end(raw, 0) == VolumeEnd(12, 3)


def test_what_cannot_be_is_no_frame() -> None:
    assert form.peek(bytes(100), 0) is None
    assert form.peek(b"\xff" * 100, 0) is None
    assert form.peek(b"short", 0) is None
    raw = form.frame(form.Kind.INTERRUPTION, 1, b"{}")
    head = form.peek(raw, 0)
    assert head is not None
    with pytest.raises(SpoolDamaged):
        form.decode(raw, 0, head, 0, CIPHER)
