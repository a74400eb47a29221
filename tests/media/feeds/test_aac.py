"""What AAC says of itself."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.feeds.aac import AacConfig, parse_config, split_adts


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ("1190", AacConfig(48_000, 48_000, 2)),
        ("1208", AacConfig(44_100, 44_100, 1)),
        ("1588", AacConfig(8_000, 8_000, 1)),
        ("2b118800", AacConfig(48_000, 24_000, 2)),  # SBR told aloud
        ("eb098800", AacConfig(48_000, 24_000, 2)),  # and parametric stereo
        ("1780bb8010", AacConfig(96_000, 96_000, 2)),  # a rate in full: 0x017700
    ],
)
def test_known_configurations(config: str, told: AacConfig) -> None:
    if config.startswith("1780"):
        config = (2 << 35 | 15 << 31 | 96_000 << 7 | 2 << 3).to_bytes(5, "big").hex()
    assert parse_config(bytes.fromhex(config)) == told


@pytest.mark.parametrize("config", ["", "11", "0010", "1680", "17800000", "11f8"])
def test_what_is_none(config: str) -> None:
    with pytest.raises(ValueError, match=r"rate|configuration"):
        parse_config(bytes.fromhex(config))


@given(st.binary(max_size=40))
def test_anything_is_understood_or_refused(data: bytes) -> None:
    split_adts(data)
    with contextlib.suppress(ValueError):
        assert parse_config(data).channels > 0


def adts(payload: bytes, *, summed: bool = False) -> bytes:
    size = len(payload) + (9 if summed else 7)
    head = bytes(
        (0xFF, 0xF0 if summed else 0xF1, 0x4C, 0x80 | size >> 11, size >> 3 & 255,
         (size & 7) << 5 | 31, 0xFC)
    )  # fmt: skip
    return head + (b"\0\0" if summed else b"") + payload


def test_adts_is_taken_off() -> None:
    for summed in (False, True):
        assert split_adts(adts(b"sound", summed=summed)) == (b"\x11\x90", b"sound")
    assert split_adts(adts(b"sound")[:-1]) is None
    assert split_adts(b"\x21\x10\x05\x00\xa0\x19\x33\x87\xc0") is None
