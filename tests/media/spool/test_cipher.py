"""A chunk's cipher: bound to place and front, and to the key that the header names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.errors import SpoolDamaged, SpoolLocked
from media.spool.cipher import ChunkCipher

KEK, OTHER = bytes(32), bytes([1]) * 32


@given(st.integers(0, 2**40), st.binary(max_size=60), st.binary(max_size=500))
def test_what_was_sealed_opens_only_where_it_lay(at: int, clear: bytes, secret: bytes) -> None:
    cipher = ChunkCipher.new()
    sealed = cipher.seal(at, clear, secret)
    assert len(sealed) == len(secret) + 16
    assert cipher.open(at, clear, sealed) == secret
    with pytest.raises(SpoolDamaged):
        cipher.open(at + 1, clear, sealed)
    with pytest.raises(SpoolDamaged):
        cipher.open(at, clear + b"x", sealed)
    with pytest.raises(SpoolDamaged):
        ChunkCipher.new().open(at, clear, sealed)


def test_a_key_opens_only_under_its_own_and_for_its_own_chunk() -> None:
    cipher = ChunkCipher.new()
    wrapped = cipher.wrapped(KEK)
    again = ChunkCipher.unwrapped(wrapped, KEK, cipher.commitment)
    assert again.open(5, b"", cipher.seal(5, b"", b"room")) == b"room"
    with pytest.raises(SpoolLocked, match="does not open"):
        ChunkCipher.unwrapped(wrapped, OTHER, cipher.commitment)
    with pytest.raises(SpoolLocked, match="not the one"):
        ChunkCipher.unwrapped(wrapped, KEK, ChunkCipher.new().commitment)
