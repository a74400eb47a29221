"""H.264 in a byte stream and in a file."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.cmaf.h264 import ParameterSets, nal_units, to_length_prefixed

SPS = bytes.fromhex("6764001facd9405005bb011000000300100000030320f18319 60".replace(" ", ""))
PPS = bytes.fromhex("68ebe3cb22c0")


@st.composite
def units(draw: st.DrawFn) -> bytes:
    """A NAL unit: no start code inside, no zero at its end."""
    body = draw(st.binary(min_size=1, max_size=20).filter(lambda b: b"\0\0" not in b))
    return body.rstrip(b"\0") or b"\x41"


@given(st.lists(units(), max_size=6), st.data())
def test_units_come_back_however_they_are_delimited(
    wanted: list[bytes], data: st.DataObject
) -> None:
    stream = b"".join(
        b"\0" * data.draw(st.integers(0, 3)) + b"\0\0\1" + unit for unit in wanted
    ) + b"\0" * data.draw(st.integers(0, 3))
    assert list(nal_units(stream)) == wanted


def test_samples_hold_neither_parameter_sets_nor_delimiters() -> None:
    access_unit = b"\0\0\0\1\x09\x10" + b"\0\0\0\1" + SPS + b"\0\0\0\1" + PPS + b"\0\0\1\x65abc"
    assert to_length_prefixed(access_unit) == b"\0\0\0\4\x65abc"


def test_supplemental_information_stays() -> None:
    assert to_length_prefixed(b"\0\0\1\x06x\0\0\1\x41y") == b"\0\0\0\2\x06x\0\0\0\2\x41y"


def test_configuration_of_a_high_profile() -> None:
    sets = ParameterSets.find(b"\0\0\0\1" + SPS + b"\0\0\0\1" + PPS)
    assert sets.codecs == "avc1.64001f"
    assert sets.configuration == (
        bytes.fromhex("0164001fffe1") + len(SPS).to_bytes(2, "big") + SPS
        + bytes.fromhex("010006") + PPS
        + bytes.fromhex("fdf8f800")  # 4:2:0, 8 bits, no extensions
    )  # fmt: skip


def test_baseline_has_no_extension() -> None:
    sets = ParameterSets(bytes.fromhex("6742c01e"), b"\x68\xce")
    assert sets.configuration == bytes.fromhex("0142c01effe100046742c01e01000268ce")


@pytest.mark.parametrize(
    "data", [b"", b"\0\0\1\x65abc", b"\0\0\1\x67\0\0\1\x68\1", b"\0\0\1" + SPS]
)
def test_without_parameter_sets(data: bytes) -> None:
    with pytest.raises(ValueError, match="parameter set"):
        ParameterSets.find(data)
