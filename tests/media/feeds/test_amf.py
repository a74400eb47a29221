"""AMF 0 there and back, and what is no AMF 0."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.feeds.amf import MalformedAmf, Value, decode, encode

NAMES = st.text(min_size=1, max_size=8)
VALUES: st.SearchStrategy[Value] = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(VALUES, max_size=4))
def test_what_is_written_is_read(values: list[Value]) -> None:
    with contextlib.suppress(MalformedAmf):  # too deep
        assert decode(encode(*values)) == values


@given(st.binary(max_size=200))
def test_anything_is_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(MalformedAmf):
        decode(data)


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b"\x08\xff\xff\xff\xff\x00\x01a\x05\x00\x00\x09", {"a": None}),  # an array that lies
        (b"\x0c\x00\x00\x00\x02hi", "hi"),
        (b"\x0b" + bytes(8) + b"\0\0", 0.0),
        (b"\x06", None),
    ],
)
def test_what_encoders_send(data: bytes, value: Value) -> None:
    assert decode(data) == [value]


@pytest.mark.parametrize(
    "data", [b"\x0a\xff\xff\xff\xff" + b"\x05" * 1000, b"\x0a\0\0\0\1" * 50, b"\x11\x01", b"\x02\0"]
)
def test_what_nobody_needs_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedAmf):
        decode(data)
