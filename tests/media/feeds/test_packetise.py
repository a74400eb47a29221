"""Access units become payloads from which they can be put together again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.feeds.depacketise import Pictures
from media.feeds.packetise import h264_payloads
from media.feeds.parameters import H264, annex_b, units
from media.feeds.rtp_reception import RtpPacket

SPS, PPS, SEI = b"\x67\x42\xc0\x1eabc", b"\x68\xce\x3c\x80", b"\x06\x05words"
# A unit ends in no zero byte and has no start code within.
_BODY = st.binary(min_size=1, max_size=5_000).map(lambda body: body.replace(b"\0", b"\1"))
_SLICE = _BODY.map(lambda body: b"\x41" + body)


def together(payloads: list[bytes]) -> list[bytes]:
    pictures = Pictures(H264)
    last = len(payloads) - 1
    found = [
        pictures.take(RtpPacket(at, 0, 1, 96, at == last, payload, 0), 0)
        for at, payload in enumerate(payloads)
    ]
    return [unit.payload for group in found for unit in group if unit.is_lawful]


@given(st.lists(_SLICE, min_size=1, max_size=4), st.integers(60, 1_500), st.booleans())
def test_nothing_is_lost_and_nothing_is_too_large(
    slices: list[bytes], most: int, has_sets: bool
) -> None:
    nal_units = [SPS, PPS, SEI, *slices] if has_sets else slices
    payloads = h264_payloads(annex_b(nal_units), most)
    assert all(0 < len(payload) <= most for payload in payloads)
    assert together(payloads) == [annex_b(nal_units)]


@given(st.integers(1_400, 100_000), st.integers(500, 1_400))
def test_fragments_are_of_one_size_but_for_the_last(size: int, most: int) -> None:
    payloads = h264_payloads(annex_b([b"\x65" + b"x" * size]), most)
    *others, last = [len(payload) for payload in payloads]
    assert len(set(others)) == 1
    assert others[0] - len(payloads) < last <= others[0]
    assert len(payloads) == -(-size // (most - 2))


def test_parameter_sets_that_do_not_fit_together_go_one_by_one() -> None:
    large = b"\x68" + b"p" * 150
    payloads = h264_payloads(annex_b([SPS, large, b"\x65slice"]), 100)
    assert payloads[0] == SPS
    assert all(len(payload) <= 100 for payload in payloads)
    assert list(units(together(payloads)[0])) == [SPS, large, b"\x65slice"]


def test_no_units_no_payloads() -> None:
    assert h264_payloads(b"", 1_200) == []
    assert h264_payloads(b"no start code", 1_200) == []


def test_a_size_without_room_is_refused() -> None:
    with pytest.raises(ValueError, match="room"):
        h264_payloads(annex_b([SPS]), 2)
